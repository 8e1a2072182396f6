//! Corridor: keeps each group near a reference, as a rule last year's amount (增减幅限制).
//!
//! - Formula: least · last(group) ≤ Σ(group) ≤ most · last(group)
//! - Rows: `band[code]`, `floor[code]` or `cap[code]`
//! - Cannot hold when: least · Σ last exceeds the funds, or most · Σ last cannot take up a fund that must be spent

use crate::rules::band::Band;
use crate::rules::frame::Frame;
use crate::rules::selection::{Per, Selection};
use crate::units::Money;

/// A band between multiples of a reference figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Corridor(
    /// The band.
    pub Band,
);

/// The selection without the groups that have no reference figure (blank or zero in sum).
pub fn with_reference(frame: &Frame, of: &Selection, per: Per, against: &str) -> Selection {
    let has = |group: &Selection| {
        let figures: Option<Vec<Money>> = group.cells.iter().map(|cell| frame.money(*cell, against)).collect();
        figures.is_some_and(|figures| figures.into_iter().any(|figure| figure > Money::ZERO))
    };
    let mut cells: Vec<_> =
        per.groups(frame, of).into_iter().filter(|(_, group)| has(group)).flat_map(|(_, group)| group.cells).collect();
    cells.sort_unstable();
    of.narrowed(cells)
}
