//! The least single repairs of an infeasible model: how far one number of a fund or rule must move for an exact plan to exist.
//!
//! How far is what linear programs answer (`nearest.rs`); a repair is a change of the model file, tried before it is shown the
//! way a user would apply it (`trial.rs`).

mod levers;
mod nearest;
mod sides;
mod trial;

pub use levers::funds_move_rules;

use std::collections::BTreeSet;
use std::sync::Mutex;

use num_traits::Signed;
use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::conflict::{ConflictMember, Irreducible, describe, irreducible};
use crate::analysis::repair::levers::{Kind, Lever};
use crate::analysis::repair::nearest::{Found, nearest};
use crate::analysis::repair::trial::{Tried, Works};
use crate::analysis::standing::Standing;
use crate::finding::Findings;
use crate::phrases::Text;
use crate::rules::{Member, RuleKind};
use crate::run::Prepared;
use crate::solver::{Outcome, SolveOptions};
use crate::units::{Decimal, Exact, Finite, Money, from_binary};

/// Why there is no plan, and what would help.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Diagnosis {
    /// One irreducible conflict.
    pub conflict: Vec<ConflictMember>,
    /// Single repairs, the smallest (relative to the number moved) first; each alone makes an exact plan possible.
    pub repairs: Vec<Repair>,
    /// Whether every number of the funds and rules in conflict was followed to its end, so that there is no other single repair;
    /// false where a limit or the numbers of the model cut the search short.
    pub complete: bool,
    /// The smallest budget with which the rules can hold, all funds together, in 分; null where no budget is enough.
    pub smallest_budget_fen: Option<i64>,
    /// Whether that holds the entitlements as they are, though they would follow the funds.
    pub entitlements_held: bool,
    /// The budget of the model, in 分.
    pub budget_fen: i64,
}

/// One repair.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Repair {
    /// Fund or rule id.
    pub id: String,
    /// Printed name of the fund or rule.
    pub label: Text,
    /// Path in the model: `rule.corridor.between[0]`, `fund.district.amount`.
    pub path: String,
    /// Number or word as written.
    pub from: String,
    /// Number or word that suffices.
    pub to: String,
    /// Unit of both; empty for a plain number or a word.
    pub unit: String,
    /// How far it moves: to − from, in that unit; empty for a word.
    pub by: String,
    /// The same as a change for `--set`.
    pub change: String,
    /// Size of the move relative to the number; null where the number is zero or a word.
    pub relative: Option<f64>,
    /// What the plan then pays in all, in 分.
    pub pays_fen: i64,
    /// Whether no smaller move is enough; false where one was tried for which neither exact amounts were found nor that there
    /// are none.
    pub least: bool,
}

/// From so many amounts on, changes are tried one after the other: each takes memory and time of its own.
const TOGETHER_BELOW: usize = 2_000;

/// Conflict, repairs and smallest budget of an infeasible problem.
///
/// # Errors
/// Numbers that cannot stand in a linear program.
pub fn diagnose(prepared: &Prepared, options: &SolveOptions) -> Result<Diagnosis, Findings> {
    let mut standing = Standing::open(prepared, options)?;
    let found = irreducible(&mut standing);
    let mut complete = found.is_some();
    let Irreducible { members, decisive } = found.unwrap_or_default();
    let conflict = members.iter().filter_map(|member| describe(prepared, *member)).collect();
    // Where no plan exists without a member altogether, none of its numbers helps.
    let candidates = levers::candidates(prepared, &members).into_iter();
    let candidates = candidates.filter(|candidate| candidate.moves_others || decisive.contains(&candidate.member));
    let levers: Vec<Lever> = candidates.flat_map(|candidate| levers::of(prepared, candidate.member)).collect();
    let (tried, smallest) = try_all(&mut standing, &levers, options);
    let mut repairs = Vec::new();
    for (lever, tried) in levers.iter().zip(tried) {
        match tried {
            Tried::Works(works) => {
                complete &= !works.cut_short;
                repairs.extend(repair(lever, &works));
            }
            Tried::Nothing => {}
            Tried::Open => complete = false,
        }
    }
    // To pay nothing is a way out only where there is no other.
    if repairs.iter().any(|repair| repair.pays_fen > 0) {
        repairs.retain(|repair| repair.pays_fen > 0);
    }
    let size = |repair: &Repair| repair.relative.unwrap_or(f64::INFINITY);
    repairs.sort_by(|a, b| size(a).total_cmp(&size(b)).then_with(|| a.path.cmp(&b.path)));
    complete &= smallest.is_some();
    Ok(Diagnosis {
        conflict,
        repairs,
        complete,
        smallest_budget_fen: smallest.flatten().map(Money::fen),
        entitlements_held: levers::funds_move_rules(prepared),
        budget_fen: prepared.problem.frame.total().fen(),
    })
}

