//! The shipped published accounts follow from their inputs, and what does not is told.

use ecocomp::accounting::checks::{Checked, Follows, check};
use ecocomp::accounting::ledger::Chosen;
use ecocomp::accounting::statement::account;

use crate::shelf::shipped;

fn checked(name: &str) -> Checked {
    let book = shipped(name);
    let chosen = Chosen::of(&book, None, None, None).unwrap();
    check(&book, &chosen).unwrap_or_else(|found| panic!("{found}"))
}

fn follows(checked: &Checked, code: &str, what: &str) -> (Follows, String, String) {
    let row = checked.printed.iter().find(|row| row.code == code && format!("{:?}", row.what) == what).unwrap();
    (row.follows, row.printed.clone(), row.recomputed.clone().unwrap())
}

#[test]
fn baiyangdian_follows_to_the_last_digit() {
    let checked = checked("baiyangdian-2011");
    let wrong: Vec<_> = checked.printed.iter().filter(|row| row.follows != Follows::Exactly).collect();
    assert!(wrong.iter().all(|row| row.follows == Follows::WithinRounding), "{wrong:#?}");
    let book = shipped("baiyangdian-2011");
    let chosen = Chosen::of(&book, None, None, None).unwrap();
    let account = account(&book, &chosen, None).unwrap();
    // 3.62 + 1.66804 + 0.49 + 14.9695 + 37400·1.63·12/44·1320 + 4488·10^4... in 分.
    assert_eq!(
        account.total_fen,
        account.rows.iter().filter(|row| !row.is_sum).filter_map(|row| row.value_fen).sum::<i64>()
    );
    assert_eq!(follows(&checked, "GEP", "Value").0, Follows::Exactly);
}

