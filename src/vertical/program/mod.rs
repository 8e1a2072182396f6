//! The linear program of a problem: amounts, requirements and the stages of its objective.
//!
//! Columns are amounts in 万元; exact requirements become rows, or column bounds where they speak of one cell.

mod live;
mod objective;
mod stages;
mod value;

use std::collections::BTreeMap;

use crate::dataset::CellId;
use crate::lp::{ColumnId, LinearProgram, NumberRefused, RowId};
use crate::rules::{AmountId, Frame, Member, Requirement, Variable};
use crate::units::{Exact, FEN_PER_WAN, Finite};

pub use live::{Joint, Live, LiveEnd, LivePlan};
pub use objective::{Norm, Stage, Value, missing_figures, targets, worth};
pub use stages::{Plan, StageResult, StageRun, Stages, Start, first_program, keep, run, set_up};
pub use value::{missed, value};

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
    /// The column, in units of its row.
    pub column: ColumnId,
    /// Penalty per unit of the column.
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
    /// Whether columns and rows have names; a program that is only solved needs none.
    pub named: bool,
}

/// A requirement in the numbers of a linear program.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbers {
    /// Whose demand it is.
    pub member: Member,
    /// Row name: `rule.group`; empty in a program without names.
    pub name: String,
    /// Least activity in 万元, or −∞.
    pub lower: f64,
    /// Largest activity in 万元, or +∞.
    pub upper: f64,
    /// Coefficients, in order of variable.
    pub terms: Vec<(Variable, f64)>,
    /// Money missed for each unit by which the activity misses a side.
    pub scale: f64,
    /// Whether it must hold even where its rule is soft.
    pub defines: bool,
}

impl Numbers {
    /// The numbers nearest to an exact requirement of the member called `id`.
    ///
    /// # Errors
    /// A number that cannot stand in a linear program.
    pub fn of(requirement: &Requirement, id: &str) -> Result<Self, NumberRefused> {
        Self::called(requirement, format!("{}.{}", ascii(id), ascii(&requirement.name)))
    }

    /// The same numbers without a name, for a program without names.
    ///
    /// # Errors
    /// A number that cannot stand in a linear program.
    pub fn unnamed(requirement: &Requirement, id: &str) -> Result<Self, NumberRefused> {
        // A number that is refused is said with its name.
        Self::called(requirement, String::new()).or_else(|_| Self::of(requirement, id))
    }

    fn called(requirement: &Requirement, name: String) -> Result<Self, NumberRefused> {
        let term = |(variable, coefficient): &(Variable, Exact)| Ok((*variable, number_of(coefficient, &name)?));
        Ok(Self {
            member: requirement.member,
            lower: side(requirement.lower.as_ref(), f64::NEG_INFINITY, &name)?,
            upper: side(requirement.upper.as_ref(), f64::INFINITY, &name)?,
            terms: requirement.terms.iter().map(term).collect::<Result<_, _>>()?,
            scale: number_of(&requirement.scale, &name)?,
            defines: requirement.defines,
            name,
        })
    }
}

/// Compiles requirements into a linear program.
///
/// `id` names a member (fund or rule id); `penalty` is the penalty of a soft member and `None` for a hard one.
///
/// # Errors
/// A number that cannot stand in a linear program.
pub fn compile<'a>(
    frame: &Frame,
    requirements: impl IntoIterator<Item = &'a Requirement>,
    id: &dyn Fn(Member) -> String,
    penalty: &dyn Fn(Member) -> Option<f64>,
) -> Result<Program, NumberRefused> {
    compile_with_rows(frame, requirements, id, penalty, &|_| false)
}

/// Compiles requirements as [`compile`] does; those at the positions that `as_row` names become rows even where a bound
/// would do, so that their sides can move by themselves.
///
/// # Errors
/// A number that cannot stand in a linear program.
pub fn compile_with_rows<'a>(
    frame: &Frame,
    requirements: impl IntoIterator<Item = &'a Requirement>,
    id: &dyn Fn(Member) -> String,
    penalty: &dyn Fn(Member) -> Option<f64>,
    as_row: &dyn Fn(usize) -> bool,
) -> Result<Program, NumberRefused> {
    let numbers: Vec<Numbers> = requirements
        .into_iter()
        .map(|requirement| Numbers::of(requirement, &id(requirement.member)))
        .collect::<Result<_, _>>()?;
    assemble(frame, numbers.iter(), penalty, &Form { named: true, as_row })
}

/// The form of an assembled program.
pub struct Form<'a> {
    /// Whether columns and rows have names.
    pub named: bool,
    /// Which requirements, by position, become rows even where a bound would do.
    pub as_row: &'a dyn Fn(usize) -> bool,
}

/// Puts requirements together to a linear program.
///
/// # Errors
/// A number that cannot stand in a linear program.
pub fn assemble<'a>(
    frame: &Frame,
    requirements: impl Iterator<Item = &'a Numbers>,
    penalty: &dyn Fn(Member) -> Option<f64>,
    form: &Form<'_>,
) -> Result<Program, NumberRefused> {
    let mut program = Program {
        lp: LinearProgram::new(),
        amounts: Vec::with_capacity(frame.amounts.len()),
        cells: Vec::new(),
        helpers: BTreeMap::new(),
        seats: Vec::with_capacity(requirements.size_hint().0),
        misses: Vec::new(),
        named: form.named,
    };
    program.add_amounts(frame)?;
    for (index, requirement) in requirements.enumerate() {
        let penalty = penalty(requirement.member).filter(|_| !requirement.defines);
        let penalty = penalty.map(|penalty| penalty * requirement.scale);
        let seat = program.seat(frame, (index, (form.as_row)(index)), requirement, penalty)?;
        program.seats.push(seat);
    }
    Ok(program)
}

