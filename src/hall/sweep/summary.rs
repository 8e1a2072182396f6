//! What a sweep comes to: exact quantiles of every amount, and how often an area falls below its benchmarks.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Serialize;

use crate::document::ENGINE;
use crate::evaluation::output::stage_label;
use crate::evaluation::{Answer, Plan};
use crate::finding::{Finding, Place};
use crate::phrases::{Phrase, Text};
use crate::remark;
use crate::run::Prepared;
use crate::sweep::layout::{Block, Layout};
use crate::sweep::statistics::{Series, Value};
use crate::sweep::store::Store;
use crate::uncertainty::moments::wilson;
use crate::uncertainty::{Distribution, Sampling};
use crate::units::Decimal;

/// Draws without a plan that the summary itself names; the others stand in `not_solved.csv`.
const NAMED: usize = 100;
/// Points of a grid that the summary names.
const POINTS: usize = 1000;

/// The document of a sweep.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Summary {
    /// `complete`, or `incomplete` where the sweep was interrupted.
    pub status: &'static str,
    /// Engine and version.
    pub engine: &'static str,
    /// Content hash of model, data and changes.
    pub hash: String,
    /// Name of the model.
    pub model: Text,
    /// What an area is called.
    pub area_label: Text,
    /// Whether any figure of the data is illustrative.
    pub illustrative: bool,
    /// Way of sampling.
    pub sampling: Sampling,
    /// Seed.
    pub seed: u64,
    /// Draws asked for.
    pub draws: u64,
    /// Draws done.
    pub done: u64,
    /// Draws with a certified plan; all statistics of amounts are over these.
    pub solved: u64,
    /// Draws in which no plan meets all hard rules.
    pub infeasible: u64,
    /// Draws that a time limit ended.
    pub limit: u64,
    /// Draws that failed otherwise.
    pub failed: u64,
    /// Levels of the quantiles. A quantile is the ⌈n·p⌉-th smallest value.
    pub levels: Vec<f64>,
    /// The uncertain inputs.
    pub inputs: Vec<InputPart>,
    /// The values of the stages of the objective.
    pub stages: Vec<NumberPart>,
    /// All amounts together.
    pub total: MoneyPart,
    /// By ecosystem.
    pub ecosystems: Vec<MoneyPart>,
    /// By area.
    pub areas: Vec<MoneyPart>,
    /// By cell.
    pub cells: Vec<MoneyPart>,
    /// The points of a grid, where there are not too many.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub points: Vec<GridPoint>,
    /// The first draws without a plan.
    pub not_solved: Vec<NotSolved>,
    /// What to know beside the figures, as sentences: warnings about model and data.
    pub warnings: Vec<Text>,
}

/// One point of a grid.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct GridPoint {
    /// Its number.
    pub k: u64,
    /// `solved`, `infeasible`, `limit` or `failed:CODE`.
    pub status: String,
    /// Value of each input.
    pub inputs: Vec<f64>,
    /// Value of each stage.
    pub stages: Vec<f64>,
    /// Sum of each ecosystem, in 分.
    pub ecosystems_fen: Vec<i64>,
}

/// One uncertain input and what was drawn.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct InputPart {
    /// Id.
    pub id: String,
    /// Printed name.
    pub label: Text,
    /// Path in model or data.
    pub path: String,
    /// `scale`, `add` or `set`.
    pub op: &'static str,
    /// Unit of the values; empty for plain numbers.
    pub unit: String,
    /// Its distribution; absent for a grid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub law: Option<Distribution>,
    /// The drawn values.
    pub drawn: Numbers,
}

/// Statistics of numbers.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Numbers {
    /// Mean.
    pub mean: Option<f64>,
    /// Standard deviation (n − 1).
    pub sd: Option<f64>,
    /// Least.
    pub least: Option<f64>,
    /// Largest.
    pub most: Option<f64>,
    /// Quantiles at the levels.
    pub quantiles: Vec<f64>,
}

/// Statistics of a stage value.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct NumberPart {
    /// Kind of the stage.
    pub kind: &'static str,
    /// Printed name.
    pub label: Text,
    /// Value of the model as it stands.
    pub base: Option<f64>,
    /// Over the draws.
    pub drawn: Numbers,
}

/// Statistics of an amount of money.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MoneyPart {
    /// Code.
    pub code: String,
    /// Printed name.
    pub name: Text,
    /// Amount of the model as it stands, in 分; absent where that has no plan.
    pub base_fen: Option<i64>,
    /// Mean, in 分.
    pub mean_fen: Option<f64>,
    /// Standard deviation (n − 1), in 分.
    pub sd_fen: Option<f64>,
    /// Least, in 分.
    pub least_fen: Option<i64>,
    /// Largest, in 分.
    pub most_fen: Option<i64>,
    /// Quantiles at the levels, in 分.
    pub quantiles_fen: Vec<i64>,
    /// How often the amount is less than last year's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below_last_year: Option<Chance>,
    /// How often a unit standard is missed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below_standard: Option<Chance>,
}

