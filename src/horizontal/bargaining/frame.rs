//! A problem ready to solve: it has agreements, its gains are bounded, and their units are known.

use std::cell::OnceCell;

use num_traits::Zero as _;

use crate::bargaining::arena::{Arena, Bounds, End, Scales, certified, failed, stopped};
use crate::bargaining::model::{Model, Party};
use crate::bargaining::nash::{NashPoint, nash};
use crate::bargaining::sharpen::sharpen;
use crate::document::number::binary;
use crate::finding::{Finding, Place};
use crate::lp::{Column, ColumnId, LinearProgram, Row};
use crate::patience::interrupted;
use crate::phrases::{Phrase, Text};
use crate::solver::{Certificate, Leximin, LeximinOutcome, SolveOptions, Stopped, Target, biobjective, restrict};
use crate::units::Exact;

/// A problem whose gains are counted in units of the largest gain of each party.
pub struct Frame<'a> {
    /// The problem.
    pub model: &'a Model,
    /// Largest gain of each party above its disagreement, in its own unit.
    pub reach: Vec<f64>,
    /// Whether each party can gain at all.
    pub can_gain: Vec<bool>,
    scales: Scales,
    options: SolveOptions,
    /// The program of all arenas, once there was one.
    program: OnceCell<LinearProgram>,
}

/// Gains found by programs.
#[derive(Debug, Clone)]
pub struct Found {
    /// Gain of each party, in its own unit.
    pub gains: Vec<f64>,
    /// Gains at the common level, before completion; the same as `gains` where nothing was left to complete.
    pub plain: Vec<f64>,
    /// Residuals of the proof.
    pub certificate: Certificate,
    /// For Nash: bound on the weighted mean of log gains above this point.
    pub gap: Option<f64>,
    /// Linear programs solved.
    pub programs: usize,
}

/// Why a problem or a solution has no answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal(pub Finding);

impl From<End> for Refusal {
    fn from(end: End) -> Self {
        match end {
            End::Failed(finding) => Self(finding),
            other => Self::from(failed(&format!("{other:?}"))),
        }
    }
}

/// The Raiffa solution takes some n² programs for every digit: more parties than this are refused.
const RAIFFA_MOST: usize = 12;

/// A gain below this share of the party's scale is none.
const NO_GAIN: f64 = 1e-9;

impl<'a> Frame<'a> {
    /// Checks that agreements exist, that the disagreement point is within reach and that nobody's gain is unbounded.
    ///
    /// # Errors
    /// An empty set with its conflict, a disagreement point outside with how far and for whom, an unbounded party.
    pub fn open(model: &'a Model, options: &SolveOptions) -> Result<Self, Refusal> {
        let scales = Scales::of(model);
        if let Err(end) = feasible(model, &scales, Bounds::Caps, None, options) {
            return Err(match end {
                End::Infeasible => Refusal(empty(model, &scales, options)),
                end => end.into(),
            });
        }
        if let Err(end) = feasible(model, &scales, Bounds::Disagreement, None, options) {
            return Err(match end {
                End::Infeasible => Refusal(outside(model, &scales, Bounds::Disagreement, options)),
                end => end.into(),
            });
        }
        let mut arena = Arena::open(model, &scales, Bounds::All, None, options)?;
        let mut reach = Vec::with_capacity(model.size());
        for (index, party) in model.parties.iter().enumerate() {
            match arena.maximise(&[(index, 1.0)]) {
                Ok(best) => reach.push(best.column(ColumnId(index)) * scales.get(index)),
                Err(End::Infeasible) => return Err(Refusal(outside(model, &scales, Bounds::All, options))),
                Err(End::Unbounded) => {
                    let finding = Finding::error("bargain.unbounded", Place::default());
                    return Err(Refusal(finding.with("party", party.label.clone())));
                }
                Err(end) => return Err(end.into()),
            }
        }
        let can_gain: Vec<bool> =
            reach.iter().enumerate().map(|(index, gain)| *gain > NO_GAIN * scales.get(index)).collect();
        let units: Vec<f64> = reach.iter().zip(&can_gain).map(|(gain, can)| if *can { *gain } else { 0.0 }).collect();
        let reach = reach.iter().zip(&can_gain).map(|(gain, can)| if *can { *gain } else { 0.0 }).collect();
        let scales = scales.with_gains(&units);
        Ok(Self { model, reach, can_gain, scales, options: options.clone(), program: OnceCell::new() })
    }

