//! Shadow prices: what one more 元 in a fund or bound is worth to each stage, and how far the price holds.
//!
//! Bounds move in the units of the rule as written. Entitlements are held, and so is what the slack of earlier stages leaves of
//! their values; an earlier stage without slack moves along, as a run with the moved bound finds it.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::ranges;
use crate::analysis::through::{self, Level, Link, Side, Which};
use crate::analysis::words::stage_code;
use crate::lp::ColumnId;
use crate::phrases::{Phrase, Text};
use crate::program::{Seat, Stage};
use crate::record::stage_units;
use crate::rules::naming::row_name;
use crate::rules::{Member, Requirement};
use crate::run::Solved;
use crate::solver::way::{End, Way};
use crate::solver::{Part, SessionError, SolveOptions};
use crate::units::{Exact, Finite};

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
    /// The bound as the rule writes it, in 元; of a rule that compares (shares, orders, money per head) the money by which
    /// the row may miss, 0 where it may not.
    pub bound_yuan: f64,
    /// Gain of the stage's value per 元 more; null where no step up is feasible, or none was followed.
    pub price_up: Option<f64>,
    /// Loss of the stage's value per 元 less, as a gain per 元; null where no step down is feasible, or none was followed.
    pub price_down: Option<f64>,
    /// The bound can rise by this many 元 at the same price, to the 分; looked at is at most the size of the bound itself.
    pub holds_up_yuan: f64,
    /// The bound can fall by this many 元 at the same price.
    pub holds_down_yuan: f64,
    /// What is beyond `holds_up_yuan`; `open`: not followed farther, the price holds at least so far.
    pub end_up: End,
    /// What is beyond `holds_down_yuan`.
    pub end_down: End,
    /// The price differs up and down: the optimum is degenerate here.
    pub degenerate: bool,
}

/// So many ways are followed by solving anew where the factors of the basis leave them open; the others say so.
const MOST_ANEW: usize = 24;
/// Where a bound is 0, it is followed so far (万元).
const REACH_OF_ZERO: f64 = 100.0;
/// A side this near, relative to 1 + its size, is used up.
const USED_UP: f64 = 1e-8;
/// Prices this close, relative to their size, are one.
const SAME_PRICE: f64 = 1e-6;

/// Prices of every binding side of the requirements asked for (by position), in every stage of the model, by stage and then
/// in the order of the model. Tie-breaks have none, nor have stages behind a complete leximin ([`unpriced`]).
///
/// # Errors
/// HiGHS refuses a program or its basis.
pub fn shadow_prices(
    solved: &Solved,
    options: &SolveOptions,
    asked: &dyn Fn(usize, &Requirement) -> bool,
) -> Result<Vec<ShadowPrice>, SessionError> {
    let mut levels = through::levels(solved, options)?;
    let units = stage_units(solved);
    let mut anew = MOST_ANEW;
    let mut prices: Vec<Vec<ShadowPrice>> = levels.iter().map(|_| Vec::new()).collect();
    let mut used_up = sides(solved, asked);
    used_up.retain(|(_, side)| levels.iter().any(|level| is_used_up(level, side)));
    let compiled = &solved.program.lp;
    through::mark_idle(&mut levels, &used_up.iter().map(|(_, side)| side).collect::<Vec<_>>(), compiled)?;
    for (at, (index, side)) in used_up.iter().enumerate() {
        let ways = through::follow(&mut levels, (at, side), compiled, &mut anew)?;
        for ((level, ways), prices) in levels.iter().zip(ways).zip(&mut prices) {
            prices.extend(price(solved, level, (*index, side), ways, &units));
        }
    }
    Ok(prices.into_iter().flatten().collect())
}

