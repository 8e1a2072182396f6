//! What-ifs: a model, changes, the answer; nothing is kept.

use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse, http::Method, http::StatusCode};

use crate::finding::Findings;
use crate::http::access::Deed;
use crate::http::answers::JobDocument;
use crate::http::documents::{Possible, WhatIf};
use crate::http::edge::problem::Problem;
use crate::http::resolve::Resolved;
use crate::http::state::Service;
use crate::http::table::{Heeds, Route};
use crate::http::who::{Posted, Who};
use crate::http::work::{self, Document, Order, Speed, Then, json_bytes, perform, respond};
use crate::jobs::{Answer, Key, Outcome, amounts, key_of, what_if};
use crate::phrases::Lang;
use crate::questions::{self, Amounts, CheckDocument};
use crate::record::Record;

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    const WHAT_IF: &str = r#"{"model":"chongming-vertical","changes":["fund.district.amount=+5%",{"path":"rule.floor.at_least","op":"scale","value":"1.1"}]}"#;
    vec![
        Route::new((Method::POST, "/api/v1/what-if"), ("whatIf", "api.what_if"), Deed::Read, || web::post().to(ask))
            .takes::<WhatIf>()
            .example(WHAT_IF)
            .gives::<Possible<Record>>(200, "api.allocation_or_conflict")
            .gives::<JobDocument>(202, "api.job_instead")
            .with_headers(&["Location"])
            .heeds(&[Heeds::Prefer]),
        Route::new(
            (Method::POST, "/api/v1/what-if/amounts"),
            ("whatIfAmounts", "api.what_if_amounts"),
            Deed::Read,
            || web::post().to(ask_amounts),
        )
        .takes::<WhatIf>()
        .example(WHAT_IF)
        .gives::<Possible<Amounts>>(200, "api.amounts_or_conflict")
        .gives::<JobDocument>(202, "api.job_instead")
        .with_headers(&["Location"])
        .heeds(&[Heeds::Prefer]),
        Route::new((Method::POST, "/api/v1/what-if/validation"), ("validate", "api.validate"), Deed::Read, || {
            web::post().to(validate)
        })
        .takes::<WhatIf>()
        .example(WHAT_IF)
        .gives::<CheckDocument>(200, "api.whether_solvable")
        .gives::<JobDocument>(202, "api.job_instead")
        .with_headers(&["Location"])
        .heeds(&[Heeds::Prefer]),
    ]
}

/// How much of its record a what-if is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    /// All of it.
    Record,
    /// The amounts.
    Amounts,
}

/// The key of an answer: that of the question, and the language, which only an infeasible one has.
fn answer_key(key: &Key, lang: Lang, view: View) -> Key {
    let lang: &[u8] = if lang == Lang::Zh { b"zh" } else { b"en" };
    match view {
        View::Record => key_of([key.as_slice(), lang]),
        View::Amounts => key_of([key.as_slice(), lang, b"amounts"]),
    }
}

/// The word of an outcome.
pub(super) fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Optimal => "optimal",
        Outcome::Infeasible => work::INFEASIBLE,
    }
}

/// The order of a question's record, and what is remembered of it.
pub(super) fn order(
    service: &Data<Service>,
    who: &Who,
    (kind, request): (&'static str, Vec<u8>),
    (resolved, view): (Resolved, View),
    then: Then,
) -> Order {
    let (lang, keeper) = (who.lang, service.clone());
    let key = answer_key(&resolved.answer, lang, view);
    let work = move |ticket: &std::sync::Arc<crate::jobs::Ticket>| {
        let answer = match keeper.answers.get(&key) {
            Some(known) => known,
            None => {
                let answer = match view {
                    View::Record => what_if(&resolved.asked, ticket, lang)?,
                    View::Amounts => amounts(&resolved.asked, ticket, lang)?,
                };
                let answer = std::sync::Arc::new(answer);
                keeper.answers.put(key, std::sync::Arc::clone(&answer), answer.bytes.len() as u64 + 512);
                answer
            }
        };
        Ok(document(&answer))
    };
    Order { kind, speed: Speed::Quick, request, then, work: Box::new(work), id: None }
}

fn document(answer: &Answer) -> Document {
    Document { outcome: word(answer.outcome), hash: answer.hash.clone(), bytes: answer.bytes.clone() }
}

async fn ask(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    body: Posted<WhatIf>,
) -> Result<HttpResponse, Problem> {
    answered((who, service, request), body, View::Record).await
}

async fn ask_amounts(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    body: Posted<WhatIf>,
) -> Result<HttpResponse, Problem> {
    answered((who, service, request), body, View::Amounts).await
}

async fn answered(
    (who, service, request): (Who, Data<Service>, HttpRequest),
    body: Posted<WhatIf>,
    view: View,
) -> Result<HttpResponse, Problem> {
    let resolved = service.resolve(who.org(), &body.value).await?;
    if !work::prefers_async(&request)
        && let Some(known) = service.answers.get(&answer_key(&resolved.answer, who.lang, view))
    {
        return Ok(json_bytes(StatusCode::OK, known.bytes.clone()));
    }
    let noted = body.noted();
    let order = order(&service, &who, ("what-if", noted), (resolved, view), Then::Answer);
    Ok(respond(perform(&service, &who, &request, order).await?))
}

async fn validate(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    body: Posted<WhatIf>,
) -> Result<HttpResponse, Problem> {
    let noted = body.noted();
    let lang = who.lang;
    let resolved = match service.resolve(who.org(), &body.value).await {
        // What is wrong with the model is what was asked.
        Err(problem) if !problem.list().is_empty() => {
            let found = Findings(problem.list().to_vec());
            return Ok(json_bytes(StatusCode::OK, questions::pretty(&CheckDocument::of(Err(&found), lang))));
        }
        resolved => resolved?,
    };
    let work = move |_: &std::sync::Arc<crate::jobs::Ticket>| {
        let read = resolved.asked.base.under(&resolved.asked.changes);
        let document = CheckDocument::of(read.as_ref(), lang);
        Ok(Document { outcome: "done", hash: String::new(), bytes: questions::pretty(&document) })
    };
    let order = Order {
        kind: "validation",
        speed: Speed::Quick,
        request: noted,
        then: Then::Answer,
        work: Box::new(work),
        id: None,
    };
    Ok(respond(perform(&service, &who, &request, order).await?))
}
