//! Scenario files: found by name, stacked, and refused with their line where something is wrong with them.

use crate::common;
use crate::common::{Done, Folder, ecocomp, repository};
use ecocomp::document::tree::{Node, Value};
use ecocomp::finding::Place;
use ecocomp::scenario::{Change, Operation, inline};
use ecocomp::units::Decimal;
use proptest::prelude::*;

fn folder(files: &[(&str, &str)]) -> Folder {
    let folder = Folder::sound();
    std::fs::create_dir(folder.path().join("scenarios")).unwrap();
    for (name, text) in files {
        folder.write(&format!("scenarios/{name}"), text);
    }
    folder
}

fn check(folder: &Folder, more: &[&str]) -> Done {
    let model = folder.file("model.toml");
    ecocomp(&[&["check", model.as_str(), "--json"], more].concat())
}

fn total(done: &Done) -> i64 {
    done.json()["total"]["amount_fen"].as_i64().unwrap_or_else(|| panic!("{}", done.err))
}

#[track_caller]
fn refused(text: &str, name: &str, code: &str, row: u64, named: &str) {
    let folder = folder(&[(name, text)]);
    let done = check(&folder, &["-s", "x"]);
    assert_eq!(done.code, 1, "{text}: {}{}", done.out, done.err);
    let error = done.error();
    let found = error["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == code);
    let found = found.unwrap_or_else(|| panic!("{code} is not among {}", done.err));
    assert!(found["place"]["file"].as_str().unwrap().ends_with(name), "{}", done.err);
    assert_eq!(found["place"]["row"], row, "{text}: {}", done.err);
    assert!(done.err.contains(named), "{named} is not named: {}", done.err);
}

const UP: &str = "name = 'up'\n[[change]]\npath = 'fund.district.amount'\nop = 'scale'\nvalue = 1.1\n";

#[test]
fn toml_and_json_say_the_same() {
    let json = "{ \"name\": { \"zh\": \"升\", \"en\": \"up\" },\n \"change\": [\n { \"path\": \"fund.district.amount\", \"op\": \"scale\", \"value\": \"+10%\" } ] }";
    let folder = folder(&[("a.toml", UP), ("b.json", json)]);
    for word in ["a", "b"] {
        assert_eq!(total(&folder.allocate(&["-s", word])), 55_000_000, "{word}");
    }
    let path = folder.file("scenarios/a.toml");
    assert_eq!(total(&folder.allocate(&["-s", &path])), 55_000_000, "by path");
    assert_eq!(total(&folder.allocate(&["-s", "fund.district.amount=+10%"])), 55_000_000, "written out");
}

#[test]
fn scenarios_stack_once_and_changes_come_last() {
    let more = "stack = ['a']\n[[change]]\npath = 'fund.district.amount'\nop = 'add'\nvalue = '1 万元'\n";
    let folder = folder(&[("a.toml", UP), ("b.toml", more), ("c.toml", "stack = ['a', 'b']\n")]);
    assert_eq!(total(&folder.allocate(&["-s", "b"])), 56_000_000);
    assert_eq!(total(&folder.allocate(&["-s", "c"])), 56_000_000, "a counts once");
    assert_eq!(total(&folder.allocate(&["-s", "a+b"])), 56_000_000);
    assert_eq!(total(&folder.allocate(&["-s", "b", "--set", "fund.district.amount=40 万元"])), 40_000_000);
    let turned = "[[change]]\npath = 'fund.district.amount'\nop = 'add'\nvalue = '10 万元'\n";
    folder.write("scenarios/d.toml", turned);
    assert_eq!(total(&folder.allocate(&["-s", "d", "-s", "a"])), 66_000_000, "(50 + 10) × 1.1");
    assert_eq!(total(&folder.allocate(&["-s", "a", "-s", "d"])), 65_000_000, "50 × 1.1 + 10");
}

#[test]
fn selections_take_lists_conditions_and_units() {
    let text = "[[change]]\nfigure = 'gep'\nof = { ecosystem = ['forest', 'wetland'], area = '甲镇', where = { outcome = [75, 100] } }\nop = 'set'\nvalue = '50 万元'\n\
[[change]]\nfigure = 'population'\nof = { area = '02' }\nop = 'add'\nvalue = '0.1 万人'\n";
    let folder = folder(&[("x.toml", text)]);
    let done = folder.allocate(&["-s", "x"]);
    let changes = done.json()["changes"].as_array().unwrap().clone();
    let found: Vec<[&str; 3]> =
        changes.iter().map(|one| ["path", "before", "after"].map(|key| one[key].as_str().unwrap())).collect();
    // 甲镇's wetland scores 70 and is left alone.
    assert_eq!(found, [["data.gep[01/forest]", "400000", "500000"], ["data.population[02]", "3000", "4000"]]);
    let inline = "data.gep[ecosystem=forest|wetland,area=甲镇,outcome>=75]=50 万元";
    let done = folder.allocate(&["--set", inline]);
    assert_eq!(done.json()["changes"][0]["path"], "data.gep[01/forest]", "{}", done.err);
    // Money that is scaled stays whole 分, other figures do not lose their decimals.
    let done = folder.allocate(&["--set", "data.quality[area=01,ecosystem=wetland]*=1.01"]);
    assert_eq!(done.json()["changes"][0]["after"], "0.909");
}

#[test]
fn conditions_are_judged_before_any_change() {
    let one = ["--set", "data.gep[outcome>=80]*=2", "--set", "data.outcome*=0.5"];
    let other = ["--set", "data.outcome*=0.5", "--set", "data.gep[outcome>=80]*=2"];
    let folder = Folder::sound();
    let (one, other) = (folder.allocate(&one).json(), folder.allocate(&other).json());
    assert_eq!(one["hash"], other["hash"]);
    assert_eq!(one["cells"], other["cells"]);
}

#[test]
fn what_is_wrong_is_located() {
    let change = |lines: &str| format!("name = 'x'\n[[change]]\n{lines}\n");
    let set = "op = 'set'\nvalue = 1";
    let cases = [
        ("nmae = 'x'\n".to_owned() + UP, "policy.unknown_key", 1, "name"),
        (change("pth = 'a.b'\nop = 'set'\nvalue = 1"), "policy.unknown_key", 3, "path"),
        (change("path = 'a.b'\nop = 'sett'\nvalue = 1"), "policy.unknown_word", 4, "set"),
        (change("path = 'a.b'\nvalue = 1"), "policy.key_missing", 2, "op"),
        (change("path = 'a.b'\nop = 'set'"), "policy.key_missing", 2, "value"),
        (change(&format!("path = 'a.b'\nfigure = 'gep'\n{set}")), "scenario.path_or_figure", 2, "figure"),
        (change(set), "scenario.path_or_figure", 2, "figure"),
        (
            change("path = 'fund.distrct.amount'\nop = 'set'\nvalue = '1 元'"),
            "scenario.unknown_path",
            2,
            "fund.district",
        ),
        (change("path = 'fund.district.amount'\nop = 'scale'\nvalue = 'much'"), "scenario.factor", 5, "much"),
        (change("path = 'fund.district.amount'\nop = 'set'\nvalue = '1 円'"), "units.unit_unknown", 2, "万元"),
        (change("path = 'fund.district.amout'\nop = 'set'\nvalue = '1 元'"), "policy.unknown_key", 2, "amount"),
        (change("path = 'model.name'\nop = 'scale'\nvalue = 2"), "scenario.not_numeric", 2, "测试"),
        (
            change("path = 'data.gep[ecosystem~forest]'\nop = 'scale'\nvalue = 2"),
            "scenario.selection_form",
            2,
            "ecosystem",
        ),
        (change("figure = 'gpe'\nop = 'scale'\nvalue = 2"), "policy.unknown_in_data", 2, "gep"),
        (
            change("figure = 'gep'\nof = { ecosystem = 'forst' }\nop = 'scale'\nvalue = 2"),
            "policy.unknown_in_data",
            2,
            "forest",
        ),
        (change("figure = 'gep'\nof = { area = '甲' }\nop = 'scale'\nvalue = 2"), "policy.unknown_in_data", 2, "甲镇"),
        (
            change("figure = 'gep'\nof = { where = { outcom = [0, 1] } }\nop = 'scale'\nvalue = 2"),
            "policy.unknown_in_data",
            2,
            "outcome",
        ),
        (
            change("figure = 'gep'\nof = { where = { outcome = [0, 1] } }\nop = 'scale'\nvalue = 2"),
            "scenario.empty_selection",
            2,
            "gep",
        ),
        (
            change("figure = 'gep'\nof = { where = { outcome = [9, 1] } }\nop = 'scale'\nvalue = 2"),
            "policy.between_order",
            4,
            "9",
        ),
        (change("figure = 'gep'\nop = 'scale'\nvalue = -1"), "dataset.negative", 2, "甲镇(01)的林地"),
        (change("figure = 'gep'\nop = 'set'\nvalue = '0.001 元'"), "units.too_fine", 2, "0.001"),
        (change("figure = 'gep'\nop = 'set'\nvalue = '1 亩'"), "units.unit_unknown", 2, "万元"),
        (change("figure = 'gep'\nop = 'set'\nvalue = 'NaN'"), "units.not_a_number", 2, "data.gep"),
        (change("figure = 'gep'\nop = 'set'\nvalue = [1]"), "scenario.not_numeric", 2, "data.gep"),
        ("name = 'x'\nstack = ['../model']\n".to_owned(), "scenario.stack_form", 2, "../model"),
        ("name = 'x'\nstack = ['y']\n".to_owned(), "scenario.unknown_scenario", 2, "x"),
        ("name = 'x'\nstack = ['x']\n".to_owned(), "scenario.cycle", 2, "x.toml"),
        ("name = 'x'\n".to_owned(), "policy.none", 1, "change"),
        ("name = 'x\n".to_owned(), "policy.not_toml", 1, "x.toml"),
    ];
    for (text, code, row, named) in cases {
        refused(&text, "x.toml", code, row, named);
    }
    let json = [
        (
            "{ \"name\": \"x\",\n \"change\": [ { \"path\": \"a\" \"op\": 1 } ] }",
            "scenario.not_json",
            2,
            "这里应为 , / }",
        ),
        ("{ \"name\": \"x\",\n \"name\": \"y\" }", "document.key_twice", 2, "name"),
        ("{\n \"name\": null }", "scenario.null", 2, "null"),
        ("{\n\n \"nme\": \"x\", \"stack\": [] }", "policy.unknown_key", 3, "name"),
        (
            "{ \"change\": [\n { \"figure\": \"gpe\",\n \"op\": \"scale\", \"value\": 2 } ] }",
            "policy.unknown_in_data",
            2,
            "gep",
        ),
    ];
    for (text, code, row, named) in json {
        refused(text, "x.json", code, row, named);
    }
}

#[test]
fn hostile_files_are_refused_without_a_crash() {
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("x.json", format!("{{\"change\": {}}}", deep("[", "]")).into_bytes()),
        ("x.json", deep("{\"a\":", "}").into_bytes()),
        ("x.json", b"{\"change\": [\"\\ud800\"]}".to_vec()),
        ("x.json", b"[1, 2]".to_vec()),
        ("x.json", b"\"text\"".to_vec()),
        ("x.json", Vec::new()),
        ("x.toml", format!("change = {}", deep("[", "]")).into_bytes()),
        ("x.toml", b"\xff\xfe\x00".to_vec()),
        ("x.toml", b"[[change]]\npath = 'data.'\nop = 'set'\nvalue = 1\n".to_vec()),
        ("x.toml", b"[[change]]\npath = '['\nop = 'set'\nvalue = 1\n".to_vec()),
        ("x.toml", b"[[change]]\npath = 'fund[99999999999999999999].amount'\nop = 'set'\nvalue = 1\n".to_vec()),
        ("x.toml", b"[[change]]\nfigure = 'gep'\nop = 'scale'\nvalue = 1e400\n".to_vec()),
        ("x.toml", b"[[change]]\nfigure = 'gep'\nop = 'scale'\nvalue = 1e17\n".to_vec()),
        ("x.toml", b"[[change]]\nfigure = 'gep'\nop = 'scale'\nvalue = inf\n".to_vec()),
        ("x.toml", b"change = 5\n".to_vec()),
        ("x.toml", b"change = [5]\n".to_vec()),
    ];
    for (name, bytes) in cases {
        let folder = folder(&[]);
        folder.write(&format!("scenarios/{name}"), &bytes);
        let done = check(&folder, &["-s", "x"]);
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(80)]).into_owned();
        assert_eq!(done.code, 1, "{shown}: {}{}", done.out, done.err);
        assert!(!done.err.contains("panicked") && !done.codes().is_empty(), "{shown}: {}", done.err);
    }
}

