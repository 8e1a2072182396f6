//! Clocks, ages, closing, settlement and recovery: derived cases, and years of events against a plain reckoning.

use std::collections::BTreeMap;

use ecocomp_ledger::balance::Balances;
use ecocomp_ledger::book::Opened;
use ecocomp_ledger::checks::{AsOf, Found, check};
use ecocomp_ledger::close::{Closed, close, closing, recover};
use ecocomp_ledger::event::{Event, Kind};
use ecocomp_ledger::journal::Journal;
use ecocomp_ledger::rules::Rules;
use ecocomp_ledger::settle;
use proptest::prelude::*;

use crate::common::{BOOK, book, codes, day, event, post};

const LAW: &str = include_str!("../../datasets/ledger/rules/law.toml");

fn law() -> Rules {
    Rules::read(LAW, "law.toml").unwrap()
}

fn approved(date: &str) -> Opened {
    let text = format!("{BOOK}\n[[day]]\ntrigger = \"approval\"\nyear = 2025\ndate = \"{date}\"\n");
    Opened::read(&text, "book.toml").unwrap()
}

fn journal(book: &Opened, events: &[Event]) -> (Journal, Balances) {
    let (_, _, balances) = post(book, &Balances::default(), events).unwrap();
    let mut journal = Journal::default();
    for (event, line) in events.iter().zip(1..) {
        journal.add(event, (1, line), &book.fund(&event.fund).unwrap().never);
    }
    (journal, balances)
}

fn found(book: &Opened, events: &[Event], year: i32, on: &str) -> Vec<Found> {
    let (journal, balances) = journal(book, events);
    check(&journal, &balances, book, &law(), AsOf { year, day: day(on) })
}

fn of<'f>(found: &'f [Found], rule: &str) -> Vec<&'f Found> {
    found.iter().filter(|found| found.rule == rule).collect()
}

fn water(mut event: Event) -> Event {
    event.fund = "water".into();
    event.ecosystem = "water".into();
    event
}

/// Approved 2025-01-10: general until 02-09, special until 03-11; released 02-10 (one day late) and 03-11 (in time).
#[test]
fn legal_days_of_release() {
    let book = approved("2025-01-10");
    let events = [
        event("2025-01-10", Kind::Budget, 1_000),
        event("2025-02-10", Kind::Release, 1_000),
        water(event("2025-01-10", Kind::Budget, 2_000)),
        water(event("2025-03-11", Kind::Release, 2_000)),
    ];
    let found = found(&book, &events, 2025, "2025-12-31");
    let late = of(&found, "release_general");
    assert_eq!(late.len(), 1);
    assert_eq!((late[0].due, late[0].days, late[0].fen), (Some(day("2025-02-09")), Some(1), 1_000));
    assert!(late[0].basis.zh.contains("第五十二条"));
    assert!(of(&found, "release_special").is_empty());
    // Nothing was released before the year: 90 and 70 per cent of what is planned.
    let advance: Vec<i64> = ["advance_general", "advance_special"]
        .iter()
        .map(|rule| of(&found, rule).iter().map(|one| one.fen).sum())
        .collect();
    assert_eq!(advance, [900, 1_400]);
}

#[test]
fn money_on_the_last_day_is_in_time_and_none_yet_is_not_late_before_it() {
    let book = approved("2025-01-10");
    let planned = event("2025-01-10", Kind::Budget, 1_000);
    let early = found(&book, std::slice::from_ref(&planned), 2025, "2025-02-09");
    assert!(of(&early, "release_general").is_empty());
    let after = found(&book, &[planned], 2025, "2025-02-11");
    assert_eq!(of(&after, "release_general")[0].days, Some(2));
}

#[test]
fn working_days_leave_out_weekends_and_holidays() {
    let text = "[[holiday]]\ndate = \"2025-01-28\"\n[[holiday]]\ndate = \"2025-01-26\"\nworking = true\n";
    let rules = Rules::read(text, "r.toml").unwrap();
    // Friday 24th; Saturday no, Sunday 26th is worked on, Monday 27th, Tuesday 28th a holiday, Wednesday 29th.
    assert_eq!(rules.days_after(day("2025-01-24"), 3, true), Some(day("2025-01-29")));
    assert_eq!(rules.days_after(day("2024-02-28"), 2, false), Some(day("2024-03-01")));
}