    /// Number of parties.
    pub fn size(&self) -> usize {
        self.model.size()
    }

    fn arena(&self) -> Result<Arena, Refusal> {
        if let Some(program) = self.program.get() {
            return Ok(Arena::of(program.clone(), self.size(), &self.options)?);
        }
        let arena = Arena::open(self.model, &self.scales, Bounds::All, None, &self.options)?;
        let _ = self.program.set(arena.session.program().clone());
        Ok(arena)
    }

    /// The largest weighted sum of gains in the parties' own units.
    ///
    /// # Errors
    /// The solver failed.
    pub fn most(&self, weights: &[f64]) -> Result<f64, Refusal> {
        let scaled = |(party, weight): (usize, &f64)| (party, weight * self.scales.get(party));
        let largest = weights.iter().enumerate().map(scaled).map(|(_, weight)| weight.abs()).fold(0.0, f64::max);
        if largest <= 0.0 {
            return Ok(0.0);
        }
        let weights: Vec<(usize, f64)> =
            weights.iter().enumerate().map(scaled).map(|(at, by)| (at, by / largest)).collect();
        let best = self.arena()?.maximise(&weights)?;
        Ok(-best.objective() * largest)
    }

    /// The largest common level of gains over a direction > 0 in the parties' own units, among those who can gain.
    ///
    /// # Errors
    /// The solver failed.
    pub fn level(&self, direction: &[f64]) -> Result<f64, Refusal> {
        let mut arena = self.arena()?;
        let (targets, largest) = self.targets(direction);
        if targets.is_empty() {
            return Ok(0.0);
        }
        let leximin = Leximin::open(&mut arena.session, targets, "level").map_err(End::from)?;
        let worst = certified(leximin.worst(&mut arena.session))?;
        Ok(-worst.objective() / largest)
    }

    /// Those who can gain as targets of a leximin along a direction, and the largest weight before they were made at most 1.
    fn targets(&self, direction: &[f64]) -> (Vec<Target>, f64) {
        let players = self.players();
        let speed = |party: usize| direction.get(party).copied().unwrap_or(1.0) / self.scales.get(party);
        let largest = players.iter().map(|party| speed(*party)).fold(0.0, f64::max);
        let target =
            |party: &usize| Target { column: ColumnId(*party), weight: speed(*party) / largest, block: *party };
        (players.iter().map(target).collect(), largest)
    }

    fn natural(&self, gains: &[f64]) -> Vec<f64> {
        gains.iter().enumerate().map(|(party, gain)| gain * self.scales.get(party)).collect()
    }

    fn players(&self) -> Vec<usize> {
        (0..self.size()).filter(|party| self.can_gain.get(*party) == Some(&true)).collect()
    }

