//! The record of a run: everything a report, a reader of JSON or an auditor needs, in plain values.
//!
//! Amounts are whole 分 (`…_fen`); the JSON Schema is published as docs/allocation.schema.json.

mod account;
mod by_hand;
mod channels;
mod funds;
mod paid;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::dataset::{Provenance, Quantity, indicator};
use crate::document::ENGINE;
use crate::phrases::{Phrase, Text};
use crate::policy::outcome::OutcomeCurve;
use crate::policy::{FactorPart, Problem};
use crate::program::{Norm, Stage};
use crate::remark;
use crate::rules::naming::{figure_name, figure_unit, group_name};
use crate::rules::{Frame, Member, Spend, Violation};
use crate::run::{Prepared, Solved, tolerated};
use crate::scenario::Difference;
use crate::solver::{Certificate, Method};
use crate::units::{Exact, Finite, Money};

pub use account::AccountPart;
pub use by_hand::{ByHandPart, DifferencePart, FundDifference, OverridePart};
pub use channels::ChannelPart;
pub use funds::FundPart;
pub use paid::{BatchPart, PaidPart, PaidRow};

/// One allocation with its proof and its audit.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Record {
    /// `optimal`: every stage solved and proved.
    pub status: &'static str,
    /// Engine and version.
    pub engine: &'static str,
    /// The number of the run, on paper as here and in the service: a hash of the content of model, data and changes and of the
    /// engine's version. The same number is the same plan.
    pub hash: String,
    /// The model.
    pub model: ModelPart,
    /// The data.
    pub dataset: DataPart,
    /// Resolved changes.
    pub changes: Vec<Difference>,
    /// Funds and what was spent.
    pub funds: Vec<FundPart>,
    /// One entry a cell, by area code and ecosystem id.
    pub cells: Vec<CellPart>,
    /// One entry an area.
    pub areas: Vec<TotalPart>,
    /// One entry an ecosystem.
    pub ecosystems: Vec<TotalPart>,
    /// Everything.
    pub total: TotalPart,
    /// How entitlements came about.
    pub entitlement: EntitlementPart,
    /// The stages in the order solved, tie-breaks last.
    pub stages: Vec<StagePart>,
    /// Every fund and rule, audited on the exact amounts.
    pub rules: Vec<RulePart>,
    /// Exact split among channels of use.
    pub channels: Vec<ChannelPart>,
    /// How the exact amounts came about.
    pub rounding: RoundingPart,
    /// What is set by hand and what it costs the others; absent where nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_hand: Option<ByHandPart>,
    /// What was paid during the year and what is left; absent where nothing is said of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid: Option<PaidPart>,
    /// Warnings, as sentences.
    pub warnings: Vec<Text>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FilePart {
    /// Name without folder.
    pub name: String,
    /// SHA-256 of its bytes, hexadecimal, as `sha256sum` prints it.
    pub sha256: String,
}

/// The model of a record.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ModelPart {
    /// The model file.
    pub file: FilePart,
    /// Printed name.
    pub name: Text,
    /// What an area is called in reports.
    pub area_label: Text,
    /// Budget year.
    pub year: Option<i64>,
    /// Legal basis.
    pub basis: String,
    /// Free text.
    pub note: String,
    /// Unit of the annex, `元` or `万元`; absent where the model says none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annex_unit: Option<&'static str>,
}

/// The data of a record.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DataPart {
    /// Printed name.
    pub name: Text,
    /// The files of the data, by name.
    pub files: Vec<FilePart>,
    /// Digest of the content as read, before changes: the same for the same figures in whatever files, order or units.
    pub content_digest: String,
    /// Whether any figure is illustrative.
    pub illustrative: bool,
    /// How far each indicator can be trusted.
    pub provenance: BTreeMap<String, Provenance>,
    /// The account whose values are the GEP of the cells; absent where the data have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountPart>,
}

/// What one fund pays a cell.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FundAmount {
    /// Fund id.
    pub fund: String,
    /// In 分.
    pub amount_fen: i64,
}

