//! From TOML or JSON text to an agreement: every part on its own, so that one mistake does not hide the next.

use std::fmt;

use serde::Deserialize;
use serde::de::{
    self, DeserializeSeed, Deserializer, Expected, IntoDeserializer as _, MapAccess, SeqAccess, Unexpected, Visitor,
};

use crate::agreement::model::Agreement;
use crate::agreement::places::Places;
use crate::agreement::written::LABEL;
use crate::document::json;
use crate::document::sections::type_name;
use crate::document::tree::{Node, Value};
use crate::document::typed::carried;
use crate::finding::{Finding, FindingLog, Findings, Place, hint};
use crate::phrases::Phrase;

/// Most entries of one list of an agreement.
const ENTRIES_MAX: usize = 5_000;

/// An agreement that was read and checked, and where its keys stand.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The agreement.
    pub agreement: Agreement,
    file: String,
    tree: Node,
}

impl Opened {
    /// Places of its keys.
    pub fn places(&self) -> Places<'_> {
        Places::of_file(&self.file, &self.tree)
    }
}

/// Reads and checks an agreement; a name that ends in `.json` is JSON, any other TOML.
///
/// # Errors
/// Everything that is wrong with it, each with its line.
pub fn read(text: &str, file: &str) -> Result<Opened, Findings> {
    let is_json = file.to_ascii_lowercase().ends_with(".json");
    let tree = if is_json { json::parse(text, file)? } else { Node::parse(text, file)? };
    let mut parts = Parts { tree: &tree, file, log: FindingLog::default() };
    let agreement = parts.agreement();
    let findings = parts.log.into_findings();
    let Some(agreement) = agreement.filter(|_| findings.is_empty()) else { return Err(Findings(findings)) };
    let findings = agreement.check(&Places::of_file(file, &tree));
    let (agreement, _) = Findings::gate(agreement, findings)?;
    Ok(Opened { agreement, file: file.to_owned(), tree })
}

/// The parts of the file, read one by one.
struct Parts<'a> {
    tree: &'a Node,
    file: &'a str,
    log: FindingLog,
}

/// Keys of the file.
const KEYS: [&str; 11] =
    ["agreement", "party", "river", "section", "indicator", "event", "data", "money", "measure", "clause", "standing"];

impl<'a> Parts<'a> {
    fn agreement(&mut self) -> Option<Agreement> {
        let Value::Table(entries) = &self.tree.value else {
            self.log.push(
                Finding::error("agreement.wrong_type", Place::file(self.file))
                    .with("expected", type_name("table"))
                    .with("found", type_name(self.tree.kind())),
            );
            return None;
        };
        for (key, node) in entries {
            if !KEYS.contains(&key.as_str()) {
                let place = Place::file(self.file).row(node.line).column(key);
                let like = hint(key, KEYS).text();
                self.log.push(Finding::error("policy.unknown_key", place).with("key", key).with("like", like));
            }
        }
        let head = self.table("agreement", true);
        let party = self.items("party", true);
        let agreement = Agreement {
            party,
            river: self.table("river", false).unwrap_or_default(),
            section: self.items("section", false),
            indicator: self.items("indicator", false),
            event: self.items("event", false),
            data: self.table("data", false).unwrap_or_default(),
            money: self.table("money", false).unwrap_or_default(),
            measure: self.items("measure", false),
            clause: self.items("clause", true),
            standing: self.items("standing", false),
            agreement: head?,
        };
        Some(agreement)
    }

    fn missing(&mut self, key: &'static str) {
        self.log.push(Finding::error("agreement.key_missing", Place::file(self.file)).with("key", key));
    }

