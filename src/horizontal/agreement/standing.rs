//! How far single figures of an agreement are confirmed, beside the whole and its clauses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::agreement::model::{Agreement, Confirmed};
use crate::agreement::written::Label;
use crate::document::places::Places;
use crate::finding::{Finding, hint};

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

impl Agreement {
    /// Standings of figures that the agreement does not have.
    pub(super) fn wrong_standings(&self, places: &Places<'_>) -> Vec<Finding> {
        if self.standing.is_empty() {
            return Vec::new();
        }
        let written = serde_json::to_value(self).unwrap_or_default();
        let mut findings = Vec::new();
        for (index, standing) in self.standing.iter().enumerate() {
            let place = || places.of(&format!("standing[{}].of", index + 1));
            if standing.of.is_empty() {
                findings.push(Finding::error("agreement.standing_of_nothing", place()));
            }
            for path in &standing.of {
                if let Err(known) = find(&written, path) {
                    let like = hint(path.rsplit('.').next().unwrap_or(path), known.iter().map(String::as_str)).text();
                    let finding = Finding::error("agreement.standing_unknown", place());
                    findings.push(finding.with("path", path).with("like", like));
                }
            }
        }
        findings
    }
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
