//! From exact awards to whole units of money: the sum closes, no award leaves its bounds, the order of awards stays.
//!
//! Every award is rounded down; the units still missing go to the largest remainders (of equal ones the larger claim, then the
//! earlier row) that have room. So each differs from its exact award by less than one unit where no bound is in the way.

use num_traits::{ToPrimitive, Zero};

use crate::units::{BigInt, Exact};

/// Awards in 分, each a multiple of `unit` 分, that sum to `total`; `None` where no such awards lie within the bounds.
pub fn rounded(
    exact: &[Exact],
    total: &Exact,
    claims: &[Exact],
    bounds: (&[Exact], &[Exact]),
    unit: i64,
) -> Option<Vec<i64>> {
    let unit = BigInt::from(unit);
    let (lower, upper) = bounds;
    let units = |value: &Exact| value / &unit;
    let wanted = units(total);
    let mut parts: Vec<BigInt> = Vec::with_capacity(exact.len());
    let mut order: Vec<(Exact, &Exact, usize)> = Vec::with_capacity(exact.len());
    for (index, ((award, lower), claim)) in exact.iter().zip(lower).zip(claims).enumerate() {
        let scaled = units(award);
        let whole = scaled.floor().max(units(lower).ceil()).to_integer();
        order.push((scaled - &whole, claim, index));
        parts.push(whole);
    }
    if !wanted.is_integer() {
        return None;
    }
    let mut missing = wanted.to_integer() - parts.iter().sum::<BigInt>();
    order.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.cmp(a.1)).then(a.2.cmp(&b.2)));
    if missing < BigInt::zero() {
        // Floors rounded up took more than there is: units come back from the smallest remainders that have room.
        for (_, _, index) in order.iter().rev() {
            let (Some(part), Some(lower)) = (parts.get_mut(*index), lower.get(*index)) else { continue };
            if missing < BigInt::zero() && Exact::from_integer((&*part - 1) * &unit) >= *lower {
                *part -= 1;
                missing += 1;
            }
        }
    }
    for (_, _, index) in &order {
        let (Some(part), Some(upper)) = (parts.get_mut(*index), upper.get(*index)) else { continue };
        if missing > BigInt::zero() && Exact::from_integer((&*part + 1) * &unit) <= *upper {
            *part += 1;
            missing -= 1;
        }
    }
    if !missing.is_zero() {
        return None;
    }
    parts.into_iter().map(|part| (part * &unit).to_i64()).collect()
}