    fn table<T: Deserialize<'a>>(&mut self, key: &'static str, needed: bool) -> Option<T> {
        let Some(node) = self.tree.get(key) else {
            if needed {
                self.missing(key);
            }
            return None;
        };
        self.one(node, key)
    }

    fn items<T: Deserialize<'a>>(&mut self, key: &'static str, needed: bool) -> Vec<T> {
        let Some(node) = self.tree.get(key) else {
            if needed {
                self.missing(key);
            }
            return Vec::new();
        };
        let Value::List(items) = &node.value else {
            let place = Place::file(self.file).row(node.line).column(key);
            self.log.push(Finding::error("agreement.not_a_list", place).with("key", key));
            return Vec::new();
        };
        if items.is_empty() && needed {
            self.missing(key);
        }
        if items.len() > ENTRIES_MAX {
            let place = Place::file(self.file).row(node.line).column(key);
            self.log.push(Finding::error("agreement.too_many", place).with("limit", ENTRIES_MAX.to_string()));
            return Vec::new();
        }
        items.iter().enumerate().filter_map(|(index, item)| self.one(item, &format!("{key}[{}]", index + 1))).collect()
    }

    fn one<T: Deserialize<'a>>(&mut self, node: &'a Node, path: &str) -> Option<T> {
        match T::deserialize(Reading { node }) {
            Ok(value) => Some(value),
            Err(refusal) => {
                self.log.push(refusal.within(path, node).finding(self.file));
                None
            }
        }
    }
}

/// Why a part was refused, and where.
#[derive(Debug)]
struct Refusal {
    line: u64,
    path: String,
    phrase: Phrase,
    /// Of a value of the wrong kind: what was expected. What was found is known where it stands.
    expected: Option<&'static str>,
}

impl Refusal {
    fn new(phrase: Phrase) -> Self {
        Self { line: 0, path: String::new(), phrase, expected: None }
    }

    /// The same refusal, seen from the table or list around it.
    fn within(mut self, segment: &str, node: &Node) -> Self {
        if self.line == 0 {
            self.line = node.line;
        }
        if let Some(expected) = self.expected.take() {
            self.phrase = Phrase::new("agreement.wrong_type")
                .with("expected", type_name(expected))
                .with("found", type_name(node.kind()));
        }
        let gap = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{segment}{gap}{}", self.path);
        self
    }

    fn finding(self, file: &str) -> Finding {
        let place = Place::file(file);
        let place = if self.line > 0 { place.row(self.line) } else { place };
        Finding::from_phrase(self.phrase, place.column(self.path))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.phrase.render(crate::phrases::Lang::En))
    }
}

impl std::error::Error for Refusal {}

impl de::Error for Refusal {
    fn custom<T: fmt::Display>(message: T) -> Self {
        let (why, fix) = carried(&message.to_string());
        Self::new(Phrase::new("agreement.refused").with("why", why).with("fix", fix))
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self { expected: Some(kind_of(&expected.to_string())), ..Self::new(Phrase::new("agreement.wrong_type")) }
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(
            Phrase::new("agreement.out_of_range")
                .with("value", unexpected.to_string())
                .with("expected", expected.to_string()),
        )
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::new(
            Phrase::new("agreement.length").with("found", length.to_string()).with("expected", expected.to_string()),
        )
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        let like = hint(word, known.iter().copied()).text();
        Self::new(Phrase::new("policy.unknown_word").with("word", word).with("like", like))
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Self {
        let like = hint(key, known.iter().copied()).text();
        Self::new(Phrase::new("policy.unknown_key").with("key", key).with("like", like))
    }

    fn missing_field(key: &'static str) -> Self {
        Self::new(Phrase::new("agreement.key_missing").with("key", key))
    }

    fn duplicate_field(key: &'static str) -> Self {
        Self::new(Phrase::new("agreement.key_twice").with("key", key))
    }
}

/// What serde calls a kind of value.
fn kind_of(expected: &str) -> &'static str {
    match expected {
        "money" => "money",
        "number" => "number",
        "a boolean" => "flag",
        "a string" => "text",
        word if word.starts_with("struct") || word == "a map" => "table",
        word if word.contains("sequence") || word.contains("tuple") || word.contains("array") => "list",
        word if word.starts_with(['i', 'u', 'f']) && word.len() <= 4 => "number",
        _ => "text",
    }
}

