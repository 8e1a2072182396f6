//! A sweep: the scenarios of a plan, answered by threads, kept on disk as they come, summed up exactly.
//!
//! An edge: it reads and writes files and shows its progress. Memory does not grow with the number of draws.

mod csv_part;
pub mod layout;
pub mod manifest;
mod parquet_part;
pub mod progress;
pub mod store;
mod statistics;
pub mod summary;

use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use crate::evaluation::{Draw, Drawn, Evaluator, Plan, in_order};
use crate::finding::{Finding, Findings, Place};
use crate::run::Prepared;
use crate::sweep::layout::{Block, Layout, PART};
use crate::sweep::store::Store;

pub use manifest::{DrawsFormat, Manifest};
pub use summary::Summary;

/// A part that is not full yet is written after so long.
const EVERY: Duration = Duration::from_secs(5);

/// A sweep to run.
pub struct Sweep<'a> {
    /// The model.
    pub prepared: &'a Prepared,
    /// Its scenarios.
    pub plan: &'a Plan,
    /// Threads; results do not depend on them.
    pub threads: usize,
    /// Raised from outside to end early.
    pub stop: &'a AtomicBool,
}

/// Answers what is missing in the store, in order; returns the number of draws that it then holds. `told` hears every number
/// of draws done.
///
/// # Errors
/// A part that cannot be written; the parts before it stay whole.
pub fn run<E: Evaluator>(
    sweep: &Sweep<'_>,
    store: &mut Store,
    evaluator: &(dyn Fn() -> E + Sync),
    told: &mut dyn FnMut(u64),
) -> Result<u64, Findings> {
    let plan = sweep.plan;
    let layout = Layout::new(sweep.prepared, plan);
    let mut pending = store.pending(&layout);
    let first = store.parts() * PART + pending.rows() as u64;
    let mut failure: Option<Finding> = None;
    let mut written = Instant::now();
    let answer = |evaluator: &mut E, k: u64| -> (Drawn, Draw) {
        let drawn = plan.scenario(k);
        let draw = evaluator.evaluate(&drawn.changes);
        (drawn, draw)
    };
    let done = in_order(first..plan.draws, sweep.threads, sweep.stop, evaluator, &answer, &mut |k, (drawn, draw)| {
        pending.push(&layout, k, &drawn, &draw);
        told(k + 1);
        if pending.rows() as u64 == PART {
            match store.write(&layout, &pending) {
                Ok(()) => pending = Block::new(&layout),
                Err(finding) => failure = Some(finding),
            }
            written = Instant::now();
        } else if written.elapsed() >= EVERY {
            // Slow models lose little when they are killed.
            failure = store.write_last(&layout, &pending).err();
            written = Instant::now();
        }
        failure.is_none()
    });
    if failure.is_none() && pending.rows() > 0 {
        failure = store.write_last(&layout, &pending).err();
    }
    match failure {
        Some(finding) => {
            let kept = store.parts() * PART;
            let note = Finding::warning("sweep.kept", Place::default()).with("done", kept.to_string());
            Err(Findings(vec![finding, note]))
        }
        None => Ok(done),
    }
}
