//! The account that a model divides by, as a question about the model.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::accounting::entry::Entry;
use crate::accounting::statement::{Account, area_of};
use crate::accounting::view::Linked;
use crate::finding::{Finding, Place};
use crate::phrases::{Lang, Text};
use crate::questions::Failure;
use crate::questions::question::{Means, Model, OfModel};
use crate::report;
use crate::report::forms::{Printed, Printers};

/// The account that a model divides by, after changes of its prices and parameters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "ModelAccountQuestion")]
pub struct ModelAccountQuestion {
    /// The area, by code or name; default all of the account.
    #[schemars(length(min = 1, max = 200))]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub area: Option<String>,
}

/// A price or a parameter of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "GepEntry")]
pub struct EntryPart {
    /// The path under which a change sets it.
    pub path: String,
    /// Its name in the account.
    pub name: String,
    /// The item it is for; empty for all.
    pub item: String,
    /// Id of the ecosystem it is for; empty for all.
    pub ecosystem: String,
    /// Code of the area within which it holds; empty for everywhere.
    pub area: String,
    /// Its value, exactly, in the unit.
    pub value: String,
    /// Its unit.
    pub unit: String,
    /// The year of its prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_year: Option<i32>,
    /// Where it comes from.
    pub source: String,
    /// How far that can be trusted, as the account says it.
    pub trust: String,
}

/// The part of an account that a model divides by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "GepView")]
pub struct ViewPart {
    /// Id.
    pub id: String,
    /// Name.
    pub label: Text,
    /// Indicators that are in it; none for all.
    pub within: Vec<String>,
    /// Indicators that are not.
    pub without: Vec<String>,
    /// What it comes to in 分, over all areas.
    pub total_fen: i64,
}

/// An account of a model.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ModelAccount {
    /// What the model takes of it.
    pub view: ViewPart,
    /// The account: the two tables, matrix, ratios.
    pub account: Account,
    /// Its prices.
    pub prices: Vec<EntryPart>,
    /// Its parameters.
    pub parameters: Vec<EntryPart>,
}

fn part(linked: &Linked, kind: &str, entry: &Entry) -> EntryPart {
    let manifest = &linked.book().manifest;
    // Tables name ecosystems as they like; a change names them by id.
    let known = manifest.ecosystems.iter().find(|spec| spec.answers_to(&entry.ecosystem));
    let ecosystem = known.map_or_else(|| entry.ecosystem.clone(), |spec| spec.id.clone());
    let scopes = [("ecosystem", &ecosystem), ("area", &entry.scope)];
    let scopes: Vec<String> =
        scopes.iter().filter(|(_, word)| !word.is_empty()).map(|(key, word)| format!("{key}={word}")).collect();
    let name = entry.name.strip_prefix("price.").filter(|_| kind == "price").unwrap_or(&entry.name);
    let choice = if scopes.is_empty() { String::new() } else { format!("[{}]", scopes.join(",")) };
    EntryPart {
        path: format!("gep.{kind}.{name}{choice}"),
        name: entry.name.clone(),
        item: entry.item.clone(),
        ecosystem,
        area: entry.scope.clone(),
        value: entry.value.written(),
        unit: entry.unit.text.clone(),
        price_year: entry.price_year,
        source: entry.source.clone(),
        trust: entry.trust.clone(),
    }
}

impl OfModel for ModelAccountQuestion {
    type Answer = ModelAccount;

    fn answer(&self, model: Model, _: &mut Means<'_>) -> Result<ModelAccount, Failure> {
        let Some(linked) = &model.prepared.account else {
            return Err(Finding::error("gep.model_without_account", Place::file("/model")).into());
        };
        let word = |word: &String| area_of(linked.book(), word, Place::file("--area"));
        let area = self.area.as_ref().map(word).transpose()?;
        let view = linked.view();
        let total = linked.figures()?.values().try_fold(0_i64, |sum, fen| sum.checked_add(*fen)).ok_or_else(|| {
            Finding::error("gep.too_large", Place::default()).with("what", &linked.book().manifest.id)
        })?;
        let (prices, parameters) = linked.rows();
        let parts = |kind: &str, rows: Vec<&Entry>| rows.into_iter().map(|row| part(linked, kind, row)).collect();
        Ok(ModelAccount {
            view: ViewPart {
                id: view.id.clone(),
                label: view.label.clone(),
                within: view.within.clone(),
                without: view.without.clone(),
                total_fen: total,
            },
            account: linked.account(area.as_deref())?,
            prices: parts("price", prices),
            parameters: parts("parameter", parameters),
        })
    }
}

impl Printed for ModelAccount {
    const PRINTERS: Printers<Self> = Printers {
        table: |found, lang: Lang| report::gep::account(&found.account, lang),
        csv: Some(|found, lang| report::gep::account_csv(&found.account, lang)),
        xlsx: Some(|found, lang| Ok(report::gep::account_workbook(&found.account, lang)?)),
        svg: None,
        docx: None,
    };
}
