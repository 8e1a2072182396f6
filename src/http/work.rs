//! Work for the routes: done now where it is quick, followed as a job where it is not.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::http::header::{HeaderName, HeaderValue, LOCATION};
use actix_web::web::Data;
use actix_web::{HttpMessage as _, HttpRequest};
use actix_web::{HttpResponse, http::StatusCode};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;
use tokio::sync::{oneshot, watch};

use crate::finding::Findings;
use crate::http::answers::{JobDocument, RunSummary, Summary};
use crate::http::edge::conditional::Tag;
use crate::http::edge::has_closed;
use crate::http::edge::problem::{self, Problem};
use crate::http::edge::room::held;
use crate::http::edge::timing::Spent;
use crate::http::failures::{of_full, of_store, of_work};
use crate::http::state::{Active, Service};
use crate::http::who::Who;
use crate::jobs::{End, Ticket};
use crate::phrases::{Lang, Phrase};
use crate::questions::{self, Failure};
use crate::store::{Conflict, JobState, Moment, NewAnalysis, NewJob, NewRun, StoreError};

const PREFER: HeaderName = HeaderName::from_static("prefer");
const APPLIED: HeaderName = HeaderName::from_static("preference-applied");
/// How often the progress of a job is noted.
const NOTE: Duration = Duration::from_millis(500);
/// How often the end of a job is noted again where the store does not answer.
const AGAIN: Duration = Duration::from_secs(2);
/// How often that is tried.
const TRIES: u32 = 30;

/// The outcome of a question that no plan meets.
pub const INFEASIBLE: &str = "infeasible";
/// Largest document of an analysis that is kept.
const REMEMBERED_MAX: usize = 32 << 20;

/// A document of the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// `optimal` or `infeasible` for runs; `done` for analyses.
    pub outcome: &'static str,
    /// Hash of the record, for runs.
    pub hash: String,
    /// JSON.
    pub bytes: Vec<u8>,
}

impl Document {
    /// That no plan meets the hard rules, as the command line prints it.
    fn infeasible(failure: &Failure, lang: Lang) -> Self {
        Self { outcome: INFEASIBLE, hash: String::new(), bytes: questions::pretty(&failure.document(lang)) }
    }
}

/// Which workers do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speed {
    /// What-ifs and runs.
    Quick,
    /// Analyses.
    Long,
}

/// What becomes of a document once it is there.
#[derive(Debug, Clone)]
pub enum Then {
    /// It is the answer.
    Answer,
    /// It is kept as the run of a hash.
    Keep(Box<NewRun>),
    /// It is the answer, and kept as the analysis of a hash.
    Remember(NewAnalysis),
}

/// What a worker does.
pub type Work = Box<dyn FnOnce(&Arc<Ticket>) -> Result<Document, Failure> + Send>;

/// Work to be done.
pub struct Order {
    /// A word for lists of jobs.
    pub kind: &'static str,
    /// Which workers.
    pub speed: Speed,
    /// What was asked, as it is noted of a job.
    pub request: Vec<u8>,
    /// What becomes of the document.
    pub then: Then,
    /// The work.
    pub work: Work,
    /// Id of the job that it becomes where it takes longer; new where there is none.
    pub id: Option<String>,
}

/// How an order is answered.
pub enum Done {
    /// With the document, now; `true` where something was kept that was not there before.
    Now(Document, bool),
    /// As a job.
    Later(JobDocument),
}

/// Ends the work where who asked has gone.
struct Leash(Option<Arc<Ticket>>);

impl Drop for Leash {
    fn drop(&mut self) {
        if let Some(ticket) = &self.0 {
            ticket.end(End::Cancelled);
        }
    }
}

type Answered = Result<Document, Problem>;
type Sent = (Answered, Spent);

/// An order that its workers have.
struct Begun {
    leash: Leash,
    receiver: oneshot::Receiver<Sent>,
    /// Told when a worker is at it.
    started: oneshot::Receiver<()>,
}

/// Whether the client asks for a job (RFC 7240).
pub fn prefers_async(request: &HttpRequest) -> bool {
    let values = request.headers().get_all(PREFER).filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|word| word.trim().eq_ignore_ascii_case("respond-async"))
}

