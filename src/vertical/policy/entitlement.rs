//! Entitlement by factors (因素法): shares by weighted, normalised factors × outcome multiplier, to the 分.
//!
//! s(c) = Σ_k w_k · x_k(c) / Σ x_k over the ecosystem (or all cells); E(c) = pool · s(c)·m(c) / Σ s·m, rounded by largest
//! remainder so that each pool is used up exactly.

use std::collections::BTreeMap;
use std::sync::Arc;

use nalgebra::DMatrix;
use num_traits::{Signed, ToPrimitive, Zero};

use crate::dataset::{CellId, indicator};
use crate::document::sections::{Reader, Section, unknown_word};
use crate::document::tree::Node;
use crate::finding::{Finding, Place, Severity};
use crate::phrases::Phrase;
use crate::policy::outcome::OutcomeCurve;
use crate::policy::{ahp, entropy};
use crate::rules::missing::{self, unknown_indicator};
use crate::rules::{Frame, MissingFigure};
use crate::units::{BigInt, Decimal, Exact, Money, from_binary, largest_remainder};

/// One factor of a cell's entitlement.
#[derive(Debug, Clone, PartialEq)]
pub struct FactorPart {
    /// Indicator.
    pub factor: Arc<str>,
    /// Its weight.
    pub weight: Decimal,
    /// The cell's figure, in base units.
    pub figure: Decimal,
    /// The cell's share of the figure within its pool.
    pub share: f64,
}

/// How the entitlements came about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EntitlementReport {
    /// The whole pool.
    pub pool: Money,
    /// `given`, `ahp` or `entropy`.
    pub method: &'static str,
    /// Weights of the factors.
    pub weights: Vec<(String, Decimal)>,
    /// Consistency ratio of AHP weights.
    pub consistency_ratio: Option<f64>,
    /// Share of each ecosystem in the pool, where given.
    pub pools: Vec<(String, Decimal)>,
    /// The outcome curve, where given.
    pub outcome: Option<OutcomeCurve>,
    /// For each cell its factors.
    pub parts: Vec<Vec<FactorPart>>,
    /// For each cell its outcome multiplier.
    pub multipliers: Vec<f64>,
}

struct Spec {
    amount: Option<Money>,
    pools: Vec<(String, Decimal)>,
    weighting: Weighting,
    outcome: Option<OutcomeCurve>,
    line: u64,
}

enum Weighting {
    Given(Vec<(String, Decimal)>),
    Ahp(ahp::Ahp),
    Entropy(Vec<String>),
}

/// Reads `[entitlement]` and fills the entitlements of the frame.
pub(super) fn read(reader: &Reader, node: Option<&Node>, frame: &mut Frame) -> Option<EntitlementReport> {
    let empty = Node { line: 0, value: crate::document::tree::Value::Table(Vec::new()) };
    let section = reader.section(node.unwrap_or(&empty), "entitlement")?;
    let spec = read_spec(reader, &section, frame);
    section.finish();
    fill(reader, spec?, frame)
}

