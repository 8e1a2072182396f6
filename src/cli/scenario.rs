//! Scenarios and changes as the command line gives them.

use std::path::Path;

use crate::files;
use crate::finding::Findings;
use crate::scenario::Change;

/// The changes of stacked scenarios, then those written out.
///
/// # Errors
/// Everything that is wrong with either.
pub(super) fn changes(model: &Path, scenarios: &[String], written: &[String]) -> Result<Vec<Change>, Findings> {
    let mut changes = Vec::new();
    let mut findings = Vec::new();
    for word in scenarios {
        match files::scenario(model, word) {
            Ok(scenario) => changes.extend(scenario.changes()),
            Err(Findings(found)) => findings.extend(found),
        }
    }
    for text in written {
        match Change::parse(text) {
            Ok(change) => changes.push(change),
            Err(finding) => findings.push(finding),
        }
    }
    if findings.is_empty() { Ok(changes) } else { Err(Findings(findings)) }
}
