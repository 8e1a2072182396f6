//! One change: parsed from its inline form, applied to a model tree or to a dataset.

use std::sync::Arc;

use serde::Serialize;

use crate::dataset::{Area, Cell, Dataset, indicator};
use crate::document::tree::{CHANGED, Node, Value};
use crate::finding::{Finding, Place, nearest};
use crate::scenario::operation::{Operation, SIGNS};
use crate::scenario::path::Lost;
use crate::scenario::selection::{Chosen, FigureSelection, shared};
use crate::scenario::{path, value};
use crate::units::Decimal;

/// One change: a path and what happens there.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// As written by the user, or its inline form where it stands in a file.
    pub text: String,
    /// Path without operator and value.
    pub path: String,
    /// What happens.
    pub operation: Operation,
    /// Where it is written.
    pub place: Place,
}

/// A resolved difference, shown before solving.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Difference {
    /// The change that makes it, in its inline form.
    pub change: String,
    /// Path of the value, or cell of the data.
    pub path: String,
    /// Value before.
    pub before: String,
    /// Value after.
    pub after: String,
    /// Unit of both where they are figures of the data; empty for values of the model, which carry their own.
    pub unit: String,
    /// What the change alone gives, where a fund was put on the rounding unit; absent elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unrounded: Option<String>,
}

impl Change {
    /// A change with its inline form as text.
    pub fn new(path: impl Into<String>, operation: Operation, place: Place) -> Self {
        let path = path.into();
        let text = match &operation {
            Operation::Set(node) => format!("{path}={}", node.canonical()),
            Operation::Add(node) => format!("{path}+={}", node.canonical()),
            Operation::Scale(factor) => format!("{path}*={factor}"),
        };
        Self { text, path, operation, place }
    }

    /// Parses `PATH=VALUE`, `PATH=+5%`, `PATH*=1.1`, `PATH+=VALUE`.
    ///
    /// # Errors
    /// No operator, a factor that is no number, or a selection that is none.
    pub fn parse(text: &str) -> Result<Self, Finding> {
        let place = Place::file("--set");
        let refuse = || Finding::error("scenario.form", place.clone()).with("text", text);
        let at = operator(text).ok_or_else(refuse)?;
        let (left, right) = (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default().trim());
        let signed = |text: &&str| text.ends_with(['%', '\u{FF05}']) && text.starts_with(SIGNS);
        let (left, operation) = if let Some(left) = left.strip_suffix('*') {
            (left, Operation::Scale(value::factor(right).ok_or_else(refuse)?))
        } else if let Some(left) = left.strip_suffix('+') {
            (left, Operation::Add(Node::parse_value(right)))
        } else if let Some(percent) = Some(right).filter(signed) {
            (left, Operation::Scale(value::factor(percent).ok_or_else(refuse)?))
        } else {
            (left, Operation::Set(Node::parse_value(right)))
        };
        let path = left.trim().to_owned();
        // `=+5%` adds five per cent: nobody expects `=+200 万元` to set.
        if matches!(operation, Operation::Set(_)) && right.starts_with(PLUS) {
            return Err(plus_sets(place, &path, right));
        }
        // `-=`, `/=` and the like would become a key of that name.
        if path.is_empty() || right.is_empty() || path.ends_with(['-', '/', '+', '*', ':', '!']) {
            return Err(refuse());
        }
        let change = Self { text: text.trim().to_owned(), path, operation, place };
        change.selection()?;
        Ok(change)
    }

    /// Whether the change is one of the data rather than the model.
    pub fn concerns_data(&self) -> bool {
        self.path.starts_with("data.")
    }

    /// Whether the change is one of the account that the model divides by: `gep.price.X`, `gep.parameter.X`.
    pub fn concerns_account(&self) -> bool {
        ["gep.price.", "gep.parameter."].iter().any(|start| self.path.starts_with(start))
    }

    /// Whether the change is one of the model itself.
    pub fn concerns_model(&self) -> bool {
        !self.concerns_data() && !self.concerns_account()
    }

    /// The indicator that a change of the data or of the account changes.
    pub fn indicator(&self) -> Option<&str> {
        if self.concerns_account() {
            return Some(indicator::GEP);
        }
        let path = self.path.strip_prefix("data.")?;
        Some(path.split_once('[').map_or(path, |(name, _)| name))
    }

    /// Where the change is written, and the path it names.
    pub fn found_at(&self) -> Place {
        self.place.clone().column(&self.path)
    }

