//! Claims on too little money: published results, definitions checked a second way, properties of every rule, hostile input.

use crate::common::{Done, Folder, ecocomp, repository};
use ecocomp::horizontal::division::{
    Claim, DivisionRequest, Figure, Problem, Rule, Unsolved, Verdict, divide, rounded,
};
use ecocomp::units::{BigInt, Exact, Finite};
use num_traits::Zero;
use proptest::prelude::*;
use serde_json::Value;

fn whole(fen: i64) -> Exact {
    Exact::from_integer(BigInt::from(fen))
}

fn problem(claims: &[i64], endowment: i64) -> Problem {
    Problem::plain(claims.iter().map(|claim| whole(*claim)).collect(), whole(endowment))
}

fn awards(rule: Rule, claims: &[i64], endowment: i64) -> Vec<Exact> {
    problem(claims, endowment).solve(rule, None).unwrap().awards
}

fn numbers(values: &[Exact]) -> Vec<f64> {
    values.iter().map(|value| Finite::from_exact(value).unwrap().get()).collect()
}

/// 27 degrees of a university and three wives, as the R package ClaimsProblems gives them (Sánchez Rodríguez, Núñez Lugilde,
/// Mirás Calvo & Quinteiro Sandomingo); the wives are also Aumann & Maschler (1985).
#[test]
fn published_divisions_are_reproduced() {
    let text = std::fs::read_to_string(repository("tests/cases/claims.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    let fen = |value: &Value| (value.as_f64().unwrap() * 100.0).round() as i64;
    let mut compared = 0;
    for case in &cases {
        let claims: Vec<i64> = case["claims"].as_array().unwrap().iter().map(fen).collect();
        for (word, expected) in case["awards"].as_object().unwrap() {
            let rule = Rule::of_word(word).unwrap_or_else(|| panic!("{word} is no rule"));
            let found = numbers(&awards(rule, &claims, fen(&case["endowment"])));
            for (found, expected) in found.iter().zip(expected.as_array().unwrap()) {
                let expected = expected.as_f64().unwrap() * 100.0;
                assert!((found - expected).abs() < 1e-4, "{} {word}: {found} for {expected}", case["case"]);
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 2 * 13 * 3 + 8 * 27);
}

/// O'Neill (1982), Aumann & Maschler (1985): the estate of 300 is divided 50, 100, 150.
#[test]
fn three_wives_with_three_hundred() {
    let expected = [5_000, 10_000, 15_000].map(whole).to_vec();
    for rule in
        [Rule::Talmud, Rule::Proportional, Rule::RandomArrival, Rule::AdjustedProportional, Rule::AverageOfAwards]
    {
        assert_eq!(awards(rule, &[10_000, 20_000, 30_000], 30_000), expected, "{}", rule.short());
    }
}

/// The contested garment (Mishna, Baba Metzia 2a): claims of all and of half, divided 3/4 and 1/4.
#[test]
fn a_contested_garment_is_conceded_and_divided() {
    for rule in
        [Rule::Talmud, Rule::RandomArrival, Rule::MinimalOverlap, Rule::AdjustedProportional, Rule::AverageOfAwards]
    {
        assert_eq!(awards(rule, &[100, 50], 100), [75, 25].map(whole).to_vec(), "{}", rule.short());
    }
}

/// Ibn Ezra (12th century): claims of 120, 60, 40, 30 on 120, as O'Neill (1982) retells it.
#[test]
fn four_sons_of_jacob() {
    let found = awards(Rule::MinimalOverlap, &[12_000, 6_000, 4_000, 3_000], 12_000);
    let expected = [Exact::new(24_250.into(), 3.into()), Exact::new(6_250.into(), 3.into())];
    assert_eq!(found[..2], expected);
    assert_eq!(found[2..], [Exact::new(3_250.into(), 3.into()), whole(750)]);
}

fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for order in orders(count - 1) {
        for at in 0..count {
            let mut longer = order.clone();
            longer.insert(at, count - 1);
            all.push(longer);
        }
    }
    all
}

fn arrival_by_orders(claims: &[i64], endowment: i64) -> Vec<Exact> {
    let all = orders(claims.len());
    let mut totals = vec![0_i64; claims.len()];
    for order in &all {
        let mut left = endowment;
        for index in order {
            let served = claims[*index].min(left);
            totals[*index] += served;
            left -= served;
        }
    }
    totals.into_iter().map(|total| Exact::new(total.into(), BigInt::from(all.len()))).collect()
}

/// Random arrival among many by the definition in binary numbers: subsets without i by size and sum.
fn arrival_by_table(claims: &[usize], endowment: usize) -> Vec<f64> {
    let n = claims.len();
    (0..n)
        .map(|own| {
            let mut counts = vec![vec![0.0_f64; endowment]; n];
            counts[0][0] = 1.0;
            for (other, claim) in claims.iter().enumerate().filter(|(other, _)| *other != own) {
                let _ = other;
                for size in (0..n - 1).rev() {
                    for sum in 0..endowment.saturating_sub(*claim) {
                        counts[size + 1][sum + claim] += counts[size][sum];
                    }
                }
            }
            let mut weight = 1.0 / n as f64;
            let mut award = 0.0;
            for (size, row) in counts.iter().enumerate() {
                let served = |(sum, count): (usize, &f64)| count * claims[own].min(endowment - sum) as f64;
                award += weight * row.iter().enumerate().map(served).sum::<f64>();
                weight *= (size + 1) as f64 / (n - 1 - size).max(1) as f64;
            }
            award
        })
        .collect()
}

#[test]
fn random_arrival_among_many_goes_by_sums() {
    let claims: Vec<i64> = (0..40).map(|index| [3, 5, 8, 13][index % 4]).collect();
    let sizes: Vec<usize> = claims.iter().map(|claim| *claim as usize).collect();
    for endowment in [10, 60, 100] {
        let found = numbers(&awards(Rule::RandomArrival, &claims, endowment));
        let expected = arrival_by_table(&sizes, endowment as usize);
        assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?} {expected:?}");
    }
}

#[test]
fn a_sample_of_orders_keeps_its_bound() {
    // Sums of these claims are all different, so the exact table is out of reach, and the halves by number.
    let claims: Vec<i64> = (0..60_i64).map(|index| 1_000_003 + index * index * 7_919).collect();
    let total: i64 = claims.iter().sum();
    let problem = problem(&claims, total / 2);
    assert_eq!(problem.solve(Rule::RandomArrival, None), Err(Unsolved::TooLarge));
    let solved = problem.solve(Rule::RandomArrival, Some(7)).unwrap();
    let (orders, error) = solved.sample.unwrap();
    assert!(orders >= 1_000 && error > 0.0);
    // At half of all claims random arrival gives everyone half (self-duality).
    for (award, claim) in numbers(&solved.awards).iter().zip(&claims) {
        assert!((award - *claim as f64 / 2.0).abs() <= error);
    }
    assert_eq!(solved.awards.iter().fold(Exact::zero(), |sum, award| sum + award), whole(total / 2));
}

/// Domínguez & Thomson by its rounds, in binary numbers.
fn rounds(claims: &[i64], endowment: i64) -> Vec<f64> {
    let mut claims: Vec<f64> = claims.iter().map(|claim| *claim as f64).collect();
    let (mut left, mut awards) = (endowment as f64, vec![0.0; claims.len()]);
    let count = claims.len() as f64;
    for _ in 0..4_000 {
        let parts: Vec<f64> = claims.iter().map(|claim| claim.min(left).max(0.0) / count).collect();
        for (index, part) in parts.iter().enumerate() {
            claims[index] -= part;
            awards[index] += part;
        }
        left -= parts.iter().sum::<f64>();
    }
    awards
}

/// The centroid of {0 ≤ x ≤ c, Σ x = E} for three, by a fine grid.
fn centroid_by_grid(claims: &[i64], endowment: i64) -> Vec<f64> {
    let steps = 400;
    let (mut sums, mut count) = ([0.0; 3], 0.0);
    for a in 0..steps {
        for b in 0..steps {
            let x = (f64::from(a) + 0.5) / f64::from(steps) * claims[0] as f64;
            let y = (f64::from(b) + 0.5) / f64::from(steps) * claims[1] as f64;
            let z = endowment as f64 - x - y;
            if (0.0..=claims[2] as f64).contains(&z) {
                count += 1.0;
                for (sum, value) in sums.iter_mut().zip([x, y, z]) {
                    *sum += value;
                }
            }
        }
    }
    sums.map(|sum| sum / count).to_vec()
}

/// Equal awards by their definition: nobody below the claim has less than another has.
fn are_equal_awards(claims: &[i64], awards: &[Exact]) -> bool {
    let top = awards.iter().max().unwrap();
    awards.iter().zip(claims).all(|(award, claim)| *award == whole(*claim) || award == top)
}

fn cases() -> impl Strategy<Value = (Vec<i64>, i64)> {
    let claims = prop_oneof![
        prop::collection::vec(0_i64..12, 1..7),
        prop::collection::vec(0_i64..5_000_000, 1..7),
        prop::collection::vec(prop_oneof![Just(0_i64), Just(1), Just(100_000_000_000_000_000), 1_i64..1_000], 1..6),
    ];
    (claims, 0.0..=1.0_f64).prop_filter_map("nothing is claimed", |(claims, part)| {
        let total: i64 = claims.iter().sum();
        (total > 0).then_some((claims, (total as f64 * part) as i64))
    })
}

fn claimant(name: String, claim: &str) -> Claim {
    Claim { name, claim: Figure::from(claim), weight: None, floor: None, cap: None, class: None, place: None }
}

fn request(claims: &[i64], endowment: i64) -> DivisionRequest {
    let claim = |(index, fen): (usize, &i64)| claimant(format!("c{index}"), &format!("{fen} 分"));
    DivisionRequest::new(Figure::Text(format!("{endowment} 分")), claims.iter().enumerate().map(claim).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_rule_spends_all_within_bounds_and_in_order((claims, endowment) in cases()) {
        for rule in Rule::all() {
            let found = match problem(&claims, endowment).solve(rule, None) {
                Ok(solved) => solved.awards,
                Err(_) if rule == Rule::DominguezThomson => continue,
                Err(error) => panic!("{rule:?} {error:?}"),
            };
            prop_assert_eq!(found.iter().fold(Exact::zero(), |sum, award| sum + award), whole(endowment), "{:?}", rule);
            for ((award, claim), (other, bigger)) in
                found.iter().zip(&claims).flat_map(|one| found.iter().zip(&claims).map(move |two| (one, two)))
            {
                prop_assert!(*award >= Exact::zero() && *award <= whole(*claim), "{:?} {} {}", rule, award, claim);
                if claim <= bigger {
                    prop_assert!(award <= other, "{:?} {:?} {}", rule, claims, endowment);
                }
                if claim == bigger {
                    prop_assert_eq!(award, other);
                }
            }
        }
    }

    #[test]
    fn more_money_takes_from_nobody((claims, endowment) in cases(), part in 0.0..1.0_f64) {
        let less = (endowment as f64 * part) as i64;
        for rule in Rule::all().filter(|rule| *rule != Rule::DominguezThomson) {
            let (more, less) = (awards(rule, &claims, endowment.max(less)), awards(rule, &claims, less.min(endowment)));
            prop_assert!(more.iter().zip(&less).all(|(more, less)| more >= less), "{:?} {:?}", rule, claims);
        }
    }

    #[test]
    fn duals_divide_losses_as_awards((claims, endowment) in cases()) {
        use Rule::*;
        let lost = claims.iter().sum::<i64>() - endowment;
        let pairs = [
            (Proportional, Proportional), (ConstrainedEqualAwards, ConstrainedEqualLosses), (Talmud, Talmud),
            (ReverseTalmud, ReverseTalmud), (RandomArrival, RandomArrival), (Average, Average),
            (AdjustedProportional, AdjustedProportional), (AverageOfAwards, AverageOfAwards),
        ];
        for (rule, dual) in pairs {
            let losses = awards(dual, &claims, lost);
            let expected: Vec<Exact> = claims.iter().zip(losses).map(|(claim, loss)| whole(*claim) - loss).collect();
            prop_assert_eq!(awards(rule, &claims, endowment), expected, "{:?}", rule);
        }
    }

    #[test]
    fn random_arrival_is_the_mean_over_all_orders((claims, endowment) in cases()) {
        prop_assume!(claims.iter().sum::<i64>() < 1_000_000_000);
        prop_assert_eq!(awards(Rule::RandomArrival, &claims, endowment), arrival_by_orders(&claims, endowment));
    }

    #[test]
    fn equal_awards_are_as_equal_as_claims_allow((claims, endowment) in cases()) {
        prop_assert!(are_equal_awards(&claims, &awards(Rule::ConstrainedEqualAwards, &claims, endowment)));
    }

    #[test]
    fn rounds_and_centroids_agree_with_their_definitions(claims in prop::collection::vec(1_i64..1_000, 3), part in 0.05..0.95_f64) {
        let endowment = (claims.iter().sum::<i64>() as f64 * part) as i64;
        if let Ok(solved) = problem(&claims, endowment).solve(Rule::DominguezThomson, None) {
            for (found, expected) in numbers(&solved.awards).iter().zip(rounds(&claims, endowment)) {
                prop_assert!((found - expected).abs() < 1e-6, "{} {}", found, expected);
            }
        }
        prop_assume!(endowment > 3 && claims.iter().min().unwrap() * 20 > *claims.iter().max().unwrap());
        let scale = *claims.iter().max().unwrap() as f64;
        for (found, expected) in
            numbers(&awards(Rule::AverageOfAwards, &claims, endowment)).iter().zip(centroid_by_grid(&claims, endowment))
        {
            prop_assert!((found - expected).abs() < 0.02 * scale, "{} {}", found, expected);
        }
    }

    #[test]
    fn rounded_awards_close_within_bounds((claims, endowment) in cases(), unit in prop_oneof![Just(1_i64), Just(100)]) {
        let claims: Vec<i64> = claims.iter().map(|claim| claim / unit * unit).collect();
        let endowment = (endowment / unit * unit).min(claims.iter().sum()).min(100_000_000_000_000_000);
        prop_assume!(claims.iter().sum::<i64>() > 0);
        let mut request = request(&claims, endowment);
        request.rounding = Some(Figure::Text(format!("{unit} 分")));
        let division = divide(&request).unwrap();
        for part in &division.rules {
            prop_assert!(part.rounded_closes);
            prop_assert_eq!(part.awards.iter().map(|award| award.fen).sum::<i64>(), endowment);
            for (award, claim) in part.awards.iter().zip(&claims) {
                prop_assert!(award.fen >= 0 && award.fen <= *claim && award.fen % unit == 0);
                let exact: Exact = award.exact_fen.parse().unwrap();
                let away = whole(award.fen) - exact;
                prop_assert!(away < whole(unit) && -away < whole(unit));
            }
        }
    }

    #[test]
    fn floors_caps_classes_and_weights_are_kept(
        drawn in prop::collection::vec((1_i64..1_000, 0_i64..50, 0_i64..2_000, 1_u32..3, 1_i64..5), 1..7),
        part in 0.0..=1.0_f64,
    ) {
        let mut request = request(&drawn.iter().map(|one| one.0).collect::<Vec<_>>(), 0);
        let (mut least, mut most) = (0, 0);
        for (claim, (wanted, floor, cap, class, weight)) in request.claims.iter_mut().zip(&drawn) {
            let floor = floor.min(wanted).min(cap);
            claim.floor = Some(Figure::Text(format!("{floor} 分")));
            claim.cap = Some(Figure::Text(format!("{cap} 分")));
            claim.class = Some(*class);
            claim.weight = Some(Figure::Whole(*weight));
            least += floor;
            most += wanted.min(cap);
        }
        let amount = least + ((most - least) as f64 * part) as i64;
        prop_assume!(most > 0);
        request.amount = Figure::Text(format!("{amount} 分"));
        let division = divide(&request).unwrap();
        prop_assert!(!division.rules.is_empty());
        for part in &division.rules {
            prop_assert!(part.rounded_closes, "{:?}", part.rule);
            prop_assert_eq!(part.awards.iter().map(|award| award.fen).sum::<i64>(), amount);
            // Where the second class gets more than its floor, the first has all it can get.
            let at = |class: u32| part.awards.iter().zip(&drawn).filter(move |(_, one)| one.3 == class);
            if at(2).any(|(award, one)| award.fen > one.1.min(one.0).min(one.2)) {
                prop_assert!(at(1).all(|(award, one)| award.fen == one.0.min(one.2)), "{:?}", part.rule);
            }
        }
    }
}

/// Weighted equal awards by hand: weights 1 and 3 on 80 with large claims.
#[test]
fn weights_share_in_their_ratio() {
    let mut request = request(&[10_000, 10_000], 8_000);
    for (claim, weight) in request.claims.iter_mut().zip([1, 3]) {
        claim.weight = Some(Figure::Whole(weight));
    }
    request.rules = vec!["CEA".to_owned()];
    let fen: Vec<i64> = divide(&request).unwrap().rules[0].awards.iter().map(|award| award.fen).collect();
    assert_eq!(fen, [2_000, 6_000]);
    request.rules = vec!["random_arrival".to_owned()];
    assert_eq!(divide(&request).unwrap_err().0[0].code(), "division.no_weights");
}

fn verdict(claims: &[i64], endowment: i64, rule: Rule, property: &str) -> (Verdict, bool) {
    let mut request = request(claims, endowment);
    request.rules = vec![rule.word().to_owned()];
    let division = divide(&request).unwrap();
    let named =
        |checked: &&ecocomp::horizontal::division::Checked| serde_json::to_value(checked.property).unwrap() == property;
    let checked = division.rules[0].properties.iter().find(named).unwrap();
    (checked.verdict, checked.detail.is_some())
}

/// Thomson (2019), table of rules and properties: what is known to hold holds on every case, and known failures are found.
#[test]
fn properties_are_found_and_counterexamples_given() {
    let claims = [10_000, 20_000, 30_000];
    let holds = |rule, property| {
        assert_eq!(verdict(&claims, 20_000, rule, property), (Verdict::HoldsHere, false), "{rule:?} {property}")
    };
    let fails = |rule, property| {
        assert_eq!(verdict(&claims, 20_000, rule, property), (Verdict::FailsHere, true), "{rule:?} {property}")
    };
    for property in
        ["self_duality", "consistency", "composition_down", "composition_up", "midpoint", "scale_invariance"]
    {
        holds(Rule::Proportional, property);
    }
    for property in ["self_duality", "consistency", "truncation_invariance", "minimal_rights_first", "securement"] {
        holds(Rule::Talmud, property);
    }
    holds(Rule::ConstrainedEqualAwards, "composition_up");
    holds(Rule::ConstrainedEqualAwards, "consistency");
    holds(Rule::ConstrainedEqualLosses, "minimal_rights_first");
    holds(Rule::RandomArrival, "self_duality");
    fails(Rule::Proportional, "truncation_invariance");
    fails(Rule::Talmud, "composition_down");
    fails(Rule::RandomArrival, "consistency");
    fails(Rule::ConstrainedEqualAwards, "self_duality");
    fails(Rule::ConstrainedEqualLosses, "securement");
}

#[test]
fn rounding_says_no_where_nothing_closes() {
    let exact = [whole(50), whole(50)];
    let bounds = ([whole(0), whole(0)], [whole(50), whole(50)]);
    assert_eq!(rounded(&exact, &whole(100), &exact, (&bounds.0, &bounds.1), 100), None);
    assert_eq!(rounded(&exact, &whole(100), &exact, (&bounds.0, &bounds.1), 50), Some(vec![50, 50]));
}

fn share(folder: &Folder, name: &str, text: &str, more: &[&str]) -> Done {
    folder.write(name, text);
    ecocomp(&[&["share", &folder.file(name), "--json"], more].concat())
}

#[test]
fn a_table_of_claims_becomes_all_rules_side_by_side() {
    let folder = Folder::empty();
    let done = share(
        &folder,
        "claims.csv",
        "名称,请求额(万元),备注\n甲县,100,x\n乙县,200,\n丙县,300,\n",
        &["--amount", "200 万元"],
    );
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(
        done.out.contains("Talmud") && done.out.contains("750,000.00") && done.out.contains("备注"),
        "{}",
        done.out
    );
    let done = share(
        &folder,
        "claims.csv",
        "claimant,claim\na,100\nb,200\nc,300\n",
        &["--amount", "200", "--rule", "TAL,cea", "--format", "json"],
    );
    let document = done.json();
    let fen: Vec<i64> =
        document["rules"][0]["awards"].as_array().unwrap().iter().map(|a| a["fen"].as_i64().unwrap()).collect();
    assert_eq!(fen, [5_000, 7_500, 7_500]);
    assert_eq!(document["rules"].as_array().unwrap().len(), 2);
    for format in ["csv", "svg"] {
        let done =
            share(&folder, "claims.csv", "claimant,claim\na,100\nb,200\n", &["--amount", "200", "--format", format]);
        assert_eq!(done.code, 0, "{}", done.err);
        assert!(done.out.contains(if format == "svg" { "</svg>" } else { "PRO" }));
    }
    let english = ecocomp(&["share", &folder.file("claims.csv"), "--amount", "200", "--lang", "en"]);
    assert!(english.out.contains("counterexample") && !english.out.contains("性质"), "{}", english.out);
}

#[test]
fn wrong_input_is_a_finding_with_its_place() {
    let folder = Folder::empty();
    let code = |text: &str, more: &[&str]| {
        let done = share(&folder, "claims.csv", text, more);
        assert!(done.code == 1 || done.code == 2, "{text}: {} {}", done.code, done.out);
        assert!(done.out.is_empty());
        done.codes().first().cloned().unwrap_or_default()
    };
    let sound = "name,claim\na,100\nb,200\n";
    assert_eq!(code(sound, &[]), "cli.needs_amount");
    assert_eq!(code(sound, &["--amount", "-5"]), "division.negative");
    assert_eq!(code(sound, &["--amount", "NaN"]), "units.not_a_number");
    assert_eq!(code(sound, &["--amount", "301"]), "division.amount_above_claims");
    assert_eq!(code(sound, &["--amount", "0.001"]), "units.too_fine");
    assert_eq!(code(sound, &["--amount", "1e30"]), "units.too_large");
    assert_eq!(code(sound, &["--amount", "100", "--rule", "talmut"]), "policy.unknown_word");
    assert_eq!(code(sound, &["--amount", "100", "--unit", "ducats"]), "units.unit_unknown");
    assert_eq!(code(sound, &["--amount", "100.01", "--rounding", "1"]), "division.cannot_round");
    assert_eq!(code(sound, &["--amount", "100", "--rounding", "0"]), "division.rounding");
    assert_eq!(code(sound, &["--amount", "100", "--claim-column", "clam"]), "policy.unknown_word");
    assert_eq!(code("name,claim\na,-1\n", &["--amount", "1"]), "division.negative");
    assert_eq!(code("name,claim\na,NaN\n", &["--amount", "1"]), "units.not_a_number");
    assert_eq!(code("name,claim\na,\n", &["--amount", "1"]), "division.claim_missing");
    assert_eq!(code("name,claim\na,1\na,2\n", &["--amount", "1"]), "division.name_twice");
    assert_eq!(code("name,claim\n,1\n", &["--amount", "1"]), "division.no_name");
    assert_eq!(code("name,claim\na,0\nb,0\n", &["--amount", "0"]), "division.nothing_claimed");
    assert_eq!(code("name,claim\n", &["--amount", "1"]), "division.no_claimants");
    assert_eq!(code("", &["--amount", "1"]), "dataset.no_header");
    assert_eq!(code("name,sum\na,1\n", &["--amount", "1"]), "division.no_claim_column");
    assert_eq!(code("name,claim,floor\na,100,60\nb,100,60\n", &["--amount", "100"]), "division.floors_above_amount");
    assert_eq!(code("name,claim,floor,cap\na,100,60,50\n", &["--amount", "50"]), "division.floor_above_cap");
    assert_eq!(code("name,claim,floor\na,100,160\n", &["--amount", "50"]), "division.floor_above_claim");
    assert_eq!(code("name,claim,weight\na,100,0\n", &["--amount", "50"]), "division.weight");
    assert_eq!(code("name,claim,class\na,100,x\n", &["--amount", "50"]), "division.class");
    assert_eq!(code("名称,请求额\n甲,5\n乙,3\n合计,8\n", &["--amount", "4"]), "dataset.total_row");
    // A figure without a unit beside one in another unit than 元: 500 元 or 500 万元?
    let beside = "name,claim(万元),floor\na,1000,500\nb,800,\n";
    assert_eq!(code(beside, &["--amount", "1200 万元"]), "division.unit_beside");
    assert_eq!(code("name,claim(万元)\na,1000\n", &["--amount", "500"]), "division.unit_beside");
    assert_eq!(code("name,claim\na,1000\nb,1 亿元\n", &["--amount", "500 元"]), "division.unit_beside");
    assert_eq!(share(&folder, "claims.csv", beside, &["--amount", "1200", "--unit", "万元"]).code, 0);
    for clear in ["name,claim,floor\na,1000 元,500\n", "name,claim(万元),floor\na,1000,0\n"] {
        assert_eq!(share(&folder, "claims.csv", clear, &["--amount", "600 元"]).code, 0, "{clear}");
    }
    let weights = ["--amount", "100", "--claim-column", "claim", "--weight-column", "claim"];
    assert_eq!(code("name,claim\na,100\nb,200\n", &weights), "division.column_twice");
    let game = r#"{"kind":"gain","parties":["a","b"],"coalitions":{"a":1,"b":1,"all":5}}"#;
    for (name, text, more, code, expected) in [
        ("g.json", game.replace("\"b\":1", "\"b\":1,\"a\":3"), &[][..], 1, "document.key_twice"),
        ("g.json", game.replace("5}}", "5,}}"), &[][..], 1, "scenario.not_json"),
        (
            "c.json",
            "{\"amount\":10,\"claims\":[{\"name\":\"a\",\"claim\":15},]}".to_owned(),
            &[][..],
            1,
            "scenario.not_json",
        ),
        ("g.json", game.to_owned(), &["--claim-column", "x"][..], 2, "cli.only_tables"),
    ] {
        let done = share(&folder, name, &text, more);
        assert_eq!((done.code, done.codes()), (code, vec![expected.to_owned()]), "{text}: {}", done.err);
    }
    let twice = share(&folder, "g.json", &game.replace("\"b\":1", "\"b\":1,\"a\":3"), &[]);
    assert!(twice.err.contains("“a”写了两次"), "{}", twice.err);
    let done = share(&folder, "claims.csv", "name,claim\na,1\nb,x\n", &["--amount", "1"]);
    assert_eq!(done.error()["findings"][0]["place"]["row"], 3);
    let text = "amount = 1\nclaims = [{ name = \"a\", claim = 2, flor = 1 }]\n";
    let done = share(&folder, "claims.toml", text, &[]);
    assert_eq!(done.codes(), ["policy.unknown_key"]);
    assert!(done.err.contains("floor"), "{}", done.err);
}

#[test]
fn a_shipped_example_is_answered() {
    let done = ecocomp(&["share", &repository("models/horizontal/wives.toml"), "--rule", "talmud"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.contains("50.00") && done.out.contains("75.00"));
}

#[test]
fn ten_thousand_claimants_and_the_largest_amounts() {
    let claims: Vec<i64> = (0..10_000).map(|index| 1_000 + index * 37 % 9_973).collect();
    let mut request = request(&claims, claims.iter().sum::<i64>() / 3);
    request.rules = ["PRO", "CEA", "CEL", "Talmud", "CE", "APRO"].map(str::to_owned).to_vec();
    let division = divide(&request).unwrap();
    assert!(division.rules.iter().all(|part| part.rounded_closes));
    let largest = [100_000_000_000_000_000; 3];
    assert!(
        awards(Rule::RandomArrival, &largest, 100_000_000_000_000_000)
            .iter()
            .all(|award| *award == Exact::new(BigInt::from(100_000_000_000_000_000_i64), 3.into()))
    );
}

#[test]
fn a_division_that_is_to_be_given_up_is_an_end() {
    let request = request(&[100, 200, 300], 200);
    let asked = std::cell::Cell::new(0);
    let twice = || {
        asked.set(asked.get() + 1);
        asked.get() <= 2
    };
    // The rules until then are the answer, which says that it is not all.
    let division = ecocomp::horizontal::division::divide_while(&request, &twice).unwrap();
    let whole = ecocomp::horizontal::division::divide(&request).unwrap();
    assert!(!division.complete && whole.complete && division.rules.len() < whole.rules.len());
    let findings = ecocomp::horizontal::division::divide_while(&request, &|| false).unwrap_err();
    assert_eq!(findings.0[0].code(), "solver.limit_interrupt");
}
