//! Datasets in versions, with where they came from: CSV as text or form, or one workbook.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{self, Bytes, Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse, http::Method, http::StatusCode};
use futures_util::StreamExt as _;
use sha2::{Digest as _, Sha256};

use crate::dataset::{self, Source};
use crate::http::access::Deed;
use crate::http::answers::{DatasetBody, DatasetDocument, FileDocument, List, Paging};
use crate::http::edge::aside::aside;
use crate::http::edge::body;
use crate::http::edge::conditional::{Tag, not_modified};
use crate::http::edge::json::{self, JsonLimits};
use crate::http::edge::problem::{self, Problem};
use crate::http::edge::query::Query;
use crate::http::failures::of_store;
use crate::http::multipart;
use crate::http::routes::listing::{joined, list, page};
use crate::http::routes::models::{expected, free_name};
use crate::http::state::Service;
use crate::http::table::{Heeds, Route};
use crate::http::who::Who;
use crate::http::work::{tagged, worked};
use crate::jobs::hexadecimal;
use crate::phrases::Phrase;
use crate::store::{NewDataset, Page, StoreError, StoredFile};

/// Largest upload.
pub(super) const BYTES_MAX: usize = 64 << 20;
/// A workbook.
pub(super) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
pub(super) const FORM: &str = "multipart/form-data";

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new((Method::GET, "/api/v1/datasets"), ("listDatasets", "api.list_datasets"), Deed::Read, || {
            web::get().to(every)
        })
        .query::<Paging>()
        .gives::<List<DatasetDocument>>(200, "api.part_of_list"),
        Route::new((Method::GET, "/api/v1/datasets/{name}"), ("getDataset", "api.get_dataset"), Deed::Read, || {
            web::get().to(newest)
        })
        .gives::<DatasetDocument>(200, "api.the_dataset")
        .revalidated(),
        Route::new((Method::PUT, "/api/v1/datasets/{name}"), ("putDataset", "api.put_dataset"), Deed::Make, || {
            web::put().to(put)
        })
        .takes::<DatasetBody>()
        .takes_bytes(FORM)
        .takes_bytes(XLSX)
        .gives::<DatasetDocument>(201, "api.new_version")
        .with_headers(&["ETag"])
        .gives::<DatasetDocument>(200, "api.version_there_was")
        .with_headers(&["ETag"])
        .heeds(&[Heeds::IfMatch]),
        Route::new(
            (Method::GET, "/api/v1/datasets/{name}/versions"),
            ("listDatasetVersions", "api.list_dataset_versions"),
            Deed::Read,
            || web::get().to(versions),
        )
        .query::<Paging>()
        .gives::<List<DatasetDocument>>(200, "api.part_of_list"),
        Route::new(
            (Method::GET, "/api/v1/datasets/{name}/versions/{version}"),
            ("getDatasetVersion", "api.get_dataset_version"),
            Deed::Read,
            || web::get().to(version),
        )
        .gives::<DatasetDocument>(200, "api.the_dataset")
        .revalidated(),
        Route::new(
            (Method::GET, "/api/v1/datasets/{name}/versions/{version}/files/{file}"),
            ("getDatasetFile", "api.get_dataset_file"),
            Deed::Read,
            || web::get().to(file),
        )
        .gives_bytes(200, "api.the_file", &["application/octet-stream"])
        .with_headers(&["Content-Disposition"]),
    ]
}

/// A dataset that the service ships.
fn shipped(name: &str, source: &Source) -> DatasetDocument {
    let size = |bytes: &[u8]| i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let files: Vec<FileDocument> = source
        .files
        .iter()
        .map(|(name, bytes)| FileDocument {
            name: name.clone(),
            hash: hexadecimal(&Sha256::digest(bytes)),
            size: size(bytes),
        })
        .collect();
    let all: String = files.iter().map(|file| format!("{}\n{}\n", file.name, file.hash)).collect();
    DatasetDocument {
        name: name.to_owned(),
        version: 1,
        hash: hexadecimal(&Sha256::digest(all.as_bytes())),
        size: files.iter().map(|file| file.size).sum(),
        provenance: None,
        author: None,
        created_at: None,
        read_only: true,
        files,
    }
}

async fn every(who: Who, service: Data<Service>, paging: Query<Paging>) -> Result<HttpResponse, Problem> {
    let library = service.library.datasets.iter().map(|(name, source)| shipped(name, source)).collect();
    let found = joined(library, &paging, async |page| {
        let found = service.store.datasets(who.org(), &page).await.map_err(of_store)?;
        Ok(list(found, DatasetDocument::of))
    });
    Ok(HttpResponse::Ok().json(found.await?))
}

