//! The command line: one function a command; translation only.

mod arguments;
mod bargain;
mod audit;
mod compare;
mod curve;
mod database;
mod drivers;
mod failure;
mod frontier;
mod negotiate;
mod horizontal;
mod output;
mod pay;
mod ranges;
mod robust;
mod scenario;
mod share;
mod serve;
mod sweep;
mod token;
mod usage;
mod warnings;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

use crate::cli::arguments::{at_least_one, not_negative};
use crate::cli::failure::Failure;
use crate::cli::output::{Format, TextFormat, deliver};
use crate::cli::scenario::Notice;
use crate::finding::{Finding, Place};
use crate::lp::LinearProgram;
use crate::phrases::{Lang, Phrase};
use crate::policy::standard_ecosystems;
use crate::questions::pretty;
use crate::record::record;
use crate::solver::{SolveOptions, Watch};
use crate::{dataset, files, questions, report, run};

/// Divides ecological-compensation money (生态保护补偿资金) exactly, and shows why.
#[derive(Debug, Parser)]
#[command(name = "ecocomp", version, about, long_about = None)]
struct Cli {
    /// Language of reports and messages: zh or en.
    #[arg(long, global = true, default_value = "zh")]
    lang: LangWord,
    /// Errors as JSON on standard error.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LangWord {
    Zh,
    En,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Allocates the funds of a model: solved, proved, rounded exactly (分配).
    Allocate(Allocate),
    /// Checks model and data without solving (校验).
    Check(Input),
    /// Puts scenarios side by side, and attributes their differences to single changes (比较).
    Compare(compare::Compare),
    /// Says why an area gets what it gets (解释).
    Explain(Explain),
    /// What one objective costs in another: all breakpoints, the knee (权衡边界).
    Frontier(frontier::Frontier),
    /// The optimum as a function of one number of the model: all breakpoints (响应曲线).
    Curve(curve::Curve),
    /// The least and most every amount could be with all objectives nearly as good (近优范围).
    Ranges(ranges::Ranges),
    /// Clearly different plans that are nearly as good (备选方案).
    Alternatives(ranges::Alternatives),
    /// Writes the exact linear program of each stage as MPS (导出).
    Export(Export),
    /// Many scenarios over the model's uncertainties or a grid: quantiles, chances, all draws (扫描).
    Sweep(sweep::Sweep),
    /// What each uncertain input alone does to an output (龙卷风图).
    Tornado(drivers::Tornado),
    /// The share of an output's variance that each uncertain input explains (Sobol 指数).
    Sobol(drivers::Sobol),
    /// Writes an empty workbook ready to fill (模板).
    Template(Template),
    /// Writes a synthetic dataset and model of any size, marked illustrative (合成数据).
    Generate(Generate),
    /// Bargaining among two or more parties: Nash, Kalai–Smorodinsky, egalitarian, utilitarian, with proofs (议价).
    Bargain(bargain::Bargain),
    /// Offers of a negotiation: side by side, counter-offers, zone of agreement, rounds (谈判).
    Negotiate(negotiate::Negotiate),
    /// Finds one plan that holds and does well under several scenarios (稳健方案).
    Robust(Box<robust::Robust>),
    /// Divides too little money among claims, or the gains or costs of a cooperation among its parties (公平分配).
    Share(Box<share::Share>),
    /// Agreements between governments: checked, settled; supply, benefit and payments (横向补偿).
    Horizontal(horizontal::Horizontal),
    /// Answers what-if questions over HTTP (服务).
    Serve(Box<serve::Serve>),
    /// Tokens of the HTTP service: create, list, revoke (令牌).
    #[command(subcommand)]
    Token(token::Token),
    /// The audit log of the HTTP service (审计).
    #[command(subcommand)]
    Audit(audit::Audit),
}

#[derive(Debug, Args)]
struct Template {
    /// Model whose ecosystems the template offers; default the standard four.
    model: Option<PathBuf>,
    /// Workbook to write.
    #[arg(short, long)]
    output: PathBuf,
}

#[derive(Debug, Args)]
struct Generate {
    /// Number of areas.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=200_000))]
    areas: u64,
    /// Seed: the same seed gives the same files.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder to write to.
    #[arg(short, long)]
    output: PathBuf,
}

