//! No deal is an answer: who blocks, how far each would have to move, and what a superior government would have to add.
//!
//! The conflicts are irreducible sets of business conditions, found by division (QuickXplain, Junker 2004): conditions written
//! first are kept where there is a choice. Without a corridor around the shares feasibility is decided exactly in 分.

use crate::finding::Finding;
use crate::lp::ColumnId;
use crate::lp::refused;
use crate::payment::answer::{ConflictPart, Impasse, MemberPart, TopUpPart};
use crate::payment::network::feasible;
use crate::payment::program::compile;
use crate::payment::stages::{End, proved};
use crate::payment::terms::{Kind, On, Terms};
use crate::payment::words;
use crate::solver::has_point;
use crate::solver::{Session, SolveOptions};
use crate::units::Money;

/// So many conflicts are told.
const CONFLICTS: usize = 3;

/// Whether any plan meets all conditions; exact without a corridor.
pub(super) fn has_plan(terms: &Terms, options: &SolveOptions) -> Result<bool, Finding> {
    if !feasible(terms, &|_| true) {
        return Ok(false);
    }
    if terms.tolerance.is_none() { Ok(true) } else { by_program(terms, &|_| true, options) }
}

fn by_program(terms: &Terms, active: &dyn Fn(usize) -> bool, options: &SolveOptions) -> Result<bool, Finding> {
    let program = compile(terms, active, false).map_err(refused)?;
    has_point(program.lp, options).ok_or_else(|| {
        Finding::error("solver.failed", crate::finding::Place::default())
            .with("stage", "feasibility")
            .with("why", "no answer")
    })
}

/// Why there is no plan.
///
/// # Errors
/// A limit or failure of the solver.
pub(super) fn explain(terms: &Terms, options: &SolveOptions) -> Result<Impasse, Finding> {
    let with_shares = feasible(terms, &|_| true);
    let mut removed = vec![false; terms.limits.len()];
    let mut conflicts = Vec::new();
    while conflicts.len() < CONFLICTS {
        let open: Vec<usize> = order(terms)
            .into_iter()
            .filter(|index| removed.get(*index) == Some(&false))
            .filter(|index| with_shares || !terms.limits.get(*index).is_some_and(|limit| limit.kind.is_share()))
            .collect();
        let search = Search { terms, options, with_shares };
        if search.holds(&open)? {
            break;
        }
        let conflict = search.irreducible(&[], false, &open)?;
        for index in &conflict {
            if let Some(flag) = removed.get_mut(*index) {
                *flag = true;
            }
        }
        conflicts.push(conflict);
    }
    let parts = (0..conflicts.len()).map(|own| conflict_part(terms, &conflicts, own, options));
    let conflicts = parts.collect::<Result<Vec<_>, _>>()?;
    let receives = terms.ends(|arc| arc.recipient);
    let unpayable = terms.parties.iter().zip(&receives);
    let unpayable = unpayable.filter(|(party, receives)| party.cost > 0 && !**receives);
    let unpayable = unpayable.map(|(party, _)| party.id.clone()).collect();
    let top_ups = top_up(terms, options)?;
    let top_up_fen = top_ups.as_ref().map(|parts| parts.iter().map(|part| part.amount_fen).sum());
    Ok(Impasse { conflicts, unpayable, top_up_fen, top_ups: top_ups.unwrap_or_default() })
}

/// Conditions in the order in which they are kept: what parties need and have before what a pair is worth.
fn order(terms: &Terms) -> Vec<usize> {
    let mut order: Vec<usize> = (0..terms.limits.len()).collect();
    order.sort_by_key(|index| terms.limits.get(*index).map(|limit| (limit.kind, *index)));
    order
}

struct Search<'a> {
    terms: &'a Terms,
    options: &'a SolveOptions,
    with_shares: bool,
}

impl Search<'_> {
    fn holds(&self, conditions: &[usize]) -> Result<bool, Finding> {
        let mut active = vec![false; self.terms.limits.len()];
        for index in conditions {
            if let Some(flag) = active.get_mut(*index) {
                *flag = true;
            }
        }
        let active = |index: usize| active.get(index) == Some(&true);
        if !self.with_shares || !feasible(self.terms, &active) {
            return Ok(feasible(self.terms, &active));
        }
        by_program(self.terms, &active, self.options)
    }

    /// An irreducible part of `candidates` that cannot hold together with `given`; `grown` where `given` just grew.
    fn irreducible(&self, given: &[usize], grown: bool, candidates: &[usize]) -> Result<Vec<usize>, Finding> {
        if grown && !self.holds(given)? {
            return Ok(Vec::new());
        }
        if candidates.len() <= 1 {
            return Ok(candidates.to_vec());
        }
        let (first, second) = candidates.split_at(candidates.len() / 2);
        let with = |more: &[usize]| given.iter().chain(more).copied().collect::<Vec<usize>>();
        let late = self.irreducible(&with(first), true, second)?;
        let early = self.irreducible(&with(&late), !late.is_empty(), first)?;
        Ok(early.into_iter().chain(late).collect())
    }
}

