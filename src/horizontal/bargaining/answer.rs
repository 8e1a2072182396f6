//! The answer as a document: parties, frontier, solutions with proof and checked properties.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::bargaining::frame::{Found, Frame, Refusal};
use crate::bargaining::model::Model;
use crate::bargaining::polygon::Polygon;
use crate::bargaining::properties::{Checks, Property};
use crate::bargaining::request::{Kind, Request};
use crate::bargaining::solve::{ExactPoint, as_binary, by_programs, exactly, in_fen, near_fen, polygon};
use crate::document::ENGINE;
use crate::document::number::{Number, binary, written};
use crate::finding::Findings;
use crate::phrases::{Phrase, Text};
use crate::solver::SolveOptions;
use crate::units::{Decimal, Exact, Money};

/// What bargaining leads to.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "BargainAnswer")]
pub struct Answer {
    /// Engine and version.
    pub engine: &'static str,
    /// Printed name.
    pub name: Text,
    /// Where the figures come from.
    pub source: String,
    /// Free text.
    pub note: Text,
    /// Whether figures are made up to show the software.
    pub illustrative: bool,
    /// Unit of utilities.
    pub unit: String,
    /// The parties.
    pub parties: Vec<PartyPart>,
    /// Corners of the Pareto frontier above the disagreement point, for two parties.
    pub frontier: Option<FrontierPart>,
    /// The solutions asked for.
    pub solutions: Vec<Solution>,
    /// Solutions that could not be found, and why.
    pub unsolved: Vec<Unsolved>,
    /// Whether all was looked at; false where the time was up or someone asked to stop. What is given was found until then.
    pub complete: bool,
    /// Remarks.
    pub notes: Vec<Text>,
}

/// A party of the answer.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PartyPart {
    /// Short code.
    pub id: String,
    /// Printed name.
    pub label: Text,
    /// Utility without agreement.
    pub disagreement: f64,
    /// What it has elsewhere.
    pub outside: Option<f64>,
    /// The most it could get with everybody else at least at the disagreement point: its coordinate of the ideal point.
    pub ideal: f64,
    /// The same exactly, for two parties.
    pub ideal_exact: Option<String>,
    /// Whether it can gain at all.
    pub can_gain: bool,
    /// Weight in the Nash solution.
    pub weight: Number,
    /// Share in the egalitarian (proportional) solution.
    pub proportion: Number,
}

/// The Pareto frontier of two parties.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FrontierPart {
    /// Whether corners are exact numbers.
    pub exact: bool,
    /// Corners, the first party's utility rising.
    pub corners: Vec<[f64; 2]>,
    /// The same as exact numbers.
    pub corners_exact: Vec<[String; 2]>,
}

/// One solution.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Solution {
    /// Concept.
    pub kind: Kind,
    /// Its name.
    pub name: Text,
    /// Utility of each party.
    pub utilities: Vec<f64>,
    /// The same as exact numbers, where they are.
    pub exact: Option<Vec<String>>,
    /// Gain of each party over the disagreement point.
    pub gains: Vec<f64>,
    /// Gain as a share of the largest gain possible.
    pub shares_of_ideal: Vec<Option<f64>>,
    /// Utilities before completion, where that point is not efficient.
    pub before_completion: Option<Vec<f64>>,
    /// The same as exact numbers.
    pub before_completion_exact: Option<Vec<String>>,
    /// Utilities in 分 where they are money; they sum to the sum rounded down.
    pub amounts_fen: Option<Vec<i64>>,
    /// Variables, shares of vertices and side payments (`a → b`) that lead there, zero ones left out.
    pub decision: BTreeMap<String, f64>,
    /// How it is proved.
    pub proof: Proof,
    /// Properties checked on this problem.
    pub properties: Vec<Property>,
}

/// The proof of a solution.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Proof {
    /// `exact` (closed form in exact arithmetic) or `programs` (certified linear programs).
    pub method: &'static str,
    /// Linear programs solved.
    pub programs: usize,
    /// Largest residual of the programs' certificates.
    pub residual: f64,
    /// For Nash: Σ w (u − u*)/(u* − d) is at most this for every feasible u, weights summing to 1.
    pub gap: Option<f64>,
    /// For Nash by programs: no utility is off by more than this share of its gain.
    pub largest_relative_error: Option<f64>,
    /// Largest difference between the exact point and the programs', as a share of the largest gain.
    pub deviation: Option<f64>,
}

