//! The edge of the HTTP service: everything about a request that is not what it asks for.
//!
//! From the socket inwards: [`connection`] (deadlines, limits), [`gate`](server) (ids, languages, principals, limits),
//! the extractors [`json`], [`principal`], [`language`], and on the way out [`problem`], [`conditional`], [`events`].

pub mod access;
mod answer;
pub mod aside;
pub mod body;
mod codings;
pub mod conditional;
mod connection;
pub mod cookie;
pub mod events;
mod gate;
mod health;
mod host;
pub mod idempotency;
pub mod json;
pub mod language;
pub mod listen;
pub mod logs;
pub mod members;
mod methods;
pub mod metrics;
pub mod options;
pub mod principal;
pub mod problem;
pub mod query;
mod rate;
mod refusals;
pub mod request_id;
pub mod room;
pub mod server;
pub mod service;
pub mod timing;
pub mod vitals;

pub use connection::{Deadlines, has_closed};
