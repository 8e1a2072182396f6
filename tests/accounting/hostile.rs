//! What no account should contain is told at its cell, and nothing is guessed.

use ecocomp::accounting::checks::check;
use ecocomp::accounting::ledger::{Chosen, Ledger};
use ecocomp::finding::Findings;
use ecocomp::phrases::Lang;

use crate::shelf::open;

const HEAD: &str = r#"
[account]
id = "demo"
name = "示例"
norm = "n"
prices = "p"
[[norm]]
id = "n"
[[prices]]
id = "p"
"#;
const FILES: [(&str, &str); 9] = [
    ("account.toml", HEAD),
    ("areas.csv", "区域代码,区域名称,面积(km2),区划版本\n甲,甲镇,12,2023\n"),
    ("indicators.csv", "编码,上级,名称,类型,功能量单位\nGEP,,总值,总值,\nR,GEP,调节,科目,\nR1,R,水源涵养,服务,m3\n"),
    ("norms.csv", "规范,指标,是否纳入\nn,R,纳入\n"),
    ("methods.csv", "指标,功能量公式,价值量公式\nR1,W,V\n"),
    ("formulas.csv", "公式编号,表达式,结果单位\nW,Q = A * (P - E) / f,m3\nV,V = Q * p,元\n"),
    (
        "variables.csv",
        "公式编号,符号,角色,单位,最小值,最大值\nW,A,数量,hm2,0,\nW,P,数量,mm,0,5000\nW,E,参数,mm,0,\nW,f,参数,1,,\nV,Q,功能量,m3,,\nV,p,价格,元/m3,,\n",
    ),
    ("parameters.csv", "参数,数值,单位,适用区域,起始年,终止年\nE,600,mm,,2020,2023\nf,1,1,,,\n"),
    ("prices.csv", "价格,单价,单位\np,2.5,元/m3\n"),
];
const FIGURES: &str = "区域代码,指标,年份,数值,单位,状态\n甲,A,2023,100,hm2,\n甲,P,2023,1100,mm,\n";

