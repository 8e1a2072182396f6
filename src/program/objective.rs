//! The stages of an objective: what each adds to the program and what it makes cheap.

use crate::dataset::{CellId, indicator};
use crate::finding::{Finding, Place};
use crate::lp::{Column, ColumnId, Row};
use crate::program::Program;
use crate::rules::Frame;
use crate::solver::{Session, SessionError, Target};

/// How a deviation from entitlement is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Norm {
    /// Σ |r − 1| · E, in 万元.
    L1,
    /// max |r − 1|.
    Linf,
}

/// What a unit of coverage of a cell is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// GEP in 万元 × outcome score / 100.
    GepTimesOutcome,
    /// GEP in 万元.
    Gep,
}

/// One stage of the objective.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// What soft rules miss, weighted by their penalties, as small as possible.
    MinMissed,
    /// Leximin of coverage, or (`all_levels` false) only the worst coverage.
    MaxMinCoverage {
        /// Relative loss of the worst coverage that later stages may cause.
        slack: f64,
        /// Whether every level counts, not only the worst.
        all_levels: bool,
    },
    /// Deviation from entitlement as small as possible.
    MinDeviation {
        /// How it is measured.
        norm: Norm,
        /// Relative loss that later stages may cause.
        slack: f64,
    },
    /// Σ value · g(r) with g concave piecewise linear, as large as possible.
    MaxOutcomeBenefit {
        /// (coverage up to which, slope); slopes fall, 0 beyond the last.
        returns: Vec<(f64, f64)>,
        /// What a cell is worth.
        value: Value,
        /// Relative loss that later stages may cause.
        slack: f64,
    },
}

impl Stage {
    /// Name of the kind, as in the model file.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::MinMissed => "min_missed",
            Self::MaxMinCoverage { .. } => "max_min_coverage",
            Self::MinDeviation { .. } => "min_deviation",
            Self::MaxOutcomeBenefit { .. } => "max_outcome_benefit",
        }
    }

    /// Relative loss that later stages may cause.
    pub fn slack(&self) -> f64 {
        match self {
            Self::MinMissed => 0.0,
            Self::MaxMinCoverage { slack, .. }
            | Self::MinDeviation { slack, .. }
            | Self::MaxOutcomeBenefit { slack, .. } => *slack,
        }
    }

    /// Whether a larger value is better (the program minimises its negative).
    pub fn maximises(&self) -> bool {
        matches!(self, Self::MaxMinCoverage { .. } | Self::MaxOutcomeBenefit { .. })
    }
}

/// Entitled cells with their column and entitlement in 万元.
pub(super) fn entitled<'a>(
    frame: &'a Frame,
    program: &'a Program,
) -> impl Iterator<Item = (CellId, ColumnId, f64)> + 'a {
    frame.cells().filter_map(|cell| {
        let entitlement = frame.entitlement_of(cell).to_wan();
        program.cell(cell).filter(|_| entitlement > 0.0).map(|column| (cell, column, entitlement))
    })
}

/// Cells that can still move, as targets of a leximin of coverage.
pub(super) fn targets(frame: &Frame, program: &Program, session: &Session) -> Vec<Target> {
    let moves =
        |column: ColumnId| session.program().columns().get(column.0).is_some_and(|column| column.lower != column.upper);
    let area = |cell: CellId| frame.dataset.cells().get(cell.0).map_or(0, |found| found.area.0);
    entitled(frame, program)
        .filter(|(_, column, _)| moves(*column))
        .map(|(cell, column, weight)| Target { column, weight, block: area(cell) })
        .collect()
}

