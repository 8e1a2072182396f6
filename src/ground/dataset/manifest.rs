//! `dataset.toml`: the name of a dataset, its tables, and how far each column can be trusted.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::dataset::columns::is_standard;
use crate::dataset::{Provenance, Quantity};
use crate::document::reasons;
use crate::finding::{Finding, FindingLog, Place, nearest};
use crate::phrases::{Text, is_steering};

/// Years that a year of data or a budget may be.
pub const YEARS: std::ops::RangeInclusive<i64> = 1949..=2100;

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
    year: Option<i64>,
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
    /// The manifest among the files of a dataset; an empty one where there is none.
    pub fn find(files: &[(String, Vec<u8>)]) -> Result<Self, Finding> {
        let Some((file, bytes)) = files.iter().find(|(file, _)| file.to_lowercase() == "dataset.toml") else {
            return Ok(Self::default());
        };
        let place = Place::file(file);
        let text = std::str::from_utf8(bytes).map_err(|_| Finding::error("dataset.encoding", place.clone()))?;
        let form: Form = toml::from_str(text).map_err(|error: toml::de::Error| {
            let line = error.span().map_or(1, |span| 1 + text.bytes().take(span.start).filter(|b| *b == b'\n').count());
            let place = place.clone().row(u64::try_from(line).unwrap_or(0));
            Finding::error("dataset.manifest", place).with("why", reasons::form(error.message()))
        })?;
        if let Some(year) = form.year.filter(|year| !YEARS.contains(year)) {
            return Err(Finding::error("dataset.year", place.column("year")).with("year", year.to_string()));
        }
        let name = form.name.map(|name| match name {
            Name::Both(text) => text,
            Name::Same(text) => Text::same(text),
        });
        if let Some(name) = name.as_ref().filter(|name| name.zh.contains(is_steering) || name.en.contains(is_steering))
        {
            return Err(Finding::error("dataset.steering_characters", place.column("name")).with("value", &name.zh));
        }
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

    /// Outliers are accepted, and provenance is given, for columns that exist.
    pub fn check(&self, quantities: &BTreeMap<String, Quantity>, log: &mut FindingLog) {
        let is_known = |name: &str| quantities.contains_key(name) || is_standard(name);
        for name in self.accept_outliers.iter().filter(|name| !is_known(name)) {
            let place = Place::file(&self.file).column("accept_outliers");
            let list = || quantities.keys().cloned().collect::<Vec<_>>().join(", ");
            let like = nearest(name, quantities.keys().map(String::as_str)).map_or_else(list, str::to_owned);
            log.push(Finding::error("dataset.accept_unknown", place).with("name", name).with("like", like));
        }
        for name in self.provenance.keys().filter(|name| !quantities.contains_key(*name)) {
            let place = Place::file(&self.file).column(format!("provenance.{name}"));
            let list = || quantities.keys().cloned().collect::<Vec<_>>().join(", ");
            let like = nearest(name, quantities.keys().map(String::as_str)).map_or_else(list, str::to_owned);
            log.push(Finding::warning("dataset.provenance_unknown", place).with("name", name).with("like", like));
        }
    }
}
