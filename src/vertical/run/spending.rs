//! Whether any plan meets the hard rules, and how little or much it can spend.

use crate::finding::Findings;
use crate::lp::refused;
use crate::policy::Problem;
use crate::program;
use crate::rules::{Amount, Member, Requirement};
use crate::solver::{Outcome, Session, SolveOptions, has_point};
use crate::units::Money;

/// Whether any plan meets the hard rules, before rounding; `None` where a limit or failure leaves it open.
///
/// # Errors
/// Blank figures, or numbers that cannot stand in a linear program.
pub fn feasible(
    problem: &Problem,
    keeps: &dyn Fn(Member) -> bool,
    options: &SolveOptions,
) -> Result<Option<bool>, Findings> {
    let hard = |member: Member| problem.penalty(member).is_none() && keeps(member);
    let requirements: Vec<Requirement> =
        problem.requirements()?.into_iter().filter(|requirement| hard(requirement.member)).collect();
    let id = |member: Member| problem.id(member).to_owned();
    let program = program::compile(&problem.frame, &requirements, &id, &|_| None).map_err(refused)?;
    Ok(has_point(program.lp, options))
}

/// The smallest sum of all funds with which the hard rules can hold; `None` where no sum is enough.
///
/// Entitlements are held; each fund may become as large or small as it must.
///
/// # Errors
/// Blank figures, or numbers that cannot stand in a linear program.
pub fn smallest_budget(problem: &Problem, options: &SolveOptions) -> Result<Option<Money>, Findings> {
    let range = spending_range(problem, &|member| matches!(member, Member::Rule(_)), &|_| true, options)?;
    Ok(range.and_then(|(least, _)| least))
}

/// Least and largest sum of chosen amounts under the hard requirements of the members kept; `None` where no plan exists.
///
/// The least is rounded up and the largest down to the 分; the largest is `None` where nothing bounds it.
///
/// # Errors
/// Blank figures, or numbers that cannot stand in a linear program.
pub fn spending_range(
    problem: &Problem,
    keeps: &dyn Fn(Member) -> bool,
    counts: &dyn Fn(&Amount) -> bool,
    options: &SolveOptions,
) -> Result<Option<SpendingRange>, Findings> {
    let hard = |member: Member| problem.penalty(member).is_none() && keeps(member);
    let requirements: Vec<Requirement> =
        problem.requirements()?.into_iter().filter(|requirement| hard(requirement.member)).collect();
    let id = |member: Member| problem.id(member).to_owned();
    let Ok(program) = program::compile(&problem.frame, &requirements, &id, &|_| None) else { return Ok(None) };
    let options = options.for_size(program.lp.columns().len(), program.lp.rows().len());
    let chosen = problem.frame.amounts.iter().zip(&program.amounts).filter(|(amount, _)| counts(amount));
    let chosen: Vec<crate::lp::ColumnId> = chosen.map(|(_, column)| *column).collect();
    let Ok(mut session) = Session::open(program.lp, &options) else { return Ok(None) };
    let mut end = |direction: f64| {
        let costs: Vec<(crate::lp::ColumnId, f64)> = chosen.iter().map(|column| (*column, direction)).collect();
        session.set_costs(&costs).ok()?;
        match session.solve() {
            Outcome::Optimal(optimum) => Some(optimum.objective() * direction * 1e6),
            _ => None,
        }
    };
    let Some(least) = end(1.0) else { return Ok(None) };
    // Noise below a thousandth of a 分 does not count.
    let least = Money::from_fen((least - 1e-3).ceil() as i64);
    let most = end(-1.0).map(|most| Money::from_fen((most + 1e-3).floor() as i64));
    Ok(Some((Some(least), most)))
}

/// Least and largest sum.
pub type SpendingRange = (Option<Money>, Option<Money>);
