//! Workbooks (.xlsx), read cell by cell within limits; nothing is allocated on a file's own word.
//!
//! Formulas, merged cells, dates and error values are refused with their address, never guessed.

use std::io::Cursor;

use calamine::{DataRef, Dimensions, Reader, Xlsx};

use crate::dataset::package::{self, damaged};
use crate::dataset::table::{CELL_MAX, COLUMNS_MAX, ROWS_MAX, Raw, RawRow, Table, letters, too_large};
use crate::finding::{Finding, Findings, Place};

/// Most cells of a sheet.
const CELLS_MAX: usize = 8_000_000;

type Book<'a> = Xlsx<Cursor<&'a [u8]>>;

/// Reads every sheet of a workbook that `wanted` accepts, as tables.
///
/// # Errors
/// A damaged or oversized package, formulas, merged cells, values that are neither text nor number.
pub fn read_xlsx(name: &str, bytes: &[u8], wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Table>, Findings> {
    let place = Place::file(name);
    package::check(&place, bytes)?;
    let mut book: Book<'_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| damaged(&place, &error))?;
    let mut tables = Vec::new();
    let mut findings = Vec::new();
    for sheet in book.sheet_names() {
        if wanted(&sheet) {
            match read_sheet(&mut book, &place.clone().sheet(&sheet), &sheet) {
                Ok(table) => tables.push(table),
                Err(Findings(mut found)) => findings.append(&mut found),
            }
        }
    }
    Findings::gate(tables, findings).map(|(tables, _)| tables)
}

fn read_sheet(book: &mut Book<'_>, place: &Place, sheet: &str) -> Result<Table, Findings> {
    let merged = book.merge_cells_by_sheet_name(sheet).unwrap_or_default();
    let cells = stream(book, place, sheet)?;
    let mut findings: Vec<Finding> = merged.iter().filter_map(|range| merged_finding(place, range, &cells)).collect();
    let mut table = Table { place: place.clone(), header: Vec::new(), rows: Vec::new() };
    let mut from = 0;
    while let Some((row, _, _)) = cells.get(from) {
        let row = *row;
        let until = cells.iter().skip(from).position(|cell| cell.0 != row).map_or(cells.len(), |count| from + count);
        let of_row = cells.get(from..until).unwrap_or_default();
        from = until;
        if of_row.iter().all(|(_, _, raw)| *raw == Raw::Blank) {
            continue;
        }
        if table.header.is_empty() {
            table.header = header(place, of_row, &mut findings);
        } else {
            push_row(&mut table, u64::from(row) + 1, of_row, &mut findings);
        }
    }
    if table.header.is_empty() && findings.is_empty() {
        findings.push(Finding::error("dataset.no_header", place.clone()));
    }
    Findings::gate(table, findings).map(|(table, _)| table)
}

fn merged_finding(place: &Place, range: &Dimensions, cells: &[(u32, usize, Raw)]) -> Option<Finding> {
    // A merged title above an otherwise empty line is still a merged cell of the table's area: one table a sheet.
    let last = cells.last().map_or(0, |cell| cell.0);
    (range.start.0 <= last).then(|| {
        let address = |row: u32, column: u32| format!("{}{}", letters(usize::try_from(column).unwrap_or(0)), row + 1);
        let text = format!("{}:{}", address(range.start.0, range.start.1), address(range.end.0, range.end.1));
        Finding::error("dataset.merged", place.clone().row(u64::from(range.start.0) + 1).column(text.clone()))
            .with("range", text)
    })
}

/// All cells in reading order: row, column, content.
fn stream(book: &mut Book<'_>, place: &Place, sheet: &str) -> Result<Vec<(u32, usize, Raw)>, Findings> {
    let mut reader = book.worksheet_cells_reader(sheet).map_err(|error| damaged(place, &error))?;
    let mut cells = Vec::new();
    loop {
        let record = match reader.next_cell_with_formula_metadata() {
            Ok(Some(record)) => record,
            Ok(None) => break,
            Err(error) => return Err(damaged(place, &error).into()),
        };
        let (row, column) = record.pos;
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        let raw = if record.formula.is_some() {
            Raw::Refused("dataset.formula", String::new())
        } else {
            raw_of(&record.value)
        };
        if raw == Raw::Blank {
            continue;
        }
        let at = || place.clone().row(u64::from(row) + 1).column(letters(column.min(20_000)));
        if usize::try_from(row).unwrap_or(usize::MAX) >= ROWS_MAX {
            return Err(too_large(at(), "rows", ROWS_MAX).into());
        }
        if column >= COLUMNS_MAX {
            return Err(too_large(at(), "columns", COLUMNS_MAX).into());
        }
        if cells.len() >= CELLS_MAX {
            return Err(too_large(at(), "cells", CELLS_MAX).into());
        }
        if matches!(&raw, Raw::Text(text) if text.len() > CELL_MAX) {
            return Err(too_large(at(), "bytes", CELL_MAX).into());
        }
        cells.push((row, column, raw));
    }
    cells.sort_by_key(|(row, column, _)| (*row, *column));
    Ok(cells)
}

fn raw_of(value: &DataRef<'_>) -> Raw {
    let text = |text: &str| {
        let trimmed = text.trim();
        if trimmed.is_empty() { Raw::Blank } else { Raw::Text(trimmed.to_owned()) }
    };
    match value {
        DataRef::Empty => Raw::Blank,
        DataRef::String(value) => text(value),
        DataRef::SharedString(value) => text(value),
        DataRef::Float(value) => Raw::Number(*value),
        // i64 → f64 is exact for every integer a workbook can hold (53 bits).
        DataRef::Int(value) => Raw::Number(*value as f64),
        DataRef::Bool(value) => Raw::Refused("dataset.not_plain", value.to_string()),
        DataRef::Error(error) => Raw::Refused("dataset.not_plain", error.to_string()),
        other => Raw::Refused("dataset.not_plain", format!("{other:?}")),
    }
}

fn header(place: &Place, cells: &[(u32, usize, Raw)], findings: &mut Vec<Finding>) -> Vec<String> {
    let mut header = Vec::new();
    for (row, column, raw) in cells {
        let place = place.clone().row(u64::from(*row) + 1).column(letters(*column));
        while header.len() < *column {
            header.push(String::new());
        }
        match raw {
            Raw::Text(text) => header.push(text.clone()),
            Raw::Blank => header.push(String::new()),
            Raw::Number(number) => header.push(number.to_string()),
            Raw::Refused(code, text) => findings.push(Finding::error(code, place).with("value", text)),
        }
    }
    header
}

fn push_row(table: &mut Table, number: u64, cells: &[(u32, usize, Raw)], findings: &mut Vec<Finding>) {
    let mut row = RawRow { number, cells: vec![Raw::Blank; table.header.len()] };
    for (_, column, raw) in cells {
        match row.cells.get_mut(*column) {
            Some(cell) => *cell = raw.clone(),
            None => findings.push(
                Finding::error("dataset.outside_header", table.place.clone().row(number).column(letters(*column)))
                    .with("column", letters(*column)),
            ),
        }
    }
    table.rows.push(row);
}
