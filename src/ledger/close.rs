//! The end of a year: what is unspent is carried over for the same use, or is surplus; what has to be taken back, and from whom.

use std::collections::BTreeMap;

use ecocomp_ground::finding::{Finding, Findings, Place};
use ecocomp_ground::phrases::{Phrase, Text};
use ecocomp_ground::units::{Exact, floor_fen};

use crate::balance::{Balances, line_name};
use crate::book::Opened;
use crate::checks::Found;
use crate::date::Date;
use crate::event::{Dimension, Event, Kind};
use crate::journal::{Journal, Key, until};
use crate::rules::{Percent, Recovery, Rules};
use crate::sheet::{Cell, Holds, Sheet};
use crate::sums::Sums;

/// What becomes of a line of the budget at the end of a year.
#[derive(Debug, Clone, PartialEq)]
pub struct Closed {
    /// Fund, budget year, place.
    pub key: Key,
    /// Usable at the end of the year before: what was carried into this one.
    pub opening: i64,
    /// Planned in this year.
    pub planned: i64,
    /// Spent in this year.
    pub spent: i64,
    /// Taken back in this year, surplus left out.
    pub recovered: i64,
    /// Carried into the next year.
    pub carried: i64,
    /// Surplus.
    pub surplus: i64,
}

impl Closed {
    /// Whether what came in went somewhere: opening + planned = spent + recovered + carried + surplus.
    pub fn adds_up(&self) -> bool {
        let parts = [self.spent, self.recovered, self.carried, self.surplus];
        i128::from(self.opening) + i128::from(self.planned) == parts.iter().map(|part| i128::from(*part)).sum()
    }
}

/// The events that close a year, and the table of what is carried and what is surplus.
///
/// # Errors
/// The year before is open, or this one is closed already; no rule says how old money may become.
pub fn close(
    journal: &Journal,
    balances: &Balances,
    book: &Opened,
    rules: &Rules,
    year: i32,
) -> Result<(Vec<Event>, Vec<Closed>), Findings> {
    let next = balances.closed().map_or(book.book.first_year, |closed| closed + 1);
    if year != next {
        let finding = Finding::error("fund.close_order", Place::default());
        return Err(finding.with("year", year.to_string()).with("next", next.to_string()).into());
    }
    closing(journal, balances, book, rules, year)
}

/// The same of any year, whether it is closed or not: what would be, and what was.
///
/// # Errors
/// No rule says how old money may become; no such year.
pub fn closing(
    journal: &Journal,
    balances: &Balances,
    book: &Opened,
    rules: &Rules,
    year: i32,
) -> Result<(Vec<Event>, Vec<Closed>), Findings> {
    rules.needs_ages()?;
    let (Some(before), Some(end)) = (Date::end_of(year - 1), Date::end_of(year)) else {
        let phrase = Phrase::new("fund.no_year").with("value", year.to_string());
        return Err(Finding::from_phrase(phrase, Place::default()).into());
    };
    let mut events = Vec::new();
    let mut closed = Vec::new();
    let mut found = Vec::new();
    for (key, entries) in journal.lines(balances) {
        let (was, is) = (until(&entries, before), until(&entries, end));
        if is == Sums::default() {
            continue;
        }
        let Some(age) = rules.age_of(&key.0) else {
            found.push(
                Finding::error("fund.no_age_of", Place::default()).with("fund", book.name(Dimension::Fund, &key.0)),
            );
            continue;
        };
        // Money of the next year's budget is no part of this year's closing.
        let usable = if key.1 > year { 0 } else { is.usable() };
        let is_surplus = key.1 + age.years <= year;
        if usable > 0 {
            events.push(event(&key, end, if is_surplus { Kind::Surplus } else { Kind::Carry }, usable, &age.basis));
        }
        let spent = is.of(Kind::Spend) - was.of(Kind::Spend);
        let planned = is.planned() - was.planned();
        // Surplus that was posted in this year already: the closing itself, where the year is closed.
        let posted = is.of(Kind::Surplus) - was.of(Kind::Surplus);
        let recovered = was.usable() + planned - spent - is.usable() - posted;
        if key.1 <= year && (was.usable() != 0 || planned != 0 || spent != 0 || recovered != 0 || posted != 0) {
            closed.push(Closed {
                key,
                opening: was.usable(),
                planned,
                spent,
                recovered,
                carried: if is_surplus { 0 } else { usable },
                surplus: posted + if is_surplus { usable } else { 0 },
            });
        }
    }
    if found.is_empty() { Ok((events, closed)) } else { Err(Findings(found)) }
}

