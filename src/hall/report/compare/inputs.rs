//! Inputs that differ, one line a value; many figures of one kind as one line with their total or range.

use crate::analysis::compare::InputRow;
use crate::phrases::{Lang, Phrase};
use crate::rules::naming::unit_text;
use crate::scenario::shown;
use crate::units::{Decimal, Exact};

/// So many figures of one indicator are listed one by one.
const LISTED: usize = 3;

/// Name of the input and its value in each scenario.
pub(super) fn lines(rows: &[InputRow], lang: Lang) -> Vec<(String, Vec<String>)> {
    let mut lines = Vec::new();
    let mut done: Vec<&str> = Vec::new();
    for row in rows {
        let Some(figure) = figure(row) else {
            lines.push(one(row, lang));
            continue;
        };
        if done.contains(&figure) {
            continue;
        }
        done.push(figure);
        let group: Vec<&InputRow> = rows.iter().filter(|row| self::figure(row) == Some(figure)).collect();
        if group.len() > LISTED {
            lines.push(many(figure, &group, lang));
        } else {
            lines.extend(group.into_iter().map(|row| one(row, lang)));
        }
    }
    lines
}

/// `data.gep[…]` → `data.gep`; `None` for values of the model.
fn figure(row: &InputRow) -> Option<&str> {
    row.path.starts_with("data.").then(|| row.path.split('[').next().unwrap_or_default())
}

fn one(row: &InputRow, lang: Lang) -> (String, Vec<String>) {
    (
        row.path.clone(),
        row.values.iter().map(|value| format!("{}{}", shown(value).get(lang), unit(row, lang))).collect(),
    )
}

/// The unit of a row behind a figure; empty where it has none.
fn unit(row: &InputRow, lang: Lang) -> String {
    let unit = unit_text(&row.unit);
    if row.unit.is_empty() { String::new() } else { format!(" {}", unit.get(lang)) }
}

fn many(figure: &str, group: &[&InputRow], lang: Lang) -> (String, Vec<String>) {
    let unit = group.first().map(|row| unit(row, lang)).unwrap_or_default();
    let count = group.first().map_or(0, |row| row.values.len());
    let code = if unit.is_empty() { "compare.figures_range" } else { "compare.figures_total" };
    let name = Phrase::new(code).with("path", figure).with("count", group.len().to_string()).render(lang);
    let value = |at: usize| {
        let numbers: Vec<Decimal> = group.iter().filter_map(|row| Decimal::parse(row.values.get(at)?).ok()).collect();
        if unit.is_empty() {
            let ends = (numbers.iter().min(), numbers.iter().max());
            return ends.0.zip(ends.1).map_or_else(String::new, |(least, most)| format!("{least}–{most}"));
        }
        let sum: Exact = numbers.iter().map(|number| number.exact()).sum();
        Decimal::from_exact(&sum, 2, false)
            .map_or_else(String::new, |sum| format!("{}{unit}", shown(&sum.to_string()).get(lang)))
    };
    (name, (0..count).map(value).collect())
}