/// The least move of each lever, tried, and the smallest budget. A trial runs beside the search for the next one.
fn try_all(
    standing: &mut Standing<'_>,
    levers: &[Lever],
    options: &SolveOptions,
) -> (Vec<Tried>, Option<Option<Money>>) {
    let prepared = standing.prepared;
    let together = prepared.problem.frame.amounts.len() < TOGETHER_BELOW;
    let turn = &Mutex::new(());
    std::thread::scope(|scope| {
        let mut running = Vec::with_capacity(levers.len());
        for lever in levers {
            let aim = aim(standing, lever, options);
            let runs = !matches!(aim, Aim::Ended(_));
            let run = move || match aim {
                Aim::First(values) => trial::first(prepared, lever, &values, (options, turn)),
                Aim::From(distance) => trial::from(prepared, lever, distance, (options, turn)),
                Aim::Ended(tried) => tried,
            };
            running.push(if together && runs { Ok(scope.spawn(run)) } else { Err(run()) });
        }
        let smallest = smallest_budget(standing);
        // A thread that broke off has tried nothing to the end.
        let ended =
            running.into_iter().map(|run| run.map_or_else(|tried| tried, |run| run.join().unwrap_or(Tried::Open)));
        (ended.collect(), smallest)
    })
}

/// What is to be tried of a lever.
enum Aim {
    /// The first of these values that works.
    First(Vec<Decimal>),
    /// The least value at or beyond this distance.
    From(Exact),
    /// Nothing: before rounding there is no plan, or it was left open.
    Ended(Tried),
}

/// How far a lever must move for a plan to exist, before rounding.
fn aim(standing: &mut Standing<'_>, lever: &Lever, options: &SolveOptions) -> Aim {
    if options.is_interrupted() {
        return Aim::Ended(Tried::Open);
    }
    let prepared = standing.prepared;
    match &lever.kind {
        Kind::Steps(steps) => match first_step(standing, lever.member, steps) {
            Some(first) => Aim::First(steps.get(first..).unwrap_or_default().to_vec()),
            None => Aim::Ended(Tried::Open),
        },
        Kind::Spend => match stands_unspent(standing, lever.member) {
            Some(true) => Aim::First(vec![lever.value]),
            Some(false) => Aim::Ended(Tried::Nothing),
            None => Aim::Ended(Tried::Open),
        },
        Kind::Number(_) | Kind::Amount => {
            let Some(courses) = lever.courses(prepared) else { return Aim::Ended(Tried::Open) };
            match nearest(standing, &courses) {
                Ok(Found::At(sizes)) => match from_binary(sizes.max(0.0)) {
                    Some(sizes) => Aim::From(sizes * sides::size(&lever.value.exact())),
                    None => Aim::Ended(Tried::Open),
                },
                Ok(Found::Nowhere) => Aim::Ended(Tried::Nothing),
                Ok(Found::Open) | Err(_) => Aim::Ended(Tried::Open),
            }
        }
    }
}

