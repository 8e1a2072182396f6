//! The outcome benefit of exact amounts: Σ value · g(coverage), with the returns of a model.

use crate::program::{Stage, Value, worth};
use crate::rules::Frame;
use crate::units::Money;

/// Returns and value of the first benefit stage; `None` where the objective has none.
pub fn terms(stages: &[Stage]) -> Option<(&[(f64, f64)], Value)> {
    stages.iter().find_map(|stage| match stage {
        Stage::MaxOutcomeBenefit { returns, value, .. } => Some((returns.as_slice(), *value)),
        _ => None,
    })
}

/// The benefit of amounts (in the order of the frame's amounts), in the unit of the stage: 万元 of GEP, weighted by outcome.
///
/// Cells without entitlement, or with a figure that is blank, count nothing.
pub fn benefit(frame: &Frame, amounts: &[Money], (returns, value): (&[(f64, f64)], Value)) -> f64 {
    let cells = frame.cells().filter_map(|cell| {
        let entitlement = frame.entitlement_of(cell);
        let coverage = frame.received(cell, amounts).fen() as f64 / entitlement.fen() as f64;
        (entitlement > Money::ZERO).then(|| worth(frame, cell, value).unwrap_or(0.0) * gain(returns, coverage))
    });
    cells.sum()
}

/// g(coverage): concave piecewise linear, constant beyond the last step.
fn gain(returns: &[(f64, f64)], coverage: f64) -> f64 {
    let mut from = 0.0;
    let mut gain = 0.0;
    for (until, slope) in returns {
        gain += slope * (coverage.min(*until) - from).max(0.0);
        from = *until;
    }
    gain
}
