//! `ecocomp compare`: every column is the run of its own scenario; figures by their definitions; documents read back.

use std::collections::BTreeMap;

use crate::common;
use crate::common::{Done, Folder, ecocomp, repository};
use calamine::{Data, DataType as _, Reader as _, Xlsx, open_workbook};
use ecocomp::analysis::compare::Comparison;
use ecocomp::analysis::fairness::{Sample, spread};
use proptest::prelude::*;
use serde_json::Value;

fn model() -> String {
    repository("models/chongming-vertical.toml")
}

fn compare(more: &[&str]) -> Done {
    let model = model();
    ecocomp(&[&["compare", model.as_str(), "--json"], more].concat())
}

fn json(more: &[&str]) -> Value {
    let done = compare(&[more, &["--format", "json"]].concat());
    assert_eq!(done.code, 0, "{}", done.err);
    done.json()
}

fn allocate(more: &[&str]) -> Value {
    let model = model();
    let done = ecocomp(&[&["allocate", model.as_str(), "--format", "json", "--json"], more].concat());
    assert_eq!(done.code, 0, "{}", done.err);
    done.json()
}

/// Code → amount of a list of a record.
fn amounts(record: &Value, list: &str, key: &str) -> BTreeMap<String, i64> {
    let parts = record[list].as_array().unwrap();
    parts.iter().map(|part| (part["code"].as_str().unwrap().to_owned(), part[key].as_i64().unwrap())).collect()
}

/// Code → amount of one column of a comparison.
fn column(comparison: &Value, list: &str, at: usize) -> BTreeMap<String, i64> {
    let rows = comparison[list].as_array().unwrap();
    rows.iter()
        .map(|row| (row["code"].as_str().unwrap().to_owned(), row["amounts_fen"][at].as_i64().unwrap()))
        .collect()
}

