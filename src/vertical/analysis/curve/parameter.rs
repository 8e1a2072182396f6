//! Which sides of which requirements a number of the model file moves, and how fast.

use num_traits::{One, Zero};

use crate::finding::{Finding, Findings, Place};
use crate::lp::{Column, ColumnId, LinearProgram};
use crate::program::{Program, Seat, compile_with_rows};
use crate::rules::{Member, Requirement};
use crate::run::{self, Prepared};
use crate::scenario::{Change, scaled_out};
use crate::units::{Decimal, Exact, FEN_PER_WAN, Finite, Money, split_unit};

/// A number of the model file.
#[derive(Debug, Clone)]
pub(super) struct Number {
    /// Its present value in `unit`; 1 where the parameter is a factor.
    pub now: f64,
    /// Its unit: `元` for money, as written otherwise, empty for a plain number.
    pub unit: String,
    /// Whether it is money.
    pub is_money: bool,
}

/// A number of the model file as a parameter.
#[derive(Debug, Clone)]
pub(super) struct Moving {
    /// The number.
    pub number: Number,
    /// Requirements of the model, entitlements held.
    requirements: Vec<Requirement>,
    /// For each, the change of its sides in 分 when the number grows by its own size; `None` where neither moves.
    speeds: Vec<Option<(Exact, Exact)>>,
}

/// Factors tried to see how sides move: the first with which the model is still sound serves.
const TRIED: [&str; 8] = ["2", "0.5", "1.5", "0.8", "1.1", "0.9", "1.01", "0.99"];

/// Where the path is asked for.
pub(super) fn place(path: &str) -> Place {
    Place::file("--path").column(path)
}

/// The number times a factor, exactly: funds are not put on the rounding unit.
fn scaled(prepared: &Prepared, path: &str, factor: Decimal) -> Change {
    scaled_out(&prepared.tree, path, factor, Place::file("--path"))
}

/// Looks a number up.
///
/// # Errors
/// A path into the data, an unknown one, or a value that is no number (unless `factor`).
pub(super) fn number_of(prepared: &Prepared, path: &str, factor: bool) -> Result<Number, Findings> {
    let same = scaled(prepared, path, Decimal::ONE);
    if !same.concerns_model() {
        return Err(Finding::error("curve.data", place(path)).into());
    }
    let unchanged = run::changed(prepared, &[same]).map_err(|findings| renamed(findings, path))?;
    let before = unchanged.differences.last().map_or("", |difference| difference.before.as_str());
    if factor { Ok(Number { now: 1.0, unit: String::new(), is_money: false }) } else { present(before, path) }
}

/// Findings about a change, as findings about a path.
fn renamed(findings: Findings, path: &str) -> Findings {
    let about = |mut finding: Finding| {
        if finding.code() == "scenario.not_numeric" {
            return Finding::error("curve.not_numeric", place(path));
        }
        if finding.place.file.as_deref() == Some("--set") {
            finding.place = place(path);
        }
        finding
    };
    Findings(findings.0.into_iter().map(about).collect())
}

impl Moving {
    /// Looks a path up and sees what it moves.
    ///
    /// # Errors
    /// An unknown path, a value that is no number (unless `factor`), or one that moves more than sides.
    pub fn of(prepared: &Prepared, path: &str, factor: bool) -> Result<Self, Findings> {
        let number = number_of(prepared, path, factor)?;
        let requirements = prepared.problem.requirements()?;
        let mut refused = Findings(Vec::new());
        for text in TRIED {
            let Ok(tried) = Decimal::parse(text) else { continue };
            match run::changed(prepared, &[scaled(prepared, path, tried)]) {
                Ok(other) => {
                    let mut other = other.problem.clone();
                    // The question is what another number does under the same yardstick.
                    other.frame.entitlement = prepared.problem.frame.entitlement.clone();
                    let speeds = speeds(&requirements, &other.requirements()?, &tried.exact());
                    let same_goals = other.stages == prepared.problem.stages;
                    let Some(speeds) = speeds.filter(|_| same_goals) else {
                        return Err(Finding::error("curve.not_a_side", place(path)).into());
                    };
                    if speeds.iter().all(Option::is_none) {
                        return Err(Finding::error("curve.moves_nothing", place(path)).into());
                    }
                    return Ok(Self { number, requirements, speeds });
                }
                Err(findings) => refused = findings,
            }
        }
        Err(refused)
    }

