//! Why a cell or area gets what it gets: entitlement, outcome, binding rules, room left, last year.

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::ranges::{self, Range};
use crate::analysis::sensitivity::{ShadowPrice, shadow_prices};
use crate::dataset::{AreaId, CellId, indicator};
use crate::phrases::{Phrase, Text};
use crate::program::Seat;
use crate::rules::{Frame, Member, Variable};
use crate::run::Solved;
use crate::solver::{SessionError, SolveOptions};
use crate::units::{Exact, Finite, Money};

/// The explanation of one area: its cells and what binds it as a whole.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Explanation {
    /// Area code.
    pub area: String,
    /// Area name.
    pub name: String,
    /// One entry a cell.
    pub cells: Vec<CellExplanation>,
}

/// The explanation of one amount.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CellExplanation {
    /// `310151101/forest`.
    pub cell: String,
    /// Amount, in 分.
    pub amount_fen: i64,
    /// Sentences in order: amount, entitlement, factors, outcome, rules, room, last year.
    pub sentences: Vec<Text>,
    /// Rows of rules that touch the cell and are used up.
    pub binding: Vec<BindingRow>,
    /// What the amount could be while every stage stays within the loss asked for; null where it was not computed.
    pub range: Option<Range>,
}

/// A row of a rule that is used up at the exact amounts.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BindingRow {
    /// Fund or rule id.
    pub member: String,
    /// Printed name.
    pub label: Text,
    /// Legal basis.
    pub basis: String,
    /// Row within the rule.
    pub row: String,
    /// `lower`, `upper` or `equal`.
    pub side: &'static str,
    /// Shadow prices of the row, by stage; empty where it has none.
    pub prices: Vec<ShadowPrice>,
}

/// What to explain.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The area.
    pub area: AreaId,
    /// Only this ecosystem.
    pub ecosystem: Option<&'a str>,
    /// Relative loss of each stage allowed for the room of an amount.
    pub loss: f64,
}

/// Explains the cells of an area.
///
/// # Errors
/// HiGHS refuses a change while prices or ranges are computed.
pub fn explain(solved: &Solved, question: &Question<'_>, options: &SolveOptions) -> Result<Explanation, SessionError> {
    let frame = &solved.prepared.problem.frame;
    let prices = shadow_prices(solved, options, 64)?;
    let asked = |cell: &CellId| {
        frame.dataset.cells().get(cell.0).is_some_and(|found| {
            found.area == question.area && question.ecosystem.is_none_or(|wanted| wanted == found.ecosystem)
        })
    };
    let asked: Vec<CellId> = frame.cells().filter(asked).collect();
    let rooms = ranges::of_cells(solved, &asked, question.loss, options)?;
    let mut cells = Vec::new();
    for (cell, range) in asked.into_iter().zip(rooms) {
        let binding = binding_rows(solved, cell, &prices);
        let sentences = sentences(solved, cell, &binding, range, question.loss);
        let amount = frame.received(cell, &solved.settled.amounts);
        cells.push(CellExplanation {
            cell: frame.cell_code(cell),
            amount_fen: amount.fen(),
            sentences,
            binding,
            range,
        });
    }
    let area = frame.dataset.areas().get(question.area.0);
    Ok(Explanation {
        area: frame.area_code(question.area).to_owned(),
        name: area.map_or_else(String::new, |area| area.name.clone()),
        cells,
    })
}

/// Rows with the cell in them whose activity is within one rounding unit of a side.
fn binding_rows(solved: &Solved, cell: CellId, prices: &[ShadowPrice]) -> Vec<BindingRow> {
    let problem = &solved.prepared.problem;
    let mut rows = Vec::new();
    for (index, requirement) in solved.requirements.iter().enumerate() {
        let touches = requirement.terms.iter().any(|(variable, _)| match variable {
            Variable::Amount(id) => problem.frame.amounts.get(id.0).is_some_and(|amount| amount.cell == cell),
            Variable::Helper(_) => false,
        });
        if !touches {
            continue;
        }
        let Some(side) = active_side(solved, index) else { continue };
        let (label, basis) = match requirement.member {
            Member::Fund(at) => problem.frame.funds.get(at).map(|fund| (fund.label.clone(), fund.basis.clone())),
            Member::Rule(at) => problem.rules.get(at).map(|rule| (rule.label.clone(), rule.basis.clone())),
        }
        .unwrap_or_else(|| (Text::same("?"), String::new()));
        let member = problem.id(requirement.member).to_owned();
        let own = prices.iter().filter(|price| price.member == member && price.row == requirement.name);
        rows.push(BindingRow {
            label,
            basis,
            row: requirement.name.clone(),
            side,
            prices: own.cloned().collect(),
            member,
        });
    }
    rows
}

