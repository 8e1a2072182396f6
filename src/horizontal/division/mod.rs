//! Claims on too little money (分配请求): proportional, equal awards, equal losses, Talmud and their kin, with checked properties.

mod centroid;
mod compare;
pub(crate) mod figure;
mod iterated;
pub mod parametric;
mod problem;
pub mod properties;
pub mod random_arrival;
pub mod reading;
mod request;
mod rounding;
mod rule;
pub mod table;
mod whole;

use num_traits::Signed;
use schemars::JsonSchema;
use serde::Serialize;

pub use compare::{Lorenz, gini, lorenz};
pub use figure::Figure;
pub use problem::{Problem, Solved, Unsolved};
pub use properties::{Checked, Property, Verdict, shown};
pub use request::{CLAIMANTS_MAX, Claim, DivisionRequest};
pub use rounding::rounded;
pub use rule::Rule;

use crate::division::parametric::sum;
use crate::division::properties::{Examined, examine};
use crate::finding::{Finding, Findings, Place};
use crate::patience::{going, is_limit};
use crate::phrases::{Phrase, Text};
use crate::units::{BigInt, Exact, Finite, Money};

/// Most claimants whose awards are put in the Lorenz order.
const COMPARED_MAX: usize = 2_000;

/// A claims problem divided by one rule or several.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Division {
    /// What it is about.
    pub title: String,
    /// Where the figures come from.
    pub source: String,
    /// What is divided, in 分.
    pub amount_fen: i64,
    /// All claims, in 元.
    pub claims_yuan: String,
    /// Unit of amounts that were written without one.
    pub unit: String,
    /// Awards are multiples of so many 分.
    pub rounding_fen: i64,
    /// The claimants, in the order given.
    pub claimants: Vec<Claimant>,
    /// One part a rule.
    pub rules: Vec<RulePart>,
    /// Rules of "all" that were left out, with the reason.
    pub skipped: Vec<Skipped>,
    /// Whether every rule was computed; false where the time was up or someone asked to stop.
    pub complete: bool,
    /// Lorenz order of the awards, each pair of rules once.
    pub comparisons: Vec<Comparison>,
    /// Remarks.
    pub notes: Vec<Text>,
}

/// One claimant of the answer.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Claimant {
    /// Name.
    pub name: String,
    /// Claim in 分.
    pub claim_fen: i64,
    /// Weight.
    pub weight: String,
    /// Least award in 分.
    pub floor_fen: i64,
    /// Largest award in 分, where there is one beside the claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cap_fen: Option<i64>,
    /// Class.
    pub class: u32,
}

/// What a rule gives.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RulePart {
    /// The rule.
    pub rule: Rule,
    /// Its name.
    pub name: Text,
    /// Its short name in the literature.
    pub short: &'static str,
    /// One award a claimant.
    pub awards: Vec<Award>,
    /// Present where the awards come from a sample of orders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<Sample>,
    /// Properties of the exact awards, checked.
    pub properties: Vec<Checked>,
    /// Whether the rounded awards sum to the amount and lie within their bounds, recomputed.
    pub rounded_closes: bool,
    /// Largest difference of a rounded award from the exact one, in 分.
    pub largest_rounding_fen: String,
    /// Gini coefficient of the exact awards.
    pub gini_awards: f64,
    /// Gini coefficient of the exact losses.
    pub gini_losses: f64,
}

/// One award.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Award {
    /// Claimant.
    pub name: String,
    /// The award in whole 分.
    pub fen: i64,
    /// The exact award in 分, as a fraction in lowest terms.
    pub exact_fen: String,
    /// What is lost of the claim, in 分.
    pub loss_fen: i64,
    /// Award as a part of the claim; absent for a claim of zero.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share_of_claim: Option<f64>,
}

/// A sample of orders.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Sample {
    /// Orders drawn.
    pub orders: usize,
    /// Seed.
    pub seed: u64,
    /// No award is off by more than so many 分, with the confidence below (Hoeffding, all claimants together).
    pub error_fen: i64,
    /// Confidence.
    pub confidence: f64,
}

/// A rule left out.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Skipped {
    /// The rule.
    pub rule: Rule,
    /// Its name.
    pub name: Text,
    /// Why.
    pub why: Text,
}

/// Two rules in the Lorenz order.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "DivisionComparison")]
pub struct Comparison {
    /// First rule.
    pub first: Rule,
    /// Second rule.
    pub second: Rule,
    /// How the first lies to the second.
    pub lorenz: Lorenz,
}

/// Divides the amount by every rule asked for.
///
/// # Errors
/// What is wrong with the claimants, the amount or the rules; a rule asked for by name that cannot be found exactly here; a
/// rounding unit in which no awards close within their bounds.
pub fn divide(request: &DivisionRequest) -> Result<Division, Findings> {
    divide_while(request, &|| true)
}

