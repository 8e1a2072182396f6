//! Agreements as files: the shipped ones are sound, and every mistake is found at its line with a remedy.

use crate::common::{Folder, ecocomp, repository};
use ecocomp::finding::{Finding, Findings, Severity};
use ecocomp::horizontal::agreement::{Agreement, read};
use ecocomp::horizontal::settlement::SettlementRequest;
use ecocomp::phrases::Lang;

const SOUND: &str = r#"[agreement]
name = "测试"
first_year = 2020
last_year = 2022
basis = "协议第一条"
source = "测试"
confirmed = "assumed"
[[party]]
id = "up"
name = "上游县"
[[party]]
id = "down"
name = "下游县"
[[party]]
id = "fund"
name = "资金池"
role = "pool"
[river]
flows = [["up", "down"]]
[[section]]
id = "s"
name = "断面"
upstream = "up"
downstream = "down"
target_class = "III"
[[indicator]]
id = "nh3_n"
[[indicator]]
id = "tp"
[data]
mean = "arithmetic"
[[measure]]
id = "P"
[measure.index]
k0 = 0.9
[[measure.index.term]]
indicator = "nh3_n"
weight = 0.5
baseline = 0.5
[[measure.index.term]]
indicator = "tp"
weight = "1/2"
baseline = 0.1
[[clause]]
id = "bet"
title = "对赌"
basis = "第二条"
[clause.tiers]
on = "P"
[[clause.tiers.tier]]
when = { at_most = 1 }
pay = [{ from = "down", to = "up", amount = "100 万元" }]
[[clause.tiers.tier]]
when = { above = 1 }
pay = [{ from = "up", to = "down", amount = "100 万元" }]
"#;

fn refused(text: &str) -> Vec<Finding> {
    let Err(Findings(found)) = read(text, "a.toml") else { panic!("accepted:\n{text}") };
    for finding in &found {
        assert_eq!(finding.severity, Severity::Error);
        for lang in [Lang::Zh, Lang::En] {
            let text = finding.render(lang);
            assert!(!text.contains('{') || finding.code() == "policy.unknown_key" || text.contains("{ "), "{text}");
            assert!(!finding.phrase.render_fix(lang).is_empty(), "{} has no remedy", finding.code());
        }
        assert!(finding.place.row.is_some(), "{} has no line", finding.code());
    }
    found
}

/// The one finding after `from` is replaced by `to`, and the line it names.
fn finding(from: &str, to: &str) -> (String, u64, String) {
    assert!(SOUND.contains(from), "{from}");
    let found = refused(&SOUND.replacen(from, to, 1));
    let first = &found[0];
    (first.code().to_owned(), first.place.row.unwrap(), first.render(Lang::En))
}

fn code(from: &str, to: &str) -> String {
    finding(from, to).0
}

#[test]
fn the_sound_one_is_accepted() {
    let opened = read(SOUND, "a.toml").unwrap();
    assert_eq!(opened.agreement.downstream_order(), ["up", "down", "fund"]);
}

#[test]
fn shipped_agreements_are_sound_and_say_their_standing() {
    let folder = repository("models/horizontal");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = if path.is_file() { std::fs::read_to_string(&path).unwrap() } else { continue };
        // The folder holds the cases of other commands too.
        if !text.lines().any(|line| line.trim() == "[agreement]") {
            continue;
        }
        let opened = read(&text, path.to_str().unwrap()).unwrap_or_else(|found| panic!("{}: {found}", path.display()));
        assert!(!opened.agreement.agreement.source.is_empty());
        assert!(opened.agreement.clause.iter().all(|clause| !clause.basis.is_empty()));
        // The rules on data and the figures that are assumed say so one by one.
        let standings = &opened.agreement.standing;
        let looks_at_data = !opened.agreement.section.is_empty();
        assert!(!looks_at_data || standings.iter().any(|part| part.of.iter().any(|path| path == "data")), "{path:?}");
        count += 1;
    }
    assert!(count >= 11);
}

