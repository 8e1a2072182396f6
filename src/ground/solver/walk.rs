//! One way along moving sides: what moves, what meets a side of its own, and the dual simplex step beyond it.

use std::collections::BTreeMap;

use crate::solver::engine::{Part, Place};
use crate::solver::session::SessionError;
use crate::solver::vertex::{NOTHING, Scratch, Vertex};
use crate::solver::way::{End, Path, Shift, Way};

/// A side this near, relative to 1 + its size, is reached.
const NEAR: f64 = 1e-9;
/// Slopes this close, relative to their size, are one.
const SAME: f64 = 1e-7;
/// A piece shorter than this, relative to 1 + the way asked for, is none.
const SHORT: f64 = 1e-8;
/// What the proof of a piece may miss, relative to what it adds up.
const PROOF: f64 = 1e-7;
/// Changes of the basis after which a way is left open.
const MOST_STEPS: usize = 60;

/// Entries of a vector with their positions, in order.
pub(super) type Sparse = Vec<(usize, f64)>;

/// A change of the basis: the position that is taken, and the entering column by the basis before.
struct Step {
    position: usize,
    entering: Sparse,
    pivot: f64,
}

/// What one way has changed so far. Slacks count downwards: a row's activity r stands in the equations as −r.
pub(super) struct Walk {
    shifts: BTreeMap<Part, Shift>,
    steps: Vec<Step>,
    basic: BTreeMap<usize, Part>,
    position: BTreeMap<Part, usize>,
    place: BTreeMap<Part, Place>,
    moved: BTreeMap<Part, f64>,
    multipliers: BTreeMap<Part, f64>,
    distance: f64,
    /// Whether a step has changed the multipliers.
    changes_prices: bool,
    path: Option<Path>,
    /// A slope up to this size is not followed to its end.
    content: Option<f64>,
}

/// The basic part that first meets a side.
struct Meeting {
    position: usize,
    part: Part,
    /// Whether the side is the upper one.
    upper: bool,
    /// How fast the two near each other.
    speed: f64,
    step: f64,
}

/// A part that may enter the basis.
struct Entrant {
    part: Part,
    /// The multiplier that the leaving part takes, by the equations.
    ratio: f64,
    /// Entries of the leaving part's line of the tableau.
    row: Vec<(Part, f64)>,
}

/// What takes the place of a part that has met its side.
enum Entering {
    Part(Entrant),
    /// Nothing can.
    Nothing,
    /// Only entries that may be rounding errors.
    Doubt,
}

impl Walk {
    pub(super) fn open(shifts: &[Shift]) -> Self {
        Self {
            shifts: shifts.iter().map(|shift| (shift.part, *shift)).collect(),
            steps: Vec::new(),
            basic: BTreeMap::new(),
            position: BTreeMap::new(),
            place: BTreeMap::new(),
            moved: BTreeMap::new(),
            multipliers: BTreeMap::new(),
            distance: 0.0,
            changes_prices: false,
            path: None,
            content: None,
        }
    }

    /// A slope up to this size is not followed to its end: what is beyond stays open.
    pub(super) fn content_with(self, nothing: f64) -> Self {
        Self { content: Some(nothing), ..self }
    }

    fn place(&self, of: &Vertex, part: Part) -> Place {
        if let Some(place) = self.place.get(&part) {
            return *place;
        }
        let place = match part {
            Part::Column(at) => of.basis.column(at),
            Part::Row(at) => of.basis.row(at),
        };
        if place != Place::Basic && self.parts_sides(of, part) {
            // Both sides are where it stands: it leans on the one that its multiplier names.
            return if self.multiplier(of, part) < 0.0 { Place::Upper } else { Place::Lower };
        }
        place
    }

    /// Whether the sides of a part are one in the program and part on the way.
    fn parts_sides(&self, of: &Vertex, part: Part) -> bool {
        let (lower, upper) = of.sides(part);
        lower == upper && self.shifts.get(&part).is_some_and(|shift| shift.lower != shift.upper)
    }

    fn basic(&self, of: &Vertex, position: usize) -> Option<Part> {
        self.basic.get(&position).or_else(|| of.basic.get(position)).copied()
    }

    /// Position of a part that is basic now.
    fn position(&self, of: &Vertex, part: Part) -> Option<usize> {
        self.position.get(&part).copied().or_else(|| of.position(part))
    }

