//! The fewest payments: a small integer program where it is small, else a thin vertex; what is proved is said.
//!
//! A plan that is a vertex has at most one payment strictly between its bounds for each sum that is kept (a transportation
//! program with m suppliers and n payers has at most m + n − 1). No plan has fewer payments than the bound that the linear
//! relaxation `Σ payment / largest payment` gives, rounded up, nor than an integer program whose search was closed; where the
//! number found is that bound it is the fewest.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::lp::{ColumnId, LinearProgram};
use crate::payment::program::Columns;
use crate::payment::stages::{End, proved};
use crate::payment::terms::Terms;
use crate::solver::integer::{IntegerColumn, IntegerEnd, IntegerRow, Patience, minimise_and_tell};
use crate::solver::{Certified, Session};

/// So many payments in question are decided by an integer program.
const INTEGER_MOST: usize = 48;
/// Seconds for it: far more than its nodes take, so that the number of nodes is what limits it.
const SECONDS: f64 = 60.0;
/// A payment no larger than this, in units of the program, is none.
const NOTHING: f64 = 1e-7;
/// Rounds of reweighting for larger cases.
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
    let count = |used: &[bool]| used.iter().filter(|used| **used).count();
    let (mut best, mut certified) = (used(&first), first);
    let open = caps.iter().filter(|cap| **cap > NOTHING).count();
    if count(&best) > at_least && open <= INTEGER_MOST {
        if let Some((found, closed)) =
            integer(columns, &caps, session.program(), Patience { seconds: SECONDS, interrupt })
        {
            if closed {
                at_least = at_least.max(count(&found));
            }
            if count(&found) < count(&best) {
                best = found;
            }
        }
    } else if count(&best) > at_least {
        for _ in 0..ROUNDS {
            let point: Vec<f64> = columns.pay.iter().map(|column| certified.column(*column)).collect();
            let near = |arc: usize| {
                let cap = caps.get(arc).copied().unwrap_or(1.0);
                point.get(arc).copied().unwrap_or(0.0).max(cap * 1e-4)
            };
            session.set_costs(&weigh(&near))?;
            programs += 1;
            let next = proved(session.solve(), "fewest_payments")?;
            let thinner = count(&used(&next)) < count(&best);
            certified = next;
            if !thinner {
                break;
            }
            best = used(&certified);
        }
    }
    let (certified, best, more) = shut(columns, session, best, certified, &used)?;
    Ok(Fewest { payments: count(&best), certified, at_least, programs: programs + more })
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

/// Which payments the integer program uses, and whether its search was closed.
fn integer(
    columns: &Columns,
    caps: &[f64],
    program: &LinearProgram,
    patience: Patience<'_>,
) -> Option<(Vec<bool>, bool)> {
    let plain = |column: &crate::lp::Column| IntegerColumn {
        lower: column.lower,
        upper: column.upper,
        cost: 0.0,
        whole: false,
    };
    let mut all: Vec<IntegerColumn> = program.columns().iter().map(plain).collect();
    let mut rows: Vec<IntegerRow> = Vec::with_capacity(program.rows().len() + caps.len());
    for row in program.rows() {
        let terms = row.terms.iter().map(|(column, coefficient)| (column.0, *coefficient)).collect();
        rows.push(IntegerRow { lower: row.lower, upper: row.upper, terms });
    }
    let mut switches = Vec::new();
    for (column, cap) in columns.pay.iter().zip(caps) {
        if *cap <= NOTHING {
            switches.push(None);
            continue;
        }
        let switch = all.len();
        all.push(IntegerColumn { lower: 0.0, upper: 1.0, cost: 1.0, whole: true });
        rows.push(IntegerRow { lower: f64::NEG_INFINITY, upper: 0.0, terms: vec![(column.0, 1.0), (switch, -cap)] });
        switches.push(Some(switch));
    }
    let (IntegerEnd::Found(values), closed) = minimise_and_tell(&all, &rows, patience) else { return None };
    let on = |switch: &Option<usize>| switch.and_then(|switch| values.get(switch)).is_some_and(|value| *value > 0.5);
    Some((switches.iter().map(on).collect(), closed))
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
