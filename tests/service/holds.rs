//! The service holds: what hostile or merely large questions, two names of one person, a full disk and vanished clients do to it.

use std::io::Write as _;
use std::time::Duration;

use crate::common::{self, Folder, repository};
use crate::house::{Answer, House, settings};
use ecocomp::http::spool::Place;
use ecocomp::http::state::Settings;
use ecocomp::store::Role;
use serde_json::{Value, json};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A request under a token.
fn ask(house: &House, token: &str, (method, path): (&str, &str), body: &Value, more: &[(&str, &str)]) -> Answer {
    let bearer = format!("Bearer {token}");
    let mut headers = vec![("authorization", bearer.as_str()), ("content-type", "application/json")];
    headers.extend_from_slice(more);
    let body = if method == "GET" { String::new() } else { body.to_string() };
    house.send(method, path, &headers, body.as_bytes())
}

fn secret(answer: Answer) -> String {
    answer.is(201).json()["secret"].as_str().unwrap().to_owned()
}

#[test]
fn a_run_without_an_allocation_is_no_plan_and_no_table() {
    let house = House::open();
    let run = house.post("/api/v1/runs", &json!({ "model": "chongming-infeasible" })).is(201).json();
    let plan = json!({ "run": run["id"], "title": "2026" });
    let problem = house.post("/api/v1/plans", &plan).is(409).json();
    assert!(problem["detail"].as_str().unwrap().contains("没有分配结果"), "{problem}");
    assert_eq!(house.get("/api/v1/plans").is(200).json()["items"], json!([]));
    let path = run["links"]["self"].as_str().unwrap();
    for format in ["xlsx", "csv"] {
        let answer = house.get(&format!("{path}/exports/{format}")).is(409);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{format}");
    }
    house.get(&format!("{path}/exports/mps")).is(200);
    // One that has an allocation is both.
    let run = house.post("/api/v1/runs", &json!({ "model": "minimal" })).is(201).json();
    house.post("/api/v1/plans", &json!({ "run": run["id"], "title": "2026" })).is(201);
    let path = run["links"]["self"].as_str().unwrap();
    for format in ["xlsx", "csv"] {
        house.get(&format!("{path}/exports/{format}")).is(200);
    }
}

#[test]
fn four_eyes_are_two_persons() {
    let house = House::new(&repository("models"), false, settings());
    let [boss, planner, approver] = [("boss", Role::Admin), ("王芳", Role::Planner), ("li", Role::Approver)]
        .map(|(name, role)| house.token("o", name, role));
    let issue = |by: &str, name: &str, role: &str| {
        secret(ask(&house, by, ("POST", "/api/v1/tokens"), &json!({ "principal": name, "role": role }), &[]))
    };
    let plan = |token: &str| {
        let run = ask(&house, token, ("POST", "/api/v1/runs"), &json!({ "model": "minimal" }), &[]);
        assert!([200, 201].contains(&run.status), "{}", run.status);
        let plan = json!({ "run": run.json()["id"], "title": "2026" });
        let plan = ask(&house, token, ("POST", "/api/v1/plans"), &plan, &[]).is(201).json();
        format!("/api/v1/plans/{}/decision", plan["id"].as_str().unwrap())
    };
    let approve = |token: &str, path: &str| {
        let body = json!({ "decision": "approve", "comment": "" });
        ask(&house, token, ("POST", path), &body, &[("if-match", "\"1\"")])
    };
    // A puppet makes what its issuer approves, what another puppet approves, or what a puppet's puppet approves.
    let puppet = issue(&boss, "puppet", "planner");
    let second = issue(&boss, "second", "approver");
    let deputy = issue(&boss, "deputy", "admin");
    let third = issue(&deputy, "third", "approver");
    let made = plan(&puppet);
    for token in [&boss, &second, &deputy, &third] {
        let problem = approve(token, &made).is(409).json();
        assert!(problem["detail"].as_str().unwrap().contains("同一人"), "{problem}");
    }
    approve(&approver, &made).is(200);
    // The maker's token may be gone by then.
    let gone = ask(&house, &boss, ("POST", "/api/v1/tokens"), &json!({ "principal": "gone", "role": "planner" }), &[]);
    let (id, gone) = (gone.json()["id"].as_str().unwrap().to_owned(), secret(gone));
    let made = plan(&gone);
    ask(&house, &boss, ("DELETE", &format!("/api/v1/tokens/{id}")), &json!({}), &[]).is(200);
    approve(&boss, &made).is(409);
    approve(&approver, &made).is(200);
    // One name written otherwise is one person.
    let made = plan(&planner);
    for name in ["王 芳", "王\u{3000}芳", "王\u{200B}芳"] {
        approve(&house.token("o", name, Role::Approver), &made).is(409);
    }
    approve(&house.token("o", "王方", Role::Approver), &made).is(200);
    let made = plan(&house.token("o", "Boss2", Role::Planner));
    for name in ["boss2", "ＢＯＳＳ2", "b\u{43E}ss2"] {
        approve(&house.token("o", name, Role::Approver), &made).is(409);
    }
    // Nobody takes a name that the service gives itself.
    for name in ["local", "cli:root", "System"] {
        let body = json!({ "principal": name, "role": "viewer" });
        ask(&house, &boss, ("POST", "/api/v1/tokens"), &body, &[]).is(422);
    }
}

