//! Which methods a path knows: for 405, Allow and OPTIONS.
//!
//! The router of actix-web answers 404 where a path exists but not with this method; the table of routes knows better.

use std::collections::BTreeMap;

use crate::http::edge::problem::{self, Problem};
use actix_web::dev::{ResourceDef, ServiceRequest};
use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse};

/// Paths of the service with their methods.
#[derive(Debug, Clone, Default)]
pub struct Methods(Vec<(ResourceDef, String)>);

impl Methods {
    /// Routes as methods and paths.
    pub fn new(routes: impl IntoIterator<Item = (Method, String)>) -> Self {
        let mut paths: BTreeMap<String, Vec<Method>> = BTreeMap::new();
        for (method, path) in routes {
            paths.entry(path).or_default().push(method);
        }
        // A path without parameters goes before one that takes anything in its place.
        let mut paths: Vec<_> = paths.into_iter().collect();
        paths.sort_by_key(|(path, _)| path.matches('{').count());
        Self(paths.into_iter().map(|(path, methods)| (ResourceDef::new(path.as_str()), allowed(&methods))).collect())
    }

    /// Methods of a path, as in `GET, HEAD, OPTIONS`; `None` where it is not known.
    fn of(&self, path: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known.is_match(path)).map(|(_, methods)| methods.as_str())
    }

    /// The answer where no route took the request.
    pub fn unmatched(&self, request: &HttpRequest) -> Result<HttpResponse, Problem> {
        match self.of(request.path()) {
            Some(methods) if request.method() == Method::OPTIONS => {
                Ok(HttpResponse::NoContent().insert_header(("allow", methods)).finish())
            }
            Some(methods) => Err(Problem::new(problem::METHOD_NOT_ALLOWED).allow(methods)),
            None => Err(Problem::new(problem::NOT_FOUND)),
        }
    }
}

fn allowed(methods: &[Method]) -> String {
    let mut words: Vec<&str> = methods.iter().map(Method::as_str).collect();
    if methods.contains(&Method::GET) {
        words.push("HEAD");
    }
    words.push("OPTIONS");
    words.sort_unstable();
    words.dedup();
    words.join(", ")
}

/// Makes a HEAD request the GET request whose answer it asks for without the body, which the encoder leaves out by itself.
pub(super) fn head_as_get(request: &mut ServiceRequest) {
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
}
