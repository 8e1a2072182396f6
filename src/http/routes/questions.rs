//! Every question of the table as a route: read by its type, answered by a worker, written in the form that the client accepts.
//!
//! There is one handler for all of them; only reading a body is made anew for every type.

use std::sync::{Arc, OnceLock};

use actix_web::http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_LOCATION};
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse, http::Method, http::StatusCode};

use crate::finding::Findings;
use crate::http::access::Deed;
use crate::http::answers::JobDocument;
use crate::http::documents::{Analysis, Possible, WhatIf};
use crate::http::edge::aside::aside;
use crate::http::edge::json::{self, JsonBytes};
use crate::http::edge::problem::{self, Problem};
use crate::http::failures::{of_store, pointed};
use crate::http::names::attachment;
use crate::http::resolve::Resolved;
use crate::http::state::Service;
use crate::http::table::{Heeds, Route};
use crate::http::who::{Who, once};
use crate::http::work::{Document, INFEASIBLE, Order, Speed, Then, json_bytes, now, perform, prefers_async, respond};
use crate::jobs::{End, Ticket, hexadecimal, key_of};
use crate::phrases::{Lang, Phrase};
use crate::questions::Failure;
use crate::questions::pointers::Pointers;
use crate::questions::question::{AskDocument, AskModel, Means, Model, OfDocument, OfModel};
use crate::questions::table::{Entry, Length, May, Scenarios, SchemaOf, Visitor, visit};
use crate::report::forms::{Answer, Form, Printed};
use crate::scenario::Scenario;
use crate::store::{NewAnalysis, StoreError};

/// A body of a question about a model.
struct Asked {
    what_if: WhatIf,
    question: Box<dyn AskModel>,
}

/// How a body is read.
/// A body as a question that is a document complete in itself.
type ReadDocument = fn(&[u8]) -> Result<Box<dyn AskDocument>, Problem>;

enum Read {
    Model(fn(&[u8]) -> Result<Asked, Problem>),
    Document(ReadDocument),
}

/// A question as the service asks it.
struct Asking {
    entry: Entry,
    forms: Vec<Form>,
    read: Read,
}

fn read_model<Q: OfModel>(bytes: &[u8]) -> Result<Asked, Problem> {
    let (what_if, question) = json::parse::<Analysis<Q>>(bytes)?.split();
    Ok(Asked { what_if, question: Box::new(question) })
}

fn read_document<Q: OfDocument>(bytes: &[u8]) -> Result<Box<dyn AskDocument>, Problem> {
    Ok(Box::new(json::parse::<Q>(bytes)?))
}

/// Makes routes, and what their handler must know.
#[derive(Default)]
struct Routes {
    routes: Vec<Route>,
    askings: Vec<Asking>,
}

fn route(entry: &Entry) -> Route {
    let deed = match entry.may {
        May::Read => Deed::Read,
        May::Make => Deed::Make,
    };
    Route::new((Method::POST, entry.path), (entry.operation, entry.words), deed, || web::post().to(ask))
        .example(entry.example)
}

/// Whether a repeated request with one key is carried out once: where what it makes, or the work, is worth keeping.
fn is_kept(entry: &Entry) -> bool {
    entry.may == May::Make || entry.length == Length::Long
}

fn heeds(entry: &Entry) -> &'static [Heeds] {
    if is_kept(entry) { &[Heeds::IdempotencyKey, Heeds::Prefer] } else { &[Heeds::Prefer] }
}

/// Media types of the forms beside JSON.
pub(super) fn media(forms: &[Form]) -> Vec<&'static str> {
    forms.iter().filter(|form| **form != Form::Json).map(|form| form.media()).collect()
}

impl Routes {
    fn add(&mut self, entry: Entry, forms: Vec<Form>, (route, read): (Route, Read)) {
        let route = route
            .or_gives_bytes(&media(&forms))
            .gives::<JobDocument>(202, "api.job_instead")
            .with_headers(&["Location"])
            .heeds(heeds(&entry));
        self.routes.push(route);
        self.askings.push(Asking { entry, forms, read });
    }
}

