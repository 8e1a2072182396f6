//! What a case without a deal is told to do: applied it works, a little less does not; and how few payments are really needed.

use std::collections::BTreeMap;

use crate::common::{Folder, cases, ecocomp};
use crate::payment::party;
use ecocomp::horizontal::payment::{
    Answer, FlowRow, GepRow, Levels, Number, Objective, PairSpec, Request, ServiceSpec, Status, Sum, Worth, pay,
    reading, synthetic,
};
use ecocomp::phrases::Lang;
use ecocomp::solver::SolveOptions;
use ecocomp::units::Money;
use microlp::{ComparisonOp, LinearExpr, OptimizationDirection, Problem, SolveOutcome, Variable};
use proptest::prelude::*;

const WAN: i64 = 1_000_000;

fn money(fen: i64) -> Option<Sum> {
    Some(Sum(Money::from_fen(fen)))
}

fn name(index: usize) -> String {
    format!("主体{}", index + 1)
}

/// A case of one service: GEP in 分 and, by (supplier, beneficiary), per cent that flows.
fn case(gep: &[i64], share: &BTreeMap<(usize, usize), i64>) -> Request {
    let mut request = synthetic::empty("小例");
    request.service.push(ServiceSpec { id: "s".into(), name: None, hydrological: false });
    for (index, fen) in gep.iter().enumerate() {
        let value = Worth::parse(&format!("{fen} 分")).unwrap();
        request.gep.push(GepRow { area: name(index), service: "s".into(), value, quantity: None });
        request.party.push(party(&name(index)));
    }
    for ((from, to), percent) in share {
        let share = Some(Number::parse(&format!("{percent}%")).unwrap());
        request.flow.push(FlowRow { service: "s".into(), from: name(*from), to: name(*to), share, quantity: None });
    }
    request
}

fn shipped(text: &str) -> Request {
    reading::parse(text, "case.json").unwrap().request
}

fn solve(request: &Request) -> Answer {
    pay(request, &SolveOptions::default()).unwrap_or_else(|findings| panic!("{findings}"))
}

/// Whether a case has a deal; a corridor too narrow for whole 分 has none.
fn has_deal(request: &Request) -> bool {
    match pay(request, &SolveOptions::default()) {
        Ok(answer) => answer.status == Status::Deal,
        Err(findings) => {
            assert!(findings.0.iter().all(|finding| finding.code() == "payment.unroundable"), "{findings}");
            false
        }
    }
}

fn with_superior(request: &Request, budget: i64) -> Request {
    let mut request = request.clone();
    let mut superior = party("再加一级政府");
    superior.superior = true;
    superior.budget = money(budget);
    request.party.push(superior);
    request
}

/// The case with one condition set to a new amount, as a person would write it.
fn with_amount(request: &Request, kind: &str, party: &str, recipient: Option<&String>, fen: i64) -> Request {
    let mut request = request.clone();
    if let Some(recipient) = recipient {
        let pair = request.pair.iter_mut().find(|pair| pair.payer == party && pair.recipient == *recipient).unwrap();
        if kind == "pair_least" {
            pair.least = money(fen)
        } else {
            pair.most = money(fen)
        }
        return request;
    }
    let spec = request.party.iter_mut().find(|spec| spec.id == party).unwrap();
    match kind {
        "cost" => (spec.cost, spec.opportunity_cost) = (money(fen), None),
        "budget" => spec.budget = money(fen),
        "participation" => spec.outside = money(fen),
        other => panic!("{other} is no condition that these cases have"),
    }
    request
}

/// What is written of a condition, in 分.
fn written(request: &Request, kind: &str, party: &str, bound: i64) -> i64 {
    let spec = request.party.iter().find(|spec| spec.id == party).unwrap();
    if kind == "participation" { spec.outside.unwrap().0.fen() } else { bound }
}