fn event((fund, year, within): &Key, date: Date, kind: Kind, fen: i64, basis: &Text) -> Event {
    let [area, ecosystem, channel, project] = within.clone();
    Event {
        date,
        kind,
        fen,
        fund: fund.clone(),
        year: *year,
        area,
        ecosystem,
        channel,
        project,
        code: String::new(),
        payee: String::new(),
        document: String::new(),
        reason: basis.zh.clone(),
    }
}

fn say(code: &'static str) -> Text {
    Phrase::new(code).text()
}

fn of_key(key: &Key, book: &Opened) -> Text {
    line_name(&book.name(Dimension::Fund, &key.0), key.1, &key.2, book)
}

/// 结转结余表.
pub fn sheet(closed: &[Closed], book: &Opened, year: i32) -> Sheet {
    let title = Phrase::new("fund.close_title").with("book", book.book.name.clone()).with("year", year.to_string());
    let mut sheet = Sheet::new(title.text());
    sheet.notes.push(say("fund.close_note"));
    sheet.mark(book.book.illustrative);
    sheet.column("line", say("fund.budget_line"), Holds::Text);
    let money = [
        ("opening_fen", "fund.opening"),
        ("planned_fen", "fund.planned_year"),
        ("spent_fen", "fund.spent_year"),
        ("recovered_fen", "fund.recovered_year"),
        ("carried_fen", "fund.carried_next"),
        ("surplus_fen", "fund.surplus"),
    ];
    money.into_iter().for_each(|(key, code)| sheet.column(key, say(code), Holds::Fen));
    for one in closed {
        let figures = [one.opening, one.planned, one.spent, one.recovered, one.carried, one.surplus];
        let mut row = vec![Cell::Text(of_key(&one.key, book))];
        row.extend(figures.map(Cell::Fen));
        sheet.rows.push(row);
    }
    sheet.sum(say("fund.total"));
    sheet
}

/// Forecast and final side by side: what was thought when only some batches were known, and what came of it.
pub fn beside(forecast: &[Closed], closed: &[Closed], (book, year): (&Opened, i32), batch: u64) -> Sheet {
    let title = Phrase::new("fund.close_title").with("book", book.book.name.clone()).with("year", year.to_string());
    let mut sheet = Sheet::new(title.text());
    sheet.notes.push(Phrase::new("fund.close_beside").with("batch", batch.to_string()).text());
    sheet.mark(book.book.illustrative);
    sheet.column("line", say("fund.budget_line"), Holds::Text);
    let money = [
        ("forecast_carried_fen", "fund.forecast_carried"),
        ("carried_fen", "fund.carried_next"),
        ("carried_difference_fen", "fund.difference"),
        ("forecast_surplus_fen", "fund.forecast_surplus"),
        ("surplus_fen", "fund.surplus"),
        ("surplus_difference_fen", "fund.difference"),
    ];
    money.into_iter().for_each(|(key, code)| sheet.column(key, say(code), Holds::Fen));
    let mut rows: BTreeMap<&Key, [i64; 4]> = BTreeMap::new();
    for (index, versions) in [forecast, closed].into_iter().enumerate() {
        for one in versions {
            let row = rows.entry(&one.key).or_default();
            for (slot, fen) in row.iter_mut().skip(index * 2).zip([one.carried, one.surplus]) {
                *slot = fen;
            }
        }
    }
    for (key, [carried_then, surplus_then, carried, surplus]) in rows {
        let figures = [carried_then, carried, carried - carried_then, surplus_then, surplus, surplus - surplus_then];
        let mut row = vec![Cell::Text(of_key(key, book))];
        row.extend(figures.map(Cell::Fen));
        sheet.rows.push(row);
    }
    sheet.sum(say("fund.total"));
    sheet
}

