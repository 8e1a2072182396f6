//! The fewest payments: small integer programs where they are small, else a thin vertex; what is proved is said.
//!
//! A plan that is a vertex has at most one payment strictly between its bounds for each sum that is kept (a transportation
//! program with m suppliers and n payers has at most m + n − 1). What the objectives before leave open falls apart into parts
//! that have nothing to do with each other (river basins, payments already fixed); each part is an integer program of its own.
//! No plan has fewer payments than the sum of what is proved of each part, nor than the bound that the linear relaxation
//! `Σ payment / largest payment` gives, rounded up; where the number found is that bound it is the fewest.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::lp::{ColumnId, LinearProgram};
use crate::payment::end::{End, proved};
use crate::payment::parts::{Part, parts};
use crate::payment::program::Columns;
use crate::payment::terms::Terms;
use crate::solver::integer::{Counted, IntegerColumn, IntegerEnd, IntegerRow, Patience, count};
use crate::solver::{Certified, Session};

/// A part of so many payments in question is decided by an integer program (measured, docs/payment.md).
const INTEGER_MOST: usize = 400;
/// Nodes of all parts together, shared by their payments: a limit that, unlike time, gives the same answer on every machine.
const NODES: usize = 6_000;
/// Least nodes of a part.
const NODES_LEAST: usize = 500;
/// Seconds for one part: far more than its nodes take, so that the number of nodes is what limits it.
const SECONDS: f64 = 60.0;
/// A payment no larger than this, in units of the program, is none.
const NOTHING: f64 = 1e-7;
/// Rounds of reweighting for a thin vertex.
const ROUNDS: usize = 2;

/// The fewest payments found.
#[derive(Debug)]
pub(super) struct Fewest {
    pub certified: Box<Certified>,
    pub payments: usize,
    /// No plan has fewer.
    pub at_least: usize,
    pub programs: usize,
}

/// Finds few payments and shuts all others in the session.
pub(super) fn reach(
    terms: &Terms,
    columns: &Columns,
    session: &mut Session,
    interrupt: Option<&Arc<AtomicBool>>,
) -> Result<Fewest, End> {
    let caps = caps(terms, columns, session.program());
    let weigh = |point: &dyn Fn(usize) -> f64| -> Vec<(ColumnId, f64)> {
        let pays = columns.pay.iter().zip(&caps).enumerate();
        pays.filter(|(_, (_, cap))| **cap > NOTHING).map(|(arc, (column, _))| (*column, 1.0 / point(arc))).collect()
    };
    session.set_costs(&weigh(&|arc| caps.get(arc).copied().unwrap_or(1.0)))?;
    let first = proved(session.solve(), "fewest_payments")?;
    let mut at_least = (first.objective() - 1e-6).ceil().max(0.0) as usize;
    let mut programs = 1;
    let used = |certified: &Certified| -> Vec<bool> {
        columns.pay.iter().map(|column| certified.column(*column) > NOTHING).collect()
    };
    let relaxed: Vec<f64> = {
        let part = |(column, cap): (&ColumnId, &f64)| if *cap > NOTHING { first.column(*column) / cap } else { 0.0 };
        columns.pay.iter().zip(&caps).map(part).collect()
    };
    let (mut best, mut certified) = (used(&first), first);
    let mut left_out = false;
    if count_of(&best) > at_least {
        let known = Known { caps: &caps, relaxed: &relaxed, best: &best };
        let thin = known.by_parts(columns, session.program(), interrupt);
        at_least = at_least.max(thin.at_least);
        if count_of(&thin.used) < count_of(&best) {
            best = thin.used;
        }
        left_out = thin.left_out;
    }
    if left_out && count_of(&best) > at_least {
        for _ in 0..ROUNDS {
            let point: Vec<f64> = columns.pay.iter().map(|column| certified.column(*column)).collect();
            let near = |arc: usize| {
                let cap = caps.get(arc).copied().unwrap_or(1.0);
                point.get(arc).copied().unwrap_or(0.0).max(cap * 1e-4)
            };
            session.set_costs(&weigh(&near))?;
            programs += 1;
            let next = proved(session.solve(), "fewest_payments")?;
            let next_used = used(&next);
            let thinner = count_of(&next_used) < count_of(&best);
            certified = next;
            if !thinner {
                break;
            }
            best = next_used;
        }
    }
    let (certified, best, more) = shut(columns, session, best, certified, &used)?;
    Ok(Fewest { payments: count_of(&best), certified, at_least, programs: programs + more })
}

