//! Why a cell or area gets what it gets: in one plain sentence first, then entitlement, outcome, binding rules, room left, last year.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::ended;
use crate::analysis::held::{Held, active_side, cells_of, held, rules_of, side_code};
use crate::analysis::ranges::{self, Range};
use crate::analysis::sensitivity::{self, ShadowPrice, shadow_prices};
use crate::analysis::words::{significant, stage_code, with_unit};
use crate::dataset::{AreaId, CellId, Quantity, indicator};
use crate::figures::{self, fixed};
use crate::phrases::{Phrase, Text};
use crate::remark;
use crate::rules::naming::{figure_name, figure_text, listed, row_name};
use crate::rules::{Frame, Member, Requirement};
use crate::run::{RunError, Solved};
use crate::solver::way::End;
use crate::solver::{SessionError, SolveOptions};
use crate::units::Money;

/// The explanation of one area: its cells and what binds it as a whole.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Explanation {
    /// Area code.
    pub area: String,
    /// Area name.
    pub name: String,
    /// Sentences about the area as a whole, the plain one first, or why there is nothing to explain.
    pub sentences: Vec<Text>,
    /// What the area would receive without each rule that holds one of its amounts; empty where one ecosystem was asked for.
    pub without: Vec<WithoutRule>,
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
    /// Printed name of the ecosystem.
    pub ecosystem: Text,
    /// Amount, in 分.
    pub amount_fen: i64,
    /// Sentences in order: why, plainly; amount, entitlement, factors, outcome, rules, room, last year.
    pub sentences: Vec<Text>,
    /// What the amount would be without each rule that holds it.
    pub without: Vec<WithoutRule>,
    /// Rows of rules that touch the cell and are used up.
    pub binding: Vec<BindingRow>,
    /// What the amount could be while every stage stays within the loss asked for; null where it was not computed.
    pub range: Option<Range>,
}

/// What becomes of an amount without a rule.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WithoutRule {
    /// Rule id.
    pub rule: String,
    /// Printed name.
    pub label: Text,
    /// The amount of the model without the rule, solved again, in 分; null where that has no plan.
    pub amount_fen: Option<i64>,
}

/// Explanations of several areas.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Explanations {
    /// One an area, in the order asked, of all areas in the order of codes.
    pub areas: Vec<Explanation>,
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
    /// The areas.
    pub areas: &'a [AreaId],
    /// Only this ecosystem.
    pub ecosystem: Option<&'a str>,
    /// Relative loss of each stage allowed for the room of an amount.
    pub loss: f64,
}

/// What every explanation of a run is made from.
struct Grounds<'a> {
    solved: &'a Solved,
    prices: Vec<ShadowPrice>,
    rooms: BTreeMap<CellId, Range>,
    held: Vec<Vec<Held>>,
    /// For each rule that holds an amount asked for, the amounts without it.
    without: BTreeMap<usize, Option<Vec<Money>>>,
    loss: f64,
}

/// Explains the cells of areas.
///
/// # Errors
/// A limit, or HiGHS refuses a change while prices or ranges are computed.
pub fn explain(solved: &Solved, question: &Question<'_>, options: &SolveOptions) -> Result<Vec<Explanation>, RunError> {
    let frame = &solved.prepared.problem.frame;
    let asked: BTreeSet<AreaId> = question.areas.iter().copied().collect();
    let is_asked = |cell: &CellId| {
        frame.dataset.cells().get(cell.0).is_some_and(|found| {
            asked.contains(&found.area) && question.ecosystem.is_none_or(|wanted| wanted == found.ecosystem)
        })
    };
    let cells: Vec<CellId> = frame.cells().filter(is_asked).collect();
    let own: BTreeSet<CellId> = cells.iter().copied().collect();
    let touches = |index: usize, requirement: &Requirement| {
        active_side(solved, index).is_some() && cells_of(frame, requirement).any(|cell| own.contains(&cell))
    };
    let refused = |error: SessionError| ended::refused(&error, "explain");
    let prices = shadow_prices(solved, options, &touches).map_err(refused)?;
    let rooms = ranges::of_cells(solved, &cells, question.loss, options).map_err(refused)?;
    let rooms = cells.iter().copied().zip(rooms).filter_map(|(cell, room)| Some((cell, room?))).collect();
    let held = held(solved);
    let mut without = BTreeMap::new();
    for rule in cells.iter().filter_map(|cell| held.get(cell.0)).flat_map(|held| rules_of(solved, held)) {
        if let (Entry::Vacant(place), Some(known)) = (without.entry(rule), solved.prepared.problem.rules.get(rule)) {
            place.insert(crate::analysis::without::without(solved, &known.id, options)?);
        }
    }
    let grounds = Grounds { solved, prices, rooms, held, without, loss: question.loss };
    Ok(question.areas.iter().map(|area| grounds.area(*area, question.ecosystem)).collect())
}

