//! Slips of units in one row: a figure that is ten thousand times what its like are (元, 万元, 亿元), or fifteen (亩, 公顷).
//!
//! Money is compared per extent, since that is what is alike within an ecosystem: the size of an area hides a slip of 10⁴ as
//! often as not. Where extents are not known, last year's amount stands in for them.

use std::collections::BTreeMap;

use crate::dataset::draft::{Draft, place_of};
use crate::dataset::slip::{median, off, slip, times};
use crate::dataset::table::Table;
use crate::dataset::{Cell, Quantity, indicator};
use crate::finding::{Finding, FindingLog};

/// Times off in value that are an error, unless the manifest accepts the column's outliers.
const IMPOSSIBLE: f64 = 1e6;
/// Times off per extent that such a figure is at least: a figure may be large because its area is.
const IMPOSSIBLE_RATE: f64 = 1e4;
/// Fewest figures of a kind whose spread says something.
const FEWEST_FOR_SPREAD: usize = 6;
/// Times off that are pointed out where the others are close together.
const ODD_AMONG_CLOSE: f64 = 7.0;
/// Such a figure is so many spreads off.
const SPREADS: f64 = 7.0;
/// Least spread of logarithms that is counted with: some five per cent.
const LEAST_SPREAD: f64 = 0.05;
/// Figures of a row that are off by factors no farther apart than this are off by the same factor.
const ALIKE: f64 = 2.5;
/// Times off by which a score or index that is given in per cent among fractions lies.
const PER_CENT: std::ops::RangeInclusive<f64> = 50.0..=200.0;

/// What a figure is compared with, and how far off it is pointed out.
#[derive(Debug, Clone, Copy)]
struct Kind {
    median: f64,
    /// Times off that are worth a warning.
    odd: f64,
}

struct Figure<'a> {
    row: u64,
    code: &'a str,
    ecosystem: &'a str,
    value: f64,
    /// Per 亩, where the extent is known.
    rate: Option<f64>,
    /// Per 元 of last year's amount, where only that is known.
    to_last: Option<f64>,
}

/// A figure that is off.
struct Odd<'a> {
    name: &'a str,
    code: &'static str,
    is_wrong: bool,
    figure: &'a Figure<'a>,
    ratio: f64,
    by_rate: bool,
}

