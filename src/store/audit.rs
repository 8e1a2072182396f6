//! The audit log: every change, each row bound to the one before it by a hash.

use super::Moment;

/// One row of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// 1, 2, 3 … without gaps over all organisations.
    pub seq: i64,
    /// When.
    pub at: Moment,
    /// Organisation of the object.
    pub org: String,
    /// Principal who changed it.
    pub principal: String,
    /// What was done, such as `model.put`, `plan.approve`, `token.revoke`.
    pub action: String,
    /// Id of the object.
    pub object: String,
    /// What it became: hashes, versions, states, as JSON.
    pub detail: String,
    /// Id of the HTTP request, or `cli`.
    pub request: String,
    /// Hash of the row before, hexadecimal; 64 zeros for the first.
    pub previous: String,
    /// SHA-256 over the previous hash and every column of this row, hexadecimal.
    pub hash: String,
}

/// End of the chain at some time: written down elsewhere, it proves later that nothing before it was cut off or made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditHead {
    /// Number of the last row; 0 of an empty log.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
}

/// What the walk over the chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditVerdict {
    /// Rows that hold, from the first on.
    pub rows: i64,
    /// The end of the chain as the database keeps it.
    pub head: AuditHead,
    /// The first thing that does not hold.
    pub broken: Option<Break>,
}

/// Where and how the chain is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// Number of the row.
    pub seq: i64,
    /// How.
    pub kind: BreakKind,
}

/// How the chain is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakKind {
    /// A column of the row was changed: its own hash does not fit its content.
    Altered,
    /// The row does not name the hash of the row before it.
    Unlinked,
    /// The row is missing.
    Missing,
    /// A row stands where none was written: before the first or after the head.
    Surplus,
    /// The row cannot be read as text.
    Unreadable,
    /// The head's hash is not that of the last row.
    Head,
    /// The head is missing or not readable.
    NoHead,
    /// The head noted earlier is not in this chain.
    NotedHead,
}
