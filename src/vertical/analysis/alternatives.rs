//! Clearly different plans that are nearly as good: corners of the near-optimal plans, the farthest from each other chosen.
//!
//! Candidates are the plans that give each area and each ecosystem the most and the least, and optima in directions drawn from
//! a seed (modelling to generate alternatives; Brill, Chang & Hopkins 1982, random vectors after Berntsen & Trutnevyte 2017).
//! Of these the one farthest from the plan and from all chosen before is chosen, until enough are found or nothing is clearly
//! different. Each is rounded exactly and obeys every hard rule to the 分.

use schemars::JsonSchema;
use serde::Serialize;

use crate::allocation::Effort;
use crate::analysis::hot::{Objective, solve_each};
use crate::analysis::ranges::{self, By, Group, KeptStage};
use crate::analysis::{ended, ranges::Question};
use crate::lp::ColumnId;
use crate::phrases::{Phrase, Text};
use crate::program::{self, Stage};
use crate::run::{RunError, Solved, broken, settle_plan, violations};
use crate::solver::{Certified, SessionError, SolveOptions};
use crate::units::Money;

/// What to look for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Relative loss of every stage, such as 0.01.
    pub within: f64,
    /// How many plans at most.
    pub count: usize,
    /// Seed of the drawn directions.
    pub seed: u64,
    /// Threads; answers do not depend on it.
    pub threads: usize,
}

/// Alternatives to the plan.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Alternatives {
    /// Name of the model.
    pub model: Text,
    /// Relative loss of every stage.
    pub within: f64,
    /// The stages and what is kept of them.
    pub stages: Vec<KeptStage>,
    /// Candidates looked at.
    pub candidates: usize,
    /// Candidates that have no exact amounts at the rounding unit.
    pub unroundable: usize,
    /// The plans chosen, in the order chosen.
    pub plans: Vec<Alternative>,
    /// What to know, as sentences.
    pub warnings: Vec<Text>,
}

/// One alternative.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Alternative {
    /// Position from 1.
    pub number: usize,
    /// How it was found.
    pub found_by: Text,
    /// Money that goes elsewhere than in the plan, in 分: half the sum of all differences.
    pub moved_fen: i64,
    /// The same as a share of all money.
    pub moved_share: f64,
    /// Money that goes elsewhere than in the nearest other alternative, in 分; null where it is the only one.
    pub nearest_fen: Option<i64>,
    /// Value and loss of every stage, on the exact amounts.
    pub losses: Vec<StageLoss>,
    /// Whether every hard rule holds on the exact amounts.
    pub holds: bool,
    /// Change of every area against the plan, the largest gain first.
    pub areas: Vec<Change>,
    /// Change of every ecosystem.
    pub ecosystems: Vec<Change>,
    /// Every cell.
    pub cells: Vec<Change>,
}

/// Value of a stage in an alternative.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StageLoss {
    /// Number of the stage, from 1.
    pub number: usize,
    /// Kind, as in the model file.
    pub kind: &'static str,
    /// Value on the exact amounts; null where it could not be told.
    pub value: Option<f64>,
    /// Relative loss against the stage's optimum; below 0 where rounding makes it better.
    pub loss: Option<f64>,
}

/// Amount of a cell, area or ecosystem, and its change against the plan.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Change {
    /// Code.
    pub code: String,
    /// Printed name.
    pub name: Text,
    /// Amount, in 分.
    pub amount_fen: i64,
    /// Amount less that of the plan, in 分.
    pub change_fen: i64,
}

/// Money that must go elsewhere, as a share of all, for plans to be clearly different.
const CLEARLY: f64 = 0.001;
/// Areas whose most and least are candidates, the largest first.
const AREAS: usize = 64;
/// Directions drawn.
const DRAWN: usize = 32;

struct Candidate {
    found_by: Text,
    amounts: Vec<f64>,
    cells: Vec<f64>,
}

