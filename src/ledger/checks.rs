//! What is late, idle, above its age, twice or used for what it is never for; each with its legal basis and amount.

use std::collections::BTreeMap;

use ecocomp_ground::phrases::{Phrase, Text};
use ecocomp_ground::units::Exact;

use crate::balance::{Balances, line_name};
use crate::book::{FundKind, Opened};
use crate::date::Date;
use crate::event::{Dimension, Event, Kind};
use crate::journal::{Entry, Journal, Key, Marked, until};
use crate::rules::{Clock, Flow, Rules};
use crate::sheet::{Cell, Holds, Sheet};
use crate::sums::{per_cent, share};

/// Something that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The rule that found it.
    pub rule: String,
    /// What is wrong.
    pub name: Text,
    /// The line of the budget, or the fund.
    pub line: Text,
    /// How much is concerned, in 分.
    pub fen: i64,
    /// Day by which it should have been.
    pub due: Option<Date>,
    /// Days that it is late.
    pub days: Option<i32>,
    /// Said of it.
    pub note: Option<Text>,
    /// Legal basis.
    pub basis: Text,
}

/// The year that is looked at, and the day as of which.
#[derive(Debug, Clone, Copy)]
pub struct AsOf {
    /// Budget year of the clocks.
    pub year: i32,
    /// The day.
    pub day: Date,
}

/// Looks at everything.
pub fn check(journal: &Journal, balances: &Balances, book: &Opened, rules: &Rules, as_of: AsOf) -> Vec<Found> {
    let mut found = Vec::new();
    let lines = journal.lines(balances);
    for (key, entries) in &lines {
        let line = line_name(&book.name(Dimension::Fund, &key.0), key.1, &key.2, book);
        let kind = book.fund(&key.0).map_or(FundKind::General, |fund| fund.kind);
        if key.1 == as_of.year {
            let clocks = rules.clock.iter().filter(|clock| clock.is_for(&key.0, kind));
            for clock in clocks {
                late(clock, (key, entries), (&line, book), (rules, as_of), &mut found);
            }
        }
        let flows = rules.flow.iter().filter(|flow| flow.fund.as_deref().is_none_or(|fund| fund == key.0));
        for flow in flows {
            held(flow, entries, &line, (rules, as_of), &mut found);
        }
        aged((key, entries), &line, (rules, as_of), &mut found);
        found.extend(out_of_order(entries, &line));
    }
    ratios(&lines, book, (rules, as_of), &mut found);
    found.extend(journal.never.iter().map(|marked| of_marked(marked, "never", "fund.found_never", book)));
    found.extend(journal.twice.iter().map(|marked| of_marked(marked, "twice", "fund.found_twice", book)));
    found
}

/// The last day of a clock for a fund and budget year; `None` where its trigger has not happened.
fn due(clock: &Clock, (fund, year): (&str, i32), book: &Opened, rules: &Rules) -> Option<Date> {
    if let Some(by) = &clock.by {
        return Clock::day(by, year + clock.years);
    }
    let trigger = clock.after.as_deref()?;
    let of = |own: bool| {
        let mut days = book.book.days.iter().filter(|day| day.trigger == trigger && day.year == year);
        days.find(|day| if own { day.fund == fund } else { day.fund.is_empty() }).map(|day| day.date)
    };
    rules.days_after(of(true).or_else(|| of(false))?, clock.days?, clock.working)
}

/// What a share of money comes to, in whole 分: the least that is not below it.
fn at_least(fen: i64, clock: &Clock) -> i64 {
    let Some(percent) = clock.share else { return fen };
    let exact = percent.0.exact() * Exact::from_integer(fen.into()) / Exact::from_integer(100.into());
    ecocomp_ground::units::ceil_fen(&exact).unwrap_or(fen)
}

