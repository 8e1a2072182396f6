//! The problem in exact numbers: columns (utilities first), rows, and what each party has without agreement.

use std::collections::{BTreeMap, BTreeSet};

use num_traits::{One, Signed, Zero};

use crate::bargaining::request::{ConstraintRequest, PartyRequest, Request, TransferRequest};
use crate::document::number::{Number, binary};
use crate::finding::{Finding, FindingLog, Findings, Place, hint};
use crate::phrases::{Phrase, Text};
use crate::units::Exact;

/// Most parties.
const PARTIES: usize = 60;
/// Most variables, constraints, vertices or transfers, each.
const ITEMS: usize = 2_000;
/// Numbers beyond this magnitude are refused.
const LARGEST: f64 = 1e18;

/// A party in exact numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Party {
    /// Short code.
    pub id: String,
    /// Printed name.
    pub label: Text,
    /// Utility without agreement.
    pub disagreement: Exact,
    /// What it has elsewhere.
    pub outside: Option<Exact>,
    /// Least utility in an agreement.
    pub floor: Option<Exact>,
    /// Largest utility in an agreement.
    pub cap: Option<Exact>,
    /// Bargaining weight.
    pub weight: Exact,
    /// Share of the proportional solution.
    pub proportion: Exact,
}

/// A column beside the utilities; its bounds, where it has any.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// Short code.
    pub name: String,
    /// Least value.
    pub lower: Option<Exact>,
    /// Largest value.
    pub upper: Option<Exact>,
    /// The party whose utility before side payments it is.
    pub base_of: Option<usize>,
}

/// A linear row over columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    /// Printed name.
    pub name: String,
    /// Column and coefficient.
    pub terms: Vec<(usize, Exact)>,
    /// Lower side.
    pub lower: Option<Exact>,
    /// Upper side.
    pub upper: Option<Exact>,
}

/// A polyhedral bargaining problem: columns 0…n−1 are the utilities of an agreement, the others follow.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// The parties.
    pub parties: Vec<Party>,
    /// Columns n, n + 1, ….
    pub variables: Vec<Variable>,
    /// The rows.
    pub rows: Vec<Linear>,
    /// The vertices, where the set is given so.
    pub corners: Option<Vec<Vec<Exact>>>,
    /// Whether utilities can be moved between parties.
    pub has_transfers: bool,
}

impl Model {
    /// Number of parties.
    pub fn size(&self) -> usize {
        self.parties.len()
    }

    /// The same problem in other units of utility: `u ↦ factor·u + shift`, a factor > 0 for every party.
    pub fn rescaled(&self, change: &[(Exact, Exact)]) -> Self {
        let mut other = self.clone();
        let one = (Exact::one(), Exact::zero());
        let of = |party: usize| change.get(party).unwrap_or(&one);
        for (index, party) in other.parties.iter_mut().enumerate() {
            let (factor, shift) = of(index);
            let map = |value: &mut Exact| *value = &*value * factor + shift;
            map(&mut party.disagreement);
            for bound in [&mut party.outside, &mut party.floor, &mut party.cap] {
                bound.as_mut().map(map);
            }
        }
        let n = self.parties.len();
        let party_of = |column: usize| match column.checked_sub(n) {
            None => Some(column),
            Some(index) => self.variables.get(index).and_then(|variable| variable.base_of),
        };
        for row in &mut other.rows {
            let mut moved = Exact::zero();
            for (column, coefficient) in &mut row.terms {
                if let Some(party) = party_of(*column) {
                    let (factor, shift) = of(party);
                    *coefficient = &*coefficient / factor;
                    moved += &*coefficient * shift;
                }
            }
            for value in [&mut row.lower, &mut row.upper].into_iter().flatten() {
                *value += &moved;
            }
        }
        for corner in other.corners.iter_mut().flatten() {
            for (party, value) in corner.iter_mut().enumerate() {
                let (factor, shift) = of(party);
                *value = &*value * factor + shift;
            }
        }
        other
    }

