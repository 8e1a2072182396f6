//! Ten offices' tables, all invented, of different shape; a clerk's usual mistakes; workbooks that nobody should send.

use rust_xlsxwriter::{Format, Formula, Workbook, Worksheet};

use crate::finding::{Finding, Findings};
use crate::phrases::Lang;
use crate::start::start;
use crate::table::{Facts, File, read};
use crate::units::Decimal;

/// A sheet from lines of cells separated by `|`; `=` begins a formula with its value after `->`, numbers are numbers.
fn fill(sheet: &mut Worksheet, text: &str) {
    sheet.set_formula_result_default("");
    for (row, line) in (0_u32..).zip(text.lines()) {
        for (column, cell) in (0_u16..).zip(line.split('|').map(str::trim)) {
            if let Some(formula) = cell.strip_prefix('=') {
                let (formula, value) = formula.split_once("->").unwrap_or((formula, ""));
                sheet.write_formula(row, column, Formula::new(formula).set_result(value)).unwrap();
            } else if let Some(text) = cell.strip_prefix('\'') {
                sheet.write_string(row, column, text).unwrap();
            } else if let Ok(number) = cell.parse::<f64>() {
                sheet.write_number(row, column, number).unwrap();
            } else if !cell.is_empty() {
                sheet.write_string(row, column, cell.replace('⏎', "\n")).unwrap();
            }
        }
    }
}

fn merge(sheet: &mut Worksheet, (r1, c1, r2, c2): (u32, u16, u32, u16), text: &str) {
    sheet.merge_range(r1, c1, r2, c2, text, &Format::new()).unwrap();
}

fn book(sheets: &[(&str, &str)], change: impl FnOnce(&mut Workbook)) -> Vec<u8> {
    let mut book = Workbook::new();
    for (name, text) in sheets {
        fill(book.add_worksheet().set_name(*name).unwrap(), text);
    }
    change(&mut book);
    book.save_to_buffer().unwrap()
}

fn taken(bytes: Vec<u8>) -> Result<(Facts, Vec<Finding>), Findings> {
    read(&[File { name: "分配表.xlsx".to_owned(), bytes }], &[])
}

fn from(text: &str) -> Result<(Facts, Vec<Finding>), Findings> {
    taken(book(&[("Sheet1", text)], |_| ()))
}

#[track_caller]
fn sound(text: &str) -> Facts {
    let (facts, found) = from(text).unwrap_or_else(|findings| panic!("{findings}"));
    assert!(found.is_empty(), "{}", Findings(found));
    facts
}

fn sum(facts: &Facts, name: &str) -> String {
    let column = facts.columns.iter().find(|column| column.name == name);
    let values = column.into_iter().flat_map(|column| column.figures.values());
    let sum = values.fold(Decimal::ZERO, |sum, value| sum.checked_add(*value).unwrap());
    format!("{sum} {}", column.map_or("-", |column| column.unit.as_str()))
}

fn ecosystems(facts: &Facts) -> Vec<&str> {
    facts.ecosystems.iter().map(|known| known.id.as_str()).collect()
}

/// The first model is met by a plan, and reads back from its workbook.
#[track_caller]
fn begins(facts: &Facts) {
    let started = start("云岭县", facts, &[], ("云岭县.xlsx", Lang::Zh)).unwrap();
    assert!(started.findings.is_empty(), "{}", Findings(started.findings));
    let spelled = crate::model::read("云岭县.xlsx", &started.bytes).unwrap_or_else(|findings| panic!("{findings}"));
    assert!(spelled.holds_data && spelled.text.contains("dataset = \"云岭县.xlsx\""), "{}", spelled.text);
    // Read from its own sheets it is met too: what the office will run.
    let inputs = crate::run::Inputs {
        model_file: "云岭县.xlsx".to_owned(),
        model_text: spelled.text.clone(),
        source: crate::dataset::Source {
            name: "云岭县.xlsx".to_owned(),
            files: vec![("云岭县.xlsx".to_owned(), started.bytes.clone())],
        },
        changes: Vec::new(),
        spots: Some(std::sync::Arc::new(spelled.spots)),
    };
    let prepared = crate::run::prepare(&inputs).unwrap_or_else(|findings| panic!("{findings}\n{}", spelled.text));
    let solved = crate::run::solve(prepared, &crate::solver::SolveOptions::default(), false);
    assert!(solved.is_ok(), "{}", spelled.text);
}

