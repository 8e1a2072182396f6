//! Long jobs: what was asked, how far it is, what came out; and the servers that work on them.

use super::Moment;

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum JobState {
    /// Waits.
    Queued,
    /// A server works on it.
    Running,
    /// Ended with a result.
    Done,
    /// Ended with an error; the result is the problem document.
    Failed,
    /// Ended because somebody asked for it.
    Cancelled,
    /// Its server went away.
    Interrupted,
}

impl JobState {
    /// Whether nothing more happens.
    pub fn has_ended(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }

    /// `queued`, `running`, `done`, `failed`, `cancelled`, `interrupted`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }
}

/// A server process that works on jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// A new id of this process (a UUID), never used again.
    pub id: String,
    /// What at most one living process can be, such as `host:port` it listens on. A process that registers under a name
    /// takes the place of one that ended without saying so.
    pub name: String,
}

/// A job to keep, queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Id chosen by the caller; the same id again gives the job there is (see [`Claim::New`](super::Claim)).
    pub id: String,
    /// Id of the server that will work on it.
    pub server: String,
    /// `run`, `sweep`, `frontier` …: a word of the caller's.
    pub kind: String,
    /// What was asked: a document of the caller's.
    pub request: Vec<u8>,
}

/// A job without its request and result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Id, unique in the organisation.
    pub id: String,
    /// `run`, `sweep`, `frontier` …
    pub kind: String,
    /// How far it is.
    pub state: JobState,
    /// Id of the server that works on it.
    pub server: String,
    /// Id of the last event; 0 where there is none.
    pub last_event: i64,
    /// Principal who asked.
    pub author: String,
    /// When it was asked.
    pub created: Moment,
    /// When work began.
    pub started: Option<Moment>,
    /// When it ended.
    pub ended: Option<Moment>,
}

/// Something that happened to a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobEvent {
    /// 1, 2, 3 … within the job: the id of the event stream.
    pub id: i64,
    /// When.
    pub at: Moment,
    /// `state` (by the store, at every change of state; `data` is the state's word as a JSON string), or a word of the caller's.
    pub kind: String,
    /// A document of the caller's.
    pub data: String,
}
