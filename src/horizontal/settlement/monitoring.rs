//! Monitoring tables, long (断面, 年, 月, 指标, 浓度) or wide (a column an indicator), become facts.

use std::collections::BTreeMap;

use crate::agreement::{Agreement, Others};
use crate::dataset::csv_table::read_csv;
use crate::dataset::table::{Raw, RawRow, Table};
use crate::dataset::workbook::read_xlsx;
use crate::finding::{Finding, FindingLog, Findings, Place, hint};
use crate::settlement::cell;
use crate::settlement::columns::{Role, Target, known_targets, roles, target};
use crate::settlement::facts::{Facts, Figure};

/// Sheets that are read first; a workbook without one gives its first sheet.
const SHEETS: &[&str] = &["监测数据", "监测", "数据", "水质", "monitoring", "data"];
/// Most figures of all files together.
const FIGURES_MAX: usize = 2_000_000;

/// The table of a monitoring file: CSV (UTF-8, UTF-16, GB18030) or a sheet of a workbook (.xlsx).
///
/// # Errors
/// A form that is not read, and all that is wrong with the form of the table.
pub fn table(name: &str, bytes: &[u8]) -> Result<Table, Findings> {
    let lower = name.to_lowercase();
    let empty = || Findings::from(Finding::error("settlement.empty_file", Place::file(name)));
    let read = if lower.ends_with(".csv") || lower.ends_with(".txt") {
        if has_title(bytes) {
            return Err(Finding::error("settlement.title_above", Place::file(name).row(1)).into());
        }
        read_csv(name, bytes).and_then(|table| match separator(&table) {
            Some(mark) => Err(Finding::error("dataset.separator", table.place.row(1)).with("mark", mark).into()),
            None => Ok(table),
        })
    } else if lower.ends_with(".xlsx") {
        let is_named = |sheet: &str| SHEETS.iter().any(|known| known.eq_ignore_ascii_case(sheet.trim()));
        read_xlsx(name, bytes, &is_named).and_then(|tables| match tables.into_iter().next() {
            Some(table) => Ok(table),
            None => {
                let first = std::cell::Cell::new(true);
                let tables = read_xlsx(name, bytes, &|_| first.replace(false))?;
                tables.into_iter().next().ok_or_else(empty)
            }
        })
    } else {
        return Err(Finding::error("dataset.foreign_table", Place::file(name)).with("file", name).into());
    };
    // The reader of datasets speaks of its own columns where there is none.
    read.map_err(|Findings(found)| {
        if found.iter().any(|finding| finding.code() == "dataset.no_header") { empty() } else { Findings(found) }
    })
}

/// Whether the first line is a title: no comma, above lines with several.
fn has_title(bytes: &[u8]) -> bool {
    // A comma is no part of a longer character in UTF-8 and GB18030; in UTF-16 nothing is found.
    let mut lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let mut commas = || lines.next().map(|line| line.iter().filter(|byte| **byte == b',').count());
    commas() == Some(0) && commas().is_some_and(|count| count > 1)
}

/// The mark between the columns of a header that was read as one cell.
fn separator(table: &Table) -> Option<String> {
    let [only] = table.header.as_slice() else { return None };
    let marks = [';', '\u{FF1B}', '\t', '\u{FF0C}', '|'];
    let mark = marks.into_iter().find(|mark| only.contains(*mark))?;
    Some(if mark == '\t' { "Tab".to_owned() } else { mark.to_string() })
}

