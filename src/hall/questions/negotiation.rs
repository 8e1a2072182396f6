//! Negotiations: a case begun, offers made and tried, what a party and what a mediator sees.
//!
//! Work for a party is given the public case, the rounds and this party's own file; there is no way here from one party to the file
//! of another. Only [`mediation`] takes several files.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::typed;
use crate::finding::{Finding, Findings, Place};
use crate::horizontal::negotiation::{
    Case, Deal, Mediation, Offer, OfferPart, Own, PartyView, Private, Round, Tabled, Terms, mediate, next, offer_part,
    party_view, read_rounds, tabled,
};
use crate::questions::Failure;
use crate::questions::pointers::{Pointers, name_of, one_of};
use crate::solver::SolveOptions;

/// Most characters of a note.
const NOTE: u32 = 2000;
/// Most offers of one trial.
const TRIALS: usize = 50;

/// A party's own file to keep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrivateBody {
    /// The file: reservation value, costs and worths, attitude to risk, budget.
    pub private: Private,
    /// Whether the mediator may use it; nobody else ever does.
    #[serde(default)]
    pub mediation: bool,
}

/// An offer of the own party.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferBody {
    /// A value for every issue.
    pub terms: Terms,
    /// Free text, for all to read.
    #[serde(default)]
    #[schemars(length(max = NOTE))]
    pub note: String,
}

/// Offers that are only tried, for the own eyes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrialBody {
    /// Values by issue; those left out are those of the last round.
    #[schemars(length(max = TRIALS))]
    pub offers: Vec<Terms>,
    /// Whether counter-offers are looked for.
    #[serde(default)]
    pub counters: bool,
}

/// A case that was read and checked.
#[derive(Debug)]
pub struct Begun {
    /// The case as it is kept: what counts is what will be read back.
    pub document: String,
    /// What it comes to.
    pub deal: Deal,
}

/// Reads and checks the case of a new negotiation, given as an object or as text.
///
/// # Errors
/// What is wrong with it, by pointers.
pub fn begin(case: Option<&Case>, text: Option<&str>) -> Result<Begun, Failure> {
    let (case, pointers) = match (case, text) {
        (Some(case), None) => (Ok(case.clone()), Pointers::new("/case")),
        (None, Some(text)) => {
            let name = name_of(text);
            (typed::read::<Case>(text, name), Pointers::text("/case_text").file(name, "/case_text"))
        }
        _ => return Err(one_of("case", "case_text")),
    };
    let case = case.map_err(|findings| pointers.point(findings))?;
    let document = serde_json::to_string(&case).unwrap_or_default();
    let deal = deal(&document).map_err(|findings| pointers.point(findings))?;
    Ok(Begun { document, deal })
}

fn deal(document: &str) -> Result<Deal, Findings> {
    let case: Case = typed::read(document, "case.json")?;
    Deal::read(&case)
}

fn opened(deal: &Deal, document: &str) -> Result<Own, Findings> {
    let private: Private = typed::read(document, "private.json")?;
    Own::read(deal, &private)
}

/// What a party sees, from its own file, or the public view without; `counters` looks for counter-offers.
///
/// # Errors
/// Nothing to counter, a limit.
pub fn view(
    deal: &Deal,
    own: Option<Own>,
    offers: &[Tabled],
    counters: bool,
    options: &SolveOptions,
) -> Result<PartyView, Failure> {
    let mut view = party_view(deal, own.as_ref(), &newest(offers), counters && own.is_some(), options)?;
    let players: Vec<Own> = own.into_iter().collect();
    view.offers = valued(deal, &players, offers, options)?;
    view.complete &= view.offers.len() == offers.len();
    Ok(view)
}

/// What a mediator sees, from the files of all parties.
///
/// # Errors
/// Files that do not belong to different parties, a limit.
pub fn mediation(
    deal: &Deal,
    players: &[Own],
    offers: &[Tabled],
    options: &SolveOptions,
) -> Result<Mediation, Failure> {
    let last = offers.get(offers.len().saturating_sub(1)..).unwrap_or_default();
    let mut view = mediate(deal, players, last, options)?;
    view.offers = valued(deal, players, offers, options)?;
    view.complete &= view.offers.len() == offers.len();
    Ok(view)
}

