//! What may be chosen when the service starts.

use std::net::SocketAddr;
use std::time::Duration;

use crate::http::edge::body::Pace;
use crate::http::edge::connection::Deadlines;
use crate::http::edge::cookie::Sessions;
use crate::http::edge::json::JsonLimits;

/// Options of the edge.
#[derive(Debug, Clone)]
pub struct Options {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Threads that read and answer requests; solving has its own.
    pub threads: usize,
    /// Most open connections; more are answered 503.
    pub connections: usize,
    /// Most requests without an answer yet; more are answered 503.
    pub in_flight: usize,
    /// Requests a second of each principal, or address without one; 0 is no limit.
    pub rate: u32,
    /// Tokens that are not known, a second of each address; more are answered 429.
    pub failures: u32,
    /// Most bytes of all bodies together, as long as anything of their requests is left.
    pub room: usize,
    /// How sessions of browsers are kept.
    pub sessions: Sessions,
    /// Deadlines of connections.
    pub deadlines: Deadlines,
    /// How slowly a body may come.
    pub pace: Pace,
    /// Limits of JSON bodies.
    pub json: JsonLimits,
    /// Time between two signs of life on a stream of events.
    pub heartbeat: Duration,
    /// Time that running requests have when the service ends.
    pub farewell: Duration,
}

impl Options {
    /// The defaults for an address.
    pub fn new(listen: SocketAddr) -> Self {
        Self {
            listen,
            threads: 2,
            connections: 2000,
            in_flight: 1024,
            rate: 0,
            failures: 20,
            room: 256 << 20,
            sessions: Sessions::default(),
            deadlines: Deadlines::default(),
            pace: Pace::default(),
            json: JsonLimits::default(),
            heartbeat: Duration::from_secs(15),
            farewell: Duration::from_secs(25),
        }
    }
}
