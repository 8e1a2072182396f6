//! Exact numbers as people write them: `12`, `0.1`, `1e-9`, `"1/3"`, `"15%"`; one reading for every part.

use std::fmt;

use num_traits::Zero;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::document::typed::{DIGITS, refuse};
pub use crate::figures::written;
use crate::phrases::Phrase;
use crate::units::{BigInt, Decimal, Exact, Finite};

/// An exact rational, read from a number or from text (`"1/3"`, `"15%"`); 0.1 is one tenth.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(pub Exact);

/// Most characters of a written number.
const LONGEST: usize = 64;
/// Largest power of ten of a written number, either way.
const LARGEST_POWER: i32 = 60;

impl Number {
    /// A whole number.
    pub fn whole(value: i64) -> Self {
        Self(Exact::from_integer(BigInt::from(value)))
    }

    /// The number of an exact value.
    pub fn new(value: Exact) -> Self {
        Self(value)
    }

    /// The exact value.
    pub fn exact(&self) -> &Exact {
        &self.0
    }

    /// Reads decimal or scientific text, a fraction `a/b` or a percentage.
    ///
    /// # Errors
    /// As [`Decimal::parse`] where it is none; `document.not_a_number` for a fraction over zero or text that is too long.
    pub fn parse(text: &str) -> Result<Self, Phrase> {
        let refused = || Phrase::new("document.not_a_number").with("value", text);
        let trimmed = text.trim();
        if trimmed.len() > LONGEST {
            return Err(refused());
        }
        if let Some(percent) = trimmed.strip_suffix(['%', '％']) {
            return number(percent.trim()).map(|value| Self(value / Exact::from_integer(100.into())));
        }
        match trimmed.split_once('/') {
            Some((above, below)) => {
                let (above, below) = (number(above.trim())?, number(below.trim())?);
                if below.is_zero() { Err(refused()) } else { Ok(Self(above / below)) }
            }
            None => number(trimmed).map(Self),
        }
    }

    /// The exact value of the shortest decimal that reads back as this binary number; `None` for NaN and infinities.
    pub fn from_f64(value: f64) -> Option<Self> {
        if value.is_finite() { Self::parse(&format!("{value:e}")).ok() } else { None }
    }
}

/// What [`decimal`] takes, and thousands separators.
fn number(text: &str) -> Result<Exact, Phrase> {
    let plain = || match Decimal::parse(text) {
        Err(phrase) if phrase.code() == "units.not_a_number" => {
            Err(Phrase::new("document.not_a_number").with("value", text))
        }
        read => read.map(Decimal::exact),
    };
    decimal(text).map_or_else(plain, Ok)
}

fn decimal(text: &str) -> Option<Exact> {
    let (negative, digits) = match text.strip_prefix(['-', '−']) {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, power) = match digits.split_once(['e', 'E']) {
        Some((mantissa, power)) => (mantissa, power.parse::<i32>().ok()?),
        None => (digits, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let power = power.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    if power.unsigned_abs() > LARGEST_POWER.unsigned_abs() {
        return None;
    }
    let value = Exact::from_integer(all.parse::<BigInt>().ok()?) * ten_to(power);
    Some(if negative { -value } else { value })
}

/// 10ⁿ exactly.
fn ten_to(power: i32) -> Exact {
    let size = Exact::from_integer(BigInt::from(10).pow(power.unsigned_abs() as usize));
    if power < 0 { size.recip() } else { size }
}

/// The nearest binary number; 0 where there is none.
pub fn binary(value: &Exact) -> f64 {
    Finite::from_exact(value).map_or(0.0, Finite::get)
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&written(&self.0))
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_string())
    }
}

struct NumberVisitor;

impl<'de> Visitor<'de> for NumberVisitor {
    type Value = Number;

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Number, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("number")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Number, E> {
        Ok(Number::whole(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Number, E> {
        Ok(Number(Exact::from_integer(BigInt::from(value))))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Number, E> {
        Number::from_f64(value)
            .ok_or_else(|| refuse(&Phrase::new("document.not_a_number").with("value", value.to_string())))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Number, E> {
        Number::parse(value).map_err(|phrase| refuse(&phrase))
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(DIGITS, NumberVisitor)
    }
}

impl JsonSchema for Number {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Number".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "A number, or text such as \"1/3\" or \"15%\"; read exactly", "type": ["number", "string"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_exactly() {
        let read = |text: &str| Number::parse(text).ok().map(|number| number.0.to_string());
        assert_eq!(read("0.1").as_deref(), Some("1/10"));
        assert_eq!(read("-1.5e-3").as_deref(), Some("-3/2000"));
        assert_eq!(read("1/3").as_deref(), Some("1/3"));
        assert_eq!(read("15%").as_deref(), Some("3/20"));
        assert_eq!(read("1,234.5").as_deref(), Some("2469/2"));
        for text in ["", "nan", "inf", "1/0", "1e999", "1e-2147483648", "--1", "1.2.3", "."] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(Number::from_f64(0.1).map(|n| n.to_string()).as_deref(), Some("0.1"));
        assert_eq!(Number::from_f64(f64::NAN), None);
        assert_eq!(written(&Number::parse("-2/3").map(|n| n.0).unwrap_or_default()), "-2/3");
    }
}
