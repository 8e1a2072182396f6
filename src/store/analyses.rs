//! Documents of analyses, found by the hash of what was asked.

use std::sync::Arc;

use serde_json::json;

use super::database::{Database, Row, transact, values};
use super::names::{fit, fit_hash, size};
use super::{Caller, Moment, Page, PageRequest, Result, audit};

/// An analysis to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAnalysis {
    /// Hash of question, model, data, changes and engine version, 64 hexadecimal digits.
    pub hash: String,
    /// What it does: `frontier`, `sweep` …
    pub kind: String,
    /// Name of the model.
    pub model: String,
    /// Its document, byte for byte.
    pub document: Vec<u8>,
}

/// An analysis without its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalysisEntry {
    /// Hash of what was asked.
    pub hash: String,
    /// What it does.
    pub kind: String,
    /// Name of the model.
    pub model: String,
    /// Principal who asked first.
    pub author: String,
    /// When.
    pub created: Moment,
    /// Bytes of the document.
    pub size: i64,
}

const LIST: &str = "y";

fn entry(row: &Row) -> Result<AnalysisEntry> {
    Ok(AnalysisEntry {
        hash: row.text("hash")?,
        kind: row.text("kind")?,
        model: row.text("model")?,
        author: row.text("author")?,
        created: row.moment("created")?,
        size: row.int("size")?,
    })
}

/// Keeps a document; one that is there under its hash stays.
pub(super) async fn put(database: Arc<Database>, by: Caller, new: NewAnalysis) -> Result<()> {
    fit_hash("hash", &new.hash)?;
    fit("kind", &new.kind)?;
    fit("model", &new.model)?;
    let (by, new) = (&by, &new);
    transact!(database.begin_change(), tx => {
        let known = tx
            .optional("SELECT hash FROM analyses WHERE org = $1 AND hash = $2", values![&by.org, &new.hash])
            .await?;
        if known.is_some() {
            return Ok(());
        }
        tx.execute(
            "INSERT INTO analyses (org, hash, kind, model, author, created, size, document)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            values![
                &by.org,
                &new.hash,
                &new.kind,
                &new.model,
                &by.principal,
                by.at,
                size(&new.document),
                &new.document
            ],
        )
        .await?;
        audit::note(tx, by, "analysis:put", &new.hash, &json!({ "kind": new.kind, "model": new.model })).await
    })
}

pub(super) async fn get(database: Arc<Database>, org: String, hash: String) -> Result<(AnalysisEntry, Vec<u8>)> {
    let row = database
        .row(
            "SELECT hash, kind, model, author, created, size, document FROM analyses WHERE org = $1 AND hash = $2",
            values![&org, &hash],
        )
        .await?;
    Ok((entry(&row)?, row.bytes("document")?))
}

pub(super) async fn list(database: Arc<Database>, org: String, page: PageRequest) -> Result<Page<AnalysisEntry>> {
    let rows = database
        .rows(
            "SELECT seq, hash, kind, model, author, created, size FROM analyses
             WHERE org = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3",
            values![&org, page.below(LIST)?, page.rows()],
        )
        .await?;
    let rows = rows.iter().map(|row| Ok((row.int("seq")?, entry(row)?)));
    Ok(page.by_number(LIST, rows.collect::<Result<_>>()?))
}

/// Forgets of each organisation the oldest beyond so many bytes.
pub(super) async fn forget(database: Arc<Database>, bytes: i64) -> Result<u64> {
    transact!(database.begin_write(), tx => {
        tx.execute(
            "DELETE FROM analyses WHERE seq IN (
                 SELECT seq FROM (SELECT seq, SUM(size) OVER (PARTITION BY org ORDER BY seq DESC) AS all_newer FROM analyses)
                     AS summed WHERE all_newer > $1)",
            values![bytes],
        )
        .await
    })
}