/// How often something happened.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Chance {
    /// Draws in which it did.
    pub hits: u64,
    /// Draws in which it could.
    pub of: u64,
    /// hits / of.
    pub probability: f64,
    /// Lower end of the 95 % interval (Wilson).
    pub low: f64,
    /// Upper end of the 95 % interval (Wilson).
    pub high: f64,
}

/// A draw without a plan.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct NotSolved {
    /// Its number.
    pub k: u64,
    /// `infeasible`, `limit` or `failed:CODE`.
    pub status: String,
    /// Its changes, as `--set` takes them.
    pub changes: Vec<String>,
}

/// Sums up the first `done` draws of a store; `base` is the answer of the model as it stands.
///
/// # Errors
/// A part cannot be read, or the list of unsolved draws not be written.
pub fn summarise(
    (prepared, plan): (&Prepared, &Plan),
    (store, done): (&Store, u64),
    levels: &[Decimal],
    base: Option<&Answer>,
) -> Result<Summary, Finding> {
    let layout = Layout::new(prepared, plan);
    let mut sums = Sums::new(prepared, &layout);
    let mut list = UnsolvedList::create(store, plan)?;
    let is_grid = plan.sampling == Sampling::Grid;
    store.each(&layout, done, &mut |block| {
        sums.first_pass(&layout, block);
        if is_grid {
            sums.points(&layout, block);
        }
        list.add(block, plan)
    })?;
    list.finish()?;
    sums.series.iter_mut().for_each(|series| series.begin_selection(levels));
    while sums.series.iter().any(Series::is_open) {
        store.each(&layout, done, &mut |block| {
            sums.visit(&layout, block, &mut |series, value| series.observe(value));
            Ok(())
        })?;
        sums.series.iter_mut().for_each(Series::end_pass);
    }
    Ok(sums.document((prepared, plan, &layout), done, levels, (base, list.named)))
}

/// All series: inputs, cells, areas, ecosystems, total, stages.
struct Sums {
    series: Vec<Series>,
    /// For each cell, positions of its area and ecosystem among the series.
    places: Vec<(usize, usize)>,
    areas: usize,
    ecosystems: usize,
    /// solved, infeasible, limit, failed.
    counts: [u64; 4],
    /// Hits and trials of each flag column.
    flags: Vec<(u64, u64)>,
    points: Vec<GridPoint>,
}

impl Sums {
    fn new(prepared: &Prepared, layout: &Layout) -> Self {
        let frame = &prepared.problem.frame;
        let (areas, ecosystems) = (frame.dataset.areas().len(), frame.ecosystems.len());
        let first = layout.inputs + layout.cells;
        let place = |cell: &std::sync::Arc<crate::dataset::Cell>| {
            let ecosystem = frame.ecosystems.iter().position(|(id, _)| *id == cell.ecosystem).unwrap_or(0);
            (first + cell.area.0, first + areas + ecosystem)
        };
        let places = frame.dataset.cells().iter().map(place).collect();
        let mut series = vec![Series::binary(); layout.inputs];
        series.extend(vec![Series::whole(); layout.cells + areas + ecosystems + 1]);
        series.extend(vec![Series::binary(); layout.stages]);
        let flags = vec![(0, 0); layout.columns.len().saturating_sub(layout.first_flag())];
        Self { series, places, areas, ecosystems, counts: [0; 4], flags, points: Vec::new() }
    }

    fn first_pass(&mut self, layout: &Layout, block: &Block) {
        self.visit(layout, block, &mut |series, value| series.add(value));
        for row in 0..block.rows() {
            let kind = match block.status(row) {
                "solved" => 0,
                "infeasible" => 1,
                "limit" => 2,
                _ => 3,
            };
            if let Some(count) = self.counts.get_mut(kind) {
                *count += 1;
            }
            for (flag, column) in self.flags.iter_mut().zip(block.columns.iter().skip(layout.first_flag())) {
                if let Some(hit) = column.flag(row) {
                    flag.0 += u64::from(hit);
                    flag.1 += 1;
                }
            }
        }
    }

    fn points(&mut self, layout: &Layout, block: &Block) {
        let first = layout.inputs + layout.cells + self.areas;
        let numbers = |row: usize, from: usize, count: usize| -> Vec<f64> {
            block.columns.iter().skip(from).take(count).filter_map(|column| column.number(row)).collect()
        };
        for row in 0..block.rows() {
            if self.points.len() >= POINTS {
                return;
            }
            let mut ecosystems_fen = vec![0; self.ecosystems];
            let cells = block.columns.iter().skip(layout.first_cell());
            for (column, (_, ecosystem)) in cells.zip(&self.places) {
                if let Some(sum) = ecosystems_fen.get_mut(ecosystem - first) {
                    *sum += column.whole(row).unwrap_or(0);
                }
            }
            self.points.push(GridPoint {
                k: block.number(row).unwrap_or_default(),
                status: block.status(row).to_owned(),
                inputs: numbers(row, layout.first_input(), layout.inputs),
                stages: numbers(row, layout.first_stage(), layout.stages),
                ecosystems_fen,
            });
        }
    }

