//! `ecocomp robust`: one plan for several scenarios.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::failure::Failure;
use crate::cli::{Input, Solving, deliver, options, pretty, scenario, warnings};
use crate::files;
use crate::finding::Findings;
use crate::phrases::Lang;
use crate::questions::{self, MethodWord};
use crate::report;
use crate::scenario::Scenario;

/// Arguments of the command.
#[derive(Debug, Args)]
pub(super) struct Robust {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    solving: Solving,
    /// What makes the plan robust.
    #[arg(long, value_enum)]
    method: MethodWord,
    /// Weight of a scenario, NAME=WEIGHT (default 1 each); base is the model as written; 0: only its rules count.
    #[arg(long = "weight", value_name = "NAME=WEIGHT")]
    weights: Vec<String>,
    /// Instead of scenarios: so many draws of GEP, each cell times a factor uniform around 1.
    #[arg(long, conflicts_with = "scenarios", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    draws: Option<u32>,
    /// Half width of the factor of a draw.
    #[arg(long, default_value_t = 0.2)]
    spread: f64,
    /// Seed of the draws: the same seed gives the same draws.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Level of confidence of cvar: the mean of the worst 1 − alpha counts.
    #[arg(long, default_value_t = 0.9)]
    alpha: f64,
    /// Regret relative to each scenario's own optimum.
    #[arg(long)]
    relative: bool,
    /// Budget of uncertainty: so many cells fall fully at once.
    #[arg(long, default_value_t = 5.0)]
    gamma: f64,
    /// Largest fall of GEP, SHARE or ECOSYSTEM=SHARE; may be repeated, later ones override.
    #[arg(long = "deviation", value_name = "SHARE")]
    deviations: Vec<String>,
    /// Kind of the objective; default the last stage of the model.
    #[arg(long, value_name = "KIND")]
    objective: Option<String>,
    /// Form of the result.
    #[arg(long, default_value = "table")]
    format: Form,
    /// File to write instead of standard output.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Table,
    Json,
    Csv,
}

/// Runs the command.
pub(super) fn run(command: &Robust, lang: Lang) -> Result<(), Failure> {
    let input = &command.input;
    // Each scenario is a case of its own; changes written out hold for all of them.
    let changes = scenario::changes(&input.model, &[], &input.changes)?;
    let base = warnings::prepare(&files::open(&input.model, input.data.as_deref(), changes)?)?;
    let scenarios = scenarios(input)?;
    let plan = questions::robust(&base, &scenarios, &question(command), &options(&command.solving))?;
    let bytes = match command.format {
        Form::Table => report::robust::text(&plan, lang).into_bytes(),
        Form::Json => pretty(&plan),
        Form::Csv => report::robust::csv(&plan, lang),
    };
    deliver(&bytes, command.output.as_deref(), lang)
}

/// The scenarios named; every one that is wrong is reported.
fn scenarios(input: &Input) -> Result<Vec<Scenario>, Findings> {
    let (mut list, mut findings) = (Vec::new(), Vec::new());
    for word in &input.scenarios {
        match files::scenario(&input.model, word) {
            Ok(scenario) => list.push(scenario),
            Err(Findings(found)) => findings.extend(found),
        }
    }
    if findings.is_empty() { Ok(list) } else { Err(Findings(findings)) }
}

fn question(command: &Robust) -> questions::Robust {
    questions::Robust {
        method: command.method,
        weights: command.weights.clone(),
        draws: command.draws,
        spread: command.spread,
        seed: command.seed,
        alpha: command.alpha,
        relative: command.relative,
        gamma: command.gamma,
        deviations: command.deviations.clone(),
        objective: command.objective.clone(),
    }
}
