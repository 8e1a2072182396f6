//! `ecocomp compare`: scenarios side by side, and their differences attributed.

use std::path::PathBuf;

use clap::Args;

use crate::cli::failure::Failure;
use crate::cli::{Format, Solving, deliver, options, scenario, warnings};
use crate::files;
use crate::finding::{Finding, Findings, Place};
use crate::phrases::Lang;
use crate::questions::{self, Attribute};
use crate::report::compare as report;

#[derive(Debug, Args)]
pub(super) struct Compare {
    /// Model file (TOML).
    model: PathBuf,
    /// Dataset folder or workbook instead of the model's own.
    #[arg(long)]
    data: Option<PathBuf>,
    /// A scenario: a name in scenarios/ beside the model, a path, names joined by +, `base`, or changes written out
    /// (`[NAME:] CHANGE; CHANGE`); repeated ones are compared.
    #[arg(short = 's', long = "scenario", value_name = "NAME", required = true)]
    scenarios: Vec<String>,
    /// A change on top of every scenario: PATH=VALUE, PATH=+5%, PATH*=1.1, PATH+=VALUE; may be repeated.
    #[arg(long = "set", value_name = "CHANGE")]
    changes: Vec<String>,
    /// Puts the model as it stands first; so does a comparison of one scenario alone.
    #[arg(long)]
    base: bool,
    #[command(flatten)]
    solving: Solving,
    /// Form of the result.
    #[arg(long, default_value = "table")]
    format: Format,
    /// File to write instead of standard output.
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// Folder for charts as SVG.
    #[arg(long, value_name = "DIR")]
    charts: Option<PathBuf>,
    /// Attributes each difference against the first scenario: to single changes, or to the scenarios of a stack.
    #[arg(long, value_name = "PLAYERS", num_args = 0..=1, default_missing_value = "changes")]
    attribute: Option<Attribute>,
}

pub(super) fn run(command: &Compare, lang: Lang) -> Result<(), Failure> {
    if command.format == Format::Xlsx && command.output.is_none() {
        return Err(Finding::error("cli.needs_output", Place::file("--format xlsx")).into());
    }
    let asked =
        questions::Compare { scenarios: command.scenarios.clone(), base: command.base, attribute: command.attribute };
    let on_top = scenario::changes(&command.model, &[], &command.changes)?;
    let scenarios = questions::columns(&asked, &on_top, &mut |word| files::scenario(&command.model, word))?;
    let inputs = files::open(&command.model, command.data.as_deref(), Vec::new())?;
    let base = warnings::prepare(&inputs)?;
    let solving = (&options(&command.solving), command.solving.threads);
    let comparison = questions::compare(&base, &scenarios, asked.attribute, solving)?;
    for (name, svg) in command.charts.iter().flat_map(|_| report::charts(&comparison, lang)) {
        let path = command.charts.as_ref().map(|folder| folder.join(name));
        deliver(svg.as_bytes(), path.as_deref(), lang)?;
    }
    let bytes = match command.format {
        Format::Table => report::table(&comparison, lang).into_bytes(),
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&comparison).unwrap_or_default()).into_bytes(),
        Format::Csv => report::csv(&comparison, lang),
        Format::Xlsx => report::workbook(&comparison, lang)
            .map_err(|error| Finding::error("cli.unwritable", Place::default()).with("why", error.to_string()))?,
    };
    deliver(&bytes, command.output.as_deref(), lang)?;
    // The comparison stands; what was asked for beside it does not exist.
    let refused = comparison.attributions.iter().filter(|part| part.status != "exact").map(|part| {
        let place = Place::file(format!("{} → {}", part.from, part.to));
        Finding::error("compare.not_attributed", place).with("count", part.without_plan.len().to_string())
    });
    let refused: Vec<Finding> = refused.collect();
    if refused.is_empty() { Ok(()) } else { Err(Failure::Infeasible(Findings(refused), None)) }
}
