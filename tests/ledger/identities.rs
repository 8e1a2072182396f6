//! Balances against a second reckoning in plain integers, written from the rules in docs/ledger.md alone.

use std::collections::BTreeMap;

use ecocomp_ledger::balance::Balances;
use ecocomp_ledger::event::{Dimension, Event, Kind};
use ecocomp_ledger::state::{Chosen, State};
use proptest::prelude::*;

use crate::common::{book, codes, day, event, post};

const AREAS: [&str; 2] = ["101", "102"];

/// Events of two areas and two budget years, any order, any amounts.
fn events() -> impl Strategy<Value = Vec<Event>> {
    let one = (0_usize..10, 1_i64..500, 0_usize..2, 0_i32..2, 1_u32..=12, any::<bool>());
    prop::collection::vec(one, 1..40).prop_map(|drawn| {
        let make = |(kind, fen, area, year, month, carried): (usize, i64, usize, i32, u32, bool)| {
            let kind = Kind::ALL[kind];
            let budget_year = 2023 + year;
            let year = budget_year + i32::from(carried);
            let mut made = event(&format!("{year}-{month:02}-15"), kind, fen);
            made.year = budget_year;
            made.area = AREAS[area].into();
            // Plans are drawn larger, so that many draws hold.
            made.fen = if matches!(kind, Kind::Budget | Kind::Release) { fen * 20 } else { fen };
            made
        };
        drawn.into_iter().map(make).collect()
    })
}

/// Whether all must hold of these events, by the rules, with i128 and nothing of the ledger's own.
fn holds(events: &[&Event]) -> bool {
    let mut lines: BTreeMap<(i32, &str), BTreeMap<&str, i128>> = BTreeMap::new();
    for event in events {
        *lines.entry((event.year, &event.area)).or_default().entry(event.kind.word()).or_default() +=
            i128::from(event.fen);
    }
    lines.values().all(|sums| {
        let of = |word: &str| sums.get(word).copied().unwrap_or(0);
        let budget = of("预算") + of("调整") - of("统筹");
        let out = of("拨付") - of("退回");
        let taken = of("结余").max(of("收回"));
        budget >= 0
            && of("下达") <= budget
            && (0..=of("下达")).contains(&out)
            && of("支出") <= out
            && out + of("收回") <= budget
            && of("支出") + taken <= budget
    })
}

proptest! {
    #[test]
    fn a_batch_is_posted_where_everything_holds_and_only_there(events in events()) {
        let all: Vec<&Event> = events.iter().collect();
        let posted = post(&book(), &Balances::default(), &events);
        prop_assert_eq!(posted.is_ok(), holds(&all), "{:?}", posted.err().map(|found| found.to_string()));
    }

    #[test]
    fn a_list_in_parts_comes_to_the_same(events in events(), cut in 0_usize..40) {
        let book = book();
        let cut = cut.min(events.len());
        let (first, second) = events.split_at(cut);
        let mut one = State::new(vec![Dimension::Year, Dimension::Area], Chosen::default());
        events.iter().for_each(|event| one.add(event));
        let mut other = State::new(vec![Dimension::Year, Dimension::Area], Chosen::default());
        second.iter().chain(first).for_each(|event| other.add(event));
        prop_assert_eq!(one.groups(), other.groups());
        prop_assert_eq!(one.sheet(&book).unwrap(), other.sheet(&book).unwrap());
        if !first.is_empty() && !second.is_empty() {
            let whole = post(&book, &Balances::default(), &events);
            let parts = post(&book, &Balances::default(), first)
                .and_then(|(_, _, balances)| post(&book, &balances, second));
            if let (Ok((_, _, whole)), Ok((_, _, parts))) = (&whole, &parts) {
                prop_assert_eq!(whole.lines(), parts.lines());
            }
            // What holds in parts holds as a whole.
            prop_assert!(parts.is_err() || whole.is_ok());
        }
    }

    #[test]
    fn sums_by_any_dimension_add_up_to_all(events in events(), by in 0_usize..9, month in 1_u32..=12) {
        let until = day(&format!("2024-{month:02}-20"));
        let chosen = Chosen { until: Some(until), ..Chosen::default() };
        let mut state = State::new(vec![Dimension::ALL[by]], chosen);
        events.iter().for_each(|event| state.add(event));
        for kind in Kind::ALL {
            let sum: i64 = state.groups().values().map(|sums| sums.of(kind)).sum();
            let plain: i64 = events.iter().filter(|event| event.kind == kind && event.date <= until).map(|event| event.fen).sum();
            prop_assert_eq!((sum, state.total().of(kind)), (plain, plain));
        }
    }
}

fn refused(events: &[Event]) -> String {
    let found = post(&book(), &Balances::default(), events).unwrap_err();
    found.to_string()
}

#[test]
fn what_must_not_be_is_refused_with_its_reason() {
    let budget = event("2024-01-10", Kind::Budget, 10_000);
    let released = event("2024-02-10", Kind::Release, 8_000);
    let paid = event("2024-03-10", Kind::Pay, 6_000);
    let base = [budget.clone(), released.clone(), paid.clone()];
    let with = |more: Event| [base.as_slice(), &[more]].concat();
    assert!(refused(&with(event("2024-04-01", Kind::Pay, 2_001))).contains("above the 80.00 yuan released"));
    assert!(refused(&with(event("2024-04-01", Kind::Release, 2_001))).contains("above the budget of 100.00"));
    assert!(refused(&with(event("2024-04-01", Kind::Spend, 6_001))).contains("above the 60.00 yuan paid"));
    assert!(refused(&with(event("2024-04-01", Kind::Recover, 4_001))).contains("what was paid has to come back first"));
    assert!(
        refused(&[event("2024-04-01", Kind::Pay, 1)]).contains("without a budget")
            || refused(&[event("2024-04-01", Kind::Release, 1)]).contains("without a budget")
    );
    let mut other = event("2024-01-10", Kind::Budget, 5);
    other.ecosystem = "forest".into();
    assert!(refused(&with(other)).contains("is told apart by"));
    let mut nowhere = paid.clone();
    nowhere.area.clear();
    assert!(refused(&with(nowhere)).contains("names none"));
    let mut silent = event("2024-04-01", Kind::Adjust, -500);
    silent.reason.clear();
    assert!(refused(&with(silent)).contains("without a reason"));
    let mut wrong_use = event("2024-01-10", Kind::Budget, 5);
    wrong_use.fund = "water".into();
    wrong_use.ecosystem = "forest".into();
    assert!(refused(&[wrong_use]).contains("can only be water source, wetland"));
    let early = event("2021-12-31", Kind::Budget, 5);
    assert!(refused(&[early]).contains("before the first year"));
    assert!(post(&book(), &Balances::default(), &with(event("2024-04-01", Kind::Recover, 4_000))).is_ok());
}

#[test]
fn a_correction_takes_back_and_no_more() {
    let book = book();
    let base = [
        event("2024-01-10", Kind::Budget, 10_000),
        event("2024-01-11", Kind::Release, 10_000),
        event("2024-01-12", Kind::Pay, 4_000),
    ];
    let (_, _, balances) = post(&book, &Balances::default(), &base).unwrap();
    assert!(post(&book, &balances, &[event("2024-01-13", Kind::Pay, -4_000)]).is_ok());
    let found = post(&book, &balances, &[event("2024-01-13", Kind::Pay, -4_001)]).unwrap_err();
    assert_eq!(codes(&found), ["fund.line"]);
}
