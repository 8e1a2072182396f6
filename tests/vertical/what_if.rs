//! The answer of a model kept warm is that of a fresh run, byte for byte, whatever was asked before.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::common::draws::{KINDS, STAGES};
use crate::common::world::{Chance, Drawn, World, solve_text, yuan};
use crate::common::{cases, repository};
use ecocomp::allocation::Effort;
use ecocomp::jobs::{Asked, Base, Outcome, Ticket, what_if};
use ecocomp::phrases::Lang;
use ecocomp::questions::{self, ChangeText, Failure};
use ecocomp::record::record;
use ecocomp::run::{self, Inputs, RunError};
use ecocomp::scenario::Change;
use ecocomp::solver::{Limit, SolveOptions};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

const MODELS: [&str; 4] = ["chongming-vertical", "minimal", "xinjiang-transfer", "chongming-infeasible"];

fn inputs(model: &str, changes: Vec<Change>) -> Inputs {
    let path = repository(&format!("models/{model}.toml"));
    Inputs { changes, ..ecocomp::files::open(Path::new(&path), None, Vec::new()).unwrap() }
}

fn base(model: &str) -> Arc<Base> {
    let Inputs { model_file, model_text, source, .. } = inputs(model, Vec::new());
    Arc::new(Base::new(model_file, model_text, Arc::new(source), None))
}

/// What the command line prints: the record, or the document of the failure.
fn fresh(model: &str, changes: &[Change]) -> Result<Vec<u8>, String> {
    let solved = run::prepare(&inputs(model, changes.to_vec()))
        .map_err(Failure::from)
        .and_then(|prepared| Ok(run::solve(prepared, &SolveOptions::default(), false)?));
    match solved {
        Ok(solved) => Ok(questions::json(&record(&solved))),
        Err(failure @ Failure::Infeasible(..)) => Ok(questions::pretty(&failure.document(Lang::Zh))),
        Err(failure) => Err(failure.json(Lang::Zh)),
    }
}

fn warm(base: &Arc<Base>, changes: &[Change]) -> Result<Vec<u8>, String> {
    let ticket = Ticket::new(Duration::from_secs(60));
    let asked = Asked { base: Arc::clone(base), changes: changes.to_vec() };
    what_if(&asked, &ticket, Lang::Zh).map(|answer| answer.bytes).map_err(|failure| failure.json(Lang::Zh))
}

/// Changes of funds, rules, entitlements and data; some do not fit the model, some make it infeasible or wrong.
fn sentence() -> impl Strategy<Value = String> {
    let percent = (-30_i32..60).prop_map(|percent| format!("{percent:+}%"));
    prop_oneof![
        4 => percent.clone().prop_map(|by| format!("fund.district.amount={by}")),
        2 => (1_u32..40).prop_map(|million| format!("fund.district.amount={}00 万元", million)),
        2 => percent.clone().prop_map(|by| format!("data.gep[ecosystem=wetland]={by}")),
        1 => percent.prop_map(|by| format!("data.quality[area=310151101]={by}")),
        1 => (0_u32..100).prop_map(|score| format!("data.outcome[ecosystem=forest]={score}")),
        1 => (5_u32..95, 100_u32..180)
            .prop_map(|(low, high)| format!("rule.corridor.between=[0.{low:02},{}.{:02}]", high / 100, high % 100)),
        1 => (1_u32..3000).prop_map(|wan| format!("rule.floor.at_least={wan} 万元")),
        1 => Just("rule.corridor.enabled=false".to_owned()),
        1 => Just("model.rounding=1 元".to_owned()),
        1 => Just("fund.distrct.amount=1 元".to_owned()),
        1 => Just("data.gep[area=nowhere]*=2".to_owned()),
        1 => Just("objective=[]".to_owned()),
    ]
}

