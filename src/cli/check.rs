//! `ecocomp check`.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::failure::Failure;
use crate::cli::output::Delivery;
use crate::cli::question::{Input, inputs};
use crate::cli::usage::Manner;
use crate::cli::warnings;
use crate::evaluation::Inputs;
use crate::finding::{Finding, Findings};
use crate::office::table::{self, File};
use crate::phrases::Phrase;
use crate::questions::understood::Before;
use crate::questions::{CheckDocument, FindingPart};
use crate::report::forms::Form;
use crate::run::{self, Prepared, RunError};
use crate::solver::SolveOptions;
use crate::{dataset, files, report};

/// From so many amounts on no plan is looked for here.
const TRIED_BELOW: usize = 20_000;
/// Seconds for each linear program of the trial.
const SECONDS: f64 = 20.0;

/// Checks model and data: what was understood, what is wrong, and whether there is a plan.
#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    input: Input,
    /// Last year's file to compare with: an office's table, a dataset or a workbook.
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    #[command(flatten)]
    delivery: Delivery<CheckDocument>,
}

pub(super) fn run(command: &Check, manner: Manner) -> Result<(), Failure> {
    let lang = manner.lang;
    let form = command.delivery.form()?;
    let prepared = run::prepare(&inputs(&command.input)?)?;
    command.delivery.ready()?;
    let problem = &prepared.problem;
    if let Some(uncertainty) = &problem.uncertainty {
        Inputs::new(uncertainty.inputs.clone(), &prepared)?;
    }
    let mut document = CheckDocument::of(Ok(&prepared), lang);
    let unusual = document.understood.as_ref().map(|understood| understood.implausible(&prepared)).unwrap_or_default();
    let moved = match &command.against {
        Some(path) => before(path, &prepared)?.compare(&prepared),
        None => Vec::new(),
    };
    document.findings.extend(moved.iter().map(|finding| FindingPart::of(finding, lang)));
    let options = SolveOptions { time_limit_seconds: Some(SECONDS), ..SolveOptions::default() };
    let tried = (problem.frame.amounts.len() < TRIED_BELOW).then(|| run::solve(prepared.clone(), &options, false));
    document.plan = Some(match &tried {
        Some(Ok(_)) => "feasible",
        Some(Err(RunError::Infeasible(_) | RunError::Unroundable(..))) => "infeasible",
        _ => "open",
    });
    if form != Form::Json {
        let found: Vec<Finding> = warnings::found(&prepared).into_iter().chain(unusual).chain(moved).collect();
        warnings::show(&found, lang);
        if command.delivery.is_printed() && document.plan != Some("infeasible") {
            let line = Phrase::new("cli.checked")
                .with("model", command.input.model.display().to_string())
                .with("areas", problem.frame.dataset.areas().len().to_string())
                .with("cells", problem.frame.dataset.cells().len().to_string())
                .with("funds", problem.frame.funds.len().to_string())
                .with("rules", problem.rules.len().to_string())
                .with("stages", problem.stages.len().to_string());
            let changes = report::table::changes(&prepared.differences, lang);
            crate::cli::output::standard_output(format!("{}\n{changes}", line.render(lang)).as_bytes())?;
        }
    }
    command.delivery.deliver(&document, lang)?;
    match tried {
        Some(Err(error @ (RunError::Infeasible(_) | RunError::Unroundable(..)))) => Err(Failure::of(error, &options)),
        _ => Ok(()),
    }
}

/// The figures of another file: a dataset that the model could read, or an office's own table.
fn before(path: &Path, prepared: &Prepared) -> Result<Before, Failure> {
    let name = path.display().to_string();
    let specs: Vec<_> = prepared.problem.head.ecosystems.iter().map(|(spec, _)| spec.clone()).collect();
    if let Ok((dataset, _)) = dataset::read(&files::source(path)?, &specs) {
        return Ok(Before::of(&name, &dataset));
    }
    let file = File { name: name.clone(), bytes: files::table_bytes(path)? };
    let (facts, _) = table::read(&[file], &[]).map_err(|findings: Findings| Failure::from(findings))?;
    Ok(Before::of_table(&name, &facts))
}
