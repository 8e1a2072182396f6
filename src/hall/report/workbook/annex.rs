//! 下达附件: 附件1, title, unit, the table, 制表/审核/签发, date, number of the run; 审批 where a plan was approved.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Worksheet, XlsxError};
use unicode_width::UnicodeWidthStr;

use super::style::say;
use crate::phrases::{Lang, Phrase};
use crate::record::Record;
use crate::report::annex::{Annex, annex, notes};
use crate::report::paper::{Approval, Paper};

/// Characters that a line of A4 takes upright; wider tables are printed across.
const UPRIGHT: f64 = 96.0;
/// Heights of rows, in points.
const ROW: f64 = 18.0;
const HEADER: f64 = 30.0;
/// A spreadsheet shows no row higher.
const HIGHEST: f64 = 409.0;
/// Points between the margins of A4 across and upright, and characters of a line across.
const ROOM: (f64, f64, f64) = (500.0, 747.0, 145.0);
/// So much of a page is rather made smaller than printed on a page of its own.
const OVERHANG: f64 = 0.2;
/// So wide a column of figures is at least, and its header at most before it is broken.
const NARROWEST: f64 = 11.0;

struct Looks {
    mark: Format,
    title: Format,
    left: Format,
    right: Format,
    header: Format,
    number: Format,
    name: Format,
    money: Format,
    total: Format,
    total_name: Format,
    small: Format,
    block: Format,
    block_name: Format,
}

impl Looks {
    fn new(lang: Lang) -> Self {
        let named = |name: &str| if lang == Lang::Zh { Format::new().set_font_name(name) } else { Format::new() };
        let body = || named("宋体").set_font_size(11).set_align(FormatAlign::VerticalCenter);
        let cell = || body().set_border(FormatBorder::Thin);
        Self {
            mark: named("黑体").set_font_size(14),
            title: named("方正小标宋简体")
                .set_font_size(20)
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::VerticalCenter)
                .set_text_wrap(),
            left: body().set_font_color(Color::RGB(0xC0_00_00)).set_text_wrap(),
            right: body().set_align(FormatAlign::Right),
            header: cell().set_bold().set_align(FormatAlign::Center).set_text_wrap(),
            number: cell().set_align(FormatAlign::Center),
            name: cell().set_text_wrap(),
            money: cell().set_num_format("#,##0.00"),
            total: cell().set_bold().set_num_format("#,##0.00"),
            total_name: cell().set_bold().set_align(FormatAlign::Center),
            small: body().set_font_size(8),
            block: cell().set_text_wrap(),
            block_name: cell().set_align(FormatAlign::Center).set_text_wrap(),
        }
    }
}

pub(super) fn write(
    sheet: &mut Worksheet,
    record: &Record,
    (paper, approval): (&Paper, Option<&Approval>),
    lang: Lang,
) -> Result<(), XlsxError> {
    sheet.set_name(say(lang, "paper.sheet_annex"))?;
    let (annex, looks) = (annex(record, paper.unit_of(record)), Looks::new(lang));
    let widths = widths(&annex, record, lang);
    for (column, width) in (0_u16..).zip(&widths) {
        sheet.set_column_width(column, *width)?;
    }
    let last = u16::try_from(widths.len()).unwrap_or(u16::MAX).saturating_sub(1);
    let wide: f64 = widths.iter().sum();
    sheet.write_string_with_format(0, 0, say(lang, "paper.annex"), &looks.mark)?;
    let title = paper.title_of(record, lang);
    sheet.merge_range(1, 0, 1, last, &title, &looks.title)?;
    sheet.set_row_height(1, (32.0 * lines(&title, wide / 1.9)).min(HIGHEST))?;
    let illustrative = if record.dataset.illustrative { say(lang, "report.illustrative_short") } else { String::new() };
    sheet.merge_range(2, 0, 2, last.saturating_sub(1), &illustrative, &looks.left)?;
    sheet.write_string_with_format(2, last, annex.unit.line(lang), &looks.right)?;
    let first = headers(sheet, &annex, record, (lang, &looks))?;
    let row = table(sheet, &annex, first, (lang, &looks))?;
    let row = signatures(sheet, (record, paper), (row, last, wide), (lang, &looks))?;
    if let Some(approval) = approval {
        block(sheet, approval, (row + 1, last, wide), (lang, &looks))?;
    }
    let is_across = wide > UPRIGHT;
    let height = 110.0 + 2.0 * HEADER + ROW * (annex.rows.len() as f64 + 4.0) + 14.0 * notes(record, lang).len() as f64;
    let height = height + approval.map_or(0.0, |approval| 20.0 * (approval.lines(lang).len() as f64 + 2.0));
    sheet
        .set_paper_size(9)
        .set_print_fit_to_pages(1, pages(height, wide, is_across))
        .set_print_center_horizontally(true);
    if is_across {
        sheet.set_landscape();
    }
    sheet.set_margins(0.7, 0.7, 0.6, 0.7, 0.3, 0.4);
    sheet.set_footer(format!("&C{}", say(lang, "paper.page")));
    Ok(())
}

