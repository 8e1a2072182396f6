//! Rewards and cuts in money, closed exactly: what the cuts bring pays the rewards first, the rest comes from the pot and no more.

use std::collections::BTreeMap;

use ecocomp_ground::phrases::Text;
use ecocomp_ground::units::{Exact, Money, largest_remainder, nearest_fen};

use crate::outcome::rules::{Change, MoneyRule, OutcomeRules};
use crate::outcome::score::Scored;
use crate::sums::Sums;

/// What a rule adds to or takes from an area, in 分.
#[derive(Debug, Clone, PartialEq)]
pub struct Adjustment {
    /// Area.
    pub area: String,
    /// Reward (above zero) or cut (below zero).
    pub fen: i64,
    /// Basis of the rule.
    pub basis: Text,
}

/// How rewards and cuts close, in 分.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Closing {
    /// Rewards.
    pub rewards: i64,
    /// Cuts, as a number above zero.
    pub cuts: i64,
    /// Of the rewards: paid by the cuts.
    pub from_cuts: i64,
    /// Of the rewards: paid by the pot.
    pub from_pot: i64,
    /// Of the cuts: not needed for rewards, left in the pot.
    pub to_pot: i64,
    /// Rewards that the rules gave and the pot does not have: they were scaled down by so much.
    pub scaled: i64,
}

fn hundredth(percent: &Exact, fen: i64) -> Exact {
    percent * Exact::from_integer(fen.into()) / Exact::from_integer(100.into())
}

/// What a rule comes to for an area, in 分.
fn of_rule(rule: &MoneyRule, one: &Scored, sums: &Sums, before: &Sums) -> (i64, Text) {
    let zero = Exact::from_integer(0.into());
    let (exact, basis) = match rule {
        MoneyRule::Change { cut, reward, basis } => {
            let exact = match one.fact.change {
                Some(Change::Worse) => -hundredth(&cut.0.exact(), sums.planned()),
                Some(Change::Better) => reward.exact(),
                Some(Change::Same) | None => zero,
            };
            (exact, basis)
        }
        MoneyRule::Pieces { measure, mean_fall, fall, beyond, rise, basis } => {
            let moved = one.fact.points.get(measure).map_or_else(|| zero.clone(), |number| number.0.exact());
            let exact = if moved > zero {
                moved * rise.exact()
            } else {
                let fell = -moved;
                let more = (&fell - mean_fall.0.exact()).max(zero);
                fell * fall.exact() + more * beyond.exact()
            };
            (exact, basis)
        }
        MoneyRule::Threshold { full, basis } => {
            let short = (full.0.exact() - one.score.exact()).max(zero.clone());
            let exact = if full.0.is_zero() {
                zero
            } else {
                -(short / full.0.exact()) * Exact::from_integer(sums.planned().into())
            };
            (exact, basis)
        }
        MoneyRule::Surplus { share, basis } => {
            let growth = (sums.usable() - before.usable()).max(0);
            (-hundredth(&share.0.exact(), growth), basis)
        }
    };
    (nearest_fen(&exact).unwrap_or(0), basis.clone())
}

/// Rewards and cuts of all areas. No area is cut by more than it has; `before` are the sums of the year before.
pub fn adjust(
    rules: &OutcomeRules,
    scored: &[Scored],
    sums: &BTreeMap<String, Sums>,
    before: &BTreeMap<String, Sums>,
) -> (Vec<Adjustment>, Closing) {
    let mut all = Vec::new();
    for one in scored {
        let of_year = sums.get(&one.area).copied().unwrap_or_default();
        let of_before = before.get(&one.area).copied().unwrap_or_default();
        let mut left = of_year.planned();
        for rule in &rules.money {
            let (fen, basis) = of_rule(rule, one, &of_year, &of_before);
            let fen = fen.max(-left);
            left += fen;
            if fen != 0 {
                all.push(Adjustment { area: one.area.clone(), fen, basis });
            }
        }
    }
    let closing = close(&mut all, rules.pot);
    (all, closing)
}

/// Closes: rewards beyond the cuts and the pot are scaled down in proportion, to the 分.
fn close(all: &mut [Adjustment], pot: Option<Money>) -> Closing {
    let given: i64 = all.iter().map(|one| one.fen.max(0)).sum();
    let cuts: i64 = all.iter().map(|one| (-one.fen).max(0)).sum();
    let pot = pot.map_or(i64::MAX - cuts, |pot| pot.fen().max(0));
    let rewards = given.min(cuts + pot);
    if rewards < given {
        let weights: Vec<Exact> = all.iter().map(|one| Exact::from_integer(one.fen.max(0).into())).collect();
        let parts = largest_remainder(Money::from_fen(rewards), &weights);
        for (one, part) in all.iter_mut().zip(parts).filter(|(one, _)| one.fen > 0) {
            one.fen = part.fen();
        }
    }
    let from_cuts = rewards.min(cuts);
    Closing {
        rewards,
        cuts,
        from_cuts,
        from_pot: rewards - from_cuts,
        to_pot: cuts - from_cuts,
        scaled: given - rewards,
    }
}
