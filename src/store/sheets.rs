//! Small documents in versions: scenarios that users save, and maps. What is in them is no business of the store.

use std::sync::Arc;

use serde_json::json;

use super::database::{Database, Row, Tx, transact, values};
use super::names::{fit, sha256, size};
use super::{Caller, Expected, Moment, Page, PageRequest, Put, Result, StoreError, audit};

/// A sheet to keep as the next version of its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSheet {
    /// What it is: `scenario`, `map` …
    pub kind: String,
    /// Name, unique among those of its kind in the organisation.
    pub name: String,
    /// Its text.
    pub text: String,
    /// The latest version must be this.
    pub expected: Expected,
}

/// One version of a sheet, without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetEntry {
    /// Name.
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

/// One version of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Everything but the text.
    pub entry: SheetEntry,
    /// The text.
    pub text: String,
}

const LIST: &str = "h";

fn entry(row: &Row) -> Result<SheetEntry> {
    Ok(SheetEntry {
        name: row.text("name")?,
        version: row.int("version")?,
        hash: row.text("hash")?,
        size: row.int("size")?,
        author: row.text("author")?,
        created: row.moment("created")?,
    })
}

async fn newest(tx: &mut Tx, (org, kind, name): (&str, &str, &str)) -> Result<Option<Sheet>> {
    let row = tx
        .optional(
            "SELECT name, version, hash, size, author, created, text FROM sheets
             WHERE org = $1 AND kind = $2 AND name = $3 ORDER BY version DESC LIMIT 1",
            values![org, kind, name],
        )
        .await?;
    row.as_ref().map(|row| Ok(Sheet { entry: entry(row)?, text: row.text("text")? })).transpose()
}

pub(super) async fn put(database: Arc<Database>, by: Caller, new: NewSheet) -> Result<Put<Sheet>> {
    fit("kind", &new.kind)?;
    fit("name", &new.name)?;
    let (by, new) = (&by, &new);
    transact!(database.begin_change(), tx => {
        let latest = newest(tx, (&by.org, &new.kind, &new.name)).await?;
        new.expected.check(latest.as_ref().map(|latest| latest.entry.version))?;
        let version = match latest {
            Some(latest) if latest.text == new.text => return Ok(Put { value: latest, is_new: false }),
            Some(latest) => latest.entry.version + 1,
            None => 1,
        };
        let entry = SheetEntry {
            name: new.name.clone(),
            version,
            hash: sha256(new.text.as_bytes()),
            size: size(new.text.as_bytes()),
            author: by.principal.clone(),
            created: by.at,
        };
        tx.execute(
            "INSERT INTO sheets (org, kind, name, version, hash, size, author, created, text)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            values![
                &by.org,
                &new.kind,
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
        let detail = json!({ "version": version, "hash": entry.hash });
        audit::note(tx, by, &format!("{}:put", new.kind), &new.name, &detail).await?;
        Ok(Put { value: Sheet { entry, text: new.text.clone() }, is_new: true })
    })
}

pub(super) async fn get(
    database: Arc<Database>,
    (org, kind, name): (String, String, String),
    version: Option<i64>,
) -> Result<Sheet> {
    let row = database
        .row(
            "SELECT name, version, hash, size, author, created, text FROM sheets
             WHERE org = $1 AND kind = $2 AND name = $3 AND ($4 IS NULL OR version = $4) ORDER BY version DESC LIMIT 1",
            values![&org, &kind, &name, version],
        )
        .await?;
    Ok(Sheet { entry: entry(&row)?, text: row.text("text")? })
}

pub(super) async fn list(
    database: Arc<Database>,
    (org, kind): (String, String),
    page: PageRequest,
) -> Result<Page<SheetEntry>> {
    let rows = database
        .rows(
            "SELECT name, version, hash, size, author, created FROM sheets AS latest
             WHERE org = $1 AND kind = $2 AND name > $3 AND version =
                 (SELECT MAX(version) FROM sheets AS every
                  WHERE every.org = latest.org AND every.kind = latest.kind AND every.name = latest.name)
             ORDER BY name LIMIT $4",
            values![&org, &kind, &page.after(LIST)?, page.rows()],
        )
        .await?;
    let rows = rows.iter().map(|row| entry(row).map(|entry| (entry.name.clone(), entry)));
    Ok(page.by_name(LIST, rows.collect::<Result<_>>()?))
}

pub(super) async fn delete(
    database: Arc<Database>,
    by: Caller,
    (kind, name): (String, String),
    expected: Expected,
) -> Result<()> {
    let (by, kind, name, expected) = (&by, &kind, &name, &expected);
    transact!(database.begin_change(), tx => {
        let latest = newest(tx, (&by.org, kind, name)).await?.ok_or(StoreError::NotFound)?;
        expected.check(Some(latest.entry.version))?;
        tx.execute(
            "DELETE FROM sheets WHERE org = $1 AND kind = $2 AND name = $3",
            values![&by.org, kind, name],
        )
        .await?;
        let detail = json!({ "version": latest.entry.version, "hash": latest.entry.hash });
        audit::note(tx, by, &format!("{kind}:delete"), name, &detail).await
    })
}
