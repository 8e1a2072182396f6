//! Hot what-if: the first stage on a live solver, where another amount of a fund is a bound change and not a rebuild.
//!
//! Entitlements are held: the question is what another budget does under the same yardstick.

use crate::lp::RowId;
use crate::program::stages::first_session;
use crate::program::{Program, Seat, Stages};
use crate::rules::{Member, Requirement, Spend};
use crate::solver::{Outcome, Session, SessionError, SolveOptions};
use crate::units::Money;

/// The first stage of a problem, live.
#[derive(Debug)]
pub struct Hot {
    session: Session,
    /// Row of each fund; `None` where the fund pays one cell only and is no row.
    rows: Vec<Option<RowId>>,
    spends: Vec<Spend>,
}

/// A change that is no bound change.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NotHot {
    /// The fund is unknown or has no row of its own.
    #[error("fund {0} has no row of its own")]
    NoRow(usize),
    /// HiGHS refuses the change.
    #[error(transparent)]
    Session(#[from] SessionError),
}

impl Hot {
    /// Sets the first stage up, unsolved.
    ///
    /// # Errors
    /// HiGHS refuses the program.
    pub fn open(
        program: &Program,
        requirements: &[Requirement],
        request: &Stages<'_>,
        options: &SolveOptions,
    ) -> Result<Self, SessionError> {
        let session = first_session(program, request, options)?;
        let mut rows = vec![None; request.frame.funds.len()];
        for (requirement, seat) in requirements.iter().zip(&program.seats) {
            if let (Member::Fund(fund), Seat::Row(row)) = (requirement.member, seat)
                && let Some(entry) = rows.get_mut(fund)
            {
                *entry = Some(*row);
            }
        }
        Ok(Self { session, rows, spends: request.frame.funds.iter().map(|fund| fund.spend).collect() })
    }

    /// Gives a fund, by position, another amount.
    ///
    /// # Errors
    /// The fund has no row of its own, or HiGHS refuses.
    pub fn set_fund(&mut self, fund: usize, amount: Money) -> Result<(), NotHot> {
        let row = self.rows.get(fund).copied().flatten().ok_or(NotHot::NoRow(fund))?;
        let side = amount.to_wan();
        let lower = if self.spends.get(fund) == Some(&Spend::UpTo) { f64::NEG_INFINITY } else { side };
        Ok(self.session.set_row_bounds(row, lower, side)?)
    }

    /// Solves from where the last solve ended, and proves the optimum.
    pub fn solve(&mut self) -> Outcome {
        self.session.solve()
    }
}
