//! Parameters and prices: rows with a scope, of which the most specific one holds; ladders; index series.

use std::collections::BTreeMap;

use crate::dataset::table::Table;
use crate::finding::{Finding, FindingLog, Place};
use crate::sheet::{Column, Sheet, needed, optional};
use crate::unit::{Unit, UnitTable};
use crate::value::Value;

/// A row of a table of parameters or prices.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// The price sets it belongs to; none for all.
    pub sets: Vec<String>,
    /// The item it is for.
    pub item: String,
    /// The value as written, in its unit.
    pub value: Value,
    /// Power of ten of the last digit written; none where that is not known.
    pub last_digit: Option<i32>,
    /// Its unit.
    pub unit: Unit,
    /// The area within which it holds; empty for everywhere.
    pub scope: String,
    /// The ecosystem for which it holds; empty for any.
    pub ecosystem: String,
    /// First and last year for which it holds.
    pub years: (Option<i32>, Option<i32>),
    /// The year of its prices.
    pub price_year: Option<i32>,
    /// The series by which it is carried to other years.
    pub index: String,
    /// The ladder on which it must stand.
    pub ladder: String,
    /// Where it comes from.
    pub source: String,
    /// How far that can be trusted.
    pub trust: String,
    /// Where it stands.
    pub place: Place,
}

pub(crate) const PARAMETERS: &[Column] = &[
    needed("name", &["参数", "名称", "参数名称", "name", "parameter"]),
    optional("sets", &["价格体系", "set", "sets"]),
    optional("item", &["子项", "分项", "item"]),
    needed("value", &["数值", "值", "取值", "value"]),
    optional("unit", &["单位", "unit"]),
    optional("scope", &["适用区域", "范围", "区域", "scope"]),
    optional("ecosystem", &["生态系统", "生态系统类型", "ecosystem"]),
    optional("from", &["起始年", "适用起年", "year_from", "from"]),
    optional("to", &["终止年", "适用止年", "year_to", "to"]),
    optional("price_year", &["价格年", "价格基年", "price_year"]),
    optional("index", &["价格指数", "指数", "index"]),
    optional("ladder", &["阶梯", "ladder"]),
    optional("source", &["来源", "依据", "source"]),
    optional("trust", &["可信度", "性质", "trust"]),
    optional("note", &["备注", "说明", "note"]),
];
pub(crate) const PRICES: &[Column] = &[
    needed("name", &["价格", "名称", "价格名称", "name", "price"]),
    optional("sets", &["价格体系", "set", "sets"]),
    optional("item", &["子项", "分项", "item"]),
    needed("value", &["单价", "数值", "值", "value"]),
    needed("unit", &["单位", "unit"]),
    optional("scope", &["适用区域", "范围", "区域", "scope"]),
    optional("ecosystem", &["生态系统", "生态系统类型", "ecosystem"]),
    optional("from", &["起始年", "适用起年", "year_from", "from"]),
    optional("to", &["终止年", "适用止年", "year_to", "to"]),
    optional("price_year", &["价格年", "价格基年", "price_year"]),
    optional("index", &["价格指数", "指数", "index"]),
    optional("ladder", &["阶梯", "ladder"]),
    optional("source", &["来源", "依据", "source"]),
    optional("trust", &["可信度", "性质", "trust"]),
    optional("note", &["备注", "说明", "note"]),
];

/// Words that mean everywhere.
const EVERYWHERE: &[&str] = &["", "nation", "全国", "*", "国家"];

/// Reads a table of parameters or of prices.
pub fn read(table: &Table, columns: &[Column], units: &UnitTable, log: &mut FindingLog) -> Vec<Entry> {
    let Some(sheet) = Sheet::of(table, columns, log) else { return Vec::new() };
    let mut entries = Vec::new();
    for row in sheet.rows() {
        let name = row.need("name", log);
        let errors = log.errors();
        let value = row.value("value", log);
        if value.is_none() && log.errors() == errors {
            // A row that is kept for what is still looked for has no value; who needs it is told.
            continue;
        }
        let text = |key: &str, log: &mut FindingLog| row.text(key, log).unwrap_or_default();
        let unit = match units.parse(&text("unit", log)) {
            Ok(unit) => Some(unit),
            Err(phrase) => {
                log.push(Finding::from_phrase(phrase, row.at("unit")));
                None
            }
        };
        if let Some(unit) = &unit {
            row.percent_once("value", &unit.text, log);
        }
        let years = (row.year("from", log), row.year("to", log));
        if let (Some(from), Some(to)) = years
            && from > to
        {
            log.push(Finding::error("gep.years_reversed", row.at("from")));
        }
        let scope = text("scope", log);
        let (Some(name), Some(value), Some(unit)) = (name, value, unit) else { continue };
        entries.push(Entry {
            name,
            sets: text("sets", log)
                .split([' ', ',', '\u{FF0C}', '、', ';', '\u{FF1B}'])
                .filter(|set| !set.is_empty())
                .map(str::to_owned)
                .collect(),
            item: text("item", log),
            value,
            last_digit: row.last_digit("value"),
            unit,
            scope: if EVERYWHERE.contains(&scope.as_str()) { String::new() } else { scope },
            ecosystem: text("ecosystem", log),
            years,
            price_year: row.year("price_year", log),
            index: text("index", log),
            ladder: text("ladder", log),
            source: text("source", log),
            trust: text("trust", log),
            place: row.at("value"),
        });
    }
    entries
}

