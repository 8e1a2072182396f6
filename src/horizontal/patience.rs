//! Work that can be given up between its steps.

use crate::finding::{Finding, Findings, Limit};
use crate::phrases::{Phrase, Text};

/// Goes on where `keep_going` says so.
///
/// # Errors
/// `solver.limit_interrupt` with the stage where it is to be given up.
pub(super) fn going(keep_going: &dyn Fn() -> bool, stage: &'static str) -> Result<(), Findings> {
    if keep_going() { Ok(()) } else { Err(interrupted(stage).into()) }
}

/// That work was given up at a stage.
pub(super) fn interrupted(stage: &'static str) -> Finding {
    Finding::limit(Limit::Interrupt, phase(stage))
}

/// A phase of a search as people call it; a word of our own where it has no other name.
pub(super) fn phase(word: &'static str) -> Text {
    let code = match word {
        "bargain" => "bargain.phase",
        "cooperative" => "cooperative.phase",
        "division" => "division.phase",
        "negotiate" => "negotiate.phase",
        "feasibility" => "payment.phase_feasibility",
        "impasse" | "concessions" => "payment.phase_impasse",
        "top_up" => "payment.phase_top_up",
        "least_top_up" => "payment.name_least_top_up",
        "max_min_surplus" => "payment.name_max_min",
        "share_deviation" => "payment.name_shares",
        "fewest_payments" => "payment.name_fewest",
        "least_payments" => "payment.name_least",
        "tie_break" => "payment.name_tie_break",
        _ => return Text::same(word),
    };
    Phrase::new(code).text()
}

/// Whether a finding says that time was up or someone asked to stop: no fault of the input.
pub(super) fn is_limit(finding: &Finding) -> bool {
    finding.limit.is_some()
}
