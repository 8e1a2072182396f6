//! Made-up data of any size from a seed, with a model that is feasible for every seed; for benchmarks and demonstrations.
//!
//! A witness plan shows feasibility: every cell receives 1.05 times last year's amount. The corridor (0.9–1.3), the share of
//! wetland (half to twice its part in last year's total), the floor (half of last year), the cap (a tenth of GEP, which is at
//! least twenty times last year) and the earmark (60 % of what water sources received) all leave it room.

use std::fmt::Write as _;

/// The files of a synthetic dataset and its model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Synthetic {
    /// File names and texts.
    pub files: Vec<(&'static str, String)>,
}

/// SplitMix64 (Steele, Lea & Flood 2014): small, fast, the same everywhere.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// The numbers of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A whole number from `least` to `most`.
    pub fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.next() % (most - least + 1)
    }
}

/// What areas have of one ecosystem.
struct Kind {
    name: &'static str,
    /// Least and most extent, in 亩.
    extent: (u64, u64),
    /// Least and most of last year's rate, in 分/亩.
    rate: (u64, u64),
    /// Chance that an area has it, in per cent.
    chance: u64,
}

const ECOSYSTEMS: [Kind; 4] = [
    Kind { name: "林地", extent: (3_000, 40_000), rate: (8_000, 14_000), chance: 100 },
    Kind { name: "湿地", extent: (1_000, 60_000), rate: (2_000, 4_500), chance: 60 },
    Kind { name: "基本农田", extent: (5_000, 60_000), rate: (4_500, 8_000), chance: 100 },
    Kind { name: "水源地", extent: (500, 8_000), rate: (9_000, 15_000), chance: 12 },
];

/// Areas × 4 ecosystems with a feasible model; `areas` from 1.
pub fn generate(areas: usize, seed: u64) -> Synthetic {
    let mut chance = Chance::new(seed);
    let mut area_rows = String::from("代码,名称,人口(人)\n");
    let mut cell_rows = String::from(
        "区域代码,区域名称,生态系统,面积(亩),生态产品总值(元),质量(指数),保护成效(分),保护成本(元),机会成本(元),上年补偿(元)\n",
    );
    let mut last = [0_u64; 4];
    for index in 0..areas {
        let code = 100_000_001 + index;
        let _ = writeln!(area_rows, "{code},示例{:05},{}", index + 1, chance.between(3_000, 90_000));
        for (kind, Kind { name, extent: extents, rate: rates, chance: percent }) in ECOSYSTEMS.iter().enumerate() {
            // The first area has every ecosystem, so that no selection of the model is empty.
            if index > 0 && chance.between(1, 100) > *percent {
                continue;
            }
            let extent = chance.between(extents.0, extents.1);
            let amount = extent * chance.between(rates.0, rates.1);
            let gep = amount * chance.between(20, 200);
            let cost = extent * chance.between(4_000, 16_000);
            let _ = writeln!(
                cell_rows,
                "{code},示例{:05},{name},{extent},{},0.{},{}.{},{},{},{}",
                index + 1,
                yuan(gep),
                chance.between(60, 98),
                chance.between(45, 99),
                chance.between(0, 9),
                yuan(cost),
                yuan(cost / 2),
                yuan(amount),
            );
            if let Some(sum) = last.get_mut(kind) {
                *sum += amount;
            }
        }
    }
    let files = vec![
        ("areas.csv", area_rows),
        ("cells.csv", cell_rows),
        ("dataset.toml", manifest(areas, seed)),
        ("SOURCES.md", sources(areas, seed)),
        ("model.toml", model(areas, seed, last)),
    ];
    Synthetic { files }
}

fn yuan(fen: u64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

fn manifest(areas: usize, seed: u64) -> String {
    format!(
        "name = {{ zh = \"合成数据({areas} 个区域,种子 {seed})\", en = \"synthetic data ({areas} areas, seed {seed})\" }}\n\
         illustrative = true\n"
    )
}

fn sources(areas: usize, seed: u64) -> String {
    format!(
        "# 数据来源 Sources\n\n全部为示例(illustrative):由 `ecocomp generate --areas {areas} --seed {seed}` 生成,不代表任何真实地区。\n\n\
         Every column is illustrative, made by `ecocomp generate --areas {areas} --seed {seed}`.\n"
    )
}

fn model(areas: usize, seed: u64, last: [u64; 4]) -> String {
    let total: u64 = last.iter().sum();
    let [_, wetland, _, water] = last;
    let municipal = water * 6 / 10 / 100 * 100;
    let district = total * 105 / 100 / 100 * 100 - municipal;
    let share = |times: f64| format!("{:.6}", (wetland as f64 / total as f64 * times).min(1.0));
    format!(
        "# 合成模型,示例数据\n[model]\nname = {{ zh = \"合成模型({areas} 个区域)\", en = \"synthetic model ({areas} areas, seed {seed})\" }}\n\
         dataset = \".\"\nrounding = \"1 元\"\nnote = \"全部为示例数据。\"\n\n\
         [[fund]]\nid = \"district\"\namount = \"{} 元\"\n\n\
         [[fund]]\nid = \"municipal_water\"\namount = \"{} 元\"\nonly = {{ ecosystem = \"water_source\" }}\n\n\
         [entitlement]\namount = \"{} 元\"\nfactors = {{ gep = 0.4, extent = 0.4, quality = 0.2 }}\n\n\
         [entitlement.outcome]\npoints = [[0, 0.7], [60, 0.7], [80, 1.0], [100, 1.2]]\n\n\
         [[rule]]\nkind = \"corridor\"\nper = \"area\"\nbetween = [0.9, 1.3]\n\n\
         [[rule]]\nkind = \"share\"\nof = {{ ecosystem = \"wetland\" }}\nbetween = [{}, {}]\n\n\
         [[rule]]\nkind = \"floor\"\nper = \"cell\"\nat_least = {{ last_year = 0.5 }}\n\n\
         [[rule]]\nkind = \"unit_standard\"\necosystem = \"farmland\"\nat_least = \"20 元/亩\"\n\n\
         [[rule]]\nkind = \"cap\"\nper = \"cell\"\nat_most = {{ gep = 0.1 }}\n\n\
         [[objective]]\nkind = \"max_min_coverage\"\nlevels = \"worst\"\nslack = 0.02\n\n\
         [[objective]]\nkind = \"max_outcome_benefit\"\nreturns = [[0.6, 1.0], [1.1, 0.6], [1.6, 0.3]]\n",
        yuan(district),
        yuan(municipal),
        yuan(total * 110 / 100),
        share(0.5),
        share(2.0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_files() {
        assert_eq!(generate(20, 7), generate(20, 7));
        assert_ne!(generate(20, 7), generate(20, 8));
    }
}
