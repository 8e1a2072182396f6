//! Bargaining: published and closed-form answers, degenerate problems, properties checked without the code under test.

use crate::common::{Folder, cases, ecocomp, repository};
use ecocomp::horizontal::bargaining::{Answer, Kind, Request, Solution, bargain};
use ecocomp::solver::SolveOptions;
use proptest::prelude::*;

fn solve(toml: &str) -> Answer {
    let request: Request = toml::from_str(toml).unwrap_or_else(|error| panic!("{error}\n{toml}"));
    bargain(&request, &SolveOptions::default()).unwrap_or_else(|findings| panic!("{findings}\n{toml}"))
}

fn codes(toml: &str) -> Vec<String> {
    let request: Request = toml::from_str(toml).unwrap();
    let findings = bargain(&request, &SolveOptions::default()).unwrap_err();
    findings.0.iter().map(|finding| finding.code().to_owned()).collect()
}

fn of(answer: &Answer, kind: Kind) -> &Solution {
    answer.solutions.iter().find(|solution| solution.kind == kind).unwrap_or_else(|| panic!("{:?}", answer.unsolved))
}

fn assert_near(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= 1e-9 * (1.0 + expected.abs()), "{found} {expected}");
    }
}

fn property(solution: &Solution, word: &str) -> Option<bool> {
    solution.properties.iter().find(|property| property.property == word).unwrap().holds
}

/// Parties a, b, … with disagreement points, sharing one sum.
fn cake(total: &str, parties: &[&str]) -> String {
    let mut text = String::new();
    let ids = ["a", "b", "c", "d", "e", "f"];
    for (id, rest) in ids.iter().zip(parties) {
        text.push_str(&format!("[[party]]\nid = \"{id}\"\n{rest}\n"));
    }
    let terms: Vec<String> = ids.iter().take(parties.len()).map(|id| format!("{id} = 1")).collect();
    text.push_str(&format!(
        "[[constraint]]\nname = \"total\"\ncoefficients = {{ {} }}\nat_most = {total}\n",
        terms.join(", ")
    ));
    text
}

