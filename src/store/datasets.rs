//! Uploaded datasets in versions, with where they came from.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::database::{Database, Row, transact, values};
use super::names::{fit, sha256, sha256_of_parts, size};
use super::versions::{Versioned, versioned};
use super::{Caller, Expected, Moment, Page, PageRequest, Put, Result, StoreError, Unfit, audit};

/// One file of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Name within the dataset, such as `areas.csv`.
    pub name: String,
    /// Its bytes as they were sent.
    pub bytes: Vec<u8>,
}

/// A dataset to keep as the next version of its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDataset {
    /// Name, unique in the organisation.
    pub name: String,
    /// Its files; every name once.
    pub files: Vec<StoredFile>,
    /// Where it comes from, as the uploader says: source, licence, remarks. A document of the caller's, kept as it is.
    pub provenance: String,
    /// The latest version must be this.
    pub expected: Expected,
}

/// What is known of a file without its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Name within the dataset.
    pub name: String,
    /// SHA-256 of the bytes, hexadecimal.
    pub hash: String,
    /// Number of bytes.
    pub size: i64,
}

/// One version of a dataset, without the bytes of its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetEntry {
    /// Name, unique in the organisation.
    pub name: String,
    /// 1, 2, 3 …
    pub version: i64,
    /// SHA-256 over names and hashes of the files in the order of their names, hexadecimal.
    pub hash: String,
    /// Bytes of all files.
    pub size: i64,
    /// As the uploader gave it.
    pub provenance: String,
    /// Principal who uploaded it.
    pub author: String,
    /// When it was uploaded.
    pub created: Moment,
    /// The files in the order of their names.
    pub files: Vec<FileEntry>,
}

const DATASETS: Versioned<DatasetEntry> = versioned!(
    "datasets",
    "name, version, hash, size, provenance, author, created, files",
    ("d", "dv"),
    entry,
    |entry| { (entry.name.clone(), entry.version) }
);

fn entry(row: &Row) -> Result<DatasetEntry> {
    let files = row.text("files")?;
    Ok(DatasetEntry {
        name: row.text("name")?,
        version: row.int("version")?,
        hash: row.text("hash")?,
        size: row.int("size")?,
        provenance: row.text("provenance")?,
        author: row.text("author")?,
        created: row.moment("created")?,
        files: serde_json::from_str(&files).map_err(|error| StoreError::Failed(error.to_string()))?,
    })
}

/// The files in the order of their names, and what lists show of them.
fn described(mut files: Vec<StoredFile>) -> Result<(Vec<StoredFile>, Vec<FileEntry>)> {
    files.sort_by(|a, b| a.name.cmp(&b.name));
    for file in &files {
        fit("file", &file.name)?;
    }
    if files.is_empty() {
        return Err(StoreError::Invalid { field: "files", why: Unfit::Empty });
    }
    if files.windows(2).any(|pair| matches!(pair, [a, b] if a.name == b.name)) {
        return Err(StoreError::Invalid { field: "files", why: Unfit::Twice });
    }
    let describe =
        |file: &StoredFile| FileEntry { name: file.name.clone(), hash: sha256(&file.bytes), size: size(&file.bytes) };
    let entries = files.iter().map(describe).collect();
    Ok((files, entries))
}

pub(super) async fn put(database: Arc<Database>, by: Caller, new: NewDataset) -> Result<Put<DatasetEntry>> {
    fit("name", &new.name)?;
    let (files, entries) = described(new.files)?;
    let parts: Vec<&str> = entries.iter().flat_map(|file| [file.name.as_str(), file.hash.as_str()]).collect();
    let wanted = DatasetEntry {
        name: new.name,
        version: 1,
        hash: sha256_of_parts(&parts),
        size: entries.iter().fold(0, |sum: i64, file| sum.saturating_add(file.size)),
        provenance: new.provenance,
        author: by.principal.clone(),
        created: by.at,
        files: entries,
    };
    let listed = serde_json::to_string(&wanted.files).map_err(|error| StoreError::Failed(error.to_string()))?;
    let (by, expected, wanted, files, listed) = (&by, &new.expected, &wanted, &files, &listed);
    transact!(database.begin_change(), tx => {
        let latest = DATASETS.latest(tx, &by.org, &wanted.name).await?;
        expected.check(latest.as_ref().map(|latest| latest.version))?;
        let mut entry = wanted.clone();
        if let Some(latest) = latest {
            if latest.hash == wanted.hash && latest.provenance == wanted.provenance {
                return Ok(Put { value: latest, is_new: false });
            }
            entry.version = latest.version + 1;
        }
        tx.execute(
            "INSERT INTO datasets (org, name, version, hash, size, provenance, author, created, files)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            values![
                &by.org,
                &entry.name,
                entry.version,
                &entry.hash,
                entry.size,
                &entry.provenance,
                &entry.author,
                entry.created,
                listed
            ],
        )
        .await?;
        for file in files {
            tx.execute(
                "INSERT INTO dataset_files (org, name, version, file, bytes) VALUES ($1, $2, $3, $4, $5)",
                values![&by.org, &entry.name, entry.version, &file.name, &file.bytes],
            )
            .await?;
        }
        let provenance = sha256(entry.provenance.as_bytes());
        let detail = json!({ "version": entry.version, "hash": entry.hash, "provenance_hash": provenance });
        audit::note(tx, by, "dataset:put", &entry.name, &detail).await?;
        Ok(Put { value: entry, is_new: true })
    })
}

pub(super) async fn get(
    database: Arc<Database>,
    org: String,
    name: String,
    version: Option<i64>,
) -> Result<DatasetEntry> {
    DATASETS.find(&mut database.snapshot().await?, &org, &name, version).await
}

pub(super) async fn files(
    database: Arc<Database>,
    org: String,
    name: String,
    version: Option<i64>,
) -> Result<(DatasetEntry, Vec<StoredFile>)> {
    let mut tx = database.snapshot().await?;
    let entry = DATASETS.find(&mut tx, &org, &name, version).await?;
    let rows = tx
        .rows(
            "SELECT file, bytes FROM dataset_files WHERE org = $1 AND name = $2 AND version = $3 ORDER BY file",
            values![&org, &name, entry.version],
        )
        .await?;
    let file = |row: &Row| Ok(StoredFile { name: row.text("file")?, bytes: row.bytes("bytes")? });
    Ok((entry, rows.iter().map(file).collect::<Result<_>>()?))
}

pub(super) async fn list(database: Arc<Database>, org: String, page: PageRequest) -> Result<Page<DatasetEntry>> {
    DATASETS.list(database, org, page).await
}

pub(super) async fn versions(
    database: Arc<Database>,
    org: String,
    name: String,
    page: PageRequest,
) -> Result<Page<DatasetEntry>> {
    DATASETS.versions(database, org, name, page).await
}
