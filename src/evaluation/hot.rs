//! The fast evaluator: certified plans before rounding, from a live solver on a compiled model.

use crate::compiled::{Compiled, ScenarioEnd, Worker};
use crate::dataset::indicator;
use crate::evaluation::{Benchmarks, Direct, Draw, Evaluator};
use crate::finding::Findings;
use crate::scenario::Change;
use crate::solver::SolveOptions;

/// Whether scenarios are rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// Amounts of the certified plan, to the nearest 分.
    Plan,
    /// Amounts rounded to the model's unit under every hard rule, as `allocate` does.
    Exact,
}

impl Precision {
    /// The word of it in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Exact => "exact",
        }
    }
}

/// Solves scenarios to the certified plan.
#[derive(Debug)]
pub struct Hot<'a> {
    worker: Worker<'a>,
    benchmarks: Benchmarks,
}

/// The evaluator for a precision.
#[derive(Debug)]
pub enum Chosen<'a> {
    /// Certified plans.
    Hot(Box<Hot<'a>>),
    /// Rounded amounts.
    Direct(Direct<'a>),
}

impl<'a> Chosen<'a> {
    /// An evaluator of a compiled model. Standards for the money of one fund need rounded amounts.
    pub fn new(compiled: &'a Compiled, precision: Precision, options: &SolveOptions) -> Self {
        let benchmarks = Benchmarks::of(&compiled.base().problem);
        if precision == Precision::Exact || !benchmarks.by_cells() {
            return Self::Direct(Direct::new(compiled.base(), options.clone()));
        }
        Self::Hot(Box::new(Hot { worker: compiled.worker(options), benchmarks }))
    }
}

impl Evaluator for Chosen<'_> {
    fn evaluate(&mut self, changes: &[Change]) -> Draw {
        match self {
            Self::Hot(hot) => hot.evaluate(changes),
            Self::Direct(direct) => direct.evaluate(changes),
        }
    }
}

impl Evaluator for Hot<'_> {
    fn evaluate(&mut self, changes: &[Change]) -> Draw {
        match self.worker.solve(changes) {
            ScenarioEnd::Solved(plan, problem) => {
                let stages = plan.values.iter().map(|(_, value)| *value).collect();
                let own = changes.iter().any(moves_benchmarks).then(|| Benchmarks::of(&problem));
                let benchmarks = own.as_ref().unwrap_or(&self.benchmarks);
                Draw::Solved(Box::new(benchmarks.answer_plan(&problem.frame, &plan.cells, stages)))
            }
            ScenarioEnd::Infeasible => Draw::Infeasible,
            ScenarioEnd::Limit(_) => Draw::Limit,
            ScenarioEnd::Wrong(Findings(findings)) => {
                Draw::Failed(findings.first().map_or("", |finding| finding.code()).to_owned())
            }
            ScenarioEnd::Failed(finding) => Draw::Failed(finding.code().to_owned()),
        }
    }
}

/// Whether a change may move last year's amounts or a unit standard.
fn moves_benchmarks(change: &Change) -> bool {
    match change.indicator() {
        Some(name) => [indicator::LAST_YEAR, indicator::EXTENT, indicator::POPULATION].contains(&name),
        None => change.path.starts_with("rule"),
    }
}
