//! Model files in versions.

use super::Moment;

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
