//! `ecocomp sweep`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Args, ValueEnum};

use crate::cli::failure::Failure;
use crate::cli::{Input, deliver, inputs, warnings};
use crate::evaluation::Plan;
use crate::finding::{Finding, Place};
use crate::phrases::{Lang, Phrase};
use crate::questions::{self, SamplingWord};
use crate::solver::SolveOptions;
use crate::sweep::progress::Progress;
use crate::sweep::store::{Existing, Store};
use crate::sweep::summary::Summary;
use crate::sweep::{self, DrawsFormat, Manifest};
use crate::{files, report};

#[derive(Debug, Args)]
pub(super) struct Sweep {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    drawing: Drawing,
    /// Ways of sampling: random, latin_hypercube, sobol or grid; default the model's.
    #[arg(long)]
    sampling: Option<SamplingWord>,
    /// A grid instead of draws: PATH=LOW..HIGH/STEPS or PATH=A,B,C (also *= and +=); may be repeated.
    #[arg(long = "grid", value_name = "GRID")]
    grids: Vec<String>,
    /// Quantiles in per cent.
    #[arg(long, value_delimiter = ',', default_value = "5,25,50,75,95")]
    quantiles: Vec<String>,
    /// Folder of the draws and results; default out/MODEL-sweep.
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// Rounds every draw under the hard rules, as allocate does; slower. Without it amounts are those of the certified plan.
    #[arg(long)]
    exact: bool,
    /// Goes on with what the folder holds.
    #[arg(long, conflicts_with = "overwrite")]
    resume: bool,
    /// Removes the sweep that the folder holds.
    #[arg(long)]
    overwrite: bool,
    /// Form of the summary.
    #[arg(long, default_value = "table")]
    format: SummaryFormat,
    /// Form of the stored draws.
    #[arg(long, default_value = "parquet")]
    draws_format: FormatWord,
}

/// What every command that draws scenarios asks.
#[derive(Debug, Args)]
pub(super) struct Drawing {
    /// Number of draws; default the model's, or 1000.
    #[arg(long)]
    pub(super) draws: Option<u64>,
    /// Seed; default the model's, or 1.
    #[arg(long)]
    pub(super) seed: Option<u64>,
    /// Threads; results do not depend on it. Default all cores.
    #[arg(long)]
    pub(super) threads: Option<usize>,
    /// Seconds for each linear program.
    #[arg(long, value_name = "SECONDS")]
    pub(super) time_limit: Option<f64>,
}

impl Drawing {
    pub(super) fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        self.threads.unwrap_or_else(cores).clamp(1, 1024)
    }

    pub(super) fn options(&self) -> SolveOptions {
        SolveOptions { time_limit_seconds: self.time_limit, ..SolveOptions::default() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SummaryFormat {
    Table,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatWord {
    Csv,
    Parquet,
}

pub(super) fn sweep(command: &Sweep, lang: Lang) -> Result<(), Failure> {
    let asked = questions::Sweep {
        draws: command.drawing.draws,
        seed: command.drawing.seed,
        sampling: command.sampling,
        grids: command.grids.clone(),
        quantiles: command.quantiles.clone(),
        exact: command.exact,
    };
    let levels = questions::levels(&command.quantiles)?;
    let grids = command.grids.iter().map(|text| questions::grid(text)).collect::<Result<Vec<_>, _>>()?;
    let prepared = warnings::prepare(&inputs(&command.input)?)?;
    let plan = Plan::new(&prepared, &asked.wanted(grids))?;
    let format = if command.draws_format == FormatWord::Csv { DrawsFormat::Csv } else { DrawsFormat::Parquet };
    let existing = match (command.resume, command.overwrite) {
        (true, _) => Existing::Resume,
        (_, true) => Existing::Overwrite,
        _ => Existing::Refuse,
    };
    let folder = command.output.clone().unwrap_or_else(|| default_folder(&command.input.model));
    let mut store = Store::open(&folder, &Manifest::new(&prepared, &plan, format, asked.precision()), existing)?;
    let stop = stop_on_interrupt();
    let mut progress = Progress::new(lang, plan.draws);
    let job = sweep::Sweep { prepared: &prepared, plan: &plan, threads: command.drawing.threads(), stop: &stop };
    let solving = (asked.precision(), &command.drawing.options());
    let found = questions::sweep(&job, &mut store, (&levels, solving), &mut |done| progress.reached(done));
    progress.end();
    let summary = found?;
    let done = summary.done;
    write(&summary, &store, command.format, lang)?;
    if done < plan.draws {
        let finding = Finding::error("sweep.interrupted", Place::file(folder.display().to_string()))
            .with("done", done.to_string())
            .with("draws", plan.draws.to_string());
        return Err(Failure::Limit(finding.into()));
    }
    Ok(())
}

fn write(summary: &Summary, store: &Store, format: SummaryFormat, lang: Lang) -> Result<(), Failure> {
    let mut json = serde_json::to_string_pretty(summary).unwrap_or_default();
    json.push('\n');
    files::write(&store.folder().join("summary.json"), json.as_bytes())?;
    let book = report::sweep_workbook::workbook(summary, lang)
        .map_err(|error| Finding::error("cli.unwritable", Place::default()).with("why", error.to_string()))?;
    files::write(&store.folder().join("summary.xlsx"), &book)?;
    let text = if format == SummaryFormat::Json { json } else { report::sweep::summary(summary, lang) };
    deliver(text.as_bytes(), None, lang)?;
    let written = Phrase::new("cli.written").with("path", store.folder().display().to_string());
    let _ = writeln!(std::io::stderr(), "{}", written.render(lang));
    Ok(())
}

fn default_folder(model: &Path) -> PathBuf {
    let stem = model.file_stem().map_or_else(|| "model".to_owned(), |stem| stem.to_string_lossy().into_owned());
    Path::new("out").join(format!("{stem}-sweep"))
}

/// The first Ctrl-C ends a command in good order, the second at once.
pub(super) fn stop_on_interrupt() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&stop);
    let raise = move || {
        if raised.swap(true, Ordering::SeqCst) {
            std::process::exit(4);
        }
    };
    // Refused only where a handler stands already; that one then serves.
    let _ = ctrlc::set_handler(raise);
    stop
}
