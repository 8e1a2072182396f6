//! What else would be possible: frontier, curve, near-optimal ranges, alternatives.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::alternatives::{self as others, Wanted};
use crate::analysis::curve::{self as curves, Question as CurveQuestion};
use crate::analysis::frontier::{self as frontiers, objective};
use crate::analysis::ranges::{self as rooms, By, Question};
use crate::finding::{Finding, Findings, Place};
use crate::questions::Failure;
use crate::questions::allocation::{area_of, ecosystem_of, one};
use crate::questions::question::{Means, Model, OfModel};
use crate::rules::Frame;
use crate::run::{Prepared, Solved};
use crate::solver::SolveOptions;

/// Most plans of one call: each is compared with all before it.
const MOST_PLANS: usize = 100;

/// What one objective costs in another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "FrontierQuestion")]
pub struct Frontier {
    /// First objective: `max_min_coverage`, `min_deviation_l1`, `min_deviation_linf` or `max_outcome_benefit`.
    #[arg(long, value_name = "KIND", default_value = "max_min_coverage")]
    pub first: String,
    /// Second objective.
    #[arg(long, value_name = "KIND", default_value = "max_outcome_benefit")]
    pub second: String,
    /// Leaves cells out of the worst coverage that no plan lifts above it (held down by their own cap or gate).
    #[arg(long)]
    pub beside_capped: bool,
}

impl Default for Frontier {
    fn default() -> Self {
        Self { first: "max_min_coverage".to_owned(), second: "max_outcome_benefit".to_owned(), beside_capped: false }
    }
}

impl OfModel for Frontier {
    type Answer = frontiers::Frontier;

    fn answer(&self, model: Model, means: &mut Means<'_>) -> Result<Self::Answer, Failure> {
        frontier(&model.solved(false, means)?, self, &means.options)
    }
}

/// The exact trade-off of two objectives of a solved run.
///
/// # Errors
/// Unknown objectives, or what ends the analysis.
fn frontier(solved: &Solved, asked: &Frontier, options: &SolveOptions) -> Result<frontiers::Frontier, Failure> {
    let problem = &solved.prepared.problem;
    let first = objective(problem, &asked.first, Place::file("--first"))?;
    let second = objective(problem, &asked.second, Place::file("--second"))?;
    let found = frontiers::frontier(solved, (&first, &second), asked.beside_capped, options);
    found.map_err(|error| Failure::of(error, options))
}

/// The optimum as a function of one number of the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CurveQuestion")]
pub struct Curve {
    /// A number of the model file: `fund.district.amount`, `rule.corridor.between[0]`, …
    #[schemars(length(min = 1, max = 500))]
    #[arg(long)]
    pub path: String,
    /// The parameter is a factor on what stands there, so that several numbers move together.
    #[serde(default)]
    #[arg(long)]
    pub factor: bool,
    /// Least value; default half the present one.
    #[serde(default)]
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    pub from: Option<String>,
    /// Largest value; default one and a half times the present one.
    #[serde(default)]
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    pub to: Option<String>,
    /// Only this stage, numbered as in the record.
    #[serde(default)]
    #[arg(long, value_name = "NUMBER")]
    pub stage: Option<usize>,
    /// Whether entitlements are held, or follow the funds as in a run.
    #[serde(default)]
    #[arg(long, default_value = "held")]
    pub entitlements: EntitlementWord,
    /// So many values of the number, evenly spaced, where entitlements follow.
    #[serde(default = "points")]
    #[schemars(range(min = 2, max = 1000))]
    #[arg(long, default_value_t = points(), value_name = "NUMBER")]
    pub points: usize,
}

/// What becomes of the entitlements while a number moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum EntitlementWord {
    /// They stay those of the model: the curve has every breakpoint.
    #[default]
    Held,
    /// They follow the funds, as in `allocate`: values point by point.
    Follow,
}

fn points() -> usize {
    21
}

impl OfModel for Curve {
    type Answer = curves::Curve;

    fn answer(&self, model: Model, means: &mut Means<'_>) -> Result<Self::Answer, Failure> {
        curve(&model.prepared, self, &means.options)
    }
}

/// The curves of all stages of a prepared model.
///
/// # Errors
/// A path that is no number, ends that are none, or what ends the analysis.
fn curve(prepared: &Prepared, asked: &Curve, options: &SolveOptions) -> Result<curves::Curve, Failure> {
    let question = CurveQuestion {
        path: &asked.path,
        factor: asked.factor,
        from: asked.from.as_deref(),
        to: asked.to.as_deref(),
        stage: asked.stage,
    };
    let found = match asked.entitlements {
        EntitlementWord::Held => curves::curve(prepared, &question, options),
        EntitlementWord::Follow => curves::follow(prepared, &question, asked.points, options),
    };
    found.map_err(|error| Failure::of(error, options))
}

