//! What a planner may rely on in the corners: soft rules on their own scale, cells that cannot move, units handed out, equations.

use crate::common::Folder;
use serde_json::Value;

const AREAS: &str = "代码,名称,人口(人)\n1,甲,100\n2,乙,100\n3,丙,100\n";

/// Three forests with these entitlements (by GEP) in 元 and scores.
fn folder(gep: [i64; 3], scores: [i64; 3], model: &str) -> Folder {
    let folder = Folder::empty();
    folder.write("areas.csv", AREAS);
    let mut cells = "区域代码,生态系统,面积(亩),生态产品总值(元),保护成效(分)\n".to_owned();
    for (index, (gep, score)) in gep.into_iter().zip(scores).enumerate() {
        cells.push_str(&format!("{},林地,100,{gep},{score}\n", index + 1));
    }
    folder.write("cells.csv", cells);
    folder.write("model.toml", format!("model = {{ name = \"角落\", dataset = \".\" }}\n{model}"));
    folder
}

fn allocated(folder: &Folder, more: &[&str]) -> Value {
    let done = folder.allocate(more);
    assert_eq!(done.code, 0, "{}", done.err);
    done.json()
}

fn amounts(record: &Value) -> Vec<i64> {
    record["cells"].as_array().unwrap().iter().map(|cell| cell["amount_fen"].as_i64().unwrap()).collect()
}

#[test]
fn a_tolerance_does_not_add_up_over_the_scores_between() {
    // 甲 (60) is held at 1.04, 丙 (80) at 0.85 at most: 0.19 apart, with 乙 (70) between them.
    let model = "[[fund]]\nid = \"f\"\namount = \"2840 元\"\n[entitlement]\namount = \"3000 元\"\n\
        [[rule]]\nkind = \"outcome_order\"\ntolerance = TOLERANCE\n\
        [[rule]]\nkind = \"floor\"\nof = { area = \"1\" }\nat_least = \"1040 元\"\n\
        [[rule]]\nkind = \"cap\"\nof = { area = \"3\" }\nat_most = \"850 元\"\n\
        [[objective]]\nkind = \"max_min_coverage\"\n";
    let with = |tolerance: &str| folder([100, 100, 100], [60, 70, 80], &model.replace("TOLERANCE", tolerance));
    assert_eq!(with("0.18").allocate(&[]).code, 3);
    let record = allocated(&with("0.20"), &[]);
    assert!(record["rules"].as_array().unwrap().iter().all(|rule| rule["holds"] == true));
}

#[test]
fn what_a_soft_rule_misses_counts_in_its_own_money() {
    // Serving the linear rule costs the floor 3 000 元 at penalty 5; serving the floor costs it 30 000 元 at penalty 1.
    let model = "[[fund]]\nid = \"f\"\namount = \"3000 元\"\n\
        [[rule]]\nkind = \"linear\"\nterms = [{ of = { area = \"1\" }, times = 10 }]\nat_least = \"30000 元\"\nsoft = { penalty = 1 }\n\
        [[rule]]\nkind = \"floor\"\nof = { area = \"2\" }\nat_least = \"3000 元\"\nsoft = { penalty = 5 }\n\
        [[objective]]\nkind = \"max_min_coverage\"\n";
    let record = allocated(&folder([100, 100, 100], [60, 70, 80], model), &[]);
    assert_eq!(amounts(&record), [300_000, 0, 0]);
    let missed = record["stages"][0]["value"].as_f64().unwrap();
    assert!((missed - 1.5).abs() < 1e-9, "{missed}");
}

#[test]
fn a_cell_that_cannot_move_still_counts_as_the_worst() {
    let model = "[[fund]]\nid = \"f\"\namount = \"2500 元\"\n[entitlement]\namount = \"3000 元\"\n\
        [[rule]]\nkind = \"linear\"\nterms = [{ of = { area = \"1\" } }]\nequals = \"500 元\"\n\
        [[objective]]\nkind = \"max_min_coverage\"\n";
    let record = allocated(&folder([100, 100, 100], [60, 70, 80], model), &[]);
    assert_eq!(amounts(&record), [50_000, 100_000, 100_000]);
    assert_eq!(record["stages"][0]["value"].as_f64().unwrap(), 0.5);
}