fn late(
    clock: &Clock,
    (key, entries): (&Key, &[Entry]),
    (line, book): (&Text, &Opened),
    (rules, as_of): (&Rules, AsOf),
    found: &mut Vec<Found>,
) {
    let Some(due) = due(clock, (&key.0, key.1), book, rules) else { return };
    if as_of.day <= due {
        return;
    }
    let mut sums = until(entries, due);
    // An advance is measured against what the year is to have, which is planned later; a plan that itself came too late, by its first day.
    let budgets = entries.iter().filter(|entry| entry.kind == Kind::Budget && entry.date <= as_of.day);
    let first = budgets.map(|entry| entry.date).min().unwrap_or(due);
    let planned =
        if clock.years < 0 { until(entries, as_of.day).planned() } else { until(entries, due.max(first)).planned() };
    let wanted = at_least(planned, clock);
    let come = |sums: &crate::sums::Sums| if clock.kind == Kind::Pay { sums.paid() } else { sums.of(clock.kind) };
    let make = |fen: i64, days: i32, code: &'static str| Found {
        rule: clock.id.clone(),
        name: clock.name.clone(),
        line: line.clone(),
        fen,
        due: Some(due),
        days: Some(days),
        note: Some(Phrase::new(code).text()),
        basis: clock.basis.clone(),
    };
    let mut missing = wanted - come(&sums);
    for entry in entries.iter().filter(|entry| entry.date > due && entry.date <= as_of.day) {
        if missing <= 0 {
            return;
        }
        let before = come(&sums);
        let _ = sums.put(entry.kind, entry.fen);
        let more = (come(&sums) - before).min(missing);
        if more > 0 {
            found.push(make(more, entry.date.since(due), "fund.found_done_late"));
            missing -= more;
        }
    }
    if missing > 0 {
        found.push(make(missing, as_of.day.since(due), "fund.found_not_done"));
    }
}

/// Money that came to one stage and did not go on in time, the oldest first.
fn held(flow: &Flow, entries: &[Entry], line: &Text, (rules, as_of): (&Rules, AsOf), found: &mut Vec<Found>) {
    let sums = until(entries, as_of.day);
    let gone = sums.of(flow.to) + if flow.from == Kind::Pay { sums.of(Kind::Return) } else { 0 };
    let gone = if flow.to == Kind::Pay { sums.paid() } else { gone };
    let mut left = gone + sums.of(Kind::Surplus).max(sums.of(Kind::Recover)).min(0);
    for entry in entries.iter().filter(|entry| entry.kind == flow.from && entry.date <= as_of.day && entry.fen > 0) {
        let stays = (entry.fen - left.max(0)).max(0);
        left -= entry.fen - stays;
        let Some(due) = rules.days_after(entry.date, flow.days, flow.working) else { continue };
        if stays > 0 && as_of.day > due {
            found.push(Found {
                rule: flow.id.clone(),
                name: flow.name.clone(),
                line: line.clone(),
                fen: stays,
                due: Some(due),
                days: Some(as_of.day.since(due)),
                note: None,
                basis: flow.basis.clone(),
            });
        }
    }
}

/// Money above its age that is neither surplus nor taken back.
fn aged((key, entries): (&Key, &[Entry]), line: &Text, (rules, as_of): (&Rules, AsOf), found: &mut Vec<Found>) {
    let Some(age) = rules.age_of(&key.0) else { return };
    let Some(end) = Date::end_of(key.1 + age.years) else { return };
    let usable = until(entries, as_of.day).usable();
    if as_of.day > end && usable > 0 {
        found.push(Found {
            rule: age.id.clone(),
            name: age.name.clone(),
            line: line.clone(),
            fen: usable,
            due: Some(end),
            days: Some(as_of.day.since(end)),
            note: None,
            basis: age.basis.clone(),
        });
    }
}

/// The first day on which more was spent, paid or released than there was by then, however it was posted later.
fn out_of_order(entries: &[Entry], line: &Text) -> Option<Found> {
    let mut sums = crate::sums::Sums::default();
    let mut rest = entries;
    while let Some(first) = rest.first() {
        let day = first.date;
        let count = rest.iter().take_while(|entry| entry.date == day).count();
        let (of_day, later) = rest.split_at(count);
        for entry in of_day {
            let _ = sums.put(entry.kind, entry.fen);
        }
        if let Some(phrase) = sums.broken() {
            return Some(Found {
                rule: "order".to_owned(),
                name: Phrase::new("fund.found_order").text(),
                line: line.clone(),
                fen: of_day.iter().map(|entry| entry.fen).sum(),
                due: Some(day),
                days: None,
                note: Some(phrase.text()),
                basis: Phrase::new("fund.basis_order").text(),
            });
        }
        rest = later;
    }
    None
}

