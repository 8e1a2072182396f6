//! Negotiations between organisations: begun, listed, read; offers of the own party; the own file.

use actix_web::web::{self, Data, Path};
use actix_web::{HttpRequest, HttpResponse, http::Method, http::StatusCode};

use crate::horizontal::negotiation::moment;
use crate::http::access::Deed;
use crate::http::answers::{List, Paging};
use crate::http::edge::conditional::{Tag, not_modified};
use crate::http::edge::json::Json;
use crate::http::edge::problem::{self, Problem};
use crate::http::edge::query::Query;
use crate::http::failures::of_store;
use crate::http::routes::listing::{list, page};
use crate::http::routes::models::expected;
use crate::http::state::Service;
use crate::http::table::{Heeds, Route};
use crate::http::talks::{self, NegotiationBody, NegotiationDocument, NegotiationItem, PrivateDocument, RoundDocument};
use crate::http::who::{Posted, Who};
use crate::http::work::{located, tagged, worked};
use crate::phrases::Phrase;
use crate::questions::negotiation::{OfferBody, PrivateBody};
use crate::store::{Negotiation, NewNegotiation, NewPrivateFile, NewRound, RoundEntry, StoreError};

/// How often an offer is tried again where another one came in between.
const TRIES: u32 = 8;

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    const NEGOTIATION: &str = "/api/v1/negotiations/{id}";
    const BEGIN: &str = r#"{"case":{"name":"示例","illustrative":true,"party":[{"id":"up"},{"id":"down"}],"issue":[{"id":"base","kind":"money","unit":"万元","range":[0,20000],"step":10}],"clause":[{"id":"met","from":"down","to":"up","pays":"base","when":[{"variable":"P","at_most":1}]}],"scenario":[{"id":"good","probability":"80%","outcome":{"P":0.9}},{"id":"bad","probability":"20%","outcome":{"P":1.1}}]},"parties":{"up":"default","down":"org-b"}}"#;
    const OFFER: &str = r#"{"terms":{"base":8000},"note":""}"#;
    const OFFERS: &str = "/api/v1/negotiations/{id}/offers";
    const PRIVATE: &str = "/api/v1/negotiations/{id}/parties/{party}/private";
    vec![
        Route::new(
            (Method::POST, "/api/v1/negotiations"),
            ("beginNegotiation", "api.begin_negotiation"),
            Deed::Make,
            || web::post().to(begin),
        )
        .takes::<NegotiationBody>()
        .example(BEGIN)
        .gives::<NegotiationDocument>(201, "api.the_negotiation")
        .with_headers(&["Location", "ETag"])
        .heeds(&[Heeds::IdempotencyKey]),
        Route::new(
            (Method::GET, "/api/v1/negotiations"),
            ("listNegotiations", "api.list_negotiations"),
            Deed::Read,
            || web::get().to(every),
        )
        .query::<Paging>()
        .gives::<List<NegotiationItem>>(200, "api.part_of_list"),
        Route::new((Method::GET, NEGOTIATION), ("getNegotiation", "api.get_negotiation"), Deed::Read, || {
            web::get().to(one)
        })
        .gives::<NegotiationDocument>(200, "api.the_negotiation")
        .revalidated(),
        Route::new((Method::POST, OFFERS), ("makeOffer", "api.make_offer"), Deed::Make, || web::post().to(offer))
            .takes::<OfferBody>()
            .example(OFFER)
            .gives::<RoundDocument>(201, "api.the_round")
            .with_headers(&["Location"])
            .heeds(&[Heeds::IdempotencyKey]),
        Route::new((Method::GET, PRIVATE), ("getPrivateFile", "api.get_private_file"), Deed::Read, || {
            web::get().to(private)
        })
        .gives::<PrivateDocument>(200, "api.own_file")
        .revalidated()
        .private(),
        Route::new((Method::PUT, PRIVATE), ("putPrivateFile", "api.put_private_file"), Deed::Make, || {
            web::put().to(put_private)
        })
        .takes::<PrivateBody>()
        .gives::<PrivateDocument>(201, "api.first_revision")
        .with_headers(&["ETag"])
        .gives::<PrivateDocument>(200, "api.further_revision")
        .with_headers(&["ETag"])
        .heeds(&[Heeds::IfMatch])
        .private(),
    ]
}

