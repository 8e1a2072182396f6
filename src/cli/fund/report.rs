//! `fund report`: tables and charts over a year.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::failure::Failure;
use crate::cli::fund::after::{Read, read};
use crate::cli::fund::{date_of, today};
use crate::cli::output::Delivery;
use crate::cli::usage::Manner;
use crate::ledger::reports::{self, Flows};
use crate::ledger::sheet::Sheet;
use crate::ledger_folder::Folder;

/// A report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Word {
    /// Progress by month against the plan.
    Progress,
    /// Age of what is unspent.
    Age,
    /// Flow from fund over area to channel.
    Flow,
}

#[derive(Debug, Args)]
pub(super) struct Report {
    /// Folder of the ledger.
    ledger: PathBuf,
    /// Report: progress by month, age of what is unspent, flow from fund over area to channel.
    #[arg(value_enum)]
    report: Word,
    /// Budget year; default that of the day.
    #[arg(long)]
    year: Option<i32>,
    /// As of this day; default today.
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    #[command(flatten)]
    delivery: Delivery<Sheet>,
}

pub(super) fn run(command: &Report, manner: Manner) -> Result<(), Failure> {
    command.delivery.form()?;
    let day = date_of("on", command.on.as_ref())?.unwrap_or_else(today);
    let year = command.year.unwrap_or_else(|| day.year());
    let sheet = match command.report {
        Word::Flow => {
            let folder = Folder::open(&command.ledger)?;
            let mut flows = Flows::default();
            folder.replay(&mut |event, _, _| {
                if event.date <= day {
                    flows.add(event, year);
                }
            })?;
            flows.sheet(&folder.book, year)
        }
        word => {
            let Read { folder, rules, balances, journal } = read(&command.ledger, None)?;
            match word {
                Word::Age => reports::ages(&balances, &journal, &folder.book, &rules, day),
                _ => reports::progress(&journal, &balances, &folder.book, (year, day)),
            }
        }
    };
    command.delivery.deliver(&sheet, manner.lang)
}
