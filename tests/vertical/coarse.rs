//! Rounding coarser than 1 元: bounds with a stated tolerance of one unit, remainders that stay in their fund, and the refusal where
//! neither is written.

use crate::common;
use crate::common::draws::{self, Draw};
use crate::common::world::{Chance, World, solve_text, yuan};
use crate::common::{Folder, MODEL, fen, list};
use proptest::prelude::*;
use serde_json::Value;

const FAIR: &str = "[[objective]]\nkind = \"max_min_coverage\"\n";

const RULES: [Draw; 7] = [
    draws::unit_standard,
    draws::floor_money,
    draws::cap_gep,
    draws::corridor,
    draws::share_of_total,
    draws::per_head,
    draws::linear,
];

proptest! {
    #![proptest_config(ProptestConfig { cases: common::cases(24), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bounds_are_missed_by_a_unit_at_most_and_every_place_is_said(
        areas in 2_usize..6,
        unit in prop_oneof![Just(10_000_i128), Just(100_000)],
        rules in prop::collection::vec(0..RULES.len(), 1..4),
        seed in any::<u64>(),
    ) {
        let mut chance = Chance(seed);
        let world = World::draw(areas, 1, &mut chance);
        let rules: Vec<_> = rules.iter().map(|rule| RULES[*rule](&world, &mut chance)).collect();
        let rules: Vec<_> = rules.iter().collect();
        let exact = world.model(&rules, FAIR);
        let coarse = |more: &str| exact.replace("rounding = \"0.01 元\"", &format!("rounding = {{ unit = \"{} 元\"{more} }}", yuan(unit)));
        let loose = solve_text(&coarse(", tolerance = true, remainder = \"fund\""), world.source());
        let record = match loose {
            Ok(record) => record,
            // A unit can be too coarse even with a tolerance: then it is said, and nothing else is wrong.
            Err(why) => {
                prop_assert!(why.contains("no_rounding") || why.contains("none_found") || why.starts_with("infeasible"), "{}", why);
                return Ok(());
            }
        };
        for cell in list(&record["cells"]) {
            prop_assert!(list(&cell["by_fund"]).iter().all(|part| fen(&part["amount_fen"]) % unit == 0));
        }
        for (fund, part) in list(&record["funds"]).iter().enumerate() {
            let budget = world.budget(fund);
            prop_assert_eq!(fen(&part["spent_fen"]), budget / unit * unit);
            let kept = part.get("kept_fen").map_or(0, fen);
            prop_assert_eq!(kept, budget % unit);
        }
        prop_assert_eq!(fen(&record["rounding"]["tolerance_fen"]), unit);
        for rule in list(&record["rules"]) {
            prop_assert!(rule["holds"] == true && list(&rule["missed"]).is_empty());
            for place in list(rule.get("within_tolerance").unwrap_or(&Value::Null)) {
                let missed = place["missed_yuan"].as_f64().unwrap() * 100.0;
                prop_assert!(missed > 0.0 && missed <= unit as f64 + 0.5, "{place}");
            }
        }
        // Without a tolerance there is no such member, and a bound is a bound.
        if let Ok(strict) = solve_text(&coarse(", remainder = \"fund\""), world.source()) {
            prop_assert!(strict["rounding"].get("tolerance_fen").is_none());
            for rule in list(&strict["rules"]) {
                prop_assert!(rule["holds"] == true && rule.get("within_tolerance").is_none());
            }
        }
    }
}

fn folder(rounding: &str, more: &str) -> Folder {
    let folder = Folder::sound();
    let model = MODEL.replace("dataset = \".\"", &format!("dataset = \".\", rounding = {rounding}"));
    folder.write("model.toml", format!("{model}\n{more}"));
    folder
}

#[test]
fn an_office_rounds_to_thousands_and_says_by_how_much_a_bound_is_missed() {
    // 甲镇 had 180 000 元: 1.0335 of that is 186 030 元, between two thousands.
    let rule = "[[rule]]\nkind = \"corridor\"\nof = { area = \"甲镇\" }\nbetween = [1.0334, 1.0336]\n";
    let strict = folder("\"1000 元\"", rule).allocate(&[]);
    assert_eq!((strict.code, strict.codes()), (3, vec!["allocation.no_rounding".to_owned()]));
    let loose = folder("{ unit = \"1000 元\", tolerance = true }", rule);
    let record = loose.allocate(&[]).json();
    let amount = fen(&record["areas"][0]["amount_fen"]);
    assert_eq!(amount % 100_000, 0);
    assert!(amount == 18_600_000 || amount == 18_700_000, "{amount}");
    let rule = list(&record["rules"]).iter().find(|rule| rule["id"] == "corridor").unwrap();
    assert_eq!(list(&rule["within_tolerance"]).len(), 1);
    let model = loose.file("model.toml");
    let table = crate::common::ecocomp(&["allocate", &model]).out;
    assert!(table.contains("允许相差一个取整单位,本次有 1 处") && table.contains("取整容差内 1 处"), "{table}");
    // A scenario changes the unit or the tolerance by its path.
    let finer = loose.allocate(&["--set", "model.rounding.unit=1 元"]).json();
    assert!(list(&finer["rules"]).iter().all(|rule| rule.get("within_tolerance").is_none()));
    assert_eq!(loose.allocate(&["--set", "model.rounding.tolerance=false"]).code, 3);
}

