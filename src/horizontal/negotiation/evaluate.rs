//! What an offer means for one party, exactly: from its own private file alone, or in public cash terms.

use num_traits::{One, Signed, ToPrimitive, Zero};
use schemars::JsonSchema;
use serde::Serialize;

use crate::bargaining::{Number, binary};
use crate::finding::{Finding, FindingLog, Findings};
use crate::negotiation::case::{Every, Private};
use crate::negotiation::deal::{Deal, Reading, Test, fen_of, place, unknown};
use crate::negotiation::offer::{Offer, holds, ledger, net};
use crate::units::{BigInt, Exact};

/// A private file that was checked against the case.
#[derive(Debug, Clone, PartialEq)]
pub struct Own {
    /// Position of the party.
    pub party: usize,
    /// Its weight in the Nash solution.
    pub weight: Exact,
    /// Whether its figures are made up.
    pub illustrative: bool,
    pub(super) reservation: i64,
    pub(super) alpha: Exact,
    pub(super) caution: Exact,
    pub(super) budget: Option<i64>,
    pub(super) worths: Vec<OwnWorth>,
    pub(super) discounts: Vec<Exact>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct OwnWorth {
    pub fen: Exact,
    pub times: Option<String>,
    pub per: Option<usize>,
    pub when: Vec<Test>,
    pub every: Every,
}

/// Most entries of a private file.
const WORTHS: usize = 60;
/// Decimals of a discount factor.
const DISCOUNT_PLACES: usize = 12;

impl Own {
    /// Checks a private file.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(deal: &Deal, private: &Private) -> Result<Self, Findings> {
        let mut reading = Reading { log: FindingLog::default() };
        let own = reading.own(deal, private);
        match own {
            Some(own) if reading.log.errors() == 0 => Ok(own),
            _ => Err(Findings(reading.log.into_findings())),
        }
    }
}

impl Reading {
    fn money(&mut self, text: Option<&String>, at: &str) -> Option<i64> {
        match fen_of(text?, at) {
            Ok(fen) => fen.to_integer().to_i64(),
            Err(finding) => {
                self.log.push(finding);
                None
            }
        }
    }

    fn own(&mut self, deal: &Deal, private: &Private) -> Option<Own> {
        let party = match deal.party(&private.party, "party") {
            Ok(party) => party,
            Err(finding) => {
                self.log.push(finding);
                return None;
            }
        };
        let rate = private.discount.as_ref().map(|rate| rate.0.clone()).unwrap_or_default();
        let (alpha, caution) = match &private.risk {
            Some(risk) => (risk.alpha.0.clone(), risk.weight.0.clone()),
            None => (Exact::zero(), Exact::zero()),
        };
        let share = |value: &Exact| !value.is_negative() && *value <= Exact::one();
        let least_rate = Exact::new(BigInt::from(-1), BigInt::from(2));
        for (at, value, good) in [
            ("discount", &rate, rate > least_rate && rate <= Exact::one()),
            ("risk.alpha", &alpha, share(&alpha) && !alpha.is_one()),
            ("risk.weight", &caution, share(&caution)),
        ] {
            if !good {
                let finding = Finding::error("negotiate.private_range", place(at));
                self.log.push(finding.with("value", Number(value.clone()).to_string()));
                return None;
            }
        }
        let weight = private.weight.as_ref().map_or_else(Exact::one, |weight| weight.0.clone());
        if !weight.is_positive() || private.worths.len() > WORTHS {
            let finding = Finding::error("negotiate.private_range", place("weight"));
            self.log.push(finding.with("value", Number(weight).to_string()));
            return None;
        }
        let reservation = self.money(private.reservation.as_ref(), "reservation").unwrap_or(0);
        let budget = self.money(private.budget.as_ref(), "budget");
        if budget.is_some_and(|budget| budget < 0) {
            let value = private.budget.clone().unwrap_or_default();
            self.log.push(Finding::error("negotiate.private_range", place("budget")).with("value", value));
        }
        let worths = private.worths.iter().enumerate().filter_map(|(index, worth)| self.worth(deal, worth, index));
        let worths = worths.collect();
        Some(Own {
            party,
            weight,
            illustrative: private.illustrative,
            reservation,
            alpha,
            caution,
            budget,
            worths,
            discounts: discounts(&rate, deal.years as usize),
        })
    }

