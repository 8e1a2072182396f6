//! Who asks, whether it may, and in which language it is answered: the first extractor of every route.

use std::future::{Ready, ready};
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, HttpResponse};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::http::edge::aside::aside;
use crate::http::edge::idempotency::{self, Asked};
use crate::http::edge::json::{self, JsonBytes};
use crate::http::edge::language::{Language, negotiate};
use crate::http::edge::principal::Caller;
use crate::http::edge::problem::{self, Problem};
use crate::http::edge::query;
use crate::http::edge::request_id::RequestId;
use crate::http::edge::service::Edge;
use crate::http::routes;
use crate::http::state::Service;
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
    let route = routes::route(method, &pattern).ok_or_else(|| Problem::new(problem::NOT_FOUND))?;
    let deed = route.deed;
    // Nothing has a name with a null character, which no store keeps.
    if request.match_info().iter().any(|(_, value)| value.contains('\0') || value.contains("%00")) {
        return Err(Problem::new(problem::NOT_FOUND));
    }
    if !deed.is_for(principal.role) {
        let words = Phrase::new("service.role").with("role", principal.role.label());
        return Err(Problem::new(problem::FORBIDDEN).detail(words));
    }
    if route.query.is_none() {
        query::none(request.query_string())?;
    }
    let lang = request.extensions().get::<Language>().map(|language| language.0);
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone());
    Ok(Who {
        principal,
        lang: lang.unwrap_or_else(|| negotiate(request.headers())),
        request: id.unwrap_or_else(|| RequestId::of(request.headers()).0),
    })
}

/// A strict JSON body that makes something: its value, and its bytes for the Idempotency-Key.
#[derive(Debug)]
pub struct Posted<T> {
    /// The value.
    pub value: T,
    bytes: Bytes,
    request: HttpRequest,
}

impl<T: DeserializeOwned + JsonSchema + Send + 'static> FromRequest for Posted<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = JsonBytes::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let JsonBytes(bytes) = bytes.await?;
            let text = bytes.clone();
            let value = aside(bytes.len(), move || json::parse(&text)).await?;
            Ok(Self { value, bytes, request })
        })
    }
}

impl<T> Posted<T> {
    /// What was asked, as it is noted of a job.
    pub fn noted(&self) -> Vec<u8> {
        self.bytes.to_vec()
    }

    /// Carries the request out once for each Idempotency-Key; `work` is given the id of what it makes, where there is a key.
    ///
    /// # Errors
    /// As [`idempotency::once`], and what `work` fails with.
    pub async fn once<W, F>(self, service: &Data<Service>, who: &Who, work: W) -> Result<HttpResponse, Problem>
    where
        W: FnOnce(T, HttpRequest, Option<String>) -> F,
        F: Future<Output = Result<HttpResponse, Problem>>,
    {
        let Self { value, bytes, request } = self;
        let given = request.clone();
        once((&request, &bytes), service, who, |id| work(value, given, id)).await
    }
}

/// Carries a request with a body out once for each Idempotency-Key; `work` is given the id of what it makes, where there is a key.
///
/// # Errors
/// As [`idempotency::once`], and what `work` fails with.
pub async fn once<W, F>(
    (request, body): (&HttpRequest, &[u8]),
    service: &Data<Service>,
    who: &Who,
    work: W,
) -> Result<HttpResponse, Problem>
where
    W: FnOnce(Option<String>) -> F,
    F: Future<Output = Result<HttpResponse, Problem>>,
{
    let Some(edge) = request.app_data::<Data<Edge>>().cloned() else { return Err(Problem::new(problem::INTERNAL)) };
    idempotency::once(&edge, &service.store, &who.by(), Asked { request, body }, work).await
}
