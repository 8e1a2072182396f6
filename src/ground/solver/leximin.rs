//! Leximin: the least ratio value/weight as large as it can be, then the next least, and so on, to the last.
//!
//! Successive linear programs (Ogryczak & Śliwiński 2006; Nace & Pióro 2008): maximise t with `value − weight·t ≥ 0`; targets
//! whose row has a positive multiplier can rise in no optimum and are fixed; repeat with the rest. Two things keep the number
//! of programs small. Targets that their own block (an area) holds back are known beforehand by progressive filling: their
//! highest level u bounds them in every plan. And the common level of all others is found by cutting planes: a multiplier
//! vector of the program "every target reaches min(t, u)" bounds every other t, so t falls to the true level in a few steps.

use std::collections::BTreeMap;

use crate::lp::{Column, ColumnId, Row, RowId};
use crate::solver::session::{Session, SessionError};
use crate::solver::{Certified, Grow, Outcome, face};

/// One value to be raised: a column, in proportion to a positive weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// The column that holds the value.
    pub column: ColumnId,
    /// Positive weight: the ratio is value / weight.
    pub weight: f64,
    /// Targets of one block may be held back by rows of their own.
    pub block: usize,
}

/// Rows and column of a leximin within a session.
#[derive(Debug)]
pub struct Leximin {
    targets: Vec<Target>,
    cover: Vec<RowId>,
    level: ColumnId,
    free: Vec<bool>,
    /// Highest ratio that the target's own block allows; infinite where nothing of its own holds it back.
    own: Vec<f64>,
    /// Whether to look at blocks at all; without, the same plan takes more programs.
    by_block: bool,
}

/// How a leximin, or one level of it, ended.
#[derive(Debug)]
pub enum LeximinOutcome {
    /// Done: least ratio, proof of the first level, and the number of programs solved.
    Done {
        /// The least ratio.
        worst: f64,
        /// The certified optimum of the last program.
        last: Box<Certified>,
        /// How many linear programs were solved.
        programs: usize,
    },
    /// A program did not end in an optimum.
    Stopped {
        /// How it ended.
        outcome: Outcome,
        /// The certified optimum of the program before.
        last: Box<Certified>,
    },
}

/// Ratios this close count as one level.
const LEVEL_TOLERANCE: f64 = 1e-10;
/// A target this close to its own level is there.
const REACHED_TOLERANCE: f64 = 1e-9;
/// Multipliers of the cover rows sum (with weights) to one; below this they count as zero.
const SHARE_TOLERANCE: f64 = 1e-9;

/// Adds a level column and a cover row a target, `value − weight·level ≥ 0`; returns the column and the first row.
///
/// Without a name the columns and rows have none.
///
/// # Errors
/// HiGHS refuses, or a weight cannot enter a program.
pub fn add_cover(grow: &mut impl Grow, targets: &[Target], name: &str) -> Result<(ColumnId, RowId), SessionError> {
    let column = Column { name: name.to_owned(), lower: 0.0, upper: f64::INFINITY, cost: 0.0 };
    let level = grow.add_columns(vec![column])?;
    let label = |target: &Target| {
        let column = grow.program().columns().get(target.column.0).map_or("?", |column| column.name.as_str());
        if name.is_empty() { String::new() } else { format!("{name}.cover[{column}]") }
    };
    let rows = targets.iter().map(|target| Row {
        name: label(target),
        lower: 0.0,
        upper: f64::INFINITY,
        terms: vec![(target.column, 1.0), (level, -target.weight)],
    });
    let rows: Vec<Row> = rows.collect();
    let first = grow.add_rows(rows)?;
    Ok((level, first))
}