    /// The figures that a change of the data speaks of; `None` for a change of the model.
    ///
    /// # Errors
    /// A selection that is none.
    pub fn selection(&self) -> Result<Option<FigureSelection>, Finding> {
        let Some(rest) = self.path.strip_prefix("data.") else { return Ok(None) };
        FigureSelection::parse(rest)
            .map(Some)
            .map_err(|part| Finding::error("scenario.selection_form", self.found_at()).with("text", part))
    }

    /// Applies the change to a model tree.
    ///
    /// # Errors
    /// A path that does not exist, with the nearest; a value that cannot be scaled or added to.
    pub fn apply_to_model(&self, tree: &mut Node) -> Result<Difference, Finding> {
        let is_set = matches!(self.operation, Operation::Set(_));
        let path = path::canonical(tree, &self.path);
        let node = path::locate(tree, &self.path, is_set).map_err(|lost| {
            let known = match lost {
                Lost::Unknown(known) => known,
                Lost::Shared(word, ids) => {
                    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
                    return shared(&self.found_at(), &word, &ids);
                }
            };
            let list = || known.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
            let like = nearest(&self.path, known.iter().map(String::as_str)).map_or_else(list, str::to_owned);
            Finding::error("scenario.unknown_path", self.found_at()).with("path", &self.path).with("like", like)
        })?;
        let before = node.canonical();
        let not_numeric = || Finding::error("scenario.not_numeric", self.found_at()).with("value", &before);
        let value = match &self.operation {
            Operation::Set(value) => value.value.clone(),
            Operation::Scale(factor) => value::scaled(&node.value, *factor).ok_or_else(not_numeric)?,
            Operation::Add(value) => value::added(&node.value, &value.value).ok_or_else(not_numeric)?,
        };
        node.value = value;
        node.line = CHANGED;
        Ok(Difference {
            change: self.text.clone(),
            path,
            before: if before == NEW { String::new() } else { before },
            after: node.canonical(),
            unit: String::new(),
            unrounded: None,
        })
    }

    /// Applies the change to the data: `data.INDICATOR[area=…,ecosystem=…]`.
    ///
    /// # Errors
    /// An unknown indicator, area or ecosystem, an empty selection, a figure that leaves its range.
    pub fn apply_to_data(&self, dataset: &mut Dataset) -> Result<Vec<Difference>, Finding> {
        let Some(selection) = self.selection()? else { return Ok(Vec::new()) };
        let chosen = selection.resolve(dataset, &self.found_at())?;
        let mut differences = Vec::new();
        let mut told = |difference: &dyn Fn() -> Difference| differences.push(difference());
        self.change_figures(dataset, &selection.figure, &chosen, &mut told)?;
        Ok(differences)
    }

    /// Changes the figures of a resolved selection.
    pub(super) fn change_figures(
        &self,
        dataset: &mut Dataset,
        name: &str,
        chosen: &Chosen,
        told: &mut dyn FnMut(&dyn Fn() -> Difference),
    ) -> Result<(), Finding> {
        self.move_figures(dataset, name, chosen, told).map_err(|refused| match *refused {
            (finding, Some(at)) => finding.with("whose", dataset.named(&at)),
            (finding, None) => finding,
        })
    }

    /// As [`Self::change_figures`]; an error comes with the code of what it is about, where it must still be named.
    fn move_figures(
        &self,
        dataset: &mut Dataset,
        name: &str,
        chosen: &Chosen,
        told: &mut dyn FnMut(&dyn Fn() -> Difference),
    ) -> Result<(), Box<(Finding, Option<String>)>> {
        let Some(quantity) = dataset.quantity(name) else { return Ok(()) };
        let mut change =
            |code: &dyn Fn() -> String, figure: &mut Decimal| -> Result<(), Box<(Finding, Option<String>)>> {
                let before = *figure;
                let after = value::figure(before, &self.operation, quantity).map_err(|phrase| match phrase {
                    Some(phrase) => Box::new((Finding::from_phrase(phrase, self.found_at()), None)),
                    None => {
                        let finding = Finding::error("scenario.not_numeric", self.found_at());
                        Box::new((finding.with("value", before.to_string()), None))
                    }
                })?;
                if after.is_negative() && !before.is_negative() {
                    let finding = Finding::error("dataset.negative", self.found_at()).with("value", after.to_string());
                    return Err(Box::new((finding, Some(code()))));
                }
                *figure = after;
                told(&|| Difference {
                    change: self.text.clone(),
                    path: format!("data.{name}[{}]", code()),
                    before: before.to_string(),
                    after: after.to_string(),
                    unit: value::base_unit(quantity).to_owned(),
                    unrounded: None,
                });
                Ok(())
            };
        let (areas, cells) = dataset.facts_mut();
        for at in &chosen.cells {
            let Some(cell) = cells.get_mut(*at) else { continue };
            if !cell.figures.contains_key(name) {
                continue;
            }
            let Cell { area, ecosystem, figures } = Arc::make_mut(cell);
            let code = || format!("{}/{ecosystem}", areas.get(area.0).map_or("?", |area| area.code.as_str()));
            if let Some(figure) = figures.get_mut(name) {
                change(&code, figure)?;
            }
        }
        for at in &chosen.areas {
            let Some(area) = areas.get_mut(*at) else { continue };
            if !area.figures.contains_key(name) {
                continue;
            }
            let Area { code, figures, .. } = Arc::make_mut(area);
            if let Some(figure) = figures.get_mut(name) {
                change(&|| code.clone(), figure)?;
            }
        }
        Ok(())
    }
}

