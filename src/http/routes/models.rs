//! Models in versions: those that the service ships, and those put by its users.

use std::sync::Arc;

use actix_web::http::header::{CONTENT_TYPE, IF_NONE_MATCH};
use actix_web::web::{self, Bytes, Data, Path, Payload};
use actix_web::{FromRequest as _, HttpRequest, HttpResponse, http::Method, http::StatusCode};
use futures_util::StreamExt as _;
use sha2::{Digest as _, Sha256};

use crate::dataset::Source;
use crate::http::access::Deed;
use crate::http::answers::{List, ModelBody, ModelDocument, Paging};
use crate::http::documents::Named;
use crate::http::edge::aside::aside;
use crate::http::edge::body;
use crate::http::edge::conditional::{Tag, not_modified, unchanged};
use crate::http::edge::problem::{self, Problem};
use crate::http::edge::query::Query;
use crate::http::failures::{of_store, pointed};
use crate::http::library::is_name;
use crate::http::limits;
use crate::http::resolve::workbook;
use crate::http::routes::datasets::XLSX;
use crate::http::routes::listing::{joined, list, page};
use crate::http::state::Service;
use crate::http::table::{Heeds, JSON, Route};
use crate::http::who::{Posted, Who};
use crate::http::work::{tagged, worked};
use crate::phrases::Phrase;
use crate::run::{self, Inputs};
use crate::store::{Expected, NewModel, Page};

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new((Method::GET, "/api/v1/models"), ("listModels", "api.list_models"), Deed::Read, || {
            web::get().to(every)
        })
        .query::<Paging>()
        .gives::<List<ModelDocument>>(200, "api.part_of_list"),
        Route::new((Method::GET, "/api/v1/models/{name}"), ("getModel", "api.get_model"), Deed::Read, || {
            web::get().to(newest)
        })
        .gives::<ModelDocument>(200, "api.the_model")
        .revalidated(),
        Route::new((Method::PUT, "/api/v1/models/{name}"), ("putModel", "api.put_model"), Deed::Make, || {
            web::put().to(put)
        })
        .takes::<ModelBody>()
        .takes_bytes(XLSX)
        .gives::<ModelDocument>(201, "api.new_version")
        .with_headers(&["ETag"])
        .gives::<ModelDocument>(200, "api.version_there_was")
        .with_headers(&["ETag"])
        .heeds(&[Heeds::IfMatch]),
        Route::new(
            (Method::GET, "/api/v1/models/{name}/versions"),
            ("listModelVersions", "api.list_model_versions"),
            Deed::Read,
            || web::get().to(versions),
        )
        .query::<Paging>()
        .gives::<List<ModelDocument>>(200, "api.part_of_list"),
        Route::new(
            (Method::GET, "/api/v1/models/{name}/versions/{version}"),
            ("getModelVersion", "api.get_model_version"),
            Deed::Read,
            || web::get().to(version),
        )
        .gives::<ModelDocument>(200, "api.the_model")
        .revalidated(),
    ]
}

/// A model that the service ships.
fn shipped(name: &str, text: &str, whole: bool) -> ModelDocument {
    let hash = Sha256::digest(text.as_bytes());
    ModelDocument {
        name: name.to_owned(),
        version: 1,
        hash: crate::jobs::hexadecimal(&hash),
        size: i64::try_from(text.len()).unwrap_or(i64::MAX),
        author: None,
        created_at: None,
        read_only: true,
        text: whole.then(|| text.to_owned()),
    }
}

async fn every(who: Who, service: Data<Service>, paging: Query<Paging>) -> Result<HttpResponse, Problem> {
    let library = service.library.models.iter().map(|(name, text)| shipped(name, text, false)).collect();
    let found = joined(library, &paging, async |page| {
        let found = service.store.models(who.org(), &page).await.map_err(of_store)?;
        Ok(list(found, ModelDocument::of))
    });
    Ok(HttpResponse::Ok().json(found.await?))
}

async fn get(
    who: &Who,
    service: &Service,
    request: &HttpRequest,
    (name, version): (&str, Option<i64>),
) -> Result<HttpResponse, Problem> {
    let document = match service.library.models.get(name) {
        Some(text) if version.is_none_or(|version| version == 1) => shipped(name, text, true),
        Some(_) => return Err(Problem::new(problem::NOT_FOUND)),
        None => {
            let found = service.store.model(who.org(), name, version).await.map_err(of_store)?;
            ModelDocument { text: Some(found.text), ..ModelDocument::of(found.entry) }
        }
    };
    let tag = Tag::named(document.version);
    let known = not_modified(request, &tag)?;
    Ok(known.unwrap_or_else(|| tagged(StatusCode::OK, &tag, &document)))
}

async fn newest(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    name: Path<String>,
) -> Result<HttpResponse, Problem> {
    get(&who, &service, &request, (&name, None)).await
}

async fn version(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    path: Path<(String, i64)>,
) -> Result<HttpResponse, Problem> {
    let (name, version) = path.into_inner();
    get(&who, &service, &request, (&name, Some(version))).await
}

async fn versions(
    who: Who,
    service: Data<Service>,
    name: Path<String>,
    paging: Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let page = page(&paging)?;
    if let Some(text) = service.library.models.get(name.as_str()) {
        let only = Page { items: vec![shipped(&name, text, false)], next: None };
        return Ok(HttpResponse::Ok().json(list(only, |model| model)));
    }
    let found = service.store.model_versions(who.org(), &name, &page).await.map_err(of_store)?;
    Ok(HttpResponse::Ok().json(list(found, ModelDocument::of)))
}

