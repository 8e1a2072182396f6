//! Jobs: what takes longer than a client waits.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{self, Data, Path};
use actix_web::{HttpRequest, HttpResponse, http::Method, http::StatusCode};
use futures_util::stream::{self, Stream, StreamExt as _};
use std::time::Duration;
use tokio::sync::watch;

use crate::http::access::Deed;
use crate::http::answers::{JobDocument, List, Paging};
use crate::http::edge::events::{self, Event, last_event_id};
use crate::http::edge::problem::{self, MEDIA_TYPE, Problem};
use crate::http::edge::query::Query;
use crate::http::edge::service::Edge;
use crate::http::failures::of_store;
use crate::http::routes::listing::{list, page};
use crate::http::routes::questions::JobResult;
use crate::http::state::Service;
use crate::http::table::{Heeds, Route};
use crate::http::who::Who;
use crate::http::work::json_bytes;
use crate::jobs::End;
use crate::phrases::Phrase;
use crate::store::{JobEvent, JobState};

/// Most events of one look.
const EVENTS: u32 = 100;
/// Time between two looks where nothing of this process tells of news.
const LOOK: Duration = Duration::from_secs(1);

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new((Method::GET, "/api/v1/jobs"), ("listJobs", "api.list_jobs"), Deed::Read, || web::get().to(every))
            .query::<Paging>()
            .gives::<List<JobDocument>>(200, "api.part_of_list"),
        Route::new((Method::GET, "/api/v1/jobs/{id}"), ("getJob", "api.get_job"), Deed::Read, || web::get().to(one))
            .gives::<JobDocument>(200, "api.the_job"),
        Route::new((Method::DELETE, "/api/v1/jobs/{id}"), ("cancelJob", "api.cancel_job"), Deed::Read, || {
            web::delete().to(cancel)
        })
        .gives::<JobDocument>(200, "api.job_cancelled"),
        Route::new(
            (Method::GET, "/api/v1/jobs/{id}/result"),
            ("getJobResult", "api.get_job_result"),
            Deed::Read,
            || web::get().to(result),
        )
        .gives::<JobResult>(200, "api.the_document"),
        Route::new(
            (Method::GET, "/api/v1/jobs/{id}/events"),
            ("getJobEvents", "api.get_job_events"),
            Deed::Read,
            || web::get().to(follow),
        )
        .gives_bytes(200, "api.events", &["text/event-stream"])
        .heeds(&[Heeds::LastEventId]),
    ]
}

async fn every(who: Who, service: Data<Service>, paging: Query<Paging>) -> Result<HttpResponse, Problem> {
    let found = service.store.jobs(who.org(), &page(&paging)?).await.map_err(of_store)?;
    Ok(HttpResponse::Ok().json(list(found, |job| JobDocument::of(&job))))
}

async fn one(who: Who, service: Data<Service>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let job = service.store.job(who.org(), &id).await.map_err(of_store)?;
    Ok(HttpResponse::Ok().json(JobDocument::of(&job)))
}

async fn cancel(who: Who, service: Data<Service>, id: Path<String>) -> Result<HttpResponse, Problem> {
    // Whoever asked for work may end it; that of others ends who makes things.
    let author = service.store.job(who.org(), &id).await.map_err(of_store)?.author;
    if author != who.principal.name && !Deed::Make.is_for(who.principal.role) {
        return Err(Problem::new(problem::FORBIDDEN));
    }
    let job = service.store.cancel_job(&who.by(), &id).await.map_err(of_store)?;
    service.end_job(who.org(), &id, End::Cancelled);
    Ok(HttpResponse::Ok().json(JobDocument::of(&job)))
}

async fn result(who: Who, service: Data<Service>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let job = service.store.job(who.org(), &id).await.map_err(of_store)?;
    let none = |code: &'static str| Problem::new(problem::CONFLICT).detail(Phrase::new(code));
    match job.state {
        JobState::Queued | JobState::Running => return Err(none("service.job_not_ended")),
        JobState::Cancelled | JobState::Interrupted => return Err(none("service.job_without_result")),
        JobState::Done | JobState::Failed => {}
    }
    let bytes = service.store.job_result(who.org(), &id).await.map_err(of_store)?;
    let bytes = bytes.ok_or_else(|| none("service.job_without_result"))?;
    if job.state == JobState::Done {
        return Ok(json_bytes(StatusCode::OK, bytes));
    }
    let mut document: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let status = document.get("status").and_then(serde_json::Value::as_u64).and_then(|code| u16::try_from(code).ok());
    let status = status.and_then(|code| StatusCode::from_u16(code).ok()).filter(StatusCode::is_client_error);
    // What went wrong then is no state of the service now.
    let status = status.unwrap_or(StatusCode::CONFLICT);
    let Some(status_of_document) = document.get_mut("status") else { return Err(none("service.job_without_result")) };
    *status_of_document = status.as_u16().into();
    let bytes = serde_json::to_vec(&document).unwrap_or_default();
    Ok(HttpResponse::build(status).insert_header((CONTENT_TYPE, MEDIA_TYPE)).body(bytes))
}

async fn follow(
    who: Who,
    service: Data<Service>,
    edge: Data<Edge>,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    service.store.job(who.org(), &id).await.map_err(of_store)?;
    let after = i64::try_from(last_event_id(&request)?).unwrap_or(i64::MAX);
    Ok(events::answer(edge, events_of(service, who.org().to_owned(), id.into_inner(), after)))
}

/// What is known while a job is followed.
struct Following {
    service: Data<Service>,
    org: String,
    id: String,
    after: i64,
    news: Option<watch::Receiver<i64>>,
    over: bool,
}

/// The events of a job from one on, until it has ended.
fn events_of(service: Data<Service>, org: String, id: String, after: i64) -> impl Stream<Item = Event> {
    let news = service.active().get(&(org.clone(), id.clone())).map(|active| active.events.clone());
    let following = Following { service, org, id, after, news, over: false };
    stream::unfold(following, next).flat_map(|events| stream::iter(events).map(event))
}

/// The events that come next; `None` after the last.
async fn next(mut following: Following) -> Option<(Vec<JobEvent>, Following)> {
    loop {
        if following.over {
            return None;
        }
        let Following { service, org, id, after, .. } = &following;
        // Whether it has ended is asked first: what comes after is then all there will be.
        let ended = service.store.job(org, id).await.ok()?.state.has_ended();
        let events = service.store.job_events(org, id, *after, EVENTS).await.ok()?;
        following.over = ended && (events.len() as u64) < u64::from(EVENTS);
        if let Some(last) = events.last() {
            following.after = last.id;
            return Some((events, following));
        }
        if following.over {
            return None;
        }
        match &mut following.news {
            Some(news) => {
                // A sender that is gone is a job that has ended here.
                if let Ok(Err(_)) = tokio::time::timeout(LOOK * 5, news.changed()).await {
                    following.news = None;
                }
            }
            None => tokio::time::sleep(LOOK).await,
        }
    }
}

fn event(event: JobEvent) -> Event {
    Event { id: u64::try_from(event.id).unwrap_or(0), name: event.kind, data: event.data }
}
