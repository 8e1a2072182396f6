//! An empty workbook ready to fill: the tables of areas and cells, and how to fill them in, in one language.

use rust_xlsxwriter::{DataValidation, Format, Workbook, Worksheet, XlsxError};

use crate::dataset::columns::standard_header;
use crate::dataset::properties::properties;
use crate::dataset::{EcosystemSpec, indicator};
use crate::phrases::{Lang, Phrase};
use crate::units::Money;

/// Rows of the template in which the ecosystem is offered as a list.
const LIST_ROWS: u32 = 2_000;

/// What is known of next year's data already.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Codes and names of the areas.
    pub areas: Vec<(String, String)>,
    /// Cells: position of the area, printed name of the ecosystem, last year's amount.
    pub cells: Vec<(usize, String, Option<Money>)>,
    /// Headers of the model's own columns of areas, with their units.
    pub area_columns: Vec<String>,
    /// Headers of its own columns of cells.
    pub cell_columns: Vec<String>,
}

/// The template as bytes of an .xlsx file, with what is known filled in.
///
/// # Errors
/// The writer refuses, such as too long a list of ecosystems.
pub fn template(ecosystems: &[EcosystemSpec], known: &Known, lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    book.set_properties(&properties(&say(lang, "dataset.template_title"), "")?);
    let bold = Format::new().set_bold().set_background_color(0xDD_EB_F7).set_text_wrap();
    let text = Format::new().set_num_format("@");
    areas(book.add_worksheet(), known, lang, (&bold, &text))?;
    cells(book.add_worksheet(), (ecosystems, known), lang, (&bold, &text))?;
    notes(book.add_worksheet(), lang, &bold, ecosystems)?;
    book.save_to_buffer()
}

fn say(lang: Lang, code: &'static str) -> String {
    Phrase::new(code).render(lang)
}

fn header_of(name: &str, lang: Lang) -> String {
    standard_header(name, lang).unwrap_or_else(|| name.to_owned())
}

fn header(sheet: &mut Worksheet, texts: &[String], bold: &Format) -> Result<(), XlsxError> {
    for (column, text) in (0_u16..).zip(texts) {
        sheet.write_string_with_format(0, column, text, bold)?;
        sheet.set_column_width(column, 18)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

fn areas(sheet: &mut Worksheet, known: &Known, lang: Lang, (bold, text): (&Format, &Format)) -> Result<(), XlsxError> {
    sheet.set_name(say(lang, "dataset.template_areas"))?;
    // Codes are text: as numbers, twelve digits would be shown as 3.10151E+11.
    sheet.set_column_format(0, text)?;
    let mut names = ["dataset.template_code", "dataset.template_name"].map(|code| say(lang, code)).to_vec();
    names.push(header_of(indicator::POPULATION, lang));
    names.extend(known.area_columns.iter().cloned());
    header(sheet, &names, bold)?;
    for (row, (code, name)) in (1_u32..).zip(&known.areas) {
        sheet.write_string(row, 0, code)?;
        sheet.write_string(row, 1, name)?;
    }
    Ok(())
}

fn cells(
    sheet: &mut Worksheet,
    (ecosystems, known): (&[EcosystemSpec], &Known),
    lang: Lang,
    (bold, text): (&Format, &Format),
) -> Result<(), XlsxError> {
    sheet.set_name(say(lang, "dataset.template_cells"))?;
    sheet.set_column_format(0, text)?;
    let names = ["dataset.template_area_code", "dataset.template_area_name", "dataset.template_ecosystem"];
    let mut names = names.map(|code| say(lang, code)).to_vec();
    names.extend(indicator::OF_CELLS.map(|name| header_of(name, lang)));
    let last_year = u16::try_from(names.len() - 1).unwrap_or(u16::MAX);
    names.extend(known.cell_columns.iter().cloned());
    header(sheet, &names, bold)?;
    for (row, (area, ecosystem, last)) in (1_u32..).zip(&known.cells) {
        if let Some((code, name)) = known.areas.get(*area) {
            sheet.write_string(row, 0, code)?;
            sheet.write_string(row, 1, name)?;
        }
        sheet.write_string(row, 2, ecosystem)?;
        if let Some(last) = last {
            // In the unit of the header: 万元 in Chinese, yuan in English.
            let amount = if lang == Lang::Zh { last.to_wan() } else { last.to_wan() * 10_000.0 };
            sheet.write_number(row, last_year, amount)?;
        }
    }
    let labels: Vec<&str> = ecosystems.iter().map(|spec| spec.label.get(lang)).collect();
    let list = DataValidation::new().allow_list_strings(&labels)?;
    sheet.add_data_validation(1, 2, LIST_ROWS, 2, &list)?;
    Ok(())
}

fn notes(sheet: &mut Worksheet, lang: Lang, bold: &Format, ecosystems: &[EcosystemSpec]) -> Result<(), XlsxError> {
    sheet.set_name(say(lang, "dataset.template_notes"))?;
    sheet.set_column_width(0, 110)?;
    sheet.write_string_with_format(0, 0, say(lang, "dataset.template_title"), bold)?;
    let labels = ecosystems.iter().map(|spec| spec.label.get(lang)).collect::<Vec<_>>().join(", ");
    let lines = [
        Phrase::new("dataset.template_note_areas"),
        Phrase::new("dataset.template_note_cells"),
        Phrase::new("dataset.template_note_ecosystems").with("ecosystems", labels),
        Phrase::new("dataset.template_note_units"),
        Phrase::new("dataset.template_note_plain"),
        Phrase::new("dataset.template_note_blank"),
        Phrase::new("dataset.template_note_own"),
    ];
    for (row, line) in (1_u32..).zip(lines) {
        sheet.write_string(row, 0, line.render(lang))?;
    }
    Ok(())
}
