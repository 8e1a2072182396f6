//! Small integer programs, for rounding where greedy steps do not reach a plan.

use good_lp::solvers::highs::{HighsParallelType, highs};
use good_lp::{Expression, ProblemVariables, Solution, SolutionStatus, SolverModel, Variable, constraint, variable};

/// One variable of an integer program.
#[derive(Debug, Clone, Copy)]
pub struct IntegerColumn {
    /// Least value.
    pub lower: f64,
    /// Largest value.
    pub upper: f64,
    /// Cost per unit.
    pub cost: f64,
    /// Whether it takes whole values only.
    pub whole: bool,
}

/// One restriction `lower ≤ Σ coefficient · column ≤ upper`.
#[derive(Debug, Clone)]
pub struct IntegerRow {
    /// Least activity, or −∞.
    pub lower: f64,
    /// Largest activity, or +∞.
    pub upper: f64,
    /// Column positions and coefficients.
    pub terms: Vec<(usize, f64)>,
}

/// Minimises the cost; `None` where no point exists or the time (seconds) is up without one.
pub fn minimise(columns: &[IntegerColumn], rows: &[IntegerRow], seconds: f64) -> Option<Vec<f64>> {
    let mut variables = ProblemVariables::new();
    let handles: Vec<Variable> = columns
        .iter()
        .map(|column| {
            let definition = variable().min(column.lower).max(column.upper);
            variables.add(if column.whole { definition.integer() } else { definition })
        })
        .collect();
    let mut objective = Expression::with_capacity(columns.len());
    for (column, handle) in columns.iter().zip(&handles) {
        if column.cost != 0.0 {
            objective.add_mul(column.cost, *handle);
        }
    }
    let mut problem = variables
        .minimise(objective)
        .using(highs)
        .set_threads(1)
        .set_parallel(HighsParallelType::Off)
        .set_option("output_flag", false)
        .set_option("mip_rel_gap", 1e-9)
        .set_time_limit(seconds);
    for row in rows {
        let mut activity = Expression::with_capacity(row.terms.len());
        for (column, coefficient) in &row.terms {
            if let Some(handle) = handles.get(*column) {
                activity.add_mul(*coefficient, *handle);
            }
        }
        if row.lower == row.upper {
            problem.add_constraint(constraint::eq(activity, row.lower));
            continue;
        }
        if row.upper.is_finite() {
            problem.add_constraint(constraint::leq(activity.clone(), row.upper));
        }
        if row.lower.is_finite() {
            problem.add_constraint(constraint::geq(activity, row.lower));
        }
    }
    let solution = problem.solve().ok()?;
    matches!(solution.status(), SolutionStatus::Optimal | SolutionStatus::GapLimit)
        .then(|| handles.iter().map(|handle| solution.value(*handle)).collect())
}
