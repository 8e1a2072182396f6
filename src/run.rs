//! One run: model, data and changes in, a record out. Pure: no clock, chance, environment, files or network.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::allocation::{Effort, SettleError, SettleRequest, Settled, settle};
use crate::dataset::{self, Dataset, EcosystemSpec, Source, hex};
use crate::finding::{Finding, Findings, Place};
use crate::lp::{LinearProgram, NumberRefused};
use crate::policy::tree::Node;
use crate::policy::{self, Problem};
use crate::program::{self, Plan, Program, StageRun, Stages};
use crate::rules::{Amount, Member, Requirement, Variable, fund};
use crate::scenario::{self, Change, Difference};
use crate::solver::{Limit, Outcome, Session, SolveOptions};
use crate::units::{Exact, FEN_PER_WAN, Finite, Money};

/// Version of the engine, part of every record and hash.
pub const ENGINE: &str = concat!("ecocomp ", env!("CARGO_PKG_VERSION"));

/// A model file and its data, before they are read.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// Model file as the user calls it.
    pub model_file: String,
    /// Its text.
    pub model_text: String,
    /// The files of the dataset.
    pub source: Source,
    /// Changes, in order.
    pub changes: Vec<Change>,
}

/// A checked problem with what was found on the way.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The problem.
    pub problem: Problem,
    /// Warnings about the data.
    pub data_warnings: Vec<Finding>,
    /// Warnings about the model and how it fits the data.
    pub warnings: Vec<Finding>,
    /// What the changes came to.
    pub differences: Vec<Difference>,
    /// Content hash of model, data, changes and engine.
    pub hash: String,
    /// Digest of the data as read, before changes.
    pub data_digest: String,
    /// The model file, as the user calls it.
    pub model_file: String,
    /// The model with its changes applied.
    pub tree: Node,
    /// Requirements of the problem, in the order of the program's seats.
    requirements: Arc<Vec<Requirement>>,
}

/// A solved and settled run.
#[derive(Debug, Clone)]
pub struct Solved {
    /// What was solved.
    pub prepared: Prepared,
    /// Its compiled program.
    pub program: Program,
    /// Requirements of the problem, in the order of the program's seats.
    pub requirements: Arc<Vec<Requirement>>,
    /// The certified plan.
    pub plan: Plan,
    /// The exact amounts.
    pub settled: Settled,
}