impl Visitor for Routes {
    fn of_model<Q: OfModel>(&mut self, entry: Entry) {
        let route = route(&entry).takes::<Analysis<Q>>();
        let route = route.gives::<Possible<Q::Answer>>(200, "api.document_or_none");
        self.add(entry, Q::Answer::forms(), (route, Read::Model(read_model::<Q>)));
    }

    fn of_document<Q: OfDocument>(&mut self, entry: Entry) {
        let route = route(&entry).takes::<Q>().gives::<Q::Answer>(200, "api.document_of_command_line");
        self.add(entry, Q::Answer::forms(), (route, Read::Document(read_document::<Q>)));
    }

    fn own(&mut self, _: Entry, _: SchemaOf, _: Vec<Form>) {}
}

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    made().routes
}

fn made() -> Routes {
    let mut routes = Routes::default();
    visit(&mut routes);
    routes
}

/// The question that a request asks.
fn asking(request: &HttpRequest) -> Result<&'static Asking, Problem> {
    static ASKINGS: OnceLock<Vec<Asking>> = OnceLock::new();
    let pattern = request.match_pattern().unwrap_or_default();
    let askings = ASKINGS.get_or_init(|| made().askings);
    askings.iter().find(|asking| asking.entry.path == pattern).ok_or_else(|| Problem::new(problem::NOT_FOUND))
}

/// The form that a client accepts: JSON, unless it names another one before.
///
/// # Errors
/// 406 where it names only forms that this answer does not have.
pub(super) fn wanted_form(request: &HttpRequest, forms: &[Form]) -> Result<Form, Problem> {
    let values = request.headers().get_all(ACCEPT).filter_map(|value| value.to_str().ok());
    let mut wanted: Vec<(f64, String)> = Vec::new();
    for part in values.flat_map(|value| value.split(',')).take(100) {
        let mut pieces = part.split(';').map(str::trim);
        let media = pieces.next().unwrap_or_default().to_ascii_lowercase();
        let weight = pieces.find_map(|piece| piece.strip_prefix("q=")).and_then(|weight| weight.parse().ok());
        wanted.push((weight.unwrap_or(1.0), media));
    }
    wanted.retain(|(weight, _)| *weight > 0.0);
    wanted.sort_by(|one, other| other.0.total_cmp(&one.0));
    let mut lacking = None;
    for (_, media) in wanted {
        let of = |form: &Form| form.media().split(';').next() == Some(media.as_str());
        match Form::ALL.into_iter().find(of) {
            Some(form) if forms.contains(&form) => return Ok(form),
            Some(form) => lacking = lacking.or(Some(form)),
            None if media == "*/*" || media == "application/*" => return Ok(Form::Json),
            None => {}
        }
    }
    match lacking {
        None => Ok(Form::Json),
        Some(form) => {
            let known: Vec<&str> = forms.iter().map(|form| form.media()).collect();
            let words = Phrase::new("report.no_form").with("form", form.word()).with("forms", known.join(", "));
            Err(Problem::new(problem::NOT_ACCEPTABLE).detail(words))
        }
    }
}

/// Answers an order in a form; `name` is that of the file.
///
/// # Errors
/// As [`perform`]; 409 where there is no plan to write as a file.
pub(super) async fn deliver(
    (service, who, request): (&Data<Service>, &Who, &HttpRequest),
    order: Order,
    (form, name): (Form, &str),
) -> Result<HttpResponse, Problem> {
    if form == Form::Json {
        return Ok(respond(perform(service, who, request, order).await?));
    }
    // A file is waited for: it is no document that a job could give.
    let document = now(service, who, request, order).await?;
    if document.outcome == INFEASIBLE {
        let words = Phrase::new("service.none_to_print").with("form", form.word());
        return Err(Problem::new(problem::CONFLICT).detail(words));
    }
    let mut answer = HttpResponse::Ok();
    answer.content_type(form.media());
    if form != Form::Table {
        let title = Phrase::new(file_words(name)).render(who.lang);
        let file = attachment(&format!("{title}.{}", form.extension()), &format!("{name}.{}", form.extension()));
        answer.insert_header((CONTENT_DISPOSITION, file));
    }
    Ok(answer.body(document.bytes))
}

