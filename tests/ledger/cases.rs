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

/// 德化县 2024 (泉财建指〔2024〕43号): 306 + 5 + 5 + 15 = 331 万元, under account code 2110302.
#[test]
fn a_release_notice_with_its_total() {
    use ecocomp_ground::finding::FindingLog;
    use ecocomp_ledger::book::Opened;
    use ecocomp_ledger::import::source::csv_rows;
    use ecocomp_ledger::import::{self, Given};
    let book = "name = { zh = \"德化\", en = \"Dehua\" }\nfirst_year = 2024\n[[fund]]\nid = \"river\"\nname = { zh = \"流域补偿\", en = \"river\" }\nkind = \"special\"\n[[code]]\nid = \"2110302\"\nname = { zh = \"水体\", en = \"water bodies\" }\n";
    let book = Opened::read(book, "book.toml").unwrap();
    let list = |total: &str| {
        format!(
            "第二批流域补偿资金安排表\n单位:万元\n项目单位,项目名称,支出功能科目,金额\n县城市管理局,截流管线,2110302 水体,306\n春美乡,养殖清退,2110302 水体,5\n汤头乡,养殖清退,2110302 水体,5\n桂阳乡,养殖清退,2110302 水体,15\n合计,,,{total}\n"
        )
    };
    let given = Given {
        kind: Some(Kind::Release),
        fund: Some("river".into()),
        date: Some(crate::common::day("2024-07-30")),
        ..Given::default()
    };
    let read = |text: String| {
        let mut log = FindingLog::of_tables();
        let mut sum = 0;
        import::read(csv_rows("notice.csv", text.as_bytes()), &book, &given, &mut log, &mut |event, _| {
            assert_eq!(event.code, "2110302");
            sum += event.fen;
            Ok(())
        });
        (sum, log.errors())
    };
    assert_eq!(read(list("331")), (331_000_000, 0));
    assert_eq!(read(list("330")).1, 1);
}

/// 万元 with two decimals, in 分.
fn wan(text: &str) -> i64 {
    ecocomp_ground::units::Money::parse(&format!("{text}万元")).unwrap().fen()
}

/// 崇明区 2018 (shcm.gov.cn 2019-01-15): every printed total agrees; carried 81 400.33 of 3 081 779.32.
#[test]
fn a_district_balance_to_the_hundred() {
    let income: i64 =
        ["837679.21", "1801052.57", "360000", "17061.40", "637.50", "65348.64"].iter().map(|part| wan(part)).sum();
    let spending: i64 = ["2099982.51", "158550.48", "153846", "588000"].iter().map(|part| wan(part)).sum();
    assert_eq!((income, spending), (wan("3081779.32"), wan("3000378.99")));
    assert_eq!(income - spending, wan("81400.33"));
    assert_eq!(wan("153846") - wan("17061.40"), wan("136784.60"));
    assert_eq!(share(wan("1801052.57"), income).map(|share| per_cent(&share)), Some("58.44".into()));
    assert_eq!(share(wan("81400.33"), spending).map(|share| per_cent(&share)), Some("2.71".into()));
}

/// 长兴镇 2022 (shcm.gov.cn 2023-02-24): 5 700 of 180 500 万元 are 生态补偿, a line of the general transfer.
#[test]
fn a_town_with_a_line_of_compensation() {
    let general: i64 = ["143545.90", "10445.60", "6937.00", "9500.00", "5700.00", "3870.00", "101.50", "400.00"]
        .iter()
        .map(|part| wan(part))
        .sum();
    let special = wan("18723.36") + wan("4318.18");
    assert_eq!((general, special), (wan("180500.00"), wan("23041.54")));
    let income = general + special;
    assert_eq!((income, income + wan("4424.15")), (wan("203541.54"), wan("207965.69")));
    assert_eq!(income + wan("4424.15") - wan("193973.49"), wan("13992.20"));
    assert_eq!(income - wan("238960.28"), wan("-35418.74"));
    assert_eq!(share(income - wan("238960.28"), wan("238960.28")).map(|share| per_cent(&share)), Some("-14.82".into()));
    assert_eq!(share(wan("5700"), general).map(|share| per_cent(&share)), Some("3.16".into()));
}

/// 长宁区 2024 (zwgk.shcn.gov.cn 2025-09-05), 亿元: both sides 266.84; 7.83 added to the stabilisation fund.
#[test]
fn a_final_account_on_both_sides() {
    let yi = |parts: &[i64]| parts.iter().sum::<i64>();
    assert_eq!(yi(&[18_097, 3_561, 580, 181, 1_665, 2_600]), 26_684);
    assert_eq!(yi(&[21_364, 1_130, 430, 377, 3_383]), 26_684);
    assert_eq!((3_383 - 2_600, 377 - 181), (783, 196));
}

