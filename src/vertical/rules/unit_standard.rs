//! Unit standard: each cell of an ecosystem gets at least (at most) a standard per extent (补偿标准).
//!
//! - Basis: standards by area are the usual form of forest and farmland compensation; the model cites its own
//! - Formula: standard · extent ≤ y(c) ≤ standard · extent
//! - Rows: one a cell (or group), `floor[code]`, `cap[code]` or `band[code]`
//! - Cannot hold when: Σ standard · extent exceeds the funds

use crate::rules::band::Band;
use crate::rules::measure::{Measure, Part};

/// Whether every part of a measure is per extent, as this rule asks.
pub fn fits(measure: &Measure) -> bool {
    measure.parts.iter().all(|part| matches!(part, Part::PerExtent(_, _)))
}

/// A band whose measures are per extent.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitStandard(
    /// The band.
    pub Band,
);
