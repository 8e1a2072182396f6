//! Counter-offers: the offers nearest to one on the table that give everybody concerned what they ask for, exactly valued.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use num_integer::Integer;
use num_traits::Signed;
use schemars::JsonSchema;
use serde::Serialize;

use crate::bargaining::{Number, binary};
use crate::finding::Finding;
use crate::negotiation::deal::Deal;
use crate::negotiation::evaluate::{Own, Value, value};
use crate::negotiation::offer::{Offer, Terms};
use crate::negotiation::space::Space;
use crate::patience::interrupted;
use crate::solver::SolveOptions;
use crate::units::Exact;

/// So many issues are rounded both ways when looking for an offer that keeps everybody's target.
const BOTH_WAYS: usize = 6;
/// A value this near the other offer's, relative to the range, is that value.
const SAME: f64 = 1e-7;

/// One changed issue.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Change {
    /// Issue.
    pub issue: String,
    /// Its value in the other offer.
    pub from: Number,
    /// Its value here.
    pub to: Number,
}

/// The changes from one offer to another.
pub(super) fn changes(deal: &Deal, from: &Offer, to: &Offer) -> Vec<Change> {
    let change = |(index, issue): (usize, &super::deal::DealIssue)| {
        let (before, after) = (from.value(index), to.value(index));
        (before != after).then(|| Change { issue: issue.id.clone(), from: Number(before), to: Number(after) })
    };
    deal.issues.iter().enumerate().filter_map(change).collect()
}

/// An offer found by search.
#[derive(Debug, Clone)]
pub(super) struct Counter {
    pub offer: Offer,
    pub distance: f64,
    pub values: Vec<Value>,
}

/// What the parties ask for: a least value for each, in 分, exactly.
pub(super) struct Asked<'a> {
    pub players: &'a [Own],
    pub targets: &'a [Exact],
}

impl Asked<'_> {
    /// The values of an offer, where it gives all what they ask for within their budgets.
    fn met(&self, deal: &Deal, offer: &Offer) -> Result<Option<Vec<Value>>, Finding> {
        let mut values = Vec::with_capacity(self.players.len());
        for (own, target) in self.players.iter().zip(self.targets) {
            let found = value(deal, own, offer)?;
            if found.value < *target || !found.within_budget {
                return Ok(None);
            }
            values.push(found);
        }
        Ok(Some(values))
    }
}

/// A distance in the order of distances.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Distance(f64);

impl Eq for Distance {}

