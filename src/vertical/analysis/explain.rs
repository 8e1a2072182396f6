//! Why a cell or area gets what it gets: entitlement, outcome, binding rules, room left, last year.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::ranges::{self, Range};
use crate::analysis::sensitivity::{self, ShadowPrice, shadow_prices};
use crate::dataset::{AreaId, CellId, Quantity, indicator};
use crate::figures::{self, fixed, separated};
use crate::phrases::{Phrase, Text};
use crate::program::Seat;
use crate::remark;
use crate::rules::naming::{figure_name, figure_text, row_name};
use crate::rules::{Frame, Member, Requirement, Variable};
use crate::run::Solved;
use crate::solver::ranging::End;
use crate::solver::{SessionError, SolveOptions};
use crate::units::{Exact, Finite, Money};

/// The explanation of one area: its cells and what binds it as a whole.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Explanation {
    /// Area code.
    pub area: String,
    /// Area name.
    pub name: String,
    /// Sentences about the area as a whole, or why there is nothing to explain.
    pub sentences: Vec<Text>,
    /// One entry a cell.
    pub cells: Vec<CellExplanation>,
    /// What to know beside the figures, as sentences: warnings about model and data and the plan.
    pub warnings: Vec<Text>,
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
    /// The row in words.
    pub row_name: Text,
    /// Whether it is the row of a fund.
    pub is_fund: bool,
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
    let asked = |cell: &CellId| {
        frame.dataset.cells().get(cell.0).is_some_and(|found| {
            found.area == question.area && question.ecosystem.is_none_or(|wanted| wanted == found.ecosystem)
        })
    };
    let asked: Vec<CellId> = frame.cells().filter(asked).collect();
    let own: BTreeSet<CellId> = asked.iter().copied().collect();
    let touches = |index: usize, requirement: &Requirement| {
        active_side(solved, index).is_some() && cells_of(frame, requirement).any(|cell| own.contains(&cell))
    };
    let prices = shadow_prices(solved, options, &touches)?;
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
    let has_prices = cells.iter().flat_map(|cell: &CellExplanation| &cell.binding).any(|row| !row.prices.is_empty());
    let remarks = sensitivity::remarks(solved);
    Ok(Explanation {
        area: frame.area_code(question.area).to_owned(),
        name: area.map_or_else(String::new, |area| area.name.clone()),
        sentences: area_sentences(solved, question, cells.is_empty())
            .iter()
            .chain(if has_prices { remarks.as_slice() } else { &[] })
            .map(Phrase::text)
            .collect(),
        cells,
        warnings: remark::of_run(solved),
    })
}

/// The area as a whole; where there is no cell to explain, why.
fn area_sentences(solved: &Solved, question: &Question<'_>, is_empty: bool) -> Vec<Phrase> {
    let frame = &solved.prepared.problem.frame;
    let own: Vec<CellId> = frame
        .cells()
        .filter(|cell| frame.dataset.cells().get(cell.0).is_some_and(|found| found.area == question.area))
        .collect();
    let area = frame.dataset.areas().get(question.area.0).map_or("?", |area| area.name.as_str());
    if own.is_empty() {
        return vec![Phrase::new("analysis.no_cells").with("area", area)];
    }
    let label = |id: &str| {
        let known = frame.ecosystems.iter().find(|(known, _)| known == id);
        known.map_or_else(|| Text::same(id), |(_, label)| label.clone())
    };
    if let Some(wanted) = question.ecosystem {
        let known = own.iter().filter_map(|cell| frame.dataset.cells().get(cell.0)).map(|cell| label(&cell.ecosystem));
        let known = listed(&known.collect::<Vec<_>>());
        let phrase = Phrase::new("analysis.no_cell_of").with("area", area);
        return if is_empty { vec![phrase.with("ecosystem", label(wanted)).with("known", known)] } else { Vec::new() };
    }
    let amount: Money = own.iter().map(|cell| frame.received(*cell, &solved.settled.amounts)).sum();
    let entitlement: Money = own.iter().map(|cell| frame.entitlement_of(*cell)).sum();
    let last: Option<Vec<Money>> =
        own.iter().map(|cell| frame.dataset.cell_money(*cell, indicator::LAST_YEAR)).collect();
    vec![
        Phrase::new("analysis.area").with("area", area).with("amount", amount),
        entitlement_sentence(entitlement, amount),
        last_year_sentence(last.map(|last| last.into_iter().sum()), amount),
    ]
}

