//! Least core and nucleolus (Schmeidler 1969), exactly: a sequence of linear programs (Kopelowitz 1967; Maschler, Peleg &
//! Shapley 1979), each solved over the rationals and proved by its multipliers, then verified a second time from the game alone.
//!
//! At every level the coalitions with a positive multiplier have the same excess in every optimum; they are fixed, and all
//! coalitions in their span with them. The sequence ends when the fixed payments leave one division.

use num_traits::{One, Signed, Zero};

use crate::cooperative::game::{Coalition, Game, Payments};
use crate::cooperative::linear::{self, Span};
use crate::cooperative::stage::{Column, Fixed, Measure, Optimum, Stage, indicator};
use crate::units::{BigInt, Exact};

/// Most parties for which the nucleolus is sought.
pub const PARTIES_MAX: usize = 16;

/// A level of the nucleolus with its proof.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// Largest excess of the coalitions not fixed before.
    pub excess: Exact,
    /// Coalitions with that excess in every optimum, and their multipliers > 0.
    pub coalitions: Vec<(Coalition, Exact)>,
    /// Parties held at what they get alone, and their multipliers > 0.
    pub own: Vec<(usize, Exact)>,
    /// Multipliers of payments fixed before, of any sign; the first is that of all parties.
    pub fixed: Vec<(Coalition, Exact)>,
}

/// The nucleolus.
#[derive(Debug, Clone, PartialEq)]
pub struct Nucleolus {
    /// Payments in 分.
    pub payments: Vec<Exact>,
    /// The levels, from the largest excess.
    pub levels: Vec<Level>,
    /// Whether parties must get no less than alone; false where no division gives that (then it is the prenucleolus).
    pub individually_rational: bool,
}

/// The least core: the smallest largest excess, a division that has it, and the proof.
#[derive(Debug, Clone, PartialEq)]
pub struct LeastCore {
    /// A division with that excess (one of many).
    pub payments: Vec<Exact>,
    /// The level with its proof.
    pub level: Level,
}

/// The least core; `None` where numbers grow out of reach, or with fewer than two parties.
pub fn least_core(game: &Game) -> Option<LeastCore> {
    let (fixed, open) = begin(game);
    let optimum = Stage { game, measure: Measure::Total, fixed: &fixed, open: &open, own: &[] }.solve()?;
    let level = level(&optimum, &fixed);
    let found = LeastCore { payments: optimum.payments, level };
    let (payments, level) = (&found.payments, &found.level);
    proves(game, Measure::Total, payments, level, &[game.all()], &open).then_some(found)
}

/// The nucleolus of the excess or of the excess by head; `None` where numbers grow out of reach, or beyond [`PARTIES_MAX`].
pub fn nucleolus(game: &Game, measure: Measure) -> Option<Nucleolus> {
    nucleolus_while(game, measure, &|| true)
}

/// The same, given up (`None`) between two levels where `keep_going` says no.
pub fn nucleolus_while(game: &Game, measure: Measure, keep_going: &dyn Fn() -> bool) -> Option<Nucleolus> {
    let whole = |fen: i64| Exact::from_integer(BigInt::from(fen));
    let alone: i128 = game.alone().into_iter().map(i128::from).sum();
    let individually_rational = alone <= i128::from(game.worth(game.all()));
    if game.parties > PARTIES_MAX {
        return None;
    }
    if game.parties == 1 {
        return Some(Nucleolus { payments: vec![whole(game.worth(1))], levels: Vec::new(), individually_rational });
    }
    let (mut fixed, mut open) = begin(game);
    let mut span = Span::default();
    span.take(&indicator(game.all(), game.parties));
    let mut levels = Vec::new();
    let mut payments = Vec::new();
    while span.rank() < game.parties {
        if !keep_going() {
            return None;
        }
        let not_fixed = |party: &usize| !span.holds(&indicator(1 << party, game.parties));
        let own: Vec<usize> = (0..game.parties).filter(|_| individually_rational).filter(not_fixed).collect();
        let optimum = Stage { game, measure, fixed: &fixed, open: &open, own: &own }.solve()?;
        levels.push(level(&optimum, &fixed));
        for (column, multiplier) in &optimum.multipliers {
            let coalition = match column {
                Column::Open(coalition) => *coalition,
                Column::Own(party) => 1 << party,
                Column::Fixed(_) => continue,
            };
            let row = indicator(coalition, game.parties);
            if multiplier.is_positive() && span.take(&row) {
                fixed.push(Fixed { coalition, payment: linear::dot(&row, &optimum.payments) });
            }
        }
        close(&mut open, &span, game.parties);
        payments = optimum.payments;
    }
    let found = Nucleolus { payments, levels, individually_rational };
    verified(game, measure, &found).then_some(found)
}

