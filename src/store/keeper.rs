//! The store on a database: every call is carried out by the store's own threads.
//!
//! The caller's thread may go away (a client that hangs up, a worker that is stopped): what was begun is carried to its end, and the
//! connections do not hang on the thread that happened to open them.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::runtime::{Builder, Runtime};

use super::database::{self, Database, values};
use super::{
    About, AnalysisEntry, AuditFilter, AuditHead, AuditRow, AuditVerdict, Caller, Claim, DatasetEntry, Decision,
    Expected, IssuedToken, Job, JobEvent, JobState, KeyedRequest, ModelEntry, ModelVersion, Moment, Negotiation,
    NegotiationEntry, NewAnalysis, NewDataset, NewJob, NewModel, NewNegotiation, NewPlan, NewPrivateFile, NewRound,
    NewRun, NewSession, NewSheet, NewToken, OpenedSession, Page, PageRequest, Plan, PlanComment, Principal,
    PrivateFile, Put, Refusal, Result, RoundEntry, Run, RunEntry, RunFilter, Server, SessionEntry, Sheet, SheetEntry,
    Store, StoreError, StoredAnswer, StoredFile, TokenEntry, analyses, audit, claims, datasets, jobs, models,
    negotiations, plans, runs, servers, sessions, sheets, tokens,
};
use crate::finding::{Finding, Findings, Place};

/// No call but the walk over the audit log takes longer.
const LONGEST: Duration = Duration::from_secs(30);

/// The walk over a long audit log.
const LONGEST_WALK: Duration = Duration::from_secs(3600);

/// Threads that speak with the database.
const THREADS: usize = 2;

/// Opens the store at `sqlite:PATH`, `sqlite::memory:` or `postgres://…`, with all migrations applied; a missing SQLite file is made.
///
/// # Errors
/// The address is not understood, the database cannot be reached, is not ours, or was made by a newer version. No finding shows a password.
pub async fn open(address: &str) -> std::result::Result<Arc<dyn Store>, Findings> {
    open_as(address, true).await
}

/// As [`open`], but a missing SQLite file is an error.
///
/// # Errors
/// As of [`open`].
pub async fn open_existing(address: &str) -> std::result::Result<Arc<dyn Store>, Findings> {
    open_as(address, false).await
}

async fn open_as(address: &str, may_create: bool) -> std::result::Result<Arc<dyn Store>, Findings> {
    let stopped = |why: String| Findings::from(Finding::error("store.threads", Place::default()).with("why", why));
    let runtime = Builder::new_multi_thread().worker_threads(THREADS).thread_name("store").enable_all().build();
    let runtime = runtime.map_err(|error| stopped(error.to_string()))?;
    let address = address.to_owned();
    let opening = runtime.spawn(async move { database::open(&address, may_create).await });
    // The runtime goes into its guard before anything can fail: dropped bare it would panic inside another one.
    let threads = Threads(Some(runtime));
    let database = opening.await.map_err(|error| stopped(error.to_string()))??;
    Ok(Arc::new(Keeper { database: Arc::new(database), threads }))
}

#[derive(Debug)]
struct Keeper {
    database: Arc<Database>,
    threads: Threads,
}

#[derive(Debug)]
struct Threads(Option<Runtime>);

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Keeper {
    async fn within<T: Send + 'static>(
        &self,
        longest: Duration,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let Some(runtime) = &self.threads.0 else { return Err(StoreError::Unavailable("closed".to_owned())) };
        let timed = async move {
            match tokio::time::timeout(longest, work).await {
                Ok(answer) => answer,
                Err(_) => Err(StoreError::Unavailable(format!("no answer within {} s", longest.as_secs()))),
            }
        };
        runtime.spawn(timed).await.unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))
    }

    async fn carry_out<T: Send + 'static>(&self, work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
        self.within(LONGEST, work).await
    }

    fn base(&self) -> Arc<Database> {
        Arc::clone(&self.database)
    }
}

