//! What comes back: positions, the deal or why there is none. Values of services in 万元 as decimal text (exact, shown to the
//! nearest 分), money in whole 分.

use schemars::JsonSchema;
use serde::Serialize;

use crate::payment::request::Objective;
use crate::phrases::Text;
use crate::solver::Certificate;

/// Supply, benefit and payment of a case.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "PaymentAnswer")]
pub struct Answer {
    /// Printed name.
    pub name: Text,
    /// Basis and sources.
    pub basis: String,
    /// Whether figures are made up to show the software.
    pub illustrative: bool,
    /// How it ended.
    pub status: Status,
    /// GEP by area and service, and what of it leaves or comes in.
    pub cells: Vec<CellPart>,
    /// What each party supplies and receives.
    pub positions: Vec<PositionPart>,
    /// Value of services from one party to another.
    pub pairs: Vec<PairPart>,
    /// The deal; null where there is none.
    pub deal: Option<Deal>,
    /// Who blocks and what would unblock; null where there is a deal.
    pub impasse: Option<Impasse>,
    /// What a reader should know.
    pub remarks: Vec<Text>,
}

/// How a case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A deal that keeps every condition, optimal and proved.
    Deal,
    /// No deal keeps every condition.
    Infeasible,
}

/// GEP of an area's service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CellPart {
    /// Area.
    pub area: String,
    /// Its printed name.
    pub area_name: String,
    /// Party that owns it; null for none.
    pub party: Option<String>,
    /// Service.
    pub service: String,
    /// Its printed name.
    pub service_name: Text,
    /// GEP in 万元.
    pub gep_wan: String,
    /// Value that leaves, in 万元.
    pub supplied_wan: String,
    /// Value that stays: GEP less what leaves, in 万元.
    pub retained_wan: String,
    /// Value that comes in, in 万元.
    pub received_wan: String,
}

/// What a party supplies and receives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PositionPart {
    /// Party.
    pub party: String,
    /// Its printed name.
    pub name: String,
    /// Whether it is a superior government.
    pub superior: bool,
    /// GEP of its areas, in 万元.
    pub gep_wan: String,
    /// Supplied to other parties, in 万元.
    pub supplied_wan: String,
    /// Received from other parties, in 万元.
    pub received_wan: String,
    /// Supplied less received, in 万元.
    pub net_wan: String,
    /// Between its own areas, in 万元.
    pub internal_wan: String,
    /// To areas of no party, in 万元.
    pub to_others_wan: String,
    /// From areas of no party, in 万元.
    pub from_others_wan: String,
}

/// Value of services from one party to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PairPart {
    /// Who supplies.
    pub supplier: String,
    /// Who benefits.
    pub beneficiary: String,
    /// All services, in 万元; negative where harm outweighs.
    pub value_wan: String,
    /// By service, in 万元.
    pub services: Vec<ServicePart>,
}

/// Value of one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ServicePart {
    /// Service.
    pub service: String,
    /// In 万元.
    pub value_wan: String,
}

/// A deal.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Deal {
    /// Who pays whom.
    pub payments: Vec<PaymentPart>,
    /// What it is to each party.
    pub parties: Vec<PartyPart>,
    /// Every condition on a party, and those on pairs that bind; checked on the amounts in 分.
    pub conditions: Vec<ConditionPart>,
    /// The objectives as they were reached.
    pub stages: Vec<StagePart>,
    /// All payments, in 分.
    pub total_fen: i64,
    /// Largest difference between a payment in 分 and the optimum in real numbers, in 分.
    pub rounding_fen: f64,
    /// Whether the tie-break was seen to leave one plan.
    pub unique: bool,
    /// Whether every objective was reached; false where the time was up or someone asked to stop: the plan then keeps every
    /// condition, and is optimal in the objectives listed alone.
    pub complete: bool,
    /// Whom later objectives brought down to a smallest surplus that others are held at, in words; null where nobody.
    pub stuck: Option<Text>,
    /// Columns of the linear program.
    pub columns: usize,
    /// Its rows.
    pub rows: usize,
}

/// One payment.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PaymentPart {
    /// Who pays.
    pub payer: String,
    /// Its printed name.
    pub payer_name: String,
    /// Who receives.
    pub recipient: String,
    /// Its printed name.
    pub recipient_name: String,
    /// Amount in 分.
    pub amount_fen: i64,
    /// Value of the recipient's services to the payer, in 分; null for a superior.
    pub value_fen: Option<i64>,
    /// Conditions that hold it where it is.
    pub binds: Vec<String>,
    /// Why this amount.
    pub why: Text,
}

