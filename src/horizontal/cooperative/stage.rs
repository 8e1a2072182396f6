//! One linear program of the nucleolus, solved exactly: least ε with v(S) − x(S) ≤ ε·w(S) for every coalition still open.
//!
//! Its dual is solved by the simplex method over the rationals, with columns (coalitions) generated: the one with the largest
//! excess enters, found by going through all of them in whole numbers. So the optimum needs no tolerance, and its multipliers
//! (a balanced collection of coalitions) are its proof.

use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

use crate::cooperative::game::{Coalition, Game, Payments};
use crate::cooperative::linear::{self, Span};
use crate::units::{BigInt, Exact};

/// A column of the dual: what it is, and its multiplier is ≥ 0 except where fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    /// A coalition whose payment is fixed: a multiplier of any sign.
    Fixed(usize),
    /// A coalition still open.
    Open(Coalition),
    /// A party that gets no less than alone.
    Own(usize),
}

/// A payment that is fixed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fixed {
    pub coalition: Coalition,
    pub payment: Exact,
}

/// What the excess of a coalition counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// The excess.
    Total,
    /// The excess by head of the coalition.
    PerCapita,
}

impl Measure {
    pub(super) fn weight(self, coalition: Coalition) -> u32 {
        match self {
            Self::Total => 1,
            Self::PerCapita => coalition.count_ones(),
        }
    }
}

/// The program.
pub(super) struct Stage<'a> {
    pub game: &'a Game,
    pub measure: Measure,
    /// Payments fixed, independent of each other, all parties first.
    pub fixed: &'a [Fixed],
    /// Whether a coalition is not yet fixed by them, by its bits.
    pub open: &'a [bool],
    /// Parties that must get no less than alone.
    pub own: &'a [usize],
}

/// The optimum with its proof.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Optimum {
    /// Payments.
    pub payments: Vec<Exact>,
    /// Largest excess (by weight) of an open coalition.
    pub level: Exact,
    /// Multipliers that are not zero.
    pub multipliers: Vec<(Column, Exact)>,
}

/// Most steps of one program.
const STEPS_MAX: usize = 50_000;
/// So many steps in a row without progress are allowed before the rule of Bland (1977), which cannot cycle, takes over.
const IDLE_MAX: usize = 60;

