//! Scenarios by name, stacked on others: pure; whoever calls knows where the files are.

use crate::finding::{Finding, Findings, Place};
use crate::phrases::Text;
use crate::scenario::selection::pieces;
use crate::scenario::{Change, read};

/// The changes that one scenario file, or one inline list, adds.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// Name of the file without its ending, or the inline text.
    pub id: String,
    /// Printed name.
    pub name: Text,
    /// What the file is known by, however it is called; `None` for changes written out.
    pub file: Option<String>,
    /// Its changes, in order.
    pub changes: Vec<Change>,
}

/// A named what-if: layers of changes, the lowest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// As the user calls it.
    pub id: String,
    /// Printed name.
    pub name: Text,
    /// Free text; empty where none is given.
    pub note: Text,
    /// Whether a part of it is marked as made up to show the software.
    pub illustrative: bool,
    /// Its layers; each scenario file counts once, where it first comes in.
    pub layers: Vec<Layer>,
}

impl Scenario {
    /// The model as it stands.
    pub fn base(name: Text) -> Self {
        Self { id: "base".to_owned(), name, note: Text::same(""), illustrative: false, layers: Vec::new() }
    }

    /// All its changes, in order.
    pub fn changes(&self) -> Vec<Change> {
        self.layers.iter().flat_map(|layer| layer.changes.iter().cloned()).collect()
    }

    /// Whether two scenarios are the same stack of files, however they are called.
    pub fn is_same_as(&self, other: &Self) -> bool {
        let files = |scenario: &Self| -> Option<Vec<String>> {
            let files: Option<Vec<String>> = scenario.layers.iter().map(|layer| layer.file.clone()).collect();
            files.filter(|files| !files.is_empty())
        };
        files(self).is_some_and(|own| Some(own) == files(other))
    }

    /// The same scenario with further changes on top.
    pub fn with(mut self, changes: &[Change]) -> Self {
        if !changes.is_empty() {
            let id = changes.iter().map(|change| change.text.as_str()).collect::<Vec<_>>().join("; ");
            self.layers.push(Layer { name: Text::same(&id), id, file: None, changes: changes.to_vec() });
        }
        self
    }
}

/// The changes of scenarios stacked on each other, the first the lowest; a file that comes in twice counts once, where it first
/// comes in, as within one scenario.
pub fn stacked(scenarios: &[Scenario]) -> Vec<Change> {
    let mut seen: Vec<&str> = Vec::new();
    let mut changes = Vec::new();
    for layer in scenarios.iter().flat_map(|scenario| &scenario.layers) {
        if let Some(file) = layer.file.as_deref() {
            if seen.contains(&file) {
                continue;
            }
            seen.push(file);
        }
        changes.extend(layer.changes.iter().cloned());
    }
    changes
}

/// A scenario that is to be found.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// Its name or path.
    pub word: &'a str,
    /// The scenario file that stacks it; `None` for one that the user names.
    pub beside: Option<&'a str>,
    /// Where it is named.
    pub place: Place,
}

/// A scenario file, found.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The file as the user may call it.
    pub file: String,
    /// What it is known by: the same file has the same key, however it is called.
    pub key: String,
    /// Name of the file without its ending.
    pub id: String,
    /// Its text.
    pub text: String,
}

struct Stacking<'a> {
    load: &'a mut dyn FnMut(&Wanted<'_>) -> Result<Loaded, Finding>,
    seen: Vec<String>,
    layers: Vec<Layer>,
    illustrative: bool,
}

