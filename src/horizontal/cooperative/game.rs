//! A game with transferable utility: what every coalition is worth, as gains in whole 分 (a cost is a negative gain).

use num_integer::Integer;
use num_traits::{One, ToPrimitive};

use crate::units::{BigInt, Exact};

/// A set of parties: party `i` is in it where bit `i` is set.
pub type Coalition = u32;

/// Most parties of a game whose coalitions are gone through one by one.
pub const TABLE_MAX: usize = 20;

/// Worth of every coalition, by its bits; the empty one is worth 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Game {
    /// Number of parties, 1…[`TABLE_MAX`].
    pub parties: usize,
    /// Worth in 分, position = bits.
    pub worths: Vec<i64>,
}

impl Game {
    /// A game; `None` where the number of worths is not 2^parties, or the empty coalition is worth something.
    pub fn new(worths: Vec<i64>) -> Option<Self> {
        let parties = usize::try_from(worths.len().checked_ilog2()?).ok()?;
        let fits = worths.len().is_power_of_two() && (1..=TABLE_MAX).contains(&parties);
        (fits && worths.first() == Some(&0)).then_some(Self { parties, worths })
    }

    /// Worth of a coalition.
    pub fn worth(&self, coalition: Coalition) -> i64 {
        self.worths.get(coalition as usize).copied().unwrap_or(0)
    }

    /// All parties.
    pub fn all(&self) -> Coalition {
        (1_u32 << self.parties) - 1
    }

    /// The coalitions that are neither empty nor all.
    pub fn proper(&self) -> std::ops::Range<Coalition> {
        1..self.all()
    }

    /// Worth of everyone alone.
    pub fn alone(&self) -> Vec<i64> {
        (0..self.parties).map(|party| self.worth(1 << party)).collect()
    }

    /// What everyone adds to all others.
    pub fn marginal(&self) -> Vec<i64> {
        (0..self.parties).map(|party| self.worth(self.all()) - self.worth(self.all() & !(1 << party))).collect()
    }
}

/// Positions of the members.
pub fn members(coalition: Coalition) -> impl Iterator<Item = usize> {
    (0..u32::BITS as usize).filter(move |party| coalition >> party & 1 == 1)
}

/// Payments over a common denominator, with the sums of every half so that those of a coalition are one addition.
pub(super) struct Payments {
    /// The common denominator.
    pub common: i128,
    half: u32,
    low: Vec<i128>,
    high: Vec<i128>,
}

/// Largest numbers that sums and products of are still machine words.
const COMMON_BITS: u32 = 66;
const PAYMENT_BITS: u32 = 120;

impl Payments {
    /// Payments as whole numbers; `None` where they are too long.
    pub fn new(payments: &[Exact]) -> Option<Self> {
        let common = payments.iter().fold(BigInt::one(), |common, value| common.lcm(value.denom()));
        if common.to_i128().is_none_or(|common| common >> COMMON_BITS != 0) {
            return None;
        }
        let whole = |value: &Exact| {
            let scaled = value.numer() * (&common / value.denom());
            scaled.to_i128().filter(|scaled| scaled.unsigned_abs() >> PAYMENT_BITS == 0)
        };
        let whole = payments.iter().map(whole).collect::<Option<Vec<i128>>>()?;
        let half = payments.len() / 2;
        let sums = |values: &[i128]| {
            let mut sums = vec![0_i128];
            for value in values {
                let more: Vec<i128> = sums.iter().map(|sum| sum + value).collect();
                sums.extend(more);
            }
            sums
        };
        let (low, high) = whole.split_at(half);
        Some(Self { common: common.to_i128()?, half: u32::try_from(half).ok()?, low: sums(low), high: sums(high) })
    }

    /// Payment of a coalition, times the common denominator.
    pub fn of(&self, coalition: Coalition) -> i128 {
        let low = self.low.get((coalition & ((1 << self.half) - 1)) as usize).copied().unwrap_or(0);
        low + self.high.get((coalition >> self.half) as usize).copied().unwrap_or(0)
    }

    /// What the coalition is worth beyond its payment, times the common denominator.
    pub fn excess(&self, game: &Game, coalition: Coalition) -> i128 {
        self.common * i128::from(game.worth(coalition)) - self.of(coalition)
    }
}

/// The coalition, neither empty nor all, that is worth most beyond its payment, and by how much; the smallest of equal ones.
pub fn largest_excess(game: &Game, payments: &[Exact]) -> Option<(Coalition, Exact)> {
    let sums = Payments::new(payments)?;
    let key = |coalition: &Coalition| {
        (sums.excess(game, *coalition), std::cmp::Reverse((coalition.count_ones(), *coalition)))
    };
    let worst = game.proper().max_by_key(key)?;
    let excess = Exact::new(BigInt::from(sums.excess(game, worst)), BigInt::from(sums.common));
    Some((worst, excess))
}
