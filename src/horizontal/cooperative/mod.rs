//! Cooperative games (合作博弈): Shapley value, core, least core, nucleolus, separable costs.

mod blocking;
pub mod form;
pub mod game;
mod linear;
pub mod nucleolus;
pub mod properties;
mod reading;
mod request;
pub mod river;
pub mod sampled;
mod stage;
pub mod values;
mod worths;

use num_traits::{Signed, Zero};
use schemars::JsonSchema;
use serde::Serialize;

pub use game::{Coalition, Game, TABLE_MAX, largest_excess};
pub use nucleolus::{LeastCore, Nucleolus, least_core, nucleolus, nucleolus_while, verified};
pub use properties::{GameChecked, GameProperty};
pub use request::{
    Airport, Bankruptcy, Component, GameRequest, Kind, Majority, Missing, PARTIES_MAX, River, Scale, When,
};
pub use stage::Measure;

use crate::cooperative::form::Form;
use crate::cooperative::reading::Read;
use crate::division::{Verdict, shown};
use crate::finding::{Finding, Findings};
use crate::patience::going;
use crate::phrases::{Phrase, Text};
use crate::units::{BigInt, Exact, Money, largest_remainder};

/// A game with its solutions.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Solved {
    /// What it is about.
    pub title: String,
    /// Where the figures come from.
    pub source: String,
    /// Whether shares are gains (what a party gets) or costs (what it pays).
    pub kind: Kind,
    /// Unit of amounts that were written without one.
    pub unit: String,
    /// Shares are multiples of so many 分.
    pub rounding_fen: i64,
    /// The parties, with what each has or pays alone and what it adds to all others.
    pub parties: Vec<Party>,
    /// What is divided, in 分.
    pub whole_fen: i64,
    /// Properties of the game, checked.
    pub properties: Vec<GameChecked>,
    /// Whether the core is empty, with its proof; absent where it was not sought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub core: Option<Core>,
    /// The solutions.
    pub solutions: Vec<Solution>,
    /// Solutions that do not exist or were not sought, with the reason.
    pub absent: Vec<Absent>,
    /// Whether all was computed; false where the time was up or someone asked to stop.
    pub complete: bool,
    /// Remarks.
    pub notes: Vec<Text>,
}

/// One party.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Party {
    /// Name.
    pub name: String,
    /// Gain or cost alone, in 分.
    pub alone_fen: i64,
    /// Gain or cost it adds to all others, in 分.
    pub marginal_fen: i64,
}

/// What is known of the core.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Core {
    /// Whether no division satisfies every coalition.
    pub is_empty: bool,
    /// The smallest possible largest complaint of a coalition (gain it could make beyond its share, or cost it pays beyond
    /// its own), in 分, as a fraction: above zero where the core is empty.
    pub least_complaint_fen: String,
    /// The same in 元.
    pub least_complaint_yuan: String,
    /// The proof: coalitions with weights so that every party is covered exactly once. What they could do by themselves, by
    /// weight, exceeds what all together have by a positive multiple of the least complaint where the core is empty.
    pub balanced: Vec<Balanced>,
    /// Σ weight · worth of the collection, in 分, as a fraction.
    pub balanced_fen: String,
}

/// A coalition of a balanced collection.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Balanced {
    /// Members.
    pub coalition: String,
    /// Weight, as a fraction.
    pub weight: String,
    /// What it has or pays by itself, in 分.
    pub worth_fen: i64,
}

/// Names of solutions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the terms of the field")]
pub enum Concept {
    Shapley,
    Nucleolus,
    PerCapitaNucleolus,
    RemainingBenefits,
    EqualNonseparable,
    EqualSurplus,
    Tau,
    Banzhaf,
    DownstreamIncremental,
    UpstreamIncremental,
}

/// One solution.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Solution {
    /// Which.
    pub concept: Concept,
    /// Its name.
    pub name: Text,
    /// Share of each party.
    pub shares: Vec<Share>,
    /// Whether the exact shares lie in the core; absent where that was not tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_core: Option<bool>,
    /// The coalition with the largest complaint against the exact shares.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worst: Option<Complaint>,
    /// The same against the rounded shares.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worst_rounded: Option<Complaint>,
    /// Whether no party is worse off than alone (exact shares).
    pub individually_rational: bool,
    /// Orders drawn, where the shares come from a sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orders: Option<usize>,
    /// Levels of the nucleolus with their proof, verified exactly.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub levels: Vec<ProofLevel>,
}

