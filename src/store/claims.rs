//! Idempotency keys: of many requests with one key, one is carried out.

use super::Moment;

/// A request that carries an Idempotency-Key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyedRequest {
    /// Method and route, such as `POST /api/v1/runs`.
    pub route: String,
    /// The key as it was sent.
    pub key: String,
    /// SHA-256 of the request's body (and of what else makes it another request), 64 hexadecimal digits.
    pub request_hash: String,
    /// When the key is forgotten.
    pub expires: Moment,
    /// Until when nobody else may carry the request out, should this process end without an answer.
    pub locked_until: Moment,
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Carry it out, then [`complete_claim`](super::Store::complete_claim) or [`release_claim`](super::Store::release_claim).
    New {
        /// The same id whenever the same request is claimed again after its process ended without an answer. Used as the id of
        /// what the request makes (a job, a plan), it keeps a crash from making two of them.
        id: String,
        /// Which claiming this is; a later one takes the right to answer from the earlier.
        attempt: i64,
    },
    /// Another request with this key is being carried out.
    InProgress,
    /// It was carried out; this was the answer.
    Done(StoredAnswer),
}

/// An HTTP answer as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// Status code.
    pub status: u16,
    /// Headers in their order.
    pub headers: Vec<(String, String)>,
    /// The body before compression.
    pub body: Vec<u8>,
}
