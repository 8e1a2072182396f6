//! What a person may get wrong in tables and models, one test a slip: an error or a notice at its place, never a guess.

use crate::common::{AREAS, CELLS, Done, Folder, ecocomp};

const HEAD: &str = "[model]\nname = \"x\"\ndataset = \".\"\n[[fund]]\nid = \"d\"\namount = \"50 万元\"\n[[objective]]\nkind = \"max_min_coverage\"\n";

fn model(more: &str) -> Folder {
    let folder = Folder::sound();
    folder.write("model.toml", format!("{HEAD}{more}\n"));
    folder
}

fn rule(text: &str) -> Done {
    model(&format!("[[rule]]\n{text}")).check()
}

fn cells(table: impl AsRef<[u8]>) -> Done {
    let folder = Folder::sound();
    folder.write("cells.csv", table);
    folder.check()
}

#[track_caller]
fn refused(done: &Done, code: &str, said: &[&str]) {
    assert_eq!(done.code, 1, "{}{}", done.out, done.err);
    assert!(done.codes().iter().any(|found| found == code), "{code} is not among {:?}", done.codes());
    for said in said {
        assert!(done.err.contains(said), "{said} is not said: {}", done.err);
    }
    assert!(!done.err.contains("panicked"));
}

#[track_caller]
fn alone(done: &Done, code: &str, said: &[&str]) {
    refused(done, code, said);
    assert_eq!(done.codes(), [code]);
}

/// Passes, with a warning of this kind in the record.
#[track_caller]
fn noticed(folder: &Folder, said: &str) {
    let done = folder.allocate(&[]);
    assert_eq!(done.code, 0, "{}", done.err);
    let warnings = done.json()["warnings"].to_string();
    assert!(warnings.contains(said), "{said} is not said: {warnings}");
}

#[test]
fn a_bound_on_the_wrong_side_drops_no_rule() {
    alone(&rule("kind = \"floor\"\nat_most = \"1 万元\""), "policy.wrong_side", &["at_least", "cap", "\"row\": 11"]);
    alone(&rule("kind = \"cap\"\nat_least = \"1 万元\""), "policy.wrong_side", &["at_most", "floor"]);
    alone(&rule("kind = \"floor\"\nat_least = \"1 元\"\nat_most = \"1 万元\""), "policy.wrong_side", &[]);
    alone(&rule("kind = \"corridor\"\nbetween = [0.5, 2]\nat_most = 1"), "policy.two_bounds", &["between"]);
    let folder = model("[[rule]]\nkind = \"floor\"\nat_least = \"1 元\"");
    refused(&folder.allocate(&["--set", "rule.floor.kind=cap"]), "policy.wrong_side", &[]);
}

#[test]
fn an_empty_list_selects_nothing() {
    for of in ["area = []", "ecosystem = []", "fund = []", "where = {}"] {
        let key = of.split(' ').next().unwrap();
        let done = rule(&format!("kind = \"floor\"\nat_least = \"1 元\"\nof = {{ {of} }}"));
        alone(&done, "policy.empty_list", &[&format!("of.{key}")]);
    }
    let folder = Folder::sound();
    let text = HEAD.replace("[[objective]]", "only = { ecosystem = [] }\n[[objective]]");
    folder.write("model.toml", text);
    refused(&folder.check(), "policy.empty_list", &["fund[1].only.ecosystem"]);
    assert_eq!(rule("kind = \"floor\"\nat_least = \"1 元\"\nof = {}").code, 0);
}

#[test]
fn a_quote_that_is_not_closed_swallows_no_rows() {
    let noted = |note: &str| {
        let mut lines: Vec<String> = CELLS.lines().map(|line| format!("{line},")).collect();
        lines[0].push_str("备注");
        lines[1].push_str(note);
        lines.join("\n") + "\n"
    };
    assert_eq!(cells(noted("\"两行\n的备注\"")).code, 0);
    assert_eq!(cells(noted("\"他说\"\"好\"\"\"")).code, 0);
    refused(&cells(noted("\"没有关上")), "dataset.open_quote", &["\"row\": 2"]);
    // Closed by the quote that opens another row's note, or by one at the end of another row.
    let two = noted("\"没有关上").replace("120000,", "120000,\"又一条\"");
    refused(&cells(two), "dataset.open_quote", &["\"row\": 2"]);
    let end = noted("\"没有关上").replace("120000,", "120000,\"");
    refused(&cells(end), "dataset.open_quote", &["\"row\": 2"]);
}

