//! Tables for the terminal: aligned Chinese, 万元 with separators, last year and change beside each figure.

use std::collections::{BTreeMap, BTreeSet};

use crate::adding;
use crate::analysis::words::{stage_code, with_unit};
use crate::figures::{fixed, separated, signed_percent, wan, yuan};
use crate::phrases::{Lang, Phrase, Text, visible};
use crate::record::{EntitlementPart, FilePart, MissedPart, Record, RulePart, StagePart, TotalPart};
use crate::report::by_hand;
pub use crate::report::grid::{Align, Grid};
use crate::scenario::{Difference, summarise};
use crate::units::Money;

/// A change against last year: `+5.0%`, `-3.2%`, `—` without last year.
pub fn change_text(change: Option<f64>) -> String {
    change.map_or_else(|| "—".to_owned(), |change| signed_percent(change, 1))
}

/// A coverage: `0.953`, `—` without entitlement.
pub fn coverage_text(coverage: Option<f64>) -> String {
    coverage.map_or_else(|| "—".to_owned(), |coverage| fixed(coverage, 3))
}

fn say(lang: Lang, code: &'static str) -> String {
    Phrase::new(code).render(lang)
}

/// The allocation as a terminal report: table by area and ecosystem, funds, rules, what was missed, stages, remarks.
pub fn allocation(record: &Record, lang: Lang) -> String {
    let parts = [
        head(record, lang),
        main_table(record, lang),
        by_hand::overrides(record, lang),
        by_hand::paid(record, lang),
        fund_table(record, lang),
        rule_table(record, lang),
        missed_table(record, lang),
        foot(record, lang),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

fn head(record: &Record, lang: Lang) -> String {
    let mut text = format!("{}\n", visible(record.model.name.get(lang)));
    if !record.model.basis.is_empty() {
        text.push_str(&Phrase::new("report.basis").with("basis", &record.model.basis).render(lang));
        text.push('\n');
    }
    if !record.model.note.is_empty() {
        text.push_str(&Phrase::new("report.model_note").with("note", &record.model.note).render(lang));
        text.push('\n');
    }
    if record.dataset.illustrative {
        text.push_str(&say(lang, "report.illustrative"));
        text.push('\n');
    }
    text.push_str(&changes(&record.changes, lang));
    text
}

/// Resolved differences, one line a change; empty without any.
pub fn changes(differences: &[Difference], lang: Lang) -> String {
    if differences.is_empty() {
        return String::new();
    }
    let lines = change_texts(differences).into_iter().map(|line| format!("  {}\n", line.get(lang)));
    std::iter::once(format!("{}\n", say(lang, "scenario.changes"))).chain(lines).collect()
}

/// Each change as one text; long lists as one line a change.
pub(super) fn change_texts(differences: &[Difference]) -> Vec<Text> {
    summarise(differences).into_iter().map(|summary| summary.text).collect()
}

fn main_table(record: &Record, lang: Lang) -> String {
    let area = record.model.area_label.get(lang).to_owned();
    let mut columns = vec![(say(lang, "report.code"), Align::Left), (area, Align::Left)];
    columns.extend(record.ecosystems.iter().map(|part| (part.name.get(lang).to_owned(), Align::Right)));
    let beside = beside(record);
    let own = beside.iter().map(|(code, _)| *code);
    for code in
        std::iter::once("report.total").chain(own).chain(["report.last_year", "report.change", "report.coverage"])
    {
        columns.push((say(lang, code), Align::Right));
    }
    let amounts: BTreeMap<(&str, &str), i64> =
        record.cells.iter().map(|cell| ((cell.area.as_str(), cell.ecosystem.as_str()), cell.amount_fen)).collect();
    let amount = |area: &TotalPart, part: &TotalPart| amounts.get(&(area.code.as_str(), part.code.as_str())).copied();
    let set: BTreeSet<(&str, &str)> = record
        .cells
        .iter()
        .filter(|cell| cell.by_hand)
        .map(|cell| (cell.area.as_str(), cell.ecosystem.as_str()))
        .collect();
    let is_marked = |area: &TotalPart, part: &TotalPart| set.contains(&(area.code.as_str(), part.code.as_str()));
    // Where amounts are marked, the others leave room for the mark, so that figures stay in line.
    let marked = |text: String, is_marked: bool| match (&record.by_hand, is_marked) {
        (None, _) => text,
        (_, true) => text + by_hand::MARK,
        _ => text + " ",
    };
    let by_hand = by_hand::areas(record);
    let exact: Vec<Vec<Option<i64>>> =
        record.areas.iter().map(|area| record.ecosystems.iter().map(|part| amount(area, part)).collect()).collect();
    let shown = adding::table(&exact, record.ecosystems.len());
    let beside: Vec<(Vec<i64>, i64)> =
        beside.iter().map(|(_, column)| (adding::parts(column), adding::nearest(column.iter().sum()))).collect();
    let last: Option<Vec<i64>> = record.areas.iter().map(|area| area.last_year_fen).collect();
    let last: Vec<Option<i64>> = match last.filter(|last| Some(last.iter().sum::<i64>()) == record.total.last_year_fen)
    {
        Some(last) => adding::parts(&last).into_iter().map(Some).collect(),
        None => record.areas.iter().map(|area| area.last_year_fen).collect(),
    };
    // Last year stands beside the change against it.
    let count = columns.len();
    let mut grid = Grid::new(columns);
    grid.tie([count.saturating_sub(2), count.saturating_sub(1)]);
    let rows = record.areas.iter().zip(&shown.cells).zip(&shown.rows).zip(last);
    for (position, (((area, cells), total), last)) in rows.enumerate() {
        let cells = cells.iter().zip(&record.ecosystems).map(|(fen, part)| {
            let text = fen.map_or_else(String::new, wan);
            marked(text, is_marked(area, part))
        });
        let cells = cells.collect();
        let mut sums = vec![marked(wan(*total), by_hand.contains(area.code.as_str()))];
        sums.extend(beside.iter().map(|(column, _)| column.get(position).copied().map_or_else(String::new, wan)));
        grid.row(total_row(area, area.code.clone(), (cells, sums, last), lang));
    }
    grid.rule();
    let cells = shown.columns.iter().map(|fen| marked(wan(*fen), false)).collect();
    let mut sums = vec![marked(wan(shown.total), false)];
    sums.extend(beside.iter().map(|(_, total)| wan(*total)));
    grid.row(total_row(&record.total, String::new(), (cells, sums, record.total.last_year_fen), lang));
    grid.print(&say(lang, "report.unit_wan"))
}

/// Figures that stand beside the sum of each area, with their header: the calculated amount where something is set by hand,
/// what was paid and what is to be paid now where batches are known.
pub(super) fn beside(record: &Record) -> Vec<(&'static str, Vec<i64>)> {
    let mut columns = Vec::new();
    if let Some(part) = record.by_hand.as_ref().filter(|part| !part.areas.is_empty()) {
        columns.push(("report.calculated", part.areas.iter().map(|area| area.calculated_fen).collect()));
    }
    if let Some(part) = &record.paid {
        columns.push(("report.paid", part.areas.iter().map(|area| area.paid_fen).collect()));
        columns.push(("report.now", part.areas.iter().map(|area| area.now_fen).collect()));
    }
    columns
}

/// A row with its amounts, its sums and the figure of last year as they are shown.
fn total_row(
    part: &TotalPart,
    code: String,
    (cells, sums, last): (Vec<String>, Vec<String>, Option<i64>),
    lang: Lang,
) -> Vec<String> {
    let mut row = vec![code, part.name.get(lang).to_owned()];
    row.extend(cells);
    row.extend(sums);
    row.push(last.map_or_else(|| "—".to_owned(), wan));
    row.push(change_text(part.change));
    row.push(coverage_text(part.coverage));
    row
}

fn fund_table(record: &Record, lang: Lang) -> String {
    let mut grid = Grid::new([
        (say(lang, "report.fund"), Align::Left),
        (say(lang, "report.amount"), Align::Right),
        (say(lang, "report.spent"), Align::Right),
        (say(lang, "report.left"), Align::Right),
    ]);
    let row =
        |name: &str, amount: i64, spent: i64| vec![name.to_owned(), yuan(amount), yuan(spent), yuan(amount - spent)];
    for fund in &record.funds {
        grid.row(row(fund.label.get(lang), fund.amount_fen, fund.spent_fen));
    }
    if record.funds.len() > 1 {
        let amount = record.funds.iter().map(|fund| fund.amount_fen).sum();
        let spent = record.funds.iter().map(|fund| fund.spent_fen).sum();
        grid.rule();
        grid.row(row(&say(lang, "report.total"), amount, spent));
    }
    grid.print(&say(lang, "report.unit_yuan"))
}

/// How the weights of an entitlement came about, as a code.
pub(super) fn method_code(entitlement: &EntitlementPart) -> &'static str {
    match entitlement.method {
        "ahp" => "report.method_ahp",
        "entropy" => "report.method_entropy",
        _ => "report.method_given",
    }
}

/// A rule by its name, with its id where that is another word.
pub(super) fn rule_name(label: &Text, id: &str, lang: Lang) -> String {
    let label = label.get(lang);
    if label == id { id.to_owned() } else { format!("{label} ({id})") }
}

/// Whether a rule holds, in words.
pub(super) fn holds_text(rule: &RulePart, lang: Lang) -> String {
    if rule.holds && !rule.within_tolerance.is_empty() {
        let count = rule.within_tolerance.len().to_string();
        return Phrase::new("report.yes_within").with("count", count).render(lang);
    }
    if rule.holds {
        return say(lang, "report.yes");
    }
    let missed: i64 = rule.missed.iter().map(missed_fen).sum();
    Phrase::new("report.missed")
        .with("groups", rule.missed.len().to_string())
        .with("amount", Money::from_fen(missed))
        .render(lang)
}

/// What is missed, to the 分.
pub(super) fn missed_fen(missed: &MissedPart) -> i64 {
    (missed.missed_yuan * 100.0).round() as i64
}

/// What soft rules miss, the largest first: rule, group, amount in 分.
pub(super) fn all_missed(record: &Record) -> Vec<(&RulePart, &MissedPart, i64)> {
    let each = |rule| move |missed| (rule, missed, missed_fen(missed));
    let mut all: Vec<(&RulePart, &MissedPart, i64)> =
        record.rules.iter().flat_map(|rule| rule.missed.iter().map(each(rule))).collect();
    all.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.id.cmp(&b.0.id)).then_with(|| a.1.group.cmp(&b.1.group)));
    all
}

