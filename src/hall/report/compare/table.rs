//! A comparison for the terminal: aligned Chinese, 万元, differences with their sign.

use crate::adding::{above, beside, nearest, parts};
use crate::analysis::attribution::{Attribution, PartRow};
use crate::analysis::compare::{AmountRow, CasePart, Comparison, Mover};
use crate::figures::wan;
use crate::phrases::{Lang, Phrase};
use crate::report::compare::{figures, inputs, name_of, names, say, state_text, status_text};
use crate::report::table::{Align, Grid, changes};

/// So many gainers and losers are named.
const NAMED: usize = 3;

/// The whole comparison.
pub fn comparison(comparison: &Comparison, lang: Lang) -> String {
    let names = names(comparison, lang);
    let mut text = head(comparison, &names, lang);
    text.push_str(&input_table(comparison, &names, lang));
    if comparison.against.is_some() {
        text.push_str(&amounts(comparison, &names, lang));
        text.push_str(&movers(comparison, &names, lang));
        text.push_str(&rules(comparison, &names, lang));
        text.push_str(&figure_table(comparison, &names, lang));
    }
    for part in &comparison.attributions {
        text.push_str(&attribution(comparison, part, lang));
    }
    if !comparison.remarks.is_empty() {
        text.push_str(&title(lang, "compare.remarks"));
        for remark in &comparison.remarks {
            text.push_str(&format!("! {}\n", remark.get(lang)));
        }
    }
    text.push_str(&format!("{}\n", comparison.engine));
    text
}

fn title(lang: Lang, code: &'static str) -> String {
    format!("\n{}\n", say(lang, code))
}

fn head(comparison: &Comparison, names: &[String], lang: Lang) -> String {
    let mut text = format!("{}\n", comparison.model.name.get(lang));
    let illustrative = comparison.dataset.illustrative || comparison.scenarios.iter().any(|case| case.illustrative);
    if illustrative {
        text.push_str(&format!("{}\n", say(lang, "report.illustrative")));
    }
    text.push('\n');
    let mut grid = Grid::new([
        (say(lang, "compare.scenario"), Align::Left),
        (say(lang, "report.code"), Align::Left),
        (say(lang, "compare.status"), Align::Left),
    ]);
    for (case, name) in comparison.scenarios.iter().zip(names) {
        grid.row(vec![name.clone(), case.id.clone(), status_text(case.status, lang)]);
    }
    text.push_str(&grid.print(""));
    for (case, name) in comparison.scenarios.iter().zip(names) {
        text.push_str(&about(case, name, lang));
    }
    text
}

/// Note, resolved changes and conflict of a scenario.
fn about(case: &CasePart, name: &str, lang: Lang) -> String {
    let mut text = String::new();
    if !case.differences.is_empty() || case.reason.is_some() {
        text.push_str(&format!("\n{name}\n"));
        let note = case.note.get(lang);
        if !note.is_empty() {
            text.push_str(&format!("  {note}\n"));
        }
        text.push_str(&changes(&case.differences, lang));
    }
    if let Some(reason) = &case.reason {
        text.push_str(&format!("  ✗ {}\n", reason.get(lang)));
    }
    if !case.conflict.is_empty() {
        text.push_str(&format!("  {}\n", say(lang, "analysis.conflict")));
    }
    for member in &case.conflict {
        let (label, sentence) = (member.label.get(lang), member.sentence.get(lang));
        text.push_str(&format!("  - {label} ({}): {sentence}\n", member.id));
    }
    text
}

fn columns(first: Vec<(String, Align)>, names: &[String]) -> Vec<(String, Align)> {
    first.into_iter().chain(names.iter().map(|name| (name.clone(), Align::Right))).collect()
}

fn input_table(comparison: &Comparison, names: &[String], lang: Lang) -> String {
    let lines = inputs::lines(&comparison.inputs, lang);
    if lines.is_empty() {
        return format!("{}{}\n", title(lang, "compare.inputs"), say(lang, "compare.no_inputs"));
    }
    let mut grid = Grid::new(columns(vec![(say(lang, "compare.input"), Align::Left)], names));
    for (name, values) in lines {
        grid.row(std::iter::once(name).chain(values).collect());
    }
    format!("{}{}", title(lang, "compare.inputs"), grid.print(""))
}

