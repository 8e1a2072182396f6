//! Random arrival (O'Neill 1982): what each gets where claimants come in random order and are served in full while money lasts.
//!
//! RA_i = Σ over S without i of |S|! (n−|S|−1)! / n! · min(c_i, max(0, E − c(S))). Not n! orders are gone through but the sums
//! of subsets by their size: two halves of the claimants whose subsets are sorted (up to [`HALVES_MAX`] claims), or a table of
//! all different sums below E where they are few, else a sample of orders with a bound of its error (Hoeffding 1963).

use std::collections::BTreeMap;

use num_traits::{One, Zero};
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::division::whole::Whole;
use crate::units::{BigInt, Exact};

/// Most claims above zero that are split into two halves.
pub const HALVES_MAX: usize = 30;
/// Most steps of the table of sums.
const STEPS_MAX: usize = 20_000_000;
/// Drawn claims in all orders of a sample together.
const DRAWS: usize = 20_000_000;
/// Most orders of a sample.
const ORDERS_MAX: usize = 100_000;
/// Chance that any of the bounds of a sample is wrong.
pub const DOUBT: f64 = 0.01;

/// How the awards were found.
#[derive(Debug, Clone, PartialEq)]
pub enum Arrival {
    /// Exactly.
    Exact(Vec<Exact>),
    /// From so many random orders.
    Sampled {
        /// Mean over the orders; they sum to the endowment.
        awards: Vec<Exact>,
        /// Number of orders.
        orders: usize,
        /// By how much an award may be off, as a part of min(claim, endowment), all together with chance 1 − [`DOUBT`].
        relative: f64,
    },
}

/// Awards exactly; `None` where that takes too long.
pub fn exact(claims: &[Exact], endowment: &Exact) -> Option<Vec<Exact>> {
    let total = claims.iter().fold(Exact::zero(), |sum, claim| sum + claim);
    // Self-dual: the smaller of what is given and what is lost has fewer subsets below it.
    let lost = &total - endowment;
    if lost < *endowment {
        let losses = exact_below(claims, &lost)?;
        return Some(claims.iter().zip(&losses).map(|(claim, loss)| claim - loss).collect());
    }
    exact_below(claims, endowment)
}

/// Awards exactly, or from a sample with the seed.
pub fn random_arrival(claims: &[Exact], endowment: &Exact, seed: u64) -> Option<Arrival> {
    match exact(claims, endowment) {
        Some(awards) => Some(Arrival::Exact(awards)),
        None => sampled(claims, endowment, seed),
    }
}

fn exact_below(claims: &[Exact], endowment: &Exact) -> Option<Vec<Exact>> {
    let whole = Whole::of(claims, endowment)?;
    // A claim beyond the endowment is worth no more than the endowment.
    let truncated: Vec<i128> = whole.claims.iter().map(|claim| (*claim).min(whole.endowment)).collect();
    let positive: Vec<usize> = (0..truncated.len()).filter(|index| truncated.get(*index) > Some(&0)).collect();
    let held: Vec<i128> = positive.iter().filter_map(|index| truncated.get(*index).copied()).collect();
    let found =
        if held.len() <= HALVES_MAX { by_halves(&held, whole.endowment) } else { by_sums(&held, whole.endowment)? };
    let mut awards = vec![Exact::zero(); claims.len()];
    for (index, award) in positive.into_iter().zip(found) {
        if let Some(entry) = awards.get_mut(index) {
            *entry = award * &whole.unit;
        }
    }
    Some(awards)
}

/// Subsets of some claims by size: their sums in order, and the sums of these from the first on.
struct Sorted(Vec<(Vec<i128>, Vec<i128>)>);

impl Sorted {
    fn of(claims: &[i128]) -> Self {
        let mut by_size: Vec<Vec<i128>> = vec![Vec::new(); claims.len() + 1];
        for (size, sum) in subsets(claims, None) {
            if let Some(list) = by_size.get_mut(size) {
                list.push(sum);
            }
        }
        let with_sums = |mut list: Vec<i128>| {
            list.sort_unstable();
            let mut sums = vec![0];
            let mut running = 0;
            for value in &list {
                running += value;
                sums.push(running);
            }
            (list, sums)
        };
        Self(by_size.into_iter().map(with_sums).collect())
    }
}

/// Size and sum of every subset, without one member where given.
fn subsets(claims: &[i128], without: Option<usize>) -> Vec<(usize, i128)> {
    let mut all = vec![(0, 0)];
    for (_, claim) in claims.iter().enumerate().filter(|(index, _)| Some(*index) != without) {
        let more: Vec<(usize, i128)> = all.iter().map(|(size, sum)| (size + 1, sum + claim)).collect();
        all.extend(more);
    }
    all
}

