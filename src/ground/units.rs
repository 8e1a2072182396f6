//! Exact quantities: money in 分, decimals, extents in 亩, and the one door from exact to `f64`.
//!
//! Conversions are exact: 1 公顷 = 15 亩, 1 km² = 100 公顷 = 1 500 亩, 1 m² = 0.0015 亩; 1 亿元 = 10⁴ 万元 = 10⁸ 元 = 10¹⁰ 分.

use std::fmt;
use std::iter::Sum;

use dashu_int::IBig;
use dashu_ratio::RBig;
use num_integer::Integer;
use num_rational::Ratio;
use num_traits::{One, Signed, ToPrimitive, Zero};
use serde::{Deserialize, Serialize};

use crate::phrases::{Phrase, Text, is_invisible};

pub use crate::whole::BigInt;

/// Exact rational number, the arithmetic of rounding and audit.
pub type Exact = Ratio<BigInt>;

/// `above / below` in lowest terms; `below` must not be 0.
pub fn ratio(above: i128, below: i128) -> Exact {
    // A common divisor of machine words is far cheaper than one of long numbers.
    let divisor = above.gcd(&below).max(1) * below.signum();
    Exact::new_raw(BigInt::from(above / divisor), BigInt::from(below / divisor))
}

/// The exact value of a binary number; `None` for NaN and infinities.
pub fn from_binary(value: f64) -> Option<Exact> {
    let value = RBig::try_from(value).ok()?;
    let (above, below) = value.into_parts();
    Some(Exact::new_raw(above.into(), IBig::from(below).into()))
}

/// Decimals kept by [`Decimal`].
pub const DECIMALS: u32 = 12;
const ONE: i128 = 10_i128.pow(DECIMALS);
/// Largest magnitude of a [`Decimal`]: keeps every product and sum far from overflow.
const DECIMAL_LIMIT: i128 = 10_i128.pow(18) * ONE;
/// Largest amount of money in 分: 10¹⁵ 元.
const FEN_LIMIT: i64 = 100_000_000_000_000_000;
/// 分 in one 万元, the unit of money inside a linear program.
pub const FEN_PER_WAN: i64 = 1_000_000;

