//! `ecocomp horizontal …`: agreements between governments, settled.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::cli::failure::Failure;
use crate::cli::output::{Delivery, deliver, say};
use crate::cli::pay;
use crate::cli::usage::Manner;
use crate::horizontal::agreement::{self, Opened};
use crate::horizontal::settlement::{self, Settlement};
use crate::phrases::{Lang, Phrase, Text};
use crate::{files, questions, report};

/// Agreements between governments: checked, settled; supply, benefit and payments.
#[derive(Debug, Args)]
pub(super) struct Horizontal {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Who supplies whom, and the payments that all parties can accept.
    Pay(pay::Pay),
    /// From monitoring data to index, tier, who pays whom, and the ledger.
    Settle(Settle),
    /// Checks an agreement file without data.
    Check(Check),
}

/// Arguments of `settle`.
#[derive(Debug, Args)]
struct Settle {
    /// Agreement file (.toml or .json).
    agreement: PathBuf,
    /// Monitoring data (.csv or .xlsx); may be repeated, for instance for base years.
    #[arg(long, value_name = "FILE")]
    monitoring: Vec<PathBuf>,
    /// The year to settle; default every year of the term with data.
    #[arg(long)]
    year: Option<i32>,
    #[command(flatten)]
    delivery: Delivery<Settlement>,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
struct Check {
    /// Agreement file (.toml or .json).
    agreement: PathBuf,
}

pub(super) fn run(command: &Horizontal, manner: Manner) -> Result<(), Failure> {
    match &command.command {
        Command::Pay(command) => pay::run(command, manner),
        Command::Settle(command) => settle(command, manner.lang),
        Command::Check(command) => check(command, manner.lang),
    }
}

fn open(path: &Path) -> Result<Opened, Failure> {
    files::protect(path);
    let text = files::read_text(path)?;
    Ok(agreement::read(&text, &path.display().to_string())?)
}

fn settle(command: &Settle, lang: Lang) -> Result<(), Failure> {
    command.delivery.form()?;
    let opened = open(&command.agreement)?;
    let mut tables = Vec::new();
    for path in &command.monitoring {
        tables.push((path.display().to_string(), files::table_bytes(path)?));
    }
    command.delivery.ready()?;
    let settled = questions::settle((&opened, &opened.places()), &tables, command.year)?;
    for warning in &settled.warnings {
        let word = Phrase::new("cli.warning").render(lang);
        say(&format!("{word}: {}", warning.get(lang)));
    }
    command.delivery.deliver(&settled, lang)
}

fn check(command: &Check, lang: Lang) -> Result<(), Failure> {
    let opened = open(&command.agreement)?;
    let agreement = &opened.agreement;
    let mut text = Phrase::new("settle.checked")
        .with("agreement", command.agreement.display().to_string())
        .with("parties", agreement.party.len().to_string())
        .with("sections", agreement.section.len().to_string())
        .with("measures", agreement.measure.len().to_string())
        .with("clauses", agreement.clause.len().to_string())
        .render(lang);
    text.push('\n');
    if !agreement.river.flows.is_empty() {
        let on_river = |party: &&str| agreement.river.flows.iter().flatten().any(|known| known == party);
        let parties = agreement.downstream_order().into_iter().filter(on_river);
        let names: Vec<Text> = parties.map(|party| agreement.party_name(party)).collect();
        let order: Vec<&str> = names.iter().map(|name| name.get(lang)).collect();
        text.push_str(&Phrase::new("settle.checked_river").with("order", order.join(" → ")).render(lang));
        text.push('\n');
    }
    for (index, clause) in agreement.clause.iter().enumerate() {
        let confirmed = clause.confirmed.unwrap_or(agreement.agreement.confirmed);
        let line = Phrase::new("settle.checked_clause")
            .with("number", (index + 1).to_string())
            .with("title", clause.title.0.clone())
            .with("kind", clause.kind_name())
            .with("confirmed", confirmed.name())
            .with("basis", &clause.basis);
        text.push_str(&line.render(lang));
        text.push('\n');
    }
    for standing in &agreement.standing {
        text.push_str(&report::settlement::standing_line(&settlement::standing(agreement, standing)).render(lang));
        text.push('\n');
    }
    deliver(text.as_bytes(), None, lang)
}
