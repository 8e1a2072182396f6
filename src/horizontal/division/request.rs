//! What is asked: claimants, amount, rules; and its way to a problem in 分.

use std::collections::BTreeMap;

use num_traits::{One, Zero};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::division::figure::{self, Figure, UNIT};
use crate::division::parametric::sum;
use crate::division::problem::Problem;
use crate::division::properties::shown;
use crate::division::rule::Rule;
use crate::finding::{Finding, FindingLog, Findings, Place, hint};
use crate::phrases::{Phrase, Text};
use crate::units::{Exact, Money};

/// Most claimants of a problem.
pub const CLAIMANTS_MAX: usize = 100_000;

/// A claims problem and the rules to divide by.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DivisionRequest {
    /// What it is about.
    #[serde(default)]
    pub title: String,
    /// Where the figures come from.
    #[serde(default)]
    pub source: String,
    /// What there is to divide.
    pub amount: Figure,
    /// Unit of amounts written without one: 元, 万元, 亿元, 分, … Default 元, where no amount is written in another unit.
    #[serde(default)]
    pub unit: Option<String>,
    /// Names of rules, or "all"; default all.
    #[serde(default)]
    pub rules: Vec<String>,
    /// Awards are whole multiples of this amount; default 1 分.
    #[serde(default)]
    pub rounding: Option<Figure>,
    /// Seed of the sample of orders, where random arrival cannot be found exactly.
    #[serde(default = "seed")]
    pub seed: u64,
    /// The claimants.
    pub claims: Vec<Claim>,
    /// Remarks on how the request was read.
    #[serde(skip)]
    pub notes: Vec<Text>,
    /// File that amounts stand in, for findings.
    #[serde(skip)]
    pub file: Option<String>,
}

fn seed() -> u64 {
    1
}

/// One claimant.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Unique name.
    pub name: String,
    /// What is claimed, ≥ 0.
    pub claim: Figure,
    /// Weight in rules that have a weighted form, > 0; default 1.
    #[serde(default)]
    pub weight: Option<Figure>,
    /// Least award, paid first.
    #[serde(default)]
    pub floor: Option<Figure>,
    /// Largest award.
    #[serde(default)]
    pub cap: Option<Figure>,
    /// Class: lower ones are served in full before the next; default 1.
    #[serde(default)]
    pub class: Option<u32>,
    /// Where it stands.
    #[serde(skip)]
    pub place: Option<Place>,
}

/// A request that can be answered.
#[derive(Debug)]
pub(super) struct Read {
    pub problem: Problem,
    pub names: Vec<String>,
    pub rules: Vec<Rule>,
    pub skipped: Vec<(Rule, Text)>,
    pub amount: Money,
    pub unit_fen: i64,
}

impl DivisionRequest {
    /// A request for all rules, in 元 and to the 分.
    pub fn new(amount: Figure, claims: Vec<Claim>) -> Self {
        Self {
            title: String::new(),
            source: String::new(),
            amount,
            unit: None,
            rules: Vec::new(),
            rounding: None,
            seed: seed(),
            claims,
            notes: Vec::new(),
            file: None,
        }
    }

    /// Unit of amounts written without one.
    pub(super) fn unit(&self) -> &str {
        self.unit.as_deref().unwrap_or(UNIT)
    }

    fn place(&self) -> Place {
        self.file.as_ref().map_or_else(Place::default, Place::file)
    }

    fn place_of(&self, index: usize, claim: &Claim, key: &str) -> Place {
        match &claim.place {
            Some(place) => place.clone().column(key),
            None => self.place().column(format!("claims[{}].{key}", index + 1)),
        }
    }

