//! Which properties a solution has on this very problem: each one checked by programs or by solving a changed copy.

use crate::bargaining::frame::{Found, Frame, Refusal};
use crate::bargaining::model::{Linear, Model};
use crate::bargaining::request::Kind;
use crate::bargaining::solve::by_programs;
use crate::document::number::{Number, binary};
use crate::phrases::{Phrase, Text};
use crate::solver::SolveOptions;
use crate::units::{BigInt, Exact};

/// One property and what the check found.
#[derive(Debug, Clone, PartialEq, serde::Serialize, schemars::JsonSchema)]
pub struct Property {
    /// Stable word.
    pub property: &'static str,
    /// Whether it holds here; absent where the check does not apply.
    pub holds: Option<bool>,
    /// What was checked, and what it means.
    pub sentence: Text,
}

/// Differences up to this size, in units of the largest gains, are none.
const SAME: f64 = 1e-6;
/// Differences of efficiency up to this size are none.
const EFFICIENT: f64 = 1e-8;
/// Parties times rows and variables above which nothing is solved again.
const WORK: usize = 6_000;
/// Re-solving checks look at so many parties one by one.
const LOOKED_AT: usize = 4;

/// What the checks of one solution look at.
pub(super) struct Checks<'a> {
    pub frame: &'a Frame<'a>,
    pub kind: Kind,
    pub found: &'a Found,
    pub options: &'a SolveOptions,
}

