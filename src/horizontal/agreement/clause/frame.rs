//! What every clause sees of a year, and the book into which it writes.

use std::collections::{BTreeMap, BTreeSet};

use num_traits::ToPrimitive;

use crate::agreement::clause::Clause;
use crate::agreement::model::{Agreement, Indicator, Section};
use crate::agreement::standard::Limits;
use crate::agreement::written::Class;
use crate::document::places::Places;
use crate::finding::{Finding, Place};
use crate::phrases::{Phrase, Text};
use crate::units::{BigInt, Exact, Money, largest_remainder};

/// The value of a measure, of the whole river or of one section.
#[derive(Debug, Clone, PartialEq)]
pub struct Valued {
    /// The section; `None` for the whole.
    pub section: Option<String>,
    /// The value.
    pub value: Exact,
    /// Whether the file gave it as published.
    pub given: bool,
}

/// What was measured at one section in one month.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MonthFact {
    /// Concentrations by indicator, in the kept units.
    pub values: BTreeMap<String, Exact>,
    /// Class as reported.
    pub class: Option<Class>,
}

/// The facts of one year.
pub struct Frame<'a> {
    /// The agreement.
    pub agreement: &'a Agreement,
    /// Places of its keys.
    pub places: &'a Places<'a>,
    /// The year.
    pub year: i32,
    /// Values of the measures, by id.
    pub measures: &'a BTreeMap<String, Vec<Valued>>,
    /// Months by section and month (1–12); a month of which nothing is known is absent.
    pub months: &'a BTreeMap<(String, u8), MonthFact>,
    /// How often each event happened.
    pub events: &'a BTreeMap<String, u64>,
}

/// A flow of money that a clause causes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// The clause.
    pub clause: String,
    /// Who pays.
    pub from: String,
    /// Who receives.
    pub to: String,
    /// What is paid, after caps and budgets.
    pub amount: Money,
    /// What the clause alone says.
    pub due: Money,
    /// The section it is for.
    pub section: Option<String>,
    /// The month it is for.
    pub month: Option<u8>,
    /// The year from which it was carried over.
    pub carried_from: Option<i32>,
}

/// The flows of a year.
#[derive(Debug, Clone, Default)]
pub struct Book {
    /// What is due, clause by clause.
    pub flows: Vec<Flow>,
    /// What was paid in advance.
    pub prepaid: Vec<Flow>,
    /// What a budget puts off to the next year.
    pub carried: Vec<Flow>,
    /// Clauses whose place an accident takes.
    pub voided: BTreeSet<String>,
    /// Sum of all that was ever written, which must stay within money.
    pub volume: i128,
    /// How many flows were ever written.
    pub entries: usize,
}

/// Largest sum of all flows, in 分: every sum of some of them then fits.
const VOLUME_MAX: i128 = 9_000_000_000_000_000_000;
/// Most flows of all years.
const FLOWS_MAX: usize = 200_000;

impl Book {
    /// Writes a flow; nothing is written of nothing.
    ///
    /// # Errors
    /// The sum of all flows leaves the range of money, or there are too many.
    pub fn write(&mut self, flow: Flow, place: Place) -> Result<(), Finding> {
        if flow.amount == Money::ZERO && flow.due == Money::ZERO {
            return Ok(());
        }
        self.count(flow.due, place)?;
        self.flows.push(flow);
        Ok(())
    }

    /// Writes an advance.
    ///
    /// # Errors
    /// As [`Book::write`].
    pub fn advance(&mut self, flow: Flow, place: Place) -> Result<(), Finding> {
        self.count(flow.due, place)?;
        self.prepaid.push(flow);
        Ok(())
    }

    fn count(&mut self, due: Money, place: Place) -> Result<(), Finding> {
        self.volume += i128::from(due.fen().unsigned_abs());
        self.entries += 1;
        if self.volume > VOLUME_MAX {
            return Err(Finding::error("settlement.too_much_money", place));
        }
        if self.entries > FLOWS_MAX {
            return Err(Finding::error("settlement.too_many_flows", place).with("limit", FLOWS_MAX.to_string()));
        }
        Ok(())
    }
}

/// One clause at work: the facts, the book, and the steps it tells.
pub(crate) struct Call<'a, 'b> {
    /// The facts of the year.
    pub frame: &'a Frame<'a>,
    /// The clause.
    pub clause: &'a Clause,
    /// Where its parameters stand: `clause[2].tiers`.
    pub path: String,
    /// The book.
    pub book: &'b mut Book,
    /// How it came about, step by step.
    pub steps: &'b mut Vec<Text>,
}

/// The section and month that a payment is for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Occasion<'a> {
    pub section: Option<&'a Section>,
    pub month: Option<u8>,
}

