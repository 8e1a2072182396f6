//! Claims and endowment over one common denominator, as machine words where they fit.

use num_integer::Integer;
use num_traits::{One, ToPrimitive, Zero};

use crate::units::{BigInt, Exact};

/// Largest scaled amount: counts of up to 2³⁰ subsets of it still fit the arithmetic.
const MOST: i128 = 1 << 84;

/// A problem in whole numbers.
#[derive(Debug)]
pub struct Whole {
    /// Claims.
    pub claims: Vec<i128>,
    /// Endowment.
    pub endowment: i128,
    /// What a whole number of 1 is, in the units of the problem.
    pub unit: Exact,
}

impl Whole {
    /// The problem over its common denominator and divisor; `None` where it does not fit.
    pub fn of(claims: &[Exact], endowment: &Exact) -> Option<Self> {
        let all = || claims.iter().chain(std::iter::once(endowment));
        let common = all().fold(BigInt::one(), |common, value| common.lcm(value.denom()));
        let scaled = |value: &Exact| value.numer() * (&common / value.denom());
        let mut divisor = all().fold(BigInt::zero(), |divisor, value| divisor.gcd(&scaled(value)));
        if divisor.is_zero() {
            divisor = BigInt::one();
        }
        let word = |value: &Exact| (scaled(value) / &divisor).to_i128().filter(|value| (0..=MOST).contains(value));
        let claims = claims.iter().map(word).collect::<Option<Vec<_>>>()?;
        let total = claims.iter().try_fold(0_i128, |sum, claim| sum.checked_add(*claim))?;
        let endowment = word(endowment)?;
        (total <= MOST).then_some(Self { claims, endowment, unit: Exact::new(divisor, common) })
    }
}