/// The side of a requirement that the certified plan uses up; `None` where there is room on both.
pub fn active_side(solved: &Solved, index: usize) -> Option<&'static str> {
    let requirement = solved.requirements.get(index)?;
    let last = solved.plan.stages.last()?;
    let activity = match solved.program.seats.get(index)? {
        Seat::Row(row) => {
            let terms = &solved.program.lp.rows().get(row.0)?.terms;
            terms.iter().map(|(column, coefficient)| coefficient * last.optimum.column(*column)).sum()
        }
        Seat::Bound(column) => last.optimum.column(*column),
    };
    let near = |side: &Option<Exact>| {
        let side = side.as_ref().and_then(Finite::from_exact)?.get() / 1e6;
        ((activity - side).abs() <= 1e-6 * (1.0 + side.abs())).then_some(())
    };
    match (near(&requirement.lower), near(&requirement.upper)) {
        (Some(()), Some(())) => Some("equal"),
        (Some(()), None) => Some("lower"),
        (None, Some(())) => Some("upper"),
        (None, None) => None,
    }
}

fn yuan(fen: Money) -> String {
    fen.to_string()
}

fn number(value: f64, places: usize) -> String {
    format!("{value:.places$}")
}

fn sentences(solved: &Solved, cell: CellId, binding: &[BindingRow], range: Option<Range>, loss: f64) -> Vec<Text> {
    let frame = &solved.prepared.problem.frame;
    let mut phrases = vec![amount_sentence(frame, cell, &solved.settled.amounts)];
    phrases.extend(entitlement_sentences(solved, cell));
    if frame.amounts_of(cell).is_empty() {
        phrases.push(Phrase::new("analysis.no_fund"));
    }
    let amount = frame.received(cell, &solved.settled.amounts);
    if amount == Money::ZERO && frame.entitlement_of(cell) == Money::ZERO {
        phrases.push(Phrase::new("analysis.nothing_without_entitlement"));
    }
    for row in binding {
        phrases.extend(binding_sentences(row));
    }
    if binding.iter().all(|row| row.side == "equal") {
        phrases.push(Phrase::new("analysis.nothing_binds"));
    }
    if let Some(range) = range {
        let (least, most) = (range.least_yuan, range.most_yuan);
        phrases.push(
            Phrase::new("analysis.range")
                .with("loss", number(loss * 100.0, 1))
                .with("least", number(least, 2))
                .with("most", number(most, 2)),
        );
    }
    phrases.push(last_year_sentence(frame, cell, amount));
    phrases.iter().map(Phrase::text).collect()
}

fn amount_sentence(frame: &Frame, cell: CellId, amounts: &[Money]) -> Phrase {
    let found = frame.dataset.cells().get(cell.0);
    let area = found.and_then(|found| frame.dataset.areas().get(found.area.0));
    let ecosystem = found.and_then(|found| frame.ecosystems.iter().find(|(id, _)| *id == found.ecosystem));
    let parts: Vec<Text> = frame
        .amounts_of(cell)
        .iter()
        .filter_map(|id| {
            let fund = frame.funds.get(frame.amounts.get(id.0)?.fund)?;
            let amount = amounts.get(id.0)?;
            let text = |label: &str| format!("{label} {amount}");
            Some(Text { zh: text(&fund.label.zh), en: text(&fund.label.en) })
        })
        .collect();
    let join = |pick: &dyn Fn(&Text) -> &str| parts.iter().map(pick).collect::<Vec<_>>().join(", ");
    Phrase::new("analysis.amount")
        .with("area", area.map_or("?", |area| area.name.as_str()))
        .with("ecosystem", ecosystem.map_or_else(|| Text::same("?"), |(_, label)| label.clone()))
        .with("amount", yuan(frame.received(cell, amounts)))
        .with("parts", Text { zh: join(&|text| &text.zh), en: join(&|text| &text.en) })
}

