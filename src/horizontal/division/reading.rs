//! Documents of requests: claims to divide, and games.

use std::collections::BTreeSet;

use crate::division::request::DivisionRequest;
use crate::document::tree::Value;
use crate::document::typed::{self, Document};
use crate::finding::{Finding, Findings, Place};

impl Document for DivisionRequest {
    const PAGE: &'static str = "docs/fair-division.md";
}

/// The keys of a document in TOML or JSON, by which claims and games are told apart.
///
/// # Errors
/// Text that is neither, with its line.
pub fn keys(file: &str, text: &str) -> Result<BTreeSet<String>, Findings> {
    if text.trim().is_empty() {
        return Err(Finding::error("division.empty_file", Place::file(file)).into());
    }
    Ok(match typed::tree(text, file)?.value {
        Value::Table(entries) => entries.into_iter().map(|(key, _)| key).collect(),
        _ => BTreeSet::new(),
    })
}

/// Reads a request.
///
/// # Errors
/// Everything that is wrong with it, with its line.
pub fn document<T: Document>(file: &str, text: &str) -> Result<T, Findings> {
    if text.trim().is_empty() {
        return Err(Finding::error("division.empty_file", Place::file(file)).into());
    }
    typed::read(text, file)
}