fn read_spec(reader: &Reader, section: &Section<'_>, frame: &Frame) -> Option<Spec> {
    let amount = section.get("amount").map(|node| (reader.money(node, &section.at("amount")), node.line));
    if let Some((Some(amount), line)) = amount
        && amount <= Money::ZERO
    {
        let place = reader.place(line, &section.at("amount"));
        reader.report(Finding::error("policy.not_positive", place).with("value", amount.to_string()));
    }
    let pools = section.get("pool").map(|node| {
        let known = frame.ecosystems.iter().map(|(id, _)| id.as_str());
        let unknown = |place, name: &str| {
            let is_known = known.clone().any(|known| known == name);
            (!is_known).then(|| unknown_word(place, name, known.clone()))
        };
        shares(reader, node, &section.at("pool"), &unknown)
    });
    if let Some(node) = section.get("pool") {
        left_out(reader, node, &section.at("pool"), frame);
    }
    let given = section.get("factors").map(|node| {
        let unknown = |place, name: &str| {
            let is_known = frame.dataset.quantity(name).is_some();
            (!is_known).then(|| unknown_indicator(place, &frame.dataset, name, &section.at("factors")))
        };
        shares(reader, node, &section.at("factors"), &unknown)
    });
    let (ahp_node, entropy_node) = (section.get("ahp"), section.get("entropy"));
    let count = usize::from(given.is_some()) + usize::from(ahp_node.is_some()) + usize::from(entropy_node.is_some());
    if count > 1 {
        reader.report(Finding::error("policy.one_weighting", section.place()));
        return None;
    }
    let outcome = section.get("outcome").map(|node| OutcomeCurve::read(reader, node, &section.at("outcome")));
    let weighting = match (given, ahp_node, entropy_node) {
        (Some(weights), _, _) => Weighting::Given(weights?),
        (_, Some(node), _) => Weighting::Ahp(ahp::read(reader, node, &section.at("ahp"))?),
        (_, _, Some(node)) => {
            Weighting::Entropy(reader.distinct_words(node, &section.at("entropy"), "policy.what_factor"))
        }
        _ => Weighting::Given(vec![(indicator::GEP.to_owned(), Decimal::ONE)]),
    };
    let outcome = match outcome {
        Some(curve) => Some(curve?),
        None => None,
    };
    let pools = match pools {
        Some(pools) => pools?,
        None => Vec::new(),
    };
    let amount = match amount {
        Some((amount, _)) => Some(amount?),
        None => None,
    };
    Some(Spec { amount, pools, weighting, outcome, line: section.line })
}

/// Says which ecosystems of the data a pool does not name: they are entitled to nothing.
fn left_out(reader: &Reader, node: &Node, path: &str, frame: &Frame) {
    let absent = frame.ecosystems.iter().map(|(id, _)| id.as_str()).filter(|id| node.get(id).is_none());
    let absent: Vec<&str> = absent.collect();
    if !absent.is_empty() {
        let place = reader.place(node.line, path);
        reader.report(Finding::warning("policy.pool_gap", place).with("ecosystems", absent.join(", ")));
    }
}

/// A table of shares that sum to 1.
fn shares(
    reader: &Reader,
    node: &Node,
    path: &str,
    unknown: &dyn Fn(Place, &str) -> Option<Finding>,
) -> Option<Vec<(String, Decimal)>> {
    let section = reader.section(node, path)?;
    let mut shares = Vec::new();
    let mut sum = Decimal::ZERO;
    let mut sound = true;
    for (name, node) in section.entries() {
        let place = reader.place(node.line, &section.at(name));
        let Some(share) = reader.decimal(node, &section.at(name)) else {
            sound = false;
            continue;
        };
        if share.is_negative() {
            reader.report(Finding::error("policy.negative", place.clone()).with("value", share.to_string()));
            sound = false;
        }
        if let Some(finding) = unknown(place, name) {
            reader.report(finding);
            sound = false;
        }
        sum = sum.checked_add(share)?;
        shares.push((name.clone(), share));
    }
    if sum != Decimal::ONE && sound {
        reader.report(Finding::error("policy.not_a_sum", section.place()).with("sum", sum.to_string()));
        sound = false;
    }
    sound.then_some(shares)
}

