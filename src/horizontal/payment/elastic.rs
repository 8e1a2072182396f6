//! The least total of concessions with which all conditions can be met, as a linear program.

use std::collections::BTreeMap;

use num_traits::One;

use crate::finding::Finding;
use crate::lp::{ColumnId, LinearProgram, NumberRefused, refused};
use crate::payment::concession::room;
use crate::payment::end::{End, proved};
use crate::payment::program::{LEAST_SHARE, unit_of};
use crate::payment::terms::{Kind, On, Terms};
use crate::solver::{Session, SolveOptions};
use crate::units::{Exact, Finite};

/// By how much which conditions are loosened, in 分, rounded up; `None` where these conditions alone are not enough.
///
/// # Errors
/// A limit or failure of the solver.
pub(super) fn concessions(
    terms: &Terms,
    may_move: &dyn Fn(usize) -> bool,
    options: &SolveOptions,
) -> Result<Option<Vec<(usize, i64)>>, Finding> {
    let unit = unit_of(terms);
    let (lp, moves) = program(terms, may_move, unit).map_err(refused)?;
    let options = options.for_size(lp.columns().len(), lp.rows().len());
    let solved = Session::open(lp, &options).map_err(End::from);
    match solved.and_then(|mut session| proved(session.solve(), "concessions")) {
        Ok(certified) => {
            let by = |(limit, column): (&usize, &ColumnId)| {
                // A network has whole sides, so that a least move is a whole number of 分 (up to the solver's last digits).
                (*limit, (certified.column(*column) * unit - 1e-3).ceil() as i64)
            };
            Ok(Some(moves.iter().map(by).filter(|(_, by)| *by > 0).collect()))
        }
        Err(End::Infeasible) => Ok(None),
        Err(End::Finding(finding)) => Err(*finding),
    }
}

/// The program and, by limit, the column of what it is loosened by.
fn program(
    terms: &Terms,
    may_move: &dyn Fn(usize) -> bool,
    unit: f64,
) -> Result<(LinearProgram, BTreeMap<usize, ColumnId>), NumberRefused> {
    let mut lp = LinearProgram::new();
    let mut pay = Vec::with_capacity(terms.arcs.len());
    let mut incoming: Vec<Vec<(ColumnId, f64)>> = vec![Vec::new(); terms.parties.len()];
    let mut outgoing = incoming.clone();
    for (index, arc) in terms.arcs.iter().enumerate() {
        let column = lp.add_column(format!("pay[{index}]"), 0.0, f64::INFINITY, 0.0)?;
        pay.push(column);
        for (list, party) in [(&mut incoming, arc.recipient), (&mut outgoing, arc.payer)] {
            if let Some(list) = list.get_mut(party) {
                list.push((column, 1.0));
            }
        }
    }
    let mut moves = BTreeMap::new();
    for (index, limit) in terms.limits.iter().enumerate() {
        let most = room(terms, limit);
        if most > 0 && may_move(index) {
            moves.insert(index, lp.add_column(format!("move[{index}]"), 0.0, most as f64 / unit, 1.0)?);
        }
    }
    // A cost that is given up is one that the party need not come out above, either.
    let costs = terms.limits.iter().enumerate().filter(|(_, limit)| limit.kind == Kind::Cost);
    let cost_of: BTreeMap<On, ColumnId> =
        costs.filter_map(|(index, limit)| Some((limit.on, *moves.get(&index)?))).collect();
    let of = |list: &[Vec<(ColumnId, f64)>], party: usize| list.get(party).cloned().unwrap_or_default();
    for (index, limit) in terms.limits.iter().enumerate().filter(|(_, limit)| !limit.kind.is_share()) {
        let mut row = match limit.on {
            On::Arc(arc) => pay.get(arc).map(|column| (*column, 1.0)).into_iter().collect(),
            On::Receipts(party) => of(&incoming, party),
            On::Payments(party) => of(&outgoing, party),
            On::Net(party) => {
                let paid = of(&outgoing, party).into_iter().map(|(column, by)| (column, -by));
                let given_up = cost_of.get(&On::Receipts(party)).map(|column| (*column, 1.0));
                of(&incoming, party).into_iter().chain(paid).chain(given_up).collect()
            }
        };
        let (sign, side) = (if limit.kind.is_lower() { 1.0 } else { -1.0 }, limit.fen as f64 / unit);
        row.extend(moves.get(&index).map(|column| (*column, sign)));
        let (low, high) = if limit.kind.is_lower() { (side, f64::INFINITY) } else { (f64::NEG_INFINITY, side) };
        lp.add_row(format!("limit[{index}]"), low, high, row)?;
    }
    if let Some(tolerance) = &terms.tolerance {
        let total = lp.add_column("total".to_owned(), 0.0, f64::INFINITY, 0.0)?;
        let with_share =
            || terms.parties.iter().enumerate().filter_map(|(party, terms)| Some((party, terms.share.as_ref()?)));
        let all = with_share().flat_map(|(party, _)| of(&incoming, party)).chain([(total, -1.0)]).collect();
        lp.add_row("total.sum".to_owned(), 0.0, 0.0, all)?;
        let one = Exact::one();
        for (factor, is_lower) in [(&one - tolerance, true), (&one + tolerance, false)] {
            for (party, share) in with_share() {
                let by = Finite::from_exact(&(share * &factor)).map_or(0.0, Finite::get);
                let by = Some(by).filter(|by| by.abs() > LEAST_SHARE).map(|by| (total, -by));
                let row = of(&incoming, party).into_iter().chain(by).collect();
                let (low, high) = if is_lower { (0.0, f64::INFINITY) } else { (f64::NEG_INFINITY, 0.0) };
                lp.add_row(format!("corridor[{party},{is_lower}]"), low, high, row)?;
            }
        }
    }
    if lp.rows().is_empty() {
        let nothing = lp.add_column("nothing".to_owned(), 0.0, 1.0, 0.0)?;
        lp.add_row("nothing.row".to_owned(), 0.0, 1.0, vec![(nothing, 1.0)])?;
    }
    Ok((lp, moves))
}