/// Finds alternatives.
///
/// # Errors
/// A loss below 0, no plan so near every optimum, a limit, or a failure of the solver.
pub fn alternatives(solved: &Solved, wanted: &Wanted, options: &SolveOptions) -> Result<Alternatives, RunError> {
    let refused = |error: SessionError| ended::refused(&error, "alternatives");
    let near = ranges::near(solved, wanted.within, options)?;
    let directions = directions(solved, wanted.seed);
    let objectives: Vec<Objective> = directions.iter().map(|(_, objective)| objective.clone()).collect();
    let amounts = |optimum: &Certified| -> Vec<f64> {
        solved.program.amounts.iter().map(|column| optimum.column(*column).max(0.0)).collect()
    };
    let read: &(dyn Fn(&Certified) -> Vec<f64> + Sync) = &amounts;
    let found =
        solve_each((&near.program, &near.start), &objectives, wanted.threads, options, read).map_err(refused)?;
    let mut candidates = Vec::with_capacity(found.len());
    for ((found_by, _), amounts) in directions.into_iter().zip(found) {
        let amounts = amounts.map_err(|stopped| ended::stopped(stopped, "alternatives"))?;
        let cells = cells(solved, &amounts);
        candidates.push(Candidate { found_by, amounts, cells });
    }
    let mut plans = Vec::new();
    let mut chosen: Vec<Vec<f64>> = vec![cells(solved, &solved.plan.amounts)];
    let mut unroundable = 0;
    let tried = candidates.len();
    while plans.len() < wanted.count {
        let Some(next) = farthest(&mut candidates, &chosen) else { break };
        let effort = (Effort::Thorough, options);
        match settle_plan(&solved.prepared, &next.amounts, effort) {
            Ok(settled) => {
                chosen.push(next.cells);
                let number = plans.len() + 1;
                plans.push(describe(solved, number, next.found_by, &settled.amounts, options).map_err(refused)?);
            }
            Err(stopped @ RunError::Limit(..)) => return Err(stopped),
            Err(_) => unroundable += 1,
        }
    }
    set_nearest(&mut plans);
    Ok(Alternatives {
        model: solved.prepared.problem.head.name.clone(),
        within: wanted.within,
        stages: ranges::kept(solved, wanted.within),
        candidates: tried,
        unroundable,
        plans,
        warnings: ranges::warnings(solved, wanted.within),
    })
}

/// Objectives that lead to corners of the near-optimal plans, each with its name.
fn directions(solved: &Solved, seed: u64) -> Vec<(Text, Objective)> {
    let column = |cell: &crate::dataset::CellId| solved.program.cell(*cell);
    let frame = &solved.prepared.problem.frame;
    let mut directions = Vec::new();
    for by in [By::Ecosystem, By::Area] {
        let mut groups = whole_groups(solved, by);
        let amount = |group: &Group| -> Money {
            group.cells.iter().map(|cell| frame.received(*cell, &solved.settled.amounts)).sum()
        };
        groups.sort_by_key(|group| std::cmp::Reverse(amount(group)));
        for group in groups.iter().take(AREAS) {
            for (code, sign) in [("ranges.most_of", -1.0), ("ranges.least_of", 1.0)] {
                let objective = group.cells.iter().filter_map(column).map(|column| (column, sign)).collect();
                directions.push((Phrase::new(code).with("name", group.name.clone()).text(), objective));
            }
        }
    }
    let columns: Vec<ColumnId> = frame.cells().filter_map(|cell| solved.program.cell(cell)).collect();
    let mut state = seed;
    for number in 1..=DRAWN {
        let objective = columns.iter().map(|column| (*column, drawn(&mut state))).collect();
        directions.push((Phrase::new("ranges.drawn").with("number", number.to_string()).text(), objective));
    }
    directions
}

