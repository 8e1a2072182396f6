//! Totals of a list: checked against the rows above them, and never booked.

use std::collections::BTreeMap;

use ecocomp_ground::finding::{Finding, Place};
use ecocomp_ground::units::Decimal;

/// Sums of the columns of amounts, since the beginning and since the last total of a part.
#[derive(Debug, Default)]
pub struct Totals {
    whole: BTreeMap<usize, Decimal>,
    part: BTreeMap<usize, Decimal>,
    rows: u64,
}

impl Totals {
    /// Adds the amount of a row; `false` beyond the range of numbers.
    pub fn add(&mut self, column: usize, amount: Decimal) -> bool {
        self.rows += 1;
        [&mut self.whole, &mut self.part].into_iter().all(|sums| {
            let sum = sums.entry(column).or_default();
            match sum.checked_add(amount) {
                Some(more) => {
                    *sum = more;
                    true
                }
                None => false,
            }
        })
    }

    /// Compares a printed total. One that is off by less than its last printed digit was cut or rounded: that is said, not forced.
    pub fn compare(
        &mut self,
        column: usize,
        is_part: bool,
        printed: Decimal,
        text: &str,
        place: Place,
    ) -> Option<Finding> {
        let sums = if is_part { &self.part } else { &self.whole };
        let sum = sums.get(&column).copied().unwrap_or_default();
        let difference = printed.mantissa() - sum.mantissa();
        if difference == 0 {
            return None;
        }
        let places = text.split_once('.').map_or(0, |(_, places)| places.len());
        let digit = 10_i128.pow(u32::try_from(12_usize.saturating_sub(places)).unwrap_or(0));
        let finding = if difference.abs() < digit {
            Finding::warning("fund.total_cut", place)
        } else {
            Finding::error("fund.total_wrong", place)
        };
        Some(finding.with("printed", text).with("sum", sum.to_string()))
    }

    /// A total of a part has been seen.
    pub fn part_ends(&mut self) {
        self.part.clear();
    }

    /// Whether no row has been added: a total that stands above its rows.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }
}