/// An exact decimal number with at most 12 decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Decimal(i128);

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self(0);
    /// One.
    pub const ONE: Self = Self(ONE);

    /// A whole number.
    pub fn from_integer(value: i64) -> Self {
        Self(i128::from(value) * ONE)
    }

    /// Parses plain or scientific decimal text (`1234.5`, `-0.01`, `1.2e3`, thousands commas allowed).
    ///
    /// # Errors
    /// `units.not_a_number`, `units.too_large` (above 10¹⁸) or `units.too_fine` (more than 12 decimals).
    pub fn parse(text: &str) -> Result<Self, Phrase> {
        let trimmed = text.trim();
        let code = match trimmed {
            _ if trimmed.contains(is_full_width) => "units.full_width",
            _ if trimmed.contains(is_invisible) => "units.invisible",
            _ => "units.not_a_number",
        };
        let no_number = || Phrase::new(code).with("value", text);
        let (negative, digits) = match trimmed.strip_prefix(['-', '−']) {
            Some(rest) => (true, rest),
            None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
        };
        let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().map_err(|_| no_number())?),
            None => (digits, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let whole = strip_thousands(whole).ok_or_else(no_number)?;
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !all_digits(&whole) || !all_digits(fraction) {
            return Err(no_number());
        }
        let value = scale_digits(&whole, fraction, exponent).map_err(|code| Phrase::new(code).with("value", text))?;
        Ok(Self(if negative { -value } else { value }))
    }

    /// The decimal a spreadsheet shows for a binary number: 15 significant digits.
    ///
    /// # Errors
    /// As [`Decimal::parse`]; NaN and infinities are `units.not_a_number`.
    pub fn from_f64(value: f64) -> Result<Self, Phrase> {
        if !value.is_finite() {
            return Err(Phrase::new("units.not_a_number").with("value", value.to_string()));
        }
        Self::parse(&format!("{value:.14e}"))
    }

    /// The nearest binary number; for the linear program and indices only.
    pub fn to_f64(self) -> f64 {
        // Dividing two exactly representable parts keeps ordinary figures (below 2⁵³) correctly rounded.
        let whole = self.0 / ONE;
        let part = self.0 % ONE;
        if part == 0 { whole as f64 } else { self.0 as f64 / ONE as f64 }
    }

    /// The same number as an exact rational.
    pub fn exact(self) -> Exact {
        if self.0 % ONE == 0 { Exact::from_integer(BigInt::from(self.0 / ONE)) } else { ratio(self.0, ONE) }
    }

    /// The decimal at or below (`up` false) or at or above (`up` true) a rational, with `places` decimals.
    pub fn from_exact(value: &Exact, places: u32, up: bool) -> Option<Self> {
        let places = places.min(DECIMALS);
        let scaled = value * Exact::from_integer(BigInt::from(10_i64.pow(places)));
        let whole = if up { scaled.ceil() } else { scaled.floor() };
        let mantissa = whole.to_integer().to_i128()?.checked_mul(10_i128.pow(DECIMALS - places))?;
        (mantissa.abs() <= DECIMAL_LIMIT).then_some(Self(mantissa))
    }

    /// Product with `places` decimals: to the nearest (halves away from zero), or down; `None` beyond the range.
    pub fn product(self, factor: Self, places: u32, nearest: bool) -> Option<Self> {
        let kept = 10_i128.pow(DECIMALS - places.min(DECIMALS));
        let Some(product) = self.0.checked_mul(factor.0) else {
            let scale = Exact::from_integer(BigInt::from(10_i64.pow(places.min(DECIMALS))));
            let scaled = self.exact() * factor.exact() * &scale;
            let whole = if nearest { scaled.round() } else { scaled.floor() };
            return Self::from_exact(&(whole / scale), places, false);
        };
        let step = ONE * kept;
        let whole =
            if nearest { (product.abs() + step / 2) / step * product.signum() } else { product.div_euclid(step) };
        let mantissa = whole.checked_mul(kept)?;
        (mantissa.abs() <= DECIMAL_LIMIT).then_some(Self(mantissa))
    }

    /// The value in units of 10⁻¹².
    pub fn mantissa(self) -> i128 {
        self.0
    }

    /// Product with a whole amount of money, in 分.
    pub fn times(self, money: Money) -> Exact {
        match self.0.checked_mul(i128::from(money.0)) {
            Some(product) => ratio(product, ONE),
            None => self.exact() * money.exact(),
        }
    }

    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Whether it is zero.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Sum; `None` beyond the range.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).filter(|sum| sum.abs() <= DECIMAL_LIMIT).map(Self)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let whole = self.0.unsigned_abs() / ONE.unsigned_abs();
        let part = self.0.unsigned_abs() % ONE.unsigned_abs();
        if part == 0 {
            return write!(f, "{sign}{whole}");
        }
        let digits = format!("{part:012}");
        write!(f, "{sign}{whole}.{}", digits.trim_end_matches('0'))
    }
}

impl Serialize for Decimal {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_string())
    }
}

/// Removes thousands commas (`1,234,567`); `None` where the groups are not of three digits.
fn strip_thousands(whole: &str) -> Option<String> {
    let folded = whole.replace('\u{FF0C}', ",");
    if !folded.contains(',') {
        return Some(folded);
    }
    let mut groups = folded.split(',');
    let first = groups.next()?;
    let ordinary = (1..=3).contains(&first.len()) && groups.clone().all(|group| group.len() == 3);
    ordinary.then(|| folded.replace(',', ""))
}

/// `１`, `．` and the like: the digits of a Chinese input method left in full width.
fn is_full_width(c: char) -> bool {
    matches!(c, '\u{FF10}'..='\u{FF19}' | '\u{FF0E}' | '\u{FF0D}' | '\u{FF0B}')
}

fn scale_digits(whole: &str, fraction: &str, exponent: i32) -> Result<i128, &'static str> {
    let digits: String = [whole, fraction].concat();
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Ok(0);
    }
    let places = i64::try_from(fraction.len()).unwrap_or(i64::MAX) - i64::from(exponent);
    let shift = i64::from(DECIMALS) - places;
    let significant = digits.trim_end_matches('0');
    let dropped = i64::try_from(digits.len() - significant.len()).unwrap_or(i64::MAX);
    let shift = shift + dropped;
    if shift < 0 {
        return Err("units.too_fine");
    }
    if i64::try_from(significant.len()).unwrap_or(i64::MAX) + shift > 31 {
        return Err("units.too_large");
    }
    let mantissa: i128 = significant.parse().map_err(|_| "units.too_large")?;
    let power = u32::try_from(shift).map_err(|_| "units.too_large")?;
    let value = mantissa.checked_mul(10_i128.pow(power)).ok_or("units.too_large")?;
    if value > DECIMAL_LIMIT { Err("units.too_large") } else { Ok(value) }
}

