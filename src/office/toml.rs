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

/// Comments by what they stand above or beside: a header, such as `rule[2]` or `model`, or a key, such as `model.year` or
/// `rule[2].between`; those below everything by the empty path.
pub type Comments = BTreeMap<String, String>;

/// Longest line that has its comment beside it.
const LINE_MAX: usize = 120;

/// Prints a model.
pub fn print(tree: &Node, comments: &Comments) -> Printed {
    let mut printed = Printed::default();
    let Value::Table(entries) = &tree.value else { return printed };
    let is_section = |node: &Node| matches!(node.value, Value::Table(_)) || is_tables(node);
    for (key, node) in entries.iter().filter(|(_, node)| !is_section(node)) {
        printed.entry("", (key, node), comments);
    }
    for (key, node) in entries.iter().filter(|(_, node)| is_section(node)) {
        printed.section(key, node, comments);
    }
    if let Some(last) = comments.get("") {
        printed.above(Some(last));
    }
    printed
}

/// The path of a key within a section.
pub fn within(section: &str, key: &str) -> String {
    if section.is_empty() { name(key) } else { format!("{section}.{}", name(key)) }
}

/// Comments of a path and of all below it, each with its path.
pub fn below<'a>(comments: &'a Comments, path: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let is_below =
        move |known: &str| known.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
    let found = comments.iter().map(|(known, text)| (known.as_str(), text.as_str()));
    found.filter(move |(known, _)| is_below(known))
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

    fn entry(&mut self, section: &str, (key, node): (&str, &Node), comments: &Comments) {
        let path = within(section, key);
        let told: Vec<&str> = below(comments, &path).flat_map(|(_, text)| text.lines()).collect();
        let line = format!("{} = {}", name(key), inline(node));
        match told.as_slice() {
            [one] if !one.is_empty() && line.chars().count() + one.chars().count() < LINE_MAX => {
                self.put(&format!("{line}  # {one}"), node.line);
            }
            lines => {
                lines.iter().for_each(|text| self.put(format!("# {text}").trim_end(), 0));
                self.put(&line, node.line);
            }
        }
    }

    /// A blank line and the comment of what follows.
    fn above(&mut self, comment: Option<&String>) {
        if self.line > 0 {
            self.put("", 0);
        }
        for line in comment.into_iter().flat_map(|comment| comment.lines()) {
            self.put(format!("# {line}").trim_end(), 0);
        }
    }

    fn head(&mut self, comment: Option<&String>, header: &str, from: u64) {
        self.above(comment);
        self.put(header, from);
    }

    fn section(&mut self, path: &str, node: &Node, comments: &Comments) {
        match &node.value {
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    let at = format!("{path}[{}]", index + 1);
                    self.head(comments.get(&at), &format!("[[{path}]]"), item.line);
                    if let Value::Table(entries) = &item.value {
                        entries.iter().for_each(|(key, node)| self.entry(&at, (key, node), comments));
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
                for (key, node) in entries.iter().filter(|(_, node)| !is_inner(node)) {
                    self.entry(path, (key, node), comments);
                }
                for (key, node) in entries.iter().filter(|(_, node)| is_inner(node)) {
                    self.section(&format!("{path}.{}", name(key)), node, comments);
                }
            }
            _ => {}
        }
    }
}

/// The comments of a model file: whole lines above a header or key, and what stands beside one. What stands above the first header
/// belongs to the model.
pub fn comments(text: &str) -> Comments {
    let mut found = Found { first: true, ..Found::default() };
    text.lines().for_each(|line| found.line(line));
    let last = std::mem::take(&mut found.waiting);
    found.put("", &last);
    found.comments
}

/// Where a place between two characters of a model file is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Inside {
    #[default]
    Plain,
    /// Within quotes that end a text: those of one line, or three of them.
    Text(&'static str),
}

/// Comments as they are found, line by line.
#[derive(Debug, Default)]
struct Found {
    comments: Comments,
    /// Items of lists of tables so far.
    counts: BTreeMap<String, usize>,
    /// Whole lines whose header or key is yet to come.
    waiting: Vec<String>,
    section: String,
    key: String,
    inside: Inside,
    depth: usize,
    /// Whether no header was there yet.
    first: bool,
}