    /// The Nash solution with the parties' weights.
    ///
    /// # Errors
    /// The solver failed, or the proof is too weak.
    pub fn nash(&self) -> Result<Found, Refusal> {
        let mut weights: Vec<f64> = self.model.parties.iter().map(|party| binary(&party.weight)).collect();
        for (weight, can) in weights.iter_mut().zip(&self.can_gain) {
            *weight = if *can { *weight } else { 0.0 };
        }
        let sum: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= if sum > 0.0 { sum } else { 1.0 });
        let mut arena = self.arena()?;
        let NashPoint { gains, gap, programs } = nash(&mut arena, &weights, &|| !self.options.is_interrupted())?;
        let gains = self.natural(&gains);
        let certificate = Certificate { primal_residual: 0.0, dual_residual: 0.0, gap };
        Ok(Found { plain: gains.clone(), gains, certificate, gap: Some(gap), programs })
    }

    /// A Nash point put exactly on the constraints that hold it, with its proof in exact arithmetic; as it was where that does
    /// not work.
    pub fn sharpened(&self, found: Found) -> Found {
        match self.sharper(&found.gains) {
            Some((gains, gap)) if found.gap.is_some_and(|before| gap < before) => {
                let certificate = Certificate { primal_residual: 0.0, dual_residual: 0.0, gap };
                let programs = found.programs + usize::from(!self.model.variables.is_empty());
                Found { plain: gains.clone(), gains, certificate, gap: Some(gap), programs }
            }
            _ => found,
        }
    }

    fn sharper(&self, gains: &[f64]) -> Option<(Vec<f64>, f64)> {
        let variables = if self.model.variables.is_empty() { Vec::new() } else { self.realised(gains).ok()? };
        let scales: Vec<f64> = (0..self.size() + variables.len()).map(|column| self.scales.get(column)).collect();
        let weight = |(party, can): (&Party, &bool)| if *can { party.weight.clone() } else { Exact::zero() };
        let weights: Vec<Exact> = self.model.parties.iter().zip(&self.can_gain).map(weight).collect();
        let (gains, gap) = sharpen(self.model, gains, &variables, &scales, &weights)?;
        // Rounded up a little; what the last digits of the gains lose is added where errors are stated.
        Some((gains.iter().map(binary).collect(), binary(&gap) * (1.0 + 1e-9)))
    }

    /// Gains in proportion to a direction > 0 in the parties' own units, then leximin of these proportions.
    ///
    /// # Errors
    /// The solver failed, or directions differ too much in size.
    pub fn along(&self, direction: &[f64]) -> Result<Found, Refusal> {
        let arena = self.arena()?;
        self.leximin(arena, direction, 0)
    }

    /// The Kalai–Smorodinsky solution: proportions are the largest gains.
    ///
    /// # Errors
    /// As [`Frame::along`].
    pub fn kalai_smorodinsky(&self) -> Result<Found, Refusal> {
        self.along(&self.reach)
    }

    /// The egalitarian solution, or the proportional one where proportions are given.
    ///
    /// # Errors
    /// As [`Frame::along`].
    pub fn egalitarian(&self) -> Result<Found, Refusal> {
        let direction: Vec<f64> = self.model.parties.iter().map(|party| binary(&party.proportion)).collect();
        self.along(&direction)
    }

    fn leximin(&self, mut arena: Arena, direction: &[f64], before: usize) -> Result<Found, Refusal> {
        let (targets, _) = self.targets(direction);
        if targets.is_empty() {
            let gains = vec![0.0; self.size()];
            let certificate = Certificate { primal_residual: 0.0, dual_residual: 0.0, gap: 0.0 };
            return Ok(Found { plain: gains.clone(), gains, certificate, gap: None, programs: before });
        }
        let leximin = Leximin::open(&mut arena.session, targets.clone(), "level").map_err(End::from)?;
        let worst = certified(leximin.worst(&mut arena.session))?;
        let level = -worst.objective();
        let certificate = worst.certificate();
        let mut plain = vec![0.0; self.size()];
        for target in &targets {
            if let Some(entry) = plain.get_mut(target.column.0) {
                let least = arena.session.program().columns().get(target.column.0).map_or(0.0, |column| column.lower);
                *entry = (level * target.weight).max(least);
            }
        }
        let budget = targets.len() as f64;
        let done = leximin.finish(&mut arena.session, Box::new(worst), budget).map_err(End::from)?;
        let (last, programs) = match done {
            LeximinOutcome::Done { last, programs, .. } => (last, programs),
            LeximinOutcome::Stopped { outcome, .. } => return Err(stopped(outcome).into()),
        };
        let gains = self.natural(&arena.gains(&last));
        Ok(Found { plain: self.natural(&plain), gains, certificate, gap: None, programs: programs + before })
    }

    /// The largest sum of utilities; among several the leximin of gains.
    ///
    /// # Errors
    /// As [`Frame::along`].
    pub fn utilitarian(&self) -> Result<Found, Refusal> {
        let mut arena = self.arena()?;
        let largest = (0..self.size()).map(|party| self.scales.get(party)).fold(0.0, f64::max);
        let weights: Vec<(usize, f64)> =
            (0..self.size()).map(|party| (party, self.scales.get(party) / largest)).collect();
        let optimum = arena.maximise(&weights)?;
        let certificate = optimum.certificate();
        restrict(&mut arena.session, &optimum).map_err(End::from)?;
        arena.session.keeps_a_plan();
        let found = self.leximin(arena, &vec![1.0; self.size()], 1)?;
        Ok(Found { plain: found.gains.clone(), certificate, ..found })
    }

    /// The discrete Raiffa solution: each step gives every party one n-th of what it could still gain.
    ///
    /// # Errors
    /// The solver failed.
    pub fn raiffa(&self) -> Result<Found, Refusal> {
        if self.size() > RAIFFA_MOST {
            let finding = Finding::error("bargain.raiffa_many", Place::default().column("solutions"));
            return Err(Refusal(finding.with("most", RAIFFA_MOST.to_string())));
        }
        let mut arena = self.arena()?;
        let players = self.players();
        let mut now = vec![0.0; self.size()];
        let mut programs = 0;
        let share = players.len().max(1) as f64;
        for _ in 0..40 * players.len() {
            let mut next = now.clone();
            for party in &players {
                let best = match arena.maximise(&[(*party, 1.0)]) {
                    Ok(best) => best.column(ColumnId(*party)),
                    // A hair beyond the frontier: there.
                    Err(End::Infeasible) => now.get(*party).copied().unwrap_or(0.0),
                    Err(end) => return Err(end.into()),
                };
                programs += 1;
                if let Some(entry) = next.get_mut(*party) {
                    *entry += (best - *entry).max(0.0) / share;
                }
            }
            let moved = next.iter().zip(&now).map(|(next, now)| next - now).fold(0.0, f64::max);
            now = next;
            if moved < 1e-12 {
                break;
            }
            for party in &players {
                let (lower, upper) = match arena.session.program().columns().get(*party) {
                    Some(column) => (column.lower, column.upper),
                    None => continue,
                };
                let least = now.get(*party).copied().unwrap_or(0.0);
                arena
                    .session
                    .set_column_bounds(ColumnId(*party), least.max(lower).min(upper), upper)
                    .map_err(End::from)?;
            }
        }
        let certificate = Certificate { primal_residual: 0.0, dual_residual: 0.0, gap: 0.0 };
        let gains = self.natural(&now);
        Ok(Found { plain: gains.clone(), gains, certificate, gap: None, programs })
    }

    /// The Pareto frontier of two parties: corners as gains, the first party's rising.
    ///
    /// # Errors
    /// The solver failed.
    pub fn frontier(&self) -> Result<Vec<[f64; 2]>, Refusal> {
        let arena = self.arena()?;
        let (first, second) = ([(ColumnId(0), -1.0)], [(ColumnId(1), -1.0)]);
        let found = biobjective::frontier(arena.session.program(), (&first, &second), &self.options);
        let corners = found.map_err(End::from)?.map_err(|end| match end {
            Stopped::Limit(_) => End::Failed(interrupted("bargain")),
            other => failed(&format!("{other:?}")),
        })?;
        let at = |value: f64, party: usize| -value * self.scales.get(party);
        Ok(corners.iter().rev().map(|corner| [at(corner.x, 0), at(corner.y, 1)]).collect())
    }

    /// Values of the variables at a point that gives these gains, in their own units.
    ///
    /// # Errors
    /// The solver failed, or the gains are out of reach.
    pub fn realised(&self, gains: &[f64]) -> Result<Vec<f64>, Refusal> {
        let mut arena = self.arena()?;
        for (party, gain) in gains.iter().enumerate() {
            let Some(column) = arena.session.program().columns().get(party).cloned() else { continue };
            // A hair of room: the point itself must be allowed.
            let least = (gain / self.scales.get(party) - 1e-11).max(column.lower).min(column.upper);
            arena.session.set_column_bounds(ColumnId(party), least, column.upper).map_err(End::from)?;
        }
        let point = arena.maximise(&[])?;
        let value = |column: usize| point.column(ColumnId(column)) * self.scales.get(column);
        Ok((0..self.model.variables.len()).map(|index| value(self.size() + index)).collect())
    }

    /// By how much all who can gain could gain together beyond a point, in units of their largest gains: 0 where it is weakly
    /// efficient; and the largest sum of such gains with nobody losing: 0 where it is efficient.
    ///
    /// # Errors
    /// The solver failed.
    pub fn beyond(&self, gains: &[f64]) -> Result<(f64, f64), Refusal> {
        let mut arena = self.arena()?;
        let players = self.players();
        let unit = |party: usize| gains.get(party).copied().unwrap_or(0.0) / self.scales.get(party);
        let level = Column { name: "level".to_owned(), lower: 0.0, upper: f64::INFINITY, cost: 0.0 };
        let level = arena.session.add_columns(vec![level]).map_err(End::from)?;
        let rows = players.iter().map(|party| Row {
            name: format!("beyond{party}"),
            // A hair of room: the point itself must be allowed.
            lower: unit(*party) - 1e-11,
            upper: f64::INFINITY,
            terms: vec![(ColumnId(*party), 1.0), (level, -1.0)],
        });
        let rows: Vec<Row> = rows.collect();
        arena.session.add_rows(rows).map_err(End::from)?;
        arena.session.set_costs(&[(level, -1.0)]).map_err(End::from)?;
        let together = match certified(arena.session.solve()) {
            Ok(best) => best.column(level),
            Err(End::Infeasible) => return Ok((f64::NAN, f64::NAN)),
            Err(end) => return Err(end.into()),
        };
        arena.session.set_column_bounds(level, 0.0, 0.0).map_err(End::from)?;
        let weights: Vec<(usize, f64)> = players.iter().map(|party| (*party, 1.0)).collect();
        let best = arena.maximise(&weights)?;
        let more = players.iter().map(|party| best.column(ColumnId(*party)) - unit(*party)).sum();
        Ok((together, more))
    }
}

