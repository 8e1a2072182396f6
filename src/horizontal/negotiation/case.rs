//! The shared part of a negotiation: parties, issues, clauses, and the public distribution of outcomes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bargaining::{Label, Number};
use crate::document::typed::Document;

/// A case file, known to all parties. It holds nothing that is private.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Printed name.
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
    /// Years of the deal, where no issue of kind `years` is negotiated; default 1.
    #[serde(default)]
    pub years: Option<u32>,
    /// The parties.
    #[serde(rename = "party", default)]
    pub parties: Vec<CaseParty>,
    /// What is negotiated.
    #[serde(rename = "issue", default)]
    pub issues: Vec<Issue>,
    /// Who pays whom, how much and when.
    #[serde(rename = "clause", default)]
    pub clauses: Vec<Clause>,
    /// Outcomes one by one.
    #[serde(rename = "scenario", default)]
    pub scenarios: Vec<Scenario>,
    /// Instead of scenarios: outcomes drawn from distributions.
    #[serde(default)]
    pub draws: Option<Draws>,
}

impl Document for Case {
    const PAGE: &'static str = "docs/negotiation.md";
}

impl Document for Private {
    const PAGE: &'static str = "docs/negotiation.md";
}

/// A party of the case.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseParty {
    /// Short code.
    pub id: String,
    /// Printed name.
    #[serde(default)]
    pub label: Option<Label>,
    /// Its place: upstream, downstream, superior, other.
    #[serde(default)]
    pub role: Option<Role>,
}

/// The place of a party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Supplies the service.
    Upstream,
    /// Benefits from it.
    Downstream,
    /// A superior government.
    Superior,
    /// Any other.
    Other,
}

/// One thing that an offer must give a value for.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Issue {
    /// Short code.
    pub id: String,
    /// Printed name.
    #[serde(default)]
    pub label: Option<Label>,
    /// What kind of value.
    pub kind: IssueKind,
    /// Unit: of money for `money` (`万元`), money per unit for `rate` (`元/吨`); free text for the others.
    #[serde(default)]
    pub unit: String,
    /// Least and largest value.
    #[serde(default)]
    pub range: Option<[Number; 2]>,
    /// Values looked at when searching, for `threshold` and `years`.
    #[serde(default)]
    pub choices: Vec<Number>,
    /// Offers found by search are multiples of it; default 0.01 for money and rates, 0.0001 for shares.
    #[serde(default)]
    pub step: Option<Number>,
    /// Weight in the distance between offers; default 1.
    #[serde(default)]
    pub weight: Option<Number>,
}

/// Kinds of issues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IssueKind {
    /// An amount of money; payments are linear in it.
    Money,
    /// Money per unit of an outcome variable; payments are linear in it.
    Rate,
    /// A share of a given amount (matching, 配套比例); payments are linear in it.
    Share,
    /// A bound that an outcome is held against; searched over its choices.
    Threshold,
    /// Number of years; searched over its choices.
    Years,
}

impl IssueKind {
    /// Whether payments are linear in it.
    pub fn is_linear(self) -> bool {
        matches!(self, Self::Money | Self::Rate | Self::Share)
    }
}

/// How often a clause applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// Each year of the deal.
    #[default]
    Year,
    /// In its first year.
    Once,
}

/// One payment.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// Short code.
    pub id: String,
    /// Printed name.
    #[serde(default)]
    pub label: Option<Label>,
    /// Who pays.
    pub from: String,
    /// Who receives.
    pub to: String,
    /// An issue, or money such as `"5000 万元"` or `"30 元"` (for each unit of `quantity`).
    pub pays: String,
    /// The amount that an issue of kind `share` is a share of.
    #[serde(default)]
    pub share_of: Option<String>,
    /// The clause pays this times an outcome.
    #[serde(default)]
    pub quantity: Option<Quantity>,
    /// All must hold; always where empty.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// Each year, or once.
    #[serde(default)]
    pub every: Every,
}

/// An outcome as a quantity: what lies above `above` and below `below`, as far as given.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quantity {
    /// The outcome.
    pub variable: String,
    /// Counts only what is above.
    #[serde(default)]
    pub above: Option<Bound>,
    /// Counts only what is missing below.
    #[serde(default)]
    pub below: Option<Bound>,
}