impl Grounds<'_> {
    fn frame(&self) -> &Frame {
        &self.solved.prepared.problem.frame
    }

    fn held(&self, cell: CellId) -> &[Held] {
        self.held.get(cell.0).map_or(&[], Vec::as_slice)
    }

    fn area(&self, area: AreaId, ecosystem: Option<&str>) -> Explanation {
        let frame = self.frame();
        let of_area = |cell: &CellId| frame.dataset.cells().get(cell.0).is_some_and(|found| found.area == area);
        let own: Vec<CellId> = frame.cells().filter(of_area).collect();
        let is_asked = |cell: &&CellId| {
            let found = frame.dataset.cells().get(cell.0);
            ecosystem.is_none_or(|wanted| found.is_some_and(|found| found.ecosystem == wanted))
        };
        let mut cells: Vec<CellExplanation> = own.iter().filter(is_asked).map(|cell| self.cell(*cell)).collect();
        let has_prices = cells.iter().flat_map(|cell| &cell.binding).any(|row| !row.prices.is_empty());
        let mut remarks = if has_prices { sensitivity::remarks(self.solved) } else { Vec::new() };
        // An explanation begins with its plain sentence: that of the amount where the area as a whole has none.
        if let Some(last) = cells.last_mut().filter(|_| ecosystem.is_some()) {
            last.sentences.extend(remarks.drain(..).map(|remark| remark.text()));
        }
        let without = if ecosystem.is_some() { Vec::new() } else { self.without(&own) };
        let mut sentences = area_sentences(self.solved, (area, ecosystem), &own, cells.is_empty());
        // Of one amount its own sentence says it all.
        if ecosystem.is_none() && own.len() > 1 {
            let name = frame.dataset.areas().get(area.0).map_or("?", |area| area.name.as_str());
            let amount = own.iter().map(|cell| frame.received(*cell, &self.solved.settled.amounts)).sum();
            let no_row = |_: usize| None;
            let plain = plain(&Text::same(name), amount, &without, &no_row);
            sentences.splice(..1, [plain]);
        }
        Explanation {
            area: frame.area_code(area).to_owned(),
            name: frame.dataset.areas().get(area.0).map_or_else(String::new, |area| area.name.clone()),
            sentences: sentences.iter().chain(&remarks).map(Phrase::text).collect(),
            without,
            cells,
            warnings: remark::of_run(self.solved),
        }
    }

    /// What some cells together would receive without each rule that holds one of them.
    fn without(&self, cells: &[CellId]) -> Vec<WithoutRule> {
        let rules: BTreeSet<usize> = cells.iter().flat_map(|cell| rules_of(self.solved, self.held(*cell))).collect();
        let part = |at: usize| {
            let rule = self.solved.prepared.problem.rules.get(at)?;
            let amounts = self.without.get(&at)?.as_ref();
            let sum =
                |amounts: &Vec<Money>| cells.iter().filter_map(|cell| amounts.get(cell.0)).copied().sum::<Money>();
            Some(WithoutRule {
                rule: rule.id.clone(),
                label: rule.label.clone(),
                amount_fen: amounts.map(|amounts| sum(amounts).fen()),
            })
        };
        rules.into_iter().filter_map(part).collect()
    }

    fn cell(&self, cell: CellId) -> CellExplanation {
        let frame = self.frame();
        let binding = binding_rows(self.solved, self.held(cell), &self.prices);
        let (range, without) = (self.rooms.get(&cell).copied(), self.without(&[cell]));
        let amount = frame.received(cell, &self.solved.settled.amounts);
        CellExplanation {
            cell: frame.cell_code(cell),
            ecosystem: ecosystem_label(frame, cell),
            amount_fen: amount.fen(),
            sentences: sentences(self.solved, cell, (&binding, &without), range, self.loss),
            without,
            binding,
            range,
        }
    }
}

/// Why somebody receives an amount, and what it would be without the rule that matters most, in one sentence; `row` says at which
/// side of which row the amount lies.
fn plain(who: &Text, amount: Money, without: &[WithoutRule], row: &dyn Fn(usize) -> Option<Phrase>) -> Phrase {
    let base = |code: &'static str| Phrase::new(code).with("who", who.clone()).with("amount", amount);
    let change = |part: &WithoutRule| part.amount_fen.map(|fen| fen - amount.fen());
    let known = || without.iter().enumerate().filter_map(|(at, part)| Some((at, part, change(part)?)));
    let Some((at, part, by)) = known().max_by_key(|(at, _, by)| (by.unsigned_abs(), std::cmp::Reverse(*at))) else {
        return match without.first() {
            None => base("analysis.plain_objective"),
            Some(part) => base("analysis.plain_open").with("rule", part.label.clone()),
        };
    };
    if by == 0 {
        let names: Vec<Text> = without.iter().map(|part| part.label.clone()).collect();
        return base("analysis.plain_same").with("rules", listed(&names));
    }
    let code = match (row(at).is_some(), by > 0) {
        (true, true) => "analysis.plain_more",
        (true, false) => "analysis.plain_less",
        (false, true) => "analysis.plain_area_more",
        (false, false) => "analysis.plain_area_less",
    };
    let phrase = base(code).with("rule", part.label.clone()).with("by", Money::from_fen(by.saturating_abs()));
    let phrase = phrase.with("without", Money::from_fen(part.amount_fen.unwrap_or_default()));
    match row(at) {
        Some(row) => phrase.with_phrase("row", &row),
        None => phrase,
    }
}

