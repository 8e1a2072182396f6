//! Sobol indices: the share of an output's variance that each input explains, alone and with all others.
//!
//! Estimators: first order by Saltelli et al. (2010, Computer Physics Communications 181, table 2, formula b), total order by
//! Jansen (1999; formula f there), over the matrices A, B and A with column i of B. Inputs are taken as independent.

use std::sync::atomic::AtomicBool;

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::tornado::status;
use crate::evaluation::{Answer, Draw, Evaluator, Inputs, Output, in_order};
use crate::phrases::Text;
use crate::uncertainty::Distribution;
use crate::uncertainty::moments::Sum;
use crate::uncertainty::sampling::ShiftedSobol;

/// Resamples of the confidence intervals.
const RESAMPLES: usize = 500;
/// Failed scenarios that are named.
const NAMED: usize = 20;

/// Shares of the variance of one output.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct OutputIndices {
    /// As written by the user.
    pub output: String,
    /// Printed name.
    pub label: Text,
    /// Whether it is money, in 元.
    pub money: bool,
    /// Mean of the output.
    pub mean: f64,
    /// Variance of the output.
    pub variance: f64,
    /// Rows of the matrices that count: all of their scenarios have a plan.
    pub rows: usize,
    /// One entry an input; absent where the output does not vary.
    pub inputs: Option<Vec<InputIndex>>,
}

/// Share of one input.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct InputIndex {
    /// Id of the input.
    pub input: String,
    /// Its printed name.
    pub label: Text,
    /// The two indices.
    #[serde(flatten)]
    pub index: Index,
}

/// First and total order with 95 % intervals.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Index {
    /// Share of the variance that goes away where the input is known.
    pub first: f64,
    /// Lower end.
    pub first_low: f64,
    /// Upper end.
    pub first_high: f64,
    /// Share of the variance that stays where all others are known.
    pub total: f64,
    /// Lower end.
    pub total_low: f64,
    /// Upper end.
    pub total_high: f64,
}

/// The indices of all outputs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Indices {
    /// Rows of the matrices.
    pub samples: u64,
    /// Seed.
    pub seed: u64,
    /// Scenarios solved: samples × (inputs + 2).
    pub scenarios: u64,
    /// Whether the model declares correlations, which the indices leave aside.
    pub correlation_ignored: bool,
    /// One entry an output.
    pub outputs: Vec<OutputIndices>,
    /// Scenarios without a plan; their rows count for no output.
    pub unsolved: u64,
    /// The first of them, with their changes as `--set` takes them.
    pub not_solved: Vec<Unsolved>,
    /// What to know beside the figures, as sentences: warnings about model and data.
    pub warnings: Vec<Text>,
}

/// A scenario without a plan.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Unsolved {
    /// `infeasible`, `limit` or `failed:CODE`.
    pub status: String,
    /// Its changes.
    pub changes: Vec<String>,
}

/// Output values over the matrices: of A, of B, and of A with column i of B.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Values {
    /// At the rows of A.
    pub a: Vec<f64>,
    /// At the rows of B.
    pub b: Vec<f64>,
    /// For each input, at the rows of A with that column of B.
    pub ab: Vec<Vec<f64>>,
}

/// The points of the design: row `j`, matrix 0 (A), 1 (B) or 2 + i (A with column i of B).
#[derive(Debug, Clone)]
pub struct Matrices {
    sequence: ShiftedSobol,
    inputs: usize,
}

impl Matrices {
    /// Matrices over so many inputs, from a Sobol sequence of twice the dimension; `None` above its dimensions.
    pub fn new(seed: u64, inputs: usize) -> Option<Self> {
        Some(Self { sequence: ShiftedSobol::new(seed, 2 * inputs)?, inputs })
    }

    /// Levels of one scenario, each inside (0, 1).
    pub fn levels(&self, row: u64, matrix: usize) -> Vec<f64> {
        let point = self.sequence.point(row);
        let (a, b) = point.split_at_checked(self.inputs).unwrap_or((&point, &[]));
        let from_b = |column: usize| matrix == 1 || matrix == column + 2;
        a.iter().zip(b).enumerate().map(|(column, (a, b))| if from_b(column) { *b } else { *a }).collect()
    }
}

