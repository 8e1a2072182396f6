//! Cells whose own bounds hold the worst coverage down: no plan gives them more, so they say nothing of how money is shared.

use crate::lp::ColumnId;
use crate::solver::{Leximin, Outcome, Session, SessionError, Stopped, Target};

/// A cell within this share of the level it could have at most is held there.
const HELD: f64 = 1e-7;

/// Free and held targets.
pub(super) type Split = (Vec<Target>, Vec<Target>);

/// Splits the targets of a worst coverage into those that can rise above it and those that no plan lifts above it.
///
/// Where cells are held, the worst coverage of the others is looked at in turn, until it is held by none of them alone.
/// `open` gives a fresh session without objective.
///
/// # Errors
/// HiGHS refuses a change.
pub(super) fn split(
    open: &dyn Fn() -> Result<Session, SessionError>,
    targets: Vec<Target>,
) -> Result<Result<Split, Stopped>, SessionError> {
    let (mut free, mut held) = (targets, Vec::new());
    loop {
        if free.is_empty() {
            return Ok(Ok((free, held)));
        }
        let mut session = open()?;
        let leximin = Leximin::open(&mut session, free.clone(), "level")?;
        let optimum = match leximin.worst(&mut session) {
            Outcome::Optimal(optimum) => optimum,
            other => return Ok(Err(other.into())),
        };
        let level = -optimum.objective();
        let near = |ratio: f64| ratio <= level + HELD * (1.0 + level.abs());
        let mut capped = Vec::new();
        for target in free.iter().filter(|target| near(optimum.column(target.column) / target.weight)) {
            match most(&mut session, target.column)? {
                Ok(most) if near(most / target.weight) => capped.push(target.column),
                Ok(_) => {}
                Err(stopped) => return Ok(Err(stopped)),
            }
        }
        if capped.is_empty() {
            return Ok(Ok((free, held)));
        }
        let (out, rest): (Vec<Target>, Vec<Target>) = free.iter().partition(|target| capped.contains(&target.column));
        held.extend(out);
        free = rest;
    }
}

/// The most a column can be; infinite where nothing bounds it.
fn most(session: &mut Session, column: ColumnId) -> Result<Result<f64, Stopped>, SessionError> {
    session.set_costs(&[(column, -1.0)])?;
    Ok(match session.solve() {
        Outcome::Optimal(optimum) => Ok(-optimum.objective()),
        Outcome::Unbounded => Ok(f64::INFINITY),
        other => Err(other.into()),
    })
}