/// The scenario that some names make together, the first the lowest; `load` finds the files.
///
/// # Errors
/// Files that cannot be found or read, and scenarios that stand on themselves.
pub fn stack(
    id: &str,
    words: &[&str],
    load: &mut dyn FnMut(&Wanted<'_>) -> Result<Loaded, Finding>,
) -> Result<Scenario, Findings> {
    let mut stacking = Stacking { load, seen: Vec::new(), layers: Vec::new(), illustrative: false };
    let mut named: Vec<(Text, Text)> = Vec::new();
    for word in words {
        let wanted = Wanted { word, beside: None, place: Place::file("--scenario") };
        named.push(stacking.visit(&wanted, &mut Vec::new())?);
    }
    let join = |pick: &dyn Fn(&(Text, Text)) -> &Text, between: &str| {
        let one = |lang: &dyn Fn(&Text) -> String| {
            let texts: Vec<String> =
                named.iter().map(|pair| lang(pick(pair))).filter(|text| !text.is_empty()).collect();
            texts.join(between)
        };
        Text { zh: one(&|text| text.zh.clone()), en: one(&|text| text.en.clone()) }
    };
    Ok(Scenario {
        id: id.to_owned(),
        name: join(&|pair| &pair.0, " + "),
        note: join(&|pair| &pair.1, " "),
        illustrative: stacking.illustrative,
        layers: stacking.layers,
    })
}

/// Key and name of each file on the way to the one that is read.
type Trail = Vec<(String, String)>;

impl Stacking<'_> {
    /// Adds a scenario and what it stands on; returns its name and note.
    fn visit(&mut self, wanted: &Wanted<'_>, trail: &mut Trail) -> Result<(Text, Text), Findings> {
        let loaded = (self.load)(wanted)?;
        if trail.iter().any(|(key, _)| *key == loaded.key) {
            let names = trail.iter().map(|(_, file)| file.as_str()).chain([loaded.file.as_str()]);
            let chain = names.collect::<Vec<_>>().join(" → ");
            return Err(Finding::error("scenario.cycle", wanted.place.clone()).with("chain", chain).into());
        }
        let file = read(&loaded.text, &loaded.file)?;
        let name = file.name.clone().unwrap_or_else(|| Text::same(&loaded.id));
        if self.seen.contains(&loaded.key) {
            return Ok((name, file.note));
        }
        trail.push((loaded.key.clone(), loaded.file.clone()));
        for (word, place) in &file.stack {
            let wanted = Wanted { word, beside: Some(&loaded.file), place: place.clone() };
            self.visit(&wanted, trail)?;
        }
        trail.pop();
        self.seen.push(loaded.key.clone());
        self.illustrative |= file.illustrative;
        if !file.changes.is_empty() {
            let (id, file_key) = (loaded.id.clone(), Some(loaded.key));
            self.layers.push(Layer { id, name: name.clone(), file: file_key, changes: file.changes });
        }
        Ok((name, file.note))
    }
}

/// Whether a word is an inline list of changes rather than a name.
pub fn is_inline(word: &str) -> bool {
    word.contains('=')
}

/// An inline scenario: `CHANGE; CHANGE`, or with a name before a colon `NAME: CHANGE; CHANGE`.
///
/// # Errors
/// Every part that is no change.
pub fn inline(word: &str) -> Result<Scenario, Findings> {
    let equals = word.find('=').unwrap_or(word.len());
    let colon = word.find([':', '\u{FF1A}']).filter(|at| *at < equals);
    let (name, list) = match colon {
        Some(at) => {
            let (name, rest) = word.split_at(at);
            (name.trim(), rest.trim_start_matches([':', '\u{FF1A}']))
        }
        None => (word.trim(), word),
    };
    let mut changes = Vec::new();
    let mut findings = Vec::new();
    for part in pieces(list, ';').into_iter().filter(|part| !part.trim().is_empty()) {
        match Change::parse(part.trim()) {
            Ok(mut change) => {
                change.place = Place::file("--scenario");
                changes.push(change);
            }
            Err(mut finding) => {
                finding.place.file = Some("--scenario".to_owned());
                findings.push(finding);
            }
        }
    }
    if !findings.is_empty() {
        return Err(Findings(findings));
    }
    let name = if name.is_empty() { word.trim() } else { name };
    let layer = Layer { id: name.to_owned(), name: Text::same(name), file: None, changes };
    Ok(Scenario {
        id: name.to_owned(),
        name: Text::same(name),
        note: Text::same(""),
        illustrative: false,
        layers: vec![layer],
    })
}
