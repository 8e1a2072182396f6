//! The settlement of an advance: what was planned at first against what the outcome earns.

use std::collections::BTreeMap;

use ecocomp_ground::finding::{Finding, Findings, Place};
use ecocomp_ground::phrases::{Phrase, Text};
use ecocomp_ground::units::Money;

use crate::balance::{Balances, line_name};
use crate::book::Opened;
use crate::date::Date;
use crate::event::{Dimension, Event, Kind};
use crate::journal::Key;
use crate::sheet::{Cell, Holds, Sheet};
use crate::sums::Sums;

/// A line of the budget that is settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Fund, budget year, place.
    pub key: Key,
    /// What the outcome earns, in 分.
    pub earned: i64,
    /// What was planned, in 分.
    pub planned: i64,
    /// What was released, in 分.
    pub released: i64,
    /// What was paid and did not come back, in 分.
    pub paid: i64,
}

impl Settled {
    /// What is to be added, or (below zero) cut, in 分.
    pub fn difference(&self) -> i64 {
        self.earned - self.planned
    }

    /// What was paid above what is earned, in 分: it has to come back before anything can be cut.
    pub fn back_first(&self) -> i64 {
        (self.paid - self.earned).max(0)
    }

    fn name(&self, book: &Opened) -> Text {
        line_name(&book.name(Dimension::Fund, &self.key.0), self.key.1, &self.key.2, book)
    }

    /// The events that settle it: an adjustment, and less released where more is released than is left.
    fn events(&self, date: Date, document: &str) -> Vec<Event> {
        let reason = Phrase::new("fund.settled_reason")
            .with("year", self.key.1.to_string())
            .with("earned", Money::from_fen(self.earned))
            .with("advance", Money::from_fen(self.planned));
        let [area, ecosystem, channel, project] = self.key.2.clone();
        let base = Event {
            date,
            kind: Kind::Adjust,
            fen: self.difference(),
            fund: self.key.0.clone(),
            year: self.key.1,
            area,
            ecosystem,
            channel,
            project,
            code: String::new(),
            payee: String::new(),
            document: document.to_owned(),
            reason: reason.text().zh,
        };
        let too_much = self.released - self.earned;
        let release = (too_much > 0).then(|| Event { kind: Kind::Release, fen: -too_much, ..base.clone() });
        let adjust = (base.fen != 0).then_some(base);
        adjust.into_iter().chain(release).collect()
    }
}

/// Settles the lines that the outcome names; `earned` are amounts by fund, year and place, whatever their kind.
///
/// # Errors
/// The outcome names a line that has no budget, or two amounts leave the range of money.
pub fn settle(earned: &[Event], balances: &Balances, book: &Opened) -> Result<Vec<Settled>, Findings> {
    let mut planned: BTreeMap<Key, Sums> = BTreeMap::new();
    for line in balances.lines() {
        let within = [line.area, line.ecosystem, line.channel, line.project];
        planned.insert((line.fund, line.year, within), line.sums);
    }
    let mut sums: BTreeMap<Key, i64> = BTreeMap::new();
    let mut found = Vec::new();
    for event in earned {
        let within = [&event.area, &event.ecosystem, &event.channel, &event.project].map(Clone::clone);
        let key = (event.fund.clone(), event.year, balances.line_of(&event.fund, event.year, &within));
        if !planned.contains_key(&key) {
            let line = line_name(&book.name(Dimension::Fund, &key.0), key.1, &within, book);
            found.push(Finding::error("fund.settle_unknown", Place::default()).with("line", line));
            continue;
        }
        let sum = sums.entry(key).or_default();
        match sum.checked_add(event.fen) {
            Some(more) => *sum = more,
            None => found.push(Finding::error("fund.too_large", Place::default())),
        }
    }
    if !found.is_empty() {
        return Err(Findings(found));
    }
    let make = |(key, earned): (Key, i64)| {
        let sums = planned.get(&key).copied().unwrap_or_default();
        Settled { earned, planned: sums.planned(), released: sums.of(Kind::Release), paid: sums.paid(), key }
    };
    Ok(sums.into_iter().map(make).collect())
}

/// The events that settle all lines.
///
/// # Errors
/// More was paid than is earned somewhere: that has to come back first.
pub fn events(settled: &[Settled], book: &Opened, date: Date, document: &str) -> Result<Vec<Event>, Findings> {
    let blocked = settled.iter().filter(|one| one.back_first() > 0);
    let found: Vec<Finding> = blocked
        .map(|one| {
            let amount = Money::from_fen(one.back_first());
            Finding::error("fund.settle_blocked", Place::default()).with("line", one.name(book)).with("amount", amount)
        })
        .collect();
    if !found.is_empty() {
        return Err(Findings(found));
    }
    Ok(settled.iter().flat_map(|one| one.events(date, document)).collect())
}

/// 清算表.
pub fn sheet(settled: &[Settled], book: &Opened, year: i32) -> Sheet {
    let say = |code: &'static str| Phrase::new(code).text();
    let title = Phrase::new("fund.settle_title").with("book", book.book.name.clone()).with("year", year.to_string());
    let mut sheet = Sheet::new(title.text());
    sheet.notes.push(say("fund.settle_note"));
    sheet.mark(book.book.illustrative);
    sheet.column("line", say("fund.budget_line"), Holds::Text);
    let money = [
        ("earned_fen", "fund.earned"),
        ("planned_fen", "fund.advanced"),
        ("paid_fen", "fund.paid"),
        ("add_fen", "fund.to_add"),
        ("cut_fen", "fund.to_cut"),
        ("back_first_fen", "fund.back_first"),
    ];
    money.into_iter().for_each(|(key, code)| sheet.column(key, say(code), Holds::Fen));
    for one in settled {
        let difference = one.difference();
        let figures = [one.earned, one.planned, one.paid, difference.max(0), (-difference).max(0), one.back_first()];
        let mut row = vec![Cell::Text(one.name(book))];
        row.extend(figures.map(Cell::Fen));
        sheet.rows.push(row);
    }
    sheet.sum(say("fund.total"));
    sheet
}
