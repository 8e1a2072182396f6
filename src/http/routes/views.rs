//! What a party sees of a negotiation, and what a mediator sees.

use std::sync::Arc;

use actix_web::web::{self, Data, Path};
use actix_web::{HttpRequest, HttpResponse, http::Method};
use serde_json::json;

use crate::horizontal::negotiation::{Mediation, PartyView};
use crate::http::access::Deed;
use crate::http::answers::JobDocument;
use crate::http::edge::json::Json;
use crate::http::edge::problem::{self, Problem};
use crate::http::edge::query::Query;
use crate::http::failures::of_store;
use crate::http::routes::negotiations::{open, own};
use crate::http::routes::questions::{deliver, media, unless_ended, wanted_form, written};
use crate::http::state::Service;
use crate::http::table::{Heeds, Route};
use crate::http::talks::{self, ViewQuery};
use crate::http::who::Who;
use crate::http::work::{Document, Order, Speed, Then};
use crate::jobs::Ticket;
use crate::phrases::Phrase;
use crate::questions::Failure;
use crate::questions::negotiation::TrialBody;
use crate::report::forms::Printed as _;
use crate::store::StoreError;

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            (Method::GET, "/api/v1/negotiations/{id}/parties/{party}/view"),
            ("viewNegotiation", "api.view_negotiation"),
            Deed::Read,
            || web::get().to(view),
        )
        .query::<ViewQuery>()
        .gives::<PartyView>(200, "api.own_view")
        .or_gives_bytes(&media(&PartyView::forms()))
        .gives::<JobDocument>(202, "api.job_instead")
        .with_headers(&["Location"])
        .heeds(&[Heeds::Prefer])
        .private(),
        Route::new(
            (Method::POST, "/api/v1/negotiations/{id}/parties/{party}/trials"),
            ("tryOffers", "api.try_offers"),
            Deed::Read,
            || web::post().to(trial),
        )
        .takes::<TrialBody>()
        .example(r#"{"offers":[{"base":9000}],"counters":false}"#)
        .gives::<PartyView>(200, "api.own_view_with_trials")
        .or_gives_bytes(&media(&PartyView::forms()))
        .gives::<JobDocument>(202, "api.job_instead")
        .with_headers(&["Location"])
        .heeds(&[Heeds::Prefer])
        .private(),
        Route::new(
            (Method::GET, "/api/v1/negotiations/{id}/mediation"),
            ("mediate", "api.mediate"),
            Deed::Read,
            || web::get().to(mediation),
        )
        .gives::<Mediation>(200, "api.view_of_mediator")
        .or_gives_bytes(&media(&Mediation::forms()))
        .gives::<JobDocument>(202, "api.job_instead")
        .with_headers(&["Location"])
        .heeds(&[Heeds::Prefer])
        .private(),
    ]
}

/// An order for a view. Nothing private is noted of it.
fn order(
    speed: Speed,
    noted: &serde_json::Value,
    work: impl FnOnce(&Arc<Ticket>) -> Result<Document, Failure> + Send + 'static,
) -> Order {
    Order {
        kind: "negotiation",
        speed,
        request: noted.to_string().into_bytes(),
        then: Then::Answer,
        work: Box::new(work),
        id: None,
    }
}

async fn view(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    path: Path<(String, String)>,
    query: Query<ViewQuery>,
) -> Result<HttpResponse, Problem> {
    let asked = TrialBody { offers: Vec::new(), counters: query.counters.unwrap_or(false) };
    seen((who, service, request), path.into_inner(), asked).await
}

async fn trial(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    path: Path<(String, String)>,
    body: Json<TrialBody>,
) -> Result<HttpResponse, Problem> {
    seen((who, service, request), path.into_inner(), body.0).await
}

async fn seen(
    (who, service, request): (Who, Data<Service>, HttpRequest),
    (id, party): (String, String),
    asked: TrialBody,
) -> Result<HttpResponse, Problem> {
    let (form, lang) = (wanted_form(&request, &PartyView::forms())?, who.lang);
    let (negotiation, rounds) = open(&service, who.org(), &id).await?;
    own(&negotiation, &party)?;
    let file = match service.store.private_file(who.org(), &id, &party).await {
        Ok(file) => Some(file),
        Err(StoreError::NotFound) => None,
        Err(error) => return Err(of_store(error)),
    };
    let table = talks::table(&negotiation, &rounds);
    let speed = if asked.counters { Speed::Long } else { Speed::Quick };
    let noted = json!({ "negotiation": id, "party": party });
    let order = order(speed, &noted, move |ticket| {
        let own = file.as_ref().map(|file| file.document.as_str());
        written(&unless_ended(ticket, table.view(own, &asked, &ticket.options()))??, form, lang)
    });
    deliver((&service, &who, &request), order, (form, "negotiation")).await
}

async fn mediation(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (form, lang) = (wanted_form(&request, &Mediation::forms())?, who.lang);
    let files = service.store.private_files(who.org(), &id).await.map_err(of_store)?;
    let Some(files) = files else {
        return Err(Problem::new(problem::CONFLICT).detail(Phrase::new("talks.not_agreed")));
    };
    let (negotiation, rounds) = open(&service, who.org(), &id).await?;
    let table = talks::table(&negotiation, &rounds);
    let noted = json!({ "negotiation": id.as_str() });
    let order = order(Speed::Long, &noted, move |ticket| {
        let files: Vec<String> = files.into_iter().map(|file| file.document).collect();
        written(&unless_ended(ticket, table.mediation(&files, &ticket.options()))??, form, lang)
    });
    deliver((&service, &who, &request), order, (form, "negotiation")).await
}
