//! Bad input: a located error and exit code 1, never a panic, never a guess.

use crate::common;
use crate::common::{AREAS, CELLS, Done, Folder, MODEL};

fn cells(from: &str, to: &str) -> Done {
    assert!(CELLS.contains(from), "{from} is not in the table");
    let folder = Folder::sound();
    folder.write("cells.csv", CELLS.replacen(from, to, 1));
    folder.check()
}

#[track_caller]
fn refused(done: &Done, code: &str, place: &str) {
    assert_eq!(done.code, 1, "{}", done.err);
    assert!(done.codes().iter().any(|found| found == code), "{:?}: {}", done.codes(), done.err);
    assert!(done.err.contains(place), "{place} is not named: {}", done.err);
    assert!(!done.err.contains("panicked"));
}

#[test]
fn the_sound_one_passes() {
    assert_eq!(Folder::sound().check().code, 0);
}

#[test]
fn numbers_that_are_none_are_located() {
    for bad in ["NaN", "inf", "-inf", "1e400", "1e308", "0x10", "十", "#REF!", "1,00", "--5", "1.2.3"] {
        let done = cells("1000,400000", &format!("\"{bad}\",400000"));
        assert_eq!(done.code, 1, "{bad}: {}", done.err);
        assert!(done.err.contains("cells.csv") && done.err.contains("\"row\": 2"), "{bad}: {}", done.err);
    }
}

#[test]
fn negative_extents_are_refused() {
    refused(&cells("1000,400000", "-1000,400000"), "dataset.negative", "cells.csv");
}

/// A sentence that tells of an area whose name is known says the name, and the code in brackets.
#[test]
fn areas_are_told_by_their_names() {
    let changed = |file: &str, whole: &str, from: &str, to: &str| {
        assert!(whole.contains(from), "{from} is not in the table");
        let folder = Folder::sound();
        folder.write(file, whole.replacen(from, to, 1));
        folder
    };
    let (areas, cells) = (("areas.csv", AREAS), ("cells.csv", CELLS));
    for ((file, whole), (from, to), code, zh, en) in [
        (
            cells,
            ("1000,400000", "-1000,400000"),
            "dataset.negative",
            "甲镇(01)的林地:数值 -1000 为负",
            "forest of 甲镇 (01)",
        ),
        (areas, ("3000", "-3000"), "dataset.negative", "乙镇(02):数值 -3000 为负", "乙镇 (02): -3000"),
        (areas, ("02,乙镇", "01,乙镇"), "dataset.duplicate_area", "乙镇(01)的代码重复", "code of 乙镇 (01)"),
        (cells, ("02,基本农田", "02,林地"), "dataset.duplicate_cell", "乙镇(02)的林地重复", "forest of 乙镇 (02)"),
        (cells, ("02,基本农田", "03,基本农田"), "dataset.unknown_area_like", "是否指“甲镇(01)”", "甲镇 (01)"),
    ] {
        let folder = changed(file, whole, from, to);
        let done = folder.check();
        assert!(done.codes().iter().any(|found| found == code), "{code}: {:?}", done.codes());
        assert!(done.err.contains(zh), "{zh}: {}", done.err);
        let english = common::ecocomp(&["check", &folder.file("model.toml"), "--lang", "en"]);
        assert!(english.err.contains(en), "{en}: {}", english.err);
    }
    let told = |model: &str, set: &[&str]| {
        let folder = Folder::sound();
        folder.write("model.toml", model);
        let done = folder.allocate(set);
        format!("{}{}", done.out, done.err)
    };
    let below = told(MODEL, &["--set", "data.extent[area=02,ecosystem=forest]=-5"]);
    assert!(below.contains("乙镇(02)的林地:数值 -5 为负"), "{below}");
    let blank = Folder::sound();
    blank.write("cells.csv", CELLS.replace("500,900000,0.9", "500,900000,"));
    blank.write("model.toml", format!("{MODEL}[entitlement]\nfactors = {{ quality = 1 }}\n"));
    let blank = blank.check();
    assert!(blank.err.contains("甲镇(01)的湿地"), "{}", blank.err);
    // An area that has no name is told by its code, once.
    let folder = Folder::sound();
    folder.write("areas.csv", AREAS.replace("甲镇", ""));
    folder.write("cells.csv", CELLS.replace("1000,400000", "-1000,400000"));
    let nameless = folder.check();
    assert!(nameless.err.contains("01的林地:数值 -1000 为负"), "{}", nameless.err);
}

