//! Whether what a value below the detection limit counts as decides who pays what.

use std::collections::BTreeMap;

use crate::agreement::{Agreement, BelowDetection, Places};
use crate::dataset::table::Table;
use crate::finding::{Finding, Findings, Place};
use crate::phrases::{Phrase, Text};
use crate::settlement::document::Settlement;
use crate::settlement::{facts::Facts, outcome};

/// Beyond so many figures settling again under the other rules would take too long for a remark.
const FIGURES_MAX: usize = 300_000;
/// So many parties are named with what they would get.
const PARTIES_SHOWN: usize = 4;

/// A remark where another rule gives other amounts.
pub(super) fn below_detection(
    agreement: &Agreement,
    places: &Places<'_>,
    tables: &[Table],
    (facts, year): (&Facts, Option<i32>),
    settled: &Settlement,
) -> Option<Finding> {
    let written = agreement.data.below_detection.filter(|_| facts.below > 0 && facts.figures <= FIGURES_MAX)?;
    let rules = [BelowDetection::Zero, BelowDetection::Half, BelowDetection::Limit];
    let mut other = Vec::new();
    for rule in rules.into_iter().filter(|rule| *rule != written) {
        let mut changed = agreement.clone();
        changed.data.below_detection = Some(rule);
        match outcome(&changed, places, tables, year) {
            Ok(found) => other.extend(differs(settled, &found).map(|nets| told("settlement.by_rule", rule, nets))),
            Err(Findings(_)) => other.push(told("settlement.by_rule_none", rule, Text::same(""))),
        }
    }
    let nets: Vec<Text> = other;
    if nets.is_empty() {
        return None;
    }
    let (zh, en): (Vec<String>, Vec<String>) = nets.into_iter().map(|text| (text.zh, text.en)).unzip();
    Some(
        Finding::warning("settlement.detection_decides", Place::default().column("data.below_detection"))
            .with("count", facts.below.to_string())
            .with("rule", name(written))
            .with("others", Text { zh: zh.join(";"), en: en.join("; ") }),
    )
}

fn told(code: &'static str, rule: BelowDetection, nets: Text) -> Text {
    Phrase::new(code).with("rule", name(rule)).with("nets", nets).text()
}

fn name(rule: BelowDetection) -> Text {
    Phrase::new(match rule {
        BelowDetection::Zero => "settlement.rule_zero",
        BelowDetection::Half => "settlement.rule_half",
        BelowDetection::Limit => "settlement.rule_limit",
    })
    .text()
}

/// Nets of the parties that get something else; `None` where nobody does.
fn differs(settled: &Settlement, other: &Settlement) -> Option<Text> {
    let nets: BTreeMap<&str, i64> = settled.total.iter().map(|part| (part.party.as_str(), part.net_fen)).collect();
    let changed = other.total.iter().filter(|part| nets.get(part.party.as_str()) != Some(&part.net_fen));
    let (zh, en): (Vec<String>, Vec<String>) = changed
        .take(PARTIES_SHOWN)
        .map(|part| {
            let net = crate::units::Money::from_fen(part.net_fen);
            let text = Phrase::new("settlement.net_of").with("party", part.name.clone()).with("net", net).text();
            (text.zh, text.en)
        })
        .unzip();
    (!zh.is_empty()).then(|| Text { zh: zh.join("、"), en: en.join(", ") })
}
