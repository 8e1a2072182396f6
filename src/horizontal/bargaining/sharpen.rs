//! A Nash point made exact on the constraints that hold it, and proved by multipliers in exact arithmetic.
//!
//! For constraints A v ≤ b, multipliers y ≥ 0 with z = Aᵀy zero outside the players, and Σ w = 1, every feasible point has
//! Σ w ln g at most Σ w (r − 1 − ln r) + y·(b − A v) above that of v, where r = g z / w (Fenchel duality). Where v is exactly on
//! the constraints with a multiplier this is of second order in the errors of v and y, so that double precision proves far
//! more digits than it has; r − 1 − ln r ≤ (r − 1)²/r keeps the bound rational.

use nalgebra::{DMatrix, DVector};
use num_traits::{One, Signed, Zero};

use crate::bargaining::model::Model;
use crate::document::number::binary;
use crate::units::{Exact, from_binary};

/// A constraint this near to its side, relative to its parts, is taken to hold the point.
const NEAR: f64 = 1e-8;
/// Most columns.
const MOST: usize = 60;
/// Most constraints that hold a point times columns: rational elimination grows fast beyond.
const MOST_ENTRIES: usize = 1_000;
/// Multipliers below this part of the largest are none.
const NO_MULTIPLIER: f64 = 1e-11;

/// Σ terms ≤ side, over utilities and variables.
struct Constraint {
    terms: Vec<(usize, Exact)>,
    side: Exact,
}

impl Constraint {
    fn slack(&self, point: &[Exact]) -> Exact {
        let value = |(column, factor): &(usize, Exact)| point.get(*column).map_or_else(Exact::zero, |v| v * factor);
        self.terms.iter().fold(self.side.clone(), |slack, term| slack - value(term))
    }

    fn is_near(&self, point: &[f64]) -> bool {
        let side = binary(&self.side);
        let parts =
            self.terms.iter().map(|(column, factor)| point.get(*column).copied().unwrap_or(0.0) * binary(factor));
        let (sum, size) = parts.fold((0.0, side.abs()), |(sum, size), part: f64| (sum + part, size + part.abs()));
        side - sum <= NEAR * size.max(f64::MIN_POSITIVE)
    }
}

/// Exact gains and a bound on Σ w ln(gain) above them; `None` where the constraints that hold the point are too many or do not
/// fit together.
///
/// `gains` and `variables` in their own units; `scales` the units of the columns; `weights` zero for who cannot gain.
pub(super) fn sharpen(
    model: &Model,
    gains: &[f64],
    variables: &[f64],
    scales: &[f64],
    weights: &[Exact],
) -> Option<(Vec<Exact>, Exact)> {
    let columns = model.size() + model.variables.len();
    if columns > MOST || model.rows.len() > 4 * MOST {
        return None;
    }
    let total: Exact = weights.iter().sum();
    let weights: Vec<Exact> = weights.iter().map(|weight| weight / &total).collect();
    let utility = |(gain, party): (&f64, &super::model::Party)| Some(from_binary(*gain)? + &party.disagreement);
    let start: Option<Vec<Exact>> = gains.iter().zip(&model.parties).map(utility).collect();
    let mut start = start?;
    for variable in variables {
        start.push(from_binary(*variable)?);
    }
    let near: Vec<f64> = start.iter().map(binary).collect();
    let all = constraints(model);
    let active: Vec<&Constraint> = all.iter().filter(|constraint| constraint.is_near(&near)).collect();
    if active.len() * columns > MOST_ENTRIES {
        return None;
    }
    // Variables give way first, so that utilities stay where Newton's method put them.
    let order: Vec<usize> = (model.size()..columns).chain(0..model.size()).collect();
    let rows = active.iter().map(|constraint| (dense(&constraint.terms, columns), constraint.side.clone()));
    let point = solved(rows.collect(), &order, &start);
    if all.iter().any(|constraint| constraint.slack(&point).is_negative()) {
        return None;
    }
    let gains: Vec<Exact> =
        point.iter().zip(&model.parties).map(|(utility, party)| utility - &party.disagreement).collect();
    let is_player = |column: usize| weights.get(column).is_some_and(Signed::is_positive);
    if (0..model.size()).any(|party| is_player(party) && !gains.get(party).is_some_and(Signed::is_positive)) {
        return None;
    }
    let found = multipliers(&active, &gains, &weights, scales, columns)?;
    let held: Vec<usize> = (0..active.len()).filter(|index| found.get(*index).is_some_and(|y| *y > 0.0)).collect();
    let begin: Option<Vec<Exact>> =
        held.iter().map(|index| from_binary(found.get(*index).copied().unwrap_or(0.0))).collect();
    // Columns that are no player's must balance exactly.
    let balanced = (0..columns).filter(|column| !is_player(*column)).map(|column| {
        let of = |index: &usize| active.get(*index).map_or_else(Exact::zero, |c| coefficient(&c.terms, column));
        (held.iter().map(of).collect::<Vec<Exact>>(), Exact::zero())
    });
    let largest_first = {
        let mut order: Vec<usize> = (0..held.len()).collect();
        let size = |at: usize| held.get(at).and_then(|index| found.get(*index)).copied().unwrap_or(0.0);
        order.sort_by(|a, b| size(*b).total_cmp(&size(*a)));
        order
    };
    let exact = solved(balanced.collect(), &largest_first, &begin?);
    if exact.iter().any(Signed::is_negative) {
        return None;
    }
    let mut pulls = vec![Exact::zero(); columns];
    let mut gap = Exact::zero();
    for (index, y) in held.iter().zip(&exact) {
        let constraint = active.get(*index)?;
        gap += y * constraint.slack(&point);
        for (column, factor) in &constraint.terms {
            if let Some(pull) = pulls.get_mut(*column) {
                *pull += factor * y;
            }
        }
    }
    for (column, pull) in pulls.iter().enumerate() {
        match weights.get(column).filter(|weight| weight.is_positive()) {
            Some(weight) => {
                let ratio = gains.get(column)? * pull / weight;
                if !ratio.is_positive() {
                    return None;
                }
                let off = &ratio - Exact::one();
                gap += weight * &off * &off / ratio;
            }
            None if !pull.is_zero() => return None,
            None => {}
        }
    }
    Some((gains, gap))
}

