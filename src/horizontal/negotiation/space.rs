//! All offers with given thresholds and years as a polytope: values of parties are concave and piecewise linear in the rest.
//!
//! Money in 万元. With mean weight 1 − w and CVaR weight w, v ≤ (1 − w)·E S + w·(η − Σ p ξ / (1 − α)), ξ ≥ η − S, ξ ≥ 0
//! (Rockafellar & Uryasev 2000). Payments here are not yet rounded to 分; every offer found is valued again exactly.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use num_traits::{Signed, Zero};

use crate::bargaining::{Linear, Model, Number, Party, Variable, binary};
use crate::finding::{Finding, Place};
use crate::lp::{ColumnId, LinearProgram, NumberRefused, RowId};
use crate::negotiation::deal::{Deal, Pays, place};
use crate::negotiation::evaluate::Own;
use crate::negotiation::offer::Offer;
use crate::patience::interrupted;
use crate::solver::{Certified, Outcome, Session, SessionError, SolveOptions};
use crate::units::Exact;

/// Most combinations of thresholds and years looked at.
const COMBINATIONS: usize = 1_000;
/// Most rows of all programs together.
const ROWS: usize = 40_000;
/// Most payments of all combinations together.
const PAYMENTS: usize = 3_000_000;
const FEN_PER_WAN: f64 = 1e6;

/// An affine function of the linear issues.
#[derive(Debug, Clone, PartialEq)]
struct Affine {
    constant: f64,
    by: Vec<f64>,
}

impl Affine {
    fn zero(size: usize) -> Self {
        Self { constant: 0.0, by: vec![0.0; size] }
    }

    fn add(&mut self, factor: f64, other: &Self) {
        self.constant += factor * other.constant;
        for (own, other) in self.by.iter_mut().zip(&other.by) {
            *own += factor * other;
        }
    }

    fn key(&self) -> Vec<u64> {
        std::iter::once(self.constant).chain(self.by.iter().copied()).map(|value| (value + 0.0).to_bits()).collect()
    }
}

/// The offers of one combination of thresholds and years, seen by some parties.
pub(super) struct Space<'a> {
    /// Values of the issues that are not linear; the linear ones stand at their least.
    pub grid: Offer,
    /// Positions of the linear issues.
    pub linear: Vec<usize>,
    /// The problem: utilities are values of the parties in 万元, variables begin with the linear issues.
    pub model: Model,
    deal: &'a Deal,
    /// The polytope as a program without objective, once it was asked for.
    program: OnceCell<LinearProgram>,
}

/// The polytopes of every combination of thresholds and years, in the order of the case.
///
/// # Errors
/// Too many combinations, payments or rows; a limit.
pub(super) fn spaces<'a>(deal: &'a Deal, players: &[Own], options: &SolveOptions) -> Result<Vec<Space<'a>>, Finding> {
    let grids = grids(deal)?;
    let too_much = |count: usize, most: usize| {
        let finding = Finding::error("negotiate.too_much", Place::default().column("issue.choices"));
        finding.with("count", count.to_string()).with("most", most.to_string())
    };
    let worths: usize = players.iter().map(|own| own.worths.len()).sum();
    let payments = grids.len() * deal.outcomes.len() * deal.years as usize * (deal.clauses.len() + worths);
    if payments > PAYMENTS {
        return Err(too_much(payments, PAYMENTS));
    }
    let (mut spaces, mut rows) = (Vec::with_capacity(grids.len()), 0);
    for grid in grids {
        if options.is_interrupted() {
            return Err(interrupted("negotiate"));
        }
        let space = Space::of(deal, players, grid);
        rows += space.model.rows.len();
        if rows > ROWS {
            return Err(too_much(rows, ROWS));
        }
        spaces.push(space);
    }
    Ok(spaces)
}

