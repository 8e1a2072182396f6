//! Weights by the analytic hierarchy process: the principal eigenvector of a pairwise comparison matrix.
//!
//! Saaty 1980. Consistency index CI = (λmax − n)/(n − 1); consistency ratio CR = CI/RI with Saaty's random index RI; a
//! matrix with CR ≥ 0.1 is not accepted.

use nalgebra::{DMatrix, DVector};

use crate::document::sections::Reader;
use crate::document::tree::{Node, Value};
use crate::finding::Finding;
use crate::units::{Decimal, Exact};

/// Saaty's random index for n = 1, 2, …
const RANDOM_INDEX: [f64; 15] =
    [0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59];

/// Weights with the measure of their consistency.
#[derive(Debug, Clone, PartialEq)]
pub struct Ahp {
    /// Factors and weights, summing to 1.
    pub weights: Vec<(String, f64)>,
    /// Largest eigenvalue.
    pub lambda_max: f64,
    /// Consistency ratio; 0 for fewer than three factors.
    pub ratio: f64,
}

/// Reads `[entitlement.ahp]`: factors and matrix.
pub(super) fn read(reader: &Reader, node: &Node, path: &str) -> Option<Ahp> {
    let section = reader.section(node, path)?;
    let words = |node| reader.distinct_words(node, &section.at("factors"), "policy.what_factor");
    let factors = section.need("factors").map(words).unwrap_or_default();
    let matrix = section.need("matrix").filter(|_| !factors.is_empty());
    let matrix = matrix.and_then(|node| self::matrix(reader, node, &section.at("matrix"), factors.len()));
    section.finish();
    let exact = matrix?;
    reciprocal(reader, node, path, &exact)?;
    let ahp = weigh(factors, &exact)?;
    if ahp.ratio >= 0.1 {
        let (a, b, c) = worst_triple(&ahp.weights, &exact);
        reader.report(
            Finding::error("policy.ahp_inconsistent", reader.place(node.line, path))
                .with("ratio", format!("{:.3}", ahp.ratio))
                .with("a", a)
                .with("b", b)
                .with("c", c),
        );
        return None;
    }
    Some(ahp)
}

/// A number or a fraction such as `1/3`, above zero.
fn entry(reader: &Reader, node: &Node, path: &str) -> Option<Exact> {
    let fraction = match &node.value {
        Value::Text(text) => text.split_once('/'),
        _ => None,
    };
    let value = match fraction {
        Some((above, below)) => {
            let parse = |part: &str| {
                Decimal::parse(part).map_err(|phrase| {
                    reader.report(Finding::from_phrase(phrase, reader.place(node.line, path)));
                })
            };
            let (above, below) = (parse(above).ok()?, parse(below).ok()?);
            if below.is_zero() { Exact::from_integer(0.into()) } else { above.exact() / below.exact() }
        }
        None => reader.decimal(node, path)?.exact(),
    };
    if value <= Exact::from_integer(0.into()) {
        reader.report(
            Finding::error("policy.not_positive", reader.place(node.line, path)).with("value", value.to_string()),
        );
        return None;
    }
    Some(value)
}

fn matrix(reader: &Reader, node: &Node, path: &str, size: usize) -> Option<Vec<Vec<Exact>>> {
    let wrong = |line: u64| {
        reader.report(Finding::error("policy.ahp_square", reader.place(line, path)).with("size", size.to_string()));
        None
    };
    let rows = reader.list(node, path);
    if rows.len() != size || size == 0 || size > RANDOM_INDEX.len() {
        return wrong(node.line);
    }
    let mut matrix = Vec::with_capacity(size);
    for row in rows {
        let entries = reader.list(row, path);
        if entries.len() != size {
            return wrong(row.line);
        }
        let entries: Option<Vec<Exact>> = entries.iter().map(|item| entry(reader, item, path)).collect();
        matrix.push(entries?);
    }
    Some(matrix)
}

/// Printed decimals such as 0.333 are within two per cent of the mirror of 3.
fn reciprocal(reader: &Reader, node: &Node, path: &str, matrix: &[Vec<Exact>]) -> Option<()> {
    let tolerance = Exact::new(2.into(), 100.into());
    let one = Exact::from_integer(1.into());
    for (row, entries) in matrix.iter().enumerate() {
        for (column, value) in entries.iter().enumerate() {
            let mirror = matrix.get(column)?.get(row)?;
            let off = value * mirror - &one;
            if off > tolerance || -off > tolerance || (row == column && *value != one) {
                reader.report(
                    Finding::error("policy.ahp_reciprocal", reader.place(node.line, path))
                        .with("row", (row + 1).to_string())
                        .with("column", (column + 1).to_string()),
                );
                return None;
            }
        }
    }
    Some(())
}