#[test]
fn unknown_names_are_answered_with_the_nearest() {
    let folder = folder(&[("budget-up.toml", UP)]);
    let done = check(&folder, &["-s", "budget-upp"]);
    assert_eq!(done.code, 1);
    assert_eq!(done.codes(), ["scenario.unknown_scenario"]);
    assert!(done.err.contains("budget-up"), "{}", done.err);
    assert_eq!(check(&folder, &["-s", "no/such/file.toml"]).code, 1);
    assert_eq!(check(&Folder::sound(), &["-s", "x"]).code, 1, "without a folder of scenarios");
    assert_eq!(check(&folder, &["-s", "a: fund.district.amount"]).code, 1);
}

#[test]
fn differences_are_shown_before_solving() {
    let model = repository("models/chongming-vertical.toml");
    let done = ecocomp(&["check", &model, "-s", "wetland-value", "-s", "budget-up"]);
    assert_eq!(done.code, 0, "{}", done.err);
    // Ten figures are one line with count and totals, not ten lines.
    assert!(done.out.contains("10 项") && done.out.contains("5,263,908,200 → 6,053,494,430 元"), "{}", done.out);
    assert!(done.out.contains("120,000,000.00 元 → 126,000,000.00 元"), "{}", done.out);
    assert_eq!(done.out.lines().filter(|line| line.contains("data.gep")).count(), 2, "{}", done.out);
    // An infeasible run shows them too, on standard error; so does a run whose result does not carry them at its head.
    let done = ecocomp(&["allocate", &model, "-s", "budget-slump"]);
    assert_eq!(done.code, 3);
    assert!(done.err.contains("100,800,000.00 元") && done.out.is_empty(), "{}", done.err);
    let done = ecocomp(&["explain", &model, "-s", "budget-up", "--area", "310151101"]);
    assert!(done.code == 0 && done.err.contains("126,000,000.00 元"), "{}", done.err);
    let folder = Folder::empty();
    let done = ecocomp(&["export", &model, "-s", "budget-up", "--first", "--mps", &folder.file("x.mps")]);
    assert!(done.code == 0 && done.err.contains("126,000,000.00 元"), "{}", done.err);
}

