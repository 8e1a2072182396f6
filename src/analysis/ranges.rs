//! How much a cell could receive while every stage stays near its optimum: near-optimal ranges, exact linear programs.

use schemars::JsonSchema;
use serde::Serialize;

use crate::dataset::CellId;
use crate::program::{Stage, StageResult, keep};
use crate::run::Solved;
use crate::solver::{Outcome, Session, SessionError, SolveOptions};

/// Least and largest amount of a cell, in 元.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Range {
    /// Least amount.
    pub least_yuan: f64,
    /// Largest amount.
    pub most_yuan: f64,
}

/// The range of a cell while every stage's value stays within `loss` (relative) of its optimum.
///
/// Each stage is kept by its own program's rows, so the last kept program holds the rows of all stages before it.
///
/// # Errors
/// HiGHS refuses a change.
pub fn range(solved: &Solved, cell: CellId, loss: f64, options: &SolveOptions) -> Result<Option<Range>, SessionError> {
    let Some(column) = solved.program.cell(cell) else { return Ok(None) };
    let Some(mut session) = relaxed(solved, loss, options)? else { return Ok(None) };
    let mut ends = [0.0; 2];
    for (end, direction) in ends.iter_mut().zip([1.0, -1.0]) {
        session.set_costs(&[(column, direction)])?;
        match session.solve() {
            Outcome::Optimal(optimum) => *end = optimum.column(column) * 1e4,
            _ => return Ok(None),
        }
    }
    let [least_yuan, most_yuan] = ends;
    Ok(Some(Range { least_yuan, most_yuan }))
}

/// The problem with one row a stage that keeps its value within the loss.
fn relaxed(solved: &Solved, loss: f64, options: &SolveOptions) -> Result<Option<Session>, SessionError> {
    let both = (&solved.prepared.problem.frame, &solved.program);
    let mut session = Session::open(solved.program.lp.clone(), options)?;
    let stages: Vec<&StageResult> =
        solved.plan.stages.iter().filter(|stage| !stage.kind.starts_with("tie_break")).collect();
    let mut results = stages.into_iter();
    if !solved.program.misses.is_empty() && !solved.prepared.problem.stages.contains(&Stage::MinMissed) {
        let Some(result) = results.next() else { return Ok(None) };
        keep(&mut session, both, &Stage::MinMissed, result.minimised, loss, 0)?;
    }
    let mut number = 1;
    for stage in &solved.prepared.problem.stages {
        if *stage == Stage::MinMissed && solved.program.misses.is_empty() {
            continue;
        }
        let Some(result) = results.next() else { return Ok(None) };
        keep(&mut session, both, stage, result.minimised, loss, number)?;
        number += 1;
    }
    Ok(Some(session))
}
