//! Negotiations between organisations: the public case, the seats, every party's own file, and the rounds.
//!
//! A query about a negotiation holds the organisation that asks: without a seat there is no negotiation, and a party's file is found
//! by its own organisation alone. What is read for one party never touches the file of another.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::database::{Database, Row, Tx, transact, values};
use super::names::{fit, fit_hash, hex, sha256_of_parts};
use super::{Caller, Conflict, Expected, Moment, Page, PageRequest, Put, Result, StoreError, audit};

/// A negotiation to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNegotiation {
    /// Id chosen by the caller; the same id again gives the negotiation there is.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Hash of the case.
    pub hash: String,
    /// The public case, as it is to be read back.
    pub document: String,
    /// Organisation of every party; one organisation speaks for one party.
    pub parties: BTreeMap<String, String>,
    /// Organisation of the mediator, which is no party's.
    pub mediator: Option<String>,
}

/// A negotiation without its case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NegotiationEntry {
    /// Id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Hash of the case.
    pub hash: String,
    /// Party that the asking organisation speaks for; `None` where it mediates.
    pub party: Option<String>,
    /// Organisation of who began it.
    pub org: String,
    /// Who began it.
    pub author: String,
    /// When.
    pub created: Moment,
    /// Number of rounds.
    pub rounds: i64,
}

/// A negotiation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Negotiation {
    /// Everything but the case and the seats.
    pub entry: NegotiationEntry,
    /// The public case.
    pub document: String,
    /// Organisation of every party.
    pub parties: BTreeMap<String, String>,
    /// Organisation of the mediator.
    pub mediator: Option<String>,
}

/// A party's own file to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPrivateFile {
    /// The negotiation.
    pub negotiation: String,
    /// The party, which must be that of the caller's organisation.
    pub party: String,
    /// The file.
    pub document: String,
    /// Whether a mediator may use it.
    pub mediation: bool,
    /// The latest revision must be this.
    pub expected: Expected,
}

/// A party's own file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateFile {
    /// The party.
    pub party: String,
    /// Counts its changes from 1; the version for If-Match.
    pub revision: i64,
    /// The file.
    pub document: String,
    /// Whether a mediator may use it.
    pub mediation: bool,
    /// 256 random bits, new with each revision, hexadecimal.
    pub salt: String,
    /// SHA-256 over salt and file: what the audit log says of it.
    pub seal: String,
    /// Who put it.
    pub author: String,
    /// When.
    pub updated: Moment,
}

/// An offer to add to the rounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRound {
    /// The negotiation.
    pub negotiation: String,
    /// Id chosen by the caller; the same id again gives the round there is.
    pub id: String,
    /// Party that offers, which must be that of the caller's organisation.
    pub party: String,
    /// Its number: one more than the last one's.
    pub number: i64,
    /// The round as its line in a rounds file.
    pub line: String,
    /// Hash of the round.
    pub hash: String,
    /// Hash of the round before; empty for the first.
    pub previous: String,
}

/// A round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoundEntry {
    /// Its number from 1.
    pub number: i64,
    /// Id, unique in the negotiation.
    pub id: String,
    /// Party that offered.
    pub party: String,
    /// The round as its line in a rounds file.
    pub line: String,
    /// Hash of the round.
    pub hash: String,
    /// Who offered.
    pub author: String,
    /// When.
    pub created: Moment,
}

const LIST: &str = "n";

/// The seat of a mediator; no party has an empty name.
const MEDIATOR: &str = "";

fn entry(row: &Row) -> Result<NegotiationEntry> {
    let party = row.text("party")?;
    Ok(NegotiationEntry {
        id: row.text("id")?,
        name: row.text("name")?,
        hash: row.text("hash")?,
        party: (party != MEDIATOR).then_some(party),
        org: row.text("org")?,
        author: row.text("author")?,
        created: row.moment("created")?,
        rounds: row.int("rounds")?,
    })
}

