//! The optimum of every stage as a function of one number of the model: exact, all breakpoints.
//!
//! Entitlements are held while the number moves; `follow` lets them move with the funds, as a run does. The stages stay in their order: on each piece of a stage's curve its optimum
//! (less its slack) is kept as a linear function of the parameter, and the next stage is followed within it, so that every
//! point of every curve is what a run of the whole model at that value finds.

mod follow;
mod interval;
mod parameter;

pub use follow::{POINTS, follow};
pub use interval::{Interval, Proof, interval};

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::curve::parameter::{Moving, Number, end};
use crate::analysis::ended;
use crate::analysis::words::stage_code;
use crate::finding::{Finding, Place};
use crate::lp::{ColumnId, LinearProgram, Row};
use crate::phrases::{Phrase, Text};
use crate::program::{self, Norm, Program, Stage};
use crate::remark;
use crate::run::{Prepared, RunError};
use crate::solver::response::{feasible_range, keep_piece, response};
use crate::solver::{Corner, Session, SessionError, SolveOptions, Stopped};

/// What to follow.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Path of a number of the model file, such as `fund.district.amount`.
    pub path: &'a str,
    /// Whether the parameter is a factor on what stands there (several numbers may then move together).
    pub factor: bool,
    /// Least value; default half the present one.
    pub from: Option<&'a str>,
    /// Largest value; default one and a half times the present one.
    pub to: Option<&'a str>,
    /// Only this stage, numbered as in a run's report, from 1.
    pub stage: Option<usize>,
}

/// The curves of all stages followed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Curve {
    /// Name of the model.
    pub model: Text,
    /// Whether entitlements are held, or follow the funds as in a run.
    pub entitlements: Entitlements,
    /// The parameter.
    pub parameter: Parameter,
    /// One curve a stage.
    pub stages: Vec<StageCurve>,
    /// Number of the first stage that is not followed, because a full leximin before it leaves it to that.
    pub not_followed: Option<usize>,
    /// Values of the parameter that were tried and have no plan, where entitlements follow.
    pub without_plan: Vec<f64>,
    /// What to know beside the figures, as sentences: warnings about model and data.
    pub warnings: Vec<Text>,
}

/// What becomes of the entitlements while a number moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Entitlements {
    /// They stay those of the model: the curve has every breakpoint.
    #[default]
    Held,
    /// They are shared out anew from the pool, which follows the funds: what a run says at each value.
    Follow,
}

/// The parameter of a curve.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Parameter {
    /// Path in the model file.
    pub path: String,
    /// Whether values are factors on what stands there.
    pub is_factor: bool,
    /// Unit of the values; `元` for money.
    pub unit: String,
    /// Whether the values are money.
    pub is_money: bool,
    /// Present value.
    pub now: f64,
    /// Least value with which the hard rules can hold; null where nothing bounds it.
    pub least_feasible: Option<f64>,
    /// Largest value with which the hard rules can hold; null where nothing bounds it.
    pub most_feasible: Option<f64>,
    /// Where the curves begin.
    pub from: f64,
    /// Where they end.
    pub to: f64,
}

/// The curve of one stage.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StageCurve {
    /// Number of the stage, from 1.
    pub number: usize,
    /// Kind, as in the model file.
    pub kind: &'static str,
    /// Printed name.
    pub name: Text,
    /// Whether values are shares rather than 万元.
    pub is_share: bool,
    /// All breakpoints and both ends, in order of the parameter.
    pub points: Vec<CurvePoint>,
    /// Change of the value per unit of the parameter between a point and the next; null where the value jumps there, as it may
    /// where an earlier stage leaves cells without freedom on one side only.
    pub slopes: Vec<Option<f64>>,
    /// Value at the present parameter; null where it is outside the curve.
    pub now: Option<f64>,
}

/// A breakpoint, or an end.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct CurvePoint {
    /// Value of the parameter.
    pub parameter: f64,
    /// Best value of the stage, in its own sense.
    pub value: f64,
}

/// Parameters closer than this share of the range are one.
const SAME: f64 = 1e-9;

/// Values of one parameter that differ by more than this share of the largest are a jump.
const JUMP: f64 = 1e-6;
/// A piece that rises by less than this share of its value is level.
const LEVEL: f64 = 1e-11;
/// Smallest slope that stands in a row as it is.
const SMALLEST: f64 = 1e-7;