/// What a deal is to a party.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PartyPart {
    /// Party.
    pub party: String,
    /// Its printed name.
    pub name: String,
    /// Whether it is a superior government.
    pub superior: bool,
    /// Value it receives from those it may pay, in 分.
    pub benefit_fen: i64,
    /// Value it delivers to those who may pay it, in 分.
    pub delivered_fen: i64,
    /// Cost and opportunity cost, in 分.
    pub cost_fen: i64,
    /// What it would gain without a deal, in 分.
    pub outside_fen: i64,
    /// Receipts in 分.
    pub received_fen: i64,
    /// Payments in 分.
    pub paid_fen: i64,
    /// Receipts − payments + benefit − cost − gain without a deal, in 分; null for a superior.
    pub surplus_fen: Option<i64>,
    /// Surplus per value supplied and received.
    pub relative: Option<f64>,
    /// Share among suppliers.
    pub share: Option<f64>,
    /// Receipts by that share, in 分 (rounded).
    pub share_fen: Option<i64>,
    /// Whether no party has a smaller surplus (as the deal measures it).
    pub smallest: bool,
}

/// One condition, checked.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ConditionPart {
    /// Kind, such as `budget`.
    pub kind: &'static str,
    /// Party, or who pays.
    pub party: String,
    /// Who receives, for a condition on a pair.
    pub recipient: Option<String>,
    /// In words.
    pub sentence: Text,
    /// Least or most, in 分.
    pub bound_fen: i64,
    /// What it bounds, in 分.
    pub value_fen: i64,
    /// Whether it holds.
    pub holds: bool,
    /// Whether it leaves no 分 of room.
    pub binding: bool,
    /// What loosening it by one 元 would improve each objective.
    pub prices: Vec<PricePart>,
}

/// Shadow price of a condition in one objective.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PricePart {
    /// Objective.
    pub objective: Objective,
    /// Improvement per 元: in 元, or in the ratio of a relative surplus.
    pub per_yuan: f64,
}

/// One objective reached.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct StagePart {
    /// Objective; null for the tie-break.
    pub objective: Option<Objective>,
    /// In words.
    pub sentence: Text,
    /// Value in 元, as a ratio, or as a number of payments.
    pub value: f64,
    /// No plan has fewer payments than this (within the objectives before).
    pub at_least: Option<usize>,
    /// Linear programs solved.
    pub programs: usize,
    /// Proof of the last.
    pub certificate: Certificate,
}

/// Why there is no deal. Every concession, top-up and tolerance was tried: with it there is a deal, with a 分 (a millionth) less
/// there is none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Impasse {
    /// Irreducible conflicts, each without the conditions of the others.
    pub conflicts: Vec<ConflictPart>,
    /// Parties with costs whom nobody may pay.
    pub unpayable: Vec<String>,
    /// The least that one more superior government would have to add in all, in 分; null where money to suppliers does not help.
    pub top_up_fen: Option<i64>,
    /// To whom.
    pub top_ups: Vec<TopUpPart>,
    /// Conditions that together, each moved by so much, leave a deal, all else as written; none of them can move less. Empty where
    /// none were found.
    pub concessions: Vec<ConcessionPart>,
    /// The least `deal.tolerance`, to six places, with which there is a deal, all else as written; null where the shares are in no
    /// conflict, or widening their corridor is not enough.
    pub tolerance: Option<String>,
    /// Whether all was looked for; false where the time was up or someone asked to stop.
    pub complete: bool,
}

/// A condition moved, as the parties would agree on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ConcessionPart {
    /// Kind of the condition, such as `budget`.
    pub kind: &'static str,
    /// Party, or who pays.
    pub party: String,
    /// Who receives, for a condition on a pair.
    pub recipient: Option<String>,
    /// What is written, in 分.
    pub from_fen: i64,
    /// What it becomes, in 分.
    pub to_fen: i64,
    /// In words.
    pub sentence: Text,
}

/// Conditions that cannot hold together, while any but one of them can.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ConflictPart {
    /// The conditions.
    pub members: Vec<MemberPart>,
}

/// A condition of a conflict.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MemberPart {
    /// Kind, such as `budget`.
    pub kind: &'static str,
    /// Party, or who pays.
    pub party: String,
    /// Who receives, for a condition on a pair.
    pub recipient: Option<String>,
    /// In words.
    pub sentence: Text,
    /// Least or most, in 分; 0 for a condition on shares.
    pub bound_fen: i64,
    /// How far it alone must move for a deal, in 分, all else as written (with several conflicts: the others settled by the
    /// concessions); null where moving it is not enough, or where it follows from the value of services or the shares.
    pub move_fen: Option<i64>,
}

/// What a superior government adds to one supplier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TopUpPart {
    /// Party.
    pub party: String,
    /// Its printed name.
    pub name: String,
    /// In 分.
    pub amount_fen: i64,
}
