//! What a screen needs beside the questions: a model as values, data as cells, uploads looked at before they are kept.

use serde_json::{Value, json};

use crate::common::{self, repository};
use crate::house::{Answer, House, settings};
use ecocomp::store::Role;

const JSON: (&str, &str) = ("content-type", "application/json");
const MODELS: [&str; 7] = [
    "chongming-ahp",
    "chongming-entropy",
    "chongming-infeasible",
    "chongming-uncertain",
    "chongming-vertical",
    "minimal",
    "xinjiang-transfer",
];

fn send(house: &House, method: &str, path: &str, header: (&str, &str), body: &Value) -> Answer {
    house.send(method, path, &[JSON, header], body.to_string().as_bytes())
}

#[test]
fn every_value_of_every_model_is_named_and_can_be_set_to_itself() {
    let house = House::open();
    for model in MODELS {
        let list = house.get(&format!("/api/v1/models/{model}/parameters")).is(200).json();
        let parameters = list["parameters"].as_array().unwrap();
        assert!(parameters.len() >= 3, "{model}");
        let text = std::fs::read_to_string(repository(&format!("models/{model}.toml"))).unwrap();
        let mut changes = Vec::new();
        for parameter in parameters {
            let path = parameter["path"].as_str().unwrap();
            for lang in ["zh", "en"] {
                assert!(!parameter["label"][lang].as_str().unwrap().is_empty(), "{model} {path}");
            }
            let owner = list["owners"].as_array().unwrap().iter().find(|owner| owner["path"] == parameter["owner"]);
            assert!(owner.is_some(), "{model} {path}");
            let line = usize::try_from(parameter["line"].as_u64().unwrap()).unwrap();
            assert!(line <= text.lines().count(), "{model} {path} {line}");
            assert_eq!(parameter["changed"], false);
            if let (Some(number), Some(least)) = (parameter["number"].as_str(), parameter["least"].as_str()) {
                assert!(number.parse::<f64>().unwrap() >= least.parse::<f64>().unwrap(), "{model} {path}");
            }
            changes.push(json!(format!("{path}={}", parameter["text"].as_str().unwrap())));
        }
        // To set everything to what it is changes nothing: not a byte of the file, not the number of the run.
        for part in changes.chunks(150) {
            let body = json!({ "model": model, "changes": part });
            let told = house.post("/api/v1/what-if/differences", &body).is(200).json();
            assert_eq!(told["text"].as_str().unwrap(), text, "{model}");
            for difference in told["differences"].as_array().unwrap() {
                assert_eq!(difference["before"], difference["after"], "{model}: {difference}");
            }
        }
    }
}

#[test]
fn values_are_told_as_a_screen_shows_them() {
    let house = House::open();
    let list = house.get("/api/v1/models/chongming-vertical/parameters").is(200).json();
    let find = |list: &Value, path: &str| {
        let found = list["parameters"].as_array().unwrap().iter().find(|parameter| parameter["path"] == path);
        found.unwrap_or_else(|| panic!("{path}")).clone()
    };
    let budget = find(&list, "fund.district.amount");
    assert_eq!((&budget["sort"], &budget["number"], &budget["unit"]), (&json!("money"), &json!("1.2"), &json!("亿元")));
    assert_eq!((&budget["label"]["zh"], &budget["text"]), (&json!("金额"), &json!("1.2 亿元")));
    let upper = find(&list, "rule.corridor.between[1]");
    assert_eq!(
        (&upper["sort"], &upper["number"], &upper["label"]["zh"]),
        (&json!("share"), &json!("1.3"), &json!("上限"))
    );
    assert_eq!((&upper["least"], upper.get("most")), (&json!("0"), None));
    let share = find(&list, "rule.forest_share.at_most");
    assert_eq!(
        (&share["sort"], &share["number"], &share["unit"], &share["most"]),
        (&json!("share"), &json!("50"), &json!("%"), &json!("1"))
    );
    let standard = find(&list, "rule.forest_standard.at_least");
    assert_eq!(
        (&standard["sort"], &standard["number"], &standard["unit"]),
        (&json!("standard"), &json!("90"), &json!("元/亩"))
    );
    assert_eq!(find(&list, "entitlement.pool.forest")["label"]["zh"], "各生态系统份额·林地");
    assert_eq!(find(&list, "rule.gep_cap.at_most.gep")["label"]["zh"], "上限·生态产品总值");
    assert_eq!(find(&list, "rule.residents.shares.employment.share")["label"]["zh"], "生态就业·比例");
    let curve = find(&list, "entitlement.outcome.points");
    assert!(curve["sort"] == "rows" && curve["rows"][2] == json!(["80", "1.0"]), "{curve}");
    let owner = list["owners"].as_array().unwrap().iter().find(|owner| owner["path"] == "rule.cost_floor").unwrap();
    assert!(owner["hard"] == false && owner["kind"] == "floor" && owner["label"]["zh"] == "保护成本(柔性)", "{owner}");
    assert!(owner["basis"].as_str().unwrap().contains("生态保护补偿条例"));
    // Under changes.
    let body =
        json!({ "model": "chongming-vertical", "changes": ["fund.district.amount=+5%", "rule.floor.enabled=false"] });
    let list = house.post("/api/v1/what-if/parameters", &body).is(200).json();
    let budget = find(&list, "fund.district.amount");
    assert!(
        budget["changed"] == true && budget["text"] == "126000000.00 元" && budget.get("line").is_none(),
        "{budget}"
    );
    assert_eq!(find(&list, "rule.floor.enabled")["changed"], true);
    let floor = list["owners"].as_array().unwrap().iter().find(|owner| owner["path"] == "rule.floor").unwrap();
    assert_eq!(floor["enabled"], false);
    house.get("/api/v1/models/none/parameters").is(404);
    house.get("/api/v1/models/minimal/versions/2/parameters").is(404);
    house.post("/api/v1/what-if/parameters", &json!({ "model": { "text": "model = [" } })).is(422);
}