/// Five areas with forest of nearly the same worth per 亩; the last GEP is given.
fn forests(gep: &str) -> Folder {
    let folder = Folder::sound();
    let rows =
        [("01", "1000", "80"), ("02", "2500", "210"), ("03", "40", "3.1"), ("04", "900", "66"), ("05", "1200", gep)];
    let mut areas = String::from("代码,名称\n");
    let mut cells = String::from("区域代码,生态系统,面积(亩),生态产品总值(万元)\n");
    for (code, extent, gep) in rows {
        areas.push_str(&format!("{code},镇{code}\n"));
        cells.push_str(&format!("{code},林地,{extent},{gep}\n"));
    }
    folder.write("areas.csv", areas);
    folder.write("cells.csv", cells);
    folder
}

#[test]
fn a_slip_of_exactly_a_unit_is_seen_whatever_the_size_of_the_area() {
    assert_eq!(forests("96").check().err, "");
    // 元 under 万元, 万元 under 亿元; 亿元 under 万元.
    for (slip, times) in [("960000", "10,000 倍"), ("0.0096", "1/9,688 倍")] {
        let seen = forests(slip).check();
        assert_eq!(seen.code, 0, "{}", seen.err);
        for said in ["cells.csv:6", "D 生态产品总值(万元)", "镇05(05)的林地", times] {
            assert!(seen.err.contains(said), "{said} is not said: {}", seen.err);
        }
    }
    // 元 under 亿元 cannot be meant.
    refused(&forests("9600000000").check(), "dataset.implausible", &["\"row\": 6", "镇05(05)的林地"]);
    // Within an ecosystem a hundredfold difference may be true: it is said and taken.
    noticed(&forests("24000"), "镇05(05)的林地");
    let folder = forests("960000");
    folder.write("dataset.toml", "accept_outliers = [\"gep\"]\n");
    assert_eq!(folder.check().code, 0);
}

#[test]
fn rows_of_totals_are_no_areas_even_with_a_code() {
    for name in ["全县合计", "合 计", "Total", "Grand total", "总计"] {
        let folder = Folder::sound();
        folder.write("areas.csv", format!("{AREAS}999,{name},4000\n"));
        refused(&folder.check(), "dataset.total_row", &["areas.csv", "\"row\": 4"]);
    }
    refused(&cells(CELLS.replace("02,基本农田", "02,合计")), "dataset.total_row", &["\"row\": 5"]);
}

#[test]
fn a_blank_figure_is_neither_inside_nor_outside_a_condition() {
    let folder = model("[[rule]]\nkind = \"floor\"\nat_least = \"1 元\"\nof = { where = { outcome = [0, 100] } }");
    folder.write("cells.csv", CELLS.replace("0.8,80,", "0.8,,"));
    alone(&folder.check(), "policy.figure_missing", &["cells.csv", "\"row\": 2", "F 保护成效(分)", "甲镇(01)的林地"]);
    // Cells that the selection does not name may be blank.
    let of = "of = { ecosystem = \"wetland\", where = { outcome = [0, 100] } }";
    folder.write("model.toml", format!("{HEAD}[[rule]]\nkind = \"floor\"\nat_least = \"1 元\"\n{of}\n"));
    assert_eq!(folder.check().code, 0);
}

#[test]
fn a_pool_that_leaves_an_ecosystem_out_says_so() {
    noticed(&model("[entitlement]\npool = { forest = 1 }"), "wetland, farmland");
    let whole = model("[entitlement]\npool = { forest = 1, wetland = 0, farmland = 0 }");
    assert_eq!(whole.check().err, "");
}

