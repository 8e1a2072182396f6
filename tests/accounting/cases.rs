//! The shipped Chongming account: its identities.

use std::collections::BTreeMap;

use ecocomp::accounting::compare::{compare, price_sets};
use ecocomp::accounting::downscale::account_of_parts;
use ecocomp::accounting::ledger::Chosen;
use ecocomp::accounting::statement::{account, adding_up, table_adding_up};
use ecocomp::accounting::trace::{Asked, explain};
use ecocomp::accounting::view;

use crate::shelf::shipped;

fn chosen(book: &ecocomp::accounting::book::Book, year: i32, prices: &str) -> Chosen {
    Chosen::of(book, Some(year), None, Some(prices)).unwrap_or_else(|found| panic!("{found}"))
}

#[test]
fn rows_add_to_the_total_and_to_the_matrix() {
    let book = shipped("chongming");
    let account = account(&book, &chosen(&book, 2023, "current"), None).unwrap_or_else(|found| panic!("{found}"));
    let leaves: i64 = account.rows.iter().filter(|row| !row.is_sum).filter_map(|row| row.value_fen).sum();
    assert_eq!(account.total_fen, leaves);
    assert_eq!(account.total_fen, account.matrix.totals_fen.iter().sum::<i64>());
    assert_eq!(account.total_fen, account.rows[0].value_fen.unwrap());
    assert!(account.memorandum.iter().any(|row| row.code == "R9"), "oxygen is outside this norm");
    assert!(account.rows.iter().any(|row| row.code == "R3" && row.not_applicable == 1));
    assert!(account.ratios.realised_rate.is_some() && account.ratios.per_km2_fen.is_some());
}

#[test]
fn townships_add_to_the_district_to_the_fen() {
    let book = shipped("chongming");
    for (year, prices) in [(2022, "current"), (2023, "current"), (2023, "constant2023"), (2023, "afforestation")] {
        let chosen = chosen(&book, year, prices);
        let whole = account(&book, &chosen, None).unwrap();
        let parts = account_of_parts(&book, &chosen, None).unwrap_or_else(|found| panic!("{found}"));
        assert_eq!(whole.total_fen, parts.total_fen, "{year} {prices}");
        let of = |account: &ecocomp::accounting::statement::Account| -> BTreeMap<String, Option<i64>> {
            account.rows.iter().map(|row| (row.code.clone(), row.value_fen)).collect()
        };
        assert_eq!(of(&whole), of(&parts));
        assert!(parts.areas.len() > 18 && parts.areas.iter().filter(|area| area.beyond_norm).count() == 18);
    }
}

#[test]
fn a_change_is_the_sum_of_its_causes() {
    let book = shipped("chongming");
    let (before, after) = (chosen(&book, 2022, "constant2023"), chosen(&book, 2023, "afforestation"));
    let found = compare((&book, &before), (&book, &after), None).unwrap_or_else(|found| panic!("{found}"));
    for row in found.rows.iter().chain([&found.total]) {
        let parts = row.quantity_fen + row.price_fen + row.method_fen + row.territory_fen;
        assert_eq!(row.after_fen - row.before_fen, parts, "{}", row.code);
    }
    let carbon = found.rows.iter().find(|row| row.code == "R8").unwrap();
    assert!(carbon.price_fen > 0 && carbon.method_fen == 0);
    let water = found.rows.iter().find(|row| row.code == "R1").unwrap();
    assert_eq!(water.price_fen, 0);
    // At constant prices the price index is one.
    let same =
        compare((&book, &chosen(&book, 2022, "constant2023")), (&book, &chosen(&book, 2023, "constant2023")), None)
            .unwrap();
    assert_eq!((same.total.price_fen, same.price_index.as_deref()), (0, Some("1.000000")));
}

#[test]
fn price_sets_have_a_least_and_a_most() {
    let book = shipped("chongming");
    let found = price_sets(&book, &chosen(&book, 2023, "current"), None).unwrap();
    assert!(found.sets.len() == 3 && found.lacking.is_empty(), "{:?}", found.lacking);
    for row in &found.rows {
        assert_eq!(row.fen.iter().flatten().min(), Some(&row.least_fen));
        assert_eq!(row.fen.iter().flatten().max(), Some(&row.most_fen));
    }
    assert!(found.most_fen > found.least_fen);
}

#[test]
fn every_figure_has_its_row_and_source() {
    let book = shipped("chongming");
    let asked = Asked { indicator: "R1".into(), ecosystem: Some("forest".into()), area: None };
    let found = explain(&book, &chosen(&book, 2023, "current"), &asked).unwrap_or_else(|found| panic!("{found}"));
    let steps = &found.cells[0].steps;
    assert_eq!(steps.iter().map(|step| step.formula.as_str()).collect::<Vec<_>>(), ["WC1a", "WCV2"]);
    let inputs = steps.iter().flat_map(|step| &step.inputs);
    assert!(inputs.clone().filter(|input| !input.name.is_empty()).all(|input| input.place.contains(".csv:")));
    // The storage price of 2011 is carried to 2023 by the index of construction.
    let storage = inputs.clone().find(|input| input.name == "price.water_storage").unwrap();
    assert_eq!(storage.carried.as_ref().map(|carried| (carried.from, carried.to)), Some((2011, 2023)));
    // Rain in mm on an extent in 亩, less what runs off and what evaporates, in m³.
    let quantity: f64 = steps[0].result.parse().unwrap();
    let expected = 538_004.0 * 2000.0 / 3.0 * (1117.1 * (1.0 - 0.0465) - 800.0) / 1000.0;
    assert!((quantity / expected - 1.0).abs() < 1e-4, "{quantity} {expected}");
}

