//! Runs: immutable, found by the hash of what was asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::database::{Database, Row, Tx, transact, values};
use super::names::{containing, fit, fit_hash, sha256, size};
use super::{
    Caller, Conflict, Expected, MOST_NAME_BYTES, Moment, Page, PageRequest, Put, Result, StoreError, Unfit, audit,
};

/// A run to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRun {
    /// Hash of model, data, changes and engine version, 64 hexadecimal digits; the id of the run in its organisation.
    pub hash: String,
    /// Name of the model, or what stands for it where it came inline.
    pub model: String,
    /// `optimal`, `infeasible` …: a word of the caller's, by which lists are filtered.
    pub status: String,
    /// Version of the engine that made it.
    pub engine: String,
    /// What was asked, so that it can be asked again: a document of the caller's.
    pub request: Vec<u8>,
    /// The record as it is answered, byte for byte.
    pub document: Vec<u8>,
    /// Short facts for lists (total, objective …): a document of the caller's.
    pub summary: String,
    /// Labels it starts with.
    pub labels: BTreeMap<String, String>,
}

/// What people say of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// What it is called; empty where nobody said.
    pub title: String,
    /// Remarks.
    pub note: String,
    /// Whether it stands on top of lists.
    pub is_pinned: bool,
}

/// A run without its documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunEntry {
    /// Id in the organisation.
    pub hash: String,
    /// Name of the model.
    pub model: String,
    /// `optimal`, `infeasible` …
    pub status: String,
    /// Version of the engine that made it.
    pub engine: String,
    /// SHA-256 of the record document, hexadecimal.
    pub document_hash: String,
    /// Bytes of the record document.
    pub document_size: i64,
    /// Short facts for lists.
    pub summary: String,
    /// Labels, which can be changed.
    pub labels: BTreeMap<String, String>,
    /// What people say of it, which can be changed too.
    pub about: About,
    /// Counts these changes from 1; the version for If-Match.
    pub revision: i64,
    /// Principal who asked first.
    pub author: String,
    /// When it was first asked.
    pub created: Moment,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Everything but the documents.
    pub entry: RunEntry,
    /// What was asked.
    pub request: Vec<u8>,
    /// The record, byte for byte as it was put.
    pub document: Vec<u8>,
}

/// Which runs a list shows; `None` shows all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Only of this model.
    pub model: Option<String>,
    /// Only of this status.
    pub status: Option<String>,
    /// Only with this label, and this value of it where one is given.
    pub label: Option<(String, Option<String>)>,
    /// Only pinned ones, or only others.
    pub pinned: Option<bool>,
    /// Only of this author.
    pub author: Option<String>,
    /// Only those in whose title, note, model or number this stands.
    pub text: Option<String>,
}

const LIST: &str = "r";

fn entry(row: &Row) -> Result<RunEntry> {
    let labels = row.text("labels")?;
    Ok(RunEntry {
        hash: row.text("hash")?,
        model: row.text("model")?,
        status: row.text("status")?,
        engine: row.text("engine")?,
        document_hash: row.text("document_hash")?,
        document_size: row.int("document_size")?,
        summary: row.text("summary")?,
        labels: serde_json::from_str(&labels).map_err(|error| StoreError::Failed(error.to_string()))?,
        about: About { title: row.text("title")?, note: row.text("note")?, is_pinned: row.int("pinned")? != 0 },
        revision: row.int("revision")?,
        author: row.text("author")?,
        created: row.moment("created")?,
    })
}

async fn find(tx: &mut Tx, org: &str, hash: &str) -> Result<Option<RunEntry>> {
    let row = tx
        .optional(
            "SELECT hash, model, status, engine, document_hash, document_size, summary, labels, title, note, pinned, revision, author, created
             FROM runs WHERE org = $1 AND hash = $2",
            values![org, hash],
        )
        .await?;
    row.as_ref().map(entry).transpose()
}

/// Labels as the row keeps them.
fn written(labels: &BTreeMap<String, String>) -> Result<String> {
    for (name, value) in labels {
        fit("label", name)?;
        if value.len() > MOST_NAME_BYTES {
            return Err(StoreError::Invalid { field: "label", why: Unfit::TooLong });
        }
    }
    serde_json::to_string(labels).map_err(|error| StoreError::Failed(error.to_string()))
}

