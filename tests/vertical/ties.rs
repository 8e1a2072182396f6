//! Equal merit, equal coverage: where a benefit has many optima, the tie-break chooses and not the last digit of a number.

use crate::common;
use crate::common::world::{Chance, solve_text};
use ecocomp::dataset::Source;
use proptest::prelude::*;

/// Cells of two ecosystems with a GEP each, in 分, and a score.
struct Land {
    gep: Vec<i128>,
    scores: Vec<i128>,
}

impl Land {
    fn source(&self) -> Source {
        let mut areas = "代码,名称\n".to_owned();
        let mut cells = "区域代码,生态系统,面积(亩),生态产品总值(元),保护成效(分)\n".to_owned();
        for (at, (gep, score)) in self.gep.iter().zip(&self.scores).enumerate() {
            areas.push_str(&format!("{at:03},镇{at}\n"));
            let ecosystem = ["林地", "湿地"][at % 2];
            cells.push_str(&format!("{at:03},{ecosystem},1,{},{score}\n", common::world::yuan(*gep)));
        }
        let files = [("areas.csv", areas), ("cells.csv", cells)];
        let files = files.map(|(name, text)| (name.to_owned(), text.into_bytes())).to_vec();
        Source { name: "land".to_owned(), files }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: common::cases(60), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cells_of_equal_merit_are_covered_alike(
        count in 2_usize..12,
        fund in 100_000_i128..3_000_000,
        entitled in 200_000_i128..2_000_000,
        by_outcome in any::<bool>(),
        second in prop_oneof![
            Just(""),
            Just("[[objective]]\nkind = \"min_deviation\"\nslack = 0.1\n"),
            Just("[[objective]]\nkind = \"min_deviation\"\nnorm = \"linf\"\n"),
        ],
        slack in prop_oneof![Just(""), Just("slack = 0.05\n")],
        seed in any::<u64>(),
    ) {
        let mut chance = Chance(seed);
        // GEP from 2 000 元 to 300 million: shares of the pool never come out in whole 分.
        let gep: Vec<i128> = (0..count)
            .map(|_| {
                let most = 10_i128.pow(chance.between(6, 10) as u32) * 3;
                chance.between(200_000, most)
            })
            .collect();
        let score = chance.between(50, 100);
        // Where the outcome counts, all have the same.
        let scores = (0..count).map(|_| if by_outcome { score } else { chance.between(0, 100) }).collect();
        let land = Land { gep, scores };
        let value = if by_outcome { "gep_times_outcome" } else { "gep" };
        let model = format!(
            "[model]\nname = \"平\"\ndataset = \".\"\n[entitlement]\namount = \"{entitled} 元\"\n\
             [[fund]]\nid = \"f\"\namount = \"{fund} 元\"\n\
             [[objective]]\nkind = \"max_outcome_benefit\"\nvalue = \"{value}\"\nreturns = [[0.6, 1.0], [1.1, 0.6], [1.6, 0.3]]\n{slack}{second}"
        );
        let record = solve_text(&model, land.source()).map_err(TestCaseError::fail)?;
        let all: i128 = land.gep.iter().sum();
        for cell in record["cells"].as_array().unwrap() {
            let at: usize = cell["area"].as_str().unwrap().parse().unwrap();
            let amount = i128::from(cell["amount_fen"].as_i64().unwrap());
            // Each gets its share of the fund, but for its entitlement's rounding and its own: 分 times 100 · all.
            let due = fund * 100 * land.gep[at];
            let room = (2 * all).max(3 * fund * all / entitled);
            prop_assert!((amount * all - due).abs() <= room, "cell {at}: {amount}, due {}\n{model}", due / all);
        }
    }
}
