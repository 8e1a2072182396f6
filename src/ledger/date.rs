//! Days of the calendar: read as offices write them, counted, and nothing that is no day.

use std::fmt;

use ecocomp_ground::document::typed::refuse;
use ecocomp_ground::phrases::Phrase;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A day, counted from 1970-01-01 in the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Date(i32);

/// First and last year that a ledger knows.
const YEARS: std::ops::RangeInclusive<i32> = 1949..=2999;

/// Whether a year has 366 days.
fn is_leap(year: i32) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn days_in(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

impl Date {
    /// A day by year, month and day of the month; `None` where there is none.
    pub fn of(year: i32, month: u32, day: u32) -> Option<Self> {
        if !YEARS.contains(&year) || !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
            return None;
        }
        let before = year - 1;
        let whole_years = before * 365 + before / 4 - before / 100 + before / 400;
        let months: u32 = (1..month).map(|month| days_in(year, month)).sum();
        let within = i32::try_from(months + day).ok()? - 1;
        Some(Self(whole_years + within - DAYS_BEFORE_1970))
    }

    /// The day so many days after 1970-01-01; `None` outside of the years that a ledger knows.
    pub fn from_days(days: i64) -> Option<Self> {
        let date = Self(i32::try_from(days).ok()?);
        let (first, last) = (Self::of(*YEARS.start(), 1, 1)?, Self::of(*YEARS.end(), 12, 31)?);
        (first..=last).contains(&date).then_some(date)
    }

    /// Last day of a year.
    pub fn end_of(year: i32) -> Option<Self> {
        Self::of(year, 12, 31)
    }

    /// Year, month, day of the month.
    pub fn parts(self) -> (i32, u32, u32) {
        // An estimate that is never too late: a year has 365 days at least and 366 at most.
        let mut year = 1970 + self.0.div_euclid(if self.0 < 0 { 365 } else { 366 });
        while Self::of(year + 1, 1, 1).is_some_and(|next| next <= self) {
            year += 1;
        }
        let first = Self::of(year, 1, 1).map_or(self.0, |first| first.0);
        let mut rest = u32::try_from(self.0 - first).unwrap_or(0);
        let mut month = 1;
        while month < 12 && rest >= days_in(year, month) {
            rest -= days_in(year, month);
            month += 1;
        }
        (year, month, rest + 1)
    }

    /// Its year.
    pub fn year(self) -> i32 {
        self.parts().0
    }

    /// So many days later; `None` beyond the years that a ledger knows.
    pub fn after(self, days: i32) -> Option<Self> {
        Self::from_days(i64::from(self.0) + i64::from(days))
    }

    /// Days from another day to this one.
    pub fn since(self, other: Self) -> i32 {
        self.0 - other.0
    }

    /// Whether it is a Saturday or Sunday.
    pub fn is_weekend(self) -> bool {
        // 1970-01-01 was a Thursday.
        matches!((self.0 + 3).rem_euclid(7), 5 | 6)
    }

    /// Reads `2025-01-10`, `2025/1/10`, `2025.1.10`, `2025年1月10日` or `20250110`.
    ///
    /// # Errors
    /// `fund.no_date`: another form, or a day that the calendar does not have.
    pub fn parse(text: &str) -> Result<Self, Phrase> {
        let wrong = || Phrase::new("fund.no_date").with("value", text);
        let trimmed = text.trim();
        let digits = |part: &str, most: usize| {
            let fits = (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
            fits.then(|| part.parse::<u32>().ok()).flatten()
        };
        let compact = trimmed.len() == 8 && trimmed.bytes().all(|byte| byte.is_ascii_digit());
        let parts: Vec<&str> = if compact {
            [0..4, 4..6, 6..8].into_iter().filter_map(|range| trimmed.get(range)).collect()
        } else {
            let body = trimmed.strip_suffix('日').unwrap_or(trimmed);
            let mark = ['-', '/', '.', '年'].into_iter().find(|mark| body.contains(*mark)).ok_or_else(wrong)?;
            let (year, rest) = body.split_once(mark).ok_or_else(wrong)?;
            let second = if mark == '年' { '月' } else { mark };
            let (month, day) = rest.split_once(second).ok_or_else(wrong)?;
            vec![year.trim(), month.trim(), day.trim()]
        };
        let [year, month, day] = parts.as_slice() else { return Err(wrong()) };
        let year = digits(year, 4).and_then(|year| i32::try_from(year).ok()).ok_or_else(wrong)?;
        let (month, day) = (digits(month, 2).ok_or_else(wrong)?, digits(day, 2).ok_or_else(wrong)?);
        Self::of(year, month, day).ok_or_else(wrong)
    }
}

/// Days from 0001-01-01 to 1970-01-01.
const DAYS_BEFORE_1970: i32 = 719_162;

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.parts();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(|phrase| refuse(&phrase))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn days_are_read_as_offices_write_them() {
        let day = Date::of(2025, 1, 10).unwrap();
        for text in ["2025-01-10", "2025-1-10", "2025/1/10", "2025.01.10", "2025年1月10日", "20250110", " 2025-01-10 "]
        {
            assert_eq!(Date::parse(text).unwrap(), day, "{text}");
        }
        for text in [
            "",
            "2025",
            "2025-02-29",
            "2025-13-01",
            "2025-00-10",
            "1月10日",
            "45667",
            "2025-1-10-1",
            "2025-01-1O",
            "25-1-10",
        ] {
            assert_eq!(Date::parse(text).unwrap_err().code(), "fund.no_date", "{text}");
        }
        assert!(
            Date::parse("2024-02-29").is_ok()
                && Date::parse("2100-02-29").is_err()
                && Date::parse("2000-02-29").is_ok()
        );
    }

    #[test]
    fn known_days_of_the_week() {
        // 2025-01-10 is a Friday.
        let friday = Date::of(2025, 1, 10).unwrap();
        let weekend: Vec<bool> = (0..7).map(|days| friday.after(days).unwrap().is_weekend()).collect();
        assert_eq!(weekend, [false, true, true, false, false, false, false]);
    }

    #[test]
    fn the_last_day_of_a_leap_year_before_1970_is_of_that_year() {
        assert_eq!(Date::of(1960, 12, 31).unwrap().parts(), (1960, 12, 31));
        assert_eq!(Date::from_days(-3_288).unwrap().to_string(), "1960-12-31");
    }

    proptest! {
        #[test]
        fn days_follow_each_other(days in -7_670_i64..375_900) {
            let date = Date::from_days(days).unwrap();
            let (year, month, day) = date.parts();
            prop_assert_eq!(Date::of(year, month, day), Some(date));
            prop_assert_eq!(Date::parse(&date.to_string()).unwrap(), date);
            let (next_year, next_month, next_day) = date.after(1).unwrap().parts();
            let follows = (next_year, next_month, next_day) == (year, month, day + 1)
                || (next_day == 1 && (next_year, next_month) == (year, month + 1))
                || (next_day == 1 && next_month == 1 && next_year == year + 1 && month == 12 && day == 31);
            prop_assert!(follows);
        }
    }
}
