//! What the tables hold before it is known to be sound: figures parsed, each with the row it came from.

use std::collections::BTreeMap;

use crate::dataset::table::Table;
use crate::dataset::{Area, Cell, Quantity, naming};
use crate::finding::Place;
use crate::phrases::Text;

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
    /// Names of the areas by code, as the first row of each gives them.
    pub names: BTreeMap<String, String>,
    /// Labels of the ecosystems by id.
    pub labels: BTreeMap<String, Text>,
    /// Whether every row of the cells could be read.
    pub cells_are_whole: bool,
}

impl Draft {
    /// How findings name an area.
    pub fn area_named(&self, code: &str) -> Text {
        naming::area(code, self.names.get(code).map_or("", String::as_str))
    }

    /// How findings name a cell.
    pub fn cell_named(&self, code: &str, ecosystem: &str) -> Text {
        let label = self.labels.get(ecosystem).cloned().unwrap_or_else(|| Text::same(ecosystem));
        naming::cell(self.area_named(code), label)
    }
}

/// The place of a figure, with the letter and header of its column.
pub(super) fn place_of(table: &Table, columns: &BTreeMap<String, usize>, row: u64, name: &str) -> Place {
    match columns.get(name) {
        Some(column) => table.place_of(row, *column),
        None => table.place.clone().row(row),
    }
}
