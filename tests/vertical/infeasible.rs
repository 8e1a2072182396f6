//! Infeasible is an answer: the conflict is irreducible, each repair works alone, a hundredth less does not, and where none is
//! offered there is none.

use std::collections::BTreeSet;

use crate::common;
use crate::common::draws::KINDS;
use crate::common::world::{Chance, Drawn, World};
use crate::common::{Folder, ecocomp, repository};
use ecocomp::analysis::repair::{Diagnosis, diagnose};
use ecocomp::run::{self, Inputs, Prepared, RunError};
use ecocomp::scenario::Change;
use ecocomp::solver::SolveOptions;
use proptest::prelude::*;
use serde_json::Value;

const FAIR: &str = "[[objective]]\nkind = \"max_min_coverage\"\n";

fn inputs(model: &str, world: &World, changes: &[&str]) -> Inputs {
    let changes = changes.iter().map(|text| Change::parse(text).unwrap()).collect();
    let (model_file, model_text) = ("model.toml".to_owned(), model.to_owned());
    Inputs { model_file, model_text, source: world.source(), changes, spots: None }
}

/// Whether changes give a plan, rounded (`exactly`) or not; what cannot be read gives none.
fn has_plan(model: &str, world: &World, changes: &[&str], exactly: bool) -> bool {
    let Ok(prepared) = run::prepare(&inputs(model, world, changes)) else { return false };
    match run::solve(prepared, &SolveOptions::default(), false) {
        Ok(_) => true,
        Err(RunError::Unroundable(..)) => !exactly,
        Err(RunError::Infeasible(_)) => false,
        Err(error) => panic!("{error:?}\n{model}"),
    }
}

/// The changes that leave everything out that is not kept: rules are turned off, funds need not be spent and do not run out.
fn without(prepared: &Prepared, kept: &BTreeSet<&str>) -> Vec<String> {
    let problem = &prepared.problem;
    let rules = problem.rules.iter().filter(|rule| !kept.contains(rule.id.as_str()));
    let rules = rules.map(|rule| format!("rule.{}.enabled=false", rule.id));
    let funds = problem.frame.funds.iter().filter(|fund| !kept.contains(fund.id.as_str()));
    let funds = funds
        .flat_map(|fund| [format!("fund.{}.spend=up_to", fund.id), format!("fund.{}.amount=900000 万元", fund.id)]);
    rules.chain(funds).collect()
}

/// Numbers of a model's funds and rules as they stand in its text: path, value, unit.
fn numbers(model: &str) -> Vec<(String, f64, String)> {
    let tree: toml::Table = model.parse().unwrap();
    let mut found = Vec::new();
    let mut take = |path: String, value: &toml::Value| match value {
        toml::Value::Integer(number) => found.push((path, *number as f64, String::new())),
        toml::Value::Float(number) => found.push((path, *number, String::new())),
        toml::Value::String(text) => {
            if let Some((number, unit)) = text.split_once(' ')
                && let Ok(number) = number.parse()
            {
                found.push((path, number, format!(" {unit}")));
            }
        }
        _ => {}
    };
    for fund in tree["fund"].as_array().unwrap() {
        take(format!("fund.{}.amount", fund["id"].as_str().unwrap()), &fund["amount"]);
    }
    let mut seen = std::collections::BTreeMap::<&str, usize>::new();
    for rule in tree["rule"].as_array().unwrap() {
        let kind = rule["kind"].as_str().unwrap();
        let count = seen.entry(kind).or_default();
        *count += 1;
        let default = if *count == 1 { kind.to_owned() } else { format!("{kind}_{count}") };
        let id = rule.get("id").and_then(toml::Value::as_str).map_or(default, str::to_owned);
        if kind == "channel" {
            continue;
        }
        for (key, value) in rule.as_table().unwrap() {
            match value {
                toml::Value::Array(pair) if key == "between" => {
                    for (at, value) in pair.iter().enumerate() {
                        take(format!("rule.{id}.{key}[{at}]"), value);
                    }
                }
                toml::Value::Table(parts) if key.starts_with("at_") => {
                    for (part, value) in parts {
                        take(format!("rule.{id}.{key}.{part}"), value);
                    }
                }
                value => take(format!("rule.{id}.{key}"), value),
            }
        }
    }
    found
}

