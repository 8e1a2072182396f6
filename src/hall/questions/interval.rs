//! Between which values one number of the model leaves a plan.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::curve::{Interval as Found, interval};
use crate::questions::Failure;
use crate::questions::question::{Means, Model, OfModel};

/// Between which values one number of the model leaves a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "IntervalQuestion")]
pub struct Interval {
    /// A number of the model file: `fund.district.amount`, `rule.corridor.between[0]`, …
    #[schemars(length(min = 1, max = 500))]
    #[arg(long)]
    pub path: String,
}

impl OfModel for Interval {
    type Answer = Found;

    fn answer(&self, model: Model, means: &mut Means<'_>) -> Result<Found, Failure> {
        interval(&model.prepared, &self.path, &means.options).map_err(|error| Failure::of(error, &means.options))
    }
}
