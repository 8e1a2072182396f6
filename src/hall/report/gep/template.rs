//! The template of an account as a workbook: how to fill it, then its sheets with lists to choose from.

use rust_xlsxwriter::{Color, DataValidation, Format, FormatAlign, Workbook, Worksheet, XlsxError};

use crate::accounting::template::{Page, Wanted};
use crate::dataset::properties::properties;
use crate::phrases::{Lang, Phrase};
use crate::report::plain_style::{Columns, Style, page};

/// Rows for which a list of words is offered.
const LIST_ROWS: u32 = 2_000;
/// Widest and narrowest column, in characters.
const WIDTHS: (f64, f64) = (9.0, 46.0);

fn say(code: &'static str, lang: Lang) -> String {
    Phrase::new(code).render(lang)
}

/// The workbook.
///
/// # Errors
/// The writer refuses.
pub fn workbook(wanted: &Wanted, pages: &[Page], norm: &str, lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let title = say(if wanted.inventory { "gep.template_inventory_title" } else { "gep.template_title" }, lang);
    let mut book = Workbook::new();
    book.set_properties(&properties(&title, "")?);
    let style = Style::new();
    notes(book.add_worksheet(), wanted, norm, (&title, &style, lang))?;
    for one in pages {
        sheet(book.add_worksheet(), one, &style)?;
    }
    book.save_to_buffer()
}

fn notes(
    sheet: &mut Worksheet,
    wanted: &Wanted,
    norm: &str,
    (title, style, lang): (&str, &Style, Lang),
) -> Result<(), XlsxError> {
    sheet.set_name(say("gep.template_notes", lang))?;
    let columns = Columns::new(sheet, [84.0])?;
    sheet.write_string_with_format(0, 0, title, &style.title)?;
    let area = format!("{}: {} {} · {}", say("gep.template_area", lang), wanted.area.0, wanted.area.1, wanted.year);
    let mut lines = vec![area, Phrase::new("gep.template_note_norm").with("norm", norm).render(lang)];
    let codes: &[&'static str] = if wanted.inventory {
        &["gep.template_note_inventory", "gep.template_note_inventory_command"]
    } else {
        &[
            "gep.template_note_yellow",
            "gep.template_note_unit",
            "gep.template_note_status",
            "gep.template_note_ecosystem",
            "gep.template_note_rows",
            "gep.template_note_department",
            "gep.template_note_inventory",
            "gep.template_note_commands",
        ]
    };
    lines.extend(codes.iter().map(|code| say(code, lang)));
    for (row, line) in (2_u32..).zip(&lines) {
        sheet.write_string_with_format(row, 0, line, &style.wrapped)?;
        columns.fit(sheet, row, [line.as_str()])?;
    }
    sheet.set_paper_size(9).set_print_fit_to_pages(1, 0);
    Ok(())
}

/// As wide as its longest text, within bounds.
fn width(one: &Page, at: usize) -> f64 {
    use unicode_width::UnicodeWidthStr as _;
    let texts = one.headers.get(at).into_iter().chain(one.rows.iter().filter_map(|row| row.get(at)));
    let longest = texts.map(|text| text.width()).max().unwrap_or(0);
    (longest as f64 * 1.15 + 2.0).clamp(WIDTHS.0, WIDTHS.1)
}

fn sheet(sheet: &mut Worksheet, one: &Page, style: &Style) -> Result<(), XlsxError> {
    sheet.set_name(&one.name)?;
    let columns = Columns::new(sheet, (0..one.headers.len()).map(|at| width(one, at)))?;
    columns.headers(sheet, 0, &one.headers, style)?;
    // Codes and years stay as they are typed: as text, twelve digits are no 3.1E+11.
    let text = Format::new().set_num_format("@");
    let fill = style.text.clone().set_background_color(Color::RGB(0xFF_F2_CC)).set_align(FormatAlign::Top);
    for at in (0_u16..).take(one.headers.len()) {
        if Some(usize::from(at)) != one.blank {
            sheet.set_column_format(at, &text)?;
        }
    }
    for (row, cells) in (1_u32..).zip(&one.rows) {
        for (at, cell) in (0_u16..).zip(cells) {
            match (cell.is_empty(), one.blank == Some(usize::from(at))) {
                (true, true) => sheet.write_blank(row, at, &fill)?,
                (true, false) => continue,
                (false, _) => sheet.write_string_with_format(row, at, cell, &style.wrapped)?,
            };
        }
        columns.fit(sheet, row, cells.iter().map(String::as_str))?;
    }
    for (at, words) in &one.choices {
        let (Ok(at), Ok(list)) = (u16::try_from(*at), DataValidation::new().allow_list_strings(words)) else {
            continue;
        };
        sheet.add_data_validation(1, at, LIST_ROWS, at, &list)?;
    }
    page(sheet, 0, 1)
}
