//! Principals and the tokens they show.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::database::{Database, Row, transact, values};
use super::names::{fit, is_equal, letters, random, sha256};
use super::persons::is_reserved;
use super::{Caller, Moment, Page, PageRequest, Result, StoreError, Unfit, audit};
use crate::phrases::{Phrase, Text};

/// What a principal may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Reads.
    Viewer,
    /// Reads, asks, makes models, datasets, runs and plans.
    Planner,
    /// What a viewer may, and decides on plans.
    Approver,
    /// Everything in its organisation, tokens included.
    Admin,
    /// What a viewer may, and reads the audit log.
    Auditor,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [Self::Viewer, Self::Planner, Self::Approver, Self::Admin, Self::Auditor];

    /// `viewer`, `planner`, `approver`, `admin`, `auditor`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Planner => "planner",
            Self::Approver => "approver",
            Self::Admin => "admin",
            Self::Auditor => "auditor",
        }
    }

    /// How a sentence calls it.
    pub fn label(self) -> Text {
        let code = match self {
            Self::Viewer => "store.role_viewer",
            Self::Planner => "store.role_planner",
            Self::Approver => "store.role_approver",
            Self::Admin => "store.role_admin",
            Self::Auditor => "store.role_auditor",
        };
        Phrase::new(code).text()
    }

    /// The role of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }
}

/// A token to issue. The role is the token's; the person is the principal, who may hold several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// Who will hold it; `None` makes a principal of its own, named after the token's id.
    pub principal: Option<String>,
    /// What it allows.
    pub role: Role,
    /// When it ends; `None` never.
    pub expires: Option<Moment>,
    /// What it is for, in the words of who asks for it.
    pub note: String,
}

/// A token as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenEntry {
    /// Public part, by which it is listed and revoked.
    pub id: String,
    /// Organisation.
    pub org: String,
    /// Who holds it.
    pub principal: String,
    /// What it allows.
    pub role: Role,
    /// What it is for.
    pub note: String,
    /// Who issued it.
    pub author: String,
    /// When it was issued.
    pub created: Moment,
    /// When it ends.
    pub expires: Option<Moment>,
    /// When it was revoked.
    pub revoked: Option<Moment>,
    /// When it was last shown, to some minutes.
    pub last_used: Option<Moment>,
}

/// A token just issued, with the secret that is shown once and kept nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuedToken {
    /// As lists show it.
    pub entry: TokenEntry,
    /// `ecocomp_ID_SECRET`, the secret being 256 random bits.
    pub secret: String,
}

impl fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedToken").field("entry", &self.entry).finish_non_exhaustive()
    }
}

/// Who a valid token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Organisation.
    pub org: String,
    /// Name within the organisation.
    pub name: String,
    /// What the token allows.
    pub role: Role,
    /// Public part of the token.
    pub token: String,
}

const LIST: &str = "t";

/// What every token begins with, so that a person and a scanner for secrets know it for one.
const MARK: &str = "ecocomp_";

/// The last use of a token is written again after so long.
const USE_KEPT: Duration = Duration::from_secs(600);

fn entry(row: &Row) -> Result<TokenEntry> {
    let role = row.text("role")?;
    Ok(TokenEntry {
        id: row.text("id")?,
        org: row.text("org")?,
        principal: row.text("principal")?,
        role: Role::of_word(&role).ok_or_else(|| StoreError::Failed(format!("unknown role {role}")))?,
        note: row.text("note")?,
        author: row.text("author")?,
        created: row.moment("created")?,
        expires: row.optional_moment("expires")?,
        revoked: row.optional_moment("revoked")?,
        last_used: row.optional_moment("last_used")?,
    })
}

