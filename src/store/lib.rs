//! What the service keeps: models, datasets, runs, jobs, plans, tokens and the audit log, on SQLite or PostgreSQL.
//!
//! Every question carries the organisation and is answered by a query that holds it: what is another organisation's is
//! [`StoreError::NotFound`]. Every change and its row of the audit log are one transaction. What is answered with `Ok` is on disk.

// the rooms below
use ecocomp_ground::{finding, phrases};

mod analyses;
mod audit;
mod claims;
mod database;
mod datasets;
mod error;
mod guards;
mod jobs;
mod keeper;
mod models;
mod moment;
mod names;
mod negotiations;
mod page;
mod persons;
mod plans;
mod runs;
mod servers;
mod sessions;
mod sheets;
mod tokens;
mod versions;

use std::collections::BTreeMap;

use async_trait::async_trait;

pub use analyses::{AnalysisEntry, NewAnalysis};
pub use audit::{AuditFilter, AuditHead, AuditRow, AuditVerdict, Break, BreakKind, Refusal};
pub use claims::{Claim, KeyedRequest, StoredAnswer};
pub use datasets::{DatasetEntry, FileEntry, NewDataset, StoredFile};
pub use error::{Conflict, Result, StoreError, Unfit};
pub use jobs::{Job, JobEvent, JobState, NewJob};
pub use keeper::{open, open_existing};
pub use models::{Expected, ModelEntry, ModelVersion, NewModel};
pub use moment::Moment;
pub use negotiations::{
    Negotiation, NegotiationEntry, NewNegotiation, NewPrivateFile, NewRound, PrivateFile, RoundEntry,
};
pub use page::{MOST_ITEMS, Page, PageRequest};
pub use plans::{Decision, NewPlan, Plan, PlanComment, PlanState};
pub use runs::{About, NewRun, Run, RunEntry, RunFilter};
pub use servers::Server;
pub use sessions::{NewSession, OpenedSession, SessionEntry};
pub use sheets::{NewSheet, Sheet, SheetEntry};
pub use tokens::{IssuedToken, NewToken, Principal, Role, TokenEntry};

/// Most bytes of a name, an id or a key.
pub const MOST_NAME_BYTES: usize = 512;

/// Organisation of whoever needs no token, and of tokens issued without one named.
pub const DEFAULT_ORG: &str = "default";

/// Who changes something, when, and by which request: what the audit log says of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Organisation, which every object changed belongs to.
    pub org: String,
    /// Name of the principal.
    pub principal: String,
    /// The time, read by the edge.
    pub at: Moment,
    /// Id of the HTTP request, or `cli`.
    pub request: String,
}

/// What was put, and whether it was there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put<T> {
    /// As it is kept now.
    pub value: T,
    /// `false` where the same was there already and nothing was changed.
    pub is_new: bool,
}

/// The store of the service, behind an `Arc<dyn Store>` made by [`open`].
///
/// A call once begun is carried to its end even where the caller goes away. Lists of what was made come newest first.
#[async_trait]
pub trait Store: Send + Sync + std::fmt::Debug {
    /// Whether the database answers (`/readyz`).
    async fn ping(&self) -> Result<()>;

    /// Whether something can be written (`/readyz`): the sign of life of a server is moved on by a microsecond.
    ///
    /// # Errors
    /// `NotFound` where the server is not registered; else why nothing can be written.
    async fn try_write(&self, server: &str) -> Result<()>;

    /// Ends the connections after the calls that are under way.
    async fn close(&self);

    // ---- models

    /// Keeps the next version of a model. The text of the latest version again makes no new one.
    ///
    /// # Errors
    /// `Stale` where the latest version is not what was expected.
    async fn put_model(&self, by: &Caller, new: NewModel) -> Result<Put<ModelVersion>>;

    /// A version of a model, the latest where none is named.
    async fn model(&self, org: &str, name: &str, version: Option<i64>) -> Result<ModelVersion>;

