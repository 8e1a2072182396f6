//! From the solved case to its document.

use num_traits::{Signed, ToPrimitive};

use crate::figures::fixed;
use crate::payment::answer::{
    Answer, CellPart, ConditionPart, Deal, PairPart, PartyPart, PaymentPart, PositionPart, PricePart, ServicePart,
    StagePart, Status,
};
use crate::payment::case::Names;
use crate::payment::position::{Ledger, difference};
use crate::payment::request::{Measure, Request};
use crate::payment::stages::Optimum;
use crate::payment::terms::{Kind, Limit, On, Terms, corridor};
use crate::payment::words::{self, wan};
use crate::phrases::{Phrase, Text};
use crate::units::{Exact, Finite, Money};

/// The part of the answer that needs no deal; its status is [`Status::Infeasible`] until there is one.
pub(super) fn positions(request: &Request, names: &Names, ledger: &Ledger, terms: &Terms) -> Answer {
    let party_id = |party: usize| request.party.get(party).map(|party| party.id.clone()).unwrap_or_default();
    let cells = ledger.cells.iter().map(|((area, service), cell)| CellPart {
        area: names.areas.get(*area).map(|area| area.id.clone()).unwrap_or_default(),
        area_name: names.area_name(*area).to_owned(),
        party: names.owner(*area).map(party_id),
        service: request.service.get(*service).map(|service| service.id.clone()).unwrap_or_default(),
        service_name: names.service_name(*service),
        gep_wan: wan(&cell.gep),
        supplied_wan: wan(&cell.supplied),
        retained_wan: wan(&difference(&cell.gep, &cell.supplied)),
        received_wan: wan(&cell.received),
    });
    let positions = request.party.iter().zip(&ledger.parties).map(|(spec, position)| PositionPart {
        party: spec.id.clone(),
        name: spec.name.clone().unwrap_or_else(|| spec.id.clone()),
        superior: spec.superior,
        gep_wan: wan(&position.gep),
        supplied_wan: wan(&position.supplied),
        received_wan: wan(&position.received),
        net_wan: wan(&difference(&position.supplied, &position.received)),
        internal_wan: wan(&position.internal),
        to_others_wan: wan(&position.to_others),
        from_others_wan: wan(&position.from_others),
    });
    let pairs = ledger.pairs.iter().map(|((supplier, beneficiary), services)| PairPart {
        supplier: party_id(*supplier),
        beneficiary: party_id(*beneficiary),
        value_wan: wan(&ledger.value(*supplier, *beneficiary)),
        services: services
            .iter()
            .map(|(service, value)| ServicePart {
                service: request.service.get(*service).map(|service| service.id.clone()).unwrap_or_default(),
                value_wan: wan(value),
            })
            .collect(),
    });
    let harmed: Vec<(usize, usize)> =
        ledger.pairs.keys().copied().filter(|(from, to)| ledger.value(*from, *to).is_negative()).collect();
    let unowned = names.areas.iter().filter(|area| area.owner.is_none()).count();
    let mut remarks = words::remarks(names, terms, &harmed, unowned);
    if request.party.iter().any(|party| party.ability.as_ref().is_some_and(|ability| ability.engel.is_some())) {
        remarks.push(Phrase::new("payment.remark_engel").text());
    }
    Answer {
        name: request.name.0.clone(),
        basis: request.basis.clone(),
        illustrative: request.illustrative,
        status: Status::Infeasible,
        cells: cells.collect(),
        positions: positions.collect(),
        pairs: pairs.collect(),
        deal: None,
        impasse: None,
        remarks,
    }
}

/// Sums of a plan in whole 分.
struct Sums {
    received: Vec<i128>,
    paid: Vec<i128>,
    /// Receipts of all suppliers with a share.
    shared: i128,
}

impl Sums {
    fn of(terms: &Terms, plan: &[i64]) -> Self {
        let mut sums = Self { received: vec![0; terms.parties.len()], paid: vec![0; terms.parties.len()], shared: 0 };
        for (arc, fen) in terms.arcs.iter().zip(plan) {
            if let Some(sum) = sums.received.get_mut(arc.recipient) {
                *sum += i128::from(*fen);
            }
            if let Some(sum) = sums.paid.get_mut(arc.payer) {
                *sum += i128::from(*fen);
            }
            if terms.parties.get(arc.recipient).is_some_and(|party| party.share.is_some()) {
                sums.shared += i128::from(*fen);
            }
        }
        sums
    }

    fn received(&self, party: usize) -> i128 {
        self.received.get(party).copied().unwrap_or(0)
    }

    fn paid(&self, party: usize) -> i128 {
        self.paid.get(party).copied().unwrap_or(0)
    }

    /// What a condition bounds, in 分.
    fn value(&self, plan: &[i64], on: On) -> i128 {
        match on {
            On::Arc(arc) => plan.get(arc).map_or(0, |fen| i128::from(*fen)),
            On::Receipts(party) => self.received(party),
            On::Payments(party) => self.paid(party),
            On::Net(party) => self.received(party) - self.paid(party),
        }
    }

