//! The yearly mean of a concentration, with every month that went into it and every month that did not.

use num_traits::{Signed, Zero};
use schemars::JsonSchema;
use serde::Serialize;

use crate::agreement::{Agreement, Fill, Mean, Missing, MissingVolume, Places, plain, shown};
use crate::dataset::table::Table;
use crate::finding::Finding;
use crate::phrases::{Phrase, Text};
use crate::settlement::columns::Target;
use crate::settlement::facts::{Facts, Sample, Slots};
use crate::units::Exact;

/// So many names that were left aside are shown.
const IGNORED_SHOWN: usize = 12;

/// The yearly mean of one indicator at one section.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SeriesPart {
    /// Section id.
    pub section: String,
    /// Printed name of the section.
    pub section_name: Text,
    /// Indicator id.
    pub indicator: String,
    /// Printed name of the indicator.
    pub indicator_name: Text,
    /// The year.
    pub year: i32,
    /// Unit of the values.
    pub unit: String,
    /// The months; none where the file gives only the year.
    pub months: Vec<MonthPart>,
    /// How the mean was taken.
    pub how: Text,
    /// The mean, as shown.
    pub mean: String,
    /// The mean as an exact fraction.
    pub mean_exact: String,
    #[serde(skip)]
    pub(super) value: Exact,
}

/// One month of a series.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MonthPart {
    /// 1 to 12.
    pub month: u8,
    /// As written in the file; `None` where nothing was.
    pub written: Option<String>,
    /// The value that entered the mean; `None` where none did.
    pub used: Option<String>,
    /// Why it is not what was written.
    pub note: Option<Text>,
}

/// What a series is computed from.
pub(super) struct Sources<'a> {
    pub agreement: &'a Agreement,
    pub places: &'a Places<'a>,
    pub facts: &'a Facts,
    pub tables: &'a [Table],
}

