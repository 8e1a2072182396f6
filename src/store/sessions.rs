//! Sessions: what a browser shows in place of its token, ended by idleness, by age, by hand or with the token.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::database::{Database, Row, transact, values};
use super::names::{is_equal, letters, random, sha256};
use super::{Caller, Moment, Page, PageRequest, Principal, Result, Role, StoreError, audit};

/// A session to open with a token that was recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Public part of the token.
    pub token: String,
    /// It ends where nothing is asked for so long.
    pub idle: Duration,
    /// It ends after so long, whatever is asked.
    pub whole: Duration,
}

/// A session as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionEntry {
    /// Public part, by which it is listed and ended.
    pub id: String,
    /// Public part of the token that it was opened with.
    pub token: String,
    /// Organisation.
    pub org: String,
    /// Who is in it.
    pub principal: String,
    /// When it was opened.
    pub created: Moment,
    /// When something was last asked in it, to a minute.
    pub seen: Moment,
    /// It ends where nothing is asked for so long.
    pub idle: Duration,
    /// When it ends at the latest.
    pub expires: Moment,
}

impl SessionEntry {
    /// When it ends where nothing more is asked.
    pub fn ends(&self) -> Moment {
        self.seen.plus(self.idle).min(self.expires)
    }
}

/// A session just opened, with the secret that goes into its cookie and is kept nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct OpenedSession {
    /// As lists show it.
    pub entry: SessionEntry,
    /// 256 random bits.
    pub secret: String,
}

impl fmt::Debug for OpenedSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenedSession").field("entry", &self.entry).finish_non_exhaustive()
    }
}

const LIST: &str = "s";

/// A sign of life is written again after so long, or after a quarter of the idle time.
const SEEN_KEPT: Duration = Duration::from_secs(60);

/// So many sessions that ran out are noted at a time.
const EXPIRED_MOST: i64 = 200;

fn entry(row: &Row) -> Result<SessionEntry> {
    Ok(SessionEntry {
        id: row.text("id")?,
        token: row.text("token")?,
        org: row.text("org")?,
        principal: row.text("principal")?,
        created: row.moment("created")?,
        seen: row.moment("seen")?,
        idle: Duration::from_micros(u64::try_from(row.int("idle")?).unwrap_or(0)),
        expires: row.moment("expires")?,
    })
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

pub(super) async fn open(database: Arc<Database>, by: Caller, new: NewSession) -> Result<OpenedSession> {
    let (id, secret) = (letters(&random::<8>()?), letters(&random::<32>()?));
    let entry = SessionEntry {
        id,
        token: new.token,
        org: by.org.clone(),
        principal: by.principal.clone(),
        created: by.at,
        seen: by.at,
        idle: new.idle,
        expires: by.at.plus(new.whole),
    };
    let hash = sha256(secret.as_bytes());
    let (by, kept, hash) = (&by, &entry, &hash);
    transact!(database.begin_change(), tx => {
        // The token is the caller's, and may have been revoked meanwhile.
        let token = tx
            .row(
                "SELECT id FROM tokens WHERE org = $1 AND id = $2 AND principal = $3 AND revoked IS NULL
                   AND (expires IS NULL OR expires > $4)",
                values![&by.org, &kept.token, &by.principal, by.at],
            )
            .await?
            .text("id")?;
        tx.execute(
            "INSERT INTO sessions (id, hash, token, org, principal, created, seen, idle, expires)
             VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8)",
            values![&kept.id, hash, &token, &kept.org, &kept.principal, kept.created, micros(kept.idle), kept.expires],
        )
        .await?;
        let detail = json!({ "token": token, "expires": kept.expires.to_string() });
        audit::note(tx, by, "session:open", &kept.id, &detail).await
    })?;
    Ok(OpenedSession { entry, secret })
}

