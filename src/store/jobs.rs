//! Long jobs: what was asked, how far it is, what came out.

use std::sync::Arc;

use serde_json::json;

use super::database::{Database, Row, Tx, transact, values};
use super::names::{fit, sha256};
use super::{Caller, Conflict, MOST_ITEMS, Moment, Page, PageRequest, Put, Result, StoreError, audit};

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

const LIST: &str = "j";

/// The kind of event that the store writes at every change of state.
const STATE: &str = "state";

fn state_of(word: &str) -> Result<JobState> {
    use JobState::{Cancelled, Done, Failed, Interrupted, Queued, Running};
    [Queued, Running, Done, Failed, Cancelled, Interrupted]
        .into_iter()
        .find(|state| state.word() == word)
        .ok_or_else(|| StoreError::Failed(format!("unknown state {word}")))
}

fn job(row: &Row) -> Result<Job> {
    Ok(Job {
        id: row.text("id")?,
        kind: row.text("kind")?,
        state: state_of(&row.text("state")?)?,
        server: row.text("server")?,
        last_event: row.int("last_event")?,
        author: row.text("author")?,
        created: row.moment("created")?,
        started: row.optional_moment("started")?,
        ended: row.optional_moment("ended")?,
    })
}

/// The job, its row locked until the transaction ends: the number of its last event is true so long.
async fn hold(tx: &mut Tx, org: &str, id: &str) -> Result<Option<Job>> {
    let row = tx
        .optional(
            "UPDATE jobs SET last_event = last_event WHERE org = $1 AND id = $2
             RETURNING id, kind, state, server, last_event, author, created, started, ended",
            values![org, id],
        )
        .await?;
    row.as_ref().map(job).transpose()
}

/// The unfinished job of a server.
async fn working(tx: &mut Tx, org: &str, id: &str, server: &str) -> Result<Job> {
    let job = hold(tx, org, id).await?.ok_or(StoreError::NotFound)?;
    if job.server != server {
        return Err(StoreError::Conflict(Conflict::ForeignJob));
    }
    if job.state.has_ended() {
        return Err(StoreError::Conflict(Conflict::JobEnded));
    }
    Ok(job)
}

/// Writes the state that a job has come to, its event and its row of the audit log.
async fn enter(tx: &mut Tx, by: &Caller, job: &mut Job, state: JobState, action: &str) -> Result<()> {
    job.state = state;
    job.last_event += 1;
    if state == JobState::Running {
        job.started = Some(by.at);
    }
    if state.has_ended() {
        job.ended = Some(by.at);
    }
    tx.execute(
        "UPDATE jobs SET state = $3, last_event = $4, started = $5, ended = $6 WHERE org = $1 AND id = $2",
        values![&by.org, &job.id, state.word(), job.last_event, job.started, job.ended],
    )
    .await?;
    let data = format!("\"{}\"", state.word());
    add_event(tx, &by.org, &job.id, &JobEvent { id: job.last_event, at: by.at, kind: STATE.to_owned(), data }).await?;
    audit::note(tx, by, action, &job.id, &json!({ "kind": job.kind, "state": state.word() })).await
}

async fn add_event(tx: &mut Tx, org: &str, job: &str, event: &JobEvent) -> Result<()> {
    tx.execute(
        "INSERT INTO job_events (org, id, event, at, kind, data) VALUES ($1, $2, $3, $4, $5, $6)",
        values![org, job, event.id, event.at, &event.kind, &event.data],
    )
    .await?;
    Ok(())
}

