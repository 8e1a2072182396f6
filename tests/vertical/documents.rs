//! Documents and pictures: what they say, that they are the same every time, and that an office program opens them.

use std::io::{Cursor, Read as _};
use std::path::Path;
use std::process::Command;

use crate::common::{Folder, MODEL, ecocomp, repository};

/// The text of a document, one line a paragraph.
fn words(bytes: &[u8]) -> Vec<String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    archive.by_name("word/document.xml").unwrap().read_to_string(&mut text).unwrap();
    let document = roxmltree::Document::parse(&text).unwrap();
    let paragraphs = document.descendants().filter(|node| node.tag_name().name() == "p");
    let line = |node: roxmltree::Node<'_, '_>| {
        node.descendants()
            .filter(|part| part.tag_name().name() == "t")
            .filter_map(|part| part.text())
            .collect::<String>()
    };
    paragraphs.map(line).collect()
}

fn report(folder: &Folder, model: &str, more: &[&str]) -> Vec<u8> {
    let path = folder.file("x.docx");
    let done = ecocomp(&[&["report", model, "--overwrite", "-o", &path], more].concat());
    assert_eq!(done.code, 0, "{}", done.err);
    std::fs::read(path).unwrap()
}

/// How many pages LibreOffice makes of a file; `None` where it is not installed.
fn pages(folder: &Folder, file: &str) -> Option<usize> {
    let profile = format!("-env:UserInstallation=file://{}", folder.file("profile"));
    let out = folder.file("pdf");
    let words = [profile.as_str(), "--headless", "--convert-to", "pdf", "--outdir", &out, file];
    Command::new("soffice").args(words).output().ok()?;
    let name = Path::new(file).with_extension("pdf");
    let bytes = std::fs::read(Path::new(&out).join(name.file_name().unwrap()))
        .unwrap_or_else(|error| panic!("{file}: {error}"));
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Some(
        text.matches("/Type/Page/").count()
            + text.matches("/Type /Page\n").count()
            + text.matches("/Type/Page\n").count(),
    )
}

#[test]
fn a_report_says_what_the_record_says() {
    let folder = Folder::empty();
    let model = repository("models/chongming-vertical.toml");
    let words_of = ["--unit", "万元", "--date", "2025-03-28", "--to", "区政府", "--office", "区财政局"];
    let bytes = report(&folder, &model, &words_of);
    let lines = words(&bytes);
    let record = ecocomp(&["allocate", &model, "--format", "json"]).json();
    for area in record["areas"].as_array().unwrap() {
        let name = area["name"]["zh"].as_str().unwrap();
        assert!(lines.iter().filter(|line| *line == name).count() >= 2, "{name}");
    }
    for rule in record["rules"].as_array().unwrap() {
        let sentence = rule["sentence"]["zh"].as_str().unwrap();
        assert!(lines.iter().any(|line| line == sentence), "{sentence}");
    }
    for line in ["区政府:", "区财政局", "2025年3月28日", "附件1", "附件2", "妥否,请批示。", "单位:万元"]
    {
        assert!(lines.iter().any(|known| known == line), "{line}: {lines:#?}");
    }
    let all = lines.join("\n");
    for words in [record["hash"].as_str().unwrap(), "13,500 万元", "不得作为拨款依据", "chongming-vertical.toml"]
    {
        assert!(all.contains(words), "{words}");
    }
    // The memo is one page: some 22 lines of 28 characters, its title two of them and a little.
    let memo = lines.iter().take_while(|line| *line != "附件1");
    let high: usize = memo.map(|line| unicode_width::UnicodeWidthStr::width(line.as_str()).div_ceil(52)).sum();
    assert!(high <= 20, "{high} lines");
    assert!(!all.contains('{') && !all.contains("unit_standard"), "{all}");
    // No clock: the same bytes again.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert!(report(&folder, &model, &words_of) == bytes);
    if let Some(count) = pages(&folder, &folder.file("x.docx")) {
        assert!((3..=9).contains(&count), "{count} pages");
    }
}

#[test]
fn a_report_of_changes_stands_beside_the_model_without_them() {
    let folder = Folder::empty();
    let model = repository("models/chongming-vertical.toml");
    let lines = words(&report(&folder, &model, &["--set", "fund.district.amount=+5%"]));
    for line in ["改动与未改动的模型比较", "未改动", "相差", "+6,000,000.00"] {
        assert!(lines.iter().any(|known| known == line), "{line}");
    }
    let done = ecocomp(&["report", &model, "--date", "2025-02-30", "--json"]);
    assert_eq!((done.code, done.codes()), (1, vec!["paper.date".to_owned()]), "{}", done.err);
}

