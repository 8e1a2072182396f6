//! Tables for the terminal: aligned Chinese, 万元 with separators, last year and change beside each figure.

use unicode_width::UnicodeWidthStr;

use crate::analysis::explain::stage_code;
use crate::phrases::{Lang, Phrase, Text};
use crate::record::{Record, StagePart, TotalPart};
use crate::scenario::{Difference, summarise};
use crate::units::Money;

/// How a column is aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Figures.
    Right,
}

/// A grid of texts with a header.
#[derive(Debug, Clone, Default)]
pub struct Grid {
    header: Vec<(String, Option<Align>)>,
    rows: Vec<Vec<String>>,
    rule_before: Vec<usize>,
}

impl Grid {
    /// A grid with these columns.
    pub fn new(columns: impl IntoIterator<Item = (String, Align)>) -> Self {
        Self { header: columns.into_iter().map(|(name, align)| (name, Some(align))).collect(), ..Self::default() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// Draws a line before the next row.
    pub fn rule(&mut self) {
        self.rule_before.push(self.rows.len());
    }

    /// Width in terminal columns.
    fn widths(&self) -> Vec<usize> {
        let width = |column: usize| {
            let header = self.header.get(column).map_or(0, |(name, _)| name.width());
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).fold(header, usize::max)
        };
        (0..self.header.len()).map(width).collect()
    }

    /// The table as text; `caption` stands above at the right end.
    pub fn print(&self, caption: &str) -> String {
        let widths = self.widths();
        let total = widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
        let mut text = String::new();
        if !caption.is_empty() {
            text.push_str(&" ".repeat(total.saturating_sub(caption.width())));
            text.push_str(caption);
            text.push('\n');
        }
        let names: Vec<String> = self.header.iter().map(|(name, _)| name.clone()).collect();
        self.line(&mut text, &names, &widths);
        text.push_str(&"─".repeat(total));
        text.push('\n');
        for (index, row) in self.rows.iter().enumerate() {
            if self.rule_before.contains(&index) {
                text.push_str(&"─".repeat(total));
                text.push('\n');
            }
            self.line(&mut text, row, &widths);
        }
        text
    }

    fn line(&self, text: &mut String, cells: &[String], widths: &[usize]) {
        let mut line = String::new();
        for (column, width) in widths.iter().enumerate() {
            let cell = cells.get(column).map_or("", String::as_str);
            let gap = " ".repeat(width.saturating_sub(cell.width()));
            let right = self.header.get(column).is_some_and(|(_, align)| *align == Some(Align::Right));
            if column > 0 {
                line.push_str("  ");
            }
            line.push_str(if right { &gap } else { cell });
            line.push_str(if right { cell } else { &gap });
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

/// A change against last year: `+5.0%`, `-3.2%`, `—` without last year.
pub fn change_text(change: Option<f64>) -> String {
    change.map_or_else(|| "—".to_owned(), |change| format!("{:+.1}%", change * 100.0))
}

/// A coverage: `0.953`, `—` without entitlement.
pub fn coverage_text(coverage: Option<f64>) -> String {
    coverage.map_or_else(|| "—".to_owned(), |coverage| format!("{coverage:.3}"))
}

fn wan(fen: i64) -> String {
    Money::from_fen(fen).wan(2)
}

fn say(lang: Lang, code: &'static str) -> String {
    Phrase::new(code).render(lang)
}

/// The allocation as a terminal report: table by area and ecosystem, funds, stages, rules, remarks.
pub fn allocation(record: &Record, lang: Lang) -> String {
    let mut text = head(record, lang);
    text.push_str(&main_table(record, lang));
    text.push('\n');
    text.push_str(&fund_table(record, lang));
    text.push('\n');
    text.push_str(&rule_table(record, lang));
    text.push('\n');
    text.push_str(&foot(record, lang));
    text
}

fn head(record: &Record, lang: Lang) -> String {
    let mut text = format!("{}\n", record.model.name.get(lang));
    if !record.model.basis.is_empty() {
        text.push_str(&Phrase::new("report.basis").with("basis", &record.model.basis).render(lang));
        text.push('\n');
    }
    if record.dataset.illustrative {
        text.push_str(&say(lang, "report.illustrative"));
        text.push('\n');
    }
    text.push_str(&changes(&record.changes, lang));
    text.push('\n');
    text
}

/// Resolved differences, one line a change; empty without any.
pub fn changes(differences: &[Difference], lang: Lang) -> String {
    if differences.is_empty() {
        return String::new();
    }
    let lines = summarise(differences).into_iter().map(|summary| format!("  {}\n", summary.text.get(lang)));
    std::iter::once(format!("{}\n", say(lang, "scenario.changes"))).chain(lines).collect()
}

fn main_table(record: &Record, lang: Lang) -> String {
    let mut columns = vec![(say(lang, "report.code"), Align::Left), (say(lang, "report.area"), Align::Left)];
    columns.extend(record.ecosystems.iter().map(|part| (part.name.get(lang).to_owned(), Align::Right)));
    for code in ["report.total", "report.last_year", "report.change", "report.coverage"] {
        columns.push((say(lang, code), Align::Right));
    }
    let mut grid = Grid::new(columns);
    for area in &record.areas {
        let of = |ecosystem: &TotalPart| {
            let cell = record.cells.iter().find(|cell| cell.area == area.code && cell.ecosystem == ecosystem.code);
            cell.map_or_else(String::new, |cell| wan(cell.amount_fen))
        };
        let cells = record.ecosystems.iter().map(of).collect();
        grid.row(total_row(area, area.code.clone(), cells, lang));
    }
    grid.rule();
    let sums = record.ecosystems.iter().map(|part| wan(part.amount_fen)).collect();
    grid.row(total_row(&record.total, String::new(), sums, lang));
    grid.print(&say(lang, "report.unit_wan"))
}

fn total_row(part: &TotalPart, code: String, cells: Vec<String>, lang: Lang) -> Vec<String> {
    let mut row = vec![code, part.name.get(lang).to_owned()];
    row.extend(cells);
    row.push(wan(part.amount_fen));
    row.push(part.last_year_fen.map_or_else(|| "—".to_owned(), wan));
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
    for fund in &record.funds {
        grid.row(vec![
            fund.label.get(lang).to_owned(),
            Money::from_fen(fund.amount_fen).to_string(),
            Money::from_fen(fund.spent_fen).to_string(),
            Money::from_fen(fund.amount_fen - fund.spent_fen).to_string(),
        ]);
    }
    grid.print("")
}

fn rule_table(record: &Record, lang: Lang) -> String {
    let mut grid = Grid::new([
        (say(lang, "report.rule"), Align::Left),
        (say(lang, "report.sentence"), Align::Left),
        (say(lang, "report.kind"), Align::Left),
        (say(lang, "report.holds"), Align::Left),
    ]);
    for rule in &record.rules {
        let missed: f64 = rule.missed.iter().map(|missed| missed.missed_yuan).sum();
        let holds = if rule.holds {
            say(lang, "report.yes")
        } else {
            Phrase::new("report.missed")
                .with("groups", rule.missed.len().to_string())
                .with("amount", format!("{missed:.2}"))
                .render(lang)
        };
        let hard = say(lang, if rule.hard { "report.hard" } else { "report.soft" });
        let name = if rule.label == Text::same(&rule.id) || rule.label.get(lang) == rule.id {
            rule.id.clone()
        } else {
            format!("{} ({})", rule.label.get(lang), rule.id)
        };
        grid.row(vec![name, rule.sentence.get(lang).to_owned(), hard, holds]);
    }
    grid.print("")
}

fn foot(record: &Record, lang: Lang) -> String {
    let mut text = String::new();
    for stage in &record.stages {
        let name = say(lang, stage_code(stage.kind));
        let line = Phrase::new("report.stage")
            .with("number", stage.number.to_string())
            .with("stage", name)
            .with("value", stage_value(stage))
            .with("programs", stage.programs.to_string())
            .with("gap", format!("{:.1e}", stage.certificate.gap));
        text.push_str(&line.render(lang));
        text.push('\n');
    }
    let rounding = Phrase::new("report.rounding")
        .with("unit", Money::from_fen(record.rounding.unit_fen).to_string())
        .with("shift", Money::from_fen(record.rounding.largest_shift_fen).to_string());
    text.push_str(&rounding.render(lang));
    text.push('\n');
    for warning in &record.warnings {
        text.push_str(&format!("! {}\n", warning.get(lang)));
    }
    let hash = record.hash.get(..16).unwrap_or(&record.hash);
    text.push_str(&format!("{} · {hash}\n", record.engine));
    text
}

/// The value of a stage as a person reads it; the split among funds has none.
pub(super) fn stage_value(stage: &StagePart) -> String {
    match stage.kind {
        "tie_break_fund" => String::new(),
        "max_outcome_benefit" | "min_missed" => format!(": {:.2}", stage.value),
        _ => format!(": {:.6}", stage.value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_is_two_columns_wide() {
        let mut grid = Grid::new([("名".to_owned(), Align::Left), ("额".to_owned(), Align::Right)]);
        grid.row(vec!["城桥镇".to_owned(), "1.00".to_owned()]);
        grid.row(vec!["ab".to_owned(), "12.00".to_owned()]);
        assert_eq!(grid.print("单位"), "         单位\n名         额\n─────────────\n城桥镇   1.00\nab      12.00\n");
    }
}
