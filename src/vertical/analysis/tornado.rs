//! One at a time: each uncertain input at a low and a high quantile, the others as the model has them.

use std::sync::atomic::AtomicBool;

use schemars::JsonSchema;
use serde::Serialize;

use crate::evaluation::{Answer, Draw, Evaluator, Inputs, Output, in_order};
use crate::phrases::Text;

/// The swings of all outputs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Tornado {
    /// Level of the low values.
    pub low_level: f64,
    /// Level of the high values.
    pub high_level: f64,
    /// One entry an output, in the order asked for.
    pub outputs: Vec<Swings>,
    /// Ends without a plan.
    pub not_solved: Vec<EndFailed>,
    /// What to know beside the figures, as sentences: warnings about model and data.
    pub warnings: Vec<Text>,
}

/// The swings of one output, the widest first.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Swings {
    /// As written by the user.
    pub output: String,
    /// Printed name.
    pub label: Text,
    /// Whether it is money, in 元.
    pub money: bool,
    /// Value of the model as it stands; absent where that has no plan.
    pub base: Option<f64>,
    /// One entry an input.
    pub bars: Vec<Bar>,
}

/// What one input does to one output.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Bar {
    /// Id of the input.
    pub input: String,
    /// Its printed name.
    pub label: Text,
    /// Low value of the input.
    pub low_value: f64,
    /// High value of the input.
    pub high_value: f64,
    /// Output at the low value; absent where no plan exists.
    pub at_low: Option<f64>,
    /// Output at the high value; absent where no plan exists.
    pub at_high: Option<f64>,
    /// Largest less least of base and both ends.
    pub swing: f64,
}

/// An end of an input at which the model has no plan.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct EndFailed {
    /// Id of the input; empty for the model as it stands.
    pub input: String,
    /// The value of the input.
    pub value: Option<f64>,
    /// `infeasible`, `limit` or `failed:CODE`.
    pub status: String,
}

/// Word of a draw's end.
pub(crate) fn status(draw: &Draw) -> String {
    match draw {
        Draw::Solved(_) => "solved".to_owned(),
        Draw::Infeasible => "infeasible".to_owned(),
        Draw::Limit => "limit".to_owned(),
        Draw::Failed(code) => format!("failed:{code}"),
    }
}

/// Moves each input alone; inputs without a distribution stay where they are.
pub fn tornado<E: Evaluator>(
    inputs: &Inputs,
    outputs: &[Output],
    (low_level, high_level): (f64, f64),
    (evaluator, threads): (&(dyn Fn() -> E + Sync), usize),
) -> Tornado {
    let moving: Vec<usize> = (0..inputs.len())
        .filter(|at| inputs.list().get(*at).is_some_and(|input| input.distribution.is_some()))
        .collect();
    let level = |side: usize| if side == 0 { low_level } else { high_level };
    let point = |at: usize, side: usize| -> Vec<f64> {
        let value = |other: usize| {
            let distribution = inputs.list().get(other).and_then(|input| input.distribution);
            distribution.filter(|_| other == at).map_or(f64::NAN, |distribution| distribution.quantile(level(side)))
        };
        (0..inputs.len()).map(value).collect()
    };
    let task = |evaluator: &mut E, number: u64| -> (Option<f64>, Draw) {
        let Some(number) = usize::try_from(number).ok().and_then(|number| number.checked_sub(1)) else {
            return (None, evaluator.evaluate(&[]));
        };
        let Some(at) = moving.get(number / 2) else { return (None, Draw::Limit) };
        let drawn = inputs.drawn(&point(*at, number % 2));
        (drawn.values.get(*at).copied(), evaluator.evaluate(&drawn.changes))
    };
    let mut ends: Vec<(Option<f64>, Draw)> = Vec::new();
    let count = 1 + 2 * moving.len() as u64;
    in_order(0..count, threads, &AtomicBool::new(false), evaluator, &task, &mut |_, end| {
        ends.push(end);
        true
    });
    let id = |position: usize| -> String {
        let moved = position.checked_sub(1).and_then(|number| moving.get(number / 2));
        moved.and_then(|at| inputs.list().get(*at)).map_or_else(String::new, |input| input.id.clone())
    };
    let failed = ends.iter().enumerate().filter(|(_, (_, draw))| !matches!(draw, Draw::Solved(_)));
    let not_solved =
        failed.map(|(position, (value, draw))| EndFailed { input: id(position), value: *value, status: status(draw) });
    Tornado {
        low_level,
        high_level,
        not_solved: not_solved.collect(),
        warnings: Vec::new(),
        outputs: outputs.iter().map(|output| swings(inputs, &moving, &ends, output)).collect(),
    }
}

fn answer(draw: &Draw) -> Option<&Answer> {
    if let Draw::Solved(answer) = draw { Some(answer) } else { None }
}

fn swings(inputs: &Inputs, moving: &[usize], ends: &[(Option<f64>, Draw)], output: &Output) -> Swings {
    let value =
        |position: usize| ends.get(position).and_then(|(_, draw)| answer(draw)).and_then(|found| output.of(found));
    let drawn = |position: usize| ends.get(position).and_then(|(value, _)| *value).unwrap_or(f64::NAN);
    let base = value(0);
    let bar = |(number, at): (usize, &usize)| {
        let input = inputs.list().get(*at)?;
        let (low, high) = (1 + 2 * number, 2 + 2 * number);
        let seen: Vec<f64> = [base, value(low), value(high)].into_iter().flatten().collect();
        let least = seen.iter().copied().fold(f64::INFINITY, f64::min);
        let most = seen.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Some(Bar {
            input: input.id.clone(),
            label: input.label.clone(),
            low_value: drawn(low),
            high_value: drawn(high),
            at_low: value(low),
            at_high: value(high),
            swing: (most - least).max(0.0),
        })
    };
    let mut bars: Vec<Bar> = moving.iter().enumerate().filter_map(bar).collect();
    bars.sort_by(|a, b| b.swing.total_cmp(&a.swing));
    Swings { output: output.word.clone(), label: output.label.clone(), money: output.is_money(), base, bars }
}