#[test]
fn merged_two_row_header_with_ecosystems_as_columns() {
    let text = "附件2\n云岭县2024年生态保护补偿资金分配表\n编制单位:云岭县财政局||||||||单位:万元\n\
序号|乡镇|常住人口⏎(人)|补偿面积(亩)||补偿资金|||备注\n|||林地|湿地|林地|湿地|小计|\n\
1|城关镇|68420|42000|1200|71.4|14.4|=F6+G6->85.8|\n2|龙溪镇|31260|118000|3400|200.6|40.8|=F7+G7->241.4|\n\
3|高峰乡|7640|176800||300.56||=F8+G8->300.56|民族乡\n合  计||=SUM(C6:C8)->107320|=SUM(D6:D8)->336800|=SUM(E6:E8)->4600|572.56|55.2|627.76|\n\
注:1.林地按17元/亩、湿地120元/亩测算。\n    2.高峰乡为民族乡。";
    let bytes = book(&[("Sheet1", text)], |book| {
        let sheet = book.worksheet_from_index(0).unwrap();
        for (range, text) in [
            ((1, 0, 1, 8), "云岭县2024年生态保护补偿资金分配表"),
            ((3, 0, 4, 0), "序号"),
            ((3, 1, 4, 1), "乡镇"),
            ((3, 2, 4, 2), "常住人口\n(人)"),
            ((3, 3, 3, 4), "补偿面积(亩)"),
            ((3, 5, 3, 7), "补偿资金"),
            ((3, 8, 4, 8), "备注"),
            ((8, 0, 8, 1), "合  计"),
        ] {
            merge(sheet, range, text);
        }
    });
    let (facts, found) = taken(bytes).unwrap_or_else(|findings| panic!("{findings}"));
    assert!(found.is_empty(), "{}", Findings(found));
    assert_eq!(facts.areas.len(), 3);
    assert_eq!((facts.year, facts.numbered), (Some(2024), true));
    assert_eq!(ecosystems(&facts), ["forest", "wetland"]);
    assert_eq!(sum(&facts, "last_year"), "627.76 万元");
    assert_eq!(sum(&facts, "extent"), "341400 亩");
    assert_eq!(sum(&facts, "population"), "107320 人");
    begins(&facts);
}

#[test]
fn funds_as_columns_without_any_extent() {
    let facts = sound(
        "安丰市2021年度生态补偿资金分配表\n|||单位:万元|\n序号|县(市、区)|省级资金|市级资金|小计|备注\n\
1|甲县|140|20|160|\n2|乙县|430|30|460|\n3|丙区|175|50|225|\n|合计|745|100|845|",
    );
    assert_eq!(ecosystems(&facts), ["all"]);
    let funds: Vec<(String, String)> =
        facts.funds.iter().map(|fund| (fund.label.clone(), fund.paid.to_string())).collect();
    assert_eq!(funds.iter().map(|fund| fund.0.as_str()).collect::<Vec<_>>(), ["省级资金", "市级资金"]);
    assert_eq!(sum(&facts, "last_year"), "845 万元");
    begins(&facts);
}

