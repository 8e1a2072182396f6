//! How the sides of requirements move with a number: each side as `Σ a · variable ≥ b`, linear in how far the number moves.

use std::collections::BTreeMap;

use num_traits::{Signed, Zero};

use crate::rules::{Requirement, Variable};
use crate::units::{Exact, FEN_PER_WAN, Finite};

/// Group and side of a requirement, however its row is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    row: String,
    is_lower: bool,
}

/// A side at one value of the number: coefficients and what they must reach, in 分.
#[derive(Debug, Clone, Default)]
pub(super) struct Side {
    terms: BTreeMap<Variable, Exact>,
    least: Exact,
}

/// A side over a distance t: `Σ (a + t·a') · variable ≥ b + t·b'`, sides in 万元.
#[derive(Debug, Clone, Default)]
pub(super) struct Moving {
    /// Variables with a and a'.
    pub terms: Vec<(Variable, f64, f64)>,
    /// b.
    pub least: f64,
    /// b'.
    pub speed: f64,
}

impl Moving {
    /// Whether the distance changes it at all.
    pub fn moves(&self) -> bool {
        self.speed != 0.0 || self.terms.iter().any(|(_, _, speed)| *speed != 0.0)
    }

    /// Whether only what must be reached changes.
    pub fn is_straight(&self) -> bool {
        self.terms.iter().all(|(_, _, speed)| *speed == 0.0)
    }
}

/// The sides of requirements of one member.
pub(super) fn sides<'a>(requirements: impl Iterator<Item = &'a Requirement>) -> BTreeMap<Key, Side> {
    let mut all = BTreeMap::new();
    for requirement in requirements {
        for (is_lower, side) in [(true, &requirement.lower), (false, &requirement.upper)] {
            let Some(side) = side else { continue };
            all.insert(key(&requirement.name, is_lower), one_side(requirement, side, is_lower));
        }
    }
    all
}

/// A side as what must be reached, in money whatever the scale of its row.
fn one_side(requirement: &Requirement, side: &Exact, is_lower: bool) -> Side {
    let factor = if is_lower { requirement.scale.clone() } else { -requirement.scale.clone() };
    let terms = requirement.terms.iter().map(|(variable, a)| (*variable, a * &factor)).collect();
    Side { terms, least: side * factor }
}

/// The key of one side of the row of this name.
pub(super) fn key(name: &str, is_lower: bool) -> Key {
    let (head, group) = name.split_once('[').map_or((name, ""), |(head, group)| (head, group));
    // A band is a floor and a cap, and sides that cross are rows of their own.
    let row = match head {
        "band" | "floor" | "cap" => format!("band[{group}"),
        "linear" => "linear".to_owned(),
        _ => name.to_owned(),
    };
    Key { row, is_lower }
}

/// Sides known at two distances, as lines; `None` where they are not the same sides.
pub(super) fn through(
    (first, one): (&Exact, &BTreeMap<Key, Side>),
    (second, other): (&Exact, &BTreeMap<Key, Side>),
) -> Option<Vec<(Key, Moving)>> {
    if one.len() != other.len() || first == second {
        return None;
    }
    let span = second - first;
    let pairs = one.iter().zip(other).map(|((key, near), (same, far))| {
        if key != same {
            return None;
        }
        let line = |near: &Exact, far: &Exact| {
            let speed = (far - near) / &span;
            (near - first * &speed, speed)
        };
        let zero = Exact::zero();
        let mut variables: Vec<Variable> = near.terms.keys().chain(far.terms.keys()).copied().collect();
        variables.sort_unstable();
        variables.dedup();
        let of = |side: &'_ Side, variable: &Variable| side.terms.get(variable).unwrap_or(&zero).clone();
        let terms = variables.into_iter().map(|variable| {
            let (at_start, speed) = line(&of(near, &variable), &of(far, &variable));
            Some((variable, number(&at_start)?, number(&speed)?))
        });
        let (least, speed) = line(&near.least, &far.least);
        Some((key.clone(), Moving { terms: terms.collect::<Option<_>>()?, least: wan(&least)?, speed: wan(&speed)? }))
    });
    pairs.collect()
}

fn number(value: &Exact) -> Option<f64> {
    Finite::from_exact(value).map(Finite::get)
}

fn wan(fen: &Exact) -> Option<f64> {
    number(&(fen / Exact::from_integer(FEN_PER_WAN.into())))
}

/// The size of a number as a measure of its moves: its own, 1 for zero.
pub(super) fn size(value: &Exact) -> Exact {
    if value.is_zero() { Exact::from_integer(1.into()) } else { value.abs() }
}

impl Moving {
    /// Entitlements are rounded to the 分 anew at every amount, so that a line through two of them is off by some 分 a cell;
    /// their proportions, and so the coefficients, do not move at all.
    pub(super) fn forgive_rounding(&mut self) {
        for (_, _, speed) in &mut self.terms {
            *speed = 0.0;
        }
        self.least -= SOME_FEN * (1.0 + self.terms.len() as f64);
    }
}

/// Some 分 in 万元.
const SOME_FEN: f64 = 1e-5;
