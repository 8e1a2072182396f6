//! What is asked: areas, services, GEP, service flows, parties, and what the deal must respect.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::payment::figures::{Label, Number, Sum, Worth};

/// A case of supply, benefit and payment. Complete in itself; only the command line reads `data`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PaymentRequest")]
pub struct Request {
    /// Printed name.
    pub name: Label,
    /// Legal or contractual basis, sources.
    #[serde(default)]
    pub basis: String,
    /// Whether figures are made up to show the software; every report then says so.
    #[serde(default)]
    pub illustrative: bool,
    /// Table files beside the case file, read by the command line only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<DataFiles>,
    /// Areas with their figures.
    #[serde(default)]
    pub area: Vec<AreaSpec>,
    /// Reaches of the river: water flows `from` → `to`.
    #[serde(default)]
    pub river: Vec<Reach>,
    /// Distances between areas, in km, the same both ways.
    #[serde(default)]
    pub distance: Vec<Distance>,
    /// Services; a service of the tables that is not listed here is an error.
    #[serde(default)]
    pub service: Vec<ServiceSpec>,
    /// GEP by area and service.
    #[serde(default)]
    pub gep: Vec<GepRow>,
    /// Service flows between areas.
    #[serde(default)]
    pub flow: Vec<FlowRow>,
    /// Flows by a written rule, for services without rows in `flow`.
    #[serde(default)]
    pub rule: Vec<FlowRule>,
    /// Parties of the deal.
    #[serde(default)]
    pub party: Vec<PartySpec>,
    /// What is agreed between two parties.
    #[serde(default)]
    pub pair: Vec<PairSpec>,
    /// What the deal must respect and aims at.
    #[serde(default)]
    pub deal: DealSpec,
}

/// Table files (CSV or XLSX) of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataFiles {
    /// Areas: 区域, 名称, 主体, and any figure.
    #[serde(default)]
    pub areas: Option<String>,
    /// Reaches: 上游, 下游.
    #[serde(default)]
    pub river: Option<String>,
    /// Distances: 起点, 终点, 距离(km).
    #[serde(default)]
    pub distances: Option<String>,
    /// GEP: 区域, 服务, 生态产品总值(万元), 实物量.
    #[serde(default)]
    pub gep: Option<String>,
    /// Flows: 服务, 供给区, 受益区, 份额 or 实物量.
    #[serde(default)]
    pub flows: Option<String>,
    /// Parties: 主体, 名称, 保护成本(万元), 机会成本(万元), 预算(万元), ….
    #[serde(default)]
    pub parties: Option<String>,
    /// Pairs: 付款方, 收款方, 最低(万元), 最高(万元).
    #[serde(default)]
    pub pairs: Option<String>,
}

/// An area.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AreaSpec {
    /// Code or name used by the tables.
    pub id: String,
    /// Printed name; default the id.
    #[serde(default)]
    pub name: Option<String>,
    /// Party that owns it.
    #[serde(default)]
    pub party: Option<String>,
    /// Figures that flow rules may use, such as population or water withdrawal.
    #[serde(default)]
    pub figures: BTreeMap<String, Number>,
}

/// Water flows from one area to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    /// Upstream area.
    pub from: String,
    /// Downstream area.
    pub to: String,
}

/// Distance between two areas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Distance {
    /// One area.
    pub from: String,
    /// The other.
    pub to: String,
    /// Kilometres, above zero.
    pub km: Number,
}

/// An ecosystem service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceSpec {
    /// Word used by the tables.
    pub id: String,
    /// Printed name; default the id.
    #[serde(default)]
    pub name: Option<Label>,
    /// Whether it flows downstream only.
    #[serde(default)]
    pub hydrological: bool,
}

/// GEP of one service of one area.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GepRow {
    /// Area.
    pub area: String,
    /// Service.
    pub service: String,
    /// Value, such as `"2269.71 万元"`; may be negative.
    pub value: Worth,
    /// Physical quantity behind the value, where flows are given as quantities.
    #[serde(default)]
    pub quantity: Option<Number>,
}

/// A service flow from one area to another: a share of the area's service, or a physical quantity of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowRow {
    /// Service.
    pub service: String,
    /// Supplying area.
    pub from: String,
    /// Benefiting area.
    pub to: String,
    /// Share of the service, 0 to 1.
    #[serde(default)]
    pub share: Option<Number>,
    /// Physical quantity, in the unit of the GEP row's quantity.
    #[serde(default)]
    pub quantity: Option<Number>,
}

/// Flows of a service by a written rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowRule {
    /// Service.
    pub service: String,
    /// Who may benefit of an area's service.
    pub among: Among,
    /// Share of the service that leaves its area; default all of it.
    #[serde(default)]
    pub spill: Option<Number>,
    /// Figure of the benefiting areas in proportion to which it is divided.
    #[serde(default)]
    pub figure: Option<String>,
    /// Power of the inverse distance in proportion to which it is divided: 1 or 2.
    #[serde(default)]
    pub inverse_distance: Option<u8>,
    /// Counts the supplying area's own figure: its part of the spill stays.
    #[serde(default)]
    pub include_own: bool,
    /// Source of the rule.
    #[serde(default)]
    pub source: String,
}

