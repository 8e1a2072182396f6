//! Payments for exceedance (超标赔付): for every section, month and indicator by its multiple above the limit, C/S − 1.
//!
//! Anhui: up to 0.5 times over 50 万元, every further 0.5 begun 50 万元 more.

use num_traits::{One as _, Signed, Zero};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agreement::check::Check;
use crate::agreement::clause::frame::{Call, Occasion, limits_of, list, month_with};
use crate::agreement::clause::ladder::MissingMonth;
use crate::agreement::clause::pay::write;
use crate::agreement::clause::{Count, Kind};
use crate::agreement::model::{Indicator, Section};
use crate::agreement::written::{Amount, Number, Side, shown};
use crate::finding::Finding;
use crate::phrases::{Phrase, Text};
use crate::units::{Exact, Money};

/// Payments by multiples above the limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exceedance {
    /// Sections; all where none is named.
    #[serde(default)]
    pub sections: Vec<String>,
    /// Indicators that pay; all where none is named.
    #[serde(default)]
    pub indicators: Vec<String>,
    /// Who pays.
    pub from: Side,
    /// Who receives.
    pub to: Side,
    /// Multiple above the limit that is one step.
    pub every: Number,
    /// What a part of a step counts.
    pub count: Count,
    /// Amount for a step.
    pub amount: Amount,
    /// The most one indicator pays in a month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Amount>,
    /// Whether all indicators pay, or the one that pays most.
    pub combine: Exceeding,
    /// What a month without data means.
    pub missing_month: MissingMonth,
    /// Whether an indicator pays nothing where it is not above its value at the reference section in that month.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_worse_than_reference: bool,
}

/// Which indicators pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Exceeding {
    /// All that exceed.
    Sum,
    /// The one that pays most.
    Worst,
}

/// The limit of an indicator at a section: agreed there, or that of the target class.
pub(crate) fn limit(section: &Section, indicator: &Indicator) -> Option<Exact> {
    if let Some(agreed) = section.limits.get(&indicator.id) {
        return Some(agreed.0.clone());
    }
    let class = section.target_class?;
    limits_of(indicator, section)?.at_most(class).cloned()
}

impl Exceedance {
    fn of(
        &self,
        call: &mut Call<'_, '_>,
        section: &Section,
        month: u8,
        indicator: &Indicator,
        value: &Exact,
    ) -> Result<Money, Finding> {
        let Some(limit) = limit(section, indicator).filter(Signed::is_positive) else {
            return Err(Finding::error("settlement.no_limit", call.frame.places.of("section"))
                .with("section", section.name.0.clone())
                .with("indicator", indicator.label()));
        };
        let multiple = value / &limit - Exact::one();
        if !multiple.is_positive() {
            return Ok(Money::ZERO);
        }
        if self.no_worse_than_reference && excused(call, section, month, (indicator, value)) {
            return Ok(Money::ZERO);
        }
        let steps = self.count.of(&(&multiple / &self.every.0));
        let full = call.money(&(self.amount.0.exact() * &steps))?;
        let amount = self.at_most.map_or(full, |most| full.min(most.0));
        let step = Phrase::new("settlement.step_exceedance")
            .with("section", section.name.0.clone())
            .with("month", month.to_string())
            .with("indicator", indicator.label())
            .with("value", shown(value))
            .with("limit", shown(&limit))
            .with("multiple", shown(&multiple))
            .with("steps", shown(&steps))
            .with("amount", amount);
        call.tell(&step);
        Ok(amount)
    }
}