/// An amount of money in whole 分.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(i64);

/// Units of money with their value in 分.
const MONEY_UNITS: &[(&str, i64)] = &[
    ("分", 1),
    ("角", 10),
    ("元", 100),
    ("千元", 100_000),
    ("万元", FEN_PER_WAN),
    ("百万元", 100_000_000),
    ("亿元", 10_000_000_000),
    ("yuan", 100),
];

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount in 分; amounts beyond 10¹⁵ 元 are cut off by the parsers, not here.
    pub const fn from_fen(fen: i64) -> Self {
        Self(fen)
    }

    /// The amount in 分.
    pub const fn fen(self) -> i64 {
        self.0
    }

    /// `number` of `unit` (`元`, `万元`, `亿元`, …) as money.
    ///
    /// # Errors
    /// `units.unit_unknown`, `units.too_fine` (parts of a 分) or `units.too_large` (above 10¹⁵ 元).
    pub fn of(number: Decimal, unit: &str) -> Result<Self, Phrase> {
        let fen_per_unit = MONEY_UNITS.iter().find(|(name, _)| *name == unit).map(|(_, fen)| *fen);
        let written = || format!("{number} {unit}");
        let Some(fen_per_unit) = fen_per_unit else {
            return Err(Phrase::new("units.unit_unknown")
                .with("value", written())
                .with("unit", unit)
                .with("units", Self::units()));
        };
        let too_large = || Phrase::new("units.too_large").with("value", written());
        let scaled = number.0.checked_mul(i128::from(fen_per_unit)).ok_or_else(too_large)?;
        if scaled % ONE != 0 {
            return Err(Phrase::new("units.too_fine").with("value", written()));
        }
        let fen = i64::try_from(scaled / ONE).map_err(|_| too_large())?;
        if fen.abs() > FEN_LIMIT { Err(too_large()) } else { Ok(Self(fen)) }
    }

    /// Parses `120000000.00 元`, `1.2 亿元`, `12,000 万元`; the unit must be written.
    ///
    /// # Errors
    /// As [`Decimal::parse`] and [`Money::of`], or `units.unit_missing`.
    pub fn parse(text: &str) -> Result<Self, Phrase> {
        let (number, unit) = number_and_unit(text)?;
        if unit.is_empty() {
            return Err(Phrase::new("units.unit_missing").with("value", text).with("units", Self::units()));
        }
        Self::of(number, unit)
    }

    /// Whether `unit` is a unit of money.
    pub fn knows(unit: &str) -> bool {
        MONEY_UNITS.iter().any(|(name, _)| *name == unit)
    }

    /// The unit names, for messages.
    pub fn units() -> &'static str {
        "元, 万元, 亿元, 千元, 角, 分"
    }

    /// The amount in 万元 as a binary number; for the linear program only.
    pub fn to_wan(self) -> f64 {
        self.0 as f64 / FEN_PER_WAN as f64
    }

    /// The amount in 分 as an exact rational.
    pub fn exact(self) -> Exact {
        Exact::from_integer(BigInt::from(self.0))
    }

    /// Sum; `None` on overflow.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// Difference; `None` on overflow.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Text in 万元 with thousands separators and `places` decimals, rounded half away from zero.
    pub fn wan(self, places: u32) -> String {
        let step = FEN_PER_WAN / 10_i64.pow(places.min(6));
        let magnitude = (self.0.unsigned_abs() + step.unsigned_abs() / 2) / step.unsigned_abs();
        let sign = if self.0 < 0 && magnitude > 0 { "-" } else { "" };
        let scale = 10_u64.pow(places.min(6));
        let whole = group_thousands(magnitude / scale);
        if places == 0 {
            return format!("{sign}{whole}");
        }
        let width = usize::try_from(places.min(6)).unwrap_or(6);
        format!("{sign}{whole}.{:0width$}", magnitude % scale)
    }

    /// Exact text in 元 with two decimals and no separators, such as `120000000.00`.
    pub fn yuan(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        format!("{sign}{}.{:02}", self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100)
    }
}

impl fmt::Display for Money {
    /// `120,000,000.00 元`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02} 元", group_thousands(magnitude / 100), magnitude % 100)
    }
}