/// Follows the optimum of the stages of a model over one parameter.
///
/// # Errors
/// A path that is unknown or moves more than sides of rules, a range without any plan, a limit, or a failure of the solver.
pub fn curve(prepared: &Prepared, question: &Question<'_>, options: &SolveOptions) -> Result<Curve, RunError> {
    let moving = Moving::of(prepared, question.path, question.factor)?;
    let (program, column, size) = moving.compile(prepared)?;
    // From what the solver counts in to values and back.
    let per_value = size / moving.number.now;
    let (least, most) = feasible(prepared, &program, column, options)?;
    let ends = (least.map(|at| at / per_value), most.map(|at| at / per_value));
    let (least, most) = if per_value > 0.0 { ends } else { (ends.1, ends.0) };
    let (from, to) = range(question, &moving.number, (least, most))?;
    let stages = stages(prepared, &program);
    let wanted = wanted_stage(question.stage, &stages)?;
    let settled = |stage: &Stage| matches!(stage, Stage::MaxMinCoverage { slack, all_levels: true } if *slack == 0.0);
    let last = stages.iter().position(settled).unwrap_or(stages.len()).min(stages.len().saturating_sub(1));
    if let Some(wanted) = wanted.filter(|wanted| *wanted > last) {
        let finding = Finding::error("curve.after_leximin", Place::file("--stage"));
        return Err(finding.with("stage", (wanted + 1).to_string()).with("leximin", (last + 1).to_string()).into());
    }
    let last = wanted.unwrap_or(last);
    let mut follower = Follower {
        prepared,
        program: &program,
        column,
        stages: stages.get(..=last).unwrap_or_default(),
        options,
        found: vec![Vec::new(); last + 1],
    };
    let (a, b) = (from * per_value, to * per_value);
    follower.follow(&program.lp, 0, (a.min(b), a.max(b)))?;
    let found = std::mem::take(&mut follower.found);
    let curves =
        found.into_iter().zip(&stages).enumerate().filter(|(index, _)| wanted.is_none_or(|only| only == *index));
    let curves =
        curves.map(|(index, (points, stage))| stage_curve(index + 1, stage, points, per_value, moving.number.now));
    Ok(Curve {
        model: prepared.problem.head.name.clone(),
        entitlements: Entitlements::Held,
        parameter: Parameter {
            path: question.path.to_owned(),
            is_factor: question.factor,
            unit: moving.number.unit.clone(),
            is_money: moving.number.is_money,
            now: moving.number.now,
            least_feasible: least.map(told),
            most_feasible: most.map(told),
            from: told(from),
            to: told(to),
        },
        stages: curves.collect(),
        not_followed: (wanted.is_none() && last + 1 < stages.len()).then_some(last + 2),
        without_plan: Vec::new(),
        warnings: remark::of_model(prepared),
    })
}

/// The stages in the order solved, with what soft rules miss first where the model does not place it.
fn stages(prepared: &Prepared, program: &Program) -> Vec<Stage> {
    let own = &prepared.problem.stages;
    let soft = !program.misses.is_empty();
    let first = (soft && !own.contains(&Stage::MinMissed)).then_some(Stage::MinMissed);
    let rest = own.iter().filter(|stage| soft || **stage != Stage::MinMissed).cloned();
    first.into_iter().chain(rest).collect()
}

fn wanted_stage(number: Option<usize>, stages: &[Stage]) -> Result<Option<usize>, Finding> {
    let Some(number) = number else { return Ok(None) };
    let position = number.checked_sub(1).filter(|position| *position < stages.len());
    position.map(Some).ok_or_else(|| {
        Finding::error("curve.no_stage", Place::file("--stage"))
            .with("stage", number.to_string())
            .with("stages", stages.len().to_string())
    })
}

fn feasible(
    prepared: &Prepared,
    program: &Program,
    column: ColumnId,
    options: &SolveOptions,
) -> Result<(Option<f64>, Option<f64>), RunError> {
    let refused = |error| ended::refused(&error, "curve");
    let mut session = Session::open(program.lp.clone(), options).map_err(refused)?;
    match feasible_range(&mut session, column).map_err(refused)? {
        Ok(range) => Ok(range),
        Err(Stopped::Infeasible) => Err(RunError::Infeasible(prepared.clone())),
        Err(other) => Err(ended::stopped(other, "curve")),
    }
}