fn ratios(lines: &BTreeMap<Key, Vec<Entry>>, book: &Opened, (rules, as_of): (&Rules, AsOf), found: &mut Vec<Found>) {
    for rule in &rules.ratio {
        for fund in book.book.funds.iter().filter(|fund| rule.fund.as_deref().is_none_or(|own| own == fund.id)) {
            let of_year = |kind: Kind| -> i64 {
                let of_fund = lines.iter().filter(|((id, ..), _)| *id == fund.id).flat_map(|(_, entries)| entries);
                let of_kind = of_fund.filter(|entry| entry.kind == kind && entry.date.year() == as_of.year);
                of_kind.filter(|entry| entry.date <= as_of.day).map(|entry| entry.fen).sum()
            };
            let (above, below) = (of_year(rule.of), of_year(rule.to));
            let most = rule.most.0.exact() * Exact::from_integer(below.into()) / Exact::from_integer(100.into());
            let excess = above - ecocomp_ground::units::floor_fen(&most).unwrap_or(i64::MAX);
            if excess > 0 {
                let is = share(above, below).map_or_else(|| "—".to_owned(), |share| per_cent(&share));
                let note = Phrase::new("fund.found_ratio").with("is", is).with("most", rule.most.0.to_string());
                found.push(Found {
                    rule: rule.id.clone(),
                    name: rule.name.clone(),
                    line: fund.name.clone(),
                    fen: excess,
                    due: None,
                    days: None,
                    note: Some(note.text()),
                    basis: rule.basis.clone(),
                });
            }
        }
    }
}

fn of_marked(marked: &Marked, rule: &str, code: &'static str, book: &Opened) -> Found {
    let Event { fund, year, area, ecosystem, channel, project, .. } = &marked.event;
    let within = [area, ecosystem, channel, project].map(Clone::clone);
    let at = format!("{}-{}", marked.at.0, marked.at.1);
    let basis = if rule == "never" { "fund.basis_never" } else { "fund.basis_twice" };
    Found {
        rule: rule.to_owned(),
        name: Phrase::new(code).text(),
        line: line_name(&book.name(Dimension::Fund, fund), *year, &within, book),
        fen: marked.event.fen,
        due: Some(marked.event.date),
        days: None,
        note: Some(Phrase::new("fund.found_marked").with("at", at).with("why", &marked.why).text()),
        basis: Phrase::new(basis).text(),
    }
}

/// The table of what was found.
pub fn sheet(found: &[Found], book: &Opened, as_of: AsOf) -> Sheet {
    let say = |code: &'static str| Phrase::new(code).text();
    let mut sheet = Sheet::new(Phrase::new("fund.check_title").with("book", book.book.name.clone()).text());
    let note = Phrase::new("fund.check_note")
        .with("year", as_of.year.to_string())
        .with("day", as_of.day.to_string())
        .with("count", found.len().to_string());
    sheet.notes.push(note.text());
    sheet.mark(book.book.illustrative);
    sheet.column("rule", say("fund.rule"), Holds::Text);
    sheet.column("what", say("fund.what"), Holds::Text);
    sheet.column("line", say("fund.budget_line"), Holds::Text);
    sheet.column("fen", say("fund.amount"), Holds::Fen);
    sheet.column("due", say("fund.due"), Holds::Text);
    sheet.column("days", say("fund.days_late"), Holds::Number);
    sheet.column("note", say("fund.note"), Holds::Text);
    sheet.column("basis", say("fund.basis"), Holds::Text);
    let text = |text: &Option<Text>| text.clone().map_or(Cell::Blank, Cell::Text);
    for one in found {
        sheet.rows.push(vec![
            Cell::same(&one.rule),
            Cell::Text(one.name.clone()),
            Cell::Text(one.line.clone()),
            Cell::Fen(one.fen),
            one.due.map_or(Cell::Blank, Cell::same),
            one.days.map_or(Cell::Blank, |days| Cell::Number(days.to_string())),
            text(&one.note),
            Cell::Text(one.basis.clone()),
        ]);
    }
    sheet
}
