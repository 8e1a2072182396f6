//! Every cell of an account: quantity, price and value of an indicator in an area and ecosystem, exactly, in whole 分.

mod gather;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::entry::{Entry, Ladder};

use crate::finding::{Finding, FindingLog, Findings, Place, hint};
use crate::formula::{Formula, Role};
use crate::manifest::Basis;
use crate::norm::{Include, Method};
use crate::phrases::Phrase;
use crate::quantity::{Figure, State};
use crate::resolve::{Held, price_year};
use crate::unit::{Unit, same_in_a_year, shown};
use crate::value::Value;

pub use crate::chosen::{Chosen, Sources};
pub(crate) use gather::{Taken, figure_at};

/// A cell of an account.
#[derive(Debug, Clone)]
pub struct Cell {
    /// Line, by position.
    pub line: usize,
    /// Area, by position in the figures' list.
    pub area: u32,
    /// Ecosystem, by position in the figures' list; 0 for the whole area.
    pub ecosystem: u32,
    /// Whether there is a quantity.
    pub state: State,
    /// The physical quantity, in base units.
    pub physical: Option<Value>,
    /// The value, signed.
    pub fen: Option<i64>,
}

/// What a name of a formula takes its number from.
#[derive(Debug)]
pub(crate) enum Slot<'a> {
    Figure(Option<u32>),
    Physical,
    Entries { list: Vec<&'a Entry>, by_area: bool, cache: Cache<'a> },
    Ladder(Option<&'a Ladder>),
}

/// Rows that were found already, by area (none where it does not matter), ecosystem and item.
type Cache<'a> = RefCell<BTreeMap<(u32, u32, u32), Option<Held<'a>>>>;

/// A formula with what its names stand for.
#[derive(Debug)]
pub(crate) struct Bound<'a> {
    pub formula: &'a Formula,
    pub slots: Vec<Slot<'a>>,
    pub names: Vec<&'a str>,
}

/// A line of an account: an indicator by one method.
#[derive(Debug)]
pub struct Line<'a> {
    /// Indicator, by position in the tree.
    pub indicator: usize,
    /// Whether the norm counts it.
    pub include: Include,
    /// Clause of the norm.
    pub clause: String,
    /// The method.
    pub method: Option<&'a Method>,
    pub(crate) quantity: Option<Bound<'a>>,
    pub(crate) value: Option<Bound<'a>>,
    /// Figures of the quantity itself.
    pub(crate) own: Option<u32>,
    /// Whether the indicator says its unit.
    pub(crate) has_unit: bool,
}

impl Line<'_> {
    /// Whether a price or parameter of its formulas has one of these names.
    pub fn takes(&self, names: &BTreeSet<String>) -> bool {
        let entries = |bound: &Bound<'_>| {
            let named = bound.slots.iter().zip(&bound.names);
            named.filter(|(slot, _)| matches!(slot, Slot::Entries { .. })).any(|(_, name)| names.contains(*name))
        };
        self.quantity.iter().chain(&self.value).any(entries)
    }

    /// Whether a price of the value is of one area.
    pub(crate) fn prices_by_area(&self) -> bool {
        let slots = self.value.iter().flat_map(|bound| &bound.slots);
        slots.into_iter().any(|slot| matches!(slot, Slot::Entries { by_area: true, .. }))
    }
}

/// An account, cell by cell.
#[derive(Debug)]
pub struct Ledger<'a> {
    /// What it is made of.
    pub sources: Sources<'a>,
    /// Its lines.
    pub lines: Vec<Line<'a>>,
    /// Its cells, by line, area and ecosystem.
    pub cells: Vec<Cell>,
    /// What was noticed.
    pub warnings: Vec<Finding>,
    pub(crate) year_of_prices: i32,
}

