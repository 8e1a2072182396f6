//! The `[[objective]]` section: the stages in order.

use crate::document::sections::{Reader, Section};
use crate::document::tree::Node;
use crate::finding::Finding;
use crate::phrases::Phrase;
use crate::program::{Norm, Stage, Value};
use crate::units::Decimal;

/// Reads the stages; at least one is needed.
pub(super) fn read(reader: &Reader, node: Option<&Node>, root: &Section<'_>) -> Vec<Stage> {
    let Some(node) = node else {
        reader.report(Finding::error("policy.key_missing", root.place()).with("key", "objective"));
        return Vec::new();
    };
    let items = reader.list(node, "objective");
    let mut stages: Vec<Stage> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let Some(section) = reader.section(item, format!("objective[{}]", index + 1)) else { continue };
        let settled =
            |stage: &Stage| matches!(stage, Stage::MaxMinCoverage { slack, all_levels: true } if *slack == 0.0);
        if stages.iter().any(settled) {
            let finding = Finding::warning("policy.no_freedom", section.place());
            reader.report(finding.with("stage", (index + 1).to_string()));
        }
        if let Some(stage) = stage(reader, &section) {
            stages.push(stage);
        }
        section.finish();
    }
    if items.is_empty() {
        reader.report(
            Finding::error("policy.none", reader.place(node.line, "objective"))
                .with("what", Phrase::new("policy.what_objective").text()),
        );
    }
    stages
}

const WORDS: &[(&str, u8)] =
    &[("max_min_coverage", 0), ("min_deviation", 1), ("max_outcome_benefit", 2), ("min_missed", 3)];

fn stage(reader: &Reader, section: &Section<'_>) -> Option<Stage> {
    section.need("kind")?;
    let kind = section.choice("kind", WORDS)?;
    let slack = match kind {
        3 => 0.0,
        _ => slack(reader, section)?,
    };
    match kind {
        0 => {
            let all_levels = section.choice("levels", &[("all", true), ("worst", false)]).unwrap_or(true);
            Some(Stage::MaxMinCoverage { slack, all_levels })
        }
        1 => {
            let norm = section.choice("norm", &[("l1", Norm::L1), ("linf", Norm::Linf)]).unwrap_or(Norm::L1);
            Some(Stage::MinDeviation { norm, slack })
        }
        2 => {
            let words = [("gep_times_outcome", Value::GepTimesOutcome), ("gep", Value::Gep)];
            let value = section.choice("value", &words).unwrap_or(Value::GepTimesOutcome);
            let returns = returns(reader, section)?;
            Some(Stage::MaxOutcomeBenefit { returns, value, slack })
        }
        _ => Some(Stage::MinMissed),
    }
}

fn slack(reader: &Reader, section: &Section<'_>) -> Option<f64> {
    let slack = match section.get("slack") {
        Some(node) => reader.decimal(node, &section.at("slack"))?,
        None => Decimal::ZERO,
    };
    if slack.is_negative() {
        reader.report(Finding::error("policy.negative", section.place_of("slack")).with("value", slack.to_string()));
        return None;
    }
    // A slack of 1 gives the whole of an objective away: 5 was meant as "5%".
    if slack >= Decimal::ONE {
        reader.report(Finding::error("policy.slack_above", section.place_of("slack")).with("value", slack.to_string()));
        return None;
    }
    Some(slack.to_f64())
}

/// `[[coverage, slope], …]`: coverage rises, slopes do not, both positive.
fn returns(reader: &Reader, section: &Section<'_>) -> Option<Vec<(f64, f64)>> {
    let node = section.need("returns")?;
    let path = section.at("returns");
    let mut steps: Vec<(Decimal, Decimal)> = Vec::new();
    for (index, item) in reader.list(node, &path).iter().enumerate() {
        let [until, slope] = reader.list(item, &path) else {
            reader.report(Finding::error("policy.step_form", reader.place(item.line, &path)));
            return None;
        };
        let (until, slope) = (reader.decimal(until, &path)?, reader.decimal(slope, &path)?);
        let rises = steps.last().is_none_or(|(last, _)| *last < until) && until > Decimal::ZERO;
        let falls = steps.last().is_none_or(|(_, last)| *last >= slope) && slope > Decimal::ZERO;
        if !rises || !falls {
            let place = reader.place(item.line, &path);
            reader.report(Finding::error("policy.returns_order", place).with("step", (index + 1).to_string()));
            return None;
        }
        steps.push((until, slope));
    }
    if steps.is_empty() {
        reader.report(
            Finding::error("policy.none", reader.place(node.line, &path))
                .with("what", Phrase::new("policy.what_step").text()),
        );
        return None;
    }
    Some(steps.into_iter().map(|(until, slope)| (until.to_f64(), slope.to_f64())).collect())
}
