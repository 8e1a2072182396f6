//! The office's own files: a model spelled in sheets instead of keys, and last year's table as it was printed.
//!
//! The modules stand in dependency order: each imports only from modules declared above it.

// the rooms below
use ecocomp_ground::{dataset, document, finding, phrases, solver, units};
use ecocomp_vertical::{policy, run};

// a model as a workbook, and back
pub mod forms;
pub mod toml;
pub mod cells;
pub mod model;
// a table as it was printed
pub mod table;
pub mod start;
#[cfg(test)]
mod trial;
