//! A model compiled once, for many scenarios: only the numbers that a change touches are made anew.
//!
//! [`Worker::solve`] is the core of every analysis over scenarios: its answer depends on the compiled model and the changes alone,
//! never on what the worker solved before, so that any split over threads or machines gives the same answers.

use std::sync::Arc;

use crate::finding::{Finding, Findings, Place};
use crate::policy::{self, Problem, Touched};
use crate::program::{self, Form, Joint, Live, LiveEnd, LivePlan, Numbers, StageRun, Stages};
use crate::rules::{Member, fund};
use crate::run::{Prepared, altered, refused};
use crate::scenario::Change;
use crate::solver::{Limit, SessionError, SolveOptions};

/// A prepared model with the numbers of every fund and rule.
#[derive(Debug, Clone)]
pub struct Compiled {
    base: Prepared,
    /// Numbers of each fund, then of each rule.
    numbers: Vec<Arc<Vec<Numbers>>>,
    joint: Option<Joint>,
}

/// How a scenario ended.
#[derive(Debug, Clone)]
pub enum ScenarioEnd {
    /// A certified plan before rounding, and the changed problem it belongs to.
    Solved(LivePlan, Box<Problem>),
    /// No plan meets all hard rules.
    Infeasible,
    /// The time or an interrupt ended it.
    Limit(Limit),
    /// The changes do not fit, or the changed model is wrong.
    Wrong(Findings),
    /// The solver failed.
    Failed(Finding),
}

/// Solves scenarios of one compiled model on a live solver of its own.
#[derive(Debug)]
pub struct Worker<'a> {
    compiled: &'a Compiled,
    live: Option<Live>,
    options: SolveOptions,
}

impl Compiled {
    /// Compiles a prepared model.
    ///
    /// # Errors
    /// Blank figures, or numbers that cannot stand in a linear program.
    pub fn new(base: Prepared) -> Result<Self, Findings> {
        let problem = &base.problem;
        let members = members(problem);
        let numbers: Vec<Arc<Vec<Numbers>>> =
            members.map(|member| numbers_of(problem, member).map(Arc::new)).collect::<Result<_, _>>()?;
        let joint = joint(problem, &numbers)?;
        Ok(Self { base, numbers, joint })
    }

    /// The model without changes.
    pub fn base(&self) -> &Prepared {
        &self.base
    }

    /// A worker; the base model is solved to have where to start from.
    pub fn worker(&self, options: &SolveOptions) -> Worker<'_> {
        keep_freed_memory();
        let request = request(&self.base.problem);
        let live = self.joint.as_ref().and_then(|joint| Live::open(joint, &request, options).ok()?.0);
        Worker { compiled: self, live, options: options.clone() }
    }
}