    /// Whether exchanging two parties leaves the written problem as it is; `false` where it has variables or side payments.
    pub fn is_symmetric_in(&self, a: usize, b: usize) -> bool {
        if self.has_transfers || self.corners.is_none() && !self.variables.is_empty() {
            return false;
        }
        let swap = |index: usize| match index {
            index if index == a => b,
            index if index == b => a,
            index => index,
        };
        let (Some(first), Some(second)) = (self.parties.get(a), self.parties.get(b)) else { return false };
        let same = first.disagreement == second.disagreement
            && first.outside == second.outside
            && first.floor == second.floor
            && first.cap == second.cap
            && first.weight == second.weight
            && first.proportion == second.proportion;
        if !same {
            return false;
        }
        if let Some(corners) = &self.corners {
            let swapped = |corner: &Vec<Exact>| -> Vec<Exact> {
                (0..corner.len()).filter_map(|index| corner.get(swap(index)).cloned()).collect()
            };
            let own: BTreeSet<Vec<Exact>> = corners.iter().cloned().collect();
            return own == corners.iter().map(swapped).collect();
        }
        type Shape = (BTreeMap<usize, Exact>, Option<Exact>, Option<Exact>);
        let shape = |row: &Linear, swapped: bool| -> Shape {
            let terms = row.terms.iter().filter(|term| !term.1.is_zero());
            let terms = terms.map(|(column, value)| (if swapped { swap(*column) } else { *column }, value.clone()));
            (terms.collect(), row.lower.clone(), row.upper.clone())
        };
        let own: BTreeSet<Shape> = self.rows.iter().map(|row| shape(row, false)).collect();
        own == self.rows.iter().map(|row| shape(row, true)).collect()
    }

    /// Reads a request.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with the path of its key.
    pub fn read(request: &Request) -> Result<Self, Findings> {
        let mut reading = Reading { log: FindingLog::default() };
        let model = reading.model(request);
        match model {
            Some(model) if reading.log.errors() == 0 => Ok(model),
            _ => Err(Findings(reading.log.into_findings())),
        }
    }
}

fn place(column: String) -> Place {
    Place::default().column(column)
}

struct Reading {
    log: FindingLog,
}

impl Reading {
    fn error(&mut self, code: &'static str, column: String) {
        self.log.push(Finding::from_phrase(Phrase::new(code), place(column)));
    }

