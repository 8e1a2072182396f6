//! `ecocomp export`: the exact linear programs.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::failure::Failure;
use crate::cli::output::{deliver, only};
use crate::cli::question::{Input, Solving, inputs, notice};
use crate::cli::usage::Manner;
use crate::cli::warnings;
use crate::lp::LinearProgram;
use crate::report::forms::Form;
use crate::{files, run};

/// Writes the exact linear program of each stage as MPS.
#[derive(Debug, Args)]
pub(super) struct Export {
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

pub(super) fn run(command: &Export, manner: Manner) -> Result<(), Failure> {
    only(Form::Mps, &command.mps)?;
    let write = |program: &LinearProgram, number: usize| {
        let text = program.to_mps(&format!("stage{number}"));
        deliver(text.as_bytes(), Some(&stage_path(&command.mps, number)), manner.lang)
    };
    let prepared = warnings::prepare(&inputs(&command.input)?, manner)?;
    notice(&prepared.differences, manner);
    let stages = if command.first { 1 } else { prepared.problem.stages.len().max(1) };
    (1..=stages).try_for_each(|number| files::writable(&stage_path(&command.mps, number)))?;
    if command.first {
        return write(&run::first_program(&prepared)?, 1);
    }
    match run::solve(prepared, &command.solving.options(), true) {
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

/// `out.mps` → `out.stage1.mps`.
fn stage_path(path: &Path, number: usize) -> PathBuf {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let extension = path.extension().map_or_else(|| "mps".to_owned(), |ext| ext.to_string_lossy().into_owned());
    path.with_file_name(format!("{stem}.stage{number}.{extension}"))
}