#[test]
fn changes_become_a_new_version_with_its_comments() {
    let house = House::open();
    let path = "/api/v1/models/mine/versions";
    let text = std::fs::read_to_string(repository("models/chongming-vertical.toml")).unwrap();
    let changes =
        json!(["rule.corridor.between[1]=1.25", "fund.district.amount=1.25 亿元", "rule.gep_cap.enabled=false"]);
    let body = json!({ "from": "chongming-vertical", "changes": changes });
    send(&house, "POST", path, ("x", "y"), &body).is(428);
    let made = send(&house, "POST", path, ("if-none-match", "*"), &body).is(201).json();
    let written = made["text"].as_str().unwrap();
    let expected = text
        .replace("between = [0.95, 1.3]", "between = [0.95, 1.25]")
        .replace("amount = \"1.2 亿元\"", "amount = \"1.25 亿元\"")
        .replace(
            "basis = \"沪崇府办发〔2025〕1号 §二、§五\"\n",
            "basis = \"沪崇府办发〔2025〕1号 §二、§五\"\nenabled = false\n",
        );
    assert_eq!(written, expected);
    // What was saved answers as the changes did.
    let question = json!({ "model": "chongming-vertical", "changes": changes });
    let (asked, saved) = (
        house.post("/api/v1/what-if", &question).is(200).json(),
        house.post("/api/v1/what-if", &json!({ "model": "mine" })).is(200).json(),
    );
    assert_eq!(asked["cells"], saved["cells"]);
    // A further version of its own newest one, seen.
    let body = json!({ "changes": ["model.year=2026"] });
    send(&house, "POST", path, ("if-match", "\"7\""), &body).is(412);
    let second = send(&house, "POST", path, ("if-match", "\"1\""), &body).is(201).json();
    assert!(second["version"] == 2 && second["text"] == expected.replace("year = 2025", "year = 2026"), "{second}");
    let same =
        send(&house, "POST", path, ("if-match", "\"2\""), &json!({ "changes": ["model.year=2026"] })).is(200).json();
    assert_eq!(same["version"], 2);
    // What does not go.
    let refuse = |body: Value, status: u16, code: &str| {
        let problem = send(&house, "POST", path, ("if-match", "\"2\""), &body).is(status).json();
        assert_eq!(problem["findings"][0]["code"], code, "{problem}");
    };
    refuse(json!({ "changes": ["data.gep*=1.1"] }), 422, "service.data_change");
    refuse(json!({ "changes": [] }), 422, "service.no_changes");
    refuse(json!({ "changes": ["rule.coridor.between=1"] }), 422, "scenario.unknown_path");
    refuse(json!({ "changes": ["model.rounding=3 fen"] }), 422, "units.unit_unknown");
    send(&house, "POST", "/api/v1/models/minimal/versions", ("if-match", "\"1\""), &body).is(409);
    send(
        &house,
        "POST",
        "/api/v1/models/other/versions",
        ("if-none-match", "*"),
        &json!({ "changes": ["model.year=2026"] }),
    )
    .is(404);
    // A hostile value stays a value.
    let hostile =
        json!({ "changes": [{ "path": "model.note", "op": "set", "value": "\"\n[[fund]]\nid = \"x\" # '''" }] });
    let third = send(&house, "POST", path, ("if-match", "\"2\""), &hostile).is(201).json();
    let list = house.get("/api/v1/models/mine/parameters").is(200).json();
    assert!(list["owners"].as_array().unwrap().iter().all(|owner| owner["path"] != "fund.x"), "{third}");
}