/// A condition on an outcome.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The outcome.
    pub variable: String,
    /// ≤.
    #[serde(default)]
    pub at_most: Option<Bound>,
    /// <.
    #[serde(default)]
    pub below: Option<Bound>,
    /// ≥.
    #[serde(default)]
    pub at_least: Option<Bound>,
    /// >.
    #[serde(default)]
    pub above: Option<Bound>,
}

/// A number, or the code of an issue of kind `threshold`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Bound {
    /// A number.
    Number(Number),
    /// An issue.
    Issue(String),
}

/// One outcome with its probability.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Short code.
    pub id: String,
    /// Printed name.
    #[serde(default)]
    pub label: Option<Label>,
    /// Its probability; all sum to 1.
    pub probability: Number,
    /// Value of every outcome variable: one for all years, or a list of one for each year.
    pub outcome: BTreeMap<String, Path>,
}

/// A value for all years, or one for each year.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Path {
    /// The same every year.
    Same(Number),
    /// Year by year.
    Yearly(Vec<Number>),
}

/// Outcomes drawn from distributions: a Latin hypercube of equally likely draws.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Draws {
    /// How many.
    pub count: u32,
    /// Seed: the same seed gives the same draws.
    pub seed: u64,
    /// The outcome variables, independent of each other.
    #[serde(rename = "variable", default)]
    pub variables: Vec<Drawn>,
}

/// A drawn outcome variable.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Drawn {
    /// The outcome.
    pub id: String,
    /// Form of the distribution.
    pub distribution: Form,
    /// Drawn anew each year (default), or once for all years.
    #[serde(default)]
    pub every: Every,
    /// Least value.
    #[serde(default)]
    pub low: Option<f64>,
    /// Most likely value of a triangular distribution.
    #[serde(default)]
    pub mode: Option<f64>,
    /// Largest value.
    #[serde(default)]
    pub high: Option<f64>,
    /// Mean of a normal distribution.
    #[serde(default)]
    pub mean: Option<f64>,
    /// Standard deviation of a normal distribution.
    #[serde(default)]
    pub sd: Option<f64>,
    /// Mean of the logarithm.
    #[serde(default)]
    pub mu: Option<f64>,
    /// Standard deviation of the logarithm.
    #[serde(default)]
    pub sigma: Option<f64>,
    /// Chance of 1 of a yes-or-no variable.
    #[serde(default)]
    pub chance: Option<f64>,
}

/// Forms of distributions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Every value between `low` and `high` is as likely.
    Uniform,
    /// `low`, `mode`, `high`.
    Triangular,
    /// `mean`, `sd`, and where wanted `low`, `high`.
    Normal,
    /// `mu`, `sigma`.
    Lognormal,
    /// 1 with `chance`, else 0.
    YesNo,
}

/// The private part of one party. It never leaves the party's own file, its own view, or a mediator's hands.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Private {
    /// Whose it is.
    pub party: String,
    /// Whether figures are made up to show the software.
    #[serde(default)]
    pub illustrative: bool,
    /// What the party has without a deal, discounted, over the same years; default none.
    #[serde(default)]
    pub reservation: Option<String>,
    /// Discount rate a year; default 0. Year y counts by (1 + rate)^(1 − y), kept to 12 decimals.
    #[serde(default)]
    pub discount: Option<Number>,
    /// Attitude to risk; default none: the mean counts.
    #[serde(default)]
    pub risk: Option<Risk>,
    /// Most that the party can pay net in any year and outcome.
    #[serde(default)]
    pub budget: Option<String>,
    /// What outcomes are worth to the party, and what they cost it (negative).
    #[serde(rename = "worth", default)]
    pub worths: Vec<Worth>,
    /// Weight in the Nash solution; default 1.
    #[serde(default)]
    pub weight: Option<Number>,
}

/// The value of an uncertain surplus: (1 − weight) · mean + weight · CVaR.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Risk {
    /// Level of confidence: CVaR is the mean of the worst 1 − alpha.
    pub alpha: Number,
    /// Weight of CVaR, 0 to 1.
    pub weight: Number,
}

/// One thing that a party values.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Worth {
    /// Printed name.
    #[serde(default)]
    pub label: Option<Label>,
    /// Money, negative for a cost.
    pub amount: String,
    /// Times this outcome.
    #[serde(default)]
    pub times: Option<String>,
    /// Times the value of this linear issue.
    #[serde(default)]
    pub per: Option<String>,
    /// All must hold; always where empty.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// Each year, or once.
    #[serde(default)]
    pub every: Every,
}
