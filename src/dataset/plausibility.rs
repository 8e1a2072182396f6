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

/// Times off that are an error, unless the manifest accepts the column's outliers.
const IMPOSSIBLE: f64 = 1e6;
/// Fewest figures of a kind that have a median.
const FEWEST: usize = 3;
/// Fewest figures of an ecosystem that are enough to call one of them unmistakable.
const MANY: usize = 5;

/// What a figure is compared with, and how far off it is pointed out.
#[derive(Debug, Clone, Copy)]
struct Kind {
    median: f64,
    /// Times off that are worth a warning.
    odd: f64,
    /// Whether nearly all of its figures are within ten times the median, so that a step of exactly a unit stands out.
    is_close: bool,
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
            let by_value = || Some(("dataset.implausible_value", figure.value, values.kind(figure.ecosystem)?));
            let Some((code, value, kind)) = by_rate.or_else(by_value) else { continue };
            let finding = match kind.verdict(value) {
                Verdict::Plausible => continue,
                Verdict::Odd => Finding::warning,
                Verdict::Wrong => Finding::error,
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
        let all = median(all).map(|median| Kind { median, odd: odd_among_all, is_close: false });
        let own = by_ecosystem.into_iter().filter_map(|(name, values)| {
            let median = median(values.clone())?;
            let near = values.iter().filter(|value| off(**value / median) <= 10.0).count();
            let is_close = values.len() >= MANY && near * 5 >= values.len() * 4;
            Some((name, Kind { median, odd, is_close }))
        });
        Self { own: own.collect(), all }
    }

    fn kind(&self, ecosystem: &str) -> Option<Kind> {
        self.own.get(ecosystem).copied().or(self.all)
    }
}

enum Verdict {
    Plausible,
    Odd,
    Wrong,
}

impl Kind {
    fn verdict(self, value: f64) -> Verdict {
        let times = off(value / self.median);
        // A step from 元 to 万元, or 万元 to 亿元, back would bring it among its like.
        if times >= IMPOSSIBLE || (self.is_close && off(times / 1e4) <= 10.0) {
            Verdict::Wrong
        } else if times >= self.odd {
            Verdict::Odd
        } else {
            Verdict::Plausible
        }
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
