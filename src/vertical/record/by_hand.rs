//! What is set by hand beside what the plan without it pays, and what that costs the others.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::dataset::{AreaId, CellId};
use crate::phrases::Text;
use crate::record::FundAmount;
use crate::rules::fixed::Fixed;
use crate::rules::naming::group_name;
use crate::rules::{Frame, RuleKind};
use crate::run::Solved;
use crate::units::Money;

/// Amounts set by hand, and the difference they make.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ByHandPart {
    /// Every override, in the order of the model.
    pub overrides: Vec<OverridePart>,
    /// Every area beside the plan without anything set by hand; empty where no such plan exists.
    pub areas: Vec<DifferencePart>,
    /// What each fund pays in all beside that plan, in 分: 0 where both pay the whole fund. Empty where no such plan exists.
    pub funds: Vec<FundDifference>,
}

/// One amount set by hand.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OverridePart {
    /// Short code; the rule of this code is the override.
    pub id: String,
    /// `override`, or `withdrawal` for money withdrawn that the others receive.
    pub kind: &'static str,
    /// Code of the area, or of area and ecosystem.
    pub group: String,
    /// Printed name of the group.
    pub name: Text,
    /// Fund whose money is meant; absent where it is all money of the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fund: Option<String>,
    /// What is set, in words: an amount, or a change of the calculated one.
    pub wish: Text,
    /// Amount, in 分.
    pub amount_fen: i64,
    /// What the plan without anything set by hand pays, in 分; null where no such plan exists.
    pub calculated_fen: Option<i64>,
    /// Amount less calculated amount, in 分.
    pub difference_fen: Option<i64>,
    /// Why.
    pub reason: String,
    /// Who decided; empty where nobody is named.
    pub by: String,
    /// When; empty where no day is given.
    pub date: String,
}

/// One area with and without what is set by hand.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DifferencePart {
    /// Area code.
    pub area: String,
    /// Area name.
    pub name: String,
    /// Whether an override speaks of it.
    pub by_hand: bool,
    /// Amount, in 分.
    pub amount_fen: i64,
    /// Amount without anything set by hand, in 分.
    pub calculated_fen: i64,
    /// Amount less calculated amount, in 分.
    pub difference_fen: i64,
    /// The difference by fund, in 分.
    pub by_fund: Vec<FundAmount>,
}

/// One fund with and without what is set by hand.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FundDifference {
    /// Fund id.
    pub fund: String,
    /// The sum of the differences of all areas, in 分.
    pub difference_fen: i64,
}

/// The overrides of a run; `None` where nothing is set by hand.
pub(super) fn part(solved: &Solved) -> Option<ByHandPart> {
    let problem = &solved.prepared.problem;
    let frame = &problem.frame;
    let fixed: Vec<(&str, &Fixed)> = problem
        .rules
        .iter()
        .filter_map(|rule| match &rule.kind {
            RuleKind::Fixed(fixed) => Some((rule.id.as_str(), fixed)),
            _ => None,
        })
        .collect();
    if fixed.is_empty() {
        return None;
    }
    let calculated = solved.calculated.as_deref();
    let overrides = fixed.iter().map(|(id, fixed)| {
        let amount = fixed.of.sum(frame, &solved.settled.amounts).fen();
        let known = calculated.map(|amounts| fixed.of.sum(frame, amounts).fen());
        let fund =
            fixed.of.funds.as_ref().and_then(|funds| frame.funds.get(*funds.first()?)).map(|fund| fund.id.clone());
        OverridePart {
            id: (*id).to_owned(),
            kind: if fixed.is_withdrawal { "withdrawal" } else { "override" },
            group: fixed.group.clone(),
            name: group_name(frame, &fixed.group),
            fund,
            wish: fixed.text(frame),
            amount_fen: amount,
            calculated_fen: known,
            difference_fen: known.map(|known| amount - known),
            reason: fixed.reason.clone(),
            by: fixed.by.clone(),
            date: fixed.date.clone(),
        }
    });
    let overrides = overrides.collect();
    let (areas, funds) = calculated.map_or_else(Default::default, |known| differences(solved, known, &fixed));
    Some(ByHandPart { overrides, areas, funds })
}

/// Whether an override speaks of a cell.
pub(super) fn is_by_hand(solved: &Solved, cell: CellId) -> bool {
    solved.prepared.problem.rules.iter().any(|rule| match &rule.kind {
        RuleKind::Fixed(fixed) => fixed.of.cells.binary_search(&cell).is_ok(),
        _ => false,
    })
}

fn area_of(frame: &Frame, cell: CellId) -> Option<AreaId> {
    frame.dataset.cells().get(cell.0).map(|found| found.area)
}

fn differences(
    solved: &Solved,
    calculated: &[Money],
    fixed: &[(&str, &Fixed)],
) -> (Vec<DifferencePart>, Vec<FundDifference>) {
    let frame = &solved.prepared.problem.frame;
    // (area, fund) → with, without.
    let mut sums: BTreeMap<(usize, usize), (i64, i64)> = BTreeMap::new();
    for ((amount, with), without) in frame.amounts.iter().zip(&solved.settled.amounts).zip(calculated) {
        let Some(AreaId(area)) = area_of(frame, amount.cell) else { continue };
        let sum = sums.entry((area, amount.fund)).or_default();
        *sum = (sum.0 + with.fen(), sum.1 + without.fen());
    }
    let spoken: Vec<AreaId> =
        fixed.iter().flat_map(|(_, fixed)| &fixed.of.cells).filter_map(|cell| area_of(frame, *cell)).collect();
    let part = |(at, area): (usize, &std::sync::Arc<crate::dataset::Area>)| {
        let own = || sums.range((at, 0)..(at + 1, 0));
        let (amount, without) = own().fold((0, 0), |sum, (_, pair)| (sum.0 + pair.0, sum.1 + pair.1));
        let by_fund = own().filter_map(|((_, fund), (with, without))| {
            let fund = frame.funds.get(*fund)?.id.clone();
            Some(FundAmount { fund, amount_fen: with - without })
        });
        DifferencePart {
            area: area.code.clone(),
            name: area.name.clone(),
            by_hand: spoken.contains(&AreaId(at)),
            amount_fen: amount,
            calculated_fen: without,
            difference_fen: amount - without,
            by_fund: by_fund.collect(),
        }
    };
    let areas = frame.dataset.areas().iter().enumerate().map(part).collect();
    let funds = frame.funds.iter().enumerate().map(|(at, fund)| {
        let own = sums.iter().filter(|((_, paid), _)| *paid == at);
        FundDifference { fund: fund.id.clone(), difference_fen: own.map(|(_, (with, without))| with - without).sum() }
    });
    (areas, funds.collect())
}
