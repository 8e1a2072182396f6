//! One program for all scenarios: amounts decided now, the rules of every scenario, and columns that measure the objective.
//!
//! Earlier stages of the model (and its soft rules) come first here too: their best values under the rules of all scenarios,
//! on the figures of the model as written, are kept within their slack.

use crate::analysis::robust::outlook::{Gauge, Outlook};
use crate::analysis::robust::rulebook::{Block, Rulebook};
use crate::analysis::robust::{Question, RobustError};
use crate::document::sections::unknown_word;
use crate::finding::{Finding, Findings, Place};
use crate::lp::refused;
use crate::lp::{ColumnId, LinearProgram};
use crate::policy::Problem;
use crate::program::{self, Program, Stage, StageResult, StageRun, Stages, keep};
use crate::rules::{Frame, Member, Requirement, Spend};
use crate::solver::stochastic::{Scenario, StochasticError, TwoStage};
use crate::solver::{Session, SolveOptions};

/// Everything the methods need.
pub(super) struct Assembly {
    /// The amounts and their futures; scenario 0 is the model as written, then the cases, then the draws.
    pub two: TwoStage,
    /// Costs of the mean outlook.
    pub mean_costs: Vec<(ColumnId, f64)>,
    /// The mean outlook's own columns exist in `two.shared()`.
    pub program: Program,
    /// One a scenario.
    pub outlooks: Vec<Outlook>,
    /// Columns of the gains of each cell under the entitlements of the model as written.
    pub gains: Vec<(usize, ColumnId)>,
    /// Cells whose amount the common rules leave open.
    pub movable: Vec<bool>,
    /// Hard rules of the model as written (0) and the cases.
    pub book: Rulebook,
    /// Earlier stages with their kept values.
    pub kept: Vec<(Stage, f64)>,
    /// The stage that is the objective.
    pub stage: Stage,
}

/// The stage of a kind, or the last one; the stages before it.
fn chosen<'a>(problem: &'a Problem, kind: Option<&str>, file: &str) -> Result<(&'a Stage, &'a [Stage]), Finding> {
    let able = |stage: &Stage| *stage != Stage::MinMissed;
    let found = match kind {
        Some(kind) => problem.stages.iter().position(|stage| able(stage) && stage.kind() == kind),
        None => problem.stages.iter().rposition(able),
    };
    let known = || problem.stages.iter().filter(|stage| able(stage)).map(Stage::kind);
    match found.and_then(|at| Some((problem.stages.get(at)?, problem.stages.get(..at)?))) {
        Some(found) => Ok(found),
        None => Err(match kind {
            Some(kind) => unknown_word(Place::file("--objective"), kind, known()),
            None => Finding::error("robust.no_objective", Place::file(file)),
        }),
    }
}

/// Scenarios must speak of the same amounts and funds, and mean the same objective.
fn check_alike(question: &Question<'_>) -> Result<(), Findings> {
    let base = &question.base.problem;
    let mut findings = Vec::new();
    for case in question.cases {
        let (other, place) = (&case.prepared.problem, || Place::file("--scenario").column(&case.name));
        if other.frame.amounts != base.frame.amounts || other.frame.funds.len() != base.frame.funds.len() {
            findings.push(Finding::error("robust.other_amounts", place()));
            continue;
        }
        for (own, known) in other.frame.funds.iter().zip(&base.frame.funds) {
            let whole = own.spend == Spend::All || known.spend == Spend::All;
            if own.id != known.id || (whole && own.amount != known.amount) {
                findings.push(Finding::error("robust.fund_differs", place()).with("fund", &known.id));
            }
        }
        if other.stages != base.stages {
            findings.push(Finding::error("robust.objective_differs", place()));
        }
    }
    if findings.is_empty() { Ok(()) } else { Err(Findings(findings)) }
}