impl Sources<'_> {
    /// Place of the monitoring data as a whole, or of the agreement where there are none.
    pub fn data_place(&self) -> crate::finding::Place {
        self.tables.first().map_or_else(|| self.places.of(""), |table| table.place.clone())
    }

    /// The yearly mean.
    ///
    /// # Errors
    /// No data, more months missing than the rule allows, no volumes for weights.
    pub fn series(&self, section: usize, indicator: usize, year: i32) -> Result<SeriesPart, Finding> {
        let about = |code: &'static str| {
            let name = self.agreement.section.get(section).map(|known| known.name.0.clone());
            let label = self.agreement.indicator.get(indicator).map(|known| known.label());
            Finding::error(code, self.data_place())
                .with("section", name.unwrap_or_else(|| Text::same("")))
                .with("indicator", label.unwrap_or_else(|| Text::same("")))
                .with("year", year.to_string())
        };
        let key = (section, Target::Indicator(indicator), year);
        let Some(slots) = self.facts.series.get(&key) else {
            let ignored = self.facts.ignored_columns.iter().chain(&self.facts.ignored_words);
            let ignored: Vec<&str> = ignored.take(IGNORED_SHOWN).map(String::as_str).collect();
            return Err(if ignored.is_empty() {
                about("settlement.no_data")
            } else {
                about("settlement.no_data_but").with("ignored", ignored.join(", "))
            });
        };
        let months: Vec<Option<&Sample>> = slots.iter().skip(1).map(Option::as_ref).collect();
        let there = months.iter().flatten().count();
        let whole = slots.first().and_then(Option::as_ref);
        if let Some(whole) = whole {
            if there > 0 {
                return Err(about("settlement.year_and_months"));
            }
            let how = Phrase::new("settlement.mean_reported").with("value", &whole.written).text();
            return Ok(self.part(section, indicator, year, Vec::new(), how, whole.value()));
        }
        let missing: Vec<String> =
            (1..=12).zip(&months).filter(|(_, sample)| sample.is_none()).map(|(month, _)| month.to_string()).collect();
        let list = missing.join(", ");
        let fill = match self.agreement.data.missing {
            _ if there == 0 => return Err(about("settlement.no_month").with("months", list)),
            _ if missing.is_empty() => None,
            None => {
                return Err(about("settlement.months_missing").with("months", list).with("rule", rule_for(there)));
            }
            Some(Missing { at_least_months, .. }) if there < usize::from(at_least_months) => {
                return Err(about("settlement.too_few_months")
                    .with("months", list)
                    .with("found", there.to_string())
                    .with("needed", at_least_months.to_string()));
            }
            Some(Missing { fill, .. }) => Some(fill),
        };
        let values = filled(&months, fill);
        let parts = self.month_parts(key, slots, &values, fill);
        let (how, value) = match self.agreement.data.mean {
            Some(Mean::FlowWeighted) => self.flow_weighted(section, year, &values, &about)?,
            _ => arithmetic(&values),
        };
        Ok(self.part(section, indicator, year, parts, how, value))
    }

    fn part(
        &self,
        section: usize,
        indicator: usize,
        year: i32,
        months: Vec<MonthPart>,
        how: Text,
        value: Exact,
    ) -> SeriesPart {
        let section = self.agreement.section.get(section);
        let indicator = self.agreement.indicator.get(indicator);
        SeriesPart {
            section: section.map_or_else(String::new, |known| known.id.clone()),
            section_name: section.map_or_else(|| Text::same(""), |known| known.name.0.clone()),
            indicator: indicator.map_or_else(String::new, |known| known.id.clone()),
            indicator_name: indicator.map_or_else(|| Text::same(""), |known| known.label()),
            year,
            unit: indicator.map_or_else(String::new, |known| known.kept_unit().to_owned()),
            months,
            how,
            mean: shown(&value),
            mean_exact: value.to_string(),
            value,
        }
    }

    fn month_parts(
        &self,
        (section, target, year): (usize, Target, i32),
        slots: &Slots,
        values: &[Option<Exact>],
        fill: Option<Fill>,
    ) -> Vec<MonthPart> {
        let absent = self.facts.absent.get(&(section, target, year));
        let mut parts = Vec::with_capacity(12);
        for ((month, sample), value) in (1_u8..).zip(slots.iter().skip(1)).zip(values) {
            let used = value.as_ref().map(|value| plain(value).unwrap_or_else(|| shown(value)));
            let note = match (sample, value) {
                (Some(sample), _) if sample.below() => Some(Phrase::new("settlement.note_below").text()),
                (Some(_), _) => None,
                (None, Some(_)) => Some(Phrase::new("settlement.note_interpolated").text()),
                (None, None) => fill.map(|_| Phrase::new("settlement.note_left_out").text()),
            };
            let absent = absent.and_then(|absent| absent.get(&month)).cloned();
            let written = sample.as_ref().map(|sample| sample.written.clone()).or(absent);
            parts.push(MonthPart { month, written, used, note });
        }
        parts
    }

    fn flow_weighted(
        &self,
        section: usize,
        year: i32,
        values: &[Option<Exact>],
        about: &dyn Fn(&'static str) -> Finding,
    ) -> Result<(Text, Exact), Finding> {
        let (volumes, _) = self.months_of_water(section, year, self.agreement.data.missing_volume);
        let (mut load, mut water) = (Exact::zero(), Exact::zero());
        let mut without = Vec::new();
        let mut used = 0_usize;
        for ((month, value), volume) in (1_u8..).zip(values).zip(volumes) {
            let Some(value) = value else { continue };
            let Some(volume) = volume else {
                without.push(month.to_string());
                continue;
            };
            used += 1;
            load += value * &volume;
            water += volume;
        }
        if !without.is_empty() {
            let months = without.join(", ");
            if used == 0 {
                let section = self.agreement.section.get(section).map(|known| known.name.0.clone());
                return Err(Finding::error("settlement.no_data", self.data_place())
                    .with("section", section.unwrap_or_else(|| Text::same("")))
                    .with("indicator", Phrase::new("settlement.volume").text())
                    .with("year", year.to_string()));
            }
            if self.agreement.data.missing_volume == MissingVolume::Refuse {
                return Err(about("settlement.no_volume_of_month").with("months", months));
            }
            let least = self.agreement.data.missing.map_or(1, |rule| usize::from(rule.at_least_months));
            if used < least {
                return Err(about("settlement.too_few_months")
                    .with("months", months)
                    .with("found", used.to_string())
                    .with("needed", least.to_string()));
            }
        }
        if !water.is_positive() {
            return Err(about("settlement.no_water"));
        }
        let code = if without.is_empty() { "settlement.mean_weighted" } else { "settlement.mean_weighted_without" };
        let how = Phrase::new(code)
            .with("load", shown(&load))
            .with("water", shown(&water))
            .with("months", without.join(", "))
            .text();
        Ok((how, load / water))
    }

    /// Volumes of the months after the rule for those without one, and the months that have none.
    fn months_of_water(&self, section: usize, year: i32, rule: MissingVolume) -> (Vec<Option<Exact>>, Vec<u8>) {
        let slots = self.facts.series.get(&(section, Target::Volume, year));
        let months: Vec<Option<&Sample>> =
            (1..=12).map(|month| slots.and_then(|slots| slots.get(month)?.as_ref())).collect();
        let missing = (1_u8..).zip(&months).filter(|(_, sample)| sample.is_none()).map(|(month, _)| month).collect();
        let fill = (rule == MissingVolume::Interpolate).then_some(Fill::Interpolate);
        (filled(&months, fill), missing)
    }

    /// The volume of a year at a section, in m³, and the step that says how it came about.
    ///
    /// # Errors
    /// A month is missing and no rule says what becomes of it, or the year is given as well.
    pub fn volume(&self, section: usize, year: i32, rule: MissingVolume) -> Result<(Exact, Phrase), Finding> {
        let name = self.agreement.section.get(section).map_or_else(|| Text::same(""), |known| known.name.0.clone());
        let about = |code: &'static str| {
            Finding::error(code, self.data_place())
                .with("section", name.clone())
                .with("indicator", Phrase::new("settlement.volume").text())
                .with("year", year.to_string())
        };
        let slots = self.facts.series.get(&(section, Target::Volume, year));
        let whole = slots.and_then(|slots| slots.first()?.as_ref());
        let (months, missing) = self.months_of_water(section, year, rule);
        let list = missing.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
        let sum = months.iter().flatten().fold(Exact::zero(), |sum, value| sum + value);
        let (code, value) = match (whole, missing.len(), rule) {
            (Some(whole), 12, _) => ("settlement.step_volume", whole.value()),
            (Some(_), _, _) => return Err(about("settlement.year_and_months")),
            (None, 0, _) => ("settlement.step_volume", sum),
            (None, 12, _) => return Err(about("settlement.no_data")),
            (None, _, MissingVolume::Refuse) => return Err(about("settlement.volume_missing").with("months", list)),
            (None, _, MissingVolume::SkipMonth) => ("settlement.step_volume_without", sum),
            (None, _, MissingVolume::Interpolate) => ("settlement.step_volume_filled", sum),
        };
        let shown = plain(&value).unwrap_or_else(|| shown(&value));
        Ok((value, Phrase::new(code).with("section", name).with("value", shown).with("months", list)))
    }
}