    fn model(&mut self, request: &Request) -> Option<Model> {
        self.sizes(request)?;
        let parties: Vec<Party> =
            request.parties.iter().enumerate().map(|(index, party)| self.party(party, index)).collect();
        let n = parties.len();
        let mut columns: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, party) in request.parties.iter().enumerate() {
            self.name(&mut columns, &party.id, index, format!("party[{}].id", index + 1));
        }
        let has_transfers = !request.transfers.is_empty();
        let mut variables: Vec<Variable> = Vec::new();
        if has_transfers {
            let base = |(index, party): (usize, &Party)| free(format!("before {}", party.id), Some(index));
            variables.extend(parties.iter().enumerate().map(base));
        }
        let base = |party: usize| if has_transfers { n + party } else { party };
        for (index, variable) in request.variables.iter().enumerate() {
            let path = format!("variable[{}]", index + 1);
            self.name(&mut columns, &variable.id, n + variables.len(), format!("{path}.id"));
            let lower = variable.lower.as_ref().map(|value| value.0.clone());
            let upper = variable.upper.as_ref().map(|value| value.0.clone());
            let lower = if variable.free { None } else { Some(lower.unwrap_or_default()) };
            self.ordered(lower.as_ref(), upper.as_ref(), format!("{path}.upper"));
            variables.push(Variable { name: variable.id.clone(), lower, upper, base_of: None });
        }
        let mut rows = Vec::new();
        let corners = self.corners(request, &columns);
        self.utilities(request, &columns, &base, &mut rows);
        if let Some(corners) = &corners {
            hull(corners, &parties, &base, &mut variables, &mut rows);
        }
        for (index, constraint) in request.constraints.iter().enumerate() {
            rows.extend(self.constraint(constraint, index, &columns, &base, n));
        }
        self.transfers(&request.transfers, &columns, n, &mut variables, &mut rows);
        Some(Model { parties, variables, rows, corners, has_transfers })
    }

    fn sizes(&mut self, request: &Request) -> Option<()> {
        if request.parties.len() < 2 {
            self.log.push(
                Finding::error("bargain.too_few_parties", place("party".to_owned()))
                    .with("count", request.parties.len().to_string()),
            );
            return None;
        }
        let counts = [
            ("party", request.parties.len(), PARTIES),
            ("variable", request.variables.len(), ITEMS),
            ("constraint", request.constraints.len(), ITEMS),
            ("vertex", request.vertices.len(), ITEMS),
            ("transfer", request.transfers.len(), ITEMS),
        ];
        for (key, count, most) in counts {
            if count > most {
                self.log.push(
                    Finding::error("bargain.too_many", place(key.to_owned()))
                        .with("count", count.to_string())
                        .with("most", most.to_string()),
                );
            }
        }
        let by_vertices = !request.vertices.is_empty();
        let by_variables = !request.variables.is_empty();
        if by_vertices && (by_variables || !request.constraints.is_empty()) {
            self.error("bargain.two_forms", "vertex".to_owned());
        }
        if !by_vertices && !by_variables && request.constraints.is_empty() {
            self.error("bargain.no_set", "constraint".to_owned());
        }
        (self.log.errors() == 0).then_some(())
    }

    fn name<'a>(&mut self, columns: &mut BTreeMap<&'a str, usize>, id: &'a str, at: usize, path: String) {
        if id.trim().is_empty() || id == "constant" || id.chars().count() > 60 {
            self.log.push(Finding::error("bargain.bad_id", place(path)).with("id", id));
        } else if columns.insert(id, at).is_some() {
            self.log.push(Finding::error("bargain.id_twice", place(path)).with("id", id));
        }
    }

    fn ordered(&mut self, lower: Option<&Exact>, upper: Option<&Exact>, path: String) {
        if let (Some(lower), Some(upper)) = (lower, upper)
            && lower > upper
        {
            let show = |value: &Exact| Number(value.clone()).to_string();
            let finding = Finding::error("bargain.bounds_crossed", place(path));
            self.log.push(finding.with("lower", show(lower)).with("upper", show(upper)));
        }
    }

    /// A number of the request; too large ones are refused.
    fn sized(&mut self, value: &Exact, path: impl Fn() -> String) -> Exact {
        if binary(&value.abs()) > LARGEST {
            self.log
                .push(Finding::error("bargain.too_large", place(path())).with("value", format!("{:e}", binary(value))));
        }
        value.clone()
    }

    fn party(&mut self, party: &PartyRequest, index: usize) -> Party {
        let at = |key: &str| format!("party[{}].{key}", index + 1);
        let number = |value: &Option<Number>| value.as_ref().map(|value| value.0.clone());
        if party.disagreement.is_none() {
            self.log
                .push(Finding::error("bargain.no_disagreement", place(at("disagreement"))).with("party", &party.id));
        }
        let mut positive = |value: &Option<Number>, key: &str| {
            let value = number(value).unwrap_or_else(Exact::one);
            if !value.is_positive() || binary(&value) > 1e9 || binary(&value) < 1e-9 {
                let finding = Finding::error("bargain.not_positive", place(at(key)));
                self.log.push(finding.with("value", Number(value.clone()).to_string()));
                return Exact::one();
            }
            value
        };
        let weight = positive(&party.weight, "weight");
        let proportion = positive(&party.proportion, "proportion");
        for (key, value) in [
            ("disagreement", &party.disagreement),
            ("outside", &party.outside),
            ("floor", &party.floor),
            ("cap", &party.cap),
        ] {
            if let Some(value) = value {
                self.sized(&value.0, || at(key));
            }
        }
        let disagreement = number(&party.disagreement).unwrap_or_default();
        let (outside, floor, cap) = (number(&party.outside), number(&party.floor), number(&party.cap));
        self.ordered(floor.as_ref(), cap.as_ref(), at("cap"));
        self.ordered(outside.as_ref(), cap.as_ref(), at("cap"));
        self.ordered(Some(&disagreement), cap.as_ref(), at("cap"));
        let label = party.label.as_ref().map_or_else(|| Text::same(&party.id), |label| label.text());
        Party { id: party.id.clone(), label, disagreement, outside, floor, cap, weight, proportion }
    }

    fn corners(&mut self, request: &Request, columns: &BTreeMap<&str, usize>) -> Option<Vec<Vec<Exact>>> {
        if request.vertices.is_empty() {
            return None;
        }
        let mut corners = Vec::new();
        for (index, vertex) in request.vertices.iter().enumerate() {
            let path = format!("vertex[{}].utilities", index + 1);
            self.known(vertex.utilities.keys(), columns, &path, &[]);
            let mut corner = Vec::new();
            for party in &request.parties {
                match vertex.utilities.get(&party.id) {
                    Some(value) => corner.push(self.sized(&value.0, || path.clone())),
                    None => {
                        let finding = Finding::error("bargain.vertex_incomplete", place(path.clone()));
                        self.log.push(finding.with("party", &party.id));
                        corner.push(Exact::zero());
                    }
                }
            }
            corners.push(corner);
        }
        Some(corners)
    }

    /// Every key must be a known column or one of the other words.
    fn known<'a>(
        &mut self,
        keys: impl Iterator<Item = &'a String>,
        columns: &BTreeMap<&str, usize>,
        path: &str,
        others: &[&'static str],
    ) {
        for key in keys.filter(|key| !columns.contains_key(key.as_str()) && !others.contains(&key.as_str())) {
            let like = hint(key, columns.keys().copied().chain(others.iter().copied())).text();
            let finding = Finding::error("policy.unknown_word", place(path.to_owned()));
            self.log.push(finding.with("word", key).with("like", like));
        }
    }

    /// `u_i − Σ C x = c` for parties with a utility of variables.
    fn utilities(
        &mut self,
        request: &Request,
        columns: &BTreeMap<&str, usize>,
        base: &dyn Fn(usize) -> usize,
        rows: &mut Vec<Linear>,
    ) {
        let n = request.parties.len();
        for (index, party) in request.parties.iter().enumerate() {
            let path = format!("party[{}].utility", index + 1);
            let Some(utility) = &party.utility else {
                if !request.variables.is_empty() {
                    self.log.push(Finding::error("bargain.no_utility", place(path)).with("party", &party.id));
                }
                continue;
            };
            if request.variables.is_empty() {
                self.error("bargain.utility_without_variables", path.clone());
            }
            let variables: BTreeMap<&str, usize> =
                columns.iter().filter(|(_, at)| **at >= n).map(|(id, at)| (*id, *at)).collect();
            self.known(utility.keys(), &variables, &path, &["constant"]);
            let mut terms = vec![(base(index), Exact::one())];
            let mut constant = Exact::zero();
            for (key, value) in utility {
                let value = self.sized(&value.0, || path.clone());
                match variables.get(key.as_str()) {
                    Some(column) => terms.push((*column, -value)),
                    None => constant = value,
                }
            }
            let name = format!("utility {}", party.id);
            rows.push(Linear { name, terms, lower: Some(constant.clone()), upper: Some(constant) });
        }
    }

    fn constraint(
        &mut self,
        constraint: &ConstraintRequest,
        index: usize,
        columns: &BTreeMap<&str, usize>,
        base: &dyn Fn(usize) -> usize,
        n: usize,
    ) -> Option<Linear> {
        let path = format!("constraint[{}]", index + 1);
        let name = constraint.name.clone().unwrap_or_else(|| path.clone());
        self.known(constraint.coefficients.keys(), columns, &format!("{path}.coefficients"), &[]);
        let sides = [&constraint.at_most, &constraint.at_least, &constraint.equals];
        if sides.iter().all(|side| side.is_none())
            || constraint.equals.is_some() && (constraint.at_most.is_some() || constraint.at_least.is_some())
        {
            self.log.push(Finding::error("bargain.no_side", place(path)).with("name", name));
            return None;
        }
        let mut side = |value: &Option<Number>| value.as_ref().map(|value| self.sized(&value.0, || path.clone()));
        let (upper, lower, equals) = (side(&constraint.at_most), side(&constraint.at_least), side(&constraint.equals));
        let (lower, upper) = (lower.or(equals.clone()), upper.or(equals));
        self.ordered(lower.as_ref(), upper.as_ref(), path.clone());
        let mut terms = Vec::new();
        for (key, value) in &constraint.coefficients {
            let value = self.sized(&value.0, || path.clone());
            if let Some(column) = columns.get(key.as_str()) {
                terms.push((if *column < n { base(*column) } else { *column }, value));
            }
        }
        terms.retain(|term| !term.1.is_zero());
        Some(Linear { name, terms, lower, upper })
    }

    /// `u_i = base_i − Σ paid + Σ rate · received`.
    fn transfers(
        &mut self,
        transfers: &[TransferRequest],
        columns: &BTreeMap<&str, usize>,
        n: usize,
        variables: &mut Vec<Variable>,
        rows: &mut Vec<Linear>,
    ) {
        if transfers.is_empty() {
            return;
        }
        let mut terms: Vec<Vec<(usize, Exact)>> =
            (0..n).map(|party| vec![(party, Exact::one()), (n + party, -Exact::one())]).collect();
        let ids: BTreeMap<&str, usize> = columns.iter().filter(|(_, at)| **at < n).map(|(id, at)| (*id, *at)).collect();
        let mut pairs = BTreeSet::new();
        for (index, transfer) in transfers.iter().enumerate() {
            let path = format!("transfer[{}]", index + 1);
            self.known([&transfer.from, &transfer.to].into_iter(), &ids, &path, &[]);
            let (Some(from), Some(to)) = (ids.get(transfer.from.as_str()), ids.get(transfer.to.as_str())) else {
                continue;
            };
            if from == to || !pairs.insert((*from, *to)) {
                self.error("bargain.transfer_pair", path.clone());
                continue;
            }
            if !transfer.rate.0.is_positive() || binary(&transfer.rate.0) > 1e9 {
                let finding = Finding::error("bargain.not_positive", place(format!("{path}.rate")));
                self.log.push(finding.with("value", transfer.rate.to_string()));
            }
            let upper = transfer.at_most.as_ref().map(|value| value.0.clone());
            self.ordered(Some(&Exact::zero()), upper.as_ref(), format!("{path}.at_most"));
            let column = n + variables.len();
            let name = format!("{} → {}", transfer.from, transfer.to);
            variables.push(Variable { name, lower: Some(Exact::zero()), upper, base_of: None });
            if let Some(terms) = terms.get_mut(*from) {
                terms.push((column, Exact::one()));
            }
            if let Some(terms) = terms.get_mut(*to) {
                terms.push((column, -transfer.rate.0.clone()));
            }
        }
        for (party, terms) in terms.into_iter().enumerate() {
            let zero = Some(Exact::zero());
            rows.push(Linear { name: format!("side payments {party}"), terms, lower: zero.clone(), upper: zero });
        }
    }
}