/// Who may benefit of an area's service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Among {
    /// Every area downstream.
    Downstream,
    /// Every other area.
    All,
}

/// A party: a government with the areas it answers for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartySpec {
    /// Short word.
    pub id: String,
    /// Printed name; default the id.
    #[serde(default)]
    pub name: Option<String>,
    /// Areas; default those whose `party` it is, else the area of the same id.
    #[serde(default)]
    pub areas: Vec<String>,
    /// Whether it is a superior government: it owns no area and may top up.
    #[serde(default)]
    pub superior: bool,
    /// Direct cost of protection.
    #[serde(default)]
    pub cost: Option<Sum>,
    /// Opportunity cost.
    #[serde(default)]
    pub opportunity_cost: Option<Sum>,
    /// What it would gain without a deal; default nothing.
    #[serde(default)]
    pub outside: Option<Sum>,
    /// The most it may pay.
    #[serde(default)]
    pub budget: Option<Sum>,
    /// Fiscal revenue; with `revenue_share` a bound of what it pays.
    #[serde(default)]
    pub revenue: Option<Sum>,
    /// Share of the revenue it may pay.
    #[serde(default)]
    pub revenue_share: Option<Number>,
    /// Ability to pay: the part of the benefit received that it can pay for.
    #[serde(default)]
    pub ability: Option<Ability>,
    /// Physical quantity supplied, where shares count it.
    #[serde(default)]
    pub quantity: Option<Number>,
    /// Quality of what is supplied, where shares count it.
    #[serde(default)]
    pub quality: Option<Number>,
}

/// Ability-to-pay coefficient: the part of the benefit received that a party can pay for, at most 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ability {
    /// The coefficient itself.
    #[serde(default)]
    pub coefficient: Option<Number>,
    /// GDP per head; with `reference`, the coefficient is min(1, GDP per head / reference).
    #[serde(default)]
    pub gdp_per_head: Option<Number>,
    /// GDP per head at which a party pays for the whole benefit.
    #[serde(default)]
    pub reference: Option<Number>,
    /// Engel coefficient En; the coefficient is 1/(1 + e^(3 − 1/En)), the development-stage (Pearl growth) curve.
    #[serde(default)]
    pub engel: Option<Number>,
    /// Source of figure and formula.
    pub source: String,
}

/// What is agreed between two parties.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PairSpec {
    /// Who pays.
    pub payer: String,
    /// Who receives.
    pub recipient: String,
    /// Agreed minimum.
    #[serde(default)]
    pub least: Option<Sum>,
    /// Cap.
    #[serde(default)]
    pub most: Option<Sum>,
}

/// What the deal must respect and aims at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DealSpec {
    /// Surplus in money, or relative to the value a party supplies and receives.
    pub surplus: Measure,
    /// Only the smallest surplus, or leximin: then the next smallest, to the last.
    pub levels: Levels,
    /// No one pays a supplier more than what comes from that supplier.
    pub pair_value: bool,
    /// Weights of the shares among suppliers.
    pub shares: ShareWeights,
    /// Corridor around the shares: receipts within (1 ± tolerance) · share · total; none without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<Number>,
    /// Objectives in order; default: least top-up (with a superior), largest smallest surplus, shares, fewest payments.
    pub objectives: Vec<Objective>,
}

impl Default for DealSpec {
    fn default() -> Self {
        Self {
            surplus: Measure::default(),
            levels: Levels::default(),
            pair_value: true,
            shares: ShareWeights::default(),
            tolerance: None,
            objectives: Vec::new(),
        }
    }
}

/// How a surplus is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Money.
    #[default]
    Absolute,
    /// Per value supplied and received.
    Relative,
}

/// How far the smallest surpluses are raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Levels {
    /// The smallest only.
    #[default]
    Maximin,
    /// The smallest, the next smallest, …, to the last.
    Leximin,
}

/// Weights of value delivered, physical quantity and quality in the suppliers' shares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ShareWeights {
    /// Weight of the GEP that flows to others.
    pub gep: Number,
    /// Weight of the parties' `quantity`.
    pub quantity: Number,
    /// Weight of the parties' `quality`.
    pub quality: Number,
}

impl Default for ShareWeights {
    fn default() -> Self {
        let whole = |number: i64| Number::new(crate::units::Exact::from_integer(number.into()));
        Self { gep: whole(1), quantity: whole(0), quality: whole(0) }
    }
}

/// One objective; they are reached in order, each within all optima of those before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// The least paid by superior governments.
    LeastTopUp,
    /// The largest smallest surplus.
    MaxMinSurplus,
    /// The least total deviation from the shares.
    ShareDeviation,
    /// The fewest payments.
    FewestPayments,
    /// The least paid in all.
    LeastPayments,
}
