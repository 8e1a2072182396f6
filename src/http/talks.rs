//! Negotiations over HTTP: what clients send and receive, and the work behind it.
//!
//! Work for a party is given the public case, the rounds and this party's own file; there is no way here from one party to the file
//! of another. Only [`Table::mediation`] takes several files, and its route is for mediators.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::document::typed;
use crate::finding::{Finding, FindingLog, Findings, Place, hint};
use crate::horizontal::negotiation::{
    Case, Deal, Offer, OfferPart, Own, Private, Round, Tabled, Terms, mediate, next, offer_part, party_view,
    read_rounds, tabled,
};
use crate::http::horizontal::unless_ended;
use crate::http::pointers::Pointers;
use crate::jobs::Ticket;
use crate::phrases::Text;
use crate::questions::{Failure, pretty};
use crate::store::{Negotiation, NegotiationEntry, PrivateFile, RoundEntry};

/// Most characters of a note.
const NOTE: u32 = 2000;

/// A negotiation to begin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NegotiationBody {
    /// The public case as an object; it or `case_text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<Case>,
    /// The public case (TOML or JSON) as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_text: Option<String>,
    /// Organisation of every party of the case; the own one among them, or as mediator.
    pub parties: BTreeMap<String, String>,
    /// Organisation of a mediator, which is no party's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mediator: Option<String>,
}

/// A negotiation in a list.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct NegotiationItem {
    /// Id.
    pub id: String,
    /// What it is called.
    pub name: Text,
    /// Hash of the case.
    pub case_hash: String,
    /// Party that the own organisation speaks for; null where it mediates.
    pub party: Option<String>,
    /// Number of rounds.
    pub rounds: i64,
    /// Organisation that began it.
    pub begun_by: String,
    /// When (RFC 3339).
    pub created_at: String,
    /// Where it is.
    pub links: NegotiationLinks,
}

/// A negotiation: the public case and the rounds.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct NegotiationDocument {
    /// Id.
    pub id: String,
    /// What it is called.
    pub name: Text,
    /// Hash of the case, named by every round.
    pub case_hash: String,
    /// Party that the own organisation speaks for; null where it mediates.
    pub party: Option<String>,
    /// Organisation of every party.
    pub parties: BTreeMap<String, String>,
    /// Organisation of the mediator; null without one.
    pub mediator: Option<String>,
    /// Organisation that began it.
    pub begun_by: String,
    /// When (RFC 3339).
    pub created_at: String,
    /// The public case.
    #[schemars(with = "Case")]
    pub case: Value,
    /// The rounds, first to last.
    pub rounds: Vec<RoundDocument>,
    /// Where it is.
    pub links: NegotiationLinks,
}

/// A round with who offered.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RoundDocument {
    /// Principal that made the offer, of the party's organisation.
    pub principal: String,
    /// The round, as a line of a rounds file.
    pub round: Round,
}

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

/// A party's own file, for this party alone.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PrivateDocument {
    /// The party.
    pub party: String,
    /// The file.
    #[schemars(with = "Private")]
    pub private: Value,
    /// Whether the mediator may use it.
    pub mediation: bool,
    /// Counts its changes from 1; the ETag.
    pub revision: i64,
    /// 256 random bits, new with each revision.
    pub salt: String,
    /// SHA-256 over salt and file: what the audit log says of it.
    pub seal: String,
    /// Who put it.
    pub author: String,
    /// When (RFC 3339).
    pub updated_at: String,
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

/// Most offers of one trial.
const TRIALS: usize = 50;

/// What a view shows.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ViewQuery {
    /// Whether counter-offers are looked for; they need an own file and an offer of another.
    pub counters: Option<bool>,
}

/// Addresses of a negotiation's parts, as far as they are for the own organisation.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct NegotiationLinks {
    /// The negotiation.
    #[serde(rename = "self")]
    pub own: String,
    /// Where offers are made; null for a mediator.
    pub offers: Option<String>,
    /// The own private file; null for a mediator.
    pub private: Option<String>,
    /// The own view, or the mediator's.
    pub view: String,
}

impl NegotiationLinks {
    fn of(entry: &NegotiationEntry) -> Self {
        let own = address(&entry.id);
        let part = |what: &str| {
            let party = entry.party.as_ref()?;
            Some(format!("{own}/parties/{}/{what}", encoded(party)))
        };
        let view = part("view").unwrap_or_else(|| format!("{own}/mediation"));
        Self { offers: entry.party.as_ref().map(|_| format!("{own}/offers")), private: part("private"), view, own }
    }
}

