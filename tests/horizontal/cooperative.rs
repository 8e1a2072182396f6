//! Cooperative games: published cost allocations, axioms and definitions checked a second way, hostile input.

use crate::common::{Done, Folder, ecocomp, repository};
use ecocomp::horizontal::cooperative::form::{Curve, Form};
use ecocomp::horizontal::cooperative::{
    Game, GameRequest, Measure, largest_excess, least_core, nucleolus, river, sampled, solve, values, verified,
};
use ecocomp::horizontal::division::{Problem, Rule, reading};
use ecocomp::units::{BigInt, Exact, Finite};
use microlp::{ComparisonOp, OptimizationDirection, Problem as Program};
use num_traits::{Signed, Zero};
use proptest::prelude::*;

fn whole(fen: i64) -> Exact {
    Exact::from_integer(BigInt::from(fen))
}

fn sum(values: &[Exact]) -> Exact {
    values.iter().fold(Exact::zero(), |sum, value| sum + value)
}

fn shipped(name: &str) -> GameRequest {
    let path = repository(&format!("models/horizontal/{name}"));
    reading::document(name, &std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Shares of a solution in the unit of the published table.
fn shares(request: &GameRequest, concept: &str, unit: f64) -> Vec<f64> {
    let document = serde_json::to_value(solve(request).unwrap()).unwrap();
    let solutions = document["solutions"].as_array().unwrap();
    let solution = solutions.iter().find(|solution| solution["concept"] == concept).unwrap();
    solution["shares"].as_array().unwrap().iter().map(|share| share["fen"].as_f64().unwrap() / unit).collect()
}

fn near(found: &[f64], expected: &[f64], within: f64) {
    assert_eq!(found.len(), expected.len());
    assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= within), "{found:?} for {expected:?}");
}

/// Young, Okada & Hashimoto (1982), IIASA WP-79-077, Table 7: A, H, K, L, M, T in million crowns.
#[test]
fn six_swedish_municipalities() {
    let request = shipped("skane-water.toml");
    let found = |concept| shares(&request, concept, 1e8);
    near(&found("shapley"), &[20.01, 10.71, 6.61, 10.37, 16.94, 19.18], 0.011);
    // The working paper prints 18.60 and 19.21 for M and T; the exact nucleolus of this table, proved by its levels, has
    // 18.32 and 19.49: the same sum, with both equally better off than alone.
    let nucleolus = found("nucleolus");
    near(&nucleolus[..4], &[20.35, 12.06, 5.00, 8.61], 0.011);
    near(&[nucleolus[4] + nucleolus[5]], &[18.60 + 19.21], 0.011);
    near(&nucleolus[4..], &[18.32, 19.49], 0.011);
    near(&found("remaining_benefits"), &[19.54, 13.28, 5.62, 10.90, 16.66, 17.82], 0.011);
    let document = serde_json::to_value(solve(&request).unwrap()).unwrap();
    assert_eq!(document["core"]["is_empty"], false);
    let in_core = |concept: &str| {
        let solutions = document["solutions"].as_array().unwrap();
        solutions.iter().find(|solution| solution["concept"] == concept).unwrap()["in_core"].clone()
    };
    // The paper: SCRB and the Shapley value leave the core here; the nucleolus is in it.
    assert_eq!(
        (in_core("nucleolus"), in_core("shapley"), in_core("remaining_benefits")),
        (true.into(), false.into(), false.into())
    );
}

/// Straffin & Heaney (1981): Shapley 117,829, 100,756.5, 193,998.5; alternate cost avoided 117,476, 99,157, 195,951 (figures
/// from memory; the Shapley value also by hand).
#[test]
fn tennessee_valley() {
    let request = shipped("tennessee-valley.toml");
    near(&shares(&request, "shapley", 1e5), &[117_829.0, 100_756.5, 193_998.5], 0.51);
    near(&shares(&request, "remaining_benefits", 1e5), &[117_476.0, 99_157.0, 195_951.0], 1.0);
}