impl Leximin {
    /// Adds the level column and a cover row a target, `value − weight·level ≥ 0`; the level becomes the objective.
    ///
    /// # Errors
    /// HiGHS refuses, or a weight cannot enter a program.
    pub fn open(session: &mut Session, targets: Vec<Target>, name: &str) -> Result<Self, SessionError> {
        let (level, first) = add_cover(session, &targets, name)?;
        let cover = (0..targets.len()).map(|index| RowId(first.0 + index)).collect();
        session.set_costs(&[(level, -1.0)])?;
        let own = vec![f64::INFINITY; targets.len()];
        Ok(Self { free: vec![true; targets.len()], targets, cover, level, own, by_block: true })
    }

    /// The level column.
    pub fn level(&self) -> ColumnId {
        self.level
    }

    /// Maximises the least ratio only. The session then stands at that optimum, unrestricted.
    pub fn worst(&self, session: &mut Session) -> Outcome {
        session.solve()
    }

    /// Targets that the proof of this optimum holds at its level: none of them is higher in any optimum.
    pub fn held(&self, optimum: &Certified) -> Vec<usize> {
        let share = |index: &usize| {
            let (target, row) = (self.targets.get(*index)?, self.cover.get(*index)?);
            Some(optimum.row_duals().get(row.0)? * target.weight)
        };
        let open = (0..self.targets.len()).filter(|index| self.is_free(*index));
        open.filter(|index| share(index).is_some_and(|share| share > SHARE_TOLERANCE)).collect()
    }

    /// Goes on after [`Leximin::worst`] to the last level; the session ends with every target fixed.
    ///
    /// `budget` is an upper bound of the sum of all values; `worst` the optimum of the first program.
    ///
    /// # Errors
    /// HiGHS refuses a change.
    pub fn finish(
        mut self,
        session: &mut Session,
        worst: Box<Certified>,
        budget: f64,
    ) -> Result<LeximinOutcome, SessionError> {
        let least = -worst.objective();
        let mut last = worst;
        let mut programs = 1;
        loop {
            let level = -last.objective();
            self.fix_held_back(session, &last)?;
            if !self.free.contains(&true) {
                return Ok(LeximinOutcome::Done { worst: least, last, programs });
            }
            match self.fix_own(session, budget, level, &mut programs)? {
                Some(outcome) => return Ok(LeximinOutcome::Stopped { outcome, last }),
                None if !self.free.contains(&true) => {
                    // The last program may predate the last fixings; one more gives a point for all of them.
                    session.set_column_bounds(self.level, 0.0, 0.0)?;
                }
                None => session.set_column_bounds(self.level, f64::NEG_INFINITY, f64::INFINITY)?,
            }
            programs += 1;
            match session.solve() {
                Outcome::Optimal(optimum) => last = optimum,
                outcome => return Ok(LeximinOutcome::Stopped { outcome, last }),
            }
            if !self.free.contains(&true) {
                return Ok(LeximinOutcome::Done { worst: least, last, programs });
            }
        }
    }

    /// Fixes what cannot rise above `level`, and keeps the optimal face of the program just solved.
    fn fix_held_back(&mut self, session: &mut Session, optimum: &Certified) -> Result<(), SessionError> {
        let mut held: Vec<usize> = Vec::new();
        let mut strongest = (0.0, None);
        for index in (0..self.targets.len()).filter(|index| self.is_free(*index)) {
            let (Some(target), Some(row)) = (self.targets.get(index), self.cover.get(index)) else { continue };
            let share = optimum.row_duals().get(row.0).copied().unwrap_or(0.0) * target.weight;
            if share > SHARE_TOLERANCE {
                held.push(index);
            }
            if share > strongest.0 {
                strongest = (share, Some(index));
            }
        }
        if held.is_empty() {
            // Shares sum to one, so the strongest of many tiny ones still holds; without any the level is at its bound.
            held.extend(strongest.1.or_else(|| self.lowest(optimum)));
        }
        self.fix(session, &held, optimum, |_| f64::INFINITY)?;
        session.set_column_bounds(self.level, f64::NEG_INFINITY, f64::INFINITY)?;
        face::restrict(session, &without_level(optimum, self.level, &self.cover))?;
        self.drop_constants(session, optimum)
    }

