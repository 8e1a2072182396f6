//! Outcome order: a better protection outcome never has less coverage (成效排序).
//!
//! - Formula: within an ecosystem, score(a) > score(b) ⇒ y(a)/E(a) ≥ y(b)/E(b) − tolerance, cells with E > 0
//! - Rows: between consecutive scores a helper level L: `above[cell]` y/E ≥ L − tolerance and `below[cell]` y/E ≤ L
//!   (O(n) rows for O(n²) pairs), scaled by the ecosystem's mean E so that rows are money
//! - Cannot hold when: floors or corridors hold a badly scored cell above what a better one may get

use std::collections::BTreeMap;

use num_traits::Zero;

use crate::dataset::CellId;
use crate::rules::frame::Frame;
use crate::rules::measure::MissingFigure;
use crate::rules::requirement::{Member, Requirement, Variable};
use crate::rules::selection::{Per, Selection};
use crate::rules::{Direction, Parameter, Violation};
use crate::units::{Decimal, Exact, Money};

/// Order of coverage by score within each ecosystem.
#[derive(Debug, Clone, PartialEq)]
pub struct OutcomeOrder {
    /// The cells concerned.
    pub of: Selection,
    /// The score.
    pub indicator: String,
    /// Coverage that a better cell may lie below a worse one.
    pub tolerance: Decimal,
}

/// Cells of one score, and their scores in falling order.
type Ladder = Vec<Vec<CellId>>;

impl OutcomeOrder {
    /// Cells of each ecosystem, best score first.
    fn ladders(&self, frame: &Frame) -> Result<Vec<(String, Ladder)>, Vec<MissingFigure>> {
        let mut missing = Vec::new();
        let mut ladders = Vec::new();
        for (ecosystem, group) in Per::Ecosystem.groups(frame, &self.of) {
            let mut by_score: BTreeMap<Decimal, Vec<CellId>> = BTreeMap::new();
            for cell in group.cells.iter().filter(|cell| frame.entitlement_of(**cell) > Money::ZERO) {
                if frame.amounts_of(*cell).is_empty() {
                    continue;
                }
                match frame.figure(*cell, &self.indicator) {
                    Some(score) => by_score.entry(score).or_default().push(*cell),
                    None => {
                        missing.push(MissingFigure { at: frame.cell_code(*cell), indicator: self.indicator.clone() });
                    }
                }
            }
            ladders.push((ecosystem, by_score.into_values().rev().collect()));
        }
        if missing.is_empty() { Ok(ladders) } else { Err(missing) }
    }

    /// Two requirements a cell at most, one helper level between consecutive scores.
    pub fn requirements(&self, member: Member, frame: &Frame) -> Result<Vec<Requirement>, Vec<MissingFigure>> {
        let mut requirements = Vec::new();
        let mut helper = 0;
        for (_, ladder) in self.ladders(frame)? {
            let cells: Vec<CellId> = ladder.iter().flatten().copied().collect();
            let total: Exact = cells.iter().map(|cell| frame.entitlement_of(*cell).exact()).sum();
            if cells.is_empty() {
                continue;
            }
            let mean = total / Exact::from_integer(cells.len().into());
            for pair in ladder.windows(2) {
                let [better, worse] = pair else { continue };
                // Scaled by the mean entitlement M: y·M/E ≥ L − tolerance·M above the level, ≤ L below it.
                for (cells, side) in [(better, "above"), (worse, "below")] {
                    for cell in cells {
                        let weight = &mean / frame.entitlement_of(*cell).exact();
                        let single = self.of.narrowed(vec![*cell]);
                        let mut terms: Vec<(Variable, Exact)> =
                            single.terms(frame, &weight).into_iter().map(|(id, a)| (Variable::Amount(id), a)).collect();
                        terms.push((Variable::Helper(helper), Exact::from_integer((-1).into())));
                        let above = side == "above";
                        requirements.push(Requirement {
                            member,
                            name: format!("{side}[{},{helper}]", frame.cell_code(*cell)),
                            lower: above.then(|| -(self.tolerance.exact() * &mean)),
                            upper: (!above).then(Exact::zero),
                            terms,
                        });
                    }
                }
                helper += 1;
            }
        }
        Ok(requirements)
    }

    /// Every cell that a worse-scored cell of its ecosystem overtakes, from amounts, entitlements and scores alone.
    pub fn check(&self, frame: &Frame, amounts: &[Money]) -> Vec<Violation> {
        let mut violations = Vec::new();
        let received = |cell: CellId| self.of.narrowed(vec![cell]).sum(frame, amounts);
        for (_, ladder) in self.ladders(frame).unwrap_or_default() {
            // Going up from the worst score, `best` is the highest coverage seen so far.
            let mut best: Option<Exact> = None;
            for cells in ladder.iter().rev() {
                let coverages: Vec<(CellId, Exact)> = cells
                    .iter()
                    .map(|cell| (*cell, received(*cell).exact() / frame.entitlement_of(*cell).exact()))
                    .collect();
                if let Some(below) = &best {
                    for (cell, coverage) in &coverages {
                        let needed = below - self.tolerance.exact();
                        if *coverage < needed {
                            let entitlement = frame.entitlement_of(*cell).exact();
                            violations.push(Violation::below(
                                frame.cell_code(*cell),
                                needed * &entitlement,
                                coverage * &entitlement,
                            ));
                        }
                    }
                }
                best = coverages.into_iter().map(|(_, coverage)| coverage).chain(best).max();
            }
        }
        violations
    }

    /// The numbers a planner can move.
    pub fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter {
            path: "tolerance".to_owned(),
            value: self.tolerance,
            unit: String::new(),
            loosen: Direction::Up,
        }]
    }

    /// A copy with one number replaced.
    pub fn with_parameter(&self, path: &str, value: Decimal) -> Self {
        if path == "tolerance" { Self { tolerance: value, ..self.clone() } } else { self.clone() }
    }
}