/// What a change expects to find: a new name (`If-None-Match: *`), or the version that the client has seen.
///
/// # Errors
/// 428 without either, 412 where it is not so.
pub(super) fn expected(request: &HttpRequest, current: Option<i64>) -> Result<Expected, Problem> {
    let is_new = request.headers().get(IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == b"*");
    match current {
        None if is_new => Ok(Expected::Absent),
        Some(_) if is_new => {
            let words = Phrase::new("service.exists");
            Err(Problem::new(problem::PRECONDITION_FAILED).detail(words).parameter("If-None-Match"))
        }
        Some(version) => unchanged(request, &Tag::named(version)).map(|()| Expected::OneOf(vec![version])),
        // Nothing matches a tag where nothing is.
        None => Err(match unchanged(request, &Tag::named("none")) {
            Err(problem) => problem,
            Ok(()) => Problem::new(problem::PRECONDITION_FAILED).parameter("If-Match"),
        }),
    }
}

/// A name that the service may give to what a user puts.
///
/// # Errors
/// 422 for another form, 409 for a name that the service ships.
pub(super) fn free_name(name: &str, is_shipped: bool) -> Result<(), Problem> {
    if is_shipped {
        let words = Phrase::new("service.read_only").with("name", name);
        return Err(Problem::new(problem::CONFLICT).detail(words));
    }
    if is_name(name) {
        return Ok(());
    }
    Err(Problem::new(problem::WRONG_SHAPE)
        .detail(Phrase::new("service.name_form").with("name", name))
        .parameter("name"))
}

/// A workbook that is a model, and the data that it is put to: what is wrong with it is told by cell while the cells are known.
async fn of_workbook(
    (who, service, request): (&Who, &Data<Service>, &HttpRequest),
    name: &str,
    bytes: Bytes,
) -> Result<String, Problem> {
    let (own, most) = (name.to_owned(), service.settings.rules);
    let text = aside(usize::MAX, move || workbook(&own, bytes.to_vec())).await?;
    let data = match service.data(who.org(), &text, None, &[]).await {
        Ok(data) => Some(data),
        // The data may follow.
        Err(problem) if problem.kind() == problem::NOT_FOUND => None,
        Err(problem) => return Err(problem),
    };
    let check = move || {
        let spots = text.book.as_ref().map(|book| Arc::clone(&book.spots));
        let located = |findings| match &spots {
            Some(spots) => spots.locate(&text.file, findings),
            None => findings,
        };
        let rows = data.as_ref().map_or(1, |data| data.rows);
        limits::model(limits::rules(&text.text, &text.file), rows, most, &text.file).map_err(located)?;
        match data {
            Some(data) => {
                let (model_file, model_text) = (text.file.clone(), text.text.clone());
                let source = Source::clone(&data.source);
                let inputs = Inputs { model_file, model_text, source, changes: Vec::new(), spots: spots.clone() };
                run::read(&inputs, &[])?;
            }
            None => drop(run::ecosystems_of(&text.text, &text.file).map_err(located)?),
        }
        Ok(text.text)
    };
    worked(service, (who, request), check).await
}

/// The newest version of a name that is not shipped; `None` where there is none.
///
/// # Errors
/// 409 for a name that the service ships, 422 for one that can be none; what the store says.
pub(super) async fn newest_version(service: &Service, org: &str, name: &str) -> Result<Option<i64>, Problem> {
    free_name(name, service.library.models.contains_key(name))?;
    match service.model_text(org, &Named { name: name.to_owned(), version: None }).await {
        Ok(found) => Ok(found.version),
        Err(problem) if problem.kind() == problem::NOT_FOUND => Ok(None),
        Err(problem) => Err(problem),
    }
}

async fn put(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    name: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let name = name.into_inner();
    let current = newest_version(&service, who.org(), &name).await?;
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let media = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let text = match media.as_str() {
        XLSX => {
            let most = limits::WORKBOOK_MAX;
            if let Some(problem) = body::announced_too_large(request.headers(), most) {
                return Err(problem);
            }
            let bytes = body::collect(&request, payload.into_inner().boxed_local(), most).await?;
            of_workbook((&who, &service, &request), &name, bytes).await?
        }
        "" | JSON => Posted::<ModelBody>::from_request(&request, &mut payload.into_inner()).await?.value.text,
        _ => {
            let words = Phrase::new("service.model_type").with("found", media);
            return Err(Problem::new(problem::UNSUPPORTED_MEDIA_TYPE).detail(words));
        }
    };
    kept((&who, &service, &request), (name, current), text).await
}

/// Keeps the text of a model as its next version, where it could be asked something.
///
/// # Errors
/// 412 and 428 where the client has not seen the newest version, 422 for a text that is no model.
pub(super) async fn kept(
    (who, service, request): (&Who, &Service, &HttpRequest),
    (name, current): (String, Option<i64>),
    text: String,
) -> Result<HttpResponse, Problem> {
    let expected = expected(request, current)?;
    let (file, checked) = (format!("{name}.toml"), text.clone());
    // A model without a sound head, or with more rules than are read, could never be asked anything.
    let most = service.settings.rules;
    let check = move || {
        run::ecosystems_of(&checked, &file).map_err(pointed)?;
        limits::model(limits::rules(&checked, &file), 1, most, &file).map_err(pointed)
    };
    aside(text.len(), check).await?;
    let put = service.store.put_model(&who.by(), NewModel { name, text, expected }).await.map_err(of_store)?;
    let document = ModelDocument { text: Some(put.value.text), ..ModelDocument::of(put.value.entry) };
    let status = if put.is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(tagged(status, &Tag::named(document.version), &document))
}
