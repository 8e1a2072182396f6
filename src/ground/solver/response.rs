//! The optimum as a function of one parameter that moves the sides of rows: every breakpoint, and what each piece keeps.
//!
//! The parameter is a column of the program, so its least and largest value, and the whole curve, are linear programs too: the
//! curve is the lower hull in (parameter, objective). (Parametric programming of the right-hand side; Gass & Saaty 1955.)

use crate::lp::ColumnId;
use crate::solver::hull::{Corner, Costs, lower_hull};
use crate::solver::session::{Session, SessionError};
use crate::solver::{Certified, Outcome, Stopped, restrict};

/// Least and largest value of a parameter with which any point is feasible; `None` where nothing bounds it.
pub type FeasibleRange = (Option<f64>, Option<f64>);

/// How far inside a feasible end the curve may begin, relative to its size: the end itself is met within a tolerance only.
const INSIDE: [f64; 4] = [0.0, 1e-10, 1e-9, 1e-8];

/// The values of a parameter with which the program is feasible; `Err(Stopped::Infeasible)` where there is none.
///
/// # Errors
/// HiGHS refuses a change.
pub fn feasible_range(
    session: &mut Session,
    parameter: ColumnId,
) -> Result<Result<FeasibleRange, Stopped>, SessionError> {
    let mut ends = [None; 2];
    for (end, direction) in ends.iter_mut().zip([1.0, -1.0]) {
        session.set_costs(&[(parameter, direction)])?;
        match session.solve() {
            Outcome::Optimal(optimum) => *end = Some(optimum.column(parameter)),
            Outcome::Unbounded => {}
            other => return Ok(Err(other.into())),
        }
    }
    let [least, most] = ends;
    Ok(Ok((least, most)))
}

/// The least value of an objective for every value of the parameter between two feasible ones.
///
/// # Errors
/// HiGHS refuses a change.
pub fn response(
    session: &mut Session,
    parameter: ColumnId,
    costs: &Costs,
    (from, to): (f64, f64),
) -> Result<Result<Vec<Corner>, Stopped>, SessionError> {
    let axis = [(parameter, 1.0)];
    let mut ends = Vec::with_capacity(2);
    for (end, inwards) in [(from, 1.0), (to, -1.0)] {
        let size = 1.0 + end.abs();
        let mut found = Err(Stopped::Infeasible);
        for inside in INSIDE {
            found = at(session, parameter, costs, end + inwards * inside * size)?;
            if !matches!(found, Err(Stopped::Infeasible)) {
                break;
            }
        }
        match found {
            Ok(optimum) => ends.push(Corner::at(optimum, &axis, costs)),
            Err(stopped) => return Ok(Err(stopped)),
        }
    }
    let (Some(right), Some(left)) = (ends.pop(), ends.pop()) else { return Ok(Ok(Vec::new())) };
    if right.x <= left.x {
        return Ok(Ok(vec![left]));
    }
    session.set_column_bounds(parameter, left.x, right.x)?;
    lower_hull(session, (&axis, costs), left, right)
}

fn at(
    session: &mut Session,
    parameter: ColumnId,
    costs: &Costs,
    value: f64,
) -> Result<Result<Certified, Stopped>, SessionError> {
    session.set_column_bounds(parameter, value, value)?;
    let mut scaled = costs.to_vec();
    crate::solver::hull::scale(&mut scaled, 1.0);
    session.set_costs(&scaled)?;
    Ok(match session.solve() {
        Outcome::Optimal(optimum) => Ok(*optimum),
        other => Err(other.into()),
    })
}

/// Restricts the program to a piece of its curve: the parameter between two breakpoints, every other column optimal.
///
/// The multipliers of an optimum inside a piece are optimal all along it, so that they name what is fixed on the whole piece.
///
/// # Errors
/// HiGHS refuses a change.
pub fn keep_piece(
    session: &mut Session,
    parameter: ColumnId,
    costs: &Costs,
    (from, to): (f64, f64),
) -> Result<Result<(), Stopped>, SessionError> {
    let mut optimum = match at(session, parameter, costs, f64::midpoint(from, to))? {
        Ok(optimum) => optimum,
        Err(stopped) => return Ok(Err(stopped)),
    };
    session.set_column_bounds(parameter, from, to)?;
    if let Some(reduced) = optimum.column_duals.get_mut(parameter.0) {
        *reduced = 0.0;
    }
    restrict(session, &optimum)?;
    session.keeps_a_plan();
    Ok(Ok(()))
}
