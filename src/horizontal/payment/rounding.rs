//! From the optimum in real numbers to whole 分 that keep every condition.

use crate::payment::network::Network;
use crate::payment::terms::{On, Terms, corridor};

/// So often the corridor is moved after the total that the rounding gives.
const ROUNDS: usize = 40;

/// Whole 分 nearest to the optimum; `None` where the corridor around the shares leaves none.
pub(super) fn round(terms: &Terms, payments: &[f64]) -> Option<Vec<i64>> {
    let wished: Vec<i128> = payments.iter().map(|fen| fen.round() as i128).collect();
    // The total that the corridor is laid around may have to be a few 分 off. First without new payments, so that few stay few.
    let shifts = if terms.tolerance.is_some() { SHIFTS } else { &[0] };
    shifts.iter().find_map(|shift| [true, false].into_iter().find_map(|shut| settle(terms, &wished, shut, *shift)))
}

/// What the first total is moved by, in 分.
const SHIFTS: &[i128] = &[0, 1, -1, 2, -2, 3, -3];

fn settle(terms: &Terms, wished: &[i128], shut: bool, shift: i128) -> Option<Vec<i64>> {
    let mut plan = wished.to_vec();
    for round in 0..ROUNDS {
        let mut network = Network::new(terms, &|_| true);
        if shut {
            let unused = wished.iter().enumerate().filter(|(_, fen)| **fen <= 0);
            unused.for_each(|(arc, _)| network.narrow(On::Arc(arc), i128::MIN, 0));
        }
        for (party, low, high) in sides(terms, &plan, if round == 0 { shift } else { 0 }) {
            network.narrow(On::Receipts(party), low, high);
        }
        if !network.settle(&plan) {
            return None;
        }
        plan = network.payments();
        if within(terms, &plan) {
            return plan.iter().map(|fen| i64::try_from(*fen).ok()).collect();
        }
    }
    None
}

/// Sides of the corridor of each supplier for the total of a plan, moved by so much; nothing without a corridor.
fn sides(terms: &Terms, plan: &[i128], shift: i128) -> Vec<(usize, i128, i128)> {
    let Some(tolerance) = &terms.tolerance else { return Vec::new() };
    let total: i128 =
        receipts(terms, plan).iter().zip(&terms.parties).filter(|(_, p)| p.share.is_some()).map(|(r, _)| r).sum();
    let total = (total + shift).max(0);
    let shares = terms.parties.iter().enumerate().filter_map(|(party, terms)| Some((party, terms.share.as_ref()?)));
    shares
        .map(|(party, share)| {
            let (low, high) = corridor(share, tolerance, total);
            (party, low, high)
        })
        .collect()
}

/// Whether a plan is within the corridor of its own total.
pub(super) fn within(terms: &Terms, plan: &[i128]) -> bool {
    let receipts = receipts(terms, plan);
    sides(terms, plan, 0)
        .into_iter()
        .all(|(party, low, high)| receipts.get(party).is_some_and(|fen| (low..=high).contains(fen)))
}

fn receipts(terms: &Terms, plan: &[i128]) -> Vec<i128> {
    let mut sums = vec![0_i128; terms.parties.len()];
    for (arc, fen) in terms.arcs.iter().zip(plan) {
        if let Some(sum) = sums.get_mut(arc.recipient) {
            *sum += fen;
        }
    }
    sums
}