impl From<Money> for Text {
    /// `120,000,000.00 元`, `120,000,000.00 yuan`.
    fn from(money: Money) -> Self {
        let zh = money.to_string();
        Self { en: zh.replace('元', "yuan"), zh }
    }
}

impl Sum for Money {
    /// Exact sum; amounts are bounded so that a sum of 10⁵ of them cannot overflow.
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        Self(amounts.map(|amount| amount.0).sum())
    }
}

/// `1234567` as `1,234,567`.
pub fn group_thousands(value: u64) -> String {
    let digits = value.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number and its unit: `450 元/亩` → (`450`, `元/亩`).
pub fn split_unit(text: &str) -> (&str, &str) {
    let trimmed = text.trim();
    let is_number_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '\u{FF0C}' | '-' | '−' | '+');
    let mut end = trimmed.find(|c: char| !is_number_part(c)).unwrap_or(trimmed.len());
    // An exponent belongs to the number: 1.2e3.
    let rest = trimmed.get(end..).unwrap_or_default();
    if let Some(after) = rest.strip_prefix(['e', 'E']) {
        let sign = usize::from(after.starts_with(['+', '-']));
        let digits = after.get(sign..).unwrap_or_default().bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 && end > 0 {
            end += 1 + sign + digits;
        }
    }
    let (number, unit) = trimmed.split_at(end);
    (number.trim(), unit.trim())
}

/// The number and the unit of a text; what is wrong with the number is said of the whole text.
///
/// # Errors
/// As [`Decimal::parse`].
pub fn number_and_unit(text: &str) -> Result<(Decimal, &str), Phrase> {
    let (number, unit) = split_unit(text);
    let refuse = |code: &'static str| Err(Phrase::new(code).with("value", text));
    if text.contains(is_invisible) {
        return refuse("units.invisible");
    }
    // No unit begins with digits: `1 000`, `1/2`, `1'000` are numbers written in a way that is not read.
    let broken = unit.trim_start_matches(['/', '\'', '’', ' ']).starts_with(|c: char| c.is_ascii_digit());
    match Decimal::parse(number) {
        Ok(_) if broken => refuse("units.not_a_number"),
        Ok(number) => Ok((number, unit)),
        Err(_) if text.contains(is_full_width) => refuse("units.full_width"),
        Err(phrase) => refuse(phrase.code()),
    }
}

/// A land surface, exact, in 亩.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Extent(Decimal);

/// Parts of a 亩 in which its units are whole numbers: 1 m² = 15 of them.
const MU_PARTS: i128 = 10_000;
/// Units of extent with their value in ten-thousandths of a 亩.
const EXTENT_UNITS: &[(&str, i128)] = &[
    ("亩", MU_PARTS),
    ("mu", MU_PARTS),
    ("万亩", 10_000 * MU_PARTS),
    ("公顷", 15 * MU_PARTS),
    ("hm2", 15 * MU_PARTS),
    ("hm²", 15 * MU_PARTS),
    ("ha", 15 * MU_PARTS),
    ("万公顷", 150_000 * MU_PARTS),
    ("平方公里", 1_500 * MU_PARTS),
    ("平方千米", 1_500 * MU_PARTS),
    ("km2", 1_500 * MU_PARTS),
    ("km²", 1_500 * MU_PARTS),
    ("平方米", 15),
    ("m2", 15),
    ("m²", 15),
];

impl Extent {
    /// `number` of `unit` (亩, 公顷, km², …) as extent.
    ///
    /// # Errors
    /// `units.unit_unknown`, `units.too_large` or `units.too_fine` (parts of 10⁻¹² 亩).
    pub fn of(number: Decimal, unit: &str) -> Result<Self, Phrase> {
        let parts = EXTENT_UNITS.iter().find(|(name, _)| *name == unit).map(|(_, parts)| *parts);
        let written = || format!("{number} {unit}");
        let Some(parts) = parts else {
            return Err(Phrase::new("units.unit_unknown")
                .with("value", written())
                .with("unit", unit)
                .with("units", Self::units()));
        };
        let too_large = || Phrase::new("units.too_large").with("value", written());
        let scaled = number.0.checked_mul(parts).ok_or_else(too_large)?;
        if scaled % MU_PARTS != 0 {
            return Err(Phrase::new("units.too_fine").with("value", written()));
        }
        let mu = scaled / MU_PARTS;
        if mu.abs() > DECIMAL_LIMIT { Err(too_large()) } else { Ok(Self(Decimal(mu))) }
    }