/// The question: samples, seed and outputs.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// Rows of the matrices; a power of two serves best.
    pub samples: u64,
    /// Seed of the points and the intervals.
    pub seed: u64,
    /// Outputs looked at.
    pub outputs: &'a [Output],
    /// Whether the model declares correlations.
    pub correlated: bool,
}

/// Indices of chosen outputs of a model; `None` where an input has no distribution, or there are too many.
pub fn sobol<E: Evaluator>(
    inputs: &Inputs,
    request: &Request<'_>,
    (evaluator, threads): (&(dyn Fn() -> E + Sync), usize),
    told: &mut dyn FnMut(u64),
) -> Option<Indices> {
    let laws: Vec<Distribution> = inputs.list().iter().map(|input| input.distribution).collect::<Option<_>>()?;
    let matrices = Matrices::new(request.seed, laws.len())?;
    let width = laws.len() as u64 + 2;
    let scenarios = request.samples.checked_mul(width)?;
    let task = |evaluator: &mut E, number: u64| -> (Draw, Vec<String>) {
        let matrix = usize::try_from(number % width).unwrap_or(0);
        let levels = matrices.levels(number / width, matrix);
        let point: Vec<f64> = laws.iter().zip(levels).map(|(law, level)| law.quantile(level)).collect();
        let drawn = inputs.drawn(&point);
        let draw = evaluator.evaluate(&drawn.changes);
        let changes = if matches!(draw, Draw::Solved(_)) { Vec::new() } else { drawn.changes };
        (draw, changes.into_iter().map(|change| change.text).collect())
    };
    let mut values: Vec<Values> = request.outputs.iter().map(|_| Values::of(laws.len())).collect();
    let (mut row, mut unsolved, mut not_solved) = (Vec::new(), 0, Vec::new());
    in_order(0..scenarios, threads, &AtomicBool::new(false), evaluator, &task, &mut |number, (draw, changes)| {
        told(number + 1);
        match draw {
            Draw::Solved(answer) => row.push(*answer),
            other => {
                unsolved += 1;
                if not_solved.len() < NAMED {
                    not_solved.push(Unsolved { status: status(&other), changes });
                }
            }
        }
        if (number + 1) % width == 0 {
            if row.len() as u64 == width {
                for (values, output) in values.iter_mut().zip(request.outputs) {
                    values.push(&row, output);
                }
            }
            row.clear();
        }
        true
    });
    let outputs = request.outputs.iter().zip(&values);
    let outputs = outputs.map(|(output, values)| of_output(inputs, output, values, request.seed)).collect();
    let correlation_ignored = request.correlated;
    let (samples, seed) = (request.samples, request.seed);
    Some(Indices { samples, seed, scenarios, correlation_ignored, outputs, unsolved, not_solved, warnings: Vec::new() })
}

fn of_output(inputs: &Inputs, output: &Output, values: &Values, seed: u64) -> OutputIndices {
    let (mean, variance) = values.spread();
    let indices = values.indices(seed).map(|indices| {
        let named = inputs.list().iter().zip(indices);
        named.map(|(input, index)| InputIndex { input: input.id.clone(), label: input.label.clone(), index }).collect()
    });
    OutputIndices {
        output: output.word.clone(),
        label: output.label.clone(),
        money: output.is_money(),
        mean,
        variance,
        rows: values.a.len(),
        inputs: indices,
    }
}

impl Values {
    /// No rows yet, for so many inputs.
    pub fn of(inputs: usize) -> Self {
        Self { ab: vec![Vec::new(); inputs], ..Self::default() }
    }

    fn push(&mut self, row: &[Answer], output: &Output) {
        let found: Option<Vec<f64>> = row.iter().map(|answer| output.of(answer)).collect();
        let Some([a, b, ab @ ..]) = found.as_deref() else { return };
        self.a.push(*a);
        self.b.push(*b);
        for (values, value) in self.ab.iter_mut().zip(ab) {
            values.push(*value);
        }
    }