/// Everything a point must meet, each as an upper side; an equation is two.
fn constraints(model: &Model) -> Vec<Constraint> {
    let mut all = Vec::new();
    let mut add = |terms: &[(usize, Exact)], lower: Option<&Exact>, upper: Option<&Exact>| {
        if let Some(side) = upper {
            all.push(Constraint { terms: terms.to_vec(), side: side.clone() });
        }
        if let Some(side) = lower {
            let terms = terms.iter().map(|(column, factor)| (*column, -factor)).collect();
            all.push(Constraint { terms, side: -side });
        }
    };
    for row in &model.rows {
        add(&row.terms, row.lower.as_ref(), row.upper.as_ref());
    }
    for (index, party) in model.parties.iter().enumerate() {
        let least = [&party.outside, &party.floor].into_iter().flatten().chain([&party.disagreement]).max();
        add(&[(index, Exact::one())], least, party.cap.as_ref());
    }
    for (index, variable) in model.variables.iter().enumerate() {
        add(&[(model.size() + index, Exact::one())], variable.lower.as_ref(), variable.upper.as_ref());
    }
    all
}

fn coefficient(terms: &[(usize, Exact)], column: usize) -> Exact {
    terms.iter().filter(|term| term.0 == column).map(|term| &term.1).sum()
}

fn dense(terms: &[(usize, Exact)], columns: usize) -> Vec<Exact> {
    (0..columns).map(|column| coefficient(terms, column)).collect()
}

