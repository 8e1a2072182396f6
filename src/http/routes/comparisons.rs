//! Scenarios or runs side by side.

use std::sync::Arc;

use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse, http::Method};

use crate::analysis::compare::Comparison as Compared;
use crate::finding::{Finding, Findings, Place};
use crate::http::access::Deed;
use crate::http::answers::JobDocument;
use crate::http::documents::{Comparison, Possible, WhatIf};
use crate::http::edge::problem::{self, Problem};
use crate::http::failures::pointed;
use crate::http::routes::questions::{deliver, media, wanted_form, written};
use crate::http::routes::runs::again;
use crate::http::state::Service;
use crate::http::table::{Heeds, Route};
use crate::http::who::{Posted, Who};
use crate::http::work::{Order, Speed, Then};
use crate::jobs::{Base, Ticket};
use crate::phrases::{Phrase, Text};
use crate::questions::{self, Compare};
use crate::report::forms::Printed as _;
use crate::scenario::{Layer, Scenario};

/// From so many columns on a comparison is long work.
const MANY: usize = 8;

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    const COMPARE: &str = r#"{"model":"chongming-vertical","scenarios":["base","budget-down","budget-up"]}"#;
    vec![
        Route::new((Method::POST, "/api/v1/comparisons"), ("compare", "api.compare"), Deed::Read, || {
            web::post().to(compare)
        })
        .takes::<Comparison>()
        .example(COMPARE)
        .gives::<Possible<Compared>>(200, "api.comparison_or_none")
        .or_gives_bytes(&media(&Compared::forms()))
        .gives::<JobDocument>(202, "api.job_instead")
        .with_headers(&["Location"])
        .heeds(&[Heeds::Prefer]),
    ]
}

async fn compare(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    body: Posted<Comparison>,
) -> Result<HttpResponse, Problem> {
    let form = wanted_form(&request, &Compared::forms())?;
    let lang = who.lang;
    let noted = body.noted();
    let attribute = body.value.attribute;
    let (base, list) = match (&body.value.model, body.value.runs.is_empty()) {
        (Some(_), true) => scenarios(&service, &who, body.value).await?,
        (None, false) => runs(&service, (&who, &request), &body.value).await?,
        _ => {
            let words = Phrase::new("service.model_or_runs");
            return Err(Problem::new(problem::WRONG_SHAPE).detail(words).pointer("/runs"));
        }
    };
    let speed = if attribute.is_some() || list.len() >= MANY { Speed::Long } else { Speed::Quick };
    let threads = service.settings.threads;
    let work = move |ticket: &Arc<Ticket>| {
        let prepared = base.under(&[])?;
        let compared = questions::compare(&prepared, &list, attribute, (&ticket.options(), threads))?;
        written(&compared, form, lang)
    };
    let order = Order { kind: "comparison", speed, request: noted, then: Then::Answer, work: Box::new(work), id: None };
    deliver((&service, &who, &request), order, (form, "comparison")).await
}

type Columns = (Arc<Base>, Vec<Scenario>);

async fn scenarios(service: &Arc<Service>, who: &Who, body: Comparison) -> Result<Columns, Problem> {
    let asked = Compare { scenarios: body.scenarios, base: body.base, attribute: body.attribute };
    if asked.scenarios.is_empty() {
        let words = Phrase::new("service.model_or_runs");
        return Err(Problem::new(problem::WRONG_SHAPE).detail(words).pointer("/scenarios"));
    }
    let shelf = service.shelf(who.org(), &asked.scenarios).await?;
    let on_top = questions::parse(&body.changes, "/changes").map_err(pointed)?;
    let list =
        questions::columns(&asked, &on_top, &mut |word| service.library.scenario(word, &shelf)).map_err(pointed)?;
    let model = body.model.ok_or_else(|| Problem::new(problem::WRONG_SHAPE).pointer("/model"))?;
    let question = WhatIf { model, data: body.data, scenarios: Vec::new(), changes: Vec::new() };
    Ok((service.resolve(who.org(), &question).await?.asked.base, list))
}

/// Runs as scenarios of the one model that they share.
async fn runs(
    service: &Arc<Service>,
    (who, request): (&Who, &HttpRequest),
    body: &Comparison,
) -> Result<Columns, Problem> {
    if body.data.is_some() || !body.scenarios.is_empty() || !body.changes.is_empty() {
        let words = Phrase::new("service.model_or_runs");
        return Err(Problem::new(problem::WRONG_SHAPE).detail(words).pointer("/runs"));
    }
    let mut shared: Option<([u8; 32], Arc<Base>)> = None;
    let mut list: Vec<Scenario> = Vec::new();
    if body.base {
        list.push(Scenario::base(Phrase::new("scenario.base").text()));
    }
    let mut findings = Vec::new();
    for (index, id) in body.runs.iter().enumerate() {
        let pointer = format!("/runs/{index}");
        let (_, resolved) = again(service, (who, request), id).await.map_err(|problem| problem.pointer(&pointer))?;
        let (key, _) = shared.get_or_insert_with(|| (resolved.model_key, Arc::clone(&resolved.asked.base)));
        if *key != resolved.model_key {
            findings.push(Finding::error("service.other_model", Place::file(&pointer)).with("run", id));
        }
        if list.iter().any(|known| known.id == *id) {
            findings.push(Finding::error("scenario.twice", Place::file(&pointer)).with("name", id));
        }
        let name = Text::same(id.get(..12).unwrap_or(id));
        let layer = Layer { id: id.clone(), name: name.clone(), file: None, changes: resolved.asked.changes };
        let (note, layers) = (Text::same(""), vec![layer]);
        list.push(Scenario { id: id.clone(), name, note, illustrative: false, layers });
    }
    match shared {
        Some((_, base)) if findings.is_empty() => Ok((base, list)),
        _ => Err(pointed(Findings(findings))),
    }
}
