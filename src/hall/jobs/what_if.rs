//! A what-if: a model kept warm, changes, and the record that a fresh run of the command line would print.

use std::sync::Arc;

use crate::jobs::models::Base;
use crate::jobs::ticket::Ticket;
use crate::phrases::Lang;
use crate::questions::{self, Amounts, Failure};
use crate::record::{Record, record};
use crate::run::{self, Solved};
use crate::scenario::Change;

/// A what-if, ready to be solved.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The model without changes.
    pub base: Arc<Base>,
    /// The changes, in order.
    pub changes: Vec<Change>,
}

/// How a what-if ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A plan, certified and exact.
    Optimal,
    /// No plan meets the hard rules, or none in whole rounding units.
    Infeasible,
}

/// The document of a what-if.
#[derive(Debug, Clone)]
pub struct Answer {
    /// How it ended.
    pub outcome: Outcome,
    /// Content hash of the run; that of the question where there is no plan.
    pub hash: String,
    /// JSON.
    pub bytes: Vec<u8>,
}

/// Solves a what-if; `keep_programs` for explanations, workbooks and exports.
///
/// # Errors
/// Wrong inputs, no plan, a limit.
pub fn solved(asked: &Asked, ticket: &Arc<Ticket>, keep_programs: bool) -> Result<Solved, Failure> {
    let options = ticket.options();
    let prepared = asked.base.under(&asked.changes)?;
    let solved = run::solve(prepared.clone(), &options, keep_programs);
    solved.map_err(|error| Failure::of(error, &options).beside(&prepared))
}

/// Answers a what-if.
///
/// # Errors
/// Wrong inputs, a limit.
pub fn what_if(asked: &Asked, ticket: &Arc<Ticket>, lang: Lang) -> Result<Answer, Failure> {
    answered(asked, ticket, lang, |record| questions::json(&record))
}

/// Answers a what-if with its amounts alone, in as few bytes as they take.
///
/// # Errors
/// Wrong inputs, a limit.
pub fn amounts(asked: &Asked, ticket: &Arc<Ticket>, lang: Lang) -> Result<Answer, Failure> {
    answered(asked, ticket, lang, |record| serde_json::to_vec(&Amounts::of(record)).unwrap_or_default())
}

fn answered(
    asked: &Asked,
    ticket: &Arc<Ticket>,
    lang: Lang,
    write: impl FnOnce(Record) -> Vec<u8>,
) -> Result<Answer, Failure> {
    let options = ticket.options();
    let prepared = asked.base.under(&asked.changes)?;
    let hash = prepared.hash.clone();
    let solved = run::solve(prepared.clone(), &options, false);
    match solved.map_err(|error| Failure::of(error, &options).beside(&prepared)) {
        Ok(solved) => Ok(Answer { outcome: Outcome::Optimal, hash, bytes: write(record(&solved)) }),
        Err(failure @ Failure::Infeasible(..)) => {
            // A diagnosis that was cut short is none.
            questions::unless_interrupted((), &options)?;
            let bytes = questions::pretty(&failure.document(lang));
            Ok(Answer { outcome: Outcome::Infeasible, hash, bytes })
        }
        Err(failure) => Err(failure),
    }
}
