//! Which slip of units a factor looks like, and columns that are off as a whole.

use crate::dataset::draft::Draft;
use crate::dataset::table::Table;
use crate::dataset::{Cell, Quantity, indicator};
use crate::finding::{Finding, FindingLog};
use crate::phrases::{Phrase, Text};
use crate::units::group_thousands;

/// Units that are mistaken for each other, with their size in the base unit.
const MONEY: &[(&str, f64)] = &[("元", 1.0), ("万元", 1e4), ("亿元", 1e8)];
const EXTENT: &[(&str, f64)] = &[("m2", 0.0015), ("亩", 1.0), ("公顷", 15.0), ("km2", 1500.0), ("万亩", 1e4)];
const PERSONS: &[(&str, f64)] = &[("人", 1.0), ("万人", 1e4)];

/// A factor is that of two units where it is no farther off than this: figures differ by themselves.
const NEAR: f64 = 3.0;
/// The same for small factors, such as 15 of 亩 and 公顷.
const NEAR_SMALL: f64 = 1.3;
/// A whole column is told by what is usual, which is known to this factor at best.
const NEAR_USUAL: f64 = 30.0;
/// Fewest figures that have a median.
const FEWEST: usize = 3;
/// Factors below this are small.
const SMALL: f64 = 50.0;

/// How many times off, up or down.
pub(super) fn off(ratio: f64) -> f64 {
    ratio.max(1.0 / ratio)
}

/// `10,000` or `1/10,000`.
pub fn times(ratio: f64) -> String {
    let whole = group_thousands(off(ratio).round() as u64);
    if ratio < 1.0 { format!("1/{whole}") } else { whole }
}

fn known(quantity: Quantity) -> &'static [(&'static str, f64)] {
    match quantity {
        Quantity::Money => MONEY,
        Quantity::Extent => EXTENT,
        Quantity::Persons => PERSONS,
        Quantity::Number => &[],
    }
}

/// What a figure in a column of a unit looks like that is `ratio` times what its like are.
pub fn slip(ratio: f64, quantity: Quantity, unit: &str) -> Text {
    slip_within(ratio, quantity, unit, if off(ratio) < SMALL { NEAR_SMALL } else { NEAR })
}

fn slip_within(ratio: f64, quantity: Quantity, unit: &str, near: f64) -> Text {
    let units = known(quantity);
    let size = |wanted: &str| units.iter().find(|(name, _)| *name == wanted).map(|(_, size)| *size);
    let meant = |column: f64| {
        let others = units.iter().filter(|(name, _)| *name != unit);
        let distance = |size: f64| off(ratio / (column / size));
        let best = others.min_by(|a, b| distance(a.1).total_cmp(&distance(b.1)))?;
        (distance(best.1) <= near).then_some(best.0)
    };
    // English headers name the base units otherwise.
    let column = match unit {
        "yuan" | "mu" => Some(1.0),
        "ha" => Some(15.0),
        other => size(other),
    };
    match column.and_then(meant) {
        Some(other) => Phrase::new("dataset.slip_unit").with("unit", other).with("column", unit).text(),
        None if (off(ratio) / 10.0).max(10.0 / off(ratio)) <= NEAR_SMALL => Phrase::new("dataset.slip_digit").text(),
        None => Phrase::new("dataset.slip_unknown").text(),
    }
}

/// Money of one 亩 that is out of the world: least and most 元 of a median.
struct World {
    least: f64,
    most: f64,
    /// A usual value, from which the factor is told.
    usual: f64,
}

/// Products of an ecosystem: from desert to the water of a city.
const PRODUCTS: World = World { least: 5.0, most: 1e6, usual: 3e3 };
/// Payments and costs.
const PAYMENTS: World = World { least: 1e-3, most: 1e5, usual: 30.0 };

