//! The Nash solution by a primal–dual interior-point method (Boyd & Vandenberghe 2004, §11.7), for sets whose optimal face has many corners.
//!
//! Largest Σ w ln(gain) under the rows and bounds of the program. What it finds is a start, not a proof: that is the linear
//! program's, as for every other point.

use nalgebra::{DMatrix, DVector};

use crate::lp::LinearProgram;

/// Most steps.
const STEPS: usize = 200;
/// It ends after so many steps without a better point.
const PATIENCE: usize = 15;
/// Part of the way to the boundary that a step goes.
const SHORT_OF: f64 = 0.99;
/// Part of the mean product of slack and multiplier that is aimed at.
const CENTRING: f64 = 0.15;
/// Most times that a step is halved.
const HALVINGS: usize = 40;
/// Largest residual and gap at which it ends.
const ENOUGH: f64 = 1e-16;
/// Most entries of the dense matrix of restrictions.
const MOST: usize = 2_000_000;

/// The set as `matrix · x ≤ side` and `equal · x = at`.
struct Set {
    matrix: DMatrix<f64>,
    side: DVector<f64>,
    equal: DMatrix<f64>,
    at: DVector<f64>,
}

impl Set {
    fn of(program: &LinearProgram) -> Option<Self> {
        let columns = program.columns().len();
        let (mut upper, mut equal): (Vec<Line>, Vec<Line>) = (Vec::new(), Vec::new());
        let mut add = |terms: Vec<(usize, f64)>, least: f64, most: f64| {
            if least == most {
                equal.push((terms, most));
                return;
            }
            if least.is_finite() {
                upper.push((terms.iter().map(|(column, value)| (*column, -value)).collect(), -least));
            }
            if most.is_finite() {
                upper.push((terms, most));
            }
        };
        for row in program.rows() {
            add(row.terms.iter().map(|(column, value)| (column.0, *value)).collect(), row.lower, row.upper);
        }
        for (index, column) in program.columns().iter().enumerate() {
            add(vec![(index, 1.0)], column.lower, column.upper);
        }
        if upper.is_empty() || (upper.len() + equal.len()).saturating_mul(columns) > MOST {
            return None;
        }
        let (matrix, side) = dense(&upper, columns);
        let (equal, at) = dense(&equal, columns);
        Some(Self { matrix, side, equal, at })
    }
}

/// Terms and side of a restriction.
type Line = (Vec<(usize, f64)>, f64);

fn dense(lines: &[Line], columns: usize) -> (DMatrix<f64>, DVector<f64>) {
    let mut matrix = DMatrix::zeros(lines.len(), columns);
    for (row, (terms, _)) in lines.iter().enumerate() {
        for (column, value) in terms {
            if let Some(entry) = matrix.get_mut((row, *column)) {
                *entry += value;
            }
        }
    }
    (matrix, DVector::from_iterator(lines.len(), lines.iter().map(|line| line.1)))
}

