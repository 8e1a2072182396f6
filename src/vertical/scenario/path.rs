//! Paths into the model file: `fund.district.amount`, `rule.corridor.between[0]`.

use crate::document::tree::{Node, Value};

/// The node of a path; names of keys that exist where it does not.
pub(super) fn locate<'a>(tree: &'a mut Node, path: &str, create: bool) -> Result<&'a mut Node, Vec<String>> {
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
pub(super) fn ids(items: &[Node]) -> Vec<Option<String>> {
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

/// Where a path leads in the words of the model reader, a step a token: `rule`, `[5]`, `between`, `[0]`.
///
/// Two paths lead to the same place exactly where their tokens are the same, however the path is written; steps that the
/// tree does not have stay as they are.
pub(super) fn location(tree: &Node, path: &str) -> Vec<String> {
    let mut node = Some(tree);
    let mut tokens = Vec::new();
    for step in steps(path) {
        let (token, next) = match node.map(|node| &node.value) {
            Some(Value::List(items)) => match list_position(items, &step) {
                Some(position) => {
                    let tables = items.iter().any(|item| matches!(item.value, Value::Table(_)));
                    (format!("[{}]", position + usize::from(tables)), items.get(position))
                }
                None => (step, None),
            },
            _ => {
                let next = node.and_then(|node| node.get(&step));
                (step, next)
            }
        };
        tokens.push(token);
        node = next;
    }
    tokens
}

/// The tokens of a location as the model reader writes them: `rule[5].between`.
pub(super) fn written(tokens: &[String]) -> String {
    tokens.iter().fold(String::new(), |mut text, token| {
        if !text.is_empty() && !token.starts_with('[') {
            text.push('.');
        }
        text.push_str(token);
        text
    })
}
