//! The resources of the service on a real socket: the answers of the command line, kept, compared, exported, decided.

use std::time::{Duration, Instant};

use crate::common;
use crate::common::{Folder, repository};
use crate::house::{Answer, House, settings};
use crate::uploads::workbook;
use ecocomp::http::access::Deed;
use ecocomp::http::routes;
use ecocomp::store::Role;
use serde_json::{Value, json};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The command line on a shipped model, from the folder where it is called `models/NAME.toml`.
fn command(words: &[&str]) -> std::process::Output {
    let command = env!("CARGO_BIN_EXE_ecocomp");
    let mut command = std::process::Command::new(command);
    command.args(words).env("LC_ALL", "C.UTF-8").current_dir(repository("")).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_what_if_is_the_answer_of_the_command_line() {
    let house = House::open();
    for (name, changes) in [
        ("chongming-vertical", vec![]),
        ("chongming-vertical", vec!["fund.district.amount=+5%", "data.gep[ecosystem=wetland]*=1.1"]),
        ("chongming-ahp", vec!["rule.corridor.enabled=false"]),
        ("minimal", vec!["fund.district.amount*=1.07"]),
        ("xinjiang-transfer", vec![]),
        ("chongming-infeasible", vec![]),
    ] {
        let model = format!("models/{name}.toml");
        let mut words = vec!["allocate", &model, "--format", "json", "--json"];
        changes.iter().for_each(|change| words.extend(["--set", change]));
        let printed = command(&words);
        let printed = if printed.stdout.is_empty() { printed.stderr } else { printed.stdout };
        let body = json!({ "model": name, "changes": changes });
        // The second answer is one that is remembered.
        for _ in 0..2 {
            let answer = house.post("/api/v1/what-if", &body).is(200);
            assert_eq!(text(&answer.body), text(&printed), "{name} {changes:?}");
            assert_eq!(answer.header("content-type"), Some("application/json"));
        }
    }
    let scenario =
        json!({ "model": "chongming-vertical@1", "scenarios": ["budget-down", "x: fund.district.amount=+1%"] });
    let printed = command(&[
        "allocate",
        "models/chongming-vertical.toml",
        "-s",
        "budget-down",
        "-s",
        "x: fund.district.amount=+1%",
        "--format",
        "json",
    ]);
    assert_eq!(text(&house.post("/api/v1/what-if", &scenario).is(200).body), text(&printed.stdout));
}

#[test]
fn models_and_data_written_out_are_read_like_files() {
    let (house, folder) = (House::open(), Folder::sound());
    folder.write("model.toml", common::MODEL.replace("dataset = \".\"", "dataset = \"data\""));
    std::fs::create_dir(folder.path().join("data")).unwrap();
    folder.write("data/areas.csv", common::AREAS);
    folder.write("data/cells.csv", common::CELLS);
    let printed = folder.allocate(&["--set", "fund.district.amount=+1%"]);
    assert_eq!(printed.code, 0, "{}", printed.err);
    let body = json!({
        "model": { "text": std::fs::read_to_string(folder.file("model.toml")).unwrap() },
        "data": { "files": { "areas.csv": common::AREAS, "cells.csv": common::CELLS } },
        "changes": [{ "path": "fund.district.amount", "op": "scale", "value": "+1%" }],
    });
    let answer = house.post("/api/v1/what-if", &body).is(200).json();
    let mut printed = printed.json();
    // The change is told as it was written.
    printed["changes"][0]["change"] = answer["changes"][0]["change"].clone();
    assert_eq!(answer, printed);
}

#[test]
fn a_model_reads_no_file_of_the_server() {
    let house = House::open();
    for reference in ["../../../../etc", "/etc", "../datasets/../../etc", "..", ".", "../models", "file:///etc/passwd"]
    {
        let model = common::MODEL.replace("dataset = \".\"", &format!("dataset = \"{reference}\""));
        let problem = house.post("/api/v1/what-if", &json!({ "model": { "text": model } })).is(422).json();
        assert_eq!(problem["findings"][0]["code"], "service.dataset_reference", "{reference}: {problem}");
    }
    let changed = json!({ "model": "minimal", "changes": ["model.dataset=../../etc"] });
    assert_eq!(
        house.post("/api/v1/what-if", &changed).is(422).json()["findings"][0]["code"],
        "service.dataset_reference"
    );
    for name in ["../models/minimal", "..%2fminimal", "/etc/passwd", "a b", ""] {
        let problem = house.post("/api/v1/what-if", &json!({ "model": { "name": name } })).is(422).json();
        assert_eq!(problem["pointer"], "/model/name", "{name}: {problem}");
    }
    house.post("/api/v1/what-if", &json!({ "model": { "name": "minimal.toml" } })).is(404);
    let scenario = json!({ "model": "minimal", "scenarios": ["../../datasets/chongming/dataset"] });
    assert_eq!(
        house.post("/api/v1/what-if", &scenario).is(422).json()["findings"][0]["code"],
        "scenario.unknown_scenario"
    );
    let files = json!({ "model": "minimal", "data": { "files": { "../areas.csv": "x", "cells.csv": "y" } } });
    assert_eq!(house.post("/api/v1/what-if", &files).is(422).json()["findings"][0]["code"], "service.file_name");
    // A dataset of the service may be named by an inline model.
    let model = std::fs::read_to_string(repository("models/minimal.toml")).unwrap();
    house.post("/api/v1/what-if", &json!({ "model": { "text": model } })).is(200);
}

#[test]
fn links_lead_out_of_no_folder() {
    let folder = Folder::empty();
    std::fs::create_dir_all(folder.path().join("models")).unwrap();
    std::fs::create_dir_all(folder.path().join("datasets")).unwrap();
    folder.write("secret.toml", "secret = 1");
    std::os::unix::fs::symlink(folder.file("secret.toml"), folder.file("models/secret.toml")).unwrap();
    std::os::unix::fs::symlink("/etc", folder.file("datasets/etc")).unwrap();
    folder.write("models/sound.toml", common::MODEL);
    let house = House::new(&folder.file("models"), true, settings());
    let list = house.get("/api/v1/models").is(200).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
    assert!(house.get("/api/v1/datasets").is(200).json()["items"].as_array().unwrap().is_empty());
    for name in ["secret", "%00", "sound%00", "sound/versions/1%00"] {
        assert_eq!(house.get(&format!("/api/v1/models/{name}")).is(404).json()["code"], "not_found", "{name}");
    }
}

#[test]
fn findings_are_problems_with_pointer_and_place() {
    let house = House::open();
    let ask = |body: Value| house.post("/api/v1/what-if", &body);
    let change =
        ask(json!({ "model": "minimal", "changes": ["fund.district.amount=+5%", "fund.distrct.amount=1 元"] }));
    let problem = change.is(422).json();
    assert_eq!(problem["pointer"], "/changes/1");
    assert_eq!(problem["findings"][0]["code"], "scenario.unknown_path");
    assert!(problem["detail"].as_str().unwrap().contains("fund.distrct.amount"), "{problem}");
    let model = common::MODEL.replace("max_min_coverage", "max_min_coverag");
    let data = json!({ "files": { "areas.csv": common::AREAS, "cells.csv": common::CELLS } });
    let problem = ask(json!({ "model": { "text": model }, "data": data.clone() })).is(422).json();
    assert_eq!(problem["findings"][0]["place"]["file"], "model.toml");
    assert!(problem["findings"][0]["place"]["row"].as_u64().unwrap() > 0);
    let english = house.send(
        "POST",
        "/api/v1/what-if",
        &[("content-type", "application/json"), ("accept-language", "en")],
        json!({ "model": "nothing" }).to_string().as_bytes(),
    );
    assert!(english.is(404).json()["detail"].as_str().unwrap().contains("no model called"));
    assert_eq!(ask(json!({ "modle": "minimal" })).is(422).json()["pointer"], "/modle");
    assert_eq!(ask(json!({ "model": 7 })).is(422).json()["pointer"], "/model");
    assert_eq!(ask(json!({ "model": { "name": "minimal", "text": "" } })).is(422).json()["pointer"], "/model");
    let whole = json!({ "model": "minimal", "question": { "count": 2.0 } });
    finished(&house, house.post("/api/v1/analyses/alternatives", &whole)).is(200);
    for array in [json!(["minimal"]), json!([["minimal"]]), json!([])] {
        assert_eq!(ask(array.clone()).is(422).json()["pointer"], "");
        assert_eq!(house.post("/api/v1/runs", &array).is(422).json()["pointer"], "");
    }
    assert_eq!(ask(json!({ "model": { "name": ["minimal"] } })).is(422).json()["pointer"], "/model/name");
    assert_eq!(
        ask(json!({ "model": "minimal", "changes": [["fund.district.amount", "=", "1"]] })).is(422).json()["pointer"],
        "/changes/0"
    );
    let bad =
        json!({ "model": "minimal", "data": { "files": { "areas.csv": common::AREAS, "cells.csv": "代码\n1\n" } } });
    assert!(!ask(bad).is(422).json()["findings"].as_array().unwrap().is_empty());
}

#[test]
fn explanations_and_checks_of_a_what_if() {
    let house = House::open();
    let question = json!({ "model": "chongming-vertical", "question": { "area": "310151101", "ecosystem": "林地" } });
    let printed = command(&[
        "explain",
        "models/chongming-vertical.toml",
        "--area",
        "310151101",
        "--ecosystem",
        "林地",
        "--format",
        "json",
    ]);
    assert_eq!(text(&house.post("/api/v1/what-if/explanation", &question).is(200).body), text(&printed.stdout));
    let unknown = json!({ "model": "chongming-vertical", "question": { "area": "城桥" } });
    let problem = house.post("/api/v1/what-if/explanation", &unknown).is(422).json();
    assert!(problem["pointer"] == "/question/area" && problem.to_string().contains("城桥镇"), "{problem}");
    let check = house.post("/api/v1/what-if/validation", &json!({ "model": "chongming-vertical" })).is(200).json();
    assert!(check["valid"] == true && check["size"]["areas"] == 18, "{check}");
    let check = json!({ "model": "chongming-vertical", "changes": ["fund.district.amount=-5 元"] });
    let check = house.post("/api/v1/what-if/validation", &check).is(200).json();
    assert!(check["valid"] == false && !check["findings"].as_array().unwrap().is_empty(), "{check}");
}

#[test]
fn a_run_is_kept_under_its_hash() {
    let house = House::open();
    let body = json!({ "model": "chongming-vertical", "changes": ["fund.district.amount=+5%"] });
    let first = house.post("/api/v1/runs", &body).is(201);
    let run = first.json();
    let path = run["links"]["self"].as_str().unwrap().to_owned();
    assert_eq!(first.header("location"), Some(path.as_str()));
    assert_eq!(run["status"], "optimal");
    let again = house.post("/api/v1/runs", &body).is(200).json();
    assert_eq!(again, run);
    let other = house.post("/api/v1/runs", &json!({ "model": "chongming-vertical" })).is(201).json();
    assert_ne!(other["id"], run["id"]);
    let what_if = house.post("/api/v1/what-if", &body).is(200);
    let kept = house.get(&format!("{path}/allocation")).is(200);
    assert_eq!(kept.body, what_if.body);
    let tag = kept.header("etag").unwrap().to_owned();
    house.send("GET", &format!("{path}/allocation"), &[("if-none-match", &tag)], b"").is(304);
    // Newest first, by pages of one.
    let list = house.get("/api/v1/runs?limit=1").is(200).json();
    assert_eq!(list["items"][0]["id"], other["id"]);
    let next = list["next"].as_str().unwrap();
    let list = house.get(&format!("/api/v1/runs?limit=1&cursor={next}")).is(200).json();
    assert_eq!(list["items"][0]["id"], run["id"]);
    assert_eq!(list["next"], Value::Null);
    assert!(house.get("/api/v1/runs?status=infeasible").is(200).json()["items"].as_array().unwrap().is_empty());
    house.get("/api/v1/runs?cursor=%20").is(404);
    for query in ["limit=0", "limit=501", "limit=x", "what=1", "limit=1&limit=2"] {
        house.get(&format!("/api/v1/runs?{query}")).is(400);
    }
    let area = house.get(&format!("{path}/explanation?area=310151101")).is(200).json();
    assert_eq!(area["area"], "310151101");
    house.get(&format!("{path}/explanation")).is(400);
    house.send("DELETE", &path, &[], b"").is(204);
    house.get(&path).is(404);
    house.post("/api/v1/runs", &body).is(201);
    let infeasible = house.post("/api/v1/runs", &json!({ "model": "chongming-infeasible" })).is(201).json();
    assert_eq!(infeasible["status"], "infeasible");
}

#[test]
fn runs_are_listed_by_a_status_that_there_is() {
    let house = House::open();
    house.post("/api/v1/runs", &json!({ "model": "minimal" })).is(201);
    for (status, found) in [("optimal", 1), ("infeasible", 0)] {
        let list = house.get(&format!("/api/v1/runs?status={status}")).is(200).json();
        assert_eq!(list["items"].as_array().unwrap().len(), found, "{status}");
    }
    let refused = house.get("/api/v1/runs?status=optimum").is(400).json();
    assert_eq!(refused["parameter"], "status", "{refused}");
}

#[test]
fn that_no_plan_exists_is_an_answer_everywhere() {
    const MODEL: &str = "models/chongming-infeasible.toml";
    let house = House::open();
    let printed = |words: &[&str]| {
        let words = [&[words[0], MODEL], &words[1..], &["--format", "json", "--json"]].concat();
        let output = command(&words);
        assert_eq!(output.status.code(), Some(3), "{words:?}");
        text(&output.stderr)
    };
    for (kind, words) in [
        ("frontier", vec!["frontier", "--first", "max_min_coverage", "--second", "min_deviation_l1"]),
        ("ranges", vec!["ranges"]),
        ("alternatives", vec!["alternatives"]),
    ] {
        let question = if kind == "frontier" { json!({ "second": "min_deviation_l1" }) } else { json!({}) };
        let body = json!({ "model": "chongming-infeasible", "question": question });
        let answer = finished(&house, house.post(&format!("/api/v1/analyses/{kind}"), &body)).is(200);
        assert_eq!(text(&answer.body), printed(&words), "{kind}");
        let document = answer.json();
        assert_eq!((&document["status"], &document["exit_code"]), (&json!("infeasible"), &json!(3)));
        assert!(!document["diagnosis"]["repairs"].as_array().unwrap().is_empty());
    }
    let explained = printed(&["explain", "--area", "310151101"]);
    let body = json!({ "model": "chongming-infeasible", "question": { "area": "310151101" } });
    let answer = finished(&house, house.post("/api/v1/what-if/explanation", &body)).is(200);
    assert_eq!(text(&answer.body), explained);
    let run = house.post("/api/v1/runs", &json!({ "model": "chongming-infeasible" })).is(201).json();
    let path = run["links"]["self"].as_str().unwrap().to_owned();
    let answer = finished(&house, house.get(&format!("{path}/explanation?area=310151101"))).is(200);
    assert_eq!(text(&answer.body), explained);
    // The program that has no point is worth a look.
    let archive = house.get(&format!("{path}/exports/mps")).is(200);
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(archive.body)).unwrap();
    let mut program = String::new();
    std::io::Read::read_to_string(&mut archive.by_name("stage1.mps").unwrap(), &mut program).unwrap();
    let folder = Folder::empty();
    command(&["export", MODEL, "--mps", &folder.file("x.mps")]);
    assert_eq!(program, std::fs::read_to_string(folder.file("x.stage1.mps")).unwrap());
    for form in ["csv", "xlsx"] {
        let answer = house.get(&format!("{path}/exports/{form}")).is(409);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    }
}

