//! The whole job from Excel alone: an office's table becomes a workbook, the workbook a plan; models there and back.

use std::io::Read as _;

use rust_xlsxwriter::{Format, Formula, Workbook};

use crate::common::{AREAS, CELLS, Done, Folder, ecocomp, repository};

/// A clerk's table: title, merged header, unit, totals as formulas, notes; amounts of one township are far off the others.
fn table(amounts: [f64; 4]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let plain = Format::new();
    sheet.merge_range(0, 0, 0, 5, "云岭县2024年生态保护补偿资金分配表", &plain).unwrap();
    sheet.write_string(1, 5, "单位:万元").unwrap();
    for (range, text) in [((2, 0, 3, 0), "乡镇"), ((2, 1, 2, 2), "补偿面积(亩)"), ((2, 3, 2, 5), "补偿资金")]
    {
        sheet.merge_range(range.0, range.1, range.2, range.3, text, &plain).unwrap();
    }
    for (column, text) in [(1, "林地"), (2, "湿地"), (3, "林地"), (4, "湿地"), (5, "小计")] {
        sheet.write_string(3, column, text).unwrap();
    }
    let [a, b, c, d] = amounts;
    for (row, name, extents, paid) in
        [(4, "甲镇", (42_000.0, 1_200.0), (a, b)), (5, "乙乡", (118_000.0, 3_400.0), (c, d))]
    {
        sheet.write_string(row, 0, name).unwrap();
        for (column, value) in [(1, extents.0), (2, extents.1), (3, paid.0), (4, paid.1)] {
            sheet.write_number(row, column, value).unwrap();
        }
        let formula = format!("=SUM(D{0}:E{0})", row + 1);
        sheet.write_formula(row, 5, Formula::new(formula).set_result((paid.0 + paid.1).to_string())).unwrap();
    }
    sheet.write_string(6, 0, "合  计").unwrap();
    sheet.write_formula(6, 3, Formula::new("=SUM(D5:D6)").set_result((a + c).to_string())).unwrap();
    sheet.write_string(7, 0, "注:按2023年验收面积测算。").unwrap();
    book.save_to_buffer().unwrap()
}

#[track_caller]
fn fine(done: Done) -> Done {
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    done
}

fn begun() -> Folder {
    let folder = Folder::empty();
    folder.write("2024.xlsx", table([71.4, 14.4, 200.6, 40.8]));
    fine(ecocomp(&["init", "云岭县", "--from", &folder.file("2024.xlsx"), "-o", &folder.file("")]));
    folder
}

#[test]
fn a_table_becomes_a_workbook_and_the_workbook_a_plan() {
    let folder = Folder::empty();
    folder.write("2024.xlsx", table([71.4, 14.4, 200.6, 40.8]));
    let told = fine(ecocomp(&["init", "云岭县", "--from", &folder.file("2024.xlsx"), "-o", &folder.file("")]));
    for said in ["补偿面积·林地", "上年补偿 · 湿地", "160,000", "已试算,有可行方案", "2 个区域、4 个单元"]
    {
        assert!(told.out.contains(said), "{said}\n{}", told.out);
    }
    let book = folder.file("云岭县2025.xlsx");
    // What is there stays there.
    let again = ecocomp(&["init", "云岭县", "--from", &folder.file("2024.xlsx"), "-o", &folder.file(""), "--json"]);
    assert_eq!((again.code, again.codes()), (1, vec!["cli.exists".to_owned()]));
    let checked = fine(ecocomp(&["check", &book]));
    assert!(checked.out.contains("有可行方案") && checked.out.contains("327.20"), "{}", checked.out);
    let plan = fine(ecocomp(&["allocate", &book, "--format", "json"])).json();
    assert_eq!(plan["total"]["amount_fen"], 327_200_000);
    assert_eq!(plan["model"]["file"]["name"], "云岭县2025.xlsx");
    assert_eq!(plan["model"]["year"], 2025);
    // The digest is that of the file itself.
    let record = plan["model"]["file"]["sha256"].as_str().unwrap().to_owned();
    assert_eq!(plan["dataset"]["files"][0]["sha256"], record.as_str());
    fine(ecocomp(&["explain", &book, "--area", "甲镇"]));
}

/// Shipped models that have a plan.
const SHIPPED: [&str; 7] = [
    "minimal",
    "chongming-vertical",
    "chongming-ahp",
    "chongming-entropy",
    "chongming-uncertain",
    "chongming-midyear",
    "xinjiang-transfer",
];

