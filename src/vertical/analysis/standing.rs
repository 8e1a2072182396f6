//! The hard rules of a problem on one live solver, each of which can be left out and put back.

use std::collections::BTreeSet;

use crate::finding::{Finding, Findings, Place};
use crate::lp::{ColumnId, RowId, refused};
use crate::program::{self, Form, Program, Seat};
use crate::rules::{AmountId, Member, Requirement, Variable};
use crate::run::Prepared;
use crate::solver::{Outcome, Session, SessionError, SolveOptions};

/// Hard funds and rules as rows of a program without objective.
pub(super) struct Standing<'a> {
    /// The problem.
    pub prepared: &'a Prepared,
    /// The live program; rows and columns may be added to it.
    pub session: Session,
    program: Program,
    demands: Vec<Demanded>,
}

/// A hard requirement as a row.
pub(super) struct Demanded {
    /// Whose demand it is.
    pub member: Member,
    /// Position among the demands of the problem.
    pub position: usize,
    /// Its row.
    pub row: RowId,
    /// Least activity in 万元, or −∞.
    pub lower: f64,
    /// Largest activity in 万元, or +∞.
    pub upper: f64,
}

impl<'a> Standing<'a> {
    /// Sets the program up; every hard rule stands.
    ///
    /// # Errors
    /// Numbers that cannot stand in a linear program, or HiGHS refuses it.
    pub fn open(prepared: &'a Prepared, options: &SolveOptions) -> Result<Self, Findings> {
        let problem = &prepared.problem;
        let is_hard = |member: Member| problem.penalty(member).is_none();
        let hard = || prepared.demands.iter().enumerate().filter(|(_, demand)| is_hard(demand.requirement.member));
        let numbers = hard().map(|(_, demand)| demand.numbers(problem.id(demand.requirement.member)));
        let numbers: Vec<_> = numbers.collect::<Result<_, _>>().map_err(refused)?;
        let sides: Vec<(f64, f64)> = numbers.iter().map(|numbers| (numbers.lower, numbers.upper)).collect();
        // Rows even of what could be a bound, so that each can be left out.
        let form = Form { named: false, as_row: &|_| true };
        let program = program::assemble(&problem.frame, numbers.into_iter(), &|_| None, &form).map_err(refused)?;
        let seated =
            hard().zip(&program.seats).zip(sides).filter_map(|(((position, demand), seat), (lower, upper))| {
                let Seat::Row(row) = *seat else { return None };
                Some(Demanded { member: demand.requirement.member, position, row, lower, upper })
            });
        let demands = seated.collect();
        let options = options.for_size(program.lp.columns().len(), program.lp.rows().len());
        let session = Session::open(program.lp.clone(), &options).map_err(|error| failed(&error))?;
        Ok(Self { prepared, session, program, demands })
    }

    /// The hard requirements.
    pub fn demands(&self) -> &[Demanded] {
        &self.demands
    }

    /// The hard requirements of a member, with the exact ones they come from.
    pub fn of(&self, member: Member) -> impl Iterator<Item = (&Demanded, &Requirement)> {
        let own = self.demands.iter().filter(move |demanded| demanded.member == member);
        own.filter_map(|demanded| Some((demanded, &self.prepared.demands.get(demanded.position)?.requirement)))
    }

    /// Column of a variable of a member.
    pub fn column(&self, member: Member, variable: Variable) -> Option<ColumnId> {
        match variable {
            Variable::Amount(AmountId(at)) => self.program.amounts.get(at).copied(),
            Variable::Helper(number) => self.program.helpers.get(&(member, number)).copied(),
        }
    }

    /// Lets the members stand that are kept, leaves the others out, and solves for the least of some costs.
    ///
    /// # Errors
    /// HiGHS refuses a change.
    pub fn least(
        &mut self,
        keeps: &dyn Fn(Member) -> bool,
        costs: &[(ColumnId, f64)],
    ) -> Result<Outcome, SessionError> {
        self.keep(keeps)?;
        self.session.set_costs(costs)?;
        Ok(self.session.solve())
    }

    /// Whether any plan meets the members kept; `None` where a limit or failure leaves it open.
    pub fn stands(&mut self, keeps: &dyn Fn(Member) -> bool) -> Option<bool> {
        match self.least(keeps, &[]).ok()? {
            Outcome::Optimal(_) | Outcome::Unbounded => Some(true),
            Outcome::Infeasible => Some(false),
            Outcome::Limit(_) | Outcome::Failed(_) => None,
        }
    }

    /// Members whose rows contradict each other, after [`Standing::stands`] said that no plan meets them, and whether that is
    /// proved.
    pub fn contradicting(&mut self) -> (BTreeSet<Member>, bool) {
        let (rows, proved) = self.session.contradiction().unwrap_or_default();
        let rows: BTreeSet<RowId> = rows.into_iter().collect();
        let own = self.demands.iter().filter(|demanded| rows.contains(&demanded.row));
        (own.map(|demanded| demanded.member).collect(), proved)
    }

    /// Columns of all amounts.
    pub fn amounts(&self) -> &[ColumnId] {
        &self.program.amounts
    }

    /// Lets the members stand that are kept and leaves the others out.
    ///
    /// # Errors
    /// HiGHS refuses a change.
    pub fn keep(&mut self, keeps: &dyn Fn(Member) -> bool) -> Result<(), SessionError> {
        let free = (f64::NEG_INFINITY, f64::INFINITY);
        let rows = self.session.program().rows();
        let wanted = self.demands.iter().filter_map(|demanded| {
            let (lower, upper) = if keeps(demanded.member) { (demanded.lower, demanded.upper) } else { free };
            let known = rows.get(demanded.row.0)?;
            (known.lower != lower || known.upper != upper).then_some((demanded.row.0, lower, upper))
        });
        let changes: Vec<(usize, f64, f64)> = wanted.collect();
        self.session.set_many_row_bounds(&changes)
    }
}

fn failed(error: &SessionError) -> Findings {
    Finding::error("solver.failed", Place::default()).with("stage", "analysis").with("why", error.to_string()).into()
}
