//! An offer: a value for every issue, and what it makes whom pay, exact in 分.

use std::collections::BTreeMap;

use num_traits::{Signed, ToPrimitive, Zero};

use crate::bargaining::{Number, binary};
use crate::finding::{Finding, Findings};
use crate::negotiation::case::{Every, IssueKind};
use crate::negotiation::deal::{Deal, DealClause, Pays, Side, Test, place, unknown};
use crate::units::Exact;

/// Values by issue, as written.
pub type Terms = BTreeMap<String, Number>;

/// A checked offer: one value for each issue, in the order of the case.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer(pub(super) Vec<Exact>);

impl Offer {
    /// Checks an offer against the issues of a case.
    ///
    /// # Errors
    /// Issues missing or not known, values out of range.
    pub fn read(deal: &Deal, terms: &Terms, at: &str) -> Result<Self, Findings> {
        let mut findings = Vec::new();
        for key in terms.keys().filter(|key| deal.issue(key).is_none()) {
            findings.push(unknown(key, deal.issues.iter().map(|issue| issue.id.as_str()), at));
        }
        let mut values = Vec::with_capacity(deal.issues.len());
        for issue in &deal.issues {
            let Some(value) = terms.get(&issue.id) else {
                findings.push(Finding::error("negotiate.issue_missing", place(at)).with("issue", &issue.id));
                continue;
            };
            let whole = issue.kind != IssueKind::Years || value.0.is_integer();
            if value.0 < issue.low || value.0 > issue.high || !whole {
                let show = |value: &Exact| Number(value.clone()).to_string();
                findings.push(
                    Finding::error("negotiate.out_of_range", place(at))
                        .with("issue", &issue.id)
                        .with("value", value.to_string())
                        .with("low", show(&issue.low))
                        .with("high", show(&issue.high)),
                );
            }
            values.push(value.0.clone());
        }
        if findings.is_empty() { Ok(Self(values)) } else { Err(Findings(findings)) }
    }

    /// The offer by issue.
    pub fn terms(&self, deal: &Deal) -> Terms {
        deal.issues.iter().zip(&self.0).map(|(issue, value)| (issue.id.clone(), Number(value.clone()))).collect()
    }

    pub(super) fn value(&self, issue: usize) -> Exact {
        self.0.get(issue).cloned().unwrap_or_default()
    }

    /// Years of the deal under this offer.
    pub(super) fn years(&self, deal: &Deal) -> usize {
        let years = match deal.years_issue {
            Some(issue) => self.value(issue).to_integer().to_u32().unwrap_or(1),
            None => deal.years,
        };
        years.clamp(1, deal.years) as usize
    }

    /// Public distance to another offer: Σ weight · |difference| / width of the range.
    pub fn distance(&self, deal: &Deal, other: &Self) -> f64 {
        let part = |(index, issue): (usize, &super::deal::DealIssue)| {
            let width = &issue.high - &issue.low;
            let moved = (self.value(index) - other.value(index)).abs();
            if width.is_zero() { 0.0 } else { binary(&(&issue.weight * moved / width)) }
        };
        deal.issues.iter().enumerate().map(part).sum()
    }
}

/// The value of a side of a condition under an offer.
fn side(side: &Side, offer: &Offer) -> Exact {
    match side {
        Side::Number(value) => value.clone(),
        Side::Issue(issue) => offer.value(*issue),
    }
}

pub(super) fn holds(test: &Test, values: &BTreeMap<String, Exact>, offer: &Offer) -> bool {
    let Some(value) = values.get(&test.variable) else { return false };
    test.at_most.as_ref().is_none_or(|bound| *value <= side(bound, offer))
        && test.below.as_ref().is_none_or(|bound| *value < side(bound, offer))
        && test.at_least.as_ref().is_none_or(|bound| *value >= side(bound, offer))
        && test.above.as_ref().is_none_or(|bound| *value > side(bound, offer))
}

impl DealClause {
    /// What the amount is multiplied by in a year: 0 where it does not apply, the quantity, or 1.
    pub fn factor(&self, year: usize, values: &BTreeMap<String, Exact>, offer: &Offer) -> Exact {
        if self.every == Every::Once && year > 0 || !self.when.iter().all(|test| holds(test, values, offer)) {
            return Exact::zero();
        }
        let Some((variable, above, below)) = &self.quantity else { return Exact::from_integer(1.into()) };
        let value = values.get(variable).cloned().unwrap_or_default();
        let value = match (above, below) {
            (Some(above), _) => value - side(above, offer),
            (_, Some(below)) => side(below, offer) - value,
            _ => value,
        };
        value.max(Exact::zero())
    }

    /// Whole 分 paid in a year, to the nearest.
    pub fn fen(&self, year: usize, values: &BTreeMap<String, Exact>, offer: &Offer) -> Option<i64> {
        let factor = self.factor(year, values, offer);
        if factor.is_zero() {
            return Some(0);
        }
        let amount = match &self.pays {
            Pays::Fixed(fen) => fen * factor,
            Pays::Issue(issue, fen) => fen * offer.value(*issue) * factor,
        };
        amount.round().to_integer().to_i64().filter(|fen| fen.abs() <= MOST)
    }
}

/// Largest payment in 分: sums of all payments of all years stay within range.
const MOST: i64 = 1_000_000_000_000_000;

/// Payments of an offer: `[outcome][year][clause]` in 分.
pub(super) type Ledger = Vec<Vec<Vec<i64>>>;

/// All payments of an offer.
///
/// # Errors
/// A payment beyond the range of money.
pub(super) fn ledger(deal: &Deal, offer: &Offer) -> Result<Ledger, Finding> {
    let years = offer.years(deal);
    let mut ledger = Vec::with_capacity(deal.outcomes.len());
    for outcome in &deal.outcomes {
        let mut by_year = Vec::with_capacity(years);
        for (year, values) in outcome.years.iter().take(years).enumerate() {
            let mut row = Vec::with_capacity(deal.clauses.len());
            for clause in &deal.clauses {
                let fen = clause.fen(year, values, offer);
                row.push(fen.ok_or_else(|| {
                    Finding::error("negotiate.payment_too_large", place("clause")).with("clause", &clause.id)
                })?);
            }
            by_year.push(row);
        }
        ledger.push(by_year);
    }
    Ok(ledger)
}

/// Net receipts of a party in a year, in 分.
pub(super) fn net(deal: &Deal, party: usize, row: &[i64]) -> i64 {
    let sign = |clause: &DealClause| i64::from(clause.to == party) - i64::from(clause.from == party);
    deal.clauses.iter().zip(row).map(|(clause, fen)| sign(clause) * fen).sum()
}
