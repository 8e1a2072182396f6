//! Linear programs solved and proved: HiGHS finds the optimum, our own certificate proves it.
//!
//! Gate three of three: only [`Outcome::Optimal`] carries a [`Certified`] optimum, and only that can become money.

pub mod biobjective;
mod certificate;
mod compact;
mod direct;
mod engine;
mod face;
mod grow;
mod hull;
pub mod integer;
mod leximin;
mod parametric;
mod ranging;
pub mod response;
mod session;
pub mod stochastic;
pub mod vertex;
mod walk;
pub mod way;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub use crate::finding::Limit;
pub use certificate::{Certificate, Certified};
pub use compact::compact;
pub use engine::{Basis, Part, Refused};
pub use face::{admit, restrict};
pub use grow::Grow;
pub use hull::{Corner, Costs};
pub use leximin::{Leximin, LeximinOutcome, Target, add_cover};
pub use session::{Session, SessionError, has_point};

/// Simplex or interior point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Dual simplex: small and middling programs, and every hot re-solve.
    #[default]
    Simplex,
    /// Interior point with crossover: large programs, cold.
    InteriorPoint,
}

/// From how many columns and rows together the interior-point method is the faster one cold (measured, docs/performance.md).
pub const INTERIOR_POINT_FROM: usize = 60_000;

/// Limits and ways of solving.
#[derive(Debug, Clone, Default)]
pub struct SolveOptions {
    /// Cold method; see [`SolveOptions::for_size`].
    pub method: Method,
    /// Seconds for each solve; `None` for no limit.
    pub time_limit_seconds: Option<f64>,
    /// Set to true by another thread to stop at the next opportunity. Being asked makes HiGHS slower (a simplex solve by
    /// some 40 % at 40 000 areas), so that only who can interrupt gives one.
    pub interrupt: Option<Arc<AtomicBool>>,
    /// Told of every phase as it ends.
    pub watch: Watch,
}

/// What is told the name of a phase.
type Told = Arc<dyn Fn(&str) + Send + Sync>;

/// Someone who is told the name of every phase as it ends: `base`, `compile`, the kind of each stage, `settle`.
#[derive(Clone, Default)]
pub struct Watch(Option<Told>);

impl Watch {
    /// Calls `told` at the end of every phase.
    pub fn new(told: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(told)))
    }

    /// A phase has ended.
    pub fn ended(&self, phase: &str) {
        if let Some(told) = &self.0 {
            told(phase);
        }
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Watch(some)" } else { "Watch(none)" })
    }
}

impl SolveOptions {
    /// Whether someone asked to stop.
    pub fn is_interrupted(&self) -> bool {
        self.interrupt.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    /// The same options with the method fit for a program of so many columns and rows.
    pub fn for_size(&self, columns: usize, rows: usize) -> Self {
        let method = if columns + rows >= INTERIOR_POINT_FROM { Method::InteriorPoint } else { Method::Simplex };
        Self { method, ..self.clone() }
    }
}

/// How a solve ended.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// An optimum that our certificate proves.
    Optimal(Box<Certified>),
    /// No point meets all rows and bounds.
    Infeasible,
    /// The objective can be lowered without end.
    Unbounded,
    /// Stopped before an optimum was proved.
    Limit(Limit),
    /// HiGHS failed, or claims an optimum that our certificate does not confirm.
    Failed(String),
}

/// Why several solves in a row ended without result: an [`Outcome`] that is no optimum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stopped {
    /// No point meets all rows and bounds.
    Infeasible,
    /// An objective can be lowered without end.
    Unbounded,
    /// Time or interrupt.
    Limit(Limit),
    /// HiGHS failed, or its optimum could not be proved.
    Failed(String),
}

impl From<Outcome> for Stopped {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Infeasible => Self::Infeasible,
            Outcome::Unbounded => Self::Unbounded,
            Outcome::Limit(limit) => Self::Limit(limit),
            Outcome::Failed(why) => Self::Failed(why),
            Outcome::Optimal(_) => Self::Failed("an optimum taken for an end".to_owned()),
        }
    }
}
