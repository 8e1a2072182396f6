//! What stands for the names of a formula in a cell: figures, parameters, prices, each the nearest one.

use std::collections::BTreeSet;

use crate::entry::Entry;
use crate::expression::{Argument, Trouble};
use crate::finding::{Finding, Place};
use crate::formula::{Role, Variable};
use crate::ledger::{Bound, Cell, Ledger, Line, Slot};
use crate::quantity::{Figure, State};
use crate::resolve::{For, Held, held, missing};
use crate::value::{Fault, Value};

/// The figure of an area, ecosystem and item in a year.
pub(crate) fn figure_at(figures: &[Figure], (area, ecosystem): (u32, u32), year: i32, item: u32) -> Option<&Figure> {
    let key = (area, ecosystem, year, item);
    let of = |figure: &Figure| (figure.area, figure.ecosystem, figure.year, figure.item);
    figures.binary_search_by_key(&key, of).ok().and_then(|at| figures.get(at))
}

/// The figures of an area, ecosystem and year: one, or one for every item.
fn figures_at(figures: &[Figure], (area, ecosystem): (u32, u32), year: i32) -> &[Figure] {
    let key = (area, ecosystem, year);
    let of = |figure: &Figure| (figure.area, figure.ecosystem, figure.year);
    let from = figures.partition_point(|figure| of(figure) < key);
    let to = figures.partition_point(|figure| of(figure) <= key);
    figures.get(from..to).unwrap_or_default()
}

