//! Shapley value over changes: exact sums, no dependence on order, nothing for who adds nothing, the same for equals.

use std::path::Path;

use crate::common;
use crate::common::{Folder, ecocomp, repository};
use ecocomp::analysis::attribution::{Attribution, Game, Players, attribute};
use ecocomp::files;
use ecocomp::phrases::Text;
use ecocomp::run::{self, Prepared};
use ecocomp::scenario::{Scenario, inline};
use ecocomp::shapley::{PLAYERS_MAX, divide};
use ecocomp::solver::SolveOptions;
use proptest::prelude::*;

/// n! φ of each player by going through every order of joining: independent of the formula over subsets.
fn by_orders(worths: &[i64], players: usize) -> Vec<i128> {
    fn join(worths: &[i64], left: &mut Vec<usize>, joined: usize, sums: &mut [i128]) -> i128 {
        if left.is_empty() {
            return 1;
        }
        let mut orders = 0;
        for at in 0..left.len() {
            let player = left.remove(at);
            let with = joined | 1 << player;
            let ways = join(worths, left, with, sums);
            sums[player] += ways * i128::from(worths[with] - worths[joined]);
            orders += ways;
            left.insert(at, player);
        }
        orders
    }
    let mut sums = vec![0; players];
    join(worths, &mut (0..players).collect(), 0, &mut sums);
    sums
}

fn game() -> impl Strategy<Value = (usize, Vec<i64>)> {
    (0_usize..6).prop_flat_map(|players| {
        let worth = prop_oneof![-50_i64..50, -100_000_000_000_000_000_i64..100_000_000_000_000_000];
        (Just(players), prop::collection::vec(worth, 1 << players))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(common::cases(256)))]

    #[test]
    fn parts_sum_exactly_and_lie_next_to_the_exact_value((players, worths) in game()) {
        let parts = divide(&worths).unwrap();
        prop_assert_eq!(parts.len(), players);
        let whole = i128::from(worths[worths.len() - 1]) - i128::from(worths[0]);
        prop_assert_eq!(parts.iter().map(|part| i128::from(*part)).sum::<i128>(), whole);
        let orders: i128 = (1..=players as i128).product();
        for (part, exact) in parts.iter().zip(by_orders(&worths, players)) {
            prop_assert!((i128::from(*part) * orders - exact).abs() < orders, "{} {}", part, exact);
        }
    }

    #[test]
    fn who_adds_nothing_gets_nothing((players, worths) in game(), dummy in 0_usize..6) {
        // The same game with a player who never changes anything, at any position.
        let dummy = dummy.min(players);
        let low = (1_usize << dummy) - 1;
        let without = |subset: usize| (subset & low) | (subset >> 1 & !low);
        let larger: Vec<i64> = (0..worths.len() * 2).map(|subset| worths[without(subset)]).collect();
        let mut parts = divide(&larger).unwrap();
        prop_assert_eq!(parts.remove(dummy), 0);
        prop_assert_eq!(parts, divide(&worths).unwrap());
    }

    #[test]
    fn equals_differ_by_a_fen_at_most((players, worths) in game()) {
        prop_assume!(players >= 2);
        // Players 0 and 1 made equal: what counts is how many of them are in.
        let level = |subset: usize| if subset & 3 == 2 { subset ^ 3 } else { subset };
        let equal: Vec<i64> = (0..worths.len()).map(|subset| worths[level(subset)]).collect();
        let parts = divide(&equal).unwrap();
        prop_assert!((parts[0] - parts[1]).abs() <= 1, "{:?}", parts);
    }
}

#[test]
fn a_published_game() {
    // The glove game: v = 1 where a subset has the left glove (1) and a right one (2, 3); φ = (2/3, 1/6, 1/6). In sixths: 4, 1, 1.
    let worth = |subset: usize| if subset & 1 == 1 && subset & 6 != 0 { 6 } else { 0 };
    assert_eq!(divide(&(0..8).map(worth).collect::<Vec<_>>()).unwrap(), [4, 1, 1]);
    // A UN-like voting game of Shapley & Shubik (1954): weights 50, 49, 1, quota 51: φ = (4/6, 1/6, 1/6).
    let weights = [50, 49, 1];
    let votes = |subset: usize| (0..3).filter(|at| subset >> at & 1 == 1).map(|at| weights[at]).sum::<i64>();
    let worth = |subset: usize| if votes(subset) >= 51 { 6 } else { 0 };
    assert_eq!(divide(&(0..8).map(worth).collect::<Vec<_>>()).unwrap(), [4, 1, 1]);
    assert!(divide(&[]).is_none() && divide(&[1, 2, 3]).is_none() && divide(&vec![0; 1 << 13]).is_none());
}

