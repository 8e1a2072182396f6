//! JSON Schema as far as the types of this service use it: a value against a schema, and every way in which it does not fit.
//!
//! Our schemas are made from our own types (schemars), so that a handful of keywords is all there is; a test walks every schema of the
//! service for one that is not known here, and another asks a full validator whether it agrees.

use std::collections::BTreeMap;

use regex_lite::Regex;
use serde_json::{Map, Value};

use crate::http::edge::json::push_token;

/// Most faults of one form that are looked at, where a value may have several forms.
const MOST_OF_A_FORM: usize = 8;

/// Keywords that are heeded.
pub const HEEDED: [&str; 20] = [
    "$ref",
    "type",
    "const",
    "enum",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "prefixItems",
    "items",
    "properties",
    "required",
    "additionalProperties",
    "allOf",
    "anyOf",
    "oneOf",
    "propertyNames",
];

/// Keywords that say nothing about whether a value fits. A `format` is one of a machine's numbers, which the reading itself checks.
pub const SILENT: [&str; 8] =
    ["$schema", "$defs", "title", "description", "default", "examples", "format", "deprecated"];

/// What kind of value it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    String,
    /// A whole number, `5.0` too.
    Integer,
    /// Any number.
    Number,
    /// true or false.
    Boolean,
    /// A list.
    Array,
    /// An object.
    Object,
    /// null.
    Null,
}

impl Kind {
    /// The kind of a value.
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(number) if number.is_f64() => Self::Number,
            Value::Number(_) => Self::Integer,
            Value::String(_) => Self::String,
            Value::Array(_) => Self::Array,
            Value::Object(_) => Self::Object,
        }
    }

    fn named(word: &str) -> Option<Self> {
        Some(match word {
            "string" => Self::String,
            "integer" => Self::Integer,
            "number" => Self::Number,
            "boolean" => Self::Boolean,
            "array" => Self::Array,
            "object" => Self::Object,
            "null" => Self::Null,
            _ => return None,
        })
    }

    fn takes(self, value: &Value) -> bool {
        let kind = Self::of(value);
        self == kind
            || (self == Self::Number && kind == Self::Integer)
            || (self == Self::Integer && value.as_f64().is_some_and(|number| number.fract() == 0.0))
    }
}

