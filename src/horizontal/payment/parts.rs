//! The parts of a program that have nothing to do with each other once what is fixed is a number.

use crate::lp::LinearProgram;

/// Columns that can move, and the rows that tie them together.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Part {
    /// Columns, rising.
    pub columns: Vec<usize>,
    /// Rows, rising, with what their fixed columns add up to.
    pub rows: Vec<(usize, f64)>,
}

/// The parts, by their first column.
pub(super) fn parts(program: &LinearProgram) -> Vec<Part> {
    let columns = program.columns();
    let moves = |column: usize| columns.get(column).is_some_and(|known| known.lower < known.upper);
    let mut root: Vec<usize> = (0..columns.len()).collect();
    for row in program.rows().iter().filter(|row| row.lower.is_finite() || row.upper.is_finite()) {
        let mut first = None;
        for (column, _) in row.terms.iter().filter(|(column, _)| moves(column.0)) {
            match first {
                None => first = Some(column.0),
                Some(first) => join(&mut root, first, column.0),
            }
        }
    }
    let mut part_of = vec![None; columns.len()];
    let mut parts: Vec<Part> = Vec::new();
    for column in (0..columns.len()).filter(|column| moves(*column)) {
        let top = top(&mut root, column);
        let Some(entry) = part_of.get_mut(top) else { continue };
        let index = *entry.get_or_insert_with(|| {
            parts.push(Part::default());
            parts.len() - 1
        });
        if let Some(part) = parts.get_mut(index) {
            part.columns.push(column);
        }
    }
    for (index, row) in program.rows().iter().enumerate() {
        if !row.lower.is_finite() && !row.upper.is_finite() {
            continue;
        }
        let Some((column, _)) = row.terms.iter().find(|(column, _)| moves(column.0)) else { continue };
        let fixed = row.terms.iter().filter(|(column, _)| !moves(column.0));
        let constant = fixed.map(|(column, by)| columns.get(column.0).map_or(0.0, |known| by * known.lower)).sum();
        let top = top(&mut root, column.0);
        let part = part_of.get(top).copied().flatten().and_then(|index| parts.get_mut(index));
        if let Some(part) = part {
            part.rows.push((index, constant));
        }
    }
    parts
}

/// The column that stands for all that are tied to this one.
fn top(root: &mut [usize], column: usize) -> usize {
    let mut at = column;
    while let Some(next) = root.get(at).copied().filter(|next| *next != at) {
        // Every other step is cut short, so that ways stay short.
        let beyond = root.get(next).copied().unwrap_or(next);
        if let Some(entry) = root.get_mut(at) {
            *entry = beyond;
        }
        at = beyond;
    }
    at
}

fn join(root: &mut [usize], a: usize, b: usize) {
    let (a, b) = (top(root, a), top(root, b));
    if let Some(entry) = root.get_mut(a.max(b)) {
        *entry = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_a_fixed_column_ties_falls_apart() {
        let mut program = LinearProgram::new();
        let add = |program: &mut LinearProgram, lower: f64, upper: f64| {
            program.add_column(format!("c{lower}{upper}"), lower, upper, 0.0).unwrap()
        };
        let (a, b) = (add(&mut program, 0.0, 1.0), add(&mut program, 0.0, 2.0));
        let fixed = add(&mut program, 3.0, 3.0);
        let (c, d) = (add(&mut program, 0.0, 4.0), add(&mut program, 0.0, 5.0));
        program.add_row("ab".into(), 1.0, 9.0, vec![(a, 1.0), (b, 1.0), (fixed, 2.0)]).unwrap();
        program.add_row("cd".into(), 1.0, 9.0, vec![(fixed, -1.0), (c, 1.0), (d, 1.0)]).unwrap();
        // A row without sides ties nothing.
        program.add_row("free".into(), f64::NEG_INFINITY, f64::INFINITY, vec![(a, 1.0), (c, 1.0)]).unwrap();
        let found = parts(&program);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].columns.clone(), found[0].rows.clone()), (vec![a.0, b.0], vec![(0, 6.0)]));
        assert_eq!((found[1].columns.clone(), found[1].rows.clone()), (vec![c.0, d.0], vec![(1, -3.0)]));
    }
}
