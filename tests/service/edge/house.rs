//! A server on a free port with some routes that try the edge.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use async_trait::async_trait;
use ecocomp::http::edge::access::Access;
use ecocomp::http::edge::conditional::{Tag, not_modified, unchanged};
use ecocomp::http::edge::events::{self, Event};
use ecocomp::http::edge::idempotency::{Asked, once};
use ecocomp::http::edge::json::{Json, JsonBytes};
use ecocomp::http::edge::options::Options;
use ecocomp::http::edge::principal::Caller;
use ecocomp::http::edge::problem::Problem;
use ecocomp::http::edge::query::Query;
use ecocomp::http::edge::server::build;
use ecocomp::http::edge::service::{Contract, Edge};
use ecocomp::http::edge::vitals::{Figures, Vitals};
use ecocomp::store::{self, Moment, Store};
use futures_util::stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

/// A server that ends with the test.
pub struct House {
    pub address: SocketAddr,
    /// Work that the route `/once` has done.
    pub works: Arc<AtomicUsize>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Order {
    name: String,
    #[serde(default)]
    rows: Vec<Row>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Row {
    share: f64,
    #[serde(default)]
    count: u32,
}

struct Engine;

#[async_trait]
impl Vitals for Engine {
    fn figures(&self) -> Figures {
        Figures { queued: 3, running: 2, solver_seconds: 1.5, store_errors: 4, outcomes: vec![("done", 7)] }
    }

    async fn parts(&self) -> Vec<(&'static str, bool)> {
        vec![("store", true)]
    }

    async fn retire(&self) {}
}

struct Bench {
    store: Arc<dyn Store>,
    works: Arc<AtomicUsize>,
}

async fn echo(order: Json<Order>) -> HttpResponse {
    HttpResponse::Ok().json(order.0)
}

async fn slow() -> HttpResponse {
    tokio::time::sleep(Duration::from_millis(400)).await;
    HttpResponse::Ok().json("done")
}

async fn big() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("0123456789abcdef".repeat(4 << 20))
}

async fn broken() -> Result<HttpResponse, actix_web::Error> {
    Err(actix_web::error::ErrorInternalServerError("SELECT secret FROM /etc/passwd"))
}

async fn panics() -> HttpResponse {
    panic!("secret words")
}

async fn item(path: web::Path<u32>, query: Query<Row>) -> HttpResponse {
    HttpResponse::Ok().json((path.into_inner(), query.into_inner()))
}

async fn who(caller: Caller) -> HttpResponse {
    HttpResponse::Ok().json((caller.0.org, caller.0.name))
}

async fn thing(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let tag = Tag::named(7);
    match not_modified(&request, &tag)? {
        Some(answer) => Ok(answer),
        None => Ok(HttpResponse::Ok().insert_header(tag.header()).json("seven")),
    }
}

async fn change(request: HttpRequest) -> Result<HttpResponse, Problem> {
    unchanged(&request, &Tag::named(7))?;
    Ok(HttpResponse::NoContent().finish())
}

async fn create(
    edge: Data<Edge>,
    bench: Data<Bench>,
    request: HttpRequest,
    body: JsonBytes,
) -> Result<HttpResponse, Problem> {
    let by = store::Caller {
        org: "default".to_owned(),
        principal: "local".to_owned(),
        at: Moment::now(),
        request: "test".to_owned(),
    };
    let works = Arc::clone(&bench.works);
    once(&edge, &bench.store, &by, Asked { request: &request, body: &body.0 }, |_| async move {
        let number = works.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(50)).await;
        Ok(HttpResponse::Created().insert_header(("location", format!("/made/{number}"))).json(number))
    })
    .await
}

async fn progress(edge: Data<Edge>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let last = events::last_event_id(&request)?;
    let first_five =
        (last + 1..=5).map(|id| Event { id, name: "progress".to_owned(), data: format!("{{\"at\":{id}}}") });
    Ok(events::answer(edge, stream::iter(first_five)))
}

async fn endless(edge: Data<Edge>) -> HttpResponse {
    events::answer(edge, stream::pending())
}

fn routes(bench: &Data<Bench>, config: &mut ServiceConfig) {
    config
        .app_data(bench.clone())
        .route("/t/echo", web::post().to(echo))
        .route("/t/slow", web::get().to(slow))
        .route("/t/big", web::get().to(big))
        .route("/t/broken", web::get().to(broken))
        .route("/t/panics", web::get().to(panics))
        .route("/t/items/{id}", web::get().to(item))
        .route("/t/who", web::get().to(who))
        .route("/t/thing", web::get().to(thing))
        .route("/t/thing", web::put().to(change))
        .route("/t/once", web::post().to(create))
        .route("/t/events", web::get().to(progress))
        .route("/t/endless", web::get().to(endless));
}

fn contract() -> Contract {
    let text = |(method, path): (&str, &str)| (method.parse().unwrap(), path.to_owned());
    let routes = [("POST", "/t/echo"), ("GET", "/t/items/{id}"), ("GET", "/t/thing"), ("PUT", "/t/thing")];
    Contract {
        document: "{\"openapi\":\"3.1.0\"}".to_owned(),
        routes: routes.into_iter().map(text).collect(),
        ..Contract::default()
    }
}

impl House {
    /// A house open to this machine.
    pub fn open(set: impl FnOnce(&mut Options)) -> Self {
        Self::new(true, super::store(), set)
    }

    pub fn new(open: bool, store: Arc<dyn Store>, set: impl FnOnce(&mut Options)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut options = Options::new(address);
        options.threads = 1;
        options.farewell = Duration::from_secs(5);
        set(&mut options);
        let works = Arc::new(AtomicUsize::new(0));
        let (stop, stopped) = oneshot::channel();
        let bench = Data::new(Bench { store: Arc::clone(&store), works: Arc::clone(&works) });
        let access = Access::new(store, open);
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let edge = Edge::new(options, access, Arc::new(Engine), contract()).unwrap();
                let running = build(edge, listener, move |config: &mut ServiceConfig| routes(&bench, config)).unwrap();
                running.until(async { drop(stopped.await) }).await.unwrap();
            });
        });
        Self { address, works, stop: Some(stop), thread: Some(thread) }
    }

    /// Asks the server to end.
    pub fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits until it has.
    pub fn wait(&mut self) {
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop();
        self.wait();
    }
}
