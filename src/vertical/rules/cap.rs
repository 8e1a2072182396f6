//! Cap: each group gets at most a measure — an amount, a part of GEP, its cost (封顶).
//!
//! - Basis: ecosystem service value bounds compensation from above (docs/glossary.md)
//! - Formula: Σ(group) ≤ measure(group)
//! - Rows: `cap[code]`
//! - Cannot hold when: the caps together cannot take up a fund that must be spent

use crate::rules::band::Band;

/// A band with an upper side only.
#[derive(Debug, Clone, PartialEq)]
pub struct Cap(
    /// The band.
    pub Band,
);
