//! What a reader of a run must know beside its figures: warnings about the inputs, and what the plan does that nobody expects.

use std::collections::{BTreeMap, BTreeSet};

use crate::dataset::CellId;
use crate::finding::{Finding, Place};
use crate::phrases::{Lang, Text};
use crate::program::Stage;
use crate::rules::naming::{group_name, row_name};
use crate::rules::{Frame, Member, Requirement, RuleKind, Variable};
use crate::run::{Prepared, Solved};
use crate::units::{Finite, Money};

/// Warnings about model and data, in an order, and at places, that neither the order of rows nor the folder of the files changes.
pub fn of_inputs(prepared: &Prepared) -> Vec<Finding> {
    // Rows of a table may be in any order; the sentence itself names the area or cell.
    let without_row = |mut finding: Finding| {
        finding.place.row = None;
        finding
    };
    let data = prepared.data_warnings.iter().cloned().map(without_row);
    let mut all: Vec<Finding> = data.chain(prepared.warnings.iter().cloned()).map(without_folder).collect();
    all.sort_by_cached_key(|finding| finding.render(Lang::Zh));
    all
}

/// What the plan of a solved run does that nobody expects.
pub fn of_plan(solved: &Solved) -> Vec<Finding> {
    let unfinished = solved.plan.unfinished.map(|kind| {
        let tie_break = kind.starts_with("tie_break");
        let code = if tie_break { "solver.tie_break_unfinished" } else { "solver.leximin_unfinished" };
        Finding::warning(code, file(solved)).with("stage", kind)
    });
    let all = unfinished.into_iter().chain(nothing(solved)).chain(stuck(solved)).chain(by_hand(solved));
    all.map(without_folder).collect()
}

/// Overrides that come to what is calculated without them, or to a rounding unit of it, and a plan without them that does not exist.
fn by_hand(solved: &Solved) -> Vec<Finding> {
    let problem = &solved.prepared.problem;
    let fixed = problem.rules.iter().filter_map(|rule| match &rule.kind {
        RuleKind::Fixed(fixed) => Some((rule, fixed)),
        _ => None,
    });
    let Some(calculated) = &solved.calculated else {
        let none = fixed.into_iter().next().is_some();
        return none.then(|| Finding::warning("allocation.not_calculated", file(solved))).into_iter().collect();
    };
    let unit = problem.frame.unit.max(Money::from_fen(1)).fen();
    let told = fixed.filter(|(_, fixed)| !fixed.is_withdrawal).filter_map(|(rule, fixed)| {
        let sum = |amounts: &[Money]| fixed.of.sum(&problem.frame, amounts);
        let (without, with) = (sum(calculated), sum(&solved.settled.amounts));
        let apart = with.fen().abs_diff(without.fen());
        let code = match apart {
            0 => "allocation.override_idle",
            apart if apart <= unit.unsigned_abs() => "allocation.override_near",
            _ => return None,
        };
        let finding = Finding::warning(code, file(solved))
            .with("id", &rule.id)
            .with("group", group_name(&problem.frame, &fixed.group))
            .with("amount", without)
            .with("apart", Money::from_fen(i64::try_from(apart).unwrap_or(i64::MAX)));
        Some(finding)
    });
    told.collect()
}

/// Warnings about model and data, as sentences.
pub fn of_model(prepared: &Prepared) -> Vec<Text> {
    of_inputs(prepared).into_iter().map(sentence).collect()
}

/// All warnings of a solved run, as sentences.
pub fn of_run(solved: &Solved) -> Vec<Text> {
    let all = of_inputs(&solved.prepared).into_iter().chain(of_plan(solved));
    let mut texts: Vec<Text> = all.map(sentence).collect();
    texts.sort();
    texts
}

fn file(solved: &Solved) -> Place {
    Place::file(&solved.prepared.model_file)
}

fn without_folder(mut finding: Finding) -> Finding {
    finding.place.file =
        finding.place.file.as_deref().map(|file| file.rsplit(['/', '\\']).next().unwrap_or(file).to_owned());
    finding
}

fn sentence(finding: Finding) -> Text {
    Text { zh: finding.render(Lang::Zh), en: finding.render(Lang::En) }
}

