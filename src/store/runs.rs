//! Runs: immutable, found by the hash of what was asked.

use std::collections::BTreeMap;

use super::Moment;

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
    /// Labels, which alone can be changed.
    pub labels: BTreeMap<String, String>,
    /// Counts the changes of the labels from 1; the version for If-Match.
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
}
