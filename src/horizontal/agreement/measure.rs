//! Measures: one number a year, or one a section and year, that clauses look at.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agreement::data::{MissingIndicator, MissingVolume};
use crate::agreement::rounding::Rounding;
use crate::agreement::written::{Label, Number};
use crate::phrases::Text;
use crate::units::Exact;

/// One number a year, computed or given as published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Short name, also the name in monitoring files: `P`.
    pub id: String,
    /// Printed name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Label>,
    /// Rounding of its value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<Rounding>,
    /// Exactly one of the kinds: a pollution index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<Index>,
    /// Yearly mean of one indicator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concentration: Option<Concentration>,
    /// Class of the yearly means, by the worst indicator: 1 to 6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<WaterClass>,
    /// Share of section-months that reach their target class (达标率), 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compliance: Option<WaterClass>,
    /// Water that passes in a year, in m³.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<Volume>,
    /// Given by the monitoring file and never computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<Given>,
}

/// P = k0 · Σ k_i · C_i / C_i0 (新安江), or the worst ratio.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Stability coefficient (水质稳定系数) k0.
    pub k0: Number,
    /// Sections; all where none is named.
    #[serde(default)]
    pub sections: Vec<String>,
    /// What becomes of several sections.
    #[serde(default)]
    pub stations: Stations,
    /// How the terms come together.
    #[serde(default)]
    pub combine: Combine,
    /// Its terms.
    pub term: Vec<Term>,
}

/// One indicator of an index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// The indicator.
    pub indicator: String,
    /// Its weight k_i; the weights of an index sum to 1.
    pub weight: Number,
    /// Its baseline C_i0, in the unit of the indicator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Number>,
    /// Years whose mean is the baseline; their data stand in the monitoring files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_years: Option<Vec<i32>>,
}

/// How the terms of an index come together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Combine {
    /// k0 · Σ k_i · C_i / C_i0.
    #[default]
    WeightedSum,
    /// k0 · max C_i / C_i0; weights only say which indicators count.
    Worst,
}

/// What becomes of several sections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stations {
    /// The mean of their yearly means.
    #[default]
    Mean,
    /// Each by itself: clauses are settled for every section.
    Each,
}

/// Yearly mean of one indicator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Concentration {
    /// The indicator.
    pub indicator: String,
    /// Sections; all where none is named.
    #[serde(default)]
    pub sections: Vec<String>,
    /// What becomes of several sections.
    #[serde(default)]
    pub stations: Stations,
}

/// Classes of sections by several indicators.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaterClass {
    /// Sections; all where none is named.
    #[serde(default)]
    pub sections: Vec<String>,
    /// Indicators; all where none is named.
    #[serde(default)]
    pub indicators: Vec<String>,
    /// What becomes of several sections: for a rate all section-months together, for a class the worst.
    #[serde(default)]
    pub stations: Stations,
    /// Where an indicator is missing and others are there, in place of what `data` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_indicator: Option<MissingIndicator>,
    /// Of a rate: a month no worse than the reference section counts as reached.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_worse_than_reference: bool,
}

/// Water that passes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    /// Sections, summed; all where none is named.
    #[serde(default)]
    pub sections: Vec<String>,
    /// A month without a volume, in place of what `data` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_volume: Option<MissingVolume>,
}

/// A number that the monitoring file gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// Least value it can have, for the check that tiers leave no gap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least: Option<Number>,
    /// Most value it can have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<Number>,
    /// Whether there is one value a section.
    #[serde(default)]
    pub stations: Stations,
}

/// The kind of a measure with its parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MeasureKind<'a> {
    /// A pollution index.
    Index(&'a Index),
    /// A yearly mean.
    Concentration(&'a Concentration),
    /// A class of water.
    Class(&'a WaterClass),
    /// A rate of compliance.
    Compliance(&'a WaterClass),
    /// A volume of water.
    Volume(&'a Volume),
    /// Given by the file.
    Given(&'a Given),
}

impl Measure {
    /// The kinds that the file gives; a sound measure has one.
    pub(super) fn kinds(&self) -> Vec<MeasureKind<'_>> {
        let kinds = [
            self.index.as_ref().map(MeasureKind::Index),
            self.concentration.as_ref().map(MeasureKind::Concentration),
            self.class.as_ref().map(MeasureKind::Class),
            self.compliance.as_ref().map(MeasureKind::Compliance),
            self.volume.as_ref().map(MeasureKind::Volume),
            self.given.as_ref().map(MeasureKind::Given),
        ];
        kinds.into_iter().flatten().collect()
    }

    /// Its kind; `None` only where none is given, which the check refuses.
    pub fn kind(&self) -> Option<MeasureKind<'_>> {
        self.kinds().into_iter().next()
    }

    /// Printed name.
    pub fn label(&self) -> Text {
        self.name.as_ref().map_or_else(|| Text::same(&self.id), |name| name.0.clone())
    }

    /// How it is written in a formula: its id where that is a symbol such as `P`, else its name.
    pub fn symbol(&self) -> Text {
        if self.id.chars().count() <= 2 { Text::same(&self.id) } else { self.label() }
    }

    /// Whether it has one value a section.
    pub fn is_by_section(&self) -> bool {
        match self.kind() {
            Some(MeasureKind::Index(part)) => part.stations == Stations::Each,
            Some(MeasureKind::Concentration(part)) => part.stations == Stations::Each,
            Some(MeasureKind::Class(part) | MeasureKind::Compliance(part)) => part.stations == Stations::Each,
            Some(MeasureKind::Given(part)) => part.stations == Stations::Each,
            Some(MeasureKind::Volume(_)) | None => false,
        }
    }

    /// Least and most value it can have.
    pub fn range(&self) -> (Option<Exact>, Option<Exact>) {
        let whole = |value: i64| Some(Exact::from_integer(value.into()));
        match self.kind() {
            Some(MeasureKind::Class(_)) => (whole(1), whole(6)),
            Some(MeasureKind::Compliance(_)) => (whole(0), whole(1)),
            Some(MeasureKind::Given(part)) => {
                (part.least.as_ref().map(|end| end.0.clone()), part.most.as_ref().map(|end| end.0.clone()))
            }
            _ => (whole(0), None),
        }
    }
}
