//! Who may and who may not, on what is really there: remarks, publication, maps, events, the log and files, role by role.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::common::repository;
use crate::house::{House, Person, settings};
use ecocomp::http::routes;
use ecocomp::store::Role;

/// One person of every role, and an admin of another organisation.
struct People<'a> {
    own: Vec<(Role, Person<'a>)>,
    foreign: Person<'a>,
}

impl<'a> People<'a> {
    fn new(house: &'a House) -> Self {
        let own = Role::ALL.map(|role| (role, Person::new(house, "o", role.word(), role)));
        Self { own: own.into(), foreign: Person::new(house, "x", "admin", Role::Admin) }
    }

    fn of(&self, role: Role) -> &Person<'a> {
        &self.own.iter().find(|(known, _)| *known == role).unwrap().1
    }
}

fn guarded() -> House {
    House::new(&repository("models"), false, settings())
}

/// A plan of a run of its own, by the planner.
fn plan(people: &People<'_>, change: &str) -> Value {
    let planner = people.of(Role::Planner);
    let run = planner.post("/api/v1/runs", json!({ "model": "minimal", "changes": [change] }));
    let run = run.json()["id"].clone();
    planner.post("/api/v1/plans", json!({ "run": run, "title": change })).is(201).json()
}

fn path(plan: &Value, rest: &str) -> String {
    format!("/api/v1/plans/{}{rest}", plan["id"].as_str().unwrap())
}

/// Where one of two sentences of a refusal is Chinese, no word of it is the name of a role in English.
fn refused(role: Role, answer: &crate::house::Answer) {
    let told = answer.json();
    let detail = told["detail"].as_str().unwrap();
    assert_eq!(told["code"], "forbidden");
    assert!(detail.contains(&format!("“{}”", role.label().zh)), "{detail}");
    assert!(!told["remedy"].as_str().unwrap().is_empty());
    assert!(Role::ALL.iter().all(|role| !detail.contains(role.word())), "{detail}");
}

#[test]
fn remarks_are_read_by_all_and_made_by_whoever_has_a_say() {
    let house = guarded();
    let people = People::new(&house);
    let plan = plan(&people, "fund.district.amount=1.21 亿元");
    let comments = path(&plan, "/comments");
    let mut made = Vec::new();
    for (role, person) in &people.own {
        let answer = person.post(&comments, json!({ "text": format!("意见 {}", role.word()) }));
        if *role == Role::Viewer {
            refused(*role, &answer.is(403));
        } else {
            let told = answer.is(201).json();
            assert_eq!(told["author"].as_str(), Some(role.word()));
            made.insert(0, format!("意见 {}", role.word()));
        }
    }
    for (_, person) in &people.own {
        let list = person.get(&comments).is(200).json();
        let texts: Vec<&str> =
            list["items"].as_array().unwrap().iter().map(|item| item["text"].as_str().unwrap()).collect();
        assert_eq!(texts, made);
    }
    // Part by part.
    let first = people.of(Role::Viewer).get(&format!("{comments}?limit=3")).is(200).json();
    let next = first["next"].as_str().unwrap();
    let rest = people.of(Role::Viewer).get(&format!("{comments}?limit=3&cursor={next}")).is(200).json();
    let count = |list: &Value| list["items"].as_array().unwrap().len();
    assert_eq!((count(&first), count(&rest)), (3, made.len() - 3));
    people.foreign.get(&comments).is(404);
    people.foreign.post(&comments, json!({ "text": "x" })).is(404);
    house.get(&comments).is(401);
}

#[test]
fn an_approved_plan_is_published_by_whoever_approves_and_by_nobody_else() {
    let house = guarded();
    let people = People::new(&house);
    for (at, (role, person)) in people.own.iter().enumerate() {
        let plan = plan(&people, &format!("fund.district.amount=1.2{at}1 亿元"));
        let (own, publication) = (path(&plan, ""), path(&plan, "/publication"));
        let publish = |who: &Person<'_>, tag: &str| who.ask("POST", &publication, ("if-match", tag), &json!({}));
        // Not before it is approved, whoever asks.
        assert_eq!(publish(person, "\"1\"").status, if role_publishes(*role) { 409 } else { 403 });
        let decision = json!({ "decision": "approve", "comment": "" });
        people.of(Role::Approver).ask("POST", &path(&plan, "/decision"), ("if-match", "\"1\""), &decision).is(200);
        publish(&people.foreign, "\"2\"").is(404);
        let answer = publish(person, "\"2\"");
        if role_publishes(*role) {
            let told = answer.is(200).json();
            assert_eq!(told["published_by"].as_str(), Some(role.word()), "{told}");
            publish(person, "\"3\"").is(409);
        } else {
            refused(*role, &answer.is(403));
            let told = people.of(Role::Viewer).get(&own).is(200).json();
            assert!(told["state"] == "approved" && told["published_by"].is_null() && told["revision"] == 2, "{told}");
        }
    }
}