impl<'a> Ledger<'a> {
    /// Makes the account.
    ///
    /// # Errors
    /// Everything that stands in its way: missing parameters and prices, units that do not fit, divisions by zero.
    pub fn of(sources: Sources<'a>) -> Result<Self, Findings> {
        let mut log = FindingLog::of_tables();
        let mut ledger = Self::compiled(sources, &mut log);
        if log.errors() > 0 {
            return Err(Findings(log.into_findings()));
        }
        ledger.fill(None, &mut log);
        let ((), warnings) = Findings::gate((), log.into_findings())?;
        ledger.warnings = warnings;
        Ok(ledger)
    }

    /// The account with the cells of some lines only.
    ///
    /// # Errors
    /// As [`Ledger::of`], of these lines.
    pub fn of_lines(sources: Sources<'a>, wanted: &dyn Fn(&Line<'_>) -> bool) -> Result<Self, Findings> {
        let mut log = FindingLog::of_tables();
        let mut ledger = Self::compiled(sources, &mut log);
        if log.errors() > 0 {
            return Err(Findings(log.into_findings()));
        }
        let only = ledger.lines.iter().enumerate().filter(|(_, line)| wanted(line)).map(|(at, _)| at).collect();
        ledger.fill(Some(&only), &mut log);
        let ((), warnings) = Findings::gate((), log.into_findings())?;
        ledger.warnings = warnings;
        Ok(ledger)
    }

    /// The lines, with nothing computed.
    fn compiled(sources: Sources<'a>, log: &mut FindingLog) -> Self {
        let (methods, norm_id, _) = sources.methods;
        let (prices, set, account_year) = sources.prices;
        let tree = &methods.tree;
        let basis = prices.manifest.price_sets.get(set).map_or(Basis::Current, |set| set.basis);
        let mut ledger = Self {
            sources,
            lines: Vec::new(),
            cells: Vec::new(),
            warnings: Vec::new(),
            year_of_prices: price_year(basis, account_year),
        };
        let Some(norm) = methods.norms.get(norm_id) else { return ledger };
        for (at, entry) in tree.entries.iter().enumerate() {
            let of = |norm: &str| {
                methods
                    .methods
                    .iter()
                    .filter(|method| method.indicator == at && method.norm == norm)
                    .collect::<Vec<_>>()
            };
            let own = of(norm_id);
            let chosen = if own.is_empty() { of("") } else { own };
            for (index, method) in chosen.iter().enumerate() {
                let overlaps = |other: &&&Method| {
                    other.ecosystems.is_empty()
                        || method.ecosystems.is_empty()
                        || other.ecosystems.iter().any(|one| method.ecosystems.contains(one))
                };
                if let Some(other) = chosen.iter().take(index).find(overlaps) {
                    let finding = Finding::error("gep.method_twice", method.place.clone()).with("code", &entry.code);
                    log.push(finding.with("other", other.place.to_string()));
                }
            }
            let (mut include, clause) = norm.includes(tree, at);
            if include == Include::Optional && methods.manifest.counted.contains(&entry.code) {
                include = Include::In;
            }
            let figures = sources.figures.0.quantities.name(&entry.code);
            if chosen.is_empty() && figures.is_some() {
                ledger.lines.push(Line {
                    indicator: at,
                    include,
                    clause: clause.clone(),
                    method: None,
                    quantity: None,
                    value: None,
                    own: figures,
                    has_unit: entry.unit.is_some(),
                });
            }
            for method in chosen {
                let bound = |id: &Option<String>, log: &mut FindingLog| {
                    let formula = methods.formulas.get(id.as_ref()?)?;
                    Some(ledger.bound(formula, method, log))
                };
                let (quantity, value) = (bound(&method.quantity, log), bound(&method.value, log));
                let clause = if method.clause.is_empty() { clause.clone() } else { method.clause.clone() };
                let own = if quantity.is_some() { None } else { figures };
                ledger.lines.push(Line {
                    indicator: at,
                    include,
                    clause,
                    method: Some(method),
                    quantity,
                    value,
                    own,
                    has_unit: entry.unit.is_some(),
                });
            }
        }
        ledger.check(log);
        ledger
    }

    fn bound(&self, formula: &'a Formula, method: &'a Method, log: &mut FindingLog) -> Bound<'a> {
        let (methods, _, _) = self.sources.methods;
        let (prices, set, _) = self.sources.prices;
        let mut slots = Vec::with_capacity(formula.variables.len());
        let mut names = Vec::with_capacity(formula.variables.len());
        for variable in &formula.variables {
            let name: &'a str = method.bound.get(&variable.symbol).unwrap_or(&variable.name);
            names.push(name);
            let entries = |list: Vec<&'a Entry>| {
                let by_area = list.iter().any(|entry| !entry.scope.is_empty());
                Slot::Entries { list, by_area, cache: RefCell::default() }
            };
            slots.push(match variable.role {
                Role::Quantity => Slot::Figure(self.sources.figures.0.quantities.name(name)),
                Role::Physical => Slot::Physical,
                Role::Parameter => entries(methods.parameters.iter().filter(|entry| entry.name == name).collect()),
                Role::Price => {
                    let is_of = |entry: &&Entry| {
                        entry.name == name && (entry.sets.is_empty() || entry.sets.iter().any(|known| known == set))
                    };
                    entries(prices.prices.iter().filter(is_of).collect())
                }
                Role::Ladder => {
                    let ladder = methods.ladders.get(name);
                    if ladder.is_none() {
                        let like = hint(name, methods.ladders.keys().map(String::as_str)).text();
                        log.push(
                            Finding::error("gep.ladder_unknown", method.place.clone())
                                .with("ladder", name)
                                .with("like", like),
                        );
                    }
                    Slot::Ladder(ladder)
                }
            });
        }
        let bound = Bound { formula, slots, names };
        bound.check(&self.sources, log);
        bound
    }

    /// An indicator whose value counts must not stand above another whose value counts.
    fn check(&self, log: &mut FindingLog) {
        let tree = &self.sources.methods.0.tree;
        let quantities = &self.sources.figures.0.quantities;
        for line in &self.lines {
            let Some(entry) = tree.entries.get(line.indicator) else { continue };
            let place = || line.method.map_or_else(|| entry.place.clone(), |method| method.place.clone());
            let of_value = |other: &&Line<'_>| other.value.is_some() && other.include == Include::In;
            if of_value(&line)
                && let Some(other) =
                    self.lines.iter().filter(of_value).find(|other| {
                        other.indicator != line.indicator && tree.is_within(other.indicator, line.indicator)
                    })
            {
                let below = tree.entries.get(other.indicator).map(|entry| entry.code.clone()).unwrap_or_default();
                log.push(Finding::error("gep.counted_twice", place()).with("code", &entry.code).with("other", below));
            }
            if let Some(value) = &line.value
                && let (Ok(money), unit) = (self.sources.methods.0.manifest.units.parse("元"), &value.formula.unit)
                && !same_in_a_year(&unit.dimension, &money.dimension)
            {
                log.push(
                    Finding::error("gep.value_no_money", place())
                        .with("formula", &value.formula.id)
                        .with("unit", &unit.text),
                );
            }
            let wanted = entry.unit.as_ref();
            match (&line.quantity, line.own, wanted) {
                (Some(quantity), _, Some(wanted))
                    if !same_in_a_year(&quantity.formula.unit.dimension, &wanted.dimension) =>
                {
                    let finding = Finding::error("gep.quantity_unit", place())
                        .with("code", &entry.code)
                        .with("wanted", &wanted.text);
                    log.push(finding.with("found", &quantity.formula.unit.text));
                }
                (None, Some(own), Some(wanted)) => {
                    let year = self.sources.figures.1;
                    figures_fit(quantities, own, (year, wanted), log);
                }
                _ => {}
            }
        }
    }

    /// Fills the cells of the lines, or of some of them.
    fn fill(&mut self, only: Option<&BTreeSet<usize>>, log: &mut FindingLog) {
        let mut cells = Vec::new();
        for at in 0..self.lines.len() {
            if only.is_none_or(|only| only.contains(&at)) {
                self.line(at, &mut cells, log);
            }
        }
        self.cells = cells;
    }

    fn line(&self, at: usize, cells: &mut Vec<Cell>, log: &mut FindingLog) {
        let Some(line) = self.lines.get(at) else { return };
        let (book, year) = self.sources.figures;
        let quantities = &book.quantities;
        let takes = |ecosystem: u32| {
            line.method.is_none_or(|method| {
                method.ecosystems.is_empty()
                    || quantities
                        .ecosystems
                        .get(ecosystem as usize)
                        .is_some_and(|name| method.ecosystems.contains(name))
            })
        };
        let mut work = Work { ledger: self, line, at, log, cells };
        if let (Some(own), true) = (line.own, line.value.as_ref().is_none_or(|value| !value.takes_figures())) {
            // The plain case: each figure is a cell.
            for figure in quantities.of(own).iter().filter(|figure| figure.year == year && takes(figure.ecosystem)) {
                work.cell(figure.area, figure.ecosystem, Some(figure));
            }
            return;
        }
        let mut keys: BTreeSet<(u32, u32)> = BTreeSet::new();
        let mut bare: BTreeSet<u32> = BTreeSet::new();
        let inputs = [&line.quantity, &line.value].into_iter().flatten().flat_map(|bound| &bound.slots);
        let named = inputs.filter_map(|slot| if let Slot::Figure(name) = slot { *name } else { None });
        for name in named.chain(line.own) {
            for figure in quantities.of(name).iter().filter(|figure| figure.year == year) {
                if figure.ecosystem == 0 {
                    bare.insert(figure.area);
                } else {
                    keys.insert((figure.area, figure.ecosystem));
                }
            }
        }
        let covered: BTreeSet<u32> = keys.iter().map(|(area, _)| *area).collect();
        keys.extend(bare.into_iter().filter(|area| !covered.contains(area)).map(|area| (area, 0)));
        for (area, ecosystem) in keys.into_iter().filter(|(_, ecosystem)| takes(*ecosystem)) {
            let own = line.own.and_then(|name| figure_at(quantities.of(name), (area, ecosystem), year, 0));
            if line.own.is_some() && own.is_none() {
                continue;
            }
            work.cell(area, ecosystem, own);
        }
    }
}

