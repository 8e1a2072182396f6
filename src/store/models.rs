//! Model files in versions.

use std::sync::Arc;

use serde_json::json;

use super::database::{Database, Row, transact, values};
use super::names::{fit, sha256, size};
use super::versions::{Versioned, versioned};
use super::{Caller, Moment, Page, PageRequest, Put, Result, StoreError, audit};

/// What the caller believes the object to be before a change (If-Match, If-None-Match).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Whatever it is.
    Any,
    /// It does not exist yet (`If-None-Match: *`).
    Absent,
    /// It exists in some version (`If-Match: *`).
    Present,
    /// Its latest version is one of these.
    OneOf(Vec<i64>),
}

/// A model file to keep as the next version of its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewModel {
    /// Name, unique in the organisation.
    pub name: String,
    /// The model file (TOML) as it was sent.
    pub text: String,
    /// The latest version must be this.
    pub expected: Expected,
}

/// One version of a model, without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelEntry {
    /// Name, unique in the organisation.
    pub name: String,
    /// 1, 2, 3 …
    pub version: i64,
    /// SHA-256 of the text, hexadecimal.
    pub hash: String,
    /// Bytes of the text.
    pub size: i64,
    /// Principal who put it.
    pub author: String,
    /// When it was put.
    pub created: Moment,
}

/// One version of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelVersion {
    /// Everything but the text.
    pub entry: ModelEntry,
    /// The model file as it was sent.
    pub text: String,
}

impl Expected {
    /// Compares with the version there is.
    ///
    /// # Errors
    /// `Stale` where it is not what was expected.
    pub(super) fn check(&self, current: Option<i64>) -> Result<()> {
        let holds = match self {
            Self::Any => true,
            Self::Absent => current.is_none(),
            Self::Present => current.is_some(),
            Self::OneOf(versions) => current.is_some_and(|current| versions.contains(&current)),
        };
        if holds { Ok(()) } else { Err(StoreError::Stale { current }) }
    }
}

const MODELS: Versioned<ModelEntry> =
    versioned!("models", "name, version, hash, size, author, created", ("m", "mv"), entry, |entry| {
        (entry.name.clone(), entry.version)
    });

fn entry(row: &Row) -> Result<ModelEntry> {
    Ok(ModelEntry {
        name: row.text("name")?,
        version: row.int("version")?,
        hash: row.text("hash")?,
        size: row.int("size")?,
        author: row.text("author")?,
        created: row.moment("created")?,
    })
}

pub(super) async fn put(database: Arc<Database>, by: Caller, new: NewModel) -> Result<Put<ModelVersion>> {
    fit("name", &new.name)?;
    let hash = sha256(new.text.as_bytes());
    let (by, new, hash) = (&by, &new, &hash);
    transact!(database.begin_change(), tx => {
        let latest = MODELS.latest(tx, &by.org, &new.name).await?;
        new.expected.check(latest.as_ref().map(|latest| latest.version))?;
        let version = match latest {
            Some(latest) if latest.hash == *hash => {
                return Ok(Put { value: ModelVersion { entry: latest, text: new.text.clone() }, is_new: false });
            }
            Some(latest) => latest.version + 1,
            None => 1,
        };
        let entry = ModelEntry {
            name: new.name.clone(),
            version,
            hash: hash.clone(),
            size: size(new.text.as_bytes()),
            author: by.principal.clone(),
            created: by.at,
        };
        tx.execute(
            "INSERT INTO models (org, name, version, hash, size, author, created, text)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            values![
                &by.org,
                &entry.name,
                version,
                &entry.hash,
                entry.size,
                &entry.author,
                entry.created,
                &new.text
            ],
        )
        .await?;
        let detail = json!({ "version": version, "hash": hash });
        audit::note(tx, by, "model:put", &new.name, &detail).await?;
        Ok(Put { value: ModelVersion { entry, text: new.text.clone() }, is_new: true })
    })
}

pub(super) async fn get(
    database: Arc<Database>,
    org: String,
    name: String,
    version: Option<i64>,
) -> Result<ModelVersion> {
    let row = match version {
        Some(version) => {
            let sql = "SELECT name, version, hash, size, author, created, text FROM models
                       WHERE org = $1 AND name = $2 AND version = $3";
            database.row(sql, values![&org, &name, version]).await?
        }
        None => {
            let sql = "SELECT name, version, hash, size, author, created, text FROM models
                       WHERE org = $1 AND name = $2 ORDER BY version DESC LIMIT 1";
            database.row(sql, values![&org, &name]).await?
        }
    };
    Ok(ModelVersion { entry: entry(&row)?, text: row.text("text")? })
}

pub(super) async fn list(database: Arc<Database>, org: String, page: PageRequest) -> Result<Page<ModelEntry>> {
    MODELS.list(database, org, page).await
}

pub(super) async fn versions(
    database: Arc<Database>,
    org: String,
    name: String,
    page: PageRequest,
) -> Result<Page<ModelEntry>> {
    MODELS.versions(database, org, name, page).await
}
