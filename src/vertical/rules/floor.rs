//! Floor: each group gets at least a measure (保底).
//!
//! - Formula: Σ(group) ≥ measure(group)
//! - Rows: `floor[code]`
//! - Cannot hold when: the floors together exceed the funds, or a cap lies below

use crate::rules::band::Band;

/// A band with a lower side only.
#[derive(Debug, Clone, PartialEq)]
pub struct Floor(
    /// The band.
    pub Band,
);