fn check_remedies(request: &Request) -> Result<(), TestCaseError> {
    let Ok(answer) = pay(request, &SolveOptions::default()) else { return Ok(()) };
    let Some(impasse) = &answer.impasse else { return Ok(()) };
    prop_assert!(impasse.complete && !impasse.conflicts.is_empty());
    if let Some(top_up) = impasse.top_up_fen {
        prop_assert!(has_deal(&with_superior(request, top_up)), "top-up {} is not enough", top_up);
        prop_assert!(!has_deal(&with_superior(request, top_up - 1)), "a 分 less than {} is enough", top_up);
        prop_assert!(!has_deal(&with_superior(request, top_up * 99 / 100)), "1 % less than {} is enough", top_up);
        prop_assert_eq!(impasse.top_ups.iter().map(|part| part.amount_fen).sum::<i64>(), top_up);
    }
    // Whoever gives up all it asks for can have a deal of no payments: there is always something to concede.
    prop_assert!(!impasse.concessions.is_empty(), "no concessions");
    let conceded = |of: &dyn Fn(i64, i64) -> i64| {
        impasse.concessions.iter().fold(request.clone(), |request, part| {
            let to = of(part.from_fen, part.to_fen);
            with_amount(&request, part.kind, &part.party, part.recipient.as_ref(), to)
        })
    };
    prop_assert!(has_deal(&conceded(&|_, to| to)), "{:?}", impasse.concessions);
    let less = conceded(&|from, to| to - (to - from).signum() * ((to - from).abs() / 100).max(1));
    prop_assert!(!has_deal(&less), "1 % less: {:?}", impasse.concessions);
    if let [conflict] = impasse.conflicts.as_slice() {
        for member in &conflict.members {
            let Some(by) = member.move_fen else { continue };
            let from = written(request, member.kind, &member.party, member.bound_fen);
            let sign = if ["cost", "participation", "pair_least"].contains(&member.kind) { -1 } else { 1 };
            let moved = |by: i64| {
                let to = from + sign * by;
                has_deal(&with_amount(request, member.kind, &member.party, member.recipient.as_ref(), to))
            };
            prop_assert!(moved(by), "{:?}", member);
            prop_assert!(!moved(by - 1), "a 分 less: {:?}", member);
            prop_assert!(!moved(by * 99 / 100), "1 % less: {:?}", member);
        }
    }
    if let Some(tolerance) = &impasse.tolerance {
        let with = |parts: i64| {
            let mut request = request.clone();
            request.deal.tolerance = Some(Number::parse(&format!("{parts}/100000000")).unwrap());
            has_deal(&request)
        };
        let places: f64 = tolerance.parse().unwrap();
        let parts = (places * 1e8).round() as i64;
        prop_assert!(with(parts), "{}", tolerance);
        prop_assert!(!with(parts - 100), "a millionth less than {}", tolerance);
    }
    Ok(())
}

fn any_case() -> impl Strategy<Value = Request> {
    (2_usize..6).prop_flat_map(|n| {
        let pair = (0..n, 0..n, prop::option::of(0_i64..400), prop::option::of(0_i64..900));
        (
            prop::collection::vec(100_i64..3_000, n),
            prop::collection::vec((0..n, 0..n, 1_i64..(100 / n as i64)), 1..(2 * n)),
            prop::collection::vec((0_i64..500, prop::option::of(0_i64..900), prop::option::of(0_i64..120)), n),
            prop::collection::vec(pair, 0..4),
            prop::option::of(0_i64..60),
            prop::sample::select(vec![1_i64, 137, WAN]),
        )
            .prop_map(move |(gep, flows, terms, pairs, tolerance, unit)| {
                let mut share = BTreeMap::new();
                for (from, to, percent) in flows {
                    if from != to {
                        share.insert((from, to), percent);
                    }
                }
                let gep: Vec<i64> = gep.iter().map(|gep| gep * unit).collect();
                let mut request = case(&gep, &share);
                for (spec, (cost, budget, outside)) in request.party.iter_mut().zip(terms) {
                    (spec.cost, spec.budget) = (money(cost * unit), budget.and_then(|budget| money(budget * unit)));
                    spec.outside = outside.and_then(|outside| money(outside * unit));
                }
                let mut seen = std::collections::BTreeSet::new();
                for (payer, recipient, least, most) in pairs {
                    let pays = share.get(&(recipient, payer)).is_some_and(|percent| gep[recipient] * percent >= 100);
                    if pays && seen.insert((payer, recipient)) {
                        let least = least.map(|least| most.map_or(least, |most| least.min(most)));
                        let of = |sum: Option<i64>| sum.and_then(|sum| money(sum * unit));
                        let (payer, recipient) = (name(payer), name(recipient));
                        request.pair.push(PairSpec { payer, recipient, least: of(least), most: of(most) });
                    }
                }
                request.deal.tolerance = tolerance.map(|percent| Number::parse(&format!("{percent}%")).unwrap());
                request
            })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(60)))]

    #[test]
    fn what_is_said_to_be_enough_is_enough_and_a_little_less_is_not(request in any_case()) {
        check_remedies(&request)?;
    }

    #[test]
    fn the_fewest_payments_are_those_of_trying_every_set(
        gep in prop::collection::vec(200_i64..900, 3),
        percent in prop::collection::vec(5_i64..45, 6),
        costs in prop::collection::vec(1_i64..60, 3),
    ) {
        let pairs = [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)];
        let share: BTreeMap<(usize, usize), i64> = pairs.into_iter().zip(percent).collect();
        let gep: Vec<i64> = gep.iter().map(|gep| gep * WAN).collect();
        let mut request = case(&gep, &share);
        for (spec, cost) in request.party.iter_mut().zip(&costs) {
            spec.cost = money(cost * WAN);
        }
        request.deal.objectives = vec![Objective::FewestPayments];
        let answer = solve(&request);
        let fewest = fewest_by_trying(&gep, &share, &costs);
        match (&answer.deal, fewest) {
            (None, None) => {}
            (Some(deal), Some(fewest)) => {
                let stage = &deal.stages[0];
                prop_assert_eq!(deal.payments.len(), fewest);
                prop_assert_eq!(stage.at_least, Some(fewest));
                prop_assert!(stage.sentence.zh.contains("最少"), "{}", stage.sentence.zh);
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }
}

