//! The optimum as a function of one parameter, followed by solving anew: for what the factors of a basis leave open.
//!
//! The optimal value of a linear program is a piecewise linear convex function of sides that move. From a point the line of a
//! piece is known from one step; where a far point leaves the line, its own line cuts the first one at the next candidate.
//! The candidate is the end of the piece when its value lies on the first line. (Gass & Saaty 1955; the chord form needs no
//! basis, so degenerate optima are no special case.)

use crate::solver::Outcome;
use crate::solver::session::{Session, SessionError};
use crate::solver::way::{End, Way};

/// Values this close, relative to their size, are on one line.
const ON_LINE: f64 = 1e-9;
/// Solves until a piece is left open.
const MOST_SOLVES: usize = 40;

/// Moves the parameter of a session to a distance from where it stood.
pub(super) type Apply<'a> = &'a dyn Fn(&mut Session, f64) -> Result<(), SessionError>;

/// The minimum at a distance.
enum Found {
    Value(f64),
    Infeasible,
    /// A limit or a failure: nothing is known.
    Nothing,
}

fn value(session: &mut Session, apply: Apply<'_>, distance: f64) -> Result<Found, SessionError> {
    apply(session, distance)?;
    Ok(match session.solve() {
        Outcome::Optimal(optimum) => Found::Value(optimum.objective()),
        Outcome::Infeasible => Found::Infeasible,
        Outcome::Limit(_) | Outcome::Unbounded | Outcome::Failed(_) => Found::Nothing,
    })
}

/// Follows the optimum from its value `now`, at most as far as `reach`; the sides are left where the last solve had them.
///
/// # Errors
/// HiGHS refuses a change.
pub(super) fn follow(session: &mut Session, apply: Apply<'_>, now: f64, reach: f64) -> Result<Way, SessionError> {
    let open = Way { slope: None, reach: 0.0, end: End::Open };
    let mut far = reach;
    // The nearest distance known not to lie on the line, and why.
    let mut beyond: Option<(f64, End)> = None;
    for _ in 0..MOST_SOLVES {
        match value(session, apply, far)? {
            Found::Nothing => return Ok(open),
            Found::Infeasible => {
                beyond = Some((far, End::Infeasible));
                far /= 2.0;
            }
            Found::Value(far_value) => {
                let slope = (far_value - now) / far;
                let Found::Value(middle) = value(session, apply, far / 2.0)? else { return Ok(open) };
                if on_line((now, slope), far / 2.0, middle) {
                    return extend(session, apply, (now, slope), (far, beyond));
                }
                beyond = Some((far, End::Turns));
                far /= 2.0;
            }
        }
    }
    // No step, however small: what little room there may be is less than the solver can tell from none.
    Ok(match beyond {
        Some((_, End::Infeasible)) => Way { end: End::Infeasible, ..open },
        _ => open,
    })
}

fn on_line((now, slope): (f64, f64), distance: f64, value: f64) -> bool {
    (value - (now + slope * distance)).abs() <= ON_LINE * (1.0 + now.abs() + value.abs())
}

/// The end of the piece with a known line, between a point on it and one that is not.
fn extend(
    session: &mut Session,
    apply: Apply<'_>,
    line: (f64, f64),
    (on_line_at, beyond): (f64, Option<(f64, End)>),
) -> Result<Way, SessionError> {
    let slope = Some(line.1);
    let Some((mut outside, mut end)) = beyond else { return Ok(Way { slope, reach: on_line_at, end: End::Asked }) };
    let mut inside = on_line_at;
    for _ in 0..MOST_SOLVES {
        if (outside - inside).abs() <= 1e-7 * outside.abs().max(1e-9) {
            return Ok(Way { slope, reach: inside, end });
        }
        let middle = f64::midpoint(inside, outside);
        match value(session, apply, middle)? {
            Found::Value(value) if on_line(line, middle, value) => inside = middle,
            Found::Value(_) => (outside, end) = (middle, End::Turns),
            Found::Infeasible => (outside, end) = (middle, End::Infeasible),
            Found::Nothing => break,
        }
    }
    Ok(Way { slope, reach: inside, end: End::Open })
}
