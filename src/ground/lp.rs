//! A linear program in numbers: columns, rows, costs, each with a name a person can read.
//!
//! Minimisation. Money is in 万元. It knows nothing of rules or solvers; it prints itself as free-format MPS.

use std::fmt::Write as _;

use crate::finding::{Finding, Place};
use crate::units::Finite;

/// Position of a column in its program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnId(pub usize);

/// Position of a row in its program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId(pub usize);

/// One variable with its bounds; `f64::INFINITY` where there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Unique ASCII name without spaces, such as `x[district,310151101,forest]`.
    pub name: String,
    /// Least value, or −∞.
    pub lower: f64,
    /// Largest value, or +∞.
    pub upper: f64,
    /// Cost per unit in the minimised objective.
    pub cost: f64,
}

/// One linear restriction `lower ≤ Σ coefficient · column ≤ upper`.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Unique ASCII name without spaces, such as `corridor.floor[310151101]`.
    pub name: String,
    /// Least activity, or −∞.
    pub lower: f64,
    /// Largest activity, or +∞.
    pub upper: f64,
    /// Coefficients, each column at most once.
    pub terms: Vec<(ColumnId, f64)>,
}

/// A linear program: minimise Σ cost · column under the rows and bounds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LinearProgram {
    columns: Vec<Column>,
    rows: Vec<Row>,
}

/// A number that cannot enter a linear program, and where it was to stand.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{name}: {value} cannot stand in a linear program ({reason})")]
pub struct NumberRefused {
    /// Row or column.
    pub name: String,
    /// The number as text.
    pub value: String,
    /// Why, as a short word: `not finite`, `too small`, `too large`.
    pub reason: &'static str,
}

/// Smallest and largest magnitude of a coefficient: outside, HiGHS drops or refuses it (measured).
const COEFFICIENT_RANGE: (f64, f64) = (1e-9, 1e15);

impl LinearProgram {
    /// An empty program.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a column with bounds and cost.
    ///
    /// # Errors
    /// A NaN bound, an infinite bound on the wrong side, or a cost that is not finite.
    pub fn add_column(&mut self, name: String, lower: f64, upper: f64, cost: f64) -> Result<ColumnId, NumberRefused> {
        check_bounds(&name, lower, upper)?;
        Finite::new(cost).ok_or_else(|| refuse(&name, cost, "not finite"))?;
        self.columns.push(Column { name, lower, upper, cost });
        Ok(ColumnId(self.columns.len() - 1))
    }

    /// Adds a row; zero coefficients are left out, repeated columns are summed.
    ///
    /// # Errors
    /// A coefficient that is not finite or outside 10⁻⁹…10¹⁵, or bad bounds.
    pub fn add_row(
        &mut self,
        name: String,
        lower: f64,
        upper: f64,
        mut terms: Vec<(ColumnId, f64)>,
    ) -> Result<RowId, NumberRefused> {
        check_bounds(&name, lower, upper)?;
        terms.sort_by_key(|(column, _)| *column);
        let mut merged: Vec<(ColumnId, f64)> = Vec::with_capacity(terms.len());
        for (column, coefficient) in terms {
            match merged.last_mut() {
                Some((last, sum)) if *last == column => *sum += coefficient,
                _ => merged.push((column, coefficient)),
            }
        }
        merged.retain(|(_, coefficient)| *coefficient != 0.0);
        for (_, coefficient) in &merged {
            check_coefficient(&name, *coefficient)?;
        }
        self.rows.push(Row { name, lower, upper, terms: merged });
        Ok(RowId(self.rows.len() - 1))
    }

    /// Sets the cost of a column.
    ///
    /// # Errors
    /// A cost that is not finite.
    pub fn set_cost(&mut self, column: ColumnId, cost: f64) -> Result<(), NumberRefused> {
        if let Some(known) = self.columns.get_mut(column.0) {
            Finite::new(cost).ok_or_else(|| refuse(&known.name, cost, "not finite"))?;
            known.cost = cost;
        }
        Ok(())
    }

    /// Sets every cost to zero.
    pub fn clear_costs(&mut self) {
        for column in &mut self.columns {
            column.cost = 0.0;
        }
    }

    /// Size of the largest cost; 0 where there is none.
    pub fn largest_cost(&self) -> f64 {
        self.columns.iter().map(|column| column.cost.abs()).fold(0.0, f64::max)
    }

    /// Replaces the bounds of a column.
    pub fn set_column_bounds(&mut self, column: ColumnId, lower: f64, upper: f64) {
        if let Some(known) = self.columns.get_mut(column.0) {
            known.lower = lower;
            known.upper = upper;
        }
    }

    /// Replaces the bounds of a row.
    pub fn set_row_bounds(&mut self, row: RowId, lower: f64, upper: f64) {
        if let Some(known) = self.rows.get_mut(row.0) {
            known.lower = lower;
            known.upper = upper;
        }
    }

