//! The model file as a tree of values that remember their line; numbers keep their written digits.

use toml::de::{DeTable, DeValue};

use crate::document::marks::{Syntax, misplaced};
use crate::document::reasons;
use crate::finding::{Finding, Place};

/// The line of a value that a change put into the model.
pub const CHANGED: u64 = u64::MAX;

/// A value and the line where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Line from 1; 0 where it stands in no file, [`CHANGED`] where a change put it.
    pub line: u64,
    /// The value.
    pub value: Value,
}

/// A TOML value; dates are text.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text.
    Text(String),
    /// A number as written, without underscores.
    Number(String),
    /// true or false.
    Flag(bool),
    /// A list.
    List(Vec<Node>),
    /// A table, in the order written.
    Table(Vec<(String, Node)>),
}

/// The mark that some editors put before UTF-8; it says nothing.
const BOM: char = '\u{FEFF}';

impl Node {
    /// Parses TOML text.
    ///
    /// # Errors
    /// The first place that is not TOML.
    pub fn parse(text: &str, file: &str) -> Result<Self, Finding> {
        let text = text.strip_prefix(BOM).unwrap_or(text);
        let lines = Lines::new(text);
        match DeTable::parse(text) {
            Ok(table) => Ok(Self { line: 1, value: table_of(table.get_ref(), &lines) }),
            Err(error) => {
                let place = || Place::file(file).row(error.span().map_or(1, |span| lines.of(span.start)));
                if error.message() == "duplicate key" {
                    let key = error.span().and_then(|span| text.get(span)).unwrap_or_default();
                    return Err(Finding::error("document.key_twice", place()).with("key", key));
                }
                let finding = misplaced(text, file, Syntax::Toml);
                Err(finding.unwrap_or_else(|| {
                    Finding::error("policy.not_toml", place()).with("why", reasons::toml(error.message()))
                }))
            }
        }
    }

    /// A value written as in a model file: `[0.85, 1.3]`, `"1 亿元"`, `12`; bare words are text.
    pub fn parse_value(text: &str) -> Self {
        let wrapped = format!("v = {text}");
        let parsed = DeTable::parse(&wrapped).ok().and_then(|table| {
            let lines = Lines::new("");
            table.get_ref().iter().next().map(|(_, value)| value_of(value.get_ref(), 0, &lines))
        });
        parsed.unwrap_or_else(|| Self { line: 0, value: Value::Text(text.trim().to_owned()) })
    }

    /// The entry of a table.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Table(entries) => entries.iter().find(|(known, _)| known == key).map(|(_, node)| node),
            _ => None,
        }
    }

    /// The same tree without the value at a path of keys, in a list that of each item.
    #[must_use]
    pub fn without(&self, path: &[&str]) -> Self {
        let mut tree = self.clone();
        tree.remove(path);
        tree
    }

    fn remove(&mut self, path: &[&str]) {
        if let Value::List(items) = &mut self.value {
            items.iter_mut().for_each(|item| item.remove(path));
        } else if let (Some((key, rest)), Value::Table(entries)) = (path.split_first(), &mut self.value) {
            if rest.is_empty() {
                entries.retain(|(known, _)| known != key);
            } else if let Some((_, node)) = entries.iter_mut().find(|(known, _)| known == key) {
                node.remove(rest);
            }
        }
    }

    /// What kind of value it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Text(_) => "text",
            Value::Number(_) => "number",
            Value::Flag(_) => "true/false",
            Value::List(_) => "list",
            Value::Table(_) => "table",
        }
    }

    /// How many values it consists of, itself included.
    pub fn size(&self) -> usize {
        match &self.value {
            Value::List(items) => 1 + items.iter().map(Self::size).sum::<usize>(),
            Value::Table(entries) => 1 + entries.iter().map(|(_, node)| node.size()).sum::<usize>(),
            Value::Text(_) | Value::Number(_) | Value::Flag(_) => 1,
        }
    }

    /// Canonical text of the value, independent of layout and comments.
    pub fn canonical(&self) -> String {
        let mut text = String::new();
        self.write_canonical(&mut text);
        text
    }

    fn write_canonical(&self, text: &mut String) {
        match &self.value {
            Value::Text(words) => quote(words, text),
            Value::Number(number) => text.push_str(number),
            Value::Flag(flag) => text.push_str(if *flag { "true" } else { "false" }),
            Value::List(items) => {
                text.push('[');
                for (index, item) in items.iter().enumerate() {
                    text.push_str(if index > 0 { "," } else { "" });
                    item.write_canonical(text);
                }
                text.push(']');
            }
            Value::Table(entries) => {
                let entry = |(key, node): &(String, Self)| {
                    let mut text = String::new();
                    quote(key, &mut text);
                    text.push('=');
                    node.write_canonical(&mut text);
                    text
                };
                let mut texts: Vec<String> = entries.iter().map(entry).collect();
                texts.sort_unstable();
                text.push('{');
                text.push_str(&texts.join(","));
                text.push('}');
            }
        }
    }
}

/// Text in quotes, escaped where it must be; to find out is slow, and the plain words of a policy need it not.
fn quote(words: &str, text: &mut String) {
    let plain = |letter: char| matches!(letter, ' ' | '!' | '#'..='[' | ']'..='~' | '\u{4e00}'..='\u{9fff}');
    if words.chars().all(plain) {
        text.extend(["\"", words, "\""]);
    } else {
        text.push_str(&format!("{words:?}"));
    }
}

fn table_of(table: &DeTable<'_>, lines: &Lines) -> Value {
    let mut entries: Vec<(usize, String, Node)> = table
        .iter()
        .map(|(key, value)| {
            let start = key.span().start;
            (start, key.get_ref().to_string(), value_of(value.get_ref(), lines.of(start), lines))
        })
        .collect();
    entries.sort_by_key(|(start, _, _)| *start);
    Value::Table(entries.into_iter().map(|(_, key, node)| (key, node)).collect())
}

fn value_of(value: &DeValue<'_>, line: u64, lines: &Lines) -> Node {
    let value = match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Value::Number(number.as_str().replace('_', "")),
        // 0x.. and the like are no numbers of a policy: as text they are refused with their digits.
        DeValue::Integer(number) => Value::Text(number.to_string()),
        DeValue::Float(number) => Value::Number(number.as_str().replace('_', "")),
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Datetime(date) => Value::Text(date.to_string()),
        DeValue::Array(items) => {
            let item = |item: &toml::Spanned<DeValue<'_>>| value_of(item.get_ref(), lines.of(item.span().start), lines);
            Value::List(items.iter().map(item).collect())
        }
        DeValue::Table(table) => table_of(table, lines),
    };
    Node { line, value }
}

/// Line numbers of byte offsets.
struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    fn new(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(index, _)| index + 1);
        Self { starts: std::iter::once(0).chain(breaks).collect() }
    }

    fn of(&self, offset: usize) -> u64 {
        u64::try_from(self.starts.partition_point(|start| *start <= offset)).unwrap_or(0)
    }
}
