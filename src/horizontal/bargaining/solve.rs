//! One solution concept on one problem: by linear programs, and for two parties exactly.

use num_traits::{ToPrimitive, Zero};

use crate::bargaining::frame::{Found, Frame, Refusal};
use crate::bargaining::polygon::{Point, Polygon};
use crate::bargaining::request::Kind;
use crate::document::number::binary;
use crate::units::{Exact, from_binary};

/// A solution in exact numbers: the point and, where it differs, the point before completion.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ExactPoint {
    /// Utilities.
    pub utilities: Vec<Exact>,
    /// Utilities before completion.
    pub plain: Vec<Exact>,
}

/// The solution by linear programs.
pub(super) fn by_programs(frame: &Frame<'_>, kind: Kind) -> Result<Found, Refusal> {
    match kind {
        Kind::Nash => frame.nash(),
        Kind::KalaiSmorodinsky => frame.kalai_smorodinsky(),
        Kind::Egalitarian => frame.egalitarian(),
        Kind::Utilitarian => frame.utilitarian(),
        Kind::Raiffa => frame.raiffa(),
    }
}

/// The polygon of a two-party problem, where it has one.
pub(super) fn polygon(frame: &Frame<'_>) -> Option<Polygon> {
    match frame.reach.as_slice() {
        [first, second] => Polygon::of(frame.model, [*first, *second]),
        _ => None,
    }
}

/// The solution in closed form on the polygon; `None` for concepts without one.
pub(super) fn exactly(frame: &Frame<'_>, polygon: &Polygon, kind: Kind) -> Option<ExactPoint> {
    let [first, second] = frame.model.parties.as_slice() else { return None };
    let gain = |axis: usize| polygon.ideal.get(axis).zip(polygon.from.get(axis)).map(|(most, from)| most - from);
    let (first_gain, second_gain) = (gain(0)?, gain(1)?);
    let whole = |point: Point| ExactPoint { utilities: point.to_vec(), plain: point.to_vec() };
    // Where one cannot gain, the other takes all: the frontier is one point.
    if first_gain.is_zero() || second_gain.is_zero() {
        return polygon.frontier.first().cloned().map(whole);
    }
    let completed = |plain: Point| {
        let utilities = polygon.above(&plain)?.to_vec();
        Some(ExactPoint { utilities, plain: plain.to_vec() })
    };
    match kind {
        Kind::Nash => polygon.nash([&first.weight, &second.weight]).map(whole),
        Kind::KalaiSmorodinsky => completed(polygon.along_ray([&first_gain, &second_gain])?),
        Kind::Egalitarian => completed(polygon.along_ray([&first.proportion, &second.proportion])?),
        Kind::Utilitarian => polygon.utilitarian().map(whole),
        Kind::Raiffa => None,
    }
}

/// Utilities in whole 分 that sum to the whole 分 of their sum, rounded down; `None` beyond the range of money.
///
/// Each amount is its whole part, and the 分 left over go to the largest remainders.
/// `room` in 分 is what a binary sum may be short of the whole 分 it means: 0 for exact utilities.
pub(super) fn in_fen(utilities: &[Exact], fen_per_unit: i64, room: f64) -> Option<Vec<i64>> {
    let unit = Exact::from_integer(fen_per_unit.into());
    let exact: Vec<Exact> = utilities.iter().map(|utility| utility * &unit).collect();
    let whole: Vec<i64> = exact.iter().map(|amount| amount.floor().to_integer().to_i64()).collect::<Option<_>>()?;
    let total = (exact.iter().sum::<Exact>() + from_binary(room)?).floor().to_integer().to_i64()?;
    let limit = |fen: &i64| fen.unsigned_abs() <= 100_000_000_000_000_000;
    if !whole.iter().all(limit) {
        return None;
    }
    let sum = whole.iter().try_fold(0_i64, |sum, fen| sum.checked_add(*fen))?;
    let left = usize::try_from(total.checked_sub(sum)?).ok()?;
    let mut order: Vec<(usize, Exact)> = exact.iter().map(|amount| amount - amount.floor()).enumerate().collect();
    order.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut amounts = whole;
    for (index, _) in order.into_iter().take(left) {
        if let Some(fen) = amounts.get_mut(index) {
            *fen += 1;
        }
    }
    Some(amounts)
}

/// A binary result as an exact number, taken for a whole 分 where it is one to ten digits.
pub(super) fn near_fen(value: f64, fen_per_unit: i64) -> Option<Exact> {
    let fen = value * fen_per_unit as f64;
    let nearest = fen.round();
    let near = (fen - nearest).abs() <= 1e-10 * nearest.abs().max(1e6);
    let exact = from_binary(if near { nearest } else { fen })?;
    Some(exact / Exact::from_integer(fen_per_unit.into()))
}

/// Exact utilities as binary ones.
pub(super) fn as_binary(utilities: &[Exact]) -> Vec<f64> {
    utilities.iter().map(binary).collect()
}
