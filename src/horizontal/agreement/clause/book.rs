//! The one ledger that all clauses post to: flows, what is put off, and what every common fund holds.
//!
//! A clause orders payments; the book pays of them what caps and budgets allow and what the fund that pays them holds. Every flow
//! closes: due = paid + put off + not paid at all.

use std::collections::{BTreeMap, BTreeSet};

use crate::agreement::clause::excess::Excess;
use crate::agreement::clause::funds::Funds;
use crate::agreement::clause::limits::{Key, Left, Limits};
use crate::agreement::model::Agreement;
use crate::finding::{Finding, Place};
use crate::units::{Exact, Money, largest_remainder};

/// A flow of money that a clause causes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// The clause.
    pub clause: String,
    /// Who pays.
    pub from: String,
    /// Who receives.
    pub to: String,
    /// What is paid this year, after caps and budgets, and as far as a fund holds it.
    pub amount: Money,
    /// What the clause alone says, or what was carried over.
    pub due: Money,
    /// What is put off to the next year.
    pub put_off: Money,
    /// What is not paid at all: above a cap, forgone.
    pub cut: Money,
    /// The section it is for.
    pub section: Option<String>,
    /// The month it is for.
    pub month: Option<u8>,
    /// The year in which it arose, where it was carried over.
    pub carried_from: Option<i32>,
}

/// The flows of a year, and what goes on to the next.
#[derive(Debug, Clone, Default)]
pub struct Book {
    /// What is due and paid, clause by clause.
    pub flows: Vec<Flow>,
    /// Which flow each of them is.
    keys: Vec<Key>,
    /// What was paid in advance.
    pub prepaid: Vec<Flow>,
    /// What is put off to the next year.
    pub carried: Vec<Flow>,
    /// What earlier years put off and was not posted yet, by position of its clause.
    waiting: BTreeMap<usize, Vec<Flow>>,
    /// What the funds hold.
    pub funds: Funds,
    /// Clauses whose place an accident takes.
    pub voided: BTreeSet<String>,
    /// Sum of all that was ever written, which must stay within money.
    pub volume: i128,
    /// How many flows were ever written.
    pub entries: usize,
    /// The limits in force.
    limits: Limits,
    /// The limits that caps and budgets found.
    pub found: Limits,
    /// Whether a cap or budget was passed under the limits in force.
    pub exceeded: bool,
}

/// A fund that held less than it was to pay.
pub(crate) struct Short {
    /// The fund.
    pub fund: String,
    /// What it was to pay.
    pub wanted: Money,
    /// What it held for it.
    pub held: Money,
    /// What becomes of the rest.
    pub excess: Excess,
}

/// Largest sum of all flows, in 分: every sum of some of them then fits.
const VOLUME_MAX: i128 = 9_000_000_000_000_000_000;
/// Most flows of all years.
const FLOWS_MAX: usize = 200_000;

impl Book {
    /// The book before the first year: nothing put off, every fund empty.
    pub fn empty(agreement: &Agreement) -> Self {
        Self { funds: Funds::of(agreement), ..Self::default() }
    }

    /// The book of a year: what the last one put off, what the funds hold, the limits to settle under.
    pub fn open(agreement: &Agreement, last: &Self, limits: &Limits) -> Self {
        let position = |clause: &str| agreement.clause.iter().position(|known| known.id == clause);
        let mut waiting: BTreeMap<usize, Vec<Flow>> = BTreeMap::new();
        for flow in &last.carried {
            if let Some(at) = position(&flow.clause) {
                waiting.entry(at).or_default().push(flow.clone());
            }
        }
        Self {
            waiting,
            funds: last.funds.clone(),
            volume: last.volume,
            entries: last.entries,
            limits: limits.clone(),
            ..Self::default()
        }
    }

    /// What earlier years put off under a clause; it is taken out, to be posted.
    pub(crate) fn take_waiting(&mut self, clause: usize) -> Vec<Flow> {
        self.waiting.remove(&clause).unwrap_or_default()
    }

    /// What a fund holds and does not owe from earlier years.
    pub(crate) fn free(&self, fund: &str) -> Money {
        let owed: i64 =
            self.waiting.values().flatten().filter(|flow| flow.from == fund).map(|flow| flow.due.fen()).sum();
        Money::from_fen((self.funds.held(fund).fen() - owed).max(0))
    }

    /// Posts orders of a clause, which has posted `before` of their kind already; the funds that held too little.
    ///
    /// # Errors
    /// The sum of all flows leaves the range of money, or there are too many.
    pub(crate) fn post(
        &mut self,
        agreement: &Agreement,
        (clause, before): (usize, usize),
        orders: Vec<Flow>,
        (year, place): (i32, Place),
    ) -> Result<Vec<Short>, Finding> {
        let key = |at: usize, flow: &Flow| (clause, flow.carried_from.is_some(), before + at);
        let mut posted: Vec<(Key, Flow)> = Vec::with_capacity(orders.len());
        for (at, mut flow) in orders.into_iter().enumerate().filter(|(_, flow)| flow.due > Money::ZERO) {
            if flow.carried_from.is_none() {
                self.count(flow.due, &place)?;
            }
            let key = key(at, &flow);
            let Left { amount, put_off, cut } = self.limits.apply(key, flow.due, None);
            (flow.amount, flow.put_off, flow.cut) = (amount, put_off, cut);
            posted.push((key, flow));
        }
        let short = self.within_funds(agreement, &mut posted);
        // What others pay in is there before a fund pays.
        let (of_funds, others): (Vec<_>, Vec<_>) =
            posted.iter_mut().partition(|(_, flow)| self.funds.is_fund(&flow.from));
        for (_, flow) in others {
            self.funds.pay_in(&flow.to, flow.amount);
        }
        for (_, flow) in of_funds {
            let drawn = self.funds.draw(&flow.from, flow.amount);
            flow.put_off = Money::from_fen(flow.put_off.fen() + flow.amount.fen() - drawn.fen());
            flow.amount = drawn;
            self.funds.pay_in(&flow.to, drawn);
        }
        for (key, flow) in posted {
            if flow.put_off > Money::ZERO {
                self.carried.push(Flow {
                    due: flow.put_off,
                    amount: Money::ZERO,
                    put_off: Money::ZERO,
                    cut: Money::ZERO,
                    carried_from: flow.carried_from.or(Some(year)),
                    ..flow.clone()
                });
            }
            self.keys.push(key);
            self.flows.push(flow);
        }
        Ok(short)
    }

