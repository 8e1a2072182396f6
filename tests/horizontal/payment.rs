//! Supply, benefit and payment: a checker in whole 分 of its own, another solver, and what no one should feed.

// The checker speaks in positions i → j, as the formulas do.
#![allow(clippy::needless_range_loop, clippy::type_complexity, clippy::unnecessary_unwrap)]

use std::collections::BTreeMap;

use crate::common::{Folder, ecocomp, repository};
use ecocomp::horizontal::payment::{
    Answer, Deal, FlowRow, GepRow, Label, Levels, Measure, Number, Objective, PairSpec, PartySpec, Reach, Request,
    ServiceSpec, Status, Sum, Worth, pay, synthetic,
};
use ecocomp::phrases::{Lang, Text};
use ecocomp::solver::SolveOptions;
use ecocomp::units::{Exact, Money};
use microlp::{ComparisonOp, LinearExpr, OptimizationDirection, Problem, SolveOutcome, Variable};
use proptest::prelude::*;

const WAN: i64 = 1_000_000;

/// A small case in whole 万元 and per cent, from which both the request and the checker are made.
#[derive(Debug, Clone)]
struct Small {
    /// GEP of each party's one service.
    gep: Vec<i64>,
    /// Per cent of party i's service that flows to party j.
    share: Vec<Vec<i64>>,
    cost: Vec<i64>,
    budget: Vec<Option<i64>>,
    /// Agreed minimum and cap of (payer, recipient).
    pairs: BTreeMap<(usize, usize), (Option<i64>, Option<i64>)>,
    /// Budget of a superior government.
    superior: Option<i64>,
    /// Factor of all money, in 分.
    unit: i64,
}

impl Small {
    fn parties(&self) -> usize {
        self.gep.len()
    }

    /// Value from i to j in 分, rounded down.
    fn value(&self, i: usize, j: usize) -> i64 {
        (self.gep[i] * self.share[i][j] * self.unit).div_euclid(100)
    }

    fn request(&self) -> Request {
        let mut request = synthetic::empty("小例");
        let money = |amount: i64| Sum(Money::from_fen(amount * self.unit));
        request.service.push(ServiceSpec { id: "s".into(), name: None, hydrological: false });
        for i in 0..self.parties() {
            let value = Worth::parse(&format!("{} 分", self.gep[i] * self.unit)).unwrap();
            request.gep.push(GepRow { area: name(i), service: "s".into(), value, quantity: None });
            for j in (0..self.parties()).filter(|j| self.share[i][*j] > 0) {
                let share = Some(Number::parse(&format!("{}%", self.share[i][j])).unwrap());
                request.flow.push(FlowRow { service: "s".into(), from: name(i), to: name(j), share, quantity: None });
            }
            let mut party = party(&name(i));
            party.cost = Some(money(self.cost[i]));
            party.budget = self.budget[i].map(money);
            request.party.push(party);
        }
        for ((payer, recipient), (least, most)) in &self.pairs {
            let (payer, recipient) = (name(*payer), name(*recipient));
            request.pair.push(PairSpec { payer, recipient, least: least.map(money), most: most.map(money) });
        }
        if let Some(budget) = self.superior {
            let mut superior = party("省");
            superior.superior = true;
            superior.budget = Some(money(budget));
            request.party.push(superior);
        }
        request
    }

    /// Who may pay whom: (payer, recipient, least, most) in 分; the superior is the last party.
    fn arcs(&self) -> Vec<(usize, usize, i64, i64)> {
        let mut arcs = Vec::new();
        for payer in 0..self.parties() {
            for recipient in (0..self.parties()).filter(|recipient| self.value(*recipient, payer) > 0) {
                let (least, most) = self.pairs.get(&(payer, recipient)).copied().unwrap_or_default();
                let most = most.map_or(i64::MAX, |most| most * self.unit).min(self.value(recipient, payer));
                arcs.push((payer, recipient, least.unwrap_or(0) * self.unit, most));
            }
        }
        if self.superior.is_some() {
            for recipient in 0..self.parties() {
                if self.cost[recipient] > 0 || self.delivered(recipient) > 0 {
                    arcs.push((self.parties(), recipient, 0, self.superior.unwrap() * self.unit));
                }
            }
        }
        arcs
    }

    fn delivered(&self, i: usize) -> i64 {
        (0..self.parties()).map(|j| self.value(i, j).max(0)).sum()
    }

    fn benefit(&self, j: usize) -> i64 {
        (0..self.parties()).map(|i| self.value(i, j).max(0)).sum()
    }

    fn ceiling(&self, i: usize) -> i64 {
        let cost = if self.superior.is_some() { self.cost[i] * self.unit } else { 0 };
        self.delivered(i).max(cost)
    }

    fn most_paid(&self, j: usize) -> i64 {
        if j == self.parties() {
            return self.superior.unwrap() * self.unit;
        }
        self.budget[j].map_or(i64::MAX, |budget| budget * self.unit).min(self.benefit(j))
    }
}

fn name(i: usize) -> String {
    format!("主体{}", i + 1)
}

/// A party of which nothing is known.
pub(crate) fn party(id: &str) -> PartySpec {
    PartySpec {
        id: id.into(),
        name: None,
        areas: Vec::new(),
        superior: false,
        cost: None,
        opportunity_cost: None,
        outside: None,
        budget: None,
        revenue: None,
        revenue_share: None,
        ability: None,
        quantity: None,
        quality: None,
    }
}

