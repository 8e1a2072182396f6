//! Amounts set by hand: what is set is paid, every rule holds around it, and what it costs the others closes to zero fund by fund.

use crate::common;
use crate::common::draws::KINDS;
use crate::common::world::{Chance, Drawn, MILLION, World, decimal, solve_text, yuan};
use crate::common::{Folder, MODEL, fen, list};
use proptest::prelude::*;
use serde_json::Value;

const FAIR: &str = "[[objective]]\nkind = \"max_min_coverage\"\n";
const OBJECTIVES: [&str; 3] = [
    FAIR,
    "[[objective]]\nkind = \"max_min_coverage\"\nlevels = \"worst\"\nslack = 0.02\n[[objective]]\nkind = \"min_deviation\"\n",
    "[[objective]]\nkind = \"min_deviation\"\nnorm = \"linf\"\n",
];

/// The money of an area of a record: its cells, added up.
fn of_area(record: &Value, code: &str) -> i128 {
    list(&record["cells"]).iter().filter(|cell| cell["area"] == code).map(|cell| fen(&cell["amount_fen"])).sum()
}

/// What the record says of overrides, by the cells of both plans alone.
fn differences_close(with: &Value, without: &Value) -> Result<(), TestCaseError> {
    let part = &with["by_hand"];
    for (cell, bare) in list(&with["cells"]).iter().zip(list(&without["cells"])) {
        prop_assert_eq!(&cell["calculated_fen"], &bare["amount_fen"]);
    }
    let mut by_fund = std::collections::BTreeMap::<String, i128>::new();
    for area in list(&part["areas"]) {
        let code = area["area"].as_str().unwrap();
        prop_assert_eq!(fen(&area["amount_fen"]), of_area(with, code));
        prop_assert_eq!(fen(&area["calculated_fen"]), of_area(without, code));
        let own: i128 = list(&area["by_fund"]).iter().map(|one| fen(&one["amount_fen"])).sum();
        prop_assert_eq!(own, fen(&area["difference_fen"]));
        for one in list(&area["by_fund"]) {
            *by_fund.entry(one["fund"].as_str().unwrap().to_owned()).or_default() += fen(&one["amount_fen"]);
        }
    }
    // Both plans spend every fund, so that what one area gains the others lose.
    prop_assert!(by_fund.values().all(|sum| *sum == 0), "{by_fund:?}");
    prop_assert!(list(&part["funds"]).iter().all(|fund| fen(&fund["difference_fen"]) == 0));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: common::cases(40), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_set_is_paid_and_every_rule_holds_around_it(
        areas in 2_usize..7,
        unit in prop_oneof![Just(1_i128), Just(100), Just(10_000)],
        kinds in prop::collection::vec(0..KINDS.len(), 0..4),
        objective in 0..OBJECTIVES.len(),
        seed in any::<u64>(),
    ) {
        let mut chance = Chance(seed);
        let world = World::draw(areas, unit, &mut chance);
        let rules: Vec<Drawn> = kinds.iter().map(|kind| KINDS[*kind].1(&world, &mut chance)).collect();
        let rules: Vec<&Drawn> = rules.iter().collect();
        // The known plan obeys the rules: one of its areas, or cells, may be set as it stands there.
        let area = chance.between(0, areas as i128 - 1) as usize;
        let own = world.select(|cell| cell.area == area);
        let one_cell = chance.one_in(3).then(|| own[0]);
        let (cells, group) = match one_cell {
            Some(cell) => (vec![cell], "ecosystem = \"林地\"\n"),
            None => (own, ""),
        };
        let amount = world.known(&cells);
        let bare = world.model(&rules, OBJECTIVES[objective]);
        let model = format!(
            "{bare}[[override]]\narea = \"{}\"\n{group}amount = \"{} 元\"\nreason = \"据实\"\nby = \"张三\"\n",
            World::code(area),
            yuan(amount)
        );
        let with = solve_text(&model, world.source()).map_err(TestCaseError::fail)?;
        let without = solve_text(&bare, world.source()).map_err(TestCaseError::fail)?;
        let plan = world.plan(&with);
        prop_assert_eq!(cells.iter().map(|cell| plan.of(*cell)).sum::<i128>(), amount);
        for rule in &rules {
            if let Some(wrong) = (rule.check)(&world, &plan) {
                return Err(TestCaseError::fail(format!("{model}\n{wrong}")));
            }
        }
        differences_close(&with, &without)?;
        let one = &with["by_hand"]["overrides"][0];
        prop_assert_eq!(fen(&one["amount_fen"]), amount);
        prop_assert_eq!(fen(&one["amount_fen"]) - fen(&one["calculated_fen"]), fen(&one["difference_fen"]));
        prop_assert!(one["reason"] == "据实" && one["by"] == "张三");
        let marked = list(&with["cells"]).iter().filter(|cell| cell["by_hand"] == true).count();
        prop_assert_eq!(marked, cells.len());
        // A record without overrides has none of these members.
        prop_assert!(without.get("by_hand").is_none() && without["cells"][0].get("calculated_fen").is_none());
        // What changes nothing is said, and nothing else is.
        let told = |words: &str| list(&with["warnings"]).iter().any(|text| text["zh"].as_str().unwrap().contains(words));
        let apart = fen(&one["difference_fen"]).abs();
        prop_assert_eq!(told("不起作用"), apart == 0);
        prop_assert_eq!(told("不超过一个取整单位"), apart > 0 && apart <= unit);
    }

    #[test]
    fn a_change_is_one_of_the_calculated_amount(
        areas in 2_usize..7,
        unit in prop_oneof![Just(1_i128), Just(10_000)],
        millionths in -600_000_i128..400_000,
        seed in any::<u64>(),
    ) {
        let mut chance = Chance(seed);
        let world = World::draw(areas, unit, &mut chance);
        let bare = world.model(&[], FAIR);
        let without = solve_text(&bare, world.source()).map_err(TestCaseError::fail)?;
        let code = World::code(0);
        let calculated = of_area(&without, &code);
        let budget: i128 = (0..2).map(|fund| world.budget(fund)).sum();
        // Half up to the unit, in whole numbers.
        let (above, below) = (calculated * (MILLION + millionths), MILLION * unit);
        let wanted = (2 * above + below).div_euclid(2 * below) * unit;
        prop_assume!(wanted < budget);
        let sign = if millionths < 0 { "-" } else { "" };
        let part = decimal(millionths.abs() * 100);
        let model = format!("{bare}[[override]]\narea = \"{code}\"\nchange = \"{sign}{part}%\"\nreason = \"据实\"\n");
        // The water fund goes to water sources alone: an area can be too poor in others to give that much.
        let Ok(with) = solve_text(&model, world.source()) else { return Ok(()) };
        prop_assert_eq!(of_area(&with, &code), wanted);
        differences_close(&with, &without)?;
        let more = chance.between(-calculated / unit / 2, calculated / unit / 4) * unit;
        let sign = if more < 0 { "-" } else { "+" };
        let model = format!(
            "{bare}[[override]]\narea = \"{code}\"\nchange = \"{sign}{} 元\"\nreason = \"据实\"\n",
            yuan(more.abs())
        );
        let Ok(with) = solve_text(&model, world.source()) else { return Ok(()) };
        prop_assert_eq!(of_area(&with, &code), calculated + more);
        differences_close(&with, &without)?;
    }
}

