//! A condition loosened as the parties would loosen it: by a change of the case, which is read anew and tried.

use num_traits::Signed;

use crate::finding::{Finding, FindingLog};
use crate::payment::answer::ConcessionPart;
use crate::payment::case::Names;
use crate::payment::figures::{Number, Sum};
use crate::payment::position::Ledger;
use crate::payment::possible::{Possible, possible};
use crate::payment::request::{Ability, DealSpec, PartySpec, Request};
use crate::payment::terms::{FEN_MAX, Kind, Limit, On, Terms};
use crate::payment::words;
use crate::phrases::Phrase;
use crate::solver::SolveOptions;
use crate::units::{Exact, Money, ceil_fen};

/// A case that is changed and tried.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trial<'a> {
    pub names: &'a Names,
    pub ledger: &'a Ledger,
    pub options: &'a SolveOptions,
}

/// The parts of a request that conditions come from.
pub(super) fn conditions_of(request: &Request) -> Request {
    Request {
        party: request.party.clone(),
        pair: request.pair.clone(),
        deal: DealSpec { objectives: Vec::new(), ..request.deal.clone() },
        area: Vec::new(),
        river: Vec::new(),
        distance: Vec::new(),
        service: Vec::new(),
        gep: Vec::new(),
        flow: Vec::new(),
        rule: Vec::new(),
        data: None,
        basis: String::new(),
        name: request.name.clone(),
        illustrative: request.illustrative,
    }
}

impl Trial<'_> {
    /// The conditions of a changed case; `None` where it is none.
    pub fn terms(&self, request: &Request) -> Option<Terms> {
        let mut log = FindingLog::default();
        let terms = Terms::read(request, self.names, self.ledger, &mut log);
        (log.errors() == 0).then_some(terms)
    }

    /// A plan of a changed case.
    ///
    /// # Errors
    /// A limit or failure of the solver.
    pub fn plan(&self, request: &Request) -> Result<Option<Vec<i64>>, Finding> {
        if self.options.is_interrupted() {
            return Err(crate::patience::interrupted("impasse"));
        }
        let Some(terms) = self.terms(request) else { return Ok(None) };
        match possible(&terms, self.options)? {
            Possible::Deal(plan) => Ok(Some(plan)),
            Possible::Nothing | Possible::BetweenFen => Ok(None),
        }
    }

    /// Whether there is a deal with one condition loosened by so much.
    ///
    /// # Errors
    /// A limit or failure of the solver.
    pub fn works(&self, request: &Request, terms: &Terms, limit: &Limit, by: i64) -> Result<bool, Finding> {
        let mut changed = request.clone();
        if !loosen(&mut changed, terms, self.names, limit, by) {
            return Ok(false);
        }
        Ok(self.plan(&changed)?.is_some())
    }
}

/// How far a condition can be loosened by agreement, in 分; 0 for what follows from the value of services or the shares.
pub(super) fn room(terms: &Terms, limit: &Limit) -> i64 {
    let of = |party: usize| terms.parties.get(party);
    let up_to = |most: i64| most.saturating_sub(limit.fen).max(0);
    match (limit.kind, limit.on) {
        (Kind::Cost | Kind::PairLeast, _) => limit.fen,
        (Kind::Participation, On::Net(party)) => of(party).map_or(0, |party| party.outside),
        // A bound above the value received changes nothing.
        (Kind::Budget, On::Payments(party)) if of(party).is_some_and(|party| party.superior) => up_to(FEN_MAX),
        (Kind::Budget | Kind::Revenue | Kind::Ability, On::Payments(party)) => {
            of(party).map_or(0, |party| up_to(party.benefit))
        }
        (Kind::PairMost, On::Arc(arc)) => terms.arcs.get(arc).map_or(0, |arc| match of(arc.payer) {
            Some(payer) if payer.superior => up_to(FEN_MAX),
            payer => up_to(payer.map_or(0, |payer| payer.benefit)),
        }),
        _ => 0,
    }
}

/// Changes the case so that one condition is looser by so many 分; `false` where it cannot be.
pub(super) fn loosen(request: &mut Request, terms: &Terms, names: &Names, limit: &Limit, by: i64) -> bool {
    if by < 0 || by > room(terms, limit) {
        return false;
    }
    let (party, _) = words::parties(terms, limit);
    if let On::Arc(arc) = limit.on {
        let Some(arc) = terms.arcs.get(arc) else { return false };
        let is_it = |payer: &str, recipient: &str| {
            names.party_of.get(payer) == Some(&arc.payer) && names.party_of.get(recipient) == Some(&arc.recipient)
        };
        let Some(pair) = request.pair.iter_mut().find(|pair| is_it(&pair.payer, &pair.recipient)) else { return false };
        match limit.kind {
            Kind::PairLeast => pair.least = Some(sum(limit.fen - by)),
            Kind::PairMost => pair.most = Some(sum(limit.fen.saturating_add(by))),
            _ => return false,
        }
        return true;
    }
    let Some(spec) = request.party.get_mut(party) else { return false };
    let looser = limit.fen.saturating_add(by);
    match limit.kind {
        Kind::Cost => {
            let direct = spec.cost.map_or(0, |cost| cost.0.fen()).min(by);
            spec.cost = spec.cost.map(|cost| sum(cost.0.fen() - direct));
            spec.opportunity_cost = spec.opportunity_cost.map(|cost| sum(cost.0.fen() - (by - direct)));
            true
        }
        Kind::Participation => {
            spec.outside = spec.outside.map(|outside| sum(outside.0.fen() - by));
            true
        }
        Kind::Budget => {
            spec.budget = Some(sum(looser));
            true
        }
        Kind::Revenue => raise_revenue(spec, looser),
        Kind::Ability => {
            let benefit = terms.parties.get(party).map_or(0, |party| party.benefit);
            benefit > 0 && {
                let coefficient = Exact::new(looser.into(), benefit.into());
                spec.ability = Some(Ability {
                    coefficient: Some(Number::new(coefficient)),
                    gdp_per_head: None,
                    reference: None,
                    engel: None,
                    source: "—".to_owned(),
                });
                looser <= benefit
            }
        }
        _ => false,
    }
}

