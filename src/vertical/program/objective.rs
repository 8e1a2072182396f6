//! The stages of an objective: what each adds to the program and what it makes cheap.

use crate::dataset::{CellId, indicator};
use crate::finding::Finding;
use crate::lp::{Column, ColumnId, LinearProgram, Row};
use crate::program::Program;
use crate::rules::{Frame, MissingFigure, missing};
use crate::solver::{Grow, SessionError, Target};
use crate::units::Finite;

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

/// Those of them that no planner sets by hand: the others say nothing of how well money is divided.
pub(super) fn judged<'a>(frame: &'a Frame, program: &'a Program) -> impl Iterator<Item = (CellId, ColumnId, f64)> + 'a {
    entitled(frame, program).filter(|(cell, _, _)| !frame.is_by_hand(*cell))
}

/// Entitled cells as targets of a leximin of coverage, but for those that are set by hand.
pub fn targets(frame: &Frame, program: &Program) -> Vec<Target> {
    judged(frame, program).map(|cell| target(frame, cell)).collect()
}

fn target(frame: &Frame, (cell, column, weight): (CellId, ColumnId, f64)) -> Target {
    let block = frame.dataset.cells().get(cell.0).map_or(0, |found| found.area.0);
    Target { column, weight, block }
}

/// Entitled cells that can still move, also within an area whose sum is set by hand.
pub(super) fn movable_targets(frame: &Frame, program: &Program, lp: &LinearProgram) -> Vec<Target> {
    let moves = |target: &Target| lp.columns().get(target.column.0).is_some_and(|column| column.lower != column.upper);
    entitled(frame, program).map(|cell| target(frame, cell)).filter(moves).collect()
}

/// Adds the columns and rows of a deviation; returns its costs.
pub(super) fn add_deviation(
    grow: &mut impl Grow,
    frame: &Frame,
    program: &Program,
    norm: Norm,
    prefix: &str,
) -> Result<Vec<(ColumnId, f64)>, SessionError> {
    let cells: Vec<(CellId, ColumnId, f64)> = match norm {
        Norm::L1 => entitled(frame, program).collect(),
        Norm::Linf => judged(frame, program).collect(),
    };
    let label =
        |part: &str, cell: CellId| program.name(|| format!("{prefix}{part}[{}]", super::cell_name(frame, cell)));
    let free = |name: String| Column { name, lower: 0.0, upper: f64::INFINITY, cost: 0.0 };
    match norm {
        Norm::L1 => {
            let sides = [".over", ".under"];
            let columns = cells.iter().flat_map(|(cell, _, _)| sides.map(|side| free(label(side, *cell))));
            let first = grow.add_columns(columns.collect())?;
            let row = |(index, (cell, column, entitlement)): (usize, &(CellId, ColumnId, f64))| Row {
                name: label("", *cell),
                lower: *entitlement,
                upper: *entitlement,
                terms: vec![
                    (*column, 1.0),
                    (ColumnId(first.0 + 2 * index), -1.0),
                    (ColumnId(first.0 + 2 * index + 1), 1.0),
                ],
            };
            grow.add_rows(cells.iter().enumerate().map(row).collect())?;
            Ok((0..2 * cells.len()).map(|index| (ColumnId(first.0 + index), 1.0)).collect())
        }
        Norm::Linf => {
            let largest = grow.add_columns(vec![free(program.name(|| format!("{prefix}.largest")))])?;
            let rows = cells.iter().flat_map(|(cell, column, entitlement)| {
                let weight = *entitlement;
                [
                    Row {
                        name: label(".over", *cell),
                        lower: f64::NEG_INFINITY,
                        upper: weight,
                        terms: vec![(*column, 1.0), (largest, -weight)],
                    },
                    Row {
                        name: label(".under", *cell),
                        lower: weight,
                        upper: f64::INFINITY,
                        terms: vec![(*column, 1.0), (largest, weight)],
                    },
                ]
            });
            grow.add_rows(rows.collect())?;
            Ok(vec![(largest, 1.0)])
        }
    }
}