/// One area × ecosystem.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CellPart {
    /// Area code.
    pub area: String,
    /// Area name.
    pub area_name: String,
    /// Ecosystem id.
    pub ecosystem: String,
    /// Entitlement, in 分.
    pub entitlement_fen: i64,
    /// Amount, in 分.
    pub amount_fen: i64,
    /// Amount by fund.
    pub by_fund: Vec<FundAmount>,
    /// Amount over entitlement; null where there is no entitlement.
    pub coverage: Option<f64>,
    /// Whether an override speaks of it; absent where none does.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schemars(default)]
    pub by_hand: bool,
    /// Amount of the plan without anything set by hand, in 分; absent where nothing is, or no such plan exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calculated_fen: Option<i64>,
    /// Last year's amount, in 分; null where the data are blank.
    pub last_year_fen: Option<i64>,
    /// Amount before rounding, in 元.
    pub before_rounding_yuan: f64,
    /// The figures of the factors, in the order of `entitlement.factors`.
    pub factors: Vec<FactorFigure>,
    /// Score of the protection outcome, as a decimal; null without an outcome curve.
    pub outcome_score: Option<String>,
    /// Outcome multiplier; 1 without an outcome curve.
    pub multiplier: f64,
}

/// What one factor gives a cell.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FactorFigure {
    /// The figure in its base unit, as a decimal.
    pub figure: String,
    /// Its share in the cell's pool.
    pub share: f64,
}

/// One factor of the entitlements.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FactorWeight {
    /// Indicator.
    pub id: String,
    /// Printed name.
    pub label: Text,
    /// Base unit of its figures; empty for plain numbers.
    pub unit: Text,
    /// Weight, as a decimal.
    pub weight: String,
}

/// The sum of a group.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TotalPart {
    /// Area code, ecosystem id, or `total`.
    pub code: String,
    /// Printed name.
    pub name: Text,
    /// Entitlement, in 分.
    pub entitlement_fen: i64,
    /// Amount, in 分.
    pub amount_fen: i64,
    /// Last year's amount, in 分; null where a cell of it is blank.
    pub last_year_fen: Option<i64>,
    /// Amount over last year minus 1; null without last year.
    pub change: Option<f64>,
    /// Amount over entitlement.
    pub coverage: Option<f64>,
}

/// How entitlements came about.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EntitlementPart {
    /// The whole pool, in 分.
    pub pool_fen: i64,
    /// `given`, `ahp` or `entropy`.
    pub method: &'static str,
    /// Weight of each factor, as a decimal.
    pub weights: BTreeMap<String, String>,
    /// The factors in the order of the model.
    pub factors: Vec<FactorWeight>,
    /// Consistency ratio of AHP weights.
    pub consistency_ratio: Option<f64>,
    /// Share of each ecosystem in the pool, as a decimal; empty where none is given.
    pub pools: BTreeMap<String, String>,
    /// The outcome curve; null where none is given.
    pub outcome: Option<OutcomePart>,
}

/// The outcome curve: straight lines between its points, constant outside.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OutcomePart {
    /// Indicator that is the score.
    pub id: String,
    /// Printed name.
    pub label: Text,
    /// The points, by rising score.
    pub points: Vec<OutcomePoint>,
}

/// A point of the outcome curve.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OutcomePoint {
    /// Score, as a decimal.
    pub score: String,
    /// Multiplier, as a decimal.
    pub multiplier: String,
}

/// One stage of the objective.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StagePart {
    /// Position from 1, the number of the exported file.
    pub number: usize,
    /// Kind, as in the model file, or `tie_break_coverage`, `tie_break_fund`.
    pub kind: &'static str,
    /// Best value in the stage's own sense.
    pub value: f64,
    /// Unit of the value: `wan_yuan` (万元), `ratio`, or `none` where the value says nothing.
    pub unit: &'static str,
    /// Minimum of the exported linear program (its sign is turned where the stage maximises).
    pub minimised: f64,
    /// Linear programs solved.
    pub programs: usize,
    /// Columns of the first.
    pub columns: usize,
    /// Rows of the first.
    pub rows: usize,
    /// Method of the first.
    pub method: Method,
    /// Residuals of our own proof.
    pub certificate: Certificate,
}

/// One fund or rule, audited.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RulePart {
    /// Short code.
    pub id: String,
    /// `fund` or the kind of rule.
    pub kind: &'static str,
    /// Printed name.
    pub label: Text,
    /// The rule in words.
    pub sentence: Text,
    /// Legal basis.
    pub basis: String,
    /// Whether it must hold.
    pub hard: bool,
    /// Whether it holds on the exact amounts.
    pub holds: bool,
    /// Where it does not hold, by how much.
    pub missed: Vec<MissedPart>,
    /// Where its bound is missed within the tolerance of rounding, by how much; absent where it is nowhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub within_tolerance: Vec<MissedPart>,
}

