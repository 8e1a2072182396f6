//! The names of a request: areas, services and parties by position, and who owns what.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Finding, FindingLog, Place, hint};
use crate::payment::request::Request;
use crate::phrases::{Phrase, Text, is_steering};

/// Most areas of a case.
const AREAS_MAX: usize = 100_000;
/// Most parties of a case.
const PARTIES_MAX: usize = 2_000;
/// Most rows of any one list of a request.
const ROWS_MAX: usize = 400_000;
/// Longest name, in characters.
const NAME_MAX: usize = 200;

/// An area: printed name, the party that owns it.
#[derive(Debug, Clone)]
pub(super) struct Area {
    pub id: String,
    pub name: String,
    pub owner: Option<usize>,
    /// Position in `request.area`; `None` where only a party names it.
    pub spec: Option<usize>,
}

/// Names by position.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    pub areas: Vec<Area>,
    pub area_of: BTreeMap<String, usize>,
    pub service_of: BTreeMap<String, usize>,
    pub party_of: BTreeMap<String, usize>,
    pub services: Vec<Text>,
    pub parties: Vec<String>,
}

/// Place of a key of a list: `gep[17].value`.
pub(super) fn at(list: &str, index: usize, key: &str) -> Place {
    Place::default().column(format!("{list}[{}].{key}", index + 1))
}

/// A finding that a case is too large.
pub(super) fn limit(what: &str, found: usize, most: usize) -> Finding {
    Finding::error("payment.too_many", Place::default().column(what))
        .with("what", what)
        .with("found", found.to_string())
        .with("most", most.to_string())
}

impl Names {
    /// Reads areas, services and parties; duplicates, unknown names and areas with two owners are findings.
    pub fn read(request: &Request, log: &mut FindingLog) -> Self {
        let mut names = Self::default();
        check_sizes(request, log);
        if log.errors() > 0 {
            return names;
        }
        names.read_services(request, log);
        names.read_parties(request, log);
        names.read_areas(request, log);
        names.own(request, log);
        names
    }

    fn read_services(&mut self, request: &Request, log: &mut FindingLog) {
        for (index, service) in request.service.iter().enumerate() {
            check_name(&service.id, at("service", index, "id"), log);
            if self.service_of.insert(service.id.clone(), index).is_some() {
                log.push(twice("service", index, &service.id));
            }
            self.services.push(service.name.as_ref().map_or_else(|| Text::same(&service.id), |label| label.0.clone()));
        }
        if request.service.is_empty() {
            log.push(Finding::error("payment.none", Place::default().column("service")).with("what", "service"));
        }
    }

    fn read_parties(&mut self, request: &Request, log: &mut FindingLog) {
        for (index, party) in request.party.iter().enumerate() {
            check_name(&party.id, at("party", index, "id"), log);
            party.name.iter().for_each(|name| check_name(name, at("party", index, "name"), log));
            if self.party_of.insert(party.id.clone(), index).is_some() {
                log.push(twice("party", index, &party.id));
            }
            self.parties.push(party.name.clone().unwrap_or_else(|| party.id.clone()));
        }
        if request.party.is_empty() {
            log.push(Finding::error("payment.none", Place::default().column("party")).with("what", "party"));
        }
    }

    fn read_areas(&mut self, request: &Request, log: &mut FindingLog) {
        for (index, spec) in request.area.iter().enumerate() {
            check_name(&spec.id, at("area", index, "id"), log);
            spec.name.iter().for_each(|name| check_name(name, at("area", index, "name"), log));
            let name = spec.name.clone().unwrap_or_else(|| spec.id.clone());
            if self.area_of.contains_key(&spec.id) {
                log.push(twice("area", index, &spec.id));
            } else {
                self.push_area(&spec.id, name, Some(index));
            }
        }
        if !request.area.is_empty() {
            return;
        }
        // Without a table of areas the parties say which there are.
        for (index, party) in request.party.iter().enumerate().filter(|(_, party)| !party.superior) {
            let own = std::slice::from_ref(&party.id);
            for id in if party.areas.is_empty() { own } else { &party.areas } {
                check_name(id, at("party", index, "areas"), log);
                if !self.area_of.contains_key(id) {
                    self.push_area(id, id.clone(), None);
                }
            }
        }
    }

    fn push_area(&mut self, id: &str, name: String, spec: Option<usize>) {
        self.area_of.insert(id.to_owned(), self.areas.len());
        self.areas.push(Area { id: id.to_owned(), name, owner: None, spec });
    }

