//! One payment of a clause: from whom to whom, and how much.

use std::collections::BTreeMap;

use num_traits::{Signed, Zero};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agreement::check::Check;
use crate::agreement::clause::book::Flow;
use crate::agreement::clause::frame::{Call, Occasion};
use crate::agreement::written::{Amount, Number, Side, shown};
use crate::finding::Finding;
use crate::phrases::{Phrase, Text};
use crate::units::{Exact, Money};

/// A payment; exactly one of `amount`, `by_year`, `share_of` and `per` says how much.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pay {
    /// Who pays: a party, several with shares, or `upstream`/`downstream` of the section.
    pub from: Side,
    /// Who receives.
    pub to: Side,
    /// A fixed amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// An amount for every year, by year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_year: Option<BTreeMap<String, Amount>>,
    /// A share of what a party received or paid under an earlier clause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share_of: Option<ShareOf>,
    /// So much for every step of the measure away from a threshold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per: Option<Per>,
}

/// A share of what went before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareOf {
    /// The earlier clause.
    pub clause: String,
    /// What this party received under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_by: Option<String>,
    /// What this party paid under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_by: Option<String>,
    /// The share, 0 to 1.
    pub share: Number,
}

/// An amount for every step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Per {
    /// Where the steps begin.
    pub from: Number,
    /// Length of a step, above zero.
    pub every: Number,
    /// Amount for one.
    pub amount: Amount,
    /// What a part of a step counts.
    pub count: Count,
    /// The most it can come to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Amount>,
}

/// What a part of a step counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    /// Nothing: only whole steps.
    Whole,
    /// A whole step: every step begun.
    Started,
    /// Its part.
    Exact,
}

impl Count {
    /// Number of steps.
    pub fn of(self, steps: &Exact) -> Exact {
        match self {
            Self::Whole => steps.floor(),
            Self::Started => steps.ceil(),
            Self::Exact => steps.clone(),
        }
    }
}

impl Per {
    fn amount(&self, value: &Exact, call: &Call<'_, '_>) -> Result<(Money, Phrase), Finding> {
        let steps = self.count.of(&((value - &self.from.0).abs() / &self.every.0));
        let full = call.money(&(self.amount.0.exact() * &steps))?;
        let amount = self.at_most.map_or(full, |most| full.min(most.0));
        let phrase = Phrase::new("settlement.step_per")
            .with("value", shown(value))
            .with("from", shown(&self.from.0))
            .with("every", shown(&self.every.0))
            .with("steps", shown(&steps))
            .with("each", self.amount.0)
            .with("amount", amount);
        Ok((amount, phrase))
    }

    pub(super) fn check(&self, path: &str, check: &mut Check<'_>) {
        if !self.every.0.is_positive() {
            check.error("agreement.not_positive", &format!("{path}.every"), |f| f.with("value", shown(&self.every.0)));
        }
    }
}

impl Pay {
    /// Says what is wrong with it; `by_measure` where there is a measure for `per` to look at.
    pub(super) fn check(&self, path: &str, check: &mut Check<'_>, (by_measure, at_section): (bool, bool)) {
        check.sides((&self.from, &self.to), path, at_section);
        let given = [self.amount.is_some(), self.by_year.is_some(), self.share_of.is_some(), self.per.is_some()];
        if given.iter().filter(|is_given| **is_given).count() != 1 {
            check.error("agreement.one_amount", path, |f| f);
        }
        if let Some(per) = &self.per {
            per.check(&format!("{path}.per"), check);
            if !by_measure {
                check.error("agreement.per_without_measure", &format!("{path}.per"), |f| f);
            }
        }
        if let Some(by_year) = &self.by_year {
            check.years_of(by_year.keys(), &format!("{path}.by_year"));
        }
        if let Some(part) = &self.share_of {
            let path = format!("{path}.share_of");
            check.earlier_clause(&part.clause, &format!("{path}.clause"));
            if part.received_by.is_some() == part.paid_by.is_some() {
                check.error("agreement.received_or_paid", &path, |f| f);
            }
            for party in part.received_by.iter().chain(&part.paid_by) {
                check.party(party, &path, false);
            }
            check.share(&part.share.0, &format!("{path}.share"));
        }
    }

