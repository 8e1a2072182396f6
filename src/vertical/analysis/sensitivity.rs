//! Shadow prices: what one more 元 in a fund or bound is worth to each stage, and how far the price holds.
//!
//! Entitlements are held while a fund or bound moves.

use schemars::JsonSchema;
use serde::Serialize;

use crate::lp::LinearProgram;
use crate::phrases::Text;
use crate::program::{Seat, StageResult};
use crate::record::stage_units;
use crate::rules::Member;
use crate::rules::naming::row_name;
use crate::run::Solved;
use crate::solver::{Session, SessionError, SolveOptions, parametric};

/// The price of one side of a requirement in one stage.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ShadowPrice {
    /// Number of the stage, from 1.
    pub stage: usize,
    /// Kind of the stage.
    pub kind: &'static str,
    /// Unit of the stage's value: `wan_yuan` or `ratio`.
    pub unit: &'static str,
    /// Fund or rule id.
    pub member: String,
    /// Printed name of the fund or rule.
    pub label: Text,
    /// Legal basis.
    pub basis: String,
    /// Row within the rule, such as `cap[310151101]`.
    pub row: String,
    /// The row in words, such as 封顶(城桥镇).
    pub row_name: Text,
    /// `lower`, `upper` or `equal`: the side that binds.
    pub side: &'static str,
    /// The bound, in 元 (money-like for rows with other units).
    pub bound_yuan: f64,
    /// Gain of the stage's value per 元 more; null where no step up is feasible.
    pub price_up: Option<f64>,
    /// Loss of the stage's value per 元 less, as a gain per 元; null where no step down is feasible.
    pub price_down: Option<f64>,
    /// The bound can rise by this many 元 before the price changes (at most the bound itself).
    pub holds_up_yuan: f64,
    /// The bound can fall by this many 元 before the price changes.
    pub holds_down_yuan: f64,
    /// The price differs up and down: the optimum is degenerate here.
    pub degenerate: bool,
}

/// Prices of every binding side in every stage of the model (tie-breaks left out).
///
/// `most` limits how many of a stage are followed, the largest first.
///
/// # Errors
/// HiGHS refuses a change.
pub fn shadow_prices(solved: &Solved, options: &SolveOptions, most: usize) -> Result<Vec<ShadowPrice>, SessionError> {
    let mut prices = Vec::new();
    for (index, stage) in solved.plan.stages.iter().enumerate() {
        if stage.kind.starts_with("tie_break") || stage.program.is_none() {
            continue;
        }
        prices.extend(of_stage(solved, stage, index + 1, options, most)?);
    }
    Ok(prices)
}

/// One binding side: requirement, multiplier.
struct Binding {
    requirement: usize,
    multiplier: f64,
}

fn of_stage(
    solved: &Solved,
    stage: &StageResult,
    number: usize,
    options: &SolveOptions,
    most: usize,
) -> Result<Vec<ShadowPrice>, SessionError> {
    let Some(program) = &stage.program else { return Ok(Vec::new()) };
    let mut bindings = bindings(solved, stage);
    bindings.sort_by(|a, b| b.multiplier.abs().total_cmp(&a.multiplier.abs()).then(a.requirement.cmp(&b.requirement)));
    bindings.truncate(most);
    bindings.sort_by_key(|binding| binding.requirement);
    if bindings.is_empty() {
        return Ok(Vec::new());
    }
    let mut session = Session::open(program.clone(), options)?;
    let crate::solver::Outcome::Optimal(optimum) = session.solve() else { return Ok(Vec::new()) };
    let sign = if stage.value == stage.minimised { 1.0 } else { -1.0 };
    let mut prices = Vec::new();
    for binding in bindings {
        prices.extend(price(solved, stage, number, &mut session, optimum.objective(), sign, &binding)?);
    }
    Ok(prices)
}

