//! A model that divides by an account: its cells have the account's values, and prices of the account are what-ifs.

use std::path::Path;

use crate::common::repository;
use ecocomp::accounting::view::{Asked, Linked};
use ecocomp::dataset::indicator;
use ecocomp::finding::Findings;
use ecocomp::record::{Record, record};
use ecocomp::run::{self, Inputs, Prepared};
use ecocomp::scenario::Change;
use ecocomp::solver::SolveOptions;
use ecocomp::units::Money;

fn inputs(changes: &[&str]) -> Inputs {
    let changes = changes.iter().map(|change| Change::parse(change).unwrap()).collect();
    ecocomp::files::open(Path::new(&repository("models/chongming-gep.toml")), None, changes)
        .unwrap_or_else(|found| panic!("{found}"))
}

fn prepared(changes: &[&str]) -> Result<Prepared, Findings> {
    run::prepare(&inputs(changes))
}

fn solved(changes: &[&str]) -> Record {
    let prepared = prepared(changes).unwrap_or_else(|found| panic!("{found}"));
    record(&run::solve(prepared, &SolveOptions::default(), false).unwrap())
}

fn gep(prepared: &Prepared) -> Vec<(String, String, i64)> {
    let data = &prepared.problem.frame.dataset;
    let of = |at: usize| -> Option<(String, String, i64)> {
        let cell = data.cells().get(at)?;
        let money = data.cell_money(ecocomp::dataset::CellId(at), indicator::GEP)?;
        Some((data.areas().get(cell.area.0)?.code.clone(), cell.ecosystem.clone(), money.fen()))
    };
    (0..data.cells().len()).filter_map(of).collect()
}

#[test]
fn cells_have_the_values_of_the_account() {
    let prepared = prepared(&[]).unwrap_or_else(|found| panic!("{found}"));
    let source = ecocomp::files::account(Path::new(&repository("datasets/gep/chongming"))).unwrap();
    let asked = Asked { view: "regulating_constant".into(), year: None, downscaled: true };
    let (linked, _) = Linked::open(&source, &asked, &ecocomp::finding::Place::default()).unwrap();
    let figures = linked.figures().unwrap();
    let found = gep(&prepared);
    assert_eq!(found.len(), prepared.problem.frame.dataset.cells().len());
    for (area, ecosystem, fen) in found {
        assert_eq!(figures.get(&(area.clone(), ecosystem.clone())), Some(&fen), "{area} {ecosystem}");
    }
    assert_eq!(prepared.account.as_ref().unwrap().hash(), linked.hash());
}

#[test]
fn the_record_names_the_account() {
    let record = solved(&[]);
    let part = record.dataset.account.as_ref().unwrap();
    assert_eq!((part.id.as_str(), part.view.as_str(), part.year), ("chongming", "regulating_constant", 2023));
    assert!(record.dataset.illustrative && record.dataset.files.iter().any(|file| file.name == "gep/account.toml"));
    let dearer = solved(&["gep.price.CO2*=1.2"]);
    let changed = dearer.dataset.account.as_ref().unwrap();
    assert!(changed.hash != part.hash && dearer.hash != record.hash);
    assert_eq!(record.total.amount_fen, dearer.total.amount_fen);
    let moved =
        record.cells.iter().zip(&dearer.cells).filter(|(one, other)| one.amount_fen != other.amount_fen).count();
    assert!(moved > 0, "another price of carbon moves money");
}

#[test]
fn a_change_is_the_same_warm_and_read_anew() {
    for changes in [
        &["gep.price.CO2*=1.2"][..],
        &["gep.price.CO2=80 元/(t CO2)", "fund.district.amount=+5%"],
        &["gep.parameter.runoff[ecosystem=forest]=12", "data.gep[ecosystem=wetland]*=1.1"],
        &["gep.parameter.carbon_rate[area=310151110]*=2"],
    ] {
        let warm =
            run::changed(&prepared(&[]).unwrap(), &inputs(changes).changes).unwrap_or_else(|found| panic!("{found}"));
        let anew = run::read(&inputs(changes), &inputs(changes).changes).unwrap_or_else(|found| panic!("{found}"));
        assert_eq!(gep(&warm), gep(&anew), "{changes:?}");
        assert_eq!(warm.account.as_ref().unwrap().hash(), anew.account.as_ref().unwrap().hash());
        assert!(!warm.differences.is_empty() && warm.differences == anew.differences);
    }
}

#[test]
fn a_price_values_linearly() {
    let fen = |changes: &[&str]| gep(&prepared(changes).unwrap());
    let (base, double, triple) = (fen(&[]), fen(&["gep.price.CO2*=2"]), fen(&["gep.price.CO2*=3"]));
    for ((one, two), three) in base.iter().zip(&double).zip(&triple) {
        let gap = (three.2 - two.2) - (two.2 - one.2);
        // Each value is rounded to the 分, and what rounding leaves of a division goes to the largest part.
        assert!(gap.abs() <= 6, "{one:?} {gap} {}", Money::from_fen(gap));
    }
    assert!(base.iter().zip(&double).any(|(one, two)| one.1 == "forest" && two.2 > one.2));
    assert!(base.iter().zip(&double).all(|(one, two)| one.1 != "farmland" || two.2 == one.2));
}

