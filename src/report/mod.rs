//! Documents from a record: terminal tables, CSV, workbooks.

pub mod chart;
pub mod compare;
pub mod csv;
pub mod diagnosis;
pub mod explanation;
pub mod table;
pub mod workbook;
