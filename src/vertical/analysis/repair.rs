//! The cheapest single repairs of an infeasible model: how far one number of one rule must move for an exact plan to exist.
//!
//! A repair is a change of the model file, tried the way a user would apply it: the changed model is read, solved and rounded.

use num_traits::{Signed, Zero};
use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::conflict::{ConflictMember, describe, irreducible};
use crate::document::tree::{Node, Value};
use crate::finding::{Findings, Place};
use crate::rules::{Direction, Member, RuleKind};
use crate::run::{self, Prepared, feasible};
use crate::scenario::{Change, Operation};
use crate::solver::SolveOptions;
use crate::units::{Decimal, Exact, Money};

/// Why there is no plan, and what would help.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Diagnosis {
    /// One irreducible conflict.
    pub conflict: Vec<ConflictMember>,
    /// Single repairs, the cheapest (relative to the number moved) first; each alone makes an exact plan possible.
    pub repairs: Vec<Repair>,
    /// The smallest budget with which the rules can hold, all funds together, in 分; null where no budget is enough.
    pub smallest_budget_fen: Option<i64>,
    /// The budget of the model, in 分.
    pub budget_fen: i64,
}

/// One repair.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Repair {
    /// Fund or rule id.
    pub id: String,
    /// Path in the model: `rule.corridor.between[0]`, `fund.district.amount`.
    pub path: String,
    /// Number as written.
    pub from: String,
    /// Number that suffices.
    pub to: String,
    /// Unit of both; empty for a plain number.
    pub unit: String,
    /// How far it moves: to − from, in that unit.
    pub by: String,
    /// The same as a change for `--set`.
    pub change: String,
    /// Size of the move relative to the number.
    pub relative: f64,
}

/// A number that may move.
struct Lever {
    id: String,
    path: String,
    value: Decimal,
    unit: String,
    loosen: Direction,
    /// The only values worth trying, nearest first; empty for a continuous number.
    steps: Vec<Decimal>,
    /// Whether the number also moves the entitlements, so that a plan under held ones says little.
    moves_yardstick: bool,
    /// For a fund, the nearest amount at which the linear program has a plan, and the rounding unit.
    target: Option<(Decimal, Money)>,
}

/// Conflict, repairs and smallest budget of an infeasible problem.
///
/// # Errors
/// Blank figures, or numbers that cannot stand in a linear program.
pub fn diagnose(prepared: &Prepared, options: &SolveOptions) -> Result<Diagnosis, Findings> {
    let members = irreducible(prepared, options)?;
    let conflict = members.iter().filter_map(|member| describe(prepared, *member)).collect();
    let mut repairs = Vec::new();
    for member in &members {
        for lever in levers(prepared, *member, options) {
            repairs.extend(repair(prepared, &lever, options));
        }
    }
    repairs.sort_by(|a, b| a.relative.total_cmp(&b.relative).then_with(|| a.path.cmp(&b.path)));
    let budget = prepared.problem.frame.total();
    let smallest = run::smallest_budget(&prepared.problem, options)?;
    Ok(Diagnosis { conflict, repairs, smallest_budget_fen: smallest.map(Money::fen), budget_fen: budget.fen() })
}

