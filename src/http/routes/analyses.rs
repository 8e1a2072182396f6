//! Analyses that were answered before, found by the hash of what was asked.

use actix_web::web::{self, Data, Path};
use actix_web::{HttpRequest, HttpResponse, http::Method};

use crate::http::access::Deed;
use crate::http::answers::{AnalysisDocument, List, Paging};
use crate::http::edge::conditional::{Tag, not_modified};
use crate::http::edge::problem::Problem;
use crate::http::edge::query::Query;
use crate::http::failures::of_store;
use crate::http::routes::listing::{list, page};
use crate::http::routes::questions::JobResult;
use crate::http::state::Service;
use crate::http::table::{JSON, Route};
use crate::http::who::Who;

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new((Method::GET, "/api/v1/analyses"), ("listAnalyses", "api.list_analyses"), Deed::Read, || {
            web::get().to(every)
        })
        .query::<Paging>()
        .gives::<List<AnalysisDocument>>(200, "api.part_of_list"),
        Route::new((Method::GET, "/api/v1/analyses/{hash}"), ("getAnalysis", "api.get_analysis"), Deed::Read, || {
            web::get().to(one)
        })
        .gives::<JobResult>(200, "api.the_document")
        .revalidated(),
    ]
}

async fn every(who: Who, service: Data<Service>, paging: Query<Paging>) -> Result<HttpResponse, Problem> {
    let found = service.store.analyses(who.org(), &page(&paging)?).await.map_err(of_store)?;
    Ok(HttpResponse::Ok().json(list(found, AnalysisDocument::of)))
}

async fn one(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    hash: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (entry, document) = service.store.analysis(who.org(), &hash).await.map_err(of_store)?;
    let tag = Tag::named(&entry.hash);
    if let Some(known) = not_modified(&request, &tag)? {
        return Ok(known);
    }
    Ok(HttpResponse::Ok().insert_header(tag.header()).content_type(JSON).body(document))
}
