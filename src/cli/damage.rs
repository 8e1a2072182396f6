//! `ecocomp damage …`: the damage fund.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::cli::failure::Failure;
use crate::cli::fund::{date_of, today};
use crate::cli::output::Delivery;
use crate::cli::usage::Manner;
use crate::files;
use crate::ledger::damage::{self, Cases, DamageRules, Due};
use crate::ledger::date::Date;
use crate::ledger::sheet::Sheet;

/// Ecological damage: cases, what is due, what enters the fund and what it is used for.
#[derive(Debug, Args)]
pub(super) struct Damage {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Cases: heads of claim, what was paid and accepted, what is still due.
    Due(Asked),
    /// What came into the fund and what was used, day by day and case by case.
    Ledger(Asked),
    /// What was used of what was received, and how long the rest lies idle.
    Use(Asked),
}

#[derive(Debug, Args)]
struct Asked {
    /// Folder of the cases: cases.toml and rules.toml.
    cases: PathBuf,
    /// As of this day; default today.
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    #[command(flatten)]
    delivery: Delivery<Sheet>,
}

fn opened(folder: &Path, day: Date) -> Result<(Cases, DamageRules, Vec<Due>), Failure> {
    let text = |name: &str| {
        let path = folder.join(name);
        files::protect(&path);
        Ok::<_, Failure>((path.display().to_string(), files::read_text(&path)?))
    };
    let (name, rules) = text("rules.toml")?;
    let rules = DamageRules::read(&rules, &name)?;
    let (name, cases) = text("cases.toml")?;
    let cases = Cases::read(&cases, &name, &rules)?;
    let due = damage::due(&cases, &rules, day)?;
    Ok((cases, rules, due))
}

pub(super) fn run(command: &Damage, manner: Manner) -> Result<(), Failure> {
    let (Command::Due(asked) | Command::Ledger(asked) | Command::Use(asked)) = &command.command;
    asked.delivery.form()?;
    let day = date_of("on", asked.on.as_ref())?.unwrap_or_else(today);
    let (cases, rules, due) = opened(&asked.cases, day)?;
    let sheet = match &command.command {
        Command::Due(_) => damage::due_sheet(&cases, &due, day),
        Command::Ledger(_) => damage::ledger_sheet(&cases, &damage::movements(&cases, &rules, day), day),
        Command::Use(_) => damage::use_sheet(&cases, &rules, &due, day),
    };
    asked.delivery.deliver(&sheet, manner.lang)
}
