//! How much an amount, an area or an ecosystem could receive while every stage stays near its optimum: exact linear programs.
//!
//! Each stage is kept by its own rows within a relative loss of its own optimum, the slack the model gives it aside
//! (modelling to generate alternatives; Brill, Chang & Hopkins 1982).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::ended;
use crate::analysis::hot::extremes;
use crate::analysis::words::stage_code;
use crate::dataset::{AreaId, CellId, indicator};
use crate::figures::hundredths;
use crate::finding::{Finding, Place};
use crate::lp::{ColumnId, LinearProgram};
use crate::phrases::{Phrase, Text};
use crate::program::{Stage, StageResult, keep};
use crate::remark;
use crate::run::{RunError, Solved};
use crate::solver::{Basis, Outcome, Session, SessionError, SolveOptions, Stopped};
use crate::units::Money;

/// Least and largest amount, in 元 to the hundredth of a 分.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Range {
    /// Least amount.
    pub least_yuan: f64,
    /// Largest amount.
    pub most_yuan: f64,
}

/// What the ranges are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Every amount.
    Cell,
    /// Sums of areas.
    Area,
    /// Sums of ecosystems.
    Ecosystem,
}

/// What to look at.
#[derive(Debug, Clone)]
pub struct Question {
    /// Relative loss of every stage, such as 0.01.
    pub within: f64,
    /// Amounts or sums.
    pub by: By,
    /// Only cells of these areas; empty for all.
    pub areas: Vec<AreaId>,
    /// Only cells of these ecosystems; empty for all.
    pub ecosystems: Vec<String>,
    /// Threads; answers do not depend on it.
    pub threads: usize,
}

/// Near-optimal ranges.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Ranges {
    /// Name of the model.
    pub model: Text,
    /// Relative loss of every stage.
    pub within: f64,
    /// What the ranges are of.
    pub by: By,
    /// The stages and what is kept of them.
    pub stages: Vec<KeptStage>,
    /// One entry a cell, area or ecosystem.
    pub entries: Vec<Entry>,
    /// What to know, as sentences.
    pub warnings: Vec<Text>,
}

/// A stage and its value that every plan in the ranges keeps.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct KeptStage {
    /// Number of the stage, from 1.
    pub number: usize,
    /// Kind, as in the model file.
    pub kind: &'static str,
    /// Printed name.
    pub name: Text,
    /// Its optimum.
    pub optimum: f64,
    /// The worst value allowed.
    pub allowed: f64,
}

/// The range of one cell, area or ecosystem.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Entry {
    /// `310151101/forest`, area code or ecosystem id.
    pub code: String,
    /// Printed name.
    pub name: Text,
    /// Amount in the plan, in 分.
    pub amount_fen: i64,
    /// Last year's amount, in 分; null where a cell of it is blank.
    pub last_year_fen: Option<i64>,
    /// Least and largest amount.
    #[serde(flatten)]
    pub range: Range,
}

/// The stages of the model with their results, tie-breaks left out.
pub(super) fn stages(solved: &Solved) -> Vec<(Stage, &StageResult)> {
    let own = &solved.prepared.problem.stages;
    let soft = !solved.program.misses.is_empty();
    let first = (soft && !own.contains(&Stage::MinMissed)).then_some(Stage::MinMissed);
    let rest = own.iter().filter(|stage| soft || **stage != Stage::MinMissed).cloned();
    first.into_iter().chain(rest).zip(&solved.plan.stages).collect()
}

/// The plans near the optimum: the problem with one row a stage that keeps its value within the loss, and a basis of one.
pub(super) struct Near {
    pub program: LinearProgram,
    pub start: Basis,
}

