//! Properties of a division, each checked on the problem at hand: holds here, or fails here with the counterexample.
//!
//! Definitions: Thomson (2019), How to Divide When There Isn't Enough. Where a property speaks of changed problems, the rule is
//! applied to these changed problems; "holds here" says no more than that it held on all that were tried.

use num_traits::Zero;
use schemars::JsonSchema;
use serde::Serialize;

use crate::division::parametric::{minimal_rights, sum};
use crate::division::problem::Problem;
use crate::division::rule::Rule;
pub use crate::figures::exact_yuan as shown;
use crate::phrases::{Phrase, Text};
use crate::units::{BigInt, Exact};

/// A property of divisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the terms; how each is checked stands in its phrase")]
pub enum Property {
    Efficiency,
    Bounds,
    MinimalRights,
    Securement,
    EqualTreatment,
    OrderOfAwards,
    OrderOfLosses,
    Midpoint,
    SelfDuality,
    TruncationInvariance,
    MinimalRightsFirst,
    CompositionDown,
    CompositionUp,
    EndowmentMonotonicity,
    ClaimMonotonicity,
    ScaleInvariance,
    NullClaims,
    Consistency,
}

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It holds on this problem, and on all changed problems tried.
    HoldsHere,
    /// It fails on this problem or a changed one; the counterexample says where.
    FailsHere,
    /// It was not checked; the reason is given.
    NotChecked,
}

/// One property with what was found.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Checked {
    /// The property.
    pub property: Property,
    /// Its name.
    pub name: Text,
    /// What was found.
    pub verdict: Verdict,
    /// How it was checked.
    pub how: Text,
    /// The counterexample, or why it was not checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<Text>,
}

/// A problem with a rule and its awards, under examination.
pub struct Examined<'a> {
    /// The problem.
    pub problem: &'a Problem,
    /// The rule.
    pub rule: Rule,
    /// Its awards.
    pub awards: &'a [Exact],
    /// Names of the claimants.
    pub names: &'a [String],
    /// Whether the awards come from a sample, so that equalities cannot be asked of them.
    pub sampled: bool,
}

/// Most claimants for which changed problems are tried.
const CHANGED_MAX: usize = 60;
/// The same for rules that go through sets of claimants.
const SETS_MAX: usize = 16;
/// The same for the centroid and the endless rounds.
const LONG_MAX: usize = 9;

/// What a check finds: nothing against it, a counterexample, or a reason not to check.
enum Found {
    Holds,
    Fails(Phrase),
    Unknown(Phrase),
}

