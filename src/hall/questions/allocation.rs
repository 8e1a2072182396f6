//! A solved run as the documents of `allocate`, `explain` and `export`.

use std::io::{Cursor, Write as _};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zip::write::SimpleFileOptions;

use crate::analysis::explain::{self, Explanations, Question};
use crate::analysis::held::held_by;
use crate::analysis::sensitivity::{remarks, shadow_prices};
use crate::dataset::AreaId;
use crate::document::sections::unknown_word;
use crate::finding::{Finding, Findings, Place};
use crate::lp::LinearProgram;
use crate::phrases::Lang;
use crate::questions::Failure;
use crate::questions::arguments::not_negative;
use crate::questions::priced::by_prices;
use crate::questions::question::{Means, Model, OfModel};
use crate::record::{Record, record};
use crate::report;
use crate::report::explanation::Explained;
use crate::report::forms::{Printed, Printers, pretty};
use crate::report::pages::Pages;
use crate::report::paper::{Approval, Paper};
use crate::report::workbook::Beside;
use crate::report::written::written;
use crate::rules::Frame;
use crate::run::{self, Prepared, RunError, Solved};
use crate::solver::{SessionError, SolveOptions};

/// Why an amount is what it is: areas, or one of their ecosystems.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct Explain {
    /// Area code, or exact name; several may be given.
    #[serde(default, deserialize_with = "one_or_several")]
    #[schemars(with = "OneOrSeveral")]
    #[arg(long, value_name = "AREA", required_unless_present = "all")]
    pub area: Vec<String>,
    /// All areas.
    #[serde(default)]
    #[arg(long, conflicts_with = "area")]
    pub all: bool,
    /// Only this ecosystem: id, label or alias.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    #[arg(long)]
    pub ecosystem: Option<String>,
    /// Loss of each objective allowed for the room of an amount, in per cent.
    #[serde(default = "one")]
    #[schemars(range(min = 0, max = 100))]
    #[arg(long, default_value_t = one(), value_parser = not_negative, allow_negative_numbers = true)]
    pub within: f64,
}

/// A word, or a list of words.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum OneOrSeveral {
    /// One area.
    One(#[schemars(length(min = 1, max = 200))] String),
    /// Several.
    Several(#[schemars(length(max = 10_000))] Vec<String>),
}

fn one_or_several<'de, D: serde::Deserializer<'de>>(reader: D) -> Result<Vec<String>, D::Error> {
    Ok(match OneOrSeveral::deserialize(reader)? {
        OneOrSeveral::One(word) => vec![word],
        OneOrSeveral::Several(words) => words,
    })
}

/// One per cent.
pub(super) fn one() -> f64 {
    1.0
}

/// A form in which a run leaves the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Export {
    /// Workbook with plan, annex, basis, sensitivity and audit.
    Xlsx,
    /// Memo, annex and account as a document.
    Docx,
    /// Table of all amounts.
    Csv,
    /// The exact linear program of each stage, in one archive.
    Mps,
}

/// A solved run as an answer: its record, and what its workbook asks the solver once more.
pub struct Allocated {
    /// The record.
    pub record: Record,
    solved: Solved,
    options: SolveOptions,
    paper: Paper,
}

impl Allocated {
    /// The answer of a run; for a workbook it must have kept its programs.
    pub fn of(solved: Solved, options: SolveOptions, paper: Paper) -> Self {
        Self { record: record(&solved), solved, options, paper }
    }
}

impl Serialize for Allocated {
    fn serialize<S: serde::Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        self.record.serialize(writer)
    }
}

impl JsonSchema for Allocated {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Record::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Record::json_schema(generator)
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        Record::schema_id()
    }
}

impl Printed for Allocated {
    const PRINTERS: Printers<Self> = Printers {
        table: |found, lang| report::table::allocation(&found.record, lang),
        csv: Some(|found, lang| csv(&found.record, lang)),
        xlsx: Some(|found, lang| {
            let paper = (&found.paper, None);
            Ok(workbook((&found.solved, &found.record), paper, &found.options, lang)?)
        }),
        svg: None,
        docx: Some(|found, lang| {
            let pages = memo(&found.solved, &found.record, &found.paper, &found.options)?;
            Ok(report::docx::docx(&pages, lang)?)
        }),
    };
}

/// The record as `allocate --format json` prints it.
pub fn json(record: &Record) -> Vec<u8> {
    pretty(record)
}

/// The record as `allocate --format csv` prints it.
pub fn csv(record: &Record, lang: Lang) -> Vec<u8> {
    report::csv::allocation(record, lang)
}

/// The workbook of a run that kept its programs.
///
/// # Errors
/// The solver refuses a change, or the workbook cannot be made.
pub fn workbook(
    (solved, record): (&Solved, &Record),
    (paper, approval): (&Paper, Option<&Approval>),
    options: &SolveOptions,
    lang: Lang,
) -> Result<Vec<u8>, Finding> {
    let prices = shadow_prices(solved, options, &|_, _| true).map_err(solver_failure)?;
    let (remarks, held, written) = (remarks(solved), held_by(solved), written(&solved.prepared));
    let beside = Beside { prices: &prices, remarks: &remarks, held: &held, written: &written, paper, approval };
    report::workbook::allocation(record, &beside, lang)
        .map_err(|error| Finding::error("cli.unwritable", Place::default()).with("why", error.to_string()))
}

/// The memo of a run, with the annex and an account of the allocation; of a run under changes beside the model without them.
///
/// # Errors
/// A limit.
pub fn memo(solved: &Solved, record: &Record, paper: &Paper, options: &SolveOptions) -> Result<Pages, Finding> {
    let base = solved.prepared.base.clone().filter(|_| !record.changes.is_empty());
    let before = match base.map(|base| run::solve(base, options, false)) {
        Some(Ok(before)) => Some(crate::record::record(&before)),
        Some(Err(RunError::Limit(_, finding))) => return Err(finding),
        // Without its changes the model may have no plan.
        Some(Err(_)) | None => None,
    };
    Ok(report::memo::memo(record, before.as_ref(), paper))
}

