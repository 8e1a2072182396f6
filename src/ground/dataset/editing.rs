//! The tables of a dataset as cells that somebody edits: read with what each column means, changed cell by cell, compared.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dataset::columns::{Role, TableKind, roles};
use crate::dataset::csv_table::{as_text, rewritten};
use crate::dataset::manifest::Manifest;
use crate::dataset::source::{Source, tables};
use crate::dataset::table::{Raw, Table, letters};
use crate::dataset::{Provenance, Quantity};
use crate::finding::{Finding, FindingLog, Findings, Place};
use crate::units::Decimal;

/// Which of the two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TableWord {
    /// One row an area.
    Areas,
    /// One row an area × ecosystem.
    Cells,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ColumnSort {
    /// Code of the area.
    Code,
    /// Name of the area.
    Name,
    /// Ecosystem.
    Ecosystem,
    /// Money.
    Money,
    /// Land surface.
    Extent,
    /// Heads.
    Persons,
    /// Points, index or share.
    Number,
    /// Remarks and what is not read.
    Ignored,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ColumnPart {
    /// Header as written.
    pub header: String,
    /// Letter, as a spreadsheet counts.
    pub letter: String,
    /// What it holds.
    pub sort: ColumnSort,
    /// Indicator of a figure; absent elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub indicator: Option<String>,
    /// Unit of a figure, as the header gives it; empty where it gives none.
    pub unit: String,
    /// How far a figure can be trusted; absent where that is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RowPart {
    /// Its number in the file, from 1, header included.
    pub row: u64,
    /// Its cells, in the order of the columns; null where a cell is blank.
    pub cells: Vec<Option<String>>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TablePart {
    /// Which it is.
    pub table: TableWord,
    /// Its file.
    pub file: String,
    /// Its sheet, in a workbook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Its columns.
    pub columns: Vec<ColumnPart>,
    /// Its rows, without blank ones.
    pub rows: Vec<RowPart>,
}

/// A cell with another value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CellChange {
    /// Which table.
    pub table: TableWord,
    /// Number of the row in the file.
    #[schemars(range(min = 2))]
    pub row: u64,
    /// Header of the column, as written.
    #[schemars(length(min = 1, max = 500))]
    pub column: String,
    /// What stands there now; null makes it blank.
    #[schemars(length(max = 5000))]
    pub value: Option<String>,
}

/// A row more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RowMore {
    /// Which table.
    pub table: TableWord,
    /// Its cells by header; those left out are blank.
    pub cells: BTreeMap<String, String>,
}

/// A row less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RowLess {
    /// Which table.
    pub table: TableWord,
    /// Number of the row in the file.
    #[schemars(range(min = 2))]
    pub row: u64,
}

/// What is done to the tables of a dataset: cells and rows as they are numbered before all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patch {
    /// Cells with another value.
    pub cells: Vec<CellChange>,
    /// Rows more, after the last.
    pub more: Vec<RowMore>,
    /// Rows less.
    pub less: Vec<RowLess>,
}

/// A difference between two states of the data.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct CellDifference {
    /// Which table.
    pub table: TableWord,
    /// Code of the area, and the ecosystem as written in the table of cells.
    pub key: String,
    /// Header of the column; empty where a whole row came or went.
    pub column: String,
    /// What stood there before; null where nothing did.
    pub before: Option<String>,
    /// What stands there now; null where nothing does.
    pub after: Option<String>,
}

/// Both tables of a dataset.
///
/// # Errors
/// No tables, or what is wrong with their form.
pub fn grid(source: &Source) -> Result<[TablePart; 2], Findings> {
    let manifest = Manifest::find(&source.files)?;
    let (areas, cells) = tables(source, &manifest)?;
    Ok([part(&areas, TableWord::Areas, &manifest), part(&cells, TableWord::Cells, &manifest)])
}

fn kind(word: TableWord) -> TableKind {
    match word {
        TableWord::Areas => TableKind::Areas,
        TableWord::Cells => TableKind::Cells,
    }
}