/// Why a run has no result.
#[derive(Debug)]
pub enum RunError {
    /// The inputs are wrong.
    Findings(Findings),
    /// No plan meets all hard rules; the problem is kept for the analysis of its conflict.
    Infeasible(Box<Prepared>),
    /// Time or interrupt.
    Limit(Limit, Finding),
    /// A certified plan exists, but no exact amounts at the rounding unit.
    Unroundable(Finding),
    /// The solver failed.
    Failed(Finding),
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

/// The dataset that a model names, relative to the model file.
///
/// # Errors
/// What is wrong with the head of the model.
pub fn dataset_of(model_text: &str, model_file: &str, changes: &[Change]) -> Result<String, Findings> {
    let tree = changed_tree(model_text, model_file, changes)?.0;
    Ok(policy::head(&tree, model_file)?.dataset)
}

/// The ecosystems that a model names.
///
/// # Errors
/// What is wrong with the head of the model.
pub fn ecosystems_of(model_text: &str, model_file: &str) -> Result<Vec<EcosystemSpec>, Findings> {
    let tree = Node::parse(model_text, model_file)?;
    Ok(policy::head(&tree, model_file)?.ecosystems.into_iter().map(|(spec, _)| spec).collect())
}

fn changed_tree(text: &str, file: &str, changes: &[Change]) -> Result<(Node, Vec<Difference>), Findings> {
    let mut tree = Node::parse(text, file)?;
    let differences = scenario::apply_to_model(changes, &mut tree)?;
    Ok((tree, differences))
}

/// Reads and checks everything, without solving.
///
/// # Errors
/// All findings where one is an error.
pub fn prepare(inputs: &Inputs) -> Result<Prepared, Findings> {
    let (tree, mut differences) = changed_tree(&inputs.model_text, &inputs.model_file, &inputs.changes)?;
    let head = policy::head(&tree, &inputs.model_file)
        .map_err(|findings| scenario::relocate(findings, &inputs.changes, &tree))?;
    let specs: Vec<EcosystemSpec> = head.ecosystems.iter().map(|(spec, _)| spec.clone()).collect();
    let (mut data, data_warnings) = dataset::read(&inputs.source, &specs)?;
    let data_digest = data.digest();
    differences.extend(scenario::apply_to_data(&inputs.changes, &mut data)?);
    let digest = data.digest();
    let (problem, warnings) = policy::bind(&tree, &head, data, &inputs.model_file)
        .map_err(|findings| scenario::relocate(findings, &inputs.changes, &tree))?;
    let requirements = required(&problem)?;
    let hash = content_hash(&tree, &digest);
    let model_file = inputs.model_file.clone();
    Ok(Prepared { problem, data_warnings, warnings, differences, hash, data_digest, model_file, tree, requirements })
}

/// Requirements of a problem. A figure that a rule or stage needs and the data lack is found here, not while solving.
fn required(problem: &Problem) -> Result<Arc<Vec<Requirement>>, Findings> {
    let requirements = problem.requirements()?;
    let missing = program::missing_figures(&problem.frame, &problem.stages);
    if missing.is_empty() { Ok(Arc::new(requirements)) } else { Err(Findings(missing)) }
}

/// The same model and data under further changes, without reading any file again.
///
/// # Errors
/// A change does not fit, needs other data, or the changed model or data are wrong.
pub fn changed(prepared: &Prepared, changes: &[Change]) -> Result<Prepared, Findings> {
    let Altered { tree, data, differences, .. } = altered(prepared, changes, true)?;
    let differences = prepared.differences.iter().cloned().chain(differences).collect();
    let relocate = |findings: Findings, tree: &Node| scenario::relocate(findings, changes, tree);
    let head = policy::head(&tree, &prepared.model_file).map_err(|findings| relocate(findings, &tree))?;
    let known = &prepared.problem.head;
    if head.dataset != known.dataset || head.ecosystems != known.ecosystems {
        return Err(Finding::error("scenario.other_data", Place::file(&prepared.model_file)).into());
    }
    let digest = data.digest();
    let (problem, warnings) =
        policy::bind(&tree, &head, data, &prepared.model_file).map_err(|findings| relocate(findings, &tree))?;
    let requirements = required(&problem)?;
    let hash = content_hash(&tree, &digest);
    Ok(Prepared {
        problem,
        data_warnings: prepared.data_warnings.clone(),
        warnings,
        differences,
        hash,
        data_digest: prepared.data_digest.clone(),
        model_file: prepared.model_file.clone(),
        tree,
        requirements,
    })
}

/// Model and data under changes, not joined yet.
#[derive(Debug, Clone)]
pub struct Altered {
    /// The model.
    pub tree: Node,
    /// The data.
    pub data: Dataset,
    /// Indicators with a changed figure.
    pub indicators: BTreeSet<String>,
    /// What the changes came to.
    pub differences: Vec<Difference>,
}

/// Lays changes over a prepared model and its data; differences of the data are listed where `tell` asks for them.
///
/// # Errors
/// The changes that do not fit.
pub fn altered(prepared: &Prepared, changes: &[Change], tell: bool) -> Result<Altered, Findings> {
    let mut tree = prepared.tree.clone();
    let mut data = prepared.problem.frame.dataset.clone();
    let mut differences = scenario::apply_to_model(changes, &mut tree)?;
    if tell {
        differences.extend(scenario::apply_to_data(changes, &mut data)?);
    } else {
        scenario::alter_data(changes, &mut data, &mut |_| ())?;
    }
    let indicators = changes.iter().filter_map(|change| change.indicator().map(str::to_owned)).collect();
    Ok(Altered { tree, data, indicators, differences })
}

fn content_hash(tree: &Node, data_digest: &str) -> String {
    let text = format!("{ENGINE}\n{}\n{data_digest}", tree.canonical());
    hex(&Sha256::digest(text.as_bytes()))
}

/// A number that cannot stand in a linear program, as a finding.
pub(crate) fn refused(error: NumberRefused) -> Finding {
    Finding::error("solver.number_refused", Place::default())
        .with("name", error.name)
        .with("value", error.value)
        .with("reason", error.reason)
}

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

/// Whether a program has any point; `None` where a limit or failure leaves it open.
pub(crate) fn has_point(program: LinearProgram, options: &SolveOptions) -> Option<bool> {
    let options = options.for_size(program.columns().len(), program.rows().len());
    let mut session = Session::open(program, &options).ok()?;
    match session.solve() {
        Outcome::Optimal(_) | Outcome::Unbounded => Some(true),
        Outcome::Infeasible => Some(false),
        Outcome::Limit(_) | Outcome::Failed(_) => None,
    }
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

/// Compiles a problem.
///
/// # Errors
/// Blank figures, or numbers that cannot stand in a linear program.
pub fn compile(problem: &Problem) -> Result<(Program, Vec<Requirement>), Findings> {
    let requirements = problem.requirements()?;
    Ok((assembled(problem, &requirements)?, requirements))
}

fn assembled(problem: &Problem, requirements: &[Requirement]) -> Result<Program, Findings> {
    let id = |member: Member| problem.id(member).to_owned();
    let penalty = |member: Member| problem.penalty(member);
    program::compile(&problem.frame, requirements, &id, &penalty).map_err(|error| refused(error).into())
}

/// The linear program of the first stage, unsolved.
///
/// # Errors
/// Blank figures, numbers that cannot stand in a linear program, or HiGHS refuses it.
pub fn first_program(prepared: &Prepared) -> Result<LinearProgram, Findings> {
    let program = assembled(&prepared.problem, &prepared.requirements)?;
    let request = Stages { frame: &prepared.problem.frame, stages: &prepared.problem.stages, keep_programs: false };
    program::first_program(&program, &request).map_err(|error| {
        Finding::error("solver.failed", Place::default()).with("stage", "open").with("why", error.to_string()).into()
    })
}

/// Solves, proves and settles a prepared problem.
///
/// # Errors
/// See [`RunError`].
pub fn solve(prepared: Prepared, options: &SolveOptions, keep_programs: bool) -> Result<Solved, RunError> {
    let requirements = Arc::clone(&prepared.requirements);
    go_on(options, "compile")?;
    let program = assembled(&prepared.problem, &requirements)?;
    options.watch.ended("compile");
    go_on(options, "compile")?;
    let plan = optimise(&prepared, &program, options, keep_programs)?;
    let Some(plan) = plan else { return Err(RunError::Infeasible(Box::new(prepared))) };
    go_on(options, "settle")?;
    let settled = settle_plan(&prepared.problem, &requirements, &plan, (Effort::Thorough, options))?;
    options.watch.ended("settle");
    go_on(options, "audit")?;
    if let Some(rule) = broken_rule(&prepared.problem, &settled.amounts) {
        return Err(RunError::Failed(Finding::error("allocation.audit_failed", Place::default()).with("rule", rule)));
    }
    options.watch.ended("audit");
    Ok(Solved { prepared, program, requirements, plan, settled })
}

/// Whether nobody has asked to stop: between the parts of a run, as the solver asks within its own.
fn go_on(options: &SolveOptions, stage: &str) -> Result<(), RunError> {
    if !options.is_interrupted() {
        return Ok(());
    }
    let finding = Finding::error("solver.limit_interrupt", Place::default()).with("stage", stage);
    Err(RunError::Limit(Limit::Interrupt, finding))
}

/// A fund or hard rule that exact amounts break, by the independent checkers.
fn broken_rule<'a>(problem: &'a Problem, amounts: &[Money]) -> Option<&'a str> {
    let funds = (0..problem.frame.funds.len()).map(Member::Fund);
    let rules = (0..problem.rules.len()).map(Member::Rule);
    let broken = |member: &Member| match *member {
        Member::Fund(index) => !fund::check(&problem.frame, index, amounts).is_empty(),
        Member::Rule(index) => problem
            .rules
            .get(index)
            .is_some_and(|rule| rule.penalty.is_none() && !rule.kind.check(&problem.frame, amounts).is_empty()),
    };
    funds.chain(rules).find(broken).map(|member| problem.id(member))
}

