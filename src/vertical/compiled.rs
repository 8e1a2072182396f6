//! A model compiled once, for many scenarios: only the numbers that a change touches are made anew.
//!
//! [`Worker::solve`] is the core of every analysis over scenarios: its answer depends on the compiled model and the changes alone,
//! never on what the worker solved before, so that any split over threads or machines gives the same answers.

use crate::finding::{Finding, Findings, Place};
use crate::lp::refused;
use crate::policy::Problem;
use crate::program::{self, Joint, Live, LiveEnd, LivePlan, StageRun, Stages};
use crate::run::{Altered, Demands, Joined, Prepared, RunError, altered, assemble, calculated, join};
use crate::scenario::Change;
use crate::solver::{Limit, SessionError, SolveOptions};

/// A prepared model with the one program of all its stages.
#[derive(Debug, Clone)]
pub struct Compiled {
    base: Prepared,
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
        // Amounts that follow from the calculated plan are made anew for every scenario, and so is the program.
        let is_relative = calculated::is_relative(&base.problem);
        let joint = if is_relative { None } else { joint(&base.problem, &base.demands)? };
        Ok(Self { base, joint })
    }

    /// The model without changes.
    pub fn base(&self) -> &Prepared {
        &self.base
    }

    /// A worker; the base model is solved to have where to start from.
    pub fn worker(&self, options: &SolveOptions) -> Worker<'_> {
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
        let Altered { tree, data, indicators, .. } = altered(&self.compiled.base, changes, false)?;
        let Joined { mut problem, mut demands, .. } = join(&self.compiled.base, &tree, (data, &indicators))?;
        if calculated::is_open(&problem) {
            let known = match calculated::calculate(&problem, &demands, &self.options) {
                Ok(Some(known)) => known,
                Ok(None) => return Ok(ScenarioEnd::Infeasible),
                Err(error) => return ended(error),
            };
            (problem, demands) = match calculated::closed(problem, &demands, &known) {
                Ok(closed) => closed,
                Err(error) => return ended(error),
            };
        }
        let request = request(&problem);
        let Some(joint) = joint(&problem, &demands)? else { return self.in_full(problem, &demands) };
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

    /// Stages that take many programs each, such as a full leximin: solved from the start.
    fn in_full(&self, problem: Problem, demands: &Demands) -> Result<ScenarioEnd, Findings> {
        let program = assemble(&problem, demands)?;
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

/// What ended the plan without anything set by hand.
fn ended(error: RunError) -> Result<ScenarioEnd, Findings> {
    Ok(match error {
        RunError::Findings(findings) => return Err(findings),
        RunError::Infeasible(_) => ScenarioEnd::Infeasible,
        RunError::Limit(limit, _) => ScenarioEnd::Limit(limit),
        RunError::Unroundable(finding, ..) | RunError::Failed(finding) => ScenarioEnd::Failed(finding),
    })
}

fn joint(problem: &Problem, demands: &Demands) -> Result<Option<Joint>, Findings> {
    let program = assemble(problem, demands)?;
    Joint::build(program, &request(problem)).map_err(|error| match error {
        SessionError::Number(error) => refused(error).into(),
        SessionError::Engine(error) => Finding::error("solver.failed", Place::default())
            .with("stage", "open")
            .with("why", error.to_string())
            .into(),
    })
}

fn request(problem: &Problem) -> Stages<'_> {
    Stages::new(&problem.frame, &problem.stages)
}

fn unbounded(stage: &'static str) -> ScenarioEnd {
    ScenarioEnd::Failed(Finding::error("solver.unbounded", Place::default()).with("stage", stage))
}

fn failed(stage: &'static str, why: String) -> ScenarioEnd {
    ScenarioEnd::Failed(Finding::error("solver.failed", Place::default()).with("stage", stage).with("why", why))
}
