//! Changes as data: what-ifs laid over the model file and the dataset before they are checked.
//!
//! `fund.district.amount=+5%`, `rule.corridor.between=[0.85,1.3]`, `data.gep[ecosystem=wetland]*=1.1`.

use serde::Serialize;

use crate::dataset::Dataset;
use crate::finding::{Finding, Place, nearest};
use crate::policy::tree::{CHANGED, Node, Value};
use crate::units::{Decimal, Exact, Money, split_unit};

/// How a change acts on a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    /// The value becomes this one.
    Set(Node),
    /// This is added to the value.
    Add(Node),
    /// The value is multiplied.
    Scale(Decimal),
}

/// One change: a path and what happens there.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// As written by the user.
    pub text: String,
    /// Path without operator and value.
    pub path: String,
    /// What happens.
    pub operation: Operation,
}

/// A resolved difference, shown before solving.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Difference {
    /// Path of the value, or cell of the data.
    pub path: String,
    /// Value before.
    pub before: String,
    /// Value after.
    pub after: String,
}

impl Change {
    /// Parses `PATH=VALUE`, `PATH=+5%`, `PATH*=1.1`, `PATH+=VALUE`.
    ///
    /// # Errors
    /// No operator, or a factor that is no number.
    pub fn parse(text: &str) -> Result<Self, Finding> {
        let refuse = || Finding::error("scenario.form", Place::file("--set")).with("text", text);
        // The operator is the first `=` outside brackets: `data.gep[ecosystem=wetland]*=1.1`.
        let mut depth = 0;
        let at = text.char_indices().find(|(_, c)| {
            match c {
                '[' => depth += 1,
                ']' => depth -= 1,
                _ => {}
            }
            *c == '=' && depth == 0
        });
        let (at, _) = at.ok_or_else(refuse)?;
        let (left, right) = (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default().trim());
        let (path, operation) = if let Some(path) = left.strip_suffix('*') {
            (path, Operation::Scale(Decimal::parse(right).map_err(|_| refuse())?))
        } else if let Some(path) = left.strip_suffix('+') {
            (path, Operation::Add(Node::parse_value(right)))
        } else if let Some(percent) = right.strip_suffix('%').filter(|text| text.starts_with(['+', '-'])) {
            let percent = Decimal::parse(percent).map_err(|_| refuse())?.exact() / Exact::from_integer(100.into());
            let factor = percent + Exact::from_integer(1.into());
            (left, Operation::Scale(Decimal::from_exact(&factor, 12, false).ok_or_else(refuse)?))
        } else {
            (left, Operation::Set(Node::parse_value(right)))
        };
        let path = path.trim().to_owned();
        // `-=`, `/=` and the like would become a key of that name.
        if path.is_empty() || right.is_empty() || path.ends_with(['-', '/', '+', '*', ':', '!']) {
            return Err(refuse());
        }
        Ok(Self { text: text.to_owned(), path, operation })
    }

    /// Whether the change is one of the data rather than the model.
    pub fn concerns_data(&self) -> bool {
        self.path.starts_with("data.")
    }

    /// The indicator that a change of the data changes.
    pub fn indicator(&self) -> Option<&str> {
        let path = self.path.strip_prefix("data.")?;
        Some(path.split_once('[').map_or(path, |(name, _)| name))
    }

    /// Applies the change to a model tree.
    ///
    /// # Errors
    /// A path that does not exist, with the nearest; a value that cannot be scaled or added to.
    pub fn apply_to_model(&self, tree: &mut Node) -> Result<Difference, Finding> {
        let place = || Place::file("--set").column(&self.path);
        let node = locate(tree, &self.path, self.is_set()).map_err(|known| {
            let like = nearest(&self.path, known.iter().map(String::as_str));
            let like = like.map_or_else(|| known.join(", "), str::to_owned);
            Finding::error("scenario.unknown_path", place()).with("path", &self.path).with("like", like)
        })?;
        let before = node.canonical();
        let not_numeric = || Finding::error("scenario.not_numeric", place()).with("value", &before);
        let value = match &self.operation {
            Operation::Set(value) => value.value.clone(),
            Operation::Scale(factor) => scaled(&node.value, *factor).ok_or_else(not_numeric)?,
            Operation::Add(value) => added(&node.value, &value.value).ok_or_else(not_numeric)?,
        };
        node.value = value;
        node.line = CHANGED;
        Ok(Difference { path: self.path.clone(), before, after: node.canonical() })
    }

    fn is_set(&self) -> bool {
        matches!(self.operation, Operation::Set(_))
    }

