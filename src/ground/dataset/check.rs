//! Checks across the tables: codes given twice, signs, areas without cells.

use std::collections::{BTreeMap, BTreeSet};

use crate::dataset::draft::{Draft, place_of};
use crate::dataset::plausibility::plausibility;
use crate::dataset::slip;
use crate::dataset::table::Table;
use crate::dataset::{indicator, naming};
use crate::finding::{Finding, FindingLog, Place};
use crate::phrases::Text;
use crate::units::Decimal;

/// Adds the findings that no single row shows.
pub(super) fn across(draft: &Draft, areas: &Table, cells: &Table, accepted: &[String], log: &mut FindingLog) {
    if areas.rows.is_empty() {
        log.push(Finding::error("dataset.no_rows", areas.place.clone()));
    }
    if cells.rows.is_empty() {
        log.push(Finding::error("dataset.no_rows", cells.place.clone()));
    }
    duplicates(draft, areas, log);
    let with_cells: BTreeSet<&str> = draft.cells.iter().map(|(_, code, _)| code.as_str()).collect();
    for (row, area) in &draft.areas {
        let place = |name: &str| place_of(areas, &draft.area_columns, *row, name);
        signs(&area.figures, &|| naming::area(&area.code, &area.name), &place, log);
        // A row of cells that could not be read may have been this area's.
        if draft.cells_are_whole && !with_cells.contains(area.code.as_str()) && !with_cells.is_empty() {
            let place = areas.place.clone().row(*row);
            log.push(Finding::warning("dataset.area_without_cells", place).with("area", draft.area_named(&area.code)));
        }
    }
    for (row, code, cell) in &draft.cells {
        let place = |name: &str| place_of(cells, &draft.cell_columns, *row, name);
        signs(&cell.figures, &|| draft.cell_named(code, &cell.ecosystem), &place, log);
    }
    plausibility(draft, (areas, cells), accepted, log);
    slip::columns(draft, cells, accepted, log);
}

fn duplicates(draft: &Draft, areas: &Table, log: &mut FindingLog) {
    let mut codes: BTreeMap<&str, u64> = BTreeMap::new();
    let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (row, area) in &draft.areas {
        let first = *codes.entry(&area.code).or_insert(*row);
        if first != *row {
            log.push(
                Finding::error("dataset.duplicate_area", areas.place.clone().row(*row))
                    .with("area", naming::area(&area.code, &area.name))
                    .with("first", first.to_string()),
            );
        }
        names.entry(&area.name).or_default().insert(&area.code);
    }
    for (name, codes) in names.into_iter().filter(|(_, codes)| codes.len() > 1) {
        let codes: Vec<&str> = codes.into_iter().take(NAMED).collect();
        log.push(
            Finding::warning("dataset.duplicate_name", areas.place.clone())
                .with("name", name)
                .with("codes", codes.join(", ")),
        );
    }
}

/// So many codes that share a name are listed.
const NAMED: usize = 12;

fn signs(
    figures: &BTreeMap<String, Decimal>,
    whose: &dyn Fn() -> Text,
    place: &dyn Fn(&str) -> Place,
    log: &mut FindingLog,
) {
    for name in indicator::OF_CELLS.into_iter().chain([indicator::POPULATION]) {
        if let Some(value) = figures.get(name).filter(|value| value.is_negative()) {
            log.push(
                Finding::error("dataset.negative", place(name)).with("value", value.to_string()).with("whose", whose()),
            );
        }
    }
    let hundred = Decimal::from_integer(100);
    if let Some(score) = figures.get(indicator::OUTCOME).filter(|score| **score > hundred) {
        log.push(
            Finding::warning("dataset.outcome_range", place(indicator::OUTCOME))
                .with("value", score.to_string())
                .with("whose", whose()),
        );
    }
}
