//! Supply and benefit: what areas and parties supply to each other and receive, exactly.

use std::collections::BTreeMap;

use num_traits::Zero;

use crate::payment::case::Names;
use crate::payment::shares::{GepTable, Spill};
use crate::units::{BigInt, Exact};

/// GEP of an area's service, and what of it leaves or comes in, in 分.
#[derive(Debug, Clone, Default)]
pub(super) struct Cell {
    pub gep: Exact,
    pub supplied: Exact,
    pub received: Exact,
}

/// What a party supplies and receives, in 分.
#[derive(Debug, Clone, Default)]
pub(super) struct Position {
    /// GEP of its areas.
    pub gep: Exact,
    /// To areas of other parties.
    pub supplied: Exact,
    /// From areas of other parties.
    pub received: Exact,
    /// Between its own areas.
    pub internal: Exact,
    /// To areas of no party.
    pub to_others: Exact,
    /// From areas of no party.
    pub from_others: Exact,
}

/// Supply and benefit of a case.
#[derive(Debug, Clone, Default)]
pub(super) struct Ledger {
    /// By (area, service).
    pub cells: BTreeMap<(usize, usize), Cell>,
    /// By party.
    pub parties: Vec<Position>,
    /// Value by (supplier, beneficiary), and within by service.
    pub pairs: BTreeMap<(usize, usize), BTreeMap<usize, Exact>>,
}

impl Ledger {
    /// Sums up GEP and flows.
    pub fn of(names: &Names, gep: &GepTable, spills: &[Spill]) -> Self {
        let mut cells: BTreeMap<(usize, usize), [Vec<&Exact>; 3]> = BTreeMap::new();
        let mut pairs: BTreeMap<(usize, usize, usize), Vec<&Exact>> = BTreeMap::new();
        let mut parties: Vec<[Vec<&Exact>; 4]> = vec![Default::default(); names.parties.len()];
        for ((area, service), cell) in gep {
            push(cells.entry((*area, *service)).or_default().get_mut(0), &cell.value);
            let party = names.owner(*area).and_then(|party| parties.get_mut(party));
            push(party.and_then(|sums| sums.get_mut(0)), &cell.value);
        }
        for spill in spills {
            push(cells.entry((spill.from, spill.service)).or_default().get_mut(1), &spill.value);
            push(cells.entry((spill.to, spill.service)).or_default().get_mut(2), &spill.value);
            let mut note = |party: usize, sum: usize| {
                push(parties.get_mut(party).and_then(|sums| sums.get_mut(sum)), &spill.value);
            };
            match (names.owner(spill.from), names.owner(spill.to)) {
                (Some(from), Some(to)) if from == to => note(from, 1),
                (Some(from), Some(to)) => pairs.entry((from, to, spill.service)).or_default().push(&spill.value),
                (Some(from), None) => note(from, 2),
                (None, Some(to)) => note(to, 3),
                (None, None) => {}
            }
        }
        let mut ledger = Self::default();
        for (key, [gep, supplied, received]) in cells {
            ledger.cells.insert(key, Cell { gep: sum(gep), supplied: sum(supplied), received: sum(received) });
        }
        for ((from, to, service), values) in pairs {
            ledger.pairs.entry((from, to)).or_default().insert(service, sum(values));
        }
        let mut between: Vec<[Vec<&Exact>; 2]> = vec![Default::default(); names.parties.len()];
        for ((from, to), services) in &ledger.pairs {
            for value in services.values() {
                push(between.get_mut(*from).and_then(|sums| sums.get_mut(0)), value);
                push(between.get_mut(*to).and_then(|sums| sums.get_mut(1)), value);
            }
        }
        let position =
            |([gep, internal, to_others, from_others], [supplied, received]): ([Vec<&Exact>; 4], [Vec<&Exact>; 2])| {
                Position {
                    gep: sum(gep),
                    supplied: sum(supplied),
                    received: sum(received),
                    internal: sum(internal),
                    to_others: sum(to_others),
                    from_others: sum(from_others),
                }
            };
        let parties = parties.into_iter().zip(between).map(position).collect();
        Self { parties, ..ledger }
    }

    /// Value of all services from one party to another, in 分.
    pub fn value(&self, supplier: usize, beneficiary: usize) -> Exact {
        self.pairs.get(&(supplier, beneficiary)).map_or_else(Exact::zero, |services| sum(services.values().collect()))
    }
}

fn push<'a>(list: Option<&mut Vec<&'a Exact>>, value: &'a Exact) {
    if let Some(list) = list {
        list.push(value);
    }
}

/// Up to so many denominators a sum is left unreduced: a common divisor of long numbers costs more than their length.
const UNREDUCED: usize = 1_000;

/// Sum, first of equal denominators, then by halves: fractions of many denominators stay short as long as they can.
pub(super) fn sum(values: Vec<&Exact>) -> Exact {
    let mut by_denominator: BTreeMap<&BigInt, BigInt> = BTreeMap::new();
    for value in values {
        *by_denominator.entry(value.denom()).or_insert_with(BigInt::zero) += value.numer();
    }
    let raw = by_denominator.len() <= UNREDUCED;
    let mut level: Vec<Exact> =
        by_denominator.into_iter().map(|(denominator, sum)| Exact::new_raw(sum, denominator.clone())).collect();
    while level.len() > 1 {
        level = level.chunks(2).map(|pair| add(pair, raw)).collect();
    }
    level.pop().unwrap_or_else(Exact::zero)
}

fn add(pair: &[Exact], raw: bool) -> Exact {
    match pair {
        [a, b] if raw => Exact::new_raw(a.numer() * b.denom() + b.numer() * a.denom(), a.denom() * b.denom()),
        _ => pair.iter().sum(),
    }
}

/// `a − b`, not reduced.
pub(super) fn difference(a: &Exact, b: &Exact) -> Exact {
    Exact::new_raw(a.numer() * b.denom() - b.numer() * a.denom(), a.denom() * b.denom())
}
