//! A figure of a cell as offices write it.

use crate::cells::half_width;
use crate::dataset::Quantity;
use crate::dataset::table::Raw;
use crate::finding::{Finding, FindingLog, Place};
use crate::units::{Decimal, Exact, Extent, Money, split_unit};

/// Signs that there is no figure.
const MISSING: &[&str] =
    &["", "-", "--", "—", "——", "–", "/", "\\", "无", "…", "……", "*", "、", "空", "n/a", "na", "暂无", "缺"];

/// Whether a text says that there is no figure.
pub(super) fn is_missing(text: &str) -> bool {
    MISSING.contains(&half_width(text).to_lowercase().as_str())
}

/// The figure of a cell in the unit of its column; `None` where it has none, or with a finding where it cannot be read.
pub(super) fn figure(
    raw: &Raw,
    (quantity, unit): (Quantity, &str),
    place: Place,
    log: &mut FindingLog,
) -> Option<Decimal> {
    let refuse = |log: &mut FindingLog, code: &'static str, value: &str| {
        let finding = match code {
            "office.not_a_figure" => Finding::error("office.not_a_figure", place.clone()),
            code => Finding::error(code, place.clone()),
        };
        log.push(finding.with("value", value).with("unit", unit));
        None
    };
    match raw {
        Raw::Blank => None,
        Raw::Refused(code, value) => refuse(log, code, value),
        Raw::Percent(number) if unit == "%" => {
            let exact = Decimal::from_f64(*number).ok()?.exact() * Exact::from_integer(100.into());
            Decimal::from_exact(&exact, 12, false)
        }
        Raw::Percent(number) => refuse(log, "office.percent", &format!("{}%", number * 100.0)),
        Raw::Number(number) => match Decimal::from_f64(*number) {
            Ok(figure) => Some(figure),
            Err(phrase) => {
                log.push(Finding::from_phrase(phrase, place));
                None
            }
        },
        Raw::Text(text) if is_missing(text) => None,
        Raw::Text(text) => {
            let half: String = half_width(text).chars().filter(|c| !c.is_whitespace()).collect();
            let bare = half.strip_prefix(['\u{A5}', '￥']).unwrap_or(&half).replace('，', ",");
            if let Ok(figure) = Decimal::parse(&bare) {
                return Some(figure);
            }
            let (number, own) = split_unit(&bare);
            match Decimal::parse(number) {
                Ok(figure) if own == unit => {
                    log.push(Finding::warning("office.unit_in_cell", place).with("value", text).with("unit", unit));
                    Some(figure)
                }
                Ok(figure) if !own.is_empty() => match converted(figure, own, quantity, unit) {
                    Some(changed) => {
                        let finding = Finding::warning("office.unit_differs", place).with("value", text);
                        log.push(finding.with("unit", unit).with("read", changed.to_string()));
                        Some(changed)
                    }
                    None => refuse(log, "office.not_a_figure", text),
                },
                _ => refuse(log, "office.not_a_figure", text),
            }
        }
    }
}

/// A figure of one unit in another of the same quantity; `None` where it is no such unit, or not exact.
pub(super) fn converted(figure: Decimal, from: &str, quantity: Quantity, to: &str) -> Option<Decimal> {
    if from == to {
        return Some(figure);
    }
    let size = |unit: &str| -> Option<Exact> {
        match quantity {
            Quantity::Money => Money::of(Decimal::ONE, unit).ok().map(Money::exact),
            Quantity::Extent => Extent::mu_per(unit),
            Quantity::Persons => match unit {
                "人" => Some(Exact::from_integer(1.into())),
                "万人" => Some(Exact::from_integer(10_000.into())),
                _ => None,
            },
            Quantity::Number => None,
        }
    };
    let exact = figure.exact() * size(from)? / size(to)?;
    Decimal::from_exact(&exact, 12, false).filter(|found| found.exact() == exact)
}
