//! Near-optimal ranges are exact, by another solver on programs put together from exported files; alternatives are plans.

use crate::common;
use crate::common::draws::KINDS;
use crate::common::mps::{Mps, MpsColumn, MpsRow};
use crate::common::world::{Chance, Drawn, Plan, World};
use crate::common::{Folder, ecocomp, repository};
use ecocomp::analysis::alternatives::{Wanted, alternatives};
use ecocomp::analysis::ranges::{By, Question, ranges};
use ecocomp::run::{self, Inputs, RunError, Solved};
use ecocomp::solver::SolveOptions;
use proptest::prelude::*;

const STAGES: [&str; 5] = [
    "[[objective]]\nkind = \"max_min_coverage\"\nlevels = \"worst\"\n",
    "[[objective]]\nkind = \"max_min_coverage\"\nslack = 0.005\n",
    "[[objective]]\nkind = \"min_deviation\"\nnorm = \"l1\"\n",
    "[[objective]]\nkind = \"min_deviation\"\nnorm = \"linf\"\nslack = 0.01\n",
    "[[objective]]\nkind = \"max_outcome_benefit\"\nreturns = [[0.6, 1.0], [1.1, 0.6], [1.6, 0.3]]\n",
];

fn solved(model: &str, world: &World) -> Result<Solved, RunError> {
    let (model_file, model_text) = ("model.toml".to_owned(), model.to_owned());
    let inputs = Inputs { model_file, model_text, source: world.source(), changes: Vec::new(), spots: None };
    let prepared = run::prepare(&inputs).unwrap_or_else(|findings| panic!("{findings:?}\n{model}"));
    run::solve(prepared, &SolveOptions::default(), true)
}