/// Littlechild & Owen (1973): each step of the runway is shared equally by those who need it, and by hand.
#[test]
fn an_airport_shares_its_steps() {
    let text = "kind = \"cost\"\nparties = [\"a\", \"b\", \"c\"]\n[airport.needs]\na = 12\nb = 28\nc = 30\n";
    let request: GameRequest = reading::document("game.toml", text).unwrap();
    near(&shares(&request, "shapley", 100.0), &[4.0, 12.0, 14.0], 1e-9);
    // Littlechild (1974): the nucleolus of an airport game; here 6, 11, 13 (the least of 12/2, 28/3, …, by hand).
    near(&shares(&request, "nucleolus", 100.0), &[6.0, 11.0, 13.0], 1e-9);
}

fn game(parties: usize, worths: &[i64]) -> Game {
    let mut worths = worths[..1 << parties].to_vec();
    worths[0] = 0;
    Game::new(worths).unwrap()
}

fn games(parties: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Game> {
    let worth = prop_oneof![3 => -50_i64..200, 1 => Just(0_i64), 1 => -100_000_000_000_000_i64..100_000_000_000_000];
    (parties, any::<bool>()).prop_flat_map(move |(parties, small)| {
        let worth = if small {
            prop::collection::vec((0_i64..8).boxed(), 1 << parties)
        } else {
            prop::collection::vec(worth.clone().boxed(), 1 << parties)
        };
        worth.prop_map(move |worths| game(parties, &worths))
    })
}

fn by_orders(game: &Game) -> Vec<Exact> {
    let mut totals = vec![0_i128; game.parties];
    let mut order: Vec<usize> = (0..game.parties).collect();
    let mut count = 0_i128;
    visit(&mut order, 0, &mut |order| {
        let mut coalition = 0_u32;
        for party in order {
            let before = game.worth(coalition);
            coalition |= 1 << party;
            totals[*party] += i128::from(game.worth(coalition) - before);
        }
        count += 1;
    });
    totals.into_iter().map(|total| Exact::new(total.into(), count.into())).collect()
}

fn visit(order: &mut Vec<usize>, from: usize, see: &mut dyn FnMut(&[usize])) {
    if from == order.len() {
        return see(order);
    }
    for at in from..order.len() {
        order.swap(from, at);
        visit(order, from + 1, see);
        order.swap(from, at);
    }
}

/// The least largest excess by another solver, in binary numbers.
fn least_by_other_solver(game: &Game) -> f64 {
    let scale = game.worths.iter().map(|worth| worth.abs()).max().unwrap().max(1) as f64;
    let mut program = Program::new(OptimizationDirection::Minimize);
    let level = program.add_var(1.0, (f64::NEG_INFINITY, f64::INFINITY));
    let shares: Vec<_> = (0..game.parties).map(|_| program.add_var(0.0, (f64::NEG_INFINITY, f64::INFINITY))).collect();
    for coalition in 1..=game.all() {
        let mut terms: Vec<_> =
            (0..game.parties).filter(|p| coalition >> p & 1 == 1).map(|p| (shares[p], 1.0)).collect();
        let worth = game.worth(coalition) as f64 / scale;
        if coalition == game.all() {
            program.add_constraint(&terms, ComparisonOp::Eq, worth);
        } else {
            terms.push((level, 1.0));
            program.add_constraint(&terms, ComparisonOp::Ge, worth);
        }
    }
    program.solve().unwrap().into_solution().unwrap().objective() * scale
}

/// Excesses, the largest first.
fn excesses(game: &Game, payments: &[Exact]) -> Vec<Exact> {
    let excess = |coalition: u32| {
        let paid = (0..game.parties).filter(|p| coalition >> p & 1 == 1).map(|p| payments[p].clone());
        whole(game.worth(coalition)) - paid.fold(Exact::zero(), |sum, paid| sum + paid)
    };
    let mut all: Vec<Exact> = (1..game.all()).map(excess).collect();
    all.sort_by(|a, b| b.cmp(a));
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(50))]

    #[test]
    fn the_shapley_value_is_the_mean_over_all_orders(game in games(1..=6)) {
        prop_assert_eq!(values::shapley(&game), by_orders(&game));
    }

    #[test]
    fn shapley_axioms(first in games(4..=4), second in games(4..=4)) {
        let value = values::shapley(&first);
        prop_assert_eq!(sum(&value), whole(first.worth(first.all())));
        // Additivity.
        let both: Vec<i64> = first.worths.iter().zip(&second.worths).map(|(a, b)| a + b).collect();
        let expected: Vec<Exact> = value.iter().zip(values::shapley(&second)).map(|(a, b)| a + b).collect();
        prop_assert_eq!(values::shapley(&game(4, &both)), expected);
        // A dummy gets what it is worth alone; two that are the same get the same.
        let worths: Vec<i64> = (0..16_u32).map(|s| first.worth(s & 7) + if s & 8 != 0 { 17 } else { 0 }).collect();
        prop_assert_eq!(&values::shapley(&game(4, &worths))[3], &whole(17));
        let swapped = |s: u32| (s & !3) | (s & 1) << 1 | (s & 2) >> 1;
        let worths: Vec<i64> = (0..16_u32).map(|s| first.worth(s) + first.worth(swapped(s))).collect();
        let value = values::shapley(&game(4, &worths));
        prop_assert_eq!(&value[0], &value[1]);
    }

    #[test]
    fn the_least_core_is_that_of_another_solver(game in games(2..=5)) {
        let found = least_core(&game).unwrap();
        let expected = least_by_other_solver(&game);
        let level = Finite::from_exact(&found.level.excess).unwrap().get();
        let scale = game.worths.iter().map(|worth| worth.abs()).max().unwrap().max(1) as f64;
        prop_assert!((level - expected).abs() <= 1e-6 * scale, "{} {}", level, expected);
        prop_assert_eq!(largest_excess(&game, &found.payments).unwrap().1, found.level.excess);
    }

    #[test]
    fn the_nucleolus_has_the_least_excesses(game in games(2..=5), moves in prop::collection::vec((0_usize..5, 0_usize..5, 1_i64..1_000), 24)) {
        let found = nucleolus(&game, Measure::Total).unwrap();
        prop_assert!(verified(&game, Measure::Total, &found));
        prop_assert_eq!(sum(&found.payments), whole(game.worth(game.all())));
        let least = least_core(&game).unwrap().level.excess;
        let own = excesses(&game, &found.payments);
        if !found.individually_rational {
            prop_assert_eq!(&own[0], &least);
        } else {
            prop_assert!(own[0] >= least);
            // In the core where there is one.
            prop_assert!(least.is_positive() || !own[0].is_positive());
        }
        let scale = own.iter().map(|excess| excess.abs()).max().unwrap() + whole(1);
        for (from, to, part) in moves {
            let (from, to) = (from % game.parties, to % game.parties);
            let mut other = found.payments.clone();
            let moved = &scale * BigInt::from(part) / BigInt::from(2_000 * part * part);
            other[from] -= &moved;
            other[to] += moved;
            let allowed = |(p, payment): (usize, &Exact)| *payment >= whole(game.worth(1 << p));
            if from != to && (!found.individually_rational || other.iter().enumerate().all(allowed)) {
                prop_assert!(excesses(&game, &other) > own);
            }
        }
        // A proof of something else is none.
        let mut wrong = found.clone();
        wrong.payments[0] += whole(1);
        wrong.payments[game.parties - 1] -= whole(1);
        prop_assert!(!verified(&game, Measure::Total, &wrong));
    }

    #[test]
    fn bankruptcy_games_tie_rules_and_values(claims in prop::collection::vec(1_i64..60, 2..6), part in 0.05..0.95_f64) {
        let total: i64 = claims.iter().sum();
        let endowment = ((total as f64 * part) as i64).max(1);
        let left = |coalition: u32| {
            let others: i64 = (0..claims.len()).filter(|p| coalition >> p & 1 == 0).map(|p| claims[p]).sum();
            (endowment - others).max(0)
        };
        let worths: Vec<i64> = (0..1_u32 << claims.len()).map(left).collect();
        let game = game(claims.len(), &worths);
        let problem = Problem::plain(claims.iter().map(|claim| whole(*claim)).collect(), whole(endowment));
        let awards = |rule| problem.solve(rule, None).unwrap().awards;
        // Aumann & Maschler (1985); O'Neill (1982); Curiel, Maschler & Tijs (1987).
        prop_assert_eq!(nucleolus(&game, Measure::Total).unwrap().payments, awards(Rule::Talmud));
        prop_assert_eq!(values::shapley(&game), awards(Rule::RandomArrival));
        prop_assert_eq!(values::tau(&game).unwrap(), awards(Rule::AdjustedProportional));
    }

    #[test]
    fn facilities_are_shared_by_their_users(parts in prop::collection::vec((0_i64..1_000, 1_u32..32, any::<bool>()), 1..6)) {
        let mut text = "kind = \"cost\"\nunit = \"分\"\nparties = [\"a\", \"b\", \"c\", \"d\", \"e\"]\n".to_owned();
        for (amount, users, all) in &parts {
            let users: Vec<String> = (0..5).filter(|p| users >> p & 1 == 1).map(|p| format!("\"{}\"", ["a", "b", "c", "d", "e"][p])).collect();
            text.push_str(&format!("[[components]]\namount = {amount}\nusers = [{}]\nwhen = \"{}\"\n", users.join(", "), if *all { "all" } else { "any" }));
        }
        let request: GameRequest = reading::document("game.toml", &text).unwrap();
        let document = serde_json::to_value(solve(&request).unwrap()).unwrap();
        for (party, share) in document["solutions"][0]["shares"].as_array().unwrap().iter().enumerate() {
            let own = parts.iter().filter(|(_, users, _)| users >> party & 1 == 1);
            let expected = own.fold(Exact::zero(), |sum, (amount, users, _)| sum + Exact::new((*amount).into(), users.count_ones().into()));
            prop_assert_eq!(share["exact_fen"].as_str().unwrap(), expected.to_string());
        }
        let total: i64 = document["solutions"][0]["shares"].as_array().unwrap().iter().map(|share| share["fen"].as_i64().unwrap()).sum();
        prop_assert_eq!(total, parts.iter().map(|part| part.0).sum::<i64>());
    }
}

