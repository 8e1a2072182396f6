//! Deductions that pay rewards: the pot closes to the 分, published cases come out as published, and beside a corridor the diagnosis
//! says which of the two must give way.

use crate::common::world::{Chance, World, solve_text};
use crate::common::{self, Folder, fen, list};
use ecocomp::dataset::Source;
use proptest::prelude::*;

const FAIR: &str = "[[objective]]\nkind = \"max_min_coverage\"\n";

/// Areas of one ecosystem with last year's amount in 元 and a score.
fn source(areas: &[(i128, &str)]) -> Source {
    let (mut heads, mut cells) = (
        "代码,名称,人口(人)\n".to_owned(),
        "区域代码,生态系统,面积(亩),生态产品总值(元),质量(指数),保护成效(分),上年补偿(元)\n".to_owned(),
    );
    for (at, (last, score)) in areas.iter().enumerate() {
        heads += &format!("{:02},镇{at},1000\n", at + 1);
        cells += &format!("{:02},林地,1000,{},0.8,{score},{last}\n", at + 1, last * 10);
    }
    let files = [("areas.csv", heads), ("cells.csv", cells)];
    Source { name: "areas".to_owned(), files: files.map(|(name, text)| (name.to_owned(), text.into_bytes())).to_vec() }
}

/// What a model of one fund pays the areas, in 分.
fn paid(areas: &[(i128, &str)], budget: &str, rule: &str) -> Vec<i128> {
    let model = format!(
        "[model]\nname = \"a\"\ndataset = \".\"\n[[fund]]\nid = \"f\"\namount = \"{budget}\"\n[entitlement]\nfactors = {{ last_year = 1 }}\n[[rule]]\nkind = \"deduction\"\n{rule}\n{FAIR}"
    );
    let record = solve_text(&model, source(areas)).unwrap();
    assert!(list(&record["rules"]).iter().all(|rule| rule["holds"] == true));
    list(&record["areas"]).iter().map(|area| fen(&area["amount_fen"])).collect()
}

#[test]
fn the_cases_of_published_rules() {
    // 江西 重点生态功能区转移支付: a worse area loses 5 % of its total of the year, and the cuts are a source of the rewards.
    let areas = [(40_000_000, "90"), (30_000_000, "70"), (20_000_000, "40"), (10_000_000, "95")];
    let grades = "grades = [{ id = \"变好\", at_least = 80, reward = 1 }, { id = \"不变\", at_least = 60 }, { id = \"变差\", deduct = \"5%\" }]";
    let found = paid(&areas, "1 亿元", &format!("{grades}\nkey = \"equal\""));
    assert_eq!(found, [4_050_000_000, 3_000_000_000, 1_900_000_000, 1_050_000_000]);
    // By what the good ones are entitled to, and by score.
    let found = paid(&areas, "1 亿元", grades);
    assert_eq!(found, [4_080_000_000, 3_000_000_000, 1_900_000_000, 1_020_000_000]);
    let found = paid(&areas, "1 亿元", &format!("{grades}\nkey = \"outcome\""));
    let pot = 100_000_000_i128;
    // 90 : 95 of the pot, to the 分 by largest remainder.
    assert_eq!(found[0] - 4_000_000_000 + found[3] - 1_000_000_000, pot);
    assert!((185 * (found[0] - 4_000_000_000) - 90 * pot).abs() < 185);
    // 陕西 2021: three counties whose quality rose share 3970 万元; a reward alone, from the funds.
    let areas = [(100_000_000, "90"), (100_000_000, "91"), (100_000_000, "92"), (100_000_000, "50")];
    let rule = "against = \"last_year\"\nextra = \"3970 万元\"\nkey = \"equal\"\ngrades = [{ id = \"变好\", at_least = 80, reward = 1 }, { id = \"其他\" }]";
    let found = paid(&areas, "43970 万元", rule);
    assert_eq!(found[3], 10_000_000_000);
    let rewards: Vec<i128> = found[..3].iter().map(|fen| fen - 10_000_000_000).collect();
    assert_eq!(rewards.iter().sum::<i128>(), 3_970_000_000);
    assert!(rewards.iter().all(|fen| (3 * fen - 3_970_000_000).abs() < 3), "{rewards:?}");
    // 广东 公益林: the last ones lose half of their management money, whatever they are called.
    let areas = [(50_000_000, "80"), (50_000_000, "80"), (20_000_000, "80")];
    let rule = "grades = [{ id = \"后20名\", area = [\"镇2\"], deduct = \"50%\" }, { id = \"先进\", area = [\"01\"], reward = 1 }]";
    assert_eq!(paid(&areas, "1.2 亿元", rule), [6_000_000_000, 5_000_000_000, 1_000_000_000]);
    // 浙江 2017 出境水水质: fines of 2.5 亿元 and 26.4 亿元 more are rewards of 28.9 亿元.
    let areas = [(2_000_000_000, "90"), (500_000_000, "40")];
    let rule = "against = \"last_year\"\nextra = \"26.4 亿元\"\ngrades = [{ id = \"Ⅰ–Ⅲ类\", at_least = 60, reward = 1 }, { id = \"Ⅳ、Ⅴ类\", deduct = \"50%\" }]";
    let found = paid(&areas, "51.4 亿元", rule);
    assert_eq!((found[0] - 200_000_000_000, 50_000_000_000 - found[1]), (289_000_000_000, 25_000_000_000));
}