/// Figures of a name must have the dimension that is wanted.
fn figures_fit(
    quantities: &crate::quantity::Quantities,
    name: u32,
    (year, wanted): (i32, &Unit),
    log: &mut FindingLog,
) {
    let mut fits: BTreeMap<u32, bool> = BTreeMap::new();
    for figure in quantities.of(name).iter().filter(|figure| figure.year == year && figure.state == State::Known) {
        let unit = quantities.units.get(figure.unit as usize);
        let fit = *fits
            .entry(figure.unit)
            .or_insert_with(|| unit.is_some_and(|unit| same_in_a_year(&unit.dimension, &wanted.dimension)));
        if let (false, Some(unit)) = (fit, unit) {
            let finding = Finding::error("gep.figure_unit", quantities.place(figure))
                .with("unit", &unit.text)
                .with("wanted", &wanted.text);
            log.push(
                finding
                    .with("found_dimension", shown(&unit.dimension))
                    .with("wanted_dimension", shown(&wanted.dimension)),
            );
        }
    }
}

impl<'a> Bound<'a> {
    /// Whether its names take figures, or numbers for items.
    fn takes_figures(&self) -> bool {
        self.slots.iter().any(|slot| matches!(slot, Slot::Figure(_)))
    }

    /// Units of figures and rows must be of the dimension of their name.
    fn check(&self, sources: &Sources<'_>, log: &mut FindingLog) {
        for (slot, variable) in self.slots.iter().zip(&self.formula.variables) {
            match slot {
                Slot::Figure(Some(name)) => {
                    figures_fit(&sources.figures.0.quantities, *name, (sources.figures.1, &variable.unit), log)
                }
                Slot::Entries { list, .. } => {
                    for entry in
                        list.iter().filter(|entry| !same_in_a_year(&entry.unit.dimension, &variable.unit.dimension))
                    {
                        let place = Place { column: None, ..entry.place.clone() };
                        let finding = Finding::error("gep.entry_unit", place)
                            .with("name", &entry.name)
                            .with("formula", &self.formula.id);
                        log.push(
                            finding
                                .with("unit", &entry.unit.text)
                                .with("wanted", &variable.unit.text)
                                .with("found_dimension", shown(&entry.unit.dimension))
                                .with("wanted_dimension", shown(&variable.unit.dimension)),
                        );
                    }
                }
                Slot::Ladder(Some(ladder)) if ladder.unit.dimension != variable.unit.dimension => {
                    let finding =
                        Finding::error("gep.figure_unit", ladder.place.clone()).with("unit", &ladder.unit.text);
                    let finding = finding
                        .with("wanted", &variable.unit.text)
                        .with("found_dimension", shown(&ladder.unit.dimension));
                    log.push(finding.with("wanted_dimension", shown(&variable.unit.dimension)));
                }
                _ => {}
            }
        }
    }
}