/// The session is found by its hash, which is compared once more without an early end, as that of a token.
pub(super) async fn recognise(
    database: Arc<Database>,
    secret: String,
    at: Moment,
) -> Result<Option<(Principal, SessionEntry)>> {
    let hash = sha256(secret.as_bytes());
    let rows = database
        .rows(
            "SELECT s.id AS id, s.hash AS hash, s.token AS token, s.org AS org, s.principal AS principal,
                    s.created AS created, s.seen AS seen, s.idle AS idle, s.expires AS expires, t.role AS role
             FROM sessions AS s JOIN tokens AS t ON t.id = s.token
             WHERE s.hash = $1 AND s.ended IS NULL AND s.expires > $2 AND s.seen > $2 - s.idle
               AND t.revoked IS NULL AND (t.expires IS NULL OR t.expires > $2)",
            values![&hash, at],
        )
        .await?;
    let Some(row) = rows.first() else { return Ok(None) };
    if !is_equal(&row.text("hash")?, &hash) {
        return Ok(None);
    }
    let (entry, role) = (entry(row)?, row.text("role")?);
    let role = Role::of_word(&role).ok_or_else(|| StoreError::Failed(format!("unknown role {role}")))?;
    let stale = at.minus(SEEN_KEPT.min(entry.idle / 4));
    if entry.seen < stale {
        // Nobody waits for it; the next request tries again where it could not be written.
        tokio::spawn(note_seen(database, entry.id.clone(), at));
    }
    let principal =
        Principal { org: entry.org.clone(), name: entry.principal.clone(), role, token: entry.token.clone() };
    Ok(Some((principal, entry)))
}

async fn note_seen(database: Arc<Database>, id: String, at: Moment) -> Result<()> {
    let id = &id;
    transact!(database.begin_write(), tx => {
        tx.execute("UPDATE sessions SET seen = $2 WHERE id = $1 AND seen < $2", values![id, at]).await?;
        Ok(())
    })
}

pub(super) async fn list(
    database: Arc<Database>,
    (org, principal): (String, Option<String>),
    at: Moment,
    page: PageRequest,
) -> Result<Page<SessionEntry>> {
    let rows = database
        .rows(
            "SELECT s.seq AS seq, s.id AS id, s.token AS token, s.org AS org, s.principal AS principal,
                    s.created AS created, s.seen AS seen, s.idle AS idle, s.expires AS expires
             FROM sessions AS s JOIN tokens AS t ON t.id = s.token
             WHERE s.org = $1 AND ($2 IS NULL OR s.principal = $2) AND s.seq < $3
               AND s.ended IS NULL AND s.expires > $4 AND s.seen > $4 - s.idle
               AND t.revoked IS NULL AND (t.expires IS NULL OR t.expires > $4)
             ORDER BY s.seq DESC LIMIT $5",
            values![&org, principal.as_deref(), page.below(LIST)?, at, page.rows()],
        )
        .await?;
    let rows = rows.iter().map(|row| Ok((row.int("seq")?, entry(row)?)));
    Ok(page.by_number(LIST, rows.collect::<Result<_>>()?))
}

pub(super) async fn end(
    database: Arc<Database>,
    by: Caller,
    principal: Option<String>,
    id: String,
) -> Result<SessionEntry> {
    let (by, id, principal) = (&by, &id, principal.as_deref());
    transact!(database.begin_change(), tx => {
        let row = tx
            .row(
                "UPDATE sessions SET ended = $4
                 WHERE org = $1 AND id = $2 AND ($3 IS NULL OR principal = $3) AND ended IS NULL
                 RETURNING id, token, org, principal, created, seen, idle, expires",
                values![&by.org, id, principal, by.at],
            )
            .await?;
        let entry = entry(&row)?;
        audit::note(tx, by, "session:end", id, &json!({ "principal": entry.principal })).await?;
        Ok(entry)
    })
}

/// Notes those that ran out, and forgets those that ended long ago.
pub(super) async fn forget(database: Arc<Database>, at: Moment, before: Moment) -> Result<u64> {
    const RUN_OUT: &str = "SELECT id, token, org, principal, created, seen, idle, expires FROM sessions
         WHERE ended IS NULL AND (expires <= $1 OR seen <= $1 - idle) ORDER BY seq LIMIT $2";
    // A look before the lock of all changes is taken, which it mostly need not be.
    if !database.rows(RUN_OUT, values![at, EXPIRED_MOST]).await?.is_empty() {
        transact!(database.begin_change(), tx => {
            for row in tx.rows(RUN_OUT, values![at, EXPIRED_MOST]).await? {
                let entry = entry(&row)?;
                tx.execute("UPDATE sessions SET ended = $2 WHERE id = $1", values![&entry.id, entry.ends()]).await?;
                let by = Caller {
                    org: entry.org.clone(),
                    principal: "system".to_owned(),
                    at,
                    request: "housekeeping".to_owned(),
                };
                let detail = json!({ "principal": entry.principal, "ended": entry.ends().to_string() });
                audit::note(tx, &by, "session:expire", &entry.id, &detail).await?;
            }
            Ok(())
        })?;
    }
    transact!(database.begin_write(), tx => {
        tx.execute("DELETE FROM sessions WHERE ended < $1", values![before]).await
    })
}
