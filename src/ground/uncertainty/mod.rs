//! Uncertain inputs of a model: their distributions, how they hang together, and how scenarios are drawn from them.
//!
//! Pure mathematics: scenario `k` depends on (seed, k) alone, for the Latin hypercube on (seed, number of draws, k).

pub mod copula;
pub mod distribution;
pub mod moments;
pub mod permutation;
pub mod quantile;
pub mod sampling;

use crate::phrases::Text;
use crate::units::Decimal;

pub use copula::{Copula, NotPositiveDefinite};
pub use distribution::Distribution;
pub use sampling::{Sampler, Sampling};

/// How a drawn value acts on what stands at the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The value there is multiplied.
    Scale,
    /// The drawn value is added.
    Add,
    /// The drawn value takes its place.
    Set,
}

impl Action {
    /// The word of the model file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Scale => "scale",
            Self::Add => "add",
            Self::Set => "set",
        }
    }
}

/// One uncertain input of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// Short code, unique among the inputs.
    pub id: String,
    /// Printed name.
    pub label: Text,
    /// Path in the model, or `data.INDICATOR[…]`.
    pub path: String,
    /// How the drawn value acts.
    pub action: Action,
    /// Its distribution; `None` for an input that only a grid moves.
    pub distribution: Option<Distribution>,
    /// Unit of its numbers, such as `亿元`; empty for plain numbers.
    pub unit: String,
    /// Values of a grid; empty where none is given.
    pub grid: Vec<Decimal>,
    /// Line of the model file where it begins.
    pub line: u64,
    /// Place in the model file, such as `uncertainty.input[2]`.
    pub place: String,
}

/// The `[uncertainty]` of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Uncertainty {
    /// Seed, unless the user gives another.
    pub seed: u64,
    /// Number of draws, unless the user gives another.
    pub draws: u64,
    /// Way of sampling, unless the user gives another.
    pub sampling: Sampling,
    /// The inputs in the order written.
    pub inputs: Vec<Input>,
    /// How inputs hang together; `None` where they are independent.
    pub copula: Option<Copula>,
}

/// Draws of all inputs: scenario `k` of a sweep.
#[derive(Debug, Clone)]
pub struct Design {
    distributions: Vec<Distribution>,
    copula: Option<Copula>,
    sampler: Sampler,
}

impl Design {
    /// A design over inputs that all have a distribution; `None` where one has none or the dimensions are too many.
    pub fn new(uncertainty: &Uncertainty, sampling: Sampling, seed: u64, draws: u64) -> Option<Self> {
        let distributions: Vec<Distribution> =
            uncertainty.inputs.iter().map(|input| input.distribution).collect::<Option<_>>()?;
        let sampler = Sampler::new(sampling, seed, draws, distributions.len())?;
        Some(Self { distributions, copula: uncertainty.copula.clone(), sampler })
    }

    /// The values of scenario `k`, one an input.
    pub fn point(&self, k: u64) -> Vec<f64> {
        let mut levels = self.sampler.point(k);
        if let Some(copula) = &self.copula {
            copula.correlate(&mut levels);
        }
        self.distributions.iter().zip(levels).map(|(distribution, level)| distribution.quantile(level)).collect()
    }
}

/// Point `k` of the product of grids, the last grid fastest.
pub fn grid_point(grids: &[Vec<f64>], k: u64) -> Vec<f64> {
    let mut rest = k;
    let mut point: Vec<f64> = grids
        .iter()
        .rev()
        .map(|grid| {
            let size = (grid.len() as u64).max(1);
            let at = usize::try_from(rest % size).unwrap_or(0);
            rest /= size;
            grid.get(at).copied().unwrap_or(f64::NAN)
        })
        .collect();
    point.reverse();
    point
}

/// Number of points of a product of grids; `None` above 2⁶⁴.
pub fn grid_size(grids: &[Vec<f64>]) -> Option<u64> {
    grids.iter().try_fold(1_u64, |size, grid| size.checked_mul(grid.len() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_is_the_product_with_the_last_fastest() {
        let grids = vec![vec![1.0, 2.0], vec![10.0, 20.0, 30.0]];
        assert_eq!(grid_size(&grids), Some(6));
        let points: Vec<Vec<f64>> = (0..6).map(|k| grid_point(&grids, k)).collect();
        assert_eq!(points[0], [1.0, 10.0]);
        assert_eq!(points[2], [1.0, 30.0]);
        assert_eq!(points[3], [2.0, 10.0]);
    }
}