/// Texts in a row.
fn listed(texts: &[Text]) -> Text {
    let join = |pick: fn(&Text) -> &str, gap| texts.iter().map(pick).collect::<Vec<_>>().join(gap);
    Text { zh: join(|text| &text.zh, "、"), en: join(|text| &text.en, ", ") }
}

/// The cells whose amounts a requirement weighs.
fn cells_of<'a>(frame: &'a Frame, requirement: &'a Requirement) -> impl Iterator<Item = CellId> + 'a {
    requirement.terms.iter().filter_map(|(variable, _)| match variable {
        Variable::Amount(id) => frame.amounts.get(id.0).map(|amount| amount.cell),
        Variable::Helper(_) => None,
    })
}

/// Rows with the cell in them whose activity is within one rounding unit of a side.
fn binding_rows(solved: &Solved, cell: CellId, prices: &[ShadowPrice]) -> Vec<BindingRow> {
    let problem = &solved.prepared.problem;
    let mut rows = Vec::new();
    for (index, requirement) in solved.requirements().enumerate() {
        if !cells_of(&problem.frame, requirement).any(|touched| touched == cell) {
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
            row_name: row_name(&problem.frame, requirement),
            is_fund: matches!(requirement.member, Member::Fund(_)),
            side,
            prices: own.cloned().collect(),
            member,
        });
    }
    rows
}

/// The side of a requirement that the certified plan uses up; `None` where there is room on both.
pub fn active_side(solved: &Solved, index: usize) -> Option<&'static str> {
    let requirement = solved.requirement(index)?;
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

/// Money of a binary number in 元, to the 分.
fn money(yuan: f64) -> Money {
    // A float turns into the nearest whole number, saturating: no amount of a plan comes near the ends.
    Money::from_fen((yuan * 100.0).round() as i64)
}

/// A plain decimal with four significant digits, without exponent: `0.002185`.
pub fn significant(value: f64) -> String {
    if value.abs() < 1e-12 {
        return "0".to_owned();
    }
    separated(&figures::significant(value, 4))
}

/// The value of a stage, or a change of it, with its unit.
pub fn with_unit(number: String, unit: &str) -> Text {
    match unit {
        "wan_yuan" => Phrase::new("report.in_wan").with("number", number).text(),
        _ => Text::same(number),
    }
}

fn sentences(solved: &Solved, cell: CellId, binding: &[BindingRow], range: Option<Range>, loss: f64) -> Vec<Text> {
    let frame = &solved.prepared.problem.frame;
    let mut phrases = vec![amount_sentence(frame, cell, &solved.settled.amounts)];
    phrases.extend(entitlement_sentences(solved, cell));
    if frame.amounts_of(cell).is_empty() {
        phrases.push(Phrase::new("analysis.no_fund"));
    }
    let amount = frame.received(cell, &solved.settled.amounts);
    let is_nothing = amount == Money::ZERO && frame.entitlement_of(cell) == Money::ZERO;
    if is_nothing && !frame.amounts_of(cell).is_empty() {
        phrases.push(Phrase::new("analysis.nothing_without_entitlement"));
    }
    for row in binding {
        phrases.extend(binding_sentences(row));
    }
    if !is_nothing && !frame.amounts_of(cell).is_empty() && binding.iter().all(|row| row.is_fund) {
        phrases.push(Phrase::new("analysis.nothing_binds"));
    }
    if let Some(range) = range {
        let (least, most) = (money(range.least_yuan), money(range.most_yuan));
        phrases.push(
            Phrase::new("analysis.range")
                .with("loss", significant(loss * 100.0))
                .with("least", least)
                .with("most", most),
        );
    }
    phrases.push(last_year_sentence(frame.dataset.cell_money(cell, indicator::LAST_YEAR), amount));
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
            let amount = Text::from(*amount);
            let text = |label: &str, amount: &str| format!("{label} {amount}");
            Some(Text { zh: text(&fund.label.zh, &amount.zh), en: text(&fund.label.en, &amount.en) })
        })
        .collect();
    if parts.is_empty() {
        let area = area.map_or("?", |area| area.name.as_str());
        let label = ecosystem.map_or_else(|| Text::same("?"), |(_, label)| label.clone());
        return Phrase::new("analysis.amount_alone")
            .with("area", area)
            .with("ecosystem", label)
            .with("amount", frame.received(cell, amounts));
    }
    Phrase::new("analysis.amount")
        .with("area", area.map_or("?", |area| area.name.as_str()))
        .with("ecosystem", ecosystem.map_or_else(|| Text::same("?"), |(_, label)| label.clone()))
        .with("amount", frame.received(cell, amounts))
        .with("parts", listed(&parts))
}