/// Nash 1950 (Econometrica 18, pp. 155–162): Bill gives book, whip, ball and bat, Jack gives pen, toy and knife; gains 12 and 5.
#[test]
fn the_barter_of_bill_and_jack() {
    let done = ecocomp(&["bargain", &repository("models/horizontal/nash-1950.toml"), "--format", "json"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let json = done.json();
    let nash = &json["solutions"][0];
    assert_eq!(nash["kind"], "nash");
    let gains: Vec<f64> = nash["gains"].as_array().unwrap().iter().map(|gain| gain.as_f64().unwrap()).collect();
    assert_near(&gains, &[12.0, 5.0]);
    let traded: Vec<&str> = nash["decision"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(traded, ["ball", "bat", "book", "knife", "pen", "toy", "whip"]);
    // With money that both value alike, Nash's figure has the line of sums 18: nine for each.
    let text = std::fs::read_to_string(repository("models/horizontal/nash-1950.toml")).unwrap();
    let money = "[[transfer]]\nfrom = \"bill\"\nto = \"jack\"\nrate = 1\n[[transfer]]\nfrom = \"jack\"\nto = \"bill\"\nrate = 1\n";
    let answer = solve(&format!("{text}\n{money}"));
    assert_near(&of(&answer, Kind::Nash).utilities, &[9.0, 9.0]);
    assert_near(&of(&answer, Kind::KalaiSmorodinsky).utilities, &[9.0, 9.0]);
}

/// The barter as the hull of all 512 allocations gives the same points exactly.
#[test]
fn the_barter_as_a_hull_of_vertices_is_exact() {
    let goods: [(f64, f64); 9] =
        [(-2., 4.), (-2., 2.), (-2., 1.), (-2., 2.), (-4., 1.), (10., -1.), (4., -1.), (6., -2.), (2., -2.)];
    let mut text = "[[party]]\nid = \"a\"\ndisagreement = 0\n[[party]]\nid = \"b\"\ndisagreement = 0\n".to_owned();
    for subset in 0..512_u32 {
        let picked = goods.iter().enumerate().filter(|(bit, _)| subset >> bit & 1 == 1);
        let (x, y) = picked.fold((0.0, 0.0), |sum, (_, good)| (sum.0 + good.0, sum.1 + good.1));
        text.push_str(&format!("[[vertex]]\nutilities = {{ a = {x:.1}, b = {y:.1} }}\n"));
    }
    let answer = solve(&text);
    let exact = |kind| of(&answer, kind).exact.clone().unwrap();
    assert_eq!(exact(Kind::Nash), ["12", "5"]);
    // Ray (18, 17/2)·t on the edge 3y + x = 27: 43.5 t = 27.
    assert_eq!(exact(Kind::KalaiSmorodinsky), ["324/29", "153/29"]);
    assert_eq!(exact(Kind::Egalitarian), ["6.75", "6.75"]);
    assert_eq!(exact(Kind::Utilitarian), ["14", "4"]);
    assert!(of(&answer, Kind::Nash).proof.deviation.unwrap() < 1e-9);
}

#[test]
fn weights_divide_a_cake_in_proportion() {
    // Weighted Nash of a sum s above d: d + w/Σw · (s − Σd).
    let answer = solve(&cake(
        "100",
        &["disagreement = 10\nweight = 3", "disagreement = 20\nweight = 2", "disagreement = 0\nweight = 1"],
    ));
    assert_near(&of(&answer, Kind::Nash).utilities, &[45.0, 20.0 + 70.0 / 3.0, 70.0 / 6.0]);
    let third = 70.0 / 3.0;
    for kind in [Kind::KalaiSmorodinsky, Kind::Egalitarian, Kind::Utilitarian] {
        assert_near(&of(&answer, kind).utilities, &[10.0 + third, 20.0 + third, third]);
    }
    let shares = solve(&cake("90", &["disagreement = 0\nproportion = 2", "disagreement = 0\nproportion = 1"]));
    assert_eq!(of(&shares, Kind::Egalitarian).exact.clone().unwrap(), ["60", "30"]);
}

#[test]
fn caps_are_filled_and_the_rest_is_shared() {
    let parties = ["disagreement = 0\ncap = 10", "disagreement = 0\ncap = 30", "disagreement = 0", "disagreement = 0"];
    let answer = solve(&cake("120", &parties));
    // Nash of a capped cake: water filling, 10, 30, 40, 40; so is the leximin of gains.
    assert_near(&of(&answer, Kind::Nash).utilities, &[10.0, 30.0, 40.0, 40.0]);
    let egalitarian = of(&answer, Kind::Egalitarian);
    assert_near(&egalitarian.utilities, &[10.0, 30.0, 40.0, 40.0]);
    assert_near(egalitarian.before_completion.as_ref().unwrap(), &[10.0; 4]);
    assert_eq!(property(egalitarian, "efficient"), Some(true));
    assert_eq!(property(egalitarian, "efficient_before_completion"), Some(false));
    // Kalai–Smorodinsky: t (10 + 30 + 120 + 120) = 120.
    let t = 120.0 / 280.0;
    assert_near(&of(&answer, Kind::KalaiSmorodinsky).utilities, &[10.0 * t, 30.0 * t, 120.0 * t, 120.0 * t]);
    // Two parties, exactly.
    let two = solve(&cake("100", &["disagreement = 0\ncap = 20", "disagreement = 0"]));
    assert_eq!(of(&two, Kind::Nash).exact.clone().unwrap(), ["20", "80"]);
    assert_eq!(of(&two, Kind::KalaiSmorodinsky).exact.clone().unwrap(), ["50/3", "250/3"]);
    assert_eq!(of(&two, Kind::Egalitarian).before_completion_exact.clone().unwrap(), ["20", "20"]);
    assert_eq!(of(&two, Kind::Egalitarian).exact.clone().unwrap(), ["20", "80"]);
}

#[test]
fn a_small_weight_gets_its_small_share() {
    for weights in [["1", "1000", "1000"], ["0.001", "1", "1"], ["1", "1000000", "1000000"]] {
        let parties: Vec<String> =
            weights.iter().map(|weight| format!("disagreement = 0\nweight = {weight}")).collect();
        let parties: Vec<&str> = parties.iter().map(String::as_str).collect();
        let answer = solve(&cake("9", &parties));
        let weights: Vec<f64> = weights.iter().map(|weight| weight.parse().unwrap()).collect();
        let shares: Vec<f64> = weights.iter().map(|weight| 9.0 * weight / weights.iter().sum::<f64>()).collect();
        assert_near(&of(&answer, Kind::Nash).utilities, &shares);
    }
}

/// Nash among many under many dense restrictions: at the point Σ w (v − u)/(u − d) ≤ 0 for every agreement v, which multipliers
/// of the restrictions show; here the first-order condition is looked at along many agreements.
#[test]
fn a_dense_set_of_many_parties_is_solved() {
    let mut seed = 7_u64;
    let mut draw = move |least: u64, most: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        least + (seed >> 33) % (most - least + 1)
    };
    let size = 30;
    let mut text = String::from("solutions = [\"nash\"]\n");
    for party in 0..size {
        text.push_str(&format!("[[party]]\nid = \"p{party}\"\ndisagreement = 0\n"));
    }
    let mut rows = Vec::new();
    for _ in 0..size {
        let row: Vec<u64> = (0..size).map(|_| draw(1, 99)).collect();
        let most = draw(1000, 5000);
        let terms: Vec<String> = row.iter().enumerate().map(|(party, value)| format!("p{party} = {value}")).collect();
        text.push_str(&format!("[[constraint]]\ncoefficients = {{ {} }}\nat_most = {most}\n", terms.join(", ")));
        rows.push((row, most));
    }
    let answer = solve(&text);
    let point = &of(&answer, Kind::Nash).utilities;
    let within = |point: &[f64]| {
        rows.iter().all(|(row, most)| {
            row.iter().zip(point).map(|(a, u)| *a as f64 * u).sum::<f64>() <= *most as f64 * (1.0 + 1e-9)
        })
    };
    assert!(within(point) && point.iter().all(|gain| *gain > 0.0));
    let mean = |other: &[f64]| other.iter().zip(point).map(|(v, u)| v / u).sum::<f64>() / size as f64;
    for _ in 0..2000 {
        let other: Vec<f64> = (0..size).map(|_| draw(0, 1000) as f64).collect();
        let part = |(row, most): &(Vec<u64>, u64)| {
            *most as f64 / row.iter().zip(&other).map(|(a, v)| *a as f64 * v).sum::<f64>()
        };
        let scale = rows.iter().map(part).fold(f64::INFINITY, f64::min);
        let other: Vec<f64> = other.iter().map(|value| value * scale).collect();
        assert!(mean(&other) <= 1.0 + 1e-9, "{}", mean(&other));
    }
}

/// Sixty parties with weights and caps under one sum: water filling in proportion to the weights.
#[test]
fn many_parties_are_water_filling() {
    let (cap, weight) = (|i: usize| 5.0 + (i % 11) as f64, |i: usize| 1.0 + (i % 4) as f64);
    let mut text = String::from("solutions = [\"nash\"]\n");
    for i in 0..60 {
        text.push_str(&format!(
            "[[party]]\nid = \"p{i}\"\ndisagreement = 0\ncap = {}\nweight = {}\n",
            cap(i),
            weight(i)
        ));
    }
    let terms: Vec<String> = (0..60).map(|i| format!("p{i} = 1")).collect();
    text.push_str(&format!("[[constraint]]\ncoefficients = {{ {} }}\nat_most = 300\n", terms.join(", ")));
    let answer = solve(&text);
    // The level by bisection: Σ min(cap, level · weight) = 300.
    let (mut low, mut high) = (0.0, 20.0);
    for _ in 0..200 {
        let level = f64::midpoint(low, high);
        let sum: f64 = (0..60).map(|i| cap(i).min(level * weight(i))).sum();
        if sum < 300.0 { low = level } else { high = level }
    }
    let expected: Vec<f64> = (0..60).map(|i| cap(i).min(low * weight(i))).collect();
    assert_near(&of(&answer, Kind::Nash).utilities, &expected);
}

/// Binmore, Shaked & Sutton 1989: an outside option that does not bind changes nothing; one that binds is what its owner gets.
#[test]
fn outside_options_deal_me_out() {
    let with =
        |outside: &str| solve(&cake("100", &["disagreement = 0", &format!("disagreement = 0\noutside = {outside}")]));
    assert_eq!(of(&with("30"), Kind::Nash).exact.clone().unwrap(), ["50", "50"]);
    assert_eq!(of(&with("70"), Kind::Nash).exact.clone().unwrap(), ["30", "70"]);
    assert_eq!(of(&with("70"), Kind::Egalitarian).exact.clone().unwrap(), ["30", "70"]);
    // Taken for the disagreement point instead, the difference is split.
    let split = solve(&cake("100", &["disagreement = 0", "disagreement = 70"]));
    assert_eq!(of(&split, Kind::Nash).exact.clone().unwrap(), ["15", "85"]);
}

/// One party produces 12 for itself; of what it gives, the other gets half. u_b = t/2, u_a = 12 − t: Nash gives 6 and 3.
#[test]
fn lossy_transfers_have_their_closed_form() {
    let text = "[[party]]\nid = \"a\"\ndisagreement = 0\n[[party]]\nid = \"b\"\ndisagreement = 0\n\
        [[vertex]]\nutilities = { a = 12, b = 0 }\n[[transfer]]\nfrom = \"a\"\nto = \"b\"\nrate = \"1/2\"\n";
    let answer = solve(text);
    assert_near(&of(&answer, Kind::Nash).utilities, &[6.0, 3.0]);
    assert_near(&of(&answer, Kind::KalaiSmorodinsky).utilities, &[6.0, 3.0]);
    assert_near(&of(&answer, Kind::Egalitarian).utilities, &[4.0, 4.0]);
    assert_near(&of(&answer, Kind::Utilitarian).utilities, &[12.0, 0.0]);
    assert!((of(&answer, Kind::Nash).decision["a → b"] - 6.0).abs() < 1e-9);
    let capped = solve(&text.replace("rate = \"1/2\"", "rate = \"1/2\"\nat_most = 4"));
    assert_near(&of(&capped, Kind::Nash).utilities, &[8.0, 2.0]);
    // There and back with gain: no bound.
    let pump = format!("{text}[[transfer]]\nfrom = \"b\"\nto = \"a\"\nrate = 3\n");
    assert_eq!(codes(&pump), ["bargain.unbounded"]);
}

/// u₁² + u₂² ≤ 1 has no polygon; a triangle of slope −2 has: u₂ ≤ 2 (1 − u₁): Nash (1/2, 1), Kalai–Smorodinsky (1/2, 1),
/// egalitarian (2/3, 2/3), utilitarian (0, 2).
#[test]
fn a_triangle_and_its_rescaled_copies() {
    let triangle = |scale: &str, side: &str| {
        format!(
            "[[party]]\nid = \"a\"\ndisagreement = 0\n[[party]]\nid = \"b\"\ndisagreement = 0\n\
            [[constraint]]\ncoefficients = {{ a = {scale}, b = 1 }}\nat_most = {side}\n"
        )
    };
    let answer = solve(&triangle("2", "2"));
    assert_eq!(of(&answer, Kind::Nash).exact.clone().unwrap(), ["0.5", "1"]);
    assert_eq!(of(&answer, Kind::Egalitarian).exact.clone().unwrap(), ["2/3", "2/3"]);
    assert_eq!(of(&answer, Kind::Utilitarian).exact.clone().unwrap(), ["0", "2"]);
    assert_eq!(property(of(&answer, Kind::Nash), "scale_invariant"), Some(true));
    assert_eq!(property(of(&answer, Kind::Egalitarian), "scale_invariant"), Some(false));
    assert_eq!(property(of(&answer, Kind::Nash), "independent_of_irrelevant_alternatives"), Some(true));
    assert_eq!(property(of(&answer, Kind::KalaiSmorodinsky), "independent_of_irrelevant_alternatives"), Some(false));
    // Units 10^±9 apart: a in 10⁹, b in 10⁻⁹.
    let far = solve(&triangle("2e-9", "2e-9"));
    assert_near(&of(&far, Kind::Nash).utilities, &[0.5, 1e-9]);
    let wide = solve(&triangle("1e-18", "1e-9"));
    assert_near(&of(&wide, Kind::Nash).utilities, &[5e8, 5e-10]);
    assert!((of(&wide, Kind::Nash).utilities[0] - 5e8).abs() < 1e-3);
}

#[test]
fn symmetric_parties_gain_the_same_and_order_does_not_matter() {
    let answer = solve(&cake("30", &["disagreement = 0", "disagreement = 3", "disagreement = 0"]));
    for solution in &answer.solutions {
        assert_eq!(property(solution, "symmetric"), Some(true), "{:?}", solution.kind);
        assert_near(&solution.gains, &[9.0; 3]);
    }
}

#[test]
fn money_closes_to_the_fen() {
    let text = format!("unit = \"元\"\n{}", cake("100", &["disagreement = 0", "disagreement = 0", "disagreement = 0"]));
    let answer = solve(&text);
    for solution in &answer.solutions {
        let fen = solution.amounts_fen.clone().unwrap();
        assert_eq!(fen.iter().sum::<i64>(), 10_000);
        assert!(fen.iter().all(|fen| (3_333..=3_334).contains(fen)));
    }
}

#[test]
fn degenerate_disagreement_points_are_answers_or_findings() {
    // On the frontier: the answer is that point.
    let on = solve(&cake("100", &["disagreement = 40", "disagreement = 60"]));
    for solution in &on.solutions {
        assert_near(&solution.utilities, &[40.0, 60.0]);
    }
    assert_eq!(on.notes.len(), 3);
    // Outside: how far, and for whom.
    let outside = cake("100", &["label = \"甲\"\ndisagreement = 70", "disagreement = 60"]);
    let request: Request = toml::from_str(&outside).unwrap();
    let findings = bargain(&request, &SolveOptions::default()).unwrap_err();
    assert_eq!(findings.0[0].code(), "bargain.disagreement_outside");
    let text = findings.0[0].render(ecocomp::phrases::Lang::En);
    assert!(text.contains("fall by 15;") && text.contains("甲 by 30; b by 30"), "{text}");
    // One who cannot gain leaves the others their problem.
    let stuck = solve(&cake("100", &["disagreement = 10\ncap = 10", "disagreement = 0", "disagreement = 0"]));
    for solution in &stuck.solutions {
        assert_near(&solution.utilities, &[10.0, 45.0, 45.0]);
    }
    assert!(!stuck.parties[0].can_gain);
}

#[test]
fn empty_and_open_sets_are_named() {
    let base = "[[party]]\nid = \"a\"\ndisagreement = 0\n[[party]]\nid = \"b\"\ndisagreement = 0\n";
    let empty = format!(
        "{base}[[constraint]]\nname = \"low\"\ncoefficients = {{ a = 1 }}\nat_most = 1\n\
        [[constraint]]\nname = \"idle\"\ncoefficients = {{ b = 1 }}\nat_most = 9\n\
        [[constraint]]\nname = \"high\"\ncoefficients = {{ a = 1 }}\nat_least = 2\n"
    );
    let request: Request = toml::from_str(&empty).unwrap();
    let findings = bargain(&request, &SolveOptions::default()).unwrap_err();
    assert!(findings.to_string().contains("low, high") && !findings.to_string().contains("idle"), "{findings}");
    let open = format!("{base}[[constraint]]\ncoefficients = {{ a = 1 }}\nat_most = 1\n");
    let request: Request = toml::from_str(&open).unwrap();
    let findings = bargain(&request, &SolveOptions::default()).unwrap_err();
    assert!(findings.0[0].code() == "bargain.unbounded" && findings.to_string().contains("\"b\""), "{findings}");
}

#[test]
fn wrong_requests_are_findings_with_their_line() {
    let folder = Folder::empty();
    let run = |text: &str| {
        folder.write("case.toml", text);
        let done = ecocomp(&["bargain", &folder.file("case.toml"), "--json"]);
        assert_eq!(done.code, 1, "{text}\n{}", done.out);
        (done.codes().join(" "), done.error()["findings"][0]["place"]["row"].as_u64())
    };
    let sound = cake("100", &["disagreement = 0", "disagreement = 0"]);
    assert_eq!(run(&sound.replacen("disagreement", "disagreemnt", 1)), ("policy.unknown_key".into(), Some(3)));
    assert_eq!(run(&sound.replacen("disagreement = 0", "disagreement = nan", 1)).0, "document.not_a_number");
    assert_eq!(run(&sound.replacen("disagreement = 0", "disagreement = \"x\"", 1)).0, "document.not_a_number");
    assert_eq!(run(&sound.replacen("disagreement = 0\n", "", 1)).0, "bargain.no_disagreement");
    assert_eq!(run(&sound.replace("a = 1", "aa = 1")), ("policy.unknown_word".into(), Some(9)));
    assert_eq!(run(&sound.replace("at_most = 100", "")).0, "bargain.no_side");
    assert_eq!(
        run(&sound.replacen("disagreement = 0", "disagreement = 0\nweight = -1", 1)),
        ("bargain.not_positive".into(), Some(4))
    );
    assert_eq!(run(&sound.replacen("disagreement = 0", "disagreement = 0\ncap = -1", 1)).0, "bargain.bounds_crossed");
    assert_eq!(run(&sound.replacen("disagreement = 0", "disagreement = 1e30", 1)).0, "bargain.too_large");
    assert_eq!(run("[[party]]\nid = \"a\"\ndisagreement = 0\n").0, "bargain.too_few_parties");
    assert_eq!(run("[[party").0, "policy.not_toml");
    folder.write("case.json", "{ \"party\": [");
    assert_eq!(ecocomp(&["bargain", &folder.file("case.json"), "--json"]).codes(), ["scenario.not_json"]);
}

#[test]
fn every_form_of_the_answer_is_written() {
    let folder = Folder::empty();
    let sound = cake("100", &["disagreement = 0\nlabel = \"<甲>\"", "disagreement = 0"]);
    folder.write("case.toml", sound);
    for format in ["table", "json", "csv", "svg"] {
        for lang in ["zh", "en"] {
            let done = ecocomp(&["bargain", &folder.file("case.toml"), "--format", format, "--lang", lang]);
            assert_eq!(done.code, 0, "{}", done.err);
            assert!(format != "svg" || !done.out.contains("<甲>"));
            assert!(done.out.len() > 100);
        }
    }
}

/// A random polytope of n parties: Σ a_i u_i ≤ b rows with a ≥ 0, a box, d = 0.
fn polytope() -> impl Strategy<Value = (Vec<Vec<u32>>, Vec<u32>, Vec<u32>)> {
    (2_usize..6).prop_flat_map(|n| {
        let row = prop::collection::vec(0_u32..9, n);
        (prop::collection::vec(row, 1..5), prop::collection::vec(1_u32..60, n), prop::collection::vec(1_u32..5, n))
    })
}

fn written(rows: &[Vec<u32>], caps: &[u32], weights: &[u32], factors: &[f64]) -> String {
    let mut text = String::from("solutions = [\"nash\", \"kalai_smorodinsky\", \"egalitarian\"]\n");
    for (index, (cap, weight)) in caps.iter().zip(weights).enumerate() {
        let cap = f64::from(*cap) * factors[index];
        text.push_str(&format!("[[party]]\nid = \"p{index}\"\ndisagreement = 0\ncap = {cap:?}\nweight = {weight}\n"));
    }
    for row in rows {
        let terms = row.iter().enumerate().map(|(index, a)| format!("p{index} = {:?}", f64::from(*a) / factors[index]));
        text.push_str(&format!(
            "[[constraint]]\ncoefficients = {{ {} }}\nat_most = 100\n",
            terms.collect::<Vec<_>>().join(", ")
        ));
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(12), failure_persistence: None, ..ProptestConfig::default() })]

    /// The Nash point is feasible, beats every feasible point tried, and moves with the units of utility.
    #[test]
    fn nash_is_best_and_scale_invariant((rows, caps, weights) in polytope(), seed in prop::collection::vec(0.0..1.0_f64, 40)) {
        let n = caps.len();
        let plain = solve(&written(&rows, &caps, &weights, &vec![1.0; n]));
        let nash = of(&plain, Kind::Nash).utilities.clone();
        let load = |u: &[f64]| rows.iter().map(|row| row.iter().zip(u).map(|(a, u)| f64::from(*a) * u).sum::<f64>()).fold(0.0, f64::max);
        prop_assert!(load(&nash) <= 100.0 + 1e-7);
        prop_assert!(nash.iter().zip(&caps).all(|(u, cap)| *u <= f64::from(*cap) + 1e-7 && *u > 0.0));
        let worth = |u: &[f64]| u.iter().zip(&weights).map(|(u, w)| f64::from(*w) * u.ln()).sum::<f64>();
        // A random direction, stretched to the boundary, then between it and the point: never better.
        for chunk in seed.chunks(n).filter(|chunk| chunk.len() == n) {
            let ray: Vec<f64> = chunk.iter().zip(&caps).map(|(share, cap)| (0.05 + share) * f64::from(*cap) / 1.05).collect();
            let stretch = (100.0 / load(&ray).max(1e-9)).min(ray.iter().zip(&caps).map(|(u, cap)| f64::from(*cap) / u).fold(f64::INFINITY, f64::min));
            let edge: Vec<f64> = ray.iter().map(|u| u * stretch).collect();
            for mix in [1.0, 0.1, 1e-3] {
                let point: Vec<f64> = edge.iter().zip(&nash).map(|(e, u)| mix * e + (1.0 - mix) * u).collect();
                prop_assert!(worth(&point) <= worth(&nash) + 1e-9, "{:?} {:?}", point, nash);
            }
        }
        let factors: Vec<f64> = (0..n).map(|index| [1e9, 1e-9, 3.0, 0.01, 1e4][index]).collect();
        let other = solve(&written(&rows, &caps, &weights, &factors));
        for (index, utility) in of(&other, Kind::Nash).utilities.iter().enumerate() {
            prop_assert!((utility / factors[index] - nash[index]).abs() <= 1e-7 * f64::from(caps[index]), "{} {}", utility, nash[index]);
        }
    }

    /// Equal gains before completion; a larger set gives everybody more (Kalai 1977).
    #[test]
    fn egalitarian_gains_are_equal_and_monotone((rows, caps, weights) in polytope(), more in 1_u32..50) {
        let ones = vec![1.0; caps.len()];
        let level = |answer: &Answer| {
            let solution = of(answer, Kind::Egalitarian);
            solution.before_completion.clone().unwrap_or_else(|| solution.utilities.clone())
        };
        let small = level(&solve(&written(&rows, &caps, &weights, &ones)));
        for gain in &small {
            prop_assert!((gain - small[0]).abs() <= 1e-7);
        }
        let wider: Vec<u32> = caps.iter().map(|cap| cap + more).collect();
        let large = level(&solve(&written(&rows, &wider, &weights, &ones)));
        prop_assert!(large[0] >= small[0] - 1e-7);
        // The definition: the largest t that every row and cap allows.
        let t = rows.iter().map(|row| 100.0 / f64::from(row.iter().sum::<u32>()).max(1e-9)).fold(f64::INFINITY, f64::min);
        let t = t.min(f64::from(*caps.iter().min().unwrap()));
        prop_assert!((small[0] - t).abs() <= 1e-7 * (1.0 + t), "{} {}", small[0], t);
    }

    /// Two parties: when only the second's possibilities grow and the first's best stays, the second does not lose.
    #[test]
    fn kalai_smorodinsky_is_individually_monotone(x in 5_u32..50, y in 5_u32..50, cut in 0.05..0.95_f64, rise in 0.0..1.0_f64) {
        let (x, y) = (f64::from(x), f64::from(y));
        // A hull of (x, 0), (0, y) and a corner; in the larger one the corner gives the second more, both best points stay.
        let corner = |second: f64| format!(
            "solutions = [\"kalai_smorodinsky\"]\n[[party]]\nid = \"a\"\ndisagreement = 0\n[[party]]\nid = \"b\"\ndisagreement = 0\n\
            [[vertex]]\nutilities = {{ a = {x:?}, b = 0 }}\n[[vertex]]\nutilities = {{ a = 0, b = {y:?} }}\n\
            [[vertex]]\nutilities = {{ a = {:?}, b = {second:?} }}\n", cut * x);
        let line = (1.0 - cut) * y;
        let (low, high) = (solve(&corner(line)), solve(&corner(line + rise * (y - line))));
        let at = |answer: &Answer| of(answer, Kind::KalaiSmorodinsky).utilities.clone();
        prop_assert!(at(&high)[1] >= at(&low)[1] - 1e-9 && at(&high)[0] >= at(&low)[0] - 1e-9);
        prop_assert!((at(&high)[0] / x - at(&high)[1] / y).abs() < 1e-9);
    }
}

