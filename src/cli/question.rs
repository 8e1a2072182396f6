//! The usual way of a question on the command line: a model or a document in, its answer out.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use clap::Args;

use crate::cli::failure::Failure;
use crate::cli::output::Delivery;
use crate::cli::scenario;
use crate::cli::usage::Manner;
use crate::cli::{waiting, warnings};
use crate::document::typed;
use crate::finding::{Finding, Findings, Place};
use crate::questions::arguments::{at_least_one, not_negative};
use crate::questions::question::{Means, Model, OfDocument, OfModel};
use crate::questions::table::{Entry, Scenarios};
use crate::report::table;
use crate::scenario::{Difference, Scenario};
use crate::solver::{SolveOptions, Watch};
use crate::sweep::progress::Progress;
use crate::{files, run};

/// A model under changes.
#[derive(Debug, Args)]
pub(super) struct Input {
    /// Model file (.toml), or workbook with a model (.xlsx).
    pub model: PathBuf,
    /// Dataset folder or workbook instead of the model's own.
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// A scenario: a name in scenarios/ beside the model, a path, or names joined by +; repeated ones are stacked.
    #[arg(short = 's', long = "scenario", value_name = "NAME")]
    pub scenarios: Vec<String>,
    /// A change: PATH=VALUE, PATH=+5%, PATH*=1.1, PATH+=VALUE; may be repeated, and comes after the scenarios.
    #[arg(long = "set", value_name = "CHANGE")]
    pub changes: Vec<String>,
}

/// How it is solved.
#[derive(Debug, Args)]
pub(super) struct Solving {
    /// Seconds for each linear program.
    #[arg(long, value_name = "SECONDS", value_parser = not_negative, allow_negative_numbers = true)]
    pub time_limit: Option<f64>,
    /// Threads for independent work; results do not depend on it.
    #[arg(long, value_parser = at_least_one, allow_negative_numbers = true)]
    pub threads: Option<usize>,
    /// Seconds of each phase, on standard error.
    #[arg(long)]
    pub timings: bool,
}

/// A document that is a question.
#[derive(Debug, Args)]
pub(super) struct Case {
    /// The question (.toml or .json).
    case: PathBuf,
    #[command(flatten)]
    limit: Limit,
}

/// Time for an answer.
#[derive(Debug, Args)]
pub(super) struct Limit {
    /// Seconds after which it stops, with what it found until then.
    #[arg(long, value_name = "SECONDS", value_parser = not_negative, allow_negative_numbers = true)]
    pub time_limit: Option<f64>,
}

impl Limit {
    /// Options of a search whose time begins now: it stops once that is up, or at Ctrl-C, and tells what it found until then.
    pub fn begin(&self, manner: Manner) -> SolveOptions {
        let flag = search();
        if let Some(seconds) = self.time_limit {
            let (limit, flag) = (Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX), Arc::clone(&flag));
            let ask = move || {
                std::thread::sleep(limit);
                flag.store(true, Ordering::SeqCst);
            };
            // Without a thread there is no limit, and Ctrl-C still works.
            drop(std::thread::Builder::new().spawn(ask));
            // A search ends by itself once its time is up; where it does not, it is ended.
            end_after(seconds, if seconds > 0.0 { seconds / 4.0 + GRACE } else { 0.0 }, manner);
        }
        SolveOptions { interrupt: Some(flag), ..SolveOptions::default() }
    }
}

/// The end of a search whose answer was written: exit code 4 where it is not complete.
pub(super) fn completed(is_complete: bool, case: &Path) -> Result<(), Failure> {
    if is_complete {
        return Ok(());
    }
    Err(Failure::Limit(Finding::error("cli.incomplete", Place::file(case.display().to_string())).into()))
}

/// What asks the search under way to stop.
static SEARCH: OnceLock<Arc<AtomicBool>> = OnceLock::new();
/// Seconds that a search has to tell what it found once it was asked to stop.
const GRACE: f64 = 10.0;

/// The flag of the search under way, which begins here.
fn search() -> Arc<AtomicBool> {
    Arc::clone(SEARCH.get_or_init(|| Arc::new(AtomicBool::new(false))))
}

/// Ctrl-C ends a command, with its own exit code; results are written whole or not at all. A search that can tell what it found is
/// asked to stop first, and ended at the second Ctrl-C, or where it does not stop.
pub(super) fn end_on_interrupt(manner: Manner) {
    let end = move || {
        let failure = Failure::Limit(Finding::error("cli.interrupted", Place::default()).into());
        std::process::exit(i32::from(manner.complain(&failure)));
    };
    let asked = move || match SEARCH.get() {
        Some(flag) if !flag.swap(true, Ordering::SeqCst) => {
            let wait = move || {
                std::thread::sleep(Duration::from_secs_f64(GRACE));
                end();
            };
            if std::thread::Builder::new().spawn(wait).is_err() {
                end();
            }
        }
        _ => end(),
    };
    // Refused only where a handler stands already; that one then serves.
    let _ = ctrlc::set_handler(asked);
}

