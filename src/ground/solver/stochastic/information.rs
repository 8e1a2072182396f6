//! What knowing the future, and reckoning with more than its mean, are worth.

use serde::Serialize;

use crate::solver::SolveOptions;
use crate::solver::stochastic::{Criterion, StochasticError, TwoStage};

/// The five figures of Birge & Louveaux, chapter 4, as minimised costs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Information {
    /// WS: weighted mean of the scenarios' own optima.
    pub wait_and_see: f64,
    /// RP: least weighted mean of one plan for all scenarios.
    pub here_and_now: f64,
    /// EEV: weighted mean of the plan made for the mean scenario; null where that plan breaks the rows of a scenario.
    pub expected_of_mean_plan: Option<f64>,
    /// EVPI = RP − WS ≥ 0: what it is worth to know the scenario beforehand.
    pub perfect_information: f64,
    /// VSS = EEV − RP ≥ 0: what it is worth to reckon with all scenarios; null (without bound) where EEV is.
    pub stochastic_solution: Option<f64>,
}

impl TwoStage {
    /// The value of information and of the stochastic solution, given the plan made for the mean scenario.
    ///
    /// # Errors
    /// No decision meets all rows, a scenario without plan or bound, a limit or a failure.
    pub fn information(&self, mean_plan: &[f64], options: &SolveOptions) -> Result<Information, StochasticError> {
        let weights: Vec<f64> = self.scenarios.iter().map(|scenario| self.probability(scenario)).collect();
        let mean = |costs: &[f64]| -> f64 { costs.iter().zip(&weights).map(|(cost, weight)| cost * weight).sum() };
        let wait_and_see = mean(&self.own_optima(options)?);
        let here_and_now = self.face(Criterion::Expected, options)?.objective;
        let costs: Option<Vec<f64>> = self.costs(mean_plan, options)?.into_iter().collect();
        let expected_of_mean_plan = costs.map(|costs| mean(&costs));
        Ok(Information {
            wait_and_see,
            here_and_now,
            expected_of_mean_plan,
            perfect_information: here_and_now - wait_and_see,
            stochastic_solution: expected_of_mean_plan.map(|expected| expected - here_and_now),
        })
    }
}