    /// Shows every value of every series, row by row.
    fn visit(&mut self, layout: &Layout, block: &Block, see: &mut dyn FnMut(&mut Series, Value)) {
        let mut sums = vec![0_i64; self.areas + self.ecosystems + 1];
        let first = layout.inputs + layout.cells;
        for row in 0..block.rows() {
            let mut show = |position: usize, value: Option<Value>| {
                if let (Some(series), Some(value)) = (self.series.get_mut(position), value) {
                    see(series, value);
                }
            };
            let column = |position: usize| block.columns.get(position);
            for input in 0..layout.inputs {
                let value = column(layout.first_input() + input).and_then(|column| column.number(row));
                show(input, value.map(Value::Binary));
            }
            if block.status(row) != "solved" {
                continue;
            }
            sums.fill(0);
            for (cell, (area, ecosystem)) in self.places.iter().enumerate() {
                let fen = column(layout.first_cell() + cell).and_then(|column| column.whole(row)).unwrap_or(0);
                show(layout.inputs + cell, Some(Value::Whole(fen)));
                for position in [area - first, ecosystem - first, self.areas + self.ecosystems] {
                    if let Some(sum) = sums.get_mut(position) {
                        *sum += fen;
                    }
                }
            }
            for (position, sum) in sums.iter().enumerate() {
                show(first + position, Some(Value::Whole(*sum)));
            }
            for stage in 0..layout.stages {
                let value = column(layout.first_stage() + stage).and_then(|column| column.number(row));
                show(first + sums.len() + stage, value.map(Value::Binary));
            }
        }
    }

    fn document(
        &self,
        (prepared, plan, layout): (&Prepared, &Plan, &Layout),
        done: u64,
        levels: &[Decimal],
        (base, not_solved): (Option<&Answer>, Vec<NotSolved>),
    ) -> Summary {
        let frame = &prepared.problem.frame;
        let base_of = |keep: &dyn Fn(usize) -> bool| {
            let cells = base.map(|base| base.cells.iter().enumerate().filter(|(cell, _)| keep(*cell)));
            cells.map(|cells| cells.map(|(_, fen)| fen).sum())
        };
        let mut position = 0;
        let mut next = || {
            position += 1;
            self.series.get(position - 1)
        };
        let inputs = plan.inputs.list().iter().map(|input| InputPart {
            id: input.id.clone(),
            label: input.label.clone(),
            path: input.path.clone(),
            op: input.action.word(),
            unit: input.unit.clone(),
            law: if plan.sampling == Sampling::Grid { None } else { input.distribution },
            drawn: numbers(next()),
        });
        let inputs = inputs.collect();
        let cells = frame.cells().map(|cell| {
            let found = frame.dataset.cells().get(cell.0);
            let area = found.and_then(|found| frame.dataset.areas().get(found.area.0));
            let area = area.map_or("", |area| area.name.as_str());
            let label = frame.ecosystems.iter().find(|(id, _)| found.is_some_and(|found| found.ecosystem == *id));
            let (zh, en) = label.map_or(("", ""), |(_, label)| (label.zh.as_str(), label.en.as_str()));
            let name = Text { zh: format!("{area} {zh}"), en: format!("{area} {en}") };
            money(next(), frame.cell_code(cell), name, base_of(&|other| other == cell.0))
        });
        let cells = cells.collect();
        let dataset = &frame.dataset;
        let areas = dataset.areas().iter().enumerate().map(|(at, area)| {
            let inside = |cell: usize| dataset.cells().get(cell).is_some_and(|cell| cell.area.0 == at);
            let mut part = money(next(), area.code.clone(), Text::same(&area.name), base_of(&inside));
            let flag = |offset: usize, areas: &[usize]| {
                let column = areas.iter().position(|known| *known == at)?;
                self.flags.get(offset + column).and_then(|(hits, of)| chance(*hits, *of))
            };
            part.below_last_year = flag(0, &layout.last_year);
            part.below_standard = flag(layout.last_year.len(), &layout.standard);
            part
        });
        let areas = areas.collect();
        let ecosystems = frame.ecosystems.iter().map(|(id, label)| {
            let inside = |cell: usize| dataset.cells().get(cell).is_some_and(|cell| cell.ecosystem == *id);
            money(next(), id.clone(), label.clone(), base_of(&inside))
        });
        let ecosystems = ecosystems.collect();
        let total = money(next(), "total".to_owned(), Phrase::new("drivers.total").text(), base_of(&|_| true));
        let stages = plan.stages.iter().enumerate().map(|(at, kind)| NumberPart {
            kind,
            label: stage_label(at, kind),
            base: base.and_then(|base| base.stages.get(at).copied()),
            drawn: numbers(next()),
        });
        let stages = stages.collect();
        let [solved, infeasible, limit, failed] = self.counts;
        Summary {
            status: if done == plan.draws { "complete" } else { "incomplete" },
            engine: ENGINE,
            hash: prepared.hash.clone(),
            model: prepared.problem.head.name.clone(),
            area_label: prepared.problem.head.area_label.clone(),
            illustrative: dataset.is_illustrative(),
            sampling: plan.sampling,
            seed: plan.seed,
            draws: plan.draws,
            done,
            solved,
            infeasible,
            limit,
            failed,
            levels: levels.iter().map(|level| level.to_f64()).collect(),
            inputs,
            stages,
            total,
            ecosystems,
            areas,
            cells,
            points: self.points.clone(),
            not_solved,
            warnings: remark::of_model(prepared),
        }
    }
}