    /// The problem, or all that is wrong with it.
    pub(super) fn read(&self) -> Result<Read, Findings> {
        let mut log = FindingLog::of_tables();
        if !Money::knows(self.unit()) {
            let finding = Finding::error("units.unit_unknown", self.place().column("unit")).with("value", self.unit());
            return Err(finding.with("unit", self.unit()).with("units", Money::units()).into());
        }
        self.check_units(&mut log);
        if self.claims.is_empty() {
            return Err(Finding::error("division.no_claimants", self.place()).into());
        }
        if self.claims.len() > CLAIMANTS_MAX {
            let finding = Finding::error("division.too_many", self.place());
            return Err(finding.with("most", CLAIMANTS_MAX.to_string()).into());
        }
        let amount = self.positive(&self.amount, self.place().column("amount"), &mut log);
        let unit_fen = match &self.rounding {
            None => Some(1),
            Some(figure) => {
                let place = self.place().column("rounding");
                let unit = self.positive(figure, place.clone(), &mut log).map(Money::fen);
                if unit == Some(0) {
                    log.push(Finding::error("division.rounding", place));
                }
                unit.filter(|unit| *unit > 0)
            }
        };
        let problem = self.problem(amount.unwrap_or(Money::ZERO), &mut log);
        let (rules, skipped) = self.chosen(&problem, &mut log);
        if log.errors() == 0 {
            self.check(&problem, &mut log);
        }
        let names = self.claims.iter().map(|claim| claim.name.trim().to_owned()).collect();
        let (amount, unit_fen) = (amount.unwrap_or(Money::ZERO), unit_fen.unwrap_or(1));
        let read = Read { problem, names, rules, skipped, amount, unit_fen };
        Findings::gate(read, log.into_findings()).map(|(read, _)| read)
    }

    /// An amount without a unit beside amounts in another one than 元 could mean either: it must say which.
    fn check_units(&self, log: &mut FindingLog) {
        if self.unit.is_some() {
            return;
        }
        let amount = std::iter::once((&self.amount, None));
        let claims = self.claims.iter().enumerate().flat_map(|(index, claim)| {
            let figures = [(Some(&claim.claim), "claim"), (claim.floor.as_ref(), "floor"), (claim.cap.as_ref(), "cap")];
            figures.into_iter().filter_map(move |(figure, key)| Some((figure?, Some((index, claim, key)))))
        });
        let place = |at: &Option<(usize, &Claim, &str)>| match at {
            Some((index, claim, key)) => self.place_of(*index, claim, key),
            None => self.place().column("amount"),
        };
        figure::check_units(&amount.chain(claims).collect::<Vec<_>>(), place, log);
    }

    /// An amount ≥ 0.
    fn positive(&self, figure: &Figure, place: Place, log: &mut FindingLog) -> Option<Money> {
        match figure.money(self.unit()) {
            Ok(money) if money.fen() < 0 => {
                log.push(Finding::error("division.negative", place).with("amount", money));
                None
            }
            Ok(money) => Some(money),
            Err(phrase) => {
                log.push(Finding::from_phrase(phrase, place));
                None
            }
        }
    }

