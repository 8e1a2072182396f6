//! What one cell of a monitoring file says: a number, a value below the detection limit, or that nothing was measured.

use num_traits::Signed;

use crate::dataset::table::Raw;
use crate::finding::{Finding, Place};
use crate::phrases::Phrase;
use crate::units::{BigInt, Decimal, Exact, number_and_unit};

/// A cell with content.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reading {
    /// A number ≥ 0.
    Number(Exact),
    /// Below the detection limit, with the limit where the cell names it.
    Below(Option<Exact>),
    /// Nothing was measured, in the words of the file.
    Absent(String),
}

const ABSENT: &[&str] = &["-", "—", "--", "——", "/", "n/a", "na"];
/// Words of reports on a month without a sample: nobody measured, no water, ice. They may stand within a longer remark.
const NOTHING: &[&str] =
    &["缺测", "未监测", "未测", "停测", "无数据", "断流", "干涸", "干枯", "无水", "冰冻", "结冰", "冰封", "封冻"];
/// A longer remark than this is read by nobody but a person.
const REMARK_MAX: usize = 20;
const NOT_DETECTED: &[&str] = &["nd", "n.d.", "未检出", "未检", "低于检出限", "not detected", "<dl", "<mdl"];
/// Longest number read, in digits.
const DIGITS_MAX: usize = 40;

/// The text of a cell as written; `None` where it is blank.
pub(super) fn text(raw: &Raw, place: impl FnOnce() -> Place) -> Result<Option<String>, Finding> {
    let number = |value: f64, place: Place| {
        Decimal::from_f64(value).map(|value| value.to_string()).or_else(|phrase| match phrase.code() {
            // A mean that a spreadsheet took has more decimals than money or land needs.
            "units.too_fine" => Ok(format!("{value:.14e}")),
            _ => Err(Finding::from_phrase(phrase, place)),
        })
    };
    match raw {
        Raw::Blank => Ok(None),
        Raw::Text(text) if text.contains(crate::phrases::is_steering) => {
            Err(Finding::error("dataset.steering_characters", place()).with("value", text))
        }
        Raw::Text(text) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
        Raw::Number(value) => number(*value, place()).map(Some),
        Raw::Percent(value) => number(value * 100.0, place()).map(|text| Some(format!("{text}%"))),
        Raw::Refused(code, value) => Err(Finding::error(code, place()).with("value", value)),
    }
}

/// An exact number of any length within reason.
///
/// # Errors
/// It is no number, or an endless one.
pub(super) fn number(text: &str) -> Result<Exact, Phrase> {
    match Decimal::parse(text) {
        Ok(value) => Ok(value.exact()),
        Err(phrase) if phrase.code() == "units.too_fine" => long_number(text).ok_or(phrase),
        Err(phrase) => match number_and_unit(text) {
            Ok((_, unit)) if !unit.is_empty() => {
                Err(Phrase::new("dataset.unit_in_cell").with("value", text).with("unit", unit))
            }
            _ => Err(phrase),
        },
    }
}

fn long_number(text: &str) -> Option<Exact> {
    let (mantissa, exponent) = match text.trim().split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text.trim(), 0),
    };
    let (sign, digits) = mantissa.strip_prefix('-').map_or((1, mantissa), |digits| (-1, digits));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{part}");
    if all.len() > DIGITS_MAX || !(-40..=40).contains(&exponent) || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value = Exact::from_integer(all.parse::<BigInt>().ok()? * sign);
    let places = i32::try_from(part.len()).ok()? - exponent;
    let ten = Exact::from_integer(10.into());
    let scale = num_traits::pow::pow(ten, usize::try_from(places.abs()).ok()?);
    Some(if places >= 0 { value / scale } else { value * scale })
}

/// Reads a concentration, a volume or the like.
///
/// # Errors
/// It is no number, or a negative one.
pub(super) fn reading(text: &str) -> Result<Reading, Phrase> {
    let lower = text.to_lowercase();
    let is_remark = text.chars().count() <= REMARK_MAX && !text.chars().any(|c| c.is_ascii_digit());
    if ABSENT.contains(&lower.as_str()) || (is_remark && NOTHING.iter().any(|word| text.contains(word))) {
        return Ok(Reading::Absent(text.to_owned()));
    }
    if NOT_DETECTED.contains(&lower.as_str()) {
        return Ok(Reading::Below(None));
    }
    let below = text.strip_prefix(['<', '＜']).or_else(|| {
        let digits = text.strip_suffix(['L', 'l'])?;
        digits.ends_with(|c: char| c.is_ascii_digit() || c == '.').then_some(digits)
    });
    let is_word = text.chars().all(|c| c.is_alphabetic() && !c.is_ascii());
    let value = number(below.unwrap_or(text).trim()).map_err(|phrase| {
        // A word of Chinese is no slip of a number: the agreement can say what it means.
        if is_word { Phrase::new("settlement.unknown_word").with("word", text) } else { phrase }
    })?;
    if value.is_negative() {
        return Err(Phrase::new("settlement.negative").with("value", text));
    }
    Ok(if below.is_some() { Reading::Below(Some(value)) } else { Reading::Number(value) })
}

