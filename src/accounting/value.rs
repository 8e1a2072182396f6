//! Numbers of an account: exact. A decimal of any exponent is kept in machine words, what does not fit as a rational; only
//! exp, ln, log10, sin and broken powers pass through binary numbers and come back with 15 significant digits.

use std::cmp::Ordering;

use num_traits::{Signed, ToPrimitive, Zero};

use crate::document::number::Number;
use crate::figures;
use crate::phrases::Phrase;
use crate::units::{BigInt, Exact, Finite, from_binary};

/// Powers of ten that a machine word of 128 bits holds.
const POWERS: u32 = 38;
/// Largest exponent of a power that is taken exactly.
const EXACT_POWER: i32 = 64;
/// Largest power of ten of a power: beyond it a number has grown without end, and no account needs it.
const POWER_MAX: u32 = 4_096;
/// Most bits of an exact number: beyond it a number has grown without end, and no account needs it.
const BITS_MAX: usize = 1 << 14;

/// An exact number.
#[derive(Debug, Clone)]
pub enum Value {
    /// `m · 10^e`.
    Decimal(i128, i32),
    /// Any other rational.
    Ratio(Box<Exact>),
}

/// Why an operation has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A division by zero.
    Zero,
    /// A logarithm or root of a number that has none.
    Domain,
    /// A result too large to be a figure.
    Large,
}

fn ten(power: u32) -> Option<i128> {
    (power <= POWERS).then(|| 10_i128.pow(power))
}

impl Value {
    /// Nothing.
    pub const ZERO: Self = Self::Decimal(0, 0);
    /// One.
    pub const ONE: Self = Self::Decimal(1, 0);

    /// A whole number.
    pub fn whole(value: i64) -> Self {
        Self::Decimal(i128::from(value), 0)
    }

    /// A rational; decimals that fit are kept in words.
    pub fn of(exact: Exact) -> Self {
        Self::decimal(&exact).unwrap_or_else(|| Self::Ratio(Box::new(exact)))
    }

    fn decimal(exact: &Exact) -> Option<Self> {
        let mut below = exact.denom().to_i128()?;
        let mut above = exact.numer().to_i128()?;
        let mut power = 0_i32;
        while below % 10 == 0 {
            below /= 10;
            power -= 1;
        }
        while below != 1 {
            let factor = if below % 2 == 0 {
                (2, 5)
            } else if below % 5 == 0 {
                (5, 2)
            } else {
                return None;
            };
            below /= factor.0;
            above = above.checked_mul(factor.1)?;
            power -= 1;
        }
        Some(Self::Decimal(above, power))
    }

    /// Reads decimal or scientific text, a fraction or a percentage.
    ///
    /// # Errors
    /// As [`Number::parse`].
    pub fn parse(text: &str) -> Result<Self, Phrase> {
        Number::parse(text).map(|number| Self::of(number.0))
    }

