//! `ecocomp template` and `ecocomp generate`: files to begin with.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::failure::Failure;
use crate::cli::output::{deliver, only};
use crate::cli::usage::Manner;
use crate::dataset::columns::is_standard;
use crate::dataset::template::{self, Known};
use crate::dataset::{self, Quantity};
use crate::document::json;
use crate::document::tree::{Node, Value};
use crate::finding::{Finding, Place};
use crate::policy::standard_ecosystems;
use crate::report::forms::Form;
use crate::units::Money;
use crate::{files, run};

/// Writes a workbook ready to fill: empty, or with the areas and columns of a model.
#[derive(Debug, Args)]
pub(super) struct Template {
    /// Model whose ecosystems, areas and columns the template has; default the standard four ecosystems, and no areas.
    model: Option<PathBuf>,
    /// Result of last year (allocate --format json), whose amounts become last year's.
    #[arg(long, value_name = "FILE", requires = "model")]
    last_year: Option<PathBuf>,
    /// Workbook to write.
    #[arg(short, long)]
    output: PathBuf,
}

/// Writes a synthetic dataset and model of any size, marked illustrative.
#[derive(Debug, Args)]
pub(super) struct Generate {
    /// Number of areas.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=200_000))]
    areas: u64,
    /// Seed: the same seed gives the same files.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder to write to.
    #[arg(short, long)]
    output: PathBuf,
}

pub(super) fn template(command: &Template, manner: Manner) -> Result<(), Failure> {
    only(Form::Xlsx, &command.output)?;
    let specs = match &command.model {
        Some(model) => {
            let (text, spots) = files::model_text(model)?;
            let name = model.display().to_string();
            let found = run::ecosystems_of(&text, &name);
            found.map_err(|findings| spots.map_or(findings.clone(), |spots| spots.locate(&name, findings)))?
        }
        None => standard_ecosystems().into_iter().map(|(spec, _)| spec).collect(),
    };
    let known = match &command.model {
        Some(model) => known(model, command.last_year.as_deref(), manner)?,
        None => Known::default(),
    };
    let bytes = template::template(&specs, &known, manner.lang)
        .map_err(|error| Finding::error("cli.unwritable", Place::default()).with("why", error.to_string()))?;
    deliver(&bytes, Some(&command.output), manner.lang)
}

/// What a model's data and last year's result say of next year's data.
fn known(model: &Path, last_year: Option<&Path>, manner: Manner) -> Result<Known, Failure> {
    let result = last_year.map(amounts).transpose()?;
    // A model that cannot be read with its data has no areas to offer; what is wrong with it, `check` says.
    let prepared = files::open(model, None, Vec::new()).and_then(|inputs| run::prepare(&inputs));
    let Ok(prepared) = prepared else {
        return match (prepared, result) {
            (Err(findings), Some(_)) => Err(findings.into()),
            _ => Ok(Known::default()),
        };
    };
    let frame = &prepared.problem.frame;
    let dataset = &frame.dataset;
    let own = |has: &dyn Fn(&str) -> bool| -> Vec<String> {
        let names = dataset.quantities().iter().filter(|(name, _)| !is_standard(name) && has(name));
        names.map(|(name, quantity)| format!("{name}({})", unit(*quantity))).collect()
    };
    let last = |code: &str, ecosystem: &str| {
        result.as_ref().and_then(|result| result.get(&(code.to_owned(), ecosystem.to_owned()))).copied()
    };
    let cell = |cell: &std::sync::Arc<dataset::Cell>| {
        let code = dataset.areas().get(cell.area.0).map_or("", |area| area.code.as_str());
        let label = frame.ecosystems.iter().find(|(id, _)| *id == cell.ecosystem);
        let label = label.map_or(cell.ecosystem.clone(), |(_, label)| label.get(manner.lang).to_owned());
        (cell.area.0, label, last(code, &cell.ecosystem))
    };
    Ok(Known {
        areas: dataset.areas().iter().map(|area| (area.code.clone(), area.name.clone())).collect(),
        cells: dataset.cells().iter().map(cell).collect(),
        area_columns: own(&|name| dataset.areas().iter().any(|area| area.figures.contains_key(name))),
        cell_columns: own(&|name| dataset.cells().iter().any(|cell| cell.figures.contains_key(name))),
    })
}

fn unit(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::Money => "元",
        Quantity::Extent => "亩",
        Quantity::Persons => "人",
        Quantity::Number => "无",
    }
}

/// The amounts of a result, by area code and ecosystem.
fn amounts(path: &Path) -> Result<BTreeMap<(String, String), Money>, Failure> {
    files::protect(path);
    let name = path.display().to_string();
    let tree = json::parse_lenient(&files::read_text(path)?, &name)?;
    let text = |node: &Node, key: &str| match &node.get(key)?.value {
        Value::Text(text) | Value::Number(text) => Some(text.clone()),
        _ => None,
    };
    let cell = |node: &Node| {
        let fen = text(node, "amount_fen")?.parse::<i64>().ok()?;
        Some(((text(node, "area")?, text(node, "ecosystem")?), Money::from_fen(fen)))
    };
    let cells = match tree.get("cells").map(|node| &node.value) {
        Some(Value::List(items)) => items.iter().map(cell).collect::<Option<BTreeMap<_, _>>>(),
        _ => None,
    };
    cells.filter(|cells| !cells.is_empty()).ok_or_else(|| Finding::error("cli.no_result", Place::file(name)).into())
}

pub(super) fn generate(command: &Generate, manner: Manner) -> Result<(), Failure> {
    let areas = usize::try_from(command.areas).unwrap_or(usize::MAX);
    let made = dataset::synthetic::generate(areas, command.seed).files;
    let made: Vec<(PathBuf, String)> = made.into_iter().map(|(name, text)| (command.output.join(name), text)).collect();
    // All of them or none: a dataset of two halves is none.
    made.iter().try_for_each(|(path, _)| files::writable(path))?;
    made.iter().try_for_each(|(path, text)| deliver(text.as_bytes(), Some(path), manner.lang))
}