/// The area as a whole; where there is no cell to explain, why.
fn area_sentences(
    solved: &Solved,
    (area, ecosystem): (AreaId, Option<&str>),
    own: &[CellId],
    is_empty: bool,
) -> Vec<Phrase> {
    let frame = &solved.prepared.problem.frame;
    let area = frame.dataset.areas().get(area.0).map_or("?", |area| area.name.as_str());
    if own.is_empty() {
        return vec![Phrase::new("analysis.no_cells").with("area", area)];
    }
    let label = |id: &str| {
        let known = frame.ecosystems.iter().find(|(known, _)| known == id);
        known.map_or_else(|| Text::same(id), |(_, label)| label.clone())
    };
    if let Some(wanted) = ecosystem {
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

/// The rows that hold a cell, with their prices.
fn binding_rows(solved: &Solved, held: &[Held], prices: &[ShadowPrice]) -> Vec<BindingRow> {
    let problem = &solved.prepared.problem;
    let mut rows = Vec::new();
    for &Held { requirement, side } in held {
        let Some(requirement) = solved.requirement(requirement) else { continue };
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

/// Money of a binary number in 元, to the 分.
fn money(yuan: f64) -> Money {
    // A float turns into the nearest whole number, saturating: no amount of a plan comes near the ends.
    Money::from_fen((yuan * 100.0).round() as i64)
}

fn sentences(
    solved: &Solved,
    cell: CellId,
    (binding, without): (&[BindingRow], &[WithoutRule]),
    range: Option<Range>,
    loss: f64,
) -> Vec<Text> {
    let frame = &solved.prepared.problem.frame;
    let mut phrases = Vec::new();
    if !frame.amounts_of(cell).is_empty() {
        phrases.push(plain_of_cell(solved, cell, binding, without));
    }
    phrases.push(amount_sentence(frame, cell, &solved.settled.amounts));
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
        phrases.extend(without.iter().filter(|part| part.rule == row.member).map(without_sentence));
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

fn ecosystem_label(frame: &Frame, cell: CellId) -> Text {
    let id = frame.dataset.cells().get(cell.0).map_or("?", |found| found.ecosystem.as_str());
    let known = frame.ecosystems.iter().find(|(known, _)| known == id);
    known.map_or_else(|| Text::same(id), |(_, label)| label.clone())
}

fn plain_of_cell(solved: &Solved, cell: CellId, binding: &[BindingRow], without: &[WithoutRule]) -> Phrase {
    let frame = &solved.prepared.problem.frame;
    let found = frame.dataset.cells().get(cell.0);
    let area = found.and_then(|found| frame.dataset.areas().get(found.area.0)).map_or("?", |area| area.name.as_str());
    let label = ecosystem_label(frame, cell);
    let who = Phrase::new("analysis.who").with("area", area).with("ecosystem", label).text();
    let amount = frame.received(cell, &solved.settled.amounts);
    if amount == Money::ZERO && frame.entitlement_of(cell) == Money::ZERO && without.is_empty() {
        return Phrase::new("analysis.plain_nothing").with("who", who);
    }
    let row = |at: usize| {
        let rule = without.get(at)?;
        let row = binding.iter().find(|row| row.member == rule.rule)?;
        let phrase = Phrase::new("analysis.plain_row").with("row", row.row_name.clone());
        Some(phrase.with_phrase("side", &Phrase::new(side_code(row.side))))
    };
    plain(&who, amount, without, &row)
}

fn without_sentence(part: &WithoutRule) -> Phrase {
    match part.amount_fen {
        Some(fen) => Phrase::new("analysis.without_rule").with("amount", Money::from_fen(fen)),
        None => Phrase::new("analysis.without_open"),
    }
}

fn amount_sentence(frame: &Frame, cell: CellId, amounts: &[Money]) -> Phrase {
    let found = frame.dataset.cells().get(cell.0);
    let area = found.and_then(|found| frame.dataset.areas().get(found.area.0));
    let label = ecosystem_label(frame, cell);
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
        return Phrase::new("analysis.amount_alone")
            .with("area", area)
            .with("ecosystem", label)
            .with("amount", frame.received(cell, amounts));
    }
    Phrase::new("analysis.amount")
        .with("area", area.map_or("?", |area| area.name.as_str()))
        .with("ecosystem", label)
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
    let side = side_code(row.side);
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

fn last_year_sentence(last: Option<Money>, amount: Money) -> Phrase {
    match last {
        Some(last) if last > Money::ZERO => {
            let change = (amount.fen() as f64 / last.fen() as f64 - 1.0) * 100.0;
            Phrase::new("analysis.last_year").with("last", last).with("change", figures::signed(change, 1))
        }
        _ => Phrase::new("analysis.no_last_year"),
    }
}
