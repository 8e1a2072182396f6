//! Rules found by filling up: equal awards, equal losses and what is made of them. Exact; weights are positive.
//!
//! Thomson (2003, 2019) gives the definitions: CEA_i = min(c_i, λ w_i), CEL_i = max(0, c_i − λ w_i), Talmud and its kin from
//! both on half-claims.

use num_traits::Zero;

use crate::units::{BigInt, Exact};

/// The sum.
pub fn sum(values: &[Exact]) -> Exact {
    values.iter().fold(Exact::zero(), |sum, value| sum + value)
}

fn half(values: &[Exact]) -> Vec<Exact> {
    let two = BigInt::from(2);
    values.iter().map(|value| value / &two).collect()
}

fn each(left: &[Exact], right: &[Exact], of: impl Fn(&Exact, &Exact) -> Exact) -> Vec<Exact> {
    left.iter().zip(right).map(|(left, right)| of(left, right)).collect()
}

/// min(c_i, λ w_i) with the λ that spends the endowment; a weight of zero gets nothing.
pub fn equal_awards(claims: &[Exact], weights: &[Exact], endowment: &Exact) -> Vec<Exact> {
    let mut order: Vec<(usize, &Exact, &Exact, Exact)> = claims
        .iter()
        .zip(weights)
        .enumerate()
        .filter(|(_, (_, weight))| !weight.is_zero())
        .map(|(index, (claim, weight))| (index, claim, weight, claim / weight))
        .collect();
    order.sort_by(|a, b| a.3.cmp(&b.3).then(a.0.cmp(&b.0)));
    let mut awards = vec![Exact::zero(); claims.len()];
    let mut weight_left = order.iter().fold(Exact::zero(), |sum, (_, _, weight, _)| sum + *weight);
    let mut left = endowment.clone();
    let mut level: Option<Exact> = None;
    for (index, claim, weight, ratio) in order {
        if level.is_none() {
            let now = &left / &weight_left;
            if ratio <= now {
                left -= claim;
                weight_left -= weight;
                put(&mut awards, index, claim.clone());
                continue;
            }
            level = Some(now);
        }
        if let Some(level) = &level {
            put(&mut awards, index, level * weight);
        }
    }
    awards
}

/// max(0, c_i − λ w_i) with the λ that spends the endowment: what equal awards leave of the losses.
pub fn equal_losses(claims: &[Exact], weights: &[Exact], endowment: &Exact) -> Vec<Exact> {
    let losses = equal_awards(claims, weights, &(sum(claims) - endowment));
    each(claims, &losses, |claim, loss| claim - loss)
}

/// The same part of every claim; with weights, min(c_i, λ w_i c_i).
pub fn proportional(claims: &[Exact], weights: &[Exact], endowment: &Exact) -> Vec<Exact> {
    let equal = weights.windows(2).all(|pair| pair.first() == pair.last());
    if equal {
        let total = sum(claims);
        if total.is_zero() {
            return vec![Exact::zero(); claims.len()];
        }
        let part = endowment / total;
        return claims.iter().map(|claim| claim * &part).collect();
    }
    equal_awards(claims, &each(claims, weights, |claim, weight| claim * weight), endowment)
}

/// Whether the endowment is at most half of all claims, and the half-claims.
fn halves(claims: &[Exact], endowment: &Exact) -> (Vec<Exact>, Exact, bool) {
    let half = half(claims);
    let middle = sum(&half);
    let below = *endowment <= middle;
    (half, middle, below)
}

/// Equal awards on half-claims up to the middle, equal losses above it.
pub fn talmud(claims: &[Exact], weights: &[Exact], endowment: &Exact) -> Vec<Exact> {
    let (half, middle, below) = halves(claims, endowment);
    if below {
        return equal_awards(&half, weights, endowment);
    }
    let more = equal_losses(&half, weights, &(endowment - middle));
    each(&half, &more, |half, more| half + more)
}

/// Equal losses on half-claims up to the middle, equal awards above it.
pub fn reverse_talmud(claims: &[Exact], weights: &[Exact], endowment: &Exact) -> Vec<Exact> {
    let (half, middle, below) = halves(claims, endowment);
    if below {
        return equal_losses(&half, weights, endowment);
    }
    let more = equal_awards(&half, weights, &(endowment - middle));
    each(&half, &more, |half, more| half + more)
}

/// Equal awards on half-claims up to the middle, and again above it.
pub fn piniles(claims: &[Exact], weights: &[Exact], endowment: &Exact) -> Vec<Exact> {
    let (half, middle, below) = halves(claims, endowment);
    if below {
        return equal_awards(&half, weights, endowment);
    }
    let more = equal_awards(&half, weights, &(endowment - middle));
    each(&half, &more, |half, more| half + more)
}