#[test]
fn refused_changes_are_in_the_log() {
    let house = House::new(&repository("models"), false, settings());
    let (viewer, auditor) = (house.token("default", "v", Role::Viewer), house.token("default", "a", Role::Auditor));
    let log = || {
        let rows = ask(&house, &auditor, ("GET", "/api/v1/audit"), &json!({}), &[]).is(200).json();
        let rows = rows["items"].as_array().unwrap().clone();
        rows.into_iter().filter(|row| row["action"] == "request:refuse").collect::<Vec<_>>()
    };
    // Reading and asking change nothing.
    ask(&house, &viewer, ("GET", "/api/v1/audit"), &json!({}), &[]).is(403);
    house.post("/api/v1/what-if", &json!({ "model": "minimal" })).is(401);
    assert_eq!(log(), Vec::<Value>::new());
    ask(&house, &viewer, ("POST", "/api/v1/runs"), &json!({ "model": "minimal" }), &[]).is(403);
    house.post("/api/v1/runs", &json!({ "model": "minimal" })).is(401);
    ask(&house, "ecocomp_made_up", ("POST", "/api/v1/plans"), &json!({}), &[]).is(401);
    let planner = house.token("default", "p", Role::Planner);
    let body = json!({ "text": std::fs::read_to_string(repository("models/minimal.toml")).unwrap() });
    ask(&house, &planner, ("PUT", "/api/v1/models/minimal"), &body, &[("if-none-match", "*")]).is(409);
    let rows = log();
    let told: Vec<(&str, &str)> =
        rows.iter().map(|row| (row["principal"].as_str().unwrap(), row["object"].as_str().unwrap())).collect();
    assert_eq!(
        told,
        [
            ("p", "PUT /api/v1/models/minimal"),
            ("unknown:127.0.0.1", "POST /api/v1/plans"),
            ("unknown:127.0.0.1", "POST /api/v1/runs"),
            ("v", "POST /api/v1/runs"),
        ]
    );
    assert!(rows[3]["detail"].as_str().unwrap().contains("403"), "{:?}", rows[3]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert_eq!(runtime.block_on(house.store.verify_audit(None)).unwrap().broken, None);
}

#[test]
fn questions_beyond_measure_are_refused_and_not_repeated() {
    let house = House::open();
    let refused = |body: &Value, code: &str| {
        let answer = house.post("/api/v1/what-if", body).is(422);
        assert!(answer.body.len() < 64 << 10, "{code}: {} bytes", answer.body.len());
        let problem = answer.json();
        if !code.is_empty() {
            assert_eq!(problem["findings"][0]["code"], code, "{problem}");
        }
        problem
    };
    let joined = vec!["budget-down"; 60].join("+");
    refused(&json!({ "model": "minimal", "scenarios": [joined] }), "service.too_many_joined");
    let endless = vec!["a"; 800_000].join("+");
    assert_eq!(refused(&json!({ "model": "minimal", "scenarios": [endless] }), "")["pointer"], "/scenarios/0");
    let change = format!("fund.{}=1", "x".repeat(1 << 20));
    let problem = refused(&json!({ "model": "minimal", "changes": [change] }), "service.too_long");
    assert_eq!(problem["pointer"], "/changes/0");
    refused(
        &json!({ "model": "minimal", "changes": [format!("fund.{}=1", "x".repeat(10_000))] }),
        "scenario.unknown_path",
    );
    let rules = |count: usize| {
        let rule = |at: usize| format!("[[rule]]\nid = \"r{at}\"\nkind = \"floor\"\n");
        let text = std::fs::read_to_string(repository("models/minimal.toml")).unwrap();
        json!({ "model": { "text": text + &(0..count).map(rule).collect::<String>() } })
    };
    refused(&rules(2001), "service.too_many_rules");
    // As many wrong rules as may be: the first findings, and how many more there are.
    let findings = refused(&rules(300), "")["findings"].as_array().unwrap().clone();
    assert_eq!((findings.len(), &findings[100]["code"]), (101, &json!("finding.more")));
    let long = json!({ "model": { "text": "x".repeat((1 << 20) + 1) } });
    assert_eq!(refused(&long, "")["pointer"], "/model/text");
    let many = Settings { rules: (2000, 100), ..settings() };
    let small = House::new(&repository("models"), true, many);
    let text = std::fs::read_to_string(repository("models/chongming-vertical.toml")).unwrap();
    let problem = small.post("/api/v1/what-if", &json!({ "model": { "text": text } })).is(422).json();
    assert_eq!(problem["findings"][0]["code"], "service.too_many_terms");
    // What is shipped was measured by who ships it.
    small.post("/api/v1/what-if", &json!({ "model": "chongming-vertical" })).is(200);
}

/// A workbook of two tables, and a part of so many zeros that nothing refers to.
fn swollen(zeros: usize) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    for (name, text) in [("areas", common::AREAS), ("cells", common::CELLS)] {
        let sheet = book.add_worksheet();
        sheet.set_name(name).unwrap();
        for (row, line) in (0..).zip(text.lines()) {
            for (column, cell) in (0..).zip(line.split(',')) {
                sheet.write_string(row, column, cell).unwrap();
            }
        }
    }
    let bytes = book.save_to_buffer().unwrap();
    let mut package = zip::ZipWriter::new_append(std::io::Cursor::new(bytes)).unwrap();
    package.start_file("xl/media/image1.bin", zip::write::SimpleFileOptions::default()).unwrap();
    package.write_all(&vec![0; zeros]).unwrap();
    package.finish().unwrap().into_inner()
}

