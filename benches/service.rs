//! A hot what-if on Chongming: within the library (a new change each time, and one asked before), and over a socket.
//!
//! `cargo bench --bench service`

use std::hint::black_box;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{Data, ServiceConfig};
use criterion::{Criterion, criterion_group, criterion_main};
use ecocomp::http::edge::access::Access;
use ecocomp::http::edge::options::Options;
use ecocomp::http::edge::server::build;
use ecocomp::http::edge::service::Edge;
use ecocomp::http::library::Library;
use ecocomp::http::routes;
use ecocomp::http::state::{Service, Settings};
use ecocomp::jobs::{Asked, Base, Ticket, what_if};
use ecocomp::phrases::Lang;
use ecocomp::run::Inputs;
use ecocomp::scenario::Change;
use ecocomp::store::{self, Server};

const MODEL: &str = "models/chongming-vertical.toml";

/// A budget that no question before had.
fn budget(number: u64) -> String {
    format!("fund.district.amount={}.{:02} 元", 110_000_000 + number / 100, number % 100)
}

/// A server that lives as long as the process.
fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let store = store::open("sqlite::memory:").await.expect("a store");
            let server = Server { id: "bench".to_owned(), name: "bench".to_owned() };
            let library = Library::open(Path::new("models")).expect("the shipped models");
            let service = Service::new(Arc::clone(&store), library, server, Settings::default()).expect("threads");
            let service = Data::new(service);
            let access = Access::new(store, true);
            let vitals = service.clone().into_inner();
            let edge = Edge::new(Options::new(address), access, vitals, routes::contract()).expect("an edge");
            let set = move |config: &mut ServiceConfig| {
                config.app_data(service.clone());
                routes::configure(config);
            };
            let running = build(edge, listener, set).expect("a server");
            let _ = running.until(std::future::pending()).await;
        });
    });
    address
}

/// One what-if on a connection that is kept; the length of the answer.
fn ask(stream: &mut TcpStream, change: &str, buffer: &mut Vec<u8>) -> usize {
    let body = format!("{{\"model\":\"chongming-vertical\",\"changes\":[\"{change}\"]}}");
    let head = "POST /api/v1/what-if HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
    let request = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).expect("an open connection");
    buffer.clear();
    let mut part = [0_u8; 65_536];
    loop {
        let count = stream.read(&mut part).expect("an answer");
        buffer.extend_from_slice(&part[..count]);
        let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&buffer[..end]).to_lowercase();
        assert!(head.starts_with("http/1.1 200"), "{head}");
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
        let length: usize = length.and_then(|text| text.trim().parse().ok()).expect("a length");
        if buffer.len() >= end + 4 + length {
            return length;
        }
    }
}

fn bench(c: &mut Criterion) {
    let Inputs { model_file, model_text, source, .. } =
        ecocomp::files::open(Path::new(MODEL), None, Vec::new()).expect("a readable model");
    let base = Arc::new(Base::new(model_file, model_text, Arc::new(source), None));
    let ticket = Ticket::new(Duration::from_secs(3600));
    let mut group = c.benchmark_group("what_if");
    group.sample_size(30).measurement_time(Duration::from_secs(4)).warm_up_time(Duration::from_secs(1));
    let mut number = 0;
    group.bench_function("library", |b| {
        b.iter(|| {
            number += 1;
            let changes = vec![Change::parse(&budget(number)).expect("a change")];
            let asked = Asked { base: Arc::clone(&base), changes };
            black_box(what_if(&asked, &ticket, Lang::Zh).expect("a plan"))
        });
    });
    let mut stream = TcpStream::connect(serve()).expect("a server");
    stream.set_nodelay(true).expect("a socket");
    let mut buffer = Vec::new();
    group.bench_function("socket", |b| {
        b.iter(|| {
            number += 1;
            black_box(ask(&mut stream, &budget(number), &mut buffer))
        });
    });
    group.bench_function("socket_asked_before", |b| {
        b.iter(|| black_box(ask(&mut stream, "fund.district.amount=+5%", &mut buffer)));
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
