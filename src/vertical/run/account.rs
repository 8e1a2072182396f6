//! The account that a model divides by: opened beside the data, its values the GEP of the cells.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::accounting::view::{Adjusted, Linked};
use crate::dataset::{CellId, Dataset, Provenance, Quantity, Source, indicator};
use crate::finding::{Finding, Findings, Place};
use crate::policy::Head;
use crate::scenario::{self, Change, Difference};
use crate::units::Decimal;

/// What the files of an account bear around their names among those of the data, so that nobody takes them for tables of the data.
const MARKS: (&str, &str) = ("gep|", "|");

/// Puts the files of an account beside those of the data.
pub fn with_account(data: &mut Source, account: &Source) {
    let (before, after) = MARKS;
    data.files.retain(|(name, _)| account_file(name).is_none());
    data.files.extend(account.files.iter().map(|(name, bytes)| (format!("{before}{name}{after}"), bytes.clone())));
}

/// The name of a file of an account among those of the data; `None` for any other.
pub fn account_file(name: &str) -> Option<&str> {
    name.strip_prefix(MARKS.0)?.strip_suffix(MARKS.1)
}

/// An account as opened, with what was noticed.
type Opened = (Arc<Linked>, Vec<Finding>);
/// An account under changes, and what they come to.
type Changed = (Arc<Linked>, Vec<Difference>);

/// Opens the account that a model names, from among the files of the data.
///
/// # Errors
/// It is not there, or everything that is wrong with it.
pub(super) fn open(head: &Head, source: &Source, file: &str) -> Result<Option<Opened>, Findings> {
    let Some(wanted) = &head.gep else { return Ok(None) };
    let named = source.files.iter().filter_map(|(name, bytes)| Some((account_file(name)?.to_owned(), bytes.clone())));
    let files: Vec<(String, Vec<u8>)> = named.collect();
    let place = |key: &str| Place::file(file).column(format!("gep.{key}"));
    if files.is_empty() {
        return Err(Finding::error("gep.account_missing", place("account")).with("account", &wanted.account).into());
    }
    let account = Source { name: wanted.account.clone(), files };
    let (linked, warnings) = Linked::open(&account, &wanted.asked, &place("view"))?;
    Ok(Some((Arc::new(linked), warnings)))
}

/// Puts the values of an account into the data.
///
/// # Errors
/// What stands in the way of the account, or values of no cell of the data.
pub(super) fn fill(linked: &Linked, dataset: &mut Dataset) -> Result<(), Findings> {
    let figures = linked.figures()?;
    let mut found: BTreeMap<CellId, Decimal> = BTreeMap::new();
    for (at, cell) in dataset.cells().iter().enumerate() {
        let Some(area) = dataset.areas().get(cell.area.0) else { continue };
        let key = (area.code.clone(), cell.ecosystem.clone());
        if let Some(fen) = figures.get(&key) {
            // 分 as 元: two decimals, exactly.
            let yuan = Decimal::parse(&crate::units::Money::from_fen(*fen).yuan())
                .map_err(|phrase| Finding::from_phrase(phrase, Place::default()))?;
            found.insert(CellId(at), yuan);
        }
    }
    if found.is_empty() {
        let place = Place::file(&linked.book().manifest.file);
        return Err(Finding::error("gep.no_cell", place).with("view", &linked.view().id).into());
    }
    let made_up = linked.book().manifest.illustrative;
    let trust = if made_up { Provenance::Illustrative } else { Provenance::Derived };
    dataset.replace(indicator::GEP, Quantity::Money, trust, &found);
    Ok(())
}

/// The account under the changes that concern it, and what they come to; `None` where none does.
///
/// # Errors
/// The model has no account, or the changes do not fit it.
pub(super) fn changed(known: Option<&Arc<Linked>>, changes: &[Change]) -> Result<Option<Changed>, Findings> {
    let own: Vec<&Change> = changes.iter().filter(|change| change.concerns_account()).collect();
    let Some(first) = own.first() else { return Ok(None) };
    let Some(known) = known else {
        return Err(Finding::error("gep.no_account", first.found_at()).with("path", &first.path).into());
    };
    let (linked, told) = known.changed(&scenario::adjustments(changes.iter())?)?;
    let difference = |change: &Change, row: &Adjusted| Difference {
        change: change.text.clone(),
        path: format!("gep.{}", row.row),
        before: row.before.clone(),
        after: row.after.clone(),
        unit: row.unit.clone(),
        unrounded: None,
    };
    let differences = own.iter().zip(&told).flat_map(|(change, rows)| rows.iter().map(|row| difference(change, row)));
    Ok(Some((Arc::new(linked), differences.collect())))
}
