//! Accounts of ecosystem products for reading: tables for the terminal, CSV, workbooks.

mod csv;
mod sheets;
mod table;
mod template;
mod words;

pub use csv::{account_csv, checked_csv, comparison_csv, inventory_csv, price_sets_csv};
pub use sheets::{account_workbook, checked_workbook, comparison_workbook, inventory_workbook, price_sets_workbook};
pub use table::{account, checked, comparison, explanation, inventory, price_sets};
pub use template::workbook as template_workbook;
