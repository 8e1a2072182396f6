//! Two parties: the individually rational set as a polygon in exact arithmetic, and the solutions on its edges in closed form.

use num_traits::{One, Signed, Zero};

use crate::bargaining::model::Model;
use crate::document::number::Number;
use crate::units::{BigInt, Exact};

/// A point of utilities.
pub(super) type Point = [Exact; 2];

/// A half-plane `a·u ≤ b`.
struct Half {
    a: Point,
    b: Exact,
}

/// The Pareto frontier of two parties above the disagreement point, and what each could get at most.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Polygon {
    /// Disagreement point.
    pub from: Point,
    /// The least each accepts: the disagreement point, outside options and floors.
    pub low: Point,
    /// Corners of the frontier, the first party's utility rising.
    pub frontier: Vec<Point>,
    /// The ideal point.
    pub ideal: Point,
}

impl Polygon {
    /// The polygon of a two-party problem in utilities or vertices; `None` where it has another form or `reach` is too small.
    ///
    /// `reach` is a bound on what each can gain, found by linear programs.
    pub fn of(model: &Model, reach: [f64; 2]) -> Option<Self> {
        let [first, second] = model.parties.as_slice() else { return None };
        if model.has_transfers || model.corners.is_none() && !model.variables.is_empty() {
            return None;
        }
        let from = [first.disagreement.clone(), second.disagreement.clone()];
        let mut halves = match &model.corners {
            Some(corners) => hull(corners),
            None => model.rows.iter().flat_map(of_row).collect(),
        };
        let mut low = from.clone();
        let mut box_high = from.clone();
        for (axis, party) in [first, second].into_iter().enumerate() {
            let (low, high) = (low.get_mut(axis)?, box_high.get_mut(axis)?);
            for bound in [&party.outside, &party.floor].into_iter().flatten() {
                *low = bound.clone().max(low.clone());
            }
            // Twice what the programs found, so that no rounding error of theirs can cut the polygon.
            let reach = Number::from_f64(reach.get(axis).copied()?)?.0;
            *high = &*low + (reach.abs() + Exact::new(1.into(), 1_000_000.into())) * whole(2);
            if let Some(cap) = &party.cap {
                halves.push(along(axis, cap.clone()));
            }
        }
        let corner = |x: &Point, y: &Point| [x[0].clone(), y[1].clone()];
        let mut points = vec![low.clone(), corner(&box_high, &low), box_high.clone(), corner(&low, &box_high)];
        for half in &halves {
            points = clip(&points, half);
        }
        let frontier = frontier(&points)?;
        let ideal = [frontier.last()?[0].clone(), frontier.first()?[1].clone()];
        // A polygon that touches the box is not the whole set.
        (ideal[0] < box_high[0] && ideal[1] < box_high[1]).then_some(Self { from, low, frontier, ideal })
    }

    /// Largest `w₁ ln(u₁ − d₁) + w₂ ln(u₂ − d₂)`, in closed form on the edge where its slope changes sign.
    pub fn nash(&self, weights: [&Exact; 2]) -> Option<Point> {
        self.best(|from, to| {
            // w₁ dx (y − d₂) + w₂ dy (x − d₁), at the two ends of the edge: linear along it.
            let slope = |at: &Point| {
                weights[0] * (&to[0] - &from[0]) * (&at[1] - &self.from[1])
                    + weights[1] * (&to[1] - &from[1]) * (&at[0] - &self.from[0])
            };
            (slope(from), slope(to))
        })
    }

    /// The point on the edge where a slope that falls along the frontier is zero; an end where it never is.
    fn best(&self, slopes: impl Fn(&Point, &Point) -> (Exact, Exact)) -> Option<Point> {
        for pair in self.frontier.windows(2) {
            let [from, to] = pair else { continue };
            let (start, end) = slopes(from, to);
            if !start.is_positive() {
                return Some(from.clone());
            }
            if end.is_negative() {
                let share = &start / (&start - &end);
                return Some(between(from, to, &share));
            }
        }
        self.frontier.last().cloned()
    }

    /// The last point of the ray from the disagreement point in a direction > 0 that some point of the set dominates.
    pub fn along_ray(&self, direction: [&Exact; 2]) -> Option<Point> {
        // Each edge's line, and the two walls at the ends, bound the step.
        let gain = |point: &Point, axis: usize| point.get(axis).zip(self.from.get(axis)).map(|(u, d)| u - d);
        let mut step = gain(&self.ideal, 0)? / direction[0];
        step = step.min(gain(&self.ideal, 1)? / direction[1]);
        for pair in self.frontier.windows(2) {
            let [from, to] = pair else { continue };
            let normal = [&from[1] - &to[1], &to[0] - &from[0]];
            let reach = &normal[0] * gain(from, 0)? + &normal[1] * gain(from, 1)?;
            let speed = &normal[0] * direction[0] + &normal[1] * direction[1];
            step = step.min(reach / speed);
        }
        let at = |axis: usize, speed: &Exact| Some(self.from.get(axis)? + speed * &step);
        Some([at(0, direction[0])?.max(self.low[0].clone()), at(1, direction[1])?.max(self.low[1].clone())])
    }