#[async_trait]
impl Store for Keeper {
    async fn ping(&self) -> Result<()> {
        let base = self.base();
        self.carry_out(async move { base.row("SELECT seq FROM audit_head WHERE id = 1", values![]).await.map(drop) })
            .await
    }

    async fn try_write(&self, server: &str) -> Result<()> {
        self.carry_out(servers::try_write(self.base(), server.to_owned())).await
    }

    async fn close(&self) {
        let base = self.base();
        let closed = self.carry_out(async move {
            base.close().await;
            Ok(())
        });
        // Connections that do not end in time end with the process.
        drop(closed.await);
    }

    async fn put_model(&self, by: &Caller, new: NewModel) -> Result<Put<ModelVersion>> {
        self.carry_out(models::put(self.base(), by.clone(), new)).await
    }

    async fn model(&self, org: &str, name: &str, version: Option<i64>) -> Result<ModelVersion> {
        self.carry_out(models::get(self.base(), org.to_owned(), name.to_owned(), version)).await
    }

    async fn models(&self, org: &str, page: &PageRequest) -> Result<Page<ModelEntry>> {
        self.carry_out(models::list(self.base(), org.to_owned(), page.clone())).await
    }

    async fn model_versions(&self, org: &str, name: &str, page: &PageRequest) -> Result<Page<ModelEntry>> {
        self.carry_out(models::versions(self.base(), org.to_owned(), name.to_owned(), page.clone())).await
    }

    async fn put_dataset(&self, by: &Caller, new: NewDataset) -> Result<Put<DatasetEntry>> {
        self.carry_out(datasets::put(self.base(), by.clone(), new)).await
    }

    async fn dataset(&self, org: &str, name: &str, version: Option<i64>) -> Result<DatasetEntry> {
        self.carry_out(datasets::get(self.base(), org.to_owned(), name.to_owned(), version)).await
    }

    async fn dataset_files(
        &self,
        org: &str,
        name: &str,
        version: Option<i64>,
    ) -> Result<(DatasetEntry, Vec<StoredFile>)> {
        self.carry_out(datasets::files(self.base(), org.to_owned(), name.to_owned(), version)).await
    }

    async fn datasets(&self, org: &str, page: &PageRequest) -> Result<Page<DatasetEntry>> {
        self.carry_out(datasets::list(self.base(), org.to_owned(), page.clone())).await
    }

    async fn dataset_versions(&self, org: &str, name: &str, page: &PageRequest) -> Result<Page<DatasetEntry>> {
        self.carry_out(datasets::versions(self.base(), org.to_owned(), name.to_owned(), page.clone())).await
    }

    async fn put_run(&self, by: &Caller, new: NewRun) -> Result<Put<RunEntry>> {
        self.carry_out(runs::put(self.base(), by.clone(), new)).await
    }

    async fn run(&self, org: &str, hash: &str) -> Result<Run> {
        self.carry_out(runs::get(self.base(), org.to_owned(), hash.to_owned())).await
    }

    async fn run_entry(&self, org: &str, hash: &str) -> Result<RunEntry> {
        self.carry_out(runs::get_entry(self.base(), org.to_owned(), hash.to_owned())).await
    }

    async fn runs(&self, org: &str, filter: &RunFilter, page: &PageRequest) -> Result<Page<RunEntry>> {
        self.carry_out(runs::list(self.base(), org.to_owned(), filter.clone(), page.clone())).await
    }

    async fn label_run(
        &self,
        by: &Caller,
        hash: &str,
        labels: BTreeMap<String, String>,
        expected: Expected,
    ) -> Result<RunEntry> {
        self.carry_out(runs::label(self.base(), by.clone(), hash.to_owned(), labels, expected)).await
    }

    async fn describe_run(
        &self,
        by: &Caller,
        hash: &str,
        about: About,
        labels: BTreeMap<String, String>,
        expected: Expected,
    ) -> Result<RunEntry> {
        self.carry_out(runs::describe(self.base(), by.clone(), hash.to_owned(), (about, labels), expected)).await
    }

