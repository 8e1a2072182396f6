//! Near-optimal ranges as terminal table, CSV, workbook and chart.

use rust_xlsxwriter::{Workbook, XlsxError};

use crate::analysis::ranges::{Entry, KeptStage, Ranges};
use crate::figures::{fixed, hundredths, wan_of_yuan as wan};
use crate::phrases::{Lang, Phrase, Text};
use crate::report::chart::intervals::{self, Interval};
use crate::report::csv::{harmless, in_yuan, noted};
use crate::report::plain_style::{Columns, Style, optional, page, yuan};
use crate::report::table::{Align, Grid, one_line, warning_lines};
use crate::units::Money;

fn say(lang: Lang, code: &'static str) -> String {
    Phrase::new(code).render(lang)
}

/// The title with the loss filled in.
pub(super) fn title(code: &'static str, within: f64, lang: Lang) -> String {
    Phrase::new(code).with("within", hundredths(within)).render(lang)
}

/// What is kept of the stages, one line each, then the warnings.
pub(super) fn kept(stages: &[KeptStage], warnings: &[Text], lang: Lang) -> String {
    let mut text = String::new();
    for stage in stages {
        let figure = |value: f64| {
            let money = matches!(stage.kind, "max_outcome_benefit" | "min_missed");
            fixed(value, if money { 2 } else { 6 })
        };
        let line = Phrase::new("ranges.kept")
            .with("number", stage.number.to_string())
            .with("stage", stage.name.clone())
            .with("optimum", figure(stage.optimum))
            .with("allowed", figure(stage.allowed));
        text.push_str(&format!("{}\n", line.render(lang)));
    }
    text + &warning_lines(warnings, lang)
}

/// Room below and above the plan, in 元.
fn room(entry: &Entry) -> (f64, f64) {
    let now = entry.amount_fen as f64 / 100.0;
    (entry.range.least_yuan - now, entry.range.most_yuan - now)
}

/// The ranges as a terminal report.
pub fn text(ranges: &Ranges, lang: Lang) -> String {
    let mut text = format!("{}\n{}\n", ranges.model.get(lang), title("ranges.title", ranges.within, lang));
    text.push_str(&kept(&ranges.stages, &ranges.warnings, lang));
    text.push('\n');
    let mut grid = Grid::new([
        (say(lang, "ranges.code"), Align::Left),
        (say(lang, "ranges.name"), Align::Left),
        (say(lang, "ranges.amount"), Align::Right),
        (say(lang, "ranges.least"), Align::Right),
        (say(lang, "ranges.most"), Align::Right),
        (say(lang, "ranges.down"), Align::Right),
        (say(lang, "ranges.up"), Align::Right),
        (say(lang, "ranges.last_year"), Align::Right),
    ]);
    for entry in &ranges.entries {
        let (down, up) = room(entry);
        grid.row(vec![
            entry.code.clone(),
            entry.name.get(lang).to_owned(),
            Money::from_fen(entry.amount_fen).wan(2),
            wan(entry.range.least_yuan),
            wan(entry.range.most_yuan),
            wan(down),
            wan(up),
            entry.last_year_fen.map_or_else(|| "—".to_owned(), |last| Money::from_fen(last).wan(2)),
        ]);
    }
    text.push_str(&grid.print(&say(lang, "report.unit_wan")));
    let fixed = ranges.entries.iter().filter(|entry| entry.range.most_yuan - entry.range.least_yuan < 0.005).count();
    let foot =
        Phrase::new("ranges.entries").with("count", ranges.entries.len().to_string()).with("fixed", fixed.to_string());
    text.push_str(&format!("\n{}\n", foot.render(lang)));
    text
}

fn header(lang: Lang) -> Vec<String> {
    let codes = ["ranges.amount", "ranges.least", "ranges.most", "ranges.last_year"];
    let figures = codes.into_iter().map(|code| in_yuan(&say(lang, code), lang));
    [say(lang, "ranges.code"), say(lang, "ranges.name")].into_iter().chain(figures).collect()
}

/// One line an entry, in 元.
pub fn csv(ranges: &Ranges, lang: Lang) -> Vec<u8> {
    let mut rows = vec![header(lang)];
    for entry in &ranges.entries {
        rows.push(vec![
            harmless(&entry.code),
            harmless(entry.name.get(lang)),
            Money::from_fen(entry.amount_fen).yuan(),
            fixed(entry.range.least_yuan, 4),
            fixed(entry.range.most_yuan, 4),
            entry.last_year_fen.map_or_else(String::new, |last| Money::from_fen(last).yuan()),
        ]);
    }
    noted(rows, &ranges.warnings, lang)
}

/// The ranges as a workbook, in 元.
///
/// # Errors
/// The writer refuses, such as beyond a million rows.
pub fn workbook(ranges: &Ranges, lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let style = Style::new();
    let columns = Columns::new(sheet, [24.0, 22.0, 18.0, 18.0, 18.0, 18.0])?;
    sheet.write_string_with_format(0, 0, ranges.model.get(lang), &style.title)?;
    columns.note(sheet, 1, &title("ranges.title", ranges.within, lang), &style.note)?;
    let mut row = 2;
    for line in kept(&ranges.stages, &[], lang).lines() {
        columns.note(sheet, row, line, &style.note)?;
        row += 1;
    }
    for warning in &ranges.warnings {
        columns.note(sheet, row, &one_line(warning.get(lang)), &style.note)?;
        row += 1;
    }
    row += 1;
    columns.headers(sheet, row, &header(lang), &style)?;
    page(sheet, row, 2)?;
    for entry in &ranges.entries {
        row += 1;
        sheet.write_string_with_format(row, 0, &entry.code, &style.wrapped)?;
        sheet.write_string_with_format(row, 1, entry.name.get(lang), &style.wrapped)?;
        columns.fit(sheet, row, [entry.code.as_str(), entry.name.get(lang)])?;
        sheet.write_number_with_format(row, 2, yuan(entry.amount_fen), &style.money)?;
        sheet.write_number_with_format(row, 3, entry.range.least_yuan, &style.money)?;
        sheet.write_number_with_format(row, 4, entry.range.most_yuan, &style.money)?;
        optional(sheet, row, 5, entry.last_year_fen.map(yuan), &style.money)?;
    }
    book.save_to_buffer()
}

/// The ranges as a chart, in 万元.
pub fn svg(ranges: &Ranges, lang: Lang) -> String {
    let interval = |entry: &Entry| Interval {
        name: entry.name.get(lang).to_owned(),
        least: entry.range.least_yuan / 1e4,
        most: entry.range.most_yuan / 1e4,
        now: entry.amount_fen as f64 / 1e6,
    };
    let lines: Vec<Interval> = ranges.entries.iter().map(interval).collect();
    let title = title("ranges.title", ranges.within, lang);
    intervals::svg(&title, &say(lang, "ranges.axis"), &say(lang, "ranges.amount"), &lines)
}