fn record(done: Done) -> serde_json::Value {
    let mut record = fine(done).json();
    record["model"]["file"] = serde_json::Value::Null;
    record
}

#[test]
fn every_shipped_model_gives_the_same_record_from_a_workbook_and_back() {
    for model in SHIPPED {
        let folder = Folder::empty();
        let (toml, book, back) =
            (repository(&format!("models/{model}.toml")), folder.file("m.xlsx"), folder.file("back.toml"));
        fine(ecocomp(&["convert", &toml, &book]));
        fine(ecocomp(&["convert", &book, &back]));
        let from = |path: &str| record(ecocomp(&["allocate", path, "--format", "json"]));
        let first = from(&toml);
        assert_eq!(from(&book), first, "{model}");
        assert_eq!(from(&back), first, "{model}");
    }
    let none = ecocomp(&["convert", &repository("models/minimal.toml"), &Folder::empty().file("m.csv"), "--json"]);
    assert_eq!((none.code, none.codes()), (2, vec!["office.no_form".to_owned()]));
}

/// The workbook of a folder with a change in one of its sheets: texts of the package are replaced.
fn changed(folder: &Folder, name: &str, from: &str, to: &str) -> String {
    let bytes = std::fs::read(folder.file(name)).unwrap();
    let mut package = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut made = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let mut times = 0;
    for index in 0..package.len() {
        let mut part = package.by_index(index).unwrap();
        let name = part.name().unwrap().into_owned();
        let mut text = Vec::new();
        part.read_to_end(&mut text).unwrap();
        let text = match String::from_utf8(text) {
            Ok(text) => {
                times += text.matches(from).count();
                text.replace(from, to).into_bytes()
            }
            Err(error) => error.into_bytes(),
        };
        made.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut made, &text).unwrap();
    }
    assert!(times > 0, "{from} is nowhere");
    folder.write("changed.xlsx", made.finish().unwrap().into_inner());
    folder.file("changed.xlsx")
}

#[test]
fn what_is_wrong_in_the_workbook_is_told_by_sheet_and_cell() {
    let folder = begun();
    for (from, to, code, place) in [
        ("<v>0.9</v>", "<v>1.2</v>", "policy.between_order", ("规则", 3, "E 下限")),
        (">增减幅限制<", ">增减幅<", "policy.unknown_word", ("规则", 3, "A 类型")),
        (">保障最低的覆盖率<", ">最低<", "policy.unknown_word", ("目标", 3, "A 类型")),
        (">1 元<", ">一元<", "units.not_a_number", ("模型", 6, "B 值")),
    ] {
        let done = ecocomp(&["allocate", &changed(&folder, "云岭县2025.xlsx", from, to), "--json"]);
        assert_eq!(done.code, 1, "{from}: {}{}", done.out, done.err);
        let finding = &done.error()["findings"][0];
        assert_eq!(finding["code"], code, "{finding}");
        let found = (finding["place"]["sheet"].as_str().unwrap(), finding["place"]["row"].as_u64().unwrap());
        assert_eq!((found, finding["place"]["column"].as_str().unwrap()), ((place.0, place.1), place.2), "{finding}");
    }
}

#[test]
fn a_corridor_in_per_cent_is_asked_about_and_per_cent_signs_are_read() {
    let folder = begun();
    changed(&folder, "云岭县2025.xlsx", "<v>0.9</v>", "<v>90</v>");
    let done = ecocomp(&["check", &changed(&folder, "changed.xlsx", "<v>1.1</v>", "<v>120</v>"), "--json"]);
    let finding = done.error()["findings"][0].clone();
    assert_eq!((done.code, finding["code"].as_str()), (1, Some("policy.corridor_percent")), "{finding}");
    assert_eq!((finding["place"]["sheet"].as_str(), finding["place"]["row"].as_u64()), (Some("规则"), Some(3)));
}

