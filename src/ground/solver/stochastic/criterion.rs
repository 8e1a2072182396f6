//! What makes a decision best: its mean, its worst case, its regret, or the mean of its worst tail.

use crate::lp::{Column, ColumnId, LinearProgram};
use crate::solver::stochastic::extensive::{Extensive, open};
use crate::solver::stochastic::{StochasticError, TwoStage, protect_objective, proved};
use crate::solver::{Certificate, Outcome, SolveOptions, restrict};

/// What is minimised over the costs of the scenarios.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Criterion {
    /// The weighted mean.
    Expected,
    /// The largest cost of any scenario (max-min of benefits).
    WorstCase,
    /// The largest distance to the scenario's own optimum (Savage 1951), or that distance over the size of the optimum.
    Regret {
        /// Relative to the size of the own optimum.
        relative: bool,
    },
    /// Conditional value-at-risk: the mean of the worst 1 − α of the weight (Rockafellar & Uryasev 2000).
    ConditionalValueAtRisk {
        /// Level of confidence, 0…1: 0 is the mean, 1 the worst case.
        alpha: f64,
    },
}

/// A decision that is best by a criterion.
#[derive(Debug, Clone)]
pub struct Decision {
    /// Values of the columns decided before the scenario is known.
    pub plan: Vec<f64>,
    /// The criterion's optimum: a cost, or a regret.
    pub objective: f64,
    /// Cost of each scenario under the plan, its recourse at its best.
    pub costs: Vec<f64>,
    /// Proof of the criterion's optimum.
    pub certificate: Certificate,
}

/// All plans that are best by a criterion.
#[derive(Debug, Clone)]
pub struct Face {
    /// The program with bounds and rows narrowed so that every feasible point is a best plan; shared columns come first.
    pub program: LinearProgram,
    /// One of them: values of the columns decided before the scenario is known.
    pub plan: Vec<f64>,
    /// The criterion's optimum: a cost, or a regret.
    pub objective: f64,
    /// Proof of the criterion's optimum.
    pub certificate: Certificate,
}

impl TwoStage {
    /// The optimum of every scenario for one who knows what comes (wait and see), in order.
    ///
    /// # Errors
    /// A scenario without plan or bound, a limit, or a failure of the solver.
    pub fn own_optima(&self, options: &SolveOptions) -> Result<Vec<f64>, StochasticError> {
        let (outcomes, scale) = self.each_alone(None, false, options)?;
        let optimum = |(outcome, scenario): (Outcome, &super::Scenario)| {
            let found = proved(outcome, StochasticError::ScenarioInfeasible(scenario.name.clone()))?;
            Ok(found.objective() / scale)
        };
        outcomes.into_iter().zip(&self.scenarios).map(optimum).collect()
    }

    /// The plan of the scenario at a position for one who knows that it comes: leading columns.
    ///
    /// # Errors
    /// See [`TwoStage::own_optima`]; an unknown position is [`StochasticError::Infeasible`].
    pub fn own_plan(&self, position: usize, options: &SolveOptions) -> Result<Vec<f64>, StochasticError> {
        let scenario = self.scenarios.get(position).ok_or(StochasticError::Infeasible)?;
        let single = self.with_scenarios(vec![super::Scenario { weight: 1.0, ..scenario.clone() }])?;
        let outcome = single.each_alone(None, false, options)?.0.into_iter().next();
        let optimum =
            proved(outcome.unwrap_or(Outcome::Infeasible), StochasticError::ScenarioInfeasible(scenario.name.clone()))?;
        Ok(optimum.columns().iter().take(self.decided).copied().collect())
    }

    /// Cost of each scenario under a given plan, its recourse at its best; `None` where the plan breaks the scenario's rows.
    ///
    /// # Errors
    /// A scenario without bound, a limit, or a failure of the solver.
    pub fn costs(&self, plan: &[f64], options: &SolveOptions) -> Result<Vec<Option<f64>>, StochasticError> {
        self.costs_of_plan(plan, false, options)
    }

