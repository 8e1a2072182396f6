//! One run: model, data and changes in, a record out. Pure: no clock, chance, environment, files or network.

mod account;
pub mod calculated;
mod demand;
mod prepare;
mod rounding;

use crate::allocation::{Effort, Settled};
use crate::finding::{Finding, Findings, Place};
use crate::lp::{LinearProgram, refused};
use crate::policy::Problem;
use crate::program::{self, Form, Plan, Program, StageRun, Stages, Start};
use crate::rules::{Member, Requirement, Violation, fund};
use crate::solver::{Basis, Limit, SolveOptions};
use crate::units::Money;

pub use account::{account_file, with_account};
pub use calculated::resolved;
pub use demand::{Demand, Demands, demands, demands_beside};
pub(crate) use prepare::{Altered, Joined, altered, join};
pub use prepare::{
    Files, Inputs, Named, Parts, Prepared, changed, ecosystems_of, name_of, named, prepare, read, under,
};
pub(crate) use rounding::{has_tolerance, loosened};
pub use rounding::{settle_plan, settle_problem};

/// A solved and settled run.
#[derive(Debug, Clone)]
pub struct Solved {
    /// What was solved.
    pub prepared: Prepared,
    /// Its compiled program.
    pub program: Program,
    /// The certified plan.
    pub plan: Plan,
    /// The exact amounts.
    pub settled: Settled,
    /// Where the exact amounts miss each fund, then each rule, by the independent checkers.
    pub violations: Vec<Vec<Violation>>,
    /// What the plan without anything set by hand pays; `None` where nothing is, or no such plan exists.
    pub calculated: Option<calculated::Calculated>,
}

impl Solved {
    /// Requirements, in the order of the program's seats.
    pub fn requirements(&self) -> impl Iterator<Item = &Requirement> {
        self.prepared.demands.iter().map(|demand| &demand.requirement)
    }

    /// One of them.
    pub fn requirement(&self, index: usize) -> Option<&Requirement> {
        self.prepared.demands.get(index).map(|demand| &demand.requirement)
    }
}

/// Why a run has no result.
#[derive(Debug)]
pub enum RunError {
    /// The inputs are wrong.
    Findings(Findings),
    /// No plan meets all hard rules; the problem is kept for the analysis of its conflict.
    Infeasible(Prepared),
    /// Time or interrupt.
    Limit(Limit, Finding),
    /// A certified plan exists, but no exact amounts at the rounding unit, or none were found.
    Unroundable(Finding, Proof),
    /// The solver failed.
    Failed(Finding),
}

/// Whether it is known that there are no exact amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// There are none.
    Proved,
    /// None were found.
    Open,
}

impl From<Findings> for RunError {
    fn from(findings: Findings) -> Self {
        Self::Findings(findings)
    }
}

impl From<Finding> for RunError {
    fn from(finding: Finding) -> Self {
        Self::Findings(finding.into())
    }
}

/// From so many amounts on, a model under changes is solved cold: solving the model without changes first would cost more than
/// its bases save.
const WARM_BELOW: usize = 2_000;

/// Compiles a prepared model to a program with names.
///
/// # Errors
/// Numbers that cannot stand in a linear program.
pub fn compile(prepared: &Prepared) -> Result<Program, Findings> {
    let problem = &prepared.problem;
    let requirements = prepared.demands.iter().map(|demand| &demand.requirement);
    let id = |member: Member| problem.id(member).to_owned();
    program::compile(&problem.frame, requirements, &id, &|member| problem.penalty(member))
        .map_err(|error| refused(error).into())
}

/// Compiles demands to a program without names.
///
/// # Errors
/// Numbers that cannot stand in a linear program.
pub fn assemble(problem: &Problem, demands: &Demands) -> Result<Program, Findings> {
    let numbers = demands.iter().map(|demand| demand.numbers(problem.id(demand.requirement.member)));
    let numbers: Vec<_> = numbers.collect::<Result<_, _>>().map_err(refused)?;
    let form = Form { named: false, as_row: &|_| false };
    program::assemble(&problem.frame, numbers.into_iter(), &|member| problem.penalty(member), &form)
        .map_err(|error| refused(error).into())
}

