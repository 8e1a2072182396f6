//! Scenarios on a compiled model: the same plan as a full run of the changed model, whatever was solved before.

use crate::common;
use crate::common::draws::KINDS;
use crate::common::world::{Chance, Drawn, World};
use ecocomp::compiled::{Compiled, ScenarioEnd};
use ecocomp::run::{self, Inputs, Prepared, RunError};
use ecocomp::scenario::Change;
use ecocomp::solver::SolveOptions;
use proptest::prelude::*;

const WORST: &str = "[[objective]]\nkind = \"max_min_coverage\"\nlevels = \"worst\"\nslack = 0.03\n";
const BENEFIT: &str = "[[objective]]\nkind = \"max_outcome_benefit\"\nreturns = [[0.6, 1.0], [1.1, 0.6], [1.6, 0.3]]\n";
const DEVIATION: &str = "[[objective]]\nkind = \"min_deviation\"\n";
const LEXIMIN: &str = "[[objective]]\nkind = \"max_min_coverage\"\n";

fn objective(number: usize) -> String {
    match number {
        0 => [WORST, BENEFIT].concat(),
        1 => [BENEFIT, DEVIATION].concat(),
        2 => [DEVIATION, BENEFIT].concat(),
        _ => LEXIMIN.to_owned(),
    }
}

fn changes(chance: &mut Chance) -> Vec<Change> {
    let per_cent = |chance: &mut Chance| format!("{}.{:02}", chance.between(0, 1), chance.between(80, 99));
    let mut texts = vec![format!("data.gep[ecosystem=forest]*={}", per_cent(chance))];
    if chance.one_in(2) {
        texts.push(format!("data.outcome*=0.{}", chance.between(80, 99)));
    }
    if chance.one_in(2) {
        texts.push(format!("fund.district.amount*=1.0{}", chance.between(0, 4)));
    }
    if chance.one_in(3) {
        texts.push(format!("data.last_year*=0.9{}", chance.between(0, 9)));
    }
    if chance.one_in(3) {
        texts.push("data.population*=1.5".to_owned());
    }
    texts.iter().map(|text| Change::parse(text).unwrap()).collect()
}

/// Amount of each cell in a full run of the changed model; `None` where it has no plan.
fn in_full(base: &Prepared, changes: &[Change]) -> Option<(Vec<f64>, Vec<f64>)> {
    let changed = run::changed(base, changes).unwrap();
    match run::solve(changed, &SolveOptions::default(), false) {
        Ok(solved) => {
            let frame = &solved.prepared.problem.frame;
            let sum = |cell| frame.amounts_of(cell).iter().map(|id| solved.plan.amounts[id.0]).sum();
            let stages = solved.plan.stages.iter().filter(|stage| !stage.kind.starts_with("tie_break"));
            Some((frame.cells().map(sum).collect(), stages.map(|stage| stage.value).collect()))
        }
        Err(RunError::Infeasible(_)) => None,
        Err(error) => panic!("{error:?}"),
    }
}

/// The plan to the last bit, as text.
fn plan_of(end: &ScenarioEnd) -> String {
    match end {
        ScenarioEnd::Solved(plan, _) => format!("{plan:?}"),
        other => format!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: common::cases(40), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_scenario_is_a_full_run_of_the_changed_model(
        areas in 2_usize..7,
        kinds in prop::collection::vec(0..KINDS.len(), 0..5),
        stages in 0_usize..4,
        seed in any::<u64>(),
    ) {
        let mut chance = Chance(seed);
        let world = World::draw(areas, 1, &mut chance);
        let rules: Vec<Drawn> = kinds.iter().map(|kind| KINDS[*kind].1(&world, &mut chance)).collect();
        let model = world.model(&rules.iter().collect::<Vec<_>>(), &objective(stages));
        let inputs = Inputs {
            model_file: "model.toml".to_owned(),
            model_text: model.clone(),
            source: world.source(),
            changes: Vec::new(),
            spots: None,
        };
        let base = run::prepare(&inputs).map_err(|findings| TestCaseError::fail(format!("{findings:?}")))?;
        let compiled = Compiled::new(base.clone()).unwrap();
        let options = SolveOptions::default();
        let scenarios: Vec<Vec<Change>> = (0..5).map(|_| changes(&mut chance)).collect();
        let mut worker = compiled.worker(&options);
        let mut forwards = Vec::new();
        for scenario in &scenarios {
            let end = worker.solve(scenario);
            match (&end, in_full(&base, scenario)) {
                (ScenarioEnd::Solved(plan, _), Some((cells, values))) => {
                    for (hot, cold) in plan.cells.iter().zip(&cells) {
                        prop_assert!((hot - cold).abs() < 1e-6 * (1.0 + cold.abs()), "{hot} {cold}\n{model}\n{scenario:?}");
                    }
                    for ((_, hot), cold) in plan.values.iter().zip(&values) {
                        prop_assert!((hot - cold).abs() < 1e-7 * (1.0 + cold.abs()), "{hot} {cold}\n{model}\n{scenario:?}");
                    }
                }
                (ScenarioEnd::Infeasible, None) => {}
                (hot, cold) => prop_assert!(false, "{hot:?} {cold:?}\n{model}\n{scenario:?}"),
            }
            forwards.push(plan_of(&end));
        }
        // Another worker, the other way round: the same to the last bit.
        let mut other = compiled.worker(&options);
        for (scenario, forward) in scenarios.iter().zip(&forwards).rev() {
            prop_assert_eq!(&plan_of(&other.solve(scenario)), forward);
        }
    }
}
