//! One plan for several scenarios.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::robust::{self as plans, BASE, Case, Draw, Method, Question, RobustPlan, gep_multipliers};
use crate::document::sections::unknown_word;
use crate::finding::{Finding, Findings, Place};
use crate::questions::Failure;
use crate::questions::allocation::ecosystem_of;
use crate::questions::question::{Means, Model, OfModel};
use crate::rules::Frame;
use crate::run::{self, Prepared};
use crate::scenario::Scenario;
use crate::solver::SolveOptions;
use crate::units::Decimal;

/// What makes a plan robust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum MethodWord {
    /// The best worst case.
    MaxMin,
    /// The least largest regret.
    Regret,
    /// The best mean of the worst cases.
    Cvar,
    /// At most gamma cells fall fully at once.
    Budgeted,
    /// The best weighted mean.
    Expected,
}

/// One plan that holds and does well under several scenarios.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct Robust {
    /// What makes the plan robust.
    #[arg(long, value_enum)]
    pub method: MethodWord,
    /// Weights of scenarios, `NAME=WEIGHT` (default 1 each); `base` is the model as written; 0: only its rules count.
    #[serde(default)]
    #[schemars(length(max = 1_000))]
    #[arg(long = "weight", value_name = "NAME=WEIGHT")]
    pub weights: Vec<String>,
    /// Instead of scenarios: so many draws of GEP, each cell times a factor uniform around 1.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100_000))]
    #[arg(long, conflicts_with = "scenarios", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub draws: Option<u32>,
    /// Half width of the factor of a draw.
    #[serde(default = "fifth")]
    #[arg(long, default_value_t = fifth())]
    pub spread: f64,
    /// Seed of the draws: the same seed gives the same draws.
    #[serde(default = "first")]
    #[arg(long, default_value_t = first())]
    pub seed: u64,
    /// Level of confidence of `cvar`: the mean of the worst 1 − alpha counts.
    #[serde(default = "nine_tenths")]
    #[arg(long, default_value_t = nine_tenths())]
    pub alpha: f64,
    /// Regret relative to each scenario's own optimum.
    #[serde(default)]
    #[arg(long)]
    pub relative: bool,
    /// Budget of uncertainty: so many cells fall fully at once.
    #[serde(default = "five")]
    #[arg(long, default_value_t = five())]
    pub gamma: f64,
    /// Largest fall of GEP, `SHARE` or `ECOSYSTEM=SHARE`; later ones override.
    #[serde(default)]
    #[schemars(length(max = 1_000))]
    #[arg(long = "deviation", value_name = "SHARE")]
    pub deviations: Vec<String>,
    /// Kind of the objective; default the last stage of the model.
    #[serde(default)]
    #[arg(long, value_name = "KIND")]
    pub objective: Option<String>,
}

fn fifth() -> f64 {
    0.2
}

fn first() -> u64 {
    1
}

fn nine_tenths() -> f64 {
    0.9
}

fn five() -> f64 {
    5.0
}

impl OfModel for Robust {
    type Answer = RobustPlan;

    fn answer(&self, model: Model, means: &mut Means<'_>) -> Result<RobustPlan, Failure> {
        robust(&model.prepared, &model.scenarios, self, &means.options)
    }
}

/// A robust plan of a prepared model under scenarios.
///
/// # Errors
/// Scenarios, weights or falls that do not fit, or what ends the search.
fn robust(
    base: &Prepared,
    scenarios: &[Scenario],
    asked: &Robust,
    options: &SolveOptions,
) -> Result<RobustPlan, Failure> {
    let mut cases = cases(scenarios, base, options)?;
    let frame = &base.problem.frame;
    let drawn = asked.draws.unwrap_or(0);
    let method = method(asked, frame)?;
    let needs = !matches!(method, Method::Budgeted { .. });
    if needs && cases.is_empty() && drawn == 0 {
        return Err(Finding::error("robust.needs_scenarios", Place::file("--scenario")).into());
    }
    let cells = frame.dataset.cells().len();
    let factors = |draw: u32| gep_multipliers(cells, u64::from(draw), asked.spread, asked.seed);
    let draws: Vec<Draw> = (0..drawn).map(|draw| Draw { weight: 1.0, factors: factors(draw) }).collect();
    // Draws stand around the model as written, which is then only the yardstick.
    let mut base_weight = if drawn > 0 { 0.0 } else { 1.0 };
    weigh(asked, &mut base_weight, &mut cases)?;
    let objective = asked.objective.as_deref();
    let question = Question { base, base_weight, cases: &cases, draws: &draws, objective, method };
    Ok(plans::robust(&question, options)?)
}

