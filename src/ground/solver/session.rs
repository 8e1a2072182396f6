//! A program and its live solver, kept in step: solve, change, solve again from where it stood.

use crate::lp::{Column, ColumnId, LinearProgram, NumberRefused, Row, RowId};
use crate::solver::certificate::{self, Certified, certify};
use crate::solver::engine::{Basis, End, Engine, LOOSE, Part, Place, Refused, TOLERANCE};
use crate::solver::{Grow, Limit, Method, Outcome, SolveOptions, direct};

/// Multipliers this small, relative to the largest cost, may be zero.
const NO_MULTIPLIER: f64 = 1e-8;
/// Beyond so many directions an optimum is taken for one of many without looking at them.
const MOST_DIRECTIONS: usize = 64;

/// Fewer columns and rows together are solved sooner without presolve.
const PRESOLVED_FROM: usize = 1_000;

/// Why a session could not do what was asked.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SessionError {
    /// A number that cannot enter a linear program.
    #[error(transparent)]
    Number(#[from] NumberRefused),
    /// HiGHS refused a call.
    #[error(transparent)]
    Engine(#[from] Refused),
}

/// A linear program on a live solver, which is set up when it is first needed.
#[derive(Debug)]
pub struct Session {
    program: LinearProgram,
    engine: Option<Engine>,
    options: SolveOptions,
    /// A basis that the solver has not been told of.
    start: Option<Basis>,
    presolves: bool,
    few_iterations: bool,
    costs_change: bool,
    solved_before: bool,
    has_plan: bool,
}

impl Session {
    /// Builds the program in the solver, unsolved.
    ///
    /// # Errors
    /// HiGHS refuses the program.
    pub fn open(program: LinearProgram, options: &SolveOptions) -> Result<Self, SessionError> {
        let mut session = Self::waiting(program, options);
        session.engine()?;
        Ok(session)
    }

    /// The program alone; the solver is set up when it is first needed.
    pub fn waiting(program: LinearProgram, options: &SolveOptions) -> Self {
        Self {
            presolves: program.columns().len() + program.rows().len() >= PRESOLVED_FROM,
            program,
            engine: None,
            options: options.clone(),
            start: None,
            few_iterations: false,
            costs_change: false,
            solved_before: false,
            has_plan: false,
        }
    }

    /// Whether the solver is set up.
    pub fn has_solver(&self) -> bool {
        self.engine.is_some()
    }

    /// The solver, told of everything.
    fn engine(&mut self) -> Result<&mut Engine, Refused> {
        let mut engine = match self.engine.take() {
            Some(engine) => engine,
            None => {
                let mut engine = Engine::open(&self.program, &self.options)?;
                engine.set_presolve(self.presolves)?;
                if self.few_iterations {
                    engine.expect_few_iterations()?;
                }
                if self.costs_change {
                    engine.set_primal(true)?;
                }
                engine
            }
        };
        if let Some(basis) = self.start.take() {
            engine.set_basis(&basis.grown(self.program.columns().len(), self.program.rows().len()))?;
        }
        Ok(self.engine.insert(engine))
    }

    /// The program as it stands now.
    pub fn program(&self) -> &LinearProgram {
        &self.program
    }

    /// Appends columns without entries; returns the position of the first.
    ///
    /// # Errors
    /// A number that cannot enter a program, or HiGHS refuses.
    pub fn add_columns(&mut self, columns: Vec<Column>) -> Result<ColumnId, SessionError> {
        let first = Grow::add_columns(&mut self.program, columns)?;
        let added = self.program.columns().get(first.0..).unwrap_or_default();
        self.engine.as_mut().map_or(Ok(()), |engine| engine.add_columns(added))?;
        Ok(first)
    }

    /// Appends rows; returns the position of the first.
    ///
    /// # Errors
    /// A number that cannot enter a program, or HiGHS refuses.
    pub fn add_rows(&mut self, rows: Vec<Row>) -> Result<RowId, SessionError> {
        let first = Grow::add_rows(&mut self.program, rows)?;
        let added = self.program.rows().get(first.0..).unwrap_or_default();
        self.engine.as_mut().map_or(Ok(()), |engine| engine.add_rows(added))?;
        Ok(first)
    }

    /// Gives the live solver the numbers of another program of the same shape; false, and nothing done, where it differs.
    ///
    /// # Errors
    /// HiGHS refuses a change.
    pub fn take_numbers(&mut self, other: &LinearProgram) -> Result<bool, SessionError> {
        if !self.program.has_shape_of(other) {
            return Ok(false);
        }
        let bounds = |a: (f64, f64), b: (f64, f64)| a.0 != b.0 || a.1 != b.1;
        let columns = self.program.columns().iter().zip(other.columns()).enumerate();
        let columns: Vec<(usize, f64, f64)> = columns
            .filter(|(_, (own, new))| bounds((own.lower, own.upper), (new.lower, new.upper)))
            .map(|(index, (_, new))| (index, new.lower, new.upper))
            .collect();
        let rows = self.program.rows().iter().zip(other.rows()).enumerate();
        let rows: Vec<(usize, f64, f64)> = rows
            .filter(|(_, (own, new))| bounds((own.lower, own.upper), (new.lower, new.upper)))
            .map(|(index, (_, new))| (index, new.lower, new.upper))
            .collect();
        let mut coefficients = Vec::new();
        for (index, (own, new)) in self.program.rows().iter().zip(other.rows()).enumerate() {
            let changed = own.terms.iter().zip(&new.terms).filter(|(own, new)| own.1 != new.1);
            coefficients.extend(changed.map(|(_, (column, value))| (RowId(index), *column, *value)));
        }
        self.set_many_column_bounds(&columns)?;
        self.set_many_row_bounds(&rows)?;
        for (row, column, value) in coefficients {
            self.set_coefficient(row, column, value)?;
        }
        Ok(true)
    }

    /// Solves from the present basis and proves the optimum.
    pub fn solve(&mut self) -> Outcome {
        let at_start = self.start.as_ref().filter(|basis| self.fits(basis));
        if let Some(optimum) = at_start.and_then(|basis| direct::optimum(&self.program, basis)) {
            self.solved_before = true;
            return Outcome::Optimal(Box::new(optimum));
        }
        if self.solved_before {
            // A hot re-solve starts from a basis, which only the simplex method uses.
            self.tell(|engine| drop(engine.set_method(Method::Simplex)));
        }
        let outcome = self.solve_until_sure();
        self.solved_before = matches!(outcome, Outcome::Optimal(_));
        outcome
    }

    fn solve_until_sure(&mut self) -> Outcome {
        let presolves = self.presolves;
        let mut outcome = self.solve_once();
        // A basis that went stale: once more, cold. A presolve reduction gone wrong: without. Rows that nearly follow from
        // each other: with the tolerance of our own proof.
        // Numbers of very different size: by the interior point.
        let (simplex, interior) = (Method::Simplex, Method::InteriorPoint);
        for (method, presolve, tolerance) in [
            (simplex, true, TOLERANCE),
            (simplex, false, TOLERANCE),
            (interior, true, TOLERANCE),
            (simplex, true, 1e-8),
            (simplex, false, 1e-8),
            (interior, true, 1e-8),
            (simplex, true, LOOSE),
            (simplex, false, LOOSE),
        ] {
            if self.doubtful(&outcome) {
                self.tell(|engine| {
                    let _ = engine.forget();
                    let _ = engine.set_method(method);
                    let _ = engine.set_presolve(presolve);
                    let _ = engine.set_tolerance(tolerance);
                });
                outcome = self.solve_once();
                self.tell(|engine| {
                    let _ = engine.set_presolve(presolves);
                    let _ = engine.set_tolerance(TOLERANCE);
                });
            }
        }
        self.tell(|engine| drop(engine.set_method(simplex)));
        outcome
    }

    /// Passes a change on to the solver, if it is set up.
    fn pass_on(&mut self, what: impl FnOnce(&mut Engine) -> Result<(), Refused>) -> Result<(), SessionError> {
        Ok(self.engine.as_mut().map_or(Ok(()), what)?)
    }

    /// Tells the solver, if it is set up, something that it need not heed.
    fn tell(&mut self, what: impl FnOnce(&mut Engine)) {
        if let Some(engine) = &mut self.engine {
            what(engine);
        }
    }

    /// From here on the program has a plan, whatever changes: the last optimum stays within every bound.
    ///
    /// The solver may then take rows that nearly follow from each other for a contradiction; it is asked again.
    pub fn keeps_a_plan(&mut self) {
        self.has_plan = true;
    }

    /// Tunes the solver for many short re-solves.
    ///
    /// # Errors
    /// HiGHS refuses an option.
    pub fn expect_few_iterations(&mut self) -> Result<(), SessionError> {
        self.few_iterations = true;
        self.pass_on(|engine| engine.expect_few_iterations())
    }

    /// From here on only costs change: each solve goes on from the point of the one before, which stays a plan.
    ///
    /// # Errors
    /// HiGHS refuses an option.
    pub fn changes_costs_only(&mut self) -> Result<(), SessionError> {
        (self.costs_change, self.has_plan) = (true, true);
        self.pass_on(|engine| engine.set_primal(true))
    }

    /// The program may be infeasible again: its numbers are to be replaced.
    pub fn forgets_its_plan(&mut self) {
        self.has_plan = false;
    }

    /// Whether no watched column can have another value in any optimum.
    ///
    /// Every other optimum differs only by columns and rows that are not basic and have no multiplier; where none of them
    /// moves a watched column, all optima have the same. (A sufficient test: false may be said of a unique optimum.)
    ///
    /// # Errors
    /// HiGHS has no basis.
    pub fn is_unique(&mut self, optimum: &Certified, watched: &[bool]) -> Result<bool, SessionError> {
        let basis = self.engine()?.basis()?;
        let largest = self.program.largest_cost();
        let least = NO_MULTIPLIER * if largest > 0.0 { largest } else { 1.0 };
        let idle = |lower: f64, upper: f64, multiplier: f64| lower != upper && multiplier.abs() <= least;
        let columns = self.program.columns().iter().zip(optimum.column_duals()).enumerate();
        let columns: Vec<usize> = columns
            .filter(|(index, (column, dual))| {
                basis.column(*index) != Place::Basic && idle(column.lower, column.upper, **dual)
            })
            .map(|(index, _)| index)
            .collect();
        let rows = self.program.rows().iter().zip(optimum.row_duals()).enumerate();
        let rows: Vec<usize> = rows
            .filter(|(index, (row, dual))| basis.row(*index) != Place::Basic && idle(row.lower, row.upper, **dual))
            .map(|(index, _)| index)
            .collect();
        if columns.len() + rows.len() > MOST_DIRECTIONS
            || columns.iter().any(|column| watched.get(*column) == Some(&true))
        {
            return Ok(false);
        }
        let moves = columns.into_iter().map(Part::Column).chain(rows.into_iter().map(Part::Row));
        for direction in moves {
            let moved = self.engine()?.moved_columns(direction)?;
            if moved.into_iter().any(|column| watched.get(column) == Some(&true)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn doubtful(&self, outcome: &Outcome) -> bool {
        matches!(outcome, Outcome::Failed(_)) || self.has_plan && matches!(outcome, Outcome::Infeasible)
    }

    fn solve_once(&mut self) -> Outcome {
        let engine = match self.engine() {
            Ok(engine) => engine,
            Err(refused) => return Outcome::Failed(refused.to_string()),
        };
        match engine.run() {
            End::Optimal => match engine.point() {
                Ok(point) => match certify(&self.program, point) {
                    Ok(certified) => Outcome::Optimal(Box::new(certified)),
                    Err(missed) => Outcome::Failed(format!("no proof of optimality: {missed:?}")),
                },
                Err(refused) => Outcome::Failed(refused.to_string()),
            },
            End::Infeasible => Outcome::Infeasible,
            End::Unbounded => Outcome::Unbounded,
            End::InfeasibleOrUnbounded => self.tell_infeasible_from_unbounded(),
            End::TimeLimit => Outcome::Limit(Limit::Time),
            End::Interrupted => Outcome::Limit(Limit::Interrupt),
            End::Failed(status) => Outcome::Failed(format!("HiGHS status {status}")),
        }
    }

    /// Presolve may leave it open which of the two it is; without presolve the simplex method decides.
    fn tell_infeasible_from_unbounded(&mut self) -> Outcome {
        let presolves = self.presolves;
        let again = |engine: &mut Engine| {
            let _ = engine.set_presolve(false);
            let _ = engine.set_method(Method::Simplex);
            let end = engine.run();
            let _ = engine.set_presolve(presolves);
            end
        };
        let end = self.engine().map_or(End::Failed(-1), again);
        match end {
            End::Infeasible => Outcome::Infeasible,
            End::Unbounded => Outcome::Unbounded,
            End::TimeLimit => Outcome::Limit(Limit::Time),
            End::Interrupted => Outcome::Limit(Limit::Interrupt),
            other => Outcome::Failed(format!("{other:?}")),
        }
    }

    /// Makes these the only costs of the objective.
    ///
    /// # Errors
    /// A cost that is not finite, or HiGHS refuses.
    pub fn set_costs(&mut self, costs: &[(ColumnId, f64)]) -> Result<(), SessionError> {
        let mut wanted = vec![0.0; self.program.columns().len()];
        for (column, cost) in costs {
            if let Some(entry) = wanted.get_mut(column.0) {
                *entry = *cost;
            }
        }
        let mut changes = Vec::new();
        for (index, cost) in wanted.into_iter().enumerate() {
            let known = self.program.columns().get(index).map_or(0.0, |column| column.cost);
            if known != cost {
                self.program.set_cost(ColumnId(index), cost)?;
                changes.push((index, cost));
            }
        }
        self.pass_on(|engine| engine.costs(&changes))
    }

    /// Changes the bounds of a column.
    ///
    /// # Errors
    /// HiGHS refuses.
    pub fn set_column_bounds(&mut self, column: ColumnId, lower: f64, upper: f64) -> Result<(), SessionError> {
        self.pass_on(|engine| engine.column_bounds(column.0, lower, upper))?;
        self.program.set_column_bounds(column, lower, upper);
        Ok(())
    }

    /// Changes the bounds of a row.
    ///
    /// # Errors
    /// HiGHS refuses.
    pub fn set_row_bounds(&mut self, row: RowId, lower: f64, upper: f64) -> Result<(), SessionError> {
        self.pass_on(|engine| engine.row_bounds(row.0, lower, upper))?;
        self.program.set_row_bounds(row, lower, upper);
        Ok(())
    }

    /// Changes the bounds of several columns: (position, lower, upper).
    ///
    /// # Errors
    /// HiGHS refuses.
    pub fn set_many_column_bounds(&mut self, changes: &[(usize, f64, f64)]) -> Result<(), SessionError> {
        self.pass_on(|engine| engine.many_column_bounds(changes))?;
        for (column, lower, upper) in changes {
            self.program.set_column_bounds(ColumnId(*column), *lower, *upper);
        }
        Ok(())
    }

    /// Changes the bounds of several rows: (position, lower, upper).
    ///
    /// # Errors
    /// HiGHS refuses.
    pub fn set_many_row_bounds(&mut self, changes: &[(usize, f64, f64)]) -> Result<(), SessionError> {
        self.pass_on(|engine| engine.many_row_bounds(changes))?;
        for (row, lower, upper) in changes {
            self.program.set_row_bounds(RowId(*row), *lower, *upper);
        }
        Ok(())
    }

    /// Changes one coefficient.
    ///
    /// # Errors
    /// HiGHS refuses.
    pub fn set_coefficient(&mut self, row: RowId, column: ColumnId, value: f64) -> Result<(), SessionError> {
        self.pass_on(|engine| engine.coefficient(row.0, column.0, value))?;
        self.program.set_coefficient(row, column, value);
        Ok(())
    }

    /// The basis the solver stands on.
    ///
    /// # Errors
    /// HiGHS has none.
    pub fn basis(&mut self) -> Result<Basis, SessionError> {
        match &self.start {
            Some(basis) => Ok(basis.clone()),
            None => Ok(self.engine()?.basis()?),
        }
    }

    /// After a solve that found no point: rows that contradict each other, with the bounds of columns, and whether that is
    /// proved by their multipliers; empty where the solver cannot tell.
    ///
    /// # Errors
    /// HiGHS refuses.
    pub fn contradiction(&mut self) -> Result<(Vec<RowId>, bool), SessionError> {
        let multipliers = self.engine()?.contradiction()?.unwrap_or_default();
        let largest = multipliers.iter().map(|multiplier| multiplier.abs()).fold(0.0, f64::max);
        let counts = |multiplier: &f64| multiplier.is_finite() && multiplier.abs() > NO_MULTIPLIER * largest;
        let rows = multipliers.into_iter().enumerate().filter(|(_, one)| counts(one));
        let rows: Vec<(RowId, f64)> = rows.map(|(row, multiplier)| (RowId(row), multiplier)).collect();
        let proved = certificate::contradicts(&self.program, &rows);
        Ok((rows.into_iter().map(|(row, _)| row).collect(), proved))
    }

    /// The basic columns and rows, in the order of the equations of [`Session::solve_basis`].
    ///
    /// # Errors
    /// HiGHS has no basis.
    pub(super) fn basic_parts(&mut self) -> Result<Vec<Part>, SessionError> {
        Ok(self.engine()?.basic_parts()?)
    }

    /// Solves the equations of the basis for given sides, or those of its transpose, into the second buffer.
    ///
    /// # Errors
    /// HiGHS has no factors of a basis.
    pub(super) fn solve_basis(
        &mut self,
        sides: &[f64],
        transposed: bool,
        solved: &mut [f64],
    ) -> Result<(), SessionError> {
        Ok(self.engine()?.solve_basis(sides, transposed, solved)?)
    }

    /// Whether a basis is one of a program with as many columns and rows.
    pub fn fits(&self, basis: &Basis) -> bool {
        basis.counts() == (self.program.columns().len(), self.program.rows().len())
    }

    /// Starts the next solve from a basis of a program of the same shape.
    ///
    /// # Errors
    /// The shape differs.
    pub fn set_basis(&mut self, basis: &Basis) -> Result<(), SessionError> {
        self.start = None;
        self.engine()?.set_basis(basis)?;
        self.solved_before = true;
        Ok(())
    }

    /// Starts the next solve from a basis; where that is optimal the solver is not asked.
    pub fn start_from(&mut self, basis: &Basis) {
        self.start = Some(basis.clone());
        self.options.method = Method::Simplex;
        self.solved_before = true;
    }

    /// Forgets everything learnt: the next solve is cold, by the given method.
    ///
    /// # Errors
    /// HiGHS refuses.
    pub fn forget(&mut self, method: Method) -> Result<(), SessionError> {
        self.start = None;
        self.options.method = method;
        self.solved_before = false;
        self.pass_on(|engine| engine.forget().and_then(|()| engine.set_method(method)))
    }
}

/// Whether a program has any point; `None` where a limit or failure leaves it open.
pub fn has_point(program: LinearProgram, options: &SolveOptions) -> Option<bool> {
    let options = options.for_size(program.columns().len(), program.rows().len());
    let mut session = Session::open(program, &options).ok()?;
    match session.solve() {
        Outcome::Optimal(_) | Outcome::Unbounded => Some(true),
        Outcome::Infeasible => Some(false),
        Outcome::Limit(_) | Outcome::Failed(_) => None,
    }
}