/// Adds the columns and rows of another program that this one does not have, under names of their own.
fn join(base: &mut Mps, other: &Mps, mark: usize) -> Vec<usize> {
    let old_rows = base.rows.len();
    let of = |name: &str| format!("{name}#{mark}");
    let known_row: Vec<Option<usize>> = other
        .rows
        .iter()
        .map(|row| {
            base.rows[..old_rows].iter().position(|known| known.name == row.name && !row.name.starts_with("s1."))
        })
        .collect();
    let new_row: Vec<usize> = other
        .rows
        .iter()
        .zip(&known_row)
        .map(|(row, known)| {
            known.unwrap_or_else(|| {
                base.rows.push(MpsRow { name: of(&row.name), ..row.clone() });
                base.rows.len() - 1
            })
        })
        .collect();
    other
        .columns
        .iter()
        .map(|column| {
            let shared = !column.name.starts_with("s1.");
            let at = base.column(&column.name).filter(|_| shared).unwrap_or_else(|| {
                let (name, bounds) = (if shared { column.name.clone() } else { of(&column.name) }, column.bounds);
                base.columns.push(MpsColumn { name, cost: 0.0, entries: Vec::new(), bounds });
                base.columns.len() - 1
            });
            for (row, value) in &column.entries {
                if known_row[*row].is_none() {
                    base.columns[at].entries.push((new_row[*row], *value));
                }
            }
            at
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: common::cases(16), failure_persistence: None, ..ProptestConfig::default() })]

    /// The program of each stage alone is exported and joined; another solver then finds the same ends.
    #[test]
    fn another_solver_finds_the_same_ends(
        areas in 2_usize..5,
        kinds in prop::collection::vec(0..KINDS.len(), 0..4),
        first in 0..STAGES.len(),
        second in 0..STAGES.len(),
        percent in 1_u32..8,
        seed in any::<u64>(),
    ) {
        let mut chance = Chance(seed);
        let world = World::draw(areas, 1, &mut chance);
        let rules: Vec<Drawn> = kinds.iter().map(|kind| KINDS[*kind].1(&world, &mut chance)).collect();
        let rules: Vec<&Drawn> = rules.iter().collect();
        let chosen: Vec<&str> = if first == second { vec![STAGES[first]] } else { vec![STAGES[first], STAGES[second]] };
        let model = world.model(&rules, &chosen.concat());
        let Ok(found) = solved(&model, &world) else { return Ok(()) };
        let within = f64::from(percent) / 200.0;
        let mut joined: Option<Mps> = None;
        for (index, stage) in chosen.iter().enumerate() {
            let Ok(alone) = solved(&world.model(&rules, stage), &world) else { return Ok(()) };
            let mut mps = Mps::read(&alone.plan.stages[0].program.as_ref().unwrap().to_mps("alone"));
            let costs: Vec<f64> = mps.columns.iter().map(|column| column.cost).collect();
            for column in &mut mps.columns {
                column.cost = 0.0;
            }
            let mut base = joined.unwrap_or_default();
            let places = join(&mut base, &mps, index);
            let best = found.plan.stages[index].minimised;
            let terms: Vec<(usize, f64)> = places.into_iter().zip(costs).filter(|(_, cost)| *cost != 0.0).map(|(at, cost)| (at, -cost)).collect();
            base.at_least(&terms, -(best + within * best.abs()));
            joined = Some(base);
        }
        let joined = joined.unwrap();
        for (by, pick) in [(By::Cell, 0_usize), (By::Area, 1), (By::Ecosystem, 2)] {
            let question = Question { within, by, areas: Vec::new(), ecosystems: Vec::new(), threads: 2 };
            let result = ranges(&found, &question, &SolveOptions::default());
            let ranges = match result {
                Ok(ranges) => ranges,
                // No plan is so near every optimum, and another solver agrees.
                Err(RunError::Findings(_)) => {
                    prop_assert!(joined.minimise().is_err(), "{model}");
                    return Ok(());
                }
                Err(error) => return Err(TestCaseError::fail(format!("{error:?}\n{model}"))),
            };
            for entry in &ranges.entries {
                let belongs = |name: &str| {
                    let inner = name.strip_prefix("x[").and_then(|rest| rest.strip_suffix(']'));
                    inner.is_some_and(|inner| {
                        let parts: Vec<&str> = inner.split(',').collect();
                        match pick {
                            0 => format!("{}/{}", parts[1], parts[2]) == entry.code,
                            1 => parts[1] == entry.code,
                            _ => parts[2] == entry.code,
                        }
                    })
                };
                let mut ends = [0.0; 2];
                for (end, sign) in ends.iter_mut().zip([1.0, -1.0]) {
                    let mut other = joined.clone();
                    for column in &mut other.columns {
                        if belongs(&column.name) {
                            column.cost = sign;
                        }
                    }
                    *end = sign * other.minimise().map_err(|why| TestCaseError::fail(format!("{why}\n{model}")))?;
                }
                let close = |yuan: f64, wan: f64| (yuan / 1e4 - wan).abs() < 1e-6 * (1.0 + wan.abs());
                let agrees = close(entry.range.least_yuan, ends[0]) && close(entry.range.most_yuan, ends[1]);
                if !agrees {
                    world.leave(env!("CARGO_TARGET_TMPDIR"), &model);
                }
                prop_assert!(agrees, "{} {:?} and {ends:?} within {within}\n{model}", entry.code, entry.range);
            }
        }
    }

    /// Alternatives obey every rule to the 分 by arithmetic of its own, and differ from the plan and from each other.
    #[test]
    fn alternatives_are_plans(
        areas in 2_usize..6,
        kinds in prop::collection::vec(0..KINDS.len(), 0..4),
        stage in 0..STAGES.len(),
        seed in any::<u64>(),
    ) {
        let mut chance = Chance(seed);
        let world = World::draw(areas, 1, &mut chance);
        let rules: Vec<Drawn> = kinds.iter().map(|kind| KINDS[*kind].1(&world, &mut chance)).collect();
        let model = world.model(&rules.iter().collect::<Vec<_>>(), STAGES[stage]);
        let Ok(solved) = solved(&model, &world) else { return Ok(()) };
        let wanted = |threads| Wanted { within: 0.03, count: 4, seed: 7, threads };
        let found = alternatives(&solved, &wanted(1), &SolveOptions::default()).unwrap();
        let again = alternatives(&solved, &wanted(3), &SolveOptions::default()).unwrap();
        let same = serde_json::to_string(&found).unwrap() == serde_json::to_string(&again).unwrap();
        prop_assert!(same, "the number of threads changes the alternatives\n{model}");
        for plan in &found.plans {
            prop_assert!(plan.holds && plan.moved_share > 0.000_99, "{plan:?}");
            let sum: i64 = plan.cells.iter().map(|cell| cell.amount_fen).sum();
            prop_assert_eq!(i128::from(sum), world.budget(0) + world.budget(1));
            prop_assert_eq!(plan.areas.iter().map(|change| change.change_fen).sum::<i64>(), 0);
            for loss in plan.losses.iter().filter_map(|stage| stage.loss) {
                // Rounding to the 分 may cost a hair more.
                prop_assert!(loss < 0.03 + 1e-4, "{loss}\n{model}");
            }
            // Rules that do not look at single funds can be asked again with what the cells get.
            let by_fund = world.cells.iter().map(|cell| {
                let code = format!("{}/{}", World::code(cell.area), common::world::ECOSYSTEMS[cell.ecosystem].0);
                let amount = plan.cells.iter().find(|found| found.code == code).unwrap().amount_fen;
                [i128::from(amount), 0]
            });
            let amounts = Plan { by_fund: by_fund.collect(), entitlement: Vec::new() };
            for rule in rules.iter().filter(|rule| !rule.toml.contains("fund = ")) {
                prop_assert_eq!((rule.check)(&world, &amounts), None, "{}", rule.toml);
            }
        }
    }
}

