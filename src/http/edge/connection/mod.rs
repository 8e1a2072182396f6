//! Connections: how many, how slow they may be, and what they are told when the framework would say nothing.

mod bare;
mod guarded;
mod peer;
mod slots;

pub(super) use guarded::Guarded;
pub(super) use peer::watch_peer;
pub(super) use slots::{Slot, Slots, turn_away};

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use actix_web::HttpRequest;

use crate::http::edge::body::Pace;

/// Deadlines of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// From the first byte of a request to the end of its head; also from the opening of a connection.
    pub head: Duration,
    /// How slowly a client may take an answer.
    pub write: Pace,
    /// How long an idle connection stays open.
    pub keep_alive: Duration,
    /// After how long without a word from its system a client counts as gone, though it did not say so.
    pub vanished: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            write: Pace { grace: Duration::from_secs(30), bytes_per_second: 4 << 10 },
            keep_alive: Duration::from_secs(30),
            vanished: Duration::from_secs(30),
        }
    }
}

/// What the gate tells the connection that its request came on.
#[derive(Debug, Default)]
pub(super) struct Connection {
    busy: Cell<u32>,
    heads: Cell<u64>,
    streaming: Cell<bool>,
    body_left: Cell<bool>,
    closed: Cell<bool>,
}

/// Whether the client of a request has closed its side: it may have gone, or only have nothing more to say.
pub fn has_closed(request: &HttpRequest) -> bool {
    request.conn_data::<Rc<Connection>>().is_some_and(|connection| connection.closed.get())
}

impl Connection {
    /// Marks the connection as at work on a request until the mark is dropped.
    pub fn begin(self: &Rc<Self>) -> Busy {
        self.busy.set(self.busy.get().saturating_add(1));
        self.heads.set(self.heads.get().wrapping_add(1));
        Busy(Rc::clone(self))
    }

    /// Says that the answer is a stream of events: a client that closes its side is gone.
    pub fn streams(&self) {
        self.streaming.set(true);
    }

    /// Says that the client has closed its side.
    pub fn closes(&self) {
        self.closed.set(true);
    }

    /// Says whether a part of the body of the last request may still come.
    pub fn leaves_body(&self, is_left: bool) {
        self.body_left.set(is_left);
    }

    /// How many heads have come to their end on this connection.
    fn heads(&self) -> u64 {
        self.heads.get()
    }

    fn is_busy(&self) -> bool {
        self.busy.get() > 0
    }
}

/// As long as it lives, a request of the connection is at work.
#[derive(Debug)]
pub(super) struct Busy(Rc<Connection>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.set(self.0.busy.get().saturating_sub(1));
        self.0.streaming.set(false);
    }
}