/// Hands an order to its workers.
fn begin(
    service: &Service,
    (lang, request): (Lang, &HttpRequest),
    (speed, work): (Speed, Work),
) -> Result<Begun, Problem> {
    let (pool, limit) = match speed {
        Speed::Quick => (&service.quick, service.settings.quick_limit),
        Speed::Long => (&service.long, service.settings.long_limit),
    };
    let ticket = Ticket::new(limit);
    let (sender, receiver) = oneshot::channel::<Sent>();
    let (starter, started) = oneshot::channel::<()>();
    // What was asked keeps its room until it has been answered, though the request itself may be gone.
    let room = held(request);
    let asked = Instant::now();
    let task = move |ticket: &Arc<Ticket>| {
        let _room = room;
        let _ = starter.send(());
        // What was ended while it waited is not begun; its ticket says why.
        let ended = || Failure::Limit(Findings(Vec::new()));
        let begun = Instant::now();
        let result = if ticket.ended().is_some() { Err(ended()) } else { work(ticket) };
        let spent = Spent { queue: begun.saturating_duration_since(asked), work: begun.elapsed() };
        let answered = match result {
            // That there is no plan is an answer, unless it was cut short.
            Err(failure @ Failure::Infeasible(..)) if ticket.ended().is_none() => {
                Ok(Document::infeasible(&failure, lang))
            }
            result => result.map_err(|failure| of_work(failure, ticket)),
        };
        let _ = sender.send((answered, spent));
    };
    pool.submit(Arc::clone(&ticket), task).map_err(of_full)?;
    Ok(Begun { leash: Leash(Some(ticket)), receiver, started })
}

/// A worker that dropped its sender met a defect of ours.
fn received(answer: Result<Sent, oneshot::error::RecvError>) -> Sent {
    answer.unwrap_or_else(|_| (Err(Problem::new(problem::INTERNAL)), Spent::default()))
}

/// What came back, with the time that it took noted of the request.
fn timed(request: &HttpRequest, (answer, spent): Sent) -> Answered {
    request.extensions_mut().insert(spent);
    answer
}

/// Does an order while the client waits, however long that is within the limit.
///
/// # Errors
/// The queue is full, or what the work says.
pub async fn now(service: &Service, who: &Who, request: &HttpRequest, order: Order) -> Result<Document, Problem> {
    let Begun { mut leash, mut receiver, .. } = begin(service, (who.lang, request), (order.speed, order.work))?;
    loop {
        match tokio::time::timeout(service.settings.patience, &mut receiver).await {
            Ok(answer) => {
                leash.0 = None;
                return timed(request, received(answer));
            }
            Err(_) if has_closed(request) => return Err(gone()),
            Err(_) => {}
        }
    }
}

/// Does something on a worker while the client waits; its findings come back as a problem.
///
/// # Errors
/// The queue is full, or what the work says.
pub async fn worked<T: Send + 'static>(
    service: &Service,
    (who, request): (&Who, &HttpRequest),
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Problem> {
    let (sender, receiver) = oneshot::channel();
    let work = move |_: &Arc<Ticket>| {
        let _ = sender.send(work()?);
        Ok(Document { outcome: "done", hash: String::new(), bytes: Vec::new() })
    };
    let order = Order {
        kind: "aside",
        speed: Speed::Quick,
        request: Vec::new(),
        then: Then::Answer,
        work: Box::new(work),
        id: None,
    };
    now(service, who, request, order).await?;
    receiver.await.map_err(|_| Problem::new(problem::INTERNAL))
}

/// Nobody reads it: the client has closed its side, and has had its time.
fn gone() -> Problem {
    Problem::new(problem::CONFLICT).detail(Phrase::new("service.cancelled"))
}

/// Does an order.
///
/// # Errors
/// The queue is full, or what the work or the store says.
pub async fn perform(service: &Data<Service>, who: &Who, request: &HttpRequest, order: Order) -> Result<Done, Problem> {
    let begun = begin(service, (who.lang, request), (order.speed, order.work))?;
    let Begun { mut leash, mut receiver, started } = begun;
    if !prefers_async(request)
        && let Ok(answer) = tokio::time::timeout(service.settings.patience, &mut receiver).await
    {
        leash.0 = None;
        let document = timed(request, received(answer))?;
        let is_new = keep(service, who, &order.then, &document).await.map_err(of_store)?;
        return Ok(Done::Now(document, is_new));
    }
    // Work that nobody waits for any more becomes no job; the leash ends it.
    if !prefers_async(request) && has_closed(request) {
        return Err(gone());
    }
    let id = order.id.unwrap_or_else(|| uuid::Uuid::now_v7().to_string());
    let new = NewJob {
        id: id.clone(),
        server: service.server.id.clone(),
        kind: order.kind.to_owned(),
        request: order.request,
    };
    let job = service.store.put_job(&who.by(), new).await.map_err(of_store)?.value;
    let Some(ticket) = leash.0.take() else { return Err(Problem::new(problem::INTERNAL)) };
    // What waits says so; it is running once a worker is at it.
    let mut is_started = job.state != JobState::Queued;
    let job = match ticket.has_started() {
        true => match service.store.start_job(&who.by(), &id, &service.server.id).await {
            Ok(job) => {
                is_started = true;
                job
            }
            Err(StoreError::Conflict(_)) => job,
            Err(error) => {
                ticket.end(End::Cancelled);
                return Err(of_store(error));
            }
        },
        false => job,
    };
    let run = if let Then::Keep(run) = &order.then { run.hash.clone() } else { String::new() };
    let (events, listener) = watch::channel(job.last_event);
    let key = (who.org().to_owned(), id);
    service.active().insert(key.clone(), Active { ticket: Arc::clone(&ticket), run, events: listener });
    let following = Following { service: service.clone().into_inner(), who: who.clone(), key, ticket, events };
    let started = (!is_started).then_some(started);
    service.runtime.spawn(following.follow(receiver, started, order.then));
    Ok(Done::Later(JobDocument::of(&job)))
}

