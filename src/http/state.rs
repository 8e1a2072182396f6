//! What the routes share: the store, the workers, what is kept warm, and the jobs under way.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::dataset::Source;
use crate::http::edge::vitals::{Figures, Vitals};
use crate::http::library::Library;
use crate::http::spool::{self, Spool};
use crate::jobs::{Answer, Answers, End, Key, Models, Pool, PoolSize, Ticket};
use crate::store::{Server, Store};

/// So long the outcome of a trial of the store is good.
const TRIED: Duration = Duration::from_secs(1);
/// So long a trial may take.
const TRIAL: Duration = Duration::from_secs(2);

/// How the engine of a server is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Threads for what-ifs and runs, and how many of them may wait.
    pub quick: PoolSize,
    /// Threads for long jobs, and how many of them may wait.
    pub long: PoolSize,
    /// Threads within one long job.
    pub threads: usize,
    /// Longest what-if.
    pub quick_limit: Duration,
    /// Longest long job.
    pub long_limit: Duration,
    /// After so long an answer becomes a job.
    pub patience: Duration,
    /// Prepared models kept: how many, and bytes of their files and what is made of them.
    pub models: (usize, u64),
    /// Answers kept: how many, and their bytes.
    pub answers: (usize, u64),
    /// Ended jobs are kept so long, and of each organisation so many bytes of them.
    pub jobs: (Duration, i64),
    /// Most draws of a sweep, and most scenarios of a Sobol design.
    pub draws: u64,
    /// Most rules of a model, and most rules times rows of its data.
    pub rules: (usize, u64),
    /// Where sweeps keep their draws while they work; `None` for a store that is kept nowhere.
    pub spool: Option<spool::Place>,
}

impl Default for Settings {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            quick: PoolSize { workers: cores, queue: 64 },
            long: PoolSize { workers: 1, queue: 256 },
            threads: 1,
            quick_limit: Duration::from_secs(30),
            long_limit: Duration::from_secs(1800),
            patience: Duration::from_secs(2),
            models: (64, 512 << 20),
            answers: (4096, 256 << 20),
            jobs: (Duration::from_secs(7 * 86_400), 256 << 20),
            draws: 200_000,
            rules: (2000, 1_500_000),
            spool: None,
        }
    }
}

/// Files of a dataset with what they are called and hashed as.
#[derive(Debug)]
pub struct Data {
    /// The files.
    pub source: Arc<Source>,
    /// Hash of names and contents.
    pub key: Key,
    /// About how many rows its tables have.
    pub rows: usize,
}

/// What is seen of a model file at a glance.
#[derive(Debug, Clone)]
pub(super) struct Outline {
    /// Name of the dataset that it refers to; `None` where that is not asked.
    pub dataset: Option<String>,
    /// Its rules.
    pub rules: usize,
}

/// A job at work in this process.
#[derive(Debug)]
pub(super) struct Active {
    pub ticket: Arc<Ticket>,
    /// Hash of the run that it makes; empty for other work.
    pub run: String,
    /// Id of its last event, for who listens.
    pub events: watch::Receiver<i64>,
}

/// Jobs at work in this process, by organisation and id.
type ActiveJobs = BTreeMap<(String, String), Active>;

/// Shared by all threads of a server; in handlers `web::Data<Service>`.
#[derive(Debug)]
pub struct Service {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// What the model folder ships.
    pub library: Library,
    /// How the engine is set up.
    pub settings: Settings,
    /// This process among the servers of the store.
    pub server: Server,
    pub(super) quick: Pool,
    pub(super) long: Pool,
    pub(super) models: Models,
    pub(super) answers: Answers<Answer>,
    pub(super) data: Answers<Data>,
    pub(super) references: Answers<Outline>,
    pub(super) spool: Spool,
    /// When it was last tried whether the store can be written, and whether it could.
    writes: tokio::sync::Mutex<Option<(Instant, bool)>>,
    pub(super) active: Mutex<ActiveJobs>,
    pub(super) runtime: Handle,
}

impl Service {
    /// The service of one process; jobs are followed on the runtime that calls.
    ///
    /// # Errors
    /// The system refuses a thread.
    pub fn new(store: Arc<dyn Store>, library: Library, server: Server, settings: Settings) -> std::io::Result<Self> {
        Ok(Self {
            quick: Pool::start("what-if", settings.quick)?,
            long: Pool::start("analysis", settings.long)?,
            models: Models::new(settings.models.0, settings.models.1),
            answers: Answers::new(settings.answers.0, settings.answers.1),
            data: Answers::new(settings.models.0, settings.models.1),
            references: Answers::new(4096, 4 << 20),
            spool: Spool::new(settings.spool.clone(), &server.id),
            writes: tokio::sync::Mutex::new(None),
            active: Mutex::new(BTreeMap::new()),
            runtime: Handle::current(),
            store,
            library,
            settings,
            server,
        })
    }

    /// The active jobs.
    pub(super) fn active(&self) -> std::sync::MutexGuard<'_, ActiveJobs> {
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The job at work in this process that makes a run.
    pub(super) fn job_of_run(&self, org: &str, run: &str) -> Option<String> {
        let active = self.active();
        let found = active.iter().find(|((of, _), active)| of == org && !run.is_empty() && active.run == run);
        found.map(|((_, id), _)| id.clone())
    }

    /// Removes what sweeps of processes left behind that live no more.
    pub async fn tidy_spool(&self) {
        self.spool.tidy(&*self.store).await;
    }

    /// Removes what sweeps of this process left behind, at its end.
    pub fn clear_spool(&self) {
        self.spool.clear();
    }

    /// Whether the store can be written: tried again after a while, and by one at a time.
    async fn can_write(&self) -> bool {
        let mut last = self.writes.lock().await;
        if let Some((at, could)) = *last
            && at.elapsed() < TRIED
        {
            return could;
        }
        let tried = tokio::time::timeout(TRIAL, self.store.try_write(&self.server.id)).await;
        if let Ok(Err(error)) = &tried {
            tracing::warn!(%error, "the store cannot be written");
        }
        let could = matches!(tried, Ok(Ok(())));
        *last = Some((Instant::now(), could));
        could
    }

    /// Ends a job that is at work in this process.
    pub fn end_job(&self, org: &str, id: &str, why: End) {
        if let Some(active) = self.active().get(&(org.to_owned(), id.to_owned())) {
            active.ticket.end(why);
        }
    }
}

#[async_trait]
impl Vitals for Service {
    fn figures(&self) -> Figures {
        let (quick, long) = (self.quick.load(), self.long.load());
        Figures {
            queued: quick.waiting + long.waiting,
            running: quick.running + long.running,
            solver_seconds: self.quick.seconds() + self.long.seconds(),
            outcomes: vec![("done", self.quick.finished() + self.long.finished())],
            ..Figures::default()
        }
    }

    async fn parts(&self) -> Vec<(&'static str, bool)> {
        vec![("store", self.can_write().await), ("workers", self.quick.load().workers > 0)]
    }

    async fn retire(&self) {
        let tickets: Vec<Arc<Ticket>> = self.active().values().map(|active| Arc::clone(&active.ticket)).collect();
        tickets.iter().for_each(|ticket| ticket.end(End::Shutdown));
        // What follows a job notes its end; then nothing is at work any more.
        while !self.active().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let _ = self.store.unregister_server(&self.server.id, crate::store::Moment::now()).await;
    }
}
