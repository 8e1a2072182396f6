//! Tables of an account by the names of their columns: Chinese and English headers, values with findings at their cells.

use crate::dataset::table::{Raw, RawRow, Table};
use crate::finding::{Finding, FindingLog, Place, hint};
use crate::phrases::Phrase;
use crate::value::{Value, of_cell};

/// A column that a table may have.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// What it is called here.
    pub key: &'static str,
    /// Headers, the printed one first.
    pub names: &'static [&'static str],
    /// Whether the table must have it.
    pub needed: bool,
}

/// A column that must be there.
pub const fn needed(key: &'static str, names: &'static [&'static str]) -> Column {
    Column { key, names, needed: true }
}

/// A column that may be there.
pub const fn optional(key: &'static str, names: &'static [&'static str]) -> Column {
    Column { key, names, needed: false }
}

/// A table with its columns known.
#[derive(Debug)]
pub struct Sheet<'a> {
    table: &'a Table,
    found: Vec<(&'static str, usize, String)>,
}

/// Name and unit of a header: `面积(km2)` → (`面积`, `km2`).
fn split(header: &str) -> (&str, &str) {
    let trimmed = header.trim();
    let open = trimmed.find(['(', '\u{FF08}']);
    match open {
        Some(at) if at > 0 && trimmed.ends_with([')', '\u{FF09}']) => {
            let name = trimmed.get(..at).unwrap_or_default().trim_end();
            let inner = trimmed.get(at..).unwrap_or_default();
            let inner = inner.trim_start_matches(['(', '\u{FF08}']).trim_end_matches([')', '\u{FF09}']);
            (name, inner.trim())
        }
        _ => (trimmed, ""),
    }
}

/// Headers that say nothing that is reckoned with.
const IGNORED: &[&str] = &["序号", "no", "no.", "备注", "说明", "remark", "comment"];

impl<'a> Sheet<'a> {
    /// Finds the columns of a table; `None` where a needed one is missing.
    pub fn of(table: &'a Table, columns: &[Column], log: &mut FindingLog) -> Option<Self> {
        let before = log.errors();
        let mut found: Vec<(&'static str, usize, String)> = Vec::new();
        for (at, header) in table.header.iter().enumerate().filter(|(_, header)| !header.is_empty()) {
            let place = table.place_of(1, at);
            let (name, unit) = split(header);
            let is = |column: &&Column, text: &str| {
                column.names.iter().any(|known| known.eq_ignore_ascii_case(text))
                    || column.key.eq_ignore_ascii_case(text)
            };
            let whole = columns.iter().find(|column| is(column, header.trim()));
            let Some(column) = whole.or_else(|| columns.iter().find(|column| is(column, name))) else {
                if !IGNORED.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                    let known = columns.iter().flat_map(|column| column.names.iter().copied());
                    let like = hint(name, known).text();
                    log.push(Finding::warning("gep.column_unknown", place).with("column", header).with("like", like));
                }
                continue;
            };
            if found.iter().any(|(key, _, _)| *key == column.key) {
                log.push(Finding::error("gep.column_twice", place).with("column", header));
            }
            let unit = if whole.is_some() { "" } else { unit };
            found.push((column.key, at, unit.to_owned()));
        }
        for column in columns.iter().filter(|column| column.needed) {
            if !found.iter().any(|(key, _, _)| *key == column.key) {
                let names = column.names.join(" / ");
                log.push(Finding::error("gep.column_missing", table.place.clone().row(1)).with("column", names));
            }
        }
        (log.errors() == before).then_some(Self { table, found })
    }

    /// Whether the table has a column.
    pub fn has(&self, key: &str) -> bool {
        self.found.iter().any(|(known, _, _)| *known == key)
    }

    /// The unit in the header of a column.
    pub fn unit(&self, key: &str) -> &str {
        self.found.iter().find(|(known, _, _)| *known == key).map_or("", |(_, _, unit)| unit)
    }

    /// Its rows.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.table.rows.iter().map(|row| Row { sheet: self, row })
    }

    fn column(&self, key: &str) -> Option<usize> {
        self.found.iter().find(|(known, _, _)| *known == key).map(|(_, at, _)| *at)
    }
}

/// The power of ten of the last digit of a number as written: `12.50` → -2, `3e8` → 8.
fn last_digit(text: &str) -> Option<i32> {
    let number = text.trim();
    let (number, percent) = number.strip_suffix('%').map_or((number, 0), |number| (number, -2));
    let (digits, power) = match number.split_once(['e', 'E']) {
        Some((digits, power)) => (digits, power.parse::<i32>().ok()?),
        None => (number, 0),
    };
    let places = digits.split_once('.').map_or(0, |(_, part)| i32::try_from(part.len()).unwrap_or(0));
    digits.contains(|c: char| c.is_ascii_digit()).then(|| power.saturating_sub(places).saturating_add(percent))
}

/// A row of a table.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    sheet: &'a Sheet<'a>,
    row: &'a RawRow,
}

