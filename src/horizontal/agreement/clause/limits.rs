//! What caps and yearly budgets leave of the flows before them, by clause and flow.
//!
//! A cap stands after what it cuts, and what it cuts may have fed a fund or been the base of a share. A year is therefore settled
//! again under the limits found, until the limits found are those it was settled under.

use std::collections::BTreeMap;

use crate::agreement::clause::excess::Excess;
use crate::units::Money;

/// A flow: position of its clause, whether it was carried over, its position among such flows of the clause.
pub(super) type Key = (usize, bool, usize);

/// What one cap or budget leaves of each flow.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Limit {
    /// What becomes of the rest.
    excess: Excess,
    /// The most of each flow.
    most: BTreeMap<Key, Money>,
}

/// The limits of a year, by position of the clause that sets them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits(BTreeMap<usize, Limit>);

/// What is left of a flow, and what became of the rest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Left {
    pub amount: Money,
    pub put_off: Money,
    pub cut: Money,
}

impl Limits {
    /// Adds what a clause leaves of flows.
    pub(super) fn add(&mut self, clause: usize, excess: Excess, most: impl Iterator<Item = (Key, Money)>) {
        self.0.entry(clause).or_insert_with(|| Limit { excess, most: BTreeMap::new() }).most.extend(most);
    }

    /// What the clauses before one leave of a flow; of all clauses where none is named.
    pub(super) fn apply(&self, key: Key, due: Money, before: Option<usize>) -> Left {
        let mut left = Left { amount: due, ..Left::default() };
        for (clause, limit) in &self.0 {
            if before.is_some_and(|before| *clause >= before) {
                break;
            }
            let Some(most) = limit.most.get(&key).filter(|most| **most < left.amount) else { continue };
            let lost = left.amount.fen() - most.fen();
            match limit.excess {
                Excess::CarryOver => left.put_off = Money::from_fen(left.put_off.fen() + lost),
                Excess::Forgone => left.cut = Money::from_fen(left.cut.fen() + lost),
            }
            left.amount = *most;
        }
        left
    }

    /// These limits, and those found, whichever is less.
    pub fn tightened(mut self, found: &Self) -> Self {
        for (clause, limit) in &found.0 {
            let known = self.0.entry(*clause).or_insert_with(|| Limit { excess: limit.excess, most: BTreeMap::new() });
            for (key, most) in &limit.most {
                let entry = known.most.entry(*key).or_insert(*most);
                *entry = (*entry).min(*most);
            }
        }
        self
    }
}
