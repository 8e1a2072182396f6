//! What a sweep's folder holds: enough to know whether another run may go on with it.

use serde::{Deserialize, Serialize};

use crate::document::ENGINE;
use crate::evaluation::{Plan, Precision};
use crate::finding::{Finding, Place};
use crate::run::Prepared;
use crate::sweep::layout::PART;
use crate::uncertainty::Sampling;

/// Form of the stored draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DrawsFormat {
    /// Apache Parquet.
    Parquet,
    /// Comma-separated text.
    Csv,
}

impl DrawsFormat {
    /// Ending of the files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
        }
    }
}

/// The identity of a sweep; written before its first draw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Engine and version.
    pub engine: String,
    /// Content hash of model, data and changes.
    pub hash: String,
    /// Digest of the inputs that move.
    pub inputs: Vec<String>,
    /// Way of sampling.
    pub sampling: String,
    /// Seed.
    pub seed: u64,
    /// Number of draws.
    pub draws: u64,
    /// Draws in a full part.
    pub part: u64,
    /// Form of the stored draws.
    pub format: DrawsFormat,
    /// `plan`: certified plans before rounding; `exact`: rounded as by an allocation.
    pub amounts: String,
}

impl Manifest {
    /// The manifest of a plan.
    pub fn new(prepared: &Prepared, plan: &Plan, format: DrawsFormat, precision: Precision) -> Self {
        let input = |input: &crate::uncertainty::Input| {
            let grid = input.grid.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            let law = match plan.sampling {
                Sampling::Grid => format!("[{grid}]"),
                _ => input.distribution.as_ref().map_or("", |distribution| distribution.word()).to_owned(),
            };
            format!("{}: {} {} {law} {}", input.id, input.path, input.action.word(), input.unit).trim_end().to_owned()
        };
        Self {
            engine: ENGINE.to_owned(),
            hash: prepared.hash.clone(),
            inputs: plan.inputs.list().iter().map(input).collect(),
            sampling: plan.sampling.word().to_owned(),
            seed: plan.seed,
            draws: plan.draws,
            part: PART,
            format,
            amounts: precision.word().to_owned(),
        }
    }

    /// Whether a run of this manifest may go on with the draws of `earlier`.
    ///
    /// More draws may follow where draw `k` does not depend on their number.
    ///
    /// # Errors
    /// What differs.
    pub fn continues(&self, earlier: &Self, place: Place) -> Result<(), Finding> {
        let grows =
            self.draws >= earlier.draws && [Sampling::Random.word(), Sampling::Sobol.word()].contains(&&*self.sampling);
        let same_draws = self.draws == earlier.draws || grows;
        let differences = [
            ("engine", self.engine != earlier.engine),
            ("model", self.hash != earlier.hash),
            ("inputs", self.inputs != earlier.inputs),
            ("sampling", self.sampling != earlier.sampling),
            ("amounts", self.amounts != earlier.amounts),
            ("seed", self.seed != earlier.seed),
            ("draws", !same_draws),
            ("draws-format", self.format != earlier.format || self.part != earlier.part),
        ];
        let names: Vec<&str> = differences.iter().filter(|(_, differs)| *differs).map(|(name, _)| *name).collect();
        if names.is_empty() {
            return Ok(());
        }
        Err(Finding::error("sweep.other_sweep", place).with("what", names.join(", ")))
    }
}