    /// The decimal of a binary number with 15 significant digits; `None` for NaN and infinities.
    pub fn from_f64(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        let text = format!("{value:.14e}");
        let (digits, power) = text.split_once('e')?;
        let mantissa: i128 = digits.replace('.', "").parse().ok()?;
        let mut power = power.parse::<i32>().ok()? - 14;
        let mut mantissa = mantissa;
        while mantissa != 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            power += 1;
        }
        Some(if mantissa == 0 { Self::ZERO } else { Self::Decimal(mantissa, power) })
    }

    /// The number as a rational.
    pub fn exact(&self) -> Exact {
        match self {
            Self::Decimal(mantissa, power) => {
                let size = Exact::from_integer(BigInt::from(10).pow(power.unsigned_abs() as usize));
                let mantissa = Exact::from_integer(BigInt::from(*mantissa));
                if *power < 0 { mantissa / size } else { mantissa * size }
            }
            Self::Ratio(exact) => (**exact).clone(),
        }
    }

    /// The nearest binary number, for what has no exact result and for charts.
    pub fn to_f64(&self) -> f64 {
        match self {
            // The two parts of a short decimal are exact, and so their quotient is the nearest number.
            Self::Decimal(mantissa, power) if mantissa.unsigned_abs() < 1 << 53 && power.unsigned_abs() <= 22 => {
                let size = 10_f64.powi(power.abs());
                if *power < 0 { *mantissa as f64 / size } else { *mantissa as f64 * size }
            }
            _ => Finite::from_exact(&self.exact()).map_or(f64::NAN, Finite::get),
        }
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        match self {
            Self::Decimal(mantissa, _) => *mantissa == 0,
            Self::Ratio(exact) => exact.is_zero(),
        }
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        match self {
            Self::Decimal(mantissa, _) => *mantissa < 0,
            Self::Ratio(exact) => exact.is_negative(),
        }
    }

    fn kept(exact: Exact) -> Result<Self, Fault> {
        let value = Self::of(exact);
        if let Self::Ratio(exact) = &value
            && exact.numer().to_string().len().max(exact.denom().to_string().len()) > BITS_MAX / 3
        {
            return Err(Fault::Large);
        }
        Ok(value)
    }

    /// Sum.
    pub fn add(&self, other: &Self) -> Self {
        if let (Self::Decimal(a, e), Self::Decimal(b, f)) = (self, other) {
            let aligned = |high: i128, gap: u32, low: i128| ten(gap)?.checked_mul(high)?.checked_add(low);
            let (sum, power) = match e.cmp(f) {
                Ordering::Equal => (a.checked_add(*b), *e),
                Ordering::Greater => (aligned(*a, e.abs_diff(*f), *b), *f),
                Ordering::Less => (aligned(*b, e.abs_diff(*f), *a), *e),
            };
            if let Some(sum) = sum {
                return Self::Decimal(sum, power);
            }
        }
        Self::of(self.exact() + other.exact())
    }

    /// The number with the other sign.
    pub fn negated(&self) -> Self {
        match self {
            Self::Decimal(mantissa, power) if *mantissa != i128::MIN => Self::Decimal(-mantissa, *power),
            Self::Decimal(..) => Self::Ratio(Box::new(-self.exact())),
            Self::Ratio(exact) => Self::Ratio(Box::new(-(**exact).clone())),
        }
    }

    /// Difference.
    pub fn sub(&self, other: &Self) -> Self {
        self.add(&other.negated())
    }

    /// Product.
    pub fn mul(&self, other: &Self) -> Self {
        if let (Self::Decimal(a, e), Self::Decimal(b, f)) = (self, other)
            && let (Some(product), Some(power)) = (a.checked_mul(*b), e.checked_add(*f))
        {
            return Self::Decimal(product, if product == 0 { 0 } else { power });
        }
        Self::of(self.exact() * other.exact())
    }

    /// Quotient.
    ///
    /// # Errors
    /// [`Fault::Zero`].
    pub fn div(&self, other: &Self) -> Result<Self, Fault> {
        if other.is_zero() {
            return Err(Fault::Zero);
        }
        if let (Self::Decimal(a, e), Self::Decimal(b, f)) = (self, other)
            && *a != i128::MIN
            && a % b == 0
            && let Some(power) = e.checked_sub(*f)
        {
            return Ok(Self::Decimal(a / b, power));
        }
        Self::kept(self.exact() / other.exact())
    }

    /// Power: whole exponents exactly, others through binary numbers.
    ///
    /// # Errors
    /// 0 to a negative power, a root of a negative number, a result that is too large.
    pub fn pow(&self, exponent: &Self) -> Result<Self, Fault> {
        let exact = exponent.exact();
        if exact.is_integer()
            && let Some(whole) = exact.to_integer().to_i64()
            && whole.unsigned_abs() <= u64::from(EXACT_POWER.unsigned_abs())
        {
            let mut result = Self::ONE;
            for _ in 0..whole.unsigned_abs() {
                result = match result.mul(self) {
                    Self::Ratio(exact) => Self::kept(*exact)?,
                    Self::Decimal(_, power) if power.unsigned_abs() > POWER_MAX => return Err(Fault::Large),
                    decimal => decimal,
                };
            }
            return if whole < 0 { Self::ONE.div(&result) } else { Ok(result) };
        }
        if self.is_negative() {
            return Err(Fault::Domain);
        }
        if self.is_zero() {
            return if exponent.is_negative() { Err(Fault::Zero) } else { Ok(Self::ZERO) };
        }
        Self::from_f64(self.to_f64().powf(exponent.to_f64())).ok_or(Fault::Large)
    }

    /// A function of binary numbers, to 15 significant digits.
    ///
    /// # Errors
    /// It has no finite result.
    pub fn through(&self, function: fn(f64) -> f64) -> Result<Self, Fault> {
        let argument = self.to_f64();
        let result = function(argument);
        Self::from_f64(result).ok_or(if result.is_nan() { Fault::Domain } else { Fault::Large })
    }

    /// The same number in whole units, to the nearest (halves away from zero); `None` beyond 64 bits.
    pub fn rounded(&self, places: u32) -> Option<i64> {
        if let Self::Decimal(mantissa, power) = self {
            let power = power.checked_add(i32::try_from(places).ok()?)?;
            if power >= 0 {
                return i64::try_from(mantissa.checked_mul(ten(power.unsigned_abs())?)?).ok();
            }
            return match ten(power.unsigned_abs()) {
                Some(step) => {
                    let (whole, rest) =
                        (mantissa.unsigned_abs() / step.unsigned_abs(), mantissa.unsigned_abs() % step.unsigned_abs());
                    let up = u128::from(rest >= step.unsigned_abs() - rest);
                    let size = i64::try_from(whole + up).ok()?;
                    Some(if *mantissa < 0 { -size } else { size })
                }
                None => Some(0),
            };
        }
        let scale = Exact::from_integer(BigInt::from(10).pow(places as usize));
        (self.exact() * scale).round().to_integer().to_i64()
    }

    /// One text for one number, quickly: for hashes.
    pub fn canonical(&self) -> String {
        match self {
            Self::Decimal(0, _) => "0".to_owned(),
            Self::Decimal(mantissa, power) => {
                let (mut mantissa, mut power) = (*mantissa, *power);
                while mantissa % 10 == 0 {
                    mantissa /= 10;
                    power += 1;
                }
                format!("{mantissa}e{power}")
            }
            Self::Ratio(exact) => exact.to_string(),
        }
    }

    /// As a figure: at most so many significant digits, separators, no idle zeros.
    pub fn shown(&self, digits: u32) -> String {
        let value = self.to_f64();
        if value != 0.0 && !(1e-6..1e15).contains(&value.abs()) {
            return format!("{value:.4e}");
        }
        figures::separated(&figures::significant(value, digits))
    }

    /// Its decimal digits, or a fraction in lowest terms.
    pub fn written(&self) -> String {
        let exact = self.exact();
        let scale = Exact::from_integer(BigInt::from(10).pow(24));
        let scaled = &exact * &scale;
        if !scaled.is_integer() {
            return exact.to_string();
        }
        let whole = scaled.to_integer();
        let (sign, size) = if whole.is_negative() { ("-", -whole) } else { ("", whole) };
        let digits = format!("{:0>25}", size.to_string());
        let (above, below) = digits.split_at(digits.len() - 24);
        let below = below.trim_end_matches('0');
        if below.is_empty() { format!("{sign}{above}") } else { format!("{sign}{above}.{below}") }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value {}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Decimal(a, e), Self::Decimal(b, f)) if e == f => a.cmp(b),
            _ => self.exact().cmp(&other.exact()),
        }
    }
}

