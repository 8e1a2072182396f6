//! Accidents (重大水污染事故): an event takes the place of other clauses, and pays for itself.

use num_traits::One as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agreement::check::Check;
use crate::agreement::clause::frame::{Call, Occasion};
use crate::agreement::clause::{Kind, Pay};
use crate::finding::Finding;
use crate::phrases::{Phrase, Text};
use crate::units::Exact;

/// What an event does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accident {
    /// The event.
    pub event: String,
    /// Clauses that do not hold in a year in which it happened.
    #[serde(default)]
    pub instead_of: Vec<String>,
    /// What is then paid.
    #[serde(default)]
    pub pay: Vec<Pay>,
    /// Whether it is paid for every time it happened.
    #[serde(default)]
    pub every_time: bool,
}

impl Accident {
    /// Whether it happened in the year of these events.
    pub fn happened(&self, events: &std::collections::BTreeMap<String, u64>) -> u64 {
        events.get(&self.event).copied().unwrap_or(0)
    }
}

impl Kind for Accident {
    fn check(&self, path: &str, check: &mut Check<'_>) {
        check.event(&self.event, &format!("{path}.event"));
        for clause in &self.instead_of {
            check.other_clause(clause, &format!("{path}.instead_of"));
        }
        for (index, pay) in self.pay.iter().enumerate() {
            pay.check(&format!("{path}.pay[{}]", index + 1), check, (false, false));
        }
        check.some(self.instead_of.len() + self.pay.len(), &format!("{path}.pay"));
    }

    fn settle(&self, call: &mut Call<'_, '_>) -> Result<(), Finding> {
        let count = self.happened(call.frame.events);
        let event = call.frame.agreement.event.iter().find(|event| event.id == self.event);
        let name = event.map_or_else(|| Text::same(&self.event), |event| event.name.0.clone());
        let code = match (call.frame.events.contains_key(&self.event), count) {
            (false, _) => "settlement.step_event_silent",
            (true, 0) => "settlement.step_no_event",
            (true, _) => "settlement.step_event",
        };
        call.tell(&Phrase::new(code).with("event", name).with("count", count.to_string()));
        if count == 0 {
            return Ok(());
        }
        let factor = if self.every_time { Exact::from_integer(count.into()) } else { Exact::one() };
        for pay in &self.pay {
            pay.pay(call, Occasion::default(), None, &factor)?;
        }
        Ok(())
    }
}