/// A year: `2012`, `2012年`.
pub(super) fn year(text: &str) -> Option<i32> {
    let digits = text.trim().trim_end_matches('年').trim_end_matches('度').trim_end_matches('年').trim();
    let digits = digits.strip_suffix(".0").unwrap_or(digits);
    let year: i32 =
        Some(digits).filter(|digits| digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()?;
    (1900..=2200).contains(&year).then_some(year)
}

/// A month: `1`, `01`, `1月`; `Ok(None)` for words that mean the whole year.
pub(super) fn month(text: &str) -> Option<Option<u8>> {
    let trimmed = text.trim();
    if matches!(trimmed.to_lowercase().as_str(), "全年" | "年均" | "年" | "year" | "annual") {
        return Some(None);
    }
    let digits = trimmed.trim_end_matches("月份").trim_end_matches('月').trim();
    let digits = digits.strip_suffix(".0").unwrap_or(digits);
    let is_plain = (1..=2).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let month: u8 = Some(digits).filter(|_| is_plain)?.parse().ok()?;
    (1..=12).contains(&month).then_some(Some(month))
}

/// Year and month: `2012-01`, `2012/1/15`, `2012年1月`, `201201`; a year alone is the whole year.
pub(super) fn period(text: &str) -> Option<(i32, Option<u8>)> {
    let folded: String =
        text.trim().chars().map(|c| if matches!(c, '年' | '月' | '/' | '.') { '-' } else { c }).collect();
    let folded = folded.replace('日', "");
    let date = folded.split([' ', 'T']).next().unwrap_or_default().trim_end_matches('-');
    let mut parts = date.split('-');
    let (first, second, third, rest) = (parts.next()?, parts.next(), parts.next(), parts.next());
    if rest.is_some() {
        return None;
    }
    let day_fits = third.is_none_or(|day| day.parse::<u8>().is_ok_and(|day| (1..=31).contains(&day)) && day.len() <= 2);
    match second {
        None if first.len() == 6 => {
            let (year_text, month_text) = first.split_at_checked(4)?;
            Some((year(year_text)?, month(month_text)?))
        }
        None => Some((year(first)?, None)),
        Some(second) if day_fits => Some((year(first)?, month(second)?)),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_say_what_they_say() {
        let exact = |text: &str| Decimal::parse(text).unwrap().exact();
        assert_eq!(reading("0.025"), Ok(Reading::Number(exact("0.025"))));
        for text in ["<0.025", "＜0.025", "0.025L", "< 0.025"] {
            assert_eq!(reading(text), Ok(Reading::Below(Some(exact("0.025")))), "{text}");
        }
        assert_eq!(reading("ND"), Ok(Reading::Below(None)));
        for text in ["断流", "冰冻", "结冰", "冰封", "无水", "干涸", "缺测", "河道断流", "断流(无水样)"]
        {
            assert_eq!(reading(text), Ok(Reading::Absent(text.to_owned())), "{text}");
        }
        assert_eq!(reading("停电").unwrap_err().code(), "settlement.unknown_word");
        assert!(reading("无水0.5").is_err());
        assert_eq!(reading("-0.1").unwrap_err().code(), "settlement.negative");
        for text in ["NaN", "abc", "1,2", "=1+1", "１．２", "0.2mg/L", "L", ""] {
            assert!(reading(text).is_err(), "{text}");
        }
        assert_eq!(
            reading("0.0333333333333333333"),
            Ok(Reading::Number(Exact::new(333_333_333_333_333_333_i64.into(), 10_i64.pow(18).into()) / exact("10")))
        );
    }

    #[test]
    fn periods_are_years_and_months() {
        for text in ["2012-01", "2012/1/15", "2012年1月", "201201", "2012.1", "2012年01月03日", "2012-01-31 08:00"]
        {
            assert_eq!(period(text), Some((2012, Some(1))), "{text}");
        }
        assert_eq!(period("2012"), Some((2012, None)));
        assert_eq!(period("2012年"), Some((2012, None)));
        for text in ["2012-13", "2012-0", "12-01", "201213", "2012-01-32", "2012-1-1-1", ""] {
            assert_eq!(period(text), None, "{text}");
        }
        assert_eq!((month("13"), month("1.5"), month("12月"), month("全年")), (None, None, Some(Some(12)), Some(None)));
    }
}