fn optimise(
    prepared: &Prepared,
    program: &Program,
    options: &SolveOptions,
    keep_programs: bool,
) -> Result<Option<Plan>, RunError> {
    let request = Stages { frame: &prepared.problem.frame, stages: &prepared.problem.stages, keep_programs };
    match program::run(program, &request, options)? {
        StageRun::Done(plan) => Ok(Some(*plan)),
        StageRun::Infeasible => Ok(None),
        StageRun::Limit(limit, stage) => {
            let code = if limit == Limit::Time { "solver.limit_time" } else { "solver.limit_interrupt" };
            Err(RunError::Limit(limit, Finding::error(code, Place::default()).with("stage", stage)))
        }
        StageRun::Unbounded(stage) => {
            Err(RunError::Failed(Finding::error("solver.unbounded", Place::default()).with("stage", stage)))
        }
        StageRun::Failed(stage, why) => Err(RunError::Failed(
            Finding::error("solver.failed", Place::default()).with("stage", stage).with("why", why),
        )),
    }
}

/// Whether exact amounts are found for a prepared problem, without looking far from the certified ones.
#[must_use]
pub fn has_exact_plan(prepared: &Prepared, options: &SolveOptions) -> bool {
    let settles = || {
        let program = assembled(&prepared.problem, &prepared.requirements).ok()?;
        let plan = optimise(prepared, &program, options, false).ok()??;
        let effort = (Effort::Quick, options);
        let settled = settle_plan(&prepared.problem, &prepared.requirements, &plan, effort).ok()?;
        broken_rule(&prepared.problem, &settled.amounts).is_none().then_some(())
    };
    settles().is_some()
}