/// What to know about the prices of a run: that they hold what the slack of earlier stages leaves, and which stages have none.
///
/// Behind a complete leximin there are none: of its many programs only the first is followed.
pub fn remarks(solved: &Solved) -> Vec<Phrase> {
    let stages = ranges::stages(solved);
    let name = |number: usize, stage: &Stage| {
        Phrase::new("analysis.stage_name")
            .with("number", number.to_string())
            .with_phrase("stage", &Phrase::new(stage_code(stage.kind())))
    };
    let mut remarks = Vec::new();
    let behind = |index: usize| index + 1 < stages.len();
    for (index, (stage, _)) in stages.iter().enumerate().filter(|(index, _)| behind(*index)) {
        let remark = match through::link(stage) {
            Link::Kept => "analysis.price_keeps",
            Link::Broken => "analysis.price_ends",
            Link::Face => continue,
        };
        remarks.push(Phrase::new(remark).with_phrase("stage", &name(index + 1, stage)));
        if remark == "analysis.price_ends" {
            break;
        }
    }
    remarks
}

fn is_used_up(level: &Level<'_>, side: &Side) -> bool {
    let value = level.ranging.value(side.part);
    (value - side.bound).abs() <= USED_UP * (1.0 + side.bound.abs())
}

/// The sides of the requirements asked for, each with the position of its requirement.
fn sides(solved: &Solved, asked: &dyn Fn(usize, &Requirement) -> bool) -> Vec<(usize, Side)> {
    let bounds = Bounds::of(solved);
    let mut sides = Vec::new();
    for (index, (seat, requirement)) in solved.program.seats.iter().zip(solved.requirements()).enumerate() {
        if !asked(index, requirement) {
            continue;
        }
        let Some(scale) = Finite::from_exact(&requirement.scale).map(Finite::get).filter(|scale| *scale > 0.0) else {
            continue;
        };
        match seat {
            Seat::Row(row) => {
                let Some(row_sides) = solved.program.lp.rows().get(row.0).map(|row| (row.lower, row.upper)) else {
                    continue;
                };
                for (which, bound) in of_row(row_sides) {
                    let room = (f64::INFINITY, f64::INFINITY);
                    sides.push((index, side(Part::Row(row.0), (which, bound), scale, room)));
                }
            }
            Seat::Bound(column) => sides.extend(
                bounds
                    .sides(solved, index, *column)
                    .into_iter()
                    .map(|(which, room)| (index, side(Part::Column(column.0), which, scale, room))),
            ),
        }
    }
    sides
}

fn side(part: Part, (which, bound): (Which, f64), scale: f64, (up, down): (f64, f64)) -> Side {
    let written = bound.abs() * scale;
    let reach = if written > 1e-9 { written } else { REACH_OF_ZERO };
    Side {
        part,
        which,
        bound,
        rate: 1.0 / scale,
        asked: (reach, reach),
        room: (up * scale, down * scale),
        beyond: if which == Which::Equal { End::Infeasible } else { End::Turns },
    }
}

fn of_row((lower, upper): (f64, f64)) -> Vec<(Which, f64)> {
    if lower == upper {
        return vec![(Which::Equal, lower)];
    }
    let sides = [(Which::Lower, lower), (Which::Upper, upper)];
    sides.into_iter().filter(|(_, side)| side.is_finite()).collect()
}

/// Requirements that became bounds of a column, with their own sides: the bound is the narrowest of them.
struct Bounds {
    of: BTreeMap<ColumnId, Vec<(usize, f64, f64)>>,
    helpers: BTreeSet<ColumnId>,
}

impl Bounds {
    fn of(solved: &Solved) -> Self {
        let number = |side: &Option<Exact>, none: f64| {
            side.as_ref().and_then(Finite::from_exact).map_or(none, |side| side.get() / 1e6)
        };
        let mut of: BTreeMap<ColumnId, Vec<(usize, f64, f64)>> = BTreeMap::new();
        for (index, (seat, requirement)) in solved.program.seats.iter().zip(solved.requirements()).enumerate() {
            if let Seat::Bound(column) = seat {
                let lower = number(&requirement.lower, f64::NEG_INFINITY);
                let upper = number(&requirement.upper, f64::INFINITY);
                of.entry(*column).or_default().push((index, lower, upper));
            }
        }
        Self { of, helpers: solved.program.helpers.values().copied().collect() }
    }

