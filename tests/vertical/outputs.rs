//! What the commands write: JSON by its schema, CSV and XLSX as spreadsheets read them, MPS, exit codes.

use crate::common;
use crate::common::{CELLS, Done, Folder, MODEL, ecocomp, repository};
use calamine::{Data, Reader as _, Xlsx, open_workbook};
use ecocomp::record::Record;
use serde_json::Value;

const MODELS: [&str; 6] =
    ["chongming-vertical", "minimal", "chongming-ahp", "chongming-entropy", "chongming-midyear", "xinjiang-transfer"];

fn shipped(name: &str, more: &[&str]) -> Done {
    let model = repository(&format!("models/{name}.toml"));
    ecocomp(&[&["allocate", model.as_str()], more].concat())
}

#[test]
fn the_published_schema_is_the_one_of_the_record() {
    let path = repository("docs/allocation.schema.json");
    let schema = schemars::schema_for!(Record);
    let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    if std::env::var_os("ECOCOMP_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(published, text, "docs/allocation.schema.json is stale: run this test once with ECOCOMP_BLESS=1");
}

#[test]
fn every_shipped_model_gives_json_by_the_schema() {
    let schema: Value =
        serde_json::from_str(&std::fs::read_to_string(repository("docs/allocation.schema.json")).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for name in MODELS {
        let done = shipped(name, &["--format", "json"]);
        assert_eq!(done.code, 0, "{name}: {}", done.err);
        let record = done.json();
        if let Err(error) = validator.validate(&record) {
            panic!("{name}: {error}");
        }
        assert_eq!(record["status"], "optimal");
        for fund in record["funds"].as_array().unwrap() {
            assert_eq!(fund["spent_fen"], fund["amount_fen"], "{name}");
        }
        let sum = |key: &str| -> i64 {
            record[key].as_array().unwrap().iter().map(|part| part["amount_fen"].as_i64().unwrap()).sum()
        };
        assert_eq!(sum("cells"), record["total"]["amount_fen"]);
        assert_eq!(sum("areas"), record["total"]["amount_fen"]);
        assert_eq!(sum("ecosystems"), record["total"]["amount_fen"]);
    }
    // A record that is none is refused, so that the test above can fail.
    assert!(!validator.is_valid(&serde_json::json!({ "status": "optimal" })));
}

#[test]
fn both_languages_speak_and_illustrative_data_are_called_so() {
    let zh = shipped("chongming-vertical", &[]);
    let en = shipped("chongming-vertical", &["--lang", "en"]);
    assert!(zh.out.contains("数据含示例"), "{}", zh.out);
    assert!(en.out.to_lowercase().contains("illustrative"), "{}", en.out);
    assert!(!shipped("xinjiang-transfer", &["--lang", "en"]).out.to_lowercase().contains("illustrative"));
    // Every line of the table is as wide as its rule: CJK is aligned.
    let width = |line: &str| unicode_width::UnicodeWidthStr::width(line);
    let lines: Vec<&str> = zh.out.lines().collect();
    let rule = lines.iter().position(|line| line.starts_with("───")).unwrap();
    for line in &lines[rule - 1..rule + 20] {
        assert_eq!(width(line), width(lines[rule]), "{line}");
    }
}

#[test]
fn a_table_sums_up_in_a_spreadsheet() {
    let folder = Folder::sound();
    folder.write("areas.csv", common::AREAS.replace("甲镇", "=1+1").replace("乙镇", "@x"));
    let path = folder.file("out.csv");
    let done = ecocomp(&["allocate", &folder.file("model.toml"), "--format", "csv", "-o", &path]);
    assert_eq!(done.code, 0, "{}", done.err);
    let bytes = std::fs::read(&path).unwrap();
    assert!(bytes.starts_with(b"\xEF\xBB\xBF"));
    let mut reader = csv::Reader::from_reader(&bytes[3..]);
    let header = reader.headers().unwrap().clone();
    let amount = header.iter().position(|name| name == "金额(元)").unwrap_or_else(|| panic!("{header:?}"));
    let mut fen = 0;
    for row in reader.records() {
        let row = row.unwrap();
        assert!(row[1].starts_with('\''), "{row:?}");
        fen += row[amount].replace('.', "").parse::<i64>().unwrap();
    }
    assert_eq!(fen, 50_000_000);
}

#[test]
fn the_workbook_has_its_sheets_and_its_numbers_are_numbers() {
    let folder = Folder::empty();
    let path = folder.file("out/plan.xlsx");
    let done = shipped("chongming-vertical", &["--format", "xlsx", "-o", &path]);
    assert_eq!(done.code, 0, "{}", done.err);
    let mut book: Xlsx<_> = open_workbook(&path).unwrap();
    assert_eq!(book.sheet_names(), ["分配表", "下达附件", "依据", "金额依据", "规则原文", "敏感性", "校验"]);
    let total = shipped("chongming-vertical", &["--format", "json"]).json()["total"]["amount_fen"].as_i64().unwrap();
    let plan = book.worksheet_range("分配表").unwrap();
    let numbers = plan.rows().flatten().filter_map(|cell| match cell {
        Data::Float(number) => Some((number * 100.0).round() as i64),
        _ => None,
    });
    assert!(numbers.into_iter().any(|number| number == total));
    for sheet in book.sheet_names() {
        let range = book.worksheet_range(&sheet).unwrap();
        let cells = range.rows().flat_map(|row| row.iter().enumerate());
        let texts = cells.filter_map(|(column, cell)| match cell {
            // A rule as the model has it may hold a table.
            Data::String(_) if sheet == "规则原文" && column == 3 => None,
            Data::String(text) => Some(text.clone()),
            _ => None,
        });
        for text in texts {
            assert!(!text.contains('{'), "{sheet}: an argument is left open: {text}");
        }
    }
    assert_eq!(shipped("minimal", &["--format", "xlsx"]).code, 2, "a workbook needs a file");
}

#[test]
fn mps_names_every_stage_and_infeasible_models_too() {
    let folder = Folder::empty();
    let path = folder.file("x.mps");
    let model = repository("models/chongming-vertical.toml");
    assert_eq!(ecocomp(&["export", &model, "--mps", &path]).code, 0);
    let stages = shipped("chongming-vertical", &["--format", "json"]).json()["stages"].as_array().unwrap().len();
    for number in 1..=stages {
        let text = std::fs::read_to_string(folder.file(&format!("x.stage{number}.mps"))).unwrap();
        assert!(text.contains("x[district,310151101,forest]"), "stage {number}");
    }
    assert!(!folder.path().join(format!("x.stage{}.mps", stages + 1)).exists());
    let infeasible = repository("models/chongming-infeasible.toml");
    assert_eq!(ecocomp(&["export", &infeasible, "--mps", &folder.file("y.mps")]).code, 3);
    assert!(folder.path().join("y.stage1.mps").exists());
}

#[test]
fn explanations_say_why() {
    let model = repository("models/chongming-vertical.toml");
    let done = ecocomp(&["explain", &model, "--area", "310151101"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(!done.out.contains('{') && !done.out.contains('}'), "{}", done.out);
    let done = ecocomp(&["explain", &model, "--area", "310151101", "--ecosystem", "forest", "--format", "json"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(done.json()["cells"].as_array().unwrap().len(), 1);
    let done = ecocomp(&["explain", &model, "--area", "城桥", "--json"]);
    assert_eq!(done.code, 1);
    assert!(done.err.contains("城桥镇"), "the nearest name is named: {}", done.err);
    assert_eq!(ecocomp(&["explain", &model, "--area", "310151101", "--ecosystem", "moor"]).code, 1);
}

#[test]
fn every_end_has_its_exit_code() {
    assert_eq!(shipped("minimal", &[]).code, 0);
    assert_eq!(ecocomp(&["allocate", "no/such/model.toml"]).code, 1);
    assert_eq!(ecocomp(&["allocate"]).code, 2);
    assert_eq!(ecocomp(&["allocate", "--format", "pdf", "x.toml"]).code, 2);
    assert_eq!(shipped("chongming-infeasible", &[]).code, 3);
    let done = shipped("chongming-vertical", &["--time-limit", "0", "--json"]);
    assert_eq!(done.code, 4, "{}", done.err);
    assert_eq!(done.error()["status"], "limit");
    assert_eq!(done.error()["exit_code"], 4);
    assert!(done.out.is_empty(), "nothing that is not optimal is published");
}

#[test]
fn what_cannot_be_rounded_says_which_unit_would_do() {
    let folder = Folder::sound();
    // 500 000.50 元 is not a multiple of 1 元.
    let model =
        MODEL.replace("50 万元", "500000.50 元").replace("name = \"测试\"", "name = \"测试\", rounding = \"1 元\"");
    folder.write("model.toml", model);
    let done = folder.allocate(&[]);
    assert_eq!(done.code, 3, "{}{}", done.out, done.err);
    assert!(done.err.contains("0.50 元"), "{}", done.err);
}

#[test]
fn generated_models_are_feasible_illustrative_and_the_same_for_a_seed() {
    let (one, other) = (Folder::empty(), Folder::empty());
    for folder in [&one, &other] {
        assert_eq!(ecocomp(&["generate", "--areas", "30", "--seed", "7", "-o", &folder.file("")]).code, 0);
    }
    let done = one.allocate(&[]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(done.out, other.allocate(&[]).out);
    assert_eq!(done.json()["dataset"]["illustrative"], true);
    assert_eq!(done.json()["areas"].as_array().unwrap().len(), 30);
}

#[test]
fn checks_show_their_totals_and_find_that_there_is_no_plan() {
    let done = ecocomp(&["check", &repository("models/chongming-infeasible.toml")]);
    assert_eq!(done.code, 3, "{}", done.err);
    assert!(done.out.contains("1,590,575") && done.err.contains("116,457,270"), "{}{}", done.out, done.err);
}

#[test]
fn areas_are_called_what_the_model_calls_them() {
    let folder = Folder::sound();
    let rules = "rule = [{ kind = \"floor\", per = \"area\", at_least = \"1 万元\" }, { kind = \"per_head\", ratio_at_most = 900 }]\n";
    let table = |label: &str, more: &[&str]| {
        let model = MODEL.replace("dataset = \".\"", &format!("dataset = \".\"{label}")) + rules;
        folder.write("model.toml", model);
        let done = ecocomp(&[&["allocate", folder.file("model.toml").as_str()], more].concat());
        assert_eq!(done.code, 0, "{}", done.err);
        done.out
    };
    let neutral = table("", &[]);
    assert!(neutral.contains("代码  区域") && neutral.contains("每个区域 ≥") && !neutral.contains("乡镇"), "{neutral}");
    let label = ", area_label = { zh = \"县\", en = \"county\" }";
    let county = table(label, &[]);
    for words in ["代码  县", "每个县 ≥ 10,000.00 元", "县间人均金额之比"] {
        assert!(county.contains(words), "{words}: {county}");
    }
    assert!(table(label, &["--format", "csv"]).contains("代码,县,生态系统"));
    let english = table(label, &["--lang", "en"]);
    assert!(english.contains("each county ≥ 10,000.00 yuan"), "{english}");
    assert!(
        shipped("chongming-vertical", &[]).out.contains("乡镇")
            && shipped("xinjiang-transfer", &[]).out.contains("县  ")
    );
}

#[test]
fn english_reports_have_no_chinese_units() {
    let folder = Folder::sound();
    folder.write("areas.csv", common::AREAS.replace("甲镇", "Alpha").replace("乙镇", "Beta"));
    folder.write("model.toml", MODEL.replace("测试", "test").replace("\"50 万元\"", "\"500000 yuan\""));
    let model = folder.file("model.toml");
    for words in
        [vec!["allocate", &model], vec!["allocate", &model, "--format", "csv"], vec!["explain", &model, "--area", "01"]]
    {
        let done = ecocomp(&[words.as_slice(), &["--lang", "en"]].concat());
        assert_eq!(done.code, 0, "{}", done.err);
        let chinese = done.out.chars().find(|c| ('\u{4e00}'..='\u{9fff}').contains(c));
        assert_eq!(chinese, None, "{}", done.out);
    }
}

#[test]
fn a_template_in_english_is_read_back() {
    let folder = Folder::empty();
    let path = folder.file("t.xlsx");
    assert_eq!(ecocomp(&["template", "--lang", "en", "-o", &path]).code, 0);
    let mut book: Xlsx<_> = open_workbook(&path).unwrap();
    assert_eq!(book.sheet_names(), ["areas", "cells", "notes"]);
    for sheet in book.sheet_names() {
        for cell in book.worksheet_range(&sheet).unwrap().rows().flatten() {
            assert!(cell.to_string().is_ascii(), "{cell}");
        }
    }
    // Its headers are known: nothing but the rows is missing.
    folder.write("model.toml", MODEL.replace("dataset = \".\"", "dataset = \"t.xlsx\""));
    assert!(folder.check().codes().iter().all(|code| code == "dataset.no_rows"), "{}", folder.check().err);
}

#[test]
fn the_same_run_gives_the_same_workbook() {
    let folder = Folder::empty();
    let made = |name: &str, words: &[&str]| {
        let path = folder.file(name);
        assert_eq!(ecocomp(&[words, &["--overwrite", "-o", path.as_str()]].concat()).code, 0);
        std::fs::read(path).unwrap()
    };
    let model = repository("models/minimal.toml");
    let both = || [made("a.xlsx", &["allocate", &model]), made("t.xlsx", &["template"])];
    let first = both();
    // The clock of a workbook counts seconds.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert!(first == both());
}

/// The cells of a sheet as rows of text.
fn rows(path: &str, sheet: &str) -> Vec<Vec<String>> {
    let mut book: Xlsx<_> = open_workbook(path).unwrap();
    book.worksheet_range(sheet).unwrap().rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

#[test]
fn the_workbook_shows_funds_factors_channels_and_changes() {
    let folder = Folder::empty();
    let path = folder.file("plan.xlsx");
    let done = shipped("chongming-vertical", &["-o", &path, "--set", "fund.district.amount=+5%"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let has = |sheet: &str, words: &[&str]| {
        let rows = rows(&path, sheet);
        let found = rows.iter().find(|row| words.iter().all(|word| row.iter().any(|cell| cell == word)));
        found.cloned().unwrap_or_else(|| panic!("{sheet} lacks {words:?}: {rows:#?}"))
    };
    has("分配表", &["资金", "金额", "已分配", "结余", "依据"]);
    let fund = has("分配表", &["区级生态补偿资金", "126000000"]);
    assert_eq!(fund[2..5], ["126000000", "126000000", "0"]);
    for sheet in ["分配表", "依据", "金额依据", "规则原文", "敏感性", "校验"] {
        let texts = rows(&path, sheet).concat();
        assert!(texts.iter().any(|text| text.contains("126,000,000.00")), "{sheet} does not name the change");
        assert!(
            texts.iter().any(|text| text.contains("不得作为拨款依据")),
            "{sheet} does not say that data are illustrative"
        );
        assert!(
            texts.iter().all(|text| !text.contains("[310151") || sheet == "校验"),
            "{sheet} shows the name of a row"
        );
    }
    has(
        "依据",
        &["代码", "乡镇", "生态系统", "生态产品总值(元)", "面积(亩)", "面积占比(权重 0.4)", "成效得分", "成效系数"],
    );
    let cell = has("依据", &["310151101", "城桥镇", "林地"]);
    assert!(
        cell.contains(&"139919900".to_owned())
            && cell.contains(&"26846".to_owned())
            && cell.contains(&"69.9".to_owned()),
        "{cell:?}"
    );
    has("金额依据", &["惠及居民的渠道"]);
    has("金额依据", &["代码", "乡镇", "合计", "生态就业", "生态养老", "生态惠民"]);
    let record = shipped("chongming-vertical", &["--format", "json", "--set", "fund.district.amount=+5%"]).json();
    let total = record["total"]["amount_fen"].as_i64().unwrap();
    let sums = rows(&path, "金额依据").into_iter().rev().find(|row| row[1] == "合计").unwrap();
    assert_eq!(sums[2], format!("{}", total / 100));
    let channels: f64 = sums[3..6].iter().map(|text| text.parse::<f64>().unwrap()).sum();
    assert!((channels * 100.0).round() as i64 == total, "{sums:?}");
    for sheet in ["分配表", "依据", "金额依据", "敏感性"] {
        for text in rows(&path, sheet).concat().iter().filter(|text| text.parse::<f64>().is_ok()) {
            let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
            assert!(decimals <= 6, "{sheet}: {text}");
        }
    }
    for row in rows(&path, "敏感性").iter().filter(|row| row[0].starts_with(|c: char| c.is_ascii_digit())) {
        let bound: f64 = row[4].parse().unwrap();
        assert_eq!(row[4], ((bound * 100.0).round() / 100.0).to_string(), "not to the 分");
        assert!(!row[2].contains('['), "{row:?}");
    }
}

#[test]
fn a_csv_of_illustrative_data_or_a_what_if_says_so_on_every_line() {
    let read = |name: &str, more: &[&str]| -> (Vec<String>, Vec<Vec<String>>) {
        let done = shipped(name, &[&["--format", "csv"], more].concat());
        let mut reader = csv::Reader::from_reader(done.out.trim_start_matches('\u{feff}').as_bytes());
        let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
        (header, reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect())
    };
    let (header, rows) = read("chongming-vertical", &["--set", "fund.district.amount=+5%"]);
    assert_eq!(header.last().unwrap(), "说明");
    for row in &rows {
        let note = row.last().unwrap();
        assert!(note.contains("不得作为拨款依据") && note.contains("fund.district.amount"), "{note}");
    }
    let (header, _) = read("xinjiang-transfer", &[]);
    assert_ne!(header.last().unwrap(), "说明", "published data as they are need no remark");
    let (header, rows) = read("xinjiang-transfer", &["--set", "rule.floor.at_least=1600 万元"]);
    assert_eq!(header.last().unwrap(), "说明");
    assert!(!rows[0].last().unwrap().contains("示例"), "{:?}", rows[0]);
}

#[test]
fn explanations_speak_of_places_in_words_and_money_with_its_unit() {
    let model = repository("models/chongming-vertical.toml");
    let explain = |more: &[&str]| ecocomp(&[&["explain", model.as_str(), "--area"], more].concat()).out;
    let text = explain(&["绿华镇"]);
    for words in ["因素“生态产品总值”:16,744,300.00 元", "因素“面积”:", " 亩,", "因素“质量”:", "(绿华镇·", "已用足"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    for words in ["gep", "extent", "spent", "floor", "band[", "e-", "依据:—"] {
        assert!(!text.contains(words), "{words}: {text}");
    }
    // By label as by id; what the area does not have is said.
    let by_id = explain(&["310151101", "--ecosystem", "forest"]);
    assert_eq!(by_id, explain(&["城桥镇", "--ecosystem", "林地"]));
    assert_eq!(by_id, explain(&["城桥镇", "--ecosystem", "公益林"]));
    let without = explain(&["城桥镇", "--ecosystem", "湿地"]);
    assert!(without.contains("数据中城桥镇没有“湿地”") && without.contains("基本农田、林地"), "{without}");
    let folder = Folder::sound();
    folder.write("areas.csv", format!("{}03,丙镇,500\n", common::AREAS));
    let done = ecocomp(&["explain", &folder.file("model.toml"), "--area", "03"]);
    assert!(done.code == 0 && done.out.contains("数据中丙镇没有任何生态系统"), "{}{}", done.out, done.err);
}

#[test]
fn a_cell_without_entitlement_is_not_decided_by_the_objectives() {
    let folder = Folder::sound();
    folder.write("model.toml", MODEL.to_owned() + "entitlement = { pool = { forest = 1.0 } }\n");
    let done = ecocomp(&["explain", &folder.file("model.toml"), "--area", "01", "--ecosystem", "wetland"]);
    assert!(done.out.contains("因此金额为零") && !done.out.contains("由目标决定"), "{}{}", done.out, done.err);
}

#[test]
fn selections_take_labels_too() {
    let folder = Folder::sound();
    let amounts = |of: &str| {
        let rule = format!(
            "rule = [{{ kind = \"cap\", of = {{ ecosystem = \"{of}\" }}, per = \"total\", at_most = \"9 万元\" }}]\n"
        );
        folder.write("model.toml", MODEL.to_owned() + &rule);
        folder.allocate(&[]).json()["cells"].clone()
    };
    assert_eq!(amounts("林地"), amounts("forest"));
}

#[test]
fn what_soft_rules_miss_is_named_by_place() {
    let folder = Folder::sound();
    let rule = "rule = [{ kind = \"floor\", at_least = \"1234567.8 元\", soft = { penalty = 1 } }]\n";
    folder.write("model.toml", MODEL.to_owned() + rule);
    let done = ecocomp(&["allocate", &folder.file("model.toml")]);
    let says = |text: &str| done.out.contains(text);
    assert!(says("未达到:4 处") && says("4,438,271.20"), "{}{}", done.out, done.err);
    for place in ["甲镇·林地", "甲镇·湿地", "乙镇·林地", "乙镇·基本农田"] {
        assert!(done.out.contains(place), "{place}: {}", done.out);
    }
    assert!(!done.out.contains("0.0e0") && done.out.contains("已验证最优"), "{}", done.out);
    assert_eq!(folder.allocate(&[]).json()["stages"][0]["unit"], "wan_yuan");
}

#[test]
fn what_to_know_stands_on_every_line_of_a_table_of_figures() {
    // A figure some 10 000 times the median: worth a warning.
    let odd = CELLS.replace("01,林地,1000,400000", "01,林地,1000,80000000000");
    for (data, is_noted) in [(odd.as_str(), true), (CELLS, false)] {
        let folder = Folder::sound();
        folder.write("cells.csv", data);
        let model = folder.file("model.toml");
        for question in [
            &["ranges"][..],
            &["alternatives"],
            &["curve", "--path", "fund.district.amount"],
            &["robust", "--method", "max_min", "--scenario", "a: data.extent*=2"],
        ] {
            let words = [&[question[0], model.as_str(), "--format", "csv"], &question[1..]].concat();
            let done = ecocomp(&words);
            assert_eq!(done.code, 0, "{}", done.err);
            let noted = done.out.lines().filter(|line| line.contains("提示(")).count();
            let wanted = if is_noted { done.out.lines().count() - 1 } else { 0 };
            assert_eq!(noted, wanted, "{}", done.out);
        }
    }
}
