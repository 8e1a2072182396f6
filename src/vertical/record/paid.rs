//! What was paid during the year beside the plan: what each area has in hand, and what this batch pays or takes back.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::dataset::AreaId;
use crate::phrases::Text;
use crate::policy::paid::{Book, Sums};
use crate::rules::Frame;
use crate::rules::naming::group_name;
use crate::run::Solved;

/// Batches of the year and what is left to pay.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PaidPart {
    /// Whether the plan may give less than was paid.
    pub recall: bool,
    /// The batches in the order written.
    pub batches: Vec<BatchPart>,
    /// One entry an area and fund with a plan or a batch, by area code.
    pub rows: Vec<PaidRow>,
    /// One entry an area × ecosystem and fund, by area code; empty unless every batch names its ecosystem.
    pub cells: Vec<PaidRow>,
    /// One entry an area, all funds together.
    pub areas: Vec<PaidRow>,
    /// One entry a fund, all areas together; its `group` is `total`.
    pub funds: Vec<PaidRow>,
    /// Everything.
    pub total: PaidRow,
}

/// One batch of one area.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BatchPart {
    /// Code of the area, or of area and ecosystem.
    pub group: String,
    /// Printed name of the group.
    pub name: Text,
    /// Fund id.
    pub fund: String,
    /// `release` 下达, `recall` 追减 or `withdrawal` 收回.
    pub kind: &'static str,
    /// Amount, in 分, above 0.
    pub amount_fen: i64,
    /// Whether a withdrawal is handed on to the others.
    pub redistributed: bool,
    /// What the batch is called; empty where nothing is given.
    pub batch: String,
    /// Day; empty where none is given.
    pub date: String,
    /// Number of the document; empty where none is given.
    pub document: String,
    /// Remark; empty where none is given.
    pub note: String,
}

/// Plan, payments and what is left of one group: `total_fen` = `plan_fen` − `withdrawn_fen`, `now_fen` = `total_fen` − `paid_fen`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PaidRow {
    /// Code of the area, or of area and ecosystem; `total` for all.
    pub group: String,
    /// Printed name of the group.
    pub name: Text,
    /// Fund id; absent where all funds are meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fund: Option<String>,
    /// What the plan gives, in 分.
    pub plan_fen: i64,
    /// Released 下达, in 分.
    pub released_fen: i64,
    /// Recalled 追减, in 分.
    pub recalled_fen: i64,
    /// Withdrawn 收回 and not handed on, in 分.
    pub withdrawn_fen: i64,
    /// Withdrawn 收回 and handed on to the others, in 分; the plan gives so much less.
    pub handed_on_fen: i64,
    /// In hand 已下达: released less all that was taken back, in 分.
    pub paid_fen: i64,
    /// New total of the year, in 分.
    pub total_fen: i64,
    /// 本次: to be paid now, in 分; below 0 to be taken back.
    pub now_fen: i64,
}

impl PaidRow {
    fn new(group: (String, Text), fund: Option<String>, plan: i64, sums: &Sums) -> Self {
        let (paid, total) = (sums.paid(), sums.total(plan));
        Self {
            group: group.0,
            name: group.1,
            fund,
            plan_fen: plan,
            released_fen: sums.released,
            recalled_fen: sums.recalled,
            withdrawn_fen: sums.withdrawn,
            handed_on_fen: sums.handed_on,
            paid_fen: paid,
            total_fen: total,
            now_fen: total.saturating_sub(paid),
        }
    }

    /// The sum of rows.
    fn sum<'a>(group: (String, Text), fund: Option<String>, rows: impl Iterator<Item = &'a Self>) -> Self {
        let mut sums = Sums::default();
        let mut plan = 0;
        for row in rows {
            plan += row.plan_fen;
            sums.released = sums.released.saturating_add(row.released_fen);
            sums.recalled = sums.recalled.saturating_add(row.recalled_fen);
            sums.withdrawn = sums.withdrawn.saturating_add(row.withdrawn_fen);
            sums.handed_on = sums.handed_on.saturating_add(row.handed_on_fen);
        }
        Self::new(group, fund, plan, &sums)
    }
}