/// A solution that could not be found.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Unsolved {
    /// Concept.
    pub kind: Kind,
    /// Why.
    pub why: Text,
}

/// The name of a concept.
pub fn kind_name(kind: Kind, weighted: bool, proportional: bool) -> Phrase {
    Phrase::new(match kind {
        Kind::Nash if weighted => "bargain.nash_weighted",
        Kind::Nash => "bargain.nash",
        Kind::KalaiSmorodinsky => "bargain.kalai_smorodinsky",
        Kind::Egalitarian if proportional => "bargain.proportional",
        Kind::Egalitarian => "bargain.egalitarian",
        Kind::Utilitarian => "bargain.utilitarian",
        Kind::Raiffa => "bargain.raiffa",
    })
}

/// What rounding to a binary number loses, relative.
const LAST_DIGIT: f64 = 2.3e-16;
/// A sum of binary amounts this little below a whole 分 is that 分.
const ROOM: f64 = 1e-3;

/// Above so many parties the Raiffa solution, which takes many programs, is found only where asked for.
const RAIFFA_PARTIES: usize = 6;

/// Solves a bargaining problem.
///
/// # Errors
/// Findings on the request, an empty set with its conflict, a disagreement point outside, an unbounded party.
pub fn bargain(request: &Request, options: &SolveOptions) -> Result<Answer, Findings> {
    let model = Model::read(request)?;
    let frame = Frame::open(&model, options).map_err(|refusal| Findings::from(refusal.0))?;
    let polygon = polygon(&frame);
    let mut kinds = request.solutions.clone();
    if kinds.is_empty() {
        kinds = Kind::ALL.to_vec();
        kinds.retain(|kind| *kind != Kind::Raiffa || model.size() <= RAIFFA_PARTIES);
    }
    kinds.sort_unstable();
    kinds.dedup();
    let writer = Writer { request, frame: &frame, polygon: polygon.as_ref(), options };
    let (mut solutions, mut unsolved) = (Vec::new(), Vec::new());
    for kind in kinds {
        let found = writer.solution(kind);
        options.watch.ended(word(kind));
        match found {
            Ok(solution) => solutions.push(solution),
            Err(refusal) => unsolved.push(Unsolved { kind, why: refusal.0.phrase.text() }),
        }
    }
    let (parties, frontier, mut notes) = (writer.parties(), writer.frontier(), writer.notes());
    let complete = !options.is_interrupted();
    if !complete {
        notes.push(Phrase::new("bargain.cut_short").text());
    }
    Ok(Answer {
        engine: ENGINE,
        name: request.name.text(),
        source: request.source.clone(),
        note: request.note.as_ref().map_or_else(|| Text::same(""), |note| note.text()),
        illustrative: request.illustrative,
        unit: request.unit.clone(),
        parties,
        frontier,
        solutions,
        unsolved,
        complete,
        notes,
    })
}

/// The word of a concept, as a request writes it.
fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Nash => "nash",
        Kind::KalaiSmorodinsky => "kalai_smorodinsky",
        Kind::Egalitarian => "egalitarian",
        Kind::Utilitarian => "utilitarian",
        Kind::Raiffa => "raiffa",
    }
}

struct Writer<'a> {
    request: &'a Request,
    frame: &'a Frame<'a>,
    polygon: Option<&'a Polygon>,
    options: &'a SolveOptions,
}