/// Twelve parties: the bankruptcy game again, whose nucleolus is known in closed form.
#[test]
fn twelve_parties_have_the_nucleolus_of_the_talmud() {
    let claims: Vec<i64> = (0..12_i64).map(|p| 1_000 + 377 * p * p).collect();
    let endowment = 31_415;
    let left = |coalition: u32| {
        let others: i64 = (0..12).filter(|p| coalition >> p & 1 == 0).map(|p| claims[p]).sum();
        (endowment - others).max(0)
    };
    let game = game(12, &(0..1_u32 << 12).map(left).collect::<Vec<_>>());
    let problem = Problem::plain(claims.iter().map(|claim| whole(*claim)).collect(), whole(endowment));
    let expected = problem.solve(Rule::Talmud, None).unwrap().awards;
    assert_eq!(nucleolus(&game, Measure::Total).unwrap().payments, expected);
}

#[test]
fn a_sampled_value_keeps_its_bound() {
    // Twelve parties by a form: the exact value is known, and must lie within the bounds of the sample.
    let quantities: Vec<i128> = (1..=12).map(|p| 10 + p * p).collect();
    let total = quantities.iter().sum();
    let form = Form::Sum { quantities: quantities.clone(), curve: Curve::Left { endowment: 400, total } };
    let worths = (0..1_u32 << 12).map(|s| form.worth(&(0..12).map(|p| s >> p & 1 == 1).collect::<Vec<_>>()).unwrap());
    let exact = values::shapley(&game(12, &worths.collect::<Vec<_>>()));
    let sample = sampled::shapley(&form, 4_000, 3).unwrap();
    assert_eq!(sum(&sample.values), whole(400));
    for ((value, exact), error) in sample.values.iter().zip(&exact).zip(&sample.errors) {
        assert!(Finite::from_exact(&(value - exact).abs()).unwrap().get() <= *error && *error < 40.0);
    }
    assert_eq!(sampled::shapley(&form, 4_000, 3), Some(sample));
}