/// Rounds a plan under the hard requirements of a problem; the time limit is that of each integer program.
///
/// # Errors
/// No exact amounts exist, or were found, at the rounding unit.
pub fn settle_plan(
    problem: &Problem,
    requirements: &[Requirement],
    plan: &Plan,
    (effort, options): (Effort, &SolveOptions),
) -> Result<Settled, RunError> {
    let is_hard = |requirement: &&Requirement| problem.penalty(requirement.member).is_none();
    let hard: Vec<Requirement> = requirements.iter().filter(is_hard).cloned().collect();
    let met = |requirement: &&Requirement| !is_hard(requirement) && is_met(requirement, &plan.amounts);
    let wishes: Vec<Requirement> = requirements.iter().filter(met).cloned().collect();
    let request = SettleRequest {
        amounts: &plan.amounts,
        requirements: &hard,
        wishes: &wishes,
        unit: problem.head.rounding,
        seconds: options.time_limit_seconds,
        interrupt: options.interrupt.as_ref(),
        effort,
    };
    settle(&request).map_err(|error| refusal(problem, &hard, &error))
}

/// Whether amounts (万元) meet a requirement without helper, but for the solver's tolerance.
fn is_met(requirement: &Requirement, amounts: &[f64]) -> bool {
    let number = |value: &Exact| Finite::from_exact(value).map_or(f64::NAN, Finite::get);
    let mut activity = 0.0;
    for (variable, coefficient) in &requirement.terms {
        let Variable::Amount(id) = variable else { return false };
        activity += number(coefficient) * amounts.get(id.0).copied().unwrap_or(0.0) * FEN_PER_WAN as f64;
    }
    let room = 1.0 + 1e-9 * activity.abs();
    requirement.lower.as_ref().is_none_or(|lower| activity >= number(lower) - room)
        && requirement.upper.as_ref().is_none_or(|upper| activity <= number(upper) + room)
}

fn refusal(problem: &Problem, hard: &[Requirement], error: &SettleError) -> RunError {
    let whose = |at: usize| hard.get(at).map_or_else(String::new, |one| problem.id(one.member).to_owned());
    let finding = error.finding(&whose);
    match error {
        SettleError::NoRounding { .. } => RunError::Unroundable(finding),
        SettleError::BadAmount(_) | SettleError::TooLarge(_) => RunError::Failed(finding),
        SettleError::Interrupted => RunError::Limit(Limit::Interrupt, finding),
    }
}
