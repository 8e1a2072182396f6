//! The linear program of a problem: amounts, requirements and the stages of its objective.
//!
//! Columns are amounts in 万元; exact requirements become rows, or column bounds where they speak of one cell.

mod hot;
mod objective;
mod stages;

use std::collections::BTreeMap;

use crate::dataset::CellId;
use crate::lp::{ColumnId, LinearProgram, NumberRefused, RowId};
use crate::rules::{AmountId, Frame, Member, Requirement, Variable};
use crate::units::{Exact, FEN_PER_WAN, Finite};

pub use hot::{Hot, NotHot};
pub use objective::{Norm, Stage, Value, missing_figures, worth};
pub use stages::{Plan, StageResult, StageRun, Stages, first_program, keep, run};

/// Where a requirement ended up in the linear program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seat {
    /// A row of its own.
    Row(RowId),
    /// The bounds of a column.
    Bound(ColumnId),
}

/// A column that takes up what a soft requirement misses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Miss {
    /// Position of the requirement.
    pub requirement: usize,
    /// The column, in 万元.
    pub column: ColumnId,
    /// Penalty per 万元 missed.
    pub penalty: f64,
}

/// A compiled problem, without objective.
#[derive(Debug, Clone)]
pub struct Program {
    /// The linear program, all costs zero.
    pub lp: LinearProgram,
    /// Column of each amount of the frame.
    pub amounts: Vec<ColumnId>,
    /// Column that holds the sum of each cell: its only amount, or a column of its own. `None` where no fund may pay it.
    pub cells: Vec<Option<ColumnId>>,
    /// Columns of the helpers of rules.
    pub helpers: BTreeMap<(Member, usize), ColumnId>,
    /// Seat of each requirement, in order.
    pub seats: Vec<Seat>,
    /// Columns of what soft requirements miss.
    pub misses: Vec<Miss>,
}

/// Compiles requirements into a linear program.
///
/// `id` names a member (fund or rule id); `penalty` is the penalty of a soft member and `None` for a hard one.
///
/// # Errors
/// A number that cannot stand in a linear program.
pub fn compile(
    frame: &Frame,
    requirements: &[Requirement],
    id: &dyn Fn(Member) -> String,
    penalty: &dyn Fn(Member) -> Option<f64>,
) -> Result<Program, NumberRefused> {
    let mut program = Program {
        lp: LinearProgram::new(),
        amounts: Vec::with_capacity(frame.amounts.len()),
        cells: Vec::new(),
        helpers: BTreeMap::new(),
        seats: Vec::with_capacity(requirements.len()),
        misses: Vec::new(),
    };
    program.add_amounts(frame)?;
    for (index, requirement) in requirements.iter().enumerate() {
        let name = format!("{}.{}", ascii(&id(requirement.member)), ascii(&requirement.name));
        let seat = program.seat(frame, index, requirement, name, penalty(requirement.member))?;
        program.seats.push(seat);
    }
    Ok(program)
}

impl Program {
    fn add_amounts(&mut self, frame: &Frame) -> Result<(), NumberRefused> {
        for amount in &frame.amounts {
            let fund = frame.funds.get(amount.fund).map_or("?", |fund| fund.id.as_str());
            let name = format!("x[{},{}]", ascii(fund), cell_name(frame, amount.cell));
            self.amounts.push(self.lp.add_column(name, 0.0, f64::INFINITY, 0.0)?);
        }
        for cell in frame.cells() {
            let columns: Vec<ColumnId> = frame.amounts_of(cell).iter().filter_map(|id| self.amount(*id)).collect();
            let sum = match columns.as_slice() {
                [] => None,
                [only] => Some(*only),
                several => {
                    let name = cell_name(frame, cell);
                    let sum = self.lp.add_column(format!("y[{name}]"), 0.0, f64::INFINITY, 0.0)?;
                    let mut terms: Vec<(ColumnId, f64)> = several.iter().map(|column| (*column, -1.0)).collect();
                    terms.push((sum, 1.0));
                    self.lp.add_row(format!("sum[{name}]"), 0.0, 0.0, terms)?;
                    Some(sum)
                }
            };
            self.cells.push(sum);
        }
        Ok(())
    }

    fn amount(&self, id: AmountId) -> Option<ColumnId> {
        self.amounts.get(id.0).copied()
    }

    /// Column of the sum of a cell.
    pub fn cell(&self, cell: CellId) -> Option<ColumnId> {
        self.cells.get(cell.0).copied().flatten()
    }

