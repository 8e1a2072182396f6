//! Money of the model beside money of the data: 元 for 万元 in a fund or in a whole column.

use crate::dataset::indicator;
use crate::document::sections::Reader;
use crate::finding::Finding;
use crate::rules::Frame;
use crate::units::{Money, group_thousands};

/// All funds and all of last year's amounts differ by less than this.
const YEARS: f64 = 100.0;
/// Funds are less than this many times the product of the land.
const ABOVE_PRODUCT: f64 = 3.0;
/// The product of the land is less than this many times the funds.
const BELOW_PRODUCT: f64 = 1e6;

/// Warns where the funds are out of proportion to last year's amounts, or to the product of the land.
pub(super) fn warn(reader: &Reader, frame: &Frame) {
    let funds = frame.total().fen() as f64;
    if funds <= 0.0 {
        return;
    }
    let place = || reader.place(0, "fund");
    let times = |ratio: f64| group_thousands(ratio.max(1.0 / ratio).round() as u64);
    if let Some(last) = sum(frame, indicator::LAST_YEAR).filter(|last| off(last.fen() as f64 / funds) >= YEARS) {
        let ratio = last.fen() as f64 / funds;
        let code = if ratio > 1.0 { "policy.funds_below_last_year" } else { "policy.funds_above_last_year" };
        let finding = Finding::warning(code, place()).with("funds", frame.total()).with("last", last);
        reader.report(finding.with("times", times(ratio)));
        return;
    }
    let Some(product) = sum(frame, indicator::GEP) else { return };
    let ratio = product.fen() as f64 / funds;
    let code = if ratio * ABOVE_PRODUCT <= 1.0 {
        "policy.funds_above_product"
    } else if ratio >= BELOW_PRODUCT {
        "policy.funds_below_product"
    } else {
        return;
    };
    let finding = Finding::warning(code, place()).with("funds", frame.total()).with("product", product);
    reader.report(finding.with("times", times(ratio)));
}

fn off(ratio: f64) -> f64 {
    ratio.max(1.0 / ratio)
}

/// The sum of a figure that at least half of the cells have; `None` where it is 0.
fn sum(frame: &Frame, name: &str) -> Option<Money> {
    let figures: Vec<Money> = frame.cells().filter_map(|cell| frame.dataset.cell_money(cell, name)).collect();
    let sum: Money = figures.iter().copied().sum();
    (2 * figures.len() >= frame.dataset.cells().len() && sum > Money::ZERO).then_some(sum)
}
