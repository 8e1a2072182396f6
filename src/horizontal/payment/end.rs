//! How solving a case ended, where it is not an optimum.

use crate::finding::{Finding, Place};
use crate::patience::phase;
use crate::solver::{Certified, Outcome, SessionError};

/// How a case ended without optimum.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum End {
    /// No plan meets all conditions.
    Infeasible,
    /// A limit or a failure.
    Finding(Box<Finding>),
}

impl From<SessionError> for End {
    fn from(error: SessionError) -> Self {
        failed("session", &error.to_string())
    }
}

/// A solver that gave up.
pub(super) fn failed(stage: &'static str, why: &str) -> End {
    let finding = Finding::error("solver.failed", Place::default()).with("stage", phase(stage)).with("why", why);
    End::Finding(Box::new(finding))
}

/// The optimum of an outcome, or how it ended.
pub(super) fn proved(outcome: Outcome, stage: &'static str) -> Result<Box<Certified>, End> {
    match outcome {
        Outcome::Optimal(certified) => Ok(certified),
        Outcome::Infeasible => Err(End::Infeasible),
        Outcome::Unbounded => Err(End::Finding(Box::new(
            Finding::error("solver.unbounded", Place::default()).with("stage", phase(stage)),
        ))),
        Outcome::Limit(limit) => Err(End::Finding(Box::new(Finding::limit(limit, phase(stage))))),
        Outcome::Failed(why) => Err(failed(stage, &why)),
    }
}