impl OfModel for Paper {
    type Answer = Pages;

    fn answer(&self, model: Model, means: &mut Means<'_>) -> Result<Pages, Failure> {
        self.checked()?;
        let solved = model.solved(false, means)?;
        Ok(memo(&solved, &record(&solved), self, &means.options)?)
    }
}

/// An analysis that the solver refused.
pub(crate) fn solver_failure(error: SessionError) -> Finding {
    Finding::error("solver.failed", Place::default()).with("stage", "analysis").with("why", error.to_string())
}

/// The programs of a run that kept them, as an archive of `stageK.mps`.
///
/// # Errors
/// The archive cannot be made.
pub fn programs(solved: &Solved) -> Result<Vec<u8>, Finding> {
    let known = solved.plan.stages.iter().enumerate();
    archive(known.filter_map(|(index, stage)| Some((index + 1, stage.program.as_ref()?))))
}

/// The program of the first stage in such an archive, unsolved: of a model that no plan meets it is the one to look at.
///
/// # Errors
/// Numbers that cannot stand in a linear program, or the archive cannot be made.
pub fn first_program(prepared: &Prepared) -> Result<Vec<u8>, Findings> {
    Ok(archive([(1, &run::first_program(prepared)?)])?)
}

fn archive<'a>(programs: impl IntoIterator<Item = (usize, &'a LinearProgram)>) -> Result<Vec<u8>, Finding> {
    let failed = |why: String| Finding::error("cli.unwritable", Place::file("programs.zip")).with("why", why);
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (stage, program) in programs {
        let name = format!("stage{stage}");
        // No clock: the same run gives the same archive.
        let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
        archive.start_file(format!("{name}.mps"), options).map_err(|error| failed(error.to_string()))?;
        archive.write_all(program.to_mps(&name).as_bytes()).map_err(|error| failed(error.to_string()))?;
    }
    archive.finish().map(Cursor::into_inner).map_err(|error| failed(error.to_string()))
}

impl OfModel for Explain {
    type Answer = Explained;

    fn answer(&self, model: Model, means: &mut Means<'_>) -> Result<Explained, Failure> {
        let solved = model.solved(true, means)?;
        explain(&solved, self, &means.options)
    }
}

/// The area of a code or of a name that is no other's.
///
/// # Errors
/// A name that several areas bear, with their codes; or none, with the nearest.
pub(super) fn area_of(frame: &Frame, word: &str) -> Result<AreaId, Finding> {
    if let Some(area) = frame.area_of(word) {
        return Ok(area);
    }
    let place = Place::file("--area");
    let codes = frame.codes_named(word);
    if !codes.is_empty() {
        return Err(Finding::error("policy.name_shared", place).with("word", word).with("codes", codes.join(", ")));
    }
    let words = frame.dataset.areas().iter().flat_map(|area| [area.code.as_str(), area.name.as_str()]);
    Err(unknown_word(place, word, words))
}

/// The ecosystem of an id, or of a label or further name that is no other's.
///
/// # Errors
/// A name that several bear, with their ids; or none, with the nearest.
pub(super) fn ecosystem_of<'f>(frame: &'f Frame, word: &str, option: &'static str) -> Result<&'f str, Finding> {
    let place = Place::file(option);
    match frame.dataset.ecosystems_called(word).as_slice() {
        [one] => Ok(one),
        [] => {
            let words = frame.ecosystems.iter().flat_map(|(id, label)| [id.as_str(), label.zh.as_str()]);
            Err(unknown_word(place, word, words))
        }
        several => {
            Err(Finding::error("scenario.shared_name", place).with("word", word).with("ids", several.join(", ")))
        }
    }
}

/// Explains the amounts of areas from a run that kept its programs.
///
/// # Errors
/// An unknown area or ecosystem, with the nearest, a limit, or the solver refuses a change.
pub fn explain(solved: &Solved, asked: &Explain, options: &SolveOptions) -> Result<Explained, Failure> {
    let areas = areas(&solved.prepared.problem.frame, asked)?;
    let frame = &solved.prepared.problem.frame;
    let ecosystem = asked.ecosystem.as_deref().map(|word| ecosystem_of(frame, word, "--ecosystem")).transpose()?;
    let question = Question { areas: &areas, ecosystem, loss: asked.within / 100.0 };
    let mut found = explain::explain(solved, &question, options).map_err(|error| Failure::of(error, options))?;
    by_prices(solved, &mut found, options)?;
    let mut found = found.into_iter();
    Ok(match (asked.all, found.len(), found.next()) {
        (false, 1, Some(one)) => Explained::One(Box::new(one)),
        (_, _, first) => Explained::Several(Explanations { areas: first.into_iter().chain(found).collect() }),
    })
}

/// The areas that are asked for, each once.
fn areas(frame: &Frame, asked: &Explain) -> Result<Vec<AreaId>, Finding> {
    if asked.all {
        let mut all: Vec<AreaId> = (0..frame.dataset.areas().len()).map(AreaId).collect();
        all.sort_by_key(|area| frame.area_code(*area));
        return Ok(all);
    }
    let mut areas = Vec::new();
    for word in &asked.area {
        let area = area_of(frame, word)?;
        if !areas.contains(&area) {
            areas.push(area);
        }
    }
    if areas.is_empty() { Err(Finding::error("explain.no_area", Place::file("--area"))) } else { Ok(areas) }
}
