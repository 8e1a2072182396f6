//! All stages of a problem on one live solver, for many scenarios of the same shape.
//!
//! Where every stage is one linear program (a leximin counts by its worst level only), the columns and rows of all of them stand
//! in one program from the start. A scenario then is new numbers in it; each of its stages starts from the basis at which the
//! base problem ended that stage, so that an answer depends on the scenario alone and on nothing solved before.

use crate::lp::{ColumnId, LinearProgram, Row, RowId};
use crate::program::objective::{self, Stage};
use crate::program::stages::{cost_scale, set_up, six_digits, tie_break};
use crate::program::{Program, Stages};
use crate::solver::{
    Basis, Certified, Grow, Limit, Method, Outcome, Session, SessionError, SolveOptions, add_cover, restrict,
};

/// A compiled problem together with the columns and rows of all its stages.
#[derive(Debug, Clone)]
pub struct Joint {
    program: Program,
    lp: LinearProgram,
    stages: Vec<Seated>,
}

/// One stage within the joint program.
#[derive(Debug, Clone)]
struct Seated {
    kind: &'static str,
    slack: f64,
    maximises: bool,
    /// Minimised costs, scaled by a power of two.
    costs: Vec<(ColumnId, f64)>,
    scale: f64,
    /// Level column of a worst coverage.
    level: Option<ColumnId>,
    /// Row that keeps a sum within its slack.
    keep: Option<RowId>,
}

