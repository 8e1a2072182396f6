//! Where the figures of a dataset stood in its tables, for findings that only show when a model needs a figure.

use std::collections::BTreeMap;

use crate::dataset::table::Table;
use crate::dataset::{AreaId, CellId, indicator};
use crate::finding::Place;

/// Places of the figures, in the order of the dataset.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Origin {
    pub areas: TableOrigin,
    pub cells: TableOrigin,
}

/// Places of one table.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct TableOrigin {
    /// File and sheet.
    place: Place,
    /// Row of each area or cell.
    pub rows: Vec<u64>,
    /// Letter and header of each indicator's column.
    columns: BTreeMap<String, String>,
}

impl TableOrigin {
    /// The places of a table whose indicators stand in these columns; its rows are still to be given.
    pub fn of(table: &Table, columns: &BTreeMap<String, usize>) -> Self {
        let label = |column: usize| table.place_of(0, column).column.unwrap_or_default();
        let columns = columns.iter().map(|(name, column)| (name.clone(), label(*column))).collect();
        Self { place: table.place.clone(), rows: Vec::new(), columns }
    }

    fn place_of(&self, row: usize, name: &str) -> Place {
        let place = match self.rows.get(row) {
            Some(row) => self.place.clone().row(*row),
            None => self.place.clone(),
        };
        match self.columns.get(name) {
            Some(column) => place.column(column),
            None => place,
        }
    }
}

impl Origin {
    /// The place of a figure; the table of cells comes first, as it does where figures are looked up.
    pub fn place_of(&self, area: Option<AreaId>, cell: Option<CellId>, name: &str) -> Place {
        match (area, cell) {
            (Some(area), cell) if cell.is_none() || self.only_in_areas(name) => self.areas.place_of(area.0, name),
            (_, Some(cell)) => self.cells.place_of(cell.0, name),
            _ if name == indicator::POPULATION => self.areas.place.clone(),
            _ => self.cells.place.clone(),
        }
    }

    fn only_in_areas(&self, name: &str) -> bool {
        self.areas.columns.contains_key(name) && !self.cells.columns.contains_key(name)
    }
}