impl Program {
    fn add_amounts(&mut self, frame: &Frame) -> Result<(), NumberRefused> {
        for amount in frame.amounts.iter() {
            let fund = frame.funds.get(amount.fund).map_or("?", |fund| fund.id.as_str());
            let name = self.name(|| format!("x[{},{}]", ascii(fund), cell_name(frame, amount.cell)));
            self.amounts.push(self.lp.add_column(name, 0.0, f64::INFINITY, 0.0)?);
        }
        for cell in frame.cells() {
            let columns: Vec<ColumnId> = frame.amounts_of(cell).iter().filter_map(|id| self.amount(*id)).collect();
            let sum = match columns.as_slice() {
                [] => None,
                [only] => Some(*only),
                several => {
                    let name = |letter: &str| self.name(|| format!("{letter}[{}]", cell_name(frame, cell)));
                    let (column, row) = (name("y"), name("sum"));
                    let sum = self.lp.add_column(column, 0.0, f64::INFINITY, 0.0)?;
                    let mut terms: Vec<(ColumnId, f64)> = several.iter().map(|column| (*column, -1.0)).collect();
                    terms.push((sum, 1.0));
                    self.lp.add_row(row, 0.0, 0.0, terms)?;
                    Some(sum)
                }
            };
            self.cells.push(sum);
        }
        Ok(())
    }

    fn name(&self, name: impl FnOnce() -> String) -> String {
        if self.named { name() } else { String::new() }
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
        (index, own_row): (usize, bool),
        requirement: &Numbers,
        penalty: Option<f64>,
    ) -> Result<Seat, NumberRefused> {
        let mut terms = self.terms(frame, requirement)?;
        let (lower, upper) = (requirement.lower, requirement.upper);
        if let Some(penalty) = penalty {
            self.add_misses(index, &mut terms, requirement, penalty)?;
        } else if !own_row
            && let [(column, coefficient)] = terms.as_slice()
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
        let name = self.name(|| requirement.name.clone());
        Ok(Seat::Row(self.lp.add_row(name, lower, upper, terms)?))
    }

    /// Terms in columns; a cell all of whose amounts weigh the same counts through the column of its sum.
    fn terms(&mut self, frame: &Frame, requirement: &Numbers) -> Result<Vec<(ColumnId, f64)>, NumberRefused> {
        let mut terms = Vec::with_capacity(requirement.terms.len());
        let mut by_cell: BTreeMap<CellId, Vec<(AmountId, f64)>> = BTreeMap::new();
        for (variable, coefficient) in &requirement.terms {
            match variable {
                Variable::Amount(id) => {
                    let Some(amount) = frame.amounts.get(id.0) else { continue };
                    match (frame.amounts_of(amount.cell), self.amount(*id)) {
                        ([_], Some(column)) => terms.push((column, *coefficient)),
                        _ => by_cell.entry(amount.cell).or_default().push((*id, *coefficient)),
                    }
                }
                Variable::Helper(number) => {
                    let helper = self.helper(requirement.member, *number)?;
                    terms.push((helper, *coefficient));
                }
            }
        }
        for (cell, weights) in by_cell {
            let same = weights.windows(2).all(|pair| matches!(pair, [a, b] if a.1 == b.1));
            let whole = same && weights.len() == frame.amounts_of(cell).len();
            match (whole, self.cell(cell), weights.first()) {
                (true, Some(sum), Some((_, coefficient))) => terms.push((sum, *coefficient)),
                _ => {
                    let columns = weights.iter().filter_map(|(id, weight)| Some((self.amount(*id)?, *weight)));
                    terms.extend(columns);
                }
            }
        }
        Ok(terms)
    }

    fn helper(&mut self, member: Member, number: usize) -> Result<ColumnId, NumberRefused> {
        if let Some(column) = self.helpers.get(&(member, number)) {
            return Ok(*column);
        }
        let label = self.name(|| match member {
            Member::Fund(index) => format!("h[fund{index},{number}]"),
            Member::Rule(index) => format!("h[rule{index},{number}]"),
        });
        let column = self.lp.add_column(label, f64::NEG_INFINITY, f64::INFINITY, 0.0)?;
        self.helpers.insert((member, number), column);
        Ok(column)
    }

    fn add_misses(
        &mut self,
        requirement: usize,
        terms: &mut Vec<(ColumnId, f64)>,
        numbers: &Numbers,
        penalty: f64,
    ) -> Result<(), NumberRefused> {
        let sides = [(numbers.lower.is_finite(), "under", 1.0), (numbers.upper.is_finite(), "over", -1.0)];
        for (_, side, sign) in sides.into_iter().filter(|(present, _, _)| *present) {
            let name = self.name(|| format!("miss.{side}[{}]", numbers.name));
            let column = self.lp.add_column(name, 0.0, f64::INFINITY, 0.0)?;
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
    // A quotient of whole numbers is the same number unreduced, and a common divisor takes long to find.
    let in_wan = |side: &Exact| Exact::new_raw(side.numer().clone(), side.denom() * FEN_PER_WAN);
    value.map_or(Ok(none), |side| number_of(&in_wan(side), name))
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