    /// By how much the minimum rises when the part's side rises by one.
    fn multiplier(&self, of: &Vertex, part: Part) -> f64 {
        self.multipliers.get(&part).copied().unwrap_or_else(|| {
            let known = match part {
                Part::Column(at) => of.optimum.column_duals().get(at),
                Part::Row(at) => of.optimum.row_duals().get(at),
            };
            known.copied().unwrap_or(0.0)
        })
    }

    fn value(&self, of: &Vertex, part: Part) -> f64 {
        of.value(part) + self.moved.get(&part).copied().unwrap_or(0.0)
    }

    /// The sides of a part where the way stands, and their rates.
    fn sides(&self, of: &Vertex, part: Part) -> ((f64, f64), (f64, f64)) {
        let (lower, upper) = of.sides(part);
        match self.shifts.get(&part) {
            Some(shift) => {
                ((lower + shift.lower * self.distance, upper + shift.upper * self.distance), (shift.lower, shift.upper))
            }
            None => ((lower, upper), (0.0, 0.0)),
        }
    }

    /// Rate at which a part that is not basic moves with its side.
    fn carried(&self, of: &Vertex, shift: &Shift) -> f64 {
        match self.place(of, shift.part) {
            Place::Lower => shift.lower,
            Place::Upper => shift.upper,
            Place::Basic | Place::Free => 0.0,
        }
    }

    /// What the parts that are not basic add to each row as they move, turned round: the sides of the equations of the rest.
    pub(super) fn moved_sides(&self, of: &Vertex) -> Sparse {
        let mut sides: BTreeMap<usize, f64> = BTreeMap::new();
        for shift in self.shifts.values() {
            let rate = self.carried(of, shift);
            if rate == 0.0 {
                continue;
            }
            match shift.part {
                Part::Row(at) => *sides.entry(at).or_insert(0.0) += rate,
                Part::Column(at) => {
                    for (row, coefficient) in of.columns.get(at).into_iter().flatten() {
                        *sides.entry(*row).or_insert(0.0) -= coefficient * rate;
                    }
                }
            }
        }
        sides.into_iter().collect()
    }

    /// How the minimum changes for each unit of the way, by the multipliers.
    fn slope(&self, of: &Vertex) -> f64 {
        self.shifts.values().map(|shift| self.carried(of, shift) * self.multiplier(of, shift.part)).sum()
    }

    /// Follows the optimum; `rates` solve the equations of the basis for the moved sides.
    pub(super) fn follow(mut self, of: &mut Vertex, rates: Sparse, asked: f64) -> Result<(Way, Path), SessionError> {
        let way = self.pieces(of, rates, asked)?;
        let nothing = || Path { moves: Vec::new(), reach: 0.0, keeps_multipliers: false };
        Ok((way, self.path.unwrap_or_else(nothing)))
    }

    fn pieces(&mut self, of: &mut Vertex, mut rates: Sparse, asked: f64) -> Result<Way, SessionError> {
        let short = SHORT * (1.0 + asked.abs());
        let mut found: Option<f64> = None;
        for _ in 0..MOST_STEPS {
            let slope = self.slope(of);
            let moves = self.moves(of, &rates);
            if !self.is_proved(of, &moves, slope) {
                return Ok(self.ended(found, End::Open));
            }
            let rest = asked - self.distance;
            let meeting = self.meeting(of, &rates);
            let crossing = self.crossing(of);
            let step = meeting.as_ref().map_or(f64::INFINITY, |meeting| meeting.step).min(crossing);
            if step > short || step >= rest {
                found = found.or(Some(slope));
                if self.path.is_none() {
                    let reach = self.distance + step.min(rest);
                    let keeps_multipliers = !self.changes_prices;
                    self.path = Some(Path { moves: moves.clone(), reach, keeps_multipliers });
                }
            }
            if found.is_some_and(|slope| self.content.is_some_and(|nothing| slope.abs() <= nothing)) {
                return Ok(self.ended(found, End::Open));
            }
            if step >= rest {
                self.distance = asked;
                return Ok(self.ended(found, End::Asked));
            }
            self.distance += step;
            for (part, rate) in &moves {
                *self.moved.entry(*part).or_insert(0.0) += rate * step;
            }
            let Some(meeting) = meeting.filter(|_| crossing > step) else {
                return Ok(self.ended(found, End::Infeasible));
            };
            let entering = match self.entering(of, &meeting)? {
                Entering::Doubt => return Ok(self.ended(found, End::Open)),
                Entering::Nothing => return Ok(self.ended(found, End::Infeasible)),
                Entering::Part(entering) => entering,
            };
            // The next price is known before the basis is changed.
            let next = slope + entering.ratio.abs() * meeting.speed;
            if found.is_some_and(|known| (next - known).abs() > SAME * (next.abs() + known.abs()) + of.no_cost) {
                return Ok(self.ended(found, End::Turns));
            }
            if !self.exchange(of, &meeting, &entering)? {
                return Ok(self.ended(found, End::Open));
            }
            rates = self.solve(of, &self.moved_sides(of))?;
        }
        Ok(self.ended(found, End::Open))
    }

