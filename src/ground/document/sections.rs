//! Reading typed values out of the tree, collecting findings: wrong types, unknown keys with the nearest known one.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::document::tree::{CHANGED, Node, Value};
use crate::finding::{Finding, FindingLog, Place, hint};
use crate::phrases::{Phrase, Text, is_steering};
use crate::units::{Decimal, Money};

/// The findings of one file, while it is read.
#[derive(Debug)]
pub struct Reader {
    file: String,
    findings: RefCell<FindingLog>,
}

/// A table being read: every key asked for is a known key.
#[derive(Debug)]
pub struct Section<'a> {
    reader: &'a Reader,
    /// Path of the table, such as `rule[2]`.
    pub path: String,
    /// Line where it begins.
    pub line: u64,
    entries: &'a [(String, Node)],
    known: RefCell<Vec<&'static str>>,
}

impl Reader {
    /// A reader of one file.
    pub fn new(file: &str) -> Self {
        Self { file: file.to_owned(), findings: RefCell::default() }
    }

    /// Place of a key; a value that a change put there stands in the change, not in the file.
    pub fn place(&self, line: u64, path: &str) -> Place {
        let place = match line {
            CHANGED => Place::file("--set"),
            0 => Place::file(&self.file),
            line => Place::file(&self.file).row(line),
        };
        if path.is_empty() { place } else { place.column(path) }
    }

    /// Adds a finding.
    pub fn report(&self, finding: Finding) {
        self.findings.borrow_mut().push(finding);
    }

    /// All findings so far.
    pub fn into_findings(self) -> Vec<Finding> {
        self.findings.into_inner().into_findings()
    }

    /// Opens a node that must be a table.
    pub fn section<'a>(&'a self, node: &'a Node, path: impl Into<String>) -> Option<Section<'a>> {
        let path = path.into();
        match &node.value {
            Value::Table(entries) => {
                Some(Section { reader: self, path, line: node.line, entries, known: RefCell::default() })
            }
            _ => {
                self.wrong_type(node, &path, "table");
                None
            }
        }
    }

    /// A finding that a value is of the wrong kind.
    pub fn wrong_type(&self, node: &Node, path: &str, expected: &'static str) {
        self.report(
            Finding::error("policy.wrong_type", self.place(node.line, path))
                .with("expected", type_name(expected))
                .with("found", type_name(node.kind())),
        );
    }

    fn refuse(&self, node: &Node, path: &str, phrase: Phrase) {
        self.report(Finding::from_phrase(phrase, self.place(node.line, path)));
    }

    /// A plain number or percentage: `0.15`, `"15%"`, or a fraction of text `"1/3"` where allowed by the caller.
    pub fn decimal(&self, node: &Node, path: &str) -> Option<Decimal> {
        let parsed = match &node.value {
            Value::Number(text) => Decimal::parse(text),
            Value::Text(text) => match text.trim().strip_suffix('%') {
                Some(percent) => Decimal::parse(percent).and_then(|value| {
                    let hundredth = value.exact() / crate::units::Exact::from_integer(100.into());
                    let parsed = Decimal::from_exact(&hundredth, 12, false).filter(|found| found.exact() == hundredth);
                    parsed.ok_or_else(|| Phrase::new("units.too_fine").with("value", text))
                }),
                None => Decimal::parse(text),
            },
            _ => {
                self.wrong_type(node, path, "number");
                return None;
            }
        };
        parsed.map_err(|phrase| self.refuse(node, path, phrase)).ok()
    }

    /// An amount of money with its unit.
    pub fn money(&self, node: &Node, path: &str) -> Option<Money> {
        let parsed = match &node.value {
            Value::Text(text) => Money::parse(text),
            Value::Number(text) => {
                Err(Phrase::new("units.unit_missing").with("value", text).with("units", Money::units()))
            }
            _ => {
                self.wrong_type(node, path, "money");
                return None;
            }
        };
        parsed.map_err(|phrase| self.refuse(node, path, phrase)).ok()
    }

    /// Text on one line.
    pub fn text(&self, node: &Node, path: &str) -> Option<String> {
        if let Value::Text(text) = &node.value {
            if text.contains(is_steering) {
                let finding = Finding::error("policy.steering_characters", self.place(node.line, path));
                self.report(finding.with("value", text));
                return None;
            }
            return Some(text.clone());
        }
        self.wrong_type(node, path, "text");
        None
    }

    /// A label: text, or `{ zh, en }`.
    pub fn label(&self, node: &Node, path: &str) -> Option<Text> {
        if !matches!(node.value, Value::Table(_)) {
            return self.text(node, path).map(Text::same);
        }
        let section = self.section(node, path)?;
        let (zh, en) = (section.text("zh"), section.text("en"));
        section.finish();
        match (zh, en) {
            (Some(zh), Some(en)) => Some(Text { zh, en }),
            (Some(one), None) | (None, Some(one)) => Some(Text::same(one)),
            (None, None) => {
                self.report(Finding::error("policy.key_missing", self.place(node.line, path)).with("key", "zh"));
                None
            }
        }
    }

