//! Keeping an optimum: later stages may move only within the optimal face of the stages before.
//!
//! By complementary slackness every optimum has a column at the bound its reduced cost leans on, and a row at the side its
//! multiplier leans on. Fixing exactly those keeps all optima and nothing else, without a tolerance on the objective.
//!
//! What is fixed is fixed where the proved point has it, and a row whose side that point misses by a rounding error is
//! opened by that much: the point stays feasible to the last bit, so errors do not add up over the stages.

use crate::lp::{ColumnId, Row};
use crate::solver::Certified;
use crate::solver::session::{Session, SessionError};

/// Multipliers below this, relative to the largest cost, count as zero.
const MULTIPLIER_TOLERANCE: f64 = 1e-8;
/// Room left to a row that is kept at one side, relative to what it adds up: rows of several stages may nearly follow from
/// each other (costs that differ in the ninth digit), and exact equations would then contradict each other by rounding errors.
const ROOM: f64 = 1e-10;
/// A row this thin, relative to its size, is an equation.
const EQUATION_WIDTH: f64 = 1e-8;

/// Restricts the program to the optimal face of its present objective.
///
/// # Errors
/// HiGHS refuses a change.
pub fn restrict(session: &mut Session, optimum: &Certified) -> Result<(), SessionError> {
    let largest = session.program().largest_cost();
    let least = MULTIPLIER_TOLERANCE * if largest > 0.0 { largest } else { 1.0 };
    let program = session.program();
    let point = point_within_bounds(session, optimum);
    let value = |column: ColumnId| point.get(column.0).copied().unwrap_or(0.0);
    let fixed: Vec<bool> = program
        .columns()
        .iter()
        .zip(optimum.column_duals())
        .map(|(column, reduced)| {
            column.lower == column.upper || leaning(*reduced, least, column.lower, column.upper).is_some()
        })
        .collect();
    let sides: Vec<(f64, f64)> = program
        .rows()
        .iter()
        .zip(optimum.row_duals())
        .map(|(row, dual)| {
            let parts = row.terms.iter().map(|(column, coefficient)| coefficient * value(*column));
            let (activity, size) = parts.fold((0.0, 1.0), |(sum, size), part| (sum + part, size + part.abs()));
            let room = ROOM * size;
            let (lower, upper) = match leaning(*dual, least, row.lower, row.upper) {
                Some(side) if side == row.lower => (side, row.upper.min(side + room)),
                Some(side) => (row.lower.max(side - room), side),
                None => (row.lower, row.upper),
            };
            (lower.min(activity), upper.max(activity))
        })
        .collect();
    let (fixed, sides) = propagate(session, fixed, sides);
    let columns = program.columns().iter().zip(&fixed).zip(&point).enumerate();
    let columns: Vec<(usize, f64, f64)> = columns
        .filter(|(_, ((column, fixed), _))| **fixed && column.lower != column.upper)
        .map(|(index, (_, value))| (index, *value, *value))
        .collect();
    let rows = program.rows().iter().zip(&sides).enumerate();
    let rows: Vec<(usize, f64, f64)> = rows
        .filter(|(_, (row, (lower, upper)))| row.lower != *lower || row.upper != *upper)
        .map(|(index, (_, (lower, upper)))| (index, *lower, *upper))
        .collect();
    session.set_many_column_bounds(&columns)?;
    session.set_many_row_bounds(&rows)
}

/// Opens each row that a proved point misses by a rounding error by just that much.
///
/// # Errors
/// HiGHS refuses a change.
pub fn admit(session: &mut Session, optimum: &Certified) -> Result<(), SessionError> {
    let point = point_within_bounds(session, optimum);
    let value = |column: ColumnId| point.get(column.0).copied().unwrap_or(0.0);
    let missed = |(index, row): (usize, &Row)| {
        let activity: f64 = row.terms.iter().map(|(column, coefficient)| coefficient * value(*column)).sum();
        (activity < row.lower || activity > row.upper)
            .then(|| (index, row.lower.min(activity), row.upper.max(activity)))
    };
    let rows: Vec<(usize, f64, f64)> = session.program().rows().iter().enumerate().filter_map(missed).collect();
    session.set_many_row_bounds(&rows)
}

/// The columns of an optimum, a hair outside their bounds at most, put back within them.
pub(super) fn point_within_bounds(session: &Session, optimum: &Certified) -> Vec<f64> {
    let columns = session.program().columns().iter().zip(optimum.columns());
    columns.map(|(column, value)| value.max(column.lower).min(column.upper)).collect()
}

fn leaning(multiplier: f64, least: f64, lower: f64, upper: f64) -> Option<f64> {
    let side = if multiplier > least {
        lower
    } else if multiplier < -least {
        upper
    } else {
        return None;
    };
    side.is_finite().then_some(side)
}

/// Fixes every column that an equation with otherwise fixed columns determines, until nothing moves; rows in which nothing
/// can move any more are freed.
fn propagate(session: &Session, mut fixed: Vec<bool>, mut sides: Vec<(f64, f64)>) -> (Vec<bool>, Vec<(f64, f64)>) {
    let program = session.program();
    let is_equation = |sides: &[(f64, f64)], index: usize| {
        sides
            .get(index)
            .is_some_and(|(lower, upper)| lower.is_finite() && upper - lower <= EQUATION_WIDTH * (1.0 + lower.abs()))
    };
    let mut rows_of: Vec<Vec<usize>> = vec![Vec::new(); program.columns().len()];
    let mut open: Vec<usize> = Vec::with_capacity(program.rows().len());
    for (index, row) in program.rows().iter().enumerate() {
        let mut count = 0;
        for (column, _) in row.terms.iter().filter(|(column, _)| fixed.get(column.0) == Some(&false)) {
            count += 1;
            if let Some(rows) = rows_of.get_mut(column.0) {
                rows.push(index);
            }
        }
        open.push(count);
    }
    let mut queue: Vec<usize> =
        (0..open.len()).filter(|index| open.get(*index) == Some(&1) && is_equation(&sides, *index)).collect();
    while let Some(index) = queue.pop() {
        let Some(row) = program.rows().get(index) else { continue };
        let unknown = row.terms.iter().find(|(column, _)| fixed.get(column.0) == Some(&false));
        let Some((column, _)) = unknown else { continue };
        if let Some(flag) = fixed.get_mut(column.0) {
            *flag = true;
        }
        for row in rows_of.get(column.0).into_iter().flatten() {
            if let Some(count) = open.get_mut(*row) {
                *count -= 1;
                if *count == 1 && is_equation(&sides, *row) {
                    queue.push(*row);
                }
            }
        }
    }
    for (index, side) in sides.iter_mut().enumerate() {
        if open.get(index) == Some(&0) {
            *side = (f64::NEG_INFINITY, f64::INFINITY);
        }
    }
    (fixed, sides)
}
