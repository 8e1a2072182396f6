//! Random models under random changes: the command line, a server alone, and two servers on one PostgreSQL give the same bytes.
#![cfg(unix)]

use crate::common::cluster::Cluster;
use crate::common::draws::{KINDS, STAGES};
use crate::common::world::{Chance, Drawn, World};
use crate::common::{Folder, cases, repository};
use crate::house::{House, settings};
use serde_json::{Value, json};

/// Some fit every world; some make it infeasible, some are wrong.
const CHANGES: [&str; 10] = [
    "fund.district.amount=+3%",
    "fund.district.amount=-2%",
    "fund.district.amount=1 元",
    "data.gep[ecosystem=forest]*=1.07",
    "data.outcome[area=001]=55",
    "data.last_year[area=002]=+10%",
    "fund.district.amount*=1.013",
    "data.gep[area=nowhere]*=2",
    "model.rounding=1 元",
    "fund.distrct.amount=+1%",
];

fn pick<'a>(of: &[&'a str], chance: &mut Chance) -> &'a str {
    of[chance.between(0, of.len() as i128 - 1) as usize]
}

#[test]
fn whoever_is_asked() {
    let models = repository("models");
    let alone = House::open();
    let mut houses = vec![alone];
    if let Some(cluster) = Cluster::shared() {
        let database = cluster.database();
        houses.extend((0..2).map(|_| House::on(&database, &models, true, settings())));
    }
    let mut ends = std::collections::BTreeSet::new();
    for seed in 1..=u64::from(cases(25)) {
        let mut chance = Chance(seed * 7_919);
        let world = World::draw(2 + seed as usize % 6, 1, &mut chance);
        let rules: Vec<Drawn> =
            (0..seed % 5).map(|_| KINDS[chance.between(0, 11) as usize].1(&world, &mut chance)).collect();
        let stages: String = (0..1 + seed % 2).map(|_| pick(&STAGES, &mut chance)).collect();
        let model = world.model(&rules.iter().collect::<Vec<_>>(), &stages);
        let changes: Vec<&str> = (0..seed % 4).map(|_| pick(&CHANGES, &mut chance)).collect();
        let folder = Folder::empty();
        folder.write("areas.csv", world.areas_csv());
        folder.write("cells.csv", world.cells_csv());
        folder.write("model.toml", &model);
        let printed = folder.allocate(&changes.iter().flat_map(|change| ["--set", change]).collect::<Vec<_>>());
        let body = json!({
            "model": { "text": model },
            "data": { "files": { "areas.csv": world.areas_csv(), "cells.csv": world.cells_csv() } },
            "changes": changes,
        });
        for house in &houses {
            let answer = house.post("/api/v1/what-if", &body);
            ends.insert((printed.code, answer.status));
            match printed.code {
                0 => {
                    assert_eq!(String::from_utf8_lossy(&answer.is(200).body), printed.out, "{model}\n{changes:?}");
                    // What one server keeps, all servers of the database have.
                    let run = house.post("/api/v1/runs", &body).json();
                    let path = format!("{}/allocation", run["links"]["self"].as_str().unwrap());
                    let kept = house.get(&path).is(200).body;
                    assert_eq!(String::from_utf8_lossy(&kept), printed.out);
                }
                // Infeasible: an answer with conflict and repairs.
                _ if answer.status == 200 => {
                    assert_eq!(
                        String::from_utf8_lossy(&answer.body),
                        printed.err.replace(&folder.file(""), ""),
                        "{model}\n{changes:?}"
                    );
                }
                _ => {
                    let (problem, said): (Value, Value) = (answer.json(), printed.error());
                    let causes = |findings: &Value| -> Vec<Value> {
                        findings.as_array().unwrap().iter().map(|one| json!([one["code"], one["cause"]])).collect()
                    };
                    assert_eq!(causes(&problem["findings"]), causes(&said["findings"]), "{model}\n{changes:?}");
                }
            }
        }
    }
    assert!(ends.contains(&(0, 200)) && ends.len() >= 3, "{ends:?}");
    let [_, one, two] = houses.as_slice() else { return };
    let list = one.get("/api/v1/runs?limit=500").is(200).body;
    assert_eq!(list, two.get("/api/v1/runs?limit=500").is(200).body);
}
