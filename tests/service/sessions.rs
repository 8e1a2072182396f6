//! Who asks, and the sessions of browsers: over HTTP.

use std::time::Duration;

use serde_json::{Value, json};

use crate::common::repository;
use crate::house::{Answer, House, settings};
use ecocomp::http::routes;
use ecocomp::store::{Caller, Moment, NewSession, Role, SessionEntry};

const JSON: (&str, &str) = ("content-type", "application/json");

/// A browser: what it carries of one session.
struct Browser<'a> {
    house: &'a House,
    cookie: String,
    origin: String,
}

impl<'a> Browser<'a> {
    fn login(house: &'a House, token: &str) -> (Self, Answer) {
        let origin = format!("http://{}", house.address);
        let headers = [JSON, ("origin", &origin)];
        let answer = house.send("POST", "/api/v1/sessions", &headers, json!({ "token": token }).to_string().as_bytes());
        let given = answer.clone().is(201).header("set-cookie").unwrap().to_owned();
        let cookie = given.split(';').next().unwrap().to_owned();
        (Self { house, cookie, origin }, answer)
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Answer {
        let headers = [JSON, ("cookie", self.cookie.as_str()), ("origin", self.origin.as_str())];
        let body = if method == "GET" || method == "DELETE" { String::new() } else { body.to_string() };
        self.house.send(method, path, &headers, body.as_bytes())
    }

    fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &Value::Null)
    }
}

fn guarded() -> House {
    House::new(&repository("models"), false, settings())
}

#[test]
fn a_token_becomes_a_session_and_the_session_ends() {
    let house = guarded();
    let token = house.token("崇明区", "李明", Role::Planner);
    assert_eq!(house.get("/api/v1/me").is(401).json()["code"], "unauthorized");
    let (browser, answer) = Browser::login(&house, &token);
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict"), "{cookie}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let me = browser.get("/api/v1/me").is(200).json();
    assert_eq!(
        (&me["principal"], &me["organisation"], &me["role"]),
        (&json!("李明"), &json!("崇明区"), &json!("planner"))
    );
    assert_eq!((&me["way"], &me["open"], &me["language"]), (&json!("session"), &json!(false), &json!("zh-CN")));
    assert_eq!(me["may"], json!(["read", "make", "decide", "remark"]));
    assert!(me["session"]["current"] == true && me["session"]["idle_seconds"] == 1800, "{me}");
    assert!(!me.to_string().contains(&browser.cookie["ecocomp=".len()..]));
    assert!(!String::from_utf8_lossy(&answer.body).contains(&token));
    browser.ask("POST", "/api/v1/runs", &json!({ "model": "minimal" })).is(201);
    // Another login is another session; each is listed.
    let (other, _) = Browser::login(&house, &token);
    assert_ne!(other.cookie, browser.cookie);
    assert_eq!(browser.get("/api/v1/sessions").is(200).json()["items"].as_array().unwrap().len(), 2);
    let gone = browser.ask("DELETE", "/api/v1/sessions/current", &Value::Null).is(204);
    assert!(gone.header("set-cookie").unwrap().starts_with("ecocomp=; ") && gone.header("clear-site-data").is_some());
    let ended = browser.get("/api/v1/me").is(401);
    assert_eq!(ended.json()["code"], "session_ended");
    assert!(ended.header("set-cookie").unwrap().ends_with("Max-Age=0"));
    other.get("/api/v1/me").is(200);
    // Whoever logs in where a session is under way leaves that one.
    let headers = [JSON, ("cookie", other.cookie.as_str()), ("origin", other.origin.as_str())];
    house.send("POST", "/api/v1/sessions", &headers, json!({ "token": token }).to_string().as_bytes()).is(201);
    other.get("/api/v1/me").is(401);
    // Its token ends every session of it at once.
    let (third, _) = Browser::login(&house, &token);
    let admin = house.token("崇明区", "管理员", Role::Admin);
    let bearer = format!("Bearer {admin}");
    let id = token.split('_').nth(1).unwrap();
    house.send("DELETE", &format!("/api/v1/tokens/{id}"), &[("authorization", &bearer)], b"").is(200);
    third.get("/api/v1/me").is(401);
    let log = house.send("GET", "/api/v1/audit", &[("authorization", &bearer)], b"").is(200).json().to_string();
    for action in ["session:open", "session:end"] {
        assert!(log.contains(action), "{action}");
    }
    assert!(!log.contains(&token) && !log.contains(&third.cookie["ecocomp=".len()..]));
}

