//! A comparison as a workbook: 情景, 投入差异, 金额, 规则, 归因; numbers as numbers, money in 元.

use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};

use crate::analysis::attribution::{Attribution, PartRow};
use crate::analysis::compare::{AmountRow, Comparison};
use crate::phrases::{Lang, Phrase};
use crate::report::compare::{figures, level_name, name_of, names, say, state_text, status_text};
use crate::report::plain_style::{Columns, Style, optional, page, yuan};
use crate::report::table::one_line;
use crate::rules::naming::unit_text;
use crate::scenario::{shown, summarise};
use crate::units::{Decimal, Money};

/// The workbook as bytes.
///
/// # Errors
/// The writer refuses, such as beyond a million rows.
pub fn comparison(comparison: &Comparison, lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let page = Page { comparison, lang, names: names(comparison, lang), style: Style::new() };
    page.overview(book.add_worksheet())?;
    page.inputs(book.add_worksheet())?;
    page.amounts(book.add_worksheet())?;
    page.rules(book.add_worksheet())?;
    for (at, part) in comparison.attributions.iter().enumerate() {
        page.attribution(book.add_worksheet(), at, part)?;
    }
    book.save_to_buffer()
}

struct Page<'a> {
    comparison: &'a Comparison,
    lang: Lang,
    names: Vec<String>,
    style: Style,
}