fn prepared(model: &str) -> Prepared {
    run::prepare(&files::open(Path::new(model), None, Vec::new()).unwrap()).unwrap()
}

fn base() -> Scenario {
    Scenario::base(Text::same("base"))
}

fn between(base: &Prepared, from: &Scenario, to: &Scenario, by: Players) -> Attribution {
    attribute(base, (from, to), by, &SolveOptions::default(), 1).unwrap()
}

const CHANGES: [&str; 4] = [
    "fund.district.amount=+4%",
    "data.gep[ecosystem=wetland]*=1.2",
    "rule.corridor.between=[0.93,1.25]",
    "entitlement.outcome.points=[[0,0.5],[60,0.5],[80,1.0],[100,1.5]]",
];

#[track_caller]
fn sums_hold(found: &Attribution) {
    let rows =
        found.areas.iter().chain(&found.ecosystems).chain(&found.funds).chain(&found.amounts).chain(&found.total);
    for row in rows {
        assert_eq!(row.parts_fen.iter().sum::<i64>(), row.difference_fen, "{}", row.code);
    }
    for player in 0..found.players.len() {
        let sum = |rows: &[ecocomp::analysis::attribution::PartRow]| -> i64 {
            rows.iter().map(|row| row.parts_fen[player]).sum()
        };
        let whole = found.total.as_ref().unwrap().parts_fen[player];
        for rows in [&found.areas, &found.ecosystems, &found.funds, &found.amounts] {
            assert_eq!(sum(rows), whole);
        }
    }
}

#[test]
fn the_order_of_changes_changes_nothing() {
    let model = prepared(&repository("models/chongming-vertical.toml"));
    let of = |order: &[usize]| {
        let list: Vec<&str> = order.iter().map(|at| CHANGES[*at]).collect();
        let to = inline(&format!("x: {}", list.join("; "))).unwrap();
        between(&model, &base(), &to, Players::Changes)
    };
    let first = of(&[0, 1, 2, 3]);
    assert_eq!((first.status, first.players.len(), first.runs), ("exact", 4, 16));
    sums_hold(&first);
    for order in [[3, 2, 1, 0], [1, 0, 3, 2], [2, 3, 0, 1]] {
        assert_eq!(of(&order), first, "{order:?}");
    }
    // However a path is written, it is the same player.
    let other = inline("x: data.gep[ecosystem=wetland]*=1.2; rule.5.between=[0.93,1.25]; fund[1].amount=+4%").unwrap();
    let same =
        inline("x: fund.district.amount=+4%; rule.corridor.between=[0.93,1.25]; data.gep[ecosystem=wetland]*=1.2")
            .unwrap();
    let other = between(&model, &base(), &other, Players::Changes);
    let same = between(&model, &base(), &same, Players::Changes);
    assert_eq!(other.amounts, same.amounts);
    assert_eq!(
        other.players.iter().map(|p| &p.id).collect::<Vec<_>>(),
        same.players.iter().map(|p| &p.id).collect::<Vec<_>>()
    );
}

#[test]
fn the_parts_are_those_of_the_separate_runs() {
    // Two changes, by hand: φ₁ = ((v₁ − v₀) + (v₁₂ − v₂)) / 2 for every amount.
    let folder = Folder::sound();
    let model = prepared(&folder.file("model.toml"));
    let (a, b) = ("fund.district.amount+=7.03 元", "data.gep[area=01,ecosystem=forest]*=1.37");
    let to = inline(&format!("x: {a}; {b}")).unwrap();
    let found = between(&model, &base(), &to, Players::Changes);
    sums_hold(&found);
    let fen = |sets: &[&str]| -> Vec<i64> {
        let more: Vec<&str> = sets.iter().flat_map(|set| ["--set", *set]).collect();
        let record = folder.allocate(&more).json();
        record["cells"].as_array().unwrap().iter().map(|cell| cell["amount_fen"].as_i64().unwrap()).collect()
    };
    let (v0, va, vb, vab) = (fen(&[]), fen(&[a]), fen(&[b]), fen(&[a, b]));
    let player = found.players.iter().position(|player| player.changes == [a]).unwrap();
    let codes = ["01/forest", "01/wetland", "02/farmland", "02/forest"];
    for (at, code) in codes.into_iter().enumerate() {
        let row = found.amounts.iter().find(|row| row.code == format!("district/{code}"));
        let part = row.map_or(0, |row| row.parts_fen[player]);
        let twice = (va[at] - v0[at]) + (vab[at] - vb[at]);
        assert!((2 * part - twice).abs() <= 1, "{code}: {part} {twice}");
        assert_eq!(row.map_or(0, |row| row.difference_fen), vab[at] - v0[at]);
    }
}

