//! The problem as a linear program in gains: every column scaled by a power of two, every constant shifted exactly.

use num_traits::{Signed, Zero};

use crate::bargaining::model::Model;
use crate::document::number::binary;
use crate::finding::{Finding, Place};
use crate::lp::{ColumnId, LinearProgram, NumberRefused};
use crate::patience::interrupted;
use crate::solver::{Certified, Outcome, Session, SessionError, SolveOptions};
use crate::units::Exact;

/// What every agreement must give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bounds {
    /// Caps only: the bare feasible set.
    Caps,
    /// Caps, and at least the disagreement point.
    Disagreement,
    /// Caps, floors, outside options and the disagreement point.
    All,
}

/// Why a program gave no optimum.
#[derive(Debug, Clone)]
pub(super) enum End {
    /// No point.
    Infeasible,
    /// No bound.
    Unbounded,
    /// A limit, a number that cannot stand in a program, or a failure.
    Failed(Finding),
}

impl From<SessionError> for End {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Number(refused) => Self::from(refused),
            SessionError::Engine(refused) => failed(&refused.to_string()),
        }
    }
}

impl From<NumberRefused> for End {
    fn from(refused: NumberRefused) -> Self {
        let finding = Finding::error("bargain.scales", Place::default());
        Self::Failed(finding.with("name", refused.name).with("value", refused.value))
    }
}

pub(super) fn failed(why: &str) -> End {
    End::Failed(Finding::error("bargain.solver_failed", Place::default()).with("why", why))
}

/// A certified optimum, or why there is none.
pub(super) fn certified(outcome: Outcome) -> Result<Certified, End> {
    match outcome {
        Outcome::Optimal(optimum) => Ok(*optimum),
        other => Err(stopped(other)),
    }
}

/// Why a program gave no optimum.
pub(super) fn stopped(outcome: Outcome) -> End {
    match outcome {
        Outcome::Optimal(_) => failed("an optimum taken for an end"),
        Outcome::Infeasible => End::Infeasible,
        Outcome::Unbounded => End::Unbounded,
        Outcome::Limit(_) => End::Failed(interrupted("bargain")),
        Outcome::Failed(why) => failed(&why),
    }
}

/// Scales of the columns; the first n are the units in which gains are counted.
#[derive(Debug, Clone)]
pub(super) struct Scales(pub Vec<f64>);

impl Scales {
    /// Geometric scaling of rows and columns, sides included, rounded to powers of two.
    pub fn of(model: &Model) -> Self {
        let entries = entries(model);
        let columns = model.size() + model.variables.len();
        let mut scale = vec![1.0; columns];
        for _ in 0..6 {
            let rows: Vec<f64> = entries.iter().map(|row| middle(&row.sizes(&scale))).collect();
            let mut by_column: Vec<Vec<f64>> = vec![Vec::new(); columns];
            for (row, size) in entries.iter().zip(&rows) {
                for (column, value) in &row.terms {
                    if let Some(list) = by_column.get_mut(*column) {
                        list.push(value / size);
                    }
                }
            }
            for (scale, sizes) in scale.iter_mut().zip(&by_column) {
                *scale = 1.0 / middle(sizes);
            }
        }
        Self(scale.into_iter().map(power_of_two).collect())
    }

    /// The same with other units for the gains.
    pub fn with_gains(&self, units: &[f64]) -> Self {
        let mut scale = self.0.clone();
        for (scale, unit) in scale.iter_mut().zip(units) {
            if *unit > 0.0 && unit.is_finite() {
                *scale = *unit;
            }
        }
        Self(scale)
    }

    /// Unit of a column.
    pub fn get(&self, column: usize) -> f64 {
        self.0.get(column).copied().unwrap_or(1.0)
    }
}

struct Entry {
    terms: Vec<(usize, f64)>,
    side: f64,
}

impl Entry {
    fn sizes(&self, scale: &[f64]) -> Vec<f64> {
        let scaled = self.terms.iter().map(|(column, value)| value * scale.get(*column).copied().unwrap_or(1.0));
        scaled.chain((self.side > 0.0).then_some(self.side)).collect()
    }
}

fn entries(model: &Model) -> Vec<Entry> {
    let size = |value: &Exact| binary(&value.abs());
    let mut entries = Vec::new();
    for row in &model.rows {
        let moved = moved(model, &row.terms);
        let sides = [&row.lower, &row.upper].into_iter().flatten();
        let side = sides.map(|side| size(&(side - &moved))).fold(0.0, f64::max);
        let terms = row.terms.iter().map(|(column, value)| (*column, size(value))).filter(|term| term.1 > 0.0);
        entries.push(Entry { terms: terms.collect(), side });
    }
    for (index, party) in model.parties.iter().enumerate() {
        for bound in [&party.outside, &party.floor, &party.cap].into_iter().flatten() {
            entries.push(Entry { terms: vec![(index, 1.0)], side: size(&(bound - &party.disagreement)) });
        }
    }
    for (index, variable) in model.variables.iter().enumerate() {
        for bound in [&variable.lower, &variable.upper].into_iter().flatten().filter(|bound| !bound.is_zero()) {
            entries.push(Entry { terms: vec![(model.size() + index, 1.0)], side: size(bound) });
        }
    }
    entries.retain(|entry| !entry.terms.is_empty());
    entries
}

