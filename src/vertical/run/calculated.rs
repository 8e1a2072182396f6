//! The plan without anything set by hand: what an override that is written as a change follows, and what all are compared with.

use std::sync::Arc;

use crate::allocation::Effort;
use crate::policy::Problem;
use crate::policy::Touched;
use crate::program::{Stages, Start};
use crate::rules::fixed::Fixed;
use crate::rules::{Member, Rule, RuleKind};
use crate::run::{Demands, Prepared, RunError, assemble, demands_beside, optimise, request, settle_problem};
use crate::solver::{SolveOptions, Watch};
use crate::units::Money;

/// What such a plan pays, one for each amount of the frame.
pub type Calculated = Arc<Vec<Money>>;

/// Whether any amount follows from the calculated plan and is not known yet.
pub fn is_open(problem: &Problem) -> bool {
    problem.rules.iter().any(|rule| matches!(&rule.kind, RuleKind::Fixed(fixed) if fixed.is_open()))
}

/// Whether any amount follows from the calculated plan.
pub fn is_relative(problem: &Problem) -> bool {
    problem.rules.iter().any(|rule| matches!(&rule.kind, RuleKind::Fixed(fixed) if fixed.is_relative()))
}

/// The problem and its demands without what is set by hand.
fn bare(problem: &Problem, demands: &Demands) -> (Problem, Demands) {
    let count = problem.calculating();
    let stays = |member: Member| match member {
        Member::Fund(_) => true,
        Member::Rule(at) => at < count,
    };
    let mut bare = problem.clone();
    bare.rules.truncate(count);
    bare.frame.by_hand = Arc::default();
    let demands = demands.iter().filter(|demand| stays(demand.requirement.member)).cloned().collect();
    (bare, Arc::new(demands))
}

/// Exact amounts without anything set by hand; `None` where no plan exists.
///
/// # Errors
/// A limit, a failure, or no exact amounts at the rounding unit.
pub fn calculate(problem: &Problem, demands: &Demands, options: &SolveOptions) -> Result<Option<Calculated>, RunError> {
    let (problem, demands) = bare(problem, demands);
    let quiet = SolveOptions { watch: Watch::default(), ..options.clone() };
    let program = assemble(&problem, &demands)?;
    let Some(plan) = optimise(&program, &Stages { start: Start::Cold, ..request(&problem) }, &quiet)? else {
        return Ok(None);
    };
    let settled = settle_problem((&problem, &demands), &plan.amounts, (Effort::Thorough, &quiet))?;
    Ok(Some(Arc::new(settled.amounts)))
}

/// The problem in which every amount that follows from the calculated plan is known.
///
/// # Errors
/// As [`calculate`].
pub fn closed(problem: Problem, demands: &Demands, calculated: &Calculated) -> Result<(Problem, Demands), RunError> {
    let mut problem = problem;
    let mut touched = Touched::default();
    for position in 0..problem.rules.len() {
        let Some(rule) = problem.rules.get(position) else { continue };
        if let RuleKind::Fixed(fixed) = &rule.kind
            && fixed.is_open()
        {
            let known = fixed.of.sum(&problem.frame, calculated);
            let kind = RuleKind::Fixed(Fixed { calculated: Some(known), ..fixed.clone() });
            let rule = Arc::new(Rule { kind, ..Rule::clone(rule) });
            if let Some(place) = problem.rules.get_mut(position) {
                *place = rule;
            }
            touched.rules.insert(position);
        }
    }
    let demands = demands_beside(demands, &problem, &touched)?;
    Ok((problem, demands))
}

/// A prepared model in which every amount that is set by hand is known.
///
/// # Errors
/// The model without them has no plan, or what else ends a run.
pub fn resolved(prepared: &Prepared, options: &SolveOptions) -> Result<Prepared, RunError> {
    if !is_open(&prepared.problem) {
        return Ok(prepared.clone());
    }
    let Some(calculated) = calculate(&prepared.problem, &prepared.demands, options)? else {
        let (problem, demands) = bare(&prepared.problem, &prepared.demands);
        return Err(RunError::Infeasible(prepared.with_problem(problem, demands, None)));
    };
    let (problem, demands) = closed(prepared.problem.clone(), &prepared.demands, &calculated)?;
    options.watch.ended("calculated");
    Ok(prepared.with_problem(problem, demands, Some(calculated)))
}

/// What the plan without anything set by hand pays; `None` where nothing is set by hand, or no such plan exists.
///
/// # Errors
/// A limit or a failure.
pub fn beside(prepared: &Prepared, options: &SolveOptions) -> Result<Option<Calculated>, RunError> {
    if prepared.problem.calculating() == prepared.problem.rules.len() {
        return Ok(None);
    }
    if let Some(known) = &prepared.calculated {
        return Ok(Some(Arc::clone(known)));
    }
    match calculate(&prepared.problem, &prepared.demands, options) {
        Err(RunError::Unroundable(..)) => Ok(None),
        other => other,
    }
}
