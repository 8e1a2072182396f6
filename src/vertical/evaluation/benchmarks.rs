//! What an area is measured against in every scenario: last year, and the unit standards of the model.

use crate::adding;
use crate::dataset::{AreaId, CellId, indicator};
use crate::evaluation::Answer;
use crate::policy::Problem;
use crate::rules::{AmountId, Frame, RuleKind};
use crate::units::{Exact, FEN_PER_WAN, Finite, Money};

/// Last year's amount and the standards of every area, in 分.
#[derive(Debug, Clone, PartialEq)]
pub struct Benchmarks {
    /// Last year's sum of each area; `None` where a cell of it has no figure.
    last_year: Vec<Option<i64>>,
    standards: Vec<Standard>,
}

/// One group of amounts inside one area and what a standard asks for it.
#[derive(Debug, Clone, PartialEq)]
struct Standard {
    area: usize,
    amounts: Vec<AmountId>,
    /// The whole cells that the amounts are; `None` where a fund is singled out.
    cells: Option<Vec<CellId>>,
    least: Exact,
}

impl Benchmarks {
    /// The benchmarks of a problem. A standard over a group that spans areas concerns none of them.
    pub fn of(problem: &Problem) -> Self {
        let frame = &problem.frame;
        let mut standards = Vec::new();
        for rule in &problem.rules {
            let RuleKind::UnitStandard(standard) = &rule.kind else { continue };
            let band = &standard.0;
            let Some((_, measure)) = &band.at_least else { continue };
            for (_, group) in band.per.groups(frame, &band.of) {
                let Some(area) = only_area(frame, &group.cells) else { continue };
                let Ok(least) = measure.value(frame, &group) else { continue };
                let one = Exact::from_integer(1.into());
                let amounts = group.terms(frame, &one).into_iter().map(|(id, _)| id).collect();
                let cells = group.funds.is_none().then(|| group.cells.clone());
                standards.push(Standard { area: area.0, amounts, cells, least });
            }
        }
        Self { last_year: last_year(frame), standards }
    }

    /// Last year's sum of each area, in 分.
    pub fn last_year(&self) -> &[Option<i64>] {
        &self.last_year
    }

    /// Whether a standard concerns an area.
    pub fn has_standard(&self, area: usize) -> bool {
        self.standards.iter().any(|standard| standard.area == area)
    }

    /// The figures of a plan, from its exact amounts.
    pub fn answer(&self, frame: &Frame, amounts: &[Money], stages: Vec<f64>) -> Answer {
        let cells: Vec<i64> = frame.cells().map(|cell| frame.received(cell, amounts).fen()).collect();
        let mut sums = vec![0_i64; frame.dataset.areas().len()];
        for (cell, fen) in frame.dataset.cells().iter().zip(&cells) {
            if let Some(sum) = sums.get_mut(cell.area.0) {
                *sum += fen;
            }
        }
        let below_last_year = self.last_year.iter().zip(&sums).map(|(last, sum)| Some(*sum < (*last)?)).collect();
        let mut below_standard = vec![None; sums.len()];
        for standard in &self.standards {
            let sum: Money = standard.amounts.iter().filter_map(|id| amounts.get(id.0).copied()).sum();
            if let Some(below) = below_standard.get_mut(standard.area) {
                *below = Some(*below == Some(true) || sum.exact() < standard.least);
            }
        }
        Answer { cells, stages, below_last_year, below_standard }
    }
}

impl Benchmarks {
    /// Whether sums of cells are enough to tell, so that [`Benchmarks::answer_plan`] can.
    pub fn by_cells(&self) -> bool {
        self.standards.iter().all(|standard| standard.cells.is_some())
    }

    /// The figures of a certified plan before rounding (万元 by cell); less than half a 分 short is not short.
    pub fn answer_plan(&self, frame: &Frame, plan: &[f64], stages: Vec<f64>) -> Answer {
        let fen: Vec<f64> = plan.iter().map(|wan| wan * FEN_PER_WAN as f64).collect();
        let of = |cell: &CellId| fen.get(cell.0).copied().unwrap_or(0.0);
        let mut sums = vec![0.0; frame.dataset.areas().len()];
        for (cell, fen) in frame.dataset.cells().iter().zip(&fen) {
            if let Some(sum) = sums.get_mut(cell.area.0) {
                *sum += fen;
            }
        }
        let below = |(last, sum): (&Option<i64>, &f64)| Some(*sum < (*last)? as f64 - HALF);
        let below_last_year = self.last_year.iter().zip(&sums).map(below).collect();
        let mut below_standard = vec![None; sums.len()];
        for standard in &self.standards {
            let sum: f64 = standard.cells.iter().flatten().map(of).sum();
            let least = Finite::from_exact(&standard.least).map_or(f64::INFINITY, Finite::get);
            if let Some(below) = below_standard.get_mut(standard.area) {
                *below = Some(*below == Some(true) || sum < least - HALF);
            }
        }
        Answer { cells: whole(frame, &fen), stages, below_last_year, below_standard }
    }
}

/// Amounts to the 分 so that neither their sum nor that of an ecosystem is above what it was: each cell to its nearest 分 would
/// make a plan that spends more than the fund has.
fn whole(frame: &Frame, fen: &[f64]) -> Vec<i64> {
    let kinds = frame.ecosystems.iter().map(|(id, _)| id.as_str());
    let cells = frame.dataset.cells();
    let groups: Vec<Vec<usize>> = kinds
        .map(|kind| cells.iter().enumerate().filter(|(_, cell)| cell.ecosystem == kind).map(|(at, _)| at).collect())
        .collect();
    let of = |group: &Vec<usize>| -> Vec<f64> { group.iter().map(|at| fen.get(*at).copied().unwrap_or(0.0)).collect() };
    let sums: Vec<f64> = groups.iter().map(|group| of(group).iter().sum()).collect();
    let sums = adding::whole(&sums, sums.iter().sum::<f64>().round() as i64);
    let mut whole: Vec<i64> = fen.iter().map(|fen| fen.round() as i64).collect();
    for (group, sum) in groups.iter().zip(sums) {
        for (at, part) in group.iter().zip(adding::whole(&of(group), sum)) {
            whole.get_mut(*at).into_iter().for_each(|cell| *cell = part);
        }
    }
    whole
}

/// Half a 分.
const HALF: f64 = 0.5;

fn only_area(frame: &Frame, cells: &[crate::dataset::CellId]) -> Option<AreaId> {
    let mut areas = cells.iter().filter_map(|cell| frame.dataset.cells().get(cell.0)).map(|cell| cell.area);
    let first = areas.next()?;
    areas.all(|area| area == first).then_some(first)
}

fn last_year(frame: &Frame) -> Vec<Option<i64>> {
    let areas = frame.dataset.areas().len();
    let mut sums = vec![None; areas];
    let mut blank = vec![false; areas];
    for id in frame.cells() {
        let Some(cell) = frame.dataset.cells().get(id.0) else { continue };
        match (frame.dataset.cell_money(id, indicator::LAST_YEAR), sums.get_mut(cell.area.0)) {
            (Some(last), Some(sum)) => *sum = Some(sum.unwrap_or(0) + last.fen()),
            _ => {
                if let Some(blank) = blank.get_mut(cell.area.0) {
                    *blank = true;
                }
            }
        }
    }
    sums.into_iter().zip(blank).map(|(sum, blank)| sum.filter(|_| !blank)).collect()
}
