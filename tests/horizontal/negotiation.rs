//! Negotiation: payments by hand, counter-offers that hold when each side checks alone, secrecy, rounds, hostile input.

use crate::common::{Done, Folder, cases, ecocomp, repository};
use proptest::prelude::*;
use serde_json::Value;

const CASE: &str = r#"name = "测试谈判"
years = 2
[[party]]
id = "up"
[[party]]
id = "down"
[[issue]]
id = "base"
kind = "money"
unit = "万元"
range = [0, 1000]
step = 1
[[issue]]
id = "rate"
kind = "rate"
unit = "元/吨"
range = [0, 50]
[[issue]]
id = "share"
kind = "share"
range = [0, 1]
[[issue]]
id = "goal"
kind = "threshold"
choices = [0.9, 1]
[[clause]]
id = "met"
from = "down"
to = "up"
pays = "base"
when = [{ variable = "P", at_most = "goal" }]
[[clause]]
id = "tons"
from = "down"
to = "up"
pays = "rate"
quantity = { variable = "tons", above = 100 }
[[clause]]
id = "start"
from = "down"
to = "up"
pays = "share"
share_of = "100 万元"
every = "once"
[[scenario]]
id = "good"
probability = "2/3"
outcome = { P = 0.85, tons = [300, 400] }
[[scenario]]
id = "bad"
probability = "1/3"
outcome = { P = 0.95, tons = 50 }
"#;

const UP: &str = "party = \"up\"\nreservation = \"100 万元\"\ndiscount = \"25%\"\n\
    [[worth]]\namount = \"-200 万元\"\n[[worth]]\namount = \"1 元\"\ntimes = \"tons\"\n";
const DOWN: &str = "party = \"down\"\nrisk = { alpha = 0.5, weight = 0.5 }\n\
    [[worth]]\namount = \"900 万元\"\nwhen = [{ variable = \"P\", at_most = 0.9 }]\n\
    [[worth]]\namount = \"100 万元\"\nwhen = [{ variable = \"P\", above = 0.9 }]\n";

const FIRST: &str = "base=600,rate=20,share=0.5,goal=0.9";
const SECOND: &str = "base=300,rate=10,share=0.25,goal=0.9";

struct Table(Folder);

impl Table {
    fn new(case: &str, up: &str, down: &str) -> Self {
        let folder = Folder::empty();
        folder.write("case.toml", case);
        folder.write("up.toml", up);
        folder.write("down.toml", down);
        Self(folder)
    }

    fn sound() -> Self {
        let table = Self::new(CASE, UP, DOWN);
        assert_eq!(table.offer("up", "2026-01-01T00:00:00Z", FIRST).code, 0);
        assert_eq!(table.offer("down", "2026-01-02T00:00:00Z", SECOND).code, 0);
        table
    }

    fn offer(&self, by: &str, at: &str, values: &str) -> Done {
        let (case, rounds) = (self.0.file("case.toml"), self.0.file("rounds.jsonl"));
        ecocomp(&["negotiate", "offer", &case, "--rounds", &rounds, "--by", by, "--at", at, "--set", values, "--json"])
    }

    fn run(&self, action: &str, more: &[&str]) -> Done {
        let (case, rounds) = (self.0.file("case.toml"), self.0.file("rounds.jsonl"));
        let mut arguments = vec!["negotiate", action, &case, "--rounds", &rounds, "--json"];
        arguments.extend(more);
        ecocomp(&arguments)
    }

    fn party(&self, action: &str, party: &str) -> Value {
        let file = self.0.file(&format!("{party}.toml"));
        let done = self.run(action, &["--party", party, "--private", &file, "--format", "json"]);
        assert_eq!(done.code, 0, "{}", done.err);
        done.json()
    }

    fn mediator(&self, more: &[&str]) -> Value {
        let (up, down) = (self.0.file("up.toml"), self.0.file("down.toml"));
        let mut arguments = vec!["--mediator", "--private", &up, "--private", &down, "--format", "json"];
        arguments.extend(more);
        let done = self.run("show", &arguments);
        assert_eq!(done.code, 0, "{}", done.err);
        done.json()
    }

