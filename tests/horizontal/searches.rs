//! Searches that are cut short: what was found until then is the answer, and says that it is not all.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::common::{ecocomp, repository};
use ecocomp::horizontal::bargaining::{self, bargain};
use ecocomp::horizontal::cooperative::{self, GameRequest};
use ecocomp::horizontal::division::{self, DivisionRequest};
use ecocomp::horizontal::negotiation::{
    Case, Deal, Mediation, Own, Private, Tabled, mediate, party_view, read_rounds, tabled,
};
use ecocomp::horizontal::payment::{Levels, Objective, Status, pay, synthetic};
use ecocomp::solver::{SolveOptions, Watch};

/// Options that ask to stop at the end of a phase.
fn until(phase: &'static str) -> SolveOptions {
    let flag = Arc::new(AtomicBool::new(phase.is_empty()));
    let told = Arc::clone(&flag);
    let watch = Watch::new(move |ended| {
        if ended == phase {
            told.store(true, Ordering::SeqCst);
        }
    });
    SolveOptions { interrupt: Some(flag), watch, ..SolveOptions::default() }
}

fn read<T: ecocomp::document::typed::Document>(file: &str) -> T {
    let path = repository(file);
    ecocomp::document::typed::read(&std::fs::read_to_string(&path).unwrap(), &path).unwrap()
}

/// The shipped negotiation with both private files.
fn talks() -> (Deal, Vec<Own>, Vec<Tabled>) {
    let folder = "models/horizontal/xinan-negotiation";
    let deal = Deal::read(&read::<Case>(&format!("{folder}/case.toml"))).unwrap();
    let own = ["anhui", "zhejiang"]
        .map(|party| Own::read(&deal, &read::<Private>(&format!("{folder}/{party}.private.toml"))).unwrap());
    let path = repository(&format!("{folder}/rounds.jsonl"));
    let rounds = read_rounds(&deal, &std::fs::read_to_string(&path).unwrap(), &path).unwrap();
    let offers = tabled(&deal, &rounds).unwrap();
    (deal, own.to_vec(), offers)
}

#[test]
fn a_mediator_keeps_what_was_found() {
    let (deal, players, offers) = talks();
    let of = |options: &SolveOptions| mediate(&deal, &players, &offers, options);
    let whole: Mediation = of(&SolveOptions::default()).unwrap();
    assert!(whole.complete && whole.zone.looked_at == whole.zone.combinations[1]);
    let cut = of(&until("zone")).unwrap();
    assert!(!cut.complete);
    assert_eq!((&cut.zone, &cut.offers), (&whole.zone, &whole.offers), "the zone was found");
    assert_eq!((cut.fair.len(), cut.better.is_none()), (0, true));
    let note = cut.notes.last().unwrap();
    assert!(note.zh.contains("公平点") && note.zh.contains("对各方都更好的报价"), "{}", note.zh);
    // Asked before the zone: that none was found yet is not said to be none.
    let none = of(&until("offers")).unwrap();
    assert_eq!((none.complete, none.zone.exists, none.zone.looked_at), (false, false, 0));
    assert!(none.zone.alone.is_empty() && none.zone.must_move_least.is_none());
    // Asked before anything: a limit.
    let findings = of(&until("")).unwrap_err();
    assert_eq!(findings.0[0].code(), "solver.limit_interrupt");
    let fair = of(&until("fair")).unwrap();
    assert_eq!((&fair.fair, fair.better.is_none(), fair.complete), (&whole.fair, true, false));
}

#[test]
fn a_party_keeps_its_view_without_counter_offers() {
    let (deal, players, offers) = talks();
    let whole = party_view(&deal, players.first(), &offers, true, &SolveOptions::default()).unwrap();
    assert!(whole.complete && !whole.counters.is_empty());
    let cut = party_view(&deal, players.first(), &offers, true, &until("offers")).unwrap();
    assert_eq!((cut.complete, cut.counters.len(), &cut.offers), (false, 0, &whole.offers));
    assert!(cut.notes[0].zh.contains("还价"));
}

