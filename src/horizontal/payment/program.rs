//! The linear program of a case: payments, what each party receives and pays, its surplus, and the deviation from the shares.

use num_traits::One;

use crate::lp::{ColumnId, LinearProgram, NumberRefused, RowId};
use crate::payment::terms::{Kind, Limit, On, Terms};
use crate::units::{Exact, Finite};

/// Shares below this are none: a coefficient so small cannot stand in a linear program.
pub(super) const LEAST_SHARE: f64 = 1e-8;

/// Where everything stands in the program.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    /// Payment of each arc.
    pub pay: Vec<ColumnId>,
    /// Receipts of each party; `None` where nobody may pay it and it needs nothing.
    pub receipts: Vec<Option<ColumnId>>,
    /// Payments of each party; `None` where it may pay nobody.
    pub payments: Vec<Option<ColumnId>>,
    /// Surplus of each party that is no superior and has a part in the deal.
    pub surplus: Vec<Option<ColumnId>>,
    /// Receipts of all suppliers with a share.
    pub total: Option<ColumnId>,
    /// What suppliers receive beyond their shares, and what they miss.
    pub deviation: Vec<ColumnId>,
    /// Rows of the corridor: party, lower, upper.
    pub corridor: Vec<(usize, RowId, RowId)>,
}

/// A program with its columns; 1 in it is `unit` 分.
#[derive(Debug, Clone)]
pub(super) struct Program {
    pub lp: LinearProgram,
    pub columns: Columns,
    pub unit: f64,
}

/// Lower and upper side of a sum, in 分.
#[derive(Debug, Clone, Copy)]
struct Sides {
    low: f64,
    high: f64,
}

struct Compiler<'a> {
    terms: &'a Terms,
    active: &'a dyn Fn(usize) -> bool,
    lp: LinearProgram,
    columns: Columns,
    unit: f64,
    /// Limits by what they bound.
    by_sum: std::collections::BTreeMap<On, Vec<(usize, Limit)>>,
}

/// Compiles the conditions for which `active` holds; the corridor's sides are moved outwards by `room` 分.
///
/// # Errors
/// A number that cannot stand in a linear program.
pub(super) fn compile(
    terms: &Terms,
    active: &dyn Fn(usize) -> bool,
    deviation: bool,
    room: f64,
) -> Result<Program, NumberRefused> {
    let mut by_sum: std::collections::BTreeMap<On, Vec<(usize, Limit)>> = std::collections::BTreeMap::new();
    for (index, limit) in terms.limits.iter().enumerate() {
        by_sum.entry(limit.on).or_default().push((index, *limit));
    }
    let (lp, columns) = (LinearProgram::new(), Columns::default());
    let mut compiler = Compiler { terms, active, lp, columns, unit: unit_of(terms), by_sum };
    compiler.payments()?;
    compiler.sums()?;
    compiler.surpluses()?;
    if deviation || terms.tolerance.is_some() {
        compiler.total()?;
        if deviation {
            compiler.deviations()?;
        }
        compiler.corridor(room)?;
    }
    let Compiler { mut lp, columns, unit, .. } = compiler;
    if lp.rows().is_empty() {
        // Where nobody may pay anybody there is still a program to be solved: HiGHS takes none without rows.
        let nothing = lp.add_column("nothing".to_owned(), 0.0, 1.0, 0.0)?;
        lp.add_row("nothing.row".to_owned(), 0.0, 1.0, vec![(nothing, 1.0)])?;
    }
    Ok(Program { lp, columns, unit })
}

/// A power of ten of 分 that keeps the largest amount below a million and above a ten-thousandth of it.
pub(super) fn unit_of(terms: &Terms) -> f64 {
    let amounts = terms.limits.iter().map(|limit| limit.fen).chain(terms.parties.iter().map(PartyNet::of));
    let largest = amounts.map(i64::unsigned_abs).max().unwrap_or(0);
    let mut unit: u64 = 1;
    while largest / unit >= 1_000_000 {
        unit *= 10;
    }
    unit as f64
}