#[derive(Debug, Args)]
struct Input {
    /// Model file (.toml).
    model: PathBuf,
    /// Dataset folder or workbook instead of the model's own.
    #[arg(long)]
    data: Option<PathBuf>,
    /// A scenario: a name in scenarios/ beside the model, a path, or names joined by +; repeated ones are stacked.
    #[arg(short = 's', long = "scenario", value_name = "NAME")]
    scenarios: Vec<String>,
    /// A change: PATH=VALUE, PATH=+5%, PATH*=1.1, PATH+=VALUE; may be repeated, and comes after the scenarios.
    #[arg(long = "set", value_name = "CHANGE")]
    changes: Vec<String>,
}

#[derive(Debug, Args)]
struct Allocate {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    solving: Solving,
    /// Form of the result; default what the name of the file says, else a table.
    #[arg(long)]
    format: Option<Format>,
    /// File to write instead of standard output.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Solving {
    /// Seconds for each linear program.
    #[arg(long, value_name = "SECONDS", value_parser = not_negative, allow_negative_numbers = true)]
    time_limit: Option<f64>,
    /// Threads for independent work; results do not depend on it.
    #[arg(long, default_value_t = 1, value_parser = at_least_one, allow_negative_numbers = true)]
    threads: usize,
    /// Seconds of each phase, on standard error.
    #[arg(long)]
    timings: bool,
}

#[derive(Debug, Args)]
struct Explain {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    solving: Solving,
    /// Area code, or exact name.
    #[arg(long)]
    area: String,
    /// Only this ecosystem: id, label or alias.
    #[arg(long)]
    ecosystem: Option<String>,
    /// Loss of each objective allowed for the room of an amount, in per cent.
    #[arg(long, default_value_t = 1.0, value_parser = not_negative, allow_negative_numbers = true)]
    within: f64,
    /// Form of the result: table (sentences) or json.
    #[arg(long, default_value = "table")]
    format: TextFormat,
}

#[derive(Debug, Args)]
struct Export {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    solving: Solving,
    /// File to write; stage K goes to NAME.stageK.mps.
    #[arg(long, value_name = "FILE")]
    mps: PathBuf,
    /// Only the first stage, without solving.
    #[arg(long)]
    first: bool,
}

/// Runs the command line; the result is the exit code: 0 optimal, 1 error, 2 usage, 3 infeasible, 4 limit.
pub fn main() -> u8 {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse(&error),
    };
    let lang = if cli.lang == LangWord::En { Lang::En } else { Lang::Zh };
    if !matches!(cli.command, Command::Sweep(_) | Command::Serve(_)) {
        end_on_interrupt(lang, cli.json);
    }
    let limit = match &cli.command {
        Command::Bargain(command) => command.time_limit,
        Command::Share(command) => command.time_limit,
        _ => None,
    };
    if let Some(limit) = limit {
        end_after(limit, lang, cli.json);
    }
    let result = match &cli.command {
        Command::Allocate(command) => allocate(command, lang, cli.json),
        Command::Check(command) => check(command, lang),
        Command::Compare(command) => compare::run(command, lang),
        Command::Explain(command) => explain(command, lang, cli.json),
        Command::Frontier(command) => frontier::run(command, lang),
        Command::Curve(command) => curve::run(command, lang),
        Command::Ranges(command) => ranges::run(command, lang),
        Command::Alternatives(command) => ranges::run_alternatives(command, lang),
        Command::Export(command) => export(command, lang, cli.json),
        Command::Sweep(command) => sweep::sweep(command, lang),
        Command::Tornado(command) => drivers::tornado(command, lang),
        Command::Sobol(command) => drivers::sobol(command, lang),
        Command::Template(command) => write_template(command, lang),
        Command::Generate(command) => generate(command, lang),
        Command::Bargain(command) => bargain::run(command, lang),
        Command::Negotiate(command) => negotiate::run(command, lang),
        Command::Robust(command) => robust::run(command, lang),
        Command::Share(command) => share::run(command, lang),
        Command::Horizontal(command) => horizontal::run(command, lang),
        Command::Serve(command) => serve::run(command, lang),
        Command::Token(command) => token::run(command, lang),
        Command::Audit(command) => audit::run(command, lang),
    };
    match result {
        Ok(()) => 0,
        Err(failure) => complain(&failure, lang, cli.json),
    }
}