fn fill(reader: &Reader, spec: Spec, frame: &mut Frame) -> Option<EntitlementReport> {
    let factors: Vec<String> = match &spec.weighting {
        Weighting::Given(weights) => weights.iter().map(|(name, _)| name.clone()).collect(),
        Weighting::Ahp(ahp) => ahp.weights.iter().map(|(name, _)| name.clone()).collect(),
        Weighting::Entropy(names) => names.clone(),
    };
    let place = || reader.place(spec.line, "entitlement");
    let unknown = |name: &str, key: &str| {
        let absent = frame.dataset.quantity(name).is_none();
        absent.then(|| reader.report(unknown_indicator(place(), &frame.dataset, name, key))).is_some()
    };
    let indicators = spec.outcome.iter().map(|curve| (curve.indicator.as_str(), "entitlement.outcome"));
    let indicators = indicators.chain(factors.iter().map(|factor| (factor.as_str(), "entitlement.factors")));
    // Every unknown one is said, not only the first.
    let unknown = indicators.filter(|(name, key)| unknown(name, key)).count();
    if unknown > 0 || factors.is_empty() {
        return None;
    }
    let figures = figures(reader, frame, &factors)?;
    let multipliers = multipliers(reader, frame, spec.outcome.as_ref())?;
    let (weights, method, ratio) = match &spec.weighting {
        Weighting::Given(weights) => (weights.clone(), "given", None),
        Weighting::Ahp(ahp) => (decimals(&ahp.weights), "ahp", Some(ahp.ratio)),
        Weighting::Entropy(_) => {
            let numbers: Vec<f64> = figures.iter().flatten().map(|figure| figure.to_f64()).collect();
            let matrix = DMatrix::from_row_slice(figures.len(), factors.len(), &numbers);
            let found = entropy::weights(&matrix);
            let constant = entropy::constant(&matrix).into_iter().filter_map(|column| factors.get(column));
            let constant: Vec<&str> = constant.map(String::as_str).collect();
            if !constant.is_empty() {
                let all = constant.len() == factors.len();
                let code = if all { "policy.entropy_alike" } else { "policy.entropy_constant" };
                let finding =
                    Finding { severity: Severity::Warning, ..Finding::from_phrase(Phrase::new(code), place()) };
                reader.report(finding.with("factors", constant.join(", ")));
            }
            (decimals(&factors.iter().cloned().zip(found).collect::<Vec<_>>()), "entropy", None)
        }
    };
    let total: Money = spec.amount.unwrap_or_else(|| frame.total());
    let mut report = EntitlementReport {
        pool: total,
        method,
        weights,
        consistency_ratio: ratio,
        pools: spec.pools.clone(),
        outcome: spec.outcome,
        parts: vec![Vec::new(); figures.len()],
        multipliers: multipliers.iter().map(|m| crate::units::Finite::from_exact(m).map_or(1.0, |m| m.get())).collect(),
    };
    let mut due = vec![Exact::zero(); figures.len()];
    for (ecosystem, pool, cells) in pools(frame, total, &spec.pools) {
        if !share_out(frame, &mut report, &mut due, (pool, &cells), (&figures, &multipliers)) && pool > Money::ZERO {
            let place = reader.place(spec.line, "entitlement");
            reader.report(Finding::error("policy.no_entitlement", place).with("ecosystem", ecosystem));
        }
    }
    frame.due = Arc::new(due);
    Some(report)
}

/// Weights as decimals that sum to 1 exactly: 12 decimals by largest remainder.
fn decimals(weights: &[(String, f64)]) -> Vec<(String, Decimal)> {
    let whole = 1_000_000_000_000_i64;
    let exact: Vec<Exact> =
        weights.iter().map(|(_, weight)| from_binary(*weight).unwrap_or_else(Exact::zero)).collect();
    let parts = largest_remainder(Money::from_fen(whole), &exact);
    let decimal = |part: Money| Decimal::from_exact(&(part.exact() / Exact::from_integer(whole.into())), 12, false);
    weights.iter().zip(parts).map(|((name, _), part)| (name.clone(), decimal(part).unwrap_or_default())).collect()
}

fn figures(reader: &Reader, frame: &Frame, factors: &[String]) -> Option<Vec<Vec<Decimal>>> {
    let mut sound = true;
    let mut blank = Vec::new();
    let mut rows = Vec::with_capacity(frame.dataset.cells().len());
    for cell in frame.cells() {
        let mut row = Vec::with_capacity(factors.len());
        for factor in factors {
            match frame.figure(cell, factor) {
                Some(figure) if !figure.is_negative() => row.push(figure),
                Some(_) => {
                    let at = frame.cell_code(cell);
                    let place = frame.dataset.place_of(&at, factor);
                    reader.report(
                        Finding::error("policy.factor_negative", place)
                            .with("at", frame.dataset.named(&at))
                            .with("indicator", factor),
                    );
                    sound = false;
                }
                None => blank.push(MissingFigure { at: frame.cell_code(cell), indicator: factor.clone() }),
            }
        }
        rows.push(row);
    }
    report_blank(reader, frame, &blank, "entitlement.factors");
    (sound && blank.is_empty()).then_some(rows)
}

