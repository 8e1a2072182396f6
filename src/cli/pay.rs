//! `ecocomp horizontal pay`: who supplies whom, and the payments that all can accept.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::failure::Failure;
use crate::cli::output::Delivery;
use crate::cli::question::{Limit, completed};
use crate::cli::usage::Manner;
use crate::files;
use crate::finding::{Finding, Place};
use crate::horizontal::payment::reading::{Read, parse};
use crate::horizontal::payment::{Answer, Status};
use crate::questions::{fill, is_whole, pay_case};

/// Arguments of `ecocomp horizontal pay`.
#[derive(Debug, Args)]
pub(super) struct Pay {
    /// Case file (.toml, .json) of areas, service flows, parties and the deal.
    case: PathBuf,
    #[command(flatten)]
    limit: Limit,
    #[command(flatten)]
    delivery: Delivery<Answer>,
}

pub(super) fn run(command: &Pay, manner: Manner) -> Result<(), Failure> {
    command.delivery.form()?;
    let case = open(&command.case)?;
    command.delivery.ready()?;
    let answer = pay_case(&case, &command.limit.begin(manner))?;
    command.delivery.deliver(&answer, manner.lang)?;
    match answer.status {
        Status::Deal => completed(is_whole(&answer), &command.case),
        // The answer is written, and says why; the exit code says that there is no deal.
        Status::Infeasible => {
            let place = Place::file(command.case.display().to_string());
            Err(Failure::Infeasible(Finding::error("payment.infeasible", place).into(), None))
        }
    }
}

/// Reads a case file and the tables it names.
fn open(path: &Path) -> Result<Read, Failure> {
    files::protect(path);
    let mut case = parse(&files::read_text(path)?, &path.display().to_string())?;
    let folder = path.parent().unwrap_or(Path::new(""));
    fill(&mut case, &mut |_, name| files::tables(&folder.join(name)))?;
    Ok(case)
}