impl Entry {
    /// Its value in base units.
    pub fn based(&self) -> Value {
        self.value.mul(&self.unit.scale)
    }

    /// Whether it holds in a year.
    pub fn covers(&self, year: i32) -> bool {
        self.years.0.is_none_or(|from| from <= year) && self.years.1.is_none_or(|to| year <= to)
    }

    /// Canonical text for its hash.
    pub fn canonical(&self) -> String {
        format!(
            "{:?}",
            (
                (&self.name, &self.sets, &self.item, self.value.written(), &self.unit.text, &self.scope),
                (&self.ecosystem, self.years, self.price_year, &self.index, &self.ladder, &self.source)
            )
        )
    }
}

/// A ladder: steps in base units, lowest first.
#[derive(Debug, Clone)]
pub struct Ladder {
    /// From this number on, this value.
    pub steps: Vec<(Value, Value)>,
    /// Unit of what climbs it.
    pub climbed: Unit,
    /// Unit of its values.
    pub unit: Unit,
    /// Where it comes from.
    pub source: String,
    /// Where its first step stands.
    pub place: Place,
}

pub(crate) const LADDERS: &[Column] = &[
    needed("name", &["阶梯", "名称", "name", "ladder"]),
    needed("from", &["起点", "下限", "from"]),
    optional("from_unit", &["起点单位", "from_unit"]),
    needed("value", &["数值", "值", "value"]),
    optional("unit", &["单位", "unit"]),
    optional("source", &["来源", "依据", "source"]),
    optional("trust", &["可信度", "性质", "trust"]),
];

/// Reads tables of ladders.
pub fn read_ladders(table: &Table, units: &UnitTable, ladders: &mut BTreeMap<String, Ladder>, log: &mut FindingLog) {
    let Some(sheet) = Sheet::of(table, LADDERS, log) else { return };
    for row in sheet.rows() {
        let unit = |key: &str, log: &mut FindingLog| {
            let text = row.text(key, log).unwrap_or_default();
            units.parse(&text).map_err(|phrase| log.push(Finding::from_phrase(phrase, row.at(key)))).ok()
        };
        let (climbed, own) = (unit("from_unit", log), unit("unit", log));
        let (name, from, value) = (row.need("name", log), row.value("from", log), row.value("value", log));
        let (Some(name), Some(from), Some(value), Some(climbed), Some(unit)) = (name, from, value, climbed, own) else {
            continue;
        };
        let source = row.text("source", log).unwrap_or_default();
        let ladder = ladders.entry(name).or_insert_with(|| Ladder {
            steps: Vec::new(),
            climbed: climbed.clone(),
            unit: unit.clone(),
            source,
            place: row.place(),
        });
        if ladder.climbed.dimension != climbed.dimension || ladder.unit.dimension != unit.dimension {
            log.push(Finding::error("gep.ladder_units", row.place()));
        }
        let step = (from.mul(&climbed.scale), value.mul(&unit.scale));
        if ladder.steps.iter().any(|(known, _)| *known == step.0) {
            log.push(Finding::error("gep.ladder_twice", row.at("from")));
        }
        ladder.steps.push(step);
        ladder.steps.sort();
    }
}

/// Index series: by name and year.
#[derive(Debug, Clone, Default)]
pub struct Series(pub BTreeMap<String, BTreeMap<i32, Value>>);

pub(crate) const SERIES: &[Column] = &[
    needed("name", &["指数", "名称", "name", "index"]),
    needed("year", &["年份", "年", "year"]),
    needed("value", &["数值", "值", "value"]),
    optional("source", &["来源", "依据", "source"]),
    optional("trust", &["可信度", "性质", "trust"]),
];

impl Series {
    /// Reads a table of index series (定基).
    pub fn read(&mut self, table: &Table, log: &mut FindingLog) {
        let Some(sheet) = Sheet::of(table, SERIES, log) else { return };
        for row in sheet.rows() {
            let (Some(name), Some(year), Some(value)) =
                (row.need("name", log), row.year("year", log), row.value("value", log))
            else {
                continue;
            };
            if value.is_zero() || value.is_negative() {
                log.push(Finding::error("gep.index_not_positive", row.at("value")));
                continue;
            }
            if self.0.entry(name).or_default().insert(year, value).is_some() {
                log.push(Finding::error("gep.index_twice", row.at("year")));
            }
        }
    }

    /// By what a value of one year is multiplied to be one of another.
    pub fn factor(&self, name: &str, from: i32, to: i32) -> Option<Value> {
        let series = self.0.get(name)?;
        series.get(&to)?.div(series.get(&from)?).ok()
    }
}
