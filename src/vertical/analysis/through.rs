//! One side of a requirement moved through all stages.
//!
//! A stage without slack leaves the next one its optimal plans: what it has fixed moves along as its own optimum does, as a
//! run with the moved side finds it. A stage with slack leaves a bound upon its value, a number, which stays. So each
//! stage's optimum is followed in its own program, with all that the stages before make move.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::ranges;
use crate::lp::LinearProgram;
use crate::program::{Stage, StageResult};
use crate::run::Solved;
use crate::solver::vertex::Vertex;
use crate::solver::way::{End, Path, Shift, Way};
use crate::solver::{Outcome, Part, Session, SessionError, SolveOptions};

/// A side that may move, in the units of its row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Side {
    pub part: Part,
    pub which: Which,
    /// Where the side stands in the compiled program.
    pub bound: f64,
    /// Row units for each 万元 of the rule as written.
    pub rate: f64,
    /// How far the side may rise and fall, in 万元 of the rule as written.
    pub asked: (f64, f64),
    /// How far the side of the program rises and falls with it, where others stand close by; in 万元 too.
    pub room: (f64, f64),
    /// What is beyond the room.
    pub beyond: End,
}

/// Which side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Lower,
    Upper,
    /// Both at once.
    Equal,
}

/// A stage with its optimum, ready to be followed.
pub(super) struct Level<'a> {
    /// Number of the stage, from 1.
    pub number: usize,
    pub stage: Stage,
    pub result: &'a StageResult,
    pub ranging: Vertex,
    link: Link,
    /// Positions of sides that this stage does not feel, where it hands nothing on.
    idle: BTreeSet<usize>,
}

/// What a stage leaves to the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// Its optimal plans.
    Face,
    /// A bound upon its value.
    Kept,
    /// The last of many levels, which cannot be followed.
    Broken,
}

/// The stages of the model that can be followed, in order.
///
/// # Errors
/// HiGHS refuses a program.
pub(super) fn levels<'a>(solved: &'a Solved, options: &SolveOptions) -> Result<Vec<Level<'a>>, SessionError> {
    let mut levels: Vec<Level<'a>> = Vec::new();
    for (index, (stage, result)) in ranges::stages(solved).into_iter().enumerate() {
        let Some(program) = &result.program else { break };
        let options = options.for_size(program.columns().len(), program.rows().len());
        let mut session = Session::waiting(program.clone(), &options);
        if let Some(basis) = &result.basis {
            session.start_from(basis);
        }
        let Outcome::Optimal(optimum) = session.solve() else { break };
        let link = link(&stage);
        let (number, ranging, idle) = (index + 1, Vertex::open(session, *optimum)?, BTreeSet::new());
        levels.push(Level { number, stage, result, ranging, link, idle });
        if link == Link::Broken {
            break;
        }
    }
    Ok(levels)
}

pub(super) fn link(stage: &Stage) -> Link {
    match stage {
        _ if stage.slack() > 0.0 => Link::Kept,
        Stage::MaxMinCoverage { all_levels: true, .. } => Link::Broken,
        _ => Link::Face,
    }
}

/// What the stages before a stage make move, in one direction.
struct Carried {
    moves: Vec<(Part, f64)>,
    reach: f64,
    /// Why no stage beyond has a price.
    ended: Option<End>,
}

/// A room below this, in 万元, is none.
const NO_ROOM: f64 = 1e-8;
/// Sides this close, relative to their size, are one: an earlier stage keeps a row at one side.
const ONE_SIDE: f64 = 1e-7;