/// A point on all equations that fit together, as near to `start` as columns can stay: those solved for are the first in
/// `order` that will do (Gauss–Jordan over the rationals).
fn solved(mut rows: Vec<(Vec<Exact>, Exact)>, order: &[usize], start: &[Exact]) -> Vec<Exact> {
    let mut pivots: Vec<(usize, usize)> = Vec::new();
    for column in order {
        let used = |row: usize| pivots.iter().any(|pivot| pivot.0 == row);
        let entry = |row: &(Vec<Exact>, Exact)| row.0.get(*column).is_some_and(|value| !value.is_zero());
        let Some(at) = (0..rows.len()).find(|row| !used(*row) && rows.get(*row).is_some_and(entry)) else { continue };
        let Some(mut pivot) = rows.get(at).cloned() else { continue };
        let Some(lead) = pivot.0.get(*column).cloned() else { continue };
        pivot.0.iter_mut().for_each(|value| *value = &*value / &lead);
        pivot.1 = &pivot.1 / &lead;
        for (index, row) in rows.iter_mut().enumerate() {
            let Some(factor) = row.0.get(*column).filter(|value| !value.is_zero()).cloned() else { continue };
            if index == at {
                continue;
            }
            for (value, part) in row.0.iter_mut().zip(&pivot.0) {
                if !part.is_zero() {
                    *value -= part * &factor;
                }
            }
            row.1 -= &pivot.1 * &factor;
        }
        if let Some(row) = rows.get_mut(at) {
            *row = pivot;
        }
        pivots.push((at, *column));
    }
    let mut point = start.to_vec();
    for (row, column) in &pivots {
        let Some((factors, side)) = rows.get(*row) else { continue };
        let others = factors.iter().enumerate().filter(|(other, factor)| other != column && !factor.is_zero());
        let value = others.fold(side.clone(), |value, (other, factor)| {
            value - start.get(other).map_or_else(Exact::zero, |at| at * factor)
        });
        if let Some(entry) = point.get_mut(*column) {
            *entry = value;
        }
    }
    point
}

/// Multipliers ≥ 0 whose pulls come nearest to w/g at the players and nothing elsewhere (Lawson & Hanson 1974).
fn multipliers(
    active: &[&Constraint],
    gains: &[Exact],
    weights: &[Exact],
    scales: &[f64],
    columns: usize,
) -> Option<Vec<f64>> {
    let scale = |column: usize| scales.get(column).copied().unwrap_or(1.0);
    let mut matrix = DMatrix::<f64>::zeros(columns, active.len());
    let mut sizes = Vec::with_capacity(active.len());
    for (index, constraint) in active.iter().enumerate() {
        let size = constraint.terms.iter().map(|(c, factor)| (binary(factor) * scale(*c)).powi(2)).sum::<f64>().sqrt();
        let size = if size > 0.0 && size.is_finite() { size } else { 1.0 };
        for (column, factor) in &constraint.terms {
            if let Some(entry) = matrix.get_mut((*column, index)) {
                *entry += binary(factor) * scale(*column) / size;
            }
        }
        sizes.push(size);
    }
    let target = DVector::from_iterator(
        columns,
        (0..columns).map(|column| match (gains.get(column), weights.get(column)) {
            (Some(gain), Some(weight)) if weight.is_positive() => binary(&(weight / gain)) * scale(column),
            _ => 0.0,
        }),
    );
    let mut y = DVector::<f64>::zeros(active.len());
    let mut open: Vec<usize> = Vec::new();
    let enough = 1e-13 * (1.0 + target.norm());
    for _ in 0..3 * active.len() + 3 {
        let pull = matrix.transpose() * (&target - &matrix * &y);
        let best = (0..active.len()).filter(|index| !open.contains(index)).filter_map(|i| Some((i, *pull.get(i)?)));
        let Some((index, most)) = best.max_by(|a, b| a.1.total_cmp(&b.1)) else { break };
        if most <= enough {
            break;
        }
        open.push(index);
        loop {
            let part = matrix.select_columns(&open);
            let wished = part.svd(true, true).solve(&target, 1e-13).ok()?;
            let at = |index: usize| y.get(index).copied().unwrap_or(0.0);
            let steps = open.iter().zip(wished.iter()).filter(|(_, wish)| **wish <= 0.0);
            let shortest = steps.map(|(index, wish)| at(*index) / (at(*index) - wish)).fold(1.0_f64, f64::min);
            let moved: Vec<f64> = open
                .iter()
                .zip(wished.iter())
                .map(|(index, wish)| at(*index) + shortest * (wish - at(*index)))
                .collect();
            for (index, value) in open.iter().zip(&moved) {
                if let Some(entry) = y.get_mut(*index) {
                    *entry = value.max(0.0);
                }
            }
            let before = open.len();
            open.retain(|index| y.get(*index).is_some_and(|value| *value > 0.0));
            if open.len() == before || open.is_empty() {
                break;
            }
        }
    }
    let largest = y.iter().copied().fold(0.0, f64::max);
    let value = |(value, size): (&f64, &f64)| if *value > NO_MULTIPLIER * largest { value / size } else { 0.0 };
    Some(y.iter().zip(&sizes).map(value).collect())
}