    /// The latest version of every model, by name.
    async fn models(&self, org: &str, page: &PageRequest) -> Result<Page<ModelEntry>>;

    /// The versions of one model, newest first.
    async fn model_versions(&self, org: &str, name: &str, page: &PageRequest) -> Result<Page<ModelEntry>>;

    // ---- datasets

    /// Keeps the next version of a dataset. The same files and provenance as the latest version make no new one.
    ///
    /// # Errors
    /// `Stale` where the latest version is not what was expected.
    async fn put_dataset(&self, by: &Caller, new: NewDataset) -> Result<Put<DatasetEntry>>;

    /// A version of a dataset without the bytes, the latest where none is named.
    async fn dataset(&self, org: &str, name: &str, version: Option<i64>) -> Result<DatasetEntry>;

    /// A version of a dataset with all its files in the order of their names, the latest where none is named.
    async fn dataset_files(
        &self,
        org: &str,
        name: &str,
        version: Option<i64>,
    ) -> Result<(DatasetEntry, Vec<StoredFile>)>;

    /// The latest version of every dataset, by name.
    async fn datasets(&self, org: &str, page: &PageRequest) -> Result<Page<DatasetEntry>>;

    /// The versions of one dataset, newest first.
    async fn dataset_versions(&self, org: &str, name: &str, page: &PageRequest) -> Result<Page<DatasetEntry>>;

    // ---- runs

    /// Keeps a run, or gives the one there is under its hash; labels of the latter are not touched.
    ///
    /// # Errors
    /// `Conflict(RunDiffers)` where the record kept under this hash is another.
    async fn put_run(&self, by: &Caller, new: NewRun) -> Result<Put<RunEntry>>;

    /// A run with its documents.
    async fn run(&self, org: &str, hash: &str) -> Result<Run>;

    /// A run without its documents.
    async fn run_entry(&self, org: &str, hash: &str) -> Result<RunEntry>;

    /// Runs, newest first.
    async fn runs(&self, org: &str, filter: &RunFilter, page: &PageRequest) -> Result<Page<RunEntry>>;

    /// Replaces the labels of a run; `expected` is about its revision.
    async fn label_run(
        &self,
        by: &Caller,
        hash: &str,
        labels: BTreeMap<String, String>,
        expected: Expected,
    ) -> Result<RunEntry>;

    /// Says anew what people say of a run, labels included; `expected` is about its revision.
    async fn describe_run(
        &self,
        by: &Caller,
        hash: &str,
        about: About,
        labels: BTreeMap<String, String>,
        expected: Expected,
    ) -> Result<RunEntry>;

    /// Forgets a run. The audit log keeps its hash; the same question makes it anew.
    ///
    /// # Errors
    /// `Conflict(RunInPlan)` where a plan refers to it.
    async fn delete_run(&self, by: &Caller, hash: &str) -> Result<()>;

    // ---- servers and jobs

    /// Says that a server process lives until `until` unless it says so again. Unfinished jobs of processes of the same name, and of
    /// those whose time is over, become interrupted; the result is how many.
    async fn register_server(&self, server: &Server, at: Moment, until: Moment) -> Result<u64>;

    /// Says that a server process still lives, interrupts the jobs of those that do not, and names the jobs of this server that somebody
    /// cancelled since `cancelled_since`: its work on them should stop.
    ///
    /// # Errors
    /// `NotFound` where another process took its place: its jobs have been interrupted; it must register with a new id.
    async fn heartbeat(
        &self,
        server: &str,
        at: Moment,
        until: Moment,
        cancelled_since: Moment,
    ) -> Result<Vec<(String, String)>>;

    /// Whether a server process is registered and its time is not over.
    async fn lives(&self, server: &str, at: Moment) -> Result<bool>;

    /// Says that a server process ends in good order; its unfinished jobs become interrupted.
    async fn unregister_server(&self, server: &str, at: Moment) -> Result<u64>;

