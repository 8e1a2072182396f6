//! Figures for Prometheus. Labels are routes as they are written in the code, never what a client sends.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use prometheus::{
    Counter, CounterVec, Encoder as _, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts,
    Registry, TextEncoder,
};

use crate::http::edge::vitals::Figures;

/// Upper bounds of the latency histogram, in seconds.
const SECONDS: [f64; 14] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// The figures of one server.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    /// Requests that have no answer yet.
    pub in_flight: IntGauge,
    /// Open connections.
    pub connections: IntGauge,
    /// Connections turned away because there were too many.
    pub connections_refused: IntCounter,
    /// Requests refused because there were too many.
    pub limited: IntCounter,
    /// Open streams of events.
    pub event_streams: IntGauge,
    /// Answers repeated for an Idempotency-Key.
    pub replays: IntCounter,
    queued: IntGauge,
    running: IntGauge,
    ready: IntGauge,
    jobs: CounterVec,
    solver_seconds: Counter,
    store_errors: Counter,
    scrape: Arc<Mutex<()>>,
}

impl Metrics {
    /// New figures, all zero.
    ///
    /// # Errors
    /// A name or help text that Prometheus does not take; none here.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let gauge = |name: &str, help: &str| IntGauge::new(name, help);
        let metrics = Self {
            requests: IntCounterVec::new(
                Opts::new("ecocomp_http_requests_total", "Requests answered, by method, route and status"),
                &["method", "route", "status"],
            )?,
            seconds: HistogramVec::new(
                HistogramOpts::new("ecocomp_http_request_seconds", "Seconds from head of request to head of answer")
                    .buckets(SECONDS.to_vec()),
                &["route"],
            )?,
            in_flight: gauge("ecocomp_http_requests_in_flight", "Requests that have no answer yet")?,
            connections: gauge("ecocomp_http_connections", "Open connections")?,
            connections_refused: IntCounter::new(
                "ecocomp_http_connections_refused_total",
                "Connections turned away because there were too many",
            )?,
            limited: IntCounter::new(
                "ecocomp_http_requests_refused_total",
                "Requests refused because there were too many at once or too many of one principal",
            )?,
            event_streams: gauge("ecocomp_http_event_streams", "Open streams of events")?,
            replays: IntCounter::new("ecocomp_http_replays_total", "Answers repeated for an Idempotency-Key")?,
            queued: gauge("ecocomp_jobs_queued", "Jobs that wait for a worker")?,
            running: gauge("ecocomp_jobs_running", "Jobs that a worker is at")?,
            ready: gauge("ecocomp_ready", "1 where /readyz answers 200")?,
            jobs: CounterVec::new(Opts::new("ecocomp_jobs_total", "Jobs ended, by outcome"), &["outcome"])?,
            solver_seconds: Counter::new("ecocomp_solver_seconds_total", "Seconds that workers spent on jobs")?,
            store_errors: Counter::new("ecocomp_store_errors_total", "Questions that the store failed to answer")?,
            scrape: Arc::default(),
            registry,
        };
        let r = &metrics.registry;
        r.register(Box::new(metrics.requests.clone()))?;
        r.register(Box::new(metrics.seconds.clone()))?;
        for gauge in [
            &metrics.in_flight,
            &metrics.connections,
            &metrics.event_streams,
            &metrics.queued,
            &metrics.running,
            &metrics.ready,
        ] {
            r.register(Box::new(gauge.clone()))?;
        }
        for counter in [&metrics.connections_refused, &metrics.limited, &metrics.replays] {
            r.register(Box::new(counter.clone()))?;
        }
        r.register(Box::new(metrics.jobs.clone()))?;
        r.register(Box::new(metrics.solver_seconds.clone()))?;
        r.register(Box::new(metrics.store_errors.clone()))?;
        Ok(metrics)
    }

    /// Counts a request that has been answered.
    pub fn answered(&self, method: &Method, route: &str, status: StatusCode, time: Duration) {
        let method = match method.as_str() {
            known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known,
            _ => "other",
        };
        self.requests.with_label_values(&[method, route, status.as_str()]).inc();
        self.seconds.with_label_values(&[route]).observe(time.as_secs_f64());
    }

    /// Everything in the text form of Prometheus, with the engine's own figures as they are now.
    pub fn text(&self, figures: &Figures, is_ready: bool) -> String {
        // Two scrapes at once would raise the counters twice.
        let _one = self.scrape.lock();
        self.queued.set(i64::try_from(figures.queued).unwrap_or(i64::MAX));
        self.running.set(i64::try_from(figures.running).unwrap_or(i64::MAX));
        self.ready.set(i64::from(is_ready));
        raise(&self.solver_seconds, figures.solver_seconds);
        raise(&self.store_errors, figures.store_errors as f64);
        for (outcome, count) in &figures.outcomes {
            raise(&self.jobs.with_label_values(&[outcome]), *count as f64);
        }
        let mut bytes = Vec::new();
        match TextEncoder::new().encode(&self.registry.gather(), &mut bytes) {
            Ok(()) => String::from_utf8(bytes).unwrap_or_default(),
            Err(_) => String::new(),
        }
    }
}

/// Lifts a counter to a figure that is counted elsewhere.
fn raise(counter: &Counter, to: f64) {
    let more = to - counter.get();
    if more > 0.0 {
        counter.inc_by(more);
    }
}