/// Share of a party.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Share {
    /// Name.
    pub name: String,
    /// In whole 分; the shares sum to the whole.
    pub fen: i64,
    /// Exact, in 分, as a fraction.
    pub exact_fen: String,
    /// Bound of the error of a sampled share, in 分.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_fen: Option<i64>,
}

/// A coalition against a division.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Complaint {
    /// Members.
    pub coalition: String,
    /// What it could do better by itself, in 分, as a fraction; negative where it is content.
    pub excess_fen: String,
    /// The same in 元.
    pub excess_yuan: String,
}

/// A level of the nucleolus.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ProofLevel {
    /// Largest complaint at this level, in 分 (by head for the per-capita nucleolus), as a fraction.
    pub excess_fen: String,
    /// Coalitions that have it in every optimum, with their multipliers.
    pub coalitions: Vec<Balanced>,
    /// Parties held at what they have alone.
    pub held: Vec<String>,
}

/// A solution that is not there.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Absent {
    /// Which.
    pub concept: Concept,
    /// Its name.
    pub name: Text,
    /// Why.
    pub why: Text,
}

/// Solves a game: properties, core, and every solution that exists.
///
/// # Errors
/// What is wrong with the parties, coalitions or forms; a rounding unit that does not divide what all have.
pub fn solve(request: &GameRequest) -> Result<Solved, Findings> {
    solve_while(request, &|| true)
}

/// The same, cut short where `keep_going` says no: asked before the core, and between the levels of a nucleolus. What was found
/// until then is the answer, which says that it is not complete.
///
/// # Errors
/// As [`solve`]; `solver.limit_interrupt` where nothing was found.
pub fn solve_while(request: &GameRequest, keep_going: &dyn Fn() -> bool) -> Result<Solved, Findings> {
    let read = request.read()?;
    going(keep_going, "cooperative")?;
    if read.whole % read.unit_fen != 0 {
        let finding = Finding::error("division.cannot_round", request.at("rounding"));
        return Err(finding.with("unit", Money::from_fen(read.unit_fen)).into());
    }
    let sign = if read.is_cost { -1 } else { 1 };
    let parties = read.names.iter().zip(&read.alone).zip(&read.marginal);
    let mut solved = Solved {
        title: request.title.clone(),
        source: request.source.clone(),
        kind: if read.is_cost { Kind::Cost } else { Kind::Gain },
        unit: request.unit().to_owned(),
        rounding_fen: read.unit_fen,
        parties: parties
            .map(|((name, alone), marginal)| Party {
                name: name.clone(),
                alone_fen: alone * sign,
                marginal_fen: marginal * sign,
            })
            .collect(),
        whole_fen: read.whole * sign,
        properties: Vec::new(),
        core: None,
        solutions: Vec::new(),
        absent: Vec::new(),
        complete: true,
        notes: notes(request, &read),
    };
    let teller = Teller { read: &read };
    if let Some(game) = &read.game {
        solved.properties = properties::check(game, read.is_cost, &|coalition| teller.name(coalition));
    }
    if keep_going() {
        teller.core(&mut solved);
    }
    teller.solutions(request, &mut solved, keep_going);
    if !keep_going() {
        solved.complete = false;
        solved.notes.push(Phrase::new("cooperative.cut_short").text());
    }
    Ok(solved)
}

fn notes(request: &GameRequest, read: &Read) -> Vec<Text> {
    let mut notes =
        vec![Phrase::new(if read.is_cost { "cooperative.sign_cost" } else { "cooperative.sign_gain" }).text()];
    if request.as_savings {
        notes.push(Phrase::new("cooperative.note_savings").text());
    }
    let missing = match (&request.coalitions, request.missing) {
        (Some(_), Missing::Zero) => Some("cooperative.note_zero"),
        (Some(_), Missing::Apart) => Some("cooperative.note_apart"),
        (Some(_), Missing::BestPartition) => Some("cooperative.note_partition"),
        _ => None,
    };
    notes.extend(missing.map(|code| Phrase::new(code).text()));
    if read.game.is_none() {
        notes.push(Phrase::new("cooperative.note_searched").text());
    }
    notes
}

