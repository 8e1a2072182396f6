//! How good a plan is in a scenario: the scenario's entitlements and values, as a formula and as columns of a linear program.

use crate::dataset::CellId;
use crate::lp::{ColumnId, LinearProgram, NumberRefused};
use crate::program::{Norm, Program, Stage, worth};
use crate::rules::Frame;

/// The figures of a scenario that its objective looks at, one a cell of the frame, in 万元.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// Entitlement; 0 where there is none.
    pub entitlement: Vec<f64>,
    /// What full coverage is worth; 0 for objectives without values.
    pub worth: Vec<f64>,
}

impl Outlook {
    /// The outlook of a frame for a stage.
    pub fn of(frame: &Frame, stage: &Stage) -> Self {
        let value = |cell: CellId| match stage {
            Stage::MaxOutcomeBenefit { value, .. } => worth(frame, cell, *value).unwrap_or(0.0),
            _ => 0.0,
        };
        // What a planner sets by hand says nothing of how well the worst off are served.
        let worst_only = matches!(stage, Stage::MaxMinCoverage { .. } | Stage::MinDeviation { norm: Norm::Linf, .. });
        let judged = |cell: &CellId| !(worst_only && frame.is_by_hand(*cell));
        let entitlement = |cell: CellId| if judged(&cell) { frame.entitlement_of(cell).to_wan() } else { 0.0 };
        Self { entitlement: frame.cells().map(entitlement).collect(), worth: frame.cells().map(value).collect() }
    }

    /// The same outlook with each cell's value multiplied: a draw of GEP under the entitlements as they are.
    pub fn with_values_times(&self, factors: &[f64]) -> Self {
        let worth = self.worth.iter().enumerate().map(|(at, worth)| worth * factors.get(at).copied().unwrap_or(1.0));
        Self { entitlement: self.entitlement.clone(), worth: worth.collect() }
    }

    /// The weighted mean of outlooks.
    pub fn mean(outlooks: &[(f64, &Self)]) -> Self {
        let total: f64 = outlooks.iter().map(|(weight, _)| weight).sum();
        let cells = outlooks.first().map_or(0, |(_, outlook)| outlook.entitlement.len());
        let of = |pick: &dyn Fn(&Self) -> &Vec<f64>| -> Vec<f64> {
            let at = |cell: usize| {
                let parts = outlooks.iter().map(|(weight, one)| weight * pick(one).get(cell).copied().unwrap_or(0.0));
                parts.sum::<f64>() / total
            };
            (0..cells).map(at).collect()
        };
        Self { entitlement: of(&|one| &one.entitlement), worth: of(&|one| &one.worth) }
    }

    /// g(r) of each cell under the coverage that sums (in 万元, one a cell) give; 0 without entitlement.
    pub fn returns(&self, steps: &[(f64, f64)], sums: &[f64]) -> Vec<f64> {
        let coverage = |(entitlement, sum): (&f64, &f64)| if *entitlement > 0.0 { sum / entitlement } else { 0.0 };
        self.entitlement.iter().zip(sums).map(|pair| returns_at(steps, coverage(pair))).collect()
    }

    /// The stage's value, in its own sense, of sums of cells in 万元; `movable` says which cells a worst coverage looks at.
    pub fn value(&self, stage: &Stage, sums: &[f64], movable: &[bool]) -> f64 {
        let entitled = || self.entitlement.iter().zip(sums).zip(movable).filter(|((e, _), _)| **e > 0.0);
        match stage {
            Stage::MaxOutcomeBenefit { returns, .. } => {
                self.returns(returns, sums).iter().zip(&self.worth).map(|(gained, worth)| gained * worth).sum()
            }
            Stage::MaxMinCoverage { .. } => {
                let ratios = entitled().filter(|(_, movable)| **movable).map(|((e, sum), _)| sum / e);
                let worst = ratios.fold(f64::INFINITY, f64::min);
                if worst.is_finite() { worst } else { 0.0 }
            }
            Stage::MinDeviation { norm: Norm::L1, .. } => entitled().map(|((e, sum), _)| (sum - e).abs()).sum(),
            Stage::MinDeviation { norm: Norm::Linf, .. } => {
                entitled().map(|((e, sum), _)| (sum / e - 1.0).abs()).fold(0.0, f64::max)
            }
            Stage::MinMissed => 0.0,
        }
    }
}

/// g(r), piecewise linear from 0.
fn returns_at(steps: &[(f64, f64)], coverage: f64) -> f64 {
    let (mut from, mut gained) = (0.0, 0.0);
    for (until, slope) in steps {
        gained += slope * (coverage.min(*until) - from).max(0.0);
        from = *until;
    }
    gained
}

/// Columns of a linear program that measure a stage under one set of entitlements: what one unit of each costs is up to the
/// outlook.
#[derive(Debug, Clone)]
pub(super) struct Gauge {
    /// Column and the cell it belongs to; no cell for a level of all cells.
    columns: Vec<(ColumnId, Option<usize>)>,
}

