//! One claims problem: claims, endowment, weights, floors, caps, classes; and a rule applied to it, exactly.
//!
//! Claims are cut at their caps; floors are paid first; then the classes are served in order, each in full while money lasts;
//! in the class where it runs out the rule divides what is left among what is left of the claims.

use std::collections::BTreeSet;

use num_traits::{One, Signed, Zero};

use crate::division::parametric::{self, sum};
use crate::division::random_arrival::{self, Arrival};
use crate::division::rule::Rule;
use crate::division::{centroid, iterated};
use crate::units::Exact;

/// Most claimants of minimal overlap.
const OVERLAP_MAX: usize = 1_000;

/// A claims problem in 分.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// What each claims, ≥ 0.
    pub claims: Vec<Exact>,
    /// What there is to divide.
    pub endowment: Exact,
    /// Weight of each, > 0; all equal where there are none.
    pub weights: Vec<Exact>,
    /// Least award of each.
    pub floors: Vec<Exact>,
    /// Largest award of each, where there is one.
    pub caps: Vec<Option<Exact>>,
    /// Class of each; lower ones are served first.
    pub classes: Vec<u32>,
}

/// Awards with the way in which they were found.
#[derive(Debug, Clone, PartialEq)]
pub struct Solved {
    /// Award of each, in 分.
    pub awards: Vec<Exact>,
    /// Orders drawn and largest error in 分, where the awards come from a sample.
    pub sample: Option<(usize, f64)>,
}

/// Why there are no awards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsolved {
    /// The floors exceed the endowment, or the endowment exceeds the claims.
    OutOfBounds,
    /// The exact answer would take too long.
    TooLarge,
}

impl Problem {
    /// A problem of claims and endowment alone.
    pub fn plain(claims: Vec<Exact>, endowment: Exact) -> Self {
        let count = claims.len();
        Self {
            claims,
            endowment,
            weights: vec![Exact::one(); count],
            floors: vec![Exact::zero(); count],
            caps: vec![None; count],
            classes: vec![1; count],
        }
    }

    /// The same problem with another endowment.
    pub fn with_endowment(&self, endowment: Exact) -> Self {
        Self { endowment, ..self.clone() }
    }

    /// The same problem with other claims and endowment.
    pub fn with_claims(&self, claims: Vec<Exact>, endowment: Exact) -> Self {
        Self { claims, endowment, ..self.clone() }
    }

    /// The problem of all but one.
    pub fn without(&self, one: usize, endowment: Exact) -> Self {
        fn rest<T: Clone>(values: &[T], one: usize) -> Vec<T> {
            let kept = values.iter().enumerate().filter(|(index, _)| *index != one);
            kept.map(|(_, value)| value.clone()).collect()
        }
        Self {
            claims: rest(&self.claims, one),
            endowment,
            weights: rest(&self.weights, one),
            floors: rest(&self.floors, one),
            caps: rest(&self.caps, one),
            classes: rest(&self.classes, one),
        }
    }

    /// Whether weights differ.
    pub fn is_weighted(&self) -> bool {
        self.weights.windows(2).any(|pair| pair.first() != pair.last())
    }

    /// Whether it is claims and endowment alone.
    pub fn is_plain(&self) -> bool {
        !self.is_weighted()
            && self.floors.iter().all(Zero::is_zero)
            && self.caps.iter().all(Option::is_none)
            && self.classes.windows(2).all(|pair| pair.first() == pair.last())
    }

    /// Most that each can get: the claim, or the cap below it.
    pub fn upper(&self) -> Vec<Exact> {
        let least = |(claim, cap): (&Exact, &Option<Exact>)| cap.as_ref().map_or(claim, |cap| claim.min(cap)).clone();
        self.claims.iter().zip(&self.caps).map(least).collect()
    }

