//! What may be the cause where a printed figure does not follow.

use std::sync::LazyLock;

use serde::Deserialize;

use super::{Work, size};
use crate::ledger::Slot;
use crate::phrases::Phrase;
use crate::printed::{Printed, What};
use crate::value::Value;

/// A slip that shows as a ratio.
#[derive(Debug, Deserialize)]
struct Slip {
    name: String,
    low: f64,
    high: f64,
    #[serde(default)]
    of: Option<String>,
}

impl Slip {
    fn phrase(&self) -> &'static str {
        if self.name == "carbon" { "gep.cause_carbon" } else { "gep.cause_dry_matter" }
    }
}

#[derive(Debug, Default, Deserialize)]
struct Slips {
    slip: Vec<Slip>,
}

static SLIPS: LazyLock<Slips> = LazyLock::new(|| toml::from_str(include_str!("../slips.toml")).unwrap_or_default());

impl Work<'_, '_> {
    /// What may be the cause: powers of ten, known ratios, digits changed about, the base of a share, a step of no ladder.
    pub(super) fn cause(&self, row: &Printed, value: &Value) -> Option<Phrase> {
        let ratio = row.value.div(value).ok()?.to_f64();
        let near = |wanted: f64| (ratio / wanted - 1.0).abs() < 0.006;
        let power = ratio.abs().log10().round();
        if power != 0.0 && near(10_f64.powf(power)) {
            return Some(Phrase::new("gep.cause_power").with("factor", format!("{}", 10_f64.powf(power))));
        }
        if row.what == What::Share {
            let base = self.base_of_share(row);
            return Some(base.map_or_else(
                || Phrase::new("gep.cause_share"),
                |code| Phrase::new("gep.cause_share_base").with("code", code),
            ));
        }
        let greater = if ratio.abs() < 1.0 { 1.0 / ratio } else { ratio };
        let slip = SLIPS.slip.iter().find(|slip| {
            greater >= slip.low && greater <= slip.high && slip.of.as_ref().is_none_or(|of| self.takes(row, of))
        });
        if let Some(slip) = slip {
            return Some(Phrase::new(slip.phrase()));
        }
        let digits = |text: &str| {
            let mut digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
            digits.sort_unstable();
            digits
        };
        let places = usize::try_from(row.places).unwrap_or(0);
        let shown = format!("{:.places$}", value.to_f64());
        if digits(&shown) == digits(&row.text) && shown != row.text {
            return Some(Phrase::new("gep.cause_digits").with("value", shown));
        }
        self.off_ladder(row)
    }

    /// Whether a formula of the row takes a figure or parameter of a substance.
    fn takes(&self, row: &Printed, substance: &str) -> bool {
        let lines = self.cells(row).into_iter().filter_map(|cell| self.ledger.lines.get(cell.line));
        lines
            .flat_map(|line| line.quantity.iter().chain(&line.value))
            .any(|bound| bound.formula.variables.iter().any(|variable| variable.unit.dimension.contains_key(substance)))
    }

    /// The sum below the total of which a printed share is one.
    fn base_of_share(&self, row: &Printed) -> Option<String> {
        let tree = &self.book.tree;
        let own = self.sum(&self.cells(row), true)?.0;
        let half = Value::Decimal(5, -1 - i32::try_from(row.places).unwrap_or(0));
        let mut at = tree.entries.get(tree.find(&row.code)?)?.parent;
        while let Some(entry) = at.and_then(|at| tree.entries.get(at)) {
            let above = Printed { code: entry.code.clone(), ..row.clone() };
            let share = self.sum(&self.cells(&above), true).and_then(|whole| own.div(&whole.0).ok());
            let share = share.and_then(|share| share.div(&row.unit.scale).ok());
            if entry.parent.is_some() && share.is_some_and(|share| size(&share.sub(&row.value)) <= half) {
                return Some(entry.code.clone());
            }
            at = entry.parent;
        }
        None
    }

    /// A printed value that stands for no step of the ladder by which it was valued.
    fn off_ladder(&self, row: &Printed) -> Option<Phrase> {
        let cells = self.cells(row);
        let ([cell], What::Value) = (cells.as_slice(), row.what) else { return None };
        let bound = self.ledger.lines.get(cell.line)?.value.as_ref()?;
        let ladder = bound.slots.iter().find_map(|slot| match slot {
            Slot::Ladder(ladder) => *ladder,
            _ => None,
        })?;
        let implied = row.value.mul(&row.unit.scale).div(cell.physical.as_ref()?).ok()?;
        let own = |value: &Value| value.div(&ladder.unit.scale).map_or_else(|_| String::new(), |value| value.shown(6));
        let steps = ladder.steps.iter().map(|(_, value)| own(value)).collect::<Vec<_>>().join(", ");
        let phrase = Phrase::new("gep.cause_ladder").with("value", own(&implied)).with("unit", &ladder.unit.text);
        Some(phrase.with("steps", steps))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_of_slips_are_read() {
        let slips: Result<Slips, _> = toml::from_str(include_str!("../slips.toml"));
        assert_eq!(slips.map(|slips| slips.slip.len()), Ok(SLIPS.slip.len()));
        assert!(SLIPS.slip.len() > 1);
        for slip in &SLIPS.slip {
            assert!(slip.low > 1.0 && slip.high > slip.low);
            assert!(["carbon", "dry_matter"].contains(&slip.name.as_str()));
        }
    }
}