fn part(table: &Table, word: TableWord, manifest: &Manifest) -> TablePart {
    let roles = roles(table, kind(word), &mut FindingLog::default());
    let column = |(at, header): (usize, &String)| {
        let role = roles.get(at).unwrap_or(&Role::Ignored);
        let (sort, indicator, unit) = match role {
            Role::Code => (ColumnSort::Code, None, ""),
            Role::Name => (ColumnSort::Name, None, ""),
            Role::Ecosystem => (ColumnSort::Ecosystem, None, ""),
            Role::Ignored => (ColumnSort::Ignored, None, ""),
            Role::Figure(name, quantity, unit) => {
                let sort = match quantity {
                    Quantity::Money => ColumnSort::Money,
                    Quantity::Extent => ColumnSort::Extent,
                    Quantity::Persons => ColumnSort::Persons,
                    Quantity::Number => ColumnSort::Number,
                };
                (sort, Some(name.clone()), unit.as_str())
            }
        };
        let provenance = indicator.as_ref().and_then(|name| manifest.provenance.get(name).copied());
        ColumnPart { header: header.clone(), letter: letters(at), sort, unit: unit.to_owned(), indicator, provenance }
    };
    let row = |row: &crate::dataset::table::RawRow| RowPart {
        row: row.number,
        cells: (0..table.header.len()).map(|at| written(row.cells.get(at), roles.get(at))).collect(),
    };
    TablePart {
        table: word,
        file: table.place.file.clone().unwrap_or_default(),
        sheet: table.place.sheet.clone(),
        columns: table.header.iter().enumerate().map(column).collect(),
        rows: table.rows.iter().map(row).collect(),
    }
}

/// What stands in a cell, as text that reads the same.
fn written(raw: Option<&Raw>, role: Option<&Role>) -> Option<String> {
    let is_percent = matches!(role, Some(Role::Figure(_, _, unit)) if unit == "%");
    match raw? {
        Raw::Blank => None,
        Raw::Text(text) | Raw::Refused(_, text) => Some(text.clone()),
        Raw::Percent(number) if is_percent => {
            let number = Decimal::from_f64(*number).ok()?;
            let hundredfold = number.product(Decimal::from_integer(100), crate::units::DECIMALS, false)?;
            Some(hundredfold.to_string())
        }
        Raw::Number(number) | Raw::Percent(number) => {
            Some(Decimal::from_f64(*number).map_or_else(|_| number.to_string(), |number| number.to_string()))
        }
    }
}

/// The files of a dataset with a patch done to its tables. Tables of text stay as they are but for what is changed; a workbook becomes
/// two tables of text.
///
/// # Errors
/// What is wrong with the form of the tables, and every cell, row or column that is not there.
pub fn patch(source: &Source, patch: &Patch) -> Result<Source, Findings> {
    let manifest = Manifest::find(&source.files)?;
    let (areas, cells) = tables(source, &manifest)?;
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut findings = Vec::new();
    for (table, word, usual) in [(&areas, TableWord::Areas, "areas.csv"), (&cells, TableWord::Cells, "cells.csv")] {
        let file = table.place.file.clone().unwrap_or_default();
        match edits(table, word, patch) {
            Ok(edits) if table.place.sheet.is_some() => files.push((usual.to_owned(), whole(table, word, &edits))),
            Ok(edits) if edits.is_empty() => {}
            Ok(edits) => {
                let bytes = source.files.iter().find(|(known, _)| *known == file).map(|(_, bytes)| bytes.as_slice());
                files.push((file, rewritten(bytes.unwrap_or_default(), table.header.len(), &edits)));
            }
            Err(Findings(found)) => findings.extend(found),
        }
    }
    if !findings.is_empty() {
        return Err(Findings(findings));
    }
    let is_book = areas.place.sheet.is_some();
    let stays = |name: &str| {
        !(files.iter().any(|(known, _)| known == name) || is_book && name.to_lowercase().ends_with(".xlsx"))
    };
    let kept: Vec<(String, Vec<u8>)> = source.files.iter().filter(|(name, _)| stays(name)).cloned().collect();
    Ok(Source { name: source.name.clone(), files: kept.into_iter().chain(files).collect() })
}

/// What is done to one table: columns by position.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Edits {
    /// Value by row and column.
    pub cells: BTreeMap<(u64, usize), String>,
    /// Rows less.
    pub less: BTreeSet<u64>,
    /// Rows more.
    pub more: Vec<Vec<String>>,
}

impl Edits {
    fn is_empty(&self) -> bool {
        self.cells.is_empty() && self.less.is_empty() && self.more.is_empty()
    }
}

