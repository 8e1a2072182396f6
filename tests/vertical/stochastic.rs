//! Linear programs under uncertainty against published results, closed forms, hand computation and another solver.

use crate::common;
use crate::common::mps::Mps;
use ecocomp::lp::{ColumnId, LinearProgram, RowId};
use ecocomp::solver::stochastic::{
    Criterion, Decision, Scenario, StochasticError, TwoStage, mean_program, protect_objective, protect_row, worst_loss,
};
use ecocomp::solver::{Outcome, Session, SolveOptions};
use proptest::prelude::*;

const FREE: f64 = f64::INFINITY;

fn close(actual: f64, expected: f64, tolerance: f64) {
    assert!((actual - expected).abs() <= tolerance, "{actual} is not {expected}");
}

fn optimum(program: &LinearProgram) -> f64 {
    let mut session = Session::open(program.clone(), &SolveOptions::default()).unwrap();
    match session.solve() {
        Outcome::Optimal(optimum) => optimum.objective(),
        other => panic!("{other:?}"),
    }
}

/// Another solver's optimum of the same program, read back from its text.
fn other(program: &LinearProgram) -> f64 {
    Mps::read(&program.to_mps("test")).minimise().unwrap()
}

/// The farmer of Birge & Louveaux, Introduction to Stochastic Programming, section 1.1: 500 acres for wheat, corn and beets.
fn farmer(yields: f64) -> LinearProgram {
    let mut lp = LinearProgram::new();
    let mut add = |name: &str, upper: f64, cost: f64| lp.add_column(name.to_owned(), 0.0, upper, cost).unwrap();
    let (wheat, corn, beets) = (add("wheat", FREE, 150.0), add("corn", FREE, 230.0), add("beets", FREE, 260.0));
    let (buy_wheat, sell_wheat) = (add("buy_wheat", FREE, 238.0), add("sell_wheat", FREE, -170.0));
    let (buy_corn, sell_corn) = (add("buy_corn", FREE, 210.0), add("sell_corn", FREE, -150.0));
    let (quota, beyond) = (add("sell_quota", 6000.0, -36.0), add("sell_beyond", FREE, -10.0));
    let mut row = |name: &str, lower: f64, upper: f64, terms: &[(ColumnId, f64)]| {
        lp.add_row(name.to_owned(), lower, upper, terms.to_vec()).unwrap();
    };
    row("land", -FREE, 500.0, &[(wheat, 1.0), (corn, 1.0), (beets, 1.0)]);
    row("need_wheat", 200.0, FREE, &[(wheat, 2.5 * yields), (buy_wheat, 1.0), (sell_wheat, -1.0)]);
    row("need_corn", 240.0, FREE, &[(corn, 3.0 * yields), (buy_corn, 1.0), (sell_corn, -1.0)]);
    row("beet_harvest", -FREE, 0.0, &[(quota, 1.0), (beyond, 1.0), (beets, -20.0 * yields)]);
    lp
}

fn farmer_scenarios() -> Vec<(String, f64, LinearProgram)> {
    [("below", 0.8), ("average", 1.0), ("above", 1.2)]
        .map(|(name, yields)| (name.to_owned(), 1.0 / 3.0, farmer(yields)))
        .to_vec()
}

#[test]
fn the_farmer_of_birge_and_louveaux() {
    let options = SolveOptions::default();
    let programs = farmer_scenarios();
    let two = TwoStage::of_programs(3, &programs).unwrap();

    let own = two.own_optima(&options).unwrap();
    close(-own[0], 59_950.0, 0.5);
    close(-own[1], 118_600.0, 0.5);
    close(-own[2], 167_667.0, 0.5);

    let best = two.decide(Criterion::Expected, &options).unwrap();
    close(-best.objective, 108_390.0, 0.5);
    for (acres, published) in best.plan.iter().zip([170.0, 80.0, 250.0]) {
        close(*acres, published, 1e-6);
    }
    for (cost, published) in best.costs.iter().zip([48_820.0, 109_350.0, 167_000.0]) {
        close(-cost, published, 0.5);
    }

    let mean = mean_program(&programs).unwrap();
    close(-optimum(&mean), 118_600.0, 0.5);
    let plan = TwoStage::of_programs(3, &[("mean".to_owned(), 1.0, mean)]).unwrap().own_plan(0, &options).unwrap();
    let information = two.information(&plan, &options).unwrap();
    close(-information.wait_and_see, 115_406.0, 0.5);
    close(-information.here_and_now, 108_390.0, 0.5);
    close(-information.expected_of_mean_plan.unwrap(), 107_240.0, 0.5);
    close(information.perfect_information, 7_016.0, 0.5);
    close(information.stochastic_solution.unwrap(), 1_150.0, 0.5);

    // The deterministic equivalent as a text, solved by another solver.
    close(-other(&two.deterministic_equivalent().unwrap()), 108_390.0, 0.5);
}

