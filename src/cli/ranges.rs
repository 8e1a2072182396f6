//! `ecocomp ranges` and `ecocomp alternatives`: what else would be nearly as good.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::analysis::alternatives::{Wanted, alternatives};
use crate::analysis::ranges::{By, Question, ranges};
use crate::cli::failure::Failure;
use crate::cli::scenario::Notice;
use crate::cli::{Input, Solving, deliver, options, pretty, solve};
use crate::finding::{Finding, Place};
use crate::phrases::Lang;
use crate::policy::reader::unknown_word;
use crate::report;
use crate::rules::Frame;

/// Arguments of `ecocomp ranges`.
#[derive(Debug, Args)]
pub(super) struct Ranges {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    solving: Solving,
    /// Loss of each objective allowed, in per cent.
    #[arg(long, value_name = "PERCENT", default_value_t = 1.0)]
    within: f64,
    /// Only this area (code or exact name); may be repeated.
    #[arg(long)]
    area: Vec<String>,
    /// Only this ecosystem; may be repeated.
    #[arg(long)]
    ecosystem: Vec<String>,
    /// Every amount, or the sums of areas or ecosystems.
    #[arg(long, default_value = "cell")]
    by: ByWord,
    /// Form of the result.
    #[arg(long, default_value = "table")]
    format: Form,
    /// File to write instead of standard output.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

/// Arguments of `ecocomp alternatives`.
#[derive(Debug, Args)]
pub(super) struct Alternatives {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    solving: Solving,
    /// Loss of each objective allowed, in per cent.
    #[arg(long, value_name = "PERCENT", default_value_t = 1.0)]
    within: f64,
    /// How many plans at most.
    #[arg(long, default_value_t = 5)]
    count: usize,
    /// Seed of the drawn directions: the same seed gives the same plans.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Form of the result.
    #[arg(long, default_value = "table")]
    format: PlanForm,
    /// File to write instead of standard output.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ByWord {
    Cell,
    Area,
    Ecosystem,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Table,
    Json,
    Csv,
    Xlsx,
    Svg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PlanForm {
    Table,
    Json,
    Csv,
}

/// Most plans of one call: each is compared with all before it.
const MOST_PLANS: usize = 100;

pub(super) fn run(command: &Ranges, lang: Lang) -> Result<(), Failure> {
    if command.format == Form::Xlsx && command.output.is_none() {
        return Err(Finding::error("cli.needs_output", Place::file("--format xlsx")).into());
    }
    let solved = solve(&command.input, &command.solving, false, Notice::Before(lang))?;
    let question = question(command, &solved.prepared.problem.frame)?;
    let options = options(&command.solving);
    let found = ranges(&solved, &question, &options)?;
    options.watch.ended("ranges");
    let bytes = match command.format {
        Form::Table => report::ranges::text(&found, lang).into_bytes(),
        Form::Json => pretty(&found),
        Form::Csv => report::ranges::csv(&found, lang),
        Form::Xlsx => report::ranges::workbook(&found, lang)
            .map_err(|error| Finding::error("cli.unwritable", Place::default()).with("why", error.to_string()))?,
        Form::Svg => report::ranges::svg(&found, lang).into_bytes(),
    };
    deliver(&bytes, command.output.as_deref(), lang)
}

fn question(command: &Ranges, frame: &Frame) -> Result<Question, Failure> {
    let mut areas = Vec::new();
    for word in &command.area {
        let Some(area) = frame.area_of(word) else {
            let words = frame.dataset.areas().iter().flat_map(|area| [area.code.as_str(), area.name.as_str()]);
            return Err(unknown_word(Place::file("--area"), word, words).into());
        };
        areas.push(area);
    }
    for word in &command.ecosystem {
        if !frame.ecosystems.iter().any(|(id, _)| id == word) {
            let words = frame.ecosystems.iter().map(|(id, _)| id.as_str());
            return Err(unknown_word(Place::file("--ecosystem"), word, words).into());
        }
    }
    Ok(Question {
        within: command.within / 100.0,
        by: match command.by {
            ByWord::Cell => By::Cell,
            ByWord::Area => By::Area,
            ByWord::Ecosystem => By::Ecosystem,
        },
        areas,
        ecosystems: command.ecosystem.clone(),
        threads: command.solving.threads,
    })
}

pub(super) fn run_alternatives(command: &Alternatives, lang: Lang) -> Result<(), Failure> {
    if !(1..=MOST_PLANS).contains(&command.count) {
        let finding = Finding::error("ranges.count", Place::file("--count"));
        return Err(finding.with("count", command.count.to_string()).with("most", MOST_PLANS.to_string()).into());
    }
    let solved = solve(&command.input, &command.solving, false, Notice::Before(lang))?;
    let wanted = Wanted {
        within: command.within / 100.0,
        count: command.count,
        seed: command.seed,
        threads: command.solving.threads,
    };
    let found = alternatives(&solved, &wanted, &options(&command.solving))?;
    let bytes = match command.format {
        PlanForm::Table => report::alternatives::text(&found, lang).into_bytes(),
        PlanForm::Json => pretty(&found),
        PlanForm::Csv => report::alternatives::csv(&found, lang),
    };
    deliver(&bytes, command.output.as_deref(), lang)
}
