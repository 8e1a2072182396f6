//! CSV tables, in any encoding a Chinese office uses.

use std::borrow::Cow;

use crate::dataset::disguise;
use crate::dataset::editing::Edits;
use crate::dataset::grid::Grid;
use crate::dataset::header::{Header, Search, separator};
use crate::dataset::table::{
    BYTES_MAX, CELL_MAX, COLUMNS_MAX, Limit, ROWS_MAX, Raw, RawRow, Table, header_text, too_large,
};
use crate::finding::{Finding, FindingLog, Findings, Place};

/// Reads a CSV file in UTF-8 (with or without BOM), UTF-16 with BOM, or GB18030.
///
/// # Errors
/// All that is wrong with its form: encoding, size, quotes, ragged rows, no header.
pub fn read_csv(name: &str, bytes: &[u8]) -> Result<Table, Findings> {
    let place = Place::file(name);
    let text = text_of(&place, bytes)?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut table = Table { place: place.clone(), header: Vec::new(), rows: Vec::new() };
    let mut search = Search::default();
    let mut log = FindingLog::of_tables();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let row = error.position().map_or(0, csv::Position::line);
                log.push(Finding::error("dataset.csv", place.clone().row(row)).with("why", error.to_string()));
                break;
            }
        };
        let number = record.position().map_or(0, csv::Position::line);
        let cells: Vec<&str> = record.iter().map(str::trim).collect();
        if cells.iter().all(|cell| cell.is_empty()) {
            continue;
        }
        if let Header::Below = search.meets(&cells) {
            return Err(Finding::error("dataset.header_below", place.row(number))
                .with("row", number.to_string())
                .into());
        }
        if table.header.is_empty() {
            if let Some(mark) = separator(&cells) {
                let finding = Finding::error("dataset.separator", place.row(number)).with("mark", mark);
                return Err(finding.into());
            }
            begin(&mut table, number, &cells, &mut log);
            if table.header.len() > COLUMNS_MAX {
                return Err(too_large(place, Limit::Columns, COLUMNS_MAX).into());
            }
            continue;
        }
        if table.rows.len() >= ROWS_MAX {
            return Err(too_large(place, Limit::Rows, ROWS_MAX).into());
        }
        push_row(&mut table, number, &cells, &mut log);
    }
    if table.header.is_empty() && log.errors() == 0 {
        log.push(Finding::error("dataset.no_header", place));
    }
    Findings::gate(table, log.into_findings()).map(|(table, _)| table)
}

/// The text of a file that may be a table, with quotes and rows of a sound size.
fn text_of<'a>(place: &Place, bytes: &'a [u8]) -> Result<Cow<'a, str>, Finding> {
    if bytes.len() > BYTES_MAX {
        return Err(too_large(place.clone(), Limit::MebibytesOfText, BYTES_MAX >> 20));
    }
    if let Some(finding) = disguise::no_table(place, bytes) {
        return Err(finding);
    }
    let text = decode(bytes).map_err(|row| match row {
        Some(row) => Finding::error("dataset.encoding_row", place.clone().row(row)).with("row", row.to_string()),
        None => Finding::error("dataset.encoding", place.clone()),
    })?;
    scan(&text, place)?;
    // The reader counts a line at its last character, and places a record before the second half of what ended the one above.
    Ok(if text.contains("\r\n") { Cow::Owned(text.replace("\r\n", "\n")) } else { text })
}

/// A CSV file as it stands, whatever its first row is.
///
/// # Errors
/// Another kind of file, an encoding that is not known, an open quote, or one beyond the limits.
pub fn read_csv_grid(name: &str, bytes: &[u8]) -> Result<Grid, Findings> {
    let place = Place::file(name);
    let text = text_of(&place, bytes)?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut cells = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let row = error.position().map_or(0, csv::Position::line);
            Finding::error("dataset.csv", place.clone().row(row)).with("why", error.to_string())
        })?;
        let line = record.position().map_or(1, csv::Position::line);
        let row = u32::try_from(line.saturating_sub(1)).unwrap_or(u32::MAX);
        if row as usize >= ROWS_MAX {
            return Err(too_large(place, Limit::Rows, ROWS_MAX).into());
        }
        for (column, text) in record.iter().map(str::trim).enumerate().filter(|(_, text)| !text.is_empty()) {
            if text.len() > CELL_MAX {
                return Err(too_large(place.row(line), Limit::Bytes, CELL_MAX).into());
            }
            cells.push((row, column, Raw::Text(text.to_owned())));
        }
    }
    Ok(Grid::of(place, cells))
}

