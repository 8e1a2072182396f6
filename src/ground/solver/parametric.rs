//! The optimum as a function of one parameter: piecewise linear, followed exactly by re-solves.
//!
//! The optimal value of a linear program is a piecewise linear function of a side that moves. From a point the line of a piece
//! is known from one step; where a far point leaves the line, its own line cuts the first one at the next candidate. The
//! candidate is the end of the piece when its value lies on the first line. (Gass & Saaty 1955; the chord form needs no basis,
//! so degenerate optima are no special case.)

use crate::solver::session::{Session, SessionError};
use crate::solver::{Limit, Outcome};

/// The optimal value right and left of the present parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Piece {
    /// Change of the minimum per unit, upwards; `None` where no step up is feasible.
    pub slope_up: Option<f64>,
    /// Change of the minimum per unit, coming from below; `None` where no step down is feasible.
    pub slope_down: Option<f64>,
    /// How far up the upward slope holds (≥ 0), at most the reach asked for.
    pub reach_up: f64,
    /// How far down the downward slope holds (≥ 0), at most the reach asked for.
    pub reach_down: f64,
}

/// Values this close, relative to their size, are on one line.
const ON_LINE: f64 = 1e-9;

/// Follows the optimum both ways; `apply` moves the parameter of the session to a distance from where it stands now.
///
/// # Errors
/// HiGHS refuses a change.
pub fn piece(
    session: &mut Session,
    apply: &dyn Fn(&mut Session, f64) -> Result<(), SessionError>,
    now: f64,
    reach: f64,
) -> Result<Piece, SessionError> {
    let (slope_up, reach_up) = one_way(session, apply, now, reach)?;
    let (slope_down, reach_down) = one_way(session, apply, now, -reach)?;
    apply(session, 0.0)?;
    Ok(Piece { slope_up, slope_down, reach_up: reach_up.abs(), reach_down: reach_down.abs() })
}

/// Minimum at a distance; `None` where infeasible.
fn value(
    session: &mut Session,
    apply: &dyn Fn(&mut Session, f64) -> Result<(), SessionError>,
    distance: f64,
) -> Result<Option<f64>, SessionError> {
    apply(session, distance)?;
    match session.solve() {
        Outcome::Optimal(optimum) => Ok(Some(optimum.objective())),
        Outcome::Limit(Limit::Time | Limit::Interrupt)
        | Outcome::Infeasible
        | Outcome::Unbounded
        | Outcome::Failed(_) => Ok(None),
    }
}

fn one_way(
    session: &mut Session,
    apply: &dyn Fn(&mut Session, f64) -> Result<(), SessionError>,
    now: f64,
    reach: f64,
) -> Result<(Option<f64>, f64), SessionError> {
    // The farthest feasible point: by halving where the reach itself is not feasible.
    let mut far = reach;
    let mut far_value = value(session, apply, far)?;
    let mut halvings = 0;
    while far_value.is_none() && halvings < 40 {
        far /= 2.0;
        far_value = value(session, apply, far)?;
        halvings += 1;
    }
    let Some(mut far_value) = far_value else { return Ok((None, 0.0)) };
    // Walk towards the present point until the chord is the first piece itself.
    for _ in 0..60 {
        let slope = (far_value - now) / far;
        let Some(middle) = value(session, apply, far / 2.0)? else { break };
        let expected = now + slope * far / 2.0;
        if (middle - expected).abs() <= ON_LINE * (1.0 + now.abs() + middle.abs()) {
            let end = extend(session, apply, (now, slope), far, reach)?;
            return Ok((Some(slope), end));
        }
        far /= 2.0;
        far_value = middle;
    }
    Ok((Some((far_value - now) / far), far))
}

/// The end of the piece with a known line, between a point on it and the reach.
fn extend(
    session: &mut Session,
    apply: &dyn Fn(&mut Session, f64) -> Result<(), SessionError>,
    (now, slope): (f64, f64),
    on_line: f64,
    reach: f64,
) -> Result<f64, SessionError> {
    let (mut inside, mut outside) = (on_line, reach);
    if (inside - outside).abs() <= ON_LINE * outside.abs() {
        return Ok(reach);
    }
    for _ in 0..40 {
        let middle = (inside + outside) / 2.0;
        let found = value(session, apply, middle)?;
        let expected = now + slope * middle;
        let same = found.is_some_and(|found| (found - expected).abs() <= ON_LINE * (1.0 + now.abs() + found.abs()));
        if same {
            inside = middle;
        } else {
            outside = middle;
        }
        if (outside - inside).abs() <= 1e-7 * outside.abs().max(1e-9) {
            break;
        }
    }
    Ok(inside)
}