/// Adds the segments of a benefit; returns its costs (negative benefits).
pub(super) fn add_benefit(
    grow: &mut impl Grow,
    frame: &Frame,
    program: &Program,
    (returns, value): (&[(f64, f64)], Value),
    prefix: &str,
) -> Result<Vec<(ColumnId, f64)>, SessionError> {
    let cells: Vec<(CellId, ColumnId, f64)> = entitled(frame, program).collect();
    let mut columns = Vec::new();
    let mut costs = Vec::new();
    for ((cell, _, entitlement), (worth, per)) in cells.iter().zip(merits(frame, &cells, value)) {
        let label = |part: &dyn Fn() -> String| {
            program.name(|| format!("{prefix}.{}[{}]", part(), super::cell_name(frame, *cell)))
        };
        let mut from = 0.0;
        for (step, (until, slope)) in returns.iter().enumerate() {
            columns.push(Column {
                name: label(&|| format!("step{}", step + 1)),
                lower: 0.0,
                upper: (until - from) * entitlement,
                cost: 0.0,
            });
            costs.push(-worth * slope / per);
            from = *until;
        }
        columns.push(Column { name: label(&|| "beyond".to_owned()), lower: 0.0, upper: f64::INFINITY, cost: 0.0 });
        costs.push(0.0);
    }
    let first = grow.add_columns(columns)?;
    let steps = returns.len() + 1;
    let row = |(index, (cell, column, _)): (usize, &(CellId, ColumnId, f64))| {
        let parts = (0..steps).map(|step| (ColumnId(first.0 + index * steps + step), -1.0));
        Row {
            name: program.name(|| format!("{prefix}[{}]", super::cell_name(frame, *cell))),
            lower: 0.0,
            upper: 0.0,
            terms: std::iter::once((*column, 1.0)).chain(parts).collect(),
        }
    };
    grow.add_rows(cells.iter().enumerate().map(row).collect())?;
    Ok(costs.into_iter().enumerate().map(|(index, cost)| (ColumnId(first.0 + index), cost)).collect())
}

/// Merits this close, relatively, are equal: they come from the same exact figures.
const SAME_MERIT: f64 = 1e-12;

/// What each cell is worth, and for how much entitlement (in 万元): the quotient is its merit.
///
/// Entitlements are rounded to the 分, so that cells of the same worth for the same entitlement would differ in the eighth digit,
/// and that digit would decide who is paid. Where the entitlements before rounding say that merits are equal, all of them count
/// as the mean: what this moves is less than what one 分 is worth in each cell.
fn merits(frame: &Frame, cells: &[(CellId, ColumnId, f64)], value: Value) -> Vec<(f64, f64)> {
    let own =
        |(cell, _, entitlement): &(CellId, ColumnId, f64)| (worth(frame, *cell, value).unwrap_or(0.0), *entitlement);
    let mut merits: Vec<(f64, f64)> = cells.iter().map(own).collect();
    let exact = cells.iter().map(|(cell, _, _)| exact_merit(frame, *cell, value));
    let mut order: Vec<(f64, usize)> =
        exact.enumerate().filter_map(|(at, merit)| Some((merit.filter(|merit| merit.is_finite())?, at))).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    for alike in order.chunk_by(|a, b| b.0 - a.0 <= SAME_MERIT * b.0.abs()).filter(|alike| alike.len() > 1) {
        // In order of cells, so that the sums are the same whatever their merits' last digits.
        let mut members: Vec<usize> = alike.iter().map(|(_, at)| *at).collect();
        members.sort_unstable();
        let known = members.iter().filter_map(|at| merits.get(*at));
        let together = known.fold((0.0, 0.0), |sum, own| (sum.0 + own.0, sum.1 + own.1));
        for at in members {
            if let Some(merit) = merits.get_mut(at) {
                *merit = together;
            }
        }
    }
    merits
}

/// A measure of worth for the entitlement before rounding; `None` where a figure is blank.
fn exact_merit(frame: &Frame, cell: CellId, value: Value) -> Option<f64> {
    let due = Finite::from_exact(frame.due.get(cell.0)?)?.get();
    let gep = frame.dataset.cell_figure(cell, indicator::GEP)?.to_f64();
    Some(match value {
        Value::Gep => gep / due,
        Value::GepTimesOutcome => gep * frame.dataset.cell_figure(cell, indicator::OUTCOME)?.to_f64() / due,
    })
}

/// What full coverage of a cell is worth, in 万元 of GEP; `None` where a figure is blank.
pub fn worth(frame: &Frame, cell: CellId, value: Value) -> Option<f64> {
    let gep = frame.dataset.cell_money(cell, indicator::GEP)?.to_wan();
    match value {
        Value::Gep => Some(gep),
        Value::GepTimesOutcome => Some(gep * frame.dataset.cell_figure(cell, indicator::OUTCOME)?.to_f64() / 100.0),
    }
}

/// Figures that the stages need and the data lack.
pub fn missing_figures(frame: &Frame, stages: &[Stage]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for stage in stages {
        let Stage::MaxOutcomeBenefit { value, .. } = stage else { continue };
        let needed: &[&str] = match value {
            Value::Gep => &[indicator::GEP],
            Value::GepTimesOutcome => &[indicator::GEP, indicator::OUTCOME],
        };
        let mut missing = Vec::new();
        for cell in frame.cells().filter(|cell| frame.entitlement_of(*cell).fen() > 0) {
            for name in needed.iter().filter(|name| frame.dataset.cell_figure(cell, name).is_none()) {
                missing.push(MissingFigure { at: frame.cell_code(cell), indicator: (*name).to_owned() });
            }
        }
        findings.extend(missing::findings(&missing, &frame.dataset, &format!("objective {}", stage.kind())));
    }
    findings
}
