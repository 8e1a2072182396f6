//! Selections of cells and amounts, and the groups that a rule speaks of.

use std::collections::BTreeMap;

use crate::dataset::{AreaId, CellId};
use crate::phrases::{Phrase, Text};
use crate::rules::frame::{AmountId, Frame, MissingFigure};
use crate::rules::naming::{figure_name, joined, listed};
use crate::units::{Decimal, Exact, Money};

/// Cells, and the money of which funds in them; resolved and sorted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Selection {
    /// The cells.
    pub cells: Vec<CellId>,
    /// Only the money of these funds; `None` for all.
    pub funds: Option<Vec<usize>>,
    /// What the model file narrows it to, in words; `None` for everything.
    pub words: Option<Text>,
}

/// A selection as written in the model file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SelectionSpec {
    /// Ecosystem ids or labels; empty for all.
    pub ecosystems: Vec<String>,
    /// Area codes or names; empty for all.
    pub areas: Vec<String>,
    /// Fund ids; empty for all.
    pub funds: Vec<String>,
    /// Indicator and its least and largest value.
    pub conditions: Vec<(String, Decimal, Decimal)>,
}

/// What cannot be resolved in a selection.
#[derive(Debug, Clone, PartialEq)]
pub enum SelectionError {
    /// No such ecosystem, area, fund or indicator: what it is, the word.
    Unknown(&'static str, String),
    /// An area name that several codes share.
    Shared(String, Vec<String>),
    /// A figure that a condition asks for is blank.
    Blank(MissingFigure),
    /// Nothing is left.
    Empty,
}

impl Selection {
    /// Resolves a selection against the frame.
    ///
    /// # Errors
    /// Unknown words and empty selections.
    pub fn resolve(spec: &SelectionSpec, frame: &Frame) -> Result<Self, Vec<SelectionError>> {
        let mut errors = Vec::new();
        let mut ecosystems: Vec<&str> = Vec::new();
        for word in &spec.ecosystems {
            match frame.ecosystem_of(word) {
                Some(id) => ecosystems.push(id),
                None => errors.push(SelectionError::Unknown("ecosystem", word.clone())),
            }
        }
        let mut areas: Vec<AreaId> = Vec::new();
        for word in &spec.areas {
            match frame.area_of(word) {
                Some(area) => areas.push(area),
                None => errors.push(match frame.codes_named(word) {
                    none if none.is_empty() => SelectionError::Unknown("area", word.clone()),
                    codes => SelectionError::Shared(word.clone(), codes.into_iter().map(str::to_owned).collect()),
                }),
            }
        }
        let mut funds = Vec::new();
        for word in &spec.funds {
            let called =
                || frame.funds.iter().enumerate().filter(|(_, fund)| fund.label.zh == *word || fund.label.en == *word);
            let by_id = frame.funds.iter().position(|fund| fund.id == *word);
            let by_label = || called().next().filter(|_| called().count() == 1).map(|(at, _)| at);
            match by_id.or_else(by_label) {
                Some(fund) => funds.push(fund),
                None => errors.push(SelectionError::Unknown("fund", word.clone())),
            }
        }
        for (name, _, _) in &spec.conditions {
            if frame.dataset.quantity(name).is_none() {
                errors.push(SelectionError::Unknown("indicator", name.clone()));
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let named = |cell: &CellId| {
            frame.dataset.cells().get(cell.0).is_some_and(|found| {
                (spec.ecosystems.is_empty() || ecosystems.contains(&found.ecosystem.as_str()))
                    && (areas.is_empty() || areas.contains(&found.area))
            })
        };
        let mut cells: Vec<CellId> = frame.cells().filter(named).collect();
        for (name, least, most) in &spec.conditions {
            // A blank figure is neither inside nor outside.
            cells.retain(|cell| match frame.figure(*cell, name) {
                Some(figure) => *least <= figure && figure <= *most,
                None => {
                    let at = frame.cell_code(*cell);
                    errors.push(SelectionError::Blank(MissingFigure { at, indicator: name.clone() }));
                    false
                }
            });
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let words = in_words(spec, frame, (&ecosystems, &areas, &funds));
        let selection = Self { cells, funds: (!funds.is_empty()).then_some(funds), words };
        if selection.amounts(frame).is_empty() { Err(vec![SelectionError::Empty]) } else { Ok(selection) }
    }

    /// Everything.
    pub fn total(frame: &Frame) -> Self {
        Self { cells: frame.cells().collect(), funds: None, words: None }
    }

    /// The amounts of the selection, sorted.
    pub fn amounts(&self, frame: &Frame) -> Vec<AmountId> {
        let mut amounts: Vec<AmountId> =
            self.cells.iter().flat_map(|cell| self.amounts_of(frame, *cell).collect::<Vec<_>>()).collect();
        amounts.sort_unstable();
        amounts
    }

    /// The amounts of one of its cells.
    pub fn amounts_of<'a>(&'a self, frame: &'a Frame, cell: CellId) -> impl Iterator<Item = AmountId> + 'a {
        frame.amounts_of(cell).iter().copied().filter(move |id| match &self.funds {
            None => true,
            Some(funds) => frame.amounts.get(id.0).is_some_and(|amount| funds.contains(&amount.fund)),
        })
    }

    /// What the selection receives under given amounts, in 分.
    pub fn sum(&self, frame: &Frame, amounts: &[Money]) -> Money {
        self.cells
            .iter()
            .flat_map(|cell| self.amounts_of(frame, *cell))
            .filter_map(|id| amounts.get(id.0).copied())
            .sum()
    }

    /// The same selection narrowed to some cells.
    pub fn narrowed(&self, cells: Vec<CellId>) -> Self {
        Self { cells, funds: self.funds.clone(), words: self.words.clone() }
    }

    /// The terms of its sum, each amount with one coefficient.
    pub fn terms(&self, frame: &Frame, coefficient: &Exact) -> Vec<(AmountId, Exact)> {
        self.amounts(frame).into_iter().map(|id| (id, coefficient.clone())).collect()
    }
}

/// `林地、湿地; 绿华镇` and the like; `None` where nothing is narrowed.
fn in_words(
    spec: &SelectionSpec,
    frame: &Frame,
    (ecosystems, areas, funds): (&[&str], &[AreaId], &[usize]),
) -> Option<Text> {
    let chosen = frame.ecosystems.iter().filter(|(id, _)| ecosystems.contains(&id.as_str()));
    let labels = chosen.map(|(_, label)| label.clone());
    let ecosystems = listed(&labels.collect::<Vec<_>>());
    let names: Vec<&str> =
        areas.iter().filter_map(|area| frame.dataset.areas().get(area.0)).map(|area| area.name.as_str()).collect();
    let named = listed(&names.iter().take(AREAS_NAMED).map(Text::same).collect::<Vec<_>>());
    let areas = if names.len() > AREAS_NAMED {
        Phrase::new("rules.areas_more")
            .with("areas", named)
            .with("count", names.len().to_string())
            .with("area", frame.area_label.clone())
            .text()
    } else {
        named
    };
    let conditions = spec.conditions.iter().map(|(name, least, most)| {
        let figure = figure_name(name);
        Text { zh: format!("{} {least}–{most}", figure.zh), en: format!("{} {least}–{most}", figure.en) }
    });
    let paid = funds.iter().filter_map(|fund| frame.funds.get(*fund)).map(|fund| fund.label.clone());
    let funds = match paid.collect::<Vec<_>>() {
        none if none.is_empty() => Text::same(""),
        labels => Phrase::new("rules.paid_by").with("funds", listed(&labels)).text(),
    };
    let parts = [ecosystems, areas, joined(&conditions.collect::<Vec<_>>(), ", "), funds];
    let parts: Vec<Text> = parts.into_iter().filter(|part| !part.zh.is_empty()).collect();
    (!parts.is_empty()).then(|| joined(&parts, "; "))
}

/// So many areas are named in a sentence.
const AREAS_NAMED: usize = 4;

/// What the groups of a rule are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// Each cell.
    Cell,
    /// Each area.
    Area,
    /// Each ecosystem.
    Ecosystem,
    /// The selection as a whole.
    Total,
}

impl Per {
    /// The words of the model file.
    pub const WORDS: &'static [(&'static str, Self)] =
        &[("cell", Self::Cell), ("area", Self::Area), ("ecosystem", Self::Ecosystem), ("total", Self::Total)];

    /// Groups of a selection with their codes (`310151101/forest`, `310151101`, `forest`, `total`), in order of code.
    pub fn groups(self, frame: &Frame, selection: &Selection) -> Vec<(String, Selection)> {
        let mut groups: BTreeMap<String, Vec<CellId>> = BTreeMap::new();
        for cell in &selection.cells {
            let Some(found) = frame.dataset.cells().get(cell.0) else { continue };
            let code = match self {
                Self::Cell => frame.cell_code(*cell),
                Self::Area => frame.area_code(found.area).to_owned(),
                Self::Ecosystem => found.ecosystem.clone(),
                Self::Total => "total".to_owned(),
            };
            groups.entry(code).or_default().push(*cell);
        }
        let group = |cells| Selection { cells, funds: selection.funds.clone(), words: None };
        groups.into_iter().map(|(code, cells)| (code, group(cells))).collect()
    }
}