#[test]
fn every_shipped_scenario_is_marked_and_described() {
    let model = repository("models/chongming-vertical.toml");
    let table = std::fs::read_to_string(repository("models/scenarios/README.md")).unwrap();
    let mut count = 0;
    for entry in std::fs::read_dir(repository("models/scenarios")).unwrap() {
        let path = entry.unwrap().path();
        let Some(name) = path.to_str().unwrap().strip_suffix(".toml") else { continue };
        let name = name.rsplit('/').next().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("illustrative = true") && text.contains("note = { zh"), "{name}");
        assert!(table.contains(&format!("[{name}]({name}.toml)")), "{name} is not in the README");
        let done = ecocomp(&["allocate", &model, "-s", name]);
        assert_eq!(done.code, if name == "budget-slump" { 3 } else { 0 }, "{name}: {}", done.err);
        count += 1;
    }
    assert!(count >= 6);
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,6}", "[镇乡a|,\\[\\]\"=;\\\\ .]{1,5}镇"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(common::cases(256)))]

    /// The inline form of a change in a file is read back as the same change.
    #[test]
    fn inline_forms_read_back(
        ecosystems in prop::collection::vec(word(), 0..3),
        areas in prop::collection::vec(word(), 0..3),
        least in -1000_i64..1000,
        factor in 0_i64..100_000,
        op in 0..3,
    ) {
        let selection = ecocomp::scenario::FigureSelection {
            figure: "gep".to_owned(),
            ecosystems,
            areas,
            conditions: vec![("outcome".to_owned(), Some(Decimal::from_integer(least)), None)],
        };
        let number = || Node { line: 0, value: Value::Number(factor.to_string()) };
        let operation = match op {
            0 => Operation::Scale(Decimal::from_integer(factor)),
            1 => Operation::Set(number()),
            _ => Operation::Add(number()),
        };
        let change = Change::new(selection.path(), operation, Place::default());
        let back = Change::parse(&change.text).unwrap();
        prop_assert_eq!(back.selection().unwrap().unwrap(), selection);
        prop_assert!(back.operation.same(&change.operation));
        prop_assert_eq!(inline(&format!("{}; {}", change.text, change.text)).unwrap().changes().len(), 2);
    }

    /// No text is too odd to be refused.
    #[test]
    fn any_text_parses_or_says_why(text in "[\\PC\\[\\]=\"|,;:.+*%<>-]{0,40}") {
        let _ = Change::parse(&text);
        let _ = inline(&text);
        let _ = ecocomp::scenario::read(&text, "x.toml");
        let _ = ecocomp::scenario::read(&text, "x.json");
    }
}