fn feasible(
    model: &Model,
    scales: &Scales,
    bounds: Bounds,
    only: Option<&[usize]>,
    options: &SolveOptions,
) -> Result<(), End> {
    let mut arena = Arena::open(model, scales, bounds, only, options)?;
    arena.maximise(&[]).map(|_| ())
}

/// The set has no point: rows none of which can be left out of the conflict.
///
/// Rows are left out in blocks of halving size, so that many rows take few programs.
fn empty(model: &Model, scales: &Scales, options: &SolveOptions) -> Finding {
    let mut kept: Vec<usize> = (0..model.rows.len()).collect();
    let mut block = kept.len().div_ceil(2).max(1);
    loop {
        let mut at = 0;
        while at < kept.len() {
            let end = (at + block).min(kept.len());
            let inside = |(index, row): (usize, &usize)| (index < at || index >= end).then_some(*row);
            let rest: Vec<usize> = kept.iter().enumerate().filter_map(inside).collect();
            if matches!(feasible(model, scales, Bounds::Caps, Some(&rest), options), Err(End::Infeasible)) {
                kept = rest;
            } else {
                at = end;
            }
        }
        if block == 1 {
            break;
        }
        block = block.div_ceil(2);
    }
    let rows = kept.iter().filter_map(|row| model.rows.get(*row));
    let mut names: Vec<String> = rows.map(|row| row.name.clone()).take(NAMED).collect();
    if kept.len() > NAMED {
        names.push("…".to_owned());
    }
    Finding::error("bargain.empty", Place::default().column("constraint")).with("names", names.join(", "))
}

