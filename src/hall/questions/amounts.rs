//! The amounts of a what-if and nothing that proves or explains them: what a screen draws anew while somebody turns a knob.

use schemars::JsonSchema;
use serde::Serialize;

use crate::phrases::Text;
use crate::record::{CellPart, Record, RulePart, StagePart, TotalPart};
use crate::scenario::Difference;

/// The amounts of a what-if, without their proof: the same figures as in its record, in 分.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Amounts {
    /// `optimal`: every stage solved and proved.
    pub status: &'static str,
    /// Number of the run, as in its record.
    pub hash: String,
    /// Resolved changes.
    pub changes: Vec<Difference>,
    /// Every amount is a multiple of it, in 分.
    pub unit_fen: i64,
    /// Funds and what was spent, in the order of the model.
    pub funds: Vec<FundSum>,
    /// One entry a cell, by area code and ecosystem id.
    pub cells: Vec<CellAmount>,
    /// One entry an area.
    pub areas: Vec<GroupSum>,
    /// One entry an ecosystem.
    pub ecosystems: Vec<GroupSum>,
    /// Everything.
    pub total: GroupSum,
    /// Every fund and rule: whether it holds.
    pub rules: Vec<RuleState>,
    /// The stages in the order solved, tie-breaks last.
    pub stages: Vec<StageValue>,
    /// Warnings, as sentences.
    pub warnings: Vec<Text>,
}

/// One fund.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FundSum {
    /// Short code.
    pub id: String,
    /// Money in it, in 分.
    pub amount_fen: i64,
    /// Money distributed, in 分.
    pub spent_fen: i64,
}

/// One area × ecosystem.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CellAmount {
    /// Area code.
    pub area: String,
    /// Ecosystem id.
    pub ecosystem: String,
    /// Entitlement, in 分.
    pub entitlement_fen: i64,
    /// Amount, in 分.
    pub amount_fen: i64,
    /// Amount of each fund, in 分, in the order of `funds`; null where the fund may not pay this cell.
    pub by_fund_fen: Vec<Option<i64>>,
}

/// The sum of a group.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GroupSum {
    /// Area code, ecosystem id, or `total`.
    pub code: String,
    /// Entitlement, in 分.
    pub entitlement_fen: i64,
    /// Amount, in 分.
    pub amount_fen: i64,
    /// Last year's amount, in 分; null where a cell of it is blank.
    pub last_year_fen: Option<i64>,
}

/// Whether a fund or rule holds.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RuleState {
    /// Short code.
    pub id: String,
    /// Whether it must hold.
    pub hard: bool,
    /// Whether it holds on the exact amounts.
    pub holds: bool,
    /// For how many groups it does not.
    pub missed: usize,
}

/// One stage of the objective.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StageValue {
    /// Position from 1.
    pub number: usize,
    /// Kind, as in the record.
    pub kind: &'static str,
    /// Best value in the stage's own sense.
    pub value: f64,
    /// Unit of the value, as in the record.
    pub unit: &'static str,
}

impl Amounts {
    /// The amounts of a record.
    pub fn of(record: Record) -> Self {
        let codes: Vec<String> = record.funds.iter().map(|fund| fund.id.clone()).collect();
        let funds = record.funds.into_iter().map(|fund| FundSum {
            id: fund.id,
            amount_fen: fund.amount_fen,
            spent_fen: fund.spent_fen,
        });
        Self {
            status: record.status,
            hash: record.hash,
            changes: record.changes,
            unit_fen: record.rounding.unit_fen,
            funds: funds.collect(),
            cells: record.cells.into_iter().map(|cell| CellAmount::of(cell, &codes)).collect(),
            areas: record.areas.into_iter().map(GroupSum::of).collect(),
            ecosystems: record.ecosystems.into_iter().map(GroupSum::of).collect(),
            total: GroupSum::of(record.total),
            rules: record.rules.into_iter().map(RuleState::of).collect(),
            stages: record.stages.into_iter().map(StageValue::of).collect(),
            warnings: record.warnings,
        }
    }
}

impl CellAmount {
    fn of(cell: CellPart, funds: &[String]) -> Self {
        let paid = |fund: &String| cell.by_fund.iter().find(|paid| paid.fund == *fund).map(|paid| paid.amount_fen);
        Self {
            by_fund_fen: funds.iter().map(paid).collect(),
            area: cell.area,
            ecosystem: cell.ecosystem,
            entitlement_fen: cell.entitlement_fen,
            amount_fen: cell.amount_fen,
        }
    }
}

impl GroupSum {
    fn of(group: TotalPart) -> Self {
        let TotalPart { code, entitlement_fen, amount_fen, last_year_fen, .. } = group;
        Self { code, entitlement_fen, amount_fen, last_year_fen }
    }
}

impl RuleState {
    fn of(rule: RulePart) -> Self {
        Self { id: rule.id, hard: rule.hard, holds: rule.holds, missed: rule.missed.len() }
    }
}

impl StageValue {
    fn of(stage: StagePart) -> Self {
        Self { number: stage.number, kind: stage.kind, value: stage.value, unit: stage.unit }
    }
}