fn conflict_part(
    terms: &Terms,
    conflicts: &[Vec<usize>],
    own: usize,
    options: &SolveOptions,
) -> Result<ConflictPart, Finding> {
    let others: Vec<usize> =
        conflicts.iter().enumerate().filter(|(at, _)| *at != own).flat_map(|(_, list)| list.iter().copied()).collect();
    let mut members = Vec::new();
    for index in conflicts.get(own).into_iter().flatten() {
        let Some(limit) = terms.limits.get(*index) else { continue };
        let (party, other) = words::parties(terms, limit);
        let id = |party: usize| terms.parties.get(party).map(|party| party.id.clone()).unwrap_or_default();
        members.push(MemberPart {
            kind: words::code(limit.kind),
            party: id(party),
            recipient: other.map(id),
            sentence: words::condition(terms, limit),
            bound_fen: limit.fen,
            move_fen: movement(terms, *index, &|limit| !others.contains(&limit), options)?,
        });
    }
    Ok(ConflictPart { members })
}

/// The least by which one condition must be loosened, all others held; `None` where no loosening is enough.
fn movement(
    terms: &Terms,
    index: usize,
    active: &dyn Fn(usize) -> bool,
    options: &SolveOptions,
) -> Result<Option<i64>, Finding> {
    let Some(limit) = terms.limits.get(index).copied() else { return Ok(None) };
    let without = |other: usize| other != index && active(other);
    let program = compile(terms, &without, false).map_err(refused)?;
    let of = |list: &[Option<ColumnId>], party: usize| list.get(party).copied().flatten();
    let columns = &program.columns;
    // What is to be made least: the column, or for a lower side its negative.
    let (costs, base): (Vec<(ColumnId, f64)>, f64) = match limit.on {
        On::Arc(arc) => (columns.pay.get(arc).map(|column| (*column, 1.0)).into_iter().collect(), 0.0),
        On::Receipts(party) if limit.kind.is_share() => {
            let factor = |share: &crate::units::Exact| {
                let tolerance = terms.tolerance.clone().unwrap_or_default();
                let one = crate::units::Exact::from_integer(1.into());
                let side = if limit.kind == Kind::ShareLow { one - tolerance } else { one + tolerance };
                crate::units::Finite::from_exact(&(share * side)).map_or(0.0, crate::units::Finite::get)
            };
            let share = terms.parties.get(party).and_then(|party| party.share.as_ref()).map_or(0.0, factor);
            let receipts = of(&columns.receipts, party).map(|column| (column, 1.0));
            (receipts.into_iter().chain(columns.total.map(|total| (total, -share))).collect(), 0.0)
        }
        On::Receipts(party) => (of(&columns.receipts, party).map(|column| (column, 1.0)).into_iter().collect(), 0.0),
        On::Payments(party) => (of(&columns.payments, party).map(|column| (column, 1.0)).into_iter().collect(), 0.0),
        On::Net(party) => {
            let floor = terms.parties.get(party).map_or(0, |party| party.net_floor());
            (of(&columns.surplus, party).map(|column| (column, 1.0)).into_iter().collect(), floor as f64)
        }
    };
    let sign = if limit.kind.is_lower() { -1.0 } else { 1.0 };
    let mut lp = program.lp;
    for (column, cost) in &costs {
        lp.set_cost(*column, cost * sign).map_err(refused)?;
    }
    let ended = |end: End| match end {
        End::Infeasible => None,
        End::Finding(finding) => Some(*finding),
    };
    let mut session = match Session::open(lp, options) {
        Ok(session) => session,
        Err(error) => return Err(ended(End::from(error)).unwrap_or_else(no_answer)),
    };
    match proved(session.solve(), "movement") {
        Ok(certified) => {
            let reached = certified.objective() * sign * program.unit + base;
            let short = (reached - limit.fen as f64) * sign;
            // The network has whole sides, so that the least move is a whole number of 分 (up to the solver's last digits).
            Ok(Some((short - 1e-3).ceil().max(1.0) as i64))
        }
        Err(end) => ended(end).map_or(Ok(None), Err),
    }
}

fn no_answer() -> Finding {
    Finding::error("solver.failed", crate::finding::Place::default()).with("stage", "impasse").with("why", "no answer")
}

/// The least a superior government of boundless means adds in all, and to whom.
fn top_up(terms: &Terms, options: &SolveOptions) -> Result<Option<Vec<TopUpPart>>, Finding> {
    let (mut terms, superior) = terms.with_superior();
    let program = compile(&terms, &|_| true, false).map_err(refused)?;
    let mut lp = program.lp;
    if let Some(column) = program.columns.payments.get(superior).copied().flatten() {
        lp.set_cost(column, 1.0).map_err(refused)?;
    }
    let Ok(mut session) = Session::open(lp, options) else { return Ok(None) };
    let certified = match proved(session.solve(), "top_up") {
        Ok(certified) => certified,
        Err(End::Infeasible) => return Ok(None),
        Err(End::Finding(finding)) => return Err(*finding),
    };
    let amount = |column: &ColumnId| certified.column(*column) * program.unit;
    let payments: Vec<f64> = program.columns.pay.iter().map(amount).collect();
    let total = (certified.objective() * program.unit - 1e-3).ceil().max(0.0) as i64;
    terms.limits.push(crate::payment::terms::Limit { kind: Kind::Budget, on: On::Payments(superior), fen: total });
    let Some(plan) = crate::payment::rounding::round(&terms, &payments) else { return Ok(None) };
    let parts = terms.arcs.iter().zip(plan).filter(|(arc, fen)| arc.payer == superior && *fen > 0);
    let part = |(arc, fen): (&crate::payment::terms::Arc, i64)| TopUpPart {
        party: terms.parties.get(arc.recipient).map(|party| party.id.clone()).unwrap_or_default(),
        name: terms.name(arc.recipient),
        amount_fen: Money::from_fen(fen).fen(),
    };
    Ok(Some(parts.map(part).collect()))
}
