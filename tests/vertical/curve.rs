//! The response curve is exact: a textbook program, and another solver on a dense grid between and at its breakpoints.

use crate::common;
use crate::common::draws::KINDS;
use crate::common::mps::Mps;
use crate::common::world::{Chance, Drawn, World, yuan};
use crate::common::{Folder, ecocomp, repository};
use ecocomp::analysis::curve::{Curve, CurvePoint, Question, StageCurve, curve};
use ecocomp::lp::{ColumnId, LinearProgram};
use ecocomp::program::StageResult;
use ecocomp::run::{self, Inputs, Prepared, RunError, Solved};
use ecocomp::scenario::Change;
use ecocomp::solver::response::{feasible_range, response};
use ecocomp::solver::{Session, SolveOptions};
use proptest::prelude::*;

/// Hillier & Lieberman, Introduction to Operations Research (Wyndor Glass): max 3x₁ + 5x₂, x₁ ≤ 4, 2x₂ ≤ b, 3x₁ + 2x₂ ≤ 18.
/// The published range of b = 12 is 6…18 at a shadow price of 3/2; by hand Z(0) = 12, Z(6) = 27, Z(18) = 45, then level.
#[test]
fn the_wyndor_glass_range() {
    let mut lp = LinearProgram::new();
    let x = lp.add_column("x1".into(), 0.0, f64::INFINITY, 0.0).unwrap();
    let y = lp.add_column("x2".into(), 0.0, f64::INFINITY, 0.0).unwrap();
    let b = lp.add_column("b".into(), f64::NEG_INFINITY, f64::INFINITY, 0.0).unwrap();
    lp.add_row("one".into(), f64::NEG_INFINITY, 4.0, vec![(x, 1.0)]).unwrap();
    lp.add_row("two".into(), f64::NEG_INFINITY, 0.0, vec![(y, 2.0), (b, -1.0)]).unwrap();
    lp.add_row("three".into(), f64::NEG_INFINITY, 18.0, vec![(x, 3.0), (y, 2.0)]).unwrap();
    let mut session = Session::open(lp, &SolveOptions::default()).unwrap();
    let (least, most) = feasible_range(&mut session, b).unwrap().unwrap();
    assert!(least.unwrap().abs() < 1e-9 && most.is_none());
    let corners = response(&mut session, b, &[(x, -3.0), (y, -5.0)], (0.0, 30.0)).unwrap().unwrap();
    let values: Vec<(f64, f64)> = corners.iter().map(|corner| (corner.x, -corner.y)).collect();
    let expected = [(0.0, 12.0), (6.0, 27.0), (18.0, 45.0), (30.0, 45.0)];
    assert_eq!(values.len(), expected.len(), "{values:?}");
    for ((x, y), (a, b)) in values.iter().zip(expected) {
        assert!((x - a).abs() < 1e-9 && (y - b).abs() < 1e-9, "{values:?}");
    }
}

fn prepared(model: &str, world: &World) -> Prepared {
    let (model_file, model_text) = ("model.toml".to_owned(), model.to_owned());
    let inputs = Inputs { model_file, model_text, source: world.source(), changes: Vec::new(), spots: None };
    run::prepare(&inputs).unwrap_or_else(|findings| panic!("{findings:?}"))
}

fn at(stage: &StageCurve, parameter: f64) -> f64 {
    // A feasible end is met within a tolerance only.
    let ends = (stage.points[0].parameter, stage.points[stage.points.len() - 1].parameter);
    assert!(parameter > ends.0 - 0.01 && parameter < ends.1 + 0.01, "{parameter} outside {ends:?}");
    let parameter = parameter.clamp(ends.0, ends.1);
    let inside = |pair: &&[CurvePoint]| {
        pair[0].parameter < pair[1].parameter && pair[0].parameter <= parameter && parameter <= pair[1].parameter
    };
    let [a, b] = stage.points.windows(2).find(inside).unwrap() else { panic!() };
    a.value + (b.value - a.value) * (parameter - a.parameter) / (b.parameter - a.parameter)
}

/// A model whose entitlement does not move with its funds.
fn held(world: &World, rules: &[&Drawn], objective: &str) -> String {
    let pool = world.budget(0) + if world.has_water() { world.budget(1) } else { 0 };
    world.model(rules, objective) + &format!("[entitlement]\namount = \"{} 元\"\nfactors = {{ gep = 1 }}\n", yuan(pool))
}

fn follow(prepared: &Prepared, path: &str) -> Result<Curve, String> {
    let question = Question { path, factor: false, from: None, to: None, stage: None };
    curve(prepared, &question, &SolveOptions::default()).map_err(|error| format!("{error:?}"))
}

