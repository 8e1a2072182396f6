//! Fund: a fund is spent to the 分, or at most spent; an earmark (专款专用) is kept by the amounts that exist.
//!
//! - Formula: Σ_c x(f, c) = amount ("all") or ≤ amount ("up_to")
//! - Rows: `spent`
//! - Cannot hold when: caps leave no room for the money, or floors ask for more

use crate::rules::Violation;
use crate::rules::frame::{AmountId, Frame, Spend};
use crate::rules::requirement::{Member, Requirement, Variable};
use crate::units::{Exact, Money};

/// The requirement of one fund.
pub fn requirement(frame: &Frame, position: usize) -> Option<Requirement> {
    let fund = frame.funds.get(position)?;
    let amounts = frame.amounts.iter().enumerate().filter(|(_, amount)| amount.fund == position);
    let one = Exact::from_integer(1.into());
    let lower = (fund.spend == Spend::All).then(|| fund.amount.exact());
    let terms = amounts.map(|(index, _)| (Variable::Amount(AmountId(index)), one.clone())).collect();
    let sides = (lower, Some(fund.amount.exact()));
    Some(Requirement::of_money(Member::Fund(position), "spent".to_owned(), sides, terms))
}

/// What is wrong with the spending of one fund, from amounts alone.
pub fn check(frame: &Frame, position: usize, amounts: &[Money]) -> Vec<Violation> {
    let Some(fund) = frame.funds.get(position) else { return Vec::new() };
    let of_fund = frame.amounts.iter().zip(amounts).filter(|(amount, _)| amount.fund == position);
    let spent: Money = of_fund.map(|(_, amount)| *amount).sum();
    if spent > fund.amount {
        vec![Violation::above("total".to_owned(), fund.amount.exact(), spent.exact())]
    } else if fund.spend == Spend::All && spent < fund.amount {
        vec![Violation::below("total".to_owned(), fund.amount.exact(), spent.exact())]
    } else {
        Vec::new()
    }
}