fn bindings(solved: &Solved, stage: &StageResult) -> Vec<Binding> {
    let largest = stage.program.as_ref().map_or(0.0, LinearProgram::largest_cost);
    let scale = if largest > 0.0 { largest } else { 1.0 };
    // Multipliers come from the scaled program of the stage: only their size relative to its costs matters here.
    let own = stage.optimum.column_duals().iter().chain(stage.optimum.row_duals()).map(|d| d.abs()).fold(0.0, f64::max);
    let least = 1e-9 * own.min(scale).max(1e-3);
    let mut bindings = Vec::new();
    for (index, (seat, requirement)) in solved.program.seats.iter().zip(solved.requirements()).enumerate() {
        let multiplier = match seat {
            Seat::Row(row) => stage.optimum.row_duals().get(row.0).copied().unwrap_or(0.0),
            Seat::Bound(column) => {
                let reduced = stage.optimum.column_duals().get(column.0).copied().unwrap_or(0.0);
                let sets_bound = |side: &Option<crate::units::Exact>, bound: Option<f64>| {
                    let side = side.as_ref().and_then(crate::units::Finite::from_exact);
                    side.zip(bound)
                        .is_some_and(|(side, bound)| (side.get() / 1e6 - bound).abs() <= 1e-12 * (1.0 + bound.abs()))
                };
                let known = solved.program.lp.columns().get(column.0);
                let active = if reduced > 0.0 {
                    sets_bound(&requirement.lower, known.map(|column| column.lower))
                } else {
                    sets_bound(&requirement.upper, known.map(|column| column.upper))
                };
                if active { reduced } else { 0.0 }
            }
        };
        if multiplier.abs() > least {
            bindings.push(Binding { requirement: index, multiplier });
        }
    }
    bindings
}

fn price(
    solved: &Solved,
    stage: &StageResult,
    number: usize,
    session: &mut Session,
    now: f64,
    sign: f64,
    binding: &Binding,
) -> Result<Option<ShadowPrice>, SessionError> {
    let problem = &solved.prepared.problem;
    let Some(requirement) = solved.requirement(binding.requirement) else { return Ok(None) };
    let Some(seat) = solved.program.seats.get(binding.requirement).copied() else { return Ok(None) };
    let (lower, upper) = match seat {
        Seat::Row(row) => session.program().rows().get(row.0).map(|row| (row.lower, row.upper)),
        Seat::Bound(column) => session.program().columns().get(column.0).map(|column| (column.lower, column.upper)),
    }
    .unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
    let equal = lower == upper;
    let at_lower = binding.multiplier > 0.0;
    let bound = if at_lower { lower } else { upper };
    // A bound may move by its own size, a zero bound by 100 万元.
    let reach = if bound.abs() > 1e-9 { bound.abs() } else { 100.0 };
    let apply = move |session: &mut Session, distance: f64| {
        let (low, high) = match (equal, at_lower) {
            (true, _) => (lower + distance, upper + distance),
            (false, true) => (lower + distance, upper),
            (false, false) => (lower, upper + distance),
        };
        // A side that crosses the other one is infeasible; HiGHS is not asked.
        let (low, high) = if low > high { (low, low) } else { (low, high) };
        match seat {
            Seat::Row(row) => session.set_row_bounds(row, low, high),
            Seat::Bound(column) => session.set_column_bounds(column, low, high),
        }
    };
    let piece = parametric::piece(session, &apply, now, reach)?;
    // Per 元: the program counts in 万元.
    let per_yuan = |slope: Option<f64>| slope.map(|slope| sign * slope / 1e4);
    let (price_up, price_down) = (per_yuan(piece.slope_up), per_yuan(piece.slope_down));
    let degenerate = match (price_up, price_down) {
        (Some(up), Some(down)) => (up - down).abs() > 1e-6 * (up.abs() + down.abs()).max(1e-12),
        _ => true,
    };
    let (label, basis) = match requirement.member {
        Member::Fund(index) => problem.frame.funds.get(index).map(|fund| (fund.label.clone(), fund.basis.clone())),
        Member::Rule(index) => problem.rules.get(index).map(|rule| (rule.label.clone(), rule.basis.clone())),
    }
    .unwrap_or_else(|| (Text::same("?"), String::new()));
    Ok(Some(ShadowPrice {
        stage: number,
        kind: stage.kind,
        unit: stage_units(solved).get(number.saturating_sub(1)).copied().unwrap_or("none"),
        member: problem.id(requirement.member).to_owned(),
        label,
        basis,
        row: requirement.name.clone(),
        row_name: row_name(&problem.frame, requirement),
        side: if equal {
            "equal"
        } else if at_lower {
            "lower"
        } else {
            "upper"
        },
        bound_yuan: bound * 1e4,
        price_up,
        price_down,
        holds_up_yuan: piece.reach_up * 1e4,
        holds_down_yuan: piece.reach_down * 1e4,
        degenerate,
    }))
}