#[test]
fn what_does_not_fit_the_account_is_told() {
    let code = |changes: &[&str]| prepared(changes).unwrap_err().0.first().unwrap().code();
    assert_eq!(code(&["gep.price.CO3*=2"]), "gep.no_such_row");
    assert_eq!(code(&["gep.price.CO2=80 元/t"]), "gep.figure_unit");
    assert_eq!(code(&["gep.parameter.runoff[ecosystem=sea]=1"]), "gep.ecosystem_unknown");
    assert_eq!(code(&["gep.parameter.runoff=-5"]), "gep.out_of_range");
    assert_eq!(code(&["gep.view=\"no\""]), "gep.view_unknown");
    let path = repository("models/chongming-vertical.toml");
    let changes = vec![Change::parse("gep.price.CO2*=2").unwrap()];
    let inputs = ecocomp::files::open(Path::new(&path), None, changes).unwrap();
    assert_eq!(run::prepare(&inputs).unwrap_err().0.first().unwrap().code(), "gep.no_account");
}

#[test]
fn the_template_of_an_account_is_written_and_says_what_is_missing() {
    let folder = crate::common::Folder::empty();
    let path = folder.file("账户.xlsx");
    let template = [
        "gep",
        "template",
        "--norm",
        "NDRC2022",
        "--year",
        "2023",
        "--area",
        "310151",
        "--name",
        "崇明区",
        "-o",
        &path,
    ];
    let made = crate::common::ecocomp(&template);
    assert_eq!(made.code, 0, "{}", made.err);
    // Nothing is written over.
    assert_ne!(crate::common::ecocomp(&template).code, 0);
    let account = crate::common::ecocomp(&["gep", "check", &path]);
    assert_eq!(account.code, 1);
    assert!(account.err.contains("数据"), "{}", account.err);
    let unknown = crate::common::ecocomp(&[
        "gep",
        "template",
        "--norm",
        "NDRC202",
        "--year",
        "2023",
        "--area",
        "1",
        "--name",
        "甲",
        "-o",
        &folder.file("b.xlsx"),
    ]);
    assert!(unknown.code == 1 && unknown.err.contains("NDRC2022"), "{}", unknown.err);
}

/// What an area has in all, in 分.
fn area_fen(record: &Record, area: &str) -> i64 {
    record.cells.iter().filter(|cell| cell.area == area).map(|cell| cell.amount_fen).sum()
}

#[test]
fn an_explanation_says_how_much_came_from_which_price() {
    let changes = ["gep.price.CO2*=3", "gep.price.water_storage*=0.5"];
    let (before, after) = (solved(&[]), solved(&changes));
    let run = run::solve(prepared(&changes).unwrap(), &SolveOptions::default(), true).unwrap();
    let asked = ecocomp::questions::Explain { area: Vec::new(), all: true, ecosystem: None, within: 1.0 };
    let explained = ecocomp::questions::explain(&run, &asked, &SolveOptions::default()).unwrap();
    let mut moved = 0;
    for one in explained.areas() {
        let sentence = one.sentences.last().unwrap();
        let difference = area_fen(&after, &one.area) - area_fen(&before, &one.area);
        if difference == 0 {
            continue;
        }
        moved += 1;
        let told = ecocomp::figures::yuan(difference);
        assert!(sentence.zh.contains(&told) && sentence.en.contains(&told), "{told}: {}", sentence.zh);
        assert!(sentence.zh.contains("固碳的价格") && sentence.zh.contains("水源涵养"), "{}", sentence.zh);
        // The parts add up to the difference.
        let numbers: Vec<i64> = sentence
            .zh
            .split([' ', '：', ':', ';'])
            .filter(|word| {
                word.contains('.') && word.trim_start_matches(['+', '-', '−']).starts_with(|c: char| c.is_ascii_digit())
            })
            .map(|word| {
                Money::parse(&format!("{} 元", word.replace(',', "").replace('−', "-").trim_end_matches('。')))
                    .unwrap()
                    .fen()
            })
            .collect();
        assert_eq!(numbers.len(), 3, "{}", sentence.zh);
        assert_eq!(numbers[0], numbers[1] + numbers[2], "{}", sentence.zh);
    }
    assert!(moved > 5, "{moved}");
    // Without such a change nothing is said of prices.
    let run = run::solve(prepared(&[]).unwrap(), &SolveOptions::default(), true).unwrap();
    let explained = ecocomp::questions::explain(&run, &asked, &SolveOptions::default()).unwrap();
    assert!(explained.areas().iter().all(|one| one.sentences.iter().all(|text| !text.zh.contains("核算的价格"))));
}
