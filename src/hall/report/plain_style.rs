//! The workbooks that are plain tables (a comparison, a summary of a sweep, a settlement): how their cells look and their pages print.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Worksheet, XlsxError};
use unicode_width::UnicodeWidthStr as _;

/// Formats by what a cell holds.
pub(super) struct Style {
    /// Title of the sheet.
    pub title: Format,
    /// Remark below the title.
    pub note: Format,
    /// Header of a column.
    pub header: Format,
    /// Text on one line, and whole numbers.
    pub text: Format,
    /// Text on as many lines as it takes.
    pub wrapped: Format,
    /// Money in 元.
    pub money: Format,
    /// A difference of money in 元.
    pub change: Format,
    /// A share in per cent.
    pub percent: Format,
    /// A number of any size.
    pub number: Format,
    /// A ratio or index.
    pub ratio: Format,
}

impl Style {
    /// The formats.
    pub fn new() -> Self {
        let cell = || {
            let format = Format::new().set_border(FormatBorder::Thin).set_border_color(Color::RGB(0xBF_BF_BF));
            format.set_align(FormatAlign::Top)
        };
        let header = cell().set_bold().set_background_color(Color::RGB(0xF2_F2_F2)).set_text_wrap();
        Self {
            title: Format::new().set_bold().set_font_size(14),
            note: Format::new().set_italic().set_font_color(Color::RGB(0x80_30_00)),
            header: header.set_align(FormatAlign::Center),
            text: cell(),
            wrapped: cell().set_text_wrap(),
            money: cell().set_num_format("#,##0.00"),
            change: cell().set_num_format("+#,##0.00;-#,##0.00;0.00"),
            percent: cell().set_num_format("0.00%"),
            number: cell().set_num_format("0.000000"),
            ratio: cell().set_num_format("#,##0.0000"),
        }
    }
}

/// Height of a line of text.
const LINE: f64 = 14.5;

/// The columns of a sheet with their widths in characters: what says how many lines a text takes. The height of a row is written,
/// because what opens or prints the sheet need not find it by itself.
pub(super) struct Columns(Vec<f64>);

impl Columns {
    /// Sets the widths.
    pub fn new(sheet: &mut Worksheet, widths: impl IntoIterator<Item = f64>) -> Result<Self, XlsxError> {
        let widths: Vec<f64> = widths.into_iter().collect();
        for (column, width) in (0_u16..).zip(&widths) {
            sheet.set_column_width(column, *width)?;
        }
        Ok(Self(widths))
    }

    /// Makes a row as high as the texts in it take, from the first column on.
    pub fn fit<'t>(
        &self,
        sheet: &mut Worksheet,
        row: u32,
        texts: impl IntoIterator<Item = &'t str>,
    ) -> Result<(), XlsxError> {
        let most = self.0.iter().zip(texts).map(|(width, text)| lines(text, *width)).max().unwrap_or(1);
        if most > 1 {
            sheet.set_row_height(row, LINE * f64::from(most) + 2.0)?;
        }
        Ok(())
    }

    /// A row of headers, as high as they take.
    pub fn headers(&self, sheet: &mut Worksheet, row: u32, texts: &[String], style: &Style) -> Result<(), XlsxError> {
        for (column, text) in (0_u16..).zip(texts) {
            sheet.write_string_with_format(row, column, text, &style.header)?;
        }
        self.fit(sheet, row, texts.iter().map(String::as_str))
    }

    /// A remark over all columns, on as many lines as it takes.
    pub fn note(&self, sheet: &mut Worksheet, row: u32, text: &str, format: &Format) -> Result<(), XlsxError> {
        let last = u16::try_from(self.0.len().saturating_sub(1)).unwrap_or(0);
        if last == 0 {
            sheet.write_string_with_format(row, 0, text, format)?;
            return Ok(());
        }
        sheet.merge_range(row, 0, row, last, text, &format.clone().set_text_wrap().set_align(FormatAlign::Top))?;
        let lines = lines(text, self.0.iter().sum());
        if lines > 1 {
            sheet.set_row_height(row, LINE * f64::from(lines) + 2.0)?;
        }
        Ok(())
    }
}

/// So many lines a text takes in a column; bold and italic ones are a little wider than their characters.
pub(super) fn lines(text: &str, width: f64) -> u16 {
    let one = |line: &str| (line.width() as f64 * 1.12 / (width - 1.0).max(1.0)).ceil().clamp(1.0, 25.0);
    let count: f64 = text.lines().map(one).sum();
    // A spreadsheet shows no row higher than 409 points.
    count.clamp(1.0, 27.0) as u16
}

/// A4 across, as wide as the paper; the header is repeated on every page, and it and the first columns stay in sight.
pub(super) fn page(sheet: &mut Worksheet, header: u32, columns: u16) -> Result<(), XlsxError> {
    sheet.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0).set_header("&R&P / &N");
    sheet.set_repeat_rows(header, header)?;
    sheet.set_freeze_panes(header + 1, columns)?;
    Ok(())
}

/// 分 as 元: exact to the 分 below 9·10¹³ 元, the range of a spreadsheet's binary numbers.
pub(super) fn yuan(fen: i64) -> f64 {
    fen as f64 / 100.0
}

/// A number, or an empty cell of the same look.
pub(super) fn optional(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    value: Option<f64>,
    format: &Format,
) -> Result<(), XlsxError> {
    match value {
        Some(value) => sheet.write_number_with_format(row, column, value, format)?,
        None => sheet.write_blank(row, column, format)?,
    };
    Ok(())
}
