//! The store of the service, on SQLite and on PostgreSQL.
#![cfg(unix)]

mod audit;
mod crash;
mod desk;
mod keeping;
mod opening;
mod sessions;
mod talks;