#[test]
fn a_deal_cut_short_keeps_every_condition_and_says_what_is_left() {
    let mut request = synthetic::generate(12, 6, 5);
    let whole = pay(&request, &SolveOptions::default()).unwrap().deal.unwrap();
    assert!(whole.complete);
    let answer = pay(&request, &until("max_min_surplus")).unwrap();
    assert_eq!(answer.status, Status::Deal);
    let remark = answer.remarks.iter().find(|remark| remark.zh.contains("没有做完")).expect("a remark");
    assert!(remark.zh.contains("偏离份额最小") && remark.zh.contains("付款笔数最少"), "{}", remark.zh);
    let deal = answer.deal.unwrap();
    assert!(!deal.complete && !deal.unique && deal.conditions.iter().all(|condition| condition.holds));
    assert_eq!(deal.stages.len(), 1);
    assert!((deal.stages[0].value - whole.stages[0].value).abs() < 1e-6, "the first objective is proved");
    // Before any objective there is a plan that keeps every condition, and all objectives are named as left out.
    let none = pay(&request, &until("")).unwrap();
    let remark = none.remarks.iter().find(|remark| remark.zh.contains("没有做完")).expect("a remark");
    assert!(remark.zh.contains("付款笔数最少"), "{}", remark.zh);
    let deal = none.deal.unwrap();
    assert!(!deal.complete && !deal.unique && deal.stages.is_empty() && !deal.payments.is_empty());
    assert!(deal.conditions.iter().all(|condition| condition.holds));
    // An impasse is proved without a program; what was not looked for is not said to be missing.
    request.deal.objectives = vec![Objective::MaxMinSurplus];
    request.deal.levels = Levels::Leximin;
    for spec in &mut request.party {
        spec.budget =
            spec.cost.map(|cost| ecocomp::horizontal::payment::Sum(ecocomp::units::Money::from_fen(cost.0.fen() / 9)));
    }
    let impasse = pay(&request, &until("")).unwrap().impasse.unwrap();
    assert_eq!((impasse.complete, impasse.top_up_fen, impasse.concessions.len()), (false, None, 0));
}

#[test]
fn a_bargain_keeps_the_solutions_found() {
    let request: bargaining::Request = read("models/horizontal/nash-1950.toml");
    let whole = bargain(&request, &SolveOptions::default()).unwrap();
    let cut = bargain(&request, &until("nash")).unwrap();
    assert!(whole.complete && !cut.complete);
    assert_eq!(
        cut.solutions.first().map(|solution| &solution.utilities),
        whole.solutions.first().map(|s| &s.utilities)
    );
    assert!(cut.notes.iter().any(|note| note.zh.contains("没有算完")));
}

#[test]
fn games_and_divisions_keep_what_was_found() {
    let text = r#"{"kind":"cost","parties":["甲","乙","丙"],"coalitions":{"甲":"100 元","乙":"80 元","丙":"70 元","甲+乙":"150 元","甲+丙":"140 元","乙+丙":"130 元","甲+乙+丙":"200 元"}}"#;
    let game: GameRequest = serde_json::from_str(text).unwrap();
    let asked = Cell::new(0);
    let solved = cooperative::solve_while(&game, &|| {
        asked.set(asked.get() + 1);
        asked.get() <= 2
    });
    let solved = solved.unwrap();
    assert!(!solved.complete && solved.notes.iter().any(|note| note.zh.contains("没有算完")));
    assert!(!solved.solutions.is_empty(), "Shapley's needs no search");
    assert!(solved.absent.iter().any(|absent| absent.why.zh.contains("没有算完")));
    assert!(cooperative::solve(&game).unwrap().complete);
    let text = r#"{"amount":"200 元","claims":[{"name":"甲","claim":"100 元"},{"name":"乙","claim":"200 元"}]}"#;
    let request: DivisionRequest = serde_json::from_str(text).unwrap();
    let whole = division::divide(&request).unwrap();
    // One rule, and no more.
    let asked = Cell::new(0);
    let most = (1..200).find_map(|most| {
        asked.set(0);
        let found = division::divide_while(&request, &|| {
            asked.set(asked.get() + 1);
            asked.get() <= most
        });
        found.ok()
    });
    let cut = most.unwrap();
    assert!(whole.complete && !cut.complete);
    // Its awards are whole; its properties may not be.
    let first = |rules: &[division::RulePart]| serde_json::to_value(&rules[0].awards).unwrap();
    assert_eq!(first(&cut.rules), first(&whole.rules));
    assert_eq!(cut.rules.len() + cut.skipped.len(), whole.rules.len() + whole.skipped.len());
}

