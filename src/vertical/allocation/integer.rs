//! Rounding by an integer program: offsets in units around the certified amounts, as close to them as the rules allow.

use std::collections::BTreeMap;

use num_traits::ToPrimitive;

use crate::allocation::rows::{HelperId, HelperRange, IntegerRow, broken};
use crate::allocation::{Effort, floor_units};
use crate::solver::integer::{self, IntegerColumn, IntegerEnd, Patience};
use crate::units::{BigInt, Exact};

/// How many units an amount may move, tried in turn; the last is as good as any number.
const REACHES: [i64; 4] = [1, 8, 128, 1 << 40];
/// Position of the last reach of a quick search.
const QUICK_LAST: usize = 1;
/// Beyond so many amounts only the nearest units are tried.
const WIDE_MAX: usize = 20_000;

/// How a search ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Search {
    /// Exact amounts, audited.
    Found(Vec<i64>),
    /// No such amounts exist.
    Impossible,
    /// None were found within the limits.
    Open,
}

/// Exact amounts near the targets (分).
pub(super) fn search(
    rows: &[&IntegerRow],
    targets: &[f64],
    unit: i64,
    (effort, patience): (Effort, Patience<'_>),
) -> Search {
    let base: Vec<i64> = targets.iter().map(|target| floor_units(*target, unit)).collect();
    let helpers = estimate_helpers(rows, targets);
    let last = REACHES.len() - 1;
    for (step, reach) in REACHES.into_iter().enumerate() {
        // The solver's integers satisfy rows within its tolerance only: with a margin they satisfy them exactly.
        for margin in [0.0, 2e-6] {
            if patience.is_over() {
                return Search::Open;
            }
            let program = Program::build(rows, &base, targets, &helpers, (unit, reach, margin));
            let point = match integer::minimise(&program.columns, &program.rows, patience) {
                IntegerEnd::Found(point) => point,
                IntegerEnd::Infeasible if step == last && margin == 0.0 && program.is_small() => {
                    return Search::Impossible;
                }
                IntegerEnd::Infeasible | IntegerEnd::Open => break,
            };
            let offset = |index: usize| point.get(index).map_or(0, |value| value.round() as i64);
            let amounts: Vec<i64> = base.iter().enumerate().map(|(index, n)| (n + offset(index)) * unit).collect();
            if amounts.iter().all(|amount| *amount >= 0) && broken(rows, &amounts).is_empty() {
                return Search::Found(amounts);
            }
        }
        if targets.len() > WIDE_MAX || effort == Effort::Quick && step >= QUICK_LAST {
            return Search::Open;
        }
    }
    Search::Open
}

/// Most units of each amount that a row of coefficients ≥ 0 allows.
fn most_units(rows: &[&IntegerRow], count: usize, unit: i64) -> Vec<i64> {
    let mut most = vec![i64::MAX / 4; count];
    for row in rows.iter().filter(|row| row.helpers.is_empty() && row.terms.iter().all(|(_, a)| *a > 0)) {
        let Some(upper) = row.upper else { continue };
        for (at, a) in &row.terms {
            let units = i64::try_from(upper.max(0) / (a * i128::from(unit))).unwrap_or(i64::MAX / 4);
            if let Some(most) = most.get_mut(*at) {
                *most = units.min(*most);
            }
        }
    }
    most
}

/// Whole values near where each helper lies at the certified amounts, so that the program sees small numbers.
fn estimate_helpers(rows: &[&IntegerRow], targets: &[f64]) -> BTreeMap<HelperId, i128> {
    let rounded: Vec<i64> = targets.iter().map(|target| target.round() as i64).collect();
    let mut ranges: BTreeMap<HelperId, HelperRange> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        if let [(id, coefficient)] = row.helpers.as_slice() {
            ranges.entry(*id).or_default().narrow((at, row), row.activity(&rounded), *coefficient);
        }
    }
    let middle = |range: HelperRange| {
        let middle = match (range.lower, range.upper) {
            (Some((lower, _)), Some((upper, _))) => (lower + upper) / Exact::from_integer(BigInt::from(2)),
            (Some((one, _)), None) | (None, Some((one, _))) => one,
            (None, None) => return 0,
        };
        middle.round().to_integer().to_i128().unwrap_or(0)
    };
    ranges.into_iter().map(|(id, range)| (id, middle(range))).collect()
}

