//! What clients send and receive. Schemas are made from these types (`openapi`).

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::dataset::editing::{CellChange, CellDifference, RowLess, RowMore, TablePart};
use crate::http::limits::{MODEL_MAX, SCENARIO_MAX, WORKBOOK_MAX};
use crate::questions::{ChangeText, FindingPart};

/// Most changes, and most scenarios, of one question.
pub const LIST_MAX: usize = 200;
/// Most cells, and rows, of one change of data.
const CELLS_MAX: usize = 100_000;
/// A name of a model or dataset.
pub const NAME: &str = "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$";
/// A name, and a version where it is not the newest.
const REFERENCE: &str = "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}(@[1-9][0-9]{0,8})?$";

/// Which model: one of the service, its text, or the workbook that it stands in.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelRef {
    /// A model of the service, its newest version where none is named.
    Named(Named),
    /// A model file written out.
    Inline(Inline),
    /// A workbook that is a model.
    Workbook(Workbook),
}

/// A name, and a version where it is not the newest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Name in the service.
    #[schemars(regex(pattern = NAME))]
    pub name: String,
    /// Version; the newest where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub version: Option<u32>,
}

/// A model file written out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Inline {
    /// The model file (TOML).
    #[schemars(length(min = 1, max = MODEL_MAX))]
    pub text: String,
}

/// A workbook that is a model; where it holds data too, those are the data of the question unless it names others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Workbook {
    /// The workbook (.xlsx) in Base64.
    #[schemars(length(min = 1, max = WORKBOOK_MAX))]
    pub workbook: String,
}

impl Workbook {
    /// Its bytes; `None` where the text is no Base64.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        STANDARD.decode(&self.workbook).ok()
    }
}

impl Named {
    /// `NAME` or `NAME@VERSION`.
    fn parse(text: &str) -> Option<Self> {
        match text.split_once('@') {
            None => Some(Self { name: text.to_owned(), version: None }),
            Some((name, version)) => {
                let version = version.parse().ok().filter(|version| *version > 0)?;
                Some(Self { name: name.to_owned(), version: Some(version) })
            }
        }
    }
}

/// A reference: `NAME`, `NAME@VERSION`, a name with a version, or the thing itself under its own key.
trait Reference: Sized {
    /// Keys of the table form.
    const KEYS: &'static [&'static str];

    fn named(named: Named) -> Self;

    /// The thing itself, where that is what the table holds.
    fn written_out(table: &mut Table) -> Option<Self>;
}

/// The table form of any reference.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: Option<String>,
    version: Option<u32>,
    text: Option<String>,
    workbook: Option<String>,
    files: Option<BTreeMap<String, String>>,
}

struct ReferenceVisitor<R>(PhantomData<R>);

impl<'de, R: Reference> Visitor<'de> for ReferenceVisitor<R> {
    type Value = R;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or a map")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<R, E> {
        Named::parse(text).map(R::named).ok_or_else(|| E::custom("NAME@VERSION"))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<R, A::Error> {
        let mut table = Table::deserialize(MapAccessDeserializer::new(map))?;
        let itself = R::written_out(&mut table);
        let left =
            [("text", table.text.is_some()), ("workbook", table.workbook.is_some()), ("files", table.files.is_some())];
        if let Some((strange, _)) = left.into_iter().find(|(_, is_left)| *is_left) {
            return Err(de::Error::unknown_field(strange, R::KEYS));
        }
        match (table.name, itself) {
            (Some(name), None) => Ok(R::named(Named { name, version: table.version })),
            (None, Some(itself)) if table.version.is_none() => Ok(itself),
            (None, None) => Err(de::Error::missing_field("name")),
            _ => Err(de::Error::custom(R::KEYS.join(" | "))),
        }
    }
}

impl Reference for ModelRef {
    const KEYS: &'static [&'static str] = &["name", "version", "text", "workbook"];

    fn named(named: Named) -> Self {
        Self::Named(named)
    }

    fn written_out(table: &mut Table) -> Option<Self> {
        let text = table.text.take().map(|text| Self::Inline(Inline { text }));
        // Of both one is left, and is refused.
        text.or_else(|| table.workbook.take().map(|workbook| Self::Workbook(Workbook { workbook })))
    }
}

impl<'de> Deserialize<'de> for ModelRef {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_any(ReferenceVisitor(PhantomData))
    }
}

impl Serialize for ModelRef {
    fn serialize<S: serde::Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Named(named) => named.serialize(writer),
            Self::Inline(inline) => inline.serialize(writer),
            Self::Workbook(workbook) => workbook.serialize(writer),
        }
    }
}

impl JsonSchema for ModelRef {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ModelRef".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A model of the service (`NAME`, `NAME@VERSION`, or name and version), a model file written out, or a workbook that is a model.",
            "oneOf": [
                { "type": "string", "pattern": REFERENCE },
                generator.subschema_for::<Named>(),
                generator.subschema_for::<Inline>(),
                generator.subschema_for::<Workbook>(),
            ],
        })
    }
}

/// Which data: a dataset of the service, or files written out.
#[derive(Debug, Clone, PartialEq)]
pub enum DataRef {
    /// A dataset of the service, its newest version where none is named.
    Dataset(Named),
    /// CSV text (or `dataset.toml`) by file name.
    Files(Files),
}

/// The files of a dataset, written out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// Text by file name: `areas.csv`, `cells.csv`, and `dataset.toml` where it has one.
    pub files: BTreeMap<String, String>,
}

impl Reference for DataRef {
    const KEYS: &'static [&'static str] = &["name", "version", "files"];

    fn named(named: Named) -> Self {
        Self::Dataset(named)
    }

    fn written_out(table: &mut Table) -> Option<Self> {
        table.files.take().map(|files| Self::Files(Files { files }))
    }
}

