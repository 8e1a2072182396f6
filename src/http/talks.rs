//! Negotiations over HTTP: what clients send and receive beside the questions, and what the store keeps of it.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::finding::{Finding, FindingLog, Findings, Place, hint};
use crate::horizontal::negotiation::{Case, Deal, Private, Round};
use crate::phrases::Text;
use crate::questions::Failure;
use crate::questions::negotiation::{self, Table};
use crate::questions::pointers::token;
use crate::store::{Negotiation, NegotiationEntry, PrivateFile, RoundEntry};

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
    let negotiation::Begun { document, deal } = negotiation::begin(body.case.as_ref(), body.case_text.as_deref())?;
    seats(body, &deal, org)?;
    let name = serde_json::to_string(&deal.case.name.text()).unwrap_or_default();
    Ok(Begun { name, hash: deal.hash, document })
}

/// The public part of a negotiation, as the store keeps it.
pub fn table(negotiation: &Negotiation, rounds: &[RoundEntry]) -> Table {
    Table { case: negotiation.document.clone(), lines: rounds.iter().map(|round| round.line.as_str()).collect() }
}

/// One organisation for each party, and one party for each organisation.
fn seats(body: &NegotiationBody, deal: &Deal, org: &str) -> Result<(), Findings> {
    let at = |party: &str| Place::file(format!("/parties/{}", token(party)));
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
