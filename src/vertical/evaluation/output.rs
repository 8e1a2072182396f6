//! One figure of an answer that an analysis looks at: `total`, `area:CODE`, `ecosystem:ID`, `cell:AREA/ID`, `stage:K`.

use crate::dataset::CellId;
use crate::evaluation::Answer;
use crate::finding::{Finding, Place, nearest};
use crate::phrases::{Phrase, Text};
use crate::rules::Frame;

/// A chosen figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// As written by the user.
    pub word: String,
    /// Printed name.
    pub label: Text,
    /// What it is.
    pub figure: Figure,
}

/// What a figure is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Figure {
    /// Sum of these cells, in 分.
    Cells(Vec<usize>),
    /// Value of a stage, counted from 0.
    Stage(usize),
}

impl Output {
    /// Reads an output.
    ///
    /// # Errors
    /// Unknown kinds, codes or stages, with the nearest.
    pub fn parse(word: &str, frame: &Frame, stages: &[&'static str]) -> Result<Self, Finding> {
        let (kind, name) = word.split_once(':').unwrap_or((word, ""));
        let cells = frame.dataset.cells();
        let chosen =
            |keep: &dyn Fn(usize) -> bool| Figure::Cells((0..cells.len()).filter(|cell| keep(*cell)).collect());
        let found = match kind {
            "total" => Some((Phrase::new("drivers.total").text(), chosen(&|_| true))),
            "area" => frame.area_of(name).and_then(|area| {
                let label = frame.dataset.areas().get(area.0).map(|area| Text::same(&area.name))?;
                Some((label, chosen(&|cell| cells.get(cell).is_some_and(|cell| cell.area == area))))
            }),
            "ecosystem" => frame.ecosystems.iter().find(|(id, _)| Some(id.as_str()) == frame.ecosystem_of(name)).map(
                |(id, label)| {
                    (label.clone(), chosen(&|cell| cells.get(cell).is_some_and(|cell| cell.ecosystem == *id)))
                },
            ),
            "cell" => cell_of(frame, name).map(|cell| {
                let area = cells.get(cell.0).and_then(|found| frame.dataset.areas().get(found.area.0));
                let ecosystem = cells.get(cell.0).map_or("", |found| found.ecosystem.as_str());
                let label = frame.ecosystems.iter().find(|(id, _)| id == ecosystem).map(|(_, label)| label.clone());
                let label = label.unwrap_or_else(|| Text::same(ecosystem));
                let area = area.map_or("", |area| area.name.as_str());
                let label = Text { zh: format!("{area} {}", label.zh), en: format!("{area} {}", label.en) };
                (label, Figure::Cells(vec![cell.0]))
            }),
            "stage" => stage(name, stages).map(|stage| {
                let kind = stages.get(stage).copied().unwrap_or_default();
                let label = stage_label(stage, kind);
                (label, Figure::Stage(stage))
            }),
            _ => None,
        };
        match found {
            Some((label, figure)) => Ok(Self { word: word.to_owned(), label, figure }),
            None => Err(unknown(word, frame, stages)),
        }
    }

    /// Every stage of the model.
    pub fn stages(stages: &[&'static str]) -> Vec<Self> {
        let output = |(position, kind): (usize, &&'static str)| Self {
            word: format!("stage:{}", position + 1),
            label: stage_label(position, kind),
            figure: Figure::Stage(position),
        };
        stages.iter().enumerate().map(output).collect()
    }

    /// Whether it is money.
    pub fn is_money(&self) -> bool {
        matches!(self.figure, Figure::Cells(_))
    }

    /// Its value in an answer: money in 元.
    pub fn of(&self, answer: &Answer) -> Option<f64> {
        match &self.figure {
            Figure::Cells(cells) => {
                let fen: i64 = cells.iter().filter_map(|cell| answer.cells.get(*cell)).sum();
                Some(fen as f64 / 100.0)
            }
            Figure::Stage(stage) => answer.stages.get(*stage).copied(),
        }
    }
}

/// The cell of `AREA/ECOSYSTEM`, each by code or name.
fn cell_of(frame: &Frame, word: &str) -> Option<CellId> {
    let (area, ecosystem) = word.rsplit_once('/')?;
    frame.dataset.cell(frame.area_of(area)?, frame.ecosystem_of(ecosystem)?)
}

/// `目标 1 最低保障率`.
pub fn stage_label(position: usize, kind: &str) -> Text {
    Phrase::new("drivers.stage")
        .with("number", (position + 1).to_string())
        .with_phrase("kind", &kind_phrase(kind))
        .text()
}

fn kind_phrase(kind: &str) -> Phrase {
    Phrase::new(match kind {
        "max_min_coverage" => "report.stage_max_min_coverage",
        "min_deviation" => "report.stage_min_deviation",
        "max_outcome_benefit" => "report.stage_max_outcome_benefit",
        _ => "report.stage_min_missed",
    })
}

/// By number from 1, or by kind.
fn stage(name: &str, stages: &[&'static str]) -> Option<usize> {
    let by_number = name.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    by_number.filter(|position| *position < stages.len()).or_else(|| stages.iter().position(|kind| *kind == name))
}

fn unknown(word: &str, frame: &Frame, stages: &[&'static str]) -> Finding {
    let mut known = vec!["total".to_owned()];
    known.extend((1..=stages.len()).map(|number| format!("stage:{number}")));
    known.extend(frame.ecosystems.iter().map(|(id, _)| format!("ecosystem:{id}")));
    known.extend(frame.dataset.areas().iter().map(|area| format!("area:{}", area.code)));
    known.extend(frame.dataset.areas().iter().map(|area| format!("area:{}", area.name)));
    known.extend(frame.cells().map(|cell| format!("cell:{}", frame.cell_code(cell))));
    let list = || known.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
    let like = nearest(word, known.iter().map(String::as_str)).map_or_else(list, str::to_owned);
    Finding::error("drivers.unknown_output", Place::file("--output")).with("word", word).with("like", like)
}
