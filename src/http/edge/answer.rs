//! What every answer gets on its way out: words, headers, and the end of the request's mark on its connection.

use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::error::{PayloadError, UrlencodedError};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue,
    REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::web::Bytes;
use actix_web::{Error, HttpResponse, ResponseError};

use crate::http::edge::body::broken;
use crate::http::edge::connection::{Busy, Connection};
use crate::http::edge::problem::{self, Kind, MEDIA_TYPE, Problem};
use crate::http::edge::request_id::X_REQUEST_ID;
use crate::phrases::Lang;

/// Media type of a stream of events.
pub(super) const EVENT_STREAM: &str = "text/event-stream";
/// Pages of the API's documentation run their own scripts and styles, and nothing else.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                           img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; \
                           form-action 'none'; frame-ancestors 'none'";
/// Everything else is data.
const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// An answer whose errors are problem documents in the language of the client.
pub(super) fn worded(response: ServiceResponse<BoxBody>, lang: Lang, id: &str) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return secured(response, id);
    }
    let is_problem = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == MEDIA_TYPE);
    let problem = match response.response().error() {
        Some(error) => of_error(error, status),
        None if is_problem => return secured(response, id),
        None => Problem::new(Kind::of_status(status)),
    };
    let allow = response.headers().get(ALLOW).cloned();
    let mut answer = problem.response(lang, Some(id));
    if let Some(allow) = allow {
        answer.headers_mut().insert(ALLOW, allow);
    }
    secured(response.into_response(answer), id)
}

/// The problem that an error of a handler, an extractor or the framework is.
fn of_error(error: &Error, status: StatusCode) -> Problem {
    if let Some(problem) = error.as_error::<Problem>() {
        return problem.clone();
    }
    if let Some(error) = error.as_error::<PayloadError>() {
        return broken(error);
    }
    if error.as_error::<UrlencodedError>().is_some() {
        return Problem::new(problem::UNSUPPORTED_MEDIA_TYPE);
    }
    if status.is_server_error() {
        // The words of an error of ours may name files or queries; they are for the log alone.
        tracing::error!(%error, "an error without a problem of its own");
    }
    Problem::new(Kind::of_status(status))
}

/// An error of a middleware, worded already because its request is gone.
#[derive(Debug)]
pub(super) struct Worded {
    problem: Problem,
    lang: Lang,
    id: String,
}

impl Worded {
    pub(super) fn new(error: &Error, lang: Lang, id: &str) -> Self {
        let status = error.as_response_error().status_code();
        Self { problem: of_error(error, status), lang, id: id.to_owned() }
    }
}

impl fmt::Display for Worded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)
    }
}

impl ResponseError for Worded {
    fn status_code(&self) -> StatusCode {
        self.problem.status_code()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = self.problem.response(self.lang, Some(&self.id));
        secure(response.headers_mut(), &self.id);
        response
    }
}

fn secured(mut response: ServiceResponse<BoxBody>, id: &str) -> ServiceResponse<BoxBody> {
    secure(response.headers_mut(), id);
    response
}

/// Headers that every answer carries.
pub(super) fn secure(headers: &mut HeaderMap, id: &str) {
    // The page brings its own policy.
    let is_ruled = headers.contains_key(CONTENT_SECURITY_POLICY);
    let is_document = headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !is_ruled {
        let policy = if is_document { DOCS_POLICY } else { DATA_POLICY };
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    let resource_policy = HeaderName::from_static("cross-origin-resource-policy");
    headers.insert(resource_policy, HeaderValue::from_static("same-origin"));
    headers.append(VARY, HeaderValue::from_static("accept-language"));
    if !headers.contains_key(CACHE_CONTROL) {
        // What has a tag may be kept and asked about again; nothing else is for keeping.
        let words = if headers.contains_key(ETAG) { "private, no-cache" } else { "no-store" };
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(words));
    }
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(X_REQUEST_ID, id);
    }
}

/// The answer with the mark that its connection is at work, until its last byte is handed over.
pub(super) fn finished(
    response: ServiceResponse<BoxBody>,
    busy: Option<Busy>,
    connection: Option<Rc<Connection>>,
) -> ServiceResponse<BoxBody> {
    let is_stream = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == EVENT_STREAM);
    if let Some(connection) = connection.filter(|_| is_stream) {
        connection.streams();
    }
    response.map_body(|_, body| match body.size() {
        // What is there as a whole is written at once.
        BodySize::None | BodySize::Sized(0) => body,
        _ => BoxBody::new(Marked { body, _busy: busy }),
    })
}

/// A body that holds a mark.
struct Marked {
    body: BoxBody,
    _busy: Option<Busy>,
}

impl MessageBody for Marked {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }

    fn try_into_bytes(self) -> Result<Bytes, Self> {
        let Self { body, _busy } = self;
        body.try_into_bytes().map_err(|body| Self { body, _busy })
    }
}
