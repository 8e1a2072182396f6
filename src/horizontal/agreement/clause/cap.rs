//! Caps (封顶): the most that one party pays under some clauses in a year; what is above is cut in proportion, to the 分.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agreement::check::Check;
use crate::agreement::clause::Kind;
use crate::agreement::clause::frame::Call;
use crate::agreement::written::Amount;
use crate::finding::Finding;
use crate::phrases::Phrase;
use crate::units::{Exact, Money};

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
        let agreement = call.frame.agreement;
        let mut by_payer: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, flow) in call.book.flows.iter().enumerate() {
            let is_meant = self.payer.as_ref().is_none_or(|payer| *payer == flow.from);
            if is_meant && self.of.contains(&flow.clause) && flow.carried_from.is_none() {
                by_payer.entry(flow.from.clone()).or_default().push(index);
            }
        }
        for (party, chosen) in by_payer {
            let (total, _) = cut(call, &chosen, self.at_most.0);
            let code = if total > self.at_most.0 { "settlement.step_cap" } else { "settlement.step_within_cap" };
            if total > Money::ZERO {
                let step = Phrase::new(code).with("party", agreement.party_name(&party));
                call.tell(&step.with("total", total).with("most", self.at_most.0));
            }
        }
        Ok(())
    }
}

/// Cuts flows of the book so that together they pay at most so much; the total before, and what each lost.
pub(super) fn cut(call: &mut Call<'_, '_>, chosen: &[usize], most: Money) -> (Money, Vec<(usize, Money)>) {
    let amounts: Vec<Money> =
        chosen.iter().filter_map(|index| call.book.flows.get(*index)).map(|flow| flow.amount).collect();
    let total: Money = amounts.iter().copied().sum();
    if total <= most {
        return (total, Vec::new());
    }
    let shares: Vec<Exact> = amounts.iter().map(|amount| amount.exact()).collect();
    let parts = call.split(most, &shares);
    let mut lost = Vec::new();
    for ((index, part), before) in chosen.iter().zip(parts).zip(amounts) {
        if let Some(flow) = call.book.flows.get_mut(*index) {
            flow.amount = part;
            lost.push((*index, Money::from_fen(before.fen() - part.fen())));
        }
    }
    (total, lost)
}
