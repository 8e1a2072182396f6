//! The store of the service, on SQLite and on PostgreSQL.
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;

mod audit;
mod crash;
mod keeping;
mod opening;
mod talks;
