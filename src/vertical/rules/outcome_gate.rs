//! Outcome gate: cells whose score is below a threshold get at most a measure (成效门槛).
//!
//! - Basis: tie the outcome of protection to the distribution of funds (沪崇府办发〔2025〕1号 §五)
//! - Formula: score(c) < threshold ⇒ y(c) ≤ measure(c)
//! - Rows: `cap[cell]` for the cells below the threshold
//! - Cannot hold when: a floor or corridor holds such a cell above

use std::collections::BTreeSet;

use crate::dataset::CellId;
use crate::rules::band::Band;
use crate::rules::frame::{Frame, MissingFigure};
use crate::rules::measure::Measure;
use crate::rules::requirement::{Member, Requirement};
use crate::rules::selection::{Per, Selection};
use crate::rules::{Direction, Parameter, Violation};
use crate::units::{Decimal, Money};

/// A cap for cells below a score.
#[derive(Debug, Clone, PartialEq)]
pub struct OutcomeGate {
    /// The cells concerned.
    pub of: Selection,
    /// The score.
    pub indicator: String,
    /// Cells strictly below it are capped.
    pub below: Decimal,
    /// What a capped cell gets at most.
    pub at_most: Measure,
}

impl OutcomeGate {
    fn band(&self, frame: &Frame) -> Result<Band, Vec<MissingFigure>> {
        let mut gated = Vec::new();
        let mut missing = Vec::new();
        for cell in &self.of.cells {
            match frame.figure(*cell, &self.indicator) {
                Some(score) if score < self.below => gated.push(*cell),
                Some(_) => {}
                None => missing.push(MissingFigure { at: frame.cell_code(*cell), indicator: self.indicator.clone() }),
            }
        }
        if !missing.is_empty() {
            return Err(missing);
        }
        let at_most = Some(("at_most".to_owned(), self.at_most.clone()));
        Ok(Band { of: self.of.narrowed(gated), per: Per::Cell, at_least: None, at_most, bare: false })
    }

    /// One requirement a cell below the threshold.
    pub fn requirements(&self, member: Member, frame: &Frame) -> Result<Vec<Requirement>, Vec<MissingFigure>> {
        self.band(frame)?.requirements(member, frame)
    }

    /// Every cell below the threshold that gets more than the measure.
    pub fn check(&self, frame: &Frame, amounts: &[Money]) -> Vec<Violation> {
        self.band(frame).map(|band| band.check(frame, amounts)).unwrap_or_default()
    }

    /// The numbers a planner can move; the threshold moves by steps between scores.
    pub fn parameters(&self) -> Vec<Parameter> {
        let band = Band {
            of: self.of.clone(),
            per: Per::Cell,
            at_least: None,
            at_most: Some(("at_most".to_owned(), self.at_most.clone())),
            bare: false,
        };
        let mut parameters = band.parameters();
        parameters.push(Parameter {
            path: "below".to_owned(),
            value: self.below,
            unit: String::new(),
            loosen: Direction::Down,
            end: None,
        });
        parameters
    }

    /// Scores below the threshold: the only values at which it changes anything, in falling order.
    pub fn thresholds(&self, frame: &Frame) -> Vec<Decimal> {
        let score = |cell: &CellId| frame.figure(*cell, &self.indicator).filter(|score| *score < self.below);
        let scores: BTreeSet<Decimal> = self.of.cells.iter().filter_map(score).collect();
        scores.into_iter().rev().collect()
    }

    /// A copy with one number replaced.
    pub fn with_parameter(&self, path: &str, value: Decimal) -> Self {
        let mut changed = self.clone();
        if path == "below" {
            changed.below = value;
            return changed;
        }
        let band = Band {
            of: Selection::default(),
            per: Per::Cell,
            at_least: None,
            at_most: Some(("at_most".to_owned(), self.at_most.clone())),
            bare: false,
        };
        if let Some((_, measure)) = band.with_parameter(path, value).at_most {
            changed.at_most = measure;
        }
        changed
    }
}
