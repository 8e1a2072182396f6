//! Checks across the tables: codes and cells given twice, signs, plausibility.

use std::collections::{BTreeMap, BTreeSet};

use crate::dataset::read::Draft;
use crate::dataset::table::Table;
use crate::dataset::{Quantity, indicator};
use crate::finding::{Finding, Place};
use crate::units::Decimal;

/// A money figure this many times above or below its column's median is pointed out.
const IMPLAUSIBLE_TIMES: f64 = 1e4;
/// A money figure this many times off is an error, unless the manifest accepts the column's outliers.
const IMPOSSIBLE_TIMES: f64 = 1e6;

/// Adds the findings that no single row shows.
pub(super) fn across(draft: &Draft, areas: &Table, cells: &Table, accepted: &[String], findings: &mut Vec<Finding>) {
    if areas.rows.is_empty() {
        findings.push(Finding::error("dataset.no_rows", areas.place.clone()));
    }
    if cells.rows.is_empty() {
        findings.push(Finding::error("dataset.no_rows", cells.place.clone()));
    }
    duplicates(draft, areas, cells, findings);
    let with_cells: BTreeSet<&str> = draft.cells.iter().map(|(_, code, _)| code.as_str()).collect();
    for (row, area) in &draft.areas {
        signs(&area.figures, &area.code, &areas.place.clone().row(*row), findings);
        if !with_cells.contains(area.code.as_str()) && !with_cells.is_empty() {
            let place = areas.place.clone().row(*row);
            findings.push(Finding::warning("dataset.area_without_cells", place).with("code", &area.code));
        }
    }
    for (row, code, cell) in &draft.cells {
        let name = format!("{code}/{}", cell.ecosystem);
        signs(&cell.figures, &name, &cells.place.clone().row(*row), findings);
    }
    plausibility(draft, cells, accepted, findings);
}

fn duplicates(draft: &Draft, areas: &Table, cells: &Table, findings: &mut Vec<Finding>) {
    let mut codes: BTreeMap<&str, u64> = BTreeMap::new();
    let mut names: BTreeMap<&str, u64> = BTreeMap::new();
    for (row, area) in &draft.areas {
        let place = || areas.place.clone().row(*row);
        if let Some(first) = codes.insert(&area.code, *row) {
            findings.push(
                Finding::error("dataset.duplicate_area", place())
                    .with("code", &area.code)
                    .with("first", first.to_string()),
            );
        } else if let Some(first) = names.insert(&area.name, *row) {
            findings.push(
                Finding::warning("dataset.duplicate_name", place())
                    .with("name", &area.name)
                    .with("first", first.to_string()),
            );
        }
    }
    let mut seen: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for (row, code, cell) in &draft.cells {
        if let Some(first) = seen.insert((code, &cell.ecosystem), *row) {
            findings.push(
                Finding::error("dataset.duplicate_cell", cells.place.clone().row(*row))
                    .with("cell", format!("{code}/{}", cell.ecosystem))
                    .with("first", first.to_string()),
            );
        }
    }
}

fn signs(figures: &BTreeMap<String, Decimal>, whose: &str, place: &Place, findings: &mut Vec<Finding>) {
    const NOT_NEGATIVE: &[&str] = &[
        indicator::EXTENT,
        indicator::GEP,
        indicator::QUALITY,
        indicator::OUTCOME,
        indicator::PROTECTION_COST,
        indicator::OPPORTUNITY_COST,
        indicator::LAST_YEAR,
        indicator::POPULATION,
    ];
    for name in NOT_NEGATIVE {
        if let Some(value) = figures.get(*name).filter(|value| value.is_negative()) {
            findings.push(
                Finding::error("dataset.negative", place.clone().column(*name))
                    .with("value", value.to_string())
                    .with("whose", whose),
            );
        }
    }
    let hundred = Decimal::from_integer(100);
    if let Some(score) = figures.get(indicator::OUTCOME).filter(|score| **score > hundred) {
        findings.push(
            Finding::warning("dataset.outcome_range", place.clone().column(indicator::OUTCOME))
                .with("value", score.to_string())
                .with("whose", whose),
        );
    }
}

/// A slip between 元 and 亿元 shows as a figure far from all others of its column and ecosystem.
fn plausibility(draft: &Draft, cells: &Table, accepted: &[String], findings: &mut Vec<Finding>) {
    let money = draft.quantities.iter().filter(|(_, quantity)| **quantity == Quantity::Money).map(|(name, _)| name);
    for name in money.filter(|name| !accepted.contains(name)) {
        let mut all: Vec<f64> = Vec::new();
        let mut by_ecosystem: BTreeMap<&str, Vec<(u64, String, f64)>> = BTreeMap::new();
        for (row, code, cell) in &draft.cells {
            if let Some(value) = cell.figures.get(name).filter(|value| !value.is_zero()) {
                let entry = by_ecosystem.entry(&cell.ecosystem).or_default();
                entry.push((*row, format!("{code}/{}", cell.ecosystem), value.to_f64().abs()));
                all.push(value.to_f64().abs());
            }
        }
        let of_all = median(all);
        for values in by_ecosystem.values() {
            // A small group is compared with the whole column.
            let own = median(values.iter().map(|value| value.2).collect());
            let Some(median) = own.or(of_all) else { continue };
            for (row, whose, value) in values {
                let times = (value / median).max(median / value);
                let finding = if times >= IMPOSSIBLE_TIMES {
                    Finding::error
                } else if times >= IMPLAUSIBLE_TIMES {
                    Finding::warning
                } else {
                    continue;
                };
                findings.push(
                    finding("dataset.implausible", cells.place.clone().row(*row).column(name))
                        .with("whose", whose)
                        .with("name", name)
                        .with("times", format!("{:.1e}", value / median)),
                );
            }
        }
    }
}

/// The median of at least three values.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().filter(|_| values.len() >= 3)
}