/// Three parties of which any two win (majority): the core is empty, and the proof is the three pairs.
#[test]
fn an_empty_core_is_an_answer_with_its_proof() {
    let text = "kind = \"gain\"\nparties = [\"a\", \"b\", \"c\"]\nmajority = { prize = 6, quota = 2, weights = { a = 1, b = 1, c = 1 } }\n";
    let request: GameRequest = reading::document("game.toml", text).unwrap();
    let document = serde_json::to_value(solve(&request).unwrap()).unwrap();
    assert_eq!(document["core"]["is_empty"], true);
    assert_eq!(document["core"]["least_complaint_fen"], "200");
    let balanced = document["core"]["balanced"].as_array().unwrap();
    assert_eq!(balanced.len(), 3);
    assert!(balanced.iter().all(|part| part["weight"] == "1/2"));
    assert_eq!(document["core"]["balanced_fen"], "900");
    near(&shares(&request, "nucleolus", 100.0), &[2.0; 3], 0.0);
    let worst = &document["solutions"][0]["worst"];
    assert_eq!((worst["coalition"].as_str(), worst["excess_fen"].as_str()), (Some("a+b"), Some("200")));
}

fn share(folder: &Folder, text: &str, more: &[&str]) -> Done {
    folder.write("game.toml", text);
    ecocomp(&[&["share", &folder.file("game.toml"), "--json"], more].concat())
}

