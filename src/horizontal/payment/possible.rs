//! Whether any plan in whole 分 meets all conditions: what every remedy is tried with before it is shown.

use crate::finding::Finding;
use crate::lp::refused;
use crate::payment::end::{End, proved};
use crate::payment::network::{Network, feasible};
use crate::payment::program::compile;
use crate::payment::rounding::round;
use crate::payment::terms::Terms;
use crate::solver::{Session, SolveOptions};

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Possible {
    /// A plan in whole 分.
    Deal(Vec<i64>),
    /// None.
    Nothing,
    /// Only plans between whole 分 were found: the corridor is too narrow for amounts as small.
    BetweenFen,
}

/// A plan that meets all conditions, where there is one. Exact without a corridor.
///
/// # Errors
/// A limit or failure of the solver.
pub(super) fn possible(terms: &Terms, options: &SolveOptions) -> Result<Possible, Finding> {
    let mut network = Network::new(terms, &|_| true);
    if !network.settle(&[]) {
        return Ok(Possible::Nothing);
    }
    if terms.tolerance.is_none() {
        let plan: Option<Vec<i64>> = network.payments().iter().map(|fen| i64::try_from(*fen).ok()).collect();
        return Ok(plan.map_or(Possible::Nothing, Possible::Deal));
    }
    // The corridor's sides are rounded outwards, so that there may be a plan in 分 where the program just misses one.
    for (room, without) in [(0.0, Possible::BetweenFen), (ROOM, Possible::Nothing)] {
        if let Some(point) = point(terms, &|_| true, room, options)? {
            return Ok(round(terms, &point).map_or(without, Possible::Deal));
        }
    }
    Ok(Possible::Nothing)
}

/// What rounding the corridor's sides outwards gives at most, in 分.
pub(super) const ROOM: f64 = 1.0;

/// Whether payments in real numbers meet these conditions; exact where no share is among them.
///
/// # Errors
/// A limit or failure of the solver.
pub(super) fn holds(terms: &Terms, active: &dyn Fn(usize) -> bool, options: &SolveOptions) -> Result<bool, Finding> {
    if !feasible(terms, active) {
        return Ok(false);
    }
    let shares = terms.limits.iter().enumerate().any(|(index, limit)| limit.kind.is_share() && active(index));
    if shares { Ok(point(terms, active, 0.0, options)?.is_some()) } else { Ok(true) }
}

/// Payments in 分, as real numbers, that meet these conditions.
fn point(
    terms: &Terms,
    active: &dyn Fn(usize) -> bool,
    room: f64,
    options: &SolveOptions,
) -> Result<Option<Vec<f64>>, Finding> {
    let program = compile(terms, active, false, room).map_err(refused)?;
    let options = options.for_size(program.lp.columns().len(), program.lp.rows().len());
    let solved = Session::open(program.lp, &options).map_err(End::from);
    match solved.and_then(|mut session| proved(session.solve(), "feasibility")) {
        Ok(certified) => {
            let payments = program.columns.pay.iter().map(|column| certified.column(*column) * program.unit);
            Ok(Some(payments.collect()))
        }
        Err(End::Infeasible) => Ok(None),
        Err(End::Finding(finding)) => Err(*finding),
    }
}
