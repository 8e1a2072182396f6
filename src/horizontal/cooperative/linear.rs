//! Linear algebra over the rationals: rows in echelon form, inverse, vectors orthogonal to a span.

use num_integer::Integer;
use num_traits::{One, Zero};

use crate::units::{BigInt, Exact};

/// A growing set of independent rows, each reduced to a leading one.
#[derive(Debug, Clone, Default)]
pub(super) struct Span {
    rows: Vec<(usize, Vec<Exact>)>,
}

impl Span {
    fn reduced(&self, row: &[Exact]) -> Vec<Exact> {
        let mut row = row.to_vec();
        for (lead, known) in &self.rows {
            let factor = row.get(*lead).cloned().unwrap_or_else(Exact::zero);
            subtract(&mut row, known, &factor);
        }
        row
    }

    /// Whether the row is a combination of the others.
    pub fn holds(&self, row: &[Exact]) -> bool {
        self.reduced(row).iter().all(Zero::is_zero)
    }

    /// Takes a row; false, and nothing done, where it is a combination of the others.
    pub fn take(&mut self, row: &[Exact]) -> bool {
        let mut row = self.reduced(row);
        let Some(lead) = row.iter().position(|value| !value.is_zero()) else { return false };
        if let Some(first) = row.get(lead).cloned() {
            row.iter_mut().for_each(|value| *value /= &first);
        }
        for (_, known) in &mut self.rows {
            let factor = known.get(lead).cloned().unwrap_or_else(Exact::zero);
            subtract(known, &row, &factor);
        }
        self.rows.push((lead, row));
        true
    }

    /// Number of independent rows.
    pub fn rank(&self) -> usize {
        self.rows.len()
    }

    /// A basis, in whole numbers, of the vectors of this width that are orthogonal to every row.
    pub fn orthogonal(&self, width: usize) -> Vec<Vec<BigInt>> {
        let is_lead = |column: &usize| self.rows.iter().any(|(lead, _)| lead == column);
        let free = (0..width).filter(|column| !is_lead(column));
        free.map(|column| {
            let mut vector = vec![Exact::zero(); width];
            for (lead, row) in &self.rows {
                if let (Some(entry), Some(value)) = (vector.get_mut(*lead), row.get(column)) {
                    *entry = -value;
                }
            }
            if let Some(entry) = vector.get_mut(column) {
                *entry = Exact::one();
            }
            let common = vector.iter().fold(BigInt::one(), |common, value| common.lcm(value.denom()));
            vector.iter().map(|value| value.numer() * (&common / value.denom())).collect()
        })
        .collect()
    }
}

fn subtract(row: &mut [Exact], other: &[Exact], factor: &Exact) {
    if factor.is_zero() {
        return;
    }
    for (value, other) in row.iter_mut().zip(other) {
        if !other.is_zero() {
            *value -= other * factor;
        }
    }
}

/// Inverse of a square matrix given by its columns, as rows; `None` where it has none.
pub(super) fn inverse(columns: &[Vec<Exact>]) -> Option<Vec<Vec<Exact>>> {
    let size = columns.len();
    let entry = |row: usize, column: usize| columns.get(column)?.get(row).cloned();
    let mut rows: Vec<Vec<Exact>> = Vec::with_capacity(size);
    for row in 0..size {
        let mut line = (0..size).map(|column| entry(row, column)).collect::<Option<Vec<_>>>()?;
        line.extend((0..size).map(|column| if column == row { Exact::one() } else { Exact::zero() }));
        rows.push(line);
    }
    for column in 0..size {
        let pivot =
            (column..size).find(|row| rows.get(*row).and_then(|row| row.get(column)).is_some_and(|v| !v.is_zero()))?;
        rows.swap(column, pivot);
        eliminate(&mut rows, column, column);
    }
    Some(rows.into_iter().map(|mut row| row.split_off(size)).collect())
}

/// Makes the entry at (row, column) one and all others of the column zero.
pub(super) fn eliminate(rows: &mut [Vec<Exact>], row: usize, column: usize) {
    let Some(pivot) = rows.get_mut(row) else { return };
    let Some(first) = pivot.get(column).cloned().filter(|first| !first.is_zero()) else { return };
    pivot.iter_mut().filter(|value| !value.is_zero()).for_each(|value| *value /= &first);
    let pivot = pivot.clone();
    for (other, line) in rows.iter_mut().enumerate() {
        if other != row {
            let factor = line.get(column).cloned().unwrap_or_else(Exact::zero);
            subtract(line, &pivot, &factor);
        }
    }
}

/// Row vector times matrix of rows.
pub(super) fn times(vector: &[Exact], rows: &[Vec<Exact>]) -> Vec<Exact> {
    let width = rows.first().map_or(0, Vec::len);
    let mut product = vec![Exact::zero(); width];
    for (factor, row) in vector.iter().zip(rows) {
        subtract(&mut product, row, &-factor);
    }
    product
}

/// Inner product.
pub(super) fn dot(left: &[Exact], right: &[Exact]) -> Exact {
    let pairs = left.iter().zip(right).filter(|(left, right)| !left.is_zero() && !right.is_zero());
    pairs.fold(Exact::zero(), |sum, (left, right)| sum + left * right)
}
