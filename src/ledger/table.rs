//! Registers kept as tables: rows under a header that is found, with the place of every cell.

use std::collections::BTreeMap;

use ecocomp_ground::dataset::table::letters;
use ecocomp_ground::finding::{Finding, FindingLog, Findings, Place, hint};
use ecocomp_ground::phrases::{Phrase, Text};
use ecocomp_ground::units::{Decimal, Money, number_and_unit, split_unit};

use crate::date::Date;
use crate::import::row::text_of;
use crate::import::source::whole_rows;
use crate::import::words;

/// A column that is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// How it is asked for.
    pub key: &'static str,
    /// What its header may be; the first is named where it is missing.
    pub words: &'static [&'static str],
    /// Whether a table without it is refused.
    pub needed: bool,
}

/// A row: its cells by column, and where they stand.
#[derive(Clone)]
pub struct Line {
    place: Place,
    cells: BTreeMap<&'static str, (usize, String)>,
    units: BTreeMap<&'static str, String>,
}

impl Line {
    /// The text of a column; empty where there is none.
    pub fn text(&self, key: &str) -> &str {
        self.cells.get(key).map_or("", |(_, text)| text.as_str())
    }

    /// Where a cell stands.
    pub fn place(&self, key: &str) -> Place {
        match self.cells.get(key) {
            Some((column, _)) => self.place.clone().column(letters(*column)),
            None => self.place.clone(),
        }
    }

    /// A date; `None` where the cell is empty.
    ///
    /// # Errors
    /// It is no date.
    pub fn date(&self, key: &str) -> Result<Option<Date>, Finding> {
        let text = self.text(key);
        if text.is_empty() {
            return Ok(None);
        }
        Date::parse(text).map(Some).map_err(|phrase| Finding::from_phrase(phrase, self.place(key)))
    }

    /// A number, zero or more.
    ///
    /// # Errors
    /// It is none.
    pub fn number(&self, key: &str) -> Result<Decimal, Finding> {
        let text = split_unit(self.text(key)).0;
        let read = Decimal::parse(text).map_err(|phrase| Finding::from_phrase(phrase, self.place(key)))?;
        if read.is_negative() {
            return Err(Finding::error("fund.below_zero", self.place(key)).with("value", text));
        }
        Ok(read)
    }

    /// Money with the unit of the cell or of its header, in 分.
    ///
    /// # Errors
    /// It is none, or has no unit.
    pub fn money(&self, key: &str) -> Result<i64, Finding> {
        self.money_or(key, "")
    }

    /// Money as [`Self::money`]; where neither cell nor header says a unit it is in this one.
    ///
    /// # Errors
    /// As [`Self::money`].
    pub fn money_or(&self, key: &str, usual: &str) -> Result<i64, Finding> {
        let at = |phrase: Phrase| Finding::from_phrase(phrase, self.place(key));
        let text = self.text(key);
        let (number, unit) = number_and_unit(text).map_err(at)?;
        let unit = if unit.is_empty() { self.units.get(key).map_or(usual, String::as_str) } else { unit };
        if unit.is_empty() {
            return Err(at(Phrase::new("fund.no_unit").with("value", text)));
        }
        Money::of(number, unit).map(Money::fen).map_err(at)
    }
}

/// Reads the first table of a file that has the columns that are needed.
///
/// # Errors
/// The file cannot be read, or no row is such a header.
pub fn read(name: &str, bytes: &[u8], wanted: &[Wanted]) -> Result<Vec<Line>, Findings> {
    let mut log = FindingLog::of_tables();
    let mut seen: Vec<String> = Vec::new();
    for rows in whole_rows(name, bytes)? {
        let place = rows.place.clone();
        let mut header: BTreeMap<usize, &'static str> = BTreeMap::new();
        let mut units: BTreeMap<&'static str, String> = BTreeMap::new();
        let mut lines = Vec::new();
        for row in rows {
            let (number, cells) = row?;
            let texts: Vec<String> = cells.iter().map(|cell| text_of(cell).unwrap_or_default()).collect();
            if texts.iter().all(String::is_empty) {
                continue;
            }
            if header.is_empty() {
                (header, units) = found(&texts, wanted);
                seen.extend(texts);
                continue;
            }
            let first = texts.iter().find(|text| !text.is_empty()).map_or("", String::as_str);
            if words::is_note(first) || texts.iter().take(4).any(|text| words::total(text).is_some()) {
                continue;
            }
            let here = place.clone().row(number);
            let mut kept = BTreeMap::new();
            for (column, key) in &header {
                kept.insert(*key, (*column, texts.get(*column).cloned().unwrap_or_default()));
            }
            lines.push(Line { place: here, cells: kept, units: units.clone() });
        }
        if !header.is_empty() {
            return Ok(lines);
        }
    }
    let missing: Vec<&str> =
        wanted.iter().filter(|one| one.needed).filter_map(|one| one.words.first().copied()).collect();
    let names: Vec<Text> = missing.iter().map(Text::same).collect();
    let near = missing.first().map_or("", |word| *word);
    let known = seen.iter().map(String::as_str).filter(|text| !text.is_empty());
    let phrase = Phrase::new("fund.table_header").with("columns", Text::joined(&names, "、", ", "));
    log.push(Finding::from_phrase(phrase.with_phrase("hint", &hint(near, known)), Place::file(name)));
    Err(Findings(log.into_findings()))
}

/// The columns of a row, where it is a header with all that are needed.
fn found(texts: &[String], wanted: &[Wanted]) -> (BTreeMap<usize, &'static str>, BTreeMap<&'static str, String>) {
    let (mut header, mut units) = (BTreeMap::new(), BTreeMap::new());
    for (column, text) in texts.iter().enumerate() {
        let (word, unit) = words::parts(text);
        let fits = |one: &&Wanted| one.words.iter().any(|known| known.eq_ignore_ascii_case(&word));
        if let Some(one) = wanted.iter().find(fits) {
            header.insert(column, one.key);
            units.extend(unit.map(|unit| (one.key, unit)));
        }
    }
    let has = |key: &str| header.values().any(|known| *known == key);
    if wanted.iter().filter(|one| one.needed).all(|one| has(one.key)) { (header, units) } else { Default::default() }
}
