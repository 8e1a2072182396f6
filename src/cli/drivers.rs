//! `ecocomp tornado` and `ecocomp sobol`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::failure::Failure;
use crate::cli::sweep::{Drawing, SummaryFormat};
use crate::cli::{Input, deliver, inputs, warnings};
use crate::phrases::Lang;
use crate::sweep::progress::Progress;
use crate::{questions, report};

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
    fn deliver<T: serde::Serialize>(&self, found: &T, text: impl Fn() -> String, lang: Lang) -> Result<(), Failure> {
        let text = match self.format {
            SummaryFormat::Json => format!("{}\n", serde_json::to_string_pretty(found).unwrap_or_default()),
            SummaryFormat::Table => text(),
        };
        deliver(text.as_bytes(), self.file.as_deref(), lang)
    }
}

fn drawing(threads: Option<usize>) -> Drawing {
    Drawing { draws: None, seed: None, threads, time_limit: None }
}

pub(super) fn tornado(command: &Tornado, lang: Lang) -> Result<(), Failure> {
    let prepared = warnings::prepare(&inputs(&command.input)?)?;
    let asked = questions::Tornado { outputs: command.looking.outputs.clone(), low: command.low, high: command.high };
    let drawing = drawing(command.threads);
    let found = questions::tornado(&prepared, &asked, (&drawing.options(), drawing.threads()))?;
    command.looking.deliver(&found, || report::drivers::tornado(&found, lang), lang)
}

pub(super) fn sobol(command: &Sobol, lang: Lang) -> Result<(), Failure> {
    let prepared = warnings::prepare(&inputs(&command.input)?)?;
    let asked =
        questions::Sobol { outputs: command.looking.outputs.clone(), samples: command.samples, seed: command.seed };
    let drawing = drawing(command.threads);
    let mut progress: Option<Progress> = None;
    let found = questions::sobol(&prepared, &asked, (&drawing.options(), drawing.threads()), &mut |done, total| {
        progress.get_or_insert_with(|| Progress::new(lang, total)).reached(done);
    });
    if let Some(progress) = &mut progress {
        progress.end();
    }
    let found = found?;
    command.looking.deliver(&found, || report::drivers::indices(&found, lang), lang)
}