impl Stage<'_> {
    fn vector(&self, column: Column) -> Vec<Exact> {
        let (coalition, weight) = match column {
            Column::Fixed(index) => (self.fixed.get(index).map_or(0, |fixed| fixed.coalition), 0),
            Column::Open(coalition) => (coalition, self.measure.weight(coalition)),
            Column::Own(party) => (1 << party, 0),
        };
        let mut vector = indicator(coalition, self.game.parties);
        vector.push(Exact::from_integer(BigInt::from(weight)));
        vector
    }

    fn value(&self, column: Column) -> Exact {
        match column {
            Column::Fixed(index) => self.fixed.get(index).map_or_else(Exact::zero, |fixed| fixed.payment.clone()),
            Column::Open(coalition) => Exact::from_integer(BigInt::from(self.game.worth(coalition))),
            Column::Own(party) => Exact::from_integer(BigInt::from(self.game.worth(1 << party))),
        }
    }

    /// A basis that is feasible: one open party against all others, filled up with open parties.
    fn start(&self) -> Option<Vec<Column>> {
        let is_open = |coalition: Coalition| self.open.get(coalition as usize) == Some(&true);
        let first = (0..self.game.parties).find(|party| is_open(1 << party))?;
        let rest = self.game.all() & !(1 << first);
        let parties = (0..self.game.parties).map(|party| Column::Open(1 << party));
        let wanted = (0..self.fixed.len()).map(Column::Fixed).chain([Column::Open(1 << first), Column::Open(rest)]);
        let mut span = Span::default();
        let open = |column: &Column| !matches!(column, Column::Open(coalition) if !is_open(*coalition));
        let basis: Vec<Column> =
            wanted.chain(parties).filter(open).filter(|column| span.take(&self.vector(*column))).collect();
        (basis.len() == self.game.parties + 1).then_some(basis)
    }

    /// The optimum; `None` where numbers grow beyond all bounds or the steps do not end.
    pub fn solve(&self) -> Option<Optimum> {
        let mut basis = self.start()?;
        let columns: Vec<Vec<Exact>> = basis.iter().map(|column| self.vector(*column)).collect();
        let mut inverse = linear::inverse(&columns)?;
        let mut idle = 0;
        for _ in 0..STEPS_MAX {
            let values: Vec<Exact> = basis.iter().map(|column| self.value(*column)).collect();
            let prices = linear::times(&values, &inverse);
            let Some(entering) = self.entering(&prices, idle > IDLE_MAX)? else {
                return Some(optimum(&basis, &inverse, prices));
            };
            let vector = self.vector(entering);
            let direction: Vec<Exact> = inverse.iter().map(|row| linear::dot(row, &vector)).collect();
            let (row, step) = leaving(&basis, &inverse, &direction)?;
            idle = if step.is_zero() { idle + 1 } else { 0 };
            // The entering column as one more column of the inverse, made a unit vector.
            for (line, value) in inverse.iter_mut().zip(direction) {
                line.push(value);
            }
            linear::eliminate(&mut inverse, row, self.game.parties + 1);
            for line in &mut inverse {
                line.pop();
            }
            *basis.get_mut(row)? = entering;
        }
        None
    }

    /// The column that the prices do not yet cover: the largest gap, or the first (Bland). `None` outside: too long numbers.
    fn entering(&self, prices: &[Exact], first: bool) -> Option<Option<Column>> {
        let (level, payments) = prices.split_last()?;
        let sums = Payments::new(payments)?;
        let level_common = level.denom().to_i128().filter(|common| *common >> 40 == 0)?;
        // A greatest common divisor of two words that share one is short; their common multiple may not be.
        let common = sums.common.checked_mul(level_common / sums.common.gcd(&level_common))?;
        let scale = common / sums.common;
        let level = level.numer().to_i128()?.checked_mul(common / level_common)?;
        let mut best: Option<(i128, Column)> = None;
        for coalition in self.game.proper() {
            if self.open.get(coalition as usize) != Some(&true) {
                continue;
            }
            let allowed = level.checked_mul(i128::from(self.measure.weight(coalition)))?;
            let gap = sums.excess(self.game, coalition).checked_mul(scale)?.checked_sub(allowed)?;
            if gap > 0 && best.is_none_or(|(largest, _)| gap > largest) {
                best = Some((gap, Column::Open(coalition)));
                if first {
                    break;
                }
            }
        }
        if first && best.is_some() {
            return Some(best.map(|(_, column)| column));
        }
        for party in self.own {
            let gap = sums.excess(self.game, 1 << party).checked_mul(scale)?;
            if gap > 0 && best.is_none_or(|(largest, _)| gap > largest) {
                best = Some((gap, Column::Own(*party)));
                if first {
                    break;
                }
            }
        }
        Some(best.map(|(_, column)| column))
    }
}

/// Row of the basis that leaves, and the step; of equal ones the first column (Bland).
fn leaving(basis: &[Column], inverse: &[Vec<Exact>], direction: &[Exact]) -> Option<(usize, Exact)> {
    let mut best: Option<(Exact, Column, usize)> = None;
    for (row, ((column, line), rate)) in basis.iter().zip(inverse).zip(direction).enumerate() {
        if matches!(column, Column::Fixed(_)) || !rate.is_positive() {
            continue;
        }
        let step = line.last()? / rate;
        if best.as_ref().is_none_or(|(least, other, _)| (&step, column) < (least, other)) {
            best = Some((step, *column, row));
        }
    }
    best.map(|(step, _, row)| (row, step))
}

fn optimum(basis: &[Column], inverse: &[Vec<Exact>], mut prices: Vec<Exact>) -> Optimum {
    let level = prices.pop().unwrap_or_else(Exact::zero);
    let multiplier =
        |(column, line): (&Column, &Vec<Exact>)| (*column, line.last().cloned().unwrap_or_else(Exact::zero));
    let mut multipliers: Vec<(Column, Exact)> =
        basis.iter().zip(inverse).map(multiplier).filter(|(_, value)| !value.is_zero()).collect();
    multipliers.sort();
    Optimum { payments: prices, level, multipliers }
}

/// One where a party is in the coalition, zero elsewhere.
pub(super) fn indicator(coalition: Coalition, parties: usize) -> Vec<Exact> {
    (0..parties).map(|party| if coalition >> party & 1 == 1 { Exact::one() } else { Exact::zero() }).collect()
}
