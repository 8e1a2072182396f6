//! What bounds a payment: the business conditions of a case, each a whole number of 分 on one sum of payments.
//!
//! Cost + opportunity cost ≤ receipts of a supplier ≤ value delivered; payments of a beneficiary ≤ value received, its budget
//! and its ability to pay (theory of bounds: cost from below, service value from above). Lower sides are rounded up to whole
//! 分, upper sides down, so that a plan in 分 exists whenever one in real numbers does.

use std::collections::BTreeMap;

use num_traits::{One, Signed, Zero};

use crate::finding::{Finding, FindingLog, Place};
use crate::payment::case::{Names, at, limit};
use crate::payment::figures::{Sum, exact_text};
use crate::payment::position::Ledger;
use crate::payment::request::{Ability, PairSpec, PartySpec, Request};
use crate::units::{Decimal, Exact, Finite, Money, ceil_fen, floor_fen};

/// Most pairs that may pay each other.
const ARCS_MAX: usize = 100_000;
/// Largest amount of any condition, in 分.
pub(super) const FEN_MAX: i64 = 100_000_000_000_000_000;

/// Kind of a business condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Receipts cover cost and opportunity cost.
    Cost,
    /// Payments within the budget.
    Budget,
    /// Payments within a share of the revenue.
    Revenue,
    /// Payments within the part of the benefit that the party can pay for.
    Ability,
    /// Receipts within the value delivered.
    Ceiling,
    /// Payments within the value received.
    Benefit,
    /// No worse off than without a deal.
    Participation,
    /// Agreed minimum of a pair.
    PairLeast,
    /// Cap of a pair.
    PairMost,
    /// Value that flows between the pair.
    PairValue,
    /// Receipts not below the corridor.
    ShareLow,
    /// Receipts not above the corridor.
    ShareHigh,
}

impl Kind {
    /// Whether it bounds its sum from below.
    pub fn is_lower(self) -> bool {
        matches!(self, Self::Cost | Self::Participation | Self::PairLeast | Self::ShareLow)
    }

    /// Whether it is about the shares, which no network knows.
    pub fn is_share(self) -> bool {
        matches!(self, Self::ShareLow | Self::ShareHigh)
    }
}

/// The sum of payments that a condition bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum On {
    /// One payment.
    Arc(usize),
    /// All that a party receives.
    Receipts(usize),
    /// All that a party pays.
    Payments(usize),
    /// What a party receives less what it pays.
    Net(usize),
}

/// One condition: `fen` is its side; for a share condition it is 0 (the side depends on the total).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limit {
    pub kind: Kind,
    pub on: On,
    pub fen: i64,
}

/// A pair that may pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arc {
    pub payer: usize,
    pub recipient: usize,
    /// Value from recipient to payer, rounded down; 0 for a superior.
    pub value: i64,
}

/// What a party brings to the deal, in 分.
#[derive(Debug, Clone, Default)]
pub(super) struct PartyTerms {
    pub name: String,
    pub id: String,
    pub superior: bool,
    pub cost: i64,
    pub outside: i64,
    /// Value received from parties that it may pay, rounded down.
    pub benefit: i64,
    /// Value delivered to parties that may pay it, rounded down.
    pub delivered: i64,
    /// Share among the suppliers; `None` for a party that supplies nothing.
    pub share: Option<Exact>,
    /// Ability-to-pay coefficient.
    pub ability: Option<Exact>,
}

/// Pairs and conditions of a case.
#[derive(Debug, Clone, Default)]
pub(super) struct Terms {
    pub parties: Vec<PartyTerms>,
    pub arcs: Vec<Arc>,
    pub limits: Vec<Limit>,
    /// Corridor around the shares.
    pub tolerance: Option<Exact>,
}