impl<'de> Deserialize<'de> for DataRef {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_any(ReferenceVisitor(PhantomData))
    }
}

impl Serialize for DataRef {
    fn serialize<S: serde::Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Dataset(named) => named.serialize(writer),
            Self::Files(files) => files.serialize(writer),
        }
    }
}

impl JsonSchema for DataRef {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "DataRef".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A dataset of the service (`NAME`, `NAME@VERSION`, or name and version), or its files written out.",
            "oneOf": [
                { "type": "string", "pattern": REFERENCE },
                generator.subschema_for::<Named>(),
                generator.subschema_for::<Files>(),
            ],
        })
    }
}

/// A what-if: a model, its data where they are not the model's own, and changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WhatIf {
    /// The model.
    pub model: ModelRef,
    /// Data instead of those that the model names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<DataRef>,
    /// Scenarios laid over the model, in order: a name, names joined by `+`, or changes written out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = LIST_MAX), inner(length(max = SCENARIO_MAX)))]
    pub scenarios: Vec<String>,
    /// Changes, after the scenarios.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = LIST_MAX))]
    pub changes: Vec<ChangeText>,
}

/// A question about a model under changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "{Q}Question")]
pub struct Analysis<Q> {
    /// The model.
    pub model: ModelRef,
    /// Data instead of those that the model names.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub data: Option<DataRef>,
    /// Scenarios laid over the model, in order (of a robust plan: the scenarios that it must hold under).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = LIST_MAX), inner(length(max = SCENARIO_MAX)))]
    pub scenarios: Vec<String>,
    /// Changes, after the scenarios.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = LIST_MAX))]
    pub changes: Vec<ChangeText>,
    /// What is asked of it.
    pub question: Q,
}

fn none() -> Option<DataRef> {
    None
}

impl<Q> Analysis<Q> {
    /// The model and its changes, and the question.
    pub fn split(self) -> (WhatIf, Q) {
        let Self { model, data, scenarios, changes, question } = self;
        (WhatIf { model, data, scenarios, changes }, question)
    }
}

/// A comparison: scenarios of one model, or runs of the service that share model and data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ComparisonQuestion")]
pub struct Comparison {
    /// The model whose scenarios are compared; left out where runs are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelRef>,
    /// Data instead of those that the model names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<DataRef>,
    /// Scenarios: a name, names joined by `+`, `base`, or changes written out (`[NAME:] CHANGE; CHANGE`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), inner(length(max = SCENARIO_MAX)))]
    pub scenarios: Vec<String>,
    /// Changes on top of every scenario.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = LIST_MAX))]
    pub changes: Vec<ChangeText>,
    /// Ids of runs of one model and its data, compared in this order; left out where scenarios are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), inner(length(max = 64)))]
    pub runs: Vec<String>,
    /// Puts the model as it stands first; so does a comparison of one scenario alone.
    #[serde(default)]
    pub base: bool,
    /// Attributes each difference against the first column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<crate::questions::Attribute>,
}

/// Changes to be written into a new version of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelChanges {
    /// Model that they are changes of; left out, the newest version of the name itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<ModelRef>,
    /// Scenarios, in order: a name, names joined by `+`, or changes written out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = LIST_MAX), inner(length(max = SCENARIO_MAX)))]
    pub scenarios: Vec<String>,
    /// Changes, after the scenarios.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = LIST_MAX))]
    pub changes: Vec<ChangeText>,
}

/// Cells and rows of a dataset to be changed in a new version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatasetChanges {
    /// Dataset that they are changes of; left out, the newest version of the name itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Named>,
    /// Cells with another value, numbered as in that version.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = CELLS_MAX))]
    pub cells: Vec<CellChange>,
    /// Rows less.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = CELLS_MAX))]
    pub less: Vec<RowLess>,
    /// Rows more, after the last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = CELLS_MAX))]
    pub more: Vec<RowMore>,
    /// Where the changes come from; left out, as the version that they are changes of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 10_000))]
    pub provenance: Option<String>,
}

/// The tables of a dataset as cells.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DatasetTables {
    /// Name.
    pub name: String,
    /// Version.
    pub version: i64,
    /// Whether it is one of those that the service ships, which nobody changes.
    pub read_only: bool,
    /// The tables: areas, then cells.
    pub tables: Vec<TablePart>,
}

/// What data would come to if they were kept.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DatasetCheck {
    /// Whether a model could read them.
    pub valid: bool,
    /// Everything that is wrong or strange, by file, sheet, row and column.
    pub findings: Vec<FindingPart>,
    /// The tables as they were read: areas, then cells; empty where their form is wrong.
    pub tables: Vec<TablePart>,
    /// What differs from the version that they are compared with; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub differences: Option<Vec<CellDifference>>,
}

/// What differs between two versions of a dataset.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DatasetDifferences {
    /// Name.
    pub name: String,
    /// Version before.
    pub from: i64,
    /// Version after.
    pub version: i64,
    /// Cells that differ, by code, ecosystem and header.
    pub differences: Vec<CellDifference>,
}

/// What changes come to, before anything is solved.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DifferenceList {
    /// Every value and figure that differs, before and after.
    pub differences: Vec<crate::scenario::Difference>,
    /// Number that the run would have.
    pub hash: String,
    /// The model file with the changes of the model written in; its comments stay.
    pub text: String,
}

/// The document of an analysis, or why there is none: no plan meets the hard rules.
#[derive(Debug)]
pub struct Possible<A>(PhantomData<A>);

impl<A: JsonSchema> JsonSchema for Possible<A> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Possible{}", A::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [generator.subschema_for::<A>(), generator.subschema_for::<crate::questions::Failed>()],
        })
    }
}