    /// The free target with the least ratio.
    fn lowest(&self, optimum: &Certified) -> Option<usize> {
        let ratio = |index: &usize| {
            self.targets.get(*index).map_or(f64::INFINITY, |target| optimum.column(target.column) / target.weight)
        };
        (0..self.targets.len()).filter(|index| self.is_free(*index)).min_by(|a, b| ratio(a).total_cmp(&ratio(b)))
    }

    fn is_free(&self, index: usize) -> bool {
        self.free.get(index).copied().unwrap_or(false)
    }

    /// Fixes targets where the proved point has them, so that this point stays feasible; at most at their own level.
    fn fix(
        &mut self,
        session: &mut Session,
        held: &[usize],
        optimum: &Certified,
        own_level: impl Fn(usize) -> f64,
    ) -> Result<(), SessionError> {
        let mut columns = Vec::with_capacity(held.len());
        let mut rows = Vec::with_capacity(held.len());
        for index in held {
            let (Some(target), Some(row)) = (self.targets.get(*index), self.cover.get(*index)) else { continue };
            if let Some(column) = session.program().columns().get(target.column.0) {
                let value = optimum.column(target.column).min(own_level(*index) * target.weight);
                let value = value.max(column.lower).min(column.upper);
                columns.push((target.column.0, value, value));
            }
            rows.push((row.0, f64::NEG_INFINITY, f64::INFINITY));
            if let Some(flag) = self.free.get_mut(*index) {
                *flag = false;
            }
        }
        session.set_many_column_bounds(&columns)?;
        session.set_many_row_bounds(&rows)
    }

    /// Targets that earlier fixings determine take no further part.
    fn drop_constants(&mut self, session: &mut Session, optimum: &Certified) -> Result<(), SessionError> {
        let fixed = |target: &Target| {
            let column = session.program().columns().get(target.column.0);
            column.is_some_and(|column| column.lower == column.upper)
        };
        let constants: Vec<usize> = (0..self.targets.len())
            .filter(|index| self.is_free(*index) && self.targets.get(*index).is_some_and(fixed))
            .collect();
        self.fix(session, &constants, optimum, |_| f64::INFINITY)
    }

    /// Finds the next common level and fixes every target that its own block holds below it.
    fn fix_own(
        &mut self,
        session: &mut Session,
        budget: f64,
        from: f64,
        programs: &mut usize,
    ) -> Result<Option<Outcome>, SessionError> {
        if self.by_block {
            // Anew every time: what is fixed below its level leaves the others of its block more room.
            self.own = own_levels(session, &self.targets);
        }
        let free: Vec<usize> = (0..self.targets.len()).filter(|index| self.is_free(*index)).collect();
        if !free.iter().any(|index| self.own_level(*index).is_finite()) {
            return Ok(None);
        }
        let spent: f64 = self.fixed_sum(session);
        let shares = free.iter().map(|index| (*index, self.targets.get(*index).map_or(0.0, |target| target.weight)));
        let mut level = self.root(&shares.collect::<Vec<_>>(), budget - spent).max(from);
        session.set_column_bounds(self.level, f64::NEG_INFINITY, 0.0)?;
        let mut reached: Option<Box<Certified>> = None;
        loop {
            // The highest own level in question: what is to be fixed, and so the measure of what counts as reached.
            let top =
                free.iter().map(|index| self.own_level(*index)).filter(|own| *own <= level).max_by(f64::total_cmp);
            let Some(top) = top else { break };
            let tolerance = LEVEL_TOLERANCE * (1.0 + top);
            let row = |index: &usize| {
                let (target, row) = (self.targets.get(*index)?, self.cover.get(*index)?);
                Some((row.0, target.weight * self.reach(*index, level), f64::INFINITY))
            };
            session.set_many_row_bounds(&free.iter().filter_map(row).collect::<Vec<_>>())?;
            *programs += 1;
            let optimum = match session.solve() {
                Outcome::Optimal(optimum) => optimum,
                other => return Ok(Some(other)),
            };
            let short = optimum.objective();
            let optimum = reached.insert(optimum);
            if short <= tolerance {
                break;
            }
            // Not reached: nothing may be fixed at this point, only the level falls.
            let lower = self.cut(&free, optimum, level, short);
            reached = None;
            match lower {
                // From an infinite level every finite one is a step.
                Some(lower) if lower < level - tolerance => level = lower.max(from),
                _ => break,
            }
        }
        let row = |index: &usize| self.cover.get(*index).map(|row| (row.0, 0.0, f64::INFINITY));
        session.set_many_row_bounds(&free.iter().filter_map(row).collect::<Vec<_>>())?;
        if let Some(reached) = reached {
            self.fix_reached(session, &free, &reached, level)?;
        }
        Ok(None)
    }

