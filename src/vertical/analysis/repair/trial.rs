//! Every repair is tried before it is shown, the way a user would apply it: the changed model is read, solved and rounded.

use std::sync::{Mutex, PoisonError};

use num_traits::Signed;

use crate::allocation::Effort;
use crate::analysis::repair::levers::Lever;
use crate::run::{self, Prepared, Trial};
use crate::solver::SolveOptions;
use crate::units::{Decimal, Exact, Finite, Money};

/// A value that was tried and works.
#[derive(Debug, Clone, Copy)]
pub(super) struct Works {
    /// The value.
    pub value: Decimal,
    /// What its plan pays.
    pub pays: Money,
    /// Whether none nearer works; false where one was left without exact amounts and without proof that there are none.
    pub least: bool,
    /// Whether a limit or failure left a value open on the way.
    pub cut_short: bool,
}

/// What trying a lever came to.
pub(super) enum Tried {
    /// The least value found with a plan in whole rounding units.
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

/// How programs are solved, and the turn of those that take long among trials that run beside each other.
pub(super) type Terms<'a> = (&'a SolveOptions, &'a Mutex<()>);

struct Attempts<'a> {
    prepared: &'a Prepared,
    lever: &'a Lever,
    distance: Exact,
    options: &'a SolveOptions,
    /// Held while a value is looked at as far as the rules reach.
    turn: &'a Mutex<()>,
    /// Whether a limit or failure left a value open.
    cut_short: bool,
    /// Whether there were values without exact amounts and without proof that there are none.
    unproved: bool,
}

/// How one value ended.
enum End {
    Works(Decimal, Money),
    /// It does not; whether that is proved.
    Fails(bool),
}

impl Attempts<'_> {
    /// The value so many parts beyond the distance.
    fn value(&self, growth: i64) -> Option<Decimal> {
        let grown = &self.distance * Exact::new((PARTS + growth).into(), PARTS.into());
        self.lever.beyond(self.prepared, &grown, places_for(&grown))
    }

    fn end(&mut self, value: Decimal, effort: Effort) -> End {
        // Far searches have seconds, not steps, for their limit: one that runs beside others would find less.
        let turn = self.turn;
        let _alone = (effort != Effort::Quick).then(|| turn.lock().unwrap_or_else(PoisonError::into_inner));
        match attempt(self.prepared, self.lever, value, effort, self.options) {
            Trial::Plan(pays) => End::Works(value, pays),
            Trial::Nothing => End::Fails(true),
            Trial::Unproved => {
                // A quick look proves nothing; the far one follows.
                self.unproved |= effort != Effort::Quick;
                End::Fails(false)
            }
            Trial::Open => {
                self.cut_short = true;
                End::Fails(false)
            }
        }
    }

    /// What it comes to where nothing works.
    fn nothing(&self) -> Tried {
        if self.cut_short || self.unproved { Tried::Open } else { Tried::Nothing }
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
pub(super) fn from(prepared: &Prepared, lever: &Lever, distance: Exact, (options, turn): Terms<'_>) -> Tried {
    let mut attempts = Attempts { prepared, lever, distance, options, turn, cut_short: false, unproved: false };
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
        if let End::Works(value, pays) = attempts.end(*value, Effort::Quick) {
            found = Some((rung, (value, pays)));
            break;
        }
    }
    let (mut no, mut yes): (Option<(usize, bool)>, _) = (None, found);
    while let Some(rung) = middle(no.map(|(rung, _)| rung), yes.map_or(ladder.len(), |(rung, _)| rung)) {
        let Some((_, value)) = ladder.get(rung) else { break };
        match attempts.end(*value, Effort::Far) {
            End::Works(value, pays) => yes = Some((rung, (value, pays))),
            End::Fails(proved) => no = Some((rung, proved)),
        }
    }
    let Some((rung, mut works)) = yes else { return attempts.nothing() };
    let growth = |rung: usize| ladder.get(rung).map_or(0, |(growth, _)| *growth);
    let mut least = no.is_none_or(|(_, proved)| proved);
    if let Some((no, _)) = no.filter(|(no, _)| no + 1 == rung) {
        let (mut no, mut yes) = (growth(no), growth(rung));
        while yes - no > (PARTS + no) / NEAR {
            let between = i64::midpoint(no, yes);
            let Some(value) = attempts.value(between) else { break };
            match attempts.end(value, Effort::Far) {
                End::Works(value, pays) => (yes, works) = (between, (value, pays)),
                End::Fails(proved) => (no, least) = (between, proved),
            }
        }
    }
    let (value, pays) = works;
    Tried::Works(Works { value, pays, least, cut_short: attempts.cut_short })
}

/// The first rung, then the one between the last that failed and the first that works.
fn middle(no: Option<usize>, yes: usize) -> Option<usize> {
    match no {
        None => (yes > 0).then_some(0),
        Some(no) => (no + 1 < yes).then(|| usize::midpoint(no, yes)),
    }
}

/// The first of some values, nearest first, with an exact plan.
pub(super) fn first(prepared: &Prepared, lever: &Lever, values: &[Decimal], (options, turn): Terms<'_>) -> Tried {
    let distance = Exact::default();
    let mut attempts = Attempts { prepared, lever, distance, options, turn, cut_short: false, unproved: false };
    for value in values {
        if let End::Works(value, pays) = attempts.end(*value, Effort::Far) {
            let least = !(attempts.cut_short || attempts.unproved);
            return Tried::Works(Works { value, pays, least, cut_short: attempts.cut_short });
        }
        if options.is_interrupted() {
            return Tried::Open;
        }
    }
    attempts.nothing()
}

/// Decimals that resolve a distance to some thousandth of a per cent.
fn places_for(distance: &Exact) -> u32 {
    let size = Finite::from_exact(&distance.abs()).map_or(f64::INFINITY, Finite::get).log10().floor();
    let wanted = (4.0 - size).clamp(0.0, 12.0);
    (0..=12).find(|places| f64::from(*places) >= wanted).unwrap_or(12)
}