/// Water-filling with weights, caps and prices: gains proved to nine digits, and the closed form met as closely.
#[test]
fn gains_by_programs_are_proved_to_nine_digits() {
    // max Σ w ln u with 0.5 a + 2 b + c ≤ 60: u = w · 60 / price / Σ w, no cap reached.
    let answer = solve(
        "[[party]]\nid = \"a\"\ndisagreement = 0\nweight = 1\n[[party]]\nid = \"b\"\ndisagreement = 0\nweight = 2\n\
         [[party]]\nid = \"c\"\ndisagreement = 1\nweight = 3\ncap = 1000\n\
         [[constraint]]\ncoefficients = { a = 0.5, b = 2, c = 1 }\nat_most = 61\n",
    );
    let nash = of(&answer, Kind::Nash);
    for (found, expected) in nash.gains.iter().zip([20.0, 10.0, 30.0]) {
        assert!((found / expected - 1.0).abs() <= 1e-14, "{found} for {expected}");
    }
    assert!(nash.proof.largest_relative_error.unwrap() <= 1e-9, "{:?}", nash.proof);
    // Utilities of variables, and a side payment that loses a fifth: a = 0.8·b' …
    let answer = solve(
        "[[party]]\nid = \"up\"\ndisagreement = 0\nutility = { x = -1 }\n[[party]]\nid = \"down\"\ndisagreement = 0\nutility = { x = 5 }\n\
         [[variable]]\nid = \"x\"\nupper = 10\n[[transfer]]\nfrom = \"down\"\nto = \"up\"\nrate = 0.8\n",
    );
    // With x = 10: up = −10 + 0.8 t, down = 50 − t; the product is largest at t = 31.25: gains 15 and 18.75.
    let nash = of(&answer, Kind::Nash);
    for (found, expected) in nash.gains.iter().zip([15.0, 18.75]) {
        assert!((found / expected - 1.0).abs() <= 1e-12, "{found} for {expected}");
    }
    assert!(nash.proof.largest_relative_error.unwrap() <= 1e-9, "{:?}", nash.proof);
}