fn rule_table(record: &Record, lang: Lang) -> String {
    let mut grid = Grid::new([
        (say(lang, "report.rule"), Align::Left),
        (say(lang, "report.sentence"), Align::Left),
        (say(lang, "report.kind"), Align::Left),
        (say(lang, "report.holds"), Align::Left),
    ]);
    for rule in &record.rules {
        let hard = say(lang, if rule.hard { "report.hard" } else { "report.soft" });
        let name = rule_name(&rule.label, &rule.id, lang);
        grid.row(vec![name, rule.sentence.get(lang).to_owned(), hard, holds_text(rule, lang)]);
    }
    grid.print("")
}

/// So many places where a soft rule is missed are named.
const MISSED_NAMED: usize = 10;

fn missed_table(record: &Record, lang: Lang) -> String {
    let all = all_missed(record);
    if all.is_empty() {
        return String::new();
    }
    let mut grid = Grid::new([
        (say(lang, "report.missed_rule"), Align::Left),
        (say(lang, "report.missed_where"), Align::Left),
        (say(lang, "report.missed_amount"), Align::Right),
    ]);
    for (rule, missed, fen) in all.iter().take(MISSED_NAMED) {
        grid.row(vec![rule.label.get(lang).to_owned(), missed.name.get(lang).to_owned(), yuan(*fen)]);
    }
    let mut text = grid.print(&say(lang, "report.unit_yuan"));
    if let Some(more) = all.len().checked_sub(MISSED_NAMED).filter(|more| *more > 0) {
        text.push_str(&Phrase::new("report.missed_more").with("count", more.to_string()).render(lang));
        text.push('\n');
    }
    text
}

