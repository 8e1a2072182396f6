//! Cells of the workbooks that are plain tables: a summary of a sweep, a settlement.

use rust_xlsxwriter::{Format, FormatBorder};

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
    /// A share in per cent.
    pub percent: Format,
    /// A number of any size.
    pub number: Format,
}

impl Style {
    /// The formats.
    pub fn new() -> Self {
        let cell = || Format::new().set_border(FormatBorder::Thin);
        Self {
            title: Format::new().set_bold().set_font_size(14),
            note: Format::new().set_italic(),
            header: cell().set_bold().set_text_wrap(),
            text: cell(),
            wrapped: cell().set_text_wrap(),
            money: cell().set_num_format("#,##0.00"),
            percent: cell().set_num_format("0.00%"),
            number: cell().set_num_format("0.000000"),
        }
    }
}