impl Page<'_> {
    fn say(&self, code: &'static str) -> String {
        say(self.lang, code)
    }

    fn with_names(&self, first: &[&'static str]) -> Vec<String> {
        first.iter().map(|code| self.say(code)).chain(self.names.iter().cloned()).collect()
    }

    fn overview(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let (lang, style) = (self.lang, &self.style);
        sheet.set_name(self.say("compare.sheet_scenarios"))?;
        let more = self.names.len().saturating_sub(5);
        let widths = [30.0, 18.0, 18.0, 30.0, 40.0, 26.0].into_iter().chain(std::iter::repeat_n(16.0, more));
        let columns = Columns::new(sheet, widths)?;
        sheet.write_string_with_format(0, 0, self.comparison.model.name.get(lang), &style.title)?;
        let illustrative = self.comparison.scenarios.iter().any(|case| case.illustrative);
        if illustrative || self.comparison.dataset.illustrative {
            sheet.write_string_with_format(1, 0, self.say("report.illustrative"), &style.note)?;
        }
        let codes =
            ["compare.scenario", "report.code", "compare.status", "compare.note", "compare.changed", "compare.reason"];
        columns.headers(sheet, 3, &codes.map(|code| self.say(code)), style)?;
        page(sheet, 3, 0)?;
        let mut row = 4;
        for (case, name) in self.comparison.scenarios.iter().zip(&self.names) {
            let lines = |texts: Vec<String>| texts.join("\n");
            let changes = summarise(&case.differences).into_iter().map(|one| one.text.get(lang).to_owned());
            let conflict =
                case.conflict.iter().map(|part| format!("{} ({})", part.label.get(lang), part.id)).collect::<Vec<_>>();
            let reason = case.reason.iter().map(|reason| reason.get(lang).to_owned()).chain(conflict);
            let texts = [
                name.clone(),
                case.id.clone(),
                status_text(case.status, lang),
                case.note.get(lang).to_owned(),
                lines(changes.collect()),
                lines(reason.collect()),
            ];
            for (column, text) in (0_u16..).zip(&texts) {
                sheet.write_string_with_format(row, column, text, &style.wrapped)?;
            }
            columns.fit(sheet, row, texts.iter().map(String::as_str))?;
            row += 1;
        }
        row += 1;
        columns.headers(sheet, row, &self.with_names(&["compare.figure"]), style)?;
        for (code, _, values) in figures(self.comparison) {
            row += 1;
            sheet.write_string_with_format(row, 0, self.say(code), &style.text)?;
            for (column, value) in (1_u16..).zip(values) {
                optional(sheet, row, column, value, &style.ratio)?;
            }
        }
        if !self.comparison.remarks.is_empty() {
            row += 2;
            sheet.write_string_with_format(row, 0, self.say("compare.remarks"), &style.note)?;
        }
        for remark in &self.comparison.remarks {
            row += 1;
            columns.note(sheet, row, &one_line(remark.get(lang)), &style.note)?;
        }
        Ok(())
    }

    fn inputs(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        sheet.set_name(self.say("compare.sheet_inputs"))?;
        let widths = std::iter::once(40.0).chain(std::iter::repeat_n(22.0, self.names.len()));
        let columns = Columns::new(sheet, widths)?;
        columns.headers(sheet, 0, &self.with_names(&["compare.input"]), &self.style)?;
        for (row, input) in (1..).zip(&self.comparison.inputs) {
            let money: Option<Vec<f64>> = input.values.iter().map(|value| yuan_of(value)).collect();
            let plain: Option<Vec<f64>> = input.values.iter().map(|value| number_of(value)).collect();
            let unit = unit_text(if money.is_some() { "元" } else { &input.unit });
            let unit = unit.get(self.lang);
            let name = if unit.is_empty() { input.path.clone() } else { format!("{} ({unit})", input.path) };
            let mut texts = vec![name];
            texts.extend(input.values.iter().map(|value| shown(value).get(self.lang).to_owned()));
            columns.fit(sheet, row, texts.iter().map(String::as_str))?;
            sheet.write_string_with_format(row, 0, texts.first().map_or("", String::as_str), &self.style.wrapped)?;
            let format = if unit.is_empty() { &self.style.ratio } else { &self.style.money };
            for (at, (column, value)) in (1_u16..).zip(&input.values).enumerate() {
                match money.as_ref().or(plain.as_ref()).and_then(|numbers| numbers.get(at)) {
                    Some(number) => sheet.write_number_with_format(row, column, *number, format)?,
                    None => {
                        sheet.write_string_with_format(row, column, shown(value).get(self.lang), &self.style.wrapped)?
                    }
                };
            }
        }
        page(sheet, 0, 1)
    }

    fn amounts(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        sheet.set_name(self.say("compare.sheet_amounts"))?;
        sheet.write_string(0, 0, self.say("report.unit_yuan"))?;
        let mut header = self.with_names(&["compare.level", "report.code", "compare.group"]);
        let change = self.say("report.change");
        header.extend(self.others().map(|at| format!("{} {change}", self.names.get(at).map_or("", String::as_str))));
        let money = std::iter::repeat_n(16.0, header.len().saturating_sub(3));
        let columns = Columns::new(sheet, [12.0, 16.0, 20.0].into_iter().chain(money))?;
        columns.headers(sheet, 1, &header, &self.style)?;
        let total = std::slice::from_ref(&self.comparison.total);
        let levels: [(&'static str, &[AmountRow]); 5] = [
            ("report.total", total),
            ("compare.level_ecosystem", &self.comparison.ecosystems),
            ("compare.level_fund", &self.comparison.funds),
            ("compare.level_area", &self.comparison.areas),
            ("compare.level_cell", &self.comparison.cells),
        ];
        let mut row = 1;
        for (level, rows) in levels {
            for one in rows {
                row += 1;
                let texts = [
                    level_name(self.comparison, level, self.lang),
                    one.code.clone(),
                    one.name.get(self.lang).to_owned(),
                ];
                for (column, text) in (0_u16..).zip(&texts) {
                    sheet.write_string_with_format(row, column, text, &self.style.wrapped)?;
                }
                columns.fit(sheet, row, texts.iter().map(String::as_str))?;
                for (column, fen) in (3_u16..).zip(&one.amounts_fen) {
                    optional(sheet, row, column, fen.map(yuan), &self.style.money)?;
                }
                let first = 3 + count(one.amounts_fen.len());
                for (column, at) in (first..).zip(self.others()) {
                    let fen = one.differences_fen.get(at).copied().flatten();
                    optional(sheet, row, column, fen.map(yuan), &self.style.change)?;
                }
            }
        }
        page(sheet, 1, 3)
    }

    /// Scenarios other than the one compared against.
    fn others(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.names.len()).filter(|at| self.comparison.against != Some(*at))
    }

    fn rules(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        sheet.set_name(self.say("compare.sheet_rules"))?;
        let mut header = self.with_names(&["report.rule", "report.code"]);
        header.push(self.say("compare.differs"));
        let columns = Columns::new(sheet, std::iter::repeat_n(22.0, header.len()))?;
        columns.headers(sheet, 0, &header, &self.style)?;
        for (row, rule) in (1..).zip(&self.comparison.rules) {
            let mut texts = vec![rule.label.get(self.lang).to_owned(), rule.id.clone()];
            texts.extend(rule.states.iter().map(|state| state_text(state.as_ref(), self.lang)));
            texts.push(if rule.differs || rule.rows_differ { "✓".to_owned() } else { String::new() });
            for (column, text) in (0_u16..).zip(&texts) {
                sheet.write_string_with_format(row, column, text, &self.style.wrapped)?;
            }
            columns.fit(sheet, row, texts.iter().map(String::as_str))?;
        }
        page(sheet, 0, 2)
    }

    /// A sheet an attribution, so that its header is repeated on every page.
    fn attribution(&self, sheet: &mut Worksheet, at: usize, part: &Attribution) -> Result<(), XlsxError> {
        let name = self.say("compare.sheet_attribution");
        sheet.set_name(if at == 0 { name } else { format!("{name} {}", at + 1) })?;
        let columns =
            Columns::new(sheet, [26.0, 30.0].into_iter().chain(std::iter::repeat_n(20.0, part.players.len() + 1)))?;
        let heading = Phrase::new("compare.attribution")
            .with("from", name_of(self.comparison, &part.from, self.lang))
            .with("to", name_of(self.comparison, &part.to, self.lang))
            .with("runs", part.runs.to_string());
        sheet.write_string_with_format(0, 0, heading.render(self.lang), &self.style.title)?;
        let mut row = 1;
        page(sheet, row, 2)?;
        if part.status != "exact" {
            sheet.write_string_with_format(row, 0, self.say("compare.refused"), &self.style.note)?;
            for subset in &part.without_plan {
                row += 1;
                let who =
                    if subset.players.is_empty() { self.say("compare.nobody") } else { subset.players.join(", ") };
                sheet.write_string_with_format(row, 0, who, &self.style.text)?;
                let reason = one_line(subset.reason.get(self.lang));
                sheet.write_string_with_format(row, 1, &reason, &self.style.wrapped)?;
                columns.fit(sheet, row, ["", reason.as_str()])?;
            }
            return Ok(());
        }
        let mut header = vec![self.say("report.code"), self.say("compare.group"), self.say("report.change")];
        header.extend(part.players.iter().map(|player| player.name.get(self.lang).to_owned()));
        columns.headers(sheet, row, &header, &self.style)?;
        let total: Vec<PartRow> = part.total.iter().cloned().collect();
        for one in [&total, &part.ecosystems, &part.funds, &part.areas, &part.amounts].into_iter().flatten() {
            row += 1;
            sheet.write_string_with_format(row, 0, &one.code, &self.style.wrapped)?;
            sheet.write_string_with_format(row, 1, one.name.get(self.lang), &self.style.wrapped)?;
            columns.fit(sheet, row, [one.code.as_str(), one.name.get(self.lang)])?;
            for (column, fen) in (2_u16..).zip(std::iter::once(&one.difference_fen).chain(&one.parts_fen)) {
                sheet.write_number_with_format(row, column, yuan(*fen), &self.style.change)?;
            }
        }
        Ok(())
    }
}

/// Money with its unit as 元.
fn yuan_of(value: &str) -> Option<f64> {
    Money::parse(value.trim_matches('\u{22}')).ok().map(|money| yuan(money.fen()))
}

fn number_of(value: &str) -> Option<f64> {
    Decimal::parse(value).ok().map(Decimal::to_f64)
}

fn count(columns: usize) -> u16 {
    u16::try_from(columns).unwrap_or(u16::MAX / 4)
}