#[test]
fn exports_are_the_files_of_the_command_line() {
    let (house, folder) = (House::open(), Folder::empty());
    let body = json!({ "model": "chongming-vertical", "changes": ["fund.district.amount=+5%"] });
    let run = house.post("/api/v1/runs", &body).is(201).json();
    let export = |form: &str| house.get(&format!("{}/exports/{form}", run["links"]["self"].as_str().unwrap()));
    let allocate = |more: &[&str]| {
        let words = ["allocate", "models/chongming-vertical.toml", "--set", "fund.district.amount=+5%"];
        command(&[&words, more].concat())
    };
    let csv = export("csv").is(200);
    assert_eq!(text(&csv.body), text(&allocate(&["--format", "csv"]).stdout));
    let path = folder.file("plan.xlsx");
    assert!(allocate(&["-o", &path]).status.success());
    let book = export("xlsx").is(200);
    assert!(book.body == std::fs::read(&path).unwrap() && book.header("content-type") == Some(XLSX));
    let path = folder.file("x.mps");
    let words = ["export", "models/chongming-vertical.toml", "--set", "fund.district.amount=+5%", "--mps", &path];
    assert!(command(&words).status.success());
    let bytes = export("mps").is(200).body;
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    assert!(archive.len() > 2);
    for number in 1..=archive.len() {
        let mut program = String::new();
        let mut file = archive.by_name(&format!("stage{number}.mps")).unwrap();
        std::io::Read::read_to_string(&mut file, &mut program).unwrap();
        assert_eq!(program, std::fs::read_to_string(folder.file(&format!("x.stage{number}.mps"))).unwrap());
    }
    export("pdf").is(404);
}

