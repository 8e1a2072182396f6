//! `ecocomp gep …`: accounts of ecosystem products.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::accounting::book::Book;
use crate::accounting::checks::Checked;
use crate::accounting::compare::{Comparison, PriceSets};
use crate::accounting::statement::Account;
use crate::accounting::stock::Inventory;
use crate::accounting::template::Wanted;
use crate::accounting::trace::{Asked, Explanation};
use crate::cli::failure::Failure;
use crate::cli::output::{Delivery, deliver, only};
use crate::cli::usage::Manner;
use crate::files;
use crate::finding::Finding;
use crate::phrases::Phrase;
use crate::questions::{self, GepChosen};
use crate::report::forms::Form;

/// GEP accounts: quantities, prices and values of ecosystem products.
#[derive(Debug, Args)]
pub(super) struct Gep {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The two tables, the matrix, ratios and the memorandum of an account.
    Account(AccountOf),
    /// Where a figure comes from: figures, formula, parameters, prices and their sources.
    Explain(Explain),
    /// The change between two accounts: quantity, price, method, territory.
    Compare(Compare),
    /// What was printed against what follows, and known slips.
    Check(Check),
    /// An account under every price set, with least and most.
    Prices(Prices),
    /// The account with figures divided among the parts of areas.
    Downscale(Downscale),
    /// The inventory of ecosystem products.
    Inventory(InventoryOf),
    /// A workbook to begin an account or an inventory with.
    Template(TemplateOf),
}

/// An account.
#[derive(Debug, Args)]
struct Place {
    /// Folder of the account, its account.toml, or a workbook with all of it.
    account: PathBuf,
    #[command(flatten)]
    chosen: GepChosen,
    /// The area, by code or name; default all of the account.
    #[arg(long)]
    area: Option<String>,
}

#[derive(Debug, Args)]
struct AccountOf {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    delivery: Delivery<Account>,
}

#[derive(Debug, Args)]
struct Downscale {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    delivery: Delivery<Account>,
}

#[derive(Debug, Args)]
struct Explain {
    #[command(flatten)]
    place: Place,
    /// Code or name of the indicator.
    #[arg(long)]
    indicator: String,
    /// The ecosystem, by id or name; default all.
    #[arg(long)]
    ecosystem: Option<String>,
    #[command(flatten)]
    delivery: Delivery<Explanation>,
}

#[derive(Debug, Args)]
struct Compare {
    #[command(flatten)]
    place: Place,
    /// Folder of the account after; default the same.
    #[arg(long, value_name = "ACCOUNT")]
    to: Option<PathBuf>,
    /// Year after; default that of the account, or the same.
    #[arg(long, value_name = "YEAR")]
    to_year: Option<i32>,
    /// Norm after; default the same.
    #[arg(long, value_name = "ID")]
    to_norm: Option<String>,
    /// Price set after; default the same.
    #[arg(long, value_name = "ID")]
    to_prices: Option<String>,
    #[command(flatten)]
    delivery: Delivery<Comparison>,
}

#[derive(Debug, Args)]
struct Check {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    delivery: Delivery<Checked>,
}

#[derive(Debug, Args)]
struct Prices {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    delivery: Delivery<PriceSets>,
}

#[derive(Debug, Args)]
struct InventoryOf {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    delivery: Delivery<Inventory>,
}

/// What a template is for.
#[derive(Debug, Args)]
struct TemplateOf {
    /// The norm whose indicators the account has, by id.
    #[arg(long, value_name = "ID", default_value = "GBT46869")]
    norm: String,
    /// The year of the account.
    #[arg(long)]
    year: i32,
    /// Code of the area.
    #[arg(long, value_name = "CODE")]
    area: String,
    /// Name of the area.
    #[arg(long)]
    name: String,
    /// Only the inventory.
    #[arg(long)]
    inventory: bool,
    /// Workbook to write.
    #[arg(short, long)]
    output: PathBuf,
}