impl Terms {
    /// Reads parties, pairs and the deal.
    pub fn read(request: &Request, names: &Names, ledger: &Ledger, log: &mut FindingLog) -> Self {
        let mut terms = Self { parties: Vec::new(), ..Self::default() };
        for (index, spec) in request.party.iter().enumerate() {
            let sum = |key: &str, sum: Option<Sum>, log: &mut FindingLog| checked(index, key, sum, log);
            let cost = sum("cost", spec.cost, log) + sum("opportunity_cost", spec.opportunity_cost, log);
            let outside = sum("outside", spec.outside, log);
            let (id, name) = (spec.id.clone(), names.party_name(index).to_owned());
            terms.parties.push(PartyTerms { name, id, superior: spec.superior, cost, outside, ..Default::default() });
            if spec.superior && (cost > 0 || outside > 0 || spec.ability.is_some()) {
                log.push(
                    Finding::error("payment.superior_terms", at("party", index, "superior")).with("party", &spec.id),
                );
            }
        }
        let pairs = read_pairs(request, names, log);
        terms.connect(ledger, &pairs, request, log);
        terms.bound(request, &pairs, log);
        terms.share(request, log);
        if terms.arcs.len() > ARCS_MAX {
            log.push(limit("pair", terms.arcs.len(), ARCS_MAX));
        }
        terms
    }

    /// Finds who may pay whom.
    fn connect(&mut self, ledger: &Ledger, pairs: &Pairs<'_>, request: &Request, log: &mut FindingLog) {
        for (supplier, beneficiary) in ledger.pairs.keys() {
            let exact = ledger.value(*supplier, *beneficiary);
            let value = floor_fen(&exact).filter(|fen| fen.abs() <= FEN_MAX);
            let Some(value) = value else {
                let finding = Finding::error("payment.too_large", Place::default().column("gep"));
                log.push(finding.with("party", self.name(*supplier)));
                continue;
            };
            if value > 0 {
                self.arcs.push(Arc { payer: *beneficiary, recipient: *supplier, value });
            }
        }
        for arc in &self.arcs {
            if let Some(party) = self.parties.get_mut(arc.payer) {
                party.benefit += arc.value;
            }
            if let Some(party) = self.parties.get_mut(arc.recipient) {
                party.delivered += arc.value;
            }
        }
        self.add_superior_arcs();
        self.arcs.sort_by_key(|arc| (arc.payer, arc.recipient));
        for ((payer, recipient), (index, pair)) in pairs {
            let eligible = self.arcs.binary_search_by_key(&(*payer, *recipient), |arc| (arc.payer, arc.recipient));
            if eligible.is_err() && pair.least.is_some_and(|least| least.0 > Money::ZERO) {
                log.push(
                    Finding::error("payment.pair_without_flow", at("pair", *index, "least"))
                        .with("payer", self.name(*payer))
                        .with("recipient", self.name(*recipient)),
                );
            }
        }
        let sums = self.parties.iter().map(|party| party.benefit.max(party.delivered)).max();
        if sums.is_some_and(|sum| sum > FEN_MAX) || request.party.is_empty() {
            log.push(Finding::error("payment.too_large", Place::default().column("gep")).with("party", "—"));
        }
    }

    fn add_superior_arcs(&mut self) {
        let count = self.parties.len();
        for payer in (0..count).filter(|party| self.parties.get(*party).is_some_and(|party| party.superior)) {
            for recipient in 0..count {
                if self.parties.get(recipient).is_some_and(PartyTerms::may_be_topped_up) {
                    self.arcs.push(Arc { payer, recipient, value: 0 });
                }
            }
        }
    }

