//! The outcome curve: score → multiplier, piecewise linear, constant outside (激励约束).

use crate::document::sections::{Reader, Section};
use crate::document::tree::Node;
use crate::finding::Finding;
use crate::phrases::Phrase;
use crate::units::{Decimal, Exact, ratio};

/// A piecewise linear curve through points with strictly rising scores.
#[derive(Debug, Clone, PartialEq)]
pub struct OutcomeCurve {
    /// The figure that is the score.
    pub indicator: String,
    /// (score, multiplier).
    pub points: Vec<(Decimal, Decimal)>,
}

impl OutcomeCurve {
    /// Reads `[entitlement.outcome]`.
    pub(super) fn read(reader: &Reader, node: &Node, path: &str) -> Option<Self> {
        let section = reader.section(node, path)?;
        let indicator = section.text("indicator").unwrap_or_else(|| crate::dataset::indicator::OUTCOME.to_owned());
        let points = section.need("points").and_then(|node| points(reader, &section, node));
        section.finish();
        Some(Self { indicator, points: points? })
    }

    /// The multiplier of a score, exactly.
    pub fn multiplier(&self, score: Decimal) -> Exact {
        let one = || Exact::from_integer(1.into());
        let (Some(first), Some(last)) = (self.points.first(), self.points.last()) else { return one() };
        if score <= first.0 {
            return first.1.exact();
        }
        for pair in self.points.windows(2) {
            if let [(low, from), (high, to)] = pair
                && score <= *high
            {
                return between((*low, *from), (*high, *to), score);
            }
        }
        last.1.exact()
    }
}

/// The line through two points, at a score.
fn between((low, from): (Decimal, Decimal), (high, to): (Decimal, Decimal), score: Decimal) -> Exact {
    let small = || {
        let (width, rise) = (high.mantissa() - low.mantissa(), to.mantissa() - from.mantissa());
        let risen = rise.checked_mul(score.mantissa() - low.mantissa())?;
        let above = from.mantissa().checked_mul(width)?.checked_add(risen)?;
        Some(ratio(above, width.checked_mul(Decimal::ONE.mantissa())?))
    };
    small().unwrap_or_else(|| {
        let part = (score.exact() - low.exact()) / (high.exact() - low.exact());
        from.exact() + (to.exact() - from.exact()) * part
    })
}

fn points(reader: &Reader, section: &Section<'_>, node: &Node) -> Option<Vec<(Decimal, Decimal)>> {
    let path = section.at("points");
    let mut points: Vec<(Decimal, Decimal)> = Vec::new();
    for (index, item) in reader.list(node, &path).iter().enumerate() {
        let [score, multiplier] = reader.list(item, &path) else {
            reader.report(Finding::error("policy.point_form", reader.place(item.line, &path)));
            return None;
        };
        let (score, multiplier) = (reader.decimal(score, &path)?, reader.decimal(multiplier, &path)?);
        let rises = points.last().is_none_or(|(last, _)| *last < score);
        if !rises || multiplier.is_negative() {
            let place = reader.place(item.line, &path);
            reader.report(Finding::error("policy.points_order", place).with("step", (index + 1).to_string()));
            return None;
        }
        points.push((score, multiplier));
    }
    if points.is_empty() {
        reader.report(
            Finding::error("policy.none", reader.place(node.line, &path))
                .with("what", Phrase::new("policy.what_point").text()),
        );
        return None;
    }
    Some(points)
}