const TABLE: &str = "kind = \"cost\"\nunit = \"万元\"\nparties = [\"甲\", \"乙\"]\n[coalitions]\n\"甲\" = 100\n\"乙\" = 80\n\"乙+甲\" = 150\n";

#[test]
fn a_game_is_reported_in_every_form() {
    let folder = Folder::empty();
    for format in ["table", "json", "csv", "svg"] {
        let done = share(&folder, TABLE, &["--format", format]);
        assert_eq!(done.code, 0, "{format}: {}", done.err);
    }
    let done = share(&folder, TABLE, &["--format", "json"]);
    let fen: Vec<i64> =
        done.json()["solutions"][0]["shares"].as_array().unwrap().iter().map(|s| s["fen"].as_i64().unwrap()).collect();
    assert_eq!(fen, [85_000_000, 65_000_000]);
    let savings = format!("as_savings = true\n{TABLE}");
    let done = share(&folder, &savings, &["--format", "json"]);
    assert_eq!(done.json()["whole_fen"], 30_000_000);
    let english = share(&folder, TABLE, &["--lang", "en"]);
    assert!(english.out.contains("nucleolus") && english.out.contains("The core is not empty"), "{}", english.out);
}

#[test]
fn wrong_games_are_findings() {
    let folder = Folder::empty();
    let code = |text: &str| {
        let done = share(&folder, text, &[]);
        assert_eq!(done.code, 1, "{text}: {}", done.out);
        (done.codes().first().cloned().unwrap_or_default(), done.err)
    };
    let is = |text: &str, expected: &str| {
        let (found, told) = code(text);
        assert_eq!(found, expected, "{told}");
        told
    };
    let head = |parties: &str| format!("kind = \"cost\"\nparties = [{parties}]\n[coalitions]\n");
    let told = is(&(head("\"a\", \"b\", \"c\"") + "a = 1\nb = 2\n\"a+b\" = 2\n"), "cooperative.missing");
    assert!(told.contains("a+c") && told.contains("4"), "{told}");
    let told = is(&(head("\"上游县\", \"下游县\"") + "\"上遊县\" = 1\n"), "cooperative.unknown_party");
    assert!(told.contains("上游县"));
    is(&(head("\"a\", \"b\"") + "a = 1\nb = 2\n\"a+b\" = 2\n\"b+a\" = 3\n"), "cooperative.coalition_twice");
    is(&(head("\"a\", \"b\"") + "a = 1\nb = 2\n\"a+a\" = 2\n"), "policy.word_twice");
    is(&(head("\"a\", \"a\"") + "a = 1\n"), "policy.word_twice");
    is(&(head("\"a+b\"") + "a = 1\n"), "cooperative.party_name");
    is(&(head("") + "a = 1\n"), "cooperative.no_parties");
    is(&(head("\"a\"") + "a = nan\n"), "units.not_a_number");
    is(&(head("\"a\", \"b\"") + "a = \"1 万元\"\nb = 2\n\"a+b\" = \"4 万元\"\n"), "division.unit_beside");
    is(&(head("\"a\"") + "a = 1e300\n"), "units.too_large");
    is("kind = \"cost\"\nparties = [\"a\"]\n", "cooperative.one_form");
    is("", "division.empty_file");
    is("kind = \"cost\"\nparties = 3\n", "document.wrong_type");
    is("parties = [\"a\"]\n", "document.key_missing");
    let told = is("kind = \"cost\"\nparties = [\"a\"]\ncoalition = { a = 1 }\n", "policy.unknown_key");
    assert!(told.contains("coalitions"));
    let many: Vec<String> = (0..25).map(|p| format!("\"p{p}\"")).collect();
    is(&(head(&many.join(", ")) + "p0 = 1\n"), "cooperative.table_too_large");
    is(
        "kind = \"gain\"\nparties = [\"a\"]\nscale = { quantities = { a = 5 }, points = [[0, 0], [4, 1]] }\n",
        "cooperative.points",
    );
    is("kind = \"gain\"\nparties = [\"a\"]\nbankruptcy = { amount = -1, claims = { a = 5 } }\n", "division.negative");
    is(
        "kind = \"gain\"\nparties = [\"a\", \"b\"]\nbankruptcy = { amount = 1, claims = { a = 5 } }\n",
        "cooperative.figure_missing",
    );
    is(
        "kind = \"gain\"\nparties = [\"a\"]\nmajority = { prize = 1, quota = 0, weights = { a = 5 } }\n",
        "cooperative.quota",
    );
}