#[test]
fn one_selection_is_not_passed_over_for_another() {
    let done = rule("kind = \"unit_standard\"\nof = \"total\"\necosystem = \"forst\"\nat_least = \"1 元/亩\"");
    alone(&done, "policy.two_selections", &["ecosystem"]);
}

#[test]
#[cfg(unix)]
fn pipes_and_devices_are_not_read() {
    for device in ["/dev/zero", "/dev/null"] {
        let done = ecocomp(&["check", device, "--json"]);
        refused(&done, "cli.not_a_file", &[device]);
        let folder = Folder::sound();
        let done = ecocomp(&["check", &folder.file("model.toml"), "--data", device, "--json"]);
        refused(&done, "cli.not_a_file", &[device]);
    }
    let folder = Folder::sound();
    let fifo = folder.file("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    refused(&ecocomp(&["check", &fifo, "--json"]), "cli.not_a_file", &["fifo"]);
}

#[test]
fn numbers_outside_their_sense_are_refused() {
    let share = |bound: &str| rule(&format!("kind = \"share\"\nof = {{ ecosystem = \"forest\" }}\n{bound}"));
    alone(&share("at_most = 30"), "policy.share_above", &["30%"]);
    assert!(share("at_most = 1.2").err.contains("1.2 大于 1"));
    assert_eq!(share("at_most = 1").code, 0);
    // Of another selection a share may well be above 1.
    assert_eq!(share("at_most = 1.5\nin = { ecosystem = \"wetland\" }").code, 0);
    let objective = |slack: &str| {
        let folder = Folder::sound();
        folder.write("model.toml", format!("{HEAD}slack = {slack}\n"));
        folder.check()
    };
    refused(&objective("1.5"), "policy.slack_above", &["5%"]);
    assert_eq!(objective("0.05").code, 0);
    for year in ["2025.5", "-5", "\"2025\"", "99999"] {
        let folder = Folder::sound();
        folder.write("model.toml", HEAD.replace("[model]", &format!("[model]\nyear = {year}")));
        alone(&folder.check(), "policy.year", &["model.year"]);
    }
    alone(&rule("kind = \"per_head\"\nratio_at_most = 1e15"), "policy.number_too_large", &["ratio_at_most"]);
    alone(&rule("kind = \"cap\"\nat_most = { gep = 1e16 }"), "policy.number_too_large", &["at_most.gep"]);
    let folder = Folder::sound();
    folder.write("areas.csv", AREAS.replace("1000", "1000.5"));
    alone(&folder.check(), "dataset.not_whole", &["areas.csv", "\"row\": 2", "C 人口(人)"]);
    folder.write("areas.csv", AREAS.replace("01,", "310151.0,"));
    refused(&folder.check(), "dataset.code_number", &["310151.0"]);
    let folder = Folder::sound();
    folder.write("dataset.toml", "accept_outliers = [\"gpe\"]\n");
    alone(&folder.check(), "dataset.accept_unknown", &["gpe", "gep"]);
    folder.write("dataset.toml", "year = 20255\n");
    alone(&folder.check(), "dataset.year", &["20255"]);
}

#[test]
fn a_factor_counts_once_and_says_something() {
    alone(&model("[entitlement]\nentropy = [\"gep\", \"gep\"]").check(), "policy.word_twice", &["entropy"]);
    let ahp = "[entitlement.ahp]\nfactors = [\"gep\", \"gep\"]\nmatrix = [[1, 1], [1, 1]]";
    refused(&model(ahp).check(), "policy.word_twice", &["ahp.factors"]);
    alone(&model("[entitlement]\nentropy = []").check(), "policy.none", &[]);
    let alike = CELLS.replace("0.8,80", "0.9,80").replace("0.7,60", "0.9,60");
    let folder = model("[entitlement]\nentropy = [\"quality\"]");
    folder.write("cells.csv", &alike);
    noticed(&folder, "等权");
    let folder = model("[entitlement]\nentropy = [\"quality\", \"gep\"]");
    folder.write("cells.csv", &alike);
    noticed(&folder, "权重为 0");
}

#[test]
fn nothing_that_steers_a_terminal_gets_through() {
    let folder = Folder::sound();
    folder.write("areas.csv", AREAS.replace("乙镇", "\"乙\u{1b}[31m\n镇\""));
    alone(&folder.check(), "dataset.steering_characters", &["\"row\": 3"]);
    let shown = ecocomp(&["check", &folder.file("model.toml")]).err;
    assert!(!shown.contains('\u{1b}') && shown.contains('␛'), "{shown}");
    folder.write("areas.csv", AREAS.replace("乙镇", "乙\u{202e}镇"));
    refused(&folder.check(), "dataset.steering_characters", &[]);
    let folder = Folder::sound();
    folder.write("model.toml", HEAD.replace("\"x\"", "\"a\\u001B[2Jb\""));
    alone(&folder.check(), "policy.steering_characters", &["model.name"]);
    // A line break within a header is layout.
    let folder = Folder::sound();
    folder.write("cells.csv", CELLS.replace("面积(亩)", "\"面积\n(亩)\""));
    assert_eq!(folder.check().code, 0, "{}", folder.check().err);
}

#[test]
fn a_flood_of_errors_is_counted_and_not_kept() {
    let folder = Folder::sound();
    let rows: String = (0..50_000).map(|row| format!("X{row},林地,1,1,1,1,1,1,1\n")).collect();
    folder.write("cells.csv", format!("{CELLS}{rows}"));
    let done = folder.check();
    refused(&done, "dataset.unknown_area", &["–50005 行", "X"]);
    assert!(done.codes().len() <= 4, "{:?}", done.codes());
    // The same row over and over.
    let again = CELLS.lines().nth(1).unwrap();
    folder.write("cells.csv", format!("{CELLS}{}", format!("{again}\n").repeat(50_000)));
    let done = folder.check();
    refused(&done, "dataset.duplicate_cell", &["首次在第 2 行"]);
    assert!(!done.err.contains("首次在第 6 行") && done.err.contains("第 6–50005 行共 50000 处"), "{}", done.err);
    assert_eq!(done.codes().len(), 1);
    // Faults of so many columns that no list would end are counted.
    folder.write("cells.csv", CELLS);
    let rules: String = (0..300).map(|at| format!("[[rule]]\nkind = \"floor\"\nat_lest{at} = 1\n")).collect();
    folder.write("model.toml", format!("{HEAD}{rules}"));
    let done = folder.check();
    refused(&done, "finding.more", &[]);
    assert_eq!(done.codes().len(), 201);
}

#[test]
fn one_wrong_column_is_one_finding_with_its_range() {
    let header = CELLS.lines().next().unwrap();
    let row = |at: usize, area: &str| format!("0{},林地,{area},400000,0.8,80,60000,20000,100000\n", at % 2 + 1);
    let all: String = (0..40).map(|at| row(at, if at == 3 { "约三亩" } else { "千亩" })).collect();
    let done = cells(format!("{header}\n{all}"));
    let wrong: Vec<String> = done.codes().into_iter().filter(|code| code.starts_with("units.")).collect();
    assert_eq!(wrong, ["units.not_a_number"], "{}", done.err);
    for said in ["\"row\": 2", "C 面积(亩)", "“千亩”", "第 2–41 行共 40 处", "约三亩"] {
        assert!(done.err.contains(said), "{said} is not said: {}", done.err);
    }
    // Three are three.
    let three = CELLS.replacen("1000,", "x,", 1).replacen("500,", "y,", 1).replacen("2000,", "z,", 1);
    assert_eq!(cells(three).codes().len(), 3);
}

#[test]
fn signs_of_an_input_method_and_invisible_ones_are_named() {
    let folder = Folder::sound();
    let said = |text: &str, code: &str, said: &[&str]| {
        folder.write("model.toml", text);
        alone(&folder.check(), code, said);
    };
    said(
        &HEAD.replace("name = \"x\"", "name ＝ \"x\""),
        "document.full_width_mark",
        &["\"row\": 2", "第 6 个字符", "“＝”"],
    );
    said(&HEAD.replace("\"x\"", "“云岭，县”"), "document.full_width_mark", &["\"row\": 2", "““”", "共 2 个"]);
    said(&HEAD.replace("[model]", "［model］"), "document.full_width_mark", &["\"row\": 1", "“［”"]);
    said(&HEAD.replace("[[fund]]", "\u{feff}[[fund]]"), "document.invisible_mark", &["\"row\": 4", "BOM"]);
    said(&HEAD.replace("\"x\"", "\"云\u{200b}岭\""), "policy.steering_characters", &["model.name", "⟨U+200B⟩"]);
    let done = cells(CELLS.replacen("1000,", "1000\u{200b},", 1));
    alone(&done, "units.invisible", &["\"row\": 2", "⟨U+200B⟩"]);
    let done = cells(CELLS.replacen("02,林地", "02\u{feff},林地", 1));
    refused(&done, "dataset.steering_characters", &["\"row\": 4", "⟨U+FEFF⟩"]);
    // A workbook or a page under the name of a model.
    said("PK\u{3}\u{4}", "dataset.damaged_workbook", &["工作簿"]);
    said("<!DOCTYPE html><html>", "document.is_page", &["网页"]);
    said(&HEAD.replace("id = \"d\"", "id = \"d\"\nid = \"e\""), "document.key_twice", &["\"row\": 6", "“id”"]);
}

#[test]
fn a_row_of_a_million_commas_is_refused() {
    let header = CELLS.lines().next().unwrap();
    refused(&cells(format!("{header}\n{}\n", ",".repeat(1_000_000))), "dataset.too_large", &["\"row\": 2", "列数"]);
    refused(&cells(format!("{header}{}\n", ",".repeat(1_000_000))), "dataset.too_large", &["列数"]);
}

#[test]
fn a_number_that_is_none_is_quoted() {
    for amount in ["一百万元", "abc", "NaN 元", "1 000 元"] {
        let folder = Folder::sound();
        folder.write("model.toml", HEAD.replace("50 万元", amount));
        refused(&folder.check(), "units.not_a_number", &[&format!("“{amount}”不是数")]);
    }
    for text in ["1 000", "1/2", "1'000"] {
        let done = cells(CELLS.replacen("1000,400000", &format!("{text},400000"), 1));
        alone(&done, "units.not_a_number", &[&format!("“{text}”"), "\"row\": 2"]);
    }
    let done = cells(CELLS.replacen("1000,400000", "１００,400000", 1));
    alone(&done, "units.full_width", &["１００", "半角"]);
}

#[test]
fn residents_that_are_zero_are_told_apart_from_blank_ones() {
    let folder = model("[[rule]]\nkind = \"per_head\"\nratio_at_most = 9");
    folder.write("areas.csv", AREAS.replace("3000", "0"));
    alone(&folder.check(), "policy.figure_zero", &["areas.csv", "\"row\": 3", "C 人口(人)"]);
    folder.write("areas.csv", AREAS.replace("3000", ""));
    alone(&folder.check(), "policy.figure_missing", &["areas.csv", "\"row\": 3"]);
    folder.write("areas.csv", "代码,名称\n01,甲镇\n02,乙镇\n");
    alone(&folder.check(), "policy.column_missing", &["人口(人)", "areas.csv"]);
}

#[test]
fn figures_are_named_where_they_stand() {
    let done = cells(CELLS.replacen("400000", "", 1));
    alone(&done, "policy.figure_missing", &["cells.csv", "\"row\": 2", "D 生态产品总值(元)"]);
    let done = cells(CELLS.replacen("1000,400000", "-1000,400000", 1));
    refused(&done, "dataset.negative", &["\"row\": 2", "C 面积(亩)"]);
    let benefit = Folder::sound();
    let objective = "kind = \"max_outcome_benefit\"\nreturns = [[1, 1]]";
    benefit.write("model.toml", HEAD.replace("kind = \"max_min_coverage\"", objective));
    benefit.write("cells.csv", CELLS.replace("0.8,80,", "0.8,,"));
    alone(&benefit.check(), "policy.figure_missing", &["cells.csv", "\"row\": 2", "F 保护成效(分)"]);
}

#[test]
fn a_shared_name_asks_for_the_code() {
    let folder = model("[[rule]]\nkind = \"floor\"\nat_least = \"1 元\"\nof = { area = \"甲镇\" }");
    folder.write("areas.csv", AREAS.replace("乙镇", "甲镇"));
    let done = folder.check();
    refused(&done, "policy.name_shared", &["01, 02"]);
}

#[test]
fn one_error_does_not_make_others() {
    // A fund whose amount is wrong still exists for the rules that name it.
    let folder = model("[[rule]]\nkind = \"floor\"\nat_least = \"1 元\"\nof = { fund = \"d\" }");
    folder.write("model.toml", std::fs::read_to_string(folder.file("model.toml")).unwrap().replace("50 万元", "50"));
    alone(&folder.check(), "units.unit_missing", &["fund[1].amount"]);
    // An area whose only row is wrong is not also without cells.
    let done = cells(CELLS.replace("01,林地", "01,林地1").replace("01,湿地,500", "01,湿地,abc"));
    assert!(!done.codes().iter().any(|code| code == "dataset.area_without_cells"), "{:?}", done.codes());
}

#[test]
fn what_a_change_breaks_is_said_of_the_change() {
    let folder = Folder::sound();
    let done = folder.allocate(&["--set", "fund.district.amount=130000000"]);
    alone(&done, "units.unit_missing", &["\"file\": \"--set\"", "fund[1].amount"]);
    alone(&folder.allocate(&["--set", "fund.district.amount-=1 元"]), "scenario.form", &[]);
    let done = folder.allocate(&["--set", "data.zzz*=2"]);
    alone(&done, "policy.unknown_in_data", &["protection_cost"]);
    assert!(!done.err.contains('—'), "{}", done.err);
}

#[test]
fn square_metres_are_a_unit() {
    let plain = Folder::sound().allocate(&[]).json();
    let folder = Folder::sound();
    let mut lines = CELLS.lines().map(str::to_owned).collect::<Vec<_>>();
    lines[0] = lines[0].replace("面积(亩)", "面积(m2)");
    for line in &mut lines[1..] {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        // 3 亩 = 2000 m².
        let mu: u64 = cells[2].parse().unwrap();
        cells[2] = format!("{}", mu * 15);
        *line = cells.join(",");
    }
    let hundredths = lines.join("\n") + "\n";
    folder.write("cells.csv", hundredths);
    let json = folder.allocate(&[]).json();
    assert_eq!(json["cells"][0]["amount_fen"], plain["cells"][0]["amount_fen"]);
    let standard = |unit: &str, rate: &str| {
        let folder = model(&format!(
            "[[rule]]\nkind = \"unit_standard\"\necosystem = \"forest\"\nat_least = \"{rate} 元/{unit}\""
        ));
        let done = folder.allocate(&[]);
        assert_eq!(done.code, 0, "{}", done.err);
        done.json()["cells"].clone()
    };
    assert_eq!(standard("亩", "90"), standard("m2", "0.135"));
}

#[test]
fn a_missing_column_is_missed_and_not_mistaken_for_another() {
    let table: String =
        CELLS.lines().map(|line| line.split(',').take(3).collect::<Vec<_>>().join(",") + "\n").collect();
    alone(&cells(&table), "policy.column_missing", &["生态产品总值(万元)"]);
    let more = "[entitlement]\nfactors = { extent = 1 }\n";
    let folder = model(&format!("{more}[entitlement.outcome]\nindicator = \"outcom\"\npoints = [[0, 1]]"));
    alone(&folder.check(), "policy.unknown_word", &["outcom", "outcome"]);
    folder.write("cells.csv", &table);
    folder.write("model.toml", format!("{HEAD}{more}[[rule]]\nkind = \"corridor\"\nat_least = 0.9\n"));
    alone(&folder.check(), "policy.column_missing", &["上年补偿(万元)", "rule[1].against"]);
}

#[test]
fn the_header_is_the_first_row_with_commas_between() {
    alone(&cells(format!("2025年生态系统一览表\n{CELLS}")), "dataset.header_below", &["\"row\": 2"]);
    alone(&cells(format!("表一,,,,,,,,\n,单位:亩,,,,,,,\n{CELLS}")), "dataset.header_below", &["\"row\": 3"]);
    for (mark, shown) in [(";", "“;”"), ("\t", "“Tab”"), ("，", "“，”")] {
        alone(&cells(CELLS.replace(',', mark)), "dataset.separator", &[shown]);
    }
}

#[test]
fn missing_tables_and_files_are_named_with_the_nearest() {
    let folder = Folder::sound();
    std::fs::remove_file(folder.path().join("cells.csv")).unwrap();
    alone(&folder.check(), "dataset.table_missing", &["cells.csv", "areas.csv"]);
    folder.write("cells.xls", b"x");
    std::fs::remove_file(folder.path().join("areas.csv")).unwrap();
    alone(&folder.check(), "dataset.foreign_table", &["cells.xls"]);
    let folder = Folder::sound();
    folder.write("dataset.toml", "[tables]\nareas = \"areas.csv\"\ncells = \"cell.csv\"\n");
    alone(&folder.check(), "dataset.table_not_found", &["cell.csv", "cells.csv"]);
    let done = ecocomp(&["check", &folder.file("modle.toml"), "--json"]);
    alone(&done, "cli.not_found_like", &["model.toml"]);
    std::fs::create_dir(folder.path().join("data2024")).unwrap();
    folder.write("model.toml", HEAD.replace("\".\"", "\"data2025\""));
    alone(&folder.check(), "cli.not_found_like", &["data2024"]);
}

#[test]
fn a_byte_that_is_no_text_is_located() {
    let mut bytes = CELLS.as_bytes().to_vec();
    let at = CELLS.find("02,基本农田").unwrap();
    bytes[at + 4] = 0xFF;
    alone(&cells(&bytes), "dataset.encoding_row", &["\"row\": 5"]);
    let mut bytes = encoding_rs::GB18030.encode(CELLS).0.into_owned();
    let at = bytes.iter().rposition(|byte| *byte == b'\n').unwrap();
    bytes.insert(at, 0xFF);
    alone(&cells(&bytes), "dataset.encoding_row", &["\"row\": 5"]);
}

#[test]
fn hints_fit_what_is_wrong() {
    let outcome = |points: &str| model(&format!("[entitlement.outcome]\npoints = {points}")).check();
    alone(&outcome("[[0, 1, 2]]"), "policy.point_form", &["points = "]);
    alone(&outcome("[]"), "policy.none", &["至少需要一个点"]);
    alone(&model("[entitlement.ahp]\nfactors = []\nmatrix = []").check(), "policy.none", &["至少需要一个指标"]);
    let folder = Folder::sound();
    folder.write("model.toml", format!("{HEAD}xyz = 1\n"));
    let done = folder.check();
    alone(&done, "policy.unknown_key", &["kind, slack, levels"]);
    let done = cells(CELLS.replace("02,基本农田", "02,草地"));
    refused(&done, "dataset.unknown_ecosystem", &["可选:forest, 林地"]);
    let folder = Folder::sound();
    folder.write("model.toml", HEAD.replace("[model]\nname", "[modle]\nname"));
    assert!(!ecocomp(&["check", &folder.file("model.toml")]).err.contains("::"));
    let done = rule("kind = \"floor\"\nat_least = [1]");
    alone(&done, "policy.wrong_type", &["应为 金额", "却是 列表"]);
}