/// A value of the tree on its way into a type.
#[derive(Clone, Copy)]
struct Reading<'de> {
    node: &'de Node,
}

impl Reading<'_> {
    fn wrong(&self, expected: &'static str) -> Refusal {
        Refusal { expected: Some(expected), ..Refusal::new(Phrase::new("agreement.wrong_type")) }
    }

    fn integer(&self) -> Result<i64, Refusal> {
        let Value::Number(text) = &self.node.value else { return Err(self.wrong("number")) };
        text.parse().map_err(|_| Refusal::new(Phrase::new("agreement.not_whole").with("value", text)))
    }
}

macro_rules! whole_numbers {
    ($($name:ident)*) => {$(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
            visitor.visit_i64(self.integer()?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Reading<'de> {
    type Error = Refusal;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match &self.node.value {
            // A number keeps its digits: what reads numbers reads them from text.
            Value::Text(text) | Value::Number(text) => visitor.visit_borrowed_str(text),
            Value::Flag(flag) => visitor.visit_bool(*flag),
            Value::List(items) => visitor.visit_seq(Items { items, next: 0 }),
            Value::Table(entries) => visitor.visit_map(Entries { entries, next: 0 }),
        }
    }

    whole_numbers! { deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.node.value {
            Value::Flag(flag) => visitor.visit_bool(flag),
            _ => Err(self.wrong("flag")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match &self.node.value {
            Value::Text(text) if text.contains(crate::phrases::is_steering) => {
                Err(Refusal::new(Phrase::new("policy.steering_characters").with("value", text)))
            }
            Value::Text(text) => visitor.visit_borrowed_str(text),
            _ => Err(self.wrong("text")),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Refusal> {
        if name == LABEL && matches!(self.node.value, Value::Number(_)) {
            return Err(self.wrong("text"));
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match &self.node.value {
            Value::List(items) if items.len() > ENTRIES_MAX => {
                Err(Refusal::new(Phrase::new("agreement.too_many").with("limit", ENTRIES_MAX.to_string())))
            }
            Value::List(items) => visitor.visit_seq(Items { items, next: 0 }),
            _ => Err(self.wrong("list")),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Refusal> {
        match &self.node.value {
            Value::List(items) if items.len() != length => Err(Refusal::new(
                Phrase::new("agreement.length")
                    .with("found", items.len().to_string())
                    .with("expected", length.to_string()),
            )),
            _ => self.deserialize_seq(visitor),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match &self.node.value {
            Value::Table(entries) => visitor.visit_map(Entries { entries, next: 0 }),
            _ => Err(self.wrong("table")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        match &self.node.value {
            Value::Text(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            _ => Err(self.wrong("text")),
        }
    }

    serde::forward_to_deserialize_any! {
        i128 u128 f32 f64 char bytes byte_buf unit unit_struct tuple_struct identifier ignored_any
    }
}

struct Items<'de> {
    items: &'de [Node],
    next: usize,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Refusal;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Refusal> {
        let Some(node) = self.items.get(self.next) else { return Ok(None) };
        self.next += 1;
        let at = format!("[{}]", self.next);
        seed.deserialize(Reading { node }).map(Some).map_err(|refusal| refusal.within(&at, node))
    }
}

struct Entries<'de> {
    entries: &'de [(String, Node)],
    next: usize,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Refusal;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Refusal> {
        let Some((key, node)) = self.entries.get(self.next) else { return Ok(None) };
        let key: de::value::StrDeserializer<'_, Refusal> = key.as_str().into_deserializer();
        let name = &self.entries.get(self.next).map_or("", |entry| entry.0.as_str());
        seed.deserialize(key).map(Some).map_err(|refusal| refusal.within(name, node))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refusal> {
        let Some((key, node)) = self.entries.get(self.next) else {
            return Err(Refusal::new(Phrase::new("agreement.key_missing").with("key", "")));
        };
        self.next += 1;
        seed.deserialize(Reading { node }).map_err(|refusal| refusal.within(key, node))
    }
}