    /// The awards of a rule.
    ///
    /// # Errors
    /// Bounds that contradict each other, or an exact answer out of reach (`seed` absent: none is sampled).
    pub fn solve(&self, rule: Rule, seed: Option<u64>) -> Result<Solved, Unsolved> {
        let upper = self.upper();
        let room: Vec<Exact> = upper.iter().zip(&self.floors).map(|(upper, floor)| upper - floor).collect();
        let mut left = &self.endowment - sum(&self.floors);
        if left.is_negative() || room.iter().any(Signed::is_negative) || left > sum(&room) {
            return Err(Unsolved::OutOfBounds);
        }
        let mut solved = Solved { awards: self.floors.clone(), sample: None };
        for class in self.classes.iter().collect::<BTreeSet<_>>() {
            let members: Vec<usize> =
                self.classes.iter().enumerate().filter(|(_, other)| *other == class).map(|(index, _)| index).collect();
            let pick = |values: &[Exact]| members.iter().filter_map(|index| values.get(*index).cloned()).collect();
            let (claims, weights): (Vec<Exact>, Vec<Exact>) = (pick(&room), pick(&self.weights));
            let wanted = sum(&claims);
            let given = wanted.clone().min(left.clone());
            let more = if given == wanted {
                Solved { awards: claims, sample: None }
            } else if given.is_zero() {
                break;
            } else {
                apply(rule, &claims, &weights, &given, seed)?
            };
            left -= given;
            solved.sample = solved.sample.or(more.sample);
            for (index, award) in members.into_iter().zip(more.awards) {
                if let Some(entry) = solved.awards.get_mut(index) {
                    *entry += award;
                }
            }
        }
        Ok(solved)
    }
}

fn apply(
    rule: Rule,
    claims: &[Exact],
    weights: &[Exact],
    endowment: &Exact,
    seed: Option<u64>,
) -> Result<Solved, Unsolved> {
    let awards = match rule {
        Rule::Proportional => Some(parametric::proportional(claims, weights, endowment)),
        Rule::ConstrainedEqualAwards => Some(parametric::equal_awards(claims, weights, endowment)),
        Rule::ConstrainedEqualLosses => Some(parametric::equal_losses(claims, weights, endowment)),
        Rule::Talmud => Some(parametric::talmud(claims, weights, endowment)),
        Rule::ReverseTalmud => Some(parametric::reverse_talmud(claims, weights, endowment)),
        Rule::AdjustedProportional => Some(parametric::adjusted_proportional(claims, endowment)),
        // The exact awards are fractions over the common multiple of 1…n: long numbers for many claimants.
        Rule::MinimalOverlap if claims.len() > OVERLAP_MAX => None,
        Rule::MinimalOverlap => Some(parametric::minimal_overlap(claims, endowment)),
        Rule::Piniles => Some(parametric::piniles(claims, weights, endowment)),
        Rule::ConstrainedEgalitarian => Some(parametric::egalitarian(claims, endowment)),
        Rule::Average => Some(parametric::average(claims, weights, endowment)),
        Rule::DominguezThomson => iterated::dominguez_thomson(claims, endowment),
        Rule::AverageOfAwards => centroid::average_of_awards(claims, endowment),
        Rule::AlphaMin => Some(parametric::alpha_min(claims, endowment)),
        Rule::RandomArrival => match seed {
            Some(seed) => return arrival(claims, endowment, seed),
            None => random_arrival::exact(claims, endowment),
        },
    };
    awards.map(|awards| Solved { awards, sample: None }).ok_or(Unsolved::TooLarge)
}

fn arrival(claims: &[Exact], endowment: &Exact, seed: u64) -> Result<Solved, Unsolved> {
    match random_arrival::random_arrival(claims, endowment, seed).ok_or(Unsolved::TooLarge)? {
        Arrival::Exact(awards) => Ok(Solved { awards, sample: None }),
        Arrival::Sampled { awards, orders, relative } => {
            let largest = claims.iter().max().map(|claim| claim.min(endowment));
            let range = largest.and_then(crate::units::Finite::from_exact).map_or(0.0, crate::units::Finite::get);
            Ok(Solved { awards, sample: Some((orders, range * relative)) })
        }
    }
}