fn foot(record: &Record, lang: Lang) -> String {
    let mut text = String::new();
    for stage in &record.stages {
        text.push_str(&stage_line(stage).render(lang));
        text.push('\n');
    }
    for line in rounding_lines(record) {
        text.push_str(&line.render(lang));
        text.push('\n');
    }
    text.push_str(&warning_lines(&record.warnings, lang));
    for line in file_lines(record) {
        text.push_str(&line.render(lang));
        text.push('\n');
    }
    text.push_str(&run_line(record).render(lang));
    text.push('\n');
    text
}

/// Warnings below a document, one line each.
pub(super) fn warning_lines(warnings: &[Text], lang: Lang) -> String {
    warnings.iter().map(|warning| format!("! {}\n", warning.get(lang))).collect()
}

/// How amounts were rounded; with the tolerance of bounds and what stays in the funds where there is any.
pub(super) fn rounding_lines(record: &Record) -> Vec<Phrase> {
    let rounding = &record.rounding;
    let within: usize = record.rules.iter().map(|rule| rule.within_tolerance.len()).sum();
    let left: i64 = record.funds.iter().map(|fund| fund.amount_fen - fund.spent_fen).sum();
    let code = match rounding.tolerance_fen {
        Some(_) => "report.rounding_tolerance",
        None if left > 0 => "report.rounding_kept",
        None => "report.rounding",
    };
    let mut lines = vec![
        Phrase::new(code)
            .with("unit", Money::from_fen(rounding.unit_fen))
            .with("shift", Money::from_fen(rounding.largest_shift_fen))
            .with("count", within.to_string())
            .with("left", Money::from_fen(left)),
    ];
    let kept: i64 = record.funds.iter().filter_map(|fund| fund.kept_fen).sum();
    if kept > 0 {
        lines.push(Phrase::new("report.remainder").with("kept", Money::from_fen(kept)));
    }
    lines
}

