//! Shadow prices are what a new run finds: textbook answers, another solver on exported programs, and whole runs with a number
//! of the model moved.

use std::cell::Cell;

use crate::common;
use crate::common::draws::KINDS;
use crate::common::mps::Mps;
use crate::common::world::{Chance, Drawn, ECOSYSTEMS, World, yuan};
use crate::common::{Folder, ecocomp, repository};
use calamine::{Reader, Xlsx, open_workbook};
use ecocomp::analysis::sensitivity::{ShadowPrice, shadow_prices};
use ecocomp::run::{self, Inputs, Solved};
use ecocomp::solver::SolveOptions;
use ecocomp::solver::way::End;
use proptest::prelude::*;
use serde_json::Value;

fn prices(solved: &Solved) -> Vec<ShadowPrice> {
    shadow_prices(solved, &SolveOptions::default(), &|_, _| true).unwrap()
}

fn all_prices(explained: &Value) -> Vec<Value> {
    let rows =
        explained["cells"].as_array().unwrap().iter().flat_map(|cell| cell["binding"].as_array().unwrap().clone());
    rows.flat_map(|row| row["prices"].as_array().unwrap().clone()).collect()
}

/// Hillier & Lieberman, Introduction to Operations Research (Wyndor Glass): shadow prices 0, 3/2 and 1, which hold for the second
/// bound from 6 to 18 and for the third from 12 to 24. Rows are scaled in the program; the bounds are those written.
#[test]
fn bounds_of_linear_rules_are_priced_as_written() {
    let folder = Folder::empty();
    folder.write("areas.csv", "代码,名称\nV001,x1\nV002,x2\n");
    folder.write("cells.csv", "区域代码,生态系统,生态产品总值(万元),份额(无)\nV001,林地,3000,1\nV002,林地,5000,1\n");
    let term = |area: &str, times: &str| format!("{{ of = {{ area = \"{area}\" }}, times = {times} }}");
    let rule = |id: &str, terms: &[String], most: &str| {
        format!(
            "[[rule]]\nkind = \"linear\"\nid = \"{id}\"\nterms = [{}]\nat_most = \"{most} 万元\"\n",
            terms.join(", ")
        )
    };
    let rules = [
        rule("one", &[term("V001", "1")], "4"),
        rule("two", &[term("V002", "2")], "12"),
        rule("three", &[term("V001", "3"), term("V002", "2")], "18"),
    ];
    let model = "[model]\nname = \"wyndor\"\ndataset = \".\"\nrounding = \"0.01 元\"\n\
        [[fund]]\nid = \"f\"\namount = \"1000000 万元\"\nspend = \"up_to\"\n\
        [entitlement]\namount = \"2000 万元\"\nfactors = { \"份额\" = 1 }\n\
        [[objective]]\nkind = \"max_outcome_benefit\"\nvalue = \"gep\"\nreturns = [[1000000, 1]]\n";
    folder.write("model.toml", format!("{model}{}", rules.concat()));
    let done = ecocomp(&["explain", &folder.file("model.toml"), "--area", "V002", "--format", "json"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let found = all_prices(&done.json());
    let of = |id: &str| found.iter().find(|price| price["member"] == id).unwrap_or_else(|| panic!("{id}: {found:#?}"));
    for (id, bound, price) in [("two", 120_000.0, 1.5), ("three", 180_000.0, 1.0)] {
        let near = |name: &str, expected: f64| {
            let value = of(id)[name].as_f64().unwrap();
            assert!((value - expected).abs() <= 1e-9 * expected, "{id} {name}: {value}, not {expected}");
        };
        near("bound_yuan", bound);
        near("price_up", price / 1e4);
        near("price_down", price / 1e4);
        near("holds_up_yuan", 60_000.0);
        near("holds_down_yuan", 60_000.0);
        assert_eq!((&of(id)["end_up"], &of(id)["end_down"]), (&Value::from("turns"), &Value::from("turns")));
    }
    assert!(!found.iter().any(|price| price["member"] == "one"), "{found:#?}");
}

/// Money that an area must be counted with is money that the others lack: its price is that of the fund, turned round.
#[test]
fn rows_of_money_per_head_are_priced_in_money() {
    let folder = Folder::empty();
    let model = format!(
        "model = {{ name = \"人均\", dataset = {:?} }}\nfund = [{{ id = \"district\", amount = \"1.2 亿元\" }}]\n\
        [[rule]]\nkind = \"per_head\"\nid = \"ph\"\nratio_at_most = 4\n\
        [[rule]]\nkind = \"share\"\nid = \"sh\"\nof = {{ ecosystem = \"wetland\" }}\nat_least = 0.3\n\
        [[rule]]\nkind = \"linear\"\nid = \"lin\"\nterms = [ {{ of = {{ ecosystem = \"forest\" }}, times = 2.0 }}, {{ of = {{ ecosystem = \"farmland\" }}, times = -3.0 }} ]\nat_most = \"100 万元\"\n\
        [[objective]]\nkind = \"max_min_coverage\"\nlevels = \"worst\"\nslack = 0.02\n\
        [[objective]]\nkind = \"max_outcome_benefit\"\nreturns = [[0.6, 1.0], [1.1, 0.6], [1.6, 0.3]]\n",
        repository("datasets/chongming")
    );
    folder.write("model.toml", model);
    let done = ecocomp(&["explain", &folder.file("model.toml"), "--area", "城桥镇", "--format", "json"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let found = all_prices(&done.json());
    let second = |member: &str| {
        let is_it = |price: &&Value| price["member"] == member && price["stage"] == 2;
        found.iter().find(is_it).unwrap_or_else(|| panic!("{member}: {found:#?}"))
    };
    let up = |member: &str| second(member)["price_up"].as_f64().unwrap() * 1e4;
    assert!((up("ph") + 56.42).abs() < 0.005, "{}", up("ph"));
    assert!((up("district") - 56.42).abs() < 0.005, "{}", up("district"));
}

const SINGLE: [&str; 5] = [
    "[[objective]]\nkind = \"max_min_coverage\"\nlevels = \"worst\"\n",
    "[[objective]]\nkind = \"max_min_coverage\"\n",
    "[[objective]]\nkind = \"min_deviation\"\nnorm = \"l1\"\n",
    "[[objective]]\nkind = \"min_deviation\"\nnorm = \"linf\"\n",
    "[[objective]]\nkind = \"max_outcome_benefit\"\nreturns = [[0.6, 1.0], [1.1, 0.6], [1.6, 0.3]]\n",
];

fn solved(model: &str, world: &World) -> Option<Solved> {
    let (model_file, model_text) = ("model.toml".to_owned(), model.to_owned());
    let inputs = Inputs { model_file, model_text, source: world.source(), changes: Vec::new(), spots: None };
    let prepared = run::prepare(&inputs).unwrap_or_else(|findings| panic!("{findings:?}\n{model}"));
    // A number that moved may leave no plan, or none to the 分.
    run::solve(prepared, &SolveOptions::default(), true).ok()
}

/// A model with funds, a cap and a floor of one cell, and a sum of its own, each moved by some 分; entitlements are held.
struct Numbers {
    cell: usize,
    cap: i128,
    floor: i128,
    sum: i128,
    objective: String,
    rules: Vec<Drawn>,
}

impl Numbers {
    fn draw(world: &World, kinds: &[usize], objective: String, chance: &mut Chance) -> Self {
        let cell = chance.between(0, world.cells.len() as i128 - 1) as usize;
        let known = world.known(&[cell]);
        let area = world.select(|place| place.area == world.cells[cell].area);
        let all = world.select(|_| true);
        // 2.5 · area − 0.5 · all, above the known plan by some per cent.
        let sum = (5 * world.known(&area) - world.known(&all)) / 2;
        let rules = kinds.iter().map(|kind| KINDS[*kind].1(world, chance)).collect();
        Self {
            cell,
            cap: known + known * chance.between(1, 20) / 100,
            floor: known - known * chance.between(1, 60) / 100,
            sum: sum + sum.abs() * chance.between(1, 20) / 100,
            objective,
            rules,
        }
    }

    /// The model with the number of one member moved.
    fn model(&self, world: &World, moved: &str, by: i128) -> String {
        let step = |id: &str| if id == moved { by } else { 0 };
        let place = &world.cells[self.cell];
        let of =
            format!("{{ area = \"{}\", ecosystem = \"{}\" }}", World::code(place.area), ECOSYSTEMS[place.ecosystem].0);
        let signed = |fen: i128| format!("{}{}", if fen < 0 { "-" } else { "" }, yuan(fen.abs()));
        let pool = world.budget(0) + if world.has_water() { world.budget(1) } else { 0 };
        let amount =
            |by: i128| format!("[[fund]]\nid = \"district\"\namount = \"{} 元\"\n", yuan(world.budget(0) + by));
        let rules: Vec<&Drawn> = self.rules.iter().collect();
        let text = world.model(&rules, &self.objective).replace(&amount(0), &amount(step("district")));
        format!(
            "{text}[[rule]]\nkind = \"cap\"\nid = \"own_cap\"\nof = {of}\nper = \"cell\"\nat_most = \"{} 元\"\n\
            [[rule]]\nkind = \"floor\"\nid = \"own_floor\"\nof = {of}\nper = \"cell\"\nat_least = \"{} 元\"\n\
            [[rule]]\nkind = \"linear\"\nid = \"own_sum\"\nterms = [{{ of = {{ area = \"{}\" }}, times = 2.5 }}, {{ of = {{ area = {:?} }}, times = -0.5 }}]\nat_most = \"{} 元\"\n\
            [entitlement]\namount = \"{} 元\"\nfactors = {{ gep = 1 }}\n",
            signed(self.cap + step("own_cap")),
            signed(self.floor + step("own_floor")),
            World::code(place.area),
            (0..world.areas.len()).map(World::code).collect::<Vec<_>>(),
            signed(self.sum + step("own_sum")),
            yuan(pool)
        )
    }
}

/// What a stage's value may miss by rounding errors of two solves.
fn allowed(value: f64, change: f64) -> f64 {
    2e-7 * (1.0 + value.abs()) + 1e-5 * change.abs()
}

thread_local! {
    static COMPARED: Cell<usize> = const { Cell::new(0) };
}

#[test]
fn whole_runs_with_a_number_moved_find_the_prices() {
    let config = ProptestConfig { cases: common::cases(40), failure_persistence: None, ..ProptestConfig::default() };
    let drawn = (
        2_usize..6,
        prop::collection::vec(0..KINDS.len(), 0..3),
        prop::collection::vec(0..SINGLE.len(), 1..4),
        any::<u64>(),
    );
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let done = runner.run(&drawn, |(areas, kinds, stages, seed)| {
        let mut chance = Chance(seed);
        let world = World::draw(areas, 1, &mut chance);
        let objective: String = stages.iter().map(|stage| SINGLE[*stage]).collect();
        let numbers = Numbers::draw(&world, &kinds, objective, &mut chance);
        let model = numbers.model(&world, "", 0);
        let Some(now) = solved(&model, &world) else { return Ok(()) };
        for price in prices(&now) {
            if !["district", "own_cap", "own_floor", "own_sum"].contains(&price.member.as_str()) {
                continue;
            }
            let sides = [(1, price.price_up, price.holds_up_yuan), (-1, price.price_down, price.holds_down_yuan)];
            for (sign, each, holds) in sides {
                // Half the way, in whole 分; a way shorter than 1 元 is lost in the tolerances of two solves.
                let fen = (holds * 50.0).floor() as i128;
                let Some(each) = each.filter(|_| fen >= 100) else { continue };
                let Some(then) = solved(&numbers.model(&world, &price.member, sign * fen), &world) else { continue };
                let (before, after) = (now.plan.stages[price.stage - 1].value, then.plan.stages[price.stage - 1].value);
                let change = each * (sign * fen) as f64 / 100.0;
                prop_assert!(
                    (after - before - change).abs() <= allowed(before, change),
                    "{} moved by {} 分: from {before} to {after}, not by {change}: {price:#?}\n{model}",
                    price.member,
                    sign * fen
                );
                COMPARED.set(COMPARED.get() + 1);
            }
        }
        Ok(())
    });
    done.unwrap_or_else(|error| panic!("{error}"));
    assert!(COMPARED.get() > 20, "only {} prices compared", COMPARED.get());
}

/// The value of a stage's exported program with the sides of one row moved, by another solver.
fn moved(mps: &Mps, row: usize, side: &str, by: f64) -> Result<f64, String> {
    let mut mps = mps.clone();
    let line = &mut mps.rows[row];
    match (line.range, line.kind, side) {
        // The other side of a row with two stays where it is.
        (Some(range), 'G', "upper") | (Some(range), 'L', "lower") => line.range = Some(range + by),
        (Some(range), 'G', _) | (Some(range), 'L', _) => {
            line.side += by;
            line.range = Some(range - by);
        }
        _ => line.side += by,
    }
    mps.minimise()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: common::cases(40), failure_persistence: None, ..ProptestConfig::default() })]

    /// All kinds of rules that stand in rows: on the line as far as the price holds, off it beyond.
    #[test]
    fn another_solver_finds_the_price_of_every_row(
        areas in 2_usize..6,
        kinds in prop::collection::vec(0..KINDS.len(), 1..4),
        stage in 0..SINGLE.len(),
        tolerance in 0_u32..30,
        seed in any::<u64>(),
    ) {
        let mut chance = Chance(seed);
        let world = World::draw(areas, 1, &mut chance);
        let rules: Vec<Drawn> = kinds.iter().map(|kind| KINDS[*kind].1(&world, &mut chance)).collect();
        let order = format!("[[rule]]\nkind = \"outcome_order\"\nid = \"own_order\"\ntolerance = 0.{tolerance:02}\n");
        let with_order = tolerance % 2 == 0;
        let model = world.model(&rules.iter().collect::<Vec<_>>(), SINGLE[stage]) + if with_order { &order } else { "" };
        let Some(solved) = solved(&model, &world) else { return Ok(()) };
        let first = &solved.plan.stages[0];
        let mps = Mps::read(&first.program.as_ref().unwrap().to_mps("first"));
        let sign = if first.kind.starts_with("max_") { -1.0 } else { 1.0 };
        for price in prices(&solved).iter().filter(|price| price.stage == 1) {
            let name = format!("{}.{}", price.member, price.row);
            let Some(row) = mps.rows.iter().position(|row| row.name == name) else { continue };
            let kind = solved.prepared.problem.rules.iter().find(|rule| rule.id == price.member).map(|rule| rule.kind.word());
            // The row counts a 元 of the area or cell so many times.
            let amount = mps.columns.iter().find_map(|column| {
                let is_money = column.name.starts_with("x[") || column.name.starts_with("y[");
                column.entries.iter().find(|(at, _)| *at == row && is_money).map(|(_, value)| value.abs())
            });
            let times = match kind {
                Some("per_head" | "outcome_order") => amount.unwrap_or(1.0),
                // The one term of 1 beside −times.
                Some("linear") => {
                    let entries = mps.columns.iter().flat_map(|column| column.entries.iter().filter(|(at, _)| *at == row));
                    1.0 / written_scale(&solved, &price.member, entries.map(|(_, value)| *value))
                }
                _ => 1.0,
            };
            for (way, each, holds, end) in [
                (1.0, price.price_up, price.holds_up_yuan, price.end_up),
                (-1.0, price.price_down, price.holds_down_yuan, price.end_down),
            ] {
                let Some(each) = each.filter(|_| holds >= 1.0) else { continue };
                for part in [0.5, 0.999] {
                    let wan = way * holds * part / 1e4;
                    let value = moved(&mps, row, price.side, wan * times).map_err(TestCaseError::fail)?;
                    let change = sign * each * 1e4 * wan;
                    prop_assert!(
                        (value - first.minimised - change).abs() <= allowed(first.minimised, change),
                        "{part} of the way: {value} from {} by {change}: {price:#?}\n{model}", first.minimised
                    );
                }
                let beyond = moved(&mps, row, price.side, way * (holds * 1.5 + 1e5) / 1e4 * times);
                match end {
                    // The minimum is convex: off the line it lies above.
                    End::Turns => {
                        let change = sign * each * way * (holds * 1.5 + 1e5);
                        let value = beyond.unwrap_or(f64::INFINITY);
                        prop_assert!(value > first.minimised + change - allowed(first.minimised, change), "{price:#?}\n{model}");
                    }
                    End::Infeasible => prop_assert!(beyond.is_err(), "{beyond:?}: {price:#?}\n{model}"),
                    End::Asked | End::Open => {}
                }
            }
        }
    }
}

/// The largest factor written in a linear rule, over the largest coefficient of its row.
fn written_scale(solved: &Solved, member: &str, row: impl Iterator<Item = f64>) -> f64 {
    let rule = solved.prepared.problem.rules.iter().find(|rule| rule.id == member).unwrap();
    let ecocomp::rules::RuleKind::Linear(linear) = &rule.kind else { panic!("{member}") };
    let frame = &solved.prepared.problem.frame;
    let mut times = vec![0.0; frame.amounts.len()];
    for (selection, factor) in &linear.terms {
        for id in selection.amounts(frame) {
            times[id.0] += factor.to_f64();
        }
    }
    let largest = |values: &mut dyn Iterator<Item = f64>| values.map(f64::abs).fold(0.0, f64::max);
    largest(&mut times.into_iter()) / largest(&mut { row })
}

/// Nothing is left out without a word: as many rows as bind, and what was not followed farther says so.
#[test]
fn the_workbook_prices_every_binding_row() {
    let folder = Folder::empty();
    let made = ecocomp(&["generate", "--areas", "120", "--seed", "5", "-o", &folder.path().display().to_string()]);
    assert_eq!(made.code, 0, "{}", made.err);
    let model = folder.file("model.toml");
    let book = folder.file("plan.xlsx");
    let done = ecocomp(&["allocate", &model, "-o", &book]);
    assert_eq!(done.code, 0, "{}", done.err);
    let rows = rows(&book, "敏感性");
    let priced: Vec<&Vec<String>> =
        rows.iter().filter(|row| row[0].starts_with(|c: char| c.is_ascii_digit())).collect();
    // More than any list that is cut off at a hundred.
    assert!(priced.len() > 100, "{} rows", priced.len());
    let known = ["价格改变", "没有可行方案", "只看到这里", "未再追踪,至少有效到此", "未能算定"];
    assert!(
        priced.iter().all(|row| known.contains(&row[9].as_str()) && known.contains(&row[11].as_str())),
        "{priced:#?}"
    );
}

fn rows(path: &str, sheet: &str) -> Vec<Vec<String>> {
    let mut book: Xlsx<_> = open_workbook(path).unwrap();
    book.worksheet_range(sheet).unwrap().rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}