#[test]
fn the_published_schema_is_the_one_of_the_comparison() {
    let path = repository("docs/comparison.schema.json");
    let text = serde_json::to_string_pretty(&schemars::schema_for!(Comparison)).unwrap() + "\n";
    if std::env::var_os("ECOCOMP_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(published, text, "docs/comparison.schema.json is stale: run this test once with ECOCOMP_BLESS=1");
    let validator = jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap();
    for more in [&["-s", "budget-up", "-s", "budget-slump", "--base"][..], &["-s", "green-year", "--attribute"]] {
        if let Err(error) = validator.validate(&json(more)) {
            panic!("{more:?}: {error}");
        }
    }
    assert!(!validator.is_valid(&serde_json::json!({ "scenarios": [] })));
}

#[test]
fn every_column_is_the_run_of_its_scenario() {
    let found = json(&[
        "--base",
        "-s",
        "wetland-value",
        "-s",
        "tight-corridor+budget-up",
        "-s",
        "fund.district.amount=1.3 亿元",
    ]);
    let runs = [
        allocate(&[]),
        allocate(&["-s", "wetland-value"]),
        allocate(&["-s", "tight-corridor", "-s", "budget-up"]),
        allocate(&["--set", "fund.district.amount=1.3 亿元"]),
    ];
    assert_eq!(found["against"], 0);
    for (at, record) in runs.iter().enumerate() {
        let case = &found["scenarios"][at];
        assert_eq!(case["hash"], record["hash"], "{at}");
        assert_eq!(case["differences"], record["changes"], "{at}");
        for list in ["areas", "ecosystems"] {
            assert_eq!(column(&found, list, at), amounts(record, list, "amount_fen"), "{at} {list}");
        }
        let funds = record["funds"].as_array().unwrap();
        for (row, fund) in found["funds"].as_array().unwrap().iter().zip(funds) {
            assert_eq!(row["amounts_fen"][at], fund["spent_fen"]);
        }
        assert_eq!(found["total"]["amounts_fen"][at], record["total"]["amount_fen"]);
        // Differences, gainers and losers are those of the areas.
        let mut moved = (0, 0);
        for row in found["areas"].as_array().unwrap() {
            let difference = row["amounts_fen"][at].as_i64().unwrap() - row["amounts_fen"][0].as_i64().unwrap();
            assert_eq!(row["differences_fen"][at], difference);
            moved.0 += usize::from(difference > 0);
            moved.1 += usize::from(difference < 0);
        }
        assert_eq!(case["gainers"].as_array().unwrap().len(), moved.0);
        assert_eq!(case["losers"].as_array().unwrap().len(), moved.1);
        // The stage's optimum is before rounding, the benefit after it.
        let stage = record["stages"].as_array().unwrap().iter().find(|one| one["kind"] == "max_outcome_benefit");
        let (optimum, benefit) = (stage.unwrap()["value"].as_f64().unwrap(), case["benefit"].as_f64().unwrap());
        assert!((optimum - benefit).abs() < 1e-5 * optimum, "{at}: {optimum} {benefit}");
    }
    // Of the inputs exactly those stand there that are not the same in all.
    let rows = found["inputs"].as_array().unwrap();
    let paths: Vec<&str> = rows.iter().map(|row| row["path"].as_str().unwrap()).collect();
    assert_eq!(paths.iter().filter(|path| path.starts_with("data.gep[")).count(), 10);
    assert_eq!(paths.len(), 12, "{paths:?}");
    let corridor = rows.iter().find(|row| row["path"] == "rule.corridor.between").unwrap();
    assert_eq!(corridor["values"], serde_json::json!(["[0.95,1.3]", "[0.95,1.3]", "[0.98,1.22]", "[0.95,1.3]"]));
}

#[test]
fn changes_on_top_come_to_every_column() {
    let found = json(&["-s", "budget-up", "-s", "base", "--set", "rule.floor.enabled=false"]);
    let alone = allocate(&["-s", "budget-up", "--set", "rule.floor.enabled=false"]);
    assert_eq!(found["scenarios"][0]["hash"], alone["hash"]);
    assert_eq!(found["inputs"].as_array().unwrap().len(), 1, "what is the same in all does not differ");
    assert!(found["rules"].as_array().unwrap().iter().all(|rule| rule["id"] != "floor"));
}

#[test]
fn infeasible_is_an_answer() {
    let done = compare(&["-s", "budget-slump", "-s", "budget-up", "-s", "base", "--format", "json"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let found = done.json();
    assert_eq!(found["scenarios"][0]["status"], "infeasible");
    let conflict = found["scenarios"][0]["conflict"].as_array().unwrap();
    let ids: Vec<&str> = conflict.iter().map(|member| member["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["district", "municipal_water", "corridor"]);
    assert_eq!(found["against"], 1, "differences are taken against the first that has a plan");
    for row in found["areas"].as_array().unwrap() {
        assert!(row["amounts_fen"][0].is_null() && row["differences_fen"][0].is_null());
        assert_eq!(row["differences_fen"][1], 0);
    }
    // None at all is an answer too.
    let done = compare(&["-s", "budget-slump", "-s", "worse: fund.district.amount=-50%"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.contains("无解") && !done.out.contains('{'), "{}", done.out);
    let done = compare(&["-s", "budget-slump", "-s", "worse: fund.district.amount=-50%", "--format", "csv"]);
    assert_eq!(done.code, 0, "{}", done.err);
}

#[test]
fn fairness_is_what_its_definition_says() {
    let found = json(&["-s", "steep-outcome"]);
    let runs = [allocate(&[]), allocate(&["-s", "steep-outcome"])];
    let heads: BTreeMap<String, f64> = std::fs::read_to_string(repository("datasets/chongming/areas.csv"))
        .unwrap()
        .lines()
        .skip(1)
        .map(|line| line.split(',').collect::<Vec<_>>())
        .map(|row| (row[0].to_owned(), row[2].parse().unwrap()))
        .collect();
    for (at, record) in runs.iter().enumerate() {
        let fairness = &found["scenarios"][at]["fairness"];
        let number = |part: &Value, key: &str| part[key].as_f64().unwrap();
        let cells: Vec<(f64, f64)> = record["cells"]
            .as_array()
            .unwrap()
            .iter()
            .map(|cell| (number(cell, "amount_fen"), number(cell, "entitlement_fen")))
            .filter(|(_, entitlement)| *entitlement > 0.0)
            .map(|(amount, entitlement)| (amount / entitlement, entitlement))
            .collect();
        let areas = record["areas"].as_array().unwrap();
        let per_head: Vec<(f64, f64)> = areas
            .iter()
            .map(|area| (number(area, "amount_fen") / 100.0, heads[area["code"].as_str().unwrap()]))
            .map(|(yuan, heads)| (yuan / heads, heads))
            .collect();
        let by_area: Vec<(f64, f64)> =
            areas.iter().map(|area| (number(area, "coverage"), number(area, "entitlement_fen"))).collect();
        for (key, samples) in [("coverage", cells), ("area_coverage", by_area), ("per_head", per_head)] {
            let (gini, theil) = indices(&samples);
            assert!((number(&fairness[key], "gini") - gini).abs() < 1e-9, "{key}");
            assert!((number(&fairness[key], "theil") - theil).abs() < 1e-9, "{key}");
            let least = samples.iter().map(|one| one.0).fold(f64::INFINITY, f64::min);
            let most = samples.iter().map(|one| one.0).fold(0.0, f64::max);
            assert_eq!((number(&fairness[key], "least"), number(&fairness[key], "most")), (least, most));
        }
    }
}

/// Gini by the double sum and Theil's T, as in docs/scenarios.md.
fn indices(samples: &[(f64, f64)]) -> (f64, f64) {
    let weight: f64 = samples.iter().map(|one| one.1).sum();
    let mean = samples.iter().map(|one| one.0 * one.1).sum::<f64>() / weight;
    let mut apart = 0.0;
    for a in samples {
        for b in samples {
            apart += a.1 * b.1 * (a.0 - b.0).abs();
        }
    }
    let theil: f64 =
        samples.iter().filter(|one| one.0 > 0.0).map(|one| one.1 / weight * one.0 / mean * (one.0 / mean).ln()).sum();
    (apart / (2.0 * weight * weight * mean), theil)
}

#[test]
fn indices_of_known_distributions() {
    let sample = |value: f64, weight: f64| Sample { code: String::new(), value, weight };
    let equal = spread(&[sample(2.0, 1.0), sample(2.0, 5.0)]).unwrap();
    assert_eq!((equal.gini, equal.theil, equal.ratio), (0.0, 0.0, Some(1.0)));
    // One of n has everything: Gini 1 − 1/n, Theil ln n.
    let one: Vec<Sample> = (0..10).map(|at| sample(if at == 0 { 1.0 } else { 0.0 }, 1.0)).collect();
    let one = spread(&one).unwrap();
    assert!((one.gini - 0.9).abs() < 1e-12 && (one.theil - 10_f64.ln()).abs() < 1e-12);
    assert_eq!(one.ratio, None);
    assert!(spread(&[]).is_none() && spread(&[sample(1.0, 0.0)]).is_none() && spread(&[sample(0.0, 1.0)]).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(common::cases(256)))]

    #[test]
    fn indices_agree_with_the_double_sum(samples in prop::collection::vec((0.0..1e6, 0.01..1e4), 1..30)) {
        let named = |(at, (value, weight)): (usize, &(f64, f64))| Sample { code: at.to_string(), value: *value, weight: *weight };
        let found = spread(&samples.iter().enumerate().map(named).collect::<Vec<_>>()).unwrap();
        let (gini, theil) = indices(&samples);
        prop_assert!((found.gini - gini).abs() < 1e-9 && (found.theil - theil.max(0.0)).abs() < 1e-9);
        prop_assert!(found.gini < 1.0);
    }
}

#[test]
fn rules_that_bind_in_one_and_not_in_another_are_named() {
    let found = json(&["-s", "budget-up", "-s", "tight-corridor"]);
    let rules = found["rules"].as_array().unwrap();
    let floor = rules.iter().find(|rule| rule["id"] == "floor").unwrap();
    assert_eq!(floor["differs"], true);
    // 建设镇 gets its floor of 300 万元 in one, and more than it in the other.
    assert_eq!(floor["states"][0]["rows"], serde_json::json!(["floor[310151113]"]));
    assert_eq!(floor["states"][1]["state"], "slack");
    let area = found["areas"].as_array().unwrap().iter().find(|row| row["code"] == "310151113").unwrap();
    assert_eq!(area["amounts_fen"][0], 300_000_000);
    assert!(area["amounts_fen"][1].as_i64().unwrap() > 300_000_000);
}

#[test]
fn tables_are_aligned_and_speak_both_languages() {
    for lang in ["zh", "en"] {
        let done = compare(&["-s", "budget-up", "-s", "wetland-value", "--base", "--lang", lang, "--attribute"]);
        assert_eq!(done.code, 0, "{}", done.err);
        assert!(!done.out.contains('{'), "an argument is left open: {}", done.out);
        let lines: Vec<&str> = done.out.lines().collect();
        let width = |line: &str| unicode_width::UnicodeWidthStr::width(line);
        let first = lines.iter().position(|line| line.starts_with("310151101")).unwrap();
        let rule = first - 1;
        assert!(lines[rule].starts_with("───"));
        for line in &lines[rule..rule + 19] {
            assert_eq!(width(line), width(lines[rule]), "{line}");
        }
        assert!(done.out.contains("+600.00"), "differences carry their sign: {}", done.out);
    }
}

#[test]
fn csv_and_workbook_carry_numbers() {
    let folder = Folder::empty();
    let (csv, xlsx, charts) = (folder.file("x.csv"), folder.file("x.xlsx"), folder.file("charts"));
    let scenarios = ["--base", "-s", "budget-up", "-s", "budget-slump", "-s", "wetland-value"];
    let found = json(&scenarios);
    let done = compare(&[&scenarios[..], &["--format", "csv", "-o", &csv, "--charts", &charts]].concat());
    assert_eq!(done.code, 0, "{}", done.err);
    let bytes = std::fs::read(&csv).unwrap();
    let mut reader = csv::Reader::from_reader(&bytes[3..]);
    let mut sums = BTreeMap::new();
    for row in reader.records() {
        let row = row.unwrap();
        // Remarks have a row each, without an amount.
        if ["提示", "无方案的原因"].contains(&&row[0]) {
            continue;
        }
        let fen: i64 = row[4].replace('.', "").parse().unwrap();
        assert!(row[5].is_empty(), "no plan, no number: {row:?}");
        *sums.entry(row[0].to_owned()).or_insert(0) += fen;
    }
    let total = found["total"]["amounts_fen"][1].as_i64().unwrap();
    assert_eq!(sums.len(), 5);
    assert!(sums.values().all(|sum| *sum == total), "every level sums to the whole: {sums:?}");

    let done = compare(&[&["-s", "green-year", "--attribute", "--format", "xlsx", "-o", &xlsx][..]].concat());
    assert_eq!(done.code, 0, "{}", done.err);
    let mut book: Xlsx<_> = open_workbook(&xlsx).unwrap();
    assert_eq!(book.sheet_names(), ["情景", "投入差异", "金额", "规则", "归因"]);
    let inputs = book.worksheet_range("投入差异").unwrap();
    let fund = inputs.rows().find(|row| row[0] == Data::String("fund.district.amount (元)".to_owned())).unwrap();
    assert_eq!(fund[1..3].iter().filter_map(Data::as_f64).collect::<Vec<_>>(), [120_000_000.0, 126_000_000.0]);
    let range = book.worksheet_range("归因").unwrap();
    let mut rows = 0;
    for row in range.rows() {
        let numbers: Vec<i64> = row
            .iter()
            .filter_map(|cell| match cell {
                Data::Float(number) => Some((number * 100.0).round() as i64),
                Data::Int(number) => Some(number * 100),
                _ => None,
            })
            .collect();
        if let [difference, parts @ ..] = numbers.as_slice() {
            assert_eq!(*difference, parts.iter().sum::<i64>(), "{row:?}");
            rows += 1;
        }
    }
    let found = json(&["-s", "green-year", "--attribute"]);
    let lists = ["areas", "ecosystems", "funds", "amounts"]
        .map(|list| found["attributions"][0][list].as_array().unwrap().len());
    assert_eq!(rows, 1 + lists.iter().sum::<usize>());
    for name in ["areas", "changes", "ecosystems"] {
        let svg = std::fs::read_to_string(folder.file(&format!("charts/{name}.svg"))).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{name}");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name}");
        assert!(svg.contains("湿地") || svg.contains("城桥镇"), "{name}");
    }
    assert_eq!(compare(&["-s", "budget-up", "--format", "xlsx"]).code, 2, "a workbook needs a file");
}

#[test]
fn texts_of_users_cannot_break_a_chart() {
    let folder = Folder::sound();
    folder.write("areas.csv", common::AREAS.replace("甲镇", "<甲&镇>"));
    let charts = folder.file("charts");
    let scenario = "<b>\"&': fund.district.amount=+5%";
    let done = ecocomp(&["compare", &folder.file("model.toml"), "-s", scenario, "--charts", &charts]);
    assert_eq!(done.code, 0, "{}", done.err);
    let svg = std::fs::read_to_string(folder.file("charts/changes.svg")).unwrap();
    assert!(svg.contains("&lt;甲&amp;镇&gt;") && svg.contains("&lt;b&gt;") && !svg.contains("<b>"), "{svg}");
}

#[test]
fn wrong_scenarios_are_findings() {
    assert_eq!(compare(&[]).code, 2, "something is to be compared");
    let done = compare(&["-s", "budget-upp", "-s", "x: fund.distrct.amount=1 元"]);
    assert_eq!((done.code, done.codes()), (1, vec!["scenario.unknown_scenario".to_owned()]), "{}", done.err);
    let done = compare(&["-s", "x: fund.distrct.amount=1 元", "-s", "y: data.gep[area=99]*=2"]);
    assert_eq!(done.codes(), ["scenario.unknown_path", "policy.unknown_in_data"], "{}", done.err);
    assert_eq!(compare(&["-s", "budget-up", "-s", "budget-up"]).codes(), ["scenario.twice"]);
    assert_eq!(compare(&["-s", "budget-up", "--time-limit", "0"]).code, 4);
}

#[test]
fn the_same_question_gives_the_same_bytes() {
    let ask =
        |threads: &str| compare(&["-s", "green-year", "--attribute", "--format", "json", "--threads", threads]).out;
    let one = ask("1");
    assert!(one == ask("2") && one == ask("7"));
}

#[test]
fn that_entitlements_have_moved_is_said() {
    use crate::common::{Folder, ecocomp};
    let folder = Folder::sound();
    let model = folder.file("model.toml");
    let less = ["compare", &model, "-s", "少: fund.district.amount=-20%"];
    let told = ecocomp(&[&less[..], &["--format", "table"]].concat()).out;
    assert!(told.contains("应得额与“基准”不同(资金池 500,000.00 元 → 400,000.00 元)"), "{told}");
    let csv = ecocomp(&[&less[..], &["--format", "csv"]].concat()).out;
    assert!(csv.contains("应得额与“基准”不同"), "{csv}");
    let json = ecocomp(&[&less[..], &["--format", "json"]].concat()).json();
    assert!(json["remarks"].to_string().contains("应得额与“基准”不同"), "{}", json["remarks"]);
    // Where the model holds them there is nothing to say.
    let held = std::fs::read_to_string(&model).unwrap() + "[entitlement]\namount = \"50 万元\"\n";
    folder.write("model.toml", held);
    let json = ecocomp(&[&less[..], &["--format", "json"]].concat()).json();
    assert_eq!(json["remarks"].as_array().unwrap().len(), 0, "{}", json["remarks"]);
}

#[test]
fn a_subset_without_plan_names_the_rules_in_the_way() {
    use crate::common::{Folder, MODEL, ecocomp};
    let folder = Folder::sound();
    let rule = "[[rule]]\nkind = \"floor\"\nid = \"least\"\nper = \"area\"\nat_least = \"20 万元\"\n";
    let model = MODEL.replace("objective = [{ kind = \"max_min_coverage\" }]\n", "");
    folder.write("model.toml", format!("{model}{rule}[[objective]]\nkind = \"max_min_coverage\"\n"));
    let model = folder.file("model.toml");
    let change = "x: fund.district.amount=-30%; rule.least.at_least*=0.5";
    let done = ecocomp(&["compare", &model, "-s", change, "--attribute"]);
    assert_eq!(done.code, 3, "{}", done.err);
    assert!(done.out.contains("相互冲突") && done.out.contains("(least)"), "{}", done.out);
}
