//! The frontier is the whole trade-off and nothing else: published programs, and another solver in every direction.

use std::collections::BTreeMap;

use crate::common;
use crate::common::draws::KINDS;
use crate::common::mps::Mps;
use crate::common::world::{Chance, Drawn, World};
use crate::common::{ecocomp, repository};
use ecocomp::analysis::frontier::{self, Frontier};
use ecocomp::finding::Place;
use ecocomp::lp::{ColumnId, LinearProgram};
use ecocomp::run::{self, Inputs, Solved};
use ecocomp::scenario::Change;
use ecocomp::solver::{Corner, SolveOptions, biobjective};
use proptest::prelude::*;

/// Columns ≥ 0, rows `Σ ≤ side`.
fn program(columns: usize, rows: &[(&[f64], f64)]) -> LinearProgram {
    let mut lp = LinearProgram::new();
    let ids: Vec<ColumnId> =
        (0..columns).map(|index| lp.add_column(format!("x{index}"), 0.0, f64::INFINITY, 0.0).unwrap()).collect();
    for (index, (coefficients, side)) in rows.iter().enumerate() {
        let terms = ids.iter().zip(*coefficients).map(|(id, a)| (*id, *a)).collect();
        lp.add_row(format!("r{index}"), f64::NEG_INFINITY, *side, terms).unwrap();
    }
    lp
}

fn costs(coefficients: &[f64]) -> Vec<(ColumnId, f64)> {
    coefficients.iter().enumerate().map(|(index, cost)| (ColumnId(index), *cost)).collect()
}

fn corners(lp: &LinearProgram, first: &[f64], second: &[f64]) -> Vec<Corner> {
    biobjective::frontier(lp, (&costs(first), &costs(second)), &SolveOptions::default()).unwrap().unwrap()
}

fn assert_points(found: &[Corner], expected: &[(f64, f64)]) {
    let values: Vec<(f64, f64)> = found.iter().map(|corner| (corner.x, corner.y)).collect();
    assert_eq!(values.len(), expected.len(), "{values:?}");
    for ((x, y), (a, b)) in values.iter().zip(expected) {
        assert!((x - a).abs() < 1e-9 && (y - b).abs() < 1e-9, "{values:?}");
    }
}

/// Mavrotas 2009 (Applied Mathematics and Computation 213, pp. 455–465): max x₁, max 3x₁ + 4x₂, x₁ ≤ 20, x₂ ≤ 40,
/// 5x₁ + 4x₂ ≤ 200. By hand: the edge 5x₁ + 4x₂ = 200 between (20, 25) and (8, 40), z₂ = 200 − 2 z₁.
#[test]
fn the_illustration_of_augmecon() {
    let lp = program(2, &[(&[1.0, 0.0], 20.0), (&[0.0, 1.0], 40.0), (&[5.0, 4.0], 200.0)]);
    let (first, second) = ([-1.0, 0.0], [-3.0, -4.0]);
    assert_points(&corners(&lp, &first, &second), &[(-20.0, -160.0), (-8.0, -184.0)]);
    let (first, second) = (costs(&first), costs(&second));
    let table = biobjective::payoff_table(&lp, &[&first, &second], &SolveOptions::default()).unwrap().unwrap();
    // Lexicographic: without the second step the first line may read (20, 60), which is dominated.
    let values: Vec<Vec<f64>> = table.into_iter().map(|line| line.values).collect();
    assert_eq!(values, [[-20.0, -160.0], [-8.0, -184.0]]);
}

/// Ehrgott 2005 (Multicriteria Optimization, ch. 6): min 3x₁ + x₂, min −x₁ − 2x₂, x₂ ≤ 3, 3x₁ − x₂ ≤ 6. By hand: vertices
/// (0,0), (0,3), (3,3) are efficient, (2,0) is dominated by a point between the first two.
#[test]
fn a_textbook_program_with_three_efficient_vertices() {
    let lp = program(2, &[(&[0.0, 1.0], 3.0), (&[3.0, -1.0], 6.0)]);
    assert_points(&corners(&lp, &[3.0, 1.0], &[-1.0, -2.0]), &[(0.0, 0.0), (3.0, -6.0), (12.0, -9.0)]);
}

/// Masud & Ravindran 2008 (Multiple criteria decision making): max −x₁ + x₂, max x₁, −x₁ + x₂ ≤ 2, x₁ ≤ 7, x₁ + x₂ ≤ 8;
/// objective space (−7,7), (−6,7), (2,3), (2,0), (0,0), of which (2,3) and (−6,7) are the nondominated corners.
#[test]
fn weakly_efficient_ends_are_not_reported() {
    let lp = program(2, &[(&[-1.0, 1.0], 2.0), (&[1.0, 0.0], 7.0), (&[1.0, 1.0], 8.0)]);
    assert_points(&corners(&lp, &[1.0, -1.0], &[-1.0, 0.0]), &[(-2.0, -3.0), (6.0, -7.0)]);
}

