//! Properties of a game, each checked coalition by coalition: holds, or fails with the coalitions that break it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::cooperative::game::{Coalition, Game};
use crate::division::Verdict;
use crate::phrases::{Phrase, Text};
use crate::units::Money;

/// A property of games.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GameProperty {
    /// More parties never make a gain, or a cost, smaller.
    Monotonic,
    /// Together is never worse than apart (costs: subadditive).
    Superadditive,
    /// The more are there, the more a party adds (costs: the less it costs).
    Convex,
    /// All together gain against everyone alone.
    Essential,
    /// The core is not empty (Bondareva 1963, Shapley 1967).
    Balanced,
}

/// One property with what was found.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct GameChecked {
    /// The property.
    pub property: GameProperty,
    /// Its name.
    pub name: Text,
    /// What was found.
    pub verdict: Verdict,
    /// How it was checked.
    pub how: Text,
    /// The counterexample, or why it was not checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<Text>,
}

/// Most parties for which all pairs of disjoint coalitions are gone through.
const PAIRS_MAX: usize = 14;

/// Checks all but balancedness, which the least core decides.
pub fn check(game: &Game, is_cost: bool, name: &dyn Fn(Coalition) -> String) -> Vec<GameChecked> {
    let convex = not_convex(game);
    let superadditive = match (game.parties <= PAIRS_MAX, convex) {
        (true, _) => Some(not_superadditive(game)),
        // A convex game is superadditive.
        (false, None) => Some(None),
        (false, Some(_)) => None,
    };
    let found = |property, code: &'static str, how: &'static str, broken: Option<Option<(Coalition, Coalition)>>| {
        let (verdict, detail) = match broken {
            None => {
                let why = Phrase::new("cooperative.unknown_pairs").with("most", PAIRS_MAX.to_string());
                (Verdict::NotChecked, Some(why.text()))
            }
            Some(None) => (Verdict::HoldsHere, None),
            Some(Some((first, second))) => {
                let worth = |coalition| {
                    let fen = game.worth(coalition);
                    Money::from_fen(if is_cost { -fen } else { fen })
                };
                let phrase = Phrase::new("cooperative.example_pair");
                let phrase = phrase.with("first", name(first)).with("second", name(second));
                let phrase = phrase.with("a", worth(first)).with("b", worth(second));
                let phrase = phrase.with("union", worth(first | second)).with("common", worth(first & second));
                (Verdict::FailsHere, Some(phrase.text()))
            }
        };
        GameChecked { property, name: Phrase::new(code).text(), verdict, how: Phrase::new(how).text(), detail }
    };
    let (super_name, convex_name) = if is_cost {
        ("cooperative.p_subadditive", "cooperative.p_concave")
    } else {
        ("cooperative.p_superadditive", "cooperative.p_convex")
    };
    let alone: i128 = game.alone().into_iter().map(i128::from).sum();
    let together = i128::from(game.worth(game.all()));
    let mut essential =
        found(GameProperty::Essential, "cooperative.p_essential", "cooperative.h_essential", Some(None));
    if together <= alone {
        essential.verdict = Verdict::FailsHere;
        essential.detail = Some(Phrase::new("cooperative.example_essential").text());
    }
    vec![
        found(
            GameProperty::Monotonic,
            "cooperative.p_monotonic",
            "cooperative.h_monotonic",
            Some(not_monotonic(game, is_cost)),
        ),
        found(GameProperty::Superadditive, super_name, "cooperative.h_superadditive", superadditive),
        found(GameProperty::Convex, convex_name, "cooperative.h_convex", Some(convex)),
        essential,
    ]
}

/// A coalition and one party more that is worth (or costs) less.
fn not_monotonic(game: &Game, is_cost: bool) -> Option<(Coalition, Coalition)> {
    let sign = if is_cost { -1 } else { 1 };
    let worth = |coalition| i128::from(game.worth(coalition)) * sign;
    (0..=game.all()).find_map(|coalition| {
        let more = (0..game.parties).map(|party| 1 << party).filter(|party| coalition & party == 0);
        more.into_iter().find(|party| worth(coalition | party) < worth(coalition)).map(|party| (coalition, party))
    })
}

/// Two disjoint coalitions that are worth more apart.
fn not_superadditive(game: &Game) -> Option<(Coalition, Coalition)> {
    let worth = |coalition| i128::from(game.worth(coalition));
    (1..=game.all()).find_map(|first| {
        let rest = game.all() & !first;
        // All subsets of the rest above the first, so that every pair is met once.
        let mut second = rest;
        while second > first {
            if worth(first | second) < worth(first) + worth(second) {
                return Some((first, second));
            }
            second = (second - 1) & rest;
        }
        None
    })
}

/// Two coalitions S ∪ i and S ∪ j with v(S ∪ i) + v(S ∪ j) > v(S ∪ i ∪ j) + v(S): enough for all pairs (Shapley 1971).
fn not_convex(game: &Game) -> Option<(Coalition, Coalition)> {
    let worth = |coalition| i128::from(game.worth(coalition));
    (0..=game.all()).find_map(|base| {
        let absent: Vec<Coalition> =
            (0..game.parties).map(|party| 1 << party).filter(|party| base & party == 0).collect();
        absent.iter().enumerate().find_map(|(index, first)| {
            let breaks = |second: &&Coalition| {
                worth(base | first) + worth(base | **second) > worth(base | first | **second) + worth(base)
            };
            absent.iter().skip(index + 1).find(breaks).map(|second| (base | first, base | second))
        })
    })
}
