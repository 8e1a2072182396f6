//! Leaving out what can no longer move: after some stages most of a large program is fixed.

use crate::lp::{ColumnId, LinearProgram, NumberRefused, Row};

/// The same program without rows in which nothing can move and without fixed columns from position `kept` on.
///
/// The first `kept` columns keep their positions, fixed ones without entries; what fixed columns add to a row moves to
/// its sides. Columns behind them, and all rows, get new positions.
///
/// # Errors
/// A side that is no longer a number of a program.
pub fn compact(program: &LinearProgram, kept: usize) -> Result<LinearProgram, NumberRefused> {
    let mut small = LinearProgram::new();
    let mut place: Vec<Option<ColumnId>> = Vec::with_capacity(program.columns().len());
    for (index, column) in program.columns().iter().enumerate() {
        let open = column.lower != column.upper;
        let id = if open || index < kept {
            Some(small.add_column(column.name.clone(), column.lower, column.upper, column.cost)?)
        } else {
            None
        };
        place.push(id.filter(|_| open));
    }
    for row in program.rows() {
        if let Some(Row { name, lower, upper, terms }) = remaining(program, row, &place) {
            small.add_row(name, lower, upper, terms)?;
        }
    }
    Ok(small)
}

/// A row over the open columns; `None` where none is open or no side is left.
fn remaining(program: &LinearProgram, row: &Row, place: &[Option<ColumnId>]) -> Option<Row> {
    if !row.lower.is_finite() && !row.upper.is_finite() {
        return None;
    }
    let mut terms = Vec::with_capacity(row.terms.len());
    let (mut fixed, mut lost) = (0.0_f64, 0.0_f64);
    for (column, coefficient) in &row.terms {
        match place.get(column.0).copied().flatten() {
            Some(id) => terms.push((id, *coefficient)),
            None => {
                let part = coefficient * program.columns().get(column.0).map_or(0.0, |column| column.lower);
                // Compensated (Neumaier) summation.
                let next = fixed + part;
                lost += if fixed.abs() >= part.abs() { (fixed - next) + part } else { (part - next) + fixed };
                fixed = next;
            }
        }
    }
    let fixed = fixed + lost;
    (!terms.is_empty()).then(|| Row {
        name: row.name.clone(),
        lower: row.lower - fixed,
        upper: row.upper - fixed,
        terms,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_columns_move_to_the_sides() {
        let mut lp = LinearProgram::new();
        let kept = lp.add_column("a".into(), 2.0, 2.0, 1.0).unwrap();
        let gone = lp.add_column("b".into(), 3.0, 3.0, 1.0).unwrap();
        let open = lp.add_column("c".into(), 0.0, 9.0, 1.0).unwrap();
        lp.add_row("r".into(), 5.0, 10.0, vec![(kept, 1.0), (gone, 2.0), (open, 4.0)]).unwrap();
        lp.add_row("dead".into(), 5.0, 10.0, vec![(kept, 1.0), (gone, 1.0)]).unwrap();
        let small = compact(&lp, 1).unwrap();
        assert_eq!(small.columns().iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["a", "c"]);
        assert_eq!(small.rows().len(), 1);
        let row = &small.rows()[0];
        assert_eq!((row.lower, row.upper, row.terms.as_slice()), (-3.0, 2.0, [(ColumnId(1), 4.0)].as_slice()));
    }
}