/// Both objectives at their best together; and one without bound.
#[test]
fn a_single_point_and_an_unbounded_end() {
    let lp = program(2, &[(&[1.0, 0.0], 1.0), (&[0.0, 1.0], 1.0)]);
    assert_points(&corners(&lp, &[-1.0, 0.0], &[-1.0, -1.0]), &[(-1.0, -2.0)]);
    let open = program(2, &[(&[1.0, 0.0], 1.0)]);
    let stopped = biobjective::frontier(&open, (&costs(&[1.0, 0.0]), &costs(&[0.0, -1.0])), &SolveOptions::default());
    assert!(stopped.unwrap().is_err());
}

fn weighted(mps: &Mps, first: &BTreeMap<usize, f64>, second: &BTreeMap<usize, f64>, weights: (f64, f64)) -> f64 {
    let mut mps = mps.clone();
    for (index, column) in mps.columns.iter_mut().enumerate() {
        let of = |costs: &BTreeMap<usize, f64>| costs.get(&index).copied().unwrap_or(0.0);
        column.cost = weights.0 * of(first) + weights.1 * of(second);
    }
    mps.minimise().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: common::cases(60), failure_persistence: None, ..ProptestConfig::default() })]

    /// In every direction another solver finds what the corners say, so nothing is missing and nothing is beyond reach.
    #[test]
    fn every_weighted_sum_is_least_at_a_corner(
        columns in 2_usize..9,
        rows in 1_usize..7,
        seed in any::<u64>(),
    ) {
        let mut chance = Chance(seed);
        let mut draw = |least, most| chance.between(least, most) as f64;
        let mut all: Vec<(Vec<f64>, f64)> = (0..rows)
            .map(|_| ((0..columns).map(|_| draw(-2, 9)).collect(), draw(10, 90)))
            .collect();
        all.push((vec![1.0; columns], draw(10, 60)));
        let first: Vec<f64> = (0..columns).map(|_| draw(-9, 9) * 0.37).collect();
        let second: Vec<f64> = (0..columns).map(|_| draw(-9, 9) * 11.0).collect();
        let borrowed: Vec<(&[f64], f64)> = all.iter().map(|(row, side)| (row.as_slice(), *side)).collect();
        let lp = program(columns, &borrowed);
        let found = corners(&lp, &first, &second);
        for pair in found.windows(2) {
            prop_assert!(pair[0].x < pair[1].x && pair[0].y > pair[1].y);
        }
        for three in found.windows(3) {
            let slope = |a: &Corner, b: &Corner| (b.y - a.y) / (b.x - a.x);
            prop_assert!(slope(&three[0], &three[1]) < slope(&three[1], &three[2]));
        }
        let mps = Mps::read(&lp.to_mps("lp"));
        let map = |costs: &[f64]| costs.iter().copied().enumerate().collect::<BTreeMap<usize, f64>>();
        let (first, second) = (map(&first), map(&second));
        for step in 0..=40 {
            let share = f64::from(step) / 40.0;
            let weights = (share, 1.0 - share);
            let other = weighted(&mps, &first, &second, weights);
            let least = found.iter().map(|c| weights.0 * c.x + weights.1 * c.y).fold(f64::INFINITY, f64::min);
            prop_assert!((other - least).abs() < 1e-6 * (1.0 + other.abs()), "{other} and {least} at {weights:?}");
        }
    }

    /// A loss of coverage given to the first stage as slack leads the whole run to the frontier, by another solver's word.
    #[test]
    fn slack_of_the_first_stage_walks_along_the_frontier(
        areas in 2_usize..6,
        kinds in prop::collection::vec(0..KINDS.len(), 0..4),
        seed in any::<u64>(),
    ) {
        let mut chance = Chance(seed);
        let world = World::draw(areas, 1, &mut chance);
        let rules: Vec<Drawn> = kinds.iter().map(|kind| KINDS[*kind].1(&world, &mut chance)).collect();
        let objective = "[[objective]]\nkind = \"max_min_coverage\"\nlevels = \"worst\"\n\
            [[objective]]\nkind = \"max_outcome_benefit\"\nreturns = [[0.6, 1.0], [1.1, 0.6], [1.6, 0.3]]\n";
        let model = world.model(&rules.iter().collect::<Vec<_>>(), objective);
        let inputs = Inputs {
            model_file: "model.toml".to_owned(),
            model_text: model.clone(),
            source: world.source(),
            changes: Vec::new(),
            spots: None,
        };
        let prepared = run::prepare(&inputs).unwrap();
        let Ok(solved) = run::solve(prepared.clone(), &SolveOptions::default(), false) else {
            return Err(TestCaseError::reject("not roundable"));
        };
        let found = of(&solved, "max_min_coverage", "max_outcome_benefit");
        prop_assert_eq!(found.plan.second_forgone, Some(0.0), "{:?}\n{}", found.plan, model);
        let ends = &found.payoff;
        for share in [0.0, 0.2, 0.5, 0.9, 1.0] {
            let level = ends[0][0] + share * (ends[1][0] - ends[0][0]);
            if ends[0][0] <= 0.0 { continue }
            let slack = format!("{:.12}", (1.0 - level / ends[0][0]).clamp(0.0, 0.999_999));
            let change = Change::parse(&format!("objective.1.slack={slack}")).unwrap();
            let changed = run::changed(&prepared, &[change]).unwrap();
            let Ok(solved) = run::solve(changed, &SolveOptions::default(), true) else { continue };
            let stage = &solved.plan.stages[1];
            let other = -Mps::read(&stage.program.as_ref().unwrap().to_mps("two")).minimise().unwrap();
            let exact_level = ends[0][0] * (1.0 - slack.parse::<f64>().unwrap());
            let expected = interpolated(&found, exact_level);
            prop_assert!((other - expected).abs() < 1e-6 * (1.0 + expected.abs()), "{other} and {expected} at {share}\n{model}");
        }
    }
}