/// The cells of a line on their way.
struct Work<'w, 'a> {
    ledger: &'w Ledger<'a>,
    line: &'w Line<'a>,
    at: usize,
    log: &'w mut FindingLog,
    cells: &'w mut Vec<Cell>,
}

impl Work<'_, '_> {
    fn cell(&mut self, area: u32, ecosystem: u32, own: Option<&Figure>) {
        let mut cell = Cell { line: self.at, area, ecosystem, state: State::Known, physical: None, fen: None };
        if let Some(figure) = own {
            cell.state = figure.state;
            cell.physical = (figure.state == State::Known).then(|| figure.value.clone());
        }
        if let Some(quantity) = &self.line.quantity {
            match self.ledger.computed(quantity, self.line, (area, ecosystem), None) {
                Ok(found) => {
                    cell.state = found.as_ref().map_or_else(|state| *state, |_| State::Known);
                    cell.physical = found.ok();
                }
                Err(finding) => return self.log.push(*finding),
            }
        }
        if cell.state == State::Known
            && let Some(value) = &self.line.value
        {
            match self.ledger.computed(value, self.line, (area, ecosystem), cell.physical.as_ref()) {
                Ok(Ok(found)) => match found.rounded(2) {
                    Some(fen) => cell.fen = Some(if self.ledger.is_negative(self.line) { -fen } else { fen }),
                    None => {
                        let place = self.line.method.map_or_else(Place::default, |method| method.place.clone());
                        return self.log.push(
                            Finding::error("gep.too_large", place)
                                .with("what", self.ledger.cell_name(self.line, (area, ecosystem))),
                        );
                    }
                },
                Ok(Err(state)) => cell.state = state,
                Err(finding) => return self.log.push(*finding),
            }
        }
        self.cells.push(cell);
    }
}

