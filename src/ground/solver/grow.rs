//! What columns and rows can be added to: a program alone, or one on a live solver.

use crate::lp::{Column, ColumnId, LinearProgram, Row, RowId};
use crate::solver::session::{Session, SessionError};

/// What columns and rows can be added to: a program alone, or one on a live solver.
pub trait Grow {
    /// The program as it stands now.
    fn program(&self) -> &LinearProgram;

    /// Appends columns without entries; returns the position of the first.
    ///
    /// # Errors
    /// A number that cannot enter a program, or HiGHS refuses.
    fn add_columns(&mut self, columns: Vec<Column>) -> Result<ColumnId, SessionError>;

    /// Appends rows; returns the position of the first.
    ///
    /// # Errors
    /// A number that cannot enter a program, or HiGHS refuses.
    fn add_rows(&mut self, rows: Vec<Row>) -> Result<RowId, SessionError>;
}

impl Grow for LinearProgram {
    fn program(&self) -> &LinearProgram {
        self
    }

    fn add_columns(&mut self, columns: Vec<Column>) -> Result<ColumnId, SessionError> {
        let first = ColumnId(self.columns().len());
        for Column { name, lower, upper, cost } in columns {
            self.add_column(name, lower, upper, cost)?;
        }
        Ok(first)
    }

    fn add_rows(&mut self, rows: Vec<Row>) -> Result<RowId, SessionError> {
        let first = RowId(self.rows().len());
        for Row { name, lower, upper, terms } in rows {
            self.add_row(name, lower, upper, terms)?;
        }
        Ok(first)
    }
}

impl Grow for Session {
    fn program(&self) -> &LinearProgram {
        self.program()
    }

    fn add_columns(&mut self, columns: Vec<Column>) -> Result<ColumnId, SessionError> {
        self.add_columns(columns)
    }

    fn add_rows(&mut self, rows: Vec<Row>) -> Result<RowId, SessionError> {
        self.add_rows(rows)
    }
}
