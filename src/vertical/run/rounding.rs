//! Rounding of a certified plan under the requirements of its problem.

use crate::allocation::rows::IntegerRow;
use crate::allocation::{Effort, SettleError, SettleRequest, Settled, settle};
use crate::finding::{Finding, Place};
use crate::lp::refused;
use crate::policy::Problem;
use crate::program::Numbers;
use crate::rules::{Fund, Member, Requirement, Spend, Variable};
use crate::run::{Demands, Prepared, Proof, RunError};
use crate::solver::{Limit, SolveOptions};
use crate::units::Money;

/// Rounds certified amounts (万元) under the hard requirements of a problem, soft ones that they meet kept where rounding can;
/// the time limit is that of each integer program.
///
/// # Errors
/// No exact amounts exist, or were found, at the rounding unit.
pub fn settle_plan(prepared: &Prepared, amounts: &[f64], means: (Effort, &SolveOptions)) -> Result<Settled, RunError> {
    settle_problem((&prepared.problem, &prepared.demands), amounts, means)
}

/// As [`settle_plan`], for a problem and its demands.
///
/// # Errors
/// As [`settle_plan`].
pub fn settle_problem(
    (problem, demands): (&Problem, &Demands),
    amounts: &[f64],
    (effort, options): (Effort, &SolveOptions),
) -> Result<Settled, RunError> {
    let mut hard: Vec<&IntegerRow> = Vec::with_capacity(demands.len());
    let mut members: Vec<Member> = Vec::with_capacity(demands.len());
    let mut wishes: Vec<&IntegerRow> = Vec::new();
    let mut loose: Vec<IntegerRow> = Vec::new();
    for demand in demands.iter().filter(|demand| has_tolerance(problem, &demand.requirement)) {
        let row = IntegerRow::of(&loosened(problem, &demand.requirement));
        loose.push(row.map_err(|error| RunError::Failed(error.finding(problem.id(demand.requirement.member))))?);
    }
    let mut loose = loose.iter();
    for demand in demands.iter() {
        let member = demand.requirement.member;
        let id = problem.id(member);
        if let Some(row) = has_tolerance(problem, &demand.requirement).then(|| loose.next()).flatten() {
            hard.push(row);
            members.push(member);
            // Whole units that meet the bound itself come first.
            wishes.extend(demand.row().ok());
        } else if problem.penalty(member).is_none() {
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

/// Whether a requirement is one of a hard rule whose bounds have a tolerance.
pub(crate) fn has_tolerance(problem: &Problem, requirement: &Requirement) -> bool {
    let Member::Rule(at) = requirement.member else { return false };
    let rule = problem.rules.get(at);
    problem.head.tolerance
        && !requirement.defines
        && rule.is_some_and(|rule| rule.penalty.is_none() && rule.kind.is_tolerant())
}

/// The requirement with its sides a rounding unit of money away.
pub(crate) fn loosened(problem: &Problem, requirement: &Requirement) -> Requirement {
    let room = problem.head.rounding.exact() / &requirement.scale;
    Requirement {
        lower: requirement.lower.as_ref().map(|side| side - &room),
        upper: requirement.upper.as_ref().map(|side| side + &room),
        ..requirement.clone()
    }
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

/// A fund that must be spent in full, of which no multiples of the rounding unit are the sum: the nearest amounts that are.
fn off_unit(problem: &Problem, error: &SettleError) -> Option<Finding> {
    let SettleError::NoRounding { unit, works: Some(works), .. } = error else { return None };
    let step = unit.fen().max(1);
    let is_off = |fund: &&Fund| fund.spend == Spend::All && fund.amount.fen() % step != 0;
    let fund = problem.frame.funds.iter().find(is_off)?;
    let below = fund.amount.fen() / step * step;
    Some(
        Finding::error("allocation.fund_off_unit", Place::default())
            .with("fund", fund.label.clone())
            .with("amount", fund.amount)
            .with("unit", *unit)
            .with("below", Money::from_fen(below))
            .with("above", Money::from_fen(below.checked_add(step)?))
            .with("works", *works),
    )
}

fn refusal(problem: &Problem, members: &[Member], error: &SettleError) -> RunError {
    let whose = |at: usize| members.get(at).map_or_else(String::new, |member| problem.id(*member).to_owned());
    let finding = off_unit(problem, error).unwrap_or_else(|| error.finding(&whose));
    match error {
        SettleError::NoRounding { proved: true, .. } => RunError::Unroundable(finding, Proof::Proved),
        SettleError::NoRounding { .. } => RunError::Unroundable(finding, Proof::Open),
        SettleError::BadAmount(_) => RunError::Failed(finding),
        SettleError::Interrupted => RunError::Limit(Limit::Interrupt, finding),
    }
}