impl Worker<'_> {
    /// The model without changes.
    pub fn base(&self) -> &Prepared {
        &self.compiled.base
    }

    /// Solves the model under changes.
    pub fn solve(&mut self, changes: &[Change]) -> ScenarioEnd {
        match self.try_solve(changes) {
            Ok(end) => end,
            Err(findings) => ScenarioEnd::Wrong(findings),
        }
    }

    fn try_solve(&mut self, changes: &[Change]) -> Result<ScenarioEnd, Findings> {
        let base = &self.compiled.base;
        let altered = altered(base, changes, false)?;
        let head = policy::head(&altered.tree, &base.model_file)?;
        if head.dataset != base.problem.head.dataset || head.ecosystems != base.problem.head.ecosystems {
            return Err(Finding::error("scenario.other_data", Place::file(&base.model_file)).into());
        }
        let trees = (&base.tree, &altered.tree);
        let (problem, touched) =
            policy::rebind(&base.problem, trees, &head, (altered.data, &altered.indicators), &base.model_file)?;
        let missing = program::missing_figures(&problem.frame, &problem.stages);
        if !missing.is_empty() {
            return Err(Findings(missing));
        }
        let numbers = self.numbers(&problem, &touched)?;
        let request = request(&problem);
        let Some(joint) = joint(&problem, &numbers)? else { return self.in_full(problem, &numbers) };
        let end = match &mut self.live {
            Some(live) => live.solve(&joint, &request),
            None => Live::open(&joint, &request, &self.options).map(|(_, end)| end),
        };
        Ok(match end {
            Ok(LiveEnd::Solved(plan)) => ScenarioEnd::Solved(plan, Box::new(problem)),
            Ok(LiveEnd::Infeasible) => ScenarioEnd::Infeasible,
            Ok(LiveEnd::Limit(limit)) => ScenarioEnd::Limit(limit),
            Ok(LiveEnd::Unbounded(stage)) => unbounded(stage),
            Ok(LiveEnd::Failed(stage, why)) => failed(stage, why),
            Err(error) => failed("open", error.to_string()),
        })
    }

    /// Numbers of every member, those of untouched ones as compiled.
    fn numbers(&self, problem: &Problem, touched: &Touched) -> Result<Vec<Arc<Vec<Numbers>>>, Findings> {
        let holds = |member: Member| match member {
            _ if touched.everything => false,
            Member::Fund(_) => !touched.funds,
            Member::Rule(index) => !touched.rules.contains(&index),
        };
        members(problem)
            .enumerate()
            .map(|(index, member)| match self.compiled.numbers.get(index) {
                Some(known) if holds(member) => Ok(Arc::clone(known)),
                _ => numbers_of(problem, member).map(Arc::new),
            })
            .collect()
    }

    /// Stages that take many programs each, such as a full leximin: solved from the start.
    fn in_full(&self, problem: Problem, numbers: &[Arc<Vec<Numbers>>]) -> Result<ScenarioEnd, Findings> {
        let program = assembled(&problem, numbers)?;
        Ok(match program::run(&program, &request(&problem), &self.options)? {
            StageRun::Done(plan) => {
                let frame = &problem.frame;
                let sum = |cell| frame.amounts_of(cell).iter().filter_map(|id| plan.amounts.get(id.0)).sum();
                let stages = plan.stages.iter().filter(|stage| !stage.kind.starts_with("tie_break"));
                let cells = frame.cells().map(sum).collect();
                let values = stages.map(|stage| (stage.kind, stage.value)).collect();
                ScenarioEnd::Solved(LivePlan { cells, values }, Box::new(problem))
            }
            StageRun::Infeasible => ScenarioEnd::Infeasible,
            StageRun::Limit(limit, _) => ScenarioEnd::Limit(limit),
            StageRun::Unbounded(stage) => unbounded(stage),
            StageRun::Failed(stage, why) => failed(stage, why),
        })
    }
}

/// Lets glibc's allocator keep what one scenario frees for the next one: from the first freed block of this size on it gives
/// memory back to the system only beyond twice as much, which took an eighth of a scenario's time. Other allocators do not mind.
fn keep_freed_memory() {
    const BLOCK: usize = 16 << 20;
    drop(std::hint::black_box(Vec::<u8>::with_capacity(BLOCK)));
}

fn request(problem: &Problem) -> Stages<'_> {
    Stages { frame: &problem.frame, stages: &problem.stages, keep_programs: false }
}

fn members(problem: &Problem) -> impl Iterator<Item = Member> + use<> {
    (0..problem.frame.funds.len()).map(Member::Fund).chain((0..problem.rules.len()).map(Member::Rule))
}

fn numbers_of(problem: &Problem, member: Member) -> Result<Vec<Numbers>, Findings> {
    let id = problem.id(member);
    let requirements = match member {
        Member::Fund(index) => fund::requirement(&problem.frame, index).into_iter().collect(),
        Member::Rule(index) => problem.requirements_of(index)?,
    };
    requirements
        .iter()
        .map(|requirement| Numbers::unnamed(requirement, id))
        .collect::<Result<_, _>>()
        .map_err(|error| refused(error).into())
}

fn assembled(problem: &Problem, numbers: &[Arc<Vec<Numbers>>]) -> Result<program::Program, Findings> {
    let all = numbers.iter().flat_map(|numbers| numbers.iter());
    let form = Form { named: false, as_row: &|_| false };
    program::assemble(&problem.frame, all, &|member| problem.penalty(member), &form)
        .map_err(|error| refused(error).into())
}

fn joint(problem: &Problem, numbers: &[Arc<Vec<Numbers>>]) -> Result<Option<Joint>, Findings> {
    let program = assembled(problem, numbers)?;
    Joint::build(program, &request(problem)).map_err(|error| match error {
        SessionError::Number(error) => refused(error).into(),
        SessionError::Engine(error) => Finding::error("solver.failed", Place::default())
            .with("stage", "open")
            .with("why", error.to_string())
            .into(),
    })
}

fn unbounded(stage: &'static str) -> ScenarioEnd {
    ScenarioEnd::Failed(Finding::error("solver.unbounded", Place::default()).with("stage", stage))
}

fn failed(stage: &'static str, why: String) -> ScenarioEnd {
    ScenarioEnd::Failed(Finding::error("solver.failed", Place::default()).with("stage", stage).with("why", why))
}
