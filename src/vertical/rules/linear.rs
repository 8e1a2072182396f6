//! Linear: any other linear rule over selections, the escape hatch (线性规则).
//!
//! - Formula: at_least ≤ Σ times · Σ(selection) ≤ at_most, sides in money
//! - Rows: `linear`, or `linear[least]` and `linear[most]` where the sides cross
//! - Cannot hold when: the other rules say so; nothing is assumed about it

use std::collections::BTreeMap;

use num_traits::{Signed, Zero};

use crate::rules::frame::{AmountId, Frame};
use crate::rules::requirement::{Member, Requirement, Variable};
use crate::rules::selection::Selection;
use crate::rules::{Direction, Parameter, Violation};
use crate::units::{Decimal, Exact, Money};

/// A weighted sum of selections between two amounts.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    /// Selections and their factors.
    pub terms: Vec<(Selection, Decimal)>,
    /// Least sum in 元, with its path in the model file.
    pub at_least: Option<(String, Decimal)>,
    /// Largest sum in 元, with its path in the model file.
    pub at_most: Option<(String, Decimal)>,
}

impl Linear {
    fn fen(bound: &Option<(String, Decimal)>) -> Option<Exact> {
        bound.as_ref().map(|(_, yuan)| yuan.exact() * Exact::from_integer(100.into()))
    }

    /// One requirement, scaled so that its largest coefficient is 1; two, `linear[least]` and `linear[most]`, where its sides
    /// cross.
    pub fn requirements(&self, member: Member, frame: &Frame) -> Vec<Requirement> {
        let mut terms: BTreeMap<AmountId, Exact> = BTreeMap::new();
        for (selection, times) in &self.terms {
            for id in selection.amounts(frame) {
                *terms.entry(id).or_insert_with(Exact::zero) += times.exact();
            }
        }
        terms.retain(|_, coefficient| !coefficient.is_zero());
        let largest = terms.values().map(Signed::abs).max().unwrap_or_else(|| Exact::from_integer(1.into()));
        let scaled = |side: Option<Exact>| side.map(|side| side / &largest);
        let terms: Vec<(Variable, Exact)> = terms.iter().map(|(id, a)| (Variable::Amount(*id), a / &largest)).collect();
        let demand = |name: &str, sides| Requirement {
            scale: largest.clone(),
            ..Requirement::of_money(member, name.to_owned(), sides, terms.clone())
        };
        match (scaled(Self::fen(&self.at_least)), scaled(Self::fen(&self.at_most))) {
            (Some(least), Some(most)) if least > most => {
                vec![demand("linear[least]", (Some(least), None)), demand("linear[most]", (None, Some(most)))]
            }
            sides => vec![demand("linear", sides)],
        }
    }

    /// The sum, where it is outside its sides, from amounts alone.
    pub fn check(&self, frame: &Frame, amounts: &[Money]) -> Vec<Violation> {
        let weighted =
            self.terms.iter().map(|(selection, times)| selection.sum(frame, amounts).exact() * times.exact());
        let actual: Exact = weighted.sum();
        let mut violations = Vec::new();
        if let Some(least) = Self::fen(&self.at_least).filter(|least| actual < *least) {
            violations.push(Violation::below("total".to_owned(), least, actual.clone()));
        }
        if let Some(most) = Self::fen(&self.at_most).filter(|most| actual > *most) {
            violations.push(Violation::above("total".to_owned(), most, actual));
        }
        violations
    }

    /// The numbers a planner can move.
    pub fn parameters(&self) -> Vec<Parameter> {
        let sides = [(&self.at_least, Direction::Down), (&self.at_most, Direction::Up)];
        let bound = |(bound, loosen): (&Option<(String, Decimal)>, Direction)| {
            let (path, value) = bound.as_ref()?;
            Some(Parameter { path: path.clone(), value: *value, unit: "元".to_owned(), loosen, end: None })
        };
        // Amounts are no less than nothing: a larger factor only adds to a sum that must reach a side.
        let loosen = match (&self.at_least, &self.at_most) {
            (Some(_), None) => Some(Direction::Up),
            (None, Some(_)) => Some(Direction::Down),
            _ => None,
        };
        let factors = loosen.into_iter().flat_map(|loosen| {
            self.terms.iter().enumerate().map(move |(at, (_, times))| Parameter {
                path: times_path(at),
                value: *times,
                unit: String::new(),
                loosen,
                end: None,
            })
        });
        sides.into_iter().filter_map(bound).chain(factors).collect()
    }

    /// A copy with one number replaced; `equals` is one number with two sides, of which the loosened one gives way.
    pub fn with_parameter(&self, path: &str, value: Decimal) -> Self {
        let mut changed = self.clone();
        for (known, side) in [&mut changed.at_least, &mut changed.at_most].into_iter().flatten() {
            if known == path {
                *side = value;
            }
        }
        for (at, (_, times)) in changed.terms.iter_mut().enumerate() {
            if times_path(at) == path {
                *times = value;
            }
        }
        changed
    }
}

/// Path of a factor within the rule.
fn times_path(at: usize) -> String {
    format!("terms[{}].times", at + 1)
}