fn levers(prepared: &Prepared, member: Member, options: &SolveOptions) -> Vec<Lever> {
    let problem = &prepared.problem;
    match member {
        Member::Fund(index) => {
            let Some(fund) = problem.frame.funds.get(index) else { return Vec::new() };
            let Ok(value) = Decimal::parse(&fund.amount.yuan()) else { return Vec::new() };
            let keeps = |other: Member| other != Member::Fund(index);
            let range = run::spending_range(problem, &keeps, &|amount| amount.fund == index, options);
            let Ok(Some((least, most))) = range else { return Vec::new() };
            let (target, loosen) = match (least, most) {
                (Some(least), _) if least > fund.amount => (least, Direction::Up),
                (_, Some(most)) if most < fund.amount => (most, Direction::Down),
                _ => return Vec::new(),
            };
            vec![Lever {
                id: fund.id.clone(),
                path: format!("fund.{}.amount", fund.id),
                value,
                unit: "元".to_owned(),
                loosen,
                steps: Vec::new(),
                moves_yardstick: prepared.tree.get("entitlement").and_then(|node| node.get("amount")).is_none(),
                target: Decimal::parse(&target.yuan()).ok().map(|target| (target, problem.head.rounding)),
            }]
        }
        Member::Rule(index) => {
            let Some(rule) = problem.rules.get(index) else { return Vec::new() };
            let steps = |path: &str| match &rule.kind {
                RuleKind::OutcomeGate(gate) if path == "below" => gate.thresholds(&problem.frame),
                _ => Vec::new(),
            };
            let parameters = rule.kind.parameters().into_iter();
            parameters
                .map(|parameter| Lever {
                    id: rule.id.clone(),
                    path: format!("rule.{}.{}", rule.id, parameter.path),
                    steps: steps(&parameter.path),
                    value: parameter.value,
                    unit: parameter.unit,
                    loosen: parameter.loosen,
                    moves_yardstick: false,
                    target: None,
                })
                .collect()
        }
    }
}

/// The smallest move of one number that gives an exact plan; `None` where none does.
fn repair(prepared: &Prepared, lever: &Lever, options: &SolveOptions) -> Option<Repair> {
    let exists = |value: Decimal| plan_exists(prepared, lever, value, options);
    let settles = |value: Decimal| settles(prepared, lever, value, options);
    let to = if lever.steps.is_empty() {
        continuous(lever, &exists, &settles)?
    } else {
        lever.steps.iter().copied().find(|step| settles(*step))?
    };
    let by = to.exact() - lever.value.exact();
    let relative = if lever.value.is_zero() { f64::INFINITY } else { ratio(&(by.abs() / lever.value.exact().abs())) };
    let by = Decimal::from_exact(&by, 12, false)?;
    let written = if lever.unit.is_empty() { to.to_string() } else { format!("{to} {}", lever.unit) };
    Some(Repair {
        id: lever.id.clone(),
        path: lever.path.clone(),
        from: lever.value.to_string(),
        to: to.to_string(),
        unit: lever.unit.clone(),
        by: by.to_string(),
        change: format!("{}={written}", lever.path),
        relative,
    })
}

fn ratio(value: &Exact) -> f64 {
    crate::units::Finite::from_exact(value).map_or(f64::INFINITY, crate::units::Finite::get)
}

fn change_of(lever: &Lever, value: Decimal) -> Change {
    let node = if lever.unit.is_empty() {
        Value::Number(value.to_string())
    } else {
        Value::Text(format!("{value} {}", lever.unit))
    };
    Change::new(&lever.path, Operation::Set(Node { line: 0, value: node }), Place::default())
}

fn plan_exists(prepared: &Prepared, lever: &Lever, value: Decimal, options: &SolveOptions) -> bool {
    let Ok(changed) = run::changed(prepared, &[change_of(lever, value)]) else { return false };
    feasible(&changed.problem, &|_| true, options) == Ok(Some(true))
}

fn settles(prepared: &Prepared, lever: &Lever, value: Decimal, options: &SolveOptions) -> bool {
    let changed = run::changed(prepared, &[change_of(lever, value)]);
    changed.is_ok_and(|changed| run::has_exact_plan(&changed, options))
}

