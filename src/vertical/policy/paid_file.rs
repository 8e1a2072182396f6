//! Batches from a table beside the data: its rows become batches of the model, each with its own place.

use crate::dataset::columns::split_header;
use crate::dataset::table::{DATE, Raw, Table};
use crate::dataset::workbook::read_xlsx;
use crate::dataset::{Source, is_total, read_csv};
use crate::document::sections::unknown_word;
use crate::document::tree::{Node, Value};
use crate::finding::{Finding, FindingLog, Findings, Place, hint};
use crate::phrases::Phrase;
use crate::policy::paid::Kind;
use crate::policy::paid_section::FROM;
use crate::units::{Decimal, Money};

/// Headers of the table, by key.
const HEADERS: &[(&str, &[&str])] = &[
    (CODE, &["code", "代码", "区域代码", "乡镇代码"]),
    ("area", &["area", "区域", "乡镇", "区域名称", "乡镇名称", "名称", "单位", "县"]),
    ("ecosystem", &["ecosystem", "生态系统", "类型", "地类"]),
    ("fund", &["fund", "资金", "资金来源"]),
    ("amount", &["amount", "金额", "下达金额"]),
    ("kind", &["kind", "性质", "类别", "下达或收回"]),
    ("batch", &["batch", "批次"]),
    ("date", &["date", "日期", "下达日期"]),
    ("document", &["document", "文号", "文件号"]),
    ("note", &["note", "备注", "说明"]),
];

/// Where a table has codes, they say which areas are meant.
const CODE: &str = "code";

/// The table of batches that a model names; `None` where it names none.
pub fn attachment(tree: &Node) -> Option<&str> {
    match &tree.get("paid")?.get("file")?.value {
        Value::Text(file) => Some(file),
        _ => None,
    }
}

/// Puts the rows of the table that a model names into the model.
///
/// # Errors
/// The table is not among the files, or all that is wrong with it.
pub fn attach(tree: &mut Node, source: &Source, model: &str) -> Result<(), Findings> {
    let Some(file) = attachment(tree).map(str::to_owned) else { return Ok(()) };
    let place = Place::file(model).column("paid.file");
    let Some((name, bytes)) = source.files.iter().find(|(name, _)| *name == file) else {
        let like = hint(&file, source.files.iter().map(|(name, _)| name.as_str())).text();
        return Err(Finding::error("policy.paid_no_file", place).with("file", file).with("like", like).into());
    };
    let sheet = match tree.get("paid").and_then(|node| node.get("sheet")).map(|node| &node.value) {
        Some(Value::Text(sheet)) => Some(sheet.clone()),
        _ => None,
    };
    let table = table((name, bytes), sheet.as_deref(), place)?;
    let batches = rows(&table)?;
    if let Value::Table(entries) = &mut tree.value
        && let Some((_, paid)) = entries.iter_mut().find(|(key, _)| key == "paid")
        && let Value::Table(entries) = &mut paid.value
    {
        match entries.iter_mut().find(|(key, _)| key == "batch").map(|(_, node)| &mut node.value) {
            Some(Value::List(known)) => known.extend(batches),
            Some(_) => {}
            None => entries.push(("batch".to_owned(), Node { line: 0, value: Value::List(batches) })),
        }
    }
    Ok(())
}

fn table((name, bytes): (&str, &[u8]), sheet: Option<&str>, place: Place) -> Result<Table, Findings> {
    if !name.to_lowercase().ends_with(".xlsx") {
        return read_csv(name, bytes);
    }
    let mut tables = read_xlsx(name, bytes, &|found| sheet.is_none_or(|sheet| sheet == found.trim()))?;
    if tables.len() > 1 {
        let sheets = tables.iter().filter_map(|table| table.place.sheet.clone()).collect::<Vec<_>>().join(", ");
        return Err(Finding::error("policy.paid_sheet", place).with("sheets", sheets).into());
    }
    tables.pop().ok_or_else(|| {
        Finding::error("dataset.no_sheet", Place::file(name)).with("sheets", sheet.unwrap_or_default()).into()
    })
}

/// A column: the key it is, and the unit in its header.
type Column<'a> = (&'static str, Option<&'a str>);

