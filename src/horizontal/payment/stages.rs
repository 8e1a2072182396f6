//! The objectives in order, each within all optima of those before; a tie-break leaves one plan.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::finding::Finding;
use crate::lp::{ColumnId, refused};
use crate::patience::is_limit;
use crate::payment::end::{End, failed, proved};
use crate::payment::fewest;
use crate::payment::possible::ROOM;
use crate::payment::program::{Columns, Program, compile};
use crate::payment::request::{DealSpec, Levels, Measure, Objective};
use crate::payment::stuck::{Level, Stuck};
use crate::payment::terms::{Kind, On, Terms};
use crate::solver::{Certified, Leximin, LeximinOutcome, Session, SolveOptions, Target, restrict};

/// Multipliers below this are none.
const NO_PRICE: f64 = 1e-7;

/// One objective reached.
#[derive(Debug, Clone)]
pub(super) struct Stage {
    /// What was optimised; `None` for the tie-break.
    pub objective: Option<Objective>,
    /// Its value: 分, a ratio, or a number of payments.
    pub value: f64,
    /// Proof of the last program of the stage.
    pub certified: Box<Certified>,
    /// Linear programs solved.
    pub programs: usize,
    /// What a condition is worth: limit, improvement of the objective per 分 by which it is loosened.
    pub prices: Vec<(usize, f64)>,
    /// For the fewest payments: no plan within the stages before has fewer than this.
    pub at_least: Option<usize>,
}

/// The optimum in real numbers.
#[derive(Debug, Clone)]
pub(super) struct Optimum {
    pub stages: Vec<Stage>,
    /// Payment of each arc, in 分.
    pub payments: Vec<f64>,
    /// Whether the tie-break was seen to leave one plan.
    pub unique: bool,
    /// Objectives that a limit left out; the first of them may be reached in part.
    pub left_out: Vec<Objective>,
    /// The limit that left them out.
    pub limit: Option<Finding>,
    /// A smallest surplus held up by a few, to which later objectives brought others down.
    pub stuck: Option<Stuck>,
    /// Columns and rows of the program.
    pub size: (usize, usize),
}

/// The objectives of a deal: as written, else in the usual order.
pub(super) fn objectives(deal: &DealSpec, terms: &Terms) -> Vec<Objective> {
    if !deal.objectives.is_empty() {
        return deal.objectives.clone();
    }
    let superior = terms.parties.iter().any(|party| party.superior);
    let first = superior.then_some(Objective::LeastTopUp);
    let rest = [Objective::MaxMinSurplus, Objective::ShareDeviation, Objective::FewestPayments];
    first.into_iter().chain(rest).collect()
}

struct Run<'a> {
    terms: &'a Terms,
    deal: &'a DealSpec,
    /// A plan in 分 that keeps every condition.
    known: &'a [i64],
    columns: Columns,
    unit: f64,
    session: Session,
    interrupt: Option<Arc<AtomicBool>>,
    stages: Vec<Stage>,
    /// What was left open by the largest smallest surplus.
    level: Option<Level>,
}

/// Reaches all objectives in order, or as many as a limit allows; `known` is a plan that keeps every condition.
pub(super) fn optimise(terms: &Terms, deal: &DealSpec, known: &[i64], options: &SolveOptions) -> Result<Optimum, End> {
    match optimise_within((terms, deal, known), options, 0.0) {
        // The corridor's sides are rounded outwards: there may be a plan in 分 where the program just misses one.
        Err(End::Infeasible) if terms.tolerance.is_some() => optimise_within((terms, deal, known), options, ROOM),
        ended => ended,
    }
}

fn optimise_within(
    (terms, deal, known): (&Terms, &DealSpec, &[i64]),
    options: &SolveOptions,
    room: f64,
) -> Result<Optimum, End> {
    let objectives = objectives(deal, terms);
    let deviation = objectives.contains(&Objective::ShareDeviation);
    let program = compile(terms, &|_| true, deviation, room).map_err(|error| End::Finding(Box::new(refused(error))))?;
    let Program { lp, columns, unit } = program;
    let size = (lp.columns().len(), lp.rows().len());
    let options = options.for_size(size.0, size.1);
    let session = Session::open(lp, &options)?;
    let (stages, interrupt) = (Vec::new(), options.interrupt.clone());
    let mut run = Run { terms, deal, known, columns, unit, session, interrupt, stages, level: None };
    // Feasibility was decided before, without the solver where there is no corridor.
    run.session.keeps_a_plan();
    for (index, objective) in objectives.iter().enumerate() {
        match run.stage(*objective) {
            Ok(()) => {}
            Err(End::Finding(limit)) if is_limit(&limit) => {
                return Ok(run.cut_short(objectives.get(index..).unwrap_or_default().to_vec(), *limit, size));
            }
            Err(end) => return Err(end),
        }
        options.watch.ended(word(*objective));
        run.session.keeps_a_plan();
    }
    let (payments, unique) = match run.tie_break() {
        Ok(found) => found,
        Err(End::Finding(limit)) if is_limit(&limit) => return Ok(run.cut_short(Vec::new(), *limit, size)),
        Err(end) => return Err(end),
    };
    let stuck = match (&run.level, run.stages.last()) {
        (Some(level), Some(last)) => level.stuck(&last.certified, &options)?,
        _ => None,
    };
    Ok(Optimum { stages: run.stages, payments, unique, left_out: Vec::new(), limit: None, stuck, size })
}