/// A workbook whose one long string stands in very many cells.
fn repeated(text: &str, cells: u16) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("areas").unwrap();
    for column in 0..200 {
        sheet.write_string(0, column, format!("列{column}")).unwrap();
    }
    for at in 0..u32::from(cells) {
        sheet.write_string(1 + at / 200, u16::try_from(at % 200).unwrap(), text).unwrap();
    }
    book.save_to_buffer().unwrap()
}

#[test]
fn workbooks_that_swell_are_refused() {
    let house = House::open();
    let put = |bytes: &[u8]| {
        let headers = [("content-type", XLSX), ("if-none-match", "*")];
        house.send("PUT", "/api/v1/datasets/book", &headers, bytes)
    };
    let bomb = swollen(40 << 20);
    assert!(bomb.len() < 256 << 10, "{}", bomb.len());
    assert_eq!(put(&bomb).is(422).json()["findings"][0]["code"], "dataset.too_large");
    let bomb = repeated(&"长".repeat(10_000), 1200);
    assert!(bomb.len() < 256 << 10, "{}", bomb.len());
    assert_eq!(put(&bomb).is(422).json()["findings"][0]["code"], "dataset.too_large");
    house.get("/api/v1/datasets/book").is(404);
    put(&swollen(1 << 20)).is(201);
}