#[test]
fn what_was_held_back_counts_in_the_sums_and_is_no_fund() {
    let (facts, found) = from(
        "2021年度断面补偿资金\n单位:万元\n辖区|省级|市级|小计\n金寨县|175|50|225\n霍山县|-100|150|50\n舒城县|300||300\n合计|375|200|575",
    )
    .unwrap_or_else(|findings| panic!("{findings}"));
    assert_eq!(found.len(), 1, "{}", Findings(found.clone()));
    assert!(found[0].render(Lang::Zh).contains("Sheet1]:5:B 省级"), "{}", found[0].render(Lang::Zh));
    assert_eq!(facts.funds.len(), 1);
    assert_eq!(sum(&facts, "last_year"), "575 万元");
    begins(&facts);
}

#[test]
fn one_row_an_ecosystem_under_merged_names_with_subtotals() {
    let text = "青河县2023年补偿明细\n乡镇|补偿类别|面积(公顷)|金额(元)\n东河镇|公益林|120.5|54225\n|湿地|30|54000\n|小计|150.5|108225\n\
西山乡|公益林|800|360000\n|湿地|12|21600\n|小计|812|381600\n总计||962.5|489825";
    let bytes = book(&[("明细表", text)], |book| {
        let sheet = book.worksheet_from_index(0).unwrap();
        merge(sheet, (2, 0, 4, 0), "东河镇");
        merge(sheet, (5, 0, 7, 0), "西山乡");
    });
    let (facts, found) = taken(bytes).unwrap_or_else(|findings| panic!("{findings}"));
    assert!(found.is_empty(), "{}", Findings(found));
    assert_eq!(facts.areas.len(), 2);
    assert_eq!(ecosystems(&facts), ["forest", "wetland"]);
    assert_eq!(sum(&facts, "extent"), "962.5 公顷");
    assert_eq!(sum(&facts, "last_year"), "489825 元");
    begins(&facts);
}

#[test]
fn regions_with_subtotals_above_and_a_total_that_does_not_add() {
    let (facts, found) = from(
        "2022年生态补偿资金安排表(万元)\n序号|单位名称|耕地面积(万亩)|补助资金\n|合计|9.2|1300\n|一、沿江片区|5|700\n1|甲镇|2|300\n2|乙镇|3|400\n\
|二、山区|4.2|610\n3|丙乡|1.2|200\n4|丁乡|3|400",
    )
    .unwrap_or_else(|findings| panic!("{findings}"));
    let said: Vec<String> = found.iter().map(|finding| finding.render(Lang::Zh)).collect();
    assert_eq!(said.len(), 1, "{said:#?}");
    assert!(
        said[0].contains("[Sheet1]:7:D 补助资金") && said[0].contains("610") && said[0].contains("差 10"),
        "{said:#?}"
    );
    assert_eq!(facts.areas.len(), 4);
    assert_eq!(sum(&facts, "last_year"), "1300 万元");
    assert_eq!(sum(&facts, "extent"), "9.2 万亩");
    begins(&facts);
}

#[test]
fn full_width_digits_separators_and_signs_for_nothing() {
    let facts = sound(
        "单位：元、亩\n乡镇（街道）|草原面积|河流面积|草原补偿|河流补偿|合计\n甲乡|'１２，０００|'1,500|'￥36,000.50|'9 000|'45,000.50\n\
乙乡|8000|—|24000|/|24000\n丙乡|'6,000|300|18000|1800|19800\n合计|26000|1800|'78,000.50|10800|88800.5\n填表人:张三  审核:李四",
    );
    assert_eq!(ecosystems(&facts), ["grassland", "river"]);
    assert_eq!(sum(&facts, "last_year"), "88800.5 元");
    assert_eq!(sum(&facts, "extent"), "27800 亩");
    begins(&facts);
}

