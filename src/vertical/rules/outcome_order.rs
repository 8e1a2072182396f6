//! Outcome order: a better protection outcome never has less coverage (成效排序).
//!
//! - Formula: within an ecosystem, score(a) > score(b) ⇒ y(a)/E(a) ≥ y(b)/E(b) − tolerance, cells with E > 0
//! - Rows: between consecutive scores a helper level L, the highest coverage of all worse scores: `below[cell]` y/E ≤ L for the
//!   scores next below, `chain[…]` L ≥ the level below it (a hard rule without tolerance has it already), `above[cell]`
//!   y/E ≥ L − tolerance for the scores next above: O(n) rows for O(n²) pairs, scaled by the ecosystem's mean E so that rows
//!   are money
//! - Cannot hold when: floors or corridors hold a badly scored cell above what a better one may get

use std::collections::BTreeMap;

use num_traits::Zero;

use crate::dataset::CellId;
use crate::rules::frame::{Frame, MissingFigure};
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

    /// Two requirements a cell at most and one a level, one helper level between consecutive scores.
    pub fn requirements(
        &self,
        member: Member,
        frame: &Frame,
        soft: bool,
    ) -> Result<Vec<Requirement>, Vec<MissingFigure>> {
        // Without tolerance every cell between two levels lies above the lower one, which so is no higher: unless it may miss.
        let chained = soft || !self.tolerance.is_zero();
        let mut requirements = Vec::new();
        let mut helper = 0;
        for (_, ladder) in self.ladders(frame)? {
            let cells: Vec<CellId> = ladder.iter().flatten().copied().collect();
            let total: Exact = cells.iter().map(|cell| frame.entitlement_of(*cell).exact()).sum();
            if cells.is_empty() {
                continue;
            }
            let mean = total / Exact::from_integer(cells.len().into());
            let pairs = ladder.len().saturating_sub(1);
            // From the worst score up, so that each level follows the one below it.
            for (index, pair) in ladder.windows(2).enumerate().rev() {
                let [better, worse] = pair else { continue };
                let level = helper + index;
                let row = |cell: CellId, above: bool| self.row(frame, member, (cell, level), &mean, above);
                requirements.extend(worse.iter().map(|cell| row(*cell, false)));
                if chained && index + 1 < pairs {
                    requirements.push(chain(member, level));
                }
                requirements.extend(better.iter().map(|cell| row(*cell, true)));
            }
            helper += pairs;
        }
        Ok(requirements)
    }

    /// Scaled by the mean entitlement M: y·M/E ≥ L − tolerance·M above the level, ≤ L below it.
    fn row(
        &self,
        frame: &Frame,
        member: Member,
        (cell, level): (CellId, usize),
        mean: &Exact,
        above: bool,
    ) -> Requirement {
        let entitlement = frame.entitlement_of(cell).exact();
        let single = self.of.narrowed(vec![cell]);
        let weight = mean / &entitlement;
        let amounts = single.terms(frame, &weight).into_iter().map(|(id, a)| (Variable::Amount(id), a));
        let helper = (Variable::Helper(level), Exact::from_integer((-1).into()));
        Requirement {
            member,
            name: format!("{}[{},{level}]", if above { "above" } else { "below" }, frame.cell_code(cell)),
            lower: above.then(|| -(self.tolerance.exact() * mean)),
            upper: (!above).then(Exact::zero),
            terms: amounts.chain([helper]).collect(),
            scale: entitlement / mean,
            // The level is the highest coverage below it, whatever that comes to.
            defines: !above,
        }
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
            end: None,
        }]
    }

    /// A copy with one number replaced.
    pub fn with_parameter(&self, path: &str, value: Decimal) -> Self {
        if path == "tolerance" { Self { tolerance: value, ..self.clone() } } else { self.clone() }
    }
}

/// A level is at least the level below it.
fn chain(member: Member, level: usize) -> Requirement {
    let one = Exact::from_integer(1.into());
    let terms = vec![(Variable::Helper(level), one.clone()), (Variable::Helper(level + 1), -one.clone())];
    let (lower, upper) = (Some(Exact::zero()), None);
    Requirement { member, name: format!("chain[{level}]"), lower, upper, terms, scale: one, defines: true }
}
