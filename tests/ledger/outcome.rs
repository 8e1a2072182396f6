//! Outcome and next year: published and derived cases, closing to the 分, and the scenario that the allocator reads.

use std::collections::BTreeMap;

use ecocomp_ground::units::{Decimal, Exact, ratio};
use ecocomp_ledger::event::Kind;
use ecocomp_ledger::outcome::{
    self, Fact, OutcomeRules, Scored, acts, adjust, credit_score, evaluate, facts, grade, multiplier,
};
use ecocomp_ledger::sums::Sums;
use proptest::prelude::*;

use crate::common::{book, codes, day};

const SHIPPED: &str = include_str!("../../datasets/ledger/chongming/outcome.toml");

fn shipped() -> OutcomeRules {
    OutcomeRules::read(SHIPPED, "outcome.toml").unwrap()
}

fn number(text: &str) -> Decimal {
    Decimal::parse(text).unwrap()
}

fn sums(budget: i64, spent: i64) -> Sums {
    let mut sums = Sums::default();
    for (kind, fen) in [(Kind::Budget, budget), (Kind::Release, budget), (Kind::Pay, budget), (Kind::Spend, spent)] {
        assert!(sums.put(kind, fen));
    }
    sums
}

fn read(table: &str) -> BTreeMap<String, Fact> {
    facts("scores.csv", table.as_bytes(), &book()).unwrap()
}

/// 梁平 2022: 79.27 % of 10 points are 7.93, with 90 other points 97.93: 优.
#[test]
fn points_of_execution_and_the_grade_of_a_form() {
    let table = "乡镇,产出指标,效益指标,满意度指标\n城桥镇,50,30,10\n";
    let sums = BTreeMap::from([("101".to_owned(), sums(10_000, 7_927))]);
    let mut rules = shipped();
    rules.double = None;
    rules.credit = None;
    let scored = evaluate(&rules, &read(table), &[], &sums, (&book(), day("2024-12-31"))).unwrap();
    assert_eq!((scored[0].items[0], scored[0].score), (number("7.93"), number("97.93")));
    assert_eq!(scored[0].grade.as_ref().unwrap().name.zh, "优");
    // A poor execution costs two points only: the multiplier hardly moves.
    assert_eq!(scored[0].multiplier(), ratio(11_793, 10_000));
}

#[test]
fn grades_at_their_edges() {
    let rules = shipped();
    let of = |score: &str| grade(&rules.band, number(score)).unwrap().name.zh.clone();
    let seen = ["90", "89.99", "80", "79.5", "60", "59.99", "100", "0"].map(of);
    assert_eq!(seen, ["优", "良", "良", "中", "中", "差", "优", "差"]);
}

/// 雾溪乡 2020: 6 × 1 + 8 − 2 − 2 × 3 = 6 points.
#[test]
fn points_of_credit_their_validity_and_repair() {
    let mut credit = shipped().credit.unwrap();
    let points = [("垃圾分类", "1"), ("标准化试点 市级", "8"), ("门前三包不到位", "-2"), ("乱排污", "-3")];
    let rules: String =
        points.iter().map(|(name, points)| format!("{{ name = \"{name}\", points = \"{points}\" }},")).collect();
    let text = format!("[credit]\nstart = \"0\"\nact = [{rules}]\nband = []\nbasis = {{ zh = \"示\", en = \"e\" }}\n");
    let village = OutcomeRules::read(&text, "o.toml").unwrap().credit.unwrap();
    let table = "主体,事件,日期,次数\n城桥镇,垃圾分类,2020-04-01,6\n城桥镇,标准化试点 市级,2020-04-02,1\n城桥镇,门前三包不到位,2020-04-03,1\n城桥镇,乱排污,2020-04-03,2\n";
    let read = |table: &str| acts("acts.csv", table.as_bytes(), &book()).unwrap();
    assert_eq!(credit_score(&village, &read(table), "101", day("2020-04-30")), Ok(number("6")));
    // Start 9; an act of 3 points counts half a year, and not once it is repaired; not before it happened either.
    credit.start = ecocomp_ledger::damage::Number(number("9"));
    let acts = read("主体,事件,日期,修复日期\n城桥镇,乱排污,2025-01-10,\n堡镇,乱排污,2025-01-10,2025-03-01\n");
    let score = |who: &str, on: &str| credit_score(&credit, &acts, who, day(on)).unwrap();
    assert_eq!(
        [
            score("101", "2025-01-09"),
            score("101", "2025-01-10"),
            score("101", "2025-07-12"),
            score("101", "2025-07-13")
        ],
        ["9", "6", "6", "9"].map(number)
    );
    assert_eq!([score("102", "2025-02-28"), score("102", "2025-03-01")], ["6", "9"].map(number));
    let unknown = read("主体,事件,日期\n城桥镇,乱排,2025-01-10\n");
    assert_eq!(credit_score(&credit, &unknown, "101", day("2025-02-01")).unwrap_err().code(), "damage.unknown");
}