/// The size of the smallest set of pairs whose payments alone cover every cost; nothing but pair values bounds them.
fn fewest_by_trying(gep: &[i64], share: &BTreeMap<(usize, usize), i64>, costs: &[i64]) -> Option<usize> {
    let pairs: Vec<(usize, usize, f64)> = share
        .iter()
        .map(|((from, to), percent)| (*from, *to, (gep[*from] * percent / 100) as f64 / WAN as f64))
        .collect();
    let works = |set: u32| {
        let mut problem = Problem::new(OptimizationDirection::Minimize);
        let pays: Vec<Variable> = pairs
            .iter()
            .enumerate()
            .map(|(at, (_, _, value))| problem.add_var(1.0, (0.0, if set >> at & 1 == 1 { *value } else { 0.0 })))
            .collect();
        for (supplier, cost) in costs.iter().enumerate() {
            let mut sum = LinearExpr::empty();
            let own = pairs.iter().zip(&pays).filter(|((from, _, _), _)| *from == supplier);
            own.for_each(|(_, pay)| sum.add(*pay, 1.0));
            problem.add_constraint(sum, ComparisonOp::Ge, *cost as f64);
        }
        matches!(problem.solve(), Ok(SolveOutcome::Solution(_)))
    };
    (0..1_u32 << pairs.len()).filter(|set| works(*set)).map(|set| set.count_ones() as usize).min()
}

#[test]
fn fewest_is_said_where_it_is_proved() {
    // Nineteen were once called the fewest.
    let answer = solve(&shipped(include_str!("cases/fewest13.json")));
    let deal = answer.deal.unwrap();
    let stage = deal.stages.iter().find(|stage| stage.objective == Some(Objective::FewestPayments)).unwrap();
    assert_eq!((deal.payments.len(), stage.value, stage.at_least), (18, 18.0, Some(18)));
    assert_eq!(stage.sentence.get(Lang::Zh), "付款笔数最少:18 笔");
}

#[test]
fn a_top_up_within_a_corridor_is_enough_to_the_last_fen() {
    let request = shipped(include_str!("cases/topup-corridor.json"));
    let answer = solve(&request);
    let impasse = answer.impasse.unwrap();
    let top_up = impasse.top_up_fen.expect("a superior can help");
    assert!(has_deal(&with_superior(&request, top_up)), "{top_up} is not enough");
    assert!(!has_deal(&with_superior(&request, top_up - 1)), "{top_up} is more than enough");
    // The supplier's cost is above all that it delivers: one condition is the supplier's to give up, the other follows from values.
    let moves: Vec<(&str, bool)> =
        impasse.conflicts[0].members.iter().map(|member| (member.kind, member.move_fen.is_some())).collect();
    assert_eq!(moves[1], ("ceiling", false));
    check_remedies(&request).unwrap();
}

/// Two basins that have nothing to do with each other.
fn two_basins() -> Request {
    let mut request = case(&[100 * WAN, 0, 100 * WAN, 0], &BTreeMap::from([((0, 1), 100), ((2, 3), 100)]));
    request.party[0].cost = money(60 * WAN);
    request.party[1].budget = money(60 * WAN);
    request.party[2].cost = money(20 * WAN);
    request
}

