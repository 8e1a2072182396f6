//! Robust plans: best at their own game, lawful in every scenario, and the same as another solver finds from the definitions.

use crate::common;
use crate::common::draws::KINDS;
use crate::common::world::{Chance, Drawn, World};
use crate::common::{Folder, ecocomp, repository};
use ecocomp::analysis::robust::{Case, Draw, Method, Question, RobustError, RobustPlan, gep_multipliers, robust};
use ecocomp::record::audit;
use ecocomp::run::{self, Inputs, Prepared, violations};
use ecocomp::scenario::Change;
use ecocomp::solver::SolveOptions;
use ecocomp::units::Money;
use microlp::{ComparisonOp, LinearExpr, OptimizationDirection, Problem, SolveOutcome, Variable};
use proptest::prelude::*;

const BENEFIT: &str = "[[objective]]\nkind = \"max_outcome_benefit\"\nreturns = [[0.6, 1.0], [1.1, 0.6], [1.6, 0.3]]\n";
const WORST: &str = "[[objective]]\nkind = \"max_min_coverage\"\nlevels = \"worst\"\nslack = 0.02\n";
const OBJECTIVES: [&[&str]; 5] = [
    &[BENEFIT],
    &[WORST],
    &[WORST, BENEFIT],
    &["[[objective]]\nkind = \"min_deviation\"\n"],
    &["[[objective]]\nkind = \"min_deviation\"\nnorm = \"linf\"\n"],
];
const CHANGES: [&str; 6] = [
    "data.gep[ecosystem=forest]*=0.7",
    "data.gep[ecosystem=wetland]*=1.6",
    "data.last_year*=1.01",
    "data.population[area=001]*=1.05",
    "data.outcome[ecosystem=farmland]*=0.9",
    "data.extent[ecosystem=water_source]*=0.8",
];
const ENTITLEMENT: &str = "[entitlement]\nfactors = { gep = 0.5, extent = 0.5 }\n";

fn prepared(world: &World, model: &str) -> Prepared {
    let (model_file, model_text) = ("model.toml".to_owned(), model.to_owned());
    run::prepare(&Inputs { model_file, model_text, source: world.source(), changes: Vec::new(), spots: None })
        .unwrap_or_else(|findings| panic!("{findings}\n{model}"))
}

fn case(base: &Prepared, text: &str, weight: f64) -> Option<Case> {
    let changes: Vec<Change> = text.split(';').map(|part| Change::parse(part).unwrap()).collect();
    // A change of what this place does not have selects nothing.
    let prepared = run::changed(base, &changes).ok()?;
    Some(Case { name: text.to_owned(), weight, prepared })
}

fn ask(base: &Prepared, cases: &[Case], method: Method) -> Result<RobustPlan, RobustError> {
    let question = Question { base, base_weight: 1.0, cases, draws: &[], objective: None, method };
    robust(&question, &SolveOptions::default())
}

/// The published amounts in the order of the frame.
fn amounts(base: &Prepared, plan: &RobustPlan) -> Vec<Money> {
    let frame = &base.problem.frame;
    let of = |amount: &ecocomp::rules::Amount| {
        let cell = &frame.dataset.cells()[amount.cell.0];
        let area = &frame.dataset.areas()[cell.area.0].code;
        let found = plan.cells.iter().find(|part| part.area == *area && part.ecosystem == cell.ecosystem).unwrap();
        let fund = &frame.funds[amount.fund].id;
        Money::from_fen(found.by_fund.iter().find(|part| part.fund == *fund).unwrap().amount_fen)
    };
    frame.amounts.iter().map(of).collect()
}

/// Costs of the scenarios: smaller is better.
fn costs(plan: &RobustPlan) -> Vec<f64> {
    plan.scenarios.iter().map(|part| if plan.maximises { -part.robust_plan } else { part.robust_plan }).collect()
}

fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::NEG_INFINITY, f64::max)
}

type Measure<'a> = &'a dyn Fn(&[f64]) -> f64;