    /// The model's program with the parameter as a further column; returns the size of the parameter per unit of it too.
    ///
    /// # Errors
    /// A number that cannot stand in a linear program.
    pub fn compile(&self, prepared: &Prepared) -> Result<(Program, ColumnId, f64), Findings> {
        let problem = &prepared.problem;
        let id = |member: Member| problem.id(member).to_owned();
        let penalty = |member: Member| problem.penalty(member);
        let moves = |position: usize| self.speeds.get(position).is_some_and(Option::is_some);
        let compiled = compile_with_rows(&problem.frame, &self.requirements, &id, &penalty, &moves);
        let mut program = compiled.map_err(crate::lp::refused)?;
        let wan =
            |exact: &Exact| Finite::from_exact(&(exact / Exact::from_integer(FEN_PER_WAN.into()))).map(Finite::get);
        let largest = self.speeds.iter().flatten().flat_map(|(lower, upper)| [wan(lower), wan(upper)]);
        let largest = largest.flatten().map(f64::abs).fold(0.0, f64::max);
        // The parameter counts in units of about its largest effect, a power of two so that nothing is lost.
        let size = largest.log2().floor().exp2();
        let free = Column { name: "parameter".to_owned(), lower: f64::NEG_INFINITY, upper: f64::INFINITY, cost: 0.0 };
        let column = program.lp.add_column(free.name, free.lower, free.upper, free.cost);
        let column = column.map_err(crate::lp::refused)?;
        let seats = program.seats.clone();
        for ((requirement, speed), seat) in self.requirements.iter().zip(&self.speeds).zip(seats) {
            let (Some((lower, upper)), Seat::Row(row)) = (speed, seat) else { continue };
            let side = |side: &Option<Exact>, speed: &Exact, none: f64| {
                side.as_ref().and_then(|side| wan(&(side - speed))).unwrap_or(none)
            };
            let sides =
                (side(&requirement.lower, lower, f64::NEG_INFINITY), side(&requirement.upper, upper, f64::INFINITY));
            let speeds = (wan(lower).unwrap_or(0.0) / size, wan(upper).unwrap_or(0.0) / size);
            move_row(&mut program.lp, row, column, sides, speeds).map_err(crate::lp::refused)?;
        }
        Ok((program, column, size))
    }
}

/// Makes the sides of a row move with a column; two sides that move differently become two rows.
fn move_row(
    lp: &mut LinearProgram,
    row: crate::lp::RowId,
    column: ColumnId,
    (lower, upper): (f64, f64),
    (down, up): (f64, f64),
) -> Result<(), crate::lp::NumberRefused> {
    let Some(known) = lp.rows().get(row.0).cloned() else { return Ok(()) };
    let with = |speed: f64| {
        let mut terms = known.terms.clone();
        terms.push((column, -speed));
        terms
    };
    if lower.is_finite() && upper.is_finite() && down != up {
        lp.set_row_bounds(row, f64::NEG_INFINITY, f64::INFINITY);
        lp.add_row(format!("{}.least", known.name), lower, f64::INFINITY, with(down))?;
        lp.add_row(format!("{}.most", known.name), f64::NEG_INFINITY, upper, with(up))?;
    } else {
        let speed = if lower.is_finite() { down } else { up };
        lp.set_row_bounds(row, f64::NEG_INFINITY, f64::INFINITY);
        lp.add_row(format!("{}.moving", known.name), lower, upper, with(speed))?;
    }
    Ok(())
}

/// How the sides move per growth of the number by its own size; `None` where more than sides differs.
fn speeds(base: &[Requirement], other: &[Requirement], factor: &Exact) -> Option<Vec<Option<(Exact, Exact)>>> {
    if base.len() != other.len() {
        return None;
    }
    let step = factor - Exact::one();
    let pairs = base.iter().zip(other).map(|(a, b)| {
        if a.member != b.member || a.name != b.name || a.terms != b.terms {
            return None;
        }
        let speed = |a: &Option<Exact>, b: &Option<Exact>| match (a, b) {
            (Some(a), Some(b)) => Some((b - a) / &step),
            (None, None) => Some(Exact::zero()),
            _ => None,
        };
        let (lower, upper) = (speed(&a.lower, &b.lower)?, speed(&a.upper, &b.upper)?);
        Some((!lower.is_zero() || !upper.is_zero()).then_some((lower, upper)))
    });
    pairs.collect()
}

/// A value as written in the model.
fn present(written: &str, path: &str) -> Result<Number, Findings> {
    let text = written.trim_matches('\u{22}');
    let refused = || Findings::from(Finding::error("curve.several", place(path)).with("value", written));
    let (number, unit, is_money) = if let Ok(money) = Money::parse(text) {
        (money.fen() as f64 / 100.0, "元".to_owned(), true)
    } else {
        let (number, unit) = split_unit(text);
        (Decimal::parse(number).map_err(|_| refused())?.to_f64(), unit.to_owned(), false)
    };
    if number == 0.0 {
        return Err(Finding::error("curve.zero", place(path)).into());
    }
    Ok(Number { now: number, unit, is_money })
}

/// An end of the range asked for, in the unit of the parameter.
///
/// # Errors
/// No number, or another unit.
pub(super) fn end(text: &str, option: &'static str, known: &Number) -> Result<f64, Finding> {
    let refused = || {
        let unit = if known.unit.is_empty() { "—" } else { known.unit.as_str() };
        Finding::error("curve.end", Place::file(option)).with("value", text).with("unit", unit)
    };
    if known.is_money
        && let Ok(money) = Money::parse(text)
    {
        return Ok(money.fen() as f64 / 100.0);
    }
    let (number, unit) = split_unit(text);
    let number = Decimal::parse(number).map_err(|_| refused())?.to_f64();
    match unit {
        "" => Ok(number),
        unit if unit == known.unit => Ok(number),
        // A factor or plain number may be given in per cent.
        "%" if known.unit.is_empty() => Ok(number / 100.0),
        _ => Err(refused()),
    }
}
