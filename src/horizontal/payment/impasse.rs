//! No deal is an answer: who blocks, how far each would have to move, and what a superior government would have to add.
//!
//! The conflicts are irreducible sets of business conditions, found by division (QuickXplain, Junker 2004): conditions written
//! first are kept where there is a choice. Without a corridor around the shares feasibility is decided exactly in 分. Every
//! concession and top-up is tried as the parties would carry it out, by reading the changed case, before it is told.

use crate::finding::Finding;
use crate::lp::refused;
use crate::patience::is_limit;
use crate::payment::answer::{ConflictPart, Impasse, MemberPart, TopUpPart};
use crate::payment::concession::{self, Trial, least, loosen, room};
use crate::payment::elastic::concessions;
use crate::payment::end::{End, proved};
use crate::payment::figures::{Sum, exact_text};
use crate::payment::network::feasible;
use crate::payment::possible::holds;
use crate::payment::program::compile;
use crate::payment::request::{PartySpec, Request};
use crate::payment::rounding::round;
use crate::payment::terms::Terms;
use crate::payment::words;
use crate::solver::{Session, SolveOptions};
use crate::units::Money;

/// So many conflicts are told.
const CONFLICTS: usize = 3;
/// So many concessions together are made as small as they can be, one by one.
const MINIMISED: usize = 40;

/// Why there is no plan: what was found until someone asked to stop.
///
/// # Errors
/// A failure of the solver.
pub(super) fn explain(request: &Request, terms: &Terms, trial: &Trial<'_>) -> Result<Impasse, Finding> {
    let receives = terms.ends(|arc| arc.recipient);
    let unpayable = terms.parties.iter().zip(&receives);
    let unpayable = unpayable.filter(|(party, receives)| party.cost > 0 && !**receives);
    let mut impasse =
        Impasse { unpayable: unpayable.map(|(party, _)| party.id.clone()).collect(), ..Impasse::default() };
    let mut story = Story { request, terms, trial, conflicts: Vec::new(), concessions: Vec::new() };
    match story.tell(&mut impasse) {
        Ok(()) => impasse.complete = true,
        Err(finding) if is_limit(&finding) => {}
        Err(finding) => return Err(finding),
    }
    Ok(impasse)
}

/// An impasse as it is found out, part by part.
struct Story<'a> {
    request: &'a Request,
    terms: &'a Terms,
    trial: &'a Trial<'a>,
    /// Limits of each conflict.
    conflicts: Vec<Vec<usize>>,
    /// Limits that move together, and by how much.
    concessions: Vec<(usize, i64)>,
}

