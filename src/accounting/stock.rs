//! The inventory as a document, checked against itself and linked to the figures of the account.

use schemars::JsonSchema;
use serde::Serialize;

use crate::book::Book;
use crate::checks::Remark;
use crate::finding::Finding;
use crate::inventory::{Product, Stock};
use crate::phrases::{Lang, Text};
use crate::statement::{EcosystemName, area_name, ecosystem_name};
use crate::value::Value;

/// An entry of the inventory.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "GepProduct")]
pub struct Item {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Indicator of which it is.
    pub category: String,
    /// Name of the indicator.
    pub category_label: Text,
    /// Ecosystem.
    pub ecosystem: EcosystemName,
    /// Code of the area.
    pub area: String,
    /// Its name.
    pub area_name: String,
    /// How much there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extent: Option<String>,
    /// Unit of the extent.
    pub unit: String,
    /// Year of the extent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<i32>,
    /// Grade.
    pub grade: String,
    /// Standard by which it is graded.
    pub standard: String,
    /// What it does.
    pub function: String,
    /// Kind of owner (国家, 集体, 个人, 企业).
    pub owner: String,
    /// Name of the owner.
    pub owner_name: String,
    /// Way of the right of use.
    pub right: String,
    /// Who holds it: who is entitled.
    pub holder: String,
    /// Until when.
    pub term: String,
    /// How it is protected.
    pub protection: String,
    /// How it is used.
    pub development: String,
    /// What it brought in, in 分.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revenue_fen: Option<i64>,
    /// Resource, product or negative product.
    pub kind: Stock,
    /// Unit of survey.
    pub survey: String,
    /// Source and department.
    pub source: String,
    /// Date from which the entry holds.
    pub valid_from: String,
    /// Figures of the account for its area and ecosystem; the flow that the stock is linked to.
    pub linked_figures: usize,
}

/// The inventory of an account.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "GepInventory")]
pub struct Inventory {
    /// Id of the account.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// The entries, by code.
    pub items: Vec<Item>,
    /// What to look at.
    pub remarks: Vec<Remark>,
    /// Whether any of it is made up.
    pub illustrative: bool,
}

/// The inventory of an account, checked.
pub fn inventory(book: &Book) -> Inventory {
    let quantities = &book.quantities;
    let linked = |product: &Product| {
        let is = |list: &[String], at: u32, word: &str| list.get(at as usize).is_some_and(|own| own == word);
        quantities
            .figures
            .iter()
            .filter(|figure| {
                is(&quantities.areas, figure.area, &product.area)
                    && is(&quantities.ecosystems, figure.ecosystem, &product.ecosystem)
            })
            .count()
    };
    let mut findings = Vec::new();
    let mut items = Vec::new();
    for product in book.inventory.iter() {
        let count = linked(product);
        let mut warn = |code: &'static str| {
            findings.push(
                Finding::warning(code, product.place.clone()).with("code", &product.code).with("name", &product.name),
            )
        };
        if !product.grade.0.is_empty() && product.grade.1.is_empty() {
            warn("gep.grade_without_standard");
        }
        if product.right.0 != "无" && !product.right.0.is_empty() && product.right.1.is_empty() {
            warn("gep.right_without_holder");
        }
        if product.owner.0.is_empty() {
            warn("gep.no_owner");
        }
        if product.revenue.is_some() && matches!(product.development.as_str(), "未开发" | "禁止开发") {
            warn("gep.revenue_unused");
        }
        if count == 0 && product.stock != Stock::Negative {
            warn("gep.not_linked");
        }
        if product.extent.is_none() {
            warn("gep.no_extent");
        }
        let own = product.extent.as_ref().and_then(|extent| extent.div(&product.unit.scale).ok());
        let label = book
            .tree
            .find(&product.category)
            .and_then(|at| book.tree.entries.get(at))
            .map_or_else(|| Text::same(&product.category), |entry| entry.label.clone());
        items.push(Item {
            code: product.code.clone(),
            name: product.name.clone(),
            category: product.category.clone(),
            category_label: label,
            ecosystem: ecosystem_name(book, &product.ecosystem),
            area_name: area_name(book, &product.area),
            area: product.area.clone(),
            extent: own.map(|own| own.written()),
            unit: product.unit.text.clone(),
            year: product.year,
            grade: product.grade.0.clone(),
            standard: product.grade.1.clone(),
            function: product.function.clone(),
            owner: product.owner.0.clone(),
            owner_name: product.owner.1.clone(),
            right: product.right.0.clone(),
            holder: product.right.1.clone(),
            term: product.right.2.clone(),
            protection: product.protection.clone(),
            development: product.development.clone(),
            revenue_fen: product.revenue.as_ref().and_then(|revenue: &Value| revenue.rounded(2)),
            kind: product.stock,
            survey: product.survey.clone(),
            source: product.source.clone(),
            valid_from: product.valid_from.clone(),
            linked_figures: count,
        });
    }
    items.sort_by(|one, other| one.code.cmp(&other.code));
    findings.sort_by(|one, other| one.place.cmp(&other.place));
    let remark = |finding: &Finding| Remark {
        code: finding.code().to_owned(),
        place: finding.place.to_string(),
        text: Text { zh: finding.render(Lang::Zh), en: finding.render(Lang::En) },
    };
    Inventory {
        id: book.manifest.id.clone(),
        name: book.manifest.name.clone(),
        items,
        remarks: findings.iter().map(remark).collect(),
        illustrative: book.manifest.illustrative,
    }
}