#[test]
fn codes_must_be_known_and_single() {
    refused(&cells("02,基本农田", "03,基本农田"), "dataset.unknown_area_like", "cells.csv");
    refused(&cells("02,基本农田", "02,林地"), "dataset.duplicate_cell", "cells.csv");
    refused(&cells("02,基本农田", "02,草地"), "dataset.unknown_ecosystem", "cells.csv");
    let folder = Folder::sound();
    folder.write("areas.csv", AREAS.replace("02,乙镇", "01,乙镇"));
    refused(&folder.check(), "dataset.duplicate_area", "areas.csv");
}

#[test]
fn units_are_never_guessed() {
    assert_eq!(cells("面积(亩)", "面积").code, 1);
    assert_eq!(cells("面积(亩)", "面积(英亩)").code, 1);
    assert_eq!(cells("生态产品总值(元)", "生态产品总值(亩)").code, 1);
    assert_eq!(cells("生态产品总值(元)", "面积(公顷)").code, 1);
    // A cell with a unit of its own in a column of another unit.
    assert_eq!(cells("1000,400000", "1000,40万元").code, 1);
}

#[test]
fn a_slip_between_yuan_and_yi_yuan_is_refused_unless_accepted() {
    let slip = CELLS.replace("01,林地,1000,400000", "01,林地,1000,40000000000000");
    let folder = Folder::sound();
    folder.write("cells.csv", slip);
    refused(&folder.check(), "dataset.implausible", "\"row\": 2");
    folder.write("dataset.toml", "accept_outliers = [\"gep\"]\n");
    assert_eq!(folder.check().code, 0);
}

#[test]
fn figures_beyond_the_range_of_money_are_refused() {
    for bad in ["99999999999999999999", "1e30", "999999999999999999999999999999999999999999"] {
        let done = cells("1000,400000", &format!("1000,{bad}"));
        assert_eq!(done.code, 1, "{bad}: {}", done.err);
    }
}

#[test]
fn encodings_bom_and_line_ends_do_not_matter() {
    let plain = Folder::sound().allocate(&[]).json()["cells"].clone();
    let variants: [Vec<u8>; 4] = [
        [b"\xEF\xBB\xBF", CELLS.as_bytes()].concat(),
        CELLS.replace('\n', "\r\n").into_bytes(),
        encoding_rs::GB18030.encode(CELLS).0.into_owned(),
        format!("{CELLS}\n\n").into_bytes(),
    ];
    for bytes in variants {
        let folder = Folder::sound();
        folder.write("cells.csv", &bytes);
        let done = folder.allocate(&[]);
        assert_eq!(done.code, 0, "{}", done.err);
        assert_eq!(done.json()["cells"], plain);
    }
}

#[test]
fn broken_files_are_refused() {
    let cases: [(&str, Vec<u8>); 6] = [
        ("cells.csv", Vec::new()),
        ("cells.csv", b"\xFF\xFE\x00\x01\xFF\xFF".to_vec()),
        ("cells.csv", b"a\0b,c\n1,2\n".to_vec()),
        ("cells.csv", "区域代码,生态系统,面积(亩)\n01,林地\n".as_bytes().to_vec()),
        ("model.toml", b"[model\nname=".to_vec()),
        ("model.toml", b"\xC3\x28".to_vec()),
    ];
    for (name, bytes) in cases {
        let folder = Folder::sound();
        folder.write(name, &bytes);
        let done = folder.check();
        assert_eq!(done.code, 1, "{name} {bytes:?}: {}", done.err);
        assert!(done.err.contains(name), "{}", done.err);
    }
    let folder = Folder::sound();
    std::fs::remove_file(folder.path().join("cells.csv")).unwrap();
    assert_eq!(folder.check().code, 1);
}

