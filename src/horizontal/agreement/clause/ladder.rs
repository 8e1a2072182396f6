//! The section ladder (断面生态补偿): for every section and month, payments by classes better or worse than the target.
//!
//! Class by the worst indicator of GB 3838-2002, or as reported. Rungs are 1, 2, … classes without a gap; the last one may
//! stand for more. Anhui: one class better 50 万元, two classes 100 万元.

use num_traits::One as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agreement::check::Check;
use crate::agreement::clause::frame::{Call, Occasion};
use crate::agreement::clause::{Kind, Pay};
use crate::agreement::model::{Indicator, Section};
use crate::agreement::written::Class;
use crate::finding::Finding;
use crate::phrases::Phrase;
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

    fn settle_month(
        &self,
        call: &mut Call<'_, '_>,
        (section, target): (&Section, Class),
        month: u8,
        indicators: &[&Indicator],
    ) -> Result<bool, Finding> {
        let Some((class, by)) = call.class_of_month(section, month, indicators)? else { return Ok(false) };
        let (rungs, difference, code) = if class < target {
            (&self.better, target.0 - class.0, "settlement.step_better")
        } else {
            (&self.worse, class.0 - target.0, "settlement.step_worse")
        };
        if difference == 0 {
            return Ok(true);
        }
        let step = Phrase::new(code)
            .with("section", section.name.0.clone())
            .with("month", month.to_string())
            .with("class", class.name())
            .with("by", by)
            .with("target", target.name())
            .with("classes", difference.to_string());
        if let Some(rung) = rungs.iter().find(|rung| rung.holds(difference)) {
            call.tell(&step);
            for pay in &rung.pay {
                pay.pay(call, Occasion { section: Some(section), month: Some(month) }, None, &Exact::one())?;
            }
        }
        Ok(true)
    }
}

impl Kind for Ladder {
    fn check(&self, path: &str, check: &mut Check<'_>) {
        check.sections(&self.sections, &format!("{path}.sections"));
        check.indicators(&self.indicators, &format!("{path}.indicators"));
        check.targets(&self.sections, path);
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
                if !self.settle_month(call, (section, target), month, &indicators)? {
                    missing.push(month.to_string());
                }
            }
            if missing.is_empty() {
                continue;
            }
            let (section, months) = (section.name.0.clone(), missing.join(", "));
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
