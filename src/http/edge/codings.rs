//! Content codings as clients ask for them: what none of ours satisfies is a problem document too, and caches are told.

use actix_web::Error;
use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue, VARY};
use actix_web::middleware::Next;

use crate::http::edge::answer;
use crate::http::edge::language::negotiate;
use crate::http::edge::problem::{Kind, MEDIA_TYPE, Problem};
use crate::http::edge::request_id::RequestId;

/// Around the compression of answers.
pub(super) async fn codings<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let mut response = next.call(request).await?;
    let is_problem = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == MEDIA_TYPE);
    if response.status() == StatusCode::NOT_ACCEPTABLE && !is_problem {
        let asked = response.request().headers();
        let (id, lang) = (RequestId::of(asked), negotiate(asked));
        let mut answer = Problem::new(Kind::of_status(StatusCode::NOT_ACCEPTABLE)).response(lang, Some(&id.0));
        answer::secure(answer.headers_mut(), &id.0);
        return Ok(response.into_response(answer).map_into_right_body());
    }
    let is_told =
        response.headers().get_all(VARY).any(|value| value.as_bytes().eq_ignore_ascii_case(b"accept-encoding"));
    if !is_told {
        response.headers_mut().append(VARY, HeaderValue::from_static("accept-encoding"));
    }
    Ok(response.map_into_left_body())
}
