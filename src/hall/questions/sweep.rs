//! Many scenarios over the model's uncertainties or a grid.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::compiled::Compiled;
use crate::evaluation::plan::Wanted;
use crate::evaluation::{Chosen, Draw, Evaluator, Plan, Precision};
use crate::finding::{Finding, Findings, Place};
use crate::phrases::Text;
use crate::questions::question::{Means, Model, OfModel};
use crate::questions::{Failure, unless_interrupted};
use crate::run::Prepared;
use crate::solver::SolveOptions;
use crate::sweep::store::{Existing, Store};
use crate::sweep::summary::{Summary, summarise};
use crate::sweep::{self as sweeps, DrawsFormat, Manifest};
use crate::uncertainty::{self, Action, Sampling};
use crate::units::{Decimal, Exact, split_unit};

/// Most values of one grid.
const GRID_MAX: u64 = 100_000;

/// Scenarios to sweep over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields, default)]
pub struct Sweep {
    /// Number of draws; default the model's, or 1000.
    #[schemars(range(min = 1))]
    #[arg(long)]
    pub draws: Option<u64>,
    /// Seed; default the model's, or 1.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Way of sampling; default the model's.
    #[arg(long)]
    pub sampling: Option<SamplingWord>,
    /// A grid instead of draws: `PATH=LOW..HIGH/STEPS` or `PATH=A,B,C` (also `*=` and `+=`).
    #[schemars(length(max = 100))]
    #[arg(long = "grid", value_name = "GRID")]
    pub grids: Vec<String>,
    /// Quantiles in per cent.
    #[schemars(length(max = 100))]
    #[arg(long, value_delimiter = ',', default_value = "5,25,50,75,95")]
    pub quantiles: Vec<String>,
    /// Rounds every draw under the hard rules, as `allocate` does; slower.
    #[arg(long)]
    pub exact: bool,
}

impl Default for Sweep {
    fn default() -> Self {
        let quantiles = ["5", "25", "50", "75", "95"].map(str::to_owned).to_vec();
        Self { draws: None, seed: None, sampling: None, grids: Vec::new(), quantiles, exact: false }
    }
}

/// A way of sampling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum SamplingWord {
    /// Independent points.
    Random,
    /// Latin hypercube.
    LatinHypercube,
    /// Sobol sequence with a random digital shift.
    Sobol,
    /// Every combination of the inputs' grids.
    Grid,
}

impl Sweep {
    /// The scenarios that it asks for.
    ///
    /// # Errors
    /// Grids of another form, or that do not fit the model.
    pub fn plan(&self, prepared: &Prepared) -> Result<Plan, Findings> {
        let grids = self.grids.iter().map(|text| grid(text)).collect::<Result<Vec<_>, _>>()?;
        let wanted = Wanted { draws: self.draws, seed: self.seed, sampling: self.sampling.map(sampling), grids };
        Plan::new(prepared, &wanted)
    }

    /// How exactly each scenario is answered.
    pub fn precision(&self) -> Precision {
        if self.exact { Precision::Exact } else { Precision::Plan }
    }
}

fn sampling(word: SamplingWord) -> Sampling {
    match word {
        SamplingWord::Random => Sampling::Random,
        SamplingWord::LatinHypercube => Sampling::LatinHypercube,
        SamplingWord::Sobol => Sampling::Sobol,
        SamplingWord::Grid => Sampling::Grid,
    }
}

impl OfModel for Sweep {
    type Answer = Summary;

    /// The draws themselves are not kept.
    fn answer(&self, model: Model, means: &mut Means<'_>) -> Result<Summary, Failure> {
        let levels = levels(&self.quantiles)?;
        let prepared = model.prepared;
        let plan = self.plan(&prepared)?;
        means.within(plan.draws, "--draws")?;
        let manifest = Manifest::new(&prepared, &plan, DrawsFormat::Parquet, self.precision());
        let mut store = Store::open(&means.spool, &manifest, Existing::Refuse)?;
        let stop = means.options.interrupt.clone().unwrap_or_default();
        let job = sweeps::Sweep { prepared: &prepared, plan: &plan, threads: means.threads, stop: &stop };
        let (solving, draws) = ((self.precision(), &means.options), plan.draws);
        let told = &mut *means.told;
        let summary = sweep(&job, &mut store, (&levels, solving), &mut |done| told(done, draws))?;
        unless_interrupted(summary, &means.options)
    }
}