impl<'a> Call<'a, '_> {
    /// Tells a step.
    pub fn tell(&mut self, phrase: &Phrase) {
        self.steps.push(phrase.text());
    }

    /// Place of a key below the parameters of the clause.
    pub fn place(&self, key: &str) -> Place {
        let gap = if key.is_empty() { "" } else { "." };
        self.frame.places.of(&format!("{}{gap}{key}", self.path))
    }

    /// An exact amount in 分 as money, rounded as the agreement orders.
    ///
    /// # Errors
    /// It leaves the range of money.
    pub fn money(&self, fen: &Exact) -> Result<Money, Finding> {
        let rules = &self.frame.agreement.money;
        let unit = rules.unit.0.fen().max(1);
        let whole = rules.by.whole(&(fen / Exact::from_integer(BigInt::from(unit))));
        let fen = whole.to_i64().and_then(|units| units.checked_mul(unit));
        fen.map(Money::from_fen).ok_or_else(|| Finding::error("settlement.too_much_money", self.place("")))
    }

    /// Divides an amount by shares, in whole units of money where it is made of them.
    pub fn split(&self, amount: Money, shares: &[Exact]) -> Vec<Money> {
        let unit = self.frame.agreement.money.unit.0.fen().max(1);
        if amount.fen() % unit != 0 {
            return largest_remainder(amount, shares);
        }
        let parts = largest_remainder(Money::from_fen(amount.fen() / unit), shares);
        parts.into_iter().map(|part| Money::from_fen(part.fen().saturating_mul(unit))).collect()
    }

    /// The values of a measure.
    ///
    /// # Errors
    /// It has none in this year.
    pub fn values(&self, measure: &str) -> Result<&'a [Valued], Finding> {
        let found = self.frame.measures.get(measure).filter(|values| !values.is_empty());
        found.map(Vec::as_slice).ok_or_else(|| {
            let name = self.frame.agreement.measure_of(measure).map(|known| known.label());
            Finding::error("settlement.no_value", self.place("on"))
                .with("measure", name.unwrap_or_else(|| Text::same(measure)))
                .with("year", self.frame.year.to_string())
        })
    }

    /// The party that a word means on an occasion.
    ///
    /// # Errors
    /// `upstream` or `downstream` without a section that names one.
    pub fn party(&self, word: &str, occasion: Occasion<'_>) -> Result<String, Finding> {
        let found = match (word, occasion.section) {
            ("upstream", Some(section)) => section.upstream.clone(),
            ("downstream", Some(section)) => section.downstream.clone(),
            ("upstream" | "downstream", None) => None,
            _ => Some(word.to_owned()),
        };
        found.ok_or_else(|| {
            let section = occasion.section.map_or_else(|| Text::same("—"), |section| section.name.0.clone());
            Finding::error("settlement.no_party_of_section", self.place("")).with("section", section).with("word", word)
        })
    }

    /// The class of a section in a month by these indicators: as measured, or as reported where nothing was measured.
    ///
    /// # Errors
    /// An indicator is missing of a month in which others are there, has no class limits, or the reported class differs.
    pub fn class_of_month(
        &self,
        section: &Section,
        month: u8,
        indicators: &[&Indicator],
    ) -> Result<Option<(Class, Text)>, Finding> {
        let Some(fact) = self.frame.months.get(&(section.id.clone(), month)) else { return Ok(None) };
        class_of(self.frame, section, month, fact, indicators)
    }
}

/// The class of one month and the indicator that decides it; `None` where nothing tells it.
pub(crate) fn class_of(
    frame: &Frame<'_>,
    section: &Section,
    month: u8,
    fact: &MonthFact,
    indicators: &[&Indicator],
) -> Result<Option<(Class, Text)>, Finding> {
    let about = |finding: Finding| {
        // Month 0 is the year as a whole.
        let period = if month == 0 { frame.year.to_string() } else { format!("{}-{month:02}", frame.year) };
        finding.with("section", section.name.0.clone()).with("period", period)
    };
    let reported = || Phrase::new("settlement.as_reported").text();
    let measured = indicators.iter().filter(|indicator| fact.values.contains_key(&indicator.id)).count();
    if measured == 0 {
        return Ok(fact.class.map(|class| (class, reported())));
    }
    let mut worst: Option<(Class, Text)> = None;
    for indicator in indicators {
        let Some(value) = fact.values.get(&indicator.id) else {
            let finding = Finding::error("settlement.indicator_missing", frame.places.of("data"));
            return Err(about(finding).with("indicator", indicator.label()));
        };
        let Some(limits) = limits_of(indicator, section) else {
            let finding = Finding::error("settlement.no_class_limits", frame.places.of("indicator"));
            return Err(finding.with("indicator", indicator.label()));
        };
        let class = limits.class(value);
        if worst.as_ref().is_none_or(|(known, _)| class > *known) {
            worst = Some((class, indicator.label()));
        }
    }
    if let (Some((class, _)), Some(reported)) = (&worst, fact.class)
        && *class != reported
    {
        let finding = Finding::error("settlement.class_differs", frame.places.of("data"));
        return Err(about(finding).with("measured", class.name()).with("reported", reported.name()));
    }
    Ok(worst)
}

/// Class limits of an indicator at a section: its own, or those of the standard.
pub(crate) fn limits_of(indicator: &Indicator, section: &Section) -> Option<Limits> {
    match &indicator.class_limits {
        Some(limits) => Some(Limits::AtMost(limits.iter().map(|limit| limit.0.clone()).collect())),
        None => indicator.substance().and_then(|known| known.limits(section.lake)).cloned(),
    }
}
