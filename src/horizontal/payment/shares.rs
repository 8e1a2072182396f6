//! Who benefits of which area's service, and by how much: shares as given, from quantities, or by a written rule.

use std::collections::{BTreeMap, BTreeSet};

use num_traits::{One, Signed, Zero};

use crate::finding::{Finding, FindingLog, Place};
use crate::payment::case::{Names, at, limit};
use crate::payment::figures::{Number, exact_text};
use crate::payment::request::{Among, FlowRow, FlowRule, Request};
use crate::payment::river::River;
use crate::units::Exact;

/// Most flows between areas, over all services.
const SPILLS_MAX: usize = 300_000;

/// GEP of an area's service.
#[derive(Debug, Clone)]
pub(super) struct Gep {
    /// Value in 分, exact.
    pub value: Exact,
    /// Physical quantity behind it.
    pub quantity: Option<Exact>,
}

/// GEP by (area, service).
pub(super) type GepTable = BTreeMap<(usize, usize), Gep>;

/// Value of a service that flows from one area to another.
#[derive(Debug, Clone)]
pub(super) struct Spill {
    pub service: usize,
    pub from: usize,
    pub to: usize,
    /// Share of the area's service.
    pub share: Exact,
    /// Value in 分, exact.
    pub value: Exact,
}

/// Reads the GEP rows; a cell given twice is a finding.
pub(super) fn gep(request: &Request, names: &Names, log: &mut FindingLog) -> GepTable {
    let mut table = GepTable::new();
    for (index, row) in request.gep.iter().enumerate() {
        let area = names.area(&row.area, at("gep", index, "area"), log);
        let service = names.service(&row.service, at("gep", index, "service"), log);
        let quantity = row.quantity.as_ref().map(Number::exact);
        if quantity.is_some_and(Signed::is_negative) {
            log.push(negative(at("gep", index, "quantity"), row.quantity.as_ref()));
        }
        let (Some(area), Some(service)) = (area, service) else { continue };
        let gep = Gep { value: row.value.fen().clone(), quantity: quantity.cloned() };
        if table.insert((area, service), gep).is_some() {
            log.push(
                Finding::error("payment.gep_twice", at("gep", index, "area"))
                    .with("area", &row.area)
                    .with("service", &row.service),
            );
        }
    }
    if request.gep.is_empty() {
        log.push(Finding::error("payment.none", Place::default().column("gep")).with("what", "gep"));
    }
    table
}

fn negative(place: Place, number: Option<&Number>) -> Finding {
    let value = number.map(|number| exact_text(number.exact())).unwrap_or_default();
    Finding::error("payment.negative", place).with("value", value)
}

/// Every flow between areas; in the order of service, from and to.
pub(super) fn spills(
    request: &Request,
    names: &Names,
    gep: &GepTable,
    river: &mut River,
    log: &mut FindingLog,
) -> Vec<Spill> {
    let mut found = listed(request, names, gep, river, log);
    let listed: BTreeSet<usize> = found.iter().map(|spill| spill.service).collect();
    let mut ruled = BTreeSet::new();
    let roads = distances(request, names, log);
    for (index, rule) in request.rule.iter().enumerate() {
        let Some(service) = names.service(&rule.service, at("rule", index, "service"), log) else { continue };
        if !ruled.insert(service) || listed.contains(&service) {
            log.push(
                Finding::error("payment.flow_and_rule", at("rule", index, "service")).with("service", &rule.service),
            );
            continue;
        }
        let ruling = Ruling { request, names, gep, index, rule, service, roads: &roads };
        match ruling.spills(river, SPILLS_MAX.saturating_sub(found.len()), log) {
            Ok(more) => found.extend(more),
            Err(finding) => {
                log.push(finding);
                return found;
            }
        }
    }
    found.sort_by_key(|spill| (spill.service, spill.from, spill.to));
    found
}

/// The flows written row by row.
fn listed(request: &Request, names: &Names, gep: &GepTable, river: &mut River, log: &mut FindingLog) -> Vec<Spill> {
    let mut found: BTreeMap<(usize, usize, usize), (usize, Spill)> = BTreeMap::new();
    if request.flow.len() > SPILLS_MAX {
        log.push(limit("flow", request.flow.len(), SPILLS_MAX));
        return Vec::new();
    }
    for (index, row) in request.flow.iter().enumerate() {
        let service = names.service(&row.service, at("flow", index, "service"), log);
        let from = names.area(&row.from, at("flow", index, "from"), log);
        let to = names.area(&row.to, at("flow", index, "to"), log);
        let (Some(service), Some(from), Some(to)) = (service, from, to) else { continue };
        if from == to {
            log.push(Finding::error("payment.flow_to_itself", at("flow", index, "to")).with("area", &row.to));
            continue;
        }
        let Some(cell) = gep.get(&(from, service)) else {
            log.push(
                Finding::error("payment.gep_missing", at("flow", index, "from"))
                    .with("area", names.area_name(from))
                    .with("service", names.service_name(service)),
            );
            continue;
        };
        let Some(share) = share(row, index, cell, log) else { continue };
        let value = &cell.value * &share;
        let spill = Spill { service, from, to, share, value };
        if found.insert((service, from, to), (index, spill)).is_some() {
            let finding = Finding::error("payment.flow_twice", at("flow", index, "to"));
            log.push(finding.with("service", &row.service).with("from", &row.from).with("to", &row.to));
        }
    }
    check_sums(names, &found, log);
    check_directions(request, names, &found, river, log);
    found.into_values().map(|(_, spill)| spill).collect()
}

