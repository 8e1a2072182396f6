//! Cells summed up: by indicator, by ecosystem, for the rows and ratios of an account.

use std::collections::{BTreeMap, BTreeSet};

use crate::area::Facts;
use crate::finding::{Finding, Findings, Place};
use crate::ledger::{Cell, Ledger, Line};
use crate::norm::Include;
use crate::quantity::State;
use crate::statement::{Matrix, MatrixRow, Ratios, Row, ecosystem_name, six};
use crate::unit::{Unit, same_in_a_year};
use crate::value::Value;

/// What the cells of an indicator come to.
#[derive(Debug, Clone, Default)]
struct Entry {
    fen: Option<i64>,
    physical: Option<Value>,
    unit: Option<Unit>,
    mixed: bool,
    /// Prices with their units; an empty one where a cell has none of its own.
    prices: BTreeSet<(String, String)>,
    cells: usize,
    missing: usize,
    not_applicable: usize,
    clause: String,
    counted: bool,
}

/// Cells of some areas, summed up by indicator.
pub(crate) struct Summed<'l, 'a> {
    ledger: &'l Ledger<'a>,
    cells: Vec<&'l Cell>,
    entries: Vec<Entry>,
    overflow: bool,
}

impl<'l, 'a> Summed<'l, 'a> {
    /// The cells that are taken, with quantities and prices.
    pub fn of(ledger: &'l Ledger<'a>, takes: &dyn Fn(usize, &Cell) -> bool) -> Result<Self, Findings> {
        let cells =
            ledger.cells.iter().enumerate().filter(|(at, cell)| takes(*at, cell)).map(|(_, cell)| cell).collect();
        Self::these(ledger, cells, true)
    }

    /// These cells; `full` with quantities and prices, which only rows need.
    pub fn these(ledger: &'l Ledger<'a>, cells: Vec<&'l Cell>, full: bool) -> Result<Self, Findings> {
        let tree = &ledger.sources.methods.0.tree;
        let mut summed = Self { ledger, cells, entries: vec![Entry::default(); tree.entries.len()], overflow: false };
        let (mut units, mut priced) = (BTreeSet::new(), BTreeSet::new());
        for cell in &summed.cells {
            let Some(line) = ledger.lines.get(cell.line) else { continue };
            let Some(entry) = summed.entries.get_mut(line.indicator) else { continue };
            entry.counted = line.include == Include::In;
            entry.cells += 1;
            entry.clause.clone_from(&line.clause);
            match cell.state {
                State::Known => {}
                State::Missing => entry.missing += 1,
                State::NotApplicable => entry.not_applicable += 1,
            }
            if let Some(fen) = cell.fen {
                match entry.fen.unwrap_or(0).checked_add(fen) {
                    Some(sum) => entry.fen = Some(sum),
                    None => summed.overflow = true,
                }
            }
            if !full {
                continue;
            }
            if let Some(physical) = &cell.physical {
                // The unit of a line is that of its indicator or formula; only figures of their own have each their own.
                if units.insert((cell.line, unit_key(line, cell))) {
                    let unit = unit_of(ledger, line, cell);
                    let fits = match (&entry.unit, &unit) {
                        (Some(known), Some(unit)) => same_in_a_year(&known.dimension, &unit.dimension),
                        _ => true,
                    };
                    entry.mixed |= !fits;
                    entry.unit = entry.unit.take().or(unit);
                }
                entry.physical =
                    Some(entry.physical.as_ref().map_or_else(|| physical.clone(), |sum| sum.add(physical)));
            }
            // Where no row of a price is of one area, a line has one price an ecosystem.
            let area = if line.prices_by_area() { Some(cell.area) } else { None };
            if cell.fen.is_some() && entry.prices.len() < 2 && priced.insert((cell.line, cell.ecosystem, area)) {
                let price = ledger.price(cell).map(|(value, row)| {
                    let own = value.div(&row.unit.scale).unwrap_or(Value::ZERO);
                    (own.written(), row.unit.text.clone())
                });
                entry.prices.insert(price.unwrap_or_default());
            }
        }
        if summed.overflow {
            return Err(Finding::error("gep.too_large", Place::default())
                .with("what", &ledger.sources.figures.0.manifest.id)
                .into());
        }
        Ok(summed)
    }