fn request(problem: &Problem) -> Stages<'_> {
    Stages::new(&problem.frame, &problem.stages)
}

/// The linear program of the first stage, unsolved.
///
/// # Errors
/// Numbers that cannot stand in a linear program, or HiGHS refuses it.
pub fn first_program(prepared: &Prepared) -> Result<LinearProgram, Findings> {
    let program = compile(prepared)?;
    program::first_program(&program, &request(&prepared.problem)).map_err(|error| {
        Finding::error("solver.failed", Place::default()).with("stage", "open").with("why", error.to_string()).into()
    })
}

/// Solves, proves and settles a prepared problem. A model under changes starts from where the model without them ended, whose
/// answer it therefore needs first; the answer depends on the two alone, never on what was solved before.
///
/// # Errors
/// See [`RunError`].
pub fn solve(prepared: Prepared, options: &SolveOptions, keep_programs: bool) -> Result<Solved, RunError> {
    let mut solved = solve_and_settle(prepared, options, keep_programs, Effort::Thorough)?;
    solved.calculated = calculated::beside(&solved.prepared, options)?;
    Ok(solved)
}

fn solve_and_settle(
    prepared: Prepared,
    options: &SolveOptions,
    keep_programs: bool,
    effort: Effort,
) -> Result<Solved, RunError> {
    let prepared = resolved(&prepared, options)?;
    let start = start(&prepared, options)?;
    go_on(options, "compile")?;
    let program = if keep_programs { compile(&prepared) } else { assemble(&prepared.problem, &prepared.demands) }?;
    options.watch.ended("compile");
    go_on(options, "compile")?;
    let request = Stages { start, keep_programs, ..request(&prepared.problem) };
    let Some(plan) = optimise(&program, &request, options)? else {
        return Err(RunError::Infeasible(prepared));
    };
    go_on(options, "settle")?;
    let settled = settle_plan(&prepared, &plan.amounts, (effort, options))?;
    options.watch.ended("settle");
    go_on(options, "audit")?;
    let violations = violations(&prepared.problem, &settled.amounts);
    if let Some(member) = broken(&prepared.problem, &violations).next() {
        let rule = prepared.problem.id(member);
        return Err(RunError::Failed(Finding::error("allocation.audit_failed", Place::default()).with("rule", rule)));
    }
    options.watch.ended("audit");
    Ok(Solved { prepared, program, plan, settled, violations, calculated: None })
}

/// Where the programs of a prepared model start from.
fn start<'a>(prepared: &'a Prepared, options: &SolveOptions) -> Result<Start<'a>, RunError> {
    Ok(match &prepared.base {
        Some(base) if base.problem.frame.amounts.len() < WARM_BELOW => Start::From(bases(base, options)?),
        _ => Start::Cold,
    })
}

/// Bases of a model without changes, solved where nobody has asked before.
fn bases<'a>(base: &'a Prepared, options: &SolveOptions) -> Result<&'a [Basis], RunError> {
    if let Some(known) = base.bases.get() {
        return Ok(known);
    }
    let program = assemble(&base.problem, &base.demands)?;
    let quiet = SolveOptions { watch: crate::solver::Watch::default(), ..options.clone() };
    let found = match optimise(&program, &Stages { start: Start::Kept, ..request(&base.problem) }, &quiet) {
        Ok(plan) => plan.map_or_else(Vec::new, |plan| plan.bases),
        Err(RunError::Failed(_)) => Vec::new(),
        Err(stopped) => return Err(stopped),
    };
    options.watch.ended("base");
    Ok(base.bases.get_or_init(|| found))
}

/// Whether nobody has asked to stop: between the parts of a run, as the solver asks within its own.
fn go_on(options: &SolveOptions, stage: &str) -> Result<(), RunError> {
    if !options.is_interrupted() {
        return Ok(());
    }
    Err(RunError::Limit(Limit::Interrupt, Finding::limit(Limit::Interrupt, stage)))
}