/// A group for which a soft rule does not hold.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MissedPart {
    /// Group.
    pub group: String,
    /// Printed name of the group.
    pub name: Text,
    /// Distance in 元.
    pub missed_yuan: f64,
}

/// How the exact amounts came about.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RoundingPart {
    /// Every amount is a multiple of it, in 分.
    pub unit_fen: i64,
    /// Largest distance of a cell's amount from the certified one, in 分.
    pub largest_shift_fen: i64,
    /// Whether an integer program was needed.
    pub by_integer_program: bool,
    /// By how much a bound may be missed where whole units do not meet it, in 分; absent where none may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance_fen: Option<i64>,
}

/// The record of a solved run.
pub fn record(solved: &Solved) -> Record {
    let prepared = &solved.prepared;
    let frame = &prepared.problem.frame;
    let amounts = &solved.settled.amounts;
    let cells = cells(solved);
    let (areas, ecosystems, total) = totals(frame, &cells);
    Record {
        status: "optimal",
        engine: ENGINE,
        hash: prepared.hash.clone(),
        model: ModelPart::of(prepared),
        dataset: DataPart::of(prepared),
        changes: prepared.differences.clone(),
        funds: funds::parts(frame, amounts),
        rounding: RoundingPart {
            unit_fen: prepared.problem.head.rounding.fen(),
            largest_shift_fen: largest_shift(&cells),
            by_integer_program: solved.settled.by_integer_program,
            tolerance_fen: prepared.problem.head.tolerance.then(|| prepared.problem.head.rounding.fen()),
        },
        cells,
        areas,
        ecosystems,
        total,
        entitlement: entitlement(prepared),
        stages: stages(solved),
        rules: audited(solved),
        channels: channels::parts(prepared, amounts),
        by_hand: by_hand::part(solved),
        paid: paid::part(solved),
        warnings: remark::of_run(solved),
    }
}

impl ModelPart {
    /// The model of a prepared run.
    pub fn of(prepared: &Prepared) -> Self {
        let head = &prepared.problem.head;
        Self {
            file: FilePart::of(&prepared.files.model),
            name: head.name.clone(),
            area_label: head.area_label.clone(),
            year: head.year,
            basis: head.basis.clone(),
            note: head.note.clone(),
            annex_unit: head.annex_in_wan.map(|wan| if wan { "万元" } else { "元" }),
        }
    }
}

impl DataPart {
    /// The data of a prepared run.
    pub fn of(prepared: &Prepared) -> Self {
        let dataset = &prepared.problem.frame.dataset;
        Self {
            files: prepared.files.data.iter().map(FilePart::of).collect(),
            name: dataset.name().clone(),
            content_digest: prepared.data_digest.clone(),
            illustrative: dataset.is_illustrative(),
            provenance: dataset.provenance().clone(),
            account: prepared.account.as_deref().map(AccountPart::of),
        }
    }
}

impl OutcomePart {
    fn of(curve: &OutcomeCurve) -> Self {
        let point = |(score, multiplier): &(crate::units::Decimal, crate::units::Decimal)| OutcomePoint {
            score: score.to_string(),
            multiplier: multiplier.to_string(),
        };
        Self {
            id: curve.indicator.clone(),
            label: figure_name(&curve.indicator),
            points: curve.points.iter().map(point).collect(),
        }
    }
}

impl FilePart {
    fn of((name, sha256): &(String, String)) -> Self {
        Self { name: name.clone(), sha256: sha256.clone() }
    }
}

/// Largest distance of a cell's amount from the certified one, in 分.
fn largest_shift(cells: &[CellPart]) -> i64 {
    let shift = |cell: &CellPart| (cell.amount_fen as f64 - cell.before_rounding_yuan * 100.0).abs();
    cells.iter().map(shift).fold(0.0, f64::max).round() as i64
}

fn ratio(above: Money, below: Money) -> Option<f64> {
    (below > Money::ZERO).then(|| above.fen() as f64 / below.fen() as f64)
}

fn factor_figure(part: &FactorPart) -> FactorFigure {
    FactorFigure { figure: part.figure.to_string(), share: part.share }
}