/// The findings of the account where one text in one file is another.
fn codes(file: &str, from: &str, to: &str) -> Result<i64, Vec<(String, String)>> {
    let mut files: Vec<(&str, String)> = FILES.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
    files.push(("quantities.csv", FIGURES.to_owned()));
    for (name, text) in &mut files {
        if *name == file {
            assert!(text.contains(from), "{file} has no {from}");
            *text = text.replace(from, to);
        }
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let told = |Findings(list): Findings| {
        for finding in &list {
            // Cause and remedy are there in both languages.
            for lang in [Lang::Zh, Lang::En] {
                let text = finding.render(lang);
                assert!(text.contains('→') && !text.contains('{'), "{text}");
            }
        }
        list.iter().map(|finding| (finding.code().to_owned(), finding.place.to_string())).collect::<Vec<_>>()
    };
    let (book, _) = open(&files).map_err(told)?;
    let chosen = Chosen::of(&book, None, None, None).map_err(told)?;
    let ledger = Ledger::of(chosen.sources(&book)).map_err(told)?;
    Ok(ledger.cells.iter().filter_map(|cell| cell.fen).sum())
}

#[test]
fn the_account_itself_is_sound() {
    // 100 hm² under (1100 − 600) mm are 500 000 m³, at 2.5 元.
    assert_eq!(codes("", "", ""), Ok(125_000_000));
    // The same land in 亩, the same rain in m.
    assert_eq!(codes("quantities.csv", "100,hm2", "1500,亩"), Ok(125_000_000));
    assert_eq!(codes("quantities.csv", "1100,mm", "1.1,m"), Ok(125_000_000));
    assert_eq!(codes("prices.csv", "2.5,元/m3", "25000,元/万m3"), Ok(125_000_000));
}

#[test]
fn what_is_wrong_is_told_at_its_place() {
    let wrong = [
        ("indicators.csv", "R,GEP,", "R,R1,", "gep.cycle", "indicators.csv:"),
        ("indicators.csv", "R1,R,", "R1,X,", "gep.parent_unknown", "indicators.csv:4"),
        ("indicators.csv", "m3", "立方x", "gep.unit_unknown", "indicators.csv:4"),
        ("formulas.csv", "/ f", "/ g", "gep.symbol_unknown", "formulas.csv:2"),
        ("formulas.csv", "/ f", "/ f)", "gep.formula_form", "formulas.csv:2"),
        ("formulas.csv", "A * (P - E)", "A * P - E", "gep.dimension", "formulas.csv:2"),
        ("formulas.csv", "(P - E) / f,m3", "(P - E) / f,t", "gep.dimension_sides", "formulas.csv:2"),
        ("formulas.csv", "Q * p,元", "Q / p,元", "gep.dimension_sides", "formulas.csv:3"),
        ("methods.csv", "R1,W,V", "R1,WW,V", "gep.formula_unknown", "methods.csv:2"),
        ("methods.csv", "R1,W,V\n", "R1,W,V\nR1,W,V\n", "gep.method_twice", "methods.csv:3"),
        ("parameters.csv", "f,1,1", "f,0,1", "gep.zero_division", "methods.csv:2"),
        ("parameters.csv", "2020,2023", "2010,2015", "gep.no_parameter", "methods.csv:2"),
        ("parameters.csv", "f,1,1,,,\n", "f,1,1,,,\nf,2,1,,,\n", "gep.equally_specific", "parameters.csv:"),
        ("parameters.csv", "f,1,1", "f,100%,%", "gep.percent_twice", "parameters.csv:3"),
        ("parameters.csv", "600,mm", "600,kg", "gep.entry_unit", "parameters.csv:2"),
        ("prices.csv", "2.5,元/m3", "2.5,元/t", "gep.entry_unit", "prices.csv:2"),
        ("prices.csv", "p,2.5", "q,2.5", "gep.no_price", "methods.csv:2"),
        ("quantities.csv", "100,hm2", "-100,hm2", "gep.out_of_range", "quantities.csv:2"),
        ("quantities.csv", "100,hm2", "100,t", "gep.figure_unit", "quantities.csv:2"),
        ("quantities.csv", "100,hm2,", ",hm2,", "gep.value_or_status", "quantities.csv:2"),
        ("quantities.csv", "100,hm2,", "100,hm2,缺失", "gep.value_and_status", "quantities.csv:2"),
        ("quantities.csv", "甲,P,2023", "乙,P,2023", "gep.area_unknown", "quantities.csv:3"),
        ("parameters.csv", "600,mm", "-600,mm", "gep.out_of_range", "parameters.csv:2"),
        ("quantities.csv", "甲,P,2023", "甲,P,23", "gep.year", "quantities.csv:3"),
        ("quantities.csv", "甲,P,2023,1100,mm,\n", "", "gep.no_figure", "methods.csv:2"),
        (
            "quantities.csv",
            "甲,P,2023,1100,mm,\n",
            "甲,P,2023,1100,mm,\n甲,P,2023,1,mm,\n",
            "gep.figure_twice",
            "quantities.csv:4",
        ),
        ("norms.csv", "n,R,", "m,R,", "gep.norm_unknown", "norms.csv:2"),
        ("norms.csv", "n,R,", "n,RR,", "gep.code_unknown", "norms.csv:2"),
        ("account.toml", "norm = \"n\"", "norm = \"m\"", "gep.norm_unknown", "account.toml"),
        ("account.toml", "id = \"demo\"", "id = \"demo\"\nidd = 1", "policy.unknown_key", "account.toml:4"),
    ];
    for (file, from, to, code, place) in wrong {
        let found = codes(file, from, to).expect_err(&format!("{file}: {to}"));
        assert!(
            found.iter().any(|(known, at)| known == code && at.starts_with(place)),
            "{file}: {from} → {to}: {found:?}"
        );
    }
}

#[test]
fn missing_not_applicable_and_zero_are_three_things() {
    let with = |to: &str| codes("quantities.csv", "100,hm2,", to);
    assert_eq!(with("0,hm2,"), Ok(0));
    assert_eq!(with(",hm2,缺失"), Ok(0));
    assert_eq!(with(",hm2,不适用"), Ok(0));
    // They count the same and are told apart.
    let state = |row: &str| {
        let mut files: Vec<(&str, &str)> = FILES.to_vec();
        let figures = FIGURES.replace("100,hm2,", row);
        files.push(("quantities.csv", &figures));
        let (book, _) = open(&files).unwrap();
        let chosen = Chosen::of(&book, None, None, None).unwrap();
        let account = ecocomp::accounting::statement::account(&book, &chosen, None).unwrap();
        let row = account.rows.iter().find(|row| row.code == "R1").unwrap();
        (row.value_fen, row.missing, row.not_applicable, account.warnings.len())
    };
    assert_eq!(state("0,hm2,"), (Some(0), 0, 0, 0));
    assert_eq!(state(",hm2,缺失"), (None, 1, 0, 1));
    assert_eq!(state(",hm2,不适用"), (None, 0, 1, 0));
}

#[test]
fn formulas_in_stated_units_must_have_their_factor() {
    let mut files: Vec<(&str, String)> = FILES.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
    files.push(("quantities.csv", FIGURES.to_owned()));
    let told = |expression: &str, files: &[(&str, String)]| {
        let text = format!("公式编号,表达式,结果单位,量纲\nW,{expression},m3,plain\nV,V = Q * p,元,\n");
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(name, known)| (*name, if *name == "formulas.csv" { text.as_str() } else { known.as_str() }))
            .collect();
        let (_, warnings) = open(&files).unwrap_or_else(|found| panic!("{found}"));
        warnings.iter().any(|finding| finding.code() == "gep.factor_ten")
    };
    assert!(told("Q = A * (P - E) / f", &files));
    assert!(!told("Q = 10 * A * (P - E) / f", &files));
}

