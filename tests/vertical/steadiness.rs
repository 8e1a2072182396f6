//! The same inputs give the same bytes, and changed inputs change the answer as they should.

use crate::common;
use crate::common::draws::KINDS;
use crate::common::world::{Chance, Drawn, World, solve_text, yuan};
use crate::common::{AREAS, CELLS, Folder, ecocomp, repository};
use ecocomp::dataset::Source;
use proptest::prelude::*;
use serde_json::Value;

const FAIR: &str = "[[objective]]\nkind = \"max_min_coverage\"\n";

fn shuffled(table: &str, chance: &mut Chance) -> String {
    let mut rows: Vec<&str> = table.lines().collect();
    for at in (2..rows.len()).rev() {
        rows.swap(at, chance.between(1, at as i128) as usize);
    }
    rows.join("\n") + "\n"
}

fn amounts(record: &Value) -> Vec<i64> {
    record["cells"].as_array().unwrap().iter().map(|cell| cell["amount_fen"].as_i64().unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: common::cases(24), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_rows_changes_no_byte(
        areas in 2_usize..9,
        kinds in prop::collection::vec(0..KINDS.len(), 0..6),
        seed in any::<u64>(),
    ) {
        let mut chance = Chance(seed);
        let world = World::draw(areas, 1, &mut chance);
        let rules: Vec<Drawn> = kinds.iter().map(|kind| KINDS[*kind].1(&world, &mut chance)).collect();
        let model = world.model(&rules.iter().collect::<Vec<_>>(), FAIR);
        // Other files have other digests, and nothing else.
        let text = |source: Source| {
            solve_text(&model, source).map(|mut record| {
                record["dataset"]["files"] = Value::Null;
                record.to_string()
            })
        };
        let files = [
            ("cells.csv", shuffled(&world.cells_csv(), &mut chance)),
            ("areas.csv", shuffled(&world.areas_csv(), &mut chance)),
        ];
        let files = files.map(|(name, text)| (name.to_owned(), text.into_bytes())).to_vec();
        let other = Source { name: "elsewhere".to_owned(), files };
        prop_assert_eq!(text(world.source()), text(other));
    }

    #[test]
    fn more_money_never_lowers_the_worst_coverage(
        areas in 2_usize..6,
        kinds in prop::collection::vec(0..3_usize, 0..3),
        more in 1_i128..50,
        seed in any::<u64>(),
    ) {
        // Floors only: caps and shares may leave no place for more.
        let mut chance = Chance(seed);
        let world = World::draw(areas, 1, &mut chance);
        let rules: Vec<Drawn> = kinds.iter().map(|kind| KINDS[kind % 2 + 1].1(&world, &mut chance)).collect();
        let base = world.model(&rules.iter().collect::<Vec<_>>(), FAIR);
        let pool: i128 = (0..2).map(|fund| world.budget(fund)).sum();
        let base = format!("{base}[entitlement]\namount = \"{} 元\"\n", yuan(pool));
        let worst = |model: &str| -> Result<f64, TestCaseError> {
            let record = solve_text(model, world.source()).map_err(TestCaseError::fail)?;
            Ok(record["stages"][0]["value"].as_f64().unwrap())
        };
        let amount = |fen: i128| format!("id = \"district\"\namount = \"{} 元\"", yuan(fen));
        let richer = base.replace(&amount(world.budget(0)), &amount(world.budget(0) * (100 + more) / 100));
        prop_assert_ne!(&base, &richer);
        prop_assert!(worst(&richer)? >= worst(&base)? - 1e-9);
    }

    #[test]
    fn a_hundred_times_the_money_is_a_hundred_times_each_amount(areas in 2_usize..6, seed in any::<u64>()) {
        let mut chance = Chance(seed);
        let world = World::draw(areas, 1, &mut chance);
        let model = world.model(&[], FAIR);
        let mut scaled = model.clone();
        for fund in 0..2 {
            scaled = scaled.replace(&format!("\"{} 元\"", yuan(world.budget(fund))), &format!("\"{}.00 元\"", world.budget(fund)));
        }
        let record = solve_text(&model, world.source()).map_err(TestCaseError::fail)?;
        let large = amounts(&solve_text(&scaled, world.source()).map_err(TestCaseError::fail)?);
        // Entitlements are whole 分, and one of them is worth the coverage: a hundred times that, and the last 分 of the amount.
        for (at, (small, large)) in amounts(&record).iter().zip(&large).enumerate() {
            let coverage = record["cells"][at]["coverage"].as_f64().unwrap_or(0.0).ceil() as i64;
            prop_assert!((large - 100 * small).abs() <= 100 * (1 + 2 * coverage.max(1)), "{} {} {}", small, large, coverage);
        }
    }

    #[test]
    fn a_rule_that_does_not_bind_changes_nothing(
        areas in 2_usize..6,
        kinds in prop::collection::vec(0..KINDS.len(), 0..4),
        seed in any::<u64>(),
    ) {
        let mut chance = Chance(seed);
        let world = World::draw(areas, 1, &mut chance);
        let mut rules: Vec<Drawn> = kinds.iter().map(|kind| KINDS[*kind].1(&world, &mut chance)).collect();
        let solve = |rules: &[Drawn]| world.solve(&rules.iter().collect::<Vec<_>>(), FAIR).map_err(TestCaseError::fail);
        let without = amounts(&solve(&rules)?);
        let budget: i128 = (0..2).map(|fund| world.budget(fund)).sum();
        let toml = format!("kind = \"cap\"\nid = \"far\"\nat_most = \"{} 元\"", yuan(2 * budget));
        rules.push(Drawn { toml, check: Box::new(|_, _| None) });
        prop_assert_eq!(without, amounts(&solve(&rules)?));
    }

    #[test]
    fn two_identical_halves_get_half_each(areas in 2_usize..6, seed in any::<u64>()) {
        let mut chance = Chance(seed);
        let mut world = World::draw(areas, 1, &mut chance);
        // Even figures, so that halves exist.
        for cell in &mut world.cells {
            for figure in [&mut cell.extent, &mut cell.gep, &mut cell.protection, &mut cell.opportunity, &mut cell.last] {
                *figure = *figure / 2 * 2;
            }
        }
        let whole = amounts(&world.solve(&[], FAIR).map_err(TestCaseError::fail)?);
        let mut halves = World { areas: world.areas.clone(), cells: Vec::new(), unit: 1 };
        halves.areas.push(world.areas[0]);
        for cell in &world.cells {
            let copy = |area: usize, part: i128, known: [i128; 2]| common::world::Place {
                area,
                ecosystem: cell.ecosystem,
                extent: cell.extent / part,
                gep: cell.gep / part,
                quality: cell.quality,
                outcome: cell.outcome,
                protection: cell.protection / part,
                opportunity: cell.opportunity / part,
                last: cell.last / part,
                known,
            };
            if cell.area == 0 {
                halves.cells.push(copy(0, 2, cell.known));
                halves.cells.push(copy(world.areas.len(), 2, [0, 0]));
            } else {
                halves.cells.push(copy(cell.area, 1, cell.known));
            }
        }
        let record = halves.solve(&[], FAIR).map_err(TestCaseError::fail)?;
        let split = amounts(&record);
        let own = world.cells.iter().filter(|cell| cell.area == 0).count();
        let (kept, added) = split.split_at(split.len() - own);
        // Entitlements are whole 分: one more or less is worth the coverage.
        let cells = record["cells"].as_array().unwrap();
        let room = |at: usize| cells[at]["coverage"].as_f64().unwrap_or(0.0).ceil() as i64;
        for at in 0..whole.len() {
            let both = if at < own { kept[at] + added[at] } else { kept[at] };
            prop_assert!((both - whole[at]).abs() <= 3 + 2 * room(at), "{} {}", both, whole[at]);
        }
        for at in 0..own {
            prop_assert!((kept[at] - added[at]).abs() <= 2 + 2 * room(at), "{} {}", kept[at], added[at]);
        }
    }
}

/// A record without the digests of its files, which are of their bytes.
fn content(text: &str) -> serde_json::Value {
    let mut record: serde_json::Value = serde_json::from_str(text).unwrap();
    let files = record["dataset"].as_object_mut().unwrap().remove("files").unwrap();
    assert_eq!(files.as_array().unwrap().len(), 2, "{files}");
    record
}

#[test]
fn threads_folders_and_encodings_change_no_byte() {
    let model = repository("models/chongming-vertical.toml");
    let first = ecocomp(&["allocate", &model, "--format", "json", "--threads", "1"]);
    let second = ecocomp(&["allocate", &model, "--format", "json", "--threads", "2"]);
    assert_eq!(first.code, 0, "{}", first.err);
    assert_eq!(first.out, second.out);

    let (one, other) = (Folder::sound(), Folder::sound());
    other.write("cells.csv", encoding_rs::GB18030.encode(&shuffled(CELLS, &mut Chance(3))).0);
    other.write("areas.csv", shuffled(AREAS, &mut Chance(4)));
    assert_eq!(content(&one.allocate(&[]).out), content(&other.allocate(&[]).out));
}

#[test]
fn warnings_do_not_depend_on_rows_or_folders() {
    // A figure some 10 000 times the median: worth a warning.
    let odd = CELLS.replace("01,林地,1000,400000", "01,林地,1000,80000000000");
    let (one, other) = (Folder::sound(), Folder::sound());
    one.write("cells.csv", &odd);
    other.write("cells.csv", shuffled(&odd, &mut Chance(7)));
    let (one, other) = (one.allocate(&[]), other.allocate(&[]));
    assert!(!one.json()["warnings"].as_array().unwrap().is_empty());
    assert_eq!(content(&one.out), content(&other.out));
}
