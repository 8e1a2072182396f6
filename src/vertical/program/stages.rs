//! Solving the stages in order, each within the optimal face of the ones before, and the tie-break that makes the answer one.

use crate::finding::Findings;
use crate::lp::{ColumnId, LinearProgram, Row};
use crate::program::objective::{self, Stage};
use crate::program::{Miss, Program};
use crate::rules::Frame;
use crate::solver::{
    Basis, Certificate, Certified, Grow, Leximin, LeximinOutcome, Limit, Method, Outcome, Session, SessionError,
    SolveOptions, add_cover, admit, compact, restrict,
};

/// What is to be solved, beside the compiled program.
#[derive(Debug, Clone)]
pub struct Stages<'a> {
    /// Facts, funds and entitlements.
    pub frame: &'a Frame,
    /// The stages in order.
    pub stages: &'a [Stage],
    /// Whether to keep the program of each stage, for export.
    pub keep_programs: bool,
    /// Where the programs start from.
    pub start: Start<'a>,
}

impl<'a> Stages<'a> {
    /// Stages solved cold, whose programs are not kept.
    pub fn new(frame: &'a Frame, stages: &'a [Stage]) -> Self {
        Self { frame, stages, keep_programs: false, start: Start::Cold }
    }
}

/// Where the programs of a run start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start<'a> {
    /// Each from nothing, or from the end of the one before.
    Cold,
    /// As [`Start::Cold`]; the basis at which each ends is kept, for runs like this one.
    Kept,
    /// The program of each stage from the basis at which that of a like run ended, in the order solved; where the shape is
    /// another, cold.
    From(&'a [Basis]),
}

/// One solved stage.
#[derive(Debug, Clone)]
pub struct StageResult {
    /// `max_min_coverage`, …, or `tie_break_coverage`, `tie_break_fund`.
    pub kind: &'static str,
    /// Best value in the stage's own sense: coverage, 万元 or benefit.
    pub value: f64,
    /// The same as the minimised objective of the exported program.
    pub minimised: f64,
    /// The proved optimum of the stage's (first) program; the columns of the compiled program come first and, but for
    /// tie-breaks, its rows too.
    pub optimum: Certified,
    /// Proof of the optimum.
    pub certificate: Certificate,
    /// How many linear programs the stage took.
    pub programs: usize,
    /// Columns and rows of the first of them.
    pub size: (usize, usize),
    /// Method of the first of them.
    pub method: Method,
    /// The first program, where asked for.
    pub program: Option<LinearProgram>,
    /// The basis at which it ended, where the program is asked for.
    pub basis: Option<Basis>,
}

/// The certified plan before rounding.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Amounts of the frame, in 万元.
    pub amounts: Vec<f64>,
    /// The stages in the order solved, tie-breaks last.
    pub stages: Vec<StageResult>,
    /// The proof of the last program: it holds for all requirements.
    pub certificate: Certificate,
    /// A leximin or tie-break that numbers too close to each other left unfinished.
    pub unfinished: Option<&'static str>,
    /// The basis at which the first program of each stage ended, in the order solved, where they are kept.
    pub bases: Vec<Basis>,
}

