//! The outermost middleware: every request comes in, and every answer goes out, through here.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _};
use futures_util::FutureExt as _;
use tracing::Instrument as _;

use crate::http::edge::access::Recognised;
use crate::http::edge::body::Paced;
use crate::http::edge::connection::Connection;
use crate::http::edge::language::{Language, negotiate};
use crate::http::edge::principal::{Caller, Ended};
use crate::http::edge::problem::{self, Problem};
use crate::http::edge::rate::{Left, Payer};
use crate::http::edge::refusals::is_refusal;
use crate::http::edge::request_id::RequestId;
use crate::http::edge::service::Edge;
use crate::http::edge::timing::{self, Spent};
use crate::http::edge::{answer, host, methods};
use crate::phrases::Phrase;
use crate::store::{self, DEFAULT_ORG, Moment, Refusal};

/// Longest path that is logged.
const PATH_SHOWN: usize = 200;
/// Longest path and query.
const TARGET_MAX: usize = 8 << 10;

/// Paths that answer however full the service is.
fn is_vital(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz" | "/metrics")
}

/// Admits, times, words and logs one request.
pub(super) async fn gate<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let Some(edge) = request.app_data::<Data<Edge>>().cloned() else {
        return Ok(request.error_response(Problem::new(problem::INTERNAL)));
    };
    let id = RequestId::of(request.headers());
    let lang = negotiate(request.headers());
    request.extensions_mut().insert(id.clone());
    request.extensions_mut().insert(Language(lang));
    let method = request.method().clone();
    methods::head_as_get(&mut request);
    let path: String = request.path().chars().take(PATH_SHOWN).collect();
    let peer = request.peer_addr().map(|peer| peer.ip().to_string()).unwrap_or_default();
    let connection = request.conn_data::<Rc<Connection>>().cloned();
    let busy = connection.as_ref().map(Connection::begin);
    if matches!(request.parts_mut().1, Payload::H1 { .. }) {
        let payload = request.take_payload();
        request.set_payload(Payload::Stream {
            payload: Box::pin(Paced::new(payload, edge.options.pace, connection.clone())),
        });
    }
    let span = tracing::info_span!("request", id = %id.0);
    let answered = async {
        let (admitted, left) = match admit(&edge, &request).await {
            Ok((admitted, left)) => (Ok(admitted), left),
            Err(problem) => (Err(problem), None),
        };
        let result = match admitted {
            Ok(_in_flight) => match AssertUnwindSafe(next.call(request)).catch_unwind().await {
                Ok(result) => result.map(ServiceResponse::map_into_boxed_body),
                // The words of a panic have gone to standard error; the client gets none of them.
                Err(_) => Err(Problem::new(problem::INTERNAL).into()),
            },
            Err(problem) => Ok(request.error_response(problem)),
        };
        let mut response = match result {
            Ok(response) => answer::worded(response, lang, &id.0),
            Err(error) => return Err(answer::Worded::new(&error, lang, &id.0).into()),
        };
        if let Some(left) = left {
            left.tell(response.headers_mut());
        }
        let caller =
            response.request().extensions().get::<Caller>().map(|caller| format!("{}/{}", caller.0.org, caller.0.name));
        let route = response.request().match_pattern().unwrap_or_else(|| "unmatched".to_owned());
        if edge.is_timed(&route) {
            let spent = response.request().extensions().get::<Spent>().copied();
            timing::tell(response.headers_mut(), spent, started.elapsed());
        }
        if edge.is_secret(&route) {
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        if is_refusal(response.status()) && edge.changes(&method, &route) {
            note(&edge, &response, (&method, &path), &id.0).await;
        }
        let time = started.elapsed();
        edge.metrics.answered(&method, &route, response.status(), time);
        let status = response.status().as_u16();
        let ms = milliseconds(time);
        tracing::info!(%method, path, route, status, ms, peer, caller, "answered");
        Ok(answer::finished(response, busy, connection))
    };
    answered.instrument(span).await
}