/// Position of the first threshold, nearest first, at which a plan exists before rounding; their count where none has one.
fn first_step(standing: &mut Standing<'_>, member: Member, steps: &[Decimal]) -> Option<usize> {
    let prepared = standing.prepared;
    let Member::Rule(index) = member else { return None };
    let rule = prepared.problem.rules.get(index)?;
    let RuleKind::OutcomeGate(_) = &rule.kind else { return None };
    let (mut no, mut yes) = (0, steps.len());
    // Each threshold gates the cells of the ones behind it and more.
    while no < yes {
        let middle = usize::midpoint(no, yes);
        let gate = rule.kind.with_parameter("below", *steps.get(middle)?);
        let gated = gate.requirements(member, &prepared.problem.frame, false).ok()?;
        let names: BTreeSet<String> = gated.into_iter().map(|requirement| requirement.name).collect();
        let free = standing.of(member).filter(|(_, requirement)| !names.contains(&requirement.name));
        let free: Vec<(usize, f64, f64)> =
            free.map(|(demanded, _)| (demanded.row.0, f64::NEG_INFINITY, f64::INFINITY)).collect();
        if stands_with(standing, &free)? { yes = middle } else { no = middle + 1 }
    }
    Some(yes)
}

/// Whether a plan exists where a fund need not be spent in full.
fn stands_unspent(standing: &mut Standing<'_>, fund: Member) -> Option<bool> {
    let open: Vec<(usize, f64, f64)> =
        standing.of(fund).map(|(demanded, _)| (demanded.row.0, f64::NEG_INFINITY, demanded.upper)).collect();
    stands_with(standing, &open)
}

/// Whether a plan exists with other sides for some rows.
fn stands_with(standing: &mut Standing<'_>, rows: &[(usize, f64, f64)]) -> Option<bool> {
    standing.keep(&|_| true).ok()?;
    standing.session.set_many_row_bounds(rows).ok()?;
    standing.session.set_costs(&[]).ok()?;
    match standing.session.solve() {
        Outcome::Optimal(_) | Outcome::Unbounded => Some(true),
        Outcome::Infeasible => Some(false),
        Outcome::Limit(_) | Outcome::Failed(_) => None,
    }
}

/// The smallest sum of all funds with which the hard rules can hold, in whole rounding units, entitlements held; `None` where no
/// sum is enough, and none at all where a limit or failure leaves it open.
fn smallest_budget(standing: &mut Standing<'_>) -> Option<Option<Money>> {
    let costs: Vec<_> = standing.amounts().iter().map(|column| (*column, 1.0)).collect();
    match standing.least(&|member| matches!(member, Member::Rule(_)), &costs).ok()? {
        Outcome::Optimal(optimum) => {
            let unit = standing.prepared.problem.head.rounding.fen().max(1);
            // Noise below a thousandth of a 分 does not count.
            let least = ((optimum.objective() * 1e6 - 1e-3) / unit as f64).ceil().max(0.0);
            Some(Some(Money::from_fen((least as i64).saturating_mul(unit))))
        }
        Outcome::Infeasible => Some(None),
        _ => None,
    }
}

fn repair(lever: &Lever, works: &Works) -> Option<Repair> {
    let Works { value: to, pays, least, .. } = *works;
    let is_word = lever.kind == Kind::Spend;
    let by = to.exact() - lever.value.exact();
    let relative = (!lever.value.is_zero() && !is_word).then(|| ratio(&(by.abs() / lever.value.exact().abs())));
    let by = if is_word { String::new() } else { Decimal::from_exact(&by, 12, false)?.to_string() };
    let (from, to, unit) = if is_word {
        ("all".to_owned(), "up_to".to_owned(), String::new())
    } else {
        (lever.value.to_string(), to.to_string(), lever.unit.clone())
    };
    let change = if unit.is_empty() { format!("{}={to}", lever.path) } else { format!("{}={to} {unit}", lever.path) };
    Some(Repair {
        id: lever.id.clone(),
        label: lever.label.clone(),
        path: lever.path.clone(),
        from,
        to,
        unit,
        by,
        change,
        relative: relative.flatten(),
        pays_fen: pays.fen(),
        least,
    })
}

fn ratio(value: &Exact) -> Option<f64> {
    Finite::from_exact(value).map(Finite::get)
}
