//! The number of a run is one: what the command line prints is what the service keeps the run under.

use crate::common;
use crate::common::{Folder, ecocomp, repository};
use crate::house::{House, settings};
use serde_json::{Value, json};

#[test]
fn the_service_finds_a_run_by_the_number_that_paper_shows() {
    let house = House::open();
    let model = repository("models/chongming-vertical.toml");
    let printed = ecocomp(&["allocate", &model, "--set", "fund.district.amount=+5%", "--format", "json"]).json();
    let number = printed["hash"].as_str().unwrap();
    let table = ecocomp(&["allocate", &model, "--set", "fund.district.amount=+5%"]).out;
    assert!(table.contains(number), "{table}");
    house.get(&format!("/api/v1/runs/{number}")).is(404);
    let asked = json!({ "model": "chongming-vertical", "changes": ["fund.district.amount=+5%"] });
    let run = house.post("/api/v1/runs", &asked).is(201).json();
    assert_eq!(run["id"], number);
    house.get(&format!("/api/v1/runs/{number}")).is(200);
    let kept: Value = house.get(&format!("/api/v1/runs/{number}/allocation")).is(200).json();
    assert_eq!(kept, printed);
    house.get(&format!("/api/v1/runs/{number}/exports/csv")).is(200);
    // The same content in other words is the same run.
    let other = json!({ "model": "chongming-vertical", "changes": [{ "path": "fund.district.amount", "op": "scale", "value": 1.05 }] });
    assert_eq!(house.post("/api/v1/runs", &other).is(200).json()["id"], number);
    // What has no plan has a number too, and what is wrong has none.
    let none = house.post("/api/v1/runs", &json!({ "model": "chongming-infeasible" })).is(201).json();
    assert_eq!(none["status"], "infeasible");
    assert_eq!(none["id"].as_str().unwrap().len(), 64);
    house.post("/api/v1/runs", &json!({ "model": "minimal", "changes": ["fund.district.amount=-5 元"] })).is(422);
}

#[test]
fn a_scenario_of_a_list_counts_once_and_a_plus_is_asked_about() {
    let folder = Folder::sound();
    let up = "[[change]]\npath = 'fund.district.amount'\nop = 'scale'\nvalue = '+10%'\n";
    std::fs::create_dir_all(folder.path().join("models/scenarios")).unwrap();
    std::fs::create_dir_all(folder.path().join("datasets/small")).unwrap();
    let model = common::MODEL.replace("dataset = \".\"", "dataset = \"../datasets/small\"");
    folder.write("models/small.toml", model);
    folder.write("datasets/small/areas.csv", common::AREAS);
    folder.write("datasets/small/cells.csv", common::CELLS);
    folder.write("models/scenarios/up.toml", up);
    folder.write("models/scenarios/one.toml", "stack = ['up']\n");
    folder.write("models/scenarios/two.toml", "stack = ['up']\n");
    let house = House::new(&folder.file("models"), true, settings());
    for list in [vec!["one", "two"], vec!["one+two"], vec!["up", "one", "two", "up"]] {
        let found = house.post("/api/v1/what-if", &json!({ "model": "small", "scenarios": list })).is(200).json();
        assert_eq!(found["total"]["amount_fen"], 55_000_000, "{list:?}");
    }
    for change in [
        json!("fund.district.amount=+2 万元"),
        json!({ "path": "fund.district.amount", "op": "set", "value": "+2 万元" }),
    ] {
        let refused = house.post("/api/v1/what-if", &json!({ "model": "small", "changes": [change] })).is(422);
        assert!(String::from_utf8_lossy(&refused.body).contains("scenario.plus_sets"));
    }
    // Entitlements held or following the funds: both are offered, and both are said.
    for (word, points) in [("held", 0), ("follow", 3)] {
        let question = json!({ "path": "fund.district.amount", "entitlements": word, "points": 3 });
        let asked = json!({ "model": "small", "question": question });
        let found = house.post("/api/v1/analyses/curve", &asked).is(200).json();
        assert_eq!(found["entitlements"], word);
        let found = found["stages"][0]["points"].as_array().unwrap().len();
        assert!(if points > 0 { found == points } else { found >= 2 }, "{word}: {found}");
    }
}
