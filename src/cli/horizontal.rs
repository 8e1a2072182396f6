//! `ecocomp horizontal …`: compensation between governments.

use clap::{Args, Subcommand};

use crate::cli::failure::Failure;
use crate::cli::pay;
use crate::phrases::Lang;

/// Arguments of `ecocomp horizontal`.
#[derive(Debug, Args)]
pub(super) struct Horizontal {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Who supplies whom, and the payments that all parties can accept (供给受益与支付).
    Pay(pay::Pay),
}

pub(super) fn run(command: &Horizontal, lang: Lang) -> Result<(), Failure> {
    match &command.command {
        Command::Pay(command) => pay::run(command, lang),
    }
}
