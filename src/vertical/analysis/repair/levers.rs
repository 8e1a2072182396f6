//! The numbers of a conflict that can move, and what moves with each.

use std::collections::BTreeSet;

use num_traits::Zero;

use crate::analysis::repair::nearest::Course;
use crate::analysis::repair::sides::{sides, size, through};
use crate::document::tree::{Node, Value};
use crate::finding::Place;
use crate::phrases::Text;
use crate::rules::{Direction, Member, Requirement, Rule, RuleKind, Spend, fund};
use crate::run::{self, Prepared};
use crate::scenario::{Change, Operation};
use crate::units::{Decimal, Exact, Money};

/// A number, or word, that may move.
pub(super) struct Lever {
    /// Whose it is.
    pub member: Member,
    /// Fund or rule id.
    pub id: String,
    /// Its printed name.
    pub label: Text,
    /// Path in the model file.
    pub path: String,
    /// The number as written.
    pub value: Decimal,
    /// Unit of the number; empty for a plain one.
    pub unit: String,
    /// The way it moves.
    pub loosen: Direction,
    /// The value beyond which it cannot go.
    pub end: Option<Decimal>,
    /// What kind of number it is.
    pub kind: Kind,
}

/// Kinds of levers.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// A number of a rule, by its path within the rule.
    Number(String),
    /// A threshold: only these values change anything, nearest first.
    Steps(Vec<Decimal>),
    /// The amount of a fund.
    Amount,
    /// A fund that must be spent in full need only be spent at most.
    Spend,
}

/// Whether entitlements grow with the funds, and a hard rule is measured against them.
pub fn funds_move_rules(prepared: &Prepared) -> bool {
    follows_funds(prepared) && prepared.problem.rules.iter().any(|rule| rule.penalty.is_none() && reads(rule))
}

fn follows_funds(prepared: &Prepared) -> bool {
    prepared.tree.get("entitlement").and_then(|node| node.get("amount")).is_none()
}

fn reads(rule: &Rule) -> bool {
    rule.kind.reads().contains(&"entitlement")
}

/// The members whose numbers may help where these conflict: a plan needs each of them to give way, so that no other number
/// could, unless a fund moves the entitlements that one of them is measured against.
pub(super) fn candidates(prepared: &Prepared, members: &[Member]) -> Vec<Candidate> {
    let problem = &prepared.problem;
    let measured = |member: &Member| match member {
        Member::Rule(index) => problem.rules.get(*index).is_some_and(|rule| reads(rule)),
        Member::Fund(_) => false,
    };
    let moves_others = follows_funds(prepared) && members.iter().any(measured);
    let funds = (0..problem.frame.funds.len()).map(Member::Fund);
    let funds = funds.filter(|fund| moves_others || members.contains(fund));
    let rules = members.iter().copied().filter(|member| matches!(member, Member::Rule(_)));
    let funds = funds.map(|member| Candidate { member, moves_others });
    funds.chain(rules.map(|member| Candidate { member, moves_others: false })).collect()
}

/// A fund or rule with numbers that may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Candidate {
    /// The fund or rule.
    pub member: Member,
    /// Whether its numbers move what others demand.
    pub moves_others: bool,
}

/// Everything of a member that may move.
pub(super) fn of(prepared: &Prepared, member: Member) -> Vec<Lever> {
    match member {
        Member::Fund(index) => of_fund(prepared, index),
        Member::Rule(index) => {
            prepared.problem.rules.get(index).map_or_else(Vec::new, |rule| of_rule(prepared, member, rule))
        }
    }
}

fn of_fund(prepared: &Prepared, index: usize) -> Vec<Lever> {
    let Some(fund) = prepared.problem.frame.funds.get(index) else { return Vec::new() };
    let Ok(value) = Decimal::parse(&fund.amount.yuan()) else { return Vec::new() };
    let lever = |key: &str, loosen, kind| Lever {
        member: Member::Fund(index),
        id: fund.id.clone(),
        label: fund.label.clone(),
        path: format!("fund.{}.{key}", fund.id),
        value,
        unit: "元".to_owned(),
        loosen,
        end: (loosen == Direction::Down).then_some(Decimal::ZERO),
        kind,
    };
    let mut levers = vec![lever("amount", Direction::Up, Kind::Amount)];
    if value > Decimal::ZERO {
        levers.push(lever("amount", Direction::Down, Kind::Amount));
    }
    if fund.spend == Spend::All {
        levers.push(lever("spend", Direction::Down, Kind::Spend));
    }
    levers
}

fn of_rule(prepared: &Prepared, member: Member, rule: &Rule) -> Vec<Lever> {
    let parameters = rule.kind.parameters().into_iter();
    // What is at its end already cannot move.
    let parameters = parameters.filter(|parameter| parameter.end != Some(parameter.value));
    parameters
        .map(|parameter| Lever {
            member,
            id: rule.id.clone(),
            label: rule.label.clone(),
            path: format!("{}.{}.{}", rule.kind.section(), rule.id, parameter.path),
            kind: match &rule.kind {
                RuleKind::OutcomeGate(gate) if parameter.path == "below" => {
                    Kind::Steps(gate.thresholds(&prepared.problem.frame))
                }
                _ => Kind::Number(parameter.path),
            },
            value: parameter.value,
            unit: parameter.unit,
            loosen: parameter.loosen,
            end: parameter.end,
        })
        .collect()
}