#[test]
fn comparisons_of_scenarios_and_of_runs() {
    let house = House::open();
    let body =
        json!({ "model": "chongming-vertical", "scenarios": ["base", "budget-down", "x: fund.district.amount=+5%"] });
    let printed = command(&[
        "compare",
        "models/chongming-vertical.toml",
        "-s",
        "base",
        "-s",
        "budget-down",
        "-s",
        "x: fund.district.amount=+5%",
        "--format",
        "json",
    ]);
    assert_eq!(text(&house.post("/api/v1/comparisons", &body).is(200).body), text(&printed.stdout));
    let run = |changes: Value| {
        let run = house.post("/api/v1/runs", &json!({ "model": "chongming-vertical", "changes": changes })).json();
        run["id"].as_str().unwrap().to_owned()
    };
    let (one, two) = (run(json!([])), run(json!(["fund.district.amount=+5%"])));
    let compared = house.post("/api/v1/comparisons", &json!({ "runs": [one, two] })).is(200).json();
    let record = house.get(&format!("/api/v1/runs/{two}/allocation")).json();
    assert_eq!(compared["total"]["amounts_fen"][1], record["total"]["amount_fen"]);
    assert_eq!(compared["scenarios"][1]["hash"], record["hash"]);
    let other = house.post("/api/v1/runs", &json!({ "model": "minimal" })).json()["id"].clone();
    let problem = house.post("/api/v1/comparisons", &json!({ "runs": [one, other] })).is(422).json();
    assert_eq!(problem["pointer"], "/runs/1");
    for wrong in [json!({}), json!({ "model": "minimal" }), json!({ "model": "minimal", "runs": [one] })] {
        house.post("/api/v1/comparisons", &wrong).is(422);
    }
    house.post("/api/v1/comparisons", &json!({ "runs": ["0".repeat(64)] })).is(404);
}

