//! Fund: a fund is spent to the 分, or at most spent; an earmark (专款专用) is kept by the amounts that exist.
//!
//! - Formula: Σ_c x(f, c) = amount ("all") or ≤ amount ("up_to"); of a fund whose remainder stays in it, the whole rounding units
//!   of the amount
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
    let amount = fund.amount.exact() - frame.remainder_of(fund).exact();
    let lower = (fund.spend == Spend::All).then(|| amount.clone());
    let terms = amounts.map(|(index, _)| (Variable::Amount(AmountId(index)), one.clone())).collect();
    let sides = (lower, Some(amount));
    Some(Requirement::of_money(Member::Fund(position), "spent".to_owned(), sides, terms))
}

/// What is wrong with the spending of one fund, from amounts alone.
pub fn check(frame: &Frame, position: usize, amounts: &[Money]) -> Vec<Violation> {
    let Some(fund) = frame.funds.get(position) else { return Vec::new() };
    let of_fund = frame.amounts.iter().zip(amounts).filter(|(amount, _)| amount.fund == position);
    let spent: Money = of_fund.map(|(_, amount)| *amount).sum();
    let (unit, keeps) = (frame.unit.fen().max(1), frame.keeps_remainder && fund.spend == Spend::All);
    let due = if keeps { Money::from_fen(fund.amount.fen() / unit * unit) } else { fund.amount };
    if spent > due {
        vec![Violation::above("total".to_owned(), due.exact(), spent.exact())]
    } else if fund.spend == Spend::All && spent < due {
        vec![Violation::below("total".to_owned(), due.exact(), spent.exact())]
    } else {
        Vec::new()
    }
}
