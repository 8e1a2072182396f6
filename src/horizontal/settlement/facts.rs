//! What the monitoring files say, by section, indicator, year and month.

use std::collections::{BTreeMap, BTreeSet};

use num_traits::{Signed, Zero};

use crate::agreement::{Agreement, BelowDetection, Class, Duplicates, MeasureKind, Number, plain};
use crate::dataset::table::Table;
use crate::finding::{Finding, FindingLog, Place};
use crate::phrases::{Phrase, Text};
use crate::settlement::cell::{self, Reading};
use crate::settlement::columns::Target;
use crate::settlement::units;
use crate::units::Exact;

/// Where a figure stood: table, row, column.
pub(super) type At = (usize, u64, usize);

/// One figure of a month (or year), after the detection rule and in the kept unit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sample {
    /// Sum of the values given for it; more than one only where duplicates count with their mean.
    sum: Exact,
    count: i64,
    /// As written.
    pub written: String,
    /// The detection limit of a value below it; the greatest where several are.
    pub limit: Option<Exact>,
    /// Where it stood.
    pub at: At,
}

impl Sample {
    /// Whether a value was below the detection limit.
    pub fn below(&self) -> bool {
        self.limit.is_some()
    }

    /// Its value.
    pub fn value(&self) -> Exact {
        &self.sum / Exact::from_integer(self.count.max(1).into())
    }
}

/// Twelve months; index 0 is the year as a whole.
pub(super) type Slots = [Option<Sample>; 13];

/// Section, target and year of a row of slots. Flows are kept as volumes.
type Key = (usize, Target, i32);

/// All that was read.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub series: BTreeMap<Key, Box<Slots>>,
    /// Months of which the file says that nothing was measured, in its words.
    pub absent: BTreeMap<Key, BTreeMap<u8, String>>,
    /// Values of measures as published: measure, section where it is one of a section, year.
    pub given: BTreeMap<(usize, Option<usize>, i32), (Exact, At)>,
    pub events: BTreeMap<(usize, i32), u64>,
    pub ignored_columns: Vec<String>,
    pub ignored_sections: BTreeSet<String>,
    pub ignored_words: BTreeSet<String>,
    /// Whether a row says that it is made up.
    pub illustrative: bool,
    /// Figures read, and those below a detection limit.
    pub figures: usize,
    pub below: usize,
}

/// A figure on its way into the facts.
pub(super) struct Figure<'a> {
    pub target: Target,
    pub section: Option<usize>,
    pub year: i32,
    pub month: Option<u8>,
    pub text: &'a str,
    pub unit: &'a str,
    /// Whether the unit stands in the row and not in a header that other rows share.
    pub own_unit: bool,
    pub detection_limit: Option<Exact>,
    pub at: At,
}

impl Facts {
    /// Takes a figure.
    pub fn add(&mut self, figure: &Figure<'_>, agreement: &Agreement, tables: &[Table]) -> Result<(), Finding> {
        let place = || place(tables, figure.at);
        self.figures += 1;
        match figure.target {
            Target::Measure(measure) => self.add_measure(measure, figure, agreement, tables),
            Target::Event(event) => {
                let count = event_count(figure.text)
                    .ok_or_else(|| Finding::error("settlement.event_count", place()).with("value", figure.text))?;
                let sum = self.events.entry((event, figure.year)).or_insert(0);
                *sum = sum.saturating_add(count);
                Ok(())
            }
            Target::Class => {
                let is_absent = cell::reading(figure.text).is_ok_and(|found| matches!(found, Reading::Absent(_)));
                if is_absent || agreement.data.absent_words.iter().any(|word| word.trim() == figure.text) {
                    return self.add_absent(figure, figure.text, agreement, tables);
                }
                let class = Class::of(figure.text).ok_or_else(|| {
                    Finding::from_phrase(Phrase::new("agreement.not_a_class").with("value", figure.text), place())
                })?;
                self.put(figure, Exact::from_integer(i64::from(class.0).into()), None, agreement, tables)
            }
            Target::Indicator(_) | Target::Volume | Target::Flow => self.add_quantity(figure, agreement, tables),
        }
    }

    fn add_quantity(&mut self, figure: &Figure<'_>, agreement: &Agreement, tables: &[Table]) -> Result<(), Finding> {
        let place = || place(tables, figure.at);
        if agreement.data.absent_words.iter().any(|word| word.trim() == figure.text) {
            return self.add_absent(figure, figure.text, agreement, tables);
        }
        let reading = cell::reading(figure.text).map_err(|phrase| Finding::from_phrase(phrase, place()))?;
        let factor = self.factor(figure, agreement, tables)?;
        match reading {
            Reading::Absent(words) => self.add_absent(figure, &words, agreement, tables),
            Reading::Number(value) => match &figure.detection_limit {
                Some(limit) if value < *limit && matches!(figure.target, Target::Indicator(_)) => {
                    self.add_below(figure, limit.clone() * factor, agreement, tables)
                }
                _ => self.put(figure, value * factor, None, agreement, tables),
            },
            Reading::Below(limit) => {
                let Target::Indicator(indicator) = figure.target else {
                    return Err(Finding::error("settlement.below_of_volume", place()).with("value", figure.text));
                };
                let known = agreement.indicator.get(indicator).and_then(|known| known.detection_limit.as_ref());
                let limit = limit
                    .or_else(|| figure.detection_limit.clone())
                    .map(|limit| limit * &factor)
                    .or_else(|| known.map(|limit: &Number| limit.0.clone()));
                match limit {
                    Some(limit) => self.add_below(figure, limit, agreement, tables),
                    None => Err(Finding::error("settlement.no_detection_limit", place()).with("value", figure.text)),
                }
            }
        }
    }