fn of(solved: &Solved, first: &str, second: &str) -> Frontier {
    let objective = |word| frontier::objective(&solved.prepared.problem, word, Place::default()).unwrap();
    frontier::frontier(solved, (&objective(first), &objective(second)), false, &SolveOptions::default()).unwrap()
}

/// Second objective at a value of the first, on the pieces.
fn interpolated(found: &Frontier, first: f64) -> f64 {
    let points: Vec<[f64; 2]> = found.points.iter().map(|point| point.values).collect();
    if first >= points[0][0] {
        return points[0][1];
    }
    let pair = points.windows(2).find(|pair| first >= pair[1][0]);
    pair.map_or(points[points.len() - 1][1], |pair| {
        pair[0][1] + (pair[1][1] - pair[0][1]) * (first - pair[0][0]) / (pair[1][0] - pair[0][0])
    })
}

#[test]
fn the_shipped_model_has_a_frontier_and_says_so_in_every_form() {
    let model = repository("models/chongming-vertical.toml");
    let run = |more: &[&str]| {
        let mut arguments = vec!["frontier", &model];
        arguments.extend(more);
        let done = ecocomp(&arguments);
        assert_eq!(done.code, 0, "{}", done.err);
        done
    };
    // One cell's own cap holds the worst coverage, so that nothing is left to trade; the report says which.
    let plain = run(&["--format", "json"]).json();
    assert_eq!(plain["points"].as_array().unwrap().len(), 1);
    assert!(!plain["capped"]["cells"].as_array().unwrap().is_empty());
    let beside = run(&["--beside-capped", "--format", "json"]).json();
    let points = beside["points"].as_array().unwrap();
    assert!(points.len() > 10 && beside["knee"].as_u64().is_some());
    assert_eq!(beside["pieces"].as_array().unwrap().len(), points.len() - 1);
    let csv = run(&["--beside-capped", "--format", "csv"]).out;
    assert_eq!(csv.lines().count(), points.len() + 1);
    let svg = run(&["--beside-capped", "--format", "svg"]).out;
    assert!(svg.starts_with("<svg") && svg.contains("拐点") && svg.trim_end().ends_with("</svg>"));
    let table = run(&["--first", "min_deviation_l1", "--lang", "en"]).out;
    assert!(table.contains("knee") && table.contains("This plan"));
}

#[test]
fn wrong_words_are_answered_with_the_nearest() {
    let model = repository("models/chongming-vertical.toml");
    let done = ecocomp(&["frontier", &model, "--first", "max_min_covrage", "--json"]);
    assert_eq!((done.code, done.codes()), (1, vec!["frontier.unknown_objective".to_owned()]));
    let done = ecocomp(&["frontier", &model, "--second", "max_min_coverage", "--json"]);
    assert_eq!((done.code, done.codes()), (1, vec!["frontier.same".to_owned()]));
}
