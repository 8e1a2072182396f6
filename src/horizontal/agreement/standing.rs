//! How far single figures of an agreement are confirmed, beside the whole and its clauses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::agreement::written::Label;
use crate::document::places::Places;
use crate::finding::{Finding, hint};
use crate::phrases::{Lang, Phrase, Text};

/// How far a term is confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Confirmed {
    /// Read in the published text.
    Published,
    /// Read in a report of press or web.
    WebReport,
    /// General knowledge, to be confirmed before it is used.
    FromMemory,
    /// Made up, because the text is not known.
    Assumed,
}

impl Confirmed {
    /// The printed word.
    pub fn name(self) -> Text {
        Phrase::new(match self {
            Self::Published => "agreement.published",
            Self::WebReport => "agreement.web_report",
            Self::FromMemory => "agreement.from_memory",
            Self::Assumed => "agreement.assumed",
        })
        .text()
    }
}

/// What is known of some figures of the agreement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// The figures by their keys, list entries by id or position: `data.missing`, `measure.P.index.k0`, `clause.bet.tiers.tier.2`.
    pub of: Vec<String>,
    /// How far they are confirmed.
    pub confirmed: Confirmed,
    /// Where they are known from, or why they are assumed so.
    pub source: Label,
}

impl Standing {
    /// The figures that it is of, in words, by the agreement as a tree.
    pub(super) fn figures(&self, written: &Value) -> Vec<Text> {
        self.of.iter().map(|path| in_words(written, path)).collect()
    }
}

/// Standings of figures that an agreement, written as a tree, does not have.
pub(super) fn wrong(standings: &[Standing], written: &Value, places: &Places<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, standing) in standings.iter().enumerate() {
        let place = || places.of(&format!("standing[{}].of", index + 1));
        if standing.of.is_empty() {
            findings.push(Finding::error("agreement.standing_of_nothing", place()));
        }
        for path in &standing.of {
            if let Err(known) = find(written, path) {
                let like = hint(path.rsplit('.').next().unwrap_or(path), known.iter().map(String::as_str)).text();
                let finding = Finding::error("agreement.standing_unknown", place());
                findings.push(finding.with("path", path).with("like", like));
            }
        }
    }
    findings
}

/// A key in words; `None` for one that says nothing beside what stands around it, the key itself where it has no words.
fn word(key: &str) -> Option<Text> {
    let code = match key {
        "agreement" => "agreement.what_agreement",
        "party" => "agreement.what_party",
        "section" => "agreement.what_section",
        "measure" => "agreement.figure_measure",
        "clause" => "agreement.what_clause",
        "data" => "agreement.figure_data",
        "tier" => "agreement.figure_tier",
        "pay" => "agreement.figure_pay",
        "term" => "agreement.figure_term",
        "amount" => "agreement.figure_amount",
        "share_of" => "agreement.figure_share_of",
        "in_proportion" => "agreement.figure_in_proportion",
        "missing_month" => "agreement.figure_missing_month",
        "months" => "agreement.figure_months",
        "combine" => "agreement.figure_combine",
        "weight" => "agreement.figure_weight",
        "k0" => "agreement.figure_k0",
        "round" => "agreement.figure_round",
        "base_years" => "agreement.figure_base_years",
        "year" => "agreement.figure_year",
        "fixed" => "agreement.figure_fixed",
        "to" => "agreement.figure_to",
        "from" => "agreement.figure_from",
        // Kinds of clauses and measures: the clause says by its title what it is.
        "tiers" | "ladder" | "exceedance" | "clawback" | "payment" | "index" | "pool" | "prepay" | "quantity"
        | "cap" | "budget" | "accident" => return None,
        other => return Some(Text::same(other)),
    };
    Some(Phrase::new(code).text())
}

/// The name of a list entry; `None` where it has none.
fn name(item: &Value) -> Option<Text> {
    let label = ["name", "title", "label"].into_iter().find_map(|key| item.get(key))?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match text(label) {
        Some(both) => Some(Text::same(both)),
        None => Some(Text { zh: text(label.get("zh")?)?, en: text(label.get("en")?)? }),
    }
}

/// The figures of a path in words: `clause.bet.tiers.tier.2` → 条款“对赌” · 第 2 档.
fn in_words(tree: &Value, path: &str) -> Text {
    let mut node = Some(tree);
    let mut parts: Vec<Text> = Vec::new();
    for key in path.split('.') {
        let found = match node {
            Some(Value::Array(items)) => items.iter().enumerate().find(|(at, item)| names(*at, item, key)),
            _ => None,
        };
        match (node, found) {
            (Some(Value::Array(_)), found) => {
                let list = parts.pop().unwrap_or_else(|| Text::same(""));
                let phrase = match found.and_then(|(_, item)| name(item)) {
                    Some(name) => Phrase::new("agreement.figure_named").with("name", name),
                    None => Phrase::new("agreement.figure_numbered")
                        .with("number", found.map_or_else(|| key.to_owned(), |(at, _)| (at + 1).to_string())),
                };
                parts.push(phrase.with("list", list).text());
            }
            _ => parts.extend(word(key)),
        }
        node = match node {
            Some(Value::Object(entries)) => entries.get(key),
            _ => found.map(|(_, item)| item),
        };
    }
    let join = |lang: Lang| parts.iter().map(|part| part.get(lang)).collect::<Vec<_>>().join(" · ");
    Text { zh: join(Lang::Zh), en: join(Lang::En) }
}

/// Whether there is a value at a path; else the keys known where it breaks off.
fn find(tree: &Value, path: &str) -> Result<(), Vec<String>> {
    let mut node = tree;
    for key in path.split('.') {
        let next = match node {
            Value::Object(entries) => entries.get(key),
            Value::Array(items) => items.iter().enumerate().find(|(at, item)| names(*at, item, key)).map(|pair| pair.1),
            _ => None,
        };
        match next.filter(|value| !value.is_null()) {
            Some(value) => node = value,
            None => return Err(keys(node)),
        }
    }
    Ok(())
}

/// Whether a list entry is meant: by its id, else by its position from 1.
fn names(at: usize, item: &Value, key: &str) -> bool {
    item.get("id").and_then(Value::as_str) == Some(key) || key.parse() == Ok(at + 1)
}

fn keys(node: &Value) -> Vec<String> {
    match node {
        Value::Object(entries) => {
            entries.iter().filter(|(_, value)| !value.is_null()).map(|(key, _)| key.clone()).collect()
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(at, item)| {
                item.get("id").and_then(Value::as_str).map_or_else(|| (at + 1).to_string(), str::to_owned)
            })
            .collect(),
        _ => Vec::new(),
    }
}