    /// Applies the change to the data: `data.INDICATOR[area=…,ecosystem=…]`.
    ///
    /// # Errors
    /// An unknown indicator, an empty selection, a figure that leaves its range.
    pub fn apply_to_data(&self, dataset: &mut Dataset) -> Result<Vec<Difference>, Finding> {
        let place = || Place::file("--set").column(&self.path);
        let path = self.path.strip_prefix("data.").unwrap_or(&self.path);
        let (name, filter) = match path.split_once('[') {
            Some((name, rest)) => (name, rest.trim_end_matches(']')),
            None => (path, ""),
        };
        if !dataset.quantities.contains_key(name) {
            let known = || dataset.quantities.keys().map(String::as_str);
            let list = || known().collect::<Vec<_>>().join(", ");
            let like = nearest(name, known()).map_or_else(list, str::to_owned);
            return Err(Finding::error("scenario.unknown_path", place()).with("path", name).with("like", like));
        }
        let mut areas: Vec<&str> = Vec::new();
        let mut ecosystems: Vec<&str> = Vec::new();
        for part in filter.split(',').filter(|part| !part.trim().is_empty()) {
            match part.split_once('=').map(|(key, value)| (key.trim(), value.trim())) {
                Some(("area", value)) => areas.push(value),
                Some(("ecosystem", value)) => ecosystems.push(value),
                _ => return Err(Finding::error("scenario.form", place()).with("text", part)),
            }
        }
        let mut differences = Vec::new();
        let mut change = |code: String, figure: &mut Decimal| -> Result<(), Finding> {
            let before = *figure;
            let after = self
                .changed_figure(before)
                .ok_or_else(|| Finding::error("scenario.not_numeric", place()).with("value", before.to_string()))?;
            if after.is_negative() && !before.is_negative() {
                return Err(Finding::error("dataset.negative", place())
                    .with("value", after.to_string())
                    .with("whose", &code));
            }
            *figure = after;
            let path = format!("data.{name}[{code}]");
            differences.push(Difference { path, before: before.to_string(), after: after.to_string() });
            Ok(())
        };
        let known: Vec<(String, String)> =
            dataset.areas.iter().map(|area| (area.code.clone(), area.name.clone())).collect();
        let chosen = |at: usize| {
            let (code, name) = known.get(at).map_or(("", ""), |(code, name)| (code.as_str(), name.as_str()));
            areas.is_empty() || areas.contains(&code) || areas.contains(&name)
        };
        for cell in &mut dataset.cells {
            if chosen(cell.area.0) && (ecosystems.is_empty() || ecosystems.contains(&cell.ecosystem.as_str())) {
                let code = known.get(cell.area.0).map_or("?", |(code, _)| code.as_str());
                if let Some(figure) = cell.figures.get_mut(name) {
                    change(format!("{code}/{}", cell.ecosystem), figure)?;
                }
            }
        }
        if ecosystems.is_empty() {
            for (at, area) in dataset.areas.iter_mut().enumerate() {
                if let Some(figure) = area.figures.get_mut(name).filter(|_| chosen(at)) {
                    change(area.code.clone(), figure)?;
                }
            }
        }
        if differences.is_empty() {
            return Err(Finding::error("scenario.empty_selection", place()).with("path", &self.path));
        }
        Ok(differences)
    }

    fn changed_figure(&self, figure: Decimal) -> Option<Decimal> {
        let number = |node: &Node| match &node.value {
            Value::Number(text) | Value::Text(text) => Decimal::parse(text).ok(),
            _ => None,
        };
        match &self.operation {
            Operation::Set(node) => number(node),
            Operation::Add(node) => figure.checked_add(number(node)?),
            // Figures keep 12 decimals; a product is rounded down to them.
            Operation::Scale(factor) => {
                Decimal::from_exact(&(figure.exact() * factor.exact()), money_places(figure), false)
            }
        }
    }
}

/// Decimals kept when a figure is scaled: money-sized figures stay at the 分.
fn money_places(figure: Decimal) -> u32 {
    if figure.exact().denom() <= &num_bigint::BigInt::from(100) { 2 } else { 12 }
}

/// The node of a path; names of keys that exist where it does not.
fn locate<'a>(tree: &'a mut Node, path: &str, create: bool) -> Result<&'a mut Node, Vec<String>> {
    let mut node = tree;
    let steps: Vec<String> = steps(path);
    for (at, step) in steps.iter().enumerate() {
        let known = names(node);
        let is_last = at + 1 == steps.len();
        let position = match &node.value {
            Value::List(items) => list_position(items, step),
            Value::Table(entries) => entries.iter().position(|(key, _)| key == step),
            _ => None,
        };
        let prefix = steps.get(..at).unwrap_or_default().join(".");
        let full = |known: Vec<String>| {
            known.into_iter().map(|name| if prefix.is_empty() { name } else { format!("{prefix}.{name}") }).collect()
        };
        node = match (&mut node.value, position) {
            (Value::List(items), Some(position)) => items.get_mut(position).ok_or_else(|| full(known))?,
            (Value::Table(entries), Some(position)) => {
                entries.get_mut(position).map(|(_, node)| node).ok_or_else(|| full(known))?
            }
            // A key that the model leaves to its default may be set.
            (Value::Table(entries), None) if is_last && create && at > 0 => {
                entries.push((step.clone(), Node { line: 0, value: Value::Text(String::new()) }));
                entries.last_mut().map(|(_, node)| node).ok_or_else(|| full(known))?
            }
            _ => return Err(full(known)),
        };
    }
    Ok(node)
}