/// What was paid beside the plan; `None` where nothing is said of it.
pub(super) fn part(solved: &Solved) -> Option<PaidPart> {
    let problem = &solved.prepared.problem;
    let book = problem.paid.as_deref()?;
    let frame = &problem.frame;
    let named = |code: &str| (code.to_owned(), group_name(frame, code));
    let rows = rows(solved, book);
    let cells = if book.is_by_ecosystem() { cells(solved, book) } else { Vec::new() };
    let of_area = |area: &std::sync::Arc<crate::dataset::Area>| {
        PaidRow::sum(named(&area.code), None, rows.iter().filter(|row| row.group == area.code))
    };
    let of_fund = |fund: &crate::rules::Fund| {
        let own = rows.iter().filter(|row| row.fund.as_deref() == Some(fund.id.as_str()));
        PaidRow::sum(named("total"), Some(fund.id.clone()), own)
    };
    Some(PaidPart {
        recall: book.recall,
        batches: batches(frame, book),
        areas: frame.dataset.areas().iter().map(of_area).collect(),
        funds: frame.funds.iter().map(of_fund).collect(),
        total: PaidRow::sum(named("total"), None, rows.iter()),
        rows,
        cells,
    })
}

fn batches(frame: &Frame, book: &Book) -> Vec<BatchPart> {
    let part = |batch: &crate::policy::paid::Batch| {
        let area = frame.area_code(batch.area);
        let group = batch.ecosystem.as_ref().map_or_else(|| area.to_owned(), |id| format!("{area}/{id}"));
        BatchPart {
            name: group_name(frame, &group),
            group,
            fund: frame.funds.get(batch.fund).map_or_else(String::new, |fund| fund.id.clone()),
            kind: batch.kind.word(),
            amount_fen: batch.amount.fen(),
            redistributed: batch.redistribute,
            batch: batch.batch.clone(),
            date: batch.date.clone(),
            document: batch.document.clone(),
            note: batch.note.clone(),
        }
    };
    book.batches.iter().map(part).collect()
}

/// One row an area and fund with a plan or a batch.
fn rows(solved: &Solved, book: &Book) -> Vec<PaidRow> {
    let frame = &solved.prepared.problem.frame;
    let mut plans: BTreeMap<(AreaId, usize), i64> = BTreeMap::new();
    for (amount, money) in frame.amounts.iter().zip(&solved.settled.amounts) {
        if let Some(cell) = frame.dataset.cells().get(amount.cell.0) {
            *plans.entry((cell.area, amount.fund)).or_default() += money.fen();
        }
    }
    let sums = book.by_area();
    let row = |((area, fund), plan): (&(AreaId, usize), &i64)| {
        let code = frame.area_code(*area).to_owned();
        let own = sums.get(&(*area, *fund)).copied().unwrap_or_default();
        let fund = frame.funds.get(*fund).map(|fund| fund.id.clone());
        PaidRow::new((code.clone(), group_name(frame, &code)), fund, *plan, &own)
    };
    plans.iter().map(row).collect()
}

/// One row a cell and fund.
fn cells(solved: &Solved, book: &Book) -> Vec<PaidRow> {
    let frame = &solved.prepared.problem.frame;
    let sums = book.sums();
    let row = |(amount, money): (&crate::rules::Amount, &crate::units::Money)| {
        let cell = frame.dataset.cells().get(amount.cell.0)?;
        let own = sums.get(&(cell.area, Some(cell.ecosystem.clone()), amount.fund)).copied().unwrap_or_default();
        let code = frame.cell_code(amount.cell);
        let fund = frame.funds.get(amount.fund).map(|fund| fund.id.clone());
        Some((amount.cell, PaidRow::new((code.clone(), group_name(frame, &code)), fund, money.fen(), &own)))
    };
    let mut rows: Vec<(crate::dataset::CellId, PaidRow)> =
        frame.amounts.iter().zip(&solved.settled.amounts).filter_map(row).collect();
    rows.sort_by_key(|(cell, _)| *cell);
    rows.into_iter().map(|(_, row)| row).collect()
}
