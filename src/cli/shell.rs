//! `ecocomp completion` and `ecocomp man`: what a shell and `man` know of the commands.

use clap::{Args, ValueEnum};
use clap_complete::generate;
use clap_complete::shells::{Bash, Fish, PowerShell, Zsh};

use crate::cli::failure::Failure;
use crate::cli::help;
use crate::cli::output::deliver;
use crate::cli::usage::Manner;

/// Writes the completion of commands and options for a shell.
#[derive(Debug, Args)]
pub(super) struct Completion {
    /// Shell it is for.
    shell: Shell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lowercase")]
enum Shell {
    Bash,
    Zsh,
    Fish,
    #[value(name = "powershell")]
    Power,
}

/// Writes the manual page.
#[derive(Debug, Args)]
pub(super) struct Man {}

/// The completion of these commands.
pub(super) fn completion(command: &Completion, commands: clap::Command, manner: Manner) -> Result<(), Failure> {
    let mut commands = help::spoken(commands, manner.lang);
    let mut text = Vec::new();
    match command.shell {
        Shell::Bash => generate(Bash, &mut commands, "ecocomp", &mut text),
        Shell::Zsh => generate(Zsh, &mut commands, "ecocomp", &mut text),
        Shell::Fish => generate(Fish, &mut commands, "ecocomp", &mut text),
        Shell::Power => generate(PowerShell, &mut commands, "ecocomp", &mut text),
    }
    deliver(&text, None, manner.lang)
}

/// The manual page of these commands.
pub(super) fn man(_: &Man, commands: &clap::Command, manner: Manner) -> Result<(), Failure> {
    let text = help::manual(commands, manner.lang);
    deliver(text.as_bytes(), None, manner.lang)
}
