//! Rounding by an integer program: offsets in units around the certified amounts, as close to them as the rules allow.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_traits::ToPrimitive;

use crate::allocation::floor_units;
use crate::allocation::rows::{HelperId, HelperRange, IntegerRow, broken};
use crate::solver::integer::{self, IntegerColumn};
use crate::units::Exact;

/// How many units an amount may move, tried in turn.
const REACHES: [i64; 4] = [1, 4, 32, 512];
/// Seconds for each try.
const SECONDS: f64 = 60.0;
/// Beyond so many amounts only the nearest units are tried.
const WIDE_MAX: usize = 20_000;

/// Exact amounts near the targets (分), or `None`; what is returned has been audited.
pub(super) fn search(rows: &[IntegerRow], targets: &[f64], unit: i64) -> Option<Vec<i64>> {
    let base: Vec<i64> = targets.iter().map(|target| floor_units(*target, unit)).collect();
    let helpers = estimate_helpers(rows, targets);
    for reach in REACHES {
        // The solver's integers satisfy rows within its tolerance only: with a margin they satisfy them exactly.
        for margin in [0.0, 2e-6] {
            let program = Program::build(rows, &base, targets, &helpers, (unit, reach, margin));
            let Some(point) = integer::minimise(&program.columns, &program.rows, SECONDS) else { break };
            let offset = |index: usize| point.get(index).map_or(0, |value| value.round() as i64);
            let amounts: Vec<i64> = base.iter().enumerate().map(|(index, n)| (n + offset(index)) * unit).collect();
            if amounts.iter().all(|amount| *amount >= 0) && broken(rows, &amounts).is_empty() {
                return Some(amounts);
            }
        }
        if targets.len() > WIDE_MAX {
            return None;
        }
    }
    None
}

/// Whole values near where each helper lies at the certified amounts, so that the program sees small numbers.
fn estimate_helpers(rows: &[IntegerRow], targets: &[f64]) -> BTreeMap<HelperId, i128> {
    let rounded: Vec<i64> = targets.iter().map(|target| target.round() as i64).collect();
    let mut ranges: BTreeMap<HelperId, HelperRange> = BTreeMap::new();
    for row in rows {
        if let Some((id, coefficient)) = row.helper {
            ranges.entry(id).or_default().narrow(row, row.activity(&rounded), coefficient);
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

struct Program {
    columns: Vec<IntegerColumn>,
    rows: Vec<integer::IntegerRow>,
}

impl Program {
    fn build(
        rows: &[IntegerRow],
        base: &[i64],
        targets: &[f64],
        helpers: &BTreeMap<HelperId, i128>,
        (unit, reach, margin): (i64, i64, f64),
    ) -> Self {
        let mut program = Self { columns: Vec::new(), rows: Vec::new() };
        program.add_offsets(base, targets, unit, reach);
        let first_helper = program.columns.len();
        let order: BTreeMap<&HelperId, usize> =
            helpers.keys().enumerate().map(|(index, id)| (id, first_helper + index)).collect();
        let free = IntegerColumn { lower: f64::NEG_INFINITY, upper: f64::INFINITY, cost: 0.0, whole: false };
        program.columns.extend(helpers.iter().map(|_| free));
        let floor: Vec<i64> = base.iter().map(|n| n * unit).collect();
        for row in rows {
            let scale = row.terms.iter().map(|(_, a)| a.unsigned_abs()).max().unwrap_or(1).max(1) as f64 * unit as f64;
            let helper = row.helper.and_then(|(id, a)| Some((*order.get(&id)?, a, *helpers.get(&id)?)));
            let activity = row.activity(&floor) + helper.map_or(0, |(_, a, at)| a.saturating_mul(at));
            let side = |side: Option<i128>, none: f64, inward: f64| {
                side.map_or(none, |side| (side - activity) as f64 / scale + inward)
            };
            let inward = if row.lower == row.upper { 0.0 } else { margin };
            let mut terms: Vec<(usize, f64)> =
                row.terms.iter().map(|(at, a)| (*at, *a as f64 * unit as f64 / scale)).collect();
            terms.extend(helper.map(|(column, a, _)| (column, a as f64 / scale)));
            program.rows.push(integer::IntegerRow {
                lower: side(row.lower, f64::NEG_INFINITY, inward),
                upper: side(row.upper, f64::INFINITY, -inward),
                terms,
            });
        }
        program
    }

    /// One whole offset an amount; its cost is the distance from the target, ties going to the earlier amount.
    fn add_offsets(&mut self, base: &[i64], targets: &[f64], unit: i64, reach: i64) {
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
                (-(reach.min(*n)) as f64, reach as f64, tie(index))
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
