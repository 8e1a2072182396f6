//! `ecocomp fund …`: the ledger of fund use.

mod after;
mod outcome;
mod report;

pub(super) use after::{Read, post as post_events, read as read_ledger};

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::cli::failure::Failure;
use crate::cli::output::Delivery;
use crate::cli::usage::Manner;
use crate::cli::warnings;
use crate::files;
use crate::finding::{Finding, FindingLog, Place, hint};
use crate::ledger::batch::{Origin, Seal};
use crate::ledger::date::Date;
use crate::ledger::event::{Dimension, Event, Kind};
use crate::ledger::import::source::{Rows, csv_rows, whole_rows};
use crate::ledger::import::{self, Given, Told};
use crate::ledger::posting;
use crate::ledger::sheet::Sheet;
use crate::ledger::state::{Chosen, Listed, State};
use crate::ledger_folder::{Folder, looked_at};
use crate::phrases::{Lang, Phrase, Text};
use crate::units::Money;

/// The ledger of fund use: budget, release, payment, spending, and what follows.
#[derive(Debug, Args)]
pub(super) struct Fund {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Reads an office's list; a dry run unless --post is given.
    Import(Box<Import>),
    /// Posts one event, or the amounts of an allocation.
    Post(Box<Post>),
    /// Budget, released, paid, spent and left, with rates.
    State(StateOf),
    /// The events behind a figure.
    Events(EventsOf),
    /// Walks the chain of batches and checks every identity.
    Verify(Verify),
    /// Makes the folder of a ledger, with a book to fill in and the law's clocks.
    Init(after::Init),
    /// What is late, held back, idle, too old, twice or wrongly used, with its legal basis.
    Check(after::Check),
    /// What is carried over and what is surplus at the end of a year; closes it with --post.
    Close(after::Close),
    /// The advance against what the outcome earns.
    Settle(after::Settle),
    /// What has to be taken back, and the fines that go with it.
    Recover(after::Recover),
    /// Self-evaluation: points, grades, arrival and execution.
    Evaluate(outcome::Evaluate),
    /// What the outcome means for next year: multipliers, rewards and cuts, a scenario file.
    Next(outcome::NextYear),
    /// Tables and charts of a year: progress, age, flow.
    Report(report::Report),
}

/// What holds of every row where the row does not say it.
#[derive(Debug, Args)]
struct Common {
    /// Day of the events: 2025-01-10.
    #[arg(long)]
    date: Option<String>,
    /// Fund, by code or name.
    #[arg(long)]
    fund: Option<String>,
    /// Budget year of the money; default that of the day.
    #[arg(long)]
    year: Option<i32>,
    /// Channel, by code or name.
    #[arg(long)]
    channel: Option<String>,
    /// Number of the document.
    #[arg(long)]
    document: Option<String>,
    /// Why.
    #[arg(long)]
    reason: Option<String>,
    /// Who enters it.
    #[arg(long)]
    by: String,
}