fn check(model: &str, world: &World, prepared: &Prepared, diagnosis: &Diagnosis) -> Result<(), TestCaseError> {
    let members: BTreeSet<&str> = diagnosis.conflict.iter().map(|member| member.id.as_str()).collect();
    prop_assert!(!members.is_empty());
    let stands = |kept: &BTreeSet<&str>| {
        let changes = without(prepared, kept);
        has_plan(model, world, &changes.iter().map(String::as_str).collect::<Vec<_>>(), false)
    };
    prop_assert!(!stands(&members), "the conflict is none\n{}", model);
    for left_out in &members {
        let rest: BTreeSet<&str> = members.iter().copied().filter(|member| member != left_out).collect();
        prop_assert!(stands(&rest), "{:?} is not needed\n{}", left_out, model);
    }
    prop_assert!(diagnosis.complete, "{diagnosis:?}\n{model}");
    for repair in &diagnosis.repairs {
        prop_assert!(has_plan(model, world, &[&repair.change], true), "{} does not help\n{model}", repair.change);
        prop_assert!(repair.pays_fen >= 0);
        let (Ok(from), Ok(to)) = (repair.from.parse::<f64>(), repair.to.parse::<f64>()) else {
            prop_assert_eq!((&repair.from[..], &repair.to[..]), ("all", "up_to"));
            continue;
        };
        let less = from + 0.99 * (to - from);
        let unit = if repair.unit.is_empty() { String::new() } else { format!(" {}", repair.unit) };
        // Money goes to the 分: a move of some 分 has no hundredth.
        let less = if repair.unit == "元" { format!("{less:.2}") } else { format!("{less:.12}") };
        if less.parse::<f64>().unwrap() != to {
            let change = format!("{}={less}{unit}", repair.path);
            if has_plan(model, world, &[&change], true) {
                world.leave(env!("CARGO_TARGET_TMPDIR"), model);
                return Err(TestCaseError::fail(format!("{change} would do, {} is reported\n{model}", repair.change)));
            }
        }
    }
    // Every number, pushed either way as far as it can be read: where that gives a plan, the number is among the repairs.
    for (path, value, unit) in numbers(model) {
        for times in [0.0, 0.5, 0.9, 1.1, 2.0, 30.0, 1e4] {
            let moved = if value == 0.0 { times } else { value * times };
            let change = format!("{path}={moved:.2}{unit}");
            let offered = diagnosis.repairs.iter().any(|repair| repair.path == path);
            if !offered && has_plan(model, world, &[&change], true) {
                // To pay nothing is no repair where there is another.
                let paying = diagnosis.repairs.iter().any(|repair| repair.pays_fen > 0);
                world.leave(env!("CARGO_TARGET_TMPDIR"), model);
                prop_assert!(paying && moved == 0.0, "{change} would do and is not offered: {diagnosis:?}\n{model}");
            }
        }
    }
    Ok(())
}