#[test]
fn a_river_in_a_circle_is_named() {
    let (code, line, text) = finding(r#"[["up", "down"]]"#, r#"[["up", "down"], ["down", "up"]]"#);
    assert_eq!((code.as_str(), line), ("agreement.cycle", 19));
    assert!(text.contains("上游县") && text.contains("下游县") && text.contains("→"), "{text}");
}

#[test]
fn gaps_and_overlaps_of_tiers_are_named() {
    let (code, _, text) = finding("when = { above = 1 }", "when = { above = 1.05 }");
    assert_eq!(code, "agreement.gap");
    assert!(text.contains("(1, 1.05]"), "{text}");
    let (code, _, text) = finding("when = { above = 1 }", "when = { at_least = 1 }");
    assert_eq!(code, "agreement.overlap");
    assert!(text.contains("[1, 1]"), "{text}");
    let (code, _, text) = finding("when = { at_most = 1 }", "when = { below = 1 }");
    assert_eq!(code, "agreement.gap");
    assert!(text.contains("[1, 1]"), "{text}");
    assert_eq!(self::code("when = { above = 1 }", "when = { above = 1, at_least = 1 }"), "agreement.end_twice");
    assert_eq!(self::code("when = { above = 1 }", "when = { above = 2, below = 1 }"), "agreement.empty_interval");
}

#[test]
fn an_index_must_be_defined() {
    assert_eq!(code("weight = 0.5", "weight = 0.6"), "agreement.weights_sum");
    assert_eq!(code("weight = 0.5", "weight = -0.5"), "agreement.weight_negative");
    let zero = SOUND.replace("weight = 0.5", "weight = 0").replace("weight = \"1/2\"", "weight = 0");
    assert_eq!(refused(&zero)[0].code(), "agreement.weights_zero");
    assert_eq!(code("baseline = 0.5", "baseline = 0"), "agreement.baseline_positive");
    assert_eq!(code("baseline = 0.5", "baseline = -0.1"), "agreement.baseline_positive");
    assert_eq!(code("baseline = 0.5\n", ""), "agreement.baseline_missing");
    assert_eq!(code("baseline = 0.5", "baseline = 0.5\nbase_years = [2010]"), "agreement.baseline_twice");
    assert_eq!(code("k0 = 0.9", "k0 = 0"), "agreement.not_positive");
    assert_eq!(code("k0 = 0.9", "k0 = nan"), "document.not_a_number");
    assert_eq!(code("mean = \"arithmetic\"", ""), "agreement.mean_missing");
}

#[test]
fn unknown_names_come_with_the_nearest() {
    let (code, line, text) = finding("from = \"down\", to = \"up\"", "from = \"dwn\", to = \"up\"");
    assert_eq!((code.as_str(), line), ("agreement.unknown_name", 52));
    assert!(text.contains("did you mean: down?"), "{text}");
    let (code, _, text) = finding("confirmed = \"assumed\"", "confirmed = \"asumed\"");
    assert_eq!(code, "policy.unknown_word");
    assert!(text.contains("assumed"), "{text}");
    let (code, line, text) = finding("on = \"P\"", "onn = \"P\"");
    assert_eq!((code.as_str(), line), ("policy.unknown_key", 49));
    assert!(text.contains("did you mean: on?"), "{text}");
    assert_eq!(self::code("on = \"P\"", "on = \"Q\""), "agreement.unknown_name");
    assert_eq!(self::code("indicator = \"tp\"", "indicator = \"tn\""), "agreement.unknown_name");
    assert_eq!(self::code("[river]", "[rivers]"), "policy.unknown_key");
    assert_eq!(self::code("upstream = \"up\"", "upstream = \"nobody\""), "agreement.unknown_name");
    assert_eq!(self::code("id = \"down\"", "id = \"up\""), "agreement.id_twice");
}

#[test]
fn amounts_are_exact_money() {
    let amount = |text: &str| finding("amount = \"100 万元\"", &format!("amount = {text}"));
    for (text, expected, word) in [
        ("\"0.001 元\"", "units.too_fine", "decimals"),
        ("100", "units.unit_missing", "unit"),
        ("\"-1 元\"", "agreement.amount_negative", "negative"),
        ("\"1e30 元\"", "units.too_large", "range"),
        ("\"NaN 元\"", "units.not_a_number", "number"),
    ] {
        let (code, line, sentence) = amount(text);
        assert_eq!((code.as_str(), line), (expected, 52), "{text}");
        assert!(sentence.contains(word), "{sentence}");
    }
    assert_eq!(
        code("amount = \"100 万元\" }", "amount = \"100 万元\", by_year = { 2020 = \"1 元\" } }"),
        "agreement.one_amount"
    );
    assert_eq!(code("amount = \"100 万元\" }", "by_year = { 2030 = \"1 元\" } }"), "agreement.year_outside");
    assert_eq!(code("from = \"down\", to = \"up\"", "from = \"up\", to = \"up\""), "agreement.to_itself");
}

#[test]
fn terms_kinds_and_basis_are_checked() {
    assert_eq!(code("last_year = 2022", "last_year = 2019"), "agreement.term");
    assert_eq!(code("last_year = 2022", "last_year = 2022.5"), "document.not_whole");
    assert_eq!(code("basis = \"第二条\"", "basis = \" \""), "agreement.blank");
    assert_eq!(
        code("[clause.tiers]\non = \"P\"\n", "[clause.payment]\npay = []\n[clause.tiers]\non = \"P\"\n"),
        "agreement.one_kind"
    );
    assert_eq!(code("target_class = \"III\"", "target_class = \"VII\""), "agreement.not_a_class");
    assert_eq!(code("downstream = \"down\"", "downstream = \"fund\"\nupstreem = 1"), "policy.unknown_key");
    let turned = SOUND.replace("upstream = \"up\"\ndownstream = \"down\"", "upstream = \"down\"\ndownstream = \"up\"");
    assert_eq!(refused(&turned)[0].code(), "agreement.section_backwards");
}

#[test]
fn later_clauses_cannot_be_shares_of_earlier_ones() {
    let cap =
        "[[clause]]\nid = \"cap\"\ntitle = \"c\"\nbasis = \"b\"\n[clause.cap]\nof = [\"bet\"]\nat_most = \"1 元\"\n";
    let first = SOUND.replacen("[[clause]]", &format!("{cap}[[clause]]"), 1);
    assert_eq!(refused(&first)[0].code(), "agreement.clause_later");
    assert!(read(&format!("{SOUND}{cap}"), "a.toml").is_ok());
}

#[test]
fn ladders_leave_no_rung_out() {
    let ladder = |rungs: &str| {
        format!(
            "{SOUND}[[clause]]\nid = \"l\"\ntitle = \"l\"\nbasis = \"b\"\n[clause.ladder]\nmissing_month = \"skip\"\n{rungs}"
        )
    };
    let rung = |classes: u8, more: bool| {
        format!(
            "[[clause.ladder.better]]\nclasses = {classes}\nor_more = {more}\npay = [{{ from = \"downstream\", to = \"upstream\", amount = \"50 万元\" }}]\n"
        )
    };
    assert!(read(&ladder(&(rung(1, false) + &rung(2, true))), "a.toml").is_ok());
    assert_eq!(refused(&ladder(&(rung(1, false) + &rung(3, true))))[0].code(), "agreement.rung_order");
    assert_eq!(refused(&ladder(&rung(1, false)))[0].code(), "agreement.rung_end");
    assert_eq!(refused(&ladder(""))[0].code(), "agreement.empty");
}

#[test]
fn several_mistakes_are_all_told() {
    let text = SOUND
        .replace("weight = 0.5", "wait = 0.5")
        .replace("basis = \"第二条\"", "")
        .replace("id = \"down\"", "name2 = 1\nid = \"down\"");
    let found = refused(&text);
    let codes: Vec<&str> = found.iter().map(|finding| finding.code()).collect();
    assert_eq!(codes.iter().filter(|code| **code == "policy.unknown_key").count(), 2, "{codes:?}");
    assert!(codes.contains(&"document.key_missing"), "{codes:?}");
    assert!(found.iter().all(|finding| finding.place.row.is_some()), "{found:?}");
    // One table with several faults: each of them.
    let text = SOUND
        .replace("last_year = 2022", "last_year = 2022.5")
        .replace("confirmed = \"assumed\"", "confirmed = \"asumed\"");
    let codes: Vec<String> = refused(&text).iter().map(|finding| finding.code().to_owned()).collect();
    assert_eq!(codes, ["document.not_whole", "policy.unknown_word"]);
}

#[test]
fn hostile_texts_are_refused() {
    for text in [
        "",
        "agreement = 1",
        "[[agreement]]",
        "party = [[[[]]]]",
        "\u{0}",
        "[agreement]\nname = \"\\u001b[31m\"",
        &"[".repeat(5_000),
    ] {
        assert!(read(text, "a.toml").is_err(), "{text:?}");
        assert!(read(text, "a.json").is_err(), "{text:?}");
    }
    let many = format!("{SOUND}{}", "[[event]]\nid = \"e\"\nname = \"e\"\nif_not_reported = \"none\"\n".repeat(6_000));
    assert_eq!(refused(&many)[0].code(), "document.too_many");
    let cycle: Vec<String> = (0..450).map(|i| format!("[\"p{i}\", \"p{}\"]", (i + 1) % 450)).collect();
    let parties: String = (0..450).map(|i| format!("[[party]]\nid = \"p{i}\"\nname = \"p\"\n")).collect();
    let text = SOUND
        .replacen("[[party]]", &format!("{parties}[[party]]"), 1)
        .replace(r#"[["up", "down"]]"#, &format!("[{}]", cycle.join(", ")));
    assert!(refused(&text).iter().any(|finding| finding.code() == "agreement.cycle"));
}

#[test]
fn names_and_notes_are_texts() {
    for key in ["name", "note"] {
        let text = SOUND.replacen("[agreement]", &format!("[agreement]\n{key} = 5"), 1);
        let text = if key == "name" { text.replacen("\nname = \"", "\nnote = \"", 1) } else { text };
        assert_eq!(refused(&text)[0].code(), "document.wrong_type", "{text}");
    }
}

#[test]
fn an_agreement_travels_as_json() {
    let agreement = read(SOUND, "a.toml").unwrap().agreement;
    let json = serde_json::to_string_pretty(&agreement).unwrap();
    assert_eq!(read(&json, "a.json").unwrap().agreement, agreement);
    assert_eq!(serde_json::from_str::<Agreement>(&json).unwrap(), agreement);
    assert!(serde_json::from_str::<Agreement>(&json.replace("\"party\"", "\"partie\"")).is_err());
    let schema = serde_json::to_value(schemars::schema_for!(SettlementRequest)).unwrap();
    let request = serde_json::json!({ "agreement": serde_json::from_str::<serde_json::Value>(&json).unwrap() });
    jsonschema::validate(&schema, &request).unwrap();
}

#[test]
fn the_command_checks() {
    let folder = Folder::empty();
    folder.write("a.toml", SOUND);
    let done = ecocomp(&["horizontal", "check", &folder.file("a.toml")]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.contains("上游县 → 下游县") && done.out.contains("第二条"), "{}", done.out);
    folder.write("b.toml", SOUND.replace("weight = 0.5", "weight = 0.4"));
    let done = ecocomp(&["--json", "horizontal", "check", &folder.file("b.toml")]);
    assert_eq!(done.code, 1);
    assert_eq!(done.codes(), ["agreement.weights_sum"]);
}
