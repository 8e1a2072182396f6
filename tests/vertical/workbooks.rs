//! Workbooks: read as they are, refused where they would have to be guessed, never a danger to memory.

use std::io::Write as _;
use std::process::Command;

use crate::common;
use crate::common::{AREAS, CELLS, Done, Folder, ecocomp};
use rust_xlsxwriter::{Format, Formula, Workbook, Worksheet};
use zip::write::SimpleFileOptions;

/// A table of text as a sheet: numbers as numbers, codes as text.
fn fill(sheet: &mut Worksheet, table: &str, codes: usize) {
    for (row, line) in (0_u32..).zip(table.lines()) {
        for (column, text) in (0_u16..).zip(line.split(',')) {
            match text.parse::<f64>() {
                Ok(number) if row > 0 && usize::from(column) >= codes => {
                    sheet.write_number(row, column, number).unwrap()
                }
                _ => sheet.write_string(row, column, text).unwrap(),
            };
        }
    }
}

/// The sound dataset as a workbook, changed by the caller.
fn book(change: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    fill(book.add_worksheet().set_name("区域").unwrap(), AREAS, 1);
    let cells = book.add_worksheet().set_name("单元").unwrap();
    fill(cells, CELLS, 1);
    change(cells);
    book.save_to_buffer().unwrap()
}

fn folder(bytes: &[u8]) -> Folder {
    let folder = Folder::empty();
    folder.write("data.xlsx", bytes);
    folder.write("model.toml", common::MODEL.replace("dataset = \".\"", "dataset = \"data.xlsx\""));
    folder
}

fn check(bytes: &[u8]) -> Done {
    folder(bytes).check()
}

#[track_caller]
fn refused(done: &Done, places: &[&str]) {
    assert_eq!(done.code, 1, "{}{}", done.out, done.err);
    for place in places {
        assert!(done.err.contains(place), "{place} is not named: {}", done.err);
    }
    assert!(!done.err.contains("panicked"));
}

