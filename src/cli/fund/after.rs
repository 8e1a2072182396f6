//! What follows from the events: checks, closing, settlement, recovery.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::failure::Failure;
use crate::cli::fund::{coded, date_of, posted, rows_of, say, today};
use crate::cli::output::Delivery;
use crate::cli::usage::Manner;
use crate::cli::warnings;
use crate::files;
use crate::finding::{Finding, FindingLog, Findings, Place};
use crate::ledger::balance::Balances;
use crate::ledger::batch::Origin;
use crate::ledger::checks::{self, AsOf, Found};
use crate::ledger::close;
use crate::ledger::event::{Dimension, Event, Kind};
use crate::ledger::import::{self, Given};
use crate::ledger::journal::Journal;
use crate::ledger::posting;
use crate::ledger::rules::Rules;
use crate::ledger::settle;
use crate::ledger::sheet::Sheet;
use crate::ledger_folder::{Folder, looked_at};
use crate::phrases::Phrase;

/// Book of a new ledger.
const BOOK: &str = include_str!("../../../datasets/ledger/start/book.toml");
/// Rules that hold everywhere.
const LAW: &str = include_str!("../../../datasets/ledger/rules/law.toml");

#[derive(Debug, Args)]
pub(super) struct Init {
    /// Folder of the ledger to make.
    ledger: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct Check {
    /// Folder of the ledger.
    ledger: PathBuf,
    /// Budget year of the clocks; default that of the day.
    #[arg(long)]
    year: Option<i32>,
    /// As of this day; default today.
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    #[command(flatten)]
    delivery: Delivery<Sheet>,
}

#[derive(Debug, Args)]
pub(super) struct Close {
    /// Folder of the ledger.
    ledger: PathBuf,
    /// Year to close.
    year: i32,
    /// Posts the closing; without it nothing is written and the table is a forecast.
    #[arg(long)]
    post: bool,
    /// Who closes it.
    #[arg(long, required_if_eq("post", "true"))]
    by: Option<String>,
    /// Forecast and final side by side: the forecast knows batches up to this one.
    #[arg(long, value_name = "BATCH", conflicts_with = "post")]
    beside: Option<u64>,
    #[command(flatten)]
    delivery: Delivery<Sheet>,
}

#[derive(Debug, Args)]
pub(super) struct Settle {
    /// Folder of the ledger.
    ledger: PathBuf,
    /// What the outcome earns: a result of an allocation (.json), or a list of amounts (.csv, .xlsx).
    earned: PathBuf,
    /// Budget year that is settled.
    #[arg(long)]
    year: i32,
    /// Fund of all its amounts where the list does not say it.
    #[arg(long)]
    fund: Option<String>,
    /// Unit of amounts where the list states none.
    #[arg(long)]
    unit: Option<String>,
    /// Day of the settlement; default today.
    #[arg(long, value_name = "DATE")]
    date: Option<String>,
    /// Number of the document.
    #[arg(long)]
    document: Option<String>,
    /// Posts the settlement; without it nothing is written.
    #[arg(long)]
    post: bool,
    /// Who enters it.
    #[arg(long, required_if_eq("post", "true"))]
    by: Option<String>,
    #[command(flatten)]
    delivery: Delivery<Sheet>,
}

#[derive(Debug, Args)]
pub(super) struct Recover {
    /// Folder of the ledger.
    ledger: PathBuf,
    /// Budget year of the clocks; default that of the day.
    #[arg(long)]
    year: Option<i32>,
    /// As of this day; default today.
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    #[command(flatten)]
    delivery: Delivery<Sheet>,
}

pub(super) fn init(command: &Init, manner: Manner) -> Result<(), Failure> {
    Folder::make(&command.ledger, BOOK)?;
    files::write(&command.ledger.join("law.toml"), LAW.as_bytes())?;
    say(&Phrase::new("fund.made").with("path", command.ledger.display().to_string()).render(manner.lang));
    Ok(())
}

/// A ledger with its rules, its balances, and its events by line.
pub(in crate::cli) struct Read {
    /// The folder.
    pub folder: Folder,
    /// Its rules.
    pub rules: Rules,
    /// The balances after all batches.
    pub balances: Balances,
    /// The events by line.
    pub journal: Journal,
}

/// Opens a ledger and goes through its events once; batches beyond the last one known are left out of the journal.
pub(in crate::cli) fn read(path: &Path, known: Option<u64>) -> Result<Read, Failure> {
    let folder = Folder::open(path)?;
    let rules = Rules::of_files(&folder.rules()?)?;
    let mut journal = Journal::default();
    let balances = folder.replay(&mut |event, batch, line| {
        if known.is_none_or(|known| batch <= known) {
            let never = folder.book.fund(&event.fund).map_or(&[][..], |fund| fund.never.as_slice());
            journal.add(event, (batch, line), never);
        }
    })?;
    Ok(Read { folder, rules, balances, journal })
}

fn found(read: &Read, year: Option<i32>, on: Option<&String>) -> Result<(Vec<Found>, AsOf), Failure> {
    let day = date_of("on", on)?.unwrap_or_else(today);
    let as_of = AsOf { year: year.unwrap_or_else(|| day.year()), day };
    Ok((checks::check(&read.journal, &read.balances, &read.folder.book, &read.rules, as_of), as_of))
}

pub(super) fn check(command: &Check, manner: Manner) -> Result<(), Failure> {
    command.delivery.form()?;
    let read = read(&command.ledger, None)?;
    let (found, as_of) = found(&read, command.year, command.on.as_ref())?;
    command.delivery.deliver(&checks::sheet(&found, &read.folder.book, as_of), manner.lang)
}

pub(super) fn recover(command: &Recover, manner: Manner) -> Result<(), Failure> {
    command.delivery.form()?;
    let read = read(&command.ledger, None)?;
    let (found, as_of) = found(&read, command.year, command.on.as_ref())?;
    let due = close::recover(&read.balances, &found, &read.folder.book, &read.rules);
    command.delivery.deliver(&close::recovery_sheet(&due, &read.folder.book, as_of.day), manner.lang)
}

/// Posts events that the program made, as one batch.
pub(in crate::cli) fn post(
    folder: &Folder,
    balances: Balances,
    events: &[Event],
    (origin, closes): (Origin, Option<i32>),
    manner: Manner,
) -> Result<(), Failure> {
    let place = Place::default();
    let mut fill = |take: &mut dyn FnMut(&Event, Place) -> Result<(), Finding>, log: &mut FindingLog| {
        log.extend(events.iter().filter_map(|event| take(event, Place::default()).err()));
    };
    let (seal, found) = folder.post(balances, &place, (origin, closes, false), &mut fill)?;
    if !manner.json {
        warnings::show(&found, manner.lang);
    }
    posted(&seal, manner.lang);
    Ok(())
}

pub(super) fn close_year(command: &Close, manner: Manner) -> Result<(), Failure> {
    command.delivery.form()?;
    let Read { folder, rules, balances, journal } = read(&command.ledger, None)?;
    let (book, year) = (&folder.book, command.year);
    if year < book.book.first_year {
        let finding = Finding::error("fund.before_first", Place::default()).with("year", year.to_string());
        return Err(finding.with("first", book.book.first_year.to_string()).into());
    }
    if let Some(batch) = command.beside {
        let known = read(&command.ledger, Some(batch))?;
        let (_, forecast) = close::closing(&known.journal, &balances, book, &rules, year)?;
        let (_, closed) = close::closing(&journal, &balances, book, &rules, year)?;
        return command.delivery.deliver(&close::beside(&forecast, &closed, (book, year), batch), manner.lang);
    }
    if !command.post {
        let (_, closed) = close::closing(&journal, &balances, book, &rules, year)?;
        let mut sheet = close::sheet(&closed, book, year);
        if balances.closed().is_none_or(|closed| closed < year) {
            sheet.notes.push(Phrase::new("fund.close_forecast").with("year", year.to_string()).text());
        }
        return command.delivery.deliver(&sheet, manner.lang);
    }
    if today().year() <= year {
        let finding = Finding::error("fund.close_early", Place::default()).with("year", year.to_string());
        return Err(finding.into());
    }
    let (events, closed) = close::close(&journal, &balances, book, &rules, year)?;
    command.delivery.ready()?;
    let origin = Origin { by: command.by.clone().unwrap_or_default(), on: today(), ..Origin::default() };
    post(&folder, balances, &events, (origin, Some(year)), manner)?;
    command.delivery.deliver(&close::sheet(&closed, book, year), manner.lang)
}

/// The amounts of a result of an allocation, or of a list.
pub(super) fn amounts(
    folder: &Folder,
    path: &Path,
    (year, fund, unit): (i32, Option<&String>, Option<&String>),
    manner: Manner,
) -> Result<Vec<Event>, Failure> {
    let name = path.display().to_string();
    let date = crate::ledger::date::Date::end_of(year);
    files::protect(path);
    if name.to_lowercase().ends_with(".json") {
        let text = files::read_text(path)?;
        let date = date.unwrap_or_default();
        let events = posting::of_record(text.as_bytes(), &name, &[Kind::Budget], date, year, "")?;
        posting::known(&events, &folder.book, &Place::file(name))?;
        return Ok(events);
    }
    let fund = coded(folder, Dimension::Fund, fund)?;
    let given =
        Given { date, fund, kind: Some(Kind::Budget), year: Some(year), unit: unit.cloned(), ..Given::default() };
    let mut log = FindingLog::of_tables();
    let mut events = Vec::new();
    for rows in rows_of(path, looked_at(path)?.1)? {
        import::read(rows, &folder.book, &given, &mut log, &mut |event, _| {
            events.push(event);
            Ok(())
        });
    }
    let ((), found) = Findings::gate((), log.into_findings())?;
    if !manner.json {
        warnings::show(&found, manner.lang);
    }
    Ok(events)
}

pub(super) fn settle_year(command: &Settle, manner: Manner) -> Result<(), Failure> {
    command.delivery.form()?;
    let folder = Folder::open(&command.ledger)?;
    let date = date_of("date", command.date.as_ref())?.unwrap_or_else(today);
    let given = (command.year, command.fund.as_ref(), command.unit.as_ref());
    let earned = amounts(&folder, &command.earned, given, manner)?;
    let balances = folder.replay(&mut |_, _, _| {})?;
    let settled = settle::settle(&earned, &balances, &folder.book)?;
    let sheet = settle::sheet(&settled, &folder.book, command.year);
    if command.post {
        let document = command.document.clone().unwrap_or_default();
        let events = settle::events(&settled, &folder.book, date, &document)?;
        command.delivery.ready()?;
        let file = command.earned.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let by = command.by.clone().unwrap_or_default();
        let origin = Origin { file, by, on: today(), ..Origin::default() };
        post(&folder, balances, &events, (origin, None), manner)?;
    }
    command.delivery.deliver(&sheet, manner.lang)
}