pub(super) async fn put(database: Arc<Database>, by: Caller, new: NewJob) -> Result<Put<Job>> {
    fit("id", &new.id)?;
    fit("kind", &new.kind)?;
    let request_hash = sha256(&new.request);
    let (by, new, request_hash) = (&by, &new, &request_hash);
    transact!(database.begin_change(), tx => {
        if let Some(there) = hold(tx, &by.org, &new.id).await? {
            let kept = tx
                .row("SELECT request_hash FROM jobs WHERE org = $1 AND id = $2", values![&by.org, &new.id])
                .await?;
            let is_same = kept.text("request_hash")? == *request_hash && there.kind == new.kind;
            return if is_same && there.author == by.principal {
                Ok(Put { value: there, is_new: false })
            } else {
                Err(StoreError::Conflict(Conflict::IdTaken))
            };
        }
        let server = tx.optional("SELECT id FROM servers WHERE id = $1", values![&new.server]).await?;
        if server.is_none() {
            return Err(StoreError::Conflict(Conflict::ForeignJob));
        }
        let mut job = Job {
            id: new.id.clone(),
            kind: new.kind.clone(),
            state: JobState::Queued,
            server: new.server.clone(),
            last_event: 0,
            author: by.principal.clone(),
            created: by.at,
            started: None,
            ended: None,
        };
        tx.execute(
            "INSERT INTO jobs (org, id, kind, state, server, request_hash, last_event, author, created)
             VALUES ($1, $2, $3, 'queued', $4, $5, 0, $6, $7)",
            values![&by.org, &job.id, &job.kind, &job.server, request_hash, &job.author, job.created],
        )
        .await?;
        tx.execute(
            "INSERT INTO job_documents (org, id, request) VALUES ($1, $2, $3)",
            values![&by.org, &job.id, &new.request],
        )
        .await?;
        enter(tx, by, &mut job, JobState::Queued, "job:put").await?;
        Ok(Put { value: job, is_new: true })
    })
}

pub(super) async fn start(database: Arc<Database>, by: Caller, id: String, server: String) -> Result<Job> {
    let (by, id, server) = (&by, &id, &server);
    transact!(database.begin_change(), tx => {
        let mut job = working(tx, &by.org, id, server).await?;
        if job.state == JobState::Queued {
            enter(tx, by, &mut job, JobState::Running, "job:start").await?;
        }
        Ok(job)
    })
}

/// Progress is no change of anything that is audited; it waits for no other job.
pub(super) async fn event(
    database: Arc<Database>,
    by: Caller,
    (id, server): (String, String),
    (kind, data): (String, String),
) -> Result<i64> {
    fit("kind", &kind)?;
    let (by, id, server, kind, data) = (&by, &id, &server, &kind, &data);
    transact!(database.begin_write(), tx => {
        let number = working(tx, &by.org, id, server).await?.last_event + 1;
        tx.execute(
            "UPDATE jobs SET last_event = $3 WHERE org = $1 AND id = $2",
            values![&by.org, id, number],
        )
        .await?;
        let event = JobEvent { id: number, at: by.at, kind: kind.clone(), data: data.clone() };
        add_event(tx, &by.org, id, &event).await?;
        Ok(number)
    })
}

pub(super) async fn finish(
    database: Arc<Database>,
    by: Caller,
    (id, server): (String, String),
    state: JobState,
    result: Vec<u8>,
) -> Result<Job> {
    if !state.has_ended() {
        return Err(StoreError::Conflict(Conflict::JobEnded));
    }
    let (by, id, server, result) = (&by, &id, &server, &result);
    transact!(database.begin_change(), tx => {
        let mut job = working(tx, &by.org, id, server).await?;
        tx.execute(
            "UPDATE job_documents SET result = $3 WHERE org = $1 AND id = $2",
            values![&by.org, id, result],
        )
        .await?;
        enter(tx, by, &mut job, state, "job:finish").await?;
        Ok(job)
    })
}

pub(super) async fn cancel(database: Arc<Database>, by: Caller, id: String) -> Result<Job> {
    let (by, id) = (&by, &id);
    transact!(database.begin_change(), tx => {
        let mut job = hold(tx, &by.org, id).await?.ok_or(StoreError::NotFound)?;
        if job.state.has_ended() {
            return Err(StoreError::Conflict(Conflict::JobEnded));
        }
        enter(tx, by, &mut job, JobState::Cancelled, "job:cancel").await?;
        Ok(job)
    })
}

pub(super) async fn get(database: Arc<Database>, org: String, id: String) -> Result<Job> {
    let row = database
        .row(
            "SELECT id, kind, state, server, last_event, author, created, started, ended FROM jobs
             WHERE org = $1 AND id = $2",
            values![&org, &id],
        )
        .await?;
    job(&row)
}

