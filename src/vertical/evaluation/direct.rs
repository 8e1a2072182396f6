//! The plain evaluator: the changed model is bound, solved, proved and settled from the beginning.

use crate::evaluation::{Benchmarks, Draw, Evaluator};
use crate::finding::Findings;
use crate::run::{self, Prepared, RunError};
use crate::scenario::Change;
use crate::solver::SolveOptions;

/// Solves every scenario as `allocate --set` would.
#[derive(Debug, Clone)]
pub struct Direct<'a> {
    prepared: &'a Prepared,
    options: SolveOptions,
}

impl<'a> Direct<'a> {
    /// An evaluator of one model.
    pub fn new(prepared: &'a Prepared, options: SolveOptions) -> Self {
        Self { prepared, options }
    }
}

impl Evaluator for Direct<'_> {
    fn evaluate(&mut self, changes: &[Change]) -> Draw {
        let changed = match run::changed(self.prepared, changes) {
            Ok(changed) => changed,
            Err(findings) => return failed(&findings),
        };
        match run::solve(changed, &self.options, false) {
            Ok(solved) => {
                let problem = &solved.prepared.problem;
                let stages = solved.plan.stages.iter().filter(|stage| !stage.kind.starts_with("tie_break"));
                let stages = stages.map(|stage| stage.value).collect();
                let answer = Benchmarks::of(problem).answer(&problem.frame, &solved.settled.amounts, stages);
                Draw::Solved(Box::new(answer))
            }
            Err(RunError::Infeasible(_)) => Draw::Infeasible,
            Err(RunError::Limit(_, _)) => Draw::Limit,
            Err(RunError::Findings(findings)) => failed(&findings),
            Err(RunError::Unroundable(finding, _) | RunError::Failed(finding)) => failed(&finding.into()),
        }
    }
}

fn failed(Findings(findings): &Findings) -> Draw {
    Draw::Failed(findings.first().map_or("", |finding| finding.code()).to_owned())
}

/// Kinds of the stages that every answer has a value of, in order.
pub fn stage_kinds(prepared: &Prepared) -> Vec<&'static str> {
    let problem = &prepared.problem;
    let soft = |index: usize| problem.rules.get(index).is_some_and(|rule| rule.penalty.is_some());
    let requirements = problem.requirements().unwrap_or_default();
    let has_soft = requirements.iter().any(|found| match found.member {
        crate::rules::Member::Rule(index) => soft(index),
        crate::rules::Member::Fund(_) => false,
    });
    let missed = crate::program::Stage::MinMissed;
    let first = (has_soft && !problem.stages.contains(&missed)).then_some(missed.kind());
    let placed = problem.stages.iter().filter(|stage| has_soft || **stage != missed).map(crate::program::Stage::kind);
    first.into_iter().chain(placed).collect()
}