#[test]
fn check_shows_what_it_understood_and_finds_that_there_is_no_plan() {
    let folder = Folder::sound();
    let seen = fine(ecocomp(&["check", &folder.file("model.toml"), "--format", "json"])).json();
    assert_eq!(seen["plan"], "feasible");
    let understood = &seen["understood"];
    assert_eq!(understood["total"]["extent_mu"], "6500");
    assert_eq!(understood["total"]["last_year_yuan"], "450000");
    assert_eq!(understood["population"], "4000");
    let forest = understood["rates"]
        .as_array()
        .unwrap()
        .iter()
        .find(|rate| rate["ecosystem"] == "forest" && rate["kind"] == "last_year_per_mu");
    let forest = forest.unwrap();
    assert_eq!((forest["least"]["name"].as_str(), forest["least"]["value"].as_f64()), (Some("乙镇"), Some(75.0)));
    assert_eq!((forest["most"]["name"].as_str(), forest["most"]["value"].as_f64()), (Some("甲镇"), Some(100.0)));
    let none = ecocomp(&["check", &repository("models/chongming-infeasible.toml")]);
    assert_eq!(none.code, 3, "{}{}", none.out, none.err);
    assert!(none.out.contains("没有可行方案") && !none.out.contains("通过"), "{}", none.out);
    let none = ecocomp(&["check", &repository("models/chongming-infeasible.toml"), "--format", "json", "--json"]);
    assert_eq!(none.json()["plan"], "infeasible");
    assert!(!none.error()["diagnosis"].is_null());
}

#[test]
fn what_moved_since_last_year_is_asked_about_with_the_slip_that_it_looks_like() {
    let folder = Folder::sound();
    let model = folder.file("model.toml");
    let against = |areas: &str, cells: &str| {
        let old = Folder::empty();
        old.write("areas.csv", areas);
        old.write("cells.csv", cells);
        let done = fine(ecocomp(&["check", &model, "--against", &old.file(""), "--format", "json"]));
        let findings = done.json()["findings"].as_array().unwrap().clone();
        findings
            .iter()
            .map(|finding| {
                (finding["code"].as_str().unwrap().to_owned(), finding["cause"].as_str().unwrap().to_owned())
            })
            .collect::<Vec<_>>()
    };
    assert!(against(AREAS, CELLS).is_empty());
    for (factor, cells, slip) in [
        ("10,000", CELLS.replace("01,湿地,500,900000", "01,湿地,500,90"), "元"),
        ("1/15", CELLS.replace("02,基本农田,3000,", "02,基本农田,45000,"), "公顷"),
        ("10", CELLS.replace("70000,60000,120000", "70000,60000,12000"), "位数"),
    ] {
        let found = against(AREAS, &cells);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, "check.figure_moved");
        assert!(found[0].1.contains(factor) && found[0].1.contains(slip), "{found:?}");
    }
    let found = against(&AREAS.replace("02,乙镇,3000", "03,丁镇,3000"), &CELLS.replace("02,", "03,"));
    let codes: Vec<&str> = found.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(codes, ["check.area_gone", "check.area_new"], "{found:?}");
    // An office's own table serves as well.
    let folder = begun();
    let book = folder.file("云岭县2025.xlsx");
    folder.write("before.xlsx", table([71.4, 14.4, 20.06, 40.8]));
    let done = fine(ecocomp(&["check", &book, "--against", &folder.file("before.xlsx")]));
    assert!(done.err.contains("乙乡") && done.err.contains("10 倍"), "{}", done.err);
}

#[test]
fn a_template_has_the_areas_the_columns_and_last_years_result() {
    let folder = Folder::sound();
    folder.write("cells.csv", CELLS.replace("上年补偿(元)", "上年补偿(元),红线占用(亩)").replace("0\n", "0,7\n"));
    let (model, result, book) = (folder.file("model.toml"), folder.file("run.json"), folder.file("next.xlsx"));
    fine(ecocomp(&["allocate", &model, "-o", &result]));
    fine(ecocomp(&["template", &model, "--last-year", &result, "-o", &book]));
    let mut read: calamine::Xlsx<_> = calamine::open_workbook(&book).unwrap();
    use calamine::Reader as _;
    let cells = read.worksheet_range("单元").unwrap();
    let text = |row: u32, column: u32| cells.get_value((row, column)).map(ToString::to_string).unwrap_or_default();
    assert_eq!((text(1, 0), text(1, 1), text(1, 2)), ("01".to_owned(), "甲镇".to_owned(), "林地".to_owned()));
    assert_eq!(text(0, 10), "红线占用(亩)");
    let total: f64 = (1..5).map(|row| text(row, 9).parse::<f64>().unwrap()).sum();
    assert!((total - 50.0).abs() < 1e-9, "{total}");
    let no_result = ecocomp(&["template", &model, "--last-year", &model, "-o", &folder.file("x.xlsx"), "--json"]);
    assert_eq!(no_result.code, 1);
}
