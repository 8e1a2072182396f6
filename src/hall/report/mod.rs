//! Documents from a record: terminal tables, CSV, workbooks.

pub mod alternatives;
pub mod bargain;
pub mod chart;
pub mod compare;
pub mod csv;
pub mod curve;
pub mod interval;
pub mod diagnosis;
pub mod explanation;
pub mod robust;
pub mod frontier;
pub mod negotiate;
pub mod payment;
mod plain_style;
pub mod ranges;
pub mod table;
pub mod workbook;
pub mod sweep;
pub mod sweep_workbook;
pub mod drivers;
pub mod share;
pub mod game;
pub mod settlement;
pub mod settlement_csv;
pub mod settlement_workbook;
pub mod forms;