/// The exported program of a stage; the row that keeps the first stage within its slack of 1 %, which a run writes with costs
/// to six digits, is written anew with the exact costs and another solver's optimum.
fn exactly_kept(solved: &Solved, stage: &StageResult) -> Mps {
    let read = |stage: &StageResult| Mps::read(&stage.program.as_ref().unwrap().to_mps("stage"));
    let mut mps = read(stage);
    if let Some(kept) = mps.rows.iter().position(|row| row.name == "keep.1") {
        let first = read(&solved.plan.stages[0]);
        let best = first.minimise().unwrap();
        for column in &mut mps.columns {
            column.entries.retain(|(row, _)| *row != kept);
        }
        mps.rows[kept].side = f64::from(u32::MAX);
        let priced = first.columns.iter().filter(|column| column.cost != 0.0);
        let terms: Vec<(usize, f64)> = priced.map(|column| (mps.column(&column.name).unwrap(), -column.cost)).collect();
        mps.at_least(&terms, -(best + 0.01 * best.abs()));
    }
    mps
}

const STAGES: [&str; 4] = [
    "[[objective]]\nkind = \"max_min_coverage\"\nlevels = \"worst\"\nslack = 0.02\n",
    "[[objective]]\nkind = \"min_deviation\"\nnorm = \"l1\"\nslack = 0.01\n",
    "[[objective]]\nkind = \"max_outcome_benefit\"\nreturns = [[0.6, 1.0], [1.1, 0.6], [1.6, 0.3]]\nslack = 0.01\n",
    "[[objective]]\nkind = \"min_deviation\"\nnorm = \"linf\"\n",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: common::cases(20), failure_persistence: None, ..ProptestConfig::default() })]

    /// Every stage, each in its own place behind the stages before it, against runs of the whole model.
    #[test]
    fn runs_at_other_amounts_lie_on_the_curve(
        areas in 2_usize..5,
        kinds in prop::collection::vec(0..KINDS.len(), 0..4),
        stages in prop::collection::vec(0..STAGES.len(), 1..3),
        seed in any::<u64>(),
    ) {
        let mut chance = Chance(seed);
        let world = World::draw(areas, 1, &mut chance);
        let rules: Vec<Drawn> = kinds.iter().map(|kind| KINDS[*kind].1(&world, &mut chance)).collect();
        let objective: String = stages.iter().map(|stage| STAGES[*stage]).collect();
        let model = held(&world, &rules.iter().collect::<Vec<_>>(), &objective);
        let prepared = prepared(&model, &world);
        let found = follow(&prepared, "fund.district.amount").map_err(|why| {
            world.leave(env!("CARGO_TARGET_TMPDIR"), &model);
            TestCaseError::fail(format!("{why}\n{model}"))
        })?;
        let parameter = &found.parameter;
        let mut grid: Vec<f64> = (0..=12).map(|step| parameter.from + (parameter.to - parameter.from) * f64::from(step) / 12.0).collect();
        grid.extend(found.stages.iter().flat_map(|stage| stage.points.iter().map(|point| point.parameter)).take(12));
        for value in grid {
            let fen = (value * 100.0).round();
            let value = fen / 100.0;
            if value < parameter.from || value > parameter.to { continue }
            let change = Change::parse(&format!("fund.district.amount={value:.2} 元")).unwrap();
            let changed = run::changed(&prepared, &[change]).unwrap();
            let solved = match run::solve(changed, &SolveOptions::default(), true) {
                Ok(solved) => solved,
                Err(RunError::Unroundable(..)) => continue,
                // Within half a 分 of an end of the feasible range.
                Err(RunError::Infeasible(_)) => {
                    let near = |end: f64| (value - end).abs() < 0.02;
                    prop_assert!(near(parameter.from) || near(parameter.to), "{value}\n{model}");
                    continue;
                }
                Err(error) => return Err(TestCaseError::fail(format!("{error:?}\n{model}"))),
            };
            for (stage, own) in found.stages.iter().zip(&solved.plan.stages) {
                let other = exactly_kept(&solved, own).minimise().map_err(TestCaseError::fail)?;
                let freedom = own.program.as_ref().unwrap().columns().iter().any(|column| column.cost != 0.0);
                let other = match (freedom, own.value == own.minimised) {
                    (true, true) => other,
                    (true, false) => -other,
                    // Nothing is left to optimise; the run tells the value that there is.
                    (false, _) => own.value,
                };
                let expected = at(stage, value);
                if (other - expected).abs() > 1e-6 * (1.0 + expected.abs()) {
                    world.leave(env!("CARGO_TARGET_TMPDIR"), &model);
                }
                prop_assert!((other - expected).abs() <= 1e-6 * (1.0 + expected.abs()),
                    "{} at {value}: {other} and {expected}\n{:?}\n{model}", stage.kind, stage.points);
            }
        }
    }

    /// Right-hand sides of plain programs: each grid point by another solver, and every breakpoint a true bend.
    #[test]
    fn plain_programs_follow_their_sides(columns in 2_usize..8, rows in 2_usize..7, seed in any::<u64>()) {
        let mut chance = Chance(seed);
        let mut draw = |least, most| chance.between(least, most) as f64;
        let mut lp = LinearProgram::new();
        let ids: Vec<ColumnId> = (0..columns)
            .map(|index| { let most = draw(2, 30); lp.add_column(format!("x{index}"), 0.0, most, 0.0).unwrap() })
            .collect();
        let t = lp.add_column("t".into(), f64::NEG_INFINITY, f64::INFINITY, 0.0).unwrap();
        let costs: Vec<(ColumnId, f64)> = ids.iter().map(|id| (*id, draw(-9, 9) * 0.7)).collect();
        for row in 0..rows {
            let mut terms: Vec<(ColumnId, f64)> = ids.iter().map(|id| (*id, draw(-3, 9))).collect();
            terms.push((t, -draw(-2, 3)));
            lp.add_row(format!("r{row}"), f64::NEG_INFINITY, draw(5, 80), terms).unwrap();
        }
        lp.add_row("t.range".into(), -100.0, 100.0, vec![(t, 1.0)]).unwrap();
        let mps = Mps::read(&lp.to_mps("lp"));
        let mut session = Session::open(lp, &SolveOptions::default()).unwrap();
        let (least, most) = feasible_range(&mut session, t).unwrap().unwrap();
        let (least, most) = (least.unwrap(), most.unwrap());
        if most - least < 1e-3 { return Ok(()) }
        let corners = response(&mut session, t, &costs, (least, most)).unwrap().unwrap();
        for three in corners.windows(3) {
            let slope = |a: usize, b: usize| (three[b].y - three[a].y) / (three[b].x - three[a].x);
            prop_assert!(slope(0, 1) < slope(1, 2));
        }
        let column = mps.column("t").unwrap();
        for step in 0..=50 {
            let value = least + (most - least) * f64::from(step) / 50.0;
            // The ends are met within the solver's tolerance only.
            let value = value.clamp(least + 1e-7, most - 1e-7);
            let mut other = mps.clone();
            other.columns[column].bounds = (value, value);
            for (id, cost) in &costs {
                other.columns[id.0].cost = *cost;
            }
            let Ok(other) = other.minimise() else { continue };
            let pair = corners.windows(2).find(|pair| pair[0].x <= value && value <= pair[1].x).unwrap();
            let expected = pair[0].y + (pair[1].y - pair[0].y) * (value - pair[0].x) / (pair[1].x - pair[0].x);
            prop_assert!((other - expected).abs() < 1e-6 * (1.0 + expected.abs()), "{other} and {expected} at {value}");
        }
    }
}

