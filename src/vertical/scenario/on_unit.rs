//! Funds that a percentage moves: put on the rounding unit, or no plan could spend them in full.

use crate::document::tree::{CHANGED, Node, Value};
use crate::scenario::{Change, Difference, Operation, path};
use crate::units::{Exact, Money};

/// Puts each fund amount that a factor has moved on the nearest multiple of the model's rounding unit (a half goes up), and notes
/// the exact amount; one difference stands for one change.
///
/// It happens after all changes, so that neither their order nor where the rounding unit is changed makes any difference. An
/// amount that is written out is taken at its word.
pub(super) fn put(changes: &[&Change], differences: &mut [Difference], tree: &mut Node) {
    let rounding = tree.get("model").and_then(|model| model.get("rounding"));
    let key = |key: &str| rounding.and_then(|node| node.get(key));
    // What is left of a fund may stay in it: then it need not be put on the unit.
    if matches!(key("remainder").map(|node| &node.value), Some(Value::Text(word)) if word == "fund") {
        return;
    }
    let unit = key("unit").or(rounding).and_then(money).unwrap_or(Money::from_fen(1));
    if unit <= Money::from_fen(1) {
        return;
    }
    let places: Vec<Vec<String>> = changes.iter().map(|change| path::location(tree, &change.path)).collect();
    for (at, place) in places.iter().enumerate() {
        let is_last = !places.iter().skip(at + 1).any(|later| later == place);
        if !is_last || !is_fund_amount(place) || !is_scaled(changes, &places, place) {
            continue;
        }
        let Some(change) = changes.get(at) else { continue };
        let Ok(node) = path::locate(tree, &change.path, false) else { continue };
        let Some(exact) = money(node) else { continue };
        let Some(rounded) = nearest(exact, unit).filter(|rounded| *rounded != exact) else { continue };
        node.value = Value::Text(format!("{} 元", rounded.yuan()));
        node.line = CHANGED;
        if let Some(difference) = differences.get_mut(at) {
            difference.unrounded = Some(std::mem::replace(&mut difference.after, node.canonical()));
        }
    }
}

fn money(node: &Node) -> Option<Money> {
    if let Value::Text(text) = &node.value { Money::parse(text).ok() } else { None }
}

fn is_fund_amount(place: &[String]) -> bool {
    matches!(place, [fund, _, amount] if fund == "fund" && amount == "amount")
}

/// Whether a factor acts on the place after it was last set.
fn is_scaled(changes: &[&Change], places: &[Vec<String>], place: &[String]) -> bool {
    let here = changes.iter().zip(places).filter(|(_, known)| known.as_slice() == place);
    here.fold(false, |scaled, (change, _)| match change.operation {
        Operation::Set(_) => false,
        Operation::Scale(_) => true,
        Operation::Add(_) => scaled,
    })
}

fn nearest(money: Money, unit: Money) -> Option<Money> {
    let units: Exact = money.exact() / unit.exact();
    let fen = (units.round() * unit.exact()).to_integer();
    num_traits::ToPrimitive::to_i64(&fen).map(Money::from_fen)
}
