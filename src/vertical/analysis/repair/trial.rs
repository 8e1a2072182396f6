//! Every repair is tried before it is shown, the way a user would apply it: the changed model is read, solved and rounded.

use num_traits::Signed;

use crate::allocation::Effort;
use crate::analysis::repair::levers::Lever;
use crate::run::{self, Prepared, Trial};
use crate::solver::SolveOptions;
use crate::units::{Decimal, Exact, Finite, Money};

/// A value that was tried, and what its plan pays.
pub(super) type Works = (Decimal, Money);

/// What trying a lever came to.
pub(super) enum Tried {
    /// The least value with a plan in whole rounding units.
    Works(Works),
    /// None has one.
    Nothing,
    /// A limit or failure left it open.
    Open,
}

/// Parts of a distance in which its growth counts.
const PARTS: i64 = 1_000_000_000;
/// By how much a distance grows where the plan there does not round, first within and then beyond the solver's noise.
const GROWTHS: [i64; 17] = [
    -1,
    1,
    PARTS / 10_000,
    PARTS / 2_500,
    PARTS / 625,
    PARTS / 150,
    PARTS / 40,
    PARTS / 10,
    PARTS / 2,
    2 * PARTS,
    8 * PARTS,
    32 * PARTS,
    128 * PARTS,
    512 * PARTS,
    4_096 * PARTS,
    32_768 * PARTS,
    262_144 * PARTS,
];
/// A move is least enough within a two-hundredth.
const NEAR: i64 = 200;

struct Attempts<'a> {
    prepared: &'a Prepared,
    lever: &'a Lever,
    distance: Exact,
    options: &'a SolveOptions,
    open: bool,
}

impl Attempts<'_> {
    /// The value so many parts beyond the distance.
    fn value(&self, growth: i64) -> Option<Decimal> {
        let grown = &self.distance * Exact::new((PARTS + growth).into(), PARTS.into());
        self.lever.beyond(self.prepared, &grown, places_for(&grown))
    }

    fn works(&mut self, value: Decimal, effort: Effort) -> Option<Works> {
        match attempt(self.prepared, self.lever, value, effort, self.options) {
            Trial::Plan(pays) => Some((value, pays)),
            Trial::Nothing => None,
            Trial::Open => {
                self.open = true;
                None
            }
        }
    }
}

/// What the model comes to with another value.
pub(super) fn attempt(
    prepared: &Prepared,
    lever: &Lever,
    value: Decimal,
    effort: Effort,
    options: &SolveOptions,
) -> Trial {
    match run::changed(prepared, &[lever.change(value)]) {
        Ok(changed) => run::attempt(&changed, effort, options),
        Err(_) => Trial::Nothing,
    }
}

/// The least value at or beyond a distance at which an exact plan exists.
pub(super) fn from(prepared: &Prepared, lever: &Lever, distance: Exact, options: &SolveOptions) -> Tried {
    let mut attempts = Attempts { prepared, lever, distance, options, open: false };
    let mut ladder: Vec<(i64, Decimal)> = Vec::new();
    for growth in GROWTHS {
        let Some(value) = attempts.value(growth) else { break };
        if value != lever.value && ladder.last().is_none_or(|(_, last)| *last != value) {
            ladder.push((growth, value));
        }
    }
    // Close by first, which is quick; then, below what that finds, as far as the rules reach.
    let mut found = None;
    for (rung, (_, value)) in ladder.iter().enumerate() {
        if options.is_interrupted() {
            return Tried::Open;
        }
        if let Some(works) = attempts.works(*value, Effort::Quick) {
            found = Some((rung, works));
            break;
        }
    }
    let (mut no, mut yes) = (None, found);
    while let Some(rung) = middle(no, yes.map_or(ladder.len(), |(rung, _)| rung)) {
        let Some((_, value)) = ladder.get(rung) else { break };
        match attempts.works(*value, Effort::Far) {
            Some(works) => yes = Some((rung, works)),
            None => no = Some(rung),
        }
    }
    let Some((rung, mut works)) = yes else {
        return if attempts.open { Tried::Open } else { Tried::Nothing };
    };
    let growth = |rung: usize| ladder.get(rung).map_or(0, |(growth, _)| *growth);
    if let Some(no) = no.filter(|no| no + 1 == rung) {
        let (mut no, mut yes) = (growth(no), growth(rung));
        while yes - no > (PARTS + no) / NEAR {
            let between = i64::midpoint(no, yes);
            let tried = attempts.value(between).and_then(|value| attempts.works(value, Effort::Far));
            match tried {
                Some(found) => (yes, works) = (between, found),
                None => no = between,
            }
        }
    }
    Tried::Works(works)
}

/// The first rung, then the one between the last that failed and the first that works.
fn middle(no: Option<usize>, yes: usize) -> Option<usize> {
    match no {
        None => (yes > 0).then_some(0),
        Some(no) => (no + 1 < yes).then(|| usize::midpoint(no, yes)),
    }
}

/// The first of some values, nearest first, with an exact plan.
pub(super) fn first(prepared: &Prepared, lever: &Lever, values: &[Decimal], options: &SolveOptions) -> Tried {
    let mut open = false;
    for value in values {
        match attempt(prepared, lever, *value, Effort::Far, options) {
            Trial::Plan(pays) => return Tried::Works((*value, pays)),
            Trial::Nothing => {}
            Trial::Open => open = true,
        }
        if options.is_interrupted() {
            return Tried::Open;
        }
    }
    if open { Tried::Open } else { Tried::Nothing }
}

/// Decimals that resolve a distance to some thousandth of a per cent.
fn places_for(distance: &Exact) -> u32 {
    let size = Finite::from_exact(&distance.abs()).map_or(f64::INFINITY, Finite::get).log10().floor();
    let wanted = (4.0 - size).clamp(0.0, 12.0);
    (0..=12).find(|places| f64::from(*places) >= wanted).unwrap_or(12)
}
