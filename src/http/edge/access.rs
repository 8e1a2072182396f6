//! From the headers of a request to its principal.

use std::sync::Arc;

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};

use crate::http::edge::cookie::Sessions;
use crate::http::edge::host;
use crate::http::edge::principal::{Caller, InSession};
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

    /// Whether requests over loopback are answered without a token.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Who makes a request, by its token, else its session, else that it comes from this machine.
    ///
    /// # Errors
    /// 401 for a token that is not known; 403 for a change that comes with a session and from no page of ours; 421 or 403 where a request
    /// without either is not meant for us; 503 from the store.
    pub(super) async fn caller(&self, request: &ServiceRequest, sessions: &Sessions) -> Result<Recognised, Problem> {
        let mut given = request.headers().get_all(AUTHORIZATION);
        let (header, more) = (given.next(), given.next());
        let Some(header) = header else {
            if let Some(secret) = sessions.shown(request.headers()) {
                sessions.own_page(request)?;
                let found = self.store.session(secret, Moment::now()).await.map_err(unanswered)?;
                // Who was in a session is not taken for whoever has the machine once it is over.
                return Ok(found.map_or(Recognised::Ended, |(principal, entry)| {
                    Recognised::InSession(Caller(principal), InSession(entry))
                }));
            }
            if !self.open {
                return Ok(Recognised::Nobody);
            }
            host::meant_for_loopback(request)?;
            return Ok(Recognised::Caller(Caller::local()));
        };
        let token = if more.is_none() { bearer(header) } else { None };
        let Some(token) = token else { return Err(refused("http.no_bearer", "invalid_request")) };
        match self.store.authenticate(token, Moment::now()).await.map_err(unanswered)? {
            Some(principal) => Ok(Recognised::Caller(Caller(principal))),
            None => Err(refused("http.unknown_token", "invalid_token")),
        }
    }
}

/// What is known of who makes a request.
pub(super) enum Recognised {
    /// It does not say.
    Nobody,
    /// Somebody whose session is over.
    Ended,
    /// Whoever holds a token, or has the machine.
    Caller(Caller),
    /// Whoever is in a session.
    InSession(Caller, InSession),
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