    async fn delete_run(&self, by: &Caller, hash: &str) -> Result<()> {
        self.carry_out(runs::delete(self.base(), by.clone(), hash.to_owned())).await
    }

    async fn register_server(&self, server: &Server, at: Moment, until: Moment) -> Result<u64> {
        self.carry_out(servers::register(self.base(), server.clone(), at, until)).await
    }

    async fn heartbeat(
        &self,
        server: &str,
        at: Moment,
        until: Moment,
        cancelled_since: Moment,
    ) -> Result<Vec<(String, String)>> {
        self.carry_out(servers::heartbeat(self.base(), server.to_owned(), (at, until), cancelled_since)).await
    }

    async fn lives(&self, server: &str, at: Moment) -> Result<bool> {
        self.carry_out(servers::lives(self.base(), server.to_owned(), at)).await
    }

    async fn unregister_server(&self, server: &str, at: Moment) -> Result<u64> {
        self.carry_out(servers::unregister(self.base(), server.to_owned(), at)).await
    }

    async fn put_job(&self, by: &Caller, new: NewJob) -> Result<Put<Job>> {
        self.carry_out(jobs::put(self.base(), by.clone(), new)).await
    }

    async fn start_job(&self, by: &Caller, id: &str, server: &str) -> Result<Job> {
        self.carry_out(jobs::start(self.base(), by.clone(), id.to_owned(), server.to_owned())).await
    }

    async fn add_job_event(&self, by: &Caller, id: &str, server: &str, kind: &str, data: &str) -> Result<i64> {
        let job = (id.to_owned(), server.to_owned());
        self.carry_out(jobs::event(self.base(), by.clone(), job, (kind.to_owned(), data.to_owned()))).await
    }

    async fn finish_job(&self, by: &Caller, id: &str, server: &str, state: JobState, result: Vec<u8>) -> Result<Job> {
        let job = (id.to_owned(), server.to_owned());
        self.carry_out(jobs::finish(self.base(), by.clone(), job, state, result)).await
    }

    async fn cancel_job(&self, by: &Caller, id: &str) -> Result<Job> {
        self.carry_out(jobs::cancel(self.base(), by.clone(), id.to_owned())).await
    }

    async fn job(&self, org: &str, id: &str) -> Result<Job> {
        self.carry_out(jobs::get(self.base(), org.to_owned(), id.to_owned())).await
    }

    async fn job_request(&self, org: &str, id: &str) -> Result<Vec<u8>> {
        self.carry_out(jobs::request(self.base(), org.to_owned(), id.to_owned())).await
    }

    async fn job_result(&self, org: &str, id: &str) -> Result<Option<Vec<u8>>> {
        self.carry_out(jobs::result(self.base(), org.to_owned(), id.to_owned())).await
    }

    async fn jobs(&self, org: &str, page: &PageRequest) -> Result<Page<Job>> {
        self.carry_out(jobs::list(self.base(), org.to_owned(), page.clone())).await
    }

    async fn job_events(&self, org: &str, id: &str, after: i64, limit: u32) -> Result<Vec<JobEvent>> {
        self.carry_out(jobs::events(self.base(), org.to_owned(), id.to_owned(), after, limit)).await
    }

    async fn forget_jobs(&self, before: Moment, bytes: i64) -> Result<u64> {
        self.carry_out(jobs::forget(self.base(), before, bytes)).await
    }

    async fn claim(&self, by: &Caller, request: &KeyedRequest) -> Result<Claim> {
        self.carry_out(claims::claim(self.base(), by.clone(), request.clone())).await
    }

    async fn complete_claim(&self, by: &Caller, id: &str, attempt: i64, answer: StoredAnswer) -> Result<()> {
        self.carry_out(claims::complete(self.base(), by.clone(), (id.to_owned(), attempt), answer)).await
    }

    async fn release_claim(&self, by: &Caller, id: &str, attempt: i64) -> Result<()> {
        self.carry_out(claims::release(self.base(), by.clone(), id.to_owned(), attempt)).await
    }

