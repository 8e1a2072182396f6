//! What a reader of model and data understood: control totals, rates with least and most, and what moved since last year's file.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::Serialize;

use crate::dataset::columns::split_header;
use crate::dataset::{Dataset, Quantity, indicator, slip_of, times_off};
use crate::document::tree::{Node, Value};
use crate::finding::{Finding, FindingLog, Place, nearest};
use crate::phrases::{Phrase, Text};
use crate::rules::Frame;
use crate::run::Prepared;
use crate::units::{Decimal, Money};

/// Control totals of model and data.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Understood {
    /// Money of all funds, in 分.
    pub funds_fen: i64,
    /// Sums by ecosystem.
    pub ecosystems: Vec<ControlTotal>,
    /// Sums of all.
    pub total: ControlTotal,
    /// Residents, where every area has a figure.
    pub population: Option<String>,
    /// Rates: per 亩 by ecosystem, per resident by area.
    pub rates: Vec<RatePart>,
}

/// Sums of an ecosystem, or of all.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ControlTotal {
    /// Ecosystem id, or `total`.
    pub code: String,
    /// Printed name.
    pub name: Text,
    /// Cells.
    pub cells: usize,
    /// Extent in 亩; null where no cell has one.
    pub extent_mu: Option<String>,
    /// GEP in 元; null where no cell has one.
    pub gep_yuan: Option<String>,
    /// Last year's amounts in 元; null where no cell has one.
    pub last_year_yuan: Option<String>,
    /// Cells without last year's amount.
    pub last_year_blank: usize,
}

/// What one 亩 or one resident has.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RatePart {
    /// `last_year_per_mu`, `gep_per_mu` or `last_year_per_head`.
    pub kind: &'static str,
    /// Ecosystem id; null for rates of areas.
    pub ecosystem: Option<String>,
    /// Printed name of the ecosystem, or of all.
    pub name: Text,
    /// Median, in 元.
    pub median: f64,
    /// The least.
    pub least: RateOf,
    /// The most.
    pub most: RateOf,
}

/// A rate and whose it is.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RateOf {
    /// In 元.
    pub value: f64,
    /// Area code.
    pub area: String,
    /// Area name.
    pub name: String,
}

/// What rates usually are: least and most, in 元.
fn bounds(kind: &str) -> Option<(f64, f64)> {
    static BOUNDS: OnceLock<Option<Node>> = OnceLock::new();
    let tree = BOUNDS.get_or_init(|| Node::parse(include_str!("plausible.toml"), "plausible.toml").ok());
    let bound = |key: &str| match &tree.as_ref()?.get(kind)?.get(key)?.value {
        Value::Number(text) => Decimal::parse(text).ok().map(Decimal::to_f64),
        _ => None,
    };
    bound("least").zip(bound("most"))
}

impl Understood {
    /// Totals and rates of a prepared model.
    pub fn of(prepared: &Prepared) -> Self {
        let frame = &prepared.problem.frame;
        let named = |ecosystem: Option<&str>| -> Vec<RatePart> {
            let label =
                |id: &str| frame.ecosystems.iter().find(|(known, _)| known == id).map(|(_, label)| label.clone());
            let name = ecosystem.and_then(label).unwrap_or_else(|| Phrase::new("check.all").text());
            rates(frame, ecosystem, &name)
        };
        let mut rates: Vec<RatePart> = frame.ecosystems.iter().flat_map(|(id, _)| named(Some(id))).collect();
        rates.extend(named(None));
        Self {
            funds_fen: frame.total().fen(),
            ecosystems: frame.ecosystems.iter().map(|(id, label)| total(frame, Some(id), label.clone())).collect(),
            total: total(frame, None, Phrase::new("check.all").text()),
            population: population(&frame.dataset),
            rates,
        }
    }

    /// Rates beyond what is usual, at the figure; not where the data have warnings of their own.
    pub fn implausible(&self, prepared: &Prepared) -> Vec<Finding> {
        let mut found = Vec::new();
        if !prepared.data_warnings.is_empty() {
            return found;
        }
        let dataset = &prepared.problem.frame.dataset;
        for rate in &self.rates {
            let Some((least, most)) = bounds(rate.kind) else { continue };
            let name = if rate.kind == "gep_per_mu" { indicator::GEP } else { indicator::LAST_YEAR };
            for (of, usual, is_off) in
                [(&rate.least, least, rate.least.value < least), (&rate.most, most, rate.most.value > most)]
            {
                if !is_off {
                    continue;
                }
                let place = match &rate.ecosystem {
                    Some(ecosystem) => dataset.place_of(&format!("{}/{ecosystem}", of.area), name),
                    None => dataset.place_of(&of.area, indicator::POPULATION),
                };
                found.push(
                    Finding::warning("check.rate_unusual", place)
                        .with("who", &of.name)
                        .with("ecosystem", rate.name.clone())
                        .with("value", crate::figures::six_digits(of.value))
                        .with("what", Phrase::new(what(rate.kind)).text())
                        .with("usual", usual.to_string()),
                );
            }
        }
        found
    }
}

