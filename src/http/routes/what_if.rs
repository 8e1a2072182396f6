//! What-ifs: a model, changes, the answer; nothing is kept.

use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse, http::Method, http::StatusCode};

use crate::analysis::explain::Explanation;
use crate::http::access::Deed;
use crate::http::answers::{CheckDocument, JobDocument, SizePart};
use crate::http::documents::{Allocation, Analysis, Possible, WhatIf};
use crate::http::edge::problem::Problem;
use crate::http::resolve::Resolved;
use crate::http::state::Service;
use crate::http::table::{Heeds, Route};
use crate::http::who::{Posted, Who};
use crate::http::work::{self, Document, Order, Speed, Then, json_bytes, perform, respond};
use crate::jobs::{Answer, Key, Outcome, key_of, solved, what_if};
use crate::phrases::Lang;
use crate::questions::{self, Explain, FindingPart};

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    const WHAT_IF: &str = r#"{"model":"chongming-vertical","changes":["fund.district.amount=+5%",{"path":"rule.floor.at_least","op":"scale","value":"1.1"}]}"#;
    const EXPLAIN: &str = r#"{"model":"chongming-vertical","question":{"area":"310151101","ecosystem":"forest"}}"#;
    vec![
        Route::new((Method::POST, "/api/v1/what-if"), ("whatIf", "api.what_if"), Deed::Read, || web::post().to(ask))
            .takes::<WhatIf>()
            .example(WHAT_IF)
            .gives::<Allocation>(200, "api.allocation_or_conflict")
            .gives::<JobDocument>(202, "api.job_instead")
            .with_headers(&["Location"])
            .heeds(&[Heeds::Prefer]),
        Route::new(
            (Method::POST, "/api/v1/what-if/explanation"),
            ("explainWhatIf", "api.explain_what_if"),
            Deed::Read,
            || web::post().to(explain),
        )
        .takes::<Analysis<Explain>>()
        .example(EXPLAIN)
        .gives::<Possible<Explanation>>(200, "api.explanation_or_none")
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

/// The key of an answer: that of the question, and the language, which only an infeasible one has.
fn answer_key(key: &Key, lang: Lang) -> Key {
    key_of([key.as_slice(), if lang == Lang::Zh { b"zh" } else { b"en" }])
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
    resolved: Resolved,
    then: Then,
) -> Order {
    let (lang, keeper) = (who.lang, service.clone());
    let key = answer_key(&resolved.answer, lang);
    let work = move |ticket: &std::sync::Arc<crate::jobs::Ticket>| {
        let answer = match keeper.answers.get(&key) {
            Some(known) => known,
            None => {
                let answer = std::sync::Arc::new(what_if(&resolved.asked, ticket, lang)?);
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
    let resolved = service.resolve(who.org(), &body.value).await?;
    if !work::prefers_async(&request)
        && let Some(known) = service.answers.get(&answer_key(&resolved.answer, who.lang))
    {
        return Ok(json_bytes(StatusCode::OK, known.bytes.clone()));
    }
    let noted = body.noted();
    let order = order(&service, &who, ("what-if", noted), resolved, Then::Answer);
    Ok(respond(perform(&service, &who, &request, order).await?))
}

async fn explain(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    body: Posted<Analysis<Explain>>,
) -> Result<HttpResponse, Problem> {
    let noted = body.noted();
    let (question, asked) = body.value.split();
    let resolved = service.resolve(who.org(), &question).await?;
    let order = explanation("explanation", noted, resolved, asked);
    Ok(respond(perform(&service, &who, &request, order).await?))
}

/// The order of an explanation.
pub(super) fn explanation(kind: &'static str, request: Vec<u8>, resolved: Resolved, asked: Explain) -> Order {
    let work = move |ticket: &std::sync::Arc<crate::jobs::Ticket>| {
        let found = solved(&resolved.asked, ticket, true)?;
        let explanation = questions::explain(&found, &asked, &ticket.options())?;
        Ok(Document { outcome: "done", hash: String::new(), bytes: questions::pretty(&explanation) })
    };
    Order { kind, speed: Speed::Quick, request, then: Then::Answer, work: Box::new(work), id: None }
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
            let findings = problem.list().iter().map(|finding| FindingPart::of(finding, lang)).collect();
            let document = CheckDocument { valid: false, size: None, findings };
            return Ok(json_bytes(StatusCode::OK, questions::pretty(&document)));
        }
        resolved => resolved?,
    };
    let work = move |_: &std::sync::Arc<crate::jobs::Ticket>| {
        let part = |finding: &crate::finding::Finding| FindingPart::of(finding, lang);
        let document = match resolved.asked.base.under(&resolved.asked.changes) {
            Ok(prepared) => {
                let problem = &prepared.problem;
                let size = SizePart {
                    areas: problem.frame.dataset.areas().len(),
                    cells: problem.frame.dataset.cells().len(),
                    funds: problem.frame.funds.len(),
                    rules: problem.rules.len(),
                    stages: problem.stages.len(),
                };
                let findings = prepared.data_warnings.iter().chain(&prepared.warnings).map(part).collect();
                CheckDocument { valid: true, size: Some(size), findings }
            }
            Err(findings) => {
                CheckDocument { valid: false, size: None, findings: findings.0.iter().map(part).collect() }
            }
        };
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
