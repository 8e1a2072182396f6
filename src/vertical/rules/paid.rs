//! Paid: what an area has received in batches during the year is a floor of what its plan gives it (已下达).
//!
//! - Formula: Σ(group) ≥ released − recalled where no money may be recalled; Σ(group) ≥ withdrawn where it may, so that nobody
//!   keeps less than nothing
//! - Rows: `paid[group,fund]`
//! - Cannot hold when: the funds have shrunk below what was released

use crate::rules::Violation;
use crate::rules::frame::Frame;
use crate::rules::requirement::{Member, Requirement, Variable};
use crate::rules::selection::Selection;
use crate::units::{Exact, Money};

/// The least amount of one group from one fund.
#[derive(Debug, Clone, PartialEq)]
pub struct Least {
    /// The money concerned.
    pub of: Selection,
    /// Code of the area, or of the cell.
    pub group: String,
    /// Id of the fund.
    pub fund: String,
    /// The least amount, > 0.
    pub amount: Money,
}

/// What was paid as a floor.
#[derive(Debug, Clone, PartialEq)]
pub struct Paid {
    /// One entry a group and fund.
    pub least: Vec<Least>,
    /// Whether money may be recalled, so that only what was withdrawn is a floor.
    pub recall: bool,
}

impl Paid {
    /// One requirement an entry.
    pub fn requirements(&self, member: Member, frame: &Frame) -> Vec<Requirement> {
        let one = Exact::from_integer(1.into());
        let row = |least: &Least| {
            let terms = least.of.terms(frame, &one).into_iter().map(|(id, a)| (Variable::Amount(id), a)).collect();
            let name = format!("paid[{},{}]", least.group, least.fund);
            Requirement::of_money(member, name, (Some(least.amount.exact()), None), terms)
        };
        self.least.iter().map(row).collect()
    }

    /// Every group that receives less than was paid, from amounts alone.
    pub fn check(&self, frame: &Frame, amounts: &[Money]) -> Vec<Violation> {
        let mut violations = Vec::new();
        for least in &self.least {
            let mut received = Money::ZERO;
            for (amount, money) in frame.amounts.iter().zip(amounts) {
                let own = frame.funds.get(amount.fund).is_some_and(|fund| fund.id == least.fund);
                if own && least.of.cells.contains(&amount.cell) {
                    received = [received, *money].into_iter().sum();
                }
            }
            if received < least.amount {
                violations.push(Violation::below(least.group.clone(), least.amount.exact(), received.exact()));
            }
        }
        violations
    }
}
