//! From the headers of a request to its principal.

use std::sync::Arc;

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};

use crate::http::edge::host;
use crate::http::edge::principal::Caller;
use crate::http::edge::problem::{self, Problem};
use crate::phrases::Phrase;
use crate::store::{Moment, Store, StoreError};

/// Longest token that is looked up.
const TOKEN_MAX: usize = 256;

/// How principals are recognised.
#[derive(Debug, Clone)]
pub struct Access {
    store: Arc<dyn Store>,
    open: bool,
}

impl Access {
    /// Tokens of a store; `open` lets requests over loopback in without one.
    pub fn new(store: Arc<dyn Store>, open: bool) -> Self {
        Self { store, open }
    }

    /// Where tokens are kept.
    pub(super) fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Whether requests are answered without a token.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Who makes a request; `None` where it does not say and need not.
    ///
    /// # Errors
    /// 401 for a token that is not known; 421 or 403 where a request without one is not meant for us; 503 from the store.
    pub(super) async fn caller(&self, request: &ServiceRequest) -> Result<Option<Caller>, Problem> {
        let mut given = request.headers().get_all(AUTHORIZATION);
        let (header, more) = (given.next(), given.next());
        let Some(header) = header else {
            if !self.open {
                return Ok(None);
            }
            host::meant_for_loopback(request)?;
            return Ok(Some(Caller::local()));
        };
        let token = if more.is_none() { bearer(header) } else { None };
        let Some(token) = token else { return Err(refused("http.no_bearer", "invalid_request")) };
        match self.store.authenticate(token, Moment::now()).await.map_err(unanswered)? {
            Some(principal) => Ok(Some(Caller(principal))),
            None => Err(refused("http.unknown_token", "invalid_token")),
        }
    }
}

/// The token of `Bearer TOKEN`.
fn bearer(header: &HeaderValue) -> Option<&str> {
    let (scheme, token) = header.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    let is_token = scheme.eq_ignore_ascii_case("bearer")
        && (1..=TOKEN_MAX).contains(&token.len())
        && token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b));
    is_token.then_some(token)
}

fn refused(code: &'static str, error: &str) -> Problem {
    let problem = Problem::new(problem::UNAUTHORIZED).detail(Phrase::new(code));
    match HeaderValue::from_str(&format!("Bearer realm=\"ecocomp\", error=\"{error}\"")) {
        Ok(value) => problem.header(WWW_AUTHENTICATE, value),
        Err(_) => problem,
    }
}

/// A question about a token that the store did not answer. Its words are for the log alone.
fn unanswered(error: StoreError) -> Problem {
    tracing::warn!(%error, "a token could not be looked up");
    match error {
        StoreError::Unavailable(_) => Problem::new(problem::STORE_UNAVAILABLE).retry_after(1),
        _ => Problem::new(problem::INTERNAL),
    }
}