    /// Keeps a job, queued.
    ///
    /// # Errors
    /// `Conflict(IdTaken)` where another request has this id; `Conflict(ForeignJob)` where the server is not registered.
    async fn put_job(&self, by: &Caller, new: NewJob) -> Result<Put<Job>>;

    /// Queued → running.
    ///
    /// # Errors
    /// `Conflict(JobEnded)` where it was cancelled meanwhile, `Conflict(ForeignJob)` where it is not this server's.
    async fn start_job(&self, by: &Caller, id: &str, server: &str) -> Result<Job>;

    /// Adds an event to an unfinished job; the result is its id.
    ///
    /// # Errors
    /// As of [`start_job`](Self::start_job).
    async fn add_job_event(&self, by: &Caller, id: &str, server: &str, kind: &str, data: &str) -> Result<i64>;

    /// Queued or running → done or failed (or cancelled, where the server itself gives up), with the result.
    ///
    /// # Errors
    /// As of [`start_job`](Self::start_job).
    async fn finish_job(&self, by: &Caller, id: &str, server: &str, state: JobState, result: Vec<u8>) -> Result<Job>;

    /// Queued or running → cancelled, at once and for good: a result that comes later is refused. The server that works on it learns of it
    /// by its heartbeat.
    ///
    /// # Errors
    /// `Conflict(JobEnded)`.
    async fn cancel_job(&self, by: &Caller, id: &str) -> Result<Job>;

    /// A job.
    async fn job(&self, org: &str, id: &str) -> Result<Job>;

    /// The request of a job.
    async fn job_request(&self, org: &str, id: &str) -> Result<Vec<u8>>;

    /// The result of a job, byte for byte as it was put; `None` where it has none (yet).
    async fn job_result(&self, org: &str, id: &str) -> Result<Option<Vec<u8>>>;

    /// Jobs, newest first.
    async fn jobs(&self, org: &str, page: &PageRequest) -> Result<Page<Job>>;

    /// Events of a job with an id above `after`, oldest first, at most `limit`.
    async fn job_events(&self, org: &str, id: &str, after: i64, limit: u32) -> Result<Vec<JobEvent>>;

    /// Forgets jobs that ended before a moment, and of each organisation the oldest ended ones beyond so many bytes of documents;
    /// at most 1 000 at a time.
    async fn forget_jobs(&self, before: Moment, bytes: i64) -> Result<u64>;

    // ---- idempotency keys

    /// Claims the right to carry out a request, by organisation, principal, route and key. Of any number at once one gets `New`.
    ///
    /// # Errors
    /// `Conflict(KeyReused)` where the key was used with another request hash.
    async fn claim(&self, by: &Caller, request: &KeyedRequest) -> Result<Claim>;

    /// Keeps the answer of a claimed request for the later ones.
    ///
    /// # Errors
    /// `NotFound` where the claim is no longer this attempt's.
    async fn complete_claim(&self, by: &Caller, id: &str, attempt: i64, answer: StoredAnswer) -> Result<()>;

    /// Gives a claim up, so that the request may be sent again (after an answer that is not to be repeated, such as 503).
    async fn release_claim(&self, by: &Caller, id: &str, attempt: i64) -> Result<()>;

    /// Forgets keys that have expired; the result is how many. Expired keys count as forgotten anyway; this frees the space.
    async fn forget_expired_claims(&self, at: Moment) -> Result<u64>;

    // ---- principals and tokens

    /// Issues a token in the caller's organisation.
    async fn issue_token(&self, by: &Caller, new: NewToken) -> Result<IssuedToken>;

    /// Who a token speaks for; `None` where it is unknown, expired or revoked (401, without saying which).
    async fn authenticate(&self, secret: &str, at: Moment) -> Result<Option<Principal>>;

