//! How the sheets look and print, and how their parts are written.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Worksheet, XlsxError};

use crate::phrases::{Lang, Phrase};
use crate::record::{CellPart, Record};
use crate::report::plain_style::lines;
pub(super) use crate::report::plain_style::{optional, yuan};
use crate::report::table::{change_texts, one_line, run_line};

/// The formats of all sheets.
pub(super) struct Style {
    pub title: Format,
    pub heading: Format,
    pub note: Format,
    pub plain: Format,
    pub header: Format,
    pub text: Format,
    pub wrapped: Format,
    pub money: Format,
    pub money_by_hand: Format,
    pub money_total: Format,
    pub text_total: Format,
    pub percent: Format,
    pub percent_total: Format,
    pub share: Format,
    pub ratio: Format,
    pub ratio_total: Format,
    pub price: Format,
    pub whole: Format,
    pub decimal: Format,
    pub tiny: Format,
}

impl Style {
    pub fn new(lang: Lang) -> Self {
        let font = || {
            let format = Format::new().set_font_size(11);
            if lang == Lang::Zh { format.set_font_name("宋体") } else { format }
        };
        let cell = || {
            font()
                .set_border(FormatBorder::Thin)
                .set_border_color(Color::RGB(0x80_80_80))
                .set_align(FormatAlign::VerticalCenter)
        };
        let total = || cell().set_bold().set_background_color(Color::RGB(0xF2_F2_F2));
        Self {
            title: font().set_bold().set_font_size(16),
            heading: font().set_bold().set_font_size(12),
            note: font().set_bold().set_font_color(Color::RGB(0xC0_00_00)),
            plain: font(),
            header: total().set_align(FormatAlign::Center).set_text_wrap(),
            text: cell(),
            wrapped: cell().set_text_wrap(),
            money: cell().set_num_format("#,##0.00"),
            money_by_hand: cell().set_num_format("#,##0.00\"*\""),
            money_total: total().set_num_format("#,##0.00"),
            text_total: total(),
            percent: cell().set_num_format("+0.0%;-0.0%;0.0%"),
            percent_total: total().set_num_format("+0.0%;-0.0%;0.0%"),
            share: cell().set_num_format("0.000%"),
            ratio: cell().set_num_format("0.0000"),
            ratio_total: total().set_num_format("0.0000"),
            price: cell().set_num_format("#,##0.000000"),
            whole: cell().set_num_format("#,##0"),
            decimal: cell().set_num_format("#,##0.00##"),
            tiny: cell().set_num_format("0.0E+00"),
        }
    }
}

/// A sentence by its code.
pub(super) fn say(lang: Lang, code: &'static str) -> String {
    Phrase::new(code).render(lang)
}

/// To the 分: what a solver leaves behind that is no information.
pub(super) fn to_fen(yuan: f64) -> f64 {
    (yuan * 100.0).round() / 100.0
}

/// A ratio to six decimals, more than any cell shows.
pub(super) fn tidy(ratio: f64) -> f64 {
    (ratio * 1e6).round() / 1e6
}

/// A row of headers.
pub(super) fn headers(sheet: &mut Worksheet, row: u32, texts: &[String], style: &Style) -> Result<(), XlsxError> {
    for (column, text) in (0_u16..).zip(texts) {
        sheet.write_string_with_format(row, column, text, &style.header)?;
    }
    sheet.set_row_height(row, HEADER)?;
    Ok(())
}

/// Height of a row, and of a row of headers of two lines.
const ROW: f64 = 18.0;
const HEADER: f64 = 34.0;
/// Height of a further line.
const LINE: f64 = 15.0;

/// Makes a row as high as the texts in its columns take.
pub(super) fn fit(sheet: &mut Worksheet, row: u32, widths: &[f64], texts: &[String]) -> Result<(), XlsxError> {
    let most = widths.iter().zip(texts).map(|(width, text)| lines(text, *width)).max().unwrap_or(1);
    if most > 1 {
        sheet.set_row_height(row, f64::from(most) * LINE + 3.0)?;
    }
    Ok(())
}