/// The words of a rate.
pub fn what(kind: &str) -> &'static str {
    match kind {
        "gep_per_mu" => "check.gep_per_mu",
        "last_year_per_mu" => "check.last_year_per_mu",
        _ => "check.last_year_per_head",
    }
}

fn sum(values: impl Iterator<Item = Decimal>) -> Option<Decimal> {
    values.fold(None, |sum: Option<Decimal>, value| sum.unwrap_or(Decimal::ZERO).checked_add(value).or(sum))
}

fn total(frame: &Frame, ecosystem: Option<&str>, name: Text) -> ControlTotal {
    let cells = || {
        let of = frame.dataset.cells().iter().enumerate();
        of.filter(move |(_, cell)| ecosystem.is_none_or(|id| cell.ecosystem == id)).map(|(_, cell)| cell)
    };
    let figure =
        |name: &str| sum(cells().filter_map(|cell| cell.figures.get(name).copied())).map(|sum| sum.to_string());
    ControlTotal {
        code: ecosystem.unwrap_or("total").to_owned(),
        name,
        cells: cells().count(),
        extent_mu: figure(indicator::EXTENT),
        gep_yuan: figure(indicator::GEP),
        last_year_yuan: figure(indicator::LAST_YEAR),
        last_year_blank: cells().filter(|cell| !cell.figures.contains_key(indicator::LAST_YEAR)).count(),
    }
}

fn population(dataset: &Dataset) -> Option<String> {
    let figures: Vec<Decimal> =
        dataset.areas().iter().filter_map(|area| area.figures.get(indicator::POPULATION).copied()).collect();
    (figures.len() == dataset.areas().len()).then(|| sum(figures.into_iter()).map(|sum| sum.to_string()))?
}

fn rates(frame: &Frame, ecosystem: Option<&str>, name: &Text) -> Vec<RatePart> {
    let dataset = &frame.dataset;
    let area =
        |at: usize| dataset.areas().get(at).map(|area| (area.code.clone(), area.name.clone())).unwrap_or_default();
    let positive = |value: Option<&Decimal>| value.map(|value| value.to_f64()).filter(|value| *value > 0.0);
    let mut found = Vec::new();
    let mut push = |kind: &'static str, mut values: Vec<(f64, usize)>| {
        values.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let of = |(value, at): &(f64, usize)| {
            let (code, name) = area(*at);
            RateOf { value: *value, area: code, name }
        };
        if let (Some(least), Some(median), Some(most)) = (values.first(), values.get(values.len() / 2), values.last()) {
            let (least, most, median) = (of(least), of(most), median.0);
            let ecosystem = ecosystem.map(str::to_owned);
            found.push(RatePart { kind, ecosystem, name: name.clone(), median, least, most });
        }
    };
    if let Some(id) = ecosystem {
        for (kind, figure) in [("last_year_per_mu", indicator::LAST_YEAR), ("gep_per_mu", indicator::GEP)] {
            let rate = |cell: &std::sync::Arc<crate::dataset::Cell>| {
                let extent = positive(cell.figures.get(indicator::EXTENT))?;
                Some((positive(cell.figures.get(figure))? / extent, cell.area.0))
            };
            push(kind, dataset.cells().iter().filter(|cell| cell.ecosystem == id).filter_map(rate).collect());
        }
        return found;
    }
    let mut paid: BTreeMap<usize, f64> = BTreeMap::new();
    for cell in dataset.cells() {
        if let Some(value) = positive(cell.figures.get(indicator::LAST_YEAR)) {
            *paid.entry(cell.area.0).or_default() += value;
        }
    }
    let per_head = |(at, paid): (usize, f64)| {
        let heads = positive(dataset.areas().get(at)?.figures.get(indicator::POPULATION))?;
        Some((paid / heads, at))
    };
    push("last_year_per_head", paid.into_iter().filter_map(per_head).collect());
    found
}

/// Figures of another file: areas by name, and figures in base units by area name, ecosystem and indicator.
#[derive(Debug, Clone, Default)]
pub struct Before {
    /// What the file is called.
    pub file: String,
    /// Code and name of each area; codes that were numbered are left out.
    pub areas: Vec<(Option<String>, String)>,
    /// Figures: area name, ecosystem id (empty for the area itself), indicator.
    pub figures: BTreeMap<(String, String, String), Decimal>,
}

impl Before {
    /// A dataset as it was.
    pub fn of(file: &str, dataset: &Dataset) -> Self {
        let name = |at: usize| dataset.areas().get(at).map(|area| area.name.clone()).unwrap_or_default();
        let mut before = Self { file: file.to_owned(), ..Self::default() };
        for area in dataset.areas() {
            before.areas.push((Some(area.code.clone()), area.name.clone()));
            for (figure, value) in &area.figures {
                before.figures.insert((area.name.clone(), String::new(), figure.clone()), *value);
            }
        }
        for cell in dataset.cells() {
            for (figure, value) in &cell.figures {
                before.figures.insert((name(cell.area.0), cell.ecosystem.clone(), figure.clone()), *value);
            }
        }
        before
    }