#[test]
fn another_carbon_price_revalues_exactly_the_carbon() {
    let book = shipped("chongming");
    let folder = crate::shelf::files("chongming");
    let asked = view::Asked { view: "regulating_constant".into(), year: None, downscaled: true };
    let (linked, _) = view::Linked::open(&folder, &asked, &ecocomp::finding::Place::default())
        .unwrap_or_else(|found| panic!("{found}"));
    let before = linked.figures().unwrap();
    assert_eq!(before.keys().map(|(area, _)| area).collect::<std::collections::BTreeSet<_>>().len(), 19);
    let change = view::Adjustment {
        target: view::Target::Price,
        name: "CO2".into(),
        ecosystems: Vec::new(),
        areas: Vec::new(),
        deed: view::Deed::Scale(ecocomp::accounting::value::Value::whole(2)),
        place: ecocomp::finding::Place::default(),
    };
    let (changed, told) = linked.changed(std::slice::from_ref(&change)).unwrap_or_else(|found| panic!("{found}"));
    assert_eq!(told[0][0].after, "136.26");
    let after = changed.figures().unwrap();
    let gain: i64 = after.values().sum::<i64>() - before.values().sum::<i64>();
    let account = account(&book, &chosen(&book, 2023, "constant2023"), None).unwrap();
    let carbon = account.rows.iter().find(|row| row.code == "R8").unwrap().value_fen.unwrap();
    assert!((gain - carbon).abs() <= 1, "{gain} {carbon}");
    assert_ne!(changed.hash(), linked.hash());
}

#[test]
fn printed_parts_add_up_however_they_are_cut() {
    let fen = [149, 151, -49, 50, 0, 1, 99_999_999];
    for step in [1, 100, 10_000] {
        let printed = adding_up(&fen, step);
        for end in 0..=fen.len() {
            let (sum, exact) = (printed[..end].iter().sum::<i64>() * step, fen[..end].iter().sum::<i64>());
            assert!((sum - exact).abs() * 2 <= step, "{step} {end}");
        }
        assert_eq!(printed[4], 0);
    }
}

#[test]
fn a_printed_table_adds_up_both_ways() {
    let rows: Vec<Vec<i64>> =
        (0..7_i64).map(|row| (0..4_i64).map(|column| (row * 7919 + column * 6007) % 997 - 200).collect()).collect();
    let printed = table_adding_up(&rows, 100);
    let sums: Vec<i64> = rows.iter().map(|row| row.iter().sum()).collect();
    assert_eq!(printed.iter().map(|row| row.iter().sum::<i64>()).collect::<Vec<_>>(), adding_up(&sums, 100));
    for (exact, shown) in rows.iter().flatten().zip(printed.iter().flatten()) {
        assert!((exact - shown * 100).abs() <= 200, "{exact} {shown}");
    }
    let (all, exact) = (printed.iter().flatten().sum::<i64>() * 100, rows.iter().flatten().sum::<i64>());
    assert!((all - exact).abs() * 2 <= 100);
}

#[test]
fn revaluing_some_lines_is_valuing_all() {
    let folder = crate::shelf::files("chongming");
    let place = ecocomp::finding::Place::default();
    for downscaled in [true, false] {
        let asked = view::Asked { view: "regulating_constant".into(), year: None, downscaled };
        let open = || view::Linked::open(&folder, &asked, &place).unwrap_or_else(|found| panic!("{found}")).0;
        let change = |target, name: &str, ecosystems: &[&str], factor| view::Adjustment {
            target,
            name: name.into(),
            ecosystems: ecosystems.iter().map(|word| (*word).to_owned()).collect(),
            areas: Vec::new(),
            deed: view::Deed::Scale(ecocomp::accounting::value::Value::parse(factor).unwrap()),
            place: place.clone(),
        };
        let all = [
            change(view::Target::Price, "CO2", &[], "1.25"),
            change(view::Target::Price, "price.water_storage", &[], "0.5"),
            change(view::Target::Parameter, "runoff", &["forest"], "2"),
        ];
        for changes in [&all[..1], &all[1..2], &all[2..], &all[..]] {
            // Known before: only what the changes touch is valued anew.
            let known = open();
            let before = known.figures().unwrap();
            let quick = known.changed(changes).unwrap_or_else(|found| panic!("{found}")).0.figures().unwrap();
            // Not known: everything is.
            let whole = open().changed(changes).unwrap().0.figures().unwrap();
            assert_eq!(quick, whole);
            assert_ne!(quick, before);
            // One change after the other is both.
            let mut step = known.clone();
            for change in changes {
                step = step.changed(std::slice::from_ref(change)).unwrap().0;
            }
            assert_eq!(step.figures().unwrap(), whole);
            assert_eq!(known.figures().unwrap(), before);
        }
    }
}