    fn ended(&self, slope: Option<f64>, end: End) -> Way {
        Way { slope, reach: if slope.is_some() { self.distance } else { 0.0 }, end }
    }

    /// Everything that moves, with its rate.
    fn moves(&self, of: &Vertex, rates: &[(usize, f64)]) -> Vec<(Part, f64)> {
        let mut moves = Vec::new();
        let largest = largest(rates);
        for (position, rate) in rates.iter().filter(|(_, rate)| rate.abs() > NOTHING * 1e-3 * largest) {
            match self.basic(of, *position) {
                Some(part @ Part::Column(_)) => moves.push((part, *rate)),
                Some(part @ Part::Row(_)) => moves.push((part, -rate)),
                None => {}
            }
        }
        for shift in self.shifts.values() {
            let rate = self.carried(of, shift);
            if rate != 0.0 {
                moves.push((shift.part, rate));
            }
        }
        moves.sort_by_key(|(part, _)| *part);
        moves
    }

    /// Whether the point keeps its equations while it moves, and the objective changes as the multipliers say.
    fn is_proved(&self, of: &mut Vertex, moves: &[(Part, f64)], slope: f64) -> bool {
        let mut sums = std::mem::take(&mut of.scratch.sums);
        let mut touched: Vec<usize> = Vec::new();
        let mut add = |at: usize, value: f64| {
            if let Some(entry) = sums.get_mut(at) {
                if entry.1 == 0.0 {
                    touched.push(at);
                }
                entry.0 += value;
                entry.1 += value.abs();
            }
        };
        let (mut change, mut size) = (0.0, slope.abs());
        for (part, rate) in moves {
            match part {
                Part::Row(at) => add(*at, -rate),
                Part::Column(at) => {
                    let cost = of.program().columns().get(*at).map_or(0.0, |column| column.cost);
                    change += cost * rate;
                    size += (cost * rate).abs();
                    for (row, coefficient) in of.columns.get(*at).into_iter().flatten() {
                        add(*row, coefficient * rate);
                    }
                }
            }
        }
        let largest = moves.iter().fold(0.0_f64, |most, (_, rate)| most.max(rate.abs()));
        let mut kept = true;
        for at in touched {
            if let Some(entry) = sums.get_mut(at) {
                let (rest, size) = std::mem::take(entry);
                kept &= rest.abs() <= PROOF * size + NOTHING * largest;
            }
        }
        of.scratch.sums = sums;
        kept && (change - slope).abs() <= PROOF * size + of.no_cost
    }

    /// How far until the side that moves crosses the other one of the same part.
    fn crossing(&self, of: &Vertex) -> f64 {
        let mut least = f64::INFINITY;
        for shift in self.shifts.values().filter(|shift| shift.lower > shift.upper) {
            let ((lower, upper), (down, up)) = self.sides(of, shift.part);
            least = least.min(((upper - lower) / (down - up)).max(0.0));
        }
        least
    }

    /// The basic part that first meets a side; of those that meet one at nearly the same point the one that moves most.
    fn meeting(&self, of: &Vertex, rates: &[(usize, f64)]) -> Option<Meeting> {
        let largest = largest(rates).max(1e-3);
        let mut near: Vec<(f64, f64, Meeting)> = Vec::new();
        let mut least = f64::INFINITY;
        // A basic part whose own side moves is met by it, even where it stands still.
        let basic = self.shifts.keys().filter(|part| self.place(of, **part) == Place::Basic);
        let mut still: Vec<usize> = basic.filter_map(|part| self.position(of, *part)).collect();
        still.sort_unstable();
        for (position, rate) in beside(rates, &still) {
            let Some(part) = self.basic(of, position) else { continue };
            if rate.abs() <= NOTHING * largest && !self.shifts.contains_key(&part) {
                continue;
            }
            let rate = if matches!(part, Part::Row(_)) { -rate } else { rate };
            let ((lower, upper), (down, up)) = self.sides(of, part);
            let value = self.value(of, part);
            for (is_upper, gap, speed, side) in
                [(true, upper - value, rate - up, upper), (false, value - lower, down - rate, lower)]
            {
                if speed > NOTHING * largest && side.is_finite() {
                    let allowed = gap.max(0.0) + NEAR * (1.0 + side.abs());
                    let step = gap.max(0.0) / speed;
                    if step <= least {
                        least = least.min(allowed / speed);
                        near.push((step, speed, Meeting { position, part, upper: is_upper, speed, step }));
                    }
                }
            }
        }
        let first = near.into_iter().filter(|(step, _, _)| *step <= least);
        // The larger speed is the safer pivot; of equal ones the first in order.
        first.reduce(|best, other| if other.1 > best.1 { other } else { best }).map(|(_, _, meeting)| meeting)
    }