#[test]
fn analyses_are_the_documents_of_the_command_line() {
    let house = House::open();
    for (kind, question, words) in [
        ("frontier", json!({ "beside_capped": false }), vec!["frontier"]),
        ("curve", json!({ "path": "fund.district.amount" }), vec!["curve", "--path", "fund.district.amount"]),
        ("ranges", json!({ "within": 2.0, "by": "area" }), vec!["ranges", "--within", "2", "--by", "area"]),
        ("alternatives", json!({ "count": 2 }), vec!["alternatives", "--count", "2"]),
    ] {
        let mut words = words;
        words.insert(1, "models/minimal.toml");
        words.extend(["--format", "json"]);
        let printed = command(&words);
        let body = json!({ "model": "minimal", "question": question });
        let answer = house.post(&format!("/api/v1/analyses/{kind}"), &body);
        if printed.status.success() {
            assert_eq!(text(&finished(&house, answer).body), text(&printed.stdout), "{kind}");
        } else {
            answer.is(422);
        }
    }
    let body = json!({ "model": "chongming-uncertain", "question": { "draws": 20 } });
    let summary = finished(&house, house.post("/api/v1/analyses/sweep", &body)).json();
    assert!(summary["status"] == "complete" && summary["solved"] == 20, "{summary}");
    let folder = Folder::empty();
    let printed = command(&[
        "sweep",
        "models/chongming-uncertain.toml",
        "--draws",
        "20",
        "-o",
        &folder.file("s"),
        "--format",
        "json",
    ]);
    assert_eq!(summary, serde_json::from_slice::<Value>(&printed.stdout).unwrap());
    for (kind, question) in [
        ("tornado", json!({ "low": 90, "high": 10 })),
        ("sobol", json!({ "samples": 100_000_000 })),
        ("sweep", json!({ "draws": 100_000_000 })),
        ("sweep", json!({ "quantiles": ["x"] })),
        ("robust", json!({ "method": "max_min" })),
        ("curve", json!({ "path": "fund.nothing.amount" })),
        ("frontier", json!({ "first": "max_everything" })),
        ("ranges", json!({ "areas": ["nowhere"] })),
    ] {
        let body = json!({ "model": "chongming-uncertain", "question": question });
        let problem = house.post(&format!("/api/v1/analyses/{kind}"), &body).is(422).json();
        assert!(!problem["findings"].as_array().unwrap().is_empty(), "{kind}: {problem}");
    }
}