/// The range asked for.
fn ends(question: &Question<'_>, number: &Number) -> Result<(f64, f64), Finding> {
    let (half, more) = (0.5 * number.now, 1.5 * number.now);
    let from = question.from.map_or(Ok(half.min(more)), |text| end(text, "--from", number))?;
    let to = question.to.map_or(Ok(more.max(half)), |text| end(text, "--to", number))?;
    if from < to { Ok((from, to)) } else { Err(Finding::error("curve.empty_range", Place::file("--from"))) }
}

/// The range asked for, within the feasible one.
fn range(
    question: &Question<'_>,
    number: &Number,
    (least, most): (Option<f64>, Option<f64>),
) -> Result<(f64, f64), Finding> {
    let (from, to) = ends(question, number)?;
    let clipped = (from.max(least.unwrap_or(from)), to.min(most.unwrap_or(to)));
    if clipped.0 >= clipped.1 {
        let text = |end: Option<f64>| end.map_or_else(|| "∞".to_owned(), |end| format!("{end:.2}"));
        let finding = Finding::error("curve.none_feasible", Place::file("--from"));
        return Err(finding.with("least", text(least)).with("most", text(most)).with("unit", &number.unit));
    }
    Ok(clipped)
}

struct Follower<'a> {
    prepared: &'a Prepared,
    program: &'a Program,
    column: ColumnId,
    stages: &'a [Stage],
    options: &'a SolveOptions,
    /// (parameter, minimised value) of each stage.
    found: Vec<Vec<(f64, f64)>>,
}

impl Follower<'_> {
    /// Follows a stage and, on each of its pieces, the stages after it.
    fn follow(&mut self, lp: &LinearProgram, index: usize, ends: (f64, f64)) -> Result<(), RunError> {
        let Some(stage) = self.stages.get(index) else { return Ok(()) };
        let refused = |error| ended::refused(&error, stage.kind());
        let mut session = Session::open(lp.clone(), self.options).map_err(refused)?;
        session.set_column_bounds(self.column, ends.0, ends.1).map_err(refused)?;
        let both = (&self.prepared.problem.frame, self.program);
        let prefix = format!("s{index}.{}", stage.kind());
        let costs = program::set_up(&mut session, both, stage, &prefix).map_err(refused)?;
        let corners = response(&mut session, self.column, &costs, ends).map_err(refused)?;
        let corners = corners.map_err(|stopped| ended::stopped(stopped, stage.kind()))?;
        if let Some(found) = self.found.get_mut(index) {
            found.extend(corners.iter().map(|corner| (corner.x, corner.y)));
        }
        if index + 1 >= self.stages.len() {
            return Ok(());
        }
        let whole = (ends.1 - ends.0).abs();
        for pair in corners.windows(2) {
            let [left, right] = pair else { continue };
            for (from, to) in one_signed(left, right) {
                if to - from <= SAME * whole {
                    continue;
                }
                let mut piece = Session::open(session.program().clone(), self.options).map_err(refused)?;
                let line = Line::through(left, right);
                let kept = self.keep(&mut piece, stage, &costs, (from, to), &line).map_err(refused)?;
                kept.map_err(|stopped| ended::stopped(stopped, stage.kind()))?;
                self.follow(&piece.program().clone(), index + 1, (from, to))?;
            }
        }
        Ok(())
    }

    /// Keeps a stage's optimum, less its slack, along a piece.
    fn keep(
        &self,
        session: &mut Session,
        stage: &Stage,
        costs: &[(ColumnId, f64)],
        (from, to): (f64, f64),
        line: &Line,
    ) -> Result<Result<(), Stopped>, SessionError> {
        if stage.slack() == 0.0 {
            return keep_piece(session, self.column, costs, (from, to));
        }
        session.set_column_bounds(self.column, from, to)?;
        // y ≤ z + slack · |z| with z = at_zero + slope · parameter, of one sign on the piece.
        let middle = line.at(f64::midpoint(from, to));
        let share = 1.0 + stage.slack() * middle.signum();
        let mut terms = costs.to_vec();
        terms.push((self.column, -share * line.slope));
        // A small slope over a wide piece counts too: the row is made large enough for it.
        let scale = if line.slope == 0.0 { 1.0 } else { (SMALLEST / line.slope.abs()).max(1.0).log2().ceil().exp2() };
        for (_, coefficient) in &mut terms {
            *coefficient *= scale;
        }
        let name = format!("kept.{}", session.program().rows().len());
        let upper = share * line.at_zero * scale;
        session.add_rows(vec![Row { name, lower: f64::NEG_INFINITY, upper, terms }])?;
        Ok(Ok(()))
    }
}