fn solve(request: &Request) -> Answer {
    pay(request, &SolveOptions::default()).unwrap_or_else(|findings| panic!("{findings}"))
}

/// Codes of the findings of a request.
fn codes(request: &Request) -> Vec<&'static str> {
    let findings = pay(request, &SolveOptions::default()).expect_err("findings");
    findings.0.iter().map(|finding| finding.code()).collect()
}

/// Amount by (payer, recipient).
fn amounts(answer: &Answer) -> BTreeMap<(String, String), i64> {
    let deal = answer.deal.as_ref().expect("a deal");
    deal.payments.iter().map(|part| ((part.payer.clone(), part.recipient.clone()), part.amount_fen)).collect()
}

/// Checks every bound of a small case on the amounts, in whole 分.
fn check(small: &Small, answer: &Answer) -> Result<Vec<i64>, TestCaseError> {
    let amounts = amounts(answer);
    let id = |party: usize| if party == small.parties() { "省".to_owned() } else { name(party) };
    let arcs = small.arcs();
    let plan: Vec<i64> = arcs.iter().map(|arc| amounts.get(&(id(arc.0), id(arc.1))).copied().unwrap_or(0)).collect();
    prop_assert_eq!(plan.iter().sum::<i64>(), amounts.values().sum::<i64>(), "a payment where no service flows");
    prop_assert_eq!(plan.iter().sum::<i64>(), answer.deal.as_ref().unwrap().total_fen);
    for (amount, (_, _, least, most)) in plan.iter().zip(&arcs) {
        prop_assert!(least <= amount && amount <= most, "{} not in {}..{}", amount, least, most);
    }
    let sum = |end: &dyn Fn(&(usize, usize, i64, i64)) -> bool| -> i64 {
        arcs.iter().zip(&plan).filter(|(arc, _)| end(arc)).map(|(_, amount)| amount).sum()
    };
    let mut surpluses = Vec::new();
    for i in 0..=small.parties() {
        let (received, paid) = (sum(&|arc| arc.1 == i), sum(&|arc| arc.0 == i));
        if arcs.iter().any(|arc| arc.0 == i) {
            prop_assert!(paid <= small.most_paid(i));
        }
        if i < small.parties() {
            prop_assert!(received >= small.cost[i] * small.unit, "{} does not recover its cost", i);
            prop_assert!(received <= small.ceiling(i));
            let surplus = received - paid + small.benefit(i) - small.cost[i] * small.unit;
            prop_assert!(surplus >= 0, "{} is worse off", i);
            surpluses.push(surplus);
            let part = answer.deal.as_ref().unwrap().parties.iter().find(|part| part.party == id(i)).unwrap();
            prop_assert_eq!(part.surplus_fen, Some(surplus));
            prop_assert_eq!((part.received_fen, part.paid_fen), (received, paid));
        }
    }
    prop_assert!(answer.deal.as_ref().unwrap().conditions.iter().all(|condition| condition.holds));
    Ok(surpluses)
}

/// The same bounds for microlp, in 万元: (problem, payments, smallest surplus).
fn other_solver(small: &Small, top_up_only: bool) -> Option<f64> {
    let direction = if top_up_only { OptimizationDirection::Minimize } else { OptimizationDirection::Maximize };
    let mut problem = Problem::new(direction);
    let wan = |fen: i64| fen as f64 / WAN as f64;
    let arcs = small.arcs();
    let pays: Vec<Variable> = arcs
        .iter()
        .map(|(payer, _, least, most)| {
            let cost = if top_up_only && *payer == small.parties() { 1.0 } else { 0.0 };
            problem.add_var(cost, (wan(*least), wan((*most).max(*least))))
        })
        .collect();
    if arcs.iter().any(|arc| arc.2 > arc.3) {
        return None;
    }
    let level = problem.add_var(if top_up_only { 0.0 } else { 1.0 }, (0.0, if top_up_only { 0.0 } else { 1e9 }));
    for i in 0..=small.parties() {
        let terms = |end: &dyn Fn(&(usize, usize, i64, i64)) -> bool| -> Vec<(Variable, f64)> {
            arcs.iter().zip(&pays).filter(|(arc, _)| end(arc)).map(|(_, pay)| (*pay, 1.0)).collect()
        };
        let expression = |terms: &[(Variable, f64)]| {
            let mut expression = LinearExpr::empty();
            terms.iter().for_each(|(variable, coefficient)| expression.add(*variable, *coefficient));
            expression
        };
        let (received, paid) = (terms(&|arc| arc.1 == i), terms(&|arc| arc.0 == i));
        if !paid.is_empty() && small.most_paid(i) < i64::MAX {
            problem.add_constraint(expression(&paid), ComparisonOp::Le, wan(small.most_paid(i)));
        }
        if i == small.parties() {
            continue;
        }
        let cost = wan(small.cost[i] * small.unit);
        if received.is_empty() && cost > 0.0 {
            return None;
        }
        if !received.is_empty() {
            problem.add_constraint(expression(&received), ComparisonOp::Ge, cost);
            problem.add_constraint(expression(&received), ComparisonOp::Le, wan(small.ceiling(i)));
        }
        if !received.is_empty() || !paid.is_empty() {
            let mut all = received.clone();
            all.extend(paid.iter().map(|(pay, _)| (*pay, -1.0)));
            all.push((level, -1.0));
            problem.add_constraint(expression(&all), ComparisonOp::Ge, cost - wan(small.benefit(i)));
        }
    }
    match problem.solve() {
        Ok(SolveOutcome::Solution(solution)) => Some(solution.objective()),
        _ => None,
    }
}