    /// Cuts what funds are to pay to what they hold, all payments of a fund in proportion.
    fn within_funds(&self, agreement: &Agreement, posted: &mut [(Key, Flow)]) -> Vec<Short> {
        let payers: BTreeSet<String> =
            posted.iter().map(|(_, flow)| &flow.from).filter(|from| self.funds.is_fund(from)).cloned().collect();
        let mut short = Vec::new();
        for fund in payers {
            let paid_in = posted.iter().filter(|(_, flow)| flow.to == fund && !self.funds.is_fund(&flow.from));
            let paid_in: i64 = paid_in.map(|(_, flow)| flow.amount.fen()).sum();
            let held = Money::from_fen(self.free(&fund).fen().saturating_add(paid_in));
            let chosen: Vec<usize> =
                posted.iter().enumerate().filter(|(_, (_, flow))| flow.from == fund).map(|(at, _)| at).collect();
            let wanted: Vec<Money> =
                chosen.iter().filter_map(|at| posted.get(*at)).map(|(_, flow)| flow.amount).collect();
            let total: Money = wanted.iter().copied().sum();
            if total <= held {
                continue;
            }
            let excess = agreement.party_of(&fund).and_then(|party| party.shortfall).unwrap_or(Excess::CarryOver);
            for (at, part) in chosen.into_iter().zip(divided(agreement, held, &wanted)) {
                let Some((_, flow)) = posted.get_mut(at) else { continue };
                let lost = flow.amount.fen() - part.fen();
                match excess {
                    Excess::CarryOver => flow.put_off = Money::from_fen(flow.put_off.fen() + lost),
                    Excess::Forgone => flow.cut = Money::from_fen(flow.cut.fen() + lost),
                }
                flow.amount = part;
            }
            short.push(Short { fund, wanted: total, held, excess });
        }
        short
    }

    /// Lets flows together pay at most so much, for a cap or budget: what they come to without it.
    pub(crate) fn limit(
        &mut self,
        agreement: &Agreement,
        clause: usize,
        chosen: &[usize],
        (most, excess): (Money, Excess),
    ) -> Money {
        let of = |at: &usize| Some((*self.keys.get(*at)?, self.flows.get(*at)?));
        let flows: Vec<(Key, Money, Money)> = chosen
            .iter()
            .filter_map(of)
            .map(|(key, flow)| (key, self.limits.apply(key, flow.due, Some(clause)).amount, flow.amount))
            .collect();
        let total: Money = flows.iter().map(|(_, without, _)| *without).sum();
        let paid: Money = flows.iter().map(|(_, _, amount)| *amount).sum();
        self.exceeded |= paid > most;
        if total > most {
            let amounts: Vec<Money> = flows.iter().map(|(_, without, _)| *without).collect();
            let parts = divided(agreement, most, &amounts);
            let limits = flows.iter().map(|(key, _, _)| *key).zip(parts);
            self.found.add(clause, excess, limits);
        }
        total
    }

    /// Writes an advance.
    ///
    /// # Errors
    /// The sum of all flows leaves the range of money, or there are too many.
    pub(crate) fn advance(&mut self, flow: Flow, place: &Place) -> Result<(), Finding> {
        self.count(flow.due, place)?;
        self.prepaid.push(flow);
        Ok(())
    }

    fn count(&mut self, due: Money, place: &Place) -> Result<(), Finding> {
        self.volume += i128::from(due.fen().unsigned_abs());
        self.entries += 1;
        if self.volume > VOLUME_MAX {
            return Err(Finding::error("settlement.too_much_money", place.clone()));
        }
        if self.entries > FLOWS_MAX {
            return Err(Finding::error("settlement.too_many_flows", place.clone()).with("limit", FLOWS_MAX.to_string()));
        }
        Ok(())
    }
}

/// Divides what is left of amounts among them in proportion, no part above its amount; in whole units of money where all are.
pub(crate) fn divided(agreement: &Agreement, left: Money, amounts: &[Money]) -> Vec<Money> {
    let unit = agreement.money.unit.0.fen().max(1);
    let whole = left.fen() % unit == 0 && amounts.iter().all(|amount| amount.fen() % unit == 0);
    let unit = if whole { unit } else { 1 };
    let shares: Vec<Exact> = amounts.iter().map(|amount| amount.exact()).collect();
    let parts = largest_remainder(Money::from_fen(left.fen() / unit), &shares);
    parts.into_iter().map(|part| Money::from_fen(part.fen().saturating_mul(unit))).collect()
}