/// A demand that asks for more than there is, or allows less than is to be spent.
fn demand(world: &World, kind: usize, excess: i128) -> String {
    let budget: i128 = (0..2).map(|fund| world.budget(fund)).sum();
    let yuan = common::world::yuan;
    let of_forest: i128 = world.cells.iter().filter(|cell| cell.ecosystem == 0).map(|cell| cell.extent).sum();
    match kind {
        0 => format!(
            "kind = \"floor\"\nid = \"extra\"\nper = \"total\"\nat_least = \"{} 元\"",
            yuan(budget * excess / 100)
        ),
        1 => {
            format!("kind = \"cap\"\nid = \"extra\"\nper = \"total\"\nat_most = \"{} 元\"", yuan(budget * 100 / excess))
        }
        2 => {
            let standard = world.budget(0) * excess / of_forest / 100 + 1;
            format!(
                "kind = \"unit_standard\"\nid = \"extra\"\necosystem = \"forest\"\nat_least = \"{} 元/亩\"",
                yuan(standard)
            )
        }
        // Little of the whole for everything but forest, which then may not have the rest.
        3 => "kind = \"share\"\nid = \"extra\"\nof = \"total\"\nat_most = 0.5".to_owned(),
        4 => {
            let last: i128 = world.cells.iter().map(|cell| cell.last).sum();
            let (low, high) =
                (budget * 10_000 * excess / 100 / (last * 100), budget * 20_000 * excess / (last * 10_000));
            let between = format!("between = [{}.{:04}, {}.{:04}]", low / 10_000, low % 10_000, high, 0);
            format!("kind = \"corridor\"\nid = \"extra\"\nper = \"total\"\n{between}")
        }
        _ => format!(
            "kind = \"linear\"\nid = \"extra\"\nterms = [{{ of = {{ ecosystem = \"forest\" }}, times = 1.5 }}]\nat_least = \"{} 元\"",
            yuan(budget * excess * 3 / 200)
        ),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: common::cases(40), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn repairs_are_sufficient_least_and_all_there_are(
        areas in 2_usize..5,
        kinds in prop::collection::vec(0..KINDS.len(), 1..4),
        wanted in 0_usize..6,
        excess in 102_i128..180,
        unit in prop_oneof![3 => Just(1_i128), 1 => Just(10_000)],
        seed in any::<u64>(),
    ) {
        let mut chance = Chance(seed);
        let world = World::draw(areas, unit, &mut chance);
        let rules: Vec<Drawn> = kinds.iter().map(|kind| KINDS[*kind].1(&world, &mut chance)).collect();
        let extra = Drawn { toml: demand(&world, wanted, excess), check: Box::new(|_, _| None) };
        let mut all: Vec<&Drawn> = rules.iter().collect();
        all.push(&extra);
        let model = world.model(&all, FAIR);
        let prepared = run::prepare(&inputs(&model, &world, &[])).unwrap();
        let outcome = run::solve(prepared, &SolveOptions::default(), false);
        let Err(RunError::Infeasible(prepared)) = outcome else {
            return Err(TestCaseError::fail(format!("a plan?\n{model}")));
        };
        let diagnosis = diagnose(&prepared, &SolveOptions::default()).unwrap();
        check(&model, &world, &prepared, &diagnosis)?;
        // The demand itself can always be taken back.
        prop_assert!(diagnosis.repairs.iter().any(|repair| repair.id == "extra"), "{diagnosis:?}\n{model}");
    }
}

/// The repairs of a model in a folder by path, each applied and found to work.
fn repairs(folder: &Folder, more: &[&str]) -> Vec<Value> {
    let done = folder.allocate(more);
    assert_eq!(done.code, 3, "{}", done.err);
    let error = done.error();
    let repairs = error["diagnosis"]["repairs"].as_array().unwrap().clone();
    for repair in &repairs {
        let change = repair["change"].as_str().unwrap();
        let arguments: Vec<&str> = more.iter().copied().chain(["--set", change]).collect();
        let fixed = folder.allocate(&arguments);
        assert_eq!(fixed.code, 0, "{change}: {}", fixed.err);
        assert_eq!(fixed.json()["total"]["amount_fen"], repair["pays_fen"], "{change}");
    }
    repairs
}

fn to<'a>(repairs: &'a [Value], path: &str) -> &'a str {
    let found = repairs.iter().find(|repair| repair["path"] == path);
    found.unwrap_or_else(|| panic!("{path} is not offered: {repairs:#?}"))["to"].as_str().unwrap()
}

fn projects(model: &str) -> Folder {
    let folder = Folder::empty();
    folder.write("areas.csv", "代码,名称,人口(人)\nP01,项目1,1\nP02,项目2,1\nP03,项目3,1\nP04,项目4,1\n");
    folder.write("cells.csv", "区域代码,生态系统,面积(亩)\nP01,林地,50\nP02,林地,30\nP03,林地,15\nP04,林地,5\n");
    let head = "model = { name = \"项目\", dataset = \".\", area_label = \"项目\" }\n\
        fund = [{ id = \"pool\", amount = \"10000 元\" }]\nentitlement = { factors = { extent = 1 } }\n";
    folder.write("model.toml", format!("{head}{model}{FAIR}"));
    folder
}

