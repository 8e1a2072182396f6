//! Runs: asked once, kept for good, found by the hash of what was asked.

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::web::{self, Data, Path};
use actix_web::{FromRequest, HttpRequest, HttpResponse, http::Method, http::StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::future::{Ready, ready};
use std::sync::Arc;

use crate::document::ENGINE;
use crate::http::access::Deed;
use crate::http::answers::{AboutBody, JobDocument, List, Paging, RunDocument};
use crate::http::documents::{DataRef, ModelRef, Named, Possible, WhatIf};
use crate::http::edge::aside::aside;
use crate::http::edge::conditional::{Tag, not_modified, unchanged};
use crate::http::edge::json;
use crate::http::edge::problem::{self, Problem};
use crate::http::edge::query::{self, Query};
use crate::http::failures::of_store;
use crate::http::names::attachment;
use crate::http::resolve::Resolved;
use crate::http::routes::listing::{list, page};
use crate::http::routes::questions::{deliver, media, wanted_form, written};
use crate::http::routes::what_if;
use crate::http::state::Service;
use crate::http::table::{Heeds, JSON, Route};
use crate::http::who::{Posted, Who};
use crate::http::work::{
    Document, Done, INFEASIBLE, Order, Speed, Then, accepted, located, now, perform, tagged, worked,
};
use crate::jobs::{End, Outcome, Ticket, hexadecimal, solved};
use crate::phrases::{Lang, Phrase};
use crate::questions::{self, ChangeText, Explain, Export, Failure};
use crate::record::{Record, record};
use crate::report;
use crate::report::explanation::Explained;
use crate::report::forms::Printed as _;
use crate::report::paper::{Approval, Paper};
use crate::run;
use crate::scenario::Change;
use crate::store::{About, Conflict, Expected, NewRun, RunFilter, StoreError};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const CSV: &str = "text/csv; charset=utf-8";
const ZIP: &str = "application/zip";
const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
/// What the files of a run are.
pub(super) const FILES: &[&str] = &[XLSX, CSV, ZIP, DOCX];

/// Which runs a list shows.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// `next` of the part before.
    cursor: Option<String>,
    /// Most items.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<u32>,
    /// Only of this model.
    model: Option<String>,
    /// Only those that ended so.
    status: Option<Status>,
    /// Only with this label: `NAME`, or `NAME:VALUE`.
    #[schemars(length(min = 1, max = 1000))]
    label: Option<String>,
    /// Only pinned ones, or only others.
    pinned: Option<bool>,
    /// Only those that whoever asks made first.
    mine: Option<bool>,
    /// Only those in whose title, note, model or number this stands.
    #[schemars(length(min = 1, max = 200))]
    search: Option<String>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Status {
    /// There is a plan.
    Optimal,
    /// No plan meets the hard rules.
    Infeasible,
}

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    const RUN: &str = r#"{"model":"chongming-vertical","changes":["fund.district.amount=+5%"]}"#;
    vec![
        Route::new((Method::POST, "/api/v1/runs"), ("createRun", "api.create_run"), Deed::Make, || {
            web::post().to(create)
        })
        .takes::<WhatIf>()
        .example(RUN)
        .gives::<RunDocument>(201, "api.new_run")
        .with_headers(&["Location", "ETag"])
        .gives::<RunDocument>(200, "api.run_there_was")
        .with_headers(&["Location", "ETag"])
        .gives::<JobDocument>(202, "api.job_of_allocation")
        .with_headers(&["Location"])
        .heeds(&[Heeds::IdempotencyKey, Heeds::Prefer]),
        Route::new((Method::GET, "/api/v1/runs"), ("listRuns", "api.list_runs"), Deed::Read, || web::get().to(every))
            .query::<Wanted>()
            .gives::<List<RunDocument>>(200, "api.part_of_list"),
        Route::new((Method::GET, "/api/v1/runs/{id}"), ("getRun", "api.get_run"), Deed::Read, || web::get().to(one))
            .gives::<RunDocument>(200, "api.the_run")
            .revalidated(),
        Route::new((Method::PUT, "/api/v1/runs/{id}/about"), ("describeRun", "api.describe_run"), Deed::Make, || {
            web::put().to(describe)
        })
        .takes::<AboutBody>()
        .example(r#"{"title":"2026 年上报稿","labels":{"轮次":"二"},"pinned":true}"#)
        .gives::<RunDocument>(200, "api.run_described")
        .with_headers(&["ETag"])
        .heeds(&[Heeds::IfMatch]),
        Route::new(
            (Method::GET, "/api/v1/runs/{id}/question"),
            ("getRunQuestion", "api.get_question"),
            Deed::Read,
            || web::get().to(question),
        )
        .gives::<WhatIf>(200, "api.the_question"),
        Route::new((Method::DELETE, "/api/v1/runs/{id}"), ("deleteRun", "api.delete_run"), Deed::Make, || {
            web::delete().to(delete)
        })
        .gives_nothing(204, "api.gone"),
        Route::new(
            (Method::GET, "/api/v1/runs/{id}/allocation"),
            ("getAllocation", "api.get_allocation"),
            Deed::Read,
            || web::get().to(allocation),
        )
        .gives::<Possible<Record>>(200, "api.allocation_or_why")
        .revalidated(),
        Route::new(
            (Method::GET, "/api/v1/runs/{id}/explanation"),
            ("explainRun", "api.explain_run"),
            Deed::Read,
            || web::get().to(explanation),
        )
        .query::<Explain>()
        .gives::<Possible<Explained>>(200, "api.explanation_or_none")
        .or_gives_bytes(&media(&Explained::forms()))
        .gives::<JobDocument>(202, "api.job_instead")
        .with_headers(&["Location"])
        .heeds(&[Heeds::Prefer]),
        Route::new(
            (Method::GET, "/api/v1/runs/{id}/exports/{format}"),
            ("exportRun", "api.export_run"),
            Deed::Read,
            || web::get().to(export),
        )
        .query::<Paper>()
        .gives_bytes(200, "api.the_file", FILES)
        .with_headers(&["Content-Disposition"]),
    ]
}

/// What is kept of a question: with versions, so that it can be asked again.
#[derive(Debug, Serialize, Deserialize)]
struct Asked {
    what_if: WhatIf,
}

/// The question with the versions that it was answered by.
async fn pinned(service: &Service, who: &Who, question: &WhatIf, resolved: &Resolved) -> Result<WhatIf, Problem> {
    let mut pinned = question.clone();
    // A saved scenario may change; what it said now is what was asked.
    if !service.shelf(who.org(), &pinned.scenarios).await?.is_empty() {
        let sentence = |change: &Change| ChangeText::Sentence(change.text.clone());
        pinned.scenarios = Vec::new();
        pinned.changes = resolved.asked.changes.iter().map(sentence).collect();
    }
    let version = |version: i64| u32::try_from(version).ok();
    if let (ModelRef::Named(named), Some(found)) = (&mut pinned.model, resolved.model.version) {
        named.version = version(found);
    }
    let own = resolved.model.book.as_ref().and_then(|book| book.data.as_ref());
    if pinned.data.is_none() && own.is_some() {
        return Ok(pinned);
    }
    let named = match &pinned.data {
        Some(DataRef::Files(_)) => return Ok(pinned),
        Some(DataRef::Dataset(named)) => named.clone(),
        None => Named { name: resolved.dataset.clone(), version: None },
    };
    let found = match service.library.datasets.contains_key(&named.name) {
        true => 1,
        false => {
            let asked = named.version.map(i64::from);
            service.store.dataset(who.org(), &named.name, asked).await.map_err(of_store)?.version
        }
    };
    pinned.data = Some(DataRef::Dataset(Named { version: version(found), ..named }));
    Ok(pinned)
}

/// About how many bytes a question takes as text.
fn weight(question: &WhatIf) -> usize {
    let model = match &question.model {
        ModelRef::Inline(inline) => inline.text.len(),
        ModelRef::Workbook(book) => book.workbook.len(),
        ModelRef::Named(_) => 0,
    };
    let data =
        if let Some(DataRef::Files(files)) = &question.data { files.files.values().map(String::len).sum() } else { 0 };
    model + data + 100 * question.changes.len()
}

async fn create(who: Who, service: Data<Service>, body: Posted<WhatIf>) -> Result<HttpResponse, Problem> {
    let (kept_service, asker) = (service.clone(), who.clone());
    body.once(&service, &who, |question, request, job| make(asker, kept_service, question, (request, job))).await
}

async fn make(
    who: Who,
    service: Data<Service>,
    question: WhatIf,
    (request, job): (HttpRequest, Option<String>),
) -> Result<HttpResponse, Problem> {
    let resolved = service.resolve(who.org(), &question).await?;
    let id = number(&service, (&who, &request), &resolved).await?;
    match service.store.run_entry(who.org(), &id).await {
        Ok(known) => return Ok(kept(StatusCode::OK, RunDocument::of(known))),
        Err(StoreError::NotFound) => {}
        Err(error) => return Err(of_store(error)),
    }
    let question = pinned(&service, &who, &question, &resolved).await?;
    let weight = weight(&question);
    let write = move || Ok(serde_json::to_vec(&Asked { what_if: question }).unwrap_or_default());
    let noted = aside(weight, write).await?;
    let new = NewRun {
        hash: id.clone(),
        model: resolved.model.name.clone(),
        status: String::new(),
        engine: ENGINE.to_owned(),
        request: noted.clone(),
        document: Vec::new(),
        summary: String::new(),
        labels: BTreeMap::new(),
    };
    let order =
        what_if::order(&service, &who, ("run", noted), (resolved, what_if::View::Record), Then::Keep(Box::new(new)));
    match perform(&service, &who, &request, Order { id: job, ..order }).await? {
        Done::Later(job) => Ok(accepted(&job)),
        Done::Now(_, is_new) => {
            let entry = service.store.run_entry(who.org(), &id).await.map_err(of_store)?;
            Ok(kept(if is_new { StatusCode::CREATED } else { StatusCode::OK }, RunDocument::of(entry)))
        }
    }
}

fn kept(status: StatusCode, run: RunDocument) -> HttpResponse {
    located(tagged(status, &tag(&run), &run), &run.links.own)
}

fn tag(run: &RunDocument) -> Tag {
    Tag::named(run.revision)
}

async fn every(who: Who, service: Data<Service>, wanted: Query<Wanted>) -> Result<HttpResponse, Problem> {
    let Wanted { cursor, limit, model, status, label, pinned, mine, search } = wanted.into_inner();
    let outcome = |status| match status {
        Status::Optimal => Outcome::Optimal,
        Status::Infeasible => Outcome::Infeasible,
    };
    let status = status.map(|status| what_if::word(outcome(status)).to_owned());
    let label = label.map(|label| match label.split_once(':') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (label, None),
    });
    let author = mine.unwrap_or(false).then(|| who.principal.name.clone());
    let filter = RunFilter { model, status, label, pinned, author, text: search };
    let page = page(&Paging { cursor, limit })?;
    let found = service.store.runs(who.org(), &filter, &page).await.map_err(of_store)?;
    Ok(HttpResponse::Ok().json(list(found, RunDocument::of)))
}

