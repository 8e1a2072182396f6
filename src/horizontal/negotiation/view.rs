//! One party's view: offers valued from its own private file, and its own counter-offers. It never sees another's file.

use num_traits::{Signed, Zero};
use schemars::JsonSchema;
use serde::Serialize;

use crate::bargaining::{Number, binary};
use crate::document::ENGINE;
use crate::finding::{Finding, Findings};
use crate::negotiation::case::Case;
use crate::negotiation::counter::{Asked, Change, changes, nearest, terms};
use crate::negotiation::deal::{Deal, place};
use crate::negotiation::evaluate::{Cash, Own, Value, cash, rounded, value};
use crate::negotiation::offer::{Offer, Terms};
use crate::negotiation::rounds::Round;
use crate::negotiation::space::spaces;
use crate::patience::is_limit;
use crate::phrases::{Phrase, Text};
use crate::solver::SolveOptions;
use crate::units::{BigInt, Exact};

/// What is printed of the case.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CasePart {
    /// Engine and version.
    pub engine: &'static str,
    /// Printed name.
    pub name: Text,
    /// Where the figures come from.
    pub source: String,
    /// Free text.
    pub note: Text,
    /// Whether any figure used is made up.
    pub illustrative: bool,
    /// Hash of the case.
    pub hash: String,
    /// Parties: code and printed name.
    pub parties: Vec<(String, Text)>,
    /// Issues: code, printed name and unit.
    pub issues: Vec<(String, Text, String)>,
    /// How many outcomes.
    pub outcomes: usize,
}

impl CasePart {
    pub(super) fn of(deal: &Deal, illustrative: bool) -> Self {
        let case: &Case = &deal.case;
        let parties = case.parties.iter().zip(&deal.labels).map(|(party, label)| (party.id.clone(), label.clone()));
        let issues = deal.issues.iter().map(|issue| (issue.id.clone(), issue.label.clone(), issue.unit.clone()));
        Self {
            engine: ENGINE,
            name: case.name.text(),
            source: case.source.clone(),
            note: case.note.as_ref().map_or_else(|| Text::same(""), |note| note.text()),
            illustrative: illustrative || case.illustrative,
            hash: deal.hash.clone(),
            parties: parties.collect(),
            issues: issues.collect(),
            outcomes: deal.outcomes.len(),
        }
    }
}

/// What an offer is worth to a party that opened its private file; amounts in 分, rounded, over its reservation value.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Surplus {
    /// Party.
    pub party: String,
    /// Mean surplus.
    pub expected_fen: i64,
    /// Least surplus over all outcomes.
    pub worst_fen: i64,
    /// The outcome in which it is least.
    pub worst_outcome: Text,
    /// Conditional value at risk at the party's own level; the mean where it gives none.
    pub cvar_fen: i64,
    /// What the party goes by: (1 − weight) · mean + weight · CVaR.
    pub value_fen: i64,
    /// Probability of a surplus below zero.
    pub probability_of_loss: f64,
    /// Largest net payment in any year and outcome.
    pub largest_payment_fen: i64,
    /// Whether every year keeps to the party's budget.
    pub within_budget: bool,
    /// Whether the party is no worse off than without a deal, within its budget.
    pub acceptable: bool,
}

pub(super) fn surplus(deal: &Deal, own: &Own, value: &Value) -> Surplus {
    let below = deal.outcomes.iter().zip(&value.surplus).filter(|(_, surplus)| surplus.is_negative());
    let loss: Exact = below.map(|(outcome, _)| &outcome.probability).sum();
    Surplus {
        party: deal.case.parties.get(own.party).map(|party| party.id.clone()).unwrap_or_default(),
        expected_fen: rounded(&value.mean),
        worst_fen: rounded(&value.worst.0),
        worst_outcome: deal.outcomes.get(value.worst.1).map_or_else(|| Text::same(""), |outcome| outcome.label.clone()),
        cvar_fen: rounded(&value.cvar),
        value_fen: rounded(&value.value),
        probability_of_loss: binary(&loss),
        largest_payment_fen: value.largest_payment,
        within_budget: value.within_budget,
        acceptable: value.acceptable(),
    }
}

