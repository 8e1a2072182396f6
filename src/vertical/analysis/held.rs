//! What holds an amount: the rows of funds and rules that weigh it and are used up.

use std::collections::BTreeSet;

use crate::dataset::CellId;
use crate::phrases::{Phrase, Text};
use crate::program::Seat;
use crate::rules::naming::row_name;
use crate::rules::{Frame, Member, Requirement, Variable};
use crate::run::Solved;
use crate::units::{Exact, Finite};

/// A requirement that is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Position among the requirements.
    pub requirement: usize,
    /// `lower`, `upper` or `equal`.
    pub side: &'static str,
}

/// What holds each amount: for every cell the requirements that weigh it and are used up, in the order of the requirements.
pub fn held(solved: &Solved) -> Vec<Vec<Held>> {
    let frame = &solved.prepared.problem.frame;
    let mut held: Vec<Vec<Held>> = vec![Vec::new(); frame.dataset.cells().len()];
    for (index, requirement) in solved.requirements().enumerate() {
        let Some(side) = active_side(solved, index) else { continue };
        let one = Held { requirement: index, side };
        for CellId(at) in cells_of(frame, requirement) {
            // A cell that several funds pay stands several times in a row.
            if let Some(list) = held.get_mut(at).filter(|list| list.last() != Some(&one)) {
                list.push(one);
            }
        }
    }
    held
}

/// The rules, funds aside, that hold each amount, in words: `保底:下限(城桥镇),处于下限`.
pub fn held_by(solved: &Solved) -> Vec<Vec<(String, Text)>> {
    let problem = &solved.prepared.problem;
    let words = |held: &Held| {
        let requirement = solved.requirement(held.requirement)?;
        let Member::Rule(at) = requirement.member else { return None };
        let rule = problem.rules.get(at)?;
        let phrase = Phrase::new("paper.held")
            .with("rule", rule.label.clone())
            .with("row", row_name(&problem.frame, requirement))
            .with_phrase("side", &Phrase::new(side_code(held.side)));
        Some((rule.id.clone(), phrase.text()))
    };
    held(solved).iter().map(|list| list.iter().filter_map(words).collect()).collect()
}

pub(super) fn side_code(side: &str) -> &'static str {
    match side {
        "lower" => "analysis.side_lower",
        "upper" => "analysis.side_upper",
        _ => "analysis.side_equal",
    }
}

/// The rules, by position, whose rows hold an amount, each once.
pub(super) fn rules_of<'a>(solved: &'a Solved, held: &'a [Held]) -> impl Iterator<Item = usize> + 'a {
    let rule = |held: &Held| match solved.requirement(held.requirement)?.member {
        Member::Rule(at) => Some(at),
        Member::Fund(_) => None,
    };
    let rules: BTreeSet<usize> = held.iter().filter_map(rule).collect();
    rules.into_iter()
}

/// The cells whose amounts a requirement weighs.
pub(super) fn cells_of<'a>(frame: &'a Frame, requirement: &'a Requirement) -> impl Iterator<Item = CellId> + 'a {
    requirement.terms.iter().filter_map(|(variable, _)| match variable {
        Variable::Amount(id) => frame.amounts.get(id.0).map(|amount| amount.cell),
        Variable::Helper(_) => None,
    })
}

/// The side of a requirement that the certified plan uses up; `None` where there is room on both.
pub fn active_side(solved: &Solved, index: usize) -> Option<&'static str> {
    let requirement = solved.requirement(index)?;
    let last = solved.plan.stages.last()?;
    let activity = match solved.program.seats.get(index)? {
        Seat::Row(row) => {
            let terms = &solved.program.lp.rows().get(row.0)?.terms;
            terms.iter().map(|(column, coefficient)| coefficient * last.optimum.column(*column)).sum()
        }
        Seat::Bound(column) => last.optimum.column(*column),
    };
    let near = |side: &Option<Exact>| {
        let side = side.as_ref().and_then(Finite::from_exact)?.get() / 1e6;
        ((activity - side).abs() <= 1e-6 * (1.0 + side.abs())).then_some(())
    };
    match (near(&requirement.lower), near(&requirement.upper)) {
        (Some(()), Some(())) => Some("equal"),
        (Some(()), None) => Some("lower"),
        (None, Some(())) => Some("upper"),
        (None, None) => None,
    }
}