#[test]
fn answers_are_what_the_document_describes() {
    let house = House::open();
    let document = house.get("/api/openapi.json").is(200).json();
    let mut checked = 0;
    for route in routes::all() {
        // What speaks of a thing that was made before has tests of its own.
        let Some(example) = route.example.filter(|_| !route.path.contains('{')) else { continue };
        let body: Value = serde_json::from_str(example).unwrap();
        let answer = house.post(route.path, &body);
        assert!([200, 201, 202].contains(&answer.status), "{}: {}", route.path, text(&answer.body));
        let content = &document["paths"][route.path]["post"]["responses"][answer.status.to_string()]["content"];
        let mut schema = content["application/json"]["schema"].clone();
        schema["components"] = document["components"].clone();
        if let Err(error) = jsonschema::validator_for(&schema).unwrap().validate(&answer.json()) {
            panic!("{}: {error}", route.path);
        }
        checked += 1;
    }
    assert!(checked >= 13, "{checked}");
}

#[test]
fn bounds_of_the_document_are_kept_before_anything_is_begun() {
    let house = House::open();
    for (kind, question, pointer) in [
        ("sobol", json!({ "samples": 1 }), "/question/samples"),
        ("alternatives", json!({ "count": 0 }), "/question/count"),
        ("ranges", json!({ "within": -1 }), "/question/within"),
    ] {
        let headers = [("content-type", "application/json"), ("prefer", "respond-async")];
        let body = json!({ "model": "minimal", "question": question }).to_string();
        let answer = house.send("POST", &format!("/api/v1/analyses/{kind}"), &headers, body.as_bytes());
        assert_eq!(answer.is(422).json()["pointer"], pointer);
    }
}

