//! Rules as data: the law's clocks, holidays, ages, ratios and who takes back what. No figure of them stands in the program.

use ecocomp_ground::document::typed::{self, Document, refuse};
use ecocomp_ground::finding::{Finding, Findings, Place};
use ecocomp_ground::phrases::{Phrase, Text};
use ecocomp_ground::units::Decimal;
use serde::{Deserialize, Deserializer};

use crate::book::FundKind;
use crate::date::Date;
use crate::event::Kind;

/// Rules of one or several files.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// Days by which something must have happened.
    pub clock: Vec<Clock>,
    /// Days within which money must go on.
    pub flow: Vec<Flow>,
    /// How old money may become.
    pub age: Vec<Age>,
    /// Shares that are not to be passed.
    pub ratio: Vec<Ratio>,
    /// Days that are not as the week says.
    pub holiday: Vec<Holiday>,
    /// Who takes back what.
    pub recovery: Vec<Recovery>,
}

impl Document for Rules {
    const PAGE: &'static str = "docs/ledger.md";
}

/// A share or limit as it is written: `"90"` per cent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(pub Decimal);

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let body = text.trim().strip_suffix('%').unwrap_or(text.trim());
        let number = Decimal::parse(body).map_err(|phrase| refuse(&phrase))?;
        if number.is_negative() {
            return Err(refuse(&Phrase::new("fund.no_percent").with("value", &text)));
        }
        Ok(Self(number))
    }
}

/// By a day, a share of what is planned must have come so far.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// Short name.
    pub id: String,
    /// What must be done.
    pub name: Text,
    /// How far the money must have come.
    pub kind: Kind,
    /// Trigger that the days are counted from; its own day is not counted.
    #[serde(default)]
    pub after: Option<String>,
    /// Days after the trigger.
    #[serde(default)]
    pub days: Option<i32>,
    /// Whether working days are meant.
    #[serde(default)]
    pub working: bool,
    /// A day of the calendar instead: `04-30`.
    #[serde(default)]
    pub by: Option<String>,
    /// Years from the budget year to that day: −1 for the year before.
    #[serde(default)]
    pub years: i32,
    /// Per cent that must have come so far; default all.
    #[serde(default)]
    pub share: Option<Percent>,
    /// Kind of funds that it is for; default all.
    #[serde(default)]
    pub funds: Option<FundKind>,
    /// The one fund that it is for; default all.
    #[serde(default)]
    pub fund: Option<String>,
    /// Legal basis.
    pub basis: Text,
}

/// What has come so far must go on within days.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// Short name.
    pub id: String,
    /// What is wrong where it does not.
    pub name: Text,
    /// From where.
    pub from: Kind,
    /// To where.
    pub to: Kind,
    /// Days; the first is not counted.
    pub days: i32,
    /// Whether working days are meant.
    #[serde(default)]
    pub working: bool,
    /// The one fund that it is for; default all.
    #[serde(default)]
    pub fund: Option<String>,
    /// Legal basis.
    pub basis: Text,
}

/// How many years after the budget year money may still be carried over.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Age {
    /// Short name.
    pub id: String,
    /// What becomes of it.
    pub name: Text,
    /// Unspent at the end of the budget year and so many more years, it is surplus.
    pub years: i32,
    /// The one fund that it is for; default all.
    #[serde(default)]
    pub fund: Option<String>,
    /// Legal basis.
    pub basis: Text,
}

/// A kind of events is at most a share of another, in a year.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ratio {
    /// Short name.
    pub id: String,
    /// What it is.
    pub name: Text,
    /// What is measured.
    pub of: Kind,
    /// Against what.
    pub to: Kind,
    /// Per cent that are not to be passed.
    pub most: Percent,
    /// The one fund that it is for; default each fund by itself.
    #[serde(default)]
    pub fund: Option<String>,
    /// Legal basis.
    pub basis: Text,
}

/// A day that is not as the week says.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// The day.
    pub date: Date,
    /// Whether it is worked on.
    #[serde(default)]
    pub working: bool,
}

