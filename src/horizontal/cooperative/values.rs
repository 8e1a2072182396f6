//! One-point values: Shapley, Banzhaf, separable costs and remaining benefits, equal shares of what is not separable, τ.

use num_traits::{Signed, Zero};

use crate::cooperative::game::Game;
use crate::units::{BigInt, Exact};

/// The Shapley value (1953), exactly: φ_i = Σ over S without i of |S|! (n−|S|−1)!/n! · (v(S ∪ i) − v(S)).
///
/// 2ⁿ worths are gone through once; sums by size are machine words: at most 2²⁰ worths of 10¹⁷.
pub fn shapley(game: &Game) -> Vec<Exact> {
    let count = game.parties;
    // with[i][k]: worth of the coalitions of k parties with i; all[k]: of all coalitions of k parties.
    let mut all = vec![0_i128; count + 1];
    let mut with = vec![vec![0_i128; count + 1]; count];
    for (coalition, worth) in (0_u32..).zip(&game.worths) {
        let size = coalition.count_ones() as usize;
        let worth = i128::from(*worth);
        if let Some(entry) = all.get_mut(size) {
            *entry += worth;
        }
        for (party, sums) in with.iter_mut().enumerate() {
            if coalition >> party & 1 == 1
                && let Some(entry) = sums.get_mut(size)
            {
                *entry += worth;
            }
        }
    }
    let value = |sums: &Vec<i128>| {
        // A coalition of k parties without i joins with weight 1 / (n · C(n−1, k)).
        let mut orders = BigInt::from(count);
        let mut value = Exact::zero();
        for size in 0..count {
            let joined = sums.get(size + 1).copied().unwrap_or(0);
            let left = all.get(size).copied().unwrap_or(0) - sums.get(size).copied().unwrap_or(0);
            value += Exact::new(BigInt::from(joined - left), orders.clone());
            orders = orders * BigInt::from(count - 1 - size) / BigInt::from(size + 1);
            if orders.is_zero() {
                break;
            }
        }
        value
    };
    with.iter().map(value).collect()
}

/// The Banzhaf value (1965), scaled so that it sums to v(N); `None` where the marginal contributions sum to zero.
pub fn banzhaf(game: &Game) -> Option<Vec<Exact>> {
    let mut raw = vec![0_i128; game.parties];
    for (coalition, worth) in (0_u32..).zip(&game.worths) {
        for (party, entry) in raw.iter_mut().enumerate() {
            *entry += if coalition >> party & 1 == 1 { i128::from(*worth) } else { -i128::from(*worth) };
        }
    }
    let total: i128 = raw.iter().sum();
    let whole = BigInt::from(game.worth(game.all()));
    let scaled = |value: i128| Exact::new(BigInt::from(value) * &whole, BigInt::from(total));
    (total != 0).then(|| raw.into_iter().map(scaled).collect())
}

fn exact(fen: i64) -> Exact {
    Exact::from_integer(BigInt::from(fen))
}

/// Everyone's marginal contribution, and the rest divided by weights ≥ 0; `None` where there is a rest but no weight.
fn separable(marginal: &[i64], whole: i64, weights: &[Exact]) -> Option<Vec<Exact>> {
    let rest = exact(whole) - marginal.iter().fold(Exact::zero(), |sum, part| sum + exact(*part));
    let total = weights.iter().fold(Exact::zero(), |sum, weight| sum + weight);
    if total.is_zero() {
        return rest.is_zero().then(|| marginal.iter().map(|part| exact(*part)).collect());
    }
    Some(marginal.iter().zip(weights).map(|(part, weight)| exact(*part) + &rest * weight / &total).collect())
}

/// Separable costs, remaining benefits (SCRB): the separable part, and the rest by what the project saves each,
/// min(stand-alone cost, benefit) − separable cost. In gains: `justified` is −min(stand-alone cost, benefit).
///
/// `None` where a remaining benefit is negative, or all are zero while something is left.
pub fn remaining_benefits(marginal: &[i64], whole: i64, justified: &[i64]) -> Option<Vec<Exact>> {
    let weights: Vec<Exact> = marginal.iter().zip(justified).map(|(part, own)| exact(*part) - exact(*own)).collect();
    if weights.iter().any(Signed::is_negative) {
        return None;
    }
    separable(marginal, whole, &weights)
}

/// Equal shares of what is not separable (ENSC).
pub fn equal_nonseparable(marginal: &[i64], whole: i64) -> Option<Vec<Exact>> {
    separable(marginal, whole, &vec![exact(1); marginal.len()])
}

/// Everyone's own worth, and the gain of all together in equal parts (CIS).
pub fn equal_surplus(alone: &[i64], whole: i64) -> Option<Vec<Exact>> {
    separable(alone, whole, &vec![exact(1); alone.len()])
}

/// The τ-value (Tijs 1981): between the least right and the marginal contribution of everyone, as far as v(N) reaches.
///
/// `None` where the game is not quasi-balanced.
pub fn tau(game: &Game) -> Option<Vec<Exact>> {
    let upper: Vec<i128> = game.marginal().into_iter().map(i128::from).collect();
    let mut lower = vec![i128::MIN; game.parties];
    let mut sums = vec![0_i128; game.worths.len()];
    for coalition in 1..=game.all() {
        let first = coalition.trailing_zeros() as usize;
        let before = sums.get((coalition & (coalition - 1)) as usize).copied().unwrap_or(0);
        let sum = before + upper.get(first).copied().unwrap_or(0);
        if let Some(entry) = sums.get_mut(coalition as usize) {
            *entry = sum;
        }
        let left = i128::from(game.worth(coalition)) - sum;
        for (party, (least, upper)) in lower.iter_mut().zip(&upper).enumerate() {
            if coalition >> party & 1 == 1 {
                *least = (*least).max(left + upper);
            }
        }
    }
    let (low, high): (i128, i128) = (lower.iter().sum(), upper.iter().sum());
    let whole = i128::from(game.worth(game.all()));
    if lower.iter().zip(&upper).any(|(lower, upper)| lower > upper) || whole < low || whole > high {
        return None;
    }
    let part = if high == low { Exact::zero() } else { Exact::new((whole - low).into(), (high - low).into()) };
    let value = |(lower, upper): (&i128, &i128)| {
        Exact::from_integer(BigInt::from(*lower)) + &part * BigInt::from(upper - lower)
    };
    Some(lower.iter().zip(&upper).map(value).collect())
}
