//! Figures as people read them: separators, significant digits, per cent, money in 元 and 万元. No minus stands before a zero.

use num_integer::Integer;
use num_traits::{Signed, Zero};

use crate::units::{BigInt, Decimal, Exact, FEN_PER_WAN, Money, group_thousands};

/// A number with so many decimals.
pub fn fixed(value: f64, places: usize) -> String {
    unsigned_zero(format!("{value:.places$}"))
}

/// A number with so many decimals and its sign; zero is `+0`.
pub fn signed(value: f64, places: usize) -> String {
    let text = fixed(value, places);
    if text.starts_with('-') { text } else { format!("+{text}") }
}

/// A share in per cent: `0.355` → `35.5%`.
pub fn percent(share: f64, places: usize) -> String {
    format!("{}%", fixed(share * 100.0, places))
}

/// A change in per cent, with its sign.
pub fn signed_percent(share: f64, places: usize) -> String {
    format!("{}%", signed(share * 100.0, places))
}

/// A share in per cent to six decimals, without idle zeros and without the sign `%`.
pub fn hundredths(share: f64) -> String {
    // Adding zero takes the sign from a negative one.
    format!("{}", (share * 1e8).round() / 1e6 + 0.0)
}

/// A written share in per cent, exactly.
pub fn exact_percent(share: &Decimal) -> String {
    let hundredfold = share.exact() * Exact::from_integer(100.into());
    Decimal::from_exact(&hundredfold, 12, false).map_or_else(|| share.to_string(), |decimal| format!("{decimal}%"))
}

/// A plain decimal with so many significant digits, without exponent and idle zeros.
pub fn significant(value: f64, digits: u32) -> String {
    if value == 0.0 || !value.is_finite() {
        return "0".to_owned();
    }
    let places = (f64::from(digits) - 1.0 - value.abs().log10().floor()).clamp(0.0, 18.0) as usize;
    unsigned_zero(without_idle_zeros(&format!("{value:.places$}")).to_owned())
}

/// Six significant digits; scientific where it would be too long.
pub fn six_digits(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs().log10().floor();
    if !(-4.0..12.0).contains(&magnitude) {
        return format!("{value:.5e}");
    }
    let places = (5.0 - magnitude).clamp(0.0, 9.0) as usize;
    without_idle_zeros(&format!("{value:.places$}")).to_owned()
}

/// Six decimals at most, with separators; scientific where it would show nothing or too much.
pub fn six_decimals(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e12).contains(&size) {
        let text = format!("{value:.6e}");
        let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
        return format!("{}e{power}", without_idle_zeros(digits));
    }
    separated(&unsigned_zero(without_idle_zeros(&format!("{value:.6}")).to_owned()))
}