impl Checks<'_> {
    /// All properties, in a fixed order.
    pub fn all(&self) -> Vec<Property> {
        let beyond = self.frame.beyond(&self.found.gains).ok();
        let small = |value: f64| value <= EFFICIENT;
        let rational = self.found.gains.iter().zip(&self.frame.reach).all(|(gain, most)| *gain >= -SAME * most.abs());
        let before_completion = self.found.plain != self.found.gains;
        let plain = if before_completion { self.frame.beyond(&self.found.plain).ok() } else { beyond };
        vec![
            property("weakly_efficient", beyond.map(|found| small(found.0)), "bargain.weakly_efficient"),
            property("efficient", beyond.map(|found| small(found.1)), "bargain.efficient"),
            property("efficient_before_completion", plain.map(|found| small(found.1)), "bargain.plain_efficient"),
            property("individually_rational", Some(rational), "bargain.rational"),
            property("symmetric", self.symmetric(), "bargain.symmetric"),
            property("scale_invariant", self.scale_invariant(), "bargain.scale_invariant"),
            property("independent_of_irrelevant_alternatives", self.independent(), "bargain.independent"),
            property("restricted_monotone", self.restricted_monotone(), "bargain.restricted_monotone"),
            property("strongly_monotone", self.strongly_monotone(), "bargain.strongly_monotone"),
        ]
    }

    fn reach(&self, party: usize) -> f64 {
        self.frame.reach.get(party).copied().unwrap_or(0.0)
    }

    fn gain(&self, party: usize) -> f64 {
        self.found.gains.get(party).copied().unwrap_or(0.0)
    }

    /// Parties whose exchange changes nothing must gain the same; `None` where there are none.
    fn symmetric(&self) -> Option<bool> {
        let size = self.frame.size();
        let mut pairs = (0..size).flat_map(|a| (a + 1..size).map(move |b| (a, b)));
        let alike = pairs.by_ref().filter(|(a, b)| self.frame.model.is_symmetric_in(*a, *b));
        let alike: Vec<(usize, usize)> = alike.collect();
        let same = |(a, b): &(usize, usize)| {
            (self.gain(*a) - self.gain(*b)).abs() <= SAME * self.reach(*a).abs().max(self.reach(*b).abs())
        };
        (!alike.is_empty()).then(|| alike.iter().all(same))
    }

    /// Solves a changed copy, where that is little work; the Raiffa solution of many parties is left out for its many programs.
    fn solve(&self, model: &Model) -> Option<Found> {
        let work = self.frame.size() * (model.rows.len() + model.variables.len());
        if self.kind == Kind::Raiffa && self.frame.size() > 3 || work > WORK {
            return None;
        }
        let found = || -> Result<Found, Refusal> { by_programs(&Frame::open(model, self.options)?, self.kind) };
        found().ok()
    }

    fn scale_invariant(&self) -> Option<bool> {
        // Factors 2, 1/3, 4, 1/5, … and shifts 7, −11, 7, … for the parties in turn.
        let change: Vec<(Exact, Exact)> = (0..self.frame.size())
            .map(|party| {
                let size = Exact::from_integer(BigInt::from(party + 2));
                let shift = Exact::from_integer(BigInt::from(if party % 2 == 0 { 7 } else { -11 }));
                (if party % 2 == 0 { size } else { size.recip() }, shift)
            })
            .collect();
        let other = self.solve(&self.frame.model.rescaled(&change))?;
        let factor = |party: usize| change.get(party).map_or(1.0, |change| binary(&change.0));
        let same =
            |(party, gain): (usize, &f64)| (gain / factor(party) - self.gain(party)).abs() <= SAME * self.reach(party);
        Some(other.gains.iter().enumerate().all(same))
    }

    /// The same problem with smaller caps of gains.
    fn capped(&self, caps: &[(usize, f64)]) -> Option<Model> {
        let mut model = self.frame.model.clone();
        for (party, gain) in caps {
            let party = model.parties.get_mut(*party)?;
            let cap = &party.disagreement + Number::from_f64(*gain)?.0;
            party.cap = Some(party.cap.take().map_or_else(|| cap.clone(), |own| own.min(cap.clone())));
        }
        Some(model)
    }

    /// What lies beyond half-way from the solution to one party's largest gain is cut off: the solution must stay.
    fn independent(&self) -> Option<bool> {
        let mut holds = None;
        let beyond = |party: &usize| self.reach(*party) > self.gain(*party) + SAME * self.reach(*party);
        for party in (0..self.frame.size()).filter(beyond).take(LOOKED_AT) {
            let cap = f64::midpoint(self.gain(party), self.reach(party));
            let other = self.solve(&self.capped(&[(party, cap)])?)?;
            let same = |(party, gain): (usize, &f64)| (gain - self.gain(party)).abs() <= SAME * self.reach(party);
            holds = Some(holds.unwrap_or(true) && other.gains.iter().enumerate().all(same));
        }
        holds
    }

    /// A smaller set with the same ideal point must give nobody more (before completion).
    fn restricted_monotone(&self) -> Option<bool> {
        let players: Vec<usize> = (0..self.frame.size()).filter(|party| self.reach(*party) > 0.0).collect();
        let sum: f64 = players.iter().map(|party| self.gain(*party) / self.reach(*party)).sum();
        if sum <= 1.0 + SAME {
            return None;
        }
        let mut model = self.frame.model.clone();
        let mut upper = Number::from_f64(f64::midpoint(1.0, sum))?.0;
        let mut terms = Vec::new();
        for party in &players {
            let share = Number::from_f64(self.reach(*party))?.0.recip();
            upper += &share * &model.parties.get(*party)?.disagreement;
            terms.push((*party, share));
        }
        model.rows.push(Linear { name: "cut".to_owned(), terms, lower: None, upper: Some(upper) });
        Some(self.nobody_gains(&self.solve(&model)?))
    }

    /// A cap on one party must give nobody else more (before completion).
    fn strongly_monotone(&self) -> Option<bool> {
        let looked_at = (0..self.frame.size()).filter(|party| self.gain(*party) > SAME * self.reach(*party));
        let mut holds = None;
        for party in looked_at.take(LOOKED_AT) {
            let other = self.solve(&self.capped(&[(party, self.gain(party) / 2.0)])?)?;
            holds = Some(holds.unwrap_or(true) && self.nobody_gains(&other));
        }
        holds
    }

    fn nobody_gains(&self, other: &Found) -> bool {
        let pairs = other.plain.iter().zip(&self.found.plain).enumerate();
        pairs.into_iter().all(|(party, (other, own))| *other <= own + SAME * self.reach(party))
    }
}

fn property(property: &'static str, holds: Option<bool>, code: &'static str) -> Property {
    Property { property, holds, sentence: Phrase::new(code).text() }
}
