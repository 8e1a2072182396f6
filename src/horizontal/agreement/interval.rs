//! Thresholds with their sides said explicitly, and whether tiers cover every value once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agreement::written::{Number, shown};
use crate::phrases::{Phrase, Text};
use crate::units::Exact;

/// An interval: each end inclusive (`at_least`, `at_most`) or exclusive (`above`, `below`), or open without end.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// Lower end, which belongs to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Number>,
    /// Lower end, which does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<Number>,
    /// Upper end, which belongs to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Number>,
    /// Upper end, which does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<Number>,
}

/// A place between numbers: just before a number or just after it; −1 and 1 with `None` are the infinities.
type Cut = (i8, Option<(Exact, bool)>);

fn at(value: &Exact, after: bool) -> Cut {
    (0, Some((value.clone(), after)))
}

impl Bounds {
    /// Whether a value lies in it.
    pub fn holds(&self, value: &Exact) -> bool {
        self.at_least.as_ref().is_none_or(|end| *value >= end.0)
            && self.above.as_ref().is_none_or(|end| *value > end.0)
            && self.at_most.as_ref().is_none_or(|end| *value <= end.0)
            && self.below.as_ref().is_none_or(|end| *value < end.0)
    }

    /// Whether one end is given twice.
    pub(super) fn is_double(&self) -> bool {
        (self.at_least.is_some() && self.above.is_some()) || (self.at_most.is_some() && self.below.is_some())
    }

    /// Whether no number lies in it.
    pub(super) fn is_empty(&self) -> bool {
        self.end() <= self.start()
    }

    /// Whether it has an end at all.
    pub(super) fn is_bounded(&self) -> bool {
        self.start().1.is_some() || self.end().1.is_some()
    }

    fn start(&self) -> Cut {
        let closed = self.at_least.as_ref().map(|end| at(&end.0, false));
        closed.or_else(|| self.above.as_ref().map(|end| at(&end.0, true))).unwrap_or((-1, None))
    }

    fn end(&self) -> Cut {
        let closed = self.at_most.as_ref().map(|end| at(&end.0, true));
        closed.or_else(|| self.below.as_ref().map(|end| at(&end.0, false))).unwrap_or((1, None))
    }

    /// `P ≤ 1`, `0.95 < P ≤ 1`, with the name of what is measured.
    pub fn text(&self, name: &str) -> String {
        let low = match (&self.at_least, &self.above) {
            (Some(end), _) => format!("{} ≤ ", shown(&end.0)),
            (None, Some(end)) => format!("{} < ", shown(&end.0)),
            (None, None) => String::new(),
        };
        let high = match (&self.at_most, &self.below) {
            (Some(end), _) => format!(" ≤ {}", shown(&end.0)),
            (None, Some(end)) => format!(" < {}", shown(&end.0)),
            (None, None) => String::new(),
        };
        if low.is_empty() && high.is_empty() { format!("{name} ∈ ℝ") } else { format!("{low}{name}{high}") }
    }
}

/// An interval with the name of what is measured, in both languages.
pub(super) fn interval(bounds: &Bounds, name: &Text) -> Text {
    Text { zh: bounds.text(&name.zh), en: bounds.text(&name.en) }
}

/// What is wrong with a partition.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fault {
    /// Values that no tier covers.
    Gap(Text),
    /// Two tiers (by position) that share values.
    Overlap(usize, usize, Text),
}

/// Checks that intervals cover every value from `least` (or −∞) to `most` (or ∞), both included, once.
pub(super) fn partition(tiers: &[&Bounds], least: Option<&Exact>, most: Option<&Exact>) -> Option<Fault> {
    let from = least.map_or((-1, None), |value| at(value, false));
    let until = most.map_or((1, None), |value| at(value, true));
    // What lies beyond the least or the most value there is, is nothing.
    let mut spans: Vec<(Cut, Cut, usize)> = tiers
        .iter()
        .enumerate()
        .map(|(index, tier)| (tier.start().max(from.clone()), tier.end().min(until.clone()), index))
        .filter(|(start, end, _)| start < end)
        .collect();
    spans.sort();
    let mut reached = from;
    let mut last = 0;
    for (start, end, index) in spans {
        if start > reached {
            return Some(Fault::Gap(between(&reached, &start)));
        }
        if start < reached {
            return Some(Fault::Overlap(last, index, between(&start, &end.min(reached))));
        }
        reached = end;
        last = index;
    }
    (reached < until).then(|| Fault::Gap(between(&reached, &until)))
}

/// An interval between two cuts, as mathematics writes it.
fn between(low: &Cut, high: &Cut) -> Text {
    let low = match &low.1 {
        Some((value, true)) => format!("({}", shown(value)),
        Some((value, false)) => format!("[{}", shown(value)),
        None => "(−∞".to_owned(),
    };
    let high = match &high.1 {
        Some((value, true)) => format!("{}]", shown(value)),
        Some((value, false)) => format!("{})", shown(value)),
        None => "∞)".to_owned(),
    };
    Phrase::new("agreement.interval").with("low", low).with("high", high).text()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Option<Number> {
        Number::parse(text).ok()
    }

    fn fault(tiers: &[Bounds]) -> Option<String> {
        let zero = Exact::from_integer(0.into());
        let tiers: Vec<&Bounds> = tiers.iter().collect();
        partition(&tiers, Some(&zero), None).map(|fault| match fault {
            Fault::Gap(text) => format!("gap {}", text.en),
            Fault::Overlap(a, b, text) => format!("overlap {a} {b} {}", text.en),
        })
    }

    #[test]
    fn gaps_and_overlaps_are_named() {
        let at_most = |text| Bounds { at_most: number(text), ..Bounds::default() };
        let above = |text| Bounds { above: number(text), ..Bounds::default() };
        let from = |text| Bounds { at_least: number(text), ..Bounds::default() };
        let below = |text| Bounds { below: number(text), ..Bounds::default() };
        assert_eq!(fault(&[at_most("1"), above("1")]), None);
        assert_eq!(fault(&[above("1"), at_most("1")]), None);
        assert_eq!(fault(&[below("1"), from("1")]), None);
        assert_eq!(fault(&[below("1"), above("1")]).unwrap(), "gap [1, 1]");
        assert_eq!(fault(&[at_most("0.9"), above("1")]).unwrap(), "gap (0.9, 1]");
        assert_eq!(fault(&[at_most("1"), from("1")]).unwrap(), "overlap 0 1 [1, 1]");
        assert_eq!(fault(&[at_most("1")]).unwrap(), "gap (1, ∞)");
        assert_eq!(fault(&[above("1")]).unwrap(), "gap [0, 1]");
        assert_eq!(fault(&[at_most("1"), above("0.5")]).unwrap(), "overlap 0 1 (0.5, 1]");
        assert_eq!(fault(&[above("0.5"), above("1"), at_most("0.5")]).unwrap(), "overlap 0 1 (1, ∞)");
        assert_eq!(fault(&[]).unwrap(), "gap [0, ∞)");
    }
}