/// An offer on the table.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct OfferPart {
    /// Round number; absent for an offer that is only tried.
    pub number: Option<u32>,
    /// Who made it; empty for one that is only tried.
    pub by: String,
    /// When.
    pub at: String,
    /// Its terms.
    pub terms: Terms,
    /// Cash of every party, from public figures alone.
    pub cash: Vec<Cash>,
    /// Worth to each party whose private file is at hand: one in a party's view.
    pub surplus: Vec<Surplus>,
}

/// An offer to value: from a round, or only tried.
#[derive(Debug, Clone, PartialEq)]
pub struct Tabled {
    /// Round number.
    pub number: Option<u32>,
    /// Who made it.
    pub by: String,
    /// When.
    pub at: String,
    /// The offer.
    pub offer: Offer,
}

/// The offers of all rounds.
///
/// # Errors
/// As [`Offer::read`]; rounds that were read have none.
pub fn tabled(deal: &Deal, rounds: &[Round]) -> Result<Vec<Tabled>, Findings> {
    let one = |round: &Round| {
        let offer = Offer::read(deal, &round.offer, "offer")?;
        Ok(Tabled { number: Some(round.number), by: round.by.clone(), at: round.at.clone(), offer })
    };
    rounds.iter().map(one).collect()
}

/// One offer with everyone's cash, and its worth to each player.
///
/// # Errors
/// An amount out of range.
pub fn offer_part(deal: &Deal, players: &[Own], tabled: &Tabled) -> Result<OfferPart, Finding> {
    let cash: Result<Vec<Cash>, Finding> =
        (0..deal.case.parties.len()).map(|party| cash(deal, party, &tabled.offer)).collect();
    let own = |own: &Own| Ok(surplus(deal, own, &value(deal, own, &tabled.offer)?));
    let surplus: Result<Vec<Surplus>, Finding> = players.iter().map(own).collect();
    Ok(OfferPart {
        number: tabled.number,
        by: tabled.by.clone(),
        at: tabled.at.clone(),
        terms: terms(deal, &tabled.offer),
        cash: cash?,
        surplus: surplus?,
    })
}

/// A counter-offer of a party's own, found from its own file and public figures.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct OwnCounter {
    /// Its terms.
    pub terms: Terms,
    /// Public distance to the other's last offer: what the other is asked to move.
    pub distance: f64,
    /// What changes against the other's last offer.
    pub changes: Vec<Change>,
    /// How far from the other's offer (0) to the own aspiration (1) in own value.
    pub share_of_way: f64,
    /// Its worth to the party.
    pub surplus: Surplus,
}

/// What one party sees.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PartyView {
    /// Always `party`: for this party's eyes.
    pub view: &'static str,
    /// Whose view; empty in the public view.
    pub party: String,
    /// The case.
    pub case: CasePart,
    /// The offers.
    pub offers: Vec<OfferPart>,
    /// The largest value that any offer within the ranges has for the party, in 分.
    pub best_value_fen: Option<i64>,
    /// Own counter-offers, the least concession asked of the other first; empty unless asked for.
    pub counters: Vec<OwnCounter>,
    /// Whether all was looked at; false where the time was up or someone asked to stop. What is given was found until then.
    pub complete: bool,
    /// Remarks.
    pub notes: Vec<Text>,
}

/// Steps from the other's offer to the own aspiration.
const STEPS: i64 = 4;