/// Buys x at c, sells min(x, demand) at p, no salvage.
fn newsvendor(demands: &[f64], cost: f64, price: f64) -> TwoStage {
    let programs: Vec<(String, f64, LinearProgram)> = demands
        .iter()
        .map(|demand| {
            let mut lp = LinearProgram::new();
            let x = lp.add_column("x".to_owned(), 0.0, 1e6, cost).unwrap();
            let sold = lp.add_column("sold".to_owned(), 0.0, *demand, -price).unwrap();
            lp.add_row("stock".to_owned(), -FREE, 0.0, vec![(sold, 1.0), (x, -1.0)]).unwrap();
            (format!("demand {demand}"), 1.0, lp)
        })
        .collect();
    TwoStage::of_programs(1, &programs).unwrap()
}

#[test]
fn the_newsvendor_buys_the_critical_quantile() {
    // Demand 10, 20, …, 100, equally likely; (p − c) / p = 0.72 → the least d with F(d) ≥ 0.72 is 80.
    let demands: Vec<f64> = (1..=10).map(|k| f64::from(k) * 10.0).collect();
    let two = newsvendor(&demands, 2.8, 10.0);
    let options = SolveOptions::default();
    let best = two.decide(Criterion::Expected, &options).unwrap();
    close(best.plan[0], 80.0, 1e-7);
    // Mean sales at 80: (10 + … + 80 + 80 + 80) / 10 = 52; profit 520 − 224.
    close(-best.objective, 296.0, 1e-7);
    // Knowing the demand d earns 7.2 d: 7.2 · 55 = 396; the mean demand 55 sells (10 + … + 50 + 5 · 55) / 10 = 42.5.
    let information = two.information(&[55.0], &options).unwrap();
    close(information.perfect_information, 100.0, 1e-7);
    close(information.stochastic_solution.unwrap(), 296.0 - (425.0 - 154.0), 1e-7);
    // Worst case: demand 10, so buy 10. The largest regret of x against demand 10 is 2.8 (x − 10), against 100 it is
    // 7.2 (100 − x): equal at x = 74.8, regret 181.44 (Savage).
    let worst = two.decide(Criterion::WorstCase, &options).unwrap();
    close(worst.plan[0], 10.0, 1e-7);
    close(-worst.objective, 72.0, 1e-7);
    let regret = two.decide(Criterion::Regret { relative: false }, &options).unwrap();
    close(regret.plan[0], 74.8, 1e-7);
    close(regret.objective, 181.44, 1e-6);
    // Relative: (2.8x − 28)/72 against demand 10; (720 − 7.2x)/720 against 100: 2.8x/72 − 28/72 = 1 − x/100.
    let relative = two.decide(Criterion::Regret { relative: true }, &options).unwrap();
    let x = (1.0 + 28.0 / 72.0) / (2.8 / 72.0 + 0.01);
    close(relative.plan[0], x, 1e-6);
    close(relative.objective, 1.0 - x / 100.0, 1e-9);
}