/// Every combination of thresholds and years.
fn grids(deal: &Deal) -> Result<Vec<Offer>, Finding> {
    let mut grids = vec![deal.issues.iter().map(|issue| issue.low.clone()).collect::<Vec<Exact>>()];
    for (index, issue) in deal.issues.iter().enumerate() {
        if issue.choices.is_empty() {
            continue;
        }
        let mut next = Vec::with_capacity(grids.len() * issue.choices.len());
        for grid in &grids {
            for choice in &issue.choices {
                let mut grid = grid.clone();
                if let Some(value) = grid.get_mut(index) {
                    *value = choice.clone();
                }
                next.push(grid);
            }
        }
        if next.len() > COMBINATIONS {
            let finding =
                Finding::error("negotiate.too_many_combinations", place(format!("issue[{}].choices", index + 1)));
            return Err(finding.with("most", COMBINATIONS.to_string()));
        }
        grids = next;
    }
    Ok(grids.into_iter().map(Offer).collect())
}

impl<'a> Space<'a> {
    /// The polytope of one combination.
    fn of(deal: &'a Deal, players: &[Own], grid: Offer) -> Self {
        let linear: Vec<usize> = (0..deal.issues.len())
            .filter(|index| deal.issues.get(*index).is_some_and(|i| i.kind.is_linear()))
            .collect();
        let mut builder = Builder { deal, linear: &linear, grid: &grid, variables: Vec::new(), rows: Vec::new() };
        builder.issues();
        for (index, own) in players.iter().enumerate() {
            builder.player(index, players.len(), own);
        }
        let party = |own: &Own| Party {
            id: deal.case.parties.get(own.party).map(|party| party.id.clone()).unwrap_or_default(),
            label: deal.labels.get(own.party).cloned().unwrap_or_else(|| "".into()),
            disagreement: Exact::zero(),
            outside: None,
            floor: None,
            cap: None,
            weight: own.weight.clone(),
            proportion: Exact::from_integer(1.into()),
        };
        let parties = players.iter().map(party).collect();
        let Builder { variables, rows, .. } = builder;
        let model = Model { parties, variables, rows, corners: None, has_transfers: false };
        Self { grid, linear, model, deal, program: OnceCell::new() }
    }

    /// An offer of this combination with these values of the linear issues.
    pub fn offer(&self, values: &[Exact]) -> Offer {
        let mut offer = self.grid.clone();
        for (issue, value) in self.linear.iter().zip(values) {
            if let Some(entry) = offer.0.get_mut(*issue) {
                *entry = value.clone();
            }
        }
        offer
    }

    /// The deal.
    pub fn deal(&self) -> &'a Deal {
        self.deal
    }
}

struct Builder<'a> {
    deal: &'a Deal,
    linear: &'a [usize],
    grid: &'a Offer,
    variables: Vec<Variable>,
    rows: Vec<Linear>,
}

fn exact(value: f64) -> Exact {
    Number::from_f64(value).map(|number| number.0).unwrap_or_default()
}

fn free(name: String) -> Variable {
    Variable { name, lower: None, upper: None, base_of: None }
}

