//! Yearly budgets (年度预算限额): the most a party pays in a year; the rest is put off to the next year or forgone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agreement::check::Check;
use crate::agreement::clause::Kind;
use crate::agreement::clause::excess::Excess;
use crate::agreement::clause::frame::Call;
use crate::agreement::written::Amount;
use crate::finding::Finding;
use crate::phrases::Phrase;
use crate::units::Money;

/// The most a party pays in a year, over all clauses before this one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// The party.
    pub party: String,
    /// The most.
    pub at_most: Amount,
    /// What becomes of the rest.
    pub excess: Excess,
}

impl Kind for Budget {
    fn check(&self, path: &str, check: &mut Check<'_>) {
        check.party(&self.party, &format!("{path}.party"), false);
    }

    fn settle(&self, call: &mut Call<'_, '_>) -> Result<(), Finding> {
        call.looked = true;
        let agreement = call.frame.agreement;
        let flows = call.book.flows.iter().enumerate();
        let chosen: Vec<usize> = flows.filter(|(_, flow)| flow.from == self.party).map(|(index, _)| index).collect();
        // Debts of earlier years come first: only what they leave is divided among this year's payments.
        let (old, new): (Vec<usize>, Vec<usize>) = chosen
            .into_iter()
            .partition(|index| call.book.flows.get(*index).is_some_and(|flow| flow.carried_from.is_some()));
        let debts = call.book.limit(agreement, call.position, &old, (self.at_most.0, self.excess));
        let left = Money::from_fen((self.at_most.0.fen() - debts.fen()).max(0));
        let dues = call.book.limit(agreement, call.position, &new, (left, self.excess));
        let total = Money::from_fen(debts.fen() + dues.fen());
        let excess = Money::from_fen((total.fen() - self.at_most.0.fen()).max(0));
        let code = match (excess > Money::ZERO, self.excess) {
            (false, _) => "settlement.step_within_budget",
            (true, Excess::CarryOver) => "settlement.step_carried",
            (true, Excess::Forgone) => "settlement.step_forgone",
        };
        let step = Phrase::new(code).with("party", agreement.party_name(&self.party));
        call.tell(&step.with("total", total).with("most", self.at_most.0).with("excess", excess));
        Ok(())
    }
}