impl PartialOrd for Distance {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Distance {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// The nearest offer to `from` over all combinations of thresholds and years; `None` where there is none.
///
/// Exact in the linear issues but for their step; the combinations are those of the issues' choices.
pub(super) fn nearest(
    spaces: &[Space<'_>],
    asked: &Asked<'_>,
    from: &Offer,
    options: &SolveOptions,
) -> Result<Option<Counter>, Finding> {
    let in_wan = |target: &Exact| binary(target) / 1e6;
    let targets: Vec<f64> = asked.targets.iter().map(in_wan).collect();
    // The nearest first: a combination is only looked into once its thresholds and years alone are not farther than another's offer.
    let mut open: BTreeSet<(Distance, bool, usize)> =
        spaces.iter().enumerate().map(|(index, space)| (Distance(space.grid_distance(from)), false, index)).collect();
    let mut best: Option<Counter> = None;
    while let Some((distance, looked_into, index)) = open.pop_first() {
        if options.is_interrupted() {
            return Err(interrupted("negotiate"));
        }
        // Rounding moves an offer only away: combinations farther than the best found need no look.
        if best.as_ref().is_some_and(|best| distance.0 > best.distance) {
            break;
        }
        let Some(space) = spaces.get(index) else { continue };
        if !looked_into {
            if let Some((found, _)) = space.nearest(&targets, &[], from, options)? {
                open.insert((Distance(found.max(distance.0)), true, index));
            }
            continue;
        }
        let found = match inside(space, asked, &targets, from, options)? {
            Some(counter) => Some(counter),
            None => {
                let order = order(space, asked)?;
                let mut dive = Dive { space, asked, targets: &targets, from, options, order, left: PROGRAMS };
                dive.down(&mut vec![None; space.linear.len()])?
            }
        };
        if let Some(counter) = found.filter(|new| best.as_ref().is_none_or(|best| new.distance < best.distance)) {
            best = Some(counter);
        }
    }
    Ok(best)
}

/// The nearest offer on the steps; where none near it holds, the one nearest to targets raised by what rounding can cost.
fn inside(
    space: &Space<'_>,
    asked: &Asked<'_>,
    targets: &[f64],
    from: &Offer,
    options: &SolveOptions,
) -> Result<Option<Counter>, Finding> {
    let margins = margins(space, asked.players)?;
    for times in [0.0, 0.25, 1.0] {
        let raised: Vec<f64> = targets.iter().zip(&margins).map(|(target, margin)| target + times * margin).collect();
        let Some((_, linear)) = space.nearest(&raised, &[], from, options)? else { return Ok(None) };
        if let Some(counter) = rounded(space, asked, from, &linear)? {
            return Ok(Some(counter));
        }
    }
    Ok(None)
}

/// Most programs for putting one offer on its steps.
const PROGRAMS: usize = 40;

/// The search for an offer on the steps of its issues: the coarsest issue is fixed on a step, the others follow, and so on.
struct Dive<'a> {
    space: &'a Space<'a>,
    asked: &'a Asked<'a>,
    targets: &'a [f64],
    from: &'a Offer,
    options: &'a SolveOptions,
    order: Vec<usize>,
    left: usize,
}

impl Dive<'_> {
    fn down(&mut self, fixed: &mut Vec<Option<Exact>>) -> Result<Option<Counter>, Finding> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let Some((_, linear)) = self.space.nearest(self.targets, fixed, self.from, self.options)? else {
            return Ok(None);
        };
        if let Some(counter) = rounded(self.space, self.asked, self.from, &linear)? {
            return Ok(Some(counter));
        }
        let next = self.order.iter().copied().find(|at| fixed.get(*at) == Some(&None));
        let Some((at, known)) = next.and_then(|at| {
            let issue = self.space.linear.get(at)?;
            Some((at, self.space.deal().issues.get(*issue)?))
        }) else {
            return Ok(None);
        };
        let value = linear.get(at).copied().and_then(Number::from_f64).map(|number| number.0).unwrap_or_default();
        let steps = &value / &known.step;
        let (near, below, above) = (steps.round(), steps.floor(), steps.ceil());
        let other = if near == below { above } else { below };
        for step in [near, other] {
            let value = (step * &known.step).max(known.low.clone()).min(known.high.clone());
            if let Some(entry) = fixed.get_mut(at) {
                *entry = Some(value);
            }
            if let Some(counter) = self.down(fixed)? {
                return Ok(Some(counter));
            }
        }
        if let Some(entry) = fixed.get_mut(at) {
            *entry = None;
        }
        Ok(None)
    }
}

/// Linear issues, those whose step is worth most first.
fn order(space: &Space<'_>, asked: &Asked<'_>) -> Result<Vec<usize>, Finding> {
    let worths = step_worths(space, asked.players)?;
    let mut order: Vec<(usize, f64)> = worths.iter().map(|worths| worths.iter().sum()).enumerate().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    Ok(order.into_iter().map(|entry| entry.0).collect())
}