    async fn forget_expired_claims(&self, at: Moment) -> Result<u64> {
        self.carry_out(claims::forget_expired(self.base(), at)).await
    }

    async fn issue_token(&self, by: &Caller, new: NewToken) -> Result<IssuedToken> {
        self.carry_out(tokens::issue(self.base(), by.clone(), new)).await
    }

    async fn authenticate(&self, secret: &str, at: Moment) -> Result<Option<Principal>> {
        self.carry_out(tokens::authenticate(self.base(), secret.to_owned(), at)).await
    }

    async fn tokens(&self, org: Option<&str>, page: &PageRequest) -> Result<Page<TokenEntry>> {
        self.carry_out(tokens::list(self.base(), org.map(str::to_owned), page.clone())).await
    }

    async fn revoke_token(&self, by: &Caller, id: &str) -> Result<TokenEntry> {
        self.carry_out(tokens::revoke(self.base(), by.clone(), id.to_owned())).await
    }

    async fn open_session(&self, by: &Caller, new: NewSession) -> Result<OpenedSession> {
        self.carry_out(sessions::open(self.base(), by.clone(), new)).await
    }

    async fn session(&self, secret: &str, at: Moment) -> Result<Option<(Principal, SessionEntry)>> {
        self.carry_out(sessions::recognise(self.base(), secret.to_owned(), at)).await
    }

    async fn sessions(
        &self,
        org: &str,
        principal: Option<&str>,
        at: Moment,
        page: &PageRequest,
    ) -> Result<Page<SessionEntry>> {
        let whose = (org.to_owned(), principal.map(str::to_owned));
        self.carry_out(sessions::list(self.base(), whose, at, page.clone())).await
    }

    async fn end_session(&self, by: &Caller, principal: Option<&str>, id: &str) -> Result<SessionEntry> {
        let principal = principal.map(str::to_owned);
        self.carry_out(sessions::end(self.base(), by.clone(), principal, id.to_owned())).await
    }

    async fn forget_sessions(&self, at: Moment, before: Moment) -> Result<u64> {
        self.carry_out(sessions::forget(self.base(), at, before)).await
    }

    async fn submit_plan(&self, by: &Caller, new: NewPlan) -> Result<Put<Plan>> {
        self.carry_out(plans::submit(self.base(), by.clone(), new)).await
    }

    async fn decide_plan(
        &self,
        by: &Caller,
        id: &str,
        decision: Decision,
        comment: &str,
        expected: Expected,
    ) -> Result<Plan> {
        let decided = (decision, comment.to_owned());
        self.carry_out(plans::decide(self.base(), by.clone(), id.to_owned(), decided, expected)).await
    }

    async fn plan(&self, org: &str, id: &str) -> Result<Plan> {
        self.carry_out(plans::get(self.base(), org.to_owned(), id.to_owned())).await
    }

    async fn plans(&self, org: &str, page: &PageRequest) -> Result<Page<Plan>> {
        self.carry_out(plans::list(self.base(), org.to_owned(), page.clone())).await
    }

    async fn publish_plan(&self, by: &Caller, id: &str, expected: Expected) -> Result<Plan> {
        self.carry_out(plans::publish(self.base(), by.clone(), id.to_owned(), expected)).await
    }

    async fn comment_plan(&self, by: &Caller, plan: &str, id: &str, text: &str) -> Result<Put<PlanComment>> {
        let comment = (id.to_owned(), text.to_owned());
        self.carry_out(plans::comment(self.base(), by.clone(), plan.to_owned(), comment)).await
    }

    async fn plan_comments(&self, org: &str, plan: &str, page: &PageRequest) -> Result<Page<PlanComment>> {
        self.carry_out(plans::comments(self.base(), org.to_owned(), plan.to_owned(), page.clone())).await
    }

    async fn put_analysis(&self, by: &Caller, new: NewAnalysis) -> Result<()> {
        self.carry_out(analyses::put(self.base(), by.clone(), new)).await
    }