fn file(row: &Row) -> Result<PrivateFile> {
    Ok(PrivateFile {
        party: row.text("party")?,
        revision: row.int("revision")?,
        document: row.text("document")?,
        mediation: row.int("mediation")? == 1,
        salt: row.text("salt")?,
        seal: row.text("seal")?,
        author: row.text("author")?,
        updated: row.moment("updated")?,
    })
}

fn round(row: &Row) -> Result<RoundEntry> {
    Ok(RoundEntry {
        number: row.int("number")?,
        id: row.text("id")?,
        party: row.text("party")?,
        line: row.text("line")?,
        hash: row.text("hash")?,
        author: row.text("author")?,
        created: row.moment("created")?,
    })
}

/// A negotiation in which an organisation has a seat.
async fn find(tx: &mut Tx, org: &str, id: &str) -> Result<Option<Negotiation>> {
    let row = tx
        .optional(
            "SELECT n.id, n.name, n.hash, n.document, n.org, n.author, n.created, s.party,
                    (SELECT COUNT(*) FROM negotiation_rounds AS r WHERE r.negotiation = n.id) AS rounds
             FROM negotiations AS n JOIN negotiation_seats AS s ON s.negotiation = n.id
             WHERE s.org = $1 AND n.id = $2",
            values![org, id],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let seats = tx.rows("SELECT org, party FROM negotiation_seats WHERE negotiation = $1", values![id]).await?;
    let (mut parties, mut mediator) = (BTreeMap::new(), None);
    for seat in &seats {
        match (seat.text("party")?, seat.text("org")?) {
            (party, org) if party == MEDIATOR => mediator = Some(org),
            (party, org) => drop(parties.insert(party, org)),
        }
    }
    Ok(Some(Negotiation { entry: entry(&row)?, document: row.text("document")?, parties, mediator }))
}

/// Refuses who does not speak for a party, as if there were nothing.
async fn seated(tx: &mut Tx, org: &str, id: &str, party: &str) -> Result<()> {
    let seat = "SELECT org FROM negotiation_seats WHERE negotiation = $1 AND org = $2 AND party = $3 AND party <> ''";
    tx.row(seat, values![id, org, party]).await.map(drop)
}

pub(super) async fn put(database: Arc<Database>, by: Caller, new: NewNegotiation) -> Result<Put<Negotiation>> {
    fit("id", &new.id)?;
    fit_hash("hash", &new.hash)?;
    let mut seats: Vec<(&str, &str)> = Vec::new();
    for (party, org) in &new.parties {
        fit("party", party)?;
        fit("org", org)?;
        seats.push((org, party));
    }
    if let Some(mediator) = &new.mediator {
        fit("mediator", mediator)?;
        seats.push((mediator, MEDIATOR));
    }
    seats.sort_unstable();
    if seats.windows(2).any(|pair| matches!(pair, [(one, _), (other, _)] if one == other)) {
        return Err(StoreError::Invalid { field: "parties", why: super::Unfit::Twice });
    }
    let (by, new, seats) = (&by, &new, &seats);
    transact!(database.begin_change(), tx => {
        if let Some(there) = find(tx, &by.org, &new.id).await? {
            let same = there.document == new.document && there.parties == new.parties && there.mediator == new.mediator;
            return if same && there.entry.author == by.principal {
                Ok(Put { value: there, is_new: false })
            } else {
                Err(StoreError::Conflict(Conflict::IdTaken))
            };
        }
        tx.execute(
            "INSERT INTO negotiations (id, name, hash, document, org, author, created) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            values![&new.id, &new.name, &new.hash, &new.document, &by.org, &by.principal, by.at],
        )
        .await?;
        for (org, party) in seats {
            tx.execute(
                "INSERT INTO negotiation_seats (negotiation, org, party) VALUES ($1, $2, $3)",
                values![&new.id, *org, *party],
            )
            .await?;
        }
        let detail = json!({ "case": new.hash, "parties": new.parties, "mediator": new.mediator });
        audit::note(tx, by, "negotiation.begin", &new.id, &detail).await?;
        // Who begins what it takes no part in could never see it.
        let made = find(tx, &by.org, &new.id).await?.ok_or(StoreError::NotFound)?;
        Ok(Put { value: made, is_new: true })
    })
}

pub(super) async fn get(database: Arc<Database>, org: String, id: String) -> Result<Negotiation> {
    find(&mut database.snapshot().await?, &org, &id).await?.ok_or(StoreError::NotFound)
}

pub(super) async fn list(database: Arc<Database>, org: String, page: PageRequest) -> Result<Page<NegotiationEntry>> {
    let rows = database
        .rows(
            "SELECT n.seq, n.id, n.name, n.hash, n.org, n.author, n.created, s.party,
                    (SELECT COUNT(*) FROM negotiation_rounds AS r WHERE r.negotiation = n.id) AS rounds
             FROM negotiations AS n JOIN negotiation_seats AS s ON s.negotiation = n.id
             WHERE s.org = $1 AND n.seq < $2 ORDER BY n.seq DESC LIMIT $3",
            values![&org, page.below(LIST)?, page.rows()],
        )
        .await?;
    let rows = rows.iter().map(|row| Ok((row.int("seq")?, entry(row)?)));
    Ok(page.by_number(LIST, rows.collect::<Result<_>>()?))
}

/// 256 random bits: with them in its hash, a file of few possible contents is not found by trying them all.
fn salt() -> Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Unavailable(error.to_string()))?;
    Ok(hex(&bytes))
}