/// The share of a row: as given, or its quantity over the quantity supplied.
fn share(row: &FlowRow, index: usize, cell: &Gep, log: &mut FindingLog) -> Option<Exact> {
    match (&row.share, &row.quantity) {
        (Some(share), None) => {
            let share = share.exact();
            if share.is_negative() || *share > Exact::one() {
                let finding = Finding::error("payment.share_range", at("flow", index, "share"));
                log.push(finding.with("share", exact_text(share)));
                return None;
            }
            Some(share.clone())
        }
        (None, Some(quantity)) => {
            if quantity.exact().is_negative() {
                log.push(negative(at("flow", index, "quantity"), Some(quantity)));
                return None;
            }
            match &cell.quantity {
                Some(whole) if whole.is_positive() => Some(quantity.exact() / whole),
                _ => {
                    let finding = Finding::error("payment.quantity_missing", at("flow", index, "quantity"));
                    log.push(finding.with("area", &row.from).with("service", &row.service));
                    None
                }
            }
        }
        _ => {
            log.push(Finding::error("payment.share_or_quantity", at("flow", index, "share")));
            None
        }
    }
}

type Listed = BTreeMap<(usize, usize, usize), (usize, Spill)>;

/// Shares out of an area's service may not sum to more than one.
fn check_sums(names: &Names, found: &Listed, log: &mut FindingLog) {
    let mut sums: BTreeMap<(usize, usize), (usize, Exact)> = BTreeMap::new();
    for (index, spill) in found.values() {
        let entry = sums.entry((spill.service, spill.from)).or_insert_with(|| (*index, Exact::zero()));
        entry.1 += &spill.share;
        entry.0 = entry.0.max(*index);
    }
    for ((service, from), (index, sum)) in sums {
        if sum > Exact::one() {
            log.push(
                Finding::error("payment.shares_above_one", at("flow", index, "share"))
                    .with("area", names.area_name(from))
                    .with("service", names.service_name(service))
                    .with("sum", exact_text(&sum)),
            );
        }
    }
}

/// Hydrological services flow downstream only.
fn check_directions(request: &Request, names: &Names, found: &Listed, river: &mut River, log: &mut FindingLog) {
    let hydrological = |service: usize| request.service.get(service).is_some_and(|spec| spec.hydrological);
    let mut wanted: BTreeMap<usize, Vec<(usize, usize, usize)>> = BTreeMap::new();
    for (index, spill) in found.values().filter(|(_, spill)| hydrological(spill.service)) {
        wanted.entry(spill.from).or_default().push((*index, spill.to, spill.service));
    }
    if let Some((index, ..)) = wanted.values().flatten().next().filter(|_| river.is_empty()) {
        log.push(Finding::error("payment.no_river", at("flow", *index, "service")));
        return;
    }
    for (from, flows) in wanted {
        let below = match river.downstream(from) {
            Ok(below) => below,
            Err(finding) => return log.push(finding),
        };
        for (index, to, service) in flows.into_iter().filter(|(_, to, _)| below.binary_search(to).is_err()) {
            log.push(
                Finding::error("payment.uphill", at("flow", index, "to"))
                    .with("service", names.service_name(service))
                    .with("from", names.area_name(from))
                    .with("to", names.area_name(to)),
            );
        }
    }
}

/// Distances by pair of areas, the lower position first.
fn distances(request: &Request, names: &Names, log: &mut FindingLog) -> BTreeMap<(usize, usize), Exact> {
    let mut roads = BTreeMap::new();
    for (index, row) in request.distance.iter().enumerate() {
        let from = names.area(&row.from, at("distance", index, "from"), log);
        let to = names.area(&row.to, at("distance", index, "to"), log);
        let (Some(from), Some(to)) = (from, to) else { continue };
        if !row.km.exact().is_positive() {
            log.push(negative(at("distance", index, "km"), Some(&row.km)));
        } else if from != to && roads.insert((from.min(to), from.max(to)), row.km.exact().clone()).is_some() {
            let finding = Finding::error("payment.distance_twice", at("distance", index, "to"));
            log.push(finding.with("from", &row.from).with("to", &row.to));
        }
    }
    roads
}

