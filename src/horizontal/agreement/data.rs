//! How monitoring data become yearly figures: what is missing, below detection, there twice, or not named.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agreement::rounding::Rounding;

/// How monitoring data become yearly figures. What is not said here is an error where it is needed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataRules {
    /// What a value below the detection limit counts as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below_detection: Option<BelowDetection>,
    /// Mean of the months.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean: Option<Mean>,
    /// Months that may be missing; without it every month must be there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<Missing>,
    /// A month of which one indicator of a class is missing and others are there.
    #[serde(default)]
    pub missing_indicator: MissingIndicator,
    /// A month without a volume of water.
    #[serde(default)]
    pub missing_volume: MissingVolume,
    /// Further words of monitoring files that mean that nothing was measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent_words: Vec<String>,
    /// Several values of one month.
    #[serde(default)]
    pub duplicates: Duplicates,
    /// Sections that the agreement does not name.
    #[serde(default)]
    pub other_sections: Others,
    /// Indicators that the agreement does not name.
    #[serde(default)]
    pub other_indicators: Others,
    /// Rounding of the yearly mean of a concentration, before it enters an index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round_mean: Option<Rounding>,
    /// Values that look like a slip of units are accepted.
    #[serde(default)]
    pub accept_outliers: bool,
}

/// What a value below the detection limit counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BelowDetection {
    /// Half the limit, as the technical rules of surface water monitoring have it.
    Half,
    /// The limit.
    Limit,
    /// Zero.
    Zero,
}

/// Mean of the months of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mean {
    /// Σ C / n.
    Arithmetic,
    /// Σ C·Q / Σ Q over the volumes of the months.
    FlowWeighted,
}

/// Months that may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Missing {
    /// So many of twelve months must be there.
    pub at_least_months: u8,
    /// What takes their place.
    pub fill: Fill,
}

/// What takes the place of a missing month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fill {
    /// Nothing: the mean is that of the other months.
    LeaveOut,
    /// The straight line between the nearest months of the year that are there; at its ends the nearest one.
    Interpolate,
}

/// What becomes of a month of which one indicator of a class is missing and others are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MissingIndicator {
    /// It cannot be settled.
    #[default]
    Refuse,
    /// It counts as a month without data.
    SkipMonth,
    /// Its class is that of the indicators that are there; so is that of a year.
    Others,
}

/// What becomes of a month without a volume of water.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MissingVolume {
    /// It cannot be settled.
    #[default]
    Refuse,
    /// It is left out of the sum, and of a mean that is weighted by volumes.
    SkipMonth,
    /// The straight line between the nearest months of the year that have one; at its ends the nearest one.
    Interpolate,
}

/// Several values of one month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Duplicates {
    /// Are an error.
    #[default]
    Error,
    /// Count with their mean.
    Mean,
}

/// What the agreement does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Others {
    /// Is an error.
    #[default]
    Error,
    /// Is left aside, and said to be.
    Ignore,
}
