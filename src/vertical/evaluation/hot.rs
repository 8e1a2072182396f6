//! The fast evaluator: certified plans before rounding, from a live solver on a compiled model.

use crate::compiled::{Compiled, ScenarioEnd, Worker};
use crate::dataset::indicator;
use crate::evaluation::{Benchmarks, Direct, Draw, Evaluator};
use crate::finding::Findings;
use crate::policy::Problem;
use crate::rules::RuleKind;
use crate::rules::unit_standard::UnitStandard;
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
                let moved = changes.iter().any(moves_figures) || !self.same_standards(&problem);
                let own = moved.then(|| Benchmarks::of(&problem));
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

impl Hot<'_> {
    fn same_standards(&self, problem: &Problem) -> bool {
        standards(problem).eq(standards(&self.worker.base().problem))
    }
}

fn standards(problem: &Problem) -> impl Iterator<Item = &UnitStandard> {
    problem.rules.iter().filter_map(|rule| match &rule.kind {
        RuleKind::UnitStandard(standard) => Some(standard),
        _ => None,
    })
}

/// Whether a change may move the figures behind last year's amounts or a standard.
fn moves_figures(change: &Change) -> bool {
    let figures = [indicator::LAST_YEAR, indicator::EXTENT, indicator::POPULATION];
    change.indicator().is_some_and(|name| figures.contains(&name))
}
