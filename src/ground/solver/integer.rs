//! Small integer programs, for rounding where greedy steps do not reach a plan.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use good_lp::solvers::highs::highs as with_highs;
use good_lp::{Expression, ProblemVariables, SolverModel, Variable, constraint, variable};
use highs::{HighsModelStatus, HighsSolutionStatus, Model, SolvedModel};

use crate::solver::engine::heed;

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

/// What an integer program came to.
#[derive(Debug, Clone, PartialEq)]
pub enum IntegerEnd {
    /// A point within every row, the best one found.
    Found(Vec<f64>),
    /// No point exists.
    Infeasible,
    /// None was found within the limits.
    Open,
}

/// So many nodes at most: a limit that, unlike time, gives the same answer on every machine, however busy.
const NODES: usize = 3_000;
/// So many numbers of rows in all nodes together, as a node of a large program takes longer than one of a small one.
const NUMBERS: usize = 6_000_000;
/// A point this near to the best possible is good enough.
const NEAR: f64 = 1e-3;

/// When an integer program is given up.
#[derive(Debug, Clone, Copy)]
pub struct Patience<'a> {
    /// After so many seconds, where the user sets a limit: what is found then depends on the machine.
    pub seconds: Option<f64>,
    /// As soon as someone asks.
    pub interrupt: Option<&'a Arc<AtomicBool>>,
}

impl Patience<'_> {
    /// Whether someone asked.
    pub fn is_over(&self) -> bool {
        self.interrupt.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }
}

/// Minimises the cost, within a number of nodes and a patience.
pub fn minimise(columns: &[IntegerColumn], rows: &[IntegerRow], patience: Patience<'_>) -> IntegerEnd {
    let numbers = columns.len() + rows.iter().map(|row| row.terms.len()).sum::<usize>();
    let nodes = (NUMBERS / numbers.max(1)).clamp(1, NODES);
    match solved(columns, rows, patience, &|model| {
        model.set_option("mip_rel_gap", NEAR);
        model.set_option("mip_max_nodes", i32::try_from(nodes).unwrap_or(i32::MAX));
    }) {
        Some(solved) => end(&solved),
        None => IntegerEnd::Open,
    }
}

/// What the search for a whole number came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    /// How it ended.
    pub end: IntegerEnd,
    /// No point costs less; −∞ where nothing is known.
    pub at_least: f64,
}

/// As [`minimise`] where every cost of a point is a whole number: with so many nodes at most, to the last one, and with what was
/// proved until then.
pub fn count(columns: &[IntegerColumn], rows: &[IntegerRow], nodes: i32, patience: Patience<'_>) -> Counted {
    let open = Counted { end: IntegerEnd::Open, at_least: f64::NEG_INFINITY };
    let Some(solved) = solved(columns, rows, patience, &|model| {
        model.set_option("mip_rel_gap", 0.0);
        // Whole numbers less than one apart are the same.
        model.set_option("mip_abs_gap", 0.999);
        // A switch a millionth open would let a large payment through uncounted.
        model.set_option("mip_feasibility_tolerance", 1e-9);
        model.set_option("mip_max_nodes", nodes);
    }) else {
        return open;
    };
    let bound = solved.double_info_value(c"mip_dual_bound").unwrap_or(f64::NEG_INFINITY);
    let end = end(&solved);
    let at_least = match end {
        IntegerEnd::Infeasible => f64::INFINITY,
        _ if bound.is_finite() => (bound - 1e-6).ceil(),
        _ => f64::NEG_INFINITY,
    };
    Counted { end, at_least }
}

fn end(solved: &SolvedModel) -> IntegerEnd {
    match (solved.primal_solution_status(), solved.status()) {
        // Columns were added in order, so that their values come in order.
        (HighsSolutionStatus::Feasible, _) => IntegerEnd::Found(solved.get_solution().columns().to_vec()),
        (_, HighsModelStatus::Infeasible) => IntegerEnd::Infeasible,
        _ => IntegerEnd::Open,
    }
}

/// Runs HiGHS with options of its own; `None` where it refuses the program.
fn solved(
    columns: &[IntegerColumn],
    rows: &[IntegerRow],
    patience: Patience<'_>,
    options: &dyn Fn(&mut Model),
) -> Option<SolvedModel> {
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
    let mut problem = variables.minimise(objective).using(with_highs);
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
    let mut model = problem.try_into_inner().ok()?;
    model.make_quiet();
    model.set_option("threads", 1);
    model.set_option("parallel", "off");
    if let Some(seconds) = patience.seconds {
        model.set_option("time_limit", seconds);
    }
    options(&mut model);
    if let Some(flag) = patience.interrupt {
        // SAFETY: the flag is borrowed for longer than the model lives.
        unsafe { heed(model.as_mut_ptr(), flag) };
    }
    model.try_solve().ok()
}