    /// What a party itself says of an offer.
    fn own_value(&self, party: &str, terms: &Value) -> i64 {
        let values: Vec<String> = terms
            .as_object()
            .unwrap()
            .iter()
            .map(|(issue, value)| format!("{issue}={}", value.as_str().unwrap()))
            .collect();
        let file = self.0.file(&format!("{party}.toml"));
        let done =
            self.run("show", &["--party", party, "--private", &file, "--format", "json", "--try", &values.join(",")]);
        let offers = done.json()["offers"].as_array().cloned().unwrap_or_else(|| panic!("{}", done.err));
        offers.last().unwrap()["surplus"][0]["value_fen"].as_i64().unwrap()
    }
}

/// By hand, 万元. First offer, good: year 1 600 + 20·200/10⁴ + 50, year 2 600 + 20·300/10⁴; bad: 50, 0 (P = 0.95 > 0.9).
#[test]
fn payments_and_surplus_are_those_of_the_hand() {
    let table = Table::sound();
    let json = table.party("show", "up");
    let offer = &json["offers"][0];
    let up = &offer["cash"][0];
    assert_eq!(up["years"][0]["most_fen"], 650_400_000_i64);
    assert_eq!(up["years"][1]["most_fen"], 600_600_000_i64);
    assert_eq!(up["least_fen"], 50_000_000_i64);
    assert_eq!(up["expected_fen"], (2 * 1_251_000_000_i64 + 50_000_000) / 3 + 1);
    let down = &offer["cash"][1];
    assert_eq!(down["probability_of_paying"], 1.0);
    assert_eq!(down["expected_fen"].as_i64().unwrap(), -up["expected_fen"].as_i64().unwrap());
    // Surplus of the upper party, discount 1, 0.8; cost 200 a year; 1 元 a ton: 300, 400 (good), 50, 50 (bad); reservation 100.
    let good = (650.4 - 200.0 + 0.03) + 0.8 * (600.6 - 200.0 + 0.04) - 100.0;
    let bad = (50.0 - 200.0 + 0.005) + 0.8 * (-200.0 + 0.005) - 100.0;
    let surplus = &offer["surplus"][0];
    assert_eq!(surplus["worst_fen"].as_i64().unwrap(), (bad * 1e6_f64).round() as i64);
    let mean = (2.0 * good + bad) / 3.0;
    assert_eq!(surplus["expected_fen"].as_i64().unwrap(), (mean * 1e6).round() as i64);
    assert!((surplus["probability_of_loss"].as_f64().unwrap() - 1.0 / 3.0).abs() < 1e-12);
    // The lower party: no discount; CVaR at 1/2 is the mean of the worse half: bad (1/3) and a sixth of good.
    let json = table.party("show", "down");
    let (good, bad) = (1_800.0 - 1_251.0, 200.0 - 50.0);
    let tail = (bad / 3.0 + good / 6.0) * 2.0;
    let surplus = &json["offers"][0]["surplus"][0];
    assert_eq!(surplus["cvar_fen"].as_i64().unwrap(), (tail * 1e6_f64).round() as i64);
    let value = 0.5 * (2.0 * good + bad) / 3.0 + 0.5 * tail;
    assert_eq!(surplus["value_fen"].as_i64().unwrap(), (value * 1e6_f64).round() as i64);
}

#[test]
fn the_mediators_counters_are_better_for_each_alone() {
    let table = Table::sound();
    let json = table.mediator(&[]);
    assert_eq!(json["view"], "mediator");
    let better = &json["better"];
    let last = &json["offers"][1]["terms"];
    let counters = better["counters"].as_array().unwrap();
    assert!(better["exists"].as_bool().unwrap() && !counters.is_empty());
    let mut before = 0.0;
    for counter in counters {
        for party in ["up", "down"] {
            assert!(table.own_value(party, &counter["terms"]) >= table.own_value(party, last), "{party}: {counter}");
        }
        let distance = counter["distance"].as_f64().unwrap();
        assert!(distance >= before && distance > 0.0);
        before = distance;
    }
    // Fair points: both accept the offers proposed, and equal gains are equal up to what a step is worth.
    for fair in json["fair"].as_array().unwrap() {
        for surplus in fair["surplus"].as_array().unwrap() {
            assert!(surplus["acceptable"].as_bool().unwrap(), "{fair}");
        }
    }
    let equal = json["fair"].as_array().unwrap().iter().find(|fair| fair["kind"] == "egalitarian").unwrap();
    let (a, b) = (equal["values_fen"][0].as_i64().unwrap(), equal["values_fen"][1].as_i64().unwrap());
    assert!((a - b).abs() <= 2, "{a} {b}");
    assert!((table.own_value("up", &equal["terms"]) - a).abs() < 3_000_000);
}

