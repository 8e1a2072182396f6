//! Scenarios that users save, beside those that the service ships: what clients send and receive, and how they are found by name.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::finding::{Finding, Findings, Place};
use crate::http::documents::{LIST_MAX, NAME};
use crate::http::edge::problem::Problem;
use crate::http::failures::of_store;
use crate::http::library::is_name;
use crate::http::limits::SCENARIO_MAX;
use crate::http::state::Service;
use crate::phrases::Text;
use crate::questions::{self, ChangeText};
use crate::scenario::{self, ScenarioFile};
use crate::store::{SheetEntry, StoreError};

/// What sheets of scenarios are called in the store.
pub const SCENARIO: &str = "scenario";
/// Most scenarios that one question may lead to.
const MOST: usize = 200;

/// A scenario to save.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioBody {
    /// Printed name.
    pub title: Text,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// Whether its figures are made up.
    #[serde(default)]
    pub illustrative: bool,
    /// Scenarios that it stands on, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50), inner(regex(pattern = NAME)))]
    pub stack: Vec<String>,
    /// Its own changes, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = LIST_MAX))]
    pub changes: Vec<ChangeText>,
}

/// A scenario.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ScenarioDocument {
    /// Name by which questions call it.
    pub name: String,
    /// 1, 2, 3 …
    pub version: i64,
    /// Printed name.
    pub title: Text,
    /// Free text; empty where there is none.
    pub note: Text,
    /// Whether its figures are made up.
    pub illustrative: bool,
    /// Scenarios that it stands on, by name.
    pub stack: Vec<String>,
    /// Its own changes, in order, as sentences.
    pub changes: Vec<String>,
    /// Whether it is one of those that the service ships, which nobody changes.
    pub read_only: bool,
    /// Who put it; absent for one that the service ships.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// When it was put (RFC 3339); absent for one that the service ships.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
}

impl ScenarioDocument {
    /// A scenario file under its name.
    pub fn of(name: &str, file: ScenarioFile, entry: Option<&SheetEntry>) -> Self {
        Self {
            name: name.to_owned(),
            version: entry.map_or(1, |entry| entry.version),
            title: file.name.unwrap_or_else(|| Text::same(name)),
            note: file.note,
            illustrative: file.illustrative,
            stack: file.stack.into_iter().map(|(word, _)| word).collect(),
            changes: file.changes.into_iter().map(|change| change.text).collect(),
            read_only: entry.is_none(),
            author: entry.map(|entry| entry.author.clone()),
            created_at: entry.map(|entry| entry.created.to_string()),
        }
    }
}

impl ScenarioBody {
    /// The scenario file that it is.
    ///
    /// # Errors
    /// Everything that is no change, by pointer.
    pub fn file(&self) -> Result<String, Findings> {
        let changes = questions::parse(&self.changes, "/changes")?;
        if changes.is_empty() && self.stack.is_empty() {
            return Err(Finding::error("service.no_changes", Place::file("/changes")).into());
        }
        let parts: Vec<Value> = changes.iter().map(scenario::as_json).collect();
        let mut file = json!({ "name": self.title, "illustrative": self.illustrative, "change": parts });
        if let (Some(note), Some(members)) = (&self.note, file.as_object_mut()) {
            members.insert("note".to_owned(), json!(note));
        }
        if let (false, Some(members)) = (self.stack.is_empty(), file.as_object_mut()) {
            members.insert("stack".to_owned(), json!(self.stack));
        }
        Ok(file.to_string())
    }
}

/// Scenarios that are found by name: those of an organisation that a question leads to, beside those that the service ships.
#[derive(Debug, Clone, Default)]
pub struct Shelf {
    /// File name and text by name.
    files: BTreeMap<String, (String, String)>,
}

impl Shelf {
    /// File name and text of a scenario.
    pub fn get(&self, name: &str) -> Option<&(String, String)> {
        self.files.get(name)
    }

    /// Whether anything of it was asked for.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }
}

/// Names that words of a question may mean.
fn names_of(words: &[String]) -> BTreeSet<String> {
    let short = words.iter().filter(|word| word.len() <= SCENARIO_MAX && !scenario::is_inline(word));
    let parts = short.flat_map(|word| std::iter::once(word.as_str()).chain(word.split('+').map(str::trim)));
    parts.filter(|part| is_name(part)).map(str::to_owned).collect()
}

impl Service {
    /// Version of the newest sheet of a kind and name; `None` where there is none.
    ///
    /// # Errors
    /// What the store says.
    pub async fn newest_sheet(&self, org: &str, kind: &str, name: &str) -> Result<Option<i64>, Problem> {
        match self.store.sheet(org, kind, name, None).await {
            Ok(sheet) => Ok(Some(sheet.entry.version)),
            Err(StoreError::NotFound) => Ok(None),
            Err(error) => Err(of_store(error)),
        }
    }

    /// The saved scenarios that words lead to, with those that they stand on. What is shipped goes before what is saved.
    ///
    /// # Errors
    /// What the store says.
    pub async fn shelf(&self, org: &str, words: &[String]) -> Result<Shelf, Problem> {
        let mut shelf = Shelf::default();
        let mut wanted: Vec<String> = names_of(words).into_iter().collect();
        while let Some(name) = wanted.pop() {
            if self.library.has_scenario(&name) || shelf.files.contains_key(&name) || shelf.files.len() >= MOST {
                continue;
            }
            let sheet = match self.store.sheet(org, SCENARIO, &name, None).await {
                Ok(sheet) => sheet,
                Err(StoreError::NotFound) => continue,
                Err(error) => return Err(of_store(error)),
            };
            let file = format!("{name}.json");
            if let Ok(read) = scenario::read(&sheet.text, &file) {
                wanted.extend(read.stack.into_iter().map(|(word, _)| word));
            }
            shelf.files.insert(name, (file, sheet.text));
        }
        Ok(shelf)
    }
}
