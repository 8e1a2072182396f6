//! Workbooks (.xlsx), read cell by cell within limits; nothing is allocated on a file's own word.
//!
//! Formulas, merged cells, dates and error values are refused with their address, never guessed.

use std::collections::BTreeSet;
use std::io::Cursor;

use calamine::{DataRef, Dimensions, Reader, SheetType, SheetVisible, Xlsx};

use crate::dataset::grid::{Grid, Merged};
use crate::dataset::header::{Header, Search};
use crate::dataset::hidden::hidden;
use crate::dataset::package::{self, damaged};
use crate::dataset::table::{
    CELL_MAX, COLUMNS_MAX, DATE, Limit, ROWS_MAX, Raw, RawRow, Table, header_text, letters, too_large,
};
use crate::finding::{Finding, FindingLog, Findings, Place};

/// Most cells of a sheet.
const CELLS_MAX: usize = 8_000_000;
/// Most bytes of text in the cells of a sheet: one string of the package may stand in every cell.
const TEXT_MAX: usize = 32 << 20;

type Book<'a> = Xlsx<Cursor<&'a [u8]>>;

/// Reads every sheet of a workbook that `wanted` accepts, as tables.
///
/// # Errors
/// A damaged or oversized package, formulas, merged cells, values that are neither text nor number.
pub fn read_xlsx(name: &str, bytes: &[u8], wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Table>, Findings> {
    let place = Place::file(name);
    package::check(&place, bytes)?;
    // The package has been looked at for all that is known to make the parser panic. Should a crafted file find another way,
    // that too is a damaged workbook and no crash; the parser's state is dropped with the panic.
    let read = std::panic::AssertUnwindSafe(|| read_sheets(&place, bytes, wanted));
    std::panic::catch_unwind(read).unwrap_or_else(|_| Err(damaged(&place, &"panic").into()))
}

fn read_sheets(place: &Place, bytes: &[u8], wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Table>, Findings> {
    let mut book: Book<'_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| damaged(place, &error))?;
    let mut tables = Vec::new();
    let mut log = FindingLog::of_tables();
    for sheet in book.sheet_names() {
        if wanted(&sheet) {
            match read_sheet(&mut book, &place.clone().sheet(&sheet), &sheet) {
                Ok(table) => tables.push(table),
                Err(Findings(found)) => log.extend(found),
            }
        }
    }
    Findings::gate(tables, log.into_findings()).map(|(tables, _)| tables)
}

fn read_sheet(book: &mut Book<'_>, place: &Place, sheet: &str) -> Result<Table, Findings> {
    let merged = book.merge_cells_by_sheet_name(sheet).map_err(|error| damaged(place, &error))?;
    let percents = percents(book, place, sheet)?;
    let cells = stream(book, place, sheet, (&percents, false))?;
    let mut log = FindingLog::of_tables();
    log.extend(merged.iter().filter_map(|range| merged_finding(place, range, &cells)));
    let mut table = Table { place: place.clone(), header: Vec::new(), rows: Vec::new() };
    let mut search = Search::default();
    let mut from = 0;
    while let Some((row, _, _)) = cells.get(from) {
        let row = *row;
        let until = cells.iter().skip(from).position(|cell| cell.0 != row).map_or(cells.len(), |count| from + count);
        let of_row = cells.get(from..until).unwrap_or_default();
        from = until;
        let texts = of_row.iter().map(|(_, _, raw)| if let Raw::Text(text) = raw { text.as_str() } else { "" });
        let number = u64::from(row) + 1;
        if search.meets(&texts.collect::<Vec<_>>()) == Header::Below {
            let finding = Finding::error("dataset.header_below", place.clone().row(number));
            return Err(finding.with("row", number.to_string()).into());
        }
        if table.header.is_empty() {
            table.header = header(place, of_row, &mut log);
        } else {
            push_row(&mut table, number, of_row, &mut log);
        }
    }
    if table.header.is_empty() && log.errors() == 0 {
        log.push(Finding::error("dataset.no_header", place.clone()));
    }
    Findings::gate(table, log.into_findings()).map(|(table, _)| table)
}

/// Cells that the workbook shows as percentages.
fn percents(book: &mut Book<'_>, place: &Place, sheet: &str) -> Result<BTreeSet<(u32, u32)>, Finding> {
    let mut reader = book.worksheet_cells_reader(sheet).map_err(|error| damaged(place, &error))?;
    let styles = reader.styles().iter();
    let percent: BTreeSet<usize> = styles
        .enumerate()
        .filter(|(_, style)| style.number_format.as_ref().is_some_and(|format| is_percent(&format.format_code)))
        .map(|(index, _)| index)
        .collect();
    let mut cells = BTreeSet::new();
    if percent.is_empty() {
        return Ok(cells);
    }
    while let Some((row, column, style)) = reader.next_style_id().map_err(|error| damaged(place, &error))? {
        if percent.contains(&style) {
            cells.insert((row, column));
        }
        if cells.len() > CELLS_MAX {
            return Err(too_large(place.clone(), Limit::Cells, CELLS_MAX));
        }
    }
    Ok(cells)
}

/// Whether a number format multiplies by a hundred: a `%` that is neither quoted nor escaped.
fn is_percent(code: &str) -> bool {
    let mut characters = code.chars();
    let mut quoted = false;
    while let Some(c) = characters.next() {
        match c {
            '\u{22}' => quoted = !quoted,
            '\\' | '_' | '*' if !quoted => {
                let _ = characters.next();
            }
            '%' if !quoted => return true,
            _ => {}
        }
    }
    false
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

/// Every sheet as it stands: merged ranges kept, a formula as the value that the workbook holds of it.
///
/// # Errors
/// A damaged or oversized package.
pub fn read_grids(name: &str, bytes: &[u8]) -> Result<Vec<Grid>, Findings> {
    let place = Place::file(name);
    package::check(&place, bytes)?;
    let read = std::panic::AssertUnwindSafe(|| grids(&place, bytes));
    std::panic::catch_unwind(read).unwrap_or_else(|_| Err(damaged(&place, &"panic").into()))
}

fn grids(place: &Place, bytes: &[u8]) -> Result<Vec<Grid>, Findings> {
    let mut book: Book<'_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| damaged(place, &error))?;
    let mut grids = Vec::new();
    let mut hidden = hidden(bytes);
    let sheets: Vec<(String, bool)> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| (sheet.name.clone(), sheet.visible == SheetVisible::Visible))
        .collect();
    for (sheet, is_shown) in sheets {
        let place = place.clone().sheet(&sheet);
        let merged = book.merge_cells_by_sheet_name(&sheet).map_err(|error| damaged(&place, &error))?;
        let percents = percents(&mut book, &place, &sheet)?;
        let cells = stream(&mut book, &place, &sheet, (&percents, true))?;
        let column = |column: u32| usize::try_from(column).unwrap_or(usize::MAX);
        let merged = merged.iter().map(|range| Merged {
            first: (range.start.0, column(range.start.1)),
            last: (range.end.0, column(range.end.1)),
        });
        let hidden = hidden.remove(&sheet).unwrap_or_default();
        grids.push(Grid { merged: merged.collect(), is_shown, hidden, ..Grid::of(place, cells) });
    }
    Ok(grids)
}

/// Which cells are shown as percentages; and whether a formula is read as what the workbook holds of it, or refused.
type Kinds<'a> = (&'a BTreeSet<(u32, u32)>, bool);

/// All cells in reading order: row, column, content.
fn stream(
    book: &mut Book<'_>,
    place: &Place,
    sheet: &str,
    (percents, with_formulas): Kinds<'_>,
) -> Result<Vec<(u32, usize, Raw)>, Findings> {
    let mut reader = book.worksheet_cells_reader(sheet).map_err(|error| damaged(place, &error))?;
    let mut cells = Vec::new();
    let mut text_bytes = 0_usize;
    loop {
        let record = match reader.next_cell_with_formula_metadata() {
            Ok(Some(record)) => record,
            Ok(None) => break,
            Err(error) => return Err(damaged(place, &error).into()),
        };
        let (row, column) = record.pos;
        let is_percent = percents.contains(&record.pos);
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        let held = match raw_of(&record.value) {
            Raw::Number(number) if is_percent => Raw::Percent(number),
            raw => raw,
        };
        let raw = match (record.formula.is_some(), with_formulas) {
            (true, false) => Raw::Refused("dataset.formula", String::new()),
            (true, true) if held == Raw::Blank => Raw::Refused("dataset.formula_unknown", String::new()),
            _ => held,
        };
        if raw == Raw::Blank {
            continue;
        }
        let at = || place.clone().row(u64::from(row) + 1).column(letters(column.min(20_000)));
        if usize::try_from(row).unwrap_or(usize::MAX) >= ROWS_MAX {
            return Err(too_large(at(), Limit::Rows, ROWS_MAX).into());
        }
        if column >= COLUMNS_MAX {
            return Err(too_large(at(), Limit::Columns, COLUMNS_MAX).into());
        }
        if cells.len() >= CELLS_MAX {
            return Err(too_large(at(), Limit::Cells, CELLS_MAX).into());
        }
        if let Raw::Text(text) = &raw {
            text_bytes += text.len();
            if text.len() > CELL_MAX {
                return Err(too_large(at(), Limit::Bytes, CELL_MAX).into());
            }
            if text_bytes > TEXT_MAX {
                return Err(too_large(place.clone(), Limit::MebibytesOfCells, TEXT_MAX >> 20).into());
            }
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
        DataRef::DateTime(date) if date.is_duration() => Raw::Refused("dataset.duration", String::new()),
        DataRef::DateTime(date) => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            Raw::Refused(DATE, format!("{year:04}-{month:02}-{day:02}"))
        }
        DataRef::DateTimeIso(date) => Raw::Refused(DATE, date.split('T').next().unwrap_or_default().to_owned()),
        DataRef::DurationIso(_) => Raw::Refused("dataset.duration", String::new()),
    }
}

fn header(place: &Place, cells: &[(u32, usize, Raw)], log: &mut FindingLog) -> Vec<String> {
    let mut header = Vec::new();
    for (row, column, raw) in cells {
        let place = place.clone().row(u64::from(*row) + 1).column(letters(*column));
        while header.len() < *column {
            header.push(String::new());
        }
        match raw {
            Raw::Text(text) => header.push(header_text(text, &place, log)),
            Raw::Blank => header.push(String::new()),
            Raw::Number(number) | Raw::Percent(number) => header.push(number.to_string()),
            Raw::Refused(code, text) => log.push(Finding::error(code, place).with("value", text)),
        }
    }
    header
}

fn push_row(table: &mut Table, number: u64, cells: &[(u32, usize, Raw)], log: &mut FindingLog) {
    let mut row = RawRow { number, cells: vec![Raw::Blank; table.header.len()] };
    for (_, column, raw) in cells {
        match row.cells.get_mut(*column) {
            Some(cell) => *cell = raw.clone(),
            None => log.push(
                Finding::error("dataset.outside_header", table.place.clone().row(number).column(letters(*column)))
                    .with("column", letters(*column)),
            ),
        }
    }
    table.rows.push(row);
}