    /// Replaces one coefficient of a row; zero removes the term.
    pub fn set_coefficient(&mut self, row: RowId, column: ColumnId, value: f64) {
        if let Some(known) = self.rows.get_mut(row.0) {
            match known.terms.binary_search_by_key(&column, |(id, _)| *id) {
                Ok(at) if value == 0.0 => {
                    known.terms.remove(at);
                }
                Ok(at) => {
                    if let Some(term) = known.terms.get_mut(at) {
                        term.1 = value;
                    }
                }
                Err(_) if value == 0.0 => {}
                Err(at) => known.terms.insert(at, (column, value)),
            }
        }
    }

    /// Whether another program has as many columns and rows, and the same columns in each row.
    pub fn has_shape_of(&self, other: &Self) -> bool {
        let same = |(own, new): (&Row, &Row)| {
            own.terms.len() == new.terms.len() && own.terms.iter().zip(&new.terms).all(|(own, new)| own.0 == new.0)
        };
        self.columns.len() == other.columns.len()
            && self.rows.len() == other.rows.len()
            && self.rows.iter().zip(&other.rows).all(same)
    }

    /// The columns in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The rows in order.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The program as free-format MPS (minimisation, no objective constant), names included.
    pub fn to_mps(&self, name: &str) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "NAME {name}\nROWS\n N cost");
        for row in &self.rows {
            let _ = writeln!(text, " {} {}", row_kind(row), row.name);
        }
        text.push_str("COLUMNS\n");
        let mut by_column: Vec<Vec<(usize, f64)>> = vec![Vec::new(); self.columns.len()];
        for (index, row) in self.rows.iter().enumerate() {
            for (column, coefficient) in &row.terms {
                if let Some(entries) = by_column.get_mut(column.0) {
                    entries.push((index, *coefficient));
                }
            }
        }
        for (column, entries) in self.columns.iter().zip(&by_column) {
            // A column without entries must still be named once.
            if column.cost != 0.0 || entries.is_empty() {
                let _ = writeln!(text, " {} cost {}", column.name, column.cost);
            }
            for (row, coefficient) in entries {
                if let Some(row) = self.rows.get(*row) {
                    let _ = writeln!(text, " {} {} {}", column.name, row.name, coefficient);
                }
            }
        }
        self.write_mps_sides(&mut text);
        self.write_mps_bounds(&mut text);
        text.push_str("ENDATA\n");
        text
    }

    fn write_mps_sides(&self, text: &mut String) {
        text.push_str("RHS\n");
        for row in &self.rows {
            let side = if row.lower.is_finite() { row.lower } else { row.upper };
            if side.is_finite() && side != 0.0 {
                let _ = writeln!(text, " RHS {} {}", row.name, side);
            }
        }
        let ranged = |row: &&Row| row.lower.is_finite() && row.upper.is_finite() && row.lower != row.upper;
        if self.rows.iter().any(|row| ranged(&row)) {
            text.push_str("RANGES\n");
            for row in self.rows.iter().filter(ranged) {
                let _ = writeln!(text, " RNG {} {}", row.name, row.upper - row.lower);
            }
        }
    }

    fn write_mps_bounds(&self, text: &mut String) {
        text.push_str("BOUNDS\n");
        for column in &self.columns {
            let Column { name, lower, upper, .. } = column;
            match (lower.is_finite(), upper.is_finite()) {
                (true, true) if lower == upper => {
                    let _ = writeln!(text, " FX BND {name} {lower}");
                }
                (false, false) => {
                    let _ = writeln!(text, " FR BND {name}");
                }
                (false, true) => {
                    let _ = writeln!(text, " MI BND {name}\n UP BND {name} {upper}");
                }
                (true, bounded_above) => {
                    if *lower != 0.0 {
                        let _ = writeln!(text, " LO BND {name} {lower}");
                    }
                    if bounded_above {
                        let _ = writeln!(text, " UP BND {name} {upper}");
                    }
                }
            }
        }
    }
}

fn row_kind(row: &Row) -> char {
    match (row.lower.is_finite(), row.upper.is_finite()) {
        (true, true) if row.lower == row.upper => 'E',
        (true, _) => 'G',
        (false, true) => 'L',
        (false, false) => 'N',
    }
}

fn check_bounds(name: &str, lower: f64, upper: f64) -> Result<(), NumberRefused> {
    if lower.is_nan() || lower == f64::INFINITY {
        return Err(refuse(name, lower, "not finite"));
    }
    if upper.is_nan() || upper == f64::NEG_INFINITY {
        return Err(refuse(name, upper, "not finite"));
    }
    Ok(())
}

fn check_coefficient(name: &str, value: f64) -> Result<(), NumberRefused> {
    let (least, most) = COEFFICIENT_RANGE;
    if !value.is_finite() {
        Err(refuse(name, value, "not finite"))
    } else if value.abs() <= least {
        Err(refuse(name, value, "too small"))
    } else if value.abs() >= most {
        Err(refuse(name, value, "too large"))
    } else {
        Ok(())
    }
}

fn refuse(name: &str, value: f64, reason: &'static str) -> NumberRefused {
    NumberRefused { name: name.to_owned(), value: value.to_string(), reason }
}

/// A number that cannot stand in a linear program, as a finding.
pub fn refused(error: NumberRefused) -> Finding {
    Finding::error("solver.number_refused", Place::default())
        .with("name", error.name)
        .with("value", error.value)
        .with("reason", error.reason)
}