/// Up to this size the solver's tolerance is a small part of a unit, so that its word on whole numbers holds.
const SMALL: f64 = 1e5;

struct Program {
    columns: Vec<IntegerColumn>,
    rows: Vec<integer::IntegerRow>,
}

impl Program {
    fn is_small(&self) -> bool {
        let whole = self.columns.iter().filter(|column| column.whole);
        whole.map(|column| column.upper - column.lower).sum::<f64>() <= SMALL
    }

    fn build(
        rows: &[&IntegerRow],
        base: &[i64],
        targets: &[f64],
        helpers: &BTreeMap<HelperId, i128>,
        (unit, reach, margin): (i64, i64, f64),
    ) -> Self {
        let mut program = Self { columns: Vec::new(), rows: Vec::new() };
        program.add_offsets(base, targets, &most_units(rows, base.len(), unit), (unit, reach));
        let first_helper = program.columns.len();
        let order: BTreeMap<&HelperId, usize> =
            helpers.keys().enumerate().map(|(index, id)| (id, first_helper + index)).collect();
        let free = IntegerColumn { lower: f64::NEG_INFINITY, upper: f64::INFINITY, cost: 0.0, whole: false };
        program.columns.extend(helpers.iter().map(|_| free));
        let floor: Vec<i64> = base.iter().map(|n| n * unit).collect();
        for row in rows {
            let all = row
                .terms
                .iter()
                .map(|(_, a)| a)
                .chain(row.helpers.iter().map(|(_, a)| a).filter(|_| row.terms.is_empty()));
            let scale = all.map(|a| a.unsigned_abs()).max().unwrap_or(1).max(1) as f64 * unit as f64;
            let known = |(id, a): &(HelperId, i128)| Some((*order.get(id)?, *a, *helpers.get(id)?));
            let own: Vec<(usize, i128, i128)> = row.helpers.iter().filter_map(known).collect();
            let offset: i128 = own.iter().map(|(_, a, at)| a.saturating_mul(*at)).sum();
            let activity = row.activity(&floor) + offset;
            let side = |side: Option<i128>, none: f64, inward: f64| {
                side.map_or(none, |side| (side - activity) as f64 / scale + inward)
            };
            let inward = if row.lower == row.upper { 0.0 } else { margin };
            let mut terms: Vec<(usize, f64)> =
                row.terms.iter().map(|(at, a)| (*at, *a as f64 * unit as f64 / scale)).collect();
            terms.extend(own.iter().map(|(column, a, _)| (*column, *a as f64 / scale)));
            program.rows.push(integer::IntegerRow {
                lower: side(row.lower, f64::NEG_INFINITY, inward),
                upper: side(row.upper, f64::INFINITY, -inward),
                terms,
            });
        }
        program
    }

    /// One whole offset an amount; its cost is the distance from the target, ties going to the earlier amount.
    fn add_offsets(&mut self, base: &[i64], targets: &[f64], most: &[i64], (unit, reach): (i64, i64)) {
        let count = base.len().max(1) as f64;
        let tie = |index: usize| 1e-6 * index as f64 / count;
        let part = |index: usize| {
            let (target, n) = (targets.get(index).copied().unwrap_or(0.0), base.get(index).copied().unwrap_or(0));
            target / unit as f64 - n as f64
        };
        for (index, n) in base.iter().enumerate() {
            let (lower, upper, cost) = if reach == 1 {
                // Between floor and ceiling the distance is linear: 1 − 2·part a unit up.
                (0.0, 1.0, 1.0 - 2.0 * part(index) + tie(index))
            } else {
                let room = most.get(index).map_or(reach, |most| (most - n).max(0));
                (-(reach.min(*n)) as f64, reach.min(room) as f64, tie(index))
            };
            self.columns.push(IntegerColumn { lower, upper, cost, whole: true });
        }
        if reach > 1 {
            for index in 0..base.len() {
                let distance = self.columns.len();
                self.columns.push(IntegerColumn { lower: 0.0, upper: f64::INFINITY, cost: 1.0, whole: false });
                let part = part(index);
                self.rows.push(integer::IntegerRow {
                    lower: -part,
                    upper: f64::INFINITY,
                    terms: vec![(distance, 1.0), (index, -1.0)],
                });
                self.rows.push(integer::IntegerRow {
                    lower: part,
                    upper: f64::INFINITY,
                    terms: vec![(distance, 1.0), (index, 1.0)],
                });
            }
        }
    }
}