impl Assembly {
    /// Builds the program of a question.
    ///
    /// # Errors
    /// Scenarios that cannot share a plan, rules at odds, limits and failures.
    pub fn build(question: &Question<'_>, options: &SolveOptions) -> Result<Self, RobustError> {
        check_alike(question)?;
        let base = &question.base.problem;
        let frame = &base.frame;
        let (stage, earlier) = chosen(base, question.objective, &question.base.model_file)?;
        let problems: Vec<&Problem> =
            std::iter::once(base).chain(question.cases.iter().map(|case| &case.prepared.problem)).collect();
        let book = Rulebook::of(&problems)?;
        let blocks: Vec<Block> =
            (0..problems.len()).map(|scenario| book.block(frame, scenario)).collect::<Result<_, _>>()?;
        let groups = book.groups.len();
        let penalty = |member: Member| match member {
            Member::Rule(at) if at >= groups => base.penalty(Member::Rule(at - groups)),
            _ => None,
        };
        let mut requirements = book.requirements(|group| book.is_common(group));
        requirements.extend(soft(base, earlier, groups)?);
        let program = book.compile(frame, &requirements, &penalty)?;
        let movable = |cell| {
            let column = program.cell(cell).and_then(|column| program.lp.columns().get(column.0));
            column.is_some_and(|column| column.lower != column.upper)
        };
        let movable: Vec<bool> = frame.cells().map(movable).collect();
        let kept = kept_stages(question, &book, (&program, &blocks), earlier, options)?;
        let mut shared = keeping(frame, &program, &kept, options)?;
        let outlooks = outlooks(question, &problems, stage);
        let counted: Vec<(f64, &Outlook)> =
            question.weights().into_iter().zip(&outlooks).filter(|(w, _)| *w > 0.0).collect();
        let mean = Outlook::mean(&counted);
        let mut gauges: Vec<(&Outlook, Gauge)> = Vec::new();
        let mut costs = Vec::with_capacity(outlooks.len() + 1);
        for outlook in outlooks.iter().chain([&mean]) {
            let known = gauges.iter().position(|(one, _)| one.entitlement == outlook.entitlement);
            if known.is_none() {
                let prefix = format!("g{}", gauges.len() + 1);
                let both = (frame, &program);
                let gauge = Gauge::add(&mut shared, both, stage, (outlook, &movable), &prefix).map_err(refused)?;
                gauges.push((outlook, gauge));
            }
            let gauge = gauges.get(known.unwrap_or(gauges.len() - 1));
            costs.push(gauge.map(|(_, gauge)| gauge.costs(stage, outlook)).unwrap_or_default());
        }
        let mean_costs = costs.pop().unwrap_or_default();
        let gains = gauges.first().map(|(_, gauge)| gauge.cells().collect()).unwrap_or_default();
        let scenarios = scenarios(question, &blocks, costs, shared.columns().len());
        let two = TwoStage::new(frame.amounts.len(), shared, scenarios).map_err(|error| stopped(error, question))?;
        let stage = stage.clone();
        Ok(Self { two, mean_costs, program, outlooks, gains, movable, book, kept, stage })
    }
}

/// Soft requirements of the model as written, where they come before the objective.
fn soft(base: &Problem, earlier: &[Stage], groups: usize) -> Result<Vec<Requirement>, Findings> {
    if base.stages.contains(&Stage::MinMissed) && !earlier.contains(&Stage::MinMissed) {
        return Ok(Vec::new());
    }
    let mut soft = Vec::new();
    for mut requirement in base.requirements()? {
        if let Member::Rule(at) = requirement.member
            && base.penalty(requirement.member).is_some()
        {
            requirement.member = Member::Rule(groups + at);
            soft.push(requirement);
        }
    }
    Ok(soft)
}

/// The earlier stages with their best values under the rules of all scenarios, as minimised.
fn kept_stages(
    question: &Question<'_>,
    book: &Rulebook,
    (program, blocks): (&Program, &[Block]),
    earlier: &[Stage],
    options: &SolveOptions,
) -> Result<Vec<(Stage, f64)>, RobustError> {
    let frame = &question.base.problem.frame;
    let mut stages: Vec<Stage> =
        earlier.iter().filter(|stage| **stage != Stage::MinMissed || !program.misses.is_empty()).cloned().collect();
    if !program.misses.is_empty() && !stages.contains(&Stage::MinMissed) {
        stages.insert(0, Stage::MinMissed);
    }
    if stages.is_empty() {
        return Ok(Vec::new());
    }
    let mut joint = program.clone();
    for (index, block) in blocks.iter().enumerate() {
        append(&mut joint.lp, block, &format!("@{}", index + 1)).map_err(refused)?;
    }
    let request = Stages::new(frame, &stages);
    match program::run(&joint, &request, options)? {
        StageRun::Done(plan) => {
            let values = plan.stages.iter().map(|result: &StageResult| result.minimised);
            Ok(stages.into_iter().zip(values).collect())
        }
        StageRun::Infeasible => Err(question.at_odds(book, options)?),
        StageRun::Limit(limit, _) => Err(stopped(StochasticError::Limit(limit), question)),
        StageRun::Unbounded(_) => Err(stopped(StochasticError::Unbounded, question)),
        StageRun::Failed(stage, why) => Err(stopped(StochasticError::Failed(format!("{stage}: {why}")), question)),
    }
}

