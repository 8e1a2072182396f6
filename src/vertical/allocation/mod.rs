//! From certified numbers to exact money (尾差处理): whole rounding units, every fund to the 分, every hard rule exactly.

mod greedy;
mod integer;
pub mod rows;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use num_integer::Integer;

use crate::allocation::integer::Search;
use crate::allocation::rows::{IntegerRow, broken};
use crate::finding::{Finding, Limit, Place};
use crate::phrases::Phrase;
use crate::solver::integer::Patience;
use crate::units::{FEN_PER_WAN, Money};

/// What is to be rounded.
#[derive(Debug, Clone, Copy)]
pub struct SettleRequest<'a> {
    /// Certified amounts in 万元, one for each amount of the frame.
    pub amounts: &'a [f64],
    /// Hard requirements, funds included.
    pub hard: &'a [&'a IntegerRow],
    /// Soft requirements that the certified amounts meet: kept where rounding can.
    pub wishes: &'a [&'a IntegerRow],
    /// Rounding unit, > 0.
    pub unit: Money,
    /// Seconds for each integer program, where the user sets a limit.
    pub seconds: Option<f64>,
    /// Set to true by another thread to stop.
    pub interrupt: Option<&'a Arc<AtomicBool>>,
    /// How hard to look.
    pub effort: Effort,
}

/// How hard to look for exact amounts where rounding by remainders finds none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Only close to the certified amounts.
    Quick,
    /// As far as the rules reach.
    Far,
    /// As far as the rules reach; where none are found, a smaller unit that works is looked for.
    Thorough,
}

/// Exact amounts.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    /// One for each amount of the frame, multiples of the unit.
    pub amounts: Vec<Money>,
    /// Whether an integer program was needed.
    pub by_integer_program: bool,
}

/// Why there are no exact amounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettleError {
    /// No multiples of the unit that meet every hard rule were found; the largest smaller unit with which some were.
    NoRounding {
        /// The unit asked for.
        unit: Money,
        /// The largest smaller unit that works, if any.
        works: Option<Money>,
        /// Whether it is proved that none exist.
        proved: bool,
        /// Positions of requirements that cannot be met.
        broken: Vec<usize>,
    },
    /// An amount is not a finite number ≥ 0, by position.
    BadAmount(usize),
    /// Someone asked to stop.
    Interrupted,
}

impl SettleError {
    /// The error as a finding; `whose` names the member of a hard requirement by its position.
    pub fn finding(&self, whose: &dyn Fn(usize) -> String) -> Finding {
        match self {
            Self::NoRounding { unit, works, proved, broken } => {
                let rules: BTreeSet<String> = broken.iter().map(|position| whose(*position)).collect();
                let rules = rules.into_iter().collect::<Vec<_>>().join(", ");
                let phrase = match (works, proved) {
                    (Some(works), true) => Phrase::new("allocation.no_rounding").with("works", *works),
                    (Some(works), false) => Phrase::new("allocation.none_found").with("works", *works),
                    (None, true) => Phrase::new("allocation.no_rounding_at_all"),
                    (None, false) => Phrase::new("allocation.none_found_at_all"),
                };
                Finding::from_phrase(phrase.with("unit", *unit).with("rules", rules), Place::default())
            }
            Self::BadAmount(position) => {
                Finding::error("allocation.bad_amount", Place::default()).with("position", position.to_string())
            }
            Self::Interrupted => Finding::limit(Limit::Interrupt, "settle"),
        }
    }
}

/// Units tried where the asked one does not work, in 分.
const LADDER: [i64; 21] = [
    1_000_000_000,
    500_000_000,
    100_000_000,
    50_000_000,
    10_000_000,
    5_000_000,
    2_000_000,
    1_000_000,
    500_000,
    100_000,
    50_000,
    10_000,
    5_000,
    1_000,
    500,
    100,
    50,
    10,
    5,
    2,
    1,
];