fn by_halves(claims: &[i128], endowment: i128) -> Vec<Exact> {
    let (left, right) = claims.split_at(claims.len() / 2);
    let (of_left, of_right) = (Sorted::of(left), Sorted::of(right));
    let of = |own: &[i128], other: &Sorted| -> Vec<Exact> {
        let award = |(index, claim): (usize, &i128)| {
            let mut by_size = vec![0_i128; claims.len() + 1];
            for (size, sum) in subsets(own, Some(index)).into_iter().filter(|(_, sum)| *sum < endowment) {
                let left = endowment - sum;
                for (more, (list, sums)) in other.0.iter().enumerate() {
                    let full = list.partition_point(|other| *other <= left - claim);
                    let some = list.partition_point(|other| *other < left);
                    let between = sums.get(some).copied().unwrap_or(0) - sums.get(full).copied().unwrap_or(0);
                    let served = full as i128 * claim + (some - full) as i128 * left - between;
                    if let Some(entry) = by_size.get_mut(size + more) {
                        *entry += served;
                    }
                }
            }
            weighed(claims.len(), by_size.into_iter().map(BigInt::from))
        };
        own.iter().enumerate().map(award).collect()
    };
    let mut awards = of(left, &of_right);
    awards.extend(of(right, &of_left));
    awards
}

/// Σ over sizes k of T_k / (n · C(n−1, k)).
fn weighed(claimants: usize, by_size: impl Iterator<Item = BigInt>) -> Exact {
    let mut orders = BigInt::from(claimants);
    let mut award = Exact::zero();
    for (size, total) in by_size.enumerate().take(claimants) {
        award += Exact::new(total, orders.clone());
        orders = orders * BigInt::from(claimants - 1 - size) / BigInt::from(size + 1);
        if orders.is_zero() {
            break;
        }
    }
    award
}

/// Number of subsets by sum and size.
type Sums = BTreeMap<i128, Vec<BigInt>>;

fn by_sums(claims: &[i128], endowment: i128) -> Option<Vec<Exact>> {
    let mut distinct = claims.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let most = STEPS_MAX / claims.len() / (distinct.len() + 1);
    let mut all: Sums = BTreeMap::from([(0, vec![BigInt::one()])]);
    let mut steps = 0_usize;
    for claim in claims {
        let shifted: Vec<(i128, Vec<BigInt>)> =
            all.range(..(endowment - claim).max(0)).map(|(sum, counts)| (sum + claim, counts.clone())).collect();
        steps += shifted.iter().map(|(_, counts)| counts.len()).sum::<usize>();
        for (sum, counts) in shifted {
            add(all.entry(sum).or_default(), &counts, 1);
        }
        if all.len() > most || steps > STEPS_MAX {
            return None;
        }
    }
    let mut of_claim: BTreeMap<i128, Exact> = BTreeMap::new();
    for claim in distinct {
        let without = removed(&all, claim);
        let mut by_size = vec![BigInt::zero(); claims.len()];
        for (sum, counts) in &without {
            let served = BigInt::from(claim.min(endowment - sum));
            for (entry, count) in by_size.iter_mut().zip(counts) {
                *entry += count * &served;
            }
        }
        of_claim.insert(claim, weighed(claims.len(), by_size.into_iter()));
    }
    Some(claims.iter().map(|claim| of_claim.get(claim).cloned().unwrap_or_else(Exact::zero)).collect())
}

/// The subsets without one claim of this size: dividing by 1 + z·x^c from the least sum on.
fn removed(all: &Sums, claim: i128) -> Sums {
    let mut left: Sums = BTreeMap::new();
    for (sum, counts) in all {
        let mut counts = counts.clone();
        if let Some(with) = left.get(&(sum - claim)) {
            for (entry, count) in counts.iter_mut().skip(1).zip(with) {
                *entry -= count;
            }
        }
        left.insert(*sum, counts);
    }
    left
}

fn add(into: &mut Vec<BigInt>, counts: &[BigInt], shift: usize) {
    if into.len() < counts.len() + shift {
        into.resize(counts.len() + shift, BigInt::zero());
    }
    for (entry, count) in into.iter_mut().skip(shift).zip(counts) {
        *entry += count;
    }
}

fn sampled(claims: &[Exact], endowment: &Exact, seed: u64) -> Option<Arrival> {
    let whole = Whole::of(claims, endowment)?;
    let orders = (DRAWS / claims.len().max(1)).clamp(100, ORDERS_MAX);
    let mut generator = ChaCha12Rng::seed_from_u64(seed);
    let mut order: Vec<usize> = (0..claims.len()).collect();
    let mut totals = vec![0_i128; claims.len()];
    for _ in 0..orders {
        shuffle(&mut order, &mut generator);
        let mut left = whole.endowment;
        for index in &order {
            let served = whole.claims.get(*index).copied().unwrap_or(0).min(left);
            if let Some(total) = totals.get_mut(*index) {
                *total += served;
            }
            left -= served;
            if left == 0 {
                break;
            }
        }
    }
    let mean = |total: i128| Exact::from_integer(BigInt::from(total)) * &whole.unit / BigInt::from(orders);
    let relative = ((2.0 * claims.len() as f64 / DOUBT).ln() / (2.0 * orders as f64)).sqrt();
    Some(Arrival::Sampled { awards: totals.into_iter().map(mean).collect(), orders, relative })
}

/// Puts the values in random order (Fisher & Yates; without bias, by rejection).
pub fn shuffle(values: &mut [usize], generator: &mut ChaCha12Rng) {
    for last in (1..values.len()).rev() {
        let bound = last as u64 + 1;
        let limit = u64::MAX - u64::MAX % bound;
        let mut drawn = generator.next_u64();
        while drawn >= limit {
            drawn = generator.next_u64();
        }
        values.swap(last, usize::try_from(drawn % bound).unwrap_or(0));
    }
}
