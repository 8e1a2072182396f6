//! Datasets as cells: read, compared, changed as a new version, and looked at before anything is kept.

use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::web::{self, Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse, http::Method, http::StatusCode};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::dataset::editing::{self, Patch, TablePart};
use crate::dataset::template::{self, Known};
use crate::dataset::{self, Source};
use crate::finding::{Finding, Findings, Place};
use crate::http::access::Deed;
use crate::http::answers::{DatasetBody, DatasetDocument};
use crate::http::documents::{DatasetChanges, DatasetCheck, DatasetDifferences, DatasetTables, Named};
use crate::http::edge::conditional::{Tag, not_modified};
use crate::http::edge::json::Json;
use crate::http::edge::problem::{self, Problem};
use crate::http::edge::query::Query;
use crate::http::failures::{of_store, pointed};
use crate::http::library::is_name;
use crate::http::routes::datasets::{FORM, XLSX, kept, received, source_of};
use crate::http::routes::models::free_name;
use crate::http::state::Service;
use crate::http::table::{Heeds, Route};
use crate::http::who::{Posted, Who};
use crate::http::work::{tagged, worked};
use crate::phrases::{Lang, Phrase};
use crate::policy::standard_ecosystems;
use crate::questions::FindingPart;
use crate::run;
use crate::store::StoredFile;

/// Which version a list of differences begins with.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Since {
    /// Version before; left out, the one before the version.
    #[schemars(range(min = 1))]
    from: Option<i64>,
}

/// What an upload is compared with.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Against {
    /// Name of a dataset, in its newest version.
    against: Option<String>,
}

/// Whose ecosystems a template offers.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct For {
    /// Name of a model; left out, the four usual ecosystems.
    model: Option<String>,
}

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    const TABLES: &str = "/api/v1/datasets/{name}/versions/{version}/tables";
    const CHANGES: &str = r#"{"from":{"name":"chongming"},"cells":[{"table":"areas","row":2,"column":"人口(人)","value":"50000"}],"provenance":"核对"}"#;
    vec![
        Route::new(
            (Method::GET, "/api/v1/datasets/{name}/tables"),
            ("getDatasetTables", "api.get_tables"),
            Deed::Read,
            || web::get().to(newest),
        )
        .gives::<DatasetTables>(200, "api.the_tables")
        .revalidated(),
        Route::new((Method::GET, TABLES), ("getDatasetVersionTables", "api.get_tables"), Deed::Read, || {
            web::get().to(version)
        })
        .gives::<DatasetTables>(200, "api.the_tables")
        .revalidated(),
        Route::new(
            (Method::GET, "/api/v1/datasets/{name}/versions/{version}/differences"),
            ("getDatasetDifferences", "api.get_dataset_differences"),
            Deed::Read,
            || web::get().to(differences),
        )
        .query::<Since>()
        .gives::<DatasetDifferences>(200, "api.the_cells_that_differ"),
        Route::new(
            (Method::POST, "/api/v1/datasets/{name}/versions"),
            ("changeDataset", "api.change_dataset"),
            Deed::Make,
            || web::post().to(change),
        )
        .takes::<DatasetChanges>()
        .example(CHANGES)
        .gives::<DatasetDocument>(201, "api.new_version")
        .with_headers(&["ETag"])
        .gives::<DatasetDocument>(200, "api.version_there_was")
        .with_headers(&["ETag"])
        .heeds(&[Heeds::IfMatch]),
        Route::new(
            (Method::POST, "/api/v1/datasets/{name}/validation"),
            ("checkDatasetChanges", "api.check_dataset_changes"),
            Deed::Read,
            || web::post().to(check_changes),
        )
        .takes::<DatasetChanges>()
        .example(CHANGES)
        .gives::<DatasetCheck>(200, "api.what_data_come_to"),
        Route::new(
            (Method::POST, "/api/v1/uploads/validation"),
            ("checkUpload", "api.check_upload"),
            Deed::Read,
            || web::post().to(check_upload),
        )
        .query::<Against>()
        .takes::<DatasetBody>()
        .takes_bytes(FORM)
        .takes_bytes(XLSX)
        .gives::<DatasetCheck>(200, "api.what_data_come_to"),
        Route::new((Method::GET, "/api/v1/uploads/template"), ("getTemplate", "api.get_template"), Deed::Read, || {
            web::get().to(empty)
        })
        .query::<For>()
        .gives_bytes(200, "api.the_file", &[XLSX])
        .with_headers(&["Content-Disposition"]),
    ]
}

