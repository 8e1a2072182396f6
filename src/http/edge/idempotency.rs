//! Idempotency-Key: of many requests with one key, one is carried out and all get its answer.

use std::sync::Arc;
use std::time::Duration;

use actix_web::body::to_bytes_limited;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::rt::time::{Instant, sleep};
use actix_web::web::Data;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use sha2::{Digest as _, Sha256};

use crate::http::edge::language::{Language, negotiate};
use crate::http::edge::problem::{self, Problem, sentence};
use crate::http::edge::request_id::RequestId;
use crate::http::edge::service::Edge;
use crate::store::{Caller, Claim, Conflict, KeyedRequest, Moment, Store, StoreError, StoredAnswer};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that an answer is a repetition.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Longest key.
const KEY_MAX: usize = 255;
/// How long a key is remembered.
const REMEMBERED: Duration = Duration::from_secs(24 * 3600);
/// After so long without an answer the one who carries a request out counts as crashed.
const LOCKED: Duration = Duration::from_secs(60);
/// How long one waits for the answer of another.
const PATIENCE: Duration = Duration::from_secs(10);
/// Times between two looks.
const LOOKS: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(250));
/// Largest answer that is kept.
const ANSWER_MAX: usize = 32 << 20;
/// Headers that belong to one exchange and not to the answer.
const PASSING: [&str; 6] = ["date", "connection", "transfer-encoding", "content-length", "x-request-id", "set-cookie"];

/// What makes two requests with one key the same: method and route, target and body.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The request.
    pub request: &'a HttpRequest,
    /// Its body.
    pub body: &'a [u8],
}

/// Carries a request out, or repeats the answer it had. Without the header, just carries it out.
///
/// `work` gets an id that is the same whenever the same keyed request is tried again after a crash: the id of what it makes.
///
/// # Errors
/// 400 for a key that cannot be used, 422 for one used with another request, 409 where the other one takes too long, 503 from the
/// store, and what `work` fails with. Answers of 500 and above, 408, 409, 412, 429 and 503 are not kept: the same key tries again.
pub async fn once<F, W>(
    edge: &Data<Edge>,
    store: &Arc<dyn Store>,
    by: &Caller,
    asked: Asked<'_>,
    work: W,
) -> Result<HttpResponse, Problem>
where
    W: FnOnce(Option<String>) -> F,
    F: Future<Output = Result<HttpResponse, Problem>>,
{
    let Some(key) = key(asked.request)? else { return work(None).await };
    let started = Instant::now();
    let mut pause = LOOKS.0;
    let (id, attempt) = loop {
        match store.claim(by, &keyed(asked, &key)).await.map_err(|error| refused(&error))? {
            Claim::New { id, attempt } => break (id, attempt),
            Claim::Done(answer) => {
                edge.metrics.replays.inc();
                return Ok(replayed(&answer));
            }
            Claim::InProgress if started.elapsed() > PATIENCE => {
                return Err(Problem::new(problem::KEY_IN_USE).retry_after(5));
            }
            Claim::InProgress => sleep(pause).await,
        }
        pause = LOOKS.1.min(pause * 2);
    };
    let claimed = Claimed { store: Arc::clone(store), by: by.clone(), id: id.clone(), attempt, is_settled: false };
    let answer = match work(Some(id)).await {
        Ok(answer) => answer,
        Err(problem) => worded(&problem, asked.request),
    };
    claimed.settle(answer).await
}

