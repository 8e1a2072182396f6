//! JSON text as the same tree of values with lines that TOML gives.

use std::collections::BTreeSet;

use crate::document::marks::{Syntax, misplaced};
use crate::document::reasons;
use crate::document::tree::{Node, Value};
use crate::finding::{Finding, Place};

/// Parses JSON text.
///
/// # Errors
/// The first place that is not JSON, a key given twice, a null.
pub fn parse(text: &str, file: &str) -> Result<Node, Finding> {
    walk(text, file, false)
}

/// Parses JSON text in which `null` leaves its key out: so programs write what they do not give.
///
/// # Errors
/// As [`parse`]; a null that is no value of a key.
pub fn parse_lenient(text: &str, file: &str) -> Result<Node, Finding> {
    walk(text, file, true)
}

fn walk(text: &str, file: &str, lenient: bool) -> Result<Node, Finding> {
    // serde_json judges the form (and how deep it may nest); the walk below only adds lines and keeps digits.
    if let Err(error) = serde_json::from_str::<serde_json::Value>(text) {
        let line = u64::try_from(error.line()).unwrap_or(1).max(1);
        if let Some(finding) = misplaced(text, file, Syntax::Json) {
            return Err(finding);
        }
        let why = reasons::json(&error.to_string());
        return Err(Finding::error("scenario.not_json", Place::file(file).row(line)).with("why", why));
    }
    let mut walk = Walk { rest: text, line: 1, file, lenient };
    walk.value()
}

struct Walk<'a> {
    rest: &'a str,
    line: u64,
    file: &'a str,
    /// Whether a null leaves its key out.
    lenient: bool,
}

impl<'a> Walk<'a> {
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.line += u64::try_from(taken.bytes().filter(|byte| *byte == b'\n').count()).unwrap_or(0);
        self.rest = rest;
        taken
    }

    /// Skips blanks and the marks between values.
    fn skip(&mut self) {
        let bytes = self.rest.find(|c: char| !c.is_whitespace() && c != ',' && c != ':').unwrap_or(self.rest.len());
        self.take(bytes);
    }

    fn refuse(&self, line: u64, code: &'static str) -> Finding {
        Finding::error(code, Place::file(self.file).row(line))
    }

    fn value(&mut self) -> Result<Node, Finding> {
        self.skip();
        let line = self.line;
        let value = match self.rest.chars().next() {
            Some('{') => self.table()?,
            Some('[') => {
                self.take(1);
                let mut items = Vec::new();
                while !self.ends(']') {
                    items.push(self.value()?);
                }
                Value::List(items)
            }
            Some('\u{22}') => Value::Text(self.text()),
            _ => {
                let end = self.rest.find([',', ']', '}', ' ', '\t', '\r', '\n']).unwrap_or(self.rest.len());
                match self.take(end.max(1)) {
                    "true" => Value::Flag(true),
                    "false" => Value::Flag(false),
                    "null" => return Err(self.refuse(line, "scenario.null")),
                    number => Value::Number(number.to_owned()),
                }
            }
        };
        Ok(Node { line, value })
    }

    fn table(&mut self) -> Result<Value, Finding> {
        self.take(1);
        let mut entries: Vec<(String, Node)> = Vec::new();
        let mut known = BTreeSet::new();
        while !self.ends('}') {
            let line = self.line;
            let key = self.text();
            if !known.insert(key.clone()) {
                return Err(self.refuse(line, "document.key_twice").with("key", key));
            }
            self.skip();
            if self.lenient && self.rest.starts_with("null") {
                self.take("null".len());
                continue;
            }
            let mut node = self.value()?;
            node.line = line;
            entries.push((key, node));
        }
        Ok(Value::Table(entries))
    }

    /// Whether a list or table ends here; its end is then taken.
    fn ends(&mut self, mark: char) -> bool {
        self.skip();
        let ends = self.rest.is_empty() || self.rest.starts_with(mark);
        if ends {
            self.take(1);
        }
        ends
    }

    /// A string in quotes.
    fn text(&mut self) -> String {
        let mut escaped = false;
        let end = self.rest.char_indices().skip(1).find(|(_, c)| {
            let ends = *c == '\u{22}' && !escaped;
            escaped = *c == '\\' && !escaped;
            ends
        });
        let token = self.take(end.map_or(self.rest.len(), |(at, _)| at + 1));
        serde_json::from_str(token).unwrap_or_default()
    }
}
