//! What one objective costs in another: the exact trade-off of two objectives, all its breakpoints.
//!
//! Soft rules come first: what they miss is as little as possible everywhere on the frontier. The knee is the point farthest
//! from the chord between both ends, each objective measured in its own range (Das 1999).

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::{capped, ended};
use crate::dataset::{CellId, indicator};
use crate::finding::{Finding, Findings, Place, nearest};
use crate::lp::ColumnId;
use crate::phrases::{Phrase, Text};
use crate::policy::Problem;
use crate::program::{self, Norm, Stage, Value};
use crate::remark;
use crate::rules::naming::group_name;
use crate::run::{RunError, Solved};
use crate::solver::biobjective;
use crate::solver::{Corner, Leximin, Outcome, Session, SessionError, SolveOptions, Target, restrict};

/// Words for the objectives that a frontier may have.
pub const WORDS: &[&str] =
    &["max_min_coverage", "min_deviation", "min_deviation_l1", "min_deviation_linf", "max_outcome_benefit"];

/// The exact trade-off of two objectives.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Frontier {
    /// Name of the model.
    pub model: Text,
    /// The two objectives.
    pub objectives: [Objective; 2],
    /// Payoff table: line i is the plan best in objective i and, among those, best in the other; columns are the objectives.
    pub payoff: [[f64; 2]; 2],
    /// All breakpoints, from the best first objective to the best second one.
    pub points: Vec<Point>,
    /// The pieces between them.
    pub pieces: Vec<Piece>,
    /// Position of the knee among the points; null where the frontier is a line or a point.
    pub knee: Option<usize>,
    /// Where the model's own plan lies.
    pub plan: PlanPlace,
    /// Cells whose own bounds hold their coverage down, and whether they were left out of the worst coverage.
    pub capped: Capped,
    /// Largest residual of the proofs of all points.
    pub residual: f64,
    /// What to know beside the figures, as sentences: warnings about model and data and the plan.
    pub warnings: Vec<Text>,
}

/// One of the two objectives.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Objective {
    /// Kind, as in the model file.
    pub kind: &'static str,
    /// Printed name.
    pub name: Text,
    /// Printed unit of a step.
    pub unit: Text,
    /// Whether more is better.
    pub maximised: bool,
    /// What exchange rates are told for: 0.01 of a share, 1 万元 of money.
    pub step: f64,
    /// Whether the values are shares (coverage) rather than money (万元).
    pub is_share: bool,
    /// Best value.
    pub best: f64,
    /// Worst value on the frontier.
    pub worst: f64,
    /// Whether the parameters are the model's own; false where the model has no such objective.
    pub from_model: bool,
}

/// A breakpoint.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Point {
    /// Values of both objectives.
    pub values: [f64; 2],
    /// Loss of each against its best, relative to the best: as `slack` of a first stage it leads to this point.
    pub losses: [f64; 2],
}

/// A piece of the frontier, between point `from` and point `from + 1`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Piece {
    /// Position of its first point.
    pub from: usize,
    /// Change of the second objective's value per unit of the first one's.
    pub exchange: f64,
    /// What one step of the first objective for the better costs in the second, in its unit (> 0).
    pub cost_of_step: f64,
}

/// Cells that no plan lifts above the worst coverage; looked for where one objective is the worst coverage and they were to be
/// left out, or the frontier is a single point.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Capped {
    /// Their codes.
    pub cells: Vec<String>,
    /// Their printed names.
    pub names: Vec<Text>,
    /// Whether the worst coverage looks at the other cells only.
    pub left_out: bool,
}

/// Where a plan lies.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PlanPlace {
    /// Values of both objectives, before rounding.
    pub values: [f64; 2],
    /// What the second objective could have beyond it at the same first one (≥ 0, 0 on the frontier); null where the plan is
    /// outside the range of the first objective or misses more of its soft rules.
    pub second_forgone: Option<f64>,
}

/// An objective by its word, with the parameters of the model's own objective of that kind.
///
/// Where the model has none: coverage, deviation in 万元, benefit with even returns up to full coverage (weighted by outcome
/// where the data score it).
///
/// # Errors
/// A word that is none.
pub fn objective(problem: &Problem, word: &str, place: Place) -> Result<(Stage, bool), Finding> {
    let own = |fits: &dyn Fn(&Stage) -> bool| problem.stages.iter().find(|stage| fits(stage)).cloned();
    let deviation = |wanted: Norm| {
        let fits = |stage: &Stage| matches!(stage, Stage::MinDeviation { norm, .. } if *norm == wanted);
        own(&fits).map(|stage| (stage, true)).unwrap_or((Stage::MinDeviation { norm: wanted, slack: 0.0 }, false))
    };
    match word {
        "max_min_coverage" => {
            let from_model = own(&|stage| matches!(stage, Stage::MaxMinCoverage { .. })).is_some();
            Ok((Stage::MaxMinCoverage { slack: 0.0, all_levels: false }, from_model))
        }
        "min_deviation" => {
            let found = own(&|stage| matches!(stage, Stage::MinDeviation { .. }));
            Ok(found.map_or_else(|| deviation(Norm::L1), |stage| (stage, true)))
        }
        "min_deviation_l1" => Ok(deviation(Norm::L1)),
        "min_deviation_linf" => Ok(deviation(Norm::Linf)),
        "max_outcome_benefit" => {
            let found = own(&|stage| matches!(stage, Stage::MaxOutcomeBenefit { .. }));
            let scored = |cell: CellId| problem.frame.dataset.cell_figure(cell, indicator::OUTCOME).is_some();
            let value = if problem.frame.cells().any(scored) { Value::GepTimesOutcome } else { Value::Gep };
            let even = Stage::MaxOutcomeBenefit { returns: vec![(1.0, 1.0)], value, slack: 0.0 };
            Ok(found.map_or((even, false), |stage| (stage, true)))
        }
        other => {
            let like = nearest(other, WORDS.iter().copied()).unwrap_or("max_min_coverage");
            Err(Finding::error("frontier.unknown_objective", place).with("word", other).with("like", like))
        }
    }
}