/// Pages that the sheet is made to fit; 0 for as many as it takes. A signature does not stand alone on a last page.
fn pages(height: f64, wide: f64, is_across: bool) -> u16 {
    let (across, upright, line) = ROOM;
    let (room, line) = if is_across { (across, line) } else { (upright, UPRIGHT) };
    // What is wider than the paper is printed smaller, so that more rows stand on a page.
    let pages = height / (room * (wide / line).max(1.0));
    let whole = pages.floor();
    if whole >= 1.0 && pages - whole <= OVERHANG * whole { whole as u16 } else { 0 }
}

/// How many lines a text takes in so many columns of a terminal.
fn lines(text: &str, width: f64) -> f64 {
    (text.width() as f64 / width.max(1.0)).ceil().max(1.0)
}

fn widths(annex: &Annex, record: &Record, lang: Lang) -> Vec<f64> {
    let name = annex.rows.iter().map(|row| row.name.get(lang).width()).fold(0, usize::max);
    let label = record.model.area_label.get(lang).width();
    let mut widths = vec![6.0, (name.max(label) as f64 + 3.0).clamp(12.0, 30.0)];
    for (at, (_, header)) in annex.headers().iter().enumerate() {
        let figures = annex.rows.iter().filter_map(|row| annex.figures(row).get(at).copied().flatten());
        let figures = figures.chain(annex.totals().get(at).copied().flatten());
        let longest = figures.map(|fen| annex.unit.text(fen).len()).fold(0, usize::max) as f64;
        widths.push((longest * 1.12 + 2.5).max((header.get(lang).width() as f64 + 2.0).min(16.0)).max(NARROWEST));
    }
    widths
}

/// One row of headers, or two where funds stand above their ecosystems; returns the next row.
fn headers(
    sheet: &mut Worksheet,
    annex: &Annex,
    record: &Record,
    (lang, looks): (Lang, &Looks),
) -> Result<u32, XlsxError> {
    let top = 3;
    let bottom = if annex.has_groups() && !annex.is_single() { top + 1 } else { top };
    let texts = [say(lang, "paper.number"), record.model.area_label.get(lang).to_owned()];
    let own: Vec<String> = annex.headers().iter().map(|(_, name)| name.get(lang).to_owned()).collect();
    let parts = 2..2 + annex.parts();
    for (column, text) in (0_u16..).zip(texts.iter().chain(&own)) {
        match parts.contains(&usize::from(column)) || top == bottom {
            true => sheet.write_string_with_format(bottom, column, text, &looks.header)?,
            false => sheet.merge_range(top, column, bottom, column, text, &looks.header)?,
        };
    }
    if bottom > top {
        let mut from = 0;
        while let Some(column) = annex.columns.get(from) {
            let same = annex.columns.iter().skip(from).take_while(|other| other.group == column.group).count();
            let text = column.group.as_ref().map_or("", |group| group.get(lang));
            let (first, last) = (from + 2, from + same + 1);
            let at = |column: usize| u16::try_from(column).unwrap_or(u16::MAX);
            match same {
                1 => sheet.write_string_with_format(top, at(first), text, &looks.header)?,
                _ => sheet.merge_range(top, at(first), top, at(last), text, &looks.header)?,
            };
            from += same;
        }
        sheet.set_row_height(top, HEADER)?;
    }
    sheet.set_row_height(bottom, HEADER)?;
    sheet.set_repeat_rows(top, bottom)?;
    sheet.set_freeze_panes(bottom + 1, 2)?;
    Ok(bottom + 1)
}

