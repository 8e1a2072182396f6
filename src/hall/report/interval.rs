//! The interval of a number as a sentence.

use crate::analysis::curve::{Interval, Proof};
use crate::figures::fixed;
use crate::phrases::{Lang, Phrase};
use crate::units::Money;

/// A value with its unit: money in 万元.
fn value(found: &Interval, at: f64) -> String {
    if found.is_money {
        return format!("{} 万元", Money::from_fen((at * 100.0).round() as i64).wan(4));
    }
    let number = fixed(at, 6);
    if found.unit.is_empty() { number } else { format!("{number} {}", found.unit) }
}

/// The interval as a terminal report.
pub fn text(found: &Interval, lang: Lang) -> String {
    let end = |end: Option<f64>| end.map_or_else(|| "∞".to_owned(), |end| value(found, end));
    let code = match (found.proof, found.possible) {
        (Proof::None, _) | (_, None) => "curve.interval_unknown",
        (_, Some(false)) => "curve.interval_none",
        (_, Some(true)) => "curve.interval",
    };
    let line = Phrase::new(code).with("path", &found.path).with("now", value(found, found.now));
    let least = if found.least.is_none() { "−∞".to_owned() } else { end(found.least) };
    let line = line.with("least", least).with("most", end(found.most)).render(lang);
    let mut text = format!("{}\n{line}", found.model.get(lang));
    if let Some(remark) = &found.remark {
        text = format!("{text}\n{}", remark.get(lang));
    }
    text.push('\n');
    text
}
