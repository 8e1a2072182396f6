//! Each rule in words: what, of which cells, within which bounds.

use num_traits::Signed;

use crate::dataset::Quantity;
use crate::figures::exact_percent as percent;
use crate::phrases::{Phrase, Text};
use crate::rules::band::Band;
use crate::rules::frame::Frame;
use crate::rules::naming::{figure_text, joined, listed};
use crate::rules::selection::{Per, Selection};
use crate::rules::{RuleKind, cap, channel, corridor, floor, unit_standard};
use crate::units::{Decimal, Exact};

impl RuleKind {
    /// The rule in words; areas are called as the model calls them.
    pub fn describe(&self, frame: &Frame) -> Phrase {
        let area = &frame.area_label;
        match self {
            Self::UnitStandard(unit_standard::UnitStandard(band)) => of_band("rules.unit_standard", band, area),
            Self::Floor(floor::Floor(band)) => of_band("rules.floor", band, area),
            Self::Cap(cap::Cap(band)) => of_band("rules.cap", band, area),
            Self::Corridor(corridor::Corridor(band)) => of_band("rules.corridor", band, area),
            Self::Share(rule) => Phrase::new("rules.share")
                .with("of", words(&rule.of))
                .with("within", share_within(&rule.within, rule.per, area))
                .with("band", percent_sides(&rule.at_least, &rule.at_most)),
            Self::OutcomeGate(rule) => Phrase::new("rules.outcome_gate")
                .with("of", scope(&rule.of, Per::Cell, area))
                .with("below", rule.below.to_string())
                .with("measure", rule.at_most.text()),
            Self::OutcomeOrder(rule) => Phrase::new("rules.outcome_order")
                .with("of", words(&rule.of))
                .with("tolerance", rule.tolerance.to_string()),
            Self::PerHead(rule) => {
                let ratio = rule.ratio_at_most.to_string();
                Phrase::new("rules.per_head")
                    .with("of", words(&rule.of))
                    .with("ratio", ratio)
                    .with("area", area.clone())
            }
            Self::Channel(rule) => {
                let part = |channel: &channel::Use| {
                    let share = percent(&channel.share);
                    Text { zh: format!("{} {share}", channel.label.zh), en: format!("{} {share}", channel.label.en) }
                };
                let parts: Vec<Text> = rule.shares.iter().map(part).collect();
                Phrase::new("rules.channel").with("of", scope(&rule.of, rule.per, area)).with("shares", listed(&parts))
            }
            Self::Linear(rule) => {
                let side = |bound: &Option<(String, Decimal)>, sign: &str| {
                    bound.as_ref().map(|(_, yuan)| {
                        let money = figure_text(*yuan, Quantity::Money);
                        Text { zh: format!("{sign} {}", money.zh), en: format!("{sign} {}", money.en) }
                    })
                };
                let sides = [side(&rule.at_least, "≥"), side(&rule.at_most, "≤")];
                Phrase::new("rules.linear")
                    .with("sum", weighted(&rule.terms))
                    .with("band", joined(&sides.into_iter().flatten().collect::<Vec<_>>(), ", "))
            }
            Self::Deduction(rule) => Phrase::new("rules.deduction")
                .with("of", scope(&rule.of, rule.per, area))
                .with("grades", rule.words())
                .with("base", crate::rules::naming::figure_name(&rule.against))
                .with("pot", rule.pot_words()),
            Self::Fixed(rule) => {
                let code = match (rule.is_withdrawal, rule.by.is_empty()) {
                    (true, _) => "rules.withdrawal",
                    (_, true) => "rules.override",
                    _ => "rules.override_by",
                };
                Phrase::new(code)
                    .with("of", words(&rule.of))
                    .with("amount", rule.text(frame))
                    .with("reason", &rule.reason)
                    .with("by", &rule.by)
                    .with("area", area.clone())
            }
            Self::Paid(rule) => Phrase::new(if rule.recall { "rules.paid_withdrawn" } else { "rules.paid" })
                .with("area", area.clone())
                .with("count", rule.least.len().to_string()),
        }
    }
}

fn of_band(code: &'static str, band: &Band, area: &Text) -> Phrase {
    Phrase::new(code).with("of", scope(&band.of, band.per, area)).with("band", band.text())
}

/// The selection in words; everything is called so.
fn words(selection: &Selection) -> Text {
    selection.words.clone().unwrap_or_else(|| Phrase::new("rules.everything").text())
}

/// The selection and what its groups are.
fn scope(selection: &Selection, per: Per, area: &Text) -> Text {
    let per_phrase = Phrase::new(match per {
        Per::Cell => "rules.per_cell",
        Per::Area => "rules.per_area",
        Per::Ecosystem => "rules.per_ecosystem",
        Per::Total => "rules.per_total",
    })
    .with("area", area.clone());
    match &selection.words {
        None => per_phrase.text(),
        Some(words) if per == Per::Total => words.clone(),
        Some(words) => Phrase::new("rules.scope").with("of", words.clone()).with_phrase("per", &per_phrase).text(),
    }
}

fn share_within(within: &Selection, per: Per, area: &Text) -> Text {
    match per {
        Per::Total | Per::Cell => words(within),
        Per::Area => Phrase::new("rules.within_area").with("of", words(within)).with("area", area.clone()).text(),
        Per::Ecosystem => Phrase::new("rules.within_ecosystem").with("of", words(within)).text(),
    }
}

fn percent_sides(at_least: &Option<(String, Decimal)>, at_most: &Option<(String, Decimal)>) -> String {
    let side = |bound: &Option<(String, Decimal)>, sign: &str| {
        bound.as_ref().map(|(_, share)| format!("{sign} {}", percent(share)))
    };
    [side(at_least, "≥"), side(at_most, "≤")].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// `林地 − 1.5 × 基本农田`.
fn weighted(terms: &[(Selection, Decimal)]) -> Text {
    let one = Exact::from_integer(1.into());
    let mut sum = Text::same("");
    for (position, (selection, times)) in terms.iter().enumerate() {
        let negative = times.is_negative();
        let sign = match (position, negative) {
            (0, false) => "",
            (0, true) => "−",
            (_, false) => " + ",
            (_, true) => " − ",
        };
        let size = times.exact().abs();
        let factor =
            if size == one { String::new() } else { format!("{} × ", times.to_string().trim_start_matches('-')) };
        let words = words(selection);
        sum.zh.push_str(&format!("{sign}{factor}{}", words.zh));
        sum.en.push_str(&format!("{sign}{factor}{}", words.en));
    }
    sum
}
