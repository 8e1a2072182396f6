//! Values of measures in a year: as the file gives them, or computed from the data, with every step.

use std::collections::BTreeMap;

use num_traits::{Signed, Zero};

use crate::agreement::clause::{class_of, list, month_with};
use crate::agreement::{
    Combine, Frame, Index, Measure, MeasureKind, MonthFact, Rounding, Section, Term, Valued, WaterClass, plain, shown,
};
use crate::finding::Finding;
use crate::phrases::{Phrase, Text};
use crate::settlement::columns::Target;
use crate::settlement::document::MeasurePart;
use crate::settlement::series::{SeriesPart, Sources, rule_for};
use crate::units::Exact;

/// A measure in a year.
pub(super) struct Found {
    pub values: Vec<Valued>,
    pub parts: Vec<MeasurePart>,
}

/// Values of measures, with the series they were made of.
pub(super) struct Measuring<'a> {
    pub sources: Sources<'a>,
    /// Series used so far, by section, indicator and year.
    pub series: BTreeMap<(usize, usize, i32), SeriesPart>,
}

/// A ratio to the baseline beyond which a slip of units is more likely than a river.
const SLIP: i64 = 100;
/// Most steps of one measure.
const STEPS_MAX: usize = 20_000;

impl Measuring<'_> {
    /// The value of a measure, of the whole or of each of its sections.
    ///
    /// # Errors
    /// Data that are missing or contradict the agreement.
    pub fn measure(
        &mut self,
        measure: &Measure,
        year: i32,
        months: &BTreeMap<(String, u8), MonthFact>,
    ) -> Result<Found, Finding> {
        let agreement = self.sources.agreement;
        let position = agreement.measure.iter().position(|known| known.id == measure.id).unwrap_or(0);
        let sections: Vec<Option<usize>> = if measure.is_by_section() {
            self.positions(sections_of(measure)).into_iter().map(Some).collect()
        } else {
            vec![None]
        };
        let mut found = Found { values: Vec::new(), parts: Vec::new() };
        for section in sections {
            let mut steps = Vec::new();
            let given = self.sources.facts.given.get(&(position, section, year));
            let value = match given {
                Some((value, _)) => {
                    steps.push(Phrase::new("settlement.step_given").with("value", shown(value)).text());
                    value.clone()
                }
                None => {
                    let exact = self.computed(measure, section, year, months, &mut steps)?;
                    rounded(measure.round, exact, &mut steps)
                }
            };
            if steps.len() > STEPS_MAX {
                let finding = Finding::error("settlement.too_many_steps", self.sources.data_place());
                return Err(finding.with("limit", STEPS_MAX.to_string()));
            }
            let section_id = section.and_then(|at| agreement.section.get(at)).map(|known| known.id.clone());
            found.parts.push(MeasurePart {
                id: measure.id.clone(),
                name: measure.label(),
                section_name: section_id.as_ref().map(|id| agreement.section_name(id)),
                section: section_id.clone(),
                value: plain(&value).unwrap_or_else(|| shown(&value)),
                value_exact: value.to_string(),
                as_published: given.is_some(),
                steps,
            });
            found.values.push(Valued { section: section_id, value, given: given.is_some() });
        }
        Ok(found)
    }

    fn positions(&self, ids: &[String]) -> Vec<usize> {
        let sections = self.sources.agreement.section.iter().enumerate();
        sections.filter(|(_, known)| ids.is_empty() || ids.contains(&known.id)).map(|(at, _)| at).collect()
    }

    fn computed(
        &mut self,
        measure: &Measure,
        only: Option<usize>,
        year: i32,
        months: &BTreeMap<(String, u8), MonthFact>,
        steps: &mut Vec<Text>,
    ) -> Result<Exact, Finding> {
        let sections = only.map_or_else(|| self.positions(sections_of(measure)), |at| vec![at]);
        match measure.kind() {
            Some(MeasureKind::Index(index)) => self.index(measure, index, &sections, year, steps),
            Some(MeasureKind::Concentration(part)) => {
                let indicator = self.indicator(&part.indicator);
                self.mean(&sections, indicator, &[year], steps)
            }
            Some(MeasureKind::Class(part)) => self.class(part, &sections, year, steps),
            Some(MeasureKind::Compliance(part)) => self.compliance(part, &sections, year, months, steps),
            Some(MeasureKind::Volume(part)) => {
                let rule = part.missing_volume.unwrap_or(self.sources.agreement.data.missing_volume);
                let mut sum = Exact::zero();
                for section in sections {
                    let (volume, step) = self.sources.volume(section, year, rule)?;
                    steps.push(step.text());
                    sum += volume;
                }
                Ok(sum)
            }
            Some(MeasureKind::Given(_)) | None => {
                Err(Finding::error("settlement.not_given", self.sources.data_place())
                    .with("measure", measure.label())
                    .with("id", &measure.id)
                    .with("year", year.to_string()))
            }
        }
    }

    fn indicator(&self, id: &str) -> usize {
        self.sources.agreement.indicator.iter().position(|known| known.id == id).unwrap_or(usize::MAX)
    }

    /// Mean over sections and years of yearly means, rounded as the agreement orders.
    fn mean(
        &mut self,
        sections: &[usize],
        indicator: usize,
        years: &[i32],
        steps: &mut Vec<Text>,
    ) -> Result<Exact, Finding> {
        let mut of_years = Vec::new();
        for year in years {
            let mut means = Vec::new();
            for section in sections {
                let key = (*section, indicator, *year);
                if !self.series.contains_key(&key) {
                    let series = self.sources.series(*section, indicator, *year)?;
                    self.series.insert(key, series);
                }
                let Some(series) = self.series.get(&key) else { continue };
                let step = Phrase::new("settlement.step_mean")
                    .with("section", series.section_name.clone())
                    .with("indicator", series.indicator_name.clone())
                    .with("year", year.to_string())
                    .with("how", series.how.clone())
                    .with("value", &series.mean)
                    .with("unit", &series.unit);
                steps.push(step.text());
                means.push(series.value.clone());
            }
            let mean = average(&means);
            if means.len() > 1 {
                steps.push(
                    Phrase::new("settlement.step_stations")
                        .with("count", means.len().to_string())
                        .with("value", shown(&mean))
                        .text(),
                );
            }
            of_years.push(mean);
        }
        let exact = average(&of_years);
        Ok(rounded(self.sources.agreement.data.round_mean, exact, steps))
    }

    fn baseline(&mut self, term: &Term, sections: &[usize], steps: &mut Vec<Text>) -> Result<Exact, Finding> {
        let name = self.sources.agreement.indicator_name(&term.indicator);
        if let Some(baseline) = &term.baseline {
            return Ok(baseline.0.clone());
        }
        let years = term.base_years.clone().unwrap_or_default();
        let value = self.mean(sections, self.indicator(&term.indicator), &years, steps)?;
        let list: Vec<String> = years.iter().map(i32::to_string).collect();
        if !value.is_positive() {
            let finding = Finding::error("settlement.baseline_zero", self.sources.data_place());
            return Err(finding.with("indicator", name).with("years", list.join(", ")));
        }
        let step = Phrase::new("settlement.step_baseline").with("indicator", name).with("years", list.join(", "));
        steps.push(step.with("value", shown(&value)).text());
        Ok(value)
    }

    fn index(
        &mut self,
        measure: &Measure,
        index: &Index,
        sections: &[usize],
        year: i32,
        steps: &mut Vec<Text>,
    ) -> Result<Exact, Finding> {
        let mut ratios = Vec::new();
        for term in &index.term {
            let baseline = self.baseline(term, sections, steps)?;
            let mean = self.mean(sections, self.indicator(&term.indicator), &[year], steps)?;
            let ratio = &mean / &baseline;
            let name = self.sources.agreement.indicator_name(&term.indicator);
            self.plausible(&ratio, &name, year)?;
            let step = Phrase::new("settlement.step_ratio")
                .with("indicator", name)
                .with("mean", shown(&mean))
                .with("baseline", shown(&baseline))
                .with("ratio", shown(&ratio));
            steps.push(step.text());
            ratios.push((term.weight.0.clone(), ratio));
        }
        let k0 = &index.k0.0;
        let (value, terms) = match index.combine {
            Combine::WeightedSum => {
                let sum = ratios.iter().fold(Exact::zero(), |sum, (weight, ratio)| sum + weight * ratio);
                let terms: Vec<String> =
                    ratios.iter().map(|(weight, ratio)| format!("{} × {}", shown(weight), shown(ratio))).collect();
                (k0 * sum, terms.join(" + "))
            }
            Combine::Worst => {
                let counted = ratios.iter().filter(|(weight, _)| weight.is_positive()).map(|(_, ratio)| ratio);
                let worst = counted.clone().max().cloned().unwrap_or_else(Exact::zero);
                let terms: Vec<String> = counted.map(shown).collect();
                (k0 * worst, format!("max {}", terms.join("; ")))
            }
        };
        let step = Phrase::new("settlement.step_index")
            .with("measure", measure.symbol())
            .with("k", shown(k0))
            .with("terms", terms)
            .with("value", shown(&value));
        steps.push(step.text());
        Ok(value)
    }

    fn plausible(&self, ratio: &Exact, indicator: &Text, year: i32) -> Result<(), Finding> {
        let slip = Exact::from_integer(SLIP.into());
        let is_far = *ratio >= slip || (ratio.is_positive() && ratio.recip() >= slip);
        if self.sources.agreement.data.accept_outliers || !is_far {
            return Ok(());
        }
        Err(Finding::error("settlement.far_from_baseline", self.sources.data_place())
            .with("indicator", indicator.clone())
            .with("year", year.to_string())
            .with("ratio", shown(ratio)))
    }

    fn class(
        &mut self,
        part: &WaterClass,
        sections: &[usize],
        year: i32,
        steps: &mut Vec<Text>,
    ) -> Result<Exact, Finding> {
        let agreement = self.sources.agreement;
        let rule = part.missing_indicator.unwrap_or(agreement.data.missing_indicator);
        let mut worst = 0;
        for at in sections {
            let Some(section) = agreement.section.get(*at) else { continue };
            let reported =
                self.sources.facts.series.get(&(*at, Target::Class, year)).and_then(|slots| slots.first()?.as_ref());
            let mut fact = MonthFact::default();
            let chosen = agreement.indicators_of(&part.indicators);
            let has_data = |position| self.sources.facts.series.contains_key(&(*at, Target::Indicator(position), year));
            let there = chosen.iter().map(|indicator| self.indicator(&indicator.id)).filter(|at| has_data(*at)).count();
            for indicator in &chosen {
                let position = self.indicator(&indicator.id);
                // Of a year with other indicators or a reported class the class itself says what is missing.
                if has_data(position) || (reported.is_none() && there == 0) {
                    let mean = self.mean(&[*at], position, &[year], steps)?;
                    fact.values.insert(indicator.id.clone(), mean);
                }
            }
            fact.class = reported.and_then(|sample| class_number(&sample.value()));
            let (measures, months, events) = Default::default();
            let frame = Frame {
                agreement,
                places: self.sources.places,
                year,
                measures: &measures,
                months: &months,
                events: &events,
            };
            let Ok((class, by)) = class_of(&frame, section, 0, &fact, (&chosen, rule))? else { continue };
            let step = Phrase::new("settlement.step_class").with("section", section.name.0.clone());
            steps.push(step.with("class", class.name()).with("by", by).text());
            worst = worst.max(class.0);
        }
        Ok(Exact::from_integer(i64::from(worst).into()))
    }

    fn compliance(
        &mut self,
        part: &WaterClass,
        sections: &[usize],
        year: i32,
        months: &BTreeMap<(String, u8), MonthFact>,
        steps: &mut Vec<Text>,
    ) -> Result<Exact, Finding> {
        let agreement = self.sources.agreement;
        let rule = part.missing_indicator.unwrap_or(agreement.data.missing_indicator);
        let (measures, events) = Default::default();
        let frame =
            Frame { agreement, places: self.sources.places, year, measures: &measures, months, events: &events };
        let (mut reached, mut all) = (0_i64, 0_i64);
        for at in sections {
            let Some((section, target)) =
                agreement.section.get(*at).and_then(|known| Some((known, known.target_class?)))
            else {
                continue;
            };
            let chosen = agreement.indicators_of(&part.indicators);
            let class_of = |section: &Section, month: u8| match months.get(&(section.id.clone(), month)) {
                Some(fact) => class_of(&frame, section, month, fact, (&chosen, rule)),
                None => Ok(Err(Text::same(""))),
            };
            let reference = section.reference.as_deref().filter(|_| part.no_worse_than_reference);
            let reference = reference.and_then(|id| agreement.section_of(id));
            let (mut missing, mut failed, mut excused) = (Vec::new(), Vec::new(), Vec::new());
            let mut there = 0;
            for month in 1..=12_u8 {
                let (class, by) = match class_of(section, month)? {
                    Ok(found) => found,
                    Err(why) => {
                        missing.push(month_with(month, &why));
                        continue;
                    }
                };
                there += 1;
                if class <= target {
                    continue;
                }
                let why = list([class.name(), by]);
                let above = reference.map(|reference| class_of(reference, month)).transpose()?;
                if above.is_some_and(|above| above.is_ok_and(|(above, _)| class <= above)) {
                    excused.push(month_with(month, &why));
                } else {
                    failed.push(month_with(month, &why));
                }
            }
            self.enough(section, year, there, &missing)?;
            let good = there - i64::try_from(failed.len()).unwrap_or(0);
            let or_none = |texts: Vec<Text>| if texts.is_empty() { Text::same("—") } else { list(texts) };
            let step = Phrase::new("settlement.step_compliance")
                .with("section", section.name.0.clone())
                .with("target", target.name())
                .with("reached", good.to_string())
                .with("all", there.to_string())
                .with("failed", or_none(failed))
                .with("missing", or_none(missing));
            steps.push(step.text());
            if let Some(reference) = reference.filter(|_| !excused.is_empty()) {
                let step = Phrase::new("settlement.step_compliance_excused").with("section", section.name.0.clone());
                steps.push(step.with("reference", reference.name.0.clone()).with("months", list(excused)).text());
            }
            reached += good;
            all += there;
        }
        Ok(Exact::new(reached.into(), all.max(1).into()))
    }

    /// Whether the rule of missing months allows a year with so many.
    fn enough(&self, section: &Section, year: i32, there: i64, missing: &[Text]) -> Result<(), Finding> {
        let rule = self.sources.agreement.data.missing;
        let least = rule.map_or(12, |rule| i64::from(rule.at_least_months)).max(1);
        if there >= least {
            return Ok(());
        }
        let code = match (there, rule) {
            (0, _) => "settlement.no_month",
            (_, None) => "settlement.months_missing",
            (_, Some(_)) => "settlement.too_few_months",
        };
        Err(Finding::error(code, self.sources.data_place())
            .with("section", section.name.0.clone())
            .with("indicator", Phrase::new("settlement.class").text())
            .with("year", year.to_string())
            .with("months", list(missing.iter().cloned()))
            .with("found", there.to_string())
            .with("needed", least.to_string())
            .with("rule", rule_for(usize::try_from(there).unwrap_or(0))))
    }
}