/// The files of a version of a dataset.
pub(super) struct Version {
    number: i64,
    provenance: String,
    read_only: bool,
    pub source: Source,
}

/// A version of a dataset with its files.
///
/// # Errors
/// 404 for one that is not there.
pub(super) async fn opened(service: &Service, org: &str, name: &str, version: Option<i64>) -> Result<Version, Problem> {
    if let Some(source) = service.library.datasets.get(name) {
        if version.is_some_and(|version| version != 1) {
            return Err(Problem::new(problem::NOT_FOUND));
        }
        let source = Source { name: name.to_owned(), files: source.files.clone() };
        return Ok(Version { number: 1, provenance: String::new(), read_only: true, source });
    }
    let (entry, files) = service.store.dataset_files(org, name, version).await.map_err(of_store)?;
    let files = files.into_iter().map(|file| (file.name, file.bytes)).collect();
    let source = Source { name: entry.name, files };
    Ok(Version { number: entry.version, provenance: entry.provenance, read_only: false, source })
}

async fn get(
    (who, service, request): (Who, Data<Service>, HttpRequest),
    (name, version): (String, Option<i64>),
) -> Result<HttpResponse, Problem> {
    let found = opened(&service, who.org(), &name, version).await?;
    let tag = Tag::named(found.number);
    if let Some(known) = not_modified(&request, &tag)? {
        return Ok(known);
    }
    let Version { number: version, read_only, source, .. } = found;
    let tables = worked(&service, (&who, &request), move || Ok(editing::grid(&source)?)).await?;
    Ok(tagged(StatusCode::OK, &tag, &DatasetTables { name, version, read_only, tables: tables.into() }))
}

async fn newest(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    name: Path<String>,
) -> Result<HttpResponse, Problem> {
    get((who, service, request), (name.into_inner(), None)).await
}

async fn version(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    path: Path<(String, i64)>,
) -> Result<HttpResponse, Problem> {
    let (name, version) = path.into_inner();
    get((who, service, request), (name, Some(version))).await
}

async fn differences(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    path: Path<(String, i64)>,
    since: Query<Since>,
) -> Result<HttpResponse, Problem> {
    let (name, version) = path.into_inner();
    let from = since.into_inner().from.unwrap_or(version - 1);
    let after = opened(&service, who.org(), &name, Some(version)).await?.source;
    let before = opened(&service, who.org(), &name, Some(from)).await?.source;
    let work = move || Ok(editing::differences(&editing::grid(&before)?, &editing::grid(&after)?));
    let differences = worked(&service, (&who, &request), work).await?;
    Ok(HttpResponse::Ok().json(DatasetDifferences { name, from, version, differences }))
}

impl DatasetChanges {
    fn patch(&self) -> Patch {
        Patch { cells: self.cells.clone(), more: self.more.clone(), less: self.less.clone() }
    }
}

/// The version that changes are of, and what they make of it.
async fn base(service: &Service, who: &Who, name: &str, from: Option<&Named>) -> Result<Version, Problem> {
    let (name, version) = from.map_or((name, None), |from| (from.name.as_str(), from.version.map(i64::from)));
    opened(service, who.org(), name, version).await.map_err(|problem| match from {
        Some(_) => problem.pointer("/from"),
        None => problem,
    })
}