fn folder(more: &str) -> Folder {
    let folder = Folder::sound();
    folder.write("model.toml", sections(more));
    folder
}

/// The sound model with further sections.
fn sections(more: &str) -> String {
    format!("{}\n{more}", MODEL.replace("dataset = \".\"", "dataset = \".\", rounding = \"1 元\""))
}

const SET: &str = "[[override]]\narea = \"甲镇\"\namount = \"20 万元\"\nreason = \"灾后恢复\"\n";

#[test]
fn an_override_without_sense_is_refused_with_its_place() {
    for (more, code) in [
        ("[[override]]\narea = \"甲镇\"\namount = \"20 万元\"\n", "policy.key_missing"),
        ("[[override]]\narea = \"甲镇\"\namount = \"20 万元\"\nreason = \"  \"\n", "policy.reason_blank"),
        ("[[override]]\narea = \"甲镇\"\nreason = \"a\"\n", "policy.override_wish"),
        (
            "[[override]]\narea = \"甲镇\"\namount = \"1 万元\"\nchange = \"5%\"\nreason = \"a\"\n",
            "policy.override_wish",
        ),
        ("[[override]]\namount = \"1 万元\"\nreason = \"a\"\n", "policy.key_missing"),
        ("[[override]]\narea = \"丙镇\"\namount = \"1 万元\"\nreason = \"a\"\n", "policy.unknown_in_data"),
        ("[[override]]\narea = \"甲镇\"\namount = \"-1 万元\"\nreason = \"a\"\n", "policy.negative"),
        ("[[override]]\narea = \"甲镇\"\namount = \"1.005 元\"\nreason = \"a\"\n", "units.too_fine"),
        ("[[override]]\narea = \"甲镇\"\namount = \"1.50 元\"\nreason = \"a\"\n", "policy.override_unit"),
        ("[[override]]\narea = \"甲镇\"\nchange = \"0.5 元\"\nreason = \"a\"\n", "policy.override_unit"),
        ("[[override]]\narea = \"甲镇\"\nchange = 5\nreason = \"a\"\n", "policy.override_percent"),
        ("[[override]]\narea = \"甲镇\"\nchange = \"-101%\"\nreason = \"a\"\n", "policy.override_below"),
        ("[[override]]\narea = [\"甲镇\"]\namount = \"1 万元\"\nreason = \"a\"\n", "policy.wrong_type"),
        ("[[override]]\narea = \"甲镇\"\namuont = \"1 万元\"\nreason = \"a\"\n", "policy.unknown_key"),
        ("[[override]]\narea = \"甲镇\"\nchange = \"+-5 万元\"\nreason = \"a\"\n", "units.not_a_number"),
        (&format!("{SET}{SET}"), "policy.override_twice"),
        (&format!("{SET}id = \"district\"\n"), "policy.duplicate_id"),
    ] {
        let done = folder(more).check();
        assert_eq!(done.code, 1, "{more}\n{}", done.out);
        assert!(done.codes().iter().any(|found| found == code), "{more}\n{:?}", done.codes());
    }
    let done = folder(&format!("{SET}enabled = false\n{SET}")).check();
    assert_eq!(done.code, 0, "{}", done.err);
}