/// A difference, as it is shown, with its sign; a dot where nothing differs.
pub(super) fn signed(exact: i64, shown: i64) -> String {
    match (exact, nearest(shown)) {
        (0, 0) => "·".to_owned(),
        // Some 分 that do not show.
        (_, 0) => wan(0),
        (_, shown) if shown > 0 => format!("+{}", wan(shown)),
        (_, shown) => wan(shown),
    }
}

/// The amounts of rows as they are shown: each scenario's come to its total, and what does not differ is shown alike.
pub(super) fn shown(rows: &[AmountRow], against: Option<usize>) -> Vec<Vec<Option<i64>>> {
    let of =
        |at: usize| -> Option<Vec<i64>> { rows.iter().map(|row| row.amounts_fen.get(at).copied().flatten()).collect() };
    let first = against.and_then(of);
    let pairs: Vec<(i64, i64)> = first.iter().flat_map(|exact| exact.iter().copied().zip(parts(exact))).collect();
    let count = rows.first().map_or(0, |row| row.amounts_fen.len());
    let columns: Vec<Option<Vec<i64>>> = (0..count)
        .map(|at| of(at).map(|exact| if against == Some(at) { parts(&exact) } else { beside(&exact, &pairs) }))
        .collect();
    let row =
        |at: usize| columns.iter().map(|column| column.as_ref().and_then(|column| column.get(at).copied())).collect();
    (0..rows.len()).map(row).collect()
}

/// Amounts of every scenario, with the difference beside all but the one compared against.
fn amounts(comparison: &Comparison, names: &[String], lang: Lang) -> String {
    let mut header = vec![(say(lang, "report.code"), Align::Left), (say(lang, "compare.group"), Align::Left)];
    let mut tied = Vec::new();
    for (at, name) in names.iter().enumerate() {
        header.push((name.clone(), Align::Right));
        if comparison.against != Some(at) {
            tied.push(header.len());
            header.push((say(lang, "report.change"), Align::Right));
        }
    }
    let mut grid = Grid::new(header);
    grid.tie(tied);
    let mut rows = |rows: &[AmountRow], has_code: bool| {
        for (row, shown) in rows.iter().zip(shown(rows, comparison.against)) {
            let mut cells =
                vec![if has_code { row.code.clone() } else { String::new() }, row.name.get(lang).to_owned()];
            let first = comparison.against.and_then(|at| shown.get(at).copied().flatten());
            for (at, (amount, difference)) in shown.iter().zip(&row.differences_fen).enumerate() {
                cells.push(amount.map_or_else(|| "—".to_owned(), wan));
                if comparison.against != Some(at) {
                    let change =
                        difference.zip(amount.zip(first)).map(|(exact, (amount, first))| (exact, amount - first));
                    cells.push(change.map_or_else(|| "—".to_owned(), |(exact, shown)| signed(exact, shown)));
                }
            }
            grid.row(cells);
        }
        grid.rule();
    };
    rows(&comparison.areas, true);
    rows(&comparison.ecosystems, true);
    rows(&comparison.funds, true);
    rows(std::slice::from_ref(&comparison.total), false);
    format!("{}{}", title(lang, "compare.amounts"), grid.print(&say(lang, "report.unit_wan")))
}

/// A difference that stands in no table.
pub(super) fn alone(fen: i64) -> String {
    signed(fen, fen)
}

fn movers(comparison: &Comparison, names: &[String], lang: Lang) -> String {
    let against = comparison.against.and_then(|at| names.get(at)).map_or("", String::as_str);
    let mut text = format!("\n{}\n", Phrase::new("compare.movers").with("against", against).render(lang));
    for (at, (case, name)) in comparison.scenarios.iter().zip(names).enumerate() {
        if comparison.against == Some(at) || case.reason.is_some() {
            continue;
        }
        let list = |movers: &[Mover]| {
            let one = |mover: &Mover| format!("{} {}", mover.name.get(lang), alone(mover.difference_fen));
            let mut named: Vec<String> = movers.iter().take(NAMED).map(one).collect();
            if movers.len() > NAMED {
                named.push("…".to_owned());
            }
            if named.is_empty() { "—".to_owned() } else { named.join(", ") }
        };
        let sum = |movers: &[Mover]| alone(movers.iter().map(|mover| mover.difference_fen).sum());
        let line = Phrase::new("compare.moved")
            .with("name", name.as_str())
            .with("area", comparison.model.area_label.clone())
            .with("gainers", case.gainers.len().to_string())
            .with("gained", sum(&case.gainers))
            .with("who_gains", list(&case.gainers))
            .with("losers", case.losers.len().to_string())
            .with("lost", sum(&case.losers))
            .with("who_loses", list(&case.losers));
        text.push_str(&format!("  {}\n", line.render(lang)));
    }
    text
}