impl Near {
    /// The plans within a loss; `Err(Stopped::Infeasible)` where no plan keeps all stages so near their own optima.
    pub fn open(solved: &Solved, loss: f64, options: &SolveOptions) -> Result<Result<Self, Stopped>, SessionError> {
        let both = (&solved.prepared.problem.frame, &solved.program);
        let mut session = Session::open(solved.program.lp.clone(), options)?;
        for (number, (stage, result)) in stages(solved).into_iter().enumerate() {
            keep(&mut session, both, &stage, result.minimised, loss, number)?;
        }
        session.set_costs(&[])?;
        match session.solve() {
            Outcome::Optimal(_) => {
                let start = session.basis()?;
                Ok(Ok(Self { program: session.program().clone(), start }))
            }
            other => Ok(Err(other.into())),
        }
    }

    /// Least and largest sum of each set of columns.
    pub fn ranges(
        &self,
        sums: &[Vec<ColumnId>],
        threads: usize,
        options: &SolveOptions,
    ) -> Result<Result<Vec<Range>, Stopped>, SessionError> {
        let found = extremes((&self.program, &self.start), sums, threads, options)?;
        let range = |(least, most)| Range { least_yuan: in_yuan(least), most_yuan: in_yuan(most) };
        Ok(found.into_iter().map(|found| found.map(range)).collect())
    }
}

/// 万元 as 元, to the hundredth of a 分: what lies beyond is the solver's noise.
fn in_yuan(wan: f64) -> f64 {
    // Adding zero turns −0 into 0.
    (wan * 1e8).round() / 1e4 + 0.0
}

/// The ranges of some cells while every stage's value stays within `loss` (relative) of its optimum.
///
/// `None` for a cell that no fund may pay, and for all where no plan is so near every optimum.
///
/// # Errors
/// HiGHS refuses a change.
pub fn of_cells(
    solved: &Solved,
    cells: &[CellId],
    loss: f64,
    options: &SolveOptions,
) -> Result<Vec<Option<Range>>, SessionError> {
    let columns: Vec<Option<ColumnId>> = cells.iter().map(|cell| solved.program.cell(*cell)).collect();
    let Ok(near) = Near::open(solved, loss, options)? else { return Ok(vec![None; cells.len()]) };
    let sums: Vec<Vec<ColumnId>> = columns.iter().flatten().map(|column| vec![*column]).collect();
    let Ok(ranges) = near.ranges(&sums, 1, options)? else { return Ok(vec![None; cells.len()]) };
    let mut ranges = ranges.into_iter();
    Ok(columns.into_iter().map(|column| column.and_then(|_| ranges.next())).collect())
}

/// The near-optimal ranges asked for.
///
/// # Errors
/// A loss below 0, no plan so near every optimum, a limit, or a failure of the solver.
pub fn ranges(solved: &Solved, question: &Question, options: &SolveOptions) -> Result<Ranges, RunError> {
    let near = near(solved, question.within, options)?;
    let groups = groups(solved, question);
    let column = |cell: &CellId| solved.program.cell(*cell);
    let sums: Vec<Vec<ColumnId>> = groups.iter().map(|group| group.cells.iter().filter_map(column).collect()).collect();
    let found = near.ranges(&sums, question.threads, options).map_err(|error| ended::refused(&error, "ranges"))?;
    let found = found.map_err(|stopped| ended::stopped(stopped, "ranges"))?;
    let entries = groups.into_iter().zip(found).map(|(group, range)| entry(solved, group, range)).collect();
    Ok(Ranges {
        model: solved.prepared.problem.head.name.clone(),
        within: question.within,
        by: question.by,
        stages: kept(solved, question.within),
        entries,
        warnings: warnings(solved, question.within),
    })
}

/// The plans near the optimum, or why there are none.
pub(super) fn near(solved: &Solved, within: f64, options: &SolveOptions) -> Result<Near, RunError> {
    if !(0.0..=1.0).contains(&within) {
        let finding = Finding::error("ranges.within", Place::file("--within"));
        return Err(finding.with("value", format!("{}", within * 100.0)).into());
    }
    match Near::open(solved, within, options).map_err(|error| ended::refused(&error, "ranges"))? {
        Ok(near) => Ok(near),
        Err(Stopped::Infeasible) => {
            let slack = solved.prepared.problem.stages.iter().map(Stage::slack).fold(0.0, f64::max);
            let finding = Finding::error("ranges.no_plan", Place::file("--within"));
            let finding = finding.with("within", hundredths(within)).with("slack", hundredths(slack));
            Err(finding.into())
        }
        Err(other) => Err(ended::stopped(other, "ranges")),
    }
}

