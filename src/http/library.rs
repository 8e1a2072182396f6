//! The models, scenarios and datasets that a folder ships: read once at the start, never written.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::dataset::Source;
use crate::files;
use crate::finding::{Finding, Findings, Place, nearest};
use crate::http::limits;
use crate::http::shelf::Shelf;
use crate::run;
use crate::scenario::{self, Loaded, Scenario, Wanted};

/// Most files of a kind that are read.
const FILES_MAX: usize = 1000;
/// What stands before a model's file name, in findings as in references.
pub const FOLDER: &str = "models";

/// What a model folder ships.
#[derive(Debug, Default)]
pub struct Library {
    /// Model texts by name.
    pub models: BTreeMap<String, String>,
    /// Datasets by name.
    pub datasets: BTreeMap<String, Arc<Source>>,
    /// Accounts by the path that a model calls them.
    accounts: BTreeMap<String, Source>,
    /// Scenario files by name: file name and text.
    scenarios: BTreeMap<String, (String, String)>,
}

/// Whether a word may name a model, dataset or scenario: letters, digits, `.`, `_`, `-`, none of which leads out of a folder.
pub fn is_name(word: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    word.len() <= 100
        && word.bytes().all(plain)
        && word.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
}

/// Files of a folder with one of these endings, by name without it; links that lead out of the folder are left aside.
fn named(folder: &Path, endings: &[&str]) -> Vec<(String, PathBuf)> {
    let Ok(root) = fs::canonicalize(folder) else { return Vec::new() };
    let Ok(entries) = fs::read_dir(&root) else { return Vec::new() };
    let mut found: Vec<(String, PathBuf)> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|found| endings.iter().any(|ending| found == *ending)))
        .filter(|path| fs::canonicalize(path).is_ok_and(|real| real.starts_with(&root) && real.is_file()))
        .filter_map(|path| Some((path.file_stem()?.to_str()?.to_owned(), path)))
        .filter(|(name, _)| is_name(name))
        .collect();
    found.sort();
    found.truncate(FILES_MAX);
    found
}

impl Library {
    /// Reads a model folder, its `scenarios/`, and the `datasets/` beside it.
    ///
    /// # Errors
    /// The folder is none, or a file in it cannot be read.
    pub fn open(folder: &Path) -> Result<Self, Findings> {
        if !folder.is_dir() {
            return Err(Finding::error("service.no_folder", Place::file(folder.display().to_string())).into());
        }
        let (mut library, mut findings) = (Self::default(), Vec::new());
        for (name, path) in named(folder, &["toml"]) {
            match files::read_text_whole(&path) {
                Ok(text) => drop(library.models.insert(name, text)),
                Err(finding) => findings.push(finding),
            }
        }
        for (name, path) in named(&folder.join("scenarios"), &["toml", "json"]) {
            let file = path.file_name().map(|file| file.to_string_lossy().into_owned()).unwrap_or_default();
            match files::read_text(&path) {
                // Of two endings the first in order is the one looked for first.
                Ok(text) if file.ends_with(".toml") => drop(library.scenarios.insert(name, (file, text))),
                Ok(text) => drop(library.scenarios.entry(name).or_insert((file, text))),
                Err(finding) => findings.push(finding),
            }
        }
        for (name, text) in &library.models {
            // What is wrong with a model is told to whoever asks for it.
            let Ok(Some(reference)) = run::named(text, name, &[]).map(|named| named.account) else { continue };
            if library.accounts.contains_key(&reference) {
                continue;
            }
            let opened = files::account(&folder.join(&reference));
            match opened {
                Ok(source) => drop(library.accounts.insert(reference, source)),
                Err(Findings(found)) => findings.extend(found),
            }
        }
        let beside = fs::canonicalize(folder).ok().and_then(|real| real.parent().map(|parent| parent.join("datasets")));
        for (name, path) in beside.iter().flat_map(|folder| folders(folder)) {
            match files::source(&path) {
                Ok(source) => {
                    let source = Source { name: format!("{FOLDER}/../datasets/{name}"), ..source };
                    library.datasets.insert(name, Arc::new(source));
                }
                Err(finding) => findings.push(finding),
            }
        }
        if findings.is_empty() { Ok(library) } else { Err(Findings(findings)) }
    }

    /// The files of a dataset with those of the account that a model names beside them, where the library has it.
    pub fn with_account(&self, reference: Option<&String>, source: &Arc<Source>) -> Arc<Source> {
        match reference.and_then(|reference| self.accounts.get(reference)) {
            Some(account) => {
                let mut both = (**source).clone();
                run::with_account(&mut both, account);
                Arc::new(both)
            }
            None => Arc::clone(source),
        }
    }

    /// The scenario of a word: a name of the library or a shelf, names joined by `+`, or changes written out.
    ///
    /// # Errors
    /// Unknown names, with the nearest; everything that is wrong with the scenario.
    pub fn scenario(&self, word: &str, shelf: &Shelf) -> Result<Scenario, Findings> {
        limits::scenario(word, &Place::file("--scenario"))?;
        if scenario::is_inline(word) {
            return scenario::inline(word);
        }
        let words: Vec<&str> = if self.scenarios.contains_key(word) || shelf.get(word).is_some() {
            vec![word]
        } else {
            word.split('+').map(str::trim).collect()
        };
        scenario::stack(word, &words, &mut |wanted| self.load(wanted, shelf))
    }

    /// Whether a scenario of this name is shipped.
    pub fn has_scenario(&self, name: &str) -> bool {
        self.scenarios.contains_key(name)
    }

    /// Name, file and text of the scenarios that are shipped.
    pub fn scenario_files(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.scenarios.iter().map(|(name, (file, text))| (name.as_str(), file.as_str(), text.as_str()))
    }

    fn load(&self, wanted: &Wanted<'_>, shelf: &Shelf) -> Result<Loaded, Finding> {
        if let (false, Some((file, text))) = (self.scenarios.contains_key(wanted.word), shelf.get(wanted.word)) {
            let key = format!("scenario {}", wanted.word);
            return Ok(Loaded { key, file: file.clone(), id: wanted.word.to_owned(), text: text.clone() });
        }
        if let Some((file, text)) = self.scenarios.get(wanted.word) {
            let file = format!("{FOLDER}/scenarios/{file}");
            return Ok(Loaded { key: file.clone(), file, id: wanted.word.to_owned(), text: text.clone() });
        }
        let names = || self.scenarios.keys().map(String::as_str).chain(shelf.names());
        let list = || {
            if self.scenarios.is_empty() && shelf.is_empty() {
                "—".to_owned()
            } else {
                names().collect::<Vec<_>>().join(", ")
            }
        };
        let like = nearest(wanted.word, names()).map_or_else(list, str::to_owned);
        Err(Finding::error("scenario.unknown_scenario", wanted.place.clone())
            .with("word", wanted.word)
            .with("folder", format!("{FOLDER}/scenarios"))
            .with("like", like))
    }
}

/// Folders in a folder, by name; links that lead out of it are left aside.
fn folders(folder: &Path) -> Vec<(String, PathBuf)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<(String, PathBuf)> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| fs::canonicalize(path).is_ok_and(|real| real.starts_with(folder) && real.is_dir()))
        .filter_map(|path| Some((path.file_name()?.to_str()?.to_owned(), path)))
        .filter(|(name, _)| is_name(name))
        .collect();
    found.sort();
    found.truncate(FILES_MAX);
    found
}
