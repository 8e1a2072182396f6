//! `ecocomp sweep`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Args, ValueEnum};

use crate::cli::failure::Failure;
use crate::cli::{Input, deliver, inputs};
use crate::compiled::Compiled;
use crate::evaluation::plan::Wanted;
use crate::evaluation::{Chosen, Draw, Evaluator, Plan, Precision};
use crate::files;
use crate::finding::{Finding, Place};
use crate::phrases::{Lang, Phrase, Text};
use crate::report;
use crate::run;
use crate::solver::SolveOptions;
use crate::sweep::progress::Progress;
use crate::sweep::store::{Existing, Store};
use crate::sweep::summary::{Summary, summarise};
use crate::sweep::{self, DrawsFormat, Manifest};
use crate::uncertainty::{self, Action, Sampling};
use crate::units::{Decimal, Exact, split_unit};

/// Most values of one grid.
const GRID_MAX: u64 = 100_000;

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
#[value(rename_all = "snake_case")]
enum SamplingWord {
    Random,
    LatinHypercube,
    Sobol,
    Grid,
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
    let levels = levels(&command.quantiles)?;
    let grids = command.grids.iter().map(|text| grid(text)).collect::<Result<Vec<_>, _>>()?;
    let prepared = run::prepare(&inputs(&command.input)?)?;
    let wanted = Wanted {
        draws: command.drawing.draws,
        seed: command.drawing.seed,
        sampling: command.sampling.map(sampling),
        grids,
    };
    let plan = Plan::new(&prepared, &wanted)?;
    let format = if command.draws_format == FormatWord::Csv { DrawsFormat::Csv } else { DrawsFormat::Parquet };
    let existing = match (command.resume, command.overwrite) {
        (true, _) => Existing::Resume,
        (_, true) => Existing::Overwrite,
        _ => Existing::Refuse,
    };
    let precision = if command.exact { Precision::Exact } else { Precision::Plan };
    let folder = command.output.clone().unwrap_or_else(|| default_folder(&command.input.model));
    let mut store = Store::open(&folder, &Manifest::new(&prepared, &plan, format, precision), existing)?;
    let stop = stop_on_interrupt();
    let options = command.drawing.options();
    let compiled = Compiled::new(prepared.clone())?;
    let evaluator = || Chosen::new(&compiled, precision, &options);
    let job = sweep::Sweep { prepared: &prepared, plan: &plan, threads: command.drawing.threads(), stop: &stop };
    let mut progress = Progress::new(lang, plan.draws);
    let done = sweep::run(&job, &mut store, &evaluator, &mut |done| progress.reached(done));
    progress.end();
    let done = done?;
    store.trim(done)?;
    let base = match evaluator().evaluate(&[]) {
        Draw::Solved(answer) => Some(*answer),
        _ => None,
    };
    let summary = summarise((&prepared, &plan), (&store, done), &levels, base.as_ref())?;
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

fn sampling(word: SamplingWord) -> Sampling {
    match word {
        SamplingWord::Random => Sampling::Random,
        SamplingWord::LatinHypercube => Sampling::LatinHypercube,
        SamplingWord::Sobol => Sampling::Sobol,
        SamplingWord::Grid => Sampling::Grid,
    }
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

/// Levels of quantiles from per cents.
fn levels(texts: &[String]) -> Result<Vec<Decimal>, Finding> {
    let level = |text: &String| -> Result<Decimal, Finding> {
        let refuse = || Finding::error("sweep.level", Place::file("--quantiles")).with("value", text);
        let percent = Decimal::parse(text.trim().trim_end_matches('%')).map_err(|_| refuse())?;
        let exact = percent.exact() / Exact::from_integer(100.into());
        let found = Decimal::from_exact(&exact, 12, false).filter(|found| found.exact() == exact);
        found.filter(|level| !level.is_negative() && *level <= Decimal::ONE).ok_or_else(refuse)
    };
    texts.iter().map(level).collect()
}

/// `fund.district.amount=1亿元..1.5亿元/11`, `rule.corridor.between[1]=1.2,1.3,1.4`, `data.gep*=0.9..1.1/5`.
fn grid(text: &str) -> Result<uncertainty::Input, Finding> {
    let refuse = || Finding::error("sweep.grid_form", Place::file("--grid")).with("text", text);
    let (left, values) = split_at_sign(text).ok_or_else(refuse)?;
    let (path, action) = match (left.strip_suffix('*'), left.strip_suffix('+')) {
        (Some(path), _) => (path, Action::Scale),
        (_, Some(path)) => (path, Action::Add),
        _ => (left, Action::Set),
    };
    let path = path.trim();
    let (grid, unit) = values_of(values.trim()).filter(|(grid, _)| !grid.is_empty()).ok_or_else(refuse)?;
    if path.is_empty() || (action == Action::Scale && !unit.is_empty()) {
        return Err(refuse());
    }
    Ok(uncertainty::Input {
        id: path.to_owned(),
        label: Text::same(path),
        path: path.to_owned(),
        action,
        distribution: None,
        unit,
        grid,
        line: 0,
        place: String::new(),
    })
}

/// Splits at the first `=` outside brackets.
fn split_at_sign(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0;
    let at = text.char_indices().find(|(_, c)| {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        *c == '=' && depth == 0
    });
    let at = at?.0;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// `LOW..HIGH/STEPS` or `A,B,C`, with their common unit.
fn values_of(text: &str) -> Option<(Vec<Decimal>, String)> {
    let number = |text: &str| -> Option<(Decimal, String)> {
        let (digits, unit) = split_unit(text);
        Some((Decimal::parse(digits).ok()?, unit.to_owned()))
    };
    if let Some((low, rest)) = text.split_once("..") {
        let (high, steps) = rest.rsplit_once('/')?;
        let ((low, unit), (high, other)) = (number(low)?, number(high)?);
        let grid = between(low, high, steps.trim().parse().ok()?)?;
        return (unit == other).then_some((grid, unit));
    }
    let (grid, units): (Vec<Decimal>, Vec<String>) =
        text.split(',').map(number).collect::<Option<Vec<_>>>()?.into_iter().unzip();
    let unit = units.first()?.clone();
    units.iter().all(|other| *other == unit).then_some((grid, unit))
}

/// Evenly spaced values, both ends included; exact to twelve decimals.
fn between(low: Decimal, high: Decimal, steps: u64) -> Option<Vec<Decimal>> {
    if steps == 0 || steps > GRID_MAX || (steps == 1 && low != high) {
        return None;
    }
    let whole = |number: u64| Exact::from_integer(number.into());
    let step = (high.exact() - low.exact()) / whole((steps - 1).max(1));
    (0..steps).map(|at| Decimal::from_exact(&(low.exact() + &step * whole(at)), 12, false)).collect()
}