/// √(least · largest); 1 where there is nothing.
fn middle(sizes: &[f64]) -> f64 {
    let (least, most) = sizes.iter().fold((f64::INFINITY, 0.0_f64), |(a, b), v| (a.min(*v), b.max(*v)));
    let middle = (least.sqrt()) * (most.sqrt());
    if middle > 0.0 && middle.is_finite() { middle } else { 1.0 }
}

fn power_of_two(value: f64) -> f64 {
    value.log2().round().clamp(-200.0, 200.0).exp2()
}

/// What the disagreement point contributes to a row.
fn moved(model: &Model, terms: &[(usize, Exact)]) -> Exact {
    terms.iter().map(|(column, value)| value * shift(model, *column)).sum()
}

fn shift(model: &Model, column: usize) -> Exact {
    let party = match column.checked_sub(model.size()) {
        None => Some(column),
        Some(index) => model.variables.get(index).and_then(|variable| variable.base_of),
    };
    party.and_then(|party| model.parties.get(party)).map(|party| party.disagreement.clone()).unwrap_or_default()
}

/// A live program whose first n columns are gains in units of their scale.
pub(super) struct Arena {
    /// The solver.
    pub session: Session,
    size: usize,
}

impl Arena {
    /// Builds the program; `only` keeps just these rows (for finding conflicts).
    pub fn open(
        model: &Model,
        scales: &Scales,
        bounds: Bounds,
        only: Option<&[usize]>,
        options: &SolveOptions,
    ) -> Result<Self, End> {
        let mut program = LinearProgram::new();
        let scaled = |bound: &Exact, column: usize| binary(&(bound - shift(model, column))) / scales.get(column);
        for (index, party) in model.parties.iter().enumerate() {
            let lower = match bounds {
                Bounds::Caps => None,
                Bounds::Disagreement => Some(party.disagreement.clone()),
                Bounds::All => {
                    let asked = [&party.outside, &party.floor].into_iter().flatten();
                    asked.chain([&party.disagreement]).max().cloned()
                }
            };
            let lower = lower.map_or(f64::NEG_INFINITY, |bound| scaled(&bound, index));
            let upper = party.cap.as_ref().map_or(f64::INFINITY, |cap| scaled(cap, index));
            program.add_column(format!("u{index}"), lower, upper.max(lower), 0.0)?;
        }
        for (index, variable) in model.variables.iter().enumerate() {
            let column = model.size() + index;
            let lower = variable.lower.as_ref().map_or(f64::NEG_INFINITY, |bound| scaled(bound, column));
            let upper = variable.upper.as_ref().map_or(f64::INFINITY, |bound| scaled(bound, column));
            program.add_column(format!("x{index}"), lower, upper, 0.0)?;
        }
        for (index, row) in model.rows.iter().enumerate() {
            if only.is_some_and(|only| !only.contains(&index)) {
                continue;
            }
            let terms: Vec<(usize, f64)> =
                row.terms.iter().map(|(column, value)| (*column, binary(value) * scales.get(*column))).collect();
            let moved = moved(model, &row.terms);
            let side = |side: &Option<Exact>| side.as_ref().map(|side| binary(&(side - &moved)));
            let (lower, upper) = (side(&row.lower), side(&row.upper));
            let largest = terms.iter().map(|term| term.1.abs()).fold(0.0, f64::max);
            let factor = if largest > 0.0 { power_of_two(1.0 / largest) } else { 1.0 };
            let terms = terms.into_iter().map(|(column, value)| (ColumnId(column), value * factor)).collect();
            let lower = lower.map_or(f64::NEG_INFINITY, |side| side * factor);
            let upper = upper.map_or(f64::INFINITY, |side| side * factor);
            program.add_row(format!("r{index}"), lower, upper, terms)?;
        }
        Self::of(program, model.size(), options)
    }

    /// The program of an arena once more, by itself.
    pub fn of(program: LinearProgram, size: usize, options: &SolveOptions) -> Result<Self, End> {
        Ok(Self { session: Session::open(program, options)?, size })
    }

    /// A point with the largest weighted sum of gains.
    pub fn maximise(&mut self, weights: &[(usize, f64)]) -> Result<Certified, End> {
        let costs: Vec<(ColumnId, f64)> = weights.iter().map(|(column, weight)| (ColumnId(*column), -weight)).collect();
        self.session.set_costs(&costs)?;
        certified(self.session.solve())
    }

    /// Gains of a point, in units of their scale.
    pub fn gains(&self, point: &Certified) -> Vec<f64> {
        (0..self.size).map(|party| point.column(ColumnId(party))).collect()
    }
}
