//! The edge of one server: what its middlewares and extractors share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::http::Method;
use tokio::sync::watch;

use crate::http::edge::access::Access;
use crate::http::edge::connection::Slots;
use crate::http::edge::methods::Methods;
use crate::http::edge::metrics::Metrics;
use crate::http::edge::options::Options;
use crate::http::edge::rate::Rate;
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
}

/// Shared by all threads of a server; in handlers `web::Data<Edge>`.
pub struct Edge {
    /// What was chosen at the start.
    pub options: Options,
    /// Figures for monitoring.
    pub metrics: Metrics,
    pub(super) access: Access,
    pub(super) rate: Option<Rate>,
    pub(super) methods: Methods,
    pub(super) slots: Arc<Slots>,
    pub(super) vitals: Arc<dyn Vitals>,
    pub(super) document: String,
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
            methods: Methods::new(contract.routes.into_iter().chain(others)),
            slots: Slots::new(options.connections),
            document: contract.document,
            ending: AtomicBool::new(false),
            end: watch::channel(false).0,
            options,
            access,
            vitals,
        })
    }

    /// Whether the server takes no new requests.
    pub fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }

    /// Takes no new requests, and ends the streams of events.
    pub fn end(&self) {
        self.ending.store(true, Ordering::Relaxed);
        self.end.send_replace(true);
    }

    /// Turns `true` when the server ends.
    pub fn ended(&self) -> watch::Receiver<bool> {
        self.end.subscribe()
    }
}
