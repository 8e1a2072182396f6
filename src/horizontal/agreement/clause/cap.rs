//! Caps (封顶): the most that one party pays under some clauses in a year; what is above is cut in proportion, to the 分.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agreement::check::Check;
use crate::agreement::clause::Kind;
use crate::agreement::clause::excess::Excess;
use crate::agreement::clause::frame::Call;
use crate::agreement::written::Amount;
use crate::finding::Finding;
use crate::phrases::Phrase;

/// The most that clauses pay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// The clauses, all of them earlier.
    pub of: Vec<String>,
    /// The party that pays; every party by itself where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<String>,
    /// The most.
    pub at_most: Amount,
}

impl Kind for Cap {
    fn check(&self, path: &str, check: &mut Check<'_>) {
        check.some(self.of.len(), &format!("{path}.of"));
        for clause in &self.of {
            check.earlier_clause(clause, &format!("{path}.of"));
        }
        if let Some(party) = &self.payer {
            check.party(party, &format!("{path}.payer"), false);
        }
    }

    fn settle(&self, call: &mut Call<'_, '_>) -> Result<(), Finding> {
        call.looked = true;
        let agreement = call.frame.agreement;
        let mut by_payer: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, flow) in call.book.flows.iter().enumerate() {
            let is_meant = self.payer.as_ref().is_none_or(|payer| *payer == flow.from);
            if is_meant && self.of.contains(&flow.clause) && flow.carried_from.is_none() {
                by_payer.entry(flow.from.clone()).or_default().push(index);
            }
        }
        if by_payer.is_empty() {
            call.tell(&Phrase::new("settlement.step_cap_idle").with("most", self.at_most.0));
        }
        for (party, chosen) in by_payer {
            let total = call.book.limit(agreement, call.position, &chosen, (self.at_most.0, Excess::Forgone));
            let code = if total > self.at_most.0 { "settlement.step_cap" } else { "settlement.step_within_cap" };
            let step = Phrase::new(code).with("party", agreement.party_name(&party));
            call.tell(&step.with("total", total).with("most", self.at_most.0));
        }
        Ok(())
    }
}