#[test]
fn an_interval_ends_where_plans_end() {
    let house = House::open();
    let ask = |model: &str, path: &str| {
        house.post("/api/v1/what-if/interval", &json!({ "model": model, "question": { "path": path } }))
    };
    let status = |path: &str, value: f64| {
        let value: f64 = format!("{value:.6}").parse().unwrap();
        let change = json!({ "path": path, "op": "set", "value": value });
        let body = json!({ "model": "chongming-vertical", "changes": [change, "model.rounding=0.01 元"] });
        house.post("/api/v1/what-if", &body).is(200).json()["status"].clone()
    };
    let found = ask("chongming-vertical", "rule.corridor.between[0]").is(200).json();
    assert!(found["proof"] == "program" && found["possible"] == true && found["least"].is_null(), "{found}");
    let most = found["most"].as_f64().unwrap();
    assert!(most > found["now"].as_f64().unwrap());
    assert_eq!(status("rule.corridor.between[0]", (most * 1e4).floor() / 1e4), "optimal");
    assert_eq!(status("rule.corridor.between[0]", (most * 1e4).ceil() / 1e4 + 1e-4), "infeasible");
    let budget = ask("chongming-vertical", "fund.district.amount").is(200).json();
    assert!(
        budget["unit"] == "元" && budget["least"].as_f64().unwrap() < 1.2e8 && budget["most"].as_f64().unwrap() > 1.2e8,
        "{budget}"
    );
    // A bound of a share moves coefficients: its end is a least repair, tried.
    let share = ask("chongming-vertical", "rule.forest_share.at_most").is(200).json();
    assert!(share["proof"] == "tried" && share["most"].is_null() && share["unit"] == "%", "{share}");
    let least = share["least"].as_f64().unwrap() / 100.0;
    assert!(least > 0.0 && least < 0.5, "{share}");
    assert_eq!(status("rule.forest_share.at_most", least), "optimal");
    assert_eq!(status("rule.forest_share.at_most", least - 2e-4), "infeasible");
    // What cannot be proved says so.
    let open = ask("chongming-vertical", "entitlement.factors.gep").is(200).json();
    assert!(
        open["proof"] == "none" && open["possible"].is_null() && !open["remark"]["zh"].as_str().unwrap().is_empty(),
        "{open}"
    );
    // An infeasible model has values that mend it, or none.
    let mended = ask("chongming-infeasible", "fund.district.amount").is(200).json();
    assert!(mended["proof"] != "none", "{mended}");
    assert_eq!(ask("chongming-vertical", "rule.nothing.at_least").is(422).json()["pointer"], "/question/path");
    ask("chongming-vertical", "model.note").is(422);
}

#[test]
fn whoever_reads_may_look_into_a_plan() {
    let house = House::new(&repository("models"), false, settings());
    let bearer = format!("Bearer {}", house.token("o", "v", Role::Viewer));
    let headers = [JSON, ("authorization", bearer.as_str())];
    let ask = |path: &str, question: Value| {
        let body = json!({ "model": "minimal", "question": question }).to_string();
        house.send("POST", path, &headers, body.as_bytes())
    };
    ask("/api/v1/what-if/interval", json!({ "path": "fund.district.amount" })).is(200);
    ask("/api/v1/analyses/ranges", json!({})).is(200);
    ask("/api/v1/analyses/sweep", json!({ "draws": 10 })).is(403);
    ask("/api/v1/analyses/robust", json!({})).is(403);
}

/// A dataset of the service from the two tables that every test has.
fn town(house: &House) {
    let body = json!({ "files": { "areas.csv": common::AREAS, "cells.csv": common::CELLS }, "provenance": "台账" });
    send(house, "PUT", "/api/v1/datasets/town", ("if-none-match", "*"), &body).is(201);
}

