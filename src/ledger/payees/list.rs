//! The list of a payment: every parcel and person at its rate, rounded row by row, with a check line against rate × total.

use std::collections::BTreeMap;

use ecocomp_ground::finding::{Finding, FindingLog, Findings};
use ecocomp_ground::units::{Decimal, Exact, Money, largest_remainder, nearest_fen};

use crate::date::Date;
use crate::payees::rates::{Per, Rate, Rates};
use crate::payees::register::{Parcel, Payee, Register};

/// A row of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Number of the payee.
    pub payee: String,
    /// Number of the parcel; empty where a person is paid.
    pub parcel: String,
    /// Rate.
    pub rate: String,
    /// 亩, or persons.
    pub quantity: Decimal,
    /// Quantity × rate to the nearest 分.
    pub fen: i64,
    /// Parts by the split of the rate, in its order; they come to the amount exactly.
    pub parts: Vec<i64>,
}

/// The rows of a rate against rate × total quantity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckLine {
    /// Rate.
    pub rate: String,
    /// Rows.
    pub rows: u64,
    /// Total quantity.
    pub quantity: Decimal,
    /// Sum of the rounded rows, in 分.
    pub sum: i64,
    /// Rate × total quantity, rounded once, in 分.
    pub product: i64,
}

impl CheckLine {
    /// Sum of the rows less the product, in 分.
    pub fn difference(&self) -> i64 {
        self.sum - self.product
    }

    /// Whether rounding explains the difference: half a 分 a row, and half a 分 for the product.
    pub fn is_explained(&self) -> bool {
        2 * u128::from(self.difference().unsigned_abs()) <= u128::from(self.rows) + 1
    }
}

/// A list and its check lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct List {
    /// Rows: parcels in the order of the register, then persons.
    pub items: Vec<Item>,
    /// One check line a rate, in the order of rates.
    pub checks: Vec<CheckLine>,
}

impl List {
    /// Sum of all rows, in 分.
    pub fn total(&self) -> i64 {
        self.items.iter().map(|item| item.fen).sum()
    }
}

/// The amount of a row: to the nearest 分, halves away from zero.
fn amount(rate: &Rate, quantity: Decimal) -> Option<i64> {
    nearest_fen(&quantity.times(rate.amount))
}

fn parts(rate: &Rate, fen: i64) -> Vec<i64> {
    let weights: Vec<Exact> = rate.split.iter().map(|share| share.percent.0.exact()).collect();
    largest_remainder(Money::from_fen(fen), &weights).into_iter().map(Money::fen).collect()
}

/// The rates that hold of a parcel: of a group that does not add up, the highest.
fn of_parcel<'r>(rates: &'r Rates, parcel: &Parcel, payee: &Payee, day: Date) -> Vec<&'r Rate> {
    let is = |wanted: &Option<String>, word: &str| wanted.as_deref().is_none_or(|wanted| wanted == word);
    let fits = |rate: &&Rate| {
        rate.per == Per::Mu
            && rate.holds(day)
            && is(&rate.class, &parcel.class)
            && is(&rate.ownership, &parcel.ownership)
            && is(&rate.kind, &payee.kind)
    };
    highest(rates.rate.iter().filter(fits).collect())
}

fn of_person<'r>(rates: &'r Rates, payee: &Payee, day: Date) -> Vec<&'r Rate> {
    let fits = |rate: &&Rate| {
        rate.per == Per::Person && rate.holds(day) && rate.kind.as_deref().is_none_or(|kind| kind == payee.kind)
    };
    highest(rates.rate.iter().filter(fits).collect())
}

/// Of each group the highest rate, the earlier of equal ones; rates without a group all.
fn highest(rates: Vec<&Rate>) -> Vec<&Rate> {
    let wins = |rate: &&Rate| {
        let Some(group) = &rate.group else { return true };
        let mut rivals = rates.iter().filter(|other| other.group.as_ref() == Some(group));
        let best = rivals.clone().map(|other| other.amount).max();
        let first = rivals.find(|other| Some(other.amount) == best);
        first.is_some_and(|first| first.id == rate.id)
    };
    rates.iter().copied().filter(wins).collect()
}

/// Makes the list of a day; payees that are dead, moved or stopped by then are left to the checks.
///
/// # Errors
/// A parcel that no rate is for, a sum beyond the range of money.
pub fn make(register: &Register, rates: &Rates, day: Date, only: Option<&str>) -> Result<List, Findings> {
    let mut log = FindingLog::of_tables();
    let mut list = List::default();
    let chosen = |rate: &&Rate| only.is_none_or(|only| rate.id == only);
    let mut sums: BTreeMap<&str, CheckLine> = BTreeMap::new();
    let mut add = |list: &mut List, payee: &Payee, parcel: &str, rate: &'_ Rate, quantity: Decimal| -> Option<()> {
        let fen = amount(rate, quantity)?;
        let line = CheckLine { rate: rate.id.clone(), rows: 0, quantity: Decimal::ZERO, sum: 0, product: 0 };
        let known = rates.rate.iter().find(|known| known.id == rate.id)?;
        let line = sums.entry(&known.id).or_insert(line);
        line.rows += 1;
        line.quantity = line.quantity.checked_add(quantity)?;
        line.sum = line.sum.checked_add(fen)?;
        list.items.push(Item {
            payee: payee.id.clone(),
            parcel: parcel.to_owned(),
            rate: rate.id.clone(),
            quantity,
            fen,
            parts: parts(rate, fen),
        });
        Some(())
    };
    for parcel in &register.parcels {
        let Some(payee) = register.payee(&parcel.payee) else { continue };
        let all = of_parcel(rates, parcel, payee, day);
        if all.is_empty() {
            let finding = Finding::error("payee.no_rate", parcel.place.clone());
            log.push(finding.with("parcel", &parcel.id).with("class", &parcel.class).with("day", day.to_string()));
        }
        for rate in all.into_iter().filter(chosen) {
            if add(&mut list, payee, &parcel.id, rate, parcel.area).is_none() {
                log.push(Finding::error("fund.too_large", parcel.place.clone()));
            }
        }
    }
    for payee in &register.payees {
        for rate in of_person(rates, payee, day).into_iter().filter(chosen) {
            if add(&mut list, payee, "", rate, Decimal::ONE).is_none() {
                log.push(Finding::error("fund.too_large", payee.place.clone()));
            }
        }
    }
    for rate in &rates.rate {
        let Some(mut line) = sums.remove(rate.id.as_str()) else { continue };
        line.product = amount(rate, line.quantity).unwrap_or(i64::MAX);
        list.checks.push(line);
    }
    Findings::gate(list, log.into_findings()).map(|(list, _)| list)
}
