//! The audit log of an organisation.

use actix_web::web::{self, Data};
use actix_web::{HttpResponse, http::Method};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::http::access::Deed;
use crate::http::answers::{AuditDocument, List, Paging};
use crate::http::edge::json::Json;
use crate::http::edge::problem::{self, Problem};
use crate::http::edge::query::Query;
use crate::http::failures::of_store;
use crate::http::routes::listing::{list, page};
use crate::http::state::Service;
use crate::http::table::Route;
use crate::http::who::Who;
use crate::phrases::Phrase;
use crate::store::{AuditFilter, Moment};

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new((Method::GET, "/api/v1/audit"), ("listAudit", "api.list_audit"), Deed::Audit, || {
            web::get().to(every)
        })
        .query::<Wanted>()
        .gives::<List<AuditDocument>>(200, "api.part_of_list"),
        Route::new((Method::POST, "/api/v1/audit/search"), ("searchAudit", "api.list_audit"), Deed::Audit, || {
            web::post().to(search)
        })
        .takes::<Search>()
        .example(r#"{"principal":"李明","action":"plan"}"#)
        .gives::<List<AuditDocument>>(200, "api.part_of_list"),
    ]
}

/// Which rows a list shows.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AuditQuery")]
struct Wanted {
    /// `next` of the part before.
    cursor: Option<String>,
    /// Most items.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<u32>,
    /// Only about this object: the id of a plan, the name of a model …
    object: Option<String>,
    /// Only of this action (`plan:approve`), or of all that begin so (`plan`).
    action: Option<String>,
    /// Only from this time on (RFC 3339; a date is its beginning in UTC).
    from: Option<String>,
    /// Only before this time.
    to: Option<String>,
}

/// Which rows a list shows, by name of a person too, which stands in no address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "AuditSearch")]
struct Search {
    /// `next` of the part before.
    cursor: Option<String>,
    /// Most items.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<u32>,
    /// Only of this principal.
    principal: Option<String>,
    /// Only about this object.
    object: Option<String>,
    /// Only of this action, or of all that begin so.
    action: Option<String>,
    /// Only from this time on.
    from: Option<String>,
    /// Only before this time.
    to: Option<String>,
}

/// A time of a query.
fn moment(name: &'static str, text: Option<String>) -> Result<Option<Moment>, Problem> {
    let Some(text) = text else { return Ok(None) };
    Moment::read(&text).map(Some).ok_or_else(|| {
        Problem::new(problem::BAD_QUERY).detail(Phrase::new("service.no_time").with("text", &text)).parameter(name)
    })
}

async fn every(who: Who, service: Data<Service>, wanted: Query<Wanted>) -> Result<HttpResponse, Problem> {
    let Wanted { cursor, limit, object, action, from, to } = wanted.into_inner();
    found(&who, &service, Search { cursor, limit, principal: None, object, action, from, to }).await
}

async fn search(who: Who, service: Data<Service>, body: Json<Search>) -> Result<HttpResponse, Problem> {
    found(&who, &service, body.0).await
}

async fn found(who: &Who, service: &Service, search: Search) -> Result<HttpResponse, Problem> {
    let Search { cursor, limit, principal, object, action, from, to } = search;
    let (from, to) = (moment("from", from)?, moment("to", to)?);
    let filter = AuditFilter { principal, object, action, from, to };
    let page = page(&Paging { cursor, limit })?;
    let found = service.store.audit_rows_of(who.org(), &filter, &page).await.map_err(of_store)?;
    Ok(HttpResponse::Ok().json(list(found, AuditDocument::of)))
}