/// What the store holds and we cannot read.
pub(super) fn unreadable(error: &serde_json::Error) -> Problem {
    tracing::error!(%error, "a negotiation of the store cannot be read");
    Problem::new(problem::INTERNAL)
}

/// A negotiation and its rounds, for an organisation with a seat.
pub(super) async fn open(service: &Service, org: &str, id: &str) -> Result<(Negotiation, Vec<RoundEntry>), Problem> {
    let negotiation = service.store.negotiation(org, id).await.map_err(of_store)?;
    let rounds = service.store.rounds(org, id).await.map_err(of_store)?;
    Ok((negotiation, rounds))
}

/// The same answer for a party that is another's and for one that there is not.
///
/// # Errors
/// 404.
pub(super) fn own(negotiation: &Negotiation, party: &str) -> Result<(), Problem> {
    if negotiation.entry.party.as_deref() == Some(party) { Ok(()) } else { Err(Problem::new(problem::NOT_FOUND)) }
}

fn answer(status: StatusCode, negotiation: Negotiation, rounds: Vec<RoundEntry>) -> Result<HttpResponse, Problem> {
    let tag = Tag::named(format!("r{}", rounds.len()));
    let document = NegotiationDocument::of(negotiation, rounds).map_err(|error| unreadable(&error))?;
    Ok(tagged(status, &tag, &document))
}

async fn begin(who: Who, service: Data<Service>, body: Posted<NegotiationBody>) -> Result<HttpResponse, Problem> {
    let (kept, asker) = (service.clone(), who.clone());
    let make = |body: NegotiationBody, request: HttpRequest, id: Option<String>| async move {
        let org = asker.org().to_owned();
        let (begun, body) =
            worked(&kept, (&asker, &request), move || talks::begin(&body, &org).map(|begun| (begun, body))).await?;
        let new = NewNegotiation {
            id: id.unwrap_or_else(|| uuid::Uuid::now_v7().to_string()),
            name: begun.name,
            hash: begun.hash,
            document: begun.document,
            parties: body.parties,
            mediator: body.mediator,
        };
        let put = kept.store.put_negotiation(&asker.by(), new).await.map_err(of_store)?;
        let id = put.value.entry.id.clone();
        let rounds = kept.store.rounds(asker.org(), &id).await.map_err(of_store)?;
        Ok(located(answer(StatusCode::CREATED, put.value, rounds)?, &talks::address(&id)))
    };
    body.once(&service, &who, make).await
}

async fn every(who: Who, service: Data<Service>, paging: Query<Paging>) -> Result<HttpResponse, Problem> {
    let found = service.store.negotiations(who.org(), &page(&paging)?).await.map_err(of_store)?;
    Ok(HttpResponse::Ok().json(list(found, NegotiationItem::of)))
}

async fn one(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (negotiation, rounds) = open(&service, who.org(), &id).await?;
    let known = not_modified(&request, &Tag::named(format!("r{}", rounds.len())))?;
    known.map_or_else(|| answer(StatusCode::OK, negotiation, rounds), Ok)
}

