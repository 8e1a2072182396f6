//! Scenarios and changes as the command line gives them.

use std::io::Write as _;
use std::path::Path;

use crate::files;
use crate::finding::Findings;
use crate::phrases::Lang;
use crate::report::table;
use crate::scenario::{self, Change, Difference};

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

/// When resolved differences are shown on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notice {
    /// Before solving.
    Before(Lang),
    /// Only where solving fails: the result itself begins with them.
    OnFailure(Lang),
    /// Never: standard error is JSON.
    Never,
}

impl Notice {
    /// Shows the differences if now is the time.
    pub(super) fn show(self, differences: &[Difference], failed: bool) {
        let lang = match (self, failed) {
            (Self::Before(lang), false) | (Self::OnFailure(lang), true) => lang,
            _ => return,
        };
        let _ = write!(std::io::stderr(), "{}", table::changes(differences, lang));
    }
}
