//! Advances (预拨): paid before the outcome is known and credited when the year is settled; what was too much comes back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agreement::check::Check;
use crate::agreement::clause::Kind;
use crate::agreement::clause::book::Flow;
use crate::agreement::clause::frame::Call;
use crate::agreement::written::Amount;
use crate::finding::Finding;
use crate::phrases::Phrase;
use crate::units::Money;

/// Advances of a year. They add nothing to what is due: the transfers of the settlement are what is due less the advances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prepay {
    /// The advances.
    pub advance: Vec<Advance>,
}

/// One advance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Advance {
    /// Who pays it.
    pub from: String,
    /// Who receives it.
    pub to: String,
    /// How much.
    pub amount: Amount,
}

impl Kind for Prepay {
    fn check(&self, path: &str, check: &mut Check<'_>) {
        check.some(self.advance.len(), &format!("{path}.advance"));
        for (index, advance) in self.advance.iter().enumerate() {
            let path = format!("{path}.advance[{}]", index + 1);
            check.party(&advance.from, &format!("{path}.from"), false);
            check.party(&advance.to, &format!("{path}.to"), false);
            if advance.from == advance.to {
                let name = check.agreement.party_name(&advance.from);
                check.error("agreement.to_itself", &path, |f| f.with("party", name));
            }
        }
    }

    fn settle(&self, call: &mut Call<'_, '_>) -> Result<(), Finding> {
        call.looked = true;
        for advance in &self.advance {
            let agreement = call.frame.agreement;
            let step = Phrase::new("settlement.step_prepaid")
                .with("from", agreement.party_name(&advance.from))
                .with("to", agreement.party_name(&advance.to))
                .with("amount", advance.amount.0);
            call.tell(&step);
            let flow = Flow {
                clause: call.clause.id.clone(),
                from: advance.from.clone(),
                to: advance.to.clone(),
                amount: advance.amount.0,
                due: advance.amount.0,
                put_off: Money::ZERO,
                cut: Money::ZERO,
                section: None,
                month: None,
                carried_from: None,
            };
            let place = call.place("");
            call.book.advance(flow, &place)?;
        }
        Ok(())
    }
}