/// The areas and the totals; returns the next row.
fn table(sheet: &mut Worksheet, annex: &Annex, first: u32, (lang, looks): (Lang, &Looks)) -> Result<u32, XlsxError> {
    let mut row = first;
    for (number, area) in (1_u32..).zip(&annex.rows) {
        sheet.set_row_height(row, ROW)?;
        sheet.write_number_with_format(row, 0, number, &looks.number)?;
        sheet.write_string_with_format(row, 1, area.name.get(lang), &looks.name)?;
        figures(sheet, row, annex, &annex.figures(area), &looks.money)?;
        row += 1;
    }
    sheet.set_row_height(row, 22)?;
    sheet.merge_range(row, 0, row, 1, &say(lang, "report.total"), &looks.total_name)?;
    figures(sheet, row, annex, &annex.totals(), &looks.total)?;
    Ok(row + 1)
}

fn figures(
    sheet: &mut Worksheet,
    row: u32,
    annex: &Annex,
    figures: &[Option<i64>],
    format: &Format,
) -> Result<(), XlsxError> {
    for (column, fen) in (2_u16..).zip(figures) {
        match fen {
            Some(fen) => sheet.write_number_with_format(row, column, annex.unit.number(*fen), format)?,
            None => sheet.write_blank(row, column, format)?,
        };
    }
    Ok(())
}

/// 制表, 审核, 签发, the date and the number of the run; returns the next row.
fn signatures(
    sheet: &mut Worksheet,
    (record, paper): (&Record, &Paper),
    (first, last, wide): (u32, u16, f64),
    (lang, looks): (Lang, &Looks),
) -> Result<u32, XlsxError> {
    let plain = Format::new().set_font_size(11);
    let plain = if lang == Lang::Zh { plain.set_font_name("宋体") } else { plain };
    let small = looks.small.clone().set_text_wrap();
    let mut row = first;
    for note in notes(record, lang) {
        sheet.merge_range(row, 0, row, last, &note, &small)?;
        sheet.set_row_height(row, (12.0 * lines(&note, wide * 1.3)).min(HIGHEST))?;
        row += 1;
    }
    sheet.write_string_with_format(row, 0, say(lang, "paper.signatures"), &plain)?;
    sheet.set_row_height(row, 28)?;
    sheet.merge_range(row + 1, 0, row + 1, last, &paper.date_line(lang), &looks.right)?;
    sheet.set_row_height(row + 1, ROW)?;
    let run = Phrase::new("paper.run").with("hash", &record.hash).render(lang);
    sheet.merge_range(row + 2, 0, row + 2, last, &run, &small)?;
    sheet.set_row_height(row + 2, 12.0 * lines(&run, wide * 1.3))?;
    Ok(row + 3)
}

/// 审批: who put the plan forward, who approved it, when, and why.
fn block(
    sheet: &mut Worksheet,
    approval: &Approval,
    (first, last, wide): (u32, u16, f64),
    (lang, looks): (Lang, &Looks),
) -> Result<(), XlsxError> {
    sheet.merge_range(first, 0, first, last, &say(lang, "paper.approval"), &looks.header)?;
    for (row, (name, text)) in (first + 1..).zip(approval.lines(lang)) {
        sheet.merge_range(row, 0, row, 1, &name, &looks.block_name)?;
        match last {
            2 => sheet.write_string_with_format(row, 2, &text, &looks.block)?,
            _ => sheet.merge_range(row, 2, row, last, &text, &looks.block)?,
        };
        sheet.set_row_height(row, (18.0 * lines(&text, (wide - 20.0) * 0.9)).min(HIGHEST))?;
    }
    Ok(())
}