#[test]
fn a_workbook_says_the_same_as_its_tables() {
    let tables = Folder::sound().allocate(&[]).json();
    let done = folder(&book(|_| ())).allocate(&[]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(done.json()["cells"], tables["cells"]);
    assert_eq!(done.json()["dataset"]["content_digest"], tables["dataset"]["content_digest"]);
}

#[test]
fn the_template_filled_in_is_a_dataset() {
    let folder = Folder::empty();
    let path = folder.file("template.xlsx");
    assert_eq!(ecocomp(&["template", "-o", &path]).code, 0);
    let mut filled = Workbook::new();
    // Headers as the template writes them, rows as a planner would.
    let mut template: calamine::Xlsx<_> = calamine::open_workbook(&path).unwrap();
    for (name, rows) in [
        ("区域", vec!["01,甲镇,1000", "02,乙镇,3000"]),
        (
            "单元",
            vec!["01,甲镇,林地,1000,400000,0.8,80,60000,20000,100000", "02,乙镇,湿地,10,9000,0.9,70,2000,1000,8000"],
        ),
    ] {
        use calamine::Reader as _;
        let range = template.worksheet_range(name).unwrap();
        let header: Vec<String> = range.rows().next().unwrap().iter().map(ToString::to_string).collect();
        let table = format!("{}\n{}", header.join(","), rows.join("\n"));
        fill(filled.add_worksheet().set_name(name).unwrap(), &table, 3.min(header.len()));
    }
    // The third column of 区域 is a number.
    folder.write("data.xlsx", filled.save_to_buffer().unwrap());
    folder.write("model.toml", common::MODEL.replace("dataset = \".\"", "dataset = \"data.xlsx\""));
    let done = folder.check();
    assert_eq!(done.code, 0, "{}", done.err);
}

#[test]
fn an_empty_template_is_told_to_be_filled() {
    let folder = Folder::empty();
    assert_eq!(ecocomp(&["template", "-o", &folder.file("data.xlsx")]).code, 0);
    folder.write("model.toml", common::MODEL.replace("dataset = \".\"", "dataset = \"data.xlsx\""));
    refused(&folder.check(), &["data.xlsx"]);
}

#[test]
fn formulas_are_refused_with_their_address() {
    let bytes = book(|sheet| {
        sheet.write_formula(1, 3, Formula::new("=400000*1").set_result("400000")).unwrap();
    });
    refused(&check(&bytes), &["data.xlsx", "单元", "\"row\": 2", "dataset.formula"]);
}

#[test]
fn merged_cells_are_refused_with_their_address() {
    let bytes = book(|sheet| {
        sheet.merge_range(0, 2, 0, 3, "面积(亩)", &Format::new()).unwrap();
    });
    refused(&check(&bytes), &["单元", "C1:D1", "dataset.merged"]);
}

#[test]
fn what_is_neither_text_nor_number_is_refused() {
    let bytes = book(|sheet| {
        sheet.write_boolean(2, 3, true).unwrap();
    });
    refused(&check(&bytes), &["单元", "\"row\": 3", "dataset.not_plain"]);
}

#[test]
fn a_missing_unit_is_refused() {
    let bytes = book(|sheet| {
        sheet.write_string(0, 3, "生态产品总值").unwrap();
    });
    refused(&check(&bytes), &["单元", "生态产品总值", "dataset.unit_missing"]);
}

#[test]
fn codes_that_a_spreadsheet_made_numbers_are_not_guessed() {
    // 01 as the number 1 is no longer 01.
    let bytes = book(|sheet| {
        sheet.write_number(1, 0, 1.0).unwrap();
    });
    refused(&check(&bytes), &["单元", "\"row\": 2", "dataset.code_number"]);
}

#[test]
fn damaged_packages_are_refused() {
    let whole = book(|_| ());
    for length in [0, 1, 4, 30, 200, whole.len() / 2, whole.len() - 1] {
        refused(&check(&whole[..length]), &["data.xlsx"]);
    }
    let mut flipped = whole.clone();
    for at in (100..flipped.len()).step_by(37) {
        flipped[at] ^= 0x5a;
    }
    refused(&check(&flipped), &["data.xlsx"]);
    refused(&check(b"PK\x03\x04 not a zip at all"), &["data.xlsx"]);
}

/// A package around one sheet and shared strings.
fn package(sheet: &[u8], strings: &[u8]) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut zip = zip::ZipWriter::new(&mut bytes);
    let mut add = |name: &str, content: &[u8]| {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    };
    add("[Content_Types].xml", br#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"#);
    add("_rels/.rels", br#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#);
    add("xl/workbook.xml", r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="区域" sheetId="1" r:id="rId1"/></sheets></workbook>"#.as_bytes());
    add("xl/_rels/workbook.xml.rels", br#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#);
    add("xl/worksheets/sheet1.xml", sheet);
    add("xl/sharedStrings.xml", strings);
    zip.finish().unwrap();
    bytes.into_inner()
}

const NS: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

/// Checks under a limit of address space, so that a bomb that went off would be a crash and not exit code 1.
fn check_in_little_memory(bytes: &[u8]) -> Done {
    let folder = folder(bytes);
    let script = "ulimit -v 1000000; exec \"$0\" check \"$1\" --json";
    let output = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_ecocomp"), &folder.file("model.toml")])
        .output()
        .unwrap();
    Done {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

#[test]
fn claims_of_size_allocate_nothing() {
    let empty = format!("<sst xmlns=\"{NS}\" count=\"0\" uniqueCount=\"0\"></sst>");
    let dimension = format!(
        "<worksheet xmlns=\"{NS}\"><dimension ref=\"A1:XFD1048576\"/><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>代码</t></is></c></row><row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row></sheetData></worksheet>"
    );
    let bytes = package(dimension.as_bytes(), empty.as_bytes());
    assert!(bytes.len() < 4_000, "{} bytes", bytes.len());
    refused(&check_in_little_memory(&bytes), &["data.xlsx"]);

    let strings =
        format!("<sst xmlns=\"{NS}\" count=\"4294967295\" uniqueCount=\"4294967295\"><si><t>x</t></si></sst>");
    let sheet = format!("<worksheet xmlns=\"{NS}\"><sheetData/></worksheet>");
    refused(&check_in_little_memory(&package(sheet.as_bytes(), strings.as_bytes())), &["data.xlsx"]);

    let formula = format!(
        "<worksheet xmlns=\"{NS}\"><sheetData><row r=\"1\"><c r=\"A1\"><f t=\"shared\" ref=\"A1:A2\" si=\"4294967290\">1</f><v>1</v></c></row></sheetData></worksheet>"
    );
    refused(&check_in_little_memory(&package(formula.as_bytes(), empty.as_bytes())), &["data.xlsx"]);

    let merged = format!(
        "<worksheet xmlns=\"{NS}\"><sheetData/><mergeCells count=\"4294967295\"><mergeCell ref=\"A1:XFD1048576\"/></mergeCells></worksheet>"
    );
    refused(&check_in_little_memory(&package(merged.as_bytes(), empty.as_bytes())), &["data.xlsx"]);
}

#[test]
fn what_inflates_beyond_the_limit_is_refused() {
    let mut sheet = format!("<worksheet xmlns=\"{NS}\"><sheetData>").into_bytes();
    sheet.resize(300 << 20, b' ');
    let bytes = package(&sheet, format!("<sst xmlns=\"{NS}\"/>").as_bytes());
    drop(sheet);
    assert!(bytes.len() < 1 << 20);
    refused(&check_in_little_memory(&bytes), &["data.xlsx", "dataset.too_large"]);
}

#[test]
fn references_that_no_sheet_has_are_refused_before_the_parser_computes_with_them() {
    let strings = format!("<sst xmlns=\"{NS}\"/>");
    for sheet in [
        "<sheetData><row r=\"1\"><c r=\"D99999999999\"><v>1</v></c></row></sheetData>",
        "<sheetData><row r=\"1\"><c r=\"ZZZZZZZZ2\"><v>1</v></c></row></sheetData>",
        "<sheetData><row r=\"99999999999\"><c><v>1</v></c></row></sheetData>",
        "<dimension ref=\"D99999999999\"/><sheetData/>",
        "<dimension ref=\"D5:A1\"/><sheetData/>",
        "<sheetData/><mergeCells><mergeCell ref=\"B2:A1\"/></mergeCells>",
        "<sheetData><row r=\"1\"><c r=\"A1\"><f t=\"shared\" si=\"0\" ref=\"C3:A1\">1</f></c></row></sheetData>",
    ] {
        let sheet = format!("<worksheet xmlns=\"{NS}\">{sheet}</worksheet>");
        let done = check(&package(sheet.as_bytes(), strings.as_bytes()));
        refused(&done, &["data.xlsx", "dataset.damaged_workbook", "sheet1.xml"]);
    }
    // In UTF-16 the same would not be seen as it streams by.
    let sheet = format!("<worksheet xmlns=\"{NS}\"><sheetData/></worksheet>");
    let wide: Vec<u8> = sheet.encode_utf16().flat_map(u16::to_le_bytes).collect();
    refused(&check(&package(&[&[0xFF, 0xFE], wide.as_slice()].concat(), strings.as_bytes())), &["UTF-16"]);
}

#[test]
fn lists_that_a_parser_would_keep_are_limited() {
    let sheet = format!("<worksheet xmlns=\"{NS}\"><sheetData/></worksheet>");
    let strings = format!("<sst xmlns=\"{NS}\">{}</sst>", "<si/>".repeat(4_000_001));
    refused(&check_in_little_memory(&package(sheet.as_bytes(), strings.as_bytes())), &["dataset.too_large", "<si>"]);
    let merged = "<mergeCell ref=\"A1:B1\"/>".repeat(200_000);
    let sheet = format!("<worksheet xmlns=\"{NS}\"><sheetData/><mergeCells>{merged}</mergeCells></worksheet>");
    let strings = format!("<sst xmlns=\"{NS}\"/>");
    refused(
        &check_in_little_memory(&package(sheet.as_bytes(), strings.as_bytes())),
        &["dataset.too_large", "<mergeCell>"],
    );
    let styles = format!("<styleSheet xmlns=\"{NS}\"><cellXfs>{}</cellXfs></styleSheet>", "<xf/>".repeat(100_000));
    refused(&check_in_little_memory(&package(styles.as_bytes(), strings.as_bytes())), &["dataset.too_large", "<xf>"]);
}

#[test]
fn a_long_string_in_every_cell_is_refused() {
    let strings = format!("<sst xmlns=\"{NS}\"><si><t>{}</t></si></sst>", "x".repeat(30_000));
    let row = format!("<row>{}</row>", "<c t=\"s\"><v>0</v></c>".repeat(200));
    let sheet = format!("<worksheet xmlns=\"{NS}\"><sheetData>{}</sheetData></worksheet>", row.repeat(2_000));
    refused(&check_in_little_memory(&package(sheet.as_bytes(), strings.as_bytes())), &["dataset.too_large"]);
}

#[test]
fn percentages_are_what_they_show() {
    let percent = |header: &str, format: &str| {
        book(|sheet| {
            sheet.write_string(0, 4, header).unwrap();
            for (row, value) in [(1, 0.8), (2, 0.9), (3, 0.7), (4, 0.9)] {
                sheet.write_number_with_format(row, 4, value, &Format::new().set_num_format(format)).unwrap();
            }
        })
    };
    let by_quality = "[entitlement]\nfactors = { quality = 1 }\n";
    let cells = |bytes: &[u8]| {
        let folder = folder(bytes);
        let text = std::fs::read_to_string(folder.file("model.toml")).unwrap();
        folder.write("model.toml", format!("{text}{by_quality}"));
        let done = folder.allocate(&[]);
        assert_eq!(done.code, 0, "{}", done.err);
        done.json()
    };
    // The sound table has 0.8, 0.9, 0.7, 0.9 as indices: a hundredth of the percentages, so the same shares.
    let plain = cells(&book(|_| ()));
    let shown = cells(&percent("质量(%)", "0.0%"));
    assert_eq!(plain["cells"][0]["amount_fen"], shown["cells"][0]["amount_fen"]);
    // One percentage among numbers of per cent.
    let mixed = book(|sheet| {
        sheet.write_string(0, 4, "质量(%)").unwrap();
        for (row, value) in [(2, 90.0), (3, 70.0), (4, 90.0)] {
            sheet.write_number(row, 4, value).unwrap();
        }
        sheet.write_number_with_format(1, 4, 0.8, &Format::new().set_num_format("0%")).unwrap();
    });
    assert_eq!(cells(&mixed)["cells"], shown["cells"]);
    refused(&check(&percent("质量(指数)", "0%")), &["dataset.percent_cell", "80%", "\"row\": 2"]);
    let extent = book(|sheet| {
        sheet.write_number_with_format(1, 2, 1000.0, &Format::new().set_num_format("0.00%")).unwrap();
    });
    refused(&check(&extent), &["dataset.percent_cell", "C 面积(亩)"]);
    // A quoted % is text beside the number.
    assert_eq!(check(&percent("质量(指数)", "0.0\"%\"")).code, 0);
}

#[test]
fn dates_are_called_dates() {
    let bytes = book(|sheet| {
        sheet.write_number_with_format(1, 2, 45_292.0, &Format::new().set_num_format("yyyy-mm-dd")).unwrap();
    });
    let done = check(&bytes);
    refused(&done, &["dataset.date", "单元格是日期", "\"row\": 2"]);
    assert!(!done.err.contains("DateTime"));
}

#[test]
fn two_sheets_for_one_table_are_refused() {
    let mut book = Workbook::new();
    fill(book.add_worksheet().set_name("区域").unwrap(), AREAS, 1);
    fill(book.add_worksheet().set_name("单元").unwrap(), CELLS, 1);
    fill(book.add_worksheet().set_name("cells").unwrap(), CELLS, 1);
    refused(&check(&book.save_to_buffer().unwrap()), &["dataset.two_tables", "单元", "cells"]);
}

#[test]
fn a_title_above_the_header_is_pointed_out_once() {
    let mut book = Workbook::new();
    fill(book.add_worksheet().set_name("区域").unwrap(), AREAS, 1);
    fill(book.add_worksheet().set_name("单元").unwrap(), &format!("一览表\n{CELLS}"), 1);
    let done = check(&book.save_to_buffer().unwrap());
    assert_eq!(done.codes(), ["dataset.header_below"]);
    refused(&done, &["单元", "\"row\": 2"]);
}

#[test]
fn older_and_locked_workbooks_are_called_so() {
    let old = [&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], [0; 600].as_slice()].concat();
    refused(&check(&old), &["dataset.old_workbook", ".xls"]);
    refused(&check(b""), &["dataset.no_bytes"]);
    refused(&check(b"\r\n<html><table>"), &["dataset.web_page", ".xlsx"]);
    refused(&check("代码,名称\n".as_bytes()), &["dataset.text_as_workbook", ".csv"]);
    refused(&check(&[b"PK\x05\x06".as_slice(), &[0; 18]].concat()), &["dataset.no_workbook"]);
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    refused(&check(&[old, name].concat()), &["dataset.encrypted", "密码"]);
}
