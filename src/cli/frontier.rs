//! `ecocomp frontier`: what one objective costs in another.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::failure::Failure;
use crate::cli::scenario::Notice;
use crate::cli::{Input, Solving, deliver, options, pretty, solve};
use crate::phrases::Lang;
use crate::{questions, report};

/// Arguments of `ecocomp frontier`.
#[derive(Debug, Args)]
pub(super) struct Frontier {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    solving: Solving,
    /// First objective: max_min_coverage, min_deviation_l1, min_deviation_linf or max_outcome_benefit.
    #[arg(long, value_name = "KIND", default_value = "max_min_coverage")]
    first: String,
    /// Second objective.
    #[arg(long, value_name = "KIND", default_value = "max_outcome_benefit")]
    second: String,
    /// Leaves cells out of the worst coverage that no plan lifts above it (held down by their own cap or gate).
    #[arg(long)]
    beside_capped: bool,
    /// Form of the result.
    #[arg(long, default_value = "table")]
    format: ChartFormat,
    /// File to write instead of standard output.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

/// Forms of a result that can be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ChartFormat {
    /// Terminal table.
    Table,
    /// JSON.
    Json,
    /// CSV.
    Csv,
    /// SVG chart.
    Svg,
}

pub(super) fn run(command: &Frontier, lang: Lang) -> Result<(), Failure> {
    let solved = solve(&command.input, &command.solving, false, Notice::Before(lang))?;
    let asked = questions::Frontier {
        first: command.first.clone(),
        second: command.second.clone(),
        beside_capped: command.beside_capped,
    };
    let found = questions::frontier(&solved, &asked, &options(&command.solving))?;
    let bytes = match command.format {
        ChartFormat::Table => report::frontier::text(&found, lang).into_bytes(),
        ChartFormat::Json => pretty(&found),
        ChartFormat::Csv => report::frontier::csv(&found, lang),
        ChartFormat::Svg => report::frontier::svg(&found, lang).into_bytes(),
    };
    deliver(&bytes, command.output.as_deref(), lang)
}
