//! What a plan is worth to a stage, from its amounts alone.

use crate::program::objective::{entitled, worth};
use crate::program::{Norm, Program, Stage};
use crate::rules::Frame;
use crate::solver::{Outcome, Session, SessionError, SolveOptions};

/// Value of a plan in a stage's own sense: worst coverage, deviation (万元 or share) or benefit; `None` for what soft rules
/// miss, which takes a program ([`missed`]).
///
/// `amounts` are those of the frame, in 万元; `counts` says which entitled cells the worst coverage looks at, by the column
/// that holds their sum.
pub fn value(
    frame: &Frame,
    program: &Program,
    stage: &Stage,
    amounts: &[f64],
    counts: &dyn Fn(crate::lp::ColumnId) -> bool,
) -> Option<f64> {
    let worst_only = matches!(stage, Stage::MaxMinCoverage { .. } | Stage::MinDeviation { norm: Norm::Linf, .. });
    let cells: Vec<(f64, f64, f64, bool)> = entitled(frame, program)
        .filter(|(cell, _, _)| !(worst_only && frame.is_by_hand(*cell)))
        .map(|(cell, column, entitlement)| {
            let paid: f64 = frame.amounts_of(cell).iter().filter_map(|id| amounts.get(id.0)).sum();
            let worth = match stage {
                Stage::MaxOutcomeBenefit { value, .. } => worth(frame, cell, *value).unwrap_or(0.0),
                _ => 0.0,
            };
            (paid / entitlement, entitlement, worth, counts(column))
        })
        .collect();
    match stage {
        Stage::MinMissed => None,
        Stage::MaxMinCoverage { .. } => {
            let worst = cells.iter().filter(|cell| cell.3).map(|cell| cell.0).fold(f64::INFINITY, f64::min);
            Some(if worst.is_finite() { worst } else { 0.0 })
        }
        Stage::MinDeviation { norm: Norm::L1, .. } => {
            Some(cells.iter().map(|(ratio, entitlement, _, _)| (ratio - 1.0).abs() * entitlement).sum())
        }
        Stage::MinDeviation { norm: Norm::Linf, .. } => {
            Some(cells.iter().map(|cell| (cell.0 - 1.0).abs()).fold(0.0, f64::max))
        }
        Stage::MaxOutcomeBenefit { returns, .. } => {
            Some(cells.iter().map(|(ratio, _, worth, _)| worth * returned(returns, *ratio)).sum())
        }
    }
}

/// g(r): concave, piecewise linear, level beyond the last step.
fn returned(returns: &[(f64, f64)], ratio: f64) -> f64 {
    let mut from = 0.0;
    let mut sum = 0.0;
    for (until, slope) in returns {
        sum += slope * (ratio.min(*until) - from).max(0.0);
        from = *until;
    }
    sum
}

/// What given amounts (万元) miss of the soft rules, weighted by their penalties; `None` where they break a hard rule by
/// more than the solver's tolerance.
///
/// # Errors
/// HiGHS refuses the program.
pub fn missed(program: &Program, amounts: &[f64], options: &SolveOptions) -> Result<Option<f64>, SessionError> {
    if program.misses.is_empty() {
        return Ok(Some(0.0));
    }
    let mut lp = program.lp.clone();
    for (column, amount) in program.amounts.iter().zip(amounts) {
        lp.set_column_bounds(*column, *amount, *amount);
    }
    for miss in &program.misses {
        lp.set_cost(miss.column, miss.penalty)?;
    }
    let mut session = Session::open(lp, options)?;
    Ok(match session.solve() {
        Outcome::Optimal(optimum) => Some(optimum.objective()),
        _ => None,
    })
}
