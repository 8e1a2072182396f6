//! An optimum with the basis at which it stands: what the factors of the basis are asked from.

use crate::lp::LinearProgram;
use crate::solver::certificate::Certified;
use crate::solver::engine::{Basis, Part};
use crate::solver::session::{Session, SessionError};

/// Rates, multipliers and entries of a tableau this small, relative to the largest, are rounding errors.
pub(super) const NOTHING: f64 = 1e-9;

/// An optimum with the basis at which it stands.
#[derive(Debug)]
pub struct Vertex {
    pub(super) session: Session,
    pub(super) optimum: Certified,
    pub(super) basis: Basis,
    /// Basic column or row of each position.
    pub(super) basic: Vec<Part>,
    /// Rows and coefficients of each column.
    pub(super) columns: Vec<Vec<(usize, f64)>>,
    /// Position of each basic column, and of each basic row.
    pub(super) position: (Vec<Option<usize>>, Vec<Option<usize>>),
    /// Multipliers up to this size are rounding errors.
    pub(super) no_cost: f64,
    pub(super) scratch: Scratch,
}

/// Buffers that keep their length from step to step; all but `solved` hold nothing between them.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// A place for each row: sides of equations, and what they are solved to.
    pub sides: Vec<f64>,
    pub solved: Vec<f64>,
    /// A place for each row: what adds up, and its size.
    pub sums: Vec<(f64, f64)>,
    /// A place for each column.
    pub line: Vec<f64>,
}

impl Vertex {
    /// Takes a session that has just proved this optimum.
    ///
    /// # Errors
    /// HiGHS has no basis.
    pub fn open(mut session: Session, optimum: Certified) -> Result<Self, SessionError> {
        let basis = session.basis()?;
        let basic = session.basic_parts()?;
        let mut columns = vec![Vec::new(); session.program().columns().len()];
        for (index, row) in session.program().rows().iter().enumerate() {
            for (column, coefficient) in &row.terms {
                if let Some(entries) = columns.get_mut(column.0) {
                    entries.push((index, *coefficient));
                }
            }
        }
        let cost = session.program().largest_cost();
        let duals = optimum.column_duals().iter().chain(optimum.row_duals());
        let multiplier = duals.fold(0.0_f64, |most, dual| most.max(dual.abs()));
        // A level of coverage costs 1, the money of a large budget ten million times less.
        let no_cost = (NOTHING * cost.min(multiplier)).max(1e-15 * cost);
        let (wide, high) = (session.program().columns().len(), session.program().rows().len());
        let scratch = Scratch {
            sides: vec![0.0; high],
            solved: vec![0.0; high],
            sums: vec![(0.0, 0.0); high],
            line: vec![0.0; wide],
        };
        let position = positions(&basic, (wide, high));
        Ok(Self { session, optimum, basis, basic, columns, position, no_cost, scratch })
    }

    /// Position of a basic part.
    pub(super) fn position(&self, part: Part) -> Option<usize> {
        match part {
            Part::Column(at) => self.position.0.get(at),
            Part::Row(at) => self.position.1.get(at),
        }
        .copied()
        .flatten()
    }

    /// The optimum.
    pub fn optimum(&self) -> &Certified {
        &self.optimum
    }

    /// Value of a column or row at the optimum; 0 beyond the program.
    pub fn value(&self, part: Part) -> f64 {
        let known = match part {
            Part::Column(at) => self.optimum.columns().get(at),
            Part::Row(at) => self.optimum.rows().get(at),
        };
        known.copied().unwrap_or(0.0)
    }

    /// Multipliers up to this size are rounding errors.
    pub fn no_multiplier(&self) -> f64 {
        self.no_cost
    }

    /// The program.
    pub fn program(&self) -> &LinearProgram {
        self.session.program()
    }

    /// Takes the session back to the basis of the optimum.
    ///
    /// # Errors
    /// HiGHS refuses the basis.
    pub(super) fn stand_again(&mut self) -> Result<(), SessionError> {
        self.session.set_basis(&self.basis)?;
        self.basic = self.session.basic_parts()?;
        self.position = positions(&self.basic, (self.position.0.len(), self.position.1.len()));
        Ok(())
    }

    /// Lower and upper side of a column or row.
    pub(super) fn sides(&self, part: Part) -> (f64, f64) {
        match part {
            Part::Column(at) => self.program().columns().get(at).map(|column| (column.lower, column.upper)),
            Part::Row(at) => self.program().rows().get(at).map(|row| (row.lower, row.upper)),
        }
        .unwrap_or((f64::NEG_INFINITY, f64::INFINITY))
    }
}

fn positions(basic: &[Part], (wide, high): (usize, usize)) -> (Vec<Option<usize>>, Vec<Option<usize>>) {
    let (mut columns, mut rows) = (vec![None; wide], vec![None; high]);
    for (position, part) in basic.iter().enumerate() {
        let entry = match part {
            Part::Column(at) => columns.get_mut(*at),
            Part::Row(at) => rows.get_mut(*at),
        };
        if let Some(entry) = entry {
            *entry = Some(position);
        }
    }
    (columns, rows)
}