/// Sides of rules: a floor that grows until nothing is left, a band that moves by a factor, a rule on single cells.
#[test]
fn sides_of_rules_move_too() {
    let folder = Folder::sound();
    let rule = "[[rule]]\nkind = \"floor\"\nper = \"cell\"\nat_least = \"5 万元\"\n[[rule]]\nkind = \"corridor\"\nbetween = [0.5, 2.0]\n";
    folder.write("model.toml", format!("{}{rule}", common::MODEL));
    let model = folder.file("model.toml");
    let run = |more: &[&str]| {
        let mut arguments = vec!["curve", &model, "--format", "json", "--json"];
        arguments.extend(more);
        ecocomp(&arguments)
    };
    // Four cells share 50 万元: a floor of more than 12.5 万元 has no plan.
    let done = run(&["--path", "rule.floor.at_least", "--to", "20 万元"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let json = done.json();
    assert!((json["parameter"]["most_feasible"].as_f64().unwrap() - 125_000.0).abs() < 1e-3, "{}", done.out);
    assert!((json["parameter"]["to"].as_f64().unwrap() - 125_000.0).abs() < 1e-3);
    let done = run(&["--path", "rule.corridor.between", "--factor", "--from", "60%", "--to", "1.1"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(done.json()["parameter"]["from"], 0.6);
    for (path, code) in [
        ("rule.corridor.between", "curve.several"),
        ("data.gep", "curve.data"),
        ("model.name", "curve.not_numeric"),
        ("fund.distrct.amount", "scenario.unknown_path"),
    ] {
        let done = run(&["--path", path]);
        assert_eq!((done.code, done.codes()), (1, vec![code.to_owned()]), "{path}");
        assert!(done.err.contains("--path"), "{}", done.err);
    }
    let codes = |more: &[&str]| run(more).codes();
    assert_eq!(codes(&["--path", "fund.district.amount", "--from", "2 亩"]), ["curve.end"]);
    assert_eq!(codes(&["--path", "fund.district.amount", "--from", "9 万元", "--to", "1 万元"]), ["curve.empty_range"]);
    assert_eq!(
        codes(&["--path", "fund.district.amount", "--from", "1 亿元", "--to", "2 亿元"]),
        ["curve.none_feasible"]
    );
    assert_eq!(codes(&["--path", "fund.district.amount", "--stage", "7"]), ["curve.no_stage"]);
    let shipped = repository("models/chongming-vertical.toml");
    let codes = |path: &str| ecocomp(&["curve", &shipped, "--path", path, "--json"]).codes();
    assert_eq!(codes("entitlement.amount"), ["curve.moves_nothing"]);
    assert_eq!(codes("rule.wetland_share.between[0]"), ["curve.not_a_side"]);
}

#[test]
fn the_budget_curve_of_the_shipped_model() {
    let model = repository("models/chongming-vertical.toml");
    let done = ecocomp(&["curve", &model, "--path", "fund.district.amount", "--format", "json"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let json = done.json();
    let benefit = json["stages"].as_array().unwrap().iter().find(|s| s["kind"] == "max_outcome_benefit").unwrap();
    let slopes: Vec<f64> = benefit["slopes"].as_array().unwrap().iter().map(|s| s.as_f64().unwrap()).collect();
    assert!(slopes.len() > 10 && slopes.windows(2).all(|pair| pair[0] > pair[1]), "{slopes:?}");
    let allocated = ecocomp(&["allocate", &model, "--format", "json"]).json();
    let stage = allocated["stages"].as_array().unwrap().iter().find(|s| s["kind"] == "max_outcome_benefit").unwrap();
    let (now, run) = (benefit["now"].as_f64().unwrap(), stage["value"].as_f64().unwrap());
    assert!((now - run).abs() < 1e-6 * run, "{now} and {run}");
    let svg = ecocomp(&["curve", &model, "--path", "fund.district.amount", "--stage", "3", "--format", "svg"]).out;
    assert!(svg.starts_with("<svg") && svg.contains("现值"));
}

/// Each point of a curve whose entitlements follow is the value of a run at that amount; held ones differ from it.
#[test]
fn a_curve_that_follows_says_what_runs_say() {
    use crate::common::{Folder, ecocomp};
    let folder = Folder::sound();
    let model = folder.file("model.toml");
    let curve = |word: &str| {
        let words = [
            "curve",
            &model,
            "--path",
            "fund.district.amount",
            "--entitlements",
            word,
            "--points",
            "5",
            "--format",
            "json",
        ];
        ecocomp(&words).json()
    };
    let (held, follow) = (curve("held"), curve("follow"));
    assert_eq!((held["entitlements"].as_str(), follow["entitlements"].as_str()), (Some("held"), Some("follow")));
    let points = follow["stages"][0]["points"].as_array().unwrap();
    assert_eq!(points.len(), 5);
    for point in points {
        let amount = format!("fund.district.amount={:.2} 元", point["parameter"].as_f64().unwrap());
        let run = folder.allocate(&["--set", &amount]).json();
        let (value, found) = (run["stages"][0]["value"].as_f64().unwrap(), point["value"].as_f64().unwrap());
        assert!((value - found).abs() < 1e-6, "{amount}: {value} {found}");
    }
    // Held, half the money is half the coverage; following, it is all of it.
    let first = |curve: &serde_json::Value| curve["stages"][0]["points"][0]["value"].as_f64().unwrap();
    assert!((first(&held) - 0.5).abs() < 1e-6 && (first(&follow) - 1.0).abs() < 1e-6);
    for (word, said) in [("held", "保持现值"), ("follow", "随资金变动")] {
        for format in ["table", "csv", "svg"] {
            let words = ["curve", &model, "--path", "fund.district.amount", "--entitlements", word, "--format", format];
            assert!(ecocomp(&words).out.contains(said), "{word} {format}");
        }
    }
    let refused = ecocomp(&[
        "curve",
        &model,
        "--path",
        "fund.district.amount",
        "--entitlements",
        "follow",
        "--points",
        "1",
        "--json",
    ]);
    assert!(refused.code == 1 && refused.err.contains("curve.points"), "{}", refused.err);
}