    /// What enters the basis for the part that met its side: the dual ratio test.
    fn entering(&mut self, of: &mut Vertex, meeting: &Meeting) -> Result<Entering, SessionError> {
        let prices = self.solve_transposed(of, meeting.position)?;
        let mut line = std::mem::take(&mut of.scratch.line);
        let mut touched: Vec<usize> = Vec::new();
        for (at, price) in &prices {
            let Some(row) = of.program().rows().get(*at) else { continue };
            for (column, coefficient) in &row.terms {
                if let Some(entry) = line.get_mut(column.0) {
                    // One that cancels out is touched twice; it is nothing then.
                    if *entry == 0.0 {
                        touched.push(column.0);
                    }
                    *entry += price * coefficient;
                }
            }
        }
        touched.sort_unstable();
        let mut row: Vec<(Part, f64)> = Vec::with_capacity(touched.len() + prices.len());
        for column in touched {
            let entry = line.get_mut(column).map_or(0.0, std::mem::take);
            if entry != 0.0 {
                row.push((Part::Column(column), entry));
            }
        }
        of.scratch.line = line;
        row.extend(prices.iter().map(|(at, price)| (Part::Row(*at), *price)));
        let largest = row.iter().fold(0.0_f64, |most, (_, entry)| most.max(entry.abs()));
        // As it stands in the equations, the slack of a row that meets its upper side falls.
        let grows = if meeting.upper == matches!(meeting.part, Part::Column(_)) { 1.0 } else { -1.0 };
        let mut doubt = false;
        let mut near: Vec<(f64, f64, Part, f64)> = Vec::new();
        let mut least = f64::INFINITY;
        for (part, entry) in &row {
            let place = self.place(of, *part);
            let (lower, upper) = of.sides(*part);
            let is_fixed = lower == upper && !self.parts_sides(of, *part);
            if place == Place::Basic || *entry == 0.0 || is_fixed {
                continue;
            }
            let turned = matches!(part, Part::Row(_));
            let rises = match place {
                Place::Lower => !turned,
                Place::Upper => turned,
                Place::Free | Place::Basic => (entry * grows) > 0.0,
            };
            if (entry * grows > 0.0) != rises {
                continue;
            }
            if entry.abs() <= NOTHING * largest {
                // Sums that cancel out leave less than that.
                doubt |= entry.abs() > NOTHING * 1e-3 * largest;
                continue;
            }
            // The reduced cost as it stands in the equations.
            let cost = self.multiplier(of, *part) * if turned { -1.0 } else { 1.0 };
            let sound = if rises { cost.max(0.0) } else { (-cost).max(0.0) };
            let ratio = sound / entry.abs();
            if ratio <= least {
                least = least.min((sound + of.no_cost) / entry.abs());
                near.push((ratio, entry.abs(), *part, sound * if rises { 1.0 } else { -1.0 } / entry));
            }
        }
        let first = near.into_iter().filter(|(ratio, ..)| *ratio <= least);
        let best = first.reduce(|best, other| if other.1 > best.1 { other } else { best });
        Ok(match best {
            Some((_, _, part, ratio)) => Entering::Part(Entrant { part, ratio, row }),
            None if doubt => Entering::Doubt,
            None => Entering::Nothing,
        })
    }