async fn change(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    name: Path<String>,
    body: Posted<DatasetChanges>,
) -> Result<HttpResponse, Problem> {
    let (name, changes) = (name.into_inner(), body.value);
    free_name(&name, service.library.datasets.contains_key(&name))?;
    let patch = changes.patch();
    if patch == Patch::default() && changes.from.is_none() {
        let finding = Finding::error("service.no_cells", Place::file("/cells"));
        return Err(pointed(finding.into()));
    }
    let Version { provenance, source, .. } = base(&service, &who, &name, changes.from.as_ref()).await?;
    let patched = worked(&service, (&who, &request), move || Ok(editing::patch(&source, &patch)?)).await?;
    let files = patched.files.into_iter().map(|(name, bytes)| StoredFile { name, bytes }).collect();
    kept((&who, &service, &request), (name, files, changes.provenance.unwrap_or(provenance))).await
}

/// What data come to, compared with others.
fn checked(source: &Source, before: Option<&Source>, lang: Lang) -> DatasetCheck {
    let parts = |Findings(found): &Findings| found.iter().map(|finding| FindingPart::of(finding, lang)).collect();
    let tables: Result<[TablePart; 2], Findings> = editing::grid(source);
    let findings: Vec<FindingPart> = match (&tables, dataset::sound(source)) {
        (_, Err(findings)) => parts(&findings),
        (Err(findings), Ok(())) => parts(findings),
        (Ok(_), Ok(())) => Vec::new(),
    };
    let old = before.and_then(|before| editing::grid(before).ok());
    let differences = match (&old, &tables) {
        (Some(old), Ok(new)) => Some(editing::differences(old, new)),
        _ => None,
    };
    DatasetCheck {
        valid: tables.is_ok() && findings.is_empty(),
        findings,
        tables: tables.map(Vec::from).unwrap_or_default(),
        differences,
    }
}

async fn check_changes(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    name: Path<String>,
    body: Json<DatasetChanges>,
) -> Result<HttpResponse, Problem> {
    let changes = body.0;
    let before = base(&service, &who, &name, changes.from.as_ref()).await?.source;
    let lang = who.lang;
    let work = move || {
        let after = editing::patch(&before, &changes.patch())?;
        Ok(checked(&after, Some(&before), lang))
    };
    Ok(HttpResponse::Ok().json(worked(&service, (&who, &request), work).await?))
}

async fn check_upload(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    against: Query<Against>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let before = match against.into_inner().against {
        None => None,
        Some(name) => match opened(&service, who.org(), &name, None).await {
            Ok(found) => Some(found.source),
            // A name that is still free has nothing to be compared with.
            Err(problem) if problem.kind() == problem::NOT_FOUND && is_name(&name) => None,
            Err(problem) => return Err(problem.parameter("against")),
        },
    };
    let (files, _) = received(&request, payload).await?;
    let source = source_of("data", &files)?;
    let lang = who.lang;
    let work = move || Ok(checked(&source, before.as_ref(), lang));
    Ok(HttpResponse::Ok().json(worked(&service, (&who, &request), work).await?))
}

async fn empty(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    wanted: Query<For>,
) -> Result<HttpResponse, Problem> {
    let model = match wanted.into_inner().model {
        Some(name) => {
            let found = service.model_text(who.org(), &Named { name, version: None }).await;
            Some(found.map_err(|problem| problem.parameter("model"))?)
        }
        None => None,
    };
    let lang = who.lang;
    let work = move || {
        let ecosystems = match model {
            Some(model) => run::ecosystems_of(&model.text, &model.file)?,
            None => standard_ecosystems().into_iter().map(|(spec, _)| spec).collect(),
        };
        let refuse = |why: String| Finding::error("cli.unwritable", Place::default()).with("why", why);
        Ok(template::template(&ecosystems, &Known::default(), lang).map_err(|error| refuse(error.to_string()))?)
    };
    let bytes = worked(&service, (&who, &request), work).await?;
    let title = Phrase::new("dataset.template_title").render(who.lang);
    let name = crate::http::names::attachment(&format!("{title}.xlsx"), "template.xlsx");
    Ok(HttpResponse::Ok().content_type(XLSX).insert_header((CONTENT_DISPOSITION, name)).body(bytes))
}
