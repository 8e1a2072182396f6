//! `ecocomp ranges` and `ecocomp alternatives`: what else would be nearly as good.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::failure::Failure;
use crate::cli::scenario::Notice;
use crate::cli::{Input, Solving, deliver, options, pretty, solve};
use crate::finding::{Finding, Place};
use crate::phrases::Lang;
use crate::questions::{self, ByWord};
use crate::report;

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

pub(super) fn run(command: &Ranges, lang: Lang) -> Result<(), Failure> {
    if command.format == Form::Xlsx && command.output.is_none() {
        return Err(Finding::error("cli.needs_output", Place::file("--format xlsx")).into());
    }
    let solved = solve(&command.input, &command.solving, false, Notice::Before(lang))?;
    let options = options(&command.solving);
    let found = questions::ranges(&solved, &question(command), (&options, command.solving.threads))?;
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

fn question(command: &Ranges) -> questions::Ranges {
    questions::Ranges {
        within: command.within,
        areas: command.area.clone(),
        ecosystems: command.ecosystem.clone(),
        by: command.by,
    }
}

pub(super) fn run_alternatives(command: &Alternatives, lang: Lang) -> Result<(), Failure> {
    let solved = solve(&command.input, &command.solving, false, Notice::Before(lang))?;
    let asked = questions::Alternatives { within: command.within, count: command.count, seed: command.seed };
    let found = questions::alternatives(&solved, &asked, (&options(&command.solving), command.solving.threads))?;
    let bytes = match command.format {
        PlanForm::Table => report::alternatives::text(&found, lang).into_bytes(),
        PlanForm::Json => pretty(&found),
        PlanForm::Csv => report::alternatives::csv(&found, lang),
    };
    deliver(&bytes, command.output.as_deref(), lang)
}
