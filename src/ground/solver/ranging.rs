//! How far a price holds: the optimum followed along sides that move, by the factors of the basis at which it stands.
//!
//! While sides move, the basic columns and rows give way linearly and the multipliers stay; where one of them meets a side
//! of its own, one dual simplex step tells the next price (Gass & Saaty 1955; Bertsimas & Tsitsiklis 1997, section 5.4).
//! A step that keeps the price is gone on from; a step of no length (a degenerate optimum) is only a change of the basis.
//! The steps are products upon the solver's factors, so that no program is solved anew.
//!
//! Nothing is taken on trust: along each piece the point must keep every row and the objective must change as the
//! multipliers say. Point and multipliers bound the optimum from both sides, so that the two together prove the price.

use crate::lp::{ColumnId, LinearProgram, RowId};
use crate::solver::certificate::Certified;
use crate::solver::engine::{Basis, Part, Place};
use crate::solver::parametric;
use crate::solver::session::{Session, SessionError};
use crate::solver::walk::{NOTHING, Sparse, Walk};

/// So many sets of sides are moved inwards together at most.
const MOST_GROUPS: usize = 60;

/// How the sides of a column or row move for each unit of the way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// Whose sides.
    pub part: Part,
    /// Rate of the lower side.
    pub lower: f64,
    /// Rate of the upper side.
    pub upper: f64,
}

impl Shift {
    /// The same, the other way.
    #[must_use]
    pub fn turned(self) -> Self {
        Self { lower: -self.lower, upper: -self.upper, ..self }
    }
}

/// Why a piece was followed no farther.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Beyond, the price is another one: proved.
    Turns,
    /// Beyond, no point meets all rows and bounds: proved.
    Infeasible,
    /// As far as was asked.
    Asked,
    /// It was not followed farther: the price holds at least so far.
    Open,
}

/// The optimum along one way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Way {
    /// Change of the minimum for each unit of the way; `None` where no step is feasible, or none was proved (an open end).
    pub slope: Option<f64>,
    /// How far the slope holds, ≥ 0.
    pub reach: f64,
    /// Why no farther.
    pub end: End,
}

/// How the point moves at the beginning of a way.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// Columns and rows that move, with their rates, in order.
    pub moves: Vec<(Part, f64)>,
    /// How far they move so.
    pub reach: f64,
    /// Whether the multipliers of the optimum are those of the path too.
    pub keeps_multipliers: bool,
}

/// An optimum with the basis at which it stands.
#[derive(Debug)]
pub struct Ranging {
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

impl Ranging {
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

    /// A way followed by solving anew, where the factors leave it open: some tens of solves.
    ///
    /// # Errors
    /// HiGHS refuses a change.
    pub fn way_anew(&mut self, shifts: &[Shift], asked: f64) -> Result<Way, SessionError> {
        let sides: Vec<(Shift, (f64, f64))> = shifts.iter().map(|shift| (*shift, self.sides(shift.part))).collect();
        let apply = |session: &mut Session, distance: f64| {
            for (shift, (lower, upper)) in &sides {
                let (lower, upper) = (lower + shift.lower * distance, upper + shift.upper * distance);
                // A side that crosses the other one is infeasible; HiGHS is not asked.
                let (lower, upper) = if lower > upper { (lower, lower) } else { (lower, upper) };
                match shift.part {
                    Part::Column(at) => session.set_column_bounds(ColumnId(at), lower, upper)?,
                    Part::Row(at) => session.set_row_bounds(RowId(at), lower, upper)?,
                }
            }
            Ok(())
        };
        let now = self.optimum.objective();
        // Sides that cross must stay infeasible, so that the way ends there at the latest.
        let crossing = sides
            .iter()
            .filter(|(shift, _)| shift.lower > shift.upper)
            .map(|(shift, (lower, upper))| ((upper - lower) / (shift.lower - shift.upper)).max(0.0));
        let room = crossing.fold(f64::INFINITY, f64::min);
        let way = if room > 0.0 {
            parametric::follow(&mut self.session, &apply, now, asked.min(room))?
        } else {
            Way { slope: None, reach: 0.0, end: End::Infeasible }
        };
        apply(&mut self.session, 0.0)?;
        self.session.set_basis(&self.basis)?;
        self.basic = self.session.basic_parts()?;
        self.position = positions(&self.basic, (self.position.0.len(), self.position.1.len()));
        Ok(if way.end == End::Asked && room < asked { Way { end: End::Infeasible, ..way } } else { way })
    }

