//! The inventory (生态产品目录清单): what there is, where, how good, whose, how protected and used. It is a stock; an account is a
//! flow, and the two are linked by area and ecosystem and never added.

use crate::dataset::table::Table;
use crate::finding::{Finding, FindingLog, Place};
use crate::quantity::Known;
use crate::sheet::{Column, Sheet, needed, optional};
use crate::tree::Tree;
use crate::unit::Unit;
use crate::value::Value;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stock {
    /// A resource (生态资源).
    Resource,
    /// A product (生态产品).
    Product,
    /// A negative product (生态负产品).
    Negative,
}

pub(crate) const STOCKS: &[(&[&str], Stock)] = &[
    (&["resource", "资源", "生态资源"], Stock::Resource),
    (&["product", "产品", "生态产品"], Stock::Product),
    (&["negative", "负产品", "生态负产品"], Stock::Negative),
];
pub(crate) const OWNERS: &[(&[&str], &str)] = &[
    (&["国家", "state", "全民"], "国家"),
    (&["集体", "collective"], "集体"),
    (&["个人", "private"], "个人"),
    (&["企业", "enterprise"], "企业"),
];
pub(crate) const RIGHTS: &[(&[&str], &str)] = &[
    (&["出让", "granted"], "出让"),
    (&["转让", "transferred"], "转让"),
    (&["出租", "leased"], "出租"),
    (&["抵押", "mortgaged"], "抵押"),
    (&["入股", "invested"], "入股"),
    (&["承包", "contracted"], "承包"),
    (&["划拨", "allocated"], "划拨"),
    (&["无", "none"], "无"),
];
pub(crate) const USES: &[(&[&str], &str)] = &[
    (&["未开发", "unused"], "未开发"),
    (&["经营中", "in use"], "经营中"),
    (&["已交易", "traded"], "已交易"),
    (&["禁止开发", "forbidden"], "禁止开发"),
];

/// An entry of the inventory.
#[derive(Debug, Clone)]
pub struct Product {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Code of the indicator of which it is.
    pub category: String,
    /// Ecosystem.
    pub ecosystem: String,
    /// Code of the area.
    pub area: String,
    /// How much there is, in base units.
    pub extent: Option<Value>,
    /// Unit of the extent.
    pub unit: Unit,
    /// Year of the extent.
    pub year: Option<i32>,
    /// Grade, and the standard by which it is graded.
    pub grade: (String, String),
    /// What it does.
    pub function: String,
    /// Who owns it: kind and name.
    pub owner: (String, String),
    /// Who may use it, how, and until when.
    pub right: (String, String, String),
    /// How it is protected.
    pub protection: String,
    /// How it is used.
    pub development: String,
    /// What it brought in, in 元.
    pub revenue: Option<Value>,
    /// What it is.
    pub stock: Stock,
    /// Unit of survey.
    pub survey: String,
    /// Source and department.
    pub source: String,
    /// Date from which the entry holds.
    pub valid_from: String,
    /// Where it stands.
    pub place: Place,
}

pub(crate) const COLUMNS: &[Column] = &[
    needed("code", &["编码", "code"]),
    needed("name", &["名称", "name"]),
    needed("category", &["类别", "category"]),
    optional("ecosystem", &["生态系统类型", "生态系统", "ecosystem"]),
    needed("area", &["所在乡镇", "区域代码", "区域", "area_code", "area"]),
    optional("area_name", &["区域名称", "area_name"]),
    needed("extent", &["数量", "extent"]),
    needed("unit", &["单位", "数量单位", "unit"]),
    needed("year", &["数量年份", "年份", "extent_year", "year"]),
    optional("grade", &["质量等级", "quality_grade"]),
    optional("standard", &["质量标准", "评定标准", "quality_standard"]),
    optional("function", &["功能特点", "function"]),
    needed("owner", &["所有权", "权益归属: 所有权", "owner"]),
    optional("owner_name", &["所有权人", "owner_name"]),
    optional("right", &["使用权方式", "使用权 经营权", "use_right"]),
    optional("holder", &["使用权人", "权利人", "holder"]),
    optional("term", &["期限", "term"]),
    optional("protection", &["保护情况", "protection"]),
    optional("development", &["开发利用情况", "development"]),
    optional("revenue", &["已实现收入", "收入", "revenue"]),
    needed("kind", &["资源 / 产品 / 负产品", "属性", "kind"]),
    optional("survey", &["调查单元", "survey_unit"]),
    optional("source", &["数据来源 责任单位", "来源", "source"]),
    optional("valid_from", &["起始日期", "valid_from"]),
    optional("trust", &["可信度", "性质", "trust"]),
];

