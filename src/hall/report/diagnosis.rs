//! The diagnosis of an infeasible model as text.

use crate::analysis::repair::{Diagnosis, Repair};
use crate::figures::separated;
use crate::phrases::{Lang, Phrase, Text, visible};
use crate::report::table::rule_name;
use crate::rules::naming::unit_text;
use crate::units::Money;

/// Conflict, repairs and smallest budget.
pub fn text(diagnosis: &Diagnosis, lang: Lang) -> String {
    let say = |phrase: Phrase| phrase.render(lang);
    let mut text = String::new();
    if !diagnosis.conflict.is_empty() {
        text.push_str(&format!("\n{}\n", say(Phrase::new("analysis.conflict"))));
        for member in &diagnosis.conflict {
            let basis = if member.basis.is_empty() { String::new() } else { format!(" [{}]", member.basis) };
            let name = rule_name(&member.label, &member.id, lang);
            let line = format!("  - {name}: {}{basis}", member.sentence.get(lang));
            text.push_str(&visible(&line));
            text.push('\n');
        }
    }
    if diagnosis.repairs.is_empty() {
        let code = if diagnosis.complete { "analysis.no_repair" } else { "analysis.no_repair_found" };
        text.push_str(&format!("\n{}\n", say(Phrase::new(code))));
    } else {
        text.push_str(&format!("\n{}\n", say(Phrase::new("analysis.repairs"))));
        for repair in &diagnosis.repairs {
            text.push_str(&visible(&format!("  - {}", line(repair, lang))));
            text.push('\n');
        }
        if !diagnosis.complete {
            text.push_str(&format!("{}\n", say(Phrase::new("analysis.more_repairs"))));
        }
    }
    let budget = Money::from_fen(diagnosis.budget_fen);
    let phrase = match (diagnosis.smallest_budget_fen, diagnosis.entitlements_held) {
        (Some(smallest), held) => {
            let code = if held { "analysis.budget_held" } else { "analysis.budget" };
            Phrase::new(code).with("smallest", Money::from_fen(smallest)).with("budget", budget)
        }
        // What was not looked for to the end is not said.
        (None, _) if !diagnosis.complete => return text,
        (None, true) => Phrase::new("analysis.no_budget_held"),
        (None, false) => Phrase::new("analysis.no_budget"),
    };
    text.push_str(&format!("\n{}\n", say(phrase)));
    text
}

/// A unit behind a figure.
fn unit(unit: &str) -> Text {
    let behind = |unit: String| if unit.is_empty() { unit } else { format!(" {unit}") };
    let Text { zh, en } = unit_text(unit);
    Text { zh: behind(zh), en: behind(en) }
}

fn line(repair: &Repair, lang: Lang) -> String {
    let phrase = if repair.by.is_empty() {
        Phrase::new("analysis.repair_spend")
    } else {
        Phrase::new("analysis.repair")
            .with("from", separated(&repair.from))
            .with("to", separated(&repair.to))
            .with("unit", unit(&repair.unit))
            .with("by", separated(&repair.by))
    };
    let named = phrase.with("name", repair.label.clone()).with("path", &repair.path).with("change", &repair.change);
    let mut line = named.render(lang);
    if repair.pays_fen == 0 {
        line.push_str(&Phrase::new("analysis.pays_nothing").render(lang));
    }
    if !repair.least {
        line.push_str(&Phrase::new("analysis.least_unproved").render(lang));
    }
    line
}