    /// The frontier point that is at least a point for both, nearest in the first party's utility.
    pub fn above(&self, point: &Point) -> Option<Point> {
        let first = self.frontier.first()?;
        if point[0] <= first[0] {
            return Some(first.clone());
        }
        for pair in self.frontier.windows(2) {
            let [from, to] = pair else { continue };
            if point[0] <= to[0] {
                let share = (&point[0] - &from[0]) / (&to[0] - &from[0]);
                return Some(between(from, to, &share));
            }
        }
        self.frontier.last().cloned()
    }

    /// Largest sum; among several the one whose gains are nearest to equal.
    pub fn utilitarian(&self) -> Option<Point> {
        let sum = |point: &Point| &point[0] + &point[1];
        let most = self.frontier.iter().map(sum).max()?;
        let ties: Vec<&Point> = self.frontier.iter().filter(|point| sum(point) == most).collect();
        let (left, right) = (ties.first()?, ties.last()?);
        // Equal gains on the line of the ties: x − d₁ = (most − d₁ − d₂) / 2.
        let x = &self.from[0] + (&most - &self.from[0] - &self.from[1]) / whole(2);
        let x = x.max(left[0].clone()).min(right[0].clone());
        Some([x.clone(), most - x])
    }
}

fn whole(value: i64) -> Exact {
    Exact::from_integer(BigInt::from(value))
}

fn between(from: &Point, to: &Point, share: &Exact) -> Point {
    [&from[0] + (&to[0] - &from[0]) * share, &from[1] + (&to[1] - &from[1]) * share]
}

/// `u_axis ≤ b`.
fn along(axis: usize, b: Exact) -> Half {
    let one = |index: usize| if index == axis { Exact::one() } else { Exact::zero() };
    Half { a: [one(0), one(1)], b }
}

fn of_row(row: &crate::bargaining::model::Linear) -> Vec<Half> {
    let mut a = [Exact::zero(), Exact::zero()];
    for (column, value) in &row.terms {
        if let Some(entry) = a.get_mut(*column) {
            *entry += value;
        }
    }
    let upper = row.upper.as_ref().map(|b| Half { a: a.clone(), b: b.clone() });
    let lower = row.lower.as_ref().map(|b| Half { a: [-a[0].clone(), -a[1].clone()], b: -b.clone() });
    upper.into_iter().chain(lower).collect()
}

/// The convex comprehensive hull of points as half-planes: its upper right edges and two walls.
fn hull(corners: &[Vec<Exact>]) -> Vec<Half> {
    let points = corners.iter().filter_map(|corner| match corner.as_slice() {
        [x, y] => Some([x.clone(), y.clone()]),
        _ => None,
    });
    let points: Vec<Point> = points.collect();
    let Some(chain) = frontier(&points) else { return Vec::new() };
    let mut halves: Vec<Half> = Vec::new();
    for pair in chain.windows(2) {
        if let [from, to] = pair {
            let a = [&from[1] - &to[1], &to[0] - &from[0]];
            let b = &a[0] * &from[0] + &a[1] * &from[1];
            halves.push(Half { a, b });
        }
    }
    if let (Some(first), Some(last)) = (chain.first(), chain.last()) {
        halves.push(along(0, last[0].clone()));
        halves.push(along(1, first[1].clone()));
    }
    halves
}

/// The part of a convex polygon in a half-plane (Sutherland & Hodgman 1974), exactly.
fn clip(points: &[Point], half: &Half) -> Vec<Point> {
    let excess = |point: &Point| &half.a[0] * &point[0] + &half.a[1] * &point[1] - &half.b;
    let mut kept: Vec<Point> = Vec::with_capacity(points.len() + 1);
    let mut push = |point: Point| {
        if kept.last() != Some(&point) {
            kept.push(point);
        }
    };
    for (index, to) in points.iter().enumerate() {
        let Some(from) = points.get((index + points.len() - 1) % points.len()) else { continue };
        let (before, after) = (excess(from), excess(to));
        if before.is_positive() != after.is_positive() && !before.is_zero() && !after.is_zero() {
            let share = &before / (&before - &after);
            push(between(from, to, &share));
        }
        if !after.is_positive() {
            push(to.clone());
        }
    }
    kept
}

/// Undominated corners of the upper right hull, the first coordinate rising; `None` of no points.
fn frontier(points: &[Point]) -> Option<Vec<Point>> {
    let mut sorted = points.to_vec();
    sorted.sort();
    sorted.dedup();
    let mut chain: Vec<Point> = Vec::new();
    for point in sorted {
        while let Some(last) = chain.last() {
            let dominated = last[1] <= point[1];
            let below = chain.len().checked_sub(2).and_then(|at| chain.get(at)).is_some_and(|before| {
                let run = (&last[0] - &before[0]) * (&point[1] - &before[1]);
                let rise = (&last[1] - &before[1]) * (&point[0] - &before[0]);
                run >= rise
            });
            if !dominated && !below {
                break;
            }
            chain.pop();
        }
        chain.push(point);
    }
    (!chain.is_empty()).then_some(chain)
}
