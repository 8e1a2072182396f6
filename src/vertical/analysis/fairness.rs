//! How evenly money is spread: Gini and Theil indices, extremes, of coverage and of the amount per resident.
//!
//! With values xᵢ, weights wᵢ, W = Σ w and the weighted mean μ:
//! Gini = Σᵢ Σⱼ wᵢ wⱼ |xᵢ − xⱼ| / (2 W² μ); Theil T = Σ wᵢ/W · xᵢ/μ · ln(xᵢ/μ), with 0 · ln 0 = 0. Both are 0 where all are equal.

use schemars::JsonSchema;
use serde::Serialize;

use crate::dataset::{AreaId, indicator};
use crate::rules::Frame;
use crate::units::Money;

/// One value with its weight and whose it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Code of the cell or area.
    pub code: String,
    /// The value, ≥ 0.
    pub value: f64,
    /// Its weight, > 0.
    pub weight: f64,
}

/// How far values lie apart.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Spread {
    /// Weighted Gini index, from 0 (all equal) towards 1.
    pub gini: f64,
    /// Weighted Theil T index, 0 where all are equal.
    pub theil: f64,
    /// Weighted mean.
    pub mean: f64,
    /// Least value.
    pub least: f64,
    /// Whose it is; the first in order of code where several are.
    pub least_at: String,
    /// Largest value.
    pub most: f64,
    /// Whose it is.
    pub most_at: String,
    /// Largest over least; null where the least is 0.
    pub ratio: Option<f64>,
}

/// Fairness of one allocation; a part is null where no figure allows it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Fairness {
    /// Coverage of cells with entitlement, weighted by entitlement.
    pub coverage: Option<Spread>,
    /// Coverage of areas (their amount over their entitlement), weighted by entitlement.
    pub area_coverage: Option<Spread>,
    /// Amount per resident of areas, in 元, weighted by population.
    pub per_head: Option<Spread>,
}

/// The spread of samples; those without weight do not count, `None` where nothing is left or every value is 0.
pub fn spread(samples: &[Sample]) -> Option<Spread> {
    let mut sorted: Vec<&Sample> = samples.iter().filter(|sample| sample.weight > 0.0).collect();
    sorted.sort_by(|a, b| a.value.total_cmp(&b.value).then_with(|| a.code.cmp(&b.code)));
    let (least, most) = (*sorted.first()?, *sorted.last()?);
    let weight: f64 = sorted.iter().map(|sample| sample.weight).sum();
    let sum: f64 = sorted.iter().map(|sample| sample.weight * sample.value).sum();
    let mean = sum / weight;
    if mean.is_nan() || mean <= 0.0 {
        return None;
    }
    // Σᵢ Σⱼ wᵢwⱼ|xᵢ−xⱼ| = 2 Σᵢ wᵢ (xᵢ·W(before i) − X(before i)) over values in rising order.
    let (mut below, mut below_sum, mut apart) = (0.0, 0.0, 0.0);
    for sample in &sorted {
        apart += sample.weight * (sample.value * below - below_sum);
        below += sample.weight;
        below_sum += sample.weight * sample.value;
    }
    let term = |sample: &&Sample| {
        let relative = sample.value / mean;
        if relative > 0.0 { sample.weight / weight * relative * relative.ln() } else { 0.0 }
    };
    let most_at = sorted.iter().filter(|sample| sample.value == most.value).map(|sample| &sample.code).min();
    // Neither index is below 0 but for the last bits of the sums.
    Some(Spread {
        gini: (apart / (weight * weight * mean)).max(0.0),
        theil: sorted.iter().map(term).sum::<f64>().max(0.0),
        mean,
        least: least.value,
        least_at: least.code.clone(),
        most: most.value,
        most_at: most_at.cloned().unwrap_or_default(),
        ratio: (least.value > 0.0).then(|| most.value / least.value),
    })
}

/// Fairness of exact amounts.
pub fn fairness(frame: &Frame, amounts: &[Money]) -> Fairness {
    let of = |code: String, amount: Money, entitlement: Money| Sample {
        code,
        value: if entitlement > Money::ZERO { amount.fen() as f64 / entitlement.fen() as f64 } else { 0.0 },
        weight: entitlement.to_wan(),
    };
    let cells =
        frame.cells().map(|cell| of(frame.cell_code(cell), frame.received(cell, amounts), frame.entitlement_of(cell)));
    let mut by_area = vec![(Money::ZERO, Money::ZERO); frame.dataset.areas().len()];
    for cell in frame.cells() {
        let area = frame.dataset.cells().get(cell.0).map_or(usize::MAX, |found| found.area.0);
        if let Some((amount, entitlement)) = by_area.get_mut(area) {
            *amount = [*amount, frame.received(cell, amounts)].into_iter().sum();
            *entitlement = [*entitlement, frame.entitlement_of(cell)].into_iter().sum();
        }
    }
    let code = |at: usize| frame.area_code(AreaId(at)).to_owned();
    let areas = by_area.iter().enumerate().map(|(at, (amount, entitlement))| of(code(at), *amount, *entitlement));
    let heads = by_area.iter().enumerate().filter_map(|(at, (amount, _))| {
        let heads = frame.dataset.area_figure(AreaId(at), indicator::POPULATION)?.to_f64();
        (heads > 0.0).then(|| Sample { code: code(at), value: amount.fen() as f64 / 100.0 / heads, weight: heads })
    });
    Fairness {
        coverage: spread(&cells.collect::<Vec<_>>()),
        area_coverage: spread(&areas.collect::<Vec<_>>()),
        per_head: spread(&heads.collect::<Vec<_>>()),
    }
}