/// The labels once more, one a row, to filter lists by.
async fn index_labels(tx: &mut Tx, org: &str, hash: &str, labels: &BTreeMap<String, String>) -> Result<()> {
    tx.execute("DELETE FROM run_labels WHERE org = $1 AND hash = $2", values![org, hash]).await?;
    for (name, value) in labels {
        tx.execute(
            "INSERT INTO run_labels (org, hash, name, value) VALUES ($1, $2, $3, $4)",
            values![org, hash, name, value],
        )
        .await?;
    }
    Ok(())
}

pub(super) async fn put(database: Arc<Database>, by: Caller, new: NewRun) -> Result<Put<RunEntry>> {
    fit_hash("hash", &new.hash)?;
    fit("model", &new.model)?;
    fit("status", &new.status)?;
    let labels = written(&new.labels)?;
    let wanted = RunEntry {
        document_hash: sha256(&new.document),
        document_size: size(&new.document),
        hash: new.hash,
        model: new.model,
        status: new.status,
        engine: new.engine,
        summary: new.summary,
        labels: new.labels,
        about: About::default(),
        revision: 1,
        author: by.principal.clone(),
        created: by.at,
    };
    let (by, wanted, labels, request, document) = (&by, &wanted, &labels, &new.request, &new.document);
    transact!(database.begin_change(), tx => {
        if let Some(there) = find(tx, &by.org, &wanted.hash).await? {
            if there.document_hash != wanted.document_hash {
                return Err(StoreError::Conflict(Conflict::RunDiffers));
            }
            return Ok(Put { value: there, is_new: false });
        }
        tx.execute(
            "INSERT INTO runs (org, hash, model, status, engine, document_hash, document_size, summary, labels, revision,
                                   author, created)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $11)",
            values![
                &by.org,
                &wanted.hash,
                &wanted.model,
                &wanted.status,
                &wanted.engine,
                &wanted.document_hash,
                wanted.document_size,
                &wanted.summary,
                labels,
                &by.principal,
                by.at
            ],
        )
        .await?;
        tx.execute(
            "INSERT INTO run_documents (org, hash, request, document) VALUES ($1, $2, $3, $4)",
            values![&by.org, &wanted.hash, request, document],
        )
        .await?;
        index_labels(tx, &by.org, &wanted.hash, &wanted.labels).await?;
        let detail = json!({ "model": wanted.model, "document_hash": wanted.document_hash, "labels": wanted.labels });
        audit::note(tx, by, "run:put", &wanted.hash, &detail).await?;
        Ok(Put { value: wanted.clone(), is_new: true })
    })
}

pub(super) async fn get(database: Arc<Database>, org: String, hash: String) -> Result<Run> {
    let row = database
        .row(
            "SELECT runs.hash AS hash, model, status, engine, document_hash, document_size, summary, labels, title, note, pinned, revision,
                    author, created, request, document
             FROM runs JOIN run_documents AS kept ON kept.org = runs.org AND kept.hash = runs.hash
             WHERE runs.org = $1 AND runs.hash = $2",
            values![&org, &hash],
        )
        .await?;
    Ok(Run { entry: entry(&row)?, request: row.bytes("request")?, document: row.bytes("document")? })
}

pub(super) async fn get_entry(database: Arc<Database>, org: String, hash: String) -> Result<RunEntry> {
    let row = database
        .row(
            "SELECT hash, model, status, engine, document_hash, document_size, summary, labels, title, note, pinned, revision, author, created
             FROM runs WHERE org = $1 AND hash = $2",
            values![&org, &hash],
        )
        .await?;
    entry(&row)
}

