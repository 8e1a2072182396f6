//! A sheet as it stands, before anybody knows which of its rows is the header: cells and merged ranges.

use std::collections::BTreeMap;

use crate::dataset::hidden::Hidden;
use crate::dataset::table::{Raw, letters};
use crate::finding::Place;

/// A merged range: its first and last cell, row and column from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merged {
    /// Upper left.
    pub first: (u32, usize),
    /// Lower right.
    pub last: (u32, usize),
}

/// One sheet of a workbook, or a CSV file.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// File, and sheet of a workbook.
    pub place: Place,
    /// Cells that hold something, by row and column from 0.
    pub cells: BTreeMap<(u32, usize), Raw>,
    /// Merged ranges.
    pub merged: Vec<Merged>,
    /// Whether the sheet is shown.
    pub is_shown: bool,
    /// Rows and columns that are not.
    pub hidden: Hidden,
}

impl Grid {
    /// A sheet of these cells, without merged ranges.
    pub(super) fn of(place: Place, cells: Vec<(u32, usize, Raw)>) -> Self {
        let cells = cells.into_iter().map(|(row, column, raw)| ((row, column), raw)).collect();
        Self { place, cells, merged: Vec::new(), is_shown: true, hidden: Hidden::default() }
    }

    /// What stands in a cell.
    pub fn at(&self, row: u32, column: usize) -> &Raw {
        self.cells.get(&(row, column)).unwrap_or(&Raw::Blank)
    }

    /// The text of a cell; empty where it holds none.
    pub fn text(&self, row: u32, column: usize) -> &str {
        match self.at(row, column) {
            Raw::Text(text) => text,
            _ => "",
        }
    }

    /// The cells of a row, in order.
    pub fn row(&self, row: u32) -> impl Iterator<Item = (usize, &Raw)> {
        self.cells.range((row, 0)..=(row, usize::MAX)).map(|((_, column), raw)| (*column, raw))
    }

    /// The rows that hold something, in order.
    pub fn rows(&self) -> Vec<u32> {
        let mut rows: Vec<u32> = self.cells.keys().map(|(row, _)| *row).collect();
        rows.dedup();
        rows
    }

    /// One column beyond the last that holds something.
    pub fn width(&self) -> usize {
        self.cells.keys().map(|(_, column)| column + 1).max().unwrap_or(0)
    }

    /// The merged range that a cell lies in.
    pub fn merged_at(&self, row: u32, column: usize) -> Option<&Merged> {
        self.merged.iter().find(|range| {
            (range.first.0..=range.last.0).contains(&row) && (range.first.1..=range.last.1).contains(&column)
        })
    }

    /// The place of a cell: `D5`, with what its column is called.
    pub fn place_of(&self, row: u32, column: usize, header: &str) -> Place {
        let cell = format!("{} {header}", letters(column));
        self.place.clone().row(u64::from(row) + 1).column(cell.trim_end())
    }
}