/// A number of a formula and where it comes from.
#[derive(Debug, Clone)]
pub(crate) enum Taken<'a> {
    Figure(&'a Figure),
    Held(Held<'a>),
}

/// What stands for a name in a cell.
pub(crate) struct Gathered<'a> {
    pub argument: Argument<'a>,
    pub taken: Vec<(String, Taken<'a>)>,
}

impl<'a> Ledger<'a> {
    pub(crate) fn is_negative(&self, line: &Line<'_>) -> bool {
        self.sources.methods.0.tree.entries.get(line.indicator).is_some_and(|entry| entry.negative)
    }

    /// Area, ecosystem and indicator of a cell in words.
    pub(crate) fn cell_name(&self, line: &Line<'_>, (area, ecosystem): (u32, u32)) -> String {
        let quantities = &self.sources.figures.0.quantities;
        let code = self.sources.methods.0.tree.entries.get(line.indicator).map_or("", |entry| entry.code.as_str());
        let word = |list: &[String], at: u32| list.get(at as usize).cloned().unwrap_or_default();
        let parts = [word(&quantities.areas, area), word(&quantities.ecosystems, ecosystem), code.to_owned()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
    }

    /// The result of a formula for a cell, in base units; or why there is none: a figure is missing or not applicable.
    pub(super) fn computed(
        &self,
        bound: &Bound<'a>,
        line: &Line<'a>,
        cell: (u32, u32),
        physical: Option<&Value>,
    ) -> Result<Result<Value, State>, Box<Finding>> {
        let mut arguments = Vec::with_capacity(bound.slots.len());
        let items = self.items(bound, cell);
        for at in 0..bound.slots.len() {
            match self.argument(bound, line, (at, cell), (&items, physical))? {
                Ok(gathered) => arguments.push(gathered.argument),
                Err(state) => return Ok(Err(state)),
            }
        }
        self.valued(bound, line, cell, &arguments).map(Ok)
    }

    pub(crate) fn valued(
        &self,
        bound: &Bound<'a>,
        line: &Line<'a>,
        cell: (u32, u32),
        arguments: &[Argument<'_>],
    ) -> Result<Value, Box<Finding>> {
        bound.formula.value(arguments).map_err(|trouble| {
            let place = line.method.map_or_else(Place::default, |method| method.place.clone());
            let symbol = |at: usize| bound.formula.variables.get(at).map_or("", |variable| variable.symbol.as_str());
            let finding = match trouble {
                Trouble::Fault(Fault::Zero) => Finding::error("gep.zero_division", place),
                Trouble::Fault(Fault::Domain) => Finding::error("gep.no_result", place),
                Trouble::Fault(Fault::Large) => Finding::error("gep.too_large", place).with("what", &bound.formula.id),
                Trouble::Argument(at) => Finding::error("gep.items_differ", place).with("symbol", symbol(at)),
                Trouble::BelowLadder(at) => Finding::error("gep.below_ladder", place).with("symbol", symbol(at)),
            };
            Box::new(finding.with("formula", &bound.formula.id).with("cell", self.cell_name(line, cell)))
        })
    }

    /// The items over which the sums of a formula go in a cell.
    pub(crate) fn items(&self, bound: &Bound<'a>, cell: (u32, u32)) -> Vec<String> {
        let quantities = &self.sources.figures.0.quantities;
        let mut items: BTreeSet<&str> = BTreeSet::new();
        let each = |variable: &&(&Slot<'a>, &Variable)| variable.1.each;
        let slots: Vec<(&Slot<'a>, &Variable)> = bound.slots.iter().zip(&bound.formula.variables).collect();
        for (slot, _) in slots.iter().filter(each) {
            if let Slot::Figure(Some(name)) = slot {
                let found = self.figures(*name, cell);
                items.extend(
                    found
                        .iter()
                        .filter(|figure| figure.item != 0)
                        .filter_map(|figure| quantities.items.get(figure.item as usize))
                        .map(String::as_str),
                );
            }
        }
        if items.is_empty() {
            for (slot, _) in slots.iter().filter(each) {
                if let Slot::Entries { list, .. } = slot {
                    items.extend(list.iter().filter(|entry| !entry.item.is_empty()).map(|entry| entry.item.as_str()));
                }
            }
        }
        items.into_iter().map(str::to_owned).collect()
    }

    /// The figures of a name in a cell; where the ecosystem has none, those of the whole area.
    fn figures(&self, name: u32, (area, ecosystem): (u32, u32)) -> &'a [Figure] {
        let (book, year) = self.sources.figures;
        let figures = book.quantities.of(name);
        let own = figures_at(figures, (area, ecosystem), year);
        if own.is_empty() && ecosystem != 0 { figures_at(figures, (area, 0), year) } else { own }
    }

    /// What stands for a name in a cell.
    pub(crate) fn argument(
        &self,
        bound: &Bound<'a>,
        line: &Line<'a>,
        (at, cell): (usize, (u32, u32)),
        (items, physical): (&[String], Option<&Value>),
    ) -> Result<Result<Gathered<'a>, State>, Box<Finding>> {
        let (Some(slot), Some(variable)) = (bound.slots.get(at), bound.formula.variables.get(at)) else {
            return Ok(Err(State::Missing));
        };
        let name = bound.names.get(at).copied().unwrap_or_default();
        let quantities = &self.sources.figures.0.quantities;
        let place = || line.method.map_or_else(Place::default, |method| method.place.clone());
        let word = |list: &'a [String], at: u32| list.get(at as usize).map_or("", String::as_str);
        let (area, ecosystem) = (word(&quantities.areas, cell.0), word(&quantities.ecosystems, cell.1));
        let absent = |item: &str, year: i32, code: &'static str| {
            let wanted = For { area, ecosystem, item, year };
            Box::new(missing(code, name, &wanted, place()))
        };
        match slot {
            Slot::Physical => match physical {
                Some(value) => Ok(Ok(Gathered { argument: Argument::One(value.clone()), taken: Vec::new() })),
                None => Err(absent("", self.sources.figures.1, "gep.no_physical")),
            },
            Slot::Ladder(ladder) => Ok(Ok(Gathered {
                argument: Argument::Steps(ladder.map_or(&[], |ladder| &ladder.steps)),
                taken: Vec::new(),
            })),
            Slot::Figure(known) => {
                let figures = known.map_or(&[][..], |known| self.figures(known, cell));
                if variable.each && figures.iter().any(|figure| figure.item != 0) {
                    let mut each = Vec::with_capacity(items.len());
                    let mut taken = Vec::with_capacity(items.len());
                    for item in items {
                        let of_item = |figure: &&Figure| word(&quantities.items, figure.item) == item;
                        let Some(figure) = figures.iter().find(of_item) else {
                            return Err(absent(item, self.sources.figures.1, "gep.no_figure"));
                        };
                        if figure.state != State::Known {
                            return Ok(Err(figure.state));
                        }
                        self.in_range(bound, variable, &figure.value, &|| quantities.place(figure))?;
                        each.push(figure.value.clone());
                        taken.push((item.clone(), Taken::Figure(figure)));
                    }
                    return Ok(Ok(Gathered { argument: Argument::Each(each), taken }));
                }
                let Some(figure) = figures.iter().find(|figure| figure.item == 0) else {
                    return Err(absent("", self.sources.figures.1, "gep.no_figure"));
                };
                if figure.state != State::Known {
                    return Ok(Err(figure.state));
                }
                self.in_range(bound, variable, &figure.value, &|| quantities.place(figure))?;
                Ok(Ok(Gathered {
                    argument: Argument::One(figure.value.clone()),
                    taken: vec![(String::new(), Taken::Figure(figure))],
                }))
            }
            Slot::Entries { list, by_area, cache } => {
                let is_price = variable.role == Role::Price;
                let (book, year) = if is_price {
                    (self.sources.prices.0, self.year_of_prices)
                } else {
                    (self.sources.methods.0, self.sources.methods.2)
                };
                let code = if is_price { "gep.no_price" } else { "gep.no_parameter" };
                let areas = &self.sources.figures.0.areas;
                let of = |number: u32, item: &str| -> Result<Held<'a>, Box<Finding>> {
                    let key = (if *by_area { cell.0 + 1 } else { 0 }, cell.1, number);
                    let known = cache.borrow().get(&key).cloned();
                    let found = match known {
                        Some(found) => found,
                        None => {
                            let wanted = For { area, ecosystem, item, year };
                            let found = held(list, &wanted, book, areas).map_err(Box::new)?;
                            if let Some(found) = &found {
                                self.in_range(bound, variable, &found.value, &|| found.entry.place.clone())?;
                            }
                            cache.borrow_mut().insert(key, found.clone());
                            found
                        }
                    };
                    found.ok_or_else(|| absent(item, year, code))
                };
                if variable.each && !items.is_empty() && list.iter().any(|entry| !entry.item.is_empty()) {
                    let mut each = Vec::with_capacity(items.len());
                    let mut taken = Vec::with_capacity(items.len());
                    for (number, item) in (1_u32..).zip(items) {
                        let found = of(number, item)?;
                        each.push(found.value.clone());
                        taken.push((item.clone(), Taken::Held(found)));
                    }
                    return Ok(Ok(Gathered { argument: Argument::Each(each), taken }));
                }
                let found = of(0, "")?;
                Ok(Ok(Gathered {
                    argument: Argument::One(found.value.clone()),
                    taken: vec![(String::new(), Taken::Held(found))],
                }))
            }
        }
    }

    fn in_range(
        &self,
        bound: &Bound<'a>,
        variable: &Variable,
        value: &Value,
        place: &dyn Fn() -> Place,
    ) -> Result<(), Box<Finding>> {
        if variable.range == (None, None) {
            return Ok(());
        }
        match bound.formula.out_of_range(variable, value) {
            Some(phrase) => Err(Box::new(Finding::from_phrase(phrase, place()))),
            None => Ok(()),
        }
    }

    /// The price of a cell where its value has exactly one: with the row it comes from.
    pub fn price(&self, cell: &Cell) -> Option<(Value, &'a Entry)> {
        let line = self.lines.get(cell.line)?;
        let value = line.value.as_ref()?;
        let mut prices =
            value.formula.variables.iter().enumerate().filter(|(_, variable)| variable.role == Role::Price);
        let ((at, variable), None) = (prices.next()?, prices.next()) else { return None };
        if variable.each {
            return None;
        }
        let gathered = self.argument(value, line, (at, (cell.area, cell.ecosystem)), (&[], None)).ok()?.ok()?;
        gathered.taken.into_iter().find_map(|(_, taken)| match taken {
            Taken::Held(held) => Some((held.value, held.entry)),
            Taken::Figure(_) => None,
        })
    }

    /// Names of the prices that a line uses.
    pub fn prices_of(&self, line: &Line<'a>) -> Vec<&'a str> {
        let bounds = [&line.quantity, &line.value].into_iter().flatten();
        let mut names: Vec<&str> = bounds
            .flat_map(|bound| bound.formula.variables.iter().zip(&bound.names))
            .filter(|(variable, _)| variable.role == Role::Price)
            .map(|(_, name)| *name)
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}
