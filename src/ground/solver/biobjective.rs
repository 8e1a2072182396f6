//! Two (or more) objectives over one program: lexicographic payoff table and the exact trade-off of two.
//!
//! The nondominated points of a linear program with two objectives are the lower hull between its two lexicographic optima.
//! The ends are lexicographic, so that no dominated point is reported (Mavrotas 2009).

use crate::lp::{ColumnId, LinearProgram};
use crate::solver::certificate::Certified;
use crate::solver::hull::{Corner, Costs, lower_hull, scale, value};
use crate::solver::session::{Session, SessionError};
use crate::solver::{Outcome, SolveOptions, Stopped, restrict};

/// One line of a payoff table: an objective at its best, then the others in cyclic order.
#[derive(Debug, Clone)]
pub struct Payoff {
    /// Value of every objective, minimised.
    pub values: Vec<f64>,
    /// The proved optimum of the last step.
    pub optimum: Certified,
}

/// An objective kept in the later steps may move by this much, relative to its size.
const KEPT: f64 = 1e-7;
/// Ends closer than this, relative to their size, are one point.
const SAME: f64 = 1e-9;

/// The payoff table of objectives that are all minimised; line i optimises objective i first.
///
/// # Errors
/// HiGHS refuses the program or a change.
pub fn payoff_table(
    program: &LinearProgram,
    objectives: &[&Costs],
    options: &SolveOptions,
) -> Result<Result<Vec<Payoff>, Stopped>, SessionError> {
    let mut table = Vec::with_capacity(objectives.len());
    for first in 0..objectives.len() {
        let order: Vec<usize> = (0..objectives.len()).map(|step| (first + step) % objectives.len()).collect();
        match lexicographic(program, objectives, &order, options)? {
            Ok(payoff) => table.push(payoff),
            Err(stopped) => return Ok(Err(stopped)),
        }
    }
    Ok(Ok(table))
}

/// Optimises objectives in an order, each within the optimal face of those before.
fn lexicographic(
    program: &LinearProgram,
    objectives: &[&Costs],
    order: &[usize],
    options: &SolveOptions,
) -> Result<Result<Payoff, Stopped>, SessionError> {
    let mut session = Session::open(program.clone(), options)?;
    let mut best: Vec<(usize, f64)> = Vec::new();
    let mut last = None;
    for index in order {
        let Some(objective) = objectives.get(*index) else { continue };
        if let Some(optimum) = &last {
            restrict(&mut session, optimum)?;
            session.keeps_a_plan();
        }
        let mut costs = objective.to_vec();
        scale(&mut costs, 1.0);
        session.set_costs(&costs)?;
        match session.solve() {
            Outcome::Optimal(optimum) => {
                best.push((*index, value(objective, &optimum)));
                last = Some(*optimum);
            }
            other => return Ok(Err(other.into())),
        }
    }
    let Some(optimum) = last else { return Ok(Err(Stopped::Failed("no objective".to_owned()))) };
    let values: Vec<f64> = objectives.iter().map(|objective| value(objective, &optimum)).collect();
    for (index, best) in best {
        let moved = (values.get(index).copied().unwrap_or(f64::NAN) - best).abs();
        if moved.is_nan() || moved > KEPT * (1.0 + best.abs()) {
            return Ok(Err(Stopped::Failed(format!("objective {index} moved by {moved:e} while it was kept"))));
        }
    }
    Ok(Ok(Payoff { values, optimum }))
}

/// All nondominated extreme points of two minimised objectives, from the best first to the best second.
///
/// # Errors
/// HiGHS refuses the program or a change.
pub fn frontier(
    program: &LinearProgram,
    (first, second): (&Costs, &Costs),
    options: &SolveOptions,
) -> Result<Result<Vec<Corner>, Stopped>, SessionError> {
    let ends = match payoff_table(program, &[first, second], options)? {
        Ok(table) => table,
        Err(stopped) => return Ok(Err(stopped)),
    };
    let mut corners = ends.into_iter().map(|payoff| Corner::at(payoff.optimum, first, second));
    let (Some(left), Some(right)) = (corners.next(), corners.next()) else { return Ok(Ok(Vec::new())) };
    // Where one value is the same at both ends, the other is as good as it gets at one of them.
    if right.x - left.x <= SAME * (1.0 + left.x.abs()) {
        return Ok(Ok(vec![right]));
    }
    if left.y - right.y <= SAME * (1.0 + right.y.abs()) {
        return Ok(Ok(vec![left]));
    }
    let mut session = Session::open(program.clone(), options)?;
    let start: Vec<(ColumnId, f64)> = second.to_vec();
    session.set_costs(&start)?;
    lower_hull(&mut session, (first, second), left, right)
}