    /// Writes the conditions of every party and pair.
    fn bound(&mut self, request: &Request, pairs: &Pairs<'_>, log: &mut FindingLog) {
        let topped = self.topped_up();
        let pays = self.ends(|arc| arc.payer);
        let mut limits = Vec::new();
        for (index, (spec, party)) in request.party.iter().zip(&mut self.parties).enumerate() {
            let mut add = |kind: Kind, on: On, fen: i64| limits.push(Limit { kind, on, fen });
            if party.cost > 0 {
                add(Kind::Cost, On::Receipts(index), party.cost);
            }
            if party.delivered > 0 || topped.get(index) == Some(&true) {
                add(Kind::Ceiling, On::Receipts(index), party.ceiling(topped.get(index) == Some(&true)));
            }
            if party.outside > 0 {
                add(Kind::Participation, On::Net(index), party.net_floor());
            }
            if party.superior && spec.budget.is_none() {
                log.push(
                    Finding::error("payment.superior_budget", at("party", index, "budget")).with("party", &spec.id),
                );
            }
            party.ability = spec.ability.as_ref().and_then(|ability| coefficient(index, ability, log));
            let means = means(index, spec, party, log);
            if pays.get(index) != Some(&true) {
                continue;
            }
            means.into_iter().for_each(|(kind, fen)| add(kind, On::Payments(index), fen));
            if !party.superior {
                add(Kind::Benefit, On::Payments(index), party.benefit);
            }
        }
        for (index, arc) in self.arcs.iter().enumerate() {
            let mut add = |kind: Kind, fen: i64| limits.push(Limit { kind, on: On::Arc(index), fen });
            if let Some((_, pair)) = pairs.get(&(arc.payer, arc.recipient)) {
                pair.least
                    .iter()
                    .filter(|least| least.0 > Money::ZERO)
                    .for_each(|sum| add(Kind::PairLeast, sum.0.fen()));
                pair.most.iter().for_each(|most| add(Kind::PairMost, most.0.fen()));
            }
            if request.deal.pair_value && !self.parties.get(arc.payer).is_some_and(|party| party.superior) {
                add(Kind::PairValue, arc.value);
            }
        }
        self.limits = limits;
    }

    /// Shares among suppliers by the weights of the deal, and the corridor around them.
    fn share(&mut self, request: &Request, log: &mut FindingLog) {
        let spec = &request.deal.shares;
        let weights = [("gep", &spec.gep), ("quantity", &spec.quantity), ("quality", &spec.quality)];
        let place = |key: &str| Place::default().column(format!("deal.shares.{key}"));
        for (key, weight) in weights.iter().filter(|(_, weight)| weight.exact().is_negative()) {
            log.push(Finding::error("payment.negative", place(key)).with("value", exact_text(weight.exact())));
        }
        let sum: Exact = weights.iter().map(|(_, weight)| weight.exact()).sum();
        if !sum.is_positive() {
            log.push(Finding::error("payment.no_weights", place("gep")));
            return;
        }
        let suppliers: Vec<usize> =
            (0..self.parties.len()).filter(|index| self.parties.get(*index).is_some_and(|p| p.delivered > 0)).collect();
        let mut shares = vec![Exact::zero(); suppliers.len()];
        for (key, weight) in weights.iter().filter(|(_, weight)| weight.exact().is_positive()) {
            let parts: Option<Vec<Exact>> =
                suppliers.iter().map(|supplier| self.part(request, *supplier, key, log)).collect();
            let Some(parts) = parts else { return };
            let whole: Exact = parts.iter().sum();
            if !suppliers.is_empty() && !whole.is_positive() {
                log.push(Finding::error("payment.no_weights", place(key)));
                return;
            }
            for (share, part) in shares.iter_mut().zip(parts) {
                *share += weight.exact() * part / (&whole * &sum);
            }
        }
        for (supplier, share) in suppliers.iter().zip(shares) {
            if let Some(party) = self.parties.get_mut(*supplier) {
                party.share = Some(share);
            }
        }
        self.tolerance = request.deal.tolerance.as_ref().map(|tolerance| tolerance.exact().clone());
        if let Some(tolerance) = self.tolerance.as_ref().filter(|tolerance| tolerance.is_negative()) {
            let finding = Finding::error("payment.negative", Place::default().column("deal.tolerance"));
            log.push(finding.with("value", exact_text(tolerance)));
        } else if self.tolerance.is_some() {
            for supplier in suppliers {
                let on = On::Receipts(supplier);
                self.limits.push(Limit { kind: Kind::ShareLow, on, fen: 0 });
                self.limits.push(Limit { kind: Kind::ShareHigh, on, fen: 0 });
            }
        }
    }

