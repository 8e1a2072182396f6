//! Scenarios: those that the service ships, and those that users save in versions.

use actix_web::web::{self, Data, Path};
use actix_web::{HttpRequest, HttpResponse, http::Method, http::StatusCode};

use crate::http::access::Deed;
use crate::http::answers::{List, Paging};
use crate::http::edge::conditional::{Tag, not_modified, unchanged};
use crate::http::edge::problem::{self, Problem};
use crate::http::edge::query::Query;
use crate::http::failures::{of_store, pointed};
use crate::http::routes::listing::joined;
use crate::http::routes::models::{expected, free_name};
use crate::http::shelf::{SCENARIO, ScenarioBody, ScenarioDocument};
use crate::http::state::Service;
use crate::http::table::{Heeds, Route};
use crate::http::who::{Posted, Who};
use crate::http::work::tagged;
use crate::scenario;
use crate::store::{Expected, NewSheet, Sheet, StoreError};

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    const SCENARIO: &str = "/api/v1/scenarios/{name}";
    const SAVED: &str = r#"{"title":{"zh":"预算增加 5%","en":"budget up 5 %"},"changes":["fund.district.amount=+5%"]}"#;
    vec![
        Route::new((Method::GET, "/api/v1/scenarios"), ("listScenarios", "api.list_scenarios"), Deed::Read, || {
            web::get().to(every)
        })
        .query::<Paging>()
        .gives::<List<ScenarioDocument>>(200, "api.part_of_list"),
        Route::new((Method::GET, SCENARIO), ("getScenario", "api.get_scenario"), Deed::Read, || web::get().to(one))
            .gives::<ScenarioDocument>(200, "api.the_scenario")
            .revalidated(),
        Route::new((Method::PUT, SCENARIO), ("putScenario", "api.put_scenario"), Deed::Make, || web::put().to(put))
            .takes::<ScenarioBody>()
            .example(SAVED)
            .gives::<ScenarioDocument>(201, "api.new_version")
            .with_headers(&["ETag"])
            .gives::<ScenarioDocument>(200, "api.version_there_was")
            .with_headers(&["ETag"])
            .heeds(&[Heeds::IfMatch]),
        Route::new((Method::DELETE, SCENARIO), ("deleteScenario", "api.delete_scenario"), Deed::Make, || {
            web::delete().to(delete)
        })
        .gives_nothing(204, "api.gone")
        .heeds(&[Heeds::IfMatch]),
    ]
}

/// A scenario of the store. What was kept was read before.
fn saved(sheet: &Sheet) -> Result<ScenarioDocument, Problem> {
    let name = &sheet.entry.name;
    let file = scenario::read(&sheet.text, &format!("{name}.json")).map_err(|findings| {
        tracing::error!(?findings, name, "a scenario of the store cannot be read");
        Problem::new(problem::INTERNAL)
    })?;
    Ok(ScenarioDocument::of(name, file, Some(&sheet.entry)))
}

async fn every(who: Who, service: Data<Service>, paging: Query<Paging>) -> Result<HttpResponse, Problem> {
    let shipped = service.library.scenario_files();
    let read = shipped.filter_map(|(name, file, text)| Some((name, scenario::read(text, file).ok()?)));
    let library = read.map(|(name, file)| ScenarioDocument::of(name, file, None)).collect();
    let found = joined(library, &paging, async |page| {
        let found = service.store.sheets(who.org(), SCENARIO, &page).await.map_err(of_store)?;
        let mut items = Vec::new();
        for entry in found.items {
            match service.store.sheet(who.org(), SCENARIO, &entry.name, Some(entry.version)).await {
                Ok(sheet) => items.push(saved(&sheet)?),
                // Somebody deleted it meanwhile.
                Err(StoreError::NotFound) => {}
                Err(error) => return Err(of_store(error)),
            }
        }
        Ok(List { items, next: found.next })
    });
    Ok(HttpResponse::Ok().json(found.await?))
}

async fn one(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    name: Path<String>,
) -> Result<HttpResponse, Problem> {
    let shipped = service.library.scenario_files().find(|(known, _, _)| *known == name.as_str());
    let document = match shipped {
        Some((name, file, text)) => ScenarioDocument::of(name, scenario::read(text, file).map_err(pointed)?, None),
        None => saved(&service.store.sheet(who.org(), SCENARIO, &name, None).await.map_err(of_store)?)?,
    };
    let tag = Tag::named(document.version);
    let known = not_modified(&request, &tag)?;
    Ok(known.unwrap_or_else(|| tagged(StatusCode::OK, &tag, &document)))
}

/// The newest version of a saved scenario; `None` where there is none.
async fn current(service: &Service, org: &str, name: &str) -> Result<Option<i64>, Problem> {
    free_name(name, service.library.has_scenario(name))?;
    service.newest_sheet(org, SCENARIO, name).await
}

async fn put(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    name: Path<String>,
    body: Posted<ScenarioBody>,
) -> Result<HttpResponse, Problem> {
    let name = name.into_inner();
    let expected = expected(&request, current(&service, who.org(), &name).await?)?;
    let text = body.value.file().map_err(pointed)?;
    scenario::read(&text, &format!("{name}.json")).map_err(pointed)?;
    let new = NewSheet { kind: SCENARIO.to_owned(), name, text, expected };
    let put = service.store.put_sheet(&who.by(), new).await.map_err(of_store)?;
    let document = saved(&put.value)?;
    let status = if put.is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(tagged(status, &Tag::named(document.version), &document))
}

async fn delete(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    name: Path<String>,
) -> Result<HttpResponse, Problem> {
    let Some(version) = current(&service, who.org(), &name).await? else {
        return Err(Problem::new(problem::NOT_FOUND));
    };
    unchanged(&request, &Tag::named(version))?;
    let expected = Expected::OneOf(vec![version]);
    service.store.delete_sheet(&who.by(), SCENARIO, &name, expected).await.map_err(of_store)?;
    Ok(HttpResponse::NoContent().finish())
}
