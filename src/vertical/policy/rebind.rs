//! Joining a changed model or changed data again, reading only what the change touches.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::dataset::{Dataset, indicator};
use crate::document::sections::Reader;
use crate::document::tree::{Node, Value};
use crate::finding::{Finding, Findings};
use crate::policy::{Head, Problem, bind, entitlement, objectives, override_section, rules_section, scale};
use crate::rules::fixed::Fixed;
use crate::rules::{Frame, Rule, RuleKind};
use crate::units::Money;

/// What of a problem a change touched.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Touched {
    /// Rules, by position, whose requirements may differ.
    pub rules: BTreeSet<usize>,
    /// Whether the money of a fund differs.
    pub funds: bool,
    /// Whether everything was read anew, so that nothing of the old problem holds.
    pub everything: bool,
}

/// A problem joined again.
#[derive(Debug, Clone)]
pub struct Rebound {
    /// The problem.
    pub problem: Problem,
    /// What of it may differ.
    pub touched: Touched,
    /// Warnings about what was read.
    pub warnings: Vec<Finding>,
}

/// A problem under a changed model (`new` beside `old`) and data whose figures differ in the given indicators only.
///
/// # Errors
/// Everything in the changed model that does not fit the data or itself.
pub fn rebind(
    base: &Problem,
    (old, new): (&Node, &Node),
    head: &Head,
    (dataset, indicators): (Dataset, &BTreeSet<String>),
    file: &str,
) -> Result<Rebound, Findings> {
    let anew = |dataset: Dataset| {
        let (problem, warnings) = bind(new, head, dataset, file)?;
        Ok(Rebound { problem, touched: Touched { everything: true, ..Touched::default() }, warnings })
    };
    if !is_partial(base, (old, new), head, indicators) {
        return anew(dataset);
    }
    let reader = Reader::new(file);
    let mut problem = with_data(base, dataset);
    let touched = read(&reader, &mut problem, (old, new), indicators);
    let findings = reader.into_findings();
    match touched {
        Some(touched) => Findings::gate((), findings).map(|((), warnings)| Rebound { problem, touched, warnings }),
        None if findings.is_empty() => anew(problem.frame.dataset),
        None => Err(Findings(findings)),
    }
}

/// The problem with other data, which are not copied.
fn with_data(base: &Problem, dataset: Dataset) -> Problem {
    let Frame {
        ecosystems,
        area_label,
        funds,
        amounts,
        amounts_of_cell,
        entitlement,
        due,
        unit,
        keeps_remainder,
        by_hand,
        dataset: _,
    } = &base.frame;
    Problem {
        head: base.head.clone(),
        frame: Frame {
            dataset,
            ecosystems: ecosystems.clone(),
            area_label: area_label.clone(),
            funds: funds.clone(),
            amounts: Arc::clone(amounts),
            amounts_of_cell: Arc::clone(amounts_of_cell),
            entitlement: entitlement.clone(),
            due: Arc::clone(due),
            unit: *unit,
            keeps_remainder: *keeps_remainder,
            by_hand: Arc::clone(by_hand),
        },
        rules: base.rules.clone(),
        stages: base.stages.clone(),
        entitlement: Arc::clone(&base.entitlement),
        paid: base.paid.clone(),
        uncertainty: base.uncertainty.clone(),
    }
}

/// Whether the problem keeps its shape: the same sections, funds and rules, and selections that no changed figure moves.
fn is_partial(base: &Problem, (old, new): (&Node, &Node), head: &Head, indicators: &BTreeSet<String>) -> bool {
    let same = |key: &str| old.get(key) == new.get(key);
    let length = |node: &Node, key: &str| match node.get(key).map(|node| &node.value) {
        Some(Value::List(items)) => items.len(),
        _ => 0,
    };
    *head == base.head
        && same("model")
        && same("ecosystems")
        && same("uncertainty")
        && same("paid")
        && ["fund", "rule", "override"].iter().all(|key| length(old, key) == length(new, key))
        && (indicators.is_empty() || !selects_by_figure(new, indicators))
}

/// Whether any selection of the model depends on one of these figures.
fn selects_by_figure(node: &Node, indicators: &BTreeSet<String>) -> bool {
    match &node.value {
        Value::Table(entries) => entries.iter().any(|(key, node)| match (key.as_str(), &node.value) {
            ("where", Value::Table(conditions)) => conditions.iter().any(|(name, _)| indicators.contains(name)),
            _ => selects_by_figure(node, indicators),
        }),
        Value::List(items) => items.iter().any(|item| selects_by_figure(item, indicators)),
        _ => false,
    }
}

