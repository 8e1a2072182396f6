//! Rules side by side: how unequal awards and losses are (Gini), and whose awards Lorenz-dominate whose.

use num_traits::Zero;
use schemars::JsonSchema;
use serde::Serialize;

use crate::units::{BigInt, Exact, Finite};

/// How the awards of two rules lie to each other in the Lorenz order (Σ of the k smallest, for every k).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lorenz {
    /// The same awards, up to who gets them.
    Same,
    /// The first is the more equal one at every k.
    Dominates,
    /// The second is.
    Dominated,
    /// Neither.
    Incomparable,
}

/// The Gini coefficient Σ over i, j of |x_i − x_j| / (2 n Σ x); 0 where all is zero.
pub fn gini(values: &[Exact]) -> f64 {
    let mut sorted: Vec<&Exact> = values.iter().collect();
    sorted.sort();
    let count = i64::try_from(values.len()).unwrap_or(i64::MAX);
    let (mut total, mut weighted) = (Exact::zero(), Exact::zero());
    for (rank, value) in (1_i64..).zip(sorted) {
        total += value;
        weighted += value * BigInt::from(2 * rank - count - 1);
    }
    if total.is_zero() {
        return 0.0;
    }
    Finite::from_exact(&(weighted / (total * BigInt::from(count)))).map_or(0.0, Finite::get)
}

/// How the awards of the first rule lie to those of the second.
pub fn lorenz(first: &[Exact], second: &[Exact]) -> Lorenz {
    let sorted = |values: &[Exact]| {
        let mut values = values.to_vec();
        values.sort();
        values
    };
    let mut difference = Exact::zero();
    let (mut above, mut below) = (false, false);
    for (first, second) in sorted(first).iter().zip(&sorted(second)) {
        difference += first - second;
        above |= difference > Exact::zero();
        below |= difference < Exact::zero();
    }
    match (above, below) {
        (false, false) => Lorenz::Same,
        (true, false) => Lorenz::Dominates,
        (false, true) => Lorenz::Dominated,
        (true, true) => Lorenz::Incomparable,
    }
}