/// Rounds certified amounts.
///
/// # Errors
/// See [`SettleError`].
pub fn settle(request: &SettleRequest<'_>) -> Result<Settled, SettleError> {
    let all: Vec<&IntegerRow> = request.hard.iter().chain(request.wishes).copied().collect();
    let mut targets = Vec::with_capacity(request.amounts.len());
    for (position, amount) in request.amounts.iter().enumerate() {
        let fen = amount * FEN_PER_WAN as f64;
        // The solver may leave a hair below zero.
        if !(-1.0..=1e17).contains(&fen) {
            return Err(SettleError::BadAmount(position));
        }
        targets.push(fen.max(0.0));
    }
    let patience = Patience { seconds: request.seconds, interrupt: request.interrupt };
    let rounding = Rounding { hard: request.hard, all: &all, targets: &targets, patience };
    let unit = request.unit.fen().max(1);
    let (broken, proved) = match rounding.with_unit(unit, request.effort) {
        Ok(settled) => return Ok(settled),
        Err(failed) => failed,
    };
    // What was not looked for to the end is no answer.
    if patience.is_over() {
        return Err(SettleError::Interrupted);
    }
    if request.effort != Effort::Thorough {
        return Err(SettleError::NoRounding { unit: Money::from_fen(unit), works: None, proved, broken });
    }
    let smaller = LADDER.iter().copied().filter(|smaller| *smaller < unit && unit % smaller == 0);
    let works =
        smaller.take_while(|_| !patience.is_over()).find(|smaller| rounding.with_unit(*smaller, Effort::Quick).is_ok());
    if patience.is_over() {
        return Err(SettleError::Interrupted);
    }
    let works = works.map(Money::from_fen);
    Err(SettleError::NoRounding { unit: Money::from_fen(unit), works, proved, broken })
}

struct Rounding<'a> {
    hard: &'a [&'a IntegerRow],
    /// Hard rows, then wishes.
    all: &'a [&'a IntegerRow],
    targets: &'a [f64],
    patience: Patience<'a>,
}

impl Rounding<'_> {
    /// Amounts in whole units; otherwise the hard rows in the way, and whether none exist for sure.
    fn with_unit(&self, unit: i64, effort: Effort) -> Result<Settled, (Vec<usize>, bool)> {
        let hard = self.hard.iter().enumerate();
        let off: Vec<usize> = hard.filter(|(_, row)| off_grid(row, unit)).map(|(at, _)| at).collect();
        if !off.is_empty() {
            return Err((off, true));
        }
        let settled = |amounts: Vec<i64>, by_integer_program| Settled {
            amounts: amounts.into_iter().map(Money::from_fen).collect(),
            by_integer_program,
        };
        let wished = (self.all.len() > self.hard.len()).then_some(self.all);
        let mut failed = Vec::new();
        for rows in wished.into_iter().chain([self.hard]).take_while(|_| !self.patience.is_over()) {
            let greedy = greedy::round(rows, self.targets, unit);
            failed = broken(self.hard, &greedy);
            if failed.is_empty() {
                return Ok(settled(greedy, false));
            }
        }
        match integer::search(self.hard, self.targets, unit, (effort, self.patience)) {
            Search::Found(amounts) => Ok(settled(amounts, true)),
            Search::Impossible => Err((failed, true)),
            Search::Open => Err((failed, false)),
        }
    }
}

/// An equation whose side is no multiple of the largest number that divides all its steps can never hold.
fn off_grid(row: &IntegerRow, unit: i64) -> bool {
    let (Some(lower), Some(upper)) = (row.lower, row.upper) else { return false };
    let step = row.terms.iter().fold(0_i128, |step, (_, a)| step.gcd(a)).saturating_mul(i128::from(unit));
    row.helpers.is_empty() && lower == upper && step != 0 && lower % step != 0
}

/// Whole units below an amount; the solver's noise does not cost a unit.
pub(crate) fn floor_units(target: f64, unit: i64) -> i64 {
    let units = target / unit as f64;
    let nearest = units.round();
    let noise = (units * 1e-11).max(1e-4 / unit as f64);
    (if (units - nearest).abs() <= noise { nearest } else { units.floor() }) as i64
}
