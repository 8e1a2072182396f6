//! Gaussian copula: inputs hang together through correlated standard normals (Nelsen, An Introduction to Copulas, 2006, §2.3).

use nalgebra::{Cholesky, DMatrix, DVector};

use crate::uncertainty::distribution::{normal_cdf, normal_quantile};

/// Least eigenvalue of a correlation matrix that is taken.
pub const LEAST_EIGENVALUE: f64 = 1e-8;

/// Correlation of the normals behind some of the inputs.
#[derive(Debug, Clone, PartialEq)]
pub struct Copula {
    /// Positions of the inputs concerned.
    positions: Vec<usize>,
    /// Lower triangle L of the Cholesky factorisation R = L·Lᵀ.
    lower: DMatrix<f64>,
    /// The correlation matrix R, row by row.
    matrix: Vec<Vec<f64>>,
}

/// Why a matrix is no correlation matrix of a copula.
#[derive(Debug, Clone, PartialEq)]
pub struct NotPositiveDefinite {
    /// Its least eigenvalue.
    pub eigenvalue: f64,
    /// The two rows with the largest part in its eigenvector.
    pub pair: (usize, usize),
}

impl Copula {
    /// A copula over inputs at `positions` with a symmetric matrix of unit diagonal.
    ///
    /// # Errors
    /// The matrix is not positive definite.
    pub fn new(positions: Vec<usize>, matrix: Vec<Vec<f64>>) -> Result<Self, NotPositiveDefinite> {
        let size = positions.len();
        let entry = |row: usize, column: usize| matrix.get(row).and_then(|row| row.get(column)).copied().unwrap_or(0.0);
        let correlation = DMatrix::from_fn(size, size, entry);
        let eigen = correlation.clone().symmetric_eigen();
        let least = eigen.eigenvalues.iter().copied().enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
        let (at, eigenvalue) = least.unwrap_or((0, 1.0));
        let refused = || {
            let mut parts: Vec<(usize, f64)> =
                (0..size).map(|row| (row, eigen.eigenvectors.get((row, at)).map_or(0.0, |part| part.abs()))).collect();
            parts.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            let first = parts.first().map_or(0, |part| part.0);
            let second = parts.get(1).map_or(first, |part| part.0);
            NotPositiveDefinite { eigenvalue, pair: (first.min(second), first.max(second)) }
        };
        if eigenvalue < LEAST_EIGENVALUE {
            return Err(refused());
        }
        match Cholesky::new(correlation) {
            Some(cholesky) => Ok(Self { positions, lower: cholesky.l(), matrix }),
            None => Err(refused()),
        }
    }

    /// Positions of the inputs concerned.
    pub fn positions(&self) -> &[usize] {
        &self.positions
    }

    /// The correlation matrix, row by row.
    pub fn matrix(&self) -> &[Vec<f64>] {
        &self.matrix
    }

    /// Turns independent levels in (0, 1) into correlated ones, in place; the first input concerned keeps its level.
    pub fn correlate(&self, levels: &mut [f64]) {
        let level = |position: &usize| levels.get(*position).copied().unwrap_or(0.5);
        let independent = DVector::from_iterator(
            self.positions.len(),
            self.positions.iter().map(|position| normal_quantile(level(position))),
        );
        let correlated = &self.lower * independent;
        for (position, z) in self.positions.iter().zip(correlated.iter()).skip(1) {
            if let Some(level) = levels.get_mut(*position) {
                *level = normal_cdf(*z);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_positive_definite_is_refused_with_its_pair() {
        let matrix = vec![vec![1.0, 0.9, -0.9], vec![0.9, 1.0, 0.9], vec![-0.9, 0.9, 1.0]];
        let refused = Copula::new(vec![0, 1, 2], matrix).unwrap_err();
        assert!(refused.eigenvalue < 0.0);
        let singular = vec![vec![1.0, 0.2, 0.0], vec![0.2, 1.0, 1.0], vec![0.0, 1.0, 1.0]];
        assert_eq!(Copula::new(vec![0, 1, 2], singular).unwrap_err().pair, (1, 2));
    }

    #[test]
    fn independent_inputs_keep_their_levels() {
        let copula = Copula::new(vec![0, 1], vec![vec![1.0, 0.0], vec![0.0, 1.0]]).unwrap();
        let mut levels = vec![0.123, 0.9, 0.4];
        copula.correlate(&mut levels);
        // The library's normal distribution function is good to about 10⁻¹¹.
        assert!((levels[1] - 0.9).abs() < 1e-10);
        assert_eq!((levels[0], levels[2]), (0.123, 0.4));
    }
}
