//! The Nash solution by a primal–dual interior-point method (Boyd & Vandenberghe 2004, §11.7), for sets whose optimal face has many corners.
//!
//! Largest Σ w ln(gain) under the rows and bounds of the program. What it finds is a start, not a proof: that is the linear
//! program's, as for every other point.

use std::collections::BTreeSet;

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
/// Most unknowns that are solved for together.
const MOST: usize = 1_500;
/// A restriction of more terms than this couples its columns by an unknown of its own.
const WIDE: usize = 16;

/// Terms and side of a restriction.
type Line = (Vec<(usize, f64)>, f64);

/// The set as `upper · x ≤ side` and `equal · x = side`.
struct Set {
    columns: usize,
    upper: Vec<Line>,
    equal: Vec<Line>,
    order: Order,
}

/// Where a column stands in the equations of a step.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// It is solved for by itself once the others are known: no restriction but wide ones ties it to another such column.
    Alone(usize),
    /// It is solved for together with others.
    Together(usize),
}

/// The order in which the equations of a step are solved.
struct Order {
    place: Vec<Place>,
    alone: usize,
    /// Position of a wide restriction among the unknowns that are solved for together.
    wide: Vec<Option<usize>>,
    /// Position of the first equation among them.
    equations: usize,
    together: usize,
}

impl Order {
    fn of(columns: usize, upper: &[Line], equal: &[Line]) -> Self {
        let narrow = || upper.iter().map(|(terms, _)| terms).filter(|terms| terms.len() <= WIDE);
        let mut beside: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); columns];
        // A column with a bound of its own has a curvature of its own.
        let mut bounded = vec![false; columns];
        for terms in narrow() {
            for (column, _) in terms {
                if let Some(own) = beside.get_mut(*column) {
                    own.extend(terms.iter().map(|(other, _)| *other).filter(|other| other != column));
                }
                if let (1, Some(flag)) = (terms.len(), bounded.get_mut(*column)) {
                    *flag = true;
                }
            }
        }
        let mut by_degree: Vec<usize> = (0..columns).filter(|column| bounded.get(*column) == Some(&true)).collect();
        by_degree.sort_by_key(|column| (beside.get(*column).map_or(0, BTreeSet::len), *column));
        let mut is_alone = vec![false; columns];
        for column in by_degree {
            let mut others = beside.get(column).into_iter().flatten();
            let free = others.all(|other| is_alone.get(*other) == Some(&false));
            if let Some(flag) = is_alone.get_mut(column) {
                *flag = free;
            }
        }
        let (mut alone, mut together) = (0, 0);
        let next = |count: &mut usize| {
            *count += 1;
            *count - 1
        };
        let place = is_alone.into_iter().map(|is_alone| {
            if is_alone { Place::Alone(next(&mut alone)) } else { Place::Together(next(&mut together)) }
        });
        let place = place.collect();
        let wide = upper.iter().map(|(terms, _)| (terms.len() > WIDE).then(|| next(&mut together))).collect();
        let equations = together;
        Self { place, alone, wide, equations, together: together + equal.len() }
    }
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
        let order = Order::of(columns, &upper, &equal);
        (!upper.is_empty() && order.together <= MOST).then_some(Self { columns, upper, equal, order })
    }

    /// Solves `(Uᵀ diag(ratio) U + diag(curve)) x + Eᵀ y = right`, `E x = rest of right`, U and E the restrictions.
    ///
    /// A wide restriction w becomes `u · x − w / ratio = 0` beside `uᵀ w`, so that it fills nothing in.
    fn solve(&self, ratio: &DVector<f64>, curve: &[f64], right: &DVector<f64>) -> Option<DVector<f64>> {
        let Order { place, alone, wide, equations, together } = &self.order;
        let mut system = System {
            own: vec![0.0; *alone],
            ties: vec![Vec::new(); *alone],
            matrix: DMatrix::zeros(*together, *together),
        };
        for (place, curve) in place.iter().zip(curve) {
            system.add(*place, *place, *curve);
        }
        for (index, (terms, _)) in self.upper.iter().enumerate() {
            let ratio = ratio.get(index).copied().unwrap_or(0.0);
            if let Some(Some(wide)) = wide.get(index) {
                let wide = Place::Together(*wide);
                system.add(wide, wide, -1.0 / ratio);
                system.tie(terms, place, wide);
                continue;
            }
            for (one, a) in terms {
                for (other, b) in terms {
                    system.add(*place.get(*one)?, *place.get(*other)?, ratio * a * b);
                }
            }
        }
        for (index, (terms, _)) in self.equal.iter().enumerate() {
            system.tie(terms, place, Place::Together(equations + index));
        }
        let (mut sides, mut own_sides) = (DVector::zeros(*together), vec![0.0; *alone]);
        for (place, side) in place.iter().zip(right.iter()) {
            match place {
                Place::Alone(at) => *own_sides.get_mut(*at)? = *side,
                Place::Together(at) => *sides.get_mut(*at)? = *side,
            }
        }
        for index in 0..self.equal.len() {
            *sides.get_mut(equations + index)? = *right.get(self.columns + index)?;
        }
        for ((own, ties), side) in system.own.iter().zip(&system.ties).zip(&own_sides) {
            for (at, tie) in ties {
                *sides.get_mut(*at)? -= tie * side / own;
                for (other, another) in ties {
                    *system.matrix.get_mut((*at, *other))? -= tie * another / own;
                }
            }
        }
        let found = system.matrix.lu().solve(&sides)?;
        let mut all = DVector::zeros(self.columns + self.equal.len());
        for (index, place) in place.iter().enumerate() {
            *all.get_mut(index)? = match place {
                Place::Together(at) => *found.get(*at)?,
                Place::Alone(at) => {
                    let ties = system.ties.get(*at)?.iter();
                    let known: f64 = ties.map(|(at, tie)| tie * found.get(*at).copied().unwrap_or(0.0)).sum();
                    (own_sides.get(*at)? - known) / system.own.get(*at)?
                }
            };
        }
        for index in 0..self.equal.len() {
            *all.get_mut(self.columns + index)? = *found.get(equations + index)?;
        }
        Some(all)
    }
}