fn entitlement_sentences(solved: &Solved, cell: CellId) -> Vec<Phrase> {
    let problem = &solved.prepared.problem;
    let report = &problem.entitlement;
    let entitlement = problem.frame.entitlement_of(cell);
    let amount = problem.frame.received(cell, &solved.settled.amounts);
    let mut phrases = Vec::new();
    let coverage = if entitlement > Money::ZERO {
        number(amount.fen() as f64 / entitlement.fen() as f64, 4)
    } else {
        "—".to_owned()
    };
    phrases.push(Phrase::new("analysis.entitlement").with("entitlement", yuan(entitlement)).with("coverage", coverage));
    for part in report.parts.get(cell.0).into_iter().flatten() {
        phrases.push(
            Phrase::new("analysis.factor")
                .with("factor", &part.factor)
                .with("weight", part.weight.to_string())
                .with("figure", part.figure.to_string())
                .with("share", number(part.share * 100.0, 3)),
        );
    }
    if let Some(curve) = &report.outcome {
        let score = problem.frame.figure(cell, &curve.indicator);
        let multiplier = report.multipliers.get(cell.0).copied().unwrap_or(1.0);
        phrases.push(
            Phrase::new("analysis.outcome")
                .with("score", score.map_or_else(|| "—".to_owned(), |score| score.to_string()))
                .with("multiplier", number(multiplier, 4)),
        );
    }
    phrases
}

fn binding_sentences(row: &BindingRow) -> Vec<Phrase> {
    let side = match row.side {
        "lower" => "analysis.side_lower",
        "upper" => "analysis.side_upper",
        _ => "analysis.side_equal",
    };
    let basis = if row.basis.is_empty() { "—".to_owned() } else { row.basis.clone() };
    let mut phrases = vec![
        Phrase::new("analysis.binding")
            .with("rule", row.label.clone())
            .with("id", &row.member)
            .with("row", &row.row)
            .with_phrase("side", &Phrase::new(side))
            .with("basis", basis),
    ];
    for price in &row.prices {
        let text = |value: Option<f64>| value.map_or_else(|| "—".to_owned(), |value| format!("{value:.3e}"));
        let code = if price.degenerate { "analysis.price_degenerate" } else { "analysis.price" };
        let stage = crate::phrases::Phrase::new(stage_code(price.kind));
        phrases.push(
            Phrase::new(code)
                .with_phrase("stage", &stage)
                .with("up", text(price.price_up))
                .with("down", text(price.price_down))
                .with("holds_up", number(price.holds_up_yuan, 2))
                .with("holds_down", number(price.holds_down_yuan, 2)),
        );
    }
    phrases
}

/// Phrase code of the printed name of a stage.
pub fn stage_code(kind: &str) -> &'static str {
    match kind {
        "min_missed" => "report.stage_min_missed",
        "max_min_coverage" => "report.stage_max_min_coverage",
        "min_deviation" => "report.stage_min_deviation",
        "max_outcome_benefit" => "report.stage_max_outcome_benefit",
        "tie_break_coverage" => "report.stage_tie_break_coverage",
        _ => "report.stage_tie_break_fund",
    }
}

fn last_year_sentence(frame: &Frame, cell: CellId, amount: Money) -> Phrase {
    match frame.dataset.cell_money(cell, indicator::LAST_YEAR) {
        Some(last) if last > Money::ZERO => {
            let change = (amount.fen() as f64 / last.fen() as f64 - 1.0) * 100.0;
            Phrase::new("analysis.last_year").with("last", yuan(last)).with("change", format!("{change:+.1}"))
        }
        _ => Phrase::new("analysis.no_last_year"),
    }
}