    /// The sum of everything that counts, at or below an entry.
    fn below(&self, at: usize, counted: bool) -> Option<i64> {
        let tree = &self.ledger.sources.methods.0.tree;
        let own = self
            .entries
            .iter()
            .enumerate()
            .filter(|(other, entry)| entry.counted == counted && tree.is_within(*other, at));
        own.fold(None, |sum, (_, entry)| match (sum, entry.fen) {
            (sum, None) => sum,
            (None, fen) => fen,
            (Some(sum), Some(fen)) => Some(i64::saturating_add(sum, fen)),
        })
    }

    pub fn total(&self) -> Result<i64, Findings> {
        let sum: i128 =
            self.entries.iter().filter(|entry| entry.counted).filter_map(|entry| entry.fen).map(i128::from).sum();
        i64::try_from(sum).map_err(|_| {
            Finding::error("gep.too_large", Place::default())
                .with("what", &self.ledger.sources.figures.0.manifest.id)
                .into()
        })
    }

    /// The rows of the tables; of what the norm leaves out those that have cells.
    pub fn rows(&self, counted: bool) -> Vec<Row> {
        let tree = &self.ledger.sources.methods.0.tree;
        let has = |at: usize| {
            self.entries
                .iter()
                .enumerate()
                .any(|(other, entry)| entry.cells > 0 && entry.counted == counted && tree.is_within(other, at))
        };
        let mut rows = Vec::new();
        for (at, indicator) in tree.entries.iter().enumerate() {
            let Some(entry) = self.entries.get(at) else { continue };
            let own = entry.cells > 0 && entry.counted == counted;
            if !(if counted { has(at) } else { own }) {
                continue;
            }
            let own_entry = if own { entry.clone() } else { Entry::default() };
            let unit = own_entry.unit.as_ref().filter(|_| !own_entry.mixed);
            let quantity = own_entry.physical.as_ref().zip(unit).and_then(|(sum, unit)| sum.div(&unit.scale).ok());
            let price =
                own_entry.prices.iter().next().filter(|(price, _)| own_entry.prices.len() == 1 && !price.is_empty());
            let is_sum =
                counted && tree.entries.iter().enumerate().any(|(child, entry)| entry.parent == Some(at) && has(child));
            rows.push(Row {
                code: indicator.code.clone(),
                label: indicator.label.clone(),
                depth: indicator.depth,
                kind: indicator.kind,
                quantity: quantity.map(|value| value.written()),
                unit: unit.map(|unit| unit.text.clone()).filter(|_| own_entry.physical.is_some()),
                price: price.map(|(price, _)| price.clone()),
                price_unit: price.map(|(_, unit)| unit.clone()),
                value_fen: if counted { self.below(at, true) } else { entry.fen },
                missing: own_entry.missing,
                not_applicable: own_entry.not_applicable,
                clause: own_entry.clause,
                is_sum,
            });
        }
        rows
    }