async fn one(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let entry = service.store.run_entry(who.org(), &id).await.map_err(of_store)?;
    let run = RunDocument::of(entry);
    let known = not_modified(&request, &tag(&run))?;
    Ok(known.unwrap_or_else(|| tagged(StatusCode::OK, &tag(&run), &run)))
}

async fn describe(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    id: Path<String>,
    body: Posted<AboutBody>,
) -> Result<HttpResponse, Problem> {
    let entry = service.store.run_entry(who.org(), &id).await.map_err(of_store)?;
    unchanged(&request, &Tag::named(entry.revision))?;
    let AboutBody { title, note, labels, pinned } = body.value;
    let about = About { title, note, is_pinned: pinned };
    let expected = Expected::OneOf(vec![entry.revision]);
    let entry = service.store.describe_run(&who.by(), &id, about, labels, expected).await.map_err(of_store)?;
    let run = RunDocument::of(entry);
    Ok(tagged(StatusCode::OK, &tag(&run), &run))
}

async fn question(who: Who, service: Data<Service>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let run = service.store.run(who.org(), &id).await.map_err(of_store)?;
    let asked = noted(&id, run.request).await?;
    Ok(HttpResponse::Ok().json(asked.what_if))
}

async fn delete(who: Who, service: Data<Service>, id: Path<String>) -> Result<HttpResponse, Problem> {
    if let Some(job) = service.job_of_run(who.org(), &id) {
        service.store.cancel_job(&who.by(), &job).await.map_err(of_store)?;
        service.end_job(who.org(), &job, End::Cancelled);
        return Ok(HttpResponse::NoContent().finish());
    }
    service.store.delete_run(&who.by(), &id).await.map_err(of_store)?;
    Ok(HttpResponse::NoContent().finish())
}

