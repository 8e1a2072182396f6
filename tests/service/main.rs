//! The service: routes, the edge, the store, and that it answers as the command line does.

#[path = "../common/mod.rs"]
mod common;
mod client;
mod house;

mod desk;
mod edge;
mod holds;
mod horizontal_http;
mod http;
mod openapi;
mod paper;
mod questions;
mod roles;
mod run_number;
mod same_answers;
mod serve;
mod sessions;
mod store;
mod uploads;
mod workbench;
