//! The audit log: every change, each row bound to the one before it by a hash.

use std::sync::Arc;

use serde_json::Value as Json;

use super::database::{Database, Row, Tx, transact, values};
use super::guards::is_guarded;
use super::names::sha256_of_parts;
use super::{Caller, Moment, Page, PageRequest, Result, StoreError};

/// One row of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// 1, 2, 3 … without gaps over all organisations.
    pub seq: i64,
    /// When.
    pub at: Moment,
    /// Organisation of the object.
    pub org: String,
    /// Principal who changed it.
    pub principal: String,
    /// What was done, such as `model:put`, `plan:approve`, `token:revoke`.
    pub action: String,
    /// Id of the object.
    pub object: String,
    /// What it became: hashes, versions, states, as JSON.
    pub detail: String,
    /// Id of the HTTP request, or `cli`.
    pub request: String,
    /// Hash of the row before, hexadecimal; 64 zeros for the first.
    pub previous: String,
    /// SHA-256 over the previous hash and every column of this row, hexadecimal.
    pub hash: String,
}

/// End of the chain at some time: written down elsewhere, it proves later that nothing before it was cut off or made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditHead {
    /// Number of the last row; 0 of an empty log.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
}

/// What the walk over the chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditVerdict {
    /// Rows that hold, from the first on.
    pub rows: i64,
    /// The end of the chain as the database keeps it.
    pub head: AuditHead,
    /// The first thing that does not hold.
    pub broken: Option<Break>,
}

/// Where and how the chain is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// Number of the row.
    pub seq: i64,
    /// How.
    pub kind: BreakKind,
}

/// How the chain is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakKind {
    /// A column of the row was changed: its own hash does not fit its content.
    Altered,
    /// The row does not name the hash of the row before it.
    Unlinked,
    /// The row is missing.
    Missing,
    /// A row stands where none was written: before the first or after the head.
    Surplus,
    /// The row cannot be read as text.
    Unreadable,
    /// The head's hash is not that of the last row.
    Head,
    /// The head is missing or not readable.
    NoHead,
    /// The head noted earlier is not in this chain.
    NotedHead,
    /// The triggers that refuse changes of the log are missing, switched off or others than those made with it.
    Unguarded,
}

/// A change that somebody was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Method and path of the request.
    pub target: String,
    /// Status of the answer.
    pub status: u16,
    /// Refusals before this one that have no row of their own, because there were too many.
    pub unlisted: u64,
}

const LIST: &str = "a";

/// Hash before the first row.
const ORIGIN: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Rows read at a time.
const CHUNK: i64 = 1000;

/// Hash of a row: over all its columns but the hash itself, the hash of the row before among them.
fn hash_of(row: &AuditRow) -> String {
    sha256_of_parts(&[
        "ecocomp audit 1",
        &row.previous,
        &row.seq.to_string(),
        &row.at.0.to_string(),
        &row.org,
        &row.principal,
        &row.action,
        &row.object,
        &row.detail,
        &row.request,
    ])
}

/// Appends a row about a change, in the transaction of the change.
pub(super) async fn note(tx: &mut Tx, by: &Caller, action: &str, object: &str, detail: &Json) -> Result<()> {
    let head = tx.optional("UPDATE audit_head SET seq = seq + 1 WHERE id = 1 RETURNING seq, hash", values![]).await?;
    let head = head.ok_or_else(|| StoreError::Failed("the head of the audit log is missing".to_owned()))?;
    let mut row = AuditRow {
        seq: head.int("seq")?,
        at: by.at,
        org: by.org.clone(),
        principal: by.principal.clone(),
        action: action.to_owned(),
        object: object.to_owned(),
        detail: detail.to_string(),
        request: by.request.clone(),
        previous: head.text("hash")?,
        hash: String::new(),
    };
    row.hash = hash_of(&row);
    tx.execute(
        "INSERT INTO audit (seq, at, org, principal, action, object, detail, request, previous, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        values![
            row.seq,
            row.at,
            &row.org,
            &row.principal,
            &row.action,
            &row.object,
            &row.detail,
            &row.request,
            &row.previous,
            &row.hash
        ],
    )
    .await?;
    tx.execute("UPDATE audit_head SET hash = $1 WHERE id = 1", values![&row.hash]).await?;
    Ok(())
}

/// Notes a refusal.
pub(super) async fn refuse(database: Arc<Database>, by: Caller, refusal: Refusal) -> Result<()> {
    let (by, refusal) = (&by, &refusal);
    let detail = &serde_json::json!({ "status": refusal.status, "unlisted_before": refusal.unlisted });
    transact!(database.begin_change(), tx => note(tx, by, "request:refuse", &refusal.target, detail).await)
}

fn row_of(row: &Row) -> Result<AuditRow> {
    Ok(AuditRow {
        seq: row.int("seq")?,
        at: row.moment("at")?,
        org: row.text("org")?,
        principal: row.text("principal")?,
        action: row.text("action")?,
        object: row.text("object")?,
        detail: row.text("detail")?,
        request: row.text("request")?,
        previous: row.text("previous")?,
        hash: row.text("hash")?,
    })
}