    fn problem(&self, amount: Money, log: &mut FindingLog) -> Problem {
        let mut problem = Problem::plain(Vec::new(), amount.exact());
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, claim) in self.claims.iter().enumerate() {
            let name = claim.name.trim();
            if name.is_empty() {
                log.push(Finding::error("division.no_name", self.place_of(index, claim, "name")));
            } else if let Some(first) = seen.insert(name, index) {
                let place = self.place_of(index, claim, "name");
                let other = self.claims.get(first).map(|other| self.place_of(first, other, "name").to_string());
                log.push(
                    Finding::error("division.name_twice", place)
                        .with("name", name)
                        .with("other", other.unwrap_or_default()),
                );
            }
            let mut read = |figure: &Figure, key: &str| {
                self.positive(figure, self.place_of(index, claim, key), log).unwrap_or(Money::ZERO).exact()
            };
            let wanted = read(&claim.claim, "claim");
            let floor = claim.floor.as_ref().map_or_else(Exact::zero, |floor| read(floor, "floor"));
            let cap = claim.cap.as_ref().map(|cap| read(cap, "cap"));
            let upper = cap.as_ref().map_or(&wanted, |cap| cap.min(&wanted));
            if floor > *upper {
                let code = if cap.as_ref().is_some_and(|cap| floor > *cap) {
                    "division.floor_above_cap"
                } else {
                    "division.floor_above_claim"
                };
                let finding = Finding::from_phrase(Phrase::new(code), self.place_of(index, claim, "floor"));
                let finding = finding.with("name", name).with("floor", shown(&floor));
                log.push(finding.with("upper", shown(upper)));
            }
            problem.weights.push(self.weight(index, claim, log));
            problem.claims.push(wanted);
            problem.floors.push(floor);
            problem.caps.push(cap);
            problem.classes.push(claim.class.unwrap_or(1));
        }
        problem
    }

    fn weight(&self, index: usize, claim: &Claim, log: &mut FindingLog) -> Exact {
        let Some(figure) = &claim.weight else { return Exact::one() };
        let place = self.place_of(index, claim, "weight");
        match figure.decimal() {
            Ok(weight) if weight.is_negative() || weight.is_zero() => {
                log.push(Finding::error("division.weight", place).with("weight", weight.to_string()));
                Exact::one()
            }
            Ok(weight) => weight.exact(),
            Err(phrase) => {
                log.push(Finding::from_phrase(phrase, place));
                Exact::one()
            }
        }
    }

    /// The rules asked for, and those of "all" that leave the weights out.
    fn chosen(&self, problem: &Problem, log: &mut FindingLog) -> (Vec<Rule>, Vec<(Rule, Text)>) {
        let is_all = |word: &String| word.trim().eq_ignore_ascii_case("all") || word.trim() == "全部";
        let all = self.rules.is_empty() || self.rules.iter().any(is_all);
        let (mut rules, mut skipped) = (Vec::new(), Vec::new());
        let weighted = problem.is_weighted();
        let mut take = |rule: Rule, asked: bool, log: &mut FindingLog| {
            if rules.contains(&rule) || skipped.iter().any(|(known, _)| *known == rule) {
                return;
            }
            if !weighted || rule.is_weighted() {
                rules.push(rule);
            } else if asked {
                let finding = Finding::error("division.no_weights", self.place().column("rules"));
                log.push(finding.with("rule", Phrase::new(rule.code()).text()));
            } else {
                skipped.push((rule, Phrase::new("division.skipped_weights").text()));
            }
        };
        for word in self.rules.iter().filter(|word| !is_all(word)) {
            match Rule::of_word(word) {
                Some(rule) => take(rule, true, log),
                None => {
                    let like = hint(word, Rule::words().chain(["all"])).text();
                    let place = self.place().column("rules");
                    log.push(Finding::error("policy.unknown_word", place).with("word", word).with("like", like));
                }
            }
        }
        if all {
            Rule::all().for_each(|rule| take(rule, false, log));
        }
        (rules, skipped)
    }

    /// What cannot be divided: floors beyond the amount, an amount beyond the claims, no claim at all.
    fn check(&self, problem: &Problem, log: &mut FindingLog) {
        let (floors, upper) = (sum(&problem.floors), sum(&problem.upper()));
        let place = self.place().column("amount");
        let endowment = &problem.endowment;
        let finding = |code| Finding::from_phrase(Phrase::new(code), place.clone()).with("amount", shown(endowment));
        if upper.is_zero() {
            log.push(Finding::error("division.nothing_claimed", place.clone()));
        } else if floors > *endowment {
            log.push(finding("division.floors_above_amount").with("floors", shown(&floors)));
        } else if *endowment > upper {
            let left = shown(&(endowment - &upper));
            log.push(finding("division.amount_above_claims").with("claims", shown(&upper)).with("left", left));
        }
    }
}