/// The first three columns of a line: code and name of the area, and the ecosystem.
pub(super) fn names(
    sheet: &mut Worksheet,
    row: u32,
    (record, cell): (&Record, &CellPart),
    (lang, style): (Lang, &Style),
) -> Result<(), XlsxError> {
    let label = record.ecosystems.iter().find(|part| part.code == cell.ecosystem);
    let texts = [cell.area.as_str(), cell.area_name.as_str(), label.map_or("", |part| part.name.get(lang))];
    for (column, text) in (0_u16..).zip(texts) {
        sheet.write_string_with_format(row, column, text, &style.text)?;
    }
    Ok(())
}

/// The header that stays in sight and is repeated on every printed page.
pub(super) fn main_headers(sheet: &mut Worksheet, row: u32, texts: &[String], style: &Style) -> Result<(), XlsxError> {
    headers(sheet, row, texts, style)?;
    sheet.set_freeze_panes(row + 1, 0)?;
    sheet.set_repeat_rows(row, row)?;
    Ok(())
}

/// So many changes are named at the head of a sheet; the audit sheet names all.
const CHANGES_NAMED: usize = 8;

/// Title, basis, marks, changes and the number of the run; returns the next free row.
pub(super) fn head(
    sheet: &mut Worksheet,
    record: &Record,
    (name, lang): (&str, Lang),
    unit: bool,
    style: &Style,
) -> Result<u32, XlsxError> {
    sheet.set_default_row_height(ROW);
    sheet.write_string_with_format(0, 0, format!("{} · {name}", record.model.name.get(lang)), &style.title)?;
    sheet.set_row_height(0, 26)?;
    let mut lines: Vec<(String, &Format)> = Vec::new();
    if !record.model.basis.is_empty() {
        let basis = Phrase::new("report.basis").with("basis", &record.model.basis);
        lines.push((basis.render(lang), &style.plain));
    }
    if !record.model.note.is_empty() {
        let note = Phrase::new("report.model_note").with("note", &record.model.note);
        lines.push((note.render(lang), &style.plain));
    }
    if record.dataset.illustrative {
        lines.push((say(lang, "report.illustrative"), &style.note));
    }
    let changes = change_texts(&record.changes);
    if !changes.is_empty() {
        lines.push((say(lang, "report.changes"), &style.note));
    }
    for change in changes.iter().take(CHANGES_NAMED) {
        lines.push((format!("  {}", change.get(lang)), &style.note));
    }
    if let Some(more) = changes.len().checked_sub(CHANGES_NAMED).filter(|more| *more > 0) {
        let more = Phrase::new("report.changes_more").with("count", more.to_string());
        lines.push((format!("  {}", more.render(lang)), &style.note));
    }
    if let Some(first) = record.warnings.first() {
        let warnings = Phrase::new("report.warnings_head").with("count", record.warnings.len().to_string());
        lines.push((warnings.with("first", one_line(first.get(lang))).render(lang), &style.note));
    }
    let run = run_line(record).render(lang);
    let run = if unit { format!("{} · {run}", say(lang, "report.unit_yuan")) } else { run };
    lines.push((run, &style.plain));
    let mut row = 1;
    for (line, format) in lines {
        sheet.write_string_with_format(row, 0, line, format)?;
        row += 1;
    }
    Ok(row)
}

/// A4 across, as wide as the paper, pages numbered.
pub(super) fn print_setup(sheet: &mut Worksheet, record: &Record, lang: Lang) {
    sheet.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0).set_print_center_horizontally(true);
    sheet.set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3);
    // In a footer & begins a code; && is one &.
    let name = record.model.name.get(lang).replace('&', "&&");
    let mark = if record.dataset.illustrative { say(lang, "report.illustrative_short") } else { String::new() };
    // A footer holds 255 characters.
    let name: String = name.chars().take(80).collect();
    sheet.set_footer(format!("&L{name} {mark}&R&P / &N"));
}