    pub fn matrix(&self) -> Matrix {
        let (book, _) = self.ledger.sources.figures;
        let tree = &self.ledger.sources.methods.0.tree;
        let counted = |cell: &&&Cell| {
            self.ledger.lines.get(cell.line).is_some_and(|line| line.include == Include::In) && cell.fen.is_some()
        };
        let used: BTreeSet<u32> = self.cells.iter().filter(counted).map(|cell| cell.ecosystem).collect();
        let mut order: Vec<u32> = used.into_iter().collect();
        // The order of the account's list, then what is of the whole area.
        let id = |at: u32| book.quantities.ecosystems.get(at as usize).map_or("", String::as_str);
        let rank = |at: &u32| {
            let listed = book.manifest.ecosystems.iter().position(|spec| spec.id == id(*at));
            (id(*at).is_empty(), listed.unwrap_or(usize::MAX), id(*at).to_owned())
        };
        order.sort_by_key(rank);
        let ecosystems = order.iter().map(|at| ecosystem_name(book, id(*at))).collect();
        let mut sums: BTreeMap<(usize, u32), i64> = BTreeMap::new();
        for cell in self.cells.iter().filter(counted) {
            if let (Some(line), Some(fen)) = (self.ledger.lines.get(cell.line), cell.fen) {
                let sum = sums.entry((line.indicator, cell.ecosystem)).or_insert(0);
                *sum = sum.saturating_add(fen);
            }
        }
        let mut rows = Vec::new();
        for (at, indicator) in tree.entries.iter().enumerate() {
            let fen: Vec<Option<i64>> = order.iter().map(|ecosystem| sums.get(&(at, *ecosystem)).copied()).collect();
            if fen.iter().any(Option::is_some) {
                let total_fen = fen.iter().flatten().sum();
                rows.push(MatrixRow { code: indicator.code.clone(), label: indicator.label.clone(), fen, total_fen });
            }
        }
        let totals_fen = (0..order.len())
            .map(|column| rows.iter().filter_map(|row| row.fen.get(column).copied().flatten()).sum())
            .collect();
        Matrix { ecosystems, rows, totals_fen }
    }

    pub fn ratios(&self, total: i64, areas: &BTreeSet<u32>) -> Ratios {
        let (book, year) = self.ledger.sources.figures;
        let mut facts = Facts::default();
        for (number, at) in areas.iter().enumerate() {
            let own = book.areas.facts(book.quantities.areas.get(*at as usize).map_or("", String::as_str), year);
            let add = |sum: Option<Value>, own: Option<Value>| match (number, sum, own) {
                (0, _, own) => own,
                (_, Some(sum), Some(own)) => Some(sum.add(&own)),
                // What is not known of every area is not known of all of them.
                _ => None,
            };
            facts = Facts {
                land: add(facts.land, own.land),
                people: add(facts.people, own.people),
                gdp: add(facts.gdp, own.gdp),
            };
        }
        self.ratios_of(total, facts, areas)
    }

    pub fn ratios_of(&self, total: i64, facts: Facts, areas: &BTreeSet<u32>) -> Ratios {
        let (book, year) = self.ledger.sources.figures;
        let whole = Value::whole(total);
        let by = |value: &Option<Value>, scale: i64| {
            let below = value.as_ref()?.div(&Value::whole(scale)).ok()?;
            whole.div(&below).ok()?.rounded(0)
        };
        let share = |above: i64, below: i64| {
            (below != 0).then(|| six(&Value::whole(above).div(&Value::whole(below)).unwrap_or(Value::ZERO)))
        };
        let gdp_fen = facts.gdp.as_ref().and_then(|gdp| gdp.rounded(2));
        let tree = &self.ledger.sources.methods.0.tree;
        let of_kind = |code: &str| tree.find(code).and_then(|at| self.below(at, true));
        let primary = match (of_kind("M"), of_kind("C")) {
            (None, None) => None,
            (one, other) => Some(one.unwrap_or(0).saturating_add(other.unwrap_or(0))),
        };
        let codes: BTreeSet<&str> =
            areas.iter().filter_map(|at| book.quantities.areas.get(*at as usize)).map(String::as_str).collect();
        let realised: Vec<Value> = book
            .realised
            .iter()
            .filter(|row| {
                // What the norm leaves out is not in the GEP that it is a share of.
                row.year == year
                    && of_kind(&row.code).is_some()
                    && (row.area.is_empty()
                        || book.areas.line(&row.area).iter().any(|code| codes.contains(code.as_str())))
            })
            .map(|row| row.amount.clone())
            .collect();
        let realised_fen = if realised.is_empty() {
            None
        } else {
            realised.iter().fold(Value::ZERO, |sum, one| sum.add(one)).rounded(2)
        };
        let kilometres = facts.land.as_ref().and_then(|land| land.div(&Value::whole(1_000_000)).ok());
        Ratios {
            land_km2: kilometres.map(|land| land.written()),
            people: facts.people.as_ref().map(Value::written),
            gdp_fen,
            per_km2_fen: by(&facts.land, 1_000_000),
            per_head_fen: by(&facts.people, 1),
            gep_to_gdp: gdp_fen.and_then(|gdp| share(total, gdp)),
            primary_rate: primary.and_then(|primary| share(primary, total)),
            realised_fen,
            realised_rate: realised_fen.and_then(|realised| share(realised, total)),
        }
    }

