//! `ecocomp compare`: scenarios side by side, and their differences attributed.

use std::path::PathBuf;

use clap::Args;

use crate::analysis::compare::Comparison;
use crate::cli::failure::Failure;
use crate::cli::output::{Delivery, deliver};
use crate::cli::question::Solving;
use crate::cli::scenario;
use crate::cli::usage::Manner;
use crate::cli::warnings;
use crate::files;
use crate::finding::{Finding, Findings, Place};
use crate::questions::{self, Attribute};
use crate::report::compare as report;

/// Puts scenarios side by side, and attributes their differences to single changes.
#[derive(Debug, Args)]
pub(super) struct Compare {
    /// Model file (.toml), or workbook with a model (.xlsx).
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
    #[command(flatten)]
    delivery: Delivery<Comparison>,
    /// Folder for charts as SVG.
    #[arg(long, value_name = "DIR")]
    charts: Option<PathBuf>,
    /// Attributes each difference against the first scenario: to single changes, or to the scenarios of a stack.
    #[arg(long, value_name = "PLAYERS", num_args = 0..=1, default_missing_value = "changes")]
    attribute: Option<Attribute>,
}

pub(super) fn run(command: &Compare, manner: Manner) -> Result<(), Failure> {
    command.delivery.form()?;
    let asked =
        questions::Compare { scenarios: command.scenarios.clone(), base: command.base, attribute: command.attribute };
    let on_top = scenario::changes(&command.model, &[], &command.changes)?;
    let scenarios = questions::columns(&asked, &on_top, &mut |word| files::scenario(&command.model, word))?;
    let inputs = files::open(&command.model, command.data.as_deref(), Vec::new())?;
    let base = warnings::prepare(&inputs, manner)?;
    command.delivery.ready()?;
    let solving = (&command.solving.options(), command.solving.threads(false));
    let comparison = questions::compare(&base, &scenarios, asked.attribute, solving)?;
    if let Some(folder) = &command.charts {
        let charts = report::charts(&comparison, manner.lang);
        charts.iter().try_for_each(|(name, _)| files::writable(&folder.join(name)))?;
        charts.iter().try_for_each(|(name, svg)| deliver(svg.as_bytes(), Some(&folder.join(name)), manner.lang))?;
    }
    command.delivery.deliver(&comparison, manner.lang)?;
    // The comparison stands; what was asked for beside it does not exist.
    let refused = comparison.attributions.iter().filter(|part| part.status != "exact").map(|part| {
        let place = Place::file(format!("{} → {}", part.from, part.to));
        Finding::error("compare.not_attributed", place).with("count", part.without_plan.len().to_string())
    });
    let refused: Vec<Finding> = refused.collect();
    if refused.is_empty() { Ok(()) } else { Err(Failure::Infeasible(Findings(refused), None)) }
}