    fn worth(&mut self, deal: &Deal, worth: &super::case::Worth, index: usize) -> Option<OwnWorth> {
        let at = |key: &str| format!("worth[{}].{key}", index + 1);
        let fen = match fen_of(&worth.amount, &at("amount")) {
            Ok(fen) => fen,
            Err(finding) => {
                self.log.push(finding);
                return None;
            }
        };
        if let Some(variable) = worth.times.as_ref().filter(|variable| !deal.variables.contains(*variable)) {
            self.log.push(unknown(variable, deal.variables.iter().map(String::as_str), &at("times")));
        }
        let linear = || deal.issues.iter().enumerate().filter(|(_, issue)| issue.kind.is_linear());
        let per = match &worth.per {
            None => None,
            Some(id) => {
                let found = linear().find(|(_, issue)| issue.id == *id).map(|(index, _)| index);
                if found.is_none() {
                    self.log.push(unknown(id, linear().map(|(_, issue)| issue.id.as_str()), &at("per")));
                }
                found
            }
        };
        let when = self.tests(&worth.when, &deal.issues, &deal.variables, &at("when"));
        Some(OwnWorth { fen, times: worth.times.clone(), per, when, every: worth.every })
    }
}

/// (1 + rate)^(−y) for y = 0, 1, …, each kept to 12 decimals.
fn discounts(rate: &Exact, years: usize) -> Vec<Exact> {
    let scale = Exact::from_integer(BigInt::from(10).pow(DISCOUNT_PLACES));
    let once = (Exact::one() + rate).recip();
    let mut exact = Exact::one();
    let mut factors = Vec::with_capacity(years);
    for _ in 0..years {
        factors.push((&exact * &scale).round() / &scale);
        // Twice the places, so that the next factors are right to the last one kept.
        let fine = &scale * &scale;
        exact = (&exact * &once * &fine).round() / fine;
    }
    factors
}

impl OwnWorth {
    /// What the worth is multiplied by in a year, without the issue.
    pub fn factor(&self, year: usize, values: &std::collections::BTreeMap<String, Exact>, offer: &Offer) -> Exact {
        if self.every == Every::Once && year > 0 || !self.when.iter().all(|test| holds(test, values, offer)) {
            return Exact::zero();
        }
        match &self.times {
            Some(variable) => values.get(variable).cloned().unwrap_or_default(),
            None => Exact::one(),
        }
    }
}

/// What an offer means for a party that opened its private file.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// Surplus over the reservation value, discounted, by outcome, in 分.
    pub surplus: Vec<Exact>,
    /// Its mean.
    pub mean: Exact,
    /// Its conditional value at risk; the mean where no level is given.
    pub cvar: Exact,
    /// (1 − weight) · mean + weight · CVaR: what the party goes by.
    pub value: Exact,
    /// Its least, and the outcome.
    pub worst: (Exact, usize),
    /// Largest net payment in any year and outcome, in 分.
    pub largest_payment: i64,
    /// Whether every year keeps to the budget.
    pub within_budget: bool,
}

impl Value {
    /// Whether the party is no worse off than without a deal.
    pub fn acceptable(&self) -> bool {
        !self.value.is_negative() && self.within_budget
    }
}

/// Values an offer from a private file: payments in whole 分, own values exact.
///
/// # Errors
/// A payment beyond the range of money.
pub fn value(deal: &Deal, own: &Own, offer: &Offer) -> Result<Value, Finding> {
    let ledger = ledger(deal, offer)?;
    let mut surplus = Vec::with_capacity(ledger.len());
    let mut largest = 0;
    for (outcome, years) in deal.outcomes.iter().zip(&ledger) {
        let mut sum = -Exact::from_integer(own.reservation.into());
        for (year, row) in years.iter().enumerate() {
            let cash = net(deal, own.party, row);
            largest = largest.max(-cash);
            let mut total = Exact::from_integer(cash.into());
            if let Some(values) = outcome.years.get(year) {
                for worth in &own.worths {
                    let factor = worth.factor(year, values, offer);
                    if !factor.is_zero() {
                        let times = worth.per.map_or_else(Exact::one, |issue| offer.value(issue));
                        total += &worth.fen * factor * times;
                    }
                }
            }
            sum += total * own.discounts.get(year).cloned().unwrap_or_default();
        }
        surplus.push(sum);
    }
    let mean = deal.outcomes.iter().zip(&surplus).map(|(outcome, value)| &outcome.probability * value).sum::<Exact>();
    let cvar = if own.alpha.is_zero() { mean.clone() } else { tail(deal, &surplus, &(Exact::one() - &own.alpha)) };
    let value = &mean * (Exact::one() - &own.caution) + &cvar * &own.caution;
    let possible = deal.outcomes.iter().zip(surplus.iter().enumerate());
    let possible = possible.filter(|(outcome, _)| !outcome.probability.is_zero()).map(|(_, pair)| pair);
    let worst = possible.min_by(|a, b| a.1.cmp(b.1)).map(|(index, value)| (value.clone(), index)).unwrap_or_default();
    let within_budget = own.budget.is_none_or(|budget| largest <= budget);
    Ok(Value { surplus, mean, cvar, value, worst, largest_payment: largest, within_budget })
}

