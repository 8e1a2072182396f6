//! The average of awards: the centroid of {x : 0 ≤ x ≤ c, Σ x = E}, exactly.
//!
//! With W(S) = (−1)^|S| (E − c(S))₊ⁿ⁻¹ over the sets S of claimants, the volume is Σ W(S)/(n−1)! and the integral of x_i is
//! Σ W(S)(E − c(S))/n! + c_i Σ over S with i of W(S)/(n−1)!: inclusion and exclusion of the bounds c, each set once.

use num_traits::{Signed, Zero};

use crate::units::{BigInt, Exact};

/// Most sets of claimants with a sum below the endowment that are gone through.
const SETS_MAX: usize = 1 << 18;
/// Most claims above zero: every set costs a power of so many.
const HELD_MAX: usize = 64;

/// Centroid of the divisions; `None` where there are too many sets.
pub fn average_of_awards(claims: &[Exact], endowment: &Exact) -> Option<Vec<Exact>> {
    let total = claims.iter().fold(Exact::zero(), |sum, claim| sum + claim);
    let lost = &total - endowment;
    if endowment.is_zero() || lost.is_zero() {
        return Some(if lost.is_zero() { claims.to_vec() } else { vec![Exact::zero(); claims.len()] });
    }
    if lost < *endowment {
        let losses = below(claims, &lost)?;
        return Some(claims.iter().zip(&losses).map(|(claim, loss)| claim - loss).collect());
    }
    below(claims, endowment)
}

fn below(claims: &[Exact], endowment: &Exact) -> Option<Vec<Exact>> {
    let common = claims
        .iter()
        .fold(endowment.denom().clone(), |common, claim| num_integer::Integer::lcm(&common, claim.denom()));
    let scaled = |value: &Exact| value.numer() * (&common / value.denom());
    let mut held: Vec<(usize, BigInt)> = claims
        .iter()
        .enumerate()
        .filter(|(_, claim)| claim.is_positive())
        .map(|(index, claim)| (index, scaled(claim)))
        .collect();
    if held.len() > HELD_MAX {
        return None;
    }
    held.sort_by(|a, b| a.1.cmp(&b.1));
    let mut walk = Walk { held: &held, with: vec![BigInt::zero(); held.len()], ..Walk::default() };
    walk.visit(0, &scaled(endowment), false)?;
    let count = BigInt::from(held.len());
    let mut awards = vec![Exact::zero(); claims.len()];
    for ((index, claim), with) in held.iter().zip(&walk.with) {
        let integral = Exact::new(walk.first.clone(), count.clone()) + Exact::from_integer(claim * with);
        let award = integral / (&walk.volume * &common);
        if let Some(entry) = awards.get_mut(*index) {
            *entry = award;
        }
    }
    Some(awards)
}

/// Sums over the sets on the way, claims in order of size so that a set too large ends its branch.
#[derive(Default)]
struct Walk<'a> {
    held: &'a [(usize, BigInt)],
    chosen: Vec<usize>,
    seen: usize,
    /// Σ W(S), Σ W(S)(E − c(S)), Σ over S with i of W(S).
    volume: BigInt,
    first: BigInt,
    with: Vec<BigInt>,
}

impl Walk<'_> {
    /// Takes the set chosen, of which `left` of the endowment is left, and all that add claims from `from` on.
    fn visit(&mut self, from: usize, left: &BigInt, odd: bool) -> Option<()> {
        self.seen += 1;
        if self.seen > SETS_MAX {
            return None;
        }
        let power = left.pow(self.held.len().saturating_sub(1));
        let weight = if odd { -power } else { power };
        self.volume += &weight;
        self.first += &weight * left;
        for index in &self.chosen {
            if let Some(entry) = self.with.get_mut(*index) {
                *entry += &weight;
            }
        }
        for next in from..self.held.len() {
            let Some((_, claim)) = self.held.get(next) else { break };
            let rest = left - claim;
            if !rest.is_positive() {
                break;
            }
            self.chosen.push(next);
            self.visit(next + 1, &rest, !odd)?;
            self.chosen.pop();
        }
        Some(())
    }
}