#[test]
fn a_scenario_that_comes_in_twice_counts_once_however_it_is_spelled() {
    let areas = "代码,名称,人口(人)\nA01,甲镇,1000\nA02,乙镇,1000\n";
    let cells = "区域代码,生态系统,面积(亩),生态产品总值(万元)\nA01,林地,1000,1000\nA02,林地,1000,400\n";
    let model = "model = { name = \"情景覆盖参数\", dataset = \".\", area_label = \"镇\" }\nfund = [{ id = \"pot\", amount = \"100 万元\" }]\n\
[entitlement]\nfactors = { extent = 1 }\n[[rule]]\nkind = \"cap\"\nof = { area = \"A01\" }\nper = \"area\"\nat_most = \"60 万元\"\n\
[[objective]]\nkind = \"max_min_coverage\"\n";
    let up = "[[change]]\npath = \"fund.pot.amount\"\nop = \"scale\"\nvalue = \"+10%\"\n";
    let on = |cap: &str| {
        format!("stack = [\"up\"]\n[[change]]\npath = \"rule.cap.at_most\"\nop = \"set\"\nvalue = \"{cap} 万元\"\n")
    };
    let folder = folder(&[("up.toml", up), ("one.toml", &on("58")), ("two.toml", &on("59"))]);
    for (name, text) in [("areas.csv", areas), ("cells.csv", cells), ("model.toml", model)] {
        folder.write(name, text);
    }
    let path = folder.file("scenarios/../scenarios/one.toml");
    let spellings: [&[&str]; 5] = [
        &["-s", "one", "-s", "two"],
        &["-s", "one+two"],
        &["-s", "up", "-s", "one", "-s", "two"],
        &["-s", "one", "-s", "up+two", "-s", "two"],
        &["-s", &path, "-s", "one", "-s", "two"],
    ];
    for words in spellings {
        assert_eq!(total(&folder.allocate(words)), 110_000_000, "{words:?}");
    }
    // Two columns of one file are one given twice.
    let model = folder.file("model.toml");
    let done = ecocomp(&["compare", &model, "-s", "one", "-s", &path, "--json"]);
    assert!(done.code == 1 && done.err.contains("scenario.twice"), "{}", done.err);
    let done = ecocomp(&["robust", &model, "-s", "one", "-s", &path, "--method", "max_min", "--json"]);
    assert!(done.code == 1 && done.err.contains("robust.scenario_name"), "{}", done.err);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: common::cases(16), failure_persistence: None, ..ProptestConfig::default() })]

    /// However names are grouped into words, the changes are those of each file once, in the order of first appearance.
    #[test]
    fn grouping_names_changes_no_money(
        order in prop::collection::vec(0..4_usize, 1..6),
        cuts in prop::collection::vec(any::<bool>(), 6),
    ) {
        let names = ["a", "b", "c", "d"];
        let change = |at: usize| format!("[[change]]\npath = 'fund.district.amount'\nop = '{}'\n", if at.is_multiple_of(2) { "scale" } else { "add" });
        let value = |at: usize| ["value = '+10%'", "value = '7 万元'", "value = '+20%'", "value = '3 万元'"][at];
        let texts: Vec<String> = (0..4).map(|at| change(at) + value(at)).collect();
        let files: Vec<(String, &str)> = names.iter().zip(&texts).map(|(name, text)| (format!("{name}.toml"), text.as_str())).collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), *text)).collect();
        let folder = folder(&files);
        let mut words: Vec<String> = Vec::new();
        for (at, name) in order.iter().map(|at| names[*at]).enumerate() {
            match words.last_mut() {
                Some(word) if cuts[at] => word.push_str(&format!("+{name}")),
                _ => words.push(name.to_owned()),
            }
        }
        let arguments: Vec<&str> = words.iter().flat_map(|word| ["-s", word.as_str()]).collect();
        let (mut fen, mut seen) = (50_000_000_i64, Vec::new());
        for at in order {
            if seen.contains(&at) {
                continue;
            }
            seen.push(at);
            fen = match at { 0 => fen * 11 / 10, 1 => fen + 7_000_000, 2 => fen * 12 / 10, _ => fen + 3_000_000 };
        }
        prop_assert_eq!(total(&folder.allocate(&arguments)), fen, "{:?}", words);
    }
}