/// The key of a request; `None` where it has none.
fn key(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let mut given = request.headers().get_all(IDEMPOTENCY_KEY);
    let Some(value) = given.next() else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    // The draft writes a string of RFC 8941, in quotes; most clients do not.
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let is_key = (1..=KEY_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    if given.next().is_some() || !is_key {
        let phrase = sentence("http.key", "most", KEY_MAX.to_string());
        return Err(Problem::new(problem::BAD_HEADER).detail(phrase).parameter("Idempotency-Key"));
    }
    Ok(Some(text.to_owned()))
}

fn keyed(asked: Asked<'_>, key: &str) -> KeyedRequest {
    let mut hash = Sha256::new();
    let target = asked.request.uri().path_and_query().map_or("", |target| target.as_str());
    let kind = asked.request.headers().get("content-type").map_or(&b""[..], HeaderValue::as_bytes);
    for part in [target.as_bytes(), kind, asked.body] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let now = Moment::now();
    let pattern = asked.request.match_pattern().unwrap_or_default();
    KeyedRequest {
        route: format!("{} {pattern}", asked.request.method()),
        key: key.to_owned(),
        request_hash: hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect(),
        expires: now.plus(REMEMBERED),
        locked_until: now.plus(LOCKED),
    }
}

/// A claim that is given up where nothing came of it, such as when the client went away.
struct Claimed {
    store: Arc<dyn Store>,
    by: Caller,
    id: String,
    attempt: i64,
    is_settled: bool,
}

impl Claimed {
    /// Keeps an answer that is worth repeating, and gives it on.
    async fn settle(mut self, answer: HttpResponse) -> Result<HttpResponse, Problem> {
        let status = answer.status();
        let passes = status.is_server_error() || matches!(status.as_u16(), 408 | 409 | 412 | 425 | 429);
        let (head, body) = answer.into_parts();
        let Ok(Ok(bytes)) = to_bytes_limited(body, ANSWER_MAX).await else {
            return Err(Problem::new(problem::INTERNAL));
        };
        let headers = head.headers().iter().filter(|(name, _)| !PASSING.contains(&name.as_str()));
        let kept = StoredAnswer {
            status: status.as_u16(),
            headers: headers
                .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
                .collect(),
            body: bytes.to_vec(),
        };
        self.is_settled = true;
        let noted = if passes {
            self.store.release_claim(&self.by, &self.id, self.attempt).await
        } else {
            self.store.complete_claim(&self.by, &self.id, self.attempt, kept).await
        };
        if let Err(error) = noted {
            // What was made is made, and has the id of the claim: the next one with this key will find it.
            tracing::warn!(%error, "the answer of a keyed request could not be kept");
        }
        Ok(head.set_body(bytes).map_into_boxed_body())
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        if self.is_settled {
            return;
        }
        let (store, by, id, attempt) = (Arc::clone(&self.store), self.by.clone(), self.id.clone(), self.attempt);
        // Dropped outside of a runtime, the lock of the claim runs out by itself.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { store.release_claim(&by, &id, attempt).await });
        }
    }
}

/// An error as it will be repeated: in the language of the first who asked.
fn worded(problem: &Problem, request: &HttpRequest) -> HttpResponse {
    let extensions = request.extensions();
    let lang = extensions.get::<Language>().map_or_else(|| negotiate(request.headers()), |language| language.0);
    problem.response(lang, extensions.get::<RequestId>().map(|id| id.0.as_str()))
}

fn replayed(answer: &StoredAnswer) -> HttpResponse {
    let mut builder = HttpResponse::build(StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK));
    for (name, value) in &answer.headers {
        builder.append_header((name.as_str(), value.as_str()));
    }
    builder.insert_header((REPLAYED, "true"));
    builder.body(answer.body.clone())
}

/// What the store says of a claim, as a problem.
fn refused(error: &StoreError) -> Problem {
    match error {
        StoreError::Conflict(Conflict::KeyReused) => Problem::new(problem::KEY_REUSED).parameter("Idempotency-Key"),
        StoreError::Unavailable(_) => {
            tracing::warn!(%error, "a key could not be claimed");
            Problem::new(problem::STORE_UNAVAILABLE).retry_after(1)
        }
        _ => {
            tracing::error!(%error, "a key could not be claimed");
            Problem::new(problem::INTERNAL)
        }
    }
}
