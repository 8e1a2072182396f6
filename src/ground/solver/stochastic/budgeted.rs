//! Budgeted uncertainty: each coefficient may turn worse by up to its deviation, at most Γ of them fully at once.
//!
//! The worst case is itself a linear program in which each coefficient turns worse by a share u ∈ [0, 1] with Σ u ≤ Γ; its dual
//! stands in the place of the uncertain sum, so that the robust counterpart is a linear program and exact.
//! (Bertsimas & Sim, The Price of Robustness, Operations Research 52(1), 2004, theorem 1.)

use crate::lp::{ColumnId, LinearProgram, RowId};
use crate::solver::stochastic::StochasticError;

/// The program whose cost may rise by `deviation` per unit of |column|, for at most `gamma` of the columns given.
///
/// # Errors
/// A negative deviation or budget, or a number that cannot stand in a linear program.
pub fn protect_objective(
    program: &LinearProgram,
    deviations: &[(ColumnId, f64)],
    gamma: f64,
) -> Result<LinearProgram, StochasticError> {
    let mut robust = program.clone();
    for (column, weight) in protection(&mut robust, deviations, gamma, "objective")? {
        robust.set_cost(column, weight)?;
    }
    Ok(robust)
}

/// The program whose row holds although its coefficients may turn worse by their deviations, at most `gamma` of them fully.
///
/// # Errors
/// A row with two sides, a negative deviation or budget, or a number that cannot stand in a linear program.
pub fn protect_row(
    program: &LinearProgram,
    row: RowId,
    deviations: &[(ColumnId, f64)],
    gamma: f64,
) -> Result<LinearProgram, StochasticError> {
    let Some(known) = program.rows().get(row.0) else { return Ok(program.clone()) };
    if known.lower.is_finite() && known.upper.is_finite() {
        return Err(StochasticError::TwoSided(known.name.clone()));
    }
    let sign = if known.upper.is_finite() { 1.0 } else { -1.0 };
    let mut robust = program.clone();
    for (column, weight) in protection(&mut robust, deviations, gamma, &known.name)? {
        robust.set_coefficient(row, column, sign * weight);
    }
    Ok(robust)
}

/// Adds z and p with z + p ≥ deviation · |column|; returns Γ·z + Σ p as terms.
fn protection(
    robust: &mut LinearProgram,
    deviations: &[(ColumnId, f64)],
    gamma: f64,
    name: &str,
) -> Result<Vec<(ColumnId, f64)>, StochasticError> {
    if !(gamma.is_finite() && gamma >= 0.0) {
        return Err(StochasticError::Budget(gamma));
    }
    let common = robust.add_column(format!("protect.z[{name}]"), 0.0, f64::INFINITY, 0.0)?;
    let mut weights = vec![(common, gamma)];
    for (column, deviation) in deviations {
        if !(deviation.is_finite() && *deviation >= 0.0) {
            return Err(StochasticError::Budget(*deviation));
        }
        let Some(known) = robust.columns().get(column.0).filter(|_| *deviation > 0.0) else { continue };
        let (whose, lower, upper) = (known.name.clone(), known.lower, known.upper);
        let own = robust.add_column(format!("protect.p[{name},{whose}]"), 0.0, f64::INFINITY, 0.0)?;
        // |column| is the column itself or its negative where its bounds say so.
        for (sign, needed) in [(1.0, upper > 0.0), (-1.0, lower < 0.0)] {
            if needed {
                let terms = vec![(common, 1.0), (own, 1.0), (*column, -sign * deviation)];
                let side = if sign > 0.0 { "up" } else { "down" };
                robust.add_row(format!("protect.{side}[{name},{whose}]"), 0.0, f64::INFINITY, terms)?;
            }
        }
        weights.push((own, 1.0));
    }
    Ok(weights)
}

/// Largest loss where at most `gamma` of these losses come fully (the last one in part).
pub fn worst_loss(losses: &[f64], gamma: f64) -> f64 {
    let mut falling: Vec<f64> = losses.to_vec();
    falling.sort_by(|a, b| b.total_cmp(a));
    let share = |at: usize| (gamma - at as f64).clamp(0.0, 1.0);
    falling.iter().enumerate().map(|(at, loss)| loss * share(at)).sum()
}