/// One way in which a value does not fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Misfit<'a> {
    /// Where the value stands.
    pub pointer: String,
    /// The value.
    pub value: &'a Value,
    /// What is wrong.
    pub fault: Fault<'a>,
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault<'a> {
    /// None of these kinds.
    Kind(Vec<Kind>),
    /// A member is missing.
    Missing(&'a str),
    /// Members that are not known, and those that are.
    Unknown(Vec<&'a str>, Vec<&'a str>),
    /// None of these values.
    Word(Vec<&'a Value>),
    /// Text of another pattern.
    Pattern(&'a str),
    /// Beyond a bound: the keyword and what it says.
    Bound(&'a str, &'a Value),
    /// Nothing may stand here.
    Never,
    /// None of several forms, and what each says; or more than one, where there are none.
    Forms(Vec<Vec<Misfit<'a>>>),
}

/// A schema and the patterns in it.
pub struct Schema {
    root: Value,
    patterns: BTreeMap<String, Regex>,
}

impl Schema {
    /// Prepares a schema; `None` where a pattern of it is none.
    pub fn new(root: Value) -> Option<Self> {
        let mut patterns = BTreeMap::new();
        collect(&root, &mut patterns)?;
        Some(Self { root, patterns })
    }

    /// The first way in which a value does not fit.
    pub fn misfit<'a>(&'a self, value: &'a Value) -> Option<Misfit<'a>> {
        let mut found = Vec::new();
        Check { schema: self, most: 1 }.value(&self.root, value, "", &mut found);
        found.into_iter().next()
    }
}

fn collect(schema: &Value, patterns: &mut BTreeMap<String, Regex>) -> Option<()> {
    match schema {
        Value::Object(members) => {
            if let Some(pattern) = members.get("pattern").and_then(Value::as_str) {
                patterns.insert(pattern.to_owned(), Regex::new(pattern).ok()?);
            }
            members.values().try_for_each(|member| collect(member, patterns))
        }
        Value::Array(items) => items.iter().try_for_each(|item| collect(item, patterns)),
        _ => Some(()),
    }
}

struct Check<'a> {
    schema: &'a Schema,
    /// So many misfits are enough.
    most: usize,
}

impl<'a> Check<'a> {
    fn value(&self, schema: &'a Value, value: &'a Value, pointer: &str, found: &mut Vec<Misfit<'a>>) {
        let mut add = |fault| found.push(Misfit { pointer: pointer.to_owned(), value, fault });
        let rules = match schema {
            Value::Bool(true) => return,
            Value::Object(rules) => rules,
            _ => return add(Fault::Never),
        };
        if let Some(kinds) = rules.get("type").map(kinds)
            && !kinds.iter().any(|kind| kind.takes(value))
        {
            // Of another kind nothing else can be said.
            return add(Fault::Kind(kinds));
        }
        if let Some(only) = rules.get("const").filter(|only| !equal(only, value)) {
            add(Fault::Word(vec![only]));
        }
        if let Some(words) = rules.get("enum").and_then(Value::as_array)
            && !words.iter().any(|word| equal(word, value))
        {
            add(Fault::Word(words.iter().collect()));
        }
        match value {
            Value::String(text) => self.text(rules, text, &mut add),
            Value::Number(_) => number(rules, value, &mut add),
            Value::Array(items) => self.array(rules, items, (value, pointer), found),
            Value::Object(members) => self.object(rules, members, (value, pointer), found),
            _ => {}
        }
        if found.len() >= self.most {
            return;
        }
        if let Some(target) = rules.get("$ref").and_then(Value::as_str) {
            match target.strip_prefix('#').and_then(|target| self.schema.root.pointer(target)) {
                Some(target) => self.value(target, value, pointer, found),
                None => found.push(Misfit { pointer: pointer.to_owned(), value, fault: Fault::Never }),
            }
        }
        for part in rules.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.value(part, value, pointer, found);
        }
        for (word, exactly) in [("anyOf", false), ("oneOf", true)] {
            if let Some(forms) = rules.get(word).and_then(Value::as_array) {
                self.forms(forms, exactly, (value, pointer), found);
            }
        }
    }

    fn forms(
        &self,
        forms: &'a [Value],
        exactly: bool,
        (value, pointer): (&'a Value, &str),
        found: &mut Vec<Misfit<'a>>,
    ) {
        let several = Check { schema: self.schema, most: MOST_OF_A_FORM };
        let told = forms.iter().map(|form| {
            let mut misfits = Vec::new();
            several.value(form, value, pointer, &mut misfits);
            misfits
        });
        let told: Vec<Vec<Misfit<'a>>> = told.collect();
        let fits = told.iter().filter(|misfits| misfits.is_empty()).count();
        if fits == 0 {
            found.push(Misfit { pointer: pointer.to_owned(), value, fault: Fault::Forms(told) });
        } else if exactly && fits > 1 {
            found.push(Misfit { pointer: pointer.to_owned(), value, fault: Fault::Forms(Vec::new()) });
        }
    }

    fn text(&self, rules: &'a Map<String, Value>, text: &str, add: &mut dyn FnMut(Fault<'a>)) {
        let length = text.chars().count();
        bounds(rules, ["minLength", "maxLength"], length as f64, add);
        if let Some(pattern) = rules.get("pattern").and_then(Value::as_str)
            && !self.schema.patterns.get(pattern).is_some_and(|known| known.is_match(text))
        {
            add(Fault::Pattern(pattern));
        }
    }

    fn array(
        &self,
        rules: &'a Map<String, Value>,
        items: &'a [Value],
        (value, pointer): (&'a Value, &str),
        found: &mut Vec<Misfit<'a>>,
    ) {
        let mut add = |fault| found.push(Misfit { pointer: pointer.to_owned(), value, fault });
        bounds(rules, ["minItems", "maxItems"], items.len() as f64, &mut add);
        let first = rules.get("prefixItems").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for (index, item) in items.iter().enumerate() {
            if found.len() >= self.most {
                return;
            }
            let Some(schema) = first.get(index).or_else(|| rules.get("items")) else { break };
            self.value(schema, item, &format!("{pointer}/{index}"), found);
        }
    }

    fn object(
        &self,
        rules: &'a Map<String, Value>,
        members: &'a Map<String, Value>,
        (value, pointer): (&'a Value, &str),
        found: &mut Vec<Misfit<'a>>,
    ) {
        let known = rules.get("properties").and_then(Value::as_object);
        let is_known = |name: &str| known.is_some_and(|known| known.contains_key(name));
        let mut add = |fault| found.push(Misfit { pointer: pointer.to_owned(), value, fault });
        if rules.get("additionalProperties") == Some(&Value::Bool(false)) {
            let other: Vec<&str> = members.keys().map(String::as_str).filter(|name| !is_known(name)).collect();
            if !other.is_empty() {
                add(Fault::Unknown(other, known.into_iter().flatten().map(|(name, _)| name.as_str()).collect()));
            }
        }
        let required = rules.get("required").and_then(Value::as_array).into_iter().flatten();
        for name in required.filter_map(Value::as_str).filter(|name| !members.contains_key(*name)) {
            add(Fault::Missing(name));
        }
        for (name, member) in members {
            if found.len() >= self.most {
                return;
            }
            let mut at = pointer.to_owned();
            push_token(&mut at, name);
            match known.and_then(|known| known.get(name)) {
                Some(schema) => self.value(schema, member, &at, found),
                None => {
                    if let Some(schema @ Value::Object(_)) = rules.get("additionalProperties") {
                        self.value(schema, member, &at, found);
                    }
                }
            }
            if let Some(schema) = rules.get("propertyNames").and_then(Value::as_object) {
                self.text(schema, name, &mut |fault| found.push(Misfit { pointer: at.clone(), value: member, fault }));
            }
        }
    }
}

fn kinds(word: &Value) -> Vec<Kind> {
    let words = word.as_array().map_or(std::slice::from_ref(word), Vec::as_slice);
    words.iter().filter_map(Value::as_str).filter_map(Kind::named).collect()
}

/// As JSON Schema has it: numbers are equal as numbers.
fn equal(one: &Value, other: &Value) -> bool {
    one == other || (one.is_number() && one.as_f64() == other.as_f64())
}

fn number<'a>(rules: &'a Map<String, Value>, value: &Value, add: &mut dyn FnMut(Fault<'a>)) {
    if let Some(number) = value.as_f64() {
        bounds(rules, ["minimum", "maximum"], number, add);
    }
}

fn bounds<'a>(rules: &'a Map<String, Value>, [least, most]: [&'a str; 2], figure: f64, add: &mut dyn FnMut(Fault<'a>)) {
    if let Some(bound) = rules.get(least).filter(|bound| bound.as_f64().is_some_and(|bound| figure < bound)) {
        add(Fault::Bound(least, bound));
    }
    if let Some(bound) = rules.get(most).filter(|bound| bound.as_f64().is_some_and(|bound| figure > bound)) {
        add(Fault::Bound(most, bound));
    }
}
