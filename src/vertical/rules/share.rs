//! Share: what part of one selection's money another selection receives (占比).
//!
//! - Formula: least · Σ(in) ≤ Σ(of) ≤ most · Σ(in), over amounts actually distributed; for each group of `per`
//! - Rows: `least[group]`, `most[group]`
//! - Cannot hold when: floors or earmarks already give the selection more, or caps less

use std::collections::BTreeMap;

use num_traits::Zero;

use crate::rules::frame::{AmountId, Frame};
use crate::rules::requirement::{Member, Requirement, Variable};
use crate::rules::selection::{Per, Selection};
use crate::rules::{Direction, Parameter, Violation};
use crate::units::{Decimal, Exact, Money};

/// Least and largest share of `of` in `within`.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    /// The part.
    pub of: Selection,
    /// The whole.
    pub within: Selection,
    /// Groups: the whole (`total`), each area, or each ecosystem.
    pub per: Per,
    /// Least share with its path in the model file.
    pub at_least: Option<(String, Decimal)>,
    /// Largest share with its path in the model file.
    pub at_most: Option<(String, Decimal)>,
}

impl Share {
    fn groups(&self, frame: &Frame) -> Vec<(String, Selection, Selection)> {
        let parts: BTreeMap<String, Selection> = self.per.groups(frame, &self.of).into_iter().collect();
        let wholes = self.per.groups(frame, &self.within).into_iter();
        wholes
            .map(|(code, whole)| {
                let part = parts.get(&code).cloned().unwrap_or_else(|| self.of.narrowed(Vec::new()));
                (code, part, whole)
            })
            .collect()
    }

    /// Whether the one selection lies within the other, so that no share can be above 1.
    pub fn is_part(&self, frame: &Frame) -> bool {
        let whole = self.within.amounts(frame);
        self.of.amounts(frame).iter().all(|id| whole.binary_search(id).is_ok())
    }

    /// Groups that have nothing of the part at all: a least share then forces their whole money to 0.
    pub fn without_part(&self, frame: &Frame) -> Vec<String> {
        let empty = |(code, part, _): (String, Selection, Selection)| part.amounts(frame).is_empty().then_some(code);
        self.groups(frame).into_iter().filter_map(empty).collect()
    }

    /// One requirement a side and group: Σ(of) − share · Σ(in) ≥ 0 or ≤ 0.
    pub fn requirements(&self, member: Member, frame: &Frame) -> Vec<Requirement> {
        let mut requirements = Vec::new();
        for (code, part, whole) in self.groups(frame) {
            let sides = [(&self.at_least, "least", true), (&self.at_most, "most", false)];
            for (bound, side, lower) in sides {
                let Some((_, share)) = bound else { continue };
                let mut terms: BTreeMap<AmountId, Exact> = BTreeMap::new();
                for id in part.amounts(frame) {
                    *terms.entry(id).or_insert_with(Exact::zero) += Exact::from_integer(1.into());
                }
                for id in whole.amounts(frame) {
                    *terms.entry(id).or_insert_with(Exact::zero) -= share.exact();
                }
                terms.retain(|_, coefficient| !coefficient.is_zero());
                let terms = terms.into_iter().map(|(id, a)| (Variable::Amount(id), a)).collect();
                let sides = (lower.then(Exact::zero), (!lower).then(Exact::zero));
                requirements.push(Requirement::of_money(member, format!("{side}[{code}]"), sides, terms));
            }
        }
        requirements
    }

    /// Every group whose share is outside, from amounts alone.
    pub fn check(&self, frame: &Frame, amounts: &[Money]) -> Vec<Violation> {
        let mut violations = Vec::new();
        for (code, part, whole) in self.groups(frame) {
            let (part, whole) = (part.sum(frame, amounts).exact(), whole.sum(frame, amounts).exact());
            if let Some((_, share)) = &self.at_least {
                let least = share.exact() * &whole;
                if part < least {
                    violations.push(Violation::below(code.clone(), least, part.clone()));
                }
            }
            if let Some((_, share)) = &self.at_most {
                let most = share.exact() * &whole;
                if part > most {
                    violations.push(Violation::above(code, most, part));
                }
            }
        }
        violations
    }

    /// The numbers a planner can move.
    pub fn parameters(&self) -> Vec<Parameter> {
        let sides = [(&self.at_least, Direction::Down), (&self.at_most, Direction::Up)];
        let bound = |(bound, loosen): (&Option<(String, Decimal)>, Direction)| {
            bound.as_ref().map(|(path, value)| Parameter {
                path: path.clone(),
                value: *value,
                unit: String::new(),
                loosen,
                end: (loosen == Direction::Down).then_some(Decimal::ZERO),
            })
        };
        sides.into_iter().filter_map(bound).collect()
    }

    /// A copy with one number replaced.
    pub fn with_parameter(&self, path: &str, value: Decimal) -> Self {
        let mut changed = self.clone();
        for (known, share) in [&mut changed.at_least, &mut changed.at_most].into_iter().flatten() {
            if known == path {
                *share = value;
            }
        }
        changed
    }
}
