//! Work that can be given up between its steps.

use crate::finding::{Finding, Findings, Limit};

/// Goes on where `keep_going` says so.
///
/// # Errors
/// `solver.limit_interrupt` with the stage where it is to be given up.
pub(super) fn going(keep_going: &dyn Fn() -> bool, stage: &'static str) -> Result<(), Findings> {
    if keep_going() {
        return Ok(());
    }
    Err(Finding::limit(Limit::Interrupt, stage).into())
}
