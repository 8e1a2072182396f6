//! Channel: how each group's money reaches residents (资金渠道:生态就业、生态养老、生态惠民).
//!
//! - Basis: the district plan asks to compensate residents of supplying areas through these three ways (沪崇府办发〔2025〕1号 §五)
//! - Formula: each channel receives share · Σ(group), rounded to the 分 by largest remainder; the channels sum to the group exactly
//! - Rows: none; the split exists for every amount

use crate::phrases::Text;
use crate::rules::Violation;
use crate::rules::frame::Frame;
use crate::rules::selection::{Per, Selection};
use crate::units::{Decimal, Exact, Money, largest_remainder};

/// One channel of use.
#[derive(Debug, Clone, PartialEq)]
pub struct Use {
    /// Short code, such as `employment`.
    pub id: String,
    /// Printed name.
    pub label: Text,
    /// Its share; all shares sum to 1.
    pub share: Decimal,
}

/// Shares of channels in each group's money.
#[derive(Debug, Clone, PartialEq)]
pub struct Channel {
    /// The money concerned.
    pub of: Selection,
    /// Each area or each cell.
    pub per: Per,
    /// The channels in the order written.
    pub shares: Vec<Use>,
}

/// What one group spends through each channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// Code of the group.
    pub group: String,
    /// Amounts in the order of the channels.
    pub amounts: Vec<Money>,
}

impl Channel {
    /// The exact split of every group.
    pub fn split(&self, frame: &Frame, amounts: &[Money]) -> Vec<Split> {
        let weights: Vec<Exact> = self.shares.iter().map(|channel| channel.share.exact()).collect();
        let groups = self.per.groups(frame, &self.of).into_iter();
        groups
            .map(|(group, cells)| Split { group, amounts: largest_remainder(cells.sum(frame, amounts), &weights) })
            .collect()
    }

    /// Every group whose channels do not sum to its money or miss their share by a 分 or more.
    pub fn check(&self, frame: &Frame, amounts: &[Money]) -> Vec<Violation> {
        let mut violations = Vec::new();
        for (split, (code, group)) in self.split(frame, amounts).into_iter().zip(self.per.groups(frame, &self.of)) {
            let whole = group.sum(frame, amounts);
            let sum: Money = split.amounts.iter().copied().sum();
            if sum != whole {
                violations.push(Violation::below(code.clone(), whole.exact(), sum.exact()));
            }
            for (channel, amount) in self.shares.iter().zip(&split.amounts) {
                let due = channel.share.exact() * whole.exact();
                let off = amount.exact() - &due;
                if off >= Exact::from_integer(1.into()) || off <= Exact::from_integer((-1).into()) {
                    violations.push(Violation::below(format!("{code},{}", channel.id), due, amount.exact()));
                }
            }
        }
        violations
    }
}