fn begin(game: &Game) -> (Vec<Fixed>, Vec<bool>) {
    let all = game.all();
    let payment = Exact::from_integer(BigInt::from(game.worth(all)));
    let mut open = vec![true; game.worths.len()];
    for closed in [0, all] {
        if let Some(entry) = open.get_mut(closed as usize) {
            *entry = false;
        }
    }
    (vec![Fixed { coalition: all, payment }], open)
}

fn level(optimum: &Optimum, fixed: &[Fixed]) -> Level {
    let mut level = Level { excess: optimum.level.clone(), coalitions: Vec::new(), own: Vec::new(), fixed: Vec::new() };
    for (column, multiplier) in &optimum.multipliers {
        let multiplier = multiplier.clone();
        match column {
            Column::Open(coalition) => level.coalitions.push((*coalition, multiplier)),
            Column::Own(party) => level.own.push((*party, multiplier)),
            Column::Fixed(index) => {
                level.fixed.extend(fixed.get(*index).map(|fixed| (fixed.coalition, multiplier)));
            }
        }
    }
    level
}

/// Closes the coalitions whose payment follows from the span: those orthogonal to all that is orthogonal to it.
fn close(open: &mut [bool], span: &Span, parties: usize) {
    let across: Vec<Payments> = span
        .orthogonal(parties)
        .into_iter()
        .filter_map(|vector| Payments::new(&vector.into_iter().map(Exact::from_integer).collect::<Vec<_>>()))
        .collect();
    for (coalition, entry) in (0..).zip(open.iter_mut()) {
        *entry &= across.iter().any(|vector| vector.of(coalition) != 0);
    }
}

/// Proves a nucleolus from the game alone: every level by duality, and one division left at the end.
pub fn verified(game: &Game, measure: Measure, found: &Nucleolus) -> bool {
    let total = found.payments.iter().fold(Exact::zero(), |sum, payment| sum + payment);
    let alone = game.alone();
    let rational = |(payment, alone): (&Exact, &i64)| *payment >= Exact::from_integer(BigInt::from(*alone));
    if total != Exact::from_integer(BigInt::from(game.worth(game.all())))
        || found.individually_rational && !found.payments.iter().zip(&alone).all(rational)
    {
        return false;
    }
    let mut known = vec![game.all()];
    let mut span = Span::default();
    span.take(&indicator(game.all(), game.parties));
    let (_, mut open) = begin(game);
    for level in &found.levels {
        if !proves(game, measure, &found.payments, level, &known, &open) {
            return false;
        }
        for coalition in level.coalitions.iter().map(|pair| pair.0).chain(level.own.iter().map(|pair| 1 << pair.0)) {
            span.take(&indicator(coalition, game.parties));
            known.push(coalition);
        }
        close(&mut open, &span, game.parties);
    }
    game.parties == 1 || span.rank() == game.parties
}

/// Whether the multipliers prove that no division with the payments fixed before has a smaller largest excess, and that this
/// one has it: Σ λ w = 1, Σ λ S + Σ π i + Σ μ F = 0, and λ, π > 0 only where the excess is the level, and the own payment that
/// of being alone.
fn proves(
    game: &Game,
    measure: Measure,
    payments: &[Exact],
    level: &Level,
    known: &[Coalition],
    open: &[bool],
) -> bool {
    let Some(sums) = Payments::new(payments) else { return false };
    let excess = |coalition: Coalition| {
        let excess = Exact::new(BigInt::from(sums.excess(game, coalition)), BigInt::from(sums.common));
        excess / BigInt::from(measure.weight(coalition))
    };
    let is_open = |coalition: Coalition| open.get(coalition as usize) == Some(&true);
    let mut balance = vec![Exact::zero(); game.parties];
    let mut add = |coalition: Coalition, multiplier: &Exact| {
        for (entry, part) in balance.iter_mut().zip(indicator(coalition, game.parties)) {
            *entry += part * multiplier;
        }
    };
    let mut weight = Exact::zero();
    for (coalition, multiplier) in &level.coalitions {
        if !multiplier.is_positive() || !is_open(*coalition) || excess(*coalition) != level.excess {
            return false;
        }
        weight += multiplier * BigInt::from(measure.weight(*coalition));
        add(*coalition, multiplier);
    }
    for (party, multiplier) in &level.own {
        if !multiplier.is_positive() || sums.excess(game, 1 << party) != 0 {
            return false;
        }
        add(1 << party, multiplier);
    }
    for (coalition, multiplier) in &level.fixed {
        if !known.contains(coalition) {
            return false;
        }
        add(*coalition, multiplier);
    }
    // Largest excess of all open coalitions, in whole numbers: common · v(S) − x(S) ≤ level · common · w(S).
    let bound = &level.excess * BigInt::from(sums.common);
    let (over, under) = (bound.numer(), bound.denom());
    let fits = |coalition: Coalition| {
        BigInt::from(sums.excess(game, coalition)) * under <= over * BigInt::from(measure.weight(coalition))
    };
    weight.is_one() && balance.iter().all(Zero::is_zero) && game.proper().filter(|c| is_open(*c)).all(fits)
}