/// Prints a failure; the result is its exit code.
fn complain(failure: &Failure, lang: Lang, json: bool) -> u8 {
    let text = if json { failure.json(lang) } else { failure.text(lang) };
    let _ = writeln!(std::io::stderr(), "{}", text.trim_end());
    failure.exit_code()
}

/// Help and version go to standard output; a command line that cannot be read is a failure like any other.
fn refuse(error: &clap::Error) -> u8 {
    let manner = usage::Manner::guess(std::env::args_os());
    if !error.use_stderr() {
        return match output::standard_output(error.render().to_string().as_bytes()) {
            Ok(()) => 0,
            Err(failure) => complain(&failure, manner.lang, manner.json),
        };
    }
    complain(&usage::failure(error, &commands(std::env::args_os())), manner.lang, manner.json)
}

/// The commands that a word of the command line could have been: those of the command before it that has commands of its own, else all.
fn commands(words: impl Iterator<Item = std::ffi::OsString>) -> Vec<String> {
    let cli = Cli::command();
    let mut within = words.filter_map(|word| cli.find_subcommand(word));
    let within = within.find(|command| command.has_subcommands()).unwrap_or(&cli);
    within.get_subcommands().map(|command| command.get_name().to_owned()).collect()
}

fn inputs(input: &Input) -> Result<run::Inputs, Failure> {
    let changes = scenario::changes(&input.model, &input.scenarios, &input.changes)?;
    Ok(files::open(&input.model, input.data.as_deref(), changes)?)
}

fn options(solving: &Solving) -> SolveOptions {
    let watch = if solving.timings { stopwatch() } else { Watch::default() };
    SolveOptions { time_limit_seconds: solving.time_limit, watch, ..SolveOptions::default() }
}

/// Ctrl-C ends a command at once, with its own exit code; results are written whole or not at all.
fn end_on_interrupt(lang: Lang, json: bool) {
    let end = move || {
        let failure = Failure::Limit(Finding::error("cli.interrupted", Place::default()).into());
        std::process::exit(i32::from(complain(&failure, lang, json)));
    };
    // Refused only where a handler stands already; that one then serves.
    let _ = ctrlc::set_handler(end);
}

/// Ends a command once its time is up, as Ctrl-C would: wherever it is.
fn end_after(seconds: f64, lang: Lang, json: bool) {
    let limit = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
    let end = move || {
        std::thread::sleep(limit);
        let finding = Finding::error("cli.time_limit", Place::default()).with("seconds", seconds.to_string());
        std::process::exit(i32::from(complain(&Failure::Limit(finding.into()), lang, json)))
    };
    if limit.is_zero() {
        end();
    }
    // Without a thread there is no limit, and Ctrl-C still works.
    drop(std::thread::Builder::new().spawn(end));
}

/// Prints how long each phase took.
fn stopwatch() -> Watch {
    let last = Mutex::new(Instant::now());
    Watch::new(move |phase| {
        if let Ok(mut last) = last.lock() {
            let _ = writeln!(std::io::stderr(), "{:>10.6} s  {phase}", last.elapsed().as_secs_f64());
            *last = Instant::now();
        }
    })
}

fn solve(input: &Input, solving: &Solving, keep_programs: bool, notice: Notice) -> Result<run::Solved, Failure> {
    let options = options(solving);
    let prepared = warnings::prepare(&inputs(input)?)?;
    options.watch.ended("read");
    let differences = prepared.differences.clone();
    notice.show(&differences, false);
    let solved = run::solve(prepared, &options, keep_programs);
    if solved.is_err() {
        notice.show(&differences, true);
    }
    let solved = solved?;
    warnings::of_plan(&solved);
    Ok(solved)
}

fn allocate(command: &Allocate, lang: Lang, json: bool) -> Result<(), Failure> {
    let format = Format::choose(command.format, command.output.as_deref())?;
    let is_xlsx = format == Format::Xlsx;
    let in_result = format == Format::Table && command.output.is_none();
    let notice = if in_result { Notice::OnFailure(lang) } else { Notice::Before(lang) };
    let solved = solve(&command.input, &command.solving, is_xlsx, if json { Notice::Never } else { notice })?;
    let record = record(&solved);
    let bytes = match format {
        Format::Table => report::table::allocation(&record, lang).into_bytes(),
        Format::Json => questions::json(&record),
        Format::Csv => questions::csv(&record, lang),
        Format::Xlsx => questions::workbook(&solved, &record, &options(&command.solving), lang)?,
    };
    deliver(&bytes, command.output.as_deref(), lang)
}

