//! Published and derived cases: the inputs as they are printed, what was printed of them, and what follows.

use ecocomp_ledger::event::Kind;
use ecocomp_ledger::sums::{Sums, per_cent, share};

fn sums(parts: &[(Kind, i64)]) -> Sums {
    let mut sums = Sums::default();
    for (kind, fen) in parts {
        assert!(sums.put(*kind, *fen));
    }
    sums
}

/// 雅安市名山区林业局, 2024年度林业草原改革发展资金绩效评价表: A 52.8, B 0, D 52.8, E 30.8 万元.
#[test]
fn arrival_and_execution_of_a_form() {
    let wan = 1_000_000;
    let part = |tenths: i64| tenths * wan / 10;
    let form = sums(&[
        (Kind::Budget, part(528)),
        (Kind::Release, part(528)),
        (Kind::Pay, part(528)),
        (Kind::Spend, part(308)),
    ]);
    assert_eq!(form.planned(), part(528));
    assert_eq!(form.arrival().map(|share| per_cent(&share)), Some("100.00".into()));
    assert_eq!(form.execution().map(|share| per_cent(&share)), Some("58.33".into()));
    // Money pooled away is no part of what has to be spent.
    let pooled = sums(&[
        (Kind::Budget, part(1000)),
        (Kind::Pool, part(400)),
        (Kind::Release, part(600)),
        (Kind::Pay, part(600)),
        (Kind::Spend, part(300)),
    ]);
    assert_eq!(pooled.execution().map(|share| per_cent(&share)), Some("50.00".into()));
}

/// 审计署 2007-05-16: 8007, 2249, 2978, 280 of 49.3 亿元; printed 1.3 亿元 and 2.7 %, which were cut.
#[test]
fn a_headline_that_was_cut() {
    let parts = [8007, 2249, 2978, 280];
    let sum: i64 = parts.iter().sum();
    assert_eq!(sum, 13_514);
    assert_eq!(share(sum, 493_000).map(|share| per_cent(&share)), Some("2.74".into()));
    assert_eq!(share(13_000, 493_000).map(|share| per_cent(&share)), Some("2.64".into()));
}

/// 旺苍县 2018-12-20: 3899.86 released, 2928.99 spent, 3.39 + 967.48 left; 1 295 671 亩 at 14.75 元 against 1911.12 万元.
#[test]
fn what_is_left_and_what_a_rate_comes_to() {
    let fund = sums(&[
        (Kind::Budget, 3_899_860_000),
        (Kind::Release, 3_899_860_000),
        (Kind::Pay, 3_899_860_000),
        (Kind::Spend, 2_928_990_000),
    ]);
    assert_eq!(fund.left(), 970_870_000);
    assert_eq!(fund.left(), 3_390_000 + 967_480_000);
    let by_rate: i64 = 1_295_671 * 1475;
    assert_eq!((by_rate, 1_911_120_000 - by_rate), (1_911_114_725, 5_275));
}

/// 福建 2014 (审计署 2015年第32号): 8691 persons at 1.5 万元 released, 9789 万元 spent; carried 3247.5, not 13000 − 9789.
#[test]
fn carried_is_what_was_confirmed_and_no_headline() {
    let released = 8691 * 1_500_000;
    let fund = sums(&[
        (Kind::Budget, released),
        (Kind::Release, released),
        (Kind::Pay, 9_789_000_000),
        (Kind::Spend, 9_789_000_000),
    ]);
    assert_eq!(fund.usable(), 3_247_500_000);
}