    async fn analysis(&self, org: &str, hash: &str) -> Result<(AnalysisEntry, Vec<u8>)> {
        self.carry_out(analyses::get(self.base(), org.to_owned(), hash.to_owned())).await
    }

    async fn analyses(&self, org: &str, page: &PageRequest) -> Result<Page<AnalysisEntry>> {
        self.carry_out(analyses::list(self.base(), org.to_owned(), page.clone())).await
    }

    async fn forget_analyses(&self, bytes: i64) -> Result<u64> {
        self.carry_out(analyses::forget(self.base(), bytes)).await
    }

    async fn put_sheet(&self, by: &Caller, new: NewSheet) -> Result<Put<Sheet>> {
        self.carry_out(sheets::put(self.base(), by.clone(), new)).await
    }

    async fn sheet(&self, org: &str, kind: &str, name: &str, version: Option<i64>) -> Result<Sheet> {
        let key = (org.to_owned(), kind.to_owned(), name.to_owned());
        self.carry_out(sheets::get(self.base(), key, version)).await
    }

    async fn sheets(&self, org: &str, kind: &str, page: &PageRequest) -> Result<Page<SheetEntry>> {
        self.carry_out(sheets::list(self.base(), (org.to_owned(), kind.to_owned()), page.clone())).await
    }

    async fn delete_sheet(&self, by: &Caller, kind: &str, name: &str, expected: Expected) -> Result<()> {
        let key = (kind.to_owned(), name.to_owned());
        self.carry_out(sheets::delete(self.base(), by.clone(), key, expected)).await
    }

    async fn put_negotiation(&self, by: &Caller, new: NewNegotiation) -> Result<Put<Negotiation>> {
        self.carry_out(negotiations::put(self.base(), by.clone(), new)).await
    }

    async fn negotiation(&self, org: &str, id: &str) -> Result<Negotiation> {
        self.carry_out(negotiations::get(self.base(), org.to_owned(), id.to_owned())).await
    }

    async fn negotiations(&self, org: &str, page: &PageRequest) -> Result<Page<NegotiationEntry>> {
        self.carry_out(negotiations::list(self.base(), org.to_owned(), page.clone())).await
    }

    async fn put_private_file(&self, by: &Caller, new: NewPrivateFile) -> Result<Put<PrivateFile>> {
        self.carry_out(negotiations::put_file(self.base(), by.clone(), new)).await
    }

    async fn private_file(&self, org: &str, id: &str, party: &str) -> Result<PrivateFile> {
        self.carry_out(negotiations::get_file(self.base(), org.to_owned(), id.to_owned(), party.to_owned())).await
    }

    async fn private_files(&self, org: &str, id: &str) -> Result<Option<Vec<PrivateFile>>> {
        self.carry_out(negotiations::files(self.base(), org.to_owned(), id.to_owned())).await
    }

    async fn add_round(&self, by: &Caller, new: NewRound) -> Result<Put<RoundEntry>> {
        self.carry_out(negotiations::add_round(self.base(), by.clone(), new)).await
    }

    async fn rounds(&self, org: &str, id: &str) -> Result<Vec<RoundEntry>> {
        self.carry_out(negotiations::rounds(self.base(), org.to_owned(), id.to_owned())).await
    }

    async fn audit_rows_of(&self, org: &str, filter: &AuditFilter, page: &PageRequest) -> Result<Page<AuditRow>> {
        self.carry_out(audit::list(self.base(), org.to_owned(), filter.clone(), page.clone())).await
    }

    async fn audit_rows_after(&self, org: &str, after: i64, limit: u32) -> Result<Vec<AuditRow>> {
        self.carry_out(audit::after(self.base(), org.to_owned(), after, limit)).await
    }

    async fn note_refusal(&self, by: &Caller, refusal: &Refusal) -> Result<()> {
        self.carry_out(audit::refuse(self.base(), by.clone(), refusal.clone())).await
    }

    async fn verify_audit(&self, noted: Option<AuditHead>) -> Result<AuditVerdict> {
        self.within(LONGEST_WALK, audit::verify(self.base(), noted)).await
    }
}