/// What the file of an answer is called.
fn file_words(name: &str) -> &'static str {
    match name {
        "comparison" => "api.file_comparison",
        "explanation" | "explainWhatIf" => "api.file_explanation",
        "frontier" => "api.file_frontier",
        "curve" => "api.file_curve",
        "ranges" => "api.file_ranges",
        "alternatives" => "api.file_alternatives",
        "tornado" => "api.file_tornado",
        "sobol" => "api.file_sobol",
        "robust" => "api.file_robust",
        "sweep" => "api.file_sweep",
        "settle" => "api.file_settlement",
        "pay" => "api.file_payment",
        "divide" => "api.file_division",
        "solveGame" => "api.file_game",
        "bargain" | "negotiation" => "api.file_negotiation",
        _ => "api.file_answer",
    }
}

/// Who asks, where, and in which form it is to be answered.
struct Asker {
    who: Who,
    service: Data<Service>,
    request: HttpRequest,
    asking: &'static Asking,
    form: Form,
}

async fn ask(who: Who, service: Data<Service>, request: HttpRequest, body: JsonBytes) -> Result<HttpResponse, Problem> {
    let asking = asking(&request)?;
    let form = wanted_form(&request, &asking.forms)?;
    let asker = Asker { who, service, request, asking, form };
    let text = body.0.clone();
    match asking.read {
        Read::Document(read) => {
            let question = aside(text.len(), move || read(&text)).await?;
            asker.document(question, &body.0).await
        }
        Read::Model(read) => {
            let asked = aside(text.len(), move || read(&text)).await?;
            let noted = body.0.to_vec();
            if !is_kept(&asking.entry) {
                return asker.model(asked, (noted, None)).await;
            }
            let (request, service, who) = (asker.request.clone(), asker.service.clone(), asker.who.clone());
            once((&request, &body.0), &service, &who, |id| asker.model(asked, (noted, id))).await
        }
    }
}

impl Asker {
    async fn document(self, question: Box<dyn AskDocument>, noted: &[u8]) -> Result<HttpResponse, Problem> {
        let speed = if question.is_long() { Speed::Long } else { self.speed() };
        let (form, lang) = (self.form, self.who.lang);
        let work = move |ticket: &Arc<Ticket>| {
            let answer = unless_ended(ticket, question.ask(&ticket.options()))?;
            written(&*answer.map_err(|failure| failure.map(|found| Pointers::new("").point(found)))?, form, lang)
        };
        self.answer(speed, (noted.to_vec(), None), Box::new(work), Then::Answer).await
    }

    async fn model(self, asked: Asked, (noted, id): (Vec<u8>, Option<String>)) -> Result<HttpResponse, Problem> {
        let Asked { mut what_if, question } = asked;
        let mut beside = Vec::new();
        if self.asking.entry.scenarios == Scenarios::Beside {
            let words = std::mem::take(&mut what_if.scenarios);
            let shelf = self.service.shelf(self.who.org(), &words).await?;
            beside = self.service.scenarios(&words, &shelf).map_err(pointed)?;
        }
        let resolved = self.service.resolve(self.who.org(), &what_if).await?;
        let hash = self.is_remembered().then(|| asked_hash(&self.asking.entry, &resolved, (&*question, &beside)));
        if let Some(hash) = &hash
            && !prefers_async(&self.request)
        {
            match self.service.store.analysis(self.who.org(), hash).await {
                Ok((_, document)) => return Ok(found_at(json_bytes(StatusCode::OK, document), hash)),
                Err(StoreError::NotFound) => {}
                Err(error) => return Err(of_store(error)),
            }
        }
        let then = hash.as_ref().map_or(Then::Answer, |hash| {
            Then::Remember(NewAnalysis {
                hash: hash.clone(),
                kind: self.asking.entry.kind.to_owned(),
                model: resolved.model.name.clone(),
                document: Vec::new(),
            })
        });
        let (threads, draws) = (self.service.settings.threads, self.service.settings.draws);
        let (form, lang) = (self.form, self.who.lang);
        let (keeper, spools) = (self.service.clone().into_inner(), self.asking.entry.spools);
        let work = move |ticket: &Arc<Ticket>| {
            let prepared = resolved.asked.base.under(&resolved.asked.changes)?;
            let folder = spools.then(|| keeper.spool.folder()).transpose()?;
            let mut told = |done, total| ticket.reached(done, total);
            let mut means = Means {
                options: ticket.options(),
                threads,
                most: Some(draws),
                spool: folder.as_ref().map(|folder| folder.path().to_owned()).unwrap_or_default(),
                told: &mut told,
                changed: &|_| (),
            };
            let answer = question.ask(Model { prepared, scenarios: beside }, &mut means);
            let answer = answer.map_err(|failure| failure.map(|findings| by_members(findings, &*question)))?;
            written(&*answer, form, lang)
        };
        let speed = self.speed();
        let answer = self.answer(speed, (noted, id), Box::new(work), then).await?;
        Ok(match hash {
            Some(hash) => found_at(answer, &hash),
            None => answer,
        })
    }

