//! The published plan is the best one: by closed form, by another solver, and by the definition of leximin.

use crate::common;
use crate::common::draws::KINDS;
use crate::common::mps::Mps;
use crate::common::world::{Chance, Drawn, ECOSYSTEMS, World, yuan};
use ecocomp::run::{self, Inputs, Solved};
use ecocomp::solver::SolveOptions;
use proptest::prelude::*;

const FAIR: &str = "[[objective]]\nkind = \"max_min_coverage\"\n";
const STAGES: [&str; 6] = [
    FAIR,
    "[[objective]]\nkind = \"max_min_coverage\"\nslack = 0.02\n",
    "[[objective]]\nkind = \"min_deviation\"\nnorm = \"l1\"\n",
    "[[objective]]\nkind = \"min_deviation\"\nnorm = \"linf\"\n",
    "[[objective]]\nkind = \"max_outcome_benefit\"\nreturns = [[0.6, 1.0], [1.1, 0.6], [1.6, 0.3]]\n",
    "[[objective]]\nkind = \"max_outcome_benefit\"\nreturns = [[0.9, 1.0], [2.5, 0.1]]\nvalue = \"gep\"\nslack = 0.01\n",
];

fn solved(model: &str, world: &World) -> Result<Solved, TestCaseError> {
    let (model_file, model_text) = ("model.toml".to_owned(), model.to_owned());
    let inputs = Inputs { model_file, model_text, source: world.source(), changes: Vec::new(), spots: None };
    let prepared = run::prepare(&inputs).map_err(|findings| TestCaseError::fail(format!("{findings:?}")))?;
    run::solve(prepared, &SolveOptions::default(), true).map_err(|error| {
        world.leave(env!("CARGO_TARGET_TMPDIR"), model);
        TestCaseError::fail(format!("{error:?}\n{model}"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: common::cases(60), failure_persistence: None, ..ProptestConfig::default() })]

    /// Each stage's exported program, read back from its text and solved by another solver.
    #[test]
    fn another_solver_finds_the_same_optimum_at_every_stage(
        areas in 2_usize..7,
        kinds in prop::collection::vec(0..KINDS.len(), 0..5),
        stages in prop::collection::vec(0..STAGES.len(), 1..4),
        seed in any::<u64>(),
    ) {
        let mut chance = Chance(seed);
        let world = World::draw(areas, 1, &mut chance);
        let rules: Vec<Drawn> = kinds.iter().map(|kind| KINDS[*kind].1(&world, &mut chance)).collect();
        let objective: String = stages.iter().map(|stage| STAGES[*stage]).collect();
        let model = world.model(&rules.iter().collect::<Vec<_>>(), &objective);
        let solved = solved(&model, &world)?;
        for stage in &solved.plan.stages {
            let text = stage.program.as_ref().unwrap().to_mps(stage.kind);
            let other = Mps::read(&text).minimise().map_err(TestCaseError::fail)?;
            let distance = (other - stage.minimised).abs() / (1.0 + stage.minimised.abs());
            if distance >= 1e-6 {
                world.leave(env!("CARGO_TARGET_TMPDIR"), &model);
            }
            prop_assert!(distance < 1e-6, "{}: {} and {other}\n{model}", stage.kind, stage.minimised);
        }
    }

    /// By definition: no cell can have more unless a cell with no more coverage than it has less.
    #[test]
    fn no_coverage_can_rise_but_at_the_cost_of_a_lower_one(
        areas in 2_usize..5,
        kinds in prop::collection::vec(0..KINDS.len(), 0..4),
        seed in any::<u64>(),
    ) {
        let mut chance = Chance(seed);
        let world = World::draw(areas, 1, &mut chance);
        let rules: Vec<Drawn> = kinds.iter().map(|kind| KINDS[*kind].1(&world, &mut chance)).collect();
        let model = world.model(&rules.iter().collect::<Vec<_>>(), FAIR);
        let solved = solved(&model, &world)?;
        let program = solved.plan.stages[0].program.as_ref().unwrap().to_mps("first");
        let mut base = Mps::read(&program);
        for column in &mut base.columns {
            column.cost = 0.0;
        }
        let frame = &solved.prepared.problem.frame;
        // Per cell: its columns in the program, its amount and its entitlement, in 万元.
        let mut cells = Vec::new();
        for cell in frame.cells() {
            let entitlement = frame.entitlement_of(cell).to_wan();
            if entitlement == 0.0 {
                continue;
            }
            let columns: Vec<usize> = frame.amounts_of(cell).iter().map(|id| {
                let name = &solved.program.lp.columns()[solved.program.amounts[id.0].0].name;
                base.column(name).unwrap()
            }).collect();
            let amount: f64 = frame.amounts_of(cell).iter().map(|id| solved.plan.amounts[id.0]).sum();
            cells.push((columns, amount, entitlement));
        }
        for (columns, amount, entitlement) in &cells {
            let level = amount / entitlement;
            let mut rival = base.clone();
            for (others, other, weight) in &cells {
                if other / weight <= level + 1e-7 && others != columns {
                    let terms: Vec<(usize, f64)> = others.iter().map(|column| (*column, 1.0)).collect();
                    rival.at_least(&terms, other - 1e-9 * weight);
                }
            }
            for column in columns {
                rival.columns[*column].cost = -1.0;
            }
            let best = rival.minimise().map_err(TestCaseError::fail)?;
            // What the others may lose to rounding errors may come to this one, times what the rules make of it.
            let room = 1e-6 * cells.iter().map(|(_, _, weight)| weight).sum::<f64>() / entitlement + 1e-6;
            prop_assert!(-best / entitlement <= level + room, "{level} could be {}\n{model}", -best / entitlement);
        }
    }

    /// Boxes, one fund, leximin: y = clamp(λE, lo, hi) with Σ y = budget.
    #[test]
    fn boxes_and_one_fund_give_the_closed_form(areas in 2_usize..12, fill in 1_i128..1000, seed in any::<u64>()) {
        let mut chance = Chance(seed);
        let world = World::draw(areas, 1, &mut chance);
        // Floors are a share of cost, caps of GEP.
        let (least, most) = (chance.between(1, 90), chance.between(20, 200));
        let boxes: Vec<(i128, i128)> = world.cells.iter().map(|cell| {
            let low = (cell.protection + cell.opportunity) * least;
            (low, low + cell.gep * most)
        }).collect();
        let (low, high): (i128, i128) = (boxes.iter().map(|b| b.0).sum(), boxes.iter().map(|b| b.1).sum());
        let budget = low + (high - low) * fill / 1000;
        let model = format!(
            "[model]\nname = \"箱\"\ndataset = \".\"\n[[fund]]\nid = \"one\"\namount = \"{} 元\"\n{FAIR}\
             [entitlement]\nfactors = {{ extent = 0.5, gep = 0.5 }}\n\
             [[rule]]\nkind = \"floor\"\nat_least = {{ cost = 0.{least:02} }}\n\
             [[rule]]\nkind = \"cap\"\nat_most = {{ cost = 0.{least:02}, gep = {}.{:02} }}\n",
            yuan(budget), most / 100, most % 100,
        );
        let record = common::world::solve_text(&model, world.source()).map_err(TestCaseError::fail)?;
        let cells = record["cells"].as_array().unwrap();
        let entitled: Vec<f64> = cells.iter().map(|cell| cell["entitlement_fen"].as_i64().unwrap() as f64).collect();
        let order: Vec<(f64, f64)> = cells.iter().map(|cell| {
            let at = world.cells.iter().position(|one| {
                cell["area"] == World::code(one.area) && cell["ecosystem"] == ECOSYSTEMS[one.ecosystem].0
            });
            let (low, high) = boxes[at.unwrap()];
            (low as f64, high as f64)
        }).collect();
        let amounts = |level: f64| -> Vec<f64> {
            order.iter().zip(&entitled).map(|((low, high), e)| (level * e).clamp(*low, *high)).collect()
        };
        let (mut lower, mut upper) = (0.0, 1e12);
        for _ in 0..400 {
            let middle: f64 = f64::midpoint(lower, upper);
            if amounts(middle).iter().sum::<f64>() < budget as f64 { lower = middle } else { upper = middle }
        }
        let expected = amounts(upper);
        let mut sum = 0;
        for (cell, expected) in cells.iter().zip(&expected) {
            let amount = cell["amount_fen"].as_i64().unwrap();
            prop_assert!((amount as f64 - expected).abs() < 1.0 + 1e-6, "{amount} and {expected}\n{model}");
            sum += i128::from(amount);
        }
        prop_assert_eq!(sum, budget);
    }
}