async fn get(
    who: &Who,
    service: &Service,
    request: &HttpRequest,
    (name, version): (&str, Option<i64>),
) -> Result<HttpResponse, Problem> {
    let document = match service.library.datasets.get(name) {
        Some(source) if version.is_none_or(|version| version == 1) => shipped(name, source),
        Some(_) => return Err(Problem::new(problem::NOT_FOUND)),
        None => DatasetDocument::of(service.store.dataset(who.org(), name, version).await.map_err(of_store)?),
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
    if let Some(source) = service.library.datasets.get(name.as_str()) {
        let only = Page { items: vec![shipped(&name, source)], next: None };
        return Ok(HttpResponse::Ok().json(list(only, |dataset| dataset)));
    }
    let found = service.store.dataset_versions(who.org(), &name, &page).await.map_err(of_store)?;
    Ok(HttpResponse::Ok().json(list(found, DatasetDocument::of)))
}

async fn file(who: Who, service: Data<Service>, path: Path<(String, i64, String)>) -> Result<HttpResponse, Problem> {
    let (name, version, file) = path.into_inner();
    let none = || Problem::new(problem::NOT_FOUND);
    let bytes = match service.library.datasets.get(&name) {
        Some(source) if version == 1 => source.files.iter().find(|(known, _)| *known == file).map(|(_, b)| b.clone()),
        Some(_) => None,
        None => {
            let (_, files) = service.store.dataset_files(who.org(), &name, Some(version)).await.map_err(of_store)?;
            files.into_iter().find(|known| known.name == file).map(|known| known.bytes)
        }
    };
    let bytes = bytes.ok_or_else(none)?;
    Ok(HttpResponse::Ok()
        .content_type("application/octet-stream")
        .insert_header((CONTENT_DISPOSITION, "attachment"))
        .body(bytes))
}

/// Files and provenance of an upload, by its content type.
fn read(kind: &str, bytes: &Bytes) -> Result<(Vec<StoredFile>, String), Problem> {
    let media = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match media.as_str() {
        "application/json" => {
            let limits = JsonLimits { bytes: BYTES_MAX, ..JsonLimits::default() };
            let body: DatasetBody = json::strict(bytes, limits)?;
            let file = |(name, text): (String, String)| StoredFile { name, bytes: text.into_bytes() };
            Ok((body.files.into_iter().map(file).collect(), body.provenance))
        }
        FORM => {
            let wrong = || Problem::new(problem::BAD_REQUEST).detail(Phrase::new("service.no_form"));
            let boundary = multipart::boundary(kind).ok_or_else(wrong)?;
            let (mut files, mut provenance) = (Vec::new(), String::new());
            let parts = multipart::parts(bytes, &boundary).ok_or_else(wrong)?;
            if let Some(name) = multipart::twice(&parts) {
                let words = Phrase::new("service.file_twice").with("name", name);
                return Err(Problem::new(problem::BAD_REQUEST).detail(words));
            }
            for part in parts {
                match part.file {
                    Some(name) => files.push(StoredFile { name, bytes: part.bytes }),
                    None if part.name == "provenance" => {
                        provenance = String::from_utf8(part.bytes).map_err(|_| wrong())?;
                    }
                    None => return Err(wrong()),
                }
            }
            Ok((files, provenance))
        }
        XLSX => Ok((vec![StoredFile { name: "data.xlsx".to_owned(), bytes: bytes.to_vec() }], String::new())),
        _ => {
            let words = Phrase::new("service.upload_type").with("found", media);
            Err(Problem::new(problem::UNSUPPORTED_MEDIA_TYPE).detail(words))
        }
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
    free_name(&name, service.library.datasets.contains_key(&name))?;
    let (files, provenance) = received(&request, payload).await?;
    kept((&who, &service, &request), (name, files, provenance)).await
}

/// What came with a request: files with sound names, and where they come from.
pub(super) async fn received(request: &HttpRequest, payload: Payload) -> Result<(Vec<StoredFile>, String), Problem> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if let Some(problem) = body::announced_too_large(request.headers(), BYTES_MAX) {
        return Err(problem);
    }
    let bytes = body::collect(request, payload.into_inner().boxed_local(), BYTES_MAX).await?;
    let (kind, size) = (kind.to_owned(), bytes.len());
    let (files, provenance) = aside(size, move || read(&kind, &bytes)).await?;
    if let Some(wrong) = files.iter().find(|file| !fits(&file.name)) {
        let words = Phrase::new("service.file_name").with("name", &wrong.name);
        return Err(Problem::new(problem::INVALID_INPUT).detail(words).pointer("/files"));
    }
    Ok((files, provenance))
}

/// The files as the source of a dataset.
///
/// # Errors
/// 422 where none of them is a table.
pub(super) fn source_of(name: &str, files: &[StoredFile]) -> Result<Source, Problem> {
    let files = files.iter().map(|file| (file.name.clone(), file.bytes.clone())).collect();
    let source = Source { name: name.to_owned(), files };
    if source.used().is_empty() {
        return Err(Problem::new(problem::INVALID_INPUT).detail(Phrase::new("service.no_tables")).pointer("/files"));
    }
    Ok(source)
}

/// Keeps files as the next version of a dataset, where a model could read them.
///
/// # Errors
/// 412 and 428 where the client has not seen the newest version, 422 for what no model could read.
pub(super) async fn kept(
    (who, service, request): (&Who, &Service, &HttpRequest),
    (name, files, provenance): (String, Vec<StoredFile>, String),
) -> Result<HttpResponse, Problem> {
    let source = source_of(&name, &files)?;
    worked(service, (who, request), move || Ok(dataset::sound(&source)?)).await?;
    let current = match service.store.dataset(who.org(), &name, None).await {
        Ok(found) => Some(found.version),
        Err(StoreError::NotFound) => None,
        Err(error) => return Err(of_store(error)),
    };
    let expected = expected(request, current)?;
    let new = NewDataset { name, files, provenance, expected };
    let put = service.store.put_dataset(&who.by(), new).await.map_err(of_store)?;
    let document = DatasetDocument::of(put.value);
    let status = if put.is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(tagged(status, &Tag::named(document.version), &document))
}

/// A file name without folders that a dataset may hold.
fn fits(name: &str) -> bool {
    let sound = !name.is_empty() && name.len() <= 200 && !name.contains(['/', '\\', '\0']);
    sound && Source::concerns(name)
}
