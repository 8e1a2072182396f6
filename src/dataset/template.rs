//! An empty workbook ready to fill: sheets 区域, 单元 and 说明.

use rust_xlsxwriter::{DataValidation, Format, Workbook, Worksheet, XlsxError};

use crate::dataset::columns::standard_header;
use crate::dataset::{EcosystemSpec, indicator};

/// Rows of the template in which the ecosystem is offered as a list.
const LIST_ROWS: u32 = 2_000;

/// The template as bytes of an .xlsx file.
///
/// # Errors
/// The writer refuses, such as too long a list of ecosystems.
pub fn template(ecosystems: &[EcosystemSpec]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let bold = Format::new().set_bold().set_background_color(0xDD_EB_F7).set_text_wrap();
    let text = Format::new().set_num_format("@");
    areas(book.add_worksheet(), &bold, &text)?;
    cells(book.add_worksheet(), &bold, &text, ecosystems)?;
    notes(book.add_worksheet(), &bold, ecosystems)?;
    book.save_to_buffer()
}

fn header_of(name: &str) -> String {
    standard_header(name).map_or_else(|| name.to_owned(), |(header, unit)| format!("{header}({unit})"))
}

fn header(sheet: &mut Worksheet, texts: &[String], bold: &Format) -> Result<(), XlsxError> {
    for (column, text) in (0_u16..).zip(texts) {
        sheet.write_string_with_format(0, column, text, bold)?;
        sheet.set_column_width(column, 18)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

fn areas(sheet: &mut Worksheet, bold: &Format, text: &Format) -> Result<(), XlsxError> {
    sheet.set_name("区域")?;
    // Codes are text: as numbers, twelve digits would be shown as 3.10151E+11.
    sheet.set_column_format(0, text)?;
    header(sheet, &["代码".to_owned(), "名称".to_owned(), header_of(indicator::POPULATION)], bold)
}

fn cells(sheet: &mut Worksheet, bold: &Format, text: &Format, ecosystems: &[EcosystemSpec]) -> Result<(), XlsxError> {
    sheet.set_name("单元")?;
    sheet.set_column_format(0, text)?;
    let mut names = vec!["区域代码".to_owned(), "区域名称".to_owned(), "生态系统".to_owned()];
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
        .map(header_of),
    );
    header(sheet, &names, bold)?;
    let labels: Vec<&str> = ecosystems.iter().map(|spec| spec.label.zh.as_str()).collect();
    let list = DataValidation::new().allow_list_strings(&labels)?;
    sheet.add_data_validation(1, 2, LIST_ROWS, 2, &list)?;
    Ok(())
}

fn notes(sheet: &mut Worksheet, bold: &Format, ecosystems: &[EcosystemSpec]) -> Result<(), XlsxError> {
    sheet.set_name("说明")?;
    sheet.set_column_width(0, 110)?;
    sheet.write_string_with_format(0, 0, "填写说明 How to fill in", bold)?;
    let labels: Vec<String> = ecosystems.iter().map(|spec| format!("{} {}", spec.label.zh, spec.label.en)).collect();
    let lines = [
        "“区域”每个乡镇一行;代码为文本。 Sheet 区域: one row an area; codes are text.".to_owned(),
        "“单元”每个乡镇的每类生态系统一行;没有的不填。 Sheet 单元: one row for each area and ecosystem that exists.".to_owned(),
        format!("生态系统 Ecosystems: {}", labels.join(", ")),
        "单位写在表头,可改为其他单位,如“面积(公顷)”“生态产品总值(亿元)”。 Units stand in the headers and may be changed there.".to_owned(),
        "数值不带单位;公式请粘贴为数值;不要合并单元格;不要合计行。 Bare numbers, values instead of formulas, no merged cells, no totals.".to_owned(),
        "空白表示没有数据;为零请填 0。 Blank means unknown; write 0 for zero.".to_owned(),
        "可增加自己的列,如“红线面积(亩)”。 Columns of your own may be added, with their unit.".to_owned(),
    ];
    for (row, line) in (1_u32..).zip(lines) {
        sheet.write_string(row, 0, line)?;
    }
    Ok(())
}
