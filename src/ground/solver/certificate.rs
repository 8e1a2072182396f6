//! The certificate of optimality: recomputed from the program's data, never from the solver's own report.
//!
//! A point x with row multipliers y is optimal for `min c·x, L ≤ Ax ≤ U, l ≤ x ≤ u` when it is feasible, every
//! reduced cost d = c − Aᵀy and multiplier has the sign its finite bound allows, and the objective equals the dual bound
//! Σᵢ yᵢ·(Lᵢ or Uᵢ) + Σⱼ dⱼ·(lⱼ or uⱼ). (Linear programming duality; e.g. Bertsimas & Tsitsiklis 1997, chapter 4.)

use std::collections::BTreeMap;

use serde::Serialize;

use crate::lp::{Column, ColumnId, LinearProgram, RowId};
use crate::solver::engine::Point;

/// Largest residuals of a proved optimum, in the units of the program (万元 for money).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Certificate {
    /// Largest violation of a row or bound, relative to 1 + its size.
    pub primal_residual: f64,
    /// Largest multiplier on a side that does not exist, relative to the largest cost.
    pub dual_residual: f64,
    /// |objective − dual bound| relative to 1 + |objective|.
    pub gap: f64,
}

/// Residuals up to this size are accepted as proof.
const TOLERANCE: f64 = 1e-7;

/// A loss up to this size, relative to 1 + |objective|, is accepted where multipliers lean on nothing.
const LEANING: f64 = 3e-7;

/// An optimum with its proof.
#[derive(Debug, Clone)]
pub struct Certified {
    pub(super) columns: Vec<f64>,
    pub(super) column_duals: Vec<f64>,
    pub(super) rows: Vec<f64>,
    pub(super) row_duals: Vec<f64>,
    pub(super) objective: f64,
    pub(super) certificate: Certificate,
}

impl Certified {
    /// Values of the columns, in order.
    pub fn columns(&self) -> &[f64] {
        &self.columns
    }

    /// Value of one column; 0 beyond the program.
    pub fn column(&self, column: crate::lp::ColumnId) -> f64 {
        self.columns.get(column.0).copied().unwrap_or(0.0)
    }

    /// Reduced costs c − Aᵀy, recomputed.
    pub fn column_duals(&self) -> &[f64] {
        &self.column_duals
    }

    /// Row activities, recomputed.
    pub fn rows(&self) -> &[f64] {
        &self.rows
    }

    /// Row multipliers: by how much the minimum rises when the binding side of the row rises by one.
    pub fn row_duals(&self) -> &[f64] {
        &self.row_duals
    }

    /// The minimised objective.
    pub fn objective(&self) -> f64 {
        self.objective
    }

    /// The residuals of the proof.
    pub fn certificate(&self) -> Certificate {
        self.certificate
    }
}

/// Proves a point optimal, or says by how much it misses.
pub(super) fn certify(program: &LinearProgram, point: Point) -> Result<Certified, Certificate> {
    let activities: Vec<f64> =
        program.rows().iter().map(|row| dot(row.terms.iter().map(|(id, a)| (*a, at(&point.columns, id.0))))).collect();
    let reduced = reduced_costs(program, &point.row_duals);
    let largest_cost = program.largest_cost();
    let dual_scale = if largest_cost > 0.0 { largest_cost } else { 1.0 };

    let row_sides = program.rows().iter().map(|row| (row.lower, row.upper));
    let column_sides = program.columns().iter().map(|column| (column.lower, column.upper));
    let primal_residual =
        misses(row_sides.clone().zip(&activities)).max(misses(column_sides.clone().zip(&point.columns)));
    let (row_bound, row_miss) = dual_side(row_sides.zip(&point.row_duals).zip(&activities), dual_scale);
    let (column_bound, column_miss) = dual_side(column_sides.zip(&reduced).zip(&point.columns), dual_scale);
    let objective = dot(program.columns().iter().zip(&point.columns).map(|(column, value)| (column.cost, *value)));
    let certificate = Certificate {
        primal_residual,
        dual_residual: row_miss.max(column_miss),
        gap: (objective - row_bound - column_bound).abs() / (1.0 + objective.abs()),
    };
    let proved = [certificate.primal_residual, certificate.dual_residual, certificate.gap]
        .iter()
        // NaN is never below the tolerance, so it proves nothing.
        .all(|residual| *residual <= TOLERANCE);
    let leaning = unbounded_loss(program, &reduced) / (1.0 + objective.abs());
    if !proved || leaning > LEANING {
        return Err(certificate);
    }
    let Point { columns, row_duals, .. } = point;
    Ok(Certified { columns, column_duals: reduced, rows: activities, row_duals, objective, certificate })
}

