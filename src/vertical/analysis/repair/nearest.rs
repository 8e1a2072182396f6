//! How far a number must move at least for a plan to exist, before rounding.
//!
//! Where only what must be reached moves, the distance is a column and one linear program answers. Where coefficients move, as
//! those of a share do, it is a fractional program: from a plan that some distance allows the next program is linear in the
//! distance nearby (Dinkelbach 1967; Crouzeix, Ferland & Schaible 1985), and its plan allows a smaller one.

use std::collections::BTreeMap;

use crate::analysis::repair::sides::{Key, Moving, key};
use crate::analysis::standing::Standing;
use crate::lp::{Column, ColumnId, Row, RowId};
use crate::rules::Member;
use crate::solver::{Certified, Outcome, SessionError};

/// Where the nearest plan is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Found {
    /// At this distance.
    At(f64),
    /// At none.
    Nowhere,
    /// A limit or failure left it open.
    Open,
}

/// A side of a member on its way.
pub(super) type Course = (Member, Key, Moving);

/// Activities this close to what they must reach, relatively, reach it.
const REACHED: f64 = 1e-9;
/// A plan whose own number would have to move by so many times its size is none.
const FARTHEST: f64 = 1e6;
/// So many fractional steps at most; each gains digits faster than the one before.
const STEPS: usize = 40;
/// A step that gains less, relatively, is the last.
const GAIN: f64 = 1e-11;
/// The distance counts in each row by at least this share of its largest effect.
const SMALLEST_EFFECT: f64 = 1e-6;

/// The least distance at which all hard rules can hold, the moving sides on their way.
///
/// # Errors
/// HiGHS refuses a change.
pub(super) fn nearest(standing: &mut Standing<'_>, courses: &[Course]) -> Result<Found, SessionError> {
    standing.keep(&|_| true)?;
    let Some(mut way) = Way::open(standing, courses)? else { return Ok(Found::Open) };
    let found = if way.is_straight { way.straight() } else { way.fractional() };
    way.close()?;
    found
}

struct OnWay {
    row: RowId,
    moving: Moving,
    columns: Vec<ColumnId>,
}

impl OnWay {
    /// Coefficients and what they must reach at a distance, where the column of the distance has a share of its largest effect.
    fn written(&self, at: f64, (distance, share): (ColumnId, f64)) -> (Vec<(ColumnId, f64)>, f64) {
        let factor = if share == 0.0 { 1.0 } else { (SMALLEST_EFFECT / share.abs()).clamp(1.0, 1.0 / SMALLEST_EFFECT) };
        let coefficients = self.columns.iter().zip(&self.moving.terms);
        let coefficients = coefficients.map(|(column, (_, a, speed))| (*column, small((a + at * speed) * factor)));
        let terms = coefficients.chain([(distance, small(share * factor))]).collect();
        (terms, (self.moving.least + at * self.moving.speed) * factor)
    }
}

struct Way<'a, 'b> {
    standing: &'a mut Standing<'b>,
    sides: Vec<OnWay>,
    distance: ColumnId,
    /// How many units of that column make up one of the distance, in a program that answers at once.
    unit: f64,
    is_straight: bool,
}

impl<'a, 'b> Way<'a, 'b> {
    /// Puts rows that move in the place of those that stand; `None` where one cannot be written.
    fn open(standing: &'a mut Standing<'b>, courses: &[Course]) -> Result<Option<Self>, SessionError> {
        let mut known: BTreeMap<(Member, Key), (RowId, bool)> = BTreeMap::new();
        let mut members: Vec<Member> = courses.iter().map(|course| course.0).collect();
        members.dedup();
        for member in members {
            for (demanded, requirement) in standing.of(member) {
                for is_lower in [true, false] {
                    known.insert((member, key(&requirement.name, is_lower)), (demanded.row, is_lower));
                }
            }
        }
        let mut freed: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
        let mut sides: Vec<OnWay> = Vec::new();
        for (member, key, moving) in courses {
            let stands = known.get(&(*member, key.clone()));
            match (stands, moving.moves()) {
                (Some(_), false) => continue,
                (Some((row, is_lower)), true) => {
                    let own = standing.session.program().rows().get(row.0).map(|row| (row.lower, row.upper));
                    let Some(entry) = own.map(|own| freed.entry(row.0).or_insert(own)) else { continue };
                    if *is_lower {
                        entry.0 = f64::NEG_INFINITY;
                    } else {
                        entry.1 = f64::INFINITY;
                    }
                }
                (None, _) => {}
            }
            let columns = moving.terms.iter().map(|(variable, _, _)| standing.column(*member, *variable));
            let Some(columns) = columns.collect::<Option<Vec<ColumnId>>>() else { return Ok(None) };
            sides.push(OnWay { row: RowId(0), moving: moving.clone(), columns });
        }
        let freed: Vec<(usize, f64, f64)> =
            freed.into_iter().map(|(row, (lower, upper))| (row, lower, upper)).collect();
        standing.session.set_many_row_bounds(&freed)?;
        let column = Column { name: String::new(), lower: 0.0, upper: f64::INFINITY, cost: 0.0 };
        let distance = standing.session.add_columns(vec![column])?;
        let is_straight = sides.iter().all(|side| side.moving.is_straight());
        // Where coefficients move too, first as little as possible is missed, in money, at the number as it is.
        let effect = |side: &OnWay| if is_straight { -side.moving.speed } else { 1.0 };
        let unit = unit_of(&sides.iter().map(effect).collect::<Vec<_>>());
        let row = |side: &OnWay| {
            let (terms, lower) = side.written(0.0, (distance, effect(side) / unit));
            Row { name: String::new(), lower, upper: f64::INFINITY, terms }
        };
        let rows = sides.iter().map(row).collect();
        let first = standing.session.add_rows(rows)?;
        for (at, side) in sides.iter_mut().enumerate() {
            side.row = RowId(first.0 + at);
        }
        standing.session.set_costs(&[(distance, 1.0)])?;
        Ok(Some(Self { standing, sides, distance, unit, is_straight }))
    }