#[test]
fn what_is_held_back_idle_twice_or_for_what_it_never_is() {
    let book = approved("2025-01-10");
    let mut car = water(event("2025-03-20", Kind::Spend, 70));
    car.reason = "购车款".into();
    let spent = event("2025-04-02", Kind::Spend, 100);
    let events = [
        event("2025-01-10", Kind::Budget, 1_000),
        event("2025-02-01", Kind::Release, 1_000),
        event("2025-04-01", Kind::Pay, 600),
        spent.clone(),
        spent,
        water(event("2025-01-10", Kind::Budget, 100)),
        water(event("2025-02-01", Kind::Release, 100)),
        water(event("2025-02-02", Kind::Pay, 100)),
        car,
    ];
    let found = found(&book, &events, 2025, "2025-12-31");
    // 1000 released, 600 paid; until 05-02.
    assert_eq!(
        of(&found, "held_back").iter().map(|one| (one.fen, one.due)).collect::<Vec<_>>(),
        [(400, Some(day("2025-05-02")))]
    );
    // 600 paid, 200 spent; 100 paid, 70 spent.
    assert_eq!(of(&found, "idle").iter().map(|one| one.fen).sum::<i64>(), 430);
    assert_eq!(of(&found, "twice").iter().map(|one| one.fen).collect::<Vec<_>>(), [100]);
    assert_eq!(of(&found, "never").iter().map(|one| one.fen).collect::<Vec<_>>(), [70]);
    let (_, balances) = journal(&book, &events);
    let due = recover(&balances, &found, &book, &law());
    let diverted = due.iter().find(|due| due.rule.on == "never").unwrap();
    assert_eq!((diverted.back, diverted.fine), (70, Some((7, 21))));
}

#[test]
fn posted_in_any_order_but_not_in_the_order_of_days_is_found() {
    let book = approved("2025-01-10");
    let events = [event("2025-05-10", Kind::Budget, 1_000), event("2025-02-01", Kind::Release, 1_000)];
    let found = found(&book, &events, 2025, "2025-12-31");
    assert_eq!(of(&found, "order").iter().map(|one| one.due).collect::<Vec<_>>(), [Some(day("2025-02-01"))]);
}

fn dated(date: &str, kind: Kind, fen: i64, year: i32) -> Event {
    Event { year, ..event(date, kind, fen) }
}

/// 100.00 in 2022, 60.00 spent, 25.00 spent in 2023: carried 40.00, then 15.00 is surplus and nothing is carried.
/// A change of use in 2023 does not begin a new age: the budget year stays 2022.
#[test]
fn the_age_of_carry_over_counts_from_the_budget_year() {
    let book = book();
    let mut events = vec![
        event("2022-01-10", Kind::Budget, 10_000),
        event("2022-01-11", Kind::Release, 10_000),
        event("2022-01-12", Kind::Pay, 10_000),
        event("2022-06-01", Kind::Spend, 6_000),
    ];
    let (journal_2022, balances) = journal(&book, &events);
    let (made, closed) = close(&journal_2022, &balances, &book, &law(), 2022).unwrap();
    assert_eq!((closed[0].carried, closed[0].surplus), (4_000, 0));
    assert_eq!(made.iter().map(|event| (event.kind, event.fen)).collect::<Vec<_>>(), [(Kind::Carry, 4_000)]);
    events.extend(made);
    events.extend([
        dated("2023-06-01", Kind::Adjust, -1_500, 2022),
        dated("2023-06-01", Kind::Adjust, 1_500, 2022),
        dated("2023-07-01", Kind::Spend, 2_500, 2022),
    ]);
    let (journal_2023, balances) = journal(&book, &events);
    let (made, closed) = closing(&journal_2023, &balances, &book, &law(), 2023).unwrap();
    assert_eq!((closed[0].opening, closed[0].spent, closed[0].carried, closed[0].surplus), (4_000, 2_500, 0, 1_500));
    assert_eq!(made.iter().map(|event| (event.kind, event.fen)).collect::<Vec<_>>(), [(Kind::Surplus, 1_500)]);
    assert!(closed[0].adds_up());
    // Once it is posted the table says the same, and the surplus has to be taken back.
    events.extend(made);
    let (journal_2023, balances) = journal(&book, &events);
    assert_eq!(closing(&journal_2023, &balances, &book, &law(), 2023).unwrap().1, closed);
    let due = recover(&balances, &[], &book, &law());
    assert_eq!(due.iter().map(|due| (due.rule.id.as_str(), due.back)).collect::<Vec<_>>(), [("surplus_back", 1_500)]);
}

