//! Analyses of a model under changes, as long jobs: the documents of the command line.

use std::sync::Arc;

use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse, http::Method};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::analysis::{alternatives, curve, frontier, ranges, robust, sobol, tornado};
use crate::evaluation::Plan;
use crate::finding::{Finding, Place};
use crate::http::access::Deed;
use crate::http::answers::JobDocument;
use crate::http::documents::{Analysis, Possible};
use crate::http::edge::problem::Problem;
use crate::http::failures::pointed;
use crate::http::state::Service;
use crate::http::table::{Heeds, Route};
use crate::http::who::{Posted, Who};
use crate::http::work::{Document, Order, Speed, Then, perform, respond};
use crate::jobs::{Asked, Ticket, solved};
use crate::questions::{self, Failure};
use crate::run::Prepared;
use crate::scenario::Scenario;
use crate::sweep::store::{Existing, Store};
use crate::sweep::{self, DrawsFormat, Manifest, Summary};

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![
        route::<questions::Frontier, frontier::Frontier>(
            ("/api/v1/analyses/frontier", "frontier", "api.frontier"),
            || web::post().to(frontier),
            r#"{"model":"chongming-vertical","question":{"beside_capped":true}}"#,
        ),
        route::<questions::Curve, curve::Curve>(
            ("/api/v1/analyses/curve", "curve", "api.curve"),
            || web::post().to(curve),
            r#"{"model":"chongming-vertical","question":{"path":"fund.district.amount"}}"#,
        ),
        route::<questions::Ranges, ranges::Ranges>(
            ("/api/v1/analyses/ranges", "ranges", "api.ranges"),
            || web::post().to(ranges),
            r#"{"model":"chongming-vertical","question":{"within":1,"by":"area"}}"#,
        ),
        route::<questions::Alternatives, alternatives::Alternatives>(
            ("/api/v1/analyses/alternatives", "alternatives", "api.alternatives"),
            || web::post().to(alternatives),
            r#"{"model":"chongming-vertical","question":{"count":3}}"#,
        ),
        route::<questions::Tornado, tornado::Tornado>(
            ("/api/v1/analyses/tornado", "tornado", "api.tornado"),
            || web::post().to(tornado),
            r#"{"model":"chongming-uncertain","question":{"low":10,"high":90}}"#,
        ),
        route::<questions::Sobol, sobol::Indices>(
            ("/api/v1/analyses/sobol", "sobol", "api.sobol"),
            || web::post().to(sobol),
            r#"{"model":"chongming-uncertain","question":{"samples":64}}"#,
        ),
        route::<questions::Robust, robust::RobustPlan>(
            ("/api/v1/analyses/robust", "robust", "api.robust"),
            || web::post().to(robust),
            r#"{"model":"chongming-vertical","scenarios":["wetland-value"],"question":{"method":"regret"}}"#,
        ),
        route::<questions::Sweep, Summary>(
            ("/api/v1/analyses/sweep", "sweep", "api.sweep"),
            || web::post().to(sweep),
            r#"{"model":"chongming-uncertain","question":{"draws":200}}"#,
        ),
    ]
}

fn route<Q: JsonSchema, A: JsonSchema>(
    (path, id, words): (&'static str, &'static str, &'static str),
    handler: fn() -> actix_web::Route,
    example: &'static str,
) -> Route {
    Route::new((Method::POST, path), (id, words), Deed::Make, handler)
        .takes::<Analysis<Q>>()
        .example(example)
        .gives::<Possible<A>>(200, "api.document_or_none")
        .gives::<JobDocument>(202, "api.job_instead")
        .with_headers(&["Location"])
        .heeds(&[Heeds::IdempotencyKey, Heeds::Prefer])
}

/// What an analysis may use.
struct Means {
    ticket: Arc<Ticket>,
    threads: usize,
    draws: u64,
    /// The scenarios named, where they are not laid over the model.
    scenarios: Vec<Scenario>,
    service: Arc<Service>,
}

impl Means {
    fn told(&self) -> impl FnMut(u64, u64) + use<> {
        let ticket = Arc::clone(&self.ticket);
        move |done, total| ticket.reached(done, total)
    }

    /// Refuses more scenarios than the service answers at once.
    fn within(&self, wanted: u64, pointer: &str) -> Result<(), Finding> {
        if wanted <= self.draws {
            return Ok(());
        }
        let finding = Finding::error("service.too_many_draws", Place::file(pointer));
        Err(finding.with("wanted", wanted.to_string()).with("most", self.draws.to_string()))
    }
}

/// Whether the scenarios of a question are laid over the model.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scenarios {
    Over,
    Beside,
}