impl Builder<'_> {
    fn issues(&mut self) {
        for index in self.linear {
            let Some(issue) = self.deal.issues.get(*index) else { continue };
            self.variables.push(Variable {
                name: issue.id.clone(),
                lower: Some(issue.low.clone()),
                upper: Some(issue.high.clone()),
                base_of: None,
            });
        }
    }

    fn at(&self, issue: usize) -> Option<usize> {
        self.linear.iter().position(|known| *known == issue)
    }

    /// Net receipts of a party in a year of an outcome, in 万元.
    fn cash(&self, party: usize, year: usize, values: &BTreeMap<String, Exact>) -> Affine {
        let mut sum = Affine::zero(self.linear.len());
        for clause in &self.deal.clauses {
            let sign = f64::from(i8::from(clause.to == party) - i8::from(clause.from == party));
            if sign == 0.0 {
                continue;
            }
            let factor = clause.factor(year, values, self.grid);
            if factor.is_zero() {
                continue;
            }
            match &clause.pays {
                Pays::Fixed(fen) => sum.constant += sign * binary(&(fen * factor)) / FEN_PER_WAN,
                Pays::Issue(issue, fen) => {
                    if let Some(entry) = self.at(*issue).and_then(|at| sum.by.get_mut(at)) {
                        *entry += sign * binary(&(fen * factor)) / FEN_PER_WAN;
                    }
                }
            }
        }
        sum
    }

    fn worth(&self, own: &Own, year: usize, values: &BTreeMap<String, Exact>) -> Affine {
        let mut sum = Affine::zero(self.linear.len());
        for worth in &own.worths {
            let amount = binary(&(&worth.fen * worth.factor(year, values, self.grid))) / FEN_PER_WAN;
            match worth.per {
                None => sum.constant += amount,
                Some(issue) => {
                    if let Some(entry) = self.at(issue).and_then(|at| sum.by.get_mut(at)) {
                        *entry += amount;
                    }
                }
            }
        }
        sum
    }

    fn player(&mut self, index: usize, players: usize, own: &Own) {
        let years = self.grid.years(self.deal);
        let mut mean = Affine::zero(self.linear.len());
        let mut tails: BTreeMap<Vec<u64>, (f64, Affine)> = BTreeMap::new();
        let mut payments: BTreeMap<Vec<u64>, Affine> = BTreeMap::new();
        for outcome in &self.deal.outcomes {
            let probability = binary(&outcome.probability);
            let mut surplus = Affine::zero(self.linear.len());
            surplus.constant = -(own.reservation as f64) / FEN_PER_WAN;
            for (year, values) in outcome.years.iter().take(years).enumerate() {
                let cash = self.cash(own.party, year, values);
                let discount = own.discounts.get(year).map_or(0.0, binary);
                surplus.add(discount, &cash);
                surplus.add(discount, &self.worth(own, year, values));
                if own.budget.is_some() {
                    payments.insert(cash.key(), cash);
                }
            }
            mean.add(probability, &surplus);
            if probability > 0.0 {
                tails.entry(surplus.key()).or_insert((0.0, surplus)).0 += probability;
            }
        }
        let caution = binary(&own.caution);
        let has_tail = caution > 0.0 && own.alpha.is_positive();
        let mut terms = vec![(index, 1.0)];
        let mean_weight = if has_tail { 1.0 - caution } else { 1.0 };
        terms.extend(self.terms(&mean, players, -mean_weight));
        if has_tail {
            let level = players + self.variables.len();
            self.variables.push(free(format!("tail {index}")));
            terms.push((level, -caution));
            for (probability, surplus) in tails.values() {
                let short = players + self.variables.len();
                let zero = Some(Exact::zero());
                self.variables.push(Variable { name: String::new(), lower: zero, upper: None, base_of: None });
                terms.push((short, caution * probability / (1.0 - binary(&own.alpha))));
                let mut row = vec![(short, 1.0), (level, -1.0)];
                row.extend(self.terms(surplus, players, 1.0));
                self.row("tail", row, Some(-surplus.constant), None);
            }
        }
        self.row(&format!("value {index}"), terms, None, Some(mean_weight * mean.constant));
        if let Some(budget) = own.budget {
            for cash in payments.values() {
                let row: Vec<(usize, f64)> = self.terms(cash, players, -1.0).collect();
                let limit = budget as f64 / FEN_PER_WAN + cash.constant;
                if !row.is_empty() || limit < 0.0 {
                    self.row("budget", row, None, Some(limit));
                }
            }
        }
    }

    fn terms(&self, affine: &Affine, players: usize, factor: f64) -> impl Iterator<Item = (usize, f64)> + use<> {
        let terms: Vec<(usize, f64)> =
            affine.by.iter().enumerate().map(|(at, by)| (players + at, factor * by)).collect();
        terms.into_iter().filter(|(_, by)| *by != 0.0)
    }

    fn row(&mut self, name: &str, terms: Vec<(usize, f64)>, lower: Option<f64>, upper: Option<f64>) {
        let terms = terms.into_iter().map(|(column, value)| (column, exact(value))).collect();
        self.rows.push(Linear { name: name.to_owned(), terms, lower: lower.map(exact), upper: upper.map(exact) });
    }
}

