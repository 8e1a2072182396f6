//! A tree of values on its way into a type, by serde: what is wrong is collected with line and key path, not told one at a time.
//!
//! serde ends at the first error of a value. So the place of the error is left out and the tree read again, until what is left
//! can be read or nothing is: every pass finds the next fault. What is only missing because it was left out is no fault.

// A refusal is rare, and is added to at every level on its way out.
#![expect(clippy::result_large_err)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, Expected, IntoDeserializer as _, MapAccess, SeqAccess,
    Unexpected, Visitor,
};

use crate::document::sections::type_name;
use crate::document::tree::{Node, Value};
use crate::finding::{Finding, FindingLog, Findings, Place, hint, nearest};
use crate::phrases::{Lang, Phrase, is_steering};

/// Most faults that are looked for in one document, and most values that are read for it: each fault costs a reading of the whole.
const PASSES: usize = 40;
const WORK: usize = 2_000_000;
/// Name of the types that read numbers and amounts from their digits.
pub const DIGITS: &str = "Digits";
/// Name of the types that are printed names: a number names nothing.
pub const LABEL: &str = "Label";

/// A type that is written as a document of its own.
pub trait Document: DeserializeOwned {
    /// The page that shows how it is written.
    const PAGE: &'static str;
    /// Most entries of one list.
    const ENTRIES: usize = 1_000_000;
    /// Whether its texts have one line each.
    const ONE_LINE: bool = false;
}

/// Reads a tree into a type.
///
/// # Errors
/// Everything that is wrong with it, in the order of lines.
pub(super) fn value<T: Document>(tree: &Node, file: &str) -> Result<T, Findings> {
    let mut faults = Faults::new::<T>(file);
    for _ in 0..(WORK / tree.size().max(1)).clamp(2, PASSES) {
        match T::deserialize(Reading { node: tree, faults: &faults }) {
            Ok(value) => {
                let found = faults.log.into_findings();
                return if found.is_empty() { Ok(value) } else { Err(sorted(found)) };
            }
            Err(refusal) => {
                if !faults.take(refusal.within_root(tree)) {
                    break;
                }
            }
        }
    }
    Err(sorted(faults.log.into_findings()))
}

fn sorted(mut found: Vec<Finding>) -> Findings {
    found.sort_by_key(|finding| finding.place.row.unwrap_or(0));
    Findings(found)
}

/// A node by where it lies in memory: the tree stands still while it is read.
type At = usize;

fn at(node: &Node) -> At {
    std::ptr::from_ref(node).addr()
}

/// What is wrong so far, and what is therefore left out.
struct Faults<'a> {
    file: &'a str,
    page: &'static str,
    entries: usize,
    one_line: bool,
    log: FindingLog,
    left_out: BTreeSet<At>,
    /// Tables and lists that something was left out of, with the keys that are missing for that reason.
    hurt: BTreeMap<At, BTreeSet<String>>,
}

impl<'a> Faults<'a> {
    fn new<T: Document>(file: &'a str) -> Self {
        Self {
            file,
            page: T::PAGE,
            entries: T::ENTRIES,
            one_line: T::ONE_LINE,
            log: FindingLog::default(),
            left_out: BTreeSet::new(),
            hurt: BTreeMap::new(),
        }
    }

    /// Takes note of a fault and leaves its place out; false where nothing would be left.
    fn take(&mut self, refusal: Refusal) -> bool {
        let here = refusal.at.first().copied();
        let follows = match (&refusal.missing, here.and_then(|here| self.hurt.get(&here))) {
            (_, None) => false,
            (Some(key), Some(gone)) => gone.contains(*key),
            (None, Some(_)) => true,
        };
        let (around, key, meant) = (refusal.at.get(1).copied(), refusal.key.clone(), refusal.meant.clone());
        if !follows {
            self.report(refusal);
        }
        match (here, around) {
            (Some(here), Some(around)) => {
                self.left_out.insert(here);
                // Who meant a known key and wrote another does not miss it as well.
                self.hurt.entry(around).or_default().insert(meant.unwrap_or(key));
                true
            }
            _ => false,
        }
    }

    fn is_left_out(&self, node: &Node) -> bool {
        !self.left_out.is_empty() && self.left_out.contains(&at(node))
    }

    fn report(&mut self, refusal: Refusal) {
        let place = Place::file(self.file);
        let place = if refusal.line > 0 { place.row(refusal.line) } else { place };
        let place = if refusal.path.is_empty() { place } else { place.column(refusal.path) };
        let phrase = match refusal.phrase.code().starts_with("document.") {
            true => refusal.phrase.with("page", self.page),
            false => refusal.phrase,
        };
        self.log.push(Finding::from_phrase(phrase, place));
    }
}

