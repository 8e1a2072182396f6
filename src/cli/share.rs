//! `ecocomp share`: too little money among claims, or the gains and costs of a cooperation among its parties.

use std::path::PathBuf;

use clap::Args;

use crate::cli::failure::Failure;
use crate::cli::output::Delivery;
use crate::cli::question::{Limit, completed};
use crate::cli::usage::Manner;
use crate::files;
use crate::finding::{Finding, Place};
use crate::horizontal::cooperative::{GameRequest, Solved};
use crate::horizontal::division::table::{self, Columns};
use crate::horizontal::division::{Division, DivisionRequest, Figure, reading};
use crate::questions::question::OfDocument as _;

/// Divides too little money among claims, or the gains or costs of a cooperation among its parties.
#[derive(Debug, Args)]
pub(super) struct Share {
    /// Claims (.csv, or .toml/.json with claims), or a cooperative game (.toml/.json with parties).
    file: PathBuf,
    /// What there is to divide among the claims, such as "312476.94" or "1.2 亿元".
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    amount: Option<String>,
    /// Unit of amounts written without one; default 元.
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
    /// Rule of division, by name or short name (talmud, CEA, …), or all; may be repeated. Default all.
    #[arg(long = "rule", value_name = "RULE", value_delimiter = ',')]
    rules: Vec<String>,
    /// Awards and shares are whole multiples of this amount; default 0.01 元.
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    rounding: Option<String>,
    /// Seed where orders are drawn.
    #[arg(long)]
    seed: Option<u64>,
    /// Header of the names in a table of claims.
    #[arg(long, value_name = "HEADER")]
    name_column: Option<String>,
    /// Header of the claims.
    #[arg(long, value_name = "HEADER")]
    claim_column: Option<String>,
    /// Header of the weights.
    #[arg(long, value_name = "HEADER")]
    weight_column: Option<String>,
    /// Header of the least awards.
    #[arg(long, value_name = "HEADER")]
    floor_column: Option<String>,
    /// Header of the largest awards.
    #[arg(long, value_name = "HEADER")]
    cap_column: Option<String>,
    /// Header of the classes, which are served in order.
    #[arg(long, value_name = "HEADER")]
    class_column: Option<String>,
    #[command(flatten)]
    limit: Limit,
    #[command(flatten)]
    delivery: Delivery<Division>,
}

pub(super) fn run(command: &Share, manner: Manner) -> Result<(), Failure> {
    command.delivery.form()?;
    files::protect(&command.file);
    let is_table = command.file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    if is_table {
        return divide(command, from_table(command)?, manner);
    }
    let name = command.file.display().to_string();
    let text = files::read_text(&command.file)?;
    // What is no document at all is told before it is taken for one or the other.
    let keys = reading::keys(&name, &text)?;
    if let Some(option) = column_option(command) {
        return Err(Failure::usage(Finding::error("cli.only_tables", Place::file(option))));
    }
    if keys.contains("claims") || keys.contains("amount") {
        let mut request: DivisionRequest = reading::document(&name, &text)?;
        request.file = Some(name);
        if let Some(amount) = &command.amount {
            request.amount = Figure::Text(amount.clone());
        }
        change(command, &mut request);
        return divide(command, request, manner);
    }
    if !keys.contains("parties") {
        return Err(Failure::Findings(Finding::error("division.neither", Place::file(&name)).into()));
    }
    let mut request: GameRequest = reading::document(&name, &text)?;
    if command.amount.is_some() || !command.rules.is_empty() {
        let option = if command.amount.is_some() { "--amount" } else { "--rule" };
        return Err(Failure::usage(Finding::error("cli.only_claims", Place::file(option))));
    }
    request.file = Some(name);
    if let Some(unit) = &command.unit {
        request.unit = Some(unit.clone());
    }
    if let Some(rounding) = &command.rounding {
        request.rounding = Some(Figure::Text(rounding.clone()));
    }
    request.seed = command.seed.unwrap_or(request.seed);
    command.delivery.ready()?;
    let solved = request.answer(&command.limit.begin(manner))?;
    command.delivery.of::<Solved>().deliver(&solved, manner.lang)?;
    completed(solved.complete, &command.file)
}

/// An option that names a column, where one is given.
fn column_option(command: &Share) -> Option<&'static str> {
    let options = [
        ("--name-column", &command.name_column),
        ("--claim-column", &command.claim_column),
        ("--weight-column", &command.weight_column),
        ("--floor-column", &command.floor_column),
        ("--cap-column", &command.cap_column),
        ("--class-column", &command.class_column),
    ];
    options.iter().find(|(_, given)| given.is_some()).map(|(option, _)| *option)
}

fn from_table(command: &Share) -> Result<DivisionRequest, Failure> {
    let name = command.file.display().to_string();
    let Some(amount) = &command.amount else {
        return Err(Failure::usage(Finding::error("cli.needs_amount", Place::file("--amount"))));
    };
    let columns = Columns {
        name: command.name_column.clone(),
        claim: command.claim_column.clone(),
        weight: command.weight_column.clone(),
        floor: command.floor_column.clone(),
        cap: command.cap_column.clone(),
        class: command.class_column.clone(),
    };
    let (claims, notes) = table::read(&name, &files::table_bytes(&command.file)?, &columns)?;
    let mut request = DivisionRequest::new(Figure::Text(amount.clone()), claims);
    request.notes = notes;
    request.file = Some(name);
    change(command, &mut request);
    Ok(request)
}

/// What the command line says beside the file.
fn change(command: &Share, request: &mut DivisionRequest) {
    if let Some(unit) = &command.unit {
        request.unit = Some(unit.clone());
    }
    if let Some(rounding) = &command.rounding {
        request.rounding = Some(Figure::Text(rounding.clone()));
    }
    if !command.rules.is_empty() {
        request.rules.clone_from(&command.rules);
    }
    request.seed = command.seed.unwrap_or(request.seed);
}

fn divide(command: &Share, request: DivisionRequest, manner: Manner) -> Result<(), Failure> {
    command.delivery.ready()?;
    let division = request.answer(&command.limit.begin(manner))?;
    command.delivery.deliver(&division, manner.lang)?;
    completed(division.complete, &command.file)
}
