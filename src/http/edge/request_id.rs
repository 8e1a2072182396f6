//! Ids of requests, in answers and logs.

use actix_web::http::header::{HeaderMap, HeaderName};

/// The header that carries it in both directions.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Id of a request, from its header where that is well-formed (8–64 of `A–Z a–z 0–9 . _ -`), else new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub String);

impl RequestId {
    /// The id of a request with these headers.
    pub fn of(headers: &HeaderMap) -> Self {
        let given = headers.get(X_REQUEST_ID).and_then(|value| value.to_str().ok());
        match given.filter(|id| is_well_formed(id)) {
            Some(id) => Self(id.to_owned()),
            None => Self(uuid::Uuid::now_v7().to_string()),
        }
    }
}

fn is_well_formed(id: &str) -> bool {
    (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}