    /// What is paid, and the step that says how it came about.
    fn total(&self, call: &mut Call<'_, '_>, value: Option<&Exact>) -> Result<(Money, Option<Phrase>), Finding> {
        if let Some(amount) = self.amount {
            return Ok((amount.0, None));
        }
        if let Some(by_year) = &self.by_year {
            let year = call.frame.year.to_string();
            return match by_year.get(&year) {
                Some(amount) => Ok((amount.0, None)),
                None => Err(Finding::error("settlement.no_amount_of_year", call.place("pay")).with("year", year)),
            };
        }
        if let (Some(per), Some(value)) = (&self.per, value) {
            return per.amount(value, call).map(|(amount, step)| (amount, Some(step)));
        }
        let Some(part) = &self.share_of else { return Ok((Money::ZERO, None)) };
        let (party, receives) = match (&part.received_by, &part.paid_by) {
            (Some(party), _) => (party, true),
            (None, Some(party)) => (party, false),
            (None, None) => return Ok((Money::ZERO, None)),
        };
        call.looked = true;
        let side = |flow: &&Flow| if receives { &flow.to == party } else { &flow.from == party };
        // What was really paid this year, arrears of earlier years included: those were not counted when they were put off.
        let base: i64 = call
            .book
            .flows
            .iter()
            .filter(|flow| flow.clause == part.clause)
            .filter(side)
            .map(|flow| flow.amount.fen())
            .sum();
        let base = Money::from_fen(base);
        let amount = call.money(&(base.exact() * &part.share.0))?;
        let step = Phrase::new("settlement.step_share")
            .with("party", call.frame.agreement.party_name(party))
            .with("clause", call.frame.agreement.clause_title(&part.clause))
            .with("base", base)
            .with("share", shown(&part.share.0))
            .with("amount", amount);
        Ok((amount, Some(step)))
    }

    /// Writes the payment into the book, times a factor.
    ///
    /// # Errors
    /// Amounts beyond money, a party that the section does not have.
    pub(super) fn pay(
        &self,
        call: &mut Call<'_, '_>,
        occasion: Occasion<'_>,
        value: Option<&Exact>,
        factor: &Exact,
    ) -> Result<(), Finding> {
        let (total, step) = self.total(call, value)?;
        if let Some(step) = step {
            call.tell(&step);
        }
        let amount = call.money(&(total.exact() * factor))?;
        write(call, (&self.from, &self.to), amount, occasion)
    }
}

/// Orders an amount from one side to the other, divided by their shares, and tells it.
pub(super) fn write(
    call: &mut Call<'_, '_>,
    (from, to): (&Side, &Side),
    amount: Money,
    occasion: Occasion<'_>,
) -> Result<(), Finding> {
    let mut pairs = Vec::new();
    for (payer, paid) in from.shares() {
        for (receiver, received) in to.shares() {
            let pair = (call.party(&payer, occasion)?, call.party(&receiver, occasion)?);
            pairs.push((pair, &paid * received));
        }
    }
    let shares: Vec<Exact> = pairs.iter().map(|(_, share)| share.clone()).collect();
    for ((pair, _), part) in pairs.into_iter().zip(call.split(amount, &shares)) {
        let agreement = call.frame.agreement;
        let is_own = pair.0 == pair.1;
        let due = if is_own { Money::ZERO } else { part };
        if part > Money::ZERO {
            let code = match (is_own, occasion.month) {
                (true, _) => "settlement.pays_itself",
                (false, Some(_)) => "settlement.pays_for",
                (false, None) => "settlement.pays",
            };
            let (from, to) = (agreement.party_name(&pair.0), agreement.party_name(&pair.1));
            let mut step = Phrase::new(code).with("from", from).with("to", to).with("amount", part);
            if let (Some(section), Some(month)) = (occasion.section, occasion.month) {
                step = step.with("section", section.name.0.clone()).with("month", month.to_string());
            }
            call.tell(&step);
        }
        call.order(pair, due, occasion);
    }
    Ok(())
}

/// A name of a section for a step, or nothing.
pub(super) fn at_section(section: Option<&str>, call: &Call<'_, '_>) -> Text {
    match section {
        Some(id) => {
            let name = call.frame.agreement.section_name(id);
            Text { zh: format!("{} ", name.zh), en: format!("{} ", name.en) }
        }
        None => Text::same(""),
    }
}

/// Whether shares are all zero.
pub(super) fn nothing(shares: &BTreeMap<String, Number>) -> bool {
    shares.values().all(|share| share.0.is_zero())
}