/// Says results in the sign and the names of the document.
struct Teller<'a> {
    read: &'a Read,
}

impl Teller<'_> {
    fn name(&self, coalition: Coalition) -> String {
        worths::joined(coalition, &self.read.names)
    }

    fn sign(&self) -> i64 {
        if self.read.is_cost { -1 } else { 1 }
    }

    fn balanced(&self, game: &Game, coalition: Coalition, weight: &Exact) -> Balanced {
        Balanced {
            coalition: self.name(coalition),
            weight: weight.to_string(),
            worth_fen: game.worth(coalition) * self.sign(),
        }
    }

    fn core(&self, solved: &mut Solved) {
        let Some(game) = self.read.game.as_ref().filter(|game| (2..=nucleolus::PARTIES_MAX).contains(&game.parties))
        else {
            return;
        };
        let Some(least) = least_core(game) else {
            solved.notes.push(Phrase::new("cooperative.core_failed").text());
            return;
        };
        // Σ λ S = −μ N: divided by −μ the coalitions cover everyone once.
        let cover = least.level.fixed.first().map_or_else(Exact::zero, |(_, multiplier)| -multiplier);
        let mut balanced_sum = Exact::zero();
        let mut balanced = Vec::new();
        for (coalition, multiplier) in &least.level.coalitions {
            let weight = if cover.is_zero() { multiplier.clone() } else { multiplier / &cover };
            balanced_sum += &weight * BigInt::from(game.worth(*coalition) * self.sign());
            balanced.push(self.balanced(game, *coalition, &weight));
        }
        let is_empty = least.level.excess.is_positive();
        let mut checked = GameChecked {
            property: GameProperty::Balanced,
            name: Phrase::new("cooperative.p_balanced").text(),
            verdict: if is_empty { Verdict::FailsHere } else { Verdict::HoldsHere },
            how: Phrase::new("cooperative.h_balanced").text(),
            detail: None,
        };
        if is_empty {
            let whole = Money::from_fen(solved.whole_fen);
            let phrase = Phrase::new("cooperative.empty_core").with("sum", shown(&balanced_sum)).with("whole", whole);
            checked.detail = Some(phrase.with("least", shown(&least.level.excess)).text());
        }
        solved.properties.push(checked);
        solved.core = Some(Core {
            is_empty,
            least_complaint_fen: least.level.excess.to_string(),
            least_complaint_yuan: shown(&least.level.excess),
            balanced,
            balanced_fen: balanced_sum.to_string(),
        });
    }

    fn solutions(&self, request: &GameRequest, solved: &mut Solved, keep_going: &dyn Fn() -> bool) {
        self.shapley(request, solved);
        self.nucleoli(solved, keep_going);
        let (marginal, whole) = (&self.read.marginal, self.read.whole);
        let scrb = values::remaining_benefits(marginal, whole, &self.read.justified);
        self.take(solved, Concept::RemainingBenefits, scrb, "cooperative.no_scrb");
        let equal = values::equal_nonseparable(marginal, whole);
        self.take(solved, Concept::EqualNonseparable, equal, "cooperative.no_scrb");
        let surplus = values::equal_surplus(&self.read.alone, whole);
        self.take(solved, Concept::EqualSurplus, surplus, "cooperative.no_scrb");
        if let Some(game) = &self.read.game {
            self.take(solved, Concept::Tau, values::tau(game), "cooperative.no_tau");
            self.take(solved, Concept::Banzhaf, values::banzhaf(game), "cooperative.no_banzhaf");
        }
        if let Some((down, up)) = self.read.form.as_ref().and_then(Form::incremental) {
            let exact =
                |values: Vec<i64>| values.into_iter().map(|fen| Exact::from_integer(BigInt::from(fen))).collect();
            self.take(solved, Concept::DownstreamIncremental, Some(exact(down)), "cooperative.no_scrb");
            self.take(solved, Concept::UpstreamIncremental, Some(exact(up)), "cooperative.no_scrb");
        }
        if self.read.benefits_given {
            solved.notes.push(Phrase::new("cooperative.note_benefits").text());
        }
    }

    fn shapley(&self, request: &GameRequest, solved: &mut Solved) {
        if let Some(game) = &self.read.game {
            let found = self.solution(Concept::Shapley, &values::shapley(game));
            solved.solutions.push(found);
            return;
        }
        let Some(form) = &self.read.form else { return };
        let signed = |values: Vec<Exact>| -> Vec<Exact> {
            values.into_iter().map(|value| value * BigInt::from(self.sign())).collect()
        };
        if let Some(values) = form.shapley(self.read.names.len()) {
            solved.solutions.push(self.solution(Concept::Shapley, &signed(values)));
        } else if let Some(sample) = sampled::shapley(form, request.orders, request.seed) {
            let mut solution = self.solution(Concept::Shapley, &signed(sample.values));
            solution.orders = Some(sample.orders);
            for (share, error) in solution.shares.iter_mut().zip(&sample.errors) {
                share.error_fen = Some(error.ceil() as i64);
            }
            solved.solutions.push(solution);
        }
    }

    fn nucleoli(&self, solved: &mut Solved, keep_going: &dyn Fn() -> bool) {
        for (concept, measure) in
            [(Concept::Nucleolus, Measure::Total), (Concept::PerCapitaNucleolus, Measure::PerCapita)]
        {
            let game = self.read.game.as_ref().filter(|game| game.parties <= nucleolus::PARTIES_MAX);
            match game.and_then(|game| nucleolus_while(game, measure, keep_going).map(|found| (game, found))) {
                Some((game, found)) => {
                    let mut solution = self.solution(concept, &found.payments);
                    solution.levels = found.levels.iter().map(|level| self.proof(game, level)).collect();
                    if !found.individually_rational && concept == Concept::Nucleolus {
                        solved.notes.push(Phrase::new("cooperative.note_prenucleolus").text());
                    }
                    solved.solutions.push(solution);
                }
                None if !keep_going() => self.absent(solved, concept, "cooperative.not_reached"),
                None => self.absent(solved, concept, "cooperative.no_nucleolus"),
            }
        }
    }

    fn proof(&self, game: &Game, level: &nucleolus::Level) -> ProofLevel {
        ProofLevel {
            excess_fen: level.excess.to_string(),
            coalitions: level.coalitions.iter().map(|(c, weight)| self.balanced(game, *c, weight)).collect(),
            held: level.own.iter().map(|(party, _)| self.name(1 << party)).collect(),
        }
    }

    fn take(&self, solved: &mut Solved, concept: Concept, found: Option<Vec<Exact>>, why: &'static str) {
        // A share need not be in the range of money where worths are.
        let is_money = |value: &Exact| crate::units::floor_fen(value).is_some_and(|fen| fen.unsigned_abs() < 1 << 60);
        match found {
            Some(payments) if payments.iter().all(is_money) => {
                solved.solutions.push(self.solution(concept, &payments));
            }
            Some(_) => self.absent(solved, concept, "cooperative.beyond"),
            None => self.absent(solved, concept, why),
        }
    }

    fn absent(&self, solved: &mut Solved, concept: Concept, why: &'static str) {
        let why = Phrase::new(why).with("most", nucleolus::PARTIES_MAX.to_string()).text();
        solved.absent.push(Absent { concept, name: Phrase::new(concept.code()).text(), why });
    }

    /// A division in gains, told in the sign of the document.
    fn solution(&self, concept: Concept, payments: &[Exact]) -> Solution {
        let sign = BigInt::from(self.sign());
        let told: Vec<Exact> = payments.iter().map(|payment| payment * &sign).collect();
        let whole = rounded(&told, self.read.whole * self.sign(), self.read.unit_fen);
        let back: Vec<Exact> = whole.iter().map(|fen| Exact::from_integer(BigInt::from(fen * self.sign()))).collect();
        let worst = self.worst(payments).map(|(coalition, excess)| (self.name(coalition), excess));
        // Too many coalitions to go through: only one that blocks is an answer.
        let worst = worst.or_else(|| self.blocking(payments));
        let alone = self.read.alone.iter().map(|fen| Exact::from_integer(BigInt::from(*fen)));
        Solution {
            concept,
            name: Phrase::new(concept.code()).text(),
            shares: self
                .read
                .names
                .iter()
                .zip(&whole)
                .zip(&told)
                .map(|((name, fen), exact)| Share {
                    name: name.clone(),
                    fen: *fen,
                    exact_fen: exact.to_string(),
                    error_fen: None,
                })
                .collect(),
            in_core: worst.as_ref().map(|(_, excess)| !excess.is_positive()),
            worst: worst.map(|(coalition, excess)| complaint(coalition, &excess)),
            worst_rounded: self.worst(&back).map(|(coalition, excess)| complaint(self.name(coalition), &excess)),
            individually_rational: alone.zip(payments).all(|(alone, payment)| *payment >= alone),
            orders: None,
            levels: Vec::new(),
        }
    }

    fn worst(&self, payments: &[Exact]) -> Option<(Coalition, Exact)> {
        largest_excess(self.read.game.as_ref()?, payments)
    }

    fn blocking(&self, payments: &[Exact]) -> Option<(String, Exact)> {
        let form = self.read.form.as_ref().filter(|_| self.read.game.is_none())?;
        let sign = self.sign();
        let found = blocking::blocking(form, sign, payments, &self.read.alone, &self.read.marginal);
        let (is_in, excess) = found?;
        let members = self.read.names.iter().zip(is_in).filter(|(_, is_in)| *is_in).map(|(name, _)| name.as_str());
        Some((members.collect::<Vec<_>>().join("+"), excess))
    }
}