/// The least revenue of which the share is so much.
fn raise_revenue(spec: &mut PartySpec, fen: i64) -> bool {
    let Some(share) = spec.revenue_share.as_ref().map(Number::exact).filter(|share| share.is_positive()) else {
        return false;
    };
    match ceil_fen(&(Money::from_fen(fen).exact() / share)).filter(|fen| *fen <= FEN_MAX) {
        Some(revenue) => {
            spec.revenue = Some(sum(revenue));
            true
        }
        None => false,
    }
}

fn sum(fen: i64) -> Sum {
    Sum(Money::from_fen(fen))
}

/// The least step in 1 ..= `most` that works, where what works stays so beyond it; `guess` is where to look first.
///
/// # Errors
/// Those of `works`.
pub(super) fn least(
    guess: i64,
    most: i64,
    works: &mut dyn FnMut(i64) -> Result<bool, Finding>,
) -> Result<Option<i64>, Finding> {
    if most < 1 || !works(most)? {
        return Ok(None);
    }
    // `low` does not work, `high` does.
    let (mut low, mut high) = (0, most);
    let guess = guess.clamp(1, most);
    let mut step = 1;
    if guess < most && !works(guess)? {
        low = guess;
        while low.saturating_add(step) < high {
            let next = low.saturating_add(step);
            if works(next)? {
                high = next;
                break;
            }
            low = next;
            step = step.saturating_mul(2);
        }
    } else {
        high = guess;
        while high - step > low {
            let next = high - step;
            if !works(next)? {
                low = next;
                break;
            }
            high = next;
            step = step.saturating_mul(2);
        }
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if works(middle)? { high = middle } else { low = middle }
    }
    Ok(Some(high))
}

/// Parts of a whole tolerance.
const TOLERANCE_PARTS: i64 = 1_000_000;

/// The least tolerance, to six places, with which there is a deal, all else as written.
///
/// # Errors
/// A limit or failure of the solver.
pub(super) fn least_tolerance(trial: &Trial<'_>, request: &Request, terms: &Terms) -> Result<Option<Exact>, Finding> {
    let Some(tolerance) = &terms.tolerance else { return Ok(None) };
    let parts = Exact::from_integer(TOLERANCE_PARTS.into());
    let whole = |value: &Exact| ceil_fen(value).unwrap_or(FEN_MAX);
    let from = whole(&(tolerance * &parts).floor());
    // With so much nobody's share holds anything back.
    let shares = terms.parties.iter().filter_map(|party| party.share.as_ref()).filter(|share| share.is_positive());
    let widest = shares.map(|share| whole(&(share.recip() * &parts))).max().unwrap_or(0).max(TOLERANCE_PARTS);
    let tolerance = |by: i64| Exact::new((from + by).into(), TOLERANCE_PARTS.into());
    let mut works = |by: i64| {
        let mut changed = request.clone();
        changed.deal.tolerance = Some(Number::new(tolerance(by)));
        Ok(trial.plan(&changed)?.is_some())
    };
    let found = least(1, widest.saturating_sub(from).min(FEN_MAX), &mut works)?;
    Ok(found.map(tolerance))
}

/// A concession as it is told.
pub(super) fn told(terms: &Terms, limit: &Limit, by: i64) -> ConcessionPart {
    let (party, other) = words::parties(terms, limit);
    let id = |party: usize| terms.parties.get(party).map(|party| party.id.clone()).unwrap_or_default();
    // What a party has without a deal is told by itself, not by the net that it asks for.
    let from = match limit.kind {
        Kind::Participation => terms.parties.get(party).map_or(0, |party| party.outside),
        _ => limit.fen,
    };
    let to = if limit.kind.is_lower() { from - by } else { from.saturating_add(by) };
    let code = match limit.kind {
        Kind::Cost => "payment.concede_cost",
        Kind::Budget => "payment.concede_budget",
        Kind::Revenue => "payment.concede_revenue",
        Kind::Ability => "payment.concede_ability",
        Kind::PairLeast => "payment.concede_pair_least",
        Kind::PairMost => "payment.concede_pair_most",
        _ => "payment.concede_participation",
    };
    let sentence = Phrase::new(code)
        .with("party", terms.name(party))
        .with("recipient", other.map(|other| terms.name(other)).unwrap_or_default())
        .with("from", Money::from_fen(from))
        .with("to", Money::from_fen(to))
        .text();
    ConcessionPart {
        kind: words::code(limit.kind),
        party: id(party),
        recipient: other.map(id),
        from_fen: from,
        to_fen: to,
        sentence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_step_is_found_from_any_guess() {
        for threshold in [1_i64, 2, 3, 17, 999, 1_000] {
            for guess in [-5, 0, 1, 2, 16, 17, 18, 500, 999, 1_000, 2_000] {
                let mut asked = 0;
                let mut works = |by: i64| {
                    asked += 1;
                    assert!((1..=1_000).contains(&by), "{by}");
                    Ok(by >= threshold)
                };
                assert_eq!(least(guess, 1_000, &mut works).unwrap(), Some(threshold), "{threshold} from {guess}");
                assert!(asked <= 24, "{asked} trials");
            }
        }
        assert_eq!(least(1, 1_000, &mut |_| Ok(false)).unwrap(), None);
        assert_eq!(least(1, 0, &mut |_| Ok(true)).unwrap(), None);
    }
}
