//! An exact linear requirement: what a rule demands of the amounts, in 分 and rationals.

use num_traits::One;

use crate::rules::frame::AmountId;
use crate::units::Exact;

/// Whose demand a requirement is: a fund or a rule, by position in the model file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Member {
    /// The fund at this position of [`Frame::funds`](super::Frame::funds).
    Fund(usize),
    /// The rule at this position of the policy's rules.
    Rule(usize),
}

/// A quantity that a requirement weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variable {
    /// An amount of money, in 分.
    Amount(AmountId),
    /// A helper of one rule (a level between groups, a common amount per head), free in sign, money-like in scale;
    /// numbered from 0 within the member.
    Helper(usize),
}

/// `lower ≤ Σ coefficient · variable ≤ upper`, in 分, exactly.
///
/// Coefficients of amounts should be of magnitude near 1, so that the row's activity is money.
#[derive(Debug, Clone, PartialEq)]
pub struct Requirement {
    /// Whose demand it is.
    pub member: Member,
    /// Unique within the member: `floor[310151101]`, `cap[310151101/forest]`; ASCII, no spaces.
    pub name: String,
    /// Least sum in 分; `None` for none.
    pub lower: Option<Exact>,
    /// Largest sum in 分; `None` for none.
    pub upper: Option<Exact>,
    /// Coefficients, each variable at most once, in order of variable.
    pub terms: Vec<(Variable, Exact)>,
    /// Money missed, in 分, for each unit by which the sum misses a side.
    pub scale: Exact,
    /// Whether it only says what a helper is, and so must hold even where the rule is soft.
    pub defines: bool,
}

impl Requirement {
    /// A requirement of sums of money.
    pub fn of_money(
        member: Member,
        name: String,
        (lower, upper): (Option<Exact>, Option<Exact>),
        terms: Vec<(Variable, Exact)>,
    ) -> Self {
        Self { member, name, lower, upper, terms, scale: Exact::one(), defines: false }
    }
}