async fn allocation(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let run = service.store.run(who.org(), &id).await.map_err(of_store)?;
    let tag = Tag::named(&run.entry.document_hash);
    if let Some(known) = not_modified(&request, &tag)? {
        return Ok(known);
    }
    Ok(HttpResponse::Ok().insert_header(tag.header()).content_type(JSON).body(run.document))
}

/// The number of the run that answers a question: the one that its record, its workbook and the command line show.
///
/// # Errors
/// What is wrong with model, data or changes, or the queue is full.
async fn number(
    service: &Service,
    (who, request): (&Who, &HttpRequest),
    resolved: &Resolved,
) -> Result<String, Problem> {
    let asked = resolved.asked.clone();
    worked(service, (who, request), move || Ok(asked.base.under(&asked.changes)?.hash.clone())).await
}

/// The question that is noted of a run.
async fn noted(id: &str, request: Vec<u8>) -> Result<Asked, Problem> {
    let (name, size) = (id.to_owned(), request.len());
    let read = move || {
        serde_json::from_slice(&request).map_err(|error| {
            tracing::error!(%error, run = name, "the question of a run cannot be read");
            Problem::new(problem::INTERNAL)
        })
    };
    aside(size, read).await
}

/// The question of a run, resolved again.
///
/// # Errors
/// 404 for a run that is not there, 409 where model or data of the service are no longer those that it was solved with.
pub(super) async fn again(
    service: &Arc<Service>,
    (who, request): (&Who, &HttpRequest),
    id: &str,
) -> Result<(WhatIf, Resolved), Problem> {
    let run = service.store.run(who.org(), id).await.map_err(of_store)?;
    let asked = noted(id, run.request.clone()).await?;
    let changed = || Problem::new(problem::CONFLICT).detail(Phrase::new("service.inputs_changed").with("run", id));
    let resolved = service.resolve(who.org(), &asked.what_if).await.map_err(|_| changed())?;
    // Runs of before had the key of their question for a number.
    if hexadecimal(&resolved.key) == run.entry.hash {
        return Ok((asked.what_if, resolved));
    }
    match number(service, (who, request), &resolved).await {
        Ok(found) if found == run.entry.hash => Ok((asked.what_if, resolved)),
        // What is busy has not changed.
        Err(problem) if problem.list().is_empty() => Err(problem),
        _ => Err(changed()),
    }
}