#[test]
fn printed_figures_that_do_not_follow_are_told_with_their_cause() {
    let follows = |printed: &str| {
        let mut files: Vec<(&str, &str)> = FILES.to_vec();
        let text = format!("指标,年份,项目,公布值,单位\nR1,2023,功能量,{printed}\nR1,2023,价值量,125.00,万元\n");
        files.extend([("quantities.csv", FIGURES), ("printed.csv", text.as_str())]);
        let (book, _) = open(&files).unwrap_or_else(|found| panic!("{found}"));
        let chosen = Chosen::of(&book, None, None, None).unwrap();
        let checked = check(&book, &chosen).unwrap();
        let row = checked.printed.iter().find(|row| row.printed != "125.00").unwrap();
        (format!("{:?}", row.follows), row.cause.as_ref().map(|cause| cause.en.clone()).unwrap_or_default())
    };
    assert_eq!(follows("50.00,万m3").0, "Exactly");
    assert_eq!(follows("50.02,万m3").0, "WithinRounding");
    let (verdict, cause) = follows("5.00,万m3");
    assert!(verdict == "No" && cause.contains("0.1"), "{cause}");
    assert!(follows("183.33,万m3").1.contains("carbon"));
}

#[test]
fn figures_of_another_territory_are_refused() {
    let mut files: Vec<(&str, &str)> = FILES.to_vec();
    let figures = "区域代码,指标,年份,数值,单位,状态,区划版本\n甲,A,2023,100,hm2,,2023\n甲,P,2023,1100,mm,,2019\n";
    files.push(("quantities.csv", figures));
    let Findings(found) = open(&files).expect_err("figures of 2019 stand in an area of 2023");
    let finding = found.iter().find(|finding| finding.code() == "gep.territory").unwrap();
    assert_eq!(finding.place.to_string(), "quantities.csv:3:G 区划版本");
}

/// The account as a workbook, changed by the caller.
fn book(change: impl Fn(&str, &mut rust_xlsxwriter::Worksheet)) -> Result<(), Vec<(String, String)>> {
    let mut book = rust_xlsxwriter::Workbook::new();
    for (name, text) in FILES.iter().chain([&("quantities.csv", FIGURES)]).filter(|(name, _)| *name != "account.toml") {
        let name = name.trim_end_matches(".csv");
        let sheet = book.add_worksheet().set_name(name).unwrap();
        for (row, line) in (0_u32..).zip(text.lines()) {
            for (column, text) in (0_u16..).zip(line.split(',')).filter(|(_, text)| !text.is_empty()) {
                match text.parse::<f64>() {
                    Ok(number) if row > 0 => sheet.write_number(row, column, number).unwrap(),
                    _ => sheet.write_string(row, column, text).unwrap(),
                };
            }
        }
        change(name, sheet);
    }
    let head = format!("{HEAD}\n[files]\nall = \"book.xlsx\"\n");
    let files =
        vec![("account.toml".to_owned(), head.into_bytes()), ("book.xlsx".to_owned(), book.save_to_buffer().unwrap())];
    let source = ecocomp::dataset::Source { name: "account".to_owned(), files };
    let told = |Findings(list): Findings| {
        list.iter().map(|finding| (finding.code().to_owned(), finding.place.to_string())).collect::<Vec<_>>()
    };
    let (book, _) = ecocomp::accounting::book::Book::open(&source).map_err(told)?;
    let chosen = Chosen::of(&book, None, None, None).map_err(told)?;
    let ledger = Ledger::of(chosen.sources(&book)).map_err(told)?;
    assert_eq!(ledger.cells.iter().filter_map(|cell| cell.fen).sum::<i64>(), 125_000_000);
    Ok(())
}

#[test]
fn workbooks_are_read_and_their_formulas_and_merged_headers_are_not() {
    assert_eq!(book(|_, _| ()), Ok(()));
    let formula = book(|name, sheet| {
        if name == "prices" {
            let formula = rust_xlsxwriter::Formula::new("=5/2").set_result("2.5");
            sheet.write_formula(1, 1, formula).unwrap();
        }
    });
    let found = formula.expect_err("a formula is not a number");
    assert!(found.iter().any(|(code, place)| code == "dataset.formula" && place.contains("prices")), "{found:?}");
    let merged = book(|name, sheet| {
        if name == "parameters" {
            sheet.merge_range(0, 1, 0, 2, "数值", &rust_xlsxwriter::Format::new()).unwrap();
        }
    });
    let found = merged.expect_err("a merged header says nothing");
    assert!(found.iter().any(|(code, place)| code == "dataset.merged" && place.contains("parameters")), "{found:?}");
}