/// Why a value was refused, and where.
#[derive(Debug)]
pub(super) struct Refusal {
    line: u64,
    path: String,
    /// The value, then the tables and lists around it.
    at: Vec<At>,
    /// Its key in what is around it.
    key: String,
    phrase: Phrase,
    /// Of a value of the wrong kind: what was expected. What was found is known where it stands.
    expected: Option<&'static str>,
    /// The key that is missing.
    missing: Option<&'static str>,
    /// Of a key that is not known: the known one most like it.
    meant: Option<String>,
}

impl Refusal {
    fn new(phrase: Phrase) -> Self {
        Self {
            line: 0,
            path: String::new(),
            at: Vec::new(),
            key: String::new(),
            phrase,
            expected: None,
            missing: None,
            meant: None,
        }
    }

    /// The same refusal, seen from the table or list around the value.
    fn within(mut self, segment: &str, node: &Node) -> Self {
        if self.at.is_empty() {
            self.key = segment.to_owned();
            if self.expected == Some("list") && matches!(node.value, Value::Table(_)) {
                self.expected = None;
                self.phrase = Phrase::new("document.not_a_list").with("key", segment);
            }
        }
        self = self.within_root(node);
        let gap = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{segment}{gap}{}", self.path);
        self
    }

    fn within_root(mut self, node: &Node) -> Self {
        if self.line == 0 {
            self.line = node.line;
        }
        if let Some(expected) = self.expected.take() {
            self.phrase = Phrase::new("document.wrong_type")
                .with("expected", type_name(expected))
                .with("found", type_name(node.kind()));
        }
        self.at.push(at(node));
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.phrase.render(Lang::En))
    }
}

impl std::error::Error for Refusal {}

impl de::Error for Refusal {
    fn custom<T: fmt::Display>(message: T) -> Self {
        // The alternate form of a phrase is the phrase itself; of anything else it is a sentence of serde's.
        let text = format!("{message:#}");
        Self::new(Phrase::unpacked(&text).unwrap_or_else(|| {
            if text.starts_with("data did not match") {
                Phrase::new("document.wrong_form")
            } else {
                Phrase::new("document.wrong_value").with("why", text)
            }
        }))
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self { expected: Some(kind_of(&expected.to_string())), ..Self::new(Phrase::new("document.wrong_type")) }
    }

    fn invalid_value(unexpected: Unexpected<'_>, _: &dyn Expected) -> Self {
        let value = match unexpected {
            Unexpected::Signed(value) => value.to_string(),
            Unexpected::Unsigned(value) => value.to_string(),
            Unexpected::Float(value) => value.to_string(),
            Unexpected::Str(text) => text.to_owned(),
            other => other.to_string(),
        };
        Self::new(Phrase::new("document.out_of_range").with("value", value))
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        let expected: String = expected.to_string().chars().filter(char::is_ascii_digit).collect();
        length_of(length, &expected)
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        let like = hint(word, known.iter().copied()).text();
        Self::new(Phrase::new("policy.unknown_word").with("word", word).with("like", like))
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Self {
        let like = hint(key, known.iter().copied()).text();
        let meant = nearest(key, known.iter().copied()).map(str::to_owned);
        Self { meant, ..Self::new(Phrase::new("policy.unknown_key").with("key", key).with("like", like)) }
    }

    fn missing_field(key: &'static str) -> Self {
        Self { missing: Some(key), ..Self::new(Phrase::new("document.key_missing").with("key", key)) }
    }

    fn duplicate_field(key: &'static str) -> Self {
        Self::new(Phrase::new("document.key_twice").with("key", key))
    }
}

fn length_of(found: usize, expected: &str) -> Refusal {
    Refusal::new(Phrase::new("document.length").with("found", found.to_string()).with("expected", expected))
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
        word if word.starts_with(['i', 'u', 'f']) && word.len() <= 5 => "number",
        _ => "text",
    }
}

/// A value of the tree on its way into a type.
#[derive(Clone, Copy)]
struct Reading<'de, 'f> {
    node: &'de Node,
    faults: &'f Faults<'f>,
}

impl<'de> Reading<'de, '_> {
    fn wrong(&self, expected: &'static str) -> Refusal {
        Refusal { expected: Some(expected), ..Refusal::new(Phrase::new("document.wrong_type")) }
    }

    /// The text, where nothing in it steers a terminal.
    fn steady(&self, text: &'de str) -> Result<&'de str, Refusal> {
        let one_line = self.faults.one_line;
        let is_layout = |c: char| !one_line && matches!(c, '\n' | '\r' | '\t');
        if text.contains(|c: char| is_steering(c) && !is_layout(c)) {
            return Err(Refusal::new(Phrase::new("policy.steering_characters").with("value", text)));
        }
        Ok(text)
    }

    fn digits(&self) -> Result<&'de str, Refusal> {
        match &self.node.value {
            Value::Number(text) => Ok(text),
            _ => Err(self.wrong("number")),
        }
    }

    fn items<V: Visitor<'de>>(self, items: &'de [Node], visitor: V) -> Result<V::Value, Refusal> {
        let limit = self.faults.entries;
        if items.len() > limit {
            return Err(Refusal::new(Phrase::new("document.too_many").with("limit", limit.to_string())));
        }
        visitor.visit_seq(Items { items, next: 0, faults: self.faults })
    }

    fn table<V: Visitor<'de>>(self, entries: &'de [(String, Node)], visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_map(Entries { entries, next: 0, faults: self.faults })
    }
}

