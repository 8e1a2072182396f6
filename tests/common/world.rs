//! Random places and random rules around a plan that is known to obey them, and the rules once more as plain integer arithmetic.
//!
//! Nothing here asks the engine what a rule means: every check is written down from the rule's definition in docs/model.md.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::fmt::Write as _;

use ecocomp::dataset::Source;
use ecocomp::record::record;
use ecocomp::run::{self, Inputs, RunError};
use ecocomp::solver::SolveOptions;
use serde_json::Value;

pub const ECOSYSTEMS: [(&str, &str); 4] =
    [("forest", "林地"), ("wetland", "湿地"), ("farmland", "基本农田"), ("water_source", "水源地")];

/// SplitMix64: the same seed gives the same place.
pub struct Chance(pub u64);

impl Chance {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Between both ends, inclusive.
    pub fn between(&mut self, least: i128, most: i128) -> i128 {
        least + i128::from(self.next()) % (most - least + 1)
    }

    pub fn one_in(&mut self, of: i128) -> bool {
        self.between(1, of) == 1
    }
}

pub struct Place {
    pub area: usize,
    pub ecosystem: usize,
    /// 亩
    pub extent: i128,
    /// 元
    pub gep: i128,
    pub quality: i128,
    /// 0–100
    pub outcome: i128,
    /// 元
    pub protection: i128,
    /// 元
    pub opportunity: i128,
    /// 元
    pub last: i128,
    /// The known plan, in 分: by the district fund and by the water fund.
    pub known: [i128; 2],
}

impl Place {
    pub fn is_water(&self) -> bool {
        self.ecosystem == 3
    }
}

pub struct World {
    /// Residents of each area.
    pub areas: Vec<i128>,
    pub cells: Vec<Place>,
    /// Known amounts are multiples of it, in 分.
    pub unit: i128,
}

/// Amounts to be checked, in 分, in the order of the world's cells.
pub struct Plan {
    pub by_fund: Vec<[i128; 2]>,
    pub entitlement: Vec<i128>,
}

impl Plan {
    pub fn of(&self, cell: usize) -> i128 {
        self.by_fund[cell].iter().sum()
    }
}

/// A rule as the planner writes it, and as a checker reads it: what is wrong with a plan.
pub struct Drawn {
    pub toml: String,
    pub check: Checker,
}

/// What is wrong with a plan; `None` where the rule holds.
pub type Checker = Box<dyn Fn(&World, &Plan) -> Option<String>>;

impl World {
    pub fn draw(areas: usize, unit: i128, chance: &mut Chance) -> Self {
        let mut cells = Vec::new();
        let mut heads = Vec::new();
        for area in 0..areas {
            heads.push(chance.between(500, 60_000));
            for ecosystem in 0..4 {
                // Every area has forest, so that no area is empty.
                if ecosystem > 0 && chance.one_in(4) {
                    continue;
                }
                let units = |chance: &mut Chance| chance.between(100, 20_000) * 10_000 / unit;
                let district = units(chance) * unit;
                let water = if ecosystem == 3 { units(chance) * unit / 2 / unit * unit } else { 0 };
                cells.push(Place {
                    area,
                    ecosystem,
                    extent: chance.between(50, 90_000),
                    gep: chance.between(100_000, 90_000_000),
                    quality: chance.between(30, 100),
                    outcome: chance.between(40, 100),
                    protection: chance.between(1_000, 900_000),
                    opportunity: chance.between(1_000, 900_000),
                    last: (district + water) * chance.between(70, 130) / 10_000,
                    known: [district, water],
                });
            }
        }
        Self { areas: heads, cells, unit }
    }

    pub fn code(area: usize) -> String {
        format!("{:03}", area + 1)
    }

    pub fn has_water(&self) -> bool {
        self.cells.iter().any(Place::is_water)
    }

    pub fn budget(&self, fund: usize) -> i128 {
        self.cells.iter().map(|cell| cell.known[fund]).sum()
    }

    pub fn known(&self, cells: &[usize]) -> i128 {
        cells.iter().map(|cell| self.cells[*cell].known.iter().sum::<i128>()).sum()
    }

    pub fn select(&self, keep: impl Fn(&Place) -> bool) -> Vec<usize> {
        (0..self.cells.len()).filter(|cell| keep(&self.cells[*cell])).collect()
    }

    /// The groups of a `per` word over some cells.
    pub fn groups(&self, per: &str, cells: &[usize]) -> Vec<Vec<usize>> {
        let key = |cell: usize| match per {
            "cell" => cell,
            "area" => self.cells[cell].area,
            "ecosystem" => self.cells[cell].ecosystem,
            _ => 0,
        };
        let mut keys: Vec<usize> = cells.iter().map(|cell| key(*cell)).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.into_iter().map(|wanted| cells.iter().copied().filter(|cell| key(*cell) == wanted).collect()).collect()
    }

    pub fn areas_csv(&self) -> String {
        let mut text = "代码,名称,人口(人)\n".to_owned();
        for (area, heads) in self.areas.iter().enumerate() {
            let _ = writeln!(text, "{},镇{area},{heads}", Self::code(area));
        }
        text
    }

