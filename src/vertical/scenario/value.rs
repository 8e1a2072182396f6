//! Arithmetic on values of the model file and figures of the data, exactly.

use crate::dataset::Quantity;
use crate::document::tree::{Node, Value};
use crate::phrases::Phrase;
use crate::scenario::operation::{Operation, SIGNS};
use crate::units::{DECIMALS, Decimal, Exact, Extent, Money, split_unit};

/// A value times a factor: a number, money, a standard, or each number of a list or table.
pub(super) fn scaled(value: &Value, factor: Decimal) -> Option<Value> {
    let product = |number: Decimal, places: u32| Decimal::from_exact(&(number.exact() * factor.exact()), places, false);
    match value {
        Value::Number(text) => Some(Value::Number(product(Decimal::parse(text).ok()?, 12)?.to_string())),
        Value::Text(text) => {
            if let Ok(money) = Money::parse(text) {
                // Money is kept to the 分; a half rounds up.
                let fen = (money.exact() * factor.exact()).round().to_integer();
                let fen = num_traits::ToPrimitive::to_i64(&fen)?;
                return Some(Value::Text(format!("{} 元", Money::from_fen(fen).yuan())));
            }
            let (number, unit) = split_unit(text);
            Some(Value::Text(format!("{} {unit}", product(Decimal::parse(number).ok()?, 12)?)))
        }
        Value::List(items) => {
            let item = |node: &Node| Some(Node { line: node.line, value: scaled(&node.value, factor)? });
            Some(Value::List(items.iter().map(item).collect::<Option<_>>()?))
        }
        _ => None,
    }
}

/// The sum of two values of the same kind and unit.
pub(super) fn added(value: &Value, more: &Value) -> Option<Value> {
    match (value, more) {
        (Value::Number(a), Value::Number(b)) => {
            Some(Value::Number(Decimal::parse(a).ok()?.checked_add(Decimal::parse(b).ok()?)?.to_string()))
        }
        (Value::Text(a), Value::Text(b)) => {
            if let (Ok(a), Ok(b)) = (Money::parse(a), Money::parse(b)) {
                return Some(Value::Text(format!("{} 元", a.checked_add(b)?.yuan())));
            }
            let ((a, unit), (b, other)) = (split_unit(a), split_unit(b));
            let sum = Decimal::parse(a).ok()?.checked_add(Decimal::parse(b).ok()?)?;
            (unit == other).then(|| Value::Text(format!("{sum} {unit}")))
        }
        _ => None,
    }
}

/// A factor: `1.05`, `105%`, or a signed percentage `+5%`, `-5%` that is added to 1.
pub fn factor(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let Some(percent) = text.strip_suffix(['%', '\u{FF05}']) else { return Decimal::parse(text).ok() };
    let percent = percent.trim().replace('\u{FF0B}', "+").replace('\u{FF0D}', "-");
    let hundredths = Decimal::parse(&percent).ok()?.exact() / Exact::from_integer(100.into());
    let signed = text.starts_with(SIGNS);
    let factor = if signed { hundredths + Exact::from_integer(1.into()) } else { hundredths };
    Decimal::from_exact(&factor, 12, false).filter(|found| found.exact() == factor)
}

/// A figure after an operation, in the base unit of its quantity (元, 亩, 人); money is kept to the 分, a half rounds up.
///
/// # Errors
/// The phrase that says what is wrong with the value; `None` where it is no number or leaves the range.
pub(super) fn figure(before: Decimal, operation: &Operation, quantity: Quantity) -> Result<Decimal, Option<Phrase>> {
    let after = match operation {
        Operation::Set(node) => operand(node, quantity)?,
        Operation::Add(node) => before.checked_add(operand(node, quantity)?).ok_or(None)?,
        Operation::Scale(factor) => {
            // Money is kept to the 分.
            let is_money = quantity == Quantity::Money;
            before.product(*factor, if is_money { 2 } else { DECIMALS }, is_money).ok_or(None)?
        }
    };
    if quantity == Quantity::Money {
        Money::of(after, "元").map_err(Some)?;
    }
    Ok(after)
}

/// A number in the base unit, or text with a unit of the quantity.
fn operand(node: &Node, quantity: Quantity) -> Result<Decimal, Option<Phrase>> {
    let (Value::Number(text) | Value::Text(text)) = &node.value else { return Err(None) };
    let (number, unit) = split_unit(text);
    let number = Decimal::parse(number).map_err(Some)?;
    match (quantity, unit) {
        (_, "") => Ok(number),
        (Quantity::Money, unit) => {
            let money = Money::of(number, unit).map_err(Some)?;
            Decimal::parse(&money.yuan()).map_err(Some)
        }
        (Quantity::Extent, unit) => Extent::of(number, unit).map(Extent::mu).map_err(Some),
        (Quantity::Persons, "人") => Ok(number),
        (Quantity::Persons, "万人") => {
            Decimal::from_exact(&(number.exact() * Exact::from_integer(10_000.into())), 12, false).ok_or(None)
        }
        _ => Err(None),
    }
}

/// Base unit of a quantity, as printed; empty for plain numbers.
pub(super) fn base_unit(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::Money => "元",
        Quantity::Extent => "亩",
        Quantity::Persons => "人",
        Quantity::Number => "",
    }
}