/// The same, cut short where `keep_going` says no: asked between the rules and between their properties. The rules until then are
/// the answer; the others are among those skipped.
///
/// # Errors
/// As [`divide`]; `solver.limit_interrupt` where there is no rule yet.
pub fn divide_while(request: &DivisionRequest, keep_going: &dyn Fn() -> bool) -> Result<Division, Findings> {
    let read = request.read()?;
    let file = request.file.as_ref().map_or_else(Place::default, Place::file);
    let mut skipped: Vec<Skipped> = read
        .skipped
        .iter()
        .map(|(rule, why)| Skipped { rule: *rule, name: Phrase::new(rule.code()).text(), why: why.clone() })
        .collect();
    let (mut parts, mut exact) = (Vec::new(), Vec::new());
    let mut complete = true;
    for rule in &read.rules {
        if parts.is_empty() {
            going(keep_going, "division")?;
        } else if !keep_going() {
            complete = false;
            let name = Phrase::new(rule.code()).text();
            skipped.push(Skipped { rule: *rule, name, why: Phrase::new("division.skipped_limit").text() });
            continue;
        }
        let solved = match read.problem.solve(*rule, Some(request.seed)) {
            Ok(solved) => solved,
            Err(_) => {
                let name = Phrase::new(rule.code()).text();
                // Asked for alone it is an error; among all of them the others still answer.
                if read.rules.len() == 1 {
                    return Err(Finding::error("division.too_large", file.column("rules")).with("rule", name).into());
                }
                skipped.push(Skipped { rule: *rule, name, why: Phrase::new("division.skipped_large").text() });
                continue;
            }
        };
        match part(&read, *rule, &solved, (request.seed, &file), keep_going) {
            Ok(found) => {
                // Its properties may have been cut short.
                complete &= keep_going();
                parts.push(found);
            }
            Err(Findings(found)) if !parts.is_empty() && found.iter().any(is_limit) => {
                complete = false;
                let name = Phrase::new(rule.code()).text();
                skipped.push(Skipped { rule: *rule, name, why: Phrase::new("division.skipped_limit").text() });
                continue;
            }
            Err(findings) => return Err(findings),
        }
        exact.push((*rule, solved.awards));
    }
    let mut notes = request.notes.clone();
    if read.names.len() > COMPARED_MAX {
        notes.push(Phrase::new("division.not_compared").with("most", COMPARED_MAX.to_string()).text());
        exact.clear();
    }
    let mut comparisons = Vec::new();
    for (index, (first, awards)) in exact.iter().enumerate() {
        for (second, others) in exact.iter().skip(index + 1) {
            comparisons.push(Comparison { first: *first, second: *second, lorenz: lorenz(awards, others) });
        }
    }
    if !read.problem.is_plain() {
        notes.push(Phrase::new("division.how_bounds").text());
    }
    Ok(Division {
        title: request.title.clone(),
        source: request.source.clone(),
        amount_fen: read.amount.fen(),
        claims_yuan: shown(&sum(&read.problem.claims)),
        unit: request.unit().to_owned(),
        rounding_fen: read.unit_fen,
        claimants: claimants(&read.problem, &read.names),
        rules: parts,
        skipped,
        complete,
        comparisons,
        notes,
    })
}

fn fen(value: &Exact) -> i64 {
    crate::units::floor_fen(value).unwrap_or(0)
}

fn claimants(problem: &Problem, names: &[String]) -> Vec<Claimant> {
    let columns = names.iter().zip(&problem.claims).zip(&problem.weights).zip(&problem.floors);
    columns
        .zip(&problem.caps)
        .zip(&problem.classes)
        .map(|(((((name, claim), weight), floor), cap), class)| Claimant {
            name: name.clone(),
            claim_fen: fen(claim),
            weight: weight.to_string(),
            floor_fen: fen(floor),
            cap_fen: cap.as_ref().map(fen),
            class: *class,
        })
        .collect()
}

fn part(
    read: &request::Read,
    rule: Rule,
    solved: &Solved,
    (seed, file): (u64, &Place),
    keep_going: &dyn Fn() -> bool,
) -> Result<RulePart, Findings> {
    let problem = &read.problem;
    let upper = problem.upper();
    let bounds = (problem.floors.as_slice(), upper.as_slice());
    let Some(whole) = rounded(&solved.awards, &problem.endowment, &problem.claims, bounds, read.unit_fen) else {
        let finding = Finding::error("division.cannot_round", file.clone().column("rounding"));
        return Err(finding.with("unit", Money::from_fen(read.unit_fen)).into());
    };
    let exact_of = |fen: &i64| Exact::from_integer(BigInt::from(*fen));
    let rows = read.names.iter().zip(&whole).zip(&solved.awards).zip(&problem.claims);
    let awards = rows
        .map(|(((name, whole), exact), claim)| Award {
            name: name.clone(),
            fen: *whole,
            exact_fen: exact.to_string(),
            loss_fen: fen(claim) - whole,
            share_of_claim: claim.is_positive().then(|| Finite::from_exact(&(exact / claim)).map_or(0.0, Finite::get)),
        })
        .collect();
    let within =
        |((whole, floor), upper): ((&i64, &Exact), &Exact)| exact_of(whole) >= *floor && exact_of(whole) <= *upper;
    let total: i128 = whole.iter().map(|fen| i128::from(*fen)).sum();
    let largest = whole.iter().zip(&solved.awards).map(|(whole, exact)| (exact_of(whole) - exact).abs()).max();
    let losses: Vec<Exact> = problem.claims.iter().zip(&solved.awards).map(|(claim, award)| claim - award).collect();
    let sampled = solved.sample.is_some();
    let examined = Examined { problem, rule, awards: &solved.awards, names: &read.names, sampled };
    Ok(RulePart {
        rule,
        name: Phrase::new(rule.code()).text(),
        short: rule.short(),
        awards,
        sample: solved.sample.map(|(orders, error)| Sample {
            orders,
            seed,
            error_fen: error.ceil() as i64,
            confidence: 1.0 - random_arrival::DOUBT,
        }),
        properties: examine(&examined, keep_going),
        rounded_closes: total == i128::from(read.amount.fen())
            && whole.iter().zip(&problem.floors).zip(&upper).all(within),
        largest_rounding_fen: largest.map_or_else(|| "0".to_owned(), |largest| decimal_text(&largest)),
        gini_awards: gini(&solved.awards),
        gini_losses: gini(&losses),
    })
}

/// A number ≥ 0 to four decimals, rounded up.
fn decimal_text(value: &Exact) -> String {
    crate::units::Decimal::from_exact(value, 4, true).map_or_else(|| value.to_string(), |decimal| decimal.to_string())
}