async fn offer(
    who: Who,
    service: Data<Service>,
    id: Path<String>,
    body: Posted<OfferBody>,
) -> Result<HttpResponse, Problem> {
    let seat = service.store.negotiation(who.org(), &id).await.map_err(of_store)?.entry.party;
    let Some(party) = seat else {
        return Err(Problem::new(problem::FORBIDDEN).detail(Phrase::new("talks.not_a_party")));
    };
    let (kept, asker, negotiation) = (service.clone(), who.clone(), id.into_inner());
    let make = |body: OfferBody, request: HttpRequest, id: Option<String>| async move {
        let id = id.unwrap_or_else(|| uuid::Uuid::now_v7().to_string());
        let seat = Seat { negotiation, party };
        for _ in 0..TRIES {
            if let Some(round) = seat.offer(&kept, (&asker, &request), &id, body.clone()).await? {
                let document = RoundDocument::of(round).map_err(|error| unreadable(&error))?;
                return Ok(located(HttpResponse::Created().json(document), &talks::address(&seat.negotiation)));
            }
        }
        Err(Problem::new(problem::CONFLICT).detail(Phrase::new("talks.busy")))
    };
    body.once(&service, &who, make).await
}

/// A party of a negotiation.
struct Seat {
    negotiation: String,
    party: String,
}

impl Seat {
    /// Adds an offer after the last round; `None` where another came in between.
    async fn offer(
        &self,
        service: &Service,
        (who, request): (&Who, &HttpRequest),
        id: &str,
        body: OfferBody,
    ) -> Result<Option<RoundEntry>, Problem> {
        let (negotiation, rounds) = open(service, who.org(), &self.negotiation).await?;
        // The same keyed request again after a crash finds the round that it made.
        if let Some(made) = rounds.iter().find(|round| round.id == id) {
            return Ok(Some(made.clone()));
        }
        let (table, party, by) = (talks::table(&negotiation, &rounds), self.party.clone(), who.by());
        let at = moment(u64::try_from(by.at.0).unwrap_or(0) / 1_000_000);
        let round = worked(service, (who, request), move || table.offer(&party, &at, body)).await?;
        let new = NewRound {
            negotiation: self.negotiation.clone(),
            id: id.to_owned(),
            party: self.party.clone(),
            number: i64::from(round.number),
            line: round.line(),
            hash: round.hash,
            previous: round.previous,
        };
        match service.store.add_round(&by, new).await {
            Ok(put) => Ok(Some(put.value)),
            Err(StoreError::Stale { .. }) => Ok(None),
            Err(error) => Err(of_store(error)),
        }
    }
}

async fn private(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (id, party) = path.into_inner();
    let file = service.store.private_file(who.org(), &id, &party).await.map_err(of_store)?;
    let tag = Tag::named(file.revision);
    if let Some(known) = not_modified(&request, &tag)? {
        return Ok(known);
    }
    let document = PrivateDocument::of(file).map_err(|error| unreadable(&error))?;
    Ok(tagged(StatusCode::OK, &tag, &document))
}

async fn put_private(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    path: Path<(String, String)>,
    body: Json<PrivateBody>,
) -> Result<HttpResponse, Problem> {
    let (id, party) = path.into_inner();
    // Before anything else is looked at: what is another's is not there.
    let negotiation = service.store.negotiation(who.org(), &id).await.map_err(of_store)?;
    own(&negotiation, &party)?;
    let current = match service.store.private_file(who.org(), &id, &party).await {
        Ok(found) => Some(found.revision),
        Err(StoreError::NotFound) => None,
        Err(error) => return Err(of_store(error)),
    };
    let expected = expected(&request, current)?;
    let (table, owner) = (talks::table(&negotiation, &[]), party.clone());
    let body = worked(&service, (&who, &request), move || table.check(&owner, &body.0).map(|()| body.0)).await?;
    let new = NewPrivateFile {
        negotiation: id,
        party,
        document: serde_json::to_string(&body.private).map_err(|error| unreadable(&error))?,
        mediation: body.mediation,
        expected,
    };
    let put = service.store.put_private_file(&who.by(), new).await.map_err(of_store)?;
    let tag = Tag::named(put.value.revision);
    let status = if put.is_new && put.value.revision == 1 { StatusCode::CREATED } else { StatusCode::OK };
    let document = PrivateDocument::of(put.value).map_err(|error| unreadable(&error))?;
    Ok(tagged(status, &tag, &document))
}