impl Story<'_> {
    fn tell(&mut self, impasse: &mut Impasse) -> Result<(), Finding> {
        let found = self.find_conflicts();
        // What was found before a limit is told all the same.
        impasse.conflicts = self.conflicts.iter().map(|conflict| self.part(conflict)).collect();
        found?;
        if let Some(parts) = self.top_up()? {
            impasse.top_up_fen = Some(parts.iter().map(|part| part.amount_fen).sum());
            impasse.top_ups = parts;
        }
        self.concessions = self.least_concessions()?;
        let told = |(index, by): &(usize, i64)| Some(concession::told(self.terms, self.terms.limits.get(*index)?, *by));
        impasse.concessions = self.concessions.iter().filter_map(told).collect();
        for (own, part) in impasse.conflicts.iter_mut().enumerate() {
            self.moves(own, part)?;
        }
        let shares = |index: &usize| self.terms.limits.get(*index).is_some_and(|limit| limit.kind.is_share());
        if self.conflicts.iter().flatten().any(shares) {
            let tolerance = concession::least_tolerance(self.trial, self.request, self.terms)?;
            impasse.tolerance = tolerance.as_ref().map(exact_text);
        }
        Ok(())
    }

    fn find_conflicts(&mut self) -> Result<(), Finding> {
        let with_shares = feasible(self.terms, &|_| true);
        let mut removed = vec![false; self.terms.limits.len()];
        let search = Search { terms: self.terms, options: self.trial.options };
        while self.conflicts.len() < CONFLICTS {
            let open: Vec<usize> = order(self.terms)
                .into_iter()
                .filter(|index| removed.get(*index) == Some(&false))
                .filter(|index| {
                    with_shares || !self.terms.limits.get(*index).is_some_and(|limit| limit.kind.is_share())
                })
                .collect();
            if search.holds(&open)? {
                break;
            }
            let conflict = search.irreducible(&[], false, &open)?;
            for index in &conflict {
                if let Some(flag) = removed.get_mut(*index) {
                    *flag = true;
                }
            }
            self.conflicts.push(conflict);
        }
        Ok(())
    }

    fn part(&self, conflict: &[usize]) -> ConflictPart {
        let id = |party: usize| self.terms.parties.get(party).map(|party| party.id.clone()).unwrap_or_default();
        let limits = conflict.iter().filter_map(|index| self.terms.limits.get(*index));
        let member = |limit: &crate::payment::terms::Limit| {
            let (party, other) = words::parties(self.terms, limit);
            MemberPart {
                kind: words::code(limit.kind),
                party: id(party),
                recipient: other.map(id),
                sentence: words::condition(self.terms, limit),
                bound_fen: limit.fen,
                move_fen: None,
            }
        };
        ConflictPart { members: limits.map(member).collect() }
    }

    /// The case with these concessions.
    fn conceded(&self, concessions: &[(usize, i64)]) -> Option<Request> {
        let mut changed = self.request.clone();
        let works = concessions.iter().all(|(index, by)| {
            let limit = self.terms.limits.get(*index);
            limit.is_some_and(|limit| loosen(&mut changed, self.terms, self.trial.names, limit, *by))
        });
        works.then_some(changed)
    }

    fn is_enough(&self, concessions: &[(usize, i64)]) -> Result<bool, Finding> {
        match self.conceded(concessions) {
            Some(changed) => Ok(self.trial.plan(&changed)?.is_some()),
            None => Ok(false),
        }
    }

    /// Concessions that together are enough, the least total first looked for among the conditions of the conflicts.
    fn least_concessions(&self) -> Result<Vec<(usize, i64)>, Finding> {
        let members: Vec<usize> = self.conflicts.iter().flatten().copied().collect();
        let in_conflict = |index: usize| members.contains(&index);
        let anyone = |_: usize| true;
        let allowed: [&dyn Fn(usize) -> bool; 2] = [&in_conflict, &anyone];
        for may_move in allowed {
            let Some(mut found) = concessions(self.terms, may_move, self.trial.options)? else { continue };
            if !self.is_enough(&found)? {
                // A corridor is met by whole 分 only: one more each.
                let more = |(index, by): &(usize, i64)| {
                    let most = self.terms.limits.get(*index).map_or(0, |limit| room(self.terms, limit));
                    (*index, (*by + 1).min(most))
                };
                found = found.iter().map(more).collect();
                if !self.is_enough(&found)? {
                    continue;
                }
            }
            return self.minimised(found);
        }
        Ok(Vec::new())
    }

    /// The same concessions, none larger than it must be with the others as they are.
    fn minimised(&self, mut found: Vec<(usize, i64)>) -> Result<Vec<(usize, i64)>, Finding> {
        if found.len() > MINIMISED {
            return Ok(found);
        }
        for at in 0..found.len() {
            let Some((_, by)) = found.get(at).copied() else { continue };
            let mut with = |less: i64| {
                let mut tried = found.clone();
                if let Some(entry) = tried.get_mut(at) {
                    entry.1 = less;
                }
                self.is_enough(&tried)
            };
            let least = if with(0)? { Some(0) } else { least(by, by, &mut with)? };
            if let (Some(entry), Some(least)) = (found.get_mut(at), least) {
                entry.1 = least;
            }
        }
        found.retain(|(_, by)| *by > 0);
        Ok(found)
    }

    /// How far each condition of a conflict alone must move, the other conflicts settled by their concessions.
    fn moves(&self, own: usize, part: &mut ConflictPart) -> Result<(), Finding> {
        let Some(conflict) = self.conflicts.get(own) else { return Ok(()) };
        let (inside, others): (Vec<_>, Vec<_>) =
            self.concessions.iter().copied().partition(|(index, _)| conflict.contains(index));
        let others = if self.conflicts.len() > 1 { others } else { Vec::new() };
        let Some(base) = self.conceded(&others) else { return Ok(()) };
        if self.conflicts.len() > 1 && self.trial.plan(&base)?.is_some() {
            return Ok(());
        }
        let guess: i64 = inside.iter().map(|(_, by)| *by).fold(0, i64::saturating_add);
        for (index, member) in conflict.iter().zip(&mut part.members) {
            let Some(limit) = self.terms.limits.get(*index) else { continue };
            let mut works = |by: i64| self.trial.works(&base, self.terms, limit, by);
            member.move_fen = least(guess, room(self.terms, limit), &mut works)?;
        }
        Ok(())
    }

    /// The least that one more superior government would have to add in all, and to whom.
    fn top_up(&self) -> Result<Option<Vec<TopUpPart>>, Finding> {
        let (open, superior) = self.terms.with_superior();
        let Some((_, about)) = cheapest(&open, superior, self.trial.options)? else { return Ok(None) };
        let with = |budget: i64| {
            let mut changed = self.request.clone();
            changed.party.push(one_more_superior(budget));
            changed
        };
        let mut works = |budget: i64| Ok(self.trial.plan(&with(budget))?.is_some());
        let Some(total) = least(about, about.saturating_mul(2).saturating_add(1_000), &mut works)? else {
            return Ok(None);
        };
        let changed = with(total);
        let (Some(terms), Some(plan)) = (self.trial.terms(&changed), self.trial.plan(&changed)?) else {
            return Ok(None);
        };
        // Told is the plan nearest to the cheapest one; any that works where that cannot be rounded.
        let cheap = cheapest(&terms, superior, self.trial.options)?;
        let near = cheap.and_then(|(payments, _)| round(&terms, &payments));
        let part = |(arc, fen): (&crate::payment::terms::Arc, i64)| TopUpPart {
            party: terms.parties.get(arc.recipient).map(|party| party.id.clone()).unwrap_or_default(),
            name: terms.name(arc.recipient),
            amount_fen: fen,
        };
        for plan in near.into_iter().chain([plan]) {
            let parts = terms.arcs.iter().zip(plan).filter(|(arc, fen)| arc.payer == superior && *fen > 0);
            let parts: Vec<TopUpPart> = parts.map(part).collect();
            // A plan that leaves a part of the total unused is told only where a deal is found with what it uses.
            let used = parts.iter().map(|part| part.amount_fen).sum::<i64>();
            if used == total || works(used)? {
                return Ok(Some(parts));
            }
        }
        Ok(None)
    }
}

