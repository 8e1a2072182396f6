//! How far a price holds: the optimum followed along sides that move, by the factors of the basis at which it stands.
//!
//! While sides move, the basic columns and rows give way linearly and the multipliers stay; where one of them meets a side
//! of its own, one dual simplex step tells the next price (Gass & Saaty 1955; Bertsimas & Tsitsiklis 1997, section 5.4).
//! A step that keeps the price is gone on from; a step of no length (a degenerate optimum) is only a change of the basis.
//! The steps are products upon the solver's factors, so that no program is solved anew.
//!
//! Nothing is taken on trust: along each piece the point must keep every row and the objective must change as the
//! multipliers say. Point and multipliers bound the optimum from both sides, so that the two together prove the price.

use crate::lp::{ColumnId, RowId};
use crate::solver::engine::{Part, Place};
use crate::solver::parametric;
use crate::solver::session::{Session, SessionError};
use crate::solver::vertex::Vertex;
use crate::solver::walk::{Sparse, Walk};
use crate::solver::way::{End, Path, Shift, Way};

/// So many sets of sides are moved inwards together at most.
const MOST_GROUPS: usize = 60;

impl Vertex {
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
        self.stand_again()?;
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
}
