//! Reads an exported MPS file by itself and solves it with another solver (microlp).
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::collections::BTreeMap;

use microlp::{ComparisonOp, OptimizationDirection, Problem, SolveOutcome};

/// A linear program as an MPS file states it.
#[derive(Debug, Default, Clone)]
pub struct Mps {
    pub rows: Vec<MpsRow>,
    pub columns: Vec<MpsColumn>,
}

/// One row; its kind is E, G or L.
#[derive(Debug, Clone)]
pub struct MpsRow {
    pub name: String,
    pub kind: char,
    pub side: f64,
    pub range: Option<f64>,
}

/// One column; its entries are (row, coefficient).
#[derive(Debug, Clone)]
pub struct MpsColumn {
    pub name: String,
    pub cost: f64,
    pub entries: Vec<(usize, f64)>,
    pub bounds: (f64, f64),
}

impl Mps {
    pub fn read(text: &str) -> Self {
        let mut mps = Self::default();
        let mut row_of = BTreeMap::new();
        let mut column_of: BTreeMap<String, usize> = BTreeMap::new();
        let mut section = "";
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            if !line.starts_with(' ') {
                section = words[0];
                continue;
            }
            match section {
                "ROWS" if words[0] == "N" => {}
                "ROWS" => {
                    row_of.insert(words[1].to_owned(), mps.rows.len());
                    let kind = words[0].chars().next().unwrap();
                    mps.rows.push(MpsRow { name: words[1].to_owned(), kind, side: 0.0, range: None });
                }
                "COLUMNS" => {
                    let column = *column_of.entry(words[0].to_owned()).or_insert_with(|| {
                        let (name, bounds) = (words[0].to_owned(), (0.0, f64::INFINITY));
                        mps.columns.push(MpsColumn { name, cost: 0.0, entries: Vec::new(), bounds });
                        mps.columns.len() - 1
                    });
                    let value: f64 = words[2].parse().unwrap();
                    if words[1] == "cost" {
                        mps.columns[column].cost = value;
                    } else if let Some(row) = row_of.get(words[1]) {
                        mps.columns[column].entries.push((*row, value));
                    }
                }
                "RHS" => {
                    if let Some(row) = row_of.get(words[1]) {
                        mps.rows[*row].side = words[2].parse().unwrap();
                    }
                }
                "RANGES" => mps.rows[row_of[words[1]]].range = Some(words[2].parse().unwrap()),
                "BOUNDS" => {
                    let bounds = &mut mps.columns[column_of[words[2]]].bounds;
                    let value = || words[3].parse::<f64>().unwrap();
                    match words[0] {
                        "FX" => *bounds = (value(), value()),
                        "FR" => *bounds = (f64::NEG_INFINITY, f64::INFINITY),
                        "MI" => bounds.0 = f64::NEG_INFINITY,
                        "UP" => bounds.1 = value(),
                        "LO" => bounds.0 = value(),
                        other => panic!("bound {other}"),
                    }
                }
                other => panic!("section {other}"),
            }
        }
        mps
    }

    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// Position of a new row `Σ ≥ side`.
    pub fn at_least(&mut self, terms: &[(usize, f64)], side: f64) {
        for (column, value) in terms {
            self.columns[*column].entries.push((self.rows.len(), *value));
        }
        self.rows.push(MpsRow { name: "added".to_owned(), kind: 'G', side, range: None });
    }

    /// The least cost; an error where the other solver finds none.
    pub fn minimise(&self) -> Result<f64, String> {
        let mut problem = Problem::new(OptimizationDirection::Minimize);
        let variables: Vec<_> = self.columns.iter().map(|column| problem.add_var(column.cost, column.bounds)).collect();
        let mut terms = vec![Vec::new(); self.rows.len()];
        for (column, variable) in self.columns.iter().zip(&variables) {
            for (row, value) in &column.entries {
                terms[*row].push((*variable, *value));
            }
        }
        for (MpsRow { kind, side, range, .. }, terms) in self.rows.iter().zip(&terms) {
            let (least, most) = match (kind, range) {
                ('E', _) => (Some(*side), Some(*side)),
                ('G', range) => (Some(*side), range.map(|range| side + range)),
                ('L', range) => (range.map(|range| side - range), Some(*side)),
                other => panic!("{other:?}"),
            };
            if least == most {
                problem.add_constraint(terms.as_slice(), ComparisonOp::Eq, *side);
                continue;
            }
            if let Some(least) = least {
                problem.add_constraint(terms.as_slice(), ComparisonOp::Ge, least);
            }
            if let Some(most) = most {
                problem.add_constraint(terms.as_slice(), ComparisonOp::Le, most);
            }
        }
        match problem.solve() {
            Ok(SolveOutcome::Solution(solution)) => Ok(solution.objective()),
            Ok(other) => Err(format!("{other:?}")),
            Err(error) => Err(error.to_string()),
        }
    }
}