/// A plan that gives out nothing though there is money.
fn nothing(solved: &Solved) -> Option<Finding> {
    let funds = solved.prepared.problem.frame.total();
    let spent: Money = solved.settled.amounts.iter().copied().sum();
    let is_nothing = spent == Money::ZERO && funds > Money::ZERO;
    is_nothing.then(|| Finding::warning("allocation.nothing", file(solved)).with("funds", funds))
}

/// Coverages closer than this are one.
const SAME: f64 = 1e-6;

/// The least coverage is where a rule holds some cells, whatever the others get, and a later stage takes others down to it.
fn stuck(solved: &Solved) -> Option<Finding> {
    let problem = &solved.prepared.problem;
    let frame = &problem.frame;
    let worst_only =
        |stage: &Stage| matches!(stage, Stage::MaxMinCoverage { slack, all_levels } if *slack > 0.0 || !all_levels);
    let position = problem.stages.iter().position(worst_only).filter(|at| at + 1 < problem.stages.len())?;
    let kind = problem.stages.get(position)?.kind();
    let (number, stage) = solved.plan.stages.iter().enumerate().find(|(_, stage)| stage.kind == kind)?;
    let is_counted = |cell: &CellId| {
        frame.entitlement_of(*cell) > Money::ZERO && !frame.amounts_of(*cell).is_empty() && !frame.is_by_hand(*cell)
    };
    let counted: Vec<CellId> = frame.cells().filter(is_counted).collect();
    let at_most = stage.value + SAME * (1.0 + stage.value.abs());
    let holds = |requirement: &&Requirement| {
        let is_rule = matches!(requirement.member, Member::Rule(_)) && problem.penalty(requirement.member).is_none();
        is_rule && held(frame, requirement).is_some_and(|(_, most)| most <= at_most)
    };
    let rows: Vec<&Requirement> = solved.requirements().filter(holds).collect();
    let row: &Requirement = rows.first()?;
    // A cell that another rule holds is not taken down by a later stage.
    let cells: BTreeSet<CellId> = rows.iter().filter_map(|row| held(frame, row)).flat_map(|(cells, _)| cells).collect();
    let coverage = |cell: &CellId| {
        frame.received(*cell, &solved.settled.amounts).fen() as f64 / frame.entitlement_of(*cell).fen() as f64
    };
    let others: Vec<&CellId> = counted.iter().filter(|cell| !cells.contains(cell)).collect();
    let down = others.iter().filter(|cell| coverage(cell) <= at_most).count();
    (down > 0).then(|| {
        Finding::warning("allocation.stuck", file(solved))
            .with("stage", (number + 1).to_string())
            .with("coverage", format!("{:.2}%", stage.value * 100.0))
            .with("row", row_name(frame, row))
            .with("others", others.len().to_string())
            .with("down", down.to_string())
    })
}

/// The cells whose whole money an upper side bounds, and the coverage that it lets the least of them have.
fn held(frame: &Frame, requirement: &Requirement) -> Option<(Vec<CellId>, f64)> {
    let number = |exact: &crate::units::Exact| Finite::from_exact(exact).map(Finite::get);
    let upper = number(requirement.upper.as_ref()?)?;
    let mut weights: BTreeMap<CellId, (usize, f64)> = BTreeMap::new();
    for (variable, coefficient) in &requirement.terms {
        let Variable::Amount(id) = variable else { return None };
        let weight = number(coefficient).filter(|weight| *weight >= 0.0)?;
        let (count, least) = weights.entry(frame.amounts.get(id.0)?.cell).or_insert((0, f64::INFINITY));
        *count += 1;
        *least = least.min(weight);
    }
    // Another fund may raise a cell of which the row sees a part only.
    let whole = weights.into_iter().filter(|(cell, (count, weight))| {
        *count == frame.amounts_of(*cell).len() && *weight > 0.0 && frame.entitlement_of(*cell) > Money::ZERO
    });
    let (mut cells, mut sum) = (Vec::new(), 0.0);
    for (cell, (_, weight)) in whole {
        sum += weight * frame.entitlement_of(cell).fen() as f64;
        cells.push(cell);
    }
    (sum > 0.0).then(|| (cells, upper / sum))
}
