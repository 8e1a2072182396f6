//! Made-up cases of any number of parties from a seed; for benchmarks and tests. Feasible for every seed.
//!
//! Parties lie along a river, each with one area; water flows to some of those downstream, and two other services to some
//! anywhere. Costs are at most a third of what a supplier delivers and every budget is at least half the benefit received, so
//! that paying half of every value meets all conditions.

use std::collections::BTreeMap;

use crate::dataset::synthetic::Chance;
use crate::payment::figures::{Label, Number, Sum, Worth};
use crate::payment::request::{DealSpec, FlowRow, GepRow, PartySpec, Reach, Request, ServiceSpec};
use crate::phrases::Text;
use crate::units::{Decimal, Exact, Money};

/// A case of so many parties, each of which supplies about `reach` others; 2 to 2 000 parties.
pub fn generate(parties: usize, reach: usize, seed: u64) -> Request {
    let mut chance = Chance::new(seed);
    let parties = parties.clamp(2, 2_000);
    let id = |party: usize| format!("P{:04}", party + 1);
    let mut request = empty("合成案例");
    let services = [("water", true), ("air", false), ("landscape", false)];
    for (service, hydrological) in services {
        request.service.push(ServiceSpec { id: service.to_owned(), name: None, hydrological });
    }
    for party in 1..parties {
        request.river.push(Reach { from: id(party - 1), to: id(party) });
    }
    let mut values: BTreeMap<(usize, usize), Exact> = BTreeMap::new();
    for party in 0..parties {
        for (service, hydrological) in services {
            let wan = i64::try_from(chance.between(1_000, 80_000)).unwrap_or(1_000);
            let Ok(value) = Worth::of(Decimal::from_integer(wan), "万元") else { continue };
            let targets = targets(&mut chance, parties, party, reach.max(3) / 3, hydrological);
            let count = i64::try_from(targets.len()).unwrap_or(1);
            for to in targets {
                // Shares out of a service sum to at most 60 %.
                let percent = i64::try_from(chance.between(10, 60)).unwrap_or(10);
                let share = Exact::new(percent.into(), (100 * count).into());
                *values.entry((party, to)).or_insert_with(|| Exact::from_integer(0.into())) += value.fen() * &share;
                let share = Some(Number::new(share));
                let service = service.to_owned();
                request.flow.push(FlowRow { service, from: id(party), to: id(to), share, quantity: None });
            }
            request.gep.push(GepRow { area: id(party), service: service.to_owned(), value, quantity: None });
        }
    }
    for party in 0..parties {
        let sum = |end: &dyn Fn(&(usize, usize)) -> bool| -> i64 {
            let values = values.iter().filter(|(pair, _)| end(pair)).map(|(_, value)| value);
            crate::units::floor_fen(&values.sum()).unwrap_or(0)
        };
        let (delivered, received) = (sum(&|pair| pair.0 == party), sum(&|pair| pair.1 == party));
        let part = |whole: i64, percent: u64| whole / 100 * i64::try_from(percent).unwrap_or(0);
        let money = |fen: i64| Some(Sum(Money::from_fen(fen)));
        request.party.push(PartySpec {
            id: id(party),
            name: None,
            areas: Vec::new(),
            superior: false,
            cost: money(part(delivered, chance.between(5, 20))),
            opportunity_cost: money(part(delivered, chance.between(0, 13))),
            outside: None,
            budget: money(part(received, chance.between(51, 90)) + 100_000),
            revenue: None,
            revenue_share: None,
            ability: None,
            quantity: None,
            quality: None,
        });
    }
    request
}

/// Some other parties; all of them downstream where the service is hydrological.
fn targets(chance: &mut Chance, parties: usize, from: usize, count: usize, downstream: bool) -> Vec<usize> {
    let least = if downstream { from + 1 } else { 0 };
    let all: Vec<usize> = (least..parties).filter(|party| *party != from).collect();
    let mut chosen = std::collections::BTreeSet::new();
    let most = u64::try_from(all.len()).unwrap_or(0);
    for _ in 0..count.min(all.len()) {
        let position = usize::try_from(chance.between(0, most - 1)).unwrap_or(0);
        chosen.extend(all.get(position));
    }
    chosen.into_iter().collect()
}

/// A case without anything in it.
pub fn empty(name: &str) -> Request {
    Request {
        name: Label(Text::same(name)),
        basis: String::new(),
        illustrative: true,
        data: None,
        area: Vec::new(),
        river: Vec::new(),
        distance: Vec::new(),
        service: Vec::new(),
        gep: Vec::new(),
        flow: Vec::new(),
        rule: Vec::new(),
        party: Vec::new(),
        pair: Vec::new(),
        deal: DealSpec::default(),
    }
}