#[test]
fn a_partys_counters_improve_it_and_ask_little_first() {
    let table = Table::sound();
    let json = table.party("counter", "up");
    let theirs = table.own_value("up", &json["offers"][1]["terms"]);
    let counters = json["counters"].as_array().unwrap();
    assert!(!counters.is_empty());
    let mut before = 0.0;
    for counter in counters {
        let own = table.own_value("up", &counter["terms"]);
        assert!(own > theirs && own >= 0, "{counter}");
        assert_eq!(own, counter["surplus"]["value_fen"].as_i64().unwrap());
        assert!(counter["distance"].as_f64().unwrap() >= before);
        before = counter["distance"].as_f64().unwrap();
    }
}

#[test]
fn no_zone_is_an_answer() {
    let table = Table::new(CASE, &UP.replace("100 万元", "3000 万元"), DOWN);
    assert_eq!(table.offer("up", "2026-01-01T00:00:00Z", FIRST).code, 0);
    let json = table.mediator(&[]);
    let zone = &json["zone"];
    assert_eq!(zone["exists"], false);
    assert!(zone["common_level_fen"].as_i64().unwrap() < 0);
    let least = zone["must_move_least"].as_str().unwrap();
    let index = json["players"].as_array().unwrap().iter().position(|player| player == least).unwrap();
    let fall = zone["alone"][index].as_i64().unwrap();
    assert!(zone["alone"].as_array().unwrap().iter().all(|other| other.as_i64().is_none_or(|other| other >= fall)));
    // Lowered by just that (and a 分 for rounding), there is a zone; by 1 000 元 less there is none.
    let with = |reservation: i64| {
        let up = UP.replace("100 万元", &format!("{}.{:02} 元", reservation / 100, reservation % 100));
        let table = Table::new(CASE, &up, DOWN);
        assert_eq!(table.offer("up", "2026-01-01T00:00:00Z", FIRST).code, 0);
        table.mediator(&[])["zone"]["exists"].as_bool().unwrap()
    };
    let up = json["players"].as_array().unwrap().iter().position(|player| player == "up").unwrap();
    let fall = zone["alone"][up].as_i64().unwrap();
    assert!(with(3_000_000_000 - fall) && !with(3_000_000_000 - fall + 100_000));
    let text = table
        .run("show", &["--mediator", "--private", &table.0.file("up.toml"), "--private", &table.0.file("down.toml")]);
    assert!(text.out.contains("没有可成交区"), "{}", text.out);
}

/// What one side sees, in every form, is the same whatever the other's private file holds.
#[test]
fn a_view_does_not_depend_on_the_others_file() {
    let table = Table::sound();
    let file = table.0.file("up.toml");
    let all = || -> Vec<String> {
        let mut outputs = Vec::new();
        for action in ["show", "counter"] {
            for format in ["table", "json", "csv", "svg"] {
                outputs.push(table.run(action, &["--party", "up", "--private", &file, "--format", format]).out);
                outputs.push(table.run(action, &["--format", format]).out);
            }
        }
        outputs
    };
    let before = all();
    table.0.write("down.toml", DOWN.replace("900", "901").replace("0.5", "0.75"));
    assert_eq!(before, all());
    // Nor does any public form depend on the own one, nor print a figure of it.
    let public = |table: &Table| table.run("show", &["--format", "json"]).out;
    let own = public(&table);
    table.0.write("up.toml", UP.replace("100", "12345"));
    assert_eq!(own, public(&table));
    // A side cannot open the other's file as its own, nor two files.
    let down = table.0.file("down.toml");
    assert_eq!(table.run("show", &["--party", "up", "--private", &down]).codes(), ["negotiate.not_own_file"]);
    assert_eq!(
        table.run("show", &["--party", "up", "--private", &file, "--private", &down]).codes(),
        ["negotiate.one_private"]
    );
    assert_eq!(table.run("show", &["--party", "up"]).codes(), ["negotiate.party_needs_file"]);
    assert_eq!(table.run("show", &["--mediator", "--private", &down]).codes(), ["negotiate.mediator_files"]);
}