/// `-1234567.5` → `-1,234,567.5`; what is no such number stays.
pub fn separated(number: &str) -> String {
    let (sign, size) = number.strip_prefix('-').map_or(("", number), |size| ("-", size));
    let (whole, part) = size.split_once('.').map_or((size, ""), |(whole, part)| (whole, part));
    let Ok(value) = whole.parse::<u64>() else { return number.to_owned() };
    let whole = group_thousands(value);
    if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

/// A number of an axis, with separators and the long minus.
pub fn axis(value: f64, places: usize) -> String {
    separated(&fixed(value, places)).replace('-', "−")
}

/// 分 in 元: `1,234,567.89`.
pub fn yuan(fen: i64) -> String {
    separated(&Money::from_fen(fen).yuan())
}

/// 分 in 万元 with two decimals: `123.46`.
pub fn wan(fen: i64) -> String {
    Money::from_fen(fen).wan(2)
}

/// Binary 元 in 万元, to the nearest 分 first.
pub fn wan_of_yuan(yuan: f64) -> String {
    // A float turns into the nearest whole number, saturating: no amount of a plan comes near the ends.
    wan((yuan * 100.0).round() as i64)
}

/// Exact 分 in 元, to four decimals where it does not end before.
pub fn exact_yuan(fen: &Exact) -> String {
    let scaled = (fen * BigInt::from(100)).round().to_integer();
    let sign = if scaled.is_negative() { "-" } else { "" };
    let (above, below) = scaled.abs().div_rem(&BigInt::from(10_000));
    without_idle_zeros(&format!("{sign}{above}.{below:0>4}")).to_owned()
}

/// Exact 分 in 万元: to the nearest 分.
pub fn exact_wan(fen: &Exact) -> String {
    let whole = fen.round().to_integer();
    let sign = if whole.is_negative() { "-" } else { "" };
    let (above, below) = whole.abs().div_rem(&BigInt::from(FEN_PER_WAN));
    without_idle_zeros(&format!("{sign}{above}.{below:0>6}")).to_owned()
}

/// The decimal digits of a number whose decimals end within twelve places; `None` for any other.
pub fn plain(value: &Exact) -> Option<String> {
    Decimal::from_exact(value, 12, false).filter(|decimal| decimal.exact() == *value).map(|decimal| decimal.to_string())
}

/// A number as a sentence shows it: its digits, or `≈` and six decimals.
pub fn shown(value: &Exact) -> String {
    let short = plain(value).filter(|text| text.split_once('.').is_none_or(|(_, part)| part.len() <= 6));
    short.unwrap_or_else(|| {
        let scale = Exact::from_integer(1_000_000.into());
        let rounded = (value * &scale).round() / scale;
        let text = plain(&rounded).unwrap_or_else(|| rounded.to_string());
        format!("≈{text}")
    })
}

/// `3/7`, `12`, `0.25`: a terminating decimal of at most 12 places as such, else the fraction in lowest terms.
pub fn written(value: &Exact) -> String {
    let scaled = value * Exact::from_integer(BigInt::from(10).pow(12));
    if !scaled.is_integer() {
        return value.to_string();
    }
    let sign = if scaled < Exact::zero() { "-" } else { "" };
    let (above, below) = scaled.to_integer().abs().div_rem(&BigInt::from(1_000_000_000_000_i64));
    without_idle_zeros(&format!("{sign}{above}.{below:0>12}")).to_owned()
}

/// Decimals without the zeros at their end.
fn without_idle_zeros(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}

/// The same text, without the minus of a zero.
fn unsigned_zero(text: String) -> String {
    match text.strip_prefix('-') {
        Some(size) if size.bytes().all(|byte| matches!(byte, b'0' | b'.')) => size.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::ratio;

    #[test]
    fn no_minus_stands_before_a_zero() {
        assert_eq!(fixed(-1e-9, 4), "0.0000");
        assert_eq!(percent(-4e-7, 4), "0.0000%");
        assert_eq!(signed_percent(-4e-7, 1), "+0.0%");
        assert_eq!(signed(-0.3, 1), "-0.3");
        assert_eq!(hundredths(-1e-12), "0");
        assert_eq!(axis(-0.001, 2), "0.00");
        assert_eq!(six_decimals(-0.0), "0");
        assert_eq!(percent(-0.5, 1), "-50.0%");
    }

    #[test]
    fn long_figures_get_separators_and_digits_that_say_something() {
        assert_eq!(separated("-1234567.5"), "-1,234,567.5");
        assert_eq!(separated("1e12"), "1e12");
        assert_eq!(significant(0.002_185_4, 4), "0.002185");
        assert_eq!(significant(1_234_567.0, 4), "1234567");
        assert_eq!(significant(f64::NAN, 4), "0");
        assert_eq!(six_digits(1.5e13), "1.50000e13");
        assert_eq!(six_digits(0.25), "0.25");
        assert_eq!(six_decimals(2.5e13), "2.5e13");
        assert_eq!(axis(-12_345.6, 0), "−12,346");
        assert_eq!((yuan(-123_456_789).as_str(), wan(1_234_500).as_str()), ("-1,234,567.89", "1.23"));
    }

    #[test]
    fn figures_show_what_they_have() {
        let shown = [1e12, -2.5e13, 1.2345678e-7, 123_456.5, -0.000_000_1, 0.0].map(six_decimals);
        assert_eq!(shown, ["1e12", "-2.5e13", "1.234568e-7", "123,456.5", "-1e-7", "0"]);
    }

    #[test]
    fn exact_numbers_keep_their_value() {
        assert_eq!(written(&ratio(-2, 3)), "-2/3");
        assert_eq!(written(&ratio(-1, 8)), "-0.125");
        assert_eq!(written(&ratio(1200, 1)), "1200");
        assert_eq!(shown(&ratio(1, 3)), "≈0.333333");
        assert_eq!(exact_yuan(&ratio(10_001, 100)), "1.0001");
        assert_eq!(exact_yuan(&ratio(100_000, 1)), "1000");
        assert_eq!(exact_wan(&ratio(1_500_000, 1)), "1.5");
        assert_eq!(exact_percent(&Decimal::parse("0.355").unwrap_or_default()), "35.5%");
    }
}