    /// The side of a condition, in 分.
    fn side(&self, terms: &Terms, limit: &Limit) -> i128 {
        let On::Receipts(party) = limit.on else { return i128::from(limit.fen) };
        let share = terms.parties.get(party).and_then(|party| party.share.as_ref());
        match (share, &terms.tolerance) {
            (Some(share), Some(tolerance)) if limit.kind.is_share() => {
                let (low, high) = corridor(share, tolerance, self.shared);
                if limit.kind == Kind::ShareLow { low } else { high }
            }
            _ => i128::from(limit.fen),
        }
    }

    fn surplus(&self, terms: &Terms, party: usize) -> i128 {
        let floor = terms.parties.get(party).map_or(0, |party| i128::from(party.net_floor()));
        self.received(party) - self.paid(party) - floor
    }
}

fn fen(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

/// The deal of a plan in whole 分.
pub(super) fn deal(request: &Request, terms: &Terms, optimum: &Optimum, plan: &[i64]) -> Deal {
    let sums = Sums::of(terms, plan);
    let measure = request.deal.surplus;
    let checked = conditions(terms, optimum, plan, &sums, measure);
    let parties = parties(terms, &sums, measure);
    let smallest: Vec<bool> = parties.iter().map(|part| part.smallest).collect();
    let payments = terms.arcs.iter().zip(plan).enumerate().filter(|(_, (_, fen))| **fen > 0);
    let payments: Vec<PaymentPart> =
        payments.map(|(arc, (_, fen))| payment(terms, arc, *fen, &checked, &smallest)).collect();
    let flows = payments.len();
    let stages = optimum.stages.iter().map(|stage| {
        let value = if stage.at_least.is_some() { flows as f64 } else { stage.value };
        let is_money = stage.at_least.is_none() && !(measure == Measure::Relative && is_surplus(stage.objective));
        StagePart {
            objective: stage.objective,
            sentence: words::stage(stage.objective, value, measure, stage.at_least.is_none_or(|least| least >= flows)),
            value: if is_money { value / 100.0 } else { value },
            // A payment of less than half a 分 is rounded away.
            at_least: stage.at_least.map(|least| least.min(flows)),
            programs: stage.programs,
            certificate: stage.certified.certificate(),
        }
    });
    let shift = plan.iter().zip(&optimum.payments).map(|(fen, real)| (*fen as f64 - real).abs()).fold(0.0, f64::max);
    Deal {
        payments,
        parties,
        conditions: checked.into_iter().filter(|(limit, part)| told(limit, part)).map(|(_, part)| part).collect(),
        stages: stages.collect(),
        total_fen: fen(plan.iter().map(|fen| i128::from(*fen)).sum()),
        rounding_fen: (shift * 100.0).round() / 100.0,
        unique: optimum.unique,
        complete: optimum.limit.is_none(),
        stuck: optimum.stuck.as_ref().map(|stuck| words::stuck(terms, stuck, measure)),
        columns: optimum.size.0,
        rows: optimum.size.1,
    }
}

fn is_surplus(objective: Option<crate::payment::request::Objective>) -> bool {
    objective == Some(crate::payment::request::Objective::MaxMinSurplus)
}

/// Every condition on a party; those on pairs where they are agreed, bind or are broken.
fn told(limit: &Limit, part: &ConditionPart) -> bool {
    limit.kind != Kind::PairValue || part.binding || !part.holds
}

/// Every condition, checked on the amounts in 分.
fn conditions(
    terms: &Terms,
    optimum: &Optimum,
    plan: &[i64],
    sums: &Sums,
    measure: Measure,
) -> Vec<(Limit, ConditionPart)> {
    let mut prices: Vec<Vec<PricePart>> = vec![Vec::new(); terms.limits.len()];
    for stage in &optimum.stages {
        for (limit, per_fen) in &stage.prices {
            if let (Some(list), Some(objective)) = (prices.get_mut(*limit), stage.objective) {
                // In money a 分 per 分 is a 元 per 元; a ratio is per 分 and becomes one per 元.
                let is_ratio = measure == Measure::Relative && is_surplus(Some(objective));
                list.push(PricePart { objective, per_yuan: if is_ratio { per_fen * 100.0 } else { *per_fen } });
            }
        }
    }
    let id = |party: usize| terms.parties.get(party).map(|party| party.id.clone()).unwrap_or_default();
    let each = terms.limits.iter().zip(prices).map(|(limit, prices)| {
        let (value, side) = (sums.value(plan, limit.on), sums.side(terms, limit));
        let holds = if limit.kind.is_lower() { value >= side } else { value <= side };
        let (party, other) = words::parties(terms, limit);
        let part = ConditionPart {
            kind: words::code(limit.kind),
            party: id(party),
            recipient: other.map(id),
            sentence: words::condition(terms, &Limit { fen: fen(side), ..*limit }),
            bound_fen: fen(side),
            value_fen: fen(value),
            holds,
            binding: value == side,
            prices,
        };
        (*limit, part)
    });
    each.collect()
}

fn parties(terms: &Terms, sums: &Sums, measure: Measure) -> Vec<PartyPart> {
    let (pays, receives) = (terms.ends(|arc| arc.payer), terms.ends(|arc| arc.recipient));
    let mut parts: Vec<PartyPart> = Vec::with_capacity(terms.parties.len());
    for (index, party) in terms.parties.iter().enumerate() {
        let surplus = sums.surplus(terms, index);
        let stake = i128::from(party.benefit) + i128::from(party.delivered);
        let relative = (!party.superior && stake > 0).then(|| surplus as f64 / stake as f64);
        let shared = party.share.as_ref().map(|share| share * Exact::from_integer(sums.shared.into()));
        parts.push(PartyPart {
            party: party.id.clone(),
            name: party.name.clone(),
            superior: party.superior,
            benefit_fen: party.benefit,
            delivered_fen: party.delivered,
            cost_fen: party.cost,
            outside_fen: party.outside,
            received_fen: fen(sums.received(index)),
            paid_fen: fen(sums.paid(index)),
            surplus_fen: (!party.superior).then(|| fen(surplus)),
            relative,
            share: party.share.as_ref().and_then(Finite::from_exact).map(Finite::get),
            share_fen: shared.and_then(|shared| shared.round().to_integer().to_i64()),
            smallest: false,
        });
    }
    let takes_part = |index: usize| pays.get(index) == Some(&true) || receives.get(index) == Some(&true);
    let level = |part: &PartyPart| match measure {
        Measure::Absolute => part.surplus_fen.map(|fen| fen as f64),
        Measure::Relative => part.relative,
    };
    let levels: Vec<Option<f64>> =
        parts.iter().enumerate().map(|(index, part)| level(part).filter(|_| takes_part(index))).collect();
    let least = levels.iter().flatten().copied().fold(f64::INFINITY, f64::min);
    // A few 分 of rounding apart are one level.
    let near = match measure {
        Measure::Absolute => least + 5.0,
        Measure::Relative => least + 1e-9,
    };
    for (part, level) in parts.iter_mut().zip(&levels) {
        part.smallest = level.is_some_and(|level| level <= near);
    }
    parts
}

/// One payment and why it is what it is.
fn payment(
    terms: &Terms,
    arc: usize,
    amount: i64,
    checked: &[(Limit, ConditionPart)],
    smallest: &[bool],
) -> PaymentPart {
    let Some(pair) = terms.arcs.get(arc) else { return PaymentPart::nothing() };
    let concerns = |on: On| on == On::Arc(arc) || on == On::Payments(pair.payer) || on == On::Receipts(pair.recipient);
    let binding = checked.iter().filter(|(limit, part)| part.binding && concerns(limit.on));
    // A party's sum that merely repeats its pairs says nothing new.
    let binding: Vec<&(Limit, ConditionPart)> = binding
        .filter(|(limit, _)| !matches!(limit.kind, Kind::Benefit | Kind::Ceiling) || amount < pair.value)
        .collect();
    let superior = terms.parties.get(pair.payer).is_some_and(|party| party.superior);
    let mut texts: Vec<Text> = binding.iter().map(|(limit, _)| words::binding(terms, limit)).collect();
    for party in [pair.payer, pair.recipient] {
        if smallest.get(party) == Some(&true) {
            texts.push(Phrase::new("payment.binds_smallest").with("party", terms.name(party)).text());
        }
    }
    if texts.is_empty() {
        texts.push(Phrase::new("payment.binds_nothing").text());
    }
    let reasons = Text::joined(&texts, ",", ", ");
    let percent = if pair.value > 0 { amount as f64 / pair.value as f64 * 100.0 } else { 0.0 };
    let code = if superior { "payment.why_superior" } else { "payment.why" };
    let why = Phrase::new(code)
        .with("payer", terms.name(pair.payer))
        .with("recipient", terms.name(pair.recipient))
        .with("value", Money::from_fen(pair.value))
        .with("percent", format!("{}%", fixed(percent, 1)))
        .with("reasons", reasons)
        .text();
    let id = |party: usize| terms.parties.get(party).map(|party| party.id.clone()).unwrap_or_default();
    PaymentPart {
        payer: id(pair.payer),
        payer_name: terms.name(pair.payer),
        recipient: id(pair.recipient),
        recipient_name: terms.name(pair.recipient),
        amount_fen: amount,
        value_fen: (!superior).then_some(pair.value),
        binds: binding.iter().map(|(limit, _)| words::code(limit.kind).to_owned()).collect(),
        why,
    }
}

impl PaymentPart {
    fn nothing() -> Self {
        let text = String::new;
        Self {
            payer: text(),
            payer_name: text(),
            recipient: text(),
            recipient_name: text(),
            amount_fen: 0,
            value_fen: None,
            binds: Vec::new(),
            why: Text::same(""),
        }
    }
}
