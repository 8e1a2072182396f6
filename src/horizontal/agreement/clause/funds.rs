//! What the common funds hold: money enters by being paid in and leaves by being drawn, and nothing can be drawn that is not there.

use std::collections::BTreeMap;

use crate::agreement::model::{Agreement, Role};
use crate::units::Money;

/// The balances of all common funds; none of them can fall below zero.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Funds {
    held: BTreeMap<String, Money>,
}

impl Funds {
    /// The funds of an agreement before its first year, all empty.
    pub fn of(agreement: &Agreement) -> Self {
        let pools = agreement.party.iter().filter(|party| party.role == Role::Pool);
        Self { held: pools.map(|party| (party.id.clone(), Money::ZERO)).collect() }
    }

    /// Whether a party is a fund.
    pub fn is_fund(&self, party: &str) -> bool {
        self.held.contains_key(party)
    }

    /// What a fund holds; nothing where the party is none.
    pub fn held(&self, fund: &str) -> Money {
        self.held.get(fund).copied().unwrap_or(Money::ZERO)
    }

    /// Takes a payment in; nothing happens where the party is no fund.
    pub(super) fn pay_in(&mut self, fund: &str, amount: Money) {
        if let Some(held) = self.held.get_mut(fund).filter(|_| amount > Money::ZERO) {
            *held = Money::from_fen(held.fen().saturating_add(amount.fen()));
        }
    }

    /// Takes out as much of an amount as the fund holds, and says how much that was.
    pub(super) fn draw(&mut self, fund: &str, wanted: Money) -> Money {
        let Some(held) = self.held.get_mut(fund) else { return Money::ZERO };
        let drawn = wanted.min(*held).max(Money::ZERO);
        *held = Money::from_fen(held.fen() - drawn.fen());
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_drawn_that_is_not_there() {
        let mut funds = Funds { held: [("f".to_owned(), Money::ZERO)].into() };
        assert_eq!(funds.draw("f", Money::from_fen(5)), Money::ZERO);
        funds.pay_in("f", Money::from_fen(8));
        funds.pay_in("f", Money::from_fen(-3));
        assert_eq!(funds.draw("f", Money::from_fen(5)), Money::from_fen(5));
        assert_eq!(funds.draw("f", Money::from_fen(5)), Money::from_fen(3));
        assert_eq!((funds.held("f"), funds.draw("other", Money::from_fen(1))), (Money::ZERO, Money::ZERO));
    }
}
