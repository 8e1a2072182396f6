//! Horizontal compensation over HTTP: the documents of the command line to the byte, and negotiations of which nobody sees more than
//! its own part.

use crate::common;
use crate::common::{Folder, repository};
use crate::house::{Answer, House, settings};
use ecocomp::http::routes;
use ecocomp::http::state::Settings;
use ecocomp::store::Role;
use serde_json::{Value, json};

/// The command line from the folder where models are called `models/NAME.toml`.
fn command(words: &[&str]) -> String {
    let command = env!("CARGO_BIN_EXE_ecocomp");
    let mut command = std::process::Command::new(command);
    let output = command.args(words).env("LC_ALL", "C.UTF-8").current_dir(repository("")).output().unwrap();
    assert!(!output.stdout.is_empty(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A server that makes no job of an answer because the machine is busy.
fn house(open: bool) -> House {
    let patience = std::time::Duration::from_secs(100);
    House::new(&repository("models"), open, Settings { patience, ..settings() })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn file(path: &str) -> String {
    std::fs::read_to_string(repository(path)).unwrap()
}

/// A TOML file as the JSON that a client sends.
fn object(path: &str) -> Value {
    serde_json::to_value(file(path).parse::<toml::Table>().unwrap()).unwrap()
}

// ---- questions of which nothing is kept

#[test]
fn divisions_games_and_bargains_are_those_of_the_command_line() {
    let house = house(true);
    for (route, verb, name) in [
        ("divisions", "share", "wives"),
        ("games", "share", "tennessee-valley"),
        ("games", "share", "skane-water"),
        ("games", "share", "three-counties-savings"),
        ("bargains", "bargain", "nash-1950"),
        ("bargains", "bargain", "cake-with-caps"),
    ] {
        let path = format!("models/horizontal/{name}.toml");
        let printed = command(&[verb, &path, "--format", "json"]);
        let answer = house.post(&format!("/api/v1/horizontal/{route}"), &object(&path)).is(200);
        assert_eq!(text(&answer.body), printed, "{name}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
}

#[test]
fn settlements_are_those_of_the_command_line() {
    let house = house(true);
    let cases: [(&str, &[&str], Option<i32>); 5] = [
        ("xinanjiang-1", &["xinanjiang-published"], Some(2012)),
        ("xinanjiang-1", &["xinanjiang-published"], None),
        ("chishuihe", &["chishuihe-2019"], None),
        ("chuhe", &["chuhe-2019"], None),
        ("dabieshan", &["dabieshan-published"], None),
    ];
    for (name, tables, year) in cases {
        let path = format!("models/horizontal/{name}.toml");
        let tables: Vec<String> = tables.iter().map(|table| format!("datasets/horizontal/{table}.csv")).collect();
        let mut words = vec!["horizontal", "settle", &path, "--format", "json"];
        tables.iter().for_each(|table| words.extend(["--monitoring", table.as_str()]));
        let of_year = year.map(|year| year.to_string());
        words.extend(of_year.iter().flat_map(|year| ["--year", year.as_str()]));
        let printed = command(&words);
        let monitoring: Vec<Value> = tables.iter().map(|table| json!({ "name": table, "csv": file(table) })).collect();
        for agreement in [("agreement_text", json!(file(&path))), ("agreement", object(&path))] {
            let mut body = json!({ "monitoring": monitoring, "year": year });
            body[agreement.0] = agreement.1;
            let answer = house.post("/api/v1/horizontal/settlements", &body).is(200);
            assert_eq!(text(&answer.body), printed, "{name} {}", agreement.0);
        }
    }
}

#[test]
fn payments_are_those_of_the_command_line() {
    let house = house(true);
    let path = "models/horizontal/poyang-payment.toml";
    let printed = command(&["horizontal", "pay", path, "--format", "json"]);
    let mut files = serde_json::Map::new();
    for name in ["areas", "river", "gep"] {
        let table = file(&format!("datasets/horizontal/poyang/{name}.csv"));
        files.insert(format!("../../datasets/horizontal/poyang/{name}.csv"), json!(table));
    }
    for case in [("case_text", json!(file(path))), ("case", object(path))] {
        let mut body = json!({ "files": files });
        body[case.0] = case.1;
        let answer = house.post("/api/v1/horizontal/payments", &body).is(200);
        assert_eq!(text(&answer.body), printed, "{}", case.0);
    }
    // A deal that nobody can pay for is an answer: the command line writes it too, and exits with 3.
    let mut poor = object(path);
    poor["party"][3]["budget"] = json!("0.5 亿元");
    let answer = house.post("/api/v1/horizontal/payments", &json!({ "case": poor, "files": files })).is(200).json();
    assert_eq!(answer["status"], "infeasible");
    assert!(!answer["impasse"].is_null(), "{answer}");
    // No file of the server is read.
    let problem = house.post("/api/v1/horizontal/payments", &json!({ "case": object(path) })).is(422).json();
    assert_eq!(
        (&problem["findings"][0]["code"], &problem["pointer"]),
        (&json!("talks.no_table"), &json!("/case/data/areas"))
    );
    files.insert("more.csv".to_owned(), json!("a,b\n"));
    let problem =
        house.post("/api/v1/horizontal/payments", &json!({ "case_text": file(path), "files": files })).is(422).json();
    assert_eq!(
        (&problem["findings"][0]["code"], &problem["pointer"]),
        (&json!("talks.table_unused"), &json!("/files/more.csv"))
    );
}

#[test]
fn every_example_of_the_document_is_answered() {
    let house = house(true);
    for route in routes::all().iter().filter(|route| route.path.starts_with("/api/v1/horizontal/")) {
        let example: Value = serde_json::from_str(route.example.unwrap()).unwrap();
        house.post(route.path, &example).is(200);
    }
}

#[test]
fn what_is_wrong_is_pointed_at() {
    let house = house(true);
    let ask = |route: &str, body: &Value| house.post(&format!("/api/v1/horizontal/{route}"), body).is(422).json();
    let mut division = object("models/horizontal/wives.toml");
    division["claims"][1]["claim"] = json!("-5 元");
    let problem = ask("divisions", &division);
    assert_eq!(
        (&problem["findings"][0]["code"], &problem["pointer"]),
        (&json!("division.negative"), &json!("/claims/1/claim"))
    );
    division["claims"][1] = json!({ "name": "x", "claim": 1, "clam": 2 });
    assert_eq!(ask("divisions", &division)["pointer"], "/claims/1/clam");
    assert_eq!(ask("divisions", &json!({}))["pointer"], "/amount");
    let mut bargain = object("models/horizontal/nash-1950.toml");
    bargain["party"][1]["weight"] = json!(0);
    assert_eq!(ask("bargains", &bargain)["pointer"], "/party/1/weight");
    let mut agreement = object("models/horizontal/xinanjiang-1.toml");
    agreement["party"][1]["id"] = agreement["party"][0]["id"].clone();
    let problem = ask("settlements", &json!({ "agreement": agreement }));
    assert!(problem["pointer"].as_str().unwrap().starts_with("/agreement/party/"), "{problem}");
    let path = "models/horizontal/xinanjiang-1.toml";
    let broken = file(path).replace("first_year", "frist_year");
    let problem = ask("settlements", &json!({ "agreement_text": broken }));
    let place = &problem["findings"][0]["place"];
    assert!(problem["pointer"] == "/agreement_text" && place["row"].as_u64().unwrap() > 0, "{problem}");
    let both = json!({ "agreement_text": file(path), "agreement": object(path) });
    assert_eq!(ask("settlements", &both)["findings"][0]["code"], "talks.one_of");
    assert_eq!(ask("payments", &json!({}))["findings"][0]["code"], "talks.one_of");
    let table = json!([{ "name": "m.csv", "csv": "断面,年,指标\n街口,2012\n\"" }]);
    let problem = ask("settlements", &json!({ "agreement_text": file(path), "monitoring": table }));
    assert_eq!(problem["pointer"], "/monitoring/0/csv", "{problem}");
    let table = json!([{ "name": "/etc/passwd", "csv": "" }]);
    let problem = ask("settlements", &json!({ "agreement_text": file(path), "monitoring": table }));
    assert_eq!(problem["findings"][0]["code"], "dataset.foreign_table", "{problem}");
    let mut payment = object("models/horizontal/poyang-payment.toml");
    payment["data"] = Value::Null;
    payment["party"][0]["cost"] = json!("a lot");
    assert_eq!(ask("payments", &json!({ "case": payment }))["pointer"], "/case/party/0/cost");
}

#[test]
fn hostile_bodies_are_refused_quickly() {
    let house = house(true);
    let json = [("content-type", "application/json")];
    for route in ["divisions", "games", "bargains", "settlements", "payments"] {
        let path = format!("/api/v1/horizontal/{route}");
        for (body, status) in [
            (&b"{\"amount\":NaN}"[..], 400),
            (b"{\"amount\":1,\"amount\":2}", 422),
            (b"[]", 422),
            (b"", 400),
            (b"null", 422),
            (b"{\"\\u0000\":1}", 422),
        ] {
            let answer = house.send("POST", &path, &json, body);
            assert_eq!(answer.status, status, "{route} {}: {}", text(body), text(&answer.body));
        }
    }
    let parties: Vec<String> = (0..600).map(|number| format!("p{number}")).collect();
    let game = json!({ "kind": "cost", "parties": parties, "airport": { "needs": {} } });
    house.post("/api/v1/horizontal/games", &game).is(422);
    let claims: Vec<Value> = (0..100_001).map(|number| json!({ "name": number.to_string(), "claim": 1 })).collect();
    house.post("/api/v1/horizontal/divisions", &json!({ "amount": 1, "claims": claims })).is(422);
    let power = json!({ "party": [{ "id": "a", "disagreement": "1e999999999" }, { "id": "b" }] });
    house.post("/api/v1/horizontal/bargains", &power).is(422);
}

#[test]
fn an_empty_core_is_an_answer() {
    let house = house(true);
    let majority = json!({ "kind": "gain", "unit": "元", "parties": ["a", "b", "c"],
        "majority": { "prize": 100, "quota": 2, "weights": { "a": 1, "b": 1, "c": 1 } } });
    let answer = house.post("/api/v1/horizontal/games", &majority).is(200).json();
    assert_eq!(answer["core"]["is_empty"], json!(true), "{}", answer["core"]);
}

// ---- negotiations

/// Both rivers' cases in one: a base payment and a penalty, water good or bad.
fn case() -> Value {
    json!({
        "name": { "zh": "示例谈判", "en": "Example" }, "illustrative": true,
        "party": [{ "id": "up", "role": "upstream" }, { "id": "down", "role": "downstream" }],
        "issue": [
            { "id": "base", "kind": "money", "unit": "万元", "range": [0, 20000], "step": 10 },
            { "id": "penalty", "kind": "money", "unit": "万元", "range": [0, 10000], "step": 10 },
        ],
        "clause": [
            { "id": "met", "from": "down", "to": "up", "pays": "base", "when": [{ "variable": "P", "at_most": 1 }] },
            { "id": "missed", "from": "up", "to": "down", "pays": "penalty", "when": [{ "variable": "P", "above": 1 }] },
        ],
        "scenario": [
            { "id": "good", "probability": "80%", "outcome": { "P": 0.9 } },
            { "id": "bad", "probability": "20%", "outcome": { "P": 1.1 } },
        ],
    })
}

fn upstream(cost: &str) -> Value {
    json!({ "party": "up", "reservation": "0 万元", "budget": "9000 万元",
        "worth": [{ "amount": cost }], "risk": { "alpha": 0.5, "weight": 0.2 } })
}

fn downstream(worth: &str) -> Value {
    json!({ "party": "down", "reservation": "0 万元", "worth": [{ "amount": worth, "when": [{ "variable": "P", "at_most": 1 }] }] })
}

/// A server that asks for tokens, and people of several organisations.
struct Talks {
    house: House,
    tokens: std::collections::BTreeMap<&'static str, String>,
}

impl Talks {
    fn open() -> Self {
        let house = house(false);
        let people = [
            ("up", "a", Role::Planner),
            ("up-viewer", "a", Role::Viewer),
            ("up-auditor", "a", Role::Auditor),
            ("up-admin", "a", Role::Admin),
            ("down", "b", Role::Planner),
            ("down-viewer", "b", Role::Viewer),
            ("mediator", "m", Role::Planner),
            ("stranger", "c", Role::Admin),
        ];
        let tokens = people.map(|(name, org, role)| (name, format!("Bearer {}", house.token(org, name, role))));
        Self { house, tokens: tokens.into_iter().collect() }
    }

    fn send(&self, who: &str, method: &str, path: &str, more: &[(&str, &str)], body: &Value) -> Answer {
        let mut headers = vec![("authorization", self.tokens[who].as_str())];
        headers.extend(more);
        if body.is_null() {
            return self.house.send(method, path, &headers, b"");
        }
        headers.push(("content-type", "application/json"));
        self.house.send(method, path, &headers, body.to_string().as_bytes())
    }

    fn get(&self, who: &str, path: &str) -> Answer {
        self.send(who, "GET", path, &[], &Value::Null)
    }

    fn post(&self, who: &str, path: &str, body: &Value) -> Answer {
        self.send(who, "POST", path, &[], body)
    }

    /// Puts the first or a later revision of an own file.
    fn put(&self, who: &str, path: &str, body: &Value) -> Answer {
        let tag = self.get(who, path).header("etag").map(str::to_owned);
        match &tag {
            Some(tag) => self.send(who, "PUT", path, &[("if-match", tag)], body),
            None => self.send(who, "PUT", path, &[("if-none-match", "*")], body),
        }
    }

    /// Begins a negotiation between `a` upstream and `b` downstream; its address.
    fn begin(&self) -> String {
        let body = json!({ "case": case(), "parties": { "up": "a", "down": "b" }, "mediator": "m" });
        let answer = self.post("up", "/api/v1/negotiations", &body).is(201);
        let address = answer.json()["links"]["self"].as_str().unwrap().to_owned();
        assert_eq!(answer.header("location"), Some(address.as_str()));
        address
    }
}

fn terms(base: u32, penalty: u32) -> Value {
    json!({ "terms": { "base": base, "penalty": penalty } })
}

#[test]
fn rounds_are_kept_with_who_and_when_and_bound_to_each_other() {
    let talks = Talks::open();
    let at = talks.begin();
    let offers = format!("{at}/offers");
    let first = talks.post("up", &offers, &terms(12000, 2000)).is(201).json();
    let second = talks.post("down", &offers, &terms(8000, 5000)).is(201).json();
    assert_eq!((&first["principal"], &first["round"]["by"]), (&json!("up"), &json!("up")));
    assert_eq!(second["round"]["previous"], first["round"]["hash"]);
    assert!(second["round"]["at"].as_str().unwrap() >= first["round"]["at"].as_str().unwrap());
    let read = talks.get("down-viewer", &at).is(200).json();
    assert_eq!(read["rounds"], json!([first, second]));
    assert_eq!(read["case_hash"], first["round"]["case"]);
    // Nobody offers what does not fit the case, and who offers is never taken from the body.
    assert_eq!(talks.post("up", &offers, &terms(99_999, 0)).is(422).json()["pointer"], "/terms");
    assert_eq!(talks.post("up", &offers, &json!({ "terms": { "base": 1 } })).is(422).json()["pointer"], "/terms");
    talks.post("up", &offers, &json!({ "terms": { "base": 1, "penalty": 1 }, "by": "down" })).is(422);
    talks.post("up-viewer", &offers, &terms(1, 1)).is(403);
    talks.post("mediator", &offers, &terms(1, 1)).is(403);
    // Many requests with one key make one round; many without each their own.
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let (talks, offers) = (&talks, &offers);
            scope.spawn(move || {
                let key = [("idempotency-key", "k-1")];
                talks.send("up", "POST", offers, &key, &terms(11000, 2500)).is(201);
            });
        }
    });
    assert_eq!(talks.get("up", &at).json()["rounds"].as_array().unwrap().len(), 3);
    std::thread::scope(|scope| {
        for who in ["up", "down", "up", "down"] {
            let (talks, offers) = (&talks, &offers);
            scope.spawn(move || talks.post(who, offers, &terms(10_000, 3000)).is(201));
        }
    });
    let read = talks.get("up", &at).json();
    let rounds = read["rounds"].as_array().unwrap();
    assert_eq!(rounds.len(), 7);
    // The command line reads them, and checks the chain.
    let folder = Folder::empty();
    folder.write("case.json", read["case"].to_string());
    let lines: String = rounds.iter().map(|round| format!("{}\n", round["round"])).collect();
    folder.write("rounds.jsonl", lines);
    let checked =
        common::ecocomp(&["negotiate", "check", &folder.file("case.json"), "--rounds", &folder.file("rounds.jsonl")]);
    assert_eq!(checked.code, 0, "{}", checked.err);
}

#[test]
fn a_view_is_that_of_the_command_line() {
    let talks = Talks::open();
    let at = talks.begin();
    let (up, down) = (upstream("-6000 万元"), downstream("15000 万元"));
    let public = talks.get("up", &format!("{at}/parties/up/view")).is(200).json();
    assert_eq!((&public["view"], &public["offers"]), (&json!("public"), &json!([])));
    talks.put("up", &format!("{at}/parties/up/private"), &json!({ "private": up, "mediation": true })).is(201);
    talks.put("down", &format!("{at}/parties/down/private"), &json!({ "private": down, "mediation": true })).is(201);
    talks.post("up", &format!("{at}/offers"), &terms(12000, 2000)).is(201);
    talks.post("down", &format!("{at}/offers"), &terms(8000, 5000)).is(201);
    let read = talks.get("up", &at).json();
    let folder = Folder::empty();
    folder.write("case.json", read["case"].to_string());
    folder.write("up.json", up.to_string());
    folder.write("down.json", down.to_string());
    let rounds = read["rounds"].as_array().unwrap();
    folder.write("rounds.jsonl", rounds.iter().map(|round| format!("{}\n", round["round"])).collect::<String>());
    let (case, rounds) = (folder.file("case.json"), folder.file("rounds.jsonl"));
    let show = |verb: &str, more: &[&str]| {
        let words = ["negotiate", verb, &case, "--rounds", &rounds, "--format", "json"];
        let done = common::ecocomp(&[&words, more].concat());
        assert_eq!(done.code, 0, "{}", done.err);
        done.out
    };
    let (up, down) = (folder.file("up.json"), folder.file("down.json"));
    let own = ["--party", "up", "--private", &up];
    let path = format!("{at}/parties/up");
    assert_eq!(text(&talks.get("up-viewer", &format!("{path}/view")).is(200).body), show("show", &own));
    assert_eq!(text(&talks.get("up", &format!("{path}/view?counters=true")).is(200).body), show("counter", &own));
    let trial = json!({ "offers": [{ "base": 9000 }] });
    let tried = talks.post("up-viewer", &format!("{path}/trials"), &trial).is(200);
    assert_eq!(text(&tried.body), show("show", &["--party", "up", "--private", &up, "--try", "base=9000"]));
    let wrong = json!({ "offers": [{ "base": 9000 }, { "bsae": 1 }] });
    assert_eq!(talks.post("up", &format!("{path}/trials"), &wrong).is(422).json()["pointer"], "/offers/1");
    let mediated = talks.get("mediator", &format!("{at}/mediation")).is(200);
    assert_eq!(text(&mediated.body), show("show", &["--mediator", "--private", &up, "--private", &down]));
}

#[test]
fn the_shipped_case_has_the_hash_that_its_rounds_name() {
    let talks = Talks::open();
    let folder = "models/horizontal/xinan-negotiation";
    let body =
        json!({ "case_text": file(&format!("{folder}/case.toml")), "parties": { "anhui": "a", "zhejiang": "b" } });
    let begun = talks.post("up", "/api/v1/negotiations", &body).is(201).json();
    let first: Value = serde_json::from_str(file(&format!("{folder}/rounds.jsonl")).lines().next().unwrap()).unwrap();
    assert_eq!(begun["case_hash"], first["case"]);
    let at = begun["links"]["self"].as_str().unwrap();
    let made = talks.post("up", &format!("{at}/offers"), &json!({ "terms": first["offer"] })).is(201).json();
    assert_eq!(made["round"]["offer"], first["offer"]);
    assert!(begun["mediator"].is_null());
    talks.get("mediator", &format!("{at}/mediation")).is(404);
}

#[test]
fn own_files_are_put_by_revision() {
    let talks = Talks::open();
    let path = format!("{}/parties/up/private", talks.begin());
    let body = json!({ "private": upstream("-6000 万元") });
    talks.get("up", &path).is(404);
    talks.send("up", "PUT", &path, &[], &body).is(428);
    let first = talks.send("up", "PUT", &path, &[("if-none-match", "*")], &body).is(201);
    assert_eq!((first.header("etag"), &first.json()["mediation"]), (Some("\"1\""), &json!(false)));
    talks.send("up", "PUT", &path, &[("if-none-match", "*")], &body).is(412);
    talks.send("up", "PUT", &path, &[("if-match", "\"7\"")], &body).is(412);
    // The same again is no new revision.
    assert_eq!(talks.send("up", "PUT", &path, &[("if-match", "\"1\"")], &body).is(200).header("etag"), Some("\"1\""));
    let next = json!({ "private": upstream("-7000 万元"), "mediation": true });
    assert_eq!(talks.send("up", "PUT", &path, &[("if-match", "\"1\"")], &next).is(200).header("etag"), Some("\"2\""));
    let read = talks.get("up-viewer", &path).is(200);
    assert_eq!(read.json()["private"]["worth"][0]["amount"], "-7000 万元");
    talks.send("up", "GET", &path, &[("if-none-match", "\"2\"")], &Value::Null).is(304);
    for (wrong, pointer) in [
        (json!({ "private": downstream("1 万元") }), "/private/party"),
        (json!({ "private": { "party": "up", "discount": 7 } }), "/private/discount"),
        (json!({ "private": { "party": "up", "worth": [{ "amount": "much" }] } }), "/private/worth/0/amount"),
        (json!({ "private": { "party": "up", "budgte": "1 元" } }), "/private/budgte"),
    ] {
        assert_eq!(talks.put("up", &path, &wrong).is(422).json()["pointer"], pointer);
    }
    talks.send("up-viewer", "PUT", &path, &[("if-match", "\"2\"")], &next).is(403);
}

#[test]
fn the_seats_of_a_negotiation_are_checked() {
    let talks = Talks::open();
    let begin = |parties: Value, mediator: Value| {
        let body = json!({ "case": case(), "parties": parties, "mediator": mediator });
        let problem = talks.post("up", "/api/v1/negotiations", &body).is(422).json();
        let codes = problem["findings"].as_array().unwrap().iter().map(|finding| finding["code"].clone());
        (codes.collect::<Vec<_>>(), problem["pointer"].clone())
    };
    assert_eq!(begin(json!({ "up": "a" }), Value::Null).0, ["talks.seat_missing"]);
    assert_eq!(begin(json!({ "up": "a", "down": "a" }), Value::Null).0, ["talks.seat_twice"]);
    assert_eq!(begin(json!({ "up": "a", "down": "b" }), json!("b")).0, ["talks.seat_twice"]);
    assert_eq!(begin(json!({ "up": "x", "down": "y" }), Value::Null).0, ["talks.no_own_seat"]);
    let (codes, pointer) = begin(json!({ "up": "a", "down": "b", "dwon": "c" }), Value::Null);
    assert_eq!((codes, pointer), (vec![json!("policy.unknown_word")], json!("/parties/dwon")));
    let mut wrong = case();
    wrong["clause"][1]["to"] = json!("nobody");
    let body = json!({ "case": wrong, "parties": { "up": "a", "down": "b" } });
    assert_eq!(talks.post("up", "/api/v1/negotiations", &body).is(422).json()["pointer"], "/case/clause/1/to");
    assert!(talks.get("up", "/api/v1/negotiations").json()["items"].as_array().unwrap().is_empty());
    // A key makes one negotiation, however often it is sent.
    let body = json!({ "case": case(), "parties": { "up": "a", "down": "b" } });
    let key = [("idempotency-key", "begin-1")];
    let one = talks.send("up", "POST", "/api/v1/negotiations", &key, &body).is(201).json();
    let two = talks.send("up", "POST", "/api/v1/negotiations", &key, &body).is(201).json();
    assert_eq!(one["id"], two["id"]);
    // The mediator may begin one, as may the other side.
    let body = json!({ "case": case(), "parties": { "up": "a", "down": "b" }, "mediator": "m" });
    talks.post("mediator", "/api/v1/negotiations", &body).is(201);
    talks.post("down", "/api/v1/negotiations", &body).is(201);
    talks.post("up-viewer", "/api/v1/negotiations", &body).is(403);
    let items = |who: &str| talks.get(who, "/api/v1/negotiations").json()["items"].as_array().unwrap().len();
    assert_eq!((items("up"), items("down"), items("mediator"), items("stranger")), (3, 3, 2, 0));
}

const NO_HEADERS: &[(&str, &str)] = &[];

/// Everything that can be asked about a negotiation, with the party in whose name.
fn questions(at: &str) -> Vec<(&'static str, String, Value)> {
    let mut list = vec![
        ("GET", at.to_owned(), Value::Null),
        ("POST", format!("{at}/offers"), terms(9000, 3000)),
        ("GET", format!("{at}/mediation"), Value::Null),
    ];
    for party in ["up", "down", "none"] {
        let own = json!({ "private": { "party": party } });
        list.push(("GET", format!("{at}/parties/{party}/private"), Value::Null));
        list.push(("PUT", format!("{at}/parties/{party}/private"), own));
        list.push(("GET", format!("{at}/parties/{party}/view"), Value::Null));
        list.push(("GET", format!("{at}/parties/{party}/view?counters=true"), Value::Null));
        list.push(("POST", format!("{at}/parties/{party}/trials"), json!({ "offers": [] })));
    }
    list
}

/// What a client can see of an answer but for what every exchange has anew.
fn seen(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let passing = ["date", "x-request-id"];
    let headers = answer.headers.iter().filter(|(name, _)| !passing.contains(&name.as_str()));
    // The server sends them in an order that is drawn anew for each answer.
    let mut headers: Vec<(String, String)> = headers.cloned().collect();
    headers.sort();
    let mut body = text(&answer.body);
    if let Some(id) = answer.header("x-request-id") {
        body = body.replace(id, "");
    }
    (answer.status, headers, body)
}

#[test]
fn who_takes_no_part_finds_nothing_and_no_party_finds_anothers() {
    let talks = Talks::open();
    let at = talks.begin();
    let none = "/api/v1/negotiations/01900000-0000-7000-8000-000000000000";
    talks.post("up", &format!("{at}/offers"), &terms(12000, 2000)).is(201);
    for (path, private) in [("up", upstream("-6000 万元")), ("down", downstream("15000 万元"))] {
        let body = json!({ "private": private, "mediation": true });
        talks.put(path, &format!("{at}/parties/{path}/private"), &body).is(201);
    }
    let ask = |who: &str, (method, path, body): &(&str, String, Value), more: &[(&str, &str)]| {
        talks.send(who, method, path, more, body)
    };
    // A stranger: as if there were nothing, with every header that might make a difference.
    for (there, nowhere) in questions(&at).iter().zip(&questions(none)) {
        for more in [NO_HEADERS, &[("if-match", "\"1\"")], &[("if-none-match", "*")], &[("if-match", "*")]] {
            let (one, other) = (ask("stranger", there, more), ask("stranger", nowhere, more));
            assert_eq!(one.status, 404, "{there:?}");
            assert_eq!(seen(&one), seen(&other), "{there:?}");
        }
    }
    assert!(talks.get("stranger", "/api/v1/negotiations").json()["items"].as_array().unwrap().is_empty());
    // A party and the mediator: another's file and view are as those of a party that there is not.
    let parts = |party: &str| {
        let all = questions(&at);
        all.into_iter().filter(|(_, path, _)| path.contains(&format!("/parties/{party}/"))).collect::<Vec<_>>()
    };
    for (who, others) in
        [("up", vec!["down"]), ("up-admin", vec!["down"]), ("down", vec!["up"]), ("mediator", vec!["up", "down"])]
    {
        for other in others {
            for (theirs, nobodys) in parts(other).iter().zip(&parts("none")) {
                for more in [NO_HEADERS, &[("if-match", "\"1\"")], &[("if-none-match", "*")]] {
                    let (one, nothing) = (ask(who, theirs, more), ask(who, nobodys, more));
                    assert_eq!(one.status, 404, "{who} {theirs:?}");
                    assert_eq!(seen(&one), seen(&nothing), "{who} {theirs:?}");
                }
            }
        }
    }
    for who in ["up", "down", "up-admin", "mediator"] {
        // Counts and times of everybody's requests are for whoever runs the service.
        talks.get(who, "/metrics").is(403);
    }
    for who in ["up", "down", "up-admin", "up-auditor", "stranger"] {
        talks.get(who, &format!("{at}/mediation")).is(404);
    }
}

#[test]
fn a_mediator_needs_the_consent_of_every_party() {
    let talks = Talks::open();
    let at = talks.begin();
    let path = |party: &str| format!("{at}/parties/{party}/private");
    let refused = |say: &str| {
        let answer = talks.get("mediator", &format!("{at}/mediation")).is(409);
        assert!(!text(&answer.body).contains("万元"), "{say}");
        seen(&answer)
    };
    let nothing = refused("no files");
    talks.put("up", &path("up"), &json!({ "private": upstream("-6000 万元"), "mediation": true })).is(201);
    // Who has agreed is not told.
    assert_eq!(refused("one file"), nothing);
    talks.put("down", &path("down"), &json!({ "private": downstream("15000 万元") })).is(201);
    assert_eq!(refused("one consent"), nothing);
    talks.put("down", &path("down"), &json!({ "private": downstream("15000 万元"), "mediation": true })).is(200);
    let view = talks.get("mediator", &format!("{at}/mediation")).is(200).json();
    assert_eq!((&view["view"], &view["players"]), (&json!("mediator"), &json!(["up", "down"])));
    assert_eq!(view["zone"]["exists"], json!(true), "{view}");
    // Consent is taken back like any other change.
    talks.put("up", &path("up"), &json!({ "private": upstream("-6000 万元") })).is(200);
    assert_eq!(refused("taken back"), nothing);
    // No zone of agreement is an answer.
    talks.put("up", &path("up"), &json!({ "private": upstream("-19000 万元"), "mediation": true })).is(200);
    talks.put("down", &path("down"), &json!({ "private": downstream("1000 万元"), "mediation": true })).is(200);
    let view = talks.get("mediator", &format!("{at}/mediation")).is(200).json();
    assert_eq!(view["zone"]["exists"], json!(false), "{view}");
}

/// Status, headers and body of an answer.
type Seen = (u16, Vec<(String, String)>, String);

/// What `up` and its colleagues see of everything, errors included, with `down`'s file as it is.
fn all_that_up_sees(talks: &Talks, at: &str) -> Vec<Seen> {
    let mut list = Vec::new();
    for who in ["up", "up-viewer", "up-admin", "up-auditor"] {
        list.push(seen(&talks.get(who, "/api/v1/negotiations")));
        let mut jobs = seen(&talks.get(who, "/api/v1/jobs"));
        // How long reading the list took; it reads nothing of a negotiation.
        jobs.1.retain(|(name, _)| name != "server-timing");
        list.push(jobs);
        for (method, path, body) in questions(at) {
            if method == "GET" || !path.contains("/parties/up/") && !path.ends_with("/offers") {
                list.push(seen(&talks.send(who, method, &path, &[], &body)));
            }
        }
        let offers =
            json!({ "offers": [{ "base": 0 }, { "base": 20000, "penalty": 0 }, { "base": 7777 }], "counters": true });
        list.push(seen(&talks.post(who, &format!("{at}/parties/up/trials"), &offers)));
        let wrong = json!({ "offers": [{ "base": -1 }] });
        list.push(seen(&talks.post(who, &format!("{at}/parties/up/trials"), &wrong)));
        list.push(seen(&talks.post(who, &format!("{at}/offers"), &terms(99_999, 0))));
        list.push(seen(&talks.send(who, "GET", at, &[("if-none-match", "\"r2\"")], &Value::Null)));
    }
    list
}

#[test]
fn nothing_that_a_party_sees_depends_on_the_file_of_another() {
    let talks = Talks::open();
    let at = talks.begin();
    talks
        .put(
            "up",
            &format!("{at}/parties/up/private"),
            &json!({ "private": upstream("-6000 万元"), "mediation": true }),
        )
        .is(201);
    talks.post("up", &format!("{at}/offers"), &terms(12000, 2000)).is(201);
    talks.post("down", &format!("{at}/offers"), &terms(8000, 5000)).is(201);
    let theirs = format!("{at}/parties/down/private");
    let before = all_that_up_sees(&talks, &at);
    assert!(before.iter().any(|(status, _, body)| *status == 200 && body.contains("\"counters\"")));
    for (worth, mediation) in [("15000 万元", false), ("15000 万元", true), ("1 元", true), ("123456.78 万元", false)]
    {
        talks.put("down", &theirs, &json!({ "private": downstream(worth), "mediation": mediation }));
        for (one, other) in before.iter().zip(all_that_up_sees(&talks, &at)) {
            assert_eq!(*one, other, "{worth} {mediation}");
        }
    }
}

/// What an audit log says of negotiations, without its times and without ids and hashes, which are drawn or look so.
fn drawn_left_out(log: &Value) -> String {
    let mut items = log["items"].as_array().unwrap().clone();
    items.retain(|item| item["action"].as_str().unwrap().starts_with("negotiation."));
    items.iter_mut().for_each(|item| drop(item.as_object_mut().unwrap().remove("at").unwrap()));
    let all = Value::from(items).to_string();
    let word = |character: char| character == '-' || character.is_ascii_alphanumeric();
    let drawn = |text: &&str| text.len() >= 32 && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    all.split(|character| !word(character)).filter(|text| !drawn(text)).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_audit_log_keeps_no_word_of_a_private_file() {
    let talks = Talks::open();
    let at = talks.begin();
    let path = format!("{at}/parties/up/private");
    let body = json!({ "private": upstream("-6000 万元") });
    let first = talks.put("up", &path, &body).is(201).json();
    talks.put("up", &path, &json!({ "private": upstream("-7000 万元") })).is(200);
    let again = talks.put("up", &path, &body).is(200).json();
    // The same content is sealed anew, so that nobody learns that it came back, nor finds it by trying.
    assert_ne!(first["seal"], again["seal"]);
    assert_eq!(again["salt"].as_str().unwrap().len(), 64);
    let log = text(&talks.get("up-auditor", "/api/v1/audit").is(200).body);
    for seal in [&first["seal"], &again["seal"]] {
        assert!(log.contains(seal.as_str().unwrap()), "{log}");
    }
    assert!(!log.contains(again["salt"].as_str().unwrap()), "{log}");
    // Any four digits may stand in a time, an id or a hash: what is left of the entries without them is asked.
    let said = drawn_left_out(&serde_json::from_str(&log).unwrap());
    assert!(said.contains("negotiation file") && said.contains("revision"), "{said}");
    for secret in ["6000", "7000", "9000", "reservation"] {
        assert!(!said.contains(secret), "{secret}: {said}");
    }
    let kept = first["private"].to_string();
    let plain = |text: &str| {
        use sha2::Digest as _;
        sha2::Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    assert!(!log.contains(&plain(&kept)) && !log.contains(&plain(&body.to_string())));
    talks.get("down", "/api/v1/audit").is(403);
    let other = format!("Bearer {}", talks.house.token("b", "auditor", Role::Auditor));
    let theirs = talks.house.send("GET", "/api/v1/audit", &[("authorization", &other)], b"").is(200);
    assert!(!text(&theirs.body).contains("negotiation.file"), "{}", text(&theirs.body));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let verdict = runtime.block_on(talks.house.store.verify_audit(None)).unwrap();
    assert!(verdict.broken.is_none(), "{verdict:?}");
}
