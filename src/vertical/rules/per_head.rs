//! Per head: the largest ratio between areas of money per resident (人均差距).
//!
//! - Formula: max_a Y(a)/P(a) ≤ ratio · min_a Y(a)/P(a), P the population, areas with P > 0 and an amount to receive
//! - Rows: with one helper m, the least amount per head scaled by the mean population M:
//!   `least[area]` Y·M/P ≥ m and `most[area]` Y·M/P ≤ ratio · m
//! - Cannot hold when: caps keep an area with many residents low while floors hold a small one high

use num_traits::Zero;

use crate::dataset::indicator;
use crate::rules::frame::{Frame, MissingFigure};
use crate::rules::measure::heads;
use crate::rules::requirement::{Member, Requirement, Variable};
use crate::rules::selection::{Per, Selection};
use crate::rules::{Direction, Parameter, Violation};
use crate::units::{Decimal, Exact, Money};

/// Largest ratio of money per resident between areas.
#[derive(Debug, Clone, PartialEq)]
pub struct PerHead {
    /// The money concerned.
    pub of: Selection,
    /// Largest ratio, ≥ 1.
    pub ratio_at_most: Decimal,
}

impl PerHead {
    fn areas(&self, frame: &Frame) -> Result<Vec<(String, Selection, Exact)>, Vec<MissingFigure>> {
        let mut areas = Vec::new();
        let mut missing = Vec::new();
        for (code, group) in Per::Area.groups(frame, &self.of) {
            if group.amounts(frame).is_empty() {
                continue;
            }
            match heads(frame, &group) {
                Ok(heads) if heads > Exact::zero() => areas.push((code, group, heads)),
                Ok(_) => missing.push(MissingFigure { at: code, indicator: indicator::POPULATION.to_owned() }),
                Err(found) => missing.extend(found),
            }
        }
        if missing.is_empty() { Ok(areas) } else { Err(missing) }
    }

    /// Two requirements an area, one helper.
    pub fn requirements(&self, member: Member, frame: &Frame) -> Result<Vec<Requirement>, Vec<MissingFigure>> {
        let areas = self.areas(frame)?;
        let total: Exact = areas.iter().map(|(_, _, heads)| heads.clone()).sum();
        if areas.is_empty() {
            return Ok(Vec::new());
        }
        let mean = total / Exact::from_integer(areas.len().into());
        let mut requirements = Vec::new();
        for (code, group, heads) in areas {
            let weight = &mean / &heads;
            let scale = heads / &mean;
            let sides =
                [("least", Exact::from_integer((-1).into()), true), ("most", -self.ratio_at_most.exact(), false)];
            for (side, helper, lower) in sides {
                let mut terms: Vec<(Variable, Exact)> =
                    group.terms(frame, &weight).into_iter().map(|(id, a)| (Variable::Amount(id), a)).collect();
                terms.push((Variable::Helper(0), helper));
                requirements.push(Requirement {
                    member,
                    name: format!("{side}[{code}]"),
                    lower: lower.then(Exact::zero),
                    upper: (!lower).then(Exact::zero),
                    terms,
                    scale: scale.clone(),
                    // m is the least amount per head, whatever it comes to.
                    defines: lower,
                });
            }
        }
        Ok(requirements)
    }

    /// Every area that receives more per head than `ratio` times the least, from amounts and populations alone.
    pub fn check(&self, frame: &Frame, amounts: &[Money]) -> Vec<Violation> {
        let per_head: Vec<(String, Exact, Exact)> = self
            .areas(frame)
            .unwrap_or_default()
            .into_iter()
            .map(|(code, group, heads)| (code, group.sum(frame, amounts).exact() / &heads, heads))
            .collect();
        let Some(least) = per_head.iter().map(|(_, rate, _)| rate).min().cloned() else { return Vec::new() };
        let most = least * self.ratio_at_most.exact();
        let above = per_head.into_iter().filter(|(_, rate, _)| *rate > most);
        above.map(|(code, rate, heads)| Violation::above(code, &most * &heads, rate * heads)).collect()
    }

    /// The numbers a planner can move.
    pub fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter {
            path: "ratio_at_most".to_owned(),
            value: self.ratio_at_most,
            unit: String::new(),
            loosen: Direction::Up,
            end: None,
        }]
    }

    /// A copy with one number replaced.
    pub fn with_parameter(&self, path: &str, value: Decimal) -> Self {
        if path == "ratio_at_most" { Self { ratio_at_most: value, ..self.clone() } } else { self.clone() }
    }
}
