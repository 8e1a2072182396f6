//! Rows of a file one after another: a CSV file of any length is never held whole, a workbook within the limits of its reader.

use std::io::Read;

use ecocomp_ground::dataset::csv_table::read_csv_grid;
use ecocomp_ground::dataset::grid::Grid;
use ecocomp_ground::dataset::table::Raw;
use ecocomp_ground::dataset::workbook::read_grids;
use ecocomp_ground::finding::{Finding, Findings, Place};

/// A row: its number from 1, and its cells by column.
pub type Row = (u64, Vec<Raw>);
/// Rows of one sheet or file, and where they stand.
pub struct Rows<'a> {
    /// File, and sheet of a workbook.
    pub place: Place,
    rows: Box<dyn Iterator<Item = Result<Row, Finding>> + 'a>,
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, Finding>;

    fn next(&mut self) -> Option<Self::Item> {
        self.rows.next()
    }
}

/// Most columns of a row.
const COLUMNS_MAX: usize = 256;
/// Longest text of a cell, in bytes.
const CELL_MAX: usize = 4096;

/// The rows of a CSV file in UTF-8, read as they are asked for.
pub fn csv_rows<'a>(name: &str, from: impl Read + 'a) -> Rows<'a> {
    let place = Place::file(name);
    let reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(from);
    let at = place.clone();
    let mut first = true;
    let rows = reader.into_byte_records().map(move |record| {
        let record = record.map_err(|error| {
            let row = error.position().map_or(0, csv::Position::line);
            Finding::error("dataset.csv", at.clone().row(row)).with("why", error.to_string())
        })?;
        let number = record.position().map_or(0, csv::Position::line);
        if record.len() > COLUMNS_MAX {
            return Err(Finding::error("fund.too_wide", at.clone().row(number)).with("most", COLUMNS_MAX.to_string()));
        }
        let mut cells = Vec::with_capacity(record.len());
        for field in &record {
            let field = if first { field.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(field) } else { field };
            first = false;
            if field.len() > CELL_MAX {
                return Err(Finding::error("fund.long_cell", at.clone().row(number)).with("most", CELL_MAX.to_string()));
            }
            let text = std::str::from_utf8(field)
                .map_err(|_| {
                    Finding::error("dataset.encoding_row", at.clone().row(number)).with("row", number.to_string())
                })?
                .trim();
            cells.push(if text.is_empty() { Raw::Blank } else { Raw::Text(text.to_owned()) });
        }
        Ok((number, cells))
    });
    Rows { place, rows: Box::new(rows) }
}

/// The rows of a whole file: every shown sheet of a workbook, or a CSV file in any encoding of an office.
///
/// # Errors
/// The file is no table, is damaged, or beyond the limits.
pub fn whole_rows(name: &str, bytes: &[u8]) -> Result<Vec<Rows<'static>>, Findings> {
    let grids = if bytes.starts_with(b"PK\x03\x04") || name.to_lowercase().ends_with(".xlsx") {
        read_grids(name, bytes)?
    } else {
        vec![read_csv_grid(name, bytes)?]
    };
    Ok(grids.into_iter().filter(|grid| grid.is_shown && !grid.cells.is_empty()).map(grid_rows).collect())
}

fn grid_rows(grid: Grid) -> Rows<'static> {
    let place = grid.place.clone();
    let numbers = grid.rows();
    let rows = numbers.into_iter().map(move |row| {
        let mut cells = Vec::new();
        for (column, raw) in grid.row(row) {
            cells.resize(column, Raw::Blank);
            cells.push(raw.clone());
        }
        Ok((u64::from(row) + 1, cells))
    });
    Rows { place, rows: Box::new(rows) }
}
