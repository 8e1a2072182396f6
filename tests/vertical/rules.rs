//! Every rule, on random places: the published amounts obey it to the 分, by arithmetic that knows nothing of the engine.
//!
//! Each world carries a plan that obeys all its rules, so "no plan" is never the right answer here.

use crate::common;
use crate::common::draws::{self, Draw, KINDS};
use crate::common::world::{Chance, Drawn, World};
use proptest::prelude::*;
use serde_json::Value;

const FAIR: &str = "[[objective]]\nkind = \"max_min_coverage\"\n";
const OBJECTIVES: [&str; 4] = [
    FAIR,
    "[[objective]]\nkind = \"min_deviation\"\n",
    "[[objective]]\nkind = \"min_deviation\"\nnorm = \"linf\"\n",
    "[[objective]]\nkind = \"max_outcome_benefit\"\nreturns = [[0.6, 1.0], [1.1, 0.6], [1.6, 0.3]]\n[[objective]]\nkind = \"max_min_coverage\"\n",
];

const BY_GEP: &str =
    "[[objective]]\nkind = \"max_outcome_benefit\"\nreturns = [[0.6, 1.0], [1.1, 0.6], [1.6, 0.3]]\nvalue = \"gep\"\n";

fn obeyed(world: &World, rules: &[&Drawn], objective: &str) -> Result<Value, TestCaseError> {
    let record = world.solve(rules, objective).map_err(|why| {
        // What failed is left behind, ready for the command line.
        world.leave(env!("CARGO_TARGET_TMPDIR"), &world.model(rules, objective));
        TestCaseError::fail(why)
    })?;
    let plan = world.plan(&record);
    for rule in rules {
        if let Some(wrong) = (rule.check)(world, &plan) {
            return Err(TestCaseError::fail(format!("{}\n{wrong}", rule.toml)));
        }
    }
    let audited = record["rules"].as_array().unwrap();
    prop_assert!(audited.iter().all(|rule| rule["holds"] == true));
    let budget: i128 = (0..2).map(|fund| world.budget(fund)).sum();
    prop_assert_eq!(plan.entitlement.iter().sum::<i128>(), budget);
    Ok(record)
}

fn alone(draw: Draw, areas: usize, unit: i128, seed: u64) -> Result<Value, TestCaseError> {
    let mut chance = Chance(seed);
    let world = World::draw(areas, unit, &mut chance);
    let rule = draw(&world, &mut chance);
    let objective = OBJECTIVES[(seed % 4) as usize];
    obeyed(&world, &[&rule], objective)
}

macro_rules! each_rule {
    ($($name:ident: $draw:path;)*) => {
        proptest! {
            #![proptest_config(ProptestConfig { cases: common::cases(40), failure_persistence: None, ..ProptestConfig::default() })]
            $(#[test]
            fn $name(areas in 2_usize..7, unit in prop_oneof![Just(1_i128), Just(100), Just(10_000)], seed in any::<u64>()) {
                alone($draw, areas, unit, seed)?;
            })*
        }
    };
}

each_rule! {
    unit_standards_hold: draws::unit_standard;
    floors_in_money_hold: draws::floor_money;
    floors_per_resident_hold: draws::floor_per_head;
    caps_of_gep_hold: draws::cap_gep;
    caps_of_cost_hold: draws::cap_cost;
    corridors_hold: draws::corridor;
    shares_of_the_total_hold: draws::share_of_total;
    shares_of_a_fund_hold: draws::share_of_fund;
    outcome_gates_hold: draws::outcome_gate;
    amounts_per_head_stay_within_their_ratio: draws::per_head;
    linear_rules_hold: draws::linear;
    deductions_pay_their_rewards: draws::deduction;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: common::cases(40), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn channels_split_every_amount_to_the_fen(areas in 2_usize..7, seed in any::<u64>()) {
        let mut chance = Chance(seed);
        let world = World::draw(areas, 1, &mut chance);
        let rule = draws::channel(&world, &mut chance);
        let record = obeyed(&world, &[&rule], FAIR)?;
        let share = |id: &str| -> i64 {
            let (_, rest) = rule.toml.split_once(&format!("\"{id}\", share = 0.")).unwrap();
            rest[..2].parse().unwrap()
        };
        let mut sums = std::collections::BTreeMap::<String, (i64, i64)>::new();
        let key = if rule.toml.contains("\"area\"") { "areas" } else { "cells" };
        let amounts: Vec<i64> = record[key].as_array().unwrap().iter().map(|part| part["amount_fen"].as_i64().unwrap()).collect();
        let parts = record["channels"].as_array().unwrap();
        prop_assert_eq!(parts.len(), 3 * amounts.len());
        for part in parts {
            let entry = sums.entry(part["group"].to_string()).or_default();
            entry.0 += part["amount_fen"].as_i64().unwrap();
        }
        let mut totals: Vec<i64> = sums.values().map(|entry| entry.0).collect();
        let mut expected = amounts.clone();
        totals.sort_unstable();
        expected.sort_unstable();
        prop_assert_eq!(totals, expected);
        for part in parts {
            let whole = sums[&part["group"].to_string()].0;
            let exact = share(part["channel"].as_str().unwrap()) * whole;
            prop_assert!((part["amount_fen"].as_i64().unwrap() * 100 - exact).abs() < 100);
        }
    }

    #[test]
    fn better_outcomes_never_have_less_coverage(areas in 2_usize..9, per_cent in prop_oneof![Just(0_i128), 1_i128..40], seed in any::<u64>()) {
        let mut chance = Chance(seed);
        let world = World::draw(areas, 1, &mut chance);
        let toml = format!("kind = \"outcome_order\"\ntolerance = 0.{per_cent:02}");
        let order = Drawn { toml, check: Box::new(move |world, plan| {
            for (better, one) in world.cells.iter().enumerate() {
                for (worse, other) in world.cells.iter().enumerate() {
                    let above = one.ecosystem == other.ecosystem && one.outcome > other.outcome;
                    let (e_better, e_worse) = (plan.entitlement[better], plan.entitlement[worse]);
                    // r(better) ≥ r(worse) − tolerance, times 100 · E · E.
                    let room = per_cent * e_better * e_worse;
                    if above && 100 * plan.of(better) * e_worse + room < 100 * plan.of(worse) * e_better {
                        return Some(format!("{better} below {worse}"));
                    }
                }
            }
            None
        }) };
        // A third rewards coverage, one the outcome, which pulls the same way, and one GEP alone, which pulls otherwise.
        let objective = [OBJECTIVES[0], OBJECTIVES[3], BY_GEP][(seed % 3) as usize];
        obeyed(&world, &[&order], objective)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: common::cases(120), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_rules_together_hold(
        areas in 2_usize..9,
        unit in prop_oneof![Just(1_i128), Just(100), Just(10_000)],
        kinds in prop::collection::vec(0..KINDS.len(), 1..7),
        objective in 0..OBJECTIVES.len(),
        seed in any::<u64>(),
    ) {
        let mut chance = Chance(seed);
        let world = World::draw(areas, unit, &mut chance);
        let rules: Vec<Drawn> = kinds.iter().map(|kind| KINDS[*kind].1(&world, &mut chance)).collect();
        obeyed(&world, &rules.iter().collect::<Vec<_>>(), OBJECTIVES[objective])?;
    }
}