#[test]
fn scenarios_reach_an_override_by_number_id_and_area() {
    let folder =
        folder(&format!("{SET}\n{}", SET.replace("甲镇", "乙镇\"\necosystem = \"林地").replace("20 万", "10 万")));
    let plain = folder.allocate(&[]).json();
    assert_eq!(of_area(&plain, "01"), 20_000_000);
    for path in ["override.1.amount", "override.override.amount", "override.甲镇.amount"] {
        let record = folder.allocate(&["--set", &format!("{path}=21 万元")]).json();
        assert_eq!(of_area(&record, "01"), 21_000_000, "{path}");
        assert_eq!(record["changes"].as_array().unwrap().len(), 1);
        // The same as if it stood in the model, but for what came before.
        assert_eq!(record["by_hand"]["overrides"][0]["amount_fen"], 21_000_000);
    }
    let second = folder.allocate(&["--set", "override.override_2.amount+=1 万元"]).json();
    assert_eq!(second["by_hand"]["overrides"][1]["amount_fen"], 11_000_000);
    let off = folder.allocate(&["--set", "override.乙镇.enabled=false"]).json();
    assert_eq!(off["by_hand"]["overrides"].as_array().unwrap().len(), 1);
    let done = folder.allocate(&["--set", "override.丙镇.amount=1 万元"]);
    assert_eq!((done.code, done.codes()), (1, vec!["scenario.unknown_path".to_owned()]));
    let percent = folder.allocate(&["--set", "override.甲镇.amount=+10%"]).json();
    assert_eq!(of_area(&percent, "01"), 22_000_000);
}