/// Answers every scenario of a sweep into a store and sums them up; one that is stopped is summed up over what is done.
///
/// # Errors
/// A model that does not compile, or a store that cannot be written or read.
pub fn sweep(
    job: &sweeps::Sweep<'_>,
    store: &mut Store,
    (levels, (precision, options)): (&[Decimal], (Precision, &SolveOptions)),
    told: &mut dyn FnMut(u64),
) -> Result<Summary, Failure> {
    let compiled = Compiled::new(job.prepared.clone())?;
    let evaluator = || Chosen::new(&compiled, precision, options);
    let done = sweeps::run(job, store, &evaluator, told)?;
    store.trim(done)?;
    let base = match evaluator().evaluate(&[]) {
        Draw::Solved(answer) => Some(*answer),
        _ => None,
    };
    Ok(summarise((job.prepared, job.plan), (store, done), levels, base.as_ref())?)
}

/// Levels of quantiles from per cents.
///
/// # Errors
/// A text that is no per cent.
pub fn levels(texts: &[String]) -> Result<Vec<Decimal>, Finding> {
    let level = |text: &String| -> Result<Decimal, Finding> {
        let refuse = || Finding::error("sweep.level", Place::file("--quantiles")).with("value", text);
        let percent = Decimal::parse(text.trim().trim_end_matches('%')).map_err(|_| refuse())?;
        let exact = percent.exact() / Exact::from_integer(100.into());
        let found = Decimal::from_exact(&exact, 12, false).filter(|found| found.exact() == exact);
        found.filter(|level| !level.is_negative() && *level <= Decimal::ONE).ok_or_else(refuse)
    };
    texts.iter().map(level).collect()
}

/// `fund.district.amount=1亿元..1.5亿元/11`, `rule.corridor.between[1]=1.2,1.3,1.4`, `data.gep*=0.9..1.1/5`.
///
/// # Errors
/// A text of another form.
fn grid(text: &str) -> Result<uncertainty::Input, Finding> {
    let refuse = || Finding::error("sweep.grid_form", Place::file("--grid")).with("text", text);
    let (left, values) = split_at_sign(text).ok_or_else(refuse)?;
    let (path, action) = match (left.strip_suffix('*'), left.strip_suffix('+')) {
        (Some(path), _) => (path, Action::Scale),
        (_, Some(path)) => (path, Action::Add),
        _ => (left, Action::Set),
    };
    let path = path.trim();
    let (grid, unit) = values_of(values.trim()).filter(|(grid, _)| !grid.is_empty()).ok_or_else(refuse)?;
    if path.is_empty() || (action == Action::Scale && !unit.is_empty()) {
        return Err(refuse());
    }
    Ok(uncertainty::Input {
        id: path.to_owned(),
        label: Text::same(path),
        path: path.to_owned(),
        action,
        distribution: None,
        unit,
        grid,
        line: 0,
        place: String::new(),
    })
}

/// Splits at the first `=` outside brackets.
fn split_at_sign(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0;
    let at = text.char_indices().find(|(_, c)| {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        *c == '=' && depth == 0
    });
    let at = at?.0;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// `LOW..HIGH/STEPS` or `A,B,C`, with their common unit.
fn values_of(text: &str) -> Option<(Vec<Decimal>, String)> {
    let number = |text: &str| -> Option<(Decimal, String)> {
        let (digits, unit) = split_unit(text);
        Some((Decimal::parse(digits).ok()?, unit.to_owned()))
    };
    if let Some((low, rest)) = text.split_once("..") {
        let (high, steps) = rest.rsplit_once('/')?;
        let ((low, unit), (high, other)) = (number(low)?, number(high)?);
        let grid = between(low, high, steps.trim().parse().ok()?)?;
        return (unit == other).then_some((grid, unit));
    }
    let (grid, units): (Vec<Decimal>, Vec<String>) =
        text.split(',').map(number).collect::<Option<Vec<_>>>()?.into_iter().unzip();
    let unit = units.first()?.clone();
    units.iter().all(|other| *other == unit).then_some((grid, unit))
}

/// Evenly spaced values, both ends included; exact to twelve decimals.
fn between(low: Decimal, high: Decimal, steps: u64) -> Option<Vec<Decimal>> {
    if steps == 0 || steps > GRID_MAX || (steps == 1 && low != high) {
        return None;
    }
    let whole = |number: u64| Exact::from_integer(number.into());
    let step = (high.exact() - low.exact()) / whole((steps - 1).max(1));
    (0..steps).map(|at| Decimal::from_exact(&(low.exact() + &step * whole(at)), 12, false)).collect()
}