fn cells(solved: &Solved) -> Vec<CellPart> {
    let frame = &solved.prepared.problem.frame;
    let report = &solved.prepared.problem.entitlement;
    let score = |cell| report.outcome.as_ref().and_then(|curve| frame.figure(cell, &curve.indicator));
    let part = |cell: crate::dataset::CellId| {
        let found = frame.dataset.cells().get(cell.0)?;
        let area = frame.dataset.areas().get(found.area.0)?;
        let amount = frame.received(cell, &solved.settled.amounts);
        let entitlement = frame.entitlement_of(cell);
        let by_fund = frame.amounts_of(cell).iter().filter_map(|id| {
            let fund = frame.funds.get(frame.amounts.get(id.0)?.fund)?;
            let amount = solved.settled.amounts.get(id.0)?;
            Some(FundAmount { fund: fund.id.clone(), amount_fen: amount.fen() })
        });
        let before: f64 = frame.amounts_of(cell).iter().filter_map(|id| solved.plan.amounts.get(id.0)).sum();
        Some(CellPart {
            area: area.code.clone(),
            area_name: area.name.clone(),
            ecosystem: found.ecosystem.clone(),
            entitlement_fen: entitlement.fen(),
            amount_fen: amount.fen(),
            by_fund: by_fund.collect(),
            coverage: ratio(amount, entitlement),
            by_hand: by_hand::is_by_hand(solved, cell),
            calculated_fen: solved.calculated.as_ref().map(|known| frame.received(cell, known).fen()),
            last_year_fen: frame.dataset.cell_money(cell, indicator::LAST_YEAR).map(Money::fen),
            // To the hundredth of a 分: what lies beyond is the solver's noise, not information.
            before_rounding_yuan: (before * 1e8).round() / 1e4,
            factors: report.parts.get(cell.0).into_iter().flatten().map(factor_figure).collect(),
            outcome_score: score(cell).map(|score| score.to_string()),
            multiplier: report.multipliers.get(cell.0).copied().unwrap_or(1.0),
        })
    };
    frame.cells().filter_map(part).collect()
}

/// Sums of cells by a code, in order of code.
fn totals(frame: &Frame, cells: &[CellPart]) -> (Vec<TotalPart>, Vec<TotalPart>, TotalPart) {
    let mut areas: BTreeMap<&str, Vec<&CellPart>> = BTreeMap::new();
    for area in frame.dataset.areas() {
        areas.insert(&area.code, Vec::new());
    }
    let mut ecosystems: BTreeMap<&str, Vec<&CellPart>> = BTreeMap::new();
    for cell in cells {
        areas.entry(&cell.area).or_default().push(cell);
        ecosystems.entry(&cell.ecosystem).or_default().push(cell);
    }
    let area_name = |code: &str| {
        let area = frame.dataset.area(code).and_then(|id| frame.dataset.areas().get(id.0));
        area.map_or_else(|| Text::same(code), |area| Text::same(&area.name))
    };
    let of_area = areas.into_iter().map(|(code, cells)| sum(code, area_name(code), &cells)).collect();
    let of_ecosystem = frame
        .ecosystems
        .iter()
        .filter_map(|(id, label)| ecosystems.get(id.as_str()).map(|cells| sum(id, label.clone(), cells)));
    let all: Vec<&CellPart> = cells.iter().collect();
    let name = Text { zh: "合计".to_owned(), en: "total".to_owned() };
    (of_area, of_ecosystem.collect(), sum("total", name, &all))
}

fn sum(code: &str, name: Text, cells: &[&CellPart]) -> TotalPart {
    let add = |pick: &dyn Fn(&CellPart) -> i64| Money::from_fen(cells.iter().map(|cell| pick(cell)).sum());
    let amount = add(&|cell| cell.amount_fen);
    let entitlement = add(&|cell| cell.entitlement_fen);
    let last: Option<i64> = cells.iter().map(|cell| cell.last_year_fen).sum();
    TotalPart {
        code: code.to_owned(),
        name,
        entitlement_fen: entitlement.fen(),
        amount_fen: amount.fen(),
        last_year_fen: last,
        change: last.and_then(|last| ratio(amount, Money::from_fen(last))).map(|ratio| ratio - 1.0),
        coverage: ratio(amount, entitlement),
    }
}

