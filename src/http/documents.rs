//! What clients send and receive. Schemas are made from these types (`openapi`).

use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::http::limits::{MODEL_MAX, SCENARIO_MAX};
use crate::questions::ChangeText;

/// Most changes, and most scenarios, of one question.
pub const LIST_MAX: usize = 200;
/// A name of a model or dataset.
pub const NAME: &str = "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$";

/// Which model: one of the service, or its text.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelRef {
    /// A model of the service, its newest version where none is named.
    Named(Named),
    /// A model file written out.
    Inline(Inline),
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

impl<'de> Deserialize<'de> for ModelRef {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = ModelRef;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a map")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<ModelRef, E> {
                Named::parse(text).map(ModelRef::Named).ok_or_else(|| E::custom("NAME@VERSION"))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ModelRef, A::Error> {
                #[derive(Deserialize)]
                #[serde(deny_unknown_fields)]
                struct Either {
                    name: Option<String>,
                    version: Option<u32>,
                    text: Option<String>,
                }
                let either = Either::deserialize(MapAccessDeserializer::new(map))?;
                match (either.name, either.text) {
                    (Some(name), None) => Ok(ModelRef::Named(Named { name, version: either.version })),
                    (None, Some(text)) if either.version.is_none() => Ok(ModelRef::Inline(Inline { text })),
                    (None, None) => Err(serde::de::Error::missing_field("name")),
                    _ => Err(serde::de::Error::custom("name | text")),
                }
            }
        }
        reader.deserialize_any(Reader)
    }
}

impl Serialize for ModelRef {
    fn serialize<S: serde::Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Named(named) => named.serialize(writer),
            Self::Inline(inline) => inline.serialize(writer),
        }
    }
}

impl JsonSchema for ModelRef {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ModelRef".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A model of the service (`NAME`, `NAME@VERSION`, or name and version), or a model file written out.",
            "oneOf": [
                { "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}(@[1-9][0-9]{0,8})?$" },
                generator.subschema_for::<Named>(),
                generator.subschema_for::<Inline>(),
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

impl<'de> Deserialize<'de> for DataRef {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = DataRef;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a map")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<DataRef, E> {
                Named::parse(text).map(DataRef::Dataset).ok_or_else(|| E::custom("NAME@VERSION"))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<DataRef, A::Error> {
                #[derive(Deserialize)]
                #[serde(deny_unknown_fields)]
                struct Either {
                    name: Option<String>,
                    version: Option<u32>,
                    files: Option<BTreeMap<String, String>>,
                }
                let either = Either::deserialize(MapAccessDeserializer::new(map))?;
                match (either.name, either.files) {
                    (Some(name), None) => Ok(DataRef::Dataset(Named { name, version: either.version })),
                    (None, Some(files)) if either.version.is_none() => Ok(DataRef::Files(Files { files })),
                    (None, None) => Err(serde::de::Error::missing_field("name")),
                    _ => Err(serde::de::Error::custom("name | files")),
                }
            }
        }
        reader.deserialize_any(Reader)
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
                { "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}(@[1-9][0-9]{0,8})?$" },
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

/// The answer to a what-if: a record, or why there is none.
#[derive(Debug)]
pub struct Allocation;

impl JsonSchema for Allocation {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Allocation".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The record of an allocation, or of one that no plan meets: conflict and repairs.",
            "oneOf": [
                generator.subschema_for::<crate::record::Record>(),
                generator.subschema_for::<crate::questions::Failed>(),
            ],
        })
    }
}

/// The document of an analysis, or why there is none: no plan meets the hard rules.
#[derive(Debug)]
pub struct Possible<A>(std::marker::PhantomData<A>);

impl<A: JsonSchema> JsonSchema for Possible<A> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Possible{}", A::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [generator.subschema_for::<A>(), generator.subschema_for::<crate::questions::Failed>()],
        })
    }
}