    fn part(&self, request: &Request, supplier: usize, key: &str, log: &mut FindingLog) -> Option<Exact> {
        let spec = request.party.get(supplier)?;
        let number = match key {
            "gep" => return self.parties.get(supplier).map(|party| Money::from_fen(party.delivered).exact()),
            "quantity" => &spec.quantity,
            _ => &spec.quality,
        };
        let place = at("party", supplier, key);
        match number {
            Some(number) if !number.exact().is_negative() => return Some(number.exact().clone()),
            Some(number) => {
                log.push(Finding::error("payment.negative", place).with("value", exact_text(number.exact())))
            }
            None => log.push(Finding::error("payment.part_missing", place).with("party", &spec.id).with("key", key)),
        }
        None
    }

    /// Printed name of a party.
    pub fn name(&self, party: usize) -> String {
        self.parties.get(party).map(|party| party.name.clone()).unwrap_or_default()
    }

    /// Which parties are an end of some pair.
    pub fn ends(&self, end: impl Fn(&Arc) -> usize) -> Vec<bool> {
        let mut found = vec![false; self.parties.len()];
        for arc in &self.arcs {
            if let Some(flag) = found.get_mut(end(arc)) {
                *flag = true;
            }
        }
        found
    }

    /// Which parties a superior may pay.
    fn topped_up(&self) -> Vec<bool> {
        let superior = |party: usize| self.parties.get(party).is_some_and(|party| party.superior);
        let mut found = vec![false; self.parties.len()];
        for arc in self.arcs.iter().filter(|arc| superior(arc.payer)) {
            if let Some(flag) = found.get_mut(arc.recipient) {
                *flag = true;
            }
        }
        found
    }

    /// The same case with one more superior of boundless means, who may pay every supplier; its position.
    pub fn with_superior(&self) -> (Self, usize) {
        let mut terms = self.clone();
        let payer = terms.parties.len();
        for recipient in 0..payer {
            let Some(party) = terms.parties.get(recipient) else { continue };
            if !party.may_be_topped_up() {
                continue;
            }
            terms.arcs.push(Arc { payer, recipient, value: 0 });
            let ceiling = party.ceiling(true);
            let on = On::Receipts(recipient);
            for limit in terms.limits.iter_mut().filter(|limit| limit.kind == Kind::Ceiling && limit.on == on) {
                limit.fen = ceiling;
            }
        }
        terms.parties.push(PartyTerms { superior: true, ..PartyTerms::default() });
        (terms, payer)
    }
}

impl PartyTerms {
    /// Whether a superior has a reason to pay it: it has costs, or supplies others.
    pub fn may_be_topped_up(&self) -> bool {
        !self.superior && (self.cost > 0 || self.delivered > 0)
    }

    /// The most it may receive: what it delivers; a superior may cover costs beyond.
    pub fn ceiling(&self, topped_up: bool) -> i64 {
        if topped_up { self.delivered.max(self.cost + self.outside) } else { self.delivered }
    }

    /// The least of receipts less payments with which it is no worse off.
    pub fn net_floor(&self) -> i64 {
        self.cost + self.outside - self.benefit
    }
}

type Pairs<'a> = BTreeMap<(usize, usize), (usize, &'a PairSpec)>;

fn read_pairs<'a>(request: &'a Request, names: &Names, log: &mut FindingLog) -> Pairs<'a> {
    let mut pairs = Pairs::new();
    for (index, pair) in request.pair.iter().enumerate() {
        let payer = names.party(&pair.payer, at("pair", index, "payer"), log);
        let recipient = names.party(&pair.recipient, at("pair", index, "recipient"), log);
        for (key, sum) in [("least", pair.least), ("most", pair.most)] {
            if let Some(sum) = sum.filter(|sum| sum.0 < Money::ZERO) {
                log.push(Finding::error("payment.negative", at("pair", index, key)).with("value", sum.0));
            }
        }
        if let (Some(least), Some(most)) = (pair.least, pair.most)
            && least > most
        {
            log.push(Finding::error("payment.least_above_most", at("pair", index, "least")));
        }
        let (Some(payer), Some(recipient)) = (payer, recipient) else { continue };
        if payer == recipient {
            log.push(Finding::error("payment.pair_of_one", at("pair", index, "recipient")).with("party", &pair.payer));
        } else if pairs.insert((payer, recipient), (index, pair)).is_some() {
            let finding = Finding::error("payment.pair_twice", at("pair", index, "recipient"));
            log.push(finding.with("payer", &pair.payer).with("recipient", &pair.recipient));
        }
    }
    pairs
}

