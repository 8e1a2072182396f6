//! Worked steps of published accounts and of norms, as tables (`steps/*.csv`), through the formulas of the shipped library: every
//! step comes out within its tolerance, and where print and inputs disagree both numbers stand here.

use std::collections::BTreeMap;

use ecocomp::accounting::expression::Argument;
use ecocomp::accounting::formula::{Formula, Role};
use ecocomp::accounting::unit::{Unit, UnitTable, same_in_a_year};
use ecocomp::accounting::value::Value;

use crate::shelf::{repository, shipped};

fn value(text: &str) -> Value {
    Value::parse(text).unwrap_or_else(|phrase| panic!("{text}: {phrase:?}"))
}

fn unit(text: &str) -> Unit {
    UnitTable::common().parse(text).unwrap_or_else(|phrase| panic!("{text}: {phrase:?}"))
}

/// `p=7000|4000 元/t` → (`p`, its numbers in base units, its unit).
fn inputs(text: &str) -> BTreeMap<&str, (Vec<Value>, Unit)> {
    text.split("; ")
        .map(|part| {
            let (symbol, rest) = part.split_once('=').unwrap_or_else(|| panic!("{part}"));
            let (numbers, name) = rest.split_once(' ').unwrap_or_else(|| panic!("{part}"));
            let unit = unit(name);
            let numbers = numbers.split('|').map(|number| value(number).mul(&unit.scale)).collect();
            (symbol, (numbers, unit))
        })
        .collect()
}

/// What a formula gives, in base units; `before` is the quantity of the step before.
fn applied(formula: &Formula, known: &BTreeMap<&str, (Vec<Value>, Unit)>, before: Option<&Value>) -> Value {
    let argument = |variable: &ecocomp::accounting::formula::Variable| {
        if variable.role == Role::Physical
            && let Some(before) = before
        {
            return Argument::One(before.clone());
        }
        let (numbers, unit) =
            known.get(variable.symbol.as_str()).unwrap_or_else(|| panic!("{}: {}", formula.id, variable.symbol));
        assert!(
            same_in_a_year(&unit.dimension, &variable.unit.dimension),
            "{}: {} is in {}, the formula wants {}",
            formula.id,
            variable.symbol,
            unit.text,
            variable.unit.text
        );
        match (variable.each, numbers.as_slice()) {
            (true, numbers) => Argument::Each(numbers.to_vec()),
            (false, [number]) => Argument::One(number.clone()),
            (false, numbers) => panic!("{}: {} has {} numbers", formula.id, variable.symbol, numbers.len()),
        }
    };
    let arguments: Vec<Argument<'_>> = formula.variables.iter().map(argument).collect();
    formula.value(&arguments).unwrap_or_else(|trouble| panic!("{}: {trouble:?}", formula.id))
}

/// Half of the last digit of a number as printed.
fn half(printed: &str) -> f64 {
    let places = printed.split_once('.').map_or(0, |(_, part)| part.len());
    0.5 * 10_f64.powi(-i32::try_from(places).unwrap())
}

/// The steps of a table by how the printed number stands to its inputs.
fn tried(file: &str) -> BTreeMap<String, usize> {
    let formulas = shipped("chongming").formulas;
    let path = repository("tests/accounting/steps").join(file);
    let mut reader = csv::Reader::from_path(&path).unwrap();
    let mut counts = BTreeMap::new();
    for row in reader.records() {
        let row = row.unwrap();
        let [step, chain, given, result, printed, recomputed, tolerance, kind, follows] =
            std::array::from_fn(|at| &row[at]);
        let known = inputs(given);
        let unit = unit(result);
        let mut found: Option<Value> = None;
        let mut last: Option<&Formula> = None;
        for id in chain.split('|') {
            let formula = formulas.get(id).unwrap_or_else(|| panic!("{file} {step}: {id}"));
            found = Some(applied(formula, &known, found.as_ref()));
            last = Some(formula);
        }
        assert!(same_in_a_year(&last.unwrap().unit.dimension, &unit.dimension), "{file} {step}: {result}");
        let found = found.unwrap().div(&unit.scale).unwrap().to_f64();
        // The number that the table says follows, to its last digit.
        let wanted: f64 = recomputed.parse().unwrap();
        assert!((found - wanted).abs() <= wanted.abs() * 1e-6 + 1e-6, "{file} {step}: {found}, not {wanted}");
        let gap = || (found - printed.parse::<f64>().unwrap()).abs();
        match follows {
            "exact" => assert!(
                gap() <= half(printed) * 1.001 || gap() <= tolerance.parse::<f64>().unwrap() * 1.001,
                "{file} {step}: {found}, printed {printed}"
            ),
            "input_rounding" => {
                assert_eq!(kind, "abs");
                assert!(
                    gap() <= tolerance.parse::<f64>().unwrap() * 1.001,
                    "{file} {step}: {found}, printed {printed}"
                );
                assert!(gap() > half(printed) * 0.999, "{file} {step} follows exactly");
            }
            "no" => assert!(gap() > half(printed), "{file} {step}: {found} is what was printed, {printed}"),
            "not_printed" => assert_eq!(printed, "", "{file} {step}"),
            other => panic!("{file} {step}: {other}"),
        }
        *counts.entry(follows.to_owned()).or_insert(0) += 1;
    }
    counts
}

#[test]
fn every_worked_step_comes_out_and_what_does_not_follow_is_known() {
    // Exactly, within the rounding of the inputs, not, nothing printed.
    let wanted: [(&str, [usize; 4]); 12] = [
        ("altai_biodiversity_ladder.csv", [14, 0, 1, 0]),
        ("baiyangdian_2011_supply_regulating.csv", [13, 0, 0, 0]),
        ("county_aggregates.csv", [5, 1, 0, 8]),
        ("gaotianyan_2014_carbon_products.csv", [26, 1, 0, 0]),
        ("garze_2010_regulating.csv", [15, 14, 0, 1]),
        ("global_gep_library_prices.csv", [5, 1, 0, 0]),
        ("guanzhong_villages_negative_services.csv", [12, 1, 1, 0]),
        ("hj1173_factor_checks.csv", [0, 0, 0, 24]),
        ("invest_carbon_npv.csv", [5, 0, 0, 0]),
        ("jiaozhou_bay_2005_2010_2015.csv", [6, 0, 0, 7]),
        ("national_water_2010_shares.csv", [3, 0, 2, 5]),
        ("shandong_forest_carbon_2009_2013.csv", [19, 6, 2, 0]),
    ];
    let shipped = std::fs::read_dir(repository("tests/accounting/steps")).unwrap().count();
    assert_eq!(shipped, wanted.len());
    for (file, counts) in wanted {
        let found = tried(file);
        let found =
            ["exact", "input_rounding", "no", "not_printed"].map(|verdict| found.get(verdict).copied().unwrap_or(0));
        assert_eq!(found, counts, "{file}");
    }
}
