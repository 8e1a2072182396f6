//! What floor, cap, unit standard, corridor and outcome gate have in common: the sum of each group between two measures.

use crate::phrases::Text;
use crate::rules::frame::{Frame, MissingFigure};
use crate::rules::measure::Measure;
use crate::rules::naming::joined;
use crate::rules::requirement::{Member, Requirement, Variable};
use crate::rules::selection::{Per, Selection};
use crate::rules::{Direction, Parameter, Violation};
use crate::units::{Decimal, Exact, Money};

/// `at_least ≤ Σ(group) ≤ at_most` for every group of a selection.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// The cells (and funds) concerned.
    pub of: Selection,
    /// What the groups are.
    pub per: Per,
    /// Least amount of a group, with its path in the model file.
    pub at_least: Option<(String, Measure)>,
    /// Largest amount of a group, with its path in the model file.
    pub at_most: Option<(String, Measure)>,
    /// Whether the model file writes the bounds as bare numbers (a corridor), so that a path needs no indicator.
    pub bare: bool,
}

/// Least and largest amount of a group, in 分.
type Sides = (Option<Exact>, Option<Exact>);

impl Band {
    /// One requirement a group: `floor[code]`, `cap[code]` or `band[code]`; two where its sides cross.
    pub fn requirements(&self, member: Member, frame: &Frame) -> Result<Vec<Requirement>, Vec<MissingFigure>> {
        let mut requirements = Vec::new();
        let mut missing = Vec::new();
        let one = Exact::from_integer(1.into());
        for (code, group) in self.per.groups(frame, &self.of) {
            match self.sides(frame, &group) {
                Ok((lower, upper)) => {
                    let terms: Vec<(Variable, Exact)> =
                        group.terms(frame, &one).into_iter().map(|(id, a)| (Variable::Amount(id), a)).collect();
                    let mut demand = |head: &str, sides: Sides| {
                        let name = format!("{head}[{code}]");
                        requirements.push(Requirement::of_money(member, name, sides, terms.clone()));
                    };
                    match (lower, upper) {
                        // Sides that cross are missed each by itself.
                        (Some(lower), Some(upper)) if lower > upper => {
                            demand("floor", (Some(lower), None));
                            demand("cap", (None, Some(upper)));
                        }
                        (Some(lower), None) => demand("floor", (Some(lower), None)),
                        (None, upper) => demand("cap", (None, upper)),
                        both => demand("band", both),
                    }
                }
                Err(found) => missing.extend(found),
            }
        }
        if missing.is_empty() { Ok(requirements) } else { Err(missing) }
    }

    fn sides(&self, frame: &Frame, group: &Selection) -> Result<Sides, Vec<MissingFigure>> {
        let side = |bound: &Option<(String, Measure)>| match bound {
            Some((_, measure)) => measure.value(frame, group).map(Some),
            None => Ok(None),
        };
        match (side(&self.at_least), side(&self.at_most)) {
            (Ok(lower), Ok(upper)) => Ok((lower, upper)),
            (Err(mut first), Err(second)) => {
                first.extend(second.into_iter().filter(|missing| !first.contains(missing)).collect::<Vec<_>>());
                Err(first)
            }
            (Err(missing), Ok(_)) | (Ok(_), Err(missing)) => Err(missing),
        }
    }

    /// The figures of its measures.
    pub fn reads(&self) -> Vec<&str> {
        let measures = [&self.at_least, &self.at_most].into_iter().flatten();
        measures.flat_map(|(_, measure)| measure.reads()).collect()
    }

    /// Every group whose money is outside its band, from amounts and facts alone.
    pub fn check(&self, frame: &Frame, amounts: &[Money]) -> Vec<Violation> {
        let mut violations = Vec::new();
        for (code, group) in self.per.groups(frame, &self.of) {
            let actual = group.sum(frame, amounts).exact();
            if let Some(Ok(least)) = self.at_least.as_ref().map(|(_, measure)| measure.value(frame, &group))
                && actual < least
            {
                violations.push(Violation::below(code.clone(), least, actual.clone()));
            }
            if let Some(Ok(most)) = self.at_most.as_ref().map(|(_, measure)| measure.value(frame, &group))
                && actual > most
            {
                violations.push(Violation::above(code, most, actual));
            }
        }
        violations
    }

    /// The numbers a planner can move.
    pub fn parameters(&self) -> Vec<Parameter> {
        let sides = [(&self.at_least, Direction::Down), (&self.at_most, Direction::Up)];
        let bounds = sides.into_iter().filter_map(|(bound, loosen)| bound.as_ref().map(|bound| (bound, loosen)));
        bounds
            .flat_map(|((path, measure), loosen)| {
                measure.parts.iter().map(move |part| Parameter {
                    path: self.path(path, part.key()),
                    value: part.number(),
                    unit: part.unit(),
                    loosen,
                    end: (loosen == Direction::Down).then_some(Decimal::ZERO),
                })
            })
            .collect()
    }

    /// A copy with one number replaced; unchanged where no number has that path.
    pub fn with_parameter(&self, path: &str, value: Decimal) -> Self {
        let mut changed = self.clone();
        for (known, measure) in [&mut changed.at_least, &mut changed.at_most].into_iter().flatten() {
            for part in &mut measure.parts {
                if self.path(known, part.key()) == path {
                    *part = part.with_number(value);
                }
            }
        }
        changed
    }

    /// `at_most` + `gep` → `at_most.gep`, unless the bound is a bare number.
    fn path(&self, path: &str, key: &str) -> String {
        if key.is_empty() || self.bare { path.to_owned() } else { format!("{path}.{key}") }
    }

    /// `≥ 450 元/亩, ≤ 0.05 × 生态产品总值`.
    pub fn text(&self) -> Text {
        let side = |bound: &Option<(String, Measure)>, sign: &str| {
            let text = bound.as_ref().map(|(_, measure)| measure.text())?;
            Some(Text { zh: format!("{sign} {}", text.zh), en: format!("{sign} {}", text.en) })
        };
        let sides = [side(&self.at_least, "≥"), side(&self.at_most, "≤")];
        joined(&sides.into_iter().flatten().collect::<Vec<_>>(), ", ")
    }
}