/// 退耕还林: 500, –, 300, –, 400 元/亩 for 100 亩 of 2024 and 60 of 2025; 新安江: 10 亿 growing by 5.5 and 5.2 %; a fund that
/// carries 420 of 1 000 万 hands on what is above 30 %.
#[test]
fn commitments_growth_and_the_cap_of_a_carry_over() {
    let mut due = std::collections::BTreeMap::<i32, i64>::new();
    for (year, mu) in [(2024, 100), (2025, 60)] {
        for (after, yuan) in [(0, 500), (2, 300), (4, 400)] {
            *due.entry(year + after).or_default() += mu * yuan;
        }
    }
    assert_eq!(due.values().copied().collect::<Vec<_>>(), [50_000, 30_000, 30_000, 18_000, 40_000, 24_000]);
    assert_eq!(due.values().sum::<i64>(), 192_000);
    // 10 → 10.55 → 11.0986 亿, compound; printed nowhere whether on the last total or on 10.
    let (first, second) = (1_000_000_i64 * 1_055 / 1_000, 1_000_000_i64 * 1_055 / 1_000 * 1_052 / 1_000);
    assert_eq!((first, second), (1_055_000, 1_109_860));
    let rules = "[[ratio]]\nid = \"carry_cap\"\nname = { zh = \"结转不超过当年收入百分之三十\", en = \"cap\" }\nof = \"结转\"\nto = \"预算\"\nmost = \"30\"\nbasis = { zh = \"财预〔2015〕15号一(二)\", en = \"b\" }\n";
    let rules = ecocomp_ledger::rules::Rules::read(rules, "r.toml").unwrap();
    let book = crate::common::book();
    let events = [
        crate::common::event("2024-01-10", Kind::Budget, wan("1000")),
        crate::common::event("2024-12-31", Kind::Carry, wan("420")),
    ];
    let (_, _, balances) = crate::common::post(&book, &Default::default(), &events).unwrap();
    let mut journal = ecocomp_ledger::journal::Journal::default();
    events.iter().zip(1..).for_each(|(event, line)| journal.add(event, (1, line), &[]));
    let as_of = ecocomp_ledger::checks::AsOf { year: 2024, day: crate::common::day("2024-12-31") };
    let found = ecocomp_ledger::checks::check(&journal, &balances, &book, &rules, as_of);
    assert_eq!(found.iter().map(|one| (one.rule.as_str(), one.fen)).collect::<Vec<_>>(), [("carry_cap", wan("120"))]);
}

/// Prices, leverage, loans: 象山 2 340.1 t at 106 元 (start 30); green certificates 4.61 → 5.66 → 4.99, a printed share of
/// 55.99 where the rounded parts give 56.09; 山东 8 458 万 for 28.4 亿 at 3 %, which would be 8 520; 开州 100 of 1 809, 川渝 120 of 500; 郑州 4 960 万.
#[test]
fn what_instruments_come_to() {
    assert_eq!(23_401_i64 * 106 * 10, 24_805_060);
    assert_eq!(share(106 - 30, 30).map(|share| per_cent(&share)), Some("253.33".into()));
    let step = |price: i64, percent: i64| (price * (10_000 + percent) + 5_000) / 10_000;
    assert_eq!((step(461, 2_277), step(566, -1_178)), (566, 499));
    assert_eq!(share(152, 271).map(|share| per_cent(&share)), Some("56.09".into()));
    assert_ne!(share(152, 271).map(|share| per_cent(&share)), Some("55.99".into()));
    assert_eq!(share(284_000, 845_800).map(|share| per_cent(&share)), Some("33.58".into()));
    assert_eq!(284_000 * 3 / 100, 8_520);
    assert_ne!(284_000 * 3 / 100, 8_458);
    assert_eq!([(100, 1_809), (120, 500)].map(|(loan, gep)| per_cent(&share(loan, gep).unwrap())), ["5.53", "24.00"]);
    assert_eq!(3_300 + 820 + 840, 4_960);
}

/// 浙江 2020–22: at most 5 000 万 a project and at least 60 per cent green, of 10 000 万: B, D, E, G; without the side rules A, C, E.
#[test]
fn side_rules_change_which_projects_are_chosen() {
    let projects =
        [("A", 5_200, 600, true), ("B", 4_800, 520, true), ("C", 3_000, 340, false), ("D", 2_500, 250, true)];
    let more = [("E", 1_700, 215, false), ("F", 1_200, 110, true), ("G", 900, 95, true)];
    let all: Vec<_> = projects.into_iter().chain(more).collect();
    let best = |rules: bool| {
        let chosen = |set: u32| all.iter().enumerate().filter(move |(at, _)| set & (1 << at) != 0).map(|(_, one)| *one);
        let fits = |set: &u32| {
            let cost: i32 = chosen(*set).map(|one| one.1).sum();
            let green: i32 = chosen(*set).filter(|one| one.3).map(|one| one.1).sum();
            cost <= 10_000 && (!rules || (chosen(*set).all(|one| one.1 <= 5_000) && green * 10 >= cost * 6))
        };
        let of = |set: &u32| (chosen(*set).map(|one| one.2).sum::<i32>(), -chosen(*set).map(|one| one.1).sum::<i32>());
        let set = (0..128_u32).filter(fits).max_by_key(of).unwrap();
        (chosen(set).map(|one| one.0).collect::<String>(), of(&set))
    };
    assert_eq!(best(true), ("BDEG".into(), (1_080, -9_900)));
    assert_eq!(best(false), ("ACE".into(), (1_155, -9_900)));
}
