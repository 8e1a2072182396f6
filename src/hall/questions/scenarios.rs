//! Scenarios side by side, and their differences attributed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::attribution::{Game, Players, attribute};
use crate::analysis::compare::{self as comparing, Comparison};
use crate::finding::{Finding, Findings, Place};
use crate::phrases::Phrase;
use crate::questions::Failure;
use crate::run::Prepared;
use crate::scenario::{Change, Scenario};
use crate::solver::SolveOptions;

/// Scenarios to put side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Compare {
    /// Scenarios: a name, names joined by `+`, `base`, or changes written out (`[NAME:] CHANGE; CHANGE`).
    #[schemars(length(min = 1, max = 100))]
    pub scenarios: Vec<String>,
    /// Puts the model as it stands first; so does a comparison of one scenario alone.
    #[serde(default)]
    pub base: bool,
    /// Attributes each difference against the first scenario.
    #[serde(default)]
    pub attribute: Option<Attribute>,
}

/// To what differences are attributed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Attribute {
    /// Single changes.
    Changes,
    /// The scenarios of a stack.
    Scenarios,
}

/// The scenarios of a comparison in the order of their columns, `on_top` above each; `find` knows the names.
///
/// # Errors
/// Everything that is wrong with them, and one given twice.
pub fn columns(
    asked: &Compare,
    on_top: &[Change],
    find: &mut dyn FnMut(&str) -> Result<Scenario, Findings>,
) -> Result<Vec<Scenario>, Findings> {
    let base = || Scenario::base(Phrase::new("scenario.base").text());
    let mut list: Vec<Scenario> = Vec::new();
    let mut findings = Vec::new();
    if asked.base || asked.scenarios.len() < 2 {
        list.push(base());
    }
    for word in &asked.scenarios {
        let found = if word == "base" { Ok(base()) } else { find(word) };
        match found {
            // The model put first and a scenario called base are the same column.
            Ok(found) if found.id == "base" && asked.base => {}
            Ok(found) if list.iter().any(|known| known.id == found.id || known.is_same_as(&found)) => {
                findings.push(Finding::error("scenario.twice", Place::file("--scenario")).with("name", &found.id));
            }
            Ok(found) => list.push(found),
            Err(Findings(found)) => findings.extend(found),
        }
    }
    if !findings.is_empty() {
        return Err(Findings(findings));
    }
    Ok(list.into_iter().map(|scenario| scenario.with(on_top)).collect())
}

/// Solves scenarios of a prepared model and lays them side by side.
///
/// # Errors
/// Changes that do not fit, too many players (before anything is solved), or what ends a run.
pub fn compare(
    base: &Prepared,
    list: &[Scenario],
    by: Option<Attribute>,
    (options, threads): (&SolveOptions, usize),
) -> Result<Comparison, Failure> {
    let pairs = pairs(by, base, list)?;
    let mut comparison = comparing::compare(base, list, options).map_err(|error| Failure::of(error, options))?;
    for (from, to, players) in pairs {
        let part = attribute(base, (from, to), players, options, threads);
        comparison.attributions.push(part.map_err(|error| Failure::of(error, options))?);
    }
    Ok(comparison)
}

type Pair<'a> = (&'a Scenario, &'a Scenario, Players);

/// What is to be attributed; too many players are refused before anything is solved.
fn pairs<'a>(by: Option<Attribute>, base: &Prepared, list: &'a [Scenario]) -> Result<Vec<Pair<'a>>, Findings> {
    let players = match by {
        None => return Ok(Vec::new()),
        Some(Attribute::Changes) => Players::Changes,
        Some(Attribute::Scenarios) => Players::Scenarios,
    };
    let Some((first, others)) = list.split_first() else { return Ok(Vec::new()) };
    let mut findings = Vec::new();
    for other in others {
        findings.extend(Game::new(base, first, other, players).err());
    }
    if !findings.is_empty() {
        return Err(Findings(findings));
    }
    Ok(others.iter().map(|other| (first, other, players)).collect())
}
