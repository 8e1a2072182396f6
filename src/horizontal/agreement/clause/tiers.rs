//! Tiers of a measure (分档、对赌): each an interval with its payments, in either direction.
//!
//! `mode = "one"`: the tiers cover every value once, and the one that holds is paid. `mode = "each"`: every tier that holds is
//! paid (新安江 rounds 2 and 3: P ≤ 1 pays 1 亿元, P ≤ 0.95 another).

use num_traits::One as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agreement::check::Check;
use crate::agreement::clause::frame::{Call, Occasion};
use crate::agreement::clause::pay::at_section;
use crate::agreement::clause::{Kind, Pay};
use crate::agreement::interval::{Bounds, interval};
use crate::agreement::written::{Label, shown};
use crate::finding::Finding;
use crate::phrases::{Phrase, Text};
use crate::units::Exact;

/// Payments by tiers of a measure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tiers {
    /// The measure.
    pub on: String,
    /// Whether one tier is paid, or each that holds.
    #[serde(default)]
    pub mode: Mode,
    /// The tiers.
    pub tier: Vec<Tier>,
}

/// Which tiers are paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The one that holds; the tiers leave no gap and do not overlap.
    #[default]
    One,
    /// Each that holds.
    Each,
}

/// One tier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Printed name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Label>,
    /// Its interval, each end inclusive or exclusive by the word used.
    pub when: Bounds,
    /// Its payments; none where it pays nothing.
    #[serde(default)]
    pub pay: Vec<Pay>,
}

impl Kind for Tiers {
    fn check(&self, path: &str, check: &mut Check<'_>) {
        let measure = check.measure(&self.on, &format!("{path}.on"));
        let by_section = measure.is_some_and(|measure| measure.is_by_section());
        check.some(self.tier.len(), &format!("{path}.tier"));
        for (index, tier) in self.tier.iter().enumerate() {
            let path = format!("{path}.tier[{}]", index + 1);
            check.bounds(&tier.when, &format!("{path}.when"));
            for (index, pay) in tier.pay.iter().enumerate() {
                pay.check(&format!("{path}.pay[{}]", index + 1), check, (true, by_section));
            }
        }
        if self.mode == Mode::One
            && let Some(measure) = measure
        {
            let tiers: Vec<&Bounds> = self.tier.iter().map(|tier| &tier.when).collect();
            check.covers(&tiers, measure.range(), &format!("{path}.tier"));
        }
    }

    fn settle(&self, call: &mut Call<'_, '_>) -> Result<(), Finding> {
        let measure = call.frame.agreement.measure_of(&self.on);
        let name = measure.map_or_else(|| Text::same(&self.on), |measure| measure.label());
        let symbol = measure.map_or_else(|| Text::same(&self.on), |measure| measure.symbol());
        for valued in call.values(&self.on)? {
            let section = valued.section.as_deref().and_then(|id| call.frame.agreement.section_of(id));
            let at = at_section(valued.section.as_deref(), call);
            let mut held = 0;
            for (index, tier) in self.tier.iter().enumerate() {
                if !tier.when.holds(&valued.value) {
                    continue;
                }
                held += 1;
                let number = (index + 1).to_string();
                let step = Phrase::new("settlement.step_tier")
                    .with("at", at.clone())
                    .with("measure", name.clone())
                    .with("value", shown(&valued.value))
                    .with("tier", tier.name.as_ref().map_or_else(|| Text::same(&number), |name| name.0.clone()))
                    .with("interval", interval(&tier.when, &symbol));
                call.tell(&step);
                if tier.pay.is_empty() {
                    call.tell(&Phrase::new("settlement.pays_nothing"));
                }
                for pay in &tier.pay {
                    pay.pay(call, Occasion { section, month: None }, Some(&valued.value), &Exact::one())?;
                }
            }
            if held == 0 {
                let step = Phrase::new("settlement.step_no_tier").with("at", at).with("measure", name.clone());
                call.tell(&step.with("value", shown(&valued.value)));
            }
        }
        Ok(())
    }
}
