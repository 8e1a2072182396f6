//! The columns of the stored draws, and blocks of rows.
//!
//! `k`, `status`, `input/ID`, `fen/AREA/ECOSYSTEM`, `stage/K/KIND`, `below_last_year/AREA`, `below_standard/AREA`.

use crate::evaluation::{Answer, Benchmarks, Draw, Drawn, Plan};
use crate::run::Prepared;

/// Draws in a full part.
pub const PART: u64 = 1000;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Whole numbers: the number of the draw, money in 分.
    Whole,
    /// Binary numbers.
    Number,
    /// Yes or no.
    Flag,
    /// Words.
    Text,
}

/// The columns, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Name and kind.
    pub columns: Vec<(String, Kind)>,
    /// Number of inputs.
    pub inputs: usize,
    /// Number of cells.
    pub cells: usize,
    /// Number of stages.
    pub stages: usize,
    /// Areas with a figure of last year.
    pub last_year: Vec<usize>,
    /// Areas that a standard concerns.
    pub standard: Vec<usize>,
}

/// Columns before those of the inputs.
const LEADING: usize = 2;

impl Layout {
    /// The columns of a plan's draws.
    pub fn new(prepared: &Prepared, plan: &Plan) -> Self {
        let frame = &prepared.problem.frame;
        let benchmarks = Benchmarks::of(&prepared.problem);
        let areas = frame.dataset.areas();
        let last_year: Vec<usize> = benchmarks
            .last_year()
            .iter()
            .enumerate()
            .filter(|(_, last)| last.is_some())
            .map(|(area, _)| area)
            .collect();
        let standard: Vec<usize> = (0..areas.len()).filter(|area| benchmarks.has_standard(*area)).collect();
        let mut columns = vec![("k".to_owned(), Kind::Whole), ("status".to_owned(), Kind::Text)];
        columns.extend(plan.inputs.list().iter().map(|input| (format!("input/{}", input.id), Kind::Number)));
        columns.extend(frame.cells().map(|cell| (format!("fen/{}", frame.cell_code(cell)), Kind::Whole)));
        let stages = plan.stages.iter().enumerate();
        columns.extend(stages.map(|(at, kind)| (format!("stage/{}/{kind}", at + 1), Kind::Number)));
        let code = |area: &usize| areas.get(*area).map_or("?", |area| area.code.as_str());
        columns.extend(last_year.iter().map(|area| (format!("below_last_year/{}", code(area)), Kind::Flag)));
        columns.extend(standard.iter().map(|area| (format!("below_standard/{}", code(area)), Kind::Flag)));
        let cells = frame.dataset.cells().len();
        Self { columns, inputs: plan.inputs.len(), cells, stages: plan.stages.len(), last_year, standard }
    }

    /// Position of the first input.
    pub fn first_input(&self) -> usize {
        LEADING
    }

    /// Position of the first cell.
    pub fn first_cell(&self) -> usize {
        LEADING + self.inputs
    }

    /// Position of the first stage.
    pub fn first_stage(&self) -> usize {
        self.first_cell() + self.cells
    }

    /// Position of the first flag.
    pub fn first_flag(&self) -> usize {
        self.first_stage() + self.stages
    }
}

/// The values of one column.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Whole numbers.
    Whole(Vec<Option<i64>>),
    /// Binary numbers.
    Number(Vec<Option<f64>>),
    /// Yes or no.
    Flag(Vec<Option<bool>>),
    /// Words.
    Text(Vec<String>),
}

impl Values {
    /// An empty column.
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::Whole => Self::Whole(Vec::new()),
            Kind::Number => Self::Number(Vec::new()),
            Kind::Flag => Self::Flag(Vec::new()),
            Kind::Text => Self::Text(Vec::new()),
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Whole(values) => values.len(),
            Self::Number(values) => values.len(),
            Self::Flag(values) => values.len(),
            Self::Text(values) => values.len(),
        }
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A whole number.
    pub fn whole(&self, row: usize) -> Option<i64> {
        if let Self::Whole(values) = self { values.get(row).copied().flatten() } else { None }
    }

    /// A binary number.
    pub fn number(&self, row: usize) -> Option<f64> {
        if let Self::Number(values) = self { values.get(row).copied().flatten() } else { None }
    }

    /// Yes or no.
    pub fn flag(&self, row: usize) -> Option<bool> {
        if let Self::Flag(values) = self { values.get(row).copied().flatten() } else { None }
    }

    /// A word.
    pub fn text(&self, row: usize) -> &str {
        if let Self::Text(values) = self { values.get(row).map_or("", String::as_str) } else { "" }
    }
}

/// Consecutive draws, column by column.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// One entry a column of the layout.
    pub columns: Vec<Values>,
}

/// One field of a row.
enum Field {
    Whole(Option<i64>),
    Number(Option<f64>),
    Flag(Option<bool>),
    Text(String),
}

impl Block {
    /// A block without rows.
    pub fn new(layout: &Layout) -> Self {
        Self { columns: layout.columns.iter().map(|(_, kind)| Values::of(*kind)).collect() }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, Values::len)
    }

    /// Number of the draw in a row.
    pub fn number(&self, row: usize) -> Option<u64> {
        self.columns.first()?.whole(row).map(i64::cast_unsigned)
    }

    /// `solved`, `infeasible`, `limit` or `failed:CODE`.
    pub fn status(&self, row: usize) -> &str {
        self.columns.get(1).map_or("", |column| column.text(row))
    }

    /// Adds a draw.
    pub fn push(&mut self, layout: &Layout, k: u64, drawn: &Drawn, draw: &Draw) {
        let empty = Answer::default();
        let (status, answer) = match draw {
            Draw::Solved(answer) => ("solved".to_owned(), &**answer),
            Draw::Infeasible => ("infeasible".to_owned(), &empty),
            Draw::Limit => ("limit".to_owned(), &empty),
            Draw::Failed(code) => (format!("failed:{code}"), &empty),
        };
        let flag = |flags: &[Option<bool>], area: &usize| flags.get(*area).copied().flatten();
        let inputs =
            (0..layout.inputs).map(|at| Field::Number(drawn.values.get(at).copied().filter(|v| v.is_finite())));
        let cells = (0..layout.cells).map(|at| Field::Whole(answer.cells.get(at).copied()));
        let stages = (0..layout.stages).map(|at| Field::Number(answer.stages.get(at).copied()));
        let last_year = layout.last_year.iter().map(|area| Field::Flag(flag(&answer.below_last_year, area)));
        let standard = layout.standard.iter().map(|area| Field::Flag(flag(&answer.below_standard, area)));
        let leading = [Field::Whole(Some(k.cast_signed())), Field::Text(status)];
        let fields = leading.into_iter().chain(inputs).chain(cells).chain(stages).chain(last_year).chain(standard);
        for (column, field) in self.columns.iter_mut().zip(fields) {
            match (column, field) {
                (Values::Whole(values), Field::Whole(value)) => values.push(value),
                (Values::Number(values), Field::Number(value)) => values.push(value),
                (Values::Flag(values), Field::Flag(value)) => values.push(value),
                (Values::Text(values), Field::Text(value)) => values.push(value),
                _ => {}
            }
        }
    }

    /// Whether the rows are the draws from `first` on, and every column has them all.
    pub fn continues(&self, first: u64) -> bool {
        let rows = self.rows();
        self.columns.iter().all(|column| column.len() == rows)
            && (first..).zip(0..rows).all(|(k, row)| self.number(row) == Some(k))
    }
}
