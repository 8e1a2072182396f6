//! Paths into the model file: `fund.district.amount`, `rule.corridor.between[0]`.

use crate::document::tree::{Node, Value};
use crate::policy::kind_label;

/// Why a path leads nowhere.
#[derive(Debug)]
pub(super) enum Lost {
    /// A step that does not exist; those that do.
    Unknown(Vec<String>),
    /// A name that several bear, and their ids.
    Shared(String, Vec<String>),
}

/// The node of a path.
pub(super) fn locate<'a>(tree: &'a mut Node, path: &str, create: bool) -> Result<&'a mut Node, Lost> {
    let mut node = tree;
    let steps: Vec<String> = steps(path);
    for (at, step) in steps.iter().enumerate() {
        let list = at.checked_sub(1).and_then(|before| steps.get(before)).map_or("", String::as_str);
        let known = names(node, list);
        let is_last = at + 1 == steps.len();
        let position = match &node.value {
            Value::List(items) => list_position(items, step, list),
            Value::Table(entries) => entries.iter().position(|(key, _)| key == step),
            _ => None,
        };
        let prefix = steps.get(..at).unwrap_or_default().join(".");
        let full = |known: Vec<String>| {
            let full = |name: String| if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
            Lost::Unknown(known.into_iter().map(full).collect())
        };
        if let Value::List(items) = &node.value
            && position.is_none()
        {
            let bearers = called(items, step);
            if bearers.len() > 1 {
                let ids = bearers.into_iter().filter_map(|at| names(node, list).get(at).cloned()).collect();
                return Err(Lost::Shared(step.clone(), ids));
            }
        }
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

/// `rule.corridor.between[0]` → rule, corridor, between, 0; what stands in quotes is one step.
fn steps(path: &str) -> Vec<String> {
    let mut steps = vec![String::new()];
    let mut quoted = false;
    for c in path.chars() {
        match (c, steps.last_mut()) {
            ('\u{22}', _) => quoted = !quoted,
            ('.' | '[', _) if !quoted => steps.push(String::new()),
            (']', _) if !quoted => {}
            (c, Some(step)) => step.push(c),
            _ => {}
        }
    }
    steps.retain(|step| !step.is_empty());
    steps
}

/// Position by id (given or default), by a label that is no other's, of an override also by the area that it alone speaks of, or by
/// number: `rule.2` and `objective[1]` count from 1, bare pairs from 0.
fn list_position(items: &[Node], step: &str, list: &str) -> Option<usize> {
    let by_id = ids(items, list).iter().position(|id| id.as_deref() == Some(step));
    let by_label = || match called(items, step).as_slice() {
        [one] => Some(*one),
        _ => None,
    };
    let by_area = || {
        let is_it =
            |item: &Node| matches!(item.get("area").map(|node| &node.value), Some(Value::Text(area)) if area == step);
        let mut found = items.iter().enumerate().filter(|(_, item)| list == OVERRIDES && is_it(item));
        let (first, second) = (found.next(), found.next());
        first.filter(|_| second.is_none()).map(|(position, _)| position)
    };
    by_id.or_else(by_label).or_else(by_area).or_else(|| {
        let number: usize = step.parse().ok()?;
        let tables = items.iter().any(|item| matches!(item.value, Value::Table(_)));
        let position = if tables { number.checked_sub(1)? } else { number };
        (position < items.len()).then_some(position)
    })
}

/// Positions of the tables of a list that bear a label, their own or that of their kind.
fn called(items: &[Node], word: &str) -> Vec<usize> {
    let text = |node: Option<&Node>| match node.map(|node| &node.value) {
        Some(Value::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let bears = |item: &Node| match item.get("label") {
        Some(label) => {
            [Some(label), label.get("zh"), label.get("en")].into_iter().any(|one| text(one).as_deref() == Some(word))
        }
        None => text(item.get("kind")).is_some_and(|kind| {
            let label = kind_label(&kind);
            label.zh == word || label.en == word
        }),
    };
    items.iter().enumerate().filter(|(_, item)| bears(item)).map(|(at, _)| at).collect()
}

/// A path with ids for labels: the same place is written the same. A path that leads nowhere stays.
pub fn canonical(tree: &Node, path: &str) -> String {
    let (mut node, mut text, mut is_other) = (Some(tree), String::new(), false);
    let mut list = String::new();
    for step in steps(path) {
        let (word, next) = match node.map(|node| &node.value) {
            Some(Value::List(items)) => match list_position(items, &step, &list) {
                Some(at) => {
                    let is_label = called(items, &step).contains(&at);
                    let id = ids(items, &list).get(at).cloned().flatten().filter(|_| is_label);
                    is_other |= id.is_some();
                    (id.unwrap_or(step), items.get(at))
                }
                None => return path.to_owned(),
            },
            _ => {
                let next = node.and_then(|node| node.get(&step));
                (step, next)
            }
        };
        list.clone_from(&word);
        let is_number = word.parse::<usize>().is_ok();
        let word = if word.contains(['.', '[', ']']) { format!("\u{22}{word}\u{22}") } else { word };
        text.push_str(&match (text.is_empty(), is_number) {
            (true, _) => word,
            (_, true) => format!("[{word}]"),
            _ => format!(".{word}"),
        });
        node = next;
    }
    if is_other { text } else { path.to_owned() }
}

/// The list of amounts set by hand.
const OVERRIDES: &str = "override";

/// Ids of the tables of a list: as given, or the kind with `_2`, `_3`, … for further ones; overrides are called by their number.
pub(super) fn ids(items: &[Node], list: &str) -> Vec<Option<String>> {
    let mut seen: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    let text = |node: Option<&Node>| match node.map(|node| &node.value) {
        Some(Value::Text(text)) => Some(text.clone()),
        _ => None,
    };
    items
        .iter()
        .enumerate()
        .map(|(at, item)| {
            let numbered = || if at == 0 { OVERRIDES.to_owned() } else { format!("{OVERRIDES}_{}", at + 1) };
            let kind = text(item.get("kind"));
            let count = kind.as_ref().map(|kind| {
                let count = seen.entry(kind.clone()).or_default();
                *count += 1;
                *count
            });
            text(item.get("id")).or_else(|| match (kind, count) {
                (Some(kind), Some(1)) => Some(kind),
                (Some(kind), Some(count)) => Some(format!("{kind}_{count}")),
                _ if list == OVERRIDES => Some(numbered()),
                _ => None,
            })
        })
        .collect()
}

fn names(node: &Node, list: &str) -> Vec<String> {
    match &node.value {
        Value::Table(entries) => entries.iter().map(|(key, _)| key.clone()).collect(),
        Value::List(items) => ids(items, list)
            .into_iter()
            .enumerate()
            .map(|(at, id)| id.unwrap_or_else(|| (at + 1).to_string()))
            .collect(),
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
    let mut list = String::new();
    for step in steps(path) {
        let (token, next) = match node.map(|node| &node.value) {
            Some(Value::List(items)) => match list_position(items, &step, &list) {
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
        list.clone_from(&token);
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