/// Why a search could not be carried out.
pub(super) fn failed(why: &str) -> Finding {
    Finding::error("bargain.solver_failed", Place::default()).with("why", why)
}

fn refused(error: &SessionError) -> Finding {
    failed(&error.to_string())
}

fn number(error: &NumberRefused) -> Finding {
    failed(&error.to_string())
}

/// The optimum of a program; `None` where it has no point.
fn optimum(outcome: Outcome) -> Result<Option<Certified>, Finding> {
    match outcome {
        Outcome::Optimal(optimum) => Ok(Some(*optimum)),
        Outcome::Infeasible => Ok(None),
        Outcome::Limit(_) => Err(interrupted("negotiate")),
        other => Err(failed(&format!("{other:?}"))),
    }
}

/// A polytope on a live solver, for questions of which only the value counts: each starts where the one before ended.
pub(super) struct Live {
    session: Session,
    size: usize,
    /// Common rise above the targets.
    level: ColumnId,
    /// First of the rows that hold values above target and level.
    above: RowId,
}

impl Live {
    fn ask(
        &mut self,
        targets: impl Iterator<Item = f64>,
        above: impl Iterator<Item = f64>,
        cost: (ColumnId, f64),
    ) -> Result<Option<f64>, Finding> {
        let values: Vec<(usize, f64, f64)> =
            targets.enumerate().map(|(party, target)| (party, target, f64::INFINITY)).collect();
        let rows: Vec<(usize, f64, f64)> =
            above.enumerate().map(|(party, target)| (self.above.0 + party, target, f64::INFINITY)).collect();
        let set = |live: &mut Self| -> Result<(), SessionError> {
            live.session.set_many_column_bounds(&values)?;
            live.session.set_many_row_bounds(&rows)?;
            live.session.set_costs(&[cost])
        };
        set(self).map_err(|error| refused(&error))?;
        Ok(optimum(self.session.solve())?.map(|best| best.column(cost.0)))
    }

    fn nothing(&self) -> impl Iterator<Item = f64> + use<> {
        std::iter::repeat_n(f64::NEG_INFINITY, self.size)
    }

    /// Largest t with every value at least its target plus t; `None` where budgets leave no offer.
    pub fn level(&mut self, targets: &[f64]) -> Result<Option<f64>, Finding> {
        self.ask(self.nothing(), targets.iter().copied(), (self.level, -1.0))
    }

    /// Largest value of one party with the others at least at their targets; `None` where there is no such offer.
    pub fn most(&mut self, party: usize, targets: &[f64]) -> Result<Option<f64>, Finding> {
        let free = |(at, target): (usize, &f64)| if at == party { f64::NEG_INFINITY } else { *target };
        self.ask(targets.iter().enumerate().map(free), self.nothing(), (ColumnId(party), -1.0))
    }

    /// Least and largest value of a linear issue over offers that reach the targets.
    pub fn range(&mut self, at: usize, targets: &[f64]) -> Result<Option<(f64, f64)>, Finding> {
        let column = ColumnId(self.size + at);
        let low = self.ask(targets.iter().copied(), self.nothing(), (column, 1.0))?;
        let high = self.ask(targets.iter().copied(), self.nothing(), (column, -1.0))?;
        Ok(low.zip(high))
    }
}