/// A point near the best one; `start` is a point of the set at which all who count gain.
///
/// `None` where the set is too large for a dense matrix, or the steps lead nowhere; the best point until then where `keep_going`
/// says no.
pub(super) fn interior(
    program: &LinearProgram,
    weights: &[f64],
    start: &[f64],
    keep_going: &dyn Fn() -> bool,
) -> Option<Vec<f64>> {
    let set = Set::of(program)?;
    let (rows, columns, equations) = (set.matrix.nrows(), set.matrix.ncols(), set.equal.nrows());
    let weight = DVector::from_fn(columns, |column, _| weights.get(column).copied().unwrap_or(0.0));
    let mut x = DVector::from_fn(columns, |column, _| start.get(column).copied().unwrap_or(0.0));
    let mut slack = (&set.side - &set.matrix * &x).map(|slack| slack.max(1e-3));
    let mut multiplier = slack.map(|slack| 1e-2 / slack);
    let mut price = DVector::zeros(equations);
    let transposed = set.matrix.transpose();
    let residuals = |x: &DVector<f64>, slack: &DVector<f64>, multiplier: &DVector<f64>, price: &DVector<f64>| {
        let pull = DVector::from_fn(columns, |column, _| per(&weight, x, column, 1));
        let dual = -pull + &transposed * multiplier + set.equal.transpose() * price;
        (dual, &set.matrix * x + slack - &set.side, &set.equal * x - &set.at)
    };
    let mut best = (f64::INFINITY, x.clone(), 0);
    for round in 0..STEPS {
        if !keep_going() {
            break;
        }
        let (dual, primal, off) = residuals(&x, &slack, &multiplier, &price);
        let mean = slack.dot(&multiplier) / rows as f64;
        let merit = (mean * rows as f64).max(dual.amax()).max(primal.amax()).max(largest(&off));
        if merit < best.0 {
            best = (merit, x.clone(), round);
        } else if round > best.2 + PATIENCE || !merit.is_finite() {
            break;
        }
        if merit <= ENOUGH {
            break;
        }
        let ratio = multiplier.component_div(&slack);
        let mut system = DMatrix::zeros(columns + equations, columns + equations);
        let scaled = DMatrix::from_fn(rows, columns, |row, column| {
            set.matrix.get((row, column)).copied().unwrap_or(0.0) * ratio.get(row).copied().unwrap_or(0.0)
        });
        let mut curved = &transposed * scaled;
        for column in 0..columns {
            if let Some(entry) = curved.get_mut((column, column)) {
                *entry += per(&weight, &x, column, 2);
            }
        }
        system.view_mut((0, 0), (columns, columns)).copy_from(&curved);
        system.view_mut((0, columns), (columns, equations)).copy_from(&set.equal.transpose());
        system.view_mut((columns, 0), (equations, columns)).copy_from(&set.equal);
        let centred = |slack: &DVector<f64>, multiplier: &DVector<f64>| {
            slack.component_mul(multiplier) - DVector::from_element(rows, CENTRING * mean)
        };
        let product = centred(&slack, &multiplier);
        let inner = (multiplier.component_mul(&primal) - &product).component_div(&slack);
        let mut right = DVector::zeros(columns + equations);
        right.rows_mut(0, columns).copy_from(&(-&dual - &transposed * inner));
        right.rows_mut(columns, equations).copy_from(&-&off);
        let Some(found) = system.lu().solve(&right) else { break };
        let dx = found.rows(0, columns).into_owned();
        let dy = found.rows(columns, equations).into_owned();
        let ds = -&primal - &set.matrix * &dx;
        let dz = (-&product - multiplier.component_mul(&ds)).component_div(&slack);
        let gains = (0..columns).filter(|column| weight.get(*column).is_some_and(|w| *w > 0.0));
        let falls = gains.filter_map(|column| limit(*x.get(column)?, *dx.get(column)?)).fold(1.0, f64::min);
        let room = falls.min(shortest(&slack, &ds)).min(shortest(&multiplier, &dz));
        let size = |(dual, primal, off): (DVector<f64>, DVector<f64>, DVector<f64>), product: DVector<f64>| {
            (dual.norm_squared() + primal.norm_squared() + off.norm_squared() + product.norm_squared()).sqrt()
        };
        let now = size((dual, primal, off), product);
        let mut length = (SHORT_OF * room).min(1.0);
        for _ in 0..HALVINGS {
            let (x, slack, multiplier) = (&x + &dx * length, &slack + &ds * length, &multiplier + &dz * length);
            let price = &price + &dy * length;
            if size(residuals(&x, &slack, &multiplier, &price), centred(&slack, &multiplier))
                <= (1.0 - 0.01 * length) * now
            {
                break;
            }
            length /= 2.0;
        }
        x += dx * length;
        slack += ds * length;
        multiplier += dz * length;
        price += dy * length;
    }
    let found = best.1;
    found.iter().all(|value| value.is_finite()).then(|| found.iter().copied().collect())
}

fn largest(values: &DVector<f64>) -> f64 {
    values.iter().fold(0.0, |largest, value| value.abs().max(largest))
}

/// How far positive values may go in a direction, all of it at most.
fn shortest(values: &DVector<f64>, by: &DVector<f64>) -> f64 {
    values.iter().zip(by.iter()).filter_map(|(value, by)| limit(*value, *by)).fold(1.0, f64::min)
}

/// weight / gain^power of a column.
fn per(weight: &DVector<f64>, x: &DVector<f64>, column: usize, power: i32) -> f64 {
    match (weight.get(column), x.get(column)) {
        (Some(weight), Some(gain)) if *weight > 0.0 => weight / gain.max(1e-300).powi(power),
        _ => 0.0,
    }
}

/// How far a positive value may go in a direction before it is zero.
fn limit(value: f64, by: f64) -> Option<f64> {
    (by < 0.0).then(|| value / -by)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lp::ColumnId;

    #[test]
    fn shares_of_a_cake_are_the_weights() {
        let mut program = LinearProgram::new();
        for party in 0..4 {
            program.add_column(format!("u{party}"), 0.0, f64::INFINITY, 0.0).unwrap();
        }
        let all = (0..4).map(|party| (ColumnId(party), 1.0)).collect();
        program.add_row("cake".to_owned(), f64::NEG_INFINITY, 1.0, all).unwrap();
        let weights = [0.4, 0.3, 0.2999, 0.0001];
        let found = interior(&program, &weights, &[0.25; 4], &|| true).unwrap();
        for (gain, weight) in found.iter().zip(weights) {
            assert!((gain / weight - 1.0).abs() < 1e-9, "{found:?}");
        }
        // One who is capped leaves the rest to the others; a given sum is met.
        program = LinearProgram::new();
        for party in 0..3 {
            let cap = if party == 0 { 0.1 } else { f64::INFINITY };
            program.add_column(format!("u{party}"), 0.0, cap, 0.0).unwrap();
        }
        let all = (0..3).map(|party| (ColumnId(party), 1.0)).collect();
        program.add_row("cake".to_owned(), 1.0, 1.0, all).unwrap();
        let found = interior(&program, &[1.0 / 3.0; 3], &[0.05, 0.5, 0.45], &|| true).unwrap();
        assert!((found[0] - 0.1).abs() < 1e-9 && (found[1] - 0.45).abs() < 1e-9, "{found:?}");
    }
}
