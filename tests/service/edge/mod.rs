//! The edge of the service on a real socket: hostile clients, limits, and what every answer carries.

mod house;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use crate::client::{Client, ask, get, post};
use ecocomp::http::edge::Deadlines;
use ecocomp::http::edge::body::Pace;
use ecocomp::store::{Caller, Moment, NewToken, Role, Store};
use house::House;

/// A store of its own.
fn store() -> Arc<dyn Store> {
    now(ecocomp::store::open("sqlite::memory:")).unwrap()
}

/// Waits for a future.
fn now<T>(future: impl Future<Output = T>) -> T {
    actix_web::rt::System::new().block_on(future)
}

/// A deadline short enough for a test.
const SHORT: Duration = Duration::from_millis(300);

fn impatient(options: &mut ecocomp::http::edge::options::Options) {
    let write = Pace { grace: SHORT, bytes_per_second: 1 << 40 };
    options.deadlines = Deadlines { head: SHORT, keep_alive: 2 * SHORT, write, ..Deadlines::default() };
    options.pace = Pace { grace: SHORT, bytes_per_second: 1 << 40 };
}

#[test]
fn an_answer_carries_what_every_answer_carries() {
    let house = House::open(|_| {});
    let answer = post(house.address, "/t/echo", br#"{"name":"a"}"#);
    assert_eq!((answer.status, &answer.json()["name"]), (200, &"a".into()));
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("cache-control", "no-store"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ("vary", "accept-language"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    assert!(answer.header("x-request-id").is_some_and(|id| id.len() == 36));
    assert!(answer.header("access-control-allow-origin").is_none() && answer.header("server").is_none());
    let given = ask(house.address, "GET", "/healthz", &[("x-request-id", "abcd.efgh-12")], b"");
    assert_eq!(given.header("x-request-id"), Some("abcd.efgh-12"));
    let bad = ask(house.address, "GET", "/healthz", &[("x-request-id", "a b c d e f g h")], b"");
    assert!(bad.header("x-request-id").is_some_and(|id| id.len() == 36));
}

#[test]
fn a_coding_that_we_have_not_is_a_problem() {
    let house = House::open(|_| {});
    for wanted in ["identity;q=0", "*;q=0"] {
        let headers = [("accept-encoding", wanted), ("accept-language", "en")];
        let answer = ask(house.address, "GET", "/healthz", &headers, b"");
        assert_eq!((answer.status, answer.code().as_str()), (406, "not_acceptable"), "{wanted}");
        assert_eq!(answer.header("content-language"), Some("en"));
        assert!(answer.header("x-request-id").is_some() && answer.header("x-frame-options").is_some());
    }
    for wanted in ["gzip", "identity", "br;q=0.5, *;q=0"] {
        let answer = ask(house.address, "GET", "/healthz", &[("accept-encoding", wanted)], b"");
        assert_eq!(answer.status, 200);
        let told: Vec<&str> = answer.headers.iter().filter(|(n, _)| n == "vary").map(|(_, v)| v.as_str()).collect();
        assert_eq!(told.iter().filter(|value| **value == "accept-encoding").count(), 1, "{wanted}: {told:?}");
    }
}

#[test]
fn errors_are_problems_in_the_language_of_the_client() {
    let house = House::open(|_| {});
    let zh = get(house.address, "/nowhere");
    assert_eq!((zh.status, zh.code().as_str(), zh.header("content-language")), (404, "not_found", Some("zh-CN")));
    let en = ask(house.address, "GET", "/nowhere", &[("accept-language", "en-GB, zh;q=0.5")], b"");
    assert_eq!(en.header("content-language"), Some("en"));
    assert!(en.problem()["title"].as_str().unwrap().is_ascii() && !zh.problem()["title"].as_str().unwrap().is_ascii());
    let broken = get(house.address, "/t/broken");
    assert_eq!((broken.status, broken.code().as_str()), (500, "internal"));
    let panicked = get(house.address, "/t/panics");
    assert_eq!((panicked.status, panicked.code().as_str()), (500, "internal"));
    for answer in [broken, panicked] {
        let text = String::from_utf8(answer.body).unwrap();
        assert!(!text.contains("secret") && !text.contains("passwd"), "{text}");
    }
}

#[test]
fn methods_that_a_path_does_not_know() {
    let house = House::open(|_| {});
    let answer = ask(house.address, "DELETE", "/t/echo", &[], b"");
    assert_eq!((answer.status, answer.code().as_str()), (405, "method_not_allowed"));
    assert_eq!(answer.header("allow"), Some("OPTIONS, POST"));
    assert_eq!(ask(house.address, "BREW", "/t/items/7", &[], b"").header("allow"), Some("GET, HEAD, OPTIONS"));
    let options = ask(house.address, "OPTIONS", "/t/thing", &[("origin", "http://localhost")], b"");
    assert_eq!((options.status, options.header("allow")), (204, Some("GET, HEAD, OPTIONS, PUT")));
    assert!(options.header("access-control-allow-origin").is_none());
    let head = ask(house.address, "HEAD", "/t/thing", &[], b"");
    assert_eq!((head.status, head.header("content-length")), (200, Some("7")));
    assert_eq!(ask(house.address, "DELETE", "/healthz", &[], b"").status, 405);
}

#[test]
fn bodies_that_are_not_what_they_should_be() {
    let house = House::open(|options| options.json.bytes = 10_000);
    let at = house.address;
    let deep = format!("{{\"name\":{}1{}}}", "[".repeat(100), "]".repeat(100));
    let cases: [(&[u8], u16, &str, Option<&str>); 14] = [
        (b"{\"name\":", 400, "not_json", None),
        (b"{\"name\":\"a\"} x", 400, "not_json", None),
        (b"{\"name\":\"\xff\"}", 400, "not_json", None),
        (b"{\"name\":\"a\",\"rows\":[{\"share\":NaN}]}", 400, "not_json", None),
        (b"{\"name\":\"a\",\"rows\":[{\"share\":-Infinity}]}", 400, "not_json", None),
        (b"{\"name\":\"a\",\"rows\":[{\"share\":1e999}]}", 400, "not_json", None),
        (b"", 400, "not_json", None),
        (
            deep.as_bytes(),
            400,
            "not_json",
            Some(
                "/name/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0",
            ),
        ),
        (b"{\"name\":\"a\",\"name\":\"b\"}", 422, "wrong_shape", Some("/name")),
        (b"{\"name\":\"a\",\"nmae\":\"b\"}", 422, "wrong_shape", Some("/nmae")),
        (b"{\"name\":\"a\",\"rows\":[{\"share\":1},{\"share\":\"x\"}]}", 422, "wrong_shape", Some("/rows/1/share")),
        (b"{\"name\":\"a\",\"rows\":[{\"share\":1,\"count\":-1}]}", 422, "wrong_shape", Some("/rows/0/count")),
        (b"{}", 422, "wrong_shape", Some("/name")),
        (b"[1]", 422, "wrong_shape", None),
    ];
    for (body, status, code, pointer) in cases {
        let answer = post(at, "/t/echo", body);
        let problem = answer.problem();
        let shown = String::from_utf8_lossy(body);
        assert_eq!((answer.status, problem["code"].as_str().unwrap()), (status, code), "{shown}: {problem}");
        if pointer.is_some() {
            assert_eq!(problem["pointer"].as_str(), pointer, "{shown}");
        }
    }
    assert_eq!(post(at, "/t/echo", &vec![b' '; 20_000]).code(), "payload_too_large");
    // A body that says so is refused from its head, without a byte of it.
    let mut client = Client::new(at);
    client.send("POST /t/echo HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n");
    client.send("content-length: 20000\r\n\r\n");
    let refused = client.answer().unwrap();
    assert_eq!((refused.status, refused.code().as_str()), (413, "payload_too_large"));
    for kind in ["text/plain", "application/xml", "application/json; charset=gbk", "json", ""] {
        let answer = ask(at, "POST", "/t/echo", &[("content-type", kind)], b"{}");
        assert_eq!((answer.status, answer.code().as_str()), (415, "unsupported_media_type"), "{kind}");
    }
    assert_eq!(ask(at, "POST", "/t/echo", &[], br#"{"name":"a"}"#).status, 415);
    let coded = [("content-type", "application/json"), ("content-encoding", "gzip")];
    assert_eq!(ask(at, "POST", "/t/echo", &coded, b"\x1f\x8b").status, 415);
    let kind = [("content-type", "application/merge-patch+json; charset=UTF-8")];
    assert_eq!(ask(at, "POST", "/t/echo", &kind, br#"{"name":"a"}"#).status, 200);
}

#[test]
fn paths_and_queries_that_cannot_be_read() {
    let house = House::open(|_| {});
    assert_eq!(get(house.address, "/t/items/7?share=0.5").status, 200);
    for (path, status, code) in [
        ("/t/items/seven?share=1", 404, "not_found"),
        ("/t/items/7?share=x", 400, "bad_query"),
        ("/t/items/7", 400, "bad_query"),
        ("/t/items/7?share=1&sahre=2", 400, "bad_query"),
        ("/t/items/%ff%fe?share=1", 404, "not_found"),
        ("/t/items/..%2f..%2fetc%2fpasswd?share=1", 404, "not_found"),
    ] {
        let answer = get(house.address, path);
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{path}");
    }
    let long = format!("/t/items/7?share=1&x={}", "a".repeat(9000));
    assert_eq!(get(house.address, &long).code(), "uri_too_long");
}

#[test]
fn heads_that_are_no_heads() {
    let house = House::open(|_| {});
    let big = format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "a".repeat(200_000));
    let many = format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\n{}\r\n", "x: 1\r\n".repeat(5000));
    for (head, statuses) in [
        ("\r\n\r\nGARBAGE\r\n\r\n".to_owned(), &[400][..]),
        ("GET / HTTP/9.9\r\n\r\n".to_owned(), &[400, 505]),
        ("GET /healthz HTTP/1.1\r\nhost: localhost\r\nbad header\r\n\r\n".to_owned(), &[400]),
        ("GET /healthz HTTP/1.1\r\nhost: localhost\r\ncontent-length: -1\r\n\r\n".to_owned(), &[400]),
        ("GET /healthz HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab".to_owned(), &[400]),
        ("POST /t/echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(), &[400]),
        ("GET /healthz HTTP/1.1\r\n\r\n".to_owned(), &[400]),
        ("GET /healthz HTTP/1.1\r\nhost: localhost\r\nhost: localhost\r\n\r\n".to_owned(), &[400]),
        (big, &[431]),
        (many, &[400, 431]),
    ] {
        let mut client = Client::new(house.address);
        let _ = std::io::Write::write_all(&mut client.stream, head.as_bytes());
        let answer = client.answer().unwrap_or_else(|| panic!("no answer to {:.80}", head));
        assert!(statuses.contains(&answer.status), "{:.80}: {answer:?}", head);
        answer.problem();
        assert!(client.is_closed(), "{:.80}", head);
    }
    assert_eq!(get(house.address, "/healthz").status, 200);
}

#[test]
fn chunks_and_lengths_that_lie() {
    let house = House::open(impatient);
    let chunked = "POST /t/echo HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    let mut client = Client::new(house.address);
    client.send(chunked).send("8\r\n{\"name\":\r\n4\r\n\"a\"}\r\n0\r\n\r\n");
    assert_eq!(client.answer().unwrap().status, 200);
    let mut client = Client::new(house.address);
    client.send(chunked).send("zz\r\n{}\r\n");
    assert_eq!(client.answer().unwrap().code(), "bad_request");
    let mut client = Client::new(house.address);
    client.send(chunked).send("ffffffffffffffffff\r\n{}\r\n");
    assert_eq!(client.answer().unwrap().code(), "bad_request");
    // Less than it says, then silence.
    let short =
        "POST /t/echo HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{}";
    let mut client = Client::new(house.address);
    client.send(short);
    assert_eq!(client.answer().unwrap().code(), "timeout");
    // Less than it says, then the end.
    let mut client = Client::new(house.address);
    client.send(short);
    client.stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(client.answer().unwrap().code(), "bad_request");
}

#[test]
fn slow_clients_are_cut() {
    let house = House::open(impatient);
    // A head, byte by byte.
    let mut client = Client::new(house.address);
    let writer =
        drip(&client, "GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy");
    assert_eq!(client.answer().unwrap().code(), "timeout");
    assert!(client.is_closed());
    writer.join().unwrap();
    // The second head of a connection.
    let mut client = Client::new(house.address);
    client.send("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert_eq!(client.answer().unwrap().status, 200);
    let writer =
        drip(&client, "GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy");
    assert_eq!(client.answer().unwrap().code(), "timeout");
    assert!(client.is_closed());
    writer.join().unwrap();
    // A body, for a route that reads it, one that does not, and none.
    for path in ["/t/echo", "/healthz", "/nowhere"] {
        for framing in ["content-length: 100", "transfer-encoding: chunked"] {
            let mut client = Client::new(house.address);
            client.send(format!(
                "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{framing}\r\n\r\n"
            ));
            let body = if framing.starts_with('c') { " ".repeat(60) } else { "1\r\n \r\n".repeat(10) };
            let writer = drip(&client, &body);
            let answer = client.answer().unwrap();
            assert!([405, 404, 408].contains(&answer.status), "{path} {framing}");
            assert_eq!(answer.status == 408, path == "/t/echo");
            let more = client.answer();
            assert!(more.is_none(), "{path} {framing} {more:?}");
            writer.join().unwrap();
        }
    }
    // Silence.
    assert!(Client::new(house.address).is_closed());
    // A client that does not read.
    let mut client = Client::new(house.address);
    client.send("GET /t/big HTTP/1.1\r\nhost: localhost\r\n\r\n");
    thread::sleep(4 * SHORT);
    let open = || -> f64 {
        let text = String::from_utf8(get(house.address, "/metrics").body).unwrap();
        text.lines().find_map(|line| line.strip_prefix("ecocomp_http_connections ")).unwrap().parse().unwrap()
    };
    assert_eq!(eventually(|| (open() <= 1.0).then_some(())), Some(()));
}

/// A connection whose answers come at once may rest between its requests for as long as it is kept.
#[test]
fn a_pause_between_requests_is_no_slow_head() {
    let house = House::open(|options| {
        options.deadlines.head = SHORT;
        options.deadlines.keep_alive = 20 * SHORT;
    });
    let mut client = Client::new(house.address);
    for pause in [SHORT / 2, 3 * SHORT / 4, 2 * SHORT, SHORT, 3 * SHORT] {
        client.send("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
        assert_eq!(client.answer().unwrap().status, 200);
        thread::sleep(pause);
    }
    client.send(
        "POST /t/echo HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 12\r\n\r\n",
    );
    client.send("{\"name\":\"a\"}");
    assert_eq!(client.answer().unwrap().status, 200);
    thread::sleep(2 * SHORT);
    // A head that has begun is waited for as long as ever.
    client.send("GET /healthz HTTP/1.1\r\n");
    assert_eq!(client.answer().unwrap().code(), "timeout");
    assert!(client.is_closed());
    // Half a head that came with the one before is not kept for ever either.
    let house = House::open(impatient);
    let mut client = Client::new(house.address);
    client.send("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\n");
    assert_eq!(client.answer().unwrap().status, 200);
    assert!(client.is_closed());
}

#[test]
fn tokens_made_up_are_limited_by_their_address() {
    let store = store();
    let by = Caller {
        org: "shanghai".to_owned(),
        principal: "cli".to_owned(),
        at: Moment::now(),
        request: "cli".to_owned(),
    };
    let new = NewToken { principal: Some("wang".to_owned()), role: Role::Viewer, expires: None, note: String::new() };
    let good = now(store.issue_token(&by, new)).unwrap();
    let house = House::new(false, Arc::clone(&store), |options| options.failures = 1);
    let with = |token: &str| ask(house.address, "GET", "/t/who", &[("authorization", &format!("Bearer {token}"))], b"");
    let answers: Vec<_> = (0..100).map(|number| with(&format!("ecocomp_{number}_x"))).collect();
    let limited = answers.iter().filter(|answer| answer.status == 429).count();
    assert!(limited >= 50 && answers[0].status == 401, "{limited}");
    assert!(answers.iter().all(|answer| [401, 429].contains(&answer.status)));
    let refused = answers.iter().find(|answer| answer.status == 429).unwrap();
    assert_eq!((refused.code().as_str(), refused.header("retry-after")), ("too_many_requests", Some("1")));
    // Whoever has a token is not kept out by those who have none.
    assert_eq!(with(&good.secret).status, 200);
}

#[test]
fn bodies_share_a_room() {
    let house = House::open(|options| options.room = 1 << 20);
    let head = |bytes: usize| {
        format!(
            "POST /t/echo HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {bytes}\r\n\r\n"
        )
    };
    let body = |bytes: usize| format!("{{\"name\":\"{}\"}}", "x".repeat(bytes - 11));
    let mut large = Client::new(house.address);
    large.send(head(250_000)).send(&body(250_000).as_bytes()[..240_000]);
    let fill = || (post(house.address, "/t/echo", body(210_000).as_bytes()).status == 503).then_some(());
    assert_eq!(eventually(fill), Some(()));
    let refused = post(house.address, "/t/echo", body(210_000).as_bytes());
    assert_eq!((refused.code().as_str(), refused.header("retry-after")), ("overloaded", Some("1")));
    assert_eq!(post(house.address, "/t/echo", body(5_000).as_bytes()).status, 200);
    large.send(&body(250_000).as_bytes()[240_000..]);
    assert_eq!(large.answer().unwrap().status, 200);
    let again = || (post(house.address, "/t/echo", body(210_000).as_bytes()).status == 200).then_some(());
    assert_eq!(eventually(again), Some(()));
    // What is read of a text takes more than the text: this one, more than all the room.
    assert_eq!(post(house.address, "/t/echo", body(400_000).as_bytes()).status, 413);
}

/// Writes a text slowly until it is through or the other side has closed.
fn drip(client: &Client, text: &str) -> thread::JoinHandle<()> {
    let mut stream = client.stream.try_clone().unwrap();
    let bytes = text.as_bytes().to_vec();
    thread::spawn(move || {
        for byte in bytes {
            if std::io::Write::write_all(&mut stream, &[byte]).is_err() {
                return;
            }
            thread::sleep(SHORT / 20);
        }
    })
}

/// Asks again until there is an answer, for some seconds.
fn eventually<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    for _ in 0..200 {
        if let Some(found) = look() {
            return Some(found);
        }
        thread::sleep(Duration::from_millis(25));
    }
    None
}

#[test]
fn requests_in_a_row_are_answered_in_order() {
    let house = House::open(|_| {});
    let mut client = Client::new(house.address);
    let one = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    client.send(one("/t/slow") + &one("/nowhere") + &one("/healthz") + "nonsense\r\n\r\n");
    let statuses: Vec<u16> = (0..4).map(|_| client.answer().unwrap().status).collect();
    assert_eq!(statuses, [200, 404, 200, 400]);
    assert!(client.is_closed());
}

#[test]
fn too_many_connections_and_requests_are_told_so() {
    let house = House::open(|options| options.connections = 4);
    let held: Vec<Client> = (0..4).map(|_| Client::new(house.address)).collect();
    thread::sleep(Duration::from_millis(100));
    for _ in 0..20 {
        let mut client = Client::new(house.address);
        client.send("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
        let answer = client.answer().unwrap();
        assert_eq!(
            (answer.status, answer.code().as_str(), answer.header("retry-after")),
            (503, "overloaded", Some("1"))
        );
        assert!(client.is_closed());
    }
    drop(held);
    let healthy = || Some(get(house.address, "/healthz").status).filter(|status| *status == 200);
    assert_eq!(eventually(healthy), Some(200));

    let house = House::open(|options| options.in_flight = 2);
    let statuses: Vec<u16> = thread::scope(|scope| {
        let all: Vec<_> = (0..20).map(|_| scope.spawn(|| get(house.address, "/t/slow"))).collect();
        thread::sleep(Duration::from_millis(200));
        assert_eq!(get(house.address, "/healthz").status, 200);
        all.into_iter()
            .map(|one| one.join().unwrap())
            .inspect(|answer| assert!(answer.status == 200 || answer.header("retry-after").is_some()))
            .map(|answer| answer.status)
            .collect()
    });
    assert!(statuses.contains(&200) && statuses.contains(&503), "{statuses:?}");
}

#[test]
fn a_rate_is_kept_and_said() {
    let house = House::open(|options| options.rate = 3);
    let answers: Vec<_> = (0..12).map(|_| get(house.address, "/t/thing")).collect();
    assert_eq!(answers[0].header("ratelimit-policy"), Some("\"second\";q=3;w=1"));
    assert_eq!(answers[0].header("ratelimit"), Some("\"second\";r=2;t=1"));
    let refused = answers.iter().find(|answer| answer.status == 429).unwrap();
    assert_eq!((refused.code().as_str(), refused.header("retry-after")), ("too_many_requests", Some("1")));
    assert!((0..20).all(|_| get(house.address, "/healthz").status == 200));
}

#[test]
fn without_a_token_only_this_machine_is_answered() {
    let house = House::open(|_| {});
    let with = |headers: &[(&str, &str)]| ask(house.address, "GET", "/t/who", headers, b"");
    assert_eq!(with(&[]).json(), serde_json::json!(["default", "local"]));
    for host in ["127.0.0.1:8080", "[::1]:80", "LOCALHOST"] {
        assert_eq!(with(&[("host", host)]).status, 200, "{host}");
    }
    for host in ["evil.example", "localhost.evil.example", "192.168.1.7:8080", "", "localhost@evil.example"] {
        assert_eq!(with(&[("host", host)]).status, 421, "{host}");
    }
    assert_eq!(ask(house.address, "GET", "http://evil.example/t/who", &[], b"").status, 421);
    for origin in ["http://evil.example", "null", "https://localhost.evil.example"] {
        assert_eq!(with(&[("origin", origin)]).status, 403, "{origin}");
    }
    assert_eq!(with(&[("origin", "http://127.0.0.1:8080")]).status, 200);
    assert_eq!(with(&[("sec-fetch-site", "cross-site")]).status, 403);
    assert_eq!(with(&[("authorization", "Bearer wrong")]).status, 401);
}

#[test]
fn with_tokens_a_token_is_needed() {
    let store = store();
    let by = Caller {
        org: "shanghai".to_owned(),
        principal: "cli".to_owned(),
        at: Moment::now(),
        request: "cli".to_owned(),
    };
    let new = NewToken { principal: Some("wang".to_owned()), role: Role::Viewer, expires: None, note: String::new() };
    let good = now(store.issue_token(&by, new)).unwrap();
    let house = House::new(false, Arc::clone(&store), |_| {});
    let with = |headers: &[(&str, &str)]| ask(house.address, "GET", "/t/who", headers, b"");
    let none = with(&[]);
    assert_eq!((none.status, none.code().as_str()), (401, "unauthorized"));
    assert_eq!(none.header("www-authenticate"), Some("Bearer realm=\"ecocomp\""));
    let right = format!("bearer {}", good.secret);
    for wrong in ["Bearer nonsense", "Bearer", "Basic Z29vZA==", "good", "Bearer good good", "Bearer \"good\""] {
        let answer = with(&[("authorization", wrong)]);
        assert_eq!(answer.status, 401, "{wrong}");
        assert!(answer.header("www-authenticate").is_some_and(|text| text.contains("error=")), "{wrong}");
    }
    assert_eq!(with(&[("authorization", &right), ("authorization", &right)]).status, 401);
    let answer = with(&[("authorization", &right), ("host", "plans.example")]);
    assert_eq!(answer.json(), serde_json::json!(["shanghai", "wang"]));
    now(store.revoke_token(&by, &good.entry.id)).unwrap();
    assert_eq!(with(&[("authorization", &right)]).status, 401);
    assert_eq!(get(house.address, "/healthz").status, 200);
    assert_eq!(get(house.address, "/readyz").status, 200);
    assert_eq!(get(house.address, "/metrics").status, 401);
}

#[test]
fn conditional_requests() {
    let house = House::open(|_| {});
    let read = get(house.address, "/t/thing");
    assert_eq!((read.header("etag"), read.header("cache-control")), (Some("\"7\""), Some("private, no-cache")));
    let again = ask(house.address, "GET", "/t/thing", &[("if-none-match", "\"7\"")], b"");
    assert_eq!((again.status, again.header("etag"), again.body.len()), (304, Some("\"7\""), 0));
    let put = |headers: &[(&str, &str)]| ask(house.address, "PUT", "/t/thing", headers, b"");
    assert_eq!(put(&[]).code(), "precondition_required");
    assert_eq!(put(&[("if-match", "\"6\"")]).code(), "precondition_failed");
    assert_eq!(put(&[("if-match", "\"7\"")]).status, 204);
    assert_eq!(put(&[("if-match", "7")]).code(), "bad_header");
}

#[test]
fn one_key_one_work() {
    let house = House::open(|_| {});
    let keyed = |key: &str, body: &[u8]| {
        ask(house.address, "POST", "/t/once", &[("content-type", "application/json"), ("idempotency-key", key)], body)
    };
    let answers: Vec<_> = thread::scope(|scope| {
        let all: Vec<_> = (0..50).map(|_| scope.spawn(|| keyed("k-1", b"{\"a\":1}"))).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(house.works.load(Ordering::SeqCst), 1);
    for answer in &answers {
        assert_eq!(
            (answer.status, answer.header("location"), answer.body.as_slice()),
            (201, Some("/made/0"), &b"0"[..])
        );
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
    assert_eq!(answers.iter().filter(|answer| answer.header("idempotency-replayed").is_none()).count(), 1);
    let other = keyed("k-1", b"{\"a\":2}");
    assert_eq!((other.status, other.code().as_str()), (422, "key_reused"));
    assert_eq!(keyed("k-2", b"{\"a\":1}").body, b"1");
    assert_eq!(keyed("", b"{}").code(), "bad_header");
    assert_eq!(keyed(&"k".repeat(300), b"{}").code(), "bad_header");
    assert_eq!(post(house.address, "/t/once", b"{}").body, b"2");
}

#[test]
fn a_client_that_leaves_does_not_hold_its_key() {
    let house = House::open(|_| {});
    let text = "POST /t/once HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nidempotency-key: left\r\ncontent-length: 2\r\n\r\n{}";
    Client::new(house.address).send(text);
    let headers = [("content-type", "application/json"), ("idempotency-key", "left")];
    let answer = ask(house.address, "POST", "/t/once", &headers, b"{}");
    assert_eq!(answer.status, 201);
}

#[test]
fn events_resume_and_end() {
    let house = House::open(|options| options.heartbeat = Duration::from_millis(100));
    let all = get(house.address, "/t/events");
    assert_eq!((all.header("content-type"), all.header("x-accel-buffering")), (Some("text/event-stream"), Some("no")));
    let text = String::from_utf8(all.body).unwrap();
    assert!(text.contains("id: 1\nevent: progress\ndata: {\"at\":1}\n\n") && text.contains("id: 5\n"), "{text}");
    let headers = [("last-event-id", "3"), ("accept-encoding", "gzip")];
    let later = ask(house.address, "GET", "/t/events", &headers, b"");
    let text = String::from_utf8(later.body).unwrap();
    assert!(!text.contains("id: 3\n") && text.contains("id: 4\n"), "{text}");
    assert_eq!(ask(house.address, "GET", "/t/events", &[("last-event-id", "x")], b"").code(), "bad_header");
    let mut client = Client::new(house.address);
    client.send("GET /t/endless HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert_eq!(client.head().unwrap().status, 200);
    let beats = (0..4).filter(|_| client.chunk().unwrap() == b": alive\n\n").count();
    assert!(beats >= 2);
}

#[test]
fn streams_of_clients_that_leave_are_forgotten() {
    let house = House::open(|_| {});
    let streams = || -> f64 {
        let text = String::from_utf8(get(house.address, "/metrics").body).unwrap();
        text.lines().find_map(|line| line.strip_prefix("ecocomp_http_event_streams ")).unwrap().parse().unwrap()
    };
    let mut clients: Vec<Client> = (0..100)
        .map(|_| {
            let mut client = Client::new(house.address);
            client.send("GET /t/endless HTTP/1.1\r\nhost: localhost\r\n\r\n");
            assert_eq!(client.head().unwrap().status, 200);
            client
        })
        .collect();
    assert_eq!(streams(), 100.0);
    clients.truncate(50);
    assert_eq!(eventually(|| (streams() == 50.0).then_some(())), Some(()));
    clients.clear();
    assert_eq!(eventually(|| (streams() == 0.0).then_some(())), Some(()));
}

#[test]
fn signs_of_life_and_figures() {
    let house = House::open(|_| {});
    assert_eq!(get(house.address, "/healthz").json()["status"], "alive");
    let ready = get(house.address, "/readyz");
    assert_eq!((ready.status, &ready.json()["parts"]["store"]), (200, &true.into()));
    for path in ["/nowhere/1", "/nowhere/2", "/t/items/1?share=1", "/t/items/2?share=1"] {
        get(house.address, path);
    }
    ask(house.address, "BREW", "/healthz", &[], b"");
    let text = String::from_utf8(get(house.address, "/metrics").body).unwrap();
    for line in [
        "ecocomp_http_requests_total{method=\"GET\",route=\"/t/items/{id}\",status=\"200\"} 2",
        "ecocomp_http_requests_total{method=\"GET\",route=\"unmatched\",status=\"404\"} 2",
        "ecocomp_http_requests_total{method=\"other\",route=\"/healthz\",status=\"405\"} 1",
        "ecocomp_jobs_queued 3",
        "ecocomp_jobs_total{outcome=\"done\"} 7",
        "ecocomp_solver_seconds_total 1.5",
    ] {
        assert!(text.contains(line), "{line} not in\n{text}");
    }
    assert!(!text.contains("nowhere"));
}

#[test]
fn answers_are_compressed_where_asked() {
    let house = House::open(|_| {});
    let plain = get(house.address, "/t/big");
    for coding in ["gzip", "br"] {
        let answer = ask(house.address, "GET", "/t/big", &[("accept-encoding", coding)], b"");
        assert_eq!(answer.header("content-encoding"), Some(coding));
        assert!(answer.body.len() < plain.body.len() / 10);
    }
}

#[test]
fn the_page_of_the_api_needs_no_other_site() {
    let house = House::open(|_| {});
    let page = get(house.address, "/api/docs/");
    assert_eq!(page.status, 200);
    assert!(page.header("content-security-policy").unwrap().contains("script-src 'self'"));
    let html = String::from_utf8(page.body).unwrap();
    assert!(!html.contains("http://") && !html.contains("https://"), "{html}");
    let start = String::from_utf8(get(house.address, "/api/docs/swagger-initializer.js").body).unwrap();
    assert!(start.contains("/api/openapi.json") && !start.contains("petstore"), "{start}");
    let document = get(house.address, "/api/openapi.json");
    assert_eq!(document.json()["openapi"], "3.1.0");
    assert_eq!(get(house.address, "/api").header("location"), Some("/api/docs/"));
}

#[test]
fn the_end_lets_requests_finish_and_closes_streams() {
    let mut house = House::open(|_| {});
    let mut stream = Client::new(house.address);
    stream.send("GET /t/endless HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert_eq!(stream.head().unwrap().status, 200);
    let mut working = Client::new(house.address);
    working.send("GET /t/slow HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let mut idle = Client::new(house.address);
    // A request that has not arrived when the server ends is none of it.
    let arrived = (0..500).any(|_| {
        thread::sleep(Duration::from_millis(10));
        idle.send("GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n");
        let text = String::from_utf8(idle.answer().unwrap().body).unwrap();
        // The slow one and this one; a stream has its answer.
        text.contains("ecocomp_http_requests_in_flight 2")
    });
    assert!(arrived);
    house.stop();
    assert_eq!(working.answer().unwrap().json(), "done");
    while stream.chunk().is_some() {}
    assert!(stream.is_closed() && idle.is_closed());
    house.wait();
    assert!(std::net::TcpStream::connect(house.address).is_err());
}
