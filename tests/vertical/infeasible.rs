//! Infeasible is an answer: the conflict is irreducible, each repair works alone, and a hundredth less does not.

use crate::common;
use crate::common::draws::KINDS;
use crate::common::world::{Chance, Drawn, World};
use crate::common::{Folder, ecocomp, repository};
use ecocomp::analysis::repair::{Diagnosis, diagnose};
use ecocomp::rules::Member;
use ecocomp::run::{self, Inputs, Prepared, RunError, feasible};
use ecocomp::scenario::Change;
use ecocomp::solver::SolveOptions;
use proptest::prelude::*;

const FAIR: &str = "[[objective]]\nkind = \"max_min_coverage\"\n";

fn inputs(model: &str, world: &World, changes: &[&str]) -> Inputs {
    let changes = changes.iter().map(|text| Change::parse(text).unwrap()).collect();
    Inputs { model_file: "model.toml".to_owned(), model_text: model.to_owned(), source: world.source(), changes }
}

fn has_plan(model: &str, world: &World, change: &str) -> bool {
    let prepared = run::prepare(&inputs(model, world, &[change])).unwrap();
    match run::solve(prepared, &SolveOptions::default(), false) {
        Ok(_) => true,
        Err(RunError::Infeasible(_) | RunError::Unroundable(_)) => false,
        Err(error) => panic!("{error:?}\n{model}"),
    }
}

fn check(model: &str, world: &World, prepared: &Prepared, diagnosis: &Diagnosis) -> Result<(), TestCaseError> {
    let options = SolveOptions::default();
    let members: Vec<Member> = diagnosis.conflict.iter().filter_map(|member| member.member).collect();
    prop_assert!(!members.is_empty());
    let stands = |kept: &[Member]| feasible(&prepared.problem, &|member| kept.contains(&member), &options).unwrap();
    prop_assert_eq!(stands(&members), Some(false), "the conflict is none\n{}", model);
    for left_out in &members {
        let rest: Vec<Member> = members.iter().copied().filter(|member| member != left_out).collect();
        prop_assert_eq!(stands(&rest), Some(true), "{:?} is not needed\n{}", left_out, model);
    }
    for repair in &diagnosis.repairs {
        prop_assert!(has_plan(model, world, &repair.change), "{} does not help\n{model}", repair.change);
        let (from, to): (f64, f64) = (repair.from.parse().unwrap(), repair.to.parse().unwrap());
        let less = from + 0.99 * (to - from);
        let unit = if repair.unit.is_empty() { String::new() } else { format!(" {}", repair.unit) };
        // Money goes to the 分: a move of some 分 has no hundredth.
        let less = if repair.unit == "元" { format!("{less:.2}") } else { format!("{less:.12}") };
        if less.parse::<f64>().unwrap() != to {
            let change = format!("{}={less}{unit}", repair.path);
            if has_plan(model, world, &change) {
                world.leave(env!("CARGO_TARGET_TMPDIR"), model);
            }
            prop_assert!(!has_plan(model, world, &change), "{change} would do, {} is reported\n{model}", repair.change);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: common::cases(40), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn repairs_are_sufficient_and_cheapest(
        areas in 2_usize..5,
        kinds in prop::collection::vec(0..KINDS.len(), 1..4),
        demand in 0_usize..3,
        excess in 102_i128..180,
        seed in any::<u64>(),
    ) {
        let mut chance = Chance(seed);
        let world = World::draw(areas, 1, &mut chance);
        let rules: Vec<Drawn> = kinds.iter().map(|kind| KINDS[*kind].1(&world, &mut chance)).collect();
        // A demand that asks for more than there is, or allows less than is to be spent.
        let budget: i128 = (0..2).map(|fund| world.budget(fund)).sum();
        let total = |fen: i128| common::world::yuan(fen);
        let extra = match demand {
            0 => format!("kind = \"floor\"\nid = \"extra\"\nper = \"total\"\nat_least = \"{} 元\"", total(budget * excess / 100)),
            1 => format!("kind = \"cap\"\nid = \"extra\"\nper = \"total\"\nat_most = \"{} 元\"", total(budget * 100 / excess)),
            _ => {
                let forest: i128 = world.cells.iter().filter(|cell| cell.ecosystem == 0).map(|cell| cell.extent).sum();
                let standard = world.budget(0) * excess / forest / 100 + 1;
                format!("kind = \"unit_standard\"\nid = \"extra\"\necosystem = \"forest\"\nat_least = \"{} 元/亩\"", total(standard))
            }
        };
        let extra = Drawn { toml: extra, check: Box::new(|_, _| None) };
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
