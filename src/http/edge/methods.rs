//! Which methods a path knows: for 405, Allow and OPTIONS.
//!
//! The router of actix-web answers 404 where a path exists but not with this method; the OpenAPI document knows better.

use actix_web::dev::{ResourceDef, ServiceRequest};
use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse};
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::PathItem;

use crate::http::edge::problem::{self, Problem};

/// Paths of the service with their methods.
#[derive(Debug, Clone, Default)]
pub struct Methods(Vec<(ResourceDef, String)>);

impl Methods {
    /// The paths of an OpenAPI document, and some that it leaves out, all of them read-only.
    pub fn new(document: &OpenApi, others: &[&str]) -> Self {
        let described = document.paths.paths.iter().map(|(path, item)| (ResourceDef::new(path.as_str()), allowed(item)));
        let others = others.iter().map(|path| (ResourceDef::new(*path), "GET, HEAD, OPTIONS".to_owned()));
        Self(described.chain(others).collect())
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

fn allowed(item: &PathItem) -> String {
    let known = [
        (item.get.is_some(), "GET, HEAD"),
        (item.post.is_some(), "POST"),
        (item.put.is_some(), "PUT"),
        (item.patch.is_some(), "PATCH"),
        (item.delete.is_some(), "DELETE"),
    ];
    let mut words: Vec<&str> = known.iter().filter(|(is_known, _)| *is_known).map(|(_, word)| *word).collect();
    words.push("OPTIONS");
    words.join(", ")
}

/// Makes a HEAD request the GET request whose answer it asks for without the body, which the encoder leaves out by itself.
pub(super) fn head_as_get(request: &mut ServiceRequest) {
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
}
