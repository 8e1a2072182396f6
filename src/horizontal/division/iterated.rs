//! The rule of Domínguez & Thomson (2006): everyone gets 1/n of the claim truncated at the endowment, of what is then left of
//! both again, without end. Exactly: once every claim is at least what is left, the rest is divided equally.

use num_bigint::BigInt;
use num_traits::{Signed, Zero};

use crate::units::Exact;

/// Most rounds, and most bits of a number, that are gone through exactly.
const ROUNDS_MAX: usize = 2_000;
const BITS_MAX: u64 = 20_000;

/// Awards; `None` where the rounds do not end soon.
pub fn dominguez_thomson(claims: &[Exact], endowment: &Exact) -> Option<Vec<Exact>> {
    let count = BigInt::from(claims.len());
    let mut claims = claims.to_vec();
    let mut left = endowment.clone();
    let mut awards = vec![Exact::zero(); claims.len()];
    // Where nothing is missing the claims shrink in step with the endowment for ever; their limit is the claims.
    if claims.iter().fold(Exact::zero(), |sum, claim| sum + claim) == left {
        return Some(claims);
    }
    for _ in 0..ROUNDS_MAX {
        if claims.iter().all(|claim| claim.is_zero() || *claim >= left) {
            let sharers = claims.iter().filter(|claim| claim.is_positive()).count();
            let part = if sharers == 0 { Exact::zero() } else { left / BigInt::from(sharers) };
            for (award, _) in awards.iter_mut().zip(&claims).filter(|(_, claim)| claim.is_positive()) {
                *award += &part;
            }
            return Some(awards);
        }
        if left.denom().bits() > BITS_MAX {
            return None;
        }
        let mut given = Exact::zero();
        for (award, claim) in awards.iter_mut().zip(claims.iter_mut()) {
            let part = (&*claim).min(&left) / &count;
            *claim -= &part;
            *award += &part;
            given += part;
        }
        left -= given;
    }
    None
}