/// So many rows of a conflict are named.
const NAMED: usize = 20;

/// Nobody can be given the disagreement point (or what it has elsewhere): how far, and for whom.
fn outside(model: &Model, scales: &Scales, bounds: Bounds, options: &SolveOptions) -> Finding {
    let code = if bounds == Bounds::All { "bargain.no_agreement" } else { "bargain.disagreement_outside" };
    let mut alone: Vec<Phrase> = Vec::new();
    for (index, party) in model.parties.iter().enumerate() {
        let fall = || -> Result<f64, End> {
            let mut arena = Arena::open(model, scales, bounds, None, options)?;
            let column = arena.session.program().columns().get(index).cloned();
            let Some(column) = column else { return Err(End::Infeasible) };
            arena.session.set_column_bounds(ColumnId(index), f64::NEG_INFINITY, column.upper)?;
            let best = arena.maximise(&[(index, 1.0)])?;
            Ok((column.lower - best.column(ColumnId(index))) * scales.get(index))
        };
        if let Ok(fall) = fall() {
            let phrase = Phrase::new("bargain.falls_by").with("party", party.label.clone());
            alone.push(phrase.with("amount", significant(fall)));
        }
    }
    let together = together(model, scales, bounds, options).map_or_else(|| "—".to_owned(), significant);
    let join = |texts: Vec<String>| texts.join("; ");
    let alone = Text {
        zh: join(alone.iter().map(|phrase| phrase.render(crate::phrases::Lang::Zh)).collect()),
        en: join(alone.iter().map(|phrase| phrase.render(crate::phrases::Lang::En)).collect()),
    };
    let alone = if alone.en.is_empty() { Phrase::new("bargain.nobody_alone").text() } else { alone };
    Finding::error(code, Place::default().column("party.disagreement")).with("together", together).with("alone", alone)
}