    /// Fixes the targets whose own level, at most `level`, the point reaches: in the leximin plan they stand there exactly.
    fn fix_reached(
        &mut self,
        session: &mut Session,
        free: &[usize],
        reached: &Certified,
        level: f64,
    ) -> Result<(), SessionError> {
        let ratio = |index: usize| {
            let target = self.targets.get(index);
            target.map_or(0.0, |target| reached.column(target.column) / target.weight)
        };
        let near = |own: f64| REACHED_TOLERANCE * (1.0 + own);
        let there = |index: &usize| {
            let own = self.own_level(*index);
            own <= level * (1.0 + LEVEL_TOLERANCE) && ratio(*index) >= own - near(own)
        };
        let held: Vec<usize> = free.iter().copied().filter(there).collect();
        // A point a hair off its level is kept, so that rounding errors do not make the rows miss each other.
        let level_of = |index: usize| {
            let own = self.own_level(index);
            if ratio(index) > own + near(own) { own } else { f64::INFINITY }
        };
        let levels: Vec<f64> = (0..self.targets.len()).map(level_of).collect();
        let kept = held.iter().all(|index| levels.get(*index) == Some(&f64::INFINITY));
        self.fix(session, &held, reached, |index| levels.get(index).copied().unwrap_or(f64::INFINITY))?;
        if kept { face::admit(session, reached) } else { Ok(()) }
    }

    fn own_level(&self, index: usize) -> f64 {
        self.own.get(index).copied().unwrap_or(f64::INFINITY)
    }

    fn reach(&self, index: usize, level: f64) -> f64 {
        level.min(self.own_level(index))
    }

    fn fixed_sum(&self, session: &Session) -> f64 {
        let value =
            |target: &Target| session.program().columns().get(target.column.0).map_or(0.0, |column| column.lower);
        self.targets
            .iter()
            .enumerate()
            .filter(|(index, _)| !self.is_free(*index))
            .map(|(_, target)| value(target))
            .sum()
    }

    /// The level below which the multipliers of a program that fell `short` say every feasible level lies.
    fn cut(&self, free: &[usize], optimum: &Certified, level: f64, short: f64) -> Option<f64> {
        let share = |index: &usize| {
            let (target, row) = (self.targets.get(*index)?, self.cover.get(*index)?);
            let share = optimum.row_duals().get(row.0)? * target.weight;
            (share > SHARE_TOLERANCE).then_some((*index, share))
        };
        let shares: Vec<(usize, f64)> = free.iter().filter_map(share).collect();
        if shares.is_empty() {
            return None;
        }
        let reached: f64 = shares.iter().map(|(index, share)| share * self.reach(*index, level)).sum();
        Some(self.root(&shares, reached - short))
    }

    /// The largest t with Σ share · min(t, own) ≤ side; infinite where the sum never gets there.
    fn root(&self, shares: &[(usize, f64)], side: f64) -> f64 {
        let mut steps: Vec<(f64, f64)> = shares.iter().map(|(index, share)| (self.own_level(*index), *share)).collect();
        steps.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut slope: f64 = steps.iter().map(|(_, share)| share).sum();
        let (mut sum, mut from) = (0.0, 0.0);
        for (end, share) in steps {
            let next = sum + slope * (end - from);
            if !next.is_finite() || next >= side {
                break;
            }
            (sum, from) = (next, end);
            slope -= share;
        }
        if slope <= 0.0 { f64::INFINITY } else { from + (side - sum) / slope }
    }
}