/// The model under each scenario; every one that is wrong is reported.
fn cases(scenarios: &[Scenario], base: &Prepared, options: &SolveOptions) -> Result<Vec<Case>, Failure> {
    let mut cases: Vec<Case> = Vec::new();
    let mut findings = Vec::new();
    for (at, scenario) in scenarios.iter().enumerate() {
        let before = scenarios.get(..at).unwrap_or_default();
        let is_known = || before.iter().any(|known| known.id == scenario.id || known.is_same_as(scenario));
        match run::changed(base, &scenario.changes()) {
            Ok(_) if scenario.id == BASE || is_known() => {
                let finding = Finding::error("robust.scenario_name", Place::file("--scenario"));
                findings.push(finding.with("name", &scenario.id));
            }
            Ok(prepared) => {
                let prepared = run::resolved(&prepared, options).map_err(|error| Failure::of(error, options))?;
                cases.push(Case { name: scenario.id.clone(), weight: 1.0, prepared });
            }
            Err(Findings(found)) => findings.extend(found),
        }
    }
    if findings.is_empty() { Ok(cases) } else { Err(Findings(findings).into()) }
}

/// Sets the weights given.
fn weigh(asked: &Robust, base_weight: &mut f64, cases: &mut [Case]) -> Result<(), Findings> {
    for text in &asked.weights {
        let refuse = || Finding::error("robust.weight_form", Place::file("--weight")).with("text", text);
        let (name, number) = text.split_once('=').ok_or_else(refuse)?;
        let weight = Decimal::parse(number.trim()).map_err(|_| refuse())?.to_f64();
        let name = name.trim();
        if name == BASE {
            *base_weight = weight;
        } else if let Some(case) = cases.iter_mut().find(|case| case.name == name) {
            case.weight = weight;
        } else {
            let known = std::iter::once(BASE).chain(cases.iter().map(|case| case.name.as_str()));
            return Err(unknown_word(Place::file("--weight"), name, known).into());
        }
    }
    Ok(())
}

fn method(asked: &Robust, frame: &Frame) -> Result<Method, Findings> {
    Ok(match asked.method {
        MethodWord::MaxMin => Method::MaxMin,
        MethodWord::Regret => Method::Regret { relative: asked.relative },
        MethodWord::Cvar => Method::ConditionalValueAtRisk { alpha: asked.alpha },
        MethodWord::Expected => Method::Expected,
        MethodWord::Budgeted => Method::Budgeted { gamma: asked.gamma, deviations: deviations(asked, frame)? },
    })
}

/// Largest fall of each cell.
fn deviations(asked: &Robust, frame: &Frame) -> Result<Vec<f64>, Finding> {
    if asked.deviations.is_empty() {
        return Err(Finding::error("robust.needs_deviation", Place::file("--deviation")));
    }
    let mut falls = vec![0.0; frame.dataset.cells().len()];
    for text in &asked.deviations {
        let refuse = || Finding::error("robust.deviation_form", Place::file("--deviation")).with("text", text);
        let (ecosystem, share) = match text.split_once('=') {
            Some((ecosystem, share)) => (Some(ecosystem.trim()), share.trim()),
            None => (None, text.trim()),
        };
        let ecosystem = ecosystem.map(|word| ecosystem_of(frame, word, "--deviation")).transpose()?;
        let share = match share.strip_suffix('%') {
            Some(percent) => Decimal::parse(percent).map_err(|_| refuse())?.to_f64() / 100.0,
            None => Decimal::parse(share).map_err(|_| refuse())?.to_f64(),
        };
        for (fall, cell) in falls.iter_mut().zip(frame.dataset.cells()) {
            if ecosystem.is_none_or(|wanted| cell.ecosystem == wanted) {
                *fall = share;
            }
        }
    }
    Ok(falls)
}
