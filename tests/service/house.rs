//! A whole server on a free port, with a store in memory, and a small client.
#![allow(dead_code, reason = "each test binary uses its own part")]

use crate::common;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::web::{Data, ServiceConfig};
use ecocomp::http::edge::access::Access;
use ecocomp::http::edge::options::Options;
use ecocomp::http::edge::server::build;
use ecocomp::http::edge::service::Edge;
use ecocomp::http::library::Library;
use ecocomp::http::routes;
use ecocomp::http::state::{Service, Settings};
use ecocomp::jobs::PoolSize;
use ecocomp::store::{self, Moment, Server, Store};
use serde_json::Value;
use tokio::sync::oneshot;

/// A server that ends with the test.
pub struct House {
    pub address: SocketAddr,
    pub store: Arc<dyn Store>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Small pools, so that a test sees them full.
pub fn settings() -> Settings {
    Settings {
        quick: PoolSize { workers: 2, queue: 8 },
        long: PoolSize { workers: 1, queue: 2 },
        quick_limit: Duration::from_secs(120),
        // A busy machine must not turn short work into jobs.
        patience: Duration::from_secs(60),
        ..Settings::default()
    }
}

impl House {
    /// The shipped models, open to this machine.
    pub fn open() -> Self {
        Self::new(&common::repository("models"), true, settings())
    }

    pub fn new(models: &str, open: bool, settings: Settings) -> Self {
        Self::on("sqlite::memory:", models, open, settings)
    }

    /// On a database, which other servers may share.
    pub fn on(database: &str, models: &str, open: bool, settings: Settings) -> Self {
        let database = database.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let library = Library::open(Path::new(models)).unwrap();
        let (ready, made) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let store = store::open(&database).await.unwrap();
                let server = Server { id: address.to_string(), name: address.to_string() };
                let now = Moment::now();
                store.register_server(&server, now, now.plus(Duration::from_secs(600))).await.unwrap();
                let service = Service::new(Arc::clone(&store), library, server, settings).unwrap();
                let service = Data::new(service);
                let mut options = Options::new(address);
                options.threads = 1;
                options.farewell = Duration::from_secs(5);
                let access = Access::new(Arc::clone(&store), open);
                let edge = Edge::new(options, access, service.clone().into_inner(), routes::contract()).unwrap();
                let shared = service.clone();
                let set = move |config: &mut ServiceConfig| {
                    config.app_data(shared.clone());
                    routes::configure(config);
                };
                let running = build(edge, listener, set).unwrap();
                ready.send(store).unwrap();
                running.until(async { drop(stopped.await) }).await.unwrap();
            });
        });
        let store = made.recv().unwrap();
        Self { address, store, stop: Some(stop), thread: Some(thread) }
    }

    /// A token of a role, and its principal.
    pub fn token(&self, org: &str, principal: &str, role: store::Role) -> String {
        let by = store::Caller {
            org: org.to_owned(),
            principal: "test".to_owned(),
            at: Moment::now(),
            request: "test".to_owned(),
        };
        let new = store::NewToken { principal: Some(principal.to_owned()), role, expires: None, note: String::new() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(self.store.issue_token(&by, new)).unwrap().secret
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"")
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[("content-type", "application/json")], body.to_string().as_bytes())
    }

    /// One request on a connection of its own.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.address);
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() || method != "GET" {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        Answer::parse(&bytes)
    }
}

impl Drop for House {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// Somebody with a token of a role.
pub struct Person<'a>(pub &'a House, pub String);

impl<'a> Person<'a> {
    pub fn new(house: &'a House, org: &str, name: &str, role: store::Role) -> Self {
        Self(house, format!("Bearer {}", house.token(org, name, role)))
    }

    pub fn ask(&self, method: &str, path: &str, header: (&str, &str), body: &Value) -> Answer {
        let headers = [("content-type", "application/json"), ("authorization", self.1.as_str()), header];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.0.send(method, path, &headers, body.as_bytes())
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, ("x", "y"), &Value::Null)
    }

    pub fn post(&self, path: &str, body: Value) -> Answer {
        self.ask("POST", path, ("x", "y"), &body)
    }

    pub fn put(&self, path: &str, matching: (&str, &str), body: Value) -> Answer {
        self.ask("PUT", path, matching, &body)
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
            .collect();
        let mut body = bytes[end + 4..].to_vec();
        if headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked") {
            body = dechunk(&body);
        }
        Self { status, headers, body }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, String::from_utf8_lossy(&self.body)))
    }

    /// The answer with this status, or a panic that shows it.
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self
    }
}

fn dechunk(bytes: &[u8]) -> Vec<u8> {
    let (mut rest, mut whole) = (bytes, Vec::new());
    while let Some(at) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..at]).unwrap().trim(), 16).unwrap();
        if size == 0 {
            break;
        }
        whole.extend_from_slice(&rest[at + 2..at + 2 + size]);
        rest = &rest[at + 2 + size + 2..];
    }
    whole
}
