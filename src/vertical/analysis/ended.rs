//! How an analysis ends without result, in the words of a run.

use crate::finding::{Finding, Place};
use crate::run::RunError;
use crate::solver::{SessionError, Stopped};

/// A program that stopped; `stage` says in which part of the analysis.
pub(super) fn stopped(stopped: Stopped, stage: &'static str) -> RunError {
    match stopped {
        Stopped::Limit(limit) => RunError::Limit(limit, Finding::limit(limit, stage)),
        Stopped::Unbounded => {
            RunError::Failed(Finding::error("solver.unbounded", Place::default()).with("stage", stage))
        }
        Stopped::Infeasible => failed("infeasible", stage),
        Stopped::Failed(why) => failed(&why, stage),
    }
}

/// A change that HiGHS refused.
pub(super) fn refused(error: &SessionError, stage: &'static str) -> RunError {
    failed(&error.to_string(), stage)
}

fn failed(why: &str, stage: &'static str) -> RunError {
    RunError::Failed(Finding::error("solver.failed", Place::default()).with("stage", stage).with("why", why))
}