/// Adds a finding for each figure that is far off its kind.
pub(super) fn plausibility(draft: &Draft, (areas, cells): (&Table, &Table), accepted: &[String], log: &mut FindingLog) {
    let is_checked = |name: &&String| !accepted.contains(name);
    let named = |wanted: Quantity| {
        let names = draft.quantities.iter().filter(move |(_, quantity)| **quantity == wanted).map(|(name, _)| name);
        names.filter(is_checked)
    };
    let columns: Vec<(&str, Vec<Figure<'_>>)> =
        named(Quantity::Money).map(|name| (name.as_str(), figures(draft, name))).collect();
    let mut odd: BTreeMap<u64, Vec<Odd<'_>>> = BTreeMap::new();
    for (name, figures) in &columns {
        for one in odd_ones(name, figures) {
            odd.entry(one.figure.row).or_default().push(one);
        }
    }
    let extent_is_checked = !accepted.iter().any(|name| name == indicator::EXTENT);
    for (row, odd) in &odd {
        if extent_is_checked && let Some(ratio) = extent_is_off(*row, odd, &columns) {
            if let Some(first) = odd.first() {
                log.push(extent_finding(draft, cells, first, ratio));
            }
            continue;
        }
        odd.iter().for_each(|one| log.push(finding(draft, cells, one)));
    }
    for name in named(Quantity::Persons) {
        area_figures(draft, areas, (name, "dataset.implausible_persons", 1e3), log);
    }
    for name in named(Quantity::Money) {
        area_figures(draft, areas, (name, "dataset.implausible_value", 1e4), log);
    }
    for name in named(Quantity::Number).filter(|name| [indicator::QUALITY, indicator::OUTCOME].contains(&name.as_str()))
    {
        per_cent(draft, cells, name, log);
    }
}

fn finding(draft: &Draft, cells: &Table, odd: &Odd<'_>) -> Finding {
    let new = if odd.is_wrong { Finding::error } else { Finding::warning };
    let place = place_of(cells, &draft.cell_columns, odd.figure.row, odd.name);
    let unit = draft.cell_units.get(odd.name).map_or("", String::as_str);
    new(odd.code, place)
        .with("whose", draft.cell_named(odd.figure.code, odd.figure.ecosystem))
        .with("name", odd.name)
        .with("times", times(odd.ratio))
        .with("slip", slip(odd.ratio, Quantity::Money, unit))
}

fn extent_finding(draft: &Draft, cells: &Table, odd: &Odd<'_>, ratio: f64) -> Finding {
    let place = place_of(cells, &draft.cell_columns, odd.figure.row, indicator::EXTENT);
    let unit = draft.cell_units.get(indicator::EXTENT).map_or("", String::as_str);
    Finding::warning("dataset.implausible_extent", place)
        .with("whose", draft.cell_named(odd.figure.code, odd.figure.ecosystem))
        .with("times", times(ratio))
        .with("slip", slip(ratio, Quantity::Extent, unit))
}

/// The figures of a column that are far off their kind.
fn odd_ones<'a>(name: &'a str, figures: &'a [Figure<'a>]) -> Vec<Odd<'a>> {
    let rates = Kinds::of(figures, 1e3, 1e2, |figure| figure.rate);
    let shares = Kinds::of(figures, 1e3, 1e3, |figure| figure.to_last);
    let values = Kinds::of(figures, 1e4, 1e4, |figure| Some(figure.value));
    let close = Spreads::of(figures, |figure| figure.rate.or(figure.to_last));
    let mut odd = Vec::new();
    for figure in figures {
        let by = |code: &'static str, value: Option<f64>, kinds: &Kinds<'_>| {
            value.and_then(|value| Some((code, value, kinds.kind(figure.ecosystem)?)))
        };
        let by_rate = by("dataset.implausible", figure.rate, &rates);
        let by_last = by("dataset.implausible_to_last", figure.to_last, &shares);
        let by_value = by("dataset.implausible_value", Some(figure.value), &values);
        let Some((code, value, kind)) = by_rate.or(by_last).or(by_value) else { continue };
        let is_wrong = by_value.is_some_and(|(_, value, kind)| kind.times(value) >= IMPOSSIBLE)
            && by_rate.is_none_or(|(_, rate, kind)| kind.times(rate) >= IMPOSSIBLE_RATE);
        let compared = figure.rate.or(figure.to_last);
        let stands_out = compared.is_some_and(|value| close.stands_out(figure.ecosystem, value));
        if is_wrong || kind.times(value) >= kind.odd || stands_out {
            let ratio = value / kind.median;
            odd.push(Odd { name, code, is_wrong, figure, ratio, by_rate: by_rate.is_some() });
        }
    }
    odd
}

/// How many times its true value an extent seems to be: all money of its row is off by the same factor per extent.
fn extent_is_off(row: u64, odd: &[Odd<'_>], columns: &[(&str, Vec<Figure<'_>>)]) -> Option<f64> {
    let of_row =
        columns.iter().filter(|(_, figures)| figures.iter().any(|figure| figure.row == row && figure.rate.is_some()));
    if odd.len() < 2 || odd.len() < of_row.count() || odd.iter().any(|one| one.is_wrong || !one.by_rate) {
        return None;
    }
    let ratios = || odd.iter().map(|one| one.ratio);
    let (least, most) = (ratios().fold(f64::INFINITY, f64::min), ratios().fold(0.0, f64::max));
    (most <= ALIKE * least).then(|| 1.0 / (least * most).sqrt())
}

/// The figures of a column that are not 0.
fn figures<'a>(draft: &'a Draft, name: &str) -> Vec<Figure<'a>> {
    let has_extents = draft.cells.iter().any(|(_, _, cell)| positive(cell, indicator::EXTENT).is_some());
    let beside = if name == indicator::LAST_YEAR { indicator::GEP } else { indicator::LAST_YEAR };
    let figure = |(row, code, cell): &'a (u64, String, Cell)| {
        let value = cell.figures.get(name).filter(|value| !value.is_zero())?.to_f64().abs();
        let rate = positive(cell, indicator::EXTENT).map(|extent| value / extent);
        let to_last = if has_extents { None } else { positive(cell, beside).map(|last| value / last) };
        Some(Figure { row: *row, code, ecosystem: &cell.ecosystem, value, rate, to_last })
    };
    draft.cells.iter().filter_map(figure).collect()
}

fn positive(cell: &Cell, name: &str) -> Option<f64> {
    cell.figures.get(name).map(|value| value.to_f64()).filter(|value| *value > 0.0)
}

