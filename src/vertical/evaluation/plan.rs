//! A numbered set of scenarios of one model: scenario `k` is a function of the plan and `k` alone.

use crate::evaluation::direct::stage_kinds;
use crate::evaluation::{Drawn, Inputs};
use crate::finding::{Finding, Findings, Place};
use crate::run::Prepared;
use crate::uncertainty::sampling::DIMENSIONS_MAX;
use crate::uncertainty::{Design, Input, Sampling, Uncertainty, grid_point, grid_size};

/// What the user asks of a set of scenarios; what is left open the model decides.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Number of draws.
    pub draws: Option<u64>,
    /// Seed.
    pub seed: Option<u64>,
    /// Way of sampling.
    pub sampling: Option<Sampling>,
    /// Grids given beside the model; where there are any, the model's uncertainties are left aside.
    pub grids: Vec<Input>,
}

/// The scenarios.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The inputs that move.
    pub inputs: Inputs,
    /// Number of scenarios.
    pub draws: u64,
    /// Seed of the draws.
    pub seed: u64,
    /// Way of sampling.
    pub sampling: Sampling,
    /// Kinds of the stages of the model.
    pub stages: Vec<&'static str>,
    points: Points,
}

#[derive(Debug, Clone)]
enum Points {
    Drawn(Box<Design>),
    Grid(Vec<Vec<f64>>),
}

impl Plan {
    /// The scenarios of a model.
    ///
    /// # Errors
    /// No uncertainties, zero draws, inputs that do not fit the model, the sampling or each other.
    pub fn new(prepared: &Prepared, wanted: &Wanted) -> Result<Self, Findings> {
        let declared = prepared.problem.uncertainty.as_ref();
        let seed = wanted.seed.or(declared.map(|declared| declared.seed)).unwrap_or(1);
        if !wanted.grids.is_empty() {
            return Self::grid(prepared, seed, wanted.grids.clone());
        }
        let declared = declared.ok_or_else(|| none_declared(prepared, "sweep.none_declared"))?;
        let sampling = wanted.sampling.unwrap_or(declared.sampling);
        if sampling == Sampling::Grid {
            return Self::grid(prepared, seed, declared.inputs.clone());
        }
        let draws = wanted.draws.unwrap_or(declared.draws);
        if draws == 0 {
            return Err(Finding::error("sweep.zero_draws", Place::file("--draws")).into());
        }
        let points = Points::Drawn(Box::new(design(prepared, declared, (sampling, seed, draws))?));
        let inputs = Inputs::new(declared.inputs.clone(), prepared)?;
        Ok(Self { inputs, draws, seed, sampling, stages: stage_kinds(prepared), points })
    }

    fn grid(prepared: &Prepared, seed: u64, inputs: Vec<Input>) -> Result<Self, Findings> {
        let inputs: Vec<Input> = inputs.into_iter().filter(|input| !input.grid.is_empty()).collect();
        let place = || Place::file(&prepared.model_file).column("uncertainty.input");
        if inputs.is_empty() {
            return Err(Finding::error("sweep.no_grid", place()).into());
        }
        let values = |input: &Input| input.grid.iter().map(|value| value.to_f64()).collect();
        let grids: Vec<Vec<f64>> = inputs.iter().map(values).collect();
        let draws = grid_size(&grids).ok_or_else(|| Finding::error("sweep.grid_too_large", place()))?;
        let inputs = Inputs::new(inputs, prepared)?;
        let stages = stage_kinds(prepared);
        Ok(Self { inputs, draws, seed, sampling: Sampling::Grid, stages, points: Points::Grid(grids) })
    }

    /// Scenario `k`: the values of the inputs and the changes they make.
    pub fn scenario(&self, k: u64) -> Drawn {
        self.inputs.drawn(&match &self.points {
            Points::Drawn(design) => design.point(k),
            Points::Grid(grids) => grid_point(grids, k),
        })
    }
}

/// A finding that the model declares no uncertainties, with lines that declare one: the first fund, a tenth up or down. `code` is
/// that of whoever needs them.
pub fn none_declared(prepared: &Prepared, code: &'static str) -> Finding {
    let fund = prepared.problem.frame.funds.first().map_or("ID", |fund| fund.id.as_str());
    let line = format!(
        "input = [{{ id = \"budget\", path = \"fund.{fund}.amount\", op = \"scale\", distribution = \"uniform\", low = 0.9, high = 1.1 }}]"
    );
    Finding::error(code, Place::file(&prepared.model_file).column("uncertainty")).with("line", line)
}

fn design(
    prepared: &Prepared,
    declared: &Uncertainty,
    (sampling, seed, draws): (Sampling, u64, u64),
) -> Result<Design, Findings> {
    if let Some(input) = declared.inputs.iter().find(|input| input.distribution.is_none()) {
        let place = prepared.place(input.line, &input.place);
        return Err(Finding::error("sweep.no_distribution", place).with("input", &input.id).into());
    }
    Design::new(declared, sampling, seed, draws).ok_or_else(|| {
        Finding::error("sweep.too_many_inputs", Place::file(&prepared.model_file).column("uncertainty.input"))
            .with("most", DIMENSIONS_MAX.to_string())
            .into()
    })
}