/// Something that has to be taken back.
#[derive(Debug, Clone, PartialEq)]
pub struct Due {
    /// The rule of recovery.
    pub rule: Recovery,
    /// What was found.
    pub what: Text,
    /// The line of the budget.
    pub line: Text,
    /// What was found, in 分.
    pub fen: i64,
    /// What is taken back, in 分.
    pub back: i64,
    /// Least and largest fine, in 分.
    pub fine: Option<(i64, i64)>,
}

/// A share of money, cut to whole 分.
fn part(fen: i64, percent: Percent) -> i64 {
    let exact = percent.0.exact() * Exact::from_integer(fen.into()) / Exact::from_integer(100.into());
    floor_fen(&exact).unwrap_or(0)
}

/// What has to be taken back: surplus that is still there, and what the checks found, by the rules of recovery.
pub fn recover(balances: &Balances, found: &[Found], book: &Opened, rules: &Rules) -> Vec<Due> {
    let mut due = Vec::new();
    let mut take = |on: &str, what: &Text, line: Text, fen: i64| {
        for rule in rules.recovery.iter().filter(|rule| rule.on == on) {
            let fine = match (rule.fine_least, rule.fine_most) {
                (None, None) => None,
                (least, most) => {
                    Some((least.map_or(0, |least| part(fen, least)), most.map_or(0, |most| part(fen, most))))
                }
            };
            let back = part(fen, rule.share);
            due.push(Due { rule: rule.clone(), what: what.clone(), line: line.clone(), fen, back, fine });
        }
    };
    let surplus = say("fund.surplus_there");
    for line in balances.lines() {
        let there = line.sums.surplus();
        if there > 0 {
            take("surplus", &surplus, line.name(book), there);
        }
    }
    for one in found {
        take(&one.rule, &one.name, one.line.clone(), one.fen);
    }
    due
}

/// 收回清单.
pub fn recovery_sheet(due: &[Due], book: &Opened, day: Date) -> Sheet {
    let title = Phrase::new("fund.recover_title").with("book", book.book.name.clone()).with("day", day.to_string());
    let mut sheet = Sheet::new(title.text());
    sheet.notes.push(say("fund.recover_note"));
    sheet.mark(book.book.illustrative);
    for (key, code) in [("what", "fund.what"), ("line", "fund.budget_line")] {
        sheet.column(key, say(code), Holds::Text);
    }
    let money = [
        ("fen", "fund.amount"),
        ("back_fen", "fund.to_take_back"),
        ("fine_least_fen", "fund.fine_least"),
        ("fine_most_fen", "fund.fine_most"),
    ];
    money.into_iter().for_each(|(key, code)| sheet.column(key, say(code), Holds::Fen));
    for (key, code) in [("action", "fund.action"), ("to", "fund.goes_to"), ("who", "fund.who"), ("basis", "fund.basis")]
    {
        sheet.column(key, say(code), Holds::Text);
    }
    for one in due {
        let fine = |pick: fn((i64, i64)) -> i64| one.fine.map_or(Cell::Blank, |fine| Cell::Fen(pick(fine)));
        let text = |text: &Text| Cell::Text(text.clone());
        sheet.rows.push(vec![
            text(&one.what),
            text(&one.line),
            Cell::Fen(one.fen),
            Cell::Fen(one.back),
            fine(|fine| fine.0),
            fine(|fine| fine.1),
            text(&one.rule.action),
            text(&one.rule.to),
            text(&one.rule.who),
            text(&one.rule.basis),
        ]);
    }
    sheet.sum(say("fund.total"));
    sheet
}