    /// Gives each area its party.
    fn own(&mut self, request: &Request, log: &mut FindingLog) {
        let mut claims: Vec<(usize, usize, Place)> = Vec::new();
        for (index, spec) in request.area.iter().enumerate() {
            if let (Some(word), Some(area)) = (&spec.party, self.area_of.get(&spec.id)) {
                let area = *area;
                if let Some(party) = self.party(word, at("area", index, "party"), log) {
                    claims.push((area, party, at("area", index, "party")));
                }
            }
        }
        let claiming: BTreeSet<usize> = claims.iter().map(|(_, party, _)| *party).collect();
        for (index, party) in request.party.iter().enumerate() {
            let place = || at("party", index, "areas");
            let claimed = claiming.contains(&index);
            if party.superior {
                if claimed || !party.areas.is_empty() {
                    log.push(Finding::error("payment.superior_owns", place()).with("party", &party.id));
                }
                continue;
            }
            for id in &party.areas {
                if let Some(area) = self.area(id, place(), log) {
                    claims.push((area, index, place()));
                }
            }
            if party.areas.is_empty() && !claimed {
                match self.area_of.get(&party.id) {
                    Some(area) => claims.push((*area, index, place())),
                    None => log.push(Finding::error("payment.no_area", place()).with("party", &party.id)),
                }
            }
        }
        for (area, party, place) in claims {
            let Some(known) = self.areas.get_mut(area) else { continue };
            match known.owner {
                // Named both by the area and by the party.
                Some(other) if other == party => {}
                Some(other) => {
                    let name = |party: usize| self.parties.get(party).map_or("", String::as_str);
                    log.push(
                        Finding::error("payment.two_owners", place)
                            .with("area", &known.name)
                            .with("party", name(party))
                            .with("other", name(other)),
                    );
                }
                None => known.owner = Some(party),
            }
        }
    }

    /// Position of an area; an unknown one is a finding with the nearest.
    pub fn area(&self, id: &str, place: Place, log: &mut FindingLog) -> Option<usize> {
        find(&self.area_of, id, "payment.unknown_area", place, log)
    }

    /// Position of a service; an unknown one is a finding with the nearest.
    pub fn service(&self, id: &str, place: Place, log: &mut FindingLog) -> Option<usize> {
        find(&self.service_of, id, "payment.unknown_service", place, log)
    }

    /// Position of a party; an unknown one is a finding with the nearest.
    pub fn party(&self, id: &str, place: Place, log: &mut FindingLog) -> Option<usize> {
        find(&self.party_of, id, "payment.unknown_party", place, log)
    }

    /// Printed name of an area.
    pub fn area_name(&self, area: usize) -> &str {
        self.areas.get(area).map_or("", |area| area.name.as_str())
    }

    /// Printed name of a party.
    pub fn party_name(&self, party: usize) -> &str {
        self.parties.get(party).map_or("", String::as_str)
    }

    /// Printed name of a service.
    pub fn service_name(&self, service: usize) -> Text {
        self.services.get(service).cloned().unwrap_or_else(|| Text::same(""))
    }

    /// The party of an area.
    pub fn owner(&self, area: usize) -> Option<usize> {
        self.areas.get(area).and_then(|area| area.owner)
    }
}

/// So many known words are compared with an unknown one: a hundred thousand rows of typing errors must not take hours.
const COMPARED: usize = 500;
/// So many unknown words are compared at all.
const LIKENED: usize = 50;

fn find(
    known: &BTreeMap<String, usize>,
    id: &str,
    code: &'static str,
    place: Place,
    log: &mut FindingLog,
) -> Option<usize> {
    let found = known.get(id).copied();
    if found.is_none() {
        let compared = if log.errors() < LIKENED && id.chars().count() <= NAME_MAX { COMPARED } else { 0 };
        let like = hint(id, known.keys().take(compared).map(String::as_str)).text();
        let phrase = Phrase::new(code).with("word", id).with("like", like);
        log.push(Finding::from_phrase(phrase, place));
    }
    found
}

fn twice(list: &'static str, index: usize, id: &str) -> Finding {
    Finding::error("payment.twice", at(list, index, "id")).with("word", id)
}

fn check_name(text: &str, place: Place, log: &mut FindingLog) {
    if text.contains(is_steering) {
        log.push(Finding::error("policy.steering_characters", place).with("value", text));
    } else if text.trim().is_empty() || text.chars().count() > NAME_MAX {
        log.push(Finding::error("payment.name_length", place).with("most", NAME_MAX.to_string()));
    }
}

fn check_sizes(request: &Request, log: &mut FindingLog) {
    let areas = request.area.len().max(request.party.iter().map(|party| party.areas.len()).sum());
    let sizes = [
        ("area", areas, AREAS_MAX),
        ("party", request.party.len(), PARTIES_MAX),
        ("service", request.service.len(), 1_000),
        ("river", request.river.len(), ROWS_MAX),
        ("distance", request.distance.len(), ROWS_MAX),
        ("gep", request.gep.len(), ROWS_MAX),
        ("flow", request.flow.len(), ROWS_MAX),
        ("rule", request.rule.len(), 1_000),
        ("pair", request.pair.len(), ROWS_MAX),
    ];
    for (what, found, most) in sizes {
        if found > most {
            log.push(limit(what, found, most));
        }
    }
}