/// How far the minimum could lie below the dual bound because of columns whose multiplier leans on a side that is not there,
/// as far as the rows bound them after all.
fn unbounded_loss(program: &LinearProgram, reduced: &[f64]) -> f64 {
    let leans = |(column, dual): (&Column, &f64)| *dual < 0.0 && column.upper == f64::INFINITY;
    if !program.columns().iter().zip(reduced).any(leans) {
        return 0.0;
    }
    let most = implied_upper(program);
    let columns = program.columns().iter().zip(reduced).zip(&most);
    let losses = columns.filter(|(pair, most)| leans(*pair) && most.is_finite()).map(|((_, dual), most)| -dual * most);
    losses.sum()
}

/// Largest value of each column that its bound, or a row of columns and coefficients ≥ 0, allows; infinite where none does.
fn implied_upper(program: &LinearProgram) -> Vec<f64> {
    let mut most: Vec<f64> = program.columns().iter().map(|column| column.upper).collect();
    let positive = |id: &ColumnId| program.columns().get(id.0).is_some_and(|column| column.lower >= 0.0);
    for row in program.rows().iter().filter(|row| row.upper.is_finite() && row.upper >= 0.0) {
        if row.terms.iter().all(|(id, a)| *a > 0.0 && positive(id)) {
            for (id, a) in &row.terms {
                if let Some(most) = most.get_mut(id.0) {
                    *most = most.min(row.upper / a);
                }
            }
        }
    }
    most
}

fn reduced_costs(program: &LinearProgram, row_duals: &[f64]) -> Vec<f64> {
    let mut reduced: Vec<f64> = program.columns().iter().map(|column| column.cost).collect();
    for (row, dual) in program.rows().iter().zip(row_duals) {
        if *dual != 0.0 {
            for (column, coefficient) in &row.terms {
                if let Some(entry) = reduced.get_mut(column.0) {
                    *entry -= dual * coefficient;
                }
            }
        }
    }
    reduced
}

/// Largest relative violation of `lower ≤ value ≤ upper`.
fn misses<'a>(sides: impl Iterator<Item = ((f64, f64), &'a f64)>) -> f64 {
    sides.fold(0.0, |worst, ((lower, upper), value)| {
        let below = if lower.is_finite() { (lower - value) / (1.0 + lower.abs()) } else { 0.0 };
        let above = if upper.is_finite() { (value - upper) / (1.0 + upper.abs()) } else { 0.0 };
        if value.is_finite() { f64::max(worst, below.max(above)) } else { f64::INFINITY }
    })
}

/// Dual bound of one kind of restriction, and the largest multiplier that leans on a side that does not exist.
fn dual_side<'a>(parts: impl Iterator<Item = (((f64, f64), &'a f64), &'a f64)>, scale: f64) -> (f64, f64) {
    let mut bound = Sum::default();
    let mut worst: f64 = 0.0;
    for (((lower, upper), dual), value) in parts {
        let side = if *dual > 0.0 { lower } else { upper };
        if side.is_finite() {
            bound.add(dual * side);
        } else if *dual != 0.0 {
            worst = worst.max(dual.abs() / scale);
            bound.add(dual * value);
        }
    }
    (bound.total(), worst)
}

fn at(values: &[f64], index: usize) -> f64 {
    values.get(index).copied().unwrap_or(0.0)
}

/// Σ a·b with compensated summation.
pub(super) fn dot(products: impl Iterator<Item = (f64, f64)>) -> f64 {
    let mut sum = Sum::default();
    for (a, b) in products {
        sum.add(a * b);
    }
    sum.total()
}

/// Compensated (Neumaier) summation.
#[derive(Default)]
struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    fn add(&mut self, value: f64) {
        let next = self.sum + value;
        self.lost += if self.sum.abs() >= value.abs() { (self.sum - next) + value } else { (value - next) + self.sum };
        self.sum = next;
    }

    fn total(&self) -> f64 {
        self.sum + self.lost
    }
}

/// A sum of rows this small beside its parts is nothing.
const CANCELS: f64 = 1e-12;
/// Sides must miss each other by more than this, relative to what they add up.
const APART: f64 = 1e-9;

