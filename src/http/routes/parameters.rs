//! A model as a list of its values, the differences that changes make, and changes written into a new version of a model.

use std::sync::Arc;

use actix_web::web::{self, Data, Path};
use actix_web::{HttpRequest, HttpResponse, http::Method, http::StatusCode};

use crate::finding::{Finding, Findings, Place};
use crate::http::access::Deed;
use crate::http::answers::{JobDocument, ModelDocument};
use crate::http::documents::{DifferenceList, ModelChanges, ModelRef, Named, WhatIf};
use crate::http::edge::aside::aside;
use crate::http::edge::conditional::{Tag, not_modified};
use crate::http::edge::json::Json;
use crate::http::edge::problem::Problem;
use crate::http::failures::pointed;
use crate::http::resolve::Text;
use crate::http::routes::models::{kept, newest_version};
use crate::http::state::Service;
use crate::http::table::{Heeds, Route};
use crate::http::who::{Posted, Who};
use crate::http::work::{Document, Order, Speed, Then, perform, respond, tagged};
use crate::jobs::Ticket;
use crate::questions::{self, ParameterList};
use crate::scenario::{self, Change};

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    const CHANGED: &str = r#"{"model":"chongming-vertical","changes":["rule.corridor.between[1]=1.25"]}"#;
    const NEW: &str = r#"{"from":"chongming-vertical","changes":["rule.corridor.between[1]=1.25"]}"#;
    vec![
        Route::new(
            (Method::GET, "/api/v1/models/{name}/parameters"),
            ("getModelParameters", "api.get_parameters"),
            Deed::Read,
            || web::get().to(newest),
        )
        .gives::<ParameterList>(200, "api.the_parameters")
        .revalidated(),
        Route::new(
            (Method::GET, "/api/v1/models/{name}/versions/{version}/parameters"),
            ("getModelVersionParameters", "api.get_parameters"),
            Deed::Read,
            || web::get().to(version),
        )
        .gives::<ParameterList>(200, "api.the_parameters")
        .revalidated(),
        Route::new(
            (Method::POST, "/api/v1/what-if/parameters"),
            ("whatIfParameters", "api.what_if_parameters"),
            Deed::Read,
            || web::post().to(changed),
        )
        .takes::<WhatIf>()
        .example(CHANGED)
        .gives::<ParameterList>(200, "api.the_parameters"),
        Route::new(
            (Method::POST, "/api/v1/what-if/differences"),
            ("whatIfDifferences", "api.what_if_differences"),
            Deed::Read,
            || web::post().to(differences),
        )
        .takes::<WhatIf>()
        .example(CHANGED)
        .gives::<DifferenceList>(200, "api.the_differences")
        .gives::<JobDocument>(202, "api.job_instead")
        .with_headers(&["Location"])
        .heeds(&[Heeds::Prefer]),
        Route::new(
            (Method::POST, "/api/v1/models/{name}/versions"),
            ("changeModel", "api.change_model"),
            Deed::Make,
            || web::post().to(change),
        )
        .takes::<ModelChanges>()
        .example(NEW)
        .gives::<ModelDocument>(201, "api.new_version")
        .with_headers(&["ETag"])
        .gives::<ModelDocument>(200, "api.version_there_was")
        .with_headers(&["ETag"])
        .heeds(&[Heeds::IfMatch]),
    ]
}

/// The list of a model's values; reading a large model takes its time.
async fn listed(model: Text, changes: Vec<Change>) -> Result<ParameterList, Problem> {
    let size = model.text.len();
    aside(size, move || ParameterList::of(&model.text, &model.file, &changes).map_err(pointed)).await
}

async fn get(who: &Who, service: &Service, request: &HttpRequest, named: Named) -> Result<HttpResponse, Problem> {
    let model = service.model_text(who.org(), &named).await?;
    let tag = Tag::named(model.version.unwrap_or(1));
    if let Some(known) = not_modified(request, &tag)? {
        return Ok(known);
    }
    Ok(tagged(StatusCode::OK, &tag, &listed(model, Vec::new()).await?))
}

async fn newest(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    name: Path<String>,
) -> Result<HttpResponse, Problem> {
    get(&who, &service, &request, Named { name: name.into_inner(), version: None }).await
}

async fn version(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    path: Path<(String, u32)>,
) -> Result<HttpResponse, Problem> {
    let (name, version) = path.into_inner();
    get(&who, &service, &request, Named { name, version: Some(version) }).await
}

async fn changed(who: Who, service: Data<Service>, body: Json<WhatIf>) -> Result<HttpResponse, Problem> {
    let shelf = service.shelf(who.org(), &body.0.scenarios).await?;
    let changes = service.changes(&body.0.scenarios, &body.0.changes, &shelf)?;
    let model = service.model(who.org(), &body.0.model).await?;
    Ok(HttpResponse::Ok().json(listed(model, changes).await?))
}

async fn differences(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    body: Posted<WhatIf>,
) -> Result<HttpResponse, Problem> {
    let noted = body.noted();
    let resolved = service.resolve(who.org(), &body.value).await?;
    let work = move |_: &Arc<Ticket>| {
        let prepared = resolved.asked.base.under(&resolved.asked.changes)?;
        let model = &resolved.model;
        let (text, _) = scenario::write_into_model(&model.text, &model.file, &resolved.asked.changes)?;
        let list = DifferenceList { differences: prepared.differences.clone(), hash: prepared.hash.clone(), text };
        Ok(Document { outcome: "done", hash: String::new(), bytes: questions::pretty(&list) })
    };
    let order = Order {
        kind: "differences",
        speed: Speed::Quick,
        request: noted,
        then: Then::Answer,
        work: Box::new(work),
        id: None,
    };
    Ok(respond(perform(&service, &who, &request, order).await?))
}

/// Changes of data have no place in a model file.
fn of_model_alone(changes: &[Change]) -> Result<(), Findings> {
    let refuse =
        |change: &Change| Finding::error("service.data_change", change.place.clone()).with("path", &change.path);
    let found: Vec<Finding> = changes.iter().filter(|change| change.concerns_data()).map(refuse).collect();
    if found.is_empty() { Ok(()) } else { Err(Findings(found)) }
}

async fn change(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    name: Path<String>,
    body: Posted<ModelChanges>,
) -> Result<HttpResponse, Problem> {
    let name = name.into_inner();
    let ModelChanges { from, scenarios, changes } = body.value;
    let shelf = service.shelf(who.org(), &scenarios).await?;
    let changes = service.changes(&scenarios, &changes, &shelf)?;
    of_model_alone(&changes).map_err(pointed)?;
    if changes.is_empty() && from.is_none() {
        let finding = Finding::error("service.no_changes", Place::file("/changes"));
        return Err(pointed(finding.into()));
    }
    let base = from.unwrap_or_else(|| ModelRef::Named(Named { name: name.clone(), version: None }));
    let current = newest_version(&service, who.org(), &name).await?;
    let model = service.model(who.org(), &base).await.map_err(|problem| problem.pointer("/from"))?;
    let size = model.text.len();
    let write = move || {
        let (text, _) = scenario::write_into_model(&model.text, &model.file, &changes).map_err(pointed)?;
        Ok(text)
    };
    let text = aside(size, write).await?;
    kept((&who, &service, &request), (name, current), text).await
}