#[test]
fn missing_coalitions_follow_a_written_rule() {
    let folder = Folder::empty();
    let base = |missing: &str| {
        format!(
            "kind = \"cost\"\nmissing = \"{missing}\"\nparties = [\"a\", \"b\", \"c\"]\n[coalitions]\na = 4\nb = 4\nc = 4\n\"a+b\" = 5\nall = 9\n"
        )
    };
    for (missing, expected) in [("zero", 0), ("apart", 8), ("best_partition", 8)] {
        let done = share(&folder, &base(missing), &["--format", "json"]);
        assert_eq!(done.code, 0, "{}", done.err);
        // What a and c pay for b's absence: all without b.
        assert_eq!(done.json()["parties"][1]["marginal_fen"], 900 - expected * 100, "{missing}");
    }
}

#[test]
fn more_than_twenty_parties_by_a_form() {
    let folder = Folder::empty();
    let names: Vec<String> = (0..30).map(|p| format!("p{p}")).collect();
    let list = names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    let each = |of: &dyn Fn(usize) -> usize| {
        names.iter().enumerate().map(|(p, name)| format!("{name} = {}", of(p))).collect::<Vec<_>>().join(", ")
    };
    let airport = format!("kind = \"cost\"\nparties = [{list}]\nairport = {{ needs = {{ {} }} }}\n", each(&|p| p + 1));
    let done = share(&folder, &airport, &["--format", "json"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(done.json()["solutions"][0]["shares"][0]["exact_fen"], "10/3");
    let vote = format!(
        "kind = \"gain\"\norders = 500\nparties = [{list}]\nmajority = {{ prize = 30, quota = 16, weights = {{ {} }} }}\n",
        each(&|_| 1)
    );
    let done = share(&folder, &vote, &["--format", "json"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let solution = done.json()["solutions"][0].clone();
    assert_eq!(solution["orders"], 500);
    let shares = solution["shares"].as_array().unwrap();
    assert_eq!(shares.iter().map(|share| share["fen"].as_i64().unwrap()).sum::<i64>(), 3_000);
    assert!(
        shares
            .iter()
            .all(|share| (share["fen"].as_f64().unwrap() - 100.0).abs() <= share["error_fen"].as_f64().unwrap())
    );
}

/// Ambec & Sprumont (2002): three parties on a river, computed by hand. Alone the first gets 40 + 6·3 = 58; with the second
/// 40 + 60 + 1·3 = 103; all get 6·20 + 5·12 + 1·10 = 190.
#[test]
fn a_river_is_shared_by_increments() {
    let text = "kind = \"gain\"\nparties = [\"up\", \"mid\", \"down\"]\n[river]\ninflows = { up = 10, mid = 0, down = 2 }\n\
        [river.benefits]\nup = [[0, 0], [4, 40], [10, 58]]\nmid = [[0, 0], [5, 60], [10, 70]]\ndown = [[0, 0], [6, 120], [12, 150]]\n";
    let request: GameRequest = reading::document("river.toml", text).unwrap();
    assert_eq!(shares(&request, "downstream_incremental", 100.0), [58.0, 45.0, 87.0]);
    assert_eq!(shares(&request, "upstream_incremental", 100.0), [150.0, 0.0, 40.0]);
    let document = serde_json::to_value(solve(&request).unwrap()).unwrap();
    for concept in ["downstream_incremental", "upstream_incremental"] {
        let solutions = document["solutions"].as_array().unwrap();
        let solution = solutions.iter().find(|solution| solution["concept"] == concept).unwrap();
        assert_eq!(solution["in_core"], true, "{concept}");
    }
    let folder = Folder::empty();
    for (from, to, code) in [
        ("\"gain\"", "\"cost\"", "cooperative.river_gain"),
        ("[10, 58]", "[10, 158]", "cooperative.benefit_points"),
        ("[4, 40]", "[-4, 40]", "cooperative.negative_quantity"),
        ("[4, 40]", "[4, 1e300]", "units.too_large"),
        ("up = 10, ", "", "cooperative.figure_missing"),
        ("up = 10", "upp = 10", "cooperative.unknown_party"),
    ] {
        let done = share(&folder, &text.replacen(from, to, 1), &[]);
        let codes = done.codes().join(" ");
        assert!(done.code == 1 && codes.contains(code), "{to}: {codes}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// The worth of every stretch is the optimum of its linear program, found by another solver.
    #[test]
    fn stretches_of_a_river_are_optimal(
        parties in prop::collection::vec((0_i128..30, prop::collection::vec((1_i128..10, 0_i64..900), 1..4)), 1..5)
    ) {
        let inflows: Vec<i128> = parties.iter().map(|(inflow, _)| *inflow).collect();
        let benefits: Vec<Vec<(i128, i64)>> = parties
            .iter()
            .map(|(_, steps)| {
                // Steps of falling slope: rise = run · slope.
                let mut slopes: Vec<(i128, i64)> = steps.clone();
                slopes.sort_by_key(|step| std::cmp::Reverse(step.1));
                let mut points = vec![(0, 0)];
                for (run, slope) in slopes {
                    let (q, v) = *points.last().unwrap();
                    points.push((q + run, v + slope * i64::try_from(run).unwrap()));
                }
                points
            })
            .collect();
        let found = river::stretches(&inflows, &benefits).unwrap();
        for first in 0..inflows.len() {
            for last in first..inflows.len() {
                let mut program = Program::new(OptimizationDirection::Maximize);
                let mut taken = Vec::new();
                for party in first..=last {
                    let steps = benefits[party].windows(2).map(|pair| (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1));
                    let variables: Vec<_> =
                        steps.map(|(run, rise)| program.add_var(rise as f64 / run as f64, (0.0, run as f64))).collect();
                    taken.extend(variables);
                    let water: i128 = inflows[first..=party].iter().sum();
                    let row: Vec<_> = taken.iter().map(|variable| (*variable, 1.0)).collect();
                    program.add_constraint(row, ComparisonOp::Le, water as f64);
                }
                let best = program.solve().unwrap().into_solution().unwrap().objective();
                prop_assert!((found[first][last - first] as f64 - best).abs() <= 0.51, "{} {}", found[first][last - first], best);
            }
        }
    }
}

#[test]
fn a_blocking_coalition_is_named_among_many_parties() {
    let names: Vec<String> = (0..30).map(|p| format!("\"p{p}\"")).collect();
    let weights: Vec<String> = (0..30).map(|p| format!("p{p} = 1")).collect();
    let text = format!(
        "kind = \"gain\"\norders = 500\nparties = [{}]\nmajority = {{ prize = 30, quota = 16, weights = {{ {} }} }}\n",
        names.join(", "),
        weights.join(", ")
    );
    let request: GameRequest = reading::document("vote.toml", &text).unwrap();
    let document = serde_json::to_value(solve(&request).unwrap()).unwrap();
    let shapley = &document["solutions"][0];
    // Sixteen of thirty equal votes win everything: no division is in the core.
    assert_eq!(shapley["in_core"], false);
    let coalition = shapley["worst"]["coalition"].as_str().unwrap();
    assert_eq!(coalition.split('+').count(), 16);
    // A division that nothing was found against says nothing of the core.
    let airport = text.replace("\"gain\"", "\"cost\"").replace(
        &text[text.find("majority").unwrap()..],
        &format!("airport = {{ needs = {{ {} }} }}\n", weights.join(", ")),
    );
    let request: GameRequest = reading::document("airport.toml", &airport).unwrap();
    let document = serde_json::to_value(solve(&request).unwrap()).unwrap();
    assert!(document["solutions"][0].get("in_core").is_none());
}

#[test]
fn a_game_that_is_to_be_given_up_is_an_end() {
    let request = shipped("skane-water.toml");
    let asked = std::cell::Cell::new(0);
    let three_times = || {
        asked.set(asked.get() + 1);
        asked.get() <= 3
    };
    // What was found until then is the answer, which says that it is not all.
    let solved = ecocomp::horizontal::cooperative::solve_while(&request, &three_times).unwrap();
    let whole = ecocomp::horizontal::cooperative::solve(&request).unwrap();
    assert!(!solved.complete && whole.complete);
    assert!(solved.solutions.len() < whole.solutions.len(), "{}", solved.solutions.len());
    let findings = ecocomp::horizontal::cooperative::solve_while(&request, &|| false).unwrap_err();
    assert_eq!(findings.0[0].code(), "solver.limit_interrupt");
    let folder = Folder::empty();
    let done = share(
        &folder,
        "kind = \"gain\"\nparties = [\"a\", \"b\"]\nairport = { needs = { a = 1, b = 2 } }\n",
        &["--time-limit", "0"],
    );
    assert_eq!(done.code, 4, "{}", done.err);
}