fn role_publishes(role: Role) -> bool {
    matches!(role, Role::Approver | Role::Admin)
}

#[test]
fn maps_are_kept_by_whoever_makes_things_and_seen_by_all() {
    let house = guarded();
    let people = People::new(&house);
    let map = json!({ "title": { "zh": "方格图", "en": "tiles" }, "tiles": [{ "code": "310151101", "row": 0, "column": 0 }] });
    for (role, person) in &people.own {
        let own = format!("/api/v1/maps/of-{}", role.word());
        let put = person.put(&own, ("if-none-match", "*"), map.clone());
        if matches!(role, Role::Planner | Role::Admin) {
            put.is(201);
            person.put(&own, ("if-none-match", "*"), map.clone()).is(412);
        } else {
            refused(*role, &put.is(403));
            person.get(&own).is(404);
        }
    }
    for (role, person) in &people.own {
        assert_eq!(person.get("/api/v1/maps").is(200).json()["items"].as_array().unwrap().len(), 2);
        person.get("/api/v1/maps/of-planner").is(200);
        let met = person.get("/api/v1/maps/of-planner/match?dataset=chongming").is(200).json();
        assert_eq!(met["both"], json!(["310151101"]));
        let gone = person.ask("DELETE", "/api/v1/maps/of-planner", ("if-match", "\"9\""), &Value::Null);
        assert_eq!(gone.status, if matches!(role, Role::Planner | Role::Admin) { 412 } else { 403 });
    }
    people.foreign.get("/api/v1/maps/of-planner").is(404);
    people.foreign.ask("DELETE", "/api/v1/maps/of-planner", ("if-match", "\"1\""), &Value::Null).is(404);
    people.of(Role::Planner).ask("DELETE", "/api/v1/maps/of-planner", ("if-match", "\"1\""), &Value::Null).is(204);
    house.get("/api/v1/maps").is(401);
}

/// A stream of events, as far as it is read.
struct Stream {
    from: TcpStream,
    seen: String,
}

impl Stream {
    fn new(house: &House, header: &str) -> Self {
        let mut from = TcpStream::connect(house.address).unwrap();
        from.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        write!(from, "GET /api/v1/events HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n{header}\r\n\r\n", house.address)
            .unwrap();
        Self { from, seen: String::new() }
    }

    /// Reads until a text stands there; `false` where the stream ends before.
    fn until(&mut self, mark: &str) -> bool {
        let mut bytes = [0; 4096];
        while !self.seen.contains(mark) {
            let count = self.from.read(&mut bytes).unwrap();
            if count == 0 {
                return false;
            }
            self.seen.push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
        true
    }
}

#[test]
fn every_role_hears_what_happens_in_its_organisation_and_nothing_of_another() {
    let house = guarded();
    let people = People::new(&house);
    let mut nobody = Stream::new(&house, "x: y");
    assert!(nobody.until("\r\n\r\n") && nobody.seen.starts_with("HTTP/1.1 401"), "{}", nobody.seen);
    let listen = |person: &Person<'_>| {
        let mut stream = Stream::new(&house, &format!("authorization: {}", person.1));
        assert!(stream.until("retry"), "{}", stream.seen);
        stream
    };
    let mut own: Vec<Stream> = people.own.iter().map(|(_, person)| listen(person)).collect();
    let mut foreign = listen(&people.foreign);
    house.token("o", "new", Role::Viewer);
    let of_own = plan(&people, "fund.district.amount=1.23 亿元");
    let run = people.foreign.post("/api/v1/runs", json!({ "model": "minimal" })).is(201).json();
    for stream in &mut own {
        assert!(stream.until(of_own["id"].as_str().unwrap()));
        assert!(
            stream.seen.contains("\"action\":\"submit\"") && stream.seen.contains("event: plan"),
            "{}",
            stream.seen
        );
        // Neither who did it, nor in which words, nor what is for auditors.
        assert!(
            !stream.seen.contains("亿元") && !stream.seen.contains("planner") && !stream.seen.contains("token"),
            "{}",
            stream.seen
        );
    }
    assert!(foreign.until(run["id"].as_str().unwrap()));
    assert!(!foreign.seen.contains(of_own["id"].as_str().unwrap()), "{}", foreign.seen);
}