/// A flow rule at work.
struct Ruling<'a> {
    request: &'a Request,
    names: &'a Names,
    gep: &'a GepTable,
    index: usize,
    rule: &'a FlowRule,
    service: usize,
    roads: &'a BTreeMap<(usize, usize), Exact>,
}

impl Ruling<'_> {
    fn spills(&self, river: &mut River, room: usize, log: &mut FindingLog) -> Result<Vec<Spill>, Finding> {
        let Some(spill) = self.check(river, log) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for ((from, _), cell) in self.gep.iter().filter(|((_, service), _)| *service == self.service) {
            let targets = match self.rule.among {
                Among::Downstream => river.downstream(*from)?,
                Among::All => (0..self.names.areas.len()).filter(|area| area != from).collect(),
            };
            if found.len() + targets.len() > room {
                return Err(limit("rule", found.len() + targets.len(), room));
            }
            let mut weights = Vec::with_capacity(targets.len());
            for to in targets {
                if let Some(weight) = self.weight(*from, to, log) {
                    weights.push((to, weight));
                }
            }
            let own = if self.rule.include_own { self.figure(*from, log) } else { None };
            let sum: Exact = weights.iter().map(|(_, weight)| weight).sum::<Exact>() + own.unwrap_or_else(Exact::zero);
            if !sum.is_positive() {
                continue;
            }
            for (to, weight) in weights.into_iter().filter(|(_, weight)| weight.is_positive()) {
                let share = &spill * weight / &sum;
                let value = &cell.value * &share;
                found.push(Spill { service: self.service, from: *from, to, share, value });
            }
        }
        Ok(found)
    }

    /// The share that leaves, where the rule can be carried out.
    fn check(&self, river: &River, log: &mut FindingLog) -> Option<Exact> {
        let FlowRule { among, spill, figure, inverse_distance, include_own, .. } = self.rule;
        let spill = spill.as_ref().map_or_else(Exact::one, |spill| spill.exact().clone());
        let hydrological = self.request.service.get(self.service).is_some_and(|spec| spec.hydrological);
        let refuse = |code: &'static str, key: &str| Finding::error(code, at("rule", self.index, key));
        if spill.is_negative() || spill > Exact::one() {
            log.push(refuse("payment.share_range", "spill").with("share", exact_text(&spill)));
        } else if figure.is_none() && inverse_distance.is_none() {
            log.push(refuse("payment.rule_empty", "figure"));
        } else if inverse_distance.is_some_and(|power| !(1..=2).contains(&power)) {
            log.push(refuse("payment.power", "inverse_distance"));
        } else if *include_own && inverse_distance.is_some() {
            log.push(refuse("payment.own_distance", "include_own"));
        } else if hydrological && *among == Among::All {
            log.push(refuse("payment.rule_uphill", "among").with("service", &self.rule.service));
        } else if *among == Among::Downstream && river.is_empty() {
            log.push(refuse("payment.no_river", "among"));
        } else {
            return Some(spill);
        }
        None
    }

    /// Weight of a benefiting area; what is missing is a finding.
    fn weight(&self, from: usize, to: usize, log: &mut FindingLog) -> Option<Exact> {
        let figure = if self.rule.figure.is_some() { self.figure(to, log)? } else { Exact::one() };
        let Some(power) = self.rule.inverse_distance else { return Some(figure) };
        let Some(km) = self.roads.get(&(from.min(to), from.max(to))) else {
            log.push(
                Finding::error("payment.distance_missing", at("rule", self.index, "inverse_distance"))
                    .with("from", self.names.area_name(from))
                    .with("to", self.names.area_name(to)),
            );
            return None;
        };
        Some(if power == 2 { figure / (km * km) } else { figure / km })
    }

    /// The rule's figure of an area.
    fn figure(&self, area: usize, log: &mut FindingLog) -> Option<Exact> {
        let key = self.rule.figure.as_ref()?;
        let known = self.names.areas.get(area)?;
        let spec = known.spec.and_then(|spec| self.request.area.get(spec));
        let place = || match known.spec {
            Some(spec) => at("area", spec, "figures"),
            None => at("rule", self.index, "figure"),
        };
        match spec.and_then(|spec| spec.figures.get(key)) {
            Some(number) if number.exact().is_negative() => {
                log.push(negative(place(), Some(number)));
                None
            }
            Some(number) => Some(number.exact().clone()),
            None => {
                log.push(
                    Finding::error("payment.figure_missing", place()).with("area", &known.name).with("figure", key),
                );
                None
            }
        }
    }
}