#[test]
fn every_form_and_any_number_of_threads_say_the_same() {
    let model = repository("models/chongming-vertical.toml");
    let run = |more: &[&str]| {
        let mut arguments = vec!["ranges", &model, "--within", "2"];
        arguments.extend(more);
        let done = ecocomp(&arguments);
        assert_eq!(done.code, 0, "{}", done.err);
        done
    };
    let json = run(&["--format", "json"]);
    for threads in ["2", "7", "100"] {
        assert_eq!(json.out, run(&["--format", "json", "--threads", threads]).out, "{threads}");
    }
    let entries = json.json()["entries"].as_array().unwrap().clone();
    for entry in &entries {
        let now = entry["amount_fen"].as_f64().unwrap() / 100.0;
        let (least, most) = (entry["least_yuan"].as_f64().unwrap(), entry["most_yuan"].as_f64().unwrap());
        // The plan is rounded to 1 元, which may lie a little outside.
        assert!(least <= now + 2.0 && now <= most + 2.0, "{entry}");
    }
    assert_eq!(run(&["--format", "csv"]).out.lines().count(), entries.len() + 1);
    assert_eq!(run(&["--by", "area", "--format", "json"]).json()["entries"].as_array().unwrap().len(), 18);
    let one = run(&["--area", "陈家镇", "--ecosystem", "wetland", "--format", "json"]).json();
    assert_eq!(one["entries"].as_array().unwrap().len(), 1);
    assert!(run(&["--by", "ecosystem", "--format", "svg"]).out.contains("湿地"));
    let folder = Folder::empty();
    let book = folder.file("ranges.xlsx");
    run(&["--format", "xlsx", "-o", &book]);
    assert!(std::fs::read(book).unwrap().starts_with(b"PK"));
    let explained = ecocomp(&[
        "explain",
        &model,
        "--area",
        "陈家镇",
        "--ecosystem",
        "wetland",
        "--within",
        "2",
        "--format",
        "json",
    ]);
    assert_eq!(explained.json()["cells"][0]["range"]["most_yuan"], one["entries"][0]["most_yuan"]);
}

#[test]
fn wrong_questions_are_refused() {
    let model = repository("models/chongming-vertical.toml");
    let codes = |command: &str, more: &[&str]| {
        let mut arguments = vec![command, &model, "--json"];
        arguments.extend(more);
        ecocomp(&arguments).codes()
    };
    assert_eq!(codes("ranges", &["--within=-1"]), ["ranges.within"]);
    assert_eq!(codes("ranges", &["--within", "NaN"]), ["ranges.within"]);
    assert_eq!(codes("ranges", &["--area", "陈家"]), ["policy.unknown_word"]);
    assert_eq!(codes("ranges", &["--format", "xlsx"]), ["cli.needs_output"]);
    assert_eq!(codes("alternatives", &["--count", "0"]), ["ranges.count"]);
}