/// The exact value of a binary number that a workbook shows.
pub fn of_cell(value: f64) -> Option<Value> {
    from_binary(value)?;
    Value::from_f64(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::ratio;
    use proptest::prelude::*;

    fn value(text: &str) -> Value {
        Value::parse(text).unwrap()
    }

    #[test]
    fn figures_are_exact() {
        assert_eq!(value("0.1").add(&value("0.2")), value("0.3"));
        assert_eq!(value("44/12").mul(&value("3")), value("11"));
        assert_eq!(value("1").div(&value("3")).unwrap().mul(&value("3")), Value::ONE);
        assert_eq!(Value::ONE.div(&Value::ZERO), Err(Fault::Zero));
        assert_eq!(value("2").pow(&value("-3")).unwrap().written(), "0.125");
        assert_eq!(value("-8").pow(&value("0.5")), Err(Fault::Domain));
        assert_eq!(value("0").through(f64::ln), Err(Fault::Large));
        assert_eq!(value("-1").through(f64::ln), Err(Fault::Domain));
        let large = value("1e60").pow(&value("64")).unwrap();
        assert_eq!(large.pow(&value("64")), Err(Fault::Large));
        assert_eq!(
            value("1/3")
                .pow(&value("64"))
                .and_then(|power| power.pow(&value("64")))
                .and_then(|power| power.pow(&value("64"))),
            Err(Fault::Large)
        );
        assert!(Value::Decimal(i128::MIN, 0).negated() > Value::ZERO);
        assert_eq!(value("1e30").mul(&value("1e30")).written().len(), 61);
        assert_eq!(value("1/3").written(), "1/3");
        assert_eq!(
            (value("2.5").rounded(0), value("-2.5").rounded(0), value("1/3").rounded(2)),
            (Some(3), Some(-3), Some(33))
        );
        assert_eq!(value("1e30").mul(&value("1e30")).rounded(2), None);
    }

    proptest! {
        #[test]
        fn words_and_rationals_agree(a in any::<i64>(), b in any::<i64>(), e in -8_i32..9, f in -8_i32..9, places in 0_u32..6) {
            let (x, y) = (Value::Decimal(a.into(), e), Value::Decimal(b.into(), f));
            prop_assert_eq!(x.add(&y).exact(), x.exact() + y.exact());
            prop_assert_eq!(x.mul(&y).exact(), x.exact() * y.exact());
            prop_assert_eq!(x.cmp(&y), x.exact().cmp(&y.exact()));
            if b != 0 {
                prop_assert_eq!(x.div(&y).unwrap().exact(), x.exact() / y.exact());
            }
            let scaled = x.exact() * Exact::from_integer(BigInt::from(10).pow(places as usize));
            prop_assert_eq!(x.rounded(places).map(BigInt::from), Some(scaled.round().to_integer()).filter(|w| w.to_i64().is_some()));
            prop_assert_eq!(Value::of(ratio(a.into(), 1024)).exact(), ratio(a.into(), 1024));
        }
    }
}
