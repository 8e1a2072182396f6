//! The rule of Domínguez & Thomson (2006): everyone gets 1/n of the claim truncated at the endowment, of what is then left of
//! both again, without end. Exactly: once every claim is at least what is left, the rest is divided equally.
//!
//! After k rounds all amounts are whole numbers over nᵏ: the rounds need no fractions.

use num_integer::Integer;
use num_traits::{One, Signed, Zero};

use crate::units::{BigInt, Exact};

/// Most rounds, and most steps of all claimants together.
const ROUNDS_MAX: usize = 2_000;
const STEPS_MAX: usize = 200_000;

/// Awards; `None` where the rounds do not end soon.
pub fn dominguez_thomson(claims: &[Exact], endowment: &Exact) -> Option<Vec<Exact>> {
    // Where nothing is missing the claims shrink in step with the endowment for ever; their limit is the claims.
    if claims.iter().fold(Exact::zero(), |sum, claim| sum + claim) == *endowment {
        return Some(claims.to_vec());
    }
    let all = claims.iter().chain([endowment]);
    let common = all.fold(BigInt::one(), |common, value| common.lcm(value.denom()));
    let scaled = |value: &Exact| value.numer() * (&common / value.denom());
    let count = BigInt::from(claims.len());
    // What is left of the claims, and what was given, over `scale`.
    let mut rows: Vec<(BigInt, BigInt)> = claims.iter().map(|claim| (scaled(claim), BigInt::zero())).collect();
    let (mut left, mut scale) = (scaled(endowment), common.clone());
    let rounds = ROUNDS_MAX.min(STEPS_MAX / claims.len().max(1));
    for _ in 0..rounds {
        if rows.iter().all(|(claim, _)| claim.is_zero() || *claim >= left) {
            return Some(ended(rows, &left, &scale));
        }
        let mut given = BigInt::zero();
        for (claim, award) in &mut rows {
            let part = (&*claim).min(&left).clone();
            *claim = &*claim * &count - &part;
            *award = &*award * &count + &part;
            given += part;
        }
        left = left * &count - given;
        scale *= &count;
    }
    None
}

/// What is left goes in equal parts to those who still claim.
fn ended(rows: Vec<(BigInt, BigInt)>, left: &BigInt, scale: &BigInt) -> Vec<Exact> {
    let sharers = rows.iter().filter(|(claim, _)| claim.is_positive()).count().max(1);
    let part = Exact::new(left.clone(), scale * BigInt::from(sharers));
    let award = |(claim, award): (BigInt, BigInt)| {
        let given = Exact::new(award, scale.clone());
        if claim.is_positive() { given + &part } else { given }
    };
    rows.into_iter().map(award).collect()
}