fn change_rules(reward: &str, pot: &str) -> OutcomeRules {
    let text = format!(
        "{pot}\nfund = \"eco\"\n[[money]]\nkind = \"change\"\ncut = \"5\"\nreward = \"{reward}\"\nbasis = {{ zh = \"示\", en = \"e\" }}\n"
    );
    OutcomeRules::read(&text, "o.toml").unwrap()
}

fn scored(table: &str) -> Vec<Scored> {
    let rules = OutcomeRules::default();
    evaluate(&rules, &read(table), &[], &BTreeMap::new(), (&book(), day("2024-12-31"))).unwrap()
}

/// 江西: 12 000 万 worse −600, 8 000 better +1 000, same 0; 600 of the reward come from the cut and 400 from the pot.
#[test]
fn cuts_feed_rewards_and_the_rest_comes_from_the_pot() {
    let wan = 1_000_000;
    let all = scored("乡镇,质量变化\n城桥镇,变差\n堡镇,变好\n");
    let sums = BTreeMap::from([("101".to_owned(), sums(12_000 * wan, 0)), ("102".to_owned(), sums(8_000 * wan, 0))]);
    let (made, closing) = adjust(&change_rules("1000 万元", ""), &all, &sums, &BTreeMap::new());
    let seen: Vec<(&str, i64)> = made.iter().map(|one| (one.area.as_str(), one.fen / wan)).collect();
    assert_eq!(seen, [("101", -600), ("102", 1_000)]);
    assert_eq!((closing.from_cuts / wan, closing.from_pot / wan, closing.to_pot), (600, 400, 0));
    // A pot of 300 万: the reward is 900 then, and it closes.
    let (made, closing) = adjust(&change_rules("1000 万元", "pot = \"300 万元\""), &all, &sums, &BTreeMap::new());
    assert_eq!((made[1].fen / wan, closing.scaled / wan, closing.from_pot / wan), (900, 100, 300));
}

/// 浙江 2017: the mean falls 3.5; −5.0 earns 400, −2.0 100, +1.5 costs 150 万元.
#[test]
fn money_by_points_with_a_kink_at_the_mean() {
    let text = "[[money]]\nkind = \"pieces\"\nmeasure = \"measure\"\nmean_fall = \"3.5\"\nfall = \"50 万元\"\nbeyond = \"100 万元\"\nrise = \"-100 万元\"\nbasis = { zh = \"示\", en = \"e\" }\n";
    let rules = OutcomeRules::read(text, "o.toml").unwrap();
    let of = |change: &str| {
        let all = scored(&format!("乡镇,指标变化\n城桥镇,{change}\n"));
        let had = BTreeMap::from([("101".to_owned(), sums(1_000_000_000, 0))]);
        adjust(&rules, &all, &had, &BTreeMap::new()).0[0].fen / 1_000_000
    };
    assert_eq!(["-5.0", "-2.0", "1.5"].map(of), [400, 100, -150]);
}

#[test]
fn unspent_money_that_grew_and_scores_below_the_full() {
    let text = "[[money]]\nkind = \"surplus\"\nshare = \"30\"\nbasis = { zh = \"示\", en = \"e\" }\n";
    let rules = OutcomeRules::read(text, "o.toml").unwrap();
    let all = scored("乡镇,质量变化\n城桥镇,不变\n");
    let of = |sums| BTreeMap::from([("101".to_owned(), sums)]);
    let (made, _) = adjust(&rules, &all, &of(sums(1_000, 700)), &of(sums(1_000, 900)));
    assert_eq!(made[0].fen, -60);
    assert!(adjust(&rules, &all, &of(sums(1_000, 900)), &of(sums(1_000, 700))).0.is_empty());
}

#[test]
fn a_negative_list_has_the_multiplier_nought() {
    let mut all = scored("乡镇,质量变化\n城桥镇,不变\n");
    let mut band = shipped().band.remove(0);
    band.excluded = true;
    all[0].credit = Some((number("-5"), Some(band)));
    assert_eq!(all[0].multiplier(), Exact::from_integer(0.into()));
}

