//! Strict JSON bodies: the extractor, and the three readings behind it.
//!
//! The first reading ([`scan`]) looks at the text alone: UTF-8, syntax, depth, members named twice. The second ([`contract`]) holds it
//! against the published schema. The third ([`shape`]) makes the value. All say by JSON pointer where it does not fit.

mod contract;
mod scan;
pub mod schema;
mod shape;

use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::StreamExt as _;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

pub use contract::check;

use crate::http::edge::aside::{AT_ONCE, aside};
use crate::http::edge::body;
use crate::http::edge::problem::{self, Problem, sentence};
use crate::http::edge::room;
use crate::phrases::Phrase;

/// Limits of a JSON body; `app_data` of a scope or resource overrides the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonLimits {
    /// Most bytes.
    pub bytes: usize,
    /// Most levels of arrays and objects.
    pub depth: usize,
}

impl Default for JsonLimits {
    fn default() -> Self {
        Self { bytes: 8 << 20, depth: 64 }
    }
}

/// So many times its length a JSON text counts in the room for bodies: what is read of it takes more than the text.
const READ: usize = 4;

/// Extractor of a strict JSON body. The type should be `deny_unknown_fields`.
///
/// 415 for another content type, 413 too large, 408 too slow, 400 where it is no JSON, 422 with a pointer where its shape is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + JsonSchema + Send + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = JsonBytes::from_request(request, payload);
        Box::pin(async move {
            let JsonBytes(bytes) = bytes.await?;
            aside(bytes.len(), move || parse(&bytes)).await.map(Self)
        })
    }
}

/// Extractor of the bytes of a strict JSON body: content type, size, UTF-8, syntax, depth and names are checked, the shape is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonBytes(pub web::Bytes);

impl FromRequest for JsonBytes {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let limits = request.app_data::<JsonLimits>().copied().unwrap_or_default();
        let refusal = refusal(request.headers()).or_else(|| body::announced_too_large(request.headers(), limits.bytes));
        let (payload, request) = (payload.take(), request.clone());
        Box::pin(async move {
            if let Some(problem) = refusal {
                return Err(problem);
            }
            let bytes = body::collect(&request, payload.boxed_local(), limits.bytes).await?;
            if bytes.len() > AT_ONCE {
                room::hold(&request, bytes.len().saturating_mul(READ - 1))?;
            }
            let text = bytes.clone();
            aside(bytes.len(), move || scan::scan(&text, limits.depth)).await?;
            Ok(Self(bytes))
        })
    }
}

/// A JSON text as a value of a type.
///
/// # Errors
/// The text is no JSON (400) or does not fit (422, with a pointer).
pub fn parse<T: DeserializeOwned + JsonSchema>(bytes: &[u8]) -> Result<T, Problem> {
    let mut value = shape::read(bytes)?;
    check::<T>(&value)?;
    match shape::read(bytes) {
        // To JSON Schema 5.0 is an integer.
        Err(problem) if shape::whole(&mut value) => serde_json::from_value(value).map_err(|_| problem),
        read => read,
    }
}

/// A JSON text of unknown origin as a value of a type: everything [`Json`] checks of a body but its content type.
///
/// # Errors
/// As [`Json`].
pub fn strict<T: DeserializeOwned + JsonSchema>(bytes: &[u8], limits: JsonLimits) -> Result<T, Problem> {
    if bytes.len() > limits.bytes {
        return Err(body::too_large(limits.bytes));
    }
    scan::scan(bytes, limits.depth)?;
    parse(bytes)
}

/// Why a body is not even read.
fn refusal(headers: &HeaderMap) -> Option<Problem> {
    let unsupported = |phrase: Phrase| Some(Problem::new(problem::UNSUPPORTED_MEDIA_TYPE).detail(phrase));
    if let Some(coding) = headers.get(CONTENT_ENCODING).filter(|coding| *coding != "identity") {
        let coding = String::from_utf8_lossy(coding.as_bytes()).into_owned();
        return unsupported(sentence("http.coded_body", "coding", coding));
    }
    let kind = headers.get(CONTENT_TYPE).map(|kind| String::from_utf8_lossy(kind.as_bytes()).into_owned());
    match kind {
        Some(kind) if is_json(&kind) => None,
        Some(kind) => unsupported(sentence("http.not_json_type", "found", kind)),
        None => unsupported(Phrase::new("http.no_content_type")),
    }
}

/// `application/json`, or anything that ends in `+json`; the charset may only be UTF-8.
fn is_json(text: &str) -> bool {
    let Ok(kind) = text.parse::<actix_web::mime::Mime>() else { return false };
    let is_json = kind.type_() == "application"
        && (kind.subtype() == "json" || kind.suffix().is_some_and(|suffix| suffix == "json"));
    is_json && kind.get_param("charset").is_none_or(|charset| charset == "utf-8")
}

/// A JSON pointer (RFC 6901) one level further down.
fn push_token(pointer: &mut String, token: &str) {
    pointer.push('/');
    pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
}
