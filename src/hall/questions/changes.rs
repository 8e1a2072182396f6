//! Changes as a document gives them: sentences as on the command line, or path, operation and value.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::document::tree::{Node, Value};
use crate::finding::{Finding, Findings, Place};
use crate::scenario::{Change, Operation, factor, has_plus, plus_sets};

/// A change: `PATH=VALUE`, `PATH=+5%`, `PATH*=1.1`, `PATH+=VALUE`, or its parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ChangeText {
    /// As on the command line: `fund.district.amount=+5%`.
    Sentence(String),
    /// Path, operation and value.
    Parts(StructuredChange),
}

/// A change in its parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StructuredChange {
    /// Path of a value of the model, or `data.INDICATOR[area=…,ecosystem=…]`.
    #[schemars(length(min = 1, max = 500))]
    pub path: String,
    /// What happens there.
    pub op: Op,
    /// The new value, what is added, or the factor: a number, text with a unit, true or false, or a list of them.
    pub value: Json,
}

/// What a change does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Op {
    /// The value becomes this one.
    Set,
    /// This is added.
    Add,
    /// The value is multiplied: a number, `105%`, or `+5%`.
    Scale,
}

/// The changes of a list; `pointer` is where the list stands in its document.
///
/// # Errors
/// Everything that is no change, each with its pointer.
pub fn parse(list: &[ChangeText], pointer: &str) -> Result<Vec<Change>, Findings> {
    let (mut changes, mut findings) = (Vec::new(), Vec::new());
    for (index, text) in list.iter().enumerate() {
        let place = Place::file(format!("{pointer}/{index}"));
        let found = match text {
            ChangeText::Sentence(text) => Change::parse(text),
            ChangeText::Parts(parts) => parts.change(),
        };
        match found {
            Ok(mut change) => {
                change.place = place;
                changes.push(change);
            }
            Err(mut finding) => {
                finding.place.file = place.file;
                findings.push(finding);
            }
        }
    }
    if findings.is_empty() { Ok(changes) } else { Err(Findings(findings)) }
}

impl StructuredChange {
    fn change(&self) -> Result<Change, Finding> {
        let place = Place::file("--set");
        let refuse =
            || Finding::error("scenario.form", place.clone()).with("text", format!("{} {}", self.path, self.value));
        let path = self.path.trim();
        let node = node(&self.value).ok_or_else(refuse)?;
        let operation = match self.op {
            Op::Set => match &node.value {
                Value::Text(text) if has_plus(&node) => return Err(plus_sets(place, path, text.trim())),
                _ => Operation::Set(node),
            },
            Op::Add => Operation::Add(node),
            Op::Scale => match &node.value {
                Value::Number(text) | Value::Text(text) => Operation::Scale(factor(text).ok_or_else(refuse)?),
                _ => return Err(refuse()),
            },
        };
        if path.is_empty() || path.ends_with(['-', '/', '+', '*', ':', '!', '=']) {
            return Err(refuse());
        }
        let change = Change::new(path, operation, place.clone());
        change.selection()?;
        Ok(change)
    }
}

/// A value of a document as one of a model file; `None` where it is null, or has a null in it.
fn node(value: &Json) -> Option<Node> {
    let value = match value {
        Json::Null => return None,
        Json::Bool(flag) => Value::Flag(*flag),
        Json::Number(number) => Value::Number(number.to_string()),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(node).collect::<Option<_>>()?),
        Json::Object(entries) => {
            let entry = |(key, value): (&String, &Json)| Some((key.clone(), node(value)?));
            Value::Table(entries.iter().map(entry).collect::<Option<_>>()?)
        }
    };
    Some(Node { line: 0, value })
}
