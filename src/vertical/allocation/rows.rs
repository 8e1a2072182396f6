//! Requirements as integer rows: the arithmetic of rounding and audit.

use std::collections::BTreeMap;

use num_integer::Integer;
use num_traits::{One, ToPrimitive, Zero};

use crate::finding::{Finding, Place};
use crate::rules::{Member, Requirement, Variable};
use crate::units::{BigInt, Exact};

/// A helper of a rule: its member and number.
pub type HelperId = (Member, usize);

/// `lower ≤ Σ coefficient · amount + helper ≤ upper`, all whole numbers after scaling; amounts in 分.
#[derive(Debug, Clone)]
pub struct IntegerRow {
    /// Amount positions and coefficients.
    pub terms: Vec<(usize, i128)>,
    /// The helpers in the row, two at most, with their coefficients.
    pub helpers: Vec<(HelperId, i128)>,
    /// Least activity.
    pub lower: Option<i128>,
    /// Largest activity.
    pub upper: Option<i128>,
}

/// The numbers of a requirement do not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge;

impl TooLarge {
    /// The error as a finding; `rule` is the member whose requirement it is.
    pub fn finding(self, rule: &str) -> Finding {
        Finding::error("allocation.too_large", Place::default()).with("rule", rule)
    }
}

impl IntegerRow {
    /// Scales a requirement to whole numbers.
    ///
    /// # Errors
    /// Numbers beyond 128 bits, or more than two helpers.
    pub fn of(requirement: &Requirement) -> Result<Self, TooLarge> {
        let numbers = requirement.terms.iter().map(|(_, a)| a).chain(&requirement.lower).chain(&requirement.upper);
        let scale = numbers.fold(BigInt::one(), |scale, number| scale.lcm(number.denom()));
        let whole = |number: &Exact| (number * Exact::from_integer(scale.clone())).to_integer().to_i128();
        let mut row =
            Self { terms: Vec::with_capacity(requirement.terms.len()), helpers: Vec::new(), lower: None, upper: None };
        for (variable, coefficient) in &requirement.terms {
            let coefficient = whole(coefficient).ok_or(TooLarge)?;
            match variable {
                Variable::Amount(id) => row.terms.push((id.0, coefficient)),
                Variable::Helper(_) if row.helpers.len() == 2 => return Err(TooLarge),
                Variable::Helper(number) => row.helpers.push(((requirement.member, *number), coefficient)),
            }
        }
        row.lower = requirement.lower.as_ref().map(|side| whole(side).ok_or(TooLarge)).transpose()?;
        row.upper = requirement.upper.as_ref().map(|side| whole(side).ok_or(TooLarge)).transpose()?;
        // Σ |coefficient| · 10¹⁷ 分 must stay within 128 bits, so that no activity can overflow.
        let weight = row.terms.iter().try_fold(0_i128, |sum, (_, a)| sum.checked_add(a.checked_abs()?));
        weight.and_then(|weight| weight.checked_mul(100_000_000_000_000_000)).ok_or(TooLarge)?;
        Ok(row)
    }

    /// Activity of the amounts, without the helpers.
    pub fn activity(&self, amounts: &[i64]) -> i128 {
        self.terms.iter().map(|(at, a)| a * i128::from(amounts.get(*at).copied().unwrap_or(0))).sum()
    }
}

/// Positions of the rows that do not hold, exactly.
///
/// A row without helper is compared with its sides; rows with helpers hold when every helper has a value within the bounds
/// that its rows put on it. Rows of two helpers say that the first is at least the second, and stand behind the rows that
/// bound the second from below.
pub fn broken(rows: &[&IntegerRow], amounts: &[i64]) -> Vec<usize> {
    let mut broken = Vec::new();
    let mut helpers: BTreeMap<HelperId, HelperRange> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        let activity = row.activity(amounts);
        match row.helpers.as_slice() {
            [] => {
                if row.lower.is_some_and(|lower| activity < lower) || row.upper.is_some_and(|upper| activity > upper) {
                    broken.push(at);
                }
            }
            [(id, coefficient)] => helpers.entry(*id).or_default().narrow((at, row), activity, *coefficient),
            [(id, _), (below, _), ..] => {
                if let Some(bound) = helpers.get(below).and_then(|range| range.lower.clone()) {
                    helpers.entry(*id).or_default().raise(bound);
                }
            }
        }
    }
    for range in helpers.values() {
        if let (Some((lower, at)), Some((upper, _))) = (&range.lower, &range.upper)
            && lower > upper
        {
            broken.push(*at);
        }
    }
    broken
}

/// The values left to a helper.
#[derive(Debug, Default)]
pub struct HelperRange {
    /// Largest lower bound and the position of the row that sets it.
    pub lower: Option<(Exact, usize)>,
    /// Smallest upper bound and the position of the row that sets it.
    pub upper: Option<(Exact, usize)>,
}

impl HelperRange {
    /// Adds a lower bound and the position of the row that sets it.
    pub fn raise(&mut self, bound: (Exact, usize)) {
        if self.lower.as_ref().is_none_or(|(known, _)| bound.0 > *known) {
            self.lower = Some(bound);
        }
    }

    /// Adds the bounds of one row with a given activity of its amounts.
    pub fn narrow(&mut self, (at, row): (usize, &IntegerRow), activity: i128, coefficient: i128) {
        if coefficient.is_zero() {
            return;
        }
        let bound = |side: i128| Exact::new(BigInt::from(side - activity), BigInt::from(coefficient));
        let (low, high) = if coefficient > 0 { (row.lower, row.upper) } else { (row.upper, row.lower) };
        if let Some(side) = low {
            self.raise((bound(side), at));
        }
        if let Some(side) = high {
            let bound = bound(side);
            if self.upper.as_ref().is_none_or(|(known, _)| bound < *known) {
                self.upper = Some((bound, at));
            }
        }
    }
}
