//! The workbook of a model: its sheets with lists to choose from, pages of data beside them, and how to fill them in.

use rust_xlsxwriter::{DataValidation, Format, FormatAlign, Workbook, Worksheet, XlsxError};

use crate::cells::Cell;
use crate::dataset::properties::properties;
use crate::document::tree::Node;
use crate::forms::{FIGURES, KINDS, MEASURES, MONEY, Part, SHEETS, STAGES, Sheet, said, shown};
use crate::model::write::{Row, rows};
use crate::phrases::Lang;
use crate::toml::Comments;

/// Rows in which a list is offered.
const LIST_ROWS: u32 = 500;

/// Another page of the workbook: a table of data, or of what was read.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Name of its sheet.
    pub name: String,
    /// Line above the header; a table of data has none.
    pub title: Option<String>,
    /// Headers and widths.
    pub header: Vec<(String, u8)>,
    /// Rows; `None` is a blank cell.
    pub rows: Vec<Vec<Option<Cell>>>,
    /// Columns that hold text even where it looks like a number.
    pub texts: Vec<u16>,
}

/// Pages before and after the sheets of the model.
#[derive(Debug, Clone, Default)]
pub struct Extra {
    /// Data.
    pub before: Vec<Page>,
    /// What was read, and from where.
    pub after: Vec<Page>,
}

/// Longer texts are written on several lines of their cell.
const WRAPPED: usize = 24;

struct Styles {
    head: Format,
    note: Format,
    text: Format,
    wrap: Format,
    bold: Format,
}

/// Writes the workbook of a model.
///
/// # Errors
/// The writer refuses, such as a text that is too long for a cell.
pub fn workbook(tree: &Node, comments: &Comments, extra: &Extra, lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    book.set_properties(&properties(said("office.title").get(lang), "")?);
    let styles = Styles {
        head: Format::new()
            .set_bold()
            .set_background_color(0xDD_EB_F7)
            .set_text_wrap()
            .set_align(FormatAlign::VerticalCenter),
        note: Format::new().set_italic().set_font_color(0x59_59_59),
        text: Format::new().set_num_format("@"),
        wrap: Format::new().set_text_wrap().set_align(FormatAlign::Top),
        bold: Format::new().set_bold(),
    };
    for one in &extra.before {
        page(book.add_worksheet(), one, &styles)?;
    }
    for (sheet, rows) in rows(tree, comments, lang) {
        let is_shown = !matches!(sheet.part, Part::Ecosystems | Part::Other) || !rows.is_empty();
        if is_shown {
            filled(book.add_worksheet(), sheet, &rows, &styles, lang)?;
        }
    }
    for one in &extra.after {
        page(book.add_worksheet(), one, &styles)?;
    }
    help(book.add_worksheet(), &styles, lang)?;
    book.save_to_buffer()
}

fn put(sheet: &mut Worksheet, (row, column): (u32, u16), cell: &Cell, styles: &Styles) -> Result<(), XlsxError> {
    match cell {
        Cell::Number(number) => sheet.write_number(row, column, *number)?,
        Cell::Text(text) if text.contains('\n') || text.chars().count() > WRAPPED => {
            sheet.write_string_with_format(row, column, text, &styles.wrap)?
        }
        Cell::Text(text) => sheet.write_string(row, column, text)?,
    };
    Ok(())
}

fn print_setup(sheet: &mut Worksheet, header: u32) -> Result<(), XlsxError> {
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(header, header)?;
    sheet.set_footer("&C&P / &N");
    Ok(())
}

fn page(sheet: &mut Worksheet, page: &Page, styles: &Styles) -> Result<(), XlsxError> {
    sheet.set_name(&page.name)?;
    let header = u32::from(page.title.is_some());
    if let Some(title) = &page.title {
        sheet.write_string_with_format(0, 0, title, &styles.note)?;
    }
    for (column, (text, width)) in (0_u16..).zip(&page.header) {
        if page.texts.contains(&column) {
            sheet.set_column_format(column, &styles.text)?;
        }
        sheet.write_string_with_format(header, column, text, &styles.head)?;
        sheet.set_column_width(column, f64::from(*width))?;
    }
    sheet.set_freeze_panes(header + 1, 0)?;
    for (row, cells) in (header + 1..).zip(&page.rows) {
        for (column, cell) in (0_u16..).zip(cells) {
            if let Some(cell) = cell {
                put(sheet, (row, column), cell, styles)?;
            }
        }
    }
    print_setup(sheet, header)
}

