//! A basis without a solver: the point and the multipliers that it stands for in a program.
//!
//! What is not basic stands at a side of its own. The basic columns then follow from the rows that are not basic, and the
//! multipliers of these rows from the costs of the basic columns (e.g. Bertsimas & Tsitsiklis 1997, chapter 3). The equations
//! are nearly triangular: rows and columns with one entry are peeled off, what is left is solved densely.

use nalgebra::{DMatrix, DVector};

use crate::lp::LinearProgram;
use crate::solver::certificate::{Certified, certify};
use crate::solver::engine::{Basis, Place, Point, TOLERANCE};

/// Where more than so many equations are left, the solver is the faster one.
const MOST_DENSE: usize = 40;
/// A pivot this small, relative to the largest entry of its row, is none.
const LEAST_PIVOT: f64 = 1e-8;

/// The optimum at a basis; `None` where the basis is not optimal, or leaves a doubt.
pub(super) fn optimum(program: &LinearProgram, basis: &Basis) -> Option<Certified> {
    let certified = certify(program, point(program, basis)?).ok()?;
    let proof = certified.certificate();
    let residuals = [proof.primal_residual, proof.dual_residual, proof.gap];
    let proved = residuals.iter().all(|residual| *residual <= TOLERANCE);
    (proved && leans_right(program, basis, &certified)).then_some(certified)
}

/// Whether every multiplier has the sign of the side at which its column or row stands.
fn leans_right(program: &LinearProgram, basis: &Basis, optimum: &Certified) -> bool {
    let largest = program.largest_cost().max(1.0);
    let least = TOLERANCE * largest;
    let right = |place: Place, (lower, upper): (f64, f64), multiplier: f64| match place {
        _ if lower == upper => true,
        Place::Lower => multiplier >= -least,
        Place::Upper => multiplier <= least,
        Place::Basic | Place::Free => multiplier.abs() <= least,
    };
    let columns = program.columns().iter().zip(optimum.column_duals()).enumerate();
    let rows = program.rows().iter().zip(optimum.row_duals()).enumerate();
    columns.into_iter().all(|(at, (column, dual))| right(basis.column(at), (column.lower, column.upper), *dual))
        && rows.into_iter().all(|(at, (row, dual))| right(basis.row(at), (row.lower, row.upper), *dual))
}

/// The side at which something that is not basic stands.
fn side(place: Place, lower: f64, upper: f64) -> Option<f64> {
    let side = match place {
        Place::Lower => lower,
        Place::Upper => upper,
        Place::Free if lower == f64::NEG_INFINITY && upper == f64::INFINITY => 0.0,
        Place::Basic | Place::Free => return None,
    };
    side.is_finite().then_some(side)
}

fn point(program: &LinearProgram, basis: &Basis) -> Option<Point> {
    let mut columns = vec![0.0; program.columns().len()];
    // Position of each basic column among them.
    let mut place = vec![usize::MAX; program.columns().len()];
    let mut costs = Vec::new();
    let mut basic = Vec::new();
    for (at, column) in program.columns().iter().enumerate() {
        if basis.column(at) == Place::Basic {
            *place.get_mut(at)? = basic.len();
            basic.push(at);
            costs.push(column.cost);
        } else {
            *columns.get_mut(at)? = side(basis.column(at), column.lower, column.upper)?;
        }
    }
    let mut equations = Equations::new(basic.len());
    let mut tight = Vec::with_capacity(basic.len());
    let mut sides = Vec::with_capacity(basic.len());
    for (at, row) in program.rows().iter().enumerate().filter(|(at, _)| basis.row(*at) != Place::Basic) {
        // A row that stands nowhere is slack: it must not be among the equations.
        let mut rest = side(basis.row(at), row.lower, row.upper)?;
        let mut terms = Vec::with_capacity(row.terms.len());
        for (column, coefficient) in &row.terms {
            match *place.get(column.0)? {
                usize::MAX => rest -= coefficient * columns.get(column.0)?,
                basic => terms.push((basic, *coefficient)),
            }
        }
        equations.add(terms);
        tight.push(at);
        sides.push(rest);
    }
    if tight.len() != basic.len() {
        return None;
    }
    let order = equations.order()?;
    for (column, value) in basic.iter().zip(solve(&equations.rows, &order, &sides)?) {
        *columns.get_mut(*column)? = value;
    }
    let mut row_duals = vec![0.0; program.rows().len()];
    for (row, value) in tight.iter().zip(solve(&equations.columns, &order.turned(), &costs)?) {
        *row_duals.get_mut(*row)? = value;
    }
    Some(Point { columns, column_duals: Vec::new(), rows: Vec::new(), row_duals })
}

/// As many equations as unknowns, by row and by column; entries with their position in the other.
struct Equations {
    rows: Vec<Vec<(usize, f64)>>,
    columns: Vec<Vec<(usize, f64)>>,
}

/// An order in which equations can be solved one by one, but for a dense rest.
struct Order {
    /// Row and unknown, each determined by the ones before.
    first: Vec<Pivot>,
    /// Rows and unknowns that only solve together.
    rows: Vec<usize>,
    columns: Vec<usize>,
    /// Row and unknown, each determined by all others but the ones before.
    last: Vec<Pivot>,
}

/// A line, the unknown that it is solved for, and the entry of the one in the other.
struct Pivot {
    row: usize,
    column: usize,
    entry: f64,
}

