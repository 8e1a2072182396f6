//! `ecocomp check`.

use clap::Args;

use crate::cli::failure::Failure;
use crate::cli::output::deliver;
use crate::cli::question::{Input, inputs};
use crate::cli::usage::Manner;
use crate::cli::warnings;
use crate::evaluation::Inputs;
use crate::phrases::Phrase;
use crate::{report, run};

/// Checks model and data without solving.
#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    input: Input,
}

pub(super) fn run(command: &Check, manner: Manner) -> Result<(), Failure> {
    let lang = manner.lang;
    let prepared = run::prepare(&inputs(&command.input)?)?;
    warnings::show(&warnings::found(&prepared), lang);
    let problem = &prepared.problem;
    if let Some(uncertainty) = &problem.uncertainty {
        Inputs::new(uncertainty.inputs.clone(), &prepared)?;
    }
    let line = Phrase::new("cli.checked")
        .with("model", command.input.model.display().to_string())
        .with("areas", problem.frame.dataset.areas().len().to_string())
        .with("cells", problem.frame.dataset.cells().len().to_string())
        .with("funds", problem.frame.funds.len().to_string())
        .with("rules", problem.rules.len().to_string())
        .with("stages", problem.stages.len().to_string());
    let changes = report::table::changes(&prepared.differences, lang);
    deliver(format!("{}\n{changes}", line.render(lang)).as_bytes(), None, lang)
}
