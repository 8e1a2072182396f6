//! Resolved differences as a person reads them: one line a change, with count and totals where it changes many figures.

use crate::figures::separated;
use crate::phrases::{Lang, Phrase, Text};
use crate::rules::naming::unit_text;
use crate::scenario::Difference;
use crate::units::{Decimal, Exact, Money};

/// One line about one change.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// The change in its inline form.
    pub change: String,
    /// What it comes to.
    pub text: Text,
}

/// So many figures of one change are listed one by one.
const LISTED: usize = 3;

/// Differences grouped by change, in order.
pub fn summarise(differences: &[Difference]) -> Vec<Summary> {
    let groups = differences.chunk_by(|a, b| a.change == b.change);
    groups.flat_map(|group| if group.len() > LISTED { vec![sum(group)] } else { each(group) }).collect()
}

fn each(group: &[Difference]) -> Vec<Summary> {
    let one = |difference: &Difference| {
        let unit = unit_text(&difference.unit);
        let (before, after) = (shown(&difference.before), shown(&difference.after));
        let line = |lang: Lang| {
            let unit = unit.get(lang);
            let gap = if unit.is_empty() { "" } else { " " };
            format!("{}: {} → {}{gap}{unit}", difference.path, before.get(lang), after.get(lang))
        };
        let line = Text { zh: line(Lang::Zh), en: line(Lang::En) };
        let text = match &difference.unrounded {
            Some(exact) => Phrase::new("scenario.unrounded").with("line", line).with("exact", shown(exact)).text(),
            None => line,
        };
        Summary { change: difference.change.clone(), text }
    };
    group.iter().map(one).collect()
}

/// A value as a person reads it: money with separators, text without quotes, `—` for none.
pub fn shown(value: &str) -> Text {
    let text = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
    match (Money::parse(text), Decimal::parse(text)) {
        _ if text.is_empty() => Text::same("—"),
        (Ok(money), _) => money.into(),
        (_, Ok(number)) => Text::same(separated(&number.to_string())),
        _ => Text::same(text),
    }
}

/// Totals of amounts; the range of scores and the like, whose sum says nothing.
fn sum(group: &[Difference]) -> Summary {
    let numbers = |pick: &dyn Fn(&Difference) -> &str| -> Vec<Decimal> {
        group.iter().filter_map(|difference| Decimal::parse(pick(difference)).ok()).collect()
    };
    let (before, after) = (numbers(&|one| &one.before), numbers(&|one| &one.after));
    let (change, unit) = group.first().map_or(("", ""), |first| (first.change.as_str(), first.unit.as_str()));
    let phrase = if unit.is_empty() {
        Phrase::new("scenario.summary_range").with("before", range(&before)).with("after", range(&after))
    } else {
        Phrase::new("scenario.summary_total")
            .with("before", total(&before))
            .with("after", total(&after))
            .with("unit", unit_text(unit))
    };
    let text = phrase.with("change", change).with("count", group.len().to_string()).text();
    Summary { change: change.to_owned(), text }
}

fn range(numbers: &[Decimal]) -> String {
    match (numbers.iter().min(), numbers.iter().max()) {
        (Some(least), Some(most)) if least == most => least.to_string(),
        (Some(least), Some(most)) => format!("{least}–{most}"),
        _ => "—".to_owned(),
    }
}

fn total(numbers: &[Decimal]) -> String {
    let sum: Exact = numbers.iter().map(|number| number.exact()).sum();
    Decimal::from_exact(&sum, 2, false).map_or_else(|| "—".to_owned(), |sum| separated(&sum.to_string()))
}