const FILE: &str = "SELECT party, revision, document, mediation, salt, seal, author, updated FROM negotiation_files
     WHERE negotiation = $1 AND party = $2 AND org = $3";

pub(super) async fn put_file(database: Arc<Database>, by: Caller, new: NewPrivateFile) -> Result<Put<PrivateFile>> {
    let salt = salt()?;
    let mediation = if new.mediation { "mediation" } else { "" };
    let seal = sha256_of_parts(&["ecocomp private file 1", &salt, &new.document, mediation]);
    let (by, new, salt, seal) = (&by, &new, &salt, &seal);
    transact!(database.begin_change(), tx => {
        seated(tx, &by.org, &new.negotiation, &new.party).await?;
        let there = tx.optional(FILE, values![&new.negotiation, &new.party, &by.org]).await?;
        let there = there.as_ref().map(file).transpose()?;
        new.expected.check(there.as_ref().map(|there| there.revision))?;
        let revision = match there {
            Some(there) if there.document == new.document && there.mediation == new.mediation => {
                return Ok(Put { value: there, is_new: false });
            }
            Some(there) => there.revision + 1,
            None => 1,
        };
        let row = tx
            .row(
                "INSERT INTO negotiation_files
                     (negotiation, party, org, revision, document, mediation, salt, seal, author, updated)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                 ON CONFLICT (negotiation, party) DO UPDATE SET
                     revision = excluded.revision, document = excluded.document, mediation = excluded.mediation,
                     salt = excluded.salt, seal = excluded.seal, author = excluded.author, updated = excluded.updated
                 RETURNING party, revision, document, mediation, salt, seal, author, updated",
                values![
                    &new.negotiation,
                    &new.party,
                    &by.org,
                    revision,
                    &new.document,
                    i64::from(new.mediation),
                    salt,
                    seal,
                    &by.principal,
                    by.at
                ],
            )
            .await?;
        // Of the content only the seal; its salt stands beside the file and nowhere else.
        let detail = json!({ "party": new.party, "revision": revision, "seal": seal });
        audit::note(tx, by, "negotiation.file", &new.negotiation, &detail).await?;
        Ok(Put { value: file(&row)?, is_new: true })
    })
}

