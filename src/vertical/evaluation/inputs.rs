//! Uncertain inputs as changes: drawn numbers written as `--set` would have them.

use crate::dataset::Quantity;
use crate::document::tree::{Node, Value};
use crate::finding::{Finding, Findings, Place};
use crate::run::{self, Prepared};
use crate::scenario::{Change, Operation, canonical};
use crate::uncertainty::{Action, Input};
use crate::units::{DECIMALS, Decimal, Money};

/// Significant digits of a drawn value: finer is noise, and a record must repeat exactly.
const DIGITS: i32 = 12;

/// The values of one scenario as they are used, and the changes they make.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// The value of each input, rounded as written; NaN for an input that is left as it is.
    pub values: Vec<f64>,
    /// The changes, ready to be laid over the model.
    pub changes: Vec<Change>,
}

/// The inputs of a model, known to fit it.
#[derive(Debug, Clone)]
pub struct Inputs {
    inputs: Vec<Input>,
    grains: Vec<Grain>,
}

/// How fine the thing is that an input changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grain {
    /// So many decimals of the drawn number.
    Places(u32),
    /// The amount of a fund: whole multiples of the model's rounding unit, or it could not be spent in full.
    Fund { amount: Money, unit: Money },
}

impl Inputs {
    /// Checks that every input changes something of the model.
    ///
    /// # Errors
    /// Unknown paths, empty selections, values that cannot be changed so; each at its place in the model file.
    pub fn new(inputs: Vec<Input>, prepared: &Prepared) -> Result<Self, Findings> {
        let grains = inputs.iter().map(|input| grain(input, prepared)).collect();
        let found = Self { inputs, grains };
        let mut findings = Vec::new();
        for (position, input) in found.inputs.iter().enumerate() {
            let value = match input.distribution {
                Some(distribution) => distribution.quantile(0.5),
                None => input.grid.first().copied().unwrap_or_default().to_f64(),
            };
            if let Some((_, change)) = found.change(position, value)
                && let Err(Findings(refused)) = applies(&change, prepared)
            {
                findings.extend(refused.into_iter().map(|finding| moved(finding, input, prepared)));
            }
        }
        if findings.is_empty() { Ok(found) } else { Err(Findings(findings)) }
    }

    /// The inputs.
    pub fn list(&self) -> &[Input] {
        &self.inputs
    }

    /// Number of inputs.
    pub fn len(&self) -> usize {
        self.inputs.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.inputs.is_empty()
    }

    /// All inputs at these values; NaN leaves an input as the model has it.
    pub fn drawn(&self, point: &[f64]) -> Drawn {
        let mut drawn = Drawn { values: Vec::with_capacity(point.len()), changes: Vec::new() };
        for (position, value) in point.iter().enumerate() {
            match self.change(position, *value) {
                Some((value, change)) => {
                    drawn.values.push(value);
                    drawn.changes.push(change);
                }
                None => drawn.values.push(f64::NAN),
            }
        }
        drawn
    }

    /// One input at a value: the value as used, and the change.
    fn change(&self, position: usize, value: f64) -> Option<(f64, Change)> {
        let input = self.inputs.get(position)?;
        let places = match self.grains.get(position)? {
            Grain::Places(places) => *places,
            Grain::Fund { amount, unit } => return fund_change(input, value, *amount, *unit),
        };
        let digits = written(value, places)?;
        let number = Decimal::parse(&digits).ok()?;
        let (sign, operation) = match input.action {
            Action::Scale => ("*=", Operation::Scale(number)),
            Action::Add => ("+=", Operation::Add(node(&digits, &input.unit))),
            Action::Set => ("=", Operation::Set(node(&digits, &input.unit))),
        };
        let gap = if input.unit.is_empty() { "" } else { " " };
        let text = format!("{}{sign}{digits}{gap}{}", input.path, input.unit);
        Some((number.to_f64(), Change { text, path: input.path.clone(), operation, place: drawn() }))
    }
}

/// Where a drawn change stands.
fn drawn() -> Place {
    Place::default().column("uncertainty")
}

