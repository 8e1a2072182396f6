//! Programs built from the blocks: one scenario alone, and all scenarios side by side.

use crate::lp::{ColumnId, LinearProgram, Row};
use crate::solver::stochastic::{Scenario, StochasticError, TwoStage};
use crate::solver::{Outcome, Session, SolveOptions};

/// Smallest coefficient that the scaling of costs may leave.
const LEAST: f64 = 1e-8;

/// All scenarios side by side, with one free column a scenario that holds its cost.
pub(super) struct Extensive {
    /// Costs all zero.
    pub program: LinearProgram,
    /// Column of the (scaled) cost of each scenario; `None` at weight 0.
    pub values: Vec<Option<ColumnId>>,
}

impl TwoStage {
    /// Costs of all columns in one scenario: shared ones first, then its own.
    fn costs_of(&self, scenario: &Scenario) -> Vec<(ColumnId, f64)> {
        let mut costs: Vec<f64> = self.shared.columns().iter().map(|column| column.cost).collect();
        for (column, cost) in &scenario.costs {
            if let Some(entry) = costs.get_mut(column.0) {
                *entry += cost;
            }
        }
        costs.extend(scenario.columns.iter().map(|column| column.cost));
        costs.into_iter().enumerate().filter(|(_, cost)| *cost != 0.0).map(|(at, cost)| (ColumnId(at), cost)).collect()
    }

    /// A power of two that brings the largest cost near 1, unless that would bring the smallest below what a row can hold.
    pub(super) fn scale(&self) -> f64 {
        let (mut least, mut most) = (f64::INFINITY, 0.0_f64);
        for scenario in &self.scenarios {
            for (_, cost) in self.costs_of(scenario) {
                least = least.min(cost.abs());
                most = most.max(cost.abs());
            }
        }
        if most == 0.0 {
            return 1.0;
        }
        let scale = (-most.log2().floor()).exp2();
        if least * scale >= LEAST { scale } else { scale * (LEAST / (least * scale)).log2().ceil().exp2() }
    }

    /// One scenario alone: its optimum is that of one who knows what comes.
    ///
    /// # Errors
    /// A number that cannot stand in a linear program.
    pub fn alone(&self, scenario: &Scenario) -> Result<LinearProgram, StochasticError> {
        let mut program = self.shared.clone();
        program.clear_costs();
        self.append(&mut program, scenario, "")?;
        for (column, cost) in self.costs_of(scenario) {
            program.set_cost(column, cost)?;
        }
        Ok(program)
    }

    /// Adds the block of a scenario behind what stands there; costs zero. Returns the position of its first own column.
    fn append(&self, program: &mut LinearProgram, scenario: &Scenario, suffix: &str) -> Result<usize, StochasticError> {
        let (own, first) = (self.shared.columns().len(), program.columns().len());
        for column in &scenario.columns {
            program.add_column(format!("{}{suffix}", column.name), column.lower, column.upper, 0.0)?;
        }
        for row in &scenario.rows {
            let Row { name, lower, upper, terms } = row;
            let terms = terms.iter().map(|(column, a)| (moved(*column, own, first), *a)).collect();
            program.add_row(format!("{name}{suffix}"), *lower, *upper, terms)?;
        }
        Ok(first)
    }

    /// The deterministic equivalent: all scenarios side by side, the weighted mean of their costs minimised.
    ///
    /// Names of a scenario's columns and rows end in `@` and its number, from 1.
    ///
    /// # Errors
    /// A number that cannot stand in a linear program.
    pub fn deterministic_equivalent(&self) -> Result<LinearProgram, StochasticError> {
        let mut program = self.shared.clone();
        program.clear_costs();
        let mut sums = vec![0.0; program.columns().len()];
        for (index, scenario) in self.scenarios.iter().enumerate() {
            let own = self.shared.columns().len();
            let first = self.append(&mut program, scenario, &format!("@{}", index + 1))?;
            sums.resize(program.columns().len(), 0.0);
            for (column, cost) in self.costs_of(scenario) {
                if let Some(sum) = sums.get_mut(moved(column, own, first).0) {
                    *sum += self.probability(scenario) * cost;
                }
            }
        }
        for (column, cost) in sums.into_iter().enumerate() {
            program.set_cost(ColumnId(column), cost)?;
        }
        Ok(program)
    }