#[test]
fn data_that_no_model_could_read_are_not_kept() {
    let house = House::open();
    let put = |areas: &str, cells: &str| {
        let body = json!({ "files": { "areas.csv": areas, "cells.csv": cells } });
        let headers = [("content-type", "application/json"), ("if-none-match", "*")];
        house.send("PUT", "/api/v1/datasets/town", &headers, body.to_string().as_bytes())
    };
    let last = |text: &str| text.lines().last().unwrap().to_owned();
    let twice = |text: &str| format!("{}\n{}\n", text.trim_end(), last(text));
    let not_a_number = {
        let line = last(common::CELLS);
        let (head, figure) = line.rsplit_once(',').unwrap();
        assert!(!figure.is_empty());
        common::CELLS.replace(&line, &format!("{head},NaN"))
    };
    for (areas, cells, code) in [
        (common::AREAS.to_owned(), not_a_number, "units.not_a_number"),
        (twice(common::AREAS), common::CELLS.to_owned(), "dataset.duplicate_area"),
        (common::AREAS.to_owned(), twice(common::CELLS), "dataset.duplicate_cell"),
    ] {
        let problem = put(&areas, &cells).is(422).json();
        let codes: Vec<&str> =
            problem["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect();
        assert!(codes.contains(&code), "{code}: {codes:?}");
    }
    house.get("/api/v1/datasets/town").is(404);
    put(common::AREAS, common::CELLS).is(201);
}

#[test]
fn a_job_that_waits_says_so() {
    let house = House::open();
    let later = |draws: u64| {
        let headers = [("content-type", "application/json"), ("prefer", "respond-async")];
        let body = json!({ "model": "chongming-uncertain", "question": { "draws": draws } });
        let job = house.send("POST", "/api/v1/analyses/sweep", &headers, body.to_string().as_bytes()).is(202).json();
        job["links"]["self"].as_str().unwrap().to_owned()
    };
    let state = |path: &str| house.get(path).is(200).json()["state"].as_str().unwrap().to_owned();
    let reaches = |path: &str, wanted: &str| {
        (0..2400).any(|_| {
            std::thread::sleep(Duration::from_millis(25));
            state(path) == wanted
        })
    };
    let first = later(150_000);
    assert!(reaches(&first, "running"));
    let second = later(20);
    assert_eq!((state(&second).as_str(), &house.get(&second).json()["started_at"]), ("queued", &Value::Null));
    house.send("DELETE", &first, &[], b"").is(200);
    assert!(reaches(&second, "done"));
    let events = String::from_utf8(house.get(&format!("{second}/events")).is(200).body).unwrap();
    let order: Vec<usize> =
        ["\"queued\"", "\"running\"", "\"done\""].iter().map(|word| events.find(word).unwrap()).collect();
    assert!(order.is_sorted(), "{events}");
    assert_ne!(house.get(&second).json()["started_at"], Value::Null);
    // One that is cancelled while it waits never runs.
    let (first, second) = (later(150_001), later(21));
    house.send("DELETE", &second, &[], b"").is(200);
    house.send("DELETE", &first, &[], b"").is(200);
    let events = String::from_utf8(house.get(&format!("{second}/events")).is(200).body).unwrap();
    assert!(!events.contains("\"running\"") && events.contains("\"cancelled\""), "{events}");
}

#[test]
fn draws_of_a_sweep_lie_where_nobody_else_reads_them() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::empty();
    let root = folder.path().join("spool");
    let settings = Settings { spool: Some(Place::Folder(root.clone())), ..settings() };
    let house = House::new(&repository("models"), true, settings);
    let headers = [("content-type", "application/json"), ("prefer", "respond-async")];
    let body = json!({ "model": "chongming-uncertain", "question": { "draws": 150_000 } }).to_string();
    let job = house.send("POST", "/api/v1/analyses/sweep", &headers, body.as_bytes()).is(202).json();
    let sweeps = || -> Vec<std::path::PathBuf> {
        let folders =
            |path: &std::path::Path| std::fs::read_dir(path).into_iter().flatten().map(|entry| entry.unwrap().path());
        folders(&root).flat_map(|own| folders(&own).collect::<Vec<_>>()).collect()
    };
    let wait = |wanted: usize| {
        (0..2400).any(|_| {
            std::thread::sleep(Duration::from_millis(25));
            sweeps().len() == wanted
        })
    };
    assert!(wait(1));
    let sweep = sweeps().remove(0);
    for path in sweep.ancestors().take(3) {
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{}", path.display());
    }
    house.send("DELETE", job["links"]["self"].as_str().unwrap(), &[], b"").is(200);
    assert!(wait(0));
}

#[test]
fn a_list_of_tags_is_a_list() {
    let house = House::open();
    let text = std::fs::read_to_string(repository("models/minimal.toml")).unwrap();
    let put = |text: &str, headers: &[(&str, &str)]| {
        let headers = [&[("content-type", "application/json")], headers].concat();
        house.send("PUT", "/api/v1/models/mine", &headers, json!({ "text": text }).to_string().as_bytes())
    };
    put(&text, &[("if-none-match", "*")]).is(201);
    let version = |number: u8| text.replace("最简模型", &format!("第{number}版"));
    put(&version(2), &[("if-match", "\"7\", \"8\"")]).is(412);
    put(&version(2), &[("if-match", "\"7\", \"1\"")]).is(201);
    put(&version(3), &[("if-match", "W/\"2\", \"1\"")]).is(412);
    put(&version(3), &[("if-match", "\"1\""), ("if-match", "\"2\"")]).is(201);
    let long: Vec<String> = (3..200).rev().map(|number| format!("\"{number}\"")).collect();
    put(&version(4), &[("if-match", &long.join(","))]).is(201);
    let run = house.post("/api/v1/runs", &json!({ "model": "mine" })).is(201).json();
    let plan = house.post("/api/v1/plans", &json!({ "run": run["id"], "title": "t" })).is(201).json();
    let decide = |tags: &str| {
        let headers = [("content-type", "application/json"), ("if-match", tags)];
        let path = format!("/api/v1/plans/{}/decision", plan["id"].as_str().unwrap());
        house.send("POST", &path, &headers, br#"{"decision":"withdraw"}"#)
    };
    decide("\"5\", \"6\"").is(412);
    decide("\"5\" , \"1\"").is(200);
}
