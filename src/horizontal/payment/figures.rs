//! Figures of a request: money with its unit, labels in one or two languages.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

pub use crate::document::number::Number;
use crate::document::typed::{DIGITS, LABEL, refuse};
pub(super) use crate::figures::written as exact_text;
use crate::phrases::{Phrase, Text};
use crate::units::{Decimal, Exact, Money, number_and_unit};

/// Money with its unit, such as `"1.2 亿元"`; a whole number of 分.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Sum(pub Money);

impl Serialize for Sum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{} 元", self.0.yuan()))
    }
}

/// A value of services with its unit, such as `"116.93 亿元"`; may be negative and finer than a 分.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worth {
    number: Decimal,
    unit: String,
    fen: Exact,
}

impl Worth {
    /// So much of a unit of money.
    ///
    /// # Errors
    /// `units.unit_unknown`.
    pub fn of(number: Decimal, unit: &str) -> Result<Self, Phrase> {
        let one = Money::of(Decimal::ONE, unit)?;
        Ok(Self { number, unit: unit.to_owned(), fen: number.exact() * one.exact() })
    }

    /// Parses `116.93 亿元`; the unit must be written.
    ///
    /// # Errors
    /// As [`Decimal::parse`], `units.unit_missing` or `units.unit_unknown`.
    pub fn parse(text: &str) -> Result<Self, Phrase> {
        let (number, unit) = number_and_unit(text)?;
        if unit.is_empty() {
            return Err(Phrase::new("units.unit_missing").with("value", text).with("units", Money::units()));
        }
        Self::of(number, unit)
    }

    /// The value in 分, exact.
    pub fn fen(&self) -> &Exact {
        &self.fen
    }
}

impl Serialize for Worth {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{} {}", self.number, self.unit))
    }
}

/// A name: text, or `{ zh, en }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label(pub Text);

impl Serialize for Label {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.zh == self.0.en { serializer.serialize_str(&self.0.zh) } else { self.0.serialize(serializer) }
    }
}

/// What an amount of a request may be written as.
struct Written;

impl<'de> Visitor<'de> for Written {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("money")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<String, E> {
        Ok(number.to_string())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<String, E> {
        Ok(number.to_string())
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<String, E> {
        Decimal::from_f64(number).map(|decimal| decimal.to_string()).map_err(|phrase| refuse(&phrase))
    }
}

impl<'de> Deserialize<'de> for Sum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = deserializer.deserialize_newtype_struct(DIGITS, Written)?;
        Money::parse(&text).map(Self).map_err(|phrase| refuse(&phrase))
    }
}

impl<'de> Deserialize<'de> for Worth {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = deserializer.deserialize_newtype_struct(DIGITS, Written)?;
        Self::parse(&text).map_err(|phrase| refuse(&phrase))
    }
}

struct LabelVisitor;

impl<'de> Visitor<'de> for LabelVisitor {
    type Value = Label;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text or { zh, en }")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Label, E> {
        Ok(Label(Text::same(text)))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Label, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Label, A::Error> {
        Text::deserialize(de::value::MapAccessDeserializer::new(map)).map(Label)
    }
}

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(LABEL, LabelVisitor)
    }
}

macro_rules! schema {
    ($kind:ty, $name:literal, $schema:expr) => {
        impl JsonSchema for $kind {
            fn schema_name() -> Cow<'static, str> {
                Cow::Borrowed($name)
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

schema!(Sum, "Sum", json_schema!({ "type": "string", "description": "money with its unit: \"1.2 亿元\"" }));
schema!(Worth, "Worth", json_schema!({ "type": "string", "description": "a value with its unit, may be negative" }));
schema!(
    Label,
    "Label",
    json_schema!({ "anyOf": [{ "type": "string" }, { "type": "object", "required": ["zh", "en"],
        "properties": { "zh": { "type": "string" }, "en": { "type": "string" } } }] })
);
