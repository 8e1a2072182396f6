//! Raw tables: cells with their origin, from CSV text in any encoding a Chinese office uses.

use std::borrow::Cow;

use crate::finding::{Finding, Findings, Place};

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

/// Reads a CSV file in UTF-8 (with or without BOM), UTF-16 with BOM, or GB18030.
///
/// # Errors
/// All that is wrong with its form: encoding, size, ragged rows, no header.
pub fn read_csv(name: &str, bytes: &[u8]) -> Result<Table, Findings> {
    let place = Place::file(name);
    if bytes.len() > BYTES_MAX {
        return Err(too_large(place, "MiB", BYTES_MAX >> 20).into());
    }
    let text = decode(bytes).ok_or_else(|| Finding::error("dataset.encoding", place.clone()))?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut table = Table { place: place.clone(), header: Vec::new(), rows: Vec::new() };
    let mut findings = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let row = error.position().map_or(0, csv::Position::line);
                findings.push(Finding::error("dataset.csv", place.clone().row(row)).with("why", error.to_string()));
                break;
            }
        };
        let number = record.position().map_or(0, csv::Position::line);
        let cells: Vec<&str> = record.iter().map(str::trim).collect();
        if cells.iter().all(|cell| cell.is_empty()) {
            continue;
        }
        if table.header.is_empty() {
            table.header = cells.iter().map(ToString::to_string).collect();
            while table.header.last().is_some_and(String::is_empty) {
                table.header.pop();
            }
            if table.header.len() > COLUMNS_MAX {
                return Err(too_large(place, "columns", COLUMNS_MAX).into());
            }
            continue;
        }
        if table.rows.len() >= ROWS_MAX {
            return Err(too_large(place, "rows", ROWS_MAX).into());
        }
        push_row(&mut table, number, &cells, &mut findings);
    }
    if table.header.is_empty() && findings.is_empty() {
        findings.push(Finding::error("dataset.no_header", place));
    }
    Findings::gate(table, findings).map(|(table, _)| table)
}

fn push_row(table: &mut Table, number: u64, cells: &[&str], findings: &mut Vec<Finding>) {
    let width = table.header.len();
    if cells.iter().skip(width).any(|cell| !cell.is_empty()) || cells.len() < width {
        findings.push(
            Finding::error("dataset.ragged", table.place.clone().row(number))
                .with("found", cells.len().to_string())
                .with("expected", width.to_string()),
        );
        return;
    }
    if let Some(long) = cells.iter().position(|cell| cell.len() > CELL_MAX) {
        findings.push(too_large(table.place_of(number, long), "bytes", CELL_MAX));
        return;
    }
    let raw = |cell: &&str| if cell.is_empty() { Raw::Blank } else { Raw::Text((*cell).to_owned()) };
    table.rows.push(RawRow { number, cells: cells.iter().take(width).map(raw).collect() });
}

/// A finding that something exceeds a limit.
pub(super) fn too_large(place: Place, what: &'static str, limit: usize) -> Finding {
    Finding::error("dataset.too_large", place).with("what", what).with("limit", limit.to_string())
}

fn decode(bytes: &[u8]) -> Option<Cow<'_, str>> {
    if let Some((encoding, length)) = encoding_rs::Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling_and_without_replacement(bytes.get(length..)?);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(Cow::Borrowed(text)),
        Err(_) => encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes),
    }
}