fn edits(table: &Table, word: TableWord, patch: &Patch) -> Result<Edits, Findings> {
    let mut edits = Edits::default();
    let mut findings = Vec::new();
    let rows: BTreeSet<u64> = table.rows.iter().map(|row| row.number).collect();
    let column = |header: &str| table.header.iter().position(|known| known == header);
    let no_column = |place: Place, header: &str| {
        let known = table.header.join(", ");
        Finding::error("dataset.no_column", place).with("header", header).with("known", known)
    };
    let no_row = |row: u64| Finding::error("dataset.no_row", table.place.clone().row(row)).with("row", row.to_string());
    for change in patch.cells.iter().filter(|change| change.table == word) {
        match column(&change.column) {
            None => findings.push(no_column(table.place.clone().row(change.row), &change.column)),
            Some(_) if !rows.contains(&change.row) => findings.push(no_row(change.row)),
            Some(column) => {
                edits.cells.insert((change.row, column), change.value.clone().unwrap_or_default());
            }
        }
    }
    for less in patch.less.iter().filter(|less| less.table == word) {
        if rows.contains(&less.row) {
            edits.less.insert(less.row);
        } else {
            findings.push(no_row(less.row));
        }
    }
    for more in patch.more.iter().filter(|more| more.table == word) {
        let mut row = vec![String::new(); table.header.len()];
        for (header, value) in &more.cells {
            match column(header).and_then(|at| row.get_mut(at)) {
                Some(cell) => cell.clone_from(value),
                None => findings.push(no_column(table.place.clone(), header)),
            }
        }
        edits.more.push(row);
    }
    if findings.is_empty() { Ok(edits) } else { Err(Findings(findings)) }
}

/// A table of a workbook as text.
fn whole(table: &Table, word: TableWord, edits: &Edits) -> Vec<u8> {
    let roles = roles(table, kind(word), &mut FindingLog::default());
    let mut records = vec![table.header.clone()];
    for row in table.rows.iter().filter(|row| !edits.less.contains(&row.number)) {
        let cell = |at: usize| match edits.cells.get(&(row.number, at)) {
            Some(value) => value.clone(),
            None => written(row.cells.get(at), roles.get(at)).unwrap_or_default(),
        };
        records.push((0..table.header.len()).map(cell).collect());
    }
    records.extend(edits.more.iter().cloned());
    as_text(&records, true, true)
}

/// Differences between two states of the data, by code, ecosystem and header.
pub fn differences(before: &[TablePart; 2], after: &[TablePart; 2]) -> Vec<CellDifference> {
    before.iter().zip(after).flat_map(|(before, after)| between(before, after)).collect()
}

/// Cells of a row by header.
type Keyed<'a> = BTreeMap<String, BTreeMap<&'a str, &'a str>>;

fn keyed(table: &TablePart) -> Keyed<'_> {
    let mut found = Keyed::new();
    for row in &table.rows {
        let pairs = table.columns.iter().zip(&row.cells);
        let key: Vec<&str> = pairs
            .clone()
            .filter(|(column, _)| matches!(column.sort, ColumnSort::Code | ColumnSort::Ecosystem))
            .map(|(_, cell)| cell.as_deref().unwrap_or_default())
            .collect();
        let cells = pairs.filter_map(|(column, cell)| Some((column.header.as_str(), cell.as_deref()?)));
        found.insert(key.join("/"), cells.collect());
    }
    found
}

fn between(before: &TablePart, after: &TablePart) -> Vec<CellDifference> {
    let (old, new) = (keyed(before), keyed(after));
    let mut list = Vec::new();
    let whole = |cells: &BTreeMap<&str, &str>| Some(cells.values().copied().collect::<Vec<_>>().join(", "));
    for key in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
        match (old.get(key), new.get(key)) {
            (Some(old), Some(new)) => {
                for column in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
                    let (was, is) = (old.get(column).copied(), new.get(column).copied());
                    if was != is {
                        list.push(difference(after.table, (key, column), (was, is)));
                    }
                }
            }
            (Some(old), None) => list.push(difference(after.table, (key, ""), (whole(old).as_deref(), None))),
            (None, Some(new)) => list.push(difference(after.table, (key, ""), (None, whole(new).as_deref()))),
            (None, None) => {}
        }
    }
    list
}

fn difference(
    table: TableWord,
    (key, column): (&str, &str),
    (before, after): (Option<&str>, Option<&str>),
) -> CellDifference {
    CellDifference {
        table,
        key: key.to_owned(),
        column: column.to_owned(),
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
    }
}