pub(super) async fn request(database: Arc<Database>, org: String, id: String) -> Result<Vec<u8>> {
    let sql = "SELECT request FROM job_documents WHERE org = $1 AND id = $2";
    database.row(sql, values![&org, &id]).await?.bytes("request")
}

pub(super) async fn result(database: Arc<Database>, org: String, id: String) -> Result<Option<Vec<u8>>> {
    let sql = "SELECT result FROM job_documents WHERE org = $1 AND id = $2";
    database.row(sql, values![&org, &id]).await?.optional_bytes("result")
}

/// Forgets jobs that have ended: those that ended before a moment, and of each organisation the oldest beyond so many bytes.
pub(super) async fn forget(database: Arc<Database>, before: Moment, bytes: i64) -> Result<u64> {
    let rows = database
        .rows(
            "SELECT org, id FROM (
                 SELECT j.org, j.id, j.seq, j.ended, SUM(length(d.request) + COALESCE(length(d.result), 0))
                     OVER (PARTITION BY j.org ORDER BY j.seq DESC) AS total
                 FROM jobs j JOIN job_documents d ON d.org = j.org AND d.id = j.id
                 WHERE j.ended IS NOT NULL) AS kept
             WHERE ended < $1 OR total > $2 ORDER BY seq LIMIT 1000",
            values![before, bytes],
        )
        .await?;
    for row in &rows {
        let (org, id) = (&row.text("org")?, &row.text("id")?);
        transact!(database.begin_write(), tx => {
            tx.execute("DELETE FROM job_events WHERE org = $1 AND id = $2", values![org, id]).await?;
            tx.execute("DELETE FROM job_documents WHERE org = $1 AND id = $2", values![org, id]).await?;
            tx.execute("DELETE FROM jobs WHERE org = $1 AND id = $2", values![org, id]).await
        })?;
    }
    Ok(rows.len() as u64)
}

pub(super) async fn list(database: Arc<Database>, org: String, page: PageRequest) -> Result<Page<Job>> {
    let rows = database
        .rows(
            "SELECT seq, id, kind, state, server, last_event, author, created, started, ended FROM jobs
             WHERE org = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3",
            values![&org, page.below(LIST)?, page.rows()],
        )
        .await?;
    let rows = rows.iter().map(|row| Ok((row.int("seq")?, job(row)?)));
    Ok(page.by_number(LIST, rows.collect::<Result<_>>()?))
}

pub(super) async fn events(
    database: Arc<Database>,
    org: String,
    id: String,
    after: i64,
    limit: u32,
) -> Result<Vec<JobEvent>> {
    let limit = i64::from(limit.clamp(1, MOST_ITEMS));
    let rows = database
        .rows(
            "SELECT event, at, kind, data FROM job_events WHERE org = $1 AND id = $2 AND event > $3 ORDER BY event LIMIT $4",
            values![&org, &id, after, limit],
        )
        .await?;
    if rows.is_empty() {
        get(database, org, id).await?;
    }
    let event = |row: &Row| {
        Ok(JobEvent { id: row.int("event")?, at: row.moment("at")?, kind: row.text("kind")?, data: row.text("data")? })
    };
    rows.iter().map(event).collect()
}

/// Interrupts every unfinished job whose server is no longer known; the result is how many.
pub(super) async fn interrupt_orphans(tx: &mut Tx, server: &str, at: Moment) -> Result<u64> {
    let orphans = tx
        .rows(
            "SELECT org, id FROM jobs WHERE state IN ('queued', 'running')
               AND NOT EXISTS (SELECT 1 FROM servers WHERE servers.id = jobs.server)",
            values![],
        )
        .await?;
    let mut interrupted = 0;
    for orphan in orphans {
        let by = Caller {
            org: orphan.text("org")?,
            principal: "system".to_owned(),
            at,
            request: format!("server {server}"),
        };
        if let Some(mut job) = hold(tx, &by.org, &orphan.text("id")?).await?
            && !job.state.has_ended()
        {
            enter(tx, &by, &mut job, JobState::Interrupted, "job:interrupt").await?;
            interrupted += 1;
        }
    }
    Ok(interrupted)
}
