//! The lower hull of a program's image in two linear functions, corner by corner.
//!
//! Between two known corners the program is solved in the direction at right angles to their chord: either nothing lies below
//! the chord, and the proof of that solve proves the edge, or the optimum is a further corner and both halves are searched in
//! turn (dichotomic search; Cohon 1978, Aneja & Nair 1979). Every corner and every edge so rests on a certificate of its own.

use crate::lp::ColumnId;
use crate::solver::certificate::Certified;
use crate::solver::session::{Session, SessionError};
use crate::solver::{Outcome, Stopped};

/// A linear function of the columns: its coefficients.
pub type Costs = [(ColumnId, f64)];

/// A corner of the hull.
#[derive(Debug, Clone)]
pub struct Corner {
    /// Value of the first function.
    pub x: f64,
    /// Value of the second function, the least that goes with `x`.
    pub y: f64,
    /// A proved optimum that has these values.
    pub optimum: Certified,
}

/// What lies below a chord by less than this, in units of the hull's extent, lies on it.
const ON_CHORD: f64 = 1e-9;
/// A corner this near the chord of its neighbours is none.
const FLAT: f64 = 2e-9;
/// The extent of `y` counts as at least this share of its size, so that a nearly level hull is not all noise.
const LEAST_EXTENT: f64 = 1e-4;

impl Corner {
    /// The corner at which an optimum lies.
    pub(super) fn at(optimum: Certified, x: &Costs, y: &Costs) -> Self {
        Self { x: value(x, &optimum), y: value(y, &optimum), optimum }
    }
}

/// Value of a linear function at an optimum.
pub(super) fn value(costs: &Costs, optimum: &Certified) -> f64 {
    crate::solver::certificate::dot(costs.iter().map(|(column, cost)| (*cost, optimum.column(*column))))
}

/// All corners between two corners with `left.x < right.x`, both included; `y` is minimised.
///
/// # Errors
/// HiGHS refuses a change.
pub fn lower_hull(
    session: &mut Session,
    (x, y): (&Costs, &Costs),
    left: Corner,
    right: Corner,
) -> Result<Result<Vec<Corner>, Stopped>, SessionError> {
    let frame = Extent::of(&left, &right);
    let mut done = vec![left];
    let mut ahead = vec![right];
    while let (Some(from), Some(to)) = (done.last(), ahead.last()) {
        match below(session, (x, y), from, to, &frame)? {
            Ok(Some(corner)) => ahead.push(corner),
            Ok(None) => done.extend(ahead.pop()),
            Err(stopped) => return Ok(Err(stopped)),
        }
    }
    Ok(Ok(without_flat(done, &frame)))
}

/// The size of the hull, to which tolerances are relative.
struct Extent {
    x: f64,
    y: f64,
}

impl Extent {
    fn of(left: &Corner, right: &Corner) -> Self {
        let size = left.y.abs().max(right.y.abs());
        let y = (left.y - right.y).abs().max(LEAST_EXTENT * size);
        Self { x: (right.x - left.x).abs().max(f64::MIN_POSITIVE), y: if y > 0.0 { y } else { 1.0 } }
    }

    /// How far a point lies below the chord of two others, in units of the extent.
    fn depth(&self, (x, y): (f64, f64), from: &Corner, to: &Corner) -> f64 {
        let slope = (to.y - from.y) / (to.x - from.x);
        let steep = (slope * self.x / self.y).abs();
        (from.y + slope * (x - from.x) - y) / (self.y * (1.0 + steep))
    }
}

/// The corner farthest below a chord; `None` where nothing lies below it.
fn below(
    session: &mut Session,
    (x, y): (&Costs, &Costs),
    from: &Corner,
    to: &Corner,
    extent: &Extent,
) -> Result<Result<Option<Corner>, Stopped>, SessionError> {
    if to.x - from.x <= ON_CHORD * extent.x {
        return Ok(Ok(None));
    }
    let slope = (to.y - from.y) / (to.x - from.x);
    session.set_costs(&direction((x, y), slope, from))?;
    let optimum = match session.solve() {
        Outcome::Optimal(optimum) => *optimum,
        other => return Ok(Err(other.into())),
    };
    let corner = Corner::at(optimum, x, y);
    let margin = ON_CHORD * extent.x;
    let between = corner.x > from.x + margin && corner.x < to.x - margin;
    let deep = extent.depth((corner.x, corner.y), from, to) > ON_CHORD;
    Ok(Ok((between && deep).then_some(corner)))
}

/// `y − slope · x` as costs, scaled so that the solver's absolute tolerances are small against it.
///
/// A reduced cost may be off by the tolerance, so an optimum by the tolerance times all activity: costs are made large by a
/// power of two, which loses no bit, until the largest is about the activity.
fn direction((x, y): (&Costs, &Costs), slope: f64, near: &Corner) -> Vec<(ColumnId, f64)> {
    let mut costs: Vec<(ColumnId, f64)> = y.to_vec();
    costs.extend(x.iter().map(|(column, cost)| (*column, -slope * cost)));
    costs.sort_by_key(|(column, _)| *column);
    let mut merged: Vec<(ColumnId, f64)> = Vec::with_capacity(costs.len());
    for (column, cost) in costs {
        match merged.last_mut() {
            Some((last, sum)) if *last == column => *sum += cost,
            _ => merged.push((column, cost)),
        }
    }
    let activity: f64 = near.optimum.columns().iter().map(|value| value.abs()).sum();
    scale(&mut merged, activity.clamp(1.0, MOST));
    merged
}

/// Largest cost given to the solver.
const MOST: f64 = 1e5;

/// Scales costs by a power of two so that the largest is about `largest`.
pub(super) fn scale(costs: &mut [(ColumnId, f64)], largest: f64) {
    let now = costs.iter().map(|(_, cost)| cost.abs()).fold(0.0, f64::max);
    if now > 0.0 {
        let factor = (largest / now).log2().round().exp2();
        for (_, cost) in costs {
            *cost *= factor;
        }
    }
}

/// Leaves out corners that lie on the line of their neighbours.
fn without_flat(corners: Vec<Corner>, extent: &Extent) -> Vec<Corner> {
    let mut kept: Vec<Corner> = Vec::with_capacity(corners.len());
    let mut rest = corners.into_iter().peekable();
    while let Some(corner) = rest.next() {
        let flat = match (kept.last(), rest.peek()) {
            (Some(before), Some(after)) => extent.depth((corner.x, corner.y), before, after) <= FLAT,
            _ => false,
        };
        if !flat {
            kept.push(corner);
        }
    }
    kept
}