#[test]
fn changes_of_one_place_are_one_player() {
    let model = prepared(&repository("models/chongming-vertical.toml"));
    let game = |from: &str, to: &str| {
        let scenario = |text: &str| if text.is_empty() { base() } else { inline(text).unwrap() };
        let game = Game::new(&model, &scenario(from), &scenario(to), Players::Changes).unwrap();
        game.players().iter().map(|player| player.id.clone()).collect::<Vec<_>>()
    };
    let gep = "data.gep[ecosystem=wetland]*=1.1; data.gep[area=310151101]*=2; data.outcome+=1";
    assert_eq!(game("", gep), ["data.gep", "data.outcome"]);
    assert_eq!(
        game("", "rule.corridor.between[0]=0.9; rule.5.between=[0.9,1.2]; rule.corridor.between[1]=1.4").len(),
        1
    );
    assert_eq!(game("", "rule.corridor.between[0]=0.9; rule.corridor.between[1]=1.4").len(), 2);
    // What both scenarios do alike is no player, what they do differently is one.
    let (one, other) = ("fund.district.amount=+5%; data.outcome+=1", "data.outcome+=1; fund.district.amount=+6%");
    assert_eq!(game(one, other), ["fund[1].amount"]);
    assert_eq!(game(one, "data.outcome+=1"), ["fund[1].amount"]);
    assert!(game(one, one).is_empty());
    let found = between(&model, &inline(one).unwrap(), &inline(other).unwrap(), Players::Changes);
    assert_eq!(found.total.unwrap().parts_fen, [1_200_000 * 100]);
}

#[test]
fn equal_changes_get_equal_parts() {
    // GEP and quality weigh the same and lie alike: raising either does the same.
    let folder = Folder::sound();
    let header = common::CELLS.lines().next().unwrap();
    folder.write("cells.csv", format!("{header}\n01,林地,1,400000,0.4,80,1,1,1\n02,林地,1,800000,0.8,80,1,1,1\n"));
    let factors = "entitlement = { factors = { gep = 0.5, quality = 0.5 } }\n";
    folder.write("model.toml", common::MODEL.replace("50 万元", "500000.01 元") + factors);
    let model = prepared(&folder.file("model.toml"));
    let to = inline("x: data.gep[area=01]*=1.5; data.quality[area=01]*=1.5").unwrap();
    let found = between(&model, &base(), &to, Players::Changes);
    sums_hold(&found);
    assert_eq!(found.amounts.len(), 2);
    for row in &found.amounts {
        assert!(row.difference_fen.abs() > 1_000_000);
        assert!((row.parts_fen[0] - row.parts_fen[1]).abs() <= 1, "{row:?}");
    }
}

#[test]
fn changes_without_effect_get_nothing() {
    let folder = Folder::sound();
    let model = prepared(&folder.file("model.toml"));
    // Neither quality nor cost enters an entitlement by GEP; the first changes the data, the others do not even that.
    let list = "x: fund.district.amount+=0.03 元; data.opportunity_cost*=3; data.quality+=0; data.outcome*=1";
    let found = between(&model, &base(), &inline(list).unwrap(), Players::Changes);
    sums_hold(&found);
    assert_eq!((found.players.len(), found.runs), (4, 4), "subsets that are the same are one run");
    for (player, part) in found.players.iter().zip(&found.total.unwrap().parts_fen) {
        assert_eq!(*part, if player.id.starts_with("data.") { 0 } else { 3 }, "{}", player.id);
    }
}

