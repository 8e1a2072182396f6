//! Funds and rules as the model has them, on one line each, under whatever changes.

use crate::document::tree::{Node, Value};
use crate::run::Prepared;

/// Id and text of every fund, then of every rule that is not switched off.
pub fn written(prepared: &Prepared) -> Vec<(String, String)> {
    let items = |key: &str| match prepared.tree.get(key).map(|node| &node.value) {
        Some(Value::List(items)) => items.as_slice(),
        _ => &[],
    };
    let is_on = |node: &&Node| node.get("enabled").is_none_or(|node| node.value != Value::Flag(false));
    let funds = prepared.problem.frame.funds.iter().map(|fund| &fund.id).zip(items("fund"));
    let rules = prepared.problem.rules.iter().map(|rule| &rule.id).zip(items("rule").iter().filter(is_on));
    funds.chain(rules).map(|(id, node)| (id.clone(), keys(node))).collect()
}

/// What a name, a label and a legal basis say stands elsewhere.
const ASIDE: [&str; 4] = ["id", "label", "basis", "enabled"];

fn keys(node: &Node) -> String {
    let Value::Table(entries) = &node.value else { return text(node) };
    let entries = entries.iter().filter(|(key, _)| !ASIDE.contains(&key.as_str()));
    entries.map(|(key, node)| format!("{} = {}", bare(key), text(node))).collect::<Vec<_>>().join("; ")
}

/// A value as TOML has it.
fn text(node: &Node) -> String {
    match &node.value {
        Value::Text(words) => quoted(words),
        Value::Number(number) => number.clone(),
        Value::Flag(flag) => flag.to_string(),
        Value::List(items) => format!("[{}]", items.iter().map(text).collect::<Vec<_>>().join(", ")),
        Value::Table(entries) => {
            let entry = |(key, node): &(String, Node)| format!("{} = {}", bare(key), text(node));
            format!("{{ {} }}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    }
}

fn quoted(words: &str) -> String {
    format!("\"{}\"", words.replace('\\', "\\\\").replace('"', "\\\""))
}

fn bare(key: &str) -> String {
    let is_bare = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if is_bare { key.to_owned() } else { quoted(key) }
}