/// Adds the columns and rows of a deviation; returns its costs.
pub(super) fn add_deviation(
    session: &mut Session,
    frame: &Frame,
    program: &Program,
    norm: Norm,
    prefix: &str,
) -> Result<Vec<(ColumnId, f64)>, SessionError> {
    let cells: Vec<(CellId, ColumnId, f64)> = entitled(frame, program).collect();
    let name = |cell: CellId| super::cell_name(frame, cell);
    let free = |name: String| Column { name, lower: 0.0, upper: f64::INFINITY, cost: 0.0 };
    match norm {
        Norm::L1 => {
            let sides = ["over", "under"];
            let columns = cells
                .iter()
                .flat_map(|(cell, _, _)| sides.map(|side| free(format!("{prefix}.{side}[{}]", name(*cell)))));
            let first = session.add_columns(columns.collect())?;
            let row = |(index, (cell, column, entitlement)): (usize, &(CellId, ColumnId, f64))| Row {
                name: format!("{prefix}[{}]", name(*cell)),
                lower: *entitlement,
                upper: *entitlement,
                terms: vec![
                    (*column, 1.0),
                    (ColumnId(first.0 + 2 * index), -1.0),
                    (ColumnId(first.0 + 2 * index + 1), 1.0),
                ],
            };
            session.add_rows(cells.iter().enumerate().map(row).collect())?;
            Ok((0..2 * cells.len()).map(|index| (ColumnId(first.0 + index), 1.0)).collect())
        }
        Norm::Linf => {
            let largest = session.add_columns(vec![free(format!("{prefix}.largest"))])?;
            let rows = cells.iter().flat_map(|(cell, column, entitlement)| {
                let (weight, code) = (*entitlement, name(*cell));
                [
                    Row {
                        name: format!("{prefix}.over[{code}]"),
                        lower: f64::NEG_INFINITY,
                        upper: weight,
                        terms: vec![(*column, 1.0), (largest, -weight)],
                    },
                    Row {
                        name: format!("{prefix}.under[{code}]"),
                        lower: weight,
                        upper: f64::INFINITY,
                        terms: vec![(*column, 1.0), (largest, weight)],
                    },
                ]
            });
            session.add_rows(rows.collect())?;
            Ok(vec![(largest, 1.0)])
        }
    }
}

/// Adds the segments of a benefit; returns its costs (negative benefits).
pub(super) fn add_benefit(
    session: &mut Session,
    frame: &Frame,
    program: &Program,
    (returns, value): (&[(f64, f64)], Value),
    prefix: &str,
) -> Result<Vec<(ColumnId, f64)>, SessionError> {
    let cells: Vec<(CellId, ColumnId, f64)> = entitled(frame, program).collect();
    let mut columns = Vec::new();
    let mut costs = Vec::new();
    for (cell, _, entitlement) in &cells {
        let code = super::cell_name(frame, *cell);
        let worth = worth(frame, *cell, value).unwrap_or(0.0);
        let mut from = 0.0;
        for (step, (until, slope)) in returns.iter().enumerate() {
            columns.push(Column {
                name: format!("{prefix}.step{}[{code}]", step + 1),
                lower: 0.0,
                upper: (until - from) * entitlement,
                cost: 0.0,
            });
            costs.push(-worth * slope / entitlement);
            from = *until;
        }
        columns.push(Column { name: format!("{prefix}.beyond[{code}]"), lower: 0.0, upper: f64::INFINITY, cost: 0.0 });
        costs.push(0.0);
    }
    let first = session.add_columns(columns)?;
    let steps = returns.len() + 1;
    let row = |(index, (cell, column, _)): (usize, &(CellId, ColumnId, f64))| {
        let parts = (0..steps).map(|step| (ColumnId(first.0 + index * steps + step), -1.0));
        Row {
            name: format!("{prefix}[{}]", super::cell_name(frame, *cell)),
            lower: 0.0,
            upper: 0.0,
            terms: std::iter::once((*column, 1.0)).chain(parts).collect(),
        }
    };
    session.add_rows(cells.iter().enumerate().map(row).collect())?;
    Ok(costs.into_iter().enumerate().map(|(index, cost)| (ColumnId(first.0 + index), cost)).collect())
}

/// What full coverage of a cell is worth, in 万元 of GEP; `None` where a figure is blank.
pub fn worth(frame: &Frame, cell: CellId, value: Value) -> Option<f64> {
    let gep = frame.dataset.cell_money(cell, indicator::GEP)?.to_wan();
    match value {
        Value::Gep => Some(gep),
        Value::GepTimesOutcome => Some(gep * frame.dataset.cell_figure(cell, indicator::OUTCOME)?.to_f64() / 100.0),
    }
}

/// Figures that the stages need and the data lack, one finding a cell.
pub fn missing_figures(frame: &Frame, stages: &[Stage]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for stage in stages {
        let Stage::MaxOutcomeBenefit { value, .. } = stage else { continue };
        let needed: &[&str] = match value {
            Value::Gep => &[indicator::GEP],
            Value::GepTimesOutcome => &[indicator::GEP, indicator::OUTCOME],
        };
        for cell in frame.cells().filter(|cell| frame.entitlement_of(*cell).fen() > 0) {
            for name in needed.iter().filter(|name| frame.dataset.cell_figure(cell, name).is_none()) {
                let place = Place::default().column(frame.cell_code(cell));
                findings.push(
                    Finding::error("solver.figure_missing", place).with("indicator", *name).with("stage", stage.kind()),
                );
            }
        }
    }
    findings
}