type Check = fn(&Examined<'_>) -> Found;

/// Property, phrase codes of its name and of how it is checked, the check, whether it tries changed problems.
const CHECKS: &[(Property, &str, &str, Check, bool)] = &[
    (Property::Efficiency, "division.p_efficiency", "division.h_efficiency", efficiency, false),
    (Property::Bounds, "division.p_bounds", "division.h_bounds", bounds, false),
    (Property::MinimalRights, "division.p_minimal_rights", "division.h_minimal_rights", minimal, false),
    (Property::Securement, "division.p_securement", "division.h_securement", securement, false),
    (Property::EqualTreatment, "division.p_equal_treatment", "division.h_equal_treatment", equals, false),
    (Property::OrderOfAwards, "division.p_order_awards", "division.h_order_awards", order_of_awards, false),
    (Property::OrderOfLosses, "division.p_order_losses", "division.h_order_losses", order_of_losses, false),
    (Property::Midpoint, "division.p_midpoint", "division.h_midpoint", midpoint, true),
    (Property::SelfDuality, "division.p_self_duality", "division.h_self_duality", self_duality, true),
    (Property::TruncationInvariance, "division.p_truncation", "division.h_truncation", truncation, true),
    (Property::MinimalRightsFirst, "division.p_rights_first", "division.h_rights_first", rights_first, true),
    (Property::CompositionDown, "division.p_composition_down", "division.h_composition_down", down, true),
    (Property::CompositionUp, "division.p_composition_up", "division.h_composition_up", up, true),
    (Property::EndowmentMonotonicity, "division.p_endowment", "division.h_endowment", endowment, true),
    (Property::ClaimMonotonicity, "division.p_claim", "division.h_claim", claim, true),
    (Property::ScaleInvariance, "division.p_scale", "division.h_scale", scale, true),
    (Property::NullClaims, "division.p_null_claims", "division.h_null_claims", null_claims, true),
    (Property::Consistency, "division.p_consistency", "division.h_consistency", consistency, true),
];

/// Checks every property; ends early, with those checked, where `keep_going` says no.
pub fn examine(examined: &Examined<'_>, keep_going: &dyn Fn() -> bool) -> Vec<Checked> {
    let most = match examined.rule {
        Rule::RandomArrival => SETS_MAX,
        Rule::AverageOfAwards | Rule::DominguezThomson => LONG_MAX,
        _ => CHANGED_MAX,
    };
    let too_many = examined.names.len() > most;
    let check = |(property, name, how, check, changes): &(Property, &'static str, &'static str, Check, bool)| {
        let found = if *changes && examined.sampled {
            Found::Unknown(Phrase::new("division.unknown_sampled"))
        } else if *changes && too_many {
            Found::Unknown(Phrase::new("division.unknown_many").with("most", most.to_string()))
        } else {
            check(examined)
        };
        let (verdict, detail) = match found {
            Found::Holds => (Verdict::HoldsHere, None),
            Found::Fails(phrase) => (Verdict::FailsHere, Some(phrase.text())),
            Found::Unknown(phrase) => (Verdict::NotChecked, Some(phrase.text())),
        };
        Checked { property: *property, name: Phrase::new(name).text(), verdict, how: Phrase::new(how).text(), detail }
    };
    CHECKS.iter().take_while(|_| keep_going()).map(check).collect()
}

impl Examined<'_> {
    fn name(&self, index: usize) -> String {
        self.names.get(index).cloned().unwrap_or_default()
    }

    fn one(&self, index: usize, found: &Exact, bound: &Exact) -> Found {
        let phrase = Phrase::new("division.example_one").with("name", self.name(index));
        Found::Fails(phrase.with("found", shown(found)).with("bound", shown(bound)))
    }

    fn pair(&self, (first, second): (usize, usize), of_first: &Exact, of_second: &Exact) -> Found {
        let phrase = Phrase::new("division.example_pair").with("first", self.name(first));
        let phrase = phrase.with("second", self.name(second));
        Found::Fails(phrase.with("a", shown(of_first)).with("b", shown(of_second)))
    }

    /// The first award that differs from what is expected of a changed problem.
    fn differs(&self, got: &[Exact], expected: &[Exact], change: &Phrase) -> Option<Found> {
        let pairs = got.iter().zip(expected).enumerate();
        let (index, (got, expected)) = pairs.into_iter().find(|(_, (got, expected))| got != expected)?;
        let phrase =
            Phrase::new("division.example_change").with_phrase("change", change).with("name", self.name(index));
        Some(Found::Fails(phrase.with("found", shown(got)).with("expected", shown(expected))))
    }

    fn apply(&self, problem: &Problem) -> Option<Vec<Exact>> {
        problem.solve(self.rule, None).ok().map(|solved| solved.awards)
    }

    /// Endowments at k/8 of the sum of claims.
    fn endowments(&self) -> Vec<Exact> {
        let total = sum(&self.problem.upper());
        (0..=8).map(|eighth| &total * BigInt::from(eighth) / BigInt::from(8)).collect()
    }

    /// Endowments below this one: those at k/8 of the claims, and the quarters of this one.
    fn smaller(&self) -> Vec<Exact> {
        let own = &self.problem.endowment;
        let quarters = (1..4).map(|quarter| own * BigInt::from(quarter) / BigInt::from(4));
        let mut all: Vec<Exact> = self.endowments().into_iter().chain(quarters).filter(|other| other < own).collect();
        all.sort();
        all.dedup();
        all
    }

    /// The claimants in the order of their claims.
    fn by_claim(&self) -> Vec<usize> {
        let claims = &self.problem.claims;
        let mut order: Vec<usize> = (0..claims.len()).collect();
        order.sort_by(|a, b| claims.get(*a).cmp(&claims.get(*b)).then(a.cmp(b)));
        order
    }

    /// Whether neighbours in the order of claims are in the order of a value.
    fn ordered(&self, values: &[Exact]) -> Found {
        let order = self.by_claim();
        // Of equal claims any order would do: compare each with the largest value among strictly smaller claims.
        let mut largest: Option<usize> = None;
        let mut equal: Option<usize> = None;
        let mut last: Option<&Exact> = None;
        for index in order {
            let (Some(claim), Some(value)) = (self.problem.claims.get(index), values.get(index)) else { continue };
            if last.is_some_and(|last| last < claim) {
                largest = equal;
            }
            last = Some(claim);
            if let Some((before, bound)) = largest.and_then(|before| values.get(before).map(|bound| (before, bound)))
                && bound > value
            {
                return self.pair((before, index), bound, value);
            }
            if equal.and_then(|equal| values.get(equal)).is_none_or(|bound| bound < value) {
                equal = Some(index);
            }
        }
        Found::Holds
    }
}