impl<'a> Row<'a> {
    /// Place of the row.
    pub fn place(&self) -> Place {
        self.sheet.table.place.clone().row(self.row.number)
    }

    /// Place of a cell.
    pub fn at(&self, key: &str) -> Place {
        match self.sheet.column(key) {
            Some(column) => self.sheet.table.place_of(self.row.number, column),
            None => self.place(),
        }
    }

    fn raw(&self, key: &str) -> Option<&'a Raw> {
        self.row.cells.get(self.sheet.column(key)?)
    }

    /// Text of a cell; numbers of workbooks as their digits, a blank cell is none.
    pub fn text(&self, key: &str, log: &mut FindingLog) -> Option<String> {
        match self.raw(key)? {
            Raw::Blank => None,
            Raw::Text(text) if text.contains(crate::phrases::is_steering) => {
                log.push(Finding::error("dataset.steering_characters", self.at(key)).with("value", text));
                None
            }
            Raw::Text(text) => Some(text.clone()),
            Raw::Number(number) => of_cell(*number).map(|value| value.written()),
            Raw::Percent(number) => of_cell(*number * 100.0).map(|value| format!("{}%", value.written())),
            Raw::Refused(code, text) => {
                log.push(Finding::from_phrase(Phrase::new(code).with("value", text), self.at(key)));
                None
            }
        }
    }

    /// Text that must be there.
    pub fn need(&self, key: &'static str, log: &mut FindingLog) -> Option<String> {
        let errors = log.errors();
        let found = self.text(key, log);
        if found.is_none() && log.errors() == errors {
            log.push(Finding::error("gep.cell_blank", self.at(key)));
        }
        found
    }

    /// A number.
    pub fn value(&self, key: &str, log: &mut FindingLog) -> Option<Value> {
        match self.raw(key)? {
            Raw::Number(number) | Raw::Percent(number) => of_cell(*number),
            _ => {
                let text = self.text(key, log)?;
                match Value::parse(&text) {
                    Ok(value) => Some(value),
                    Err(phrase) => {
                        log.push(Finding::from_phrase(phrase, self.at(key)));
                        None
                    }
                }
            }
        }
    }

    /// Tells of a number that has a per cent sign of its own beside a unit that is one.
    pub fn percent_once(&self, key: &str, unit: &str, log: &mut FindingLog) {
        let has_sign = match self.raw(key) {
            Some(Raw::Percent(_)) => true,
            Some(Raw::Text(text)) => text.trim_end().ends_with(['%', '\u{FF05}']),
            _ => false,
        };
        if has_sign && ["%", "\u{FF05}", "‰"].contains(&unit.trim()) {
            log.push(Finding::error("gep.percent_twice", self.at(key)).with("unit", unit));
        }
    }

    /// The power of ten of the last digit that is written; `None` for a binary number, whose digits are not known.
    pub fn last_digit(&self, key: &str) -> Option<i32> {
        match self.raw(key)? {
            Raw::Text(text) => last_digit(text),
            _ => None,
        }
    }

    /// A year.
    pub fn year(&self, key: &str, log: &mut FindingLog) -> Option<i32> {
        let text = self.text(key, log)?;
        let digits = text.trim_end_matches('年').trim();
        match digits.parse::<i32>() {
            Ok(year) if (1900..=2200).contains(&year) => Some(year),
            _ => {
                log.push(Finding::error("gep.year", self.at(key)).with("value", &text));
                None
            }
        }
    }

    /// One of a list of words, each with its other names; a blank cell is none.
    pub fn word<T: Copy>(&self, key: &str, words: &[(&'static [&'static str], T)], log: &mut FindingLog) -> Option<T> {
        let text = self.text(key, log)?;
        let found = words.iter().find(|(names, _)| names.iter().any(|name| name.eq_ignore_ascii_case(&text)));
        if found.is_none() {
            let known = words.iter().flat_map(|(names, _)| names.iter().copied());
            let like = hint(&text, known).text();
            log.push(Finding::error("policy.unknown_word", self.at(key)).with("word", &text).with("like", like));
        }
        found.map(|(_, value)| *value)
    }
}