fn columns<'a>(table: &'a Table, log: &mut FindingLog) -> Vec<Option<Column<'a>>> {
    let mut columns: Vec<Option<Column<'a>>> = Vec::new();
    for header in &table.header {
        let place = table.place.clone().column(header);
        let (name, unit) = split_header(header);
        let known = HEADERS.iter().find(|(_, names)| names.iter().any(|known| known.eq_ignore_ascii_case(name)));
        match known {
            _ if header.is_empty() => columns.push(None),
            Some((key, _)) if columns.iter().flatten().any(|(same, _)| same == key) => {
                log.push(Finding::error("policy.paid_column_twice", place).with("header", header));
                columns.push(None);
            }
            Some((key, _)) => columns.push(Some((*key, unit))),
            None => {
                let names = HEADERS.iter().filter_map(|(_, names)| names.get(1).copied());
                log.push(unknown_word(place, header, names));
                columns.push(None);
            }
        }
    }
    let has = |key: &str| columns.iter().flatten().any(|(known, _)| *known == key);
    for key in ["area", "amount"] {
        if !(has(key) || (key == "area" && has(CODE))) {
            let names = HEADERS.iter().find(|(known, _)| *known == key).map_or(&[][..], |(_, names)| *names);
            let finding = Finding::error("policy.paid_column", table.place.clone());
            log.push(finding.with("headers", names.join(" / ")));
        }
    }
    columns
}

fn rows(table: &Table) -> Result<Vec<Node>, Findings> {
    let mut log = FindingLog::of_tables();
    let columns = columns(table, &mut log);
    let mut batches = Vec::new();
    let file = table.place.file.clone().unwrap_or_default();
    for row in &table.rows {
        let text = |value: String| Node { line: row.number, value: Value::Text(value) };
        let mut entries = vec![(FROM.to_owned(), text(file.clone()))];
        let mut is_sum = false;
        for (at, (cell, column)) in row.cells.iter().zip(&columns).enumerate() {
            let Some((key, unit)) = column else { continue };
            let key = match *key {
                CODE => "area",
                "area" if columns.iter().flatten().any(|(known, _)| *known == CODE) => continue,
                other => other,
            };
            let place = table.place_of(row.number, at);
            match written(cell, key, *unit) {
                Ok(Some(value)) => {
                    is_sum |= key == "area" && is_total(&value);
                    entries.push((key.to_owned(), text(value)));
                }
                Ok(None) => {}
                Err(phrase) => log.push(Finding::from_phrase(phrase, place)),
            }
        }
        for key in ["area", "amount"].iter().filter(|key| entries.iter().all(|(known, _)| known != *key)) {
            log.push(Finding::error("policy.key_missing", table.place.clone().row(row.number)).with("key", *key));
        }
        if is_sum {
            log.push(Finding::error("policy.paid_total", table.place.clone().row(row.number)));
        }
        batches.push(Node { line: row.number, value: Value::Table(entries) });
    }
    Findings::gate(batches, log.into_findings()).map(|(batches, _)| batches)
}

/// A cell as a model file writes it; `None` where it is blank.
fn written(cell: &Raw, key: &str, unit: Option<&str>) -> Result<Option<String>, Phrase> {
    let number = |number: f64| Decimal::from_f64(number).map(|number| number.to_string());
    let value = match cell {
        Raw::Blank => return Ok(None),
        Raw::Text(text) => text.clone(),
        Raw::Number(value) => number(*value)?,
        Raw::Refused(DATE, day) if key == "date" => day.clone(),
        Raw::Percent(_) => return Err(Phrase::new("policy.paid_percent")),
        Raw::Refused(code, text) => return Err(Phrase::new(code).with("value", text)),
    };
    if key == "kind" && !Kind::WORDS.iter().any(|(word, _)| *word == value) {
        let like = hint(&value, Kind::WORDS.iter().map(|(word, _)| *word)).text();
        return Err(Phrase::new("policy.unknown_word").with("word", &value).with("like", like));
    }
    if key != "amount" || Money::parse(&value).is_ok() {
        return Ok(Some(value));
    }
    let Some(unit) = unit else {
        return Err(Phrase::new("units.unit_missing").with("value", value).with("units", Money::units()));
    };
    let amount = Money::of(Decimal::parse(&value)?, unit)?;
    Ok(Some(format!("{} 元", amount.yuan())))
}