#[test]
fn groups_of_ecosystems_and_funds_in_three_rows_without_merges() {
    let facts = sound(
        "云岭县2024年分配表\n|||单位:万元\n行政区划代码|名称|补偿资金|||||\n||省级资金||县级资金||合计\n||林地|湿地|林地|湿地|\n\
'522731101|城关镇|50|10|20|5|85\n'522731102|龙溪镇|150|30|40|8|228\n|总计|200|40|60|13|313",
    );
    assert_eq!(facts.areas[0].code, "522731101");
    assert!(!facts.numbered);
    assert_eq!(ecosystems(&facts), ["forest", "wetland"]);
    assert_eq!(facts.funds.iter().map(|fund| fund.label.as_str()).collect::<Vec<_>>(), ["省级资金", "县级资金"]);
    assert_eq!(sum(&facts, "last_year"), "313 万元");
    begins(&facts);
}

#[test]
fn several_years_numbering_of_columns_shares_and_standards() {
    let facts = sound(
        "2024年度森林生态效益补偿\n单位:万元\n乡镇|公益林面积(亩)|补偿标准(元/亩)|2022年|2023年|2024年|占比(%)\n甲|乙|1|2|3|4|5\n'1镇|100|16|0.10|0.12|0.16|40\n\
'2镇|150|16|0.2|0.22|0.24|60\n合计|250||0.3|0.34|0.4|100",
    );
    assert_eq!(facts.areas.len(), 2);
    assert_eq!(sum(&facts, "last_year"), "0.4 万元");
    assert_eq!(facts.year, Some(2024));
    assert!(facts.columns.iter().any(|column| column.name == "2022年"), "{:?}", facts.columns);
    begins(&facts);
}

#[test]
fn amounts_of_whole_areas_are_shared_out_by_extent_and_said() {
    let facts = sound(
        "单位:万元\n镇街|林地面积(亩)|农田面积(亩)|考核得分|下达资金\n甲镇|100|300|92|10\n乙镇|50|50|85|6\n丙街道||80|78|4\n合计|150|430||20",
    );
    assert!(facts.shared_out);
    assert_eq!(ecosystems(&facts), ["forest", "farmland"]);
    assert_eq!(sum(&facts, "last_year"), "20 万元");
    let started = start("甲县", &facts, &[], ("甲县.xlsx", Lang::Zh)).unwrap();
    assert!(started.told.iter().any(|told| told.render(Lang::Zh).contains("按面积分到")));
    begins(&facts);
}

#[test]
fn a_table_of_facts_beside_one_of_money_and_a_csv() {
    let money = book(&[("2023年", "单位:万元\n乡镇|补偿资金\n甲镇|10\n乙镇|6"), ("封面", "内部资料")], |_| ());
    let facts_csv =
        "乡镇,面积(亩),生态产品总值(万元),保护成效(分)\n甲镇,1000,5000,88\n乙镇,700,4000,79\n丙镇,10,20,60\n"
            .as_bytes()
            .to_vec();
    let files = [File { name: "a.xlsx".to_owned(), bytes: money }, File { name: "b.csv".to_owned(), bytes: facts_csv }];
    let (facts, found) = read(&files, &[]).unwrap_or_else(|findings| panic!("{findings}"));
    let said: Vec<String> = found.iter().map(|finding| finding.render(Lang::Zh)).collect();
    assert_eq!(said.len(), 2, "{said:#?}");
    assert!(said.iter().any(|said| said.contains("[封面]")), "{said:#?}");
    assert!(said.iter().any(|said| said.contains("b.csv:4") && said.contains("丙镇")), "{said:#?}");
    assert_eq!((facts.areas.len(), facts.year), (3, Some(2023)));
    assert_eq!(sum(&facts, "gep"), "9020 万元");
    begins(&facts);
}