/// What is to be explained, by a query in which `area` may stand several times.
struct Areas(Explain);

impl FromRequest for Areas {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let (area, rest) = query::several(request.query_string(), "area");
        ready(query::read::<Explain>(&rest).and_then(|asked| {
            if area.is_empty() && !asked.all {
                let words = Phrase::new("explain.no_area");
                return Err(Problem::new(problem::BAD_QUERY).detail(words).parameter("area"));
            }
            Ok(Self(Explain { area, ..asked }))
        }))
    }
}

async fn explanation(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    id: Path<String>,
    asked: Areas,
) -> Result<HttpResponse, Problem> {
    let form = wanted_form(&request, &Explained::forms())?;
    let Areas(asked) = asked;
    json::check::<Explain>(&serde_json::to_value(&asked).unwrap_or_default())?;
    let (_, resolved) = again(&service, (&who, &request), &id).await?;
    let lang = who.lang;
    let work = move |ticket: &Arc<Ticket>| {
        let found = solved(&resolved.asked, ticket, true)?;
        written(&questions::explain(&found, &asked, &ticket.options())?, form, lang)
    };
    let order = Order {
        kind: "explanation",
        speed: Speed::Quick,
        request: id.as_bytes().to_vec(),
        then: Then::Answer,
        work: Box::new(work),
        id: None,
    };
    deliver((&service, &who, &request), order, (form, "explanation")).await
}