#[test]
fn what_does_not_fit_the_unit_is_refused_or_stays_in_the_fund() {
    let odd = "--set=fund.district.amount=500123.45 元";
    assert_eq!(folder("{ unit = \"1000 元\", tolerance = true }", "").allocate(&[odd]).code, 3);
    let keeps = folder("{ unit = \"1000 元\", remainder = \"fund\" }", "");
    let record = keeps.allocate(&[odd]).json();
    assert_eq!(
        (&record["funds"][0]["spent_fen"], &record["funds"][0]["kept_fen"]),
        (&50_000_000.into(), &12_345.into())
    );
    let table = crate::common::ecocomp(&["allocate", &keeps.file("model.toml"), odd]).out;
    assert!(table.contains("123.45 元 留在资金内"), "{table}");
    // A percentage need not be put on the unit where the remainder stays.
    let record = keeps.allocate(&["--set", "fund.district.amount=+0.01%"]).json();
    assert_eq!(record["funds"][0]["amount_fen"], 50_005_000);
    for (rounding, code) in [
        ("{ tolerance = true }", "policy.key_missing"),
        ("{ unit = \"0 元\" }", "policy.rounding_form"),
        ("{ unit = \"1 元\", remainder = \"x\" }", "policy.unknown_word"),
        ("{ unit = \"1 元\", tolerance = \"yes\" }", "policy.wrong_type"),
        ("{ unit = \"1 元\", tol = true }", "policy.unknown_key"),
    ] {
        let done = folder(rounding, "").check();
        assert_eq!(done.code, 1, "{rounding}");
        assert!(done.codes().iter().any(|found| found == code), "{rounding}: {:?}", done.codes());
    }
}

#[test]
fn a_robust_plan_rounds_with_the_tolerance_of_its_model() {
    let set = "[[rule]]\nkind = \"floor\"\nof = { area = \"甲镇\" }\nper = \"area\"\nat_least = \"200500 元\"\n\
               [[rule]]\nkind = \"cap\"\nof = { area = \"甲镇\" }\nper = \"area\"\nat_most = \"200500 元\"\n";
    let ask = |rounding: &str| {
        let folder = folder(rounding, set);
        let model = folder.file("model.toml");
        let words = ["robust", model.as_str(), "--json", "--format", "json", "--scenario", "a: data.gep*=2"];
        common::ecocomp(&[&words[..], &["--method", "max_min"]].concat())
    };
    let done = ask("{ unit = \"1000 元\", tolerance = true }");
    assert_eq!(done.code, 0, "{}", done.err);
    let plan = done.json();
    assert_eq!(
        (fen(&plan["rounding"]["tolerance_fen"]), plan["within_tolerance"].as_u64()),
        (100_000, Some(1)),
        "{plan}"
    );
    // Without a tolerance there is no such plan.
    assert_eq!(ask("\"1000 元\"").code, 3);
}

#[test]
fn a_remainder_that_stays_in_its_fund_is_said_and_the_funds_are_not_called_empty() {
    let told = |fund: &str, rounding: &str| {
        let folder = folder(rounding, "");
        let model = folder.file("model.toml");
        let text = std::fs::read_to_string(&model).unwrap();
        folder.write("model.toml", text.replace("amount = \"50 万元\"", &format!("amount = \"{fund}\"")));
        common::ecocomp(&["allocate", &model]).out
    };
    let coarse = "{ unit = \"1000 元\", remainder = \"fund\" }";
    let kept = told("500500 元", coarse);
    assert!(kept.contains("每项资金分出的与留在资金内的(500.00 元)之和分毫不差"), "{kept}");
    let spent = told("50 万元", coarse);
    assert!(spent.contains(";每项资金分毫不差") && !spent.contains("留在资金内"), "{spent}");
    let up_to = told("50 万元\", spend = \"up_to", "\"1 元\"");
    assert!(!up_to.contains(";每项资金分毫不差") || up_to.contains("0.00"), "{up_to}");
}
