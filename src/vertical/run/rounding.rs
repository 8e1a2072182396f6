//! Rounding of a certified plan under the requirements of its problem.

use crate::allocation::rows::IntegerRow;
use crate::allocation::{Effort, SettleError, SettleRequest, Settled, settle};
use crate::lp::refused;
use crate::policy::Problem;
use crate::program::Numbers;
use crate::rules::{Member, Variable};
use crate::run::{Prepared, Proof, RunError};
use crate::solver::{Limit, SolveOptions};

/// Rounds certified amounts (万元) under the hard requirements of a problem, soft ones that they meet kept where rounding can;
/// the time limit is that of each integer program.
///
/// # Errors
/// No exact amounts exist, or were found, at the rounding unit.
pub fn settle_plan(
    prepared: &Prepared,
    amounts: &[f64],
    (effort, options): (Effort, &SolveOptions),
) -> Result<Settled, RunError> {
    let problem = &prepared.problem;
    let mut hard: Vec<&IntegerRow> = Vec::with_capacity(prepared.demands.len());
    let mut members: Vec<Member> = Vec::with_capacity(prepared.demands.len());
    let mut wishes: Vec<&IntegerRow> = Vec::new();
    for demand in prepared.demands.iter() {
        let member = demand.requirement.member;
        let id = problem.id(member);
        if problem.penalty(member).is_none() {
            hard.push(demand.row().map_err(|error| RunError::Failed(error.finding(id)))?);
            members.push(member);
        } else if is_met(demand.numbers(id).map_err(refused)?, amounts) {
            // A wish whose numbers do not fit is no reason to fail.
            wishes.extend(demand.row().ok());
        }
    }
    let request = SettleRequest {
        amounts,
        hard: &hard,
        wishes: &wishes,
        unit: problem.head.rounding,
        seconds: options.time_limit_seconds,
        interrupt: options.interrupt.as_ref(),
        effort,
    };
    settle(&request).map_err(|error| refusal(problem, &members, &error))
}

/// Whether amounts (万元) meet a requirement without helper, but for the solver's tolerance.
fn is_met(numbers: &Numbers, amounts: &[f64]) -> bool {
    let mut activity = 0.0;
    for (variable, coefficient) in &numbers.terms {
        let Variable::Amount(id) = variable else { return false };
        activity += coefficient * amounts.get(id.0).copied().unwrap_or(0.0);
    }
    // One 分, and as much again for every 1 000 万元.
    let room = 1e-6 + 1e-9 * activity.abs();
    activity >= numbers.lower - room && activity <= numbers.upper + room
}

fn refusal(problem: &Problem, members: &[Member], error: &SettleError) -> RunError {
    let whose = |at: usize| members.get(at).map_or_else(String::new, |member| problem.id(*member).to_owned());
    let finding = error.finding(&whose);
    match error {
        SettleError::NoRounding { proved: true, .. } => RunError::Unroundable(finding, Proof::Proved),
        SettleError::NoRounding { .. } => RunError::Unroundable(finding, Proof::Open),
        SettleError::BadAmount(_) => RunError::Failed(finding),
        SettleError::Interrupted => RunError::Limit(Limit::Interrupt, finding),
    }
}