/// The last offer of each party, and those that nobody made: all that counter-offers look at.
fn newest(offers: &[Tabled]) -> Vec<Tabled> {
    let is_last = |index: usize, by: &str| !offers.iter().skip(index + 1).any(|later| later.by == by);
    let kept = offers.iter().enumerate().filter(|(index, tabled)| is_last(*index, &tabled.by));
    kept.map(|(_, tabled)| tabled.clone()).collect()
}

/// The offers one by one, so that work on many of them can be ended: those until then.
fn valued(deal: &Deal, players: &[Own], offers: &[Tabled], options: &SolveOptions) -> Result<Vec<OfferPart>, Failure> {
    let mut parts = Vec::with_capacity(offers.len());
    for tabled in offers {
        if options.is_interrupted() {
            break;
        }
        parts.push(offer_part(deal, players, tabled)?);
    }
    Ok(parts)
}

/// The public part of a negotiation as it was kept: all that a party's work may know beside its own file.
#[derive(Debug, Clone)]
pub struct Table {
    /// The case.
    pub case: String,
    /// The rounds, one line each.
    pub lines: String,
}

impl Table {
    fn open(&self) -> Result<(Deal, Vec<Round>), Findings> {
        let deal = deal(&self.case)?;
        let rounds = read_rounds(&deal, &self.lines, "rounds")?;
        Ok((deal, rounds))
    }

    /// Checks a party's own file.
    ///
    /// # Errors
    /// What is wrong with it, by pointers.
    pub fn check(&self, party: &str, body: &PrivateBody) -> Result<(), Failure> {
        let deal = deal(&self.case)?;
        if body.private.party != party {
            let finding = Finding::error("negotiate.not_own_file", Place::file("/private/party"));
            return Err(finding.with("owner", &body.private.party).with("party", party).into());
        }
        Own::read(&deal, &body.private).map_err(|findings| Pointers::new("/private").point(findings))?;
        Ok(())
    }

    /// The next round: an offer of a party, at a time that is not before the last round's.
    ///
    /// # Errors
    /// What is wrong with the offer, by pointers.
    pub fn offer(&self, party: &str, at: &str, body: OfferBody) -> Result<Round, Failure> {
        let (deal, rounds) = self.open()?;
        let pointers = Pointers::new("").option("--set", "/terms").option("--note", "/note");
        // Clocks of two servers may differ by a little; the order of rounds does not.
        let at = rounds.last().map_or(at, |last| last.at.as_str().max(at));
        let round = next(&deal, &rounds, party, at, body.terms, &body.note);
        Ok(round.map_err(|findings| pointers.point(findings))?)
    }

    /// A party's view from its own file, or the public one without; offers that are only tried come last.
    ///
    /// # Errors
    /// What is wrong with the tried offers, a limit, nothing to counter.
    pub fn view(&self, own: Option<&str>, tried: &TrialBody, options: &SolveOptions) -> Result<PartyView, Failure> {
        let (deal, rounds) = self.open()?;
        let own = own.map(|file| opened(&deal, file)).transpose()?;
        let mut offers = tabled(&deal, &rounds)?;
        let pointers = Pointers::new("").option("--rounds", "");
        if tried.offers.len() > TRIALS {
            let finding = Finding::error("bargain.too_many", Place::file("/offers"));
            return Err(finding.with("count", tried.offers.len().to_string()).with("most", TRIALS.to_string()).into());
        }
        for (index, values) in tried.offers.iter().enumerate() {
            let mut terms = rounds.last().map(|round| round.offer.clone()).unwrap_or_default();
            terms.extend(values.clone());
            let offer = Offer::read(&deal, &terms, &format!("offers[{}]", index + 1));
            let offer = offer.map_err(|findings| pointers.point(findings))?;
            offers.push(Tabled { number: None, by: String::new(), at: String::new(), offer });
        }
        view(&deal, own, &offers, tried.counters, options)
            .map_err(|failure| failure.map(|findings| pointers.point(findings)))
    }

    /// The mediator's view, from the files of all parties.
    ///
    /// # Errors
    /// A limit.
    pub fn mediation(&self, files: &[String], options: &SolveOptions) -> Result<Mediation, Failure> {
        let (deal, rounds) = self.open()?;
        let mut players = files.iter().map(|file| opened(&deal, file)).collect::<Result<Vec<_>, _>>()?;
        players.sort_by_key(|own| own.party);
        let offers = tabled(&deal, &rounds)?;
        let pointers = Pointers::new("").option("--private", "");
        mediation(&deal, &players, &offers, options).map_err(|failure| failure.map(|findings| pointers.point(findings)))
    }
}