pub(super) fn run(command: &Gep, manner: Manner) -> Result<(), Failure> {
    let lang = manner.lang;
    match &command.command {
        Command::Account(AccountOf { place, delivery }) => account(place, delivery, false, manner),
        Command::Downscale(Downscale { place, delivery }) => account(place, delivery, true, manner),
        Command::Explain(Explain { place, indicator, ecosystem, delivery }) => {
            delivery.form()?;
            let (book, _) = open(&place.account, manner)?;
            let asked = Asked { indicator: indicator.clone(), area: place.area.clone(), ecosystem: ecosystem.clone() };
            delivery.ready()?;
            delivery.deliver(&questions::gep_explain(&book, &place.chosen, &asked)?, lang)
        }
        Command::Compare(command) => compare(command, manner),
        Command::Check(Check { place, delivery }) => {
            delivery.form()?;
            let (book, _) = open(&place.account, manner)?;
            delivery.ready()?;
            delivery.deliver(&questions::gep_check(&book, &place.chosen)?, lang)
        }
        Command::Prices(Prices { place, delivery }) => {
            delivery.form()?;
            let (book, _) = open(&place.account, manner)?;
            delivery.ready()?;
            delivery.deliver(&questions::gep_prices(&book, &place.chosen, place.area.as_ref())?, lang)
        }
        Command::Template(wanted) => template(wanted, manner),
        Command::Inventory(InventoryOf { place, delivery }) => {
            delivery.form()?;
            let (book, _) = open(&place.account, manner)?;
            delivery.ready()?;
            delivery.deliver(&questions::gep_inventory(&book), lang)
        }
    }
}

/// Opens an account; what was noticed goes to standard error.
fn open(path: &Path, manner: Manner) -> Result<(Book, Vec<Finding>), Failure> {
    let (book, noticed) = questions::gep_open(&files::account(path)?)?;
    if !manner.json {
        for finding in &noticed {
            let word = Phrase::new("cli.warning").render(manner.lang);
            let _ = writeln!(std::io::stderr(), "{word}: {}", finding.render(manner.lang));
        }
    }
    Ok((book, noticed))
}

fn account(place: &Place, delivery: &Delivery<Account>, divided: bool, manner: Manner) -> Result<(), Failure> {
    delivery.form()?;
    let opened = questions::gep_open(&files::account(&place.account)?)?;
    delivery.ready()?;
    let account = questions::gep_account(&opened, &place.chosen, (place.area.as_ref(), divided))?;
    delivery.deliver(&account, manner.lang)
}

fn compare(command: &Compare, manner: Manner) -> Result<(), Failure> {
    command.delivery.form()?;
    let (before, _) = open(&command.place.account, manner)?;
    let after = command.to.as_deref().map(|path| open(path, manner)).transpose()?;
    command.delivery.ready()?;
    let own = &command.place.chosen;
    let same = after.is_none();
    let or =
        |after: &Option<String>, before: &Option<String>| after.clone().or_else(|| before.clone().filter(|_| same));
    let chosen = GepChosen {
        year: command.to_year.or(own.year.filter(|_| same)),
        norm: or(&command.to_norm, &own.norm),
        prices: or(&command.to_prices, &own.prices),
    };
    let other = after.as_ref().map_or(&before, |(book, _)| book);
    let found = questions::gep_compare((&before, own), (other, &chosen), command.place.area.as_ref())?;
    command.delivery.deliver(&found, manner.lang)
}

fn template(command: &TemplateOf, manner: Manner) -> Result<(), Failure> {
    only(Form::Xlsx, &command.output)?;
    if !(1900..=2200).contains(&command.year) {
        let finding = Finding::error("gep.year", crate::finding::Place::file("--year"));
        return Err(Failure::usage(finding.with("value", command.year.to_string())));
    }
    let wanted = Wanted {
        norm: command.norm.clone(),
        year: command.year,
        area: (command.area.clone(), command.name.clone()),
        inventory: command.inventory,
    };
    let bytes = questions::gep_template(&wanted, manner.lang)?;
    deliver(&bytes, Some(&command.output), manner.lang)
}
