//! Clawback (扣减、清算收回): what a party gives back where a measure falls short of the agreed interval.

use num_traits::One as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agreement::check::Check;
use crate::agreement::clause::frame::{Call, Occasion};
use crate::agreement::clause::pay::at_section;
use crate::agreement::clause::{Kind, Pay};
use crate::agreement::interval::{Bounds, interval};
use crate::agreement::written::shown;
use crate::finding::Finding;
use crate::phrases::{Phrase, Text};
use crate::units::Exact;

/// What is given back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Clawback {
    /// The measure.
    pub on: String,
    /// Values at which it is called for.
    pub when: Bounds,
    /// Whether the payments are multiplied by 1 − value: the part of the months that failed, where the measure is a rate.
    #[serde(default)]
    pub in_proportion: bool,
    /// The payments.
    pub pay: Vec<Pay>,
}

impl Kind for Clawback {
    fn check(&self, path: &str, check: &mut Check<'_>) {
        let measure = check.measure(&self.on, &format!("{path}.on"));
        check.bounds(&self.when, &format!("{path}.when"));
        let range = measure.map(|measure| measure.range());
        let is_rate =
            range.is_some_and(|(least, most)| least.is_some() && most.is_some_and(|most| most == Exact::one()));
        if let Some(measure) = measure.filter(|_| self.in_proportion && !is_rate) {
            let name = measure.label();
            check.error("agreement.not_a_rate", &format!("{path}.in_proportion"), |f| f.with("measure", name));
        }
        check.some(self.pay.len(), &format!("{path}.pay"));
        let by_section = measure.is_some_and(|measure| measure.is_by_section());
        for (index, pay) in self.pay.iter().enumerate() {
            pay.check(&format!("{path}.pay[{}]", index + 1), check, (true, by_section));
        }
    }

    fn settle(&self, call: &mut Call<'_, '_>) -> Result<(), Finding> {
        let measure = call.frame.agreement.measure_of(&self.on);
        let name = measure.map_or_else(|| Text::same(&self.on), |measure| measure.label());
        let symbol = measure.map_or_else(|| Text::same(&self.on), |measure| measure.symbol());
        for valued in call.values(&self.on)? {
            let section = valued.section.as_deref().and_then(|id| call.frame.agreement.section_of(id));
            let holds = self.when.holds(&valued.value);
            let step = Phrase::new(if holds { "settlement.step_clawback" } else { "settlement.step_no_clawback" })
                .with("at", at_section(valued.section.as_deref(), call))
                .with("measure", name.clone())
                .with("value", shown(&valued.value))
                .with("interval", interval(&self.when, &symbol));
            call.tell(&step);
            if !holds {
                continue;
            }
            let factor = if self.in_proportion { Exact::one() - &valued.value } else { Exact::one() };
            if self.in_proportion {
                let step = Phrase::new("settlement.step_in_proportion").with("value", shown(&valued.value));
                call.tell(&step.with("factor", shown(&factor)));
            }
            for pay in &self.pay {
                pay.pay(call, Occasion { section, month: None }, Some(&valued.value), &factor)?;
            }
        }
        Ok(())
    }
}