    /// What one unit of the figure is in the kept unit.
    fn factor(&self, figure: &Figure<'_>, agreement: &Agreement, tables: &[Table]) -> Result<Exact, Finding> {
        let place = || place(tables, figure.at);
        let (what, kept, names): (Text, &str, &str) = match figure.target {
            Target::Indicator(at) => {
                let indicator = agreement.indicator.get(at);
                let kept = indicator.map_or("mg/L", |known| known.kept_unit());
                let names =
                    if units::concentration("mg/L", kept).is_some() { units::CONCENTRATION_NAMES } else { kept };
                (indicator.map_or_else(|| Text::same(""), |known| known.label()), kept, names)
            }
            Target::Volume => (Phrase::new("settlement.volume").text(), "m3", units::VOLUME_NAMES),
            _ => (Phrase::new("settlement.flow").text(), "m3/s", units::FLOW_NAMES),
        };
        let is_plain = matches!(kept, "无量纲" | "无" | "-");
        // pH in a column headed mg/L carries no unit of its own.
        if is_plain && (figure.unit.is_empty() || !figure.own_unit) {
            return Ok(Exact::from_integer(1.into()));
        }
        if figure.unit.is_empty() {
            return Err(Finding::error("settlement.unit_missing", place()).with("what", what).with("units", names));
        }
        let found = match figure.target {
            Target::Indicator(_) => units::concentration(figure.unit, kept),
            Target::Volume => units::volume(figure.unit),
            _ => units::is_flow(figure.unit).then(|| {
                let seconds = units::days(figure.year, figure.month) * 86_400;
                Exact::from_integer(seconds.into())
            }),
        };
        found.ok_or_else(|| {
            Finding::error("settlement.unit", place()).with("what", what).with("unit", figure.unit).with("units", names)
        })
    }

    fn add_below(
        &mut self,
        figure: &Figure<'_>,
        limit: Exact,
        agreement: &Agreement,
        tables: &[Table],
    ) -> Result<(), Finding> {
        let value = match agreement.data.below_detection {
            Some(BelowDetection::Half) => &limit / Exact::from_integer(2.into()),
            Some(BelowDetection::Limit) => limit.clone(),
            Some(BelowDetection::Zero) => Exact::zero(),
            None => {
                let finding = Finding::error("settlement.no_detection_rule", place(tables, figure.at));
                return Err(finding.with("value", figure.text));
            }
        };
        self.below += 1;
        self.put(figure, value, Some(limit), agreement, tables)
    }

    fn add_absent(
        &mut self,
        figure: &Figure<'_>,
        words: &str,
        agreement: &Agreement,
        tables: &[Table],
    ) -> Result<(), Finding> {
        let section = section_of(figure, agreement, tables)?;
        let key = (section, kept(figure.target), figure.year);
        self.absent.entry(key).or_default().insert(figure.month.unwrap_or(0), words.to_owned());
        Ok(())
    }

    fn put(
        &mut self,
        figure: &Figure<'_>,
        value: Exact,
        limit: Option<Exact>,
        agreement: &Agreement,
        tables: &[Table],
    ) -> Result<(), Finding> {
        let section = section_of(figure, agreement, tables)?;
        let slots = self.series.entry((section, kept(figure.target), figure.year)).or_default();
        let Some(slot) = slots.get_mut(usize::from(figure.month.unwrap_or(0))) else { return Ok(()) };
        let written = figure.text.to_owned();
        match slot {
            None => *slot = Some(Sample { sum: value, count: 1, written, limit, at: figure.at }),
            Some(known) if agreement.data.duplicates == Duplicates::Mean && figure.target != Target::Class => {
                known.sum += value;
                known.count += 1;
                known.limit = known.limit.take().max(limit);
                if known.written.len() < 120 {
                    known.written = format!("{}, {written}", known.written);
                }
            }
            Some(known) => {
                return Err(Finding::error("settlement.duplicate", place(tables, figure.at))
                    .with("first", place(tables, known.at).to_string())
                    .with(
                        "section",
                        agreement.section.get(section).map_or_else(|| Text::same(""), |s| s.name.0.clone()),
                    )
                    .with("period", period(figure.year, figure.month)));
            }
        }
        Ok(())
    }

