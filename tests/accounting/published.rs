//! The shipped published accounts follow from their inputs, and what does not is told.

use ecocomp::accounting::checks::{Checked, Follows, check};
use ecocomp::accounting::ledger::Chosen;
use ecocomp::accounting::statement::account;

use crate::shelf::shipped;

fn checked(name: &str) -> Checked {
    let book = shipped(name);
    let chosen = Chosen::of(&book, None, None, None).unwrap();
    check(&book, &chosen).unwrap_or_else(|found| panic!("{found}"))
}

fn follows(checked: &Checked, code: &str, what: &str) -> (Follows, String, String) {
    let row = checked.printed.iter().find(|row| row.code == code && format!("{:?}", row.what) == what).unwrap();
    (row.follows, row.printed.clone(), row.recomputed.clone().unwrap())
}

#[test]
fn baiyangdian_follows_to_the_last_digit() {
    let checked = checked("baiyangdian-2011");
    let wrong: Vec<_> = checked.printed.iter().filter(|row| row.follows != Follows::Exactly).collect();
    assert!(wrong.iter().all(|row| row.follows == Follows::WithinRounding), "{wrong:#?}");
    let book = shipped("baiyangdian-2011");
    let chosen = Chosen::of(&book, None, None, None).unwrap();
    let account = account(&book, &chosen, None).unwrap();
    // 3.62 + 1.66804 + 0.49 + 14.9695 + 37400·1.63·12/44·1320 + 4488·10^4... in 分.
    assert_eq!(
        account.total_fen,
        account.rows.iter().filter(|row| !row.is_sum).filter_map(|row| row.value_fen).sum::<i64>()
    );
    assert_eq!(follows(&checked, "GEP", "Value").0, Follows::Exactly);
}

#[test]
fn garze_follows_within_its_rounding_and_its_slips_are_told() {
    let checked = checked("garze-2010");
    let wrong: Vec<_> =
        checked.printed.iter().filter(|row| matches!(row.follows, Follows::No | Follows::Unknown)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let codes: Vec<&str> = checked.remarks.iter().map(|remark| remark.code.as_str()).collect();
    assert!(codes.contains(&"gep.ratio_off"), "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == "gep.emission").count(), 5);
}
