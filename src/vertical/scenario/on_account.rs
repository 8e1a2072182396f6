//! Changes of the account that a model divides by, in the account's own terms.

use crate::accounting::value::Value;
use crate::accounting::view::{Adjustment, Deed, Target};
use crate::document::tree::{Node, Value as Tree};
use crate::finding::Finding;
use crate::scenario::{Change, FigureSelection, Operation};
use crate::units::split_unit;

/// What the changes that concern the account change there, in order.
///
/// # Errors
/// A selection that is none, or a value that is no number.
pub fn adjustments<'c>(changes: impl Iterator<Item = &'c Change>) -> Result<Vec<Adjustment>, Finding> {
    changes.filter(|change| change.concerns_account()).map(adjustment).collect()
}

fn adjustment(change: &Change) -> Result<Adjustment, Finding> {
    let found = [("gep.price.", Target::Price), ("gep.parameter.", Target::Parameter)]
        .into_iter()
        .find_map(|(start, target)| Some((change.path.strip_prefix(start)?, target)));
    let (rest, target) = found.unwrap_or((&change.path, Target::Price));
    let refused = |part: String| Finding::error("scenario.selection_form", change.found_at()).with("text", part);
    let selection = FigureSelection::parse(rest).map_err(refused)?;
    if let Some((name, _, _)) = selection.conditions.first() {
        return Err(refused(name.clone()));
    }
    let number = |node: &Node| -> Result<(Value, String), Finding> {
        let (digits, unit) = match &node.value {
            Tree::Number(digits) => (digits.as_str(), ""),
            Tree::Text(text) => split_unit(text),
            _ => ("", ""),
        };
        let value = Value::parse(digits);
        let value = value
            .map_err(|_| Finding::error("scenario.not_numeric", change.found_at()).with("value", node.canonical()))?;
        Ok((value, unit.to_owned()))
    };
    let deed = match &change.operation {
        Operation::Scale(factor) => Deed::Scale(Value::of(factor.exact())),
        Operation::Set(node) => number(node).map(|(value, unit)| Deed::Set(value, unit))?,
        Operation::Add(node) => number(node).map(|(value, unit)| Deed::Add(value, unit))?,
    };
    let FigureSelection { figure: name, ecosystems, areas, .. } = selection;
    Ok(Adjustment { target, name, ecosystems, areas, deed, place: change.found_at() })
}
