//! Points in time as the store keeps them.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A point in time: microseconds since 1970-01-01T00:00:00Z. The edge that asks the store reads the clock, the store never does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(
    /// Microseconds since the epoch, UTC.
    pub i64,
);

impl Moment {
    /// The system clock, for the edges.
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    /// Later by a duration, at most the last moment there is.
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// Earlier by a duration, at least the first moment there is.
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }
}

impl Moment {
    /// Reads what [`fmt::Display`] writes, without fractions too, or a date alone, which is its beginning; all in UTC.
    pub fn read(text: &str) -> Option<Self> {
        let (date, time) = text.trim().split_once(['T', 't']).unwrap_or((text.trim(), "00:00:00Z"));
        let number =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i64>().ok()).flatten();
        let mut parts = date.split('-');
        let (year, month, day) = (number(parts.next()?)?, number(parts.next()?)?, number(parts.next()?)?);
        let time = time.strip_suffix(['Z', 'z'])?;
        let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
        let mut clock = clock.split(':');
        let (hour, minute, second) = (number(clock.next()?)?, number(clock.next()?)?, number(clock.next()?)?);
        let micros = number(&format!("{fraction:0<6}")).filter(|_| fraction.len() <= 6)?;
        let days = (0..=9999).contains(&year).then(|| days(year, month, day))?;
        let is_sound = parts.next().is_none() && clock.next().is_none() && civil(days) == (year, month, day);
        let is_sound = is_sound && hour < 24 && minute < 60 && second < 60;
        is_sound.then(|| Self(((days * 24 + hour) * 60 + minute) * 60_000_000 + second * 1_000_000 + micros))
    }
}

/// Days since 1970-01-01 of a date; the inverse of [`civil`].
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9).rem_euclid(12);
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// RFC 3339 in UTC, to the microsecond: `2026-03-01T08:00:00.000000Z`.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, micros) = (self.0.div_euclid(1_000_000), self.0.rem_euclid(1_000_000));
        let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = civil(days);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
    }
}

/// Year, month and day of a count of days since 1970-01-01 in the proleptic Gregorian calendar.
///
/// Years are counted from 1 March, so that the leap day is the last of a year; 400 years have 146 097 days.
fn civil(days: i64) -> (i64, i64, i64) {
    let from_march_0000 = days + 719_468;
    let era = from_march_0000.div_euclid(146_097);
    let day_of_era = from_march_0000.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_dates() {
        assert_eq!(Moment(0).to_string(), "1970-01-01T00:00:00.000000Z");
        assert_eq!(Moment(951_827_696_000_001).to_string(), "2000-02-29T12:34:56.000001Z");
        assert_eq!(Moment(4_107_542_399_999_999).to_string(), "2100-02-28T23:59:59.999999Z");
        for moment in [0, 951_827_696_000_001, 4_107_542_399_999_999, 1_772_000_000_123_456] {
            assert_eq!(Moment::read(&Moment(moment).to_string()), Some(Moment(moment)));
        }
        assert_eq!(Moment::read("2000-02-29"), Some(Moment(951_782_400_000_000)));
        assert_eq!(Moment::read("2000-02-29T12:34:56Z"), Some(Moment(951_827_696_000_000)));
        for wrong in [
            "",
            "2001-02-29",
            "2000-13-01",
            "2000-2",
            "2000-02-29T24:00:00Z",
            "2000-02-29T12:00:00",
            "x",
            "2000-02-29T12:00:00.1234567Z",
            "+2000-01-01",
            "99999-01-01",
        ] {
            assert_eq!(Moment::read(wrong), None, "{wrong}");
        }
        assert_eq!(Moment(-1).to_string(), "1969-12-31T23:59:59.999999Z");
    }
}
