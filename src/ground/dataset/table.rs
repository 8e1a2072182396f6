//! Raw tables: cells with their origin, and the limits they are read within.

use crate::finding::{Finding, FindingLog, Place};
use crate::phrases::Phrase;

/// The code of a cell that holds a date, which is a figure nowhere; its text is the day.
pub const DATE: &str = "dataset.date";

/// Largest CSV file read.
pub const BYTES_MAX: usize = 64 << 20;
/// Most rows of a table.
pub const ROWS_MAX: usize = 1_000_000;
/// Most columns of a table.
pub const COLUMNS_MAX: usize = 256;
/// Longest text of one cell, in bytes.
pub const CELL_MAX: usize = 32 << 10;

/// What stands in one cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Raw {
    /// Nothing, or only spaces.
    Blank,
    /// Text, trimmed; every cell of a CSV file is text.
    Text(String),
    /// A binary number of a workbook.
    Number(f64),
    /// A binary number that the workbook shows as a percentage: 0.8 as 80%.
    Percent(f64),
    /// Something that is neither: the phrase code says what (a formula, an error, a date).
    Refused(&'static str, String),
}

/// One row and where it stood.
#[derive(Debug, Clone, PartialEq)]
pub struct RawRow {
    /// Row or record number from 1, header included.
    pub number: u64,
    /// Cells in the order of the header; short rows are filled with blanks.
    pub cells: Vec<Raw>,
}

/// A table as it stood in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// File, and sheet of a workbook.
    pub place: Place,
    /// Header texts, trimmed.
    pub header: Vec<String>,
    /// Rows that are not wholly blank.
    pub rows: Vec<RawRow>,
}

impl Table {
    /// Place of a cell: row number, and header (with the letter of the column).
    pub fn place_of(&self, row: u64, column: usize) -> Place {
        let header = self.header.get(column).map_or("", String::as_str);
        self.place.clone().row(row).column(format!("{} {header}", letters(column)).trim_end())
    }
}

/// Spreadsheet letters of a column counted from 0: A, B, …, Z, AA.
pub fn letters(column: usize) -> String {
    let mut name = String::new();
    let mut rest = column + 1;
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).unwrap_or(0);
        name.insert(0, char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    name
}

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    /// MiB of a CSV file.
    MebibytesOfText,
    /// MiB of a workbook.
    MebibytesOfWorkbook,
    /// MiB of all parts of a workbook.
    MebibytesInflated,
    /// Parts of a workbook.
    Parts,
    /// Entries of one kind in a workbook: formats, strings, merged ranges.
    Elements,
    /// Rows of a table.
    Rows,
    /// Columns of a table.
    Columns,
    /// Cells of a sheet.
    Cells,
    /// MiB of the texts of a sheet.
    MebibytesOfCells,
    /// Bytes of a cell.
    Bytes,
}

/// A finding that something exceeds a limit.
pub(super) fn too_large(place: Place, what: Limit, limit: usize) -> Finding {
    let what = match what {
        Limit::MebibytesOfText => "dataset.limit_text",
        Limit::MebibytesOfWorkbook => "dataset.limit_workbook",
        Limit::MebibytesInflated => "dataset.limit_inflated",
        Limit::Parts => "dataset.limit_parts",
        Limit::Elements => "dataset.limit_elements",
        Limit::Rows => "dataset.limit_rows",
        Limit::Columns => "dataset.limit_columns",
        Limit::Cells => "dataset.limit_cells",
        Limit::MebibytesOfCells => "dataset.limit_cell_text",
        Limit::Bytes => "dataset.limit_bytes",
    };
    Finding::error("dataset.too_large", place).with("what", Phrase::new(what).text()).with("limit", limit.to_string())
}

/// Line breaks within a header are layout: `面积⏎(亩)` is `面积(亩)`. Other characters that steer a terminal are refused.
pub(super) fn header_text(text: &str, place: &Place, log: &mut FindingLog) -> String {
    let text: String = text.chars().filter(|c| !matches!(c, '\n' | '\r' | '\t')).collect();
    if text.contains(crate::phrases::is_steering) {
        log.push(Finding::error("dataset.steering_characters", place.clone()).with("value", &text));
    }
    text.trim().to_owned()
}