fn efficiency(examined: &Examined<'_>) -> Found {
    let total = sum(examined.awards);
    if total == examined.problem.endowment {
        return Found::Holds;
    }
    let phrase = Phrase::new("division.example_sum").with("sum", shown(&total));
    Found::Fails(phrase.with("endowment", shown(&examined.problem.endowment)))
}

fn bounds(examined: &Examined<'_>) -> Found {
    let upper = examined.problem.upper();
    for (index, ((award, upper), floor)) in examined.awards.iter().zip(&upper).zip(&examined.problem.floors).enumerate()
    {
        if award < floor {
            return examined.one(index, award, floor);
        }
        if award > upper {
            return examined.one(index, award, upper);
        }
    }
    Found::Holds
}

fn at_least(examined: &Examined<'_>, least: &[Exact]) -> Found {
    let low = examined.awards.iter().zip(least).enumerate().find(|(_, (award, least))| award < least);
    low.map_or(Found::Holds, |(index, (award, least))| examined.one(index, award, least))
}

fn minimal(examined: &Examined<'_>) -> Found {
    at_least(examined, &minimal_rights(&examined.problem.claims, &examined.problem.endowment))
}

fn securement(examined: &Examined<'_>) -> Found {
    let count = BigInt::from(examined.names.len());
    let part = |claim: &Exact| claim.min(&examined.problem.endowment) / &count;
    at_least(examined, &examined.problem.claims.iter().map(part).collect::<Vec<_>>())
}

fn equals(examined: &Examined<'_>) -> Found {
    if examined.sampled {
        return Found::Unknown(Phrase::new("division.unknown_sampled"));
    }
    let order = examined.by_claim();
    for (first, second) in order.iter().zip(order.iter().skip(1)) {
        let claim = |index: &usize| examined.problem.claims.get(*index);
        let award = |index: &usize| examined.awards.get(*index);
        if let (Some(a), Some(b)) = (award(first), award(second))
            && claim(first) == claim(second)
            && a != b
        {
            return examined.pair((*first, *second), a, b);
        }
    }
    Found::Holds
}

fn order_of_awards(examined: &Examined<'_>) -> Found {
    if examined.sampled {
        return Found::Unknown(Phrase::new("division.unknown_sampled"));
    }
    examined.ordered(examined.awards)
}

fn order_of_losses(examined: &Examined<'_>) -> Found {
    if examined.sampled {
        return Found::Unknown(Phrase::new("division.unknown_sampled"));
    }
    let claims = examined.problem.claims.iter();
    examined.ordered(&claims.zip(examined.awards).map(|(claim, award)| claim - award).collect::<Vec<_>>())
}

fn unsolved() -> Found {
    Found::Unknown(Phrase::new("division.unknown_problem"))
}

fn changed(code: &'static str, endowment: &Exact) -> Phrase {
    Phrase::new(code).with("endowment", shown(endowment))
}