/// A piece of a curve as a line.
struct Line {
    slope: f64,
    at_zero: f64,
}

impl Line {
    fn through(left: &Corner, right: &Corner) -> Self {
        let rise = right.y - left.y;
        // A level piece rises by rounding errors only, and such a number cannot stand in a program.
        let level = rise.abs() <= LEVEL * (1.0 + left.y.abs());
        let slope = if level { 0.0 } else { rise / (right.x - left.x) };
        Self { slope, at_zero: left.y - slope * left.x }
    }

    fn at(&self, x: f64) -> f64 {
        self.at_zero + self.slope * x
    }
}

/// A piece, cut where its value changes sign.
fn one_signed(left: &Corner, right: &Corner) -> Vec<(f64, f64)> {
    if left.y * right.y >= 0.0 {
        return vec![(left.x, right.x)];
    }
    let zero = left.x - left.y * (right.x - left.x) / (right.y - left.y);
    vec![(left.x, zero), (zero, right.x)]
}

fn stage_curve(number: usize, stage: &Stage, found: Vec<(f64, f64)>, per_value: f64, now: f64) -> StageCurve {
    let sign = if stage.maximises() { -1.0 } else { 1.0 };
    let mut points: Vec<CurvePoint> =
        found.into_iter().map(|(x, y)| CurvePoint { parameter: told(x / per_value), value: sign * y }).collect();
    if per_value < 0.0 {
        points.reverse();
    }
    let points = merged(points);
    let slope = |pair: &[CurvePoint]| match pair {
        [a, b] if b.parameter > a.parameter => Some((b.value - a.value) / (b.parameter - a.parameter)),
        _ => None,
    };
    let slopes = points.windows(2).map(slope).collect();
    let is_share = is_share(stage);
    let name = Phrase::new(stage_code(stage.kind())).text();
    let now = at(&points, now);
    StageCurve { number, kind: stage.kind(), name, is_share, points, slopes, now }
}

/// Whether values of a stage are shares rather than 万元.
fn is_share(stage: &Stage) -> bool {
    matches!(stage, Stage::MaxMinCoverage { .. } | Stage::MinDeviation { norm: Norm::Linf, .. })
}

/// A parameter to thirteen digits: what lies beyond comes from counting in the solver's units and back.
fn told(value: f64) -> f64 {
    format!("{value:.12e}").parse().unwrap_or(value)
}

/// One point where pieces meet, none where a line goes on.
fn merged(points: Vec<CurvePoint>) -> Vec<CurvePoint> {
    let range = match (points.first(), points.last()) {
        (Some(first), Some(last)) => last.parameter - first.parameter,
        _ => return points,
    };
    let size = points.iter().map(|point| point.value.abs()).fold(0.0, f64::max);
    let mut kept: Vec<CurvePoint> = Vec::with_capacity(points.len());
    for point in points {
        let same = |last: &CurvePoint| point.parameter - last.parameter <= SAME * range;
        if let Some(last) = kept.last().copied().filter(same) {
            if (point.value - last.value).abs() > JUMP * size {
                kept.push(CurvePoint { parameter: last.parameter, ..point });
            }
            continue;
        }
        if let [.., before, last] = kept.as_slice() {
            let jumps = last.parameter == before.parameter;
            let share = (last.parameter - before.parameter) / (point.parameter - before.parameter);
            let expected = before.value + share * (point.value - before.value);
            if !jumps && (last.value - expected).abs() <= SAME * size {
                kept.pop();
            }
        }
        kept.push(point);
    }
    kept
}

/// The value of a curve at a parameter.
fn at(points: &[CurvePoint], parameter: f64) -> Option<f64> {
    points.windows(2).find_map(|pair| {
        let [a, b] = pair else { return None };
        (a.parameter <= parameter && parameter <= b.parameter && a.parameter < b.parameter)
            .then(|| a.value + (b.value - a.value) * (parameter - a.parameter) / (b.parameter - a.parameter))
    })
}