/// Mean of the worst share of outcomes (Rockafellar & Uryasev 2000), exactly.
fn tail(deal: &Deal, surplus: &[Exact], share: &Exact) -> Exact {
    let mut order: Vec<usize> = (0..surplus.len()).collect();
    order.sort_by(|a, b| surplus.get(*a).cmp(&surplus.get(*b)));
    let mut left = share.clone();
    let mut sum = Exact::zero();
    for index in order {
        let (Some(outcome), Some(value)) = (deal.outcomes.get(index), surplus.get(index)) else { continue };
        let taken = outcome.probability.clone().min(left.clone());
        sum += value * &taken;
        left -= taken;
        if !left.is_positive() {
            break;
        }
    }
    sum / share
}

/// What an offer pays and receives in public: cash without discount, no private figure.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Cash {
    /// Party.
    pub party: String,
    /// Expected net receipts over all years, in 分 (rounded).
    pub expected_fen: i64,
    /// Least net receipts over all years, in 分.
    pub least_fen: i64,
    /// Largest net receipts over all years, in 分.
    pub most_fen: i64,
    /// Probability that the party pays on balance over all years.
    pub probability_of_paying: f64,
    /// Year by year.
    pub years: Vec<CashYear>,
}

/// One year of cash.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CashYear {
    /// Year from 1.
    pub year: usize,
    /// Expected net receipts, in 分 (rounded).
    pub expected_fen: i64,
    /// Least net receipts, in 分.
    pub least_fen: i64,
    /// Largest net receipts, in 分.
    pub most_fen: i64,
}

pub(super) fn rounded(value: &Exact) -> i64 {
    value.round().to_integer().to_i64().unwrap_or(0)
}

/// The cash of a party under an offer.
///
/// # Errors
/// A payment beyond the range of money.
pub fn cash(deal: &Deal, party: usize, offer: &Offer) -> Result<Cash, Finding> {
    let ledger = ledger(deal, offer)?;
    let all: Vec<(Exact, Vec<i64>)> = deal
        .outcomes
        .iter()
        .zip(&ledger)
        .filter(|(outcome, _)| !outcome.probability.is_zero())
        .map(|(outcome, years)| (outcome.probability.clone(), years.iter().map(|row| net(deal, party, row)).collect()))
        .collect();
    let summary = |of: &dyn Fn(&Vec<i64>) -> i64| {
        let mean: Exact = all.iter().map(|(p, years)| p * Exact::from_integer(of(years).into())).sum();
        let least = all.iter().map(|(_, years)| of(years)).min().unwrap_or(0);
        let most = all.iter().map(|(_, years)| of(years)).max().unwrap_or(0);
        (rounded(&mean), least, most)
    };
    let total = |years: &Vec<i64>| years.iter().sum::<i64>();
    let (expected_fen, least_fen, most_fen) = summary(&total);
    let paying: Exact = all.iter().filter(|(_, years)| total(years) < 0).map(|(p, _)| p).sum();
    let year = |year: usize| {
        let (expected_fen, least_fen, most_fen) = summary(&|years| years.get(year).copied().unwrap_or(0));
        CashYear { year: year + 1, expected_fen, least_fen, most_fen }
    };
    Ok(Cash {
        party: deal.case.parties.get(party).map(|party| party.id.clone()).unwrap_or_default(),
        expected_fen,
        least_fen,
        most_fen,
        probability_of_paying: binary(&paying),
        years: (0..offer.years(deal)).map(year).collect(),
    })
}