/// What a model calls itself, for the names of its files.
fn printed_name(resolved: &Resolved, lang: Lang) -> String {
    let model = &resolved.model;
    run::name_of(&model.text, &model.file).map_or_else(|| model.name.clone(), |name| name.get(lang).to_owned())
}

async fn export(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    path: Path<(String, String)>,
    paper: Query<Paper>,
) -> Result<HttpResponse, Problem> {
    let (id, word) = path.into_inner();
    exported((&service, &who, &request), (&id, &word), (paper.into_inner(), None)).await
}

/// A run as a file; `approval` where it was approved as a plan.
///
/// # Errors
/// 404 for a run or a form that there is not, 409 where there is no allocation, or what the work says.
pub(super) async fn exported(
    (service, who, request): (&Data<Service>, &Who, &HttpRequest),
    (id, word): (&str, &str),
    (paper, approval): (Paper, Option<Approval>),
) -> Result<HttpResponse, Problem> {
    let (export, media) = match word {
        "xlsx" => (Export::Xlsx, XLSX),
        "csv" => (Export::Csv, CSV),
        "docx" => (Export::Docx, DOCX),
        "mps" => (Export::Mps, ZIP),
        _ => return Err(Problem::new(problem::NOT_FOUND)),
    };
    paper.checked().map_err(|finding| Problem::new(problem::BAD_QUERY).detail(*finding.phrase).parameter("date"))?;
    // The program that has no point is worth a look; there is no table of it.
    let entry = service.store.run_entry(who.org(), id).await.map_err(of_store)?;
    if entry.status == INFEASIBLE && export != Export::Mps {
        return Err(of_store(StoreError::Conflict(Conflict::NoAllocation)));
    }
    let (_, resolved) = again(service, (who, request), id).await?;
    let printed = printed_name(&resolved, who.lang);
    let lang = who.lang;
    let work = move |ticket: &Arc<Ticket>| {
        let found = match solved(&resolved.asked, ticket, matches!(export, Export::Xlsx | Export::Mps)) {
            Err(Failure::Infeasible(..)) if export == Export::Mps && ticket.ended().is_none() => {
                let prepared = resolved.asked.base.under(&resolved.asked.changes)?;
                let bytes = questions::first_program(&prepared)?;
                return Ok(Document { outcome: "done", hash: String::new(), bytes });
            }
            found => found?,
        };
        let bytes = match export {
            Export::Csv => questions::csv(&record(&found), lang),
            Export::Xlsx => {
                let (run, on) = ((&found, &record(&found)), (&paper, approval.as_ref()));
                questions::workbook(run, on, &ticket.options(), lang)?
            }
            Export::Docx => {
                let pages = questions::memo(&found, &record(&found), &paper, &ticket.options())?;
                report::docx::docx(&pages, lang)?
            }
            Export::Mps => questions::programs(&found)?,
        };
        Ok::<_, Failure>(Document { outcome: "done", hash: String::new(), bytes })
    };
    let order = Order {
        kind: "export",
        speed: Speed::Quick,
        request: id.as_bytes().to_vec(),
        then: Then::Answer,
        work: Box::new(work),
        id: None,
    };
    // A file is waited for: it is no document that a job could give.
    let document = now(service, who, request, order).await?;
    if document.outcome == INFEASIBLE {
        return Err(of_store(StoreError::Conflict(Conflict::NoAllocation)));
    }
    let extension = if export == Export::Mps { "zip" } else { word };
    let number = id.get(..12).unwrap_or(id);
    let title = if entry.about.title.is_empty() { printed } else { entry.about.title };
    let name = attachment(&format!("{title} {number}.{extension}"), &format!("{number}.{extension}"));
    Ok(HttpResponse::Ok().content_type(media).insert_header((CONTENT_DISPOSITION, name)).body(document.bytes))
}