#[test]
fn fixed_rewards_and_so_much_a_point() {
    // 江西: the worse lose 5 % of the year's total, the better are given a fixed sum each; the pot pays first, the funds the rest.
    let areas = [(40_000_000, "90"), (30_000_000, "70"), (20_000_000, "40"), (10_000_000, "95")];
    let grades = "against = \"last_year\"\ngrades = [{ id = \"变好\", at_least = 80, reward_sum = \"80 万元\" }, { id = \"不变\", at_least = 60 }, { id = \"变差\", deduct = \"5%\" }]";
    let found = paid(&areas, "1 亿元", grades);
    assert_eq!((found[0], found[2], found[3]), (4_080_000_000, 1_900_000_000, 1_080_000_000));
    assert_eq!(found[1], 3_000_000_000 + 100_000_000 - 160_000_000, "the funds pay what the pot does not");
    // What is left of the pot is shared by weight: 100 − 2 · 20 in equal parts.
    let shared = grades.replace("80 万元\" }", "20 万元\", reward = 1 }") + "\nkey = \"equal\"";
    assert_eq!(paid(&areas, "1 亿元", &shared), [4_050_000_000, 3_000_000_000, 1_900_000_000, 1_050_000_000]);
    // A fixed sum is lost whatever the base, and never more than the base.
    let fixed = "against = \"last_year\"\ngrades = [{ id = \"好\", at_least = 60, reward = 1 }, { id = \"差\", deduct = \"3000 万元\" }]";
    let found = paid(&areas, "1 亿元", fixed);
    assert_eq!((found[2], found.iter().sum::<i128>()), (0, 10_000_000_000));
    // 浙江 能耗: 50 万元 a point, beyond the mean (here 3.2 points) 100 more; a rise loses 100 a point. 50 stands for no change.
    let areas = [(50_000_000, "55"), (50_000_000, "52"), (50_000_000, "47.5"), (50_000_000, "50")];
    let rule = "against = \"last_year\"\ngrades = [{ id = \"下降\", at_least = 50, reward_per_point = [{ above = 50, by = \"50 万元\" }, { above = 53.2, by = \"100 万元\" }] }, { id = \"上升\", deduct_per_point = [{ below = 50, by = \"100 万元\" }] }]";
    let found = paid(&areas, "20280 万元", rule);
    let (first, second, third) = (250_000_000 + 180_000_000, 100_000_000, -250_000_000);
    assert_eq!(found, [5_000_000_000 + first, 5_000_000_000 + second, 5_000_000_000 + third, 5_000_000_000]);
    // 福建 综合性生态保护补偿: full marks keep the base, below it is cut in proportion.
    let areas = [(50_000_000, "100"), (50_000_000, "87.5"), (50_000_000, "0")];
    let rule = "against = \"last_year\"\ngrades = [{ id = \"满分\", at_least = 100, reward = 1 }, { id = \"未满分\", deduct_per_point = [{ below = 100, by = \"1%\" }] }]";
    assert_eq!(paid(&areas, "1.5 亿元", rule), [10_625_000_000, 4_375_000_000, 0]);
}

