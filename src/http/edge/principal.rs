//! Who asks: the extractor behind every route that needs to know.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderValue, SET_COOKIE};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};

use crate::http::edge::problem::{self, Problem};
use crate::phrases::Phrase;
use crate::store::{DEFAULT_ORG, Principal, Role, SessionEntry};

/// Extractor: the principal that the gate recognised; 401 where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller(pub Principal);

/// Name of whoever asks over loopback without a token.
pub const LOCAL: &str = "local";

impl Caller {
    /// Whoever asks over loopback where no token is needed: has the machine, so administers; approves no plan of its own.
    pub fn local() -> Self {
        Self(Principal { org: DEFAULT_ORG.to_owned(), name: LOCAL.to_owned(), role: Role::Admin, token: String::new() })
    }

    /// Whether it asks without a token or session.
    pub fn is_local(&self) -> bool {
        self.0.token.is_empty()
    }
}

/// The session in which a request is made, kept with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InSession(pub SessionEntry);

/// The request shows a session that is over; the header takes it from the browser.
#[derive(Debug, Clone)]
pub(super) struct Ended(pub Option<HeaderValue>);

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let known = request.extensions().get::<Self>().cloned();
        let none = || match request.extensions().get::<Ended>() {
            Some(Ended(taken)) => {
                let problem = Problem::new(problem::SESSION_ENDED);
                taken.iter().fold(problem, |problem, taken| problem.header(SET_COOKIE, taken.clone()))
            }
            None => Problem::new(problem::UNAUTHORIZED).detail(Phrase::new("http.no_token")),
        };
        ready(known.ok_or_else(none))
    }
}