fn small(with_superior: bool) -> impl Strategy<Value = Small> {
    (2_usize..6).prop_flat_map(move |n| {
        let pair = (0..n, 0..n, prop::option::of(0_i64..400), prop::option::of(0_i64..2_000));
        (
            prop::collection::vec(-300_i64..3_000, n),
            prop::collection::vec(prop::collection::vec(0_i64..(100 / n as i64), n), n),
            prop::collection::vec(0_i64..300, n),
            prop::collection::vec(prop::option::of(0_i64..1_500), n),
            prop::collection::vec(pair, 0..3),
            0_i64..600,
            prop::sample::select(vec![1_i64, 137, WAN]),
        )
            .prop_map(move |(gep, mut share, cost, budget, pairs, superior, unit)| {
                for i in 0..n {
                    for j in 0..n {
                        // About a third of the pairs have no flow.
                        if i == j || share[i][j] % 3 == 0 {
                            share[i][j] = 0;
                        }
                    }
                }
                let mut small = Small {
                    gep,
                    share,
                    cost,
                    budget,
                    pairs: BTreeMap::new(),
                    superior: with_superior.then_some(superior),
                    unit,
                };
                for (payer, recipient, least, most) in pairs {
                    if small.value(recipient, payer) > 0 {
                        let least = least.map(|least| most.map_or(least, |most| least.min(most)));
                        small.pairs.insert((payer, recipient), (least, most));
                    }
                }
                small
            })
    })
}