fn header(table: &Value, sort: &str) -> String {
    let columns = table["columns"].as_array().unwrap();
    columns.iter().find(|column| column["sort"] == sort).unwrap()["header"].as_str().unwrap().to_owned()
}

#[test]
fn data_are_cells_and_changes_of_cells_are_versions() {
    let house = House::open();
    town(&house);
    let tables = house.get("/api/v1/datasets/town/tables").is(200);
    assert_eq!(tables.header("etag"), Some("\"1\""));
    let tables = tables.json();
    let cells = tables["tables"][1].clone();
    assert_eq!(cells["rows"].as_array().unwrap().len(), common::CELLS.lines().count() - 1);
    let money = header(&cells, "money");
    let row = cells["rows"][0]["row"].as_u64().unwrap();
    let change = json!({ "cells": [{ "table": "cells", "row": row, "column": money, "value": "123456.78" }] });
    // Looked at first: nothing is kept.
    let looked = house.post("/api/v1/datasets/town/validation", &change).is(200).json();
    assert!(looked["valid"] == true && looked["differences"].as_array().unwrap().len() == 1, "{looked}");
    assert_eq!(looked["differences"][0]["after"], "123456.78");
    assert_eq!(house.get("/api/v1/datasets/town").is(200).json()["version"], 1);
    let path = "/api/v1/datasets/town/versions";
    send(&house, "POST", path, ("x", "y"), &change).is(428);
    send(&house, "POST", path, ("if-match", "\"2\""), &change).is(412);
    let second = send(&house, "POST", path, ("if-match", "\"1\""), &change).is(201).json();
    assert!(second["version"] == 2 && second["provenance"] == "台账", "{second}");
    // Only that cell differs, in the file too.
    let file = |version: u32| {
        let answer = house.get(&format!("/api/v1/datasets/town/versions/{version}/files/cells.csv")).is(200);
        String::from_utf8(answer.body).unwrap()
    };
    let (old, new) = (file(1), file(2));
    let differing: Vec<_> = old.lines().zip(new.lines()).filter(|(old, new)| old != new).collect();
    assert!(differing.len() == 1 && differing[0].1.contains("123456.78"), "{differing:?}");
    assert_eq!(old.lines().count(), new.lines().count());
    let told = house.get("/api/v1/datasets/town/versions/2/differences").is(200).json();
    assert_eq!(told["differences"], looked["differences"]);
    house.get("/api/v1/datasets/town/versions/1/differences").is(404);
    // What no model could read is not kept, and is told by its cell.
    let wrong = json!({ "cells": [{ "table": "cells", "row": row, "column": money, "value": "十万" }] });
    let problem = send(&house, "POST", path, ("if-match", "\"2\""), &wrong).is(422).json();
    let place = &problem["findings"][0]["place"];
    assert!(place["row"] == row && place["column"].as_str().unwrap().contains(&money), "{problem}");
    let looked = house.post("/api/v1/datasets/town/validation", &wrong).is(200).json();
    assert!(looked["valid"] == false && looked["findings"][0]["place"]["row"] == row, "{looked}");
    for (body, code) in [
        (json!({ "cells": [{ "table": "cells", "row": 9999, "column": money, "value": "1" }] }), "dataset.no_row"),
        (json!({ "cells": [{ "table": "cells", "row": row, "column": "没有", "value": "1" }] }), "dataset.no_column"),
        (json!({ "less": [{ "table": "areas", "row": 9999 }] }), "dataset.no_row"),
        (json!({ "more": [{ "table": "areas", "cells": { "没有": "1" } }] }), "dataset.no_column"),
        (json!({}), "service.no_cells"),
    ] {
        let problem = send(&house, "POST", path, ("if-match", "\"2\""), &body).is(422).json();
        assert_eq!(problem["findings"][0]["code"], code, "{problem}");
    }
    // Rows come and go.
    let area = tables["tables"][0].clone();
    let (code, name) = (header(&area, "code"), header(&area, "name"));
    let more = json!({ "more": [{ "table": "areas", "cells": { code: "999", name: "=1+1" } }] });
    let third = send(&house, "POST", path, ("if-match", "\"2\""), &more);
    let rows = house.get("/api/v1/datasets/town/tables").is(200).json()["tables"][0]["rows"].as_array().unwrap().len();
    if third.status == 201 {
        assert_eq!(rows, area["rows"].as_array().unwrap().len() + 1);
    } else {
        third.is(422);
    }
    // A shipped dataset is changed under another name.
    send(&house, "POST", "/api/v1/datasets/chongming/versions", ("if-match", "\"1\""), &change).is(409);
    let population = "人口(人)";
    let own = json!({ "from": { "name": "chongming" }, "cells": [{ "table": "areas", "row": 2, "column": population, "value": "86243" }] });
    send(&house, "POST", "/api/v1/datasets/mine/versions", ("if-none-match", "*"), &own).is(201);
    let question = json!({ "model": "chongming-vertical", "data": "mine" });
    house.post("/api/v1/what-if", &question).is(200);
}