#[test]
fn a_fund_that_need_not_be_spent_loses_nothing_to_rounding() {
    // Three times 1.67 万元 in units of 1 万元: two of the three get two.
    let model = "[[fund]]\nid = \"f\"\namount = \"50000 元\"\nspend = \"up_to\"\n\
        [[rule]]\nkind = \"floor\"\nof = \"total\"\nper = \"total\"\nat_least = \"50000 元\"\nsoft = { penalty = 1 }\n\
        [[objective]]\nkind = \"max_min_coverage\"\n";
    let folder = folder([100, 100, 100], [60, 70, 80], model);
    let record = allocated(&folder, &["--set", "model.rounding=1 万元"]);
    assert_eq!(amounts(&record).iter().sum::<i64>(), 5_000_000);
    assert!(record["rules"].as_array().unwrap().iter().all(|rule| rule["holds"] == true));
}

#[test]
fn an_equation_with_other_factors_is_met_to_the_fen() {
    let model = "[[fund]]\nid = \"f\"\namount = \"567725148 元\"\nspend = \"up_to\"\n\
        [[rule]]\nkind = \"linear\"\nterms = [{ of = \"total\", times = 4.0 }, { of = { area = \"2\" }, times = 0.1 }]\n\
        equals = \"2252772676.60 元\"\n\
        [[objective]]\nkind = \"max_min_coverage\"\n";
    let folder = folder([17_320, 41_003, 29_761], [60, 70, 80], model);
    let found = amounts(&allocated(&folder, &["--set", "model.rounding=1 元"]));
    assert!(found.iter().all(|amount| amount % 100 == 0));
    let sum: i64 = found.iter().map(|amount| 40 * amount).sum();
    assert_eq!(sum + found[1], 10 * 225_277_267_660);
    // 0.05 元 is a part of no 元 and of no tenth of one: there can be no such plan, and it is said so at once.
    let none = folder.allocate(&["--set", "model.rounding=1 元", "--set", "rule.linear.equals=2252772676.65 元"]);
    assert_eq!((none.code, none.codes()), (3, vec!["allocation.no_rounding".to_owned()]), "{}", none.err);
}

#[test]
fn a_cell_that_no_fund_may_pay_is_pointed_out() {
    let model = "[[fund]]\nid = \"f\"\namount = \"2000 元\"\nonly = { area = [\"1\", \"2\"] }\n\
        [[objective]]\nkind = \"max_min_coverage\"\n";
    let record = allocated(&folder([100, 100, 100], [60, 70, 80], model), &[]);
    let warnings = record["warnings"].to_string();
    assert!(warnings.contains("丙(3)的林地"), "{warnings}");
}

#[test]
fn a_fund_that_moves_the_entitlements_is_repaired_no_further_than_needed() {
    // Entitlements follow the fund, so that a cap in entitlements does not help, and a floor in money bites.
    let model = "[[fund]]\nid = \"f\"\namount = \"1000 元\"\n\
        [[rule]]\nkind = \"cap\"\nat_most = { entitlement = 1.2 }\n\
        [[rule]]\nkind = \"floor\"\nof = { area = \"1\" }\nat_least = \"600 元\"\n\
        [[objective]]\nkind = \"max_min_coverage\"\n";
    let folder = folder([100, 100, 100], [60, 70, 80], model);
    let done = folder.allocate(&[]);
    assert_eq!(done.code, 3, "{}", done.err);
    let error = done.error();
    let repairs = error["diagnosis"]["repairs"].as_array().unwrap().clone();
    let fund = repairs.iter().find(|repair| repair["id"] == "f");
    // 1.2 · amount / 3 ≥ 600 from 1 500 元 on.
    if let Some(fund) = fund {
        let to: f64 = fund["to"].as_str().unwrap().parse().unwrap();
        assert!((1_500.0..1_510.0).contains(&to), "{to}");
    }
    for repair in &repairs {
        let fixed = folder.allocate(&["--set", repair["change"].as_str().unwrap()]);
        assert_eq!(fixed.code, 0, "{repair}");
    }
}
