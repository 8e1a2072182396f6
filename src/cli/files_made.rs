//! `ecocomp template` and `ecocomp generate`: files to begin with.

use std::path::PathBuf;

use clap::Args;

use crate::cli::failure::Failure;
use crate::cli::output::{deliver, only};
use crate::cli::usage::Manner;
use crate::finding::{Finding, Place};
use crate::policy::standard_ecosystems;
use crate::report::forms::Form;
use crate::{dataset, files, run};

/// Writes an empty workbook ready to fill.
#[derive(Debug, Args)]
pub(super) struct Template {
    /// Model whose ecosystems the template offers; default the standard four.
    model: Option<PathBuf>,
    /// Workbook to write.
    #[arg(short, long)]
    output: PathBuf,
}

/// Writes a synthetic dataset and model of any size, marked illustrative.
#[derive(Debug, Args)]
pub(super) struct Generate {
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

pub(super) fn template(command: &Template, manner: Manner) -> Result<(), Failure> {
    only(Form::Xlsx, &command.output)?;
    let specs = match &command.model {
        Some(model) => run::ecosystems_of(&files::read_text(model)?, &model.display().to_string())?,
        None => standard_ecosystems().into_iter().map(|(spec, _)| spec).collect(),
    };
    command.model.iter().for_each(|model| files::protect(model));
    let bytes = dataset::template::template(&specs, manner.lang)
        .map_err(|error| Finding::error("cli.unwritable", Place::default()).with("why", error.to_string()))?;
    deliver(&bytes, Some(&command.output), manner.lang)
}

pub(super) fn generate(command: &Generate, manner: Manner) -> Result<(), Failure> {
    let areas = usize::try_from(command.areas).unwrap_or(usize::MAX);
    let made = dataset::synthetic::generate(areas, command.seed).files;
    let made: Vec<(PathBuf, String)> = made.into_iter().map(|(name, text)| (command.output.join(name), text)).collect();
    // All of them or none: a dataset of two halves is none.
    made.iter().try_for_each(|(path, _)| files::writable(path))?;
    made.iter().try_for_each(|(path, text)| deliver(text.as_bytes(), Some(path), manner.lang))
}
