//! Uploaded datasets in versions, with where they came from.

use super::{Expected, Moment};

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
#[derive(Debug, Clone, PartialEq, Eq)]
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