/// Computes the frontier of two objectives of a solved model.
///
/// `beside_capped` leaves cells out of the worst coverage that no plan lifts above it (a cap, a gate): otherwise one of them
/// alone can hold it where it is, and nothing is left to trade.
///
/// # Errors
/// Twice the same objective, a figure that one needs and the data lack, a limit, or a failure of the solver.
pub fn frontier(
    solved: &Solved,
    (first, second): (&(Stage, bool), &(Stage, bool)),
    beside_capped: bool,
    options: &SolveOptions,
) -> Result<Frontier, RunError> {
    if first.0 == second.0 {
        return Err(Finding::error("frontier.same", Place::file("--second")).into());
    }
    let problem = &solved.prepared.problem;
    let missing = program::missing_figures(&problem.frame, &[first.0.clone(), second.0.clone()]);
    if !missing.is_empty() {
        return Err(Findings(missing).into());
    }
    let refused = |error: SessionError| ended::refused(&error, "frontier");
    let session = soft_first(solved, options)?;
    let all = program::targets(&problem.frame, &solved.program);
    let of_coverage = [first, second].into_iter().any(|(stage, _)| matches!(stage, Stage::MaxMinCoverage { .. }));
    let base = session.program().clone();
    drop(session);
    let open = || Session::open(base.clone(), options);
    let split = || {
        let split = capped::split(&open, all.clone()).map_err(refused)?;
        split.map_err(|stopped| ended::stopped(stopped, "frontier"))
    };
    let (targets, mut held) = if beside_capped && of_coverage { split()? } else { (all.clone(), Vec::new()) };
    let mut session = open().map_err(refused)?;
    let one = set_up(&mut session, solved, &first.0, &targets, "f1").map_err(refused)?;
    let two = set_up(&mut session, solved, &second.0, &targets, "f2").map_err(refused)?;
    let corners = biobjective::frontier(session.program(), (&one, &two), options).map_err(refused)?;
    let corners = corners.map_err(|stopped| ended::stopped(stopped, "frontier"))?;
    if corners.len() == 1 && of_coverage && !beside_capped {
        held = split()?.1;
    }
    let counts = |column: ColumnId| targets.iter().any(|target| target.column == column);
    let at_plan = |stage: &Stage| {
        program::value(&problem.frame, &solved.program, stage, &solved.plan.amounts, &counts).unwrap_or(0.0)
    };
    let plan = [at_plan(&first.0), at_plan(&second.0)];
    let code = |target: &Target| {
        let cell = problem.frame.cells().find(|cell| solved.program.cell(*cell) == Some(target.column))?;
        Some(problem.frame.cell_code(cell))
    };
    let mut cells: Vec<String> = held.iter().filter_map(code).collect();
    cells.sort();
    let names = cells.iter().map(|code| group_name(&problem.frame, code)).collect();
    let capped = Capped { cells, names, left_out: beside_capped && of_coverage };
    Ok(assemble(solved, [first, second], &corners, plan, capped))
}

/// Adds the columns and rows of an objective; the worst coverage looks at the targets only.
fn set_up(
    session: &mut Session,
    solved: &Solved,
    stage: &Stage,
    targets: &[Target],
    prefix: &str,
) -> Result<Vec<(ColumnId, f64)>, SessionError> {
    if let Stage::MaxMinCoverage { .. } = stage {
        return Ok(vec![(Leximin::open(session, targets.to_vec(), prefix)?.level(), -1.0)]);
    }
    program::set_up(session, (&solved.prepared.problem.frame, &solved.program), stage, prefix)
}

/// The compiled program on a solver, restricted to the plans that miss the least of the soft rules.
fn soft_first(solved: &Solved, options: &SolveOptions) -> Result<Session, RunError> {
    let refused = |error| ended::refused(&error, "min_missed");
    let mut session = Session::open(solved.program.lp.clone(), options).map_err(refused)?;
    if solved.program.misses.is_empty() {
        return Ok(session);
    }
    let both = (&solved.prepared.problem.frame, &solved.program);
    let costs = program::set_up(&mut session, both, &Stage::MinMissed, "f0").map_err(refused)?;
    session.set_costs(&costs).map_err(refused)?;
    match session.solve() {
        Outcome::Optimal(optimum) => restrict(&mut session, &optimum).map_err(refused)?,
        other => return Err(ended::stopped(other.into(), "min_missed")),
    }
    Ok(session)
}