/// Finds the sides that a stage does not feel, many at once, where it hands nothing on and nothing is handed to it.
///
/// # Errors
/// HiGHS refuses to solve with a basis.
pub(super) fn mark_idle(
    levels: &mut [Level<'_>],
    sides: &[&Side],
    compiled: &LinearProgram,
) -> Result<(), SessionError> {
    let last = levels.len().saturating_sub(1);
    for (index, level) in levels.iter_mut().enumerate() {
        if level.link == Link::Face && index < last {
            break;
        }
        let inwards = |side: &Side| {
            let sign = match side.which {
                Which::Lower => 1.0,
                Which::Upper => -1.0,
                Which::Equal => return None,
            };
            // A row that is kept at one side since moves as a whole.
            own_shift(level.ranging.program(), side, sign, compiled).filter(|shift| shift.lower * shift.upper == 0.0)
        };
        let asked = sides.iter().enumerate().filter_map(|(at, side)| Some((at, inwards(side)?)));
        let (positions, shifts): (Vec<usize>, Vec<Shift>) = asked.unzip();
        let farthest = sides.iter().map(|side| side.asked.0.max(side.asked.1)).fold(0.0, f64::max);
        let idle = level.ranging.idle(&shifts, farthest)?;
        level.idle = positions.into_iter().zip(idle).filter(|(_, idle)| *idle).map(|(at, _)| at).collect();
    }
    Ok(())
}

/// Follows a side, by its position among those that [`mark_idle`] looked at, up and down through the stages; one pair (up,
/// down) a stage.
///
/// `anew` counts down the ways that may be followed by solving anew where the factors of the basis leave them open.
///
/// # Errors
/// HiGHS refuses to solve with a basis.
pub(super) fn follow(
    levels: &mut [Level<'_>],
    (at, side): (usize, &Side),
    compiled: &LinearProgram,
    anew: &mut usize,
) -> Result<Vec<[Way; 2]>, SessionError> {
    let start = || Carried { moves: Vec::new(), reach: f64::INFINITY, ended: None };
    let (mut up, mut down) = (start(), start());
    let mut found = Vec::with_capacity(levels.len());
    for level in levels {
        if level.idle.contains(&at) {
            let nothing = Way { slope: Some(0.0), reach: 0.0, end: End::Open };
            found.push([nothing, nothing]);
            continue;
        }
        let rising = level.shifts(side, &up, 1.0, compiled);
        let falling = level.shifts(side, &down, -1.0, compiled);
        let opposite = rising.len() == falling.len()
            && rising.iter().zip(&falling).all(|(rising, falling)| rising.turned() == *falling);
        let (first, second) = (side.asked.0.min(side.room.0), side.asked.1.min(side.room.1));
        let is_still = |carried: &Carried, room: f64| carried.ended.is_some() || room <= NO_ROOM;
        let [mut rise, mut fall] =
            if opposite && !rising.is_empty() && !is_still(&up, first) && !is_still(&down, second) {
                let nothing = level.ranging.no_multiplier() * side.rate;
                level.ranging.both_ways(&rising, (first, second), nothing)?
            } else {
                let mut one = |carried: &Carried, shifts: &[Shift], room: f64, asked: f64| match carried.ended {
                    Some(end) => Ok((Way { slope: None, reach: 0.0, end }, resting(0.0))),
                    None if room <= NO_ROOM && side.beyond == End::Infeasible => {
                        Ok((Way { slope: None, reach: 0.0, end: End::Infeasible }, resting(0.0)))
                    }
                    // Another side stands where this one does, or nothing of it is left: the program does not feel it move.
                    None if room <= NO_ROOM || shifts.is_empty() => {
                        Ok((Way { slope: Some(0.0), reach: asked, end: End::Asked }, resting(asked)))
                    }
                    None => level.ranging.way(shifts, room),
                };
                [one(&up, &rising, first, side.asked.0)?, one(&down, &falling, second, side.asked.1)?]
            };
        for ((way, path), shifts, room, carried) in
            [(&mut rise, &rising, first, &up), (&mut fall, &falling, second, &down)]
        {
            let is_open = way.slope.is_none() && way.end == End::Open && carried.ended.is_none();
            if is_open && !shifts.is_empty() && *anew > 0 {
                *anew -= 1;
                *way = level.ranging.way_anew(shifts, room)?;
                path.keeps_multipliers = false;
            }
        }
        found.push([
            level.finish(rise, &mut up, (first, side.asked.0, side.beyond)),
            level.finish(fall, &mut down, (second, side.asked.1, side.beyond)),
        ]);
    }
    Ok(found)
}

/// Nothing moves.
fn resting(reach: f64) -> Path {
    Path { moves: Vec::new(), reach, keeps_multipliers: true }
}

impl Level<'_> {
    /// All that moves in this stage's program when the side rises (`sign` 1) or falls (−1) by 1 万元 as written.
    fn shifts(&self, side: &Side, carried: &Carried, sign: f64, compiled: &LinearProgram) -> Vec<Shift> {
        let program = self.ranging.program();
        let mut all: BTreeMap<Part, Shift> = BTreeMap::new();
        if let Some(own) = own_shift(program, side, sign, compiled) {
            all.insert(own.part, own);
        }
        for (part, rate) in &carried.moves {
            if let Part::Column(at) = part
                && program.columns().get(*at).is_some_and(|column| column.lower == column.upper)
            {
                all.insert(*part, Shift { part: *part, lower: *rate, upper: *rate });
            }
        }
        all.into_values().collect()
    }

    /// What a way tells of its stage, and what it leaves to the next one.
    fn finish(
        &self,
        (mut way, path): (Way, Path),
        carried: &mut Carried,
        (room, asked, beyond): (f64, f64, End),
    ) -> Way {
        if carried.ended.is_some() {
            return way;
        }
        let Some(slope) = way.slope else {
            if way.end == End::Infeasible || self.link != Link::Kept {
                carried.ended = Some(way.end);
            }
            return way;
        };
        if way.end == End::Asked && way.reach < asked && room < asked {
            // Beyond the room another side stands in the way: the price is 0 there, or there is no plan.
            let stays = slope == 0.0 && beyond == End::Turns;
            way = if stays { Way { reach: asked, ..way } } else { Way { end: beyond, ..way } };
        }
        if carried.reach < way.reach {
            way = Way { reach: carried.reach, end: End::Open, ..way };
        }
        match self.link {
            Link::Face if path.keeps_multipliers => {
                carried.reach = carried.reach.min(path.reach);
                carried.moves = path.moves;
            }
            // What this stage fixes is not what it would fix with the side moved.
            Link::Face | Link::Broken => carried.ended = Some(End::Open),
            Link::Kept => {}
        }
        way
    }
}

fn sides_of(program: &LinearProgram, part: Part) -> (f64, f64) {
    match part {
        Part::Column(at) => program.columns().get(at).map(|column| (column.lower, column.upper)),
        Part::Row(at) => program.rows().get(at).map(|row| (row.lower, row.upper)),
    }
    .unwrap_or((f64::NEG_INFINITY, f64::INFINITY))
}

fn is_one_side((lower, upper): (f64, f64)) -> bool {
    lower.is_finite() && upper.is_finite() && upper - lower <= ONE_SIDE * (1.0 + lower.abs())
}

/// How the side itself moves in a stage's program; `None` where an earlier stage has left nothing of it.
fn own_shift(program: &LinearProgram, side: &Side, sign: f64, compiled: &LinearProgram) -> Option<Shift> {
    let ((lower, upper), own) = (sides_of(program, side.part), sides_of(compiled, side.part));
    let rate = sign * side.rate;
    let both = Some(Shift { part: side.part, lower: rate, upper: rate });
    let fixed_since = is_one_side((lower, upper)) && !is_one_side(own);
    match (side.part, side.which) {
        // A column that an earlier stage fixed moves as that stage says.
        (Part::Column(_), _) if fixed_since => None,
        (Part::Row(_), _) if lower == f64::NEG_INFINITY && upper == f64::INFINITY => None,
        (_, Which::Equal) => both,
        // An earlier stage keeps the row at this side.
        (Part::Row(_), _) if fixed_since => both,
        (_, Which::Lower) => lower.is_finite().then_some(Shift { part: side.part, lower: rate, upper: 0.0 }),
        (_, Which::Upper) => upper.is_finite().then_some(Shift { part: side.part, lower: 0.0, upper: rate }),
    }
}