    /// Tokens of an organisation, newest first; of all where none is named (only for who has the database itself).
    async fn tokens(&self, org: Option<&str>, page: &PageRequest) -> Result<Page<TokenEntry>>;

    /// Revokes a token of the caller's organisation for good. One revoked before stays as it is.
    async fn revoke_token(&self, by: &Caller, id: &str) -> Result<TokenEntry>;

    // ---- sessions of browsers

    /// Opens a session of the caller with a token of the caller's.
    ///
    /// # Errors
    /// `NotFound` where the token is no longer good.
    async fn open_session(&self, by: &Caller, new: NewSession) -> Result<OpenedSession>;

    /// Who is in a session, and the session; `None` where it is unknown or has ended, by itself or with its token. Moves its idle end on.
    async fn session(&self, secret: &str, at: Moment) -> Result<Option<(Principal, SessionEntry)>>;

    /// Sessions under way of an organisation, newest first; of one principal where one is named.
    async fn sessions(
        &self,
        org: &str,
        principal: Option<&str>,
        at: Moment,
        page: &PageRequest,
    ) -> Result<Page<SessionEntry>>;

    /// Ends a session of the caller's organisation for good; of one principal alone where one is named.
    ///
    /// # Errors
    /// `NotFound` where there is none, or it has ended.
    async fn end_session(&self, by: &Caller, principal: Option<&str>, id: &str) -> Result<SessionEntry>;

    /// Notes sessions that ran out, and forgets those that ended before a moment; the result is how many were forgotten.
    async fn forget_sessions(&self, at: Moment, before: Moment) -> Result<u64>;

    // ---- plans

    /// Puts a run forward as a plan.
    ///
    /// # Errors
    /// `NotFound` where the run is not there, `Conflict(NoAllocation)` where it has no allocation, `Conflict(IdTaken)` where another
    /// plan has this id.
    async fn submit_plan(&self, by: &Caller, new: NewPlan) -> Result<Put<Plan>>;

    /// Approves or rejects a plan that somebody else made, or takes back one's own.
    ///
    /// # Errors
    /// `Conflict(OwnPlan)`, `Conflict(MakersToken)`, `Conflict(NotMaker)`, `Conflict(PlanDecided)`, `Stale`.
    async fn decide_plan(
        &self,
        by: &Caller,
        id: &str,
        decision: Decision,
        comment: &str,
        expected: Expected,
    ) -> Result<Plan>;

    /// A plan.
    async fn plan(&self, org: &str, id: &str) -> Result<Plan>;

    /// Plans, newest first.
    async fn plans(&self, org: &str, page: &PageRequest) -> Result<Page<Plan>>;

    /// Publishes an approved plan: it stays as it is from then on.
    ///
    /// # Errors
    /// `Conflict(NotApproved)`, `Stale`.
    async fn publish_plan(&self, by: &Caller, id: &str, expected: Expected) -> Result<Plan>;

    /// Adds a remark to a plan; the same id again gives the remark there is.
    ///
    /// # Errors
    /// `NotFound` where the plan is not there, `Conflict(IdTaken)` where another remark has this id.
    async fn comment_plan(&self, by: &Caller, plan: &str, id: &str, text: &str) -> Result<Put<PlanComment>>;

    /// Remarks on a plan, newest first.
    async fn plan_comments(&self, org: &str, plan: &str, page: &PageRequest) -> Result<Page<PlanComment>>;

    // ---- analyses

    /// Keeps the document of an analysis; one that is there under its hash stays.
    async fn put_analysis(&self, by: &Caller, new: NewAnalysis) -> Result<()>;

    /// The analysis of a hash, byte for byte as it was put.
    async fn analysis(&self, org: &str, hash: &str) -> Result<(AnalysisEntry, Vec<u8>)>;

    /// Analyses, newest first.
    async fn analyses(&self, org: &str, page: &PageRequest) -> Result<Page<AnalysisEntry>>;

