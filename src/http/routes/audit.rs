//! The audit log of an organisation.

use actix_web::web::{self, Data};
use actix_web::{HttpResponse, http::Method};

use crate::http::access::Deed;
use crate::http::answers::{AuditDocument, List, Paging};
use crate::http::edge::problem::Problem;
use crate::http::edge::query::Query;
use crate::http::failures::of_store;
use crate::http::routes::listing::{list, page};
use crate::http::state::Service;
use crate::http::table::Route;
use crate::http::who::Who;

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new((Method::GET, "/api/v1/audit"), ("listAudit", "api.list_audit"), Deed::Audit, || {
            web::get().to(every)
        })
        .query::<Paging>()
        .gives::<List<AuditDocument>>(200, "api.part_of_list"),
    ]
}

async fn every(who: Who, service: Data<Service>, paging: Query<Paging>) -> Result<HttpResponse, Problem> {
    let found = service.store.audit_rows(who.org(), &page(&paging)?).await.map_err(of_store)?;
    Ok(HttpResponse::Ok().json(list(found, AuditDocument::of)))
}