/// Every amount, or the sums of areas or ecosystems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum ByWord {
    /// Every amount.
    #[default]
    Cell,
    /// Sums of areas.
    Area,
    /// Sums of ecosystems.
    Ecosystem,
}

/// The least and most every amount could be with all objectives nearly as good.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "RangesQuestion")]
pub struct Ranges {
    /// Loss of each objective allowed, in per cent.
    #[schemars(range(min = 0, max = 100))]
    #[arg(long, value_name = "PERCENT", default_value_t = one())]
    pub within: f64,
    /// Only these areas (code or exact name).
    #[schemars(length(max = 10_000))]
    #[arg(long = "area", value_name = "AREA")]
    pub areas: Vec<String>,
    /// Only these ecosystems (id or label).
    #[schemars(length(max = 1_000))]
    #[arg(long = "ecosystem", value_name = "ECOSYSTEM")]
    pub ecosystems: Vec<String>,
    /// What the ranges are of.
    #[arg(long, default_value = "cell")]
    pub by: ByWord,
}

impl Default for Ranges {
    fn default() -> Self {
        Self { within: one(), areas: Vec::new(), ecosystems: Vec::new(), by: ByWord::Cell }
    }
}

impl OfModel for Ranges {
    type Answer = rooms::Ranges;

    fn answer(&self, model: Model, means: &mut Means<'_>) -> Result<Self::Answer, Failure> {
        ranges(&model.solved(false, means)?, self, (&means.options, means.threads))
    }
}

/// Near-optimal ranges of a solved run.
///
/// # Errors
/// Unknown areas or ecosystems, or what ends the analysis.
fn ranges(
    solved: &Solved,
    asked: &Ranges,
    (options, threads): (&SolveOptions, usize),
) -> Result<rooms::Ranges, Failure> {
    let question = question(asked, &solved.prepared.problem.frame, threads)?;
    rooms::ranges(solved, &question, options).map_err(|error| Failure::of(error, options))
}

fn question(asked: &Ranges, frame: &Frame, threads: usize) -> Result<Question, Finding> {
    let mut areas = Vec::new();
    for word in &asked.areas {
        areas.push(area_of(frame, word)?);
    }
    let ecosystems = asked.ecosystems.iter().map(|word| ecosystem_of(frame, word, "--ecosystem").map(str::to_owned));
    let ecosystems = ecosystems.collect::<Result<Vec<String>, Finding>>()?;
    let by = match asked.by {
        ByWord::Cell => By::Cell,
        ByWord::Area => By::Area,
        ByWord::Ecosystem => By::Ecosystem,
    };
    Ok(Question { within: asked.within / 100.0, by, areas, ecosystems, threads })
}

/// Clearly different plans that are nearly as good.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "AlternativesQuestion")]
pub struct Alternatives {
    /// Loss of each objective allowed, in per cent.
    #[schemars(range(min = 0, max = 100))]
    #[arg(long, value_name = "PERCENT", default_value_t = one())]
    pub within: f64,
    /// How many plans at most.
    #[schemars(range(min = 1, max = 100))]
    #[arg(long, default_value_t = 5)]
    pub count: usize,
    /// Seed of the drawn directions: the same seed gives the same plans.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

impl Default for Alternatives {
    fn default() -> Self {
        Self { within: one(), count: 5, seed: 1 }
    }
}

impl OfModel for Alternatives {
    type Answer = others::Alternatives;

    fn answer(&self, model: Model, means: &mut Means<'_>) -> Result<Self::Answer, Failure> {
        alternatives(&model.solved(false, means)?, self, (&means.options, means.threads))
    }
}

/// Alternatives to the plan of a solved run.
///
/// # Errors
/// A number of plans out of range, or what ends the analysis.
fn alternatives(
    solved: &Solved,
    asked: &Alternatives,
    (options, threads): (&SolveOptions, usize),
) -> Result<others::Alternatives, Failure> {
    if !(1..=MOST_PLANS).contains(&asked.count) {
        let finding = Finding::error("ranges.count", Place::file("--count"));
        let finding = finding.with("count", asked.count.to_string()).with("most", MOST_PLANS.to_string());
        return Err(Findings::from(finding).into());
    }
    let wanted = Wanted { within: asked.within / 100.0, count: asked.count, seed: asked.seed, threads };
    others::alternatives(solved, &wanted, options).map_err(|error| Failure::of(error, options))
}