#[test]
fn a_percentage_of_a_fund_is_put_on_the_rounding_unit_and_said() {
    let folder = folder(&[("up.toml", "[[change]]\npath = 'fund.district.amount'\nop = 'scale'\nvalue = '+5%'\n")]);
    let model = common::MODEL.replace("dataset = \".\"", "dataset = \".\", rounding = \"1 万元\"");
    folder.write("model.toml", &model);
    // 52.5 万元: a half goes up.
    for words in [
        ["--set", "fund.district.amount=+5%"],
        ["-s", "up"],
        ["-s", "fund.1.amount*=1.05"],
        ["--set", "fund.district.amount=+5 %"],
    ] {
        let done = folder.allocate(&words);
        assert_eq!(total(&done), 53_000_000, "{words:?}: {}", done.err);
        assert_eq!(done.json()["changes"][0]["unrounded"], "\"525000.00 元\"", "{words:?}");
        let model = folder.file("model.toml");
        let told = ecocomp(&["allocate", &model, words[0], words[1]]).out;
        assert!(told.contains("未取整为 525,000.00 元"), "{told}");
    }
    let model = folder.file("model.toml");
    let compared = ecocomp(&["compare", &model, "-s", "up", "--format", "json"]).json();
    assert_eq!(compared["total"]["amounts_fen"][1], 53_000_000);
    // Several changes of one fund are put on the unit once, at the end; an amount written out is taken at its word.
    assert_eq!(
        total(&folder.allocate(&["--set", "fund.district.amount=+5%", "--set", "fund.district.amount=+5%"])),
        55_000_000
    );
    let written = folder.allocate(&["--set", "fund.district.amount=52.5 万元"]);
    assert!(written.code == 3 && written.err.contains("allocation."), "{}", written.err);
    // Where the unit is fine enough nothing is rounded.
    let fine = folder.allocate(&["--set", "fund.district.amount=+5%", "--set", "model.rounding=100 元"]);
    assert_eq!(total(&fine), 52_500_000);
    assert!(fine.json()["changes"].as_array().unwrap().iter().all(|change| change.get("unrounded").is_none()));
}

#[test]
fn a_plus_before_an_amount_is_asked_about() {
    let set = "[[change]]\npath = 'fund.district.amount'\nop = 'set'\nvalue = '+2 万元'\n";
    let folder = folder(&[("plus.toml", set)]);
    for words in [
        ["--set", "fund.district.amount=+2 万元"],
        ["--set", "fund.district.amount = +2万元"],
        ["-s", "x: fund.district.amount=+2 万元"],
        ["-s", "plus"],
    ] {
        let done = folder.allocate(&words);
        assert!(done.code == 1 && done.codes() == ["scenario.plus_sets"], "{words:?}: {}", done.err);
        assert!(done.err.contains("fund.district.amount+=2"), "{}", done.err);
    }
    assert_eq!(total(&folder.allocate(&["--set", "fund.district.amount+=2 万元"])), 52_000_000);
    assert_eq!(total(&folder.allocate(&["--set", "fund.district.amount=2 万元"])), 2_000_000);
}