impl Lever {
    /// The value at a distance, at most 12 decimals.
    fn at(&self, distance: &Exact) -> Option<Decimal> {
        let sign = Exact::from_integer(if self.loosen == Direction::Up { 1 } else { -1 }.into());
        Decimal::from_exact(&(self.value.exact() + sign * distance), 12, false)
    }

    /// The change that gives it another value.
    pub fn change(&self, value: Decimal) -> Change {
        let node = match &self.kind {
            Kind::Spend => Value::Text("up_to".to_owned()),
            _ if self.unit.is_empty() => Value::Number(value.to_string()),
            _ => Value::Text(format!("{value} {}", self.unit)),
        };
        Change::new(&self.path, Operation::Set(Node { line: 0, value: node }), Place::default())
    }

    /// The sides that move with it, over distances counted in its own size; `None` where they cannot be followed.
    pub fn courses(&self, prepared: &Prepared) -> Option<Vec<Course>> {
        match (&self.kind, self.member) {
            (Kind::Number(path), Member::Rule(index)) => self.of_number(prepared, index, path),
            (Kind::Amount, Member::Fund(index)) if follows_funds(prepared) => self.of_funds(prepared, index),
            (Kind::Amount, Member::Fund(index)) => self.of_amount(prepared, index),
            _ => None,
        }
    }

    /// Sides of a rule at half its size and at its size away, where nothing changes form.
    fn of_number(&self, prepared: &Prepared, index: usize, path: &str) -> Option<Vec<Course>> {
        let rule = prepared.problem.rules.get(index)?;
        let size = size(&self.value.exact());
        let half = &size / Exact::from_integer(2.into());
        let look = |distance: &Exact| {
            let value = self.at(distance)?;
            let moved = rule.kind.with_parameter(path, value);
            let requirements = moved.requirements(self.member, &prepared.problem.frame, false).ok()?;
            let gone = num_traits::Signed::abs(&(value.exact() - self.value.exact())) / &size;
            Some((gone, sides(requirements.iter())))
        };
        let ((near, one), (far, other)) = (look(&half)?, look(&size)?);
        let lines = through((&near, &one), (&far, &other))?;
        Some(lines.into_iter().map(|(key, moving)| (self.member, key, moving)).collect())
    }

    /// The sides of a fund alone.
    fn of_amount(&self, prepared: &Prepared, index: usize) -> Option<Vec<Course>> {
        let now = fund::requirement(&prepared.problem.frame, index)?;
        let by = Exact::from_integer(if self.loosen == Direction::Up { 100 } else { -100 }.into());
        let by = by * size(&self.value.exact());
        let moved = |side: &Option<Exact>| side.as_ref().map(|side| side + &by);
        let then = Requirement { lower: moved(&now.lower), upper: moved(&now.upper), ..now.clone() };
        let lines = through(
            (&Exact::zero(), &sides(std::iter::once(&now))),
            (&Exact::from_integer(1.into()), &sides(std::iter::once(&then))),
        )?;
        Some(lines.into_iter().map(|(key, moving)| (self.member, key, moving)).collect())
    }

    /// The sides of a fund and of every hard rule measured against the entitlements that grow with it.
    fn of_funds(&self, prepared: &Prepared, index: usize) -> Option<Vec<Course>> {
        let size = size(&self.value.exact());
        let total = prepared.problem.frame.total().exact() / Exact::from_integer(100.into());
        let away =
            if self.loosen == Direction::Up { size.clone().max(total) } else { &size / Exact::from_integer(2.into()) };
        let fen = (&away * Exact::from_integer(100.into())).floor() / Exact::from_integer(100.into());
        let other = run::changed(prepared, &[self.change(self.at(&fen)?)]).ok()?;
        let far = &fen / &size;
        let touched = |member: Member| match member {
            Member::Fund(at) => at == index,
            Member::Rule(at) => {
                prepared.problem.rules.get(at).is_some_and(|rule| rule.penalty.is_none() && reads(rule))
            }
        };
        let members: BTreeSet<Member> = prepared.problem.members().filter(|member| touched(*member)).collect();
        let mut courses = Vec::new();
        for member in members {
            let of = |prepared: &Prepared| {
                let own = prepared.demands.iter().map(|demand| &demand.requirement);
                sides(own.filter(|requirement| requirement.member == member))
            };
            let lines = through((&Exact::zero(), &of(prepared)), (&far, &of(&other)))?;
            for (key, mut moving) in lines {
                if member != self.member {
                    moving.forgive_rounding();
                }
                courses.push((member, key, moving));
            }
        }
        Some(courses)
    }

    /// The nearest value at or beyond a distance that can be written: `places` decimals, and for a fund that must be spent
    /// whole rounding units.
    pub fn beyond(&self, prepared: &Prepared, distance: &Exact, places: u32) -> Option<Decimal> {
        let sign = Exact::from_integer(if self.loosen == Direction::Up { 1 } else { -1 }.into());
        let value = self.value.exact() + sign * distance;
        let up = self.loosen == Direction::Up;
        let value = if self.kind == Kind::Amount {
            let unit = prepared.problem.head.rounding.max(Money::from_fen(1)).exact();
            let unit = unit / Exact::from_integer(100.into());
            let units = &value / &unit;
            Decimal::from_exact(&(if up { units.ceil() } else { units.floor() } * unit), 2, false)?
        } else {
            // Money finer than a 分 is no money.
            Decimal::from_exact(&value, if self.unit == "元" { places.min(2) } else { places }, up)?
        };
        Some(match self.end {
            Some(end) if value < end => end,
            _ => value,
        })
    }
}