fn complaint(coalition: String, excess: &Exact) -> Complaint {
    Complaint { coalition, excess_fen: excess.to_string(), excess_yuan: shown(excess) }
}

impl Concept {
    /// Short name of the literature, the same in every language.
    pub fn short(self) -> &'static str {
        match self {
            Self::Shapley => "Shapley",
            Self::Nucleolus => "nucleolus",
            Self::PerCapitaNucleolus => "per-capita",
            Self::RemainingBenefits => "SCRB",
            Self::EqualNonseparable => "ENSC",
            Self::EqualSurplus => "CIS",
            Self::Tau => "tau",
            Self::Banzhaf => "Banzhaf",
            Self::DownstreamIncremental => "DI",
            Self::UpstreamIncremental => "UI",
        }
    }

    /// Phrase code of the name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Shapley => "cooperative.c_shapley",
            Self::Nucleolus => "cooperative.c_nucleolus",
            Self::PerCapitaNucleolus => "cooperative.c_per_capita",
            Self::RemainingBenefits => "cooperative.c_scrb",
            Self::EqualNonseparable => "cooperative.c_ensc",
            Self::EqualSurplus => "cooperative.c_equal_surplus",
            Self::Tau => "cooperative.c_tau",
            Self::Banzhaf => "cooperative.c_banzhaf",
            Self::DownstreamIncremental => "cooperative.c_downstream",
            Self::UpstreamIncremental => "cooperative.c_upstream",
        }
    }
}

/// Shares in multiples of the unit that sum to the whole: rounded down, the units missing to the largest remainders.
fn rounded(exact: &[Exact], whole: i64, unit: i64) -> Vec<i64> {
    let scale = BigInt::from(unit);
    let floors: Vec<i64> = exact.iter().map(|value| crate::units::floor_fen(&(value / &scale)).unwrap_or(0)).collect();
    let rests: Vec<Exact> =
        exact.iter().zip(&floors).map(|(value, floor)| value / &scale - BigInt::from(*floor)).collect();
    let missing = i128::from(whole / unit) - floors.iter().map(|floor| i128::from(*floor)).sum::<i128>();
    // The remainders sum to exactly the units that are missing.
    let missing = Money::from_fen(i64::try_from(missing).unwrap_or(0));
    let more = largest_remainder(missing, &rests);
    floors.iter().zip(more).map(|(floor, more)| (floor + more.fen()) * unit).collect()
}
