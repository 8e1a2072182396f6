//! Who asks, and the sessions of browsers: opened with a token, carried by a cookie.

use actix_web::http::header::{HeaderName, ORIGIN, SET_COOKIE};
use actix_web::web::{self, Data, Path};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, http::Method};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::http::access::Deed;
use crate::http::answers::{List, Paging};
use crate::http::edge::json::Json;
use crate::http::edge::language::{Language, negotiate};
use crate::http::edge::principal::InSession;
use crate::http::edge::problem::{self, Problem};
use crate::http::edge::query::Query;
use crate::http::edge::request_id::RequestId;
use crate::http::edge::service::Edge;
use crate::http::failures::of_store;
use crate::http::routes::datasets::BYTES_MAX;
use crate::http::routes::listing::{list, page};
use crate::http::sessions::{Me, SessionBody, SessionDocument};
use crate::http::state::Service;
use crate::http::table::Route;
use crate::http::who::Who;
use crate::phrases::Phrase;
use crate::store::{Caller, Moment, NewSession, Role, SessionEntry, StoreError};

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");
/// The session that asks, by another name than its id.
const CURRENT: &str = "current";

/// Which sessions a list shows.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SessionsQuery")]
struct Wanted {
    /// `next` of the part before.
    cursor: Option<String>,
    /// Most items.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<u32>,
    /// Those of the whole organisation, for admins; else one's own.
    all: Option<bool>,
}

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new((Method::GET, "/api/v1/me"), ("getMe", "api.get_me"), Deed::Read, || web::get().to(me))
            .gives::<Me>(200, "api.who_asks"),
        Route::new((Method::POST, "/api/v1/sessions"), ("openSession", "api.open_session"), Deed::Enter, || {
            web::post().to(open)
        })
        .takes::<SessionBody>()
        .gives::<Me>(201, "api.session_opened")
        .with_headers(&["Set-Cookie"]),
        Route::new((Method::GET, "/api/v1/sessions"), ("listSessions", "api.list_sessions"), Deed::Read, || {
            web::get().to(every)
        })
        .query::<Wanted>()
        .gives::<List<SessionDocument>>(200, "api.part_of_list"),
        Route::new((Method::DELETE, "/api/v1/sessions/{id}"), ("endSession", "api.end_session"), Deed::Read, || {
            web::delete().to(end)
        })
        .gives_nothing(204, "api.session_ended")
        .with_headers(&["Set-Cookie", "Clear-Site-Data"]),
    ]
}

fn session(request: &HttpRequest) -> Option<SessionEntry> {
    request.extensions().get::<InSession>().map(|session| session.0.clone())
}

async fn me(who: Who, edge: Data<Edge>, request: HttpRequest) -> HttpResponse {
    let bounds = (edge.options.json.bytes, BYTES_MAX);
    let me = Me::of(&who.principal, session(&request).as_ref(), who.lang, bounds);
    HttpResponse::Ok().json(Me { open: edge.is_open(), ..me })
}

/// Whoever asks is not known yet, whatever it shows beside its token.
async fn open(
    service: Data<Service>,
    edge: Data<Edge>,
    request: HttpRequest,
    body: Json<SessionBody>,
) -> Result<HttpResponse, Problem> {
    let sessions = &edge.options.sessions;
    // A page of another site must not put its own session into somebody's browser.
    if let Some(origin) = request.headers().get(ORIGIN) {
        sessions.own_origin(origin, request.headers())?;
    }
    let at = Moment::now();
    let unknown = |edge: &Edge| match edge.count_failure(request.peer_addr()) {
        Ok(()) => Problem::new(problem::UNAUTHORIZED).detail(Phrase::new("http.unknown_token")).pointer("/token"),
        Err(problem) => problem,
    };
    let Some(principal) = service.store.authenticate(body.0.token.trim(), at).await.map_err(of_store)? else {
        return Err(unknown(&edge));
    };
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone());
    let by = Caller {
        org: principal.org.clone(),
        principal: principal.name.clone(),
        at,
        request: id.unwrap_or_else(|| RequestId::of(request.headers()).0),
    };
    let new = NewSession { token: principal.token.clone(), idle: sessions.idle, whole: sessions.whole };
    let opened = match service.store.open_session(&by, new).await {
        Err(StoreError::NotFound) => return Err(unknown(&edge)),
        opened => opened.map_err(of_store)?,
    };
    // The browser forgets the session that it was in.
    if let Some(before) = session(&request) {
        let by = Caller { org: before.org.clone(), principal: before.principal.clone(), ..by };
        match service.store.end_session(&by, None, &before.id).await {
            Ok(_) | Err(StoreError::NotFound) => {}
            Err(error) => return Err(of_store(error)),
        }
    }
    let lang = request.extensions().get::<Language>().map(|language| language.0);
    let lang = lang.unwrap_or_else(|| negotiate(request.headers()));
    let me = Me::of(&principal, Some(&opened.entry), lang, (edge.options.json.bytes, BYTES_MAX));
    let mut answer = HttpResponse::Created();
    if let Some(cookie) = sessions.given(&opened.secret) {
        answer.insert_header((SET_COOKIE, cookie));
    }
    Ok(answer.json(Me { open: edge.is_open(), ..me }))
}

async fn every(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    wanted: Query<Wanted>,
) -> Result<HttpResponse, Problem> {
    let Wanted { cursor, limit, all } = wanted.into_inner();
    let all = all.unwrap_or(false);
    if all && who.principal.role != Role::Admin {
        return Err(Problem::new(problem::FORBIDDEN));
    }
    let whose = (!all).then_some(who.principal.name.as_str());
    let page = page(&Paging { cursor, limit })?;
    let found = service.store.sessions(who.org(), whose, Moment::now(), &page).await.map_err(of_store)?;
    let own = session(&request);
    Ok(HttpResponse::Ok().json(list(found, |entry| SessionDocument::of(&entry, own.as_ref()))))
}

async fn end(
    who: Who,
    service: Data<Service>,
    edge: Data<Edge>,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let own = session(&request).map(|session| session.id);
    let id = match (id.as_str(), &own) {
        (CURRENT, Some(own)) => own.clone(),
        (id, _) => id.to_owned(),
    };
    // An admin ends every session of the organisation, others their own.
    let whose = (who.principal.role != Role::Admin).then_some(who.principal.name.as_str());
    service.store.end_session(&who.by(), whose, &id).await.map_err(of_store)?;
    let mut answer = HttpResponse::NoContent();
    if own == Some(id) {
        answer.insert_header((CLEAR_SITE_DATA, "\"cache\", \"cookies\", \"storage\""));
        if let Some(taken) = edge.options.sessions.taken() {
            answer.insert_header((SET_COOKIE, taken));
        }
    }
    Ok(answer.finish())
}