    /// Whether `unit` is a unit of extent.
    pub fn knows(unit: &str) -> bool {
        EXTENT_UNITS.iter().any(|(name, _)| *name == unit)
    }

    /// The unit names, for messages.
    pub fn units() -> &'static str {
        "亩, 公顷, km2 (平方公里), m2 (平方米), 万亩"
    }

    /// 亩 in one `unit`; `None` for an unknown unit.
    pub fn mu_per(unit: &str) -> Option<Exact> {
        let parts = EXTENT_UNITS.iter().find(|(name, _)| *name == unit).map(|(_, parts)| *parts)?;
        Some(ratio(parts, MU_PARTS))
    }

    /// The extent in 亩.
    pub fn mu(self) -> Decimal {
        self.0
    }
}

/// A number that is neither NaN nor infinite: the only kind that enters a linear program.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Finite(f64);

impl Finite {
    /// Zero.
    pub const ZERO: Self = Self(0.0);
    /// One.
    pub const ONE: Self = Self(1.0);

    /// The number, unless it is NaN or infinite.
    pub fn new(value: f64) -> Option<Self> {
        value.is_finite().then_some(Self(value))
    }

    /// The nearest binary number of a rational; `None` where it is too large for one.
    pub fn from_exact(value: &Exact) -> Option<Self> {
        // Two whole numbers below 2⁵³ divide to the nearest binary number; longer ones take the long way.
        let short = |whole: &BigInt| whole.to_i64().filter(|whole| whole.unsigned_abs() <= 1 << 53);
        match (short(value.numer()), short(value.denom())) {
            (Some(above), Some(below)) => Self::new(above as f64 / below as f64),
            _ => Self::new(
                RBig::from_parts_signed(value.numer().inner().clone(), value.denom().inner().clone()).to_f64().value(),
            ),
        }
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

/// The largest whole number of 分 at or below an exact amount; `None` beyond the range of money.
pub fn floor_fen(value: &Exact) -> Option<i64> {
    value.floor().to_integer().to_i64()
}

/// The smallest whole number of 分 at or above an exact amount; `None` beyond the range of money.
pub fn ceil_fen(value: &Exact) -> Option<i64> {
    value.ceil().to_integer().to_i64()
}

/// The nearest whole number of 分, halves away from zero; `None` beyond the range of money.
pub fn nearest_fen(value: &Exact) -> Option<i64> {
    value.round().to_integer().to_i64()
}

/// Divides `total` by `weights` so that the parts sum exactly (largest remainder; ties to the earlier weight).
///
/// Returns one part per weight; all zero where every weight is zero or one is negative.
pub fn largest_remainder(total: Money, weights: &[Exact]) -> Vec<Money> {
    // Over one common denominator all is whole numbers.
    let common = weights.iter().fold(BigInt::one(), |common, weight| common.lcm(weight.denom()));
    let weights: Vec<BigInt> = weights.iter().map(|weight| weight.numer() * (&common / weight.denom())).collect();
    let sum: BigInt = weights.iter().sum();
    if sum.is_zero() || weights.iter().any(Signed::is_negative) {
        return vec![Money::ZERO; weights.len()];
    }
    let quotas = weights.iter().map(|weight| (weight * total.0).div_mod_floor(&sum));
    let (mut parts, rests): (Vec<i64>, Vec<BigInt>) =
        quotas.map(|(whole, rest)| (whole.to_i64().unwrap_or(0), rest)).unzip();
    let missing = total.fen() - parts.iter().sum::<i64>();
    let mut order: Vec<(usize, BigInt)> = rests.into_iter().enumerate().collect();
    order.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    for (index, _) in order.into_iter().take(usize::try_from(missing).unwrap_or(0)) {
        if let Some(part) = parts.get_mut(index) {
            *part += 1;
        }
    }
    parts.into_iter().map(Money).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn money_converts_exactly() {
        assert_eq!(Money::parse("1.2 亿元").unwrap().fen(), 12_000_000_000);
        assert_eq!(Money::parse("120000000.00元").unwrap().fen(), 12_000_000_000);
        assert_eq!(Money::parse("12,000 万元").unwrap().fen(), 12_000_000_000);
        assert_eq!(Money::parse("-100万元").unwrap().fen(), -100_000_000);
        assert_eq!(Money::parse("0.001 元").unwrap_err().code(), "units.too_fine");
        assert_eq!(Money::parse("100").unwrap_err().code(), "units.unit_missing");
        assert_eq!(Money::parse("100 円").unwrap_err().code(), "units.unit_unknown");
        assert_eq!(Money::parse("1e308 元").unwrap_err().code(), "units.too_large");
        assert_eq!(Money::parse("NaN 元").unwrap_err().code(), "units.not_a_number");
    }

    proptest! {
        #[test]
        fn products_are_those_of_rationals(a in -10_i64.pow(17)..10_i64.pow(17), b in -10_i64.pow(13)..10_i64.pow(13), places in 0_u32..13, nearest in any::<bool>()) {
            let (a, b) = (Decimal(i128::from(a) * 1_000), Decimal(i128::from(b)));
            let scale = Exact::from_integer(BigInt::from(10_i64.pow(places)));
            let scaled = a.exact() * b.exact() * &scale;
            let whole = if nearest { scaled.round() } else { scaled.floor() };
            prop_assert_eq!(a.product(b, places, nearest).unwrap().exact(), whole / scale);
        }
    }

    #[test]
    fn extents_convert_exactly() {
        let mu = |number: &str, unit: &str| Extent::of(Decimal::parse(number).unwrap(), unit).unwrap().mu().to_string();
        assert_eq!(mu("12.345", "公顷"), "185.175");
        assert_eq!(mu("1", "km2"), "1500");
        assert_eq!(mu("53.8", "万亩"), "538000");
        assert_eq!(mu("666.666666", "m2"), "0.999999999");
        assert_eq!(Extent::of(Decimal::parse("0.000000000001").unwrap(), "m2").unwrap_err().code(), "units.too_fine");
        assert_eq!(Extent::mu_per("m²").unwrap(), ratio(15, 10_000));
    }

    #[test]
    fn decimals_parse_and_print() {
        for text in ["0", "1", "-1", "0.000000000001", "1234567.25", "999999999999999999"] {
            assert_eq!(Decimal::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Decimal::parse("1.20e3").unwrap().to_string(), "1200");
        assert_eq!(Decimal::parse("1,234.50").unwrap().to_string(), "1234.5");
        assert!(Decimal::parse("12,34").is_err());
        assert!(Decimal::parse("1.0000000000001").is_err());
        assert!(Decimal::parse("").is_err() && Decimal::parse(".").is_err() && Decimal::parse("inf").is_err());
        assert_eq!(Decimal::from_f64(0.1 + 0.2).unwrap().to_string(), "0.3");
        assert!(Decimal::from_f64(f64::NAN).is_err() && Decimal::from_f64(1e308).is_err());
    }

    #[test]
    fn tables_print_in_wan_yuan() {
        assert_eq!(Money::from_fen(123_456_789_012).wan(2), "123,456.79");
        assert_eq!(Money::from_fen(-5_000).wan(2), "-0.01");
        assert_eq!(Money::from_fen(-4_999).wan(2), "0.00");
        assert_eq!(Money::from_fen(12_000_000_055).to_string(), "120,000,000.55 元");
    }

    proptest! {
        #[test]
        fn any_text_parses_or_says_why(text in ".{0,24}") {
            let _ = Decimal::parse(&text);
            let _ = Money::parse(&text);
        }

        #[test]
        fn printed_decimals_read_back(mantissa in -1_000_000_000_000_000_000_i64..1_000_000_000_000_000_000) {
            let value = Decimal(i128::from(mantissa));
            prop_assert_eq!(Decimal::parse(&value.to_string()).unwrap(), value);
        }

        #[test]
        fn parts_sum_to_the_total(total in 0_i64..1_000_000_000_000, weights in prop::collection::vec(0_i64..1000, 1..40)) {
            prop_assume!(weights.iter().any(|weight| *weight > 0));
            let exact: Vec<Exact> = weights.iter().map(|weight| Money::from_fen(*weight).exact()).collect();
            let parts = largest_remainder(Money::from_fen(total), &exact);
            prop_assert_eq!(parts.iter().copied().sum::<Money>().fen(), total);
            let sum: i64 = weights.iter().sum();
            for (part, weight) in parts.iter().zip(&weights) {
                let quota = i128::from(total) * i128::from(*weight) / i128::from(sum);
                prop_assert!((i128::from(part.fen()) - quota).abs() <= 1);
            }
        }
    }
}