fn entitlement_sentence(entitlement: Money, amount: Money) -> Phrase {
    if entitlement == Money::ZERO {
        return Phrase::new("analysis.no_entitlement");
    }
    let coverage = fixed(amount.fen() as f64 / entitlement.fen() as f64, 4);
    Phrase::new("analysis.entitlement").with("entitlement", entitlement).with("coverage", coverage)
}

fn entitlement_sentences(solved: &Solved, cell: CellId) -> Vec<Phrase> {
    let problem = &solved.prepared.problem;
    let report = &problem.entitlement;
    let entitlement = problem.frame.entitlement_of(cell);
    let amount = problem.frame.received(cell, &solved.settled.amounts);
    let quantity = |name: &str| problem.frame.dataset.quantity(name).unwrap_or(Quantity::Number);
    let mut phrases = vec![entitlement_sentence(entitlement, amount)];
    let pool = if report.pools.is_empty() { "analysis.pool_all" } else { "analysis.pool_own" };
    for part in report.parts.get(cell.0).into_iter().flatten() {
        phrases.push(
            Phrase::new("analysis.factor")
                .with("factor", figure_name(&part.factor))
                .with("weight", part.weight.to_string())
                .with_phrase("pool", &Phrase::new(pool))
                .with("figure", figure_text(part.figure, quantity(&part.factor)))
                .with("share", fixed(part.share * 100.0, 3)),
        );
    }
    if let Some(curve) = &report.outcome {
        let score = problem.frame.figure(cell, &curve.indicator);
        let multiplier = report.multipliers.get(cell.0).copied().unwrap_or(1.0);
        phrases.push(
            Phrase::new("analysis.outcome")
                .with("indicator", figure_name(&curve.indicator))
                .with("score", score.map_or_else(|| "—".to_owned(), |score| score.to_string()))
                .with("multiplier", fixed(multiplier, 4)),
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
    let basis = match row.basis.as_str() {
        "" => Text::same(""),
        basis => Phrase::new("analysis.basis").with("basis", basis).text(),
    };
    let first = if row.is_fund {
        Phrase::new("analysis.binding_fund").with("fund", row.label.clone())
    } else {
        Phrase::new("analysis.binding")
            .with("rule", row.label.clone())
            .with("row", row.row_name.clone())
            .with_phrase("side", &Phrase::new(side))
    };
    let mut phrases = vec![first.with("basis", basis)];
    phrases.extend(row.prices.iter().map(price_sentence));
    phrases
}

/// A price up and down and how far it holds; one sentence where both are printed alike.
fn price_sentence(price: &ShadowPrice) -> Phrase {
    // Per 万元 more of the bound: per 元 the digits would hide behind zeros.
    let text = |value: f64| {
        let sign = if value > 0.0 { "+" } else { "" };
        with_unit(format!("{sign}{}", significant(value * 1e4)), price.unit)
    };
    let stage = Phrase::new(stage_code(price.kind));
    let (up, down) = (price.price_up, price.price_down);
    if let (Some(more), Some(less)) = (up, down)
        && text(more) == text(less)
    {
        return Phrase::new("analysis.price")
            .with_phrase("stage", &stage)
            .with("up", text(more))
            .with("holds_up", holds_text(price.holds_up_yuan, price.end_up))
            .with("holds_down", holds_text(price.holds_down_yuan, price.end_down));
    }
    let one_way = |value: Option<f64>, yuan: f64, end: End| match value {
        Some(value) => {
            Phrase::new("analysis.price_within").with("change", text(value)).with("holds", holds_text(yuan, end)).text()
        }
        None if end == End::Infeasible => Phrase::new("analysis.no_step").text(),
        None => Phrase::new("analysis.price_open").text(),
    };
    Phrase::new("analysis.price_sides")
        .with_phrase("stage", &stage)
        .with("up", one_way(up, price.holds_up_yuan, price.end_up))
        .with("down", one_way(down.map(|price| -price), price.holds_down_yuan, price.end_down))
}

/// How far a price holds; where it was not followed farther, at least so far.
fn holds_text(yuan: f64, end: End) -> Text {
    let code = if end == End::Open { "analysis.holds_at_least" } else { "analysis.holds" };
    Phrase::new(code).with("amount", money(yuan)).text()
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

fn last_year_sentence(last: Option<Money>, amount: Money) -> Phrase {
    match last {
        Some(last) if last > Money::ZERO => {
            let change = (amount.fen() as f64 / last.fen() as f64 - 1.0) * 100.0;
            Phrase::new("analysis.last_year").with("last", last).with("change", figures::signed(change, 1))
        }
        _ => Phrase::new("analysis.no_last_year"),
    }
}
