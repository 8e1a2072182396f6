//! What every clause sees of a year, and the book into which it writes.

use std::collections::BTreeMap;

use num_traits::ToPrimitive;

use crate::agreement::clause::Clause;
use crate::agreement::clause::book::{Book, Flow};
use crate::agreement::clause::excess::Excess;
use crate::agreement::data::MissingIndicator;
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
    /// Why nothing was measured, in the words of the file.
    pub absent: Option<String>,
}

/// The class of a month and what decides it; or why it has none, nothing where nothing is known.
pub(crate) type Classed = Result<(Class, Text), Text>;

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

/// One clause at work: the facts, the book, what it orders, and the steps it tells.
pub(crate) struct Call<'a, 'b> {
    /// The facts of the year.
    pub frame: &'a Frame<'a>,
    /// The clause.
    pub clause: &'a Clause,
    /// Its position in the agreement.
    pub position: usize,
    /// Where its parameters stand: `clause[2].tiers`.
    pub path: String,
    /// The book.
    pub book: &'b mut Book,
    /// What it orders and the book has not posted yet.
    pub orders: Vec<Flow>,
    /// How many of its orders were posted.
    pub posted: usize,
    /// Whether what it orders depends on what was posted before it.
    pub looked: bool,
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

    /// Orders a payment. One of nothing is kept too: its position tells the others which they are.
    pub fn order(&mut self, (from, to): (String, String), due: Money, occasion: Occasion<'_>) {
        self.orders.push(Flow {
            clause: self.clause.id.clone(),
            from,
            to,
            amount: due,
            due,
            put_off: Money::ZERO,
            cut: Money::ZERO,
            section: occasion.section.map(|section| section.id.clone()),
            month: occasion.month,
            carried_from: None,
        });
    }

    /// Posts what was ordered, and tells where a fund holds too little.
    ///
    /// # Errors
    /// As [`Book::post`].
    pub fn post(&mut self) -> Result<(), Finding> {
        let orders = std::mem::take(&mut self.orders);
        let count = orders.len();
        self.post_all(orders, self.posted)?;
        self.posted += count;
        Ok(())
    }

    /// Posts flows of which `before` of their kind were posted already.
    ///
    /// # Errors
    /// As [`Book::post`].
    pub fn post_all(&mut self, flows: Vec<Flow>, before: usize) -> Result<(), Finding> {
        let agreement = self.frame.agreement;
        let at = (self.frame.year, self.place(""));
        for short in self.book.post(agreement, (self.position, before), flows, at)? {
            let code = match short.excess {
                Excess::CarryOver => "settlement.step_fund_short",
                Excess::Forgone => "settlement.step_fund_short_forgone",
            };
            let rest = Money::from_fen(short.wanted.fen() - short.held.fen());
            let step = Phrase::new(code).with("fund", agreement.party_name(&short.fund));
            self.tell(&step.with("wanted", short.wanted).with("held", short.held).with("rest", rest));
        }
        Ok(())
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
        (indicators, rule): (&[&Indicator], MissingIndicator),
    ) -> Result<Classed, Finding> {
        match self.frame.months.get(&(section.id.clone(), month)) {
            Some(fact) => class_of(self.frame, section, month, fact, (indicators, rule)),
            None => Ok(Err(Text::same(""))),
        }
    }
}

/// A month in a list, with what is said of it in brackets.
pub(crate) fn month_with(month: u8, why: &Text) -> Text {
    let code = if why.zh.is_empty() { "settlement.month_bare" } else { "settlement.month_with" };
    Phrase::new(code).with("month", month.to_string()).with("why", why.clone()).text()
}

/// Texts as one list.
pub(crate) fn list(texts: impl IntoIterator<Item = Text>) -> Text {
    let (zh, en): (Vec<String>, Vec<String>) = texts.into_iter().map(|text| (text.zh, text.en)).unzip();
    Text { zh: zh.join("、"), en: en.join(", ") }
}

/// The class of one month, or of a year (month 0), and the indicator that decides it.
pub(crate) fn class_of(
    frame: &Frame<'_>,
    section: &Section,
    month: u8,
    fact: &MonthFact,
    (indicators, rule): (&[&Indicator], MissingIndicator),
) -> Result<Classed, Finding> {
    let about = |finding: Finding| {
        // Month 0 is the year as a whole.
        let period = if month == 0 { frame.year.to_string() } else { format!("{}-{month:02}", frame.year) };
        finding.with("section", section.name.0.clone()).with("period", period)
    };
    let reported = || Phrase::new("settlement.as_reported").text();
    let measured = indicators.iter().filter(|indicator| fact.values.contains_key(&indicator.id)).count();
    if measured == 0 {
        let why = || Text::same(fact.absent.as_deref().unwrap_or_default());
        return Ok(fact.class.map(|class| (class, reported())).ok_or_else(why));
    }
    let missing: Vec<&&Indicator> =
        indicators.iter().filter(|indicator| !fact.values.contains_key(&indicator.id)).collect();
    let lacking = list(missing.iter().map(|indicator| indicator.label()));
    let lacks = Phrase::new("settlement.lacks").with("indicators", lacking.clone()).text();
    if !missing.is_empty() {
        match rule {
            MissingIndicator::Refuse => {
                let code =
                    if month == 0 { "settlement.indicator_missing_year" } else { "settlement.indicator_missing" };
                let finding = Finding::error(code, frame.places.of("data"));
                return Err(about(finding).with("indicator", lacking));
            }
            MissingIndicator::SkipMonth if month > 0 => return Ok(Err(lacks)),
            MissingIndicator::SkipMonth | MissingIndicator::Others => {}
        }
    }
    let mut worst: Option<(Class, Text)> = None;
    for indicator in indicators {
        let Some(value) = fact.values.get(&indicator.id) else { continue };
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
    let by = |by: Text| if missing.is_empty() { by } else { list([by, lacks]) };
    Ok(worst.map(|(class, text)| (class, by(text))).ok_or_else(|| Text::same("")))
}

/// Class limits of an indicator at a section: its own, or those of the standard.
pub(crate) fn limits_of(indicator: &Indicator, section: &Section) -> Option<Limits> {
    match &indicator.class_limits {
        Some(limits) => Some(Limits::AtMost(limits.iter().map(|limit| limit.0.clone()).collect())),
        None => indicator.substance().and_then(|known| known.limits(section.lake)).cloned(),
    }
}