/// Least common amount by which all would have to ask for less, in their own units.
fn together(model: &Model, scales: &Scales, bounds: Bounds, options: &SolveOptions) -> Option<f64> {
    let mut arena = Arena::open(model, scales, Bounds::Caps, None, options).ok()?;
    let asked = Arena::open(model, scales, bounds, None, options).ok()?;
    let unit = (0..model.size()).map(|party| scales.get(party)).fold(0.0, f64::max);
    let level = Column { name: "fall".to_owned(), lower: 0.0, upper: f64::INFINITY, cost: 0.0 };
    let level = arena.session.add_columns(vec![level]).ok()?;
    let columns = asked.session.program().columns();
    let rows: Vec<Row> = (0..model.size())
        .map(|party| Row {
            name: format!("fall{party}"),
            lower: columns.get(party).map_or(0.0, |column| column.lower) * scales.get(party) / unit,
            upper: f64::INFINITY,
            terms: vec![(ColumnId(party), scales.get(party) / unit), (level, 1.0)],
        })
        .collect();
    arena.session.add_rows(rows).ok()?;
    arena.session.set_costs(&[(level, 1.0)]).ok()?;
    certified(arena.session.solve()).ok().map(|best| best.column(level) * unit)
}

/// Up to ten significant digits, without trailing zeros.
pub(super) fn significant(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return "0".to_owned();
    }
    let places = (9 - value.abs().log10().floor() as i64).clamp(0, 18);
    let text = format!("{value:.*}", usize::try_from(places).unwrap_or(0));
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}
