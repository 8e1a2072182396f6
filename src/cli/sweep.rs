//! `ecocomp sweep`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, ValueEnum};

use crate::cli::failure::Failure;
use crate::cli::output::deliver;
use crate::cli::question::{Input, cores, inputs};
use crate::cli::usage::Manner;
use crate::cli::warnings;
use crate::files;
use crate::finding::{Finding, Place};
use crate::phrases::Phrase;
use crate::questions;
use crate::questions::arguments::{at_least_one, not_negative};
use crate::report::forms::{Answer as _, Form, Printed as _};
use crate::solver::SolveOptions;
use crate::sweep::progress::Progress;
use crate::sweep::store::{Existing, Store};
use crate::sweep::{self, DrawsFormat, Manifest, Summary};

/// Many scenarios over the model's uncertainties or a grid: quantiles, chances, all draws.
#[derive(Debug, Args)]
pub(super) struct Sweep {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    question: questions::Sweep,
    /// Threads; results do not depend on it. Default all cores.
    #[arg(long, value_parser = at_least_one, allow_negative_numbers = true)]
    threads: Option<usize>,
    /// Seconds for each linear program.
    #[arg(long, value_name = "SECONDS", value_parser = not_negative, allow_negative_numbers = true)]
    time_limit: Option<f64>,
    /// Folder of the draws and results; default out/MODEL-sweep. With --overwrite, the sweep that it holds is removed.
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// Goes on with what the folder holds.
    #[arg(long, conflicts_with = "overwrite")]
    resume: bool,
    /// Form of the summary that is printed.
    #[arg(long, value_name = "FORM", default_value = "table", value_parser = printed_forms())]
    format: Form,
    /// Form of the stored draws.
    #[arg(long, default_value = "parquet")]
    draws_format: FormatWord,
}

/// The forms of a summary that a terminal takes; the workbook stands in the folder.
fn printed_forms() -> impl clap::builder::TypedValueParser<Value = Form> {
    let forms = Summary::forms().into_iter().filter(|form| !form.is_binary());
    PossibleValuesParser::new(forms.map(Form::word)).map(|word| Form::of_word(&word).unwrap_or(Form::Table))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatWord {
    Csv,
    Parquet,
}

pub(super) fn sweep(command: &Sweep, manner: Manner) -> Result<(), Failure> {
    let asked = &command.question;
    let folder = command.output.clone().unwrap_or_else(|| default_folder(&command.input.model));
    need_folder_name(&folder)?;
    let levels = questions::levels(&asked.quantiles)?;
    let prepared = warnings::prepare(&inputs(&command.input)?, manner)?;
    let plan = asked.plan(&prepared)?;
    let format = if command.draws_format == FormatWord::Csv { DrawsFormat::Csv } else { DrawsFormat::Parquet };
    let existing = match (command.resume, files::may_overwrite()) {
        (true, _) => Existing::Resume,
        (_, true) => Existing::Overwrite,
        _ => Existing::Refuse,
    };
    let mut store = Store::open(&folder, &Manifest::new(&prepared, &plan, format, asked.precision()), existing)?;
    let stop = stop_on_interrupt();
    let mut progress = Progress::new(manner.lang, plan.draws);
    let threads = command.threads.unwrap_or_else(cores).clamp(1, 1024);
    let job = sweep::Sweep { prepared: &prepared, plan: &plan, threads, stop: &stop };
    let options = SolveOptions { time_limit_seconds: command.time_limit, ..SolveOptions::default() };
    let solving = (asked.precision(), &options);
    let found = questions::sweep(&job, &mut store, (&levels, solving), &mut |done| progress.reached(done));
    progress.end();
    let summary = found?;
    let done = summary.done;
    write(&summary, &store, command.format, manner)?;
    if done < plan.draws {
        let finding = Finding::error("sweep.interrupted", Place::file(folder.display().to_string()))
            .with("done", done.to_string())
            .with("draws", plan.draws.to_string());
        return Err(Failure::Limit(finding.into()));
    }
    Ok(())
}

/// Refuses a folder that bears the name of a file: whoever writes it means a file.
fn need_folder_name(folder: &Path) -> Result<(), Failure> {
    let extension = folder.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    let is_file = |word: &str| word == "parquet" || Form::ALL.iter().any(|form| form.extension() == word);
    match extension {
        Some(extension) if is_file(&extension) && !folder.is_dir() => {
            let words: Vec<&str> =
                Summary::forms().into_iter().filter(|form| !form.is_binary()).map(Form::word).collect();
            let finding = Finding::error("cli.folder_name", Place::file("-o"));
            let finding = finding.with("path", folder.display().to_string()).with("forms", words.join(", "));
            Err(Failure::usage(finding))
        }
        _ => Ok(()),
    }
}

fn write(summary: &Summary, store: &Store, format: Form, manner: Manner) -> Result<(), Failure> {
    for (name, form) in [("summary.json", Form::Json), ("summary.xlsx", Form::Xlsx)] {
        files::replace(&store.folder().join(name), &summary.print(form, manner.lang)?)?;
    }
    deliver(&summary.print(format, manner.lang)?, None, manner.lang)?;
    let written = Phrase::new("cli.written").with("path", store.folder().display().to_string());
    let _ = writeln!(std::io::stderr(), "{}", written.render(manner.lang));
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