/// Figures of whole areas, compared with those of the others.
fn area_figures(draft: &Draft, table: &Table, (name, code, odd): (&str, &'static str, f64), log: &mut FindingLog) {
    let of_area = |(row, area): &(u64, crate::dataset::Area)| {
        let value = area.figures.get(name)?.to_f64().abs();
        (value > 0.0).then(|| (*row, area.code.clone(), value))
    };
    let known: Vec<(u64, String, f64)> = draft.areas.iter().filter_map(of_area).collect();
    let Some(median) = median(known.iter().map(|(_, _, value)| *value).collect()) else { return };
    let quantity = draft.quantities.get(name).copied().unwrap_or(Quantity::Number);
    let unit = draft.area_units.get(name).map_or("", String::as_str);
    for (row, whose, value) in known.into_iter().filter(|(_, _, value)| off(value / median) >= odd) {
        let place = place_of(table, &draft.area_columns, row, name);
        let finding = Finding::warning(code, place).with("whose", draft.area_named(&whose)).with("name", name);
        log.push(finding.with("times", times(value / median)).with("slip", slip(value / median, quantity, unit)));
    }
}

/// A score or index in per cent among fractions, or the other way about.
fn per_cent(draft: &Draft, cells: &Table, name: &str, log: &mut FindingLog) {
    fn of_cell<'a>(name: &str, (row, code, cell): &'a (u64, String, Cell)) -> Option<(u64, (&'a str, &'a str), f64)> {
        positive(cell, name).map(|value| (*row, (code.as_str(), cell.ecosystem.as_str()), value))
    }
    let known: Vec<(u64, (&str, &str), f64)> = draft.cells.iter().filter_map(|cell| of_cell(name, cell)).collect();
    let Some(median) = median(known.iter().map(|(_, _, value)| *value).collect()) else { return };
    for (row, (code, ecosystem), value) in
        known.into_iter().filter(|(_, _, value)| PER_CENT.contains(&off(value / median)))
    {
        let place = place_of(cells, &draft.cell_columns, row, name);
        let whose = draft.cell_named(code, ecosystem);
        let finding = Finding::warning("dataset.implausible_score", place).with("whose", whose).with("name", name);
        log.push(finding.with("times", times(value / median)));
    }
}

/// The kinds of a column: each ecosystem with enough figures, and all together for the others.
struct Kinds<'a> {
    own: BTreeMap<&'a str, Kind>,
    all: Option<Kind>,
}

fn by_ecosystem<'a>(figures: &[Figure<'a>], value: impl Fn(&Figure<'a>) -> Option<f64>) -> BTreeMap<&'a str, Vec<f64>> {
    let mut groups: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for figure in figures {
        if let Some(value) = value(figure) {
            groups.entry(figure.ecosystem).or_default().push(value);
        }
    }
    groups
}

impl<'a> Kinds<'a> {
    fn of(figures: &[Figure<'a>], odd_among_all: f64, odd: f64, value: impl Fn(&Figure<'a>) -> Option<f64>) -> Self {
        let groups = by_ecosystem(figures, value);
        let all: Vec<f64> = groups.values().flatten().copied().collect();
        let all = median(all).map(|median| Kind { median, odd: odd_among_all });
        let own = groups.into_iter().filter_map(|(name, values)| Some((name, Kind { median: median(values)?, odd })));
        Self { own: own.collect(), all }
    }

    fn kind(&self, ecosystem: &str) -> Option<Kind> {
        self.own.get(ecosystem).copied().or(self.all)
    }
}

impl Kind {
    fn times(self, value: f64) -> f64 {
        off(value / self.median)
    }
}

/// Medians and spreads of logarithms of the kinds whose figures lie close together.
struct Spreads<'a>(BTreeMap<&'a str, (f64, f64)>);

impl<'a> Spreads<'a> {
    fn of(figures: &[Figure<'a>], value: impl Fn(&Figure<'a>) -> Option<f64>) -> Self {
        let spread = |(name, values): (&'a str, Vec<f64>)| {
            let logs: Vec<f64> = values.into_iter().map(f64::ln).collect();
            if logs.len() < FEWEST_FOR_SPREAD {
                return None;
            }
            let middle = median(logs.clone())?;
            let deviations = logs.iter().map(|log| (log - middle).abs()).collect();
            // 1.4826 makes of a median deviation what a standard deviation is of normal figures.
            Some((name, (middle, (1.4826 * median(deviations)?).max(LEAST_SPREAD))))
        };
        Self(by_ecosystem(figures, value).into_iter().filter_map(spread).collect())
    }

    fn stands_out(&self, ecosystem: &str, value: f64) -> bool {
        self.0.get(ecosystem).is_some_and(|(middle, spread)| {
            let distance = (value.ln() - middle).abs();
            distance >= ODD_AMONG_CLOSE.ln() && distance >= SPREADS * spread
        })
    }
}
