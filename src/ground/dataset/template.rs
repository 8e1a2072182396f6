//! An empty workbook ready to fill: the tables of areas and cells, and how to fill them in, in one language.

use rust_xlsxwriter::{DataValidation, Format, Workbook, Worksheet, XlsxError};

use crate::dataset::columns::standard_header;
use crate::dataset::properties::properties;
use crate::dataset::{EcosystemSpec, indicator};
use crate::phrases::{Lang, Phrase};

/// Rows of the template in which the ecosystem is offered as a list.
const LIST_ROWS: u32 = 2_000;

/// The template as bytes of an .xlsx file.
///
/// # Errors
/// The writer refuses, such as too long a list of ecosystems.
pub fn template(ecosystems: &[EcosystemSpec], lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    book.set_properties(&properties(&say(lang, "dataset.template_title"), "")?);
    let bold = Format::new().set_bold().set_background_color(0xDD_EB_F7).set_text_wrap();
    let text = Format::new().set_num_format("@");
    areas(book.add_worksheet(), lang, &bold, &text)?;
    cells(book.add_worksheet(), lang, (&bold, &text), ecosystems)?;
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

fn areas(sheet: &mut Worksheet, lang: Lang, bold: &Format, text: &Format) -> Result<(), XlsxError> {
    sheet.set_name(say(lang, "dataset.template_areas"))?;
    // Codes are text: as numbers, twelve digits would be shown as 3.10151E+11.
    sheet.set_column_format(0, text)?;
    let mut names = ["dataset.template_code", "dataset.template_name"].map(|code| say(lang, code)).to_vec();
    names.push(header_of(indicator::POPULATION, lang));
    header(sheet, &names, bold)
}

fn cells(
    sheet: &mut Worksheet,
    lang: Lang,
    (bold, text): (&Format, &Format),
    ecosystems: &[EcosystemSpec],
) -> Result<(), XlsxError> {
    sheet.set_name(say(lang, "dataset.template_cells"))?;
    sheet.set_column_format(0, text)?;
    let names = ["dataset.template_area_code", "dataset.template_area_name", "dataset.template_ecosystem"];
    let mut names = names.map(|code| say(lang, code)).to_vec();
    names.extend(
        [
            indicator::EXTENT,
            indicator::GEP,
            indicator::QUALITY,
            indicator::OUTCOME,
            indicator::PROTECTION_COST,
            indicator::OPPORTUNITY_COST,
            indicator::LAST_YEAR,
        ]
        .map(|name| header_of(name, lang)),
    );
    header(sheet, &names, bold)?;
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
