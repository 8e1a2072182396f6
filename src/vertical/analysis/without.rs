//! What amounts would be without a rule: the model with the rule switched off, read and solved again, to the 分.

use crate::run::{self, RunError, Solved};
use crate::scenario::Change;
use crate::solver::{SolveOptions, Watch};
use crate::units::Money;

/// The amount of every cell without a rule; `None` where such a model has no plan that could be shown.
///
/// # Errors
/// A limit.
pub fn without(solved: &Solved, rule: &str, options: &SolveOptions) -> Result<Option<Vec<Money>>, RunError> {
    let Ok(change) = Change::parse(&format!("rule.{rule}.enabled=false")) else { return Ok(None) };
    let Ok(prepared) = run::changed(&solved.prepared, &[change]) else { return Ok(None) };
    let quiet = SolveOptions { watch: Watch::default(), ..options.clone() };
    match run::solve(prepared, &quiet, false) {
        Ok(other) => {
            let frame = &other.prepared.problem.frame;
            Ok(Some(frame.cells().map(|cell| frame.received(cell, &other.settled.amounts)).collect()))
        }
        Err(limit @ RunError::Limit(..)) => Err(limit),
        Err(_) => Ok(None),
    }
}
