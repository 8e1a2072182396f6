//! `dataset.toml`: the name of a dataset, its tables, and how far each column can be trusted.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::dataset::read::Source;
use crate::dataset::{Provenance, Quantity};
use crate::finding::{Finding, Place, nearest};
use crate::phrases::Text;

/// What the manifest says; everything is optional.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    pub file: String,
    pub name: Option<Text>,
    pub areas: Option<String>,
    pub cells: Option<String>,
    pub illustrative: bool,
    pub provenance: BTreeMap<String, Provenance>,
    pub accept_outliers: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    name: Option<Name>,
    #[serde(rename = "year")]
    _year: Option<i64>,
    #[serde(rename = "note")]
    _note: Option<String>,
    illustrative: Option<bool>,
    #[serde(default)]
    accept_outliers: Vec<String>,
    #[serde(default)]
    tables: Tables,
    #[serde(default)]
    provenance: BTreeMap<String, Provenance>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Tables {
    areas: Option<String>,
    cells: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Name {
    Both(Text),
    Same(String),
}

impl Manifest {
    /// The manifest among the files of a source; an empty one where there is none.
    pub fn find(source: &Source) -> Result<Self, Finding> {
        let Some((file, bytes)) = source.files.iter().find(|(file, _)| file.to_lowercase() == "dataset.toml") else {
            return Ok(Self::default());
        };
        let place = Place::file(file);
        let text = std::str::from_utf8(bytes).map_err(|_| Finding::error("dataset.encoding", place.clone()))?;
        let form: Form = toml::from_str(text).map_err(|error: toml::de::Error| {
            let line = error.span().map_or(1, |span| 1 + text.bytes().take(span.start).filter(|b| *b == b'\n').count());
            let place = place.clone().row(u64::try_from(line).unwrap_or(0));
            Finding::error("dataset.manifest", place).with("why", error.message())
        })?;
        let name = form.name.map(|name| match name {
            Name::Both(text) => text,
            Name::Same(text) => Text::same(text),
        });
        Ok(Self {
            file: file.clone(),
            name,
            areas: form.tables.areas,
            cells: form.tables.cells,
            illustrative: form.illustrative.unwrap_or(false),
            provenance: form.provenance,
            accept_outliers: form.accept_outliers,
        })
    }

    /// Provenance is given for columns that exist.
    pub fn check(&self, quantities: &BTreeMap<String, Quantity>, findings: &mut Vec<Finding>) {
        for name in self.provenance.keys().filter(|name| !quantities.contains_key(*name)) {
            let place = Place::file(&self.file).column(format!("provenance.{name}"));
            let like = nearest(name, quantities.keys().map(String::as_str)).unwrap_or("—");
            findings.push(Finding::warning("dataset.provenance_unknown", place).with("name", name).with("like", like));
        }
    }
}