#[test]
fn an_upper_share_is_among_the_repairs() {
    let share = "[[rule]]\nkind = \"share\"\nid = \"first\"\nof = { area = \"P01\" }\nat_most = 0.2\n";
    let caps = "[[rule]]\nkind = \"cap\"\nof = { area = [\"P02\", \"P03\", \"P04\"] }\nper = \"area\"\nat_most = \"2000 元\"\n";
    let repairs = repairs(&projects(&format!("{share}{caps}")), &[]);
    assert_eq!(to(&repairs, "rule.first.at_most"), "0.4");
    assert_eq!(to(&repairs, "rule.cap.at_most"), "2666.67");
    assert_eq!(to(&repairs, "fund.pool.amount"), "7500");
    assert_eq!(to(&repairs, "fund.pool.spend"), "up_to");
}

#[test]
fn each_repair_has_a_line_of_its_own() {
    let share = "[[rule]]\nkind = \"share\"\nid = \"first\"\nof = { area = \"P01\" }\nat_most = 0.2\n";
    let caps = "[[rule]]\nkind = \"cap\"\nof = { area = [\"P02\", \"P03\", \"P04\"] }\nper = \"area\"\nat_most = \"2000 元\"\n";
    let folder = projects(&format!("{share}{caps}"));
    let done = ecocomp(&["allocate", &folder.file("model.toml")]);
    assert_eq!(done.code, 3, "{}", done.err);
    let lines: Vec<&str> = done.err.lines().filter(|line| line.contains("--set")).collect();
    assert!(lines.len() > 1 && lines.iter().all(|line| line.matches("--set").count() == 1), "{}", done.err);
    assert!(!done.err.contains('␊'), "{}", done.err);
}

#[test]
fn to_pay_nothing_is_no_repair_where_there_is_another() {
    let share =
        |n: i32| format!("[[rule]]\nkind = \"share\"\nid = \"s{n}\"\nof = {{ area = \"P0{n}\" }}\nat_most = 0.2\n");
    let folder = projects(&(1..=4).map(share).collect::<String>());
    let found = repairs(&folder, &[]);
    assert_eq!(found.len(), 4);
    for n in 1..=4 {
        assert_eq!(to(&found, &format!("rule.s{n}.at_most")), "0.4");
    }
    // Where every part may be nothing of the whole, only paying nothing is left, and is said to be that.
    let nothing =
        |n: i32| format!("[[rule]]\nkind = \"share\"\nid = \"s{n}\"\nof = {{ area = \"P0{n}\" }}\nat_most = 0.1\n");
    let cap = "[[rule]]\nkind = \"cap\"\nid = \"c\"\nper = \"total\"\nat_most = \"100 元\"\n";
    let folder = projects(&((1..=4).map(nothing).collect::<String>() + cap));
    let found = repairs(&folder, &[]);
    assert!(!found.is_empty() && found.iter().all(|repair| repair["pays_fen"] == 0), "{found:#?}");
    let text = ecocomp(&["allocate", &folder.file("model.toml")]).err;
    assert!(text.contains("此时不支付任何资金"), "{text}");
}

