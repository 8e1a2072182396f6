//! Exact numbers as people write them: `12`, `0.1`, `1e-9`, `"1/3"`, `"15%"`.

use std::fmt;

use num_traits::{Signed, Zero};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::units::{BigInt, Exact, Finite};

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

    /// Reads decimal or scientific text, a fraction `a/b` or a percentage; `None` where it is none or too long.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > LONGEST {
            return None;
        }
        if let Some(percent) = text.strip_suffix('%') {
            return decimal(percent.trim()).map(|value| Self(value / Exact::from_integer(BigInt::from(100))));
        }
        match text.split_once('/') {
            Some((above, below)) => {
                let (above, below) = (decimal(above.trim())?, decimal(below.trim())?);
                (!below.is_zero()).then(|| Self(above / below))
            }
            None => decimal(text).map(Self),
        }
    }

    /// The exact value of the shortest decimal that reads back as this binary number; `None` for NaN and infinities.
    pub fn from_f64(value: f64) -> Option<Self> {
        if value.is_finite() { Self::parse(&format!("{value:e}")) } else { None }
    }
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

/// `3/7`, `12`, `0.25`: a terminating decimal of at most 12 places as such, else the fraction.
pub fn written(value: &Exact) -> String {
    let scaled = value * ten_to(12);
    if !scaled.is_integer() {
        return value.to_string();
    }
    let digits = scaled.numer().abs().to_string();
    let digits = format!("{digits:0>13}");
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(12));
    let fraction = fraction.trim_end_matches('0');
    let sign = if scaled < Exact::zero() { "-" } else { "" };
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
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

impl Visitor<'_> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a finite number, or text such as \"1/3\" or \"15%\"")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Number, E> {
        Ok(Number::whole(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Number, E> {
        Ok(Number(Exact::from_integer(BigInt::from(value))))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Number, E> {
        Number::from_f64(value).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Float(value), &self))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Number, E> {
        Number::parse(value).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(value), &self))
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
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
        let read = |text: &str| Number::parse(text).map(|number| number.0.to_string());
        assert_eq!(read("0.1").as_deref(), Some("1/10"));
        assert_eq!(read("-1.5e-3").as_deref(), Some("-3/2000"));
        assert_eq!(read("1/3").as_deref(), Some("1/3"));
        assert_eq!(read("15%").as_deref(), Some("3/20"));
        for text in ["", "nan", "inf", "1/0", "1e999", "1e-2147483648", "--1", "1.2.3", "."] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(Number::from_f64(0.1).map(|n| n.to_string()).as_deref(), Some("0.1"));
        assert_eq!(Number::from_f64(f64::NAN), None);
        assert_eq!(written(&Number::parse("-2/3").map(|n| n.0).unwrap_or_default()), "-2/3");
    }
}
