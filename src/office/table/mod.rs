//! An office's own table: found between titles, notes and totals, each column understood or said not to be.

mod column;
mod facts;
mod read;
mod shape;
mod totals;
mod values;
mod words;

use crate::dataset::grid::Grid;
use crate::dataset::workbook::read_grids;
use crate::dataset::{Quantity, csv_table};
use crate::finding::{Finding, Findings, Place};
use crate::phrases::Phrase;

pub(crate) use facts::header_of;
pub use facts::{Area, Column, Ecosystem, Facts, Fund, Key};

/// A file with tables: what the user calls it, and its bytes.
#[derive(Debug, Clone)]
pub struct File {
    /// Name.
    pub name: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// What a column was taken for.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// File and sheet.
    pub place: Place,
    /// Letters of the column.
    pub letters: String,
    /// Its header, levels joined.
    pub header: String,
    /// What it was taken for.
    pub meaning: Phrase,
    /// Its unit; empty where it has none.
    pub unit: String,
    /// Figures in it.
    pub count: usize,
    /// Their sum in its unit; empty where it has none.
    pub sum: String,
}

/// Reads the tables of files as one set of facts; `units` are those of columns whose table names none.
///
/// # Errors
/// Files that are no tables, no table in any of them, figures that cannot be read, units that are nowhere given, names twice.
pub fn read(files: &[File], units: &[String]) -> Result<(Facts, Vec<Finding>), Findings> {
    let mut grids: Vec<Grid> = Vec::new();
    let mut errors = Vec::new();
    for file in files {
        match grids_of(file) {
            Ok(found) => grids.extend(found),
            Err(Findings(found)) => errors.extend(found),
        }
    }
    if !errors.is_empty() {
        return Err(Findings(errors));
    }
    facts::of(&grids, units)
}

/// Whether a unit is one that columns may have.
pub fn is_unit(unit: &str) -> bool {
    words::quantity_of(unit).is_some_and(|quantity| quantity != Quantity::Number)
}

fn grids_of(file: &File) -> Result<Vec<Grid>, Findings> {
    if file.bytes.starts_with(b"PK\x03\x04") || file.name.to_lowercase().ends_with(".xlsx") {
        return read_grids(&file.name, &file.bytes);
    }
    Ok(vec![csv_table::read_csv_grid(&file.name, &file.bytes)?])
}

/// What a figure is: indicator or own header, and what it counts.
type Figure = (String, Quantity);
