//! One thing wrong, or worth knowing, about an input: code, place, cause, remedy.

use std::collections::{BTreeMap, BTreeSet};
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

/// Why work ended without result, though nothing is wrong with what it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// The time was up.
    Time,
    /// Someone asked to stop.
    Interrupt,
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

    /// The cells from here to a row below, as a workbook names them: `单元!J2:J41`, or whole rows; `None` in other files.
    fn range(&self, last: u64) -> Option<String> {
        let (sheet, row) = (self.sheet.as_ref()?, self.row?);
        let letters: String =
            self.column.iter().flat_map(|column| column.chars()).take_while(char::is_ascii_uppercase).collect();
        let sheet = match sheet.chars().all(char::is_alphanumeric) {
            true => sheet.clone(),
            false => format!("'{}'", sheet.replace('\'', "''")),
        };
        Some(format!("{sheet}!{letters}{row}:{letters}{last}"))
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
    /// The limit that it tells of; such a finding is no fault of the input.
    pub limit: Option<Limit>,
}

impl Finding {
    /// An error at a place. `code` is `topic.name` of a phrase with a remedy.
    pub fn error(code: &'static str, place: Place) -> Self {
        Self { severity: Severity::Error, place, phrase: Box::new(Phrase::new(code)), limit: None }
    }

    /// A warning at a place.
    pub fn warning(code: &'static str, place: Place) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, place) }
    }

    /// An error whose sentence is already built.
    pub fn from_phrase(phrase: Phrase, place: Place) -> Self {
        Self { severity: Severity::Error, place, phrase: Box::new(phrase), limit: None }
    }