/// The equations of a step while they are put together.
struct System {
    /// Of each unknown alone its own coefficient, and those that tie it to unknowns that are solved for together.
    own: Vec<f64>,
    ties: Vec<Vec<(usize, f64)>>,
    matrix: DMatrix<f64>,
}

impl System {
    /// Adds to the equation of `one` a coefficient of `other`.
    fn add(&mut self, one: Place, other: Place, value: f64) {
        match (one, other) {
            // Two of these meet only where they are the same.
            (Place::Alone(at), Place::Alone(_)) => {
                if let Some(own) = self.own.get_mut(at) {
                    *own += value;
                }
            }
            (Place::Alone(at), Place::Together(other)) => {
                if let Some(ties) = self.ties.get_mut(at) {
                    ties.push((other, value));
                }
            }
            // Its twin is kept with the other one.
            (Place::Together(_), Place::Alone(_)) => {}
            (Place::Together(at), Place::Together(other)) => {
                if let Some(entry) = self.matrix.get_mut((at, other)) {
                    *entry += value;
                }
            }
        }
    }

    /// Adds the terms of a restriction to the equation of its unknown, and the unknown to the equations of its columns.
    fn tie(&mut self, terms: &[(usize, f64)], place: &[Place], unknown: Place) {
        for (column, value) in terms {
            if let Some(place) = place.get(*column) {
                self.add(*place, unknown, *value);
                self.add(unknown, *place, *value);
            }
        }
    }
}

/// What each line comes to at a point.
fn activity(lines: &[Line], x: &DVector<f64>) -> DVector<f64> {
    let of = |terms: &[(usize, f64)]| terms.iter().map(|(at, value)| value * x.get(*at).copied().unwrap_or(0.0)).sum();
    DVector::from_iterator(lines.len(), lines.iter().map(|(terms, _)| of(terms)))
}

/// What the lines, each so many times, come to in each column.
fn sum(lines: &[Line], times: &DVector<f64>, columns: usize) -> DVector<f64> {
    let mut sum = DVector::zeros(columns);
    for ((terms, _), times) in lines.iter().zip(times.iter()) {
        for (column, value) in terms {
            if let Some(entry) = sum.get_mut(*column) {
                *entry += value * times;
            }
        }
    }
    sum
}

fn sides(lines: &[Line]) -> DVector<f64> {
    DVector::from_iterator(lines.len(), lines.iter().map(|line| line.1))
}

/// A point near the best one; `start` is a point of the set at which all who count gain.
///
/// `None` where too many unknowns are to be solved for together, or the steps lead nowhere; the best point until then where `keep_going`
/// says no.
pub(super) fn interior(
    program: &LinearProgram,
    weights: &[f64],
    start: &[f64],
    keep_going: &dyn Fn() -> bool,
) -> Option<Vec<f64>> {
    let set = Set::of(program)?;
    let (rows, columns, equations) = (set.upper.len(), set.columns, set.equal.len());
    let (side, at) = (sides(&set.upper), sides(&set.equal));
    let weight = DVector::from_fn(columns, |column, _| weights.get(column).copied().unwrap_or(0.0));
    let mut x = DVector::from_fn(columns, |column, _| start.get(column).copied().unwrap_or(0.0));
    let mut slack = (&side - activity(&set.upper, &x)).map(|slack| slack.max(1e-3));
    let mut multiplier = slack.map(|slack| 1e-2 / slack);
    let mut price = DVector::zeros(equations);
    let residuals = |x: &DVector<f64>, slack: &DVector<f64>, multiplier: &DVector<f64>, price: &DVector<f64>| {
        let pull = DVector::from_fn(columns, |column, _| per(&weight, x, column, 1));
        let dual = -pull + sum(&set.upper, multiplier, columns) + sum(&set.equal, price, columns);
        (dual, activity(&set.upper, x) + slack - &side, activity(&set.equal, x) - &at)
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
        let curve: Vec<f64> = (0..columns).map(|column| per(&weight, &x, column, 2)).collect();
        let centred = |slack: &DVector<f64>, multiplier: &DVector<f64>| {
            slack.component_mul(multiplier) - DVector::from_element(rows, CENTRING * mean)
        };
        let product = centred(&slack, &multiplier);
        let inner = (multiplier.component_mul(&primal) - &product).component_div(&slack);
        let mut right = DVector::zeros(columns + equations);
        right.rows_mut(0, columns).copy_from(&(-&dual - sum(&set.upper, &inner, columns)));
        right.rows_mut(columns, equations).copy_from(&-&off);
        let Some(found) = set.solve(&ratio, &curve, &right) else { break };
        let dx = found.rows(0, columns).into_owned();
        let dy = found.rows(columns, equations).into_owned();
        let ds = -&primal - activity(&set.upper, &dx);
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