/// Adds a finding for each column that is off as a whole.
pub(super) fn columns(draft: &Draft, cells: &Table, accepted: &[String], log: &mut FindingLog) {
    const CHECKED: &[(&str, &World)] = &[
        (indicator::GEP, &PRODUCTS),
        (indicator::LAST_YEAR, &PAYMENTS),
        (indicator::PROTECTION_COST, &PAYMENTS),
        (indicator::OPPORTUNITY_COST, &PAYMENTS),
    ];
    let place = |name: &str| match draft.cell_columns.get(name) {
        Some(column) => cells.place_of(1, *column),
        None => cells.place.clone(),
    };
    let unit = |name: &str| draft.cell_units.get(name).map_or("", String::as_str);
    let rate = |name: &str| median_ratio(draft, name, indicator::EXTENT);
    let rated: Vec<(&str, &World, f64)> =
        CHECKED.iter().filter_map(|(name, world)| Some((*name, *world, rate(name)?))).collect();
    let is_off = |world: &World, rate: f64| rate < world.least || rate > world.most;
    let found: Vec<&(&str, &World, f64)> = rated.iter().filter(|(_, world, rate)| is_off(world, *rate)).collect();
    let all_alike = found.len() >= 2
        && found.len() == rated.len()
        && (found.iter().all(|(_, world, rate)| *rate > world.most)
            || found.iter().all(|(_, world, rate)| *rate < world.least));
    let is_accepted = |name: &str| accepted.iter().any(|known| known == name);
    if all_alike && !is_accepted(indicator::EXTENT) {
        // What all money agrees on is a fault of the extents.
        let ratios: Vec<f64> = found.iter().map(|(_, world, rate)| rate / world.usual).collect();
        let ratio = ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64;
        let (_, _, rate) = found.first().map_or((indicator::EXTENT, &PRODUCTS, 0.0), |found| **found);
        log.push(
            Finding::warning("dataset.column_extent", place(indicator::EXTENT))
                .with("rate", told(rate))
                .with("slip", slip_within((-ratio).exp(), Quantity::Extent, unit(indicator::EXTENT), NEAR_USUAL)),
        );
        return;
    }
    for (name, world, rate) in found.into_iter().filter(|(name, _, _)| !is_accepted(name)) {
        log.push(
            Finding::warning("dataset.column_money", place(name))
                .with("name", *name)
                .with("rate", told(*rate))
                .with("slip", slip_within(rate / world.usual, Quantity::Money, unit(name), NEAR_USUAL)),
        );
    }
    // Payments above the product of the land, whatever its extent.
    let share = median_ratio(draft, indicator::LAST_YEAR, indicator::GEP).filter(|share| *share > 2.0);
    if let Some(share) = share.filter(|_| rated.is_empty() && !is_accepted(indicator::GEP)) {
        log.push(
            Finding::warning("dataset.column_gep_below_payment", place(indicator::GEP)).with("times", told(share)),
        );
    }
}

/// `0.3`, `31,000,000`.
fn told(value: f64) -> String {
    if value >= 100.0 {
        return group_thousands(value.round() as u64);
    }
    let places = usize::try_from((1 - value.log10().floor() as i32).clamp(0, 9)).unwrap_or(2);
    format!("{value:.places$}")
}

/// The median over the cells of one figure by another, of those that are above 0.
fn median_ratio(draft: &Draft, above: &str, below: &str) -> Option<f64> {
    let figure =
        |cell: &Cell, name: &str| cell.figures.get(name).map(|value| value.to_f64()).filter(|value| *value > 0.0);
    let ratio = |(_, _, cell): &(u64, String, Cell)| Some(figure(cell, above)? / figure(cell, below)?);
    median(draft.cells.iter().filter_map(ratio).collect())
}

/// The median of enough values.
pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().filter(|_| values.len() >= FEWEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_told_by_the_units_that_make_them() {
        let zh = |ratio: f64, quantity: Quantity, unit: &str| slip(ratio, quantity, unit).zh;
        assert!(zh(9_000.0, Quantity::Money, "万元").contains("“元”"));
        assert!(zh(1.1e-4, Quantity::Money, "万元").contains("“亿元”"));
        assert!(zh(1.3e8, Quantity::Money, "亿元").contains("“元”"));
        assert!(zh(1e-4, Quantity::Extent, "亩").contains("“万亩”"));
        assert!(zh(1.0 / 15.5, Quantity::Extent, "亩").contains("“公顷”"));
        assert!(zh(2e-4, Quantity::Persons, "人").contains("“万人”"));
        assert_eq!(zh(10.3, Quantity::Money, "元"), Phrase::new("dataset.slip_digit").text().zh);
        assert_eq!(zh(27.0, Quantity::Money, "元"), Phrase::new("dataset.slip_unknown").text().zh);
    }
}