/// Whether no point meets some rows and the bounds of columns, by multipliers of the rows (Farkas 1902): what their sides make
/// of the sum of the rows lies apart from what the bounds make of it.
pub(super) fn contradicts(program: &LinearProgram, multipliers: &[(RowId, f64)]) -> bool {
    // The range of a multiple of something between two sides.
    let times =
        |by: f64, lower: f64, upper: f64| if by > 0.0 { (by * lower, by * upper) } else { (by * upper, by * lower) };
    let mut sums: BTreeMap<ColumnId, (f64, f64)> = BTreeMap::new();
    let (mut rows, mut columns, mut size) = ((0.0, 0.0), (0.0, 0.0), 0.0_f64);
    let mut add = |range: &mut (f64, f64), (least, most): (f64, f64)| {
        range.0 += least;
        range.1 += most;
        for side in [least, most] {
            size += if side.is_finite() { side.abs() } else { 0.0 };
        }
    };
    for (row, by) in multipliers {
        let Some(row) = program.rows().get(row.0) else { return false };
        add(&mut rows, times(*by, row.lower, row.upper));
        for (column, coefficient) in &row.terms {
            let entry = sums.entry(*column).or_insert((0.0, 0.0));
            entry.0 += by * coefficient;
            entry.1 += (by * coefficient).abs();
        }
    }
    for (column, (sum, parts)) in sums {
        let Some(column) = program.columns().get(column.0) else { return false };
        if sum.abs() > CANCELS * parts {
            add(&mut columns, times(sum, column.lower, column.upper));
        }
    }
    let room = APART * size;
    rows.0 > columns.1 + room || columns.0 > rows.1 + room
}

#[cfg(test)]
mod tests {
    use super::*;

    /// min −x, x ≤ 3, 0 ≤ x ≤ 5 as one row.
    fn program() -> LinearProgram {
        let mut lp = LinearProgram::new();
        let x = lp.add_column("x".into(), 0.0, 5.0, -1.0).unwrap();
        lp.add_row("r".into(), f64::NEG_INFINITY, 3.0, vec![(x, 1.0)]).unwrap();
        lp
    }

    fn point(x: f64, y: f64) -> Point {
        Point { columns: vec![x], column_duals: vec![0.0], rows: vec![x], row_duals: vec![y] }
    }

    #[test]
    fn an_optimum_is_proved() {
        let certified = certify(&program(), point(3.0, -1.0)).unwrap();
        assert_eq!(certified.objective(), -3.0);
        assert_eq!(certified.column_duals(), [0.0]);
    }

    #[test]
    fn what_is_not_an_optimum_is_refused() {
        assert!(certify(&program(), point(2.9, -1.0)).is_err(), "feasible, not optimal");
        assert!(certify(&program(), point(3.1, -1.0)).is_err(), "not feasible");
        assert!(certify(&program(), point(3.0, 1.0)).is_err(), "multiplier leans on a side that is not there");
        assert!(certify(&program(), point(f64::NAN, -1.0)).is_err(), "not a number");
    }

    #[test]
    fn rows_that_contradict_each_other_are_proved_to() {
        let mut lp = program();
        let y = lp.add_column("y".into(), 0.0, f64::INFINITY, 0.0).unwrap();
        let sum = |at_least: f64, lp: &mut LinearProgram| {
            lp.add_row("sum".into(), at_least, f64::INFINITY, vec![(ColumnId(0), 1.0), (y, 1.0)]).unwrap()
        };
        let (much, little) = (sum(8.0, &mut lp), sum(5.0, &mut lp));
        let cap = lp.add_row("cap".into(), f64::NEG_INFINITY, 4.0, vec![(y, 1.0)]).unwrap();
        // x ≤ 3 and y ≤ 4 leave no 8, but 5.
        for sign in [1.0, -1.0] {
            assert!(contradicts(&lp, &[(RowId(0), -sign), (much, sign), (cap, -sign)]));
            assert!(!contradicts(&lp, &[(RowId(0), -sign), (little, sign), (cap, -sign)]));
            assert!(!contradicts(&lp, &[(RowId(0), -sign), (much, sign)]), "y may be anything");
        }
        // Not by the bounds of x alone: x ≤ 5 beside y ≤ 4 leaves 9.
        assert!(!contradicts(&lp, &[(much, 1.0), (cap, -1.0)]));
    }
}