/// The optimum with the multipliers of level and cover rows taken out: those are kept by fixing targets.
fn without_level(optimum: &Certified, level: ColumnId, cover: &[RowId]) -> Certified {
    let mut rest = optimum.clone();
    if let Some(dual) = rest.column_duals.get_mut(level.0) {
        *dual = 0.0;
    }
    for row in cover {
        if let Some(dual) = rest.row_duals.get_mut(row.0) {
            *dual = 0.0;
        }
    }
    rest
}

/// Highest ratio of each target within its own block, by progressive filling.
///
/// Only bounds and rows that hold columns of one block back (coefficients ≥ 0, an upper side) are looked at: a relaxation,
/// so the levels are upper bounds of what any plan reaches, in leximin order.
fn own_levels(session: &Session, targets: &[Target]) -> Vec<f64> {
    let mut own = vec![f64::INFINITY; targets.len()];
    let target_of: BTreeMap<ColumnId, usize> =
        targets.iter().enumerate().map(|(index, target)| (target.column, index)).collect();
    let mut rows_of_block: BTreeMap<usize, Vec<&Row>> = BTreeMap::new();
    for row in session.program().rows().iter().filter(|row| row.upper.is_finite()) {
        let mut blocks = row.terms.iter().map(|(column, coefficient)| {
            let index = target_of.get(column).filter(|_| *coefficient >= 0.0)?;
            targets.get(*index).map(|target| target.block)
        });
        if let Some(Some(first)) = blocks.next()
            && blocks.all(|block| block == Some(first))
        {
            rows_of_block.entry(first).or_default().push(row);
        }
    }
    let mut targets_of_block: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, target) in targets.iter().enumerate() {
        targets_of_block.entry(target.block).or_default().push(index);
    }
    for (block, members) in targets_of_block {
        let rows = rows_of_block.get(&block).map_or(&[][..], Vec::as_slice);
        fill_block(session, targets, &target_of, &members, rows, &mut own);
    }
    own
}

/// Raises a common level; a target stops at its bound or when a row it is in is full.
fn fill_block(
    session: &Session,
    targets: &[Target],
    target_of: &BTreeMap<ColumnId, usize>,
    members: &[usize],
    rows: &[&Row],
    own: &mut [f64],
) {
    let bounds = |index: usize| {
        let column = targets.get(index).and_then(|target| session.program().columns().get(target.column.0));
        column.map_or((0.0, f64::INFINITY), |column| (column.lower, column.upper))
    };
    let weight = |index: usize| targets.get(index).map_or(1.0, |target| target.weight);
    let mut stopped: BTreeMap<usize, f64> = BTreeMap::new();
    let value = |index: usize, level: f64, stopped: &BTreeMap<usize, f64>| {
        let (lower, upper) = bounds(index);
        let reached = stopped.get(&index).copied().unwrap_or(level) * weight(index);
        reached.max(lower).min(upper)
    };
    let mut full: Vec<bool> = vec![false; rows.len()];
    loop {
        // The lowest level at which an open row is full.
        let mut next: Option<(f64, usize)> = None;
        for (position, row) in rows.iter().enumerate().filter(|(position, _)| full.get(*position) == Some(&false)) {
            let level = full_level(
                row,
                |column, level| target_of.get(&column).map_or(0.0, |index| value(*index, level, &stopped)),
                row.terms.iter().filter_map(|(column, _)| target_of.get(column)).flat_map(|index| {
                    let (lower, upper) = bounds(*index);
                    [lower / weight(*index), upper / weight(*index)]
                }),
            );
            if let Some(level) = level
                && next.is_none_or(|(least, _)| level < least)
            {
                next = Some((level, position));
            }
        }
        let Some((level, position)) = next else { break };
        if let Some(flag) = full.get_mut(position) {
            *flag = true;
        }
        for (column, _) in rows.get(position).into_iter().flat_map(|row| &row.terms) {
            if let Some(index) = target_of.get(column) {
                stopped.entry(*index).or_insert(level);
            }
        }
    }
    for index in members {
        let (lower, upper) = bounds(*index);
        let ratio = stopped.get(index).copied().unwrap_or(f64::INFINITY) * weight(*index);
        if let Some(entry) = own.get_mut(*index) {
            *entry = ratio.max(lower).min(upper) / weight(*index);
        }
    }
}

