//! Rounding by largest remainder under rows: down to whole units, units up where rows are short, single units passed on
//! where a row is still short.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::allocation::floor_units;
use crate::allocation::rows::IntegerRow;

/// Pairs of amounts tried at most when units are passed on.
const PAIRS_MAX: usize = 40_000_000;

/// Multiples of `unit` near the targets (分); rows with helpers are not looked at, and some rows may stay broken.
pub(super) fn round(rows: &[&IntegerRow], targets: &[f64], unit: i64) -> Vec<i64> {
    let mut rounding = Rounding::down(rows, targets, unit);
    rounding.fill();
    rounding.hand_out(targets);
    rounding.pass_on();
    rounding.amounts
}

/// A row of at most so many amounts belongs to those amounts; wider ones (funds, shares) bind all.
const NARROW: usize = 64;

struct Rounding<'a> {
    rows: &'a [&'a IntegerRow],
    unit: i64,
    amounts: Vec<i64>,
    /// Activity of each row.
    activity: Vec<i128>,
    /// Rows (without helper) of each amount, with the coefficient.
    rows_of: Vec<Vec<(usize, i128)>>,
    /// Amounts by falling remainder.
    order: Vec<usize>,
    /// Position of each amount in that order.
    rank: Vec<usize>,
}

impl<'a> Rounding<'a> {
    fn down(rows: &'a [&'a IntegerRow], targets: &[f64], unit: i64) -> Self {
        let amounts: Vec<i64> = targets.iter().map(|target| floor_units(*target, unit) * unit).collect();
        let mut rows_of: Vec<Vec<(usize, i128)>> = vec![Vec::new(); amounts.len()];
        let mut activity: Vec<i128> = Vec::with_capacity(rows.len());
        for (index, row) in rows.iter().enumerate() {
            activity.push(row.activity(&amounts));
            if row.helpers.is_empty() {
                for (at, coefficient) in &row.terms {
                    if let Some(list) = rows_of.get_mut(*at) {
                        list.push((index, *coefficient));
                    }
                }
            }
        }
        // To the thousandth of a 分: what lies beyond is the solver's noise, and equal remainders go in order of amounts.
        let thousandths = |target: &f64, amount: &i64| ((target - *amount as f64) * 1_000.0).round() as i64;
        let remainders: Vec<i64> = targets.iter().zip(&amounts).map(|(one, other)| thousandths(one, other)).collect();
        let mut order: Vec<usize> = (0..amounts.len()).collect();
        order.sort_by_key(|at| (Reverse(remainders.get(*at).copied()), *at));
        let mut rank = vec![0; order.len()];
        for (position, at) in order.iter().enumerate() {
            if let Some(entry) = rank.get_mut(*at) {
                *entry = position;
            }
        }
        Self { rows, unit, amounts, activity, rows_of, order, rank }
    }

    /// Units up by largest remainder, never breaking a row that holds: first for the narrow rows that are short, then for
    /// the wide ones (funds); each pass gives an amount at most one unit.
    fn fill(&mut self) {
        let mut needy: Vec<usize> = (0..self.rows.len()).filter(|index| self.short(*index)).collect();
        needy.sort_by_key(|index| (self.rows.get(*index).map_or(0, |row| row.terms.len()), *index));
        for index in needy {
            let mut members: Vec<usize> = self.members(index, |coefficient| coefficient > 0).into_iter().collect();
            members.sort_by_key(|at| self.rank.get(*at).copied());
            for _pass in 0..4 {
                for at in members.iter().copied() {
                    if !self.short(index) {
                        break;
                    }
                    if self.fits(&[(at, 1)]) {
                        self.shift(at, 1);
                    }
                }
            }
        }
    }

    /// Units up by largest remainder until as much is spent as before rounding, where a fund need not be spent in full.
    fn hand_out(&mut self, targets: &[f64]) {
        let spent: i128 = self.amounts.iter().map(|amount| i128::from(*amount)).sum();
        let wanted = i128::from(floor_units(targets.iter().sum(), self.unit)) * i128::from(self.unit);
        let mut missing = (wanted - spent) / i128::from(self.unit);
        for at in self.order.clone() {
            if missing <= 0 {
                break;
            }
            if self.fits(&[(at, 1)]) {
                self.shift(at, 1);
                missing -= 1;
            }
        }
    }

    /// Where a row still does not hold, a unit goes from one amount to another if that breaks nothing else.
    fn pass_on(&mut self) {
        let mut pairs = 0;
        let broken: Vec<usize> = (0..self.rows.len()).filter(|index| self.short(*index) || self.over(*index)).collect();
        if broken.is_empty() {
            return;
        }
        // Those whose own narrow rows let them move: most amounts of a large plan stand at a floor or cap.
        let smallest_first = self.order.iter().rev().copied();
        let mut donors: Vec<usize> = smallest_first.filter(|at| self.may_move(*at, -1)).collect();
        let mut takers: Vec<usize> = self.order.iter().copied().filter(|at| self.may_move(*at, 1)).collect();
        for index in broken {
            loop {
                let sign = if self.short(index) {
                    1
                } else if self.over(index) {
                    -1
                } else {
                    break;
                };
                let members = self.members(index, |coefficient| coefficient != 0);
                let Some((up, down)) = self.pair((index, sign), &members, (&donors, &takers), &mut pairs) else {
                    break;
                };
                self.shift(up, 1);
                self.shift(down, -1);
                if !self.may_move(down, -1) {
                    donors.retain(|at| *at != down);
                }
                if !self.may_move(up, 1) {
                    takers.retain(|at| *at != up);
                }
            }
        }
    }

    /// The first pair, by remainder, whose exchange moves the row by `sign` and breaks nothing.
    fn pair(
        &self,
        (row, sign): (usize, i128),
        members: &BTreeSet<usize>,
        (donors, takers): (&[usize], &[usize]),
        pairs: &mut usize,
    ) -> Option<(usize, usize)> {
        let weight = |at: usize| {
            self.rows_of.get(at).into_iter().flatten().find(|(index, _)| *index == row).map_or(0, |(_, a)| *a)
        };
        for member in members {
            let own = weight(*member) * sign;
            let others = if own > 0 { donors } else { takers };
            for other in others.iter().filter(|other| *other != member) {
                let (up, down) = if own > 0 { (*member, *other) } else { (*other, *member) };
                let gain = (weight(up) - weight(down)) * sign;
                if gain <= 0 || self.amounts.get(down).is_none_or(|amount| *amount < self.unit) {
                    continue;
                }
                *pairs += 1;
                if *pairs > PAIRS_MAX {
                    return None;
                }
                if self.fits(&[(up, 1), (down, -1)]) {
                    return Some((up, down));
                }
            }
        }
        None
    }

    /// Whether an amount may move by a unit as far as its narrow rows go.
    fn may_move(&self, at: usize, count: i128) -> bool {
        let narrow = self.rows_of.get(at).into_iter().flatten();
        let mut narrow = narrow.filter(|(index, _)| self.rows.get(*index).is_some_and(|row| row.terms.len() <= NARROW));
        narrow.all(|(index, coefficient)| {
            let (Some(row), Some(now)) = (self.rows.get(*index), self.activity.get(*index)) else { return false };
            let change = coefficient * count * i128::from(self.unit);
            let next = now + change;
            let over = change > 0 && row.upper.is_some_and(|upper| next > upper);
            let under = change < 0 && row.lower.is_some_and(|lower| next < lower);
            !over && !under
        })
    }

    fn members(&self, row: usize, wanted: impl Fn(i128) -> bool) -> BTreeSet<usize> {
        let terms = self.rows.get(row).into_iter().flat_map(|row| &row.terms);
        terms.filter(|(_, coefficient)| wanted(*coefficient)).map(|(at, _)| *at).collect()
    }

    /// Whether no row leaves a side it keeps, and none goes further beyond one it does not keep.
    fn fits(&self, moves: &[(usize, i128)]) -> bool {
        let step = i128::from(self.unit);
        let touched = moves.iter().flat_map(|(at, _)| self.rows_of.get(*at).into_iter().flatten());
        touched.into_iter().all(|(index, _)| {
            let (Some(row), Some(now)) = (self.rows.get(*index), self.activity.get(*index)) else { return false };
            let change: i128 = moves
                .iter()
                .flat_map(|(at, count)| {
                    let rows = self.rows_of.get(*at).into_iter().flatten();
                    rows.filter(|(other, _)| other == index).map(move |(_, a)| a * count * step)
                })
                .sum();
            let next = now + change;
            let over = change > 0 && row.upper.is_some_and(|upper| next > upper);
            let under = change < 0 && row.lower.is_some_and(|lower| next < lower);
            !over && !under
        })
    }

    fn shift(&mut self, at: usize, count: i64) {
        if let Some(amount) = self.amounts.get_mut(at) {
            *amount += count * self.unit;
        }
        let step = i128::from(count * self.unit);
        for (row, coefficient) in self.rows_of.get(at).into_iter().flatten() {
            if let Some(now) = self.activity.get_mut(*row) {
                *now += coefficient * step;
            }
        }
    }

    fn short(&self, index: usize) -> bool {
        let (row, now) = (self.rows.get(index), self.activity.get(index));
        row.zip(now).is_some_and(|(row, now)| row.helpers.is_empty() && row.lower.is_some_and(|lower| *now < lower))
    }

    fn over(&self, index: usize) -> bool {
        let (row, now) = (self.rows.get(index), self.activity.get(index));
        row.zip(now).is_some_and(|(row, now)| row.helpers.is_empty() && row.upper.is_some_and(|upper| *now > upper))
    }
}
