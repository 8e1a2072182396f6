//! What can go wrong when the store is asked.

/// Why the store did not do what it was asked; nothing of the request was kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No such object in this organisation. Objects of other organisations are not found either. HTTP 404.
    #[error("not found")]
    NotFound,
    /// The object has changed since the caller read it (If-Match). HTTP 412.
    #[error("changed since: the version is {current:?} now")]
    Stale {
        /// The version it has now; `None` where it does not exist.
        current: Option<i64>,
    },
    /// The state of the object forbids it. HTTP 409.
    #[error("conflict: {0:?}")]
    Conflict(Conflict),
    /// An argument that neither database can keep. HTTP 422.
    #[error("{field} cannot be kept: {why}")]
    Invalid {
        /// Name of the argument.
        field: &'static str,
        /// What is wrong with it.
        why: Unfit,
    },
    /// The database cannot be reached or is too busy; the same request may do later. HTTP 503 with Retry-After.
    ///
    /// Where a connection broke during a commit, the change may have been kept; asking again is safe for all that is
    /// content-addressed, carries an id of the caller's or an expected version.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// The database answered what it must not: damage or a fault of ours. HTTP 500.
    #[error("the database failed: {0}")]
    Failed(String),
}

/// What the state of an object forbids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// The Idempotency-Key was used with another request.
    KeyReused,
    /// The person who made a plan cannot approve or reject it.
    OwnPlan,
    /// Who decides and who made the plan hold tokens that go back to one person.
    MakersToken,
    /// The run has no allocation, so that there is nothing to decide on.
    NoAllocation,
    /// The plan has been decided or withdrawn.
    PlanDecided,
    /// The plan of the year before is not there.
    NoPreviousPlan,
    /// Only an approved plan is published, and only once.
    NotApproved,
    /// Only the maker of a plan withdraws it.
    NotMaker,
    /// The job has ended.
    JobEnded,
    /// The job is another server's.
    ForeignJob,
    /// A plan refers to the run.
    RunInPlan,
    /// A run of this hash is kept with other content; hashes do not collide, so one of the two is wrong.
    RunDiffers,
    /// An object with this id exists and is not the same.
    IdTaken,
}

/// Why an argument cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Empty where a name must stand.
    #[error("empty")]
    Empty,
    /// Longer than [`MOST_NAME_BYTES`](super::MOST_NAME_BYTES).
    #[error("too long")]
    TooLong,
    /// Holds U+0000, which PostgreSQL cannot keep.
    #[error("holds a null character")]
    NullCharacter,
    /// Not a cursor that this list gave.
    #[error("not a cursor of this list")]
    Cursor,
    /// Not a hash of 64 hexadecimal digits.
    #[error("not a hash of 64 hexadecimal digits")]
    Hash,
    /// Two files or labels have one name.
    #[error("named twice")]
    Twice,
    /// A name that the store itself gives to somebody.
    #[error("a name that is not for persons")]
    Reserved,
}

impl Unfit {
    /// Code of the phrase that says so.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "store.empty",
            Self::TooLong => "store.too_long",
            Self::NullCharacter => "store.null_character",
            Self::Cursor => "store.cursor",
            Self::Hash => "store.hash",
            Self::Twice => "store.twice",
            Self::Reserved => "store.reserved",
        }
    }
}

/// Answer of the store.
pub type Result<T> = std::result::Result<T, StoreError>;