/// A fund at a drawn value: the amount is set, as a whole multiple of the rounding unit.
fn fund_change(input: &Input, value: f64, amount: Money, unit: Money) -> Option<(f64, Change)> {
    let value = Decimal::parse(&written(value, DECIMALS)?).ok()?;
    let exact = match input.action {
        Action::Scale => value.exact() * amount.exact(),
        Action::Add => value.exact() * Money::of(Decimal::ONE, &input.unit).ok()?.exact() + amount.exact(),
        Action::Set => value.exact() * Money::of(Decimal::ONE, &input.unit).ok()?.exact(),
    };
    let money = (exact / unit.exact()).round() * unit.exact();
    let text = format!("{} 元", Money::from_fen(num_traits::ToPrimitive::to_i64(&money.to_integer())?).yuan());
    let node = Node { line: 0, value: Value::Text(text.clone()) };
    let text = format!("{}={text}", input.path);
    Some((value.to_f64(), Change { text, path: input.path.clone(), operation: Operation::Set(node), place: drawn() }))
}

fn node(digits: &str, unit: &str) -> Node {
    let value =
        if unit.is_empty() { Value::Number(digits.to_owned()) } else { Value::Text(format!("{digits} {unit}")) };
    Node { line: 0, value }
}

/// A value with at most twelve significant digits and so many decimals; `None` for what is no number.
fn written(value: f64, places: u32) -> Option<String> {
    if !value.is_finite() {
        return None;
    }
    let magnitude = if value == 0.0 { 0 } else { value.abs().log10().floor() as i32 };
    let places = (DIGITS - 1 - magnitude).clamp(0, places.cast_signed());
    let text = format!("{value:.0$}", usize::try_from(places).unwrap_or(0));
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text.as_str() };
    Some(if text == "-0" { "0".to_owned() } else { text.to_owned() })
}

/// How fine the changed thing is: money goes down to the 分, funds to the rounding unit.
fn grain(input: &Input, prepared: &Prepared) -> Grain {
    let problem = &prepared.problem;
    let path = canonical(&prepared.tree, &input.path);
    let fund = path.strip_prefix("fund.").and_then(|rest| rest.strip_suffix(".amount"));
    if let Some(fund) = fund.and_then(|id| problem.frame.funds.iter().find(|fund| fund.id == id)) {
        return Grain::Fund { amount: fund.amount, unit: problem.head.rounding };
    }
    Grain::Places(places(input, prepared))
}

fn places(input: &Input, prepared: &Prepared) -> u32 {
    if Money::knows(&input.unit) {
        let fits = |places: &u32| {
            Decimal::parse(&format!("1e-{places}")).is_ok_and(|step| Money::of(step, &input.unit).is_ok())
        };
        return (0..=DECIMALS).rev().find(fits).unwrap_or(0);
    }
    let name = input.path.strip_prefix("data.").map(|rest| rest.split('[').next().unwrap_or(rest));
    let quantity = name.and_then(|name| prepared.problem.frame.dataset.quantity(name));
    if quantity == Some(Quantity::Money) && input.action != Action::Scale { 2 } else { DECIMALS }
}

/// Whether a change finds its place, without binding the whole model.
fn applies(change: &Change, prepared: &Prepared) -> Result<(), Findings> {
    if change.concerns_data() {
        change.apply_to_data(&mut prepared.problem.frame.dataset.clone()).map_err(Findings::from)?;
    } else if change.concerns_model() {
        change.apply_to_model(&mut prepared.tree.clone()).map_err(Findings::from)?;
    }
    run::changed(prepared, std::slice::from_ref(change)).map(|_| ())
}

/// The finding of a change at the place of the input that made it.
fn moved(mut finding: Finding, input: &Input, prepared: &Prepared) -> Finding {
    let path = if input.place.is_empty() { "--grid".to_owned() } else { format!("{}.path", input.place) };
    finding.place = if input.line > 0 { prepared.place(input.line, &path) } else { Place::default().column(path) };
    finding
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_with_twelve_digits() {
        assert_eq!(written(1.034_567_890_123_456, 12).unwrap(), "1.03456789012");
        assert_eq!(written(0.5, 12).unwrap(), "0.5");
        assert_eq!(written(-1e-15, 12).unwrap(), "0");
        assert_eq!(written(123_456_789.123_456, 2).unwrap(), "123456789.12");
        assert_eq!(written(1200.0, 2).unwrap(), "1200");
        assert_eq!(written(f64::NAN, 2), None);
    }
}
