//! A request written as TOML or JSON: what is wrong with it as findings, with line, and the nearest known key.

use std::collections::BTreeSet;

use serde::de::{self, DeserializeOwned};

use crate::document::tree::{Node, Value};
use crate::finding::{Finding, Findings, Place, hint};
use crate::phrases::{Phrase, Text};

/// Reads a document; a name that ends in `.json` is JSON, any other TOML.
///
/// # Errors
/// The first thing that is wrong with its form, with its line.
pub fn read<T: DeserializeOwned>(text: &str, file: &str) -> Result<T, Findings> {
    if is_json(file) {
        return json(text).map_err(|error| {
            let place = Place::file(file).row(u64::try_from(error.line()).unwrap_or(1).max(1));
            let message = error.to_string();
            let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
            let syntax = error.is_syntax() || error.is_eof();
            Findings::from(if syntax { not_json(message, place) } else { explained(message, place) })
        });
    }
    // The tree's own reader says what is not TOML at all.
    Node::parse(text, file)?;
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        Findings::from(explained(error.message(), Place::file(file).row(line)))
    })
}

/// Reads JSON in which no key stands twice.
///
/// # Errors
/// What serde says, or the key.
pub fn json<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    serde_json::from_str::<KeysOnce>(text)?;
    serde_json::from_str(text)
}

/// Any JSON whose objects name each key once: a map would keep the last value without a word.
struct KeysOnce;

impl<'de> de::Deserialize<'de> for KeysOnce {
    fn deserialize<D: de::Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_any(Self)
    }
}

impl<'de> de::Visitor<'de> for KeysOnce {
    type Value = Self;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut known = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if known.contains(&key) {
                return Err(refuse(&Phrase::new("document.key_twice").with("key", key)));
            }
            map.next_value::<Self>()?;
            known.insert(key);
        }
        Ok(self)
    }
}

fn is_json(file: &str) -> bool {
    file.to_ascii_lowercase().ends_with(".json")
}

fn not_json(message: &str, place: Place) -> Finding {
    Finding::error("scenario.not_json", place).with("why", message)
}

fn line_of(text: &str, offset: usize) -> u64 {
    let before = text.get(..offset).unwrap_or(text);
    u64::try_from(before.bytes().filter(|byte| *byte == b'\n').count()).unwrap_or(0) + 1
}

/// A key or word that serde does not know, or a key that it misses, as a finding with the nearest known one; `None` where
/// it refuses something else.
pub fn unknown_or_missing(message: &str, place: Place) -> Option<Finding> {
    let mut words = message.split('`').skip(1).step_by(2);
    let (code, name) = match message {
        _ if message.starts_with("unknown field") => ("policy.unknown_key", "key"),
        _ if message.starts_with("unknown variant") => ("policy.unknown_word", "word"),
        _ if message.starts_with("missing field") => ("document.key_missing", "key"),
        _ => return None,
    };
    let word = words.next()?;
    let finding = Finding::error(code, place).with(name, word);
    Some(if code == "document.key_missing" { finding } else { finding.with("like", hint(word, words).text()) })
}

/// What stands between the parts of a refusal that travels as text: cause zh, en, remedy zh, en, code.
const PARTS: &str = " ‖ ";

/// A refusal in both languages, as the text of an error of deserialization; [`carried`] reads it again.
pub fn refuse<E: de::Error>(phrase: &Phrase) -> E {
    use crate::phrases::Lang::{En, Zh};
    let parts = [phrase.render(Zh), phrase.render(En), phrase.render_fix(Zh), phrase.render_fix(En)];
    E::custom(format!("{}{PARTS}{}", parts.join(PARTS), phrase.code()))
}

/// Cause and remedy of a refusal; where the text is none, it is the cause in both languages.
pub fn carried(message: &str) -> (Text, Text) {
    let mut parts = message.split(PARTS);
    let zh = parts.next().unwrap_or_default().to_owned();
    let en = parts.next().map_or_else(|| zh.clone(), str::to_owned);
    let mut rest = || parts.next().unwrap_or_default().to_owned();
    (Text { zh, en }, Text { zh: rest(), en: rest() })
}

/// What serde says, as a finding of ours.
fn explained(message: &str, place: Place) -> Finding {
    if message.contains(PARTS) {
        let (why, fix) = carried(message);
        if message.ends_with("document.not_a_number") {
            let value = why.zh.split(['“', '”']).nth(1).unwrap_or_default().to_owned();
            return Finding::error("document.not_a_number", place).with("value", value);
        }
        return Finding::error("document.refused", place).with("why", why).with("fix", fix);
    }
    if let Some(finding) = unknown_or_missing(message, place.clone()) {
        return finding;
    }
    if message.starts_with("data did not match") {
        return Finding::error("document.wrong_form", place);
    }
    Finding::error("document.wrong_value", place).with("why", message)
}

/// The same findings with the file, and the line where their key stands.
pub fn located(findings: Findings, text: &str, file: &str) -> Findings {
    let tree = if is_json(file) { None } else { Node::parse(text, file).ok() };
    let locate = |mut finding: Finding| {
        if finding.place.file.is_none() {
            finding.place.file = Some(file.to_owned());
            let line = tree.as_ref().zip(finding.place.column.as_deref()).and_then(|(tree, path)| line_at(tree, path));
            finding.place.row = line;
        }
        finding
    };
    Findings(findings.0.into_iter().map(locate).collect())
}

/// The line of `party[2].cap`, or of the last part of it that is there.
fn line_at(tree: &Node, path: &str) -> Option<u64> {
    let mut node = tree;
    let mut line = None;
    for part in path.split('.') {
        let (key, index) = match part.split_once('[') {
            Some((key, rest)) => (key, rest.trim_end_matches(']').parse::<usize>().ok()),
            None => (part, None),
        };
        let Some(mut found) = node.get(key) else { break };
        if let (Some(index), Value::List(items)) = (index, &found.value) {
            let Some(item) = index.checked_sub(1).and_then(|index| items.get(index)) else { break };
            found = item;
        }
        if found.line > 0 {
            line = Some(found.line);
        }
        node = found;
    }
    line
}