fn weigh(factors: Vec<String>, exact: &[Vec<Exact>]) -> Option<Ahp> {
    let size = factors.len();
    let numbers: Option<Vec<f64>> = exact
        .iter()
        .flatten()
        .map(|value| crate::units::Finite::from_exact(value).map(crate::units::Finite::get))
        .collect();
    let matrix = DMatrix::from_row_slice(size, size, &numbers?);
    // Power iteration: a positive matrix has one positive principal eigenvector (Perron–Frobenius).
    let mut vector = DVector::from_element(size, 1.0 / size as f64);
    let mut lambda = size as f64;
    for _ in 0..1_000 {
        let image = &matrix * &vector;
        lambda = image.sum();
        let next = image / lambda;
        let moved = (&next - &vector).amax();
        vector = next;
        if moved < 1e-15 {
            break;
        }
    }
    let index = RANDOM_INDEX.get(size - 1).copied().unwrap_or(1.59);
    let ratio = if size < 3 { 0.0 } else { ((lambda - size as f64) / (size as f64 - 1.0) / index).max(0.0) };
    Some(Ahp { weights: factors.into_iter().zip(vector.iter().copied()).collect(), lambda_max: lambda, ratio })
}

/// The three factors whose comparisons disagree most: a·b against the direct judgement of a against c.
fn worst_triple(weights: &[(String, f64)], matrix: &[Vec<Exact>]) -> (String, String, String) {
    let mut worst = (Exact::from_integer(0.into()), (0, 0, 0));
    let size = weights.len();
    let at = |row: usize, column: usize| matrix.get(row).and_then(|entries| entries.get(column)).cloned();
    for a in 0..size {
        for b in 0..size {
            for c in a + 1..size {
                if let (Some(ab), Some(bc), Some(ac)) = (at(a, b), at(b, c), at(a, c)) {
                    let ratio = ab * bc / ac;
                    let off = if ratio < Exact::from_integer(1.into()) { ratio.recip() } else { ratio };
                    if off > worst.0 {
                        worst = (off, (a, b, c));
                    }
                }
            }
        }
    }
    let name = |index: usize| weights.get(index).map_or_else(String::new, |(name, _)| name.clone());
    let (a, b, c) = worst.1;
    (name(a), name(b), name(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str) -> (Option<Ahp>, Vec<Finding>) {
        let reader = Reader::new("test.toml");
        let node = Node::parse(text, "test.toml").unwrap();
        let ahp = read(&reader, &node, "entitlement.ahp");
        (ahp, reader.into_findings())
    }

    #[test]
    fn a_consistent_matrix_gives_its_weights() {
        // a = 2b = 6c exactly: weights 6/10, 3/10, 1/10.
        let (ahp, findings) = run("factors = ['a','b','c']\nmatrix = [[1, 2, 6], ['1/2', 1, 3], ['1/6', '1/3', 1]]");
        let ahp = ahp.unwrap();
        for ((_, weight), expected) in ahp.weights.iter().zip([0.6, 0.3, 0.1]) {
            assert!((weight - expected).abs() < 1e-12);
        }
        assert!(ahp.ratio < 1e-12 && findings.is_empty());
    }

    #[test]
    fn a_slightly_inconsistent_matrix_has_its_ratio() {
        // Hand computed: characteristic polynomial of [[1,2,3],[1/2,1,2],[1/3,1/2,1]] gives λmax = 3.0092, CR = 0.0079.
        let (ahp, _) = run("factors = ['a','b','c']\nmatrix = [[1, 2, 3], ['1/2', 1, 2], ['1/3', '1/2', 1]]");
        let ahp = ahp.unwrap();
        assert!((ahp.lambda_max - 3.0092).abs() < 1e-4, "{}", ahp.lambda_max);
        assert!((ahp.ratio - 0.0079).abs() < 1e-4, "{}", ahp.ratio);
        assert!((ahp.weights[0].1 - 0.5396).abs() < 1e-4);
    }

    #[test]
    fn contradictory_judgements_are_named() {
        let (ahp, findings) = run("factors = ['a','b','c']\nmatrix = [[1, 5, '1/5'], ['1/5', 1, 5], [5, '1/5', 1]]");
        assert!(ahp.is_none());
        assert_eq!(findings[0].code(), "policy.ahp_inconsistent");
    }

    #[test]
    fn what_is_not_reciprocal_is_refused() {
        let (_, findings) = run("factors = ['a','b']\nmatrix = [[1, 2], [2, 1]]");
        assert_eq!(findings[0].code(), "policy.ahp_reciprocal");
    }
}