#[test]
fn tolerances_ratios_factors_and_thresholds_are_among_the_repairs() {
    let folder = Folder::sound();
    let with = |rules: &str| {
        folder.write(
            "model.toml",
            format!("{}{rules}", common::MODEL.replace("objective = [{ kind = \"max_min_coverage\" }]\n", "")) + FAIR,
        );
        repairs(&folder, &[])
    };
    let floor = "[[rule]]\nkind = \"floor\"\nid = \"f\"\nof = { area = \"02\", ecosystem = \"forest\" }\nat_least = \"30 万元\"\n";
    let found =
        with(&format!("{floor}[[rule]]\nkind = \"outcome_gate\"\nid = \"g\"\nbelow = 75\nat_most = \"5 万元\"\n"));
    // Forest of the second area scores 60.
    assert_eq!(to(&found, "rule.g.below"), "60");
    assert_eq!(to(&found, "rule.g.at_most"), "300000");
    let cap =
        "[[rule]]\nkind = \"cap\"\nid = \"c\"\nof = { area = \"01\", ecosystem = \"forest\" }\nat_most = \"1 万元\"\n";
    let found = with(&format!("{floor}{cap}[[rule]]\nkind = \"outcome_order\"\nid = \"o\"\n"));
    // Coverage of the floor less coverage at the cap: GEP is what entitles, 50 万元 over 230 万元.
    let entitled = |gep: f64| 500_000.0 * gep / 2_300_000.0;
    let expected = 300_000.0 / entitled(700_000.0) - 10_000.0 / entitled(400_000.0);
    let tolerance: f64 = to(&found, "rule.o.tolerance").parse().unwrap();
    assert!((tolerance - expected).abs() < 1e-3 * expected, "{tolerance} {expected}");
    let all =
        "[[rule]]\nkind = \"floor\"\nid = \"f\"\nof = { area = \"01\" }\nper = \"area\"\nat_least = \"40 万元\"\n";
    let found = with(&format!("{all}[[rule]]\nkind = \"per_head\"\nid = \"p\"\nratio_at_most = 2\n"));
    // 40 万元 for 1 000 residents against 10 万元 for 3 000.
    assert_eq!(to(&found, "rule.p.ratio_at_most"), "12");
    let linear = "[[rule]]\nkind = \"linear\"\nid = \"l\"\nterms = [{ of = { ecosystem = \"forest\" }, times = 1 }, { of = { ecosystem = \"wetland\" }, times = -2 }]\nat_least = \"0 元\"\n";
    let wet = "[[rule]]\nkind = \"floor\"\nid = \"w\"\nper = \"ecosystem\"\nof = { ecosystem = \"wetland\" }\nat_least = \"30 万元\"\n";
    let found = with(&format!("{linear}{wet}"));
    assert_eq!(to(&found, "rule.l.at_least"), "-400000");
    assert_eq!(to(&found, "rule.l.terms[1].times"), "3");
    let factor: f64 = to(&found, "rule.l.terms[2].times").parse().unwrap();
    assert!((factor + 2.0 / 3.0).abs() < 1e-3, "{factor}");
}

#[test]
fn a_repair_that_rounds_only_after_a_wider_search_is_found() {
    let model = repository("tests/cases/repair_far/model.toml");
    let done = ecocomp(&["allocate", &model, "--format", "json", "--json"]);
    assert_eq!(done.code, 3);
    let error = done.error();
    let repairs = error["diagnosis"]["repairs"].as_array().unwrap();
    let amount = to(repairs, "fund.f0.amount");
    assert!(amount.parse::<f64>().unwrap() <= 6_569_896.0, "{amount}");
    for repair in repairs {
        let change = repair["change"].as_str().unwrap();
        assert_eq!(ecocomp(&["allocate", &model, "--format", "csv", "--set", change]).code, 0, "{change}");
    }
}

#[test]
fn a_standard_moves_no_farther_than_it_must() {
    let model = repository("tests/cases/repair_least/model.toml");
    let done = ecocomp(&["allocate", &model, "--format", "json", "--json"]);
    assert_eq!(done.code, 3);
    let error = done.error();
    let repairs = error["diagnosis"]["repairs"].as_array().unwrap();
    let standards = repairs.iter().filter(|repair| repair["unit"] == "元/亩");
    let nearest = standards.map(|repair| repair["to"].as_str().unwrap().parse::<f64>().unwrap());
    let nearest = nearest.fold(0.0, f64::max);
    assert!((1.47..=1.49).contains(&nearest), "{repairs:#?}");
    // Where a smaller move was left open, the sentence says so.
    let unproved = repairs.iter().filter(|repair| repair["least"] == false).count();
    assert_eq!(error["explanation"].as_str().unwrap().matches("未能证明").count(), unproved, "{repairs:#?}");
}

