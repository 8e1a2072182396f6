//! Maps of an organisation, in versions, and which areas of a dataset they show.

use actix_web::web::{self, Data, Path};
use actix_web::{HttpRequest, HttpResponse, http::Method, http::StatusCode};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::dataset::editing::{self, ColumnSort};
use crate::http::access::Deed;
use crate::http::answers::{List, Paging};
use crate::http::edge::aside::aside;
use crate::http::edge::conditional::{Tag, not_modified, unchanged};
use crate::http::edge::problem::{self, Problem};
use crate::http::edge::query::Query;
use crate::http::failures::{of_store, pointed};
use crate::http::maps::{MAP, MapBody, MapDocument, MapItem, MapMatch};
use crate::http::routes::listing::{list, page};
use crate::http::routes::models::{expected, free_name};
use crate::http::routes::tables::opened;
use crate::http::state::Service;
use crate::http::table::{Heeds, Route};
use crate::http::who::{Posted, Who};
use crate::http::work::{tagged, worked};
use crate::store::{Expected, NewSheet, Sheet};

/// Which data a map is laid over.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Over {
    /// Name of a dataset, in its newest version.
    dataset: String,
}

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    const PATH: &str = "/api/v1/maps/{name}";
    const TILES: &str = r#"{"title":{"zh":"乡镇方格图","en":"tiles"},"tiles":[{"code":"310151101","row":0,"column":0},{"code":"310151102","row":0,"column":1}]}"#;
    vec![
        Route::new((Method::GET, "/api/v1/maps"), ("listMaps", "api.list_maps"), Deed::Read, || web::get().to(every))
            .query::<Paging>()
            .gives::<List<MapItem>>(200, "api.part_of_list"),
        Route::new((Method::GET, PATH), ("getMap", "api.get_map"), Deed::Read, || web::get().to(one))
            .gives::<MapDocument>(200, "api.the_map")
            .revalidated(),
        Route::new((Method::PUT, PATH), ("putMap", "api.put_map"), Deed::Make, || web::put().to(put))
            .takes::<MapBody>()
            .example(TILES)
            .gives::<MapItem>(201, "api.new_version")
            .with_headers(&["ETag"])
            .gives::<MapItem>(200, "api.version_there_was")
            .with_headers(&["ETag"])
            .heeds(&[Heeds::IfMatch]),
        Route::new((Method::DELETE, PATH), ("deleteMap", "api.delete_map"), Deed::Make, || web::delete().to(delete))
            .gives_nothing(204, "api.gone")
            .heeds(&[Heeds::IfMatch]),
        Route::new((Method::GET, "/api/v1/maps/{name}/match"), ("matchMap", "api.match_map"), Deed::Read, || {
            web::get().to(meet)
        })
        .query::<Over>()
        .gives::<MapMatch>(200, "api.which_areas"),
    ]
}

async fn every(who: Who, service: Data<Service>, paging: Query<Paging>) -> Result<HttpResponse, Problem> {
    let found = service.store.sheets(who.org(), MAP, &page(&paging)?).await.map_err(of_store)?;
    Ok(HttpResponse::Ok().json(list(found, MapItem::of)))
}

/// A map of the store. What was kept was read before.
async fn read(sheet: Sheet) -> Result<MapDocument, Problem> {
    let size = sheet.text.len();
    let read = move || {
        let unreadable = |why: &str| {
            tracing::error!(why, name = sheet.entry.name, "a map of the store cannot be read");
            Problem::new(problem::INTERNAL)
        };
        let map: MapBody = serde_json::from_str(&sheet.text).map_err(|error| unreadable(&error.to_string()))?;
        let codes = map.codes().map_err(|_| unreadable("shapes"))?;
        Ok(MapDocument { item: MapItem::of(sheet.entry), map, codes })
    };
    aside(size, read).await
}

async fn one(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    name: Path<String>,
) -> Result<HttpResponse, Problem> {
    let sheet = service.store.sheet(who.org(), MAP, &name, None).await.map_err(of_store)?;
    let tag = Tag::named(sheet.entry.version);
    if let Some(known) = not_modified(&request, &tag)? {
        return Ok(known);
    }
    Ok(tagged(StatusCode::OK, &tag, &read(sheet).await?))
}

async fn current(service: &Service, org: &str, name: &str) -> Result<Option<i64>, Problem> {
    free_name(name, false)?;
    service.newest_sheet(org, MAP, name).await
}

async fn put(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    name: Path<String>,
    body: Posted<MapBody>,
) -> Result<HttpResponse, Problem> {
    let name = name.into_inner();
    let expected = expected(&request, current(&service, who.org(), &name).await?)?;
    let map = body.value;
    let write = move || {
        map.codes().map_err(pointed)?;
        serde_json::to_string(&map).map_err(|_| Problem::new(problem::INTERNAL))
    };
    let text = aside(usize::MAX, write).await?;
    let new = NewSheet { kind: MAP.to_owned(), name, text, expected };
    let put = service.store.put_sheet(&who.by(), new).await.map_err(of_store)?;
    let item = MapItem::of(put.value.entry);
    let status = if put.is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(tagged(status, &Tag::named(item.version), &item))
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
    service.store.delete_sheet(&who.by(), MAP, &name, Expected::OneOf(vec![version])).await.map_err(of_store)?;
    Ok(HttpResponse::NoContent().finish())
}

async fn meet(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    name: Path<String>,
    over: Query<Over>,
) -> Result<HttpResponse, Problem> {
    let sheet = service.store.sheet(who.org(), MAP, &name, None).await.map_err(of_store)?;
    let data = opened(&service, who.org(), &over.into_inner().dataset, None).await;
    let source = data.map_err(|problem| problem.parameter("dataset"))?.source;
    let map = read(sheet).await?.codes;
    let work = move || {
        let [areas, _] = editing::grid(&source)?;
        let at = areas.columns.iter().position(|column| column.sort == ColumnSort::Code);
        let code = |row: &editing::RowPart| at.and_then(|at| row.cells.get(at).cloned().flatten());
        let codes: Vec<String> = areas.rows.iter().filter_map(code).collect();
        Ok(MapMatch::of(&map, &codes))
    };
    Ok(HttpResponse::Ok().json(worked(&service, (&who, &request), work).await?))
}