#[test]
fn a_workbook_is_edited_as_cells_and_says_the_same() {
    let house = House::open();
    let mut book = rust_xlsxwriter::Workbook::new();
    for (name, text) in [("areas", common::AREAS), ("cells", common::CELLS)] {
        let sheet = book.add_worksheet();
        sheet.set_name(name).unwrap();
        for (row, line) in (0..).zip(text.lines()) {
            for (column, cell) in (0..).zip(line.split(',')) {
                match cell.parse::<f64>() {
                    Ok(number) if column > 0 && row > 0 => sheet.write_number(row, column, number).unwrap(),
                    _ => sheet.write_string(row, column, cell).unwrap(),
                };
            }
        }
    }
    let bytes = book.save_to_buffer().unwrap();
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let looked =
        house.send("POST", "/api/v1/uploads/validation?against=town", &[("content-type", kind)], &bytes).is(200).json();
    assert!(looked["valid"] == true && looked.get("differences").is_none(), "{looked}");
    town(&house);
    let looked =
        house.send("POST", "/api/v1/uploads/validation?against=town", &[("content-type", kind)], &bytes).is(200).json();
    assert_eq!(looked["differences"], json!([]), "{looked}");
    house.send("PUT", "/api/v1/datasets/book", &[("content-type", kind), ("if-none-match", "*")], &bytes).is(201);
    let tables = house.get("/api/v1/datasets/book/tables").is(200).json();
    assert_eq!(tables["tables"][1]["sheet"], "cells");
    let money = header(&tables["tables"][1], "money");
    let value = tables["tables"][1]["rows"][0]["cells"].as_array().unwrap()[tables["tables"][1]["columns"]
        .as_array()
        .unwrap()
        .iter()
        .position(|column| column["header"] == money.as_str())
        .unwrap()]
    .clone();
    // To write what stands there makes two tables of text that say the same.
    let same = json!({ "cells": [{ "table": "cells", "row": 2, "column": money, "value": value }] });
    let second = send(&house, "POST", "/api/v1/datasets/book/versions", ("if-match", "\"1\""), &same).is(201).json();
    let names: Vec<&str> =
        second["files"].as_array().unwrap().iter().map(|file| file["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["areas.csv", "cells.csv"]);
    let told = house.get("/api/v1/datasets/book/versions/2/differences").is(200).json();
    assert_eq!(told["differences"], json!([]));
    let model = common::MODEL.replace("dataset = \".\"", "dataset = \"book\"");
    let ask = |version: u32| {
        let body = json!({ "model": { "text": model }, "data": format!("book@{version}") });
        house.post("/api/v1/what-if", &body).is(200).json()
    };
    let (one, two) = (ask(1), ask(2));
    assert!(one["cells"] == two["cells"] && one["dataset"]["content_digest"] == two["dataset"]["content_digest"]);
    // The template is for whoever begins, and is no data yet.
    let template = house.get("/api/v1/uploads/template?model=xinjiang-transfer").is(200);
    assert!(template.header("content-disposition").unwrap().contains("filename*=UTF-8''%E"), "{template:?}");
    let looked =
        house.send("POST", "/api/v1/uploads/validation", &[("content-type", kind)], &template.body).is(200).json();
    assert!(looked["valid"] == false && !looked["findings"].as_array().unwrap().is_empty());
    house.get("/api/v1/uploads/template?model=none").is(404);
    house.send("POST", "/api/v1/uploads/validation", &[("content-type", "text/csv")], b"x").is(415);
    house.send("POST", "/api/v1/uploads/validation", &[("content-type", kind)], b"PK").is(200);
    assert!(house.get("/api/v1/datasets").is(200).json().to_string().matches("\"version\"").count() >= 2);
}