/// The view of one party, or with no private file the public one.
///
/// # Errors
/// An amount out of range, too many combinations, a failure of the solver.
pub fn party_view(
    deal: &Deal,
    own: Option<&Own>,
    offers: &[Tabled],
    with_counters: bool,
    options: &SolveOptions,
) -> Result<PartyView, Findings> {
    let players: Vec<Own> = own.into_iter().cloned().collect();
    let mut parts = Vec::with_capacity(offers.len());
    let mut open = Vec::new();
    for tabled in offers {
        if options.is_interrupted() {
            open.push("negotiate.part_offers");
            break;
        }
        parts.push(offer_part(deal, &players, tabled)?);
    }
    options.watch.ended("offers");
    let mut view = PartyView {
        view: if own.is_some() { "party" } else { "public" },
        party: own.and_then(|own| deal.case.parties.get(own.party)).map(|party| party.id.clone()).unwrap_or_default(),
        case: CasePart::of(deal, own.is_some_and(|own| own.illustrative)),
        offers: parts,
        best_value_fen: None,
        counters: Vec::new(),
        complete: true,
        notes: Vec::new(),
    };
    if let (Some(own), true) = (own, with_counters) {
        match counters(deal, own, offers, &mut view, options) {
            Ok(()) => {}
            Err(Findings(found)) if found.iter().any(is_limit) => open.push("negotiate.part_counters"),
            Err(findings) => return Err(findings),
        }
        view.counters.sort_by(|a, b| a.distance.total_cmp(&b.distance));
        options.watch.ended("counters");
    }
    if !open.is_empty() {
        view.complete = false;
        view.notes.push(cut_short(&open));
    }
    Ok(view)
}

fn counters(
    deal: &Deal,
    own: &Own,
    offers: &[Tabled],
    view: &mut PartyView,
    options: &SolveOptions,
) -> Result<(), Findings> {
    let theirs = offers.iter().rev().find(|tabled| tabled.by != view.party && !tabled.by.is_empty());
    let Some(theirs) = theirs else {
        return Err(Finding::error("negotiate.no_other_offer", place("--rounds")).into());
    };
    let players = vec![own.clone()];
    let spaces = spaces(deal, &players, options)?;
    let mut best: Option<f64> = None;
    for space in &spaces {
        if let Some(found) = space.live(options)?.most(0, &[f64::NEG_INFINITY])? {
            best = Some(best.map_or(found, |best| best.max(found)));
        }
    }
    let Some(best) = best else {
        view.notes.push(Phrase::new("negotiate.budget_blocks").text());
        return Ok(());
    };
    view.best_value_fen = Some((best * 1e6).round() as i64);
    let start = value(deal, own, &theirs.offer)?.value;
    let mine = offers.iter().rev().find(|tabled| tabled.by == view.party);
    // What the party aims at: its own last offer, else the best there is.
    let aim = match mine {
        Some(mine) => value(deal, own, &mine.offer)?.value,
        None => Number::from_f64((best * 1e6).floor()).map(|number| number.0).unwrap_or_default(),
    };
    if aim <= start {
        view.notes.push(Phrase::new("negotiate.as_good_as_own").text());
        return Ok(());
    }
    for step in 1..=STEPS {
        let share = Exact::new(BigInt::from(step), BigInt::from(STEPS));
        let target = (&start + (&aim - &start) * &share).max(Exact::zero());
        let asked = Asked { players: &players, targets: std::slice::from_ref(&target) };
        let Some(counter) = nearest(&spaces, &asked, &theirs.offer, options)? else { continue };
        let Some(found) = counter.values.first() else { continue };
        let terms = terms(deal, &counter.offer);
        if view.counters.iter().any(|known| known.terms == terms) {
            continue;
        }
        view.counters.push(OwnCounter {
            terms,
            distance: counter.distance,
            changes: changes(deal, &theirs.offer, &counter.offer),
            share_of_way: binary(&((&found.value - &start) / (&aim - &start))),
            surplus: surplus(deal, own, found),
        });
    }
    if view.counters.is_empty() {
        view.notes.push(Phrase::new("negotiate.no_counter").text());
    }
    Ok(())
}

/// The remark that a limit left these parts open.
pub(super) fn cut_short(open: &[&'static str]) -> Text {
    let parts: Vec<Text> = open.iter().map(|code| Phrase::new(code).text()).collect();
    Phrase::new("negotiate.cut_short").with("parts", Text::joined(&parts, "、", ", ")).text()
}