    fn add_measure(
        &mut self,
        measure: usize,
        figure: &Figure<'_>,
        agreement: &Agreement,
        tables: &[Table],
    ) -> Result<(), Finding> {
        let place = || place(tables, figure.at);
        let Some(known) = agreement.measure.get(measure) else { return Ok(()) };
        if figure.month.is_some() {
            return Err(Finding::error("settlement.measure_of_month", place()).with("measure", known.label()));
        }
        let class = matches!(known.kind(), Some(MeasureKind::Class(_))).then(|| Class::of(figure.text)).flatten();
        let value = match class {
            Some(class) => Exact::from_integer(i64::from(class.0).into()),
            None => Number::parse(figure.text)
                .map(|number| number.0)
                .or_else(|phrase| cell::number(figure.text).map_err(|_| phrase))
                .map_err(|phrase| Finding::from_phrase(phrase, place()))?,
        };
        let value = match (&known.kind(), figure.own_unit, figure.unit) {
            (Some(MeasureKind::Volume(_)), _, unit) => {
                let factor = units::volume(unit).ok_or_else(|| {
                    Finding::error("settlement.unit", place())
                        .with("what", known.label())
                        .with("unit", unit)
                        .with("units", units::VOLUME_NAMES)
                })?;
                value * factor
            }
            (_, true, "%") => value / Exact::from_integer(100.into()),
            _ => value,
        };
        let (least, most) = known.range();
        if least.is_some_and(|least| value < least) || most.is_some_and(|most| value > most) {
            return Err(Finding::error("settlement.measure_range", place())
                .with("measure", known.label())
                .with("value", figure.text));
        }
        let section = if known.is_by_section() { Some(section_of(figure, agreement, tables)?) } else { None };
        if let Some((_, first)) = self.given.insert((measure, section, figure.year), (value, figure.at)) {
            return Err(Finding::error("settlement.duplicate", place())
                .with("first", super::facts::place(tables, first).to_string())
                .with("section", known.label())
                .with("period", period(figure.year, None)));
        }
        Ok(())
    }

    /// Years of which the files say anything.
    pub fn years(&self) -> BTreeSet<i32> {
        let series = self.series.keys().chain(self.absent.keys()).map(|(_, _, year)| *year);
        let given = self.given.keys().map(|(_, _, year)| *year);
        series.chain(given).chain(self.events.keys().map(|(_, year)| *year)).collect()
    }

    /// Values that look as if their unit had slipped: a thousandfold more or less than the median of their indicator.
    pub fn slips(&self, agreement: &Agreement, tables: &[Table], log: &mut FindingLog) {
        if agreement.data.accept_outliers {
            return;
        }
        for index in 0..agreement.indicator.len() {
            let samples: Vec<&Sample> = self
                .series
                .iter()
                .filter(|((_, target, _), _)| *target == Target::Indicator(index))
                .flat_map(|(_, slots)| slots.iter().flatten())
                .filter(|sample| !sample.below() && sample.sum.is_positive())
                .collect();
            let mut values: Vec<Exact> = samples.iter().map(|sample| sample.value()).collect();
            if values.len() < FEW {
                continue;
            }
            values.sort();
            let Some(median) = values.get(values.len() / 2) else { continue };
            for sample in &samples {
                let ratio = sample.value() / median;
                let away = if ratio < Exact::from_integer(1.into()) { ratio.recip() } else { ratio };
                if away >= Exact::from_integer(SLIP_FROM.into()) && away <= Exact::from_integer(SLIP_TO.into()) {
                    let name = agreement.indicator.get(index).map_or_else(|| Text::same(""), |known| known.label());
                    log.push(
                        Finding::error("settlement.slip", place(tables, sample.at))
                            .with("indicator", name)
                            .with("value", &sample.written)
                            .with("median", plain(median).unwrap_or_else(|| crate::agreement::shown(median))),
                    );
                }
            }
        }
    }
}

/// With fewer values there is no median to compare with.
const FEW: usize = 5;
/// A slip of units is a factor of a thousand, of a value that itself differs from the median by up to four.
const SLIP_FROM: i64 = 250;
const SLIP_TO: i64 = 4_000;

/// Flows are kept as volumes.
fn kept(target: Target) -> Target {
    if target == Target::Flow { Target::Volume } else { target }
}

/// The section of a figure: the one named, or the only one there is.
fn section_of(figure: &Figure<'_>, agreement: &Agreement, tables: &[Table]) -> Result<usize, Finding> {
    let only = (agreement.section.len() == 1).then_some(0);
    figure.section.or(only).ok_or_else(|| Finding::error("settlement.no_section", place(tables, figure.at)))
}

/// How often an event happened: a count, or yes and no.
fn event_count(text: &str) -> Option<u64> {
    match text.to_lowercase().as_str() {
        "是" | "有" | "yes" | "true" => Some(1),
        "否" | "无" | "no" | "false" => Some(0),
        digits => digits.parse().ok().filter(|count| *count <= 1_000_000),
    }
}

/// The place of a figure.
pub(super) fn place(tables: &[Table], (table, row, column): At) -> Place {
    tables.get(table).map_or_else(Place::default, |table| table.place_of(row, column))
}

/// `2012-03`, or `2012` for a whole year.
pub(super) fn period(year: i32, month: Option<u8>) -> String {
    month.map_or_else(|| year.to_string(), |month| format!("{year}-{month:02}"))
}