#[test]
fn the_shipped_infeasible_model_is_diagnosed_on_the_command_line() {
    let model = repository("models/chongming-infeasible.toml");
    let done = ecocomp(&["allocate", &model, "--json"]);
    assert_eq!(done.code, 3);
    let error = done.error();
    assert_eq!(error["status"], "infeasible");
    let repairs = error["diagnosis"]["repairs"].as_array().unwrap();
    assert!(!repairs.is_empty());
    for repair in repairs {
        let change = repair["change"].as_str().unwrap();
        assert_eq!(ecocomp(&["allocate", &model, "--format", "csv", "--set", change]).code, 0, "{change}");
    }
    let smallest = error["diagnosis"]["smallest_budget_fen"].as_i64().unwrap();
    assert!(smallest > error["diagnosis"]["budget_fen"].as_i64().unwrap());
    // The document says in words what the terminal says.
    let printed = ecocomp(&["allocate", &model]).err;
    assert!(printed.contains(error["explanation"].as_str().unwrap()), "{printed}");
}

#[test]
fn the_smallest_budget_is_enough_and_a_fen_less_is_not() {
    let folder = Folder::sound();
    let base = "[model]\nname = \"x\"\ndataset = \".\"\n[[fund]]\nid = \"d\"\namount = \"5 万元\"\n[[objective]]\nkind = \"max_min_coverage\"\n[[rule]]\nkind = \"floor\"\nat_least = { cost = 0.5 }\n";
    folder.write("model.toml", base);
    let done = folder.allocate(&[]);
    assert_eq!(done.code, 3);
    // Half of 80 000 + 30 000 + 140 000 + 130 000 元.
    assert_eq!(done.error()["diagnosis"]["smallest_budget_fen"], 19_000_000);
    assert_eq!(folder.allocate(&["--set", "fund.d.amount=190000.00 元"]).code, 0);
    assert_eq!(folder.allocate(&["--set", "fund.d.amount=189999.99 元"]).code, 3);
}

#[test]
fn no_budget_is_enough_is_said_of_held_entitlements_only_as_such() {
    // Caps grow with the entitlements, which grow with the fund: 1 500 元 are enough, though none is under held entitlements.
    let rules = "[[rule]]\nkind = \"cap\"\nid = \"c\"\nat_most = { entitlement = 1.2 }\n\
        [[rule]]\nkind = \"floor\"\nid = \"f\"\nof = { area = \"P04\" }\nat_least = \"700 元\"\n";
    let folder = projects(rules);
    let found = repairs(&folder, &[]);
    // 1.2 · 5 % of the fund ≥ 700 元, entitlements in whole 分.
    let amount: f64 = to(&found, "fund.pool.amount").parse().unwrap();
    assert!((11_666.67..11_675.0).contains(&amount), "{amount}");
    let text = ecocomp(&["allocate", &folder.file("model.toml")]).err;
    assert!(text.contains("应得额按现有资金计算不变时"), "{text}");
}

#[test]
fn a_what_if_on_the_shipped_model_offers_the_share_and_what_else_gives_way() {
    let model = repository("models/chongming-vertical.toml");
    let set = ["allocate", &model, "--json", "--set", "rule.forest_share.at_most=0.05"];
    let done = ecocomp(&set);
    assert_eq!(done.code, 3);
    let error = done.error();
    let diagnosis = &error["diagnosis"];
    assert_eq!(diagnosis["complete"], true);
    let repairs = diagnosis["repairs"].as_array().unwrap();
    let share: f64 = to(repairs, "rule.forest_share.at_most").parse().unwrap();
    assert!((0.361_97..0.362).contains(&share), "{share}");
    for repair in repairs {
        let change = repair["change"].as_str().unwrap();
        let fixed = ecocomp(&[&set[..], &["--set", change]].concat());
        assert_eq!(fixed.code, 0, "{change}: {}", fixed.err);
    }
}
