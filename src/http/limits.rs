//! How large a question may be before anything is made of it: what it would become takes many times its room.

use crate::dataset::Source;
use crate::document::tree::{Node, Value};
use crate::finding::{Finding, Findings, Place};
use crate::questions::ChangeText;

/// Most characters of a model file that comes with a request.
pub const MODEL_MAX: usize = 1 << 20;
/// Most characters of a workbook, in Base64, that comes with a question.
pub const WORKBOOK_MAX: usize = 4 << 20;
/// Most characters of a scenario's name, of names joined by `+`, or of changes written out.
pub const SCENARIO_MAX: usize = 20_000;
/// Most scenarios joined by `+`.
const JOINED_MAX: usize = 50;
/// Longest change, in bytes.
const CHANGE_MAX: usize = 20_000;

/// Refuses a scenario of too many names, or too long.
pub fn scenario(word: &str, place: &Place) -> Result<(), Finding> {
    if word.chars().count() > SCENARIO_MAX {
        return Err(too_long(place.clone(), SCENARIO_MAX));
    }
    let joined = if word.contains('=') { 1 } else { word.split('+').count() };
    if joined <= JOINED_MAX {
        return Ok(());
    }
    let finding = Finding::error("service.too_many_joined", place.clone());
    Err(finding.with("count", joined.to_string()).with("most", JOINED_MAX.to_string()))
}

/// Refuses a change that is too long.
pub fn change(change: &ChangeText, place: &Place) -> Result<(), Finding> {
    let bytes = match change {
        ChangeText::Sentence(text) => text.len(),
        ChangeText::Parts(parts) => parts.path.len() + weight(&parts.value),
    };
    if bytes <= CHANGE_MAX { Ok(()) } else { Err(too_long(place.clone(), CHANGE_MAX)) }
}

/// What is longer than the service takes.
pub fn too_long(place: Place, most: usize) -> Finding {
    Finding::error("service.too_long", place).with("most", most.to_string())
}

/// About how many bytes a JSON value takes as text.
fn weight(value: &serde_json::Value) -> usize {
    use serde_json::Value as Json;
    match value {
        Json::String(text) => text.len() + 2,
        Json::Array(items) => items.iter().map(weight).sum::<usize>() + items.len(),
        Json::Object(entries) => entries.iter().map(|(name, value)| name.len() + weight(value) + 4).sum(),
        Json::Null | Json::Bool(_) | Json::Number(_) => 8,
    }
}

/// Rules of a model file; 0 where it is no TOML, which others will say.
pub fn rules(text: &str, file: &str) -> usize {
    let Ok(tree) = Node::parse(text, file) else { return 0 };
    match tree.get("rule").map(|node| &node.value) {
        Some(Value::List(rules)) => rules.len(),
        _ => 0,
    }
}

/// About how many rows the tables of a dataset have: lines of texts; of workbooks, which are packed, what bytes can hold.
pub fn rows(source: &Source) -> usize {
    let of = |(name, bytes): &(String, Vec<u8>)| {
        if name.to_lowercase().ends_with(".xlsx") {
            bytes.len() / 8
        } else {
            bytes.iter().filter(|b| **b == b'\n').count()
        }
    };
    source.files.iter().map(of).sum()
}

/// Refuses a model of more rules than the service takes, or than it takes together with so many rows.
///
/// # Errors
/// Too many rules.
pub fn model(rules: usize, rows: usize, (most, terms): (usize, u64), file: &str) -> Result<(), Findings> {
    let place = || Place::file(file).column("rule");
    if rules > most {
        let finding = Finding::error("service.too_many_rules", place());
        return Err(finding.with("count", rules.to_string()).with("most", most.to_string()).into());
    }
    if (rules as u64).saturating_mul(rows as u64) > terms {
        let finding = Finding::error("service.too_many_terms", place());
        return Err(finding
            .with("rules", rules.to_string())
            .with("rows", rows.to_string())
            .with("most", terms.to_string())
            .into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_counted_however_they_are_written() {
        assert_eq!(rules("rule = [{ id = \"a\" }, { id = \"b\" }]", "m"), 2);
        assert_eq!(rules("[[rule]]\nid = \"a\"\n[[rule]]\nid = \"kind\"\n", "m"), 2);
        assert_eq!((rules("rule = 3", "m"), rules("[", "m"), rules("", "m")), (0, 0, 0));
        assert!(model(3, 1000, (3, 3000), "m").is_ok());
        assert_eq!(model(4, 1, (3, 3000), "m").unwrap_err().0[0].code(), "service.too_many_rules");
        assert_eq!(model(3, 1001, (3, 3000), "m").unwrap_err().0[0].code(), "service.too_many_terms");
    }

    #[test]
    fn joined_names_are_counted_and_changes_are_not() {
        let place = Place::default();
        assert!(scenario(&vec!["a"; JOINED_MAX].join("+"), &place).is_ok());
        assert!(scenario(&vec!["a"; JOINED_MAX + 1].join("+"), &place).is_err());
        assert!(scenario(&vec!["x += 1"; JOINED_MAX + 1].join(";"), &place).is_ok());
        assert!(scenario(&"字".repeat(SCENARIO_MAX + 1), &place).is_err());
    }
}