    /// Leaves the program as it was, but for rows and a column that no longer count.
    fn close(self) -> Result<(), SessionError> {
        let free = |side: &OnWay| (side.row.0, f64::NEG_INFINITY, f64::INFINITY);
        self.standing.session.set_many_row_bounds(&self.sides.iter().map(free).collect::<Vec<_>>())?;
        self.standing.session.set_column_bounds(self.distance, 0.0, 0.0)?;
        self.standing.keep(&|_| true)
    }

    fn straight(&mut self) -> Result<Found, SessionError> {
        Ok(match self.standing.session.solve() {
            Outcome::Optimal(optimum) => Found::At(optimum.column(self.distance) / self.unit),
            other => without(&other),
        })
    }

    fn fractional(&mut self) -> Result<Found, SessionError> {
        let mut plan = match self.standing.session.solve() {
            Outcome::Optimal(optimum) => optimum,
            other => return Ok(without(&other)),
        };
        let mut reach = match self.allowed(&plan) {
            Some(reach) => reach,
            None => {
                self.place(FARTHEST, &vec![1.0; self.sides.len()])?;
                plan = match self.standing.session.solve() {
                    Outcome::Optimal(optimum) if optimum.column(self.distance) <= REACHED => optimum,
                    Outcome::Optimal(_) => return Ok(Found::Nowhere),
                    other => return Ok(without(&other)),
                };
                self.allowed(&plan).unwrap_or(FARTHEST)
            }
        };
        for _ in 0..STEPS {
            let effects: Vec<f64> = self.sides.iter().map(|side| self.effect(side, &plan).max(0.0)).collect();
            let unit = self.place(reach, &effects)?;
            self.standing.session.set_column_bounds(self.distance, -reach * unit, 0.0)?;
            let Outcome::Optimal(optimum) = self.standing.session.solve() else { break };
            let Some(next) = self.allowed(&optimum) else { break };
            let gained = reach - next;
            plan = optimum;
            if gained > 0.0 {
                reach = next;
            }
            if gained <= GAIN * reach {
                break;
            }
        }
        Ok(Found::At(reach))
    }

    /// Writes the rows at a distance, what a further move brings beside it; returns how many units of the column make up one
    /// of the distance.
    fn place(&mut self, at: f64, effects: &[f64]) -> Result<f64, SessionError> {
        let unit = unit_of(effects);
        let session = &mut self.standing.session;
        for (side, effect) in self.sides.iter().zip(effects) {
            let (terms, least) = side.written(at, (self.distance, effect / unit));
            for (column, coefficient) in terms {
                let known = session.program().rows().get(side.row.0).and_then(|row| {
                    let at = row.terms.binary_search_by_key(&column, |(known, _)| *known).ok()?;
                    row.terms.get(at).map(|(_, known)| *known)
                });
                if known.unwrap_or(0.0) != coefficient {
                    session.set_coefficient(side.row, column, coefficient)?;
                }
            }
            session.set_row_bounds(side.row, least, f64::INFINITY)?;
        }
        Ok(unit)
    }

    /// What a move brings a side at a plan.
    fn effect(&self, side: &OnWay, plan: &Certified) -> f64 {
        let terms = side.columns.iter().zip(&side.moving.terms);
        terms.map(|(column, (_, _, speed))| speed * plan.column(*column)).sum::<f64>() - side.moving.speed
    }

    /// The least distance that allows a plan; `None` where none does.
    fn allowed(&self, plan: &Certified) -> Option<f64> {
        let mut least = 0.0_f64;
        for side in &self.sides {
            let terms = side.columns.iter().zip(&side.moving.terms);
            let parts = terms.map(|(column, (_, a, _))| a * plan.column(*column));
            let (activity, size) =
                parts.fold((0.0, side.moving.least.abs()), |(sum, size), part| (sum + part, size + part.abs()));
            let missed = side.moving.least - activity;
            if missed <= REACHED * (1.0 + size) {
                continue;
            }
            let effect = self.effect(side, plan);
            if effect * FARTHEST <= missed {
                return None;
            }
            least = least.max(missed / effect);
        }
        Some(least)
    }
}

/// The largest effect as the unit of all.
fn unit_of(effects: &[f64]) -> f64 {
    let largest = effects.iter().map(|effect| effect.abs()).fold(0.0, f64::max);
    if largest > 0.0 { largest } else { 1.0 }
}

/// What HiGHS would drop is nothing.
fn small(coefficient: f64) -> f64 {
    if coefficient.abs() < 1e-9 { 0.0 } else { coefficient }
}

fn without(outcome: &Outcome) -> Found {
    if matches!(outcome, Outcome::Infeasible) { Found::Nowhere } else { Found::Open }
}