/// An amount of a party in 分; a negative one is a finding.
fn checked(index: usize, key: &str, sum: Option<Sum>, log: &mut FindingLog) -> i64 {
    let sum = sum.map_or(Money::ZERO, |sum| sum.0);
    if sum < Money::ZERO {
        log.push(Finding::error("payment.negative", at("party", index, key)).with("value", sum));
    }
    sum.fen()
}

/// Budget, share of revenue and ability to pay, in 分.
fn means(index: usize, spec: &PartySpec, party: &PartyTerms, log: &mut FindingLog) -> Vec<(Kind, i64)> {
    let mut found = Vec::new();
    if spec.budget.is_some() {
        found.push((Kind::Budget, checked(index, "budget", spec.budget, log)));
    }
    let revenue = checked(index, "revenue", spec.revenue, log);
    match (&spec.revenue, &spec.revenue_share) {
        (Some(_), Some(share)) => {
            if share.exact().is_negative() || *share.exact() > Exact::one() {
                let finding = Finding::error("payment.share_range", at("party", index, "revenue_share"));
                log.push(finding.with("share", exact_text(share.exact())));
            } else {
                let part = Money::from_fen(revenue).exact() * share.exact();
                found.push((Kind::Revenue, floor_fen(&part).unwrap_or(FEN_MAX)));
            }
        }
        (None, None) => {}
        _ => log.push(Finding::error("payment.revenue_half", at("party", index, "revenue")).with("party", &spec.id)),
    }
    if let Some(coefficient) = &party.ability {
        let part = Money::from_fen(party.benefit).exact() * coefficient;
        found.push((Kind::Ability, floor_fen(&part).unwrap_or(FEN_MAX)));
    }
    found
}

/// Decimals kept of a development-stage coefficient.
const COEFFICIENT_PLACES: u32 = 6;

/// The ability-to-pay coefficient: given, by GDP per head, or by the development-stage curve 1/(1 + e^(3 − 1/En)).
///
/// The last is real-valued; it is rounded to six decimals and exact from there on.
fn coefficient(index: usize, ability: &Ability, log: &mut FindingLog) -> Option<Exact> {
    let place = |key: &str| at("party", index, &format!("ability.{key}"));
    if ability.source.trim().is_empty() {
        log.push(Finding::error("payment.ability_source", place("source")));
    }
    let value = match (&ability.coefficient, &ability.gdp_per_head, &ability.reference, &ability.engel) {
        (Some(coefficient), None, None, None) => Some(coefficient.exact().clone()),
        (None, Some(gdp), Some(reference), None) if reference.exact().is_positive() => {
            let ratio = gdp.exact() / reference.exact();
            Some(if ratio > Exact::one() { Exact::one() } else { ratio })
        }
        (None, None, None, Some(engel)) if engel.exact().is_positive() && *engel.exact() <= Exact::one() => {
            let stage = Finite::from_exact(&engel.exact().recip())?.get() - 3.0;
            let curve = 1.0 / (1.0 + (-stage).exp());
            Decimal::parse(&format!("{curve:.places$}", places = COEFFICIENT_PLACES as usize)).ok().map(Decimal::exact)
        }
        _ => None,
    };
    match value {
        Some(value) if !value.is_negative() && value <= Exact::one() => Some(value),
        _ => {
            log.push(Finding::error("payment.ability_form", place("coefficient")));
            None
        }
    }
}

/// Whole 分 of a corridor's sides for a total: rounded outwards, so that a corridor of zero width still has whole amounts.
pub(super) fn corridor(share: &Exact, tolerance: &Exact, total: i128) -> (i128, i128) {
    let middle = share * Exact::from_integer(total.into());
    let low = &middle * (Exact::one() - tolerance);
    let high = &middle * (Exact::one() + tolerance);
    (floor_fen(&low).map_or(0, i128::from).max(0), ceil_fen(&high).map_or(i128::from(FEN_MAX), i128::from))
}