/// Share x of one unit in A, the rest in B; costs by scenario.
fn two_assets(scenarios: &[(f64, f64, f64)]) -> TwoStage {
    let mut shared = LinearProgram::new();
    let a = shared.add_column("a".to_owned(), 0.0, 1.0, 0.0).unwrap();
    let b = shared.add_column("b".to_owned(), 0.0, 1.0, 0.0).unwrap();
    shared.add_row("all".to_owned(), 1.0, 1.0, vec![(a, 1.0), (b, 1.0)]).unwrap();
    let scenario = |(index, (weight, of_a, of_b)): (usize, &(f64, f64, f64))| Scenario {
        name: format!("s{index}"),
        weight: *weight,
        costs: vec![(a, *of_a), (b, *of_b)],
        ..Scenario::default()
    };
    TwoStage::new(2, shared, scenarios.iter().enumerate().map(scenario).collect()).unwrap()
}

#[test]
fn the_mean_of_the_worst_tail_by_hand() {
    // A costs 0, 0, 0, 10; B always costs 4, each with a quarter.
    let two = two_assets(&[(1.0, 0.0, 4.0), (1.0, 0.0, 4.0), (1.0, 0.0, 4.0), (1.0, 10.0, 4.0)]);
    let options = SolveOptions::default();
    let at = |alpha| two.decide(Criterion::ConditionalValueAtRisk { alpha }, &options).unwrap();
    // Mean: A costs 2.5. Worst half: A has (0 + 10) / 2 = 5 > 4, so that B is best there at 4; a mix x in A costs
    // (4(1 − x) + 4(1 − x) + 10x) / 2 = 4 + x.
    close(at(0.0).objective, 2.5, 1e-9);
    close(at(0.5).objective, 4.0, 1e-9);
    close(at(0.5).plan[1], 1.0, 1e-9);
    // Worst 62.5 %: A alone has 10 · 0.25 / 0.625 = 4 = B.
    close(at(0.375).objective, 4.0, 1e-9);
    close(at(0.2).objective, 10.0 * 0.25 / 0.8, 1e-9);
    close(at(1.0).objective, 4.0, 1e-9);
    close(at(0.99).objective, 4.0, 1e-9);
    for alpha in [-0.1, 1.1, f64::NAN] {
        let wrong = two.decide(Criterion::ConditionalValueAtRisk { alpha }, &options);
        assert!(matches!(wrong, Err(StochasticError::Alpha(_))));
    }
}

#[test]
fn worst_case_and_regret_by_hand() {
    // Scenario 1: A 1, B 5. Scenario 2: A 7, B 4. Worst case: x + 5(1 − x) = 7x + 4(1 − x) → 5 − 4x = 4 + 3x, x = 1/7.
    let two = two_assets(&[(3.0, 1.0, 5.0), (1.0, 7.0, 4.0)]);
    let options = SolveOptions::default();
    let worst = two.decide(Criterion::WorstCase, &options).unwrap();
    close(worst.plan[0], 1.0 / 7.0, 1e-9);
    close(worst.objective, 5.0 - 4.0 / 7.0, 1e-9);
    // Regret: 4 − 4x against own 1, 3x against own 4: x = 4/7, regret 12/7. Relative: 4 − 4x = 3x/4, x = 16/19.
    let regret = two.decide(Criterion::Regret { relative: false }, &options).unwrap();
    close(regret.plan[0], 4.0 / 7.0, 1e-9);
    close(regret.objective, 12.0 / 7.0, 1e-9);
    let relative = two.decide(Criterion::Regret { relative: true }, &options).unwrap();
    close(relative.plan[0], 16.0 / 19.0, 1e-9);
    close(relative.objective, 12.0 / 19.0, 1e-9);
    let mean = two.decide(Criterion::Expected, &options).unwrap();
    close(mean.objective, (3.0 + 7.0) / 4.0, 1e-9);
    let zero = two_assets(&[(1.0, 0.0, 1.0), (1.0, 2.0, 3.0)]);
    let refused = zero.decide(Criterion::Regret { relative: true }, &options);
    assert_eq!(refused.unwrap_err(), StochasticError::ZeroOptimum("s0".to_owned()));
}

#[test]
fn among_equal_guarantees_the_better_mean_is_taken() {
    // Scenario 1 costs 5 whatever is decided; scenario 2 is cheaper in A.
    let two = two_assets(&[(1.0, 5.0, 5.0), (1.0, 1.0, 3.0)]);
    let worst = two.decide(Criterion::WorstCase, &SolveOptions::default()).unwrap();
    close(worst.objective, 5.0, 1e-9);
    close(worst.plan[0], 1.0, 1e-9);
}