#[test]
fn a_change_follows_a_scenario() {
    let folder = folder(&SET.replace("amount = \"20 万元\"", "change = \"+10%\""));
    for change in ["fund.district.amount=60 万元", "data.gep[area=甲镇]*=1.3"] {
        let bare = folder.allocate(&["--set", change, "--set", "override.1.enabled=false"]).json();
        let with = folder.allocate(&["--set", change]).json();
        let calculated = of_area(&bare, "01");
        assert_eq!(of_area(&with, "01"), (calculated * 110 / 100 + 50) / 100 * 100, "{change}");
    }
    // Questions that compile the model once give the same.
    let model = folder.file("model.toml");
    for question in [&["curve", "--path", "fund.district.amount"][..], &["ranges"], &["frontier"]] {
        let done = crate::common::ecocomp(&[&[question[0], &model], &question[1..]].concat());
        assert_ne!(done.code, 101, "{}", done.err);
    }
}

#[test]
fn a_conflict_names_the_override_like_a_rule_and_a_repair_moves_it() {
    let floor = "[[rule]]\nkind = \"floor\"\nper = \"area\"\nat_least = \"22 万元\"\n";
    let folder = folder(&format!("{floor}{SET}"));
    let done = folder.allocate(&[]);
    assert_eq!(done.code, 3);
    let diagnosis = &done.error()["diagnosis"];
    let ids: Vec<&str> = list(&diagnosis["conflict"]).iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["floor", "override"]);
    let kinds: Vec<&str> = list(&diagnosis["conflict"]).iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["floor", "override"]);
    let repairs = list(&diagnosis["repairs"]);
    let moved = repairs.iter().find(|repair| repair["path"] == "override.override.amount").expect("no repair");
    assert_eq!((&moved["to"], &moved["unit"]), (&Value::from("220000"), &Value::from("元")));
    for repair in repairs {
        let done = folder.allocate(&["--set", repair["change"].as_str().unwrap()]);
        assert_eq!(done.code, 0, "{repair}\n{}", done.err);
    }
    // Without the override there is a plan: it alone is what the floor contradicts.
    assert_eq!(folder.allocate(&["--set", "override.1.enabled=false"]).code, 0);
}

#[test]
fn where_no_plan_exists_without_it_the_override_stands_alone_and_a_change_has_nothing_to_follow() {
    // A cap of each cell that leaves the fund no room; the override lifts none of it, so that nothing exists either way.
    let cap = "[[rule]]\nkind = \"floor\"\nper = \"total\"\nat_least = \"60 万元\"\n";
    let done = folder(&format!("{cap}{}", SET.replace("amount = \"20 万元\"", "change = \"+1%\""))).allocate(&[]);
    assert_eq!(done.code, 3, "{}", done.err);
    let ids: Vec<Value> = list(&done.error()["diagnosis"]["conflict"]).iter().map(|one| one["id"].clone()).collect();
    assert_eq!(ids, ["district", "floor"]);
}

#[test]
fn every_form_marks_what_is_set_by_hand_beside_the_calculated_amount() {
    let folder = folder(SET);
    let record = folder.allocate(&[]).json();
    let calculated = fen(&record["by_hand"]["overrides"][0]["calculated_fen"]);
    let model = folder.file("model.toml");
    let table = crate::common::ecocomp(&["allocate", &model]).out;
    assert!(table.contains("* 甲镇") && table.contains("灾后恢复") && table.contains("20.00*"), "{table}");
    assert!(table.contains("计算数") && table.contains("+0") | table.contains("0.00"), "{table}");
    let csv = crate::common::ecocomp(&["allocate", &model, "--format", "csv"]).out;
    let mut reader = csv::Reader::from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
    let headers = reader.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|header| header.starts_with(name)).expect(name);
    let (known, mark) = (column("计算数"), column("手工调整"));
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let own = rows.iter().filter(|row| &row[0] == "01");
    let sum: i128 = own.clone().map(|row| (row[known].parse::<f64>().unwrap() * 100.0).round() as i128).sum();
    assert_eq!(sum, calculated);
    assert!(own.clone().all(|row| row[mark].starts_with('*') && row[mark].contains("灾后恢复")));
    assert!(rows.iter().filter(|row| &row[0] == "02").all(|row| row[mark].is_empty()));
}
