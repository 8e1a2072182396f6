//! One piece of work as others see it: how far it is, and the means to end it.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::solver::{SolveOptions, Watch};

/// Why work was ended from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Someone cancelled it, or who asked has gone.
    Cancelled,
    /// Its time was up.
    TimedOut,
    /// The service is going down.
    Shutdown,
}

/// How far work is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Scenarios, or other parts, done.
    pub done: u64,
    /// Of how many; 0 where that is not known.
    pub total: u64,
    /// The phase under way; empty before the first.
    pub phase: String,
}

/// A piece of work: shared by who asks, the worker and the watchdog.
#[derive(Debug)]
pub struct Ticket {
    interrupt: Arc<AtomicBool>,
    end: AtomicU8,
    done: AtomicU64,
    total: AtomicU64,
    phase: Mutex<String>,
    limit: Duration,
    started: Mutex<Option<Instant>>,
}

const NONE: u8 = 0;
const CANCELLED: u8 = 1;
const TIMED_OUT: u8 = 2;
const SHUTDOWN: u8 = 3;

impl Ticket {
    /// Work that may take so long once it has started.
    pub fn new(limit: Duration) -> Arc<Self> {
        Arc::new(Self {
            interrupt: Arc::new(AtomicBool::new(false)),
            end: AtomicU8::new(NONE),
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
            phase: Mutex::new(String::new()),
            limit,
            started: Mutex::new(None),
        })
    }

    /// Ends the work at its next opportunity; the first reason given stays.
    pub fn end(&self, why: End) {
        let code = match why {
            End::Cancelled => CANCELLED,
            End::TimedOut => TIMED_OUT,
            End::Shutdown => SHUTDOWN,
        };
        let _ = self.end.compare_exchange(NONE, code, Ordering::SeqCst, Ordering::SeqCst);
        self.interrupt.store(true, Ordering::SeqCst);
    }

    /// Why the work was ended from outside; `None` where it was not.
    pub fn ended(&self) -> Option<End> {
        match self.end.load(Ordering::SeqCst) {
            CANCELLED => Some(End::Cancelled),
            TIMED_OUT => Some(End::TimedOut),
            SHUTDOWN => Some(End::Shutdown),
            _ => None,
        }
    }

    /// The flag that ends a sweep or a solve.
    pub fn flag(&self) -> &Arc<AtomicBool> {
        &self.interrupt
    }

    /// Options of a solve that the ticket can end, and that tells it every phase.
    pub fn options(self: &Arc<Self>) -> SolveOptions {
        let told = Arc::clone(self);
        SolveOptions {
            interrupt: Some(Arc::clone(&self.interrupt)),
            time_limit_seconds: Some(self.limit.as_secs_f64()),
            watch: Watch::new(move |phase| told.phase(phase)),
            ..SolveOptions::default()
        }
    }

    /// A phase has ended.
    pub fn phase(&self, phase: &str) {
        let mut known = self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        phase.clone_into(&mut known);
    }

    /// So many parts are done, of so many.
    pub fn reached(&self, done: u64, total: u64) {
        self.done.store(done, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    /// How far the work is.
    pub fn progress(&self) -> Progress {
        Progress {
            done: self.done.load(Ordering::Relaxed),
            total: self.total.load(Ordering::Relaxed),
            phase: self.phase.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// Whether the work has begun.
    pub fn has_started(&self) -> bool {
        self.started.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// The work begins now.
    pub(super) fn start(&self) {
        *self.started.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Ends the work where its time is up.
    pub(super) fn check(&self, now: Instant) {
        let started = *self.started.lock().unwrap_or_else(PoisonError::into_inner);
        if started.is_some_and(|started| now.saturating_duration_since(started) >= self.limit) {
            self.end(End::TimedOut);
        }
    }
}