#[test]
fn rows_of_a_scenario_without_weight_must_hold_all_the_same() {
    let mut two = two_assets(&[(1.0, 1.0, 2.0), (0.0, 100.0, 0.0)]);
    let mut scenarios = two.scenarios().to_vec();
    scenarios[1].rows.push(ecocomp::lp::Row {
        name: "half".to_owned(),
        lower: -FREE,
        upper: 0.5,
        terms: vec![(ColumnId(0), 1.0)],
    });
    two = two.with_scenarios(scenarios).unwrap();
    for criterion in [Criterion::Expected, Criterion::WorstCase, Criterion::ConditionalValueAtRisk { alpha: 0.5 }] {
        let decision = two.decide(criterion, &SolveOptions::default()).unwrap();
        close(decision.plan[0], 0.5, 1e-9);
        close(decision.objective, 1.5, 1e-9);
    }
}

#[test]
fn what_has_no_answer_says_so() {
    let options = SolveOptions::default();
    let none = TwoStage::new(1, LinearProgram::new(), Vec::new());
    assert_eq!(none.unwrap_err(), StochasticError::Weights);
    let two = two_assets(&[(1.0, 1.0, 2.0), (1.0, 2.0, 1.0)]);
    let mut scenarios = two.scenarios().to_vec();
    for (scenario, (lower, upper)) in scenarios.iter_mut().zip([(0.6, FREE), (-FREE, 0.4)]) {
        let name = "bound".to_owned();
        scenario.rows.push(ecocomp::lp::Row { name, lower, upper, terms: vec![(ColumnId(0), 1.0)] });
    }
    let torn = two.with_scenarios(scenarios).unwrap();
    assert_eq!(torn.decide(Criterion::WorstCase, &options).unwrap_err(), StochasticError::Infeasible);
    assert!(torn.own_optima(&options).is_ok());
    let programs = [("a".to_owned(), 1.0, farmer(1.0)), ("b".to_owned(), 1.0, LinearProgram::new())];
    assert!(matches!(TwoStage::of_programs(3, &programs), Err(StochasticError::Shape(_))));
    assert!(matches!(mean_program(&programs), Err(StochasticError::Shape(_))));
    assert!(matches!(protect_objective(&farmer(1.0), &[], -1.0), Err(StochasticError::Budget(_))));
}

/// A random two-stage program: shares of one unit, a recourse that buys what is missing.
#[derive(Debug, Clone)]
struct Draw {
    costs: Vec<Vec<f64>>,
    weights: Vec<f64>,
    needs: Vec<f64>,
    yields: Vec<Vec<f64>>,
}

impl Draw {
    fn programs(&self) -> Vec<(String, f64, LinearProgram)> {
        let parts = self.costs.iter().zip(&self.weights).zip(self.needs.iter().zip(&self.yields)).enumerate();
        parts
            .map(|(index, ((costs, weight), (need, yields)))| {
                let mut lp = LinearProgram::new();
                let columns: Vec<ColumnId> = costs
                    .iter()
                    .enumerate()
                    .map(|(k, cost)| lp.add_column(format!("x{k}"), 0.0, 1.0, *cost).unwrap())
                    .collect();
                let bought = lp.add_column("bought".to_owned(), 0.0, FREE, 7.0).unwrap();
                let all: Vec<(ColumnId, f64)> = columns.iter().map(|column| (*column, 1.0)).collect();
                lp.add_row("all".to_owned(), 1.0, 1.0, all).unwrap();
                let mut terms: Vec<(ColumnId, f64)> = columns.iter().zip(yields).map(|(c, y)| (*c, *y)).collect();
                terms.push((bought, 1.0));
                lp.add_row("need".to_owned(), *need, FREE, terms).unwrap();
                (format!("s{index}"), *weight, lp)
            })
            .collect()
    }
}