    /// The optimum while the sides move as the shifts say, at most as far as asked.
    ///
    /// # Errors
    /// HiGHS refuses to solve with the basis.
    pub fn way(&mut self, shifts: &[Shift], asked: f64) -> Result<(Way, Path), SessionError> {
        let walk = Walk::open(shifts);
        let rates = walk.solve(self, &walk.moved_sides(self))?;
        walk.follow(self, rates, asked)
    }

    /// The optimum while the sides move as the shifts say, and while they move the other way. A slope of at most
    /// `nothing` is not followed to its end where the other way has none that is more.
    ///
    /// # Errors
    /// HiGHS refuses to solve with the basis.
    pub fn both_ways(
        &mut self,
        shifts: &[Shift],
        (forth, back): (f64, f64),
        nothing: f64,
    ) -> Result<[(Way, Path); 2], SessionError> {
        let walk = Walk::open(shifts);
        let rates = walk.solve(self, &walk.moved_sides(self))?;
        let turned: Sparse = rates.iter().map(|(at, rate)| (*at, -rate)).collect();
        let away: Vec<Shift> = shifts.iter().map(|shift| shift.turned()).collect();
        let is_nothing = |way: &Way| way.slope.is_some_and(|slope| slope.abs() <= nothing);
        let first = walk.content_with(nothing).follow(self, rates.clone(), forth)?;
        let second = Walk::open(&away).content_with(nothing).follow(self, turned.clone(), back)?;
        // Beside a price, or what may turn out to be one, it is asked how far none holds.
        let may_price = |way: &Way| !is_nothing(way) && (way.slope.is_some() || way.end == End::Open);
        Ok(match (is_nothing(&first.0), is_nothing(&second.0)) {
            (true, false) if may_price(&second.0) => [Walk::open(shifts).follow(self, rates, forth)?, second],
            (false, true) if may_price(&first.0) => [first, Walk::open(&away).follow(self, turned, back)?],
            _ => [first, second],
        })
    }

    /// Which of these sides, each moved inwards by its shift, the minimum does not feel either way, as far as one point proves it:
    /// one at the same minimum that stands off all of them.
    ///
    /// The sides move together, halved where that leads nowhere; what some tens of attempts leave open is not among them.
    ///
    /// # Errors
    /// HiGHS refuses to solve with the basis.
    pub fn idle(&mut self, inwards: &[Shift], asked: f64) -> Result<Vec<bool>, SessionError> {
        let mut idle = vec![false; inwards.len()];
        let stands = |at: &usize| inwards.get(*at).is_some_and(|shift| self.may_idle(shift));
        let mut groups: Vec<Vec<usize>> = vec![(0..inwards.len()).filter(stands).collect()];
        for _ in 0..MOST_GROUPS {
            let Some(group) = groups.pop() else { break };
            let shifts: Vec<Shift> = group.iter().filter_map(|at| inwards.get(*at)).copied().collect();
            let walk = Walk::open(&shifts).content_with(self.no_cost);
            let rates = walk.solve(self, &walk.moved_sides(self))?;
            let (way, _) = walk.follow(self, rates, asked)?;
            if way.slope.is_some_and(|slope| slope.abs() <= self.no_cost) {
                for at in group {
                    if let Some(flag) = idle.get_mut(at) {
                        *flag = true;
                    }
                }
            } else if group.len() > 1 {
                let (one, other) = group.split_at(group.len() / 2);
                groups.extend([other.to_vec(), one.to_vec()]);
            }
        }
        Ok(idle)
    }

    /// A side that holds a part without a multiplier where it stands, and has room inwards.
    fn may_idle(&self, shift: &Shift) -> bool {
        let (place, multiplier) = match shift.part {
            Part::Column(at) => (self.basis.column(at), self.optimum.column_duals().get(at)),
            Part::Row(at) => (self.basis.row(at), self.optimum.row_duals().get(at)),
        };
        let (lower, upper) = self.sides(shift.part);
        let moves = match place {
            Place::Lower => shift.lower,
            Place::Upper => shift.upper,
            Place::Basic | Place::Free => 0.0,
        };
        moves != 0.0 && lower < upper && multiplier.is_some_and(|multiplier| multiplier.abs() <= self.no_cost)
    }

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