pub(super) async fn get_file(database: Arc<Database>, org: String, id: String, party: String) -> Result<PrivateFile> {
    file(&database.row(FILE, values![&id, &party, &org]).await?)
}

const ROUNDS: &str = "SELECT number, id, party, line, hash, author, created FROM negotiation_rounds
     WHERE negotiation = $1 ORDER BY number";

pub(super) async fn add_round(database: Arc<Database>, by: Caller, new: NewRound) -> Result<Put<RoundEntry>> {
    fit("id", &new.id)?;
    fit_hash("hash", &new.hash)?;
    let (by, new) = (&by, &new);
    transact!(database.begin_change(), tx => {
        seated(tx, &by.org, &new.negotiation, &new.party).await?;
        let same = tx
            .optional(
                "SELECT number, id, party, line, hash, author, created FROM negotiation_rounds
                 WHERE negotiation = $1 AND id = $2",
                values![&new.negotiation, &new.id],
            )
            .await?;
        if let Some(same) = same {
            let there = round(&same)?;
            return if there.party == new.party && there.author == by.principal {
                Ok(Put { value: there, is_new: false })
            } else {
                Err(StoreError::Conflict(Conflict::IdTaken))
            };
        }
        let last = tx
            .optional(
                "SELECT number, hash FROM negotiation_rounds WHERE negotiation = $1 ORDER BY number DESC LIMIT 1",
                values![&new.negotiation],
            )
            .await?;
        let (number, hash) = match &last {
            Some(last) => (last.int("number")?, last.text("hash")?),
            None => (0, String::new()),
        };
        if new.number != number + 1 || new.previous != hash {
            return Err(StoreError::Stale { current: Some(number) });
        }
        tx.execute(
            "INSERT INTO negotiation_rounds (negotiation, number, id, org, party, line, hash, author, created)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            values![
                &new.negotiation,
                new.number,
                &new.id,
                &by.org,
                &new.party,
                &new.line,
                &new.hash,
                &by.principal,
                by.at
            ],
        )
        .await?;
        let detail = json!({ "party": new.party, "number": new.number, "hash": new.hash });
        audit::note(tx, by, "negotiation.offer", &new.negotiation, &detail).await?;
        let made = RoundEntry {
            number: new.number,
            id: new.id.clone(),
            party: new.party.clone(),
            line: new.line.clone(),
            hash: new.hash.clone(),
            author: by.principal.clone(),
            created: by.at,
        };
        Ok(Put { value: made, is_new: true })
    })
}

pub(super) async fn rounds(database: Arc<Database>, org: String, id: String) -> Result<Vec<RoundEntry>> {
    let mut tx = database.snapshot().await?;
    tx.row("SELECT party FROM negotiation_seats WHERE negotiation = $1 AND org = $2", values![&id, &org]).await?;
    tx.rows(ROUNDS, values![&id]).await?.iter().map(round).collect()
}

/// The files of all parties, for the mediator alone, and only where each of them says so; `None` where one does not.
pub(super) async fn files(database: Arc<Database>, org: String, id: String) -> Result<Option<Vec<PrivateFile>>> {
    let mut tx = database.snapshot().await?;
    let seat = "SELECT party FROM negotiation_seats WHERE negotiation = $1 AND org = $2 AND party = ''";
    tx.row(seat, values![&id, &org]).await?;
    let parties = "SELECT party FROM negotiation_seats WHERE negotiation = $1 AND party <> ''";
    let parties = tx.rows(parties, values![&id]).await?.len();
    let open = tx
        .rows(
            "SELECT party, revision, document, mediation, salt, seal, author, updated FROM negotiation_files
             WHERE negotiation = $1 AND mediation = 1 ORDER BY party",
            values![&id],
        )
        .await?;
    if open.len() < parties {
        return Ok(None);
    }
    open.iter().map(file).collect::<Result<_>>().map(Some)
}