/// What follows from something that was found.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recovery {
    /// Short name.
    pub id: String,
    /// Rule that found it, or `surplus`, `never`.
    pub on: String,
    /// What is done.
    pub action: Text,
    /// Per cent of the amount that is taken back.
    pub share: Percent,
    /// Least fine, in per cent of the amount.
    #[serde(default)]
    pub fine_least: Option<Percent>,
    /// Largest fine, in per cent of the amount.
    #[serde(default)]
    pub fine_most: Option<Percent>,
    /// Where the money goes.
    pub to: Text,
    /// Who decides.
    pub who: Text,
    /// Legal basis.
    pub basis: Text,
}

impl Rules {
    /// Reads rules.
    ///
    /// # Errors
    /// Everything that is wrong with them, with lines.
    pub fn read(text: &str, file: &str) -> Result<Self, Findings> {
        let opened = typed::open::<Self>(text, file)?;
        let places = opened.places();
        let mut found = Vec::new();
        for (clock, index) in opened.value.clock.iter().zip(1..) {
            let place = || places.of(&format!("clock[{index}]"));
            match (&clock.after, clock.days, &clock.by) {
                (Some(_), Some(_), None) => {}
                (None, None, Some(by)) => found.extend(
                    Clock::day(by, 2024)
                        .is_none()
                        .then(|| Finding::error("fund.no_day_of_year", place()).with("value", by)),
                ),
                _ => found.push(Finding::error("fund.clock_form", place()).with("id", &clock.id)),
            }
        }
        if found.is_empty() { Ok(opened.value) } else { Err(Findings(found)) }
    }

    /// Rules of several files.
    ///
    /// # Errors
    /// Everything that is wrong with any of them.
    pub fn of_files(files: &[(String, String)]) -> Result<Self, Findings> {
        let mut all = Self::default();
        let mut found = Vec::new();
        for (file, text) in files {
            match Self::read(text, file) {
                Ok(more) => {
                    all.clock.extend(more.clock);
                    all.flow.extend(more.flow);
                    all.age.extend(more.age);
                    all.ratio.extend(more.ratio);
                    all.holiday.extend(more.holiday);
                    all.recovery.extend(more.recovery);
                }
                Err(Findings(wrong)) => found.extend(wrong),
            }
        }
        if found.is_empty() { Ok(all) } else { Err(Findings(found)) }
    }

    /// The years that money of a fund may be carried; `None` where no rule speaks of it.
    pub fn age_of(&self, fund: &str) -> Option<&Age> {
        let own = self.age.iter().find(|age| age.fund.as_deref() == Some(fund));
        own.or_else(|| self.age.iter().find(|age| age.fund.is_none()))
    }

    /// The rules of age, or that there are none.
    ///
    /// # Errors
    /// No rule says how old money may become.
    pub fn needs_ages(&self) -> Result<(), Finding> {
        if self.age.is_empty() { Err(Finding::error("fund.no_age", Place::default())) } else { Ok(()) }
    }

    fn works(&self, date: Date) -> bool {
        let said = self.holiday.iter().find(|holiday| holiday.date == date);
        said.map_or(!date.is_weekend(), |holiday| holiday.working)
    }

    /// The day so many days after another, which is not counted.
    pub fn days_after(&self, date: Date, days: i32, working: bool) -> Option<Date> {
        if !working {
            return date.after(days);
        }
        let (mut date, mut left) = (date, days);
        while left > 0 {
            date = date.after(1)?;
            left -= i32::from(self.works(date));
        }
        Some(date)
    }
}

impl Clock {
    /// A day of the calendar in a year: `04-30`; the last day of February is `02-29` in any year.
    pub fn day(text: &str, year: i32) -> Option<Date> {
        let (month, day) = text.split_once('-')?;
        let (month, day) = (month.parse().ok()?, day.parse().ok()?);
        Date::of(year, month, day).or_else(|| if (month, day) == (2, 29) { Date::of(year, 2, 28) } else { None })
    }

    /// Whether it is for a fund.
    pub fn is_for(&self, fund: &str, kind: FundKind) -> bool {
        self.funds.is_none_or(|funds| funds == kind) && self.fund.as_deref().is_none_or(|own| own == fund)
    }
}
