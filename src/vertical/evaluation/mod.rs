//! Many scenarios of one model: one question, one answer, by an evaluator a thread, always in order.

pub mod benchmarks;
pub mod direct;
pub mod hot;
pub mod inputs;
pub mod ordered;
pub mod output;
pub mod plan;

use crate::scenario::Change;

pub use benchmarks::Benchmarks;
pub use direct::Direct;
pub use hot::{Chosen, Precision};
pub use inputs::{Drawn, Inputs};
pub use ordered::{in_order, stopped};
pub use output::Output;
pub use plan::Plan;

/// What a model gives under one list of changes.
#[derive(Debug, Clone, PartialEq)]
pub enum Draw {
    /// A certified plan.
    Solved(Box<Answer>),
    /// No plan meets all hard rules.
    Infeasible,
    /// Time ended it.
    Limit,
    /// The changed model is wrong, cannot be rounded, or the solver failed: the code of the finding.
    Failed(String),
}

/// The figures of one certified plan.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// What each cell of the dataset receives, in 分.
    pub cells: Vec<i64>,
    /// Value of each stage of the model's objective, tie-breaks left out.
    pub stages: Vec<f64>,
    /// Whether each area gets less than last year; `None` without a figure of last year.
    pub below_last_year: Vec<Option<bool>>,
    /// Whether each area falls short of a unit standard; `None` where no standard concerns it.
    pub below_standard: Vec<Option<bool>>,
}

/// Answers scenarios one by one; one evaluator a thread.
///
/// An answer depends on the changes alone, never on the scenarios answered before: sweeps promise the same bytes
/// whatever the number of threads.
pub trait Evaluator {
    /// The model under these changes.
    fn evaluate(&mut self, changes: &[Change]) -> Draw;
}
