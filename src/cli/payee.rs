//! `ecocomp payee …`: who is paid.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::cli::failure::Failure;
use crate::cli::fund::{Read, date_of, post_events, read_ledger, say, today};
use crate::cli::output::Delivery;
use crate::cli::usage::Manner;
use crate::files;
use crate::finding::{Finding, Place};
use crate::ledger::batch::{Origin, digest};
use crate::ledger::date::Date;
use crate::ledger::event::Kind;
use crate::ledger::payees::{self, List, Rates, Register, Returned};
use crate::ledger::sheet::Sheet;
use crate::ledger_folder::Folder;
use crate::phrases::Phrase;
use crate::report::csv::lines;
use crate::units::Money;

/// Who is paid: list, checks, posting sheet, bank file.
#[derive(Debug, Args)]
pub(super) struct Payee {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The list of a payment, rounded row by row, with check lines; masked.
    List(ListOf),
    /// What is wrong with the list: dead, twice, two lists, area above the register.
    Check(CheckOf),
    /// Posts the spending of a list, or of what the bank says arrived.
    Post(Post),
    /// Takes out of the register what is personal of a payee.
    Forget(Forget),
}

/// Which list.
#[derive(Debug, Args)]
struct Which {
    /// Folder of the register: payees.csv, parcels.csv, rates.toml.
    register: PathBuf,
    /// Day of the list; default today.
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    /// This rate alone.
    #[arg(long, value_name = "ID")]
    rate: Option<String>,
}

#[derive(Debug, Args)]
struct ListOf {
    #[command(flatten)]
    which: Which,
    /// The sheet that is posted in the village: no numbers of cards and accounts.
    #[arg(long)]
    posting: bool,
    /// Also writes the order to the bank, which is not masked; keep it as personal data.
    #[arg(long, value_name = "FILE")]
    bank: Option<PathBuf>,
    #[command(flatten)]
    delivery: Delivery<Sheet>,
}

#[derive(Debug, Args)]
struct CheckOf {
    #[command(flatten)]
    which: Which,
    /// Ledger in which payments of this year are looked for.
    #[arg(long, value_name = "FOLDER")]
    ledger: Option<PathBuf>,
    /// Register of another list, whose parcels must not be paid too.
    #[arg(long, value_name = "FOLDER")]
    other: Option<PathBuf>,
    #[command(flatten)]
    delivery: Delivery<Sheet>,
}

#[derive(Debug, Args)]
struct Post {
    #[command(flatten)]
    which: Which,
    /// Folder of the ledger.
    ledger: PathBuf,
    /// What the bank sent back: only what arrived is posted.
    #[arg(long, value_name = "FILE")]
    bank_return: Option<PathBuf>,
    /// Writes the order of what failed, to be paid again.
    #[arg(long, value_name = "FILE", requires = "bank_return")]
    again: Option<PathBuf>,
    /// Budget year of the money; default that of the day.
    #[arg(long)]
    year: Option<i32>,
    /// Number of the document.
    #[arg(long)]
    document: Option<String>,
    /// Why the list is paid although the checks found something.
    #[arg(long, value_name = "REASON")]
    accept: Option<String>,
    /// Who enters it.
    #[arg(long)]
    by: String,
}

#[derive(Debug, Args)]
struct Forget {
    /// Folder of the register: payees.csv, parcels.csv, rates.toml.
    register: PathBuf,
    /// Number of the payee.
    id: String,
}

pub(super) fn run(command: &Payee, manner: Manner) -> Result<(), Failure> {
    match &command.command {
        Command::List(command) => list(command, manner),
        Command::Check(command) => check(command, manner),
        Command::Post(command) => post(command, manner),
        Command::Forget(command) => forget(command, manner),
    }
}

struct Opened {
    register: Register,
    rates: Rates,
    list: List,
    day: Date,
}

/// A table of the folder, as CSV or workbook; `None` where there is none.
fn table(folder: &Path, stem: &str) -> Result<Option<(PathBuf, Vec<u8>)>, Failure> {
    for end in ["csv", "xlsx"] {
        let path = folder.join(format!("{stem}.{end}"));
        if path.is_file() {
            files::protect(&path);
            let bytes = files::table_bytes(&path)?;
            return Ok(Some((path, bytes)));
        }
    }
    Ok(None)
}

fn register(folder: &Path) -> Result<Register, Failure> {
    let path = folder.join("payees.csv");
    let Some((name, bytes)) = table(folder, "payees")? else {
        return Err(Finding::error("cli.not_found", Place::file(path.display().to_string())).into());
    };
    let name = name.display().to_string();
    let parcels = table(folder, "parcels")?.map(|(path, bytes)| (path.display().to_string(), bytes));
    let parcels = parcels.as_ref().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    Ok(Register::read((&name, &bytes), parcels)?)
}

fn open(which: &Which) -> Result<Opened, Failure> {
    let day = date_of("on", which.on.as_ref())?.unwrap_or_else(today);
    let register = register(&which.register)?;
    let path = which.register.join("rates.toml");
    files::protect(&path);
    let rates = Rates::read(&files::read_text(&path)?, &path.display().to_string())?;
    let list = payees::make(&register, &rates, day, which.rate.as_deref())?;
    Ok(Opened { register, rates, list, day })
}