fn smallest(small: &Small, surpluses: &[i64]) -> i64 {
    let arcs = small.arcs();
    let takes_part = |i: &usize| arcs.iter().any(|arc| arc.0 == *i || arc.1 == *i);
    (0..small.parties()).filter(takes_part).map(|i| surpluses[i]).min().unwrap_or(0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn every_bound_holds_and_another_solver_agrees(case in small(false)) {
        let answer = solve(&case.request());
        match other_solver(&case, false) {
            None => prop_assert_eq!(answer.status, Status::Infeasible),
            Some(level) => {
                prop_assert_eq!(answer.status, Status::Deal);
                let surpluses = check(&case, &answer)?;
                let level = if case.arcs().is_empty() { 0.0 } else { level * WAN as f64 };
                let found = smallest(&case, &surpluses) as f64;
                // Rounding may cost a few 分; the optimum itself is compared to 1e-6 below.
                prop_assert!((found - level).abs() <= 4.0 + level.abs() * 1e-9, "{} against {}", found, level);
                let deal = answer.deal.as_ref().unwrap();
                let stage = deal.stages.iter().find(|stage| stage.objective == Some(Objective::MaxMinSurplus)).unwrap();
                prop_assert!((stage.value * 100.0 - level).abs() <= 1e-6 * (1.0 + level.abs()) || case.arcs().is_empty());
            }
        }
    }

    #[test]
    fn a_superior_adds_no_more_than_it_must(case in small(true)) {
        let answer = solve(&case.request());
        match other_solver(&case, true) {
            None => prop_assert_eq!(answer.status, Status::Infeasible),
            Some(least) => {
                prop_assert_eq!(answer.status, Status::Deal);
                check(&case, &answer)?;
                let given: i64 = amounts(&answer).iter().filter(|((payer, _), _)| payer == "省").map(|(_, fen)| fen).sum();
                prop_assert!((given as f64 - least * WAN as f64).abs() <= 2.0, "{} against {}", given, least);
            }
        }
    }

    #[test]
    fn who_blocks_is_irreducible_and_each_concession_is_enough(case in small(false)) {
        let request = case.request();
        let answer = solve(&request);
        prop_assume!(answer.status == Status::Infeasible);
        let impasse = answer.impasse.as_ref().unwrap();
        prop_assert!(!impasse.conflicts.is_empty());
        // The top-up, given to a superior as its budget, is enough; a 分 less is not.
        if let Some(top_up) = impasse.top_up_fen {
            let with = |fen: i64| {
                let mut request = request.clone();
                let mut superior = party("省");
                superior.superior = true;
                superior.budget = Some(Sum(Money::from_fen(fen)));
                request.party.push(superior);
                solve(&request).status
            };
            prop_assert_eq!(with(top_up), Status::Deal);
            prop_assert_eq!(with(top_up - 1), Status::Infeasible);
        }
        // Where there is one conflict, moving one budget or cost as far as told ends it.
        if impasse.conflicts.len() == 1 {
            for member in &impasse.conflicts[0].members {
                let Some(by) = member.move_fen else { continue };
                let moved = |by: i64| {
                    let mut request = request.clone();
                    let party = request.party.iter_mut().find(|party| party.id == member.party).unwrap();
                    match member.kind {
                        "budget" => party.budget = Some(Sum(Money::from_fen(member.bound_fen + by))),
                        "cost" => party.cost = Some(Sum(Money::from_fen(member.bound_fen - by))),
                        _ => return None,
                    }
                    Some(solve(&request).status)
                };
                prop_assert_ne!(moved(by), Some(Status::Infeasible));
                prop_assert_ne!(moved(by - 1), Some(Status::Deal));
            }
        }
    }

    #[test]
    fn the_order_of_rows_and_parties_apart_change_nothing(case in small(false)) {
        let request = case.request();
        let base = solve(&request);
        let mut other = request.clone();
        other.flow.reverse();
        other.gep.reverse();
        other.pair.reverse();
        other.gep.push(GepRow { area: "旁观".into(), service: "s".into(), value: Worth::parse("77 万元").unwrap(), quantity: None });
        other.party.insert(0, party("旁观"));
        let other = solve(&other);
        prop_assert_eq!(base.status, other.status);
        if base.status == Status::Deal {
            prop_assert_eq!(amounts(&base), amounts(&other));
        }
    }

    #[test]
    fn all_money_times_a_hundred_gives_payments_times_a_hundred(case in small(false)) {
        // Per cents of such amounts are whole 分: nothing is rounded before the program, at either size.
        let case = Small { unit: case.unit * 100, ..case };
        let base = solve(&case.request());
        let large = Small { unit: case.unit * 100, ..case.clone() };
        let large = solve(&large.request());
        prop_assert_eq!(base.status, large.status);
        if base.status == Status::Deal {
            let pairs = |answer: &Answer| amounts(answer).into_keys().collect::<Vec<_>>();
            let same = pairs(&base) == pairs(&large);
            let (base, large) = (base.deal.unwrap(), large.deal.unwrap());
            let few = |deal: &Deal| {
                let stage = deal.stages.iter().find(|stage| stage.objective == Some(Objective::FewestPayments));
                stage.map(|stage| (stage.value, stage.at_least))
            };
            // Where both numbers are proved they are one; which of several plans with so few payments it is, is left open.
            if let (Some((one, Some(least))), Some((other, Some(other_least)))) = (few(&base), few(&large))
                && one == least as f64
                && other == other_least as f64
            {
                prop_assert_eq!(one, other);
            }
            if !same {
                return Ok(());
            }
            // Values, shares and costs are taken in whole 分 each, inwards: up to one 分 a pair and party, and both move totals.
            let room = 2 * (case.arcs().len() + case.parties()) as i64 + base.total_fen.abs() / 1_000_000_000;
            prop_assert!((base.total_fen - large.total_fen / 100).abs() <= room);
            for (a, b) in base.parties.iter().zip(&large.parties) {
                prop_assert!((a.received_fen - b.received_fen / 100).abs() <= 25, "{:?} {:?}", a, b);
            }
        }
    }

    #[test]
    fn leximin_raises_the_smallest_as_far_as_maximin(case in small(false)) {
        let mut request = case.request();
        request.deal.objectives = vec![Objective::MaxMinSurplus];
        let plain = solve(&request);
        request.deal.levels = Levels::Leximin;
        let full = solve(&request);
        prop_assert_eq!(plain.status, full.status);
        if plain.status == Status::Deal {
            let (mut a, mut b) = (check(&case, &plain)?, check(&case, &full)?);
            prop_assert!((smallest(&case, &a) - smallest(&case, &b)).abs() <= 4);
            // Sorted, leximin is nowhere the first to be smaller.
            a.sort_unstable();
            b.sort_unstable();
            let first = a.iter().zip(&b).position(|(a, b)| (*a - *b).abs() > 20);
            // What one place gains beyond rounding, the places after it may lose.
            let raised = |until: usize| a.iter().zip(&b).take(until + 1).any(|(a, b)| b - a > 4);
            prop_assert!(first.is_none_or(raised), "{:?} {:?}", a, b);
        }
    }

    #[test]
    fn receipts_stay_within_the_corridor(case in small(false), tolerance in 0_i64..60) {
        let mut request = case.request();
        request.deal.tolerance = Some(Number::parse(&format!("{tolerance}%")).unwrap());
        let Ok(answer) = pay(&request, &SolveOptions::default()) else { return Ok(()) };
        if answer.status == Status::Deal {
            check(&case, &answer)?;
            let deal = answer.deal.as_ref().unwrap();
            let delivered: i128 = (0..case.parties()).map(|i| i128::from(case.delivered(i).max(0))).sum();
            let total: i128 = deal.parties.iter().map(|part| i128::from(part.received_fen)).sum();
            for (i, part) in deal.parties.iter().enumerate().filter(|(i, _)| case.delivered(*i) > 0) {
                // received within (1 ± tolerance) · delivered / Σ delivered · total, to the 分 outwards.
                let middle = i128::from(case.delivered(i)) * total;
                let received = i128::from(part.received_fen) * 100 * delivered;
                prop_assert!(received >= middle * i128::from(100 - tolerance) - 100 * delivered);
                prop_assert!(received <= middle * i128::from(100 + tolerance) + 100 * delivered);
            }
        }
    }
}

#[test]
fn supply_and_benefit_are_exact() {
    // A third of 100 yuan has no end in decimals: three of them are 100 yuan all the same.
    let mut request = synthetic::empty("三分之一");
    request.service.push(ServiceSpec { id: "s".into(), name: None, hydrological: false });
    for id in ["甲", "乙", "丙", "丁"] {
        request.party.push(party(id));
    }
    request.gep.push(GepRow {
        area: "甲".into(),
        service: "s".into(),
        value: Worth::parse("100 元").unwrap(),
        quantity: Some(Number::parse("3").unwrap()),
    });
    for to in ["乙", "丙", "丁"] {
        let quantity = Some(Number::parse("1").unwrap());
        request.flow.push(FlowRow { service: "s".into(), from: "甲".into(), to: to.into(), share: None, quantity });
    }
    let answer = solve(&request);
    assert_eq!(answer.positions[0].supplied_wan, "0.01");
    assert_eq!(answer.cells[0].retained_wan, "0");
    assert_eq!(answer.pairs[0].value_wan, "0.003333");
    // At most 33.33 yuan is to be had of each.
    assert!(amounts(&answer).values().all(|fen| *fen <= 3_333));
}

#[test]
fn negative_services_count_in_the_position_and_are_not_paid_for() {
    let mut request = synthetic::empty("负值");
    request.service.push(ServiceSpec { id: "供水".into(), name: None, hydrological: false });
    request.party.extend([party("田"), party("城")]);
    request.gep.push(GepRow {
        area: "田".into(),
        service: "供水".into(),
        value: Worth::parse("-2.63 万元").unwrap(),
        quantity: None,
    });
    let share = Some(Number::parse("0.5").unwrap());
    request
        .flow
        .push(FlowRow { service: "供水".into(), from: "田".into(), to: "城".into(), share, quantity: None });
    let answer = solve(&request);
    assert_eq!(answer.positions[0].net_wan, "-1.315");
    assert_eq!(answer.status, Status::Deal);
    assert!(amounts(&answer).is_empty());
    assert!(answer.remarks.iter().any(|remark| remark.zh.contains("负值")));
}

/// Two suppliers, two payers, all pairs; by hand. Benefit 60 and 40, costs 20 and 10: the gain of 70 is shared by four, 17.5
/// each; receipts 37.5 and 27.5, payments 42.5 and 22.5.
#[test]
fn a_case_by_hand() {
    let case = Small {
        gep: vec![100, 100, 0, 0],
        share: vec![vec![0, 0, 30, 20], vec![0, 0, 30, 20], vec![0; 4], vec![0; 4]],
        cost: vec![20, 10, 0, 0],
        budget: vec![None; 4],
        pairs: BTreeMap::new(),
        superior: None,
        unit: WAN,
    };
    let answer = solve(&case.request());
    let surpluses = check(&case, &answer).unwrap();
    assert_eq!(surpluses, [17_500_000; 4]);
    let deal = answer.deal.as_ref().unwrap();
    // Each payer pays more than the 30 and 20 that one supplier is worth to it, and so pays both.
    assert_eq!(deal.payments.len(), 4);
    assert!(deal.unique);
    let mut least = case.request();
    least.deal.objectives = vec![Objective::LeastPayments];
    assert_eq!(solve(&least).deal.unwrap().total_fen, 30 * WAN, "costs alone");
    let mut relative = case.request();
    relative.deal.surplus = Measure::Relative;
    let relative = solve(&relative).deal.unwrap();
    let stage = relative.stages.iter().find(|stage| stage.objective == Some(Objective::MaxMinSurplus)).unwrap();
    // 70 of gain over 200 of value supplied and received.
    assert!((stage.value - 0.35).abs() < 1e-9, "{}", stage.value);
}

#[test]
fn flows_by_a_written_rule_go_downstream_by_figure() {
    let text = r#"
name = "规则"
service = [{ id = "水", hydrological = true }]
river = [{ from = "上", to = "中" }, { from = "中", to = "下" }]
gep = [{ area = "上", service = "水", value = "90 万元" }, { area = "下", service = "水", value = "5 万元" }]
area = [{ id = "上", figures = { "人口" = 1 } }, { id = "中", figures = { "人口" = 3 } }, { id = "下", figures = { "人口" = 5 } }]
rule = [{ service = "水", among = "downstream", figure = "人口", include_own = true }]
party = [{ id = "上" }, { id = "中" }, { id = "下" }]
"#;
    let read = ecocomp::horizontal::payment::reading::parse(text, "case.toml").unwrap();
    let answer = solve(&read.request);
    let value: Vec<(&str, &str)> =
        answer.pairs.iter().map(|part| (part.beneficiary.as_str(), part.value_wan.as_str())).collect();
    assert_eq!(value, [("中", "30"), ("下", "50")]);
    assert_eq!(answer.cells[0].retained_wan, "10");
}

#[test]
fn a_supplier_whom_nobody_can_pay_is_named() {
    let case = Small {
        gep: vec![100, 50, 0],
        share: vec![vec![0, 0, 50], vec![0; 3], vec![0; 3]],
        cost: vec![10, 7, 0],
        budget: vec![None; 3],
        pairs: BTreeMap::new(),
        superior: None,
        unit: WAN,
    };
    let answer = solve(&case.request());
    let impasse = answer.impasse.unwrap();
    assert_eq!(impasse.unpayable, ["主体2"]);
    assert_eq!(impasse.conflicts.len(), 1);
    assert_eq!(impasse.conflicts[0].members.len(), 1);
    assert_eq!(impasse.conflicts[0].members[0].kind, "cost");
    assert_eq!((impasse.top_up_fen, impasse.conflicts[0].members[0].move_fen), (Some(7 * WAN), Some(7 * WAN)));
}

#[test]
fn large_synthetic_cases_have_a_deal_that_holds() {
    for (parties, reach, seed) in [(40, 12, 1), (60, 9, 7)] {
        let answer = solve(&synthetic::generate(parties, reach, seed));
        let deal = answer.deal.expect("feasible for every seed");
        assert!(deal.conditions.iter().all(|condition| condition.holds));
        assert!(deal.rounding_fen < 100.0, "{}", deal.rounding_fen);
        // A vertex: beside payments of a pair's whole value no more than sums that are kept.
        let between = deal.payments.iter().filter(|part| Some(part.amount_fen) != part.value_fen).count();
        assert!(between <= 2 * parties, "{between} payments");
    }
}

#[test]
fn wrong_requests_are_findings() {
    let sound = || {
        let mut request = synthetic::empty("错");
        request.service.push(ServiceSpec { id: "水".into(), name: None, hydrological: true });
        request.river.extend([("甲", "乙"), ("乙", "丙")].map(|(from, to)| Reach { from: from.into(), to: to.into() }));
        request.party.extend(["甲", "乙", "丙"].map(party));
        request.gep.push(GepRow {
            area: "甲".into(),
            service: "水".into(),
            value: Worth::parse("9 万元").unwrap(),
            quantity: None,
        });
        let share = Some(Number::parse("0.5").unwrap());
        request
            .flow
            .push(FlowRow { service: "水".into(), from: "甲".into(), to: "丙".into(), share, quantity: None });
        request
    };
    assert_eq!(solve(&sound()).status, Status::Deal);
    let with = |change: &dyn Fn(&mut Request)| {
        let mut request = sound();
        change(&mut request);
        codes(&request)
    };
    let money = |text: &str| Some(Sum(Money::parse(text).unwrap()));
    let reach = |from: &str, to: &str| Reach { from: from.into(), to: to.into() };
    let flow = |from: &str, to: &str, share: &str| FlowRow {
        service: "水".into(),
        from: from.into(),
        to: to.into(),
        share: Some(Number::parse(share).unwrap()),
        quantity: None,
    };
    assert_eq!(with(&|r| r.river.push(reach("丙", "甲"))), ["payment.cycle"]);
    assert_eq!(with(&|r| r.river.push(reach("甲", "甲"))), ["payment.cycle"]);
    assert_eq!(with(&|r| r.river.push(reach("甲", "丁"))), ["payment.unknown_area"]);
    assert_eq!(with(&|r| r.river.push(reach("甲", "乙"))), ["payment.reach_twice"]);
    assert_eq!(with(&|r| r.flow.push(flow("甲", "乙", "0.6"))), ["payment.shares_above_one"]);
    assert_eq!(with(&|r| r.flow.push(flow("甲", "丙", "0.1"))), ["payment.flow_twice"]);
    assert_eq!(with(&|r| r.flow.push(flow("甲", "甲", "0.1"))), ["payment.flow_to_itself"]);
    assert_eq!(with(&|r| r.flow.push(flow("乙", "丙", "0.1"))), ["payment.gep_missing"]);
    assert_eq!(with(&|r| r.flow.push(flow("甲", "乙", "-0.1"))), ["payment.share_range"]);
    assert_eq!(with(&|r| r.flow[0].share = None), ["payment.share_or_quantity"]);
    assert_eq!(with(&|r| r.river.clear()), ["payment.no_river"]);
    assert_eq!(with(&|r| r.gep.push(r.gep[0].clone())), ["payment.gep_twice"]);
    assert_eq!(with(&|r| r.gep.clear()), ["payment.none"]);
    assert_eq!(with(&|r| r.party[0].cost = money("-1 元")), ["payment.negative"]);
    assert_eq!(with(&|r| r.party[2].id = "甲".into())[0], "payment.twice");
    assert_eq!(with(&|r| r.party[1].areas = vec!["甲".into()]), ["payment.two_owners"]);
    assert!(with(&|r| r.party[0].superior = true).contains(&"payment.unknown_area"));
    let pair = |payer: &str, recipient: &str, least: &str| PairSpec {
        payer: payer.into(),
        recipient: recipient.into(),
        least: money(least),
        most: None,
    };
    assert_eq!(with(&|r| r.pair.push(pair("乙", "甲", "1 元"))), ["payment.pair_without_flow"]);
    assert_eq!(with(&|r| r.pair.push(pair("丁", "甲", "1 元"))), ["payment.unknown_party"]);
    assert_eq!(with(&|r| r.deal.tolerance = Some(Number::parse("-1").unwrap())), ["payment.negative"]);
    assert_eq!(with(&|r| r.deal.shares.quality = Number::parse("1").unwrap()), ["payment.part_missing"]);
    assert_eq!(with(&|r| r.deal.objectives = vec![Objective::LeastPayments; 2]), ["payment.objective_twice"]);
    // A budget of zero is a budget.
    let mut request = sound();
    request.party[2].budget = money("0 元");
    assert!(amounts(&solve(&request)).is_empty());
    request.party[0].cost = money("1 元");
    let impasse = solve(&request).impasse.unwrap();
    let kinds: Vec<&str> = impasse.conflicts[0].members.iter().map(|member| member.kind).collect();
    assert_eq!(kinds, ["cost", "budget"]);
    assert_eq!(impasse.top_up_fen, Some(100));
    assert_eq!(codes(&synthetic::empty("空")), ["payment.none", "payment.none"]);
}

#[test]
fn a_hundred_thousand_rows_are_read() {
    let mut request = synthetic::empty("大");
    request.service.push(ServiceSpec { id: "s".into(), name: None, hydrological: false });
    let areas: Vec<String> = (0..50_000).map(|i| format!("A{i}")).collect();
    for (index, half) in areas.chunks(25_000).enumerate() {
        let mut owner = party(&format!("P{index}"));
        owner.areas = half.to_vec();
        request.party.push(owner);
    }
    let value = Worth::parse("1.5 万元").unwrap();
    let share = Some(Number::parse("1/7").unwrap());
    for (index, area) in areas.iter().enumerate() {
        request.gep.push(GepRow { area: area.clone(), service: "s".into(), value: value.clone(), quantity: None });
        let to = areas[(index + 25_000) % 50_000].clone();
        request.flow.push(FlowRow {
            service: "s".into(),
            from: area.clone(),
            to,
            share: share.clone(),
            quantity: None,
        });
    }
    let answer = solve(&request);
    // 25 000 × 1.5 / 7 万元.
    assert_eq!(answer.positions[0].supplied_wan, "5357.142857");
    // As many unknown names are findings, not hours.
    for row in &mut request.flow {
        row.to.push('x');
    }
    let findings = pay(&request, &SolveOptions::default()).unwrap_err();
    assert_eq!(findings.0.len(), 201);
}

const CASE: &str = "name = \"例\"\nservice = [{ id = \"水\" }]\n[data]\ngep = \"gep.csv\"\nflows = \"flows.csv\"\nparties = \"parties.csv\"\n";

fn case_folder(flows: &str, parties: &str) -> Folder {
    let folder = Folder::empty();
    folder.write("case.toml", CASE);
    folder.write("gep.csv", "区域,服务,生态产品总值(亿元)\n甲,水,1.5\n乙,水,0\n");
    folder.write("flows.csv", flows);
    folder.write("parties.csv", parties);
    folder
}

#[test]
fn tables_are_read_with_their_units_and_findings_name_their_row() {
    let folder =
        case_folder("服务,供给区,受益区,份额(%)\n水,甲,乙,40\n", "主体,保护成本(万元),预算(万元)\n甲,100,\n乙,,2000\n");
    let done = ecocomp(&["horizontal", "pay", &folder.file("case.toml"), "--format", "json"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let json = done.json();
    assert_eq!(json["pairs"][0]["value_wan"], "6000");
    // The budget of 2 000 万元 binds: the gain of the supplier is then 1 900, of the payer 4 000.
    assert_eq!(json["deal"]["payments"][0]["amount_fen"], 2_000 * WAN);
    let budget = json["deal"]["conditions"].as_array().unwrap().iter().find(|part| part["kind"] == "budget").unwrap();
    assert_eq!(budget["binding"], true);
    assert!((budget["prices"][0]["per_yuan"].as_f64().unwrap() - 1.0).abs() < 1e-9);
    for (flows, place, code) in [
        ("服务,供给区,受益区,份额\n水,甲,已,0.4\n", "flows.csv:2:受益区", "payment.unknown_area"),
        ("服务,供给区,受益区,份额\n水,甲,乙,NaN\n", "flows.csv:2:D 份额", "document.not_a_number"),
        ("服务,供给区,受益区,份额\n水,甲,乙,1.2\n", "flows.csv:2:份额", "payment.share_range"),
        ("服务,供给区,受益区,比率\n水,甲,乙,1.2\n", "flows.csv:1:D 比率", "payment.unknown_column"),
        ("服务,供给区,份额\n水,甲,1\n", "flows.csv", "dataset.header_missing"),
    ] {
        let folder = case_folder(flows, "主体,保护成本(万元)\n甲,1\n乙,\n");
        let done = ecocomp(&["--json", "horizontal", "pay", &folder.file("case.toml")]);
        assert_eq!((done.code, done.codes()), (1, vec![code.to_owned()]), "{}", done.err);
        let found = &done.error()["findings"][0]["place"];
        let shown = [&found["file"], &found["row"], &found["column"]]
            .iter()
            .filter(|part| !part.is_null())
            .map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join(":");
        assert!(shown.ends_with(place), "{shown} is not {place}");
    }
    let folder = case_folder("服务,供给区,受益区,份额\n水,甲,乙,0.4\n", "主体,保护成本\n甲,1\n乙,\n");
    let done = ecocomp(&["--json", "horizontal", "pay", &folder.file("case.toml")]);
    assert_eq!(done.codes(), ["units.unit_missing"], "money without unit");
}

#[test]
fn a_case_file_that_cannot_be_read_says_where() {
    for (text, code, line) in [
        ("name = \"x\"\nfoo = 1\n", "policy.unknown_key", 2),
        ("name = \"x\"\n[[party]]\nid = \"a\"\nbudgt = \"1 元\"\n", "policy.unknown_key", 4),
        ("name = \"x\"\n[deal]\nsurplus = \"absolut\"\n", "policy.unknown_word", 3),
        ("name = \"x\"\n[[party]]\nid = \"a\"\nbudget = nan\n", "units.not_a_number", 4),
        ("name = \"x\"\n[[party]]\nid = \"a\"\nbudget = 5\n", "units.unit_missing", 4),
        ("name = \n", "policy.not_toml", 1),
        ("[[party]]\nid = \"a\"\n", "document.key_missing", 1),
    ] {
        let folder = Folder::empty();
        folder.write("case.toml", text);
        let done = ecocomp(&["--json", "horizontal", "pay", &folder.file("case.toml")]);
        assert_eq!((done.code, done.codes()), (1, vec![code.to_owned()]), "{text}: {}", done.err);
        assert_eq!(done.error()["findings"][0]["place"]["row"], line, "{text}");
    }
}

#[test]
fn all_that_is_wrong_with_a_case_file_is_told_at_once() {
    let folder = Folder::empty();
    folder.write(
        "case.toml",
        "name = 5\n[[party]]\nid = \"a\"\nbudgt = \"1 元\"\n[[party]]\nbudget = 5\n[deal]\nsurplus = \"absolut\"\n",
    );
    folder.write(
        "case.json",
        "{\n\"name\": 5,\n\"party\": [{\"id\": \"a\",\n\"budgt\": 1}, {\n\"budget\": 5}],\n\"deal\": {\"surplus\": \"absolut\"}}",
    );
    for (file, rows) in [("case.toml", [1, 4, 5, 6, 8]), ("case.json", [2, 4, 4, 5, 6])] {
        let done = ecocomp(&["--json", "horizontal", "pay", &folder.file(file)]);
        let found = done.error()["findings"].as_array().cloned().unwrap_or_default();
        let told: Vec<(String, u64)> = found
            .iter()
            .map(|one| (one["code"].as_str().unwrap_or_default().to_owned(), one["place"]["row"].as_u64().unwrap_or(0)))
            .collect();
        let mut codes: Vec<&str> = told.iter().map(|(code, _)| code.as_str()).collect();
        codes.sort_unstable();
        let expected = [
            "document.key_missing",
            "document.wrong_type",
            "policy.unknown_key",
            "policy.unknown_word",
            "units.unit_missing",
        ];
        assert_eq!(codes, expected, "{file}: {}", done.err);
        assert_eq!(told.iter().map(|(_, row)| *row).collect::<Vec<_>>(), rows, "{file}: {}", done.err);
    }
}

#[test]
fn the_shipped_example_speaks_both_languages_and_every_format() {
    let case = repository("models/horizontal/poyang-payment.toml");
    let zh = ecocomp(&["horizontal", "pay", &case]);
    assert_eq!(zh.code, 0, "{}", zh.err);
    let en = ecocomp(&["--lang", "en", "horizontal", "pay", &case]);
    assert!(zh.out.contains("供给与受益") && en.out.contains("Supply and benefit"));
    assert!(zh.out.contains("示例") && en.out.contains("illustrative"));
    assert!(!zh.out.contains("payment.") && !en.out.contains("payment.condition"), "a code instead of a sentence");
    let json = ecocomp(&["horizontal", "pay", &case, "--format", "json"]).json();
    assert!(json["deal"]["conditions"].as_array().unwrap().iter().all(|part| part["holds"] == true));
    assert_eq!(json["illustrative"], true);
    let csv = ecocomp(&["horizontal", "pay", &case, "--format", "csv"]).out;
    assert_eq!(csv.lines().count(), 1 + json["deal"]["payments"].as_array().unwrap().len());
    assert!(csv.lines().skip(1).all(|line| line.contains("示例")), "every line is marked");
    assert!(ecocomp(&["horizontal", "pay", &case, "--format", "svg"]).out.starts_with("<svg"));
    let again = ecocomp(&["horizontal", "pay", &case]);
    assert_eq!(zh.out, again.out, "same input, same bytes");
}

#[test]
fn an_impasse_is_printed_and_ends_with_its_own_code() {
    let folder = Folder::empty();
    folder.write(
        "case.toml",
        "name = \"僵局\"\nservice = [{ id = \"水\" }]\ngep = [{ area = \"上\", service = \"水\", value = \"100 万元\" }]\n\
         flow = [{ service = \"水\", from = \"上\", to = \"下\", share = 0.5 }]\n\
         party = [{ id = \"上\", cost = \"10 万元\" }, { id = \"下\", budget = \"5 万元\" }]\n",
    );
    let done = ecocomp(&["horizontal", "pay", &folder.file("case.toml")]);
    assert_eq!(done.code, 3);
    assert!(done.out.contains("冲突 1") && done.out.contains("50,000.00"), "{}", done.out);
    let json = ecocomp(&["horizontal", "pay", &folder.file("case.toml"), "--format", "json"]).json();
    assert_eq!(json["status"], "infeasible");
    assert_eq!(json["impasse"]["top_up_fen"], 5 * WAN);
}

#[test]
fn requests_and_answers_are_complete_documents() {
    let request = synthetic::generate(6, 6, 3);
    let text = serde_json::to_string(&request).unwrap();
    let read: Request = serde_json::from_str(&text).unwrap();
    assert_eq!(solve(&request), solve(&read));
    let schema = serde_json::to_value(schemars::schema_for!(Answer)).unwrap();
    let answer = serde_json::to_value(solve(&request)).unwrap();
    assert!(jsonschema::is_valid(&schema, &answer));
    let schema = serde_json::to_value(schemars::schema_for!(Request)).unwrap();
    assert!(jsonschema::is_valid(&schema, &serde_json::to_value(&request).unwrap()));
    let label = Label(Text { zh: "甲".into(), en: "A".into() });
    assert_eq!(serde_json::from_str::<Label>(&serde_json::to_string(&label).unwrap()).unwrap().0.get(Lang::En), "A");
    assert_eq!(*Number::parse("1/3").unwrap().exact(), Exact::new(1.into(), 3.into()));
    assert!(Number::parse("1/0").is_err() && Number::parse("NaN").is_err() && Number::parse("1e400").is_err());
}
