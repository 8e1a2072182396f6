//! What drives an output: tornado and Sobol indices of the model's uncertainties.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::sobol::{self as indices, Indices, Request};
use crate::analysis::tornado::{self as swings, Tornado as Swings};
use crate::compiled::Compiled;
use crate::evaluation::direct::stage_kinds;
use crate::evaluation::plan::none_declared;
use crate::evaluation::{Chosen, Draw, Evaluator, Inputs, Output, Precision};
use crate::finding::{Finding, Findings, Limit, Place};
use crate::questions::Failure;
use crate::questions::question::{Means, Model, OfModel};
use crate::remark;
use crate::run::Prepared;
use crate::scenario::Change;
use crate::solver::SolveOptions;
use crate::uncertainty::Uncertainty;

/// Each uncertain input alone at a low and a high quantile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "TornadoQuestion")]
pub struct Tornado {
    /// Outputs looked at: `total`, `stage:K`, `area:CODE`, `ecosystem:ID`, `cell:AREA/ECOSYSTEM`. Default every stage.
    #[schemars(length(max = 1_000))]
    #[arg(long = "output", value_name = "OUTPUT")]
    pub outputs: Vec<String>,
    /// Low end of each input, a quantile in per cent.
    #[schemars(range(min = 0, max = 100))]
    #[arg(long, default_value_t = 5.0)]
    pub low: f64,
    /// High end of each input, a quantile in per cent.
    #[schemars(range(min = 0, max = 100))]
    #[arg(long, default_value_t = 95.0)]
    pub high: f64,
}

impl Default for Tornado {
    fn default() -> Self {
        Self { outputs: Vec::new(), low: 5.0, high: 95.0 }
    }
}

/// The share of an output's variance that each uncertain input explains.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields, default)]
pub struct Sobol {
    /// Outputs looked at, as for a tornado.
    #[schemars(length(max = 1_000))]
    #[arg(long = "output", value_name = "OUTPUT")]
    pub outputs: Vec<String>,
    /// Rows of the sample; a power of two serves best. Scenarios solved: samples × (inputs + 2).
    #[schemars(range(min = 2))]
    #[arg(long, default_value_t = 512)]
    pub samples: u64,
    /// Seed; default the model's, or 1.
    #[arg(long)]
    pub seed: Option<u64>,
}

impl Default for Sobol {
    fn default() -> Self {
        Self { outputs: Vec::new(), samples: 512, seed: None }
    }
}

/// An evaluator that answers nothing any more once it is interrupted.
pub(super) struct Interruptible<'a, E> {
    evaluator: E,
    options: &'a SolveOptions,
}

impl<'a, E> Interruptible<'a, E> {
    /// An evaluator that heeds the interrupt of the options.
    pub(super) fn new(evaluator: E, options: &'a SolveOptions) -> Self {
        Self { evaluator, options }
    }
}

impl<E: Evaluator> Evaluator for Interruptible<'_, E> {
    fn evaluate(&mut self, changes: &[Change]) -> Draw {
        if self.options.is_interrupted() { Draw::Limit } else { self.evaluator.evaluate(changes) }
    }
}

/// An answer, unless it was interrupted on the way.
///
/// # Errors
/// The interrupt of the options is raised.
pub fn unless_interrupted<T>(answer: T, options: &SolveOptions) -> Result<T, Failure> {
    if !options.is_interrupted() {
        return Ok(answer);
    }
    Err(Finding::limit(Limit::Interrupt, "analysis").into())
}

fn outputs(words: &[String], prepared: &Prepared) -> Result<Vec<Output>, Findings> {
    let stages = stage_kinds(prepared);
    if words.is_empty() {
        return Ok(Output::stages(&stages));
    }
    let frame = &prepared.problem.frame;
    let (mut outputs, mut findings) = (Vec::new(), Vec::new());
    for word in words {
        match Output::parse(word, frame, &stages) {
            Ok(output) => outputs.push(output),
            Err(finding) => findings.push(finding),
        }
    }
    if findings.is_empty() { Ok(outputs) } else { Err(Findings(findings)) }
}

fn declared(prepared: &Prepared) -> Result<&Uncertainty, Finding> {
    prepared.problem.uncertainty.as_ref().ok_or_else(|| none_declared(prepared, "drivers.none_declared"))
}

impl OfModel for Tornado {
    type Answer = Swings;

    fn answer(&self, model: Model, means: &mut Means<'_>) -> Result<Swings, Failure> {
        tornado(&model.prepared, self, (&means.options, means.threads))
    }
}

impl OfModel for Sobol {
    type Answer = Indices;

    fn answer(&self, model: Model, means: &mut Means<'_>) -> Result<Indices, Failure> {
        means.within(self.samples, "--samples")?;
        sobol(&model.prepared, self, (&means.options, means.threads), means.told)
    }
}

/// The swings of the outputs of a prepared model.
///
/// # Errors
/// Levels out of order, unknown outputs, no uncertainties, or an interrupt.
fn tornado(
    prepared: &Prepared,
    asked: &Tornado,
    (options, threads): (&SolveOptions, usize),
) -> Result<Swings, Failure> {
    let inside = |level: f64| level > 0.0 && level < 100.0;
    if !inside(asked.low) || !inside(asked.high) || asked.low >= asked.high {
        return Err(Finding::error("drivers.levels", Place::file("--low")).into());
    }
    let outputs = outputs(&asked.outputs, prepared)?;
    let moving = Inputs::new(declared(prepared)?.inputs.clone(), prepared)?;
    let compiled = Compiled::new(prepared.clone())?;
    let evaluator = || Interruptible::new(Chosen::new(&compiled, Precision::Plan, options), options);
    let levels = (asked.low / 100.0, asked.high / 100.0);
    let found = swings::tornado(&moving, &outputs, levels, (&evaluator, threads));
    unless_interrupted(Swings { warnings: remark::of_model(prepared), ..found }, options)
}

/// The Sobol indices of the outputs of a prepared model; `told` hears scenarios done, of how many.
///
/// # Errors
/// Too few samples, unknown outputs, no uncertainties, or an interrupt.
fn sobol(
    prepared: &Prepared,
    asked: &Sobol,
    (options, threads): (&SolveOptions, usize),
    told: &mut dyn FnMut(u64, u64),
) -> Result<Indices, Failure> {
    if asked.samples < 2 {
        return Err(Finding::error("drivers.samples", Place::file("--samples")).into());
    }
    let outputs = outputs(&asked.outputs, prepared)?;
    let declared = declared(prepared)?;
    let moving = Inputs::new(declared.inputs.clone(), prepared)?;
    let compiled = Compiled::new(prepared.clone())?;
    let evaluator = || Interruptible::new(Chosen::new(&compiled, Precision::Plan, options), options);
    let seed = asked.seed.unwrap_or(declared.seed);
    let correlated = declared.copula.is_some();
    let request = Request { samples: asked.samples, seed, outputs: &outputs, correlated };
    let total = asked.samples.saturating_mul(moving.len() as u64 + 2);
    let found = indices::sobol(&moving, &request, (&evaluator, threads), &mut |done| told(done, total));
    let found = unless_interrupted(found, options)?;
    let found = found.map(|found| Indices { warnings: remark::of_model(prepared), ..found });
    found.ok_or_else(|| {
        Finding::error("drivers.not_possible", Place::file(&prepared.model_file).column("uncertainty.input")).into()
    })
}
