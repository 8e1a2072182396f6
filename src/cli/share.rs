//! `ecocomp share`: too little money among claims, or the gains and costs of a cooperation among its parties.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use serde::de::IgnoredAny;

use crate::cli::arguments::not_negative;
use crate::cli::failure::Failure;
use crate::cli::frontier::ChartFormat;
use crate::cli::pay::limited;
use crate::cli::{completed, deliver, pretty, searching};
use crate::files;
use crate::finding::{Finding, Place};
use crate::horizontal::cooperative::{self, GameRequest};
use crate::horizontal::division::table::{self, Columns};
use crate::horizontal::division::{self, DivisionRequest, Figure, reading};
use crate::phrases::Lang;
use crate::report;

/// Arguments of `ecocomp share`.
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
    /// Seconds after which it stops, with what it found until then.
    #[arg(long, value_name = "SECONDS", value_parser = not_negative, allow_negative_numbers = true)]
    pub(super) time_limit: Option<f64>,
    /// Form of the result.
    #[arg(long, default_value = "table")]
    format: ChartFormat,
    /// File to write instead of standard output.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

pub(super) fn run(command: &Share, lang: Lang) -> Result<(), Failure> {
    files::protect(&command.file);
    let is_table = command.file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    if is_table {
        return divide(command, &from_table(command)?, lang);
    }
    let name = command.file.display().to_string();
    let text = files::read_text(&command.file)?;
    // What is no document at all is told before it is taken for one or the other.
    let keys: BTreeMap<String, IgnoredAny> = reading::document(&name, &text)?;
    if let Some(option) = column_option(command) {
        return Err(Failure::usage(Finding::error("cli.only_tables", Place::file(option))));
    }
    if keys.contains_key("claims") || keys.contains_key("amount") {
        let mut request: DivisionRequest = reading::document(&name, &text)?;
        request.file = Some(name);
        if let Some(amount) = &command.amount {
            request.amount = Figure::Text(amount.clone());
        }
        change(command, &mut request);
        return divide(command, &request, lang);
    }
    if !keys.contains_key("parties") {
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
    let options = searching(command.time_limit);
    let solved = cooperative::solve_while(&request, &|| !options.is_interrupted()).map_err(limited)?;
    let bytes = match command.format {
        ChartFormat::Table => report::game::text(&solved, lang).into_bytes(),
        ChartFormat::Json => pretty(&solved),
        ChartFormat::Csv => report::game::csv(&solved, lang),
        ChartFormat::Svg => report::game::svg(&solved, lang).into_bytes(),
    };
    deliver(&bytes, command.output.as_deref(), lang)?;
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

fn divide(command: &Share, request: &DivisionRequest, lang: Lang) -> Result<(), Failure> {
    let options = searching(command.time_limit);
    let division = division::divide_while(request, &|| !options.is_interrupted()).map_err(limited)?;
    let bytes = match command.format {
        ChartFormat::Table => report::share::text(&division, lang).into_bytes(),
        ChartFormat::Json => pretty(&division),
        ChartFormat::Csv => report::share::csv(&division, lang),
        ChartFormat::Svg => report::share::svg(&division, lang).into_bytes(),
    };
    deliver(&bytes, command.output.as_deref(), lang)?;
    completed(division.complete, &command.file)
}