fn midpoint(examined: &Examined<'_>) -> Found {
    let two = BigInt::from(2);
    let half: Vec<Exact> = examined.problem.claims.iter().map(|claim| claim / &two).collect();
    let middle = sum(&half);
    let Some(awards) = examined.apply(&examined.problem.with_endowment(middle.clone())) else { return unsolved() };
    examined.differs(&awards, &half, &changed("division.change_endowment", &middle)).unwrap_or(Found::Holds)
}

fn self_duality(examined: &Examined<'_>) -> Found {
    let claims = &examined.problem.claims;
    let lost = sum(claims) - &examined.problem.endowment;
    let Some(losses) = examined.apply(&examined.problem.with_endowment(lost.clone())) else { return unsolved() };
    let expected: Vec<Exact> = claims.iter().zip(&losses).map(|(claim, loss)| claim - loss).collect();
    examined.differs(examined.awards, &expected, &changed("division.change_dual", &lost)).unwrap_or(Found::Holds)
}

fn truncation(examined: &Examined<'_>) -> Found {
    let endowment = &examined.problem.endowment;
    let claims = examined.problem.claims.iter().map(|claim| claim.min(endowment).clone()).collect();
    let problem = examined.problem.with_claims(claims, endowment.clone());
    let Some(awards) = examined.apply(&problem) else { return unsolved() };
    examined.differs(&awards, examined.awards, &changed("division.change_truncated", endowment)).unwrap_or(Found::Holds)
}

fn rights_first(examined: &Examined<'_>) -> Found {
    let problem = examined.problem;
    let rights = minimal_rights(&problem.claims, &problem.endowment);
    let left = &problem.endowment - sum(&rights);
    let claims = problem.claims.iter().zip(&rights).map(|(claim, right)| claim - right).collect();
    let Some(more) = examined.apply(&problem.with_claims(claims, left.clone())) else { return unsolved() };
    let awards: Vec<Exact> = more.iter().zip(&rights).map(|(more, right)| more + right).collect();
    examined.differs(&awards, examined.awards, &changed("division.change_rights", &left)).unwrap_or(Found::Holds)
}

fn down(examined: &Examined<'_>) -> Found {
    let mut tried = false;
    for endowment in examined.smaller() {
        let problem = examined.problem.with_endowment(endowment.clone());
        let Some(direct) = examined.apply(&problem) else { continue };
        let Some(awards) = examined.apply(&problem.with_claims(examined.awards.to_vec(), endowment.clone())) else {
            continue;
        };
        tried = true;
        if let Some(found) = examined.differs(&awards, &direct, &changed("division.change_down", &endowment)) {
            return found;
        }
    }
    if tried { Found::Holds } else { unsolved() }
}

fn up(examined: &Examined<'_>) -> Found {
    let problem = examined.problem;
    let mut tried = false;
    for endowment in examined.smaller() {
        let Some(first) = examined.apply(&problem.with_endowment(endowment.clone())) else { continue };
        let claims = problem.claims.iter().zip(&first).map(|(claim, award)| claim - award).collect();
        let Some(more) = examined.apply(&problem.with_claims(claims, &problem.endowment - &endowment)) else {
            continue;
        };
        tried = true;
        let awards: Vec<Exact> = first.iter().zip(&more).map(|(first, more)| first + more).collect();
        if let Some(found) = examined.differs(&awards, examined.awards, &changed("division.change_up", &endowment)) {
            return found;
        }
    }
    if tried { Found::Holds } else { unsolved() }
}

fn endowment(examined: &Examined<'_>) -> Found {
    let mut endowments = examined.endowments();
    endowments.push(examined.problem.endowment.clone());
    endowments.sort();
    let mut before: Option<Vec<Exact>> = None;
    for endowment in endowments {
        let Some(awards) = examined.apply(&examined.problem.with_endowment(endowment.clone())) else { continue };
        if let Some(before) = &before {
            let falls = awards.iter().zip(before).enumerate().find(|(_, (now, before))| now < before);
            if let Some((index, (now, before))) = falls {
                let change = changed("division.change_endowment", &endowment);
                let phrase = Phrase::new("division.example_change").with_phrase("change", &change);
                let phrase = phrase.with("name", examined.name(index));
                return Found::Fails(phrase.with("found", shown(now)).with("expected", shown(before)));
            }
        }
        before = Some(awards);
    }
    if before.is_some() { Found::Holds } else { unsolved() }
}

