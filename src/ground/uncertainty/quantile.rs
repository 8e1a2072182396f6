//! Exact quantiles of a stream that can be read several times, in memory that does not grow with it.
//!
//! Definition: the quantile at level p of n values is the ⌈n·p⌉-th smallest of them, at least the first (type 1 of Hyndman & Fan
//! 1996, `inverted_cdf` of numpy): always a value that occurs. Values are whole numbers; binary ones come as ordered bits.

use num_traits::ToPrimitive;

use crate::units::{Decimal, Exact};

/// Counters of a span while it is still wide.
const BINS: usize = 1024;
/// From so few values on they are kept and sorted.
const KEPT: u64 = 1024;

/// The rank ⌈n·p⌉ of a quantile, from 1 to n; `None` of no values or a level outside [0, 1].
pub fn rank(level: Decimal, count: u64) -> Option<u64> {
    let rank = (level.exact() * Exact::from_integer(count.into())).ceil().to_integer().to_u64()?;
    (count > 0 && rank <= count).then_some(rank.max(1))
}

/// A binary number as a whole number in the same order.
pub fn ordered(value: f64) -> i64 {
    let bits = value.to_bits().cast_signed();
    bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed()
}

/// The binary number of [`ordered`].
pub fn unordered(key: i64) -> f64 {
    f64::from_bits((key ^ ((key >> 63).cast_unsigned() >> 1).cast_signed()).cast_unsigned())
}

/// Finds the values at given ranks, narrowing the spans that hold them with every pass.
#[derive(Debug, Clone)]
pub struct Selector {
    found: Vec<Option<i64>>,
    spans: Vec<Span>,
}

#[derive(Debug, Clone)]
struct Span {
    least: i64,
    most: i64,
    /// Values below the span.
    below: u64,
    /// Which ranks it holds: position and rank.
    ranks: Vec<(usize, u64)>,
    work: Work,
}

#[derive(Debug, Clone)]
enum Work {
    Keep(Vec<i64>),
    Count { shift: u32, bins: Vec<u64> },
}

impl Span {
    fn new((least, most): (i64, i64), below: u64, count: u64, ranks: Vec<(usize, u64)>) -> Self {
        let work = if count <= KEPT {
            Work::Keep(Vec::with_capacity(usize::try_from(count).unwrap_or(0)))
        } else {
            let width = most.abs_diff(least);
            let shift = (64 - width.leading_zeros()).saturating_sub(BINS.ilog2());
            Work::Count { shift, bins: vec![0; BINS] }
        };
        Self { least, most, below, ranks, work }
    }

    fn observe(&mut self, value: i64) {
        if value < self.least || value > self.most {
            return;
        }
        match &mut self.work {
            Work::Keep(values) => values.push(value),
            Work::Count { shift, bins } => {
                let bin = usize::try_from(value.abs_diff(self.least) >> *shift).unwrap_or(usize::MAX);
                if let Some(count) = bins.get_mut(bin) {
                    *count += 1;
                }
            }
        }
    }
}

impl Selector {
    /// Looks for the values at `ranks` (from 1) among `count` values between two ends.
    pub fn new(ranks: &[u64], ends: (i64, i64), count: u64) -> Self {
        let mut selector = Self { found: vec![None; ranks.len()], spans: Vec::new() };
        let ranks: Vec<(usize, u64)> = ranks.iter().copied().enumerate().collect();
        selector.place(ends, 0, count, ranks);
        selector
    }

    fn place(&mut self, ends: (i64, i64), below: u64, count: u64, ranks: Vec<(usize, u64)>) {
        if ends.0 == ends.1 {
            for (position, _) in ranks {
                self.find(position, ends.0);
            }
        } else if !ranks.is_empty() {
            self.spans.push(Span::new(ends, below, count, ranks));
        }
    }

    fn find(&mut self, position: usize, value: i64) {
        if let Some(found) = self.found.get_mut(position) {
            *found = Some(value);
        }
    }

    /// Sees a value of the current pass.
    pub fn observe(&mut self, value: i64) {
        for span in &mut self.spans {
            span.observe(value);
        }
    }

    /// Ends a pass; true where another one is needed.
    pub fn end_pass(&mut self) -> bool {
        for span in std::mem::take(&mut self.spans) {
            match span.work {
                Work::Keep(mut values) => {
                    values.sort_unstable();
                    for (position, rank) in span.ranks {
                        let at = usize::try_from(rank.saturating_sub(span.below + 1)).unwrap_or(usize::MAX);
                        if let Some(value) = values.get(at) {
                            self.find(position, *value);
                        }
                    }
                }
                Work::Count { shift, bins } => {
                    let mut below = span.below;
                    for (bin, count) in (0_u64..).zip(bins) {
                        let inside = |rank: u64| rank > below && rank <= below + count;
                        let ranks: Vec<_> = span.ranks.iter().copied().filter(|(_, rank)| inside(*rank)).collect();
                        let least = span.least.wrapping_add_unsigned(bin << shift);
                        let most = least.saturating_add_unsigned((1_u64 << shift) - 1).min(span.most);
                        if !ranks.is_empty() {
                            self.place((least, most), below, count, ranks);
                        }
                        below += count;
                    }
                }
            }
        }
        !self.spans.is_empty()
    }

    /// Whether nothing is left to look for.
    pub fn is_done(&self) -> bool {
        self.spans.is_empty()
    }

    /// The values found, in the order of the ranks asked for.
    pub fn values(&self) -> &[Option<i64>] {
        &self.found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn select(values: &[i64], ranks: &[u64]) -> Vec<i64> {
        let ends = (*values.iter().min().unwrap(), *values.iter().max().unwrap());
        let mut selector = Selector::new(ranks, ends, values.len() as u64);
        let mut passes = 0;
        while !selector.is_done() {
            values.iter().for_each(|value| selector.observe(*value));
            selector.end_pass();
            passes += 1;
            assert!(passes < 12);
        }
        selector.values().iter().map(|value| value.unwrap()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn the_values_of_a_sorted_list_are_found(
            mut values in prop_oneof![
                prop::collection::vec(any::<i64>(), 1..3000),
                prop::collection::vec(-5_i64..5, 1..6000),
                prop::collection::vec(0_i64..3_000_000_000, 1500..5000),
            ],
            shares in prop::collection::vec(0.0..1.0, 1..8),
        ) {
            let ranks: Vec<u64> = shares.iter().map(|share: &f64| 1 + (share * values.len() as f64) as u64).collect();
            let found = select(&values, &ranks);
            values.sort_unstable();
            for (rank, value) in ranks.iter().zip(found) {
                prop_assert_eq!(values[*rank as usize - 1], value);
            }
        }

        #[test]
        fn binary_numbers_keep_their_order(a in any::<f64>(), b in any::<f64>()) {
            prop_assert_eq!(ordered(a).cmp(&ordered(b)), a.total_cmp(&b));
            prop_assert_eq!(unordered(ordered(a)).to_bits(), a.to_bits());
        }
    }

    #[test]
    fn ranks_follow_the_definition() {
        let rank = |level: &str, count| rank(Decimal::parse(level).unwrap(), count);
        assert_eq!(rank("0.05", 20), Some(1));
        assert_eq!(rank("0.05", 21), Some(2));
        assert_eq!(rank("0.5", 5), Some(3));
        assert_eq!(rank("0", 5), Some(1));
        assert_eq!(rank("1", 5), Some(5));
        assert_eq!(rank("0.5", 0), None);
        assert_eq!(rank("1.5", 5), None);
    }
}