#[test]
fn warm_answers_are_fresh_answers() {
    let bases: Vec<(&str, Arc<Base>)> = MODELS.into_iter().map(|model| (model, base(model))).collect();
    let mut runner = TestRunner::new(Config { cases: cases(60), failure_persistence: None, ..Config::default() });
    let drawn = (0..MODELS.len(), prop::collection::vec(sentence(), 0..4));
    let test = |(model, sentences): (usize, Vec<String>)| {
        let (model, base) = &bases[model];
        let changes: Vec<Change> = sentences.iter().filter_map(|text| Change::parse(text).ok()).collect();
        prop_assert_eq!(warm(base, &changes), fresh(model, &changes), "{}: {:?}", model, sentences);
        Ok(())
    };
    runner.run(&drawn, test).unwrap();
}

/// The parts of a record that do not tell how it was solved.
fn told(record: &serde_json::Value) -> Vec<serde_json::Value> {
    // Warnings about the data are about those read, before changes.
    let parts = ["funds", "areas", "ecosystems", "total", "entitlement", "rules", "channels"];
    let cells = record["cells"].as_array().unwrap().iter().map(|cell| {
        let mut cell = cell.clone();
        // Within a hundredth of a 分.
        cell.as_object_mut().unwrap().remove("before_rounding_yuan");
        cell
    });
    parts.iter().map(|part| record[part].clone()).chain(cells).collect()
}

#[test]
fn a_changed_model_is_the_model_written_so() {
    let mut solved = 0;
    let count = u64::from(cases(80));
    for seed in 1..=count {
        let mut chance = Chance(seed * 104_729);
        let mut world = World::draw(2 + seed as usize % 6, 1, &mut chance);
        let rules: Vec<Drawn> = (0..seed % 5)
            .map(|_| KINDS[chance.between(0, KINDS.len() as i128 - 1) as usize].1(&world, &mut chance))
            .collect();
        let stages: String =
            (0..1 + seed % 2).map(|_| STAGES[chance.between(0, STAGES.len() as i128 - 1) as usize]).collect();
        let model = world.model(&rules.iter().collect::<Vec<_>>(), &stages);
        let (before, source) = (world.budget(0), world.source());
        let (mut written, mut changes) = (model.clone(), Vec::new());
        if chance.one_in(2) {
            let after = before * chance.between(85, 120) / 100;
            written = model.replacen(&format!("\"{} 元\"", yuan(before)), &format!("\"{} 元\"", yuan(after)), 2);
            written = written.replacen(&format!("rounding = \"{} 元\"", yuan(after)), "rounding = \"0.01 元\"", 1);
            changes.push(format!("fund.district.amount={} 元", yuan(after)));
        }
        if chance.one_in(2) {
            changes.push("data.outcome[area=001]=55".to_owned());
            world.cells.iter_mut().filter(|cell| cell.area == 0).for_each(|cell| cell.outcome = 55);
        }
        if chance.one_in(2) {
            changes.push("data.gep[area=002]*=2".to_owned());
            world.cells.iter_mut().filter(|cell| cell.area == 1).for_each(|cell| cell.gep *= 2);
        }
        if chance.one_in(3) {
            changes.push("data.last_year*=3".to_owned());
            world.cells.iter_mut().for_each(|cell| cell.last *= 3);
        }
        let changes: Vec<Change> = changes.iter().map(|text| Change::parse(text).unwrap()).collect();
        let inputs =
            Inputs { model_file: "model.toml".into(), model_text: model.clone(), source, changes, spots: None };
        let changed = run::prepare(&inputs).unwrap();
        assert_eq!(changed.base.is_some(), !inputs.changes.is_empty());
        let one = run::solve(changed, &SolveOptions::default(), false);
        let other = solve_text(&written, world.source());
        match (one, other) {
            (Ok(one), Ok(other)) => {
                let one = serde_json::to_value(record(&one)).unwrap();
                for (one, other) in told(&one).iter().zip(told(&other)) {
                    assert_eq!(*one, other, "{seed} {:?}\n{model}", inputs.changes);
                }
                solved += 1;
            }
            (Err(RunError::Infeasible(_)), Err(why)) => assert!(why.starts_with("infeasible"), "{seed} {why}"),
            (one, other) => panic!("{seed} {:?} {:?}", one.map(|_| ()), other.map(|_| ())),
        }
    }
    assert!(solved * 3 > count, "{solved} of {count}");
}