pub(super) async fn list(
    database: Arc<Database>,
    org: String,
    filter: RunFilter,
    page: PageRequest,
) -> Result<Page<RunEntry>> {
    let label = filter.label.as_ref().map(|(name, _)| name.as_str());
    let value = filter.label.as_ref().and_then(|(_, value)| value.as_deref());
    let pattern = filter.text.as_deref().map(containing);
    let rows = database
        .rows(
            "SELECT seq, hash, model, status, engine, document_hash, document_size, summary, labels, title, note, pinned, revision, author, created
             FROM runs
             WHERE org = $1 AND seq < $2 AND ($3 IS NULL OR model = $3) AND ($4 IS NULL OR status = $4)
               AND ($5 IS NULL OR EXISTS (SELECT 1 FROM run_labels AS label
                    WHERE label.org = runs.org AND label.hash = runs.hash AND label.name = $5
                      AND ($6 IS NULL OR label.value = $6)))
               AND ($7 IS NULL OR pinned = $7) AND ($8 IS NULL OR author = $8)
               AND ($9 IS NULL OR lower(title) LIKE $9 ESCAPE '\\' OR lower(note) LIKE $9 ESCAPE '\\'
                    OR lower(model) LIKE $9 ESCAPE '\\' OR hash LIKE $9 ESCAPE '\\')
             ORDER BY seq DESC LIMIT $10",
            values![
                &org,
                page.below(LIST)?,
                filter.model.as_deref(),
                filter.status.as_deref(),
                label,
                value,
                filter.pinned.map(i64::from),
                filter.author.as_deref(),
                pattern.as_deref(),
                page.rows()
            ],
        )
        .await?;
    let rows = rows.iter().map(|row| Ok((row.int("seq")?, entry(row)?)));
    Ok(page.by_number(LIST, rows.collect::<Result<_>>()?))
}

/// What people say of a run, said anew.
pub(super) async fn describe(
    database: Arc<Database>,
    by: Caller,
    hash: String,
    (about, labels): (About, BTreeMap<String, String>),
    expected: Expected,
) -> Result<RunEntry> {
    let text = written(&labels)?;
    let (by, hash, about, labels, expected, text) = (&by, &hash, &about, &labels, &expected, &text);
    transact!(database.begin_change(), tx => {
        let mut entry = find(tx, &by.org, hash).await?.ok_or(StoreError::NotFound)?;
        expected.check(Some(entry.revision))?;
        if entry.labels == *labels && entry.about == *about {
            return Ok(entry);
        }
        entry.revision += 1;
        entry.labels.clone_from(labels);
        entry.about.clone_from(about);
        tx.execute(
            "UPDATE runs SET labels = $3, title = $4, note = $5, pinned = $6, revision = $7 WHERE org = $1 AND hash = $2",
            values![
                &by.org,
                hash,
                text,
                &about.title,
                &about.note,
                i64::from(about.is_pinned),
                entry.revision
            ],
        )
        .await?;
        index_labels(tx, &by.org, hash, labels).await?;
        let detail = json!({ "revision": entry.revision, "title": about.title, "pinned": about.is_pinned, "labels": labels });
        audit::note(tx, by, "run:describe", hash, &detail).await?;
        Ok(entry)
    })
}

pub(super) async fn label(
    database: Arc<Database>,
    by: Caller,
    hash: String,
    labels: BTreeMap<String, String>,
    expected: Expected,
) -> Result<RunEntry> {
    let text = written(&labels)?;
    let (by, hash, labels, expected, text) = (&by, &hash, &labels, &expected, &text);
    transact!(database.begin_change(), tx => {
        let mut entry = find(tx, &by.org, hash).await?.ok_or(StoreError::NotFound)?;
        expected.check(Some(entry.revision))?;
        if entry.labels == *labels {
            return Ok(entry);
        }
        entry.revision += 1;
        entry.labels.clone_from(labels);
        tx.execute(
            "UPDATE runs SET labels = $3, revision = $4 WHERE org = $1 AND hash = $2",
            values![&by.org, hash, text, entry.revision],
        )
        .await?;
        index_labels(tx, &by.org, hash, labels).await?;
        let detail = json!({ "revision": entry.revision, "labels": labels });
        audit::note(tx, by, "run:label", hash, &detail).await?;
        Ok(entry)
    })
}

pub(super) async fn delete(database: Arc<Database>, by: Caller, hash: String) -> Result<()> {
    let (by, hash) = (&by, &hash);
    transact!(database.begin_change(), tx => {
        let entry = find(tx, &by.org, hash).await?.ok_or(StoreError::NotFound)?;
        let plan = tx
            .optional("SELECT id FROM plans WHERE org = $1 AND run = $2 LIMIT 1", values![&by.org, hash])
            .await?;
        if plan.is_some() {
            return Err(StoreError::Conflict(Conflict::RunInPlan));
        }
        tx.execute("DELETE FROM runs WHERE org = $1 AND hash = $2", values![&by.org, hash]).await?;
        let detail = json!({ "document_hash": entry.document_hash });
        audit::note(tx, by, "run:delete", hash, &detail).await
    })
}