/// Whether no more of an indicator passes a section than its reference section in that month; it is told either way.
fn excused(call: &mut Call<'_, '_>, section: &Section, month: u8, (indicator, value): (&Indicator, &Exact)) -> bool {
    let frame = call.frame;
    let Some(reference) = section.reference.as_deref().and_then(|id| frame.agreement.section_of(id)) else {
        return false;
    };
    let fact = frame.months.get(&(reference.id.clone(), month));
    let above = fact.and_then(|fact| fact.values.get(&indicator.id));
    // Of dissolved oxygen more is better; only indicators of which more is worse have a limit to exceed.
    let (code, excused) = match above {
        Some(above) if value <= above => ("settlement.step_no_worse", true),
        Some(_) => ("settlement.step_worse_than_reference", false),
        None => ("settlement.step_no_reference", false),
    };
    let shown_above = match (above, fact.and_then(|fact| fact.absent.as_deref())) {
        (Some(above), _) => Text::same(format!("{} / {}", shown(value), shown(above))),
        (None, words) => Text::same(words.unwrap_or("—")),
    };
    let label = indicator.label();
    let value = Text { zh: format!("{} {}", label.zh, shown_above.zh), en: format!("{} {}", label.en, shown_above.en) };
    let step = Phrase::new(code).with("section", section.name.0.clone()).with("month", month.to_string());
    call.tell(&step.with("reference", reference.name.0.clone()).with("value", value));
    excused
}

impl Kind for Exceedance {
    fn check(&self, path: &str, check: &mut Check<'_>) {
        check.sections(&self.sections, &format!("{path}.sections"));
        check.indicators(&self.indicators, &format!("{path}.indicators"));
        check.sides((&self.from, &self.to), path, true);
        check.references(self.no_worse_than_reference, &self.sections, path);
        if !self.every.0.is_positive() {
            check.error("agreement.not_positive", &format!("{path}.every"), |f| f.with("value", shown(&self.every.0)));
        }
        let agreement = check.agreement;
        for section in agreement.sections_of(&self.sections) {
            for indicator in agreement.indicators_of(&self.indicators) {
                if limit(section, indicator).is_none_or(|limit| limit.is_zero() || limit.is_negative()) {
                    check.error("settlement.no_limit", path, |f| {
                        f.with("section", section.name.0.clone()).with("indicator", indicator.label())
                    });
                }
            }
        }
    }

    fn settle(&self, call: &mut Call<'_, '_>) -> Result<(), Finding> {
        let agreement = call.frame.agreement;
        for section in agreement.sections_of(&self.sections) {
            let mut missing: Vec<Text> = Vec::new();
            for month in 1..=12 {
                let fact = call.frame.months.get(&(section.id.clone(), month));
                let mut amounts = Vec::new();
                for indicator in agreement.indicators_of(&self.indicators) {
                    match fact.and_then(|fact| fact.values.get(&indicator.id)) {
                        Some(value) => amounts.push(self.of(call, section, month, indicator, value)?),
                        // A month of which nothing is known is named once.
                        None if fact.is_none_or(|fact| fact.values.is_empty()) => {}
                        None => {
                            let lacks = Phrase::new("settlement.lacks").with("indicators", indicator.label());
                            missing.push(month_with(month, &lacks.text()));
                        }
                    }
                }
                if fact.is_none_or(|fact| fact.values.is_empty()) {
                    let why = fact.and_then(|fact| fact.absent.as_deref()).unwrap_or_default();
                    missing.push(month_with(month, &Text::same(why)));
                }
                let amount = match self.combine {
                    Exceeding::Sum => {
                        Money::from_fen(amounts.iter().fold(0_i64, |sum, part| sum.saturating_add(part.fen())))
                    }
                    Exceeding::Worst => amounts.into_iter().max().unwrap_or_default(),
                };
                write(call, (&self.from, &self.to), amount, Occasion { section: Some(section), month: Some(month) })?;
            }
            if missing.is_empty() {
                continue;
            }
            let (section, months) = (section.name.0.clone(), list(missing));
            if self.missing_month == MissingMonth::Error {
                return Err(Finding::error("settlement.months_without_data", call.place("missing_month"))
                    .with("section", section)
                    .with("year", call.frame.year.to_string())
                    .with("months", months));
            }
            call.tell(&Phrase::new("settlement.step_skipped").with("section", section).with("months", months));
        }
        Ok(())
    }
}
