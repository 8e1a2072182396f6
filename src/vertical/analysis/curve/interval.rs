//! The values of one number of the model file with which a plan exists.
//!
//! Where the number moves sides of rules alone, one linear program for each end answers. A bound of a share or of a ratio per head moves
//! coefficients: there the farthest value is tried, and where no plan meets it the least repair of this number is the end.

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::curve::parameter::{Moving, Number, number_of, place};
use crate::analysis::curve::{feasible, told};
use crate::analysis::repair::{diagnose, funds_move_rules};
use crate::analysis::standing::Standing;
use crate::document::tree::{Node, Value};
use crate::finding::Findings;
use crate::phrases::{Phrase, Text};
use crate::rules::RuleKind;
use crate::run::{self, Prepared, RunError};
use crate::scenario::{Change, Operation};
use crate::solver::SolveOptions;
use crate::units::Decimal;

/// How an interval was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// A linear program for each end: exact, before rounding.
    Program,
    /// As `program`, with the entitlements held as they are, though a run lets them follow the funds.
    Held,
    /// The ends are least repairs, each tried as a run of its own.
    Tried,
    /// Not at all: `remark` says why, and nothing is said of the ends.
    None,
}

/// The values of one number with which a plan exists.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "IntervalDocument")]
pub struct Interval {
    /// Name of the model.
    pub model: Text,
    /// Path in the model file.
    pub path: String,
    /// Unit of the values; `元` for money.
    pub unit: String,
    /// Whether the values are money.
    pub is_money: bool,
    /// Present value.
    pub now: f64,
    /// Whether some value allows a plan; null where that is not proved.
    pub possible: Option<bool>,
    /// Least value; null where nothing bounds it, or it is not proved.
    pub least: Option<f64>,
    /// Greatest value; null where nothing bounds it, or it is not proved.
    pub most: Option<f64>,
    /// How it was found.
    pub proof: Proof,
    /// What to know of it; null where there is nothing.
    pub remark: Option<Text>,
}

/// The interval of a path.
///
/// # Errors
/// An unknown path, a value that is no number, a limit, or a failure of the solver.
pub fn interval(prepared: &Prepared, path: &str, options: &SolveOptions) -> Result<Interval, RunError> {
    let moving = Moving::of(prepared, path, false);
    let number = match &moving {
        Ok(moving) => moving.number.clone(),
        // A number that moves no side, or that the model takes only together with others, such as one of shares that sum to 1.
        Err(_) => number_of(prepared, path, false)?,
    };
    let found = Interval {
        model: prepared.problem.head.name.clone(),
        path: path.to_owned(),
        unit: number.unit.clone(),
        is_money: number.is_money,
        now: number.now,
        possible: None,
        least: None,
        most: None,
        proof: Proof::None,
        remark: None,
    };
    match moving {
        Ok(moving) => by_program(prepared, &moving, found, options),
        Err(findings) if is_one_of(&findings, &["curve.moves_nothing"]) => {
            // No rule asks for this number: a plan exists with it or without.
            let possible = Standing::open(prepared, options)?.stands(&|_| true);
            let proof = if possible.is_some() { Proof::Program } else { Proof::None };
            Ok(Interval { possible, proof, remark: Some(say("curve.interval_free")), ..found })
        }
        Err(_) => by_trial(prepared, &number, found, options),
    }
}

fn say(code: &'static str) -> Text {
    Phrase::new(code).text()
}

fn is_one_of(findings: &Findings, codes: &[&str]) -> bool {
    findings.0.iter().all(|finding| codes.contains(&finding.code()))
}

fn by_program(
    prepared: &Prepared,
    moving: &Moving,
    found: Interval,
    options: &SolveOptions,
) -> Result<Interval, RunError> {
    let (program, column, size) = moving.compile(prepared)?;
    let per_value = size / moving.number.now;
    let held = found.path.starts_with("fund") && funds_move_rules(prepared);
    let (proof, remark) = if held { (Proof::Held, Some(say("curve.interval_held"))) } else { (Proof::Program, None) };
    match feasible(prepared, &program, column, options) {
        Ok((least, most)) => {
            let ends = (least.map(|at| told(at / per_value)), most.map(|at| told(at / per_value)));
            let (least, most) = if per_value > 0.0 { ends } else { (ends.1, ends.0) };
            Ok(Interval { possible: Some(true), least, most, proof, remark, ..found })
        }
        Err(RunError::Infeasible(_)) => {
            Ok(Interval { possible: Some(false), proof, remark: Some(say("curve.interval_empty")), ..found })
        }
        Err(other) => Err(other),
    }
}

/// Whether the number is a bound whose plans are an interval: what meets a tighter one meets a looser one.
fn is_monotone(prepared: &Prepared, path: &str) -> bool {
    let id = path.strip_prefix("rule.").and_then(|rest| rest.split(['.', '[']).next()).unwrap_or_default();
    let rule = prepared.problem.rules.iter().find(|rule| rule.id == id);
    rule.is_some_and(|rule| rule.penalty.is_none() && matches!(rule.kind, RuleKind::Share(_) | RuleKind::PerHead(_)))
}

fn by_trial(
    prepared: &Prepared,
    number: &Number,
    found: Interval,
    options: &SolveOptions,
) -> Result<Interval, RunError> {
    let stands = Standing::open(prepared, options)?.stands(&|_| true);
    if !is_monotone(prepared, &found.path) || stands != Some(true) {
        return Ok(Interval { remark: Some(say("curve.interval_open")), ..found });
    }
    let hundredth = if number.unit == "%" { 100.0 } else { 1.0 };
    // A share ends at the whole; of a ratio only the least value says something.
    let far = if number.now / hundredth <= 1.0 { Some("1") } else { None };
    let least = end(prepared, &found.path, "0", options)?;
    let most = far.map_or(Ok(End::Free), |far| end(prepared, &found.path, far, options))?;
    let value = |end: &End| match end {
        End::At(value) => Some(told(value * hundredth)),
        End::Free | End::Open => None,
    };
    if matches!(least, End::Open) || matches!(most, End::Open) {
        return Ok(Interval { remark: Some(say("curve.interval_open")), ..found });
    }
    let (least, most) = (value(&least), value(&most));
    Ok(Interval { possible: Some(true), least, most, proof: Proof::Tried, ..found })
}

/// What is known of one end.
enum End {
    /// Nothing bounds the number on this side.
    Free,
    /// It is here.
    At(f64),
    /// It was not found.
    Open,
}

/// The end towards a value, as far as the least repair of the model at that value goes.
fn end(prepared: &Prepared, path: &str, far: &str, options: &SolveOptions) -> Result<End, RunError> {
    let value = Node { line: 0, value: Value::Number(far.to_owned()) };
    let Ok(other) = run::changed(prepared, &[Change::new(path, Operation::Set(value), place(path))]) else {
        return Ok(End::Open);
    };
    match Standing::open(&other, options)?.stands(&|_| true) {
        Some(true) => return Ok(End::Free),
        None => return Ok(End::Open),
        Some(false) => {}
    }
    let diagnosis = diagnose(&other, options)?;
    let repair = diagnosis.repairs.iter().find(|repair| repair.path == path);
    let number = repair.and_then(|repair| {
        let hundredth = if repair.unit == "%" { 100.0 } else { 1.0 };
        Some(Decimal::parse(&repair.to).ok()?.to_f64() / hundredth)
    });
    Ok(number.map_or(End::Open, End::At))
}
