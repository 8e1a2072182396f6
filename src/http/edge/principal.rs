//! Who asks: the extractor behind every route that needs to know.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};

use crate::http::edge::problem::{self, Problem};
use crate::phrases::Phrase;

/// What a principal may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads.
    Viewer,
    /// Makes plans.
    Planner,
    /// Approves plans of others.
    Approver,
    /// Manages models, data and tokens.
    Admin,
    /// Reads the audit log.
    Auditor,
}

/// Extractor: the principal that the gate recognised; 401 where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    id: String,
    org: String,
    roles: Vec<Role>,
    is_local: bool,
}

/// Organisation, and id, of whoever asks over loopback without a token.
pub const LOCAL: &str = "local";

impl Caller {
    /// The holder of a token.
    pub fn holder(id: impl Into<String>, org: impl Into<String>, role: Role) -> Self {
        Self { id: id.into(), org: org.into(), roles: vec![role], is_local: false }
    }

    /// Whoever asks over loopback where no token is needed: plans and administers, but approves nothing.
    pub fn local() -> Self {
        let roles = vec![Role::Viewer, Role::Planner, Role::Admin, Role::Auditor];
        Self { id: LOCAL.to_owned(), org: LOCAL.to_owned(), roles, is_local: true }
    }

    /// Id for audit and ownership, stable over restarts.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The organisation whose objects are visible.
    pub fn org(&self) -> &str {
        &self.org
    }

    /// Whether it asks over loopback without a token.
    pub fn is_local(&self) -> bool {
        self.is_local
    }

    /// Whether it has one of these roles.
    pub fn has_any(&self, roles: &[Role]) -> bool {
        self.roles.iter().any(|role| roles.contains(role))
    }
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let known = request.extensions().get::<Self>().cloned();
        let none = || Problem::new(problem::UNAUTHORIZED).detail(Phrase::new("http.no_token"));
        ready(known.ok_or_else(none))
    }
}