fn rules(comparison: &Comparison, names: &[String], lang: Lang) -> String {
    let differing: Vec<_> = comparison.rules.iter().filter(|rule| rule.differs || rule.rows_differ).collect();
    if differing.is_empty() {
        return format!("{}{}\n", title(lang, "compare.rules"), say(lang, "compare.no_rules"));
    }
    let mut grid = Grid::new(columns(vec![(say(lang, "report.rule"), Align::Left)], names));
    for rule in differing {
        let name = format!("{} ({})", rule.label.get(lang), rule.id);
        let states = rule.states.iter().map(|state| state_text(state.as_ref(), lang));
        grid.row(std::iter::once(name).chain(states).collect());
    }
    format!("{}{}", title(lang, "compare.rules"), grid.print(""))
}

fn figure_table(comparison: &Comparison, names: &[String], lang: Lang) -> String {
    let mut grid = Grid::new(columns(vec![(say(lang, "compare.figure"), Align::Left)], names));
    for (code, places, values) in figures(comparison) {
        if values.iter().all(Option::is_none) {
            continue;
        }
        let value = |value: Option<f64>| value.map_or_else(|| "—".to_owned(), |value| format!("{value:.places$}"));
        grid.row(std::iter::once(say(lang, code)).chain(values.into_iter().map(value)).collect());
    }
    format!("{}{}", title(lang, "compare.fairness"), grid.print(""))
}

/// One attribution: its players, then every group with the part of each.
fn attribution(comparison: &Comparison, attribution: &Attribution, lang: Lang) -> String {
    let heading = Phrase::new("compare.attribution")
        .with("from", name_of(comparison, &attribution.from, lang))
        .with("to", name_of(comparison, &attribution.to, lang))
        .with("runs", attribution.runs.to_string());
    let mut text = format!("\n{}\n", heading.render(lang));
    for (at, player) in attribution.players.iter().enumerate() {
        text.push_str(&format!("  [{}] {}\n", at + 1, player.name.get(lang)));
    }
    if attribution.status != "exact" {
        text.push_str(&format!("  ✗ {}\n", say(lang, "compare.refused")));
        for subset in &attribution.without_plan {
            let number =
                |id: &String| attribution.players.iter().position(|player| player.id == *id).map_or(0, |at| at + 1);
            let numbers: Vec<String> = subset.players.iter().map(|id| format!("[{}]", number(id))).collect();
            let who = if numbers.is_empty() { say(lang, "compare.nobody") } else { numbers.join(" ") };
            let status = status_text(subset.status, lang);
            text.push_str(&format!("  - {who}: {status} — {}\n", subset.reason.get(lang).replace('\n', " ")));
        }
        return text;
    }
    let mut header = vec![
        (say(lang, "report.code"), Align::Left),
        (say(lang, "compare.group"), Align::Left),
        (say(lang, "report.change"), Align::Right),
    ];
    header.extend((1..=attribution.players.len()).map(|number| (format!("[{number}]"), Align::Right)));
    let total = attribution.total.as_ref().map(|total| parts(&total.parts_fen));
    let mut grid = Grid::new(header);
    let players = attribution.players.len();
    let row = |row: &PartRow, difference: i64, shown: &mut dyn Iterator<Item = i64>| {
        let head = [row.code.clone(), row.name.get(lang).to_owned(), signed(row.difference_fen, difference)];
        head.into_iter().chain(row.parts_fen.iter().zip(shown).map(|(part, shown)| signed(*part, shown))).collect()
    };
    for rows in [&attribution.areas, &attribution.ecosystems, &attribution.funds] {
        let exact: Vec<Vec<Option<i64>>> =
            rows.iter().map(|row| row.parts_fen.iter().map(|part| Some(*part)).collect()).collect();
        let shown = above(&exact, players, total.as_deref());
        for ((part, cells), difference) in rows.iter().zip(&shown.cells).zip(shown.rows) {
            grid.row(row(part, difference, &mut cells.iter().map(|fen| fen.unwrap_or(0))));
        }
        if !rows.is_empty() {
            grid.rule();
        }
    }
    if let Some((total, shown)) = attribution.total.as_ref().zip(total) {
        grid.row(row(total, shown.iter().sum(), &mut shown.into_iter()));
    }
    text.push_str(&grid.print(&say(lang, "report.unit_wan")));
    text
}