/// The facts of all tables.
///
/// # Errors
/// Everything that is wrong with them, each at its cell.
pub(super) fn read(agreement: &Agreement, tables: &[Table]) -> Result<Facts, Findings> {
    let mut facts = Facts::default();
    let mut log = FindingLog::of_tables();
    let mut sections: BTreeMap<String, usize> = BTreeMap::new();
    for (index, section) in agreement.section.iter().enumerate() {
        let names = [&section.id, &section.name.0.zh, &section.name.0.en];
        for name in names.into_iter().chain(&section.aliases) {
            sections.insert(name.trim().to_lowercase(), index);
        }
    }
    for (index, table) in tables.iter().enumerate() {
        let roles = roles(table, agreement, &mut facts.ignored_columns, &mut log);
        if log.errors() > 0 {
            continue;
        }
        if table.rows.is_empty() {
            log.push(Finding::error("dataset.no_rows", table.place.clone()));
        }
        let mut reader = Rows { agreement, tables, index, table, roles: &roles, sections: &sections, unknown: 0 };
        for row in &table.rows {
            if let Err(found) = reader.row(row, &mut facts) {
                log.extend(found);
            }
            if facts.figures > FIGURES_MAX {
                let finding = Finding::error("settlement.too_many_figures", table.place.clone());
                return Err(finding.with("limit", FIGURES_MAX.to_string()).into());
            }
        }
    }
    facts.slips(agreement, tables, &mut log);
    Findings::gate(facts, log.into_findings()).map(|(facts, _)| facts)
}

/// One table being read.
struct Rows<'a> {
    agreement: &'a Agreement,
    tables: &'a [Table],
    index: usize,
    table: &'a Table,
    roles: &'a [Role],
    sections: &'a BTreeMap<String, usize>,
    unknown: usize,
}

/// For so many unknown names the nearest known one is looked for.
const LIKENESS_LIMIT: usize = 50;

