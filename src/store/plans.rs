//! Plans: runs put forward for a decision by somebody else than their maker.

use super::Moment;

/// How far a plan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlanState {
    /// Waits for a decision.
    Submitted,
    /// Approved.
    Approved,
    /// Rejected.
    Rejected,
    /// Taken back by its maker.
    Withdrawn,
}

impl PlanState {
    /// `submitted`, `approved`, `rejected`, `withdrawn`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A run to put forward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPlan {
    /// Id chosen by the caller; the same id again gives the plan there is.
    pub id: String,
    /// Hash of the run.
    pub run: String,
    /// What it is called.
    pub title: String,
    /// Remarks of the maker.
    pub note: String,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Id, unique in the organisation.
    pub id: String,
    /// Hash of the run.
    pub run: String,
    /// What it is called.
    pub title: String,
    /// Remarks of the maker.
    pub note: String,
    /// How far it is.
    pub state: PlanState,
    /// Counts the changes from 1; the version for If-Match.
    pub revision: i64,
    /// Who put it forward.
    pub maker: String,
    /// When.
    pub created: Moment,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Moment>,
    /// Reasons of who decided.
    pub comment: String,
}

/// What is to become of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Approve; by somebody else than the maker.
    Approve,
    /// Reject; by somebody else than the maker.
    Reject,
    /// Take back; by the maker.
    Withdraw,
}