fn free(name: String, base_of: Option<usize>) -> Variable {
    Variable { name, lower: None, upper: None, base_of }
}

/// `u − d ≤ Σ λ_k (v_k − d)`, `Σ λ_k = 1`: the convex comprehensive hull.
fn hull(
    corners: &[Vec<Exact>],
    parties: &[Party],
    base: &dyn Fn(usize) -> usize,
    variables: &mut Vec<Variable>,
    rows: &mut Vec<Linear>,
) {
    let first = parties.len() + variables.len();
    for index in 0..corners.len() {
        let name = format!("share of vertex {}", index + 1);
        variables.push(Variable { name, lower: Some(Exact::zero()), upper: None, base_of: None });
    }
    for (at, party) in parties.iter().enumerate() {
        let mut terms = vec![(base(at), Exact::one())];
        for (index, corner) in corners.iter().enumerate() {
            let value = corner.get(at).cloned().unwrap_or_default() - &party.disagreement;
            if !value.is_zero() {
                terms.push((first + index, -value));
            }
        }
        rows.push(Linear {
            name: format!("hull {}", party.id),
            terms,
            lower: None,
            upper: Some(party.disagreement.clone()),
        });
    }
    let terms = (0..corners.len()).map(|index| (first + index, Exact::one())).collect();
    rows.push(Linear { name: "shares".to_owned(), terms, lower: Some(Exact::one()), upper: Some(Exact::one()) });
}