    /// One word or a list of words.
    pub fn words(&self, node: &Node, path: &str) -> Vec<String> {
        match &node.value {
            Value::List(items) => items.iter().filter_map(|item| self.text(item, path)).collect(),
            _ => self.text(node, path).into_iter().collect(),
        }
    }

    /// A list of words, none of them twice and at least one.
    pub fn distinct_words(&self, node: &Node, path: &str, what: &'static str) -> Vec<String> {
        let words = self.words(node, path);
        let place = || self.place(node.line, path);
        let mut seen = BTreeSet::new();
        for word in &words {
            if !seen.insert(word) {
                self.report(Finding::error("policy.word_twice", place()).with("word", word));
            }
        }
        if matches!(&node.value, Value::List(items) if items.is_empty()) {
            self.report(Finding::error("policy.none", place()).with("what", Phrase::new(what).text()));
        }
        words
    }

    /// The items of a list.
    pub fn list<'a>(&self, node: &'a Node, path: &str) -> &'a [Node] {
        if let Value::List(items) = &node.value {
            return items;
        }
        self.wrong_type(node, path, "list");
        &[]
    }
}

impl<'a> Section<'a> {
    /// The reader.
    pub fn reader(&self) -> &'a Reader {
        self.reader
    }

    /// Path of a key of this table.
    pub fn at(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The value of a key, which thereby is a known one.
    pub fn get(&self, key: &'static str) -> Option<&'a Node> {
        self.known.borrow_mut().push(key);
        self.entries.iter().find(|(known, _)| known == key).map(|(_, node)| node)
    }

    /// Entries in the order written; every key is then known.
    pub fn entries(&self) -> &'a [(String, Node)] {
        self.entries
    }

    /// The value of a key that must be there.
    pub fn need(&self, key: &'static str) -> Option<&'a Node> {
        let found = self.get(key);
        if found.is_none() {
            self.report(Finding::error("policy.key_missing", self.place()).with("key", key));
        }
        found
    }

    /// Text of a key that may have several lines.
    pub fn prose(&self, key: &'static str) -> Option<String> {
        let node = self.get(key)?;
        let Value::Text(text) = &node.value else { return self.text(key) };
        let folded = text.replace("\r\n", "\n").replace('\t', " ");
        let lines = folded.split('\n').map(|line| {
            self.reader.text(&Node { line: node.line, value: Value::Text(line.to_owned()) }, &self.at(key))
        });
        lines.collect::<Option<Vec<_>>>().map(|lines| lines.join("\n"))
    }

    /// Text of a key.
    pub fn text(&self, key: &'static str) -> Option<String> {
        self.reader.text(self.get(key)?, &self.at(key))
    }

    /// A number of a key.
    pub fn decimal(&self, key: &'static str) -> Option<Decimal> {
        self.reader.decimal(self.get(key)?, &self.at(key))
    }

    /// Label of a key.
    pub fn label(&self, key: &'static str) -> Option<Text> {
        self.reader.label(self.get(key)?, &self.at(key))
    }

    /// true or false of a key.
    pub fn flag(&self, key: &'static str) -> Option<bool> {
        let node = self.get(key)?;
        if let Value::Flag(flag) = node.value {
            return Some(flag);
        }
        self.reader.wrong_type(node, &self.at(key), "true/false");
        None
    }

    /// One of a set of words; a wrong one is a finding with the nearest.
    pub fn choice<T: Copy>(&self, key: &'static str, words: &[(&'static str, T)]) -> Option<T> {
        let text = self.text(key)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let line = self.get(key).map_or(self.line, |node| node.line);
            self.reader.report(unknown_word(self.reader.place(line, &self.at(key)), &text, words.iter().map(|w| w.0)));
        }
        found
    }

    /// Place of the table.
    pub fn place(&self) -> Place {
        self.reader.place(self.line, &self.path)
    }

    /// Place of a key.
    pub fn place_of(&self, key: &'static str) -> Place {
        let line = self.get(key).map_or(self.line, |node| node.line);
        self.reader.place(line, &self.at(key))
    }

    /// Adds a finding.
    pub fn report(&self, finding: Finding) {
        self.reader.report(finding);
    }

    /// Reports every key that nobody asked for.
    pub fn finish(self) {
        let known = self.known.borrow();
        for (key, node) in self.entries {
            if !known.contains(&key.as_str()) {
                let place = self.reader.place(node.line, &self.at(key));
                let like = hint(key, known.iter().copied()).text();
                self.reader.report(Finding::error("policy.unknown_key", place).with("key", key).with("like", like));
            }
        }
    }
}

/// The name of a kind of value in the language of the reader.
pub fn type_name(word: &str) -> Text {
    Phrase::new(match word {
        "text" => "policy.type_text",
        "number" => "policy.type_number",
        "list" => "policy.type_list",
        "table" => "policy.type_table",
        "money" => "policy.type_money",
        _ => "policy.type_flag",
    })
    .text()
}

/// A finding that a word is not known, with the nearest or all known ones.
pub fn unknown_word<'w>(place: Place, word: &str, known: impl Iterator<Item = &'w str> + Clone) -> Finding {
    let like = hint(word, known).text();
    Finding::error("policy.unknown_word", place).with("word", word).with("like", like)
}