fn begin(table: &mut Table, number: u64, cells: &[&str], log: &mut FindingLog) {
    let place = table.place.clone().row(number);
    table.header = cells.iter().map(|cell| header_text(cell, &place, log)).collect();
    while table.header.last().is_some_and(String::is_empty) {
        table.header.pop();
    }
}

fn push_row(table: &mut Table, number: u64, cells: &[&str], log: &mut FindingLog) {
    let width = table.header.len();
    if cells.iter().skip(width).any(|cell| !cell.is_empty()) || cells.len() < width {
        log.push(
            Finding::error("dataset.ragged", table.place.clone().row(number))
                .with("found", cells.len().to_string())
                .with("expected", width.to_string()),
        );
        return;
    }
    if let Some(long) = cells.iter().position(|cell| cell.len() > CELL_MAX) {
        log.push(too_large(table.place_of(number, long), Limit::Bytes, CELL_MAX));
        return;
    }
    let raw = |cell: &&str| if cell.is_empty() { Raw::Blank } else { Raw::Text((*cell).to_owned()) };
    table.rows.push(RawRow { number, cells: cells.iter().take(width).map(raw).collect() });
}

/// The text of a table with edits done to it; records that no edit speaks of stay as they are, and so do line ends and the mark of UTF-8.
/// What was written in another encoding is UTF-8 from then on.
pub(super) fn rewritten(bytes: &[u8], width: usize, edits: &Edits) -> Vec<u8> {
    let text = decode(bytes).unwrap_or_default();
    // Rows are numbered as they were read.
    let lines = text.replace("\r\n", "\n");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(lines.as_bytes());
    let mut records: Vec<Vec<String>> = Vec::new();
    for record in reader.records().map_while(Result::ok) {
        let row = record.position().map_or(0, csv::Position::line);
        if edits.less.contains(&row) {
            continue;
        }
        let mut cells: Vec<String> = record.iter().map(str::to_owned).collect();
        for ((_, column), value) in edits.cells.range((row, 0)..=(row, usize::MAX)) {
            cells.resize(cells.len().max(column + 1).max(width), String::new());
            if let Some(cell) = cells.get_mut(*column) {
                cell.clone_from(value);
            }
        }
        records.push(cells);
    }
    records.extend(edits.more.iter().cloned());
    let is_plain = std::str::from_utf8(bytes).is_ok_and(|text| !text.starts_with('\u{FEFF}'));
    as_text(&records, !is_plain, text.contains("\r\n"))
}

