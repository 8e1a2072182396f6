//! Signs of life: /healthz, /readyz, /metrics; and the documents of the API.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value, json};

use crate::http::edge::conditional::{Tag, not_modified};
use crate::http::edge::principal::Caller;
use crate::http::edge::problem::{self, Problem, sentence};
use crate::http::edge::service::Edge;
use crate::store::DEFAULT_ORG;

/// The process lives. Asks nobody, so that it answers whatever else is at work.
pub(super) async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "alive" }))
}

/// The service is of use: store and workers answer, and it is not about to end.
pub(super) async fn readyz(edge: Data<Edge>) -> Result<HttpResponse, Problem> {
    let parts = parts(&edge).await;
    let missing: Vec<&str> = parts.iter().filter(|(_, works)| !works).map(|(name, _)| *name).collect();
    if !missing.is_empty() {
        let phrase = sentence("http.parts_missing", "parts", missing.join(", "));
        return Err(Problem::new(problem::NOT_READY).detail(phrase).retry_after(5));
    }
    let parts: Map<String, Value> = parts.into_iter().map(|(name, works)| (name.to_owned(), works.into())).collect();
    Ok(HttpResponse::Ok().json(json!({ "status": "ready", "parts": parts })))
}

async fn parts(edge: &Edge) -> Vec<(&'static str, bool)> {
    let mut parts = edge.vitals.parts().await;
    parts.push(("serving", !edge.is_leaving()));
    parts
}

/// Figures for Prometheus; where tokens are needed, for those of whoever runs the service: times and counts of one organisation's
/// requests are no other organisation's business.
pub(super) async fn metrics(edge: Data<Edge>, Caller(principal): Caller) -> Result<HttpResponse, Problem> {
    if principal.org != DEFAULT_ORG {
        return Err(Problem::new(problem::FORBIDDEN));
    }
    let is_ready = parts(&edge).await.iter().all(|(_, works)| *works);
    edge.metrics.connections.set(i64::try_from(edge.slots.used()).unwrap_or(i64::MAX));
    let text = edge.metrics.text(&edge.vitals.figures(), is_ready);
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text))
}

/// The OpenAPI document.
pub(super) async fn openapi(edge: Data<Edge>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let tag = Tag::of(edge.document.as_bytes());
    if let Some(answer) = not_modified(&request, &tag)? {
        return Ok(answer);
    }
    Ok(HttpResponse::Ok().insert_header(tag.header()).content_type("application/json").body(edge.document.clone()))
}

/// The page lives below `/api/docs/`.
pub(super) async fn to_docs() -> HttpResponse {
    HttpResponse::TemporaryRedirect().insert_header(("location", "/api/docs/")).finish()
}

/// What no route took.
pub(super) async fn unmatched(edge: Data<Edge>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    edge.methods.unmatched(&request)
}

/// The routes of this file.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/healthz", web::get().to(healthz))
        .route("/readyz", web::get().to(readyz))
        .route("/metrics", web::get().to(metrics))
        .route("/api/openapi.json", web::get().to(openapi))
        .route("/api", web::get().to(to_docs));
}