fn multipliers(reader: &Reader, frame: &Frame, curve: Option<&OutcomeCurve>) -> Option<Vec<Exact>> {
    let Some(curve) = curve else {
        return Some(vec![Exact::from_integer(1.into()); frame.dataset.cells().len()]);
    };
    let mut found = Vec::new();
    let mut blank = Vec::new();
    for cell in frame.cells() {
        match frame.figure(cell, &curve.indicator) {
            Some(score) => found.push(curve.multiplier(score)),
            None => blank.push(MissingFigure { at: frame.cell_code(cell), indicator: curve.indicator.clone() }),
        }
    }
    report_blank(reader, frame, &blank, "entitlement.outcome");
    blank.is_empty().then_some(found)
}

fn report_blank(reader: &Reader, frame: &Frame, blank: &[MissingFigure], who: &str) {
    missing::findings(blank, &frame.dataset, who).into_iter().for_each(|finding| reader.report(finding));
}

/// Pools with their money and cells: one an ecosystem where shares are given, else one for all.
fn pools(frame: &Frame, total: Money, shares: &[(String, Decimal)]) -> Vec<(String, Money, Vec<CellId>)> {
    if shares.is_empty() {
        return vec![("total".to_owned(), total, frame.cells().collect())];
    }
    let weights: Vec<Exact> = shares.iter().map(|(_, share)| share.exact()).collect();
    let amounts = largest_remainder(total, &weights);
    let mut cells: BTreeMap<&str, Vec<CellId>> = BTreeMap::new();
    for cell in frame.cells() {
        if let Some(found) = frame.dataset.cells().get(cell.0) {
            cells.entry(found.ecosystem.as_str()).or_default().push(cell);
        }
    }
    let of = |name: &str| cells.get(name).cloned().unwrap_or_default();
    shares.iter().zip(amounts).map(|((name, _), amount)| (name.clone(), amount, of(name))).collect()
}

/// Divides one pool; false where its factors are all zero.
fn share_out(
    frame: &mut Frame,
    report: &mut EntitlementReport,
    due: &mut [Exact],
    (pool, cells): (Money, &[CellId]),
    (figures, multipliers): (&[Vec<Decimal>], &[Exact]),
) -> bool {
    // Shares keep 40 decimals, far below a 分: rationals with the sums of large tables as denominators grow long.
    let grain = BigInt::from(10).pow(40);
    let mut scores = vec![BigInt::zero(); cells.len()];
    for (index, (factor, weight)) in report.weights.iter().enumerate() {
        let name: Arc<str> = Arc::from(factor.as_str());
        let figure = |cell: &CellId| figures.get(cell.0).and_then(|row| row.get(index)).copied().unwrap_or_default();
        let sum: BigInt = cells.iter().map(|cell| figure(cell).mantissa()).sum();
        let about = sum.to_f64().unwrap_or(0.0);
        // weight · grain once a factor, not once a cell.
        let scale = BigInt::from(weight.mantissa()) * &grain;
        for (score, cell) in scores.iter_mut().zip(cells) {
            let mantissa = figure(cell).mantissa();
            let part = FactorPart {
                factor: Arc::clone(&name),
                weight: *weight,
                figure: figure(cell),
                share: if about > 0.0 { mantissa as f64 / about } else { 0.0 },
            };
            if let Some(parts) = report.parts.get_mut(cell.0) {
                parts.push(part);
            }
            if !sum.is_zero() {
                *score += &scale * mantissa / &sum;
            }
        }
    }
    for (score, cell) in scores.iter_mut().zip(cells) {
        if let Some(multiplier) = multipliers.get(cell.0) {
            *score = &*score * multiplier.numer() / multiplier.denom();
        }
    }
    if scores.iter().all(|score| !score.is_positive()) {
        return false;
    }
    let sum: BigInt = scores.iter().sum();
    for (score, cell) in scores.iter().zip(cells) {
        if let Some(due) = due.get_mut(cell.0) {
            *due = Exact::new_raw(score * pool.fen(), sum.clone());
        }
    }
    let scores: Vec<Exact> = scores.into_iter().map(Exact::from_integer).collect();
    for (cell, amount) in cells.iter().zip(largest_remainder(pool, &scores)) {
        if let Some(entitlement) = frame.entitlement.get_mut(cell.0) {
            *entitlement = amount;
        }
    }
    true
}