#[test]
fn years_are_closed_in_order_and_stay_closed() {
    let book = book();
    let events = [event("2022-01-10", Kind::Budget, 100)];
    let (kept, balances) = journal(&book, &events);
    assert_eq!(codes(&close(&kept, &balances, &book, &law(), 2023).unwrap_err()), ["fund.close_order"]);
    assert_eq!(codes(&close(&kept, &balances, &book, &Rules::default(), 2022).unwrap_err()), ["fund.no_age"]);
}

#[test]
fn an_advance_is_settled_against_what_was_earned() {
    let book = book();
    let other = |mut event: Event| {
        event.area = "102".into();
        event
    };
    let events = [
        event("2024-01-10", Kind::Budget, 900),
        event("2024-01-11", Kind::Release, 900),
        event("2024-01-12", Kind::Pay, 500),
        other(event("2024-01-10", Kind::Budget, 700)),
    ];
    let (_, balances) = journal(&book, &events);
    let earned = [event("2024-12-31", Kind::Budget, 600), other(event("2024-12-31", Kind::Budget, 1_000))];
    let settled = settle::settle(&earned, &balances, &book).unwrap();
    assert_eq!(settled.iter().map(settle::Settled::difference).collect::<Vec<_>>(), [-300, 300]);
    let made = settle::events(&settled, &book, day("2025-01-20"), "1号").unwrap();
    let (_, _, after) = post(&book, &balances, &made).unwrap();
    assert_eq!(after.lines().iter().map(|line| line.sums.planned()).collect::<Vec<_>>(), [600, 1_000]);
    // Less than was paid: nothing can be posted before the rest has come back.
    let less = settle::settle(&[event("2024-12-31", Kind::Budget, 450)], &balances, &book).unwrap();
    assert_eq!(less[0].back_first(), 50);
    assert_eq!(codes(&settle::events(&less, &book, day("2025-01-20"), "").unwrap_err()), ["fund.settle_blocked"]);
    let mut unknown = event("2024-12-31", Kind::Budget, 1);
    unknown.fund = "water".into();
    assert_eq!(codes(&settle::settle(&[unknown], &balances, &book).unwrap_err()), ["fund.settle_unknown"]);
}

/// A year of one area and one budget year: what is drawn, then what is left by plain arithmetic.
fn years() -> impl Strategy<Value = Vec<(i32, i64, i64, i64)>> {
    prop::collection::vec((2022_i32..2026, 1_i64..10_000, 0_i64..100, 0_i64..100), 1..5)
}

proptest! {
    /// Budget years with spending in their own and in the next year; the carry and the surplus of each year by hand.
    #[test]
    fn closings_of_random_years_agree_with_plain_arithmetic(drawn in years()) {
        let book = book();
        let mut events = Vec::new();
        let mut budgets: BTreeMap<i32, (i64, i64, i64)> = BTreeMap::new();
        for (year, fen, now, next) in drawn {
            let spent_now = fen * now / 100;
            let spent_next = (fen - spent_now) * next / 100;
            let sums = budgets.entry(year).or_default();
            *sums = (sums.0 + fen, sums.1 + spent_now, sums.2 + spent_next);
            for kind in [Kind::Budget, Kind::Release, Kind::Pay] {
                events.push(dated(&format!("{year}-01-10"), kind, fen, year));
            }
            for (date, spent) in [(format!("{year}-06-01"), spent_now), (format!("{}-06-01", year + 1), spent_next)] {
                if spent > 0 {
                    events.push(dated(&date, Kind::Spend, spent, year));
                }
            }
        }
        for closes in 2022..=2027 {
            let (journal, balances) = journal(&book, &events);
            let (made, closed) = closing(&journal, &balances, &book, &law(), closes).unwrap();
            let by_year: BTreeMap<i32, &Closed> = closed.iter().map(|one| (one.key.1, one)).collect();
            for (year, (fen, now, next)) in &budgets {
                let (carried, surplus) = match closes - year {
                    0 => (fen - now, 0),
                    1 => (0, fen - now - next),
                    _ => (0, 0),
                };
                let seen = by_year.get(year).map_or((0, 0), |one| (one.carried, one.surplus));
                prop_assert_eq!(seen, (carried, surplus), "{} in {}", year, closes);
            }
            prop_assert!(closed.iter().all(Closed::adds_up));
            events.extend(made);
        }
    }
}
