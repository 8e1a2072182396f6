//! Documents of requests: TOML or JSON text becomes a request, or findings with the line and the nearest right key.

use serde::de::DeserializeOwned;

use crate::document::typed::{carried, json, unknown_or_missing};
use crate::finding::{Finding, Findings, Place};

/// Reads a request from TOML, or from JSON where the text begins with a brace.
///
/// # Errors
/// Text that is neither, unknown keys, values of the wrong kind; with their line.
pub fn document<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, Findings> {
    if text.trim().is_empty() {
        return Err(Finding::error("division.empty_file", Place::file(file)).into());
    }
    if text.trim_start().starts_with('{') {
        return json(text).map_err(|error| {
            let row = u64::try_from(error.line()).unwrap_or(0);
            wrong(file, row, &error.to_string())
        });
    }
    toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let row = u64::try_from(before.matches('\n').count() + 1).unwrap_or(0);
        wrong(file, row, error.message())
    })
}

/// What serde says, as a finding: unknown keys with the nearest known one.
fn wrong(file: &str, row: u64, message: &str) -> Findings {
    let place = Place::file(file).row(row);
    if let Some(finding) = unknown_or_missing(message, place.clone()) {
        return finding.into();
    }
    let first = message.lines().next().unwrap_or_default();
    Finding::error("division.document", place).with("why", carried(first).0).into()
}