#[test]
fn model_words_are_checked_with_the_nearest_one_named() {
    let cases = [
        ("kind = \"max_min_coverage\"", "kind = \"max_min_covrage\"", "max_min_coverage"),
        ("amount = \"50 万元\"", "amont = \"50 万元\"", "amount"),
        ("50 万元", "50 万円", "万元"),
        ("50 万元", "-50 万元", "amount"),
        ("50 万元", "1e308 万元", "amount"),
        ("50 万元", "NaN 元", "amount"),
        ("dataset = \".\"", "dataset = \"nowhere\"", "nowhere"),
    ];
    for (from, to, named) in cases {
        let folder = Folder::sound();
        assert!(MODEL.contains(from));
        folder.write("model.toml", MODEL.replacen(from, to, 1));
        let done = folder.check();
        assert_eq!(done.code, 1, "{to}: {}", done.err);
        assert!(done.err.contains(named), "{to}: {}", done.err);
    }
}

#[test]
fn rules_that_speak_of_nothing_are_refused() {
    let rules = [
        "kind = \"floor\"\nof = { ecosystem = \"water_source\" }\nat_least = \"1 元\"",
        "kind = \"floor\"\nof = { area = \"99\" }\nat_least = \"1 元\"",
        "kind = \"floor\"\nof = { where = { outcome = [101, 200] } }\nat_least = \"1 元\"",
        "kind = \"floor\"",
        "kind = \"floor\"\nat_least = \"1 元/吨\"",
        "kind = \"floor\"\nat_least = { gdp = 0.1 }",
        "kind = \"floor\"\nat_least = \"nan 元\"",
        "kind = \"share\"\nof = { ecosystem = \"forest\" }\nbetween = [0.9, 0.1]",
        "kind = \"share\"\nof = { ecosystem = \"forest\" }\nbetween = [0.1]",
        "kind = \"corridor\"\nagainst = \"last_yaer\"\nat_least = 0.9",
        "kind = \"per_head\"\nratio_at_most = 0.5",
        "kind = \"channel\"\nshares = [{ id = \"a\", share = 0.4 }]",
        "kind = \"linear\"\nterms = []\nat_least = \"0 元\"",
        "kind = \"outcome_gate\"\nbelow = 60",
        "kind = \"floor\"\nat_least = \"1 元\"\nsoft = { penalty = 0 }",
        "kind = \"unknown\"",
    ];
    for rule in rules {
        let folder = Folder::sound();
        let model = "[model]\nname = \"x\"\ndataset = \".\"\n[[fund]]\nid = \"d\"\namount = \"50 万元\"\n[[objective]]\nkind = \"max_min_coverage\"\n";
        folder.write("model.toml", format!("{model}[[rule]]\n{rule}\n"));
        let done = folder.check();
        assert_eq!(done.code, 1, "{rule}: {}{}", done.out, done.err);
        assert!(done.err.contains("model.toml"), "{rule}: {}", done.err);
    }
}

#[test]
fn a_corridor_needs_last_year_unless_new_cells_are_free() {
    let base = "[model]\nname = \"x\"\ndataset = \".\"\n[[fund]]\nid = \"d\"\namount = \"50 万元\"\n[[objective]]\nkind = \"max_min_coverage\"\n[[rule]]\nkind = \"corridor\"\nper = \"cell\"\nbetween = [0.5, 3]\n";
    let blank = CELLS.replace("70000,60000,120000", "70000,60000,");
    let folder = Folder::sound();
    folder.write("cells.csv", &blank);
    folder.write("model.toml", base);
    let done = folder.check();
    assert_eq!(done.code, 1, "{}", done.out);
    assert!(done.err.contains("乙镇(02)的基本农田") && done.err.contains("last_year"), "{}", done.err);
    folder.write("model.toml", format!("{base}new = \"free\"\n"));
    let done = folder.allocate(&[]);
    assert_eq!(done.code, 0, "{}", done.err);
}

#[test]
fn usage_errors_have_their_own_code() {
    assert_eq!(common::ecocomp(&["allocate"]).code, 2);
    assert_eq!(common::ecocomp(&["nonsense"]).code, 2);
    assert_eq!(common::ecocomp(&["allocate", "nowhere.toml"]).code, 1);
    let folder = Folder::sound();
    assert_eq!(folder.allocate(&["--set", "fund.distrit.amount=1 元"]).code, 1);
    assert_eq!(folder.allocate(&["--set", "nonsense"]).code, 1);
    assert_eq!(folder.allocate(&["--set", "data.gep[ecosystem=moor]*=2"]).code, 1);
}
