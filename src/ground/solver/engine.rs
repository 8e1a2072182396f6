//! The live HiGHS instance: the only place that names good_lp, highs and its C functions.
//!
//! good_lp builds the program, `highs` owns the instance; what neither offers (row changes on a live instance, the basis,
//! interruption) goes through the C interface. Every call here is safe: lengths are checked before a pointer is given away.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use good_lp::{Expression, ProblemVariables, SolverModel, Variable, constraint, variable};
use highs_sys as c;

use crate::lp::{Column, LinearProgram, Row};
use crate::solver::{Method, SolveOptions};

/// Feasibility tolerance: 10⁻⁹ 万元 is a hundred-thousandth of a 元, so that rounding to 分 does not see it.
pub const TOLERANCE: f64 = 1e-9;
/// The tolerance of our own proof: the last resort where rows nearly follow from each other.
pub const LOOSE: f64 = 1e-7;

/// A basic variable that changes by no more stands still.
const MOVED: f64 = 1e-9;

/// What HiGHS calls its serial dual and its primal simplex method.
const DUAL: c_int = 1;
const PRIMAL: c_int = 4;

/// How a run of HiGHS ended, before our own certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Optimal,
    Infeasible,
    Unbounded,
    InfeasibleOrUnbounded,
    TimeLimit,
    Interrupted,
    Failed(i32),
}

/// Point and multipliers as HiGHS reports them.
#[derive(Debug, Clone, Default)]
pub(super) struct Point {
    pub columns: Vec<f64>,
    pub column_duals: Vec<f64>,
    pub rows: Vec<f64>,
    pub row_duals: Vec<f64>,
}

/// A basis, to be set again later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis {
    columns: Vec<c::HighsInt>,
    rows: Vec<c::HighsInt>,
}

/// Where a column or row stands in a basis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It follows from the others.
    Basic,
    /// At its lower side.
    Lower,
    /// At its upper side.
    Upper,
    /// At no side.
    Free,
}

impl Place {
    fn of(status: Option<&c::HighsInt>) -> Self {
        match status.copied() {
            Some(c::kHighsBasisStatusBasic) => Self::Basic,
            Some(c::kHighsBasisStatusLower) => Self::Lower,
            Some(c::kHighsBasisStatusUpper) => Self::Upper,
            _ => Self::Free,
        }
    }
}

impl Basis {
    /// Columns and rows of its program.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.columns.len(), self.rows.len())
    }

    /// Where a column stands.
    pub(super) fn column(&self, column: usize) -> Place {
        Place::of(self.columns.get(column))
    }

    /// Where a row stands.
    pub(super) fn row(&self, row: usize) -> Place {
        Place::of(self.rows.get(row))
    }

    /// The basis of a program that has grown: new rows are basic, new columns are not.
    pub(super) fn grown(mut self, columns: usize, rows: usize) -> Self {
        self.columns.resize(columns, c::kHighsBasisStatusNonbasic);
        self.rows.resize(rows, c::kHighsBasisStatusBasic);
        self
    }
}

/// A column, or the activity of a row, by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// A column.
    Column(usize),
    /// A row.
    Row(usize),
}

/// One HiGHS instance.
#[derive(Debug)]
pub(super) struct Engine {
    model: highs::Model,
    columns: usize,
    rows: usize,
    // Boxed flag handed to C; kept alive as long as the instance.
    interrupt: Option<Arc<AtomicBool>>,
    time_limit: Option<f64>,
}