#[test]
fn a_comparison_is_a_document_too() {
    let folder = Folder::empty();
    let (model, path) = (repository("models/chongming-vertical.toml"), folder.file("x.docx"));
    let asked = ["compare", &model, "--base", "-s", "budget-up", "-s", "fund.district.amount=1 万元", "--attribute"];
    let compared = ecocomp(&[&asked[..], &["--format", "json"]].concat()).json();
    ecocomp(&[&asked[..], &["-o", &path]].concat());
    let bytes = std::fs::read(&path).unwrap();
    let lines = words(&bytes);
    let all = lines.join("\n");
    let up = compared["scenarios"][1]["name"]["zh"].as_str().unwrap();
    assert!(lines.iter().filter(|line| *line == up).count() >= 3, "{all}");
    // Every area with its money under both plans, and why the third has none.
    for area in compared["areas"].as_array().unwrap() {
        assert!(lines.iter().any(|line| line == area["name"]["zh"].as_str().unwrap()), "{area}");
    }
    let total = compared["total"]["amounts_fen"][1].as_i64().unwrap();
    assert!(lines.iter().any(|line| line.replace(',', "") == format!("{}.00", total / 1_000_000)), "{total}");
    let reason = compared["scenarios"][2]["reason"]["zh"].as_str().unwrap();
    let first = reason.lines().next().unwrap();
    assert!(all.contains(first) && !all.contains('{') && !all.contains("unit_standard"), "{first}\n{all}");
    // The model stands first, and its changes are none.
    assert!(all.contains("模型原样") && all.contains("沙普利值"), "{all}");
    if let Some(count) = pages(&folder, &path) {
        assert!((2..=12).contains(&count), "{count} pages");
    }
}

#[test]
fn names_that_are_markup_stay_words() {
    let folder = Folder::sound();
    folder.write("areas.csv", crate::common::AREAS.replace("甲镇", "<w:p>&镇").replace("乙镇", "=1+1"));
    folder.write("model.toml", MODEL);
    let lines = words(&report(&folder, &folder.file("model.toml"), &[]));
    assert!(lines.iter().any(|line| line == "<w:p>&镇"), "{lines:#?}");
}

#[test]
fn a_workbook_opens_in_an_office_program() {
    let folder = Folder::empty();
    let path = folder.file("plan.xlsx");
    let model = repository("models/chongming-vertical.toml");
    assert_eq!(ecocomp(&["allocate", &model, "-o", &path]).code, 0);
    if let Some(count) = pages(&folder, &path) {
        assert!(count >= 7, "{count} pages");
    }
}

#[test]
fn explanations_begin_plainly_and_without_the_rule_is_really_solved() {
    let folder = Folder::empty();
    let model = repository("models/chongming-vertical.toml");
    let all = ecocomp(&["explain", &model, "--all", "--format", "json"]).json();
    let areas = all["areas"].as_array().unwrap();
    assert_eq!(areas.len(), 18);
    let mut solved = std::collections::BTreeMap::new();
    let mut checked = 0;
    for area in areas {
        let one = ecocomp(&["explain", &model, "--area", area["name"].as_str().unwrap(), "--format", "json"]);
        if checked == 0 {
            assert_eq!(one.json(), *area, "one of several is the one alone");
        }
        for cell in area["cells"].as_array().unwrap() {
            let first = cell["sentences"][0]["zh"].as_str().unwrap();
            assert!(first.contains('得') && first.ends_with('。'), "{first}");
            for part in cell["without"].as_array().unwrap() {
                let rule = part["rule"].as_str().unwrap();
                let amounts = solved.entry(rule.to_owned()).or_insert_with(|| {
                    let change = format!("rule.{rule}.enabled=false");
                    ecocomp(&["allocate", &model, "--set", &change, "--format", "json"]).json()["cells"].clone()
                });
                let (code, ecosystem) = cell["cell"].as_str().unwrap().split_once('/').unwrap();
                let same = amounts
                    .as_array()
                    .unwrap()
                    .iter()
                    .find(|found| found["area"] == code && found["ecosystem"] == ecosystem);
                assert_eq!(part["amount_fen"], same.unwrap()["amount_fen"], "{rule} {code} {ecosystem}");
                checked += 1;
            }
        }
        if checked > 0 {
            break;
        }
    }
    assert!(checked > 0);
    let two = ecocomp(&["explain", &model, "--area", "绿华镇", "--area", "310151101", "--ecosystem", "林地"]);
    assert!(two.out.contains("绿华镇") && two.out.contains("城桥镇"), "{}{}", two.out, two.err);
    let text = ecocomp(&["explain", &model, "--all"]).out;
    for id in ["forest", "wetland", "farmland", "water_source", "district", "corridor", "gep_cap", "unit_standard"] {
        assert!(!text.contains(id), "{id}");
    }
    let path = folder.file("all.csv");
    assert_eq!(ecocomp(&["explain", &model, "--all", "-o", &path]).code, 0);
    let cells: usize = areas.iter().map(|area| area["cells"].as_array().unwrap().len().max(1)).sum();
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), cells + 1);
    assert_eq!(ecocomp(&["explain", &model]).code, 2);
    assert_eq!(ecocomp(&["explain", &model, "--all", "--area", "绿华镇"]).code, 2);
}