impl Found {
    fn put(&mut self, path: &str, lines: &[String]) {
        if lines.is_empty() {
            return;
        }
        let text = self.comments.entry(path.to_owned()).or_default();
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&lines.join("\n"));
    }

    fn line(&mut self, line: &str) {
        let begins = self.inside == Inside::Plain && self.depth == 0;
        let (code, comment) = self.split(line);
        let code = code.trim();
        let beside: Vec<String> =
            comment.iter().map(|text| text.strip_prefix(' ').unwrap_or(text).trim_end().to_owned()).collect();
        if !begins {
            // Within a value of several lines.
            let key = self.key.clone();
            return self.put(&key, &beside);
        }
        if code.is_empty() {
            return self.waiting.extend(beside);
        }
        let above = std::mem::take(&mut self.waiting);
        let header = code.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        self.key = match header {
            Some(header) => {
                let tables = header.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
                self.section = self.header(&keys(tables.unwrap_or(header)), tables.is_some());
                self.section.clone()
            }
            None => keys(code).iter().fold(self.section.clone(), |path, key| within(&path, key)),
        };
        let key = self.key.clone();
        let is_first = header.is_some() && std::mem::take(&mut self.first);
        self.put(if is_first { "model" } else { &key }, &above);
        self.put(&key, &beside);
    }

    /// The path of a header, items of lists counted.
    fn header(&mut self, keys: &[String], is_tables: bool) -> String {
        let mut path = String::new();
        for (at, key) in keys.iter().enumerate() {
            path = within(&path, key);
            if is_tables && at + 1 == keys.len() {
                *self.counts.entry(path.clone()).or_default() += 1;
            }
            if let Some(count) = self.counts.get(&path) {
                path.push_str(&format!("[{count}]"));
            }
        }
        path
    }

    /// What a line says, and its comment without the mark.
    fn split<'a>(&mut self, line: &'a str) -> (&'a str, Option<&'a str>) {
        let mut at = 0;
        while let Some(rest) = line.get(at..).filter(|rest| !rest.is_empty()) {
            let first = rest.chars().next().unwrap_or_default();
            let mut step = first.len_utf8();
            match self.inside {
                Inside::Plain => match ["\"\"\"", "'''", "\"", "'"].into_iter().find(|mark| rest.starts_with(mark)) {
                    Some(mark) => (self.inside, step) = (Inside::Text(mark), mark.len()),
                    None if first == '#' => return (line.get(..at).unwrap_or_default(), rest.get(1..)),
                    None if matches!(first, '[' | '{') => self.depth += 1,
                    None if matches!(first, ']' | '}') => self.depth = self.depth.saturating_sub(1),
                    None => {}
                },
                Inside::Text(mark) if rest.starts_with(mark) => (self.inside, step) = (Inside::Plain, mark.len()),
                Inside::Text(mark) if first == '\\' && mark.starts_with('\u{22}') => {
                    step += rest.chars().nth(1).map_or(0, char::len_utf8);
                }
                Inside::Text(_) => {}
            }
            at += step;
        }
        if matches!(self.inside, Inside::Text(mark) if mark.len() == 1) {
            self.inside = Inside::Plain;
        }
        (line, None)
    }
}

/// The parts of a dotted key, as far as a `=`.
fn keys(text: &str) -> Vec<String> {
    let mut keys = vec![String::new()];
    let mut quote = None;
    for sign in text.chars() {
        match (quote, sign) {
            (Some(mark), sign) if sign == mark => quote = None,
            (None, '\u{22}' | '\'') => quote = Some(sign),
            (None, '=') => break,
            (None, '.') => keys.push(String::new()),
            (None, sign) if sign.is_whitespace() => {}
            (_, sign) => keys.iter_mut().last().into_iter().for_each(|key| key.push(sign)),
        }
    }
    keys
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

    #[test]
    fn comments_beside_and_above_single_values_are_kept() {
        let text = "# 总说明\n[model] # 头\n# 去年的\n# 名称\nname = \"a # b\" # 名称\nyear = 2025 # 年度\nnote = \"\"\"\n# 不是注释\n\"\"\"\n\n# 下限\n\
                    [[rule]]\nkind = 'c#'\nbetween = [ # 从\n  0.9, # 低\n  1.1,\n] # 到\n[rule.soft] # 软\npenalty = 1 # 权重\n[[rule]]\n\"甲 乙\".x = 1 # 点\n\
                    [u]\n[[u.input]]\na = 1 # 甲\n[[u.input]]\n# 乙\na = 2\n# 完\n";
        let found = comments(text);
        let expected = [
            ("", "完"),
            ("model", "总说明\n头"),
            ("model.name", "去年的\n名称\n名称"),
            ("model.year", "年度"),
            ("rule[1]", "下限"),
            ("rule[1].between", "从\n低\n到"),
            ("rule[1].soft", "软"),
            ("rule[1].soft.penalty", "权重"),
            ("rule[2].\"甲 乙\".x", "点"),
            ("u.input[1].a", "甲"),
            ("u.input[2].a", "乙"),
        ];
        let shown: Vec<(&str, &str)> = found.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        assert_eq!(shown, expected);
        let tree = Node::parse(text, "a.toml").unwrap();
        let printed = print(&tree, &found).text;
        assert_eq!(Node::parse(&printed, "b.toml").unwrap().canonical(), tree.canonical(), "{printed}");
        assert!(printed.contains("\nyear = 2025  # 年度\n") && printed.ends_with("\n\n# 完\n"), "{printed}");
        assert!(printed.contains("# 软\n# 权重\nsoft = { penalty = 1 }\n"), "{printed}");
        // A second turn changes nothing.
        assert_eq!(print(&tree, &comments(&printed)).text, printed);
    }
}
