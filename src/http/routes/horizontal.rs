//! Horizontal compensation, asked and not kept: divisions, games, bargains, settlements, payments.

use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse, http::Method};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::horizontal::cooperative::{GameRequest, Solved};
use crate::horizontal::division::{Division, DivisionRequest};
use crate::horizontal::settlement::Settlement;
use crate::horizontal::{bargaining, payment};
use crate::http::access::Deed;
use crate::http::answers::JobDocument;
use crate::http::edge::aside::aside;
use crate::http::edge::json::{self, JsonBytes};
use crate::http::edge::problem::Problem;
use crate::http::horizontal::{PaymentQuestion, Question, SettlementQuestion};
use crate::http::state::Service;
use crate::http::table::{Heeds, Route};
use crate::http::who::Who;
use crate::http::work::{Document, Order, Speed, Then, perform, respond};

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    const DIVISION: &str = r#"{"amount":"200 万元","rules":["talmud","CEA"],"unit":"万元","claims":[{"name":"甲县","claim":100},{"name":"乙县","claim":"200"},{"name":"丙县","claim":"300 万元"}]}"#;
    const GAME: &str =
        r#"{"kind":"cost","unit":"万元","parties":["甲","乙"],"coalitions":{"甲":"100","乙":"80","甲+乙":"150"}}"#;
    const BARGAIN: &str = r#"{"unit":"万元","party":[{"id":"up","disagreement":0},{"id":"down","disagreement":0,"cap":60}],"constraint":[{"coefficients":{"up":1,"down":1},"at_most":100}],"solutions":["nash","kalai_smorodinsky"]}"#;
    const SETTLEMENT: &str = r#"{"agreement":{"agreement":{"name":"示例","first_year":2020,"last_year":2022,"basis":"示例","source":"示例","confirmed":"assumed","illustrative":true},"party":[{"id":"up","name":"上游"},{"id":"down","name":"下游"}],"clause":[{"id":"fixed","title":"定额补偿","basis":"示例","payment":{"pay":[{"from":"down","to":"up","amount":"1 亿元"}]}}]},"year":2020}"#;
    const PAYMENT: &str = r#"{"case":{"name":"示例","illustrative":true,"data":{"gep":"gep.csv"},"area":[{"id":"up"},{"id":"down"}],"river":[{"from":"up","to":"down"}],"service":[{"id":"water","hydrological":true}],"flow":[{"service":"water","from":"up","to":"down","share":"60%"}],"party":[{"id":"up","cost":"2000 万元"},{"id":"down","budget":"5000 万元"}]},"files":{"gep.csv":"区域,服务,生态产品总值(万元)\nup,water,10000\n"}}"#;
    vec![
        route::<DivisionRequest, Division>("/api/v1/horizontal/divisions", ("divide", "api.divide"), DIVISION, || {
            web::post().to(ask::<DivisionRequest>)
        }),
        route::<GameRequest, Solved>("/api/v1/horizontal/games", ("solveGame", "api.solve_game"), GAME, || {
            web::post().to(ask::<GameRequest>)
        }),
        route::<bargaining::Request, bargaining::Answer>(
            "/api/v1/horizontal/bargains",
            ("bargain", "api.bargain"),
            BARGAIN,
            || web::post().to(ask::<bargaining::Request>),
        ),
        route::<SettlementQuestion, Settlement>(
            "/api/v1/horizontal/settlements",
            ("settle", "api.settle"),
            SETTLEMENT,
            || web::post().to(ask::<SettlementQuestion>),
        ),
        route::<PaymentQuestion, payment::Answer>("/api/v1/horizontal/payments", ("pay", "api.pay"), PAYMENT, || {
            web::post().to(ask::<PaymentQuestion>)
        }),
    ]
}

fn route<Q: JsonSchema, A: JsonSchema>(
    path: &'static str,
    (id, words): (&'static str, &'static str),
    example: &'static str,
    handler: fn() -> actix_web::Route,
) -> Route {
    Route::new((Method::POST, path), (id, words), Deed::Read, handler)
        .takes::<Q>()
        .example(example)
        .gives::<A>(200, "api.document_of_command_line")
        .gives::<JobDocument>(202, "api.job_instead")
        .with_headers(&["Location"])
        .heeds(&[Heeds::Prefer])
}

async fn ask<Q: Question + DeserializeOwned + JsonSchema + Send + 'static>(
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    body: JsonBytes,
) -> Result<HttpResponse, Problem> {
    let text = body.0.clone();
    let question: Q = aside(text.len(), move || json::parse(&text)).await?;
    let speed = if question.is_long() { Speed::Long } else { Speed::Quick };
    let work = move |ticket: &std::sync::Arc<crate::jobs::Ticket>| {
        Ok(Document { outcome: "done", hash: String::new(), bytes: question.answer(ticket)? })
    };
    let order = Order {
        kind: "horizontal",
        speed,
        request: body.0.to_vec(),
        then: Then::Answer,
        work: Box::new(work),
        id: None,
    };
    Ok(respond(perform(&service, &who, &request, order).await?))
}
