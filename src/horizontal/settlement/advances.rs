//! Advances of a common fund: it cannot advance more than it had and took in that year.

use crate::agreement::clause::divided;
use crate::agreement::{Agreement, Book, Flow, Funds};
use crate::phrases::Phrase;
use crate::settlement::document::ClausePart;
use crate::units::Money;

/// Cuts advances of funds to their means, in proportion, and tells it under the clause that orders them.
pub(super) fn within_funds(agreement: &Agreement, opening: &Funds, book: &mut Book, clauses: &mut [ClausePart]) {
    for fund in agreement.party.iter().map(|party| &party.id).filter(|party| opening.is_fund(party)) {
        let paid_in: i64 = book.flows.iter().filter(|flow| flow.to == *fund).map(|flow| flow.amount.fen()).sum();
        let means = Money::from_fen(opening.held(fund).fen().saturating_add(paid_in));
        let advances = |flow: &&mut Flow| flow.from == *fund;
        let wanted: Vec<Money> = book.prepaid.iter_mut().filter(advances).map(|flow| flow.due).collect();
        let total: Money = wanted.iter().copied().sum();
        if total <= means {
            continue;
        }
        let parts = divided(agreement, means, &wanted);
        for (flow, part) in book.prepaid.iter_mut().filter(advances).zip(parts) {
            (flow.amount, flow.cut) = (part, Money::from_fen(flow.due.fen() - part.fen()));
            let step = Phrase::new("settlement.step_advance_short")
                .with("fund", agreement.party_name(fund))
                .with("to", agreement.party_name(&flow.to))
                .with("wanted", flow.due)
                .with("means", means)
                .with("amount", part);
            if let Some(clause) = clauses.iter_mut().find(|clause| clause.id == flow.clause) {
                clause.steps.push(step.text());
            }
        }
    }
}