    /// That a limit ended the work in a stage.
    pub fn limit(limit: Limit, stage: impl Into<Text>) -> Self {
        let code = match limit {
            Limit::Time => "solver.limit_time",
            Limit::Interrupt => "solver.limit_interrupt",
        };
        Self { limit: Some(limit), ..Self::error(code, Place::default()).with("stage", stage) }
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
    /// The limit that ended the work, where it was one.
    pub fn limit(&self) -> Option<Limit> {
        self.0.iter().find_map(|finding| finding.limit)
    }

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

/// Findings of one column, or of the rows of one table, that are listed one by one; more of them become one.
const APART: usize = 3;
/// Other values of a column that are named beside the first.
const OTHERS: usize = 5;

/// Findings as they come: the first [`KEPT`] errors and warnings are kept, the rest is counted.
///
/// A file of a million wrong rows must neither fill the memory nor bury its first errors.
#[derive(Debug, Default)]
pub struct FindingLog {
    kept: Vec<Kept>,
    /// Errors and warnings so far; those that are kept, and those that are only counted.
    count: Count,
    held: Count,
    left: Count,
    /// Of tables: where the findings of a column are, by what they share.
    columns: Option<BTreeMap<Shared, Column>>,
}

/// What findings that become one have in common.
type Shared = (Severity, &'static str, Option<String>, Option<String>, Option<String>);

/// The findings of one column.
#[derive(Debug, Default)]
struct Column {
    kept: Vec<usize>,
    /// Whether they have become one.
    together: bool,
}

#[derive(Debug, Default)]
struct Count {
    errors: usize,
    warnings: usize,
}

impl Count {
    fn of(&mut self, severity: Severity) -> &mut usize {
        if severity == Severity::Error { &mut self.errors } else { &mut self.warnings }
    }
}

#[derive(Debug)]
struct Kept {
    finding: Finding,
    /// How often, and until which row.
    times: usize,
    last: u64,
    /// Other values than the first one's.
    others: Vec<Text>,
    /// Whether it has become part of an earlier one.
    gone: bool,
}

impl Kept {
    fn new(finding: Finding) -> Self {
        let last = finding.place.row.unwrap_or(0);
        Self { finding, times: 1, last, others: Vec::new(), gone: false }
    }

    fn take_in(&mut self, other: &Finding) {
        self.times += 1;
        self.last = self.last.max(other.place.row.unwrap_or(0));
        if let Some(value) = other.phrase.difference(&self.finding.phrase)
            && self.others.len() < OTHERS
            && !self.others.contains(value)
        {
            self.others.push(value.clone());
        }
    }

    /// The finding; one that stands for several says for how many, and in which rows.
    fn told(self) -> Finding {
        let mut finding = self.finding;
        if self.times == 1 {
            return finding;
        }
        let range = finding.place.range(self.last);
        let code = match (&range, &finding.place.column) {
            (Some(_), _) => "finding.gathered_cells",
            (None, Some(_)) => "finding.gathered",
            (None, None) => "finding.gathered_rows",
        };
        let list = |gap: &str, lang: Lang| self.others.iter().map(|text| text.get(lang)).collect::<Vec<_>>().join(gap);
        let others = Text { zh: list("、", Lang::Zh), en: list(", ", Lang::En) };
        let mut tail = Phrase::new(code)
            .with("first", finding.place.row.unwrap_or(0).to_string())
            .with("last", self.last.to_string())
            .with("range", range.unwrap_or_default())
            .with("count", self.times.to_string());
        tail = match self.others.is_empty() {
            true => tail.with("others", ""),
            false => tail.with_phrase("others", &Phrase::new("finding.gathered_others").with("list", others)),
        };
        *finding.phrase = finding.phrase.followed_by(tail);
        finding
    }
}

impl FindingLog {
    /// A log of tables: where one column has the same fault in many rows, that is one finding with its range.
    pub fn of_tables() -> Self {
        Self { columns: Some(BTreeMap::new()), ..Self::default() }
    }

    /// Takes note of a finding.
    pub fn push(&mut self, finding: Finding) {
        let severity = finding.severity;
        *self.count.of(severity) += 1;
        let mut column = match &mut self.columns {
            Some(columns) if finding.place.row.is_some() => {
                let Place { file, sheet, column, .. } = finding.place.clone();
                Some(columns.entry((severity, finding.code(), file, sheet, column)).or_default())
            }
            _ => None,
        };
        if let Some(column) = &mut column
            && column.kept.len() >= APART
            && let Some((first, later)) = column.kept.split_first()
        {
            let taken = if column.together { &[] } else { later };
            let mut taken_in = vec![finding];
            for at in taken.iter().rev() {
                if let Some(kept) = self.kept.get_mut(*at) {
                    kept.gone = true;
                    taken_in.push(kept.finding.clone());
                }
            }
            *self.held.of(severity) -= taken.len();
            column.together = true;
            if let Some(first) = self.kept.get_mut(*first) {
                taken_in.iter().rev().for_each(|other| first.take_in(other));
            }
        } else if *self.held.of(severity) < KEPT {
            *self.held.of(severity) += 1;
            if let Some(column) = column {
                column.kept.push(self.kept.len());
            }
            self.kept.push(Kept::new(finding));
        } else {
            *self.left.of(severity) += 1;
        }
    }

    /// Errors so far, those not kept included.
    pub fn errors(&self) -> usize {
        self.count.errors
    }

    /// The findings kept, and one that says how many more there were.
    pub fn into_findings(self) -> Vec<Finding> {
        let mut found: Vec<Finding> = self.kept.into_iter().filter(|kept| !kept.gone).map(Kept::told).collect();
        let Count { errors, warnings } = self.left;
        if errors + warnings > 0 {
            let more = if errors > 0 { Finding::error } else { Finding::warning };
            found.push(
                more("finding.more", Place::default())
                    .with("errors", errors.to_string())
                    .with("warnings", warnings.to_string()),
            );
        }
        found
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

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(row: u64, column: &str, value: &str) -> Finding {
        Finding::error("units.not_a_number", Place::file("cells.csv").row(row).column(column)).with("value", value)
    }

    #[test]
    fn the_same_fault_all_down_a_column_is_one_finding_with_its_range() {
        let mut log = FindingLog::of_tables();
        for row in 2..=41 {
            log.push(cell(row, "C 单位", if row == 7 { "无" } else { "?" }));
            log.push(cell(row, "D 面积", "?"));
        }
        log.push(cell(50, "E 人口", "x"));
        assert_eq!(log.errors(), 81);
        let found = log.into_findings();
        assert_eq!(found.len(), 3);
        let text = found.first().map(|finding| finding.render(Lang::Zh)).unwrap_or_default();
        assert!(text.starts_with("cells.csv:2:C 单位: “?”"), "{text}");
        assert!(text.contains("第 2–41 行共 40 处") && text.contains("无"), "{text}");
        assert!(found.iter().all(|finding| finding.code() == "units.not_a_number"));
        assert!(!found.last().map(|finding| finding.render(Lang::En)).unwrap_or_default().contains("rows"));
    }

    #[test]
    fn in_a_workbook_the_range_is_that_of_its_cells() {
        for (sheet, column, range) in [
            ("单元", Some("J 面积(亩)"), "(单元!J2:J41 共 40 处同样的问题)"),
            ("单元 (2)", Some("AB"), "('单元 (2)'!AB2:AB41 共 40 处同样的问题)"),
            ("单元", None, "(单元!2:41 共 40 处同样的问题)"),
        ] {
            let mut log = FindingLog::of_tables();
            for row in 2..=41 {
                let place = Place::file("a.xlsx").sheet(sheet).row(row);
                let place = column.map_or(place.clone(), |column| place.column(column));
                log.push(Finding::error("units.not_a_number", place).with("value", "?"));
            }
            let found = log.into_findings();
            let text = found.first().map(|finding| finding.render(Lang::Zh)).unwrap_or_default();
            assert!(found.len() == 1 && text.contains(range), "{text}");
        }
    }

    #[test]
    fn few_findings_of_a_column_and_those_of_documents_stay_apart() {
        let mut few = FindingLog::of_tables();
        let mut document = FindingLog::default();
        for row in 2..=4 {
            few.push(cell(row, "C 单位", "?"));
        }
        for row in 2..=9 {
            document.push(cell(row, "rule[1].between", "?"));
        }
        assert_eq!((few.into_findings().len(), document.into_findings().len()), (3, 8));
    }

    #[test]
    fn a_column_of_faults_leaves_room_for_the_next() {
        let mut log = FindingLog::of_tables();
        (2..=5_000).for_each(|row| log.push(cell(row, "C", "?")));
        (0..300).for_each(|at| log.push(cell(2, &format!("X{at}"), "?")));
        let found = log.into_findings();
        // The column, 199 others, and the sentence about the rest.
        assert_eq!(found.len(), 201);
        let more = found.last().map(|finding| finding.render(Lang::En)).unwrap_or_default();
        assert!(more.contains("101 more errors and 0 more warnings"), "{more}");
    }
}
