//! What analyses say alike: the names of stages, figures with their units.

use crate::figures::{self, separated};
use crate::phrases::{Phrase, Text};

/// Phrase code of the printed name of a stage.
pub fn stage_code(kind: &str) -> &'static str {
    match kind {
        "min_missed" => "report.stage_min_missed",
        "max_min_coverage" => "report.stage_max_min_coverage",
        "min_deviation" => "report.stage_min_deviation",
        "max_outcome_benefit" => "report.stage_max_outcome_benefit",
        "tie_break_coverage" => "report.stage_tie_break_coverage",
        _ => "report.stage_tie_break_fund",
    }
}

/// A plain decimal with four significant digits, without exponent: `0.002185`.
pub fn significant(value: f64) -> String {
    if value.abs() < 1e-12 {
        return "0".to_owned();
    }
    separated(&figures::significant(value, 4))
}

/// The value of a stage, or a change of it, with its unit.
pub fn with_unit(number: String, unit: &str) -> Text {
    match unit {
        "wan_yuan" => Phrase::new("report.in_wan").with("number", number).text(),
        _ => Text::same(number),
    }
}
