//! One thing wrong, or worth knowing, about an input: code, place, cause, remedy.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use crate::phrases::{Lang, Phrase, Text, visible};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The input cannot be used.
    Error,
    /// The input is used as it stands, but a person should look.
    Warning,
}

/// Where in the inputs a finding stands; every part is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
pub struct Place {
    /// File name as the user gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Sheet of a workbook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Row (table) or line (text file), counted from 1, header included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    /// Column header or letter (table), or key path such as `rule[2].between` (model file).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
}

impl Place {
    /// A whole file.
    pub fn file(name: impl Into<String>) -> Self {
        Self { file: Some(name.into()), ..Self::default() }
    }

    /// The same place narrowed to a sheet.
    pub fn sheet(mut self, sheet: impl Into<String>) -> Self {
        self.sheet = Some(sheet.into());
        self
    }

    /// The same place narrowed to a row or line, counted from 1.
    pub fn row(mut self, row: u64) -> Self {
        self.row = Some(row);
        self
    }

    /// The same place narrowed to a column or key.
    pub fn column(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into());
        self
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut gap = "";
        if let Some(file) = &self.file {
            write!(f, "{file}")?;
            gap = ":";
        }
        if let Some(sheet) = &self.sheet {
            write!(f, "{gap}[{sheet}]")?;
            gap = ":";
        }
        if let Some(row) = self.row {
            write!(f, "{gap}{row}")?;
            gap = ":";
        }
        if let Some(column) = &self.column {
            write!(f, "{gap}{column}")?;
        }
        Ok(())
    }
}

/// One finding. Its sentence and remedy come from `phrases` by code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// Where it stands.
    pub place: Place,
    /// What is wrong, with the remedy under the same code. Boxed to keep `Result` small.
    pub phrase: Box<Phrase>,
}

impl Finding {
    /// An error at a place. `code` is `topic.name` of a phrase with a remedy.
    pub fn error(code: &'static str, place: Place) -> Self {
        Self { severity: Severity::Error, place, phrase: Box::new(Phrase::new(code)) }
    }

    /// A warning at a place.
    pub fn warning(code: &'static str, place: Place) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, place) }
    }

    /// An error whose sentence is already built.
    pub fn from_phrase(phrase: Phrase, place: Place) -> Self {
        Self { severity: Severity::Error, place, phrase: Box::new(phrase) }
    }

    /// Adds an argument of the sentence.
    pub fn with(mut self, name: &'static str, value: impl Into<Text>) -> Self {
        *self.phrase = self.phrase.with(name, value);
        self
    }

    /// Stable code, such as `dataset.duplicate_area`.
    pub fn code(&self) -> &'static str {
        self.phrase.code()
    }

    /// Cause and remedy on one or two lines, without the severity.
    pub fn render(&self, lang: Lang) -> String {
        let fix = self.phrase.render_fix(lang);
        let place = self.place.to_string();
        let place = visible(&place);
        let gap = if place.is_empty() { "" } else { ": " };
        let mut line = format!("{place}{gap}{}", self.phrase.render(lang));
        if !fix.is_empty() {
            line.push_str("\n  → ");
            line.push_str(&fix);
        }
        line
    }
}

/// Findings of which at least one is an error; the inputs were not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Findings(
    /// In the order of their places.
    pub Vec<Finding>,
);

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.0 {
            writeln!(f, "{}", finding.render(Lang::En))?;
        }
        Ok(())
    }
}

impl From<Finding> for Findings {
    fn from(finding: Finding) -> Self {
        Self(vec![finding])
    }
}

impl Findings {
    /// `Ok(value)` with the warnings where no finding is an error.
    pub fn gate<T>(value: T, findings: Vec<Finding>) -> Result<(T, Vec<Finding>), Findings> {
        if findings.iter().any(|finding| finding.severity == Severity::Error) {
            Err(Findings(findings))
        } else {
            Ok((value, findings))
        }
    }
}

/// Most errors, and most warnings, that are kept of one reading.
const KEPT: usize = 200;

/// Findings as they come: the first [`KEPT`] errors and warnings are kept, the rest is counted.
///
/// A file of a million wrong rows must neither fill the memory nor bury its first errors.
#[derive(Debug, Default)]
pub struct FindingLog {
    kept: Vec<Finding>,
    errors: usize,
    warnings: usize,
}

impl FindingLog {
    /// Takes note of a finding.
    pub fn push(&mut self, finding: Finding) {
        let count = if finding.severity == Severity::Error { &mut self.errors } else { &mut self.warnings };
        *count += 1;
        if *count <= KEPT {
            self.kept.push(finding);
        }
    }

    /// Errors so far, those not kept included.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// The findings kept, and one that says how many more there were.
    pub fn into_findings(mut self) -> Vec<Finding> {
        let (errors, warnings) = (self.errors.saturating_sub(KEPT), self.warnings.saturating_sub(KEPT));
        if errors + warnings > 0 {
            let more = if errors > 0 { Finding::error } else { Finding::warning };
            self.kept.push(
                more("finding.more", Place::default())
                    .with("errors", errors.to_string())
                    .with("warnings", warnings.to_string()),
            );
        }
        self.kept
    }
}

impl Extend<Finding> for FindingLog {
    fn extend<I: IntoIterator<Item = Finding>>(&mut self, findings: I) {
        findings.into_iter().for_each(|finding| self.push(finding));
    }
}

/// `是否指:…?` with the known word most like `word`, or `可选:…` with all of them (the first twelve).
pub fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Phrase {
    let mut seen = BTreeSet::new();
    let words: Vec<&str> = known.into_iter().filter(|candidate| seen.insert(*candidate)).collect();
    match nearest(word, words.iter().copied()) {
        Some(like) => Phrase::new("policy.did_you_mean").with("like", like),
        None if words.is_empty() => Phrase::new("policy.no_choice"),
        None => {
            let more = if words.len() > CHOICES { ", …" } else { "" };
            let list = words.iter().take(CHOICES).copied().collect::<Vec<_>>().join(", ");
            Phrase::new("policy.choices").with("like", format!("{list}{more}"))
        }
    }
}

/// So many words are offered where none is near.
const CHOICES: usize = 12;

/// Longest word of which a likeness is looked for.
const LONGEST: usize = 200;

/// The known word most like `word`, for "did you mean"; `None` where nothing is near.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // The likeness of two words takes the product of their lengths, and nobody means a name by a page of text.
    if word.chars().nth(LONGEST).is_some() {
        return None;
    }
    // Of two Chinese characters half are no likeness: 草地 is not 林地.
    let least = if !word.is_ascii() && word.chars().count() <= 2 { 0.6 } else { 0.4 };
    known
        .into_iter()
        .filter(|candidate| candidate.chars().nth(LONGEST).is_none())
        .map(|candidate| (strsim::normalized_damerau_levenshtein(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= least)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, candidate)| candidate)
}