/// Keeps a run; whether it is new.
async fn keep(service: &Service, who: &Who, then: &Then, document: &Document) -> Result<bool, StoreError> {
    let run = match then {
        Then::Answer => return Ok(false),
        // That there is no plan is told in one language.
        Then::Remember(_) if document.outcome == INFEASIBLE || document.bytes.len() > REMEMBERED_MAX => {
            return Ok(false);
        }
        Then::Remember(analysis) => {
            let new = NewAnalysis { document: document.bytes.clone(), ..analysis.clone() };
            // It is an answer, kept or not.
            if let Err(error) = service.store.put_analysis(&who.by(), new).await {
                tracing::warn!(%error, "an analysis could not be kept");
            }
            return Ok(false);
        }
        Then::Keep(run) => run,
    };
    let mut run = NewRun::clone(run);
    document.outcome.clone_into(&mut run.status);
    run.document.clone_from(&document.bytes);
    let figures = (document.outcome != INFEASIBLE).then(|| figures(&document.bytes)).flatten();
    let summary = Summary { record_hash: document.hash.clone(), figures };
    run.summary = serde_json::to_string(&summary).unwrap_or_default();
    match service.store.put_run(&who.by(), run).await {
        Ok(put) => Ok(put.is_new),
        // The same plan told in other words (a change spelled differently, another language): the one kept first stays.
        Err(StoreError::Conflict(Conflict::RunDiffers)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The figures of a record that lists show; nothing else of it is read.
fn figures(record: &[u8]) -> Option<RunSummary> {
    #[derive(Deserialize)]
    struct Total {
        amount_fen: i64,
        entitlement_fen: i64,
    }
    #[derive(Deserialize)]
    struct Part {
        total: Total,
        areas: Vec<IgnoredAny>,
        changes: Vec<IgnoredAny>,
    }
    let Part { total, areas, changes } = serde_json::from_slice(record).ok()?;
    Some(RunSummary {
        total_fen: total.amount_fen,
        entitlement_fen: total.entitlement_fen,
        areas: areas.len(),
        differences: changes.len(),
    })
}

/// Follows a job to its end.
struct Following {
    service: Arc<Service>,
    who: Who,
    key: (String, String),
    ticket: Arc<Ticket>,
    events: watch::Sender<i64>,
}

impl Following {
    /// Follows the job; `started` where no worker was at it yet.
    async fn follow(self, mut receiver: oneshot::Receiver<Sent>, started: Option<oneshot::Receiver<()>>, then: Then) {
        if let Some(started) = started {
            // A sender that is gone never sends: the work was dropped, and the receiver says so.
            let _ = started.await;
            self.start().await;
        }
        let mut told = None;
        let answer = loop {
            match tokio::time::timeout(NOTE, &mut receiver).await {
                Ok(answer) => break received(answer).0,
                Err(_) => {
                    let progress = self.ticket.progress();
                    if told.as_ref() != Some(&progress) {
                        self.tell(&progress).await;
                        told = Some(progress);
                    }
                }
            }
        };
        let (mut state, result) = match answer {
            Ok(document) => (JobState::Done, Ok(document)),
            Err(problem) => (JobState::Failed, Err(problem)),
        };
        if self.ticket.ended() == Some(End::Cancelled) {
            state = JobState::Cancelled;
        }
        // A server that goes down leaves the job to be marked as interrupted.
        if self.ticket.ended() != Some(End::Shutdown) || state == JobState::Done {
            self.end(state, result, &then).await;
        }
        self.service.active().remove(&self.key);
    }

    /// Notes that a worker is at it.
    async fn start(&self) {
        if !self.ticket.has_started() {
            return;
        }
        match self.service.store.start_job(&self.who.by(), &self.key.1, &self.service.server.id).await {
            Ok(job) => drop(self.events.send_replace(job.last_event)),
            // It was cancelled elsewhere.
            Err(StoreError::Conflict(_)) => self.ticket.end(End::Cancelled),
            Err(_) => {}
        }
    }

    async fn tell(&self, progress: &crate::jobs::Progress) {
        let data = json!({ "done": progress.done, "total": progress.total, "phase": progress.phase }).to_string();
        let server = &self.service.server.id;
        match self.service.store.add_job_event(&self.who.by(), &self.key.1, server, "progress", &data).await {
            Ok(event) => drop(self.events.send_replace(event)),
            // It was cancelled elsewhere.
            Err(StoreError::Conflict(_)) => self.ticket.end(End::Cancelled),
            Err(_) => {}
        }
    }

    async fn end(&self, state: JobState, result: Result<Document, Problem>, then: &Then) {
        let bytes = match &result {
            Ok(document) => document.bytes.clone(),
            Err(problem) => {
                serde_json::to_vec(&problem.document(self.who.lang, Some(&self.who.request))).unwrap_or_default()
            }
        };
        for _ in 0..TRIES {
            let kept = match &result {
                Ok(document) => keep(&self.service, &self.who, then, document).await.map(drop),
                Err(_) => Ok(()),
            };
            let server = &self.service.server.id;
            let noted = match kept {
                Ok(()) => {
                    self.service.store.finish_job(&self.who.by(), &self.key.1, server, state, bytes.clone()).await
                }
                Err(error) => Err(error),
            };
            match noted {
                Err(StoreError::Unavailable(_)) => tokio::time::sleep(AGAIN).await,
                Ok(job) => {
                    self.events.send_replace(job.last_event);
                    return;
                }
                Err(error) => {
                    tracing::info!(%error, job = self.key.1, "the end of a job is not noted");
                    self.events.send_replace(i64::MAX);
                    return;
                }
            }
        }
    }
}

/// The answer of an analysis: its document, or 202 with its job.
pub fn respond(done: Done) -> HttpResponse {
    match done {
        Done::Now(document, _) => json_bytes(StatusCode::OK, document.bytes),
        Done::Later(job) => accepted(&job),
    }
}

/// 202: followed as a job.
pub fn accepted(job: &JobDocument) -> HttpResponse {
    HttpResponse::Accepted()
        .insert_header((LOCATION, job.links.own.as_str()))
        .insert_header((APPLIED, HeaderValue::from_static("respond-async")))
        .json(job)
}

/// JSON as it is.
pub fn json_bytes(status: StatusCode, bytes: Vec<u8>) -> HttpResponse {
    HttpResponse::build(status).content_type("application/json").body(bytes)
}

/// A document with its tag.
pub fn tagged(status: StatusCode, tag: &Tag, document: &impl serde::Serialize) -> HttpResponse {
    HttpResponse::build(status).insert_header(tag.header()).json(document)
}

/// An answer about what was made, with where it is from now on.
pub fn located(mut response: HttpResponse, address: &str) -> HttpResponse {
    if let Ok(address) = address.parse() {
        response.headers_mut().insert(LOCATION, address);
    }
    response
}

/// Says that this process lives, stops work that was cancelled elsewhere, and registers anew where its place was taken.
pub async fn heartbeat(service: Arc<Service>) {
    const BEAT: Duration = Duration::from_secs(5);
    const LIFE: Duration = Duration::from_secs(30);
    let mut since = Moment::now();
    loop {
        let now = Moment::now();
        let answer = service.store.heartbeat(&service.server.id, now, now.plus(LIFE), since.minus(BEAT)).await;
        match answer {
            Ok(cancelled) => {
                cancelled.iter().for_each(|(org, id)| service.end_job(org, id, End::Cancelled));
                since = now;
            }
            Err(StoreError::NotFound) => {
                let _ = service.store.register_server(&service.server, now, now.plus(LIFE)).await;
            }
            Err(error) => tracing::warn!(%error, "no sign of life could be noted"),
        }
        tokio::time::sleep(BEAT).await;
    }
}

/// Forgets what is kept for a while only: ended sessions, answers of keys, and ended jobs beyond their age and room. Beside the sign of life,
/// which must not wait for it.
pub async fn housekeeping(service: Arc<Service>) {
    const TIDY: Duration = Duration::from_secs(60);
    /// So many bytes of analyses are kept of each organisation.
    const ANALYSES: i64 = 512 << 20;
    /// So long an ended session is remembered.
    const SESSIONS: Duration = Duration::from_secs(7 * 86_400);
    let (age, bytes) = service.settings.jobs;
    loop {
        let now = Moment::now();
        let jobs = service.store.forget_jobs(now.minus(age), bytes).await;
        let keys = service.store.forget_expired_claims(now).await;
        let sessions = service.store.forget_sessions(now, now.minus(SESSIONS)).await;
        let analyses = service.store.forget_analyses(ANALYSES).await;
        if let Err(error) = jobs.and(keys).and(sessions).and(analyses) {
            tracing::warn!(%error, "what is out of date could not be forgotten");
        }
        service.tidy_spool().await;
        tokio::time::sleep(TIDY).await;
    }
}
