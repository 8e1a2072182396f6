//! What the commands write: JSON by its schema, CSV and XLSX as spreadsheets read them, MPS, exit codes.

mod common;

use calamine::{Data, Reader as _, Xlsx, open_workbook};
use common::{Done, Folder, MODEL, ecocomp, repository};
use ecocomp::record::Record;
use serde_json::Value;

const MODELS: [&str; 5] = ["chongming-vertical", "minimal", "chongming-ahp", "chongming-entropy", "xinjiang-transfer"];

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
    assert_eq!(book.sheet_names(), ["分配表", "依据", "敏感性", "校验"]);
    let total = shipped("chongming-vertical", &["--format", "json"]).json()["total"]["amount_fen"].as_i64().unwrap();
    let plan = book.worksheet_range("分配表").unwrap();
    let numbers = plan.rows().flatten().filter_map(|cell| match cell {
        Data::Float(number) => Some((number * 100.0).round() as i64),
        _ => None,
    });
    assert!(numbers.into_iter().any(|number| number == total));
    for sheet in book.sheet_names() {
        let range = book.worksheet_range(&sheet).unwrap();
        let texts = range.rows().flatten().filter_map(|cell| match cell {
            Data::String(text) => Some(text.clone()),
            _ => None,
        });
        for text in texts {
            assert!(!text.contains('{'), "{sheet}: an argument is left open: {text}");
        }
    }
    assert_eq!(shipped("minimal", &["--format", "xlsx"]).code, 1, "a workbook needs a file");
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
fn checks_do_not_solve() {
    let done = ecocomp(&["check", &repository("models/chongming-infeasible.toml")]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.contains("18"));
}
