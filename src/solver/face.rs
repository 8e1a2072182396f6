//! Keeping an optimum: later stages may move only within the optimal face of the stages before.
//!
//! By complementary slackness every optimum has a column at the bound its reduced cost leans on, and a row at the side its
//! multiplier leans on. Fixing exactly those keeps all optima and nothing else, without a tolerance on the objective.

use crate::lp::{ColumnId, RowId};
use crate::solver::Certified;
use crate::solver::session::{Session, SessionError};

/// Multipliers below this, relative to the largest cost, count as zero.
const MULTIPLIER_TOLERANCE: f64 = 1e-8;

/// Restricts the program to the optimal face of its present objective.
///
/// # Errors
/// HiGHS refuses a change.
pub fn restrict(session: &mut Session, optimum: &Certified) -> Result<(), SessionError> {
    let largest = session.program().columns().iter().map(|column| column.cost.abs()).fold(0.0, f64::max);
    let least = MULTIPLIER_TOLERANCE * if largest > 0.0 { largest } else { 1.0 };
    for (index, reduced) in optimum.column_duals().iter().enumerate() {
        let Some(column) = session.program().columns().get(index) else { continue };
        if let Some(side) = leaning(*reduced, least, column.lower, column.upper)
            && column.lower != column.upper
        {
            session.set_column_bounds(ColumnId(index), side, side)?;
        }
    }
    for (index, dual) in optimum.row_duals().iter().enumerate() {
        let Some(row) = session.program().rows().get(index) else { continue };
        if let Some(side) = leaning(*dual, least, row.lower, row.upper)
            && row.lower != row.upper
        {
            session.set_row_bounds(RowId(index), side, side)?;
        }
    }
    propagate(session)
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

/// Fixes every column that an equation with otherwise fixed columns determines, until nothing moves.
fn propagate(session: &mut Session) -> Result<(), SessionError> {
    let program = session.program();
    let fixed = |index: usize| program.columns().get(index).is_some_and(|column| column.lower == column.upper);
    let mut is_fixed: Vec<bool> = (0..program.columns().len()).map(fixed).collect();
    let mut rows_of: Vec<Vec<usize>> = vec![Vec::new(); program.columns().len()];
    let mut open: Vec<usize> = Vec::with_capacity(program.rows().len());
    for (index, row) in program.rows().iter().enumerate() {
        let mut count = 0;
        for (column, _) in row.terms.iter().filter(|(column, _)| !is_fixed.get(column.0).copied().unwrap_or(true)) {
            count += 1;
            if let Some(rows) = rows_of.get_mut(column.0) {
                rows.push(index);
            }
        }
        open.push(count);
    }
    let equation = |index: usize| program.rows().get(index).is_some_and(|row| row.lower == row.upper);
    let mut queue: Vec<usize> = open
        .iter()
        .enumerate()
        .filter(|(index, count)| **count == 1 && equation(*index))
        .map(|(index, _)| index)
        .collect();
    let mut values: Vec<f64> = program.columns().iter().map(|column| column.lower).collect();
    let mut found: Vec<(ColumnId, f64)> = Vec::new();
    while let Some(index) = queue.pop() {
        let Some(row) = program.rows().get(index) else { continue };
        let mut rest = row.lower;
        let mut unknown = None;
        for (column, coefficient) in &row.terms {
            if is_fixed.get(column.0).copied().unwrap_or(false) {
                rest -= coefficient * values.get(column.0).copied().unwrap_or(0.0);
            } else {
                unknown = Some((*column, *coefficient));
            }
        }
        let Some((column, coefficient)) = unknown else { continue };
        let Some(known) = program.columns().get(column.0) else { continue };
        // Rounding noise may put the value a hair outside its bounds.
        let value = (rest / coefficient).clamp(known.lower, known.upper);
        if let (Some(flag), Some(slot)) = (is_fixed.get_mut(column.0), values.get_mut(column.0)) {
            *flag = true;
            *slot = value;
        }
        found.push((column, value));
        for row in rows_of.get(column.0).into_iter().flatten() {
            if let Some(count) = open.get_mut(*row) {
                *count -= 1;
                if *count == 1 && equation(*row) {
                    queue.push(*row);
                }
            }
        }
    }
    for (column, value) in found {
        session.set_column_bounds(column, value, value)?;
    }
    Ok(())
}