#[test]
fn who_goes_away_takes_its_work_along() {
    let patient = crate::house::settings();
    let settings = ecocomp::http::state::Settings { patience: Duration::from_secs(1), ..patient };
    let house = House::new(&repository("models"), true, settings);
    let sweep = |draws: u64| json!({ "model": "chongming-uncertain", "question": { "draws": draws } }).to_string();
    // One worker for long work: what comes later waits until the first has ended.
    let body = sweep(200_000);
    let mut stream = std::net::TcpStream::connect(house.address).unwrap();
    let head = format!(
        "POST /api/v1/analyses/sweep HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        house.address,
        body.len()
    );
    std::io::Write::write_all(&mut stream, format!("{head}{body}").as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    drop(stream);
    let answer =
        house.send("POST", "/api/v1/analyses/sweep", &[("content-type", "application/json")], sweep(3).as_bytes());
    assert_eq!(answer.is(200).json()["solved"], 3);
}

/// The document of an analysis that may have become a job.
fn finished(house: &House, answer: Answer) -> Answer {
    if answer.status == 200 {
        return answer;
    }
    let job = answer.is(202).json();
    await_job(house, job["links"]["self"].as_str().unwrap());
    house.get(job["links"]["result"].as_str().unwrap()).is(200)
}

fn await_job(house: &House, path: &str) -> Value {
    let begin = Instant::now();
    loop {
        let job = house.get(path).is(200).json();
        if !["queued", "running"].contains(&job["state"].as_str().unwrap()) {
            return job;
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "{job}");
        std::thread::sleep(Duration::from_millis(30));
    }
}

#[test]
fn jobs_are_followed_cancelled_and_told() {
    let house = House::open();
    let later = |path: &str, body: &Value| {
        let headers = [("content-type", "application/json"), ("prefer", "respond-async")];
        house.send("POST", path, &headers, body.to_string().as_bytes()).is(202)
    };
    let run = json!({ "model": "chongming-vertical", "changes": ["fund.district.amount=+7%"] });
    let answer = later("/api/v1/runs", &run);
    let job = answer.json();
    assert_eq!(answer.header("location"), job["links"]["self"].as_str());
    let ended = await_job(&house, job["links"]["self"].as_str().unwrap());
    assert_eq!(ended["state"], "done", "{ended}");
    let result = house.get(job["links"]["result"].as_str().unwrap()).is(200);
    assert_eq!(result.body, house.post("/api/v1/what-if", &run).is(200).body);
    assert_eq!(house.get("/api/v1/runs").json()["items"].as_array().unwrap().len(), 1);
    let events = text(&house.get(job["links"]["events"].as_str().unwrap()).is(200).body);
    assert!(events.contains("event: state") && events.contains("\"done\""), "{events}");
    let rest = house.send("GET", job["links"]["events"].as_str().unwrap(), &[("last-event-id", "999")], b"");
    assert!(!text(&rest.is(200).body).contains("event:"));
    // Long work is ended from outside.
    let sweep = json!({ "model": "chongming-uncertain", "question": { "draws": 100_000 } });
    let job = later("/api/v1/analyses/sweep", &sweep).json();
    let path = job["links"]["self"].as_str().unwrap();
    house.get(&format!("{path}/result")).is(409);
    let cancelled = house.send("DELETE", path, &[], b"").is(200).json();
    assert_eq!(cancelled["state"], "cancelled");
    house.send("DELETE", path, &[], b"").is(409);
    house.get(&format!("{path}/result")).is(409);
    // Its worker is free again.
    let next = json!({ "model": "chongming-uncertain", "question": { "draws": 5 } });
    assert_eq!(finished(&house, house.post("/api/v1/analyses/sweep", &next)).json()["solved"], 5);
    let failed = later("/api/v1/analyses/curve", &json!({ "model": "minimal", "question": { "path": "x.y" } })).json();
    assert_eq!(await_job(&house, failed["links"]["self"].as_str().unwrap())["state"], "failed");
    let problem = house.get(failed["links"]["result"].as_str().unwrap()).is(422);
    assert_eq!(problem.header("content-type"), Some("application/problem+json"));
    assert_eq!(problem.json()["status"], 422);
}

#[test]
fn a_full_queue_says_when_to_come_back_and_what_ifs_pass_by_long_work() {
    let house = House::open();
    let sweep = |draws: u64| json!({ "model": "chongming-uncertain", "question": { "draws": draws } });
    let later = |draws: u64| {
        let headers = [("content-type", "application/json"), ("prefer", "respond-async")];
        house.send("POST", "/api/v1/analyses/sweep", &headers, sweep(draws).to_string().as_bytes())
    };
    let jobs: Vec<Answer> = (0..6).map(|index| later(90_000 + index)).collect();
    let (taken, full): (Vec<&Answer>, Vec<&Answer>) = jobs.iter().partition(|answer| answer.status == 202);
    assert!((2..=4).contains(&taken.len()), "{}", taken.len());
    for answer in full {
        assert_eq!(answer.status, 503);
        assert!(answer.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    }
    house
        .post("/api/v1/what-if", &json!({ "model": "chongming-vertical", "changes": ["fund.district.amount=+9%"] }))
        .is(200);
    for answer in taken {
        house.send("DELETE", answer.json()["links"]["self"].as_str().unwrap(), &[], b"");
    }
}

#[test]
fn fifty_requests_with_one_key_are_one() {
    let house = House::open();
    let body = json!({ "model": "minimal", "changes": ["fund.district.amount=+3%"] }).to_string();
    let run = json!({ "model": "minimal" });
    let run = house.post("/api/v1/runs", &run).is(201).json()["id"].clone();
    let plan = json!({ "run": run, "title": "方案" }).to_string();
    for (path, body) in [("/api/v1/runs", &body), ("/api/v1/plans", &plan)] {
        let ask = || {
            let headers = [("content-type", "application/json"), ("idempotency-key", "k-1")];
            house.send("POST", path, &headers, body.as_bytes())
        };
        let answers: Vec<Answer> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..50).map(|_| scope.spawn(ask)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for answer in &answers {
            assert_eq!((answer.status, &answer.body), (201, &answers[0].body), "{}", text(&answer.body));
        }
    }
    assert_eq!(house.get("/api/v1/plans").json()["items"].as_array().unwrap().len(), 1);
}

#[test]
fn models_are_put_in_versions() {
    let house = House::open();
    let text = std::fs::read_to_string(repository("models/minimal.toml")).unwrap();
    let put = |name: &str, text: &str, header: Option<(&str, &str)>| {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(header);
        house.send("PUT", &format!("/api/v1/models/{name}"), &headers, json!({ "text": text }).to_string().as_bytes())
    };
    put("mine", &text, None).is(428);
    put("mine", &text, Some(("if-match", "\"1\""))).is(412);
    let made = put("mine", &text, Some(("if-none-match", "*"))).is(201);
    assert_eq!(made.header("etag"), Some("\"1\""));
    put("mine", &text, Some(("if-none-match", "*"))).is(412);
    let second = text.replace("最简模型", "第二版");
    assert_eq!(put("mine", &second, Some(("if-match", "\"1\""))).is(201).json()["version"], 2);
    put("mine", &second, Some(("if-match", "\"1\""))).is(412);
    assert_eq!(put("mine", &second, Some(("if-match", "\"2\""))).is(200).json()["version"], 2);
    assert_eq!(house.get("/api/v1/models/mine/versions/1").is(200).json()["text"], text.as_str());
    assert_eq!(house.get("/api/v1/models/mine/versions").is(200).json()["items"].as_array().unwrap().len(), 2);
    for path in ["mine/versions/3", "mine/versions/0", "other", "other/versions", "minimal/versions/2"] {
        house.get(&format!("/api/v1/models/{path}")).is(404);
    }
    put("minimal", &text, Some(("if-none-match", "*"))).is(409);
    put("wrong", "model = 3", Some(("if-none-match", "*"))).is(422);
    put(".hidden", &text, Some(("if-none-match", "*"))).is(422);
    let name = |version: &str| {
        house.post("/api/v1/what-if", &json!({ "model": version })).is(200).json()["model"]["name"]["zh"].clone()
    };
    assert_eq!((name("mine@1"), name("mine@2"), name("mine")), ("最简模型".into(), "第二版".into(), "第二版".into()));
    // A list over what is shipped and what was put.
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = house.get(&format!("/api/v1/models?limit=3{cursor}")).is(200).json();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 3);
        names.extend(items.iter().map(|item| item["name"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert!(names.len() == 10 && names.last().unwrap() == "mine", "{names:?}");
    house.get("/api/v1/models?cursor=l.x").is(404);
}

#[test]
fn datasets_are_uploaded_as_text_form_or_workbook() {
    let house = House::open();
    let put = |name: &str, kind: &str, body: &[u8], matching: (&str, &str)| {
        house.send("PUT", &format!("/api/v1/datasets/{name}"), &[("content-type", kind), matching], body)
    };
    let new = ("if-none-match", "*");
    let body = json!({ "files": { "areas.csv": common::AREAS, "cells.csv": common::CELLS }, "provenance": "台账" });
    let made = put("town", "application/json", body.to_string().as_bytes(), new).is(201).json();
    assert!(made["provenance"] == "台账" && made["files"].as_array().unwrap().len() == 2, "{made}");
    let part = |name: &str, text: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"{name}\"\r\n\r\n{text}\r\n")
    };
    let form = format!("{}{}--b--\r\n", part("areas.csv", common::AREAS), part("cells.csv", common::CELLS));
    put("town", "multipart/form-data; boundary=b", form.as_bytes(), ("if-match", "\"1\"")).is(201);
    let file = house.get("/api/v1/datasets/town/versions/2/files/cells.csv").is(200);
    assert_eq!(text(&file.body), common::CELLS);
    let model = common::MODEL.replace("dataset = \".\"", "dataset = \"town\"");
    let by_name = house.post("/api/v1/what-if", &json!({ "model": { "text": model } })).is(200).json();
    let by_files = json!({ "model": { "text": model }, "data": { "files": { "areas.csv": common::AREAS, "cells.csv": common::CELLS } } });
    assert_eq!(by_name["cells"], house.post("/api/v1/what-if", &by_files).is(200).json()["cells"]);
    let folder = Folder::empty();
    let book = workbook(&[("areas", common::AREAS), ("cells", common::CELLS)]);
    put("book", XLSX, &book, new).is(201);
    put("book2", "text/csv", common::AREAS.as_bytes(), new).is(415);
    put("book2", "multipart/form-data; boundary=b", b"nothing", new).is(400);
    put("book2", "application/json", br#"{"files":{"notes.txt":"x"}}"#, new).is(422);
    put("book2", "application/json", br#"{"files":{"../areas.csv":"x"}}"#, new).is(422);
    put("book2", "application/json", br#"{"files":{}}"#, new).is(422);
    let half = json!({ "files": { "areas.csv": common::AREAS } }).to_string();
    let problem = put("book2", "application/json", half.as_bytes(), new).is(422).json();
    assert_eq!(problem["findings"][0]["code"], "dataset.table_missing", "{problem}");
    let header = common::CELLS.lines().next().unwrap();
    let empty = json!({ "files": { "areas.csv": common::AREAS, "cells.csv": header } }).to_string();
    let problem = put("book2", "application/json", empty.as_bytes(), new).is(422).json();
    assert_eq!(problem["findings"][0]["code"], "dataset.no_rows", "{problem}");
    let template = folder.file("template.xlsx");
    assert!(command(&["template", "-o", &template]).status.success());
    put("book2", XLSX, &std::fs::read(&template).unwrap(), new).is(422);
    put("chongming", "application/json", body.to_string().as_bytes(), new).is(409);
    house.get("/api/v1/datasets/none").is(404);
    // A run holds to the version of the data that it was solved with.
    let run = house.post("/api/v1/runs", &json!({ "model": { "text": model } })).is(201).json();
    let more = body.to_string().replace("1000,400000", "1000,800000");
    put("town", "application/json", more.as_bytes(), ("if-match", "\"2\"")).is(201);
    let path = run["links"]["self"].as_str().unwrap();
    house.get(&format!("{path}/exports/csv")).is(200);
    let now = house.post("/api/v1/runs", &json!({ "model": { "text": model } })).is(201).json();
    assert_ne!(now["id"], run["id"]);
}

#[test]
fn who_made_a_plan_does_not_decide_on_it() {
    let house = House::new(&repository("models"), false, settings());
    let (planner, approver) = (house.token("o", "p", Role::Planner), house.token("o", "a", Role::Approver));
    let (maker, foreign) = (house.token("o", "p", Role::Approver), house.token("x", "a", Role::Approver));
    let ask = |token: &str, method: &str, path: &str, body: Value, tag: Option<&str>| {
        let bearer = format!("Bearer {token}");
        let mut headers = vec![("authorization", bearer.as_str()), ("content-type", "application/json")];
        headers.extend(tag.map(|tag| ("if-match", tag)));
        house.send(method, path, &headers, if method == "GET" { String::new() } else { body.to_string() }.as_bytes())
    };
    let run = ask(&planner, "POST", "/api/v1/runs", json!({ "model": "minimal" }), None).is(201).json();
    let plan = json!({ "run": run["id"], "title": "2026" });
    let plan = ask(&planner, "POST", "/api/v1/plans", plan, None).is(201).json();
    let path = format!("/api/v1/plans/{}", plan["id"].as_str().unwrap());
    let decide = |token: &str, word: &str, tag: Option<&str>| {
        ask(token, "POST", &format!("{path}/decision"), json!({ "decision": word, "comment": "" }), tag)
    };
    decide(&planner, "approve", Some("\"1\"")).is(403);
    decide(&maker, "approve", Some("\"1\"")).is(409);
    decide(&foreign, "approve", Some("\"1\"")).is(404);
    decide(&approver, "approve", None).is(428);
    decide(&approver, "approve", Some("\"9\"")).is(412);
    let decided = decide(&approver, "approve", Some("\"1\"")).is(200).json();
    assert!(decided["state"] == "approved" && decided["decided_by"] == "a", "{decided}");
    let revision = format!("\"{}\"", decided["revision"]);
    decide(&approver, "reject", Some(&revision)).is(409);
    // Nor does who holds a token of the maker's, or of one who holds a token of the maker's.
    let boss = house.token("o", "boss", Role::Admin);
    let plan = json!({ "run": run["id"], "title": "2027" });
    let plan = ask(&boss, "POST", "/api/v1/plans", plan, None).is(201).json();
    let path = format!("/api/v1/plans/{}/decision", plan["id"].as_str().unwrap());
    let issue = |by: &str, name: &str, role: &str| {
        let token = json!({ "principal": name, "role": role });
        let issued = ask(by, "POST", "/api/v1/tokens", token, None).is(201).json();
        issued["secret"].as_str().unwrap().to_owned()
    };
    let approve =
        |token: &str| ask(token, "POST", &path, json!({ "decision": "approve", "comment": "" }), Some("\"1\""));
    let deputy = issue(&boss, "deputy", "admin");
    for token in [issue(&boss, "friend", "approver"), issue(&deputy, "friend of a friend", "approver"), deputy] {
        let problem = approve(&token).is(409).json();
        assert!(problem["detail"].as_str().unwrap().contains("同一人"), "{problem}");
    }
    approve(&approver).is(200);
    ask(&planner, "DELETE", run["links"]["self"].as_str().unwrap(), json!({}), None).is(409);
    assert_eq!(ask(&foreign, "GET", "/api/v1/plans", json!({}), None).is(200).json()["items"], json!([]));
}

/// A path of a route with something in its place, which need not be there.
fn filled(path: &str, id: &str) -> String {
    path.replace("{name}", "minimal")
        .replace("{version}", "1")
        .replace("{format}", "csv")
        .replace("{file}", "x")
        .replace("{id}", id)
}

#[test]
fn every_role_may_what_the_table_says_on_every_route() {
    let house = House::new(&repository("models"), false, settings());
    let id = "0".repeat(64);
    let mut cells = 0;
    for role in Role::ALL {
        let token = format!("Bearer {}", house.token("o", role.word(), role));
        for route in routes::all() {
            cells += 1;
            // A stream that does not end by itself; it is everybody's who reads.
            if route.id == "getEvents" {
                assert!(route.deed.is_for(role));
                continue;
            }
            let headers = [("authorization", token.as_str()), ("content-type", "application/json")];
            let body = if route.method == "GET" { &b""[..] } else { b"{}" };
            let answer = house.send(route.method.as_str(), &filled(route.path, &id), &headers, body);
            let forbidden = answer.status == 403;
            assert_eq!(
                forbidden,
                !route.deed.is_for(role),
                "{} {} {}: {}",
                role.word(),
                route.method,
                route.path,
                answer.status
            );
            assert!(answer.status < 500, "{} {}: {}", route.method, route.path, text(&answer.body));
        }
    }
    assert_eq!(cells, Role::ALL.len() * routes::all().len());
    for route in routes::all().iter().filter(|route| route.deed != Deed::Enter) {
        let body = if route.method == "GET" { &b""[..] } else { b"{}" };
        house
            .send(route.method.as_str(), &filled(route.path, &id), &[("content-type", "application/json")], body)
            .is(401);
    }
    // The table itself: who only reads makes nothing, and the log is for auditors.
    assert!(
        !Deed::Make.is_for(Role::Viewer) && !Deed::Make.is_for(Role::Auditor) && !Deed::Make.is_for(Role::Approver)
    );
    assert!(
        Deed::Audit.is_for(Role::Auditor) && !Deed::Audit.is_for(Role::Planner) && !Deed::Decide.is_for(Role::Viewer)
    );
    assert!(Role::ALL.iter().all(|role| Deed::Administer.is_for(*role) == (*role == Role::Admin)));
}

#[test]
fn what_another_organisation_has_is_not_there() {
    let house = House::new(&repository("models"), false, settings());
    let (own, foreign) = (house.token("o", "p", Role::Admin), house.token("x", "p", Role::Admin));
    let ask = |token: &str, method: &str, path: &str, body: Option<Value>| {
        let bearer = format!("Bearer {token}");
        let headers =
            [("authorization", bearer.as_str()), ("content-type", "application/json"), ("if-none-match", "*")];
        let headers = if method == "PUT" { &headers[..] } else { &headers[..2] };
        house.send(method, path, headers, body.map(|body| body.to_string()).unwrap_or_default().as_bytes())
    };
    let model = std::fs::read_to_string(repository("models/minimal.toml")).unwrap();
    ask(&own, "PUT", "/api/v1/models/mine", Some(json!({ "text": model }))).is(201);
    let data = json!({ "files": { "areas.csv": common::AREAS, "cells.csv": common::CELLS } });
    ask(&own, "PUT", "/api/v1/datasets/town", Some(data)).is(201);
    let run = ask(&own, "POST", "/api/v1/runs", Some(json!({ "model": "mine" }))).is(201).json()["id"].clone();
    let run = run.as_str().unwrap();
    let plan =
        ask(&own, "POST", "/api/v1/plans", Some(json!({ "run": run, "title": "t" }))).is(201).json()["id"].clone();
    let token = ask(&own, "POST", "/api/v1/tokens", Some(json!({ "role": "viewer" }))).is(201).json();
    assert!(token["secret"].as_str().unwrap().starts_with("ecocomp_"));
    let paths = [
        "/api/v1/models/mine".to_owned(),
        "/api/v1/models/mine/versions".to_owned(),
        "/api/v1/datasets/town".to_owned(),
        "/api/v1/datasets/town/versions/1/files/areas.csv".to_owned(),
        format!("/api/v1/runs/{run}"),
        format!("/api/v1/runs/{run}/allocation"),
        format!("/api/v1/runs/{run}/exports/csv"),
        format!("/api/v1/plans/{}", plan.as_str().unwrap()),
    ];
    for path in paths {
        ask(&own, "GET", &path, None).is(200);
        ask(&foreign, "GET", &path, None).is(404);
    }
    ask(&foreign, "DELETE", &format!("/api/v1/runs/{run}"), None).is(404);
    ask(&foreign, "DELETE", &format!("/api/v1/tokens/{}", token["id"].as_str().unwrap()), None).is(404);
    ask(&foreign, "POST", "/api/v1/what-if", Some(json!({ "model": "mine" }))).is(404);
    let log = |token: &str| ask(token, "GET", "/api/v1/audit", None).is(200).json()["items"].as_array().unwrap().len();
    assert!(log(&own) >= 5);
    // Only the token that the test itself was given.
    assert_eq!(log(&foreign), 1);
}
