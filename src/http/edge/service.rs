//! The edge of one server: what its middlewares and extractors share.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::http::Method;
use tokio::sync::watch;

use crate::http::edge::access::Access;
use crate::http::edge::connection::Slots;
use crate::http::edge::gate::payer;
use crate::http::edge::methods::Methods;
use crate::http::edge::metrics::Metrics;
use crate::http::edge::options::Options;
use crate::http::edge::problem::Problem;
use crate::http::edge::rate::Rate;
use crate::http::edge::refusals::Refusals;
use crate::http::edge::room::Room;
use crate::http::edge::vitals::Vitals;

/// Paths of the edge itself.
const OTHERS: [&str; 6] = ["/healthz", "/readyz", "/metrics", "/api/openapi.json", "/api", "/api/docs/{tail:.*}"];

/// What the routes behind the edge promise.
#[derive(Debug, Clone, Default)]
pub struct Contract {
    /// The OpenAPI document, as JSON.
    pub document: String,
    /// Methods and paths, parameters in braces.
    pub routes: Vec<(Method, String)>,
    /// Paths whose answers are one party's secret.
    pub secrets: Vec<String>,
    /// Paths whose answers say nothing of the time that they took: what a party may guess from it is another's secret.
    pub untimed: Vec<String>,
    /// Those of them that change something: refusing them is noted in the audit log.
    pub changes: Vec<(Method, String)>,
}

/// Shared by all threads of a server; in handlers `web::Data<Edge>`.
pub struct Edge {
    /// What was chosen at the start.
    pub options: Options,
    /// Figures for monitoring.
    pub metrics: Metrics,
    pub(super) access: Access,
    pub(super) rate: Option<Rate>,
    pub(super) failures: Option<Rate>,
    pub(super) refusals: Refusals,
    /// Room for bodies.
    pub room: Room,
    changes: Vec<(Method, String)>,
    secrets: Vec<String>,
    untimed: Vec<String>,
    pub(super) methods: Methods,
    pub(super) slots: Arc<Slots>,
    pub(super) vitals: Arc<dyn Vitals>,
    pub(super) document: String,
    leaving: AtomicBool,
    ending: AtomicBool,
    end: watch::Sender<bool>,
}

impl Edge {
    /// The edge of a server with these routes.
    ///
    /// # Errors
    /// Figures that Prometheus does not take; none here.
    pub fn new(
        options: Options,
        access: Access,
        vitals: Arc<dyn Vitals>,
        contract: Contract,
    ) -> Result<Self, prometheus::Error> {
        let others = OTHERS.map(|path| (Method::GET, path.to_owned()));
        Ok(Self {
            metrics: Metrics::new()?,
            rate: Rate::new(options.rate),
            failures: Rate::new(options.failures),
            refusals: Refusals::new(),
            room: Room::new(options.room),
            changes: contract.changes,
            secrets: contract.secrets,
            untimed: contract.untimed,
            methods: Methods::new(contract.routes.into_iter().chain(others)),
            slots: Slots::new(options.connections),
            document: contract.document,
            leaving: AtomicBool::new(false),
            ending: AtomicBool::new(false),
            end: watch::channel(false).0,
            options,
            access,
            vitals,
        })
    }

    /// Whether requests over loopback are answered without a token.
    pub fn is_open(&self) -> bool {
        self.access.is_open()
    }

    /// Whether the server takes no new requests.
    pub fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }

    /// Whether the end has been announced: requests are answered as before, and `/readyz` asks whoever sends them to go elsewhere.
    pub fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Relaxed)
    }

    /// Announces the end.
    pub fn leave(&self) {
        self.leaving.store(true, Ordering::Relaxed);
    }

    /// Counts a token that is not known, by the address that it came from: each made up would have a limit of its own.
    ///
    /// # Errors
    /// 429 where it is one too many.
    pub fn count_failure(&self, peer: Option<SocketAddr>) -> Result<(), Problem> {
        let Some(failures) = &self.failures else { return Ok(()) };
        failures.count(&payer(None, peer)).map(drop).inspect_err(|_| self.metrics.limited.inc())
    }

    /// Whether a route changes something.
    pub(super) fn changes(&self, method: &Method, pattern: &str) -> bool {
        self.changes.iter().any(|(known, path)| known == method && path == pattern)
    }

    /// Whether the answers of a path are one party's secret.
    pub(super) fn is_secret(&self, pattern: &str) -> bool {
        self.secrets.iter().any(|path| path == pattern)
    }

    /// Whether the answers of a path say how long they took.
    pub(super) fn is_timed(&self, pattern: &str) -> bool {
        self.untimed.iter().all(|path| path != pattern)
    }

    /// Takes no new requests, and ends the streams of events.
    pub fn end(&self) {
        self.leave();
        self.ending.store(true, Ordering::Relaxed);
        self.end.send_replace(true);
    }

    /// Turns `true` when the server ends.
    pub fn ended(&self) -> watch::Receiver<bool> {
        self.end.subscribe()
    }
}