    fn costs_of_plan(
        &self,
        plan: &[f64],
        holds: bool,
        options: &SolveOptions,
    ) -> Result<Vec<Option<f64>>, StochasticError> {
        let (outcomes, scale) = self.each_alone(Some(plan), holds, options)?;
        let cost = |outcome| match outcome {
            Outcome::Infeasible => Ok(None),
            other => proved(other, StochasticError::Infeasible).map(|optimum| Some(optimum.objective() / scale)),
        };
        outcomes.into_iter().map(cost).collect()
    }

    /// The decision that is best by a criterion; among equals one of the best weighted mean.
    ///
    /// The second step makes it efficient: no other plan of the same guarantee is better in the mean (Iancu & Trichakis 2014).
    ///
    /// # Errors
    /// No decision meets all rows, a scenario without plan, a parameter outside its range, a limit or a failure.
    pub fn decide(&self, criterion: Criterion, options: &SolveOptions) -> Result<Decision, StochasticError> {
        let Face { plan, objective, certificate, .. } = self.face(criterion, options)?;
        let costs: Option<Vec<f64>> = self.costs_of_plan(&plan, true, options)?.into_iter().collect();
        let costs = costs.ok_or_else(|| StochasticError::Failed("the plan does not hold in a scenario".to_owned()))?;
        Ok(Decision { plan, objective, costs, certificate })
    }

    /// The best plans by a criterion, as a program narrowed to them.
    ///
    /// # Errors
    /// See [`TwoStage::decide`].
    pub fn face(&self, criterion: Criterion, options: &SolveOptions) -> Result<Face, StochasticError> {
        let scale = self.scale();
        let (program, unscale, mean) = match criterion {
            Criterion::Expected => {
                let mut program = self.deterministic_equivalent()?;
                rescale(&mut program, scale)?;
                (program, scale, None)
            }
            _ => {
                let Extensive { mut program, values } = self.extensive(scale)?;
                let mean = self.mean_of(&values);
                let relative = self.add_criterion(&mut program, &values, criterion, scale, options)?;
                (program, if relative { 1.0 } else { scale }, Some(mean))
            }
        };
        self.narrowed(program, unscale, mean.as_deref(), options)
    }

    /// The plans of least weighted mean where the cost of a column may rise by `deviation` per unit of it, for at most `gamma`
    /// of the columns given (Bertsimas & Sim 2004).
    ///
    /// # Errors
    /// See [`TwoStage::decide`] and [`protect_objective`].
    pub fn budgeted(
        &self,
        deviations: &[(ColumnId, f64)],
        gamma: f64,
        options: &SolveOptions,
    ) -> Result<Face, StochasticError> {
        let scale = self.scale();
        let mut program = self.deterministic_equivalent()?;
        rescale(&mut program, scale)?;
        let mean: Vec<(ColumnId, f64)> =
            program.columns().iter().enumerate().map(|(at, column)| (ColumnId(at), column.cost)).collect();
        let deviations: Vec<(ColumnId, f64)> = deviations.iter().map(|(column, d)| (*column, d * scale)).collect();
        let program = protect_objective(&program, &deviations, gamma)?;
        self.narrowed(program, scale, Some(&mean), options)
    }

    /// Solves a program, narrows it to its optima, and those to the ones of the best mean.
    fn narrowed(
        &self,
        program: LinearProgram,
        unscale: f64,
        mean: Option<&[(ColumnId, f64)]>,
        options: &SolveOptions,
    ) -> Result<Face, StochasticError> {
        let mut session = open(program, options)?;
        let first = proved(session.solve(), StochasticError::Infeasible)?;
        let (objective, certificate) = (first.objective() / unscale, first.certificate());
        restrict(&mut session, &first)?;
        session.keeps_a_plan();
        let mut best = first;
        if let Some(mean) = mean {
            session.set_costs(mean)?;
            // The first optimum stands on its own; where numbers forbid a second step the choice is the solver's.
            if let Outcome::Optimal(second) = session.solve() {
                restrict(&mut session, &second)?;
                best = second;
            }
        }
        let plan = best.columns().iter().take(self.decided).copied().collect();
        Ok(Face { program: session.program().clone(), plan, objective, certificate })
    }

