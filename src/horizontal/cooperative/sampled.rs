//! The Shapley value from random orders, with a bound of its error.
//!
//! The bound of each party is the smaller of Hoeffding's (1963) and the empirical Bernstein bound (Audibert, Munos &
//! Szepesvári 2009), each with half of the doubt, the doubt shared equally among the parties; so all bounds hold together.

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::cooperative::form::Form;
use crate::division::random_arrival::shuffle;
use crate::units::{BigInt, Exact};

/// Chance that any of the bounds is wrong.
pub const DOUBT: f64 = 0.01;

/// A sampled value.
#[derive(Debug, Clone, PartialEq)]
pub struct SampledValue {
    /// Mean marginal contribution of each, in 分; they sum to v(N).
    pub values: Vec<Exact>,
    /// Bound of the error of each, in 分.
    pub errors: Vec<f64>,
    /// Orders drawn.
    pub orders: usize,
}

/// Draws so many orders; `None` for a form that has a closed one.
pub fn shapley(form: &Form, orders: usize, seed: u64) -> Option<SampledValue> {
    let Form::Sum { quantities, curve } = form else { return None };
    let orders = orders.max(1);
    let mut generator = ChaCha12Rng::seed_from_u64(seed);
    let mut order: Vec<usize> = (0..quantities.len()).collect();
    let mut totals = vec![0_i128; quantities.len()];
    // Mean and sum of squared differences on the way (Welford 1962).
    let mut spread = vec![(0.0_f64, 0.0_f64); quantities.len()];
    for drawn in 1..=orders {
        shuffle(&mut order, &mut generator);
        let (mut quantity, mut before) = (0_i128, 0_i128);
        for party in &order {
            quantity += quantities.get(*party).copied().unwrap_or(0);
            let now = i128::from(curve.at(quantity));
            let gain = now - before;
            before = now;
            if let (Some(total), Some((mean, squares))) = (totals.get_mut(*party), spread.get_mut(*party)) {
                *total += gain;
                let away = gain as f64 - *mean;
                *mean += away / drawn as f64;
                *squares += away * (gain as f64 - *mean);
            }
        }
    }
    let count = orders as f64;
    let share = DOUBT / (2.0 * quantities.len() as f64);
    let error = |(range, (_, squares)): (i128, &(f64, f64))| {
        let hoeffding = range as f64 * ((2.0 / share).ln() / (2.0 * count)).sqrt();
        let log = (3.0 / share).ln();
        let bernstein = (2.0 * (squares / count).max(0.0) * log / count).sqrt() + 3.0 * range as f64 * log / count;
        hoeffding.min(bernstein)
    };
    Some(SampledValue {
        values: totals.into_iter().map(|total| Exact::new(BigInt::from(total), BigInt::from(orders))).collect(),
        errors: form.ranges().into_iter().zip(&spread).map(error).collect(),
        orders,
    })
}
