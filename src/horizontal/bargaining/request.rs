//! What is asked: parties, the feasible set in one of three forms, and which solutions.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::number::Number;
use crate::document::typed::Document;
use crate::phrases::Text;

/// A bargaining problem.
///
/// The feasible set is given by constraints on the parties' utilities, by vertices (their convex comprehensive hull), or by
/// decision variables with a linear utility for every party.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "BargainRequest")]
pub struct Request {
    /// Printed name.
    #[serde(default = "nameless")]
    pub name: Label,
    /// Where the figures come from.
    #[serde(default)]
    pub source: String,
    /// Free text, printed.
    #[serde(default)]
    pub note: Option<Label>,
    /// Whether figures are made up to show the software.
    #[serde(default)]
    pub illustrative: bool,
    /// Unit of the utilities; a unit of money (元, 万元, 亿元) gives amounts in 分 as well.
    #[serde(default)]
    pub unit: String,
    /// The parties, at least two.
    #[serde(rename = "party", default)]
    pub parties: Vec<PartyRequest>,
    /// Decision variables.
    #[serde(rename = "variable", default)]
    pub variables: Vec<VariableRequest>,
    /// Linear constraints on variables, or on utilities before side payments.
    #[serde(rename = "constraint", default)]
    pub constraints: Vec<ConstraintRequest>,
    /// Points of utilities whose convex comprehensive hull is the feasible set.
    #[serde(rename = "vertex", default)]
    pub vertices: Vec<VertexRequest>,
    /// Side payments that may be lossy.
    #[serde(rename = "transfer", default)]
    pub transfers: Vec<TransferRequest>,
    /// Which solutions; all where empty.
    #[serde(default)]
    pub solutions: Vec<Kind>,
}

impl Document for Request {
    const PAGE: &'static str = "docs/bargaining.md";
}

fn nameless() -> Label {
    Label::One(String::new())
}

/// A text, or one for each language.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Label {
    /// The same in both languages.
    One(String),
    /// Chinese and English.
    Both(Text),
}

impl Label {
    /// The text in both languages.
    pub fn text(&self) -> Text {
        match self {
            Self::One(text) => Text::same(text),
            Self::Both(text) => text.clone(),
        }
    }
}

/// A party.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartyRequest {
    /// Short code.
    pub id: String,
    /// Printed name; default the code.
    #[serde(default)]
    pub label: Option<Label>,
    /// Utility without agreement.
    #[serde(default)]
    pub disagreement: Option<Number>,
    /// What the party has elsewhere: a bound on every agreement, not the point that gains count from (Binmore).
    #[serde(default)]
    pub outside: Option<Number>,
    /// Least utility in an agreement.
    #[serde(default)]
    pub floor: Option<Number>,
    /// Largest utility in an agreement.
    #[serde(default)]
    pub cap: Option<Number>,
    /// Bargaining weight of the Nash solution, > 0; default 1.
    #[serde(default)]
    pub weight: Option<Number>,
    /// Share of the proportional solution, > 0; default 1 (egalitarian).
    #[serde(default)]
    pub proportion: Option<Number>,
    /// Utility as a linear function of the variables; `constant` is its constant.
    #[serde(default)]
    pub utility: Option<BTreeMap<String, Number>>,
}

/// A decision variable.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VariableRequest {
    /// Short code.
    pub id: String,
    /// Least value; default 0.
    #[serde(default)]
    pub lower: Option<Number>,
    /// Largest value; default none.
    #[serde(default)]
    pub upper: Option<Number>,
    /// Without least value.
    #[serde(default)]
    pub free: bool,
}

/// A linear constraint.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConstraintRequest {
    /// Printed name; default its number.
    #[serde(default)]
    pub name: Option<String>,
    /// Coefficients by variable or party.
    pub coefficients: BTreeMap<String, Number>,
    /// Upper side.
    #[serde(default)]
    pub at_most: Option<Number>,
    /// Lower side.
    #[serde(default)]
    pub at_least: Option<Number>,
    /// Both sides.
    #[serde(default)]
    pub equals: Option<Number>,
}

/// A feasible point.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VertexRequest {
    /// Printed name.
    #[serde(default)]
    pub name: Option<String>,
    /// Utility of every party.
    pub utilities: BTreeMap<String, Number>,
}

/// A side payment: a unit of utility that `from` gives up is worth `rate` to `to`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferRequest {
    /// Who pays.
    pub from: String,
    /// Who receives.
    pub to: String,
    /// What arrives of one unit, > 0.
    pub rate: Number,
    /// Largest payment, before the loss; default none.
    #[serde(default)]
    pub at_most: Option<Number>,
}

/// A solution concept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Largest product of gains, each to the power of its weight (Nash 1950; Kalai 1977 with weights).
    Nash,
    /// Gains in proportion to the largest gains possible (Kalai & Smorodinsky 1975), completed lexicographically (Imai 1983).
    KalaiSmorodinsky,
    /// Equal gains, or gains in the given proportion (Kalai 1977), completed by leximin.
    Egalitarian,
    /// Largest sum of utilities; among several the leximin of gains.
    Utilitarian,
    /// Discrete Raiffa: repeatedly the mean of the best points of all parties (Raiffa 1953).
    Raiffa,
}

impl Kind {
    /// All of them in the order reported.
    pub const ALL: [Self; 5] = [Self::Nash, Self::KalaiSmorodinsky, Self::Egalitarian, Self::Utilitarian, Self::Raiffa];
}