macro_rules! whole_numbers {
    ($($name:ident)*) => {$(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
            let text = self.digits()?;
            match (text.parse(), text.parse()) {
                (Ok(whole), _) => visitor.visit_i64(whole),
                (_, Ok(whole)) => visitor.visit_u64(whole),
                _ => Err(Refusal::new(Phrase::new("document.not_whole").with("value", text))),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Reading<'de, '_> {
    type Error = Refusal;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match &self.node.value {
            Value::Text(text) => visitor.visit_borrowed_str(self.steady(text)?),
            Value::Number(text) => match (text.parse::<i64>(), text.parse::<u64>(), text.parse::<f64>()) {
                (Ok(whole), _, _) => visitor.visit_i64(whole),
                (_, Ok(whole), _) => visitor.visit_u64(whole),
                (_, _, Ok(number)) => visitor.visit_f64(number),
                _ => visitor.visit_borrowed_str(text),
            },
            Value::Flag(flag) => visitor.visit_bool(*flag),
            Value::List(items) => self.items(items, visitor),
            Value::Table(entries) => self.table(entries, visitor),
        }
    }

    whole_numbers! { deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        let text = self.digits()?;
        let refused = |_| Refusal::new(Phrase::new("document.not_a_number").with("value", text));
        visitor.visit_f64(text.parse().map_err(refused)?)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.node.value {
            Value::Flag(flag) => visitor.visit_bool(flag),
            _ => Err(self.wrong("flag")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match &self.node.value {
            Value::Text(text) => visitor.visit_borrowed_str(self.steady(text)?),
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
        match &self.node.value {
            // A number keeps its digits: what reads numbers reads them from text.
            Value::Number(text) if name == DIGITS => visitor.visit_borrowed_str(text),
            Value::Number(_) if name == LABEL => Err(self.wrong("text")),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match &self.node.value {
            Value::List(items) => self.items(items, visitor),
            _ => Err(self.wrong("list")),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Refusal> {
        match &self.node.value {
            Value::List(items) if items.len() != length => Err(length_of(items.len(), &length.to_string())),
            _ => self.deserialize_seq(visitor),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match &self.node.value {
            Value::Table(entries) => self.table(entries, visitor),
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
        i128 u128 f32 char bytes byte_buf unit unit_struct tuple_struct identifier ignored_any
    }
}

struct Items<'de, 'f> {
    items: &'de [Node],
    next: usize,
    faults: &'f Faults<'f>,
}

impl<'de> SeqAccess<'de> for Items<'de, '_> {
    type Error = Refusal;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Refusal> {
        while let Some(node) = self.items.get(self.next) {
            self.next += 1;
            if !self.faults.is_left_out(node) {
                let at = format!("[{}]", self.next);
                let reading = Reading { node, faults: self.faults };
                return seed.deserialize(reading).map(Some).map_err(|refusal| refusal.within(&at, node));
            }
        }
        Ok(None)
    }
}

struct Entries<'de, 'f> {
    entries: &'de [(String, Node)],
    next: usize,
    faults: &'f Faults<'f>,
}

impl<'de> MapAccess<'de> for Entries<'de, '_> {
    type Error = Refusal;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Refusal> {
        while let Some((name, node)) = self.entries.get(self.next) {
            if !self.faults.is_left_out(node) {
                let key: de::value::StrDeserializer<'_, Refusal> = name.as_str().into_deserializer();
                return seed.deserialize(key).map(Some).map_err(|refusal| refusal.within(name, node));
            }
            self.next += 1;
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refusal> {
        let Some((key, node)) = self.entries.get(self.next) else {
            return Err(Refusal::new(Phrase::new("document.key_missing").with("key", "")));
        };
        self.next += 1;
        seed.deserialize(Reading { node, faults: self.faults }).map_err(|refusal| refusal.within(key, node))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;
    use crate::document::number::Number;
    use crate::document::typed;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Role {
        Payer,
        Payee,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Party {
        id: String,
        role: Role,
        weight: Option<Number>,
        years: Option<[i32; 2]>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Deal {
        name: String,
        amount: Number,
        #[serde(default)]
        party: Vec<Party>,
        #[serde(default)]
        prices: BTreeMap<String, Number>,
    }

    impl Document for Deal {
        const PAGE: &'static str = "docs/x.md";
        const ENTRIES: usize = 4;
    }

    fn told(text: &str, file: &str) -> Vec<(&'static str, u64, String)> {
        let Err(Findings(found)) = typed::read::<Deal>(text, file) else { return Vec::new() };
        found
            .iter()
            .map(|finding| {
                let place = finding.place.clone();
                (finding.code(), place.row.unwrap_or(0), place.column.unwrap_or_default())
            })
            .collect()
    }

    #[test]
    fn a_sound_document_is_read_with_all_its_digits() {
        let toml = "name = \"a\"\namount = 0.1234567890123456789\nparty = [{ id = \"x\", role = \"payer\", years = [1, 2] }]\n";
        let deal = typed::read::<Deal>(toml, "a.toml").unwrap();
        assert_eq!(deal.amount, Number::parse("0.1234567890123456789").unwrap());
        assert_eq!((deal.name.as_str(), deal.party.len(), deal.prices.len()), ("a", 1, 0));
        let party = deal.party.first().unwrap();
        assert_eq!((&party.role, party.years, party.id.as_str()), (&Role::Payer, Some([1, 2]), "x"));
        // Programs write null for what they do not give.
        let json = "{\"name\": \"a\", \"amount\": \"1/3\", \"party\": [{\"id\": \"x\", \"role\": \"payee\", \"weight\": null}]}";
        assert!(typed::read::<Deal>(json, "a.json").unwrap().party.iter().all(|one| one.weight.is_none()));
    }

    #[test]
    fn every_fault_is_told_with_its_line_and_key() {
        let toml = "nme = \"a\"\namount = \"x\"\nprices = { a = 1, b = true }\n[[party]]\nid = 5\nrole = \"payr\"\n[[party]]\nrole = \"payer\"\nweigth = 1\nyears = [1, 2, 3]\n";
        let expected = [
            ("policy.unknown_key", 1, "nme"),
            ("document.not_a_number", 2, "amount"),
            ("document.wrong_type", 3, "prices.b"),
            ("document.wrong_type", 5, "party[1].id"),
            ("policy.unknown_word", 6, "party[1].role"),
            ("document.key_missing", 7, "party[2]"),
            ("policy.unknown_key", 9, "party[2].weigth"),
            ("document.length", 10, "party[2].years"),
        ];
        let found = told(toml, "a.toml");
        let found: Vec<(&str, u64, &str)> = found.iter().map(|(code, row, at)| (*code, *row, at.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn json_has_lines_too_and_keys_stand_once() {
        let found = told("{\n\"name\": \"a\",\n\"amount\": 1,\n\"party\": [\n{\"id\": \"x\"}]}", "a.json");
        assert_eq!(found, [("document.key_missing", 5, "party[1]".to_owned())]);
        let found = told("{\"name\": \"a\",\n\"name\": \"b\", \"amount\": 1}", "a.json");
        assert_eq!(found, [("document.key_twice", 2, String::new())]);
        assert_eq!(told("{\"name\": \"a\",\n\"amount\": [null]}", "a.json"), [("scenario.null", 2, String::new())]);
    }

    #[test]
    fn long_lists_tables_for_lists_and_odd_numbers_are_named() {
        let party = "[[party]]\nid = \"x\"\nrole = \"payer\"\n";
        let head = "name = \"a\"\namount = 1\n";
        assert_eq!(told(&format!("{head}{}", party.repeat(5)), "a.toml")[0].0, "document.too_many");
        assert_eq!(told(&format!("{head}[party]\nid = \"x\"\n"), "a.toml")[0].0, "document.not_a_list");
        let years = |years: &str| told(&format!("{head}{party}years = {years}\n"), "a.toml")[0].0;
        assert_eq!(years("[1.5, 2]"), "document.not_whole");
        assert_eq!(years("[99999999999, 2]"), "document.out_of_range");
        assert_eq!(told(&format!("{head}note = 1\n"), "a.toml")[0].2, "note");
        assert_eq!(told(&head.replace("\"a\"", "\"a\\u001B\""), "a.toml")[0].0, "policy.steering_characters");
        assert_eq!(told("[1]", "a.json")[0].0, "document.wrong_type");
    }

    #[test]
    fn remedies_name_the_page_that_shows_the_form() {
        for text in ["name = \"a\"\n", "name = 5\namount = 1\n"] {
            let Err(Findings(found)) = typed::read::<Deal>(text, "a.toml") else { panic!("{text}") };
            assert!(found.iter().all(|finding| finding.render(Lang::Zh).contains("docs/x.md")), "{found:?}");
            assert_eq!(found.len(), 1, "{found:?}");
        }
    }
}