    fn seat(
        &mut self,
        frame: &Frame,
        index: usize,
        requirement: &Requirement,
        name: String,
        penalty: Option<f64>,
    ) -> Result<Seat, NumberRefused> {
        let mut terms = self.terms(frame, requirement, &name)?;
        let lower = side(requirement.lower.as_ref(), f64::NEG_INFINITY, &name)?;
        let upper = side(requirement.upper.as_ref(), f64::INFINITY, &name)?;
        if let Some(penalty) = penalty {
            self.add_misses(index, &mut terms, (lower, upper), &name, penalty)?;
        } else if let [(column, coefficient)] = terms.as_slice()
            && *coefficient == 1.0
            && let Some(known) = self.lp.columns().get(column.0)
        {
            let (lower, upper) = (lower.max(known.lower), upper.min(known.upper));
            // Crossing bounds stay rows, so that the solver finds the conflict and not a refused column.
            if lower <= upper {
                self.lp.set_column_bounds(*column, lower, upper);
                return Ok(Seat::Bound(*column));
            }
        }
        Ok(Seat::Row(self.lp.add_row(name, lower, upper, terms)?))
    }

    /// Terms in columns; a cell all of whose amounts weigh the same counts through the column of its sum.
    fn terms(
        &mut self,
        frame: &Frame,
        requirement: &Requirement,
        name: &str,
    ) -> Result<Vec<(ColumnId, f64)>, NumberRefused> {
        let mut terms = Vec::with_capacity(requirement.terms.len());
        let mut by_cell: BTreeMap<CellId, Vec<(AmountId, &Exact)>> = BTreeMap::new();
        for (variable, coefficient) in &requirement.terms {
            match variable {
                Variable::Amount(id) => {
                    if let Some(amount) = frame.amounts.get(id.0) {
                        by_cell.entry(amount.cell).or_default().push((*id, coefficient));
                    }
                }
                Variable::Helper(number) => {
                    let key = (requirement.member, *number);
                    let column = match self.helpers.get(&key) {
                        Some(column) => *column,
                        None => {
                            let label = match requirement.member {
                                Member::Fund(index) => format!("h[fund{index},{number}]"),
                                Member::Rule(index) => format!("h[rule{index},{number}]"),
                            };
                            let column = self.lp.add_column(label, f64::NEG_INFINITY, f64::INFINITY, 0.0)?;
                            self.helpers.insert(key, column);
                            column
                        }
                    };
                    terms.push((column, number_of(coefficient, name)?));
                }
            }
        }
        for (cell, weights) in by_cell {
            let same = weights.windows(2).all(|pair| matches!(pair, [a, b] if a.1 == b.1));
            let whole = same && weights.len() == frame.amounts_of(cell).len();
            match (whole, self.cell(cell), weights.first()) {
                (true, Some(sum), Some((_, coefficient))) => terms.push((sum, number_of(coefficient, name)?)),
                _ => {
                    for (id, coefficient) in weights {
                        if let Some(column) = self.amount(id) {
                            terms.push((column, number_of(coefficient, name)?));
                        }
                    }
                }
            }
        }
        Ok(terms)
    }

    fn add_misses(
        &mut self,
        requirement: usize,
        terms: &mut Vec<(ColumnId, f64)>,
        (lower, upper): (f64, f64),
        name: &str,
        penalty: f64,
    ) -> Result<(), NumberRefused> {
        let sides = [(lower.is_finite(), "under", 1.0), (upper.is_finite(), "over", -1.0)];
        for (_, side, sign) in sides.into_iter().filter(|(present, _, _)| *present) {
            let column = self.lp.add_column(format!("miss.{side}[{name}]"), 0.0, f64::INFINITY, 0.0)?;
            terms.push((column, sign));
            self.misses.push(Miss { requirement, column, penalty });
        }
        Ok(())
    }
}

fn cell_name(frame: &Frame, cell: CellId) -> String {
    ascii(&frame.cell_code(cell)).replace('/', ",")
}

fn number_of(value: &Exact, name: &str) -> Result<f64, NumberRefused> {
    Finite::from_exact(value).map(Finite::get).ok_or_else(|| NumberRefused {
        name: name.to_owned(),
        value: value.to_string(),
        reason: "too large",
    })
}

/// A side in 分 as 万元.
fn side(value: Option<&Exact>, none: f64, name: &str) -> Result<f64, NumberRefused> {
    value.map_or(Ok(none), |side| number_of(&(side / Exact::from_integer(FEN_PER_WAN.into())), name))
}

/// Letters, digits and a few marks stay; anything else becomes `%` and its bytes, so that names are unique ASCII words.
fn ascii(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'-' | b'.' | b'/' | b'[' | b']' | b',' => {
                name.push(char::from(byte));
            }
            other => name.push_str(&format!("%{other:02X}")),
        }
    }
    name
}
