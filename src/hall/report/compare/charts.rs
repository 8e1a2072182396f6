//! Charts of a comparison: amounts of areas, their differences, and ecosystems, across scenarios.

use crate::analysis::compare::{AmountRow, Comparison};
use crate::phrases::{Lang, Phrase};
use crate::report::chart::bars::{Bars, Series, bars};
use crate::report::compare::{names, say};
use crate::units::Money;

/// So many groups are drawn at most.
const DRAWN: usize = 60;

/// File name and SVG of each chart; none where no scenario has a plan.
pub fn charts(comparison: &Comparison, lang: Lang) -> Vec<(&'static str, String)> {
    let Some(against) = comparison.against else { return Vec::new() };
    let names = names(comparison, lang);
    let first = names.get(against).cloned().unwrap_or_default();
    let caption = |all: usize| {
        let unit = say(lang, "report.unit_wan");
        let largest =
            Phrase::new("compare.chart_largest").with("count", DRAWN.to_string()).with("all", all.to_string());
        let unit = if all > DRAWN { largest.with("unit", unit).render(lang) } else { unit };
        format!("{} · {unit}", comparison.model.name.get(lang))
    };
    let draw = |title: String, all: &[AmountRow], differences: bool| {
        let rows = largest(all, DRAWN);
        let pick = |row: &AmountRow, at: usize| {
            let list = if differences { &row.differences_fen } else { &row.amounts_fen };
            list.get(at).copied().flatten().map(|fen| Money::from_fen(fen).to_wan())
        };
        let planned = comparison.scenarios.iter().enumerate().filter(|(_, case)| case.reason.is_none());
        let shown = planned.filter(|(at, _)| !differences || *at != against);
        let series = shown.map(|(at, _)| Series {
            name: names.get(at).cloned().unwrap_or_default(),
            values: rows.iter().map(|row| pick(row, at)).collect(),
            colour: at,
        });
        bars(&Bars {
            title,
            caption: caption(all.len()),
            categories: rows.iter().map(|row| row.name.get(lang).to_owned()).collect(),
            series: series.collect(),
        })
    };
    let changes = Phrase::new("compare.chart_changes").with("against", first).render(lang);
    vec![
        ("areas.svg", draw(say(lang, "compare.chart_areas"), &comparison.areas, false)),
        ("changes.svg", draw(changes, &comparison.areas, true)),
        ("ecosystems.svg", draw(say(lang, "compare.chart_ecosystems"), &comparison.ecosystems, false)),
    ]
}

/// The groups with the largest differences, in their own order.
pub(super) fn largest(rows: &[AmountRow], count: usize) -> Vec<&AmountRow> {
    let size = |row: &AmountRow| row.differences_fen.iter().flatten().map(|fen| fen.unsigned_abs()).max().unwrap_or(0);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(rows.get(*at).map_or(0, size)));
    order.truncate(count);
    order.sort_unstable();
    order.into_iter().filter_map(|at| rows.get(at)).collect()
}