    /// Changes the basis; false where the pivot is no number to divide by.
    fn exchange(&mut self, of: &mut Vertex, meeting: &Meeting, entrant: &Entrant) -> Result<bool, SessionError> {
        let (part, ratio) = (entrant.part, entrant.ratio);
        let column: Sparse = match part {
            Part::Row(at) => vec![(at, 1.0)],
            Part::Column(at) => of.columns.get(at).cloned().unwrap_or_default(),
        };
        let mut entering = self.solve(of, &column)?;
        let pivot = entering.iter().find(|(at, _)| *at == meeting.position).map_or(0.0, |(_, value)| *value);
        let expected = entrant.row.iter().find(|(known, _)| *known == part).map_or(0.0, |(_, entry)| *entry);
        if pivot == 0.0 || (pivot - expected).abs() > 1e-6 * pivot.abs().max(1e-3) {
            return Ok(false);
        }
        if ratio != 0.0 {
            self.changes_prices |= ratio.abs() > of.no_cost;
            for (known, entry) in &entrant.row {
                // Multipliers count activities, the equations slacks: for a row both signs turn.
                let change = if matches!(known, Part::Row(_)) { ratio * entry } else { -ratio * entry };
                let now = self.multiplier(of, *known);
                self.multipliers.insert(*known, now + change);
            }
        }
        self.multipliers.insert(part, 0.0);
        self.place.insert(part, Place::Basic);
        self.place.insert(meeting.part, if meeting.upper { Place::Upper } else { Place::Lower });
        self.basic.insert(meeting.position, part);
        self.position.insert(part, meeting.position);
        // It stands at its side from here on, not a hair beside it.
        let ((lower, upper), _) = self.sides(of, meeting.part);
        let side = if meeting.upper { upper } else { lower };
        let off = side - self.value(of, meeting.part);
        *self.moved.entry(meeting.part).or_insert(0.0) += off;
        entering.retain(|(at, _)| *at != meeting.position);
        self.steps.push(Step { position: meeting.position, entering, pivot });
        Ok(true)
    }

    /// Solves the equations of the basis as it stands now.
    pub(super) fn solve(&self, of: &mut Vertex, sides: &[(usize, f64)]) -> Result<Sparse, SessionError> {
        let Scratch { sides: own, solved, .. } = &mut of.scratch;
        set(own, sides);
        let refused = of.session.solve_basis(own, false, solved);
        clear(own, sides);
        refused?;
        for step in &self.steps {
            let Some(own) = solved.get_mut(step.position).filter(|own| **own != 0.0) else { continue };
            *own /= step.pivot;
            let own = *own;
            for (at, entry) in &step.entering {
                if let Some(value) = solved.get_mut(*at) {
                    *value -= entry * own;
                }
            }
        }
        Ok(entries(solved))
    }

    /// Solves the transposed equations for the unit side of one position.
    fn solve_transposed(&self, of: &mut Vertex, position: usize) -> Result<Sparse, SessionError> {
        let mut sides: BTreeMap<usize, f64> = BTreeMap::from([(position, 1.0)]);
        for step in self.steps.iter().rev() {
            // The fewer of the two are looked up in the other.
            let others: f64 = if sides.len() < step.entering.len() {
                let entry = |at: &usize| step.entering.binary_search_by_key(at, |(known, _)| *known).ok();
                let known = |(at, side): (&usize, &f64)| Some(step.entering.get(entry(at)?)?.1 * side);
                sides.iter().filter_map(known).sum()
            } else {
                step.entering.iter().filter_map(|(at, entry)| Some(entry * sides.get(at)?)).sum()
            };
            let own = sides.get(&step.position).copied().unwrap_or(0.0);
            if own != 0.0 || others != 0.0 {
                sides.insert(step.position, (own - others) / step.pivot);
            }
        }
        let sides: Sparse = sides.into_iter().collect();
        let Scratch { sides: own, solved, .. } = &mut of.scratch;
        set(own, &sides);
        let refused = of.session.solve_basis(own, true, solved);
        clear(own, &sides);
        refused?;
        Ok(entries(solved))
    }
}

fn set(values: &mut [f64], entries: &[(usize, f64)]) {
    for (at, value) in entries {
        if let Some(entry) = values.get_mut(*at) {
            *entry = *value;
        }
    }
}

fn clear(values: &mut [f64], entries: &[(usize, f64)]) {
    for (at, _) in entries {
        if let Some(entry) = values.get_mut(*at) {
            *entry = 0.0;
        }
    }
}

fn entries(values: &[f64]) -> Sparse {
    values.iter().copied().enumerate().filter(|(_, value)| *value != 0.0).collect()
}

fn largest(entries: &[(usize, f64)]) -> f64 {
    entries.iter().fold(0.0, |most: f64, (_, value)| most.max(value.abs()))
}

/// Entries and, as zeros, positions without one, in order.
fn beside(entries: &[(usize, f64)], positions: &[usize]) -> Sparse {
    let known = |at: &usize| entries.binary_search_by_key(at, |(known, _)| *known).is_ok();
    let others = positions.iter().filter(|at| !known(at)).map(|at| (*at, 0.0));
    let mut all: Sparse = entries.iter().copied().chain(others).collect();
    all.sort_unstable_by_key(|(at, _)| *at);
    all
}