pub(super) async fn issue(database: Arc<Database>, by: Caller, new: NewToken) -> Result<IssuedToken> {
    fit("org", &by.org)?;
    let id = letters(&random::<6>()?);
    let principal = new.principal.unwrap_or_else(|| format!("{}-{id}", new.role.word()));
    fit("principal", &principal)?;
    if is_reserved(&principal) {
        return Err(StoreError::Invalid { field: "principal", why: Unfit::Reserved });
    }
    let secret = format!("{MARK}{id}_{}", letters(&random::<32>()?));
    let hash = sha256(secret.as_bytes());
    let entry = TokenEntry {
        id,
        org: by.org.clone(),
        principal,
        role: new.role,
        note: new.note,
        author: by.principal.clone(),
        created: by.at,
        expires: new.expires,
        revoked: None,
        last_used: None,
    };
    let (by, kept, hash) = (&by, &entry, &hash);
    transact!(database.begin_change(), tx => {
        tx.execute(
            "INSERT INTO tokens (id, hash, org, principal, role, note, author, created, expires)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            values![
                &kept.id,
                hash,
                &kept.org,
                &kept.principal,
                kept.role.word(),
                &kept.note,
                &kept.author,
                kept.created,
                kept.expires
            ],
        )
        .await?;
        let detail = json!({
            "principal": kept.principal,
            "role": kept.role.word(),
            "expires": kept.expires.map(|moment| moment.to_string()),
        });
        audit::note(tx, by, "token:issue", &kept.id, &detail).await
    })?;
    Ok(IssuedToken { entry, secret })
}

/// The token is found by its hash: whoever can measure how long that takes learns something of a hash, nothing of a token. The hash found is
/// compared once more without an early end.
pub(super) async fn authenticate(database: Arc<Database>, secret: String, at: Moment) -> Result<Option<Principal>> {
    if !secret.starts_with(MARK) || secret.len() > 200 {
        return Ok(None);
    }
    let hash = sha256(secret.as_bytes());
    let rows = database
        .rows(
            "SELECT id, hash, org, principal, role, note, author, created, expires, revoked, last_used FROM tokens
             WHERE hash = $1 AND revoked IS NULL AND (expires IS NULL OR expires > $2)",
            values![&hash, at],
        )
        .await?;
    let Some(row) = rows.first() else { return Ok(None) };
    if !is_equal(&row.text("hash")?, &hash) {
        return Ok(None);
    }
    let entry = entry(row)?;
    let stale = at.minus(USE_KEPT);
    if entry.last_used.is_none_or(|last| last < stale) {
        // A note for people: nobody waits for it, and whether it could be written is no reason to turn anybody away.
        tokio::spawn(note_use(database, entry.id.clone(), at, stale));
    }
    Ok(Some(Principal { org: entry.org, name: entry.principal, role: entry.role, token: entry.id }))
}

async fn note_use(database: Arc<Database>, id: String, at: Moment, stale: Moment) -> Result<()> {
    let id = &id;
    transact!(database.begin_write(), tx => {
        tx.execute(
            "UPDATE tokens SET last_used = $2 WHERE id = $1 AND (last_used IS NULL OR last_used < $3)",
            values![id, at, stale],
        )
        .await?;
        Ok(())
    })
}

pub(super) async fn list(database: Arc<Database>, org: Option<String>, page: PageRequest) -> Result<Page<TokenEntry>> {
    let rows = database
        .rows(
            "SELECT seq, id, org, principal, role, note, author, created, expires, revoked, last_used FROM tokens
             WHERE ($1 IS NULL OR org = $1) AND seq < $2 ORDER BY seq DESC LIMIT $3",
            values![org.as_deref(), page.below(LIST)?, page.rows()],
        )
        .await?;
    let rows = rows.iter().map(|row| Ok((row.int("seq")?, entry(row)?)));
    Ok(page.by_number(LIST, rows.collect::<Result<_>>()?))
}

pub(super) async fn revoke(database: Arc<Database>, by: Caller, id: String) -> Result<TokenEntry> {
    let (by, id) = (&by, &id);
    transact!(database.begin_change(), tx => {
        let row = tx
            .row(
                "SELECT id, org, principal, role, note, author, created, expires, revoked, last_used FROM tokens
                 WHERE org = $1 AND id = $2",
                values![&by.org, id],
            )
            .await?;
        let mut entry = entry(&row)?;
        if entry.revoked.is_some() {
            return Ok(entry);
        }
        entry.revoked = Some(by.at);
        tx.execute(
            "UPDATE tokens SET revoked = $3 WHERE org = $1 AND id = $2",
            values![&by.org, id, by.at],
        )
        .await?;
        audit::note(tx, by, "token:revoke", id, &json!({ "principal": entry.principal })).await?;
        Ok(entry)
    })
}
