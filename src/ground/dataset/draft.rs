//! What the tables hold before it is known to be sound: figures parsed, each with the row it came from.

use std::collections::BTreeMap;

use crate::dataset::table::Table;
use crate::dataset::{Area, Cell, Quantity};
use crate::finding::Place;

/// Areas and cells as read, with the row each came from.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub areas: Vec<(u64, Area)>,
    pub cells: Vec<(u64, String, Cell)>,
    pub quantities: BTreeMap<String, Quantity>,
    /// Columns of the indicators in either table.
    pub area_columns: BTreeMap<String, usize>,
    pub cell_columns: BTreeMap<String, usize>,
    /// Units of the indicators in either table, as their headers give them.
    pub area_units: BTreeMap<String, String>,
    pub cell_units: BTreeMap<String, String>,
    /// Whether every row of the cells could be read.
    pub cells_are_whole: bool,
}

/// The place of a figure, with the letter and header of its column.
pub(super) fn place_of(table: &Table, columns: &BTreeMap<String, usize>, row: u64, name: &str) -> Place {
    match columns.get(name) {
        Some(column) => table.place_of(row, *column),
        None => table.place.clone().row(row),
    }
}