async fn analyse<Q, A>(
    (who, service, body): (Who, Data<Service>, Posted<Analysis<Q>>),
    (kind, scenarios): (&'static str, Scenarios),
    answer: fn(&Asked, &Q, &Means) -> Result<A, Failure>,
) -> Result<HttpResponse, Problem>
where
    Q: DeserializeOwned + Send + 'static,
    A: Serialize + 'static,
{
    let (kept, asker) = (service.clone(), who.clone());
    let noted = body.noted();
    let work = |body: Analysis<Q>, request: HttpRequest, id: Option<String>| async move {
        let order = order(&kept, &asker, (body, noted), (kind, scenarios), answer).await?;
        Ok(respond(perform(&kept, &asker, &request, Order { id, ..order }).await?))
    };
    body.once(&service, &who, work).await
}

async fn order<Q, A>(
    service: &Data<Service>,
    who: &Who,
    (body, noted): (Analysis<Q>, Vec<u8>),
    (kind, scenarios): (&'static str, Scenarios),
    answer: fn(&Asked, &Q, &Means) -> Result<A, Failure>,
) -> Result<Order, Problem>
where
    Q: Send + 'static,
    A: Serialize + 'static,
{
    let (mut question, asked) = body.split();
    let mut beside = Vec::new();
    if scenarios == Scenarios::Beside {
        beside = service.scenarios(&std::mem::take(&mut question.scenarios)).map_err(pointed)?;
    }
    let resolved = service.resolve(who.org(), &question).await?;
    let (threads, draws) = (service.settings.threads, service.settings.draws);
    let keeper = service.clone().into_inner();
    let work = move |ticket: &Arc<Ticket>| {
        let means = Means { ticket: Arc::clone(ticket), threads, draws, scenarios: beside, service: keeper };
        let document = answer(&resolved.asked, &asked, &means)?;
        Ok(Document { outcome: "done", hash: String::new(), bytes: questions::pretty(&document) })
    };
    Ok(Order { kind, speed: Speed::Long, request: noted, then: Then::Answer, work: Box::new(work), id: None })
}

fn prepared(asked: &Asked) -> Result<Prepared, Failure> {
    Ok(asked.base.under(&asked.changes)?)
}

/// A handler that hands the question to an answer.
macro_rules! handler {
    ($name:ident, $question:ty, $kind:literal, $scenarios:ident, $answer:expr) => {
        async fn $name(
            who: Who,
            service: Data<Service>,
            body: Posted<Analysis<$question>>,
        ) -> Result<HttpResponse, Problem> {
            analyse((who, service, body), ($kind, Scenarios::$scenarios), $answer).await
        }
    };
}

handler!(frontier, questions::Frontier, "frontier", Over, |asked, question, means| {
    questions::frontier(&solved(asked, &means.ticket, false)?, question, &means.ticket.options())
});
handler!(curve, questions::Curve, "curve", Over, |asked, question, means| {
    questions::curve(&prepared(asked)?, question, &means.ticket.options())
});
handler!(ranges, questions::Ranges, "ranges", Over, |asked, question, means| {
    let run = solved(asked, &means.ticket, false)?;
    questions::ranges(&run, question, (&means.ticket.options(), means.threads))
});
handler!(alternatives, questions::Alternatives, "alternatives", Over, |asked, question, means| {
    let run = solved(asked, &means.ticket, false)?;
    questions::alternatives(&run, question, (&means.ticket.options(), means.threads))
});
handler!(tornado, questions::Tornado, "tornado", Over, |asked, question, means| {
    questions::tornado(&prepared(asked)?, question, (&means.ticket.options(), means.threads))
});
handler!(sobol, questions::Sobol, "sobol", Over, |asked, question, means| {
    means.within(question.samples, "/question/samples")?;
    let prepared = prepared(asked)?;
    questions::sobol(&prepared, question, (&means.ticket.options(), means.threads), &mut means.told())
});
handler!(robust, questions::Robust, "robust", Beside, |asked, question, means| {
    questions::robust(&prepared(asked)?, &means.scenarios, question, &means.ticket.options())
});
handler!(sweep, questions::Sweep, "sweep", Over, swept);

fn swept(asked: &Asked, question: &questions::Sweep, means: &Means) -> Result<Summary, Failure> {
    let levels = questions::levels(&question.quantiles)?;
    let grids = question.grids.iter().map(|text| questions::grid(text)).collect::<Result<Vec<_>, _>>()?;
    let prepared = prepared(asked)?;
    let plan = Plan::new(&prepared, &question.wanted(grids))?;
    means.within(plan.draws, "/question/draws")?;
    let folder = means.service.spool.folder()?;
    let manifest = Manifest::new(&prepared, &plan, DrawsFormat::Parquet, question.precision());
    let mut store = Store::open(folder.path(), &manifest, Existing::Refuse)?;
    let options = means.ticket.options();
    let job = sweep::Sweep { prepared: &prepared, plan: &plan, threads: means.threads, stop: means.ticket.flag() };
    let (mut told, draws) = (means.told(), plan.draws);
    let solving = (question.precision(), &options);
    let summary = questions::sweep(&job, &mut store, (&levels, solving), &mut |done| told(done, draws))?;
    questions::unless_interrupted(summary, &options)
}
