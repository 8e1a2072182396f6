//! `ecocomp robust`: one plan for several scenarios.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::analysis::robust::{BASE, Case, Draw, Method, Question, RobustError, RobustPlan, gep_multipliers, robust};
use crate::cli::failure::Failure;
use crate::cli::{Input, Solving, deliver, options, scenario};
use crate::files;
use crate::finding::{Finding, Findings, Place};
use crate::phrases::Lang;
use crate::policy::reader::unknown_word;
use crate::report;
use crate::rules::Frame;
use crate::run::{self, Prepared};
use crate::units::Decimal;

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
#[value(rename_all = "snake_case")]
enum MethodWord {
    MaxMin,
    Regret,
    Cvar,
    Budgeted,
    Expected,
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
    let base = run::prepare(&files::open(&input.model, input.data.as_deref(), changes)?)?;
    let plan = answer(command, &base)?;
    let bytes = match command.format {
        Form::Table => report::robust::text(&plan, lang).into_bytes(),
        Form::Json => format!("{}\n", serde_json::to_string_pretty(&plan).unwrap_or_default()).into_bytes(),
        Form::Csv => report::robust::csv(&plan, lang),
    };
    deliver(&bytes, command.output.as_deref(), lang)
}

fn answer(command: &Robust, base: &Prepared) -> Result<RobustPlan, Failure> {
    let mut cases = cases(command, base)?;
    let frame = &base.problem.frame;
    let drawn = command.draws.unwrap_or(0);
    let method = method(command, frame)?;
    let needs = !matches!(method, Method::Budgeted { .. });
    if needs && cases.is_empty() && drawn == 0 {
        return Err(Finding::error("robust.needs_scenarios", Place::file("--scenario")).into());
    }
    let cells = frame.dataset.cells().len();
    let factors = |draw: u32| gep_multipliers(cells, u64::from(draw), command.spread, command.seed);
    let draws: Vec<Draw> = (0..drawn).map(|draw| Draw { weight: 1.0, factors: factors(draw) }).collect();
    // Draws stand around the model as written, which is then only the yardstick.
    let mut base_weight = if drawn > 0 { 0.0 } else { 1.0 };
    weigh(command, &mut base_weight, &mut cases)?;
    let objective = command.objective.as_deref();
    let question = Question { base, base_weight, cases: &cases, draws: &draws, objective, method };
    Ok(robust(&question, &options(&command.solving))?)
}

impl From<RobustError> for Failure {
    fn from(error: RobustError) -> Self {
        match error {
            RobustError::Findings(findings) => Self::Findings(findings),
            RobustError::Infeasible(finding) => Self::Infeasible(finding.into(), None),
            RobustError::Limit(finding) => Self::Limit(finding.into()),
        }
    }
}

/// Reads the scenarios; every one that is wrong is reported.
fn cases(command: &Robust, base: &Prepared) -> Result<Vec<Case>, Findings> {
    let mut cases: Vec<Case> = Vec::new();
    let mut findings = Vec::new();
    for word in &command.input.scenarios {
        match case(&command.input.model, word, base) {
            Ok(case) if case.name == BASE || cases.iter().any(|known| known.name == case.name) => {
                findings
                    .push(Finding::error("robust.scenario_name", Place::file("--scenario")).with("name", case.name));
            }
            Ok(case) => cases.push(case),
            Err(Findings(found)) => findings.extend(found),
        }
    }
    if findings.is_empty() { Ok(cases) } else { Err(Findings(findings)) }
}

/// The model under a scenario: a name, a path, a stack, or `NAME: CHANGE; CHANGE`.
fn case(model: &Path, word: &str, base: &Prepared) -> Result<Case, Findings> {
    let scenario = files::scenario(model, word)?;
    let prepared = run::changed(base, &scenario.changes())?;
    Ok(Case { name: scenario.id, weight: 1.0, prepared })
}

/// Sets the weights given.
fn weigh(command: &Robust, base_weight: &mut f64, cases: &mut [Case]) -> Result<(), Findings> {
    for text in &command.weights {
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

fn method(command: &Robust, frame: &Frame) -> Result<Method, Findings> {
    Ok(match command.method {
        MethodWord::MaxMin => Method::MaxMin,
        MethodWord::Regret => Method::Regret { relative: command.relative },
        MethodWord::Cvar => Method::ConditionalValueAtRisk { alpha: command.alpha },
        MethodWord::Expected => Method::Expected,
        MethodWord::Budgeted => Method::Budgeted { gamma: command.gamma, deviations: deviations(command, frame)? },
    })
}

/// Largest fall of each cell.
fn deviations(command: &Robust, frame: &Frame) -> Result<Vec<f64>, Finding> {
    if command.deviations.is_empty() {
        return Err(Finding::error("robust.needs_deviation", Place::file("--deviation")));
    }
    let mut falls = vec![0.0; frame.dataset.cells().len()];
    for text in &command.deviations {
        let refuse = || Finding::error("robust.deviation_form", Place::file("--deviation")).with("text", text);
        let (ecosystem, share) = match text.split_once('=') {
            Some((ecosystem, share)) => (Some(ecosystem.trim()), share.trim()),
            None => (None, text.trim()),
        };
        if let Some(word) = ecosystem.filter(|word| !frame.ecosystems.iter().any(|(id, _)| id == word)) {
            let known = frame.ecosystems.iter().map(|(id, _)| id.as_str());
            return Err(unknown_word(Place::file("--deviation"), word, known));
        }
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