fn filled(sheet: &mut Worksheet, form: &Sheet, rows: &[Row], styles: &Styles, lang: Lang) -> Result<(), XlsxError> {
    sheet.set_name(said(form.code).get(lang))?;
    sheet.write_string_with_format(0, 0, said(form.note).get(lang), &styles.note)?;
    for (column, known) in (0_u16..).zip(form.columns) {
        sheet.write_string_with_format(1, column, said(known.code).get(lang), &styles.head)?;
        sheet.set_column_width(column, f64::from(known.width))?;
        let words: Vec<String> = match (form.part, known.id) {
            (Part::Funds | Part::Entitlement | Part::Overrides | Part::Paid, "unit") => {
                MONEY.iter().map(ToString::to_string).collect()
            }
            (Part::Rules, "unit") => {
                let figures = FIGURES.iter().filter_map(|(id, _)| Some(format!("×{}", shown(FIGURES, id, lang)?)));
                MEASURES.iter().map(ToString::to_string).chain(figures).collect()
            }
            _ => known.words.iter().filter_map(|(id, _)| shown(known.words, id, lang)).collect(),
        };
        if !words.is_empty() {
            // Other words are allowed: those of the model file, and columns of one's own.
            let list = DataValidation::new().allow_list_strings(&words)?.show_error_message(false);
            sheet.add_data_validation(2, column, 1 + LIST_ROWS, column, &list)?;
        }
    }
    sheet.set_freeze_panes(2, 0)?;
    for (row, cells) in (2_u32..).zip(rows) {
        for (id, cell) in cells {
            if let Some(column) = form.columns.iter().position(|column| column.id == *id) {
                put(sheet, (row, u16::try_from(column).unwrap_or(u16::MAX)), cell, styles)?;
            }
        }
    }
    print_setup(sheet, 1)
}

/// How each sheet, and each kind of rule and objective, is filled in.
fn help(sheet: &mut Worksheet, styles: &Styles, lang: Lang) -> Result<(), XlsxError> {
    sheet.set_name(said("office.sheet_help").get(lang))?;
    sheet.set_column_width(0, 20)?;
    sheet.set_column_width(1, 110)?;
    let mut row = 0;
    let mut line = |sheet: &mut Worksheet, name: &str, text: &str| -> Result<(), XlsxError> {
        sheet.write_string_with_format(row, 0, name, &styles.bold)?;
        sheet.write_string_with_format(row, 1, text, &styles.wrap)?;
        row += 1;
        Ok(())
    };
    line(sheet, said("office.title").get(lang), said("office.help_start").get(lang))?;
    for form in SHEETS {
        line(sheet, said(form.code).get(lang), said(form.note).get(lang))?;
    }
    for (kind, code) in KINDS {
        line(sheet, said(code).get(lang), said(help_of(kind)).get(lang))?;
    }
    for (kind, code) in STAGES {
        line(sheet, said(code).get(lang), said(help_of(kind)).get(lang))?;
    }
    for (word, code) in [
        (said("office.of"), "office.help_of"),
        (said("office.unit_or_times"), "office.help_unit"),
        (said("office.penalty"), "office.help_penalty"),
        (said("office.more"), "office.help_more"),
    ] {
        line(sheet, word.get(lang), said(code).get(lang))?;
    }
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    Ok(())
}

fn help_of(kind: &str) -> &'static str {
    match kind {
        "unit_standard" => "office.help_unit_standard",
        "floor" => "office.help_floor",
        "cap" => "office.help_cap",
        "share" => "office.help_share",
        "corridor" => "office.help_corridor",
        "outcome_gate" => "office.help_outcome_gate",
        "outcome_order" => "office.help_outcome_order",
        "per_head" => "office.help_per_head",
        "channel" => "office.help_channel",
        "linear" => "office.help_linear",
        "deduction" => "office.help_deduction",
        "max_min_coverage" => "office.help_coverage",
        "min_deviation" => "office.help_deviation",
        "max_outcome_benefit" => "office.help_benefit",
        _ => "office.help_missed",
    }
}
