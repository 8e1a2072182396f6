//! What a bureau does with runs and plans: titles and pins, remarks, publication, the year before; scenarios, maps, analyses, the log, one
//! stream of events.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::common::repository;
use crate::house::{House, Person, settings};
use ecocomp::store::Role;

const JSON: (&str, &str) = ("content-type", "application/json");

fn guarded() -> House {
    House::new(&repository("models"), false, settings())
}

#[test]
fn runs_are_called_labelled_pinned_and_found() {
    let house = guarded();
    let (planner, viewer) = (Person::new(&house, "o", "p", Role::Planner), Person::new(&house, "o", "v", Role::Viewer));
    let run = planner.post("/api/v1/runs", json!({ "model": "chongming-vertical" })).is(201).json();
    let other = planner
        .post("/api/v1/runs", json!({ "model": "minimal", "changes": ["fund.district.amount=+5%"] }))
        .is(201)
        .json();
    assert!(run["title"] == "" && run["pinned"] == false && run["revision"] == 1, "{run}");
    let record = planner.get(run["links"]["allocation"].as_str().unwrap()).is(200).json();
    assert_eq!(run["summary"]["total_fen"], record["total"]["amount_fen"]);
    assert_eq!((&run["summary"]["areas"], &other["summary"]["differences"]), (&json!(18), &json!(1)));
    let about = format!("{}/about", run["links"]["self"].as_str().unwrap());
    let body = json!({ "title": "2026 年上报稿 50%_", "note": "第二轮", "labels": { "轮次": "二" }, "pinned": true });
    planner.put(&about, ("x", "y"), body.clone()).is(428);
    planner.put(&about, ("if-match", "\"2\""), body.clone()).is(412);
    viewer.put(&about, ("if-match", "\"1\""), body.clone()).is(403);
    let told = planner.put(&about, ("if-match", "\"1\""), body.clone()).is(200);
    assert_eq!(told.header("etag"), Some("\"2\""));
    assert_eq!(told.json()["labels"]["轮次"], "二");
    planner.put(&about, ("if-match", "\"2\""), json!({ "titel": "x" })).is(422);
    let found = |query: &str| {
        let list = viewer.get(&format!("/api/v1/runs?{query}")).is(200).json();
        list["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect::<Vec<_>>()
    };
    let (own, none) = (vec![run["id"].clone()], Vec::<Value>::new());
    for query in [
        "pinned=true",
        "label=%E8%BD%AE%E6%AC%A1",
        "label=%E8%BD%AE%E6%AC%A1:%E4%BA%8C",
        "search=%E4%B8%8A%E6%8A%A5",
        "search=50%25_",
        "search=CHONGMING-v",
    ] {
        assert_eq!(found(query), own, "{query}");
    }
    for query in ["label=%E8%BD%AE%E6%AC%A1:x", "search=50%25%25", "search=a%5C"] {
        assert_eq!(found(query), none, "{query}");
    }
    assert_eq!(found("pinned=false"), vec![other["id"].clone()]);
    assert_eq!((found("mine=true").len(), found("mine=false").len()), (0, 2));
    // The same question again keeps what is said of the run; its files bear its name.
    assert_eq!(planner.post("/api/v1/runs", json!({ "model": "chongming-vertical" })).is(200).json()["pinned"], true);
    let file = viewer.get(&format!("{}/exports/csv", run["links"]["self"].as_str().unwrap())).is(200);
    let name = file.header("content-disposition").unwrap();
    assert!(
        name.contains("filename*=UTF-8''2026%20%E5%B9%B4")
            && name.contains(&format!("filename=\"{}.csv\"", &run["id"].as_str().unwrap()[..12])),
        "{name}"
    );
    let file = viewer.get(&format!("{}/exports/csv", other["links"]["self"].as_str().unwrap())).is(200);
    assert!(file.header("content-disposition").unwrap().contains("filename*=UTF-8''%E6%9C%80%E7%AE%80"), "{file:?}");
    let question = viewer.get(&format!("{}/question", other["links"]["self"].as_str().unwrap())).is(200).json();
    assert_eq!(planner.post("/api/v1/runs", question).is(200).json()["id"], other["id"]);
}

#[test]
fn plans_are_discussed_decided_published_and_compared_with_the_year_before() {
    let house = guarded();
    let (planner, approver) =
        (Person::new(&house, "o", "p", Role::Planner), Person::new(&house, "o", "a", Role::Approver));
    let (viewer, foreign) =
        (Person::new(&house, "o", "v", Role::Viewer), Person::new(&house, "x", "a", Role::Approver));
    let run = |change: &str| {
        let body = json!({ "model": "chongming-vertical", "changes": [change] });
        planner.post("/api/v1/runs", body).is(201).json()["id"].clone()
    };
    let (last, this) = (run("fund.district.amount=1.15 亿元"), run("fund.district.amount=1.2 亿元"));
    let old = planner.post("/api/v1/plans", json!({ "run": last, "title": "2025" })).is(201).json();
    let none = json!({ "run": this, "title": "2026", "previous": "none" });
    planner.post("/api/v1/plans", none).is(409);
    let new = json!({ "run": this, "title": "2026", "previous": old["id"] });
    let new = planner.post("/api/v1/plans", new).is(201).json();
    let path = |plan: &Value, rest: &str| format!("/api/v1/plans/{}{rest}", plan["id"].as_str().unwrap());
    // Remarks.
    let comments = path(&new, "/comments");
    let text = "请说明城桥镇的降幅。<img src=x onerror=alert(1)>";
    approver.post(&comments, json!({ "text": text })).is(201);
    viewer.post(&comments, json!({ "text": "x" })).is(403);
    foreign.post(&comments, json!({ "text": "x" })).is(404);
    approver.post(&comments, json!({ "text": "" })).is(422);
    approver.post(&comments, json!({ "text": "  " })).is(422);
    let keyed = |text: &str| planner.ask("POST", &comments, ("idempotency-key", "k"), &json!({ "text": text }));
    assert_eq!(keyed("已改").is(201).body, keyed("已改").is(201).body);
    keyed("别的").is(422);
    let list = viewer.get(&comments).is(200).json();
    let texts: Vec<&str> =
        list["items"].as_array().unwrap().iter().map(|item| item["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["已改", text]);
    foreign.get(&comments).is(404);
    // Publication: what is approved, by who approves, once.
    let publish = |who: &Person, tag: &str| who.ask("POST", &path(&new, "/publication"), ("if-match", tag), &json!({}));
    publish(&approver, "\"1\"").is(409);
    approver
        .ask("POST", &path(&new, "/decision"), ("if-match", "\"1\""), &json!({ "decision": "approve", "comment": "" }))
        .is(200);
    publish(&planner, "\"2\"").is(403);
    publish(&foreign, "\"2\"").is(404);
    publish(&approver, "\"1\"").is(412);
    let published = publish(&approver, "\"2\"").is(200).json();
    assert!(
        published["published_by"] == "a" && published["state"] == "approved" && published["revision"] == 3,
        "{published}"
    );
    publish(&approver, "\"3\"").is(409);
    // The year before: the plan that is named, else the data.
    let told = viewer.get(&path(&new, "/difference")).is(200).json();
    assert!(
        told["basis"] == "plan" && told["previous"] == old["id"] && told["run"] == this && told["previous_run"] == last,
        "{told}"
    );
    let record = |run: &Value| viewer.get(&format!("/api/v1/runs/{}/allocation", run.as_str().unwrap())).is(200).json();
    let (before, now) = (record(&last), record(&this));
    for part in ["areas", "ecosystems"] {
        let lines = told[part].as_array().unwrap();
        assert_eq!(lines.len(), now[part].as_array().unwrap().len());
        for line in lines {
            let of = |record: &Value| {
                record[part].as_array().unwrap().iter().find(|group| group["code"] == line["code"]).unwrap()["amount_fen"].as_i64().unwrap()
            };
            assert_eq!((line["amount_fen"].as_i64(), line["before_fen"].as_i64()), (Some(of(&now)), Some(of(&before))));
            assert_eq!(line["change_fen"].as_i64().unwrap(), of(&now) - of(&before));
        }
        let sum: i64 = lines.iter().map(|line| line["change_fen"].as_i64().unwrap()).sum();
        assert_eq!(told["total"]["change_fen"].as_i64(), Some(sum));
    }
    let told = viewer.get(&path(&old, "/difference")).is(200).json();
    assert!(told["basis"] == "data" && told["total"]["before_fen"] == before["total"]["last_year_fen"], "{told}");
    foreign.get(&path(&new, "/difference")).is(404);
}

#[test]
fn saved_scenarios_are_called_like_shipped_ones() {
    let house = guarded();
    let (planner, foreign) =
        (Person::new(&house, "o", "p", Role::Planner), Person::new(&house, "x", "p", Role::Planner));
    let list = planner.get("/api/v1/scenarios").is(200).json();
    let shipped = list["items"].as_array().unwrap().len();
    assert!(shipped >= 9 && list["items"][0]["read_only"] == true && list["items"][0]["title"]["zh"] != "", "{list}");
    let path = "/api/v1/scenarios/richer";
    let body = json!({
        "title": { "zh": "预算增加", "en": "richer" }, "stack": ["wetland-value"],
        "changes": ["fund.district.amount=+5%", { "path": "rule.corridor.between[1]", "op": "set", "value": 1.35 }, "data.gep[ecosystem=forest]*=1.1"],
    });
    planner.put(path, ("x", "y"), body.clone()).is(428);
    let made = planner.put(path, ("if-none-match", "*"), body.clone()).is(201).json();
    assert!(
        made["version"] == 1
            && made["changes"].as_array().unwrap().len() == 3
            && made["stack"] == json!(["wetland-value"]),
        "{made}"
    );
    assert_eq!(planner.put(path, ("if-match", "\"1\""), body.clone()).is(200).json()["version"], 1);
    let ask = |who: &Person, scenarios: Value, changes: Value| {
        who.post(
            "/api/v1/what-if",
            json!({ "model": "chongming-vertical", "scenarios": scenarios, "changes": changes }),
        )
    };
    let by_name = ask(&planner, json!(["richer"]), json!([])).is(200).json();
    let by_hand = ask(&planner, json!(["wetland-value"]), body["changes"].clone()).is(200).json();
    assert_eq!(by_name["cells"], by_hand["cells"]);
    ask(&planner, json!(["budget-up+richer"]), json!([])).is(200);
    let unknown = ask(&foreign, json!(["richer"]), json!([])).is(422).json();
    assert_eq!(unknown["findings"][0]["code"], "scenario.unknown_scenario");
    foreign.get(path).is(404);
    let compared = planner
        .post("/api/v1/comparisons", json!({ "model": "chongming-vertical", "scenarios": ["base", "richer"] }))
        .is(200);
    assert!(compared.json().to_string().contains("预算增加"));
    planner
        .post("/api/v1/what-if/differences", json!({ "model": "chongming-vertical", "scenarios": ["richer"] }))
        .is(200);
    // A run holds to what the scenario said when it was asked.
    let run =
        planner.post("/api/v1/runs", json!({ "model": "chongming-vertical", "scenarios": ["richer"] })).is(201).json();
    planner
        .put(
            path,
            ("if-match", "\"1\""),
            json!({ "title": { "zh": "另", "en": "other" }, "changes": ["fund.district.amount=+1%"] }),
        )
        .is(201);
    planner.get(&format!("{}/exports/csv", run["links"]["self"].as_str().unwrap())).is(200);
    assert_ne!(ask(&planner, json!(["richer"]), json!([])).is(200).json()["hash"], run["id"]);
    // What does not go.
    for (body, code) in [
        (json!({ "title": { "zh": "x", "en": "x" }, "changes": ["nonsense"] }), "scenario.form"),
        (json!({ "title": { "zh": "x", "en": "x" } }), "service.no_changes"),
    ] {
        assert_eq!(
            planner.put("/api/v1/scenarios/x", ("if-none-match", "*"), body).is(422).json()["findings"][0]["code"],
            code
        );
    }
    let own = json!({ "title": { "zh": "x", "en": "x" }, "stack": ["self"] });
    planner.put("/api/v1/scenarios/self", ("if-none-match", "*"), own).is(201);
    assert_eq!(ask(&planner, json!(["self"]), json!([])).is(422).json()["findings"][0]["code"], "scenario.cycle");
    planner.put("/api/v1/scenarios/budget-up", ("if-none-match", "*"), body).is(409);
    planner.ask("DELETE", "/api/v1/scenarios/self", ("x", "y"), &Value::Null).is(428);
    planner.ask("DELETE", "/api/v1/scenarios/self", ("if-match", "\"1\""), &Value::Null).is(204);
    planner.get("/api/v1/scenarios/self").is(404);
    let items = planner.get("/api/v1/scenarios").is(200).json()["items"].as_array().unwrap().len();
    assert_eq!(items, shipped + 1);
}

#[test]
fn maps_are_tiles_or_shapes_with_their_approval() {
    let house = House::open();
    let put = |name: &str, body: Value| {
        house.send("PUT", &format!("/api/v1/maps/{name}"), &[JSON, ("if-none-match", "*")], body.to_string().as_bytes())
    };
    let title = json!({ "zh": "方格图", "en": "tiles" });
    let tiles = json!([{ "code": "310151101", "row": 0, "column": 0 }, { "code": "999", "row": 0, "column": 1 }]);
    put("tiles", json!({ "title": title, "tiles": tiles })).is(201);
    let met = house.get("/api/v1/maps/tiles/match?dataset=chongming").is(200).json();
    assert!(
        met["both"] == json!(["310151101"])
            && met["not_in_data"] == json!(["999"])
            && met["not_on_map"].as_array().unwrap().len() == 17,
        "{met}"
    );
    house.get("/api/v1/maps/tiles/match?dataset=none").is(404);
    let ring = json!([[121.0, 31.0], [121.1, 31.0], [121.1, 31.1], [121.0, 31.0]]);
    let feature = |code: Value, geometry: Value| json!({ "type": "Feature", "properties": { "代码": code }, "geometry": geometry });
    let polygon = json!({ "type": "Polygon", "coordinates": [ring, ring] });
    let map = |features: Value, approval: Value| json!({ "title": title, "code": "代码", "approval": approval, "geojson": { "type": "FeatureCollection", "features": features } });
    let sound = map(
        json!([
            feature(json!("310151101"), polygon.clone()),
            feature(json!("310151102"), json!({ "type": "MultiPolygon", "coordinates": [[ring], [ring]] }))
        ]),
        json!("沪S(2025)001号"),
    );
    put("shapes", sound).is(201);
    let read = house.get("/api/v1/maps/shapes").is(200).json();
    assert!(
        read["codes"] == json!(["310151101", "310151102"]) && read["map"]["approval"] == "沪S(2025)001号",
        "{read}"
    );
    for (body, code) in [
        (map(json!([feature(json!("1"), polygon.clone())]), Value::Null), "service.map_approval"),
        (map(json!([feature(json!(1), polygon.clone())]), json!("x")), "service.map_code"),
        (
            map(json!([feature(json!("1"), polygon.clone()), feature(json!("1"), polygon.clone())]), json!("x")),
            "service.map_twice",
        ),
        (
            map(json!([feature(json!("1"), json!({ "type": "Point", "coordinates": [1, 2] }))]), json!("x")),
            "service.map_shape",
        ),
        (
            map(
                json!([feature(
                    json!("1"),
                    json!({ "type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]] })
                )]),
                json!("x"),
            ),
            "service.map_shape",
        ),
        (
            map(
                json!([feature(
                    json!("1"),
                    json!({ "type": "Polygon", "coordinates": [[["a", 0], [1, 0], [1, 1], ["a", 0]]] })
                )]),
                json!("x"),
            ),
            "service.map_shape",
        ),
        (map(json!([]), json!("x")), "service.map_collection"),
        (json!({ "title": title }), "service.map_kind"),
        (
            json!({ "title": title, "tiles": [{ "code": "1", "row": 0, "column": 0 }, { "code": "2", "row": 0, "column": 0 }] }),
            "service.map_twice",
        ),
    ] {
        let problem = put("wrong", body).is(422).json();
        assert_eq!(problem["findings"][0]["code"], code, "{problem}");
        assert!(!problem["remedy"].as_str().unwrap().is_empty());
    }
    assert_eq!(house.get("/api/v1/maps").is(200).json()["items"].as_array().unwrap().len(), 2);
    house.send("DELETE", "/api/v1/maps/tiles", &[("if-match", "\"1\"")], b"").is(204);
    house.get("/api/v1/maps/tiles").is(404);
}

#[test]
fn an_analysis_is_found_by_what_was_asked() {
    let house = guarded();
    let (planner, viewer) = (Person::new(&house, "o", "p", Role::Planner), Person::new(&house, "o", "v", Role::Viewer));
    let foreign = Person::new(&house, "x", "p", Role::Planner);
    let body = json!({ "model": "chongming-vertical", "question": { "by": "area" } });
    let first = planner.post("/api/v1/analyses/ranges", body.clone()).is(200);
    let address = first.header("content-location").unwrap().to_owned();
    assert_eq!(viewer.get(&address).is(200).body, first.body);
    // In other words, with defaults written out, it is the same question.
    let again = json!({ "question": { "within": 1.0, "by": "area" }, "changes": [], "model": { "name": "chongming-vertical", "version": 1 } });
    let second = viewer.post("/api/v1/analyses/ranges", again).is(200);
    assert!(second.header("content-location") == Some(address.as_str()) && second.body == first.body);
    let other =
        json!({ "model": "chongming-vertical", "question": { "by": "area" }, "changes": ["fund.district.amount=+1%"] });
    assert_ne!(
        planner.post("/api/v1/analyses/ranges", other).is(200).header("content-location"),
        Some(address.as_str())
    );
    foreign.get(&address).is(404);
    let list = viewer.get("/api/v1/analyses").is(200).json();
    let items = list["items"].as_array().unwrap();
    assert!(
        items.len() == 2
            && items[1]["document"] == address
            && items[1]["author"] == "p"
            && items[1]["kind"] == "ranges",
        "{list}"
    );
    // That there is no plan is told in the language of who asks, and not kept.
    let none = json!({ "model": "chongming-infeasible", "question": {} });
    let none = planner.post("/api/v1/analyses/ranges", none).is(200);
    planner.get(none.header("content-location").unwrap()).is(404);
    planner.get("/api/v1/analyses/x").is(404);
    // A file of it has its Chinese name.
    let headers = [JSON, ("authorization", planner.1.as_str()), ("accept", "text/csv")];
    let file = house.send("POST", "/api/v1/analyses/ranges", &headers, body.to_string().as_bytes()).is(200);
    assert!(file.header("content-disposition").unwrap().contains("filename*=UTF-8''%E5%8F%AF%E8%B0%83"), "{file:?}");
}

#[test]
fn the_log_is_asked_by_whom_what_and_when() {
    let house = guarded();
    let (admin, auditor) =
        (Person::new(&house, "o", "boss", Role::Admin), Person::new(&house, "o", "u", Role::Auditor));
    let run = admin.post("/api/v1/runs", json!({ "model": "minimal" })).is(201).json();
    let plan = admin.post("/api/v1/plans", json!({ "run": run["id"], "title": "t" })).is(201).json();
    let count =
        |query: &str| auditor.get(&format!("/api/v1/audit?{query}")).is(200).json()["items"].as_array().unwrap().len();
    let id = plan["id"].as_str().unwrap();
    assert_eq!((count("action=plan"), count("action=plan:submit"), count("action=pla")), (1, 1, 0));
    assert_eq!((count(&format!("object={id}")), count("object=none")), (1, 0));
    assert!(count("from=2020-01-01") >= 4 && count("to=2020-01-01") == 0 && count("action=%25") == 0);
    // Names of persons stand in no address.
    auditor.get("/api/v1/audit?principal=boss").is(400);
    let of = |name: &str| {
        let list = auditor.post("/api/v1/audit/search", json!({ "principal": name, "action": "plan" })).is(200).json();
        list["items"].as_array().unwrap().len()
    };
    assert_eq!((of("boss"), of("u")), (1, 0));
    assert_eq!(auditor.get("/api/v1/audit?from=gestern").is(400).json()["parameter"], "from");
}

#[test]
fn one_stream_tells_of_everything() {
    let house = House::open();
    let mut stream = TcpStream::connect(house.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    write!(stream, "GET /api/v1/events HTTP/1.1\r\nhost: {}\r\n\r\n", house.address).unwrap();
    let mut seen = String::new();
    let mut until = |mark: &str| {
        let mut bytes = [0; 4096];
        while !seen.contains(mark) {
            let count = stream.read(&mut bytes).unwrap();
            assert!(count > 0, "the stream ended: {seen}");
            seen.push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
        std::mem::take(&mut seen)
    };
    until("retry");
    let run = house.post("/api/v1/runs", &json!({ "model": "minimal" })).is(201).json();
    let told = until("event: run");
    let told = if told.contains(run["id"].as_str().unwrap()) { told } else { told + &until("\n\n") };
    assert!(told.contains(run["id"].as_str().unwrap()) && told.contains("\"action\":\"put\""), "{told}");
    let body = json!({ "model": "minimal", "question": {} }).to_string();
    house.send("POST", "/api/v1/analyses/ranges", &[JSON, ("prefer", "respond-async")], body.as_bytes()).is(202);
    until("event: job");
    house.token("default", "x", Role::Viewer);
    house.post("/api/v1/plans", &json!({ "run": run["id"], "title": "t" })).is(201);
    let told = until("event: plan");
    // What is for auditors alone is not told.
    assert!(!told.contains("event: token"), "{told}");
}
