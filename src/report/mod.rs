//! Documents from a record: terminal tables, CSV, workbooks.

pub mod table;