    /// Forgets of each organisation the oldest analyses beyond so many bytes.
    async fn forget_analyses(&self, bytes: i64) -> Result<u64>;

    // ---- sheets: small documents in versions, such as scenarios and maps

    /// Keeps the next version of a sheet. The text of the latest version again makes no new one.
    ///
    /// # Errors
    /// `Stale` where the latest version is not what was expected.
    async fn put_sheet(&self, by: &Caller, new: NewSheet) -> Result<Put<Sheet>>;

    /// A version of a sheet of a kind, the latest where none is named.
    async fn sheet(&self, org: &str, kind: &str, name: &str, version: Option<i64>) -> Result<Sheet>;

    /// The latest version of every sheet of a kind, by name.
    async fn sheets(&self, org: &str, kind: &str, page: &PageRequest) -> Result<Page<SheetEntry>>;

    /// Forgets a sheet in all its versions; `expected` is about the latest.
    async fn delete_sheet(&self, by: &Caller, kind: &str, name: &str, expected: Expected) -> Result<()>;

    // ---- negotiations between organisations

    /// Keeps a negotiation. The caller's organisation must have a seat in it.
    ///
    /// # Errors
    /// `Conflict(IdTaken)` where another negotiation has this id, `NotFound` for a caller without a seat.
    async fn put_negotiation(&self, by: &Caller, new: NewNegotiation) -> Result<Put<Negotiation>>;

    /// A negotiation in which the organisation has a seat.
    async fn negotiation(&self, org: &str, id: &str) -> Result<Negotiation>;

    /// Negotiations in which the organisation has a seat, newest first.
    async fn negotiations(&self, org: &str, page: &PageRequest) -> Result<Page<NegotiationEntry>>;

    /// Keeps the own file of the caller's party. The same file as the latest makes no new revision. The audit log keeps a hash with 256
    /// random bits in it.
    ///
    /// # Errors
    /// `NotFound` for another party's, `Stale` where the latest revision is not what was expected.
    async fn put_private_file(&self, by: &Caller, new: NewPrivateFile) -> Result<Put<PrivateFile>>;

    /// The own file of the organisation's party; another party's is not found, whether it is there or not.
    async fn private_file(&self, org: &str, id: &str, party: &str) -> Result<PrivateFile>;

    /// The files of all parties, for the organisation that mediates; `None` unless each party has agreed in its own file.
    ///
    /// # Errors
    /// `NotFound` for every other organisation.
    async fn private_files(&self, org: &str, id: &str) -> Result<Option<Vec<PrivateFile>>>;

    /// Adds an offer of the caller's party to the rounds.
    ///
    /// # Errors
    /// `NotFound` for another party's, `Stale` where another round came in between.
    async fn add_round(&self, by: &Caller, new: NewRound) -> Result<Put<RoundEntry>>;

    /// All rounds, in order, for an organisation with a seat.
    async fn rounds(&self, org: &str, id: &str) -> Result<Vec<RoundEntry>>;

    // ---- audit

    /// Notes that somebody was refused a change: nothing else of the request was kept.
    async fn note_refusal(&self, by: &Caller, refusal: &Refusal) -> Result<()>;

    /// Rows about an organisation, newest first.
    async fn audit_rows(&self, org: &str, page: &PageRequest) -> Result<Page<AuditRow>> {
        self.audit_rows_of(org, &AuditFilter::default(), page).await
    }

    /// Those of them that a filter lets through.
    async fn audit_rows_of(&self, org: &str, filter: &AuditFilter, page: &PageRequest) -> Result<Page<AuditRow>>;

    /// Rows about an organisation with a number above `after`, oldest first, at most `limit`.
    async fn audit_rows_after(&self, org: &str, after: i64, limit: u32) -> Result<Vec<AuditRow>>;

    /// Walks the whole chain, over all organisations. `noted` is a head written down earlier.
    async fn verify_audit(&self, noted: Option<AuditHead>) -> Result<AuditVerdict>;
}
