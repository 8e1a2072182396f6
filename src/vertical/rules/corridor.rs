//! Corridor: keeps each group near a reference, as a rule last year's amount (增减幅限制).
//!
//! - Formula: least · last(group) ≤ Σ(group) ≤ most · last(group)
//! - Rows: `band[code]`, `floor[code]` or `cap[code]`
//! - Cannot hold when: least · Σ last exceeds the funds, or most · Σ last cannot take up a fund that must be spent

use crate::dataset::CellId;
use crate::rules::band::Band;
use crate::rules::frame::Frame;
use crate::rules::selection::Selection;
use crate::units::Money;

/// A band between multiples of a reference figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Corridor(
    /// The band.
    pub Band,
);

/// The selection without the cells whose reference figure is blank: they are free, and their group is bound by the others.
///
/// A figure of 0 is a figure and binds.
pub fn with_reference(frame: &Frame, of: &Selection, against: &str) -> Selection {
    let has = |cell: &&CellId| frame.money(**cell, against).is_some();
    of.narrowed(of.cells.iter().filter(has).copied().collect())
}

/// The groups whose reference sums to 0, by code: a multiple of nothing leaves them nothing.
pub fn without_money(frame: &Frame, band: &Band, against: &str) -> Vec<String> {
    let is_nothing = |group: &Selection| {
        let figures: Option<Money> = group.cells.iter().map(|cell| frame.money(*cell, against)).sum();
        figures == Some(Money::ZERO)
    };
    band.per.groups(frame, &band.of).into_iter().filter(|(_, group)| is_nothing(group)).map(|(code, _)| code).collect()
}