/// A session that was opened so many minutes ago, and in which something was last asked so many minutes ago.
fn opened_before(house: &House, (opened, seen): (u64, u64), (idle, whole): (u64, u64)) -> (Browser<'_>, SessionEntry) {
    let minutes = |count: u64| Duration::from_secs(60 * count);
    let token = house.token("o", "p", Role::Planner);
    let now = Moment::now();
    let (at, last) = (now.minus(minutes(opened)), now.minus(minutes(seen)));
    let by = Caller { org: "o".to_owned(), principal: "p".to_owned(), at, request: "test".to_owned() };
    let new =
        NewSession { token: token.split('_').nth(1).unwrap().to_owned(), idle: minutes(idle), whole: minutes(whole) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let kept = runtime.block_on(async {
        let session = house.store.open_session(&by, new).await.unwrap();
        // Each question within the idle time moves the end on; when it was asked is written beside its answer.
        let mut at = at;
        while at < last {
            at = at.plus(minutes(idle / 2)).min(last);
            loop {
                let (_, entry) = house.store.session(&session.secret, at).await.unwrap().expect("under way");
                if entry.seen == at {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        session
    });
    let origin = format!("http://{}", house.address);
    let mut entry = kept.entry;
    entry.seen = last;
    (Browser { house, cookie: format!("ecocomp={}", kept.secret), origin }, entry)
}

/// That a session is over: nothing is read, nothing changed, the browser forgets it, and a new one may begin.
fn is_over(house: &House, browser: &Browser<'_>) {
    for (method, path, body) in [
        ("GET", "/api/v1/me", Value::Null),
        ("GET", "/api/v1/models", Value::Null),
        ("POST", "/api/v1/runs", json!({ "model": "minimal" })),
        (
            "PUT",
            "/api/v1/scenarios/late",
            json!({ "title": { "zh": "x", "en": "x" }, "changes": ["fund.district.amount=+1%"] }),
        ),
        ("DELETE", "/api/v1/sessions/current", Value::Null),
    ] {
        let answer = browser.ask(method, path, &body).is(401);
        assert_eq!(answer.json()["code"], "session_ended", "{method} {path}");
        assert!(answer.header("set-cookie").unwrap().ends_with("Max-Age=0"), "{answer:?}");
        assert!(!answer.json()["remedy"].as_str().unwrap().is_empty());
    }
    let (new, _) = Browser::login(house, &house.token("o", "p", Role::Planner));
    assert!(new.get("/api/v1/runs").is(200).json()["items"].as_array().unwrap().is_empty());
    new.get("/api/v1/scenarios/late").is(404);
    // What is over is listed to nobody; that it ran out is noted at the time when it did.
    let listed = new.get("/api/v1/sessions").is(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{listed}");
}

#[test]
fn a_session_ends_when_nothing_is_asked_for_too_long() {
    for house in [guarded(), House::open()] {
        let (alive, entry) = opened_before(&house, (29, 29), (30, 720));
        let me = alive.get("/api/v1/me").is(200).json();
        assert_eq!(me["session"]["expires_at"].as_str(), Some(entry.expires.to_string().as_str()), "{me}");
        // Opened two hours ago, and asked since.
        let (asked, _) = opened_before(&house, (120, 20), (30, 720));
        asked.get("/api/v1/me").is(200);
        alive.ask("DELETE", "/api/v1/sessions/current", &Value::Null).is(204);
        asked.ask("DELETE", "/api/v1/sessions/current", &Value::Null).is(204);
        let (idle, entry) = opened_before(&house, (120, 31), (30, 720));
        is_over(&house, &idle);
        noted(&house, &entry);
    }
}

#[test]
fn a_session_ends_after_its_hours_whatever_is_asked() {
    for house in [guarded(), House::open()] {
        let (alive, entry) = opened_before(&house, (50, 1), (30, 60));
        let me = alive.get("/api/v1/me").is(200).json();
        // It ends with its hour, though something was asked a moment ago.
        let end = Some(entry.expires.to_string());
        for member in ["ends_at", "expires_at"] {
            assert_eq!(me["session"][member].as_str(), end.as_deref(), "{me}");
        }
        alive.ask("DELETE", "/api/v1/sessions/current", &Value::Null).is(204);
        let (old, entry) = opened_before(&house, (61, 2), (30, 60));
        is_over(&house, &old);
        noted(&house, &entry);
    }
}

/// The audit log says that a session ran out, whose it was and when.
fn noted(house: &House, entry: &SessionEntry) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let now = Moment::now();
    runtime.block_on(house.store.forget_sessions(now, entry.created)).unwrap();
    let (admin, _) = Browser::login(house, &house.token("o", "boss", Role::Admin));
    let rows = admin.get(&format!("/api/v1/audit?action=session:expire&object={}", entry.id)).is(200).json();
    let row = &rows["items"][0];
    assert!(row["principal"] == "system" && row.to_string().contains(&entry.ends().to_string()), "{rows}");
    assert_eq!(rows["items"].as_array().unwrap().len(), 1);
}

#[test]
fn what_opens_no_session() {
    let house = guarded();
    let token = house.token("o", "p", Role::Viewer);
    let login = |headers: &[(&str, &str)], body: &str| house.send("POST", "/api/v1/sessions", headers, body.as_bytes());
    let good = json!({ "token": token }).to_string();
    for wrong in ["ecocomp_x_y", "x", " ", "李"] {
        let refused = login(&[JSON], &json!({ "token": wrong }).to_string()).is(401);
        assert!(refused.json()["pointer"] == "/token" && refused.header("set-cookie").is_none());
    }
    login(&[JSON], "{}").is(422);
    login(&[JSON], "{\"token\":\"\"}").is(422);
    login(&[("content-type", "text/plain")], &good).is(415);
    login(&[JSON, ("origin", "http://evil.example")], &good).is(403);
    login(&[JSON, ("origin", "null")], &good).is(403);
    login(&[JSON, ("cookie", "ecocomp=stale"), ("origin", &format!("http://{}", house.address))], &good).is(201);
    login(&[JSON], &good).is(201);
    // Too many that are not known: the address waits.
    let many = (0..60).map(|_| login(&[JSON], "{\"token\":\"no\"}").status).filter(|status| *status == 429).count();
    assert!(many > 0);
}

#[test]
fn a_session_changes_nothing_for_a_page_of_another_origin() {
    let house = guarded();
    let (browser, _) = Browser::login(&house, &house.token("o", "p", Role::Admin));
    let body = json!({ "model": "minimal" }).to_string();
    let cookie = ("cookie", browser.cookie.as_str());
    let port = house.address.port() ^ 1;
    let (other_port, own) = (format!("http://127.0.0.1:{port}"), browser.origin.clone());
    for origin in [None, Some("null"), Some("http://evil.example"), Some(other_port.as_str())] {
        let headers: Vec<(&str, &str)> =
            [JSON, cookie].into_iter().chain(origin.map(|origin| ("origin", origin))).collect();
        for (method, path) in
            [("POST", "/api/v1/runs"), ("PUT", "/api/v1/models/x"), ("DELETE", "/api/v1/sessions/current")]
        {
            let refused =
                house.send(method, path, &headers, if method == "DELETE" { &b""[..] } else { body.as_bytes() });
            assert_eq!(refused.is(403).json()["code"], "forbidden", "{method} {origin:?}");
        }
    }
    let site = [JSON, cookie, ("origin", own.as_str()), ("sec-fetch-site", "cross-site")];
    house.send("POST", "/api/v1/runs", &site, body.as_bytes()).is(403);
    assert_eq!(browser.get("/api/v1/runs").is(200).json()["items"], json!([]));
    browser.get("/api/v1/me").is(200);
    // Programs that show a token are asked nothing of the kind, and a cookie beside it counts for nothing.
    let bearer = format!("Bearer {}", house.token("o", "q", Role::Viewer));
    let headers = [JSON, cookie, ("authorization", bearer.as_str())];
    house.send("POST", "/api/v1/runs", &headers, body.as_bytes()).is(403);
    assert_eq!(house.send("GET", "/api/v1/me", &headers, b"").is(200).json()["principal"], "q");
}

#[test]
fn sessions_of_others_are_for_admins() {
    let house = guarded();
    let (planner, _) = Browser::login(&house, &house.token("o", "p", Role::Planner));
    let (viewer, _) = Browser::login(&house, &house.token("o", "v", Role::Viewer));
    let (admin, _) = Browser::login(&house, &house.token("o", "boss", Role::Admin));
    let (foreign, _) = Browser::login(&house, &house.token("x", "boss", Role::Admin));
    let id = planner.get("/api/v1/me").is(200).json()["session"]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/sessions/{id}");
    viewer.get("/api/v1/sessions?all=true").is(403);
    viewer.ask("DELETE", &path, &Value::Null).is(404);
    foreign.ask("DELETE", &path, &Value::Null).is(404);
    assert_eq!(viewer.get("/api/v1/sessions").is(200).json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(admin.get("/api/v1/sessions?all=true").is(200).json()["items"].as_array().unwrap().len(), 3);
    assert_eq!(foreign.get("/api/v1/sessions?all=true").is(200).json()["items"].as_array().unwrap().len(), 1);
    admin.ask("DELETE", &path, &Value::Null).is(204);
    planner.get("/api/v1/me").is(401);
    viewer.get("/api/v1/me").is(200);
}

#[test]
fn on_this_machine_nobody_logs_in_and_somebody_may() {
    let house = House::open();
    let me = house.get("/api/v1/me").is(200).json();
    assert_eq!((&me["way"], &me["open"], &me["principal"]), (&json!("local"), &json!(true), &json!("local")));
    assert!(me.get("session").is_none() && me["limits"]["changes"] == 200, "{me}");
    let (browser, _) = Browser::login(&house, &house.token("o", "v", Role::Viewer));
    assert_eq!(browser.get("/api/v1/me").is(200).json()["role"], "viewer");
    browser.ask("POST", "/api/v1/runs", &json!({ "model": "minimal" })).is(403);
    // Who was a viewer does not become whoever has the machine when the session is over.
    browser.ask("DELETE", "/api/v1/sessions/current", &Value::Null).is(204);
    browser.ask("POST", "/api/v1/runs", &json!({ "model": "minimal" })).is(401);
    house.post("/api/v1/runs", &json!({ "model": "minimal" })).is(201);
    let english = house.send("GET", "/api/v1/me", &[("accept-language", "en")], b"").is(200).json();
    assert_eq!(english["language"], "en");
}

#[test]
fn a_session_may_what_its_role_may() {
    let house = guarded();
    for role in Role::ALL {
        let token = house.token("o", role.word(), role);
        let apart = |path: &str| path.starts_with("/api/v1/sessions") || path == "/api/v1/events";
        for route in routes::all().iter().filter(|route| !apart(route.path)) {
            let (browser, _) = Browser::login(&house, &token);
            let path = route.path.replace("{format}", "csv").replace(['{', '}'], "");
            let answer = browser.ask(route.method.as_str(), &path, &json!({}));
            assert_eq!(answer.status == 403, !route.deed.is_for(role), "{} {} {path}", role.word(), route.method);
            assert!(answer.status < 500, "{path}");
        }
    }
}

#[test]
fn what_is_one_partys_secret_stays_on_no_disk() {
    let house = House::open();
    let secret = routes::all().iter().filter(|route| route.private);
    let paths: Vec<&str> = secret.map(|route| route.path).collect();
    assert_eq!(paths.len(), 5, "{paths:?}");
    for route in routes::all() {
        let is_partys = route.path.contains("{party}") || route.path.ends_with("/mediation");
        assert_eq!(route.private, is_partys, "{}", route.path);
    }
    let case: Value = serde_json::from_str(
        routes::all().iter().find(|route| route.id == "beginNegotiation").unwrap().example.unwrap(),
    )
    .unwrap();
    let id = house.post("/api/v1/negotiations", &case).is(201).json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/negotiations/{id}/parties/up/private");
    let file = json!({ "private": { "party": "up" }, "mediation": false }).to_string();
    let headers = [JSON, ("if-none-match", "*")];
    let put = house.send("PUT", &path, &headers, file.as_bytes());
    assert_eq!(put.header("cache-control"), Some("no-store"), "{put:?}");
    let tag = put.is(201).header("etag").unwrap().to_owned();
    let read = house.get(&path).is(200);
    assert!(read.header("cache-control") == Some("no-store") && read.header("etag").is_some());
    let known = house.send("GET", &path, &[("if-none-match", &tag)], b"").is(304);
    assert_eq!(known.header("cache-control"), Some("no-store"));
}

#[test]
fn amounts_alone_are_the_amounts_of_the_record() {
    let house = House::open();
    let body = json!({ "model": "chongming-vertical", "changes": ["fund.district.amount=+5%"] });
    let (whole, light) =
        (house.post("/api/v1/what-if", &body).is(200), house.post("/api/v1/what-if/amounts", &body).is(200));
    assert!(light.body.len() * 4 < whole.body.len(), "{} {}", light.body.len(), whole.body.len());
    let timing = light.header("server-timing").unwrap();
    assert!(["queue;dur=", "work;dur=", "total;dur="].iter().all(|part| timing.contains(part)), "{timing}");
    let (whole, light) = (whole.json(), light.json());
    for member in ["status", "hash", "changes", "warnings"] {
        assert_eq!(whole[member], light[member], "{member}");
    }
    let funds: Vec<&str> = whole["funds"].as_array().unwrap().iter().map(|fund| fund["id"].as_str().unwrap()).collect();
    let cells = whole["cells"].as_array().unwrap();
    assert!(cells.len() == light["cells"].as_array().unwrap().len() && cells.len() > 40);
    for (cell, own) in cells.iter().zip(light["cells"].as_array().unwrap()) {
        for member in ["area", "ecosystem", "amount_fen", "entitlement_fen"] {
            assert_eq!(cell[member], own[member]);
        }
        for (at, fund) in funds.iter().enumerate() {
            let paid = cell["by_fund"].as_array().unwrap().iter().find(|paid| paid["fund"] == *fund);
            assert_eq!(own["by_fund_fen"][at], paid.map_or(Value::Null, |paid| paid["amount_fen"].clone()));
        }
    }
    assert_eq!(whole["total"]["amount_fen"], light["total"]["amount_fen"]);
    // Where there is no plan both say why, with the same words.
    let body = json!({ "model": "chongming-infeasible" });
    let (whole, light) =
        (house.post("/api/v1/what-if", &body).is(200), house.post("/api/v1/what-if/amounts", &body).is(200));
    assert!(whole.body == light.body && light.json()["status"] == "infeasible");
}