/// How a scenario ended.
#[derive(Debug, Clone, PartialEq)]
pub enum LiveEnd {
    /// A certified plan.
    Solved(LivePlan),
    /// No plan meets all hard requirements.
    Infeasible,
    /// The time or an interrupt ended it.
    Limit(Limit),
    /// The objective of this stage has no bound.
    Unbounded(&'static str),
    /// The solver failed in this stage.
    Failed(&'static str, String),
}

/// A certified plan before rounding.
#[derive(Debug, Clone, PartialEq)]
pub struct LivePlan {
    /// Amount of each cell of the frame, in 万元.
    pub cells: Vec<f64>,
    /// Kind and best value of each stage, in the stage's own sense.
    pub values: Vec<(&'static str, f64)>,
}

impl Joint {
    /// Puts the stages of a request beside a compiled problem; `None` where a stage takes more than one program.
    ///
    /// # Errors
    /// A number that cannot enter a program.
    pub fn build(program: Program, request: &Stages<'_>) -> Result<Option<Self>, SessionError> {
        let mut joint = Self { lp: program.lp.clone(), program, stages: Vec::new() };
        if !joint.program.misses.is_empty() && !request.stages.contains(&Stage::MinMissed) {
            joint.add(&Stage::MinMissed, request)?;
        }
        for stage in request.stages {
            match stage {
                Stage::MaxMinCoverage { slack, all_levels: true } if *slack == 0.0 => return Ok(None),
                Stage::MinMissed if joint.program.misses.is_empty() => {}
                _ => joint.add(stage, request)?,
            }
        }
        Ok(Some(joint))
    }

    fn add(&mut self, stage: &Stage, request: &Stages<'_>) -> Result<(), SessionError> {
        let mut level = None;
        let costs = if let Stage::MaxMinCoverage { .. } = stage {
            let targets = objective::targets(request.frame, &self.program);
            let column = add_cover(&mut self.lp, &targets, "")?.0;
            level = Some(column);
            vec![(column, -1.0)]
        } else {
            set_up(&mut self.lp, (request.frame, &self.program), stage, "")?
        };
        let scale = cost_scale(&costs);
        let costs: Vec<(ColumnId, f64)> = costs.into_iter().map(|(column, cost)| (column, cost * scale)).collect();
        let mut keep = None;
        if level.is_none() && stage.slack() > 0.0 {
            let terms = costs.iter().map(|(column, cost)| (*column, six_digits(*cost))).collect();
            let (lower, upper) = (f64::NEG_INFINITY, f64::INFINITY);
            keep = Some(Grow::add_rows(&mut self.lp, vec![Row { name: String::new(), lower, upper, terms }])?);
        }
        let (kind, slack, maximises) = (stage.kind(), stage.slack(), stage.maximises());
        self.stages.push(Seated { kind, slack, maximises, costs, scale, level, keep });
        Ok(())
    }
}

/// A live solver that stands on a base problem.
#[derive(Debug)]
pub struct Live {
    session: Session,
    /// Basis at which the base problem ended each stage.
    bases: Vec<Basis>,
    options: SolveOptions,
}

impl Live {
    /// Solves the base problem; `None` in place of the solver where it has no plan to start from.
    ///
    /// # Errors
    /// HiGHS refuses the program.
    pub fn open(
        base: &Joint,
        request: &Stages<'_>,
        options: &SolveOptions,
    ) -> Result<(Option<Self>, LiveEnd), SessionError> {
        let mut session = Session::open(base.lp.clone(), options)?;
        session.expect_few_iterations()?;
        let mut live = Self { session, bases: Vec::new(), options: options.clone() };
        let end = live.stages(base, request)?;
        let complete = live.bases.len() == base.stages.len();
        Ok((complete.then_some(live), end))
    }

    /// Solves a scenario from the bases of the base problem.
    ///
    /// # Errors
    /// HiGHS refuses a change.
    pub fn solve(&mut self, scenario: &Joint, request: &Stages<'_>) -> Result<LiveEnd, SessionError> {
        if self.session.take_numbers(&scenario.lp)? {
            self.stages(scenario, request)
        } else {
            // Another shape: a solver of its own, cold.
            Ok(Self::open(scenario, request, &self.options)?.1)
        }
    }

    fn stages(&mut self, joint: &Joint, request: &Stages<'_>) -> Result<LiveEnd, SessionError> {
        let mut values = Vec::with_capacity(joint.stages.len());
        let mut last = None;
        self.session.forgets_its_plan();
        for (index, stage) in joint.stages.iter().enumerate() {
            self.session.set_costs(&stage.costs)?;
            match self.bases.get(index) {
                Some(basis) => {
                    if index == 0 {
                        // Nothing that the solver learnt from another scenario may tell in this one.
                        self.session.forget(Method::Simplex)?;
                    }
                    self.session.set_basis(basis)?;
                }
                None => self.session.forget(self.options.method)?,
            }
            let optimum = match self.session.solve() {
                Outcome::Optimal(optimum) => *optimum,
                Outcome::Infeasible if index == 0 => return Ok(LiveEnd::Infeasible),
                Outcome::Infeasible => {
                    return Ok(LiveEnd::Failed(stage.kind, "the kept optimum became infeasible".into()));
                }
                Outcome::Unbounded => return Ok(LiveEnd::Unbounded(stage.kind)),
                Outcome::Limit(limit) => return Ok(LiveEnd::Limit(limit)),
                Outcome::Failed(why) => return Ok(LiveEnd::Failed(stage.kind, why)),
            };
            if self.bases.len() == index {
                self.bases.push(self.session.basis()?);
            }
            let minimised = optimum.objective() / stage.scale;
            values.push((stage.kind, if stage.maximises { -minimised } else { minimised }));
            let is_last = index + 1 == joint.stages.len();
            if is_last && self.decides(joint, &optimum)? {
                last = Some(optimum);
                break;
            }
            self.keep(stage, &optimum)?;
            self.session.keeps_a_plan();
            last = Some(optimum);
            if is_last && let Some(chosen) = tie_break(self.session.program(), &joint.program, request, &self.options)?
            {
                last = Some(chosen);
            }
        }
        let Some(last) = last else { return Ok(LiveEnd::Failed("open", "no stage".into())) };
        let amount = |column: &Option<ColumnId>| column.map_or(0.0, |column| last.column(column));
        Ok(LiveEnd::Solved(LivePlan { cells: joint.program.cells.iter().map(amount).collect(), values }))
    }

    /// Whether the optimum leaves no choice in the amount of any cell.
    fn decides(&mut self, joint: &Joint, optimum: &Certified) -> Result<bool, SessionError> {
        let mut watched = vec![false; self.session.program().columns().len()];
        for column in joint.program.cells.iter().flatten() {
            if let Some(flag) = watched.get_mut(column.0) {
                *flag = true;
            }
        }
        self.session.is_unique(optimum, &watched)
    }

    /// Keeps a stage's optimum, within its slack, while later stages are solved.
    fn keep(&mut self, stage: &Seated, optimum: &Certified) -> Result<(), SessionError> {
        match (stage.level, stage.keep) {
            (Some(level), _) if stage.slack > 0.0 => {
                let least = optimum.column(level) * (1.0 - stage.slack);
                self.session.set_column_bounds(level, least, least)
            }
            (_, Some(row)) => {
                let rounded: f64 =
                    stage.costs.iter().map(|(column, cost)| six_digits(*cost) * optimum.column(*column)).sum();
                let worst = rounded + stage.slack * rounded.abs();
                self.session.set_row_bounds(row, f64::NEG_INFINITY, worst)
            }
            _ => restrict(&mut self.session, optimum),
        }
    }
}
