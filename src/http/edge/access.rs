//! From the headers of a request to its principal.

use std::sync::Arc;

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
use async_trait::async_trait;

use crate::http::edge::host;
use crate::http::edge::principal::Caller;
use crate::http::edge::problem::{self, Problem};
use crate::phrases::Phrase;

/// Longest token that is looked up.
const TOKEN_MAX: usize = 256;

/// Where tokens are kept.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// The holder of a token; `None` where it is unknown, revoked or expired.
    ///
    /// # Errors
    /// The store does not answer.
    async fn holder(&self, token: &str) -> Result<Option<Caller>, Problem>;
}

/// How principals are recognised.
#[derive(Clone)]
pub struct Access {
    tokens: Arc<dyn Tokens>,
    open: bool,
}

impl Access {
    /// Tokens of a store; `open` lets requests over loopback in without one.
    pub fn new(tokens: Arc<dyn Tokens>, open: bool) -> Self {
        Self { tokens, open }
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
        match self.tokens.holder(token).await? {
            Some(caller) => Ok(Some(caller)),
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