    /// Mean and variance over A and B.
    pub fn spread(&self) -> (f64, f64) {
        let count = (self.a.len() + self.b.len()) as f64;
        let mut sum = Sum::default();
        self.a.iter().chain(&self.b).for_each(|value| sum.add(*value));
        let mean = sum.get() / count;
        let mut squares = Sum::default();
        self.a.iter().chain(&self.b).for_each(|value| squares.add((value - mean) * (value - mean)));
        (mean, squares.get() / count)
    }

    /// The indices with bootstrap intervals (percentiles over resampled rows); `None` where the output does not vary.
    pub fn indices(&self, seed: u64) -> Option<Vec<Index>> {
        let rows = self.a.len();
        let (mean, variance) = self.spread();
        // What differs in the last digits only is noise of the solver, not variance.
        let noise = 1e-12 * mean.abs().max(f64::MIN_POSITIVE);
        if rows < 2 || !variance.is_finite() || variance.sqrt() <= noise {
            return None;
        }
        let all: Vec<usize> = (0..rows).collect();
        let estimates = self.estimates(&all, mean)?;
        let mut generator = ChaCha12Rng::seed_from_u64(seed);
        generator.set_stream(u64::MAX - 1);
        let mut resampled: Vec<Vec<(f64, f64)>> = vec![Vec::with_capacity(RESAMPLES); self.ab.len()];
        for _ in 0..RESAMPLES {
            let chosen: Vec<usize> = (0..rows).map(|_| below(generator.next_u64(), rows)).collect();
            let Some(found) = self.estimates(&chosen, mean) else { continue };
            for (list, pair) in resampled.iter_mut().zip(found) {
                list.push(pair);
            }
        }
        let interval = |list: &[(f64, f64)], pick: &dyn Fn(&(f64, f64)) -> f64| {
            let mut sorted: Vec<f64> = list.iter().map(pick).collect();
            sorted.sort_by(f64::total_cmp);
            let at = |share: f64| sorted.get(((sorted.len() as f64 - 1.0) * share).round() as usize).copied();
            (at(0.025).unwrap_or(f64::NAN), at(0.975).unwrap_or(f64::NAN))
        };
        let index = |((first, total), list): ((f64, f64), &Vec<(f64, f64)>)| {
            let (first_low, first_high) = interval(list, &|pair| pair.0);
            let (total_low, total_high) = interval(list, &|pair| pair.1);
            Index { first, first_low, first_high, total, total_low, total_high }
        };
        Some(estimates.into_iter().zip(&resampled).map(index).collect())
    }

    /// First and total order over chosen rows; `None` without variance.
    fn estimates(&self, rows: &[usize], mean: f64) -> Option<Vec<(f64, f64)>> {
        let count = rows.len() as f64;
        let pairs: Vec<(usize, f64, f64)> = rows
            .iter()
            .filter_map(|row| Some((*row, self.a.get(*row).copied()? - mean, self.b.get(*row).copied()? - mean)))
            .collect();
        let own = pairs.iter().map(|(_, a, b)| a + b).sum::<f64>() / (2.0 * count);
        let variance = pairs.iter().map(|(_, a, b)| (a - own).powi(2) + (b - own).powi(2)).sum::<f64>() / (2.0 * count);
        if variance <= 0.0 {
            return None;
        }
        let estimate = |values: &Vec<f64>| {
            let (mut first, mut total) = (0.0, 0.0);
            for (row, a, b) in &pairs {
                let ab = values.get(*row).copied().unwrap_or(f64::NAN) - mean;
                first += b * (ab - a);
                total += (a - ab) * (a - ab);
            }
            (first / count / variance, total / (2.0 * count) / variance)
        };
        Some(self.ab.iter().map(estimate).collect())
    }
}

/// A number below `end` from 64 random bits, as evenly as 64 bits allow.
fn below(bits: u64, end: usize) -> usize {
    usize::try_from((u128::from(bits) * end as u128) >> 64).unwrap_or(0)
}
