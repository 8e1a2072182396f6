//! The rules of a policy: one file a rule, each with parameters, exact requirements, an independent checker and a sentence.
//!
//! A rule turns its parameters and the [`Frame`] into exact linear [`Requirement`]s over amounts in 分. The linear program and
//! the rounding are both made from them; the checker never sees them.

pub mod band;
pub mod cap;
pub mod channel;
pub mod corridor;
pub mod grades;
pub mod deduction;
pub mod fixed;
pub mod floor;
pub mod frame;
pub mod fund;
pub mod linear;
pub mod measure;
pub mod missing;
pub mod naming;
pub mod outcome_gate;
pub mod outcome_order;
pub mod paid;
pub mod per_head;
pub mod requirement;
pub mod selection;
mod sentence;
pub mod share;
pub mod unit_standard;

pub use frame::{Amount, AmountId, Frame, Fund, MissingFigure, Spend};
pub use measure::{Measure, Part};
pub use requirement::{Member, Requirement, Variable};
pub use selection::{Per, Selection, SelectionError, SelectionSpec};

use cap::Cap;
use corridor::Corridor;
use floor::Floor;
use unit_standard::UnitStandard;

use crate::dataset::indicator;
use crate::phrases::Text;
use crate::units::{Decimal, Exact, Money};

/// A group for which a rule does not hold, by how much, in 分.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation {
    /// Code of the group.
    pub group: String,
    /// The side that is broken.
    pub required: Exact,
    /// What the group has.
    pub actual: Exact,
    /// Distance between the two, > 0.
    pub missed: Exact,
}

impl Violation {
    /// Less than required.
    pub fn below(group: String, required: Exact, actual: Exact) -> Self {
        let missed = &required - &actual;
        Self { group, required, actual, missed }
    }

    /// More than allowed.
    pub fn above(group: String, required: Exact, actual: Exact) -> Self {
        let missed = &actual - &required;
        Self { group, required, actual, missed }
    }
}

/// The way a number moves to loosen its rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Smaller is looser.
    Down,
    /// Larger is looser.
    Up,
}

/// A number of a rule that a planner can move.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Path within the rule: `between[0]`, `at_least`, `at_most.gep`.
    pub path: String,
    /// Its value as written.
    pub value: Decimal,
    /// Unit as written in the model file; empty for a plain number.
    pub unit: String,
    /// The way that loosens the rule.
    pub loosen: Direction,
    /// The value beyond which it cannot go; `None` for no end.
    pub end: Option<Decimal>,
}

/// A rule of one kind with its resolved parameters.
#[derive(Debug, Clone, PartialEq)]
pub enum RuleKind {
    /// 补偿标准.
    UnitStandard(unit_standard::UnitStandard),
    /// 保底.
    Floor(floor::Floor),
    /// 封顶.
    Cap(cap::Cap),
    /// 占比.
    Share(share::Share),
    /// 增减幅限制.
    Corridor(corridor::Corridor),
    /// 成效门槛.
    OutcomeGate(outcome_gate::OutcomeGate),
    /// 成效排序.
    OutcomeOrder(outcome_order::OutcomeOrder),
    /// 人均差距.
    PerHead(per_head::PerHead),
    /// 资金渠道.
    Channel(channel::Channel),
    /// 线性规则.
    Linear(linear::Linear),
    /// 扣减奖励.
    Deduction(deduction::Deduction),
    /// 手工调整; written as `[[override]]`.
    Fixed(fixed::Fixed),
    /// 已下达; follows from `[[paid]]`.
    Paid(paid::Paid),
}

/// The kinds as written in the model file.
pub const KINDS: &[&str] = &[
    "unit_standard",
    "floor",
    "cap",
    "share",
    "corridor",
    "outcome_gate",
    "outcome_order",
    "per_head",
    "channel",
    "linear",
    "deduction",
];

/// One rule of a policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Short code, unique in the model.
    pub id: String,
    /// Printed name.
    pub label: Text,
    /// Legal basis; empty where none is given.
    pub basis: String,
    /// Penalty of a soft rule; `None` for a hard one.
    pub penalty: Option<Decimal>,
    /// Line of the model file where it begins.
    pub line: u64,
    /// Kind and parameters.
    pub kind: RuleKind,
}

