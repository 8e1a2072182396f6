//! `ecocomp tornado` and `ecocomp sobol`.

use std::path::PathBuf;

use clap::Args;

use crate::analysis::sobol::{self, Request};
use crate::analysis::tornado;
use crate::cli::failure::Failure;
use crate::cli::sweep::{Drawing, SummaryFormat};
use crate::cli::{Input, deliver, inputs};
use crate::compiled::Compiled;
use crate::evaluation::direct::stage_kinds;
use crate::evaluation::plan::none_declared;
use crate::evaluation::{Chosen, Inputs, Output, Precision};
use crate::finding::{Finding, Findings, Place};
use crate::phrases::Lang;
use crate::report;
use crate::run::{self, Prepared};
use crate::sweep::progress::Progress;
use crate::uncertainty::Uncertainty;

#[derive(Debug, Args)]
pub(super) struct Tornado {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    looking: Looking,
    /// Low end of each input, a quantile in per cent.
    #[arg(long, default_value_t = 5.0)]
    low: f64,
    /// High end of each input, a quantile in per cent.
    #[arg(long, default_value_t = 95.0)]
    high: f64,
    /// Threads; results do not depend on it. Default all cores.
    #[arg(long)]
    threads: Option<usize>,
}

#[derive(Debug, Args)]
pub(super) struct Sobol {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    looking: Looking,
    /// Rows of the sample; a power of two serves best. Scenarios solved: samples × (inputs + 2).
    #[arg(long, default_value_t = 512)]
    samples: u64,
    /// Seed; default the model's, or 1.
    #[arg(long)]
    seed: Option<u64>,
    /// Threads; results do not depend on it. Default all cores.
    #[arg(long)]
    threads: Option<usize>,
}

#[derive(Debug, Args)]
struct Looking {
    /// Output looked at: total, stage:K, area:CODE, ecosystem:ID, cell:AREA/ECOSYSTEM; may be repeated. Default every stage.
    #[arg(long = "output", value_name = "OUTPUT")]
    outputs: Vec<String>,
    /// Form of the result.
    #[arg(long, default_value = "table")]
    format: SummaryFormat,
    /// File to write instead of standard output.
    #[arg(short = 'o', long = "to", value_name = "FILE")]
    file: Option<PathBuf>,
}

impl Looking {
    fn outputs(&self, prepared: &Prepared) -> Result<Vec<Output>, Findings> {
        let stages = stage_kinds(prepared);
        if self.outputs.is_empty() {
            return Ok(Output::stages(&stages));
        }
        let frame = &prepared.problem.frame;
        let mut outputs = Vec::new();
        let mut findings = Vec::new();
        for word in &self.outputs {
            match Output::parse(word, frame, &stages) {
                Ok(output) => outputs.push(output),
                Err(finding) => findings.push(finding),
            }
        }
        if findings.is_empty() { Ok(outputs) } else { Err(Findings(findings)) }
    }

    fn deliver<T: serde::Serialize>(&self, found: &T, text: impl Fn() -> String, lang: Lang) -> Result<(), Failure> {
        let text = match self.format {
            SummaryFormat::Json => format!("{}\n", serde_json::to_string_pretty(found).unwrap_or_default()),
            SummaryFormat::Table => text(),
        };
        deliver(text.as_bytes(), self.file.as_deref(), lang)
    }
}

fn declared(prepared: &Prepared) -> Result<&Uncertainty, Finding> {
    prepared.problem.uncertainty.as_ref().ok_or_else(|| none_declared(prepared))
}

fn drawing(threads: Option<usize>) -> Drawing {
    Drawing { draws: None, seed: None, threads, time_limit: None }
}

pub(super) fn tornado(command: &Tornado, lang: Lang) -> Result<(), Failure> {
    let inside = |level: f64| level > 0.0 && level < 100.0;
    if !inside(command.low) || !inside(command.high) || command.low >= command.high {
        return Err(Finding::error("drivers.levels", Place::file("--low")).into());
    }
    let prepared = run::prepare(&inputs(&command.input)?)?;
    let outputs = command.looking.outputs(&prepared)?;
    let moving = Inputs::new(declared(&prepared)?.inputs.clone(), &prepared)?;
    let drawing = drawing(command.threads);
    let (compiled, options) = (Compiled::new(prepared.clone())?, drawing.options());
    let evaluator = || Chosen::new(&compiled, Precision::Plan, &options);
    let levels = (command.low / 100.0, command.high / 100.0);
    let found = tornado::tornado(&moving, &outputs, levels, (&evaluator, drawing.threads()));
    command.looking.deliver(&found, || report::drivers::tornado(&found, lang), lang)
}

pub(super) fn sobol(command: &Sobol, lang: Lang) -> Result<(), Failure> {
    if command.samples < 2 {
        return Err(Finding::error("drivers.samples", Place::file("--samples")).into());
    }
    let prepared = run::prepare(&inputs(&command.input)?)?;
    let outputs = command.looking.outputs(&prepared)?;
    let declared = declared(&prepared)?;
    let moving = Inputs::new(declared.inputs.clone(), &prepared)?;
    let drawing = drawing(command.threads);
    let (compiled, options) = (Compiled::new(prepared.clone())?, drawing.options());
    let evaluator = || Chosen::new(&compiled, Precision::Plan, &options);
    let seed = command.seed.unwrap_or(declared.seed);
    let correlated = declared.copula.is_some();
    let request = Request { samples: command.samples, seed, outputs: &outputs, correlated };
    let mut progress = Progress::new(lang, command.samples.saturating_mul(moving.len() as u64 + 2));
    let found = sobol::sobol(&moving, &request, (&evaluator, drawing.threads()), &mut |done| progress.reached(done));
    progress.end();
    let found = found.ok_or_else(|| {
        Finding::error("drivers.not_possible", Place::file(&prepared.model_file).column("uncertainty.input"))
    })?;
    command.looking.deliver(&found, || report::drivers::indices(&found, lang), lang)
}