/// The class that a whole number stands for.
pub(super) fn class_number(value: &Exact) -> Option<crate::agreement::Class> {
    use num_traits::ToPrimitive as _;
    value.to_integer().to_u8().map(crate::agreement::Class)
}

fn sections_of(measure: &Measure) -> &[String] {
    match measure.kind() {
        Some(MeasureKind::Index(part)) => &part.sections,
        Some(MeasureKind::Concentration(part)) => &part.sections,
        Some(MeasureKind::Class(part) | MeasureKind::Compliance(part)) => &part.sections,
        Some(MeasureKind::Volume(part)) => &part.sections,
        Some(MeasureKind::Given(_)) | None => &[],
    }
}

fn average(values: &[Exact]) -> Exact {
    let sum = values.iter().fold(Exact::zero(), |sum, value| sum + value);
    sum / Exact::from_integer(values.len().max(1).into())
}

fn rounded(rounding: Option<Rounding>, exact: Exact, steps: &mut Vec<Text>) -> Exact {
    let Some(rounding) = rounding else { return exact };
    let value = rounding.apply(&exact);
    if value != exact {
        let step = Phrase::new("settlement.step_rounded")
            .with("exact", shown(&exact))
            .with("value", shown(&value))
            .with("decimals", rounding.decimals.to_string())
            .with("by", rounding.by.name());
        steps.push(step.text());
    }
    value
}