/// Each mistake is one finding at its cell, whatever else is done about it.
#[test]
fn usual_mistakes_are_found_where_they_are() {
    let head = "2024年分配表\n单位:万元\n乡镇|林地面积(亩)|补偿资金|人口(人)\n";
    let cases: &[(&str, &str, &str)] = &[
        ("a word for a figure", "甲镇|待定|10|1000\n乙镇|50|6|900", "[Sheet1]:4:B 林地面积"),
        ("two points", "甲镇|100|1.0.5|1000\n乙镇|50|6|900", "[Sheet1]:4:C 补偿资金"),
        ("a letter for a digit", "甲镇|1O0|10|1000\n乙镇|50|6|900", "[Sheet1]:4:B 林地面积"),
        ("a name twice", "甲镇|100|10|1000\n乙镇|50|6|900\n甲镇|1|2|3", "[Sheet1]:6"),
        ("a figure without a name", "甲镇|100|10|1000\n|50|6|900", "[Sheet1]:5:A"),
        ("a total that does not add", "甲镇|100|10|1000\n乙镇|50|6|900\n合计|150|17|1900", "[Sheet1]:6:C 补偿资金"),
        ("another unit in a cell", "甲镇|100|10|1000\n乙镇|'0.5万亩|6|900", "[Sheet1]:5:B 林地面积"),
        ("the unit in a cell", "甲镇|'100亩|10|1000\n乙镇|50|6|900", "[Sheet1]:4:B 林地面积"),
        ("a formula without a value", "甲镇|100|10|1000\n乙镇|50|=C4*2|900", "[Sheet1]:5:C 补偿资金"),
        ("an error value", "甲镇|100|=1/0->#DIV/0!|1000\n乙镇|50|6|900", "[Sheet1]:4:C 补偿资金"),
        ("a row of which", "甲镇|100|10|1000\n其中:甲村|40|4|300\n乙镇|50|6|900", "[Sheet1]:5:A"),
        ("a negative extent", "甲镇|-100|10|1000\n乙镇|50|6|900", "[Sheet1]:4:B 林地面积"),
        ("a negative amount", "甲镇|100|-10|1000\n乙镇|50|60|900", "[Sheet1]:4:C 补偿资金"),
        ("a name without figures", "甲镇|100|10|1000\n乙镇|50|6|900\n丙镇|||", "[Sheet1]:6:A"),
        ("finer than a 分", "甲镇|100|10.0000001|1000\n乙镇|50|6|900", "[Sheet1]:4:C 补偿资金"),
        ("two figures in a cell", "甲镇|100|'10+5|1000\n乙镇|50|6|900", "[Sheet1]:4:C 补偿资金"),
        ("a range for a figure", "甲镇|100|'10-12|1000\n乙镇|50|6|900", "[Sheet1]:4:C 补偿资金"),
    ];
    for (what, rows, place) in cases {
        let said = match from(&format!("{head}{rows}")) {
            Ok((_, found)) | Err(Findings(found)) => found,
        };
        let said: Vec<String> = said.iter().map(|finding| finding.render(Lang::Zh)).collect();
        assert_eq!(said.len(), 1, "{what}: {said:#?}");
        assert!(said.iter().all(|said| said.contains(place)), "{what}: {said:#?}");
    }
    let heads: &[(&str, &str, &str)] = &[
        ("no unit of money", "2024年\n乡镇|林地面积(亩)|补偿资金\n甲镇|1|2", "[Sheet1]:2:C 补偿资金"),
        ("no unit of extent", "单位:万元\n乡镇|林地面积|补偿资金\n甲镇|1|2", "[Sheet1]:2:B 林地面积"),
        ("a column nobody knows", "单位:万元\n乡镇|林地面积(亩)|补偿资金|甲类丙\n甲镇|1|2|3", "[Sheet1]:2:D 甲类丙"),
        ("no names", "单位:万元\n谁|补偿资金\n甲|2", "[Sheet1]"),
    ];
    for (what, text, place) in heads {
        let said = match from(text) {
            Ok((_, found)) | Err(Findings(found)) => found,
        };
        let said: Vec<String> = said.iter().map(|finding| finding.render(Lang::Zh)).collect();
        assert!(said.iter().any(|said| said.contains(place)), "{what}: {said:#?}");
    }
}