/// The level at which a row's activity reaches its upper side, `None` where it never does.
fn full_level(row: &Row, value: impl Fn(ColumnId, f64) -> f64, breakpoints: impl Iterator<Item = f64>) -> Option<f64> {
    let activity = |level: f64| row.terms.iter().map(|(column, a)| a * value(*column, level)).sum::<f64>();
    let mut steps: Vec<f64> = breakpoints.filter(|step| step.is_finite() && *step > 0.0).collect();
    steps.sort_by(f64::total_cmp);
    steps.dedup();
    let mut from = 0.0;
    if activity(from) >= row.upper {
        return Some(from);
    }
    for step in steps.iter().copied() {
        let (low, high) = (activity(from), activity(step));
        if high >= row.upper {
            return Some(from + (step - from) * ((row.upper - low) / (high - low)).clamp(0.0, 1.0));
        }
        from = step;
    }
    // Beyond the last breakpoint the activity is linear.
    let (low, high) = (activity(from), activity(from + 1.0));
    (high > low).then(|| from + (row.upper - low) / (high - low))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lp::LinearProgram;
    use crate::solver::SolveOptions;
    use proptest::prelude::*;

    /// Boxes, areas of `per_block` targets with a cap each, one budget spent in full.
    #[derive(Debug, Clone)]
    struct Town {
        weights: Vec<f64>,
        lower: Vec<f64>,
        upper: Vec<f64>,
        caps: Vec<f64>,
        per_block: usize,
        budget: f64,
    }

    fn program(town: &Town) -> (LinearProgram, Vec<Target>) {
        let mut lp = LinearProgram::new();
        let mut targets = Vec::new();
        for (index, weight) in town.weights.iter().enumerate() {
            let column = lp.add_column(format!("y{index}"), town.lower[index], town.upper[index], 0.0).unwrap();
            targets.push(Target { column, weight: *weight, block: index / town.per_block });
        }
        let all = targets.iter().map(|target| (target.column, 1.0)).collect();
        lp.add_row("budget".into(), town.budget, town.budget, all).unwrap();
        for (block, cap) in town.caps.iter().enumerate() {
            let terms = targets.iter().filter(|target| target.block == block).map(|target| (target.column, 1.0));
            lp.add_row(format!("cap{block}"), f64::NEG_INFINITY, *cap, terms.collect()).unwrap();
        }
        (lp, targets)
    }

    fn solve(town: &Town, by_block: bool) -> Option<(Vec<f64>, usize)> {
        let (lp, targets) = program(town);
        let columns: Vec<ColumnId> = targets.iter().map(|target| target.column).collect();
        let mut session = Session::open(lp, &SolveOptions::default()).unwrap();
        let mut leximin = Leximin::open(&mut session, targets, "t").unwrap();
        leximin.by_block = by_block;
        let worst = match leximin.worst(&mut session) {
            Outcome::Optimal(worst) => worst,
            Outcome::Infeasible => return None,
            other => panic!("{other:?}"),
        };
        match leximin.finish(&mut session, worst, town.budget).unwrap() {
            LeximinOutcome::Done { last, programs, .. } => {
                Some((columns.iter().map(|column| last.column(*column)).collect(), programs))
            }
            LeximinOutcome::Stopped { outcome, .. } => panic!("{outcome:?}"),
        }
    }

    #[test]
    fn boxes_and_a_budget_give_the_closed_form() {
        let town = Town {
            weights: vec![10.0, 20.0, 30.0, 40.0],
            lower: vec![12.0, 0.0, 0.0, 0.0],
            upper: vec![50.0, 10.0, 50.0, 50.0],
            caps: vec![1000.0],
            per_block: 4,
            budget: 92.0,
        };
        // y = clamp(λE): 12 + 10 + 30λ + 40λ = 92 → λ = 1.
        let (values, _) = solve(&town, true).unwrap();
        for (value, expected) in values.iter().zip([12.0, 10.0, 30.0, 40.0]) {
            assert!((value - expected).abs() < 1e-9, "{values:?}");
        }
    }

    #[test]
    fn many_blocks_take_few_programs() {
        let count = 200;
        let town = Town {
            weights: (0..count).map(|i| 1.0 + f64::from(i % 7)).collect(),
            lower: vec![0.0; 200],
            upper: vec![1e4; 200],
            caps: (0..50).map(|i| 2.0 + 0.37 * f64::from(i)).collect(),
            per_block: 4,
            budget: 400.0,
        };
        let (values, programs) = solve(&town, true).unwrap();
        let (plain, _) = solve(&town, false).unwrap();
        assert!(programs <= 8, "{programs} programs");
        for (a, b) in values.iter().zip(&plain) {
            assert!((a - b).abs() < 1e-8, "{a} {b}");
        }
    }

    fn towns() -> impl Strategy<Value = Town> {
        let cell = (1_u32..100, 0_u32..10, 1_u32..60);
        (prop::collection::vec(cell, 2..14), prop::collection::vec(5_u32..120, 7), 0.0..1.0_f64).prop_map(
            |(cells, caps, fill)| {
                let lower: Vec<f64> = cells.iter().map(|cell| f64::from(cell.1)).collect();
                let upper: Vec<f64> = cells.iter().map(|cell| f64::from(cell.1 + cell.2)).collect();
                let caps: Vec<f64> = caps.iter().take(cells.len().div_ceil(2)).map(|cap| f64::from(*cap)).collect();
                let most: f64 = caps
                    .iter()
                    .enumerate()
                    .map(|(block, cap)| cap.min(upper.iter().skip(2 * block).take(2).sum()))
                    .sum();
                let least: f64 = lower.iter().sum();
                let budget = least + fill * (most - least);
                let weights = cells.iter().map(|cell| f64::from(cell.0) / 7.0).collect();
                Town { weights, lower, upper, caps, per_block: 2, budget }
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn knowing_the_blocks_changes_nothing(town in towns()) {
            if let (Some((fast, _)), Some((plain, _))) = (solve(&town, true), solve(&town, false)) {
                for (a, b) in fast.iter().zip(&plain) {
                    prop_assert!((a - b).abs() < 1e-7, "{:?} {:?} {:?}", fast, plain, town);
                }
            }
        }

        #[test]
        fn no_target_can_rise_without_a_lower_one_falling(town in towns()) {
            if let Some((values, _)) = solve(&town, true) {
                let total: f64 = values.iter().sum();
                prop_assert!((total - town.budget).abs() < 1e-7);
                let ratio = |i: usize| values[i] / town.weights[i];
                let cap_left = |block: usize| town.caps[block]
                    - values.iter().skip(block * 2).take(2).sum::<f64>();
                for rich in 0..values.len() {
                    for poor in 0..values.len() {
                        let gap = ratio(rich) - ratio(poor);
                        let movable = values[rich] > town.lower[rich] + 1e-6 && values[poor] < town.upper[poor] - 1e-6
                            && (rich / 2 == poor / 2 || cap_left(poor / 2) > 1e-6);
                        prop_assert!(gap < 1e-6 || !movable, "{} could give to {}: {:?} {:?}", rich, poor, values, town);
                    }
                }
            }
        }
    }
}