#[test]
fn a_stream_ends_with_the_session_that_asked_for_it() {
    let house = guarded();
    let token = json!({ "token": house.token("o", "v", Role::Viewer) }).to_string();
    let headers = [("content-type", "application/json")];
    let opened = house.send("POST", "/api/v1/sessions", &headers, token.as_bytes()).is(201);
    let cookie = opened.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let mut stream = Stream::new(&house, &format!("cookie: {cookie}"));
    assert!(stream.until("retry"));
    let origin = format!("http://{}", house.address);
    let headers = [("cookie", cookie.as_str()), ("origin", origin.as_str())];
    house.send("DELETE", "/api/v1/sessions/current", &headers, b"").is(204);
    assert!(!stream.until("event: nothing"), "it goes on: {}", stream.seen);
}

#[test]
fn the_log_is_for_auditors_and_its_filters_hold_together() {
    let house = guarded();
    let people = People::new(&house);
    let (first, second) =
        (plan(&people, "fund.district.amount=1.21 亿元"), plan(&people, "fund.district.amount=1.22 亿元"));
    people.of(Role::Approver).post(&path(&first, "/comments"), json!({ "text": "看过" })).is(201);
    people.of(Role::Viewer).post(&path(&first, "/comments"), json!({ "text": "x" })).is(403);
    let search = |person: &Person<'_>, body: Value| person.post("/api/v1/audit/search", body);
    for (role, person) in &people.own {
        let (read, found) = (person.get("/api/v1/audit?action=plan"), search(person, json!({ "action": "plan" })));
        if matches!(role, Role::Auditor | Role::Admin) {
            assert_eq!(read.is(200).body, found.is(200).body);
        } else {
            refused(*role, &read.is(403));
            refused(*role, &found.is(403));
        }
    }
    let auditor = people.of(Role::Auditor);
    let count = |body: Value| search(auditor, body).is(200).json()["items"].as_array().unwrap().len();
    let (one, other) = (&first["id"], &second["id"]);
    assert_eq!(count(json!({ "action": "plan:submit" })), 2);
    assert_eq!(count(json!({ "action": "plan:submit", "object": one })), 1);
    assert_eq!(count(json!({ "action": "plan:submit", "object": one, "principal": "planner" })), 1);
    assert_eq!(count(json!({ "action": "plan:submit", "object": one, "principal": "approver" })), 0);
    assert_eq!(count(json!({ "object": other, "principal": "planner", "from": "2020-01-01", "to": "2020-01-02" })), 0);
    assert_eq!(count(json!({ "object": one, "principal": "approver" })), 1);
    // A row stands at its own time: from it on it is among them, before it is not.
    let rows = search(auditor, json!({ "action": "plan:submit", "object": one })).json();
    let at = rows["items"][0]["at"].as_str().unwrap();
    assert_eq!(count(json!({ "object": one, "action": "plan:submit", "from": at })), 1);
    assert_eq!(count(json!({ "object": one, "action": "plan:submit", "to": at })), 0);
    // Who was refused is noted too, with the address.
    let of_viewer = search(auditor, json!({ "principal": "viewer" })).is(200).json().to_string();
    assert!(of_viewer.contains(&path(&first, "/comments")) && of_viewer.contains("403"), "{of_viewer}");
    // Parts of a filtered list are filtered too.
    let part = auditor.get("/api/v1/audit?action=plan:submit&limit=1").is(200).json();
    let next = part["next"].as_str().unwrap();
    let rest = auditor.get(&format!("/api/v1/audit?action=plan:submit&limit=1&cursor={next}")).is(200).json();
    assert!(rest["items"][0]["action"] == "plan:submit" && rest["items"][0] != part["items"][0], "{rest}");
    for (body, pointer) in [(json!({ "from": "gestern" }), "from"), (json!({ "to": "2026-13-01" }), "to")] {
        let told = search(auditor, body).is(400).json();
        assert!(told.to_string().contains(pointer), "{told}");
    }
    search(auditor, json!({ "principle": "x" })).is(422);
    // Nothing of it is another organisation's.
    let foreign = people.foreign.get("/api/v1/audit").is(200).json().to_string();
    assert!(!foreign.contains(one.as_str().unwrap()), "{foreign}");
}

#[test]
fn files_of_runs_and_plans_are_for_all_who_read() {
    let house = guarded();
    let people = People::new(&house);
    let plan = plan(&people, "fund.district.amount=1.21 亿元");
    let run = format!("/api/v1/runs/{}", plan["run"].as_str().unwrap());
    let mut files = Vec::new();
    for format in ["xlsx", "docx", "csv", "mps"] {
        files.push(format!("{run}/exports/{format}"));
    }
    for format in ["xlsx", "docx", "csv"] {
        files.push(path(&plan, &format!("/exports/{format}")));
    }
    for file in &files {
        let known = people.of(Role::Planner).get(file).is(200);
        assert!(known.header("content-disposition").unwrap().contains("filename*=UTF-8''"), "{file}");
        for (role, person) in &people.own {
            let read = person.get(file).is(200);
            assert_eq!(read.header("content-type"), known.header("content-type"), "{file} {}", role.word());
            if file.ends_with("csv") {
                assert_eq!(read.body, known.body, "{file} {}", role.word());
            }
        }
        people.foreign.get(file).is(404);
        house.get(file).is(401);
        people.of(Role::Viewer).get(&format!("{file}?nonsense=1")).is(400);
    }
    people.of(Role::Viewer).get(&format!("{run}/exports/pdf")).is(404);
}

