//! Measures: what a bound is measured against, for a group of cells.

use std::collections::{BTreeMap, BTreeSet};

use num_traits::Zero;

use crate::dataset::{AreaId, indicator};
use crate::phrases::Text;
use crate::rules::frame::{Frame, MissingFigure};
use crate::rules::naming::{extent_unit, figure_name, joined};
use crate::rules::selection::Selection;
use crate::units::{Decimal, Exact, Extent, Money};

/// One part of a measure.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// A fixed amount, in 元.
    Absolute(Decimal),
    /// 元 per unit of extent.
    PerExtent(Decimal, String),
    /// 元 per resident; each area of the group counts once.
    PerHead(Decimal),
    /// A multiple of a money figure, summed over the group.
    Times(String, Decimal),
}

/// A sum of parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    /// The parts; at least one.
    pub parts: Vec<Part>,
}

impl Measure {
    /// Value for a group, in 分.
    ///
    /// # Errors
    /// Every figure that is blank.
    pub fn value(&self, frame: &Frame, group: &Selection) -> Result<Exact, Vec<MissingFigure>> {
        let mut sum: Option<Exact> = None;
        let mut missing = Vec::new();
        for part in &self.parts {
            match part.value(frame, group) {
                Ok(value) => sum = Some(sum.map_or_else(|| value.clone(), |sum| sum + &value)),
                Err(found) => missing.extend(found),
            }
        }
        if missing.is_empty() { Ok(sum.unwrap_or_else(Exact::zero)) } else { Err(missing) }
    }

    /// Printed form: `450 元/亩`, `0.05 × 生态产品总值`.
    pub fn text(&self) -> Text {
        let part = |part: &Part| match part {
            Part::Absolute(yuan) => {
                let beyond = |_| Text { zh: format!("{yuan} 元"), en: format!("{yuan} yuan") };
                Money::of(*yuan, "元").map_or_else(beyond, Text::from)
            }
            Part::PerExtent(yuan, unit) => {
                let unit = extent_unit(unit);
                Text { zh: format!("{yuan} 元/{}", unit.zh), en: format!("{yuan} yuan per {}", unit.en) }
            }
            Part::PerHead(yuan) => Text { zh: format!("{yuan} 元/人"), en: format!("{yuan} yuan per resident") },
            Part::Times(name, times) => {
                let figure = figure_name(name);
                Text { zh: format!("{times} × {}", figure.zh), en: format!("{times} × {}", figure.en) }
            }
        };
        joined(&self.parts.iter().map(part).collect::<Vec<_>>(), " + ")
    }

    /// The figures it is measured against.
    pub fn reads(&self) -> Vec<&str> {
        self.parts.iter().flat_map(Part::reads).collect()
    }

    /// Whether it lies above another measure of the same kinds for every group that has anything to measure.
    pub fn is_above(&self, other: &Self) -> bool {
        let (own, other) = (self.by_kind(), other.by_kind());
        own.len() == other.len()
            && own.iter().zip(&other).all(|((kind, own), (known, other))| kind == known && own >= other)
            && own != other
    }

    /// The numbers by what they are multiples of, in one unit a kind.
    fn by_kind(&self) -> BTreeMap<(u8, &str), Exact> {
        let mut kinds = BTreeMap::new();
        for part in &self.parts {
            let (kind, number) = match part {
                Part::Absolute(yuan) => ((0, ""), yuan.exact()),
                Part::PerExtent(yuan, unit) => {
                    let mu_per_unit = Extent::mu_per(unit).unwrap_or_else(|| Exact::from_integer(1.into()));
                    ((1, ""), yuan.exact() / mu_per_unit)
                }
                Part::PerHead(yuan) => ((2, ""), yuan.exact()),
                Part::Times(name, times) => ((3, name.as_str()), times.exact()),
            };
            *kinds.entry(kind).or_insert_with(Exact::zero) += number;
        }
        kinds
    }

    /// Whether any part grows with the group, so that an empty figure matters.
    pub fn is_absolute(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Absolute(_)))
    }
}

impl Part {
    /// Key of the number in a change path: empty for the only number, `gep` for a multiple.
    pub fn key(&self) -> &str {
        if let Self::Times(name, _) = self { name } else { "" }
    }