    pub fn cells_csv(&self) -> String {
        let mut text = "区域代码,生态系统,面积(亩),生态产品总值(元),质量(指数),保护成效(分),保护成本(元),机会成本(元),上年补偿(元)\n".to_owned();
        for cell in &self.cells {
            let Place { extent, gep, quality, outcome, protection, opportunity, last, .. } = cell;
            let (code, name) = (Self::code(cell.area), ECOSYSTEMS[cell.ecosystem].1);
            let _ =
                writeln!(text, "{code},{name},{extent},{gep},{quality},{outcome},{protection},{opportunity},{last}");
        }
        text
    }

    pub fn model(&self, rules: &[&Drawn], objective: &str) -> String {
        let mut text = format!("[model]\nname = \"随机\"\ndataset = \".\"\nrounding = \"{} 元\"\n", yuan(self.unit));
        let _ = writeln!(text, "[[fund]]\nid = \"district\"\namount = \"{} 元\"", yuan(self.budget(0)));
        if self.has_water() {
            let amount = yuan(self.budget(1));
            let only = "only = { ecosystem = \"water_source\" }";
            let _ = writeln!(text, "[[fund]]\nid = \"water\"\namount = \"{amount} 元\"\n{only}");
        }
        text.push_str(objective);
        for rule in rules {
            let _ = writeln!(text, "[[rule]]\n{}", rule.toml);
        }
        text
    }

    pub fn source(&self) -> Source {
        let files = [("areas.csv", self.areas_csv()), ("cells.csv", self.cells_csv())];
        Source {
            name: "world".to_owned(),
            files: files.map(|(name, text)| (name.to_owned(), text.into_bytes())).to_vec(),
        }
    }

    /// Writes model and data into `folder/world`.
    pub fn leave(&self, folder: &str, model: &str) {
        let folder = std::path::Path::new(folder).join("world");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("areas.csv"), self.areas_csv()).unwrap();
        std::fs::write(folder.join("cells.csv"), self.cells_csv()).unwrap();
        std::fs::write(folder.join("model.toml"), model).unwrap();
    }

    /// Solves with some rules; the record as a reader of the JSON sees it.
    pub fn solve(&self, rules: &[&Drawn], objective: &str) -> Result<Value, String> {
        solve_text(&self.model(rules, objective), self.source())
    }

    /// The published amounts in the order of the world's cells.
    pub fn plan(&self, record: &Value) -> Plan {
        let published = record["cells"].as_array().unwrap();
        assert_eq!(published.len(), self.cells.len());
        let mut plan = Plan { by_fund: Vec::new(), entitlement: Vec::new() };
        for cell in &self.cells {
            let is_it =
                |one: &&Value| one["area"] == Self::code(cell.area) && one["ecosystem"] == ECOSYSTEMS[cell.ecosystem].0;
            let one = published.iter().find(is_it).unwrap();
            let of = |fund: &str| -> i128 {
                let found = one["by_fund"].as_array().unwrap().iter().find(|part| part["fund"] == fund);
                found.map_or(0, |part| i128::from(part["amount_fen"].as_i64().unwrap()))
            };
            let by_fund = [of("district"), of("water")];
            assert!(by_fund.iter().all(|amount| *amount >= 0), "negative: {one}");
            assert!(by_fund.iter().all(|amount| amount % self.unit == 0), "not a multiple: {one}");
            assert!(cell.is_water() || by_fund[1] == 0, "earmark broken: {one}");
            assert_eq!(i128::from(one["amount_fen"].as_i64().unwrap()), by_fund.iter().sum::<i128>());
            plan.by_fund.push(by_fund);
            plan.entitlement.push(i128::from(one["entitlement_fen"].as_i64().unwrap()));
        }
        for fund in 0..2 {
            assert_eq!(
                plan.by_fund.iter().map(|amounts| amounts[fund]).sum::<i128>(),
                self.budget(fund),
                "fund {fund}"
            );
        }
        plan
    }
}

pub fn solve_text(model: &str, source: Source) -> Result<Value, String> {
    let inputs = Inputs {
        model_file: "model.toml".to_owned(),
        model_text: model.to_owned(),
        source,
        changes: Vec::new(),
        spots: None,
    };
    let prepared = run::prepare(&inputs).map_err(|findings| format!("{findings:?}\n{model}"))?;
    match run::solve(prepared, &SolveOptions::default(), false) {
        Ok(solved) => Ok(serde_json::to_value(record(&solved)).unwrap()),
        Err(RunError::Infeasible(_)) => Err(format!("infeasible\n{model}")),
        Err(error) => Err(format!("{error:?}\n{model}")),
    }
}

/// 分 as 元 with two decimals.
pub fn yuan(fen: i128) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

/// Numerator over 10⁶ as a decimal.
pub fn decimal(millionths: i128) -> String {
    format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
}

pub const MILLION: i128 = 1_000_000;

/// Largest millionths with millionths / 10⁶ ≤ above / below.
pub fn floor(above: i128, below: i128) -> i128 {
    above * MILLION / below
}

/// Least millionths with millionths / 10⁶ ≥ above / below.
pub fn ceil(above: i128, below: i128) -> i128 {
    (above * MILLION + below - 1) / below
}