/// A letter too many in the name of a parameter: a sentence says so and names the one that was meant.
#[test]
fn a_parameter_that_there_is_not_is_told_in_words() {
    let house = House::open();
    let mut with = 0;
    for route in routes::all() {
        let path = route.path.replace("{format}", "csv").replace("{version}", "1").replace(['{', '}'], "");
        let ask = |query: &str, lang: &str| {
            let headers = [("content-type", "application/json"), ("accept-language", lang)];
            let body = if route.method == "GET" { &b""[..] } else { b"{}" };
            house.send(route.method.as_str(), &format!("{path}?{query}"), &headers, body)
        };
        let told = |query: &str, name: &str| {
            let (zh, en) = (ask(query, "zh-CN").is(400).json(), ask(query, "en").is(400).json());
            assert_eq!((&zh["code"], &zh["parameter"]), (&json!("bad_query"), &json!(name)), "{} {path}", route.method);
            for word in ["unknown field", "expected", "invalid", "provided string"] {
                assert!(!zh.to_string().contains(word) && !en.to_string().contains(word), "{zh} {en}");
            }
            assert!(zh["detail"].as_str().unwrap().contains("查询参数"), "{zh}");
            (zh["remedy"].as_str().unwrap().to_owned(), en["remedy"].as_str().unwrap().to_owned())
        };
        // Whoever is not known yet is told nothing of parameters.
        if route.id == "openSession" {
            continue;
        }
        let Some(schema) = route.query else {
            let (zh, en) = told("limitt=1", "limitt");
            assert!(zh.contains("删去") && en.contains("leave out"), "{zh} {en}");
            continue;
        };
        with += 1;
        let mut generator = schemars::SchemaGenerator::default();
        let own = schema(&mut generator).to_value();
        let named = own["$ref"].as_str().and_then(|path| path.rsplit('/').next());
        let schema = named.map_or(own.clone(), |name| generator.definitions()[name].clone());
        for name in schema["properties"].as_object().unwrap().keys() {
            let long = format!("{name}{}", &name[name.len() - 1..]);
            let (zh, en) = told(&format!("{long}=1"), &long);
            assert!(zh.contains(name.as_str()) && en.contains(name.as_str()), "{name}: {zh} {en}");
        }
        if schema["properties"]["limit"].is_object() {
            assert!(told("limit=x", "limit").0.contains("改正"));
            assert!(told("limit=1&limit=2", "limit").0.contains("只保留一个"));
        }
    }
    assert!(with > 20, "{with}");
    let told = house.get("/api/v1/runs?status=optimum").is(400).json();
    assert!(told["remedy"].as_str().unwrap().contains("是否指:optimal"), "{told}");
    let told = house.get("/api/v1/maps/x/match").is(400).json();
    assert!(told["parameter"] == "dataset" && told["detail"].as_str().unwrap().contains("缺少"), "{told}");
    assert!(house.get("/api/v1/runs?pinned=ja").is(400).json()["detail"].as_str().unwrap().contains("“true”或“false”"));
}

/// Where a model has no uncertain figures, what is said to be added is added, and the question is answered.
#[test]
fn a_tornado_without_uncertain_figures_says_what_to_write() {
    let house = House::open();
    let text = std::fs::read_to_string(repository("models/chongming-vertical.toml")).unwrap();
    for kind in ["tornado", "sobol", "sweep"] {
        let question = match kind {
            "sobol" => json!({ "samples": 2 }),
            "sweep" => json!({ "draws": 2 }),
            _ => json!({ "low": 25.0, "high": 75.0 }),
        };
        let address = format!("/api/v1/analyses/{kind}");
        let refused =
            house.post(&address, &json!({ "model": "chongming-vertical", "question": question })).is(422).json();
        let remedy = refused["remedy"].as_str().unwrap();
        assert!(refused["detail"].as_str().unwrap().contains("没有声明哪些数不确定"), "{refused}");
        assert_eq!(remedy.contains("grid"), kind == "sweep", "{remedy}");
        let (from, to) = (remedy.find("input = [").unwrap(), remedy.find("}]").unwrap() + 2);
        let whole = format!("{text}\n[uncertainty]\n{}\n", &remedy[from..to]);
        house.post(&address, &json!({ "model": { "text": whole }, "question": question })).is(200);
    }
}