/// `rule.corridor.between[0]` → rule, corridor, between, 0.
fn steps(path: &str) -> Vec<String> {
    path.replace('[', ".").replace(']', "").split('.').filter(|step| !step.is_empty()).map(str::to_owned).collect()
}

/// Position by id (given or default), or by number: `rule.2` and `objective[1]` count from 1, bare pairs from 0.
fn list_position(items: &[Node], step: &str) -> Option<usize> {
    let by_id = ids(items).iter().position(|id| id.as_deref() == Some(step));
    by_id.or_else(|| {
        let number: usize = step.parse().ok()?;
        let tables = items.iter().any(|item| matches!(item.value, Value::Table(_)));
        let position = if tables { number.checked_sub(1)? } else { number };
        (position < items.len()).then_some(position)
    })
}

/// Ids of the tables of a list: as given, or the kind with `_2`, `_3`, … for further ones.
fn ids(items: &[Node]) -> Vec<Option<String>> {
    let mut seen: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    let text = |node: Option<&Node>| match node.map(|node| &node.value) {
        Some(Value::Text(text)) => Some(text.clone()),
        _ => None,
    };
    items
        .iter()
        .map(|item| {
            let kind = text(item.get("kind"));
            let count = kind.as_ref().map(|kind| {
                let count = seen.entry(kind.clone()).or_default();
                *count += 1;
                *count
            });
            text(item.get("id")).or_else(|| match (kind, count) {
                (Some(kind), Some(1)) => Some(kind),
                (Some(kind), Some(count)) => Some(format!("{kind}_{count}")),
                _ => None,
            })
        })
        .collect()
}

fn names(node: &Node) -> Vec<String> {
    match &node.value {
        Value::Table(entries) => entries.iter().map(|(key, _)| key.clone()).collect(),
        Value::List(items) => {
            ids(items).into_iter().enumerate().map(|(at, id)| id.unwrap_or_else(|| (at + 1).to_string())).collect()
        }
        _ => Vec::new(),
    }
}

/// A value times a factor: a number, money, a standard, or each number of a list or table.
fn scaled(value: &Value, factor: Decimal) -> Option<Value> {
    let product = |number: Decimal, places: u32| Decimal::from_exact(&(number.exact() * factor.exact()), places, false);
    match value {
        Value::Number(text) => Some(Value::Number(product(Decimal::parse(text).ok()?, 12)?.to_string())),
        Value::Text(text) => {
            if let Ok(money) = Money::parse(text) {
                // Money is kept to the 分; a half rounds up.
                let fen = (money.exact() * factor.exact()).round().to_integer();
                let fen = num_traits::ToPrimitive::to_i64(&fen)?;
                return Some(Value::Text(format!("{} 元", Money::from_fen(fen).yuan())));
            }
            let (number, unit) = split_unit(text);
            Some(Value::Text(format!("{} {unit}", product(Decimal::parse(number).ok()?, 12)?)))
        }
        Value::List(items) => {
            let item = |node: &Node| Some(Node { line: node.line, value: scaled(&node.value, factor)? });
            Some(Value::List(items.iter().map(item).collect::<Option<_>>()?))
        }
        _ => None,
    }
}

fn added(value: &Value, more: &Value) -> Option<Value> {
    match (value, more) {
        (Value::Number(a), Value::Number(b)) => {
            Some(Value::Number(Decimal::parse(a).ok()?.checked_add(Decimal::parse(b).ok()?)?.to_string()))
        }
        (Value::Text(a), Value::Text(b)) => {
            if let (Ok(a), Ok(b)) = (Money::parse(a), Money::parse(b)) {
                return Some(Value::Text(format!("{} 元", a.checked_add(b)?.yuan())));
            }
            let ((a, unit), (b, other)) = (split_unit(a), split_unit(b));
            let sum = Decimal::parse(a).ok()?.checked_add(Decimal::parse(b).ok()?)?;
            (unit == other).then(|| Value::Text(format!("{sum} {unit}")))
        }
        _ => None,
    }
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