    fn mean_of(&self, values: &[Option<ColumnId>]) -> Vec<(ColumnId, f64)> {
        let pairs = values.iter().zip(&self.scenarios);
        pairs.filter_map(|(value, scenario)| Some(((*value)?, self.probability(scenario)))).collect()
    }

    /// Adds the columns and rows of a criterion and its costs; whether the optimum is a ratio.
    fn add_criterion(
        &self,
        program: &mut LinearProgram,
        values: &[Option<ColumnId>],
        criterion: Criterion,
        scale: f64,
        options: &SolveOptions,
    ) -> Result<bool, StochasticError> {
        let free = (f64::NEG_INFINITY, f64::INFINITY);
        match criterion {
            Criterion::Expected => {
                for (column, weight) in self.mean_of(values) {
                    program.set_cost(column, weight)?;
                }
                Ok(false)
            }
            Criterion::ConditionalValueAtRisk { alpha } if !(0.0..=1.0).contains(&alpha) => {
                Err(StochasticError::Alpha(alpha))
            }
            Criterion::ConditionalValueAtRisk { alpha } if alpha < 1.0 => {
                let threshold = program.add_column("value_at_risk".to_owned(), free.0, free.1, 1.0)?;
                for (value, weight) in self.mean_of(values) {
                    let name = format!("tail[{}]", value.0);
                    let above = program.add_column(name.clone(), 0.0, f64::INFINITY, weight / (1.0 - alpha))?;
                    let terms = vec![(above, 1.0), (value, -1.0), (threshold, 1.0)];
                    program.add_row(name, 0.0, f64::INFINITY, terms)?;
                }
                Ok(false)
            }
            Criterion::WorstCase | Criterion::ConditionalValueAtRisk { .. } => {
                let zeros = vec![0.0; values.len()];
                let ones = vec![1.0; values.len()];
                add_largest(program, values, &zeros, &ones)?;
                Ok(false)
            }
            Criterion::Regret { relative } => {
                let own: Vec<f64> = self.own_optima(options)?.into_iter().map(|own| own * scale).collect();
                let mut sizes = vec![1.0; own.len()];
                if relative {
                    for ((size, own), scenario) in sizes.iter_mut().zip(&own).zip(&self.scenarios) {
                        if own.abs() <= 1e-9 && scenario.weight > 0.0 {
                            return Err(StochasticError::ZeroOptimum(scenario.name.clone()));
                        }
                        *size = own.abs();
                    }
                }
                add_largest(program, values, &own, &sizes)?;
                Ok(relative)
            }
        }
    }
}

/// `size · largest − value ≥ −offset` for every scenario; the largest is the only cost.
fn add_largest(
    program: &mut LinearProgram,
    values: &[Option<ColumnId>],
    offsets: &[f64],
    sizes: &[f64],
) -> Result<(), StochasticError> {
    let largest = program.add_column("largest".to_owned(), f64::NEG_INFINITY, f64::INFINITY, 1.0)?;
    for ((value, offset), size) in values.iter().zip(offsets).zip(sizes) {
        let Some(value) = value else { continue };
        let terms = vec![(largest, *size), (*value, -1.0)];
        program.add_row(format!("largest[{}]", value.0), -offset, f64::INFINITY, terms)?;
    }
    Ok(())
}

/// Multiplies every cost.
fn rescale(program: &mut LinearProgram, scale: f64) -> Result<(), StochasticError> {
    let costs: Vec<f64> = program.columns().iter().map(|column: &Column| column.cost * scale).collect();
    for (column, cost) in costs.into_iter().enumerate() {
        program.set_cost(ColumnId(column), cost)?;
    }
    Ok(())
}