#[test]
fn an_infeasible_question_is_answered_with_conflict_and_repairs() {
    let base = base("chongming-infeasible");
    let ticket = Ticket::new(Duration::from_secs(60));
    let answer = what_if(&Asked { base, changes: Vec::new() }, &ticket, Lang::En).unwrap();
    assert_eq!(answer.outcome, Outcome::Infeasible);
    let document: serde_json::Value = serde_json::from_slice(&answer.bytes).unwrap();
    assert_eq!(document["status"], "infeasible");
    assert!(!document["diagnosis"]["conflict"].as_array().unwrap().is_empty());
    assert!(!document["diagnosis"]["repairs"].as_array().unwrap().is_empty());
}

#[test]
fn changes_in_parts_are_changes_in_words() {
    for (parts, words) in [
        (r#"{"path":"fund.district.amount","op":"scale","value":"+5%"}"#, "fund.district.amount=+5%"),
        (r#"{"path":"fund.district.amount","op":"set","value":"1 亿元"}"#, "fund.district.amount=1 亿元"),
        (r#"{"path":"rule.corridor.between","op":"set","value":[0.85,1.3]}"#, "rule.corridor.between=[0.85,1.3]"),
        (r#"{"path":"data.gep[ecosystem=wetland]","op":"scale","value":1.1}"#, "data.gep[ecosystem=wetland]*=1.1"),
        (r#"{"path":"fund.district.amount","op":"add","value":"100 元"}"#, "fund.district.amount+=100 元"),
        (r#"{"path":"rule.corridor.enabled","op":"set","value":false}"#, "rule.corridor.enabled=false"),
    ] {
        let parts: ChangeText = serde_json::from_str(parts).unwrap();
        let parts = questions::parse(&[parts], "/changes").unwrap().remove(0);
        let words = Change::parse(words).unwrap();
        assert!(parts.path == words.path && parts.operation.same(&words.operation), "{parts:?} {words:?}");
    }
    for wrong in [
        r#"{"path":"fund.district.amount","op":"scale","value":"much"}"#,
        r#"{"path":"","op":"set","value":1}"#,
        r#"{"path":"a","op":"set","value":null}"#,
        r#"{"path":"a","op":"set","value":[null]}"#,
        r#""nonsense""#,
        r#""""#,
    ] {
        let list = vec![ChangeText::Sentence("fund.a=1".to_owned()), serde_json::from_str(wrong).unwrap()];
        let findings = questions::parse(&list, "/changes").unwrap_err();
        assert_eq!(findings.0[0].place.file.as_deref(), Some("/changes/1"), "{wrong}");
    }
    assert!(serde_json::from_str::<ChangeText>(r#"{"path":"a","op":"set","value":1,"more":2}"#).is_err());
}

#[test]
fn work_that_is_ended_has_no_answer() {
    let base = base("chongming-vertical");
    let ticket = Ticket::new(Duration::from_secs(60));
    ticket.end(ecocomp::jobs::End::Cancelled);
    let asked = Asked { base, changes: Vec::new() };
    assert!(matches!(what_if(&asked, &ticket, Lang::Zh), Err(Failure::Limit(_))));
}

#[test]
fn rounding_ends_when_it_is_told_to() {
    let prepared = run::prepare(&inputs("minimal", Vec::new())).unwrap();
    let amounts = run::solve(prepared.clone(), &SolveOptions::default(), false).unwrap().plan.amounts;
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let options = SolveOptions { interrupt: Some(Arc::clone(&stop)), ..SolveOptions::default() };
    let settle = || run::settle_plan(&prepared, &amounts, (Effort::Thorough, &options));
    assert!(settle().is_ok());
    stop.store(true, std::sync::atomic::Ordering::SeqCst);
    assert!(matches!(settle(), Err(RunError::Limit(Limit::Interrupt, _))));
}