    /// All scenarios side by side; `value[k]` = scale · cost of scenario k.
    pub(super) fn extensive(&self, scale: f64) -> Result<Extensive, StochasticError> {
        let mut program = self.shared.clone();
        program.clear_costs();
        let mut values = Vec::with_capacity(self.scenarios.len());
        for (index, scenario) in self.scenarios.iter().enumerate() {
            let own = self.shared.columns().len();
            let first = self.append(&mut program, scenario, &format!("@{}", index + 1))?;
            if scenario.weight == 0.0 {
                values.push(None);
                continue;
            }
            let value = program.add_column(format!("value[{}]", index + 1), f64::NEG_INFINITY, f64::INFINITY, 0.0)?;
            let costs = self.costs_of(scenario).into_iter();
            let mut terms: Vec<(ColumnId, f64)> =
                costs.map(|(column, cost)| (moved(column, own, first), -scale * cost)).collect();
            terms.push((value, 1.0));
            program.add_row(format!("value.is[{}]", index + 1), 0.0, 0.0, terms)?;
            values.push(Some(value));
        }
        Ok(Extensive { program, values })
    }

    /// Solves each scenario alone, with the leading columns at `fixed` where given; also the scale of the objectives.
    ///
    /// Scenarios without a block of their own are re-solved hot. `holds` says that the fixed columns are known to obey all rows.
    pub(super) fn each_alone(
        &self,
        fixed: Option<&[f64]>,
        holds: bool,
        options: &SolveOptions,
    ) -> Result<(Vec<Outcome>, f64), StochasticError> {
        let mut shared = self.shared.clone();
        for (index, value) in fixed.unwrap_or_default().iter().take(self.decided).enumerate() {
            if let Some(column) = shared.columns().get(index) {
                // The solver may leave a hair beyond a bound.
                let value = value.max(column.lower).min(column.upper);
                shared.set_column_bounds(ColumnId(index), value, value);
            }
        }
        let fixed = Self { shared, ..self.clone() };
        let scale = fixed.scale();
        let mut hot: Option<Session> = None;
        let mut outcomes = Vec::with_capacity(self.scenarios.len());
        for scenario in &fixed.scenarios {
            let scaled = |costs: Vec<(ColumnId, f64)>| -> Vec<(ColumnId, f64)> {
                costs.into_iter().map(|(column, cost)| (column, cost * scale)).collect()
            };
            let costs = scaled(fixed.costs_of(scenario));
            let outcome = if scenario.columns.is_empty() && scenario.rows.is_empty() {
                let mut session = match hot.take() {
                    Some(session) => session,
                    None => open(fixed.shared.clone(), options)?,
                };
                session.set_costs(&costs)?;
                if holds {
                    session.keeps_a_plan();
                }
                let outcome = session.solve();
                hot = Some(session);
                outcome
            } else {
                let mut program = fixed.alone(scenario)?;
                program.clear_costs();
                let mut session = open(program, options)?;
                session.set_costs(&costs)?;
                if holds {
                    session.keeps_a_plan();
                }
                session.solve()
            };
            outcomes.push(outcome);
        }
        Ok((outcomes, scale))
    }
}

/// Opens a program with the method fit for its size.
pub(super) fn open(program: LinearProgram, options: &SolveOptions) -> Result<Session, StochasticError> {
    let options = options.for_size(program.columns().len(), program.rows().len());
    Ok(Session::open(program, &options)?)
}

/// Place of a scenario's column: shared ones stay, own ones stand behind `first`.
fn moved(column: ColumnId, own: usize, first: usize) -> ColumnId {
    if column.0 < own { column } else { ColumnId(column.0 - own + first) }
}