#[test]
fn a_level_that_one_is_stuck_at_does_not_hide_what_the_others_lose() {
    let mut request = two_basins();
    // 主体1 gets its cost and nothing more; the other two share 80, of which the least payments leave the supplier nothing.
    request.deal.objectives = vec![Objective::MaxMinSurplus, Objective::LeastPayments];
    let deal = solve(&request).deal.unwrap();
    assert_eq!(deal.parties[2].surplus_fen, Some(0));
    let stuck = deal.stuck.clone().expect("a remark");
    assert!(stuck.zh.contains("由主体1决定") && stuck.zh.contains("把主体3也降到"), "{}", stuck.zh);
    assert!(stuck.zh.contains("都可以不低于 400,000.00 元") && stuck.zh.contains("leximin"), "{}", stuck.zh);
    // Done as it says: nobody but the one who is stuck is left with nothing, and there is nothing to remark.
    request.deal.levels = Levels::Leximin;
    let leximin = solve(&request).deal.unwrap();
    assert_eq!((leximin.parties[2].surplus_fen, leximin.parties[3].surplus_fen), (Some(40 * WAN), Some(40 * WAN)));
    assert_eq!(leximin.stuck, None);
    // Where all are at the level for good there is nothing to remark either.
    let mut even = two_basins();
    even.deal.objectives = vec![Objective::MaxMinSurplus];
    even.party[2].cost = money(60 * WAN);
    even.party[3].budget = money(60 * WAN);
    assert_eq!(solve(&even).deal.unwrap().stuck, None);
}

#[test]
fn two_conflicts_are_settled_together() {
    let mut request = two_basins();
    request.party[1].budget = money(50 * WAN);
    request.party[3].budget = money(5 * WAN);
    let impasse = solve(&request).impasse.unwrap();
    assert_eq!(impasse.conflicts.len(), 2);
    let moves = |at: usize| -> Vec<(&str, Option<i64>)> {
        impasse.conflicts[at].members.iter().map(|member| (member.kind, member.move_fen)).collect()
    };
    assert_eq!(moves(0), [("cost", Some(10 * WAN)), ("budget", Some(10 * WAN))]);
    assert_eq!(moves(1), [("cost", Some(15 * WAN)), ("budget", Some(15 * WAN))]);
    check_remedies(&request).unwrap();
    // With the concessions of one conflict and a move in the other there is a deal, with a 分 less there is none.
    let inside: Vec<&String> = impasse.conflicts[1].members.iter().map(|member| &member.party).collect();
    let others = impasse.concessions.iter().filter(|part| !inside.contains(&&part.party));
    let base = others.fold(request.clone(), |request, part| {
        with_amount(&request, part.kind, &part.party, part.recipient.as_ref(), part.to_fen)
    });
    assert!(has_deal(&with_amount(&base, "budget", &name(3), None, 20 * WAN)));
    assert!(!has_deal(&with_amount(&base, "budget", &name(3), None, 20 * WAN - 1)));
}

#[test]
fn a_pair_may_pay_more_than_its_value_where_the_deal_says_so() {
    // 主体2 owes 主体1 at most what comes from it; 主体3 pays nothing.
    let mut request = case(&[100 * WAN, 100 * WAN, 0], &BTreeMap::from([((0, 1), 20), ((0, 2), 50), ((2, 1), 50)]));
    request.party[0].cost = money(30 * WAN);
    request.party[2].budget = money(0);
    request.gep[2].value = Worth::parse("100 万元").unwrap();
    assert_eq!(solve(&request).status, Status::Infeasible);
    request.deal.pair_value = false;
    let deal = solve(&request).deal.expect("主体2 receives 70 in all and may pay 30 of it to 主体1");
    assert!(deal.payments.iter().any(|part| part.recipient == name(0) && part.amount_fen >= 30 * WAN));
}

#[test]
fn an_impasse_in_print_says_what_is_enough_and_nothing_that_contradicts_it() {
    let folder = Folder::empty();
    folder.write("case.json", include_str!("cases/topup-corridor.json"));
    let done = ecocomp(&["horizontal", "pay", &folder.file("case.json")]);
    assert_eq!(done.code, 3);
    assert!(done.out.contains("由价值定"), "{}", done.out);
    assert!(!done.out.contains("去掉其中任何一个即可"), "{}", done.out);
    let en = ecocomp(&["--lang", "en", "horizontal", "pay", &folder.file("case.json")]);
    assert!(en.out.contains("follows from values") && en.out.contains("one fen less"), "{}", en.out);
}