/// A party's name as a segment of a path.
fn encoded(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let mut text = String::new();
    for byte in name.bytes() {
        if plain(byte) { text.push(char::from(byte)) } else { text.push_str(&format!("%{byte:02X}")) }
    }
    text
}

/// Address of a negotiation.
pub fn address(id: &str) -> String {
    format!("/api/v1/negotiations/{id}")
}

fn name(text: &str) -> Text {
    serde_json::from_str(text).unwrap_or_else(|_| Text::same(text))
}

impl NegotiationItem {
    /// A negotiation of the store.
    pub fn of(entry: NegotiationEntry) -> Self {
        Self {
            links: NegotiationLinks::of(&entry),
            name: name(&entry.name),
            id: entry.id,
            case_hash: entry.hash,
            party: entry.party,
            rounds: entry.rounds,
            begun_by: entry.org,
            created_at: entry.created.to_string(),
        }
    }
}

impl NegotiationDocument {
    /// A negotiation of the store with its rounds.
    ///
    /// # Errors
    /// What the store holds cannot be read.
    pub fn of(negotiation: Negotiation, rounds: Vec<RoundEntry>) -> Result<Self, serde_json::Error> {
        let Negotiation { entry, document, parties, mediator } = negotiation;
        Ok(Self {
            links: NegotiationLinks::of(&entry),
            name: name(&entry.name),
            id: entry.id,
            case_hash: entry.hash,
            party: entry.party,
            parties,
            mediator,
            begun_by: entry.org,
            created_at: entry.created.to_string(),
            case: serde_json::from_str(&document)?,
            rounds: rounds.into_iter().map(RoundDocument::of).collect::<Result<_, _>>()?,
        })
    }
}

impl RoundDocument {
    /// A round of the store.
    ///
    /// # Errors
    /// What the store holds cannot be read.
    pub fn of(entry: RoundEntry) -> Result<Self, serde_json::Error> {
        Ok(Self { round: serde_json::from_str(&entry.line)?, principal: entry.author })
    }
}

impl PrivateDocument {
    /// A file of the store.
    ///
    /// # Errors
    /// What the store holds cannot be read.
    pub fn of(file: PrivateFile) -> Result<Self, serde_json::Error> {
        Ok(Self {
            party: file.party,
            private: serde_json::from_str(&file.document)?,
            mediation: file.mediation,
            revision: file.revision,
            salt: file.salt,
            seal: file.seal,
            author: file.author,
            updated_at: file.updated.to_string(),
        })
    }
}

/// A case that was read and checked, as it is kept.
#[derive(Debug, Clone)]
pub struct Begun {
    /// What it is called, as JSON.
    pub name: String,
    /// Hash of the case.
    pub hash: String,
    /// The case.
    pub document: String,
}

/// Reads and checks the case of a new negotiation and its seats; `org` is the caller's.
///
/// # Errors
/// What is wrong with either, by pointers.
pub fn begin(body: &NegotiationBody, org: &str) -> Result<Begun, Failure> {
    let (case, pointers) = match (&body.case, &body.case_text) {
        (Some(case), None) => (Ok(case.clone()), Pointers::new("/case")),
        (None, Some(text)) => {
            let name = if text.trim_start().starts_with('{') { "case.json" } else { "case.toml" };
            (typed::read::<Case>(text, name), Pointers::text("/case_text").file(name, "/case_text"))
        }
        _ => {
            let finding = Finding::error("talks.one_of", Place::file("/case"));
            return Err(finding.with("one", "case").with("other", "case_text").into());
        }
    };
    let text = case.map_err(|findings| pointers.point(findings))?;
    // What counts is what will be read back.
    let document = serde_json::to_string(&text).unwrap_or_default();
    let deal = deal(&document).map_err(|findings| pointers.point(findings))?;
    seats(body, &deal, org)?;
    let name = serde_json::to_string(&deal.case.name.text()).unwrap_or_default();
    Ok(Begun { name, hash: deal.hash, document })
}