impl Rows<'_> {
    fn column(&self, role: &Role) -> Option<usize> {
        self.roles.iter().position(|known| known == role)
    }

    fn place(&self, row: &RawRow, column: usize) -> Place {
        self.table.place_of(row.number, column)
    }

    fn text(&self, row: &RawRow, column: usize) -> Result<Option<String>, Finding> {
        let raw = row.cells.get(column).unwrap_or(&Raw::Blank);
        cell::text(raw, || self.place(row, column))
    }

    fn text_of(&self, row: &RawRow, role: &Role) -> Result<Option<String>, Finding> {
        self.column(role).map_or(Ok(None), |column| self.text(row, column))
    }

    fn like<'w>(&mut self, word: &str, known: impl IntoIterator<Item = &'w str>) -> crate::phrases::Text {
        self.unknown += 1;
        let known: Vec<&str> = if self.unknown <= LIKENESS_LIMIT { known.into_iter().collect() } else { Vec::new() };
        hint(word, known).text()
    }

    fn row(&mut self, row: &RawRow, facts: &mut Facts) -> Result<(), Vec<Finding>> {
        let (year, month) = self.period(row).map_err(|finding| vec![finding])?;
        let section = match self.section(row, facts) {
            Ok(Some(section)) => section,
            Ok(None) => return Ok(()),
            Err(finding) => return Err(vec![finding]),
        };
        facts.illustrative |= self.is_illustrative(row).map_err(|finding| vec![finding])?;
        let limit = self.limit(row).map_err(|finding| vec![finding])?;
        let unit = self.text_of(row, &Role::Unit).map_err(|finding| vec![finding])?;
        let mut found = Vec::new();
        for (column, role) in self.roles.iter().enumerate() {
            let (target, header_unit) = match role {
                Role::Wide(target, unit) => (*target, unit),
                Role::Value(unit) => match self.what(row, facts) {
                    Ok(Some(target)) => (target, unit),
                    Ok(None) => continue,
                    Err(finding) => {
                        found.push(finding);
                        continue;
                    }
                },
                _ => continue,
            };
            let text = match self.text(row, column) {
                Ok(Some(text)) => text,
                Ok(None) => continue,
                Err(finding) => {
                    found.push(finding);
                    continue;
                }
            };
            let is_long = matches!(role, Role::Value(_));
            let own = unit.as_deref().filter(|_| is_long);
            let figure = Figure {
                target,
                section,
                year,
                month,
                text: &text,
                unit: own.unwrap_or(header_unit),
                own_unit: own.is_some() || !is_long,
                detection_limit: limit.clone().filter(|_| is_long),
                at: (self.index, row.number, column),
            };
            if let Err(finding) = facts.add(&figure, self.agreement, self.tables) {
                found.push(finding);
            }
        }
        if found.is_empty() { Ok(()) } else { Err(found) }
    }

    fn period(&self, row: &RawRow) -> Result<(i32, Option<u8>), Finding> {
        if let Some(column) = self.column(&Role::Period) {
            let text = self.text(row, column)?.unwrap_or_default();
            // 2012.10 as a number of a spreadsheet has lost its last zero.
            let is_cut = matches!(row.cells.get(column), Some(Raw::Number(_))) && text.contains('.');
            let found = cell::period(&text).filter(|_| !is_cut);
            return found
                .ok_or_else(|| Finding::error("settlement.period", self.place(row, column)).with("value", text));
        }
        let Some(column) = self.column(&Role::Year) else {
            return Err(Finding::error("settlement.no_year_column", self.table.place.clone()));
        };
        let text = self.text(row, column)?.unwrap_or_default();
        let year = cell::year(&text)
            .ok_or_else(|| Finding::error("settlement.year", self.place(row, column)).with("value", text))?;
        let Some(column) = self.column(&Role::Month) else { return Ok((year, None)) };
        let Some(text) = self.text(row, column)? else { return Ok((year, None)) };
        let month = cell::month(&text)
            .ok_or_else(|| Finding::error("settlement.month", self.place(row, column)).with("value", text))?;
        Ok((year, month))
    }

    /// The section of a row, where it names one; `None` for a row that is left aside.
    fn section(&mut self, row: &RawRow, facts: &mut Facts) -> Result<Option<Option<usize>>, Finding> {
        let Some(column) = self.column(&Role::Section) else { return Ok(Some(None)) };
        let Some(text) = self.text(row, column)? else { return Ok(Some(None)) };
        if let Some(section) = self.sections.get(&text.to_lowercase()) {
            return Ok(Some(Some(*section)));
        }
        if self.agreement.data.other_sections == Others::Ignore {
            if facts.ignored_sections.len() < 100 {
                facts.ignored_sections.insert(text);
            }
            return Ok(None);
        }
        let names: Vec<String> = self.agreement.section.iter().map(|known| known.name.0.zh.clone()).collect();
        let like = self.like(&text, names.iter().map(String::as_str));
        Err(Finding::error("settlement.unknown_section", self.place(row, column))
            .with("section", text)
            .with("like", like))
    }

    /// What a row of a long table measures; `None` for one that is left aside.
    fn what(&mut self, row: &RawRow, facts: &mut Facts) -> Result<Option<Target>, Finding> {
        let Some(column) = self.column(&Role::What) else { return Ok(None) };
        let Some(text) = self.text(row, column)? else {
            return Err(Finding::error("settlement.indicator_blank", self.place(row, column)));
        };
        if let Some(found) = target(self.agreement, &text) {
            return Ok(Some(found));
        }
        if self.agreement.data.other_indicators == Others::Ignore {
            if facts.ignored_words.len() < 100 {
                facts.ignored_words.insert(text);
            }
            return Ok(None);
        }
        let known = known_targets(self.agreement);
        let like = self.like(&text, known.iter().map(String::as_str));
        Err(Finding::error("settlement.unknown_indicator", self.place(row, column))
            .with("indicator", text)
            .with("like", like))
    }

    /// Whether a row says that it is made up to show the method.
    fn is_illustrative(&self, row: &RawRow) -> Result<bool, Finding> {
        let Some(column) = self.column(&Role::Provenance) else { return Ok(false) };
        let Some(text) = self.text(row, column)? else { return Ok(false) };
        match text.to_lowercase().as_str() {
            "实测" | "公布" | "推算" | "measured" | "published" | "derived" => Ok(false),
            "示例" | "illustrative" => Ok(true),
            _ => Err(Finding::error("settlement.provenance", self.place(row, column)).with("value", text)),
        }
    }

    fn limit(&self, row: &RawRow) -> Result<Option<crate::units::Exact>, Finding> {
        let Some(column) = self.column(&Role::DetectionLimit) else { return Ok(None) };
        let Some(text) = self.text(row, column)? else { return Ok(None) };
        let place = || self.place(row, column);
        match cell::reading(&text).map_err(|phrase| Finding::from_phrase(phrase, place()))? {
            cell::Reading::Number(limit) => Ok(Some(limit)),
            cell::Reading::Absent(_) => Ok(None),
            cell::Reading::Below(_) => Err(Finding::error("settlement.limit_form", place()).with("value", text)),
        }
    }
}