/// What is kept of every stage.
pub(super) fn kept(solved: &Solved, within: f64) -> Vec<KeptStage> {
    let part = |(index, (stage, result)): (usize, (Stage, &StageResult))| KeptStage {
        number: index + 1,
        kind: stage.kind(),
        name: Phrase::new(stage_code(stage.kind())).text(),
        optimum: result.value,
        allowed: result.value + if stage.maximises() { -within } else { within } * result.value.abs(),
    };
    stages(solved).into_iter().enumerate().map(part).collect()
}

/// A stage whose own slack is larger than the loss asked for, so that the plan itself may lie outside; and the warnings of the run.
pub(super) fn warnings(solved: &Solved, within: f64) -> Vec<Text> {
    let looser = stages(solved).into_iter().filter(|(stage, _)| stage.slack() > within);
    let looser = looser.map(|(stage, _)| {
        Phrase::new("ranges.slack")
            .with_phrase("stage", &Phrase::new(stage_code(stage.kind())))
            .with("slack", hundredths(stage.slack()))
            .with("within", hundredths(within))
            .text()
    });
    looser.chain(remark::of_run(solved)).collect()
}

/// Cells that are looked at as one.
pub(super) struct Group {
    pub code: String,
    pub name: Text,
    pub cells: Vec<CellId>,
}

/// The groups of a question, in order of code.
pub(super) fn groups(solved: &Solved, question: &Question) -> Vec<Group> {
    let frame = &solved.prepared.problem.frame;
    let chosen = |cell: &CellId| {
        frame.dataset.cells().get(cell.0).is_some_and(|found| {
            (question.areas.is_empty() || question.areas.contains(&found.area))
                && (question.ecosystems.is_empty() || question.ecosystems.contains(&found.ecosystem))
        })
    };
    let mut groups: Vec<Group> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for cell in frame.cells().filter(chosen) {
        let Some(found) = frame.dataset.cells().get(cell.0) else { continue };
        let area = frame.dataset.areas().get(found.area.0).map_or("?", |area| area.name.as_str());
        let label = frame.ecosystems.iter().find(|(id, _)| *id == found.ecosystem).map(|(_, label)| label.clone());
        let label = label.unwrap_or_else(|| Text::same(&found.ecosystem));
        let (code, name) = match question.by {
            By::Cell => {
                let name = Text { zh: format!("{area} {}", label.zh), en: format!("{area} {}", label.en) };
                (frame.cell_code(cell), name)
            }
            By::Area => (frame.area_code(found.area).to_owned(), Text::same(area)),
            By::Ecosystem => (found.ecosystem.clone(), label),
        };
        match known.get(&code).and_then(|index| groups.get_mut(*index)) {
            Some(group) => group.cells.push(cell),
            None => {
                known.insert(code.clone(), groups.len());
                groups.push(Group { code, name, cells: vec![cell] });
            }
        }
    }
    if question.by == By::Ecosystem {
        let place = |code: &str| frame.ecosystems.iter().position(|(id, _)| id == code);
        groups.sort_by_key(|group| place(&group.code));
    }
    groups
}

fn entry(solved: &Solved, group: Group, range: Range) -> Entry {
    let frame = &solved.prepared.problem.frame;
    let amount: Money = group.cells.iter().map(|cell| frame.received(*cell, &solved.settled.amounts)).sum();
    let last = group.cells.iter().map(|cell| frame.dataset.cell_money(*cell, indicator::LAST_YEAR).map(Money::fen));
    Entry { code: group.code, name: group.name, amount_fen: amount.fen(), last_year_fen: last.sum(), range }
}