    /// What is missing, in words: a total without it is no total.
    pub fn gaps(&self) -> Vec<Finding> {
        let tree = &self.ledger.sources.methods.0.tree;
        let missing: Vec<String> = tree
            .entries
            .iter()
            .zip(&self.entries)
            .filter(|(_, entry)| entry.missing > 0 && entry.counted)
            .map(|(indicator, entry)| format!("{} {} ({})", indicator.code, indicator.label.zh, entry.missing))
            .collect();
        if missing.is_empty() {
            return Vec::new();
        }
        let place = Place::file(&self.ledger.sources.figures.0.manifest.file);
        vec![Finding::warning("gep.gaps", place).with("list", missing.join(", "))]
    }
}

/// Of a line whose figures have each a unit of its own: the cell.
fn unit_key(line: &Line<'_>, cell: &Cell) -> Option<(u32, u32)> {
    let own = line.quantity.is_none() && !line.has_unit;
    own.then_some((cell.area, cell.ecosystem))
}

fn unit_of(ledger: &Ledger<'_>, line: &Line<'_>, cell: &Cell) -> Option<Unit> {
    let quantities = &ledger.sources.figures.0.quantities;
    let own = ledger.sources.methods.0.tree.entries.get(line.indicator).and_then(|entry| entry.unit.clone());
    own.or_else(|| line.quantity.as_ref().map(|bound| bound.formula.unit.clone())).or_else(|| {
        let figure = crate::ledger::figure_at(
            quantities.of(line.own?),
            (cell.area, cell.ecosystem),
            ledger.sources.figures.1,
            0,
        )?;
        quantities.units.get(figure.unit as usize).cloned()
    })
}

/// Amounts in steps of so many 分, so that printed ones add to the printed sum of any run of them: each is the difference of two
/// rounded running sums.
pub fn adding_up(fen: &[i64], step: i64) -> Vec<i64> {
    let rows: Vec<Vec<i64>> = fen.iter().map(|amount| vec![*amount]).collect();
    table_adding_up(&rows, step).into_iter().flatten().collect()
}

/// The same for a table: printed cells add to the printed sums of rows, of columns, and of all. Rows add up to what
/// [`adding_up`] makes of their sums.
pub fn table_adding_up(rows: &[Vec<i64>], step: i64) -> Vec<Vec<i64>> {
    let rounded = |sum: i128| {
        let step = i128::from(step.max(1));
        let (whole, rest) = (sum.div_euclid(step), sum.rem_euclid(step));
        whole + i128::from(rest * 2 >= step && rest != 0)
    };
    // Sums of everything above, by the number of columns that are taken.
    let mut above: Vec<i128> = Vec::new();
    let mut printed = Vec::with_capacity(rows.len());
    for row in rows {
        above.resize(above.len().max(row.len() + 1), 0);
        let (mut sum, mut before) = (0_i128, 0_i128);
        let mut cells = Vec::with_capacity(row.len());
        for (at, amount) in row.iter().enumerate() {
            let Some(over) = above.get_mut(at + 1) else { continue };
            sum += i128::from(*amount);
            // Rounded sum of the block with this cell at its corner, less what stands above and before it.
            let part = rounded(*over + sum) - rounded(*over);
            *over += sum;
            cells.push(i64::try_from(part - before).unwrap_or(0));
            before = part;
        }
        printed.push(cells);
    }
    printed
}