#[test]
fn what_is_deducted_is_said_as_it_is() {
    let said = |keys: &str| {
        let folder = Folder::sound();
        folder.write(
            "model.toml",
            format!(
                "{}\n[[rule]]\nkind = \"deduction\"\n{keys}\n",
                common::MODEL.replace("kind = \"max_min_coverage\"", "kind = \"min_deviation\"")
            ),
        );
        let record = folder.allocate(&[]).json();
        let rule = list(&record["rules"]).iter().find(|rule| rule["kind"] == "deduction");
        rule.unwrap_or_else(|| panic!("{record}"))["sentence"]["zh"].as_str().unwrap().to_owned()
    };
    let good = "{ id = \"优\", area = [\"甲镇\"], reward = 1 }";
    let bad = "{ id = \"差\", area = [\"乙镇\"], deduct = \"10%\" }";
    let plain = said(&format!("grades = [{good}, {bad}]"));
    assert!(plain.ends_with("扣减的资金全部奖励,按应得额分配") && !plain.contains("另加"), "{plain}");
    let more = said(&format!("extra = \"5 元\"\ngrades = [{good}, {bad}]"));
    assert!(more.ends_with("扣减的资金另加 5.00 元全部奖励,按应得额分配"), "{more}");
    let only = said(&format!("extra = \"5 元\"\ngrades = [{good}]"));
    assert!(only.ends_with("所列 5.00 元全部奖励,按应得额分配"), "{only}");
    let fixed = said(
        "grades = [{ id = \"优\", area = [\"甲镇\"], reward_sum = \"7 元\" }, { id = \"差\", area = [\"乙镇\"], deduct_per_point = [{ below = 100, by = \"1%\" }] }]",
    );
    assert!(fixed.contains("优 定额奖励 7.00 元; 差 低于 100 每 1 分扣减 1%"), "{fixed}");
    assert!(fixed.ends_with("扣减的资金用于奖励,不足的由资金补足"), "{fixed}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: common::cases(40), failure_persistence: None, ..ProptestConfig::default() })]

    /// The pool is the budget: all that is deducted of the entitlements arrives, and nobody else is touched.
    #[test]
    fn what_is_deducted_of_entitlements_arrives_to_the_fen(
        scores in prop::collection::vec(0_i128..101, 2..9),
        lasts in prop::collection::vec(1_000_i128..90_000_000, 9),
        deduct in 1_i128..30,
        key in 0_usize..4,
        best in 60_i128..95,
    ) {
        let areas: Vec<(i128, String)> = lasts.iter().zip(&scores).map(|(last, score)| (*last, score.to_string())).collect();
        let areas: Vec<(i128, &str)> = areas.iter().map(|(last, score)| (*last, score.as_str())).collect();
        // Where all lose, nobody is left to spend the fund.
        prop_assume!(scores.iter().take(areas.len()).any(|score| *score >= 50));
        let total: i128 = areas.iter().map(|(last, _)| last).sum();
        let key_word = ["equal", "entitlement", "gep", "extent"][key];
        let rule = format!(
            "key = \"{key_word}\"\ngrades = [{{ id = \"优\", at_least = {best}, reward = 1 }}, {{ id = \"良\", at_least = 50 }}, {{ id = \"差\", deduct = \"{deduct}%\" }}]"
        );
        let found = paid(&areas, &format!("{total} 元"), &rule);
        let is_good = |at: usize| scores[at] >= best;
        let is_bad = |at: usize| scores[at] < 50;
        let base = |at: usize| areas[at].0 * 100;
        let cut = |at: usize| if is_bad(at) { base(at) * deduct / 100 } else { 0 };
        let pot: i128 = (0..areas.len()).map(cut).sum();
        let weight = |at: usize| if is_good(at) { if key_word == "equal" || key_word == "extent" { 1 } else { areas[at].0 } } else { 0 };
        let weights: i128 = (0..areas.len()).map(weight).sum();
        prop_assert_eq!(found.iter().sum::<i128>(), total * 100);
        if weights == 0 {
            #[allow(clippy::needless_range_loop)] // a position in several lists
            for at in 0..areas.len() {
                prop_assert!(found[at] <= base(at) - cut(at) || !is_bad(at));
            }
            return Ok(());
        }
        for (at, fen) in found.iter().enumerate() {
            if is_bad(at) {
                prop_assert_eq!(*fen, base(at) - cut(at));
            } else if is_good(at) {
                prop_assert!((weights * (fen - base(at)) - pot * weight(at)).abs() < weights, "{} of {}", fen - base(at), pot);
            } else {
                prop_assert_eq!(*fen, base(at));
            }
        }
    }

    #[test]
    fn with_other_rules_it_holds_or_both_are_named(areas in 2_usize..6, deduct in 1_i128..60, seed in any::<u64>()) {
        let mut chance = Chance(seed);
        let world = World::draw(areas, 1, &mut chance);
        let grades = format!("grades = [{{ id = \"优\", at_least = 75, reward = 1 }}, {{ id = \"差\", deduct = 0.{deduct:02} }}]");
        let rule = format!("[[rule]]\nkind = \"deduction\"\nper = \"cell\"\nagainst = \"last_year\"\n{grades}\n");
        let model = format!("{}[[rule]]\nkind = \"corridor\"\nper = \"area\"\nat_least = 0.7\n{rule}", world.model(&[], FAIR));
        match solve_text(&model, world.source()) {
            Ok(record) => {
                let plan = world.plan(&record);
                let cut = |cell: usize| world.cells[cell].last * 100 * deduct / 100;
                for cell in 0..world.cells.len() {
                    if world.cells[cell].outcome < 75 {
                        prop_assert!(plan.of(cell) <= world.cells[cell].last * 100 - cut(cell));
                    } else {
                        prop_assert!(plan.of(cell) >= world.cells[cell].last * 100);
                    }
                }
            }
            Err(why) => prop_assert!(why.starts_with("infeasible"), "{}", why),
        }
    }
}

#[test]
fn beside_a_corridor_the_diagnosis_says_which_of_the_two_must_give_way() {
    let folder = Folder::sound();
    let rules = "[[rule]]\nkind = \"corridor\"\nat_least = 0.95\n[[rule]]\nkind = \"deduction\"\nagainst = \"last_year\"\ngrades = [{ id = \"优\", area = [\"甲镇\"], reward = 1 }, { id = \"差\", area = [\"乙镇\"], deduct = \"10%\" }]\n";
    folder.write("model.toml", format!("{}\n{rules}", common::MODEL));
    let done = folder.allocate(&[]);
    assert_eq!(done.code, 3, "{}", done.err);
    let diagnosis = &done.error()["diagnosis"];
    let ids: Vec<&str> = list(&diagnosis["conflict"]).iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["corridor", "deduction"]);
    let repairs: Vec<(&str, &str)> = list(&diagnosis["repairs"])
        .iter()
        .map(|repair| (repair["path"].as_str().unwrap(), repair["to"].as_str().unwrap()))
        .collect();
    assert_eq!(repairs, [("rule.corridor.at_least", "0.9"), ("rule.deduction.grades[2].deduct", "0.05")]);
    for repair in list(&diagnosis["repairs"]) {
        assert_eq!(folder.allocate(&["--set", repair["change"].as_str().unwrap()]).code, 0, "{repair}");
    }
    // The deduction by the name of its grade, as scenarios write it.
    assert_eq!(folder.allocate(&["--set", "rule.deduction.grades.差.deduct=0.05"]).code, 0);
}