/// A sentence with its remedy on one line.
pub(super) fn one_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

/// Engine and number of the run.
pub(super) fn run_line(record: &Record) -> Phrase {
    Phrase::new("report.run").with("engine", record.engine).with("hash", &record.hash)
}

/// The files that were read, each with its digest.
pub(super) fn file_lines(record: &Record) -> Vec<Phrase> {
    let line =
        |code: &'static str, file: &FilePart| Phrase::new(code).with("name", &file.name).with("sha256", &file.sha256);
    let data = record.dataset.files.iter().map(|file| line("report.data_file", file));
    std::iter::once(line("report.model_file", &record.model.file)).chain(data).collect()
}

/// A stage with its value; the split among funds has none.
pub(super) fn stage_line(stage: &StagePart) -> Phrase {
    let code = if stage.unit == "none" { "report.stage_without_value" } else { "report.stage" };
    Phrase::new(code)
        .with("number", stage.number.to_string())
        .with_phrase("stage", &Phrase::new(stage_code(stage.kind)))
        .with("value", stage_value(stage))
}

/// The value of a stage as a person reads it.
fn stage_value(stage: &StagePart) -> Text {
    let places = if stage.unit == "wan_yuan" { 2 } else { 6 };
    with_unit(separated(&fixed(stage.value, places)), stage.unit)
}
