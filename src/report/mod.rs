//! Documents from a record: terminal tables, CSV, workbooks.

pub mod alternatives;
pub mod chart;
pub mod csv;
pub mod curve;
pub mod diagnosis;
pub mod explanation;
pub mod frontier;
pub mod ranges;
pub mod table;
pub mod workbook;