/// Equal awards on half-claims up to the middle; above it max(c_i/2, min(c_i, λ)).
pub fn egalitarian(claims: &[Exact], endowment: &Exact) -> Vec<Exact> {
    let (half, middle, below) = halves(claims, endowment);
    let ones = vec![Exact::from_integer(1.into()); claims.len()];
    if below {
        return equal_awards(&half, &ones, endowment);
    }
    // The sum rises with λ at the number of claims with c/2 ≤ λ < c.
    let mut steps: Vec<(&Exact, i64)> = half.iter().map(|half| (half, 1)).collect();
    steps.extend(claims.iter().map(|claim| (claim, -1)));
    steps.sort_by(|a, b| a.0.cmp(b.0).then(b.1.cmp(&a.1)));
    let (mut level, mut reached, mut slope) = (Exact::zero(), middle, 0_i64);
    for (at, change) in steps {
        let next = &reached + (at - &level) * BigInt::from(slope);
        if next >= *endowment && slope > 0 {
            break;
        }
        reached = next;
        level = at.clone();
        slope += change;
    }
    if slope > 0 {
        level += (endowment - reached) / BigInt::from(slope);
    }
    each(claims, &half, |claim, half| claim.min(&level).max(half).clone())
}

/// The mean of equal awards and equal losses.
pub fn average(claims: &[Exact], weights: &[Exact], endowment: &Exact) -> Vec<Exact> {
    let awards = equal_awards(claims, weights, endowment);
    let losses = equal_losses(claims, weights, endowment);
    half(&each(&awards, &losses, |a, b| a + b))
}

/// What the others cannot claim: max(0, E − Σ of the other claims).
pub fn minimal_rights(claims: &[Exact], endowment: &Exact) -> Vec<Exact> {
    let lost = sum(claims) - endowment;
    claims.iter().map(|claim| (claim - &lost).max(Exact::zero())).collect()
}

/// Minimal rights, then proportional on what is left of the claims, truncated at what is left of the endowment.
pub fn adjusted_proportional(claims: &[Exact], endowment: &Exact) -> Vec<Exact> {
    let rights = minimal_rights(claims, endowment);
    let left = endowment - sum(&rights);
    let rest = each(claims, &rights, |claim, right| (claim - right).min(left.clone()));
    let ones = vec![Exact::from_integer(1.into()); claims.len()];
    each(&rights, &proportional(&rest, &ones, &left), |right, more| right + more)
}

/// Claims laid over the endowment so that they overlap least: those above t stand alone there, below it all overlap, where
/// Σ max(0, c_i − t) = E − t; t = E where no claim exceeds E.
pub fn minimal_overlap(claims: &[Exact], endowment: &Exact) -> Vec<Exact> {
    let mut order: Vec<usize> = (0..claims.len()).collect();
    order.sort_by(|a, b| claims.get(*a).cmp(&claims.get(*b)).then(a.cmp(b)));
    let top = level_of_overlap(claims, &order, endowment);
    let mut awards = vec![Exact::zero(); claims.len()];
    let (mut shared, mut before) = (Exact::zero(), Exact::zero());
    for (rank, index) in order.iter().enumerate() {
        // No claim reaches beyond the endowment.
        let Some(claim) = claims.get(*index).map(|claim| claim.min(endowment)) else { continue };
        let low = claim.min(&top);
        shared += (low - &before) / BigInt::from(claims.len() - rank);
        before = low.clone();
        put(&mut awards, *index, &shared + (claim - low));
    }
    awards
}

fn level_of_overlap(claims: &[Exact], order: &[usize], endowment: &Exact) -> Exact {
    // From the largest claim down: with the m largest above t, Σ of them − m·t = E − t, so t = (Σ − E) / (m − 1).
    let largest = order.last().and_then(|index| claims.get(*index)).cloned().unwrap_or_else(Exact::zero);
    if *endowment <= largest {
        return endowment.clone();
    }
    let mut total = Exact::zero();
    for (count, index) in order.iter().rev().enumerate() {
        let Some(claim) = claims.get(*index) else { continue };
        if count >= 2 {
            let level = (&total - endowment) / BigInt::from(count - 1);
            if level >= *claim {
                return level;
            }
        }
        total += claim;
    }
    let level = match order.len() {
        0 | 1 => Exact::zero(),
        count => (total - endowment) / BigInt::from(count - 1),
    };
    level.max(Exact::zero())
}

/// The least claim (or an equal part) for everyone, then proportional on what is left of the claims.
pub fn alpha_min(claims: &[Exact], endowment: &Exact) -> Vec<Exact> {
    let Some(least) = claims.iter().min() else { return Vec::new() };
    let count = BigInt::from(claims.len());
    if *endowment <= least * &count {
        return vec![endowment / count; claims.len()];
    }
    let rest: Vec<Exact> = claims.iter().map(|claim| claim - least).collect();
    let ones = vec![Exact::from_integer(1.into()); claims.len()];
    proportional(&rest, &ones, &(endowment - least * &count)).into_iter().map(|more| more + least).collect()
}

fn put(values: &mut [Exact], index: usize, value: Exact) {
    if let Some(entry) = values.get_mut(index) {
        *entry = value;
    }
}
