//! Scenarios and changes as the command line gives them.

use std::path::Path;

use crate::files;
use crate::finding::Findings;
use crate::scenario::{self, Change};

/// The changes of stacked scenarios, then those written out.
///
/// # Errors
/// Everything that is wrong with either.
pub(super) fn changes(model: &Path, scenarios: &[String], written: &[String]) -> Result<Vec<Change>, Findings> {
    let mut stack = Vec::new();
    let mut findings = Vec::new();
    for word in scenarios {
        match files::scenario(model, word) {
            Ok(scenario) => stack.push(scenario),
            Err(Findings(found)) => findings.extend(found),
        }
    }
    let mut changes = scenario::stacked(&stack);
    for text in written {
        match Change::parse(text) {
            Ok(change) => changes.push(change),
            Err(finding) => findings.push(finding),
        }
    }
    if findings.is_empty() { Ok(changes) } else { Err(Findings(findings)) }
}
