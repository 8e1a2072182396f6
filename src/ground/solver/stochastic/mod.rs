//! Linear programs under uncertainty: one decision now, one of several scenarios afterwards.
//!
//! The leading columns of the shared program are decided before the scenario is known; every scenario may add columns and rows
//! of its own (its recourse) and costs. Everything is minimised. (Birge & Louveaux, Introduction to Stochastic Programming,
//! 2nd ed. 2011; Shapiro, Dentcheva & Ruszczyński, Lectures on Stochastic Programming, 2009.)

mod budgeted;
mod criterion;
mod extensive;
mod information;
mod programs;

use crate::lp::{Column, ColumnId, LinearProgram, NumberRefused, Row};
use crate::solver::session::SessionError;
use crate::solver::{Limit, Outcome};

pub use budgeted::{protect_objective, protect_row, worst_loss};
pub use criterion::{Criterion, Decision, Face};
pub use information::Information;
pub use programs::mean_program;

/// One thing that may come.
#[derive(Debug, Clone, Default)]
pub struct Scenario {
    /// Name, unique.
    pub name: String,
    /// Weight ≥ 0; weights need not sum to 1. A scenario of weight 0 counts in no objective: only its rows must hold.
    pub weight: f64,
    /// Columns that only this scenario has, with their costs; the first has the position after the last shared column.
    pub columns: Vec<Column>,
    /// Rows that only this scenario has, over shared columns and its own.
    pub rows: Vec<Row>,
    /// Costs of shared columns in this scenario, beside their costs in the shared program.
    pub costs: Vec<(ColumnId, f64)>,
}

/// A linear program with recourse.
#[derive(Debug, Clone)]
pub struct TwoStage {
    decided: usize,
    shared: LinearProgram,
    scenarios: Vec<Scenario>,
    total: f64,
}

/// Why a question about a [`TwoStage`] has no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StochasticError {
    /// No scenario has a positive weight, or a weight is negative or no number.
    #[error("weights must be finite and not negative, and one of them positive")]
    Weights,
    /// A level of confidence outside 0…1.
    #[error("the level of confidence {0} is outside 0…1")]
    Alpha(f64),
    /// A budget of uncertainty or a deviation that is negative or no number.
    #[error("budget of uncertainty or deviation {0} is negative or no number")]
    Budget(f64),
    /// A row that is protected on both sides.
    #[error("row {0} has two sides: protect each as a row of its own")]
    TwoSided(String),
    /// Programs that are not of one shape.
    #[error("programs differ in shape at {0}")]
    Shape(String),
    /// A relative regret against an optimum of zero.
    #[error("the optimum of scenario {0} is zero: there is no relative regret")]
    ZeroOptimum(String),
    /// No decision meets the rows of all scenarios.
    #[error("no decision meets the rows of all scenarios")]
    Infeasible,
    /// A scenario alone has no plan.
    #[error("scenario {0} has no plan, even alone")]
    ScenarioInfeasible(String),
    /// The objective can be lowered without end.
    #[error("the objective has no bound")]
    Unbounded,
    /// Time or interrupt.
    #[error("stopped before an optimum was proved")]
    Limit(Limit),
    /// The solver failed, or its optimum could not be proved.
    #[error("{0}")]
    Failed(String),
    /// A number that cannot enter, or HiGHS refuses.
    #[error(transparent)]
    Session(#[from] SessionError),
}

impl From<NumberRefused> for StochasticError {
    fn from(error: NumberRefused) -> Self {
        Self::Session(error.into())
    }
}

impl TwoStage {
    /// A program whose first `decided` columns are decided before the scenario is known.
    ///
    /// # Errors
    /// Weights that are negative, not finite or all zero.
    pub fn new(decided: usize, shared: LinearProgram, scenarios: Vec<Scenario>) -> Result<Self, StochasticError> {
        let total: f64 = scenarios.iter().map(|scenario| scenario.weight).sum();
        let sound = scenarios.iter().all(|scenario| scenario.weight >= 0.0) && total.is_finite() && total > 0.0;
        if sound { Ok(Self { decided, shared, scenarios, total }) } else { Err(StochasticError::Weights) }
    }

    /// Number of columns decided before the scenario is known.
    pub fn decided(&self) -> usize {
        self.decided
    }

    /// The program that all scenarios share.
    pub fn shared(&self) -> &LinearProgram {
        &self.shared
    }

    /// The scenarios, in order.
    pub fn scenarios(&self) -> &[Scenario] {
        &self.scenarios
    }

    /// The same question with other scenarios.
    ///
    /// # Errors
    /// See [`TwoStage::new`].
    pub fn with_scenarios(&self, scenarios: Vec<Scenario>) -> Result<Self, StochasticError> {
        Self::new(self.decided, self.shared.clone(), scenarios)
    }

    /// Share of a scenario in the sum of all weights.
    pub fn probability(&self, scenario: &Scenario) -> f64 {
        scenario.weight / self.total
    }
}

/// An outcome as a result; infeasible means `infeasible`.
fn proved(outcome: Outcome, infeasible: StochasticError) -> Result<Box<crate::solver::Certified>, StochasticError> {
    match outcome {
        Outcome::Optimal(optimum) => Ok(optimum),
        Outcome::Infeasible => Err(infeasible),
        Outcome::Unbounded => Err(StochasticError::Unbounded),
        Outcome::Limit(limit) => Err(StochasticError::Limit(limit)),
        Outcome::Failed(why) => Err(StochasticError::Failed(why)),
    }
}