/// A sentence about prices of another year than the account's, used as they are.
pub fn old_prices(ledger: &Ledger<'_>) -> Vec<Finding> {
    let (book, set, _) = ledger.sources.prices;
    let used: BTreeSet<&str> = ledger.lines.iter().flat_map(|line| ledger.prices_of(line)).collect();
    let is_old = |entry: &&Entry| {
        used.contains(entry.name.as_str())
            && (entry.sets.is_empty() || entry.sets.iter().any(|known| known == set))
            && entry.index.is_empty()
            && entry.covers(ledger.year_of_prices)
            && entry.price_year.is_some_and(|year| year != ledger.year_of_prices)
    };
    let old: Vec<&Entry> = book.prices.iter().filter(is_old).collect();
    let Some(first) = old.first() else { return Vec::new() };
    let names = old
        .iter()
        .map(|entry| format!("{} ({})", entry.name, entry.price_year.unwrap_or(0)))
        .collect::<Vec<_>>()
        .join(", ");
    let phrase = Phrase::new("gep.old_price").with("names", names).with("year", ledger.year_of_prices.to_string());
    vec![Finding {
        severity: crate::finding::Severity::Warning,
        ..Finding::from_phrase(phrase, Place { row: None, column: None, ..first.place.clone() })
    }]
}
