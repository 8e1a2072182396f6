//! Accounts of ecosystem products as CSV: the sheets of their workbooks.

use crate::accounting::checks::Checked;
use crate::accounting::compare::{Comparison, PriceSets};
use crate::accounting::statement::Account;
use crate::accounting::stock::Inventory;
use crate::phrases::Lang;
use crate::report::csv::{harmless, lines};
use crate::report::gep::sheets::{self, Sheet};

fn csv(sheet: &Sheet) -> Vec<u8> {
    let mut rows = vec![sheet.headers.clone()];
    rows.extend(sheet.rows.iter().map(|row| row.iter().map(|cell| harmless(&cell.text())).collect()));
    lines(&rows)
}

/// An account as CSV: the rows of both tables, those of the memorandum marked.
pub fn account_csv(account: &Account, lang: Lang) -> Vec<u8> {
    csv(&sheets::all_rows(account, lang))
}

/// A comparison as CSV.
pub fn comparison_csv(found: &Comparison, lang: Lang) -> Vec<u8> {
    csv(&sheets::comparison(found, lang))
}

/// Price sets as CSV.
pub fn price_sets_csv(found: &PriceSets, lang: Lang) -> Vec<u8> {
    csv(&sheets::price_sets(found, lang))
}

/// Checks as CSV.
pub fn checked_csv(found: &Checked, lang: Lang) -> Vec<u8> {
    csv(&sheets::checked(found, lang))
}

/// An inventory as CSV.
pub fn inventory_csv(found: &Inventory, lang: Lang) -> Vec<u8> {
    csv(&sheets::inventory(found, lang))
}