#[test]
fn subsets_without_plan_are_named() {
    let model = repository("models/chongming-vertical.toml");
    let both = "x: fund.district.amount=-16%; rule.corridor.between[0]=0.85";
    let done = ecocomp(&["compare", &model, "-s", both, "--attribute", "--format", "json", "--json"]);
    assert_eq!(done.code, 3, "{}", done.err);
    assert_eq!(done.codes(), ["compare.not_attributed"]);
    let found = done.json();
    assert_eq!(found["scenarios"][1]["status"], "optimal", "both together have a plan");
    let part = &found["attributions"][0];
    assert_eq!(part["status"], "refused");
    assert_eq!(part["without_plan"].as_array().unwrap().len(), 1);
    assert_eq!(part["without_plan"][0]["players"], serde_json::json!(["fund[1].amount"]));
    assert!(part["amounts"].as_array().unwrap().is_empty() && part["total"].is_null());
    let done = ecocomp(&["compare", &model, "-s", both, "--attribute"]);
    assert!(done.code == 3 && done.out.contains("无解") && !done.out.contains('{'), "{}", done.out);
}

#[test]
fn too_many_players_are_refused_before_solving() {
    let model = repository("models/chongming-vertical.toml");
    let rules =
        ["forest_standard", "farmland_standard", "wetland_share", "forest_share", "corridor", "floor", "gep_cap"];
    let more = ["outcome_gate", "per_head", "cost_floor", "residents"];
    let mut list: Vec<String> = rules.iter().chain(&more).map(|id| format!("rule.{id}.enabled=false")).collect();
    list.extend(["data.gep*=1.1".to_owned(), "fund.district.amount=+1%".to_owned()]);
    assert!(list.len() > PLAYERS_MAX);
    let scenario = format!("x: {}", list.join("; "));
    let done = ecocomp(&["compare", &model, "-s", &scenario, "--attribute", "--json"]);
    assert_eq!((done.code, done.codes()), (1, vec!["compare.too_many_players".to_owned()]), "{}", done.err);
    assert!(done.err.contains("12") && done.err.contains("scenarios") && done.out.is_empty(), "{}", done.err);
    // The same as one scenario of a stack is one player.
    let done = ecocomp(&["compare", &model, "-s", &scenario, "--attribute", "scenarios", "--format", "json"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(done.json()["attributions"][0]["players"].as_array().unwrap().len(), 1);
}

#[test]
fn scenarios_of_a_stack_are_players() {
    let path = repository("models/chongming-vertical.toml");
    let model = prepared(&path);
    let scenario = |word: &str| files::scenario(Path::new(&path), word).unwrap();
    let of = |word: &str| between(&model, &base(), &scenario(word), Players::Scenarios);
    let stack = of("budget-up+steep-outcome+wetland-value");
    sums_hold(&stack);
    assert_eq!(stack.players.len(), 3);
    assert_eq!(stack.amounts, of("wetland-value+budget-up+steep-outcome").amounts, "they do not overlap");
    assert_eq!(stack.amounts, of("green-year").amounts, "stacked in a file");
    // Scenarios that overlap are stacked in their order, in every subset.
    let (one, other) = (of("budget-up+budget-down"), of("budget-down+budget-up"));
    sums_hold(&one);
    assert_eq!(one.total, other.total, "1.05 · 0.95 either way");
    // From a stack to a larger one only the rest is attributed.
    let step = between(&model, &scenario("budget-up"), &scenario("green-year"), Players::Scenarios);
    assert_eq!(
        step.players.iter().map(|player| player.id.as_str()).collect::<Vec<_>>(),
        ["steep-outcome", "wetland-value"]
    );
    sums_hold(&step);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(common::cases(24)))]

    /// Random changes of a small model: exact sums, and the order listed does not matter.
    #[test]
    fn random_changes_are_attributed_exactly(
        fund in 1_i64..99_999_999,
        factors in prop::collection::vec(1_i64..400, 3),
        seed in any::<u64>(),
    ) {
        let folder = Folder::sound();
        let model = prepared(&folder.file("model.toml"));
        let mut list = vec![
            format!("fund.district.amount+={}.{:02} 元", fund / 100, fund % 100),
            format!("data.gep[ecosystem=forest]*={}.{:02}", factors[0] / 100, factors[0] % 100),
            format!("entitlement={{ factors = {{ gep = 0.{:03}, extent = 0.{:03} }} }}", factors[1], 1000 - factors[1]),
            format!("data.extent[area=02]*={}.{:02}", factors[2] / 100, factors[2] % 100),
        ];
        list.retain(|change| !change.starts_with("entitlement"));
        let ask = |list: &[String]| {
            let to = inline(&format!("x: {}", list.join("; "))).unwrap();
            between(&model, &base(), &to, Players::Changes)
        };
        let first = ask(&list);
        sums_hold(&first);
        let by = usize::try_from(seed % 3).unwrap();
        list.rotate_left(by);
        list.swap(0, 1);
        prop_assert_eq!(ask(&list), first);
    }
}
