//! The optimum of every stage at values of one number, each as a run of its own finds it: entitlements follow the funds.
//!
//! Where entitlements move, coverage is no broken line in the number: values are computed point by point, and nothing is said of
//! what lies between two of them.

use crate::analysis::curve::parameter::{Number, number_of};
use crate::analysis::curve::{
    Curve, CurvePoint, Entitlements, Parameter, Question, StageCurve, ends, is_share, told, wanted_stage,
};
use crate::analysis::words::stage_code;
use crate::compiled::Compiled;
use crate::document::tree::{Node, Value};
use crate::evaluation::{Chosen, Draw, Evaluator as _, Precision};
use crate::finding::{Finding, Place};
use crate::phrases::Phrase;
use crate::program::Stage;
use crate::remark;
use crate::run::{Prepared, RunError};
use crate::scenario::{Change, Operation, scaled_out};
use crate::solver::{Limit, SolveOptions};
use crate::units::{Decimal, Money};

/// A rise below this share of the value is noise.
const LEVEL: f64 = 1e-9;

/// Fewest and most values of the number.
pub const POINTS: std::ops::RangeInclusive<usize> = 2..=1_000;

/// The optima of the stages at `points` values of a number, evenly spaced.
///
/// # Errors
/// A path that is unknown or no number, a stage that is not there, values without any plan, or a limit.
pub fn follow(
    prepared: &Prepared,
    question: &Question<'_>,
    points: usize,
    options: &SolveOptions,
) -> Result<Curve, RunError> {
    if !POINTS.contains(&points) {
        let finding = Finding::error("curve.points", Place::file("--points")).with("points", points.to_string());
        return Err(finding.with("least", POINTS.start().to_string()).with("most", POINTS.end().to_string()).into());
    }
    let number = number_of(prepared, question.path, question.factor)?;
    let (from, to) = ends(question, &number)?;
    let stages = stages_of(prepared);
    let wanted = wanted_stage(question.stage, &stages)?;
    let compiled = Compiled::new(prepared.clone())?;
    let mut evaluator = Chosen::new(&compiled, Precision::Plan, options);
    let mut found: Vec<Vec<CurvePoint>> = vec![Vec::new(); stages.len()];
    let mut without_plan = Vec::new();
    // The present value is a point of its own where the others pass it by.
    let step = (to - from) / (points - 1) as f64;
    let mut values: Vec<f64> = (0..points).map(|at| told(from + step * at as f64)).collect();
    if from < number.now && number.now < to && !values.iter().any(|value| (value - number.now).abs() < 1e-9 * step) {
        values.push(number.now);
        values.sort_by(f64::total_cmp);
    }
    for parameter in values {
        if options.is_interrupted() {
            let finding = Finding::error("solver.limit_interrupt", Place::default()).with("stage", "curve");
            return Err(RunError::Limit(Limit::Interrupt, finding));
        }
        let change = change(prepared, question, &number, parameter);
        match change.as_ref().map_or(Draw::Infeasible, |change| evaluator.evaluate(std::slice::from_ref(change))) {
            Draw::Solved(answer) => {
                for (points, value) in found.iter_mut().zip(answer.stages) {
                    points.push(CurvePoint { parameter, value });
                }
            }
            Draw::Limit => {
                let finding = Finding::error("solver.limit_time", Place::default()).with("stage", "curve");
                return Err(RunError::Limit(Limit::Time, finding));
            }
            Draw::Infeasible | Draw::Failed(_) => without_plan.push(parameter),
        }
    }
    if found.iter().all(Vec::is_empty) {
        return Err(Finding::error("curve.none_at_all", Place::file("--from")).into());
    }
    let curves = found.into_iter().zip(&stages).enumerate().filter(|(at, _)| wanted.is_none_or(|only| only == *at));
    let curves = curves.map(|(at, (points, stage))| stage_curve(at + 1, stage, points, &without_plan, number.now));
    Ok(Curve {
        model: prepared.problem.head.name.clone(),
        entitlements: Entitlements::Follow,
        parameter: Parameter {
            path: question.path.to_owned(),
            is_factor: question.factor,
            unit: number.unit.clone(),
            is_money: number.is_money,
            now: number.now,
            least_feasible: None,
            most_feasible: None,
            from,
            to,
        },
        stages: curves.collect(),
        not_followed: None,
        without_plan,
        warnings: remark::of_model(prepared),
    })
}

/// The stages of which every evaluation has a value, in order.
fn stages_of(prepared: &Prepared) -> Vec<Stage> {
    let own = &prepared.problem.stages;
    let kinds = crate::evaluation::direct::stage_kinds(prepared);
    // What soft rules miss comes first where the model does not place it, and nowhere where there are none.
    let first = (kinds.len() > own.len()).then_some(Stage::MinMissed);
    let has_soft = kinds.contains(&Stage::MinMissed.kind());
    let rest = own.iter().filter(|stage| has_soft || **stage != Stage::MinMissed).cloned();
    first.into_iter().chain(rest).collect()
}

/// The number at a value, as `--set` would have it; `None` where it cannot be written.
fn change(prepared: &Prepared, question: &Question<'_>, number: &Number, value: f64) -> Option<Change> {
    let place = Place::file("--path");
    if question.factor {
        return Some(scaled_out(&prepared.tree, question.path, Decimal::parse(&format!("{value:.9}")).ok()?, place));
    }
    let text = if number.is_money {
        format!("{} 元", Money::from_fen((value * 100.0).round() as i64).yuan())
    } else {
        let digits = format!("{value:.9}");
        let digits = digits.trim_end_matches('0').trim_end_matches('.');
        if number.unit.is_empty() { digits.to_owned() } else { format!("{digits} {}", number.unit) }
    };
    let is_plain = !number.is_money && number.unit.is_empty();
    let value = if is_plain { Value::Number(text) } else { Value::Text(text) };
    Some(Change::new(question.path, Operation::Set(Node { line: 0, value }), place))
}

fn stage_curve(number: usize, stage: &Stage, points: Vec<CurvePoint>, without_plan: &[f64], now: f64) -> StageCurve {
    let slope = |pair: &[CurvePoint]| match pair {
        [a, b] if !without_plan.iter().any(|at| a.parameter < *at && *at < b.parameter) => {
            let rise = b.value - a.value;
            // What rises by the solver's noise is level.
            let is_level = rise.abs() <= LEVEL * (1.0 + a.value.abs());
            Some(if is_level { 0.0 } else { rise / (b.parameter - a.parameter) })
        }
        _ => None,
    };
    let slopes = points.windows(2).map(slope).collect();
    let now = points.iter().find(|point| (point.parameter - now).abs() <= 1e-9 * now.abs()).map(|point| point.value);
    let name = Phrase::new(stage_code(stage.kind())).text();
    StageCurve { number, kind: stage.kind(), name, is_share: is_share(stage), points, slopes, now }
}
