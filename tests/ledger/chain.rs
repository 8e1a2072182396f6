//! The chain of batches: what was posted reads back, and any change is seen.

use ecocomp_ground::finding::Finding;
use ecocomp_ledger::balance::Balances;
use ecocomp_ledger::batch::{self, Seal};
use ecocomp_ledger::event::{Event, Kind};
use proptest::prelude::*;

use crate::common::{book, codes, event, post};

fn read(bytes: &[u8], last: Option<&Seal>) -> Result<(Vec<Event>, Seal), Finding> {
    let mut events = Vec::new();
    let seal = batch::read("00000001.jsonl", bytes, last, &mut |event, _| {
        events.push(event);
        Ok(())
    })?;
    Ok((events, seal))
}

fn two() -> ([Vec<Event>; 2], [Vec<u8>; 2], Balances) {
    let book = book();
    let first = vec![event("2024-01-10", Kind::Budget, 10_000), event("2024-01-11", Kind::Release, 9_000)];
    let second = vec![event("2024-02-10", Kind::Pay, 5_000)];
    let (one, _, balances) = post(&book, &Balances::default(), &first).unwrap();
    let (two, _, balances) = post(&book, &balances, &second).unwrap();
    ([first, second], [one, two], balances)
}

#[test]
fn what_was_posted_reads_back() {
    let ([first, second], [one, two], balances) = two();
    let (events, seal) = read(&one, None).unwrap();
    assert_eq!(events, first);
    let (events, seal) = read(&two, Some(&seal)).unwrap();
    assert_eq!(events, second);
    assert_eq!(balances.last, Some(seal));
}

#[test]
fn batches_do_not_stand_for_one_another() {
    let (_, [one, two], _) = two();
    let (_, seal) = read(&one, None).unwrap();
    assert_eq!(read(&two, None).unwrap_err().code(), "fund.broken_chain");
    assert_eq!(read(&one, Some(&seal)).unwrap_err().code(), "fund.broken_chain");
}

#[test]
fn the_same_events_are_recognised() {
    let (_, _, balances) = two();
    let again = [event("2024-02-10", Kind::Pay, 5_000)];
    assert_eq!(codes(&post(&book(), &balances, &again).unwrap_err()), ["fund.line"]);
    let more = [event("2024-02-10", Kind::Pay, 1_000)];
    let (_, _, balances) = post(&book(), &balances, &more).unwrap();
    assert_eq!(codes(&post(&book(), &balances, &more).unwrap_err()), ["fund.same_file"]);
}

proptest! {
    #[test]
    fn no_byte_can_be_changed_unseen(at in 0_usize..2_000, to in any::<u8>()) {
        let (_, [one, _], _) = two();
        let mut changed = one.clone();
        let at = at % changed.len();
        changed[at] = to;
        if let Ok((_, seal)) = read(&changed, None) {
            // Only what means the same: the byte itself.
            let (_, proper) = read(&one, None).unwrap();
            prop_assert_eq!(seal, proper);
        }
    }

    #[test]
    fn no_line_can_be_cut_off(keep in 0_usize..2_000) {
        let (_, [one, _], _) = two();
        let keep = keep % one.len();
        prop_assert!(read(&one[..keep], None).is_err());
    }
}