fn append(lp: &mut LinearProgram, block: &Block, suffix: &str) -> Result<(), crate::lp::NumberRefused> {
    let first = lp.columns().len();
    for column in &block.columns {
        lp.add_column(format!("{}{suffix}", column.name), column.lower, column.upper, 0.0)?;
    }
    for row in block.rows_from(first) {
        lp.add_row(format!("{}{suffix}", row.name), row.lower, row.upper, row.terms)?;
    }
    Ok(())
}

/// The shared program with rows that keep the earlier stages; costs zero.
fn keeping(
    frame: &Frame,
    program: &Program,
    kept: &[(Stage, f64)],
    options: &SolveOptions,
) -> Result<LinearProgram, RobustError> {
    if kept.is_empty() {
        return Ok(program.lp.clone());
    }
    let failed = |error: crate::solver::SessionError| {
        let finding = Finding::error("solver.failed", Place::default());
        RobustError::from(Findings::from(finding.with("stage", "robust").with("why", error.to_string())))
    };
    let mut session = Session::open(program.lp.clone(), options).map_err(failed)?;
    for (index, (stage, minimised)) in kept.iter().enumerate() {
        keep(&mut session, (frame, program), stage, *minimised, stage.slack(), index + 1).map_err(failed)?;
    }
    let mut lp = session.program().clone();
    lp.clear_costs();
    Ok(lp)
}

/// Outlook of the model as written, of every case and of every draw.
fn outlooks(question: &Question<'_>, problems: &[&Problem], stage: &Stage) -> Vec<Outlook> {
    let mut outlooks: Vec<Outlook> = problems.iter().map(|problem| Outlook::of(&problem.frame, stage)).collect();
    if let Some(base) = outlooks.first().cloned() {
        outlooks.extend(question.draws.iter().map(|draw| base.with_values_times(&draw.factors)));
    }
    outlooks
}

fn scenarios(
    question: &Question<'_>,
    blocks: &[Block],
    costs: Vec<Vec<(ColumnId, f64)>>,
    first: usize,
) -> Vec<Scenario> {
    let named = question.names().into_iter().zip(question.weights()).zip(costs).enumerate();
    named
        .map(|(index, ((name, weight), costs))| {
            let block = blocks.get(index);
            Scenario {
                name,
                weight,
                columns: block.map(|block| block.columns.clone()).unwrap_or_default(),
                rows: block.map(|block| block.rows_from(first)).unwrap_or_default(),
                costs,
            }
        })
        .collect()
}

/// Why a question has no answer, as an error of the question; rules at odds are for [`Question::at_odds`].
pub(super) fn stopped(error: StochasticError, question: &Question<'_>) -> RobustError {
    let place = || Place::file(&question.base.model_file);
    let failed =
        |why: String| Finding::error("solver.failed", Place::default()).with("stage", "robust").with("why", why);
    match error {
        StochasticError::Limit(limit) => RobustError::Limit(Finding::limit(limit, "robust")),
        StochasticError::Weights => Finding::error("robust.weights", place()).into(),
        StochasticError::Alpha(alpha) => {
            Finding::error("robust.alpha", Place::file("--alpha")).with("value", alpha.to_string()).into()
        }
        StochasticError::Budget(gamma) => {
            Finding::error("robust.budget", Place::file("--gamma")).with("value", gamma.to_string()).into()
        }
        StochasticError::ZeroOptimum(name) => Finding::error("robust.zero_optimum", place()).with("name", name).into(),
        StochasticError::Unbounded => {
            Finding::error("solver.unbounded", Place::default()).with("stage", "robust").into()
        }
        StochasticError::Infeasible | StochasticError::ScenarioInfeasible(_) => {
            RobustError::Infeasible(Finding::error("solver.infeasible", place()))
        }
        other => failed(other.to_string()).into(),
    }
}