fn entitlement(prepared: &Prepared) -> EntitlementPart {
    let report = &prepared.problem.entitlement;
    let table = |pairs: &[(String, crate::units::Decimal)]| {
        pairs.iter().map(|(name, value)| (name.clone(), value.to_string())).collect()
    };
    let dataset = &prepared.problem.frame.dataset;
    let factor = |(id, weight): &(String, crate::units::Decimal)| FactorWeight {
        id: id.clone(),
        label: figure_name(id),
        unit: figure_unit(dataset.quantity(id).unwrap_or(Quantity::Number)),
        weight: weight.to_string(),
    };
    EntitlementPart {
        pool_fen: report.pool.fen(),
        method: report.method,
        weights: table(&report.weights),
        factors: report.weights.iter().map(factor).collect(),
        consistency_ratio: report.consistency_ratio,
        pools: table(&report.pools),
        outcome: report.outcome.as_ref().map(OutcomePart::of),
    }
}

/// Unit of the value of each stage, in the order solved.
pub fn stage_units(solved: &Solved) -> Vec<&'static str> {
    let mut written = solved.prepared.problem.stages.iter();
    let unit = |stage: &crate::program::StageResult| match stage.kind {
        "min_missed" | "max_outcome_benefit" => "wan_yuan",
        "tie_break_fund" => "none",
        "min_deviation" => match written.find(|known| known.kind() == stage.kind) {
            Some(Stage::MinDeviation { norm: Norm::Linf, .. }) => "ratio",
            _ => "wan_yuan",
        },
        _ => "ratio",
    };
    solved.plan.stages.iter().map(unit).collect()
}

fn stages(solved: &Solved) -> Vec<StagePart> {
    let units = stage_units(solved);
    let part = |(index, stage): (usize, &crate::program::StageResult)| StagePart {
        number: index + 1,
        kind: stage.kind,
        value: stage.value,
        unit: units.get(index).copied().unwrap_or("none"),
        minimised: stage.minimised,
        programs: stage.programs,
        columns: stage.size.0,
        rows: stage.size.1,
        method: stage.method,
        certificate: stage.certificate,
    };
    solved.plan.stages.iter().enumerate().map(part).collect()
}

/// The audit of a run, with what the tolerance of rounding allows.
fn audited(solved: &Solved) -> Vec<RulePart> {
    let problem = &solved.prepared.problem;
    let mut rules = audit(problem, &solved.violations);
    let within = tolerated(problem, &solved.settled.amounts);
    for (rule, within) in rules.iter_mut().zip(within) {
        rule.within_tolerance = missed(&problem.frame, &within);
    }
    rules
}

/// Every fund and rule, with where exact amounts miss it.
pub fn audit(problem: &Problem, violations: &[Vec<Violation>]) -> Vec<RulePart> {
    problem.members().zip(violations).filter_map(|(member, missed)| rule_part(problem, member, missed)).collect()
}

/// A fund or rule, with where exact amounts miss it.
pub fn rule_part(problem: &Problem, member: Member, violations: &[Violation]) -> Option<RulePart> {
    let (holds, missed) = (violations.is_empty(), missed(&problem.frame, violations));
    Some(match member {
        Member::Fund(index) => {
            let found = problem.frame.funds.get(index)?;
            let kept = problem.frame.remainder_of(found);
            let code = match found.spend {
                Spend::All if kept > Money::ZERO => "rules.fund_but_remainder",
                Spend::All => "rules.fund_all",
                Spend::UpTo => "rules.fund_up_to",
            };
            let phrase = Phrase::new(code).with("fund", found.label.clone()).with("amount", found.amount);
            let phrase = phrase.with("kept", kept);
            RulePart {
                id: found.id.clone(),
                kind: "fund",
                label: found.label.clone(),
                sentence: phrase.text(),
                basis: found.basis.clone(),
                hard: true,
                holds,
                missed,
                within_tolerance: Vec::new(),
            }
        }
        Member::Rule(index) => {
            let rule = problem.rules.get(index)?;
            RulePart {
                id: rule.id.clone(),
                kind: rule.kind.word(),
                label: rule.label.clone(),
                sentence: rule.kind.describe(&problem.frame).text(),
                basis: rule.basis.clone(),
                hard: rule.penalty.is_none(),
                holds,
                missed,
                within_tolerance: Vec::new(),
            }
        }
    })
}

fn missed(frame: &Frame, violations: &[Violation]) -> Vec<MissedPart> {
    let yuan = |fen: &Exact| Finite::from_exact(&(fen / Exact::from_integer(100.into()))).map_or(0.0, Finite::get);
    violations
        .iter()
        .map(|violation| MissedPart {
            group: violation.group.clone(),
            name: group_name(frame, &violation.group),
            missed_yuan: yuan(&violation.missed),
        })
        .collect()
}