/// Reads a table of the inventory.
pub fn read(table: &Table, known: &Known<'_>, tree: &Tree, log: &mut FindingLog) -> Vec<Product> {
    let Some(sheet) = Sheet::of(table, COLUMNS, log) else { return Vec::new() };
    let mut products: Vec<Product> = Vec::new();
    for row in sheet.rows() {
        let text = |key: &str, log: &mut FindingLog| row.text(key, log).unwrap_or_default();
        let (code, name, category) = (row.need("code", log), row.need("name", log), row.need("category", log));
        let area = row.need("area", log).map(|word| match known.areas.named(&word) {
            Some(area) => area.code.clone(),
            None => {
                if !known.areas.list.is_empty() {
                    let all = known.areas.list.iter().flat_map(|area| [area.code.as_str(), area.name.as_str()]);
                    let like = crate::finding::hint(&word, all).text();
                    log.push(Finding::error("gep.area_unknown", row.at("area")).with("area", &word).with("like", like));
                }
                word
            }
        });
        let ecosystem = known.ecosystem(&text("ecosystem", log)).unwrap_or_else(|mut finding| {
            finding.place = row.at("ecosystem");
            log.push(finding);
            String::new()
        });
        let category = category.and_then(|word| {
            let by_name = tree
                .entries
                .iter()
                .find(|entry| entry.code == word || entry.label.zh == word || entry.label.en == word);
            if by_name.is_none() {
                let all = tree.entries.iter().flat_map(|entry| [entry.label.zh.as_str(), entry.code.as_str()]);
                let like = crate::finding::hint(&word, all).text();
                log.push(Finding::error("gep.code_unknown", row.at("category")).with("code", &word).with("like", like));
            }
            by_name.map(|entry| entry.code.clone())
        });
        let unit = known
            .units
            .parse(&text("unit", log))
            .map_err(|phrase| log.push(Finding::from_phrase(phrase, row.at("unit"))))
            .ok();
        let extent = row.value("extent", log);
        let grade = (text("grade", log), text("standard", log));
        let owner = (row.word("owner", OWNERS, log).unwrap_or_default().to_owned(), text("owner_name", log));
        let right =
            (row.word("right", RIGHTS, log).unwrap_or_default().to_owned(), text("holder", log), text("term", log));
        let development = row.word("development", USES, log).unwrap_or_default().to_owned();
        let revenue = row.value("revenue", log).and_then(|value| {
            let written = sheet.unit("revenue");
            match (known.units.parse(written), known.units.parse("元")) {
                (Ok(unit), Ok(money)) if unit.dimension == money.dimension => Some(value.mul(&unit.scale)),
                _ => {
                    log.push(Finding::error("gep.header_unit", row.at("revenue")).with("like", "元"));
                    None
                }
            }
        });
        let stock = row.word("kind", STOCKS, log);
        let year = row.year("year", log);
        let (Some(code), Some(name), Some(category), Some(area), Some(unit), Some(stock)) =
            (code, name, category, area, unit, stock)
        else {
            continue;
        };
        if products.iter().any(|known| known.code == code) {
            log.push(Finding::error("gep.code_twice", row.at("code")).with("code", &code));
        }
        products.push(Product {
            code,
            name,
            category,
            ecosystem,
            area,
            extent: extent.map(|value| value.mul(&unit.scale)),
            unit,
            year,
            grade,
            function: text("function", log),
            owner,
            right,
            protection: text("protection", log),
            development,
            revenue,
            stock,
            survey: text("survey", log),
            source: text("source", log),
            valid_from: text("valid_from", log),
            place: row.place(),
        });
    }
    products
}
