//! Distributions of one uncertain number, by their quantile function.

use statrs::distribution::{ContinuousCDF, Normal};

/// Least probability that a truncation may leave.
pub const LEAST_MASS: f64 = 1e-9;

/// A distribution of one number.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", tag = "distribution")]
pub enum Distribution {
    /// Every value between two is as likely.
    Uniform {
        /// Least value.
        low: f64,
        /// Largest value.
        high: f64,
    },
    /// Density rises from the least value to the most likely one and falls to the largest.
    Triangular {
        /// Least value.
        low: f64,
        /// Most likely value.
        mode: f64,
        /// Largest value.
        high: f64,
    },
    /// Normal, possibly truncated.
    Normal {
        /// Mean before truncation.
        mean: f64,
        /// Standard deviation before truncation.
        sd: f64,
        /// Values below do not occur.
        low: Option<f64>,
        /// Values above do not occur.
        high: Option<f64>,
    },
    /// The logarithm is normal.
    Lognormal {
        /// Mean of the logarithm; the median is its exponential.
        mu: f64,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
}

/// Standard normal distribution function.
pub fn normal_cdf(z: f64) -> f64 {
    Normal::standard().cdf(z)
}

/// Standard normal quantile; levels are kept inside (0, 1).
pub fn normal_quantile(level: f64) -> f64 {
    // The library refuses levels outside [0, 1] and gives infinities at its ends.
    let level = if level.is_nan() { 0.5 } else { level.clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON / 2.0) };
    Normal::standard().inverse_cdf(level)
}

impl Distribution {
    /// The word of the model file.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Uniform { .. } => "uniform",
            Self::Triangular { .. } => "triangular",
            Self::Normal { .. } => "normal",
            Self::Lognormal { .. } => "lognormal",
        }
    }

    /// The value that a share `level` of all draws does not exceed.
    pub fn quantile(&self, level: f64) -> f64 {
        match *self {
            Self::Uniform { low, high } => low + level * (high - low),
            Self::Triangular { low, mode, high } => {
                let split = (mode - low) / (high - low);
                if level < split {
                    low + (level * (high - low) * (mode - low)).sqrt()
                } else {
                    high - ((1.0 - level) * (high - low) * (high - mode)).sqrt()
                }
            }
            Self::Normal { mean, sd, low, high } => {
                let a = low.map_or(f64::NEG_INFINITY, |low| (low - mean) / sd);
                let b = high.map_or(f64::INFINITY, |high| (high - mean) / sd);
                let value = mean + sd * truncated(a, b, level);
                value.clamp(low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY))
            }
            Self::Lognormal { mu, sigma } => (mu + sigma * normal_quantile(level)).exp(),
        }
    }

    /// Probability that a truncated normal keeps; 1 for the others.
    pub fn mass(&self) -> f64 {
        match *self {
            Self::Normal { mean, sd, low, high } => {
                let a = low.map_or(f64::NEG_INFINITY, |low| (low - mean) / sd);
                let b = high.map_or(f64::INFINITY, |high| (high - mean) / sd);
                // Seen from the nearer tail, where small probabilities keep their digits.
                if a > 0.0 { cdf(-a) - cdf(-b) } else { cdf(b) - cdf(a) }
            }
            _ => 1.0,
        }
    }
}

fn cdf(z: f64) -> f64 {
    if z == f64::INFINITY {
        1.0
    } else if z == f64::NEG_INFINITY {
        0.0
    } else {
        normal_cdf(z)
    }
}

/// Quantile of the standard normal between `a` and `b`.
fn truncated(a: f64, b: f64, level: f64) -> f64 {
    if a > 0.0 {
        // The upper tail is the mirrored lower one, where probabilities keep their digits.
        return -truncated(-b, -a, 1.0 - level);
    }
    let (below, above) = (cdf(a), cdf(b));
    normal_quantile(below + level * (above - below))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_hit_known_values() {
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} {b}");
        close(Distribution::Uniform { low: 2.0, high: 4.0 }.quantile(0.25), 2.5);
        let triangle = Distribution::Triangular { low: 0.0, mode: 1.0, high: 3.0 };
        close(triangle.quantile(1.0 / 3.0), 1.0);
        let normal = Distribution::Normal { mean: 1.0, sd: 2.0, low: None, high: None };
        close(normal.quantile(0.975), 1.0 + 2.0 * 1.959_963_984_540_054);
        close(Distribution::Lognormal { mu: 0.0, sigma: 0.5 }.quantile(0.5), 1.0);
    }

    #[test]
    fn a_far_tail_keeps_its_digits() {
        let upper = Distribution::Normal { mean: 0.0, sd: 1.0, low: Some(5.0), high: Some(6.0) };
        let lower = Distribution::Normal { mean: 0.0, sd: 1.0, low: Some(-6.0), high: Some(-5.0) };
        for level in [0.01, 0.3, 0.5, 0.99] {
            let x = upper.quantile(level);
            assert!((5.0..=6.0).contains(&x));
            assert!((x + lower.quantile(1.0 - level)).abs() < 1e-9);
            // Definition: P(X > x) of the truncated normal is 1 - level.
            let left = (normal_cdf(-x) - normal_cdf(-6.0)) / (normal_cdf(-5.0) - normal_cdf(-6.0));
            assert!((left - (1.0 - level)).abs() < 1e-6, "{left} {level}");
        }
    }
}