/// Records as text, with the mark by which office programs know UTF-8, and with the line ends of one system or the other.
pub(super) fn as_text(records: &[Vec<String>], marked: bool, in_two: bool) -> Vec<u8> {
    let end = if in_two { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
    let mut writer = csv::WriterBuilder::new().flexible(true).terminator(end).from_writer(Vec::new());
    for record in records {
        // Into memory nothing fails to be written.
        let _ = writer.write_record(record);
    }
    let mut bytes = if marked { "\u{FEFF}".as_bytes().to_vec() } else { Vec::new() };
    bytes.extend(writer.into_inner().unwrap_or_default());
    bytes
}

/// Looks at quotes and the width of rows before the parser: it takes a quote that is never closed for a cell that holds the
/// rest of the file, and keeps a row of sixty million commas.
fn scan(text: &str, place: &Place) -> Result<(), Finding> {
    let mut scan = Scan { line: 1, ..Scan::default() };
    for byte in text.bytes() {
        scan.take(byte);
        if scan.columns > COLUMNS_MAX * 4 {
            return Err(too_large(place.clone().row(scan.line), Limit::Columns, COLUMNS_MAX));
        }
        if let Some(row) = scan.wrong {
            return Err(open_quote(place, row));
        }
    }
    if scan.state == Quote::Inside { Err(open_quote(place, scan.opened)) } else { Ok(()) }
}

fn open_quote(place: &Place, row: u64) -> Finding {
    Finding::error("dataset.open_quote", place.clone().row(row)).with("row", row.to_string())
}

#[derive(Debug, Default)]
struct Scan {
    state: Quote,
    line: u64,
    /// Line in which the last quoted cell began.
    opened: u64,
    /// Columns of this row so far, and of the first row.
    columns: usize,
    width: usize,
    /// Commas of this line within a quoted cell.
    commas: usize,
    /// Line of the opening quote that swallows rows.
    wrong: Option<u64>,
}

#[derive(Debug, Default, PartialEq)]
enum Quote {
    /// At the first character of a cell, where alone a quote opens one.
    #[default]
    Start,
    /// In a cell without quotes.
    Plain,
    /// In a quoted cell.
    Inside,
    /// After a quote in a quoted cell: its end, or a doubled quote.
    After,
}

impl Scan {
    fn take(&mut self, byte: u8) {
        match (&self.state, byte) {
            (Quote::Inside, b'\x22') => self.state = Quote::After,
            (Quote::Inside, b'\n') => {
                if self.line > self.opened && self.is_row() {
                    self.wrong = Some(self.opened);
                }
                self.line += 1;
                self.commas = 0;
            }
            (Quote::Inside, b',') => self.commas += 1,
            (Quote::Inside, _) => {}
            (Quote::After, b'\x22') => self.state = Quote::Inside,
            (Quote::Start, b'\x22') => {
                self.state = Quote::Inside;
                self.opened = self.line;
                self.commas = 0;
            }
            (Quote::After, b',' | b'\n') if self.line > self.opened && self.is_row() => self.wrong = Some(self.opened),
            (_, b',') => {
                self.columns += 1;
                self.state = Quote::Start;
            }
            (_, b'\n') => {
                self.line += 1;
                self.width = self.width.max(self.columns);
                self.columns = 0;
                self.state = Quote::Start;
            }
            (Quote::After, b'\r' | b' ' | b'\t') => {}
            // The quote did not end the cell: it belongs to a later one, and the rows between were swallowed.
            (Quote::After, _) => self.wrong = Some(self.opened),
            _ => self.state = Quote::Plain,
        }
    }

    /// A line within a quoted cell that has as many commas as a row is a row.
    fn is_row(&self) -> bool {
        self.width > 1 && self.commas >= self.width
    }
}

/// The text, or the row of the first byte that no encoding explains.
fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Option<u64>> {
    if let Some((encoding, length)) = encoding_rs::Encoding::for_bom(bytes) {
        let rest = bytes.get(length..).unwrap_or_default();
        return encoding.decode_without_bom_handling_and_without_replacement(rest).ok_or_else(|| {
            let error = std::str::from_utf8(rest).err().filter(|_| encoding == encoding_rs::UTF_8);
            error.map(|error| row_at(rest, error.valid_up_to()))
        });
    }
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(Cow::Borrowed(text)),
        Err(error) => error,
    };
    // GB18030 makes something of almost any bytes: text that has been Chinese in UTF-8 so far is UTF-8 with a broken byte.
    let sound = bytes.get(..error.valid_up_to()).and_then(|sound| std::str::from_utf8(sound).ok()).unwrap_or_default();
    if sound.chars().filter(|c| matches!(c, '\u{4E00}'..='\u{9FFF}')).count() >= 2 {
        return Err(Some(row_at(bytes, error.valid_up_to())));
    }
    let (text, wrong) = encoding_rs::GB18030.decode_without_bom_handling(bytes);
    if !wrong {
        return Ok(text);
    }
    let before = text.split('\u{FFFD}').next().unwrap_or_default();
    Err(u64::try_from(before.matches('\n').count() + 1).ok())
}

fn row_at(bytes: &[u8], offset: usize) -> u64 {
    let breaks = bytes.iter().take(offset).filter(|byte| **byte == b'\n').count();
    u64::try_from(breaks + 1).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::read_csv;

    #[test]
    fn a_row_has_the_number_that_a_spreadsheet_shows_however_its_lines_end() {
        for end in ["\n", "\r\n"] {
            let text = ["代码,人口(人)", "1,5", "\"2\",6", "3"].join(end);
            let findings = read_csv("areas.csv", text.as_bytes()).unwrap_err();
            let rows: Vec<_> = findings.0.iter().map(|finding| finding.place.row).collect();
            assert_eq!(rows, [Some(4)], "{end:?}");
        }
    }
}
