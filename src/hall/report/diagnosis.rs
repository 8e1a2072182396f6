//! The diagnosis of an infeasible model as text.

use crate::analysis::repair::Diagnosis;
use crate::figures::separated;
use crate::phrases::{Lang, Phrase, visible};
use crate::report::table::rule_name;
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
        text.push_str(&format!("\n{}\n", say(Phrase::new("analysis.no_repair"))));
    } else {
        text.push_str(&format!("\n{}\n", say(Phrase::new("analysis.repairs"))));
        for repair in &diagnosis.repairs {
            let phrase = Phrase::new("analysis.repair")
                .with("path", &repair.path)
                .with("from", separated(&repair.from))
                .with("to", separated(&repair.to))
                .with("unit", &repair.unit)
                .with("by", separated(&repair.by))
                .with("change", &repair.change);
            text.push_str(&format!("  - {}\n", say(phrase)));
        }
    }
    let budget = Money::from_fen(diagnosis.budget_fen);
    let phrase = match diagnosis.smallest_budget_fen {
        Some(smallest) => {
            Phrase::new("analysis.budget").with("smallest", Money::from_fen(smallest)).with("budget", budget)
        }
        None => Phrase::new("analysis.no_budget"),
    };
    text.push_str(&format!("\n{}\n", say(phrase)));
    text
}