#[test]
fn a_missing_worth_is_not_asked_for_by_the_rule_that_is_written() {
    let text = r#"{"kind":"gain","missing":"zero","parties":["甲","乙"],"coalitions":{"甲":"1 元"}}"#;
    let game: GameRequest = serde_json::from_str(text).unwrap();
    let findings = cooperative::solve(&game).unwrap_err();
    assert_eq!(findings.0[0].code(), "cooperative.missing_whole");
    assert!(!findings.0[0].phrase.render_fix(ecocomp::phrases::Lang::Zh).contains("missing"), "the rule is written");
}

#[test]
fn a_set_without_agreement_ends_with_its_own_code() {
    let folder = crate::common::Folder::empty();
    let parties = "[[party]]\nid = \"a\"\ndisagreement = 5\n[[party]]\nid = \"b\"\ndisagreement = 6\n";
    let outside = "[[constraint]]\ncoefficients = { a = 1, b = 1 }\nat_most = 10\n";
    folder.write("case.toml", format!("name = \"x\"\n{parties}{outside}"));
    let done = ecocomp(&["--json", "bargain", &folder.file("case.toml")]);
    assert_eq!((done.code, done.codes()), (3, vec!["bargain.disagreement_outside".to_owned()]), "{}", done.err);
    let empty = "[[constraint]]\ncoefficients = { a = 1 }\nat_most = 1\n[[constraint]]\ncoefficients = { a = 1 }\nat_least = 2\n";
    folder.write("case.toml", format!("name = \"x\"\n{parties}{empty}"));
    let done = ecocomp(&["--json", "bargain", &folder.file("case.toml")]);
    assert_eq!((done.code, done.codes()), (3, vec!["bargain.empty".to_owned()]), "{}", done.err);
}

#[test]
fn a_chart_of_counter_offers_draws_them() {
    let folder = repository("models/horizontal/xinan-negotiation");
    let (case, rounds) = (format!("{folder}/case.toml"), format!("{folder}/rounds.jsonl"));
    let own = format!("{folder}/anhui.private.toml");
    let other = format!("{folder}/zhejiang.private.toml");
    let party = ["negotiate", "counter", &case, "--rounds", &rounds, "--party", "anhui", "--private", &own];
    let json = ecocomp(&[&party[..], &["--format", "json"]].concat()).json();
    let count = json["counters"].as_array().unwrap().len();
    assert!(count > 0);
    let svg = ecocomp(&[&party[..], &["--format", "svg"]].concat()).out;
    for number in 1..=count {
        assert!(svg.contains(&format!("还价 {number}</text>")), "{number}: {svg}");
    }
    let mediator =
        ["negotiate", "counter", &case, "--rounds", &rounds, "--mediator", "--private", &own, "--private", &other];
    let json = ecocomp(&[&mediator[..], &["--format", "json"]].concat()).json();
    let count = json["better"]["counters"].as_array().unwrap().len();
    let svg = ecocomp(&[&mediator[..], &["--format", "svg"]].concat()).out;
    assert!(count > 0 && (1..=count).all(|number| svg.contains(&format!("还价 {number}"))), "{svg}");
}