/// Thousandths of a second with three decimals.
fn milliseconds(time: Duration) -> f64 {
    time.as_micros() as f64 / 1000.0
}

/// A request on its way counts as in flight until this is dropped.
struct InFlight(Data<Edge>);

impl InFlight {
    fn begin(edge: &Data<Edge>) -> Self {
        edge.metrics.in_flight.inc();
        Self(edge.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.metrics.in_flight.dec();
    }
}

/// Whose requests are counted together with these.
pub(super) fn payer(caller: Option<&Caller>, peer: Option<SocketAddr>) -> Payer {
    match (caller, peer) {
        (Some(caller), _) if !caller.is_local() => Payer::Token(caller.0.token.clone()),
        (_, Some(peer)) => Payer::address(peer.ip()),
        (_, None) => Payer::Token(String::new()),
    }
}

/// Notes in the audit log that somebody was refused a change. Where that cannot be noted the answer is the same.
async fn note<B>(edge: &Edge, response: &ServiceResponse<B>, (method, path): (&Method, &str), id: &str) {
    let request = response.request();
    let peer = request.peer_addr();
    let caller = request.extensions().get::<Caller>().cloned();
    let Some(unlisted) = edge.refusals.count(&payer(caller.as_ref(), peer)) else { return };
    let (org, principal) = match caller {
        Some(Caller(principal)) => (principal.org, principal.name),
        None => {
            (DEFAULT_ORG.to_owned(), format!("unknown:{}", peer.map(|peer| peer.ip().to_string()).unwrap_or_default()))
        }
    };
    let by = store::Caller { org, principal, at: Moment::now(), request: id.to_owned() };
    // A path may hold what no store keeps.
    let path: String = path.chars().filter(|c| !c.is_control()).collect();
    let refusal = Refusal { target: format!("{method} {path}"), status: response.status().as_u16(), unlisted };
    if let Err(error) = edge.access.store().note_refusal(&by, &refusal).await {
        tracing::warn!(%error, "a refusal could not be noted");
    }
}

/// Lets a request in, with whoever makes it.
async fn admit(edge: &Data<Edge>, request: &ServiceRequest) -> Result<(InFlight, Option<Left>), Problem> {
    host::one_host(request)?;
    if request.uri().path_and_query().is_some_and(|target| target.as_str().len() > TARGET_MAX) {
        return Err(Problem::new(problem::URI_TOO_LONG));
    }
    let in_flight = InFlight::begin(edge);
    let vital = is_vital(request.path());
    let most = i64::try_from(edge.options.in_flight).unwrap_or(i64::MAX);
    if !vital && edge.metrics.in_flight.get() > most {
        edge.metrics.limited.inc();
        return Err(Problem::new(problem::OVERLOADED).detail(Phrase::new("http.too_many_at_once")).retry_after(1));
    }
    if !vital && edge.is_ending() {
        return Err(Problem::new(problem::SHUTTING_DOWN).retry_after(5).closing());
    }
    let sessions = &edge.options.sessions;
    let caller = match edge.access.caller(request, sessions).await {
        Err(problem) if problem.kind() == problem::UNAUTHORIZED => {
            edge.count_failure(request.peer_addr())?;
            return Err(problem);
        }
        recognised => match recognised? {
            Recognised::Nobody => None,
            Recognised::Ended => {
                request.extensions_mut().insert(Ended(sessions.taken()));
                None
            }
            Recognised::Caller(caller) => Some(caller),
            Recognised::InSession(caller, session) => {
                request.extensions_mut().insert(session);
                Some(caller)
            }
        },
    };
    let payer = payer(caller.as_ref(), request.peer_addr());
    if let Some(caller) = caller {
        request.extensions_mut().insert(caller);
    }
    let left = match edge.rate.as_ref().filter(|_| !vital) {
        Some(rate) => Some(rate.count(&payer).inspect_err(|_| edge.metrics.limited.inc())?),
        None => None,
    };
    Ok((in_flight, left))
}