#[test]
fn a_deduction_without_sense_is_refused() {
    let folder = Folder::sound();
    for (keys, code) in [
        ("grades = [{ id = \"优\" }]", "policy.none"),
        ("grades = [{ id = \"差\", deduct = 5 }]", "policy.deduct_above"),
        ("grades = [{ id = \"差\", deduct = \"-5%\" }]", "policy.negative"),
        ("grades = [{ id = \"差\", deduct = \"5%\", reward = 1 }]", "policy.grade_two_ways"),
        ("grades = [{ id = \"差\", deduct = \"5%\", reward_sum = \"1 元\" }]", "policy.grade_two_ways"),
        ("grades = [{ id = \"差\", deduct = \"-5 元\" }]", "policy.negative"),
        ("grades = [{ id = \"优\", reward_sum = \"5%\" }]", "policy.reward_is_sum"),
        ("grades = [{ id = \"优\", reward = -1 }]", "policy.negative"),
        ("grades = [{ id = \"差\", deduct_per_point = [{ above = 5, by = \"1%\" }] }]", "policy.unknown_key"),
        ("grades = [{ id = \"差\", deduct_per_point = [{ below = 5 }] }]", "policy.key_missing"),
        ("grades = [{ id = \"差\", deduct_per_point = \"1%\" }]", "policy.wrong_type"),
        (
            "grades = [{ id = \"a\", deduct = \"5%\" }, { id = \"b\", at_least = 60, reward = 1 }]",
            "policy.grades_order",
        ),
        ("grades = [{ id = \"a\", at_least = 60, reward = 1 }, { id = \"b\", at_least = 80 }]", "policy.grades_order"),
        ("grades = [{ id = \"a\", at_least = 60, area = [\"甲镇\"], reward = 1 }]", "policy.grade_both"),
        ("grades = [{ id = \"a\", area = [\"丙镇\"], reward = 1 }]", "policy.unknown_word"),
        (
            "grades = [{ id = \"a\", area = [\"甲镇\"], reward = 1 }, { id = \"b\", area = [\"01\"], deduct = \"1%\" }]",
            "policy.graded_twice",
        ),
        ("grades = [{ id = \"a\", reward = 1 }]\nkey = \"gold\"", "policy.unknown_word"),
        ("grades = [{ id = \"a\", reward = 1 }]\nagainst = \"quality\"", "policy.aggregate_not_money"),
        ("grades = [{ id = \"a\", reward = 1 }]\nextra = \"-1 元\"", "policy.negative"),
        ("key = \"equal\"", "policy.key_missing"),
    ] {
        folder.write("model.toml", format!("{}\n[[rule]]\nkind = \"deduction\"\n{keys}\n", common::MODEL));
        let done = folder.check();
        assert_eq!(done.code, 1, "{keys}\n{}", done.out);
        assert!(done.codes().iter().any(|found| found == code), "{keys}\n{:?}", done.codes());
    }
    // The whole fund is to be spent: what is deducted and rewards nobody leaves no plan, which a check finds too.
    for (keys, word, code) in [
        ("grades = [{ id = \"差\", at_least = 100, reward = 1 }, { id = \"b\", deduct = \"5%\" }]", "没有奖励对象", 3),
        ("grades = [{ id = \"优\", area = [\"甲镇\"], reward = 1 }]\nextra = \"1 元\"", "没有列入任何等次", 0),
    ] {
        folder.write("model.toml", format!("{}\n[[rule]]\nkind = \"deduction\"\n{keys}\n", common::MODEL));
        let done = folder.check();
        assert!(done.code == code && done.err.contains(word), "{keys}\n{}", done.err);
    }
}