pub(super) async fn list(
    database: Arc<Database>,
    org: String,
    filter: AuditFilter,
    page: PageRequest,
) -> Result<Page<AuditRow>> {
    // An action is named whole (`plan:approve`) or by its beginning (`plan`).
    let begins = filter.action.as_ref().map(|action| format!("{}:%", action.replace(['%', '_', '\\'], "")));
    let rows = database
        .rows(
            "SELECT seq, at, org, principal, action, object, detail, request, previous, hash FROM audit
             WHERE org = $1 AND seq < $2 AND ($3 IS NULL OR principal = $3) AND ($4 IS NULL OR object = $4)
               AND ($5 IS NULL OR action = $5 OR action LIKE $6)
               AND ($7 IS NULL OR at >= $7) AND ($8 IS NULL OR at < $8)
             ORDER BY seq DESC LIMIT $9",
            values![
                &org,
                page.below(LIST)?,
                filter.principal.as_deref(),
                filter.object.as_deref(),
                filter.action.as_deref(),
                begins.as_deref(),
                filter.from,
                filter.to,
                page.rows()
            ],
        )
        .await?;
    let rows = rows.iter().map(|row| row_of(row).map(|row| (row.seq, row)));
    Ok(page.by_number(LIST, rows.collect::<Result<_>>()?))
}

/// Rows above a number, oldest first.
pub(super) async fn after(database: Arc<Database>, org: String, after: i64, limit: u32) -> Result<Vec<AuditRow>> {
    let rows = database
        .rows(
            "SELECT seq, at, org, principal, action, object, detail, request, previous, hash FROM audit
             WHERE org = $1 AND seq > $2 ORDER BY seq LIMIT $3",
            values![&org, after, i64::from(limit)],
        )
        .await?;
    rows.iter().map(row_of).collect()
}

/// Which rows a list shows; `None` shows all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only of this principal.
    pub principal: Option<String>,
    /// Only about this object.
    pub object: Option<String>,
    /// Only of this action, or of those that begin with this word (`plan`).
    pub action: Option<String>,
    /// Only from this moment on.
    pub from: Option<Moment>,
    /// Only before this moment.
    pub to: Option<Moment>,
}

/// The walk so far.
struct Walk {
    last: AuditHead,
    noted: Option<AuditHead>,
}

impl Walk {
    /// One row further, or how the chain breaks there.
    fn step(&mut self, seq: i64, row: Result<AuditRow>) -> std::result::Result<(), Break> {
        let expected = self.last.seq + 1;
        let broken = |seq, kind| Err(Break { seq, kind });
        if seq < expected {
            return broken(seq, BreakKind::Surplus);
        }
        if seq > expected {
            return broken(expected, BreakKind::Missing);
        }
        let Ok(row) = row else { return broken(seq, BreakKind::Unreadable) };
        // The row's own hash first: where `previous` alone was changed, the row is altered, and the one before it is whole.
        if row.hash != hash_of(&row) {
            return broken(seq, BreakKind::Altered);
        }
        if row.previous != self.last.hash {
            return broken(seq, BreakKind::Unlinked);
        }
        if self.noted.as_ref().is_some_and(|noted| noted.seq == seq && noted.hash != row.hash) {
            return broken(seq, BreakKind::NotedHead);
        }
        self.last = AuditHead { seq, hash: row.hash };
        Ok(())
    }

    /// The end of the walk against the head that the database keeps.
    fn close(&self, head: Option<&AuditHead>) -> Option<Break> {
        let broken = |seq, kind| Some(Break { seq, kind });
        match head {
            None => broken(self.last.seq, BreakKind::NoHead),
            Some(head) if head.seq > self.last.seq => broken(self.last.seq + 1, BreakKind::Missing),
            Some(head) if head.seq < self.last.seq => broken(head.seq + 1, BreakKind::Surplus),
            Some(head) if head.hash != self.last.hash => broken(head.seq, BreakKind::Head),
            Some(_) => match &self.noted {
                Some(noted) if noted.seq > self.last.seq => broken(noted.seq, BreakKind::NotedHead),
                _ => None,
            },
        }
    }
}

pub(super) async fn verify(database: Arc<Database>, noted: Option<AuditHead>) -> Result<AuditVerdict> {
    let mut tx = database.snapshot().await?;
    let kept = tx.optional("SELECT seq, hash FROM audit_head WHERE id = 1", values![]).await?;
    let head = kept.and_then(|row| Some(AuditHead { seq: row.int("seq").ok()?, hash: row.text("hash").ok()? }));
    let mut walk = Walk { last: AuditHead { seq: 0, hash: ORIGIN.to_owned() }, noted };
    let mut broken = match &walk.noted {
        Some(noted) if noted.seq == 0 && noted.hash != ORIGIN => Some(Break { seq: 0, kind: BreakKind::NotedHead }),
        _ => None,
    };
    let mut after = i64::MIN;
    while broken.is_none() {
        let rows = tx
            .rows(
                "SELECT seq, at, org, principal, action, object, detail, request, previous, hash FROM audit
                 WHERE seq > $1 ORDER BY seq LIMIT $2",
                values![after, CHUNK],
            )
            .await?;
        if rows.is_empty() {
            broken = walk.close(head.as_ref());
            break;
        }
        for row in &rows {
            after = row.int("seq")?;
            if let Err(found) = walk.step(after, row_of(row)) {
                broken = Some(found);
                break;
            }
        }
    }
    if broken.is_none() && !is_guarded(&mut tx).await? {
        broken = Some(Break { seq: walk.last.seq, kind: BreakKind::Unguarded });
    }
    let head = head.unwrap_or(AuditHead { seq: 0, hash: String::new() });
    Ok(AuditVerdict { rows: walk.last.seq, head, broken })
}