/// What a step of each linear issue is worth to each party on average over its range, in 万元.
fn step_worths(space: &Space<'_>, players: &[Own]) -> Result<Vec<Vec<f64>>, Finding> {
    let deal = space.deal();
    let base: Vec<Exact> = space.linear.iter().map(|issue| space.grid.value(*issue)).collect();
    let start = space.offer(&base);
    let mut worths = Vec::with_capacity(space.linear.len());
    for (at, issue) in space.linear.iter().enumerate() {
        let mut own_worths = vec![0.0; players.len()];
        if let Some(known) = deal.issues.get(*issue) {
            let mut moved = base.clone();
            if let Some(entry) = moved.get_mut(at) {
                *entry = known.high.clone();
            }
            let steps = (&known.high - &known.low) / &known.step;
            if steps.is_positive() {
                for (entry, own) in own_worths.iter_mut().zip(players) {
                    let (high, low) = (value(deal, own, &space.offer(&moved))?, value(deal, own, &start)?);
                    *entry = binary(&((high.value - low.value).abs() / &steps)) / 1e6;
                }
            }
        }
        worths.push(own_worths);
    }
    Ok(worths)
}

/// What putting issues on their steps and payments on whole 分 can cost each party, about, in 万元.
pub(super) fn margins(space: &Space<'_>, players: &[Own]) -> Result<Vec<f64>, Finding> {
    let deal = space.deal();
    let payments = (deal.case.clauses.len() * deal.years as usize) as f64;
    let worths = step_worths(space, players)?;
    // Twice the average: values are concave, steeper at one end.
    let margin = |player: usize| {
        let steps: f64 = worths.iter().filter_map(|worths| worths.get(player)).sum();
        payments * 1e-6 + 2.0 * steps
    };
    Ok((0..players.len()).map(margin).collect())
}

/// Puts linear issues on their steps so that everybody still gets what they ask for.
pub(super) fn rounded(
    space: &Space<'_>,
    asked: &Asked<'_>,
    from: &Offer,
    linear: &[f64],
) -> Result<Option<Counter>, Finding> {
    let deal = space.deal();
    let mut below = Vec::with_capacity(linear.len());
    let mut above = Vec::with_capacity(linear.len());
    let mut nearest = Vec::with_capacity(linear.len());
    for (issue, found) in space.linear.iter().zip(linear) {
        let Some(known) = deal.issues.get(*issue) else { continue };
        let here = from.value(*issue);
        let width = binary(&(&known.high - &known.low));
        if (found - binary(&here)).abs() <= SAME * width {
            below.push(here.clone());
            above.push(here.clone());
            nearest.push(here);
            continue;
        }
        let value = Number::from_f64(*found).map(|number| number.0).unwrap_or_default();
        let within = |value: Exact| value.max(known.low.clone()).min(known.high.clone());
        let steps = &value / &known.step;
        below.push(within(steps.floor() * &known.step));
        above.push(within(steps.ceil() * &known.step));
        nearest.push(within(steps.round() * &known.step));
    }
    let first = space.offer(&nearest);
    if let Some(values) = asked.met(deal, &first)? {
        let distance = first.distance(deal, from);
        return Ok(Some(Counter { offer: first, distance, values }));
    }
    let open: Vec<usize> = (0..below.len()).filter(|at| below.get(*at) != above.get(*at)).collect();
    let mut candidates: Vec<(f64, Offer)> = Vec::new();
    for choice in 0..1_u32 << open.len().min(BOTH_WAYS) {
        let mut values = nearest.clone();
        for (bit, at) in open.iter().enumerate().take(BOTH_WAYS) {
            let side = if (choice >> bit).is_odd() { &above } else { &below };
            if let (Some(entry), Some(value)) = (values.get_mut(*at), side.get(*at)) {
                *entry = value.clone();
            }
        }
        let offer = space.offer(&values);
        candidates.push((offer.distance(deal, from), offer));
    }
    candidates.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (distance, offer) in candidates {
        if let Some(values) = asked.met(deal, &offer)? {
            return Ok(Some(Counter { offer, distance, values }));
        }
    }
    Ok(None)
}

/// Terms of an offer for documents.
pub(super) fn terms(deal: &Deal, offer: &Offer) -> Terms {
    offer.terms(deal)
}