    /// The sides of a column that a requirement sets, and how far each rises and falls before another one stands there.
    fn sides(&self, solved: &Solved, index: usize, column: ColumnId) -> Vec<((Which, f64), (f64, f64))> {
        let Some(known) = solved.program.lp.columns().get(column.0) else { return Vec::new() };
        let all = self.of.get(&column).map_or(&[][..], Vec::as_slice);
        let Some((_, own_lower, own_upper)) = all.iter().find(|(other, ..)| *other == index) else { return Vec::new() };
        // Money cannot be negative, whatever the rules say.
        let least = if self.helpers.contains(&column) { f64::NEG_INFINITY } else { 0.0 };
        let others = || all.iter().filter(|(other, ..)| *other != index);
        let next_lower = others().map(|(_, lower, _)| *lower).fold(least, f64::max);
        let next_upper = others().map(|(.., upper)| *upper).fold(f64::INFINITY, f64::min);
        let sets = |own: f64, bound: f64| own.is_finite() && (own - bound).abs() <= 1e-12 * (1.0 + bound.abs());
        let (down, up) = ((known.lower - next_lower).max(0.0), (next_upper - known.upper).max(0.0));
        if own_lower == own_upper {
            return vec![((Which::Equal, known.lower), (up, down))];
        }
        let mut sides = Vec::new();
        if sets(*own_lower, known.lower) {
            sides.push(((Which::Lower, known.lower), (f64::INFINITY, down)));
        }
        if sets(*own_upper, known.upper) {
            sides.push(((Which::Upper, known.upper), (up, f64::INFINITY)));
        }
        sides
    }
}

fn price(
    solved: &Solved,
    level: &Level<'_>,
    (index, side): (usize, &Side),
    [up, down]: [Way; 2],
    units: &[&'static str],
) -> Option<ShadowPrice> {
    let problem = &solved.prepared.problem;
    let requirement = solved.requirement(index)?;
    let nothing = level.ranging.no_multiplier() * side.rate;
    let sign = if level.stage.maximises() { -1.0 } else { 1.0 };
    // Per 元: the program counts in 万元. A step down changes the value by the price the other way.
    let per_yuan = |way: Way, direction: f64| {
        let slope = way.slope.map(|slope| if slope.abs() <= nothing { 0.0 } else { slope });
        slope.map(|slope| nine_digits(sign * direction * slope / 1e4))
    };
    let (price_up, price_down) = (per_yuan(up, 1.0), per_yuan(down, -1.0));
    let is_priced = |price: Option<f64>| price.is_some_and(|price| price != 0.0);
    let is_open = |way: Way| way.slope.is_none() && way.end == End::Open;
    let both_open = is_open(up) && is_open(down);
    if !(is_priced(price_up) || is_priced(price_down) || both_open) {
        return None;
    }
    let degenerate = match (price_up, price_down) {
        (Some(up), Some(down)) => (up - down).abs() > SAME_PRICE * (up.abs() + down.abs()),
        _ => false,
    };
    let (label, basis) = match requirement.member {
        Member::Fund(index) => problem.frame.funds.get(index).map(|fund| (fund.label.clone(), fund.basis.clone())),
        Member::Rule(index) => problem.rules.get(index).map(|rule| (rule.label.clone(), rule.basis.clone())),
    }
    .unwrap_or_else(|| (Text::same("?"), String::new()));
    Some(ShadowPrice {
        stage: level.number,
        kind: level.result.kind,
        unit: units.get(level.number.saturating_sub(1)).copied().unwrap_or("none"),
        member: problem.id(requirement.member).to_owned(),
        label,
        basis,
        row: requirement.name.clone(),
        row_name: row_name(&problem.frame, requirement),
        side: match side.which {
            Which::Equal => "equal",
            Which::Lower => "lower",
            Which::Upper => "upper",
        },
        bound_yuan: to_fen(side.bound / side.rate),
        price_up,
        price_down,
        holds_up_yuan: to_fen(up.reach),
        holds_down_yuan: to_fen(down.reach),
        end_up: up.end,
        end_down: down.end,
        degenerate,
    })
}

/// 万元 in 元, to the 分: what lies beyond is the solver's noise. Adding zero turns −0 into 0.
fn to_fen(wan: f64) -> f64 {
    (wan * 1e6).round() / 100.0 + 0.0
}

/// A number to nine significant digits: what lies beyond depends on the basis at which the solver ended.
fn nine_digits(value: f64) -> f64 {
    format!("{value:.8e}").parse().unwrap_or(value)
}