/// HiGHS refused a call; `0` names the C function.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("HiGHS refused {0}")]
pub struct Refused(pub &'static str);

impl Engine {
    /// Builds the program with good_lp and hands it to HiGHS, unsolved.
    pub fn open(program: &LinearProgram, options: &SolveOptions) -> Result<Self, Refused> {
        let mut variables = ProblemVariables::new();
        let handles: Vec<Variable> = program.columns().iter().map(|column| variables.add(definition(column))).collect();
        let mut objective = Expression::with_capacity(0);
        for (column, handle) in program.columns().iter().zip(&handles) {
            if column.cost != 0.0 {
                objective.add_mul(column.cost, *handle);
            }
        }
        let mut problem = variables.minimise(objective).using(good_lp::solvers::highs::highs);
        for row in program.rows() {
            problem.add_constraint(restriction(row, &handles));
        }
        let model = problem.try_into_inner().map_err(|_| Refused("Highs_passLp"))?;
        let mut engine = Self {
            model,
            columns: program.columns().len(),
            rows: program.rows().len(),
            interrupt: options.interrupt.clone(),
            time_limit: options.time_limit_seconds,
        };
        engine.set_options(options)?;
        engine.bound_ranged_rows(program)?;
        Ok(engine)
    }

    fn set_options(&mut self, options: &SolveOptions) -> Result<(), Refused> {
        self.set_bool(c"output_flag", false)?;
        self.set_int(c"threads", 1)?;
        self.set_text(c"parallel", c"off")?;
        self.set_tolerance(TOLERANCE)?;
        self.set_text(c"solver", if options.method == Method::InteriorPoint { c"ipm" } else { c"simplex" })?;
        let Some(flag) = &self.interrupt else { return Ok(()) };
        // SAFETY: the flag lives in `self.interrupt` for as long as the instance.
        unsafe { heed(self.model.as_mut_ptr(), flag) };
        Ok(())
    }

    /// good_lp has one side a row; the other side of ranged rows is set here, and free rows are freed.
    fn bound_ranged_rows(&mut self, program: &LinearProgram) -> Result<(), Refused> {
        for (index, row) in program.rows().iter().enumerate() {
            let one_sided = row.lower.is_finite() != row.upper.is_finite() || row.lower == row.upper;
            if !one_sided {
                self.row_bounds(index, row.lower, row.upper)?;
            }
        }
        Ok(())
    }

    /// Chooses simplex or interior point for the following runs.
    pub fn set_method(&mut self, method: Method) -> Result<(), Refused> {
        self.set_text(c"solver", if method == Method::InteriorPoint { c"ipm" } else { c"simplex" })
    }

    /// Leaves out what pays off only over many iterations: edge weights and scaling.
    pub fn expect_few_iterations(&mut self) -> Result<(), Refused> {
        self.set_int(c"simplex_dual_edge_weight_strategy", 0)?;
        self.set_int(c"simplex_scale_strategy", 0)
    }

    /// Which simplex method goes on from a basis: the primal one where costs change, else the dual one.
    pub fn set_primal(&mut self, primal: bool) -> Result<(), Refused> {
        self.set_int(c"simplex_strategy", if primal { PRIMAL } else { DUAL })
    }

    /// Sets the primal and dual feasibility tolerance.
    pub fn set_tolerance(&mut self, tolerance: f64) -> Result<(), Refused> {
        self.set_number(c"primal_feasibility_tolerance", tolerance)?;
        self.set_number(c"dual_feasibility_tolerance", tolerance)
    }

    /// Turns presolve on (`choose`) or off.
    pub fn set_presolve(&mut self, on: bool) -> Result<(), Refused> {
        self.set_text(c"presolve", if on { c"choose" } else { c"off" })
    }

    /// Runs HiGHS from the present basis, with a fresh clock.
    pub fn run(&mut self) -> End {
        if let Some(seconds) = self.time_limit {
            // The clock of an instance runs on over its solves: give this solve its own time.
            // SAFETY: plain C call on a live instance.
            let spent = unsafe { c::Highs_getRunTime(self.model.as_mut_ptr()) };
            if self.set_number(c"time_limit", spent + seconds).is_err() {
                return End::Failed(-1);
            }
        }
        // SAFETY: plain C calls on a live instance.
        let (status, end) = unsafe {
            let instance = self.model.as_mut_ptr();
            (c::Highs_run(instance), c::Highs_getModelStatus(instance))
        };
        match end {
            c::MODEL_STATUS_OPTIMAL => End::Optimal,
            c::MODEL_STATUS_MODEL_EMPTY if status != c::STATUS_ERROR => End::Optimal,
            c::MODEL_STATUS_INFEASIBLE => End::Infeasible,
            c::MODEL_STATUS_UNBOUNDED => End::Unbounded,
            c::MODEL_STATUS_UNBOUNDED_OR_INFEASIBLE => End::InfeasibleOrUnbounded,
            c::MODEL_STATUS_REACHED_TIME_LIMIT => End::TimeLimit,
            c::MODEL_STATUS_REACHED_INTERRUPT | c::MODEL_STATUS_HIGHS_INTERRUPT => End::Interrupted,
            other => End::Failed(other),
        }
    }

    /// The point and multipliers of the last run.
    pub fn point(&mut self) -> Result<Point, Refused> {
        let mut point = Point {
            columns: vec![0.0; self.columns],
            column_duals: vec![0.0; self.columns],
            rows: vec![0.0; self.rows],
            row_duals: vec![0.0; self.rows],
        };
        // SAFETY: the four buffers have the lengths the instance expects.
        let status = unsafe {
            c::Highs_getSolution(
                self.model.as_mut_ptr(),
                point.columns.as_mut_ptr(),
                point.column_duals.as_mut_ptr(),
                point.rows.as_mut_ptr(),
                point.row_duals.as_mut_ptr(),
            )
        };
        accept(status, "Highs_getSolution").map(|()| point)
    }

    /// Changes the bounds of one row.
    pub fn row_bounds(&mut self, row: usize, lower: f64, upper: f64) -> Result<(), Refused> {
        let row = index(row, self.rows)?;
        // SAFETY: the index is checked.
        accept(unsafe { c::Highs_changeRowBounds(self.model.as_mut_ptr(), row, lower, upper) }, "Highs_changeRowBounds")
    }

    /// Changes the bounds of one column.
    pub fn column_bounds(&mut self, column: usize, lower: f64, upper: f64) -> Result<(), Refused> {
        let column = index(column, self.columns)?;
        // SAFETY: the index is checked.
        let status = unsafe { c::Highs_changeColBounds(self.model.as_mut_ptr(), column, lower, upper) };
        accept(status, "Highs_changeColBounds")
    }

    /// Changes the bounds of several columns: (position, lower, upper).
    pub fn many_column_bounds(&mut self, changes: &[(usize, f64, f64)]) -> Result<(), Refused> {
        let (set, lower, upper) = split(changes, self.columns)?;
        let count = index(set.len(), usize::MAX)?;
        // SAFETY: the indices are checked, the buffers have `count` entries.
        let status = unsafe {
            let instance = self.model.as_mut_ptr();
            c::Highs_changeColsBoundsBySet(instance, count, set.as_ptr(), lower.as_ptr(), upper.as_ptr())
        };
        accept(status, "Highs_changeColsBoundsBySet")
    }

    /// Changes the bounds of several rows: (position, lower, upper).
    pub fn many_row_bounds(&mut self, changes: &[(usize, f64, f64)]) -> Result<(), Refused> {
        let (set, lower, upper) = split(changes, self.rows)?;
        let count = index(set.len(), usize::MAX)?;
        // SAFETY: the indices are checked, the buffers have `count` entries.
        let status = unsafe {
            let instance = self.model.as_mut_ptr();
            c::Highs_changeRowsBoundsBySet(instance, count, set.as_ptr(), lower.as_ptr(), upper.as_ptr())
        };
        accept(status, "Highs_changeRowsBoundsBySet")
    }

    /// Changes the costs of several columns: (position, cost).
    pub fn costs(&mut self, changes: &[(usize, f64)]) -> Result<(), Refused> {
        let set =
            changes.iter().map(|(column, _)| index(*column, self.columns)).collect::<Result<Vec<_>, Refused>>()?;
        let costs: Vec<f64> = changes.iter().map(|(_, cost)| *cost).collect();
        let count = index(set.len(), usize::MAX)?;
        // SAFETY: the indices are checked, both buffers have `count` entries.
        let status =
            unsafe { c::Highs_changeColsCostBySet(self.model.as_mut_ptr(), count, set.as_ptr(), costs.as_ptr()) };
        accept(status, "Highs_changeColsCostBySet")
    }

    /// Changes one coefficient.
    pub fn coefficient(&mut self, row: usize, column: usize, value: f64) -> Result<(), Refused> {
        let (row, column) = (index(row, self.rows)?, index(column, self.columns)?);
        // SAFETY: both indices are checked.
        accept(unsafe { c::Highs_changeCoeff(self.model.as_mut_ptr(), row, column, value) }, "Highs_changeCoeff")
    }

    /// Appends columns without entries.
    pub fn add_columns(&mut self, columns: &[Column]) -> Result<(), Refused> {
        let count = index(columns.len(), usize::MAX)?;
        let costs: Vec<f64> = columns.iter().map(|column| column.cost).collect();
        let lower: Vec<f64> = columns.iter().map(|column| column.lower).collect();
        let upper: Vec<f64> = columns.iter().map(|column| column.upper).collect();
        let starts = vec![0; columns.len()];
        // SAFETY: three buffers of `count`, no entries.
        let status = unsafe {
            c::Highs_addCols(
                self.model.as_mut_ptr(),
                count,
                costs.as_ptr(),
                lower.as_ptr(),
                upper.as_ptr(),
                0,
                starts.as_ptr(),
                std::ptr::null(),
                std::ptr::null(),
            )
        };
        accept(status, "Highs_addCols")?;
        self.columns += columns.len();
        Ok(())
    }

    /// Appends rows.
    pub fn add_rows(&mut self, rows: &[Row]) -> Result<(), Refused> {
        let count = index(rows.len(), usize::MAX)?;
        let lower: Vec<f64> = rows.iter().map(|row| row.lower).collect();
        let upper: Vec<f64> = rows.iter().map(|row| row.upper).collect();
        let mut starts = Vec::with_capacity(rows.len());
        let mut columns = Vec::new();
        let mut values = Vec::new();
        for row in rows {
            starts.push(index(values.len(), usize::MAX)?);
            for (column, value) in &row.terms {
                columns.push(index(column.0, self.columns)?);
                values.push(*value);
            }
        }
        let entries = index(values.len(), usize::MAX)?;
        // SAFETY: buffers have the lengths given beside them, column indices are checked.
        let status = unsafe {
            c::Highs_addRows(
                self.model.as_mut_ptr(),
                count,
                lower.as_ptr(),
                upper.as_ptr(),
                entries,
                starts.as_ptr(),
                columns.as_ptr(),
                values.as_ptr(),
            )
        };
        accept(status, "Highs_addRows")?;
        self.rows += rows.len();
        Ok(())
    }

    /// The basis of the last run.
    pub fn basis(&mut self) -> Result<Basis, Refused> {
        let mut basis = Basis { columns: vec![0; self.columns], rows: vec![0; self.rows] };
        // SAFETY: both buffers have the lengths the instance expects.
        let status =
            unsafe { c::Highs_getBasis(self.model.as_mut_ptr(), basis.columns.as_mut_ptr(), basis.rows.as_mut_ptr()) };
        accept(status, "Highs_getBasis").map(|()| basis)
    }

    /// Basic columns that move when a part that is not basic moves away from its bound.
    pub fn moved_columns(&mut self, direction: Part) -> Result<Vec<usize>, Refused> {
        let mut basic = vec![0; self.rows];
        let mut change = vec![0.0; self.rows];
        let nothing = std::ptr::null_mut();
        // SAFETY: both buffers have a place for each row, indices are checked; no index list is asked for.
        let status = unsafe {
            let instance = self.model.as_mut_ptr();
            accept(c::Highs_getBasicVariables(instance, basic.as_mut_ptr()), "Highs_getBasicVariables")?;
            match direction {
                Part::Column(column) => {
                    let column = index(column, self.columns)?;
                    c::Highs_getReducedColumn(instance, column, change.as_mut_ptr(), nothing, nothing)
                }
                Part::Row(row) => {
                    let row = index(row, self.rows)?;
                    c::Highs_getBasisInverseCol(instance, row, change.as_mut_ptr(), nothing, nothing)
                }
            }
        };
        accept(status, "Highs_getReducedColumn")?;
        let moved = basic.iter().zip(&change).filter(|(_, change)| change.abs() > MOVED);
        // Rows among the basic variables are counted below zero.
        Ok(moved.filter_map(|(variable, _)| usize::try_from(*variable).ok()).collect())
    }

    /// The basic columns and rows in the order in which HiGHS keeps them; its factors are made where it has none.
    pub fn basic_parts(&mut self) -> Result<Vec<Part>, Refused> {
        let mut basic = vec![0; self.rows];
        // SAFETY: the buffer has a place for each row.
        let status = unsafe { c::Highs_getBasicVariables(self.model.as_mut_ptr(), basic.as_mut_ptr()) };
        accept(status, "Highs_getBasicVariables")?;
        let part = |variable: c::HighsInt| match usize::try_from(variable) {
            Ok(column) => Ok(Part::Column(column)),
            // Rows are counted below zero, from −1.
            Err(_) => usize::try_from(-(variable + 1)).map(Part::Row).map_err(|_| Refused("a basic variable")),
        };
        basic.into_iter().map(part).collect()
    }

    /// Solves the equations of the basis, or (`transposed`) those of its transpose; [`Engine::basic_parts`] has been asked.
    /// Both buffers have a place for each row; what the second held is replaced.
    ///
    /// The column of a row in them is a unit column.
    pub fn solve_basis(&mut self, sides: &[f64], transposed: bool, solved: &mut [f64]) -> Result<(), Refused> {
        if sides.len() != self.rows || solved.len() != self.rows {
            return Err(Refused("Highs_getBasisSolve"));
        }
        let (nothing, none) = (std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: both buffers have a place for each row; no index list is asked for.
        let status = unsafe {
            let instance = self.model.as_mut_ptr();
            if transposed {
                c::Highs_getBasisTransposeSolve(instance, sides.as_ptr(), solved.as_mut_ptr(), nothing, none)
            } else {
                c::Highs_getBasisSolve(instance, sides.as_ptr(), solved.as_mut_ptr(), nothing, none)
            }
        };
        accept(status, "Highs_getBasisSolve")
    }

    /// Starts the next run from a basis of the same shape.
    pub fn set_basis(&mut self, basis: &Basis) -> Result<(), Refused> {
        if basis.columns.len() != self.columns || basis.rows.len() != self.rows {
            return Err(Refused("Highs_setBasis"));
        }
        // SAFETY: the lengths are checked.
        let status = unsafe { c::Highs_setBasis(self.model.as_mut_ptr(), basis.columns.as_ptr(), basis.rows.as_ptr()) };
        accept(status, "Highs_setBasis")
    }

    /// After a run that found no point: a multiplier for each row by which the rows contradict each other; `None` where HiGHS
    /// has none.
    pub fn contradiction(&mut self) -> Result<Option<Vec<f64>>, Refused> {
        let mut multipliers = vec![0.0; self.rows];
        let mut known = 0;
        // SAFETY: the buffer has a place for each row.
        let status = unsafe { c::Highs_getDualRay(self.model.as_mut_ptr(), &raw mut known, multipliers.as_mut_ptr()) };
        accept(status, "Highs_getDualRay").map(|()| (known != 0).then_some(multipliers))
    }

    /// Forgets basis and point: the next run starts cold.
    pub fn forget(&mut self) -> Result<(), Refused> {
        // SAFETY: plain C call on a live instance.
        accept(unsafe { c::Highs_clearSolver(self.model.as_mut_ptr()) }, "Highs_clearSolver")
    }

    fn set_bool(&mut self, option: &CStr, value: bool) -> Result<(), Refused> {
        // SAFETY: a C string and a plain value.
        let status =
            unsafe { c::Highs_setBoolOptionValue(self.model.as_mut_ptr(), option.as_ptr(), c_int::from(value)) };
        accept(status, "Highs_setBoolOptionValue")
    }

    fn set_int(&mut self, option: &CStr, value: c_int) -> Result<(), Refused> {
        // SAFETY: a C string and a plain value.
        let status = unsafe { c::Highs_setIntOptionValue(self.model.as_mut_ptr(), option.as_ptr(), value) };
        accept(status, "Highs_setIntOptionValue")
    }

    fn set_number(&mut self, option: &CStr, value: f64) -> Result<(), Refused> {
        // SAFETY: a C string and a plain value.
        let status = unsafe { c::Highs_setDoubleOptionValue(self.model.as_mut_ptr(), option.as_ptr(), value) };
        accept(status, "Highs_setDoubleOptionValue")
    }

    fn set_text(&mut self, option: &CStr, value: &CStr) -> Result<(), Refused> {
        // SAFETY: two C strings.
        let status = unsafe { c::Highs_setStringOptionValue(self.model.as_mut_ptr(), option.as_ptr(), value.as_ptr()) };
        accept(status, "Highs_setStringOptionValue")
    }
}

/// Lets an instance ask a flag now and then whether to go on.
///
/// # Safety
/// The instance is live, and the flag outlives its last solve.
pub(super) unsafe fn heed(instance: *mut c_void, flag: &Arc<AtomicBool>) {
    let flag = Arc::as_ptr(flag).cast_mut().cast::<c_void>();
    // SAFETY: as above; the callback only reads the flag.
    unsafe {
        c::Highs_setCallback(instance, Some(stop_when_asked), flag);
        for kind in [c::kHighsCallbackSimplexInterrupt, c::kHighsCallbackIpmInterrupt, c::kHighsCallbackMipInterrupt] {
            c::Highs_startCallback(instance, kind);
        }
    }
}

/// Asked by HiGHS now and then whether to go on.
unsafe extern "C" fn stop_when_asked(
    _kind: c_int,
    _message: *const c_char,
    _out: *const c::HighsCallbackDataOut,
    answer: *mut c::HighsCallbackDataIn,
    flag: *mut c_void,
) {
    // SAFETY: `flag` is the `AtomicBool` given in `set_options`, alive as long as the instance; `answer` comes from HiGHS.
    unsafe {
        if let (Some(flag), Some(answer)) = (flag.cast::<AtomicBool>().as_ref(), answer.as_mut()) {
            answer.user_interrupt = c_int::from(flag.load(Ordering::Relaxed));
        }
    }
}

fn definition(column: &Column) -> good_lp::VariableDefinition {
    variable().min(column.lower).max(column.upper)
}

fn restriction(row: &Row, handles: &[Variable]) -> good_lp::Constraint {
    let mut activity = Expression::with_capacity(row.terms.len());
    for (column, coefficient) in &row.terms {
        if let Some(handle) = handles.get(column.0) {
            activity.add_mul(*coefficient, *handle);
        }
    }
    if row.lower == row.upper {
        constraint::eq(activity, row.lower)
    } else if row.lower.is_finite() {
        constraint::geq(activity, row.lower)
    } else {
        // A free row gets its (infinite) side back in `bound_ranged_rows`.
        constraint::leq(activity, if row.upper.is_finite() { row.upper } else { 0.0 })
    }
}

/// Indices, lower and upper sides of a batch of bound changes.
type Bounds = (Vec<c::HighsInt>, Vec<f64>, Vec<f64>);

fn split(changes: &[(usize, f64, f64)], end: usize) -> Result<Bounds, Refused> {
    let set = changes.iter().map(|(position, _, _)| index(*position, end)).collect::<Result<_, Refused>>()?;
    Ok((set, changes.iter().map(|change| change.1).collect(), changes.iter().map(|change| change.2).collect()))
}

fn index(value: usize, end: usize) -> Result<c::HighsInt, Refused> {
    if value >= end {
        return Err(Refused("an index beyond the program"));
    }
    c::HighsInt::try_from(value).map_err(|_| Refused("an index beyond 2³¹"))
}

fn accept(status: c::HighsInt, call: &'static str) -> Result<(), Refused> {
    if status == c::STATUS_ERROR { Err(Refused(call)) } else { Ok(()) }
}