#[test]
fn rounds_are_a_chain() {
    let table = Table::sound();
    let path = table.0.file("rounds.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(table.run("check", &[]).code, 0);
    let faults = |text: String| {
        std::fs::write(&path, text).unwrap();
        table.run("check", &[]).codes()
    };
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(faults(text.replace("\"600\"", "\"601\"")), ["negotiate.chain"]);
    assert_eq!(faults(format!("{}\n{}\n", lines[0], lines[0])), ["negotiate.round_number"]);
    assert_eq!(faults(format!("{}\n", lines[1])), ["negotiate.round_number"]);
    assert_eq!(faults("{\"number\": 1".to_owned()), ["negotiate.round_form"]);
    assert_eq!(faults(text.replace("\"note\"", "\"nota\"")), ["negotiate.round_form"]);
    std::fs::write(&path, &text).unwrap();
    assert_eq!(table.offer("up", "2025-12-31T00:00:00Z", FIRST).codes(), ["negotiate.time"]);
    assert_eq!(table.offer("up", "2026-02-30T00:00:00Z", FIRST).codes(), ["negotiate.time"]);
    assert_eq!(table.offer("upp", "2026-02-01T00:00:00Z", FIRST).codes(), ["policy.unknown_word"]);
    assert_eq!(table.offer("up", "2026-02-01T00:00:00Z", "base=1001").codes(), ["negotiate.out_of_range"]);
    assert_eq!(table.offer("up", "2026-02-01T00:00:00Z", "base=NaN").codes(), ["negotiate.set_form"]);
    assert_eq!(table.offer("up", "2026-02-01T00:00:00Z", "bse=1").codes(), ["policy.unknown_word"]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    assert_eq!(table.offer("up", "2026-02-01T00:00:00Z", "base=500").code, 0);
    assert!(std::fs::read_to_string(&path).unwrap().starts_with(&text));
    // The case changed under the rounds.
    table.0.write("case.toml", CASE.replace("1000", "1100"));
    assert_eq!(table.run("check", &[]).codes(), ["negotiate.other_case"]);
}

#[test]
fn wrong_cases_are_findings_with_their_line() {
    let folder = Folder::empty();
    let run = |from: &str, to: &str| {
        let text = CASE.replacen(from, to, 1);
        assert_ne!(text, CASE, "{from}");
        folder.write("case.toml", &text);
        let done = ecocomp(&["negotiate", "check", &folder.file("case.toml"), "--json"]);
        assert_eq!(done.code, 1, "{from} → {to}: {}", done.out);
        assert!(done.error()["findings"][0]["place"]["row"].as_u64().is_some(), "{}", done.err);
        done.codes().join(" ")
    };
    for (from, to, code) in [
        ("\"2/3\"", "0.6", "negotiate.probabilities"),
        ("\"1/3\"", "\"-1/3\"", "negotiate.probability"),
        ("from = \"down\"", "from = \"dwn\"", "policy.unknown_word"),
        ("to = \"up\"", "to = \"down\"", "negotiate.pays_itself"),
        ("choices = [0.9, 1]", "choices = [-0.9, 1]", "negotiate.range"),
        ("choices = [0.9, 1]", "choices = [nan, 1]", "document.not_a_number"),
        ("range = [0, 1000]", "range = [1000, 0]", "negotiate.range"),
        ("range = [0, 1000]", "range = [-5, 1000]", "negotiate.negative_pay"),
        ("unit = \"万元\"", "unit = \"万\"", "units.unit_unknown"),
        ("[300, 400]", "[300]", "negotiate.path_short"),
        ("P = 0.85, ", "", "policy.unknown_word"),
        ("years = 2", "years = 99", "negotiate.years_range"),
        ("years = 2", "yeers = 2", "policy.unknown_key"),
        ("variable = \"tons\"", "variable = \"ton\"", "policy.unknown_word"),
        ("pays = \"base\"", "pays = \"goal\"", "negotiate.share_of"),
        ("id = \"down\"", "id = \"up\"", "bargain.id_twice"),
        ("name = \"测试谈判\"", "name = \"测试谈判\"\nreservation = \"1 万元\"", "policy.unknown_key"),
    ] {
        let found = run(from, to);
        assert!(found.split(' ').any(|found| found == code), "{from} → {to}: {found}");
    }
    folder.write("case.toml", "x".repeat(17 << 20));
    assert_eq!(ecocomp(&["negotiate", "check", &folder.file("case.toml"), "--json"]).codes(), ["cli.too_large"]);
    let table = Table::new(CASE, &UP.replace("25%", "nan"), &DOWN.replace("0.5, weight", "1, weight"));
    for (file, code) in [("up.toml", "document.not_a_number"), ("down.toml", "negotiate.private_range")] {
        let done =
            ecocomp(&["negotiate", "check", &table.0.file("case.toml"), "--private", &table.0.file(file), "--json"]);
        assert_eq!(done.codes(), [code]);
    }
}

#[test]
fn the_shipped_example_runs_in_every_view_and_form() {
    let file = |name: &str| repository(&format!("models/horizontal/xinan-negotiation/{name}"));
    let (case, rounds) = (file("case.toml"), file("rounds.jsonl"));
    let (up, down) = (file("anhui.private.toml"), file("zhejiang.private.toml"));
    let views: [&[&str]; 3] =
        [&[], &["--party", "zhejiang", "--private", &down], &["--mediator", "--private", &up, "--private", &down]];
    for view in views {
        for format in ["table", "json", "csv", "svg"] {
            for lang in ["zh", "en"] {
                let mut arguments =
                    vec!["negotiate", "counter", &case, "--rounds", &rounds, "--format", format, "--lang", lang];
                arguments.extend(view);
                let done = ecocomp(&arguments);
                assert_eq!(done.code, 0, "{}", done.err);
                assert!(!done.out.contains("negotiate.") && !done.out.contains("bargain."), "{}", done.out);
            }
        }
    }
}

#[test]
fn drawn_outcomes_are_the_same_for_the_same_seed() {
    let draws = "[draws]\ncount = 100\nseed = 7\n[[draws.variable]]\nid = \"P\"\ndistribution = \"normal\"\nmean = 0.9\nsd = 0.05\n\
        [[draws.variable]]\nid = \"tons\"\ndistribution = \"uniform\"\nlow = 0\nhigh = 400\n";
    let head = CASE.split("[[scenario]]").next().unwrap();
    let run = |seed: &str| {
        let table = Table::new(&format!("{head}{}", draws.replace("seed = 7", seed)), UP, DOWN);
        assert_eq!(table.offer("up", "2026-01-01T00:00:00Z", FIRST).code, 0);
        let json = table.mediator(&[]);
        assert_eq!(json["zone"]["exists"], true);
        json["offers"].to_string()
    };
    assert_eq!(run("seed = 7"), run("seed = 7"));
    assert_ne!(run("seed = 7"), run("seed = 8"));
    for wrong in ["sd = -1", "sd = nan", "sd = 1\nsdd = 2", "sd = 1\nmu = 2"] {
        let table = Table::new(&format!("{head}{}", draws.replace("sd = 0.05", wrong)), UP, DOWN);
        let done = ecocomp(&["negotiate", "check", &table.0.file("case.toml"), "--json"]);
        assert_eq!(done.code, 1, "{wrong}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(6), failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the private files, what the mediator proposes is at least as good for each side by its own reckoning.
    #[test]
    fn counters_dominate_whatever_the_private_files(
        cost in 50_u32..400, good in 300_u32..1500, bad in 0_u32..300, weight in 0_u32..=10, base in 0_u32..=1000, rate in 0_u32..=50,
    ) {
        let up = UP.replace("-200", &format!("-{cost}"));
        let down = DOWN.replace("900 万元", &format!("{good} 万元")).replace("100 万元", &format!("{bad} 万元"))
            .replace("weight = 0.5", &format!("weight = {}", f64::from(weight) / 10.0));
        let table = Table::new(CASE, &up, &down);
        let offer = format!("base={base},rate={rate},share=0.3,goal=1");
        prop_assert_eq!(table.offer("up", "2026-01-01T00:00:00Z", &offer).code, 0);
        let json = table.mediator(&[]);
        let last = &json["offers"][0]["terms"];
        for counter in json["better"]["counters"].as_array().unwrap() {
            for party in ["up", "down"] {
                prop_assert!(table.own_value(party, &counter["terms"]) >= table.own_value(party, last), "{party}: {counter}");
            }
        }
    }
}
