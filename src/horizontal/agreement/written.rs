//! Values as an agreement writes them: amounts with their unit, exact numbers, labels, classes of water, shares of several parties.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use num_traits::{Signed, Zero};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

pub use crate::document::number::Number;
use crate::document::typed::{DIGITS, LABEL, refuse};
pub use crate::figures::{plain, shown};
use crate::phrases::{Phrase, Text};
use crate::units::{Exact, Money};

/// An amount of money ≥ 0, written with its unit: `"1 亿元"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount(pub Money);

/// A printed name: text, or `{ zh = "…", en = "…" }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label(pub Text);

/// A class of surface water: 1 to 5 are I to V, 6 is worse than V (劣V).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Class(pub u8);

/// One party, or several with their shares: `"yunnan"`, `{ guizhou = 1, sichuan = 1 }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// One party, or the word `upstream` or `downstream` of a section.
    One(String),
    /// Several, each with its share.
    Several(BTreeMap<String, Number>),
}

impl Side {
    /// The parties with their shares.
    pub fn shares(&self) -> Vec<(String, Exact)> {
        match self {
            Self::One(party) => vec![(party.clone(), Exact::from_integer(1.into()))],
            Self::Several(parties) => parties.iter().map(|(party, share)| (party.clone(), share.0.clone())).collect(),
        }
    }
}

impl Class {
    /// The class of a word: `Ⅱ`, `II`, `2`, `II类`, `劣V`.
    pub fn of(word: &str) -> Option<Self> {
        let folded: String = word.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase();
        let folded = folded.trim_end_matches("类").trim_end_matches("類").trim_start_matches("CLASS");
        Some(Self(match folded {
            "I" | "Ⅰ" | "1" | "一" => 1,
            "II" | "Ⅱ" | "2" | "二" => 2,
            "III" | "Ⅲ" | "3" | "三" => 3,
            "IV" | "Ⅳ" | "4" | "四" => 4,
            "V" | "Ⅴ" | "5" | "五" => 5,
            "劣V" | "劣Ⅴ" | "劣五" | "劣5" | ">V" | "V+" | "6" | "WORSETHANV" => 6,
            _ => return None,
        }))
    }

    /// Its printed name: `Ⅱ类`, `class II`.
    pub fn name(self) -> Text {
        let (zh, en) = match self.0 {
            1 => ("Ⅰ", "I"),
            2 => ("Ⅱ", "II"),
            3 => ("Ⅲ", "III"),
            4 => ("Ⅳ", "IV"),
            5 => ("Ⅴ", "V"),
            _ => ("劣Ⅴ", "worse than V"),
        };
        Phrase::new("agreement.class_name").with("class", Text { zh: zh.to_owned(), en: en.to_owned() }).text()
    }
}

struct AmountVisitor;

impl<'de> Visitor<'de> for AmountVisitor {
    type Value = Amount;

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Amount, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("money")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Amount, E> {
        let money = Money::parse(text).map_err(|phrase| refuse(&phrase))?;
        if money < Money::ZERO {
            return Err(refuse(&Phrase::new("agreement.amount_negative").with("value", text)));
        }
        Ok(Amount(money))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Amount, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Amount, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Amount, E> {
        self.visit_str(&value.to_string())
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(DIGITS, AmountVisitor)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{} 元", self.0.yuan()))
    }
}

impl JsonSchema for Amount {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "Money >= 0 with its unit: \"1 亿元\", \"50 万元\", \"12.34 元\"." })
    }
}

struct LabelVisitor;

impl<'de> Visitor<'de> for LabelVisitor {
    type Value = Label;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Label, E> {
        steady(text)?;
        Ok(Label(Text::same(text)))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Label, A::Error> {
        let text = Text::deserialize(de::value::MapAccessDeserializer::new(map))?;
        steady(&text.zh)?;
        steady(&text.en)?;
        Ok(Label(text))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Label, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// A text that would steer a terminal is refused.
fn steady<E: de::Error>(text: &str) -> Result<(), E> {
    if text.contains(crate::phrases::is_steering) {
        return Err(refuse(&Phrase::new("policy.steering_characters").with("value", text)));
    }
    Ok(())
}

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(LABEL, LabelVisitor)
    }
}

impl Serialize for Label {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl JsonSchema for Label {
    fn schema_name() -> Cow<'static, str> {
        "Label".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let text = generator.subschema_for::<Text>();
        json_schema!({ "anyOf": [{ "type": "string" }, text] })
    }
}

struct ClassVisitor;

impl Visitor<'_> for ClassVisitor {
    type Value = Class;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Class, E> {
        Class::of(text).ok_or_else(|| refuse(&Phrase::new("agreement.not_a_class").with("value", text)))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Class, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Class, E> {
        self.visit_str(&value.to_string())
    }
}

impl<'de> Deserialize<'de> for Class {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ClassVisitor)
    }
}

impl Serialize for Class {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self.0 {
            1 => "I",
            2 => "II",
            3 => "III",
            4 => "IV",
            5 => "V",
            _ => "劣V",
        })
    }
}

impl JsonSchema for Class {
    fn schema_name() -> Cow<'static, str> {
        "Class".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "integer"], "description": "Class of surface water: I, II, III, IV, V or 劣V (or 1 to 6)." })
    }
}

struct SideVisitor;

impl<'de> Visitor<'de> for SideVisitor {
    type Value = Side;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Side, E> {
        Ok(Side::One(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Side, A::Error> {
        let shares = BTreeMap::<String, Number>::deserialize(de::value::MapAccessDeserializer::new(map))?;
        let sum = shares.values().fold(Exact::zero(), |sum, share| sum + &share.0);
        if sum.is_zero() || shares.values().any(|share| share.0.is_negative()) {
            return Err(refuse(&Phrase::new("agreement.shares")));
        }
        Ok(Side::Several(shares))
    }
}

impl<'de> Deserialize<'de> for Side {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SideVisitor)
    }
}

impl Serialize for Side {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(party) => serializer.serialize_str(party),
            Self::Several(shares) => shares.serialize(serializer),
        }
    }
}

impl JsonSchema for Side {
    fn schema_name() -> Cow<'static, str> {
        "Side".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let shares = generator.subschema_for::<BTreeMap<String, Number>>();
        json_schema!({ "anyOf": [{ "type": "string" }, shares] })
    }
}