struct PartyNet;

impl PartyNet {
    fn of(party: &crate::payment::terms::PartyTerms) -> i64 {
        party.net_floor()
    }
}

impl Compiler<'_> {
    fn sides(&self, on: On) -> Sides {
        let limits = self.by_sum.get(&on).into_iter().flatten();
        let limits = limits.filter(|(index, limit)| (self.active)(*index) && !limit.kind.is_share());
        let mut sides = Sides { low: f64::NEG_INFINITY, high: f64::INFINITY };
        for (_, limit) in limits {
            let side = limit.fen as f64 / self.unit;
            if limit.kind.is_lower() { sides.low = sides.low.max(side) } else { sides.high = sides.high.min(side) }
        }
        sides
    }

    fn payments(&mut self) -> Result<(), NumberRefused> {
        for (index, arc) in self.terms.arcs.iter().enumerate() {
            let sides = self.sides(On::Arc(index));
            let name = format!("pay[{},{}]", arc.payer + 1, arc.recipient + 1);
            let column = self.lp.add_column(name, sides.low.max(0.0), sides.high, 0.0)?;
            self.columns.pay.push(column);
        }
        Ok(())
    }

    fn sums(&mut self) -> Result<(), NumberRefused> {
        let parties = self.terms.parties.len();
        let mut incoming: Vec<Vec<(ColumnId, f64)>> = vec![Vec::new(); parties];
        let mut outgoing = incoming.clone();
        for (arc, column) in self.terms.arcs.iter().zip(&self.columns.pay) {
            if let Some(list) = incoming.get_mut(arc.recipient) {
                list.push((*column, 1.0));
            }
            if let Some(list) = outgoing.get_mut(arc.payer) {
                list.push((*column, 1.0));
            }
        }
        for (party, (incoming, outgoing)) in incoming.into_iter().zip(outgoing).enumerate() {
            let receipts = self.sum("receipts", On::Receipts(party), party, incoming)?;
            self.columns.receipts.push(receipts);
            let payments = self.sum("payments", On::Payments(party), party, outgoing)?;
            self.columns.payments.push(payments);
        }
        Ok(())
    }

    /// A column for a sum of payments, with the row that makes it so.
    fn sum(
        &mut self,
        name: &str,
        on: On,
        party: usize,
        mut terms: Vec<(ColumnId, f64)>,
    ) -> Result<Option<ColumnId>, NumberRefused> {
        let sides = self.sides(on);
        if terms.is_empty() && sides.low <= 0.0 {
            return Ok(None);
        }
        let column = self.lp.add_column(format!("{name}[{}]", party + 1), sides.low.max(0.0), sides.high, 0.0)?;
        terms.push((column, -1.0));
        self.lp.add_row(format!("{name}.sum[{}]", party + 1), 0.0, 0.0, terms)?;
        Ok(Some(column))
    }

    fn surpluses(&mut self) -> Result<(), NumberRefused> {
        for (index, party) in self.terms.parties.iter().enumerate() {
            let of = |list: &[Option<ColumnId>]| list.get(index).copied().flatten();
            let (receipts, payments) = (of(&self.columns.receipts), of(&self.columns.payments));
            let sides = self.sides(On::Net(index));
            let unconnected = receipts.is_none() && payments.is_none();
            if party.superior || (unconnected && sides.low <= 0.0) {
                self.columns.surplus.push(None);
                continue;
            }
            let floor = party.net_floor() as f64 / self.unit;
            let low = if sides.low.is_finite() { 0.0 } else { f64::NEG_INFINITY };
            let name = format!("surplus[{}]", index + 1);
            let column = self.lp.add_column(name, low, f64::INFINITY, 0.0)?;
            let mut terms = vec![(column, 1.0)];
            terms.extend(receipts.map(|receipts| (receipts, -1.0)));
            terms.extend(payments.map(|payments| (payments, 1.0)));
            self.lp.add_row(format!("surplus.sum[{}]", index + 1), -floor, -floor, terms)?;
            self.columns.surplus.push(Some(column));
        }
        Ok(())
    }

    fn total(&mut self) -> Result<(), NumberRefused> {
        let column = self.lp.add_column("total".to_owned(), 0.0, f64::INFINITY, 0.0)?;
        let receipts = self.terms.parties.iter().zip(&self.columns.receipts);
        let receipts = receipts.filter(|(party, _)| party.share.is_some()).filter_map(|(_, receipts)| *receipts);
        let mut terms: Vec<(ColumnId, f64)> = receipts.map(|receipts| (receipts, 1.0)).collect();
        terms.push((column, -1.0));
        self.lp.add_row("total.sum".to_owned(), 0.0, 0.0, terms)?;
        self.columns.total = Some(column);
        Ok(())
    }

    /// `receipts − factor · share · total` as terms.
    fn against_share(&self, party: usize, share: &Exact, factor: &Exact) -> Option<Vec<(ColumnId, f64)>> {
        let receipts = self.columns.receipts.get(party).copied().flatten()?;
        let total = self.columns.total?;
        let coefficient =
            Finite::from_exact(&(share * factor)).map(Finite::get).filter(|value| value.abs() > LEAST_SHARE);
        let mut terms = vec![(receipts, 1.0)];
        terms.extend(coefficient.map(|coefficient| (total, -coefficient)));
        Some(terms)
    }

    fn deviations(&mut self) -> Result<(), NumberRefused> {
        for (index, party) in self.terms.parties.iter().enumerate() {
            let terms = party.share.as_ref().and_then(|share| self.against_share(index, share, &Exact::one()));
            let Some(terms) = terms else { continue };
            // Two parts in one equation: half the rows of two inequalities.
            let mut side =
                |name: &str| self.lp.add_column(format!("deviation.{name}[{}]", index + 1), 0.0, f64::INFINITY, 0.0);
            let (above, below) = (side("above")?, side("below")?);
            let terms: Vec<(ColumnId, f64)> = terms.into_iter().chain([(above, -1.0), (below, 1.0)]).collect();
            self.lp.add_row(format!("deviation[{}]", index + 1), 0.0, 0.0, terms)?;
            self.columns.deviation.extend([above, below]);
        }
        Ok(())
    }

    fn corridor(&mut self, room: f64) -> Result<(), NumberRefused> {
        let Some(tolerance) = &self.terms.tolerance else { return Ok(()) };
        let one = Exact::one();
        let (least, most) = (&one - tolerance, &one + tolerance);
        let (terms, room) = (self.terms, room / self.unit);
        for (index, party) in terms.parties.iter().enumerate() {
            let Some(share) = &party.share else { continue };
            let mut row = |kind: Kind, factor: &Exact| -> Result<Option<RowId>, NumberRefused> {
                let limits = self.by_sum.get(&On::Receipts(index)).into_iter().flatten();
                let on = limits.clone().any(|(position, limit)| limit.kind == kind && (self.active)(*position));
                let Some(terms) = self.against_share(index, share, factor) else { return Ok(None) };
                let (low, high) = match kind {
                    _ if !on => (f64::NEG_INFINITY, f64::INFINITY),
                    Kind::ShareLow => (-room, f64::INFINITY),
                    _ => (f64::NEG_INFINITY, room),
                };
                let name = if kind == Kind::ShareLow { "corridor.low" } else { "corridor.high" };
                self.lp.add_row(format!("{name}[{}]", index + 1), low, high, terms).map(Some)
            };
            if let (Some(low), Some(high)) = (row(Kind::ShareLow, &least)?, row(Kind::ShareHigh, &most)?) {
                self.columns.corridor.push((index, low, high));
            }
        }
        Ok(())
    }
}
