//! Two stages from complete programs: one linear program a scenario, the leading columns being decided beforehand.

use crate::lp::{ColumnId, LinearProgram, Row};
use crate::solver::stochastic::{Scenario, StochasticError, TwoStage};

impl TwoStage {
    /// One complete program a scenario: (name, weight, program). Their first `decided` columns are one decision.
    ///
    /// # Errors
    /// Fewer columns than are decided, or bad weights.
    pub fn of_programs(decided: usize, programs: &[(String, f64, LinearProgram)]) -> Result<Self, StochasticError> {
        let mut shared = LinearProgram::new();
        if let Some((_, _, first)) = programs.first() {
            for column in first.columns().iter().take(decided) {
                shared.add_column(column.name.clone(), f64::NEG_INFINITY, f64::INFINITY, 0.0)?;
            }
        }
        for (index, column) in shared.clone().columns().iter().enumerate() {
            let bounds = programs.iter().map(|(_, _, program)| program.columns().get(index));
            let (mut lower, mut upper) = (f64::NEG_INFINITY, f64::INFINITY);
            for bound in bounds {
                let bound = bound.ok_or_else(|| StochasticError::Shape(column.name.clone()))?;
                (lower, upper) = (lower.max(bound.lower), upper.min(bound.upper));
            }
            // Bounds that differ hold each in its scenario, by rows; what crosses is for the solver to find.
            let same = programs.iter().all(|(_, _, program)| {
                program.columns().get(index).is_some_and(|one| (one.lower, one.upper) == (lower, upper))
            });
            if same {
                shared.set_column_bounds(ColumnId(index), lower, upper);
            }
        }
        let is_shared = |row: &Row| {
            row.terms.iter().all(|(column, _)| column.0 < decided)
                && programs.iter().all(|(_, _, program)| program.rows().contains(row))
        };
        let common: Vec<Row> = programs
            .first()
            .map(|(_, _, first)| first.rows().iter().filter(|row| is_shared(row)).cloned().collect())
            .unwrap_or_default();
        for row in &common {
            shared.add_row(row.name.clone(), row.lower, row.upper, row.terms.clone())?;
        }
        let scenarios = programs.iter().map(|(name, weight, program)| {
            let mut scenario = Scenario { name: name.clone(), weight: *weight, ..Scenario::default() };
            scenario.columns = program.columns().iter().skip(decided).cloned().collect();
            scenario.rows = program.rows().iter().filter(|row| !common.contains(row)).cloned().collect();
            for (index, column) in program.columns().iter().take(decided).enumerate() {
                scenario.costs.push((ColumnId(index), column.cost));
                let (lower, upper) = (column.lower, column.upper);
                if shared.columns().get(index).is_some_and(|known| (known.lower, known.upper) != (lower, upper)) {
                    let name = format!("bound[{}]", column.name);
                    scenario.rows.push(Row { name, lower, upper, terms: vec![(ColumnId(index), 1.0)] });
                }
            }
            scenario
        });
        let scenarios = scenarios.collect();
        Self::new(decided, shared, scenarios)
    }
}

/// The mean scenario: every cost, bound, side and coefficient the weighted mean of those of the scenarios.
///
/// # Errors
/// Programs of different shape, a bound that only some of them have, or bad weights.
pub fn mean_program(programs: &[(String, f64, LinearProgram)]) -> Result<LinearProgram, StochasticError> {
    let total: f64 = programs.iter().map(|(_, weight, _)| weight).sum();
    if !(total.is_finite() && total > 0.0 && programs.iter().all(|(_, weight, _)| *weight >= 0.0)) {
        return Err(StochasticError::Weights);
    }
    let counted: Vec<(f64, &LinearProgram)> = programs
        .iter()
        .filter(|(_, weight, _)| *weight > 0.0)
        .map(|(_, weight, program)| (weight / total, program))
        .collect();
    let mut mean = LinearProgram::new();
    let Some((_, first)) = counted.first() else { return Err(StochasticError::Weights) };
    let shape = |name: &str| StochasticError::Shape(name.to_owned());
    for (_, program) in &counted {
        if (program.columns().len(), program.rows().len()) != (first.columns().len(), first.rows().len()) {
            return Err(shape("columns"));
        }
    }
    for (index, column) in first.columns().iter().enumerate() {
        let of = |pick: &dyn Fn(&crate::lp::Column) -> f64| {
            weighted(
                counted.iter().filter_map(|(weight, program)| Some((*weight, pick(program.columns().get(index)?)))),
            )
        };
        let (lower, upper) = (of(&|one| one.lower), of(&|one| one.upper));
        let (Some(lower), Some(upper), Some(cost)) = (lower, upper, of(&|one| one.cost)) else {
            return Err(shape(&column.name));
        };
        mean.add_column(column.name.clone(), lower, upper, cost)?;
    }
    for (index, row) in first.rows().iter().enumerate() {
        let rows: Vec<(f64, &Row)> =
            counted.iter().filter_map(|(weight, program)| Some((*weight, program.rows().get(index)?))).collect();
        let lower = weighted(rows.iter().map(|(weight, one)| (*weight, one.lower)));
        let upper = weighted(rows.iter().map(|(weight, one)| (*weight, one.upper)));
        let (Some(lower), Some(upper)) = (lower, upper) else { return Err(shape(&row.name)) };
        let terms =
            rows.iter().flat_map(|(weight, one)| one.terms.iter().map(move |(column, a)| (*column, weight * a)));
        mean.add_row(row.name.clone(), lower, upper, terms.collect())?;
    }
    Ok(mean)
}

/// Weighted sum; infinite where all are the same infinity, `None` where only some are infinite.
fn weighted(values: impl Iterator<Item = (f64, f64)> + Clone) -> Option<f64> {
    let infinite = values.clone().filter(|(_, value)| value.is_infinite()).count();
    let first = values.clone().next()?.1;
    if infinite == 0 {
        Some(values.map(|(weight, value)| weight * value).sum())
    } else {
        values.clone().all(|(_, value)| value == first).then_some(first)
    }
}