fn list(command: &ListOf, manner: Manner) -> Result<(), Failure> {
    command.delivery.form()?;
    let Opened { register, rates, list, day } = open(&command.which)?;
    let make = if command.posting { payees::posting_sheet } else { payees::list_sheet };
    let sheet = make(&list, &register, &rates, day);
    if let Some(path) = &command.bank {
        files::writable(path)?;
        write_order(path, &lines(&payees::order(&list, &register)))?;
    }
    command.delivery.deliver(&sheet, manner.lang)
}

/// What was paid in the year of a day already: payee and rate.
fn paid(read: &Read, year: i32) -> Result<BTreeSet<(String, String)>, Failure> {
    let mut paid = BTreeSet::new();
    read.folder.replay(&mut |event, _, _| {
        if event.kind == Kind::Spend && event.fen > 0 && event.year == year && !event.payee.is_empty() {
            paid.insert((event.payee.clone(), event.project.clone()));
        }
    })?;
    Ok(paid)
}

fn check(command: &CheckOf, manner: Manner) -> Result<(), Failure> {
    command.delivery.form()?;
    let Opened { register: own, rates, list, day } = open(&command.which)?;
    let paid = match &command.ledger {
        Some(ledger) => paid(&read_ledger(ledger, None)?, day.year())?,
        None => BTreeSet::new(),
    };
    let other = match &command.other {
        Some(folder) => register(folder)?.parcels.into_iter().map(|parcel| parcel.id).collect(),
        None => BTreeSet::new(),
    };
    let wrong = payees::check(&list, &own, &rates, day, &paid, &other);
    command.delivery.deliver(&payees::wrong_sheet(&wrong, day), manner.lang)
}

fn post(command: &Post, manner: Manner) -> Result<(), Failure> {
    let Opened { register, rates, list, day } = open(&command.which)?;
    let ledger = read_ledger(&command.ledger, None)?;
    let year = command.year.unwrap_or_else(|| day.year());
    let paid = paid(&ledger, year)?;
    let returned = match &command.bank_return {
        Some(path) => {
            files::protect(path);
            Some(Returned::read(&path.display().to_string(), &files::table_bytes(path)?, &list)?)
        }
        None => None,
    };
    // What arrived already is no part of a payment that is made again.
    let again = |id: &str| returned.as_ref().is_none_or(|all| all.iter().any(|one| one.payee == id));
    let mut asked = list.clone();
    asked.items.retain(|item| again(&item.payee));
    let wrong = payees::check(&asked, &register, &rates, day, &paid, &BTreeSet::new());
    // A reason may let a doubtful payment pass, but none is made twice.
    let blocks = |one: &&payees::Wrong| command.accept.is_none() || one.rule == "paid_already";
    let blocking = wrong.iter().filter(blocks).count();
    if blocking > 0 {
        let finding = Finding::error("payee.blocked", Place::default());
        return Err(finding.with("count", blocking.to_string()).into());
    }
    let document = command.document.clone().unwrap_or_default();
    let book = &ledger.folder.book;
    let mut events = payees::spending(&list, (&register, &rates, book), returned.as_deref(), (day, year), &document)?;
    if let Some(reason) = &command.accept {
        events.iter_mut().for_each(|event| event.reason.push_str(&format!(";{reason}")));
    }
    if let Some(path) = &command.again {
        files::writable(path)?;
    }
    let sha256 = digest(format!("{events:?}").as_bytes());
    let origin = Origin { by: command.by.clone(), on: today(), sha256, ..Origin::default() };
    let Read { folder, balances, .. } = ledger;
    post_events(&folder, balances, &events, (origin, None), manner)?;
    if let Some(returned) = &returned {
        let failed = payees::failed_list(&list, returned);
        let count = returned.iter().filter(|one| !one.arrived).count().to_string();
        if !failed.items.is_empty() {
            let amount = Money::from_fen(failed.total());
            say(&Phrase::new("payee.failed").with("count", count).with("amount", amount).render(manner.lang));
        }
        if let Some(path) = &command.again {
            write_order(path, &lines(&payees::order(&failed, &register)))?;
        }
    }
    Ok(())
}

/// Writes an order for the bank: whole names and accounts, for the owner of the file alone.
fn write_order(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    files::write(path, bytes)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Where a file system has no permissions there is nothing to narrow.
        drop(std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)));
    }
    Ok(())
}

/// Replaces the table of payees by one without what is personal of one: the one write over an input, and its whole purpose.
fn forget(command: &Forget, manner: Manner) -> Result<(), Failure> {
    let path = command.register.join("payees.csv");
    let bytes = files::table_bytes(&path)?;
    let rows = payees::forget(&path.display().to_string(), &bytes, &command.id)?;
    Folder::replace(&path, &lines(&rows))?;
    say(&Phrase::new("payee.forgotten").with("id", &command.id).render(manner.lang));
    Ok(())
}