/// The most that each payment can be within the bounds of the program.
fn caps(terms: &Terms, columns: &Columns, program: &LinearProgram) -> Vec<f64> {
    let upper = |column: Option<ColumnId>| {
        column.and_then(|column| program.columns().get(column.0)).map_or(f64::INFINITY, |column| column.upper)
    };
    let of = |list: &[Option<ColumnId>], party: usize| upper(list.get(party).copied().flatten());
    let cap = |(arc, column): (&crate::payment::terms::Arc, &ColumnId)| {
        upper(Some(*column)).min(of(&columns.receipts, arc.recipient)).min(of(&columns.payments, arc.payer))
    };
    terms.arcs.iter().zip(&columns.pay).map(cap).map(|cap| if cap.is_finite() { cap } else { 1e12 }).collect()
}

fn count_of(used: &[bool]) -> usize {
    used.iter().filter(|used| **used).count()
}

/// What is known before the parts are looked at.
struct Known<'a> {
    /// The most that each payment can be.
    caps: &'a [f64],
    /// What each payment adds to the bound of the relaxation.
    relaxed: &'a [f64],
    /// The payments used so far.
    best: &'a [bool],
}

/// What looking at the parts gave.
struct Thin {
    used: Vec<bool>,
    /// No plan has fewer.
    at_least: usize,
    /// Whether a part was too large, or not searched to its end.
    left_out: bool,
}

impl Known<'_> {
    /// The payments used where each part is as thin as its integer program finds it.
    fn by_parts(&self, columns: &Columns, program: &LinearProgram, interrupt: Option<&Arc<AtomicBool>>) -> Thin {
        let mut thin = Thin { used: self.best.to_vec(), at_least: 0, left_out: false };
        let mut arc_of = vec![None; program.columns().len()];
        for (arc, column) in columns.pay.iter().enumerate() {
            let Some(known) = program.columns().get(column.0) else { continue };
            if known.lower >= known.upper {
                thin.at_least += usize::from(known.lower > NOTHING);
            } else if let Some(entry) = arc_of.get_mut(column.0) {
                *entry = Some(arc);
            }
        }
        let parts = parts(program);
        let sizes = parts.iter().map(|part| switches(part, &arc_of, self.caps).count());
        let open: usize = sizes.filter(|size| *size <= INTEGER_MOST).sum();
        for part in &parts {
            let arcs: Vec<usize> = switches(part, &arc_of, self.caps).map(|(_, arc)| arc).collect();
            let before = arcs.iter().filter(|arc| self.best.get(**arc) == Some(&true)).count();
            let relaxed: f64 = arcs.iter().filter_map(|arc| self.relaxed.get(*arc)).sum();
            let mut least = ((relaxed - 1e-6).ceil().max(0.0) as usize).min(before);
            if least < before && arcs.len() <= INTEGER_MOST {
                let nodes = (NODES * arcs.len() / open.max(1)).max(NODES_LEAST);
                let patience = Patience { seconds: Some(SECONDS), interrupt };
                let Counted { end, at_least } = search(part, (&arc_of, self.caps), program, nodes, patience);
                let on = match end {
                    IntegerEnd::Found(switches) => switches.iter().map(|on| *on > 0.5).collect(),
                    _ => Vec::new(),
                };
                let now = if on.is_empty() { before } else { count_of(&on).min(before) };
                if at_least.is_finite() {
                    least = least.max(at_least.max(0.0) as usize).min(now);
                }
                if now < before {
                    for (arc, on) in arcs.iter().zip(on) {
                        if let Some(flag) = thin.used.get_mut(*arc) {
                            *flag = on;
                        }
                    }
                }
                thin.left_out |= least < now;
            } else {
                thin.left_out |= least < before;
            }
            thin.at_least += least;
        }
        thin
    }
}

/// Columns of a part that are payments in question, with their arcs.
fn switches<'a>(
    part: &'a Part,
    arc_of: &'a [Option<usize>],
    caps: &'a [f64],
) -> impl Iterator<Item = (usize, usize)> + 'a {
    let arcs = part.columns.iter().filter_map(|column| Some((*column, arc_of.get(*column).copied().flatten()?)));
    arcs.filter(|(_, arc)| caps.get(*arc).is_some_and(|cap| *cap > NOTHING))
}