impl RuleKind {
    /// The kind as written in the model file.
    pub fn word(&self) -> &'static str {
        match self {
            Self::UnitStandard(_) => "unit_standard",
            Self::Floor(_) => "floor",
            Self::Cap(_) => "cap",
            Self::Share(_) => "share",
            Self::Corridor(_) => "corridor",
            Self::OutcomeGate(_) => "outcome_gate",
            Self::OutcomeOrder(_) => "outcome_order",
            Self::PerHead(_) => "per_head",
            Self::Channel(_) => "channel",
            Self::Linear(_) => "linear",
            Self::Deduction(_) => "deduction",
            Self::Fixed(rule) if rule.is_withdrawal => "withdrawal",
            Self::Fixed(_) => "override",
            Self::Paid(_) => "paid",
        }
    }

    /// Whether its bounds may be missed by a rounding unit where whole units do not meet them. What is set by hand or was paid is
    /// exact, and so is an order of coverages.
    pub fn is_tolerant(&self) -> bool {
        !matches!(self, Self::Fixed(_) | Self::Paid(_) | Self::OutcomeOrder(_) | Self::Channel(_))
    }

    /// The section of the model file in which it stands.
    pub fn section(&self) -> &'static str {
        match self {
            Self::Fixed(rule) if !rule.is_withdrawal => "override",
            Self::Fixed(_) | Self::Paid(_) => "paid",
            _ => "rule",
        }
    }

    /// What the rule, hard or `soft`, demands of the amounts, exactly.
    ///
    /// # Errors
    /// Figures that the rule needs and the data lack.
    pub fn requirements(
        &self,
        member: Member,
        frame: &Frame,
        soft: bool,
    ) -> Result<Vec<Requirement>, Vec<MissingFigure>> {
        match self {
            Self::Share(rule) => Ok(rule.requirements(member, frame)),
            Self::OutcomeGate(rule) => rule.requirements(member, frame),
            Self::OutcomeOrder(rule) => rule.requirements(member, frame, soft),
            Self::PerHead(rule) => rule.requirements(member, frame),
            Self::Channel(_) => Ok(Vec::new()),
            Self::Linear(rule) => Ok(rule.requirements(member, frame)),
            Self::Deduction(rule) => rule.requirements(member, frame),
            Self::Fixed(rule) => Ok(rule.requirements(member, frame)),
            Self::Paid(rule) => Ok(rule.requirements(member, frame)),
            Self::UnitStandard(UnitStandard(band))
            | Self::Floor(Floor(band))
            | Self::Cap(Cap(band))
            | Self::Corridor(Corridor(band)) => band.requirements(member, frame),
        }
    }

    /// Every group for which the rule does not hold, in exact arithmetic from facts and amounts alone.
    pub fn check(&self, frame: &Frame, amounts: &[Money]) -> Vec<Violation> {
        match self {
            Self::Share(rule) => rule.check(frame, amounts),
            Self::OutcomeGate(rule) => rule.check(frame, amounts),
            Self::OutcomeOrder(rule) => rule.check(frame, amounts),
            Self::PerHead(rule) => rule.check(frame, amounts),
            Self::Channel(rule) => rule.check(frame, amounts),
            Self::Linear(rule) => rule.check(frame, amounts),
            Self::Deduction(rule) => rule.check(frame, amounts),
            Self::Fixed(rule) => rule.check(frame, amounts),
            Self::Paid(rule) => rule.check(frame, amounts),
            Self::UnitStandard(UnitStandard(band))
            | Self::Floor(Floor(band))
            | Self::Cap(Cap(band))
            | Self::Corridor(Corridor(band)) => band.check(frame, amounts),
        }
    }

    /// The figures whose change changes the rule's requirements; `entitlement` stands for the entitlements.
    pub fn reads(&self) -> Vec<&str> {
        match self {
            Self::OutcomeGate(rule) => {
                rule.at_most.reads().into_iter().chain([rule.indicator.as_str(), "entitlement"]).collect()
            }
            Self::OutcomeOrder(rule) => vec![rule.indicator.as_str(), "entitlement"],
            Self::PerHead(_) => vec![indicator::POPULATION],
            Self::Deduction(rule) => rule.reads(),
            Self::Share(_) | Self::Linear(_) | Self::Channel(_) | Self::Fixed(_) | Self::Paid(_) => Vec::new(),
            Self::UnitStandard(UnitStandard(band))
            | Self::Floor(Floor(band))
            | Self::Cap(Cap(band))
            | Self::Corridor(Corridor(band)) => band.reads(),
        }
    }

    /// The numbers a planner can move to loosen the rule.
    pub fn parameters(&self) -> Vec<Parameter> {
        match self {
            Self::Share(rule) => rule.parameters(),
            Self::OutcomeGate(rule) => rule.parameters(),
            Self::OutcomeOrder(rule) => rule.parameters(),
            Self::PerHead(rule) => rule.parameters(),
            Self::Channel(_) | Self::Paid(_) => Vec::new(),
            Self::Linear(rule) => rule.parameters(),
            Self::Deduction(rule) => rule.parameters(),
            Self::Fixed(rule) => rule.parameters(),
            Self::UnitStandard(UnitStandard(band))
            | Self::Floor(Floor(band))
            | Self::Cap(Cap(band))
            | Self::Corridor(Corridor(band)) => band.parameters(),
        }
    }

    /// A copy with one number replaced.
    pub fn with_parameter(&self, path: &str, value: Decimal) -> Self {
        match self {
            Self::UnitStandard(UnitStandard(band)) => {
                Self::UnitStandard(UnitStandard(band.with_parameter(path, value)))
            }
            Self::Floor(Floor(band)) => Self::Floor(Floor(band.with_parameter(path, value))),
            Self::Cap(Cap(band)) => Self::Cap(Cap(band.with_parameter(path, value))),
            Self::Corridor(Corridor(band)) => Self::Corridor(Corridor(band.with_parameter(path, value))),
            Self::Share(rule) => Self::Share(rule.with_parameter(path, value)),
            Self::OutcomeGate(rule) => Self::OutcomeGate(rule.with_parameter(path, value)),
            Self::OutcomeOrder(rule) => Self::OutcomeOrder(rule.with_parameter(path, value)),
            Self::PerHead(rule) => Self::PerHead(rule.with_parameter(path, value)),
            Self::Channel(rule) => Self::Channel(rule.clone()),
            Self::Linear(rule) => Self::Linear(rule.with_parameter(path, value)),
            Self::Deduction(rule) => Self::Deduction(rule.with_parameter(path, value)),
            Self::Fixed(rule) => Self::Fixed(rule.with_parameter(path, value)),
            Self::Paid(rule) => Self::Paid(rule.clone()),
        }
    }
}
