//! `ecocomp allocate`.

use clap::Args;

use crate::cli::failure::Failure;
use crate::cli::output::Delivery;
use crate::cli::question::{Input, Solving, inputs, notice};
use crate::cli::usage::Manner;
use crate::cli::warnings;
use crate::finding::{Finding, Place};
use crate::questions::Allocated;
use crate::report::forms::Form;
use crate::report::paper::Paper;
use crate::run;

/// Allocates the funds of a model: solved, proved, rounded exactly.
#[derive(Debug, Args)]
pub(super) struct Allocate {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    solving: Solving,
    #[command(flatten)]
    paper: Paper,
    #[command(flatten)]
    delivery: Delivery<Allocated>,
}

pub(super) fn run(command: &Allocate, manner: Manner) -> Result<(), Failure> {
    let form = command.delivery.form()?;
    command.paper.checked().map_err(Failure::usage)?;
    if !matches!(form, Form::Xlsx | Form::Docx) && !command.paper.is_plain() {
        let options = "--unit, --date, --title, --to, --office";
        let finding = Finding::error("paper.only_on_paper", Place::file(options));
        return Err(Failure::usage(finding));
    }
    let options = command.solving.options();
    let prepared = warnings::prepare(&inputs(&command.input)?, manner)?;
    command.delivery.ready()?;
    options.watch.ended("read");
    let differences = prepared.differences.clone();
    // A printed table begins with the changes; elsewhere, and where there is none, they are shown beside it.
    let in_result = form == Form::Table && command.delivery.is_printed();
    if !in_result {
        notice(&differences, manner);
    }
    let solved = run::solve(prepared, &options, form == Form::Xlsx);
    if solved.is_err() && in_result {
        notice(&differences, manner);
    }
    let solved = solved?;
    warnings::of_plan(&solved, manner);
    command.delivery.deliver(&Allocated::of(solved, options, command.paper.clone()), manner.lang)
}