/// The rule that lets a year with so many months count.
pub(super) fn rule_for(there: usize) -> String {
    format!("missing = {{ at_least_months = {there}, fill = \"leave_out\" }}")
}

/// The values of the months after filling.
fn filled(months: &[Option<&Sample>], fill: Option<Fill>) -> Vec<Option<Exact>> {
    let values: Vec<Option<Exact>> = months.iter().map(|sample| sample.map(Sample::value)).collect();
    if fill != Some(Fill::Interpolate) {
        return values;
    }
    let there: Vec<(usize, &Exact)> =
        values.iter().enumerate().filter_map(|(at, value)| value.as_ref().map(|value| (at, value))).collect();
    let between = |at: usize| {
        let before = there.iter().rev().find(|(known, _)| *known <= at);
        let after = there.iter().find(|(known, _)| *known >= at);
        match (before, after) {
            (Some((a, low)), Some((b, high))) if b > a => {
                let part = Exact::new((at - a).into(), (b - a).into());
                Some(*low + (*high - *low) * part)
            }
            (Some((_, value)), _) | (None, Some((_, value))) => Some((*value).clone()),
            (None, None) => None,
        }
    };
    (0..values.len()).map(between).collect()
}

/// Σ C / n.
fn arithmetic(values: &[Option<Exact>]) -> (Text, Exact) {
    let there: Vec<&Exact> = values.iter().flatten().collect();
    let count = Exact::from_integer(there.len().max(1).into());
    let sum = there.iter().fold(Exact::zero(), |sum, value| sum + *value);
    let how = Phrase::new("settlement.mean_arithmetic").with("sum", shown(&sum)).with("count", there.len().to_string());
    (how.text(), sum / count)
}