impl Space<'_> {
    /// The polytope as a program without objective.
    fn program(&self) -> Result<&LinearProgram, Finding> {
        match self.program.get() {
            Some(program) => Ok(program),
            None => {
                let program = self.built().map_err(|error| number(&error))?;
                Ok(self.program.get_or_init(|| program))
            }
        }
    }

    fn built(&self) -> Result<LinearProgram, NumberRefused> {
        let mut program = LinearProgram::new();
        for index in 0..self.model.size() {
            program.add_column(format!("v{index}"), f64::NEG_INFINITY, f64::INFINITY, 0.0)?;
        }
        let bound = |bound: &Option<Exact>, none: f64| bound.as_ref().map_or(none, binary);
        for (index, variable) in self.model.variables.iter().enumerate() {
            let lower = bound(&variable.lower, f64::NEG_INFINITY);
            let upper = bound(&variable.upper, f64::INFINITY);
            program.add_column(format!("x{index}"), lower, upper, 0.0)?;
        }
        for (index, row) in self.model.rows.iter().enumerate() {
            // What is below the solver's least coefficient moves values by less than a thousandth of a 分.
            let terms = row.terms.iter().map(|(column, value)| (ColumnId(*column), binary(value)));
            let terms = terms.filter(|(_, value)| value.abs() > 1e-9).collect();
            let (lower, upper) = (bound(&row.lower, f64::NEG_INFINITY), bound(&row.upper, f64::INFINITY));
            program.add_row(format!("r{index}"), lower, upper, terms)?;
        }
        Ok(program)
    }

    /// The polytope on a live solver.
    pub fn live(&self, options: &SolveOptions) -> Result<Live, Finding> {
        let mut program = self.program()?.clone();
        let size = self.model.size();
        let mut add = || -> Result<(ColumnId, RowId), NumberRefused> {
            let level = program.add_column("level".to_owned(), f64::NEG_INFINITY, f64::INFINITY, 0.0)?;
            let above = RowId(program.rows().len());
            for party in 0..size {
                let terms = vec![(ColumnId(party), 1.0), (level, -1.0)];
                program.add_row(format!("above{party}"), 0.0, f64::INFINITY, terms)?;
            }
            Ok((level, above))
        };
        let (level, above) = add().map_err(|error| number(&error))?;
        let session = Session::open(program, options).map_err(|error| refused(&error))?;
        Ok(Live { session, size, level, above })
    }

    fn issues_at(&self, optimum: &Certified) -> Vec<f64> {
        (0..self.linear.len()).map(|at| optimum.column(ColumnId(self.model.size() + at))).collect()
    }

    /// The offer nearest to another that reaches the targets, with some linear issues fixed: its public distance and linear issues.
    pub fn nearest(
        &self,
        targets: &[f64],
        fixed: &[Option<Exact>],
        from: &Offer,
        options: &SolveOptions,
    ) -> Result<Option<(f64, Vec<f64>)>, Finding> {
        let mut program = self.program()?.clone();
        for (index, target) in targets.iter().enumerate() {
            program.set_column_bounds(ColumnId(index), *target, f64::INFINITY);
        }
        for (at, value) in fixed.iter().enumerate() {
            if let Some(value) = value {
                let value = binary(value);
                program.set_column_bounds(ColumnId(self.model.size() + at), value, value);
            }
        }
        let mut add = || -> Result<(), NumberRefused> {
            for (at, index) in self.linear.iter().enumerate() {
                let Some(issue) = self.deal.issues.get(*index) else { continue };
                let width = binary(&(&issue.high - &issue.low));
                if width <= 0.0 {
                    continue;
                }
                let cost = binary(&issue.weight) / width;
                let here = binary(&from.value(*index));
                let moved = program.add_column(format!("moved{at}"), 0.0, f64::INFINITY, cost)?;
                let column = ColumnId(self.model.size() + at);
                program.add_row(format!("up{at}"), -here, f64::INFINITY, vec![(moved, 1.0), (column, -1.0)])?;
                program.add_row(format!("down{at}"), here, f64::INFINITY, vec![(moved, 1.0), (column, 1.0)])?;
            }
            Ok(())
        };
        add().map_err(|error| number(&error))?;
        let mut session = Session::open(program, options).map_err(|error| refused(&error))?;
        let Some(best) = optimum(session.solve())? else { return Ok(None) };
        let linear = self.issues_at(&best);
        let jump: f64 = self.grid_distance(from);
        Ok(Some((best.objective() + jump, linear)))
    }

    /// Distance of the thresholds and years alone: no offer of this combination is nearer.
    pub fn grid_distance(&self, from: &Offer) -> f64 {
        let mut other = from.clone();
        for issue in &self.linear {
            if let Some(value) = other.0.get_mut(*issue) {
                *value = self.grid.value(*issue);
            }
        }
        self.grid.distance(self.deal, &other)
    }
}