/// A change as an entry of a scenario file in JSON.
pub fn as_json(change: &Change) -> serde_json::Value {
    let (op, value) = match &change.operation {
        Operation::Set(node) => ("set", json_of(node)),
        Operation::Add(node) => ("add", json_of(node)),
        Operation::Scale(factor) => ("scale", serde_json::Value::String(factor.to_string())),
    };
    serde_json::json!({ "path": change.path, "op": op, "value": value })
}

fn json_of(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Text(text) => serde_json::Value::String(text.clone()),
        // Digits as written; what JSON does not write so goes as text, which reads the same.
        Value::Number(text) => serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::String(text.clone())),
        Value::Flag(flag) => serde_json::Value::Bool(*flag),
        Value::List(items) => items.iter().map(json_of).collect(),
        Value::Table(entries) => entries.iter().map(|(key, node)| (key.clone(), json_of(node))).collect(),
    }
}

const PLUS: [char; 2] = ['+', '\u{FF0B}'];
/// A value to be set that begins with a plus sign: set or added, the two are different money.
pub fn plus_sets(place: Place, path: &str, value: &str) -> Finding {
    Finding::error("scenario.plus_sets", place)
        .with("path", path)
        .with("value", value)
        .with("bare", value.trim_start_matches(PLUS).trim_start())
}

/// Whether a value to be set begins with a plus sign.
pub fn has_plus(value: &Node) -> bool {
    matches!(&value.value, Value::Text(text) if text.trim_start().starts_with(PLUS))
}

/// So many known names are listed where none is near.
const LISTED: usize = 12;
/// Canonical text of a key that the model leaves to its default.
const NEW: &str = "\"\"";

/// Position of the first `=` outside brackets and quotes: `data.gep[ecosystem=wetland]*=1.1`.
fn operator(text: &str) -> Option<usize> {
    let (mut depth, mut quoted) = (0_i32, false);
    for (at, c) in text.char_indices() {
        match c {
            '\u{22}' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth -= 1,
            '=' if !quoted && depth == 0 => return Some(at),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> Node {
        let text = "[[fund]]\nid = 'district'\namount = '1 万元'\n[[rule]]\nkind = 'corridor'\nbetween = [0.9, 1.3]\n[[rule]]\nkind = 'corridor'\nat_least = 0.5\n";
        Node::parse(text, "m.toml").unwrap()
    }

    fn apply(text: &str) -> Result<Difference, Finding> {
        Change::parse(text).and_then(|change| change.apply_to_model(&mut model()))
    }

    #[test]
    fn values_are_set_scaled_and_added() {
        assert_eq!(apply("fund.district.amount=+5%").unwrap().after, "\"10500.00 元\"");
        assert_eq!(apply("fund.district.amount+=100 元").unwrap().after, "\"10100.00 元\"");
        assert_eq!(apply("rule.corridor.between=[0.85,1.3]").unwrap().after, "[0.85,1.3]");
        assert_eq!(apply("rule.corridor.between[0]=0.8").unwrap().after, "0.8");
        assert_eq!(apply("rule.corridor_2.at_least*=0.5").unwrap().after, "0.25");
        assert_eq!(apply("rule.corridor.enabled=false").unwrap().after, "false");
    }

    #[test]
    fn unknown_paths_name_the_nearest() {
        let finding = apply("fund.distrct.amount=1 元").unwrap_err();
        assert_eq!(finding.code(), "scenario.unknown_path");
        assert!(finding.render(crate::phrases::Lang::En).contains("fund.district"));
        assert_eq!(apply("nonsense").unwrap_err().code(), "scenario.form");
        assert_eq!(apply("fund.district.id*=2").unwrap_err().code(), "scenario.not_numeric");
    }
}
