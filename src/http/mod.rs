//! The HTTP service: the same answers as the command line, to the byte.
//!
//! [`edge`] is everything about a request that is not what it asks for; [`routes`] is the table of what can be asked.

pub mod access;
pub mod answers;
pub mod documents;
pub mod edge;
mod failures;
pub mod library;
pub mod shelf;
mod limits;
mod links;
mod multipart;
pub mod maps;
pub mod names;
pub mod openapi;
pub mod page;
mod resolve;
pub mod routes;
pub mod sessions;
pub mod spool;
mod years;
pub mod state;
pub mod table;
pub mod talks;
mod who;
mod work;

pub use work::{heartbeat, housekeeping};
