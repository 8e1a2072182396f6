//! What was published of an account, as printed, to be compared with what follows; and what products realised.

use crate::dataset::table::Table;
use crate::finding::{Finding, FindingLog, Place};
use crate::quantity::Known;
use crate::sheet::{Column, Sheet, needed, optional};
use crate::unit::Unit;
use crate::value::Value;

/// Which figure of an account was printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The physical quantity.
    Quantity,
    /// The value, of an indicator or of a sum.
    Value,
    /// The share of a value in the total.
    Share,
    /// Value by area.
    PerArea,
    /// Value by head.
    PerHead,
}

pub(crate) const WHATS: &[(&[&str], What)] = &[
    (&["quantity", "功能量"], What::Quantity),
    (&["value", "价值量", "合计", "小计"], What::Value),
    (&["share", "占比", "比重"], What::Share),
    (&["per_area", "单位面积"], What::PerArea),
    (&["per_head", "人均"], What::PerHead),
];

/// A printed figure.
#[derive(Debug, Clone)]
pub struct Printed {
    /// Code of the indicator.
    pub code: String,
    /// Area; empty for all of the account.
    pub area: String,
    /// Ecosystem; empty for all.
    pub ecosystem: String,
    /// Year.
    pub year: i32,
    /// Which figure.
    pub what: What,
    /// As printed.
    pub text: String,
    /// The same as a number, in its unit.
    pub value: Value,
    /// Decimals printed.
    pub places: u32,
    /// Its unit.
    pub unit: Unit,
    /// Where it stands.
    pub place: Place,
}

pub(crate) const COLUMNS: &[Column] = &[
    needed("code", &["指标", "指标编码", "编码", "code", "indicator"]),
    optional("area", &["区域代码", "区域", "area"]),
    optional("ecosystem", &["生态系统", "ecosystem"]),
    needed("year", &["年份", "年", "year"]),
    needed("what", &["项目", "what"]),
    needed("printed", &["公布值", "公布数", "printed"]),
    needed("unit", &["单位", "unit"]),
    optional("source", &["来源", "依据", "source"]),
    optional("note", &["备注", "说明", "note"]),
];

/// Decimals of a number as printed.
pub fn places(text: &str) -> u32 {
    let digits = text.trim().trim_end_matches('%');
    digits.split_once('.').map_or(0, |(_, part)| u32::try_from(part.len()).unwrap_or(0))
}

/// Reads a table of printed figures.
pub fn read(table: &Table, known: &Known<'_>, log: &mut FindingLog) -> Vec<Printed> {
    let Some(sheet) = Sheet::of(table, COLUMNS, log) else { return Vec::new() };
    let mut list = Vec::new();
    for row in sheet.rows() {
        let (code, year) = (row.need("code", log), row.year("year", log));
        let what = row.word("what", WHATS, log);
        let (text, value) = (row.need("printed", log), row.value("printed", log));
        let unit = match known.units.parse(&row.text("unit", log).unwrap_or_default()) {
            Ok(unit) => Some(unit),
            Err(phrase) => {
                log.push(Finding::from_phrase(phrase, row.at("unit")));
                None
            }
        };
        let area = row.text("area", log).unwrap_or_default();
        let area = known.areas.named(&area).map_or(area, |area| area.code.clone());
        let ecosystem = match known.ecosystem(&row.text("ecosystem", log).unwrap_or_default()) {
            Ok(ecosystem) => ecosystem,
            Err(mut finding) => {
                finding.place = row.at("ecosystem");
                log.push(finding);
                continue;
            }
        };
        let (Some(code), Some(year), Some(what), Some(text), Some(value), Some(unit)) =
            (code, year, what, text, value, unit)
        else {
            continue;
        };
        let places = places(&text);
        list.push(Printed { code, area, ecosystem, year, what, text, value, places, unit, place: row.at("printed") });
    }
    list
}

/// What a product brought in: 已实现价值.
#[derive(Debug, Clone)]
pub struct Realised {
    /// Code of the indicator.
    pub code: String,
    /// Area.
    pub area: String,
    /// Year.
    pub year: i32,
    /// Amount in 元.
    pub amount: Value,
    /// Sales, fees, compensation, trade: as written.
    pub way: String,
    /// Where it stands.
    pub place: Place,
}

pub(crate) const REALISED: &[Column] = &[
    needed("code", &["指标", "指标编码", "编码", "code", "indicator"]),
    optional("area", &["区域代码", "区域", "area"]),
    needed("year", &["年份", "年", "year"]),
    needed("amount", &["已实现价值", "金额", "收入", "amount"]),
    needed("unit", &["单位", "unit"]),
    optional("way", &["实现方式", "方式", "way"]),
    optional("source", &["来源", "依据", "source"]),
    optional("trust", &["可信度", "性质", "trust"]),
    optional("note", &["备注", "说明", "note"]),
];

/// Reads a table of what products realised.
pub fn read_realised(table: &Table, known: &Known<'_>, log: &mut FindingLog) -> Vec<Realised> {
    let Some(sheet) = Sheet::of(table, REALISED, log) else { return Vec::new() };
    let mut list = Vec::new();
    for row in sheet.rows() {
        let (code, year, amount) = (row.need("code", log), row.year("year", log), row.value("amount", log));
        let (unit, money) = (known.units.parse(&row.text("unit", log).unwrap_or_default()), known.units.parse("元"));
        let area = row.text("area", log).unwrap_or_default();
        let area = known.areas.named(&area).map_or(area, |area| area.code.clone());
        match (unit, money) {
            (Ok(unit), Ok(money)) if unit.dimension == money.dimension => {
                let (Some(code), Some(year), Some(amount)) = (code, year, amount) else { continue };
                let way = row.text("way", log).unwrap_or_default();
                if amount.is_negative() {
                    log.push(Finding::error("gep.negative", row.at("amount")).with("value", amount.written()));
                }
                list.push(Realised { code, area, year, amount: amount.mul(&unit.scale), way, place: row.place() });
            }
            (Err(phrase), _) => log.push(Finding::from_phrase(phrase, row.at("unit"))),
            _ => log.push(Finding::error("gep.header_unit", row.at("unit")).with("like", "元")),
        }
    }
    list
}
