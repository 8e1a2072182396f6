//! `fund evaluate` and `fund next`: the outcome of a year, and next year's inputs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::failure::Failure;
use crate::cli::fund::after::{Read, read};
use crate::cli::fund::say;
use crate::cli::output::Delivery;
use crate::cli::usage::Manner;
use crate::files;
use crate::finding::{Finding, Place};
use crate::ledger::balance::Line;
use crate::ledger::batch::FIRST;
use crate::ledger::date::Date;
use crate::ledger::event::Dimension;
use crate::ledger::outcome::{self, OutcomeRules, Scored};
use crate::ledger::sheet::Sheet;
use crate::ledger::sums::Sums;
use crate::phrases::Phrase;
use crate::report::csv::lines;

/// What both read.
#[derive(Debug, Args)]
struct Asked {
    /// Folder of the ledger.
    ledger: PathBuf,
    /// Year of the outcome.
    year: i32,
    /// Scores of each area (.csv, .xlsx).
    #[arg(long, value_name = "FILE")]
    facts: PathBuf,
    /// Rules of the outcome: form, grades, credit, rewards and cuts (.toml).
    #[arg(long, value_name = "FILE")]
    rules: PathBuf,
    /// Acts that count for ecological credit (.csv, .xlsx).
    #[arg(long, value_name = "FILE")]
    acts: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Evaluate {
    #[command(flatten)]
    asked: Asked,
    #[command(flatten)]
    delivery: Delivery<Sheet>,
}

#[derive(Debug, Args)]
pub(super) struct NextYear {
    #[command(flatten)]
    asked: Asked,
    /// Scenario file to write, that the allocator reads: allocate MODEL -s FILE.
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// List of rewards and cuts to write, that fund import reads.
    #[arg(long, value_name = "FILE")]
    adjustments: Option<PathBuf>,
    #[command(flatten)]
    delivery: Delivery<Sheet>,
}

struct Outcome {
    read: Read,
    rules: OutcomeRules,
    scored: Vec<Scored>,
    sums: BTreeMap<String, Sums>,
    before: BTreeMap<String, Sums>,
    lines: Vec<Line>,
}

fn table(path: &Path) -> Result<(String, Vec<u8>), Failure> {
    files::protect(path);
    Ok((path.display().to_string(), files::table_bytes(path)?))
}

/// Sums of the lines of a budget year by area.
fn by_area(lines: &[Line], year: i32) -> BTreeMap<String, Sums> {
    let mut sums: BTreeMap<String, Sums> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.year == year && !line.area.is_empty()) {
        // Sums were within the range of money when they were posted.
        let _ = sums.entry(line.area.clone()).or_default().merge(&line.sums);
    }
    sums
}

fn outcome_of(asked: &Asked) -> Result<Outcome, Failure> {
    let read = read(&asked.ledger, None)?;
    files::protect(&asked.rules);
    let rules = OutcomeRules::read(&files::read_text(&asked.rules)?, &asked.rules.display().to_string())?;
    let book = &read.folder.book;
    let (name, bytes) = table(&asked.facts)?;
    let facts = outcome::facts(&name, &bytes, book)?;
    let acts = match &asked.acts {
        Some(path) => {
            let (name, bytes) = table(path)?;
            outcome::acts(&name, &bytes, book)?
        }
        None => Vec::new(),
    };
    let Some(day) = Date::end_of(asked.year) else {
        let phrase = Phrase::new("fund.no_year").with("value", asked.year.to_string());
        return Err(Finding::from_phrase(phrase, Place::default()).into());
    };
    let lines = read.balances.lines();
    let (sums, before) = (by_area(&lines, asked.year), by_area(&lines, asked.year - 1));
    let scored = outcome::evaluate(&rules, &facts, &acts, &sums, (book, day))?;
    Ok(Outcome { read, rules, scored, sums, before, lines })
}

pub(super) fn evaluate(command: &Evaluate, manner: Manner) -> Result<(), Failure> {
    command.delivery.form()?;
    let Outcome { read, rules, scored, sums, .. } = outcome_of(&command.asked)?;
    let sheet = outcome::score_sheet(&rules, &scored, &sums, &read.folder.book, command.asked.year);
    command.delivery.deliver(&sheet, manner.lang)
}

pub(super) fn next_year(command: &NextYear, manner: Manner) -> Result<(), Failure> {
    command.delivery.form()?;
    let Outcome { read, rules, scored, sums, before, lines: of_budget } = outcome_of(&command.asked)?;
    let book = &read.folder.book;
    let closed = outcome::adjust(&rules, &scored, &sums, &before);
    let link = read.balances.last.as_ref().map_or(FIRST, |seal| seal.link.as_str());
    let next = outcome::next((command.asked.year, link, rules.fund.as_str()), scored, &of_budget, closed);
    for path in command.scenario.iter().chain(&command.adjustments) {
        files::writable(path)?;
    }
    if let Some(path) = &command.scenario {
        files::write(path, outcome::scenario(&next, &rules, book).as_bytes())?;
        say(&Phrase::new("outcome.written").with("file", path.display().to_string()).render(manner.lang));
    }
    if let Some(path) = &command.adjustments {
        if !rules.fund.is_empty() {
            book.code(Dimension::Fund, &rules.fund).map_err(|phrase| {
                Finding::from_phrase(phrase, Place::file(command.asked.rules.display().to_string()))
            })?;
        }
        files::write(path, &lines(&outcome::adjustments_csv(&next, &rules, book)))?;
    }
    command.delivery.deliver(&outcome::next_sheet(&next, book), manner.lang)
}