/// How a run of the stages ended.
#[derive(Debug)]
pub enum StageRun {
    /// Every stage solved and proved.
    Done(Box<Plan>),
    /// No plan meets all hard requirements.
    Infeasible,
    /// The time or an interrupt ended it, in this stage.
    Limit(Limit, &'static str),
    /// The objective of this stage has no bound.
    Unbounded(&'static str),
    /// The solver failed in this stage.
    Failed(&'static str, String),
}

/// Solves the stages of a compiled program.
///
/// # Errors
/// Findings where the data lack a figure that a stage needs.
pub fn run(program: &Program, request: &Stages<'_>, options: &SolveOptions) -> Result<StageRun, Findings> {
    let missing = objective::missing_figures(request.frame, request.stages);
    if !missing.is_empty() {
        return Err(Findings(missing));
    }
    let mut runner = Runner::open(program, request, options);
    Ok(match runner.all() {
        Ok(end) => end,
        Err(error) => StageRun::Failed(runner.kind, error.to_string()),
    })
}

/// Adds a stage's rows to a session, with one row that keeps its minimised value within a relative loss.
///
/// # Errors
/// HiGHS refuses a change.
pub fn keep(
    session: &mut Session,
    (frame, program): (&Frame, &Program),
    stage: &Stage,
    minimised: f64,
    loss: f64,
    number: usize,
) -> Result<(), SessionError> {
    let prefix = format!("k{number}.{}", stage.kind());
    let costs = set_up(session, (frame, program), stage, &prefix)?;
    // Losses are relative to the optimum; where they leave no room, a hair is left for the solver's tolerance.
    let room = loss * minimised.abs();
    let hair = 1e-9 * (1.0 + minimised.abs());
    let most = minimised + if room > 1e3 * hair { room } else { room + hair };
    session.add_rows(vec![Row {
        name: format!("{prefix}.kept"),
        lower: f64::NEG_INFINITY,
        upper: most,
        terms: costs,
    }])?;
    Ok(())
}

/// Adds a stage's columns and rows; returns its minimised costs.
///
/// # Errors
/// A number that cannot enter a program, or HiGHS refuses a change.
pub fn set_up(
    grow: &mut impl Grow,
    (frame, program): (&Frame, &Program),
    stage: &Stage,
    prefix: &str,
) -> Result<Vec<(ColumnId, f64)>, SessionError> {
    Ok(match stage {
        Stage::MinMissed => program.misses.iter().map(|miss: &Miss| (miss.column, miss.penalty)).collect(),
        Stage::MinDeviation { norm, .. } => objective::add_deviation(grow, frame, program, *norm, prefix)?,
        Stage::MaxOutcomeBenefit { returns, value, .. } => {
            objective::add_benefit(grow, frame, program, (returns, *value), prefix)?
        }
        Stage::MaxMinCoverage { .. } => {
            let targets = objective::targets(frame, program);
            vec![(add_cover(grow, &targets, prefix)?.0, -1.0)]
        }
    })
}

/// The linear program of the first stage, unsolved: what there is to export where no plan exists.
///
/// # Errors
/// HiGHS refuses the program.
pub fn first_program(program: &Program, request: &Stages<'_>) -> Result<LinearProgram, SessionError> {
    Ok(first_session(program, request, &SolveOptions::default())?.program().clone())
}

/// The first stage on a solver, unsolved.
fn first_session(program: &Program, request: &Stages<'_>, options: &SolveOptions) -> Result<Session, SessionError> {
    let options = options.for_size(program.lp.columns().len(), program.lp.rows().len() + program.cells.len());
    let mut session = Session::open(program.lp.clone(), &options)?;
    let soft_first = !program.misses.is_empty() && !request.stages.contains(&Stage::MinMissed);
    let (stage, number) = match request.stages.first() {
        Some(stage) if !soft_first => (stage, 1),
        _ => (&Stage::MinMissed, 0),
    };
    let prefix = format!("s{number}.{}", stage.kind());
    let costs = set_up(&mut session, (request.frame, program), stage, &prefix)?;
    session.set_costs(&costs)?;
    Ok(session)
}

/// A session on what can still move of a program that has a plan.
fn open_compact(
    lp: &LinearProgram,
    program: &Program,
    options: &SolveOptions,
) -> Result<(Session, Method), SessionError> {
    let small = compact(lp, program.lp.columns().len())?;
    let options = options.for_size(small.columns().len(), small.rows().len());
    let mut session = Session::waiting(small, &options);
    session.keeps_a_plan();
    Ok((session, options.method))
}

/// The coverage tie-break alone, on a program restricted to the optimal plans of every stage; `None` where nothing can move.
///
/// # Errors
/// HiGHS refuses a change.
pub(super) fn tie_break(
    lp: &LinearProgram,
    program: &Program,
    request: &Stages<'_>,
    options: &SolveOptions,
) -> Result<Option<Certified>, SessionError> {
    let (session, method) = open_compact(lp, program, options)?;
    let mut runner = Runner::new((program, request), session, options.clone());
    (runner.method, runner.kind) = (method, "tie_break_coverage");
    // An end that is no optimum leaves the choice among equals to the solver, as in a run.
    let _ = runner.leximin_of_the_rest()?;
    Ok(runner.last)
}

struct Runner<'a> {
    program: &'a Program,
    request: &'a Stages<'a>,
    session: Session,
    options: SolveOptions,
    method: Method,
    results: Vec<StageResult>,
    last: Option<Certified>,
    kind: &'static str,
    unfinished: Option<&'static str>,
    bases: Vec<Basis>,
    /// The basis of the last first program, where programs are kept.
    basis: Option<Basis>,
    /// Stages whose first program is solved.
    solved: usize,
}

/// Ends a stage early: the run is over.
type Step = Result<Option<StageRun>, SessionError>;

impl<'a> Runner<'a> {
    fn open(program: &'a Program, request: &'a Stages<'a>, options: &SolveOptions) -> Self {
        // The first stage's own rows are still to come: about one a cell.
        let rows = program.lp.rows().len() + program.cells.len();
        let options = options.for_size(program.lp.columns().len(), rows);
        let session = Session::waiting(program.lp.clone(), &options);
        Self::new((program, request), session, options)
    }

    fn new((program, request): (&'a Program, &'a Stages<'a>), session: Session, options: SolveOptions) -> Self {
        Self {
            program,
            request,
            session,
            method: options.method,
            options,
            results: Vec::new(),
            last: None,
            kind: "open",
            unfinished: None,
            bases: Vec::new(),
            basis: None,
            solved: 0,
        }
    }

    /// Solves the first program of a stage.
    fn first(&mut self) -> Result<Outcome, SessionError> {
        if let Start::From(bases) = self.request.start
            && let Some(basis) = bases.get(self.solved)
            && self.session.fits(basis)
        {
            self.session.expect_few_iterations()?;
            self.session.start_from(basis);
        }
        self.solved += 1;
        let outcome = self.session.solve();
        if matches!(outcome, Outcome::Optimal(_)) {
            if self.request.start == Start::Kept {
                self.bases.push(self.session.basis()?);
            }
            self.basis = if self.request.keep_programs { self.session.basis().ok() } else { None };
        }
        Ok(outcome)
    }

    fn all(&mut self) -> Result<StageRun, SessionError> {
        let request = self.request;
        let soft_placed = request.stages.contains(&Stage::MinMissed);
        if !self.program.misses.is_empty()
            && !soft_placed
            && let Some(end) = self.stage(&Stage::MinMissed, 0)?
        {
            return Ok(end);
        }
        for (index, stage) in request.stages.iter().enumerate() {
            if *stage == Stage::MinMissed && self.program.misses.is_empty() {
                continue;
            }
            if self.unfinished.is_none()
                && let Some(end) = self.stage(stage, index + 1)?
            {
                return Ok(end);
            }
        }
        for tie_break in [Self::tie_break_coverage, Self::tie_break_fund] {
            if self.unfinished.is_some() {
                break;
            }
            match tie_break(self)? {
                // The plan is proved for every stage of the model; only the choice among equals stays the solver's.
                Some(StageRun::Failed(kind, _)) => self.unfinished = Some(kind),
                Some(end) => return Ok(end),
                None => {}
            }
        }
        self.options.watch.ended(self.kind);
        let Some(last) = self.last.take() else { return Ok(StageRun::Failed(self.kind, "no stage".to_owned())) };
        let amounts = self.program.amounts.iter().map(|column| last.column(*column)).collect();
        let stages = std::mem::take(&mut self.results);
        let bases = std::mem::take(&mut self.bases);
        let plan = Plan { amounts, stages, certificate: last.certificate(), unfinished: self.unfinished, bases };
        Ok(StageRun::Done(Box::new(plan)))
    }

    /// The name of something in the program; empty where nothing has one.
    fn name(&self, name: impl FnOnce() -> String) -> String {
        if self.program.named { name() } else { String::new() }
    }

    fn next_phase(&mut self, kind: &'static str) {
        self.options.watch.ended(self.kind);
        self.kind = kind;
    }

    fn stage(&mut self, stage: &Stage, number: usize) -> Step {
        self.next_phase(stage.kind());
        let prefix = self.name(|| format!("s{number}.{}", stage.kind()));
        match stage {
            Stage::MaxMinCoverage { slack, all_levels } => {
                self.leximin(stage.kind(), &prefix, *slack, *all_levels && *slack == 0.0)
            }
            _ => {
                let both = (self.request.frame, self.program);
                let costs = set_up(&mut self.session, both, stage, &prefix)?;
                self.single(stage, costs)
            }
        }
    }

    /// A stage of one program: minimise the costs, then keep the optimum.
    fn single(&mut self, stage: &Stage, costs: Vec<(ColumnId, f64)>) -> Step {
        self.session.set_costs(&costs)?;
        let kept = self.request.keep_programs.then(|| self.session.program().clone());
        let scale = cost_scale(&costs);
        let scaled: Vec<(ColumnId, f64)> = costs.iter().map(|(column, cost)| (*column, cost * scale)).collect();
        self.session.set_costs(&scaled)?;
        let size = (self.session.program().columns().len(), self.session.program().rows().len());
        self.method = self.options.for_size(size.0, size.1).method;
        if self.method == Method::InteriorPoint {
            // With so many new columns the old basis is worth less than a fresh interior-point solve.
            self.session.forget(self.method)?;
        }
        let optimum = match self.first()? {
            Outcome::Optimal(optimum) => *optimum,
            other => return Ok(Some(self.ended(other))),
        };
        let minimised = optimum.objective() / scale;
        let value = if stage.maximises() { -minimised } else { minimised };
        if stage.slack() > 0.0 {
            let terms: Vec<(ColumnId, f64)> =
                scaled.iter().map(|(column, cost)| (*column, six_digits(*cost))).collect();
            let value: f64 = terms.iter().map(|(column, cost)| cost * optimum.column(*column)).sum();
            let worst = value + stage.slack() * value.abs();
            let name = self.name(|| format!("keep.{}", self.results.len() + 1));
            self.session.add_rows(vec![Row { name, lower: f64::NEG_INFINITY, upper: worst, terms }])?;
        } else {
            restrict(&mut self.session, &optimum)?;
        }
        self.record(self.kind, value, minimised, optimum, 1, kept);
        Ok(None)
    }

    /// Leximin of coverage; keeps only the worst level where `all_levels` is false.
    fn leximin(&mut self, kind: &'static str, prefix: &str, slack: f64, all_levels: bool) -> Step {
        let tie = kind == "tie_break_coverage";
        let targets = if tie {
            objective::movable_targets(self.request.frame, self.program, self.session.program())
        } else {
            objective::targets(self.request.frame, self.program)
        };
        if targets.is_empty() {
            return self.without_freedom(kind);
        }
        let leximin = Leximin::open(&mut self.session, targets, prefix)?;
        let kept = self.request.keep_programs.then(|| self.session.program().clone());
        let first = match self.first()? {
            Outcome::Optimal(optimum) => optimum,
            other => return Ok(Some(self.ended(other))),
        };
        let minimised = first.objective();
        let mut programs = 1;
        self.record(kind, -minimised, minimised, (*first).clone(), 1, kept);
        if all_levels {
            let budget = self.request.frame.total().to_wan();
            match leximin.finish(&mut self.session, first, budget)? {
                LeximinOutcome::Done { last, programs: solved, .. } => {
                    programs = solved;
                    self.last = Some(*last);
                }
                // The levels so far are proved; those beyond could not be told apart in numbers.
                LeximinOutcome::Stopped { outcome: Outcome::Failed(_) | Outcome::Infeasible, last } => {
                    self.last = Some(*last);
                    self.unfinished = Some(kind);
                }
                LeximinOutcome::Stopped { outcome, .. } => return Ok(Some(self.ended(outcome))),
            }
        } else if slack > 0.0 {
            let least = -minimised * (1.0 - slack);
            self.session.set_column_bounds(leximin.level(), least, f64::INFINITY)?;
        } else {
            restrict(&mut self.session, &first)?;
        }
        if let Some(result) = self.results.last_mut() {
            result.programs = programs;
        }
        Ok(None)
    }

    /// A leximin when nothing can move any more: any feasible point is the optimum.
    fn without_freedom(&mut self, kind: &'static str) -> Step {
        self.session.set_costs(&[])?;
        let kept = self.request.keep_programs.then(|| self.session.program().clone());
        let optimum = match self.first()? {
            Outcome::Optimal(optimum) => *optimum,
            other => return Ok(Some(self.ended(other))),
        };
        let ratios = objective::judged(self.request.frame, self.program)
            .map(|(_, column, entitlement)| optimum.column(column) / entitlement);
        let worst = ratios.fold(f64::INFINITY, f64::min);
        self.record(kind, if worst.is_finite() { worst } else { 0.0 }, 0.0, optimum, 1, kept);
        Ok(None)
    }

    /// Goes on with a program of what can still move; the compiled columns keep their places.
    fn compact(&mut self) -> Result<(), SessionError> {
        (self.session, self.method) = open_compact(self.session.program(), self.program, &self.options)?;
        Ok(())
    }

    fn tie_break_coverage(&mut self) -> Step {
        self.next_phase("tie_break_coverage");
        self.compact()?;
        self.leximin_of_the_rest()
    }

    fn leximin_of_the_rest(&mut self) -> Step {
        let targets = objective::movable_targets(self.request.frame, self.program, self.session.program());
        let prefix = self.name(|| "tie".to_owned());
        if targets.is_empty() { Ok(None) } else { self.leximin("tie_break_coverage", &prefix, 0.0, true) }
    }

    /// Where several funds pay a cell: the fund that may pay fewer cells pays first, cells in order of code.
    fn tie_break_fund(&mut self) -> Step {
        self.next_phase("tie_break_fund");
        let frame = self.request.frame;
        let open = |column: &ColumnId| {
            self.session.program().columns().get(column.0).is_some_and(|column| column.lower != column.upper)
        };
        let shared = frame
            .amounts
            .iter()
            .zip(&self.program.amounts)
            .filter(|(amount, column)| frame.amounts_of(amount.cell).len() > 1 && open(column));
        let mut order: Vec<usize> = (0..frame.funds.len()).collect();
        order.sort_by_key(|index| frame.funds.get(*index).map(|fund| (fund.eligible.len(), fund.id.clone())));
        let cells = frame.dataset.cells().len() as f64;
        let funds = frame.funds.len() as f64;
        let costs = shared.map(|(amount, column)| {
            let rank = order.iter().position(|index| *index == amount.fund).unwrap_or_default() as f64;
            // Strictly Monge: the narrowest fund fills the first cells, so the split is unique.
            (*column, -((funds - rank) / funds) * ((cells - amount.cell.0 as f64) / cells))
        });
        let costs: Vec<(ColumnId, f64)> = costs.collect();
        if costs.is_empty() {
            return Ok(None);
        }
        self.give_room()?;
        self.session.set_costs(&costs)?;
        let kept = self.request.keep_programs.then(|| self.session.program().clone());
        let optimum = match self.first()? {
            Outcome::Optimal(optimum) => *optimum,
            other => return Ok(Some(self.ended(other))),
        };
        let minimised = optimum.objective();
        self.record("tie_break_fund", minimised, minimised, optimum, 1, kept);
        Ok(None)
    }

    /// Opens rows by the rounding errors of the last proved point, so that what is fixed there cannot contradict them.
    fn give_room(&mut self) -> Result<(), SessionError> {
        let columns = self.session.program().columns().len();
        match self.last.take_if(|last| last.columns().len() == columns) {
            Some(last) => {
                admit(&mut self.session, &last)?;
                self.last = Some(last);
            }
            None => {
                // The last point is one of another program: any point of this one serves.
                self.session.set_costs(&[])?;
                if let Outcome::Optimal(point) = self.session.solve() {
                    admit(&mut self.session, &point)?;
                }
            }
        }
        Ok(())
    }

    fn record(
        &mut self,
        kind: &'static str,
        value: f64,
        minimised: f64,
        optimum: Certified,
        programs: usize,
        program: Option<LinearProgram>,
    ) {
        // What later stages change keeps this optimum.
        self.session.keeps_a_plan();
        let certificate = optimum.certificate();
        let size = (optimum.columns().len(), optimum.rows().len());
        let method = self.method;
        self.last = Some(optimum.clone());
        self.results.push(StageResult {
            kind,
            // Minus zero is zero.
            value: value + 0.0,
            minimised: minimised + 0.0,
            optimum,
            certificate,
            programs,
            size,
            method,
            program,
            basis: self.basis.take(),
        });
    }

    fn ended(&self, outcome: Outcome) -> StageRun {
        match outcome {
            Outcome::Infeasible if self.results.is_empty() => StageRun::Infeasible,
            Outcome::Infeasible => StageRun::Failed(self.kind, "the kept optimum became infeasible".to_owned()),
            Outcome::Unbounded => StageRun::Unbounded(self.kind),
            Outcome::Limit(limit) => StageRun::Limit(limit, self.kind),
            Outcome::Failed(why) => StageRun::Failed(self.kind, why),
            Outcome::Optimal(_) => StageRun::Failed(self.kind, "an optimum taken for an end".to_owned()),
        }
    }
}

/// A power of two that brings the largest and the smallest cost to both sides of 1, the largest to some 10⁴ at most: keeps the
/// solver's absolute tolerances meaningful for each of them and loses no bit.
pub(super) fn cost_scale(costs: &[(ColumnId, f64)]) -> f64 {
    let sizes = || costs.iter().map(|(_, cost)| cost.abs()).filter(|cost| *cost > 0.0);
    let (smallest, largest) = (sizes().fold(f64::INFINITY, f64::min), sizes().fold(0.0, f64::max));
    if largest == 0.0 {
        return 1.0;
    }
    let up = (0.5 * (largest.log2() - smallest.log2())).min(LARGEST_COST.log2());
    (up - largest.log2()).floor().exp2()
}

/// About the largest cost that the solver sees.
const LARGEST_COST: f64 = 1e4;

/// A number to six significant digits.
///
/// A slack is a judgement; costs that differ in the ninth digit because entitlements are rounded to the 分 would make its row
/// nearly follow from the others, which no solver can tell apart.
pub(super) fn six_digits(value: f64) -> f64 {
    format!("{value:.5e}").parse().unwrap_or(value)
}