/// Mean of the worst 1 − α of equal weights.
fn tail(costs: &[f64], alpha: f64) -> f64 {
    let mut falling = costs.to_vec();
    falling.sort_by(|a, b| b.total_cmp(a));
    let (mut left, mut sum) = (1.0 - alpha, 0.0);
    for cost in falling {
        let part = left.min(1.0 / costs.len() as f64);
        sum += part * cost;
        left -= part;
    }
    sum / (1.0 - alpha)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: common::cases(24), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_method_is_the_best_at_its_own_game_and_lawful_everywhere(
        areas in 2_usize..5,
        kinds in prop::collection::vec(0..KINDS.len(), 0..4),
        objective in 0..OBJECTIVES.len(),
        changes in prop::sample::subsequence(CHANGES.to_vec(), 1..4),
        alpha in 0.1..0.9_f64,
        seed in any::<u64>(),
    ) {
        let mut chance = Chance(seed);
        let world = World::draw(areas, 1, &mut chance);
        let rules: Vec<Drawn> = kinds.iter().map(|kind| KINDS[*kind].1(&world, &mut chance)).collect();
        let stages = OBJECTIVES[objective].concat() + ENTITLEMENT;
        let model = world.model(&rules.iter().collect::<Vec<_>>(), &stages);
        let base = prepared(&world, &model);
        let cases: Vec<Case> = changes.iter().filter_map(|text| case(&base, text, 1.0)).collect();
        let methods = [
            Method::MaxMin,
            Method::Regret { relative: false },
            Method::ConditionalValueAtRisk { alpha },
            Method::Expected,
        ];
        let mut plans = Vec::new();
        for method in methods {
            match ask(&base, &cases, method) {
                Ok(plan) => plans.push(plan),
                // The changed figures may leave no plan for all; the known plan obeys the model as written only.
                Err(RobustError::Infeasible(finding)) => {
                    prop_assert!(["robust.at_odds", "robust.scenario_infeasible"].contains(&finding.code()), "{finding:?}");
                    return Ok(());
                }
                Err(error) => {
                    world.leave(env!("CARGO_TARGET_TMPDIR"), &model);
                    return Err(TestCaseError::fail(format!("{error:?}\n{changes:?}\n{model}")));
                }
            }
        }
        let own: Vec<f64> = plans[0].scenarios.iter()
            .map(|part| if plans[0].maximises { -part.own_optimum } else { part.own_optimum }).collect();
        // A 分 in every cell moves a value by at most this, beside the solver's tolerance.
        let all = std::iter::once(&base).chain(cases.iter().map(|case| &case.prepared));
        let per_wan = all.flat_map(|prepared| {
            let frame = &prepared.problem.frame;
            frame.cells().map(|cell| {
                let worth = world.cells.iter().map(|place| place.gep).max().unwrap() as f64 / 1e4;
                let stake = if objective == 0 || objective == 2 { worth } else { 1.0 };
                stake / frame.entitlement_of(cell).to_wan().max(0.01)
            })
        });
        let fen = 1e-6 * base.problem.frame.dataset.cells().len() as f64 * largest(per_wan).max(1.0);
        let room = 1e-6 * (1.0 + largest(own.iter().map(|own| own.abs()))) + fen;
        let worst = |costs: &[f64]| largest(costs.iter().copied());
        let regret = |costs: &[f64]| largest(costs.iter().zip(&own).map(|(cost, own)| cost - own));
        let mean = |costs: &[f64]| costs.iter().sum::<f64>() / costs.len() as f64;
        let sense = if plans[0].maximises { -1.0 } else { 1.0 };
        let tail_cost = |costs: &[f64]| tail(costs, alpha);
        let measures: [Measure<'_>; 4] = [&worst, &regret, &tail_cost, &mean];
        for (index, measure) in measures.iter().enumerate() {
            let sign = if index == 1 { 1.0 } else { sense };
            let best = sign * plans[index].guarantee.certified;
            prop_assert!((measure(&costs(&plans[index])) - best).abs() < room, "{index}: {} {best}\n{model}", measure(&costs(&plans[index])));
            prop_assert!((plans[index].guarantee.exact - plans[index].guarantee.certified).abs() < room);
            for rival in &plans {
                prop_assert!(measure(&costs(rival)) >= best - room, "{index} beaten by {}\n{model}", rival.method);
            }
        }
        for plan in &plans {
            let money = amounts(&base, plan);
            for prepared in std::iter::once(&base).chain(cases.iter().map(|case| &case.prepared)) {
                for rule in audit(&prepared.problem, &violations(&prepared.problem, &money)) {
                    prop_assert!(rule.holds, "{} {:?}\n{changes:?}\n{model}", rule.id, rule.missed);
                }
            }
            for part in &plan.scenarios {
                prop_assert!(part.regret > -room);
            }
            let price = &plan.price;
            prop_assert!(price.loss > -room, "{price:?}");
            let (lawful, nominal) = (sense * price.optimum_under_all_rules, sense * price.nominal_optimum);
            prop_assert!(lawful > nominal - room && sense * price.value > lawful - room, "{price:?}");
            let information = plan.information.as_ref().unwrap();
            prop_assert!(information.perfect_information > -room && information.stochastic_solution > -room);
        }
        let near = |alpha| ask(&base, &cases, Method::ConditionalValueAtRisk { alpha }).unwrap().guarantee.certified;
        prop_assert!((near(1.0 - 1e-3) - plans[0].guarantee.certified).abs() < room);
        prop_assert!((near(0.0) - plans[3].guarantee.certified).abs() < room);
    }
}

/// The benefit model written down once more for another solver: columns x by fund and cell, steps of coverage.
struct Rival {
    problem: Problem,
    /// Σ of steps of each cell, in units of g.
    gains: Vec<Vec<(Variable, f64)>>,
    worth: Vec<f64>,
}

fn rival(world: &World, base: &Prepared) -> Rival {
    let frame = &base.problem.frame;
    let mut problem = Problem::new(OptimizationDirection::Maximize);
    let (mut gains, mut worth) = (Vec::new(), Vec::new());
    let mut of_fund: [Vec<Variable>; 2] = [Vec::new(), Vec::new()];
    for (index, cell) in frame.dataset.cells().iter().enumerate() {
        let code = &frame.dataset.areas()[cell.area.0].code;
        let place = world.cells.iter().find(|place| {
            World::code(place.area) == *code && common::world::ECOSYSTEMS[place.ecosystem].0 == cell.ecosystem
        });
        let place = place.unwrap();
        let entitlement = frame.entitlement[index].fen() as f64 / 1e6;
        // A corridor of 0.7 to 1.5 of last year for each cell, in 万元.
        let last = place.last as f64 / 1e4;
        let mut sum = LinearExpr::empty();
        for (fund, variables) in of_fund.iter_mut().enumerate() {
            if fund == 0 || place.is_water() {
                let x = problem.add_var(0.0, (0.0, f64::INFINITY));
                variables.push(x);
                sum.add(x, 1.0);
            }
        }
        problem.add_constraint(sum.clone(), ComparisonOp::Ge, 0.7 * last);
        problem.add_constraint(sum.clone(), ComparisonOp::Le, 1.5 * last);
        let mut gain = Vec::new();
        for (width, slope) in [(0.6, 1.0), (0.5, 0.6), (0.5, 0.3), (1e6, 0.0)] {
            let step = problem.add_var(0.0, (0.0, width));
            sum.add(step, -entitlement);
            gain.push((step, slope));
        }
        problem.add_constraint(sum, ComparisonOp::Eq, 0.0);
        gains.push(gain);
        worth.push(place.gep as f64 / 1e4 * place.outcome as f64 / 100.0);
    }
    for (fund, variables) in of_fund.iter().enumerate().filter(|(_, variables)| !variables.is_empty()) {
        let mut sum = LinearExpr::empty();
        variables.iter().for_each(|x| sum.add(*x, 1.0));
        problem.add_constraint(sum, ComparisonOp::Eq, world.budget(fund) as f64 / 1e6);
    }
    Rival { problem, gains, worth }
}

impl Rival {
    /// A column tied to Σ of gains times values.
    fn value(&mut self, values: &[f64]) -> Variable {
        let column = self.problem.add_var(0.0, (f64::NEG_INFINITY, f64::INFINITY));
        let mut sum = LinearExpr::empty();
        sum.add(column, -1.0);
        for (gain, value) in self.gains.iter().zip(values) {
            for (step, slope) in gain {
                sum.add(*step, slope * value);
            }
        }
        self.problem.add_constraint(sum, ComparisonOp::Eq, 0.0);
        column
    }

    fn best(&self) -> f64 {
        match self.problem.solve().unwrap() {
            SolveOutcome::Solution(solution) => solution.objective(),
            other => panic!("{other:?}"),
        }
    }
}

const CORRIDOR: &str = "[[rule]]\nkind = \"corridor\"\nper = \"cell\"\nbetween = [0.7, 1.5]\n";

proptest! {
    #![proptest_config(ProptestConfig { cases: common::cases(12), failure_persistence: None, ..ProptestConfig::default() })]

    /// Draws and budgets against programs built from the definitions and solved by another solver.
    #[test]
    fn another_solver_agrees_on_draws_and_budgets(
        areas in 2_usize..4,
        count in 2_u64..6,
        spread in 0.05..0.9_f64,
        alpha in 0.0..0.95_f64,
        gamma in 0_usize..3,
        seed in any::<u64>(),
    ) {
        let mut chance = Chance(seed);
        let world = World::draw(areas, 1, &mut chance);
        let base = prepared(&world, &(world.model(&[], &(BENEFIT.to_owned() + ENTITLEMENT)) + CORRIDOR));
        let cells = base.problem.frame.dataset.cells().len();
        let draws: Vec<Draw> = (0..count)
            .map(|draw| Draw { weight: 1.0, factors: gep_multipliers(cells, draw, spread, seed) })
            .collect();
        let ask = |draws: &[Draw], method: Method| {
            let question =
                Question { base: &base, base_weight: 0.0, cases: &[], draws, objective: None, method };
            robust(&question, &SolveOptions::default()).unwrap()
        };
        let times = |worth: &[f64], factors: &[f64]| -> Vec<f64> { worth.iter().zip(factors).map(|(w, f)| w * f).collect() };

        let mut worst = rival(&world, &base);
        let level = worst.problem.add_var(1.0, (f64::NEG_INFINITY, f64::INFINITY));
        for draw in &draws {
            let value = worst.value(&times(&worst.worth.clone(), &draw.factors));
            worst.problem.add_constraint([(value, 1.0), (level, -1.0)], ComparisonOp::Ge, 0.0);
        }
        let ours = ask(&draws, Method::MaxMin);
        let room = 1e-6 * ours.price.nominal_optimum.abs();
        prop_assert!((worst.best() - ours.guarantee.certified).abs() < room, "{} {}", worst.best(), ours.guarantee.certified);

        let mut part = rival(&world, &base);
        let threshold = part.problem.add_var(1.0, (f64::NEG_INFINITY, f64::INFINITY));
        for draw in &draws {
            let below = part.problem.add_var(-1.0 / (count as f64 * (1.0 - alpha)), (0.0, f64::INFINITY));
            let value = part.value(&times(&part.worth.clone(), &draw.factors));
            part.problem.add_constraint([(value, 1.0), (threshold, -1.0), (below, 1.0)], ComparisonOp::Ge, 0.0);
        }
        let ours = ask(&draws, Method::ConditionalValueAtRisk { alpha });
        prop_assert!((part.best() - ours.guarantee.certified).abs() < room, "{} {}", part.best(), ours.guarantee.certified);

        // Every subset of at most Γ cells falls fully.
        let falls: Vec<f64> = (0..cells).map(|cell| spread * f64::from(u32::from(cell % 3 != 0))).collect();
        let mut subsets = rival(&world, &base);
        let level = subsets.problem.add_var(1.0, (f64::NEG_INFINITY, f64::INFINITY));
        for first in 0..=cells {
            for second in first..=cells {
                let hit = |cell: usize| gamma >= 1 && cell == first || gamma == 2 && cell == second;
                let factors: Vec<f64> = (0..cells).map(|cell| if hit(cell) { 1.0 - falls[cell] } else { 1.0 }).collect();
                let value = subsets.value(&times(&subsets.worth.clone(), &factors));
                subsets.problem.add_constraint([(value, 1.0), (level, -1.0)], ComparisonOp::Ge, 0.0);
            }
        }
        let budgeted = |gamma: f64| {
            let method = Method::Budgeted { gamma, deviations: falls.clone() };
            let question = Question { base: &base, base_weight: 1.0, cases: &[], draws: &[], objective: None, method };
            robust(&question, &SolveOptions::default()).unwrap()
        };
        let ours = budgeted(gamma as f64);
        prop_assert!((subsets.best() - ours.guarantee.certified).abs() < room, "{} {}", subsets.best(), ours.guarantee.certified);
        prop_assert!((ours.guarantee.exact - ours.guarantee.certified).abs() < room);
        let nothing = budgeted(0.0);
        prop_assert!((nothing.guarantee.certified - nothing.price.nominal_optimum).abs() < room);
        // All cells at once is one draw in which all have fallen.
        let fallen = [Draw { weight: 1.0, factors: falls.iter().map(|fall| 1.0 - fall).collect() }];
        let all = budgeted(cells as f64);
        prop_assert!((all.guarantee.certified - ask(&fallen, Method::Expected).guarantee.certified).abs() < room);
        let ladder = all.budget.unwrap().ladder;
        for pair in ladder.windows(2) {
            prop_assert!(pair[1].guarantee <= pair[0].guarantee + room && pair[0].price > -room);
        }
    }
}

#[test]
fn draws_begin_alike_and_stay_within_their_spread() {
    let draw = |number| gep_multipliers(500, number, 0.2, 7);
    assert_eq!(draw(3), draw(3));
    assert_ne!(draw(3), draw(4));
    let all: Vec<f64> = (0..40).flat_map(draw).collect();
    assert!(all.iter().all(|factor| (0.8..1.2).contains(factor)));
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    let square = all.iter().map(|factor| (factor - mean).powi(2)).sum::<f64>() / all.len() as f64;
    // 20 000 draws of a uniform: mean 1 ± 4 · 0.1155/√20000, variance 0.2²/3.
    assert!((mean - 1.0).abs() < 0.0035, "{mean}");
    assert!((square - 0.04 / 3.0).abs() < 0.0005, "{square}");
}

const TWO_FLOORS: &str = "model = { name = \"测试\", dataset = \".\" }\nfund = [{ id = \"district\", amount = \"50 万元\" }]\n\
objective = [{ kind = \"max_min_coverage\", levels = \"worst\" }]\n\
[[rule]]\nkind = \"floor\"\nid = \"first\"\nof = { area = \"01\" }\nper = \"area\"\nat_least = \"10 万元\"\n\
[[rule]]\nkind = \"floor\"\nid = \"second\"\nof = { area = \"02\" }\nper = \"area\"\nat_least = \"10 万元\"\n\
[[rule]]\nkind = \"cap\"\nid = \"idle\"\nat_most = \"100 万元\"\n";

fn command(folder: &Folder, more: &[&str]) -> common::Done {
    let model = folder.file("model.toml");
    let mut arguments = vec!["robust", model.as_str(), "--json", "--format", "json"];
    arguments.extend(more);
    ecocomp(&arguments)
}

#[test]
fn scenarios_at_odds_are_named_with_their_rules() {
    let folder = Folder::sound();
    folder.write("model.toml", TWO_FLOORS);
    let (a, b) = ("甲: rule.first.at_least=30 万元", "乙: rule.second.at_least=30 万元");
    let idle = "丙: rule.idle.at_most=90 万元";
    for scenario in [a, b, idle] {
        assert_eq!(command(&folder, &["--method", "max_min", "--scenario", scenario]).code, 0, "{scenario}");
    }
    let done = command(&folder, &["--method", "max_min", "--scenario", idle, "--scenario", a, "--scenario", b]);
    assert_eq!(done.code, 3, "{}", done.err);
    assert_eq!(done.codes(), ["robust.at_odds"]);
    let cause = done.error()["findings"][0]["cause"].as_str().unwrap().to_owned();
    assert!(cause.contains("甲, 乙") && cause.contains("first (甲)") && cause.contains("second (乙)"), "{cause}");
    assert!(cause.contains("district") && !cause.contains("丙)") && !cause.contains("idle"), "{cause}");
    // Alone.
    let done = command(&folder, &["--method", "regret", "--scenario", "丁: rule.first.at_least=60 万元"]);
    assert_eq!((done.code, done.codes()), (3, vec!["robust.scenario_infeasible".to_owned()]));
}

#[test]
fn what_cannot_be_asked_is_refused_with_its_place() {
    let folder = Folder::sound();
    folder.write("model.toml", TWO_FLOORS);
    let twice = "a: data.gep*=2";
    let refused: [(&[&str], &str); 12] = [
        (&["--method", "max_min"], "robust.needs_scenarios"),
        (&["--method", "max_min", "--scenario", "a"], "scenario.unknown_scenario"),
        (&["--method", "max_min", "--scenario", twice, "--scenario", twice], "robust.scenario_name"),
        (&["--method", "max_min", "--scenario", "base: data.gep*=2"], "robust.scenario_name"),
        (&["--method", "max_min", "--scenario", "a: fund.district.amount=+5%"], "robust.fund_differs"),
        (&["--method", "max_min", "--scenario", "a: objective[1].slack=0.1"], "robust.objective_differs"),
        (&["--method", "cvar", "--alpha", "1.5", "--scenario", twice], "robust.alpha"),
        (&["--method", "cvar", "--weight", "base=0", "--weight", "a=0", "--scenario", twice], "robust.weights"),
        (&["--method", "cvar", "--weight", "b", "--scenario", twice], "robust.weight_form"),
        (&["--method", "budgeted"], "robust.needs_deviation"),
        (&["--method", "budgeted", "--deviation", "x"], "robust.deviation_form"),
        (&["--method", "budgeted", "--deviation", "0.2"], "robust.budgeted_needs_benefit"),
    ];
    for (arguments, code) in refused {
        let done = command(&folder, arguments);
        assert_eq!((done.code, done.codes()), (1, vec![code.to_owned()]), "{arguments:?} {}", done.err);
    }
    let unknown = command(&folder, &["--method", "max_min", "--scenario", twice, "--weight", "bse=2"]);
    assert!(unknown.err.contains("base"), "{}", unknown.err);
}

#[test]
fn a_fund_of_at_most_its_amount_takes_the_smallest_of_the_scenarios() {
    let folder = Folder::sound();
    folder.write("model.toml", TWO_FLOORS.replace("\"50 万元\"", "\"50 万元\", spend = \"up_to\""));
    let done = command(&folder, &["--method", "max_min", "--scenario", "少: fund.district.amount=-10%"]);
    let paid: i64 =
        done.json()["cells"].as_array().unwrap().iter().map(|cell| cell["amount_fen"].as_i64().unwrap()).sum();
    // Rounding may leave some 分 of a fund that need not be spent.
    assert!((44_999_990..=45_000_000).contains(&paid), "{paid} {}", done.err);
}

#[test]
fn the_nominal_plan_is_the_plan_of_allocate_and_the_same_bytes_come_twice() {
    let model = repository("models/chongming-vertical.toml");
    let arguments = [
        "robust",
        &model,
        "--method",
        "regret",
        "--format",
        "json",
        "--scenario",
        "湿地退化: data.gep[ecosystem=wetland]*=0.6",
        "--scenario",
        "收紧: rule.corridor.between=[0.97,1.25]",
    ];
    let (one, two) = (ecocomp(&arguments), ecocomp(&arguments));
    assert_eq!(one.out, two.out);
    let plan = one.json();
    let record = ecocomp(&["allocate", &model, "--format", "json"]).json();
    assert_eq!(plan["cells"].as_array().unwrap().len(), record["cells"].as_array().unwrap().len());
    for (ours, known) in plan["cells"].as_array().unwrap().iter().zip(record["cells"].as_array().unwrap()) {
        assert_eq!((&ours["area"], &ours["ecosystem"]), (&known["area"], &known["ecosystem"]));
        assert_eq!(ours["nominal_fen"], known["amount_fen"]);
    }
    let sum =
        |key: &str| -> i64 { plan["cells"].as_array().unwrap().iter().map(|cell| cell[key].as_i64().unwrap()).sum() };
    assert_eq!(sum("amount_fen"), 13_500_000_000);
    assert_eq!(plan["scenarios"][2]["nominal_breaks"][0], "corridor");
    let optimum =
        record["stages"].as_array().unwrap().iter().find(|stage| stage["kind"] == "max_outcome_benefit").unwrap();
    let (ours, known) = (plan["price"]["nominal_optimum"].as_f64().unwrap(), optimum["value"].as_f64().unwrap());
    assert!((ours - known).abs() < 1e-6 * known, "{ours} {known}");
}

#[test]
fn every_form_of_output_can_be_read() {
    let model = repository("models/chongming-vertical.toml");
    let base =
        ["robust", &model, "--method", "budgeted", "--gamma", "10", "--deviation", "20%", "--deviation", "wetland=0.4"];
    let table = ecocomp(&base);
    assert_eq!(table.code, 0, "{}", table.err);
    assert!(table.out.contains("Γ") && table.out.contains("城桥镇") && !table.out.contains("robust."), "{}", table.out);
    let english = ecocomp(&[&base[..], &["--lang", "en"]].concat());
    assert!(english.out.contains("Guarantee") && !english.out.contains("robust."), "{}", english.out);
    let csv = ecocomp(&[&base[..], &["--format", "csv"]].concat());
    let mut reader = csv::Reader::from_reader(csv.out.trim_start_matches('\u{feff}').as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let cents: i64 = rows.iter().map(|row| row[3].replace(['.', ','], "").parse::<i64>().unwrap()).sum();
    assert_eq!(cents, 13_500_000_000);
    let draws = ecocomp(&["robust", &model, "--method", "cvar", "--draws", "50", "--seed", "3", "--lang", "en"]);
    assert!(draws.out.contains("50 draws") && draws.code == 0, "{}", draws.err);
}