/// Ends a command that does not end by itself `grace` seconds after its time is up, as Ctrl-C would: wherever it is.
fn end_after(seconds: f64, grace: f64, manner: Manner) {
    let limit = Duration::try_from_secs_f64(seconds + grace).unwrap_or(Duration::MAX);
    let end = move || {
        std::thread::sleep(limit);
        let finding = Finding::error("cli.time_limit", Place::default()).with("seconds", seconds.to_string());
        std::process::exit(i32::from(manner.complain(&Failure::Limit(finding.into()))))
    };
    if limit.is_zero() {
        end();
    }
    // Without a thread there is no limit, and Ctrl-C still works.
    drop(std::thread::Builder::new().spawn(end));
}

impl Solving {
    /// Limits and watch of a solve.
    pub fn options(&self) -> SolveOptions {
        let watch = if self.timings { stopwatch() } else { Watch::default() };
        SolveOptions { time_limit_seconds: self.time_limit, watch, ..SolveOptions::default() }
    }

    /// Threads: as asked, else one or all cores.
    pub fn threads(&self, all_cores: bool) -> usize {
        self.threads.unwrap_or_else(|| if all_cores { cores() } else { 1 }).clamp(1, 1024)
    }
}

/// Cores of the machine.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Prints how long each phase took.
fn stopwatch() -> Watch {
    let last = Mutex::new(Instant::now());
    Watch::new(move |phase| {
        if let Ok(mut last) = last.lock() {
            waiting::pause();
            let _ = writeln!(std::io::stderr(), "{:>10.6} s  {phase}", last.elapsed().as_secs_f64());
            *last = Instant::now();
        }
    })
}

/// Shows what changes come to on standard error, unless that is JSON.
pub(super) fn notice(differences: &[Difference], manner: Manner) {
    if !manner.json {
        waiting::pause();
        let _ = write!(std::io::stderr(), "{}", table::changes(differences, manner.lang));
    }
}

/// Model and data of an input, its scenarios laid over the model.
///
/// # Errors
/// Everything that is wrong with the files or the changes.
pub(super) fn inputs(input: &Input) -> Result<run::Inputs, Failure> {
    let changes = scenario::changes(&input.model, &input.scenarios, &input.changes)?;
    Ok(files::open(&input.model, input.data.as_deref(), changes)?)
}

/// The scenarios of words; every one that is wrong is reported.
fn named(model: &Path, words: &[String]) -> Result<Vec<Scenario>, Findings> {
    let (mut list, mut findings) = (Vec::new(), Vec::new());
    for word in words {
        match files::scenario(model, word) {
            Ok(scenario) => list.push(scenario),
            Err(Findings(found)) => findings.extend(found),
        }
    }
    if findings.is_empty() { Ok(list) } else { Err(Findings(findings)) }
}

fn opened(entry: &Entry, input: &Input, manner: Manner) -> Result<Model, Failure> {
    match entry.scenarios {
        Scenarios::Over => Ok(Model { prepared: warnings::prepare(&inputs(input)?, manner)?, scenarios: Vec::new() }),
        // Each scenario is a case of its own; changes written out hold for all of them.
        Scenarios::Beside => {
            let changes = scenario::changes(&input.model, &[], &input.changes)?;
            let prepared = warnings::prepare(&files::open(&input.model, input.data.as_deref(), changes)?, manner)?;
            Ok(Model { prepared, scenarios: named(&input.model, &input.scenarios)? })
        }
    }
}

/// Asks a question about a model.
///
/// # Errors
/// What is wrong with model, data or question, no plan, a limit; or the answer cannot be written.
pub(super) fn of_model<Q: OfModel>(
    entry: &Entry,
    (input, solving, question): (&Input, &Solving, &Q),
    delivery: &Delivery<Q::Answer>,
    manner: Manner,
) -> Result<(), Failure> {
    delivery.form()?;
    let options = solving.options();
    let model = opened(entry, input, manner)?;
    delivery.ready()?;
    options.watch.ended("read");
    let mut progress: Option<Progress> = None;
    let mut told = |done, total| {
        waiting::end();
        progress.get_or_insert_with(|| Progress::new(manner.lang, total)).reached(done);
    };
    let mut means = Means {
        options: options.clone(),
        threads: solving.threads(entry.all_cores),
        most: None,
        spool: PathBuf::new(),
        told: &mut told,
        changed: &|differences| notice(differences, manner),
    };
    let found = question.answer(model, &mut means);
    if let Some(progress) = &mut progress {
        progress.end();
    }
    options.watch.ended(entry.command);
    delivery.deliver(&found?, manner.lang)
}

/// Asks a question that is a document.
///
/// # Errors
/// What is wrong with it, a limit; or the answer cannot be written.
pub(super) fn of_document<Q: OfDocument>(
    asked: &Case,
    delivery: &Delivery<Q::Answer>,
    manner: Manner,
) -> Result<(), Failure> {
    delivery.form()?;
    let name = asked.case.display().to_string();
    files::protect(&asked.case);
    let text = files::read_text(&asked.case)?;
    let question: Q = typed::read(&text, &name)?;
    delivery.ready()?;
    let options = asked.limit.begin(manner);
    let answer = question.answer(&options);
    let answer = answer.map_err(|failure| failure.map(|findings| typed::located(findings, &text, &name)))?;
    if let Some(finding) = Q::nothing(&answer) {
        return Err(Finding { place: Place::file(&name), ..finding }.into());
    }
    delivery.deliver(&answer, manner.lang)?;
    completed(Q::is_complete(&answer), &asked.case)
}
