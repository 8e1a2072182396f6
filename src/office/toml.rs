//! A tree of values as the text of a model file, and where each of its lines came from; the comments of a model file.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::document::tree::{Node, Value};

/// Text, and for each of its lines the number that its node had.
#[derive(Debug, Default)]
pub struct Printed {
    /// The text.
    pub text: String,
    /// Line of the text → `line` of the node.
    pub lines: BTreeMap<u64, u64>,
    line: u64,
}

/// Comments by the header they stand above, such as `rule[2]` or `model`.
pub type Comments = BTreeMap<String, String>;

/// Prints a model.
pub fn print(tree: &Node, comments: &Comments) -> Printed {
    let mut printed = Printed::default();
    let Value::Table(entries) = &tree.value else { return printed };
    let is_section = |node: &Node| matches!(node.value, Value::Table(_)) || is_tables(node);
    for (key, node) in entries.iter().filter(|(_, node)| !is_section(node)) {
        printed.entry(key, node);
    }
    for (key, node) in entries.iter().filter(|(_, node)| is_section(node)) {
        printed.section(key, node, comments);
    }
    printed
}

/// A value on one line.
pub fn inline(node: &Node) -> String {
    match &node.value {
        Value::Text(text) => quoted(text),
        Value::Number(number) => number.clone(),
        Value::Flag(flag) => flag.to_string(),
        Value::List(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::Table(entries) if entries.is_empty() => "{}".to_owned(),
        Value::Table(entries) => {
            let entry = |(key, node): &(String, Node)| format!("{} = {}", name(key), inline(node));
            format!("{{ {} }}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    }
}

/// A key as it is written.
pub fn name(key: &str) -> String {
    let is_bare = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if is_bare { key.to_owned() } else { quoted(key) }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\u{22}");
    for c in text.chars() {
        match c {
            '\u{22}' => quoted.push_str("\\\u{22}"),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('\u{22}');
    quoted
}

fn is_tables(node: &Node) -> bool {
    matches!(&node.value, Value::List(items) if !items.is_empty()
        && items.iter().all(|item| matches!(item.value, Value::Table(_))))
}

impl Printed {
    fn put(&mut self, line: &str, from: u64) {
        self.line += 1;
        if from > 0 {
            self.lines.insert(self.line, from);
        }
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn entry(&mut self, key: &str, node: &Node) {
        self.put(&format!("{} = {}", name(key), inline(node)), node.line);
    }

    fn head(&mut self, comment: Option<&String>, header: &str, from: u64) {
        if self.line > 0 {
            self.put("", 0);
        }
        for line in comment.into_iter().flat_map(|comment| comment.lines()) {
            self.put(format!("# {line}").trim_end(), 0);
        }
        self.put(header, from);
    }

    fn section(&mut self, path: &str, node: &Node, comments: &Comments) {
        match &node.value {
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    let at = format!("{path}[{}]", index + 1);
                    self.head(comments.get(&at), &format!("[[{path}]]"), item.line);
                    if let Value::Table(entries) = &item.value {
                        entries.iter().for_each(|(key, node)| self.entry(key, node));
                    }
                }
            }
            Value::Table(entries) => {
                // A table with keys of its own, or with nothing: one of tables alone needs no header.
                let is_inner = |node: &Node| matches!(node.value, Value::Table(_)) || is_tables(node);
                if entries.is_empty() || entries.iter().any(|(_, node)| !is_inner(node)) || comments.contains_key(path)
                {
                    self.head(comments.get(path), &format!("[{path}]"), node.line);
                }
                entries.iter().filter(|(_, node)| !is_inner(node)).for_each(|(key, node)| self.entry(key, node));
                for (key, node) in entries.iter().filter(|(_, node)| is_inner(node)) {
                    self.section(&format!("{path}.{}", name(key)), node, comments);
                }
            }
            _ => {}
        }
    }
}

/// The comments of a model file: whole lines above a header. What stands above the first one belongs to the model.
pub fn comments(text: &str) -> Comments {
    let mut found = Comments::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut waiting: Vec<String> = Vec::new();
    let mut first = true;
    for line in text.lines().map(str::trim) {
        if let Some(comment) = line.strip_prefix('#') {
            waiting.push(comment.strip_prefix(' ').unwrap_or(comment).to_owned());
            continue;
        }
        let header = line.split('#').next().unwrap_or_default().trim();
        let tables = header.strip_prefix("[[").and_then(|rest| rest.strip_suffix("]]"));
        let table = header.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let path = match (tables, table) {
            (Some(name), _) => {
                let count = counts.entry(name.trim().to_owned()).or_default();
                *count += 1;
                format!("{}[{count}]", name.trim())
            }
            (None, Some(name)) => name.trim().to_owned(),
            _ if line.is_empty() => continue,
            _ => {
                waiting.clear();
                continue;
            }
        };
        let path = if first { "model".to_owned() } else { path };
        first = false;
        if !waiting.is_empty() {
            found.insert(path, std::mem::take(&mut waiting).join("\n"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_as_the_same_model() {
        let text = "# 总说明\n# 第二行\n[model]\nname = { zh = \"甲\\\"乙\", en = \"a\\\\b\\tc\" }\nnote = \"一\\n二\"\n\n# ---- 资金 ----\n[[fund]]\nid = \"x\"\n\n\
                    [entitlement]\nfactors = { \"非市场 价值\" = 0.50, gep = 5e-1 }\n[entitlement.outcome]\npoints = [[0, 0.7], [60, 1.0]]\n[u.c]\na = 1\n[[u.i]]\nb = { c = [] }\n";
        let tree = Node::parse(text, "a.toml").unwrap();
        let comments = comments(text);
        assert_eq!(comments.get("model").map(String::as_str), Some("总说明\n第二行"));
        assert_eq!(comments.get("fund[1]").map(String::as_str), Some("---- 资金 ----"));
        let printed = print(&tree, &comments).text;
        assert_eq!(Node::parse(&printed, "b.toml").unwrap().canonical(), tree.canonical(), "{printed}");
        assert!(printed.starts_with("# 总说明\n# 第二行\n[model]"), "{printed}");
        assert_eq!(super::comments(&printed), comments);
    }
}