/// Reads the touched parts; `None` where the change goes deeper than numbers.
fn read(
    reader: &Reader,
    problem: &mut Problem,
    (old, new): (&Node, &Node),
    indicators: &BTreeSet<String>,
) -> Option<Touched> {
    let mut touched = Touched::default();
    let root = reader.section(new, "")?;
    if old.get("fund") != new.get("fund") {
        let before = std::mem::take(&mut problem.frame.funds);
        let funds = bind::funds(reader, &root, &problem.frame)?;
        let alike = before.len() == funds.len()
            && before.iter().zip(&funds).all(|(a, b)| (&a.id, &a.eligible, a.spend) == (&b.id, &b.eligible, b.spend));
        if !alike {
            return None;
        }
        problem.frame.funds = funds;
        touched.funds = true;
    }
    let own_pool = new.get("entitlement").and_then(|node| node.get("amount")).is_none();
    let mut moved: BTreeSet<&str> = indicators.iter().map(String::as_str).collect();
    if old.get("entitlement") != new.get("entitlement")
        || touched.funds && own_pool
        || reads_entitlement(problem).iter().any(|name| moved.contains(name.as_str()))
    {
        problem.frame.entitlement.fill(Money::ZERO);
        problem.entitlement = Arc::new(entitlement::read(reader, new.get("entitlement"), &mut problem.frame)?);
        moved.insert("entitlement");
        bind::warn_of_unpayable(reader, &problem.frame);
    }
    if touched.funds || [indicator::LAST_YEAR, indicator::GEP].iter().any(|name| moved.contains(name)) {
        scale::warn(reader, &problem.frame);
    }
    if old.get("objective") != new.get("objective") {
        problem.stages = objectives::read(reader, new.get("objective"), &root);
    }
    rules(reader, problem, (old, new), &moved, &mut touched)?;
    overrides(reader, problem, (old, new), &mut touched)?;
    Some(touched)
}

/// Overrides whose numbers changed; those that follow the calculated plan must be calculated anew.
fn overrides(reader: &Reader, problem: &mut Problem, (old, new): (&Node, &Node), touched: &mut Touched) -> Option<()> {
    let is_override = |rule: &Rule| matches!(&rule.kind, RuleKind::Fixed(fixed) if !fixed.is_withdrawal);
    let own: Vec<usize> =
        (0..problem.rules.len()).filter(|at| problem.rules.get(*at).is_some_and(|rule| is_override(rule))).collect();
    let pairs: Vec<(&Node, &Node)> = items(old.get("override")).iter().zip(items(new.get("override"))).collect();
    let mut positions = own.into_iter();
    for (index, (before, after)) in pairs.into_iter().enumerate() {
        let alike = ["id", "enabled", "area", "ecosystem", "fund"].iter().all(|key| before.get(key) == after.get(key));
        if !alike {
            return None;
        }
        if !is_enabled(after) {
            continue;
        }
        let position = positions.next()?;
        if before != after {
            let id = problem.rules.get(position)?.id.clone();
            let rule = override_section::again(reader, after, index, &id, &problem.frame)?;
            *problem.rules.get_mut(position)? = Arc::new(rule);
            touched.rules.insert(position);
        }
    }
    if positions.next().is_some() {
        return None;
    }
    for (position, rule) in problem.rules.iter_mut().enumerate() {
        if let RuleKind::Fixed(fixed) = &rule.kind
            && fixed.is_relative()
            && fixed.calculated.is_some()
        {
            let kind = RuleKind::Fixed(Fixed { calculated: None, ..fixed.clone() });
            *rule = Arc::new(Rule { kind, ..Rule::clone(rule) });
            touched.rules.insert(position);
        }
    }
    Some(())
}

/// The items of a list; none where there is no list.
fn items(node: Option<&Node>) -> &[Node] {
    match node.map(|node| &node.value) {
        Some(Value::List(items)) => items,
        _ => &[],
    }
}

fn is_enabled(node: &Node) -> bool {
    node.get("enabled").is_none_or(|node| node.value != Value::Flag(false))
}

fn rules(
    reader: &Reader,
    problem: &mut Problem,
    (old, new): (&Node, &Node),
    moved: &BTreeSet<&str>,
    touched: &mut Touched,
) -> Option<()> {
    if old.get("rule") != new.get("rule") {
        let mut position = 0;
        for (index, (before, after)) in items(old.get("rule")).iter().zip(items(new.get("rule"))).enumerate() {
            let alike = ["kind", "id", "enabled"].iter().all(|key| before.get(key) == after.get(key));
            if !alike {
                return None;
            }
            if is_enabled(after) {
                if before != after {
                    let id = problem.rules.get(position)?.id.clone();
                    let rule = rules_section::again(reader, after, index, &id, &problem.frame)?;
                    *problem.rules.get_mut(position)? = Arc::new(rule);
                    touched.rules.insert(position);
                }
                position += 1;
            }
        }
    }
    for (position, rule) in problem.rules.iter().enumerate() {
        if rule.kind.reads().iter().any(|name| moved.contains(name)) {
            touched.rules.insert(position);
            // Whoever asks for the warnings reads all of them anew where there is any.
            if let RuleKind::Corridor(corridor) = &rule.kind {
                rules_section::warn_of_nothing(reader, reader.place(rule.line, "rule"), &problem.frame, &corridor.0);
            }
        }
    }
    Some(())
}

/// Figures that the entitlements are made from.
fn reads_entitlement(problem: &Problem) -> Vec<String> {
    let report = &problem.entitlement;
    let factors = report.weights.iter().map(|(name, _)| name.as_str());
    let outcome = report.outcome.iter().map(|curve| curve.indicator.as_str());
    factors
        .chain(outcome)
        .flat_map(|name| {
            if name == indicator::COST {
                vec![indicator::PROTECTION_COST, indicator::OPPORTUNITY_COST]
            } else {
                vec![name]
            }
        })
        .map(str::to_owned)
        .collect()
}