fn explain(command: &Explain, lang: Lang, json: bool) -> Result<(), Failure> {
    let notice = if json { Notice::Never } else { Notice::Before(lang) };
    let solved = solve(&command.input, &command.solving, true, notice)?;
    let asked =
        questions::Explain { area: command.area.clone(), ecosystem: command.ecosystem.clone(), within: command.within };
    let explanation = questions::explain(&solved, &asked, &options(&command.solving))?;
    let text = match command.format {
        TextFormat::Json => format!("{}\n", serde_json::to_string_pretty(&explanation).unwrap_or_default()),
        TextFormat::Table => report::explanation::text(&explanation, lang),
    };
    deliver(text.as_bytes(), None, lang)
}

fn check(command: &Input, lang: Lang) -> Result<(), Failure> {
    let prepared = run::prepare(&inputs(command)?)?;
    warnings::show(&warnings::found(&prepared), lang);
    let problem = &prepared.problem;
    if let Some(uncertainty) = &problem.uncertainty {
        crate::evaluation::Inputs::new(uncertainty.inputs.clone(), &prepared)?;
    }
    let line = Phrase::new("cli.checked")
        .with("model", command.model.display().to_string())
        .with("areas", problem.frame.dataset.areas().len().to_string())
        .with("cells", problem.frame.dataset.cells().len().to_string())
        .with("funds", problem.frame.funds.len().to_string())
        .with("rules", problem.rules.len().to_string())
        .with("stages", problem.stages.len().to_string());
    let changes = report::table::changes(&prepared.differences, lang);
    deliver(format!("{}\n{changes}", line.render(lang)).as_bytes(), None, lang)
}

fn export(command: &Export, lang: Lang, json: bool) -> Result<(), Failure> {
    let write = |program: &LinearProgram, number: usize| {
        let text = program.to_mps(&format!("stage{number}"));
        deliver(text.as_bytes(), Some(&stage_path(&command.mps, number)), lang)
    };
    let prepared = warnings::prepare(&inputs(&command.input)?)?;
    let notice = if json { Notice::Never } else { Notice::Before(lang) };
    notice.show(&prepared.differences, false);
    if command.first {
        return write(&run::first_program(&prepared)?, 1);
    }
    match run::solve(prepared, &options(&command.solving), true) {
        Ok(solved) => {
            for (index, stage) in solved.plan.stages.iter().enumerate() {
                if let Some(program) = &stage.program {
                    write(program, index + 1)?;
                }
            }
            Ok(())
        }
        Err(run::RunError::Infeasible(prepared)) => {
            // The program that has no solution is what another solver is to confirm.
            write(&run::first_program(&prepared)?, 1)?;
            Err(run::RunError::Infeasible(prepared).into())
        }
        Err(error) => Err(error.into()),
    }
}

fn write_template(command: &Template, lang: Lang) -> Result<(), Failure> {
    output::need_workbook_name(&command.output)?;
    let specs = match &command.model {
        Some(model) => run::ecosystems_of(&files::read_text(model)?, &model.display().to_string())?,
        None => standard_ecosystems().into_iter().map(|(spec, _)| spec).collect(),
    };
    command.model.iter().for_each(|model| files::protect(model));
    let bytes = dataset::template::template(&specs, lang)
        .map_err(|error| Finding::error("cli.unwritable", Place::default()).with("why", error.to_string()))?;
    deliver(&bytes, Some(&command.output), lang)
}

fn generate(command: &Generate, lang: Lang) -> Result<(), Failure> {
    let areas = usize::try_from(command.areas).unwrap_or(usize::MAX);
    for (name, text) in dataset::synthetic::generate(areas, command.seed).files {
        deliver(text.as_bytes(), Some(&command.output.join(name)), lang)?;
    }
    Ok(())
}

/// `out.mps` → `out.stage1.mps`.
fn stage_path(path: &Path, number: usize) -> PathBuf {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let extension = path.extension().map_or_else(|| "mps".to_owned(), |ext| ext.to_string_lossy().into_owned());
    path.with_file_name(format!("{stem}.stage{number}.{extension}"))
}