#[derive(Debug, Args)]
struct Import {
    /// Folder of the ledger.
    ledger: PathBuf,
    /// List: .csv or .xlsx.
    list: PathBuf,
    /// Kind of all its events where the list does not say it, by its Chinese or English word.
    #[arg(long)]
    kind: Option<String>,
    /// Unit of amounts where the list states none.
    #[arg(long)]
    unit: Option<String>,
    /// Year in which all days must lie.
    #[arg(long, value_name = "YEAR")]
    within: Option<i32>,
    /// Posts the list; without it nothing is written.
    #[arg(long)]
    post: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct Post {
    /// Folder of the ledger.
    ledger: PathBuf,
    /// Result of an allocation (allocate --format json), whose amounts are posted.
    #[arg(long, value_name = "FILE", conflicts_with = "amount")]
    from: Option<PathBuf>,
    /// Kinds of the events, in a row, separated by commas.
    #[arg(long, value_delimiter = ',', required = true)]
    kind: Vec<String>,
    /// Amount with its unit.
    #[arg(long, allow_hyphen_values = true, required_unless_present = "from")]
    amount: Option<String>,
    /// Area, by code or name.
    #[arg(long)]
    area: Option<String>,
    /// Ecosystem, by code or name.
    #[arg(long)]
    ecosystem: Option<String>,
    /// Project.
    #[arg(long)]
    project: Option<String>,
    /// Account code.
    #[arg(long)]
    code: Option<String>,
    /// Who is paid.
    #[arg(long)]
    payee: Option<String>,
    /// Checks everything and writes nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    common: Common,
}

/// Which events are asked for.
#[derive(Debug, Args)]
struct Only {
    /// Until the end of this day.
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    /// From this day on.
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Of these words: DIMENSION=WORD, such as area=CODE; may be repeated.
    #[arg(long = "where", value_name = "DIMENSION=WORD")]
    only: Vec<String>,
}

#[derive(Debug, Args)]
struct StateOf {
    /// Folder of the ledger.
    ledger: PathBuf,
    /// Told apart by: fund, year, area, ecosystem, channel, project, code, payee, month.
    #[arg(long, value_delimiter = ',', default_value = "fund,year")]
    by: Vec<String>,
    #[command(flatten)]
    only: Only,
    #[command(flatten)]
    delivery: Delivery<Sheet>,
}

#[derive(Debug, Args)]
struct EventsOf {
    /// Folder of the ledger.
    ledger: PathBuf,
    /// Of this kind alone.
    #[arg(long)]
    kind: Option<String>,
    /// Most events that are listed.
    #[arg(long, default_value_t = 10_000)]
    most: usize,
    #[command(flatten)]
    only: Only,
    #[command(flatten)]
    delivery: Delivery<Sheet>,
}

#[derive(Debug, Args)]
struct Verify {
    /// Folder of the ledger.
    ledger: PathBuf,
    #[command(flatten)]
    delivery: Delivery<Sheet>,
}

pub(super) fn run(command: &Fund, manner: Manner) -> Result<(), Failure> {
    match &command.command {
        Command::Import(command) => import_list(command, manner),
        Command::Post(command) => post(command, manner),
        Command::State(command) => state(command, manner),
        Command::Events(command) => events(command, manner),
        Command::Verify(command) => verify(command, manner),
        Command::Init(command) => after::init(command, manner),
        Command::Check(command) => after::check(command, manner),
        Command::Close(command) => after::close_year(command, manner),
        Command::Settle(command) => after::settle_year(command, manner),
        Command::Recover(command) => after::recover(command, manner),
        Command::Evaluate(command) => outcome::evaluate(command, manner),
        Command::Next(command) => outcome::next_year(command, manner),
        Command::Report(command) => report::run(command, manner),
    }
}

/// Today, by the clock of the machine (UTC+8, the time of the offices).
pub(super) fn today() -> Date {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let days = (since.as_secs() + 8 * 3600) / 86_400;
    Date::from_days(i64::try_from(days).unwrap_or(0)).unwrap_or_default()
}

fn usage(option: &str, phrase: Phrase) -> Failure {
    Failure::usage(Finding::from_phrase(phrase, Place::file(format!("--{option}"))))
}

pub(super) fn date_of(option: &str, text: Option<&String>) -> Result<Option<Date>, Failure> {
    text.map(|text| Date::parse(text).map_err(|phrase| usage(option, phrase))).transpose()
}

fn kind_of(text: &str) -> Result<Kind, Failure> {
    Kind::of_word(text).ok_or_else(|| {
        let hint = hint(text, Kind::ALL.map(Kind::word));
        usage("kind", Phrase::new("fund.unknown_kind").with("value", text).with_phrase("hint", &hint))
    })
}

/// A word of the command line as the code of the book.
fn coded(folder: &Folder, dimension: Dimension, word: Option<&String>) -> Result<Option<String>, Failure> {
    let read = |word: &String| folder.book.code(dimension, word).map_err(|phrase| usage(dimension.word(), phrase));
    word.map(read).transpose()
}

fn dimension_of(option: &str, word: &str) -> Result<Dimension, Failure> {
    Dimension::of_word(word).ok_or_else(|| {
        let hint = hint(word, Dimension::ALL.map(Dimension::word));
        let phrase = Phrase::new("fund.unknown_word").with("value", word);
        let what = Phrase::new("fund.what_dimension").text();
        usage(option, phrase.with("what", what).with_phrase("hint", &hint))
    })
}

fn chosen(folder: &Folder, only: &Only, kind: Option<&String>) -> Result<Chosen, Failure> {
    let words = only.only.iter().map(|text| {
        let (name, word) = text.split_once('=').unwrap_or((text.as_str(), ""));
        let dimension = dimension_of("where", name.trim())?;
        let word = coded(folder, dimension, Some(&word.to_owned()))?.unwrap_or_default();
        Ok((dimension, word))
    });
    Ok(Chosen {
        until: date_of("on", only.on.as_ref())?,
        from: date_of("from", only.from.as_ref())?,
        kind: kind.map(|kind| kind_of(kind)).transpose()?,
        only: words.collect::<Result<_, Failure>>()?,
    })
}

pub(super) fn say(text: &str) {
    crate::cli::waiting::pause();
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn posted(seal: &Seal, lang: Lang) {
    let link: String = seal.link.chars().take(16).collect();
    let phrase = Phrase::new("fund.posted").with("batch", seal.batch.to_string());
    say(&phrase.with("events", seal.events.to_string()).with("link", link).render(lang));
}

fn given(folder: &Folder, common: &Common) -> Result<Given, Failure> {
    Ok(Given {
        date: date_of("date", common.date.as_ref())?,
        fund: coded(folder, Dimension::Fund, common.fund.as_ref())?,
        year: common.year,
        channel: coded(folder, Dimension::Channel, common.channel.as_ref())?,
        document: common.document.clone(),
        reason: common.reason.clone(),
        today: Some(today()),
        ..Given::default()
    })
}

/// The rows of a list: a CSV file in UTF-8 is read as it comes, of any length.
fn rows_of(path: &Path, is_utf8: bool) -> Result<Vec<Rows<'static>>, Failure> {
    let name = path.display().to_string();
    let is_workbook = name.to_lowercase().ends_with(".xlsx");
    if is_utf8 && !is_workbook {
        let file = fs::File::open(path)
            .map_err(|error| Finding::error("cli.unreadable", Place::file(&name)).with("why", files::why(&error)))?;
        return Ok(vec![csv_rows(&name, std::io::BufReader::with_capacity(1 << 20, file))]);
    }
    Ok(whole_rows(&name, &files::table_bytes(path)?)?)
}

fn import_list(command: &Import, manner: Manner) -> Result<(), Failure> {
    let folder = Folder::open(&command.ledger)?;
    let mut given = given(&folder, &command.common)?;
    given.kind = command.kind.as_ref().map(|kind| kind_of(kind)).transpose()?;
    given.within = command.within;
    given.unit = command.unit.clone();
    if let Some(unit) = command.unit.as_ref().filter(|unit| !Money::knows(unit)) {
        let phrase = Phrase::new("units.unit_unknown").with("value", unit).with("unit", unit);
        return Err(usage("unit", phrase.with("units", Money::units())));
    }
    files::protect(&command.list);
    let (sha256, is_utf8) = looked_at(&command.list)?;
    let name = command.list.display().to_string();
    let place = Place::file(&name);
    let balances = folder.replay(&mut |_, _, _| {})?;
    if let Some(batch) = balances.known(&sha256) {
        return Err(Finding::error("fund.same_file", place).with("batch", batch.to_string()).into());
    }
    let mut lists = rows_of(&command.list, is_utf8)?;
    let mut told: Vec<Told> = Vec::new();
    let file = command.list.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let origin = Origin { file, sha256, by: command.common.by.clone(), on: today() };
    let book = &folder.book;
    let mut fill = |take: &mut dyn FnMut(&Event, Place) -> Result<(), Finding>, log: &mut FindingLog| {
        for rows in lists.drain(..) {
            let here = rows.place.clone();
            let mut each = |event: Event, row: u64| take(&event, here.clone().row(row));
            told.push(import::read(rows, book, &given, log, &mut each));
        }
    };
    let (seal, found) = folder.post(balances, &place, (origin, None, !command.post), &mut fill)?;
    if !manner.json {
        warnings::show(&found, manner.lang);
    }
    let left_out: Vec<Text> = told.iter().flat_map(|told| &told.left_out).map(Text::same).collect();
    if !left_out.is_empty() {
        let list = Text::joined(&left_out, "、", ", ");
        say(&Phrase::new("fund.left_out").with("list", list).render(manner.lang));
    }
    if command.post {
        posted(&seal, manner.lang);
        return Ok(());
    }
    let sum = |of: fn(&Told) -> u64| told.iter().map(of).sum::<u64>().to_string();
    let phrase = Phrase::new("fund.dry").with("rows", sum(|told| told.rows)).with("events", seal.events.to_string());
    say(&phrase.with("totals", sum(|told| told.totals)).render(manner.lang));
    Ok(())
}

fn post(command: &Post, manner: Manner) -> Result<(), Failure> {
    let folder = Folder::open(&command.ledger)?;
    let given = given(&folder, &command.common)?;
    let date = given.date.unwrap_or_else(today);
    if date > today() {
        let phrase = Phrase::new("fund.future").with("date", date.to_string()).with("today", today().to_string());
        return Err(usage("date", phrase));
    }
    let year = given.year.unwrap_or_else(|| date.year());
    let kinds = command.kind.iter().map(|kind| kind_of(kind)).collect::<Result<Vec<_>, _>>()?;
    let mut origin = Origin { by: command.common.by.clone(), on: today(), ..Origin::default() };
    let document = given.document.clone().unwrap_or_default();
    let (place, events) = match &command.from {
        Some(path) => {
            let text = files::read_text(path)?;
            files::protect(path);
            let name = path.display().to_string();
            origin.file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let events = posting::of_record(text.as_bytes(), &name, &kinds, date, year, &document)?;
            (Place::file(name), events)
        }
        None => (Place::file("--amount"), typed(&folder, command, &kinds, (date, year), &given)?),
    };
    posting::known(&events, &folder.book, &place)?;
    let balances = folder.replay(&mut |_, _, _| {})?;
    let mut fill = |take: &mut dyn FnMut(&Event, Place) -> Result<(), Finding>, log: &mut FindingLog| {
        log.extend(events.iter().filter_map(|event| take(event, place.clone()).err()));
    };
    let (seal, found) = folder.post(balances, &place, (origin, None, command.dry_run), &mut fill)?;
    if !manner.json {
        warnings::show(&found, manner.lang);
    }
    match command.dry_run {
        false => posted(&seal, manner.lang),
        true => say(&Phrase::new("fund.dry_typed").with("events", seal.events.to_string()).render(manner.lang)),
    }
    Ok(())
}

/// The event, one a kind, that stands on the command line.
fn typed(
    folder: &Folder,
    command: &Post,
    kinds: &[Kind],
    (date, year): (Date, i32),
    given: &Given,
) -> Result<Vec<Event>, Failure> {
    let amount = command.amount.as_deref().unwrap_or_default();
    let money = Money::parse(amount).map_err(|phrase| usage("amount", phrase))?;
    let code = |dimension: Dimension, word: &Option<String>| {
        coded(folder, dimension, word.as_ref()).map(Option::unwrap_or_default)
    };
    let fund = given.fund.clone().ok_or_else(|| usage("fund", Phrase::new("fund.lacks_fund")))?;
    let event = Event {
        date,
        kind: Kind::Budget,
        fen: money.fen(),
        fund,
        year,
        area: code(Dimension::Area, &command.area)?,
        ecosystem: code(Dimension::Ecosystem, &command.ecosystem)?,
        channel: given.channel.clone().unwrap_or_default(),
        project: code(Dimension::Project, &command.project)?,
        code: code(Dimension::Code, &command.code)?,
        payee: command.payee.clone().unwrap_or_default(),
        document: given.document.clone().unwrap_or_default(),
        reason: given.reason.clone().unwrap_or_default(),
    };
    Ok(kinds.iter().map(|kind| Event { kind: *kind, ..event.clone() }).collect())
}

fn state(command: &StateOf, manner: Manner) -> Result<(), Failure> {
    command.delivery.form()?;
    let folder = Folder::open(&command.ledger)?;
    let by = command.by.iter().map(|word| dimension_of("by", word.trim())).collect::<Result<Vec<_>, _>>()?;
    let mut state = State::new(by, chosen(&folder, &command.only, None)?);
    command.delivery.ready()?;
    folder.replay(&mut |event, _, _| state.add(event))?;
    let sheet = state.sheet(&folder.book).map_err(|phrase| Finding::from_phrase(phrase, Place::default()))?;
    command.delivery.deliver(&sheet, manner.lang)
}

fn events(command: &EventsOf, manner: Manner) -> Result<(), Failure> {
    command.delivery.form()?;
    let folder = Folder::open(&command.ledger)?;
    let mut listed = Listed::new(chosen(&folder, &command.only, command.kind.as_ref())?, command.most);
    command.delivery.ready()?;
    folder.replay(&mut |event, batch, line| listed.add(event, batch, line))?;
    command.delivery.deliver(&listed.sheet(&folder.book), manner.lang)
}

fn verify(command: &Verify, manner: Manner) -> Result<(), Failure> {
    command.delivery.form()?;
    let folder = Folder::open(&command.ledger)?;
    let balances = folder.replay(&mut |_, _, _| {})?;
    let phrase = match &balances.last {
        Some(seal) => Phrase::new("fund.verified")
            .with("batches", seal.batch.to_string())
            .with("events", balances.events.to_string())
            .with("link", &seal.link),
        None => Phrase::new("fund.empty"),
    };
    command.delivery.deliver(&Sheet::new(phrase.text()), manner.lang)
}