    /// The number that a planner wrote.
    pub fn number(&self) -> Decimal {
        match self {
            Self::Absolute(number) | Self::PerExtent(number, _) | Self::PerHead(number) | Self::Times(_, number) => {
                *number
            }
        }
    }

    /// The same part with another number.
    pub fn with_number(&self, number: Decimal) -> Self {
        match self {
            Self::Absolute(_) => Self::Absolute(number),
            Self::PerExtent(_, unit) => Self::PerExtent(number, unit.clone()),
            Self::PerHead(_) => Self::PerHead(number),
            Self::Times(name, _) => Self::Times(name.clone(), number),
        }
    }

    /// Unit of the number as written in a model file; empty for a multiple.
    pub fn unit(&self) -> String {
        match self {
            Self::Absolute(_) => "元".to_owned(),
            Self::PerExtent(_, unit) => format!("元/{unit}"),
            Self::PerHead(_) => "元/人".to_owned(),
            Self::Times(_, _) => String::new(),
        }
    }

    fn reads(&self) -> Vec<&str> {
        match self {
            Self::Absolute(_) => Vec::new(),
            Self::PerExtent(_, _) => vec![indicator::EXTENT],
            Self::PerHead(_) => vec![indicator::POPULATION],
            Self::Times(name, _) if name == indicator::COST => {
                vec![indicator::PROTECTION_COST, indicator::OPPORTUNITY_COST]
            }
            Self::Times(name, _) => vec![name.as_str()],
        }
    }

    fn value(&self, frame: &Frame, group: &Selection) -> Result<Exact, Vec<MissingFigure>> {
        let fen = |yuan: &Decimal| yuan.times(Money::from_fen(100));
        match self {
            Self::Absolute(yuan) => Ok(fen(yuan)),
            Self::PerExtent(yuan, unit) => {
                let mu = figures(frame, group, indicator::EXTENT, |cell| {
                    frame.dataset.cell_extent(cell).map(|extent| extent.mu())
                })?;
                let mu_per_unit = Extent::mu_per(unit).unwrap_or_else(|| Exact::from_integer(1.into()));
                Ok(fen(yuan) * total(mu) / mu_per_unit)
            }
            Self::PerHead(yuan) => Ok(fen(yuan) * heads(frame, group)?),
            Self::Times(name, times) => {
                let money = figures(frame, group, name, |cell| frame.money(cell, name))?;
                Ok(times.times(money.into_iter().sum()))
            }
        }
    }
}

fn figures<T>(
    frame: &Frame,
    group: &Selection,
    name: &str,
    figure: impl Fn(crate::dataset::CellId) -> Option<T>,
) -> Result<Vec<T>, Vec<MissingFigure>> {
    let mut values = Vec::with_capacity(group.cells.len());
    let mut missing = Vec::new();
    for cell in &group.cells {
        match figure(*cell) {
            Some(value) => values.push(value),
            None => missing.push(MissingFigure { at: frame.cell_code(*cell), indicator: name.to_owned() }),
        }
    }
    if missing.is_empty() { Ok(values) } else { Err(missing) }
}

/// Exact sum of decimals.
fn total(values: Vec<Decimal>) -> Exact {
    let small = values.iter().try_fold(Decimal::ZERO, |sum, value| sum.checked_add(*value));
    small.map_or_else(|| values.iter().map(|value| value.exact()).sum(), Decimal::exact)
}

/// Residents of the areas of a group, each area once.
pub(super) fn heads(frame: &Frame, group: &Selection) -> Result<Exact, Vec<MissingFigure>> {
    let areas: BTreeSet<AreaId> =
        group.cells.iter().filter_map(|cell| frame.dataset.cells().get(cell.0)).map(|cell| cell.area).collect();
    let mut sum = Exact::zero();
    let mut missing = Vec::new();
    for area in areas {
        match frame.dataset.area_figure(area, indicator::POPULATION) {
            Some(heads) => sum += heads.exact(),
            None => missing.push(MissingFigure {
                at: frame.area_code(area).to_owned(),
                indicator: indicator::POPULATION.to_owned(),
            }),
        }
    }
    if missing.is_empty() { Ok(sum) } else { Err(missing) }
}
