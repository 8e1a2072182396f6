//! What a person should look at is said on standard error too, whatever becomes of the result.

use crate::cli::output::say;
use crate::cli::usage::Manner;
use crate::cli::waiting;
use crate::finding::{Finding, Findings};
use crate::phrases::{Lang, Phrase};
use crate::remark;
use crate::run::{self, Inputs, Prepared, Solved};

/// Reads and checks model, data and changes, and shows the warnings about them; where standard error is JSON, a failure holds
/// them instead.
///
/// # Errors
/// All findings where one is an error.
pub(super) fn prepare(inputs: &Inputs, manner: Manner) -> Result<Prepared, Findings> {
    let prepared = run::prepare(inputs)?;
    if !manner.json {
        show(&found(&prepared), manner.lang);
    }
    Ok(prepared)
}

/// Warnings about the inputs where they stand, row and all.
pub(super) fn found(prepared: &Prepared) -> Vec<Finding> {
    prepared.data_warnings.iter().chain(&prepared.warnings).cloned().collect()
}

/// Shows what a plan does that nobody expects.
pub(super) fn of_plan(solved: &Solved, manner: Manner) {
    if !manner.json {
        show(&remark::of_plan(solved), manner.lang);
    }
}

/// Shows warnings on standard error.
pub(super) fn show(warnings: &[Finding], lang: Lang) {
    waiting::pause();
    for warning in warnings {
        let word = Phrase::new("cli.warning").render(lang);
        say(&format!("{word}: {}", warning.render(lang)));
    }
}
