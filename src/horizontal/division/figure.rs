//! A figure as a document may give it: a number, or text with or without a unit.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::finding::{Finding, FindingLog, Place};
use crate::phrases::Phrase;
use crate::units::{Decimal, Money, number_and_unit, split_unit};

/// A number (`12.5`) or text (`"12.5"`, `"1.2 亿元"`).
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Figure {
    /// A whole number.
    Whole(i64),
    /// A binary number; it stands for the decimal of 15 digits that it shows as.
    Number(f64),
    /// Text.
    Text(String),
}

impl Figure {
    /// The unit that it is written with.
    pub fn unit(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(split_unit(text).1).filter(|unit| !unit.is_empty()),
            Self::Whole(_) | Self::Number(_) => None,
        }
    }

    /// Whether its size depends on a unit that it does not say; that of zero does not.
    pub fn lacks_unit(&self) -> bool {
        self.unit().is_none() && self.decimal().is_ok_and(|value| !value.is_zero())
    }

    /// The number.
    ///
    /// # Errors
    /// Text that is no number, NaN, or out of range.
    pub fn decimal(&self) -> Result<Decimal, Phrase> {
        match self {
            Self::Whole(value) => Decimal::parse(&value.to_string()),
            Self::Number(value) => Decimal::from_f64(*value),
            Self::Text(text) => Decimal::parse(text),
        }
    }

    /// The amount of money; `unit` is that of a number without one.
    ///
    /// # Errors
    /// No number, an unknown unit, parts of a 分, or beyond 10¹⁵ 元.
    pub fn money(&self, unit: &str) -> Result<Money, Phrase> {
        match self {
            Self::Text(text) => match number_and_unit(text)? {
                (number, "") => Money::of(number, unit),
                (number, own) => Money::of(number, own),
            },
            _ => Money::of(self.decimal()?, unit),
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(value) => value.fmt(f),
            Self::Number(value) => value.fmt(f),
            Self::Text(text) => f.write_str(text.trim()),
        }
    }
}

/// Unit of amounts written without one, where nothing says otherwise.
pub const UNIT: &str = "元";

/// Finds amounts without a unit beside others in another one than 元, which could mean either.
///
/// To be asked where the request gives no unit for all of them; `place` is asked for those found.
pub fn check_units<P>(amounts: &[(&Figure, P)], place: impl Fn(&P) -> Place, log: &mut FindingLog) {
    let other = amounts.iter().find_map(|(figure, _)| figure.unit().filter(|unit| is_another(unit)));
    let Some(other) = other else { return };
    for (figure, at) in amounts.iter().filter(|(figure, _)| figure.lacks_unit()) {
        let finding = Finding::error("division.unit_beside", place(at));
        log.push(finding.with("value", figure.to_string()).with("unit", other));
    }
}

/// Whether a unit is one of money and no other name of the 元.
fn is_another(unit: &str) -> bool {
    Money::knows(unit) && Money::of(Decimal::ONE, unit).is_ok_and(|one| one.fen() != 100)
}

impl From<&str> for Figure {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<'de> Deserialize<'de> for Figure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Figure;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, or text such as \"1.2 亿元\"")
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Figure, E> {
                Ok(Figure::Whole(value))
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Figure, E> {
                Ok(i64::try_from(value).map_or_else(|_| Figure::Text(value.to_string()), Figure::Whole))
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Figure, E> {
                Ok(Figure::Number(value))
            }
            fn visit_str<E: de::Error>(self, value: &str) -> Result<Figure, E> {
                Ok(Figure::Text(value.to_owned()))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