fn numbers(series: Option<&Series>) -> Numbers {
    Numbers {
        mean: series.and_then(Series::mean),
        sd: series.and_then(Series::deviation),
        least: series.and_then(Series::binary_ends).map(|(least, _)| least),
        most: series.and_then(Series::binary_ends).map(|(_, most)| most),
        quantiles: series.map(Series::binary_quantiles).unwrap_or_default(),
    }
}

fn money(series: Option<&Series>, code: String, name: Text, base_fen: Option<i64>) -> MoneyPart {
    MoneyPart {
        code,
        name,
        base_fen,
        mean_fen: series.and_then(Series::mean),
        sd_fen: series.and_then(Series::deviation),
        least_fen: series.and_then(Series::ends).map(|(least, _)| least),
        most_fen: series.and_then(Series::ends).map(|(_, most)| most),
        quantiles_fen: series.map(Series::quantiles).unwrap_or_default(),
        below_last_year: None,
        below_standard: None,
    }
}

fn chance(hits: u64, of: u64) -> Option<Chance> {
    let (low, high) = wilson(hits, of)?;
    Some(Chance { hits, of, probability: hits as f64 / of as f64, low, high })
}

/// `not_solved.csv`: every draw without a plan, with the changes that repeat it. Written beside it and renamed when whole.
struct UnsolvedList {
    path: PathBuf,
    temporary: PathBuf,
    writer: Option<BufWriter<File>>,
    named: Vec<NotSolved>,
}

impl UnsolvedList {
    fn create(store: &Store, plan: &Plan) -> Result<Self, Finding> {
        let path = store.folder().join("not_solved.csv");
        let temporary = store.folder().join("not_solved.csv.tmp");
        let mut list = Self { writer: None, named: Vec::new(), path, temporary };
        list.writer = Some(BufWriter::new(File::create(&list.temporary).map_err(|error| list.failed(&error))?));
        let mut header = vec!["k".to_owned(), "status".to_owned()];
        header.extend(plan.inputs.list().iter().map(|input| input.path.clone()));
        list.line(&header)?;
        Ok(list)
    }

    fn failed(&self, error: &std::io::Error) -> Finding {
        let _ = std::fs::remove_file(&self.temporary);
        Finding::error("cli.unwritable", Place::file(self.path.display().to_string())).with("why", error.to_string())
    }

    fn line(&mut self, fields: &[String]) -> Result<(), Finding> {
        let mut line = csv::Writer::from_writer(Vec::new());
        let _ = line.write_record(fields);
        let bytes = line.into_inner().unwrap_or_default();
        let written = self.writer.as_mut().map_or(Ok(()), |writer| writer.write_all(&bytes));
        written.map_err(|error| self.failed(&error))
    }

    fn add(&mut self, block: &Block, plan: &Plan) -> Result<(), Finding> {
        for row in 0..block.rows() {
            let (status, Some(k)) = (block.status(row), block.number(row)) else { continue };
            if status == "solved" {
                continue;
            }
            let changes: Vec<String> = plan.scenario(k).changes.into_iter().map(|change| change.text).collect();
            let mut fields = vec![k.to_string(), status.to_owned()];
            fields.extend(changes.iter().cloned());
            self.line(&fields)?;
            if self.named.len() < NAMED {
                self.named.push(NotSolved { k, status: status.to_owned(), changes });
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Finding> {
        let flushed = self.writer.as_mut().map_or(Ok(()), |writer| writer.flush());
        flushed.and_then(|()| std::fs::rename(&self.temporary, &self.path)).map_err(|error| self.failed(&error))
    }
}