/// The integer program of a part: its switches in the order of its payments.
fn search(
    part: &Part,
    (arc_of, caps): (&[Option<usize>], &[f64]),
    program: &LinearProgram,
    nodes: usize,
    patience: Patience<'_>,
) -> Counted {
    let mut position = std::collections::BTreeMap::new();
    let mut all = Vec::with_capacity(part.columns.len());
    for column in &part.columns {
        let Some(known) = program.columns().get(*column) else { continue };
        position.insert(*column, all.len());
        all.push(IntegerColumn { lower: known.lower, upper: known.upper, cost: 0.0, whole: false });
    }
    let mut rows = Vec::with_capacity(part.rows.len());
    for (row, constant) in &part.rows {
        let Some(row) = program.rows().get(*row) else { continue };
        let terms = row.terms.iter().filter_map(|(column, by)| Some((*position.get(&column.0)?, *by))).collect();
        rows.push(IntegerRow { lower: row.lower - constant, upper: row.upper - constant, terms });
    }
    let first = all.len();
    for (column, arc) in switches(part, arc_of, caps) {
        let (Some(at), Some(cap)) = (position.get(&column), caps.get(arc)) else { continue };
        let lower = all.get(*at).map_or(0.0, |known| f64::from(u8::from(known.lower > NOTHING)));
        let switch = all.len();
        all.push(IntegerColumn { lower, upper: 1.0, cost: 1.0, whole: true });
        rows.push(IntegerRow { lower: f64::NEG_INFINITY, upper: 0.0, terms: vec![(*at, 1.0), (switch, -cap)] });
    }
    let nodes = i32::try_from(nodes).unwrap_or(i32::MAX);
    let Counted { end, at_least } = count(&all, &rows, nodes, patience);
    let end = match end {
        IntegerEnd::Found(values) => IntegerEnd::Found(values.get(first..).unwrap_or_default().to_vec()),
        // The plan found before is one: a program without any is a hair too tight, and proves nothing.
        IntegerEnd::Infeasible => return Counted { end: IntegerEnd::Open, at_least: f64::NEG_INFINITY },
        IntegerEnd::Open => IntegerEnd::Open,
    };
    Counted { end, at_least }
}

/// Shuts the payments not used; where the others then do not suffice, those of the proved plan are used.
fn shut(
    columns: &Columns,
    session: &mut Session,
    best: Vec<bool>,
    proof: Box<Certified>,
    used: &dyn Fn(&Certified) -> Vec<bool>,
) -> Result<(Box<Certified>, Vec<bool>, usize), End> {
    let bounds = |session: &Session, column: &ColumnId| {
        session.program().columns().get(column.0).map_or((0.0, 0.0), |column| (column.lower, column.upper))
    };
    let before: Vec<(usize, f64, f64)> = columns
        .pay
        .iter()
        .zip(&best)
        .filter(|(_, used)| !**used)
        .map(|(column, _)| {
            let (lower, upper) = bounds(session, column);
            (column.0, lower, upper)
        })
        .collect();
    // A payment fixed by an earlier objective at a hair above nothing stays where it is.
    let shut: Vec<(usize, f64, f64)> = before.iter().map(|(column, lower, _)| (*column, *lower, *lower)).collect();
    session.set_many_column_bounds(&shut)?;
    session.set_costs(&[])?;
    match proved(session.solve(), "fewest_payments") {
        Ok(certified) => return Ok((certified, best, 1)),
        Err(End::Infeasible) => {}
        Err(end) => return Err(end),
    }
    session.set_many_column_bounds(&before)?;
    let own = used(&proof);
    let idle = columns.pay.iter().zip(&own).filter(|(_, used)| !**used);
    let open: Vec<(usize, f64, f64)> = idle
        .map(|(column, _)| {
            let (lower, upper) = bounds(session, column);
            (column.0, lower, upper)
        })
        .collect();
    let shut: Vec<(usize, f64, f64)> = open.iter().map(|(column, lower, _)| (*column, *lower, *lower)).collect();
    session.set_many_column_bounds(&shut)?;
    match proved(session.solve(), "fewest_payments") {
        Ok(certified) => Ok((certified, own, 2)),
        // Then nothing is shut: the tie-break chooses among all plans of the objectives before.
        Err(End::Infeasible) => {
            session.set_many_column_bounds(&open)?;
            Ok((proof, own, 2))
        }
        Err(end) => Err(end),
    }
}
