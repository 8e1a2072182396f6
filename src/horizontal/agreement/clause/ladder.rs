//! The section ladder (断面生态补偿): for every section and month, payments by classes better or worse than the target.
//!
//! Class by the worst indicator of GB 3838-2002, or as reported. Rungs are 1, 2, … classes without a gap; the last one may
//! stand for more. Anhui: one class better 50 万元, two classes 100 万元.

use num_traits::One as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agreement::check::Check;
use crate::agreement::clause::frame::{Call, Occasion, list, month_with};
use crate::agreement::clause::{Kind, Pay};
use crate::agreement::data::MissingIndicator;
use crate::agreement::model::{Indicator, Section};
use crate::agreement::written::Class;
use crate::finding::Finding;
use crate::phrases::{Phrase, Text};
use crate::units::Exact;

/// Payments by classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ladder {
    /// Sections; all where none is named.
    #[serde(default)]
    pub sections: Vec<String>,
    /// Indicators that make the class; all where none is named.
    #[serde(default)]
    pub indicators: Vec<String>,
    /// Rungs above the target; none where better water earns nothing.
    #[serde(default)]
    pub better: Vec<Rung>,
    /// Rungs below the target; none where worse water costs nothing.
    #[serde(default)]
    pub worse: Vec<Rung>,
    /// What a month without data means.
    pub missing_month: MissingMonth,
    /// Where an indicator is missing and others are there, in place of what `data` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_indicator: Option<MissingIndicator>,
    /// Whether water below the target costs nothing where it is no worse than at the reference section in that month.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_worse_than_reference: bool,
}

/// One rung.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rung {
    /// Classes of difference, from 1.
    pub classes: u8,
    /// Whether it holds for more classes too.
    #[serde(default)]
    pub or_more: bool,
    /// Its payments, for each section-month.
    pub pay: Vec<Pay>,
}

/// What a month without data means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MissingMonth {
    /// No payment, and the step says so.
    Skip,
    /// An error.
    Error,
}

impl Rung {
    fn holds(&self, classes: u8) -> bool {
        classes == self.classes || (self.or_more && classes > self.classes)
    }
}

impl Ladder {
    fn rungs(path: &str, rungs: &[Rung], check: &mut Check<'_>) {
        for (index, rung) in rungs.iter().enumerate() {
            let path = format!("{path}[{}]", index + 1);
            let expected = u8::try_from(index + 1).unwrap_or(u8::MAX);
            if rung.classes != expected {
                check.error("agreement.rung_order", &path, |f| {
                    f.with("found", rung.classes.to_string()).with("expected", expected.to_string())
                });
            }
            let is_last = index + 1 == rungs.len();
            if rung.or_more != is_last && !(is_last && rung.classes == 5) {
                check.error("agreement.rung_end", &path, |f| f.with("classes", rung.classes.to_string()));
            }
            for (index, pay) in rung.pay.iter().enumerate() {
                pay.check(&format!("{path}.pay[{}]", index + 1), check, (false, true));
            }
        }
    }

    /// Settles a month; why it has no class where it has none.
    fn settle_month(
        &self,
        call: &mut Call<'_, '_>,
        (section, target): (&Section, Class),
        month: u8,
        indicators: &[&Indicator],
    ) -> Result<Option<Text>, Finding> {
        let rule = self.missing_indicator.unwrap_or(call.frame.agreement.data.missing_indicator);
        let (class, by) = match call.class_of_month(section, month, (indicators, rule))? {
            Ok(found) => found,
            Err(why) => return Ok(Some(why)),
        };
        let (rungs, difference, code) = if class < target {
            (&self.better, target.0 - class.0, "settlement.step_better")
        } else {
            (&self.worse, class.0 - target.0, "settlement.step_worse")
        };
        if difference == 0 {
            return Ok(None);
        }
        let Some(rung) = rungs.iter().find(|rung| rung.holds(difference)) else { return Ok(None) };
        let step = Phrase::new(code)
            .with("section", section.name.0.clone())
            .with("month", month.to_string())
            .with("class", class.name())
            .with("by", by)
            .with("target", target.name())
            .with("classes", difference.to_string());
        call.tell(&step);
        if class > target
            && self.no_worse_than_reference
            && self.excused(call, section, (month, class), (indicators, rule))?
        {
            return Ok(None);
        }
        for pay in &rung.pay {
            pay.pay(call, Occasion { section: Some(section), month: Some(month) }, None, &Exact::one())?;
        }
        Ok(None)
    }

    /// Whether the water came no better from the reference section; it is told either way.
    fn excused(
        &self,
        call: &mut Call<'_, '_>,
        section: &Section,
        (month, class): (u8, Class),
        chosen: (&[&Indicator], MissingIndicator),
    ) -> Result<bool, Finding> {
        let Some(reference) = section.reference.as_deref().and_then(|id| call.frame.agreement.section_of(id)) else {
            return Ok(false);
        };
        let (code, value, excused) = match call.class_of_month(reference, month, chosen)? {
            Ok((above, _)) if class <= above => ("settlement.step_no_worse", above.name(), true),
            Ok((above, _)) => ("settlement.step_worse_than_reference", above.name(), false),
            Err(why) if why.zh.is_empty() => ("settlement.step_no_reference", Text::same("—"), false),
            Err(why) => ("settlement.step_no_reference", why, false),
        };
        let step = Phrase::new(code).with("section", section.name.0.clone()).with("month", month.to_string());
        call.tell(&step.with("reference", reference.name.0.clone()).with("value", value));
        Ok(excused)
    }
}

impl Kind for Ladder {
    fn check(&self, path: &str, check: &mut Check<'_>) {
        check.sections(&self.sections, &format!("{path}.sections"));
        check.indicators(&self.indicators, &format!("{path}.indicators"));
        check.targets(&self.sections, path);
        check.references(self.no_worse_than_reference, &self.sections, path);
        Self::rungs(&format!("{path}.better"), &self.better, check);
        Self::rungs(&format!("{path}.worse"), &self.worse, check);
        check.some(self.better.len() + self.worse.len(), &format!("{path}.better"));
    }

    fn settle(&self, call: &mut Call<'_, '_>) -> Result<(), Finding> {
        let agreement = call.frame.agreement;
        let indicators = agreement.indicators_of(&self.indicators);
        for section in agreement.sections_of(&self.sections) {
            let Some(target) = section.target_class else { continue };
            let mut missing = Vec::new();
            for month in 1..=12 {
                if let Some(why) = self.settle_month(call, (section, target), month, &indicators)? {
                    missing.push(month_with(month, &why));
                }
            }
            if missing.is_empty() {
                continue;
            }
            let (section, months) = (section.name.0.clone(), list(missing));
            if self.missing_month == MissingMonth::Error {
                return Err(Finding::error("settlement.months_without_class", call.place("missing_month"))
                    .with("section", section)
                    .with("year", call.frame.year.to_string())
                    .with("months", months));
            }
            call.tell(&Phrase::new("settlement.step_skipped").with("section", section).with("months", months));
        }
        Ok(())
    }
}