/// A number between −1 and 1 (SplitMix64; Steele, Lea & Flood 2014).
fn drawn(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    (z >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

fn whole_groups(solved: &Solved, by: By) -> Vec<Group> {
    let question = Question { within: 0.0, by, areas: Vec::new(), ecosystems: Vec::new(), threads: 1 };
    ranges::groups(solved, &question)
}

/// Sums of the cells, in 万元.
fn cells(solved: &Solved, amounts: &[f64]) -> Vec<f64> {
    let frame = &solved.prepared.problem.frame;
    let sum = |cell| frame.amounts_of(cell).iter().filter_map(|id| amounts.get(id.0)).sum();
    frame.cells().map(sum).collect()
}

/// Half the sum of differences.
fn moved(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f64>() / 2.0
}

/// Takes the candidate out that is farthest from the nearest plan chosen; `None` where none is clearly different.
fn farthest(candidates: &mut Vec<Candidate>, chosen: &[Vec<f64>]) -> Option<Candidate> {
    let total: f64 = chosen.first().map_or(0.0, |cells| cells.iter().sum());
    let mut best: Option<(usize, f64)> = None;
    for (position, candidate) in candidates.iter().enumerate() {
        let distance = chosen.iter().map(|plan| moved(plan, &candidate.cells)).fold(f64::INFINITY, f64::min);
        // Ties to the earlier candidate, whatever the last digits say.
        if distance > best.map_or(CLEARLY * total, |(_, best)| best * (1.0 + 1e-9)) {
            best = Some((position, distance));
        }
    }
    best.map(|(position, _)| candidates.remove(position))
}

fn describe(
    solved: &Solved,
    number: usize,
    found_by: Text,
    amounts: &[Money],
    options: &SolveOptions,
) -> Result<Alternative, SessionError> {
    let problem = &solved.prepared.problem;
    let frame = &problem.frame;
    let sum = |group: &Group, amounts: &[Money]| -> i64 {
        group.cells.iter().map(|cell| frame.received(*cell, amounts).fen()).sum()
    };
    let changes = |by: By| -> Vec<Change> {
        let change = |group: Group| {
            let (now, plan) = (sum(&group, amounts), sum(&group, &solved.settled.amounts));
            Change { code: group.code, name: group.name, amount_fen: now, change_fen: now - plan }
        };
        whole_groups(solved, by).into_iter().map(change).collect()
    };
    let cells = changes(By::Cell);
    let mut areas = changes(By::Area);
    areas.sort_by(|a, b| b.change_fen.cmp(&a.change_fen).then_with(|| a.code.cmp(&b.code)));
    let moved: i64 = cells.iter().map(|change| change.change_fen.abs()).sum::<i64>() / 2;
    let total: i64 = solved.settled.amounts.iter().map(|amount| amount.fen()).sum();
    Ok(Alternative {
        number,
        found_by,
        moved_fen: moved,
        moved_share: if total > 0 { moved as f64 / total as f64 } else { 0.0 },
        nearest_fen: None,
        losses: losses(solved, amounts, options)?,
        holds: broken(problem, &violations(problem, amounts)).next().is_none(),
        areas,
        ecosystems: changes(By::Ecosystem),
        cells,
    })
}

fn losses(solved: &Solved, amounts: &[Money], options: &SolveOptions) -> Result<Vec<StageLoss>, SessionError> {
    let frame = &solved.prepared.problem.frame;
    let wan: Vec<f64> = amounts.iter().map(|amount| amount.to_wan()).collect();
    let open =
        |column: ColumnId| solved.program.lp.columns().get(column.0).is_some_and(|column| column.lower != column.upper);
    let mut losses = Vec::new();
    for (index, (stage, result)) in ranges::stages(solved).into_iter().enumerate() {
        let value = match stage {
            Stage::MinMissed => program::missed(&solved.program, &wan, options)?,
            _ => program::value(frame, &solved.program, &stage, &wan, &open),
        };
        let best = result.value;
        let loss = value.map(|value| {
            let worse = if stage.maximises() { best - value } else { value - best };
            if best == 0.0 { worse } else { worse / best.abs() }
        });
        losses.push(StageLoss { number: index + 1, kind: stage.kind(), value, loss });
    }
    Ok(losses)
}

fn set_nearest(plans: &mut [Alternative]) {
    let amounts: Vec<Vec<i64>> =
        plans.iter().map(|plan| plan.cells.iter().map(|cell| cell.amount_fen).collect()).collect();
    for (index, plan) in plans.iter_mut().enumerate() {
        let Some(own) = amounts.get(index) else { continue };
        let others = amounts.iter().enumerate().filter(|(other, _)| *other != index);
        let distance = |other: &Vec<i64>| own.iter().zip(other).map(|(a, b)| (a - b).abs()).sum::<i64>() / 2;
        plan.nearest_fen = others.map(|(_, other)| distance(other)).min();
    }
}