#[test]
fn garze_follows_within_its_rounding_and_its_slips_are_told() {
    let checked = checked("garze-2010");
    let wrong: Vec<_> =
        checked.printed.iter().filter(|row| matches!(row.follows, Follows::No | Follows::Unknown)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let codes: Vec<&str> = checked.remarks.iter().map(|remark| remark.code.as_str()).collect();
    assert!(codes.contains(&"gep.ratio_off"), "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == "gep.emission").count(), 5);
}

#[test]
fn a_sum_that_does_not_follow_and_a_value_off_its_ladder_are_told_with_both_numbers() {
    let village = checked("majiacun-2018");
    assert_eq!(follows(&village, "GEP", "Value"), (Follows::No, "184.87".into(), "185.3".into()));
    assert_eq!(follows(&village, "N", "Value").0, Follows::Exactly);
    let forest = checked("altai-forest");
    let wrong: Vec<_> = forest.printed.iter().filter(|row| row.follows != Follows::Exactly).collect();
    let [poplar] = wrong.as_slice() else { panic!("{wrong:#?}") };
    assert_eq!((poplar.printed.as_str(), poplar.recomputed.as_deref()), ("24.56", Some("23.23665")));
    let cause = &poplar.cause.as_ref().unwrap().en;
    assert!(cause.contains("5,284.76") || cause.contains("5,284.7"), "{cause}");
}

/// Factors of HJ 1173-2021, computed from its formulas (not published results), with a relative tolerance of 1e-5.
#[test]
fn factors_of_the_norm_come_out_of_its_formulas() {
    let book = shipped("chongming");
    let value = |formula: &str, arguments: &[(&str, &str)]| -> f64 {
        let formula = &book.formulas[formula];
        let number = |symbol: &str| arguments.iter().find(|(known, _)| *known == symbol).unwrap().1;
        let of = |variable: &ecocomp::accounting::formula::Variable| {
            let own = ecocomp::accounting::value::Value::parse(number(&variable.symbol)).unwrap();
            ecocomp::accounting::expression::Argument::One(own.mul(&variable.unit.scale))
        };
        let arguments: Vec<_> = formula.variables.iter().map(of).collect();
        formula.value(&arguments).unwrap().div(&formula.unit.scale).unwrap().to_f64()
    };
    let clay = [("sa", "34.9"), ("si", "39.04"), ("cl", "26.06"), ("oc", "1.017")];
    let loam = [("sa", "71.08"), ("si", "22.54"), ("cl", "6.38"), ("oc", "0.678")];
    for (found, expected) in [
        (value("SR_S", &[("t", "3")]), 0.595_228),
        (value("SR_S", &[("t", "8")]), 1.838_108),
        (value("SR_S", &[("t", "15")]), 4.708_137),
        (value("SR_S", &[("t", "30")]), 9.5988),
        (value("SR_L", &[("t", "3"), ("beta", "0.089"), ("len", "50")]), 1.397_771),
        (value("SR_L", &[("t", "30"), ("beta", "0.089"), ("len", "100")]), 2.922_45),
        (value("SR_KE", &clay), 0.294_253),
        (value("SR_KE", &loam), 0.231_735),
        (value("SR_K", &[("KE", "0.29425329393210553")]), 0.018_166),
        (value("SR_C", &[("c", "0.2")]), 0.636_887),
        (value("SR_C", &[("c", "0.5")]), 0.400_113),
        (value("WE_C", &[("a", "0.1151"), ("SC", "30")]), 0.031_651),
        (value("WE_SCF", &[("cl", "20"), ("om", "1.5")]), 0.271_205),
    ] {
        assert!((found / expected - 1.0).abs() < 3e-5, "{found} {expected}");
    }
    let fixed = [("WF", "20"), ("EF", "0.4"), ("SCF", "0.5"), ("K", "0.8"), ("C", "0.03165054218154916"), ("z", "50")];
    assert!((value("WE1", &fixed) / 2.816_473 - 1.0).abs() < 3e-5);
}

#[test]
fn gaotianyan_follows_but_for_a_cut_digit() {
    let checked = checked("gaotianyan-2014");
    let off: Vec<_> = checked.printed.iter().filter(|row| row.follows != Follows::Exactly).collect();
    assert!(off.iter().all(|row| row.follows == Follows::WithinRounding), "{off:#?}");
    assert_eq!(checked.counts[0] + checked.counts[1], 25);
    let conifer = checked.printed.iter().find(|row| row.code == "R8" && row.printed == "374.62").unwrap();
    assert_eq!(conifer.follows, Follows::WithinRounding);
    assert_eq!(follows(&checked, "M1", "Value"), (Follows::Exactly, "7691.39".into(), "7,691.39".into()));
}

#[test]
fn shandong_has_one_forest_whose_inputs_do_not_give_its_value() {
    let checked = checked("shandong-forest-2013");
    let wrong: Vec<_> =
        checked.printed.iter().filter(|row| row.follows == Follows::No && !row.ecosystem.is_empty()).collect();
    let numbers: Vec<_> =
        wrong.iter().map(|row| (row.code.as_str(), row.ecosystem.as_str(), row.printed.as_str())).collect();
    assert_eq!(numbers, [("R8", "针叶混交", "5.62"), ("R9", "针叶混交", "11.47")]);
    let recomputed: Vec<f64> = wrong.iter().map(|row| row.recomputed.as_ref().unwrap().parse().unwrap()).collect();
    assert!((recomputed[0] - 3.511_104).abs() < 1e-5 && (recomputed[1] - 7.174_367).abs() < 1e-5, "{recomputed:?}");
    // The totals printed hold the printed rows, not what their inputs give.
    let (verdict, printed, found) = follows(&checked, "R", "Value");
    assert_eq!((verdict, printed.as_str()), (Follows::No, "253.42"));
    assert!((found.parse::<f64>().unwrap() - (253.42 - (5.62 + 11.47) + 3.5111 + 7.1744)).abs() < 0.1, "{found}");
}

#[test]
fn jiaozhou_adds_up_in_all_three_years() {
    let book = shipped("jiaozhou-bay");
    for (year, total) in [(2005, "1419.73"), (2010, "1343.91"), (2015, "1239.23")] {
        let chosen = Chosen::of(&book, Some(year), None, None).unwrap();
        let checked = check(&book, &chosen).unwrap_or_else(|found| panic!("{found}"));
        assert_eq!(checked.counts, [4, 0, 0, 0], "{year} {:#?}", checked.printed);
        assert_eq!(follows(&checked, "GEP", "Value").1, total);
    }
}

#[test]
fn villages_have_negative_services_and_one_net_value_that_does_not_follow() {
    let book = shipped("guanzhong-villages");
    let mut wrong = Vec::new();
    for year in [1985, 2018] {
        let chosen = Chosen::of(&book, Some(year), None, None).unwrap();
        let checked = check(&book, &chosen).unwrap_or_else(|found| panic!("{found}"));
        assert_eq!(checked.printed.len(), 4);
        for row in checked.printed.iter().filter(|row| row.follows != Follows::Exactly) {
            wrong.push((year, row.area.clone(), row.printed.clone(), row.recomputed.clone().unwrap()));
        }
    }
    assert_eq!(wrong, [(2018, "majia".to_owned(), "184.87".to_owned(), "185.3".to_owned())]);
}