fn assemble(
    solved: &Solved,
    stages: [&(Stage, bool); 2],
    corners: &[Corner],
    plan: [f64; 2],
    capped: Capped,
) -> Frontier {
    let signs = stages.map(|(stage, _)| if stage.maximises() { -1.0 } else { 1.0 });
    let [first, second] = signs;
    let values: Vec<[f64; 2]> = corners.iter().map(|corner| [first * corner.x, second * corner.y]).collect();
    let ends = [values.first().copied().unwrap_or_default(), values.last().copied().unwrap_or_default()];
    let [[best_first, worst_second], [worst_first, best_second]] = ends;
    let [one, two] = stages;
    let objectives = [describe(one, best_first, worst_first), describe(two, best_second, worst_second)];
    let loss = |value: f64, best: f64| if best == 0.0 { value.abs() } else { ((value - best) / best).abs() };
    let points =
        values.iter().map(|[a, b]| Point { values: [*a, *b], losses: [loss(*a, best_first), loss(*b, best_second)] });
    let points: Vec<Point> = points.collect();
    let step = objectives.first().map_or(1.0, |objective| objective.step);
    let pieces = corners.windows(2).enumerate().filter_map(|(from, pair)| {
        let [a, b] = pair else { return None };
        let slope = (b.y - a.y) / (b.x - a.x);
        Some(Piece { from, exchange: slope * second / first, cost_of_step: -slope * step })
    });
    let residuals = corners.iter().flat_map(|corner| {
        let proof = corner.optimum.certificate();
        [proof.primal_residual, proof.dual_residual, proof.gap]
    });
    let [plan_first, plan_second] = plan;
    Frontier {
        model: solved.prepared.problem.head.name.clone(),
        objectives,
        payoff: ends,
        points,
        pieces: pieces.collect(),
        knee: knee(corners),
        plan: PlanPlace { values: plan, second_forgone: forgone(corners, first * plan_first, second * plan_second) },
        capped,
        residual: residuals.fold(0.0, f64::max),
        warnings: remark::of_run(solved),
    }
}

fn describe((stage, from_model): &(Stage, bool), best: f64, worst: f64) -> Objective {
    let (name, unit, is_share) = match stage {
        Stage::MaxMinCoverage { .. } => ("frontier.worst_coverage", "frontier.points_unit", true),
        Stage::MinDeviation { norm: Norm::L1, .. } => ("frontier.deviation_sum", "frontier.wan_unit", false),
        Stage::MinDeviation { norm: Norm::Linf, .. } => ("frontier.deviation_largest", "frontier.points_unit", true),
        Stage::MaxOutcomeBenefit { .. } => ("frontier.benefit", "frontier.wan_unit", false),
        Stage::MinMissed => ("frontier.missed", "frontier.wan_unit", false),
    };
    Objective {
        kind: stage.kind(),
        name: Phrase::new(name).text(),
        unit: Phrase::new(unit).text(),
        maximised: stage.maximises(),
        step: if is_share { 0.01 } else { 1.0 },
        is_share,
        best,
        worst,
        from_model: *from_model,
    }
}

/// The corner farthest below the chord of the ends, in units of each objective's range.
fn knee(corners: &[Corner]) -> Option<usize> {
    let (first, last) = (corners.first()?, corners.last()?);
    let (width, height) = (last.x - first.x, first.y - last.y);
    let depth = |corner: &Corner| 1.0 - (corner.x - first.x) / width - (corner.y - last.y) / height;
    let inner = corners.iter().enumerate().take(corners.len().saturating_sub(1)).skip(1);
    let mut deepest: Option<(usize, f64)> = None;
    for (position, corner) in inner {
        let depth = depth(corner);
        if depth > deepest.map_or(1e-9, |(_, depth)| depth) {
            deepest = Some((position, depth));
        }
    }
    deepest.map(|(position, _)| position)
}

/// How far a point (minimised values) lies above the frontier.
fn forgone(corners: &[Corner], x: f64, y: f64) -> Option<f64> {
    let (first, last) = (corners.first()?, corners.last()?);
    let hair = 1e-7 * (1.0 + x.abs());
    if x < first.x - hair {
        return None;
    }
    let least = if x >= last.x - hair {
        last.y
    } else {
        let pair = corners.windows(2).find(|pair| matches!(pair, [_, b] if x <= b.x))?;
        let [a, b] = pair else { return None };
        a.y + (b.y - a.y) * ((x - a.x) / (b.x - a.x)).clamp(0.0, 1.0)
    };
    let above = y - least;
    let noise = 1e-6 * (1.0 + least.abs());
    (above >= -noise).then_some(if above <= noise { 0.0 } else { above })
}