#[test]
fn rules_and_facts_that_are_wrong_are_refused() {
    let wrong =
        |from: &str, to: &str| codes(&OutcomeRules::read(&SHIPPED.replacen(from, to, 1), "o.toml").unwrap_err());
    assert_eq!(wrong("weight = \"10\"", "weight = \"11\""), ["outcome.weights"]);
    assert_eq!(wrong("score = \"60\"", "score = \"81\""), ["outcome.not_rising"]);
    assert_eq!(wrong("least = \"90\"", "least = \"70\""), ["outcome.bands"]);
    let of = |table: &str| codes(&facts("s.csv", table.as_bytes(), &book()).unwrap_err());
    assert_eq!(of("乡镇,质量变化\n城桥镇,更好\n"), ["outcome.change"]);
    assert_eq!(of("乡镇,产出指标\n城桥,1\n"), ["fund.unknown_code"]);
    assert_eq!(of("乡镇,产出指标\n城桥镇,1\n城桥镇,2\n"), ["fund.twice"]);
    let table = read("乡镇,产出指标,效益指标\n城桥镇,51,30\n");
    let found = evaluate(&shipped(), &table, &[], &BTreeMap::new(), (&book(), day("2024-12-31"))).unwrap_err();
    assert_eq!(codes(&found), ["outcome.lacks", "outcome.above", "outcome.lacks"]);
}

proptest! {
    /// However the rewards and the pot are drawn: rewards = cuts used + pot used, the pot is not passed, and no area is cut by
    /// more than it has.
    #[test]
    fn the_envelope_closes_to_the_fen(drawn in prop::collection::vec((0_usize..3, 1_i64..1_000_000_000), 2..3), reward in 1_i64..100_000_000, pot in 0_i64..50_000_000) {
        let words = ["变差", "不变", "变好"];
        let rows: String = ["城桥镇", "堡镇"].iter().zip(&drawn).map(|(area, (word, _))| format!("{area},{}\n", words[*word])).collect();
        let all = scored(&format!("乡镇,质量变化\n{rows}"));
        let had: BTreeMap<String, Sums> = ["101", "102"].iter().zip(&drawn).map(|(area, (_, fen))| ((*area).to_owned(), sums(*fen, 0))).collect();
        let yuan = |fen: i64| format!("{}.{:02} 元", fen / 100, fen % 100);
        let rules = change_rules(&yuan(reward), &format!("pot = \"{}\"", yuan(pot)));
        let (made, closing) = adjust(&rules, &all, &had, &BTreeMap::new());
        let plus: i64 = made.iter().map(|one| one.fen.max(0)).sum();
        let minus: i64 = made.iter().map(|one| (-one.fen).max(0)).sum();
        let cuts: i64 = drawn.iter().filter(|(word, _)| *word == 0).map(|(_, fen)| (fen * 5 + 50) / 100).sum();
        let wanted = drawn.iter().filter(|(word, _)| *word == 2).count() as i64 * reward;
        prop_assert_eq!((minus, plus), (cuts, wanted.min(cuts + pot)));
        prop_assert_eq!(closing.from_cuts + closing.from_pot, plus);
        prop_assert_eq!(closing.from_cuts + closing.to_pot, cuts);
        prop_assert!(closing.from_pot <= pot);
        prop_assert_eq!(made.iter().map(|one| one.fen).sum::<i64>(), closing.from_pot - closing.to_pot);
    }

    /// Between two corners as by hand, outside them constant.
    #[test]
    fn a_multiplier_is_piecewise_linear(score in 0_i64..=12_000) {
        let rules = shipped();
        let x = number(&format!("{}.{:02}", score / 100, score % 100));
        let plain = match score {
            ..=6_000 => ratio(7, 10),
            6_001..=8_000 => ratio(7, 10) + ratio(i128::from(score - 6_000) * 3, 20_000),
            8_001..=10_000 => ratio(1, 1) + ratio(i128::from(score - 8_000) * 2, 20_000),
            _ => ratio(12, 10),
        };
        prop_assert_eq!(multiplier(&rules.points, x), plain);
    }
}

#[test]
fn the_scenario_says_what_it_follows_from() {
    let all = scored("乡镇,质量变化\n城桥镇,不变\n");
    let next = outcome::next(
        (2024, "abc", "eco"),
        all,
        &[],
        (Vec::new(), outcome::Closing { from_pot: 12_345, ..Default::default() }),
    );
    let text = outcome::scenario(&next, &change_rules("1 元", ""), &book());
    assert!(text.contains("abc") && text.contains("fund.eco.amount") && text.contains("-124.00 元"), "{text}");
    assert!(text.contains("figure = \"outcome\"\nof = { area = \"101\" }\nop = \"set\"\nvalue = 1\n"), "{text}");
}