fn claim(examined: &Examined<'_>) -> Found {
    let problem = examined.problem;
    let mut tried = false;
    for (index, award) in examined.awards.iter().enumerate() {
        let mut claims = problem.claims.clone();
        let Some(entry) = claims.get_mut(index) else { continue };
        *entry = &*entry * BigInt::from(11) / BigInt::from(10);
        let raised = entry.clone();
        let Some(awards) = examined.apply(&problem.with_claims(claims, problem.endowment.clone())) else { continue };
        tried = true;
        if let Some(now) = awards.get(index).filter(|now| *now < award) {
            let change = Phrase::new("division.change_claim").with("name", examined.name(index));
            let change = change.with("claim", shown(&raised));
            let phrase = Phrase::new("division.example_change").with_phrase("change", &change);
            let phrase = phrase.with("name", examined.name(index));
            return Found::Fails(phrase.with("found", shown(now)).with("expected", shown(award)));
        }
    }
    if tried { Found::Holds } else { unsolved() }
}

fn scale(examined: &Examined<'_>) -> Found {
    let problem = examined.problem;
    let three = BigInt::from(3);
    let times = |values: &[Exact]| values.iter().map(|value| value * &three).collect::<Vec<_>>();
    let larger = Problem {
        claims: times(&problem.claims),
        endowment: &problem.endowment * &three,
        floors: times(&problem.floors),
        caps: problem.caps.iter().map(|cap| cap.as_ref().map(|cap| cap * &three)).collect(),
        ..problem.clone()
    };
    let Some(awards) = examined.apply(&larger) else { return unsolved() };
    let change = changed("division.change_scale", &larger.endowment);
    examined.differs(&awards, &times(examined.awards), &change).unwrap_or(Found::Holds)
}

/// The awards of all but one beside those of the problem of all but one.
fn reduced(examined: &Examined<'_>, one: usize, code: &'static str) -> Option<Found> {
    let award = examined.awards.get(one)?;
    let left = &examined.problem.endowment - award;
    let awards = examined.apply(&examined.problem.without(one, left.clone()))?;
    let others: Vec<usize> = (0..examined.names.len()).filter(|index| *index != one).collect();
    for (index, got) in others.into_iter().zip(&awards) {
        let expected = examined.awards.get(index)?;
        if got != expected {
            let change = changed(code, &left).with("name", examined.name(one));
            let phrase = Phrase::new("division.example_change").with_phrase("change", &change);
            let phrase = phrase.with("name", examined.name(index));
            return Some(Found::Fails(phrase.with("found", shown(got)).with("expected", shown(expected))));
        }
    }
    Some(Found::Holds)
}

fn first_failure(found: impl Iterator<Item = Option<Found>>) -> Found {
    let mut tried = false;
    for found in found.flatten() {
        tried = true;
        if matches!(found, Found::Fails(_)) {
            return found;
        }
    }
    if tried { Found::Holds } else { unsolved() }
}

fn null_claims(examined: &Examined<'_>) -> Found {
    let null = |index: &usize| examined.problem.claims.get(*index).is_some_and(Zero::is_zero);
    let nulls: Vec<usize> = (0..examined.names.len()).filter(null).collect();
    if nulls.is_empty() || examined.names.len() < 2 {
        return Found::Unknown(Phrase::new("division.unknown_no_null"));
    }
    first_failure(nulls.into_iter().map(|one| reduced(examined, one, "division.change_without")))
}

fn consistency(examined: &Examined<'_>) -> Found {
    if examined.names.len() < 2 {
        return unsolved();
    }
    first_failure((0..examined.names.len()).map(|one| reduced(examined, one, "division.change_without")))
}