fn draws() -> impl Strategy<Value = Draw> {
    (2_usize..5, 2_usize..6).prop_flat_map(|(columns, scenarios)| {
        let matrix =
            |least: f64, most: f64| prop::collection::vec(prop::collection::vec(least..most, columns), scenarios);
        let (weights, needs) = (prop::collection::vec(0.1..3.0, scenarios), prop::collection::vec(1.0..4.0, scenarios));
        (matrix(1.0, 9.0), weights, needs, matrix(0.1, 3.0)).prop_map(|(costs, weights, needs, yields)| Draw {
            costs,
            weights,
            needs,
            yields,
        })
    })
}

fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::NEG_INFINITY, f64::max)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: common::cases(60), failure_persistence: None, ..ProptestConfig::default() })]

    /// Each criterion's plan is the best by that criterion, and the figures of information have their order.
    #[test]
    fn no_method_beats_another_at_its_own_game(draw in draws(), alpha in 0.05..0.95_f64) {
        let options = SolveOptions::default();
        let programs = draw.programs();
        let two = TwoStage::of_programs(draw.costs[0].len(), &programs).unwrap();
        let own = two.own_optima(&options).unwrap();
        let total: f64 = draw.weights.iter().sum();
        let mean = |costs: &[f64]| costs.iter().zip(&draw.weights).map(|(cost, weight)| cost * weight / total).sum::<f64>();
        let worst = |costs: &[f64]| largest(costs.iter().copied());
        let regret = |costs: &[f64]| largest(costs.iter().zip(&own).map(|(cost, own)| cost - own));
        let relative = |costs: &[f64]| largest(costs.iter().zip(&own).map(|(cost, own)| (cost - own) / own.abs()));
        // The mean of the worst tail from its definition: sort, take weight until 1 − α is full.
        let tail = |costs: &[f64]| {
            let mut order: Vec<(f64, f64)> = costs.iter().copied().zip(draw.weights.iter().map(|w| w / total)).collect();
            order.sort_by(|a, b| b.0.total_cmp(&a.0));
            let (mut left, mut sum) = (1.0 - alpha, 0.0);
            for (cost, weight) in order {
                let part = weight.min(left);
                sum += part * cost;
                left -= part;
            }
            sum / (1.0 - alpha)
        };
        type Measure<'a> = &'a dyn Fn(&[f64]) -> f64;
        let methods: [(Criterion, Measure<'_>); 5] = [
            (Criterion::Expected, &mean),
            (Criterion::WorstCase, &worst),
            (Criterion::Regret { relative: false }, &regret),
            (Criterion::Regret { relative: true }, &relative),
            (Criterion::ConditionalValueAtRisk { alpha }, &tail),
        ];
        let decisions: Vec<Decision> =
            methods.iter().map(|(criterion, _)| two.decide(*criterion, &options).unwrap()).collect();
        for ((_, measure), best) in methods.iter().zip(&decisions) {
            prop_assert!((measure(&best.costs) - best.objective).abs() < 1e-6, "{} {best:?}", measure(&best.costs));
            for rival in &decisions {
                prop_assert!(measure(&rival.costs) >= best.objective - 1e-6);
            }
        }
        for cost in &decisions[0].costs {
            prop_assert!(cost.is_finite());
        }
        let at = |alpha| two.face(Criterion::ConditionalValueAtRisk { alpha }, &options).unwrap().objective;
        prop_assert!((at(0.0) - decisions[0].objective).abs() < 1e-6);
        prop_assert!((at(1.0 - 1e-4) - decisions[1].objective).abs() < 1e-6);
        let plan = TwoStage::of_programs(two.decided(), &[("mean".to_owned(), 1.0, mean_program(&programs).unwrap())])
            .unwrap().own_plan(0, &options).unwrap();
        let information = two.information(&plan, &options).unwrap();
        prop_assert!(information.perfect_information >= -1e-7);
        prop_assert!(information.stochastic_solution.unwrap() >= -1e-7);
        let rival = other(&two.deterministic_equivalent().unwrap());
        prop_assert!((rival - decisions[0].objective).abs() < 1e-6);
    }

    /// The robust counterpart against every subset: the plan of another solver's epigraph over all subsets costs the same.
    #[test]
    fn budgeted_uncertainty_is_the_worst_subset(
        costs in prop::collection::vec(-5.0..9.0_f64, 2..6),
        shares in prop::collection::vec(0.0..4.0_f64, 6),
        gamma in 0_usize..6,
        negative in any::<bool>(),
    ) {
        let count = costs.len();
        let gamma = gamma.min(count);
        let mut lp = LinearProgram::new();
        let columns: Vec<ColumnId> = costs.iter().enumerate().map(|(k, cost)| {
            let lower = if negative && k == 0 { -1.0 } else { 0.0 };
            lp.add_column(format!("x{k}"), lower, 1.0, *cost).unwrap()
        }).collect();
        let all: Vec<(ColumnId, f64)> = columns.iter().map(|column| (*column, 1.0)).collect();
        lp.add_row("all".to_owned(), 1.0, 1.0, all).unwrap();
        let deviations: Vec<(ColumnId, f64)> = columns.iter().zip(&shares).map(|(c, s)| (*c, *s)).collect();
        let robust = optimum(&protect_objective(&lp, &deviations, gamma as f64).unwrap());

        // By enumeration: t ≥ Σ cost·x + Σ_{j ∈ S} deviation_j·|x_j| for every subset S of that size.
        let mut whole = lp.clone();
        whole.clear_costs();
        let t = whole.add_column("t".to_owned(), -FREE, FREE, 1.0).unwrap();
        for subset in 0_u32..(1 << count) {
            if subset.count_ones() as usize > gamma {
                continue;
            }
            let signs: &[f64] = if negative && subset & 1 == 1 { &[1.0, -1.0] } else { &[1.0] };
            for sign in signs {
                let mut terms = vec![(t, 1.0)];
                for (k, (column, share)) in deviations.iter().enumerate() {
                    let hit = if subset >> k & 1 == 1 { *share } else { 0.0 };
                    terms.push((*column, -(costs[k] + if k == 0 { sign * hit } else { hit })));
                }
                whole.add_row(format!("s{subset},{sign}"), 0.0, FREE, terms).unwrap();
            }
        }
        let enumerated = other(&whole);
        prop_assert!((robust - enumerated).abs() < 1e-6, "{robust} {enumerated}");
        if gamma == 0 {
            prop_assert!((robust - optimum(&lp)).abs() < 1e-9);
        }
        // A row protected by the same budget: minimise t with t − Σ cost·x ≥ 0 protected.
        let mut row = lp.clone();
        row.clear_costs();
        let t = row.add_column("t".to_owned(), -FREE, FREE, 1.0).unwrap();
        let mut terms = vec![(t, 1.0)];
        terms.extend(columns.iter().zip(&costs).map(|(column, cost)| (*column, -cost)));
        let position = row.add_row("cost".to_owned(), 0.0, FREE, terms).unwrap();
        let same = optimum(&protect_row(&row, position, &deviations, gamma as f64).unwrap());
        prop_assert!((same - enumerated).abs() < 1e-6, "{same} {enumerated}");
    }

    /// The worst loss of a budget by enumeration of whole subsets.
    #[test]
    fn the_worst_loss_is_that_of_the_worst_subset(losses in prop::collection::vec(0.0..9.0_f64, 1..9), gamma in 0_usize..9) {
        let best = (0_u32..(1 << losses.len()))
            .filter(|subset| subset.count_ones() as usize <= gamma)
            .map(|subset| losses.iter().enumerate().filter(|(k, _)| subset >> k & 1 == 1).map(|(_, loss)| loss).sum::<f64>())
            .fold(0.0, f64::max);
        prop_assert!((worst_loss(&losses, gamma as f64) - best).abs() < 1e-9);
    }
}

#[test]
fn a_row_of_two_sides_is_not_protected_in_silence() {
    let mut lp = farmer(1.0);
    let two_sided = lp.add_row("between".to_owned(), 1.0, 2.0, vec![(ColumnId(0), 1.0)]).unwrap();
    let refused = protect_row(&lp, two_sided, &[(ColumnId(0), 0.1)], 1.0);
    assert_eq!(refused.unwrap_err(), StochasticError::TwoSided("between".to_owned()));
    assert_eq!(protect_row(&lp, RowId(999), &[], 1.0).unwrap(), lp);
}