/// Doubling until a plan exists, halving down to the limit, then the first decimal beyond it that also rounds.
fn continuous(lever: &Lever, exists: &dyn Fn(Decimal) -> bool, settles: &dyn Fn(Decimal) -> bool) -> Option<Decimal> {
    let sign = Exact::from_integer(if lever.loosen == Direction::Up { 1 } else { -1 }.into());
    let from = lever.value.exact();
    // Money finer than a 分 is no money.
    let finest = if lever.unit == "元" { 2 } else { 12 };
    let at = |distance: &Exact, places: u32| {
        Decimal::from_exact(&(&from + &sign * distance), places.min(finest), lever.loosen == Direction::Up)
    };
    if let Some((target, unit)) = &lever.target {
        // A fund that must be spent in whole rounding units is one of them itself.
        let unit = unit.exact() / Exact::from_integer(100.into());
        let whole = |distance: &Exact, places: u32| {
            let units = (&from + &sign * distance) / &unit;
            let units = if lever.loosen == Direction::Up { units.ceil() } else { units.floor() };
            Decimal::from_exact(&(units * &unit), places, false)
        };
        let held = (target.exact() - &from).abs();
        let distance = if lever.moves_yardstick {
            let thirty_second = Exact::new(1.into(), 32.into());
            let farthest = &held * Exact::from_integer(32.into());
            nearest_yes(&held * thirty_second, &farthest, &|distance| whole(distance, 2).is_some_and(exists))?
        } else {
            held
        };
        return grown(&distance, 2, &whole, settles);
    }
    let size = if from.is_zero() { Exact::from_integer(1.into()) } else { from.abs() };
    // Down: no further than to zero. Up: a million times is as good as without bound.
    let farthest =
        if lever.loosen == Direction::Down { size.clone() } else { &size * Exact::from_integer(1_000_000.into()) };
    if farthest.is_zero() || !exists(at(&farthest, 12)?) {
        return None;
    }
    let first = &size / Exact::from_integer(1024.into());
    let yes = nearest_yes(first, &farthest, &|distance| at(distance, 12).is_some_and(exists))?;
    grown(&yes, places_for(&yes), &at, settles)
}

/// So many halvings of the last gap at most.
const HALVINGS: usize = 24;

/// About the smallest distance that is enough: doubling from the first one, then halving the last gap.
fn nearest_yes(first: Exact, farthest: &Exact, enough: &dyn Fn(&Exact) -> bool) -> Option<Exact> {
    if !first.is_positive() {
        return None;
    }
    let two = Exact::from_integer(2.into());
    let (mut no, mut step) = (Exact::zero(), first);
    let mut yes = loop {
        let last = step >= *farthest;
        let distance = if last { farthest.clone() } else { step.clone() };
        if enough(&distance) {
            break distance;
        }
        if last {
            return None;
        }
        no = step.clone();
        step *= &two;
    };
    let fine = Exact::new(1.into(), 20_000.into());
    // Money moves in whole units, so that ever smaller distances may all be the same move: the halvings are counted.
    for _ in 0..HALVINGS {
        if &yes - &no <= &yes * &fine {
            break;
        }
        let middle = (&no + &yes) / &two;
        if enough(&middle) { yes = middle } else { no = middle }
    }
    Some(yes)
}

/// The first distance at which the plan also rounds: the linear program's own, or a little more.
fn grown(
    distance: &Exact,
    places: u32,
    at: &dyn Fn(&Exact, u32) -> Option<Decimal>,
    settles: &dyn Fn(Decimal) -> bool,
) -> Option<Decimal> {
    const TEN_THOUSANDTHS: [i64; 9] = [0, 1, 4, 16, 64, 256, 1_024, 4_096, 10_000];
    let with = |grow: i64| {
        let factor = Exact::from_integer(1.into()) + Exact::new(grow.into(), 10_000.into());
        at(&(distance * factor), places).filter(|value| settles(*value))
    };
    let (mut no, mut best) = (0, None);
    for grow in TEN_THOUSANDTHS {
        if let Some(value) = with(grow) {
            best = Some((grow, value));
            break;
        }
        no = grow;
    }
    let (mut yes, mut value) = best?;
    // Within half a per cent of the smallest that rounds.
    while yes - no > 50 {
        let middle = i64::midpoint(no, yes);
        match with(middle) {
            Some(found) => (yes, value) = (middle, found),
            None => no = middle,
        }
    }
    Some(value)
}

/// Decimals that resolve a distance to some thousandth of a per cent.
fn places_for(distance: &Exact) -> u32 {
    let size = ratio(distance).log10().floor();
    let wanted = (4.0 - size).clamp(0.0, 12.0);
    (0..=12).find(|places| f64::from(*places) >= wanted).unwrap_or(12)
}
