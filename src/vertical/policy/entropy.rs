//! Weights by the entropy method (熵权法): an indicator that differs more between cells weighs more.
//!
//! With p_ij = x_ij / Σ_i x_ij over n cells, entropy e_j = −(1/ln n) Σ_i p_ij ln p_ij (0·ln 0 = 0), divergence d_j = 1 − e_j,
//! weight w_j = d_j / Σ d. (Shannon entropy; Hwang & Yoon 1981, chapter 3.)

use nalgebra::DMatrix;

/// Weights of the columns of a matrix of figures ≥ 0, one row a cell; equal weights where nothing differs.
pub fn weights(figures: &DMatrix<f64>) -> Vec<f64> {
    let divergence = divergences(figures);
    let sum: f64 = divergence.iter().sum();
    if sum <= 0.0 {
        let count = divergence.len().max(1) as f64;
        return divergence.iter().map(|_| 1.0 / count).collect();
    }
    divergence.into_iter().map(|d| d / sum).collect()
}

/// Columns in which nothing differs, so that the method gives them no weight.
pub fn constant(figures: &DMatrix<f64>) -> Vec<usize> {
    let divergence = divergences(figures).into_iter().enumerate();
    divergence.filter(|(_, divergence)| *divergence <= 0.0).map(|(column, _)| column).collect()
}

fn divergences(figures: &DMatrix<f64>) -> Vec<f64> {
    let cells = figures.nrows() as f64;
    figures
        .column_iter()
        .map(|column| {
            let sum: f64 = column.iter().sum();
            if sum <= 0.0 || cells < 2.0 {
                return 0.0;
            }
            let entropy: f64 = column.iter().map(|x| x / sum).filter(|p| *p > 0.0).map(|p| -p * p.ln()).sum();
            // Rounding may leave a hair below zero where all cells are equal.
            let divergence = 1.0 - entropy / cells.ln();
            if divergence < 1e-14 { 0.0 } else { divergence }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_differs_weighs_nothing() {
        let figures = DMatrix::from_row_slice(3, 2, &[1.0, 5.0, 2.0, 5.0, 3.0, 5.0]);
        assert_eq!(weights(&figures), [1.0, 0.0]);
    }

    #[test]
    fn weights_are_as_computed_by_hand() {
        // Two cells. Column 1: p = 1/4, 3/4 → e = 0.811278; column 2: p = 0, 1 → e = 0. d = 0.188722, 1.
        let figures = DMatrix::from_row_slice(2, 2, &[1.0, 0.0, 3.0, 7.0]);
        let found = weights(&figures);
        assert!((found[0] - 0.188_722 / 1.188_722).abs() < 1e-6);
        assert!((found[0] + found[1] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn equal_columns_share_equally() {
        let figures = DMatrix::from_row_slice(2, 2, &[1.0, 1.0, 1.0, 1.0]);
        assert_eq!(weights(&figures), [0.5, 0.5]);
    }
}
