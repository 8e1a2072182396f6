//! Slips of units: a money figure that is ten thousand times what its like are (元, 万元, 亿元).
//!
//! A figure is compared per extent, since that is what is alike within an ecosystem: the size of an area hides a slip of 10⁴
//! as often as not.

use std::collections::BTreeMap;

use crate::dataset::check::place_of;
use crate::dataset::read::Draft;
use crate::dataset::table::Table;
use crate::dataset::{Quantity, indicator};
use crate::finding::{Finding, FindingLog};
use crate::units::group_thousands;

/// Times off in value that are an error, unless the manifest accepts the column's outliers.
const IMPOSSIBLE: f64 = 1e6;
/// Times off per extent that such a figure is at least: a figure may be large because its area is.
const IMPOSSIBLE_RATE: f64 = 1e4;
/// Fewest figures of a kind that have a median.
const FEWEST: usize = 3;

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
}

/// Adds a finding for each money figure that is far off its kind.
pub(super) fn plausibility(draft: &Draft, cells: &Table, accepted: &[String], log: &mut FindingLog) {
    let money = draft.quantities.iter().filter(|(_, quantity)| **quantity == Quantity::Money).map(|(name, _)| name);
    for name in money.filter(|name| !accepted.contains(name)) {
        let figures = figures(draft, name);
        let rates = Kinds::of(&figures, 1e3, 1e2, |figure| figure.rate);
        let values = Kinds::of(&figures, 1e4, 1e4, |figure| Some(figure.value));
        for figure in &figures {
            let by_rate =
                figure.rate.and_then(|rate| Some(("dataset.implausible", rate, rates.kind(figure.ecosystem)?)));
            let by_value = values.kind(figure.ecosystem).map(|kind| ("dataset.implausible_value", figure.value, kind));
            let Some((code, value, kind)) = by_rate.or(by_value) else { continue };
            let is_wrong = by_value.is_some_and(|(_, value, kind)| kind.times(value) >= IMPOSSIBLE)
                && by_rate.is_none_or(|(_, rate, kind)| kind.times(rate) >= IMPOSSIBLE_RATE);
            let finding = if is_wrong {
                Finding::error
            } else if kind.times(value) >= kind.odd {
                Finding::warning
            } else {
                continue;
            };
            log.push(
                finding(code, place_of(cells, &draft.cell_columns, figure.row, name))
                    .with("whose", format!("{}/{}", figure.code, figure.ecosystem))
                    .with("name", name)
                    .with("times", times(value / kind.median)),
            );
        }
    }
}

/// The figures of a column that are not 0.
fn figures<'a>(draft: &'a Draft, name: &str) -> Vec<Figure<'a>> {
    let figure = |(row, code, cell): &'a (u64, String, crate::dataset::Cell)| {
        let value = cell.figures.get(name).filter(|value| !value.is_zero())?.to_f64().abs();
        let extent = cell.figures.get(indicator::EXTENT).map(|extent| extent.to_f64()).filter(|extent| *extent > 0.0);
        Some(Figure { row: *row, code, ecosystem: &cell.ecosystem, value, rate: extent.map(|extent| value / extent) })
    };
    draft.cells.iter().filter_map(figure).collect()
}

/// The kinds of a column: each ecosystem with enough figures, and all together for the others.
struct Kinds<'a> {
    own: BTreeMap<&'a str, Kind>,
    all: Option<Kind>,
}

impl<'a> Kinds<'a> {
    fn of(figures: &[Figure<'a>], odd_among_all: f64, odd: f64, value: impl Fn(&Figure<'a>) -> Option<f64>) -> Self {
        let mut by_ecosystem: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for figure in figures {
            if let Some(value) = value(figure) {
                by_ecosystem.entry(figure.ecosystem).or_default().push(value);
            }
        }
        let all: Vec<f64> = by_ecosystem.values().flatten().copied().collect();
        let all = median(all).map(|median| Kind { median, odd: odd_among_all });
        let own =
            by_ecosystem.into_iter().filter_map(|(name, values)| Some((name, Kind { median: median(values)?, odd })));
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

/// How many times off, up or down.
fn off(ratio: f64) -> f64 {
    ratio.max(1.0 / ratio)
}

/// `10,000` or `1/10,000`.
fn times(ratio: f64) -> String {
    let whole = group_thousands(off(ratio).round() as u64);
    if ratio < 1.0 { format!("1/{whole}") } else { whole }
}

/// The median of enough values.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().filter(|_| values.len() >= FEWEST)
}