    /// An office's own table as it was read.
    pub fn of_table(file: &str, facts: &crate::office::table::Facts) -> Self {
        let mut before = Self { file: file.to_owned(), ..Self::default() };
        for area in &facts.areas {
            before.areas.push(((!facts.numbered).then(|| area.code.clone()), area.name.clone()));
        }
        for column in &facts.columns {
            for ((area, ecosystem), value) in &column.figures {
                let name = facts.areas.get(*area).map(|area| area.name.clone()).unwrap_or_default();
                let of = ecosystem.and_then(|at| facts.ecosystems.get(at)).map(|known| known.id.clone());
                let base = match column.quantity {
                    Quantity::Money => {
                        Money::of(*value, &column.unit).ok().and_then(|money| Decimal::parse(&money.yuan()).ok())
                    }
                    Quantity::Extent => {
                        crate::units::Extent::of(*value, &column.unit).ok().map(crate::units::Extent::mu)
                    }
                    Quantity::Persons if column.unit == "万人" => {
                        value.product(Decimal::from_integer(10_000), 12, true)
                    }
                    Quantity::Persons | Quantity::Number => Some(*value),
                };
                if let Some(base) = base {
                    before.figures.insert((name, of.unwrap_or_default(), column.name.clone()), base);
                }
            }
        }
        before
    }

    /// What is gone, new, or so far off that a slip of units is likely.
    pub fn compare(&self, prepared: &Prepared) -> Vec<Finding> {
        let dataset = &prepared.problem.frame.dataset;
        let mut found: Vec<Finding> = Vec::new();
        let mut matched: BTreeSet<usize> = BTreeSet::new();
        let mut strangers = 0_usize;
        let names: BTreeMap<&str, usize> =
            self.areas.iter().enumerate().rev().map(|(at, (_, name))| (name.as_str(), at)).collect();
        let coded = self.areas.iter().enumerate().filter_map(|(at, (code, _))| Some((code.as_deref()?, at)));
        let codes: BTreeMap<&str, usize> = coded.collect();
        for area in dataset.areas() {
            match names.get(area.name.as_str()).or_else(|| codes.get(area.code.as_str())).copied() {
                Some(at) => {
                    matched.insert(at);
                    let old = self.areas.get(at).map_or("", |(_, name)| name.as_str());
                    if old != area.name {
                        let finding = Finding::warning("check.area_renamed", dataset.place_of(&area.code, "name"));
                        found.push(finding.with("name", &area.name).with("old", old));
                    }
                    self.figures_of((&area.code, old), dataset, &mut found);
                }
                None => {
                    strangers += 1;
                    let near = || nearest(&area.name, names.keys().copied());
                    let like = if strangers <= LIKENESS_LIMIT { near() } else { None }.unwrap_or("—");
                    let finding = Finding::warning("check.area_new", dataset.place_of(&area.code, "name"));
                    found.push(finding.with("name", &area.name).with("file", &self.file).with("like", like));
                }
            }
        }
        for (at, (_, name)) in self.areas.iter().enumerate() {
            if !matched.contains(&at) {
                found.push(Finding::warning("check.area_gone", Place::file(&self.file)).with("name", name));
            }
        }
        // Down each column from above, so that a whole column is told from its first row to its last.
        found.sort_by(|a, b| (&a.place.column, a.place.row).cmp(&(&b.place.column, b.place.row)));
        let mut log = FindingLog::of_tables();
        log.extend(found);
        log.into_findings()
    }

    fn figures_of(&self, (code, name): (&str, &str), dataset: &Dataset, found: &mut Vec<Finding>) {
        let own = self.figures.range((name.to_owned(), String::new(), String::new())..);
        for ((_, ecosystem, figure), old) in own.take_while(|((area, _, _), _)| area == name) {
            let at = if ecosystem.is_empty() { code.to_owned() } else { format!("{code}/{ecosystem}") };
            let new = dataset.figure_at(&at, figure);
            let place = dataset.place_of(&at, figure);
            let (Some(new), false) = (new, old.is_zero()) else { continue };
            if new.is_zero() {
                continue;
            }
            let ratio = new.to_f64() / old.to_f64();
            if ratio.max(1.0 / ratio) < FAR {
                continue;
            }
            let header = place.column.clone().unwrap_or_default();
            let unit = split_header(&header).1.unwrap_or_default().to_owned();
            let quantity = dataset.quantity(figure).unwrap_or(Quantity::Number);
            found.push(
                Finding::warning("check.figure_moved", place)
                    .with("whose", name)
                    .with("old", old.to_string())
                    .with("new", new.to_string())
                    .with("times", times_off(ratio))
                    .with("slip", slip_of(ratio, quantity, &unit)),
            );
        }
    }
}

/// For so many new areas the nearest known name is looked for.
const LIKENESS_LIMIT: usize = 100;
/// Times that a figure may move within a year without being asked about.
const FAR: f64 = 5.0;