#[test]
fn a_column_of_mistakes_is_one_finding_with_its_range() {
    let mut text = "单位:万元\n乡镇|补偿资金\n".to_owned();
    (1..=40).for_each(|row| text.push_str(&format!("第{row}镇|1万二\n")));
    let Err(Findings(found)) = from(&text) else { panic!("taken") };
    assert_eq!(found.len(), 1, "{}", Findings(found.clone()));
    assert!(found[0].render(Lang::Zh).contains("40 处"), "{}", found[0].render(Lang::Zh));
}

#[test]
fn units_that_a_table_does_not_name_may_be_given() {
    let bytes = book(&[("Sheet1", "乡镇|林地面积|补偿资金\n甲镇|1|2\n乙镇|3|4")], |_| ());
    let file = File { name: "a.xlsx".to_owned(), bytes };
    let (facts, found) =
        read(&[file], &["万元".to_owned(), "万亩".to_owned()]).unwrap_or_else(|findings| panic!("{findings}"));
    assert!(found.is_empty());
    assert_eq!((sum(&facts, "last_year"), sum(&facts, "extent")), ("6 万元".to_owned(), "4 万亩".to_owned()));
}

#[test]
fn hidden_rows_columns_and_sheets_are_read_and_said() {
    let text = "单位:万元\n乡镇|林地面积(亩)|补偿资金\n甲镇|1|2\n乙镇|3|4\n合计|4|6";
    let bytes = book(&[("Sheet1", text), ("旧&表", "随便")], |book| {
        let sheet = book.worksheet_from_index(0).unwrap();
        sheet.set_row_hidden(3).unwrap();
        sheet.set_column_hidden(1).unwrap();
    });
    let (facts, found) = taken(bytes).unwrap_or_else(|findings| panic!("{findings}"));
    let said: Vec<String> = found.iter().map(|finding| finding.render(Lang::Zh)).collect();
    assert_eq!(facts.areas.len(), 2);
    assert_eq!(said.len(), 3, "{said:#?}");
    assert!(
        said.iter().any(|said| said.contains("4 乙镇")) && said.iter().any(|said| said.contains("B 林地面积")),
        "{said:#?}"
    );
}

#[test]
fn hostile_workbooks_are_findings() {
    let everywhere = book(&[("Sheet1", "单位:万元\n乡镇|补偿资金\n甲镇|2")], |book| {
        merge(book.worksheet_from_index(0).unwrap(), (0, 0, 20, 20), "单位:万元");
    });
    let figures = book(&[("Sheet1", "单位:万元\n乡镇|补偿资金\n甲镇|2\n乙镇|3")], |book| {
        merge(book.worksheet_from_index(0).unwrap(), (2, 1, 3, 1), "5");
    });
    let date = book(&[("Sheet1", "单位:万元\n乡镇|补偿资金\n甲镇|2\n乙镇|3")], |book| {
        let format = Format::new().set_num_format("yyyy-mm-dd");
        let sheet = book.worksheet_from_index(0).unwrap();
        sheet.write_number_with_format(2, 1, 45_000.0, &format).unwrap();
    });
    let empty = book(&[("Sheet1", ""), ("Sheet2", "")], |_| ());
    let page = b"<html><table><tr><td>a</td></tr></table></html>".to_vec();
    for (what, bytes, place) in [
        ("merged over everything", everywhere, "分配表.xlsx"),
        ("a merged figure", figures, "[Sheet1]:3:B 补偿资金"),
        ("a date", date, "[Sheet1]:3:B 补偿资金"),
        ("empty sheets", empty, "分配表.xlsx"),
        ("a web page", page, "分配表.xlsx"),
        ("nothing", Vec::new(), "分配表.xlsx"),
    ] {
        let Err(Findings(found)) = taken(bytes) else { panic!("{what} was taken") };
        let said: Vec<String> = found.iter().map(|finding| finding.render(Lang::Zh)).collect();
        assert!(said.iter().any(|said| said.contains(place)), "{what}: {said:#?}");
    }
}