/// One organisation for each party, and one party for each organisation.
fn seats(body: &NegotiationBody, deal: &Deal, org: &str) -> Result<(), Findings> {
    let at = |party: &str| Place::file(format!("/parties/{}", party.replace('~', "~0").replace('/', "~1")));
    let known: BTreeSet<&str> = deal.case.parties.iter().map(|party| party.id.as_str()).collect();
    let mut log = FindingLog::default();
    for party in known.iter().filter(|party| !body.parties.contains_key(**party)) {
        log.push(Finding::error("talks.seat_missing", Place::file("/parties")).with("party", *party));
    }
    let mut orgs = BTreeSet::new();
    for (party, seated) in &body.parties {
        if !known.contains(party.as_str()) {
            let like = hint(party, known.iter().copied()).text();
            log.push(Finding::error("policy.unknown_word", at(party)).with("word", party).with("like", like));
        }
        if !orgs.insert(seated.as_str()) {
            log.push(Finding::error("talks.seat_twice", at(party)).with("org", seated));
        }
    }
    if let Some(mediator) = &body.mediator
        && !orgs.insert(mediator)
    {
        log.push(Finding::error("talks.seat_twice", Place::file("/mediator")).with("org", mediator));
    }
    if !orgs.contains(org) {
        log.push(Finding::error("talks.no_own_seat", Place::file("/parties")).with("org", org));
    }
    Findings::gate((), log.into_findings()).map(drop)
}

fn deal(document: &str) -> Result<Deal, Findings> {
    let case: Case = typed::read(document, "case.json")?;
    Deal::read(&case)
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
    /// What the store holds of it.
    pub fn of(negotiation: &Negotiation, rounds: &[RoundEntry]) -> Self {
        Self { case: negotiation.document.clone(), lines: rounds.iter().map(|round| round.line.as_str()).collect() }
    }

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
    pub fn view(&self, own: Option<&PrivateFile>, tried: &TrialBody, ticket: &Arc<Ticket>) -> Result<Vec<u8>, Failure> {
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
        let counters = tried.counters && own.is_some();
        let view = party_view(&deal, own.as_ref(), &newest(&offers), counters, &ticket.options());
        let mut view = view.map_err(|findings| pointers.point(findings))?;
        let players: Vec<Own> = own.into_iter().collect();
        view.offers = valued(&deal, &players, &offers, ticket)?;
        view.complete &= view.offers.len() == offers.len();
        Ok(pretty(&unless_ended(ticket, view)?))
    }

    /// The mediator's view, from the files of all parties.
    ///
    /// # Errors
    /// A limit.
    pub fn mediation(&self, files: &[PrivateFile], ticket: &Arc<Ticket>) -> Result<Vec<u8>, Failure> {
        let (deal, rounds) = self.open()?;
        let mut players = files.iter().map(|file| opened(&deal, file)).collect::<Result<Vec<_>, _>>()?;
        players.sort_by_key(|own| own.party);
        let offers = tabled(&deal, &rounds)?;
        let view = mediate(
            &deal,
            &players,
            offers.get(offers.len().saturating_sub(1)..).unwrap_or_default(),
            &ticket.options(),
        );
        let mut view = view.map_err(|findings| Pointers::new("").option("--private", "").point(findings))?;
        view.offers = valued(&deal, &players, &offers, ticket)?;
        view.complete &= view.offers.len() == offers.len();
        Ok(pretty(&unless_ended(ticket, view)?))
    }
}

/// The last offer of each party, and those that nobody made: all that counter-offers look at.
fn newest(offers: &[Tabled]) -> Vec<Tabled> {
    let is_last = |index: usize, by: &str| !offers.iter().skip(index + 1).any(|later| later.by == by);
    let kept = offers.iter().enumerate().filter(|(index, tabled)| is_last(*index, &tabled.by));
    kept.map(|(_, tabled)| tabled.clone()).collect()
}

/// The offers one by one, so that work on many of them can be ended: those until then.
fn valued(deal: &Deal, players: &[Own], offers: &[Tabled], ticket: &Arc<Ticket>) -> Result<Vec<OfferPart>, Failure> {
    let mut parts = Vec::with_capacity(offers.len());
    for tabled in offers {
        if ticket.ended().is_some() {
            break;
        }
        parts.push(offer_part(deal, players, tabled)?);
    }
    Ok(parts)
}

fn opened(deal: &Deal, file: &PrivateFile) -> Result<Own, Findings> {
    let private: Private = typed::read(&file.document, "private.json")?;
    Own::read(deal, &private)
}