impl Writer<'_> {
    fn parties(&self) -> Vec<PartyPart> {
        let reach = |index: usize| self.frame.reach.get(index).copied().unwrap_or(0.0);
        let exact = |index: usize| self.polygon.and_then(|polygon| polygon.ideal.get(index));
        let part = |(index, party): (usize, &super::model::Party)| PartyPart {
            id: party.id.clone(),
            label: party.label.clone(),
            disagreement: binary(&party.disagreement),
            outside: party.outside.as_ref().map(binary),
            ideal: exact(index).map_or_else(|| binary(&party.disagreement) + reach(index), binary),
            ideal_exact: exact(index).map(written),
            can_gain: self.frame.can_gain.get(index).copied().unwrap_or(false),
            weight: Number(party.weight.clone()),
            proportion: Number(party.proportion.clone()),
        };
        self.frame.model.parties.iter().enumerate().map(part).collect()
    }

    fn frontier(&self) -> Option<FrontierPart> {
        if self.frame.size() != 2 {
            return None;
        }
        if let Some(polygon) = self.polygon {
            let corners = polygon.frontier.iter().map(|[x, y]| [binary(x), binary(y)]).collect();
            let corners_exact = polygon.frontier.iter().map(|[x, y]| [written(x), written(y)]).collect();
            return Some(FrontierPart { exact: true, corners, corners_exact });
        }
        let at = |gain: f64, party: usize| self.utility(party, gain);
        let corners = self.frame.frontier().ok()?;
        let corners = corners.into_iter().map(|[x, y]| [at(x, 0), at(y, 1)]).collect();
        Some(FrontierPart { exact: false, corners, corners_exact: Vec::new() })
    }

    fn utility(&self, party: usize, gain: f64) -> f64 {
        self.frame.model.parties.get(party).map_or(0.0, |party| binary(&party.disagreement)) + gain
    }

    fn utilities(&self, gains: &[f64]) -> Vec<f64> {
        gains.iter().enumerate().map(|(party, gain)| self.utility(party, *gain)).collect()
    }

    fn solution(&self, kind: Kind) -> Result<Solution, Refusal> {
        let exact = self.polygon.and_then(|polygon| exactly(self.frame, polygon, kind));
        let found = by_programs(self.frame, kind);
        // Numbers of very different size stop the programs, not the exact arithmetic.
        let found = match (found, &exact) {
            (Ok(found), None) if kind == Kind::Nash => self.frame.sharpened(found),
            (Ok(found), _) => found,
            (Err(_), Some(exact)) => self.stand_in(exact),
            (Err(refusal), None) => return Err(refusal),
        };
        let checks = Checks { frame: self.frame, kind, found: &found, options: self.options };
        let properties = checks.all();
        let reach = |party: usize| self.frame.reach.get(party).copied().unwrap_or(0.0);
        let deviation = exact.as_ref().map(|exact| self.deviation(exact, &found));
        let gains = match &exact {
            Some(exact) => as_binary(&self.exact_gains(&exact.utilities)),
            None => found.gains.clone(),
        };
        let utilities =
            exact.as_ref().map_or_else(|| self.utilities(&found.gains), |exact| as_binary(&exact.utilities));
        let plain = self.before_completion(exact.as_ref(), &found);
        let share = |(party, gain): (usize, &f64)| (reach(party) > 0.0).then(|| gain / reach(party));
        let parties = &self.frame.model.parties;
        let weighted = parties.iter().any(|party| Some(&party.weight) != parties.first().map(|first| &first.weight));
        let proportional =
            parties.iter().any(|party| Some(&party.proportion) != parties.first().map(|first| &first.proportion));
        let least_weight = self.least_weight();
        Ok(Solution {
            kind,
            name: kind_name(kind, weighted, proportional).text(),
            shares_of_ideal: gains.iter().enumerate().map(share).collect(),
            amounts_fen: self.amounts(exact.as_ref(), &utilities),
            utilities,
            exact: exact.as_ref().map(|exact| exact.utilities.iter().map(written).collect()),
            gains,
            before_completion_exact: plain
                .as_ref()
                .and_then(|_| exact.as_ref().map(|exact| exact.plain.iter().map(written).collect())),
            before_completion: plain,
            decision: self.decision(&found),
            proof: Proof {
                method: if exact.is_some() { "exact" } else { "programs" },
                programs: found.programs,
                residual: residual(&found),
                gap: found.gap,
                largest_relative_error: found
                    .gap
                    .filter(|_| exact.is_none())
                    .map(|gap| (2.1 * gap / least_weight).sqrt() + LAST_DIGIT),
                deviation,
            },
            properties,
        })
    }

    fn decision(&self, found: &Found) -> BTreeMap<String, f64> {
        let variables = &self.frame.model.variables;
        let values =
            if variables.is_empty() { Vec::new() } else { self.frame.realised(&found.gains).unwrap_or_default() };
        let named = variables.iter().zip(values).filter(|(variable, _)| variable.base_of.is_none());
        let size = |value: f64| if (value - value.round()).abs() < 1e-9 { value.round() } else { value };
        named.map(|(variable, value)| (variable.name.clone(), size(value))).filter(|(_, value)| *value != 0.0).collect()
    }

    /// The exact point in place of the programs'.
    fn stand_in(&self, exact: &ExactPoint) -> Found {
        let certificate = crate::solver::Certificate { primal_residual: 0.0, dual_residual: 0.0, gap: 0.0 };
        Found {
            gains: as_binary(&self.exact_gains(&exact.utilities)),
            plain: as_binary(&self.exact_gains(&exact.plain)),
            certificate,
            gap: None,
            programs: 0,
        }
    }

    fn exact_gains(&self, utilities: &[Exact]) -> Vec<Exact> {
        let pairs = utilities.iter().zip(&self.frame.model.parties);
        pairs.map(|(utility, party)| utility - &party.disagreement).collect()
    }

    fn deviation(&self, exact: &ExactPoint, found: &Found) -> f64 {
        let gains = as_binary(&self.exact_gains(&exact.utilities));
        let parts = gains.iter().zip(&found.gains).zip(&self.frame.reach);
        parts.map(|((exact, found), most)| (exact - found).abs() / most.max(f64::MIN_POSITIVE)).fold(0.0, f64::max)
    }

    /// The point before completion, where completion changed it.
    fn before_completion(&self, exact: Option<&ExactPoint>, found: &Found) -> Option<Vec<f64>> {
        if let Some(exact) = exact {
            return (exact.plain != exact.utilities).then(|| as_binary(&exact.plain));
        }
        let parts = found.plain.iter().zip(&found.gains).zip(&self.frame.reach);
        let differs = parts.into_iter().any(|((plain, gain), most)| (gain - plain).abs() > 1e-9 * most);
        differs.then(|| self.utilities(&found.plain))
    }

    /// The least weight among those who can gain, weights summing to 1.
    fn least_weight(&self) -> f64 {
        let parties = self.frame.model.parties.iter().zip(&self.frame.can_gain);
        let weights: Vec<f64> = parties.filter(|(_, can)| **can).map(|(party, _)| binary(&party.weight)).collect();
        let sum: f64 = weights.iter().sum();
        weights.iter().copied().fold(f64::INFINITY, f64::min) / sum.max(f64::MIN_POSITIVE)
    }

    fn amounts(&self, exact: Option<&ExactPoint>, utilities: &[f64]) -> Option<Vec<i64>> {
        let fen = fen_per_unit(&self.request.unit)?;
        let utilities: Vec<Exact> = match exact {
            Some(exact) => exact.utilities.clone(),
            None => utilities.iter().map(|utility| near_fen(*utility, fen)).collect::<Option<_>>()?,
        };
        in_fen(&utilities, fen, if exact.is_some() { 0.0 } else { ROOM })
    }

    fn notes(&self) -> Vec<Text> {
        let mut notes = Vec::new();
        for (party, can) in self.frame.model.parties.iter().zip(&self.frame.can_gain) {
            if !can {
                notes.push(Phrase::new("bargain.cannot_gain").with("party", party.label.clone()).text());
            }
        }
        if !self.frame.can_gain.contains(&true) {
            notes.push(Phrase::new("bargain.on_frontier").text());
        }
        if self.frame.model.parties.iter().any(|party| party.outside.is_some()) {
            notes.push(Phrase::new("bargain.deal_me_out").text());
        }
        notes
    }
}

fn residual(found: &Found) -> f64 {
    let certificate = found.certificate;
    certificate.primal_residual.max(certificate.dual_residual).max(certificate.gap)
}

/// 分 in one unit of money; `None` for other units.
pub(super) fn fen_per_unit(unit: &str) -> Option<i64> {
    Money::of(Decimal::ONE, unit.trim()).ok().map(Money::fen)
}
