//! Lists of changes, applied.

use crate::dataset::Dataset;
use crate::document::rewrite::rewrite;
use crate::document::tree::Node;
use crate::finding::{Finding, Findings, Place};
use crate::scenario::{Change, Difference, Operation, on_unit, path, value};
use crate::units::Decimal;

/// Applies the changes that concern the model, in order.
///
/// # Errors
/// Every change that does not fit.
pub fn apply_to_model(changes: &[Change], tree: &mut Node) -> Result<Vec<Difference>, Findings> {
    let own: Vec<&Change> = changes.iter().filter(|change| change.concerns_model()).collect();
    let found = own.iter().map(|change| change.apply_to_model(tree));
    let mut differences = gate(found.map(|found| found.map(|difference| vec![difference])).collect())?;
    on_unit::put(&own, &mut differences, tree);
    Ok(differences)
}

/// The text of a model with the changes that concern it written in; its comments and its layout stay.
///
/// # Errors
/// No TOML, every change that does not fit, or a value that no model file holds.
pub fn write_into_model(text: &str, file: &str, changes: &[Change]) -> Result<(String, Vec<Difference>), Findings> {
    let mut tree = Node::parse(text, file)?;
    let differences = apply_to_model(changes, &mut tree)?;
    let written = rewrite(text, &tree);
    let refuse = || Finding::error("scenario.unwritable", Place::file(file));
    written.map(|text| (text, differences)).ok_or_else(|| refuse().into())
}

/// A value of the model times a factor, written out: a fund stays off the rounding unit where it falls there. A path or value that
/// cannot be scaled is left to [`apply_to_model`] to refuse.
pub fn scaled_out(tree: &Node, path: &str, factor: Decimal, place: Place) -> Change {
    let mut copy = tree.clone();
    let value = path::locate(&mut copy, path, false).ok().and_then(|node| value::scaled(&node.value, factor));
    let operation = match value {
        Some(value) => Operation::Set(Node { line: 0, value }),
        None => Operation::Scale(factor),
    };
    Change::new(path, operation, place)
}

/// Applies the changes that concern the data, in order.
///
/// What is selected is judged on the data before all of them, so that changes of different figures commute.
///
/// # Errors
/// Every change that does not fit.
pub fn apply_to_data(changes: &[Change], dataset: &mut Dataset) -> Result<Vec<Difference>, Findings> {
    let mut differences = Vec::new();
    alter_data(changes, dataset, &mut |difference| differences.push(difference()))?;
    Ok(differences)
}

/// Applies the changes that concern the data; `told` may ask for each difference.
///
/// # Errors
/// Every change that does not fit.
pub fn alter_data(
    changes: &[Change],
    dataset: &mut Dataset,
    told: &mut dyn FnMut(&dyn Fn() -> Difference),
) -> Result<(), Findings> {
    let concerned: Vec<&Change> = changes.iter().filter(|change| change.concerns_data()).collect();
    let resolved: Vec<_> = concerned
        .iter()
        .map(|change| {
            let selection = change.selection()?;
            let chosen = selection.as_ref().map(|found| found.resolve(dataset, &change.found_at())).transpose()?;
            Ok(selection.zip(chosen))
        })
        .collect();
    let mut apply = |(change, found): (&&Change, Result<Option<(crate::scenario::FigureSelection, _)>, Finding>)| {
        let Some((selection, chosen)) = found? else { return Ok(Vec::new()) };
        change.change_figures(dataset, &selection.figure, &chosen, told).map(|()| Vec::new())
    };
    gate(concerned.iter().zip(resolved).map(&mut apply).collect()).map(|_| ())
}

fn gate(found: Vec<Result<Vec<Difference>, Finding>>) -> Result<Vec<Difference>, Findings> {
    let mut differences = Vec::new();
    let mut findings = Vec::new();
    for one in found {
        match one {
            Ok(found) => differences.extend(found),
            Err(finding) => findings.push(finding),
        }
    }
    if findings.is_empty() { Ok(differences) } else { Err(Findings(findings)) }
}

/// Findings of a changed model, placed at the change that brought the value in.
pub fn relocate(findings: Findings, changes: &[Change], tree: &Node) -> Findings {
    let places: Vec<(String, &Change)> = changes
        .iter()
        .filter(|change| change.concerns_model())
        .map(|change| (path::written(&path::location(tree, &change.path)), change))
        .collect();
    let moved = |mut finding: Finding| {
        let column = finding.place.column.clone().unwrap_or_default();
        let within = |long: &str, short: &str, marks: &[char]| {
            long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with(marks))
        };
        let meant = |place: &str| within(&column, place, &['.', '[']) || within(place, &column, &['[']);
        if let Some((_, change)) = places.iter().rev().find(|(place, _)| !column.is_empty() && meant(place)) {
            finding.place = change.place.clone().column(column);
        }
        finding
    };
    Findings(findings.0.into_iter().map(moved).collect())
}