/// The word of an objective, as a case writes it.
fn word(objective: Objective) -> &'static str {
    match objective {
        Objective::LeastTopUp => "least_top_up",
        Objective::MaxMinSurplus => "max_min_surplus",
        Objective::ShareDeviation => "share_deviation",
        Objective::FewestPayments => "fewest_payments",
        Objective::LeastPayments => "least_payments",
    }
}

impl Run<'_> {
    fn stage(&mut self, objective: Objective) -> Result<(), End> {
        let superior = |party: usize| self.terms.parties.get(party).is_some_and(|party| party.superior);
        let payments = || self.columns.payments.iter().enumerate();
        match objective {
            Objective::LeastTopUp => {
                let costs = payments().filter(|(party, _)| superior(*party)).filter_map(|(_, column)| *column);
                self.linear(objective, costs.map(|column| (column, 1.0)).collect(), "least_top_up")
            }
            Objective::LeastPayments => {
                let costs = payments().filter_map(|(_, column)| *column).map(|column| (column, 1.0)).collect();
                self.linear(objective, costs, "least_payments")
            }
            Objective::ShareDeviation => {
                let costs = self.columns.deviation.iter().map(|column| (*column, 1.0)).collect();
                self.linear(objective, costs, "share_deviation")
            }
            Objective::MaxMinSurplus => self.max_min(),
            Objective::FewestPayments => {
                let found = fewest::reach(self.terms, &self.columns, &mut self.session, self.interrupt.as_ref())?;
                let fewest::Fewest { certified, payments, at_least, programs } = found;
                let (objective, value) = (Some(objective), payments as f64);
                let at_least = Some(at_least);
                self.stages.push(Stage { objective, value, certified, programs, prices: Vec::new(), at_least });
                Ok(())
            }
        }
    }

    /// Minimises a sum of columns and keeps to its optima.
    fn linear(&mut self, objective: Objective, costs: Vec<(ColumnId, f64)>, name: &'static str) -> Result<(), End> {
        self.session.set_costs(&costs)?;
        let certified = proved(self.session.solve(), name)?;
        let value = certified.objective() * self.unit;
        let prices = self.prices(&certified, 1.0);
        restrict(&mut self.session, &certified)?;
        let objective = Some(objective);
        self.stages.push(Stage { objective, value, certified, programs: 1, prices, at_least: None });
        Ok(())
    }

    fn max_min(&mut self) -> Result<(), End> {
        let relative = self.deal.surplus == Measure::Relative;
        let (pays, receives) = (self.terms.ends(|arc| arc.payer), self.terms.ends(|arc| arc.recipient));
        let mut targets = Vec::new();
        for (index, (party, column)) in self.terms.parties.iter().zip(&self.columns.surplus).enumerate() {
            let Some(column) = column else { continue };
            let takes_part = pays.get(index) == Some(&true) || receives.get(index) == Some(&true);
            let stake = (i128::from(party.benefit) + i128::from(party.delivered)) as f64 / self.unit;
            let weight = if relative { stake } else { 1.0 };
            if takes_part && weight > 0.0 {
                targets.push(Target { column: *column, weight, block: index });
            }
        }
        if targets.is_empty() {
            return self.linear(Objective::MaxMinSurplus, Vec::new(), "max_min_surplus");
        }
        let scale = if relative { 1.0 } else { self.unit };
        let leximin = Leximin::open(&mut self.session, targets.clone(), "fair")?;
        let worst = proved(leximin.worst(&mut self.session), "max_min_surplus")?;
        let prices = self.prices(&worst, scale / self.unit);
        let value = -worst.objective() * scale;
        let objective = Some(Objective::MaxMinSurplus);
        if self.deal.levels == Levels::Maximin {
            let held = leximin.held(&worst);
            restrict(&mut self.session, &worst)?;
            let program = self.session.program().clone();
            self.level = Some(Level { program, targets, held, ratio: -worst.objective(), scale });
            let (certified, programs) = (worst, 1);
            self.stages.push(Stage { objective, value, certified, programs, prices, at_least: None });
            return Ok(());
        }
        let most = self.surplus_at_most();
        match leximin.finish(&mut self.session, worst, most)? {
            LeximinOutcome::Done { last: certified, programs, .. } => {
                self.stages.push(Stage { objective, value, certified, programs, prices, at_least: None });
                Ok(())
            }
            LeximinOutcome::Stopped { outcome, last: certified } => {
                let end = match proved(outcome, "max_min_surplus") {
                    Err(End::Infeasible) | Ok(_) => failed("max_min_surplus", "stopped"),
                    Err(end) => end,
                };
                // The smallest surplus is proved; the levels above it are as far as they were raised.
                self.stages.push(Stage { objective, value, certified, programs: 1, prices, at_least: None });
                Err(end)
            }
        }
    }

    /// The plan of the last program that was proved, where a limit left out the rest; the plan known before where none was.
    fn cut_short(self, left_out: Vec<Objective>, limit: Finding, size: (usize, usize)) -> Optimum {
        let payments = match self.stages.last() {
            Some(last) => self.columns.pay.iter().map(|column| last.certified.column(*column) * self.unit).collect(),
            None => self.known.iter().map(|fen| *fen as f64).collect(),
        };
        Optimum { payments, unique: false, left_out, limit: Some(limit), stuck: None, size, stages: self.stages }
    }

    /// An upper bound of the sum of all surpluses, in units of the program.
    fn surplus_at_most(&self) -> f64 {
        let bound = |(index, limit): (usize, &crate::payment::terms::Limit)| match limit.on {
            On::Payments(party) if limit.kind == Kind::Budget && self.is_superior(party) => Some((index, limit.fen)),
            _ => None,
        };
        let given: f64 = self.terms.limits.iter().enumerate().filter_map(bound).map(|(_, fen)| fen as f64).sum();
        let own = self.terms.parties.iter().filter(|party| !party.superior);
        let own: f64 = own.map(|party| (party.benefit + party.delivered) as f64).sum();
        (given + own) / self.unit
    }

    fn is_superior(&self, party: usize) -> bool {
        self.terms.parties.get(party).is_some_and(|party| party.superior)
    }

    /// What loosening each condition by a 分 improves the objective just proved, by as much as its side binds.
    fn prices(&self, certified: &Certified, scale: f64) -> Vec<(usize, f64)> {
        let program = self.session.program();
        let mut prices = Vec::new();
        for (index, limit) in self.terms.limits.iter().enumerate() {
            let side = limit.fen as f64 / self.unit;
            let of = |list: &[Option<ColumnId>], party: usize| list.get(party).copied().flatten();
            let dual = match limit.on {
                _ if limit.kind.is_share() => self.share_dual(certified, index),
                On::Arc(arc) => self.column_dual(certified, program, self.columns.pay.get(arc).copied(), side),
                On::Receipts(party) => self.column_dual(certified, program, of(&self.columns.receipts, party), side),
                On::Payments(party) => self.column_dual(certified, program, of(&self.columns.payments, party), side),
                On::Net(party) => self.column_dual(certified, program, of(&self.columns.surplus, party), 0.0),
            };
            let right_way = if limit.kind.is_lower() { dual > NO_PRICE } else { dual < -NO_PRICE };
            if right_way {
                prices.push((index, dual.abs() * scale));
            }
        }
        prices
    }

    /// The multiplier of a column that stands at this side by its own bound.
    fn column_dual(
        &self,
        certified: &Certified,
        program: &crate::lp::LinearProgram,
        column: Option<ColumnId>,
        side: f64,
    ) -> f64 {
        let bounds = column.and_then(|column| program.columns().get(column.0).map(|known| (column, known)));
        match bounds {
            Some((column, known)) if known.lower == side || known.upper == side => {
                certified.column_duals().get(column.0).copied().unwrap_or(0.0)
            }
            _ => 0.0,
        }
    }

    fn share_dual(&self, certified: &Certified, limit: usize) -> f64 {
        let Some(limit) = self.terms.limits.get(limit) else { return 0.0 };
        let row = self.columns.corridor.iter().find(|(party, _, _)| limit.on == On::Receipts(*party));
        let row = row.map(|(_, low, high)| if limit.kind == Kind::ShareLow { low } else { high });
        row.and_then(|row| certified.row_duals().get(row.0)).copied().unwrap_or(0.0)
    }

    /// The plan of least weighted payments; the weights differ by the parties' names alone.
    fn tie_break(&mut self) -> Result<(Vec<f64>, bool), End> {
        let costs = self.terms.arcs.iter().zip(&self.columns.pay);
        let id = |party: usize| self.terms.parties.get(party).map_or("", |party| party.id.as_str());
        let costs: Vec<(ColumnId, f64)> =
            costs.map(|(arc, column)| (*column, 1.0 + mark(id(arc.payer), id(arc.recipient)) / 16.0)).collect();
        self.session.set_costs(&costs)?;
        let certified = proved(self.session.solve(), "tie_break")?;
        let payments = self.columns.pay.iter().map(|column| certified.column(*column) * self.unit).collect();
        let mut watched = vec![false; self.session.program().columns().len()];
        for column in &self.columns.pay {
            if let Some(flag) = watched.get_mut(column.0) {
                *flag = true;
            }
        }
        let unique = self.session.is_unique(&certified, &watched).unwrap_or(false);
        let value = certified.objective() * self.unit;
        self.stages.push(Stage { objective: None, value, certified, programs: 1, prices: Vec::new(), at_least: None });
        Ok((payments, unique))
    }
}

/// A number from 0 to 1 that two names always have (FNV-1a, then mixed).
fn mark(payer: &str, recipient: &str) -> f64 {
    let bytes = payer.bytes().chain([0]).chain(recipient.bytes());
    let hash = bytes
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let mixed = (hash ^ (hash >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((mixed ^ (mixed >> 29)) >> 32) as f64 / f64::from(u32::MAX)
}
