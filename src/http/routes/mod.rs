//! What can be asked: the table of routes. A route is added by one entry in the list of its resource.

mod analyses;
mod audit;
mod comparisons;
mod datasets;
mod events;
mod jobs;
mod listing;
mod maps;
mod models;
mod negotiations;
mod parameters;
mod plans;
pub mod questions;
mod runs;
mod scenarios;
mod sessions;
mod tables;
mod tokens;
mod views;
mod what_if;

use std::sync::OnceLock;

use actix_web::http::Method;
use actix_web::web::ServiceConfig;

use crate::http::access::Deed;
use crate::http::edge::service::Contract;
use crate::http::openapi;
use crate::http::page;
use crate::http::table::Route;

/// Every route, in the order of the document.
pub fn all() -> &'static [Route] {
    static TABLE: OnceLock<Vec<Route>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let parts = [
            what_if::routes(),
            runs::routes(),
            comparisons::routes(),
            questions::routes(),
            analyses::routes(),
            jobs::routes(),
            events::routes(),
            models::routes(),
            parameters::routes(),
            scenarios::routes(),
            maps::routes(),
            datasets::routes(),
            tables::routes(),
            plans::routes(),
            negotiations::routes(),
            views::routes(),
            sessions::routes(),
            tokens::routes(),
            audit::routes(),
        ];
        parts.into_iter().flatten().collect()
    })
}

/// The route of a method at a path as it stands in the table.
pub fn route(method: &Method, pattern: &str) -> Option<&'static Route> {
    all().iter().find(|route| route.method == *method && route.path == pattern)
}

/// What the edge must know of the routes.
pub fn contract() -> Contract {
    let named = |route: &Route| (route.method.clone(), route.path.to_owned());
    let is_change = |route: &&Route| route.method != Method::GET && route.deed != Deed::Read;
    Contract {
        document: openapi::document().to_owned(),
        routes: all().iter().map(named).chain(page::paths().map(|path| (Method::GET, path))).collect(),
        secrets: all().iter().filter(|route| route.private).map(|route| route.path.to_owned()).collect(),
        untimed: all().iter().filter(|route| route.tag == "negotiations").map(|route| route.path.to_owned()).collect(),
        changes: all().iter().filter(is_change).map(named).collect(),
    }
}

/// Adds every route to a server.
pub fn configure(config: &mut ServiceConfig) {
    for route in all() {
        config.route(route.path, (route.handler)());
    }
    page::configure(config);
}
