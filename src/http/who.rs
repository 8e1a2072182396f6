//! Who asks, whether it may, and in which language it is answered: the first extractor of every route.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};

use crate::http::edge::language::{Language, negotiate};
use crate::http::edge::principal::Caller;
use crate::http::edge::problem::{self, Problem};
use crate::http::edge::request_id::RequestId;
use crate::http::routes;
use crate::phrases::{Lang, Phrase};
use crate::store::{self, Moment, Principal};

/// A principal whose role may do what the route does; 401 without one, 403 where it may not.
#[derive(Debug, Clone)]
pub struct Who {
    /// The principal.
    pub principal: Principal,
    /// The language of the answer.
    pub lang: Lang,
    /// Id of the request.
    pub request: String,
}

impl Who {
    /// Its organisation.
    pub fn org(&self) -> &str {
        &self.principal.org
    }

    /// As the store notes who changes something, now.
    pub fn by(&self) -> store::Caller {
        store::Caller {
            org: self.principal.org.clone(),
            principal: self.principal.name.clone(),
            at: Moment::now(),
            request: self.request.clone(),
        }
    }
}

impl FromRequest for Who {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(who(request, payload))
    }
}

fn who(request: &HttpRequest, payload: &mut Payload) -> Result<Who, Problem> {
    let Caller(principal) = Caller::from_request(request, payload).into_inner()?;
    let pattern = request.match_pattern().unwrap_or_default();
    let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
    // A route that stands in no table is for nobody.
    let deed = routes::deed(method, &pattern).ok_or_else(|| Problem::new(problem::NOT_FOUND))?;
    if !deed.is_for(principal.role) {
        let words = Phrase::new("service.role").with("role", principal.role.word());
        return Err(Problem::new(problem::FORBIDDEN).detail(words));
    }
    let lang = request.extensions().get::<Language>().map(|language| language.0);
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone());
    Ok(Who {
        principal,
        lang: lang.unwrap_or_else(|| negotiate(request.headers())),
        request: id.unwrap_or_else(|| RequestId::of(request.headers()).0),
    })
}