impl Gauge {
    /// Adds the columns and rows.
    pub fn add(
        lp: &mut LinearProgram,
        (frame, program): (&Frame, &Program),
        stage: &Stage,
        (outlook, movable): (&Outlook, &[bool]),
        prefix: &str,
    ) -> Result<Self, NumberRefused> {
        let cells: Vec<(usize, ColumnId, f64, String)> = frame
            .cells()
            .filter_map(|cell| {
                let entitlement = outlook.entitlement.get(cell.0).copied().filter(|e| *e > 0.0)?;
                let code = frame.cell_code(cell).replace('/', ",");
                Some((cell.0, program.cell(cell)?, entitlement, code))
            })
            .collect();
        let mut columns = Vec::new();
        match stage {
            Stage::MaxOutcomeBenefit { returns, .. } => {
                for (cell, sum, entitlement, code) in cells {
                    columns.push((add_returns(lp, (sum, entitlement), returns, prefix, &code)?, Some(cell)));
                }
            }
            Stage::MaxMinCoverage { .. } => {
                let cells: Vec<_> =
                    cells.into_iter().filter(|(cell, ..)| movable.get(*cell).copied().unwrap_or(false)).collect();
                if !cells.is_empty() {
                    let level = lp.add_column(format!("{prefix}.level"), 0.0, f64::INFINITY, 0.0)?;
                    for (_, sum, entitlement, code) in cells {
                        let terms = vec![(sum, 1.0), (level, -entitlement)];
                        lp.add_row(format!("{prefix}.cover[{code}]"), 0.0, f64::INFINITY, terms)?;
                    }
                    columns.push((level, None));
                }
            }
            Stage::MinDeviation { norm: Norm::L1, .. } => {
                for (cell, sum, entitlement, code) in cells {
                    let over = lp.add_column(format!("{prefix}.over[{code}]"), 0.0, f64::INFINITY, 0.0)?;
                    let under = lp.add_column(format!("{prefix}.under[{code}]"), 0.0, f64::INFINITY, 0.0)?;
                    let terms = vec![(sum, 1.0), (over, -1.0), (under, 1.0)];
                    lp.add_row(format!("{prefix}[{code}]"), entitlement, entitlement, terms)?;
                    columns.extend([(over, Some(cell)), (under, Some(cell))]);
                }
            }
            Stage::MinDeviation { norm: Norm::Linf, .. } => {
                let largest = lp.add_column(format!("{prefix}.largest"), 0.0, f64::INFINITY, 0.0)?;
                for (_, sum, entitlement, code) in cells {
                    let (over, under) =
                        (vec![(sum, 1.0), (largest, -entitlement)], vec![(sum, 1.0), (largest, entitlement)]);
                    lp.add_row(format!("{prefix}.over[{code}]"), f64::NEG_INFINITY, entitlement, over)?;
                    lp.add_row(format!("{prefix}.under[{code}]"), entitlement, f64::INFINITY, under)?;
                }
                columns.push((largest, None));
            }
            Stage::MinMissed => {}
        }
        Ok(Self { columns })
    }

    /// Minimised costs of a stage under an outlook of these entitlements.
    pub fn costs(&self, stage: &Stage, outlook: &Outlook) -> Vec<(ColumnId, f64)> {
        let cost = |cell: &Option<usize>| match stage {
            Stage::MaxOutcomeBenefit { .. } => -cell.and_then(|cell| outlook.worth.get(cell).copied()).unwrap_or(0.0),
            Stage::MaxMinCoverage { .. } => -1.0,
            _ => 1.0,
        };
        self.columns.iter().map(|(column, cell)| (*column, cost(cell))).collect()
    }

    /// Column of each cell that has one.
    pub fn cells(&self) -> impl Iterator<Item = (usize, ColumnId)> + '_ {
        self.columns.iter().filter_map(|(column, cell)| Some(((*cell)?, *column)))
    }
}

/// A column that holds g(coverage) of a cell: steps in units of coverage add up to the coverage.
fn add_returns(
    lp: &mut LinearProgram,
    (sum, entitlement): (ColumnId, f64),
    steps: &[(f64, f64)],
    prefix: &str,
    code: &str,
) -> Result<ColumnId, NumberRefused> {
    let gained = lp.add_column(format!("{prefix}.gained[{code}]"), 0.0, f64::INFINITY, 0.0)?;
    let (mut covered, mut gains) = (vec![(sum, 1.0)], vec![(gained, 1.0)]);
    let mut from = 0.0;
    for (at, (until, slope)) in steps.iter().enumerate() {
        let step = lp.add_column(format!("{prefix}.step{}[{code}]", at + 1), 0.0, until - from, 0.0)?;
        covered.push((step, -entitlement));
        gains.push((step, -slope));
        from = *until;
    }
    let beyond = lp.add_column(format!("{prefix}.beyond[{code}]"), 0.0, f64::INFINITY, 0.0)?;
    covered.push((beyond, -entitlement));
    lp.add_row(format!("{prefix}.coverage[{code}]"), 0.0, 0.0, covered)?;
    lp.add_row(format!("{prefix}.gain[{code}]"), 0.0, 0.0, gains)?;
    Ok(gained)
}
