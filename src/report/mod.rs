//! Documents from a record: terminal tables, CSV, workbooks.

pub mod csv;
pub mod diagnosis;
pub mod explanation;
pub mod robust;
pub mod table;
pub mod workbook;
pub mod sweep;
pub mod sweep_workbook;
pub mod drivers;