/// A superior government that has nothing but a budget.
fn one_more_superior(budget: i64) -> PartySpec {
    PartySpec {
        id: String::new(),
        name: None,
        areas: Vec::new(),
        superior: true,
        cost: None,
        opportunity_cost: None,
        outside: None,
        budget: Some(Sum(Money::from_fen(budget))),
        revenue: None,
        revenue_share: None,
        ability: None,
        quantity: None,
        quality: None,
    }
}

/// Payments in real numbers of which one superior's are the least in all, and their sum in 分, rounded up.
fn cheapest(terms: &Terms, superior: usize, options: &SolveOptions) -> Result<Option<(Vec<f64>, i64)>, Finding> {
    let program = compile(terms, &|_| true, false, 0.0).map_err(refused)?;
    let mut lp = program.lp;
    if let Some(column) = program.columns.payments.get(superior).copied().flatten() {
        lp.set_cost(column, 1.0).map_err(refused)?;
    }
    let options = options.for_size(lp.columns().len(), lp.rows().len());
    let solved = Session::open(lp, &options).map_err(End::from);
    match solved.and_then(|mut session| proved(session.solve(), "top_up")) {
        Ok(certified) => {
            let payments = program.columns.pay.iter().map(|column| certified.column(*column) * program.unit);
            let total = (certified.objective() * program.unit - 1e-3).ceil().max(0.0) as i64;
            Ok(Some((payments.collect(), total)))
        }
        Err(End::Infeasible) => Ok(None),
        Err(End::Finding(finding)) => Err(*finding),
    }
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
}

impl Search<'_> {
    fn holds(&self, conditions: &[usize]) -> Result<bool, Finding> {
        let mut active = vec![false; self.terms.limits.len()];
        for index in conditions {
            if let Some(flag) = active.get_mut(*index) {
                *flag = true;
            }
        }
        if self.options.is_interrupted() {
            return Err(crate::patience::interrupted("impasse"));
        }
        holds(self.terms, &|index: usize| active.get(index) == Some(&true), self.options)
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