impl Equations {
    fn new(unknowns: usize) -> Self {
        Self { rows: Vec::with_capacity(unknowns), columns: vec![Vec::new(); unknowns] }
    }

    fn add(&mut self, terms: Vec<(usize, f64)>) {
        let row = self.rows.len();
        for (column, entry) in &terms {
            if let Some(list) = self.columns.get_mut(*column) {
                list.push((row, *entry));
            }
        }
        self.rows.push(terms);
    }

    /// `None` where the equations do not determine the unknowns, or too many only solve together.
    fn order(&self) -> Option<Order> {
        let (mut open_rows, mut open_columns) = (vec![true; self.rows.len()], vec![true; self.columns.len()]);
        let first = peel(&self.rows, &self.columns, &mut open_rows, &mut open_columns)?;
        let last = turned(&peel(&self.columns, &self.rows, &mut open_columns, &mut open_rows)?);
        let open =
            |open: &[bool]| -> Vec<usize> { (0..open.len()).filter(|at| open.get(*at) == Some(&true)).collect() };
        let (rows, columns) = (open(&open_rows), open(&open_columns));
        (rows.len() == columns.len() && rows.len() <= MOST_DENSE).then_some(Order { first, rows, columns, last })
    }
}

impl Order {
    /// The order of the transposed equations.
    fn turned(&self) -> Self {
        let (first, last) = (turned(&self.last), turned(&self.first));
        Self { first, rows: self.columns.clone(), columns: self.rows.clone(), last }
    }
}

fn turned(pivots: &[Pivot]) -> Vec<Pivot> {
    pivots.iter().map(|one| Pivot { row: one.column, column: one.row, entry: one.entry }).collect()
}

/// Solves equations in an order.
fn solve(lines: &[Vec<(usize, f64)>], order: &Order, sides: &[f64]) -> Option<Vec<f64>> {
    let mut values = vec![0.0; lines.len()];
    order.first.iter().try_for_each(|pivot| substitute(lines, pivot, sides, &mut values))?;
    together(lines, order, sides, &mut values)?;
    order.last.iter().rev().try_for_each(|pivot| substitute(lines, pivot, sides, &mut values))?;
    Some(values)
}

/// Takes away lines with one open entry, and the crossing line of that entry, until none is left.
fn peel(
    lines: &[Vec<(usize, f64)>],
    crossing: &[Vec<(usize, f64)>],
    open: &mut [bool],
    open_crossing: &mut [bool],
) -> Option<Vec<Pivot>> {
    let is_open = |flags: &[bool], at: usize| flags.get(at) == Some(&true);
    let count = |line: &Vec<(usize, f64)>| line.iter().filter(|(at, _)| is_open(open_crossing, *at)).count();
    let mut counts: Vec<usize> = lines.iter().map(count).collect();
    let mut queue: Vec<usize> =
        (0..lines.len()).filter(|at| is_open(open, *at) && counts.get(*at) == Some(&1)).collect();
    let mut order = Vec::new();
    while let Some(row) = queue.pop() {
        if !is_open(open, row) {
            continue;
        }
        let line = lines.get(row)?;
        // Its last entry may have gone with another line: then the lines determine too much.
        let (column, entry) = *line.iter().find(|(at, _)| is_open(open_crossing, *at))?;
        let largest = line.iter().map(|(_, entry)| entry.abs()).fold(0.0, f64::max);
        if entry.abs() < LEAST_PIVOT * largest {
            return None;
        }
        *open.get_mut(row)? = false;
        *open_crossing.get_mut(column)? = false;
        order.push(Pivot { row, column, entry });
        for (other, _) in crossing.get(column)? {
            let count = counts.get_mut(*other)?;
            *count -= 1;
            if *count == 1 {
                queue.push(*other);
            }
        }
    }
    Some(order)
}

/// Solves one line for one of its unknowns, all others known or absent.
fn substitute(lines: &[Vec<(usize, f64)>], pivot: &Pivot, sides: &[f64], values: &mut [f64]) -> Option<()> {
    let known = |(at, entry): &(usize, f64)| entry * values.get(*at).copied().unwrap_or(0.0);
    let rest: f64 = lines.get(pivot.row)?.iter().filter(|(at, _)| *at != pivot.column).map(known).sum();
    *values.get_mut(pivot.column)? = (sides.get(pivot.row)? - rest) / pivot.entry;
    Some(())
}

/// Solves the lines that only solve together, all other unknowns known or absent.
fn together(lines: &[Vec<(usize, f64)>], order: &Order, sides: &[f64], values: &mut [f64]) -> Option<()> {
    let size = order.rows.len();
    if size == 0 {
        return Some(());
    }
    let mut matrix = DMatrix::zeros(size, size);
    let mut side = DVector::zeros(size);
    for (row, line) in order.rows.iter().enumerate() {
        *side.get_mut(row)? = *sides.get(*line)?;
        for (at, entry) in lines.get(*line)? {
            match order.columns.binary_search(at) {
                Ok(column) => *matrix.get_mut((row, column))? = *entry,
                Err(_) => *side.get_mut(row)? -= entry * values.get(*at)?,
            }
        }
    }
    let solved = matrix.lu().solve(&side)?;
    for (column, value) in order.columns.iter().zip(solved.iter()) {
        *values.get_mut(*column)? = *value;
    }
    Some(())
}