    /// Whether the answer is kept for whoever asks the same again.
    fn is_remembered(&self) -> bool {
        self.form == Form::Json && self.asking.entry.length == Length::Long
    }

    fn speed(&self) -> Speed {
        match self.asking.entry.length {
            Length::Quick => Speed::Quick,
            Length::Long => Speed::Long,
        }
    }

    async fn answer(
        self,
        speed: Speed,
        (request, id): (Vec<u8>, Option<String>),
        work: crate::http::work::Work,
        then: Then,
    ) -> Result<HttpResponse, Problem> {
        let order = Order { kind: self.asking.entry.kind, speed, request, then, work, id };
        deliver((&self.service, &self.who, &self.request), order, (self.form, self.asking.entry.operation)).await
    }
}

/// The hash of a question with everything that its answer depends on.
fn asked_hash(entry: &Entry, resolved: &Resolved, (question, beside): (&dyn AskModel, &[Scenario])) -> String {
    let question = question.document().to_string();
    let mut parts: Vec<&[u8]> = vec![resolved.key.as_slice(), entry.operation.as_bytes(), question.as_bytes()];
    for scenario in beside {
        parts.push(scenario.id.as_bytes());
        let changes = scenario.layers.iter().flat_map(|layer| &layer.changes);
        parts.extend(changes.flat_map(|change| [change.path.as_bytes(), change.text.as_bytes()]));
    }
    hexadecimal(&key_of(parts))
}

/// An answer with the address at which it is found again.
fn found_at(mut answer: HttpResponse, hash: &str) -> HttpResponse {
    if let Ok(address) = format!("/api/v1/analyses/{hash}").parse() {
        answer.headers_mut().insert(CONTENT_LOCATION, address);
    }
    answer
}

/// Findings about options of the question as pointers to its members; others stay.
fn by_members(Findings(mut list): Findings, question: &dyn AskModel) -> Findings {
    for finding in &mut list {
        let option = finding.place.file.as_deref().and_then(|file| file.strip_prefix("--"));
        if let Some(member) = option.and_then(|option| question.member(option)) {
            finding.place.file = Some(format!("/question/{member}"));
        }
    }
    Findings(list)
}

/// The answer, unless nobody waits for it any more. One that was cut short because its time was up says so itself.
///
/// # Errors
/// The work was cancelled, or the service goes down.
pub(super) fn unless_ended<A>(ticket: &Ticket, answer: A) -> Result<A, Failure> {
    match ticket.ended() {
        Some(End::Cancelled | End::Shutdown) => Err(Failure::Limit(Findings(Vec::new()))),
        Some(End::TimedOut) | None => Ok(answer),
    }
}

/// An answer as a document in a form.
///
/// # Errors
/// It does not have the form, or the form could not be made.
pub(super) fn written(answer: &dyn Answer, form: Form, lang: Lang) -> Result<Document, Failure> {
    Ok(Document { outcome: "done", hash: String::new(), bytes: answer.print(form, lang)? })
}

/// The documents that jobs end with.
pub struct JobResult;

impl schemars::JsonSchema for JobResult {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "JobResult".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let mut forms = crate::questions::table::answers(generator);
        forms.push(generator.subschema_for::<crate::questions::Failed>());
        schemars::json_schema!({ "description": "The document of the route that was asked.", "anyOf": forms })
    }
}
