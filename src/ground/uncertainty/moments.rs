//! Mean and standard deviation: exact for whole numbers, compensated for binary ones.

use num_traits::ToPrimitive;

use crate::units::BigInt;

/// Count, sums and ends of whole numbers; exact, so that their order does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moments {
    count: u64,
    /// Deviations are from the first value: small numbers, exact sums.
    origin: i64,
    sum: i128,
    /// `None` beyond 2¹²⁸.
    squares: Option<u128>,
    least: i64,
    most: i64,
}

impl Moments {
    /// Adds a value.
    pub fn add(&mut self, value: i64) {
        if self.count == 0 {
            *self = Self { origin: value, least: value, most: value, squares: Some(0), ..Self::default() };
        }
        self.count += 1;
        let deviation = i128::from(value) - i128::from(self.origin);
        self.sum += deviation;
        let square = deviation.unsigned_abs().checked_mul(deviation.unsigned_abs());
        self.squares = self.squares.and_then(|squares| squares.checked_add(square?));
        self.least = self.least.min(value);
        self.most = self.most.max(value);
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Least and largest value.
    pub fn ends(&self) -> Option<(i64, i64)> {
        (self.count > 0).then_some((self.least, self.most))
    }

    /// Mean.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.origin as f64 + self.sum as f64 / self.count as f64)
    }

    /// Standard deviation with n − 1; `None` for fewer than two values.
    pub fn deviation(&self) -> Option<f64> {
        if self.count < 2 {
            return None;
        }
        let count = BigInt::from(self.count);
        let above = &count * BigInt::from(self.squares?) - BigInt::from(self.sum) * BigInt::from(self.sum);
        let below: BigInt = &count * (&count - 1_u32);
        Some((above.to_f64()? / below.to_f64()?).sqrt())
    }
}

/// Compensated sum (Neumaier 1974): the error does not grow with the number of terms.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    /// Adds a term.
    pub fn add(&mut self, term: f64) {
        let sum = self.sum + term;
        self.lost += if self.sum.abs() >= term.abs() { (self.sum - sum) + term } else { (term - sum) + self.sum };
        self.sum = sum;
    }

    /// The sum.
    pub fn get(&self) -> f64 {
        self.sum + self.lost
    }
}

/// Count, compensated sums and ends of binary numbers; taken in a fixed order they give the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BinaryMoments {
    count: u64,
    origin: f64,
    sum: Sum,
    squares: Sum,
    least: f64,
    most: f64,
}

impl BinaryMoments {
    /// Adds a value.
    pub fn add(&mut self, value: f64) {
        if self.count == 0 {
            *self = Self { origin: value, least: value, most: value, ..Self::default() };
        }
        self.count += 1;
        let deviation = value - self.origin;
        self.sum.add(deviation);
        self.squares.add(deviation * deviation);
        self.least = self.least.min(value);
        self.most = self.most.max(value);
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Least and largest value.
    pub fn ends(&self) -> Option<(f64, f64)> {
        (self.count > 0).then_some((self.least, self.most))
    }

    /// Mean.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.origin + self.sum.get() / self.count as f64)
    }

    /// Standard deviation with n − 1; `None` for fewer than two values.
    pub fn deviation(&self) -> Option<f64> {
        let count = self.count as f64;
        let sum = self.sum.get();
        (self.count > 1).then(|| ((self.squares.get() - sum * sum / count).max(0.0) / (count - 1.0)).sqrt())
    }
}

/// Interval of a probability of which `hits` of `trials` were seen, at 95 % (Wilson 1927).
pub fn wilson(hits: u64, trials: u64) -> Option<(f64, f64)> {
    const Z: f64 = 1.959_963_984_540_054;
    if trials == 0 {
        return None;
    }
    let n = trials as f64;
    let share = hits as f64 / n;
    let centre = share + Z * Z / (2.0 * n);
    let spread = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    let low = if hits == 0 { 0.0 } else { (centre - spread) / scale };
    let high = if hits == trials { 1.0 } else { (centre + spread) / scale };
    Some((low.max(0.0), high.min(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_amounts_keep_their_spread() {
        let mut moments = Moments::default();
        for value in [100_000_000_000_000_001, 100_000_000_000_000_002, 100_000_000_000_000_003] {
            moments.add(value);
        }
        assert_eq!(moments.deviation(), Some(1.0));
        assert_eq!(moments.ends(), Some((100_000_000_000_000_001, 100_000_000_000_000_003)));
        assert_eq!(Moments::default().mean(), None);
    }

    #[test]
    fn a_compensated_sum_loses_nothing() {
        let mut sum = Sum::default();
        [1e100, 1.0, -1e100].into_iter().for_each(|term| sum.add(term));
        assert_eq!(sum.get(), 1.0);
    }

    /// 0 of 10 and 5 of 10, as tabulated for Wilson's interval (Brown, Cai & DasGupta 2001).
    #[test]
    fn wilson_intervals_are_as_published() {
        let (low, high) = wilson(5, 10).unwrap();
        assert!((low - 0.2366).abs() < 1e-4 && (high - 0.7634).abs() < 1e-4);
        assert!((wilson(0, 10).unwrap().1 - 0.2775).abs() < 1e-4);
    }
}