/// Where exact amounts miss each fund, then each rule, by the independent checkers; what a tolerance allows is not missed.
pub fn violations(problem: &Problem, amounts: &[Money]) -> Vec<Vec<Violation>> {
    let all = problem.members().zip(checked(problem, amounts));
    all.map(|(member, mut found)| {
        found.retain(|violation| !is_tolerated(problem, member, violation));
        found
    })
    .collect()
}

/// Where exact amounts lie outside a bound within its tolerance, for each fund, then each rule.
pub fn tolerated(problem: &Problem, amounts: &[Money]) -> Vec<Vec<Violation>> {
    if !problem.head.tolerance {
        return Vec::new();
    }
    let all = problem.members().zip(checked(problem, amounts));
    all.map(|(member, mut found)| {
        found.retain(|violation| is_tolerated(problem, member, violation));
        found
    })
    .collect()
}

fn is_tolerated(problem: &Problem, member: Member, violation: &Violation) -> bool {
    let Member::Rule(at) = member else { return false };
    let rule = problem.rules.get(at);
    problem.head.tolerance
        && rule.is_some_and(|rule| rule.penalty.is_none() && rule.kind.is_tolerant())
        && violation.missed <= problem.head.rounding.exact()
}

fn checked(problem: &Problem, amounts: &[Money]) -> Vec<Vec<Violation>> {
    let check = |member: Member| match member {
        Member::Fund(index) => fund::check(&problem.frame, index, amounts),
        Member::Rule(index) => {
            problem.rules.get(index).map_or_else(Vec::new, |rule| rule.kind.check(&problem.frame, amounts))
        }
    };
    problem.members().map(check).collect()
}

/// The funds and hard rules that are missed.
pub fn broken(problem: &Problem, violations: &[Vec<Violation>]) -> impl Iterator<Item = Member> {
    let missed = problem.members().zip(violations).filter(|(_, missed)| !missed.is_empty());
    missed.map(|(member, _)| member).filter(|member| problem.penalty(*member).is_none())
}

fn optimise(program: &Program, request: &Stages<'_>, options: &SolveOptions) -> Result<Option<Plan>, RunError> {
    match program::run(program, request, options)? {
        StageRun::Done(plan) => Ok(Some(*plan)),
        StageRun::Infeasible => Ok(None),
        StageRun::Limit(limit, stage) => Err(RunError::Limit(limit, Finding::limit(limit, stage))),
        StageRun::Unbounded(stage) => {
            Err(RunError::Failed(Finding::error("solver.unbounded", Place::default()).with("stage", stage)))
        }
        StageRun::Failed(stage, why) => Err(RunError::Failed(
            Finding::error("solver.failed", Place::default()).with("stage", stage).with("why", why),
        )),
    }
}

/// What trying a model comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trial {
    /// A certified, exact plan that pays so much.
    Plan(Money),
    /// No plan, or none in whole rounding units: proved.
    Nothing,
    /// A certified plan, for which no exact amounts were found, though it is not proved that there are none.
    Unproved,
    /// A limit or a failure left it open.
    Open,
}

/// Tries a prepared model as [`solve`] solves it, without naming a smaller rounding unit where none of its own works.
#[must_use]
pub fn attempt(prepared: &Prepared, effort: Effort, options: &SolveOptions) -> Trial {
    let quiet = SolveOptions { watch: crate::solver::Watch::default(), ..options.clone() };
    match solve_and_settle(prepared.clone(), &quiet, false, effort) {
        Ok(solved) => Trial::Plan(solved.settled.amounts.iter().copied().sum()),
        Err(RunError::Unroundable(_, Proof::Open)) => Trial::Unproved,
        Err(RunError::Infeasible(_) | RunError::Unroundable(..) | RunError::Findings(_)) => Trial::Nothing,
        Err(RunError::Limit(..) | RunError::Failed(_)) => Trial::Open,
    }
}
