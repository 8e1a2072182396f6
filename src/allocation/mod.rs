//! From certified numbers to exact money (尾差处理): whole rounding units, every fund to the 分, every hard rule exactly.

mod greedy;
mod integer;
pub mod rows;

use crate::allocation::rows::{IntegerRow, broken};
use crate::rules::Requirement;
use crate::units::{FEN_PER_WAN, Money};

/// What is to be rounded.
#[derive(Debug, Clone, Copy)]
pub struct SettleRequest<'a> {
    /// Certified amounts in 万元, one for each amount of the frame.
    pub amounts: &'a [f64],
    /// Hard requirements, funds included.
    pub requirements: &'a [Requirement],
    /// Rounding unit, > 0.
    pub unit: Money,
}

/// Exact amounts.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    /// One for each amount of the frame, multiples of the unit.
    pub amounts: Vec<Money>,
    /// Largest distance from the certified amount.
    pub largest_shift: Money,
    /// Whether an integer program was needed.
    pub by_integer_program: bool,
}

/// Why there are no exact amounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettleError {
    /// No multiples of the unit meet every hard rule; the largest smaller unit with which they do, and rules in the way.
    NoRounding {
        /// The unit asked for.
        unit: Money,
        /// The largest smaller unit that works, if any.
        works: Option<Money>,
        /// Positions of requirements that cannot be met.
        broken: Vec<usize>,
    },
    /// An amount is not a finite number ≥ 0, by position.
    BadAmount(usize),
    /// The numbers of a requirement do not fit, by position.
    TooLarge(usize),
}

/// Units tried where the asked one does not work, in 分.
const LADDER: [i64; 14] = [1_000_000, 500_000, 100_000, 50_000, 10_000, 5_000, 1_000, 500, 100, 50, 10, 5, 2, 1];

/// Rounds certified amounts.
///
/// # Errors
/// See [`SettleError`].
pub fn settle(request: &SettleRequest<'_>) -> Result<Settled, SettleError> {
    let mut rows = Vec::with_capacity(request.requirements.len());
    for (position, requirement) in request.requirements.iter().enumerate() {
        rows.push(IntegerRow::of(position, requirement).map_err(|error| SettleError::TooLarge(error.0))?);
    }
    let mut targets = Vec::with_capacity(request.amounts.len());
    for (position, amount) in request.amounts.iter().enumerate() {
        let fen = amount * FEN_PER_WAN as f64;
        // The solver may leave a hair below zero.
        if !(-1.0..=1e17).contains(&fen) {
            return Err(SettleError::BadAmount(position));
        }
        targets.push(fen.max(0.0));
    }
    let unit = request.unit.fen().max(1);
    let failed = match with_unit(&rows, &targets, unit) {
        Ok(settled) => return Ok(settled),
        Err(broken) => broken,
    };
    let works = LADDER
        .iter()
        .copied()
        .filter(|smaller| *smaller < unit)
        .find(|smaller| with_unit(&rows, &targets, *smaller).is_ok());
    Err(SettleError::NoRounding { unit: Money::from_fen(unit), works: works.map(Money::from_fen), broken: failed })
}

fn with_unit(rows: &[IntegerRow], targets: &[f64], unit: i64) -> Result<Settled, Vec<usize>> {
    let impossible: Vec<usize> = rows.iter().filter(|row| off_grid(row, unit)).map(|row| row.requirement).collect();
    if !impossible.is_empty() {
        return Err(impossible);
    }
    let greedy = greedy::round(rows, targets, unit);
    let failed = broken(rows, &greedy);
    let (amounts, by_integer_program) =
        if failed.is_empty() { (greedy, false) } else { (integer::search(rows, targets, unit).ok_or(failed)?, true) };
    let shift =
        targets.iter().zip(&amounts).map(|(target, amount)| (target - *amount as f64).abs()).fold(0.0, f64::max);
    Ok(Settled {
        amounts: amounts.into_iter().map(Money::from_fen).collect(),
        largest_shift: Money::from_fen(shift.round() as i64),
        by_integer_program,
    })
}

/// An equation of like coefficients whose side is no multiple of the unit can never hold.
fn off_grid(row: &IntegerRow, unit: i64) -> bool {
    let (Some(lower), Some(upper)) = (row.lower, row.upper) else { return false };
    let Some((_, first)) = row.terms.first() else { return false };
    let alike = row.helper.is_none() && row.terms.iter().all(|(_, a)| a == first);
    lower == upper && alike && *first != 0 && lower % (first * i128::from(unit)) != 0
}

/// Whole units below an amount; the solver's noise does not cost a unit.
pub(crate) fn floor_units(target: f64, unit: i64) -> i64 {
    let units = target / unit as f64;
    let nearest = units.round();
    let noise = (units * 1e-11).max(1e-4 / unit as f64);
    (if (units - nearest).abs() <= noise { nearest } else { units.floor() }) as i64
}
